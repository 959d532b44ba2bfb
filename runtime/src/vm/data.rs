//! Registers, constants, slots, and the making of functions and literals.

use super::instruction::{Operands, operands, shape};
use super::step::{At, Fast, Flow, Slow};
use super::{Machine, function_value};
use crate::access;
use crate::buffer::Text;
use crate::code::Callee;
use crate::fault::{Fault, describe};
use crate::path;
use crate::value::{Captures, Function, INLINE, Iter, Kind, Map, Ref, Set, Value, Vector, heap};
use crate::{format, operators};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tansy_lang::ast::BinaryOp;
use tansy_lang::bytecode::{Idx, Op, Reg};

type Result = std::result::Result<Flow, Fault>;

#[inline(always)]
pub(super) fn take(s: Fast, dst: Reg, src: Reg) -> Flow {
    let value = s.r(src).take();
    s.set(dst, value)
}

#[inline(always)]
pub(super) fn copy(s: Fast, dst: Reg, src: Reg) -> Flow {
    let value = s.r(src).clone();
    s.set(dst, value)
}

#[inline(always)]
pub(super) fn constant(s: Fast, dst: Reg, k: Idx) -> Flow {
    let value = s.k(k).clone();
    s.set(dst, value)
}

#[inline(always)]
pub(super) fn int(s: Fast, dst: Reg, value: i32) -> Flow {
    s.set(dst, Value::int(value.into()))
}

/// `dst ← value` before a comparison of it with another Int, in one go. `$other` is the place of the operand that this is not.
macro_rules! int_compared {
    ($($name:ident: $op:ident $other:tt $compare:tt;)*) => {$(
        #[inline(always)]
        pub(super) fn $name(s: Fast, dst: Reg, value: i32) -> Flow {
            // SAFETY: chosen when the code was loaded: the comparison is the next instruction.
            let next = unsafe { operands(s.next(), shape!($op { dst, a, b })) };
            let (result, other) = (next.0, next.$other);
            match s.r(other).as_int() {
                Some(n) if !s.r(dst).is_heap() && !s.r(result).is_heap() => {
                    let holds = i64::from(value) $compare n;
                    s.r(dst).overwrite(Value::int(value.into()));
                    s.r(result).overwrite(Value::bool(holds));
                    Flow::Skip
                }
                _ => int(s, dst, value),
            }
        }
    )*};
}

int_compared! {
    int_eq: Eq 1 ==;
    int_lt: Lt 2 <;
    int_le: Le 2 <=;
    int_gt: Lt 1 >;
    int_ge: Le 1 >=;
}

#[inline(always)]
pub(super) fn null(s: Fast, dst: Reg) -> Flow {
    s.set(dst, Value::NULL)
}

#[inline(always)]
pub(super) fn bool(s: Fast, dst: Reg, value: bool) -> Flow {
    s.set(dst, Value::bool(value))
}

#[inline(always)]
pub(super) fn drop(s: Fast, reg: Reg) -> Flow {
    s.set(reg, Value::UNDEFINED)
}

#[inline(always)]
pub(super) fn get_slot(s: Fast, dst: Reg, slot: Idx) -> Flow {
    let environment = s.m.instances[s.m.instance as usize].environment;
    match s.m.environments[environment].get(slot.into()) {
        Some(value) => {
            let value = value.clone();
            s.set(dst, value)
        }
        None => Flow::Slow,
    }
}

#[cold]
pub(super) fn unset_slot(s: Slow, _dst: Reg, slot: Idx) -> Result {
    let mut slots = s.m.instances[s.m.instance as usize].code().infos().slots();
    let name = slots.nth(slot.into()).map_or_else(Default::default, |slot| slot.name);
    Err(Fault::new("too-early", format!("`{name}` is read before it has its value"))
        .help("a function sees the `let`s of its module once their lines have run: move the declaration up"))
}

