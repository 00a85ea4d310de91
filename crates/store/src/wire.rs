//! How small values are written into the store's byte strings: varints, lengths, and order-keeping forms.
//!
//! Reading never panics: a byte string that ends early gives `None`, which callers turn into `StoreError::Damaged`.
//! Also here: the hash by which posting lists are named. It is part of the layout on disk and must not change.

/// Appends a number, seven bits a byte, low bits first.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(u8::try_from(number & 0x7F).unwrap_or(0) | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap_or(0));
}

/// Appends a length or an index.
pub(crate) fn put_length(out: &mut Vec<u8>, length: usize) {
    put_varint(out, u64::try_from(length).unwrap_or(u64::MAX));
}

/// Appends bytes after their length.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_length(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// A signed number as an unsigned one, small where it is near zero.
pub(crate) fn zigzag(number: i64) -> u64 {
    (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned()
}

/// The inverse of [`zigzag`].
pub(crate) fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

/// Reads what the `put_` functions wrote.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire<'a>(pub(crate) &'a [u8]);

impl<'a> Wire<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(crate) fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(crate) fn length(&mut self) -> Option<usize> {
        self.varint().and_then(|length| usize::try_from(length).ok())
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        self.bytes().and_then(|bytes| std::str::from_utf8(bytes).ok())
    }
}

/// A number whose unsigned order is the order of the floats: for sort keys and quantity lists.
pub(crate) fn ordered(number: f64) -> u64 {
    let bits = if number == 0.0 { 0 } else { number.to_bits() };
    if bits >> 63 == 0 { bits | (1 << 63) } else { !bits }
}

/// A number whose unsigned order is the order of the signed ones.
pub(crate) fn ordered_signed(number: i64) -> u64 {
    number.cast_unsigned() ^ (1 << 63)
}

/// The store's own hash of a byte string: stable over versions of this program, well mixed, not secret.
///
/// Lists of postings are found by it and every candidate is then compared with the real value, so that a collision
/// costs a look and never an answer. `record` names actors of relations with it.
#[must_use]
pub fn stable_hash(bytes: &[u8]) -> u64 {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut state = STEP ^ u64::try_from(bytes.len()).unwrap_or(0);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = fold_multiply(state ^ u64::from_le_bytes(*word), STEP);
    }
    let mut last = [0_u8; 8];
    last.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
    fold_multiply(fold_multiply(state ^ u64::from_le_bytes(last), STEP) ^ STEP, 0xD6E8_FEB8_6659_FD93)
}

fn fold_multiply(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    let high = u64::try_from(product >> 64).unwrap_or(0);
    let low = u64::try_from(product & u128::from(u64::MAX)).unwrap_or(0);
    high ^ low
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(number in any::<u64>(), signed in any::<i64>()) {
            let mut out = Vec::new();
            put_varint(&mut out, number);

            prop_assert_eq!(Wire(&out).varint(), Some(number));
            prop_assert_eq!(unzigzag(zigzag(signed)), signed);
        }

        #[test]
        fn ordered_forms_keep_the_order(a in -1e12_f64..1e12, b in -1e12_f64..1e12, m in any::<i64>(), n in any::<i64>()) {
            prop_assert_eq!(a < b, ordered(a) < ordered(b));
            prop_assert_eq!(m.cmp(&n), ordered_signed(m).cmp(&ordered_signed(n)));
        }

        #[test]
        fn reading_what_was_cut_off_gives_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            let mut wire = Wire(&bytes);
            while wire.bytes().is_some() {}
            let _ = wire.varint();
        }
    }

    #[test]
    fn the_hash_is_part_of_the_layout_on_disk() {
        let hashes = ["", "final", "8302-2", "http://loinc.org"].map(|text| stable_hash(text.as_bytes()));

        assert_eq!(hashes.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    }
}
