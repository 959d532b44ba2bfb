//! Statements: blocks, declarations, assignments to names, loops, assertions.
//!
//! A statement gives back every register but those of the names it declares.

use super::builder::{Label, LocalKind, Loop};
use super::module::names_of;
use super::resolve::Place;
use super::{Compiler, Want, check};
use crate::ast::{
    AssignOp, BinaryOp, Block, CompareOp, Expr, ExprKind, Pattern, PatternKind, Statement,
    StatementKind,
};
use crate::bytecode::{NONE, Op, Reg, SiteKind};
use crate::descend;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

impl<'a> Compiler<'a> {
    /// A block in its own scope.
    pub(super) fn block(&mut self, block: &'a Block<'a>, want: Want) {
        descend(block.height, || self.block_with(block, want, true));
    }

    /// `checked`: a last value that is not wanted is a mistake.
    pub(super) fn block_with(&mut self, block: &'a Block<'a>, want: Want, checked: bool) {
        self.blocks.push(block);
        self.f().open_scope();
        self.sequence(block.statements, want, block.span, checked);
        self.close_scope();
        self.blocks.pop();
    }

    pub(super) fn close_scope(&mut self) {
        let findings = &mut self.whole.findings;
        self.function.close_scope(|name, local| {
            let what = match local.kind {
                LocalKind::Let | LocalKind::Var => "name",
                LocalKind::Function => "function",
                LocalKind::Parameter | LocalKind::Pattern | LocalKind::Input => return,
            };
            findings.push(unused(what, &name, local.span));
        });
    }

    pub(super) fn statements(
        &mut self,
        statements: &'a [&'a Statement<'a>],
        want: Want,
        span: Span,
    ) {
        self.sequence(statements, want, span, true);
    }

    fn sequence(
        &mut self,
        statements: &'a [&'a Statement<'a>],
        want: Want,
        span: Span,
        checked: bool,
    ) {
        let mut ended: Option<Span> = None;
        let mut index = 0;
        while let Some(statement) = statements.get(index) {
            if let Some(end) = ended.take() {
                self.report(
                    Diagnostic::warning(
                        "unreachable",
                        statement.span,
                        "this code is never reached",
                    )
                    .here("never reached")
                    .label(end, "because of this"),
                );
            }
            index += 1;
            let last = index == statements.len();
            match &statement.kind {
                StatementKind::Function { name, function } if !self.at_main_top() => {
                    let mut group = vec![(name, &**function)];
                    while let Some(StatementKind::Function { name, function }) =
                        statements.get(index).map(|s| &s.kind)
                    {
                        group.push((name, &**function));
                        index += 1;
                    }
                    self.local_functions(&group);
                }
                StatementKind::Expression(value) => {
                    if last && want != Want::Nothing {
                        return self.expr(value, want);
                    }
                    if !last || checked && !check::does_nothing(value) {
                        self.check_discarded(value);
                    }
                    self.scratch(|c| c.expr(value, Want::Nothing));
                    if check::diverges(value) {
                        ended = Some(value.span);
                    }
                }
                _ => self.statement(statement),
            }
        }
        self.null(want, span.after());
    }

    pub(super) fn at_main_top(&mut self) -> bool {
        self.in_main && self.around.is_empty() && self.f().at_top()
    }

    fn statement(&mut self, statement: &'a Statement<'a>) {
        let span = statement.span;
        match &statement.kind {
            StatementKind::Let { mutable, pattern, annotation, value } => {
                if let Some(annotation) = annotation {
                    self.no_types_yet(annotation.span, "annotation");
                }
                self.let_(*mutable, pattern, value);
            }
            StatementKind::Assign { place, op, op_span, value } => {
                self.scratch(|c| c.assign(place, *op, *op_span, value, span));
            }
            StatementKind::Delete { place } => self.scratch(|c| c.delete(place, span)),
            StatementKind::For { pattern, iterable, body } => {
                self.scratch(|c| {
                    c.iterate(pattern, iterable, true, &mut |c| c.block(body, Want::Nothing));
                });
            }
            StatementKind::While { condition, body } => {
                self.scratch(|c| c.while_(condition, body));
            }
            StatementKind::Assert { condition, message } => {
                self.scratch(|c| c.assert(condition, message.as_deref(), span));
            }
            StatementKind::Type { .. } if !self.at_main_top() => {
                self.misplaced(span, "a `type` declaration");
            }
            StatementKind::Test { .. } if !self.at_main_top() => {
                self.misplaced(span, "a `test` block")
            }
            StatementKind::Import { .. } if !self.at_main_top() => {
                self.misplaced(span, "an `import`")
            }
            // Done with the module's declarations, or where the block walks its statements.
            StatementKind::Type { .. }
            | StatementKind::Test { .. }
            | StatementKind::Import { .. }
            | StatementKind::Function { .. }
            | StatementKind::Expression(_)
            | StatementKind::Error => {}
        }
    }

