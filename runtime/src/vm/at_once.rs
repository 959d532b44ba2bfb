//! Calls of natives and of the host's functions with just the arguments that they expect, which is known when the code is loaded.

use super::Machine;
use super::instruction::{Handler, Operands, Pc, operands, shape};
use super::step::{At, Exit, Fast, proceed, replace, work_apart, worked};
use super::table::slow;
use crate::code::Callee;
use crate::host::{BodyApart, HostBody};
use crate::native::Native;
use crate::value::{Value, watch};
use std::hint::unreachable_unchecked;
use tansy_lang::bytecode::{Idx, Op, Reg};

/// The function for a call of `callee` with so many arguments, if they need no arranging.
pub(super) fn at_once(callee: &Callee, argc: usize) -> Option<Handler> {
    match callee {
        Callee::Native(native) => native.at_once(argc).map(|_| native_at_once as Handler),
        Callee::Host(function) => {
            let function = function.as_host_function().filter(|f| f.takes_plainly(argc))?;
            match &function.body {
                HostBody::Apart(_) => Some(host_apart),
                HostBody::Now(_) => Some(host_with_call),
                HostBody::Later(_) => None,
            }
        }
        Callee::Constant(_) => None,
    }
}

/// A call of a native written in Rust with just the arguments that it expects.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at an [`Op::CallNative`].
unsafe fn native_at_once(
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
    let At { pc, .. } = m.at;
    // SAFETY: verified registers and numbers of natives; a native has no way to the machine, so all stays where it is.
    unsafe {
        let &Operands(dst, base, argc, native, ..) =
            operands(pc, shape!(CallNative { dst, base, argc, native }));
        let code = m.instances.get_unchecked(m.instance as usize).code();
        let Callee::Native(native) = *code.natives().get_unchecked(native as usize) else {
            return None;
        };
        do_rust(m, native, dst, base, argc)
    }
}

/// Calls a native written in Rust, if these are just the arguments that it expects.
///
/// # Safety
/// [`Machine::at`] is the state of the running frame, which is at a call with these registers.
#[inline(always)]
pub(super) unsafe fn do_rust(
    m: &mut Machine<'_>,
    native: &'static Native,
    dst: Reg,
    base: Reg,
    argc: u16,
) -> Option<Exit> {
    let regs = m.at.regs;
    // SAFETY: verified registers; a native has no way to the machine, so all stays where it is.
    unsafe {
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

/// The same of a function of the host, which sees the call.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at an [`Op::CallNative`].
unsafe fn host_with_call(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
) -> Exit {
    // SAFETY: the same instruction, the same state.
    unsafe { work_apart(m, At { pc, regs, consts }, do_host, slow::CallNative) }
}

/// The work of [`host_with_call`].
///
/// # Safety
/// As for that.
#[inline(never)]
unsafe fn do_host(m: &mut Machine<'_>) -> Option<Exit> {
    let At { pc, regs, .. } = m.at;
    // SAFETY: verified registers and numbers of natives. Codes live as long as the machine; the stack may move meanwhile, and `m.at` with
    // it.
    unsafe {
        let &Operands(dst, base, argc, native, ..) =
            operands(pc, shape!(CallNative { dst, base, argc, native }));
        let code = m.instances.get_unchecked(m.instance as usize).code();
        let Callee::Host(function) = code.natives().get_unchecked(native as usize) else {
            return None;
        };
        let HostBody::Now(body) = &function.as_host_function()?.body else { return None };
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

/// The same of one that sees nothing of the machine: so all stays where it is, and its result comes in registers of the processor.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at an [`Op::CallNative`] of such a function.
unsafe fn host_apart(m: &mut Machine<'_>, pc: Pc, regs: *mut Value, consts: *const Value) -> Exit {
    let at = At { pc, regs, consts };
    // The host's code may panic.
    m.at = at;
    // SAFETY: verified registers are inside the frame, the arguments among them; nothing else reaches these while the host's code runs.
    unsafe {
        let &Operands(dst, base, argc, native, ..) =
            operands(pc, shape!(CallNative { dst, base, argc, native }));
        if (*regs.add(base as usize)).is_heap() {
            return slow::CallNative(m, pc, regs, consts);
        }
        let body: *const BodyApart = body_apart(m, native);
        let first = regs.add(base as usize + 1);
        m.cx.fuel -= 1;
        let arguments = std::slice::from_raw_parts_mut(first, argc as usize);
        let value = (*body)(arguments, &mut m.fault);
        m.cx.settle_work();
        if m.fault.is_some() {
            return failed_apart(first, argc);
        }
        give(m, at, dst, value.into())
    }
}

/// Stores what code of the host gave, and goes on behind the instruction; it may have used up what the run may use.
///
/// # Safety
/// `at` is the state of the machine's running frame, at an instruction that has such a register and is not the last.
#[inline(always)]
pub(super) unsafe fn give(m: &mut Machine<'_>, at: At, dst: Reg, value: Value) -> Exit {
    if (Fast { m: &mut *m, at }).replace(dst, value) {
        drop_garbage(m);
    }
    // SAFETY: the caller's promise.
    unsafe {
        let pc = at.pc.add(1);
        if m.cx.fuel <= 0 || watch::full() {
            m.at.pc = pc;
            return Exit::Slice;
        }
        proceed(m, At { pc, ..at })
    }
}

/// The body of the function that [`host_apart`] calls.
///
/// # Safety
/// It is asked by that.
#[inline(always)]
unsafe fn body_apart<'m>(m: &'m Machine<'_>, native: Idx) -> &'m BodyApart {
    // SAFETY: verified numbers of natives; what they are never changes.
    unsafe {
        let code = m.instances.get_unchecked(m.instance as usize).code();
        let Callee::Host(function) = code.natives().get_unchecked(native as usize) else {
            unreachable_unchecked()
        };
        match function.as_host_function().map(|function| &function.body) {
            Some(HostBody::Apart(body)) => body,
            _ => unreachable_unchecked(),
        }
    }
}

/// Ends a call that failed, whose arguments may still be there.
///
/// # Safety
/// They stand in the stack from `first` on.
#[cold]
unsafe fn failed_apart(first: *mut Value, argc: u16) -> Exit {
    for i in 0..argc {
        // SAFETY: the caller's promise.
        replace(unsafe { &mut *first.add(i as usize) }, Value::UNDEFINED);
    }
    Exit::Failed
}

/// Drops what an instruction replaced.
#[cold]
fn drop_garbage(m: &mut Machine<'_>) {
    drop(m.garbage.take());
}
