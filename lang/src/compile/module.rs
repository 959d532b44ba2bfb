//! The top level: its names, its functions and tests, and its body as function number 0.
//!
//! In a program the names of the body live in registers, and are put into slots as far as functions or importers need them. The host's
//! inputs are the parameters of the body. At the REPL every top-level name lives in a slot of the session, and a redeclared name keeps its slot.

use super::builder::{Builder, LocalKind};
use super::function::signature;
use super::{Compiler, Global, GlobalKind, Mode, Want};
use crate::ast::{self, Pattern, PatternKind, StatementKind};
use crate::bytecode::{Idx, Import, Op, Prototype, SiteKind, SlotKind, Test};
use crate::descend;
use crate::diagnostic::Diagnostic;
use crate::library::Signature;
use crate::parser::Bodies;
use crate::source::Span;
use smol_str::SmolStr;
use std::collections::HashSet;
use std::rc::Rc;

impl<'a> Compiler<'a> {
    /// Compiles a module, whose functions go to `made`. The bodies of those at its top level are in `bodies`, if they are not in the
    /// tree; `None` where one cannot be read.
    pub(super) fn module(
        mut self,
        module: &'a ast::Module,
        mut bodies: Option<&mut Bodies>,
        made: &mut dyn FnMut(Idx, Prototype),
    ) -> Option<Self> {
        self.session();
        if let Some(doc) = &module.doc {
            self.docs.push((SmolStr::default(), doc.text.clone()));
        }
        let body = &module.body;
        self.declarations(body);
        let mut tests = Vec::new();
        for statement in &body.statements {
            match &statement.kind {
                StatementKind::Function { name, function } => {
                    let read = match &mut bodies {
                        Some(bodies) => Some(bodies.next()?),
                        None => None,
                    };
                    if let Some(Global { kind: GlobalKind::Function(index, _), .. }) =
                        self.globals.get(&name.text)
                    {
                        let index = *index;
                        self = match read {
                            Some(body) => self.function_apart(&name.text, function, &body, index),
                            None => {
                                let body = &function.body;
                                self.top_level_function(&name.text, function, body, index);
                                self
                            }
                        };
                    }
                    self.hand_on(made);
                }
                StatementKind::Test { name, name_span, body } => {
                    let prototype = self.reserve_prototype();
                    self.block_function(name.clone(), body, prototype);
                    tests.push(Test { name: name.clone(), span: *name_span, prototype });
                }
                _ => {}
            }
        }
        self.tests = tests;
        self.body(body);
        self.hand_on(made);
        Some(self)
    }

    fn hand_on(&mut self, made: &mut dyn FnMut(Idx, Prototype)) {
        self.made.drain(..).for_each(|(number, prototype)| made(number, prototype));
    }

    /// Compiles a function whose body does not live as long as the rest of the tree.
    fn function_apart(
        self,
        name: &SmolStr,
        function: &ast::Function,
        function_body: &ast::Block,
        index: Idx,
    ) -> Self {
        let Compiler { options, body, .. } = self;
        let mut part: Compiler = self;
        part.top_level_function(name, function, function_body, index);
        // No function is under construction now: nothing is left of the body.
        Compiler {
            options,
            body,
            functions: Vec::with_capacity(1),
            source: part.source,
            findings: part.findings,
            made: part.made,
            prototypes: part.prototypes,
            globals: part.globals,
            slots: part.slots,
            imports: part.imports,
            natives: part.natives,
            native_index: part.native_index,
            tests: part.tests,
            docs: part.docs,
            spare: part.spare,
            in_main: part.in_main,
            root: part.root,
        }
    }

    /// The names that are there before the module: the host's, and at the REPL the session's.
    fn session(&mut self) {
        if let Mode::Repl(slots) = self.options.mode {
            self.slots = slots.to_vec();
            for (i, slot) in slots.iter().enumerate() {
                let kind = match slot.kind {
                    SlotKind::Let => GlobalKind::Let,
                    SlotKind::Var => GlobalKind::Var,
                    SlotKind::Function(index) => {
                        GlobalKind::Function(index, Rc::new(Signature::default()))
                    }
                    SlotKind::Import => GlobalKind::Import,
                    SlotKind::Input => GlobalKind::Input,
                };
                let slot_index = Some(self.index(i));
                let global = Global { span: slot.span, kind, slot: slot_index, declared: true };
                self.globals.add(slot.name.clone(), global);
            }
        }
        for name in self.options.inputs {
            if self.globals.find_name(name).is_none() {
                self.declare_global(name, Span::default(), GlobalKind::Input);
                if self.options.trace {
                    self.global_slot(name);
                }
            }
        }
    }

    /// The inputs, which the body takes as its parameters. Functions of the module, which are compiled by now, see them in slots; so does
    /// traced code everywhere.
    fn inputs(&mut self, body: &'a ast::Block) {
        let mut seen = HashSet::new();
        let inputs = self.options.inputs.iter().filter(|name| seen.insert(*name));
        let inputs: Vec<_> = inputs.map(|name| (name, self.f().parameter(name.clone()))).collect();
        self.f().open_scope(Some(body));
        for (name, reg) in inputs {
            // (The program may have declared the name anew.)
            let Some(Global { kind: GlobalKind::Input, slot, .. }) = self.globals.get(name) else {
                continue;
            };
            if let Some(slot) = *slot {
                self.emit(Op::SetSlot { slot, src: reg }, Span::default());
            }
            if !self.options.trace {
                self.declare(name, reg, Span::default(), LocalKind::Input);
            }
        }
    }

