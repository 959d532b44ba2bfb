//! Where the choices come from: a seed, or the bytes of a fuzzer.

/// A source of choices.
#[derive(Clone, Debug)]
pub(crate) struct Rng {
    state: u64,
    bytes: Option<Vec<u8>>,
}

impl Rng {
    /// Choices from a seed (SplitMix64).
    pub(crate) fn new(seed: u64) -> Rng {
        Rng { state: seed, bytes: None }
    }

    /// Choices from bytes, the last one first; zeros when they are used up, so that small inputs make small programs.
    #[allow(dead_code, reason = "the fuzz target's way in")]
    pub(crate) fn from_bytes(bytes: &[u8]) -> Rng {
        Rng { state: 0, bytes: Some(bytes.to_vec()) }
    }

    fn next(&mut self) -> u64 {
        if let Some(bytes) = &mut self.bytes {
            return u64::from(bytes.pop().unwrap_or(0)) | u64::from(bytes.pop().unwrap_or(0)) << 8;
        }
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, or 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.next() % n as u64) as usize }
    }

    /// True `percent` times in a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) + percent >= 100
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let i = self.below(all.len());
        all.get(i)
    }
}
