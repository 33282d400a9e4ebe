//! The one piece of big-number arithmetic that private keys need: whether the
//! modulus is the product of the primes. Numbers are big-endian bytes of
//! foreign origin, so their size is bounded before anything is multiplied.

/// Bits a number may have.
const LIMIT_BITS: usize = 16_384;

/// A number without its leading zeros.
pub(super) fn trim(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|b| **b == 0).count();
    &number[zeros..]
}

/// How many bits the number has.
pub(super) fn bits(number: &[u8]) -> usize {
    let number = trim(number);
    match number.first() {
        Some(top) => number.len() * 8 - top.leading_zeros() as usize,
        None => 0,
    }
}

fn limbs(number: &[u8]) -> Vec<u32> {
    trim(number)
        .rchunks(4)
        .map(|c| c.iter().fold(0, |n, b| (n << 8) | u32::from(*b)))
        .collect()
}

/// The product, big-endian, or `None` when a factor is over 16,384 bits.
pub(super) fn product(a: &[u8], b: &[u8]) -> Option<Vec<u8>> {
    if bits(a) > LIMIT_BITS || bits(b) > LIMIT_BITS {
        return None;
    }
    let (a, b) = (limbs(a), limbs(b));
    let mut sum = vec![0_u32; a.len() + b.len()];
    for (i, x) in a.iter().enumerate() {
        let mut carry = 0_u64;
        for (j, y) in b.iter().enumerate() {
            let t = u64::from(*x) * u64::from(*y) + u64::from(sum[i + j]) + carry;
            sum[i + j] = t as u32;
            carry = t >> 32;
        }
        sum[i + b.len()] = carry as u32;
    }
    let bytes: Vec<u8> = sum.iter().rev().flat_map(|l| l.to_be_bytes()).collect();
    Some(trim(&bytes).to_vec())
}

/// True when `n` is `p` times `q`, none of them 0 or 1.
pub(super) fn is_product(n: &[u8], p: &[u8], q: &[u8]) -> bool {
    bits(p) > 1 && bits(q) > 1 && product(p, q).is_some_and(|m| m == trim(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_u128(a: u64, b: u64) {
            let whole = (u128::from(a) * u128::from(b)).to_be_bytes();
            let got = product(&a.to_be_bytes(), &b.to_be_bytes()).unwrap();
            prop_assert_eq!(trim(&whole), &got[..]);
        }
    }

    #[test]
    fn bit_lengths() {
        assert_eq!(bits(&[]), 0);
        assert_eq!(bits(&[0, 0]), 0);
        assert_eq!(bits(&[0, 1]), 1);
        assert_eq!(bits(&[0x80, 0]), 16);
        assert!(product(&[1; 2049], &[1]).is_none());
        assert!(!is_product(&[6], &[6], &[1]));
        assert!(is_product(&[0, 6], &[2], &[0, 3]));
    }
}
