//! Loops over ranges and elements.
//!
//! A loop over elements keeps its state in the three registers from `iter` on, which nothing else touches while it goes on:
//!
//! - over a Vec that lies flat, or a Set that lies in order: the collection, and two cursors, to its next item and behind its last one. The
//!   count held here keeps everybody from changing it in place, so its items stay where they are. Of a Vec that nobody else holds they are taken:
//!   nobody else will, since nothing but the loop reaches it;
//! - over a Map that lies flat: the Map, and the rank of its next binding;
//! - over a Range with an end: nothing, the next number, the last one;
//! - over a Seq: its state, its step, what the step gave;
//! - over anything else: an [`Iter`].

use super::Machine;
use super::instruction::{Operands, Pc, operands, shape};
use super::step::{At, Exit, Fast, Flow, Slow};
use super::table::fast::{Copy as copy, IterNext as next};
use crate::fault::{Fault, describe, short};
use crate::value::{Iter, Kind, Map, Set, Value, Vector};
use tansy_lang::bytecode::{Op, Reg, Target};

type Result = std::result::Result<Flow, Fault>;

// ---- over two numbers

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
    match super::flow::make_range(Some(s.r(base)), Some(s.r(base + 1)), false) {
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

// ---- over elements

#[inline(always)]
pub(super) fn iter_prep(s: Fast, iter: Reg, src: Reg) -> Flow {
    if iter != src || s.r(iter + 1).is_heap() || s.r(iter + 2).is_heap() {
        return Flow::Slow;
    }
    let Some(vector) = s.r(iter).as_vec_mut() else { return Flow::Slow };
    let (next, end) = if let Some(items) = vector.taken_slice() {
        let items = items.as_mut_ptr_range();
        (Value::taking_cursor(items.start), Value::cursor(items.end))
    } else if let Some(items) = vector.as_slice() {
        let items = items.as_ptr_range();
        (Value::cursor(items.start), Value::cursor(items.end))
    } else {
        return Flow::Slow;
    };
    s.r(iter + 1).overwrite(next);
    s.r(iter + 2).overwrite(end);
    Flow::Next
}

pub(super) fn iter_prep_slow(s: Slow, iter: Reg, src: Reg) -> Result {
    let mut source = s.r(src).take();
    if let Some(seq) = source.as_seq() {
        *s.r(iter) = seq.state.clone();
        return s.set(iter + 1, seq.step.clone());
    }
    put_in_order(&mut source);
    let [state, next, end] = match plain(source) {
        Ok(state) => state,
        Err(source) => match Iter::new(&source) {
            Some(state) => [Value::iter(state), Value::UNDEFINED, Value::UNDEFINED],
            None => {
                let fault = not_iterable(&source);
                *s.r(src) = source;
                return Err(fault);
            }
        },
    };
    *s.r(iter) = state;
    *s.r(iter + 1) = next;
    s.set(iter + 2, end)
}

/// The state of a loop over what is reached by cursors, numbers or ranks; or the value itself.
fn plain(source: Value) -> std::result::Result<[Value; 3], Value> {
    if let Some(range) = source.as_range() {
        return match (range.end, range.last()) {
            (Some(_), Some(last)) if last < i64::MAX => {
                Ok([Value::UNDEFINED, Value::int(range.start), Value::int(last)])
            }
            _ => Err(source),
        };
    }
    if let Some(places) = source.as_set().and_then(Set::places) {
        return Ok([source, Value::cursor(places.start), Value::cursor(places.end)]);
    }
    match source.as_map() {
        // (That it ends before it begins tells it from a Range.)
        Some(map) if map.is_flat() => Ok([source, Value::int(0), Value::int(i64::MIN)]),
        _ => Err(source),
    }
}

/// Has what a loop goes through lie in order, if nobody else holds it and that is worth it.
fn put_in_order(source: &mut Value) {
    if let Some(map) = source.as_map_mut() {
        map.put_in_order();
    } else if let Some(set) = source.as_set_mut() {
        set.put_in_order();
    }
}

/// A [`Op::Copy`] of a Map or Set before the loop over it begins: the last moment at which the register may be all that holds it.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at an [`Op::Copy`].
#[inline(never)]
unsafe fn copy_in_order(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
) -> Exit {
    // SAFETY: verified registers; the same instruction, the same state.
    unsafe {
        let Operands(_, src, ..) = operands(pc, shape!(Copy { dst, src }));
        put_in_order(&mut *regs.add(*src as usize));
        copy(m, pc, regs, consts)
    }
}

/// A [`Op::Copy`] of what the next instruction begins a loop over.
#[inline(always)]
pub(super) fn copy_prep(s: Fast, dst: Reg, src: Reg) -> Flow {
    if s.r(src).as_map().is_some() || s.r(src).as_set().is_some() {
        return Flow::Then(copy_in_order);
    }
    super::data::copy(s, dst, src)
}

/// The registers in which a loop keeps its state.
///
/// # Safety
/// This is the first of them.
#[inline(always)]
unsafe fn state(first: &mut Value) -> &mut [Value; 3] {
    // SAFETY: verified: all three are inside the frame.
    unsafe { &mut *std::ptr::from_mut(first).cast() }
}

/// Whether an item of a collection that lies in order is there. (Apart from what asserts it, whose jumps a frame would be in the way of.)
#[inline(never)]
fn is_item(collection: &Value, place: *const Value) -> bool {
    let vec = collection.as_vec().and_then(Vector::as_slice).map(<[Value]>::as_ptr_range);
    let places = vec.or_else(|| collection.as_set().and_then(Set::places));
    places.is_some_and(|places| places.contains(&place))
}

/// The next element, where it is at hand: of a flat Vec, an ordered Set or a Range.
///
/// # Safety
/// This is the first register of a loop's state.
#[inline(always)]
unsafe fn at_hand(first: &mut Value) -> Option<Value> {
    // SAFETY: the caller's promise.
    let [_items, place, end] = unsafe { state(first) };
    if let Some(next) = place.as_cursor() {
        if end.is_cursor_at(next) {
            return None;
        }
        debug_assert!(is_item(_items, next));
        // SAFETY: before the end, a cursor is at an item of the collection in the first register (see above).
        let item = unsafe { place.item(next) };
        // SAFETY: as above.
        place.set_cursor(unsafe { next.add(1) });
        return Some(item);
    }
    let next = place.as_int().filter(|next| *next <= end.int_bits())?;
    // The last one is not the greatest of all.
    place.overwrite(Value::int(next.wrapping_add(1)));
    Some(Value::int(next))
}

#[inline(always)]
pub(super) fn iter_next(s: Fast, iter: Reg, dst: Reg, target: Target) -> Flow {
    // SAFETY: the loop of this instruction.
    if let Some(item) = unsafe { at_hand(s.r(iter)) } {
        return if s.replace(dst, item) { Flow::ReleaseSkip } else { Flow::Skip };
    }
    let place = s.r(iter + 1);
    if place.as_cursor().is_none() || (target as i32) <= 0 {
        return Flow::Slow;
    }
    // The end of a collection, which is given up.
    if place.takes() {
        return Flow::Then(end_of_taken);
    }
    place.overwrite(Value::UNDEFINED);
    // SAFETY: verified: an instruction of the running prototype.
    let exit = At { pc: unsafe { s.at.pc.byte_offset(target as i32 as isize) }, ..s.at };
    if s.r(iter).let_go() {
        return Flow::To(exit);
    }
    let collection = s.r(iter).take();
    s.leave(collection);
    Flow::ReleaseTo(exit)
}

/// The end of a collection whose items were taken: those that are left are not on the heap, and need not be gone through once more.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at an [`Op::IterNext`] that has come to the end.
#[inline(never)]
unsafe fn end_of_taken(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
) -> Exit {
    // SAFETY: verified registers; what was on the heap is out of the items; the same instruction, the same state but for the cursor.
    unsafe {
        let Operands(iter, ..) = operands(pc, shape!(IterNext { iter, dst, target }));
        let [items, place, end] = state(&mut *regs.add((*iter).into()));
        if let Some(items) = items.as_vec_mut().and_then(Vector::taken_items) {
            items.set_len(0);
        }
        place.overwrite(end.clone());
        next(m, pc, regs, consts)
    }
}

/// A jump back to an [`Op::IterNext`], which is done at once where it has an element at hand.
#[inline(always)]
pub(super) fn jump_next(s: Fast, target: Target) -> Flow {
    let (to, iter, dst) = back(&s, target);
    if s.r(dst).is_heap() {
        return Flow::Go(target);
    }
    // SAFETY: the loop of the instruction there.
    match unsafe { at_hand(s.r(iter)) } {
        Some(item) => {
            s.r(dst).overwrite(item);
            // SAFETY: verified: an IterNext leaves two instructions behind it.
            s.m.arrive(At { pc: unsafe { to.add(2) }, ..s.at })
        }
        None => Flow::Go(target),
    }
}

/// Where a jump back leads, and the registers of the [`Op::IterNext`] there.
#[inline(always)]
fn back(s: &Fast, target: Target) -> (Pc, Reg, Reg) {
    // SAFETY: verified: an instruction of the running prototype.
    let to = unsafe { s.at.pc.byte_offset(target as i32 as isize) };
    // SAFETY: the functions that ask this are chosen for such jumps when code is loaded.
    let Operands(iter, dst, ..) = unsafe { operands(to, shape!(IterNext { iter, dst, target })) };
    (to, *iter, *dst)
}

/// The jump back that stands so many instructions further on.
#[inline(always)]
fn jump_behind(s: &Fast, further: usize) -> (At, Target) {
    // SAFETY: verified code never runs off its end.
    let jump = At { pc: unsafe { s.at.pc.add(further) }, ..s.at };
    // SAFETY: as for `back`.
    let Operands(target, ..) = unsafe { operands(jump.pc, shape!(Jump { target })) };
    (jump, *target)
}

/// The jump back that stands so many instructions further on, likewise.
#[inline(always)]
fn then_jump_next(s: Fast, further: usize) -> Flow {
    let (jump, target) = jump_behind(&s, further);
    match jump_next(Fast { m: s.m, at: jump }, target) {
        // Distances count from the jump.
        Flow::Go(_) => Flow::To(jump),
        flow => flow,
    }
}

/// An [`Op::Add`] before such a jump, of Ints: the whole round of many a loop.
#[inline(always)]
pub(super) fn add_jump_next(s: Fast, dst: Reg, a: Reg, b: Reg) -> Flow {
    add_then_jump_next(s, dst, a, b, 1)
}

/// The same where the element, which is `b`, is dropped in between.
#[inline(always)]
pub(super) fn add_drop_jump_next(s: Fast, dst: Reg, a: Reg, b: Reg) -> Flow {
    add_then_jump_next(s, dst, a, b, 2)
}

#[inline(always)]
fn add_then_jump_next(s: Fast, dst: Reg, a: Reg, b: Reg, further: usize) -> Flow {
    match (s.r(a).as_int(), s.r(b).as_int()) {
        (Some(i), Some(j)) if !s.r(dst).is_heap() => {
            let Some(sum) = i.checked_add(j) else { return Flow::Slow };
            s.r(dst).overwrite(Value::int(sum));
            then_jump_next(s, further)
        }
        _ => super::arithmetic::add(s, dst, a, b),
    }
}

/// An [`Op::Add`] of the element to a sum, and nothing else in the round: goes on for as long as Ints come from a Vec.
#[inline(always)]
pub(super) fn sum_up(s: Fast, dst: Reg, a: Reg, b: Reg) -> Flow {
    sum_up_to(s, dst, a, b, 1)
}

/// The same where the element is dropped after that.
#[inline(always)]
pub(super) fn sum_up_drop(s: Fast, dst: Reg, a: Reg, b: Reg) -> Flow {
    sum_up_to(s, dst, a, b, 2)
}

#[inline(always)]
fn sum_up_to(s: Fast, dst: Reg, a: Reg, b: Reg, further: usize) -> Flow {
    let (jump, target) = jump_behind(&s, further);
    let (_, iter, _) = back(&Fast { m: &mut *s.m, at: jump }, target);
    // SAFETY: the loop of the instruction there.
    let [_, place, end] = unsafe { state(s.r(iter)) };
    let (Some(mut next), Some(mut sum), Some(mut item)) =
        (place.as_cursor(), s.r(a).as_int(), s.r(b).as_int())
    else {
        return add_then_jump_next(s, dst, a, b, further);
    };
    let mut fuel = s.m.cx.fuel;
    let flow = loop {
        let Some(more) = sum.checked_add(item) else { break Flow::Slow };
        sum = more;
        // The jump takes the last step of a slice, the end, and what is no Int.
        if fuel <= 1 || end.is_cursor_at(next) {
            break Flow::To(jump);
        }
        // SAFETY: before the end, a cursor is at an item of the Vec.
        let Some(int) = (unsafe { (*next).as_int() }) else { break Flow::To(jump) };
        item = int;
        // SAFETY: as above.
        next = unsafe { next.add(1) };
        fuel -= 1;
    };
    s.m.cx.fuel = fuel;
    place.set_cursor(next);
    s.r(a).overwrite(Value::int(sum));
    s.r(b).overwrite(Value::int(item));
    flow
}

/// The [`Op::Drop`] of an element before such a jump, the end of many loops over elements.
#[inline(always)]
pub(super) fn drop_jump_next(s: Fast, reg: Reg) -> Flow {
    if s.r(reg).is_heap() && !s.r(reg).let_go() {
        return s.set(reg, Value::UNDEFINED);
    }
    then_jump_next(s, 1)
}

/// An [`Op::VecPush`] before such a jump, the end of comprehensions.
#[inline(always)]
pub(super) fn push_jump_next(s: Fast, vec: Reg, src: Reg) -> Flow {
    let Fast { m, at } = s;
    match super::data::vec_push(Fast { m: &mut *m, at }, vec, src) {
        Flow::Next => then_jump_next(Fast { m, at }, 1),
        flow => flow,
    }
}

/// An [`Op::Move`] of the element before an [`Op::VecPush`] of it, its [`Op::Drop`] and such a jump, the end of comprehensions that choose.
#[inline(always)]
pub(super) fn move_push_jump_next(s: Fast, dst: Reg, src: Reg) -> Flow {
    // SAFETY: chosen when the code was loaded: it is the next instruction.
    let &Operands(vec, ..) = unsafe { operands(s.next(), shape!(VecPush { vec, src })) };
    let Fast { m, at } = s;
    let push = Fast { m: &mut *m, at };
    if push.r(dst).is_heap() {
        return super::data::take(push, dst, src);
    }
    match super::data::vec_push(push, vec, src) {
        Flow::Next => then_jump_next(Fast { m, at }, 3),
        _ => super::data::take(Fast { m, at }, dst, src),
    }
}

pub(super) fn iter_next_slow(s: Slow, iter: Reg, dst: Reg, target: Target) -> Result {
    if let Some((map, rank)) = ranked(&s, iter) {
        let Some((key, value)) = next_binding(map, rank, s.r(iter + 1)) else {
            return end(s, iter, target);
        };
        s.set(dst, Value::from(vec![key, value]))?;
        return Ok(Flow::Skip);
    }
    if is_plain(&s, iter) {
        return end(s, iter, target);
    }
    let Some(state) = s.r(iter).as_iter_mut() else { return step(s, iter) };
    match state.next() {
        Some(item) => {
            s.set(dst, item)?;
            Ok(Flow::Skip)
        }
        None => end(s, iter, target),
    }
}

/// The Map that a loop goes through by ranks, and the rank of its next binding. (The state of a Seq may be a Map, too.)
fn ranked<'v>(s: &Slow<'v, '_>, iter: Reg) -> Option<(&'v Map, i64)> {
    s.r(iter).as_map().zip(s.r(iter + 1).as_int())
}

