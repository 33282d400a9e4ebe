//! The table of a model version: ids, names and levels of its activities. Levels
//! move between versions, so they are data beside the checks and not part of
//! them. Reads the text it is given and nothing else.

use std::collections::BTreeMap;

/// The version of the table that ships.
pub const VERSION: &str = "4.3.1";

/// The table that ships.
pub const TABLE: &str = include_str!("../../patterns/models/dsomm-4.3.1.tsv");

/// What the model says of an activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its dimension.
    pub dimension: String,
    /// Its sub-dimension.
    pub sub_dimension: String,
    /// Its level, from 1.
    pub level: u8,
    /// Its name.
    pub name: String,
}

/// The columns of the table.
const HEADER: &str = "uuid\tdimension\tsub_dimension\tlevel\tname";

/// Reads a table: `#` lines are comments, the first other line names the columns.
/// Ids are opaque: not all of them are UUIDs.
///
/// # Errors
/// The line, from 1, that is not of this form or repeats an id.
pub fn read(table: &str) -> Result<BTreeMap<String, Entry>, usize> {
    let mut entries = BTreeMap::new();
    let mut lines = (1..).zip(table.lines());
    let header = lines.find(|(_, line)| !line.starts_with('#'));
    if header.is_none_or(|(_, line)| line != HEADER) {
        return Err(1);
    }
    for (number, line) in lines {
        let mut columns = line.split('\t').map(str::to_owned);
        let mut next = || columns.next().filter(|it| !it.is_empty()).ok_or(number);
        let id = next()?;
        let (dimension, sub_dimension) = (next()?, next()?);
        let level = next()?.parse().map_err(|_| number)?;
        let entry = Entry {
            dimension,
            sub_dimension,
            level,
            name: next()?,
        };
        if entries.insert(id, entry).is_some() {
            return Err(number);
        }
    }
    Ok(entries)
}

/// A name as a file or folder is called: lower case, words joined by `-`.
pub fn slug(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_that_ships_is_whole() {
        let entries = read(TABLE).unwrap();
        assert_eq!(entries.len(), 194);
        let first = entries.values().filter(|entry| entry.level == 1).count();
        assert_eq!(first, 26);
    }

    #[test]
    fn a_broken_line_is_named() {
        assert_eq!(read("# c\nuuid\n"), Err(1));
        let table = format!("{HEADER}\na\tD\tS\t1\tN\na\tD\tS\t1\tN\n");
        assert_eq!(read(&table), Err(3));
        assert_eq!(read(&format!("{HEADER}\na\tD\tS\tx\tN\n")), Err(2));
    }

    #[test]
    fn slugs_are_words_and_hyphens() {
        assert_eq!(
            slug("App. Hardening Level 1 (50%)"),
            "app-hardening-level-1-50"
        );
    }
}
