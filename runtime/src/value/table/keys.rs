//! The keys of small tables, in order, apart from what is bound to them: maps that are made alike share theirs.
//!
//! A literal has its keys from the time its program is loaded; whatever else makes a map looks whether one with the same keys was made
//! just before on this thread. The keys of literals and of structs are *pinned*: they stay for ever, so that threads which make such
//! maps need not count in the same place. There are at most [`MOST_PINNED`] of those, whatever is compiled; beyond, keys are counted.

use std::cell::RefCell;
use std::ops::Deref;
use std::sync::{LazyLock, Mutex, PoisonError};

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

use super::small::SMALL;
use crate::value::Value;
use crate::value::order::total;
use crate::value::row::Row;

/// Keys that threads remember of what they made last.
const RECENT: usize = 64;

/// The most rows of keys that stay for ever: a megabyte, if each were as large as can be.
const MOST_PINNED: usize = 4096;

static PINNED: Mutex<HashTable<Keys>> = Mutex::new(HashTable::new());
static EMPTY: LazyLock<Keys> = LazyLock::new(|| Keys::of(std::iter::empty()).pinned());

thread_local! {
    static MADE: RefCell<[Option<Keys>; RECENT]> = const { RefCell::new([const { None }; RECENT]) };
}

/// The keys of a small table: different and in order. Clone is O(1).
#[derive(Clone, Debug)]
pub(crate) struct Keys(Row<(), Value>);

impl Keys {
    /// No keys.
    #[inline]
    pub(super) fn none() -> Keys {
        EMPTY.clone()
    }

    /// Of keys in order.
    #[inline]
    pub(super) fn of(keys: impl ExactSizeIterator<Item = Value>) -> Keys {
        Keys(Row::new((), keys, 0))
    }

    /// The keys of a literal or of a struct, in order and different; `None` for more than a small map has.
    pub(crate) fn fixed(keys: &[&Value]) -> Option<Keys> {
        debug_assert!(keys.is_sorted_by(|a, b| total(a, b).is_lt()));
        let keys = keys.iter().map(|key| Value::clone(key));
        (keys.len() <= SMALL).then(|| Keys::of(keys).pinned())
    }

    /// The same keys, for ever: if they are pinned already those; if there are too many, as they are.
    fn pinned(self) -> Keys {
        if !self.iter().all(Value::is_short) {
            return self;
        }
        let hash = |keys: &Keys| {
            let bits = keys.iter().map(Value::short_bits);
            bits.fold(0, |hash, bits| FixedState::default().hash_one((hash, bits)))
        };
        let mut pinned = PINNED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = pinned.find(hash(&self), |known| known.are(self.iter())) {
            return known.clone();
        }
        if pinned.len() < MOST_PINNED {
            self.0.pin();
            pinned.insert_unique(hash(&self), self.clone(), hash);
        }
        self
    }

    /// Keys in order, shared with what was made lately if that has the same.
    #[inline]
    pub(super) fn recent<'a>(
        keys: impl ExactSizeIterator<Item = &'a Value> + DoubleEndedIterator + Clone,
    ) -> Keys {
        let mut ends = keys.clone();
        let (Some(first), last) = (ends.next(), ends.next_back()) else { return Keys::none() };
        if !first.is_short() {
            return Keys::of(keys.cloned());
        }
        let mixed = (first.short_bits() ^ last.map_or(0, Value::short_bits).rotate_left(23))
            .wrapping_add(keys.len() as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let slot = (mixed >> (u64::BITS - RECENT.ilog2())) as usize;
        let found = MADE.try_with(|made| {
            let mut made = made.try_borrow_mut().ok()?;
            let place = made.get_mut(slot)?;
            if let Some(known) = place
                && known.are(keys.clone())
            {
                return Some((known.clone(), None));
            }
            let new = Keys::of(keys.clone().cloned());
            // A key that is a block of its own is not kept alive for others.
            let old =
                if new.iter().all(Value::is_short) { place.replace(new.clone()) } else { None };
            Some((new, old))
        });
        match found.ok().flatten() {
            // (What was there goes when nothing is borrowed any more.)
            Some((keys, _old)) => keys,
            None => Keys::of(keys.cloned()),
        }
    }

    /// Whether these are the keys, bit by bit.
    #[inline]
    fn are<'a>(&self, keys: impl ExactSizeIterator<Item = &'a Value>) -> bool {
        self.len() == keys.len() && self.iter().zip(keys).all(|(a, b)| a.same_bits(b))
    }

    /// Where `key` is, or where it would be.
    #[inline]
    pub(super) fn search(&self, key: &Value) -> Result<usize, usize> {
        self.binary_search_by(|k| total(k, key))
    }

    #[inline]
    pub(super) fn position(&self, key: &Value) -> Option<usize> {
        // Sixteen bytes compared per key beat a search with branches.
        if key.is_short() {
            return self.iter().position(|k| k.same_bits(key));
        }
        if key.as_int().is_some() {
            let mut other_form = false;
            for (at, k) in self.iter().enumerate() {
                if k.same_bits(key) {
                    return Some(at);
                }
                other_form |= k.may_equal_int();
            }
            if !other_form {
                return None;
            }
        }
        self.search(key).ok()
    }

    /// Adds a key where it belongs.
    pub(super) fn insert(&mut self, at: usize, key: Value) {
        self.make_own(1);
        if let Some(mut own) = self.0.own() {
            own.insert(at, key);
        }
    }

    /// Takes a key away.
    pub(super) fn remove(&mut self, at: usize) -> Value {
        self.make_own(0);
        self.0.own().map_or(Value::UNDEFINED, |mut own| own.remove(at))
    }

    /// Puts an equal key in another form in place of one.
    pub(super) fn replace(&mut self, at: usize, key: Value) {
        self.make_own(0);
        if let Some(own) = self.0.own()
            && let Some(place) = own.into_items().get_mut(at)
        {
            *place = key;
        }
    }

    /// Takes a key that nobody will ask for again.
    #[inline]
    pub(super) fn take(&mut self, at: usize) -> Value {
        match self.0.own() {
            Some(own) => own.into_items().get_mut(at).map_or(Value::UNDEFINED, Value::take),
            None => self.get(at).cloned().unwrap_or_default(),
        }
    }

    fn make_own(&mut self, more: usize) {
        if self.0.own().is_none() {
            self.0 = Row::new((), self.iter().cloned(), more);
        }
    }
}

impl Deref for Keys {
    type Target = [Value];

    #[inline(always)]
    fn deref(&self) -> &[Value] {
        self.0.items()
    }
}
