//! Which functions carry out which instruction: the machine at a glance.
//!
//! `fast` lists a function for the common case and the one for all others; `slow` those that have no case worth keeping in
//! processor registers.

use super::instruction::{Annex, CodeCell, Handler, Operands, Pc, operands, shape};
use super::step::{At, Exit, Fast, Flow, Slow, follow, handlers, proceed, settle};
use super::{
    Machine, arithmetic, at_once, data, flow, invoke, leave, loops, method, places, record,
};
use crate::code::{Callee, Prototype};
use crate::native::Quick;
use crate::value::Value;
use std::ops::RangeInclusive;
use tansy_lang::bytecode::{self, Const, Op, Step};

handlers! {
    fast {
        Move { dst, src } => data::take, never::two;
        Copy { dst, src } => data::copy, never::two;
        Const { dst, k } => data::constant, never::two;
        Int { dst, value } => data::int, never::two;
        Null { dst } => data::null, never::one;
        Bool { dst, value } => data::bool, never::two;
        Drop { reg } => data::drop, never::one;
        GetSlot { dst, slot } => data::get_slot, data::unset_slot;

        Closure { dst, prototype, base, count } => data::closure, data::closure_slow;

        Call { dst, base, argc } => invoke::call, invoke::call_slow;
        CallKept { dst, base, argc, function } => invoke::call_kept, invoke::call_kept_slow;
        CallFn { dst, base, argc, prototype } => invoke::call_fn, invoke::call_fn_slow;
        CallMethod { dst, base, argc, name } => method::call, method::call_slow;
        Return { src } => leave::give_back, leave::give_back_slow;
        ReturnNull {} => leave::give_back_null, leave::give_back_null_slow;

        Add { dst, a, b } => arithmetic::add, arithmetic::add_slow;
        Sub { dst, a, b } => arithmetic::sub, arithmetic::sub_slow;
        Mul { dst, a, b } => arithmetic::mul, arithmetic::mul_slow;
        Div { dst, a, b } => arithmetic::div, arithmetic::div_slow;
        IntDiv { dst, a, b } => arithmetic::int_div, arithmetic::int_div_slow;
        Rem { dst, a, b } => arithmetic::rem, arithmetic::rem_slow;
        AddK { dst, a, k } => arithmetic::add_k, arithmetic::add_k_slow;
        SubK { dst, a, k } => arithmetic::sub_k, arithmetic::sub_k_slow;
        MulK { dst, a, k } => arithmetic::mul_k, arithmetic::mul_k_slow;
        DivK { dst, a, k } => arithmetic::div_k, arithmetic::div_k_slow;
        IntDivK { dst, a, k } => arithmetic::int_div_k, arithmetic::int_div_k_slow;
        RemK { dst, a, k } => arithmetic::rem_k, arithmetic::rem_k_slow;
        Neg { dst, a } => arithmetic::neg, arithmetic::neg_slow;
        Not { dst, a } => arithmetic::not, arithmetic::not_slow;
        Eq { dst, a, b } => arithmetic::eq, arithmetic::eq_slow;
        Ne { dst, a, b } => arithmetic::ne, arithmetic::ne_slow;
        Lt { dst, a, b } => arithmetic::lt, arithmetic::lt_slow;
        Le { dst, a, b } => arithmetic::le, arithmetic::le_slow;

        Jump { target } => flow::jump, never::one;
        JumpIf { a, target } => arithmetic::jump_if, arithmetic::no_condition;
        JumpIfNot { a, target } => arithmetic::jump_if_not, arithmetic::no_condition;
        JumpEq { a, b, target } => arithmetic::jump_eq, arithmetic::jump_eq_slow;
        JumpNe { a, b, target } => arithmetic::jump_ne, arithmetic::jump_ne_slow;
        JumpLt { a, b, target } => arithmetic::jump_lt, arithmetic::jump_lt_slow;
        JumpLe { a, b, target } => arithmetic::jump_le, arithmetic::jump_le_slow;
        JumpEqK { a, k, target } => arithmetic::jump_eq_k, arithmetic::jump_eq_k_slow;
        JumpNeK { a, k, target } => arithmetic::jump_ne_k, arithmetic::jump_ne_k_slow;
        JumpLtK { a, k, target } => arithmetic::jump_lt_k, arithmetic::jump_lt_k_slow;
        JumpLeK { a, k, target } => arithmetic::jump_le_k, arithmetic::jump_le_k_slow;
        JumpGtK { a, k, target } => arithmetic::jump_gt_k, arithmetic::jump_gt_k_slow;
        JumpGeK { a, k, target } => arithmetic::jump_ge_k, arithmetic::jump_ge_k_slow;
        JumpNull { a, target } => flow::jump_null, never::two;
        JumpNotNull { a, target } => flow::jump_not_null, never::two;
        JumpSet { a, target } => flow::jump_set, never::two;
        JumpUnlessVec { a, len, open, target } => flow::jump_unless_vec, flow::jump_unless_vec_slow;

        RangePrep { base, var, inclusive, target } => loops::range_prep, loops::not_a_range;
        RangeNext { base, var, target } => loops::range_next, loops::range_next_slow;
        IterPrep { iter, src } => loops::iter_prep, loops::iter_prep_slow;
        IterNext { iter, dst, target } => loops::iter_next, loops::iter_next_slow;
        IterPair { iter, a, b, target } => loops::iter_pair, loops::iter_pair_slow;

        In { dst, a, b } => arithmetic::contains, arithmetic::contains_slow;
        InK { dst, a, k } => arithmetic::contains_k, arithmetic::contains_k_slow;
        VecPush { vec, src } => data::vec_push, data::vec_push_slow;
        Element { dst, a, index } => flow::element, flow::element_slow;
        Field { dst, a, name } => places::field, places::field_slow;
        Index { dst, a, b } => places::index, places::index_slow;
    }
    slow {
        SetSlot { slot, src } => data::set_slot;
        Function { dst, prototype } => data::function;
        Native { dst, native } => data::native;
        Sibling { dst, prototype, from } => data::sibling;
        OwnSibling { dst, prototype } => data::own_sibling;

        CallNamed { dst, base, argc, names } => invoke::call_named;
        CallSpread { dst, base } => invoke::call_spread;
        CallSibling { dst, base, argc, prototype } => invoke::call_sibling;
        CallNative { dst, base, argc, native } => invoke::call_native;
        CallMethodNamed { dst, base, argc, name, names } => method::call_named;
        CallMethodSpread { dst, base, name } => method::call_spread;
        TailCall { base, argc } => invoke::tail_call;
        TailCallFn { base, argc, prototype } => invoke::tail_call_fn;
        TailCallSibling { base, argc, prototype } => invoke::tail_call_sibling;
        TailCallMethod { base, argc, name } => method::tail_call;

        Binary { dst, a, b, op } => arithmetic::binary;
        Is { dst, a, ty } => arithmetic::is;
        Range { dst, base, flags } => data::range;
        Concat { dst, base, count } => data::concat;
        Format { dst, a, format } => data::formatted;

        IterSeq { iter, dst, target } => loops::iter_seq;
        IterSeqPair { iter, a, b, target } => loops::iter_seq_pair;

        VecNew { dst, base, count } => data::vec_new;
        VecExtend { vec, src } => data::extend;
        SetNew { dst, base, count } => data::set_new;
        SetAdd { set, src } => data::set_add;
        SetExtend { set, src } => data::extend;
        MapNew { dst, base, names } => data::map_new;
        MapPut { map, key, value } => data::map_put;
        MapExtend { map, src } => data::map_extend;

        FieldOpt { dst, a, name } => places::field_opt;
        IndexOpt { dst, a, b } => places::index_opt;
        Each { dst, a } => places::each;
        EachField { dst, a, name, optional } => places::each_field;
        EachIndex { dst, a, b, optional } => places::each_index;
        EachEach { dst, a } => places::each_each;

        GetPath { dst, root, path, base, lenient } => places::get_path;
        TakePath { dst, root, path, base } => places::take_path;
        SetPath { root, path, base, value } => places::set_path;
        UpdatePath { root, path, base, value, op } => places::update_path;
        MapPath { root, path, base, function } => places::map_path;
        DeletePath { root, path, base } => places::delete_path;

        JumpUnlessMap { a, empty, target } => flow::jump_unless_map;
        JumpUnlessIs { a, ty, target } => flow::jump_unless_is;
        JumpUnlessWithin { a, bounds, target } => flow::jump_unless_within;
        FieldOrJump { dst, a, name, target } => flow::field_or_jump;
        VecRest { dst, a, from, drop } => flow::vec_rest;
        MapRest { dst, a, names } => flow::map_rest;
        MatchFail { a } => flow::match_fail;
        PatternFail { a } => flow::pattern_fail;

        Throw { src } => flow::throw;
        AssertFail { message, left, right } => flow::assert_fail;
        Note { site, src, root, moment } => record::note;
    }
}

