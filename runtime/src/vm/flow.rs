//! Jumps and patterns.

use super::step::{Fast, Flow, Slow};
use crate::access;
use crate::code::Within;
use crate::fault::{Fault, describe, short};
use crate::host::Object;
use crate::value::{Kind, Value, Vector};
use std::cmp::Ordering;
use tansy_lang::bytecode::{Idx, NONE, Reg, Target};

type Result = std::result::Result<Flow, Fault>;

#[inline(always)]
pub(super) fn jump(_s: Fast, target: Target) -> Flow {
    Flow::Go(target)
}

#[inline(always)]
fn go_if(holds: bool, target: Target) -> Flow {
    if holds { Flow::Go(target) } else { Flow::Next }
}

#[inline(always)]
pub(super) fn jump_null(s: Fast, a: Reg, target: Target) -> Flow {
    go_if(s.r(a).is_null(), target)
}

#[inline(always)]
pub(super) fn jump_not_null(s: Fast, a: Reg, target: Target) -> Flow {
    go_if(!s.r(a).is_null(), target)
}

#[inline(always)]
pub(super) fn jump_set(s: Fast, a: Reg, target: Target) -> Flow {
    go_if(!s.r(a).is_undefined(), target)
}

pub(super) fn make_range(
    start: Option<&Value>,
    end: Option<&Value>,
    inclusive: bool,
) -> std::result::Result<Value, Fault> {
    let int = |v: Option<&Value>| match v {
        None => Ok(None),
        Some(v) => v.as_int().map(Some).ok_or_else(|| {
            let message = if v.kind() == Kind::Int {
                format!("the end of a range must fit 64 bits: {}", short(v))
            } else {
                format!("the ends of a range must be Ints, not {}", v.type_name())
            };
            let fault = Fault::new("type-error", message).label(format!("this is {}", describe(v)));
            match v.kind() {
                Kind::Str => fault.help("texts are put together with `+`"),
                _ => fault,
            }
        }),
    };
    Ok(Value::range(crate::code::range(int(start)?, int(end)?, inclusive)))
}

// ---- patterns

#[inline(always)]
pub(super) fn jump_unless_vec(s: Fast, a: Reg, len: u16, open: bool, target: Target) -> Flow {
    match s.r(a).as_vec().map(Vector::as_slice) {
        Some(Some(items)) => go_if(!fits(items.len(), len, open), target),
        Some(None) => Flow::Slow,
        None => go_if(true, target),
    }
}

pub(super) fn jump_unless_vec_slow(
    s: Slow,
    a: Reg,
    len: u16,
    open: bool,
    target: Target,
) -> Result {
    let holds = s.r(a).as_vec().is_some_and(|v| fits(v.len(), len, open));
    Ok(go_if(!holds, target))
}

/// Whether a pattern of so many elements, and perhaps a rest, takes a Vec.
#[inline(always)]
fn fits(found: usize, len: u16, open: bool) -> bool {
    if open { found >= len as usize } else { found == len as usize }
}

pub(super) fn jump_unless_map(s: Slow, a: Reg, empty: bool, target: Target) -> Result {
    let fits = match s.r(a).as_object() {
        Some(object) => object.look().map(|_| !empty)?,
        None => access::fields(s.r(a)).is_some_and(|m| !empty || m.is_empty()),
    };
    Ok(go_if(!fits, target))
}

pub(super) fn jump_unless_is(s: Slow, a: Reg, ty: Idx, target: Target) -> Result {
    Ok(go_if(!s.p().types()[ty as usize].accepts(s.r(a)), target))
}

pub(super) fn jump_unless_within(s: Slow, a: Reg, bounds: Idx, target: Target) -> Result {
    Ok(go_if(!within(s.r(a), &s.p().bounds()[bounds as usize]), target))
}

pub(super) fn field_or_jump(s: Slow, dst: Reg, a: Reg, name: Idx, target: Target) -> Result {
    let found = match s.r(a).as_object() {
        Some(_) => Object::look_up(s.r(a), s.name(name))?,
        None => access::fields(s.r(a)).and_then(|m| m.get(s.k(name)).cloned()),
    };
    match found.or_else(|| access::error_field(s.r(a), s.name(name))) {
        Some(value) => s.set(dst, value),
        None => Ok(Flow::Go(target)),
    }
}

