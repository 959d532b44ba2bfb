//! Patterns: `match`, destructuring, and the handlers of `try`.
//!
//! The registers of a pattern's names are allocated before its tests, so that alternatives can bind the same ones; the names
//! come into sight as they are bound.

use super::builder::{Label, LocalKind};
use super::module::names_of;
use super::{Compiler, HashMap, Want, check, expression};
use crate::ast::{Arm, Block, Expr, FieldPattern, Literal, Name, Pattern, PatternKind, TypeKind};
use crate::bytecode::{Bounds, Const, Op, Reg, SiteKind};
use crate::descend;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use smol_str::SmolStr;

/// Names of a pattern being compiled.
struct Bindings {
    names: Vec<(SmolStr, Reg, bool)>,
    kind: LocalKind,
}

/// What a part of a pattern looks at.
#[derive(Clone, Copy)]
enum Part {
    /// A value in a register.
    Register(Reg),
    /// An element of the Vec in a register.
    Element(Reg, i16),
}

impl<'a> Compiler<'a> {
    /// Binds the names of a pattern that must fit.
    pub(super) fn destructure(&mut self, pattern: &'a Pattern<'a>, reg: Reg, kind: LocalKind) {
        let fail = self.f().label();
        let mut bindings = self.bindings(pattern, kind);
        self.scratch(|c| c.pattern(pattern, Part::Register(reg), fail, &mut bindings));
        self.fail_at(fail, Op::PatternFail { a: reg }, pattern.span);
    }

    fn bindings(&mut self, pattern: &'a Pattern<'a>, kind: LocalKind) -> Bindings {
        let mut names = Vec::new();
        names_of(pattern, &mut names);
        let mut list: Vec<(SmolStr, Reg, bool)> = Vec::new();
        for (name, span) in names {
            match list.iter().any(|(n, ..)| *n == name) {
                true => {
                    let message = format!("the pattern binds `{name}` twice");
                    self.report(
                        Diagnostic::error("duplicate-name", span, message)
                            .here("bound again here")
                            .help("give one of them another name, and compare them in a guard: `if a == b`"),
                    );
                }
                false => {
                    let reg = self.temporary();
                    list.push((name, reg, false));
                }
            }
        }
        Bindings { names: list, kind }
    }

    /// Emits what happens when a pattern that must fit does not: out of the way where possible.
    fn fail_at(&mut self, fail: Label, op: Op, span: Span) {
        if self.f().tries == 0 {
            return self.f().later(fail, op, span);
        }
        let end = self.f().label();
        self.emit(Op::Jump { target: end.0 }, span);
        self.f().place(fail);
        self.emit(op, span);
        self.f().place(end);
    }

    fn bind_name(&mut self, name: &str, part: Part, span: Span, bindings: &mut Bindings) {
        let Some((_, dst, declared)) = bindings.names.iter_mut().find(|(n, ..)| n == name) else {
            return;
        };
        let dst = *dst;
        if !std::mem::replace(declared, true) {
            self.declare(name, dst, span, bindings.kind);
        }
        match part {
            Part::Register(src) => self.emit(Op::Copy { dst, src }, span),
            Part::Element(a, index) => self.emit(Op::Element { dst, a, index }, span),
        }
    }

    /// Tests a value and binds names; goes to `fail` when it does not fit.
    fn pattern(
        &mut self,
        pattern: &'a Pattern<'a>,
        part: Part,
        fail: Label,
        bindings: &mut Bindings,
    ) {
        descend(pattern.height, || self.pattern_inner(pattern, part, fail, bindings));
    }

