//! The instructions that call and return. Bringing the arguments in order is [`super::call`]'s business.

use super::Machine;
use super::call::{Called, Named};
use super::formula::Formula;
use super::instruction::{Operands, Pc, operands, shape};
use super::step::{At, Exit, Fast, Flow, Slow, follow};
use super::table::{fast, slow};
use crate::code::{Callee, Prototype};
use crate::fault::Fault;
use crate::native::Native;
use crate::value::{Function, Ref, Value};
use tansy_lang::bytecode::{Idx, NONE, Op, Reg};

type Result = std::result::Result<Flow, Fault>;

impl Slow<'_, '_> {
    /// Calls the value in the cell `at`, whose arguments follow it.
    pub(super) fn call(self, at: usize, argc: usize, dst: Reg) -> Result {
        let called = self.m.call_value(at, argc)?;
        self.called(called, at, dst)
    }

    /// Calls a native, whose arguments follow the cell `at`.
    #[inline(always)]
    pub(super) fn call_native(
        self,
        native: &'static Native,
        at: usize,
        argc: usize,
        dst: Reg,
    ) -> Result {
        let called = match native.at_once(argc) {
            Some(function) => Called::Done(self.m.call_rust(native, function, at, argc)?),
            None => self.m.call_native(native, at, argc)?,
        };
        self.called(called, at, dst)
    }

    /// Calls a function of the library that the machine itself needs.
    pub(super) fn library(self, name: &str, dst: Reg, arguments: Vec<Value>) -> Result {
        let at = self.cell(self.p().registers);
        self.m.unclean = true;
        let native = (self.m.registry.global(name))
            .ok_or_else(|| Fault::new("internal", format!("the library has no `{name}`")))?;
        let argc = arguments.len();
        self.m.ensure(at + 1 + argc)?;
        self.m.stack[at] = Value::UNDEFINED;
        for (i, value) in arguments.into_iter().enumerate() {
            self.m.stack[at + 1 + i] = value;
        }
        self.call_native(native, at, argc, dst)
    }

    /// Goes on after the arguments of a call were arranged; for a `dst` of [`NONE`], as a tail call.
    #[inline]
    pub(super) fn called(self, called: Called, at: usize, dst: Reg) -> Result {
        match called {
            Called::Done(value) => {
                self.m.stack[at] = Value::UNDEFINED;
                if dst == NONE { self.give_back(value) } else { self.set(dst, value) }
            }
            Called::Later(later) => {
                self.m.waiting = Some((later, at, dst));
                Ok(Flow::Exit(Exit::Wait))
            }
            Called::Enter { prototype, instance } if dst == NONE => {
                self.m.slide(at, prototype)?;
                let base = self.m.base();
                Ok(self.m.begin(prototype, instance, base))
            }
            Called::Enter { prototype, instance } => self.enter(prototype, instance, at + 1, dst),
        }
    }
}

#[inline(always)]
pub(super) fn call(s: Fast, _dst: Reg, _base: Reg, _argc: u16) -> Flow {
    call_value(s)
}

#[inline(always)]
pub(super) fn call_kept(s: Fast, _dst: Reg, _base: Reg, _argc: u16, _function: Reg) -> Flow {
    call_value(s)
}

/// The operands of a call that may be worked out as a formula.
pub(super) struct Call {
    pub(super) dst: Reg,
    /// The arguments follow this.
    pub(super) base: Reg,
    pub(super) argc: u16,
    /// Where the function value is, if it is a call of one: in `base`, or where it stays.
    pub(super) function: Reg,
}

/// The call that is being carried out. (Read when it is needed: the fewer operands are in registers of the processor.)
#[inline(always)]
pub(super) fn call_of(s: &Fast) -> Call {
    // SAFETY: asked by the functions of these instructions only, whose operands are alike.
    let Operands(dst, base, argc, function, ..) =
        unsafe { operands(s.at.pc, shape!(CallKept { dst, base, argc, function })) };
    Call { dst: *dst, base: *base, argc: *argc, function: *function }
}

