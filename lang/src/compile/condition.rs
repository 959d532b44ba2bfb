//! Conditions as jumps: comparisons, `and`, `or`, `not`, `is`, with one instruction for comparing and jumping.

use super::builder::Label;
use super::{Compiler, Want, check, constant};
use crate::ast::{CompareOp, Expr, ExprKind, LogicOp, UnaryOp};
use crate::bytecode::{Const, Idx, Op, Reg};
use crate::descend;
use crate::source::Span;

impl<'a> Compiler<'a> {
    /// Goes to `target` when the condition is `when`, else on.
    pub(super) fn condition(&mut self, e: &'a Expr<'a>, target: Label, when: bool) {
        descend(e.height, || self.scratch(|c| c.jump_on(e, target, when)));
    }

    pub(super) fn jump_on(&mut self, e: &'a Expr<'a>, target: Label, when: bool) {
        let span = e.span;
        match &e.kind {
            ExprKind::Paren(inner) => self.condition(inner, target, when),
            ExprKind::Bool(value) => {
                if *value == when {
                    self.emit(Op::Jump { target: target.0 }, span);
                }
            }
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.condition(operand, target, !when),
            ExprKind::Logic { op: op @ (LogicOp::And | LogicOp::Or), sides, .. } => {
                let (left, right) = *sides;
                let stop = *op == LogicOp::Or;
                if stop == when {
                    self.part(*op, true, left, target, when);
                    self.part(*op, false, right, target, when);
                } else {
                    let past = self.f().label();
                    self.part(*op, true, left, past, stop);
                    self.part(*op, false, right, target, when);
                    self.f().place(past);
                }
            }
            ExprKind::Compare { first, rest } => self.jump_on_compare(first, rest, target, when),
            ExprKind::Is { value, negated, ty } if *negated == when => {
                let a = self.operand(value);
                self.seen(value, a);
                let ty = self.type_test(ty);
                self.emit(Op::JumpUnlessIs { a, ty, target: target.0 }, span);
            }
            _ => {
                self.check_condition(e);
                let a = self.operand(e);
                self.seen_name(e, a);
                let target = target.0;
                self.emit(
                    if when { Op::JumpIf { a, target } } else { Op::JumpIfNot { a, target } },
                    span,
                );
            }
        }
    }

    fn jump_on_compare(
        &mut self,
        first: &'a Expr<'a>,
        rest: &'a [(CompareOp, Span, &'a Expr<'a>)],
        target: Label,
        when: bool,
    ) {
        if let [(op, _, right)] = rest {
            return self.jump_on_one(first, *op, right, target, when);
        }
        let past = self.f().label();
        let mut before = first;
        let mut a = None;
        for (i, (op, _, right)) in rest.iter().enumerate() {
            let assigned = rest[i..].iter().any(|(_, _, e)| check::may_assign(e));
            let left = match a {
                Some(reg) => reg,
                None => self.stable_operand(before, assigned),
            };
            let assigned = rest[i + 1..].iter().any(|(_, _, e)| check::may_assign(e));
            if a.is_none() {
                self.seen(before, left);
            }
            let b = self.stable_operand(right, assigned);
            self.seen(right, b);
            let span = before.span.to(right.span);
            let last = i + 1 == rest.len();
            let (to, on) = if last {
                (target, when)
            } else if when {
                (past, false)
            } else {
                (target, false)
            };
            self.emit_jump(*op, left, b, to, on, span);
            a = Some(b);
            before = right;
        }
        self.f().place(past);
    }

    fn stable_operand(&mut self, e: &'a Expr<'a>, assigned: bool) -> Reg {
        match self.register_of(e) {
            Some(reg) if !assigned => reg,
            _ => {
                let reg = self.temporary();
                self.expr(e, Want::To(reg));
                reg
            }
        }
    }

