//! Values as the interactive session shows them: laid out in the terminal's width, coloured by kind, and never too long.
//!
//! What fits on a line stays on it. Otherwise a map or a vector of larger things has one entry on each line, and a
//! vector of small ones fills its lines. A collection shows its first entries and how many more there are.

use crate::report::count;
use tansy::{Kind, Value};

/// Entries shown of the outermost collection, and of those inside it.
const MOST_ENTRIES: usize = 60;
const MOST_INNER_ENTRIES: usize = 12;
/// Entries shown of collections of small values, which share lines.
const MOST_SMALL: usize = 200;
/// Deeper values are shown as `…`.
const MOST_DEPTH: usize = 8;
/// Lines shown in all.
const MOST_LINES: usize = 120;
/// Characters shown of a single text.
const MOST_TEXT: usize = 1_000;
const INDENT: usize = 2;

/// The text of a value, without a final newline.
pub(crate) fn show(value: &Value, width: usize, color: bool) -> String {
    let mut page = Page { text: String::new(), column: 0, lines: 1, width: width.max(20), color };
    page.value(value, 0, 0);
    page.text
}

struct Page {
    text: String,
    column: usize,
    lines: usize,
    width: usize,
    color: bool,
}

impl Page {
    fn value(&mut self, value: &Value, indent: usize, depth: usize) {
        let room = self.width.saturating_sub(self.column + 1);
        if is_small(value) {
            return self.small(value);
        }
        if depth >= MOST_DEPTH {
            return self.plain(if value.kind() == Kind::Map { "{…}" } else { "[…]" });
        }
        if fits(value, room) {
            return self.flat(value);
        }
        match value.kind() {
            Kind::Vec => {
                let items = value.as_vec().map(|v| (v.len(), v.iter()));
                if let Some((len, items)) = items {
                    self.items("[", len, items, indent, depth);
                }
            }
            Kind::Set => {
                let items = value.as_set().map(|s| (s.len(), s.iter()));
                if let Some((len, items)) = items {
                    self.items("#{", len, items, indent, depth);
                }
            }
            Kind::Map => self.entries(value, indent, depth),
            _ => self.small(value),
        }
    }

    fn items<I, T>(&mut self, open: &str, len: usize, items: I, indent: usize, depth: usize)
    where
        I: Iterator<Item = T>,
        T: std::borrow::Borrow<Value>,
    {
        let inner = indent + INDENT;
        self.plain(open);
        let mut items = items.peekable();
        let filled = items.peek().is_some_and(|first| is_small(first.borrow()));
        let most = match (filled, depth) {
            (true, 0) => MOST_SMALL,
            (false, 0) => MOST_ENTRIES,
            _ => MOST_INNER_ENTRIES,
        };
        let mut shown = 0;
        for item in items {
            let item = item.borrow();
            if shown == most || self.lines >= MOST_LINES {
                break;
            }
            let room = self.width.saturating_sub(self.column + 3);
            if filled && shown > 0 && is_small(item) && fits(item, room) {
                self.plain(" ");
            } else {
                self.line(inner);
            }
            self.value(item, inner, depth + 1);
            shown += 1;
            if shown < len {
                self.plain(",");
            }
        }
        self.close(if open == "[" { "]" } else { "}" }, len - shown.min(len), indent);
    }

    fn entries(&mut self, value: &Value, indent: usize, depth: usize) {
        let Some(map) = value.as_map() else { return };
        let inner = indent + INDENT;
        let most = if depth == 0 { MOST_ENTRIES } else { MOST_INNER_ENTRIES };
        self.plain("{");
        let mut shown = 0;
        for (key, item) in map.iter() {
            if shown == most || self.lines >= MOST_LINES {
                break;
            }
            self.line(inner);
            self.key(key);
            self.value(item, inner, depth + 1);
            shown += 1;
            if shown < map.len() {
                self.plain(",");
            }
        }
        self.close("}", map.len() - shown.min(map.len()), indent);
    }

    /// Ends a collection of which so many entries were not shown.
    fn close(&mut self, bracket: &str, more: usize, indent: usize) {
        if more > 0 {
            self.line(indent + INDENT);
            self.styled("2", &format!("… {} more", count(more as u64)));
        }
        self.line(indent);
        self.plain(bracket);
    }

