//! The instruction loop.
//!
//! `unsafe` here is the unchecked access to registers, constants and code through pointers derived at frame entry. What makes it
//! sound is said in [`super`]: verified operands, a stack with room for the frame, and pointers that are derived anew
//! after everything that can move the stack. Integers and floats are done inline; all else is a call to a cold helper.

use super::call::{Called, Named};
use super::unwind::{Failure, Running};
use super::{Frame, Machine, function_value};
use crate::access::{self, Indexed};
use crate::code::{Prototype, Within};
use crate::fault::{Fault, Limit, describe, short};
use crate::native::Native;
use crate::path::{self, Edit, Path, PathError};
use crate::value::{Captures, Iter, Kind, Map, Ref, Set, Value, Vector};
use crate::{format, operators};
use std::cmp::Ordering::{Greater, Less};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tansy_lang::ast::BinaryOp;
use tansy_lang::bytecode::{NONE, Op};

impl Machine<'_> {
    /// Runs a frame whose arguments are in place until it returns to the host.
    pub(super) fn dispatch(
        &mut self,
        prototype: *const Prototype,
        base: usize,
        instance: u32,
    ) -> Result<Value, Failure> {
        let mut prototype = prototype;
        let mut base = base;
        let mut instance = instance;
        // SAFETY: `prototype` belongs to the code of an instance, which lives as long as the machine.
        let mut code: *const Op = unsafe { (*prototype).code.as_ptr() };
        let mut pc: *const Op = code;
        // SAFETY: as above.
        let mut consts: *const Value = unsafe { (*prototype).constants.as_ptr() };
        // SAFETY: `base` is inside the stack: the caller made room for the frame.
        let mut regs: *mut Value = unsafe { self.stack.as_mut_ptr().add(base) };

        /// A register of the running frame.
        macro_rules! r {
            ($i:expr) => {
                // SAFETY: a verified register is below the frame's size, and the stack has room for the frame.
                unsafe { &mut *regs.add($i as usize) }
            };
        }
        /// A constant.
        macro_rules! k {
            ($i:expr) => {
                // SAFETY: verified.
                unsafe { &*consts.add($i as usize) }
            };
        }
        /// The running prototype.
        macro_rules! p {
            () => {
                // SAFETY: the prototype outlives the run.
                unsafe { &*prototype }
            };
        }
        /// The index of the instruction after the current one.
        macro_rules! at {
            () => {
                ((pc.addr() - code.addr()) / size_of::<Op>()) as u32
            };
        }
        /// Derives the pointers anew.
        macro_rules! refresh {
            () => {
                // SAFETY: as at entry.
                regs = unsafe { self.stack.as_mut_ptr().add(base) };
            };
        }
        macro_rules! frame {
            ($prototype:expr, $base:expr, $instance:expr, $pc:expr) => {{
                prototype = $prototype;
                base = $base;
                instance = $instance;
                code = p!().code.as_ptr();
                consts = p!().constants.as_ptr();
                // SAFETY: a verified address is inside the code.
                pc = unsafe { code.add($pc as usize) };
                refresh!();
            }};
        }

        loop {
            let fault: Fault = 'run: loop {
                macro_rules! fail {
                    ($fault:expr) => {
                        break 'run $fault
                    };
                }
                macro_rules! ok {
                    ($result:expr) => {
                        match $result {
                            Ok(value) => value,
                            Err(fault) => break 'run fault,
                        }
                    };
                }
                macro_rules! tick {
                    () => {
                        self.cx.fuel -= 1;
                        if self.cx.fuel <= 0 {
                            let code = &self.instances[instance as usize].code;
                            let place =
                                (instance, code.index_of(prototype), at!().saturating_sub(1));
                            ok!(self.slice_end(place));
                        }
                    };
                }
                macro_rules! jump {
                    ($target:expr) => {{
                        // SAFETY: a verified address is inside the code.
                        let target = unsafe { code.add($target as usize) };
                        let back = target < pc;
                        pc = target;
                        if back {
                            tick!();
                        }
                    }};
                }
                macro_rules! set {
                    ($dst:expr, $value:expr) => {{
                        let value = $value;
                        *r!($dst) = value;
                    }};
                }
                /// Arithmetic with inline ints and floats.
                macro_rules! arithmetic {
                    ($dst:expr, $a:expr, $b:expr, $checked:ident, $float:tt, $op:ident, $same:expr) => {{
                        let a: *const Value = $a;
                        let b: *const Value = $b;
                        // SAFETY: both point into the frame or the constants.
                        let (x, y) = unsafe { (&*a, &*b) };
                        if let (Some(i), Some(j)) = (x.as_int(), y.as_int()) {
                            if let Some(n) = i.$checked(j) {
                                set!($dst, Value::int(n));
                                continue;
                            }
                        } else if let (Some(i), Some(j)) = (x.as_float(), y.as_float()) {
                            set!($dst, Value::float(i $float j));
                            continue;
                        }
                        if $same && !std::ptr::eq(a, b) {
                            ok!(operators::assign(BinaryOp::$op, r!($dst), y, &mut self.cx));
                        } else {
                            let result = ok!(operators::binary(BinaryOp::$op, x, y, &mut self.cx));
                            set!($dst, result);
                        }
                    }};
                }
                macro_rules! divide {
                    ($dst:expr, $a:expr, $b:expr, $op:ident, $int:expr) => {{
                        let (x, y): (&Value, &Value) = ($a, $b);
                        if let (Some(i), Some(j)) = (x.as_int(), y.as_int())
                            && j > 0
                        {
                            let f: fn(i64, i64) -> i64 = $int;
                            let n = f(i, j);
                            set!($dst, Value::int(n));
                            continue;
                        }
                        let result = ok!(operators::binary(BinaryOp::$op, x, y, &mut self.cx));
                        set!($dst, result);
                    }};
                }
                /// Whether `a < b` and the like hold.
                macro_rules! compare {
                    ($a:expr, $b:expr, $int:tt, $orders:pat) => {{
                        let (x, y): (&Value, &Value) = ($a, $b);
                        if let (Some(i), Some(j)) = (x.as_int(), y.as_int()) {
                            i $int j
                        } else {
                            let order = operators::order(x, y);
                            self.cx.settle_work();
                            matches!(ok!(order), $orders)
                        }
                    }};
                }
                /// `a == b`; comparing collections costs by their size.
                macro_rules! equal {
                    ($a:expr, $b:expr) => {{
                        let (x, y): (&Value, &Value) = ($a, $b);
                        let equal = x == y;
                        if x.is_heap() && y.is_heap() {
                            self.cx.settle_work();
                        }
                        equal
                    }};
                }
                macro_rules! condition {
                    ($a:expr) => {
                        match r!($a).as_bool() {
                            Some(b) => b,
                            None => fail!(not_a_bool(r!($a))),
                        }
                    };
                }
                macro_rules! methods {
                    () => {
                        &|kind, name: &str| self.registry.method(kind, name).is_some()
                    };
                }
                /// Enters a frame that begins at `$base`, returning to `$dst`.
                macro_rules! enter {
                    ($callee:expr, $base:expr, $instance:expr, $dst:expr) => {{
                        if self.frames.len() >= self.limits.call_depth as usize {
                            fail!(Fault::Limit(Limit::Depth));
                        }
                        self.frames.push(Frame {
                            prototype,
                            pc: at!(),
                            base: base as u32,
                            instance,
                            dst: $dst,
                        });
                        frame!($callee, $base, $instance, 0);
                        tick!();
                    }};
                }
                /// Goes on after a call of something in the cell before the arguments.
                macro_rules! called {
                    ($called:expr, $at:expr, $dst:expr) => {
                        match $called {
                            Called::Done(value) => {
                                refresh!();
                                self.stack[$at] = Value::UNDEFINED;
                                set!($dst, value);
                                if self.cx.fuel <= 0 {
                                    tick!();
                                }
                            }
                            Called::Enter { prototype: callee, instance: to } => {
                                enter!(callee, $at + 1, to, $dst);
                            }
                        }
                    };
                }
                /// Goes on after a call in tail position: `$count` arguments stand from `$at + 1`.
                macro_rules! called_last {
                    ($called:expr, $at:expr) => {
                        match $called {
                            Called::Done(value) => {
                                refresh!();
                                self.stack[$at] = Value::UNDEFINED;
                                give_back!(value);
                            }
                            Called::Enter { prototype: callee, instance: to } => {
                                ok!(self.slide(prototype, base, $at, callee));
                                frame!(callee, base, to, 0);
                                tick!();
                            }
                        }
                    };
                }
                /// Returns a value to the caller.
                macro_rules! give_back {
                    ($value:expr) => {{
                        let value: Value = $value;
                        let count = p!().registers as usize;
                        for i in 0..=count {
                            // SAFETY: the frame and the cell before it are inside the stack.
                            let cell = unsafe { &mut *regs.add(i).sub(1) };
                            if cell.is_heap() {
                                *cell = Value::UNDEFINED;
                            }
                        }
                        match self.frames.pop() {
                            Some(f) => {
                                frame!(f.prototype, f.base as usize, f.instance, f.pc);
                                set!(f.dst, value);
                            }
                            None => return Ok(value),
                        }
                    }};
                }
                /// Calls a function of the library that the machine itself needs.
                macro_rules! library {
                    ($name:expr, $dst:expr, $arguments:expr) => {{
                        let at = base + p!().registers as usize;
                        let called = ok!(self.call_library($name, at, $arguments, instance));
                        called!(called, at, $dst);
                    }};
                }
                macro_rules! path {
                    ($path:expr, $base:expr) => {{
                        let steps = &p!().paths[$path as usize];
                        let count = steps.iter().filter(|s| matches!(s, path::PathStep::Index { .. })).count();
                        let keys: &[Value] = if count == 0 {
                            &[]
                        } else {
                            // SAFETY: verified to be inside the frame; the root is another register.
                            unsafe { std::slice::from_raw_parts(regs.add($base as usize), count) }
                        };
                        Path { steps, keys }
                    }};
                }
                macro_rules! selecting {
                    ($result:expr, $else:expr) => {
                        match $result {
                            Ok(value) => value,
                            Err(PathError::Fault(fault)) => break 'run fault,
                            Err(PathError::Selecting) => $else,
                        }
                    };
                }

                // SAFETY: verified code never runs off its end.
                let op = unsafe { &*pc };
                // SAFETY: at most one past the last instruction.
                pc = unsafe { pc.add(1) };
                match *op {
                    // ---- registers, constants, slots
                    Op::Move { dst, src } => {
                        let value = r!(src).take();
                        set!(dst, value);
                    }
                    Op::Copy { dst, src } => {
                        let value = r!(src).clone();
                        set!(dst, value);
                    }
                    Op::Const { dst, k } => set!(dst, k!(k).clone()),
                    Op::Int { dst, value } => set!(dst, Value::int(value.into())),
                    Op::Null { dst } => set!(dst, Value::NULL),
                    Op::Bool { dst, value } => set!(dst, Value::bool(value)),
                    Op::Drop { reg } => set!(reg, Value::UNDEFINED),
                    Op::GetSlot { dst, slot } => {
                        let environment = self.instances[instance as usize].environment;
                        match self.environments[environment].get(slot.into()) {
                            Some(value) => set!(dst, value.clone()),
                            None => fail!(self.unset_slot(instance, slot)),
                        }
                    }
                    Op::SetSlot { slot, src } => {
                        let value = r!(src).clone();
                        self.set_slot(instance, slot as usize, value);
                    }

                    // ---- functions
                    Op::Function { dst, prototype: callee } => {
                        let here = &self.instances[instance as usize];
                        let environment = &self.environments[here.environment];
                        set!(dst, function_value(&here.code, callee.into(), None, environment));
                    }
                    Op::Native { dst, native } => {
                        set!(
                            dst,
                            Value::native(
                                self.instances[instance as usize].code.natives[native as usize]
                            )
                        )
                    }
                    Op::Closure { dst, prototype: callee, base: from, count } => {
                        let captures: Vec<Value> =
                            (0..count).map(|i| r!(from + i).take()).collect();
                        let captures = (count > 0).then(|| Ref::new(Captures::new(captures)));
                        let here = &self.instances[instance as usize];
                        let environment = &self.environments[here.environment];
                        set!(dst, function_value(&here.code, callee.into(), captures, environment));
                    }
                    Op::Sibling { dst, prototype: callee, from } => {
                        let value = sibling(r!(from), callee.into());
                        set!(dst, ok!(value));
                    }
                    Op::OwnSibling { dst, prototype: callee } => {
                        // SAFETY: the cell before a frame is inside the stack.
                        let own = unsafe { &*regs.sub(1) };
                        let value = if own.as_fn().is_some() {
                            sibling(own, callee.into())
                        } else {
                            let here = &self.instances[instance as usize];
                            let environment = &self.environments[here.environment];
                            Ok(function_value(&here.code, callee.into(), None, environment))
                        };
                        set!(dst, ok!(value));
                    }

                    // ---- calls
                    Op::Call { dst, base: from, argc } => {
                        let at = base + from as usize;
                        let called = ok!(self.call_value(at, argc.into(), instance));
                        called!(called, at, dst);
                    }
                    Op::CallFn { dst, base: from, argc, prototype: callee } => {
                        let at = base + from as usize;
                        let code = &self.instances[instance as usize].code;
                        let callee: *const Prototype = &code.prototypes[callee as usize];
                        // SAFETY: prototypes live as long as the machine.
                        ok!(self.arrange(unsafe { &*callee }, at + 1, argc.into(), || {
                            Default::default()
                        }));
                        enter!(callee, at + 1, instance, dst);
                    }
                    Op::CallSibling { dst, base: from, argc, prototype: callee } => {
                        let at = base + from as usize;
                        let callee =
                            ok!(self.call_sibling(at, argc.into(), callee, base, instance));
                        enter!(callee, at + 1, instance, dst);
                    }
                    Op::CallNative { dst, base: from, argc, native } => {
                        let at = base + from as usize;
                        let native =
                            self.instances[instance as usize].code.natives[native as usize];
                        let called = ok!(self.call_native(native, at, argc.into(), instance));
                        called!(called, at, dst);
                    }
                    Op::CallMethod { dst, base: from, argc, name, cache } => {
                        let at = base + from as usize;
                        let native = ok!(self.cached_method(p!(), r!(from + 1), k!(name), cache));
                        let called = ok!(self.call_native(native, at, argc.into(), instance));
                        called!(called, at, dst);
                    }
                    Op::CallNamed { dst, base: from, argc, names } => {
                        let at = base + from as usize;
                        let callee = ok!(Named::value(r!(from)));
                        let names = &p!().names[names as usize];
                        let argc = ok!(self.bind_names(at, argc.into(), names, &callee));
                        let called = ok!(self.call_value(at, argc, instance));
                        if dst == NONE {
                            called_last!(called, at)
                        } else {
                            called!(called, at, dst)
                        }
                    }
                    Op::CallMethodNamed { dst, base: from, argc, name, names } => {
                        let at = base + from as usize;
                        let native =
                            ok!(self.method(r!(from + 1), k!(name).as_str().unwrap_or_default()));
                        let names = &p!().names[names as usize];
                        let argc =
                            ok!(self.bind_names(at, argc.into(), names, &Named::native(native)));
                        let called = ok!(self.call_native(native, at, argc, instance));
                        if dst == NONE {
                            called_last!(called, at)
                        } else {
                            called!(called, at, dst)
                        }
                    }
                    Op::CallSpread { dst, base: from } => {
                        let at = base + from as usize;
                        let (mut argc, names) = ok!(self.spread(at + 1));
                        if !names.is_empty() {
                            let callee = ok!(Named::value(&self.stack[at]));
                            argc = ok!(self.bind_names(at, argc, &names, &callee));
                        }
                        let called = ok!(self.call_value(at, argc, instance));
                        if dst == NONE {
                            called_last!(called, at)
                        } else {
                            called!(called, at, dst)
                        }
                    }
                    Op::CallMethodSpread { dst, base: from, name } => {
                        let at = base + from as usize;
                        let native =
                            ok!(self.method(r!(from + 1), k!(name).as_str().unwrap_or_default()));
                        let (argc, names) = ok!(self.spread(at + 2));
                        let mut argc = argc + 1;
                        if !names.is_empty() {
                            argc = ok!(self.bind_names(at, argc, &names, &Named::native(native)));
                        }
                        let called = ok!(self.call_native(native, at, argc, instance));
                        if dst == NONE {
                            called_last!(called, at)
                        } else {
                            called!(called, at, dst)
                        }
                    }
                    Op::TailCall { base: from, argc } => {
                        let at = base + from as usize;
                        let called = ok!(self.call_value(at, argc.into(), instance));
                        called_last!(called, at);
                    }
                    Op::TailCallFn { base: from, argc, prototype: callee } => {
                        let at = base + from as usize;
                        let code = &self.instances[instance as usize].code;
                        let callee: *const Prototype = &code.prototypes[callee as usize];
                        *r!(from) = Value::UNDEFINED;
                        // SAFETY: prototypes live as long as the machine.
                        ok!(self.arrange(unsafe { &*callee }, at + 1, argc.into(), || {
                            Default::default()
                        }));
                        ok!(self.slide(prototype, base, at, callee));
                        frame!(callee, base, instance, 0);
                        tick!();
                    }
                    Op::TailCallSibling { base: from, argc, prototype: callee } => {
                        let at = base + from as usize;
                        let callee =
                            ok!(self.call_sibling(at, argc.into(), callee, base, instance));
                        ok!(self.slide(prototype, base, at, callee));
                        frame!(callee, base, instance, 0);
                        tick!();
                    }
                    Op::TailCallMethod { base: from, argc, name, cache } => {
                        let at = base + from as usize;
                        let native = ok!(self.cached_method(p!(), r!(from + 1), k!(name), cache));
                        let called = ok!(self.call_native(native, at, argc.into(), instance));
                        called_last!(called, at);
                    }
                    Op::Return { src } => give_back!(r!(src).take()),
                    Op::ReturnNull => give_back!(Value::NULL),

                    // ---- operators
                    Op::Add { dst, a, b } => {
                        arithmetic!(dst, r!(a), r!(b), checked_add, +, Add, dst == a)
                    }
                    Op::Sub { dst, a, b } => {
                        arithmetic!(dst, r!(a), r!(b), checked_sub, -, Sub, dst == a)
                    }
                    Op::Mul { dst, a, b } => {
                        arithmetic!(dst, r!(a), r!(b), checked_mul, *, Mul, dst == a)
                    }
                    Op::AddK { dst, a, k } => {
                        arithmetic!(dst, r!(a), k!(k), checked_add, +, Add, dst == a)
                    }
                    Op::SubK { dst, a, k } => {
                        arithmetic!(dst, r!(a), k!(k), checked_sub, -, Sub, dst == a)
                    }
                    Op::MulK { dst, a, k } => {
                        arithmetic!(dst, r!(a), k!(k), checked_mul, *, Mul, dst == a)
                    }
                    Op::Div { dst, a, b } => {
                        if let (Some(x), Some(y)) = (r!(a).as_float(), r!(b).as_float()) {
                            set!(dst, Value::float(x / y));
                            continue;
                        }
                        let result =
                            ok!(operators::binary(BinaryOp::Div, r!(a), r!(b), &mut self.cx));
                        set!(dst, result);
                    }
                    Op::DivK { dst, a, k } => {
                        let result =
                            ok!(operators::binary(BinaryOp::Div, r!(a), k!(k), &mut self.cx));
                        set!(dst, result);
                    }
                    Op::IntDiv { dst, a, b } => {
                        divide!(dst, r!(a), r!(b), IntDiv, |i, j| i.div_euclid(j))
                    }
                    Op::IntDivK { dst, a, k } => {
                        divide!(dst, r!(a), k!(k), IntDiv, |i, j| i.div_euclid(j))
                    }
                    Op::Rem { dst, a, b } => {
                        divide!(dst, r!(a), r!(b), Rem, |i, j| i.rem_euclid(j))
                    }
                    Op::RemK { dst, a, k } => {
                        divide!(dst, r!(a), k!(k), Rem, |i, j| i.rem_euclid(j))
                    }
                    Op::Binary { dst, a, b, op } => {
                        if dst == a && a != b {
                            ok!(operators::assign(op, r!(a), r!(b), &mut self.cx));
                        } else {
                            let result = ok!(operators::binary(op, r!(a), r!(b), &mut self.cx));
                            set!(dst, result);
                        }
                    }
                    Op::Neg { dst, a } => {
                        if let Some(x) = r!(a).as_float() {
                            set!(dst, Value::float(-x));
                        } else {
                            let result = ok!(operators::negate(r!(a)));
                            set!(dst, result);
                        }
                    }
                    Op::Not { dst, a } => {
                        let value = !condition!(a);
                        set!(dst, Value::bool(value));
                    }
                    Op::Eq { dst, a, b } => {
                        let equal = equal!(r!(a), r!(b));
                        set!(dst, Value::bool(equal));
                    }
                    Op::Ne { dst, a, b } => {
                        let equal = equal!(r!(a), r!(b));
                        set!(dst, Value::bool(!equal));
                    }
                    Op::Lt { dst, a, b } => {
                        let holds = compare!(r!(a), r!(b), <, Less);
                        set!(dst, Value::bool(holds));
                    }
                    Op::Le { dst, a, b } => {
                        let holds = compare!(r!(a), r!(b), <=, Less | std::cmp::Ordering::Equal);
                        set!(dst, Value::bool(holds));
                    }
                    Op::In { dst, a, b } => {
                        let holds = ok!(operators::contains(r!(a), r!(b), &mut self.cx));
                        self.cx.settle_work();
                        set!(dst, Value::bool(holds));
                    }
                    Op::Is { dst, a, ty } => {
                        let holds = p!().types[ty as usize].accepts(r!(a));
                        set!(dst, Value::bool(holds));
                    }
                    Op::Range { dst, base: from, flags } => {
                        let start = if flags & 1 != 0 { Some(&*r!(from)) } else { None };
                        let end = if flags & 2 != 0 { Some(&*r!(from + 1)) } else { None };
                        let range = ok!(make_range(start, end, flags & 4 != 0));
                        set!(dst, range);
                    }
                    Op::Concat { dst, base: from, count } => {
                        let mut text = String::new();
                        for i in 0..count {
                            match r!(from + i).as_str() {
                                Some(part) => text.push_str(part),
                                None => text.push_str(&ok!(format::text(
                                    r!(from + i),
                                    false,
                                    &mut self.cx
                                ))),
                            }
                            if text.len() > 4096 {
                                ok!(self.cx.reserve(text.len() as u64));
                            }
                        }
                        ok!(self.cx.charge(text.len() / 16));
                        set!(dst, Value::from(text));
                    }
                    Op::Format { dst, a, format: spec } => {
                        let code = &self.instances[instance as usize].code;
                        let info = &code.unit.prototypes[code.index_of(prototype)];
                        let text =
                            ok!(format::format(r!(a), &info.formats[spec as usize], &mut self.cx));
                        set!(dst, Value::from(text));
                    }

                    // ---- jumps
                    Op::Jump { target } => jump!(target),
                    Op::JumpIf { a, target } => {
                        if condition!(a) {
                            jump!(target);
                        }
                    }
                    Op::JumpIfNot { a, target } => {
                        if !condition!(a) {
                            jump!(target);
                        }
                    }
                    Op::JumpEq { a, b, target } => {
                        if equal!(r!(a), r!(b)) {
                            jump!(target);
                        }
                    }
                    Op::JumpNe { a, b, target } => {
                        if !equal!(r!(a), r!(b)) {
                            jump!(target);
                        }
                    }
                    Op::JumpLt { a, b, target } => {
                        if compare!(r!(a), r!(b), <, Less) {
                            jump!(target);
                        }
                    }
                    Op::JumpLe { a, b, target } => {
                        if compare!(r!(a), r!(b), <=, Less | std::cmp::Ordering::Equal) {
                            jump!(target);
                        }
                    }
                    Op::JumpEqK { a, k, target } => {
                        if equal!(r!(a), k!(k)) {
                            jump!(target);
                        }
                    }
                    Op::JumpNeK { a, k, target } => {
                        if !equal!(r!(a), k!(k)) {
                            jump!(target);
                        }
                    }
                    Op::JumpLtK { a, k, target } => {
                        if compare!(r!(a), k!(k), <, Less) {
                            jump!(target);
                        }
                    }
                    Op::JumpLeK { a, k, target } => {
                        if compare!(r!(a), k!(k), <=, Less | std::cmp::Ordering::Equal) {
                            jump!(target);
                        }
                    }
                    Op::JumpGtK { a, k, target } => {
                        if compare!(r!(a), k!(k), >, Greater) {
                            jump!(target);
                        }
                    }
                    Op::JumpGeK { a, k, target } => {
                        if compare!(r!(a), k!(k), >=, Greater | std::cmp::Ordering::Equal) {
                            jump!(target);
                        }
                    }
                    Op::JumpNull { a, target } => {
                        if r!(a).is_null() {
                            jump!(target);
                        }
                    }
                    Op::JumpNotNull { a, target } => {
                        if !r!(a).is_null() {
                            jump!(target);
                        }
                    }
                    Op::JumpSet { a, target } => {
                        if !r!(a).is_undefined() {
                            jump!(target);
                        }
                    }

                    // ---- loops
                    Op::RangePrep { base: from, var, inclusive, target } => {
                        match (r!(from).as_int(), r!(from + 1).as_int()) {
                            (Some(start), Some(end)) => {
                                if start > end || (start == end && !inclusive) {
                                    jump!(target);
                                } else {
                                    // From here on register from+1 holds the last number.
                                    let last = if inclusive { end } else { end - 1 };
                                    set!(from + 1, Value::int(last));
                                    set!(var, Value::int(start));
                                }
                            }
                            _ => fail!(not_a_range(r!(from), r!(from + 1))),
                        }
                    }
                    Op::RangeNext { base: from, var, target } => {
                        if let (Some(i), Some(last)) = (r!(from).as_int(), r!(from + 1).as_int())
                            && i < last
                        {
                            set!(from, Value::int(i + 1));
                            set!(var, Value::int(i + 1));
                            jump!(target);
                        }
                    }
                    Op::IterPrep { iter, src } => {
                        let source = r!(src).take();
                        if let Some(seq) = source.as_seq() {
                            set!(iter, seq.state.clone());
                            set!(iter + 1, seq.step.clone());
                        } else {
                            match Iter::new(&source) {
                                Some(state) => set!(iter, Value::iter(state)),
                                None => {
                                    let fault = not_iterable(&source);
                                    *r!(src) = source;
                                    fail!(fault)
                                }
                            }
                        }
                    }
                    Op::IterNext { iter, dst, target } => match r!(iter).as_iter_mut() {
                        Some(state) => match state.next() {
                            Some(item) => {
                                set!(dst, item);
                                // SAFETY: verified: an instruction follows the IterSeq.
                                pc = unsafe { pc.add(1) };
                            }
                            None => {
                                *r!(iter) = Value::UNDEFINED;
                                jump!(target);
                            }
                        },
                        None => {
                            let at = base + p!().registers as usize;
                            self.stack[at] = r!(iter + 1).clone();
                            self.stack[at + 1] = r!(iter).take();
                            let called = ok!(self.call_value(at, 1, instance));
                            called!(called, at, iter + 2);
                        }
                    },
                    Op::IterSeq { iter, dst, target } => {
                        let step = r!(iter + 2).take();
                        match ok!(seq_step(step)) {
                            Some((item, state)) => {
                                set!(iter, state);
                                set!(dst, item);
                            }
                            None => {
                                *r!(iter + 1) = Value::UNDEFINED;
                                jump!(target);
                            }
                        }
                    }
                    Op::IterPair { iter, a, b, target } => match r!(iter).as_iter_mut() {
                        Some(state) => match ok!(pair(state)) {
                            Some((x, y)) => {
                                set!(a, x);
                                set!(b, y);
                                // SAFETY: verified: an instruction follows the IterSeqPair.
                                pc = unsafe { pc.add(1) };
                            }
                            None => {
                                *r!(iter) = Value::UNDEFINED;
                                jump!(target);
                            }
                        },
                        None => {
                            let at = base + p!().registers as usize;
                            self.stack[at] = r!(iter + 1).clone();
                            self.stack[at + 1] = r!(iter).take();
                            let called = ok!(self.call_value(at, 1, instance));
                            called!(called, at, iter + 2);
                        }
                    },
                    Op::IterSeqPair { iter, a, b, target } => {
                        let step = r!(iter + 2).take();
                        match ok!(seq_step(step)) {
                            Some((item, state)) => {
                                set!(iter, state);
                                let (x, y) = ok!(two(item));
                                set!(a, x);
                                set!(b, y);
                            }
                            None => {
                                *r!(iter + 1) = Value::UNDEFINED;
                                jump!(target);
                            }
                        }
                    }

                    // ---- collections
                    Op::VecNew { dst, base: from, count } => {
                        let items: Vec<Value> = (0..count).map(|i| r!(from + i).take()).collect();
                        set!(dst, Value::vec(Vector::from(items)));
                    }
                    Op::VecPush { vec, src } => {
                        let item = r!(src).take();
                        if let Some(vector) = r!(vec).as_vec_mut() {
                            vector.push(item);
                        }
                    }
                    Op::VecExtend { vec, src } => ok!(self.extend(r!(vec), r!(src).clone())),
                    Op::SetNew { dst, base: from, count } => {
                        let mut set = Set::new();
                        for i in 0..count {
                            let item = r!(from + i).take();
                            ok!(add_to_set(&mut set, item));
                        }
                        set!(dst, Value::set(set));
                    }
                    Op::SetAdd { set, src } => {
                        let item = r!(src).take();
                        if let Some(set) = r!(set).as_set_mut() {
                            ok!(add_to_set(set, item));
                        }
                    }
                    Op::SetExtend { set, src } => ok!(self.extend(r!(set), r!(src).clone())),
                    Op::MapNew { dst, base: from, names } => {
                        let names = &p!().names[names as usize];
                        let mut map = Map::with_capacity(names.len());
                        for (i, name) in names.iter().enumerate() {
                            // Strings are always keys.
                            let _ = map.insert(name.clone(), r!(from as usize + i).take());
                        }
                        set!(dst, Value::map(map));
                    }
                    Op::MapPut { map, key, value } => {
                        let (key, value) = (r!(key).take(), r!(value).take());
                        if let Some(map) = r!(map).as_map_mut()
                            && let Err(e) = map.insert(key.clone(), value)
                        {
                            fail!(path::not_a_key(&key, e.what));
                        }
                    }
                    Op::MapExtend { map, src } => ok!(self.extend_map(r!(map), r!(src))),

                    // ---- access
                    Op::Field { dst, a, name, cache } => {
                        if let Some(map) = r!(a).as_map() {
                            let slot = &p!().caches[cache as usize];
                            let mut hint = slot.load(Ordering::Relaxed);
                            let before = hint;
                            let found = map.get_hinted(k!(name), &mut hint).cloned();
                            if hint != before {
                                slot.store(hint, Ordering::Relaxed);
                            }
                            if let Some(value) = found {
                                set!(dst, value);
                                continue;
                            }
                        }
                        let name = k!(name).as_str().unwrap_or_default();
                        let value = ok!(access::field(r!(a), name, methods!()));
                        set!(dst, value);
                    }
                    Op::FieldOpt { dst, a, name, .. } => {
                        let name = k!(name).as_str().unwrap_or_default();
                        let value = ok!(access::field_or_null(r!(a), name, methods!()));
                        set!(dst, value);
                    }
                    Op::Index { dst, a, b } => {
                        if let (Some(vector), Some(i)) = (r!(a).as_vec(), r!(b).as_int())
                            && let Some(value) = usize::try_from(i).ok().and_then(|i| vector.get(i))
                        {
                            let value = value.clone();
                            set!(dst, value);
                            continue;
                        }
                        match ok!(access::index(r!(a), r!(b), &mut self.cx)) {
                            Indexed::Found(value) => set!(dst, value),
                            Indexed::Missing => fail!(access::missing(r!(a), r!(b))),
                            Indexed::Select => {
                                library!("__select", dst, vec![r!(a).clone(), r!(b).clone()])
                            }
                        }
                    }
                    Op::IndexOpt { dst, a, b } => {
                        match ok!(access::index_or_null(r!(a), r!(b), &mut self.cx)) {
                            Indexed::Found(value) => set!(dst, value),
                            Indexed::Missing => fail!(access::missing(r!(a), r!(b))),
                            Indexed::Select => {
                                library!("__select", dst, vec![r!(a).clone(), r!(b).clone()])
                            }
                        }
                    }
                    Op::Each { dst, a } => {
                        let value = ok!(self.each(r!(a)));
                        set!(dst, value);
                    }
                    Op::EachField { dst, a, name, optional } => {
                        let name = k!(name).as_str().unwrap_or_default();
                        let items = r!(a).as_vec().cloned().unwrap_or_default();
                        ok!(self.cx.charge(items.len()));
                        ok!(self.cx.reserve(items.len() as u64 * 16));
                        let mut out = Vec::with_capacity(items.len());
                        for item in items.iter() {
                            out.push(ok!(if optional {
                                access::field_or_null(item, name, methods!())
                            } else {
                                access::field(item, name, methods!())
                            }));
                        }
                        set!(dst, Value::vec(Vector::from(out)));
                    }
                    Op::EachIndex { dst, a, b, optional } => {
                        if r!(b).kind() == Kind::Fn {
                            library!("__each_select", dst, vec![r!(a).clone(), r!(b).clone()]);
                            continue;
                        }
                        let value = ok!(self.each_index(r!(a), r!(b), optional));
                        set!(dst, value);
                    }
                    Op::EachEach { dst, a } => {
                        let items = r!(a).as_vec().cloned().unwrap_or_default();
                        let mut out = Value::vec(Vector::new());
                        for item in items.iter() {
                            let part = ok!(self.each(item));
                            let len = part.as_vec().map_or(0, Vector::len);
                            ok!(self.cx.charge(1 + len / 4));
                            ok!(self.cx.reserve(len as u64 * 16));
                            ok!(operators::assign(BinaryOp::Add, &mut out, &part, &mut self.cx));
                        }
                        set!(dst, out);
                    }

                    // ---- paths
                    Op::GetPath { dst, root, path, base: from, lenient } => {
                        let path = path!(path, from);
                        let value = selecting!(path::get(r!(root), path, lenient, &mut self.cx), {
                            fail!(Fault::new("type-error", "this path selects several places")
                                .help("`??=` and `.=` with a selecting index held in a variable are not possible: write the function or range in the brackets"))
                        });
                        set!(dst, value);
                    }
                    Op::TakePath { dst, root, path, base: from } => {
                        let path = path!(path, from);
                        let value = selecting!(path::take(r!(root), path), {
                            fail!(
                                Fault::new("type-error", "this path selects several places")
                                    .help("write the function or range itself in the brackets")
                            )
                        });
                        set!(dst, value);
                    }
                    Op::SetPath { root, path, base: from, value } => {
                        let place = path!(path, from);
                        if path::own_store(r!(root), place, r!(value)) {
                            continue;
                        }
                        selecting!(
                            path::edit(r!(root), place, Edit::Set(r!(value)), &mut self.cx),
                            {
                                let steps = self.steps(place);
                                library!(
                                    "__path_set",
                                    root,
                                    vec![r!(root).clone(), steps, r!(value).take()]
                                );
                            }
                        );
                    }
                    Op::UpdatePath { root, path, base: from, value, op } => {
                        let place = path!(path, from);
                        if let Some(old) = path::own_place(r!(root), place) {
                            match (op, old.as_int(), r!(value).as_int()) {
                                (BinaryOp::Add, Some(i), Some(j)) if i.checked_add(j).is_some() => {
                                    *old = Value::int(i + j);
                                }
                                _ => ok!(operators::assign(op, old, r!(value), &mut self.cx)),
                            }
                            continue;
                        }
                        selecting!(
                            path::edit(r!(root), place, Edit::Update(op, r!(value)), &mut self.cx),
                            {
                                let steps = self.steps(place);
                                let name = Value::str(op.symbol());
                                library!(
                                    "__path_update",
                                    root,
                                    vec![r!(root).clone(), steps, name, r!(value).clone()]
                                );
                            }
                        );
                    }
                    Op::MapPath { root, path, base: from, function } => {
                        let steps = self.steps(path!(path, from));
                        library!(
                            "__path_map",
                            root,
                            vec![r!(root).clone(), steps, r!(function).clone()]
                        );
                    }
                    Op::DeletePath { root, path, base: from } => {
                        let place = path!(path, from);
                        selecting!(path::edit(r!(root), place, Edit::Delete, &mut self.cx), {
                            let steps = self.steps(place);
                            library!("__path_delete", root, vec![r!(root).clone(), steps]);
                        });
                    }

                    // ---- patterns
                    Op::JumpUnlessVec { a, len, open, target } => {
                        let fits = r!(a).as_vec().is_some_and(|v| {
                            if open { v.len() >= len as usize } else { v.len() == len as usize }
                        });
                        if !fits {
                            jump!(target);
                        }
                    }
                    Op::JumpUnlessMap { a, empty, target } => {
                        let fits = access::fields(r!(a)).is_some_and(|m| !empty || m.is_empty());
                        if !fits {
                            jump!(target);
                        }
                    }
                    Op::JumpUnlessIs { a, ty, target } => {
                        if !p!().types[ty as usize].accepts(r!(a)) {
                            jump!(target);
                        }
                    }
                    Op::JumpUnlessWithin { a, bounds, target } => {
                        if !within(r!(a), &p!().bounds[bounds as usize]) {
                            jump!(target);
                        }
                    }
                    Op::FieldOrJump { dst, a, name, target } => {
                        let key = k!(name).as_str().unwrap_or_default();
                        let found = access::fields(r!(a)).and_then(|m| m.get_str(key).cloned());
                        match found.or_else(|| access::error_field(r!(a), key)) {
                            Some(value) => set!(dst, value),
                            None => jump!(target),
                        }
                    }
                    Op::Element { dst, a, index } => {
                        let value = r!(a).as_vec().and_then(|v| {
                            let i = if index < 0 {
                                v.len() as i64 + i64::from(index)
                            } else {
                                index.into()
                            };
                            v.get(usize::try_from(i).ok()?).cloned()
                        });
                        set!(dst, value.unwrap_or(Value::NULL));
                    }
                    Op::VecRest { dst, a, from, drop } => {
                        let rest = r!(a).as_vec().map(|v| {
                            let end = v.len().saturating_sub(drop.into());
                            v.slice((from as usize).min(end)..end)
                        });
                        set!(dst, Value::vec(rest.unwrap_or_default()));
                    }
                    Op::MapRest { dst, a, names } => {
                        let mut rest = access::fields(r!(a)).cloned().unwrap_or_default();
                        for name in &p!().names[names as usize] {
                            if rest.contains(name) {
                                rest.remove(name);
                            }
                        }
                        set!(dst, Value::map(rest));
                    }
                    Op::MatchFail { a } => fail!(
                        Fault::new("no-match", format!("no arm fits {}", describe(r!(a))))
                            .label("no arm fits this value")
                            .help("add an arm for it, or `_ => …` for everything else")
                    ),
                    Op::PatternFail { a } => fail!(
                        Fault::new(
                            "no-match",
                            format!("the pattern does not fit {}", describe(r!(a)))
                        )
                        .label("this pattern")
                    ),

                    // ---- errors
                    Op::Throw { src } => fail!(Fault::Thrown(Box::new(r!(src).take()))),
                    Op::AssertFail { message, left, right } => {
                        let get = |reg: u16| (reg != NONE).then(|| r!(reg).clone());
                        fail!(assertion(get(message), get(left), get(right)))
                    }
                }
            };
            let failed = Running { prototype, pc: at!().saturating_sub(1), base, instance };
            let here = self.unwind(fault, failed)?;
            frame!(here.prototype, here.base, here.instance, here.pc);
        }
    }
}

