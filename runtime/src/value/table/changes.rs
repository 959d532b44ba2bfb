//! The changes beside a base: the latest few in a row of their own, and the rows before it, which versions share.

use std::iter::once;

use super::{Binding, is_key};
use crate::value::Value;
use crate::value::row::{Head, Row};

/// A new version copies the last row if so many changes are in it at most, and begins another behind a longer one.
const FEW: usize = 1;

/// How a change relates to the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The base has no such key.
    Added,
    /// The base may bind the key to something else, or have another form of it.
    Replaced,
    /// This version has no such key. The value is [`Binding::nothing`].
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

    #[inline]
    fn is_to(&self, key: &Value, hash: u32) -> bool {
        self.hash == hash && is_key(&self.key, key)
    }
}

impl<V: Binding> Change<V> {
    /// Moves the change out, and leaves one that nobody will look at.
    fn take(&mut self) -> Change<V> {
        let value = std::mem::replace(&mut self.value, V::nothing());
        Change { key: self.key.take(), value, hash: self.hash, kind: self.kind }
    }
}

/// Changes to different keys. Clone is O(1).
#[derive(Clone, Debug)]
pub(super) struct Changes<V>(Option<Row<Changes<V>, Change<V>>>);

impl<V> Head for Changes<V> {}

impl<V: Binding> Changes<V> {
    pub(super) const fn none() -> Changes<V> {
        Changes(None)
    }

    fn rows(&self) -> impl Iterator<Item = &Row<Changes<V>, Change<V>>> {
        std::iter::successors(self.0.as_ref(), |row| row.head().0.as_ref())
    }

    /// All changes.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Change<V>> {
        self.rows().flat_map(Row::items)
    }

    /// The change to a key.
    #[inline]
    pub(super) fn find(&self, key: &Value, hash: u32) -> Option<&Change<V>> {
        self.rows().find_map(|row| row.items().iter().find(|change| change.is_to(key, hash)))
    }

    /// The change to a key, for changing: what others hold is copied first.
    pub(super) fn find_mut(&mut self, key: &Value, hash: u32) -> Option<&mut Change<V>> {
        let mut shared = false;
        self.rows().find(|row| {
            shared |= row.is_shared();
            row.items().iter().any(|change| change.is_to(key, hash))
        })?;
        if shared {
            let all: Vec<_> = self.iter().cloned().collect();
            self.0 = Some(Row::new(Changes::none(), all.into_iter(), 0));
        }
        let mut rows = self;
        loop {
            let row = rows.0.as_mut()?.own()?;
            match row.row().items().iter().position(|change| change.is_to(key, hash)) {
                Some(at) => return row.into_items().get_mut(at),
                None => rows = row.into_head(),
            }
        }
    }

    /// Adds a change to a key that has none, and gives the place where it is.
    pub(super) fn push(&mut self, change: Change<V>) -> Option<&mut Change<V>> {
        match &mut self.0 {
            Some(row) if !row.is_shared() || row.items().len() <= FEW => {
                if row.is_shared() {
                    *row = Row::new(row.head().clone(), row.items().iter().cloned(), 1);
                }
                let at = row.items().len();
                row.own()?.insert(at, change);
            }
            _ => {
                let before = std::mem::replace(self, Changes::none());
                self.0 = Some(Row::new(before, once(change), 0));
            }
        }
        self.0.as_mut()?.own()?.into_items().last_mut()
    }

    /// Takes the changes out: moved where nobody else holds them, otherwise cloned.
    pub(super) fn take_apart(mut self, mut each: impl FnMut(Change<V>)) {
        while let Some(mut row) = self.0.take() {
            self = match row.own() {
                Some(mut own) => {
                    own.items_mut().iter_mut().for_each(|change| each(change.take()));
                    std::mem::replace(own.head_mut(), Changes::none())
                }
                None => {
                    row.items().iter().for_each(|change| each(change.clone()));
                    row.head().clone()
                }
            };
        }
    }
}
