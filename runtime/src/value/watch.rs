//! What a run may use, known to the thread that runs it: where values grow and where walks go on and on, nobody is there to ask the
//! machine.
//!
//! Buffers ask [`room`] before they grow, and stay as they are when it says no; walks over values ask [`Walk::step`] whether to go on.
//! The answer no is remembered: the machine looks before the next instruction and ends the run, so nothing that came of a refused
//! growth or an unfinished walk is ever seen. What is shared must not remember such a thing either.
//!
//! Outside a run there are no limits and every answer is yes.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::heap::{self, Charge};
use crate::fault::Limit;

/// Steps of a walk between two looks.
const STRIDE: u64 = 4096;

/// Buffers up to this size grow without asking: the machine looks after the instruction.
const FREE: i64 = 1024;

/// To fill so many bytes takes so long that the clock is looked at before.
const MUCH: usize = 1 << 16;

// (Cells of their own: one of a struct would be exchanged through the memory, which takes longer.)
thread_local! {
    static END: Cell<i64> = const { Cell::new(i64::MAX) };
    static STOPPED: Cell<Option<Limit>> = const { Cell::new(None) };
    static WORK_END: Cell<u64> = const { Cell::new(u64::MAX) };
    /// Whether [`CLOCK`] is to be looked at: most runs have none, and leave it alone.
    static CLOCKED: Cell<bool> = const { Cell::new(false) };
    static CLOCK: RefCell<Clock> = const { RefCell::new(Clock { deadline: None, interrupts: Vec::new() }) };
    /// How many runs are inside others.
    static INSIDE: Cell<u32> = const { Cell::new(0) };
}

/// What ends a run from outside.
#[derive(Clone, Default)]
pub(crate) struct Clock {
    pub(crate) deadline: Option<Instant>,
    /// Any of them.
    pub(crate) interrupts: Vec<Arc<AtomicBool>>,
}

impl Clock {
    /// Whether nothing ends the run from outside.
    #[inline]
    pub(crate) fn is_none(&self) -> bool {
        self.deadline.is_none() && self.interrupts.is_empty()
    }
}

/// As long as it lives the thread is watched; then it is as it was before.
pub(crate) struct Watch {
    end: i64,
    stopped: Option<Limit>,
    work_end: u64,
    clocked: bool,
    /// The clock that was replaced, if one was.
    clock: Option<Box<Clock>>,
    /// Not for another thread.
    thread: PhantomData<*const ()>,
}

/// From here on, [`heap::allocated`] must not pass `end`, walks may take so many steps, and the clock counts. What ends the run around
/// this one ends this one, too.
#[inline]
pub(crate) fn begin(end: i64, work_end: u64, clock: &Clock) -> Watch {
    let counts = !clock.is_none();
    // (So that a run without a limit is one, too.)
    let around = END.replace(end.min(i64::MAX - 1));
    let clocked = CLOCKED.replace(counts);
    let clock = if counts { Some(exchange(clock.clone())) } else { None };
    if around != i64::MAX {
        keep_around(around, clocked, clock.as_deref());
    }
    let (stopped, work_end) = (STOPPED.replace(None), WORK_END.replace(work_end));
    Watch { end: around, stopped, work_end, clocked, clock, thread: PhantomData }
}

/// Has what ends the run around this one end this one: no more than `end`, and the clock, if it is `clocked`, which is the one `before` if that
/// was replaced.
#[cold]
fn keep_around(end: i64, clocked: bool, before: Option<&Clock>) {
    INSIDE.set(INSIDE.get() + 1);
    END.set(END.get().min(end));
    if !clocked {
        return;
    }
    CLOCKED.set(true);
    if let Some(before) = before {
        let mut clock = CLOCK.take();
        clock.deadline = clock.deadline.into_iter().chain(before.deadline).min();
        clock.interrupts.extend(before.interrupts.iter().cloned());
        CLOCK.set(clock);
    }
}

/// How many runs are inside others on this thread.
pub(crate) fn runs_inside() -> u32 {
    INSIDE.get()
}

impl Watch {
    /// What the run around this one may hold, if there is one.
    #[inline]
    pub(crate) fn around(&self) -> Option<i64> {
        (self.end != i64::MAX).then_some(self.end)
    }
}

impl Drop for Watch {
    #[inline]
    fn drop(&mut self) {
        if self.around().is_some() {
            INSIDE.set(INSIDE.get() - 1);
        }
        END.set(self.end);
        STOPPED.set(self.stopped);
        WORK_END.set(self.work_end);
        CLOCKED.set(self.clocked);
        if let Some(clock) = self.clock.take() {
            exchange(*clock);
        }
    }
}

/// Makes a clock the one that counts; gives the one before.
#[cold]
fn exchange(clock: Clock) -> Box<Clock> {
    Box::new(CLOCK.replace(clock))
}

/// Whether the memory limit has been passed, or the run must stop for another reason.
#[inline(always)]
pub(crate) fn full() -> bool {
    heap::allocated() > END.get()
}

/// Why the run must stop, if it must.
#[inline]
pub(crate) fn stopped() -> Option<Limit> {
    STOPPED.get()
}

