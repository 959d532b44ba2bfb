//! Memory of blocks, used again: values come and go in great numbers, most of them as small as a handful of words. So do the nodes of
//! trees, many at a time; they have a few sizes.
//!
//! Invariant: what waits in a pool is memory from the global allocator, of the pool's size and aligned to eight bytes, which belongs to
//! nobody. It counts as free. A thread gives it back when it ends.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::Cell;
use std::ptr::NonNull;

use super::Header;

/// Blocks of up to so many bytes are used again by their thread.
const SMALL: usize = 96;

/// Nodes have a header and some such steps of items, up to so many.
const STEP: usize = 256;
const STEPS: usize = 4;

/// So many of each size are kept: forty kilobytes of small blocks, and four times that of nodes, where there were so many.
const KEPT: u32 = 64;

/// The memory of a small block that waits to be used again.
struct Waiting {
    next: *mut Waiting,
}

/// What waits of one size.
struct Pool {
    first: Cell<*mut Waiting>,
    count: Cell<u32>,
}

/// What waits: small blocks by their size in words, then nodes.
struct Pools([Pool; SMALL / 8 + 1 + STEPS]);

thread_local! {
    static POOLS: Pools = const {
        Pools([const { Pool { first: Cell::new(std::ptr::null_mut()), count: Cell::new(0) } }; SMALL / 8 + 1 + STEPS])
    };
}

/// Where the memory of such blocks waits, if it is kept. (Where tools watch for memory that is used too late, none is.)
#[inline(always)]
const fn place(layout: Layout) -> Option<usize> {
    let (size, rest) = (layout.size(), layout.size().wrapping_sub(size_of::<Header>()));
    if layout.align() != 8 || cfg!(any(miri, fuzzing)) {
        None
    } else if size <= SMALL {
        if size.is_multiple_of(8) { Some(size / 8) } else { None }
    } else if rest.is_multiple_of(STEP) && rest / STEP <= STEPS {
        Some(SMALL / 8 + rest / STEP)
    } else {
        None
    }
}

/// The size of what waits at a place.
fn size(place: usize) -> usize {
    match place.checked_sub(SMALL / 8) {
        None | Some(0) => place * 8,
        Some(steps) => size_of::<Header>() + steps * STEP,
    }
}

/// Whether the memory of such blocks is kept.
#[inline(always)]
pub(super) const fn is_kept(layout: Layout) -> bool {
    place(layout).is_some()
}

/// Memory for a block, which has a size: what a block of that size left, or new.
#[inline(always)]
pub(in crate::value) fn memory(layout: Layout) -> NonNull<u8> {
    if let Some(place) = place(layout) {
        // (At the very end of a thread there are no pools any more.)
        let waiting = POOLS.try_with(|pools| {
            let pool = pools.0.get(place)?;
            let first = NonNull::new(pool.first.get())?;
            // SAFETY: what waits is memory of ours that begins with the next one's address.
            pool.first.set(unsafe { first.as_ref().next });
            pool.count.set(pool.count.get() - 1);
            Some(first.cast())
        });
        if let Ok(Some(block)) = waiting {
            return block;
        }
    }
    fresh(layout)
}

fn fresh(layout: Layout) -> NonNull<u8> {
    // SAFETY: blocks begin with a header, so they are not empty.
    NonNull::new(unsafe { alloc(layout) }).unwrap_or_else(|| handle_alloc_error(layout))
}

/// Takes the memory of a block back.
///
/// # Safety
/// The memory came from [`memory`], or from the global allocator, for this layout, and nobody uses it any more.
#[inline(always)]
pub(in crate::value) unsafe fn give_back(block: NonNull<u8>, layout: Layout) {
    if let Some(place) = place(layout) {
        let kept = POOLS.try_with(|pools| {
            let Some(pool) = pools.0.get(place) else { return false };
            let count = pool.count.get();
            if count < KEPT {
                let first = block.cast::<Waiting>();
                // SAFETY: the memory is ours, large enough for an address and aligned to eight bytes.
                unsafe { first.write(Waiting { next: pool.first.get() }) };
                pool.first.set(first.as_ptr());
                pool.count.set(count + 1);
            }
            count < KEPT
        });
        if kept == Ok(true) {
            return;
        }
    }
    // SAFETY: the caller's promise.
    unsafe { dealloc(block.as_ptr(), layout) }
}

impl Drop for Pools {
    fn drop(&mut self) {
        for (place, pool) in self.0.iter().enumerate() {
            let mut waiting = pool.first.replace(std::ptr::null_mut());
            while !waiting.is_null() {
                // SAFETY: what waits here is memory of one size, each with the address of the next one.
                unsafe {
                    let next = (*waiting).next;
                    dealloc(waiting.cast(), Layout::from_size_align_unchecked(size(place), 8));
                    waiting = next;
                }
            }
        }
    }
}
