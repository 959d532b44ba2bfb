//! Operators and comparisons: integers and floats at once, everything else through [`operators`].

use super::step::{Fast, Flow, Slow};
use crate::fault::{Fault, describe};
use crate::operators;
use crate::value::{Kind, Value, Vector};
use std::cmp::Ordering;
use tansy_lang::ast::BinaryOp;
use tansy_lang::bytecode::{Idx, Reg, Target};

type Result = std::result::Result<Flow, Fault>;

/// `dst ← a op b` for all that [`operators`] knows; where `dst` is `a`, in place.
fn general(s: Slow, dst: Reg, a: Reg, b: &Value, op: BinaryOp) -> Result {
    if dst == a && !std::ptr::eq(s.r(a), b) {
        operators::assign(op, s.r(a), b, &mut s.m.cx)?;
        return Ok(Flow::Next);
    }
    let result = operators::binary(op, s.r(a), b, &mut s.m.cx)?;
    s.set(dst, result)
}

/// The forms of an operator, fast and slow: with a register and with a constant on the right. (The slow one also for an Int of the
/// instruction.)
macro_rules! operator {
    ($fast:ident, $fast_k:ident, $slow:ident, $slow_k:ident, $slow_int:ident, $op:ident, $numbers:ident) => {
        #[inline(always)]
        pub(super) fn $fast(s: Fast, dst: Reg, a: Reg, b: Reg) -> Flow {
            // One after the other, and each to its end: so they need few registers.
            let (a, b) = (s.r(a), s.r(b));
            if let Some(i) = a.as_int() {
                let Some(j) = b.as_int() else { return Flow::Slow };
                return match $numbers::$fast(&Value::int(i), &Value::int(j)) {
                    Some(value) => s.set(dst, value),
                    None => Flow::Slow,
                };
            }
            let (Some(x), Some(y)) = (a.as_float(), b.as_float()) else { return Flow::Slow };
            match $numbers::$fast(&Value::float(x), &Value::float(y)) {
                Some(value) => s.set(dst, value),
                None => Flow::Slow,
            }
        }
        #[inline(always)]
        pub(super) fn $fast_k(s: Fast, dst: Reg, a: Reg, k: u32) -> Flow {
            match $numbers::$fast(s.r(a), s.k(k as Idx)) {
                Some(value) => s.set(dst, value),
                None => Flow::Slow,
            }
        }
        pub(super) fn $slow(s: Slow, dst: Reg, a: Reg, b: Reg) -> Result {
            let b = s.r(b);
            general(s, dst, a, b, BinaryOp::$op)
        }
        pub(super) fn $slow_k(s: Slow, dst: Reg, a: Reg, k: u32) -> Result {
            let b = s.k(k as Idx);
            general(s, dst, a, b, BinaryOp::$op)
        }
        pub(super) fn $slow_int(s: Slow, dst: Reg, a: Reg, n: u32) -> Result {
            general(s, dst, a, &Value::int(int_of(n)), BinaryOp::$op)
        }
    };
}

operator!(add, add_k, add_slow, add_k_slow, add_int_slow, Add, numbers);
operator!(sub, sub_k, sub_slow, sub_k_slow, sub_int_slow, Sub, numbers);
operator!(mul, mul_k, mul_slow, mul_k_slow, mul_int_slow, Mul, numbers);
operator!(div, div_k, div_slow, div_k_slow, div_int_slow, Div, numbers);
operator!(int_div, int_div_k, int_div_slow, int_div_k_slow, int_div_int_slow, IntDiv, numbers);
operator!(rem, rem_k, rem_slow, rem_k_slow, rem_int_slow, Rem, numbers);

/// `a op b` where both are small integers or both are floats, for the operators that updates mostly use.
#[inline(always)]
pub(super) fn numbers_at_once(op: BinaryOp, a: &Value, b: &Value) -> Option<Value> {
    match op {
        BinaryOp::Add => numbers::add(a, b),
        BinaryOp::Sub => numbers::sub(a, b),
        BinaryOp::Mul => numbers::mul(a, b),
        _ => None,
    }
}

