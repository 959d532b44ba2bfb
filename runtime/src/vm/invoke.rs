//! The instructions that call and return. Bringing the arguments in order is [`super::call`]'s business.

use super::call::{Called, Named};
use super::step::{At, Exit, Fast, Flow, Pc, Slow, follow, replace, work_apart, worked};
use super::table::slow;
use super::{MARGIN, Machine};
use crate::code::{Callee, Prototype};
use crate::fault::Fault;
use crate::native::{Native, NativeBody, Quick};
use crate::value::{Kind, Ref, Value, Vector};
use std::sync::atomic::Ordering;
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
pub(super) fn call(s: Fast, dst: Reg, _base: Reg, _argc: u16) -> Flow {
    call_value::<false>(s, dst)
}

#[inline(always)]
pub(super) fn call_kept(s: Fast, dst: Reg, _base: Reg, _argc: u16, _function: Reg) -> Flow {
    call_value::<true>(s, dst)
}

/// Where a call of a function value has its arguments, how many, and where the function is. (Read when they are needed: the fewer are
/// in registers of the processor.)
#[inline(always)]
fn operands<const KEPT: bool>(s: &Fast) -> (Reg, u16, Reg) {
    match *s.op() {
        Op::CallKept { base, argc, function, .. } if KEPT => (base, argc, function),
        Op::Call { base, argc, .. } if !KEPT => (base, argc, base),
        // SAFETY: asked by the functions of these instructions only.
        _ => unsafe { std::hint::unreachable_unchecked() },
    }
}

/// Calls a function value; at once where it is a closure that takes so many arguments and has run before.
#[inline(always)]
fn call_value<const KEPT: bool>(mut s: Fast, dst: Reg) -> Flow {
    if !s.save_return(dst) {
        return Flow::Slow;
    }
    let (base, argc, from) = operands::<KEPT>(&s);
    let Some(function) = s.r(from).as_fn() else { return Flow::Slow };
    let function = &**function;
    let Some(instance) = s.m.at_home(function) else { return Flow::Slow };
    // SAFETY: a function's prototype is one of its code.
    let callee = unsafe { function.code.prototypes.get_unchecked(function.prototype as usize) };
    if argc == callee.plainly {
        // SAFETY: there is room for the frame.
        unsafe { s.enter(callee, instance, base) }
    } else if argc == callee.exactly && callee.captures > 0 && !(callee.own && from != base) {
        s.m.entering = (callee, instance);
        Flow::Then(call_closure::<KEPT>)
    } else {
        Flow::Slow
    }
}

/// The rest of [`call_value`] for a closure with captures. (Apart, since it needs a stack frame.)
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at a call that [`call_value`] has begun.
#[inline(never)]
unsafe fn call_closure<const KEPT: bool>(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
) -> Exit {
    let at = At { pc, regs, consts };
    // SAFETY: the same instruction, the same state.
    unsafe {
        match enter_closure::<KEPT>(Fast { m: &mut *m, at }) {
            Flow::Slow if KEPT => slow::CallKept(m, pc, regs, consts),
            Flow::Slow => slow::Call(m, pc, regs, consts),
            flow => follow(m, flow, at),
        }
    }
}

/// Enters the frame of the closure that [`call_value`] has found.
///
/// # Safety
/// As for [`call_closure`].
#[inline(always)]
unsafe fn enter_closure<const KEPT: bool>(s: Fast) -> Flow {
    let (base, argc, from) = operands::<KEPT>(&s);
    let Some(function) = s.r(from).as_fn() else { return Flow::Slow };
    let (callee, instance) = s.m.entering;
    let captured = function.captured();
    // SAFETY: verified registers are inside the frame; the margin above `stack_end` makes the sum a pointer into the stack, or just past
    // it; prototypes live as long as the machine.
    let (mut place, end, captures) = unsafe {
        let inner = s.at.regs.add(base as usize + 1);
        let end = inner.wrapping_add((*callee).registers as usize);
        (inner.add(argc as usize), end, (*callee).captures)
    };
    if end > s.m.stack_end || captured.len() != captures as usize {
        return Flow::Slow;
    }
    for value in captured {
        // SAFETY: a register of the callee, for whose frame there is room.
        unsafe {
            if (*place).is_heap() {
                return Flow::Slow;
            }
            (*place).overwrite(value.clone());
            place = place.add(1);
        }
    }
    // SAFETY: there is room for what was saved.
    unsafe { s.enter(callee, instance, base) }
}

pub(super) fn call_slow(s: Slow, dst: Reg, base: Reg, argc: u16) -> Result {
    let at = s.cell(base);
    s.call(at, argc.into(), dst)
}

