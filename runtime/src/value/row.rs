//! Counted blocks with a row of items behind a head, in one piece of memory.
//!
//! Invariants: the first `len` of the `room` items are initialised; they, the head and both numbers change only while there is one
//! holder. As with every block, dropping goes through [`super::heap`] and never recurses deeply. Where the header says `plain`, every item
//! is [`Plain`].

use std::alloc::Layout;
use std::fmt;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, offset_of};
use std::ptr::NonNull;

use super::heap::pool::{give_back, memory};
use super::heap::{self, Form, Header};

/// The most items of a row.
pub(crate) const MOST: usize = u8::MAX as usize;

#[repr(C)]
struct Block<H, T> {
    header: Header,
    head: H,
    items: [T; 0],
}

impl<H, T> Block<H, T> {
    /// That of a block with room for so many items: no more than [`MOST`], so the size does not overflow.
    fn layout(room: usize) -> Layout {
        debug_assert!(room <= MOST);
        let size = (offset_of!(Self, items) + room * size_of::<T>()).max(size_of::<Self>());
        // SAFETY: the alignment is that of a type, and the size is within some kilobytes.
        unsafe { Layout::from_size_align_unchecked(size, align_of::<Self>()) }
    }
}

/// A counted pointer to a head and up to [`MOST`] items, immutable while shared.
#[repr(transparent)]
pub(crate) struct Row<H, T> {
    block: NonNull<Block<H, T>>,
    owns: PhantomData<Block<H, T>>,
}

// SAFETY: the count is atomic; `&H` and `&T` are handed out to every holder, `&mut` to a single one.
unsafe impl<H: Send + Sync, T: Send + Sync> Send for Row<H, T> {}
// SAFETY: as above.
unsafe impl<H: Send + Sync, T: Send + Sync> Sync for Row<H, T> {}

/// What a row may have before its items.
pub(crate) trait Head {
    /// What the header says of such a row, where one pointer may lead to several kinds of blocks.
    const FORM: Form = Form::Row;
}

impl Head for () {}

impl<H: Head, T> Row<H, T> {
    /// A row with these items and room for `more`. Panics beyond [`MOST`].
    #[inline]
    pub(crate) fn new(head: H, items: impl ExactSizeIterator<Item = T>, more: usize) -> Row<H, T> {
        let room = items.len() + more;
        Row::of_first(head, items, room)
    }

    /// A row with room for so many items, and as many of these as there is room for. Panics beyond [`MOST`].
    #[inline]
    pub(crate) fn of_first(head: H, items: impl Iterator<Item = T>, room: usize) -> Row<H, T> {
        assert!(room <= MOST, "too long for a row");
        let layout = Block::<H, T>::layout(room);
        let block = memory(layout).cast::<Block<H, T>>();
        heap::count_block(layout.size() as i64);
        // SAFETY: the memory is that of a block, and nobody else's yet.
        unsafe {
            (&raw mut (*block.as_ptr()).header).write(Header::new(H::FORM, 0, room as u8));
            (&raw mut (*block.as_ptr()).head).write(head);
        }
        let row = Row { block, owns: PhantomData };
        let mut filling = Filling { row: &row, len: 0 };
        items.take(room).for_each(|item| {
            // SAFETY: there is room, and nobody else has the row yet.
            unsafe { row.start().add(filling.len).write(item) };
            filling.len += 1;
        });
        drop(filling);
        row
    }

    /// A row with just these items. Panics beyond [`MOST`].
    #[inline]
    pub(crate) fn of_array<const N: usize>(head: H, items: [T; N]) -> Row<H, T> {
        let row = Row::<H, T>::of_first(head, std::iter::empty(), N);
        // SAFETY: there is room for so many items, and nobody else has the row yet.
        unsafe {
            row.start().cast::<[T; N]>().write(items);
            (*row.block.as_ptr()).header.len = N as u8;
        }
        row
    }
}