pub(super) fn set_slot(s: Slow, slot: Idx, src: Reg) -> Result {
    let value = s.r(src).clone();
    let instance = s.m.instance;
    s.m.set_slot(instance, slot as usize, value);
    Ok(Flow::Next)
}

/// A new function of the running unit as a value.
fn own_function(m: &Machine, prototype: Idx, captures: Option<Ref<Captures>>) -> Value {
    let here = &m.instances[m.instance as usize];
    let environment = &m.environments[here.environment];
    let code = here.share(m.number);
    let value = function_value(code, prototype.into(), captures, environment);
    if let Some(function) = value.as_fn() {
        stay_at_home(m, function);
    }
    value
}

/// Where a function is called, it runs as what made it does, which is running.
#[inline(always)]
fn stay_at_home(m: &Machine, function: &Function) {
    if let Some(home) = m.home(m.instance) {
        function.home.store(home, Ordering::Relaxed);
    }
}

/// A function of the running unit that captures nothing.
fn plain_function(m: &mut Machine, prototype: Idx) -> Value {
    let here = &mut m.instances[m.instance as usize];
    let number = usize::from(prototype);
    // What sees names of its module is another one in each run.
    if here.code().prototypes()[number].environment {
        return own_function(m, prototype, None);
    }
    m.owns |= here.makes();
    let here = &m.instances[m.instance as usize];
    let make = || own_function(m, prototype, None);
    match here.made(m.number) {
        Some(made) => made.keep(here.code(), number, make),
        None => make(),
    }
}

pub(super) fn function(s: Slow, dst: Reg, prototype: Idx) -> Result {
    let value = plain_function(s.m, prototype);
    s.set(dst, value)
}

pub(super) fn native(s: Slow, dst: Reg, native: Idx) -> Result {
    let value = match &s.m.instances[s.m.instance as usize].code().natives()[native as usize] {
        Callee::Native(native) => Value::native(native),
        Callee::Host(value) | Callee::Constant(value) => value.clone(),
    };
    s.set(dst, value)
}

/// A closure that was made before, and is kept.
#[inline(always)]
pub(super) fn closure(s: Fast, dst: Reg, prototype: Idx, _base: Reg, count: Idx) -> Flow {
    let made = s.m.instances[s.m.instance as usize].made(s.m.number);
    let Some(value) = made.filter(|_| count == 0).and_then(|made| made.get(prototype.into()))
    else {
        return Flow::Slow;
    };
    if let Some(function) = value.as_fn() {
        stay_at_home(s.m, function);
    }
    let value = value.clone();
    s.set(dst, value)
}

pub(super) fn closure_slow(s: Slow, dst: Reg, prototype: Idx, base: Reg, count: Idx) -> Result {
    if count == 0 {
        return function(s, dst, prototype);
    }
    let captures: Vec<Value> = (0..count).map(|i| s.r(base + i).take()).collect();
    let captures = Ref::new(Captures::new(captures));
    let value = own_function(s.m, prototype, Some(captures));
    s.set(dst, value)
}

/// Asks whether an argument is a function, as the library's `__function(f, …, …)` does, of whose call this constant is the first part.
#[inline(always)]
pub(super) fn constant_function(s: Fast, dst: Reg, k: Idx) -> Flow {
    // SAFETY: chosen when the code was loaded: the copy of the function and the call stand two and three further on.
    let (copy, call) = unsafe { (s.at.pc.add(2), s.at.pc.add(3)) };
    // SAFETY: as above.
    let (&Operands(_, src, ..), &Operands(result, base, ..)) = unsafe {
        let call = operands(call, shape!(CallNative { dst, base, argc, native }));
        (operands(copy, shape!(Copy { dst, src })), call)
    };
    // The call takes a step, and would settle the work of walks.
    let at_once = s.m.cx.fuel > 1 && heap::work() == 0;
    let clean = !s.r(result).is_heap() && !s.r(base).is_heap();
    if !at_once || !s.r(src).is_function() || !clean {
        return constant(s, dst, k);
    }
    s.m.cx.fuel -= 1;
    s.r(result).overwrite(Value::NULL);
    // SAFETY: as above; a call is not the last instruction.
    Flow::To(At { pc: unsafe { call.add(1) }, ..s.at })
}

