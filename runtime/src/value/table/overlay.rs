//! A new version of a big table that others still hold: the old version and a few changes.
//!
//! Copying the path to a leaf of a tree touches the count of every neighbour on the way; noting what changed touches one. After
//! [`ROOM`] changes they go into a tree together.
//!
//! Invariants: the base is hashed or a tree, never an overlay itself, so a look-up asks two tables at most. The changes are in key
//! order, at most [`ROOM`], no two for equal keys. What is remembered is that of the changes as they are.

use std::cmp::Ordering;
use std::sync::OnceLock;

use super::{Big, Binding, Entry, Held, Tree, is_key};
use crate::value::Value;
use crate::value::heap::{Charge, Ref};
use crate::value::order::{better_form, total};

/// The most changes kept beside a base.
pub(super) const ROOM: usize = 16;

/// How a change relates to the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The base has no such key.
    Added,
    /// The base binds the key to something else, or has another form of it.
    Replaced,
    /// The base has the key and this version has not. The value is [`Binding::nothing`].
    Removed,
}

#[derive(Clone, Debug)]
pub(super) struct Change<V> {
    pub(super) key: Value,
    pub(super) value: V,
    pub(super) hash: u32,
    pub(super) kind: Kind,
}

impl<V> Change<V> {
    /// The binding, unless it was removed.
    #[inline]
    pub(super) fn entry(&self) -> Option<(&Value, &V)> {
        (self.kind != Kind::Removed).then_some((&self.key, &self.value))
    }
}

#[derive(Debug)]
pub(super) struct Overlay<V> {
    base: Ref<Big<V>>,
    changes: Vec<Change<V>>,
    len: usize,
    /// All bindings as a table of their own, made when there was no more room.
    merged: OnceLock<Ref<Big<V>>>,
    charge: Charge,
}

/// A base and the changes to make there.
type Apart<V> = (Ref<Big<V>>, Vec<Change<V>>);

impl<V: Binding> Overlay<V> {
    pub(super) fn new(base: Ref<Big<V>>) -> Overlay<V> {
        let len = base.len();
        Overlay::with(base, Vec::with_capacity(1), len)
    }

    fn with(base: Ref<Big<V>>, changes: Vec<Change<V>>, len: usize) -> Overlay<V> {
        let mut overlay =
            Overlay { base, changes, len, merged: OnceLock::new(), charge: Charge::default() };
        overlay.recharge();
        overlay
    }

