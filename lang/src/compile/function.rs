//! Functions as values: top-level functions, closures, groups of local functions, parameters.
//!
//! Closures capture values: their captures are known when the body is done, and are loaded just before the closure is made. A group of
//! local functions shares one list of captures, so its members are finished together.

use super::builder::{Builder, Capture, Local, LocalKind, Member, Source};
use super::names::Names;
use super::{Compiler, Want};
use crate::ast::{self, PatternKind};
use crate::bytecode::{Idx, Op, ParameterInfo, Reg, SiteKind};
use crate::diagnostic::Diagnostic;
use crate::library::{Parameter, Signature};
use crate::source::Span;
use std::rc::Rc;

impl<'a> Compiler<'a> {
    /// The function under construction.
    #[inline]
    pub(super) fn f(&mut self) -> &mut Builder {
        &mut self.function
    }

    /// Begins a function inside of the one under construction.
    pub(super) fn begin(&mut self, name: &str, span: Span) {
        let builder = self.builder(name, span);
        self.around.push(std::mem::replace(&mut self.function, builder));
    }

    /// A function without code. It uses what a finished one has left, if there is any.
    pub(super) fn builder(&mut self, name: &str, span: Span) -> Box<Builder> {
        let mut builder = self.whole.spare.pop().unwrap_or_default();
        builder.made.name = name.into();
        builder.made.span = span;
        builder
    }

    /// Ends a function begun: the one around it goes on.
    pub(super) fn end(&mut self) -> Box<Builder> {
        let around = self.around.pop().unwrap_or_default();
        std::mem::replace(&mut self.function, around)
    }

    pub(super) fn emit(&mut self, op: Op, span: Span) {
        if self.options.trace {
            self.note_return(op, span);
        }
        self.f().emit(op, span);
    }

    pub(super) fn temporary(&mut self) -> Reg {
        self.f().allocate(1)
    }

    /// Runs a step and gives back the registers it used.
    pub(super) fn scratch<R>(&mut self, step: impl FnOnce(&mut Self) -> R) -> R {
        let mark = self.f().mark();
        let result = step(self);
        self.f().release(mark);
        result
    }

    /// Finishes a function, and hands it on.
    pub(super) fn complete(&mut self, builder: Box<Builder>, captures: usize, index: Idx) {
        self.whole.complete(builder, captures, index, self.options.take, self.made);
    }

    /// Compiles parameters and body into the builder.
    fn function_body(&mut self, function: &'a ast::Function<'a>, body: &'a ast::Block<'a>) {
        let builder = self.f();
        builder.made.rest = function.parameters.last().is_some_and(|p| p.rest);
        builder.allocate(function.parameters.len());
        builder.made.parameters.extend(function.parameters.iter().map(|p| ParameterInfo {
            name: parameter_name(p.pattern).into(),
            optional: p.default.is_some() || p.rest,
        }));
        self.open(SiteKind::Body, function.span, Want::Return);
        self.f().open_scope();
        for (i, parameter) in function.parameters.iter().enumerate() {
            let reg = i as Reg;
            if let Some(annotation) = &parameter.annotation {
                self.no_types_yet(annotation.span, "annotation");
            }
            if let Some(default) = &parameter.default {
                let given = self.f().label();
                self.emit(Op::JumpSet { a: reg, target: given.0 }, parameter.pattern.span);
                self.expr(default, Want::To(reg));
                self.f().place(given);
            }
            match &parameter.pattern.kind {
                PatternKind::Bind(name) => {
                    let span = parameter.pattern.span;
                    self.declare(name, reg, span, LocalKind::Parameter);
                    self.note_seen(span, reg);
                }
                _ => self.destructure(parameter.pattern, reg, LocalKind::Parameter),
            }
        }
        if let Some(result) = &function.result {
            self.no_types_yet(result.span, "result type");
        }
        self.block(body, Want::Return);
        self.f().close_scope(|_, _| ());
    }

    /// Compiles a top-level function.
    pub(super) fn top_level_function(
        mut self,
        name: &str,
        function: &'a ast::Function<'a>,
        body: &'a ast::Block<'a>,
        index: Idx,
    ) {
        self.function.made.name = name.into();
        self.function.made.span = function.span;
        self.function_body(function, body);
        self.finish(index);
    }

    /// Compiles a block as a function without parameters.
    pub(super) fn block_function(mut self, name: &str, body: &'a ast::Block<'a>, index: Idx) {
        self.function.made.name = name.into();
        self.function.made.span = body.span;
        self.open(SiteKind::Body, body.span, Want::Nothing);
        self.block(body, Want::Nothing);
        self.finish(index);
    }

    /// A function expression.
    pub(super) fn closure(&mut self, name: &str, function: &'a ast::Function<'a>, dst: Reg) {
        let index = self.reserve_prototype();
        self.begin(name, function.span);
        self.function_body(function, function.body);
        let builder = self.end();
        let captures = &builder.captures;
        self.scratch(|c| {
            let base = c.load_captures(captures, function.span);
            let count = captures.len() as Idx;
            c.emit(Op::Closure { dst, prototype: index, base, count }, function.span);
        });
        let captures = captures.len();
        self.complete(builder, captures, index);
    }

