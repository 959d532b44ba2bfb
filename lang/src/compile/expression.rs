//! Expressions: where their values go, operators, conditions, control flow.
//!
//! [`Compiler::expr`] writes its destination only when no part of the expression can read it any more: where the destination is the
//! register of a name and the expression may write early, it goes through a temporary.

use super::builder::Label;
use super::resolve::Found;
use super::{Compiler, Want, check, constant};
use crate::ast::{
    BinaryOp, CompareOp, Expr, ExprKind, FormatPart, LogicOp, Name, Number, Type, TypeKind, UnaryOp,
};
use crate::bytecode::{BUILTIN_TYPES, Const, Idx, NONE, Op, Reg, SiteKind, TypeTest};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::{descend, spell};

/// As many values at once go into one instruction that builds something; more are added bit by bit.
pub(super) const CHUNK: usize = 128;

impl<'a> Compiler<'a> {
    /// Compiles an expression.
    pub(super) fn expr(&mut self, e: &'a Expr, want: Want) {
        descend(e.height, || {
            if let Want::To(dst) = want
                && self.f().is_named(dst)
                && !writes_late(e)
            {
                return self.scratch(|c| {
                    let value = c.temporary();
                    c.inner(e, Want::To(value));
                    c.emit(Op::Move { dst, src: value }, e.span);
                });
            }
            match self.options.trace {
                true => self.with_parts(e, want, |c| c.inner(e, want)),
                false => self.inner(e, want),
            }
        });
    }

