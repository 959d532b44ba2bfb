//! A counted pointer to one of several kinds of blocks, which their headers tell apart.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use super::{Form, Free, Header, release, retain};

/// The pointers to the kinds of blocks that there are, together.
///
/// # Safety
/// [`Kinds::FREE`] frees a block of any of them, whichever its header says it is.
pub(in crate::value) unsafe trait Kinds {
    /// Frees a block.
    const FREE: Free;
}

/// One of these pointers: immutable while shared.
#[repr(transparent)]
pub(in crate::value) struct Handle<K: Kinds> {
    header: NonNull<Header>,
    owns: PhantomData<K>,
}

// SAFETY: it is one of some pointers that may be shared and sent.
unsafe impl<K: Kinds + Send + Sync> Send for Handle<K> {}
// SAFETY: as above.
unsafe impl<K: Kinds + Send + Sync> Sync for Handle<K> {}

impl<K: Kinds> Handle<K> {
    /// # Safety
    /// The header is that of a block of these kinds, of which a count is given to the result.
    #[inline(always)]
    pub(in crate::value) unsafe fn from_raw(header: NonNull<Header>) -> Handle<K> {
        Handle { header, owns: PhantomData }
    }

    /// Gives the count away as a raw header; [`Kinds::FREE`] belongs to it.
    #[inline(always)]
    pub(in crate::value) fn into_raw(self) -> NonNull<Header> {
        ManuallyDrop::new(self).header
    }

    #[inline(always)]
    fn header(&self) -> &Header {
        // SAFETY: our count keeps the block alive.
        unsafe { self.header.as_ref() }
    }

    /// Which of the kinds it is.
    #[inline(always)]
    pub(in crate::value) fn form(&self) -> Form {
        self.header().form
    }

    /// Whether somebody else holds the block too.
    #[inline(always)]
    pub(in crate::value) fn is_shared(&self) -> bool {
        self.header().is_shared()
    }

    /// Whether both are one block.
    #[inline]
    pub(in crate::value) fn ptr_eq(&self, other: &Handle<K>) -> bool {
        self.header == other.header
    }

    /// The pointer to the kind of block that it is.
    ///
    /// # Safety
    /// `P` is that, a transparent pointer to a header.
    #[inline(always)]
    pub(in crate::value) unsafe fn of<P>(&self) -> &P {
        const { assert!(size_of::<P>() == size_of::<NonNull<Header>>()) }
        // SAFETY: as promised by the caller.
        unsafe { &*(&raw const *self).cast::<P>() }
    }

    /// As [`Handle::of`], for changing.
    ///
    /// # Safety
    /// As there; whatever is stored through the reference is again a pointer to one of the kinds.
    #[inline(always)]
    pub(in crate::value) unsafe fn of_mut<P>(&mut self) -> &mut P {
        const { assert!(size_of::<P>() == size_of::<NonNull<Header>>()) }
        // SAFETY: as promised by the caller.
        unsafe { &mut *(&raw mut *self).cast::<P>() }
    }
}

impl<K: Kinds> Clone for Handle<K> {
    #[inline]
    fn clone(&self) -> Handle<K> {
        // SAFETY: our count keeps the block alive; the new count is the result's.
        unsafe {
            retain(self.header);
            Handle::from_raw(self.header)
        }
    }
}

impl<K: Kinds> Drop for Handle<K> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: `self` owns one count of a block of its kinds and is going away.
        unsafe { release(self.header, K::FREE) }
    }
}
