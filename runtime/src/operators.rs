//! The operators on values: what `+` and its kin do for every pair of kinds, off the machine's fast paths.
//!
//! Every function either gives the result or leaves its operands as they were.

use crate::access;
use crate::buffer::Items;
use crate::fault::{Fault, describe, short};
use crate::native::Context;
use crate::value::number::{self, NumberError};
use crate::value::{Kind, Map, Set, Value, Vector};
use std::cmp::Ordering;
use tansy_lang::ast::BinaryOp;

/// Results smaller than this are not announced beforehand: the machine looks at the memory soon enough.
const SMALL: u64 = 4096;

/// `a op b`. Charges in proportion to what is copied.
pub(crate) fn binary(op: BinaryOp, a: &Value, b: &Value, cx: &mut Context) -> Result<Value, Fault> {
    if a.kind().is_number() && b.kind().is_number() {
        return numbers(op, a, b, cx);
    }
    match (op, a.kind(), b.kind()) {
        (BinaryOp::Mul, Kind::Str, Kind::Int) => repeat_text(a, b, cx),
        (BinaryOp::Mul, Kind::Int, Kind::Str) => repeat_text(b, a, cx),
        (BinaryOp::Mul, Kind::Vec, Kind::Int) => repeat_vector(a, b, cx),
        (BinaryOp::Mul, Kind::Int, Kind::Vec) => repeat_vector(b, a, cx),
        _ => {
            let mut a = a.clone();
            assign(op, &mut a, b, cx)?;
            Ok(a)
        }
    }
}

/// `place = place op b`, in place where the value allows it.
pub(crate) fn assign(
    op: BinaryOp,
    place: &mut Value,
    b: &Value,
    cx: &mut Context,
) -> Result<(), Fault> {
    match (op, place.kind(), b.kind()) {
        (BinaryOp::Add, Kind::Str, Kind::Str) => {
            let more = b.as_str().unwrap_or_default();
            let copied = if place.is_shared() { place.as_str().map_or(0, str::len) } else { 0 };
            room((copied + more.len()) as u64, cx)?;
            if let Some(mut text) = place.as_string_mut() {
                text.push_str(more);
            }
        }
        (BinaryOp::Add, Kind::Vec, Kind::Vec) => {
            let more = b.as_vec().cloned().unwrap_or_default();
            room(more.len() as u64 * 16, cx)?;
            if let Some(vector) = place.as_vec_mut() {
                vector.append(more);
            }
        }
        (BinaryOp::Union, Kind::Map, Kind::Map) => {
            let more = b.as_map().cloned().unwrap_or_default();
            cx.charge(more.len().min(place.as_map().map_or(0, Map::len)))?;
            if let Some(map) = place.as_map_mut() {
                map.union(more);
            }
        }
        (BinaryOp::Union, Kind::Set, Kind::Set) => {
            let more = b.as_set().cloned().unwrap_or_default();
            cx.charge(more.len().min(place.as_set().map_or(0, Set::len)))?;
            if let Some(set) = place.as_set_mut() {
                set.union(more);
            }
        }
        (BinaryOp::Intersect, Kind::Set, Kind::Set) => {
            if let (Some(x), Some(y)) = (place.as_set(), b.as_set()) {
                cx.charge(x.len().min(y.len()))?;
                let more = y.clone();
                if let Some(set) = place.as_set_mut() {
                    set.intersection(&more);
                }
            }
        }
        (BinaryOp::Sub, Kind::Set, Kind::Set) => {
            if let (Some(x), Some(y)) = (place.as_set(), b.as_set()) {
                cx.charge(x.len().min(y.len()))?;
                let more = y.clone();
                if let Some(set) = place.as_set_mut() {
                    set.difference(&more);
                }
            }
        }
        (BinaryOp::Sub, Kind::Map, Kind::Set) => {
            if let (Some(map), Some(keys)) = (place.as_map_mut(), b.as_set()) {
                cx.charge(keys.len())?;
                for key in keys.iter() {
                    if map.contains(key) {
                        map.remove(key);
                    }
                }
            }
        }
        (BinaryOp::Sub, Kind::Vec, Kind::Set) => {
            if let (Some(vector), Some(set)) = (place.as_vec(), b.as_set()) {
                let mut kept = Items::new();
                for item in vector.iter() {
                    cx.charge(1)?;
                    if !set.contains(item) {
                        kept.push(item.clone())?;
                    }
                }
                if kept.as_slice().len() < vector.len() {
                    *place = Value::from(kept);
                }
            }
        }
        _ if place.kind().is_number() && b.kind().is_number() => {
            *place = numbers(op, place, b, cx)?;
        }
        (BinaryOp::Mul, Kind::Str | Kind::Vec | Kind::Int, _) if repeats(place, b) => {
            *place = binary(op, place, b, cx)?;
        }
        _ => return Err(mismatch(op, place, b)),
    }
    Ok(())
}

