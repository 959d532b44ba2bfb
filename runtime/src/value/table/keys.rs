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

use super::Entry;
use super::small::SMALL;
use crate::value::Value;
use crate::value::order::total;
use crate::value::row::{Head, Row};

/// Keys that threads remember of what they made last.
const RECENT: usize = 64;

/// The most rows of keys that stay for ever: a megabyte, if each were as large as can be.
const MOST_PINNED: usize = 4096;

static PINNED: Mutex<HashTable<Keys>> = Mutex::new(HashTable::new());
static EMPTY: LazyLock<Keys> = LazyLock::new(|| Keys::of(std::iter::empty()).pinned());

thread_local! {
    static MADE: RefCell<[Option<Made>; RECENT]> = const { RefCell::new([const { None }; RECENT]) };
}

/// How keys that came together made a small table.
struct Made {
    /// As they came, where that was not in order.
    given: Option<Keys>,
    keys: Keys,
    order: Order,
}

/// For each place of a small table, the place where its binding came.
pub(super) type Order = [u8; SMALL];

/// The keys of a small table: different and in order. Clone is O(1).
#[derive(Clone, Debug)]
pub(crate) struct Keys(Row<(), Value>);

impl Head for Keys {}

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
    pub(crate) fn fixed<'a>(keys: impl ExactSizeIterator<Item = &'a Value>) -> Option<Keys> {
        (keys.len() <= SMALL).then(|| Keys::of(keys.cloned()).pinned())
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
        if key.is_simple()
            && let Some(known) = self.glance(key)
        {
            return known;
        }
        self.search(key).ok()
    }

    /// The place of a simple key, where the bytes of keys tell it; `None` where they do not. (Sixteen bytes compared per key beat a search
    /// with branches.)
    #[inline(always)]
    pub(super) fn glance(&self, key: &Value) -> Option<Option<usize>> {
        if key.is_short() {
            return Some(self.iter().position(|k| k.same_bits(key)));
        }
        let mut other_form = false;
        for (at, k) in self.iter().enumerate() {
            if k.same_bits(key) {
                return Some(Some(at));
            }
            other_form |= k.may_equal_int();
        }
        (!other_form).then_some(None)
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

/// Where the making of a table with these keys is remembered; `None` for keys that are none to be remembered.
#[inline]
pub(super) fn slot<V>(entries: &[Entry<V>]) -> Option<usize> {
    let [(first, _), ..] = entries else { return None };
    let (last, _) = entries.last()?;
    if entries.len() > SMALL || !first.is_short() {
        return None;
    }
    let mixed = (first.short_bits() ^ last.short_bits().rotate_left(23))
        .wrapping_add(entries.len() as u64)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Some((mixed >> (u64::BITS - RECENT.ilog2())) as usize)
}

/// The keys of the table that such entries made on this thread lately, and where to find what is bound to each.
#[inline]
pub(super) fn made<V>(entries: &[Entry<V>]) -> Option<(Keys, Order)> {
    let slot = slot(entries)?;
    let found = MADE.try_with(|made| {
        let made = made.try_borrow().ok()?;
        [slot, slot ^ 1].into_iter().find_map(|slot| {
            let Made { given, keys, order } = made.get(slot)?.as_ref()?;
            let given = given.as_ref().unwrap_or(keys);
            given.are(entries.iter().map(|(key, _)| key)).then(|| (keys.clone(), *order))
        })
    });
    found.ok().flatten()
}

/// Remembers that entries whose keys came like this make a table with these, unless a key is a block of its own, which must not be kept
/// alive for others.
pub(super) fn remember(slot: Option<usize>, given: Option<Keys>, keys: &Keys) {
    let came = given.as_ref().unwrap_or(keys);
    let Some(slot) = slot.filter(|_| came.len() == keys.len() && keys.iter().all(Value::is_short))
    else {
        return;
    };
    let mut order = Order::default();
    for (place, key) in order.iter_mut().zip(keys.iter()) {
        *place = came.iter().position(|k| k.same_bits(key)).unwrap_or(0) as u8;
    }
    let new = Made { given, keys: keys.clone(), order };
    // Two kinds that alternate must not drive each other out. (What goes, goes when nothing is borrowed any more.)
    let _old = MADE.try_with(|made| {
        let mut made = made.try_borrow_mut().ok()?;
        let old = made.get_mut(slot)?.replace(new)?;
        made.get_mut(slot ^ 1)?.replace(old)
    });
}
