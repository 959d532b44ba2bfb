//! Where instructions stem from, in few bytes.

use super::packed::{put, take};
use crate::source::Span;

/// The places of a function's instructions, in order. They are looked at only where something goes wrong, so they are kept small: each
/// as the distance of its start from the one before, and its length, in as many bytes as these take.
#[derive(Debug, Default, Clone)]
pub struct Places<B> {
    /// First come the marks, behind their number. There is one of every [`STRIDE`]th place but the first: where it is among the bytes of
    /// the places, and the start of the place before it.
    bytes: B,
}

/// The bytes of a mark.
const MARK: usize = 8;

/// So many places are gone through to find one.
const STRIDE: usize = 64;

impl Places<Vec<u8>> {
    /// Takes other places.
    pub fn fill(&mut self, spans: &[Span]) {
        let bytes = &mut self.bytes;
        bytes.clear();
        let marks = spans.len().saturating_sub(1) / STRIDE;
        bytes.reserve(5 + marks * MARK + spans.len() * 3);
        put(bytes, marks as u32);
        let mut mark = bytes.len();
        bytes.resize(mark + marks * MARK, 0);
        let (first, mut before) = (bytes.len(), 0u32);
        for (stride, spans) in spans.chunks(STRIDE).enumerate() {
            if stride > 0 {
                let place = u64::from(before) << 32 | (bytes.len() - first) as u64;
                bytes[mark..mark + MARK].copy_from_slice(&place.to_le_bytes());
                mark += MARK;
            }
            for span in spans {
                let distance = span.start.wrapping_sub(before) as i32;
                // Small numbers for short distances in either direction.
                put(bytes, ((distance << 1) ^ (distance >> 31)) as u32);
                put(bytes, span.end.wrapping_sub(span.start));
                before = span.start;
            }
        }
    }
}

impl<'a> Places<&'a [u8]> {
    /// The places that [`Places::bytes`] are of.
    pub fn of(bytes: &'a [u8]) -> Places<&'a [u8]> {
        Places { bytes }
    }
}

impl<B: AsRef<[u8]>> Places<B> {
    /// The bytes in which they are kept.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// The places one after another.
    pub fn iter(&self) -> impl Iterator<Item = Span> {
        self.after(0)
    }

    /// The place of an instruction.
    pub fn get(&self, at: usize) -> Option<Span> {
        self.after(at / STRIDE).nth(at % STRIDE)
    }

    /// The places from so many strides on.
    fn after(&self, strides: usize) -> impl Iterator<Item = Span> {
        let mut bytes = self.bytes();
        let marks = take(&mut bytes).unwrap_or(0) as usize;
        let (marks, places) = bytes.split_at_checked(marks * MARK).unwrap_or_default();
        let mark = |mark: &[u8]| mark.try_into().map_or(u64::MAX, u64::from_le_bytes);
        let begins = match strides.checked_sub(1) {
            None => 0,
            Some(before) => marks.chunks_exact(MARK).nth(before).map_or(u64::MAX, mark),
        };
        let (first, mut before) = (begins as u32, (begins >> 32) as u32);
        let mut bytes = places.get(first as usize..).unwrap_or_default();
        std::iter::from_fn(move || {
            let (distance, length) = (take(&mut bytes)?, take(&mut bytes)?);
            let distance = (distance >> 1) ^ (distance & 1).wrapping_neg();
            before = before.wrapping_add(distance);
            Some(Span { start: before, end: before.wrapping_add(length) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Places;
    use crate::source::Span;

    #[test]
    fn places_come_back_as_they_were() {
        let ends = [(5, 9), (0, 0), (u32::MAX - 1, u32::MAX), (0, u32::MAX), (300, 20_000)];
        let near = (0..200).map(|n| (n * 7, n * 7 + n % 5));
        let spans: Vec<Span> =
            ends.into_iter().chain(near).map(|(start, end)| Span { start, end }).collect();
        let mut places = Places::default();
        places.fill(&spans[1..]);
        places.fill(&spans);
        assert_eq!(places.iter().collect::<Vec<_>>(), spans);
        for (at, span) in spans.iter().enumerate() {
            assert_eq!(places.get(at), Some(*span));
        }
        assert_eq!(places.get(spans.len()), None);
        assert_eq!(places.get(1000), None);
    }
}
