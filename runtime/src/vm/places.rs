//! Reading and changing what is inside values: fields, elements, paths.

use super::Machine;
use super::arithmetic::numbers_at_once;
use super::at_once::give;
use super::instruction::{Instruction, Operands, Pc, operands, shape};
use super::step::{At, Exit, Fast, Flow, Slow, follow};
use super::table::slow::Index as slow_index;
use crate::access::{self, Indexed};
use crate::fault::{Fault, describe};
use crate::host::Object;
use crate::operators;
use crate::path::{self, Edit, Path, PathError, PathStep};
use crate::value::{Carried, Kind, Map, Value, Vector};
use std::hint::assert_unchecked;
use std::sync::atomic::{AtomicI16, Ordering};
use tansy_lang::ast::BinaryOp;
use tansy_lang::bytecode::{Idx, Op, Reg, Target};

type Result = std::result::Result<Flow, Fault>;

/// Where an [`Op::Field`] found its name last.
#[inline(always)]
fn hint_at<'v>(pc: Pc) -> &'v AtomicI16 {
    // SAFETY: asked at such instructions only.
    let Operands(_, _, _, hint, ..) = unsafe { operands(pc, shape!(Field { dst, a, name })) };
    hint
}

/// (Signed, so that the optimiser does not look for ways to compare sixteen bits.)
#[inline(always)]
fn hint(of: &AtomicI16) -> u32 {
    of.load(Ordering::Relaxed) as u32
}

/// What a map has under a name, looked for where the last one had it.
#[inline(always)]
fn find_hinted<'v>(map: &'v Map, name: &Value, of: &AtomicI16) -> Option<&'v Value> {
    let mut place = hint(of);
    let found = map.get_hinted(name, &mut place)?;
    // (Where places are greater, a hint that is none does no harm.)
    of.store(place as i16, Ordering::Relaxed);
    Some(found)
}

/// `a.name`, where `a` is a record that has it where the last one had it.
#[inline(always)]
pub(super) fn field(s: Fast, dst: Reg, a: Reg, name: Idx) -> Flow {
    let Some(map) = s.r(a).as_map() else { return field_elsewhere(&s, a) };
    match map.at_hint(s.k(name), hint(hint_at(s.at.pc))) {
        Some(found) => {
            let value = found.clone();
            s.set(dst, value)
        }
        None => Flow::Slow,
    }
}

/// What carries out `a.name` of another value than a map.
#[inline(always)]
fn field_elsewhere(s: &Fast, a: Reg) -> Flow {
    if s.r(a).as_object().is_some() { Flow::Then(object_field) } else { Flow::Slow }
}

/// `a.name` of an object of the host.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at an [`Op::Field`] of an object.
#[inline(never)]
unsafe fn object_field(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
) -> Exit {
    let at = At { pc, regs, consts };
    // The host's code may panic.
    m.at = at;
    // SAFETY: verified registers and constants; the host's code has no way to the machine, so all stays where it is.
    unsafe {
        let &Operands(dst, a, name, ..) = operands(pc, shape!(Field { dst, a, name }));
        let (object, name) = (&*regs.add(a as usize), &*consts.add(name as usize));
        let value = Value::from(ask(object, name));
        m.cx.settle_work();
        if value.is_undefined() {
            return no_field(m, object, name);
        }
        give(m, at, dst, value)
    }
}

/// What an object has under a name; [`Value::UNDEFINED`] for nothing. (Apart, since it takes the memory on the way.)
#[inline(never)]
fn ask(object: &Value, name: &Value) -> Carried {
    Object::field(object, name.as_str().unwrap_or_default())
}

#[cold]
fn no_field(m: &mut Machine<'_>, object: &Value, name: &Value) -> Exit {
    let name = name.as_str().unwrap_or_default();
    m.fault = Some(access::missing_field(object, name));
    Exit::Failed
}

pub(super) fn field_slow(s: Slow, dst: Reg, a: Reg, name: Idx) -> Result {
    if let Some(map) = s.r(a).as_map()
        && let Some(found) = find_hinted(map, s.k(name), hint_at(s.m.at.pc))
    {
        return s.set(dst, found.clone());
    }
    let registry = s.m.registry;
    let methods = |kind, name: &str| registry.method(kind, name).is_some();
    let value = access::field(s.r(a), s.name(name), &methods)?;
    s.set(dst, value)
}