    fn pattern_inner(
        &mut self,
        pattern: &'a Pattern<'a>,
        part: Part,
        fail: Label,
        bindings: &mut Bindings,
    ) {
        let span = pattern.span;
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Error => return,
            PatternKind::Bind(name) => return self.bind_name(name, part, span, bindings),
            _ => {}
        }
        let a = match part {
            Part::Register(reg) => reg,
            Part::Element(from, index) => {
                let dst = self.temporary();
                self.emit(Op::Element { dst, a: from, index }, span);
                dst
            }
        };
        let target = fail.0;
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Bind(_) | PatternKind::Error => {}
            PatternKind::Literal(Literal::Null) => self.emit(Op::JumpNotNull { a, target }, span),
            PatternKind::Literal(literal) => {
                let k = self.f().constant(literal_constant(literal));
                self.emit(Op::JumpNeK { a, k, target }, span);
            }
            PatternKind::Range { start, end, inclusive } => {
                let bounds = self.f().bounds(Bounds {
                    start: start.map(Into::into),
                    end: end.map(Into::into),
                    inclusive: *inclusive,
                });
                self.emit(Op::JumpUnlessWithin { a, bounds, target }, span);
            }
            PatternKind::Is(ty) => {
                let ty = self.type_test(ty);
                self.emit(Op::JumpUnlessIs { a, ty, target }, span);
            }
            PatternKind::As(inner, name) => {
                self.pattern(inner, Part::Register(a), fail, bindings);
                self.bind_name(name.text, Part::Register(a), name.span, bindings);
            }
            PatternKind::Or(alternatives) => {
                self.alternatives(alternatives, a, fail, bindings);
            }
            PatternKind::Vec { items, rest } => {
                self.vec_pattern(items, *rest, a, span, fail, bindings)
            }
            PatternKind::Map { fields, rest } => {
                self.map_pattern(fields, *rest, a, span, fail, bindings);
            }
        }
    }

    fn vec_pattern(
        &mut self,
        items: &'a [&'a Pattern<'a>],
        rest: Option<&'a (usize, Option<Name<'a>>)>,
        a: Reg,
        span: Span,
        fail: Label,
        bindings: &mut Bindings,
    ) {
        let len = items.len();
        if len > i16::MAX as usize {
            self.f().too_large = true;
            return;
        }
        self.emit(
            Op::JumpUnlessVec { a, len: len as u16, open: rest.is_some(), target: fail.0 },
            span,
        );
        let before = rest.map_or(len, |(at, _)| *at);
        for (i, item) in items.iter().enumerate() {
            let index = if i < before { i as i16 } else { i as i16 - len as i16 };
            self.scratch(|c| c.pattern(item, Part::Element(a, index), fail, bindings));
        }
        if let Some((at, Some(name))) = rest {
            self.scratch(|c| {
                let reg = c.temporary();
                let (from, drop) = (*at as u16, (len - at) as u16);
                c.emit(Op::VecRest { dst: reg, a, from, drop }, name.span);
                c.bind_moved(name.text, reg, name.span, bindings);
            });
        }
    }

    fn map_pattern(
        &mut self,
        fields: &'a [FieldPattern<'a>],
        rest: Option<&'a Option<Name<'a>>>,
        a: Reg,
        span: Span,
        fail: Label,
        bindings: &mut Bindings,
    ) {
        let empty = fields.is_empty() && rest.is_none();
        self.emit(Op::JumpUnlessMap { a, empty, target: fail.0 }, span);
        for field in fields {
            self.scratch(|c| {
                let dst = c.temporary();
                let name = c.f().text(field.key.text);
                match &field.default {
                    None => {
                        c.emit(Op::FieldOrJump { dst, a, name, target: fail.0 }, field.key.span);
                        c.note_taken(field.key.span, dst, a);
                    }
                    Some(default) => {
                        let [missing, found] = [c.f().label(), c.f().label()];
                        let target = missing.0;
                        c.emit(Op::FieldOrJump { dst, a, name, target }, field.key.span);
                        c.emit(Op::Jump { target: found.0 }, field.key.span);
                        c.f().place(missing);
                        c.expr(default, Want::To(dst));
                        c.f().place(found);
                    }
                }
                match &field.pattern.kind {
                    PatternKind::Bind(name) => {
                        c.bind_moved(name, dst, field.pattern.span, bindings)
                    }
                    _ => c.pattern(field.pattern, Part::Register(dst), fail, bindings),
                }
            });
        }
        if let Some(Some(name)) = rest {
            self.scratch(|c| {
                let dst = c.temporary();
                let keys = fields.iter().map(|f| f.key.text.into()).collect();
                let names = c.f().name_list(keys);
                c.emit(Op::MapRest { dst, a, names }, name.span);
                c.bind_moved(name.text, dst, name.span, bindings);
            });
        }
    }

    /// Binds a name to the value of a temporary, which is given up.
    fn bind_moved(&mut self, name: &str, src: Reg, span: Span, bindings: &mut Bindings) {
        let Some((_, dst, declared)) = bindings.names.iter_mut().find(|(n, ..)| n == name) else {
            return;
        };
        let dst = *dst;
        if !std::mem::replace(declared, true) {
            self.declare(name, dst, span, bindings.kind);
        }
        self.emit(Op::Move { dst, src }, span);
    }

    fn alternatives(
        &mut self,
        alternatives: &'a [&'a Pattern<'a>],
        a: Reg,
        fail: Label,
        bindings: &mut Bindings,
    ) {
        self.check_alternatives(alternatives);
        let fits = self.f().label();
        for (i, alternative) in alternatives.iter().enumerate() {
            let last = i + 1 == alternatives.len();
            match &alternative.kind {
                PatternKind::Literal(literal) if !last => {
                    let target = fits.0;
                    let op = match literal {
                        Literal::Null => Op::JumpNull { a, target },
                        literal => {
                            let k = self.f().constant(literal_constant(literal));
                            Op::JumpEqK { a, k, target }
                        }
                    };
                    self.emit(op, alternative.span);
                }
                _ => {
                    let next = if last { fail } else { self.f().label() };
                    self.scratch(|c| c.pattern(alternative, Part::Register(a), next, bindings));
                    if !last {
                        self.emit(Op::Jump { target: fits.0 }, alternative.span);
                        self.f().place(next);
                    }
                }
            }
        }
        self.f().place(fits);
    }

    fn check_alternatives(&mut self, alternatives: &'a [&'a Pattern<'a>]) {
        let names = |p: &Pattern| {
            let mut names = Vec::new();
            names_of(p, &mut names);
            let mut names: Vec<SmolStr> = names.into_iter().map(|(n, _)| n).collect();
            names.sort();
            names
        };
        let Some((first, rest)) = alternatives.split_first() else { return };
        let expected = names(first);
        for alternative in rest {
            let found = names(alternative);
            if found == expected {
                continue;
            }
            let odd = expected.iter().find(|n| !found.contains(n));
            let (name, has, lacks) = match (odd, found.iter().find(|n| !expected.contains(n))) {
                (Some(name), _) => (name, first.span, alternative.span),
                (None, Some(name)) => (name, alternative.span, first.span),
                (None, None) => continue,
            };
            self.report(
                Diagnostic::error(
                    "or-pattern-names",
                    lacks,
                    format!("this alternative does not bind `{name}`"),
                )
                .here(format!("no `{name}` here"))
                .label(has, format!("binds `{name}`"))
                .help(
                    "alternatives must bind the same names, since the arm uses them whichever fits",
                ),
            );
        }
    }

    pub(super) fn match_(&mut self, subject: &'a Expr<'a>, arms: &'a [Arm<'a>], want: Want) {
        self.check_arms(arms);
        self.scratch(|c| {
            let whole = c.open(SiteKind::Match, subject.span, want);
            let a = c.operand(subject);
            c.tell(whole, a, subject.span);
            let end = c.f().label();
            let covered = arms.iter().any(|arm| arm.guard.is_none() && irrefutable(arm.pattern));
            for (i, arm) in arms.iter().enumerate() {
                let next = c.f().label();
                let (index, of) = (i as u32, arms.len() as u32);
                let site = c.open(SiteKind::Arm { index, of }, arm.pattern.span, want);
                c.f().open_scope();
                let mut bindings = c.bindings(arm.pattern, LocalKind::Pattern);
                c.scratch(|c| c.pattern(arm.pattern, Part::Register(a), next, &mut bindings));
                if let Some(guard) = &arm.guard {
                    let guard = c.judged(SiteKind::Guard, guard, next, false, Want::Nothing);
                    c.close(guard);
                }
                c.verdict(site, true, arm.pattern.span);
                if want == Want::Nothing && !check::does_nothing(arm.body) {
                    c.check_discarded(arm.body);
                }
                c.expr(arm.body, want);
                c.close(site);
                c.close_scope();
                if want != Want::Return && !(covered && i + 1 == arms.len()) {
                    c.emit(Op::Jump { target: end.0 }, arm.span);
                }
                c.f().place(next);
            }
            if !covered {
                c.emit(Op::MatchFail { a }, subject.span);
            }
            c.close(whole);
            c.f().place(end);
        });
    }

    fn check_arms(&mut self, arms: &'a [Arm<'a>]) {
        let mut all: Option<Span> = None;
        let mut seen: HashMap<String, Span> = HashMap::default();
        let mut bools = [false; 2];
        for arm in arms {
            let unreachable = |why: Span, text: &str| {
                Diagnostic::warning(
                    "unreachable-arm",
                    arm.pattern.span,
                    "this arm is never reached",
                )
                .here("never reached")
                .label(why, text.to_owned())
            };
            if let Some(earlier) = all {
                self.report(
                    unreachable(earlier, "this fits everything")
                        .help("move it above that arm, or remove it"),
                );
                continue;
            }
            let literals: Vec<&Pattern> = match &arm.pattern.kind {
                PatternKind::Or(alternatives) => alternatives.to_vec(),
                _ => vec![arm.pattern],
            };
            for pattern in literals {
                let PatternKind::Literal(literal) = &pattern.kind else { continue };
                let key = format!("{:?}", literal_constant(literal));
                if let Some(earlier) = seen.get(&key) {
                    let mut finding = unreachable(*earlier, "this arm takes the same value");
                    if let Some(first) = finding.labels.first_mut() {
                        first.span = pattern.span;
                    }
                    self.report(finding);
                } else if arm.guard.is_none() {
                    seen.insert(key, pattern.span);
                }
                if let (Literal::Bool(value), None) = (literal, &arm.guard) {
                    bools[usize::from(*value)] = true;
                }
            }
            if arm.guard.is_none() && irrefutable(arm.pattern) {
                all = Some(arm.pattern.span);
            }
        }
        let only_bools = arms.iter().all(|arm| match &arm.pattern.kind {
            PatternKind::Literal(Literal::Bool(_)) => true,
            PatternKind::Or(alternatives) => alternatives
                .iter()
                .all(|p| matches!(p.kind, PatternKind::Literal(Literal::Bool(_)))),
            _ => false,
        });
        if let (true, [has_false, has_true], Some(last)) = (only_bools, bools, arms.last())
            && has_false != has_true
        {
            let missing = if has_true { "false" } else { "true" };
            self.report(
                Diagnostic::warning(
                    "missing-arm",
                    last.pattern.span,
                    format!("no arm fits `{missing}`"),
                )
                .here("the last arm")
                .help(format!("add an arm `{missing} => …`, or `_ => …` for everything else")),
            );
        }
    }

    pub(super) fn try_(
        &mut self,
        body: &'a Block<'a>,
        pattern: &'a Pattern<'a>,
        handler: &'a Block<'a>,
        want: Want,
        span: Span,
    ) {
        self.scratch(|c| {
            let result = match want {
                Want::Return => Want::To(c.temporary()),
                want => want,
            };
            let error = c.temporary();
            let done = c.f().label();
            let start = c.f().placed();
            c.f().tries += 1;
            descend(body.height, || c.block_with(body, result, false));
            c.f().tries -= 1;
            let end = c.f().placed();
            match (want, result) {
                (Want::Return, Want::To(src)) => c.emit(Op::Return { src }, span),
                _ => c.emit(Op::Jump { target: done.0 }, span),
            }
            let target = c.f().placed();
            c.f().handler(start, end, target, error);
            let site = c.open_with(SiteKind::Catch, pattern.span, want, error);
            c.f().open_scope();
            let other = c.f().label();
            let mut bindings = c.bindings(pattern, LocalKind::Pattern);
            c.scratch(|c| c.pattern(pattern, Part::Register(error), other, &mut bindings));
            c.block(handler, want);
            c.close(site);
            c.close_scope();
            if !irrefutable(pattern) {
                // An error that does not fit goes on.
                if want != Want::Return {
                    c.emit(Op::Jump { target: done.0 }, span);
                }
                c.f().place(other);
                c.emit(Op::Throw { src: error }, pattern.span);
            }
            c.f().place(done);
        });
    }
}

/// It fits every value.
fn irrefutable(pattern: &Pattern) -> bool {
    match &pattern.kind {
        PatternKind::Wildcard | PatternKind::Bind(_) | PatternKind::Error => true,
        PatternKind::As(inner, _) => descend(inner.height, || irrefutable(inner)),
        PatternKind::Or(alternatives) => {
            alternatives.iter().any(|p| descend(p.height, || irrefutable(p)))
        }
        PatternKind::Is(ty) => {
            matches!(&ty.kind, TypeKind::Name(path) if matches!(&path[..], [n] if n.text == "Any"))
        }
        _ => false,
    }
}

fn literal_constant(literal: &Literal) -> Const {
    match literal {
        Literal::Null => Const::Null,
        Literal::Bool(value) => Const::Bool(*value),
        Literal::Number(number) => expression::number(number),
        Literal::Str(text) => Const::Str((*text).into()),
    }
}