    fn misplaced(&mut self, span: Span, what: &str) {
        let message = format!("{what} can only stand at the top level of a module");
        self.report(
            Diagnostic::error("misplaced-declaration", span, message)
                .here("this is inside a block")
                .help("move it out of the block"),
        );
    }

    fn let_(&mut self, mutable: bool, pattern: &'a Pattern<'a>, value: &'a Expr<'a>) {
        let kind = if mutable { LocalKind::Var } else { LocalKind::Let };
        let top = self.at_main_top();
        if top && self.repl() {
            self.f().open_scope();
            self.bind_value(pattern, value, kind);
            let mut names = Vec::new();
            names_of(pattern, &mut names);
            for (name, span) in names {
                let found = self.f().find_local(&name);
                let register = found.and_then(|i| self.f().local(i)).map(|l| l.reg);
                let slot = self.global_slot(&name);
                if let Some(src) = register {
                    self.emit(Op::SetSlot { slot, src }, span);
                }
                if let Some(global) = self.whole.globals.get_mut(&name) {
                    global.declared = true;
                }
            }
            self.f().close_scope(|_, _| ());
            return;
        }
        self.bind_value(pattern, value, kind);
        if top && !mutable {
            let mut names = Vec::new();
            names_of(pattern, &mut names);
            for (name, span) in names {
                let exported = self.options.exports && !name.starts_with('_');
                let needed = self.whole.globals.get(&name).is_some_and(|g| g.slot.is_some());
                if !exported && !needed {
                    continue;
                }
                let slot = self.global_slot(&name);
                let found = self.f().find_local(&name);
                if let Some(src) = found.and_then(|i| self.f().local(i)).map(|l| l.reg) {
                    self.emit(Op::SetSlot { slot, src }, span);
                }
            }
        }
    }

    fn bind_value(&mut self, pattern: &'a Pattern<'a>, value: &'a Expr<'a>, kind: LocalKind) {
        let PatternKind::Bind(name) = &pattern.kind else {
            let reg = match self.register_of(value) {
                Some(reg) => reg,
                None => {
                    let reg = self.temporary();
                    self.expr(value, Want::To(reg));
                    reg
                }
            };
            return self.destructure(pattern, reg, kind);
        };
        let reg = self.temporary();
        match &value.kind {
            ExprKind::Function(function) => self.closure(name, function, reg),
            _ if kind == LocalKind::Var && check::small_literal(value) => {
                self.check_keys(value, true);
                self.build(value, reg);
            }
            _ => {
                let site =
                    self.open_let(kind == LocalKind::Var, pattern.span.to(value.span), value, reg);
                self.expr(value, Want::To(reg));
                self.tell(site, reg, value.span);
                self.close(site);
            }
        }
        let ty = self.type_of(value);
        let index = self.declare(name, reg, pattern.span, kind);
        let top = self.at_main_top();
        if let Some(local) = self.f().local(index) {
            local.ty = ty;
            local.used |= top;
        }
    }

    fn assign(
        &mut self,
        place: &'a Expr<'a>,
        op: AssignOp,
        op_span: Span,
        value: &'a Expr<'a>,
        span: Span,
    ) {
        match &place.kind {
            ExprKind::Name(name) => self.assign_name(name, place, op, value, op_span),
            ExprKind::Field { .. } | ExprKind::Index { .. } | ExprKind::Each { .. } => {
                self.assign_path(place, op, value, span);
            }
            ExprKind::Error => {}
            _ => {
                self.not_a_place(place);
                self.expr(value, Want::Nothing);
            }
        }
    }

    pub(super) fn not_a_place(&mut self, place: &'a Expr<'a>) {
        self.report(
            Diagnostic::error("not-a-place", place.span, "this cannot be assigned to")
                .here("not a variable or a path into one")
                .help("assign to a `var`, or to a path that begins with one, as in `order.items[0].qty = 2`"),
        );
    }

