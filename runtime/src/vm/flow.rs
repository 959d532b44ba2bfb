//! Jumps, loops and patterns.

use super::step::{At, Fast, Flow, Slow};
use crate::access;
use crate::code::Within;
use crate::fault::{Fault, describe, short};
use crate::value::{Iter, Kind, Value};
use std::cmp::Ordering;
use tansy_lang::bytecode::{Idx, NONE, Op, Reg, Target};

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

// ---- loops

#[inline(always)]
pub(super) fn range_prep(s: Fast, base: Reg, var: Reg, inclusive: bool, target: Target) -> Flow {
    let (Some(start), Some(end)) = (s.r(base).as_int(), s.r(base + 1).as_int()) else {
        return Flow::Slow;
    };
    if start > end || (start == end && !inclusive) {
        return Flow::Go(target);
    }
    // From here on register base+1 holds the last number.
    let last = if inclusive { end } else { end - 1 };
    s.r(base + 1).overwrite(Value::int(last));
    s.set(var, Value::int(start))
}

#[cold]
pub(super) fn not_a_range(
    s: Slow,
    base: Reg,
    _var: Reg,
    _inclusive: bool,
    _target: Target,
) -> Result {
    match make_range(Some(s.r(base)), Some(s.r(base + 1)), false) {
        Err(fault) => Err(fault),
        Ok(_) => Err(Fault::new("internal", "a range that is none")),
    }
}

#[inline(always)]
pub(super) fn range_next(s: Fast, base: Reg, var: Reg, target: Target) -> Flow {
    // Both have been Ints since the loop began.
    let i = s.r(base).int_bits();
    if i < s.r(base + 1).int_bits() {
        let next = i.wrapping_add(1);
        if s.r(var).is_heap() {
            return Flow::Slow;
        }
        s.r(base).overwrite(Value::int(next));
        s.r(var).overwrite(Value::int(next));
        return Flow::Go(target);
    }
    Flow::Next
}

pub(super) fn range_next_slow(s: Slow, base: Reg, var: Reg, target: Target) -> Result {
    let next = s.r(base).as_int().unwrap_or_default() + 1;
    *s.r(base) = Value::int(next);
    *s.r(var) = Value::int(next);
    Ok(Flow::Go(target))
}

pub(super) fn iter_prep(s: Slow, iter: Reg, src: Reg) -> Result {
    let source = s.r(src).take();
    if let Some(seq) = source.as_seq() {
        *s.r(iter) = seq.state.clone();
        return s.set(iter + 1, seq.step.clone());
    }
    match Iter::new(&source) {
        Some(state) => s.set(iter, Value::iter(state)),
        None => {
            let fault = not_iterable(&source);
            *s.r(src) = source;
            Err(fault)
        }
    }
}

#[inline(always)]
pub(super) fn iter_next(s: Fast, iter: Reg, dst: Reg, _target: Target) -> Flow {
    match s.r(iter).as_iter_mut().and_then(Iter::next_flat) {
        Some(item) => {
            if s.replace(dst, item) {
                Flow::ReleaseSkip
            } else {
                Flow::Skip
            }
        }
        None => Flow::Slow,
    }
}

/// A jump back to an [`Op::IterNext`], which is done at once where it has an element at hand.
#[inline(always)]
pub(super) fn jump_next(s: Fast, target: Target) -> Flow {
    // SAFETY: verified: an instruction of the running prototype, which an IterNext leaves two behind.
    let to = unsafe { s.at.pc.byte_offset(target as i32 as isize) };
    // SAFETY: as above.
    let Op::IterNext { iter, dst, .. } = (unsafe { (*to).op }) else { return Flow::Go(target) };
    if s.r(dst).is_heap() {
        return Flow::Go(target);
    }
    match s.r(iter).as_iter_mut().and_then(Iter::next_flat) {
        Some(item) => {
            s.r(dst).overwrite(item);
            // SAFETY: as above.
            s.m.arrive(At { pc: unsafe { to.add(2) }, ..s.at })
        }
        None => Flow::Go(target),
    }
}

/// The jump back that stands behind this instruction, likewise.
#[inline(always)]
fn then_jump_next(s: Fast) -> Flow {
    let Op::Jump { target } = s.next().op else { return Flow::Next };
    // SAFETY: verified code never runs off its end.
    let jump = At { pc: unsafe { s.at.pc.add(1) }, ..s.at };
    match jump_next(Fast { m: s.m, at: jump }, target) {
        // Distances count from the jump.
        Flow::Go(_) => Flow::To(jump),
        flow => flow,
    }
}

/// An [`Op::Drop`] before such a jump, the end of many loops over elements.
#[inline(always)]
pub(super) fn drop_jump_next(s: Fast, reg: Reg) -> Flow {
    if s.r(reg).is_heap() {
        return s.set(reg, Value::UNDEFINED);
    }
    s.r(reg).overwrite(Value::UNDEFINED);
    then_jump_next(s)
}

/// An [`Op::VecPush`] before such a jump, the end of comprehensions.
#[inline(always)]
pub(super) fn push_jump_next(s: Fast, vec: Reg, src: Reg) -> Flow {
    let Fast { m, at } = s;
    match super::data::vec_push(Fast { m: &mut *m, at }, vec, src) {
        Flow::Next => then_jump_next(Fast { m, at }),
        flow => flow,
    }
}

pub(super) fn iter_next_slow(s: Slow, iter: Reg, dst: Reg, target: Target) -> Result {
    let Some(state) = s.r(iter).as_iter_mut() else { return step(s, iter) };
    match state.next() {
        Some(item) => {
            s.set(dst, item)?;
            Ok(Flow::Skip)
        }
        None => {
            *s.r(iter) = Value::UNDEFINED;
            Ok(Flow::Go(target))
        }
    }
}

