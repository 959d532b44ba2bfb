//! The generator behind `random`: xoshiro256** by David Blackman and Sebastiano Vigna (2018, <https://prng.di.unimi.it>), whose state is
//! filled from one number by SplitMix64, as its authors advise.
//!
//! Invariant: the numbers that follow from a seed are part of what the library promises. They are the same on every machine and in
//! every version. They are no secret: who has seen a few of them can tell the others.

use std::hash::{BuildHasher, RandomState};

/// A sequence of numbers that depends on nothing but its seed.
#[derive(Clone, Debug)]
pub struct Generator([u64; 4]);

impl Generator {
    /// The sequence of a seed.
    pub fn seeded(seed: u64) -> Generator {
        let mut at = seed;
        Generator([(); 4].map(|()| {
            // SplitMix64
            at = at.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (at ^ (at >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }))
    }

    /// A sequence that nobody has chosen: from the system's randomness, by way of the keys that the standard library's hash maps get.
    pub fn unpredicted() -> Generator {
        let word = |i: u64| RandomState::new().hash_one(i);
        Generator::seeded(word(0) ^ word(1).rotate_left(32))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.0;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// The next number from 0 up to and without `end`, each as likely as any other; 0 if there is none. (Daniel Lemire, *Fast Random
    /// Integer Generation in an Interval*, 2019.)
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 {
            return 0;
        }
        let rejected = end.wrapping_neg() % end;
        loop {
            let product = u128::from(self.bits()) * u128::from(end);
            if product as u64 >= rejected {
                return (product >> 64) as u64;
            }
        }
    }

    /// The next Float from 0 up to and without 1: one of 2⁵³ at equal distances.
    pub fn float(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_published_algorithms() {
        let mut generator = Generator([1, 2, 3, 4]);
        let found: Vec<u64> = (0..5).map(|_| generator.bits()).collect();
        assert_eq!(found, [11520, 0, 1509978240, 1215971899390074240, 1216172134540287360]);
        let state = Generator::seeded(1234567).0;
        assert_eq!(state[..2], [6457827717110365317, 3203168211198807973]);
    }

    #[test]
    fn every_number_below_the_end_is_as_likely() {
        let mut generator = Generator::seeded(1);
        for end in [1, 2, 3, 10, 100] {
            let mut seen = vec![0u32; end as usize];
            for _ in 0..10_000 {
                seen[generator.below(end) as usize] += 1;
            }
            let expected = 10_000.0 / end as f64;
            let far = seen.iter().map(|n| (f64::from(*n) - expected).powi(2) / expected);
            let chi: f64 = far.sum();
            assert!(chi < 2.0 * end as f64 + 10.0, "{end}: {chi}");
        }
    }

    #[test]
    fn ends_beyond_half_of_all_numbers_are_not_skewed() {
        let mut generator = Generator::seeded(2);
        let end = (1 << 63) + (1 << 62);
        // Taken modulo the end, the lowest third would come twice as often.
        let low = (0..30_000).filter(|_| generator.below(end) < end / 3).count();
        assert!((9_600..10_400).contains(&low), "{low}");
    }
}
