//! Git's delta format (gitformat-pack, "Deltified representation"): a base
//! length, a result length, then copy and insert instructions. Applying one
//! also tells which runs of the result were copied, so that a scanner can look
//! at the new bytes only; where base and delta come from is left to others.

use crate::model::chunk::CopySegment;

/// The two lengths a delta declares, and where its instructions start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lengths {
    /// Length the base must have.
    pub(super) base: u64,
    /// Length of the result.
    pub(super) result: u64,
    /// Offset of the first instruction.
    pub(super) ops: usize,
}

impl Lengths {
    /// Reads the header of a delta; `None` when it is cut or a length exceeds 64 bits.
    pub(super) fn parse(delta: &[u8]) -> Option<Lengths> {
        let mut at = 0;
        let base = length(delta, &mut at)?;
        let result = length(delta, &mut at)?;
        Some(Lengths {
            base,
            result,
            ops: at,
        })
    }
}

fn length(delta: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0u64;
    let mut shift = 0;
    loop {
        let byte = *delta.get(*at)?;
        *at += 1;
        let part = u64::from(byte & 0x7f);
        if shift > 63 || (part << shift) >> shift != part {
            return None;
        }
        value |= part << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
}

/// Applies the instructions `ops` to `base`, fills `out` to its end and lists the copied
/// runs in `copies`, in order, those that continue one another joined.
///
/// `None` when an instruction is cut, reserved or out of bounds, or when the instructions
/// do not fill `out` exactly; `out` and `copies` then hold nothing of use.
pub(super) fn apply(
    base: &[u8],
    mut ops: &[u8],
    out: &mut [u8],
    copies: &mut Vec<CopySegment>,
) -> Option<()> {
    copies.clear();
    let mut run = CopySegment {
        base: 0,
        start: 0,
        len: 0,
    };
    let mut at = 0;
    while let Some((&op, rest)) = ops.split_first() {
        ops = rest;
        if op & 0x80 != 0 {
            let (from, len) = copy_operands(op, &mut ops)?;
            let source = base.get(from..from.checked_add(len)?)?;
            out.get_mut(at..at + len)?.copy_from_slice(source);
            if run.base + run.len == from && run.start + run.len == at {
                run.len += len;
            } else {
                if run.len > 0 {
                    copies.push(run);
                }
                run = CopySegment {
                    base: from,
                    start: at,
                    len,
                };
            }
            at += len;
        } else {
            let len = usize::from(op);
            if len == 0 {
                return None; // reserved
            }
            let (new, rest) = ops.split_at_checked(len)?;
            out.get_mut(at..at + len)?.copy_from_slice(new);
            ops = rest;
            at += len;
        }
    }
    if run.len > 0 {
        copies.push(run);
    }
    (at == out.len()).then_some(())
}

/// Offset and length of a copy: the low seven bits of `op` say which of their bytes follow.
#[inline]
fn copy_operands(op: u8, ops: &mut &[u8]) -> Option<(usize, usize)> {
    let mut operands = 0u64;
    if ops.len() >= 7 {
        // The usual case: no end of input to look out for.
        let mut used = 0;
        for bit in 0..7 {
            if op & (1 << bit) != 0 {
                operands |= u64::from(ops[used]) << (8 * bit);
                used += 1;
            }
        }
        *ops = &ops[used..];
    } else {
        for bit in 0..7 {
            if op & (1 << bit) != 0 {
                let (&byte, rest) = ops.split_first()?;
                operands |= u64::from(byte) << (8 * bit);
                *ops = rest;
            }
        }
    }
    let len = match (operands >> 32) as usize {
        0 => 0x10000,
        len => len,
    };
    Some((operands as u32 as usize, len))
}

#[cfg(test)]
mod tests {
    use super::Lengths;
    use super::apply;
    use crate::model::chunk::CopySegment;
    use proptest::prelude::*;

    fn run(base: &[u8], ops: &[u8], len: usize) -> Option<(Vec<u8>, Vec<CopySegment>)> {
        let mut out = vec![0; len];
        let mut copies = Vec::new();
        apply(base, ops, &mut out, &mut copies).map(|()| (out, copies))
    }

    #[test]
    fn joins_copies_that_continue_one_another() {
        let base = b"0123456789";
        let ops = [
            0x91, 1, 3, // 123
            0x91, 4, 2, // 45
            2, b'x', b'y', // new
            0x91, 6, 1, // 6: continues in the base, not in the result
            0x90, 2, // 01
        ];
        let (out, copies) = run(base, &ops, 10).unwrap();
        assert_eq!(out, b"12345xy601");
        let all: Vec<_> = copies.iter().map(|c| (c.base, c.start, c.len)).collect();
        assert_eq!(all, [(1, 0, 5), (6, 7, 1), (0, 8, 2)]);
    }

    #[test]
    fn refuses_what_is_out_of_bounds() {
        let base = b"0123456789";
        assert_eq!(run(base, &[0x91, 8, 3], 3), None, "beyond the base");
        assert_eq!(run(base, &[0x90, 4], 3), None, "beyond the result");
        assert_eq!(run(base, &[0x90, 2], 3), None, "result not filled");
        assert_eq!(run(base, &[3, b'a', b'b'], 3), None, "cut insert");
        assert_eq!(run(base, &[0x91, 8], 3), None, "cut copy");
        assert_eq!(run(base, &[0], 0), None, "reserved");
        assert_eq!(run(base, &[0x80], 9), None, "length 0 means 64 KiB");
        assert_eq!(Lengths::parse(&[0x80]), None);
        assert_eq!(Lengths::parse(&[0xff; 12]), None);
    }

    proptest! {
        #[test]
        fn never_panics_and_segments_are_true(
            base in proptest::collection::vec(any::<u8>(), 0..300),
            ops in proptest::collection::vec(any::<u8>(), 0..60),
            len in 0usize..400,
        ) {
            if let Some((out, copies)) = run(&base, &ops, len) {
                for copy in copies {
                    prop_assert_eq!(
                        &out[copy.start..copy.start + copy.len],
                        &base[copy.base..copy.base + copy.len]
                    );
                }
            }
        }
    }
}