pub(super) fn field_opt(s: Slow, dst: Reg, a: Reg, name: Idx) -> Result {
    let registry = s.m.registry;
    let methods = |kind, name: &str| registry.method(kind, name).is_some();
    let value = access::field_or_null(s.r(a), s.name(name), &methods)?;
    s.set(dst, value)
}

/// `a[b]`, where `a` is a vector and `b` a place in it from the front, or `a` is a map and `b` a key of the most frequent kinds.
#[inline(always)]
pub(super) fn index(s: Fast, dst: Reg, a: Reg, b: Reg) -> Flow {
    let (Some(vector), Some(i)) = (s.r(a).as_vec(), s.r(b).as_int()) else {
        return at_key(&s, a, b);
    };
    // A negative number is far outside when read as unsigned.
    match vector.flat_at(i as usize) {
        Some(value) => {
            let value = value.clone();
            s.set(dst, value)
        }
        None => Flow::Slow,
    }
}

/// What carries out `a[b]` of another value than a vector.
#[inline(always)]
fn at_key(s: &Fast, a: Reg, b: Reg) -> Flow {
    match s.r(a).as_map() {
        Some(_) if s.r(b).is_simple() => Flow::Then(map_index),
        _ => Flow::Slow,
    }
}

/// `a[b]` of a map that has such a key.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which is at an [`Op::Index`].
#[inline(never)]
unsafe fn map_index(m: &mut Machine<'_>, pc: Pc, regs: *mut Value, consts: *const Value) -> Exit {
    let at = At { pc, regs, consts };
    let s = Fast { m: &mut *m, at };
    // SAFETY: the caller's promise.
    let Operands(dst, a, b, ..) = unsafe { operands(pc, shape!(Index { dst, a, b })) };
    if let Some(Some(found)) = s.r(*a).as_map().and_then(|map| map.glance(s.r(*b))) {
        let flow = s.set(*dst, found.clone());
        // SAFETY: the flow comes from this instruction.
        return unsafe { follow(m, flow, at) };
    }
    // SAFETY: the same instruction, the same state.
    unsafe { slow_index(m, pc, regs, consts) }
}

/// `a[b].name` in one go: an [`Op::Index`] whose value only the [`Op::Field`] behind it reads, and overwrites. So the value in between
/// need not be counted.
#[inline(always)]
pub(super) fn index_field(s: Fast, dst: Reg, a: Reg, b: Reg) -> Flow {
    // SAFETY: chosen when the code was loaded.
    let &Operands(_, _, name, ref hint_next, ..) =
        unsafe { operands(s.next(), shape!(Field { dst, a, name })) };
    let (Some(vector), Some(i)) = (s.r(a).as_vec(), s.r(b).as_int()) else {
        return at_key(&s, a, b);
    };
    let Some(map) = vector.flat_at(i as usize).and_then(Value::as_map) else { return Flow::Slow };
    let Some(found) = map.at_hint(s.k(name), hint(hint_next)) else { return Flow::Slow };
    let value = found.clone();
    if s.replace(dst, value) { Flow::ReleaseSkip } else { Flow::Skip }
}

/// A comparison of `a[b]` in one go: an [`Op::Index`] and the jump behind it, where all are Ints. The jump is still done by itself where they
/// are not.
macro_rules! index_then_jump {
    ($($name:ident: $jump:ident, |$element:ident, $other:ident| $holds:expr, $at:tt;)*) => {$(
        #[inline(always)]
        pub(super) fn $name(s: Fast, dst: Reg, a: Reg, b: Reg) -> Flow {
            let (Some(vector), Some(i)) = (s.r(a).as_vec(), s.r(b).as_int()) else {
                return at_key(&s, a, b);
            };
            let Some(value) = vector.flat_at(i as usize) else { return Flow::Slow };
            let Some($element) = value.as_int().filter(|_| !s.r(dst).is_heap()) else {
                let value = value.clone();
                return s.set(dst, value);
            };
            s.r(dst).overwrite(Value::int($element));
            // SAFETY: chosen when the code was loaded.
            let operands = unsafe { operands(s.next(), shape!($jump { a, b, target })) };
            let Some($other) = s.r(operands.$at).as_int() else { return Flow::Next };
            match $holds {
                // The distance counts from the jump.
                true => Flow::Go((operands.2 as i32 + size_of::<Instruction>() as i32) as Target),
                false => Flow::Skip,
            }
        }
    )*};
}
index_then_jump! {
    index_lt: JumpLt, |element, other| element < other, 1;
    index_le: JumpLe, |element, other| element <= other, 1;
    lt_index: JumpLt, |element, other| other < element, 0;
    le_index: JumpLe, |element, other| other <= element, 0;
}