impl<H, T> Row<H, T> {
    #[inline(always)]
    fn start(&self) -> *mut T {
        // SAFETY: within the block, which our count keeps alive; the pointer may reach all that was allocated.
        unsafe { (&raw mut (*self.block.as_ptr()).items).cast() }
    }

    #[inline(always)]
    fn header(&self) -> &Header {
        // SAFETY: our count keeps the block alive.
        unsafe { &self.block.as_ref().header }
    }

    #[inline(always)]
    pub(crate) fn head(&self) -> &H {
        // SAFETY: our count keeps the block alive, and nobody changes what is also held here.
        unsafe { &self.block.as_ref().head }
    }

    #[inline(always)]
    pub(crate) fn items(&self) -> &[T] {
        // SAFETY: as above; so many items are initialised.
        unsafe { std::slice::from_raw_parts(self.start(), self.header().len as usize) }
    }

    /// The row for changing, if nobody else holds it.
    #[inline(always)]
    pub(crate) fn own(&mut self) -> Option<Own<'_, H, T>> {
        if self.header().is_shared() {
            return None;
        }
        // SAFETY: there is one holder, borrowed exclusively.
        unsafe { self.block.as_mut().header.plain = false };
        Some(Own(self))
    }

    /// Whether somebody else holds the row too.
    #[inline]
    pub(crate) fn is_shared(&self) -> bool {
        self.header().is_shared()
    }

    /// How many items there is room for.
    #[inline]
    pub(crate) fn room(&self) -> usize {
        self.header().room as usize
    }

    /// Whether the block is kept for ever: its count does not matter any more.
    #[inline]
    fn is_pinned(&self) -> bool {
        self.header().is_pinned()
    }

    /// Gives the count away as a raw header; [`free`] belongs to it.
    #[inline]
    pub(crate) fn into_raw(self) -> NonNull<Header> {
        ManuallyDrop::new(self).block.cast()
    }

    /// Has the block stay for ever, so that holding it takes no counting. It counts as nobody's memory.
    pub(crate) fn pin(&self) {
        if !self.is_pinned() {
            self.header().pin();
            heap::uncount(Block::<H, T>::layout(self.header().room as usize).size() as i64);
        }
    }
}

/// A new row on its way: what is in it counts also should the iterator that gives it panic.
struct Filling<'a, H, T> {
    row: &'a Row<H, T>,
    len: usize,
}

impl<H, T> Drop for Filling<'_, H, T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: nobody else has the row yet; so many items are initialised.
        unsafe { (*self.row.block.as_ptr()).header.len = self.len as u8 };
    }
}

impl<H, T> Clone for Row<H, T> {
    #[inline]
    fn clone(&self) -> Row<H, T> {
        if !self.is_pinned() {
            // SAFETY: our count keeps the block alive; the new count is the result's.
            unsafe { heap::retain(self.block.cast()) };
        }
        Row { block: self.block, owns: PhantomData }
    }
}

impl<H, T> Drop for Row<H, T> {
    #[inline]
    fn drop(&mut self) {
        if !self.is_pinned() {
            // SAFETY: `self` owns one count of a block of this type and is going away.
            unsafe { heap::release(self.block.cast(), free::<H, T>) }
        }
    }
}

impl<H: fmt::Debug, T: fmt::Debug> fmt::Debug for Row<H, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Row").field(self.head()).field(&self.items()).finish()
    }
}

/// A row that has one holder, and that is borrowed for changing.
pub(crate) struct Own<'a, H, T>(&'a mut Row<H, T>);

impl<'a, H, T> Own<'a, H, T> {
    #[inline]
    pub(crate) fn head_mut(&mut self) -> &mut H {
        // SAFETY: there is one holder, borrowed exclusively.
        unsafe { &mut self.0.block.as_mut().head }
    }

