//! The few lines of a source text that a report shows.
//!
//! A report must stay readable and cheap whatever the text looks like: a line of ten megabytes is cut around the places the
//! report is about, control characters are shown as pictures of themselves, and a place that spans many lines is reduced to its
//! first one. Offsets of labels are those of the window; lines and columns shown are those of the text.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::ops::Range;
use tansy::{Source, Span};

/// Lines shown above and below each place.
pub(crate) const CONTEXT: usize = 1;
/// A place over more lines than this is reduced to its first line.
const MOST_LINES: usize = 4;
/// So many lines between two places are shown rather than left out.
const MOST_BRIDGED: usize = 3;
/// A line with more bytes than this is cut.
const MOST_BYTES: usize = 240;
/// What stays visible of a cut line on either side of a place, in bytes.
const MARGIN: usize = 40;
/// What stays visible of the place itself, in bytes.
const MOST_PLACE: usize = 120;

/// A cut-out of a source text that miette can render.
#[derive(Debug)]
pub(crate) struct Window {
    name: String,
    text: String,
    lines: Vec<Line>,
    /// Offsets in the source and the window, ascending in both: one for each character and each cut.
    map: Vec<(usize, usize)>,
    /// Where the places begin in the window, and their columns in the source, counted from zero.
    columns: Vec<(usize, usize)>,
}

/// One shown line.
#[derive(Debug)]
struct Line {
    /// Where it begins in the window.
    start: usize,
    /// Where it is in the source, counted from zero.
    number: usize,
}

impl Window {
    /// Cuts out what is needed to show the places, and gives the places as ranges of the window.
    pub(crate) fn new(source: &Source, places: &[Span]) -> (Window, Vec<Range<usize>>) {
        let text = source.text();
        let places: Vec<Range<usize>> = places.iter().map(|p| visible(text, *p)).collect();
        let mut shown: Vec<(usize, Range<usize>)> = Vec::new();
        for place in &places {
            for line in lines_around(source, place) {
                shown.push(line);
            }
        }
        shown.sort_by_key(|(number, _)| *number);
        shown.dedup_by_key(|(number, _)| *number);
        bridge(text, &mut shown);

        let mut window = Window {
            name: source.name().to_owned(),
            text: String::new(),
            lines: Vec::new(),
            map: Vec::new(),
            columns: Vec::new(),
        };
        for (number, range) in shown {
            window.lines.push(Line { start: window.text.len(), number });
            window.push_line(text, range, &places);
        }
        let ranges: Vec<Range<usize>> =
            places.iter().map(|p| window.offset(p.start)..window.offset(p.end)).collect();
        for (place, range) in places.iter().zip(&ranges) {
            let (_, column) = source.line_column(place.start as u32);
            window.columns.push((range.start, column as usize - 1));
        }
        (window, ranges)
    }

    fn push_line(&mut self, text: &str, line: Range<usize>, places: &[Range<usize>]) {
        let mut done = line.start;
        for piece in pieces(text, &line, places) {
            if piece.start > done {
                self.map.push((done, self.text.len()));
                self.text.push('…');
            }
            for (i, c) in text.get(piece.clone()).unwrap_or("").char_indices() {
                self.map.push((piece.start + i, self.text.len()));
                self.text.push(printable(c));
            }
            done = piece.end;
        }
        if done < line.end {
            self.map.push((done, self.text.len()));
            self.text.push('…');
        }
        self.map.push((line.end, self.text.len()));
        self.text.push('\n');
    }

    /// The place in the window of an offset in the source.
    fn offset(&self, offset: usize) -> usize {
        let at = self.map.partition_point(|(source, _)| *source < offset);
        self.map.get(at).map_or(self.text.len(), |(_, window)| *window)
    }

    fn line_at(&self, offset: usize) -> usize {
        self.lines.partition_point(|l| l.start <= offset).saturating_sub(1)
    }
}

impl SourceCode for Window {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let end = span.offset() + span.len();
        let (mut first, mut last) = (self.line_at(span.offset()), self.line_at(end));
        let (Some(from), Some(to)) = (self.lines.get(first), self.lines.get(last)) else {
            return Err(MietteError::OutOfBounds);
        };
        if to.number - from.number != last - first || end > self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let place = self.columns.iter().find(|(start, _)| *start == span.offset());
        let column = place.filter(|_| before == 0).map_or(0, |(_, column)| *column);
        // With its surroundings a place is shown with all lines that are next to each other here.
        let adjacent = |line: usize| self.lines[line].number + 1 == self.lines[line + 1].number;
        while before > 0 && first > 0 && adjacent(first - 1) {
            first -= 1;
        }
        while after > 0 && last + 1 < self.lines.len() && adjacent(last) {
            last += 1;
        }
        let start = self.lines[first].start;
        let end = self.lines.get(last + 1).map_or(self.text.len(), |l| l.start);
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            &self.text.as_bytes()[start..end],
            (start, end - start).into(),
            self.lines[first].number,
            column,
            last - first + 1,
        )))
    }
}

/// The place as a range of the text, on character boundaries; a place behind the last word moves up to it, and one that
/// spans many lines ends with its first line.
fn visible(text: &str, place: Span) -> Range<usize> {
    let last = text.trim_end().len();
    let start = floor(text, place.range().start.min(last));
    let mut end = floor(text, place.range().end.min(last.max(start))).max(start);
    let inside = &text[start..end];
    if inside.bytes().filter(|b| *b == b'\n').take(MOST_LINES).count() == MOST_LINES {
        end = start + inside.find('\n').unwrap_or(inside.len());
    }
    start..end
}

