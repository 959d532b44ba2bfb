//! What every instruction does to registers and where it may go: the one table that liveness and renumbering rest on.

use crate::bytecode::{Idx, NONE, Op, Prototype, Reg, Step, Target};
use smol_str::SmolStr;

/// What an instruction does to a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Reads it, and leaves it as it is or changes it in place.
    Use,
    /// Moves its value out.
    Take,
    /// Writes it.
    Def,
}

/// Control never goes on to the next instruction.
pub(crate) fn ends(op: Op) -> bool {
    match op {
        Op::Jump { .. }
        | Op::Return { .. }
        | Op::ReturnNull
        | Op::TailCall { .. }
        | Op::TailCallFn { .. }
        | Op::TailCallSibling { .. }
        | Op::TailCallMethod { .. }
        | Op::Throw { .. }
        | Op::MatchFail { .. }
        | Op::PatternFail { .. }
        | Op::AssertFail { .. } => true,
        Op::CallNamed { dst, .. }
        | Op::CallSpread { dst, .. }
        | Op::CallMethodNamed { dst, .. }
        | Op::CallMethodSpread { dst, .. } => dst == NONE,
        _ => false,
    }
}

/// Replaces the jump target of an instruction.
pub(crate) fn map_target(op: &mut Op, map: impl Fn(Target) -> Target) {
    if let Some(target) = op.target_mut() {
        *target = map(*target);
    }
}

/// Where an instruction may jump to.
pub(crate) fn target(mut op: Op) -> Option<Target> {
    op.target_mut().copied()
}

