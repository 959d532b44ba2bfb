//! Reading JSON.
//!
//! One pass over the bytes with an explicit stack. Items and bindings wait on two stacks shared by all levels, so that each
//! collection is allocated once, at its final size.

use std::fmt;

use crate::buffer::Items;
use crate::value::number::parse_int;
use crate::value::watch::{self, Walk};
use crate::value::{Map, Value, Vector};

/// Levels of nesting that are accepted.
pub const MAX_DEPTH: usize = 1_000;

/// Digits of the longest integer that is read. Reading takes more than linear time, printing more still.
const MAX_DIGITS: usize = 1_000_000;

/// Places of the table that makes equal long keys one string.
const KEYS: usize = 256;

/// Why a text is not JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong, in a clause: `expected a value, found the end of the text`.
    pub message: String,
    /// What to do about it, where that can be told.
    pub help: Option<&'static str>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The offset in bytes, from 0.
    pub offset: usize,
}

impl fmt::Display for JsonError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at line {}, column {}", self.message, self.line, self.column)
    }
}

impl std::error::Error for JsonError {}

/// Reads one JSON text.
pub fn parse(text: &str) -> Result<Value, JsonError> {
    let walk = Walk::default();
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, keys: Vec::new(), walk };
    reader.document().map_err(|problem| problem.locate(text, reader.at))
}

/// Reads one JSON text that should be UTF-8.
pub fn parse_bytes(bytes: &[u8]) -> Result<Value, JsonError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(text),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or(&[]);
            let text = String::from_utf8_lossy(good);
            let utf16 = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
            let help = utf16.then_some("the text looks like UTF-16; JSON is UTF-8");
            Err(Problem { message: "the text is not UTF-8".into(), help }.locate(&text, text.len()))
        }
    }
}

/// An error before its place is put into lines and columns.
struct Problem {
    message: String,
    help: Option<&'static str>,
}

impl Problem {
    fn new(message: impl Into<String>) -> Problem {
        Problem { message: message.into(), help: None }
    }

    fn help(self, help: &'static str) -> Problem {
        Problem { help: Some(help), ..self }
    }

    #[cold]
    fn locate(self, text: &str, offset: usize) -> JsonError {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = text.get(..offset).unwrap_or("");
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        JsonError {
            message: self.message,
            help: self.help,
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before.get(line_start..).unwrap_or("").chars().count() + 1,
            offset,
        }
    }
}

type Step<T> = Result<T, Problem>;

/// Appends within the memory limit.
#[inline]
fn add<T>(items: &mut Items<T>, item: T) -> Step<()> {
    items.push(item).map_err(|_| Problem::new("out of memory"))
}

/// A vector of the items from `start` on.
#[inline]
fn array(items: &mut Items<Value>, start: usize) -> Step<Vector> {
    let items = items.as_mut_vec();
    if !watch::room((items.len() - start) * size_of::<Value>()) {
        return Err(Problem::new("out of memory"));
    }
    Ok(items.drain(start..).collect())
}

/// A map of the bindings from `start` on.
#[inline]
fn object(entries: &mut Items<(Value, Value)>, start: usize) -> Step<Map> {
    let entries = entries.as_mut_vec();
    if !watch::room((entries.len() - start) * size_of::<(Value, Value)>()) {
        return Err(Problem::new("out of memory"));
    }
    Ok(Map::from_rest(entries, start))
}

/// A collection that is open, with the height of its stack when it was opened.
enum Open {
    Array { start: usize },
    Object { start: usize, key: Value },
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// Where reading stands; after an error, where it is.
    at: usize,
    keys: Vec<Value>,
    walk: Walk,
}

