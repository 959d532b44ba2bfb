//! The functions that carry out steps.

use super::{CAPTURES, Step};
use crate::value::{Tags, Value, Vector};
use crate::vm::Machine;
use crate::vm::arithmetic::{at_most_at_once, equal_at_once, less_at_once, numbers};
use crate::vm::instruction::Pc;
use crate::vm::invoke::{Call, call_at_length, call_fn_at_length, call_of};
use crate::vm::step::{At, Exit, Fast, proceed};
use std::sync::atomic::Ordering;
use tansy_lang::bytecode::Reg;

/// A value made of two others, in the common case.
pub(super) trait Compute {
    fn of(a: &Value, b: &Value) -> Option<Value>;
}

/// Whether to jump, likewise.
pub(super) trait Decide {
    fn of(a: &Value, b: &Value) -> Option<bool>;
}

/// A value inside of another, likewise.
pub(super) trait Find {
    fn of<'v>(a: &'v Value, b: &Value) -> Option<&'v Value>;
}

macro_rules! of {
    ($trait:ident, $result:ty; $($name:ident: $of:expr;)*) => {$(
        pub(super) struct $name;

        impl $trait for $name {
            #[inline(always)]
            fn of(a: &Value, b: &Value) -> $result {
                $of(a, b)
            }
        }
    )*};
}

of! { Compute, Option<Value>;
    Add: numbers::add;
    Sub: numbers::sub;
    Mul: numbers::mul;
    Div: numbers::div;
    IntDiv: numbers::int_div;
    Rem: numbers::rem;
    RemInt: numbers::rem_int;
    Neg: |a: &Value, _| numbers::neg(a);
    Not: |a: &Value, _| a.as_bool().map(|a| Value::bool(!a));
    Eq: |a, b| equal_at_once(a, b).map(Value::bool);
    Ne: |a, b| equal_at_once(a, b).map(|equal| Value::bool(!equal));
    Lt: |a, b| less_at_once(a, b).map(Value::bool);
    Le: |a, b| at_most_at_once(a, b).map(Value::bool);
}

of! { Decide, Option<bool>;
    IfTrue: |a: &Value, _| a.as_bool();
    IfFalse: |a: &Value, _| a.as_bool().map(|a| !a);
    IfEq: equal_at_once;
    IfNe: |a, b| equal_at_once(a, b).map(|equal| !equal);
    IfLt: less_at_once;
    IfLe: at_most_at_once;
    IfNull: |a: &Value, _| Some(a.is_null());
    IfNotNull: |a: &Value, _| Some(!a.is_null());
    UnlessVec: |a, b| is_vec(a, b, false).map(|is| !is);
    UnlessOpenVec: |a, b| is_vec(a, b, true).map(|is| !is);
}

/// `a[b]` of a vector, from the front.
pub(super) struct Index;

impl Find for Index {
    #[inline(always)]
    fn of<'v>(a: &'v Value, b: &Value) -> Option<&'v Value> {
        // A negative number is far outside when read as unsigned.
        a.as_vec()?.flat_at(b.as_int()? as usize)
    }
}

/// An element of the vector `a`, which a negative place counts from the end.
pub(super) struct Element;

impl Find for Element {
    #[inline(always)]
    fn of<'v>(a: &'v Value, place: &Value) -> Option<&'v Value> {
        let items = a.as_vec().and_then(Vector::as_slice)?;
        let place = place.int_bits();
        let place = if place < 0 { items.len() as i64 + place } else { place };
        items.get(place as usize)
    }
}

/// Whether `a` is a vector of so many elements, or with `open`, of at least so many.
#[inline(always)]
fn is_vec(a: &Value, len: &Value, open: bool) -> Option<bool> {
    let Some(vector) = a.as_vec() else { return Some(false) };
    let (items, len) = (vector.as_slice()?, len.int_bits() as usize);
    Some(items.len() == len || (open && items.len() > len))
}

