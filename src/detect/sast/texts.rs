//! Texts that code puts together: what is known of them, which parts are not, and
//! what methods of an object say of the whole of it. What goes into a text is
//! decided where it is put together.

use super::fold::arithmetic;
use super::value::ADDRESSES;
use super::value::Const;
use super::value::Data;
use super::value::HOLE;
use super::value::Val;
use super::value::merge;

/// A constant text is not grown beyond this.
const TEXT_CAP: usize = 4096;

/// False for methods that give one part of an object, which says nothing of the others.
pub(super) fn says_all(method: &str) -> bool {
    let is_getter = method.strip_prefix("get").is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_uppercase())
            && ![
                "Canonical",
                "Host",
                "Protocol",
                "Scheme",
                "Authority",
                "Absolute",
                "Path",
            ]
            .iter()
            .any(|part| rest.starts_with(part))
    });
    !is_getter && !matches!(method, "name" | "key" | "id" | "type")
}
/// True when what is put behind this text cannot change the host of an address, or the site of a
/// path: the host is known, or a part that does not come from outside, and ends.
fn fixes_host(before: &str, first: Option<&Val>) -> bool {
    let (is_own, after) = match before.split_once("//") {
        Some((scheme, rest)) if scheme.is_empty() || scheme.ends_with(':') => {
            // `https://` and a part: whatever that part is, it was chosen before.
            (
                rest.ends_with(HOLE),
                rest.strip_prefix(['/', '?', '#']).map_or(rest, |_| ""),
            )
        }
        _ if before.starts_with('/') => return before.len() > 1 && !before.starts_with("/\\"),
        _ => (
            before.starts_with(HOLE) && first.is_some_and(is_base),
            before,
        ),
    };
    is_own || after.len() > 1 && after.contains(['/', '?', '#'])
}

/// True for a part that is named as the address of this site or of a service.
fn is_base(value: &Val) -> bool {
    const NAMES: [&str; 9] = [
        "url", "uri", "root", "base", "host", "origin", "domain", "server", "endpoint",
    ];
    let path = value.path().map_or("", |path| path);
    let plain = path
        .split('(')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let mut parts = plain.rsplit(['.', ']']).filter(|part| !part.is_empty());
    let last = parts.next().unwrap_or_default();
    // `serverURL.slice()` is still one.
    let named = [Some(last), parts.next()];
    !value.is_tainted()
        && named
            .into_iter()
            .flatten()
            .any(|name| NAMES.iter().any(|end| name.ends_with(end)))
}

/// Parts joined to one text. What comes behind the host of an address is harmless for flows that end
/// in one.
pub(super) fn concat(values: &[Val]) -> Val {
    let mut data = Data {
        is_literal: values.iter().all(Val::is_literal),
        ..Data::default()
    };
    if let [first, rest @ ..] = values
        && let Some(sum) = rest.iter().try_fold(first.clone(), |sum, one| {
            let is_sum = matches!(one.as_constant(), Some(Const::Num(_)));
            is_sum.then(|| arithmetic("+", &sum, one))?
        })
        && !rest.is_empty()
    {
        return sum;
    }
    let mut text = String::new();
    let (mut is_known, mut is_shaped) = (true, false);
    for value in values {
        let mut atoms = value.all_atoms();
        if !atoms.is_empty() && fixes_host(&text, values.first()) {
            atoms.iter_mut().for_each(|atom| atom.clean |= ADDRESSES);
        }
        merge(&mut data.atoms, &atoms);
        let shape = value.data().and_then(|data| data.shape.as_deref());
        match (value.as_constant(), shape) {
            _ if text.len() >= TEXT_CAP => is_known = false,
            (Some(Const::Str(part) | Const::Num(part)), _) => {
                text.push_str(part);
                is_shaped = true;
            }
            (_, Some(shape)) => {
                text.push_str(shape);
                (is_known, is_shaped) = (false, true);
            }
            _ => {
                text.push(HOLE);
                is_known = false;
            }
        }
    }
    if is_known {
        data.constant = Some(Const::Str(text.into()));
    } else {
        data.is_built = !data.is_literal;
        data.shape = is_shaped.then(|| text.into());
    }
    Val::new(data)
}

/// The shape of a template whose places are filled: `%s`, `{}` and `{name}` are holes.
pub(super) fn formatted(template: &str) -> Option<String> {
    let mut shape = String::new();
    let mut rest = template;
    let mut has_hole = false;
    while let Some(at) = rest.find(['%', '{']) {
        shape.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let end = if rest[at..].starts_with('{') {
            after.find('}').map(|end| end + 1)
        } else {
            let letter = after.find(|c: char| c.is_ascii_alphabetic());
            letter.filter(|end| *end < 8).map(|end| end + 1)
        };
        let is_number = rest[at..].starts_with('%')
            && end.is_some_and(|end| after[..end].ends_with(['d', 'i', 'u', 'x', 'f']));
        match end {
            Some(end) if is_number => {
                shape.push('0');
                rest = &after[end..];
            }
            Some(end) => {
                shape.push(HOLE);
                has_hole = true;
                rest = &after[end..];
            }
            None => {
                shape.push_str(&rest[at..=at]);
                rest = after;
            }
        }
        if shape.len() > TEXT_CAP {
            return None;
        }
    }
    shape.push_str(rest);
    has_hole.then_some(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_of_a_template_are_holes() {
        assert_eq!(formatted("a = '%s' 5%").as_deref(), Some("a = '\u{1}' 5%"));
        assert_eq!(formatted("a {0} {x}").as_deref(), Some("a \u{1} \u{1}"));
        assert_eq!(formatted("plain"), None);
    }
}