/// Special cases of an instruction, known when it is loaded.
mod special {
    use super::*;
    handlers!(@fast set_name SetPath { root, path, base, value } places::set_name);
    handlers!(@fast set_index SetPath { root, path, base, value } places::set_index);
    handlers!(@fast set_index_name SetPath { root, path, base, value } places::set_index_name);
    handlers!(@fast set_index_index SetPath { root, path, base, value } places::set_index_index);
    handlers!(@fast set_name_index SetPath { root, path, base, value } places::set_name_index);
    handlers!(@fast update_name UpdatePath { root, path, base, value, op } places::update_name);
    handlers!(@fast update_index UpdatePath { root, path, base, value, op } places::update_index);
    handlers!(@fast update_index_name UpdatePath { root, path, base, value, op } places::update_index_name);
    handlers!(@fast update_index_index UpdatePath { root, path, base, value, op } places::update_index_index);
    handlers!(@fast update_name_index UpdatePath { root, path, base, value, op } places::update_name_index);
    handlers!(@fast copy_prep Copy { dst, src } loops::copy_prep);
    handlers!(@fast jump_next Jump { target } loops::jump_next);
    handlers!(@fast drop_jump_next Drop { reg } loops::drop_jump_next);
    handlers!(@fast push_jump_next VecPush { vec, src } loops::push_jump_next);
    handlers!(@fast move_push_jump_next Move { dst, src } loops::move_push_jump_next);
    handlers!(@fast constant_function Const { dst, k } data::constant_function);
    handlers!(@fast add_jump_next Add { dst, a, b } loops::add_jump_next);
    handlers!(@fast add_drop_jump_next Add { dst, a, b } loops::add_drop_jump_next);
    handlers!(@fast sum_up Add { dst, a, b } loops::sum_up);
    handlers!(@fast sum_up_drop Add { dst, a, b } loops::sum_up_drop);
    handlers!(@fast int_eq Int { dst, value } data::int_eq);
    handlers!(@fast int_lt Int { dst, value } data::int_lt);
    handlers!(@fast int_le Int { dst, value } data::int_le);
    handlers!(@fast int_gt Int { dst, value } data::int_gt);
    handlers!(@fast int_ge Int { dst, value } data::int_ge);
    handlers!(@fast jump_eq_int JumpEqK { a, k, target } arithmetic::jump_eq_int);
    handlers!(@fast jump_ne_int JumpNeK { a, k, target } arithmetic::jump_ne_int);
    handlers!(@fast jump_lt_int JumpLtK { a, k, target } arithmetic::jump_lt_int);
    handlers!(@fast jump_le_int JumpLeK { a, k, target } arithmetic::jump_le_int);
    handlers!(@fast jump_gt_int JumpGtK { a, k, target } arithmetic::jump_gt_int);
    handlers!(@fast jump_ge_int JumpGeK { a, k, target } arithmetic::jump_ge_int);
    handlers!(@fast return_clean Return { src } leave::give_back_first::<0>);
    handlers!(@fast return_first Return { src } leave::give_back_first::<1>);
    handlers!(@fast return_first_two Return { src } leave::give_back_first::<2>);
    handlers!(@fast return_first_three Return { src } leave::give_back_first::<3>);
    handlers!(@fast return_one Return { src } leave::give_back_one);
    handlers!(@fast call_short_fn CallFn { dst, base, argc, prototype } invoke::call_short_fn);
    handlers!(@fast index_lt Index { dst, a, b } places::index_lt);
    handlers!(@fast index_le Index { dst, a, b } places::index_le);
    handlers!(@fast lt_index Index { dst, a, b } places::lt_index);
    handlers!(@fast le_index Index { dst, a, b } places::le_index);
    handlers!(@fast index_field Index { dst, a, b } places::index_field);
    handlers!(@fast field_field Field { dst, a, name } places::field_field);
}