/// `a.name.other` in one go, likewise.
#[inline(always)]
pub(super) fn field_field(s: Fast, dst: Reg, a: Reg, name: Idx) -> Flow {
    // SAFETY: chosen when the code was loaded.
    let &Operands(_, _, other, ref hint_next, ..) =
        unsafe { operands(s.next(), shape!(Field { dst, a, name })) };
    let Some(map) = s.r(a).as_map() else { return field_elsewhere(&s, a) };
    let inner = map.at_hint(s.k(name), hint(hint_at(s.at.pc))).and_then(Value::as_map);
    let Some(found) = inner.and_then(|m| m.at_hint(s.k(other), hint(hint_next))) else {
        return Flow::Slow;
    };
    let value = found.clone();
    if s.replace(dst, value) { Flow::ReleaseSkip } else { Flow::Skip }
}

pub(super) fn index_slow(s: Slow, dst: Reg, a: Reg, b: Reg) -> Result {
    if let Some(found) = at_place(s.r(a), s.r(b)) {
        return s.set(dst, found);
    }
    let found = access::index(s.r(a), s.r(b), &mut s.m.cx)?;
    indexed(s, found, dst, a, b)
}

pub(super) fn index_opt(s: Slow, dst: Reg, a: Reg, b: Reg) -> Result {
    if let Some(found) = at_place(s.r(a), s.r(b)) {
        return s.set(dst, found);
    }
    let found = access::index_or_null(s.r(a), s.r(b), &mut s.m.cx)?;
    indexed(s, found, dst, a, b)
}

/// What a map has at a key of the most frequent kinds, or a vector at a place from the front. (What can also fail has more to hand around.)
#[inline(always)]
fn at_place(a: &Value, b: &Value) -> Option<Value> {
    match a.as_map() {
        Some(map) if b.is_simple() => map.get(b).cloned(),
        Some(_) => None,
        None => a.as_vec()?.get(b.as_int()? as usize).cloned(),
    }
}

fn indexed(s: Slow, found: Indexed, dst: Reg, a: Reg, b: Reg) -> Result {
    match found {
        Indexed::Found(value) => s.set(dst, value),
        Indexed::Missing => Err(access::missing(s.r(a), s.r(b))),
        Indexed::Select => {
            let arguments = vec![s.r(a).clone(), s.r(b).clone()];
            s.library("__select", dst, arguments)
        }
    }
}

pub(super) fn each(s: Slow, dst: Reg, a: Reg) -> Result {
    let value = s.m.each(s.r(a))?;
    s.set(dst, value)
}

pub(super) fn each_field(s: Slow, dst: Reg, a: Reg, name: Idx, optional: bool) -> Result {
    let name = s.name(name);
    let registry = s.m.registry;
    let methods = |kind, name: &str| registry.method(kind, name).is_some();
    let items = s.r(a).as_vec().cloned().unwrap_or_default();
    s.m.cx.charge(items.len())?;
    s.m.cx.reserve(items.len() as u64 * 16)?;
    let mut out = Vec::with_capacity(items.len());
    for item in items.iter() {
        out.push(if optional {
            access::field_or_null(item, name, &methods)?
        } else {
            access::field(item, name, &methods)?
        });
    }
    s.set(dst, Value::vec(Vector::from(out)))
}

pub(super) fn each_index(s: Slow, dst: Reg, a: Reg, b: Reg, optional: bool) -> Result {
    if s.r(b).kind() == Kind::Fn {
        let arguments = vec![s.r(a).clone(), s.r(b).clone()];
        return s.library("__each_select", dst, arguments);
    }
    let value = s.m.each_index(s.r(a), s.r(b), optional)?;
    s.set(dst, value)
}

pub(super) fn each_each(s: Slow, dst: Reg, a: Reg) -> Result {
    let items = s.r(a).as_vec().cloned().unwrap_or_default();
    let mut out = Value::vec(Vector::new());
    for item in items.iter() {
        let part = s.m.each(item)?;
        let len = part.as_vec().map_or(0, Vector::len);
        s.m.cx.charge(1 + len / 4)?;
        s.m.cx.reserve(len as u64 * 16)?;
        operators::assign(BinaryOp::Add, &mut out, &part, &mut s.m.cx)?;
    }
    s.set(dst, out)
}