pub(super) fn sibling(s: Slow, dst: Reg, prototype: Idx, from: Reg) -> Result {
    let value = sibling_of(s.r(from), prototype.into())?;
    s.set(dst, value)
}

pub(super) fn own_sibling(s: Slow, dst: Reg, prototype: Idx) -> Result {
    let own = &s.m.stack[s.m.base() - 1];
    let value = match own.as_fn() {
        Some(_) => sibling_of(own, prototype.into())?,
        None => own_function(s.m, prototype, None),
    };
    s.set(dst, value)
}

/// A function of the same group as `of`.
fn sibling_of(of: &Value, prototype: u32) -> std::result::Result<Value, Fault> {
    let Some(function) = of.as_fn() else {
        return Err(Fault::new("internal", "a group without its function"));
    };
    Ok(Value::function(Ref::new(Function::new(
        Arc::clone(&function.code),
        prototype,
        function.captures.clone(),
        function.env.clone(),
    ))))
}

pub(super) fn range(s: Slow, dst: Reg, base: Reg, flags: u16) -> Result {
    let start = if flags & 1 != 0 { Some(&*s.r(base)) } else { None };
    let end = if flags & 2 != 0 { Some(&*s.r(base + 1)) } else { None };
    let range = super::flow::make_range(start, end, flags & 4 != 0)?;
    s.set(dst, range)
}

pub(super) fn concat(s: Slow, dst: Reg, base: Reg, count: u16) -> Result {
    if let Some(text) = concat_short(&s, base, count) {
        return s.set(dst, text);
    }
    let mut text = Text::new();
    for i in 0..count {
        let part = s.r(base + i);
        if let Some(part) = part.as_str() {
            text.push_str(part)?;
        } else if let Some(n) = part.as_int() {
            text.push_str(itoa::Buffer::new().format(n))?;
        } else {
            let part = format::text(part, false, &mut s.m.cx)?;
            let _held = s.m.cx.hold(part.capacity())?;
            text.push_str(&part)?;
        }
    }
    s.m.cx.charge(text.as_str().len() / 16)?;
    s.set(dst, Value::from(text))
}

/// The same for Strs and Ints whose text is short enough to stand in a value.
fn concat_short(s: &Slow, base: Reg, count: u16) -> Option<Value> {
    let mut text = [0; INLINE];
    let mut len = 0;
    for i in 0..count {
        let part = s.r(base + i);
        let mut digits = itoa::Buffer::new();
        let part = match part.as_int() {
            Some(n) => digits.format(n),
            None => part.as_str()?,
        };
        text.get_mut(len..len + part.len())?.copy_from_slice(part.as_bytes());
        len += part.len();
    }
    std::str::from_utf8(text.get(..len)?).ok().map(Value::str)
}

pub(super) fn formatted(s: Slow, dst: Reg, a: Reg, spec: Idx) -> Result {
    let text = format::format(s.r(a), &s.p().formats()[spec as usize], &mut s.m.cx)?;
    s.set(dst, Value::from(text))
}

// ---- literals

pub(super) fn vec_new(s: Slow, dst: Reg, base: Reg, count: u16) -> Result {
    let items: Vector = (0..count).map(|i| s.r(base + i).take()).collect();
    s.set(dst, Value::vec(items))
}

#[inline(always)]
pub(super) fn vec_push(s: Fast, vec: Reg, src: Reg) -> Flow {
    match s.r(vec).as_vec_mut() {
        Some(vector) => match vector.push_own(s.r(src)) {
            true => Flow::Next,
            false => Flow::Slow,
        },
        None => Flow::Slow,
    }
}