/// Computes a value. `LAST`: that of the function.
///
/// # Safety
/// As for [`super::Act`].
pub(super) unsafe fn compute<C: Compute, const LAST: bool>(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
    step: *const Step,
) -> Exit {
    // SAFETY: the caller's promise; what is not the last step goes to another.
    unsafe {
        let Step { a, b, .. } = *step;
        let Some(value) = C::of(m.space.at(a), m.space.at(b)) else {
            return give_up(m, pc, regs, consts, step);
        };
        if LAST {
            return give(m, pc, regs, consts, value);
        }
        // (What stood there is no block.)
        m.space.results.get_unchecked_mut((*step).to as usize).overwrite(value);
        go_on(m, pc, regs, consts, step.add(1))
    }
}

/// Jumps, or not.
///
/// # Safety
/// As for [`super::Act`].
pub(super) unsafe fn decide<D: Decide>(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
    step: *const Step,
) -> Exit {
    // SAFETY: the caller's promise; what is not the last step goes to another.
    unsafe {
        let Step { a, b, .. } = *step;
        match D::of(m.space.at(a), m.space.at(b)) {
            Some(true) => go_on(m, pc, regs, consts, step.add((*step).skip as usize)),
            Some(false) => go_on(m, pc, regs, consts, step.add(1)),
            None => give_up(m, pc, regs, consts, step),
        }
    }
}

/// Finds a value inside of another. `LAST`: that of the function.
///
/// # Safety
/// As for [`super::Act`].
pub(super) unsafe fn find<F: Find, const LAST: bool>(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
    step: *const Step,
) -> Exit {
    // SAFETY: the caller's promise; what is not the last step goes to another.
    unsafe {
        let Step { a, b, .. } = *step;
        match F::of(m.space.at(a), m.space.at(b)) {
            Some(found) => go_on_with::<LAST>(m, pc, regs, consts, step, found),
            None => give_up(m, pc, regs, consts, step),
        }
    }
}

/// Finds what a map has under a name, where the last one had it.
///
/// # Safety
/// As for [`super::Act`].
pub(super) unsafe fn field<const LAST: bool>(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
    step: *const Step,
) -> Exit {
    // SAFETY: the caller's promise; what is not the last step goes to another.
    unsafe {
        let Step { a, b, .. } = *step;
        let map = m.space.at(a).as_map();
        match map.and_then(|map| map.at_hint(m.space.at(b), (*step).hint.load(Ordering::Relaxed))) {
            Some(found) => go_on_with::<LAST>(m, pc, regs, consts, step, found),
            None => field_elsewhere::<LAST>(m, pc, regs, consts, step),
        }
    }
}

/// The same where the last one had it elsewhere.
///
/// # Safety
/// As for [`super::Act`].
#[inline(never)]
unsafe fn field_elsewhere<const LAST: bool>(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
    step: *const Step,
) -> Exit {
    // SAFETY: the caller's promise; what is not the last step goes to another.
    unsafe {
        let Step { a, b, .. } = *step;
        let mut hint = (*step).hint.load(Ordering::Relaxed);
        let map = m.space.at(a).as_map();
        match map.and_then(|map| map.get_hinted(m.space.at(b), &mut hint)) {
            Some(found) => {
                (*step).hint.store(hint, Ordering::Relaxed);
                go_on_with::<LAST>(m, pc, regs, consts, step, found)
            }
            None => give_up(m, pc, regs, consts, step),
        }
    }
}

/// Gives a value that is there.
///
/// # Safety
/// As for [`super::Act`].
pub(super) unsafe fn share(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
    step: *const Step,
) -> Exit {
    // SAFETY: the caller's promise; what is not the last step goes to another.
    unsafe {
        let value = m.space.at((*step).a).clone();
        give(m, pc, regs, consts, value)
    }
}

/// Calls the function instead.
///
/// # Safety
/// As for [`super::Act`].
pub(super) unsafe fn give_up(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
    _step: *const Step,
) -> Exit {
    // SAFETY: the caller's promise.
    unsafe {
        match m.space.bases[CAPTURES as usize].is_null() {
            true => call_fn_at_length::<true>(m, pc, regs, consts),
            false => call_at_length::<true>(m, pc, regs, consts),
        }
    }
}