/// Instructions in which an Int stands for itself, where others name a constant.
mod int {
    use super::*;
    handlers!(@apart add AddK { dst, a, k } arithmetic::add_int, arithmetic::add_int_slow);
    handlers!(@apart sub SubK { dst, a, k } arithmetic::sub_int, arithmetic::sub_int_slow);
    handlers!(@apart mul MulK { dst, a, k } arithmetic::mul_int, arithmetic::mul_int_slow);
    handlers!(@apart div DivK { dst, a, k } arithmetic::div_int, arithmetic::div_int_slow);
    handlers!(@apart int_div IntDivK { dst, a, k } arithmetic::int_div_int, arithmetic::int_div_int_slow);
    handlers!(@apart rem RemK { dst, a, k } arithmetic::rem_int, arithmetic::rem_int_slow);
    handlers!(@apart jump_eq JumpEqK { a, k, target } arithmetic::jump_eq_short, arithmetic::jump_eq_short_slow);
    handlers!(@apart jump_ne JumpNeK { a, k, target } arithmetic::jump_ne_short, arithmetic::jump_ne_short_slow);
    handlers!(@apart jump_lt JumpLtK { a, k, target } arithmetic::jump_lt_short, arithmetic::jump_lt_short_slow);
    handlers!(@apart jump_le JumpLeK { a, k, target } arithmetic::jump_le_short, arithmetic::jump_le_short_slow);
    handlers!(@apart jump_gt JumpGtK { a, k, target } arithmetic::jump_gt_short, arithmetic::jump_gt_short_slow);
    handlers!(@apart jump_ge JumpGeK { a, k, target } arithmetic::jump_ge_short, arithmetic::jump_ge_short_slow);
}