pub(super) fn vec_push_slow(s: Slow, vec: Reg, src: Reg) -> Result {
    super::loops::make_room(&s, vec);
    let item = s.r(src).take();
    if let Some(vector) = s.r(vec).as_vec_mut() {
        vector.push(item);
    }
    Ok(Flow::Next)
}

pub(super) fn extend(s: Slow, target: Reg, src: Reg) -> Result {
    let source = s.r(src).clone();
    s.m.extend(s.r(target), source)?;
    Ok(Flow::Next)
}

pub(super) fn set_new(s: Slow, dst: Reg, base: Reg, count: u16) -> Result {
    let mut set = Set::new();
    for i in 0..count {
        add_to_set(&mut set, s.r(base + i).take())?;
    }
    s.set(dst, Value::set(set))
}

pub(super) fn set_add(s: Slow, set: Reg, src: Reg) -> Result {
    let item = s.r(src).take();
    if let Some(set) = s.r(set).as_set_mut() {
        add_to_set(set, item)?;
    }
    Ok(Flow::Next)
}

fn add_to_set(set: &mut Set, item: Value) -> std::result::Result<(), Fault> {
    set.insert(item.clone()).map(|_| ()).map_err(|e| {
        let fault = path::not_a_key(&item, e.what);
        if let Fault::Error(mut info) = fault {
            info.message = info.message.replace("be a key", "be an element of a Set");
            return Fault::Error(info);
        }
        fault
    })
}

pub(super) fn map_new(s: Slow, dst: Reg, base: Reg, names: Idx) -> Result {
    let names = &s.p().names()[names as usize];
    let values = names.order.iter().map(|i| s.r(base + *i as Reg).take());
    let map = match names.keys() {
        Some(keys) => Map::with_keys(keys, values),
        None => Map::from_sorted(names.sorted().cloned().zip(values).collect()),
    };
    s.set(dst, Value::map(map))
}

pub(super) fn map_put(s: Slow, map: Reg, key: Reg, value: Reg) -> Result {
    let (key, value) = (s.r(key).take(), s.r(value).take());
    if let Some(map) = s.r(map).as_map_mut()
        && let Err(e) = map.insert(key.clone(), value)
    {
        return Err(path::not_a_key(&key, e.what));
    }
    Ok(Flow::Next)
}

pub(super) fn map_extend(s: Slow, map: Reg, src: Reg) -> Result {
    let source = s.r(src);
    let Some(more) = access::fields(source) else {
        return Err(Fault::new(
            "type-error",
            format!("`...` in a map spreads a Map, not {}", source.type_name()),
        )
        .label(format!("this is {}", describe(source))));
    };
    s.m.cx.charge(more.len())?;
    s.m.cx.reserve(more.len() as u64 * 32)?;
    let more = more.clone();
    if let Some(map) = s.r(map).as_map_mut() {
        map.union(more);
    }
    Ok(Flow::Next)
}

impl Machine<'_> {
    /// Adds everything in `source` to a Vec or Set under construction.
    pub(super) fn extend(
        &mut self,
        target: &mut Value,
        source: Value,
    ) -> std::result::Result<(), Fault> {
        if source.kind() == Kind::Vec && target.kind() == Kind::Vec {
            return operators::assign(BinaryOp::Add, target, &source, &mut self.cx);
        }
        let mut items = match Iter::new(&source) {
            Some(items) => items,
            None => {
                let fault = Fault::new(
                    "type-error",
                    format!("`...` cannot spread {} here", source.type_name()),
                )
                .label(format!("this is {}", describe(&source)));
                return Err(match source.kind() {
                    Kind::Seq => fault.help("collect it first, with `.vec()` or `.take(n).vec()`"),
                    _ => fault,
                });
            }
        };
        while let Some(item) = items.next() {
            self.cx.charge(1)?;
            if let Some(vector) = target.as_vec_mut() {
                vector.push(item);
            } else if let Some(set) = target.as_set_mut() {
                add_to_set(set, item)?;
            }
        }
        Ok(())
    }
}
