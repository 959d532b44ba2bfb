//! Calls of methods: of the one that the call met last by the shortest way, of any other by its name.

use super::at_once::do_rust;
use super::call::Named;
use super::instruction::{Operands, Pc, operands, shape};
use super::step::{At, Exit, Fast, Flow, Slow, follow, replace, work_apart, worked};
use super::table::{quick, slow};
use super::{MARGIN, Machine};
use crate::fault::Fault;
use crate::native::{Native, NativeBody, Quick};
use crate::value::{Kind, Value, Vector};
use std::sync::atomic::{AtomicU32, Ordering};
use tansy_lang::bytecode::{Idx, NONE, Op, Reg};

type Result = std::result::Result<Flow, Fault>;

/// Calls the method that this call met last.
#[inline(always)]
pub(super) fn call(s: Fast, _dst: Reg, base: Reg, _argc: u16, _name: Idx) -> Flow {
    let Some(native) = seen_method(&s, s.r(base + 1)) else { return Flow::Slow };
    // A call gives up what an earlier instruction left before its arguments, whichever way it takes.
    if s.r(base).is_heap() {
        return Flow::Slow;
    }
    Flow::Then(match native.quick {
        Quick::VecLen => quick::vec_len,
        Quick::VecPush => quick::vec_push,
        Quick::VecSet => quick::vec_set,
        Quick::Script => call_script,
        Quick::Function | Quick::No => at_once,
    })
}

/// What the call of a method remembers: the kind of receiver that it met last, and the method.
#[inline(always)]
fn met_last<'v>(pc: Pc) -> &'v AtomicU32 {
    // SAFETY: asked at such calls only, whose operands are alike here.
    let Operands(.., met, _) =
        unsafe { operands(pc, shape!(CallMethod { dst, base, argc, name })) };
    met
}

/// The method that a call met last, if it is for such a receiver. (Another thread may write to the cache at any time.)
#[inline(always)]
fn seen_method(s: &Fast, receiver: &Value) -> Option<&'static Native> {
    let cached = met_last(s.at.pc).load(Ordering::Relaxed);
    let kind = receiver.kind();
    // Objects are asked first themselves.
    if cached >> 24 != kind as u32 + 1 || kind == Kind::Object {
        return None;
    }
    s.m.registry.by_id(cached & 0xff_ffff)
}

/// `v.len()` of a vector whose items lie side by side.
#[inline(always)]
pub(super) fn vec_len(s: Fast, dst: Reg, base: Reg, argc: u16, _name: Idx) -> Flow {
    let receiver = s.r(base + 1);
    let Some(items) = receiver.as_vec().and_then(Vector::as_slice) else {
        return Flow::Then(at_once);
    };
    if argc != 1 || s.r(dst).is_heap() {
        return Flow::Then(at_once);
    }
    s.r(dst).overwrite(Value::int(items.len() as i64));
    // The receiver was the call's.
    if receiver.let_go() {
        return Flow::Next;
    }
    let receiver = receiver.take();
    s.leave(receiver)
}

/// `v.push(x)` of a vector that nobody else holds, and that has room.
#[inline(always)]
pub(super) fn vec_push(s: Fast, dst: Reg, base: Reg, argc: u16, _name: Idx) -> Flow {
    let receiver = s.r(base + 1);
    let Some(vector) = receiver.as_vec_mut() else { return Flow::Then(at_once) };
    if argc != 2 || !vector.push_own(s.r(base + 2)) {
        return Flow::Then(at_once);
    }
    let vector = receiver.take();
    s.set(dst, vector)
}

/// `v.set(i, x)` of a vector that nobody else holds.
#[inline(always)]
pub(super) fn vec_set(s: Fast, dst: Reg, base: Reg, argc: u16, _name: Idx) -> Flow {
    if argc != 3 || s.r(base + 3).is_undefined() {
        return Flow::Then(at_once);
    }
    let (receiver, i) = (s.r(base + 1), s.r(base + 2).as_int());
    let (Some(vector), Some(i)) = (receiver.as_vec_mut(), i) else { return Flow::Then(at_once) };
    // (One value can be left to be dropped.)
    if s.r(dst).is_heap() {
        return Flow::Then(set_apart);
    }
    let Some(place) = vector.own_mut(i as usize) else { return Flow::Then(set_apart) };
    let old = std::mem::replace(place, s.r(base + 3).take());
    s.r(dst).overwrite(receiver.take());
    if old.is_heap() {
        return s.leave(old);
    }
    std::mem::forget(old);
    Flow::Next
}

