//! Loaded code in one block of memory, so that a small program, of which a host may hold many, is little besides what it says.

use super::infos::Infos;
use super::{Besides, Callee, Prototype};
use crate::value::Value;
use crate::vm::CodeCell;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::fmt;
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering, fence};
use tansy_lang::source::Source;

/// A unit ready to run. Shared by every run and function value of it, by way of a [`Code`](super::Code).
///
/// It is what a block begins with. Behind it stand all the [`Parts`], in their order.
#[repr(C, align(8))]
pub struct LoadedCode {
    holders: AtomicU32,
    counts: Counts,
    /// The text it came from.
    source: Arc<Source>,
    pub(super) besides: Option<Box<Besides>>,
    natives: NonNull<Callee>,
}

/// Where the prototypes begin.
const FIRST: usize = size_of::<LoadedCode>();

const _: () = assert!(FIRST.is_multiple_of(align_of::<Prototype>()));

/// How many there are of each of the parts.
#[derive(Clone, Copy)]
struct Counts {
    prototypes: u16,
    natives: u16,
    slots: u16,
    constants: u32,
    cells: u32,
    infos: u32,
}

/// What is to stand in a block.
#[derive(Default)]
pub(super) struct Parts {
    /// In the unit's order.
    pub(super) prototypes: Vec<Prototype>,
    /// In the unit's order.
    pub(super) natives: Vec<Callee>,
    /// Those of all prototypes.
    pub(super) constants: Vec<Value>,
    /// The instructions of all prototypes, with their annexes.
    pub(super) cells: Vec<CodeCell>,
    /// Which of them are instructions that have annexes, and where those are.
    pub(super) apart: Vec<(usize, usize)>,
    /// What is known of the prototypes besides, and the module's slots: [`Infos`].
    pub(super) infos: Vec<u8>,
    /// How many slots there are.
    pub(super) slots: usize,
}

/// Where they stand, in bytes from the start of the block.
struct Places {
    prototypes: usize,
    natives: usize,
    constants: usize,
    cells: usize,
    infos: usize,
}

impl Counts {
    fn of(parts: &Parts) -> Option<Counts> {
        Some(Counts {
            prototypes: parts.prototypes.len().try_into().ok()?,
            natives: parts.natives.len().try_into().ok()?,
            slots: parts.slots.try_into().ok()?,
            constants: parts.constants.len().try_into().ok()?,
            cells: parts.cells.len().try_into().ok()?,
            infos: parts.infos.len().try_into().ok()?,
        })
    }

    /// The block with so many of them. None if there is no such block.
    fn layout(self) -> Option<(Layout, Places)> {
        let block = Layout::new::<LoadedCode>();
        let (block, prototypes) = with::<Prototype>(block, self.prototypes.into())?;
        let (block, natives) = with::<Callee>(block, self.natives.into())?;
        let (block, constants) = with::<Value>(block, self.constants as usize)?;
        let (block, cells) = with::<CodeCell>(block, self.cells as usize)?;
        let (block, infos) = with::<u8>(block, self.infos as usize)?;
        Some((block, Places { prototypes, natives, constants, cells, infos }))
    }
}

/// A block with so many of these at its end, and where they are.
fn with<T>(block: Layout, count: usize) -> Option<(Layout, usize)> {
    block.extend(Layout::array::<T>(count).ok()?).ok()
}

// SAFETY: all that it leads to is its own, never changed, and `Send`: values, addresses of its instructions and constants, what is known.
unsafe impl Send for LoadedCode {}
// SAFETY: likewise; what runs write to instructions is atomic.
unsafe impl Sync for LoadedCode {}

impl LoadedCode {
    /// The text it came from.
    #[inline]
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// In the unit's order.
    #[inline(always)]
    pub(crate) fn prototypes(&self) -> &[Prototype] {
        let first = self.inside(FIRST).cast();
        // SAFETY: they stand there, so many, until the block goes.
        unsafe { std::slice::from_raw_parts(first, self.counts.prototypes.into()) }
    }

    /// The place in its block of a prototype by its number.
    pub(crate) fn place(prototype: u32) -> u32 {
        (FIRST + prototype as usize * size_of::<Prototype>()) as u32
    }

    /// The number of the prototype at a place.
    pub(crate) fn number(place: u32) -> usize {
        (place as usize - FIRST) / size_of::<Prototype>()
    }

    /// The prototype at a place.
    ///
    /// # Safety
    /// It is the place of one of these.
    #[inline(always)]
    pub(crate) unsafe fn prototype_at(&self, place: u32) -> &Prototype {
        // SAFETY: the caller's promise; it stands there until the block goes.
        unsafe { &*self.inside(place as usize).cast() }
    }

    /// In the unit's order.
    #[inline(always)]
    pub(crate) fn natives(&self) -> &[Callee] {
        // SAFETY: as for the prototypes.
        unsafe { std::slice::from_raw_parts(self.natives.as_ptr(), self.counts.natives.into()) }
    }

    /// How many slots there are.
    #[inline(always)]
    pub(crate) fn slot_count(&self) -> usize {
        self.counts.slots.into()
    }