    /// Enters the top-level names, so that functions see them wherever they stand.
    fn declarations(&mut self, body: &'a ast::Block) {
        let mut imports_over = false;
        for statement in &body.statements {
            let mut documented = None;
            match &statement.kind {
                StatementKind::Let { mutable, pattern, .. } => {
                    let mut names = Vec::new();
                    names_of(pattern, &mut names);
                    let mut seen = HashSet::new();
                    names.retain(|(name, _)| seen.insert(name.clone()));
                    if let PatternKind::Bind(name) = &pattern.kind {
                        documented = Some(name.clone());
                    }
                    for (name, span) in names {
                        let kind = if *mutable { GlobalKind::Var } else { GlobalKind::Let };
                        let session = self.globals.get(&name).is_some_and(|g| g.declared);
                        self.declare_global(&name, span, kind);
                        if self.repl() {
                            // The old binding stays in sight until the new one is made.
                            if let Some(global) = self.globals.get_mut(&name) {
                                global.declared = session;
                            }
                            self.global_slot(&name);
                        }
                    }
                }
                StatementKind::Function { name, function } => {
                    documented = Some(name.text.clone());
                    let index = self.reserve_prototype();
                    let signature = Rc::new(signature(function));
                    self.declare_global(
                        &name.text,
                        name.span,
                        GlobalKind::Function(index, signature),
                    );
                    // A host may call it, whether or not the module keeps its other names.
                    let exported = !name.text.starts_with('_');
                    if self.repl() || exported || matches!(self.options.mode, Mode::Library) {
                        self.global_slot(&name.text);
                    }
                }
                StatementKind::Import { path, path_span, name } => {
                    if imports_over && !self.repl() {
                        self.report(
                            Diagnostic::error(
                                "import-not-on-top",
                                statement.span,
                                "imports stand at the top of a module",
                            )
                            .here("this import comes after other statements")
                            .help("move it above them"),
                        );
                    }
                    self.declare_global(&name.text, name.span, GlobalKind::Import);
                    let slot = self.global_slot(&name.text);
                    self.imports.push(Import { path: path.clone(), span: *path_span, slot });
                }
                StatementKind::Type { name, .. } => {
                    self.report(
                        Diagnostic::error("not-yet", statement.span, "types are not enforced yet")
                            .here(format!("`{}` would not be checked", name.text))
                            .help("remove the declaration; a value can be tested with `is`, as in `x is Int`"),
                    );
                }
                _ => {}
            }
            imports_over |= !matches!(statement.kind, StatementKind::Import { .. });
            if let (Some(name), Some(doc)) = (documented, &statement.doc) {
                self.docs.push((name, doc.text.clone()));
            }
        }
    }

    fn body(&mut self, body: &'a ast::Block) {
        self.in_main = true;
        self.functions.push(Builder::new(SmolStr::default(), body.span, self.spare.pop()));
        self.inputs(body);
        if self.repl() {
            for statement in &body.statements {
                if let StatementKind::Function { name, .. } = &statement.kind {
                    self.define_function(name);
                }
            }
        }
        let result = self.temporary();
        self.open(SiteKind::Body, body.span, Want::To(result));
        self.statements(&body.statements, Want::To(result), body.span);
        if self.options.exports && !self.repl() {
            for statement in &body.statements {
                if let StatementKind::Let { mutable: true, pattern, .. } = &statement.kind {
                    self.export_vars(pattern);
                }
            }
        }
        self.emit(Op::Return { src: result }, body.span.after());
        self.f().close_scope();
        if let Some(builder) = self.functions.pop() {
            self.complete(builder, 0, 0);
        }
        self.in_main = false;
    }

    fn define_function(&mut self, name: &ast::Name) {
        let slot = self.global_slot(&name.text);
        let prototype: Idx = match self.globals.get(&name.text) {
            Some(Global { kind: GlobalKind::Function(index, _), .. }) => *index,
            _ => return,
        };
        self.scratch(|c| {
            let dst = c.temporary();
            c.emit(Op::Function { dst, prototype }, name.span);
            c.emit(Op::SetSlot { slot, src: dst }, name.span);
        });
    }

    fn export_vars(&mut self, pattern: &Pattern) {
        let mut names = Vec::new();
        names_of(pattern, &mut names);
        for (name, span) in names {
            if name.starts_with('_') {
                continue;
            }
            let register =
                self.f().find_local(&name).and_then(|i| self.f().local(i)).map(|l| l.reg);
            if let Some(src) = register {
                let slot = self.global_slot(&name);
                self.emit(Op::SetSlot { slot, src }, span);
            }
        }
    }
}

/// The names that a pattern binds, each once, in order.
pub(super) fn names_of(pattern: &Pattern, names: &mut Vec<(SmolStr, Span)>) {
    let mut add = |name: &SmolStr, span: Span| names.push((name.clone(), span));
    match &pattern.kind {
        PatternKind::Bind(name) => add(name, pattern.span),
        PatternKind::As(_, name) => add(&name.text, name.span),
        _ => {}
    }
    match &pattern.kind {
        PatternKind::Vec { items, rest } => {
            items.iter().for_each(|item| descend(item.height, || names_of(item, names)));
            if let Some((_, Some(name))) = rest {
                names.push((name.text.clone(), name.span));
            }
        }
        PatternKind::Map { fields, rest } => {
            fields.iter().for_each(|field| {
                descend(field.pattern.height, || names_of(&field.pattern, names))
            });
            if let Some(Some(name)) = rest {
                names.push((name.text.clone(), name.span));
            }
        }
        // The alternatives bind the same names.
        PatternKind::Or(alternatives) => {
            if let Some(first) = alternatives.first() {
                descend(first.height, || names_of(first, names));
            }
        }
        PatternKind::As(inner, _) => descend(inner.height, || names_of(inner, names)),
        _ => {}
    }
}
