//! Values that are of another kind than secrets, told by themselves: counting, versions, spans of time,
//! names of algorithms. Which of these refuses a candidate, and what its name adds, is judged in `refuse`.

/// True for counting: all of the value, or runs of it that leave little else (`0123456789abcdef`,
/// `xoxb-1234567890-abcdefghij`).
pub(super) fn counts(value: &[u8]) -> bool {
    let paired = value.len() >= 12 && value.chunks(2).all(|pair| pair[0] == pair[pair.len() - 1]);
    let halved: Vec<u8> = value.iter().copied().step_by(2).collect();
    is_sequence(value)
        || value.len() >= 16 && counted(value) * 4 >= value.len() * 3
        || paired && counted(&halved) * 2 >= halved.len()
}

/// True for what names a thing of another kind: an algorithm, a span or point in time, a header.
pub(super) fn names_something(value: &[u8]) -> bool {
    is_algorithm(value) || is_duration(value) || is_time(value) || is_header(value)
}

/// `2006-01-02T15:04:05Z`, `2024-11-25 10:00` (RFC 3339).
fn is_time(value: &[u8]) -> bool {
    let date = value.len() >= 16
        && value
            .iter()
            .take(10)
            .enumerate()
            .all(|(index, byte)| match index {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
    let time =
        |b: &u8| b.is_ascii_digit() || matches!(b, b':' | b'.' | b'+' | b'-' | b'Z' | b'T' | b' ');
    date && matches!(value[10], b'T' | b' ') && value.iter().all(time)
}

/// `X-Amz-Server-Side-Encryption`: a field of HTTP, three words and more, each with a capital.
fn is_header(value: &[u8]) -> bool {
    let word = |part: &[u8]| {
        part.first().is_some_and(u8::is_ascii_uppercase)
            && part
                .iter()
                .skip(1)
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    value.split(|b| *b == b'-').count() >= 3
        && value.split(|b| *b == b'-').all(word)
        && value.iter().filter(|b| b.is_ascii_digit()).count() < 3
}

/// `sk_test_123`, `token-1`: words and a count that a writer made up.
pub(super) fn is_numbered(value: &[u8]) -> bool {
    let word = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_lowercase);
    let mut parts: Vec<&[u8]> = value.split(|b| matches!(b, b'_' | b'-')).collect();
    let count = parts.pop().unwrap_or_default();
    !parts.is_empty()
        && (1..=5).contains(&count.len())
        && b"12345".starts_with(count)
        && parts.into_iter().all(word)
}

/// Bytes in rows of six and more in which each is the successor of the one before it.
fn counted(value: &[u8]) -> usize {
    const ROW: usize = 6;
    let follows = |a: u8, b: u8| b == a.wrapping_add(1) || (a, b) == (b'9', b'0');
    value
        .chunk_by(|a, b| follows(*a, *b))
        .map(<[u8]>::len)
        .filter(|length| *length >= ROW)
        .sum()
}

/// `123456789012…`, `abcdef…`: counting, however long; a short count of digits is a password that people use.
fn is_sequence(value: &[u8]) -> bool {
    let next = |w: &[u8]| match w[0] {
        b'9' => matches!(w[1], b'0' | b'1'),
        b'z' | b'Z' => w[1] == w[0] - 25,
        byte => w[1] == byte + 1,
    };
    let digits = value.iter().all(u8::is_ascii_digit);
    (value.len() > 12 || !digits) && value.len() >= 4 && value.windows(2).all(next)
}

/// Half an alphabet in its order: the digits of an encoding.
pub(super) fn holds_alphabet(value: &[u8]) -> bool {
    let next = |pair: &[u8]| pair[0].is_ascii_alphabetic() && pair[1] == pair[0] + 1;
    value
        .windows(14)
        .any(|letters| letters.windows(2).all(next))
}

/// `^4.0.0`, `~0.9.1`, `>=2.0`: versions of a dependency.
pub(super) fn is_version(value: &[u8]) -> bool {
    let skip = value
        .iter()
        .take_while(|b| matches!(b, b'^' | b'~' | b'>' | b'<' | b'=' | b'v' | b' '))
        .count();
    if value.contains(&b':') && value.iter().all(|b| b.is_ascii_digit() || *b == b':') {
        return true;
    }
    let npm = value.starts_with(b"npm:");
    let rest = if npm { &value[4..] } else { &value[skip..] };
    let dots = rest.iter().filter(|b| **b == b'.').count();
    let plain = rest
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+'));
    npm || is_release(rest)
        || (dots >= 1 && (plain || (skip > 0 && dots >= 2)) && (skip > 0 || dots == 2 || dots == 3))
}

/// `1.2.0-rc1`, `2.0.0-SNAPSHOT`: three numbers and what marks a build of them (semver.org).
fn is_release(value: &[u8]) -> bool {
    let mut parts = value.splitn(3, |b| *b == b'.');
    let number = |part: &[u8]| (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
    let (Some(major), Some(minor), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let build = &rest[digits..];
    let marks = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+');
    number(major)
        && number(minor)
        && number(&rest[..digits])
        && matches!(build.first(), None | Some(b'-' | b'+'))
        && build.iter().all(marks)
        && build.len() <= 24
}

/// `1h30m`, `500ms`, `90days`: numbers, each with a unit of time.
fn is_duration(value: &[u8]) -> bool {
    const UNITS: [&[u8]; 16] = [
        b"ms", b"s", b"sec", b"secs", b"m", b"min", b"mins", b"minutes", b"h", b"hour", b"hours",
        b"d", b"days", b"w", b"weeks", b"y",
    ];
    let mut rest = value;
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let tail = &rest[digits..];
        let unit = tail.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        if !(1..=6).contains(&digits) || !UNITS.contains(&&tail[..unit]) {
            return false;
        }
        rest = &tail[unit..];
    }
    true
}

/// `HmacSHA512`, `aes-256-cbc`, `PBKDF2WithHmacSHA256`: nothing but words for algorithms, sizes and marks.
fn is_algorithm(value: &[u8]) -> bool {
    const WORDS: [&[u8]; 28] = [
        b"argon2id",
        b"argon2",
        b"bcrypt",
        b"blowfish",
        b"cbc",
        b"chacha20",
        b"ctr",
        b"ecdsa",
        b"ecdh",
        b"ed25519",
        b"encryption",
        b"gcm",
        b"hmac",
        b"md5",
        b"oaep",
        b"padding",
        b"pbkdf2",
        b"pkcs",
        b"poly1305",
        b"rsa",
        b"scrypt",
        b"sha",
        b"tripledes",
        b"with",
        b"aes",
        b"ecb",
        b"and",
        b"des",
    ];
    let mut folded = value.to_ascii_lowercase();
    folded.retain(|b| b.is_ascii_alphanumeric());
    let mut rest = folded.as_slice();
    let mut named = false;
    while let Some(first) = rest.first() {
        rest = if first.is_ascii_digit() {
            &rest[1..]
        } else if let Some(word) = WORDS.iter().find(|word| rest.starts_with(word)) {
            named = true;
            &rest[word.len()..]
        } else {
            return false;
        };
    }
    named && value.len() <= 40
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_kinds_are_told_from_noise() {
        for text in [
            "0123456789abcdef",
            "xoxb-1234567890-abcdefghij",
            "00112233445566778899aabbccddeeff",
        ] {
            assert!(counts(text.as_bytes()), "{text}");
        }
        for text in ["1h30m", "500ms", "30d"] {
            assert!(is_duration(text.as_bytes()), "{text}");
        }
        for text in [
            "HmacSHA512",
            "aes-256-cbc",
            "PBKDF2WithHmacSHA256",
            "RSA/ECB/PKCS1Padding",
        ] {
            assert!(is_algorithm(text.as_bytes()), "{text}");
        }
        assert!(is_numbered(b"sk_test_123") && !is_numbered(b"sk_test_4Q7z"));
        assert!(is_time(b"2006-01-02T15:04:05Z") && is_header(b"X-Amz-Server-Side-Encryption"));
        for text in ["2.0.0-SNAPSHOT", "6.1.0-rc1.20240615", "^4.0.0", "10.2.1"] {
            assert!(is_version(text.as_bytes()), "{text}");
        }
        for text in ["abc123xy", "4h7Zq1", "md5zz9", "1.2-xyzzy"] {
            let text = text.as_bytes();
            let any = counts(text) || is_duration(text) || is_algorithm(text) || is_version(text);
            assert!(!any, "{}", text.escape_ascii());
        }
    }
}