fn repeats(a: &Value, b: &Value) -> bool {
    matches!(
        (a.kind(), b.kind()),
        (Kind::Str | Kind::Vec, Kind::Int) | (Kind::Int, Kind::Str | Kind::Vec)
    )
}

/// Charges for copying so many bytes, and refuses them when they are many and not there.
fn room(bytes: u64, cx: &mut Context) -> Result<(), Fault> {
    if bytes > SMALL {
        cx.reserve(bytes)?;
    }
    cx.charge((bytes / 16) as usize)
}

/// Big integers cost by their words: products as Karatsuba multiplies, quotients as long division goes.
fn charge_for_digits(op: BinaryOp, a: &Value, b: &Value, cx: &mut Context) -> Result<(), Fault> {
    if op == BinaryOp::Pow {
        return charge_for_power(a, b, cx);
    }
    if !a.is_heap() && !b.is_heap() {
        return Ok(());
    }
    let words = |v: &Value| v.as_bigint().map_or(0, |n| n.bits() / 64 + 1) as f64;
    let (a, b) = (words(a), words(b));
    let (small, large) = (a.min(b), a.max(b));
    let cost = match op {
        BinaryOp::Mul => large * small.powf(0.6),
        BinaryOp::Div | BinaryOp::IntDiv | BinaryOp::Rem => b * (a - b).max(0.0) / 4.0 + a + b,
        _ => a + b,
    };
    cx.charge_whole(cost as usize)?;
    // The result, and what is needed on the way.
    let words = match op {
        BinaryOp::Add | BinaryOp::Sub => 2.0 * a + b,
        _ => 7.0 * (a + b),
    };
    let bytes = words * 8.0;
    if bytes > 1024.0 { cx.reserve(bytes as u64) } else { Ok(()) }
}

/// A power costs what its last product does, and half of that again.
fn charge_for_power(a: &Value, b: &Value, cx: &mut Context) -> Result<(), Fault> {
    let (Some(base), Some(exponent)) = (a.as_bigint(), b.as_int()) else { return Ok(()) };
    let bits = base.bits().saturating_sub(1).saturating_mul(exponent.max(0) as u64);
    // What is too large is refused for that.
    if bits < 1024 || bits > cx.max_bits() {
        return Ok(());
    }
    let words = base.bits().saturating_mul(exponent.max(0) as u64) as f64 / 64.0;
    cx.charge_whole((words * words.powf(0.6)) as usize)?;
    cx.reserve(words as u64 * 40)
}

fn numbers(op: BinaryOp, a: &Value, b: &Value, cx: &mut Context) -> Result<Value, Fault> {
    charge_for_digits(op, a, b, cx)?;
    let result = match op {
        BinaryOp::Add => number::add(a, b),
        BinaryOp::Sub => number::sub(a, b),
        BinaryOp::Mul => number::mul(a, b, cx.max_bits()),
        BinaryOp::Div => number::div(a, b),
        BinaryOp::IntDiv => number::int_div(a, b),
        BinaryOp::Rem => number::rem(a, b),
        BinaryOp::Pow => number::pow(a, b, cx.max_bits()),
        BinaryOp::Union | BinaryOp::Intersect => return Err(mismatch(op, a, b)),
    };
    result.map_err(|e| number_fault(op.symbol(), a, b, e))
}