/// The function that a call of a function value finds, and its prototype.
#[inline(always)]
fn callee_of<'v>(s: &Fast) -> Option<(&'v Function, &'v Prototype)> {
    let function = &**s.r(call_of(s).function).as_fn()?;
    // SAFETY: a function's prototype is one of its code.
    let callee = unsafe { function.code.prototype_at(function.at) };
    Some((function, callee))
}

/// Calls a function value: at once, where it is a closure that takes so many arguments, and a formula or has run before.
#[inline(always)]
fn call_value(s: Fast) -> Flow {
    let Some((function, callee)) = callee_of(&s) else { return Flow::Slow };
    let argc = call_of(&s).argc;
    if let Some(formula) = Formula::of_call(callee, argc) {
        return formula.begin(s, callee, Some(function.captured()));
    }
    s.m.entering = (function, callee);
    // (Each apart, since they need more registers of the processor.)
    Flow::Then(if argc == callee.plainly { enter_plain } else { enter_closure })
}

/// Enters the frame of [`Machine::entering`], which takes so many arguments and captures nothing.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at a call that [`call_value`] has begun.
#[inline(never)]
unsafe fn enter_plain(m: &mut Machine<'_>, pc: Pc, regs: *mut Value, consts: *const Value) -> Exit {
    let at = At { pc, regs, consts };
    let mut s = Fast { m: &mut *m, at };
    let Call { dst, base, function: from, .. } = call_of(&s);
    // Of what an earlier instruction left in the cell before the frame nothing is held during the call.
    let clean = from == base || !s.r(base).is_heap();
    // SAFETY: the call keeps the function, which keeps its code; the rest is the caller's promise.
    unsafe {
        let (function, callee) = s.m.entering;
        if clean
            && let Some(instance) = s.m.at_home(&*function)
            && s.save_return(dst)
        {
            match s.enter(callee, instance, base) {
                Flow::Slow => {}
                flow => return follow(m, flow, at),
            }
        }
        call_slowly(m, pc, regs, consts)
    }
}

/// Enters the frame of [`Machine::entering`], if it takes so many arguments, its captures behind them.
///
/// # Safety
/// As for [`enter_plain`].
#[inline(never)]
unsafe fn enter_closure(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
) -> Exit {
    let at = At { pc, regs, consts };
    // SAFETY: the same instruction, the same state.
    unsafe {
        match place_captures(Fast { m: &mut *m, at }) {
            true => enter_plain(m, pc, regs, consts),
            false => call_slowly(m, pc, regs, consts),
        }
    }
}

/// Copies the captures of [`Machine::entering`] behind the arguments. Not unless that is all there is to arrange.
///
/// # Safety
/// As for [`enter_plain`].
#[inline(always)]
unsafe fn place_captures(s: Fast) -> bool {
    let Call { base, argc, function: from, .. } = call_of(&s);
    // SAFETY: as there; verified registers are inside the frame, and the margin above `stack_end` makes the sum a pointer into the stack, or
    // just past it.
    unsafe {
        let (function, callee) = (&*s.m.entering.0, &*s.m.entering.1);
        let captured = function.captured();
        let inner = s.at.regs.add(base as usize + 1);
        if argc != callee.exactly
            || captured.len() != callee.captures as usize
            || (callee.own && from != base)
            || inner.wrapping_add(callee.registers as usize) > s.m.stack_end
        {
            return false;
        }
        let mut place = inner.add(argc as usize);
        for value in captured {
            if (*place).is_heap() {
                return false;
            }
            (*place).overwrite(value.clone());
            place = place.add(1);
        }
        true
    }
}

/// A call of a function value that could be a formula, as any other. `GIVE_UP`: it was tried.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at such a call.
#[inline(never)]
pub(super) unsafe fn call_at_length<const GIVE_UP: bool>(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
) -> Exit {
    let s = Fast { m: &mut *m, at: At { pc, regs, consts } };
    // SAFETY: the same instruction, the same state; prototypes live as long as the machine.
    unsafe {
        let Some((function, callee)) = callee_of(&s) else {
            return call_slowly(m, pc, regs, consts);
        };
        if GIVE_UP {
            Formula::failed(callee.formula.as_deref());
        }
        m.entering = (function, callee);
        enter_closure(m, pc, regs, consts)
    }
}

