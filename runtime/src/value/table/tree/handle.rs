//! One pointer to a leaf or to a node above leaves.
//!
//! Invariant: a block whose header says [`Form::Row`] is a [`Leaf`], every other an [`Inner`].

use std::fmt;
use std::ptr::NonNull;

use super::super::Entry;
use super::node::Child;
use crate::value::heap::handle::{Handle, Kinds};
use crate::value::heap::{self, Form, Header};
use crate::value::row::{self, Head, Row};

/// Bindings in key order.
pub(super) type Leaf<V> = Row<(), Entry<V>>;

/// Children, which are all leaves or all not.
pub(super) type Inner<V> = Row<Above, Child<V>>;

/// The head of rows of children: nothing, but other than that of leaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Above;

impl Head for Above {
    const FORM: Form = Form::Tree;
}

/// A node of a tree: a counted pointer, immutable while shared.
#[repr(transparent)]
pub(super) struct Node<V>(Handle<(Leaf<V>, Inner<V>)>);

// SAFETY: see `free`.
unsafe impl<V> Kinds for (Leaf<V>, Inner<V>) {
    const FREE: heap::Free = free::<V>;
}

/// What a node is.
pub(super) enum View<'a, V> {
    Leaf(&'a Leaf<V>),
    Inner(&'a Inner<V>),
}

/// The same for changing.
pub(super) enum ViewMut<'a, V> {
    Leaf(&'a mut Leaf<V>),
    Inner(&'a mut Inner<V>),
}

impl<V> Node<V> {
    #[inline(always)]
    pub(super) fn view(&self) -> View<'_, V> {
        // SAFETY: the header tells which of both it is.
        unsafe {
            match self.0.form() {
                Form::Row => View::Leaf(self.0.of()),
                _ => View::Inner(self.0.of()),
            }
        }
    }

    #[inline(always)]
    pub(super) fn view_mut(&mut self) -> ViewMut<'_, V> {
        // SAFETY: as above; what is borrowed stays a pointer of its kind.
        unsafe {
            match self.0.form() {
                Form::Row => ViewMut::Leaf(self.0.of_mut()),
                _ => ViewMut::Inner(self.0.of_mut()),
            }
        }
    }

    /// Whether both are one node.
    #[inline]
    pub(super) fn ptr_eq(&self, other: &Node<V>) -> bool {
        self.0.ptr_eq(&other.0)
    }
}

impl<V> From<Leaf<V>> for Node<V> {
    #[inline]
    fn from(leaf: Leaf<V>) -> Node<V> {
        // SAFETY: one of the kinds; its count is the result's.
        Node(unsafe { Handle::from_raw(leaf.into_raw()) })
    }
}

impl<V> From<Inner<V>> for Node<V> {
    #[inline]
    fn from(inner: Inner<V>) -> Node<V> {
        // SAFETY: as above.
        Node(unsafe { Handle::from_raw(inner.into_raw()) })
    }
}

impl<V> Clone for Node<V> {
    #[inline]
    fn clone(&self) -> Node<V> {
        Node(self.0.clone())
    }
}

/// Frees a node.
///
/// # Safety
/// `header` is that of a node with this `V` which nobody else can reach.
unsafe fn free<V>(header: NonNull<Header>) {
    // SAFETY: as promised by the caller; the header tells the kind.
    unsafe {
        match header.as_ref().form {
            Form::Row => row::free::<(), Entry<V>>(header),
            _ => row::free::<Above, Child<V>>(header),
        }
    }
}

impl<V: fmt::Debug> fmt::Debug for Node<V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.view() {
            View::Leaf(leaf) => leaf.fmt(out),
            View::Inner(inner) => inner.fmt(out),
        }
    }
}
