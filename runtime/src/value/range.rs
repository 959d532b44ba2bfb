//! Ranges of integers: `0..10`, `0..=10`, `0..`.
//!
//! Ranges are plain data, so they are orderable and may be keys: by start, then end (an open end is greatest), then `..` before
//! `..=`. `0..10` and `0..=9` are different ranges: as indices from the end they mean different places.

use std::cmp::Ordering;

/// A range with its bounds as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first integer.
    pub start: i64,
    /// The end, or `None` for a range without one.
    pub end: Option<i64>,
    /// Whether the end itself belongs to the range.
    pub inclusive: bool,
}

impl Range {
    /// `start..end`
    pub fn new(start: i64, end: i64) -> Range {
        Range { start, end: Some(end), inclusive: false }
    }

    /// `start..=end`
    pub fn inclusive(start: i64, end: i64) -> Range {
        Range { start, end: Some(end), inclusive: true }
    }

    /// `start..`
    pub fn from(start: i64) -> Range {
        Range { start, end: None, inclusive: false }
    }

    /// How many integers it has; `None` without an end.
    pub fn len(&self) -> Option<u128> {
        let end = i128::from(self.end?) + i128::from(self.inclusive);
        Some((end - i128::from(self.start)).max(0) as u128)
    }

    /// Whether it has no integers.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The last integer, if there is an end and an integer before it.
    pub fn last(&self) -> Option<i64> {
        let end = self.end?;
        if self.inclusive {
            (end >= self.start).then_some(end)
        } else {
            (end > self.start).then(|| end - 1)
        }
    }

    /// Whether `n` is in the range.
    pub fn contains(&self, n: i64) -> bool {
        n >= self.start
            && match self.end {
                None => true,
                Some(end) if self.inclusive => n <= end,
                Some(end) => n < end,
            }
    }

    /// The half-open run of places this range selects in something of `len` places: negative bounds count from the end, and
    /// bounds outside are an error (`None`), as is an end before the start.
    pub fn resolve(&self, len: usize) -> Option<std::ops::Range<usize>> {
        let size = i128::try_from(len).ok()?;
        let place = |i: i64| if i < 0 { size + i128::from(i) } else { i128::from(i) };
        let start = place(self.start);
        let end = match self.end {
            None => size,
            Some(end) => place(end) + i128::from(self.inclusive),
        };
        (0 <= start && start <= end && end <= size).then_some(start as usize..end as usize)
    }

    /// As [`Range::resolve`], with bounds outside moved to the nearest place.
    pub fn resolve_clamped(&self, len: usize) -> std::ops::Range<usize> {
        let size = len as i128;
        let place = |i: i64| if i < 0 { size + i128::from(i) } else { i128::from(i) };
        let start = place(self.start).clamp(0, size);
        let end = match self.end {
            None => size,
            Some(end) => (place(end) + i128::from(self.inclusive)).clamp(start, size),
        };
        start as usize..end as usize
    }
}

impl Ord for Range {
    fn cmp(&self, other: &Range) -> Ordering {
        let ends = match (self.end, other.end) {
            (Some(a), Some(b)) => a.cmp(&b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        };
        self.start.cmp(&other.start).then(ends).then(self.inclusive.cmp(&other.inclusive))
    }
}

impl PartialOrd for Range {
    fn partial_cmp(&self, other: &Range) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
