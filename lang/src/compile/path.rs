//! Paths: reading, updating and deleting places inside values, and `with`.
//!
//! An update evaluates the keys from left to right, then the value, then changes the root in one instruction, in place where the root is
//! unshared. `a.b .= push(x)` takes the part out of the root while the method runs, unless somebody could see the hole.

use super::arguments::Arg;
use super::resolve::{Found, Place};
use super::step::{Part, add_parts, parts, same_place};
use super::{Compiler, Want, check};
use crate::ast::{Argument, AssignOp, Expr, ExprKind, Name, WithItem};
use crate::bytecode::{Idx, NONE, Op, Reg, Step};
use crate::diagnostic::Diagnostic;
use crate::library::Member;
use crate::source::Span;
use smol_str::SmolStr;

/// A part of a value, to be read when everything else is evaluated.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlaceRead {
    root: Reg,
    /// `None`: the root itself, which is given up.
    path: Option<(Idx, Reg)>,
    /// Leave a hole.
    take: bool,
    span: Span,
}

impl PlaceRead {
    pub(super) fn register(root: Reg, span: Span) -> Self {
        PlaceRead { root, path: None, take: true, span }
    }
}

impl<'a> Compiler<'a> {
    /// `root.a[b][*].c` as a value.
    pub(super) fn read_path(&mut self, e: &'a Expr<'a>, dst: Reg) {
        let first = self.steps.len();
        let root = add_parts(e, &mut self.steps);
        self.scratch(|c| c.read_steps(e, root, first, dst));
        self.steps.truncate(first);
    }

    /// Reads the steps from the first on, which are the last ones of the list.
    fn read_steps(&mut self, e: &'a Expr<'a>, root: &'a Expr<'a>, first: usize, dst: Reg) {
        let steps = self.steps.get(first..).unwrap_or_default();
        let assigned = steps.iter().any(|s| matches!(s, Part::Index(i, _) if check::may_assign(i)));
        let until = self.steps.len();
        let mut at = first;
        let named = self.f().is_named(dst);
        let own = self.register_of(root);
        let mut from = match own {
            Some(reg) if !assigned => reg,
            _ => {
                let reg = if named { self.temporary() } else { dst };
                match self.module_member(root, self.steps.get(first).copied(), reg) {
                    Some(()) => {
                        at += 1;
                        if at == until && reg != dst {
                            self.emit(Op::Move { dst, src: reg }, e.span);
                        }
                    }
                    None => {
                        self.root = matches!(root.kind, ExprKind::Name(_));
                        self.expr(root, Want::To(reg));
                        self.root = false;
                    }
                }
                reg
            }
        };
        let mut several = false;
        while at < until
            && let Some(&step) = self.steps.get(at)
        {
            at += 1;
            let to = if at == until || !named {
                dst
            } else if self.f().is_named(from) {
                self.temporary()
            } else {
                from
            };
            self.read_step(step, from, to, several);
            several |= step.selects();
            from = to;
        }
        if let ExprKind::Name(name) = &root.kind {
            let kept = own.filter(|reg| !assigned && *reg != dst).unwrap_or(NONE);
            self.note_path(name, e.span, dst, kept);
        }
    }

    fn read_step(&mut self, step: Part<'a>, a: Reg, dst: Reg, several: bool) {
        match step {
            Part::Field(name, optional) => {
                let key = self.f().text(name.text);
                let op = if several {
                    Op::EachField { dst, a, name: key, optional }
                } else {
                    match optional {
                        true => Op::FieldOpt { dst, a, name: key },
                        false => Op::Field { dst, a, name: key },
                    }
                };
                self.emit(op, name.span);
            }
            Part::Index(index, optional) => self.scratch(|c| {
                let b = c.operand(index);
                let op = match (several, optional) {
                    (true, optional) => Op::EachIndex { dst, a, b, optional },
                    (false, true) => Op::IndexOpt { dst, a, b },
                    (false, false) => Op::Index { dst, a, b },
                };
                c.emit(op, index.span);
            }),
            Part::Each(span) => {
                self.emit(
                    if several { Op::EachEach { dst, a } } else { Op::Each { dst, a } },
                    span,
                );
            }
        }
    }