/// Calls of methods that the machine does itself.
pub(super) mod quick {
    use super::*;
    handlers!(@fast vec_len CallMethod { dst, base, argc, name } method::vec_len);
    handlers!(@fast vec_push CallMethod { dst, base, argc, name } method::vec_push);
    handlers!(@fast vec_set CallMethod { dst, base, argc, name } method::vec_set);
}

/// An instruction that may be done in a shorter way, depending on what it refers to outside of its function.
pub(crate) struct Meeting {
    /// Its place among the cells of its unit.
    cell: usize,
    with: With,
}

enum With {
    Prototype(u16),
    Native {
        native: u16,
        argc: u16,
    },
    /// The library's `__function(f, …, …)`, if it is that native, of whose call this constant is the first part.
    Asks(u16),
}

impl Meeting {
    /// The instruction at `at`, if it is one, which stands in this cell.
    pub(super) fn of(code: &[Op], at: usize, cell: usize) -> Option<Meeting> {
        let with = match code[at] {
            Op::CallFn { prototype, .. } => With::Prototype(prototype),
            Op::CallNative { native, argc, .. } => With::Native { native, argc },
            Op::Const { .. } => {
                let [second, copy, call] = code.get(at + 1..at + 4)? else { return None };
                let (Op::Const { .. }, Op::Copy { dst, .. }) = (second, copy) else { return None };
                let Op::CallNative { base, argc: 3, native, .. } = call else { return None };
                if *dst != base + 1 {
                    return None;
                }
                With::Asks(*native)
            }
            _ => return None,
        };
        Some(Meeting { cell, with })
    }

    /// Has it done in the shortest way.
    pub(crate) fn meet(
        &self,
        cells: &mut [CodeCell],
        prototypes: &[Prototype],
        natives: &[Callee],
    ) {
        if let Some(handler) = self.handler(prototypes, natives) {
            cells[self.cell].set_handler(handler);
        }
    }

    /// The function for it, if it is another than [`handler`] said.
    fn handler(&self, prototypes: &[Prototype], natives: &[Callee]) -> Option<Handler> {
        match self.with {
            With::Prototype(number) => {
                let short = prototypes.get(usize::from(number))?.formula.is_some();
                short.then_some(special::call_short_fn as Handler)
            }
            With::Native { native, argc } => {
                at_once::at_once(natives.get(usize::from(native))?, argc.into())
            }
            With::Asks(native) => {
                let callee = natives.get(usize::from(native))?;
                let asks = matches!(callee, Callee::Native(n) if n.quick == Quick::Function);
                asks.then_some(special::constant_function as Handler)
            }
        }
    }
}