/// The operators where both sides are small integers or floats.
pub(super) mod numbers {
    use crate::value::Value;

    macro_rules! arithmetic {
        ($name:ident, $checked:ident, $float:tt) => {
            #[inline(always)]
            pub(in crate::vm) fn $name(a: &Value, b: &Value) -> Option<Value> {
                // (As above.)
                if let Some(i) = a.as_int() {
                    return match b.as_int() {
                        Some(j) => i.$checked(j).map(Value::int),
                        None => Some(Value::float(i as f64 $float b.as_float()?)),
                    };
                }
                let x = a.as_float()?;
                let y = b.as_float().or_else(|| b.as_int().map(|j| j as f64))?;
                Some(Value::float(x $float y))
            }
        };
    }
    arithmetic!(add, checked_add, +);
    arithmetic!(sub, checked_sub, -);
    arithmetic!(mul, checked_mul, *);

    #[inline(always)]
    pub(in crate::vm) fn div(a: &Value, b: &Value) -> Option<Value> {
        let x = a.as_float()?;
        let y = b.as_float().or_else(|| b.as_int().map(|j| j as f64))?;
        Some(Value::float(x / y))
    }

    /// By a positive divisor, for which rounding down and Euclid's division agree.
    #[inline(always)]
    pub(in crate::vm) fn int_div(a: &Value, b: &Value) -> Option<Value> {
        let (i, j) = (a.as_int()?, b.as_int()?);
        match (u32::try_from(i), u32::try_from(j)) {
            // Dividing 32 bits takes a third of the time.
            (Ok(i), Ok(j)) if j > 0 => Some(Value::int((i / j).into())),
            _ if j > 0 => Some(Value::int(i.div_euclid(j))),
            _ => None,
        }
    }

    #[inline(always)]
    pub(in crate::vm) fn rem(a: &Value, b: &Value) -> Option<Value> {
        let (i, j) = (a.as_int()?, b.as_int()?);
        match (u32::try_from(i), u32::try_from(j)) {
            (Ok(i), Ok(j)) if j > 0 => Some(Value::int((i % j).into())),
            _ if j > 0 => Some(Value::int(i.rem_euclid(j))),
            _ => None,
        }
    }

    /// By an Int from 1 to 2³² − 1.
    #[inline(always)]
    pub(in crate::vm) fn rem_int(a: &Value, k: &Value) -> Option<Value> {
        let (i, divisor) = (a.as_int()?, k.int_bits());
        let rest = match u32::try_from(i) {
            // Dividing 32 bits takes a third of the time.
            Ok(i) => i.checked_rem(divisor as u32)?.into(),
            Err(_) => i.checked_rem_euclid(divisor)?,
        };
        Some(Value::int(rest))
    }

    #[inline(always)]
    pub(in crate::vm) fn neg(a: &Value) -> Option<Value> {
        match a.as_int() {
            Some(i) => i.checked_neg().map(Value::int),
            None => a.as_float().map(|x| Value::float(-x)),
        }
    }
}

pub(super) fn binary(s: Slow, dst: Reg, a: Reg, b: Reg, op: BinaryOp) -> Result {
    let b = s.r(b);
    general(s, dst, a, b, op)
}

#[inline(always)]
pub(super) fn neg(s: Fast, dst: Reg, a: Reg) -> Flow {
    match numbers::neg(s.r(a)) {
        Some(value) => s.set(dst, value),
        None => Flow::Slow,
    }
}

pub(super) fn neg_slow(s: Slow, dst: Reg, a: Reg) -> Result {
    let result = operators::negate(s.r(a))?;
    s.set(dst, result)
}

#[inline(always)]
pub(super) fn not(s: Fast, dst: Reg, a: Reg) -> Flow {
    match s.r(a).as_bool() {
        Some(b) => s.set(dst, Value::bool(!b)),
        None => Flow::Slow,
    }
}

