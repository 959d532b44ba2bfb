//! Calls: of functions, methods, module members, and through `|>`.
//!
//! Where the callee's parameters are known, the call is direct and its arguments are checked here.

use super::arguments::{Arg, Takes};
use super::path::PlaceRead;
use super::resolve::Found;
use super::{Compiler, Want, check, foreign};
use crate::ast::{Expr, ExprKind, Name};
use crate::bytecode::{Idx, NONE, Op, Reg};
use crate::diagnostic::Diagnostic;
use crate::library::Member;
use crate::source::Span;
use crate::spell;
use smol_str::SmolStr;

/// How a call is made.
#[derive(Debug, Clone, Copy)]
enum Target {
    /// The function stands in the base register.
    Value,
    /// The function stays in a register of its own.
    Kept(Reg),
    Function(Idx),
    Sibling(Idx),
    Native(Idx),
}

impl<'a> Compiler<'a> {
    pub(super) fn call(
        &mut self,
        callee: &'a Expr<'a>,
        arguments: Vec<Arg<'a>>,
        want: Want,
        span: Span,
    ) {
        let site = self.open_call(callee, &arguments, span, want);
        self.call_of(callee, arguments, want, span);
        if let Want::To(dst) = want {
            self.tell(site, dst, span);
        }
        self.close(site);
    }

    fn call_of(&mut self, callee: &'a Expr<'a>, arguments: Vec<Arg<'a>>, want: Want, span: Span) {
        match &callee.kind {
            ExprKind::Field { parts, optional } => {
                let (object, name) = parts;
                if let (ExprKind::Name(root), false) = (&object.kind, *optional) {
                    match self.user_name(root, object.span) {
                        Some(Found::Slot { import: true, .. }) => {
                            return self.call_value(callee, arguments, want, span);
                        }
                        Some(Found::Reported) => return self.arguments_only(&arguments),
                        Some(_) => self.check_shadowed_module(root, name, object.span),
                        None => {
                            if let Some(module) = self.options.scope.module(root) {
                                return self.call_member(
                                    root,
                                    module.get(name.text),
                                    name,
                                    arguments,
                                    want,
                                    span,
                                );
                            }
                        }
                    }
                }
                self.call_method(Arg::Value(object), name, arguments, *optional, want, span);
            }
            ExprKind::Name(name) => self.call_name(name, callee, arguments, want, span),
            _ => {
                if let Some(ty) = self.type_of(callee).filter(|ty| *ty != "Fn") {
                    self.report(not_a_function(callee.span, &check::article(ty)));
                    return self.arguments_only(&arguments);
                }
                self.call_value(callee, arguments, want, span);
            }
        }
    }

    /// `value |> call`
    pub(super) fn pipe(&mut self, value: &'a Expr<'a>, call: &'a Expr<'a>, want: Want, span: Span) {
        match &call.kind {
            ExprKind::Call { callee, arguments } => {
                let mut all = vec![Arg::Value(value)];
                all.extend(arguments.iter().map(Arg::from));
                self.call(callee, all, want, span);
            }
            ExprKind::Getter(name) => self.value(want, span, |c, dst| {
                c.scratch(|c| {
                    let a = c.operand(value);
                    let key = c.f().text(name.text);
                    c.emit(Op::Field { dst, a, name: key }, name.span);
                });
            }),
            ExprKind::Field { parts, .. } => {
                let object = &parts.0;
                let module = match &object.kind {
                    ExprKind::Name(root) => {
                        self.user_name(root, object.span).is_none()
                            && self.options.scope.module(root).is_some()
                    }
                    _ => false,
                };
                if module {
                    self.call(call, vec![Arg::Value(value)], want, span);
                } else {
                    self.call_value(call, vec![Arg::Value(value)], want, span);
                }
            }
            _ => self.call(call, vec![Arg::Value(value)], want, span),
        }
    }

