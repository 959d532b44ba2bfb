//! The top level: its names, its functions and tests, and its body as function number 0.
//!
//! In a program the names of the body live in registers, and are put into slots as far as functions or importers need them. The host's
//! inputs are the parameters of the body. At the REPL every top-level name lives in a slot of the session, and a redeclared name keeps its slot.

use super::builder::{Builder, LocalKind};
use super::{Compiler, Global, GlobalKind, Mode, Options, Want, Whole, too_large};
use crate::ast::{self, Pattern, PatternKind, Statement, StatementKind};
use crate::bytecode::{Idx, Import, Op, Prototype, SiteKind, SlotKind, Test};
use crate::descend;
use crate::diagnostic::Diagnostic;
use crate::parser::Bodies;
use crate::source::{Source, Span};
use smol_str::SmolStr;
use std::collections::HashSet;

impl Whole {
    /// Compiles a module, whose functions are shown to `made`. The bodies of those at its top level are in `bodies`, if they are not in
    /// the tree; `None` where one cannot be read.
    pub(super) fn module(
        module: &ast::Module,
        source: &Source,
        options: &Options,
        mut bodies: Option<&mut Bodies>,
        made: &mut dyn FnMut(Idx, &Prototype),
    ) -> Option<Whole> {
        let mut whole = Whole { prototypes: 1, ..Whole::default() };
        let body = &module.body;
        let mut compiler = Compiler::new(options, source, body, &mut whole, made);
        compiler.session();
        if let Some(doc) = &module.doc {
            compiler.whole.docs.push((SmolStr::default(), doc.text.into()));
        }
        compiler.declarations(body);
        let mut tests = Vec::new();
        for statement in body.statements {
            match &statement.kind {
                StatementKind::Function { name, function } => {
                    let read = match &mut bodies {
                        Some(bodies) => Some(bodies.next()?),
                        None => None,
                    };
                    if let Some(&Global { kind: GlobalKind::Function(index, _), .. }) =
                        compiler.whole.globals.get(name.text)
                    {
                        let body = read.unwrap_or(function.body);
                        compiler.apart().top_level_function(name.text, function, body, index);
                    }
                }
                StatementKind::Test { name, name_span, body } => {
                    let prototype = compiler.reserve_prototype();
                    compiler.apart().block_function(name, body, prototype);
                    tests.push(Test { name: (*name).into(), span: *name_span, prototype });
                }
                _ => {}
            }
        }
        if std::mem::take(&mut compiler.function.too_large) {
            compiler.report(too_large(body.span));
        }
        compiler.whole.tests = tests;
        compiler.main(body);
        Some(whole)
    }

    /// Finishes a function, and hands it on.
    pub(super) fn complete(
        &mut self,
        mut builder: Box<Builder>,
        captures: usize,
        index: Idx,
        take: bool,
        made: &mut dyn FnMut(Idx, &Prototype),
    ) {
        if builder.too_large {
            self.findings.push(too_large(builder.made.span));
        }
        builder.finish(captures, take);
        made(index, &builder.made);
        builder.clear();
        self.spare.push(builder);
    }
}

impl<'a> Compiler<'a> {
    fn new(
        options: &'a Options<'a>,
        source: &'a Source,
        body: &'a ast::Block<'a>,
        whole: &'a mut Whole,
        made: &'a mut dyn FnMut(Idx, &Prototype),
    ) -> Self {
        Compiler {
            options,
            source,
            function: whole.spare.pop().unwrap_or_default(),
            around: Vec::new(),
            blocks: std::mem::take(&mut whole.blocks),
            late: Vec::new(),
            steps: Vec::new(),
            declared: Vec::new(),
            in_main: false,
            body,
            root: false,
            whole,
            made,
        }
    }