pub(super) fn not_slow(s: Slow, dst: Reg, a: Reg) -> Result {
    let value = !condition(s.r(a))?;
    s.set(dst, Value::bool(value))
}

fn condition(value: &Value) -> std::result::Result<bool, Fault> {
    value.as_bool().ok_or_else(|| not_a_bool(value))
}

// ---- comparisons

/// `a == b` where it can be told at once.
#[inline(always)]
pub(super) fn equal_at_once(a: &Value, b: &Value) -> Option<bool> {
    if let (Some(i), Some(j)) = (a.as_int(), b.as_int()) {
        Some(i == j)
    } else if a.is_short() || b.is_short() {
        Some(a.same_bits(b))
    } else if a.is_null() || b.is_null() {
        Some(a.is_null() && b.is_null())
    } else {
        None
    }
}

/// `a == b`; comparing collections costs by their size.
fn equal(s: &mut Slow, a: &Value, b: &Value) -> bool {
    let equal = a == b;
    if a.is_heap() && b.is_heap() {
        s.m.cx.settle_work();
    }
    equal
}

fn order(s: &mut Slow, a: &Value, b: &Value) -> std::result::Result<Ordering, Fault> {
    let order = operators::order(a, b);
    s.m.cx.settle_work();
    order
}

/// Two numbers as Floats, where each is exactly that.
#[inline(always)]
fn floats(a: &Value, b: &Value) -> Option<(f64, f64)> {
    let exact = |i: &i64| i.unsigned_abs() <= 1 << 53;
    let float = |v: &Value| v.as_float().or_else(|| v.as_int().filter(exact).map(|i| i as f64));
    Some((float(a)?, float(b)?))
}

/// An ordering comparison where it can be told at once. (NaN is left to the total order.)
macro_rules! at_once {
    ($a:expr, $b:expr, $op:tt) => {
        if let (Some(i), Some(j)) = ($a.as_int(), $b.as_int()) {
            Some(i $op j)
        } else if let Some((x, y)) = floats($a, $b)
            && x.partial_cmp(&y).is_some()
        {
            Some(x $op y)
        } else {
            None
        }
    };
}

/// `a < b` where it can be told at once.
#[inline(always)]
pub(super) fn less_at_once(a: &Value, b: &Value) -> Option<bool> {
    at_once!(a, b, <)
}

/// `a <= b` likewise.
#[inline(always)]
pub(super) fn at_most_at_once(a: &Value, b: &Value) -> Option<bool> {
    at_once!(a, b, <=)
}