    fn call_name(
        &mut self,
        name: &'a str,
        callee: &'a Expr<'a>,
        arguments: Vec<Arg<'a>>,
        want: Want,
        span: Span,
    ) {
        let scope = self.options.scope;
        let user_name = self.user_name(name, callee.span);
        let known = user_name.or_else(|| scope.function(name).map(Found::Builtin));
        if let (None, [Arg::Value(first), rest @ ..]) = (&known, &arguments[..])
            && scope.methods(name).is_some()
            && foreign::instead(name).is_none()
        {
            let receiver = match &first.kind {
                ExprKind::Unary { .. }
                | ExprKind::Binary { .. }
                | ExprKind::Logic { .. }
                | ExprKind::Compare { .. }
                | ExprKind::Pipe { .. }
                | ExprKind::Range { .. }
                | ExprKind::Function(_) => format!("({})", self.source.slice(first.span)),
                _ => self.source.slice(first.span).to_owned(),
            };
            let more = if rest.is_empty() { "" } else { "…" };
            let finding = Diagnostic::error(
                "unknown-name",
                callee.span,
                format!("there is no function `{name}`"),
            )
            .here("nothing in scope has this name")
            .help(format!("`{name}` is a method: did you mean `{receiver}.{name}({more})`?"));
            self.report(finding);
            return self.arguments_only(&arguments);
        }
        let found = known.unwrap_or_else(|| self.built_in(name, callee.span));
        match found {
            Found::Reported => self.arguments_only(&arguments),
            Found::Module(members) => {
                let message = format!("`{name}` is a module, not a function");
                let mut finding = Diagnostic::error("not-a-function", callee.span, message);
                if let Some(member) = members.keys().next() {
                    finding =
                        finding.help(format!("call one of its members, as in `{name}.{member}`"));
                }
                self.report(finding);
                self.arguments_only(&arguments);
            }
            Found::Register { ty: Some(ty), span: place, function: None, .. } if ty != "Fn" => {
                let mut finding =
                    not_a_function(callee.span, &format!("`{name}`, {},", check::article(ty)))
                        .label(place, "declared here");
                if self.options.scope.function(name).is_some() {
                    finding = finding
                        .help(format!("this name hides the built-in `{name}`; choose another one"));
                }
                self.report(finding);
                self.arguments_only(&arguments);
            }
            Found::Native => {
                let native = self.native(name);
                self.call_known(found, name, None, Target::Native(native), arguments, want, span);
            }
            Found::Builtin(signature) => {
                let native = self.native(name);
                let target = Target::Native(native);
                let known = Some(Takes::Native(signature));
                self.call_known(found, name, known, target, arguments, want, span);
            }
            Found::Function(index, function, place) => {
                let known = Some(Takes::Own(function, place));
                self.call_known(found, name, known, Target::Function(index), arguments, want, span);
            }
            Found::Sibling { prototype, span: place, function } => {
                let known = self.inner_function(Some(function)).map(|f| Takes::Own(f, place));
                let target = Target::Sibling(prototype);
                self.call_known(found, name, known, target, arguments, want, span);
            }
            Found::Register { span: place, function, .. } => {
                let known = self.inner_function(function).map(|f| Takes::Own(f, place));
                self.call_known(found, name, known, Target::Value, arguments, want, span);
            }
            Found::Slot { .. } => {
                self.call_known(found, name, None, Target::Value, arguments, want, span);
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "they describe one call")]
    /// A call of what a name was found to stand for. `known`: what it takes.
    fn call_known(
        &mut self,
        found: Found<'a>,
        name: &str,
        known: Option<Takes<'a>>,
        target: Target,
        arguments: Vec<Arg<'a>>,
        want: Want,
        span: Span,
    ) {
        // A name that no argument assigns need not be copied for the call. (A tail call gives up the frame it stands in.)
        let tail = want == Want::Return && self.f().tries == 0;
        let target = match (target, &found) {
            (Target::Value, Found::Register { reg, .. })
                if !tail && !arguments.iter().any(|a| a.value().is_some_and(check::may_assign)) =>
            {
                Target::Kept(*reg)
            }
            (target, _) => target,
        };
        self.scratch(|c| {
            let base = c.temporary();
            let spread = arguments.iter().any(|a| matches!(a, Arg::Spread(_)));
            let named = arguments.iter().any(|a| matches!(a, Arg::Named(..)));
            match known {
                Some(takes) if !spread => {
                    if matches!(target, Target::Value) {
                        c.load(found, name, base, span);
                    }
                    let Some(argc) = c.ordered(takes, &arguments, base, span) else {
                        return c.arguments_only(&arguments);
                    };
                    c.emit_call(target, base, argc, want, span);
                }
                None if !spread && !named => {
                    if matches!(target, Target::Value) {
                        c.load(found, name, base, span);
                    }
                    let argc = c.in_order(&arguments, base);
                    c.emit_call(target, base, argc, want, span);
                }
                _ => {
                    c.load(found, name, base, span);
                    c.call_loaded(base, &arguments, want, span);
                }
            }
        });
    }

    /// A call of whatever value an expression gives.
    fn call_value(
        &mut self,
        callee: &'a Expr<'a>,
        arguments: Vec<Arg<'a>>,
        want: Want,
        span: Span,
    ) {
        self.scratch(|c| {
            let base = c.temporary();
            c.expr(callee, Want::To(base));
            c.call_loaded(base, &arguments, want, span);
        });
    }

    /// A call of the value in the base register, the last one allocated.
    fn call_loaded(&mut self, base: Reg, arguments: &[Arg<'a>], want: Want, span: Span) {
        let named = self.named_arguments(arguments);
        let tail = want == Want::Return && self.f().tries == 0;
        let dst = match want {
            Want::To(dst) => dst,
            _ if tail => NONE,
            _ => base,
        };
        if arguments.iter().any(|a| matches!(a, Arg::Spread(_))) {
            let first = self.f().allocate(2);
            self.argument_vec(arguments, first, span);
            self.argument_map(&named, first.saturating_add(1), span);
            self.emit(Op::CallSpread { dst, base }, span);
        } else if named.is_empty() {
            let argc = self.in_order(arguments, base);
            return self.emit_call(Target::Value, base, argc, want, span);
        } else {
            let argc = self.in_order(arguments, base);
            let names = named.iter().map(|(name, _)| name.text.into()).collect();
            let names = self.f().name_list(names);
            self.emit(Op::CallNamed { dst, base, argc, names }, span);
        }
        if want == Want::Return && !tail {
            self.emit(Op::Return { src: dst }, span);
        }
    }

    fn emit_call(&mut self, target: Target, base: Reg, argc: u16, want: Want, span: Span) {
        if want == Want::Return && self.f().tries == 0 {
            let op = match target {
                Target::Value | Target::Kept(_) => Op::TailCall { base, argc },
                Target::Function(prototype) => Op::TailCallFn { base, argc, prototype },
                Target::Sibling(prototype) => Op::TailCallSibling { base, argc, prototype },
                Target::Native(native) => {
                    self.emit(Op::CallNative { dst: base, base, argc, native }, span);
                    Op::Return { src: base }
                }
            };
            return self.emit(op, span);
        }
        let dst = match want {
            Want::To(dst) => dst,
            Want::Return | Want::Nothing => base,
        };
        let op = match target {
            Target::Value => Op::Call { dst, base, argc },
            Target::Kept(function) => Op::CallKept { dst, base, argc, function },
            Target::Function(prototype) => Op::CallFn { dst, base, argc, prototype },
            Target::Sibling(prototype) => Op::CallSibling { dst, base, argc, prototype },
            Target::Native(native) => Op::CallNative { dst, base, argc, native },
        };
        self.emit(op, span);
        if want == Want::Return {
            self.emit(Op::Return { src: dst }, span);
        }
    }

    fn call_member(
        &mut self,
        module: &str,
        member: Option<&'a Member>,
        name: &'a Name<'a>,
        arguments: Vec<Arg<'a>>,
        want: Want,
        span: Span,
    ) {
        let full: SmolStr = format!("{module}.{}", name.text).into();
        match member {
            Some(Member::Function(signature)) => {
                let native = self.native(&full);
                let known = Some(Takes::Native(signature));
                let target = Target::Native(native);
                self.call_known(Found::Native, &full, known, target, arguments, want, span);
            }
            Some(Member::Constant) => {
                self.report(
                    not_a_function(name.span, &format!("`{full}`, a constant,"))
                        .help(format!("write `{full}` without parentheses")),
                );
                self.arguments_only(&arguments);
            }
            None => {
                self.unknown_member(module, name);
                self.arguments_only(&arguments);
            }
        }
    }

    pub(super) fn unknown_member(&mut self, module: &str, name: &Name) {
        let message = format!("module `{module}` has no member `{}`", name.text);
        let mut finding =
            Diagnostic::error("unknown-member", name.span, message).here("no member has this name");
        if let Some(members) = self.options.scope.module(module) {
            let near = spell::did_you_mean(name.text, members.keys().map(SmolStr::as_str));
            let scope = &self.options.scope;
            let elsewhere = if scope.function(name.text).is_some() {
                Some(format!("`{0}` is in scope by its name: write `{0}(…)`", name.text))
            } else if scope.methods(name.text).is_some() {
                Some(format!("`{0}` is a method: write `x.{0}(…)`", name.text))
            } else {
                None
            };
            finding = finding.help(elsewhere.or(near).unwrap_or_else(|| {
                let list: Vec<&str> = members.keys().map(SmolStr::as_str).take(12).collect();
                let more = if members.len() > list.len() { ", …" } else { "" };
                format!("it has {}{more}", list.join(", "))
            }));
        }
        self.report(finding);
    }

    /// `math.sqrt(2)` where `math` is a name of the program's own and no type has such a method.
    fn check_shadowed_module(&mut self, root: &str, name: &Name, span: Span) {
        let scope = self.options.scope;
        let Some(module) = scope.module(root) else { return };
        if !module.contains_key(name.text) || scope.methods(name.text).is_some() {
            return;
        }
        let place = match self.user_name(root, span) {
            Some(
                Found::Register { span, .. }
                | Found::Slot { span, .. }
                | Found::Function(_, _, span),
            ) => span,
            _ => return,
        };
        let message = format!("no value has a method `{}`", name.text);
        self.report(
            Diagnostic::error("shadowed-module", name.span, message)
                .here(format!("`{root}` is a name of this program here, not the module"))
                .label(place, format!("this `{root}` hides the module"))
                .help(format!("rename it to reach `{root}.{}`", name.text)),
        );
    }

    /// `receiver.name(arguments)`
    pub(super) fn call_method(
        &mut self,
        receiver: Arg<'a>,
        name: &Name,
        arguments: Vec<Arg<'a>>,
        optional: bool,
        want: Want,
        span: Span,
    ) {
        let at = Span { start: name.span.start, end: span.end.max(name.span.end) };
        self.scratch(|c| {
            if !optional {
                return c.method(receiver, name, &arguments, want, at);
            }
            // The receiver is looked at first: when it is null, nothing else happens.
            let here = c.temporary();
            c.fill_arguments([(here, receiver)].into_iter());
            let [null, end] = [c.f().label(), c.f().label()];
            c.emit(Op::JumpNull { a: here, target: null.0 }, name.span);
            let place = Arg::Place(PlaceRead::register(here, name.span));
            let (inner, dst) = match want {
                Want::Return => (Want::Return, None),
                Want::To(dst) => (want, Some(dst)),
                Want::Nothing => (want, None),
            };
            c.method(place, name, &arguments, inner, at);
            if inner != Want::Return {
                c.emit(Op::Jump { target: end.0 }, at);
            }
            c.f().place(null);
            c.null(dst.map_or(want, Want::To), at);
            c.f().place(end);
        });
    }

    fn method(
        &mut self,
        receiver: Arg<'a>,
        name: &Name,
        arguments: &[Arg<'a>],
        want: Want,
        span: Span,
    ) {
        let named = self.named_arguments(arguments);
        let spread = arguments.iter().any(|a| matches!(a, Arg::Spread(_)));
        let base = self.temporary();
        // Traced, the function has to hear what the method gives.
        let tail = want == Want::Return && self.f().tries == 0 && !self.options.trace;
        let dst = match want {
            Want::To(dst) => dst,
            _ => base,
        };
        let key = self.f().text(name.text);
        if spread {
            let first = self.f().allocate(3);
            self.fill_arguments([(first, receiver)].into_iter());
            self.argument_vec(arguments, first.saturating_add(1), span);
            self.argument_map(&named, first.saturating_add(2), span);
            let dst = if tail { NONE } else { dst };
            self.emit(Op::CallMethodSpread { dst, base, name: key }, span);
        } else {
            let all = std::iter::once(receiver).chain(arguments.iter().copied());
            let argc = self.in_turn(all, arguments.len() + 1, base);
            if !named.is_empty() {
                let names = named.iter().map(|(name, _)| name.text.into()).collect();
                let names = self.f().name_list(names);
                let dst = if tail { NONE } else { dst };
                self.emit(Op::CallMethodNamed { dst, base, argc, name: key, names }, span);
            } else {
                self.emit(
                    if tail {
                        Op::TailCallMethod { base, argc, name: key }
                    } else {
                        Op::CallMethod { dst, base, argc, name: key }
                    },
                    span,
                );
            }
        }
        if want == Want::Return && !tail {
            self.emit(Op::Return { src: dst }, span);
        }
    }
}

fn not_a_function(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("not-a-function", span, format!("{what} cannot be called"))
        .here("not a function")
}
