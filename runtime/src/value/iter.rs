//! The state of an iteration in progress: an owned snapshot, so that whatever the loop's body does to the variable does not matter.
//!
//! Flat collections are read by place; trees leaf by leaf into a small buffer, never item by item from the root.

use std::ops::Bound;

use crate::fault::Limit;
use crate::host::Object;

use super::{Map, Range, Set, Value, Vector, watch};

/// Items read from a tree at a time.
const LEAF: usize = 64;

/// What is left of an iteration over a Vec, Map, Set, Str or Range.
#[derive(Debug)]
pub struct Iter(State);

#[derive(Debug)]
enum State {
    Vec { items: Vector, next: usize },
    Map { map: Map, next: usize },
    Set { set: Set, next: usize },
    VecTree { items: Vector, next: usize, leaf: Leaf<Value> },
    MapTree { map: Map, last: Option<Value>, leaf: Leaf<(Value, Value)> },
    SetTree { set: Set, last: Option<Value>, leaf: Leaf<Value> },
    Str { text: Value, offset: usize },
    Range { next: i64, last: i64 },
    Endless { next: i64 },
    Object { object: Value, next: usize },
    Done,
}

/// Items of one leaf, handed out in order.
type Leaf<T> = std::vec::IntoIter<T>;

impl Iter {
    /// Begins an iteration; `None` for a value that is not iterable by itself.
    pub fn new(value: &Value) -> Option<Iter> {
        let state = if let Some(items) = value.as_vec() {
            let items = items.clone();
            match items.as_slice() {
                Some(_) => State::Vec { items, next: 0 },
                None => State::VecTree { items, next: 0, leaf: Vec::new().into_iter() },
            }
        } else if let Some(map) = value.as_map() {
            let map = map.clone();
            match map.is_flat() {
                true => State::Map { map, next: 0 },
                false => State::MapTree { map, last: None, leaf: Vec::new().into_iter() },
            }
        } else if let Some(set) = value.as_set() {
            let set = set.clone();
            match set.is_flat() {
                true => State::Set { set, next: 0 },
                false => State::SetTree { set, last: None, leaf: Vec::new().into_iter() },
            }
        } else if let Some(range) = value.as_range() {
            State::of_range(range)
        } else if value.as_str().is_some() {
            State::Str { text: value.clone(), offset: 0 }
        } else if value.as_object().is_some_and(|o| o.length().is_some()) {
            State::Object { object: value.clone(), next: 0 }
        } else {
            return None;
        };
        Some(Iter(state))
    }

    /// The next item: an element, a character, an integer, or `[key, value]` for a map. `None` at the end, and ever after. (An endless
    /// range ends after the greatest 64-bit integer.)
    #[inline]
    #[allow(
        clippy::should_implement_trait,
        reason = "it is not a Rust iterator: it is state in a register"
    )]
    pub fn next(&mut self) -> Option<Value> {
        match &mut self.0 {
            State::Vec { items, next } => {
                let item = items.get(*next)?.clone();
                *next += 1;
                Some(item)
            }
            State::Range { next, last } => {
                let n = *next;
                if n == *last {
                    self.0 = State::Done;
                } else {
                    *next += 1;
                }
                Some(Value::int(n))
            }
            State::Map { .. } | State::MapTree { .. } => {
                let (key, value) = self.next_pair()?;
                Some(Value::vec([key, value]))
            }
            _ => self.next_slow(),
        }
    }

    /// The next key and value of a map; for other values, the item and [`Value::UNDEFINED`].
    #[inline]
    pub fn next_pair(&mut self) -> Option<(Value, Value)> {
        match &mut self.0 {
            State::Map { map, next } => {
                let (key, value) = map.entry_at(*next)?;
                *next += 1;
                Some((key.clone(), value.clone()))
            }
            State::MapTree { map, last, leaf } => leaf.next().or_else(|| {
                let after = last.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
                let more = map.range(after, Bound::Unbounded).take(LEAF);
                let more: Vec<_> = more.map(|(k, v)| (k.clone(), v.clone())).collect();
                *last = Some(more.last()?.0.clone());
                *leaf = more.into_iter();
                leaf.next()
            }),
            _ => self.next().map(|item| (item, Value::UNDEFINED)),
        }
    }

    fn next_slow(&mut self) -> Option<Value> {
        match &mut self.0 {
            State::Set { set, next } => {
                let element = set.element_at(*next)?.clone();
                *next += 1;
                Some(element)
            }
            State::VecTree { items, next, leaf } => {
                if leaf.as_slice().is_empty() {
                    let mut buffer = Vec::with_capacity(LEAF);
                    items.read_leaf(*next, LEAF, &mut buffer);
                    *leaf = buffer.into_iter();
                }
                *next += 1;
                leaf.next()
            }
            State::SetTree { set, last, leaf } => leaf.next().or_else(|| {
                let after = last.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
                let more: Vec<_> = set.range(after, Bound::Unbounded).take(LEAF).cloned().collect();
                *last = Some(more.last()?.clone());
                *leaf = more.into_iter();
                leaf.next()
            }),
            State::Str { text, offset } => {
                let c = text.as_str()?.get(*offset..)?.chars().next()?;
                *offset += c.len_utf8();
                Some(Value::char(c))
            }
            State::Object { object, next } => {
                if object.as_object().and_then(Object::get).is_none() {
                    // What was lent is gone in the middle of a loop, which must not seem to be done.
                    watch::stop(Limit::Interrupt);
                }
                let item = Object::element(object, *next)?;
                *next += 1;
                Some(item)
            }
            State::Endless { next } => {
                let n = *next;
                match n.checked_add(1) {
                    Some(more) => *next = more,
                    None => self.0 = State::Done,
                }
                Some(Value::int(n))
            }
            _ => None,
        }
    }
}

impl State {
    fn of_range(range: Range) -> State {
        match (range.end, range.last()) {
            (None, _) => State::Endless { next: range.start },
            (Some(_), Some(last)) => State::Range { next: range.start, last },
            (Some(_), None) => State::Done,
        }
    }
}