impl Machine<'_> {
    #[cold]
    fn unset_slot(&self, instance: u32, slot: u16) -> Fault {
        let slots = &self.instances[instance as usize].code.unit.slots;
        let name = slots.get(slot as usize).map_or("", |s| &s.name);
        Fault::new("too-early", format!("`{name}` is read before it has its value"))
            .help("a function sees the `let`s of its module once their lines have run: move the declaration up")
    }

    /// Arranges a call of a function of the running one's group.
    fn call_sibling(
        &mut self,
        at: usize,
        argc: usize,
        callee: u16,
        base: usize,
        instance: u32,
    ) -> Result<*const Prototype, Fault> {
        let callee: *const Prototype =
            &self.instances[instance as usize].code.prototypes[callee as usize];
        let own = self.stack[base - 1].clone();
        // SAFETY: prototypes live as long as the machine.
        let prototype = unsafe { &*callee };
        self.arrange(prototype, at + 1, argc, Default::default)?;
        match own.as_fn() {
            Some(function) => {
                let function = Ref::clone(function);
                self.place_captures(prototype, at + 1, &function)?;
            }
            None if prototype.captures > 0 => {
                return Err(Fault::new("internal", "a function without its captures"));
            }
            None => {}
        }
        self.stack[at] = own;
        Ok(callee)
    }

    /// A tail call: moves the arranged callee in the cell `at` and what follows it down to where the running frame begins.
    fn slide(
        &mut self,
        running: *const Prototype,
        base: usize,
        at: usize,
        callee: *const Prototype,
    ) -> Result<(), Fault> {
        // SAFETY: prototypes live as long as the machine.
        let (running, callee) = unsafe { (&*running, &*callee) };
        let count = usize::from(callee.parameters) + usize::from(callee.captures);
        self.ensure(base + usize::from(callee.registers))?;
        self.stack[base - 1] = self.stack[at].take();
        for i in 0..count {
            self.stack[base + i] = self.stack[at + 1 + i].take();
        }
        let end = base + usize::from(running.registers).max(count);
        for cell in &mut self.stack[base + count..end] {
            if cell.is_heap() {
                *cell = Value::UNDEFINED;
            }
        }
        Ok(())
    }

    /// Calls a function of the library above the running frame.
    fn call_library(
        &mut self,
        name: &str,
        at: usize,
        arguments: Vec<Value>,
        instance: u32,
    ) -> Result<Called, Fault> {
        let native = (self.registry.global(name))
            .ok_or_else(|| Fault::new("internal", format!("the library has no `{name}`")))?;
        self.ensure(at + 1 + arguments.len())?;
        self.stack[at] = Value::UNDEFINED;
        let argc = arguments.len();
        for (i, value) in arguments.into_iter().enumerate() {
            self.stack[at + 1 + i] = value;
        }
        self.call_native(native, at, argc, instance)
    }

    /// The method of a call site: remembered for the kind of receiver seen last.
    #[inline]
    fn cached_method(
        &self,
        prototype: &Prototype,
        receiver: &Value,
        name: &Value,
        cache: u16,
    ) -> Result<&'static Native, Fault> {
        let cell = &prototype.caches[cache as usize];
        let kind = receiver.kind() as u32 + 1;
        let cached = cell.load(Ordering::Relaxed);
        if cached >> 24 == kind
            && let Some(native) = self.registry.by_id(cached & 0xff_ffff)
        {
            return Ok(native);
        }
        let native = self.method(receiver, name.as_str().unwrap_or_default())?;
        cell.store(kind << 24 | native.id, Ordering::Relaxed);
        Ok(native)
    }

    /// Adds everything in `source` to a Vec or Set under construction.
    fn extend(&mut self, target: &mut Value, source: Value) -> Result<(), Fault> {
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
            if self.cx.fuel % 1024 == 0 {
                self.cx.reserve(0)?;
                if self.cx.memory_left() == 0 {
                    return Err(Fault::Limit(Limit::Memory));
                }
            }
            if let Some(vector) = target.as_vec_mut() {
                vector.push(item);
            } else if let Some(set) = target.as_set_mut() {
                add_to_set(set, item)?;
            }
        }
        Ok(())
    }

    fn extend_map(&mut self, target: &mut Value, source: &Value) -> Result<(), Fault> {
        let Some(more) = access::fields(source) else {
            return Err(Fault::new(
                "type-error",
                format!("`...` in a map spreads a Map, not {}", source.type_name()),
            )
            .label(format!("this is {}", describe(source))));
        };
        self.cx.charge(more.len())?;
        self.cx.reserve(more.len() as u64 * 32)?;
        let more = more.clone();
        if let Some(map) = target.as_map_mut() {
            map.union(more);
        }
        Ok(())
    }

    /// `a[*]`
    fn each(&mut self, a: &Value) -> Result<Value, Fault> {
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
            _ => Err(Fault::new(
                "type-error",
                format!("`[*]` needs a collection, not {}", a.type_name()),
            )
            .label(format!("this is {}", describe(a)))),
        }
    }

    /// `x[b]` for each x in `a`; flat where `b` is a range over vectors.
    fn each_index(&mut self, a: &Value, b: &Value, optional: bool) -> Result<Value, Fault> {
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

    /// A path as data for the library.
    fn steps(&self, path: Path) -> Value {
        let mut keys = path.keys.iter();
        let steps = path.steps.iter().map(|step| {
            let parts = match step {
                path::PathStep::Field { name, optional } => {
                    vec![Value::str("field"), name.clone(), Value::bool(*optional)]
                }
                path::PathStep::Index { optional } => {
                    let key = keys.next().cloned().unwrap_or(Value::NULL);
                    vec![Value::str("index"), key, Value::bool(*optional)]
                }
                path::PathStep::Each => vec![Value::str("each")],
            };
            Value::vec(Vector::from(parts))
        });
        Value::vec(Vector::from(steps.collect::<Vec<_>>()))
    }
}