// ---- paths

impl Slow<'_, '_> {
    /// A path of the running prototype, with its keys in the registers from `base` on.
    fn path<'v>(&self, path: Idx, base: Reg) -> Path<'v> {
        let steps = &self.p().paths()[path as usize];
        let count = steps.iter().filter(|s| matches!(s, PathStep::Index { .. })).count();
        let keys: &[Value] = if count == 0 {
            &[]
        } else {
            // SAFETY: verified to be inside the frame; the root is another register.
            unsafe { std::slice::from_raw_parts(self.m.at.regs.add(base as usize), count) }
        };
        Path { steps, keys }
    }
}

impl Slow<'_, '_> {
    /// Remembers for the special cases of a path instruction where the field on its way is, if there is just one.
    fn learn(&self, root: &Value, path: Path) {
        let (place, name, hint) = match (path.steps, path.keys) {
            (
                [PathStep::Field { name, hint, .. }]
                | [PathStep::Field { name, hint, .. }, PathStep::Index { .. }],
                _,
            ) => (Some(root), name, hint),
            ([PathStep::Index { .. }, PathStep::Field { name, hint, .. }], [key, ..]) => {
                let element =
                    key.as_int().and_then(|i| root.as_vec()?.get(usize::try_from(i).ok()?));
                (element, name, hint)
            }
            _ => return,
        };
        if let Some(map) = place.and_then(Value::as_map) {
            find_hinted(map, name, hint);
        }
    }
}

/// The outcome of a path operation; `None` where it selects several places.
fn single<T>(result: std::result::Result<T, PathError>) -> std::result::Result<Option<T>, Fault> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(PathError::Fault(fault)) => Err(fault),
        Err(PathError::Selecting) => Ok(None),
    }
}

#[cold]
fn several(help: &str) -> Fault {
    Fault::new("type-error", "this path selects several places").help(help)
}

pub(super) fn get_path(
    s: Slow,
    dst: Reg,
    root: Reg,
    path: Idx,
    base: Reg,
    lenient: bool,
) -> Result {
    let path = s.path(path, base);
    match single(path::get(s.r(root), path, lenient, &mut s.m.cx))? {
        Some(value) => s.set(dst, value),
        None => Err(several(
            "`??=` and `.=` with a selecting index held in a variable are not possible: write the function or range in the brackets",
        )),
    }
}

pub(super) fn take_path(s: Slow, dst: Reg, root: Reg, path: Idx, base: Reg) -> Result {
    let path = s.path(path, base);
    match single(path::take(s.r(root), path))? {
        Some(value) => s.set(dst, value),
        None => Err(several("write the function or range itself in the brackets")),
    }
}

/// Where the first steps of a path lead in values that nobody else holds; what the special cases of path instructions look at.
trait Way {
    /// The place, if all of the path's steps are of the way's kinds and every value on it is there, flat and unshared.
    fn place<'v>(s: &Fast, root: Reg, path: Idx, base: Reg) -> Option<&'v mut Value>;
}

/// `root.name`
pub(super) struct ByName;
/// `root[i]`
pub(super) struct ByIndex;
/// `root[i].name`
pub(super) struct ByIndexThenName;
/// `root[i][j]`
pub(super) struct ByTwoIndexes;
/// `root.name[i]`
pub(super) struct ByNameThenIndex;

/// An element of an unshared flat vector. (A negative number is far outside when read as unsigned.)
#[inline(always)]
fn element<'v>(place: &'v mut Value, key: &Value) -> Option<&'v mut Value> {
    let i = key.as_int()?;
    place.as_vec_mut()?.own_mut(i as usize)
}

/// A field of an unshared small map.
#[inline(always)]
fn named<'v>(s: &Fast, place: &'v mut Value, path: Idx, step: usize) -> Option<&'v mut Value> {
    let map = place.as_map_mut()?;
    // SAFETY: the running prototype lives as long as the machine.
    let prototype = unsafe { &*s.m.prototype };
    // SAFETY: verified, and the function was chosen for a path that has such a step.
    let step = unsafe {
        assert_unchecked(prototype.has_tables());
        prototype.paths().get_unchecked(path as usize).get_unchecked(step)
    };
    let PathStep::Field { name, hint: at, .. } = step else { return None };
    map.own_mut_at(name, hint(at))
}

