//! Bodies that no random source made: the `xxxx`, `1234567890` and `EXAMPLE`
//! that stand where a secret would. Formats without a checksum ask here before
//! they call a body well formed; the bounds are so wide that about one random
//! body in a thousand million is refused.

/// True when a body that should be random (at least 16 characters) is not.
pub(super) fn is_filler(body: &[u8]) -> bool {
    body.len() >= 16 && (poor(body) || long_run(body) || spoken(body))
}

/// Too few different characters: fewer than six of 32, fewer than four of 16.
fn poor(body: &[u8]) -> bool {
    let mut seen = [false; 256];
    for b in body {
        seen[*b as usize] = true;
    }
    let least = if body.len() < 32 { 4 } else { 6 };
    seen.iter().filter(|s| **s).count() < least
}

/// Ten neighbours that are the same, or rise or fall by one (`0123456789`, `ABCDEFGHIJ`).
fn long_run(body: &[u8]) -> bool {
    let mut run = [1_u32; 3];
    for pair in body.windows(2) {
        let (a, b) = (pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase());
        // 9 is followed by 0, and in hexadecimal by a.
        let rises = b == a.wrapping_add(1) || (a == b'9' && matches!(b, b'0' | b'a'));
        let holds = [a == b, rises, a == b.wrapping_add(1)];
        for (count, holds) in run.iter_mut().zip(holds) {
            *count = if holds { *count + 1 } else { 1 };
        }
        if run.iter().any(|count| *count >= 10) {
            return true;
        }
    }
    false
}

/// Words of at least seven letters that placeholders are made of.
fn spoken(body: &[u8]) -> bool {
    const WORDS: [&[u8]; 10] = [
        b"example",
        b"placeholder",
        b"changeme",
        b"change-me",
        b"replace_me",
        b"replaceme",
        b"your_token",
        b"yourtoken",
        b"redacted",
        b"deadbeefdeadbeef",
    ];
    let body = body.to_ascii_lowercase();
    WORDS
        .iter()
        .any(|word| memchr::memmem::find(&body, word).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fillers() {
        for body in [
            "xxxxxxxxxxxxxxxxxxxxxxxx",
            "0123456789abcdef0123",
            "ABCDEFGHIJKLMNOPQRSTUVWX",
            "00000000000000000000000000000001",
            "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
            "deadbeefdeadbeefdeadbeefdeadbeef",
        ] {
            assert!(is_filler(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn random_bodies_pass() {
        for seed in 0..5_000 {
            let mut rng = super::super::Rng::new(seed);
            assert!(!is_filler(&rng.chars(b"0123456789abcdef", 32)));
        }
    }
}
