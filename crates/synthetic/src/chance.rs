//! Chance that can be repeated: a small seeded generator (SplitMix64).
//!
//! Every person draws from a stream of their own, named by the seed and the person's number, so that person 17 is the
//! same in a locality of 100 and of 10,000. It refuses to know the clock or the operating system's randomness, and is
//! not for secrets. Next: `population`, the first user.

/// A stream of chances that depends on nothing but its seed and its name.
#[derive(Clone, Debug)]
pub(crate) struct Chance {
    state: u64,
}

/// The increment of SplitMix64: the golden ratio in 64 bits.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Chance {
    /// The stream called `stream` of the seed.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut chance = Self { state: seed ^ stream.wrapping_mul(GOLDEN) };
        chance.next();
        chance.state ^= stream.rotate_left(32);
        chance
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, not including, `limit` (0 when the limit is 0).
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    /// A whole number between two bounds, both included.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        let width = usize::try_from(high.saturating_sub(low).max(0)).unwrap_or(0) + 1;
        low.saturating_add(i32::try_from(self.below(width)).unwrap_or(0))
    }

    /// True in `per_mille` of 1,000 cases.
    pub(crate) fn happens(&mut self, per_mille: i32) -> bool {
        self.between(0, 999) < per_mille
    }

    /// A fraction from 0 up to, not including, 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        let top = u32::try_from(self.next() >> 32).unwrap_or(0);
        f64::from(top) / (f64::from(u32::MAX) + 1.0)
    }

    /// A value around a mean: the sum of four uniform draws, which is near enough to the normal curve for made-up people.
    pub(crate) fn around(&mut self, mean: f64, deviation: f64) -> f64 {
        let sum: f64 = (0..4).map(|_| self.fraction()).sum();
        mean + (sum - 2.0) * deviation * 1.732
    }

    /// How often something happens that happens `expected` times on average.
    pub(crate) fn times(&mut self, expected: f64) -> usize {
        let floor = (-expected).exp();
        let (mut product, mut count) = (self.fraction(), 0);
        while product > floor && count < TIMES_MAX {
            product *= self.fraction();
            count += 1;
        }
        count
    }

    /// One of the entries of a table.
    #[expect(
        clippy::indexing_slicing,
        reason = "below() is less than the length, and the tables of this crate are not empty"
    )]
    pub(crate) fn pick<T: Copy>(&mut self, table: &[T]) -> T {
        table[self.below(table.len())]
    }

    /// One of the entries of a table, each as likely as its weight says.
    pub(crate) fn weighted<'t, T>(&mut self, table: &'t [(i32, T)]) -> Option<&'t T> {
        let total: i32 = table.iter().map(|(weight, _)| weight).sum();
        let mut left = self.between(0, total - 1);
        for (weight, entry) in table {
            if left < *weight {
                return Some(entry);
            }
            left -= weight;
        }
        table.first().map(|(_, entry)| entry)
    }
}

/// No one has more contacts of one kind than this in the years that are made; it bounds the loop.
const TIMES_MAX: usize = 120;

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    fn the_same_seed_and_stream_give_the_same_draws() {
        let draws = |stream| {
            (0..5)
                .map({
                    let mut c = Chance::new(7, stream);
                    move |_| c.next()
                })
                .collect::<Vec<_>>()
        };

        let first = draws(3);

        assert_eq!(first, draws(3));
        assert_ne!(first, draws(4));
    }

    #[test]
    fn the_average_number_of_times_is_what_was_expected() {
        let mut chance = Chance::new(1, 1);

        let sum: usize = (0..2_000).map(|_| chance.times(5.5)).sum();

        assert!((10_400..11_600).contains(&sum), "{sum}");
    }
}