/// Replaces every register of an instruction.
pub(crate) fn map_registers(op: &mut Op, map: impl Fn(Reg) -> Reg) {
    let all = |registers: &mut [&mut Reg]| {
        for register in registers {
            **register = map(**register);
        }
    };
    match op {
        Op::Jump { .. } | Op::ReturnNull => {}
        Op::Const { dst, .. }
        | Op::Int { dst, .. }
        | Op::Null { dst }
        | Op::Bool { dst, .. }
        | Op::GetSlot { dst, .. }
        | Op::Function { dst, .. }
        | Op::Native { dst, .. }
        | Op::OwnSibling { dst, .. } => all(&mut [dst]),
        Op::Drop { reg } => all(&mut [reg]),
        Op::SetSlot { src, .. } | Op::Return { src } | Op::Throw { src } => all(&mut [src]),
        Op::Move { dst, src } | Op::Copy { dst, src } => all(&mut [dst, src]),
        Op::Sibling { dst, from, .. } => all(&mut [dst, from]),
        Op::CallKept { dst, base, function, .. } => all(&mut [dst, base, function]),
        Op::Closure { dst, base, .. }
        | Op::Call { dst, base, .. }
        | Op::CallNamed { dst, base, .. }
        | Op::CallSpread { dst, base }
        | Op::CallFn { dst, base, .. }
        | Op::CallSibling { dst, base, .. }
        | Op::CallNative { dst, base, .. }
        | Op::CallMethod { dst, base, .. }
        | Op::CallMethodNamed { dst, base, .. }
        | Op::CallMethodSpread { dst, base, .. }
        | Op::Range { dst, base, .. }
        | Op::Concat { dst, base, .. }
        | Op::VecNew { dst, base, .. }
        | Op::SetNew { dst, base, .. }
        | Op::MapNew { dst, base, .. } => all(&mut [dst, base]),
        Op::TailCall { base, .. }
        | Op::TailCallFn { base, .. }
        | Op::TailCallSibling { base, .. }
        | Op::TailCallMethod { base, .. } => all(&mut [base]),
        Op::Add { dst, a, b }
        | Op::Sub { dst, a, b }
        | Op::Mul { dst, a, b }
        | Op::Div { dst, a, b }
        | Op::IntDiv { dst, a, b }
        | Op::Rem { dst, a, b }
        | Op::Binary { dst, a, b, .. }
        | Op::Eq { dst, a, b }
        | Op::Ne { dst, a, b }
        | Op::Lt { dst, a, b }
        | Op::Le { dst, a, b }
        | Op::In { dst, a, b }
        | Op::Index { dst, a, b }
        | Op::IndexOpt { dst, a, b }
        | Op::EachIndex { dst, a, b, .. } => all(&mut [dst, a, b]),
        Op::AddK { dst, a, .. }
        | Op::SubK { dst, a, .. }
        | Op::MulK { dst, a, .. }
        | Op::DivK { dst, a, .. }
        | Op::IntDivK { dst, a, .. }
        | Op::RemK { dst, a, .. }
        | Op::InK { dst, a, .. }
        | Op::Neg { dst, a }
        | Op::Not { dst, a }
        | Op::Is { dst, a, .. }
        | Op::Format { dst, a, .. }
        | Op::Field { dst, a, .. }
        | Op::FieldOpt { dst, a, .. }
        | Op::Each { dst, a }
        | Op::EachField { dst, a, .. }
        | Op::EachEach { dst, a }
        | Op::FieldOrJump { dst, a, .. }
        | Op::Element { dst, a, .. }
        | Op::VecRest { dst, a, .. }
        | Op::MapRest { dst, a, .. } => all(&mut [dst, a]),
        Op::JumpIf { a, .. }
        | Op::JumpIfNot { a, .. }
        | Op::JumpEqK { a, .. }
        | Op::JumpNeK { a, .. }
        | Op::JumpLtK { a, .. }
        | Op::JumpLeK { a, .. }
        | Op::JumpGtK { a, .. }
        | Op::JumpGeK { a, .. }
        | Op::JumpNull { a, .. }
        | Op::JumpNotNull { a, .. }
        | Op::JumpSet { a, .. }
        | Op::JumpUnlessVec { a, .. }
        | Op::JumpUnlessMap { a, .. }
        | Op::JumpUnlessIs { a, .. }
        | Op::JumpUnlessWithin { a, .. }
        | Op::MatchFail { a }
        | Op::PatternFail { a } => all(&mut [a]),
        Op::JumpEq { a, b, .. }
        | Op::JumpNe { a, b, .. }
        | Op::JumpLt { a, b, .. }
        | Op::JumpLe { a, b, .. } => all(&mut [a, b]),
        Op::RangePrep { base, var, .. } | Op::RangeNext { base, var, .. } => all(&mut [base, var]),
        Op::IterPrep { iter, src } => all(&mut [iter, src]),
        Op::IterNext { iter, dst, .. } | Op::IterSeq { iter, dst, .. } => all(&mut [iter, dst]),
        Op::IterPair { iter, a, b, .. } | Op::IterSeqPair { iter, a, b, .. } => {
            all(&mut [iter, a, b]);
        }
        Op::VecPush { vec, src } | Op::VecExtend { vec, src } => all(&mut [vec, src]),
        Op::SetAdd { set, src } | Op::SetExtend { set, src } => all(&mut [set, src]),
        Op::MapPut { map, key, value } => all(&mut [map, key, value]),
        Op::MapExtend { map, src } => all(&mut [map, src]),
        Op::GetPath { dst, root, base, .. } | Op::TakePath { dst, root, base, .. } => {
            all(&mut [dst, root, base]);
        }
        Op::SetPath { root, base, value, .. } | Op::UpdatePath { root, base, value, .. } => {
            all(&mut [root, base, value]);
        }
        Op::MapPath { root, base, function, .. } => all(&mut [root, base, function]),
        Op::DeletePath { root, base, .. } => all(&mut [root, base]),
        Op::AssertFail { message, left, right } => all(&mut [message, left, right]),
        Op::Note { src, root, .. } => all(&mut [src, root]),
    }
}

/// Lengths that instructions refer to by index.
#[derive(Clone, Copy)]
pub(super) struct Lengths<'p> {
    paths: &'p [Vec<Step>],
    names: &'p [Vec<SmolStr>],
}

impl<'p> Lengths<'p> {
    pub(super) fn new(prototype: &'p Prototype) -> Self {
        Lengths { paths: &prototype.paths, names: &prototype.names }
    }

    /// Keys of a path.
    fn keys(&self, path: Idx) -> u16 {
        let steps = self.paths.get(usize::from(path)).into_iter().flatten();
        steps.filter(|step| matches!(step, Step::Index { .. })).count() as u16
    }

    /// Names of a list.
    fn names(&self, names: Idx) -> u16 {
        self.names.get(usize::from(names)).map_or(0, |names| names.len() as u16)
    }