    fn jump_on_one(
        &mut self,
        left: &'a Expr<'a>,
        op: CompareOp,
        right: &'a Expr<'a>,
        target: Label,
        when: bool,
    ) {
        let span = left.span.to(right.span);
        let goto = target.0;
        if let Some(k) = constant::scalar(right) {
            let equal = matches!(op, CompareOp::Eq | CompareOp::Ne);
            let positive = (op == CompareOp::Eq) == when;
            if equal && k == Const::Null {
                let a = self.operand(left);
                self.seen(left, a);
                return self.emit(
                    if positive {
                        Op::JumpNull { a, target: goto }
                    } else {
                        Op::JumpNotNull { a, target: goto }
                    },
                    span,
                );
            }
            let ordered = !matches!(op, CompareOp::In | CompareOp::NotIn)
                && !matches!(k, Const::Null | Const::Bool(_));
            if equal || ordered {
                let a = self.operand(left);
                self.seen(left, a);
                let k = self.f().constant(k);
                return self.emit(jump_constant(op, a, k, target, when), span);
            }
        }
        if let (Some(k), Some(swapped)) = (constant::scalar(left), mirrored(op))
            && !matches!(k, Const::Null | Const::Bool(_))
        {
            let a = self.operand(right);
            self.seen(right, a);
            let k = self.f().constant(k);
            return self.emit(jump_constant(swapped, a, k, target, when), span);
        }
        if let Some(k) = self.written_out(op, right) {
            let a = self.operand(left);
            self.seen(left, a);
            let dst = self.temporary();
            self.emit(Op::InK { dst, a, k }, span);
            return self.emit_jump_in(op, dst, target, when, span);
        }
        let (a, b) = self.operands(left, right, None);
        self.seen(left, a);
        self.seen(right, b);
        self.emit_jump(op, a, b, target, when, span);
    }

    /// The constant that `in` looks in, if it is one.
    pub(super) fn written_out(&mut self, op: CompareOp, right: &Expr) -> Option<Idx> {
        let looks = matches!(op, CompareOp::In | CompareOp::NotIn) && constant::is_constant(right);
        let k = if looks { constant::fold(right)? } else { return None };
        Some(self.f().constant(k))
    }

    fn emit_jump_in(&mut self, op: CompareOp, a: Reg, target: Label, when: bool, span: Span) {
        let target = target.0;
        self.emit(
            match (op == CompareOp::In) == when {
                true => Op::JumpIf { a, target },
                false => Op::JumpIfNot { a, target },
            },
            span,
        );
    }

    pub(super) fn emit_jump(
        &mut self,
        op: CompareOp,
        a: Reg,
        b: Reg,
        target: Label,
        when: bool,
        span: Span,
    ) {
        match op {
            CompareOp::In | CompareOp::NotIn => {
                let dst = self.temporary();
                self.emit(Op::In { dst, a, b }, span);
                self.emit_jump_in(op, dst, target, when, span);
            }
            _ => {
                let op = if when { op } else { opposite(op) };
                self.emit(jump_compare(op, a, b, target), span);
            }
        }
    }
}

fn opposite(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Ne,
        CompareOp::Ne => CompareOp::Eq,
        CompareOp::Lt => CompareOp::Ge,
        CompareOp::Le => CompareOp::Gt,
        CompareOp::Gt => CompareOp::Le,
        CompareOp::Ge => CompareOp::Lt,
        CompareOp::In => CompareOp::NotIn,
        CompareOp::NotIn => CompareOp::In,
    }
}

/// The comparison with its sides exchanged.
fn mirrored(op: CompareOp) -> Option<CompareOp> {
    Some(match op {
        CompareOp::Eq | CompareOp::Ne => op,
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::Le => CompareOp::Ge,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::Ge => CompareOp::Le,
        CompareOp::In | CompareOp::NotIn => return None,
    })
}

/// Goes when `a op b`; not for `in`.
pub(super) fn jump_compare(op: CompareOp, a: Reg, b: Reg, target: Label) -> Op {
    let target = target.0;
    match op {
        CompareOp::Ne => Op::JumpNe { a, b, target },
        CompareOp::Lt => Op::JumpLt { a, b, target },
        CompareOp::Le => Op::JumpLe { a, b, target },
        CompareOp::Gt => Op::JumpLt { a: b, b: a, target },
        CompareOp::Ge => Op::JumpLe { a: b, b: a, target },
        _ => Op::JumpEq { a, b, target },
    }
}

fn jump_constant(op: CompareOp, a: Reg, k: Idx, target: Label, when: bool) -> Op {
    let target = target.0;
    match if when { op } else { opposite(op) } {
        CompareOp::Ne => Op::JumpNeK { a, k, target },
        CompareOp::Lt => Op::JumpLtK { a, k, target },
        CompareOp::Le => Op::JumpLeK { a, k, target },
        CompareOp::Gt => Op::JumpGtK { a, k, target },
        CompareOp::Ge => Op::JumpGeK { a, k, target },
        _ => Op::JumpEqK { a, k, target },
    }
}