    /// A value that is known to fit on the line.
    fn flat(&mut self, value: &Value) {
        let separated = |page: &mut Page, i: usize| {
            if i > 0 {
                page.plain(", ");
            }
        };
        match value.kind() {
            Kind::Vec | Kind::Set => {
                let (open, close) =
                    if value.kind() == Kind::Vec { ("[", "]") } else { ("#{", "}") };
                self.plain(open);
                for (i, item) in value.as_vec().into_iter().flat_map(|v| v.iter()).enumerate() {
                    separated(self, i);
                    self.flat(item);
                }
                for (i, item) in value.as_set().into_iter().flat_map(|s| s.iter()).enumerate() {
                    separated(self, i);
                    self.flat(item);
                }
                self.plain(close);
            }
            Kind::Map => {
                self.plain("{");
                for (i, (key, item)) in
                    value.as_map().into_iter().flat_map(|m| m.iter()).enumerate()
                {
                    separated(self, i);
                    self.key(key);
                    self.flat(item);
                }
                self.plain("}");
            }
            _ => self.small(value),
        }
    }

    fn key(&mut self, key: &Value) {
        match key.as_str() {
            Some(word) if is_word(word) => {
                self.styled("34", word);
                self.plain(": ");
            }
            Some(_) => {
                self.styled("34", &bounded(key));
                self.plain(": ");
            }
            None => {
                self.small(key);
                self.plain(" => ");
            }
        }
    }

    /// A value without structure, or one whose structure is not shown.
    fn small(&mut self, value: &Value) {
        let style = match value.kind() {
            Kind::Null | Kind::Bool => "35",
            Kind::Int | Kind::Float | Kind::Decimal => "33",
            Kind::Str => "32",
            Kind::Fn | Kind::Seq | Kind::Range => "36",
            Kind::Error => "31",
            _ => "",
        };
        self.styled(style, &bounded(value));
        if let Some(text) = value.as_str().filter(|t| t.len() > MOST_TEXT) {
            self.styled("2", &format!(" {} characters in all", count(text.chars().count() as u64)));
        }
    }

    fn line(&mut self, indent: usize) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
        self.lines += 1;
    }

    fn plain(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.chars().count();
    }

    fn styled(&mut self, style: &str, text: &str) {
        if self.color && !style.is_empty() {
            self.text.push_str(&format!("\x1b[{style}m"));
            self.plain(text);
            self.text.push_str("\x1b[0m");
        } else {
            self.plain(text);
        }
    }
}

/// Whether a value's text has at most so many characters.
fn fits(value: &Value, room: usize) -> bool {
    value.to_text_within(4 * room).is_some_and(|text| text.chars().count() <= room)
}

fn bounded(value: &Value) -> String {
    value.write_bounded(MOST_TEXT)
}

/// Whether a value has no parts of its own to lay out.
fn is_small(value: &Value) -> bool {
    match value.kind() {
        Kind::Vec => value.as_vec().is_some_and(|v| v.is_empty()),
        Kind::Map => value.as_map().is_some_and(|m| m.is_empty()),
        Kind::Set => value.as_set().is_some_and(|s| s.is_empty()),
        _ => true,
    }
}

fn is_word(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expression: &str, width: usize) -> String {
        let program = tansy::Engine::new().compile("x", expression).expect("compiles");
        show(&program.start().execute().expect("runs"), width, false)
    }

    #[test]
    fn what_fits_stays_on_one_line() {
        assert_eq!(
            shown("{b: [1, 2], a: #{\"x\"}, 3 => null}", 80),
            "{3 => null, a: #{\"x\"}, b: [1, 2]}"
        );
    }

    #[test]
    fn a_map_that_does_not_fit_has_one_entry_on_each_line() {
        let text = shown("{name: \"a long enough name\", list: [1, 2, 3]}", 30);
        assert_eq!(text, "{\n  list: [1, 2, 3],\n  name: \"a long enough name\"\n}");
    }

    #[test]
    fn small_values_fill_their_lines() {
        assert_eq!(
            shown("[100, 200, 300, 400, 500, 600]", 22),
            "[\n  100, 200, 300, 400,\n  500, 600\n]"
        );
    }

    #[test]
    fn a_huge_vector_is_cut_and_counted() {
        let text = shown("vec(0..10_000)", 80);
        assert!(text.ends_with("… 9,800 more\n]"), "{text}");
        assert!(text.lines().count() < 20);
    }
}
