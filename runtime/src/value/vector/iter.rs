//! Walking a vector, from both ends.

use super::overlay::{Overlay, Placed};
use crate::value::Value;
use crate::value::heap::Counted;

/// The items of a vector in order.
#[derive(Clone)]
pub struct VectorIter<'a>(pub(super) Items<'a>);

#[derive(Clone)]
pub(super) enum Items<'a> {
    Flat(std::slice::Iter<'a, Value>),
    Tree(Box<im::vector::Iter<'a, Value, Counted>>),
    Merged(Box<Merged<'a>>),
}

/// The items of a base, those stored over them, and the tail.
#[derive(Clone)]
pub(super) struct Merged<'a> {
    base: VectorIter<'a>,
    /// Where the front of the base is.
    front: usize,
    stored: &'a [Placed],
    tail: std::slice::Iter<'a, Value>,
}

impl<'a> Merged<'a> {
    pub(super) fn new(overlay: &'a Overlay) -> Merged<'a> {
        let (base, tail) = (overlay.base.iter(), overlay.tail().iter());
        Merged { base, front: 0, stored: overlay.stored(), tail }
    }

    fn len(&self) -> usize {
        self.base.len() + self.tail.len()
    }

    fn next(&mut self) -> Option<&'a Value> {
        let Some(item) = self.base.next() else { return self.tail.next() };
        self.front += 1;
        match self.stored.split_first() {
            Some(((at, stored), rest)) if at + 1 == self.front => {
                self.stored = rest;
                Some(stored)
            }
            _ => Some(item),
        }
    }

    fn next_back(&mut self) -> Option<&'a Value> {
        if let Some(item) = self.tail.next_back() {
            return Some(item);
        }
        let item = self.base.next_back()?;
        let place = self.front + self.base.len();
        match self.stored.split_last() {
            Some(((at, stored), rest)) if *at == place => {
                self.stored = rest;
                Some(stored)
            }
            _ => Some(item),
        }
    }
}

impl<'a> Iterator for VectorIter<'a> {
    type Item = &'a Value;

    #[inline]
    fn next(&mut self) -> Option<&'a Value> {
        match &mut self.0 {
            Items::Flat(items) => items.next(),
            Items::Tree(items) => items.next(),
            Items::Merged(items) => items.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Items::Flat(items) => items.size_hint(),
            Items::Tree(items) => items.size_hint(),
            Items::Merged(items) => (items.len(), Some(items.len())),
        }
    }
}

impl DoubleEndedIterator for VectorIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Items::Flat(items) => items.next_back(),
            Items::Tree(items) => items.next_back(),
            Items::Merged(items) => items.next_back(),
        }
    }
}

impl ExactSizeIterator for VectorIter<'_> {}
