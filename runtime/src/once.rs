//! A box that is filled later, if at all, and by whoever needs it first.

use std::fmt;
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// As `OnceLock<Box<T>>`, in half the bytes: there is a number of these for each program. Threads that find it empty at the same time may
/// each make a content, of which the first stays.
pub(crate) struct OnceBox<T> {
    /// Null, or a box, which is nobody else's.
    content: AtomicPtr<T>,
    /// It owns a `T`.
    owns: PhantomData<Box<T>>,
}

// SAFETY: as for a `OnceLock`, whose content other threads may have made, read and drop.
unsafe impl<T: Send + Sync> Sync for OnceBox<T> {}

impl<T> OnceBox<T> {
    /// The content, if there is one.
    #[inline(always)]
    pub(crate) fn get(&self) -> Option<&T> {
        // Acquire: what its maker did happens before what we do with it.
        let content = self.content.load(Ordering::Acquire);
        // SAFETY: a box that was put here stays until this goes.
        unsafe { content.as_ref() }
    }

    /// The content, which `make` makes if there is none.
    #[inline]
    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> Box<T>) -> &T {
        self.get().unwrap_or_else(|| self.init(make))
    }

    /// The content, which `make` makes if there is none, to be changed.
    pub(crate) fn get_mut_or_init(&mut self, make: impl FnOnce() -> Box<T>) -> &mut T {
        let content = self.content.get_mut();
        if content.is_null() {
            *content = Box::into_raw(make());
        }
        // SAFETY: a box, which nobody else has.
        unsafe { &mut **content }
    }

    #[cold]
    fn init(&self, make: impl FnOnce() -> Box<T>) -> &T {
        let made = Box::into_raw(make());
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        let first = self.content.compare_exchange(ptr::null_mut(), made, success, failure);
        // SAFETY: `made` was a box until now; it is the content, or nobody has seen it. The content stays until this goes.
        unsafe {
            match first {
                Ok(_) => &*made,
                Err(content) => {
                    drop(Box::from_raw(made));
                    &*content
                }
            }
        }
    }
}

impl<T> From<Option<Box<T>>> for OnceBox<T> {
    fn from(content: Option<Box<T>>) -> OnceBox<T> {
        let content = content.map_or(ptr::null_mut(), Box::into_raw);
        OnceBox { content: AtomicPtr::new(content), owns: PhantomData }
    }
}

impl<T> Drop for OnceBox<T> {
    fn drop(&mut self) {
        let content = *self.content.get_mut();
        if !content.is_null() {
            // SAFETY: it was a box, and nobody has this any more.
            drop(unsafe { Box::from_raw(content) });
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceBox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnceBox").field(&self.get()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{OnceBox, ptr};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn the_first_content_stays_and_everything_made_goes() {
        struct Counted<'a>(&'a AtomicUsize);
        impl Drop for Counted<'_> {
            fn drop(&mut self) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let (made, dropped) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let once = OnceBox::from(None);
        assert!(once.get().is_none());
        std::thread::scope(|scope| {
            let content = || {
                let made = once.get_or_init(|| {
                    made.fetch_add(1, Ordering::Relaxed);
                    Box::new(Counted(&dropped))
                });
                ptr::from_ref(made).addr()
            };
            let (first, second) = (scope.spawn(content), scope.spawn(content));
            assert_eq!(first.join().unwrap(), second.join().unwrap());
        });
        assert_eq!(dropped.load(Ordering::Relaxed) + 1, made.load(Ordering::Relaxed));
        drop(once);
        assert_eq!(dropped.load(Ordering::Relaxed), made.load(Ordering::Relaxed));
    }

    #[test]
    fn a_content_from_the_start() {
        let shared = Arc::new(7);
        let once = OnceBox::from(Some(Box::new(shared.clone())));
        assert_eq!(**once.get_or_init(|| unreachable!()), 7);
        drop(once);
        assert_eq!(Arc::strong_count(&shared), 1);
        assert!(OnceBox::<i64>::from(None).get().is_none());
    }
}