/// The same for an [`Op::CallFn`].
///
/// # Safety
/// As for [`call_at_length`].
#[inline(never)]
pub(super) unsafe fn call_fn_at_length<const GIVE_UP: bool>(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
) -> Exit {
    // SAFETY: the same instruction, the same state; prototypes live as long as the machine.
    unsafe {
        if GIVE_UP {
            let Operands(_, _, _, prototype, ..) =
                operands(pc, shape!(CallFn { dst, base, argc, prototype }));
            Formula::failed((*m.neighbour(*prototype)).formula.as_deref());
        }
        fast::CallFn(m, pc, regs, consts)
    }
}

/// The slow function of a call of a function value.
///
/// # Safety
/// As for [`enter_plain`].
#[inline(always)]
unsafe fn call_slowly(m: &mut Machine<'_>, pc: Pc, regs: *mut Value, consts: *const Value) -> Exit {
    // SAFETY: the same instruction, the same state.
    unsafe {
        let Call { base, function, .. } =
            call_of(&Fast { m: &mut *m, at: At { pc, regs, consts } });
        match function == base {
            true => slow::Call(m, pc, regs, consts),
            false => slow::CallKept(m, pc, regs, consts),
        }
    }
}

pub(super) fn call_slow(s: Slow, dst: Reg, base: Reg, argc: u16) -> Result {
    let at = s.cell(base);
    s.call(at, argc.into(), dst)
}

pub(super) fn call_kept_slow(s: Slow, dst: Reg, base: Reg, argc: u16, function: Reg) -> Result {
    *s.r(base) = s.r(function).clone();
    call_slow(s, dst, base, argc)
}

/// A call of a function that is a formula.
#[inline(always)]
pub(super) fn call_short_fn(s: Fast, _dst: Reg, _base: Reg, argc: u16, prototype: Idx) -> Flow {
    // SAFETY: prototypes live as long as the machine.
    let callee = unsafe { &*s.m.neighbour(prototype) };
    match Formula::of_call(callee, argc) {
        Some(formula) => formula.begin(s, callee, None),
        None => Flow::Then(fast::CallFn),
    }
}

#[inline(always)]
pub(super) fn call_fn(mut s: Fast, dst: Reg, base: Reg, argc: u16, prototype: Idx) -> Flow {
    // SAFETY: prototypes live as long as the machine.
    let callee = unsafe { &*s.m.neighbour(prototype) };
    if callee.exactly != argc || !s.save_return(dst) {
        return Flow::Slow;
    }
    let instance = s.m.instance;
    // SAFETY: there is room for the frame.
    unsafe { s.enter(callee, instance, base) }
}

pub(super) fn call_fn_slow(s: Slow, dst: Reg, base: Reg, argc: u16, prototype: Idx) -> Result {
    let at = s.cell(base);
    let callee = s.m.neighbour(prototype);
    // SAFETY: prototypes live as long as the machine.
    s.m.arrange(unsafe { &*callee }, at + 1, argc.into(), Default::default)?;
    let instance = s.m.instance;
    s.enter(callee, instance, at + 1, dst)
}

pub(super) fn call_sibling(s: Slow, dst: Reg, base: Reg, argc: u16, prototype: Idx) -> Result {
    let at = s.cell(base);
    let callee = s.m.call_sibling(at, argc.into(), prototype)?;
    let instance = s.m.instance;
    s.enter(callee, instance, at + 1, dst)
}