/// An arithmetic error with its operands.
#[cold]
pub(crate) fn number_fault(op: &str, a: &Value, b: &Value, error: NumberError) -> Fault {
    let (x, y) = (short(a), short(b));
    match error {
        NumberError::DivisionByZero => Fault::new(
            "division-by-zero",
            "division by zero".to_string(),
        )
        .label(format!("this is {x} {op} {y}"))
        .help("check the divisor first, or divide by a Float zero if infinity is what you want"),
        NumberError::DecimalWithFloat => {
            let (left, right) = (a.type_name(), b.type_name());
            Fault::new("type-error", format!("`{op}` cannot mix {left} and {right}"))
                .label(format!("{} {op} {}", describe(a), describe(b)))
                .help("convert one side: `.decimal()` takes the digits a Float prints, `.float()` the nearest Float")
        }
        NumberError::DecimalInexact | NumberError::DecimalRange => Fault::new(
            "inexact",
            format!("{x} {op} {y} has more digits than a Decimal holds"),
        )
        .help("a Decimal holds 28 digits and is never rounded silently: round the operands first"),
        NumberError::TooLarge => Fault::new("too-large", format!("{x} {op} {y} is too large")),
        other => Fault::new("arithmetic", format!("{x} {op} {y}: {other}")),
    }
}

/// No such operator for these kinds.
#[cold]
pub(crate) fn mismatch(op: BinaryOp, a: &Value, b: &Value) -> Fault {
    let symbol = op.symbol();
    let fault = Fault::new(
        "type-error",
        format!("`{symbol}` does not work on {} and {}", a.type_name(), b.type_name()),
    )
    .label(format!("{} {symbol} {}", describe(a), describe(b)));
    match (op, a.kind(), b.kind()) {
        (BinaryOp::Add, Kind::Str, _) | (BinaryOp::Add, _, Kind::Str) => fault.help(
            "to put a value into text, write f\"… {value} …\", or convert it with `str(value)`",
        ),
        (BinaryOp::Add, Kind::Vec, _) => {
            fault.help("to add one element, write `xs.push(x)` or `xs + [x]`")
        }
        (BinaryOp::Add, Kind::Map, Kind::Map) => {
            fault.help("maps are merged with `|`; the right one wins")
        }
        (BinaryOp::Add, Kind::Set, Kind::Set) => fault.help("sets are united with `|`"),
        (BinaryOp::Sub, Kind::Map | Kind::Set | Kind::Vec, _) => {
            fault.help("`-` takes a set of keys or elements: `m - #{\"key\"}`")
        }
        (BinaryOp::Rem, Kind::Str, _) => fault.help("values go into text as f\"… {x} …\""),
        (BinaryOp::Intersect, Kind::Int, Kind::Int) => {
            fault.help("the bits of Ints are combined by `a.bit_and(b)`")
        }
        (BinaryOp::Union, Kind::Int, Kind::Int) => {
            fault.help("the bits of Ints are combined by `a.bit_or(b)`")
        }
        (_, Kind::Null, _) | (_, _, Kind::Null) => {
            fault.help("one side is null: give it a value with `??`, as in `x ?? 0`")
        }
        _ => fault,
    }
}

fn repeat_text(text: &Value, times: &Value, cx: &mut Context) -> Result<Value, Fault> {
    let text = text.as_str().unwrap_or_default();
    let times = count("*", times)?;
    let bytes = (text.len() as u64).saturating_mul(times);
    room(bytes, cx)?;
    Ok(Value::from(text.repeat(usize::try_from(times).unwrap_or(0))))
}

fn repeat_vector(vector: &Value, times: &Value, cx: &mut Context) -> Result<Value, Fault> {
    let vector = vector.as_vec().cloned().unwrap_or_default();
    let times = count("*", times)?;
    let total = (vector.len() as u64).saturating_mul(times);
    cx.reserve(total.saturating_mul(16))?;
    cx.charge(usize::try_from(total).unwrap_or(usize::MAX))?;
    let times = usize::try_from(times).unwrap_or(0);
    if let (1, Some(item)) = (vector.len(), vector.first()) {
        return Ok(Value::vec(std::iter::repeat_n(item, times).cloned().collect::<Vector>()));
    }
    let mut items = Vec::with_capacity(usize::try_from(total).unwrap_or(0));
    for _ in 0..times {
        items.extend(vector.iter().cloned());
    }
    Ok(Value::vec(Vector::from(items)))
}

