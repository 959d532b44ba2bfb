//! The register machine.
//!
//! One value stack holds the frames, each a window of registers; the callee's window begins inside its caller's, so that
//! arguments are where they are needed. No native ever calls the machine, and the machine never calls itself: one
//! [`Machine::execute`] at a time, whose native stack use is constant.
//!
//! Invariants:
//! * every cell of the stack always holds a valid value; cells above the live frame hold nothing on the heap for longer than one call;
//! * `stack[base - 1]` of a frame holds the closure it runs, or nothing for functions without captures;
//! * the running frame ends at or before `stack_end`, above which are `MARGIN` cells;
//! * every [`Prototype`] was verified, so its operands are inside its frame and tables.

mod arithmetic;
mod call;
mod data;
mod flow;
mod invoke;
mod places;
mod sample;
mod step;
mod table;
mod unwind;

use crate::code::{Code, Prototype};
use crate::fault::{Fault, Limit};
use crate::limits::{Limits, Stats};
use crate::native::{Context, Registry, SLICE};
use crate::profile::Profile;
use crate::value::watch::{self, Clock};
use crate::value::{Env, Value, heap};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;
use tansy_lang::bytecode::{Reg, SlotKind};
use tansy_lang::source::Span;

use sample::Sampler;
pub(crate) use step::Instruction;
use step::{At, Flow, Resume};
pub(crate) use unwind::{Failure, bounded};

/// Cells kept free above a frame: a callee slot, and the arguments of natives.
const MARGIN: usize = 64;

/// A suspended caller.
#[derive(Clone, Copy)]
struct Frame {
    /// Where to go on. Its registers follow the stack when it moves.
    at: Resume,
    prototype: *const Prototype,
    instance: u32,
    /// Where the result goes.
    dst: Reg,
}

/// A unit in this run.
struct Instance {
    code: Arc<Code>,
    /// Its place in [`Machine::environments`].
    environment: usize,
}

/// A run of one program: its stack, its modules' environments, what it may still use.
pub(crate) struct Machine<'a> {
    registry: &'static Registry,
    stack: Vec<Value>,
    /// No frame ends behind it.
    stack_end: *mut Value,
    stack_charge: heap::Charge,
    frames: Vec<Frame>,
    frames_charge: heap::Charge,
    /// So many frames may be pushed without asking: within the capacity and the limit.
    frames_end: usize,
    /// The state of the running frame, whenever it is not in processor registers.
    at: At,
    /// What is running.
    prototype: *const Prototype,
    instance: u32,
    /// The value of a run that ended.
    result: Value,
    /// What an instruction replaced and did not drop.
    garbage: Value,
    /// Why an instruction failed.
    fault: Option<Fault>,
    instances: Vec<Instance>,
    environments: Vec<Arc<Env>>,
    cx: Context<'a>,
    limits: Limits,
    clock: Clock,
    /// Where slices ended, for the note on a limit: the hottest place.
    samples: HashMap<(u32, usize, u32), u32>,
    /// The fuel when the last native returned: while it is the same, nothing else has taken a step.
    native_end: i64,
    /// What notes where the steps go, if somebody asked.
    sampler: Option<Box<Sampler>>,
    start_memory: i64,
    start: heap::Counts,
    peak_memory: i64,
}

/// A number that no other environment has.
pub(crate) fn new_run() -> u64 {
    static RUNS: AtomicU64 = AtomicU64::new(1);
    RUNS.fetch_add(1, Ordering::Relaxed)
}