    /// Calls `visit` with the runs of registers that an instruction accesses: reads first, writes last. [`NONE`], which is beyond all
    /// registers, may be among them.
    pub(super) fn visit(&self, op: Op, mut visit: impl FnMut(Access, Reg, u16)) {
        use Access::{Def, Take, Use};
        let mut one = |access, reg: Reg| visit(access, reg, 1);
        match op {
            Op::Jump { .. } | Op::ReturnNull => {}
            Op::Const { dst, .. }
            | Op::Int { dst, .. }
            | Op::Null { dst }
            | Op::Bool { dst, .. }
            | Op::GetSlot { dst, .. }
            | Op::Function { dst, .. }
            | Op::Native { dst, .. }
            | Op::OwnSibling { dst, .. } => one(Def, dst),
            Op::Drop { reg } => one(Def, reg),
            Op::SetSlot { src, .. } => one(Use, src),
            Op::Return { src } | Op::Throw { src } => one(Take, src),
            Op::Move { dst, src } => {
                one(Take, src);
                one(Def, dst);
            }
            Op::Copy { dst, src } => {
                one(Use, src);
                one(Def, dst);
            }
            Op::Sibling { dst, from, .. } => {
                one(Use, from);
                one(Def, dst);
            }
            Op::Closure { dst, base, count, .. } => {
                visit(Take, base, count);
                visit(Def, dst, 1);
            }
            Op::VecNew { dst, base, count } | Op::SetNew { dst, base, count } => {
                visit(Take, base, count);
                visit(Def, dst, 1);
            }
            Op::MapNew { dst, base, names } => {
                visit(Take, base, self.names(names));
                visit(Def, dst, 1);
            }
            Op::Call { dst, base, argc } | Op::CallNamed { dst, base, argc, .. } => {
                visit(Take, base, argc.saturating_add(1));
                visit(Def, dst, 1);
            }
            Op::CallSpread { dst, base } => {
                visit(Take, base, 3);
                visit(Def, dst, 1);
            }
            Op::CallMethodSpread { dst, base, .. } => {
                visit(Take, base.saturating_add(1), 3);
                visit(Def, dst, 1);
            }
            Op::CallFn { dst, base, argc, .. }
            | Op::CallSibling { dst, base, argc, .. }
            | Op::CallNative { dst, base, argc, .. }
            | Op::CallMethod { dst, base, argc, .. }
            | Op::CallMethodNamed { dst, base, argc, .. } => {
                visit(Take, base.saturating_add(1), argc);
                visit(Def, dst, 1);
            }
            Op::CallKept { dst, base, argc, function } => {
                one(Use, function);
                visit(Take, base.saturating_add(1), argc);
                visit(Def, dst, 1);
            }
            Op::TailCall { base, argc } => visit(Take, base, argc.saturating_add(1)),
            Op::TailCallFn { base, argc, .. }
            | Op::TailCallSibling { base, argc, .. }
            | Op::TailCallMethod { base, argc, .. } => visit(Take, base.saturating_add(1), argc),
            Op::Add { dst, a, b }
            | Op::Sub { dst, a, b }
            | Op::Mul { dst, a, b }
            | Op::Div { dst, a, b }
            | Op::IntDiv { dst, a, b }
            | Op::Rem { dst, a, b }
            | Op::Binary { dst, a, b, .. }
            | Op::Eq { dst, a, b }
            | Op::Ne { dst, a, b }
            | Op::Lt { dst, a, b }
            | Op::Le { dst, a, b }
            | Op::In { dst, a, b }
            | Op::Index { dst, a, b }
            | Op::IndexOpt { dst, a, b }
            | Op::EachIndex { dst, a, b, .. } => {
                one(Use, a);
                one(Use, b);
                one(Def, dst);
            }
            Op::AddK { dst, a, .. }
            | Op::SubK { dst, a, .. }
            | Op::MulK { dst, a, .. }
            | Op::DivK { dst, a, .. }
            | Op::IntDivK { dst, a, .. }
            | Op::RemK { dst, a, .. }
            | Op::InK { dst, a, .. }
            | Op::Neg { dst, a }
            | Op::Not { dst, a }
            | Op::Is { dst, a, .. }
            | Op::Format { dst, a, .. }
            | Op::Field { dst, a, .. }
            | Op::FieldOpt { dst, a, .. }
            | Op::Each { dst, a }
            | Op::EachField { dst, a, .. }
            | Op::EachEach { dst, a }
            | Op::FieldOrJump { dst, a, .. }
            | Op::Element { dst, a, .. }
            | Op::VecRest { dst, a, .. }
            | Op::MapRest { dst, a, .. } => {
                one(Use, a);
                one(Def, dst);
            }
            Op::Range { dst, base, flags } => {
                if flags & 1 != 0 {
                    one(Use, base);
                }
                if flags & 2 != 0 {
                    one(Use, base.saturating_add(1));
                }
                one(Def, dst);
            }
            Op::Concat { dst, base, count } => {
                visit(Use, base, count);
                visit(Def, dst, 1);
            }
            Op::JumpIf { a, .. }
            | Op::JumpIfNot { a, .. }
            | Op::JumpEqK { a, .. }
            | Op::JumpNeK { a, .. }
            | Op::JumpLtK { a, .. }
            | Op::JumpLeK { a, .. }
            | Op::JumpGtK { a, .. }
            | Op::JumpGeK { a, .. }
            | Op::JumpNull { a, .. }
            | Op::JumpNotNull { a, .. }
            | Op::JumpSet { a, .. }
            | Op::JumpUnlessVec { a, .. }
            | Op::JumpUnlessMap { a, .. }
            | Op::JumpUnlessIs { a, .. }
            | Op::JumpUnlessWithin { a, .. }
            | Op::MatchFail { a }
            | Op::PatternFail { a } => one(Use, a),
            Op::JumpEq { a, b, .. }
            | Op::JumpNe { a, b, .. }
            | Op::JumpLt { a, b, .. }
            | Op::JumpLe { a, b, .. } => {
                one(Use, a);
                one(Use, b);
            }
            Op::RangePrep { base, var, .. } => {
                visit(Use, base, 2);
                visit(Def, base.saturating_add(2), 1);
                visit(Def, var, 1);
            }
            Op::RangeNext { base, var, .. } => {
                visit(Use, base, 3);
                visit(Def, var, 1);
            }
            Op::IterPrep { iter, src } => {
                visit(Take, src, 1);
                visit(Def, iter, 3);
            }
            Op::IterNext { iter, dst, .. } | Op::IterSeq { iter, dst, .. } => {
                visit(Use, iter, 3);
                visit(Def, dst, 1);
            }
            Op::IterPair { iter, a, b, .. } | Op::IterSeqPair { iter, a, b, .. } => {
                visit(Use, iter, 3);
                visit(Def, a, 1);
                visit(Def, b, 1);
            }
            Op::VecPush { vec: to, src } | Op::SetAdd { set: to, src } => {
                one(Use, to);
                one(Take, src);
            }
            Op::VecExtend { vec: to, src }
            | Op::SetExtend { set: to, src }
            | Op::MapExtend { map: to, src } => {
                one(Use, to);
                one(Use, src);
            }
            Op::MapPut { map, key, value } => {
                one(Use, map);
                one(Take, key);
                one(Take, value);
            }
            Op::GetPath { dst, root, path, base, .. } | Op::TakePath { dst, root, path, base } => {
                visit(Use, root, 1);
                visit(Use, base, self.keys(path));
                visit(Def, dst, 1);
            }
            Op::SetPath { root, path, base, value } => {
                visit(Use, root, 1);
                visit(Use, base, self.keys(path));
                visit(Take, value, 1);
            }
            Op::UpdatePath { root, path, base, value, .. } => {
                visit(Use, root, 1);
                visit(Use, base, self.keys(path));
                visit(Use, value, 1);
            }
            Op::MapPath { root, path, base, function } => {
                visit(Use, root, 1);
                visit(Use, base, self.keys(path));
                visit(Use, function, 1);
            }
            Op::DeletePath { root, path, base } => {
                visit(Use, root, 1);
                visit(Use, base, self.keys(path));
            }
            Op::AssertFail { message, left, right } => {
                one(Use, message);
                one(Use, left);
                one(Use, right);
            }
            Op::Note { src, root, .. } => {
                one(Use, src);
                one(Use, root);
            }
        }
    }
}