#[inline(always)]
pub(super) fn element(s: Fast, dst: Reg, a: Reg, index: i16) -> Flow {
    // (A negative number is far outside when read as unsigned.)
    match s.r(a).as_vec().and_then(|v| v.flat_at(index as usize)) {
        Some(value) => {
            let value = value.clone();
            s.set(dst, value)
        }
        None => Flow::Slow,
    }
}

pub(super) fn element_slow(s: Slow, dst: Reg, a: Reg, index: i16) -> Result {
    let value = s.r(a).as_vec().and_then(|v| {
        let i = if index < 0 { v.len() as i64 + i64::from(index) } else { index.into() };
        v.get(usize::try_from(i).ok()?).cloned()
    });
    s.set(dst, value.unwrap_or(Value::NULL))
}

pub(super) fn vec_rest(s: Slow, dst: Reg, a: Reg, from: u16, drop: u16) -> Result {
    let rest = s.r(a).as_vec().map(|v| {
        let end = v.len().saturating_sub(drop.into());
        v.slice((from as usize).min(end)..end)
    });
    s.set(dst, Value::vec(rest.unwrap_or_default()))
}

pub(super) fn map_rest(s: Slow, dst: Reg, a: Reg, names: Idx) -> Result {
    let mut rest = match s.r(a).as_object() {
        Some(object) => {
            let fields = object.look()?.fields().iter();
            let fields = fields.map(|name| (*name, Value::from(Object::field(s.r(a), name))));
            fields.filter(|(_, value)| !value.is_undefined()).collect()
        }
        None => access::fields(s.r(a)).cloned().unwrap_or_default(),
    };
    for name in s.p().names()[names as usize].iter() {
        if rest.contains(name) {
            rest.remove(name);
        }
    }
    s.set(dst, Value::map(rest))
}

/// Whether a value is of the kind of the bounds, and within them.
fn within(value: &Value, bounds: &Within) -> bool {
    let (start, end, inclusive) = bounds;
    let comparable = |bound: &Value| {
        (value.kind().is_number() && bound.kind().is_number()) || value.kind() == bound.kind()
    };
    let above = match start {
        Some(start) => comparable(start) && matches!(value.less(start), Ok(o) if o.is_ge()),
        None => true,
    };
    let below = match end {
        Some(end) => {
            comparable(end)
                && match value.less(end) {
                    Ok(Ordering::Less) => true,
                    Ok(Ordering::Equal) => *inclusive,
                    _ => false,
                }
        }
        None => true,
    };
    above && below
}

#[cold]
pub(super) fn match_fail(s: Slow, a: Reg) -> Result {
    Err(Fault::new("no-match", format!("no arm fits {}", describe(s.r(a))))
        .label("no arm fits this value")
        .help("add an arm for it, or `_ => …` for everything else"))
}

#[cold]
pub(super) fn pattern_fail(s: Slow, a: Reg) -> Result {
    Err(Fault::new("no-match", format!("the pattern does not fit {}", describe(s.r(a))))
        .label("this pattern"))
}

// ---- errors

pub(super) fn throw(s: Slow, src: Reg) -> Result {
    Err(Fault::Thrown(Box::new(s.r(src).take())))
}

#[cold]
pub(super) fn assert_fail(s: Slow, message: Reg, left: Reg, right: Reg) -> Result {
    let get = |reg: Reg| (reg != NONE).then(|| s.r(reg).clone());
    let text = match get(message) {
        Some(value) => match value.as_str() {
            Some(text) => format!("assertion failed: {text}"),
            None => format!("assertion failed: {}", short(&value)),
        },
        None => "assertion failed".to_string(),
    };
    let fault = Fault::new("assertion", text);
    Err(match (get(left), get(right)) {
        (Some(left), Some(right)) => {
            fault.label(format!("left is {}, right is {}", describe(&left), describe(&right)))
        }
        _ => fault.label("this is false"),
    })
}
