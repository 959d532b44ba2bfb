//! A function under construction.
//!
//! Registers are handed out as a stack: parameters, then names and temporaries as blocks and expressions open and close.
//! A capture has the number [`CAPTURES`]` + i` until [`Builder::finish`] knows how many there are, and gives them the registers after
//! the parameters. Jump targets are label numbers until then.

use super::Want;
use super::names::{Chains, Names};
use crate::ast::FormatSpec;
use crate::bytecode::{
    Bounds, Const, Handler, Idx, Moment, NO_SITE, NONE, Op, ParameterInfo, Prototype, Reg, Site,
    SiteKind, Step, Target, TypeTest,
};
use crate::liveness;
use crate::source::Span;
use smol_str::SmolStr;
use std::rc::Rc;

/// The provisional register of the first capture.
const CAPTURES: Reg = 0xC000;

/// A place in the code that jumps refer to before it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(pub(super) Target);

/// A name of a function.
#[derive(Debug, Clone, Copy)]
pub(super) struct Local {
    pub(super) reg: Reg,
    pub(super) span: Span,
    pub(super) kind: LocalKind,
    pub(super) used: bool,
    /// The type of its value, where that is plain to see.
    pub(super) ty: Option<&'static str>,
    /// Its function, by its number among those in sight, if it is one.
    pub(super) function: Option<u32>,
}

/// How a name came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LocalKind {
    Let,
    Var,
    Parameter,
    /// By the pattern of a loop, arm or handler.
    Pattern,
    Function,
    /// By the host.
    Input,
}

/// A name taken from the function around.
#[derive(Debug, Clone, Copy)]
pub(super) struct Capture {
    /// What it is there.
    pub(super) from: Source,
    pub(super) span: Span,
    pub(super) ty: Option<&'static str>,
    pub(super) function: Option<u32>,
}

/// What a capture is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Register(Reg),
    Sibling(Idx),
    Slot(Idx),
}

/// A member of a group of local functions.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) name: SmolStr,
    pub(super) span: Span,
    pub(super) prototype: Idx,
    pub(super) function: u32,
}

/// Where `break` and `continue` go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loop {
    pub(super) exit: Label,
    pub(super) next: Label,
}

/// An open block, or what is like one.
#[derive(Debug)]
struct Scope {
    first_local: usize,
    register: Reg,
}

/// A site that what is compiled now stands in.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenSite {
    pub(super) site: u32,
    /// Where its value goes.
    pub(super) want: Want,
    /// Its value is being computed from parts: all inside have a share in it.
    pub(super) parts: bool,
}

/// A function under construction. Its lists go from function to function, and so does what is made in them.
#[derive(Debug, Default)]
pub(super) struct Builder {
    pub(super) made: Prototype,
    spans: Vec<Span>,
    labels: Vec<Target>,
    /// By what the constants are found.
    constants: Chains<()>,
    /// Registers that belong to declared names.
    named: Vec<bool>,
    pub(super) locals: Names<Local>,
    /// Failures of patterns, kept out of the way.
    deferred: Vec<(Label, Op, Span)>,
    next: Reg,
    high: Reg,
    scopes: Vec<Scope>,
    /// Innermost last; `None` is a comprehension, which cannot be left.
    pub(super) loops: Vec<Option<Loop>>,
    /// How many `try` bodies are open.
    pub(super) tries: u32,
    pub(super) captures: Names<Capture>,
    /// The local functions that it was declared with, itself among them.
    pub(super) group: Option<Rc<[Member]>>,
    pub(super) too_large: bool,
    /// Of traced code: its sites that are open.
    pub(super) open_sites: Vec<OpenSite>,
    liveness: liveness::Room,
}

impl Builder {
    /// Forgets the function, and keeps the lists.
    pub(super) fn clear(&mut self) {
        let Prototype {
            name: _,
            span: _,
            parameters,
            rest,
            captures: _,
            registers: _,
            code,
            places: _,
            constants,
            handlers,
            names,
            paths,
            types,
            bounds,
            formats,
            left: _,
            sites,
        } = &mut self.made;
        *rest = false;
        parameters.clear();
        code.clear();
        constants.clear();
        handlers.clear();
        names.clear();
        paths.clear();
        types.clear();
        bounds.clear();
        formats.clear();
        sites.clear();
        self.spans.clear();
        self.labels.clear();
        self.constants.clear();
        self.named.clear();
        self.locals.clear();
        (self.next, self.high) = (0, 0);
        self.scopes.clear();
        self.loops.clear();
        self.tries = 0;
        self.captures.clear();
        self.group = None;
        self.too_large = false;
        self.open_sites.clear();
    }

    /// A number of consecutive registers.
    pub(super) fn allocate(&mut self, count: usize) -> Reg {
        let first = self.next;
        match usize::from(first).checked_add(count) {
            Some(next) if next < usize::from(CAPTURES) => {
                self.next = next as Reg;
                self.high = self.high.max(self.next);
                first
            }
            _ => {
                self.too_large = true;
                0
            }
        }
    }