pub(super) fn call_kept_slow(s: Slow, dst: Reg, base: Reg, argc: u16, function: Reg) -> Result {
    *s.r(base) = s.r(function).clone();
    call_slow(s, dst, base, argc)
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
        &s.m.instances[s.m.instance as usize].code().natives[native as usize];
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

/// A call of a native written in Rust with just the arguments that it expects.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at an [`Op::CallNative`].
pub(super) unsafe fn native_at_once(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
) -> Exit {
    // SAFETY: the same instruction, the same state.
    unsafe { work_apart(m, At { pc, regs, consts }, do_native, slow::CallNative) }
}

/// The work of [`native_at_once`].
///
/// # Safety
/// As for that.
#[inline(never)]
unsafe fn do_native(m: &mut Machine<'_>) -> Option<Exit> {
    let At { pc, regs, .. } = m.at;
    // SAFETY: verified registers and numbers of natives; a native has no way to the machine, so all stays where it is.
    unsafe {
        let Op::CallNative { dst, base, argc, native } = (*pc).op else { return None };
        let code = m.instances.get_unchecked(m.instance as usize).code();
        let Callee::Native(native) = *code.natives.get_unchecked(native as usize) else {
            return None;
        };
        let function = native.at_once(argc.into())?;
        let place = m.index(regs) + base as usize;
        let mut result = m.call_rust(native, function, place, argc.into());
        let Ok(value) = &mut result else {
            m.fault = result.err();
            return Some(Exit::Failed);
        };
        // (Word by word: what the native has just stored so would be slow to load otherwise.)
        let value = value.take();
        std::mem::forget(result);
        replace(&mut *regs.add(base as usize), Value::UNDEFINED);
        replace(&mut *regs.add(dst as usize), value);
        Some(worked(m))
    }
}

/// A call of a function of the host with just the arguments that it expects.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at an [`Op::CallNative`].
pub(super) unsafe fn host_at_once(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
) -> Exit {
    // SAFETY: the same instruction, the same state.
    unsafe { work_apart(m, At { pc, regs, consts }, do_host, slow::CallNative) }
}

/// The work of [`host_at_once`].
///
/// # Safety
/// As for that.
#[inline(never)]
unsafe fn do_host(m: &mut Machine<'_>) -> Option<Exit> {
    let At { pc, regs, .. } = m.at;
    // SAFETY: verified registers and numbers of natives. Codes live as long as the machine; the stack may move meanwhile, and `m.at` with
    // it.
    unsafe {
        let Op::CallNative { dst, base, argc, native } = (*pc).op else { return None };
        let code = m.instances.get_unchecked(m.instance as usize).code();
        let Callee::Host(function) = code.natives.get_unchecked(native as usize) else {
            return None;
        };
        let body = function.as_host_function()?.at_once(argc.into())?;
        let body = &*std::ptr::from_ref(body);
        replace(&mut *regs.add(base as usize), Value::UNDEFINED);
        let place = m.index(regs) + base as usize + 1;
        let mut result = m.host_call(place, argc.into(), |call| body(call));
        let Ok(value) = &mut result else {
            m.fault = result.err();
            return Some(Exit::Failed);
        };
        // (Word by word, as above.)
        let value = value.take();
        std::mem::forget(result);
        replace(&mut *m.at.regs.add(dst as usize), value);
        Some(worked(m))
    }
}

/// Calls a method that the machine does itself or that is written in Tansy, if this call met it last and it has the common case before it.
#[inline(always)]
pub(super) fn quick_method(s: Fast, dst: Reg, base: Reg, argc: u16, _name: Idx) -> Flow {
    let receiver = s.r(base + 1);
    let Some(native) = seen_method(&s, receiver) else { return Flow::Slow };
    match (native.quick, argc) {
        (Quick::VecLen, 1) => {
            let Some(items) = receiver.as_vec().and_then(Vector::as_slice) else {
                return Flow::Slow;
            };
            let len = Value::int(items.len() as i64);
            if s.r(dst).is_heap() {
                return Flow::Slow;
            }
            s.r(dst).overwrite(len);
            // The receiver was the call's.
            if receiver.let_go() {
                return Flow::Next;
            }
            let receiver = receiver.take();
            s.leave(receiver)
        }
        (Quick::VecPush, 2) => {
            let Some(vector) = receiver.as_vec_mut() else { return Flow::Slow };
            if !vector.push_own(s.r(base + 2)) {
                return Flow::Slow;
            }
            let vector = receiver.take();
            s.set(dst, vector)
        }
        (Quick::Script, _) => Flow::Then(call_script),
        _ => Flow::Slow,
    }
}

/// The method that a call met last, if it is for such a receiver. (Another thread may write to the cache at any time.)
#[inline(always)]
fn seen_method(s: &Fast, receiver: &Value) -> Option<&'static Native> {
    let cached = s.cache().load(Ordering::Relaxed);
    let kind = receiver.kind();
    // Objects are asked first themselves.
    if cached >> 24 != kind as u32 + 1 || kind == Kind::Object {
        return None;
    }
    s.m.registry.by_id(cached & 0xff_ffff)
}

