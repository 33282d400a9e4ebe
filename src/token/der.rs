//! A reader of DER (ITU-T X.690) just large enough for private keys: it walks
//! a sequence value by value, never descends by itself, and refuses lengths
//! that are indefinite, not minimal or past the end. The writer serves samples.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const CONTEXT_0: u8 = 0xa0;
pub(super) const CONTEXT_1: u8 = 0xa1;

/// The values of one constructed value, in order.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Reader(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next value and its tag. Only tags of one byte are known.
    pub(super) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (first, rest) = rest.split_first()?;
        let (len, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x84 => {
                let (len, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let len = len.iter().try_fold(0_usize, |n, b| {
                    n.checked_mul(256)?.checked_add(usize::from(*b))
                })?;
                (len, rest)
            }
            _ => return None,
        };
        let minimal = match first {
            0..=0x7f => true,
            0x81 => len > 0x7f,
            more => len >> (8 * (u32::from(more & 0x7f) - 1)) != 0,
        };
        if !minimal {
            return None;
        }
        let (value, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some((*tag, value))
    }

    /// The next value, which must have this tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let (found, value) = ahead.next()?;
        if found != tag {
            return None;
        }
        *self = ahead;
        Some(value)
    }

    /// The next value, a sequence, as a reader of its own.
    pub(super) fn sequence(&mut self) -> Option<Reader<'a>> {
        self.take(SEQUENCE).map(Reader)
    }

    /// The next value, an integer that is not negative, without leading zeros.
    pub(super) fn unsigned(&mut self) -> Option<&'a [u8]> {
        let value = self.take(INTEGER)?;
        match value.first() {
            Some(top) if top & 0x80 == 0 => Some(super::bignum::trim(value)),
            _ => None,
        }
    }

    /// The next value, an integer of at most one byte.
    pub(super) fn small(&mut self) -> Option<u8> {
        match self.unsigned()? {
            [] => Some(0),
            [n] => Some(*n),
            _ => None,
        }
    }
}

/// The single value of `bytes`, a sequence with nothing after it.
pub(super) fn only_sequence(bytes: &[u8]) -> Option<Reader<'_>> {
    let mut all = Reader::new(bytes);
    let inner = all.sequence()?;
    all.is_empty().then_some(inner)
}

/// One value, written.
pub(super) fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len: usize = parts.iter().map(|p| p.len()).sum();
    let mut out = vec![tag];
    match len {
        0..=0x7f => out.push(len as u8),
        0x80..=0xff => out.extend([0x81, len as u8]),
        _ => out.extend([0x82, (len >> 8) as u8, len as u8]),
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// A non-negative integer, written.
pub(super) fn write_unsigned(number: &[u8]) -> Vec<u8> {
    let number = super::bignum::trim(number);
    match number.first() {
        Some(top) if top & 0x80 == 0 => write(INTEGER, &[number]),
        _ => write(INTEGER, &[&[0], number]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let long = [7; 300];
        let bytes = write(
            SEQUENCE,
            &[
                &write_unsigned(&[0]),
                &write_unsigned(&[0x80]),
                &write(OCTET_STRING, &[&long]),
            ],
        );
        let mut inner = only_sequence(&bytes).unwrap();
        assert_eq!(inner.small(), Some(0));
        assert_eq!(inner.small(), Some(0x80));
        assert_eq!(inner.take(INTEGER), None);
        assert_eq!(inner.take(OCTET_STRING), Some(&long[..]));
        assert!(inner.is_empty());
    }

    #[test]
    fn refuses_bad_lengths() {
        for bad in [
            &[0x30, 0x80, 0, 0][..],      // indefinite
            &[0x30, 0x81, 0x01, 0],       // not minimal
            &[0x30, 0x82, 0x00, 0x80, 0], // not minimal
            &[0x30, 0x05, 0],             // past the end
            &[0x30, 0x88, 1, 1, 1, 1, 1], // longer than any key
            &[0x30, 0x00, 0x00],          // something after it
            &[0x1f, 0x01, 0x00],          // long tag
        ] {
            assert!(only_sequence(bad).is_none(), "{bad:?}");
        }
    }
}