impl Way for ByName {
    #[inline(always)]
    fn place<'v>(s: &Fast, root: Reg, path: Idx, _base: Reg) -> Option<&'v mut Value> {
        named(s, s.r(root), path, 0)
    }
}

impl Way for ByIndex {
    #[inline(always)]
    fn place<'v>(s: &Fast, root: Reg, _path: Idx, base: Reg) -> Option<&'v mut Value> {
        element(s.r(root), s.r(base))
    }
}

impl Way for ByIndexThenName {
    #[inline(always)]
    fn place<'v>(s: &Fast, root: Reg, path: Idx, base: Reg) -> Option<&'v mut Value> {
        named(s, element(s.r(root), s.r(base))?, path, 1)
    }
}

impl Way for ByTwoIndexes {
    #[inline(always)]
    fn place<'v>(s: &Fast, root: Reg, _path: Idx, base: Reg) -> Option<&'v mut Value> {
        element(element(s.r(root), s.r(base))?, s.r(base + 1))
    }
}

impl Way for ByNameThenIndex {
    #[inline(always)]
    fn place<'v>(s: &Fast, root: Reg, path: Idx, base: Reg) -> Option<&'v mut Value> {
        element(named(s, s.r(root), path, 0)?, s.r(base))
    }
}

/// Stores in a place, giving up what it held; then goes to the next instruction.
#[inline(always)]
fn store(s: Fast, place: &mut Value, value: Value) -> Flow {
    let garbage = place.is_heap();
    if garbage {
        s.leave(place.take());
    }
    place.overwrite(value);
    if garbage { Flow::Release } else { Flow::Next }
}

/// `root.path = value`, where the way leads to the place.
#[inline(always)]
fn set_at<W: Way>(s: Fast, root: Reg, path: Idx, base: Reg, value: Reg) -> Flow {
    match W::place(&s, root, path, base) {
        Some(place) => {
            let value = s.r(value).take();
            store(s, place, value)
        }
        None => Flow::Slow,
    }
}

/// `root.path op= value`, where the way leads to the place and both are small Ints or Floats.
#[inline(always)]
fn update_at<W: Way>(s: Fast, root: Reg, path: Idx, base: Reg, value: Reg, op: BinaryOp) -> Flow {
    let Some(place) = W::place(&s, root, path, base) else { return Flow::Slow };
    match numbers_at_once(op, place, s.r(value)) {
        Some(new) => {
            place.overwrite(new);
            Flow::Next
        }
        None => Flow::Slow,
    }
}

macro_rules! ways {
    ($($way:ident: $set:ident, $update:ident;)*) => {$(
        #[inline(always)]
        pub(super) fn $set(s: Fast, root: Reg, path: Idx, base: Reg, value: Reg) -> Flow {
            set_at::<$way>(s, root, path, base, value)
        }
        #[inline(always)]
        pub(super) fn $update(
            s: Fast,
            root: Reg,
            path: Idx,
            base: Reg,
            value: Reg,
            op: BinaryOp,
        ) -> Flow {
            update_at::<$way>(s, root, path, base, value, op)
        }
    )*};
}

ways! {
    ByName: set_name, update_name;
    ByIndex: set_index, update_index;
    ByIndexThenName: set_index_name, update_index_name;
    ByTwoIndexes: set_index_index, update_index_index;
    ByNameThenIndex: set_name_index, update_name_index;
}

pub(super) fn set_path(s: Slow, root: Reg, path: Idx, base: Reg, value: Reg) -> Result {
    let place = s.path(path, base);
    s.learn(s.r(root), place);
    if path::own_store(s.r(root), place, s.r(value)) {
        return Ok(Flow::Next);
    }
    match single(path::edit(s.r(root), place, Edit::Set(s.r(value)), &mut s.m.cx))? {
        Some(()) => Ok(Flow::Next),
        None => {
            let arguments = vec![s.r(root).clone(), steps(place), s.r(value).take()];
            s.library("__path_set", root, arguments)
        }
    }
}