/// The lines of a place and its surroundings: number from zero, and range without the newline.
fn lines_around(source: &Source, place: &Range<usize>) -> Vec<(usize, Range<usize>)> {
    let text = source.text();
    let (line, _) = source.line_column(place.start as u32);
    let mut number = line as usize - 1;
    let mut start = text[..place.start].rfind('\n').map_or(0, |i| i + 1);
    for _ in 0..CONTEXT {
        if start > 0 {
            start = text[..start - 1].rfind('\n').map_or(0, |i| i + 1);
            number -= 1;
        }
    }
    let mut lines = Vec::new();
    let mut below = 0;
    loop {
        let end = text[start..].find('\n').map_or(text.len(), |i| start + i);
        let cut = if text[start..end].ends_with('\r') { end - 1 } else { end };
        lines.push((number, start..cut));
        below += usize::from(end >= place.end);
        // The empty rest after a final newline is no line.
        if below > CONTEXT || end + 1 >= text.len() {
            break;
        }
        start = end + 1;
        number += 1;
    }
    // Blank lines at the edges tell nothing.
    let blank = |line: &Range<usize>| {
        let outside = line.end < place.start || line.start > place.end;
        outside && text[line.clone()].trim().is_empty()
    };
    while lines.last().is_some_and(|(_, line)| blank(line)) {
        lines.pop();
    }
    while lines.first().is_some_and(|(_, line)| blank(line)) {
        lines.remove(0);
    }
    lines
}

/// Adds the lines between two shown ones where they are few.
fn bridge(text: &str, shown: &mut Vec<(usize, Range<usize>)>) {
    for i in (1..shown.len()).rev() {
        let ((before, above), (number, _)) = (&shown[i - 1], &shown[i]);
        if number - before > MOST_BRIDGED + 1 {
            continue;
        }
        let (mut end, mut between) = (above.end, Vec::new());
        for missing in before + 1..*number {
            let Some(newline) = text[end..].find('\n') else { break };
            let start = end + newline + 1;
            end = text[start..].find('\n').map_or(text.len(), |i| start + i);
            between.push((missing, start..start + text[start..end].trim_end_matches('\r').len()));
        }
        shown.splice(i..i, between);
    }
}

/// The parts of a line to show.
fn pieces(text: &str, line: &Range<usize>, places: &[Range<usize>]) -> Vec<Range<usize>> {
    if line.len() <= MOST_BYTES {
        return vec![line.clone()];
    }
    let mut wanted: Vec<Range<usize>> = places
        .iter()
        .filter(|p| p.start <= line.end && p.end >= line.start)
        .map(|p| {
            let start = p.start.max(line.start);
            let end = p.end.min(start + MOST_PLACE);
            let from = floor(text, start.saturating_sub(MARGIN)).max(line.start);
            from..floor(text, (end + MARGIN).min(line.end)).max(from)
        })
        .collect();
    if wanted.is_empty() {
        wanted.push(line.start..floor(text, line.start + MOST_PLACE));
    }
    wanted.sort_by_key(|r| r.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in wanted {
        match merged.last_mut() {
            Some(last) if range.start <= last.end + 1 => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// The nearest character boundary at or below an offset.
fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The character, or a picture of it where it would act on the terminal or reorder the line.
pub(crate) fn printable(c: char) -> char {
    match c {
        '\t' => c,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => '\u{fffd}',
        '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => '\u{fffd}',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str, start: usize, end: usize) -> (String, String) {
        let source = Source::new("x", text);
        let (window, ranges) = Window::new(&source, &[Span::new(start, end)]);
        (window.text.clone(), window.text[ranges[0].clone()].to_owned())
    }

    #[test]
    fn a_place_is_shown_with_a_line_on_either_side() {
        let (text, place) = window("a\nb\nccc\nd\ne\n", 4, 7);
        assert_eq!((text.as_str(), place.as_str()), ("b\nccc\nd\n", "ccc"));
    }

    #[test]
    fn a_huge_line_is_cut_around_the_place() {
        let long = format!("{}HERE{}", "x".repeat(5_000_000), "y".repeat(5_000_000));
        let (text, place) = window(&long, 5_000_000, 5_000_004);
        assert_eq!(place, "HERE");
        assert!(text.len() < 200, "{}", text.len());
        assert!(text.starts_with('…') && text.ends_with("…\n"));
    }

    #[test]
    fn the_end_of_the_text_is_shown_after_its_last_word() {
        let (text, place) = window("f(\n\n\n", 5, 5);
        assert_eq!((text.as_str(), place.as_str()), ("f(\n", ""));
    }

    #[test]
    fn control_characters_cannot_act() {
        let (text, place) = window("a\u{1b}[31mb\u{202e}c", 1, 2);
        assert_eq!((text.as_str(), place.as_str()), ("a␛[31mb\u{fffd}c\n", "␛"));
    }

    #[test]
    fn few_lines_between_two_places_are_shown() {
        let text = "a\nb\nc\r\n\nd\ne\nf\ng\n";
        let source = Source::new("x", text);
        let (window, _) = Window::new(&source, &[Span::new(0, 1), Span::new(10, 11)]);
        assert_eq!(window.text, "a\nb\nc\n\nd\ne\nf\n");
    }

    #[test]
    fn a_place_over_many_lines_ends_with_its_first() {
        let (_, place) = window("{\na\nb\nc\nd\ne\n}\n", 0, 13);
        assert_eq!(place, "{");
    }
}