fn count(op: &str, times: &Value) -> Result<u64, Fault> {
    match times.as_int() {
        Some(n) => u64::try_from(n).map_err(|_| {
            Fault::new("out-of-range", format!("`{op}` cannot repeat {n} times"))
                .help("the count must be 0 or more")
        }),
        // A bigger one is negative or beyond every limit.
        None => Ok(u64::MAX),
    }
}

/// `-a`
pub(crate) fn negate(a: &Value) -> Result<Value, Fault> {
    number::neg(a).map_err(|_| {
        Fault::new("type-error", format!("`-` works on numbers, not on {}", a.type_name()))
            .label(format!("this is {}", describe(a)))
    })
}

/// The order of `a` and `b` for `<` and its kin. (The error does not name the operator: the machine may have turned it round.)
pub(crate) fn order(a: &Value, b: &Value) -> Result<Ordering, Fault> {
    a.less(b).map_err(|_| {
        let message = if a.kind() == b.kind() && !a.kind().is_number() {
            format!("`<` does not order values of type {}", a.type_name())
        } else {
            format!("{} and {} cannot be compared", a.type_name(), b.type_name())
        };
        let fault = Fault::new("type-error", message);
        let fault = fault.label(format!("{} and {}", describe(a), describe(b)));
        match (a.kind(), b.kind()) {
            (Kind::Null, _) | (_, Kind::Null) => {
                fault.help("one side is null: give it a value with `??`, or test it with `== null`")
            }
            (Kind::Str, kind) | (kind, Kind::Str) if kind.is_number() => {
                fault.help("convert the text, as in `text.int()`")
            }
            _ => fault.help(
                "`<` orders numbers, strings, and vectors of them; `cmp(a, b)` orders everything",
            ),
        }
    })
}

/// `a in b`
pub(crate) fn contains(a: &Value, b: &Value, cx: &mut Context) -> Result<bool, Fault> {
    match b.kind() {
        Kind::Vec => {
            let Some(vector) = b.as_vec() else { return Ok(false) };
            cx.charge(vector.len() / 4)?;
            Ok(vector.iter().any(|v| v == a))
        }
        Kind::Map => Ok(b.as_map().is_some_and(|m| m.contains(a))),
        Kind::Set => Ok(b.as_set().is_some_and(|s| s.contains(a))),
        Kind::Error => Ok(b.as_error().is_some_and(|e| e.fields.contains(a))),
        Kind::Range => match a.kind() {
            Kind::Int => {
                Ok(a.as_int().is_some_and(|n| b.as_range().is_some_and(|r| r.contains(n))))
            }
            Kind::Float | Kind::Decimal => {
                let near = a.as_float().or_else(|| a.as_decimal().map(number::decimal_to_float));
                let near = near.filter(|x| x.abs() < 9e18).map(|x| x as i64);
                Ok(near.is_some_and(|n| {
                    Value::int(n) == *a && b.as_range().is_some_and(|r| r.contains(n))
                }))
            }
            _ => Ok(false),
        },
        Kind::Str => match (a.as_str(), b.as_str()) {
            (Some(part), Some(text)) => {
                cx.charge(text.len() / 16)?;
                Ok(memchr::memmem::find(text.as_bytes(), part.as_bytes()).is_some())
            }
            _ => Err(Fault::new(
                "type-error",
                format!("`in` looks for a Str in a Str, not for {}", a.type_name()),
            )
            .label(format!("{} in {}", describe(a), describe(b)))),
        },
        _ => match access::elements(b, cx)? {
            Some(elements) => contains(a, &elements, cx),
            None => {
                let message = format!("`in` cannot look inside {}", b.type_name());
                Err(Fault::new("type-error", message)
                    .label(format!("this is {}", describe(b)))
                    .help("`in` works on vectors, sets, maps (keys), ranges and strings"))
            }
        },
    }
}