    /// The compilation of a function of the module, whose tree need not live as long as the module's.
    fn apart(&mut self) -> Compiler<'_> {
        Compiler::new(self.options, self.source, self.body, self.whole, self.made)
    }

    /// Completes the outermost function.
    pub(super) fn finish(self, index: Idx) {
        let Compiler { whole, made, function, options, blocks, .. } = self;
        // Nothing is left but the room.
        whole.blocks = blocks.into_iter().map_while(|_| None).collect();
        whole.complete(function, 0, index, options.take, made);
    }

    /// The names that are there before the module: the host's, and at the REPL the session's.
    fn session(&mut self) {
        if let Mode::Repl(slots) = self.options.mode {
            self.whole.slots = slots.to_vec();
            for (i, slot) in slots.iter().enumerate() {
                let kind = match slot.kind {
                    SlotKind::Let => GlobalKind::Let,
                    SlotKind::Var => GlobalKind::Var,
                    // (No statement of this entry.)
                    SlotKind::Function(index) => GlobalKind::Function(index, usize::MAX),
                    SlotKind::Import => GlobalKind::Import,
                    SlotKind::Input => GlobalKind::Input,
                };
                let slot_index = Some(self.index(i));
                let global = Global { span: slot.span, kind, slot: slot_index, declared: true };
                self.whole.globals.add(&slot.name, global);
            }
        }
        for name in self.options.inputs {
            if self.whole.globals.find_name(name).is_none() {
                self.declare_global(name, Span::default(), GlobalKind::Input);
                if self.options.trace {
                    self.global_slot(name);
                }
            }
        }
    }

    /// The inputs, which the body takes as its parameters. Functions of the module, which are compiled by now, see them in slots; so does
    /// traced code everywhere.
    fn inputs(&mut self, body: &'a ast::Block<'a>) {
        let mut seen = HashSet::new();
        let inputs = self.options.inputs.iter().filter(|name| seen.insert(*name));
        let inputs: Vec<_> = inputs.map(|name| (name, self.f().parameter(name.clone()))).collect();
        self.blocks.push(body);
        self.f().open_scope();
        for (name, reg) in inputs {
            // (The program may have declared the name anew.)
            let Some(Global { kind: GlobalKind::Input, slot, .. }) = self.whole.globals.get(name)
            else {
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
    fn declarations(&mut self, body: &'a ast::Block<'a>) {
        let names = |s: &&&Statement| {
            use StatementKind::{Function, Import, Let};
            matches!(s.kind, Let { .. } | Function { .. } | Import { .. })
        };
        let names = body.statements.iter().filter(names).count();
        self.whole.globals.reserve(names);
        self.whole.slots.reserve(names);
        let mut imports_over = false;
        for (number, statement) in body.statements.iter().enumerate() {
            let mut documented = None;
            match &statement.kind {
                StatementKind::Let { mutable, pattern, .. } => {
                    let mut names = Vec::new();
                    names_of(pattern, &mut names);
                    let mut seen = HashSet::new();
                    names.retain(|(name, _)| seen.insert(name.clone()));
                    if let PatternKind::Bind(name) = &pattern.kind {
                        documented = Some(*name);
                    }
                    for (name, span) in names {
                        let kind = if *mutable { GlobalKind::Var } else { GlobalKind::Let };
                        let session = self.whole.globals.get(&name).is_some_and(|g| g.declared);
                        self.declare_global(&name, span, kind);
                        if self.repl() {
                            // The old binding stays in sight until the new one is made.
                            if let Some(global) = self.whole.globals.get_mut(&name) {
                                global.declared = session;
                            }
                            self.global_slot(&name);
                        }
                    }
                }
                StatementKind::Function { name, .. } => {
                    documented = Some(name.text);
                    let index = self.reserve_prototype();
                    let kind = GlobalKind::Function(index, number);
                    let global = self.declare_global(name.text, name.span, kind);
                    // A host may call it, whether or not the module keeps its other names.
                    let exported = !name.text.starts_with('_');
                    if self.repl() || exported || matches!(self.options.mode, Mode::Library) {
                        self.slot_of(global, name.text);
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
                    let global = self.declare_global(name.text, name.span, GlobalKind::Import);
                    let slot = self.slot_of(global, name.text);
                    self.whole.imports.push(Import {
                        path: (*path).into(),
                        span: *path_span,
                        slot,
                    });
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
                self.whole.docs.push((name.into(), doc.text.into()));
            }
        }
    }

    /// Compiles the body.
    fn main(mut self, body: &'a ast::Block<'a>) {
        self.in_main = true;
        self.function.made.span = body.span;
        self.inputs(body);
        if self.repl() {
            for statement in body.statements {
                if let StatementKind::Function { name, .. } = &statement.kind {
                    self.define_function(name);
                }
            }
        }
        let result = self.temporary();
        self.open(SiteKind::Body, body.span, Want::To(result));
        self.statements(body.statements, Want::To(result), body.span);
        if self.options.exports && !self.repl() {
            for statement in body.statements {
                if let StatementKind::Let { mutable: true, pattern, .. } = &statement.kind {
                    self.export_vars(pattern);
                }
            }
        }
        self.emit(Op::Return { src: result }, body.span.after());
        self.f().close_scope(|_, _| ());
        self.finish(0);
    }

    fn define_function(&mut self, name: &ast::Name) {
        let slot = self.global_slot(name.text);
        let prototype: Idx = match self.whole.globals.get(name.text) {
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
    let mut add = |name: &str, span: Span| names.push((name.into(), span));
    match &pattern.kind {
        PatternKind::Bind(name) => add(name, pattern.span),
        PatternKind::As(_, name) => add(name.text, name.span),
        _ => {}
    }
    match &pattern.kind {
        PatternKind::Vec { items, rest } => {
            items.iter().for_each(|item| descend(item.height, || names_of(item, names)));
            if let Some((_, Some(name))) = rest {
                names.push((name.text.into(), name.span));
            }
        }
        PatternKind::Map { fields, rest } => {
            fields
                .iter()
                .for_each(|field| descend(field.pattern.height, || names_of(field.pattern, names)));
            if let Some(Some(name)) = rest {
                names.push((name.text.into(), name.span));
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
