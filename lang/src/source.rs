//! A source text and places in it.
//!
//! A [`Span`] is a pair of byte offsets into one [`Source`]; lines and columns are computed only when a
//! person is about to read them.

use std::sync::{Arc, OnceLock};

/// A half-open range of bytes `start..end` in one source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of the bytes `start..end`. Sources are limited to `u32::MAX` bytes before lexing.
    pub fn new(start: usize, end: usize) -> Self {
        Span { start: start as u32, end: end as u32 }
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The bytes as a range, for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The empty span at the start of this one.
    pub fn before(self) -> Span {
        Span { start: self.start, end: self.start }
    }

    /// The empty span at the end of this one.
    pub fn after(self) -> Span {
        Span { start: self.end, end: self.end }
    }
}

/// A named source text: a file, a REPL entry, a string given by the host. Cheap to share.
#[derive(Debug)]
pub struct Source {
    /// The text, and behind it the name.
    both: Box<str>,
    /// The length of the text. (A `u32` would do for those that can be lexed only.)
    length: usize,
    /// If the text has a whole one.
    stretches: Option<Box<Stretches>>,
}

/// How many lines end before each stretch of a text but the first, counted when it is asked for the first time.
#[derive(Debug, Default)]
struct Stretches(OnceLock<Box<[u32]>>);

/// So many bytes are a stretch: lines are counted from where one begins.
const STRETCH: usize = 1024;

impl Source {
    /// Makes a source; `name` is what reports show (`prices.tansy`, `<repl:3>`).
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Source> {
        let (name, mut both) = (name.into(), text.into());
        let length = both.len();
        both.reserve_exact(name.len());
        both.push_str(&name);
        let stretches = (length >= STRETCH).then(Box::default);
        Arc::new(Source { both: both.into(), length, stretches })
    }

    /// The name that reports show.
    pub fn name(&self) -> &str {
        &self.both[self.length..]
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.both[..self.length]
    }

    /// The text of a span; empty when the span is not inside the text on character boundaries.
    pub fn slice(&self, span: Span) -> &str {
        self.text().get(span.range()).unwrap_or("")
    }

    /// One-based line and column (in Unicode scalar values) of a byte offset. O(column), after one scan of the text.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let text = self.text();
        let end = (offset as usize).min(text.len());
        let before = &text.as_bytes()[..end];
        let stretch = end / STRETCH;
        let lines = self.lines_before(stretch) + newlines(&before[stretch * STRETCH..]);
        let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
        let column = text.get(start..end).map_or(0, |s| s.chars().count());
        (lines + 1, column as u32 + 1)
    }

    /// How many lines end before a stretch.
    fn lines_before(&self, stretch: usize) -> u32 {
        let (Some(Stretches(counts)), Some(place)) =
            (self.stretches.as_deref(), stretch.checked_sub(1))
        else {
            return 0;
        };
        let counts = counts.get_or_init(|| {
            let whole = self.text().as_bytes().chunks_exact(STRETCH);
            whole
                .scan(0, |lines, stretch| {
                    *lines += newlines(stretch);
                    Some(*lines)
                })
                .collect()
        });
        counts.get(place).copied().unwrap_or_default()
    }
}

/// How many lines end in these bytes.
fn newlines(bytes: &[u8]) -> u32 {
    // (So many that they can be counted in a byte, which takes the processor a fraction of the time.)
    let counts = bytes.chunks(255).map(|few| few.iter().map(|b| u8::from(*b == b'\n')).sum::<u8>());
    counts.map(u32::from).sum()
}

#[cfg(test)]
mod tests {
    use super::{STRETCH, Source};

    #[test]
    fn lines_and_columns_are_those_of_counting_from_the_start() {
        let line = |i: usize| "ä=".repeat(i % 50) + &"\n".repeat(i % 4);
        let long: String = (0..200).map(line).collect();
        let longest = "\n".repeat(3 * STRETCH) + &"x".repeat(2 * STRETCH);
        let exact = "y\n".repeat(STRETCH / 2);
        for text in ["", "one", "one\n", "\n\nthree", &long, &longest, &exact] {
            let source = Source::new("name", text);
            assert_eq!((source.text(), source.name()), (text, "name"));
            for offset in 0..text.len() + 3 {
                let end = offset.min(text.len());
                let before = &text.as_bytes()[..end];
                let line = before.iter().filter(|b| **b == b'\n').count();
                let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
                let column = text.get(start..end).map_or(0, |s| s.chars().count());
                let expected = (line as u32 + 1, column as u32 + 1);
                assert_eq!(
                    source.line_column(offset as u32),
                    expected,
                    "{offset} of {}",
                    text.len()
                );
            }
        }
    }
}
