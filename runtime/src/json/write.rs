//! Writing JSON.

use std::fmt::{self, Write};

use crate::value::watch::Stack;
use crate::value::{Bounded, Kind, MapIter, SetIter, Value, VectorIter, quote, spaces, start_of};

/// Why a value has no JSON, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonWriteError {
    /// The place as a path: `$.a[3].b`.
    pub path: String,
    /// What is wrong there.
    pub message: String,
    /// Whether the text was only too long.
    pub too_large: bool,
}

impl fmt::Display for JsonWriteError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for JsonWriteError {}

/// The JSON of a value on one line without spaces, of at most `limit` bytes.
pub fn stringify(value: &Value, limit: usize) -> Result<String, JsonWriteError> {
    write_json(value, None, limit)
}

/// The JSON of a value with each entry on its own line, indented by `indent` spaces a level, of at most `limit` bytes.
pub fn pretty(value: &Value, indent: usize, limit: usize) -> Result<String, JsonWriteError> {
    write_json(value, Some(indent), limit)
}

/// The most bytes of a key that an error shows.
const LONG: usize = 100;

/// A collection half written.
struct Frame<'a> {
    rest: Rest<'a>,
    /// Entries begun so far.
    count: usize,
    /// The key of the current binding.
    key: &'a str,
    close: char,
}

enum Rest<'a> {
    Items(VectorIter<'a>),
    Elements(Box<SetIter<'a>>),
    Bindings(Box<MapIter<'a>>),
}

impl<'a> Rest<'a> {
    fn next(&mut self) -> Option<(Option<&'a Value>, &'a Value)> {
        match self {
            Rest::Items(items) => items.next().map(|item| (None, item)),
            Rest::Elements(elements) => elements.next().map(|element| (None, element)),
            Rest::Bindings(bindings) => bindings.next().map(|(key, value)| (Some(key), value)),
        }
    }
}

fn write_json(
    value: &Value,
    indent: Option<usize>,
    limit: usize,
) -> Result<String, JsonWriteError> {
    let mut out = Bounded::new(limit);
    let mut stack: Stack<Frame<'_>> = Stack::new();
    let mut current = Some(value);
    loop {
        if let Some(value) = current.take() {
            match begin(&mut out, value) {
                Ok(None) => {}
                Ok(Some(frame)) => {
                    if !stack.push(frame) {
                        return Err(too_large(limit));
                    }
                }
                Err(message) => return Err(error(stack.items(), message)),
            }
        }
        if !out.go_on() {
            return Err(too_large(limit));
        }
        let depth = stack.items().len();
        let Some(frame) = stack.last_mut() else { return Ok(out.text) };
        let next = frame.rest.next();
        if next.is_some() && frame.count > 0 {
            out.push(',');
        }
        if let Some(indent) = indent
            && (next.is_some() || frame.count > 0)
        {
            let level = if next.is_some() { depth } else { depth - 1 };
            out.push('\n');
            // What does not fit is noticed in the next round, here and below.
            let _ = spaces(&mut out, indent.saturating_mul(level).min(limit));
        }
        match next {
            None => {
                out.push(frame.close);
                stack.pop();
            }
            Some((key, value)) => {
                frame.count += 1;
                if let Some(key) = key {
                    let Some(name) = key.as_str() else {
                        let message = format!(
                            "a key of JSON is a string, and {} is not",
                            key.write_bounded(60)
                        );
                        frame.count = 0;
                        stack.pop();
                        return Err(error(stack.items(), message));
                    };
                    frame.key = name;
                    out.push_quoted(name);
                    out.push_str(if indent.is_some() { ": " } else { ":" });
                }
                current = Some(value);
            }
        }
    }
}

/// Writes a scalar or opens a collection.
fn begin<'a>(out: &mut Bounded, value: &'a Value) -> Result<Option<Frame<'a>>, String> {
    let frame = |rest, close| Some(Frame { rest, count: 0, key: "", close });
    if let Some(text) = value.as_str() {
        // What does not fit is noticed by the caller, here and below.
        out.push_quoted(text);
    } else if value.is_null() {
        out.push_str("null");
    } else if let Some(b) = value.as_bool() {
        out.push_str(if b { "true" } else { "false" });
    } else if let Some(n) = value.as_int() {
        out.push_str(itoa::Buffer::new().format(n));
    } else if let Some(items) = value.as_vec() {
        out.push('[');
        return Ok(frame(Rest::Items(items.iter()), ']'));
    } else if let Some(map) = value.as_map().or_else(|| value.as_error().map(|e| &e.fields)) {
        out.push('{');
        return Ok(frame(Rest::Bindings(Box::new(map.iter())), '}'));
    } else if let Some(set) = value.as_set() {
        out.push('[');
        return Ok(frame(Rest::Elements(Box::new(set.iter())), ']'));
    } else if value.as_float().is_some_and(|x| !x.is_finite()) {
        return Err(format!("JSON has no {value}"));
    } else if matches!(value.kind(), Kind::Int | Kind::Float | Kind::Decimal) {
        let fits = value.as_big().is_none_or(|n| out.digits((n.bits() / 64) as usize));
        let _ = match value.as_decimal() {
            _ if !fits => Ok(()),
            Some(d) => write!(out, "{d}"),
            None => write!(out, "{value}"),
        };
    } else {
        return Err(format!("a {} has no JSON", value.type_name()));
    }
    Ok(None)
}

#[cold]
fn too_large(limit: usize) -> JsonWriteError {
    let message = format!("the text would be longer than {limit} bytes");
    JsonWriteError { too_large: true, ..error(&[], message) }
}

/// An error at the entry that the innermost frames have begun.
#[cold]
fn error(stack: &[Frame<'_>], message: String) -> JsonWriteError {
    let mut path = String::from("$");
    // A path is for people; nobody reads a thousand steps.
    for frame in stack.iter().take(100) {
        let _ = match (&frame.rest, frame.count.checked_sub(1)) {
            (_, None) => Ok(()),
            (Rest::Bindings(_), Some(_)) => write_key(&mut path, frame.key),
            (_, Some(index)) => write!(path, "[{index}]"),
        };
    }
    if stack.len() > 100 {
        path.push('…');
    }
    JsonWriteError { path, message, too_large: false }
}

fn write_key(path: &mut String, key: &str) -> fmt::Result {
    let key = start_of(key, LONG);
    let name = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if name {
        return write!(path, ".{key}");
    }
    path.push('[');
    quote(path, key)?;
    path.write_char(']')
}
