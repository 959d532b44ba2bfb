//! Where instructions stem from, in few bytes.

use crate::source::Span;

/// The places of a function's instructions, in order. They are looked at only where something goes wrong, so they are kept small: each
/// as the distance of its start from the one before, and its length, in as many bytes as these take.
#[derive(Debug, Default)]
pub struct Places {
    bytes: Box<[u8]>,
    /// Of every [`STRIDE`]th place but the first: where it is among the bytes, and the start of the place before it.
    marks: Box<[(u32, u32)]>,
}

/// So many places are gone through to find one.
const STRIDE: usize = 64;

impl Places {
    /// The places as a list that takes little room.
    pub fn new(spans: &[Span]) -> Places {
        let (mut bytes, mut marks) = (Vec::with_capacity(spans.len() * 3), Vec::new());
        let mut before = 0u32;
        for (stride, spans) in spans.chunks(STRIDE).enumerate() {
            if stride > 0 {
                marks.push((bytes.len() as u32, before));
            }
            for span in spans {
                let distance = span.start.wrapping_sub(before) as i32;
                // Small numbers for short distances in either direction.
                put(&mut bytes, ((distance << 1) ^ (distance >> 31)) as u32);
                put(&mut bytes, span.end.wrapping_sub(span.start));
                before = span.start;
            }
        }
        Places { bytes: bytes.into(), marks: marks.into() }
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
        let mark = strides.checked_sub(1).map(|mark| self.marks.get(mark).copied());
        let (first, mut before) = match mark {
            None => (0, 0),
            Some(mark) => mark.unwrap_or((u32::MAX, 0)),
        };
        let mut bytes = self.bytes.get(first as usize..).unwrap_or_default().iter();
        let mut number = move || {
            let (mut number, mut shift) = (0u32, 0);
            loop {
                let byte = *bytes.next()?;
                number |= u32::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    return Some(number);
                }
                shift += 7;
            }
        };
        std::iter::from_fn(move || {
            let (distance, length) = (number()?, number()?);
            let distance = (distance >> 1) ^ (distance & 1).wrapping_neg();
            before = before.wrapping_add(distance);
            Some(Span { start: before, end: before.wrapping_add(length) })
        })
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
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
        let places = Places::new(&spans);
        assert_eq!(places.iter().collect::<Vec<_>>(), spans);
        for (at, span) in spans.iter().enumerate() {
            assert_eq!(places.get(at), Some(*span));
        }
        assert_eq!(places.get(spans.len()), None);
        assert_eq!(places.get(1000), None);
    }
}