    fn assign_name(
        &mut self,
        name: &str,
        place: &'a Expr<'a>,
        op: AssignOp,
        value: &'a Expr<'a>,
        op_span: Span,
    ) {
        match self.place(name, place.span) {
            None => {
                if op != AssignOp::Method {
                    self.expr(value, Want::Nothing);
                }
            }
            Some(Place::Register(reg, local)) => {
                self.assign_register(reg, name, place, op, value, op_span);
                if self.f().local(local).is_none_or(|local| local.ty.is_none()) {
                    return;
                }
                let ty = match op {
                    AssignOp::Set => self.type_of(value),
                    AssignOp::Method => return,
                    AssignOp::Binary(op) if op != BinaryOp::Div => self.type_of(value),
                    _ => None,
                };
                if let Some(local) = self.f().local(local)
                    && local.ty != ty
                {
                    local.ty = None;
                }
            }
            Some(Place::Slot(slot)) => {
                let reg = self.temporary();
                if op != AssignOp::Set {
                    self.emit(Op::GetSlot { dst: reg, slot }, place.span);
                }
                self.assign_register(reg, name, place, op, value, op_span);
                self.emit(Op::SetSlot { slot, src: reg }, place.span);
            }
        }
    }

    fn assign_register(
        &mut self,
        reg: Reg,
        name: &str,
        place: &'a Expr<'a>,
        op: AssignOp,
        value: &'a Expr<'a>,
        op_span: Span,
    ) {
        match op {
            AssignOp::Set => {
                if let Some(parts) = self.appended(name, reg, value) {
                    for part in parts {
                        self.scratch(|c| c.update(BinaryOp::Add, reg, part, op_span));
                    }
                } else {
                    self.expr(value, Want::To(reg));
                }
            }
            AssignOp::Binary(op) => self.update(op, reg, value, place.span.to(value.span)),
            AssignOp::Coalesce => {
                let end = self.f().label();
                self.emit(Op::JumpNotNull { a: reg, target: end.0 }, place.span);
                self.expr(value, Want::To(reg));
                self.f().place(end);
            }
            AssignOp::Method => self.assign_method(reg, place, value),
        }
    }

    /// `x = x + a + b` as appending `a`, then `b`: nobody can see the steps between.
    fn appended(&mut self, name: &str, reg: Reg, value: &'a Expr<'a>) -> Option<Vec<&'a Expr<'a>>> {
        if self.f().tries > 0 || !self.f().is_named(reg) {
            return None;
        }
        let sum = |e: &'a Expr<'a>| match &e.kind {
            ExprKind::Binary { op: BinaryOp::Add, sides, .. } => Some(*sides),
            _ => None,
        };
        let added = std::iter::successors(sum(value), |(left, _)| sum(left));
        // Two parts at least.
        added.clone().nth(1)?;
        let first = added.clone().last().map(|(first, _)| &first.kind);
        if !matches!(first, Some(ExprKind::Name(first)) if *first == name) {
            return None;
        }
        let mut parts: Vec<&Expr> = added.map(|(_, right)| right).collect();
        if parts.iter().any(|part| check::mentions(part, name)) {
            return None;
        }
        parts.reverse();
        Some(parts)
    }

    /// `reg = reg op value`
    fn update(&mut self, op: BinaryOp, reg: Reg, value: &'a Expr<'a>, span: Span) {
        if let Some(k) = self.operand_constant(op, value) {
            let op = super::operator::binary_constant(op, reg, reg, k);
            return self.emit(op, span);
        }
        let a = if check::may_assign(value) {
            let copy = self.temporary();
            self.emit(Op::Copy { dst: copy, src: reg }, span);
            copy
        } else {
            reg
        };
        let b = self.operand(value);
        self.emit(super::operator::binary(op, reg, a, b), span);
    }

    fn while_(&mut self, condition: &'a Expr<'a>, body: &'a Block<'a>) {
        let [start, next, exit] = [self.f().label(), self.f().label(), self.f().label()];
        self.emit(Op::Jump { target: next.0 }, condition.span);
        self.f().place(start);
        self.f().loops.push(Some(Loop { exit, next }));
        let site = self.enter_site(SiteKind::While, condition.span, Want::Nothing);
        self.block(body, Want::Nothing);
        self.f().loops.pop();
        self.f().place(next);
        self.judge(site, condition, start, true);
        self.close(site);
        self.f().place(exit);
    }

