//! The instructions that call and return. Bringing the arguments in order is [`super::call`]'s business.

use super::Machine;
use super::call::{Called, Named};
use super::step::{At, Exit, Fast, Flow, Pc, Slow, proceed_within_limits, replace};
use super::table::slow;
use crate::code::{Callee, Prototype};
use crate::fault::Fault;
use crate::native::{Native, Quick};
use crate::value::{Kind, Ref, Value};
use std::sync::Arc;
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
pub(super) fn call(s: Fast, dst: Reg, base: Reg, argc: u16) -> Flow {
    call_value(s, dst, base, argc, base)
}

#[inline(always)]
pub(super) fn call_kept(s: Fast, dst: Reg, base: Reg, argc: u16, function: Reg) -> Flow {
    call_value(s, dst, base, argc, function)
}

/// Calls a function value; at once where it is a closure that takes so many arguments, of a module that this call met before.
#[inline(always)]
fn call_value(s: Fast, dst: Reg, base: Reg, argc: u16, from: Reg) -> Flow {
    let Some(function) = s.r(from).as_fn() else { return Flow::Slow };
    let function = &**function;
    // SAFETY: a function's prototype is one of its code.
    let callee = unsafe { function.code.prototypes.get_unchecked(function.prototype as usize) };
    let seen = s.cache().load(Ordering::Relaxed);
    let Some(instance) = s.m.instances.get(seen as usize) else { return Flow::Slow };
    let same = Arc::ptr_eq(&instance.code, &function.code)
        && match &function.env {
            None => true,
            Some(env) => s.m.environments[instance.environment].run == env.run,
        };
    if !same || argc != callee.exactly || (callee.own && from != base) {
        return Flow::Slow;
    }
    if callee.captures > 0 {
        let captured = function.captured();
        // SAFETY: what is checked again when the frame is entered; the margin above every frame takes the cells until then.
        let place = unsafe { s.at.regs.add(base as usize + 1 + argc as usize) };
        if captured.len() != callee.captures as usize || captured.len() > 8 || place > s.m.stack_end
        {
            return Flow::Slow;
        }
        for (i, value) in captured.iter().enumerate() {
            // SAFETY: as above.
            let cell = unsafe { &mut *place.add(i) };
            if cell.is_heap() {
                return Flow::Slow;
            }
            cell.overwrite(value.clone());
        }
    }
    let Fast { m, at } = s;
    let flow = (Fast { m: &mut *m, at }).enter(callee, base, dst);
    if !matches!(flow, Flow::Slow) {
        // (The frame pushed has the caller's instance.)
        m.instance = seen;
    }
    flow
}

pub(super) fn call_slow(s: Slow, dst: Reg, base: Reg, argc: u16) -> Result {
    let at = s.cell(base);
    let called = s.m.call_value(at, argc.into())?;
    if let Called::Enter { instance, .. } = &called {
        s.cache().store(*instance, Ordering::Relaxed);
    }
    s.called(called, at, dst)
}

pub(super) fn call_kept_slow(s: Slow, dst: Reg, base: Reg, argc: u16, function: Reg) -> Result {
    *s.r(base) = s.r(function).clone();
    call_slow(s, dst, base, argc)
}

