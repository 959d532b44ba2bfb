//! The register machine.
//!
//! One value stack holds the frames, each a window of registers; the callee's window begins inside its caller's, so that
//! arguments are where they are needed. No native of the library ever calls the machine: its native stack use is constant. Only a function of
//! the host may call back, which [`hosted`] bounds.
//!
//! Invariants:
//! * every cell of the stack always holds a valid value; cells above the live frame hold nothing on the heap for longer than one call;
//! * `stack[base - 1]` of a frame holds the closure it runs, or nothing for functions without captures;
//! * the running frame ends at or before `stack_end`, above which are `MARGIN` cells;
//! * every [`Prototype`] was verified, so its operands are inside its frame and tables.

mod arithmetic;
mod at_once;
mod call;
mod data;
mod flow;
mod formula;
mod hosted;
mod instance;
mod instruction;
mod invoke;
mod leave;
mod loops;
mod method;
mod places;
mod record;
mod sample;
mod spare;
mod step;
mod table;
mod task;
mod unwind;

use crate::code::{Code, LoadedCode, Prototype, Shares};
use crate::explain::Explanation;
use crate::fault::{Fault, Limit};
use crate::grants::{NOTHING, State};
use crate::host::Later;
use crate::limits::{Limits, Stats};
use crate::native::{Context, Registry, SLICE};
use crate::profile::Profile;
use crate::value::watch::{self, Clock, Watch};
use crate::value::{Env, EnvRef, Function, Value, heap};
use foldhash::fast::FixedState;
use smol_str::SmolStr;
use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tansy_lang::bytecode::{Reg, SlotKind};
use tansy_lang::source::Span;

pub(crate) use call::wrong_count;
pub(crate) use formula::Formula;
use formula::Workspace;
pub(crate) use hosted::Cells;
use hosted::NESTED;
use instance::{Environment, Instance};
pub(crate) use instruction::{Begins, CodeCell, Instructions, Loader};
use record::Recorder;
pub(crate) use record::{Function as Recorded, Kept};
use sample::Sampler;
pub(crate) use spare::Setup;
use step::{At, Resume};
pub(crate) use task::{Progress, Task};
pub(crate) use unwind::{Failed, Failure, bounded};

/// Cells kept free above a frame: a callee slot, and the arguments of natives.
const MARGIN: usize = 64;
/// The cells of a new stack.
const CELLS: usize = 256;
/// The place in [`Machine::environments`] of the one of all units without names.
const NAMELESS: usize = 0;
/// Scripts of the library whose instances a machine remembers.
const SCRIPTS: usize = 16;
/// Instances that homes of functions can tell (see [`Machine::home`]).
const HOMES: u64 = 1 << 16;

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

/// A run of one program: its stack, its modules' environments, what it may still use.
pub(crate) struct Machine<'a> {
    /// Which share of a code is its.
    number: usize,
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
    /// What a call that goes on in another function of the machine has found.
    entering: (*const Function, *const Prototype),
    /// Where formulas are worked out.
    space: Workspace,
    /// The value of a run that ended.
    result: Value,
    /// What an instruction replaced and did not drop.
    garbage: Value,
    /// Why an instruction failed.
    fault: Option<Fault>,
    instances: Vec<Instance>,
    /// Whether one of them owns something.
    owns: bool,
    /// The number of this run, followed by sixteen zeros: what the homes of its functions begin with. Zero where numbers have become too large.
    homes: u64,
    /// The instances of scripts of the library, by their numbers, as last seen: only ever a hint.
    scripts: [u32; SCRIPTS],
    /// The first one is always there: see [`NAMELESS`].
    environments: Vec<Environment>,
    /// Environments without names, to be used again.
    unused: Vec<EnvRef>,
    cx: Context<'a>,
    limits: &'a Limits,
    /// How many frames there may be.
    call_depth: usize,
    clock: Clock,
    /// Where slices ended, for the note on a limit: the hottest place.
    samples: HashMap<(u32, usize, u32), u32, FixedState>,
    /// How many runs this one is inside: host functions that call back.
    nested: u32,
    /// Cells may hold values when the run ends: something failed or was done by the library, and left what the instruction had put there.
    unclean: bool,
    /// There is something else to give up then that few runs have.
    untidy: bool,
    /// It pauses at the end of each slice, and where a host function gives its result later.
    yields: bool,
    /// What gives the result of the host function that the run waits for, and where that goes: the cell of the call, the register.
    waiting: Option<(Later, usize, Reg)>,
    /// The run ended in the middle: code of the host panicked, or nobody waits for it any more.
    poisoned: bool,
    /// The fuel when the last native returned: while it is the same, nothing else has taken a step.
    native_end: i64,
    /// What notes where the steps go, if somebody asked.
    sampler: Option<Box<Sampler>>,
    /// What listens to the notes of traced code, if somebody asked.
    recorder: Option<Box<Recorder>>,
    start_memory: i64,
    start: heap::Counts,
    peak_memory: i64,
}

