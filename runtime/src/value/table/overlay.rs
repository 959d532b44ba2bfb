//! A new version of a big table that others still hold: the old version and a few changes.
//!
//! Copying the path to a leaf of a tree touches the count of every neighbour on the way; noting what changed touches one. After
//! [`ROOM`] changes they go into a tree together.
//!
//! Invariants: the base is hashed or a tree, never an overlay itself, so a look-up asks two tables at most. There are [`ROOM`] changes at
//! most, no two to equal keys. What is remembered is that of the changes as they are.

use std::cmp::Ordering;
use std::sync::OnceLock;

use super::changes::{Change, Changes, Kind};
use super::{Big, Binding, Entry, Tree};
use crate::value::Value;
use crate::value::heap::Ref;
use crate::value::order::{better_form, total};
use crate::value::sort::{sort_by, walks};
use crate::value::watch;

/// The most changes kept beside a base.
pub(super) const ROOM: u8 = 48;

#[derive(Debug)]
pub(super) struct Overlay<V> {
    base: Ref<Big<V>>,
    changes: Changes<V>,
    /// How many changes there are.
    count: u8,
    /// A bit for each, by hash.
    marks: u64,
    len: usize,
    remembered: OnceLock<Box<Remembered<V>>>,
}

#[derive(Debug)]
struct Remembered<V> {
    /// Which of the changes comes when in key order.
    order: OnceLock<Box<[u8]>>,
    /// All bindings as a table of their own, made when there was no more room.
    merged: OnceLock<Ref<Big<V>>>,
}

/// What the base has for a key that is not among the changes; `None` where neither is known.
pub(super) type Known<V> = Option<Option<Entry<V>>>;

/// A base and the changes to make there.
type Apart<V> = (Ref<Big<V>>, Changes<V>);

impl<V: Binding> Overlay<V> {
    pub(super) fn new(base: Ref<Big<V>>) -> Overlay<V> {
        let len = base.len();
        let changes = Changes::none();
        Overlay { base, changes, count: 0, marks: 0, len, remembered: OnceLock::new() }
    }

