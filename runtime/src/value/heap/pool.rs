//! Memory of small blocks, used again: values come and go in great numbers, most of them as small as a handful of words.
//!
//! Invariant: what waits in a pool is memory from the global allocator, of the pool's size and aligned to eight bytes, which belongs to
//! nobody. It counts as free. A thread gives it back when it ends.

use std::alloc::Layout;
use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

/// Blocks of up to so many bytes are used again by their thread.
const SMALL: usize = 64;

/// So many of each size are kept.
const KEPT: u32 = 32;

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
pub(super) const fn is_small<B>() -> bool {
    size_of::<B>() <= SMALL && align_of::<B>() == 8 && !cfg!(any(miri, fuzzing))
}

/// Memory for a block: what a block of its size left, or new.
#[inline(always)]
pub(super) fn memory<B>() -> NonNull<B> {
    if const { is_small::<B>() } {
        let place = const { size_of::<B>() / 8 };
        // (At the very end of a thread there are no pools any more.)
        let waiting = POOLS.try_with(|pools| {
            let pool = &pools.0[place];
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
    NonNull::from(Box::leak(Box::<B>::new_uninit())).cast()
}

/// Takes the memory of a block back.
///
/// # Safety
/// The memory came from [`memory`] for this type, or from a `Box` of it, and nobody uses it any more.
#[inline(always)]
pub(super) unsafe fn give_back<B>(block: NonNull<B>) {
    if const { is_small::<B>() } {
        let place = const { size_of::<B>() / 8 };
        let kept = POOLS.try_with(|pools| {
            let pool = &pools.0[place];
            let count = pool.count.get();
            if count < KEPT {
                let first = block.cast::<Waiting>();
                // SAFETY: the memory is ours, and large enough for an address.
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
    // SAFETY: it was allocated with the size and alignment of a block.
    drop(unsafe { Box::from_raw(block.as_ptr().cast::<MaybeUninit<B>>()) });
}

impl Drop for Pools {
    fn drop(&mut self) {
        for (words, pool) in self.0.iter().enumerate() {
            let mut waiting = pool.first.replace(std::ptr::null_mut());
            while !waiting.is_null() {
                // SAFETY: what waits here is memory of so many words, each with the address of the next one.
                unsafe {
                    let next = (*waiting).next;
                    let layout = Layout::from_size_align_unchecked(words * 8, 8);
                    std::alloc::dealloc(waiting.cast(), layout);
                    waiting = next;
                }
            }
        }
    }
}
