//! Runs of digits that are card-like numbers. The scorer uses this to leave
//! payment card and device numbers (IMEI) to other tools: they are personal
//! data, not credentials.

/// True when the last digit of `digits` is the Luhn check digit (ISO/IEC 7812-1)
/// of the others. Anything but 2 to 32 ASCII digits is false.
pub fn holds(digits: &[u8]) -> bool {
    if !(2..=32).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, c)| {
            let digit = u32::from(c - b'0');
            match place % 2 {
                0 => digit,
                _ if digit > 4 => digit * 2 - 9,
                _ => digit * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// True for 13 to 19 digits, alone or in groups divided by single blanks or
/// hyphens, that satisfy [`holds`] and begin as payment cards do (2 to 6).
pub fn is_card_like(text: &[u8]) -> bool {
    if text.len() > 40 {
        return false;
    }
    let mut digits = Vec::with_capacity(19);
    let mut after_digit = false;
    for c in text {
        match c {
            b'0'..=b'9' => digits.push(*c),
            b' ' | b'-' if after_digit => {}
            _ => return false,
        }
        after_digit = c.is_ascii_digit();
    }
    after_digit
        && (13..=19).contains(&digits.len())
        && (b'2'..=b'6').contains(&digits[0])
        && holds(&digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_test_numbers() {
        assert!(holds(b"79927398713"));
        assert!(!holds(b"79927398710"));
        assert!(is_card_like(b"4111111111111111"));
        assert!(is_card_like(b"4111 1111 1111 1111"));
        assert!(is_card_like(b"5555-5555-5555-4444"));
        assert!(!is_card_like(b"4111111111111112"));
        assert!(!is_card_like(b"4111--111111111111"));
        assert!(!is_card_like(b"1234567890123"));
        assert!(!is_card_like(b""));
    }
}
