//! Walking a table in key order, from both ends.

use std::cmp::Ordering;

use super::Entry;
use super::changes::Change;
use super::hashed::is_hole;
use super::tree::TreeIter;
use crate::value::Value;
use crate::value::order::total;

type Binding<'a, V> = (&'a Value, &'a V);

/// The bindings of a table.
pub(crate) enum TableIter<'a, V> {
    Small(std::slice::Iter<'a, Value>, std::slice::Iter<'a, V>),
    Flat(std::slice::Iter<'a, Entry<V>>),
    /// Among holes, which have no key; and how many are left.
    Sparse(std::slice::Iter<'a, Entry<V>>, usize),
    Ordered(&'a [Entry<V>], std::slice::Iter<'a, u32>),
    Tree(Box<TreeIter<'a, V>>),
    Merged(Box<Merged<'a, V>>),
}

/// The bindings of a base and of changes to it, merged.
pub(crate) struct Merged<'a, V> {
    base: TableIter<'a, V>,
    changes: std::vec::IntoIter<&'a Change<V>>,
    /// What was taken from either end of the base but not yet given.
    front: Option<Binding<'a, V>>,
    back: Option<Binding<'a, V>>,
    /// How many bindings are left; of a part, at most.
    left: usize,
    whole: bool,
}

impl<'a, V> Merged<'a, V> {
    /// All bindings, which are so many.
    pub(super) fn new(base: TableIter<'a, V>, changes: Vec<&'a Change<V>>, left: usize) -> Self {
        Merged { base, changes: changes.into_iter(), front: None, back: None, left, whole: true }
    }

    /// Some of them.
    pub(super) fn part(base: TableIter<'a, V>, changes: Vec<&'a Change<V>>) -> Self {
        let left = base.size_hint().1.unwrap_or(0) + changes.len();
        Merged { whole: false, ..Merged::new(base, changes, left) }
    }

    fn next(&mut self) -> Option<Binding<'a, V>> {
        loop {
            if self.front.is_none() {
                self.front = self.base.next().or_else(|| self.back.take());
            }
            let Some(change) = self.changes.as_slice().first() else { return self.front.take() };
            match self.front.map_or(Ordering::Greater, |(key, _)| total(key, &change.key)) {
                Ordering::Less => return self.front.take(),
                Ordering::Equal => self.front = None,
                Ordering::Greater => {}
            }
            if let Some(entry) = self.changes.next().and_then(Change::entry) {
                return Some(entry);
            }
        }
    }

    fn next_back(&mut self) -> Option<Binding<'a, V>> {
        loop {
            if self.back.is_none() {
                self.back = self.base.next_back().or_else(|| self.front.take());
            }
            let Some(change) = self.changes.as_slice().last() else { return self.back.take() };
            match self.back.map_or(Ordering::Less, |(key, _)| total(key, &change.key)) {
                Ordering::Greater => return self.back.take(),
                Ordering::Equal => self.back = None,
                Ordering::Less => {}
            }
            if let Some(entry) = self.changes.next_back().and_then(Change::entry) {
                return Some(entry);
            }
        }
    }
}

impl<V> Clone for TableIter<'_, V> {
    fn clone(&self) -> Self {
        match self {
            TableIter::Small(keys, values) => TableIter::Small(keys.clone(), values.clone()),
            TableIter::Flat(entries) => TableIter::Flat(entries.clone()),
            TableIter::Sparse(entries, left) => TableIter::Sparse(entries.clone(), *left),
            TableIter::Ordered(entries, order) => TableIter::Ordered(entries, order.clone()),
            TableIter::Tree(entries) => TableIter::Tree(entries.clone()),
            TableIter::Merged(merged) => TableIter::Merged(Box::new(Merged {
                base: merged.base.clone(),
                changes: merged.changes.clone(),
                front: merged.front,
                back: merged.back,
                left: merged.left,
                whole: merged.whole,
            })),
        }
    }
}

impl<'a, V> Iterator for TableIter<'a, V> {
    type Item = Binding<'a, V>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            TableIter::Small(keys, values) => keys.next().zip(values.next()),
            TableIter::Flat(entries) => entries.next().map(|(k, v)| (k, v)),
            TableIter::Sparse(entries, left) => {
                *left = left.saturating_sub(1);
                entries.find(|entry| !is_hole(entry)).map(|(k, v)| (k, v))
            }
            TableIter::Ordered(entries, order) => {
                entries.get(*order.next()? as usize).map(|(k, v)| (k, v))
            }
            TableIter::Tree(entries) => entries.next(),
            TableIter::Merged(merged) => {
                let next = merged.next();
                merged.left = merged.left.saturating_sub(1);
                next
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            TableIter::Small(keys, _) => keys.size_hint(),
            TableIter::Flat(entries) => entries.size_hint(),
            TableIter::Sparse(_, left) => (*left, Some(*left)),
            TableIter::Ordered(_, order) => order.size_hint(),
            TableIter::Tree(entries) => entries.size_hint(),
            TableIter::Merged(merged) => {
                (if merged.whole { merged.left } else { 0 }, Some(merged.left))
            }
        }
    }
}

impl<V> DoubleEndedIterator for TableIter<'_, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            TableIter::Small(keys, values) => keys.next_back().zip(values.next_back()),
            TableIter::Flat(entries) => entries.next_back().map(|(k, v)| (k, v)),
            TableIter::Sparse(entries, left) => {
                *left = left.saturating_sub(1);
                entries.rfind(|entry| !is_hole(entry)).map(|(k, v)| (k, v))
            }
            TableIter::Ordered(entries, order) => {
                entries.get(*order.next_back()? as usize).map(|(k, v)| (k, v))
            }
            TableIter::Tree(entries) => entries.next_back(),
            TableIter::Merged(merged) => {
                let next = merged.next_back();
                merged.left = merged.left.saturating_sub(1);
                next
            }
        }
    }
}
