//! Values as text: the language's own literal syntax, in key order, with little stack and, if asked, up to a limit.

use std::borrow::Cow;
use std::fmt::{self, Write};

use super::heap::Charge;
use super::map::MapIter;
use super::number::write_float;
use super::set::SetIter;
use super::watch::{self, Stack, Walk};
use super::{Kind, Value, VectorIter};

impl fmt::Display for Value {
    /// What `print` shows for a value inside a collection: strings quoted, the syntax of literals.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_all(out, self)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_all(out, self)
    }
}

impl Value {
    /// The text that `print` and `str` show: a string without quotes, a decimal without its `d`, everything else as a literal.
    pub fn display_str(&self) -> Cow<'_, str> {
        match (self.as_str(), self.as_decimal()) {
            (Some(text), _) => Cow::Borrowed(text),
            (_, Some(d)) => Cow::Owned(d.to_string()),
            _ => Cow::Owned(self.to_string()),
        }
    }

    /// The value as a literal of at most about `limit` bytes; what is longer ends in `…`.
    pub fn write_bounded(&self, limit: usize) -> String {
        let mut out = Bounded::new(limit);
        match write_value(&mut out, self) {
            Ok(()) => out.text,
            Err(fmt::Error) => out.text + "…",
        }
    }

    /// The value as a literal, or `None` when that takes more than `limit` bytes. Stops there: cheap for huge values.
    pub fn to_text_within(&self, limit: usize) -> Option<String> {
        let mut out = Bounded::new(limit);
        write_value(&mut out, self).ok().map(|()| out.text)
    }

    /// The value over several lines where one of `width` characters is too short, as a REPL shows it.
    pub fn pretty(&self, width: usize) -> String {
        self.pretty_bounded(width, usize::MAX)
    }

    /// As [`Value::pretty`], ending in `…` after about `limit` bytes.
    pub fn pretty_bounded(&self, width: usize, limit: usize) -> String {
        let mut out = Bounded::new(limit);
        match write_pretty(&mut out, self, width) {
            Ok(()) => out.text,
            Err(fmt::Error) => out.text + "…",
        }
    }
}

/// Bytes needed to write a word of an Int as digits, all in all.
pub(crate) const DIGITS: usize = 96;

/// What values are written to.
trait Out: Write {
    /// Counts a step. Whether to go on.
    fn go_on(&mut self) -> bool;

    /// Counts writing an Int of so many words, which takes more than linear time. Whether there is room for it.
    fn digits(&mut self, words: usize) -> bool;
}

impl Out for fmt::Formatter<'_> {
    fn go_on(&mut self) -> bool {
        true
    }

    fn digits(&mut self, _words: usize) -> bool {
        true
    }
}

/// A string that refuses to grow beyond a limit, cutting at a character, and beyond the memory of the run.
pub(crate) struct Bounded {
    pub(crate) text: String,
    limit: usize,
    /// Up to this length text is appended without a question: the smaller of the limit and the capacity.
    ready: usize,
    /// Whether something was refused.
    full: bool,
    charge: Charge,
    walk: Walk,
}

impl Bounded {
    pub(crate) fn new(limit: usize) -> Bounded {
        let (charge, walk) = (Charge::default(), Walk::default());
        Bounded { text: String::new(), limit, ready: 0, full: false, charge, walk }
    }

    /// Appends text, as far as it fits.
    pub(crate) fn push_str(&mut self, text: &str) {
        // What did not fit is noted.
        let _ = self.write_str(text);
    }

    /// Appends a character, if it fits.
    #[inline]
    pub(crate) fn push(&mut self, c: char) {
        let _ = self.write_char(c);
    }

    /// As [`quote`]; all at once where there is room and nothing to escape.
    #[inline]
    pub(crate) fn push_quoted(&mut self, text: &str) {
        if self.ready - self.text.len() >= text.len() + 2
            && text.bytes().all(|byte| PLAIN[usize::from(byte)])
        {
            self.text.push('"');
            self.text.push_str(text);
            self.text.push('"');
        } else {
            let _ = quote(self, text);
        }
    }

    /// Counts a step of what is written here. Whether to go on: nothing was refused, and the run need not stop.
    pub(crate) fn go_on(&mut self) -> bool {
        self.full |= !self.walk.step();
        !self.full
    }

    /// Whether something was refused.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// As [`Out::digits`]: also whether the text fits at all.
    pub(crate) fn digits(&mut self, words: usize) -> bool {
        // A word has more than nineteen digits.
        let fits = words.saturating_sub(1).saturating_mul(19) <= self.limit - self.text.len();
        let steps = words.saturating_mul(words / 16 + 1);
        self.full |= !(fits && self.walk.steps(steps) && watch::room(words * DIGITS));
        !self.full
    }

    /// Makes room for so many bytes more.
    #[cold]
    fn grow(&mut self, more: usize) -> bool {
        let (len, old) = (self.text.len(), self.text.capacity());
        match watch::grown(old, len.saturating_add(more).max(64), 1) {
            Some(capacity) => {
                self.text.reserve_exact(capacity - len);
                self.charge.set(self.text.capacity());
                self.ready = self.text.capacity().min(self.limit);
                true
            }
            None => {
                self.full = true;
                false
            }
        }
    }
}

