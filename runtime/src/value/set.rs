//! Sets: distinct values in key order.

use std::ops::{Bound, Range};

use super::Value;
use super::order::{Unorderable, better_form, check_orderable};
use super::table::{self, Table, TableIter};

/// A persistent set. Clone is O(1); an update happens in place while nobody else holds this version.
///
/// It iterates in key order, whatever the order of insertion. Values with a function or sequence anywhere inside are refused.
#[repr(transparent)]
#[derive(Clone)]
pub struct Set(pub(super) Table<()>);

impl Set {
    /// The empty set.
    pub fn new() -> Set {
        Set(Table::new())
    }

    /// An empty set with room for `capacity` elements.
    pub fn with_capacity(capacity: usize) -> Set {
        Set(Table::with_capacity(capacity))
    }

    /// A set of these elements. Sorts once: much cheaper than inserting one by one.
    pub fn from_elements(elements: impl IntoIterator<Item = Value>) -> Result<Set, Unorderable> {
        let entries: Vec<_> = elements.into_iter().map(|element| (element, ())).collect();
        entries.iter().try_for_each(|(element, ())| check_orderable(element))?;
        Ok(Set(Table::from_entries(entries)))
    }

    /// How many elements there are. O(1).
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no elements.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether `element` is in the set.
    #[inline]
    pub fn contains(&self, element: &Value) -> bool {
        self.0.find(element).is_some()
    }

    /// Whether an Int or a short string is in the set, where a glance at the elements tells it; `None` where [`Set::contains`] must.
    #[inline(always)]
    pub(crate) fn holds(&self, element: &Value) -> Option<bool> {
        self.0.glance(element).map(|found| found.is_some())
    }

    /// The element equal to this one, as it is kept.
    pub fn get(&self, element: &Value) -> Option<&Value> {
        self.0.find(element).map(|(kept, ())| kept)
    }

    /// Adds an element; whether it is new. One that is there already, in a shared version, gives the same version.
    #[inline]
    pub fn insert(&mut self, element: Value) -> Result<bool, Unorderable> {
        Ok(table::insert(&mut self.0, element, ())?.is_none())
    }

    /// Takes an element away; whether it was there.
    pub fn remove(&mut self, element: &Value) -> bool {
        table::remove(&mut self.0, element).is_some()
    }

    /// The element at `index` in order. O(1), except O(index) in big sets that were updated while shared.
    pub fn element_at(&self, index: usize) -> Option<&Value> {
        self.0.entry_at(index).map(|(element, ())| element)
    }

    /// Where the elements are, if they lie in order.
    pub(crate) fn places(&self) -> Option<Range<*const Value>> {
        self.0.places()
    }

    /// Has the elements lie in order, where nobody else holds the set and the order was asked for before.
    pub(crate) fn put_in_order(&mut self) {
        self.0.put_in_order();
    }

    /// The least element.
    pub fn first(&self) -> Option<&Value> {
        self.element_at(0)
    }

    /// The greatest element.
    pub fn last(&self) -> Option<&Value> {
        self.element_at(self.len().checked_sub(1)?)
    }

    /// The greatest element up to `bound`.
    pub fn floor(&self, bound: &Value) -> Option<&Value> {
        self.range(Bound::Unbounded, Bound::Included(bound)).next_back()
    }

    /// The least element from `bound` on.
    pub fn ceiling(&self, bound: &Value) -> Option<&Value> {
        self.range(Bound::Included(bound), Bound::Unbounded).next()
    }

