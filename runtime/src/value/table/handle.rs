//! One pointer to a table, whichever of the two kinds of blocks it is: the fewer its bindings, the more the second block would cost.
//!
//! Invariants: a block whose header says [`Form::Row`] is a [`Small`], every other a [`Big`]; a small table has at least as many keys as
//! items.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use super::keys::Keys;
use super::small::Small;
use super::{Big, Binding};
use crate::value::Value;
use crate::value::heap::{self, Form, Header, Ref};
use crate::value::row::{self, Own};

/// A table: a counted pointer, immutable while shared.
#[repr(transparent)]
pub(crate) struct Table<V> {
    header: NonNull<Header>,
    owns: PhantomData<(Small<V>, Ref<Big<V>>)>,
}

// SAFETY: it is one of two pointers that may be shared and sent when `V` may.
unsafe impl<V: Send + Sync> Send for Table<V> {}
// SAFETY: as above.
unsafe impl<V: Send + Sync> Sync for Table<V> {}

/// What a table is.
pub(super) enum View<'a, V> {
    Small(&'a Small<V>),
    Big(&'a Ref<Big<V>>),
}

/// What a table is that nobody else holds, for changing.
pub(super) enum Mine<'a, V> {
    Small(Own<'a, Keys, V>),
    Big(&'a mut Big<V>),
}

impl<V> Table<V> {
    #[inline(always)]
    fn header(&self) -> &Header {
        // SAFETY: our count keeps the block alive.
        unsafe { self.header.as_ref() }
    }

    #[inline(always)]
    pub(super) fn view(&self) -> View<'_, V> {
        // SAFETY: both are transparent pointers to a header, of the kind that the header tells.
        unsafe {
            match self.header().form {
                Form::Row => View::Small(&*(&raw const *self).cast::<Small<V>>()),
                Form::Body => View::Big(&*(&raw const *self).cast::<Ref<Big<V>>>()),
            }
        }
    }

    /// The small table that this is.
    #[inline(always)]
    pub(super) fn as_small(&self) -> Option<&Small<V>> {
        match self.view() {
            View::Small(small) => Some(small),
            View::Big(_) => None,
        }
    }

    /// The table for changing, if nobody else holds it.
    #[inline(always)]
    pub(super) fn own(&mut self) -> Option<Mine<'_, V>> {
        // SAFETY: as in `view`; whatever is stored through the reference is again a pointer of this kind.
        unsafe {
            match self.header().form {
                Form::Row => {
                    let small = &mut *(&raw mut *self).cast::<Small<V>>();
                    small.own().map(Mine::Small)
                }
                Form::Body => {
                    let big = &mut *(&raw mut *self).cast::<Ref<Big<V>>>();
                    big.get_mut().map(Mine::Big)
                }
            }
        }
    }

    /// What is bound to `key`, if the table is small and has the key at place `hint`.
    #[inline(always)]
    pub(in crate::value) fn at_hint(&self, key: &Value, hint: u32) -> Option<&V> {
        let small = self.as_small()?;
        let item = small.items().get(hint as usize)?;
        // SAFETY: a small table has as many keys as items.
        unsafe { has_key(small, key, hint) }.then_some(item)
    }

    /// The same for changing, if nobody else holds the table.
    #[inline(always)]
    pub(in crate::value) fn own_mut_at(&mut self, key: &Value, hint: u32) -> Option<&mut V> {
        let Some(Mine::Small(own)) = self.own() else { return None };
        let small = own.row();
        // SAFETY: as above.
        if (hint as usize) < small.items().len() && unsafe { has_key(small, key, hint) } {
            heap::count_update();
            own.into_items().get_mut(hint as usize)
        } else {
            None
        }
    }

    /// Whether somebody else holds this version too.
    #[inline]
    pub(crate) fn is_shared(&self) -> bool {
        self.header().is_shared()
    }

    /// Whether both are one version.
    #[inline]
    pub(crate) fn ptr_eq(&self, other: &Table<V>) -> bool {
        self.header == other.header
    }

    /// Gives the count away as a raw header; [`free`] belongs to it.
    #[inline]
    pub(crate) fn into_raw(self) -> NonNull<Header> {
        ManuallyDrop::new(self).header
    }
}

/// Whether the key at a place is this very one.
///
/// # Safety
/// There is such a place.
#[inline(always)]
unsafe fn has_key<V>(small: &Small<V>, key: &Value, place: u32) -> bool {
    // SAFETY: as promised by the caller.
    unsafe { small.head().get_unchecked(place as usize) }.same_bits(key)
}

impl<V> From<Small<V>> for Table<V> {
    #[inline]
    fn from(small: Small<V>) -> Table<V> {
        Table { header: small.into_raw(), owns: PhantomData }
    }
}

impl<V> From<Ref<Big<V>>> for Table<V> {
    #[inline]
    fn from(big: Ref<Big<V>>) -> Table<V> {
        Table { header: big.into_raw(), owns: PhantomData }
    }
}

impl<V> From<Big<V>> for Table<V> {
    fn from(big: Big<V>) -> Table<V> {
        Table::from(Ref::new(big))
    }
}

impl<V> Clone for Table<V> {
    #[inline]
    fn clone(&self) -> Table<V> {
        // SAFETY: our count keeps the block alive; the new count is the result's.
        unsafe { heap::retain(self.header) };
        Table { header: self.header, owns: PhantomData }
    }
}

impl<V> Drop for Table<V> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: `self` owns one count of a table's block and is going away.
        unsafe { heap::release(self.header, free::<V>) }
    }
}

/// Frees a table.
///
/// # Safety
/// `header` is that of a table with this `V` which nobody else can reach.
pub(crate) unsafe fn free<V>(header: NonNull<Header>) {
    // SAFETY: as promised by the caller; the header tells the kind.
    unsafe {
        match header.as_ref().form {
            Form::Row => row::free::<Keys, V>(header),
            Form::Body => heap::free::<Big<V>>(header),
        }
    }
}

impl<V: Binding + fmt::Debug> fmt::Debug for Table<V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.view() {
            View::Small(small) => small.fmt(out),
            View::Big(big) => big.fmt(out),
        }
    }
}