#[inline(always)]
pub(super) fn call_native(s: Slow, dst: Reg, base: Reg, argc: u16, native: Idx) -> Result {
    let at = s.cell(base);
    let callee: *const Callee =
        &s.m.instances[s.m.instance as usize].code().natives()[native as usize];
    // SAFETY: codes live as long as the machine.
    match unsafe { &*callee } {
        Callee::Native(native) => s.call_native(native, at, argc.into(), dst),
        Callee::Host(function) => {
            *s.r(base) = Value::UNDEFINED;
            let Some(function) = function.as_host_function() else {
                return Err(Fault::new("internal", "a host function that is none"));
            };
            let called = s.m.call_host(function, at, argc.into())?;
            s.called(called, at, dst)
        }
        Callee::Constant(value) => s.called(Called::Done(value.clone()), at, dst),
    }
}

pub(super) fn call_named(s: Slow, dst: Reg, base: Reg, argc: u16, names: Idx) -> Result {
    let at = s.cell(base);
    let callee = Named::value(s.r(base))?;
    let names = &s.p().names()[names as usize];
    let argc = s.m.bind_names(at, argc.into(), names, &callee)?;
    s.call(at, argc, dst)
}

pub(super) fn call_spread(s: Slow, dst: Reg, base: Reg) -> Result {
    let at = s.cell(base);
    let (mut argc, names) = s.m.spread(at + 1)?;
    if !names.is_empty() {
        let callee = Named::value(&s.m.stack[at])?;
        argc = s.m.bind_names(at, argc, &names, &callee)?;
    }
    s.call(at, argc, dst)
}

pub(super) fn tail_call(s: Slow, base: Reg, argc: u16) -> Result {
    let at = s.cell(base);
    s.call(at, argc.into(), NONE)
}

pub(super) fn tail_call_fn(s: Slow, base: Reg, argc: u16, prototype: Idx) -> Result {
    let at = s.cell(base);
    let callee = s.m.neighbour(prototype);
    *s.r(base) = Value::UNDEFINED;
    // SAFETY: prototypes live as long as the machine.
    s.m.arrange(unsafe { &*callee }, at + 1, argc.into(), Default::default)?;
    let instance = s.m.instance;
    s.called(Called::Enter { prototype: callee, instance }, at, NONE)
}

pub(super) fn tail_call_sibling(s: Slow, base: Reg, argc: u16, prototype: Idx) -> Result {
    let at = s.cell(base);
    let callee = s.m.call_sibling(at, argc.into(), prototype)?;
    let instance = s.m.instance;
    s.called(Called::Enter { prototype: callee, instance }, at, NONE)
}

impl Machine<'_> {
    /// Arranges a call of a function of the running one's group.
    fn call_sibling(
        &mut self,
        at: usize,
        argc: usize,
        prototype: Idx,
    ) -> std::result::Result<*const Prototype, Fault> {
        let callee = self.neighbour(prototype);
        let own = self.stack[self.base() - 1].clone();
        // SAFETY: prototypes live as long as the machine.
        let prototype = unsafe { &*callee };
        self.arrange(prototype, at + 1, argc, Default::default)?;
        match own.as_fn() {
            Some(function) => {
                let function = Ref::clone(function);
                self.place_captures(prototype, at + 1, &function)?;
            }
            None if prototype.captures > 0 => {
                return Err(Fault::new("internal", "a function without its captures"));
            }
            None => {}
        }
        self.stack[at] = own;
        Ok(callee)
    }

    /// A tail call: moves the arranged callee in the cell `at` and what follows it down to where the running frame begins.
    fn slide(&mut self, at: usize, callee: *const Prototype) -> std::result::Result<(), Fault> {
        // SAFETY: prototypes live as long as the machine.
        let (running, callee) = unsafe { (&*self.prototype, &*callee) };
        let count = usize::from(callee.parameters) + usize::from(callee.captures);
        let base = self.base();
        self.ensure(base + usize::from(callee.registers))?;
        self.stack[base - 1] = self.stack[at].take();
        for i in 0..count {
            self.stack[base + i] = self.stack[at + 1 + i].take();
        }
        let end = base + usize::from(running.registers).max(count);
        self.forget(base + count..end);
        Ok(())
    }
}
