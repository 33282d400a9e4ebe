//! Calendar arithmetic for the times that credentials carry. The clock is
//! nobody's here: what is past is for the caller to say.

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
/// Years 0 to 9999, months 1 to 12.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March put the leap day last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Seconds since 1970-01-01T00:00:00Z of `YYYY-MM-DD`, optionally followed by
/// `THH:MM`, `:SS`, a fraction (dropped) and `Z`. `None` for anything else.
pub(super) fn parse(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let number = |at: usize, len: usize| {
        let part = bytes.get(at..at + len)?;
        part.iter()
            .all(u8::is_ascii_digit)
            .then(|| part.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
    };
    let literal = |at: usize, c: u8| (bytes.get(at) == Some(&c)).then_some(());
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    literal(4, b'-')?;
    literal(7, b'-')?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let date = days(year, month, day) * 86_400;
    if bytes.len() == 10 {
        return Some(date);
    }
    literal(10, b'T').or_else(|| literal(10, b' '))?;
    literal(13, b':')?;
    let (hour, minute) = (number(11, 2)?, number(14, 2)?);
    let second = match bytes.get(16) {
        Some(b':') => number(17, 2)?,
        None | Some(b'Z') => 0,
        _ => return None,
    };
    (hour < 24 && minute < 60 && second < 61).then_some(date + hour * 3600 + minute * 60 + second)
}

/// `YYYY-MM-DD` of a time in seconds since 1970; `None` outside the years 1 to 9999.
pub(super) fn format(seconds: i64) -> Option<String> {
    let z = seconds.div_euclid(86_400).checked_add(719_468)?;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (1..=9999)
        .contains(&year)
        .then(|| format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        assert_eq!(parse("1970-01-01"), Some(0));
        assert_eq!(parse("2000-02-29T12:00:00Z"), Some(951_825_600));
        assert_eq!(parse("2026-11-24T23:59Z"), Some(1_795_564_740));
        assert_eq!(parse("2026-13-01"), None);
        assert_eq!(parse("2026-11-24T"), None);
        assert_eq!(parse("yyyy-mm-dd"), None);
    }

    #[test]
    fn every_day_of_four_centuries_round_trips() {
        for day in 0..146_097 {
            let text = format(day * 86_400).unwrap();
            assert_eq!(parse(&text), Some(day * 86_400));
        }
        assert_eq!(format(i64::MAX), None);
        assert_eq!(format(i64::MIN), None);
    }
}