    /// The elements between the bounds, in order. O(log n) to begin.
    pub fn range(&self, low: Bound<&Value>, high: Bound<&Value>) -> SetIter<'_> {
        SetIter(self.0.range(low, high))
    }

    /// The elements in order.
    #[inline]
    pub fn iter(&self) -> SetIter<'_> {
        SetIter(self.0.iter())
    }

    /// The elements in an order that may differ from run to run, for work whose result does not depend on it.
    pub(super) fn iter_unordered(&self) -> SetIter<'_> {
        SetIter(self.0.iter_unordered())
    }

    /// Hands out all elements in order: moved while unshared, otherwise cloned.
    pub fn drain_into(self, mut each: impl FnMut(Value)) {
        table::drain_into(self.0, |element, ()| each(element));
    }

    /// Adds all elements of `other`. O(smaller set) updates.
    pub fn union(&mut self, mut other: Set) {
        if self.ptr_eq(&other) || other.is_empty() {
            return;
        }
        if other.len() > self.len() {
            std::mem::swap(self, &mut other);
        }
        table::unshare_for_many(&mut self.0, other.len());
        table::drain_unordered(other.0, |element, ()| {
            // The element was accepted by `other`.
            let _ = self.insert(element);
        });
    }

    /// Takes all elements of `other` away.
    pub fn difference(&mut self, other: &Set) {
        if other.len() >= self.len() / 8 {
            self.keep(|element| !other.contains(element));
        } else {
            for element in other.iter_unordered() {
                self.remove(element);
            }
        }
    }

    /// Keeps the elements for which `keep` holds, asked in any order. The same version when all stay.
    fn keep(&mut self, keep: impl Fn(&Value) -> bool) {
        let kept = self.iter_unordered().filter(|element| keep(element));
        let kept: Vec<_> = kept.map(|element| (element.clone(), ())).collect();
        if kept.len() != self.len() {
            *self = Set(Table::from_distinct(kept, self.0.is_cheap_in_order()));
        }
    }

    /// Keeps only the elements that `other` has too. Of two equal forms the better is kept.
    pub fn intersection(&mut self, other: &Set) {
        let (few, many) = if self.len() <= other.len() { (&*self, other) } else { (other, &*self) };
        let common = few.iter_unordered().filter_map(|element| {
            let kept = many.get(element)?;
            Some((if better_form(kept, element) { kept } else { element }.clone(), ()))
        });
        let common: Vec<_> = common.collect();
        let same = |(kept, ()): &(Value, ())| self.get(kept).is_some_and(|e| e.identical(kept));
        if common.len() != self.len() || !common.iter().all(same) {
            *self = Set(Table::from_distinct(common, few.0.is_cheap_in_order()));
        }
    }

    /// Keeps the elements that are in exactly one of both.
    pub fn symmetric_difference(&mut self, other: &Set) {
        if self.ptr_eq(other) {
            *self = Set::new();
            return;
        }
        for element in other.iter() {
            if !self.remove(element) {
                // The element was accepted by `other`.
                let _ = self.insert(element.clone());
            }
        }
    }

    /// Whether `other` has every element of this set.
    pub fn is_subset(&self, other: &Set) -> bool {
        self.ptr_eq(other)
            || (self.len() <= other.len()
                && self.iter_unordered().all(|element| other.contains(element)))
    }

    /// Whether the sets have no element in common.
    pub fn is_disjoint(&self, other: &Set) -> bool {
        let (few, many) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        !few.iter_unordered().any(|element| many.contains(element))
    }

    /// Keeps only the elements for which `keep` holds, asked in order. The same version when all stay.
    pub fn retain(&mut self, mut keep: impl FnMut(&Value) -> bool) {
        let kept: Vec<_> = self
            .iter()
            .filter(|element| keep(element))
            .map(|element| (element.clone(), ()))
            .collect();
        if kept.len() != self.len() {
            *self = Set(Table::from_sorted(kept));
        }
    }

    /// Whether an update would have to copy.
    #[inline]
    pub fn is_shared(&self) -> bool {
        self.0.is_shared()
    }

    /// Whether both are one version. O(1).
    #[inline]
    pub fn ptr_eq(&self, other: &Set) -> bool {
        self.0.ptr_eq(&other.0)
    }

    /// Whether elements are reached by index in O(1).
    pub(super) fn is_flat(&self) -> bool {
        self.0.is_flat()
    }
}

impl std::fmt::Debug for Set {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", Value::set(self.clone()))
    }
}

impl Default for Set {
    fn default() -> Set {
        Set::new()
    }
}

impl PartialEq for Set {
    fn eq(&self, other: &Set) -> bool {
        Value::set(self.clone()) == Value::set(other.clone())
    }
}

impl<'a> IntoIterator for &'a Set {
    type Item = &'a Value;
    type IntoIter = SetIter<'a>;

    fn into_iter(self) -> SetIter<'a> {
        self.iter()
    }
}

/// The elements of a set in order.
#[derive(Clone)]
pub struct SetIter<'a>(TableIter<'a, ()>);

impl<'a> Iterator for SetIter<'a> {
    type Item = &'a Value;

    #[inline]
    fn next(&mut self) -> Option<&'a Value> {
        self.0.next().map(|(element, ())| element)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for SetIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(element, ())| element)
    }
}

impl ExactSizeIterator for SetIter<'_> {}