    fn remembered(&self) -> &Remembered<V> {
        self.remembered.get_or_init(|| {
            Box::new(Remembered { order: OnceLock::new(), merged: OnceLock::new() })
        })
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn base(&self) -> &Ref<Big<V>> {
        &self.base
    }

    /// The changes in key order.
    #[inline(never)]
    pub(super) fn changes(&self) -> Vec<&Change<V>> {
        let mut all = Vec::with_capacity(usize::from(self.count));
        all.extend(self.changes.iter());
        let remembered = &self.remembered().order;
        let order = match remembered.get() {
            Some(order) => order,
            None => match order_of(&all.iter().map(|change| &change.key).collect::<Vec<_>>()) {
                Some(order) => remembered.get_or_init(|| order),
                // The run stops.
                None => return Vec::new(),
            },
        };
        order.iter().filter_map(|at| all.get(usize::from(*at)).copied()).collect()
    }

    /// The change to a key.
    #[inline]
    pub(super) fn changed(&self, key: &Value, hash: u32) -> Option<&Change<V>> {
        (self.marks & mark(hash) != 0).then(|| self.changes.find(key, hash))?
    }

    /// The same for changing, where nobody else holds it.
    #[inline]
    fn changed_mut(&mut self, key: &Value, hash: u32) -> Option<&mut Change<V>> {
        (self.marks & mark(hash) != 0).then(|| self.changes.find_mut(key, hash))?
    }

    #[inline]
    pub(super) fn find(&self, key: &Value, hash: u32) -> Option<(&Value, &V)> {
        match self.changed(key, hash) {
            Some(change) => change.entry(),
            None => self.base.find_hashed(key, hash),
        }
    }

    /// Whether there is room for a change.
    pub(super) fn has_room(&self) -> bool {
        self.count < ROOM
    }

    /// The same version once more, to be changed.
    pub(super) fn next(&self) -> Overlay<V> {
        let Overlay { base, changes, count, marks, len, .. } = self;
        Overlay {
            base: base.clone(),
            changes: changes.clone(),
            count: *count,
            marks: *marks,
            len: *len,
            remembered: OnceLock::new(),
        }
    }

    /// The base, if nobody else holds it any more, and the changes to make there.
    pub(super) fn take_apart(self) -> Result<Apart<V>, Overlay<V>> {
        match self.owns_base() {
            true => Ok((self.base, self.changes)),
            false => Err(self),
        }
    }

    /// Whether nobody else holds the base, so that the changes can go there.
    #[inline]
    pub(super) fn owns_base(&self) -> bool {
        !self.base.is_shared()
    }

    /// All bindings as a tree that shares its nodes with that of the base; `None` without room for one.
    pub(super) fn to_tree(&self) -> Option<Tree<V>> {
        let mut changes: Vec<_> = self.changes.iter().collect();
        let key = |change: &&Change<V>| walks(&change.key);
        if !sort_by(&mut changes, key, |a, b| total(&a.key, &b.key)) {
            return None;
        }
        let tree = self.base.to_tree()?.with(&changes);
        // What came of a walk that had to stop is not to be remembered.
        watch::stopped().is_none().then_some(tree)
    }

    /// All bindings as a table of their own, remembered; `None` without room for one.
    pub(super) fn merged(&self) -> Option<&Ref<Big<V>>> {
        let merged = &self.remembered().merged;
        if merged.get().is_none() {
            let tree = self.to_tree()?;
            // Another thread may have been faster.
            let _ = merged.set(Ref::new(Big::Tree(tree)));
        }
        merged.get()
    }

    /// The binding of a key in the base.
    fn below(&self, key: &Value, hash: u32) -> Option<Entry<V>> {
        self.base.find_hashed(key, hash).map(|(k, v)| (k.clone(), v.clone()))
    }

    /// Stores a binding. There must be room.
    pub(super) fn insert(&mut self, key: Value, hash: u32, value: V, known: Known<V>) -> Option<V> {
        self.changing();
        if known.is_none()
            && let Some(change) = self.changed_mut(&key, hash)
        {
            if change.kind != Kind::Removed {
                if better_form(&key, &change.key) {
                    change.key = key;
                }
                return Some(std::mem::replace(&mut change.value, value));
            }
            // Nothing is left of the key that was removed.
            *change = Change { key, value, hash, kind: Kind::Replaced };
            self.len += 1;
            return None;
        }
        match known.unwrap_or_else(|| self.below(&key, hash)) {
            Some((kept, old)) => {
                let key = if better_form(&key, &kept) { key } else { kept };
                self.note(Change { key, value, hash, kind: Kind::Replaced });
                Some(old)
            }
            None => {
                self.note(Change { key, value, hash, kind: Kind::Added });
                self.len += 1;
                None
            }
        }
    }

    /// Takes the binding of `key` away. There must be room.
    pub(super) fn remove(&mut self, key: &Value, hash: u32, known: Known<V>) -> Option<Entry<V>> {
        self.changing();
        let changed = if known.is_none() { self.changed_mut(key, hash) } else { None };
        let gone = match changed {
            Some(Change { kind: Kind::Removed, .. }) => return None,
            Some(change) => {
                change.kind = Kind::Removed;
                (change.key.clone(), std::mem::replace(&mut change.value, V::nothing()))
            }
            None => {
                let gone = known.unwrap_or_else(|| self.below(key, hash))?;
                let (key, value) = (gone.0.clone(), V::nothing());
                self.note(Change { key, value, hash, kind: Kind::Removed });
                gone
            }
        };
        self.len -= 1;
        Some(gone)
    }

    /// What is bound to `key`, for changing. There must be room.
    pub(super) fn get_mut(&mut self, key: &Value, hash: u32, known: Known<V>) -> Option<&mut V> {
        self.changing();
        let change = if known.is_none() && self.changed(key, hash).is_some() {
            self.changed_mut(key, hash)
        } else {
            let (key, value) = known.unwrap_or_else(|| self.below(key, hash))?;
            self.note(Change { key, value, hash, kind: Kind::Replaced })
        };
        change.filter(|change| change.kind != Kind::Removed).map(|change| &mut change.value)
    }

    /// Adds a change to a key that has none, and gives the place where it is.
    fn note(&mut self, change: Change<V>) -> Option<&mut Change<V>> {
        if !self.has_room() {
            // Without room the run ends before anybody sees one change more.
            return None;
        }
        self.count += 1;
        self.marks |= mark(change.hash);
        self.changes.push(change)
    }

    /// To be called before any change.
    #[inline]
    fn changing(&mut self) {
        if self.remembered.get_mut().is_some() {
            self.remembered = OnceLock::new();
        }
    }
}

/// The bit of a hash: what has none among the marks was not changed.
#[inline]
fn mark(hash: u32) -> u64 {
    1 << (hash >> (u32::BITS - u64::BITS.ilog2()))
}

/// The places of keys in their order; `None` if the run must stop.
fn order_of(keys: &[&Value]) -> Option<Box<[u8]>> {
    let key = |at: &u8| keys.get(usize::from(*at)).copied();
    let mut order: Vec<u8> = (0..ROOM).take(keys.len()).collect();
    let sorted = sort_by(
        &mut order,
        |at| key(at).is_some_and(walks),
        |a, b| key(a).zip(key(b)).map_or(Ordering::Equal, |(a, b)| total(a, b)),
    );
    sorted.then(|| order.into())
}