    /// The head, for as long as the row is borrowed.
    #[inline]
    pub(crate) fn into_head(self) -> &'a mut H {
        // SAFETY: as above.
        unsafe { &mut self.0.block.as_mut().head }
    }

    #[inline(always)]
    pub(crate) fn items_mut(&mut self) -> &mut [T] {
        // SAFETY: as above; so many items are initialised.
        unsafe { std::slice::from_raw_parts_mut(self.0.start(), self.0.header().len as usize) }
    }

    /// All items, for as long as the row is borrowed.
    #[inline(always)]
    pub(crate) fn into_items(self) -> &'a mut [T] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.0.start(), self.0.header().len as usize) }
    }

    /// The row itself, for reading.
    #[inline]
    pub(crate) fn row(&self) -> &Row<H, T> {
        self.0
    }

    #[inline]
    fn set_len(&mut self, len: usize) {
        // SAFETY: there is one holder, borrowed exclusively.
        unsafe { self.0.block.as_mut().header.len = len as u8 };
    }

    /// Puts an item behind the last one if there is room for it. Whether there was.
    #[inline(always)]
    pub(crate) fn push_with(&mut self, item: impl FnOnce() -> T) -> bool {
        if self.is_full() {
            return false;
        }
        let len = self.0.header().len as usize;
        // SAFETY: there is room for one more.
        unsafe { self.0.start().add(len).write(item()) };
        self.set_len(len + 1);
        true
    }

    /// Puts copies of items behind the last one, as many as there is room for.
    #[inline]
    pub(crate) fn extend_from_slice(&mut self, items: &[T])
    where
        T: Clone,
    {
        let (len, room) = (self.0.header().len as usize, self.0.header().room as usize);
        let count = items.len().min(room - len);
        for (at, item) in items.iter().take(count).enumerate() {
            // SAFETY: there is room for so many more.
            unsafe { self.0.start().add(len + at).write(item.clone()) };
        }
        self.set_len(len + count);
    }

    /// Whether there is no room for one item more.
    #[inline(always)]
    pub(crate) fn is_full(&self) -> bool {
        self.0.header().len == self.0.header().room
    }

    /// Makes room for so many items more. Panics beyond [`MOST`].
    pub(crate) fn reserve(&mut self, more: usize) {
        let (len, room) = (self.0.header().len as usize, self.0.header().room as usize);
        if room - len < more {
            self.grow(room, len + more);
        }
    }

    /// Puts an item before the one at `at`. Panics beyond the end and beyond [`MOST`].
    pub(crate) fn insert(&mut self, at: usize, item: T) {
        let (len, room) = (self.0.header().len as usize, self.0.header().room as usize);
        assert!(at <= len, "outside of the row");
        if len == room {
            self.grow(room, room + if room < 4 { 1 } else { 4 });
        }
        // SAFETY: there is room for one more; what is from `at` on moves up.
        unsafe {
            let place = self.0.start().add(at);
            std::ptr::copy(place, place.add(1), len - at);
            place.write(item);
        }
        self.set_len(len + 1);
    }

    /// Takes the item at `at` away. Panics outside.
    pub(crate) fn remove(&mut self, at: usize) -> T {
        let len = self.0.header().len as usize;
        assert!(at < len, "outside of the row");
        self.set_len(len - 1);
        // SAFETY: the item is initialised and no longer counted; those behind it move down.
        unsafe {
            let place = self.0.start().add(at);
            let item = place.read();
            std::ptr::copy(place.add(1), place, len - at - 1);
            item
        }
    }

    #[cold]
    fn grow(&mut self, room: usize, more: usize) {
        assert!(more <= MOST, "too long for a row");
        let (old, new) = (Block::<H, T>::layout(room), Block::<H, T>::layout(more));
        let block = memory(new).cast::<Block<H, T>>();
        // SAFETY: the old block is no larger, and nobody else has a pointer to it: what is in it moves.
        unsafe {
            std::ptr::copy_nonoverlapping(
                self.0.block.as_ptr().cast::<u8>(),
                block.as_ptr().cast::<u8>(),
                old.size(),
            );
            (*block.as_ptr()).header.room = more as u8;
            give_back(std::mem::replace(&mut self.0.block, block).cast(), old);
        }
        heap::count_block(new.size() as i64);
        heap::uncount(old.size() as i64);
    }
}