/// The rest of [`quick_method`] for a method that is written in Tansy.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at a [`Op::CallMethod`] that [`quick_method`] has begun.
#[inline(never)]
unsafe fn call_script(m: &mut Machine<'_>, pc: Pc, regs: *mut Value, consts: *const Value) -> Exit {
    let at = At { pc, regs, consts };
    // SAFETY: the same instruction, the same state.
    unsafe {
        match enter_script(Fast { m: &mut *m, at }) {
            Flow::Slow => slow::CallMethod(m, pc, regs, consts),
            flow => follow(m, flow, at),
        }
    }
}

/// Enters the frame of a method written in Tansy.
#[inline(always)]
fn enter_script(mut s: Fast) -> Flow {
    let Op::CallMethod { dst, base, argc, .. } = *s.op() else { return Flow::Slow };
    let Some(native) = seen_method(&s, s.r(base + 1)) else { return Flow::Slow };
    let NativeBody::Script(script, target) = &native.body else { return Flow::Slow };
    let Some(Ok((code, prototype))) = target.get() else { return Flow::Slow };
    let Some(callee) = code.prototypes.get(*prototype) else { return Flow::Slow };
    if s.r(base).is_heap() {
        return Flow::Slow;
    }
    let instance = s.m.script_instance(script.number, code);
    if argc != callee.exactly {
        // Missing arguments are left undefined, in cells that the margin above every frame has at least.
        let few = callee.exactly != NONE && (callee.required..callee.exactly).contains(&argc);
        if !few || usize::from(callee.exactly) >= MARGIN {
            return Flow::Slow;
        }
        for i in argc..callee.exactly {
            // SAFETY: as above.
            let cell = unsafe { &mut *s.at.regs.add(usize::from(base) + 1 + usize::from(i)) };
            if cell.is_heap() {
                return Flow::Slow;
            }
            cell.overwrite(Value::UNDEFINED);
        }
    }
    if !s.save_return(dst) {
        return Flow::Slow;
    }
    // SAFETY: there is room for the frame.
    unsafe { s.enter(callee, instance, base) }
}

#[inline(always)]
pub(super) fn call_method(s: Slow, dst: Reg, base: Reg, argc: u16, name: Idx) -> Result {
    let at = s.cell(base);
    if let Some(called) = s.m.call_object(at, argc.into(), s.k(name))? {
        return s.called(called, at, dst);
    }
    let native = s.cached_method(s.r(base + 1), s.k(name))?;
    s.call_native(native, at, argc.into(), dst)
}

pub(super) fn call_named(s: Slow, dst: Reg, base: Reg, argc: u16, names: Idx) -> Result {
    let at = s.cell(base);
    let callee = Named::value(s.r(base))?;
    let names = &s.p().names()[names as usize];
    let argc = s.m.bind_names(at, argc.into(), names, &callee)?;
    s.call(at, argc, dst)
}

pub(super) fn call_method_named(
    s: Slow,
    dst: Reg,
    base: Reg,
    argc: u16,
    name: Idx,
    names: Idx,
) -> Result {
    let at = s.cell(base);
    let native = s.m.method(s.r(base + 1), s.name(name))?;
    let names = &s.p().names()[names as usize];
    let argc = s.m.bind_names(at, argc.into(), names, &Named::native(native))?;
    s.call_native(native, at, argc, dst)
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

pub(super) fn call_method_spread(s: Slow, dst: Reg, base: Reg, name: Idx) -> Result {
    let at = s.cell(base);
    let native = s.m.method(s.r(base + 1), s.name(name))?;
    let (argc, names) = s.m.spread(at + 2)?;
    let mut argc = argc + 1;
    if !names.is_empty() {
        argc = s.m.bind_names(at, argc, &names, &Named::native(native))?;
    }
    s.call_native(native, at, argc, dst)
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

pub(super) fn tail_call_method(s: Slow, base: Reg, argc: u16, name: Idx) -> Result {
    call_method(s, NONE, base, argc, name)
}

impl Slow<'_, '_> {
    /// The method of a call site: remembered for the kind of receiver seen last.
    #[inline]
    fn cached_method(
        &self,
        receiver: &Value,
        name: &Value,
    ) -> std::result::Result<&'static Native, Fault> {
        let cell = self.cache();
        let kind = receiver.kind() as u32 + 1;
        let cached = cell.load(Ordering::Relaxed);
        if cached >> 24 == kind
            && let Some(native) = self.m.registry.by_id(cached & 0xff_ffff)
        {
            return Ok(native);
        }
        let native = self.m.method(receiver, name.as_str().unwrap_or_default())?;
        cell.store(kind << 24 | native.id, Ordering::Relaxed);
        Ok(native)
    }
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