    /// What is known of the prototypes besides, and the module's slots.
    pub(crate) fn infos(&self) -> Infos<'_> {
        let Counts { prototypes, infos: count, .. } = self.counts;
        let bytes = self.counts.layout().map_or(&[][..], |(_, places)| {
            let first = self.inside(places.infos);
            // SAFETY: they stand there, so many, until the block goes.
            unsafe { std::slice::from_raw_parts(first, count as usize) }
        });
        Infos::of(bytes, prototypes.into())
    }

    /// Where something is that stands so many bytes from the start of the block.
    #[inline(always)]
    fn inside(&self, place: usize) -> *const u8 {
        // (The reference is one to the header alone; the address of the whole was exposed.)
        ptr::with_exposed_provenance(ptr::from_ref(self).addr() + place)
    }
}

impl fmt::Debug for LoadedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadedCode").field("source", &self.source).finish_non_exhaustive()
    }
}

/// Loaded code, held by so many.
pub(crate) struct LoadedRef(NonNull<LoadedCode>);

// SAFETY: as an `Arc` of what is `Send` and `Sync`.
unsafe impl Send for LoadedRef {}
// SAFETY: likewise.
unsafe impl Sync for LoadedRef {}

impl LoadedRef {
    /// Gives the parts their places. None if they are too many.
    pub(super) fn new(
        source: Arc<Source>,
        besides: Option<Box<Besides>>,
        mut parts: Parts,
    ) -> Option<LoadedRef> {
        let counts = Counts::of(&parts)?;
        let (layout, places) = counts.layout()?;
        // SAFETY: the layout is that of a block with room for what is written, each where its places say; what was moved there is forgotten
        // where it was, without anything in between that could fail.
        unsafe {
            let Some(block) = NonNull::new(alloc(layout)) else { handle_alloc_error(layout) };
            block.expose_provenance();
            let prototypes = block.add(places.prototypes).cast();
            let natives = block.add(places.natives).cast();
            let holders = AtomicU32::new(1);
            let header = LoadedCode { holders, counts, source, besides, natives };
            block.cast().write(header);
            move_to(prototypes, &mut parts.prototypes);
            move_to(natives, &mut parts.natives);
            let constants = block.add(places.constants).cast();
            move_to(constants, &mut parts.constants);
            let cells = block.add(places.cells).cast::<CodeCell>();
            move_to(cells, &mut parts.cells);
            for pair in parts.apart {
                CodeCell::attach(cells.as_ptr(), pair);
            }
            move_to(block.add(places.infos), &mut parts.infos);
            let all = ptr::slice_from_raw_parts_mut(prototypes.as_ptr(), counts.prototypes.into());
            for prototype in &mut *all {
                prototype.place(constants.as_ptr(), cells.as_ptr());
            }
            Some(LoadedRef(block.cast()))
        }
    }

    /// Code without a function.
    #[cfg(test)]
    pub(crate) fn empty(source: Arc<Source>) -> LoadedRef {
        LoadedRef::new(source, None, Parts::default()).unwrap()
    }

    /// A number that tells loaded code apart.
    pub(super) fn address(&self) -> usize {
        self.0.addr().get()
    }
}

/// Moves items to a place of their own.
///
/// # Safety
/// There is room.
unsafe fn move_to<T>(place: NonNull<T>, items: &mut Vec<T>) {
    // SAFETY: the caller's promise; they are no longer the vector's.
    unsafe {
        ptr::copy_nonoverlapping(items.as_ptr(), place.as_ptr(), items.len());
        items.set_len(0);
    }
}

impl Deref for LoadedRef {
    type Target = LoadedCode;

    #[inline(always)]
    fn deref(&self) -> &LoadedCode {
        // SAFETY: the block stays as long as somebody holds it.
        unsafe { self.0.as_ref() }
    }
}

impl Clone for LoadedRef {
    fn clone(&self) -> LoadedRef {
        // As an `Arc` does, which says why.
        if self.holders.fetch_add(1, Ordering::Relaxed) > u32::MAX / 2 {
            std::process::abort();
        }
        LoadedRef(self.0)
    }
}

impl Drop for LoadedRef {
    fn drop(&mut self) {
        if self.holders.fetch_sub(1, Ordering::Release) != 1 {
            return;
        }
        // What other holders did before they let go happens before the end.
        fence(Ordering::Acquire);
        let counts = self.counts;
        let Some((layout, places)) = counts.layout() else { return };
        let block = self.0.cast::<u8>();
        // SAFETY: the layout of the block and the places of its parts (instructions and infos own nothing), of which this was the last holder.
        unsafe {
            ptr::drop_in_place(self.0.as_ptr());
            drop_all::<Prototype>(block.add(places.prototypes), counts.prototypes.into());
            drop_all::<Callee>(block.add(places.natives), counts.natives.into());
            drop_all::<Value>(block.add(places.constants), counts.constants as usize);
            dealloc(block.as_ptr(), layout);
        }
    }
}

/// Drops so many items at a place.
///
/// # Safety
/// They are there, and nobody else's.
unsafe fn drop_all<T>(place: NonNull<u8>, count: usize) {
    // SAFETY: the caller's promise.
    unsafe { ptr::drop_in_place(ptr::slice_from_raw_parts_mut(place.as_ptr().cast::<T>(), count)) }
}

impl fmt::Debug for LoadedRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