/// The value of a comparison and the jumps on it.
macro_rules! comparison {
    (equality $value:ident, $value_slow:ident; $jump:ident, $jump_slow:ident; $jump_k:ident, $jump_k_slow:ident; $negated:expr) => {
        comparison!(
            |a: &Value, b: &Value| equal_at_once(a, b).map(|e| e != $negated),
            |s: &mut Slow, a: &Value, b: &Value| Ok::<_, Fault>(equal(s, a, b) != $negated);
            $value, $value_slow; $jump, $jump_slow; $jump_k, $jump_k_slow
        );
    };
    (order $value:ident, $value_slow:ident; $jump:ident, $jump_slow:ident; $jump_k:ident, $jump_k_slow:ident; $fast:path, $method:ident) => {
        comparison!(
            $fast,
            |s: &mut Slow, a: &Value, b: &Value| order(s, a, b).map(Ordering::$method);
            $value, $value_slow; $jump, $jump_slow; $jump_k, $jump_k_slow
        );
    };
    ($fast:expr, $general:expr; $value:ident, $value_slow:ident; $jump:ident, $jump_slow:ident; $jump_k:ident, $jump_k_slow:ident) => {
        #[inline(always)]
        pub(super) fn $value(s: Fast, dst: Reg, a: Reg, b: Reg) -> Flow {
            match $fast(s.r(a), s.r(b)) {
                Some(holds) => s.set(dst, Value::bool(holds)),
                None => Flow::Slow,
            }
        }
        pub(super) fn $value_slow(mut s: Slow, dst: Reg, a: Reg, b: Reg) -> Result {
            let (a, b) = (&*s.r(a), &*s.r(b));
            let holds = $general(&mut s, a, b)?;
            s.set(dst, Value::bool(holds))
        }
        #[inline(always)]
        pub(super) fn $jump(s: Fast, a: Reg, b: Reg, target: Target) -> Flow {
            decide($fast(s.r(a), s.r(b)), target)
        }
        pub(super) fn $jump_slow(mut s: Slow, a: Reg, b: Reg, target: Target) -> Result {
            let (a, b) = (&*s.r(a), &*s.r(b));
            let holds = $general(&mut s, a, b)?;
            Ok(if holds { Flow::Go(target) } else { Flow::Next })
        }
        #[inline(always)]
        pub(super) fn $jump_k(s: Fast, a: Reg, k: Idx, target: Target) -> Flow {
            decide($fast(s.r(a), s.k(k)), target)
        }
        pub(super) fn $jump_k_slow(mut s: Slow, a: Reg, k: Idx, target: Target) -> Result {
            let (a, b) = (&*s.r(a), s.k(k));
            let holds = $general(&mut s, a, b)?;
            Ok(if holds { Flow::Go(target) } else { Flow::Next })
        }
    };
}

#[inline(always)]
fn decide(holds: Option<bool>, target: Target) -> Flow {
    match holds {
        Some(true) => Flow::Go(target),
        Some(false) => Flow::Next,
        None => Flow::Slow,
    }
}

comparison!(equality eq, eq_slow; jump_eq, jump_eq_slow; jump_eq_k, jump_eq_k_slow; false);
comparison!(equality ne, ne_slow; jump_ne, jump_ne_slow; jump_ne_k, jump_ne_k_slow; true);
comparison!(order lt, lt_slow; jump_lt, jump_lt_slow; jump_lt_k, jump_lt_k_slow; less_at_once, is_lt);
comparison!(order le, le_slow; jump_le, jump_le_slow; jump_le_k, jump_le_k_slow; at_most_at_once, is_le);

macro_rules! order_with_constant {
    ($jump:ident, $slow:ident, $op:tt, $method:ident) => {
        #[inline(always)]
        pub(super) fn $jump(s: Fast, a: Reg, k: Idx, target: Target) -> Flow {
            let (a, b) = (s.r(a), s.k(k));
            decide(at_once!(a, b, $op), target)
        }
        pub(super) fn $slow(mut s: Slow, a: Reg, k: Idx, target: Target) -> Result {
            let (a, b) = (&*s.r(a), s.k(k));
            let holds = order(&mut s, a, b)?.$method();
            Ok(if holds { Flow::Go(target) } else { Flow::Next })
        }
    };
}
order_with_constant!(jump_gt_k, jump_gt_k_slow, >, is_gt);
order_with_constant!(jump_ge_k, jump_ge_k_slow, >=, is_ge);

// ---- with an Int that stands in the instruction itself

/// The Int of an operator.
#[inline(always)]
fn int_of(n: u32) -> i64 {
    i64::from(n as i32)
}

/// The Int of a jump.
#[inline(always)]
fn short_of(n: Idx) -> i64 {
    i64::from(n as i16)
}

/// `a op n` for an Int or a Float in `a`.
macro_rules! with_int {
    ($($name:ident: $checked:ident $float:tt;)*) => {$(
        #[inline(always)]
        pub(super) fn $name(s: Fast, dst: Reg, a: Reg, n: u32) -> Flow {
            let a = s.r(a);
            if let Some(i) = a.as_int() {
                return match i.$checked(int_of(n)) {
                    Some(n) => s.set(dst, Value::int(n)),
                    None => Flow::Slow,
                };
            }
            match a.float_not_int() {
                Some(x) => s.set(dst, Value::float(x $float int_of(n) as f64)),
                None => Flow::Slow,
            }
        }
    )*};
}
with_int! {
    add_int: checked_add +;
    sub_int: checked_sub -;
    mul_int: checked_mul *;
}

