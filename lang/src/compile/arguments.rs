//! The arguments of a call: into registers, and in the order of the parameters where these are known.
//!
//! Arguments that are plain names are copied last, so that what the other arguments read from them does not keep them shared.

use super::function::signature;
use super::path::PlaceRead;
use super::{Compiler, Want, check};
use crate::ast::{Argument, Expr, ExprKind, Function, Name, Parameter};
use crate::bytecode::{Op, Reg};
use crate::diagnostic::Diagnostic;
use crate::library::Signature;
use crate::source::Span;
use crate::spell;
use std::borrow::Cow;

/// An argument, or the receiver of a method.
#[derive(Debug, Clone, Copy)]
pub(super) enum Arg<'a> {
    Value(&'a Expr<'a>),
    Named(&'a Name<'a>, &'a Expr<'a>),
    Spread(&'a Expr<'a>),
    /// Read out of a path, after everything else.
    Place(PlaceRead),
}

impl<'a> From<&'a Argument<'a>> for Arg<'a> {
    fn from(argument: &'a Argument<'a>) -> Self {
        match argument {
            Argument::Value(e) => Arg::Value(e),
            Argument::Named(name, e) => Arg::Named(name, e),
            Argument::Spread(e) => Arg::Spread(e),
        }
    }
}

impl<'a> Arg<'a> {
    /// The expression it is the value of.
    pub(super) fn value(&self) -> Option<&'a Expr<'a>> {
        match self {
            Arg::Value(e) | Arg::Named(_, e) | Arg::Spread(e) => Some(*e),
            Arg::Place(_) => None,
        }
    }
}

/// What a call must give.
#[derive(Debug, Clone, Copy)]
pub(super) enum Takes<'a> {
    /// To a native.
    Native(&'a Signature),
    /// To a function of the program, whose name stands there.
    Own(&'a Function<'a>, Span),
}

impl<'a> Takes<'a> {
    /// How many parameters there are without the rest one, and whether there is one.
    fn count(&self) -> (usize, bool) {
        let (all, rest) = match self {
            Takes::Native(signature) => (signature.parameters.len(), signature.rest),
            Takes::Own(function, _) => {
                let parameters = &function.parameters;
                (parameters.len(), parameters.last().is_some_and(|p| p.rest))
            }
        };
        (all - usize::from(rest && all > 0), rest)
    }

    fn signature(&self) -> Cow<'a, Signature> {
        match self {
            Takes::Native(signature) => Cow::Borrowed(signature),
            Takes::Own(function, _) => Cow::Owned(signature(function)),
        }
    }

    /// Where the program declares it.
    fn place(&self) -> Option<Span> {
        match self {
            Takes::Native(_) => None,
            Takes::Own(_, place) => Some(*place),
        }
    }
}

impl<'a> Compiler<'a> {
    /// Puts values into registers. Plain names come last, if that cannot be noticed.
    pub(super) fn fill(&mut self, items: &[(Reg, &'a Expr<'a>)]) {
        self.fill_arguments(items.iter().map(|(reg, e)| (*reg, Arg::Value(e))));
    }