/// A function of the same group as `of`.
fn sibling(of: &Value, prototype: u32) -> Result<Value, Fault> {
    let Some(function) = of.as_fn() else {
        return Err(Fault::new("internal", "a group without its function"));
    };
    Ok(Value::function(Ref::new(crate::value::Function {
        code: Arc::clone(&function.code),
        prototype,
        captures: function.captures.clone(),
        env: function.env.clone(),
    })))
}

fn add_to_set(set: &mut Set, item: Value) -> Result<(), Fault> {
    set.insert(item.clone()).map(|_| ()).map_err(|e| {
        let fault = path::not_a_key(&item, e.what);
        if let Fault::Error(mut info) = fault {
            info.message = info.message.replace("be a key", "be an element of a Set");
            return Fault::Error(info);
        }
        fault
    })
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

fn make_range(start: Option<&Value>, end: Option<&Value>, inclusive: bool) -> Result<Value, Fault> {
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
fn not_a_range(start: &Value, end: &Value) -> Fault {
    match make_range(Some(start), Some(end), false) {
        Err(fault) => fault,
        Ok(_) => Fault::new("internal", "a range that is none"),
    }
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
fn seq_step(step: Value) -> Result<Option<(Value, Value)>, Fault> {
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
fn pair(items: &mut Iter) -> Result<Option<(Value, Value)>, Fault> {
    match items.next_pair() {
        Some((item, second)) if second.is_undefined() => two(item).map(Some),
        pair => Ok(pair),
    }
}

/// The two elements of a Vec of two.
fn two(item: Value) -> Result<(Value, Value), Fault> {
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

/// Whether a value is of the kind of the bounds, and within them.
fn within(value: &Value, bounds: &Within) -> bool {
    let (start, end, inclusive) = bounds;
    let comparable = |bound: &Value| {
        (value.kind().is_number() && bound.kind().is_number()) || value.kind() == bound.kind()
    };
    let above = match start {
        Some(start) => comparable(start) && matches!(value.less(start), Ok(o) if o != Less),
        None => true,
    };
    let below = match end {
        Some(end) => {
            comparable(end)
                && match value.less(end) {
                    Ok(Less) => true,
                    Ok(std::cmp::Ordering::Equal) => *inclusive,
                    _ => false,
                }
        }
        None => true,
    };
    above && below
}

#[cold]
fn assertion(message: Option<Value>, left: Option<Value>, right: Option<Value>) -> Fault {
    let text = match &message {
        Some(value) => match value.as_str() {
            Some(text) => format!("assertion failed: {text}"),
            None => format!("assertion failed: {}", short(value)),
        },
        None => "assertion failed".to_string(),
    };
    let fault = Fault::new("assertion", text);
    match (left, right) {
        (Some(left), Some(right)) => {
            fault.label(format!("left is {}, right is {}", describe(&left), describe(&right)))
        }
        _ => fault.label("this is false"),
    }
}