/// Goes on with a step.
///
/// # Safety
/// As for [`super::Act`].
#[inline(always)]
unsafe fn go_on(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
    step: *const Step,
) -> Exit {
    // SAFETY: the caller's promise.
    unsafe { ((*step).act)(m, pc, regs, consts, step) }
}

/// Goes on with what a step has found.
///
/// # Safety
/// As for [`super::Act`]; the step is one that finds something.
#[inline(always)]
unsafe fn go_on_with<const LAST: bool>(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
    step: *const Step,
    found: &Value,
) -> Exit {
    if LAST {
        let value = found.clone();
        // SAFETY: the caller's promise.
        return unsafe { give(m, pc, regs, consts, value) };
    }
    // SAFETY: such a step has a base of its own, and another behind it.
    unsafe {
        *m.space.bases.get_unchecked_mut((*step).to as usize) = found;
        go_on(m, pc, regs, consts, step.add(1))
    }
}

/// Ends the call, which gives this value.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at a call that [`super::begin`] began.
#[inline(always)]
unsafe fn give(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
    value: Value,
) -> Exit {
    let at = At { pc, regs, consts };
    m.cx.fuel -= 1;
    let s = Fast { m: &mut *m, at };
    let Call { dst, base, argc, .. } = call_of(&s);
    // SAFETY: a call is not the last instruction.
    unsafe {
        if usize::from(argc) > MOST || around(&s, dst, base, 1).any_heap() {
            m.space.value.overwrite(value);
            return let_given_go(m, pc, regs, consts);
        }
        s.r(dst).overwrite(value);
        proceed(m, At { pc: pc.add(1), ..at })
    }
}

/// Most functions take no more arguments: so many are looked at all together.
const MOST: usize = 3;

/// What stands where the value of a call goes, and at the call, from argument `first` on. (It need not have so many.)
#[inline(always)]
fn around(s: &Fast, dst: Reg, base: Reg, first: usize) -> Tags {
    let mut seen = Tags::default();
    seen.add(s.r(dst));
    seen.add(s.r(base));
    for i in first..=MOST {
        // SAFETY: behind a verified register stand cells that the margin has at least.
        seen.add(unsafe { &*s.at.regs.add(base as usize + i) });
    }
    seen
}

/// The same where something has to be given up: most often one argument, a value that others hold, too.
///
/// # Safety
/// As for [`give`]; the value is in the workspace.
#[inline(never)]
unsafe fn let_given_go(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
) -> Exit {
    let at = At { pc, regs, consts };
    let s = Fast { m: &mut *m, at };
    let Call { dst, base, argc, .. } = call_of(&s);
    // SAFETY: as there; an argument of the call is a verified register.
    unsafe {
        if !(1..=MOST).contains(&usize::from(argc))
            || around(&s, dst, base, 2).any_heap()
            || !(*regs.add(base as usize + 1)).let_go()
        {
            return drop_given(m, pc, regs, consts);
        }
        s.r(dst).overwrite(s.m.space.value.take());
        proceed(m, At { pc: pc.add(1), ..at })
    }
}

/// The same where what the call was given, or what stood where the value goes, has to be dropped.
///
/// # Safety
/// As for [`give`]; the value is in the workspace.
#[inline(never)]
unsafe fn drop_given(m: &mut Machine<'_>, pc: Pc, regs: *mut Value, consts: *const Value) -> Exit {
    // Code of the host that runs when its objects are dropped may panic.
    m.at = At { pc, regs, consts };
    let s = Fast { at: m.at, m: &mut *m };
    let Call { dst, base, argc, .. } = call_of(&s);
    let value = s.m.space.value.take();
    // Before the arguments stands the function, or what an earlier instruction left there: a return gives that up, too.
    for i in 0..argc + 1 {
        *s.r(base + i) = Value::UNDEFINED;
    }
    *s.r(dst) = value;
    // SAFETY: as there.
    unsafe { proceed(m, At { pc: pc.add(1), regs, consts }) }
}