/// Makes the run stop before its next instruction.
#[cold]
pub(crate) fn stop(limit: Limit) {
    if STOPPED.get().is_none() {
        STOPPED.set(Some(limit));
    }
    END.set(i64::MIN);
}

/// Looks at everything but the fuel.
#[cold]
pub(crate) fn look() -> Result<(), Limit> {
    if let Some(limit) = stopped() {
        return Err(limit);
    }
    if full() {
        return Err(Limit::Memory);
    }
    look_outside()
}

/// Looks at what ends a run from outside.
pub(crate) fn look_outside() -> Result<(), Limit> {
    if !CLOCKED.get() {
        return Ok(());
    }
    CLOCK.with_borrow(|clock| {
        if clock.interrupts.iter().any(|flag| flag.load(Ordering::Relaxed)) {
            return Err(Limit::Interrupt);
        }
        match clock.deadline {
            Some(end) if Instant::now() >= end => Err(Limit::Time),
            _ => Ok(()),
        }
    })
}

/// Whether work of about `steps` steps, a nanosecond or so each, that nothing can interrupt, will be done before the deadline.
#[cold]
pub(crate) fn look_ahead(steps: u64) -> Result<(), Limit> {
    if !CLOCKED.get() {
        return Ok(());
    }
    CLOCK.with_borrow(|clock| match clock.deadline {
        Some(end)
            if end.saturating_duration_since(Instant::now()) < Duration::from_nanos(steps) =>
        {
            Err(Limit::Time)
        }
        _ => Ok(()),
    })
}

/// Walks over values may take so many steps until this is called again.
pub(crate) fn allow_work(steps: u64) {
    WORK_END.set(steps);
}

/// Whether `bytes` more can be held, and there is time to fill many. If not, the run stops.
#[cold]
pub(crate) fn room(bytes: usize) -> bool {
    if !fits(bytes) {
        stop(Limit::Memory);
        return false;
    }
    bytes < MUCH || look().map_err(stop).is_ok()
}

/// Makes room for `more` items in a buffer whose bytes `charge` counts. Whether there is room now; if not, the run stops.
pub(crate) fn grow<T>(items: &mut Vec<T>, more: usize, charge: &mut Charge) -> bool {
    let (len, old) = (items.len(), items.capacity());
    if old - len >= more {
        return true;
    }
    let size = size_of::<T>();
    let Some(capacity) = grown(old, len.saturating_add(more).max(4), size) else { return false };
    items.reserve_exact(capacity - len);
    charge.set(items.capacity() * size);
    true
}

/// The capacity to give a buffer of capacity `old` that must hold `wanted` items; `None` (and the run stops) when there is no room.
#[cold]
pub(crate) fn grown(old: usize, wanted: usize, size: usize) -> Option<usize> {
    // The old buffer is there until the new one is. What is appended to once is appended to again; where memory is short, by less.
    let steps = [old, old / 2, old / 8].map(|more| wanted.max(old.saturating_add(more)));
    let fitting = steps.into_iter().find(|capacity| fits(capacity.saturating_mul(size)));
    if fitting.is_none() {
        stop(Limit::Memory);
    }
    fitting
}

/// Whether `bytes` more can be held.
pub(crate) fn fits(bytes: usize) -> bool {
    let Ok(bytes) = i64::try_from(bytes) else { return false };
    bytes <= FREE || heap::allocated().checked_add(bytes).is_some_and(|held| held <= END.get())
}

/// A walk over values: counts its steps for the machine to charge, and ends when the run must.
#[derive(Default)]
pub(crate) struct Walk {
    steps: u64,
}

impl Walk {
    /// Counts a step. Whether to go on.
    #[inline]
    pub(crate) fn step(&mut self) -> bool {
        self.steps += 1;
        !self.steps.is_multiple_of(STRIDE) || self.look()
    }

    /// Counts so many steps at once. Whether to go on.
    pub(crate) fn steps(&mut self, steps: usize) -> bool {
        self.steps += steps as u64;
        self.steps < STRIDE || self.look()
    }

    #[cold]
    fn look(&mut self) -> bool {
        heap::count_work(std::mem::take(&mut self.steps));
        let limit = match look() {
            Err(limit) => limit,
            Ok(()) if heap::work() > WORK_END.get() => Limit::Fuel,
            Ok(()) => return true,
        };
        stop(limit);
        false
    }
}

impl Drop for Walk {
    #[inline]
    fn drop(&mut self) {
        heap::count_work(self.steps);
    }
}

/// The stack of a walk, counted like any value.
pub(crate) struct Stack<T> {
    items: Vec<T>,
    charge: Charge,
}

impl<T> Stack<T> {
    pub(crate) fn new() -> Stack<T> {
        Stack { items: Vec::new(), charge: Charge::default() }
    }

    /// Whether there was room; if not, the run stops.
    #[inline]
    pub(crate) fn push(&mut self, item: T) -> bool {
        if self.items.len() == self.items.capacity() && !grow(&mut self.items, 1, &mut self.charge)
        {
            return false;
        }
        self.items.push(item);
        true
    }

    /// What is on it, from the bottom.
    pub(crate) fn items(&self) -> &[T] {
        &self.items
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.items.pop()
    }

    #[inline]
    pub(crate) fn last_mut(&mut self) -> Option<&mut T> {
        self.items.last_mut()
    }
}
