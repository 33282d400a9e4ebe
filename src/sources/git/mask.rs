//! Sets of wanted ids as bits, many at a time: attribution asks the same of
//! hundreds of blobs in one pass over the history. What a bit stands for is the
//! business of whoever made the mask.

/// One bit for every wanted id of a batch.
pub(super) type Mask<const W: usize> = [u64; W];

pub(super) fn or<const W: usize>(a: &mut Mask<W>, b: &Mask<W>) {
    for (a, b) in a.iter_mut().zip(b) {
        *a |= b;
    }
}

pub(super) fn without<const W: usize>(a: &Mask<W>, b: &Mask<W>) -> Mask<W> {
    std::array::from_fn(|word| a[word] & !b[word])
}

pub(super) fn set<const W: usize>(mask: &mut Mask<W>, bit: usize) {
    mask[bit / 64] |= 1 << (bit % 64);
}

pub(super) fn test<const W: usize>(mask: &Mask<W>, bit: usize) -> bool {
    mask[bit / 64] & (1 << (bit % 64)) != 0
}

pub(super) fn bits<const W: usize>(mask: &Mask<W>) -> impl Iterator<Item = usize> {
    mask.iter().enumerate().flat_map(|(word, &bits)| {
        let mut left = bits;
        std::iter::from_fn(move || {
            let bit = left.trailing_zeros() as usize;
            left &= left.checked_sub(1)?;
            Some(word * 64 + bit)
        })
    })
}

/// Counts for each bit the masks that have it: a number of any size for every bit, written down by
/// binary digits, so that most masks change one or two words of each.
#[derive(Default)]
pub(super) struct Counts<const W: usize> {
    digits: Vec<Mask<W>>,
}

impl<const W: usize> Counts<W> {
    pub(super) fn add(&mut self, mask: &Mask<W>) {
        let mut carry = *mask;
        for digit in &mut self.digits {
            if carry == [0; W] {
                return;
            }
            for (carry, digit) in carry.iter_mut().zip(digit) {
                (*carry, *digit) = (*carry & *digit, *carry ^ *digit);
            }
        }
        if carry != [0; W] {
            self.digits.push(carry);
        }
    }

    pub(super) fn of(&self, bit: usize) -> u64 {
        let digits = self.digits.iter().enumerate();
        digits
            .map(|(place, digit)| u64::from(test(digit, bit)) << place)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counts_are_those_of_a_loop(masks in prop::collection::vec(any::<[u64; 2]>(), 0..40)) {
            let mut counts = Counts::<2>::default();
            masks.iter().for_each(|mask| counts.add(mask));
            for bit in 0..128 {
                let having = masks.iter().filter(|mask| test(mask, bit)).count();
                prop_assert_eq!(counts.of(bit), having as u64);
                let listed = masks.iter().filter(|mask| bits(mask).any(|b| b == bit)).count();
                prop_assert_eq!(listed, having);
            }
        }
    }
}