    /// `math.pi`, `math.sqrt`: the first step into a built-in module.
    fn module_member(
        &mut self,
        root: &'a Expr<'a>,
        step: Option<Part<'a>>,
        dst: Reg,
    ) -> Option<()> {
        let (ExprKind::Name(module), Some(Part::Field(name, _))) = (&root.kind, step) else {
            return None;
        };
        let members = self.options.scope.module(module)?;
        if self.user_name(module, root.span).is_some() {
            return None;
        }
        let full: SmolStr = format!("{module}.{}", name.text).into();
        let span = root.span.to(name.span);
        match members.get(name.text) {
            Some(Member::Constant) => {
                let native = self.native(&full);
                self.scratch(|c| {
                    let base = c.temporary();
                    c.emit(Op::CallNative { dst, base, argc: 0, native }, span);
                });
            }
            Some(Member::Function(_)) => {
                let native = self.native(&full);
                self.emit(Op::Native { dst, native }, span);
            }
            None => self.unknown_member(module, name),
        }
        Some(())
    }

    /// `place = value` and the like, where the place has steps.
    pub(super) fn assign_path(
        &mut self,
        place: &'a Expr<'a>,
        op: AssignOp,
        value: &'a Expr<'a>,
        span: Span,
    ) {
        let (root, steps) = parts(place);
        let Some((reg, slot)) = self.root(root) else {
            if op != AssignOp::Method {
                self.expr(value, Want::Nothing);
            }
            return;
        };
        let take = self.f().tries == 0 && slot.is_none();
        self.update_path(reg, place, &steps, op, value, span, take);
        if let Some(slot) = slot {
            self.emit(Op::SetSlot { slot, src: reg }, root.span);
        }
    }

    pub(super) fn delete(&mut self, place: &'a Expr<'a>, span: Span) {
        let (root, steps) = parts(place);
        if steps.is_empty() {
            let mut finding = Diagnostic::error(
                "not-a-place",
                place.span,
                "only a part of a value can be deleted",
            )
            .here("not a path");
            if let ExprKind::Name(name) = &root.kind {
                finding = finding.help(format!("to delete a key, write `delete {name}.key`; to forget the value, `{name} = null`"));
            }
            return self.report(finding);
        }
        let Some((reg, slot)) = self.root(root) else { return };
        let (path, base) = self.keys(reg, &steps, None);
        self.emit(Op::DeletePath { root: reg, path, base }, span);
        if let Some(slot) = slot {
            self.emit(Op::SetSlot { slot, src: reg }, root.span);
        }
    }

    /// The register of a variable whose parts are updated; at the REPL a copy, and the slot to put it back to.
    fn root(&mut self, root: &'a Expr<'a>) -> Option<(Reg, Option<Idx>)> {
        match &root.kind {
            ExprKind::Name(name) => match self.place(name, root.span)? {
                Place::Register(reg, _) => Some((reg, None)),
                Place::Slot(slot) => {
                    let dst = self.temporary();
                    self.emit(Op::GetSlot { dst, slot }, root.span);
                    Some((dst, Some(slot)))
                }
            },
            ExprKind::Error => None,
            _ => {
                self.not_a_place(root);
                None
            }
        }
    }