impl Reader<'_> {
    fn document(&mut self) -> Step<Value> {
        if self.text.starts_with('\u{feff}') {
            return Err(Problem::new("the text begins with a byte order mark")
                .help("remove the first three bytes, EF BB BF"));
        }
        let value = self.value()?;
        self.space();
        match self.bytes.get(self.at) {
            None => Ok(value),
            Some(_) => Err(self.unexpected("the end of the text")),
        }
    }

    /// Reads one value with everything inside it.
    fn value(&mut self) -> Step<Value> {
        let mut items: Items<Value> = Items::new();
        let mut entries: Items<(Value, Value)> = Items::new();
        let mut open: Vec<Open> = Vec::new();
        loop {
            if !self.walk.step() {
                return Err(Problem::new("stopped"));
            }
            self.space();
            let mut value = match self.bytes.get(self.at) {
                Some(b'"') => self.string()?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b'{') => {
                    self.enter(&open)?;
                    self.space();
                    if self.bytes.get(self.at) == Some(&b'}') {
                        self.at += 1;
                        Value::map(Map::new())
                    } else {
                        let key = self.key()?;
                        open.push(Open::Object { start: entries.as_mut_vec().len(), key });
                        continue;
                    }
                }
                Some(b'[') => {
                    self.enter(&open)?;
                    self.space();
                    if self.bytes.get(self.at) == Some(&b']') {
                        self.at += 1;
                        Value::vec(Vector::new())
                    } else {
                        open.push(Open::Array { start: items.as_mut_vec().len() });
                        continue;
                    }
                }
                Some(b't') => self.word("true", Value::TRUE)?,
                Some(b'f') => self.word("false", Value::FALSE)?,
                Some(b'n') => self.word("null", Value::NULL)?,
                _ => return Err(self.no_value(open.last())),
            };
            // The value is complete; so may be what it is in.
            loop {
                match open.last_mut() {
                    None => return Ok(value),
                    Some(Open::Array { start }) => {
                        add(&mut items, value)?;
                        self.space();
                        match self.bytes.get(self.at) {
                            Some(b',') => {
                                self.at += 1;
                                break;
                            }
                            Some(b']') => {
                                self.at += 1;
                                value = Value::vec(array(&mut items, *start)?);
                            }
                            _ => return Err(self.unexpected("`,` or `]`")),
                        }
                    }
                    Some(Open::Object { start, key }) => {
                        add(&mut entries, (key.take(), value))?;
                        self.space();
                        match self.bytes.get(self.at) {
                            Some(b',') => {
                                self.at += 1;
                                self.space();
                                *key = self.key()?;
                                break;
                            }
                            Some(b'}') => {
                                self.at += 1;
                                value = Value::map(object(&mut entries, *start)?);
                            }
                            _ => return Err(self.unexpected("`,` or `}`")),
                        }
                    }
                }
                open.pop();
            }
        }
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn enter(&mut self, open: &[Open]) -> Step<()> {
        if open.len() >= MAX_DEPTH {
            return Err(Problem::new(format!("nested more than {MAX_DEPTH} levels deep")));
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str, value: Value) -> Step<Value> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let more = rest.get(word.len()).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        if !rest.starts_with(word.as_bytes()) || more {
            return Err(self.no_value(None));
        }
        self.at += word.len();
        Ok(value)
    }

    /// Reads a key and its colon.
    fn key(&mut self) -> Step<Value> {
        match self.bytes.get(self.at) {
            Some(b'"') => {}
            Some(b'}') => {
                return Err(self.unexpected("a key").help("JSON allows no comma before `}`"));
            }
            Some(b'\'') => {
                return Err(self.unexpected("a key").help("JSON strings stand in double quotes"));
            }
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9') => {
                return Err(self.unexpected("a key").help("JSON keys stand in double quotes"));
            }
            _ => return Err(self.unexpected("a key")),
        }
        let key = self.string()?;
        let key = self.share(key);
        self.space();
        match self.bytes.get(self.at) {
            Some(b':') => {
                self.at += 1;
                Ok(key)
            }
            _ => Err(self.unexpected("`:` after the key")),
        }
    }

    /// The same string for equal long keys, as long as they keep coming.
    fn share(&mut self, key: Value) -> Value {
        if !key.is_heap() {
            return key;
        }
        if self.keys.is_empty() {
            self.keys.resize(KEYS, Value::NULL);
        }
        let bytes = key.as_str().unwrap_or("").as_bytes();
        let ends = bytes.iter().take(8).chain(bytes.iter().rev().take(8));
        let mix =
            ends.fold(bytes.len(), |mix, b| mix.wrapping_mul(31).wrapping_add(usize::from(*b)));
        match self.keys.get_mut(mix % KEYS) {
            Some(known) if *known == key => known.clone(),
            Some(other) => {
                *other = key.clone();
                key
            }
            None => key,
        }
    }

    /// Reads a string; `at` is on its opening quote.
    fn string(&mut self) -> Step<Value> {
        let open = self.at;
        let start = open + 1;
        let end = plain_end(self.bytes, start);
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            if !watch::room(end - start) {
                return Err(Problem::new("out of memory"));
            }
            return Ok(Value::str(self.text.get(start..end).unwrap_or("")));
        }
        self.escaped(open, end)
    }

    /// Reads a string that is not plain to its end, from the first place that is not plain.
    #[cold]
    fn escaped(&mut self, open: usize, first: usize) -> Step<Value> {
        let mut text = String::with_capacity(first - open + 16);
        let mut plain = open + 1;
        let mut end = first;
        loop {
            text.push_str(self.text.get(plain..end).unwrap_or(""));
            self.at = end;
            match self.bytes.get(end) {
                Some(b'"') => {
                    self.at = end + 1;
                    return Ok(Value::from(text));
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(b'\n' | b'\r') => {
                    self.at = open;
                    return Err(Problem::new("the string does not end on its line")
                        .help("a line break in a string is written `\\n`"));
                }
                Some(byte) => {
                    return Err(Problem::new(format!(
                        "a control character in a string; it is written `\\u{byte:04x}`"
                    )));
                }
                None => {
                    self.at = open;
                    return Err(Problem::new("the string does not end"));
                }
            }
            plain = self.at;
            end = plain_end(self.bytes, plain);
        }
    }

    /// Reads an escape; `at` is on its backslash, and stays there when it is wrong.
    fn escape(&mut self) -> Step<char> {
        let c = match self.bytes.get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            None => return Err(Problem::new("the string does not end")),
            Some(_) => {
                return Err(Problem::new("an unknown escape")
                    .help("JSON knows \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX"));
            }
        };
        self.at += 2;
        Ok(c)
    }

    fn unicode(&mut self) -> Step<char> {
        let lone = || {
            Problem::new("half a surrogate pair")
                .help("characters beyond FFFF are written as two escapes, \\uD83D\\uDE00")
        };
        let first = self.unit(self.at)?;
        let (code, length) = match first {
            0xd800..0xdc00 => {
                if self.bytes.get(self.at + 6..self.at + 8) != Some(b"\\u") {
                    return Err(lone());
                }
                let second = self.unit(self.at + 6)?;
                if !(0xdc00..0xe000).contains(&second) {
                    return Err(lone());
                }
                (0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), 12)
            }
            _ => (first, 6),
        };
        // The second half alone is not a character.
        let c = char::from_u32(code).ok_or_else(lone)?;
        self.at += length;
        Ok(c)
    }

    /// The four hexadecimal digits of the escape at `at`.
    fn unit(&self, at: usize) -> Step<u32> {
        let digits = self.bytes.get(at + 2..at + 6).unwrap_or(&[]);
        let digit = |b: &u8| char::from(*b).to_digit(16);
        match digits.iter().map(digit).collect::<Option<Vec<_>>>() {
            Some(digits) if digits.len() == 4 => {
                Ok(digits.iter().fold(0, |code, digit| code * 16 + digit))
            }
            _ => Err(Problem::new("`\\u` needs four hexadecimal digits")),
        }
    }

    fn number(&mut self) -> Step<Value> {
        let start = self.at;
        let digits = |at: usize| {
            self.bytes.get(at..).unwrap_or(&[]).iter().take_while(|b| b.is_ascii_digit()).count()
        };
        let negative = self.bytes.get(start) == Some(&b'-');
        let first = start + usize::from(negative);
        let whole = digits(first);
        let mut end = first + whole;
        if whole == 0 {
            self.at = end;
            return Err(self.unexpected("a digit"));
        }
        if whole > 1 && self.bytes.get(first) == Some(&b'0') {
            return Err(Problem::new("a number that begins with 0"));
        }
        let mut is_float = false;
        if self.bytes.get(end) == Some(&b'.') {
            let places = digits(end + 1);
            end += 1 + places;
            is_float = true;
            if places == 0 {
                self.at = end;
                return Err(self.unexpected("a digit after the point"));
            }
        }
        if let Some(b'e' | b'E') = self.bytes.get(end) {
            end += 1 + usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(end);
            end += exponent;
            is_float = true;
            if exponent == 0 {
                self.at = end;
                return Err(self.unexpected("a digit of the exponent"));
            }
        }
        let text = self.text.get(start..end).unwrap_or("");
        let words = text.len() / 16;
        if !is_float
            && (17..=MAX_DIGITS / 16).contains(&words)
            && !self.walk.steps(words * (words / 16))
        {
            return Err(Problem::new("stopped"));
        }
        let value = if is_float {
            // The standard library rounds correctly.
            let x: f64 = text.parse().map_err(|_| Problem::new("not a number"))?;
            if x.is_infinite() {
                return Err(Problem::new("a number beyond the range of Float"));
            }
            Value::float(x)
        } else if whole <= 18 {
            let digits = self.bytes.get(first..end).unwrap_or(&[]);
            let size = digits.iter().fold(0i64, |n, b| n * 10 + i64::from(b - b'0'));
            Value::int(if negative { -size } else { size })
        } else if whole > MAX_DIGITS {
            return Err(Problem::new(format!(
                "an integer of {whole} digits; at most {MAX_DIGITS} are read"
            )));
        } else {
            parse_int(text).ok_or_else(|| Problem::new("not a number"))?
        };
        self.at = end;
        Ok(value)
    }

    /// What stands at `at` is not what should.
    #[cold]
    fn unexpected(&self, expected: &str) -> Problem {
        let rest = self.text.get(self.at..).unwrap_or("");
        let found = match rest.chars().next() {
            None => "the end of the text".into(),
            Some(c) if c.is_ascii_alphabetic() => {
                let word: String =
                    rest.chars().take_while(|c| c.is_alphanumeric()).take(20).collect();
                format!("`{word}`")
            }
            Some(c) if c.is_control() => format!("the character U+{:04X}", u32::from(c)),
            Some(c) => format!("`{c}`"),
        };
        let problem = Problem::new(format!("expected {expected}, found {found}"));
        if rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with('#') {
            return problem.help("JSON has no comments");
        }
        problem
    }

    /// No value begins at `at`.
    #[cold]
    fn no_value(&self, open: Option<&Open>) -> Problem {
        let problem = self.unexpected("a value");
        let rest = self.text.get(self.at..).unwrap_or("");
        let begins = |words: &[&str]| words.iter().any(|word| rest.starts_with(word));
        if rest.starts_with(']') && matches!(open, Some(Open::Array { .. })) {
            return problem.help("JSON allows no comma before `]`");
        }
        if begins(&["'"]) {
            return problem.help("JSON strings stand in double quotes");
        }
        if begins(&["NaN", "Infinity", "inf", "nan", "+"]) {
            return problem.help("JSON has neither NaN, nor infinity, nor a leading `+`");
        }
        if begins(&["True", "False", "None", "undefined"]) {
            return problem.help("JSON has true, false and null");
        }
        problem
    }
}

/// Where the plain part of a string that begins at `start` ends: at a quote, a backslash, a control character or the end of the text.
#[inline]
fn plain_end(bytes: &[u8], start: usize) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let mut at = start;
    // Eight bytes at a time; the lowest flagged byte is exact, those above it may be flagged by a borrow.
    while let Some((chunk, _)) = bytes.get(at..).and_then(|rest| rest.split_first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * b'"' as u64);
        let slash = word ^ (ONES * b'\\' as u64);
        let zero = |x: u64| x.wrapping_sub(ONES) & !x;
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (zero(quote) | zero(slash) | control) & HIGH;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or(&[]);
    at + rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len())
}
