//! Memory of small blocks, used again: values come and go in great numbers, most of them as small as a handful of words.
//!
//! Invariant: what waits in a pool is memory from the global allocator, of the pool's size and aligned to eight bytes, which belongs to
//! nobody. It counts as free. A thread gives it back when it ends.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::Cell;
use std::ptr::NonNull;

/// Blocks of up to so many bytes are used again by their thread.
const SMALL: usize = 96;

/// So many of each size are kept: thirty kilobytes in all.
const KEPT: u32 = 48;

/// The memory of a small block that waits to be used again.
struct Waiting {
    next: *mut Waiting,
}

/// What waits of one size.
struct Pool {
    first: Cell<*mut Waiting>,
    count: Cell<u32>,
}

/// What waits, by size in words.
struct Pools([Pool; SMALL / 8 + 1]);

thread_local! {
    static POOLS: Pools = const {
        Pools([const { Pool { first: Cell::new(std::ptr::null_mut()), count: Cell::new(0) } }; SMALL / 8 + 1])
    };
}

/// Whether the memory of such blocks is kept. (Where tools watch for memory that is used too late, none is.)
#[inline(always)]
pub(in crate::value) const fn is_small(layout: Layout) -> bool {
    layout.size() <= SMALL
        && layout.size().is_multiple_of(8)
        && layout.align() == 8
        && !cfg!(any(miri, fuzzing))
}

/// Memory for a block, which has a size: what a block of that size left, or new.
#[inline(always)]
pub(in crate::value) fn memory(layout: Layout) -> NonNull<u8> {
    if is_small(layout) {
        // (At the very end of a thread there are no pools any more.)
        let waiting = POOLS.try_with(|pools| {
            let pool = pools.0.get(layout.size() / 8)?;
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
    if is_small(layout) {
        let kept = POOLS.try_with(|pools| {
            let Some(pool) = pools.0.get(layout.size() / 8) else { return false };
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
        for (words, pool) in self.0.iter().enumerate() {
            let mut waiting = pool.first.replace(std::ptr::null_mut());
            while !waiting.is_null() {
                // SAFETY: what waits here is memory of so many words, each with the address of the next one.
                unsafe {
                    let next = (*waiting).next;
                    dealloc(waiting.cast(), Layout::from_size_align_unchecked(words * 8, 8));
                    waiting = next;
                }
            }
        }
    }
}