    /// `with` items, applied to the value in a register that nothing else sees.
    pub(super) fn with_items(&mut self, items: &'a [WithItem<'a>], root: Reg) {
        for item in items {
            self.scratch(|c| match item {
                WithItem::Assign { path, op, value, .. } => {
                    let (_, steps) = parts(path);
                    c.update_path(root, path, &steps, *op, value, path.span.to(value.span), true);
                }
                WithItem::Delete { path, span } => {
                    let (_, steps) = parts(path);
                    let (path, base) = c.keys(root, &steps, None);
                    c.emit(Op::DeletePath { root, path, base }, *span);
                }
                WithItem::Error => {}
            });
        }
    }

    /// Evaluates the keys of a path into consecutive registers. `value` is evaluated after them.
    fn keys(&mut self, root: Reg, steps: &[Part<'a>], value: Option<&'a Expr<'a>>) -> (Idx, Reg) {
        let mut path = Vec::new();
        let mut keys = Vec::new();
        for step in steps {
            path.push(match *step {
                Part::Field(name, optional) => Step::Field { name: name.text.into(), optional },
                Part::Index(index, optional) => {
                    keys.push(index);
                    Step::Index { optional }
                }
                Part::Each(_) => Step::Each,
            });
        }
        let path = self.f().path(path);
        let assigned = value.is_some_and(check::may_assign)
            || keys.len() > 1 && keys.iter().any(|k| check::may_assign(k));
        if !assigned && let Some(base) = self.adjacent(root, &keys) {
            return (path, base);
        }
        let base = self.f().allocate(keys.len());
        let items: Vec<_> =
            keys.iter().enumerate().map(|(i, k)| (base.saturating_add(i as Reg), *k)).collect();
        self.fill(&items);
        (path, base)
    }

    /// The register of the first, if the keys are names whose registers happen to follow each other.
    fn adjacent(&mut self, root: Reg, keys: &[&'a Expr<'a>]) -> Option<Reg> {
        let base = self.register_of(keys.first()?)?;
        for (i, key) in keys.iter().enumerate() {
            let register = self.register_of(key)?;
            // The root is changed while the keys are read: it cannot be one of them.
            if register == root || register != base.checked_add(i as Reg)? {
                return None;
            }
        }
        // Captures are not where they will be until the function is finished, but they keep their order.
        Some(base)
    }

    /// One update of `root`. `take`: nobody can see the root if this fails half-way.
    #[allow(clippy::too_many_arguments, reason = "they describe one update")]
    fn update_path(
        &mut self,
        root: Reg,
        place: &'a Expr<'a>,
        steps: &[Part<'a>],
        op: AssignOp,
        value: &'a Expr<'a>,
        span: Span,
        take: bool,
    ) {
        let selects = steps.iter().any(Part::selects);
        match op {
            AssignOp::Set => {
                if !selects && let Some((name, arguments)) = self.own_update(place, value) {
                    return self.apply(root, steps, name, arguments, value, take);
                }
                let (path, base) = self.keys(root, steps, Some(value));
                let to = self.temporary();
                self.expr(value, Want::To(to));
                self.emit(Op::SetPath { root, path, base, value: to }, span);
            }
            AssignOp::Binary(op) => {
                let (path, base) = self.keys(root, steps, Some(value));
                let mut value = self.operand(value);
                if value == root {
                    value = self.temporary();
                    self.emit(Op::Copy { dst: value, src: root }, span);
                }
                self.emit(Op::UpdatePath { root, path, base, value, op }, span);
            }
            AssignOp::Coalesce if selects => {
                // What is missing at the end counts as null.
                let mut steps = steps.to_vec();
                if let Some(Part::Field(_, optional) | Part::Index(_, optional)) = steps.last_mut()
                {
                    *optional = true;
                }
                let (path, base) = self.keys(root, &steps, Some(value));
                let [function, argument] = [self.temporary(), self.temporary()];
                self.expr(value, Want::To(argument));
                let prototype = self.reserve_prototype();
                let mut builder = self.builder("closure", span);
                builder.parameter("it".into());
                let null = builder.label();
                builder.emit(Op::JumpNull { a: 0, target: null.0 }, span);
                builder.emit(Op::Return { src: 0 }, span);
                builder.place(null);
                let src = super::builder::capture_register(0);
                builder.emit(Op::Return { src }, span);
                self.complete(builder, 1, prototype);
                self.emit(Op::Closure { dst: function, prototype, base: argument, count: 1 }, span);
                self.emit(Op::MapPath { root, path, base, function }, span);
            }
            AssignOp::Coalesce => {
                let (path, base) = self.keys(root, steps, Some(value));
                let to = self.temporary();
                let end = self.f().label();
                self.emit(Op::GetPath { dst: to, root, path, base, lenient: true }, span);
                self.emit(Op::JumpNotNull { a: to, target: end.0 }, span);
                self.expr(value, Want::To(to));
                self.emit(Op::SetPath { root, path, base, value: to }, span);
                self.f().place(end);
            }
            AssignOp::Method => {
                let ExprKind::Call { callee, arguments } = &value.kind else {
                    return self.not_a_method_call(value);
                };
                let ExprKind::Name(name) = &callee.kind else {
                    return self.not_a_method_call(value);
                };
                let arguments = arguments.iter().map(Arg::from).collect();
                if selects {
                    self.map_method(root, steps, name, callee.span, arguments, value);
                } else {
                    let update = Update::Method(name, callee.span);
                    self.apply(root, steps, update, arguments, value, take);
                }
            }
        }
    }

    fn not_a_method_call(&mut self, value: &Expr) {
        self.report(
            Diagnostic::error("not-a-method-call", value.span, "`.=` takes a method call")
                .help("write the method and its arguments, as in `xs .= push(4)`"),
        );
    }

    /// `x .= method(arguments)` where `x` is a plain name.
    pub(super) fn assign_method(&mut self, reg: Reg, place: &'a Expr<'a>, value: &'a Expr<'a>) {
        let ExprKind::Call { callee, arguments } = &value.kind else {
            return self.not_a_method_call(value);
        };
        let ExprKind::Name(name) = &callee.kind else {
            return self.not_a_method_call(value);
        };
        let arguments = arguments.iter().map(Arg::from).collect();
        let receiver = if self.f().is_named(reg) {
            Arg::Value(place)
        } else {
            Arg::Place(PlaceRead::register(reg, place.span))
        };
        self.method_named(receiver, name, callee.span, arguments, reg, value.span);
    }

    fn method_named(
        &mut self,
        receiver: Arg<'a>,
        name: &str,
        name_span: Span,
        arguments: Vec<Arg<'a>>,
        dst: Reg,
        span: Span,
    ) {
        let name = Name { text: name, span: name_span };
        self.call_method(receiver, &name, arguments, false, Want::To(dst), span);
    }

    /// Whether `value` is a call that takes `place` itself as its receiver or first argument.
    fn own_update(
        &mut self,
        place: &'a Expr<'a>,
        value: &'a Expr<'a>,
    ) -> Option<(Update<'a>, Vec<Arg<'a>>)> {
        let ExprKind::Call { callee, arguments } = &value.kind else { return None };
        if arguments.iter().any(|a| matches!(a, Argument::Spread(_))) {
            return None;
        }
        let rest = |from: usize| arguments.iter().skip(from).map(Arg::from).collect();
        match &callee.kind {
            ExprKind::Field { parts, optional: false } if same_place(place, parts.0) => {
                Some((Update::Method(parts.1.text, parts.1.span), rest(0)))
            }
            ExprKind::Name(_) => match arguments.first() {
                Some(Argument::Value(first)) if same_place(place, first) => {
                    Some((Update::Function(callee), rest(1)))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// `root.path = f(root.path, arguments)`
    fn apply(
        &mut self,
        root: Reg,
        steps: &[Part<'a>],
        update: Update<'a>,
        arguments: Vec<Arg<'a>>,
        value: &'a Expr<'a>,
        take: bool,
    ) {
        let (path, base) = self.keys(root, steps, Some(value));
        let part = PlaceRead { root, path: Some((path, base)), take, span: value.span };
        let to = self.temporary();
        match update {
            Update::Method(name, span) => {
                self.method_named(Arg::Place(part), name, span, arguments, to, value.span);
            }
            Update::Function(callee) => {
                let mut all = vec![Arg::Place(part)];
                all.extend(arguments);
                self.call(callee, all, Want::To(to), value.span);
            }
        }
        self.emit(Op::SetPath { root, path, base, value: to }, value.span);
    }

    pub(super) fn read_place(&mut self, place: PlaceRead, dst: Reg) {
        let PlaceRead { root, path, take, span } = place;
        let op = match path {
            None if root == dst => return,
            None => Op::Move { dst, src: root },
            Some((path, base)) if take => Op::TakePath { dst, root, path, base },
            Some((path, base)) => Op::GetPath { dst, root, path, base, lenient: false },
        };
        self.emit(op, span);
    }

    /// `root.path .= method(arguments)` at each of several places.
    fn map_method(
        &mut self,
        root: Reg,
        steps: &[Part<'a>],
        name: &str,
        name_span: Span,
        arguments: Vec<Arg<'a>>,
        value: &'a Expr<'a>,
    ) {
        let span = value.span;
        let (path, base) = self.keys(root, steps, Some(value));
        let function = self.temporary();
        let spread = arguments.iter().any(|a| matches!(a, Arg::Spread(_)));
        let named: Vec<(&'a Name<'a>, &'a Expr<'a>)> = arguments
            .iter()
            .filter_map(|a| match a {
                Arg::Named(name, e) => Some((*name, *e)),
                _ => None,
            })
            .collect();
        let count = if spread { 2 } else { arguments.len() };
        let first = self.f().allocate(count);
        if spread {
            self.argument_vec(&arguments, first, span);
            self.argument_map(&named, first.saturating_add(1), span);
        } else {
            let values: Vec<_> = arguments
                .iter()
                .enumerate()
                .filter_map(|(i, a)| match a {
                    Arg::Value(e) | Arg::Named(_, e) => Some((first.saturating_add(i as Reg), *e)),
                    _ => None,
                })
                .collect();
            self.fill(&values);
        }
        let prototype = self.reserve_prototype();
        let mut builder = self.builder("closure", span);
        builder.parameter("it".into());
        let window = builder.allocate(2 + count);
        let receiver = window.saturating_add(1);
        builder.emit(Op::Move { dst: receiver, src: 0 }, span);
        for i in 0..count {
            let dst = receiver.saturating_add(1).saturating_add(i as Reg);
            builder.emit(Op::Move { dst, src: super::builder::capture_register(i) }, span);
        }
        let key = builder.text(name);
        let argc = count as u16 + 1;
        let at = name_span.to(span);
        let none = crate::bytecode::NONE;
        let op = if spread {
            Op::CallMethodSpread { dst: none, base: window, name: key }
        } else if named.is_empty() {
            Op::TailCallMethod { base: window, argc, name: key }
        } else {
            let names = named.iter().map(|(name, _)| name.text.into()).collect();
            let names = builder.name_list(names);
            Op::CallMethodNamed { dst: none, base: window, argc, name: key, names }
        };
        builder.emit(op, at);
        self.complete(builder, count, prototype);
        self.emit(Op::Closure { dst: function, prototype, base: first, count: count as Idx }, span);
        self.emit(Op::MapPath { root, path, base, function }, span);
    }

    /// The register of a name, if it has one in this function.
    pub(super) fn register_named(&mut self, name: &str) -> Option<Reg> {
        match self.local_register(name) {
            None => self.register_around(name),
            local => local,
        }
    }

    #[inline(never)]
    fn register_around(&mut self, name: &str) -> Option<Reg> {
        match self.in_registers(name)? {
            Found::Register { reg, .. } => Some(reg),
            _ => None,
        }
    }

    /// The register of a name that is declared in this function.
    #[inline(always)]
    pub(super) fn local_register(&mut self, name: &str) -> Option<Reg> {
        let local = self.function.locals.get_mut(name)?;
        local.used = true;
        Some(local.reg)
    }
}

/// What is done to a place.
#[derive(Debug, Clone, Copy)]
enum Update<'a> {
    Method(&'a str, Span),
    Function(&'a Expr<'a>),
}