impl Out for Bounded {
    fn go_on(&mut self) -> bool {
        Bounded::go_on(self)
    }

    fn digits(&mut self, words: usize) -> bool {
        Bounded::digits(self, words)
    }
}

impl Write for Bounded {
    #[inline]
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if more.len() <= self.ready - self.text.len() {
            self.text.push_str(more);
            return Ok(());
        }
        self.write_slow(more)
    }

    #[inline]
    fn write_char(&mut self, c: char) -> fmt::Result {
        if c.len_utf8() <= self.ready - self.text.len() {
            self.text.push(c);
            return Ok(());
        }
        self.write_slow(c.encode_utf8(&mut [0; 4]))
    }
}

impl Bounded {
    #[cold]
    fn write_slow(&mut self, more: &str) -> fmt::Result {
        let room = self.limit.saturating_sub(self.text.len());
        let fits = more.len() <= room;
        let spare = self.text.capacity() - self.text.len();
        if more.len().min(room) > spare && !self.grow(more.len().min(room)) {
            return Err(fmt::Error);
        }
        if fits {
            self.text.push_str(more);
            return Ok(());
        }
        self.full = true;
        let mut end = room;
        while !more.is_char_boundary(end) {
            end -= 1;
        }
        self.text.push_str(more.get(..end).unwrap_or(""));
        Err(fmt::Error)
    }
}

/// Bytes that stand for themselves in quotes.
const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut byte = 0;
    while byte < 0x20 {
        plain[byte] = false;
        byte += 1;
    }
    plain[b'"' as usize] = false;
    plain[b'\\' as usize] = false;
    plain[0x7f] = false;
    plain
};

/// Writes text in quotes with the escapes of JSON.
pub fn quote(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if PLAIN[usize::from(byte)] {
            continue;
        }
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 | 0x7f => "",
            _ => continue,
        };
        // Bytes below 0x80 are characters of their own.
        out.write_str(text.get(plain..at).unwrap_or(""))?;
        if escape.is_empty() {
            write!(out, "\\u{byte:04x}")?
        } else {
            out.write_str(escape)?
        }
        plain = at + 1;
    }
    out.write_str(text.get(plain..).unwrap_or(""))?;
    out.write_char('"')
}

/// Whether a string key is written bare: a name of ASCII letters, digits and `_`. (Any word may be a key.)
fn is_bare(key: &str) -> bool {
    let mut bytes = key.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A collection half written.
enum Inside<'a> {
    Items(VectorIter<'a>),
    Elements(Box<SetIter<'a>>),
    Bindings(Box<(MapIter<'a>, Option<&'a Value>)>),
}

struct Frame<'a> {
    inside: Inside<'a>,
    close: &'static str,
    /// Whether nothing has been written since the opening bracket.
    first: bool,
    /// Whether its entries stand on lines of their own.
    broken: bool,
}

/// What comes next inside a collection.
enum Next<'a> {
    Entry(&'a Value),
    /// The string key of a binding whose value comes next.
    Name(&'a str),
    /// The key of a binding that is any other value.
    Key(&'a Value),
    /// The value of a binding whose key was written.
    Value(&'a Value),
    End,
}

impl<'a> Inside<'a> {
    fn next(&mut self) -> Next<'a> {
        match self {
            Inside::Items(items) => items.next().map_or(Next::End, Next::Entry),
            Inside::Elements(elements) => elements.next().map_or(Next::End, Next::Entry),
            Inside::Bindings(both) => Self::next_binding(both),
        }
    }

    fn next_binding(both: &mut (MapIter<'a>, Option<&'a Value>)) -> Next<'a> {
        if let Some(value) = both.1.take() {
            return Next::Value(value);
        }
        let Some((key, value)) = both.0.next() else { return Next::End };
        both.1 = Some(value);
        match key.as_str() {
            Some(name) => Next::Name(name),
            None => Next::Key(key),
        }
    }
}

/// Writes scalars and empty collections; opens others.
fn begin<'a>(out: &mut impl Out, value: &'a Value) -> Result<Option<Frame<'a>>, fmt::Error> {
    let frame = |inside, close| Some(Frame { inside, close, first: true, broken: false });
    Ok(match value.kind() {
        Kind::Vec => value.as_vec().map_or(Ok(None), |v| {
            out.write_char('[')?;
            Ok(frame(Inside::Items(v.iter()), "]"))
        })?,
        Kind::Set => value.as_set().map_or(Ok(None), |s| {
            out.write_str("#{")?;
            Ok(frame(Inside::Elements(Box::new(s.iter())), "}"))
        })?,
        Kind::Map => value.as_map().map_or(Ok(None), |m| {
            out.write_char('{')?;
            Ok(frame(Inside::Bindings(Box::new((m.iter(), None))), "}"))
        })?,
        Kind::Error => value.as_error().map_or(Ok(None), |e| {
            out.write_char('{')?;
            Ok(frame(Inside::Bindings(Box::new((e.fields.iter(), None))), "}"))
        })?,
        _ => {
            write_scalar(out, value)?;
            None
        }
    })
}