pub(super) fn update_path(
    s: Slow,
    root: Reg,
    path: Idx,
    base: Reg,
    value: Reg,
    op: BinaryOp,
) -> Result {
    let place = s.path(path, base);
    s.learn(s.r(root), place);
    if let Some(old) = path::own_place(s.r(root), place) {
        match numbers_at_once(op, old, s.r(value)) {
            Some(new) => *old = new,
            None => operators::assign(op, old, s.r(value), &mut s.m.cx)?,
        }
        return Ok(Flow::Next);
    }
    match single(path::edit(s.r(root), place, Edit::Update(op, s.r(value)), &mut s.m.cx))? {
        Some(()) => Ok(Flow::Next),
        None => {
            let name = Value::str(op.symbol());
            let arguments = vec![s.r(root).clone(), steps(place), name, s.r(value).clone()];
            s.library("__path_update", root, arguments)
        }
    }
}

pub(super) fn map_path(s: Slow, root: Reg, path: Idx, base: Reg, function: Reg) -> Result {
    let arguments = vec![s.r(root).clone(), steps(s.path(path, base)), s.r(function).clone()];
    s.library("__path_map", root, arguments)
}

pub(super) fn delete_path(s: Slow, root: Reg, path: Idx, base: Reg) -> Result {
    let place = s.path(path, base);
    if path::own_delete(s.r(root), place) {
        s.m.cx.charge(place.steps.len())?;
        return Ok(Flow::Next);
    }
    match single(path::edit(s.r(root), place, Edit::Delete, &mut s.m.cx))? {
        Some(()) => Ok(Flow::Next),
        None => {
            let arguments = vec![s.r(root).clone(), steps(place)];
            s.library("__path_delete", root, arguments)
        }
    }
}

/// A path as data for the library.
fn steps(path: Path) -> Value {
    let mut keys = path.keys.iter();
    let steps = path.steps.iter().map(|step| {
        let parts = match step {
            PathStep::Field { name, optional, .. } => {
                vec![Value::str("field"), name.clone(), Value::bool(*optional)]
            }
            PathStep::Index { optional } => {
                let key = keys.next().cloned().unwrap_or(Value::NULL);
                vec![Value::str("index"), key, Value::bool(*optional)]
            }
            PathStep::Each => vec![Value::str("each")],
        };
        Value::vec(Vector::from(parts))
    });
    Value::vec(Vector::from(steps.collect::<Vec<_>>()))
}

impl Machine<'_> {
    /// `a[*]`
    fn each(&mut self, a: &Value) -> std::result::Result<Value, Fault> {
        match a.kind() {
            Kind::Vec => Ok(a.clone()),
            Kind::Map => {
                let map = a.as_map().cloned().unwrap_or_default();
                self.cx.charge(map.len())?;
                self.cx.reserve(map.len() as u64 * 16)?;
                Ok(Value::vec(map.values().cloned().collect::<Vector>()))
            }
            Kind::Set | Kind::Range => {
                let mut out = Value::vec(Vector::new());
                self.extend(&mut out, a.clone())?;
                Ok(out)
            }
            _ => access::elements(a, &mut self.cx)?.ok_or_else(|| {
                let message = format!("`[*]` needs a collection, not {}", a.type_name());
                Fault::new("type-error", message).label(format!("this is {}", describe(a)))
            }),
        }
    }

    /// `x[b]` for each x in `a`; flat where `b` is a range over vectors.
    fn each_index(
        &mut self,
        a: &Value,
        b: &Value,
        optional: bool,
    ) -> std::result::Result<Value, Fault> {
        let items = a.as_vec().cloned().unwrap_or_default();
        self.cx.charge(items.len())?;
        self.cx.reserve(items.len() as u64 * 16)?;
        let mut out = Vector::new();
        for item in items.iter() {
            let found = if optional {
                access::index_or_null(item, b, &mut self.cx)?
            } else {
                access::index(item, b, &mut self.cx)?
            };
            match found {
                Indexed::Found(value) => match value.as_vec() {
                    Some(part) if b.kind() == Kind::Range && item.kind() == Kind::Vec => {
                        self.cx.charge(part.len() / 4)?;
                        self.cx.reserve(part.len() as u64 * 16)?;
                        out.append(part.clone());
                    }
                    _ => out.push(value),
                },
                Indexed::Missing => return Err(access::missing(item, b)),
                Indexed::Select => return Err(Fault::new("internal", "a selecting index")),
            }
        }
        Ok(Value::vec(out))
    }
}
