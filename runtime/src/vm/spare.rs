//! Machines are used again: what a run leaves on a thread, the next one there begins with, so that a short run allocates nothing.
//!
//! Nothing of a run shows in the next one. Between runs a machine holds nothing that was borrowed or counted: the cells of the stack hold no
//! heap values when a run ends well (see [`super`]), and all else is emptied here.

use super::instance::Instance;
use super::{Machine, NAMELESS, end_of};
use crate::grants::{Grants, NOTHING, State};
use crate::limits::Limits;
use crate::native::{Printer, Registry, SLICE};
use crate::value::watch::Clock;
use crate::value::{EnvRef, Value, heap};
use std::cell::Cell;
use std::mem::{ManuallyDrop, transmute};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// A stack of more cells is given back to the system.
const KEPT: usize = 16 * 1024;
/// So many environments are kept.
const UNUSED: usize = 4;

thread_local! {
    static SPARE: Cell<Option<Box<Machine<'static>>>> = const { Cell::new(None) };
}

/// A machine during one run.
pub(crate) struct Running<'a>(ManuallyDrop<Box<Machine<'a>>>);

/// What a run begins with.
pub(crate) struct Setup<'a> {
    pub(crate) registry: &'static Registry,
    pub(crate) limits: &'a Limits,
    pub(crate) grants: &'a Grants,
    /// Where it prints.
    pub(crate) output: &'a mut Printer<'a>,
}

impl<'a> Machine<'a> {
    /// Begins a run.
    #[inline(always)]
    pub(crate) fn start(setup: Setup<'a>) -> Running<'a> {
        // (At the very end of a thread there is no storage any more.)
        let spare = SPARE.try_with(Cell::take).ok().flatten();
        let mut machine = match spare {
            // SAFETY: the types differ in a lifetime only, and between runs nothing in a machine borrows: `Running::drop` sees to it.
            Some(spare) => unsafe { transmute::<Box<Machine<'static>>, Box<Machine<'a>>>(spare) },
            None => Machine::new(setup.registry),
        };
        machine.prepare(setup);
        Running(ManuallyDrop::new(machine))
    }

    #[inline(always)]
    fn prepare(&mut self, Setup { registry, limits, grants, output }: Setup<'a>) {
        // What the host did before is not ours to pay.
        heap::take_work();
        let memory = heap::allocated();
        let fuel = i64::try_from(limits.fuel).unwrap_or(i64::MAX);
        self.registry = registry;
        self.cx.fuel = fuel.min(SLICE);
        self.cx.bank = fuel - self.cx.fuel;
        self.cx.memory_end =
            memory.saturating_add(i64::try_from(limits.memory).unwrap_or(i64::MAX));
        self.cx.output = Some(output);
        self.cx.look_at = 0;
        self.cx.grants = grants;
        self.cx.output_left = limits.output;
        self.limits = limits;
        self.call_depth = limits.call_depth as usize;
        self.frames_end = self.frames.capacity().min(self.call_depth);
        self.native_end = i64::MAX;
        if grants.time || limits.time.is_some() {
            self.prepare_clock();
        }
    }

    #[cold]
    fn prepare_clock(&mut self) {
        self.cx.state = State::new(self.cx.grants);
        self.clock.deadline = self.limits.time.and_then(|t| Instant::now().checked_add(t));
        self.untidy = true;
    }

    /// A flag that ends the run from outside.
    pub(crate) fn interrupt(&mut self, flag: Option<Arc<AtomicBool>>) {
        self.clock.interrupts.extend(flag);
        self.untidy = true;
    }

    /// Gives up everything that belongs to the run.
    #[inline(always)]
    fn rest(&mut self) {
        match std::mem::take(&mut self.owns) {
            true => self.instances.clear(),
            false => {
                debug_assert!(!self.instances.iter().any(Instance::owns));
                // SAFETY: they are nothing but borrowed pointers.
                unsafe { self.instances.set_len(0) }
            }
        }
        self.frames.clear();
        if self.environments.len() > NAMELESS + 1 {
            self.rest_environments();
        }
        self.cx.output = None;
        self.cx.native = None;
        self.cx.grants = &NOTHING;
        self.limits = &Limits::DEFAULT;
        self.at.regs = std::ptr::null_mut();
        if self.unclean || self.untidy || self.cx.state.is_some() {
            self.tidy();
        }
        debug_assert!(self.poisoned || self.nested == 0);
        debug_assert!(self.poisoned || !self.stack.iter().any(Value::is_heap));
        debug_assert!(!self.result.is_heap() && !self.garbage.is_heap());
        debug_assert!(self.fault.is_none() && self.samples.is_empty() && self.clock.is_none());
        debug_assert!(self.stack_end == end_of(&mut self.stack));
    }

    /// Keeps what can be used again of the environments.
    fn rest_environments(&mut self) {
        while self.environments.len() > NAMELESS + 1
            && let Some(environment) = self.environments.pop()
        {
            if let Some(mut environment) = environment.into_owned()
                && let Some(own) = EnvRef::get_mut(&mut environment)
                && self.unused.len() < UNUSED
            {
                own.clear();
                self.unused.push(environment);
            }
        }
    }

    /// Gives up what few runs have.
    #[cold]
    fn tidy(&mut self) {
        self.cx.state = None;
        self.clock = Clock::default();
        self.sampler = None;
        self.recorder = None;
        self.fault = None;
        self.yields = false;
        self.waiting = None;
        self.samples.clear();
        self.untidy = false;
        if std::mem::take(&mut self.unclean) {
            self.forget(0..self.stack.len());
        }
    }
}

impl Running<'_> {
    /// Ends the run.
    #[inline(always)]
    pub(crate) fn end(self) {
        let mut running = ManuallyDrop::new(self);
        // SAFETY: nobody sees it again.
        unsafe { running.give_up() }
    }

    /// # Safety
    /// The machine is not used again.
    #[inline(always)]
    unsafe fn give_up(&mut self) {
        // SAFETY: the caller's promise.
        let mut machine = unsafe { ManuallyDrop::take(&mut self.0) };
        machine.rest();
        if machine.poisoned || machine.stack.len() > KEPT {
            return;
        }
        // SAFETY: the types differ in a lifetime only, and nothing in the machine borrows any more.
        let machine = unsafe { transmute::<Box<Machine<'_>>, Box<Machine<'static>>>(machine) };
        let _ = SPARE.try_with(|place| place.set(Some(machine)));
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        // SAFETY: the machine goes.
        unsafe { self.give_up() }
    }
}

impl<'a> Deref for Running<'a> {
    type Target = Machine<'a>;

    fn deref(&self) -> &Machine<'a> {
        &self.0
    }
}

impl<'a> DerefMut for Running<'a> {
    fn deref_mut(&mut self) -> &mut Machine<'a> {
        &mut self.0
    }
}