/// The function for an instruction in which an Int stands for itself, and that Int, if it is one that could name it as a constant. An operator
/// has room for 32 bits of it, a jump for 16.
pub(super) fn with_int(op: &Op, constants: &[Const]) -> Option<(Handler, i32)> {
    use int::*;
    const WIDE: RangeInclusive<i64> = i32::MIN as i64..=i32::MAX as i64;
    const SHORT: RangeInclusive<i64> = i16::MIN as i64..=i16::MAX as i64;
    let (handler, k, room): (Handler, _, _) = match op {
        Op::AddK { k, .. } => (add::fast::AddK, k, WIDE),
        Op::SubK { k, .. } => (sub::fast::SubK, k, WIDE),
        Op::MulK { k, .. } => (mul::fast::MulK, k, WIDE),
        Op::DivK { k, .. } => (div::fast::DivK, k, WIDE),
        Op::IntDivK { k, .. } => (int_div::fast::IntDivK, k, WIDE),
        Op::RemK { k, .. } => (rem::fast::RemK, k, 1..=i32::MAX.into()),
        Op::JumpEqK { k, .. } => (jump_eq::fast::JumpEqK, k, SHORT),
        Op::JumpNeK { k, .. } => (jump_ne::fast::JumpNeK, k, SHORT),
        Op::JumpLtK { k, .. } => (jump_lt::fast::JumpLtK, k, SHORT),
        Op::JumpLeK { k, .. } => (jump_le::fast::JumpLeK, k, SHORT),
        Op::JumpGtK { k, .. } => (jump_gt::fast::JumpGtK, k, SHORT),
        Op::JumpGeK { k, .. } => (jump_ge::fast::JumpGeK, k, SHORT),
        _ => return None,
    };
    let Const::Int(value) = constants[usize::from(*k)] else { return None };
    room.contains(&value).then_some((handler, value as i32))
}

