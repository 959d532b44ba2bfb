//! A source text and places in it.
//!
//! A [`Span`] is a pair of byte offsets into one [`Source`]; lines and columns are computed only when a
//! person is about to read them.

use once_cell::race::OnceBox;
use std::sync::Arc;

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
    lines: OnceBox<Lines>,
}

/// Where lines begin: few sources are asked.
#[derive(Debug)]
struct Lines(Box<[u32]>);

impl Source {
    /// Makes a source; `name` is what reports show (`prices.tansy`, `<repl:3>`).
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Source> {
        let (name, mut both) = (name.into(), text.into());
        let length = both.len();
        both.reserve_exact(name.len());
        both.push_str(&name);
        Arc::new(Source { both: both.into(), length, lines: OnceBox::new() })
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

    /// One-based line and column (in Unicode scalar values) of a byte offset. O(log lines + column), after one
    /// scan of the text.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let text = self.text();
        let Lines(starts) = self.lines.get_or_init(|| {
            let newlines = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            let starts = std::iter::once(0).chain(newlines.map(|(i, _)| i as u32 + 1));
            Box::new(Lines(starts.collect()))
        });
        let line = starts.partition_point(|s| *s <= offset).saturating_sub(1);
        let start = starts[line] as usize;
        let end = (offset as usize).min(text.len());
        let column = text.get(start..end).map_or(0, |s| s.chars().count());
        (line as u32 + 1, column as u32 + 1)
    }
}