/// What may own nothing.
///
/// # Safety
/// What says that it is plain can be copied as bytes instead of being cloned, and forgotten instead of being dropped.
pub(crate) unsafe trait Plain: Clone {
    /// Whether it owns nothing.
    fn is_plain(&self) -> bool;
}

// SAFETY: there is nothing.
unsafe impl Plain for () {
    #[inline(always)]
    fn is_plain(&self) -> bool {
        true
    }
}

// SAFETY: both own nothing if both say so.
unsafe impl<A: Plain, B: Plain> Plain for (A, B) {
    #[inline(always)]
    fn is_plain(&self) -> bool {
        self.0.is_plain() && self.1.is_plain()
    }
}

/// A new row, to which items are added. If all of them are plain, the row remembers that until it is changed, and is copied and dropped
/// as bytes.
pub(crate) struct NewRow<H, T>(Row<H, T>);

impl<H: Head, T: Plain> NewRow<H, T> {
    /// One with room for so many items. Panics beyond [`MOST`].
    #[inline]
    pub(crate) fn with_room(head: H, room: usize) -> NewRow<H, T> {
        let mut row = Row::of_first(head, std::iter::empty(), room);
        // SAFETY: nobody else has the row yet; there is no item.
        unsafe { row.block.as_mut().header.plain = true };
        NewRow(row)
    }

    /// Adds an item, if there is room for it.
    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        let Header { len, room, plain, .. } = *self.0.header();
        if len < room {
            // SAFETY: nobody else has the row yet, and there is room for one more.
            unsafe {
                let header = &mut self.0.block.as_mut().header;
                header.plain = plain && item.is_plain();
                header.len = len + 1;
                self.0.start().add(len as usize).write(item);
            }
        }
    }

    /// Adds copies of another row's items from a place to another, as many as there are and there is room for.
    #[inline]
    pub(crate) fn extend(&mut self, other: &Row<H, T>, from: usize, to: usize) {
        let items = other.items().get(from..to).unwrap_or(&[]);
        let Header { len, room, .. } = *self.0.header();
        if !other.header().plain || items.len() > usize::from(room - len) {
            return items.iter().for_each(|item| self.push(item.clone()));
        }
        // SAFETY: nobody else has the row yet, and there is room; bytes of plain items are copies of them.
        unsafe {
            let place = self.0.start().add(len as usize);
            std::ptr::copy_nonoverlapping(items.as_ptr(), place, items.len());
            self.0.block.as_mut().header.len = len + items.len() as u8;
        }
    }

    /// The row.
    #[inline]
    pub(crate) fn done(self) -> Row<H, T> {
        self.0
    }
}

/// Frees a row.
///
/// # Safety
/// `header` is that of a row of this type which nobody else can reach.
pub(crate) unsafe fn free<H, T>(header: NonNull<Header>) {
    /// Gives the memory back also when a host's destructor panics.
    struct Memory(NonNull<u8>, Layout);

    impl Drop for Memory {
        #[inline(always)]
        fn drop(&mut self) {
            // SAFETY: the promise of `free`, and what was in the block is gone.
            unsafe { give_back(self.0, self.1) }
        }
    }

    let block = header.cast::<Block<H, T>>().as_ptr();
    // SAFETY: the block was made with this layout; so many items are initialised, and nobody sees them again.
    unsafe {
        let (len, room) = ((*block).header.len as usize, (*block).header.room as usize);
        let layout = Block::<H, T>::layout(room);
        heap::uncount(layout.size() as i64);
        let _memory = Memory(header.cast(), layout);
        if !(*block).header.plain {
            std::ptr::slice_from_raw_parts_mut((&raw mut (*block).items).cast::<T>(), len)
                .drop_in_place();
        }
        (&raw mut (*block).head).drop_in_place();
    }
}