pub(super) fn iter_pair(s: Slow, iter: Reg, a: Reg, b: Reg, target: Target) -> Result {
    let Some(state) = s.r(iter).as_iter_mut() else { return step(s, iter) };
    match pair(state)? {
        Some((x, y)) => {
            *s.r(a) = x;
            *s.r(b) = y;
            Ok(Flow::Skip)
        }
        None => {
            *s.r(iter) = Value::UNDEFINED;
            Ok(Flow::Go(target))
        }
    }
}

/// Calls the step of the Seq whose state and step are in `iter` and the register after it.
fn step(s: Slow, iter: Reg) -> Result {
    let at = s.cell(s.p().registers);
    s.m.stack[at] = s.r(iter + 1).clone();
    s.m.stack[at + 1] = s.r(iter).take();
    s.call(at, 1, iter + 2)
}

pub(super) fn iter_seq(s: Slow, iter: Reg, dst: Reg, target: Target) -> Result {
    match seq_step(s.r(iter + 2).take())? {
        Some((item, state)) => {
            *s.r(iter) = state;
            s.set(dst, item)
        }
        None => {
            *s.r(iter + 1) = Value::UNDEFINED;
            Ok(Flow::Go(target))
        }
    }
}

pub(super) fn iter_seq_pair(s: Slow, iter: Reg, a: Reg, b: Reg, target: Target) -> Result {
    match seq_step(s.r(iter + 2).take())? {
        Some((item, state)) => {
            *s.r(iter) = state;
            let (x, y) = two(item)?;
            *s.r(a) = x;
            s.set(b, y)
        }
        None => {
            *s.r(iter + 1) = Value::UNDEFINED;
            Ok(Flow::Go(target))
        }
    }
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
            Fault::new("type-error", message).label(format!("this is {}", describe(v)))
        }),
    };
    Ok(Value::range(crate::code::range(int(start)?, int(end)?, inclusive)))
}

#[cold]
fn not_iterable(value: &Value) -> Fault {
    let fault =
        Fault::new("type-error", format!("{} cannot be walked with `for`", value.type_name()))
            .label(format!("this is {}", describe(value)));
    match value.kind() {
        Kind::Int => fault.help(format!("to count, write `0..{}`", short(value))),
        Kind::Null => fault.help("to walk nothing when it is null, write `?? []`"),
        _ => fault.help("`for` walks vectors, maps, sets, strings, ranges and Seqs"),
    }
}

/// What a Seq's step gave: the item and the next state, or the end.
fn seq_step(step: Value) -> std::result::Result<Option<(Value, Value)>, Fault> {
    if step.is_null() {
        return Ok(None);
    }
    if step.as_vec().is_none_or(|v| v.len() != 2) {
        let message = format!("a step gives null or [item, state], not {}", short(&step));
        return Err(Fault::new("type-error", message));
    }
    two(step).map(Some)
}

/// The next element of an iteration as two.
fn pair(items: &mut Iter) -> std::result::Result<Option<(Value, Value)>, Fault> {
    match items.next_pair() {
        Some((item, second)) if second.is_undefined() => two(item).map(Some),
        pair => Ok(pair),
    }
}

/// The two elements of a Vec of two.
fn two(item: Value) -> std::result::Result<(Value, Value), Fault> {
    let pair = item.as_vec().filter(|v| v.len() == 2);
    match pair.and_then(|v| Some((v.get(0)?.clone(), v.get(1)?.clone()))) {
        Some(pair) => Ok(pair),
        None => Err(not_a_pair(item)),
    }
}

#[cold]
fn not_a_pair(item: Value) -> Fault {
    Fault::new("no-match", format!("the pattern does not fit {}", describe(&item)))
        .label("this pattern takes a Vec of two elements")
}

// ---- patterns

#[inline(always)]
pub(super) fn jump_unless_vec(s: Fast, a: Reg, len: u16, open: bool, target: Target) -> Flow {
    let fits = s
        .r(a)
        .as_vec()
        .is_some_and(|v| if open { v.len() >= len as usize } else { v.len() == len as usize });
    go_if(!fits, target)
}

pub(super) fn jump_unless_map(s: Slow, a: Reg, empty: bool, target: Target) -> Result {
    let fits = access::fields(s.r(a)).is_some_and(|m| !empty || m.is_empty());
    Ok(go_if(!fits, target))
}

pub(super) fn jump_unless_is(s: Slow, a: Reg, ty: Idx, target: Target) -> Result {
    Ok(go_if(!s.p().types[ty as usize].accepts(s.r(a)), target))
}

pub(super) fn jump_unless_within(s: Slow, a: Reg, bounds: Idx, target: Target) -> Result {
    Ok(go_if(!within(s.r(a), &s.p().bounds[bounds as usize]), target))
}

pub(super) fn field_or_jump(s: Slow, dst: Reg, a: Reg, name: Idx, target: Target) -> Result {
    let found = access::fields(s.r(a)).and_then(|m| m.get(s.k(name)).cloned());
    match found.or_else(|| access::error_field(s.r(a), s.name(name))) {
        Some(value) => s.set(dst, value),
        None => Ok(Flow::Go(target)),
    }
}

#[inline(always)]
pub(super) fn element(s: Fast, dst: Reg, a: Reg, index: i16) -> Flow {
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
    let mut rest = access::fields(s.r(a)).cloned().unwrap_or_default();
    for name in s.p().names[names as usize].iter() {
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