    fn inner(&mut self, e: &'a Expr, want: Want) {
        let span = e.span;
        match &e.kind {
            ExprKind::Null => self.null(want, span),
            ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Str(_) => {
                if let Some(value) = constant::fold(e) {
                    self.constant(value, want, span);
                }
            }
            ExprKind::Format(parts) => self.format(parts, want, span),
            ExprKind::Name(name) => {
                let found = self.resolve(name, span);
                match (found, want) {
                    (_, Want::Nothing) => {}
                    (Found::Register { reg, .. }, Want::Return) => {
                        self.emit(Op::Return { src: reg }, span);
                    }
                    (found, want) => {
                        let root = std::mem::take(&mut self.root);
                        let slot = matches!(found, Found::Slot { import: false, .. });
                        if let (Found::Register { reg, .. }, false) = (&found, root) {
                            self.note_share(span, *reg);
                        }
                        self.value(want, span, |c, dst| {
                            c.load(found, name, dst, span);
                            if slot && !root {
                                c.note_path(name, span, dst, NONE);
                            }
                        });
                    }
                }
            }
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
                self.value(want, span, |c, dst| {
                    c.scratch(|c| {
                        let base = c.f().allocate(2);
                        let mut flags = u16::from(*inclusive) * 4;
                        let mut items = Vec::new();
                        if let Some(start) = start {
                            items.push((base, &**start));
                            flags |= 1;
                        }
                        if let Some(end) = end {
                            items.push((base.saturating_add(1), &**end));
                            flags |= 2;
                        }
                        c.fill(&items);
                        c.emit(Op::Range { dst, base, flags }, span);
                    });
                });
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
            ExprKind::Binary { op, sides, .. } => {
                let (left, right) = &**sides;
                if let Some(value) = constant::fold(e) {
                    return self.constant(value, want, span);
                }
                self.value(want, span, |c, dst| {
                    c.scratch(|c| c.binary(*op, left, right, dst, span));
                });
            }
            ExprKind::Compare { first, rest } => {
                self.value(want, span, |c, dst| c.scratch(|c| c.compare(first, rest, dst)));
            }
            ExprKind::Logic { op, sides, .. } => {
                self.logic(*op, &sides.0, &sides.1, want, span);
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
            ExprKind::Field { .. } | ExprKind::Index { .. } | ExprKind::Each { .. } => {
                self.value(want, span, |c, dst| c.read_path(e, dst));
            }
            ExprKind::Call { callee, arguments } => {
                let arguments = arguments.iter().map(super::arguments::Arg::from).collect();
                self.call(callee, arguments, want, span);
            }
            ExprKind::With { base, items, .. } => {
                self.value(want, span, |c, dst| {
                    c.expr(base, Want::To(dst));
                    c.with_items(items, dst);
                });
            }
            ExprKind::Getter(name) => {
                self.value(want, span, |c, dst| c.getter(name, dst, span));
            }
            ExprKind::If { arms, otherwise } => {
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
            ExprKind::Match { subject, arms } => self.match_(subject, arms, want),
            ExprKind::Try { body, pattern, handler } => {
                self.try_(body, pattern, handler, want, span);
            }
            ExprKind::Do(block) => self.block(block, want),
            ExprKind::Function(function) => {
                self.value(want, span, |c, dst| c.closure("closure".into(), function, dst));
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

    /// Lets a step compute a value in a register that suits what is wanted.
    pub(super) fn value(&mut self, want: Want, span: Span, step: impl FnOnce(&mut Self, Reg)) {
        match want {
            Want::To(dst) => step(self, dst),
            Want::Return => self.scratch(|c| {
                let src = c.temporary();
                step(c, src);
                c.emit(Op::Return { src }, span);
            }),
            Want::Nothing => self.scratch(|c| {
                let dst = c.temporary();
                step(c, dst);
            }),
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
    pub(super) fn register_of(&mut self, e: &'a Expr) -> Option<Reg> {
        match &check::bare(e).kind {
            ExprKind::Name(name) => self.register_named(name),
            _ => None,
        }
    }

    /// A register that holds the value, to be read only; a name's own where possible.
    pub(super) fn operand(&mut self, e: &'a Expr) -> Reg {
        if let Some(reg) = self.register_of(e) {
            self.note_share(check::bare(e).span, reg);
            return reg;
        }
        let reg = self.temporary();
        self.expr(e, Want::To(reg));
        reg
    }

    /// The registers of two operands. The first may be computed in `hint`, the destination.
    pub(super) fn operands(
        &mut self,
        left: &'a Expr,
        right: &'a Expr,
        hint: Option<Reg>,
    ) -> (Reg, Reg) {
        let own = self.register_of(left);
        self.operands_from(own, left, right, hint)
    }

    /// The same, where it is known in which register the first has its value, if it is a name.
    fn operands_from(
        &mut self,
        own: Option<Reg>,
        left: &'a Expr,
        right: &'a Expr,
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
    pub(super) fn operand_constant(&mut self, op: BinaryOp, right: &'a Expr) -> Option<Idx> {
        let constant = constant::scalar(right)?;
        let fits = match constant {
            Const::Int(_) | Const::Float(_) | Const::Decimal(_) => {
                !matches!(op, BinaryOp::Pow | BinaryOp::Union | BinaryOp::Intersect)
            }
            Const::Str(_) => op == BinaryOp::Add,
            _ => false,
        };
        fits.then(|| self.f().constant(constant))
    }

    fn binary(&mut self, op: BinaryOp, left: &'a Expr, right: &'a Expr, dst: Reg, span: Span) {
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

    fn compare(&mut self, first: &'a Expr, rest: &'a [(CompareOp, Span, Expr)], dst: Reg) {
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

    fn logic(&mut self, op: LogicOp, left: &'a Expr, right: &'a Expr, want: Want, span: Span) {
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
        left: &'a Expr,
        right: &'a Expr,
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

    fn format(&mut self, parts: &'a [FormatPart], want: Want, span: Span) {
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
                            let format = c.f().format(spec.clone());
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

    fn getter(&mut self, name: &'a Name, dst: Reg, span: Span) {
        let prototype = self.reserve_prototype();
        let mut builder = super::Builder::new("closure".into(), span, None);
        builder.parameter("x".into());
        let key = builder.text(&name.text);
        let field = if self.options.trace { builder.allocate(1) } else { 0 };
        builder.emit(Op::Field { dst: field, a: 0, name: key }, name.span);
        if self.options.trace {
            builder.note_field(span, field);
        }
        builder.emit(Op::Return { src: field }, span);
        self.complete(builder, 0, prototype);
        self.emit(Op::Closure { dst, prototype, base: 0, count: 0 }, span);
    }

    fn return_(&mut self, value: Option<&'a Expr>, span: Span) {
        if self.in_main && self.functions.len() == 1 {
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
                } else if self.functions.len() > 1 || !self.in_main {
                    finding = finding.help(
                        "a loop around a function cannot be left from inside it; use `return`",
                    );
                }
                self.report(finding);
            }
        }
    }

    /// A type as something `is` can test; others are reported.
    pub(super) fn type_test(&mut self, ty: &'a Type) -> Idx {
        let test = self.test_of(ty);
        self.f().type_test(test)
    }

    fn test_of(&mut self, ty: &'a Type) -> TypeTest {
        match &ty.kind {
            TypeKind::Name(path) => match &path[..] {
                [name] if name.text == "Any" => TypeTest::Any,
                [name]
                    if BUILTIN_TYPES.contains(&name.text.as_str())
                        || self.options.scope.object_type(&name.text) =>
                {
                    TypeTest::Named(name.text.clone())
                }
                _ => {
                    let text = self.source.slice(ty.span).to_owned();
                    self.report(unknown_type(&text, ty.span));
                    TypeTest::Any
                }
            },
            TypeKind::Literal(literal) => TypeTest::Literal(literal.clone()),
            TypeKind::Optional(inner) => {
                let inner = descend(inner.height, || self.test_of(inner));
                TypeTest::Union(vec![inner, TypeTest::Named("Null".into())])
            }
            TypeKind::Union(types) => TypeTest::Union(
                types.iter().map(|ty| descend(ty.height, || self.test_of(ty))).collect(),
            ),
            TypeKind::Error => TypeTest::Any,
            _ => {
                self.report(
                    Diagnostic::error("not-yet", ty.span, "types of this form cannot be tested yet")
                        .here("only names of built-in types, literals, `T?` and unions can")
                        .help("test the outer type, and the parts with `all`, as in `xs is Vec and xs.all(|x| x is Int)`"),
                );
                TypeTest::Any
            }
        }
    }
}

fn unknown_type(text: &str, span: Span) -> Diagnostic {
    let finding = Diagnostic::error("not-yet", span, format!("`{text}` is not a built-in type"))
        .here("types of your own cannot be declared yet");
    let habit = match text {
        "String" | "str" | "string" | "Text" => Some("Str"),
        "Integer" | "int" | "i64" | "Number" | "number" => Some("Int"),
        "float" | "Double" | "double" | "f64" => Some("Float"),
        "bool" | "Boolean" | "boolean" => Some("Bool"),
        "List" | "Array" | "list" | "array" | "Tuple" => Some("Vec"),
        "Dict" | "dict" | "Object" | "object" | "HashMap" => Some("Map"),
        "None" | "Nil" | "null" | "nil" => Some("Null"),
        "Function" | "function" | "Closure" | "fn" => Some("Fn"),
        _ => None,
    };
    let near = match habit {
        Some(name) => Some(format!("did you mean `{name}`?")),
        None => spell::did_you_mean(text, BUILTIN_TYPES.iter().copied()),
    };
    match near {
        Some(near) => finding.help(near),
        None => {
            finding.help(format!("the built-in types are {} and Any", BUILTIN_TYPES.join(", ")))
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

/// The constant that a number literal stands for.
pub(super) fn number(number: &Number) -> Const {
    match number {
        Number::Int(n) => Const::Int(*n),
        Number::Big(n) => Const::Big(n.clone()),
        Number::Float(x) => Const::Float(*x),
        Number::Decimal(d) => Const::Decimal(d.clone()),
    }
}