/// The same for what Ints or Floats alone are divided by.
macro_rules! divided_by_int {
    ($($name:ident: $numbers:ident;)*) => {$(
        #[inline(always)]
        pub(super) fn $name(s: Fast, dst: Reg, a: Reg, n: u32) -> Flow {
            match numbers::$numbers(s.r(a), &Value::int(int_of(n))) {
                Some(value) => s.set(dst, value),
                None => Flow::Slow,
            }
        }
    )*};
}
divided_by_int! {
    div_int: div;
    int_div_int: int_div;
    rem_int: rem_int;
}

/// A comparison of a Float with an Int that a Float is exactly.
macro_rules! float_at_once {
    ($a:expr, $n:expr, $op:tt) => {
        $a.float_not_int().filter(|x| !x.is_nan()).map(|x| x $op $n as f64)
    };
}

/// The jumps on a comparison of an Int in `a`: with an Int of the instruction, and with a constant that is an Int, known when the code is loaded.
macro_rules! jump_with_int {
    ($($short:ident, $short_slow:ident, $int:ident: $op:tt $general:ident, $fast:expr, $slow:expr;)*) => {$(
        #[inline(always)]
        pub(super) fn $short(s: Fast, a: Reg, n: Idx, target: Target) -> Flow {
            match s.r(a).as_int() {
                Some(i) => decide(Some(i $op short_of(n)), target),
                None => decide($fast(s.r(a), short_of(n)), target),
            }
        }
        pub(super) fn $short_slow(mut s: Slow, a: Reg, n: Idx, target: Target) -> Result {
            let a = &*s.r(a);
            let holds = $slow(&mut s, a, &Value::int(short_of(n)))?;
            Ok(if holds { Flow::Go(target) } else { Flow::Next })
        }
        #[inline(always)]
        pub(super) fn $int(s: Fast, a: Reg, k: Idx, target: Target) -> Flow {
            match s.r(a).as_int() {
                Some(i) => decide(Some(i $op s.k(k).int_bits()), target),
                None => $general(s, a, k, target),
            }
        }
    )*};
}

jump_with_int! {
    jump_eq_short, jump_eq_short_slow, jump_eq_int: == jump_eq_k,
        |a: &Value, n: i64| equal_at_once(a, &Value::int(n)),
        |s: &mut Slow, a: &Value, b: &Value| Ok::<_, Fault>(equal(s, a, b));
    jump_ne_short, jump_ne_short_slow, jump_ne_int: != jump_ne_k,
        |a: &Value, n: i64| equal_at_once(a, &Value::int(n)).map(|equal| !equal),
        |s: &mut Slow, a: &Value, b: &Value| Ok::<_, Fault>(!equal(s, a, b));
    jump_lt_short, jump_lt_short_slow, jump_lt_int: < jump_lt_k,
        |a: &Value, n: i64| float_at_once!(a, n, <),
        |s: &mut Slow, a: &Value, b: &Value| order(s, a, b).map(Ordering::is_lt);
    jump_le_short, jump_le_short_slow, jump_le_int: <= jump_le_k,
        |a: &Value, n: i64| float_at_once!(a, n, <=),
        |s: &mut Slow, a: &Value, b: &Value| order(s, a, b).map(Ordering::is_le);
    jump_gt_short, jump_gt_short_slow, jump_gt_int: > jump_gt_k,
        |a: &Value, n: i64| float_at_once!(a, n, >),
        |s: &mut Slow, a: &Value, b: &Value| order(s, a, b).map(Ordering::is_gt);
    jump_ge_short, jump_ge_short_slow, jump_ge_int: >= jump_ge_k,
        |a: &Value, n: i64| float_at_once!(a, n, >=),
        |s: &mut Slow, a: &Value, b: &Value| order(s, a, b).map(Ordering::is_ge);
}

