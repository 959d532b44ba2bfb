//! What a name stands for: a register, a capture, a member of the own group, a slot, a top-level function, a builtin.
//!
//! Names are looked up from the inside out: the function's blocks, the functions around it (what is found there is captured),
//! the module's top level, the library. Every lookup that fails is reported once, here.

use super::builder::{Builder, Capture, Local, LocalKind, Member, Source, capture_register};
use super::{Compiler, Global, GlobalKind, Mode, foreign};
use crate::ast::{Function, Name, PatternKind, StatementKind};
use crate::bytecode::{Idx, Op, Reg, Slot, SlotKind};
use crate::diagnostic::Diagnostic;
use crate::library::{Member as ModuleMember, Signature};
use crate::source::Span;
use crate::{descend, spell};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found<'a> {
    /// A name or capture of the current function.
    Register { reg: Reg, span: Span, ty: Option<&'static str>, function: Option<u32> },
    /// A member of the group that the current function belongs to.
    Sibling { prototype: Idx, span: Span, function: u32 },
    /// A top-level function, called directly.
    Function(Idx, &'a Function<'a>, Span),
    /// Something in the module's environment.
    Slot { slot: Idx, import: bool, span: Span },
    /// A built-in function.
    Builtin(&'a Signature),
    /// A native of the library's own.
    Native,
    /// A built-in module.
    Module(&'a BTreeMap<SmolStr, ModuleMember>),
    /// Nothing; the error is reported.
    Reported,
}

/// A name that can be assigned to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// Of the local name of this number.
    Register(Reg, usize),
    /// At the REPL.
    Slot(Idx),
}

impl<'a> Compiler<'a> {
    /// What a name stands for; reports one that stands for nothing.
    pub(super) fn resolve(&mut self, name: &str, span: Span) -> Found<'a> {
        self.user_name(name, span).unwrap_or_else(|| self.built_in(name, span))
    }

    /// What a name stands for that means nothing in the program itself; reports one that stands for nothing.
    pub(super) fn built_in(&mut self, name: &str, span: Span) -> Found<'a> {
        let scope = self.options.scope;
        if let Some(signature) = scope.function(name) {
            return Found::Builtin(signature);
        }
        if let Some(module) = scope.module(name) {
            return Found::Module(module);
        }
        if matches!(self.options.mode, Mode::Library) && name.starts_with("__") {
            return Found::Native;
        }
        self.unknown_name(name, span);
        Found::Reported
    }

    /// What the program itself means by a name.
    pub(super) fn user_name(&mut self, name: &str, span: Span) -> Option<Found<'a>> {
        let level = self.around.len();
        if let Some(found) = self.in_function(level, name) {
            return Some(found);
        }
        let Global { span: place, kind, .. } = *self.whole.globals.get(name)?;
        match kind {
            GlobalKind::Function(index, statement)
                if !self.repl()
                    && let Some(function) = self.top_level(statement) =>
            {
                Some(Found::Function(index, function, place))
            }
            GlobalKind::Function(..) | GlobalKind::Input => {
                Some(Found::Slot { slot: self.global_slot(name), import: false, span: place })
            }
            GlobalKind::Import => {
                Some(Found::Slot { slot: self.global_slot(name), import: true, span: place })
            }
            GlobalKind::Let if !(self.in_main && level == 0) => {
                Some(Found::Slot { slot: self.global_slot(name), import: false, span: place })
            }
            GlobalKind::Var if !self.in_main => {
                let message =
                    format!("`{name}` is a `var`, which functions of the module cannot see");
                let finding = Diagnostic::error("var-in-function", span, message)
                    .here("used in a function here")
                    .help(format!("hand it to the function as an argument, or declare `{name}` with `let` if it never changes"));
                self.report(if self.repl() {
                    finding
                } else {
                    finding.label(place, "declared as a `var` here")
                });
                Some(Found::Reported)
            }
            GlobalKind::Let | GlobalKind::Var => {
                if self.options.scope.function(name).is_some()
                    || self.options.scope.module(name).is_some()
                {
                    return None;
                }
                self.report(
                    Diagnostic::error(
                        "used-too-early",
                        span,
                        format!("`{name}` is used before it is declared"),
                    )
                    .here("used here")
                    .label(place, "declared here")
                    .help("move the declaration up"),
                );
                Some(Found::Reported)
            }
        }
    }

    /// The function that a statement of the module declares.
    fn top_level(&self, statement: usize) -> Option<&'a Function<'a>> {
        match &self.body.statements.get(statement)?.kind {
            StatementKind::Function { function, .. } => Some(function),
            _ => None,
        }
    }

    /// A function that was declared inside of one.
    pub(super) fn inner_function(&self, number: Option<u32>) -> Option<&'a Function<'a>> {
        self.declared.get(number? as usize).copied()
    }

    /// What the functions around know of a name, without a word if it is nothing.
    pub(super) fn in_registers(&mut self, name: &str) -> Option<Found<'a>> {
        self.in_function(self.around.len(), name)
    }

    /// The function under construction, or one around it.
    fn level(&mut self, level: usize) -> &mut Builder {
        match self.around.get_mut(level) {
            Some(around) => around,
            None => &mut self.function,
        }
    }

    fn in_function(&mut self, level: usize, name: &str) -> Option<Found<'a>> {
        let builder = self.level(level);
        if let Some(local) = builder.find_local(name).and_then(|i| builder.local(i)) {
            local.used = true;
            let Local { reg, span, ty, function, .. } = *local;
            return Some(Found::Register { reg, span, ty, function });
        }
        let group = builder.group.as_deref().unwrap_or_default();
        if let Some(&Member { span, prototype, function, .. }) =
            group.iter().find(|m| m.name == *name)
        {
            return Some(Found::Sibling { prototype, span, function });
        }
        if let Some(index) = builder.captures.find_name(name) {
            let Capture { span, ty, function, .. } = *builder.captures.at(index)?;
            return Some(Found::Register { reg: capture_register(index), span, ty, function });
        }
        let Some(outer) = level.checked_sub(1) else {
            // At the REPL the names of the session are captured like others.
            let global = self.whole.globals.get(name)?;
            let here = self.in_main && global.declared;
            return match (&global.kind, global.slot) {
                (GlobalKind::Let | GlobalKind::Var, Some(slot)) if here && self.repl() => {
                    Some(Found::Slot { slot, import: false, span: global.span })
                }
                _ => None,
            };
        };
        let (from, span, ty, function) =
            match descend(outer as u32, || self.in_function(outer, name))? {
                Found::Register { reg, span, ty, function } => {
                    (Source::Register(reg), span, ty, function)
                }
                Found::Sibling { prototype, span, function } => {
                    (Source::Sibling(prototype), span, Some("Fn"), Some(function))
                }
                Found::Slot { slot, span, .. } => (Source::Slot(slot), span, None, None),
                other => return Some(other),
            };
        let capture = Capture { from, span, ty, function };
        let index = self.level(level).add_capture(name, capture);
        Some(Found::Register { reg: capture_register(index), span, ty, function })
    }

    /// The name is one that the host gives a value.
    pub(super) fn is_input(&self, name: &str) -> bool {
        matches!(self.whole.globals.get(name), Some(Global { kind: GlobalKind::Input, .. }))
    }

    /// The slot of a top-level name, made if there is none yet.
    pub(super) fn global_slot(&mut self, name: &str) -> Idx {
        let global = self.whole.globals.find_name(name);
        global.map_or(0, |global| self.slot_of(global, name))
    }

    /// That of the name of this number.
    pub(super) fn slot_of(&mut self, number: usize, name: &str) -> Idx {
        let Some(&Global { span, kind, slot, .. }) = self.whole.globals.at(number) else {
            return 0;
        };
        if let Some(slot) = slot {
            return slot;
        }
        let kind = match kind {
            GlobalKind::Let => SlotKind::Let,
            GlobalKind::Var => SlotKind::Var,
            GlobalKind::Function(index, _) => SlotKind::Function(index),
            GlobalKind::Import => SlotKind::Import,
            GlobalKind::Input => SlotKind::Input,
        };
        let exported =
            !name.starts_with('_') && !matches!(kind, SlotKind::Import | SlotKind::Input);
        let slot = Slot { name: name.into(), span, kind, exported };
        // At the REPL a name keeps its slot.
        let known = self.repl().then(|| self.whole.slots.iter().position(|s| s.name == *name));
        let index = match known.flatten() {
            Some(index) => {
                self.whole.slots[index] = slot;
                self.index(index)
            }
            None => {
                self.whole.slots.push(slot);
                self.index(self.whole.slots.len() - 1)
            }
        };
        if let Some(global) = self.whole.globals.at_mut(number) {
            global.slot = Some(index);
        }
        index
    }

    /// Puts what a name stands for into a register.
    pub(super) fn load(&mut self, found: Found<'a>, name: &str, dst: Reg, span: Span) {
        let op = match found {
            Found::Register { reg, .. } if reg == dst => return,
            Found::Register { reg, .. } => Op::Copy { dst, src: reg },
            Found::Sibling { prototype, .. } => Op::OwnSibling { dst, prototype },
            Found::Function(prototype, ..) => Op::Function { dst, prototype },
            Found::Slot { slot, .. } => Op::GetSlot { dst, slot },
            Found::Builtin(_) | Found::Native => Op::Native { dst, native: self.native(name) },
            Found::Module(members) => {
                let mut finding = Diagnostic::error(
                    "module-as-value",
                    span,
                    format!("`{name}` is a module, not a value"),
                );
                if let Some(member) = members.keys().next() {
                    finding =
                        finding.help(format!("use one of its members, as in `{name}.{member}`"));
                }
                self.report(finding);
                return;
            }
            Found::Reported => return,
        };
        self.emit(op, span);
    }

    /// The place that an assignment to a name changes; reports a name that cannot be assigned to.
    pub(super) fn place(&mut self, name: &str, span: Span) -> Option<Place> {
        if let Some(index) = self.f().find_local(name)
            && let Some(&mut Local { reg, kind, span: declared, .. }) = self.f().local(index)
        {
            if kind == LocalKind::Var {
                return Some(Place::Register(reg, index));
            }
            self.not_assignable(name, span, &kind, declared);
            return None;
        }
        if let Some(found) = self.in_registers(name) {
            match found {
                Found::Slot { slot, .. } => match self.whole.globals.get(name).map(|g| &g.kind) {
                    Some(GlobalKind::Var) => return Some(Place::Slot(slot)),
                    _ => self.not_a_var(name, span),
                },
                // The name is an input, and nothing hides that.
                Found::Register { span: Span { end: 0, .. }, .. } => self.not_a_var(name, span),
                Found::Register { span: place, .. } => {
                    self.report(captured(name, span, Some(place)))
                }
                Found::Sibling { span: place, .. } => {
                    self.not_assignable(name, span, &LocalKind::Function, place);
                }
                _ => {}
            }
            return None;
        }
        match self.whole.globals.get(name).map(|g| (g.kind, g.span)) {
            Some((GlobalKind::Var, place)) if !self.in_main => {
                self.report(captured(name, span, (!self.repl()).then_some(place)));
            }
            Some((GlobalKind::Var | GlobalKind::Let, _)) => {
                self.user_name(name, span);
            }
            Some((GlobalKind::Function(..), place)) => {
                self.not_assignable(name, span, &LocalKind::Function, place);
            }
            Some(_) => self.not_a_var(name, span),
            None if self.options.scope.function(name).is_some()
                || self.options.scope.module(name).is_some() =>
            {
                let message = format!("`{name}` is built in and cannot be given another value");
                self.report(
                    Diagnostic::error("assign-to-builtin", span, message)
                        .here("assigned here")
                        .help(format!(
                            "to use the name for something of your own, write `var {name} = …`"
                        )),
                );
            }
            None => {
                let mut finding =
                    Diagnostic::error("unknown-name", span, format!("unknown name `{name}`"))
                        .here("assigned here, but declared nowhere");
                let names = self.known_names();
                if let Some(near) = spell::did_you_mean(name, names.iter().map(SmolStr::as_str)) {
                    finding = finding.help(near);
                }
                self.report(finding.help(format!("to declare it, write `var {name} = …`")));
            }
        }
        None
    }

    fn not_a_var(&mut self, name: &str, span: Span) {
        self.report(
            Diagnostic::error(
                "assign-to-let",
                span,
                format!("`{name}` cannot be given another value"),
            )
            .here("assigned here")
            .help(format!("declare it with `var {name} = …`")),
        );
    }

    fn not_assignable(&mut self, name: &str, span: Span, kind: &LocalKind, place: Span) {
        let mut more = None;
        let (what, help) = match kind {
            LocalKind::Input => return self.not_a_var(name, span),
            LocalKind::Function => {
                ("a function", format!("choose another name, as in `var {name}2 = …`"))
            }
            LocalKind::Parameter => {
                more = Some("what the caller has stays as it is: give the new value back");
                (
                    "a parameter",
                    format!("begin the function with `var {name} = {name}`, and change that"),
                )
            }
            LocalKind::Pattern => {
                more = Some(
                    "what it was taken from stays as it is; `xs[*].name = …` changes every element of that",
                );
                (
                    "bound by a pattern",
                    format!("begin the block with `var {name} = {name}`, and change that"),
                )
            }
            _ => {
                ("declared with `let`", format!("declare it with `var` instead: `var {name} = …`"))
            }
        };
        let message = format!("`{name}` is {what} and cannot be given another value");
        let mut finding = Diagnostic::error("assign-to-let", span, message)
            .here("assigned here")
            .label(place, "declared here")
            .help(help);
        if let Some(more) = more {
            finding = finding.help(more);
        }
        self.report(finding);
    }

    fn known_names(&self) -> Vec<SmolStr> {
        let mut names: Vec<SmolStr> = Vec::new();
        for function in self.around.iter().chain([&self.function]) {
            names.extend(function.visible_names());
        }
        names.extend(self.whole.globals.iter().map(|(name, _)| name));
        names.extend(self.options.scope.names().cloned());
        names
    }

    fn unknown_name(&mut self, name: &str, span: Span) {
        let mut finding = Diagnostic::error("unknown-name", span, format!("unknown name `{name}`"))
            .here("nothing in scope has this name");
        if let Some((place, statement)) = self.declared_later(name) {
            let inside = statement.start <= span.start && span.end <= statement.end;
            let message = format!("`{name}` is used before it is declared");
            let finding = Diagnostic::error("used-too-early", span, message)
                .here("used here")
                .label(place, "declared here")
                .help(match inside {
                    true => format!(
                        "a function that calls itself is declared with `fn {name}(…) {{ … }}`"
                    ),
                    false => "move the declaration up".into(),
                });
            return self.report(finding);
        }
        if self.options.scope.withholds(name) {
            let message = format!("the module `{name}` is not available here");
            let finding = Diagnostic::error("unknown-name", span, message);
            return self.report(finding.here("the host application does not offer it"));
        }
        if let Some(instead) = foreign::instead(name) {
            return self.report(finding.help(instead));
        }
        if let Some(module) = self.options.scope.module_with(name) {
            return self.report(finding.help(format!("did you mean `{module}.{name}`?")));
        }
        let names = self.known_names();
        let near = spell::did_you_mean(name, names.iter().map(SmolStr::as_str));
        if let Some(near) = near {
            finding = finding.help(near);
        }
        if self.options.scope.methods(name).is_some() {
            finding = finding.help(format!("`{name}` is a method: did you mean `x.{name}(…)`?"));
        }
        self.report(finding);
    }

    /// The function in sight whose name stands there.
    pub(super) fn declared_at(&self, place: Span) -> Option<(&'a Name<'a>, &'a Function<'a>)> {
        let open = self.blocks.iter().rev().copied();
        let statements = open.chain([self.body]).flat_map(|block| block.statements);
        statements
            .filter_map(|statement| match &statement.kind {
                StatementKind::Function { name, function } => Some((name, *function)),
                _ => None,
            })
            .find(|(name, _)| name.span == place)
    }

    /// The place of a name declared in an open block, and its statement.
    fn declared_later(&self, name: &str) -> Option<(Span, Span)> {
        let blocks = self.blocks.iter().rev();
        blocks.flat_map(|block| block.statements).find_map(|statement| match &statement.kind {
            StatementKind::Function { name: declared, .. } if declared.text == name => {
                Some((declared.span, statement.span))
            }
            StatementKind::Let { pattern, .. } => match &pattern.kind {
                PatternKind::Bind(declared) if *declared == name => {
                    Some((pattern.span, statement.span))
                }
                _ => None,
            },
            _ => None,
        })
    }

    /// Enters a top-level name, and gives its number; reports one that is there already.
    pub(super) fn declare_global(&mut self, name: &str, span: Span, kind: GlobalKind) -> usize {
        let declared = matches!(kind, GlobalKind::Function(..) | GlobalKind::Import);
        let global = Global { span, kind, slot: None, declared };
        let hidden = self.whole.globals.add(name, global);
        if let Some(&Global { kind, span: earlier, .. }) =
            hidden.and_then(|i| self.whole.globals.at(i))
            && !matches!(kind, GlobalKind::Input)
            && !self.repl()
        {
            self.report(super::function::duplicate(name, span, earlier, false));
        }
        self.whole.globals.len() - 1
    }
}

fn captured(name: &str, span: Span, place: Option<Span>) -> Diagnostic {
    let message =
        format!("`{name}` belongs to the code around this function, which cannot change it");
    let mut finding = Diagnostic::error("assign-to-captured", span, message).here("assigned here");
    if let Some(place) = place {
        finding = finding.label(place, "declared here, outside the function");
    }
    finding
        .help("functions see the values that names had when the function was made; they cannot change the names")
        .help(format!(
            "return the new value and write `{name} = f({name})`; to go through a collection use a `for` loop, or `fold`"
        ))
}
