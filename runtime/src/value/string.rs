//! Strings: UTF-8, with lengths and indices in Unicode scalar values.
//!
//! Invariant: a string of up to `INLINE` bytes is inside its value, a longer one in a [`Text`] block. A block remembers what one
//! scan found (all ASCII, or where every 64th character begins), so that an index costs O(1) from then on.

use std::ops::Range;
use std::sync::OnceLock;

use super::Value;
use super::heap::{Charge, Ref};
use super::repr::INLINE;
use super::watch;

/// Characters between two remembered places.
const STRIDE: usize = 64;

/// The body of a long string.
#[derive(Debug)]
pub(crate) struct Text {
    text: String,
    places: OnceLock<Places>,
    charge: Charge,
}

/// What a scan of a long text found.
#[derive(Debug)]
enum Places {
    Ascii,
    Table { chars: usize, starts: Box<[usize]>, _charge: Charge },
}

impl Text {
    pub(crate) fn new(text: String) -> Text {
        let charge = Charge::new(text.capacity());
        Text { text, places: OnceLock::new(), charge }
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Appends text. Without room it does not, and the run stops.
    fn push_str(&mut self, more: &str) {
        let (len, old) = (self.text.len(), self.text.capacity());
        if more.len() > old - len {
            let Some(capacity) = watch::grown(old, len.saturating_add(more.len()), 1) else {
                return;
            };
            self.text.reserve_exact(capacity - len);
            self.charge.set(self.text.capacity());
        }
        self.text.push_str(more);
        match self.places.get() {
            Some(Places::Ascii) if more.is_ascii() => {}
            Some(_) => {
                self.places = OnceLock::new();
                super::heap::count_work(self.text.len() as u64 / 8);
            }
            None => {}
        }
    }

    /// What a scan finds. The first one is in the cost of making the text: whether a constant or an input was scanned before, by another
    /// run, must not show. Where one has to be done again, it was counted when that became so.
    fn places(&self) -> &Places {
        if let Some(places) = self.places.get() {
            return places;
        }
        let blocks = match self.text.is_ascii() {
            true => 0,
            false => self.text.chars().count().div_ceil(STRIDE),
        };
        if !watch::room(blocks * size_of::<usize>()) {
            // Not to be remembered: the run stops.
            return &Places::Ascii;
        }
        self.places.get_or_init(|| {
            if blocks == 0 {
                return Places::Ascii;
            }
            let mut starts = Vec::with_capacity(blocks);
            let mut chars = 0;
            for (at, _) in self.text.char_indices() {
                if chars % STRIDE == 0 {
                    starts.push(at);
                }
                chars += 1;
            }
            let starts = starts.into_boxed_slice();
            let charge = Charge::new(size_of_val(&*starts));
            Places::Table { chars, starts, _charge: charge }
        })
    }

    fn chars(&self) -> usize {
        match self.places() {
            Places::Ascii => self.text.len(),
            Places::Table { chars, .. } => *chars,
        }
    }

    /// The byte offset of the character at `index`; the length for the one past the last.
    fn offset(&self, index: usize) -> Option<usize> {
        match self.places() {
            Places::Ascii => (index <= self.text.len()).then_some(index),
            Places::Table { chars, .. } if index == *chars => Some(self.text.len()),
            Places::Table { starts, .. } => {
                let start = *starts.get(index / STRIDE)?;
                offset_of(self.text.get(start..)?, index % STRIDE).map(|more| start + more)
            }
        }
    }
}

/// The byte offset of a character by counting from the start.
fn offset_of(text: &str, index: usize) -> Option<usize> {
    text.char_indices().map(|(at, _)| at).chain(std::iter::once(text.len())).nth(index)
}

pub(super) fn from_string(text: String) -> Value {
    if text.len() <= INLINE { Value::str(&text) } else { Value::long_str(Text::new(text)) }
}

impl Value {
    /// A Str of one character.
    pub fn char(c: char) -> Value {
        Value::str(c.encode_utf8(&mut [0; 4]))
    }

    /// How many characters a Str has. O(bytes) the first time, then O(1).
    pub fn char_count(&self) -> Option<usize> {
        match self.as_text() {
            Some(text) => Some(text.chars()),
            None => self.as_str().map(|s| s.chars().count()),
        }
    }

    /// Where the character at `index` begins, in bytes; the length of the text for `index` = its characters. `None` outside and for
    /// other values. O(1) after one scan.
    pub fn char_offset(&self, index: usize) -> Option<usize> {
        match self.as_text() {
            Some(text) => text.offset(index),
            None => offset_of(self.as_str()?, index),
        }
    }

    /// The character at `index` of a Str. O(1) after one scan.
    pub fn char_at(&self, index: usize) -> Option<char> {
        self.as_str()?.get(self.char_offset(index)?..)?.chars().next()
    }

    /// The characters at `range` of a Str, as text; `None` when a bound is outside.
    pub fn char_slice(&self, range: Range<usize>) -> Option<&str> {
        let (start, end) = (self.char_offset(range.start)?, self.char_offset(range.end)?);
        self.as_str()?.get(start..end)
    }

    /// The number of characters before the byte at `offset` of a Str, for results of searches. O(64) after one scan.
    pub fn chars_before(&self, offset: usize) -> Option<usize> {
        let text = self.as_str()?;
        let Some(long) = self.as_text() else { return Some(text.get(..offset)?.chars().count()) };
        match long.places() {
            Places::Ascii => (offset <= text.len()).then_some(offset),
            Places::Table { starts, .. } => {
                let block = starts.partition_point(|start| *start <= offset).saturating_sub(1);
                let start = starts.get(block).copied().unwrap_or(0);
                Some(block * STRIDE + text.get(start..offset)?.chars().count())
            }
        }
    }

    /// A Str for appending in place; `None` for other values.
    pub fn as_string_mut(&mut self) -> Option<StringMut<'_>> {
        self.as_str().is_some().then_some(StringMut { value: self })
    }
}

/// A Str that is being appended to: in place while nobody else holds it, amortised O(1) per byte.
pub struct StringMut<'a> {
    value: &'a mut Value,
}

impl StringMut<'_> {
    /// Appends text.
    pub fn push_str(&mut self, more: &str) {
        if let Some(text) = self.value.as_text_mut() {
            return match text.get_mut() {
                Some(text) => text.push_str(more),
                // An empty addition to a shared text gives the same version.
                None if more.is_empty() => {}
                None => *text = Ref::new(Text::new(concat(text.as_str(), more))),
            };
        }
        let text = self.value.as_str().unwrap_or("");
        let len = text.len() + more.len();
        if len <= INLINE {
            let mut bytes = [0; INLINE];
            bytes[..text.len()].copy_from_slice(text.as_bytes());
            bytes[text.len()..len].copy_from_slice(more.as_bytes());
            *self.value = std::str::from_utf8(&bytes[..len]).map_or(Value::NULL, Value::str);
        } else {
            *self.value = Value::long_str(Text::new(concat(text, more)));
        }
    }

    /// Appends a character.
    pub fn push(&mut self, c: char) {
        self.push_str(c.encode_utf8(&mut [0; 4]));
    }
}

/// Both texts in one with room to grow: what is appended to once is often appended to again. Without memory nothing, and the run stops.
fn concat(text: &str, more: &str) -> String {
    let len = text.len() + more.len();
    let capacity = if watch::fits(len + len / 2) { len + len / 2 } else { len };
    if !watch::room(capacity) {
        return String::new();
    }
    let mut both = String::with_capacity(capacity);
    both.push_str(text);
    both.push_str(more);
    both
}
