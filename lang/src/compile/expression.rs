//! Expressions: where their values go, and control flow.
//!
//! [`Compiler::expr`] writes its destination only when no part of the expression can read it any more: where the destination is the
//! register of a name and the expression may write early, it goes through a temporary.

use super::builder::Label;
use super::resolve::Found;
use super::{Compiler, Want, check, constant};
use crate::ast::{Argument, Block, CompareOp, Expr, ExprKind, FormatPart, Name, Number, UnaryOp};
use crate::bytecode::{Const, NONE, Op, Reg, SiteKind};
use crate::descend;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use num_bigint::BigInt;

/// As many values at once go into one instruction that builds something; more are added bit by bit.
pub(super) const CHUNK: usize = 128;

impl<'a> Compiler<'a> {
    /// Compiles an expression.
    #[inline]
    pub(super) fn expr(&mut self, e: &'a Expr<'a>, want: Want) {
        descend(e.height, || self.expr_within(e, want));
    }

    fn expr_within(&mut self, e: &'a Expr<'a>, want: Want) {
        if self.options.trace || self.early(e, want).is_some() {
            return self.expr_around(e, want);
        }
        self.inner(e, want);
    }

    /// The register of a name that the expression would write to before it has read all it reads.
    fn early(&mut self, e: &Expr, want: Want) -> Option<Reg> {
        match want {
            Want::To(dst) if self.f().is_named(dst) && !writes_late(e) => Some(dst),
            _ => None,
        }
    }

    #[inline(never)]
    fn expr_around(&mut self, e: &'a Expr<'a>, want: Want) {
        if let Some(dst) = self.early(e, want) {
            return self.scratch(|c| {
                let value = c.temporary();
                c.inner(e, Want::To(value));
                c.emit(Op::Move { dst, src: value }, e.span);
            });
        }
        self.with_parts(e, want, |c| c.inner(e, want));
    }

    fn inner(&mut self, e: &'a Expr<'a>, want: Want) {
        match &e.kind {
            ExprKind::Name(name) => self.name(name, want, e.span),
            ExprKind::Binary { .. } => self.operation(e, want),
            ExprKind::If { arms, otherwise } => self.if_(arms, *otherwise, want, e.span),
            ExprKind::Field { .. } | ExprKind::Index { .. } | ExprKind::Each { .. } => {
                self.path(e, want);
            }
            ExprKind::Call { callee, arguments } => self.called(callee, arguments, want, e.span),
            ExprKind::Str(text) => self.string(text, want, e.span),
            _ => self.other(e, want),
        }
    }

    #[inline(never)]
    fn path(&mut self, e: &'a Expr<'a>, want: Want) {
        self.value(want, e.span, |c, dst| c.read_path(e, dst));
    }