fn write_scalar(out: &mut impl Out, value: &Value) -> fmt::Result {
    if let Some(n) = value.as_int() {
        return out.write_str(itoa::Buffer::new().format(n));
    }
    if let Some(text) = value.as_str() {
        return quote(out, text);
    }
    if let Some(x) = value.as_float() {
        return write_float(out, x);
    }
    if let Some(b) = value.as_bool() {
        return out.write_str(if b { "true" } else { "false" });
    }
    if let Some(d) = value.as_decimal() {
        return write!(out, "{d}d");
    }
    if let Some(n) = value.as_big() {
        if !out.digits((n.bits() / 64) as usize) {
            return Err(fmt::Error);
        }
        return write!(out, "{n}");
    }
    if let Some(range) = value.as_range() {
        write!(out, "{}..", range.start)?;
        return match range.end {
            None => Ok(()),
            Some(end) if range.inclusive => write!(out, "={end}"),
            Some(end) => write!(out, "{end}"),
        };
    }
    match value.kind() {
        Kind::Null => out.write_str("null"),
        Kind::Fn => {
            let name =
                value.as_fn().map(|f| f.name()).or_else(|| value.as_native().map(|row| row.name));
            let name = name.or_else(|| value.as_host_function().map(|f| f.name.as_str()));
            match name.filter(|name| !name.is_empty()) {
                Some(name) => write!(out, "fn {name}"),
                None => out.write_str("fn"),
            }
        }
        Kind::Object => value.as_object().map_or(Ok(()), |o| o.display(out)),
        kind => write!(out, "<{}>", kind.name().to_lowercase()),
    }
}

fn write_value(out: &mut impl Out, value: &Value) -> fmt::Result {
    write_laid_out(out, value, |_| false)
}

/// As much of a text as fits in `most` bytes.
pub(crate) fn start_of(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// Writes so many spaces.
pub(crate) fn spaces(out: &mut impl Write, mut count: usize) -> fmt::Result {
    const SOME: &str = "                                ";
    while count > 0 {
        let now = count.min(SOME.len());
        out.write_str(SOME.get(..now).unwrap_or(SOME))?;
        count -= now;
    }
    Ok(())
}

/// Where a run must stop, half the text will do: nobody sees it, and formatting must not fail.
fn write_all(out: &mut fmt::Formatter<'_>, value: &Value) -> fmt::Result {
    write_value(out, value).or_else(|e| if watch::stopped().is_some() { Ok(()) } else { Err(e) })
}

/// Writes with an explicit stack; `breaks` says of each collection whether its entries get lines of their own.
fn write_laid_out<W: Out>(
    out: &mut W,
    value: &Value,
    mut breaks: impl FnMut((&Value, usize)) -> bool,
) -> fmt::Result {
    let mut stack: Stack<Frame<'_>> = Stack::new();
    let mut indent = 0;
    let mut current = Some(value);
    loop {
        if !out.go_on() {
            return Err(fmt::Error);
        }
        if let Some(value) = current.take()
            && let Some(mut frame) = begin(out, value)?
        {
            frame.broken = breaks((value, indent));
            indent += 2 * usize::from(frame.broken);
            if !stack.push(frame) {
                return Err(fmt::Error);
            }
        }
        let Some(frame) = stack.last_mut() else { return Ok(()) };
        let next = frame.inside.next();
        match next {
            Next::Value(value) => {
                current = Some(value);
                continue;
            }
            Next::End => {
                if frame.broken {
                    indent -= 2;
                    out.write_char('\n')?;
                    spaces(out, indent)?;
                }
                out.write_str(frame.close)?;
                stack.pop();
                continue;
            }
            _ => {}
        }
        if !frame.first {
            out.write_str(if frame.broken { "," } else { ", " })?;
        }
        if frame.broken {
            out.write_char('\n')?;
            spaces(out, indent)?;
        }
        frame.first = false;
        match next {
            Next::Entry(value) => current = Some(value),
            Next::Name(name) => {
                if is_bare(name) {
                    out.write_str(name)?
                } else {
                    quote(out, name)?
                }
                out.write_str(": ")?;
            }
            // Keys are written on one line: they are short, or nobody reads them.
            Next::Key(key) => {
                write_value(out, key)?;
                out.write_str(" => ")?;
            }
            Next::Value(_) | Next::End => {}
        }
    }
}

/// A collection that fits what is left of its line is written on one line, any other over several.
fn write_pretty(out: &mut Bounded, value: &Value, width: usize) -> fmt::Result {
    write_laid_out(out, value, |(value, indent)| {
        let room = width.saturating_sub(indent).max(16);
        value.to_text_within(room).is_none_or(|text| text.chars().count() > room)
    })
}