    pub(super) fn mark(&self) -> Reg {
        self.next
    }

    pub(super) fn release(&mut self, mark: Reg) {
        self.next = mark;
    }

    pub(super) fn is_named(&self, reg: Reg) -> bool {
        reg >= CAPTURES || self.named.get(usize::from(reg)).copied().unwrap_or(false)
    }

    pub(super) fn label(&mut self) -> Label {
        self.labels.push(Target::MAX);
        Label(self.labels.len() as Target - 1)
    }

    /// The label stands for the next instruction.
    pub(super) fn place(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.made.code.len() as Target;
    }

    pub(super) fn placed(&mut self) -> Label {
        let label = self.label();
        self.place(label);
        label
    }

    pub(super) fn emit(&mut self, op: Op, span: Span) {
        self.made.code.push(op);
        self.spans.push(span);
    }

    /// Adds an instruction behind the function's code, where a label leads.
    pub(super) fn later(&mut self, label: Label, op: Op, span: Span) {
        self.deferred.push((label, op, span));
    }

    /// Traced code of a getter: tells of the field that it read from its parameter.
    pub(super) fn note_field(&mut self, span: Span, field: Reg) {
        let kind = SiteKind::Read { input: false };
        self.made.sites.push(Site { kind, span, parent: NO_SITE, result: false, exits: false });
        self.emit(Op::Note { site: 0, src: field, root: 0, moment: Moment::Begin }, span);
    }

    pub(super) fn parameter(&mut self, name: SmolStr) -> Reg {
        self.made.parameters.push(ParameterInfo { name, optional: false });
        self.allocate(1)
    }

    /// An error between the labels continues at `target`.
    pub(super) fn handler(&mut self, start: Label, end: Label, target: Label, register: Reg) {
        self.made.handlers.push(Handler { start: start.0, end: end.0, target: target.0, register });
    }

    fn checked(&mut self, index: usize) -> Idx {
        if index >= usize::from(Idx::MAX) {
            self.too_large = true;
        }
        index as Idx
    }

    /// The number of a constant. Scalars that are the same are one.
    pub(super) fn constant(&mut self, constant: Const) -> Idx {
        let key = match &constant {
            Const::Int(n) => return self.int(*n),
            Const::Str(text) => return self.text(text),
            Const::Float(x) => u128::from(x.to_bits()),
            Const::Decimal(text) => self.constants.key(text),
            // Never looked for: a key that nothing else has.
            _ => return self.add_constant(u128::MAX - self.constants.len() as u128, constant),
        };
        let constants = &self.made.constants;
        let same = |index: usize| match (&constant, constants.get(index)) {
            (Const::Float(a), Some(Const::Float(b))) => a.to_bits() == b.to_bits(),
            (Const::Decimal(a), Some(Const::Decimal(b))) => a == b,
            _ => false,
        };
        match self.constants.find(key, same) {
            Some(index) => index as Idx,
            None => self.add_constant(key, constant),
        }
    }

    pub(super) fn text(&mut self, text: &str) -> Idx {
        let constants = &self.made.constants;
        let same =
            |index: usize| matches!(constants.get(index), Some(Const::Str(known)) if known == text);
        let key = self.constants.key(text);
        match self.constants.find(key, same) {
            Some(index) => index as Idx,
            None => self.add_constant(key, Const::Str(text.into())),
        }
    }

    pub(super) fn int(&mut self, n: i64) -> Idx {
        let constants = &self.made.constants;
        let same = |index: usize| matches!(constants.get(index), Some(Const::Int(_)));
        let key = u128::from(n as u64);
        match self.constants.find(key, same) {
            Some(index) => index as Idx,
            None => self.add_constant(key, Const::Int(n)),
        }
    }

    fn add_constant(&mut self, key: u128, constant: Const) -> Idx {
        let index = self.checked(self.made.constants.len());
        self.constants.push(key, ());
        self.made.constants.push(constant);
        index
    }

    pub(super) fn name_list(&mut self, names: Vec<SmolStr>) -> Idx {
        self.made.names.push(names);
        self.checked(self.made.names.len() - 1)
    }

    pub(super) fn path(&mut self, path: Vec<Step>) -> Idx {
        self.made.paths.push(path);
        self.checked(self.made.paths.len() - 1)
    }

    pub(super) fn type_test(&mut self, test: TypeTest) -> Idx {
        self.made.types.push(test);
        self.checked(self.made.types.len() - 1)
    }

    pub(super) fn bounds(&mut self, bounds: Bounds) -> Idx {
        self.made.bounds.push(bounds);
        self.checked(self.made.bounds.len() - 1)
    }

    pub(super) fn format(&mut self, format: FormatSpec) -> Idx {
        self.made.formats.push(format);
        self.checked(self.made.formats.len() - 1)
    }