/// The binding of such a Map at a rank, after which `place` has the next one.
fn next_binding(map: &Map, rank: i64, place: &mut Value) -> Option<(Value, Value)> {
    let (key, value) = map.entry_at(rank as usize)?;
    *place = Value::int(rank + 1);
    Some((key.clone(), value.clone()))
}

/// The next binding of a Map that lies flat, of the most frequent loops over pairs.
#[inline(always)]
pub(super) fn iter_pair(s: Fast, iter: Reg, a: Reg, b: Reg, _target: Target) -> Flow {
    let (Some(map), Some(rank)) = (s.r(iter).as_map(), s.r(iter + 1).as_int()) else {
        return Flow::Slow;
    };
    if s.r(a).is_heap() || s.r(b).is_heap() {
        return Flow::Slow;
    }
    let Some((key, value)) = map.known_at(rank as usize) else { return Flow::Slow };
    let (key, value) = (key.clone(), value.clone());
    s.r(iter + 1).overwrite(Value::int(rank.wrapping_add(1)));
    s.r(a).overwrite(key);
    s.r(b).overwrite(value);
    Flow::Skip
}

pub(super) fn iter_pair_slow(s: Slow, iter: Reg, a: Reg, b: Reg, target: Target) -> Result {
    // SAFETY: the loop of this instruction.
    let plain = unsafe { at_hand(s.r(iter)) };
    let next = if let Some(item) = plain {
        Some(two(item)?)
    } else if let Some((map, rank)) = ranked(&s, iter) {
        next_binding(map, rank, s.r(iter + 1))
    } else if is_plain(&s, iter) {
        None
    } else {
        let Some(state) = s.r(iter).as_iter_mut() else { return step(s, iter) };
        pair(state)?
    };
    match next {
        Some((x, y)) => {
            *s.r(a) = x;
            *s.r(b) = y;
            Ok(Flow::Skip)
        }
        None => end(s, iter, target),
    }
}

