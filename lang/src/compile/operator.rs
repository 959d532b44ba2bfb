//! Operators: arithmetic, comparisons, `and`, `or` and `??`, and where their operands are.

use super::{Compiler, Want, check, constant};
use crate::ast::{BinaryOp, CompareOp, Expr, ExprKind, LogicOp, Number};
use crate::bytecode::{Const, Idx, Op, Reg};
use crate::source::Span;

impl<'a> Compiler<'a> {
    /// The registers of two operands. The first may be computed in `hint`, the destination.
    pub(super) fn operands(
        &mut self,
        left: &'a Expr<'a>,
        right: &'a Expr<'a>,
        hint: Option<Reg>,
    ) -> (Reg, Reg) {
        let own = self.register_of(left);
        self.operands_from(own, left, right, hint)
    }

    /// The same, where it is known in which register the first has its value, if it is a name.
    fn operands_from(
        &mut self,
        own: Option<Reg>,
        left: &'a Expr<'a>,
        right: &'a Expr<'a>,
        hint: Option<Reg>,
    ) -> (Reg, Reg) {
        let a = match own {
            Some(reg) if !check::may_assign(right) => {
                self.note_share(check::bare(left).span, reg);
                reg
            }
            _ => {
                let free = hint.filter(|reg| !self.f().is_named(*reg));
                let reg = free.unwrap_or_else(|| self.temporary());
                self.expr(left, Want::To(reg));
                reg
            }
        };
        (a, self.operand(right))
    }

    /// The constant of the right side, for operators that take one.
    #[inline]
    pub(super) fn operand_constant(&mut self, op: BinaryOp, right: &'a Expr<'a>) -> Option<Idx> {
        if constant::may_be_scalar(right) { self.scalar_operand(op, right) } else { None }
    }

    fn scalar_operand(&mut self, op: BinaryOp, right: &'a Expr<'a>) -> Option<Idx> {
        let of_numbers = !matches!(op, BinaryOp::Pow | BinaryOp::Union | BinaryOp::Intersect);
        if let ExprKind::Number(Number::Int(n)) = right.kind {
            return of_numbers.then(|| self.f().int(n));
        }
        let constant = constant::scalar(right)?;
        let fits = match constant {
            Const::Int(_) | Const::Float(_) | Const::Decimal(_) => of_numbers,
            Const::Str(_) => op == BinaryOp::Add,
            _ => false,
        };
        fits.then(|| self.f().constant(constant))
    }

    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: &'a Expr<'a>,
        right: &'a Expr<'a>,
        dst: Reg,
        span: Span,
    ) {
        // What is added to grows in place if it is the name's last use.
        let grows = (matches!(op, BinaryOp::Add | BinaryOp::Union) && check::is_collection(right)
            || op == BinaryOp::Add && matches!(right.kind, ExprKind::Str(_) | ExprKind::Format(_)))
            && !check::may_assign(right);
        let own = self.register_of(left);
        if grows && own.is_some_and(|reg| reg != dst) && !self.f().is_named(dst) {
            let b = match self.operand_constant(op, right) {
                Some(k) => Err(k),
                None => Ok(self.operand(right)),
            };
            self.expr(left, Want::To(dst));
            let op = match b {
                Ok(b) => binary(op, dst, dst, b),
                Err(k) => binary_constant(op, dst, dst, k),
            };
            return self.emit(op, span);
        }
        if let Some(k) = self.operand_constant(op, right) {
            let a = match own {
                Some(reg) => {
                    self.note_share(check::bare(left).span, reg);
                    reg
                }
                None if self.f().is_named(dst) => self.operand(left),
                None => {
                    self.expr(left, Want::To(dst));
                    dst
                }
            };
            return self.emit(binary_constant(op, dst, a, k), span);
        }
        let (a, b) = self.operands_from(own, left, right, Some(dst));
        self.emit(binary(op, dst, a, b), span);
    }

    pub(super) fn compare(
        &mut self,
        first: &'a Expr<'a>,
        rest: &'a [(CompareOp, Span, &'a Expr<'a>)],
        dst: Reg,
    ) {
        if let [(op, _, right)] = rest
            && let Some(k) = self.written_out(*op, right)
        {
            let a = self.operand(first);
            self.seen(first, a);
            let span = first.span.to(right.span);
            self.emit(Op::InK { dst, a, k }, span);
            if *op == CompareOp::NotIn {
                self.emit(Op::Not { dst, a: dst }, span);
            }
            return;
        }
        let end = self.f().label();
        let mut before = first;
        let mut a = None;
        for (i, (op, _, right)) in rest.iter().enumerate() {
            let (left, b) = match a {
                None => self.operands(before, right, (rest.len() == 1).then_some(dst)),
                Some(a) => (a, self.operand(right)),
            };
            let span = before.span.to(right.span);
            if a.is_none() {
                self.seen(before, left);
            }
            self.seen(right, b);
            self.emit(compare(*op, dst, left, b), span);
            if *op == CompareOp::NotIn {
                self.emit(Op::Not { dst, a: dst }, span);
            }
            if i + 1 < rest.len() {
                self.emit(Op::JumpIfNot { a: dst, target: end.0 }, span);
                // A later operand may assign to this one's name.
                let assigned = rest[i + 1..].iter().any(|(_, _, e)| check::may_assign(e));
                a = Some(if assigned && self.f().is_named(b) {
                    let copy = self.temporary();
                    self.emit(Op::Copy { dst: copy, src: b }, right.span);
                    copy
                } else {
                    b
                });
            }
            before = right;
        }
        self.f().place(end);
    }

    pub(super) fn logic(
        &mut self,
        op: LogicOp,
        left: &'a Expr<'a>,
        right: &'a Expr<'a>,
        want: Want,
        span: Span,
    ) {
        let site = self.open_logic(op, span, want);
        self.logic_inner(op, left, right, want, span);
        if let Want::To(dst) = want {
            self.tell(site, dst, span);
        }
        self.close(site);
    }

    fn logic_inner(
        &mut self,
        op: LogicOp,
        left: &'a Expr<'a>,
        right: &'a Expr<'a>,
        want: Want,
        span: Span,
    ) {
        let end = self.f().label();
        if op == LogicOp::Coalesce {
            match want {
                Want::To(dst) => {
                    self.operand_to(op, true, left, dst);
                    self.emit(Op::JumpNotNull { a: dst, target: end.0 }, span);
                    self.operand_to(op, false, right, dst);
                }
                Want::Return | Want::Nothing => self.scratch(|c| {
                    let site = c.open_operand(op, true, left, Want::Nothing);
                    let a = c.operand(left);
                    c.tell(site, a, left.span);
                    c.close(site);
                    if want == Want::Nothing {
                        c.emit(Op::JumpNotNull { a, target: end.0 }, span);
                    } else {
                        let null = c.f().label();
                        c.emit(Op::JumpNull { a, target: null.0 }, span);
                        c.emit(Op::Return { src: a }, span);
                        c.f().place(null);
                    }
                    c.last_operand(op, right, want);
                }),
            }
            return self.f().place(end);
        }
        let stop = op == LogicOp::Or;
        if let Want::To(dst) = want
            && !check::is_test(left)
        {
            self.check_condition(left);
            self.operand_to(op, true, left, dst);
            let target = end.0;
            self.emit(
                if stop { Op::JumpIf { a: dst, target } } else { Op::JumpIfNot { a: dst, target } },
                left.span,
            );
            self.operand_to(op, false, right, dst);
            return self.f().place(end);
        }
        let stopped = self.f().label();
        self.part(op, true, left, stopped, stop);
        self.last_operand(op, right, want);
        if matches!(want, Want::To(_)) {
            self.emit(Op::Jump { target: end.0 }, span);
        }
        self.f().place(stopped);
        self.constant(Const::Bool(stop), want, span);
        self.f().place(end);
    }
}

