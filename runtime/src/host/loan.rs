//! The times for which objects are lent.
//!
//! A thread knows its loans, of which the latest mostly ends first, as the calls of [`Value::lend`](crate::value::Value::lend) come back. A
//! loan is a number that no other one ever has, so whether it is on is asked of the thread that asks: another thread does not know it, and
//! needs no lock to be told.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

/// A time for which something is lent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Loan(u64);

/// What no loan is.
const NONE: Loan = Loan(0);

/// Threads take so many numbers at a time: few enough that threads can be made and ended for centuries before the numbers are used up.
const TAKEN: u64 = 1 << 12;

static NEXT: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The number that this thread's next loan has, unless it is a multiple of [`TAKEN`].
    static NUMBER: Cell<u64> = const { Cell::new(0) };
    /// The innermost loan that is on.
    static INNERMOST: Cell<Loan> = const { Cell::new(NONE) };
    /// Those around it, the outermost first.
    static OTHERS: RefCell<Vec<Loan>> = const { RefCell::new(Vec::new()) };
}

impl Loan {
    /// Whether this thread lends, and the time is not over.
    #[inline]
    pub(super) fn is_on(self) -> bool {
        self == INNERMOST.get() || self.is_around()
    }

    #[inline(never)]
    fn is_around(self) -> bool {
        // (At the very end of a thread there are no others.)
        let found =
            OTHERS.try_with(|others| others.borrow().iter().rev().any(|other| *other == self));
        found.unwrap_or(false)
    }
}

/// A loan that is on as long as this lives.
pub(super) struct Lending {
    loan: Loan,
    /// The one around it.
    around: Loan,
    /// Not for another thread.
    thread: PhantomData<*const ()>,
}

impl Lending {
    #[inline]
    pub(super) fn begin() -> Lending {
        let mut number = NUMBER.get();
        if number.is_multiple_of(TAKEN) {
            number = NEXT.fetch_add(TAKEN, Ordering::Relaxed) + 1;
        }
        NUMBER.set(number + 1);
        let loan = Loan(number);
        let around = INNERMOST.replace(loan);
        if around != NONE {
            let _ = OTHERS.try_with(|others| others.borrow_mut().push(around));
        }
        Lending { loan, around, thread: PhantomData }
    }

    pub(super) fn loan(&self) -> Loan {
        self.loan
    }
}

impl Lending {
    /// (Where stacks are exchanged within a thread, loans may end in any order. Not while somebody on another of these stacks looks at what is
    /// lent: whoever exchanges them sees to that, as it must for everything else that a thread keeps for itself.)
    #[inline(never)]
    fn end_among_others(&self, innermost: bool) {
        let next = OTHERS.try_with(|others| {
            let mut others = others.borrow_mut();
            if innermost {
                return others.pop();
            }
            others.retain(|other| *other != self.loan);
            None
        });
        if innermost {
            INNERMOST.set(next.ok().flatten().unwrap_or(NONE));
        }
    }
}

impl Drop for Lending {
    #[inline]
    fn drop(&mut self) {
        match (INNERMOST.get() == self.loan, self.around) {
            (true, NONE) => INNERMOST.set(NONE),
            (innermost, _) => self.end_among_others(innermost),
        }
    }
}