    fn recharge(&mut self) {
        let changes = self.changes.capacity() * size_of::<Change<V>>();
        self.charge.set(size_of::<Overlay<V>>() + changes);
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn base(&self) -> &Ref<Big<V>> {
        &self.base
    }

    #[inline]
    pub(super) fn changes(&self) -> &[Change<V>] {
        &self.changes
    }

    #[inline]
    pub(super) fn position(&self, key: &Value, hash: u32) -> Option<usize> {
        self.changes.iter().position(|change| change.hash == hash && is_key(&change.key, key))
    }

    #[inline]
    pub(super) fn find(&self, key: &Value, hash: u32) -> Option<(&Value, &V)> {
        match self.position(key, hash) {
            Some(at) => self.changes.get(at)?.entry(),
            None => self.base.find_hashed(key, hash),
        }
    }

    /// Whether a change to `key` needs no more room than there is.
    pub(super) fn takes(&self, key: &Value, hash: u32) -> bool {
        self.changes.len() < ROOM || self.position(key, hash).is_some()
    }

    /// A copy that this version's holders do not see change. There must be room for a change.
    pub(super) fn next(&self) -> Overlay<V> {
        let mut changes = Vec::with_capacity((self.changes.len() + 1).min(ROOM));
        changes.extend_from_slice(&self.changes);
        Overlay::with(self.base.clone(), changes, self.len)
    }

    /// The base, if nobody else holds it any more, and the changes to make there.
    pub(super) fn take_apart(self) -> Result<Apart<V>, Overlay<V>> {
        let Overlay { base, changes, len, merged, charge } = self;
        match base.is_shared() {
            false => Ok((base, changes)),
            true => Err(Overlay { base, changes, len, merged, charge }),
        }
    }

    /// Whether nobody else holds the base, so that the changes can go there.
    #[inline]
    pub(super) fn owns_base(&self) -> bool {
        !self.base.is_shared()
    }

    /// All bindings as a tree that shares its nodes with that of the base; `None` without room for one.
    pub(super) fn to_tree(&self) -> Option<Tree<V>> {
        let mut tree = self.base.to_tree()?;
        for change in &self.changes {
            match change.kind {
                Kind::Removed => drop(tree.remove(&change.key)),
                _ => drop(tree.insert(change.key.clone(), Held(change.value.clone()))),
            }
        }
        Some(tree)
    }

    /// All bindings as a table of their own, remembered; `None` without room for one.
    pub(super) fn merged(&self) -> Option<&Ref<Big<V>>> {
        if self.merged.get().is_none() {
            let tree = self.to_tree()?;
            // Another thread may have been faster.
            let _ = self.merged.set(Ref::new(Big::Tree(tree)));
        }
        self.merged.get()
    }

    /// The binding of a key in the base, for the methods below.
    pub(super) fn below(&self, key: &Value, hash: u32) -> Option<Entry<V>> {
        self.base.find_hashed(key, hash).map(|(k, v)| (k.clone(), v.clone()))
    }

    /// Stores a binding in place. There must be room, and `below` tell what the base has for the key, unless that was changed.
    pub(super) fn insert(
        &mut self,
        key: Value,
        hash: u32,
        value: V,
        below: impl FnOnce(&Self) -> Option<Entry<V>>,
    ) -> Option<V> {
        self.changing();
        if let Some(at) = self.position(&key, hash) {
            let change = &mut self.changes[at];
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
        match below(self) {
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

    /// Takes the binding of `key` away in place, under the conditions of [`Overlay::insert`].
    pub(super) fn remove(
        &mut self,
        key: &Value,
        hash: u32,
        below: impl FnOnce(&Self) -> Option<Entry<V>>,
    ) -> Option<Entry<V>> {
        self.changing();
        if let Some(at) = self.position(key, hash) {
            let gone = match self.changes[at].kind {
                Kind::Removed => return None,
                Kind::Added => {
                    let change = self.changes.remove(at);
                    (change.key, change.value)
                }
                Kind::Replaced => {
                    let change = &mut self.changes[at];
                    change.kind = Kind::Removed;
                    (change.key.clone(), std::mem::replace(&mut change.value, V::nothing()))
                }
            };
            self.len -= 1;
            return Some(gone);
        }
        let gone = below(self)?;
        let (key, value) = (gone.0.clone(), V::nothing());
        self.note(Change { key, value, hash, kind: Kind::Removed });
        self.len -= 1;
        Some(gone)
    }

    /// What is bound to `key`, for changing, under the conditions of [`Overlay::insert`].
    pub(super) fn get_mut(
        &mut self,
        key: &Value,
        hash: u32,
        below: impl FnOnce(&Self) -> Option<Entry<V>>,
    ) -> Option<&mut V> {
        self.changing();
        let at = match self.position(key, hash) {
            Some(at) if self.changes[at].kind == Kind::Removed => return None,
            Some(at) => at,
            None => {
                let (key, value) = below(self)?;
                self.note(Change { key, value, hash, kind: Kind::Replaced })
            }
        };
        Some(&mut self.changes[at].value)
    }

    /// Adds a change for a key that has none, and gives its place.
    fn note(&mut self, change: Change<V>) -> usize {
        let place = self.changes.binary_search_by(|c| total(&c.key, &change.key));
        let place = place.unwrap_or_else(|place| place);
        if self.changes.len() == self.changes.capacity() {
            let more = self.changes.len().clamp(1, ROOM - self.changes.len().min(ROOM - 1));
            self.changes.reserve_exact(more);
            self.recharge();
        }
        self.changes.insert(place, change);
        place
    }

    /// To be called before any change.
    #[inline]
    fn changing(&mut self) {
        if self.merged.get_mut().is_some() {
            self.merged = OnceLock::new();
        }
    }

    /// How many changes are to keys before `key` (or equal to it, with `or_equal`).
    pub(super) fn rank(&self, key: &Value, or_equal: bool) -> usize {
        self.changes.partition_point(|change| match total(&change.key, key) {
            Ordering::Less => true,
            Ordering::Equal => or_equal,
            Ordering::Greater => false,
        })
    }
}