    /// Consecutive `fn` statements of a block: they see each other, and share one list of captures.
    pub(super) fn local_functions(
        &mut self,
        functions: &[(&'a ast::Name<'a>, &'a ast::Function<'a>)],
    ) {
        let mut group = Vec::new();
        for (name, function) in functions {
            let prototype = self.reserve_prototype();
            let number = self.declared.len() as u32;
            self.declared.push(function);
            let (name, span) = (name.text.into(), name.span);
            group.push(Member { name, span, prototype, function: number });
        }
        let group: Rc<[Member]> = group.into();
        let mut captures = Names::default();
        let mut built = Vec::new();
        for (name, function) in functions {
            self.begin(name.text, function.span);
            let builder = self.f();
            builder.group = Some(group.clone());
            builder.captures = captures;
            self.function_body(function, function.body);
            let mut builder = self.end();
            captures = std::mem::take(&mut builder.captures);
            built.push(builder);
        }
        for (builder, member) in built.into_iter().zip(group.iter()) {
            self.complete(builder, captures.len(), member.prototype);
        }
        let first = self.f().allocate(group.len());
        for (i, member) in group.iter().enumerate() {
            let dst = first.saturating_add(i as Reg);
            let prototype = member.prototype;
            if i == 0 {
                self.scratch(|c| {
                    let base = c.load_captures(&captures, member.span);
                    let count = captures.len() as Idx;
                    c.emit(Op::Closure { dst, prototype, base, count }, member.span);
                });
            } else {
                self.emit(Op::Sibling { dst, prototype, from: first }, member.span);
            }
        }
        for (i, member) in group.iter().enumerate() {
            let reg = first.saturating_add(i as Reg);
            let index = self.declare(&member.name, reg, member.span, LocalKind::Function);
            if let Some(local) = self.f().local(index) {
                local.ty = Some("Fn");
                // Siblings may be all that calls it.
                local.used |= group.len() > 1;
                local.function = Some(member.function);
            }
        }
    }

    fn load_captures(&mut self, captures: &Names<Capture>, span: Span) -> Reg {
        let base = self.f().allocate(captures.len());
        for (i, (_, capture)) in captures.iter().enumerate() {
            let dst = base.saturating_add(i as Reg);
            let op = match capture.from {
                Source::Register(src) => Op::Copy { dst, src },
                Source::Sibling(prototype) => Op::OwnSibling { dst, prototype },
                Source::Slot(slot) => Op::GetSlot { dst, slot },
            };
            self.emit(op, span);
        }
        base
    }

    /// Declares a name, reporting one that is there already; gives its index.
    pub(super) fn declare(&mut self, name: &str, reg: Reg, span: Span, kind: LocalKind) -> usize {
        let local =
            Local { reg, span, kind, used: name.starts_with('_'), ty: None, function: None };
        let (index, earlier) = self.f().declare(name, local);
        if let Some(earlier) = earlier {
            self.report(duplicate(name, span, earlier, kind == LocalKind::Parameter));
        }
        index
    }

    pub(super) fn no_types_yet(&mut self, span: Span, what: &str) {
        self.report(
            Diagnostic::error("not-yet", span, "types are not enforced yet")
                .here(format!("this {what} would not be checked"))
                .help(format!(
                    "remove the {what}; a value can be tested with `is`, as in `x is Int`"
                )),
        );
    }
}

/// What calls of a function must give it.
pub(super) fn signature(function: &ast::Function) -> Signature {
    let parameters = function.parameters.iter().map(|parameter| Parameter {
        name: parameter_name(parameter.pattern).into(),
        optional: parameter.default.is_some() || parameter.rest,
    });
    let rest = function.parameters.last().is_some_and(|p| p.rest);
    Signature { parameters: parameters.collect(), rest, text: String::new(), pure: false }
}

/// The name by which an argument can be given: that of the pattern, or after its `as`.
fn parameter_name<'p>(pattern: &ast::Pattern<'p>) -> &'p str {
    match &pattern.kind {
        PatternKind::Bind(name) => name,
        PatternKind::As(_, name) => name.text,
        _ => "",
    }
}

pub(super) fn duplicate(name: &str, span: Span, earlier: Span, parameter: bool) -> Diagnostic {
    if parameter {
        let message = format!("two parameters are called `{name}`");
        return Diagnostic::error("duplicate-name", span, message)
            .here("the second one")
            .label(earlier, "the first one")
            .help("choose another name; one that is not needed is written `_`");
    }
    Diagnostic::error("duplicate-name", span, format!("`{name}` is declared twice in one block"))
        .here("declared again here")
        .label(earlier, "first declared here")
        .help(format!(
            "choose another name; to give `{name}` a new value, declare it with `var` and write `{name} = …`"
        ))
}