/// `a in b`, where `b` is a map or set and `a` a key of the most frequent kinds, which a glance at others finds or does not.
#[inline(always)]
pub(super) fn contains(s: Fast, dst: Reg, a: Reg, b: Reg) -> Flow {
    let (key, b) = (s.r(a), s.r(b));
    if !key.is_simple() {
        return Flow::Slow;
    }
    let holds = match b.as_map() {
        Some(map) => map.holds(key),
        None => b.as_set().and_then(|set| set.holds(key)),
    };
    match holds {
        Some(holds) => s.set(dst, Value::bool(holds)),
        None => Flow::Slow,
    }
}

pub(super) fn contains_slow(s: Slow, dst: Reg, a: Reg, b: Reg) -> Result {
    let (key, b) = (s.r(a), s.r(b));
    if key.is_simple() {
        let holds = b.as_map().map(|map| map.contains(key));
        if let Some(holds) = holds.or_else(|| b.as_set().map(|set| set.contains(key))) {
            return s.set(dst, Value::bool(holds));
        }
    }
    is_in(s, dst, a, b)
}

/// `a in` a few things written there, for a short string or an Int, which equals those with its bytes.
#[inline(always)]
pub(super) fn contains_k(s: Fast, dst: Reg, a: Reg, k: Idx) -> Flow {
    let Some(items) = s.k(k).as_vec().and_then(Vector::as_slice) else { return Flow::Slow };
    let a = s.r(a);
    let int = a.as_int().is_some();
    // (More of them cost a step.)
    if !(int || a.is_short()) || items.len() > 3 {
        return Flow::Slow;
    }
    for item in items {
        if item.same_bits(a) {
            return s.set(dst, Value::TRUE);
        }
        if int && item.may_equal_int() {
            return Flow::Slow;
        }
    }
    s.set(dst, Value::FALSE)
}

pub(super) fn contains_k_slow(s: Slow, dst: Reg, a: Reg, k: Idx) -> Result {
    let k = s.k(k);
    is_in(s, dst, a, k)
}

fn is_in(s: Slow, dst: Reg, a: Reg, b: &Value) -> Result {
    let holds = operators::contains(s.r(a), b, &mut s.m.cx)?;
    s.m.cx.settle_work();
    s.set(dst, Value::bool(holds))
}

pub(super) fn is(s: Slow, dst: Reg, a: Reg, ty: Idx) -> Result {
    let holds = s.p().types()[ty as usize].accepts(s.r(a));
    s.set(dst, Value::bool(holds))
}

// ---- conditions

#[inline(always)]
pub(super) fn jump_if(s: Fast, a: Reg, target: Target) -> Flow {
    decide(s.r(a).as_bool(), target)
}

#[inline(always)]
pub(super) fn jump_if_not(s: Fast, a: Reg, target: Target) -> Flow {
    decide(s.r(a).as_bool().map(|b| !b), target)
}

/// The condition is no Bool.
#[cold]
pub(super) fn no_condition(s: Slow, a: Reg, _target: Target) -> Result {
    Err(not_a_bool(s.r(a)))
}

#[cold]
fn not_a_bool(value: &Value) -> Fault {
    let fault =
        Fault::new("type-error", format!("a condition must be a Bool, not {}", value.type_name()))
            .label(format!("this is {}", describe(value)));
    match value.kind() {
        Kind::Null => fault.help("test for null with `== null`, or give a default with `?? false`"),
        Kind::Int | Kind::Float | Kind::Decimal => fault.help("compare it: `x != 0`"),
        Kind::Str | Kind::Vec | Kind::Map | Kind::Set => {
            fault.help("to ask whether it is empty, write `.is_empty()`")
        }
        _ => fault,
    }
}