#[inline(always)]
pub(super) fn call_fn(s: Fast, dst: Reg, base: Reg, argc: u16, prototype: Idx) -> Flow {
    // SAFETY: prototypes live as long as the machine.
    let callee = unsafe { &*s.m.neighbour(prototype) };
    if callee.exactly != argc {
        return Flow::Slow;
    }
    s.enter(callee, base, dst)
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
    let callee: *const Callee = &s.m.instances[s.m.instance as usize].code.natives[native as usize];
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
    let at = At { pc, regs, consts };
    m.at = at;
    // SAFETY: verified registers and numbers of natives; a native has no way to the machine, so all stays where it is.
    unsafe {
        let Op::CallNative { dst, base, argc, native } = (*pc).op else {
            return slow::CallNative(m, pc, regs, consts);
        };
        let code = &m.instances.get_unchecked(m.instance as usize).code;
        let Callee::Native(native) = *code.natives.get_unchecked(native as usize) else {
            return slow::CallNative(m, pc, regs, consts);
        };
        let Some(function) = native.at_once(argc.into()) else {
            return slow::CallNative(m, pc, regs, consts);
        };
        let place = m.index(regs) + base as usize;
        let mut result = m.call_rust(native, function, place, argc.into());
        let Ok(value) = &mut result else {
            m.fault = result.err();
            return Exit::Failed;
        };
        // (Word by word: what the native has just stored so would be slow to load otherwise.)
        let value = value.take();
        std::mem::forget(result);
        replace(&mut *regs.add(base as usize), Value::UNDEFINED);
        replace(&mut *regs.add(dst as usize), value);
        proceed_within_limits(m, At { pc: pc.add(1), ..at })
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
    m.at = At { pc, regs, consts };
    // SAFETY: verified registers and numbers of natives. Codes live as long as the machine; the stack may move meanwhile, and `m.at` with
    // it.
    unsafe {
        let Op::CallNative { dst, base, argc, native } = (*pc).op else {
            return slow::CallNative(m, pc, regs, consts);
        };
        let code = &m.instances.get_unchecked(m.instance as usize).code;
        let Callee::Host(function) = code.natives.get_unchecked(native as usize) else {
            return slow::CallNative(m, pc, regs, consts);
        };
        let Some(body) = function.as_host_function().and_then(|f| f.at_once(argc.into())) else {
            return slow::CallNative(m, pc, regs, consts);
        };
        let body = &*std::ptr::from_ref(body);
        replace(&mut *regs.add(base as usize), Value::UNDEFINED);
        let place = m.index(regs) + base as usize + 1;
        let mut result = m.host_call(place, argc.into(), |call| body(call));
        let Ok(value) = &mut result else {
            m.fault = result.err();
            return Exit::Failed;
        };
        // (Word by word, as above.)
        let value = value.take();
        std::mem::forget(result);
        let at = m.at;
        replace(&mut *at.regs.add(dst as usize), value);
        proceed_within_limits(m, At { pc: at.pc.add(1), ..at })
    }
}

/// Calls a method that the machine does itself, if this call met it last and it has the common case before it.
#[inline(always)]
pub(super) fn quick_method(s: Fast, dst: Reg, base: Reg, argc: u16, _name: Idx) -> Flow {
    let cached = s.cache().load(Ordering::Relaxed);
    if cached >> 24 != Kind::Vec as u32 + 1 {
        return Flow::Slow;
    }
    let Some(native) = s.m.registry.by_id(cached & 0xff_ffff) else { return Flow::Slow };
    let receiver = s.r(base + 1);
    let Some(vector) = receiver.as_vec_mut() else { return Flow::Slow };
    match (native.quick, argc) {
        (Quick::VecLen, 1) => {
            let len = Value::int(vector.len() as i64);
            if s.r(dst).is_heap() {
                return Flow::Slow;
            }
            s.r(dst).overwrite(len);
            // The receiver was the call's.
            let receiver = receiver.take();
            s.leave(receiver)
        }
        (Quick::VecPush, 2) if vector.push_own(s.r(base + 2)) => {
            let vector = receiver.take();
            s.set(dst, vector)
        }
        _ => Flow::Slow,
    }
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
    let names = &s.p().names[names as usize];
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
    let names = &s.p().names[names as usize];
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

#[inline(always)]
pub(super) fn give_back(s: Fast, src: Reg) -> Flow {
    s.give_back(src)
}

pub(super) fn give_back_slow(s: Slow, src: Reg) -> Result {
    let value = s.r(src).take();
    s.give_back_from(value)
}

#[inline(always)]
pub(super) fn give_back_null(s: Fast) -> Flow {
    s.give_back(NONE)
}

pub(super) fn give_back_null_slow(s: Slow) -> Result {
    s.give_back_from(Value::NULL)
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