    /// A loop over the elements of `iterable`. `leavable`: `break` and `continue` mean this loop.
    pub(super) fn iterate(
        &mut self,
        pattern: &'a Pattern<'a>,
        iterable: &'a Expr<'a>,
        leavable: bool,
        body: &mut dyn FnMut(&mut Self),
    ) {
        let exit = self.f().label();
        let next = self.f().label();
        let span = iterable.span;
        let around = |c: &mut Self, body: &mut dyn FnMut(&mut Self)| {
            c.f().loops.push(leavable.then_some(Loop { exit, next }));
            body(c);
            c.f().loops.pop();
        };
        let plain = matches!(pattern.kind, PatternKind::Bind(_) | PatternKind::Wildcard);
        if let ExprKind::Range { start: Some(start), end: Some(end), inclusive } =
            &check::bare(iterable).kind
            && plain
        {
            let base = self.f().allocate(3);
            self.expr(start, Want::To(base));
            self.expr(end, Want::To(base.saturating_add(1)));
            self.f().open_scope();
            let var = self.temporary();
            self.emit(Op::RangePrep { base, var, inclusive: *inclusive, target: exit.0 }, span);
            let start = self.f().placed();
            self.bind(pattern, var);
            let site = self.open_turn(pattern, span, var);
            around(self, body);
            self.close(site);
            self.close_scope();
            self.f().place(next);
            self.emit(Op::RangeNext { base, var, target: start.0 }, span);
            return self.f().place(exit);
        }
        let iter = self.f().allocate(3);
        self.expr(iterable, Want::To(iter));
        self.emit(Op::IterPrep { iter, src: iter }, span);
        self.f().place(next);
        self.f().open_scope();
        let target = exit.0;
        let mut element = NONE;
        if let PatternKind::Vec { items, rest: None } = &pattern.kind
            && let [first, second] = &items[..]
            && [first, second]
                .iter()
                .all(|p| matches!(p.kind, PatternKind::Bind(_) | PatternKind::Wildcard))
        {
            let a = self.f().allocate(2);
            let b = a.saturating_add(1);
            self.emit(Op::IterPair { iter, a, b, target }, pattern.span.to(span));
            self.emit(Op::IterSeqPair { iter, a, b, target }, pattern.span.to(span));
            self.bind(first, a);
            self.bind(second, b);
        } else {
            let dst = self.temporary();
            self.emit(Op::IterNext { iter, dst, target }, span);
            self.emit(Op::IterSeq { iter, dst, target }, span);
            if plain {
                self.bind(pattern, dst);
                element = dst;
            } else {
                self.destructure(pattern, dst, LocalKind::Pattern);
            }
        }
        let site = self.open_turn(pattern, span, element);
        around(self, body);
        self.close(site);
        self.close_scope();
        self.emit(Op::Jump { target: next.0 }, span);
        self.f().place(exit);
    }

    /// Declares the name of a plain pattern for a register.
    fn bind(&mut self, pattern: &'a Pattern<'a>, reg: Reg) {
        if let PatternKind::Bind(name) = &pattern.kind {
            self.declare(name, reg, pattern.span, LocalKind::Pattern);
        }
    }

    fn assert(&mut self, condition: &'a Expr<'a>, message: Option<&'a Expr<'a>>, span: Span) {
        let holds = self.f().label();
        let site = self.open(SiteKind::Assert, condition.span, Want::Nothing);
        self.leaves();
        let (mut left, mut right) = (NONE, NONE);
        match &check::bare(condition).kind {
            ExprKind::Compare { first, rest } if rest.len() == 1 => {
                let Some((op, _, second)) = rest.first() else { return };
                (left, right) = self.operands(first, second, None);
                self.seen(first, left);
                self.seen(second, right);
                self.assert_compare(*op, left, right, holds, condition.span);
            }
            _ => self.condition(condition, holds, true),
        }
        self.verdict(site, false, condition.span);
        let text = match message {
            Some(message) => {
                let text = self.temporary();
                self.expr(message, Want::To(text));
                text
            }
            None => NONE,
        };
        self.emit(Op::AssertFail { message: text, left, right }, span);
        self.f().place(holds);
        self.verdict(site, true, condition.span);
        self.close(site);
    }

    fn assert_compare(&mut self, op: CompareOp, a: Reg, b: Reg, holds: Label, span: Span) {
        match op {
            CompareOp::In | CompareOp::NotIn => {
                let dst = self.temporary();
                self.emit(Op::In { dst, a, b }, span);
                let target = holds.0;
                self.emit(
                    match op {
                        CompareOp::In => Op::JumpIf { a: dst, target },
                        _ => Op::JumpIfNot { a: dst, target },
                    },
                    span,
                );
            }
            _ => self.emit(super::condition::jump_compare(op, a, b, holds), span),
        }
    }
}

#[cold]
fn unused(what: &str, name: &str, span: Span) -> Diagnostic {
    Diagnostic::warning("unused-name", span, format!("{what} `{name}` is never used"))
        .here("declared here")
        .help(format!("remove it, or call it `_{name}` if that is intended"))
}