    pub(super) fn fill_arguments(&mut self, items: impl Iterator<Item = (Reg, Arg<'a>)> + Clone) {
        let values = items.clone().filter_map(|(_, arg)| arg.value());
        let mixed = values.clone().any(|e| self.register_of(e).is_some())
            && !values.clone().any(check::may_assign);
        let first = self.late.len();
        let mut places = Vec::new();
        for (reg, arg) in items {
            if let Arg::Place(place) = arg {
                places.push((reg, place));
            } else if let Some(e) = arg.value() {
                match if mixed { self.register_of(e) } else { None } {
                    Some(src) => self.late.push((reg, src, e.span)),
                    None => self.expr(e, Want::To(reg)),
                }
            }
        }
        let mut at = first;
        while let Some(&(dst, src, span)) = self.late.get(at) {
            self.note_share(span, src);
            self.emit(Op::Copy { dst, src }, span);
            at += 1;
        }
        self.late.truncate(first);
        for (dst, place) in places {
            self.read_place(place, dst);
        }
    }

    /// Compiles arguments of a call that is wrong, for the mistakes in them.
    pub(super) fn arguments_only(&mut self, arguments: &[Arg<'a>]) {
        for argument in arguments {
            if let Arg::Value(e) | Arg::Named(_, e) | Arg::Spread(e) = argument {
                self.scratch(|c| {
                    let reg = c.temporary();
                    c.expr(e, Want::To(reg));
                });
            }
        }
    }

    pub(super) fn named_arguments(
        &mut self,
        arguments: &[Arg<'a>],
    ) -> Vec<(&'a Name<'a>, &'a Expr<'a>)> {
        let mut named: Vec<(&'a Name<'a>, &'a Expr<'a>)> = Vec::new();
        for argument in arguments {
            match argument {
                Arg::Named(name, value) => {
                    if let Some((earlier, _)) = named.iter().find(|(n, _)| n.text == name.text) {
                        let earlier = earlier.span;
                        self.report(given_twice(name, earlier));
                    }
                    named.push((name, value));
                }
                Arg::Value(e) if !named.is_empty() => self.report(positional_after_named(e.span)),
                _ => {}
            }
        }
        named
    }

    /// Arguments one after the other above the base register; gives their number.
    pub(super) fn in_order(&mut self, arguments: &[Arg<'a>], base: Reg) -> u16 {
        self.in_turn(arguments.iter().copied(), arguments.len(), base)
    }

    /// So many one after the other above the base register; gives their number.
    pub(super) fn in_turn(
        &mut self,
        arguments: impl Iterator<Item = Arg<'a>> + Clone,
        count: usize,
        base: Reg,
    ) -> u16 {
        self.f().allocate(count);
        self.fill_arguments(arguments.enumerate().map(|(i, argument)| {
            let reg = base.saturating_add(1).saturating_add(i as Reg);
            (reg, argument)
        }));
        count as u16
    }

    /// Arguments in the order of the parameters, gaps marked as missing. Gives the number of registers, or nothing when the
    /// arguments do not fit, which is reported.
    pub(super) fn ordered(
        &mut self,
        takes: Takes<'a>,
        arguments: &[Arg<'a>],
        base: Reg,
        span: Span,
    ) -> Option<u16> {
        let plain = |argument: &Arg| matches!(argument, Arg::Value(_) | Arg::Place(_));
        let (fixed, rest) = takes.count();
        let given = arguments.len();
        if (given == fixed || rest && given > fixed) && arguments.iter().all(plain) {
            return Some(self.in_order(arguments, base));
        }
        let (signature, place) = (&*takes.signature(), takes.place());
        let explain = |c: &Self, finding: Diagnostic| {
            let finding = match place {
                Some(place) => finding.label(place, "declared here"),
                None => finding,
            };
            finding.help(format!("its parameters: `{}`", c.shown(signature, place)))
        };
        let mut given: Vec<Option<Arg<'a>>> = vec![None; fixed];
        let mut names: Vec<Option<Span>> = vec![None; fixed];
        let mut positional = 0;
        let mut after_named = false;
        for argument in arguments {
            match argument {
                Arg::Named(name, value) => {
                    after_named = true;
                    let parameters = signature.parameters.get(..fixed).unwrap_or_default();
                    let Some(i) = parameters.iter().position(|p| p.name == name.text) else {
                        let message = format!(
                            "`{}` has no parameter `{}`",
                            callee_name(&self.shown(signature, place)),
                            name.text
                        );
                        let mut finding = Diagnostic::error("unknown-argument", name.span, message)
                            .here("no parameter has this name");
                        let known =
                            parameters.iter().map(|p| p.name.as_str()).filter(|n| !n.is_empty());
                        if let Some(near) = spell::did_you_mean(name.text, known) {
                            finding = finding.help(near);
                        }
                        // `s:upper()` is a method elsewhere.
                        if let ExprKind::Call { callee, .. } = &value.kind
                            && let ExprKind::Name(method) = &callee.kind
                            && value.span.start == name.span.end + 1
                        {
                            finding = finding.help(format!(
                                "a method is called with `.`: `{}.{method}(…)`",
                                name.text
                            ));
                        }
                        self.report(explain(self, finding));
                        return None;
                    };
                    if given[i].is_some() {
                        let finding = match names[i] {
                            Some(earlier) => given_twice(name, earlier),
                            None => {
                                let message =
                                    format!("`{}` is given twice, by place and by name", name.text);
                                Diagnostic::error("duplicate-argument", name.span, message)
                                    .here("by name here")
                            }
                        };
                        self.report(explain(self, finding));
                        return None;
                    }
                    names[i] = Some(name.span);
                    given[i] = Some(*argument);
                }
                argument => {
                    if let (true, Arg::Value(e)) = (after_named, argument) {
                        self.report(positional_after_named(e.span));
                        return None;
                    }
                    match given.get_mut(positional) {
                        Some(place) => *place = Some(*argument),
                        None => given.push(Some(*argument)),
                    }
                    positional += 1;
                }
            }
        }
        if positional > fixed && !signature.rest {
            let surplus = positional - fixed;
            let finding = self.wrong_count(signature, place, positional, span).here(format!(
                "{surplus} argument{} too many",
                if surplus == 1 { "" } else { "s" }
            ));
            self.report(explain(self, finding));
            return None;
        }
        let missing: Vec<String> = signature
            .parameters
            .iter()
            .zip(&given)
            .filter(|(p, given)| !p.optional && given.is_none())
            .map(
                |(p, _)| {
                    if p.name.is_empty() { "a pattern".into() } else { format!("`{}`", p.name) }
                },
            )
            .collect();
        if !missing.is_empty() {
            let given = arguments.len();
            let finding = self.wrong_count(signature, place, given, span).here(format!(
                "{} missing: {}",
                if missing.len() == 1 { "argument" } else { "arguments" },
                missing.join(", ")
            ));
            self.report(explain(self, finding));
            return None;
        }
        self.f().allocate(given.len());
        let mut items = Vec::new();
        for (i, argument) in given.iter().enumerate() {
            let reg = base.saturating_add(1).saturating_add(i as Reg);
            match argument {
                Some(argument) => items.push((reg, *argument)),
                None => self.emit(Op::Drop { reg }, span),
            }
        }
        // As written: named arguments may stand in another order.
        items.sort_by_key(|(_, argument)| match argument {
            Arg::Value(e) | Arg::Named(_, e) | Arg::Spread(e) => arguments
                .iter()
                .position(|a| matches!(a, Arg::Value(x) | Arg::Named(_, x) | Arg::Spread(x) if std::ptr::eq(*x, *e)))
                .unwrap_or(0),
            Arg::Place(_) => usize::MAX,
        });
        self.fill_arguments(items.into_iter());
        Some(given.len() as u16)
    }

    fn wrong_count(
        &self,
        signature: &Signature,
        place: Option<Span>,
        given: usize,
        span: Span,
    ) -> Diagnostic {
        let fixed = fixed(signature);
        let required = signature.parameters.iter().take(fixed).filter(|p| !p.optional).count();
        let takes = match (required, signature.rest) {
            (0, false) if fixed == 0 => "no arguments".into(),
            (n, true) => format!("at least {}", arguments(n)),
            (n, false) if n == fixed => arguments(n),
            (n, false) => format!("{n} to {}", arguments(fixed)),
        };
        let message = format!(
            "`{}` takes {takes}, but {given} {} given",
            callee_name(&self.shown(signature, place)),
            if given == 1 { "is" } else { "are" }
        );
        Diagnostic::error("wrong-arguments", span, message)
    }

    /// A function with its parameters, as shown to people; `place` is that of its name, if the program declares it.
    fn shown(&self, signature: &Signature, place: Option<Span>) -> String {
        let Some((name, function)) = place.and_then(|place| self.declared_at(place)) else {
            return signature.text.clone();
        };
        let parameter = |p: &Parameter| {
            let rest = if p.rest { "..." } else { "" };
            let pattern = self.source.slice(p.pattern.span);
            let default = p.default.as_ref().map(|e| format!(" = {}", self.source.slice(e.span)));
            format!("{rest}{pattern}{}", default.unwrap_or_default())
        };
        let parameters: Vec<String> = function.parameters.iter().map(parameter).collect();
        format!("{}({})", name.text, parameters.join(", "))
    }
}

/// How many parameters there are without the rest one.
fn fixed(signature: &Signature) -> usize {
    signature.parameters.len() - usize::from(signature.rest && !signature.parameters.is_empty())
}

/// The name of a function that is [`shown`](Compiler::shown).
fn callee_name(shown: &str) -> &str {
    shown.split('(').next().unwrap_or("this function")
}

fn given_twice(name: &Name, earlier: Span) -> Diagnostic {
    let message = format!("the argument `{}` is given twice", name.text);
    Diagnostic::error("duplicate-argument", name.span, message)
        .here("given again here")
        .label(earlier, "first given here")
}

fn positional_after_named(span: Span) -> Diagnostic {
    Diagnostic::error(
        "positional-after-named",
        span,
        "an argument without a name follows a named one",
    )
    .here("which parameter is this for?")
    .help("put it before the named arguments, or name it too")
}

fn arguments(n: usize) -> String {
    if n == 1 { "1 argument".into() } else { format!("{n} arguments") }
}
