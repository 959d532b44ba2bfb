//! Functions that are a short formula (`|x| x.qty >= least`), worked out where they are called.
//!
//! A formula is made of a function's instructions when they are loaded (see `make`): steps that read the arguments and captures where they
//! stand, and so need no frame. They change nothing that anybody sees. So at whatever is not the common case the whole is given up, and the
//! function is called as any other, from its beginning: what errors say, and what is charged, is that call's business. A formula costs the
//! step that the call costs.
//!
//! As with instructions, a small function carries out each step and ends by going to the next one; the last goes to the instruction behind the
//! call. (Where no jump is made of that, the native stack grows by as many frames as a formula has steps.)
//!
//! `unsafe` here is the unchecked access to places. What makes it sound: a place was verified as the register or constant that it was, is
//! among the captures that the function has, or was written by an earlier step on every way to this one.

mod act;
mod make;

pub(super) use make::Making;

use super::Machine;
use super::instruction::Pc;
use super::invoke::{call_at_length, call_fn_at_length, call_of};
use super::step::{Exit, Fast, Flow};
use crate::code::Prototype;
use crate::value::Value;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use tansy_lang::bytecode::NONE;

/// A function as a formula.
#[derive(Debug)]
pub(crate) struct Formula {
    /// The last one goes to no other.
    steps: Box<[Step]>,
    /// The number of arguments with which it is worth a try: of a formula that was given up too often, one that no call has.
    argc: AtomicU16,
    /// How often it was given up.
    failures: AtomicU16,
}

/// A formula that was given up more often is not tried again.
const FAILURES: u16 = 64;

/// Steps compute so many values at most, and find so many inside of others.
const RESULTS: usize = 8;
const FOUND: usize = 4;

/// Where a value is: so many bytes from a base.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    base: u8,
    offset: u16,
}

impl Place {
    /// Of an operand that a step has not: any that there is.
    const NONE: Place = Place { base: OWN, offset: 0 };

    fn new(base: u8, index: usize) -> Place {
        Place { base, offset: (index * size_of::<Value>()) as u16 }
    }
}

/// The bases: the registers of the call, the captures (null if it is not a value that is called), the function's constants, the results of steps, and each value found.
const ARGUMENTS: u8 = 0;
const CAPTURES: u8 = 1;
const CONSTANTS: u8 = 2;
const OWN: u8 = 3;
const BASES: usize = 4 + FOUND;

#[derive(Debug)]
pub(super) struct Step {
    pub(super) act: Act,
    a: Place,
    b: Place,
    /// Which result it writes; of a step that finds something, which base.
    to: u8,
    /// Of a jump, how many steps on it leads.
    skip: u8,
    /// Where a field was found last.
    hint: AtomicU32,
}

/// Carries out a step.
///
/// # Safety
/// The machine's workspace is ready for the formula that the step is of, and what the steps before it were to write there is written; the
/// other pointers are the state of the running frame, which is at the call.
pub(super) type Act =
    for<'m, 'a> unsafe fn(&'m mut Machine<'a>, Pc, *mut Value, *const Value, *const Step) -> Exit;

/// Where formulas find what they read, and keep what they compute.
pub(super) struct Workspace {
    bases: [*const Value; BASES],
    /// None is on the heap.
    results: [Value; RESULTS],
    /// A value on its way to where it goes.
    value: Value,
}

impl Workspace {
    pub(super) const EMPTY: Workspace = Workspace {
        bases: [std::ptr::null(); BASES],
        results: [Value::UNDEFINED; RESULTS],
        value: Value::UNDEFINED,
    };

    /// The value at a place.
    ///
    /// # Safety
    /// There is one, and it stays for as long as the result is used.
    #[inline(always)]
    unsafe fn at<'v>(&self, place: Place) -> &'v Value {
        // SAFETY: the caller's promise.
        unsafe { &*self.bases.get_unchecked(place.base as usize).byte_add(place.offset as usize) }
    }
}

impl Formula {
    /// The formula that a call of a function with so many arguments is worth a try.
    #[inline(always)]
    pub(super) fn of_call(callee: &Prototype, argc: u16) -> Option<&Formula> {
        let formula = callee.formula.as_deref()?;
        (argc == formula.argc.load(Ordering::Relaxed)).then_some(formula)
    }

    /// Begins to work out the call of `callee`, whose formula it is and which, if it is a value, has captured this.
    #[inline(always)]
    pub(super) fn begin(&self, s: Fast, callee: &Prototype, captured: Option<&[Value]>) -> Flow {
        let room = s.m.frames.len() < s.m.frames_end && s.m.cx.fuel > 1;
        let captured = match captured {
            None if !room => return Flow::Then(call_fn_at_length::<false>),
            None => std::ptr::null(),
            Some(captured) if !room || captured.len() != callee.captures as usize => {
                return Flow::Then(call_at_length::<false>);
            }
            Some(captured) => captured.as_ptr(),
        };
        // SAFETY: a verified register.
        let arguments = unsafe { s.at.regs.add(call_of(&s).base as usize + 1) };
        let space = &mut s.m.space;
        space.bases[ARGUMENTS as usize] = arguments;
        space.bases[CAPTURES as usize] = captured;
        space.bases[CONSTANTS as usize] = callee.constants;
        space.bases[OWN as usize] = space.results.as_ptr();
        Flow::Work(self.steps.as_ptr())
    }

    /// A function's formula, if it has one, had to be given up.
    pub(super) fn failed(formula: Option<&Formula>) {
        let Some(formula) = formula else { return };
        let failures = formula.failures.load(Ordering::Relaxed);
        match failures < FAILURES {
            true => formula.failures.store(failures + 1, Ordering::Relaxed),
            false => formula.argc.store(NONE, Ordering::Relaxed),
        }
    }
}