impl<'a> Machine<'a> {
    pub(crate) fn new(
        registry: &'static Registry,
        limits: &Limits,
        interrupt: Option<Arc<AtomicBool>>,
        output: &'a mut dyn FnMut(&str) -> Result<(), Limit>,
    ) -> Machine<'a> {
        // What the host did before is not ours to pay.
        heap::take_work();
        let start_memory = heap::allocated();
        let fuel = i64::try_from(limits.fuel).unwrap_or(i64::MAX);
        let slice = fuel.min(SLICE);
        let mut stack = vec![Value::UNDEFINED; 1024];
        Machine {
            registry,
            stack_end: end_of(&mut stack),
            stack,
            stack_charge: heap::Charge::default(),
            frames: Vec::new(),
            frames_charge: heap::Charge::default(),
            frames_end: 0,
            at: At { pc: std::ptr::null(), regs: std::ptr::null_mut(), consts: std::ptr::null() },
            prototype: std::ptr::null(),
            instance: 0,
            result: Value::UNDEFINED,
            garbage: Value::UNDEFINED,
            fault: None,
            instances: Vec::new(),
            environments: Vec::new(),
            cx: Context {
                fuel: slice,
                bank: fuel - slice,
                look_at: 0,
                memory_end: start_memory
                    .saturating_add(i64::try_from(limits.memory).unwrap_or(i64::MAX)),
                output,
                output_left: limits.output,
                native: None,
            },
            limits: limits.clone(),
            clock: Clock {
                deadline: limits.time.and_then(|t| Instant::now().checked_add(t)),
                interrupt,
            },
            samples: HashMap::new(),
            native_end: i64::MAX,
            sampler: None,
            start_memory,
            start: heap::counts(),
            peak_memory: start_memory,
        }
    }

    /// Adds a unit with a new environment, or with one that exists (the entries of a REPL share one).
    pub(crate) fn add(&mut self, code: Arc<Code>, environment: Arc<Env>) -> u32 {
        let known = self.environments.iter().position(|e| e.run == environment.run);
        let environment = known.unwrap_or_else(|| {
            self.environments.push(environment);
            self.environments.len() - 1
        });
        self.instances.push(Instance { code, environment });
        (self.instances.len() - 1) as u32
    }

    /// Takes over the final environments of earlier runs, so that their functions see all of their modules.
    pub(crate) fn adopt(&mut self, environments: &[Arc<Env>]) {
        self.environments.extend_from_slice(environments);
    }

    /// The environments of modules that have names, but for the one of a session itself.
    pub(crate) fn environments(&self, session: u64) -> Vec<Arc<Env>> {
        let modules = self.environments.iter().filter(|e| e.run != 0 && e.run != session);
        modules.cloned().collect()
    }

    /// The environment of an instance, as it is now.
    pub(crate) fn environment(&self, instance: u32) -> Arc<Env> {
        self.environments[self.instances[instance as usize].environment].clone()
    }

    /// Fills a slot of an instance.
    pub(crate) fn set_slot(&mut self, instance: u32, slot: usize, value: Value) {
        let environment = self.instances[instance as usize].environment;
        let environment = &mut self.environments[environment];
        if Arc::get_mut(environment).is_none() {
            // A function holds this version: a new one is made.
            self.cx.fuel -= environment.len() as i64;
        }
        Arc::make_mut(environment).set(slot, value);
    }

    /// What a unit offers its importers and the host: its exported names with their values now.
    pub(crate) fn exports(&self, instance: u32) -> Vec<(&str, Value)> {
        let code = &self.instances[instance as usize].code;
        let environment = self.environment(instance);
        let mut exports = Vec::new();
        for (i, slot) in code.unit.slots.iter().enumerate().filter(|(_, s)| s.exported) {
            let value = match slot.kind {
                SlotKind::Function(prototype) if environment.get(i).is_none() => {
                    function_value(code, prototype.into(), None, &environment)
                }
                _ => environment.get(i).cloned().unwrap_or(Value::UNDEFINED),
            };
            if !value.is_undefined() {
                exports.push((slot.name.as_str(), value));
            }
        }
        exports
    }

    /// What this run has used so far.
    pub(crate) fn stats(&self) -> Stats {
        let peak = self.peak_memory.max(heap::allocated()) - self.start_memory;
        let counts = heap::counts();
        Stats {
            fuel: self.steps(),
            peak_memory: peak.max(0) as u64,
            copies: counts.copies - self.start.copies,
            updates: counts.updates - self.start.updates,
            allocations: counts.allocations - self.start.allocations,
        }
    }

    /// The steps taken so far.
    fn steps(&self) -> u64 {
        let fuel = i64::try_from(self.limits.fuel).unwrap_or(i64::MAX);
        (fuel - self.cx.bank - self.cx.fuel).clamp(0, fuel) as u64
    }

    /// From here on, notes where the steps go.
    pub(crate) fn sample(&mut self) {
        let mut sampler = Box::new(Sampler::new());
        self.cx.bank += self.cx.fuel;
        self.cx.fuel = sampler.slice().min(self.cx.bank);
        self.cx.bank -= self.cx.fuel;
        self.sampler = Some(sampler);
    }

    /// Where the steps went, if that was noted.
    pub(crate) fn profile(&mut self) -> Option<Profile> {
        let steps = self.steps();
        let sampler = self.sampler.take()?;
        Some(sampler.finish(steps, &self.instances, self.registry))
    }

    /// Runs a prototype without parameters or captures to its end.
    pub(crate) fn execute(&mut self, instance: u32, prototype: usize) -> Result<Value, Failure> {
        let code = self.instances[instance as usize].code.clone();
        self.frames.clear();
        let Some(prototype) = code.prototypes.get(prototype) else {
            return Err(Failure::internal("there is no such function"));
        };
        if let Some(sampler) = &mut self.sampler {
            sampler.begin(prototype, instance);
        }
        let _watch = watch::begin(self.cx.memory_end, &self.clock);
        self.allow_work();
        if let Err(fault) = self.ensure(1 + usize::from(prototype.registers)) {
            return Err(Failure::bare(fault));
        }
        let result = match self.begin(prototype, instance, 1) {
            Flow::To(at) => self.dispatch(at),
            // The first step was the last of a slice.
            _ => self.dispatch(self.at),
        };
        self.peak_memory = self.peak_memory.max(heap::allocated());
        result
    }

    /// Makes room for a frame that ends at `end`.
    #[inline]
    fn ensure(&mut self, end: usize) -> Result<(), Fault> {
        if end + MARGIN <= self.stack.len() { Ok(()) } else { self.grow(end) }
    }

    #[cold]
    fn grow(&mut self, end: usize) -> Result<(), Fault> {
        let more = (end + MARGIN).saturating_sub(self.stack.len());
        let before = self.stack.as_ptr().addr();
        if !watch::grow(&mut self.stack, more, &mut self.stack_charge) {
            return Err(Fault::Limit(Limit::Memory));
        }
        let wanted = self.stack.capacity();
        self.stack.resize(wanted, Value::UNDEFINED);
        self.stack_end = end_of(&mut self.stack);
        let start = self.stack.as_mut_ptr();
        // SAFETY: the same cells in the stack's new place.
        let moved = |regs: *mut Value| unsafe { start.byte_add(regs.addr() - before) };
        for frame in &mut self.frames {
            frame.at.regs = moved(frame.at.regs);
        }
        if !self.at.regs.is_null() {
            self.at.regs = moved(self.at.regs);
        }
        Ok(())
    }

    /// The end of a slice of fuel: looks at everything that can end a run.
    #[cold]
    fn slice_end(&mut self, place: usize) -> Result<(), Fault> {
        self.cx.settle_work();
        self.note_stack();
        let code = &self.instances[self.instance as usize].code;
        let place = (self.instance, code.index_of(self.prototype), place as u32);
        *self.samples.entry(place).or_insert(0) += 1;
        self.peak_memory = self.peak_memory.max(heap::allocated());
        watch::look().map_err(Fault::Limit)?;
        let slice = match &mut self.sampler {
            Some(sampler) => sampler.slice(),
            None => SLICE,
        };
        let more = (slice - self.cx.fuel.min(0)).min(self.cx.bank).max(0);
        self.cx.bank -= more;
        self.cx.fuel += more;
        self.cx.look_at = 0;
        self.native_end = i64::MAX;
        self.allow_work();
        if self.cx.fuel <= 0 { Err(Fault::Limit(Limit::Fuel)) } else { Ok(()) }
    }

    /// Tells walks over values how many steps are left: four cost as much as one of the machine's.
    fn allow_work(&self) {
        let left = self.cx.bank.saturating_add(self.cx.fuel).max(0) as u64;
        watch::allow_work(left.saturating_mul(4));
    }

    /// The function that most slices ended in, and where.
    fn hottest(&self) -> Option<(&Arc<Code>, usize, Span)> {
        let ((instance, prototype, pc), _) = self.samples.iter().max_by_key(|(k, n)| (**n, **k))?;
        let code = &self.instances.get(*instance as usize)?.code;
        Some((code, *prototype, code.span(*prototype, *pc as usize)))
    }

    /// The instance that a function of `code` made in `environment` runs in.
    fn instance_of(&mut self, code: &Arc<Code>, environment: Option<&Arc<Env>>) -> u32 {
        let run = environment.map_or(0, |e| e.run);
        let found = self.instances.iter().position(|i| {
            Arc::ptr_eq(&i.code, code) && self.environments[i.environment].run == run
        });
        match found {
            Some(found) => found as u32,
            None => {
                let environment = environment.cloned().unwrap_or_else(|| Arc::new(Env::empty()));
                self.add(code.clone(), environment)
            }
        }
    }
}

/// Where the last frame of a stack must end.
fn end_of(stack: &mut [Value]) -> *mut Value {
    let end = stack.len().saturating_sub(MARGIN);
    stack[end..].as_mut_ptr()
}

/// A function value.
pub(crate) fn function_value(
    code: &Arc<Code>,
    prototype: u32,
    captures: Option<heap::Ref<crate::value::Captures>>,
    environment: &Arc<Env>,
) -> Value {
    // A function that needs no names of its module holds on to none.
    let needs = code.prototypes.get(prototype as usize).is_some_and(|p| p.environment);
    let env = (needs && environment.run != 0).then(|| environment.clone());
    Value::function(heap::Ref::new(crate::value::Function {
        code: code.clone(),
        prototype,
        captures,
        env,
    }))
}