/// The instruction of an operator.
pub(super) fn binary(op: BinaryOp, dst: Reg, a: Reg, b: Reg) -> Op {
    match op {
        BinaryOp::Add => Op::Add { dst, a, b },
        BinaryOp::Sub => Op::Sub { dst, a, b },
        BinaryOp::Mul => Op::Mul { dst, a, b },
        BinaryOp::Div => Op::Div { dst, a, b },
        BinaryOp::IntDiv => Op::IntDiv { dst, a, b },
        BinaryOp::Rem => Op::Rem { dst, a, b },
        BinaryOp::Pow | BinaryOp::Union | BinaryOp::Intersect => Op::Binary { dst, a, b, op },
    }
}

/// The instruction of an operator with a constant right side; not for those of [`Op::Binary`].
pub(super) fn binary_constant(op: BinaryOp, dst: Reg, a: Reg, k: Idx) -> Op {
    match op {
        BinaryOp::Sub => Op::SubK { dst, a, k },
        BinaryOp::Mul => Op::MulK { dst, a, k },
        BinaryOp::Div => Op::DivK { dst, a, k },
        BinaryOp::IntDiv => Op::IntDivK { dst, a, k },
        BinaryOp::Rem => Op::RemK { dst, a, k },
        _ => Op::AddK { dst, a, k },
    }
}

fn compare(op: CompareOp, dst: Reg, a: Reg, b: Reg) -> Op {
    match op {
        CompareOp::Eq => Op::Eq { dst, a, b },
        CompareOp::Ne => Op::Ne { dst, a, b },
        CompareOp::Lt => Op::Lt { dst, a, b },
        CompareOp::Le => Op::Le { dst, a, b },
        CompareOp::Gt => Op::Lt { dst, a: b, b: a },
        CompareOp::Ge => Op::Le { dst, a: b, b: a },
        CompareOp::In | CompareOp::NotIn => Op::In { dst, a, b },
    }
}