    #[inline(never)]
    fn called(
        &mut self,
        callee: &'a Expr<'a>,
        arguments: &'a [Argument<'a>],
        want: Want,
        span: Span,
    ) {
        let arguments = arguments.iter().map(super::arguments::Arg::from).collect();
        self.call(callee, arguments, want, span);
    }

    #[inline(never)]
    fn string(&mut self, text: &str, want: Want, span: Span) {
        if want != Want::Nothing {
            self.value(want, span, |c, dst| {
                let k = c.f().text(text);
                c.emit(Op::Const { dst, k }, span);
            });
        }
    }

    #[inline(never)]
    fn operation(&mut self, e: &'a Expr<'a>, want: Want) {
        let ExprKind::Binary { op, sides, .. } = &e.kind else { return };
        let (left, right) = *sides;
        if constant::sides_may_fold(left, right)
            && let Some(value) = constant::fold(e)
        {
            return self.constant(value, want, e.span);
        }
        self.value(want, e.span, |c, dst| {
            c.scratch(|c| c.binary(*op, left, right, dst, e.span));
        });
    }

    #[inline(never)]
    fn other(&mut self, e: &'a Expr<'a>, want: Want) {
        let span = e.span;
        match &e.kind {
            // Done already.
            ExprKind::Name(_)
            | ExprKind::Binary { .. }
            | ExprKind::If { .. }
            | ExprKind::Field { .. }
            | ExprKind::Index { .. }
            | ExprKind::Each { .. }
            | ExprKind::Call { .. }
            | ExprKind::Str(_) => {}
            ExprKind::Null => self.null(want, span),
            ExprKind::Bool(_) | ExprKind::Number(_) => {
                if let Some(value) = constant::fold(e) {
                    self.constant(value, want, span);
                }
            }
            ExprKind::Format(parts) => self.format(parts, want, span),
            ExprKind::Vec(_) | ExprKind::Set(_) | ExprKind::Map(_) => {
                let folded = constant::is_constant(e).then(|| constant::fold(e)).flatten();
                self.check_keys(e, folded.is_some());
                match folded {
                    Some(value) if !constant::is_empty(&value) => self.constant(value, want, span),
                    _ => self.value(want, span, |c, dst| c.build(e, dst)),
                }
            }
            ExprKind::VecComprehension(..)
            | ExprKind::SetComprehension(..)
            | ExprKind::MapComprehension(..) => {
                self.value(want, span, |c, dst| c.comprehension(e, dst));
            }
            ExprKind::Range { start, end, inclusive } => {
                if let Some(value) = constant::fold(e) {
                    return self.constant(value, want, span);
                }
                let ends = (start.as_deref(), end.as_deref());
                self.value(want, span, |c, dst| c.range(ends, *inclusive, dst, span));
            }
            ExprKind::Unary { op, operand } => {
                if let Some(value) = constant::fold(e) {
                    return self.constant(value, want, span);
                }
                self.value(want, span, |c, dst| {
                    c.scratch(|c| {
                        if *op == UnaryOp::Not {
                            c.check_condition(operand);
                        }
                        let a = c.operand(operand);
                        c.emit(
                            match op {
                                UnaryOp::Neg => Op::Neg { dst, a },
                                UnaryOp::Not => Op::Not { dst, a },
                            },
                            span,
                        );
                    });
                });
            }
            ExprKind::Compare { first, rest } => {
                self.value(want, span, |c, dst| c.scratch(|c| c.compare(first, rest, dst)));
            }
            ExprKind::Logic { op, sides, .. } => {
                self.logic(*op, sides.0, sides.1, want, span);
            }
            ExprKind::Is { value, negated, ty } => {
                self.value(want, span, |c, dst| {
                    c.scratch(|c| {
                        let a = c.operand(value);
                        c.seen(value, a);
                        let ty = c.type_test(ty);
                        c.emit(Op::Is { dst, a, ty }, span);
                        if *negated {
                            c.emit(Op::Not { dst, a: dst }, span);
                        }
                    });
                });
            }
            ExprKind::Pipe { value, call } => self.pipe(value, call, want, span),
            ExprKind::Paren(inner) => self.expr(inner, want),
            ExprKind::With { base, items, .. } => {
                self.value(want, span, |c, dst| {
                    c.expr(base, Want::To(dst));
                    c.with_items(items, dst);
                });
            }
            ExprKind::Getter(name) => {
                self.value(want, span, |c, dst| c.getter(name, dst, span));
            }
            ExprKind::Match { subject, arms } => self.match_(subject, arms, want),
            ExprKind::Try { body, pattern, handler } => {
                self.try_(body, pattern, handler, want, span);
            }
            ExprKind::Do(block) => self.block(block, want),
            ExprKind::Function(function) => {
                self.value(want, span, |c, dst| c.closure("closure", function, dst));
            }
            ExprKind::Throw(value) => self.scratch(|c| {
                let src = c.temporary();
                let site = c.open(SiteKind::Throw, span, Want::To(src));
                c.leaves();
                c.expr(value, Want::To(src));
                c.tell(site, src, span);
                c.close(site);
                c.emit(Op::Throw { src }, span);
            }),
            ExprKind::Return(value) => self.return_(value.as_deref(), span),
            ExprKind::Break => self.leave(span, "break", |l| l.exit),
            ExprKind::Continue => self.leave(span, "continue", |l| l.next),
            ExprKind::Error => {}
        }
    }

    #[inline(never)]
    fn name(&mut self, name: &'a str, want: Want, span: Span) {
        if let Some(reg) = self.local_register(name) {
            return self.register(reg, want, span);
        }
        match self.resolve(name, span) {
            Found::Register { reg, .. } => self.register(reg, want, span),
            _ if want == Want::Nothing => {}
            found => {
                let root = std::mem::take(&mut self.root);
                let slot = matches!(found, Found::Slot { import: false, .. });
                self.value(want, span, |c, dst| {
                    c.load(found, name, dst, span);
                    if slot && !root {
                        c.note_path(name, span, dst, NONE);
                    }
                });
            }
        }
    }

    /// Gives the value of a name that has a register.
    fn register(&mut self, reg: Reg, want: Want, span: Span) {
        match want {
            Want::Nothing => {}
            Want::Return => self.emit(Op::Return { src: reg }, span),
            Want::To(dst) => {
                if !std::mem::take(&mut self.root) {
                    self.note_share(span, reg);
                }
                if reg != dst {
                    self.emit(Op::Copy { dst, src: reg }, span);
                }
            }
        }
    }

    fn range(
        &mut self,
        (start, end): (Option<&'a Expr<'a>>, Option<&'a Expr<'a>>),
        inclusive: bool,
        dst: Reg,
        span: Span,
    ) {
        self.scratch(|c| {
            let base = c.f().allocate(2);
            let mut flags = u16::from(inclusive) * 4;
            let mut items = Vec::new();
            if let Some(start) = start {
                items.push((base, start));
                flags |= 1;
            }
            if let Some(end) = end {
                items.push((base.saturating_add(1), end));
                flags |= 2;
            }
            c.fill(&items);
            c.emit(Op::Range { dst, base, flags }, span);
        });
    }

    #[inline(never)]
    fn if_(
        &mut self,
        arms: &'a [(&'a Expr<'a>, &'a Block<'a>)],
        otherwise: Option<&'a Block<'a>>,
        want: Want,
        span: Span,
    ) {
        let end = self.f().label();
        let whole = self.open(SiteKind::If, span, want);
        for (i, (condition, block)) in arms.iter().enumerate() {
            let next = self.f().label();
            let kind = SiteKind::Branch { first: i == 0 };
            let site = self.judged(kind, condition, next, false, want);
            self.block(block, want);
            self.close(site);
            let falls = i + 1 == arms.len() && otherwise.is_none();
            if want != Want::Return && !(falls && want == Want::Nothing) {
                self.emit(Op::Jump { target: end.0 }, span);
            }
            self.f().place(next);
        }
        match otherwise {
            Some(block) => {
                let site = self.open(SiteKind::Else, block.span, want);
                self.block(block, want);
                self.close(site);
            }
            None => self.null(want, span),
        }
        self.close(whole);
        self.f().place(end);
    }

    /// Lets a step compute a value in a register that suits what is wanted.
    pub(super) fn value(&mut self, want: Want, span: Span, step: impl FnOnce(&mut Self, Reg)) {
        let mark = self.f().mark();
        let dst = match want {
            Want::To(dst) => dst,
            Want::Return | Want::Nothing => self.temporary(),
        };
        step(self, dst);
        if want == Want::Return {
            self.emit(Op::Return { src: dst }, span);
        }
        if !matches!(want, Want::To(_)) {
            self.f().release(mark);
        }
    }

    pub(super) fn null(&mut self, want: Want, span: Span) {
        match want {
            Want::To(dst) => self.emit(Op::Null { dst }, span),
            Want::Return => self.emit(Op::ReturnNull, span),
            Want::Nothing => {}
        }
    }

    pub(super) fn constant(&mut self, value: Const, want: Want, span: Span) {
        if want == Want::Nothing {
            return;
        }
        self.value(want, span, |c, dst| {
            let op = match value {
                Const::Null => Op::Null { dst },
                Const::Bool(value) => Op::Bool { dst, value },
                Const::Int(n) if i32::try_from(n).is_ok() => Op::Int { dst, value: n as i32 },
                value => Op::Const { dst, k: c.f().constant(value) },
            };
            c.emit(op, span);
        });
    }

    /// The register in which a name's value stands, if the expression is such a name.
    #[inline(always)]
    pub(super) fn register_of(&mut self, e: &'a Expr<'a>) -> Option<Reg> {
        match &e.kind {
            ExprKind::Name(name) => self.register_named(name),
            ExprKind::Paren(_) => match &check::bare(e).kind {
                ExprKind::Name(name) => self.register_named(name),
                _ => None,
            },
            _ => None,
        }
    }

    /// A register that holds the value, to be read only; a name's own where possible.
    pub(super) fn operand(&mut self, e: &'a Expr<'a>) -> Reg {
        if let Some(reg) = self.register_of(e) {
            self.note_share(check::bare(e).span, reg);
            return reg;
        }
        let reg = self.temporary();
        self.expr(e, Want::To(reg));
        reg
    }

    fn format(&mut self, parts: &'a [FormatPart<'a>], want: Want, span: Span) {
        if want == Want::Nothing {
            for part in parts {
                if let FormatPart::Hole { value, .. } = part {
                    self.scratch(|c| c.expr(value, Want::Nothing));
                }
            }
            return;
        }
        self.value(want, span, |c, dst| {
            c.scratch(|c| {
                if parts.is_empty() {
                    return c.constant(Const::Str("".into()), Want::To(dst), span);
                }
                let base = c.f().allocate(parts.len().min(CHUNK) + 1);
                let mut filled = 0;
                for (i, part) in parts.iter().enumerate() {
                    let reg = base.saturating_add(filled);
                    match part {
                        FormatPart::Text(text) => {
                            let k = c.f().text(text);
                            c.emit(Op::Const { dst: reg, k }, span);
                        }
                        FormatPart::Hole { value, spec: None } => c.expr(value, Want::To(reg)),
                        FormatPart::Hole { value, spec: Some(spec) } => c.scratch(|c| {
                            let a = c.operand(value);
                            let format = c.f().format(*(*spec));
                            c.emit(Op::Format { dst: reg, a, format }, value.span.to(spec.span));
                        }),
                    }
                    filled += 1;
                    let last = i + 1 == parts.len();
                    if last || usize::from(filled) == CHUNK {
                        let dst = if last { dst } else { base };
                        c.emit(Op::Concat { dst, base, count: filled }, span);
                        filled = 1;
                    }
                }
            });
        });
    }

    fn getter(&mut self, name: &'a Name<'a>, dst: Reg, span: Span) {
        let prototype = self.reserve_prototype();
        let mut builder = self.builder("closure", span);
        builder.parameter("x".into());
        let key = builder.text(name.text);
        let field = if self.options.trace { builder.allocate(1) } else { 0 };
        builder.emit(Op::Field { dst: field, a: 0, name: key }, name.span);
        if self.options.trace {
            builder.note_field(span, field);
        }
        builder.emit(Op::Return { src: field }, span);
        self.complete(builder, 0, prototype);
        self.emit(Op::Closure { dst, prototype, base: 0, count: 0 }, span);
    }

    fn return_(&mut self, value: Option<&'a Expr<'a>>, span: Span) {
        if self.in_main && self.around.is_empty() {
            self.report(
                Diagnostic::error(
                    "return-outside-function",
                    span,
                    "`return` stands outside of any function",
                )
                .here("there is no function to return from")
                .help("the value of a program is that of its last expression"),
            );
        }
        let site = self.open(SiteKind::Return, span, Want::Return);
        self.leaves();
        match value {
            None => self.emit(Op::ReturnNull, span),
            Some(value) if self.f().tries == 0 => self.expr(value, Want::Return),
            Some(value) => self.scratch(|c| {
                let src = c.temporary();
                c.expr(value, Want::To(src));
                c.emit(Op::Return { src }, span);
            }),
        }
        self.close(site);
    }

    fn leave(&mut self, span: Span, word: &str, label: impl Fn(super::builder::Loop) -> Label) {
        self.leaves();
        match self.f().loops.last().copied() {
            Some(Some(innermost)) => {
                self.emit(Op::Jump { target: label(innermost).0 }, span);
            }
            inside => {
                let message = format!("`{word}` stands outside of any loop");
                let mut finding = Diagnostic::error("outside-loop", span, message);
                if inside.is_some() {
                    finding = finding
                        .here("a comprehension cannot be left early")
                        .help("use a `for` loop");
                } else if !self.around.is_empty() || !self.in_main {
                    finding = finding.help(
                        "a loop around a function cannot be left from inside it; use `return`",
                    );
                }
                self.report(finding);
            }
        }
    }
}