/// The function for an instruction, with what it refers to at hand.
pub(super) fn handler(prototype: &bytecode::Prototype, at: usize) -> Handler {
    use Step::{Field, Index};
    let bytecode::Prototype { code, constants, paths, .. } = prototype;
    let int = |k: &u16| matches!(constants[usize::from(*k)], Const::Int(_));
    let (op, next) = (&code[at], code.get(at + 1));
    // Where the round begins that a jump back leads to, and its element.
    let round = |op: Option<&Op>| match op {
        Some(Op::Jump { target }) => match code.get(*target as usize) {
            Some(Op::IterNext { dst, .. }) => Some((*target as usize + 2, *dst)),
            _ => None,
        },
        _ => None,
    };
    let next_into = |op: Option<&Op>| round(op).map(|(_, element)| element);
    match op {
        Op::Copy { dst, .. } => match next {
            Some(Op::IterPrep { src, .. }) if src == dst => special::copy_prep,
            _ => general(op),
        },
        Op::Jump { .. } if next_into(Some(op)).is_some() => special::jump_next,
        Op::Drop { reg } if next_into(next) == Some(*reg) => special::drop_jump_next,
        Op::VecPush { .. } if next_into(next).is_some() => special::push_jump_next,
        Op::Move { dst, src } => match (next, code.get(at + 2)) {
            (Some(Op::VecPush { src: pushed, vec }), Some(Op::Drop { reg }))
                if pushed == dst
                    && reg == src
                    && ![dst, src].contains(&vec)
                    && next_into(code.get(at + 3)) == Some(*src) =>
            {
                special::move_push_jump_next
            }
            _ => general(op),
        },
        // Only the comparison reads the number.
        Op::Int { dst, .. } => match next {
            Some(Op::Eq { a, b, .. }) if b == dst && a != dst => special::int_eq,
            Some(Op::Lt { a, b, .. }) if a == dst && b != dst => special::int_lt,
            Some(Op::Le { a, b, .. }) if a == dst && b != dst => special::int_le,
            Some(Op::Lt { a, b, .. }) if b == dst && a != dst => special::int_gt,
            Some(Op::Le { a, b, .. }) if b == dst && a != dst => special::int_ge,
            _ => general(op),
        },
        Op::Add { dst, a, b } => {
            // The element may be dropped in between.
            let drops = matches!(next, Some(Op::Drop { reg }) if reg == b && b != dst);
            match round(code.get(at + 1 + usize::from(drops))) {
                Some((begin, element)) if begin == at && element == *b && dst == a && a != b => {
                    if drops {
                        special::sum_up_drop
                    } else {
                        special::sum_up
                    }
                }
                Some((_, element)) if drops && element == *b => special::add_drop_jump_next,
                Some(_) if !drops => special::add_jump_next,
                _ => general(op),
            }
        }
        Op::JumpEqK { k, .. } if int(k) => special::jump_eq_int,
        Op::JumpNeK { k, .. } if int(k) => special::jump_ne_int,
        Op::JumpLtK { k, .. } if int(k) => special::jump_lt_int,
        Op::JumpLeK { k, .. } if int(k) => special::jump_le_int,
        Op::JumpGtK { k, .. } if int(k) => special::jump_gt_int,
        Op::JumpGeK { k, .. } if int(k) => special::jump_ge_int,
        Op::SetPath { path, .. } => match paths[usize::from(*path)][..] {
            [Field { .. }] => special::set_name,
            [Index { .. }] => special::set_index,
            [Index { .. }, Field { .. }] => special::set_index_name,
            [Index { .. }, Index { .. }] => special::set_index_index,
            [Field { .. }, Index { .. }] => special::set_name_index,
            _ => general(op),
        },
        Op::UpdatePath { path, .. } => match paths[usize::from(*path)][..] {
            [Field { .. }] => special::update_name,
            [Index { .. }] => special::update_index,
            [Index { .. }, Field { .. }] => special::update_index_name,
            [Index { .. }, Index { .. }] => special::update_index_index,
            [Field { .. }, Index { .. }] => special::update_name_index,
            _ => general(op),
        },
        // The value in between is read and overwritten by the next instruction alone.
        Op::Index { dst, .. } => match next {
            Some(Op::Field { dst: last, a: between, .. }) if dst == between && dst == last => {
                special::index_field
            }
            // (One that jumps to itself counts its own steps.)
            Some(Op::JumpLt { target, .. } | Op::JumpLe { target, .. })
                if *target as usize == at + 1 =>
            {
                general(op)
            }
            Some(Op::JumpLt { a, b, .. }) if a == dst && b != dst => special::index_lt,
            Some(Op::JumpLe { a, b, .. }) if a == dst && b != dst => special::index_le,
            Some(Op::JumpLt { a, b, .. }) if b == dst && a != dst => special::lt_index,
            Some(Op::JumpLe { a, b, .. }) if b == dst && a != dst => special::le_index,
            _ => general(op),
        },
        Op::Field { dst, .. } => match next {
            Some(Op::Field { dst: last, a: between, .. }) if dst == between && dst == last => {
                special::field_field
            }
            _ => general(op),
        },
        op => general(op),
    }
}

/// The function for a return that leaves something in these registers.
pub(super) fn give_back(op: &Op, left: u32) -> Handler {
    match (op, left) {
        (Op::Return { .. }, 0) => special::return_clean,
        (Op::Return { .. }, 0b1) => special::return_first,
        (Op::Return { .. }, 0b11) => special::return_first_two,
        (Op::Return { .. }, 0b111) => special::return_first_three,
        (Op::Return { .. }, left) if left.is_power_of_two() => special::return_one,
        _ => general(op),
    }
}

/// The slow functions of instructions whose fast ones do everything.
mod never {
    use super::*;
    use crate::fault::Fault;

    type Result = std::result::Result<Flow, Fault>;

    #[cold]
    pub(super) fn none(_: Slow) -> Result {
        Err(Fault::new("internal", "an instruction that does everything at once"))
    }
    pub(super) fn one<A>(s: Slow, _: A) -> Result {
        none(s)
    }
    pub(super) fn two<A, B>(s: Slow, _: A, _: B) -> Result {
        none(s)
    }
}
