//! The allocator's view of a run: what is held, and the most that was held at once. While a buffer is made larger, the old and the new
//! one count both, as if neither could be extended in its place.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// To be the `#[global_allocator]` of a test.
pub(crate) struct Meter;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn more(bytes: usize) {
    let held = HELD.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(held, Relaxed);
}

fn less(bytes: usize) {
    HELD.fetch_sub(bytes, Relaxed);
}

// SAFETY: everything is done by the system's allocator; this counts.
unsafe impl GlobalAlloc for Meter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        more(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        more(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        less(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        more(size);
        // SAFETY: the caller's promise.
        let block = unsafe { System.realloc(block, layout, size) };
        less(layout.size());
        block
    }
}

/// What `work` gives, and the most bytes it held beyond what was held before.
#[allow(dead_code, reason = "not every test that has the allocator asks")]
pub(crate) fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = work();
    (result, PEAK.load(Relaxed).saturating_sub(before))
}

/// The bytes held now.
#[allow(dead_code, reason = "not every test that has the allocator asks")]
pub(crate) fn held() -> usize {
    HELD.load(Relaxed)
}