/// The destination is written by the last instruction only.
fn writes_late(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::Str(_)
        | ExprKind::Name(_)
        | ExprKind::Format(_)
        | ExprKind::Range { .. }
        | ExprKind::Unary { .. }
        | ExprKind::Binary { .. }
        | ExprKind::Field { .. }
        | ExprKind::Index { .. }
        | ExprKind::Each { .. }
        | ExprKind::Function(_)
        | ExprKind::Getter(_)
        | ExprKind::Throw(_)
        | ExprKind::Return(_)
        | ExprKind::Break
        | ExprKind::Continue => true,
        ExprKind::Compare { rest, .. } => {
            matches!(&rest[..], [(op, ..)] if *op != CompareOp::NotIn)
        }
        ExprKind::Is { negated, .. } => !negated,
        ExprKind::Call { callee, .. } => {
            !matches!(&callee.kind, ExprKind::Field { optional: true, .. })
        }
        ExprKind::Pipe { call, .. } => !matches!(&call.kind, ExprKind::Call { callee, .. }
            if matches!(callee.kind, ExprKind::Field { optional: true, .. })),
        ExprKind::Vec(items) | ExprKind::Set(items) => {
            items.len() <= CHUNK && items.iter().all(|i| matches!(i, crate::ast::Element::Item(_)))
        }
        _ => false,
    }
}

/// The constant that a number literal stands for.
pub(super) fn number(number: &Number) -> Const {
    match number {
        Number::Int(n) => Const::Int(*n),
        Number::Big(bytes) => Const::Big(BigInt::from_signed_bytes_le(bytes)),
        Number::Float(x) => Const::Float(*x),
        Number::Decimal(digits) => Const::Decimal((*digits).into()),
    }
}