    pub(super) fn open_scope(&mut self) {
        self.scopes.push(Scope { first_local: self.locals.len(), register: self.next });
    }

    /// Closes the innermost scope; hands on its names that nothing used, the newest first.
    #[inline]
    pub(super) fn close_scope(&mut self, mut unused: impl FnMut(SmolStr, Local)) {
        let Some(scope) = self.scopes.pop() else { return };
        self.next = scope.register;
        while self.locals.len() > scope.first_local
            && let Some(local) = self.locals.last()
        {
            if let Some(named) = self.named.get_mut(usize::from(local.reg)) {
                *named = false;
            }
            if !local.used {
                unused(self.locals.last_name(), *local);
            }
            self.locals.pop();
        }
    }

    pub(super) fn at_top(&self) -> bool {
        self.scopes.len() == 1
    }

    /// Declares a name; gives its number, and the earlier one of the same scope, if there is one.
    pub(super) fn declare(&mut self, name: &str, local: Local) -> (usize, Option<Span>) {
        let first = self.scopes.last().map_or(0, |s| s.first_local);
        let index = self.locals.len();
        let register = usize::from(local.reg);
        if self.named.len() <= register {
            self.named.resize(register + 1, false);
        }
        self.named[register] = true;
        let hidden = self.locals.add(name, local).filter(|i| *i >= first);
        let earlier = hidden.and_then(|i| self.locals.at(i)).map(|l| l.span);
        (index, earlier)
    }

    pub(super) fn find_local(&self, name: &str) -> Option<usize> {
        self.locals.find_name(name)
    }

    #[inline]
    pub(super) fn local(&mut self, index: usize) -> Option<&mut Local> {
        self.locals.at_mut(index)
    }

    pub(super) fn add_capture(&mut self, name: &str, capture: Capture) -> usize {
        let index = self.captures.len();
        if index >= usize::from(NONE - CAPTURES) - 1 {
            self.too_large = true;
            return 0;
        }
        self.captures.add(name, capture);
        index
    }

    pub(super) fn visible_names(&self) -> impl Iterator<Item = SmolStr> {
        let locals = self.locals.iter().map(|(name, _)| name);
        locals.chain(self.group.iter().flat_map(|g| &g[..]).map(|m| m.name.clone()))
    }

    /// The code cannot run off its end.
    fn closed(&self) -> bool {
        let (code, labels) = (&self.made.code, &self.labels);
        let end = code.len() as Target;
        // A tail call with names or spreads is one by its operand only; the machine wants a plain end.
        let call = |op: &Op| {
            matches!(
                op,
                Op::CallNamed { .. }
                    | Op::CallSpread { .. }
                    | Op::CallMethodNamed { .. }
                    | Op::CallMethodSpread { .. }
            )
        };
        let jumped_to = || {
            labels.contains(&end)
                && code
                    .iter()
                    .filter_map(|op| liveness::target(*op))
                    .any(|label| labels.get(label as usize).is_some_and(|place| *place == end))
        };
        code.last().is_some_and(|op| liveness::ends(*op) && !call(op)) && !jumped_to()
    }

    /// Makes the prototype. `captures` is the length of the group's final list.
    pub(super) fn finish(&mut self, captures: usize, take: bool) {
        if !self.closed() {
            self.emit(Op::ReturnNull, self.made.span.after());
        }
        for at in 0..self.deferred.len() {
            let (label, op, span) = self.deferred[at];
            self.place(label);
            self.emit(op, span);
        }
        self.deferred.clear();
        let Builder { made, spans, labels, liveness: room, .. } = self;
        let parameters = made.parameters.len() as Reg;
        let captures = captures as Reg;
        let register = |reg: Reg| match reg {
            NONE => NONE,
            r if r >= CAPTURES => parameters + (r - CAPTURES),
            r if r >= parameters => r.saturating_add(captures),
            r => r,
        };
        let place = |label: Target| labels.get(label as usize).copied().unwrap_or(0);
        for op in &mut made.code {
            // Without captures every register has its number already.
            if captures > 0 {
                liveness::map_registers(op, register);
            }
            liveness::map_target(op, place);
        }
        for handler in &mut made.handlers {
            *handler = Handler {
                start: place(handler.start),
                end: place(handler.end),
                target: place(handler.target),
                register: register(handler.register),
            };
        }
        made.handlers.retain(|h| h.start < h.end);
        made.captures = captures;
        made.registers = self.high.max(parameters).saturating_add(captures);
        liveness::last_uses(made, spans, take && !self.too_large, room);
        made.places.fill(spans);
    }
}

/// The register of a capture before the function is finished.
pub(super) fn capture_register(index: usize) -> Reg {
    CAPTURES.saturating_add(index.min(usize::from(NONE - CAPTURES) - 1) as Reg)
}