/// The rest of [`vec_set`], where nothing needs arranging.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at an [`Op::CallMethod`] that [`vec_set`] has begun.
#[inline(never)]
unsafe fn set_apart(m: &mut Machine<'_>, pc: Pc, regs: *mut Value, consts: *const Value) -> Exit {
    // SAFETY: the same instruction, the same state.
    unsafe { work_apart(m, At { pc, regs, consts }, set, at_once) }
}

/// The work of [`set_apart`].
///
/// # Safety
/// As for that.
#[inline(never)]
unsafe fn set(m: &mut Machine<'_>) -> Option<Exit> {
    let at = m.at;
    let s = Fast { m: &mut *m, at };
    // SAFETY: the caller's promise.
    let &Operands(dst, base, ..) =
        unsafe { operands(at.pc, shape!(CallMethod { dst, base, argc, name })) };
    let (receiver, item) = (s.r(base + 1), s.r(base + 3));
    let i = usize::try_from(s.r(base + 2).as_int()?).ok()?;
    let vector = receiver.as_vec_mut()?;
    if !vector.store(i, item) {
        return None;
    }
    let vector = receiver.take();
    replace(s.r(dst), vector);
    Some(worked(m))
}

/// Calls a method that is written in Rust, if these are just the arguments that it expects.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at an [`Op::CallMethod`].
#[inline(never)]
unsafe fn at_once(m: &mut Machine<'_>, pc: Pc, regs: *mut Value, consts: *const Value) -> Exit {
    // SAFETY: the same instruction, the same state.
    unsafe { work_apart(m, At { pc, regs, consts }, do_method, slow::CallMethod) }
}

/// The work of [`at_once`].
///
/// # Safety
/// As for that.
#[inline(never)]
unsafe fn do_method(m: &mut Machine<'_>) -> Option<Exit> {
    let at = m.at;
    let s = Fast { m: &mut *m, at };
    // SAFETY: the caller's promise.
    let &Operands(dst, base, argc, ..) =
        unsafe { operands(at.pc, shape!(CallMethod { dst, base, argc, name })) };
    let native = seen_method(&s, s.r(base + 1))?;
    // SAFETY: the registers of the call.
    unsafe { do_rust(m, native, dst, base, argc) }
}

/// The rest of [`call`] for a method that is written in Tansy.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at a [`Op::CallMethod`] that [`call`] has begun.
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
    // SAFETY: asked at such a call only.
    let &Operands(dst, base, argc, ..) =
        unsafe { operands(s.at.pc, shape!(CallMethod { dst, base, argc, name })) };
    let Some(native) = seen_method(&s, s.r(base + 1)) else { return Flow::Slow };
    let NativeBody::Script(script, target) = &native.body else { return Flow::Slow };
    let Some(Ok((code, prototype))) = target.get() else { return Flow::Slow };
    let Some(callee) = code.prototypes().get(*prototype) else { return Flow::Slow };
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
pub(super) fn call_slow(s: Slow, dst: Reg, base: Reg, argc: u16, name: Idx) -> Result {
    let at = s.cell(base);
    if let Some(called) = s.m.call_object(at, argc.into(), s.k(name))? {
        return s.called(called, at, dst);
    }
    s.m.take_elements(at + 1, s.name(name))?;
    let native = s.cached_method(s.r(base + 1), s.k(name))?;
    s.call_native(native, at, argc.into(), dst)
}

pub(super) fn call_named(s: Slow, dst: Reg, base: Reg, argc: u16, name: Idx, names: Idx) -> Result {
    let at = s.cell(base);
    s.m.take_elements(at + 1, s.name(name))?;
    let native = s.m.method(s.r(base + 1), s.name(name))?;
    let names = &s.p().names()[names as usize];
    let argc = s.m.bind_names(at, argc.into(), names, &Named::native(native))?;
    s.call_native(native, at, argc, dst)
}

pub(super) fn call_spread(s: Slow, dst: Reg, base: Reg, name: Idx) -> Result {
    let at = s.cell(base);
    s.m.take_elements(at + 1, s.name(name))?;
    let native = s.m.method(s.r(base + 1), s.name(name))?;
    let (argc, names) = s.m.spread(at + 2)?;
    let mut argc = argc + 1;
    if !names.is_empty() {
        argc = s.m.bind_names(at, argc, &names, &Named::native(native))?;
    }
    s.call_native(native, at, argc, dst)
}

pub(super) fn tail_call(s: Slow, base: Reg, argc: u16, name: Idx) -> Result {
    call_slow(s, NONE, base, argc, name)
}

impl Slow<'_, '_> {
    /// The method of a call site: remembered for the kind of receiver seen last.
    #[inline]
    fn cached_method(
        &self,
        receiver: &Value,
        name: &Value,
    ) -> std::result::Result<&'static Native, Fault> {
        let cell = met_last(self.m.at.pc);
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
