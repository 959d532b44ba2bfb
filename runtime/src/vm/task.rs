//! Runs that pause: at the end of each slice of fuel, and while a host function has not given its result.
//!
//! A [`Task`] owns a machine in the middle of a run, with all that the machine borrows, so that it can go on later and on another thread. What
//! is counted by thread (memory, work) is taken along.

use super::spare::{Running, Setup};
use super::step::{Exit, Slow, settle};
use super::unwind::panic_fault;
use super::{Failure, Machine};
use crate::fault::{Fault, Limit};
use crate::grants::Grants;
use crate::host::Later;
use crate::limits::Limits;
use crate::native::Registry;
use crate::value::{Value, heap, watch};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll};

use super::call::Called;

/// Where a task prints.
pub(crate) type Printer = Box<dyn FnMut(&str) -> Result<(), Limit> + Send>;

/// A run that pauses.
pub(crate) struct Task<K> {
    machine: ManuallyDrop<Running<'static>>,
    /// Where the machine prints.
    output: *mut (dyn FnMut(&str) -> Result<(), Limit> + Send),
    /// What keeps the code alive that the machine borrows.
    keeper: ManuallyDrop<Arc<K>>,
    /// Bytes that the run may still allocate, while it pauses.
    memory_left: i64,
    /// What it has done to blocks.
    used: heap::Counts,
}

// SAFETY: the pointers in the machine lead into what the task owns itself: its stack, the codes its instances hold or its keeper
// holds, and its output, all of which may move to another thread.
unsafe impl<K: Send + Sync> Send for Task<K> {}

/// How far a run has come.
pub(crate) enum Progress {
    /// It ended.
    Ended(Result<Value, Failure>),
    /// It has more to do, now.
    Paused,
    /// It waits for the result of a host function.
    Waits,
}

impl<K: 'static> Task<K> {
    /// A machine for a run of code that `keeper` keeps alive.
    pub(crate) fn new(
        keeper: Arc<K>,
        registry: &'static Registry,
        rules: impl FnOnce(&K) -> (&Limits, &Grants),
        interrupt: Option<Arc<AtomicBool>>,
        output: Printer,
    ) -> Task<K> {
        // SAFETY: the keeper outlives the machine.
        let (limits, grants) = rules(unsafe { &*Arc::as_ptr(&keeper) });
        let boxed = Box::into_raw(output);
        // SAFETY: the box is freed when the machine is gone, and nobody else uses it.
        let output = unsafe { &mut *boxed };
        let mut machine = Machine::start(Setup { registry, limits, grants, output });
        machine.interrupt(interrupt);
        machine.count();
        machine.yields = true;
        // What is counted from here on is counted again when it begins to run.
        let memory_left = machine.cx.memory_end.saturating_sub(heap::allocated());
        let (machine, keeper) = (ManuallyDrop::new(machine), ManuallyDrop::new(keeper));
        let used = heap::Counts::default();
        Task { machine, output: boxed, keeper, memory_left, used }
    }

    /// Does something with the machine on this thread.
    pub(crate) fn with<T>(&mut self, work: impl for<'k> FnOnce(&mut Machine<'k>, &'k K) -> T) -> T {
        let Task { machine, keeper, memory_left, used, .. } = self;
        // Another thread may have counted before.
        let shift = heap::allocated().saturating_add(*memory_left) - machine.cx.memory_end;
        machine.cx.memory_end += shift;
        machine.start_memory += shift;
        machine.peak_memory += shift;
        machine.start = heap::counts().since(used);
        heap::take_work();
        let watch = machine.watch();
        if let Some(end) = watch.around()
            && machine.nest_run(end).is_err()
        {
            watch::stop(Limit::Depth);
        }
        // SAFETY: the keeper outlives the machine, and `work`, which knows nothing of the lifetime, cannot keep the reference elsewhere.
        let kept: &'static K = unsafe { &*Arc::as_ptr(keeper) };
        let done = work(machine, kept);
        machine.peak_memory = machine.peak_memory.max(heap::allocated());
        *used = heap::counts().since(&machine.start);
        *memory_left = machine.cx.memory_end.saturating_sub(heap::allocated());
        done
    }
}

impl<K> Drop for Task<K> {
    fn drop(&mut self) {
        // What has not ended is in the middle of something.
        self.machine.poisoned |= !self.machine.frames.is_empty() || self.machine.waiting.is_some();
        self.machine.unclean = true;
        // SAFETY: dropped here only; the machine goes before what it borrows.
        unsafe {
            ManuallyDrop::drop(&mut self.machine);
            ManuallyDrop::drop(&mut self.keeper);
            drop(Box::from_raw(self.output));
        }
    }
}

impl Machine<'_> {
    /// Goes on until the run pauses or ends; where it waits for a result, only when that is there.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Progress> {
        if let Err(limit) = watch::look() {
            self.waiting = None;
            self.fault = Some(Fault::Limit(limit));
            return Poll::Ready(self.progress(Exit::Failed));
        }
        let Some((later, at, dst)) = &mut self.waiting else {
            return Poll::Ready(self.progress(Exit::Again));
        };
        let (at, dst) = (*at, *dst);
        let later: Pin<&mut Later> = Pin::new(later);
        let polled = catch_unwind(AssertUnwindSafe(|| later.poll(context)));
        let polled = polled.unwrap_or_else(|p| Poll::Ready(Err(panic_fault(&*p))));
        let result = std::task::ready!(polled);
        self.waiting = None;
        let flow = match result {
            Ok(value) => Slow { m: self }.called(Called::Done(value), at, dst),
            Err(fault) => Err(fault),
        };
        // SAFETY: the flow is that of the call, which is the instruction at `at`.
        let exit = unsafe { settle(self, flow) };
        Poll::Ready(self.progress(exit))
    }

    fn progress(&mut self, exit: Exit) -> Progress {
        match self.go_on_from(exit) {
            Ok(true) => Progress::Ended(Ok(self.result.take())),
            Ok(false) if self.waiting.is_some() => Progress::Waits,
            Ok(false) => Progress::Paused,
            Err(failure) => Progress::Ended(Err(failure)),
        }
    }
}