/// Makes room for what a comprehension is going to push: an element for each one left, where it has no condition.
pub(super) fn make_room(s: &Slow, vec: Reg) {
    // SAFETY: asked at such a push only.
    let &Operands(_, _, each, ..) = unsafe { operands(s.m.at.pc, shape!(VecPush { vec, src })) };
    if each == 0 {
        return;
    }
    // SAFETY: chosen when the code was loaded: a loop around this instruction.
    let [_, next, end] = unsafe { state(s.r((each - 1) as Reg)) };
    let left = match (next.as_cursor(), end.as_cursor(), next.as_int()) {
        (Some(next), Some(end), _) => (end.addr() - next.addr()) / size_of::<Value>(),
        (_, _, Some(next)) => end.int_bits().saturating_sub(next).saturating_add(1).max(0) as usize,
        _ => return,
    };
    // Should memory be short, room is made as it is needed.
    let count = left.saturating_add(1);
    let bytes = count.saturating_mul(size_of::<Value>()) as u64;
    if let Some(vector) = s.r(vec).as_vec_mut()
        && vector.is_empty()
        && bytes <= s.m.cx.memory_left()
    {
        vector.reserve_own(count);
    }
}

/// Whether a loop walks a flat Vec, an ordered Set or a Range; of other things than a Map.
fn is_plain(s: &Slow, iter: Reg) -> bool {
    let place = s.r(iter + 1);
    place.as_cursor().is_some() || place.as_int().is_some()
}

/// The end of a loop gives up what it walked.
fn end(s: Slow, iter: Reg, target: Target) -> Result {
    *s.r(iter) = Value::UNDEFINED;
    *s.r(iter + 1) = Value::UNDEFINED;
    Ok(Flow::Go(target))
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

#[cold]
fn not_iterable(value: &Value) -> Fault {
    if let Some(Err(gone)) = value.as_object().map(|object| object.look()) {
        return gone;
    }
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

/// For a push into a comprehension without a condition: the first register of the loop's state and one, else zero.
pub(super) fn pushes_each(code: &[Op], at: usize) -> u32 {
    let Some(Op::Jump { target }) = code.get(at + 1) else { return 0 };
    let start = *target as usize;
    let Some(Op::IterNext { iter, .. }) = code.get(start) else { return 0 };
    let body = code.get(start + 2..at).unwrap_or_default();
    let straight = |op: &Op| { *op }.target_mut().is_none();
    if start < at && body.iter().all(straight) { u32::from(*iter) + 1 } else { 0 }
}
