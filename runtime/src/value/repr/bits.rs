//! What the sixteen bytes tell by themselves.

use super::{DECIMAL, FLOAT, INT, SHORT, Value};

impl Value {
    /// Whether all sixteen bytes are equal: the same scalar, the same short string or the same block.
    #[inline(always)]
    pub(crate) fn same_bits(&self, other: &Value) -> bool {
        self.words() == other.words()
    }

    /// Whether this is a string kept inline, whose bytes alone decide equality with any value.
    #[inline(always)]
    pub(crate) fn is_short(&self) -> bool {
        self.tag() == SHORT
    }

    /// Whether this is an Int or a string that is kept inline: the most frequent kinds of keys.
    #[inline(always)]
    pub(crate) fn is_simple(&self) -> bool {
        self.is_short() || self.tag() == INT
    }

    /// Whether this could be a number equal to an Int that fits 64 bits without having its bytes.
    #[inline(always)]
    pub(crate) fn may_equal_int(&self) -> bool {
        matches!(self.tag(), FLOAT | DECIMAL)
    }

    /// The length of an inline string in bytes.
    #[inline(always)]
    pub(super) const fn short_len(&self) -> u8 {
        (self.meta >> 8) as u8
    }

    #[inline(always)]
    pub(super) fn words(&self) -> [u64; 2] {
        // A pointer's bits are compared, never used as a pointer again.
        #[cfg(target_pointer_width = "64")]
        // SAFETY: the payload's eight bytes are initialised, whichever field is live.
        let second = unsafe { self.payload.bits };
        #[cfg(not(target_pointer_width = "64"))]
        let second = match self.tag() {
            // SAFETY: the payload of every other inline tag is 64 bits of plain data.
            ..super::NATIVE => unsafe { self.payload.bits },
            // SAFETY: the payload of a native, a cursor and a heap tag is a pointer that is not null.
            _ => unsafe { self.payload.heap }.as_ptr().addr() as u64,
        };
        [self.meta, second]
    }

    /// The sixteen bytes of a string kept inline.
    #[inline(always)]
    pub(crate) fn short_words(&self) -> Option<[u64; 2]> {
        self.is_short().then(|| self.words())
    }

    /// Bits that tell inline strings apart, mostly.
    #[inline(always)]
    pub(crate) fn short_bits(&self) -> u64 {
        let [low, high] = self.words();
        low ^ high.rotate_left(32)
    }

    /// A number that orders inline strings: their bytes big-endian, zero-padded, then the length.
    #[inline(always)]
    pub(crate) fn short_order(&self) -> u128 {
        debug_assert!(self.tag() == SHORT);
        let [low, high] = self.words();
        let bytes = ((u128::from(high) << 64) | u128::from(low)).swap_bytes();
        (bytes << 16) | u128::from(self.short_len())
    }
}