/// A number that no other environment has.
pub(crate) fn new_run() -> u64 {
    /// Each thread takes so many at a time.
    const BLOCK: u64 = 1 << 20;
    static BLOCKS: AtomicU64 = AtomicU64::new(0);
    thread_local!(static NEXT: Cell<u64> = const { Cell::new(0) });
    NEXT.with(|next| {
        let run = match next.get() {
            used if used % BLOCK == 0 => BLOCKS.fetch_add(1, Ordering::Relaxed) * BLOCK + 1,
            run => run,
        };
        next.set(run + 1);
        run
    })
}

impl<'a> Machine<'a> {
    /// A machine between runs.
    #[cold]
    fn new(registry: &'static Registry) -> Box<Machine<'a>> {
        static NUMBERS: AtomicUsize = AtomicUsize::new(0);
        let mut stack = vec![Value::UNDEFINED; CELLS];
        Box::new(Machine {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
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
            entering: (std::ptr::null(), std::ptr::null()),
            space: Workspace::EMPTY,
            result: Value::UNDEFINED,
            garbage: Value::UNDEFINED,
            fault: None,
            instances: Vec::new(),
            owns: false,
            homes: 0,
            scripts: [0; SCRIPTS],
            environments: vec![Environment::owned(EnvRef::new(Env::empty()))],
            unused: Vec::new(),
            cx: Context {
                fuel: 0,
                bank: 0,
                look_at: 0,
                memory_end: 0,
                output: None,
                output_left: 0,
                native: None,
                grants: &NOTHING,
                state: None,
            },
            limits: &Limits::DEFAULT,
            call_depth: 0,
            clock: Clock::default(),
            samples: HashMap::with_hasher(FixedState::default()),
            nested: 0,
            unclean: false,
            untidy: false,
            yields: false,
            waiting: None,
            poisoned: false,
            native_end: i64::MAX,
            sampler: None,
            recorder: None,
            start_memory: 0,
            start: heap::Counts::default(),
            peak_memory: 0,
        })
    }

    /// From here on, counts what [`Machine::stats`] tells.
    pub(crate) fn count(&mut self) {
        self.start = heap::counts();
        self.start_memory = heap::allocated();
        self.peak_memory = self.start_memory;
    }

    /// Exchanges what the run remembers of clock and chance: a session lends its own to each entry.
    pub(crate) fn swap_state(&mut self, state: &mut Option<Box<State>>) {
        std::mem::swap(&mut self.cx.state, state);
    }

    /// Adds a unit with a new environment, or with one that exists (the entries of a REPL share one).
    pub(crate) fn add(&mut self, code: Arc<Code>, environment: EnvRef) -> u32 {
        let known = self.environments.iter().position(|e| e.run == environment.run);
        let environment = known.unwrap_or_else(|| {
            self.environments.push(Environment::owned(environment));
            self.environments.len() - 1
        });
        self.push_owned(code, environment)
    }

    /// Adds a unit with an environment of its own, in which `fill` sets slots.
    pub(crate) fn add_program(&mut self, code: &'a Shares, fill: impl FnOnce(&mut Env)) -> u32 {
        let environment = match code.slot_count() {
            0 => NAMELESS,
            slots => {
                let environment = self.new_environment(slots, fill);
                self.environments.push(Environment::owned(environment));
                self.environments.len() - 1
            }
        };
        self.push_share(code, environment)
    }

    #[inline(always)]
    fn push_share(&mut self, code: &'a Shares, environment: usize) -> u32 {
        // SAFETY: the machine, and with it the instance, goes before what it borrows for `'a`.
        self.push(|| unsafe { Instance::of_shares(code, environment) })
    }

    /// Adds the unit of a function, for a call of it. `shares` are those of its code, if somebody has it in shares.
    fn add_function(&mut self, function: &'a Function, shares: Option<&'a Shares>) -> u32 {
        let environment = match &function.env {
            None => NAMELESS,
            Some(environment) => {
                // SAFETY: as for `push_share`.
                self.environments.push(unsafe { Environment::borrowed(environment) });
                self.environments.len() - 1
            }
        };
        if let Some(shares) = shares {
            return self.push_share(shares, environment);
        }
        // SAFETY: as for `push_share`.
        self.push(|| unsafe { Instance::of_function(&function.code, environment) })
    }

    fn push_owned(&mut self, code: Arc<Code>, environment: usize) -> u32 {
        self.owns = true;
        self.push(|| Instance::owned(code, environment))
    }

    #[inline]
    fn push(&mut self, make: impl FnOnce() -> Instance) -> u32 {
        if self.instances.is_empty() {
            // A run begins.
            let run = new_run();
            self.homes = if run < u64::MAX / HOMES { run * HOMES } else { 0 };
        }
        // (Where there is room it is made in its place.)
        if self.instances.len() < self.instances.capacity() {
            self.instances.push(make());
        } else {
            self.push_more(make());
        }
        (self.instances.len() - 1) as u32
    }

    #[cold]
    fn push_more(&mut self, instance: Instance) {
        self.instances.push(instance);
    }

    /// What a function keeps of the instance it ran in: a number that no function of another run has.
    fn home(&self, instance: u32) -> Option<u64> {
        let instance = u64::from(instance);
        (self.homes != 0 && instance < HOMES).then_some(self.homes | instance)
    }

    /// The instance of a function that has run here before.
    #[inline(always)]
    fn at_home(&self, function: &Function) -> Option<u32> {
        let instance = function.home.load(Ordering::Relaxed) ^ self.homes;
        (instance < HOMES).then_some(instance as u32)
    }

    fn new_environment(&mut self, slots: usize, fill: impl FnOnce(&mut Env)) -> EnvRef {
        if let Some(mut environment) = self.unused.pop()
            && let Some(own) = EnvRef::get_mut(&mut environment)
        {
            own.renew(new_run(), slots);
            fill(own);
            return environment;
        }
        let mut environment = Env::new(new_run(), slots);
        fill(&mut environment);
        EnvRef::new(environment)
    }

    /// Takes over the final environments of earlier runs, so that their functions see all of their modules.
    pub(crate) fn adopt(&mut self, environments: &[EnvRef]) {
        self.environments.extend(environments.iter().cloned().map(Environment::owned));
    }

    /// The environments of modules that have names, but for the one of a session itself.
    pub(crate) fn environments(&self, session: u64) -> Vec<EnvRef> {
        let modules = self.environments.iter().filter(|e| e.run != 0 && e.run != session);
        modules.map(|e| EnvRef::clone(e)).collect()
    }

    /// The environment of an instance, as it is now.
    pub(crate) fn environment(&self, instance: u32) -> EnvRef {
        EnvRef::clone(&self.environments[self.instances[instance as usize].environment])
    }

    /// Fills a slot of an instance.
    pub(crate) fn set_slot(&mut self, instance: u32, slot: usize, value: Value) {
        let environment = self.instances[instance as usize].environment;
        let environment = self.environments[environment].own();
        if EnvRef::get_mut(environment).is_none() {
            // A function holds this version: a new one is made.
            self.cx.fuel -= environment.len() as i64;
        }
        EnvRef::make_mut(environment).set(slot, value);
    }

    /// What a unit offers its importers and the host: its exported names with their values now.
    pub(crate) fn exports(&self, instance: u32) -> Vec<(SmolStr, Value)> {
        let here = &self.instances[instance as usize];
        let (code, environment) = (here.code(), self.environment(instance));
        let mut exports = Vec::new();
        for (i, slot) in code.infos().slots().enumerate().filter(|(_, s)| s.exported) {
            let value = match slot.kind {
                SlotKind::Function(prototype) if environment.get(i).is_none() => {
                    function_value(here.share(self.number), prototype.into(), None, &environment)
                }
                _ => environment.get(i).cloned().unwrap_or(Value::UNDEFINED),
            };
            if !value.is_undefined() {
                exports.push((slot.name, value));
            }
        }
        exports
    }

    /// What this run has used so far.
    pub(crate) fn stats(&self) -> Stats {
        let peak = self.peak_memory.max(heap::allocated()) - self.start_memory;
        let heap::Counts { copies, updates, allocations } = heap::counts().since(&self.start);
        let peak_memory = peak.max(0) as u64;
        Stats { fuel: self.steps(), peak_memory, copies, updates, allocations }
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
        self.untidy = true;
    }

    /// Where the steps went, if that was noted.
    pub(crate) fn profile(&mut self) -> Option<Profile> {
        let steps = self.steps();
        let sampler = self.sampler.take()?;
        Some(sampler.finish(steps, &self.instances, self.registry))
    }

    /// From here on, listens to the notes of traced code. `most`: so many steps are kept.
    pub(crate) fn record(&mut self, most: usize) {
        self.recorder = Some(Box::new(Recorder::new(most)));
        // What a note read last stays where it is.
        self.unclean = true;
        self.untidy = true;
    }

    /// What was heard, if somebody listened, but for the result of the run.
    pub(crate) fn explanation(&mut self, failed: bool) -> Option<Explanation> {
        let recorder = self.recorder.take()?;
        let codes = self.instances.iter().map(|i| i.share(self.number).clone());
        let codes: Vec<Arc<Code>> = codes.collect();
        Some(recorder.finish(&codes, failed))
    }

    /// Runs the body of an instance, or a `test` block, to its end. `input` gives the values of inputs by name.
    #[inline]
    pub(crate) fn execute(
        &mut self,
        instance: u32,
        prototype: usize,
        input: &mut dyn FnMut(&str) -> Option<Value>,
    ) -> Result<Value, Failure> {
        let watch = self.watch();
        if let Some(end) = watch.around() {
            self.nest_run(end)?;
        }
        self.enter_main(instance, prototype, input)?;
        let result = self.dispatch();
        self.peak_memory = self.peak_memory.max(heap::allocated());
        result
    }

    /// Makes the body of an instance, or a `test` block, the running function.
    #[inline]
    pub(crate) fn enter_main(
        &mut self,
        instance: u32,
        prototype: usize,
        input: &mut dyn FnMut(&str) -> Option<Value>,
    ) -> Result<(), Failure> {
        self.frames.clear();
        let code = self.instances[instance as usize].code();
        // SAFETY: codes live as long as the machine.
        let code = unsafe { &*std::ptr::from_ref(code) };
        let Some(prototype) = code.prototypes().get(prototype) else {
            return Err(Failed::internal("there is no such function"));
        };
        if let Some(sampler) = &mut self.sampler {
            sampler.begin(prototype, instance);
        }
        self.ensure(1 + usize::from(prototype.registers)).map_err(Failed::bare)?;
        if prototype.parameters > 0 {
            self.take_inputs(code, input)?;
        }
        self.stand_before(prototype, instance, 1);
        Ok(())
    }

    /// Puts inputs into the first cells of the body's frame.
    fn take_inputs(
        &mut self,
        code: &LoadedCode,
        input: &mut dyn FnMut(&str) -> Option<Value>,
    ) -> Result<(), Failure> {
        // Should one be missing, or the host's code panic.
        let unclean = std::mem::replace(&mut self.unclean, true);
        for (cell, name) in self.stack[1..].iter_mut().zip(code.inputs()) {
            let mut given = input(name);
            let Some(value) = &mut given else { return Err(no_input(name)) };
            // (Word by word: what has just been stored so would be slow to load otherwise.)
            cell.overwrite(value.take());
            std::mem::forget(given);
        }
        self.unclean = unclean;
        Ok(())
    }

    /// Makes room for a frame that ends at `end`.
    #[inline]
    fn ensure(&mut self, end: usize) -> Result<(), Fault> {
        if self.has_room(end) { Ok(()) } else { self.grow(end) }
    }

    /// Whether there is room for a frame that ends at `end`.
    #[inline(always)]
    fn has_room(&self, end: usize) -> bool {
        end + MARGIN <= self.stack.len()
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
        self.follow_stack(before);
        Ok(())
    }

    /// Gives up what some cells hold.
    #[inline(always)]
    fn forget(&mut self, cells: Range<usize>) {
        for cell in &mut self.stack[cells] {
            if cell.is_heap() {
                *cell = Value::UNDEFINED;
            }
        }
    }

    /// Finds the cells again after the stack has moved from an address.
    fn follow_stack(&mut self, before: usize) {
        let start = self.stack.as_mut_ptr();
        if start.addr() == before {
            return;
        }
        // SAFETY: the same cells in the stack's new place.
        let moved = |regs: *mut Value| unsafe { start.byte_add(regs.addr() - before) };
        for frame in &mut self.frames {
            frame.at.regs = moved(frame.at.regs);
        }
        if !self.at.regs.is_null() {
            self.at.regs = moved(self.at.regs);
        }
    }

    /// The end of a slice of fuel: looks at everything that can end a run.
    #[cold]
    fn slice_end(&mut self, place: usize) -> Result<(), Fault> {
        self.cx.settle_work();
        self.note_stack();
        let code = self.instances[self.instance as usize].code();
        let place = (self.instance, code.index_of(self.prototype), place as u32);
        *self.samples.entry(place).or_insert(0) += 1;
        self.untidy = true;
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
        watch::allow_work(self.work_left());
        if self.cx.fuel <= 0 { Err(Fault::Limit(Limit::Fuel)) } else { Ok(()) }
    }

    /// Has the thread watched, for as long as the result lives, for what this run may use.
    #[inline]
    fn watch(&self) -> Watch {
        watch::begin(self.cx.memory_end, self.work_left(), &self.clock)
    }

    /// Begins a run inside another one, which may hold no more than `end`, if it is not too deep inside others: each takes native stack.
    #[cold]
    fn nest_run(&mut self, end: i64) -> Result<(), Failure> {
        // What the run around may hold, it holds together with this one.
        self.cx.memory_end = self.cx.memory_end.min(end);
        if watch::runs_inside() > NESTED {
            Err(Failed::bare(Fault::Limit(Limit::Depth)))
        } else {
            Ok(())
        }
    }

    /// How many steps walks over values may take: four cost as much as one of the machine's.
    #[inline]
    fn work_left(&self) -> u64 {
        // (What the two are together never was more than this type holds.)
        let left = (self.cx.bank + self.cx.fuel).max(0) as u64;
        left.saturating_mul(4)
    }

    /// The function that most slices ended in, and where.
    fn hottest(&self) -> Option<(&LoadedCode, usize, Span)> {
        let ((instance, prototype, pc), _) = self.samples.iter().max_by_key(|(k, n)| (**n, **k))?;
        let code = self.instances.get(*instance as usize)?.code();
        Some((code, *prototype, code.span(*prototype, *pc as usize)))
    }

    /// The instance that a function of `code` made in `environment` runs in.
    fn instance_of(&mut self, code: &Arc<Code>, environment: Option<&EnvRef>) -> u32 {
        let Some(environment) = environment else {
            // Whatever the names are, it does not ask for them.
            let any = self.instances.iter().position(|i| code.is(i.code()));
            return match any {
                Some(found) => found as u32,
                None => self.push_owned(code.clone(), NAMELESS),
            };
        };
        match self.find_instance(code, environment.run) {
            Some(found) => found,
            None => self.add(code.clone(), environment.clone()),
        }
    }

    /// The instance of a unit of the library.
    fn library_instance(&mut self, code: &'static Shares) -> u32 {
        self.find_instance(code, 0).unwrap_or_else(|| self.push_share(code, NAMELESS))
    }

    /// The same of the library's script of a number, looked for where it was last.
    #[inline(always)]
    fn script_instance(&mut self, number: usize, code: &'static Shares) -> u32 {
        match self.scripts.get(number).and_then(|seen| self.instances.get(*seen as usize)) {
            Some(seen) if std::ptr::eq(seen.code(), &**code) => self.scripts[number],
            _ => self.find_script(number, code),
        }
    }

    #[cold]
    fn find_script(&mut self, number: usize, code: &'static Shares) -> u32 {
        let instance = self.library_instance(code);
        if let Some(seen) = self.scripts.get_mut(number) {
            *seen = instance;
        }
        instance
    }

    fn find_instance(&self, code: &LoadedCode, run: u64) -> Option<u32> {
        let of_run = |i: &Instance| self.environments[i.environment].run == run;
        let found = self.instances.iter().position(|i| std::ptr::eq(i.code(), code) && of_run(i));
        found.map(|i| i as u32)
    }
}

#[cold]
fn no_input(name: &str) -> Failure {
    let message = format!("the host gave no value for the input `{name}`");
    Failed::bare(Fault::new("missing-input", message))
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
    environment: &EnvRef,
) -> Value {
    // A function that needs no names of its module holds on to none.
    let needs = code.prototypes().get(prototype as usize).is_some_and(|p| p.environment);
    let env = (needs && environment.run != 0).then(|| environment.clone());
    Value::function(heap::Ref::new(Function::new(code.clone(), prototype, captures, env)))
}
