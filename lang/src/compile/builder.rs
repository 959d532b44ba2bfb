//! A function under construction.
//!
//! Registers are handed out as a stack: parameters, then names and temporaries as blocks and expressions open and close.
//! A capture has the number [`CAPTURES`]` + i` until [`Builder::finish`] knows how many there are, and gives them the registers after
//! the parameters. Jump targets are label numbers until then.

use super::names::{Chains, Names};
use super::{HashMap, Want};
use crate::ast::{self, FormatSpec};
use crate::bytecode::{
    Bounds, Const, Handler, Idx, Moment, NO_SITE, NONE, Op, ParameterInfo, Places, Prototype, Reg,
    Site, SiteKind, Step, Target, TypeTest,
};
use crate::library::Signature;
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
#[derive(Debug, Clone)]
pub(super) struct Local {
    pub(super) reg: Reg,
    pub(super) span: Span,
    pub(super) kind: LocalKind,
    pub(super) used: bool,
    /// The type of its value, where that is plain to see.
    pub(super) ty: Option<&'static str>,
    /// What it takes, if it is a function.
    pub(super) signature: Option<Rc<Signature>>,
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
#[derive(Debug, Clone)]
pub(super) struct Capture {
    pub(super) name: SmolStr,
    /// What it is there.
    pub(super) from: Source,
    pub(super) span: Span,
    pub(super) ty: Option<&'static str>,
    pub(super) signature: Option<Rc<Signature>>,
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
    pub(super) signature: Rc<Signature>,
}

/// Where `break` and `continue` go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loop {
    pub(super) exit: Label,
    pub(super) next: Label,
}

/// An open block.
#[derive(Debug)]
struct Scope<'a> {
    first_local: usize,
    register: Reg,
    block: Option<&'a ast::Block>,
}

/// What grows with a function. Kept from function to function; a prototype gets lists of its own, no larger than they must be.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    code: Vec<Op>,
    spans: Vec<Span>,
    labels: Vec<Target>,
    constants: Chains<Const>,
    /// Registers that belong to declared names.
    named: Vec<bool>,
    locals: Names<Local>,
    liveness: liveness::Room,
}

impl Buffers {
    fn clear(&mut self) {
        self.code.clear();
        self.spans.clear();
        self.labels.clear();
        self.named.clear();
        while self.locals.pop().is_some() {}
    }
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

/// A function under construction.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    name: SmolStr,
    pub(super) span: Span,
    pub(super) parameters: Vec<ParameterInfo>,
    pub(super) rest: bool,
    buffers: Box<Buffers>,
    handlers: Vec<Handler>,
    names: Vec<Vec<SmolStr>>,
    paths: Vec<Vec<Step>>,
    types: Vec<TypeTest>,
    bounds: Vec<Bounds>,
    formats: Vec<FormatSpec>,
    /// Failures of patterns, kept out of the way.
    deferred: Vec<(Label, Op, Span)>,
    next: Reg,
    high: Reg,
    scopes: Vec<Scope<'a>>,
    /// Innermost last; `None` is a comprehension, which cannot be left.
    pub(super) loops: Vec<Option<Loop>>,
    /// How many `try` bodies are open.
    pub(super) tries: u32,
    pub(super) captures: Vec<Capture>,
    capture_index: HashMap<SmolStr, usize>,
    /// The local functions that it was declared with, itself among them.
    pub(super) group: Option<Rc<[Member]>>,
    pub(super) too_large: bool,
    /// Of traced code: its sites, and those that are open.
    pub(super) sites: Vec<Site>,
    pub(super) open_sites: Vec<OpenSite>,
}

impl<'a> Builder<'a> {
    /// Uses the buffers of a finished function, if there are any.
    pub(super) fn new(name: SmolStr, span: Span, buffers: Option<Box<Buffers>>) -> Self {
        Builder {
            name,
            span,
            parameters: Vec::new(),
            rest: false,
            buffers: buffers.unwrap_or_default(),
            handlers: Vec::new(),
            names: Vec::new(),
            paths: Vec::new(),
            types: Vec::new(),
            bounds: Vec::new(),
            formats: Vec::new(),
            deferred: Vec::new(),
            next: 0,
            high: 0,
            scopes: Vec::with_capacity(8),
            loops: Vec::new(),
            tries: 0,
            captures: Vec::new(),
            capture_index: HashMap::default(),
            group: None,
            too_large: false,
            sites: Vec::new(),
            open_sites: Vec::new(),
        }
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
        reg >= CAPTURES || self.buffers.named.get(usize::from(reg)).copied().unwrap_or(false)
    }

    pub(super) fn label(&mut self) -> Label {
        self.buffers.labels.push(Target::MAX);
        Label(self.buffers.labels.len() as Target - 1)
    }

    /// The label stands for the next instruction.
    pub(super) fn place(&mut self, label: Label) {
        self.buffers.labels[label.0 as usize] = self.buffers.code.len() as Target;
    }

    pub(super) fn placed(&mut self) -> Label {
        let label = self.label();
        self.place(label);
        label
    }

    pub(super) fn emit(&mut self, op: Op, span: Span) {
        self.buffers.code.push(op);
        self.buffers.spans.push(span);
    }

    /// Adds an instruction behind the function's code, where a label leads.
    pub(super) fn later(&mut self, label: Label, op: Op, span: Span) {
        self.deferred.push((label, op, span));
    }

    /// Traced code of a getter: tells of the field that it read from its parameter.
    pub(super) fn note_field(&mut self, span: Span, field: Reg) {
        let kind = SiteKind::Read { input: false };
        self.sites.push(Site { kind, span, parent: NO_SITE, result: false, exits: false });
        self.emit(Op::Note { site: 0, src: field, root: 0, moment: Moment::Begin }, span);
    }

    pub(super) fn parameter(&mut self, name: SmolStr) -> Reg {
        self.parameters.push(ParameterInfo { name, optional: false });
        self.allocate(1)
    }

    /// An error between the labels continues at `target`.
    pub(super) fn handler(&mut self, start: Label, end: Label, target: Label, register: Reg) {
        self.handlers.push(Handler { start: start.0, end: end.0, target: target.0, register });
    }

    fn checked(&mut self, index: usize) -> Idx {
        if index >= usize::from(Idx::MAX) {
            self.too_large = true;
        }
        index as Idx
    }

    /// The number of a constant. Scalars that are the same are one.
    pub(super) fn constant(&mut self, constant: Const) -> Idx {
        let constants = &self.buffers.constants;
        let hash = match &constant {
            Const::Int(n) => Some(constants.hash_word(*n as u64)),
            Const::Float(x) => Some(constants.hash_word(x.to_bits())),
            Const::Decimal(text) | Const::Str(text) => Some(constants.hash_text(text)),
            _ => None,
        };
        let same = |other: &Const| match (&constant, other) {
            (Const::Int(a), Const::Int(b)) => a == b,
            (Const::Float(a), Const::Float(b)) => a.to_bits() == b.to_bits(),
            (Const::Decimal(a), Const::Decimal(b)) | (Const::Str(a), Const::Str(b)) => a == b,
            _ => false,
        };
        if let Some(index) = hash.and_then(|hash| constants.find(hash, same)) {
            return index as Idx;
        }
        let index = self.checked(self.buffers.constants.len());
        self.buffers.constants.push(hash.unwrap_or(0), constant);
        index
    }

    pub(super) fn text(&mut self, text: &SmolStr) -> Idx {
        self.constant(Const::Str(text.clone()))
    }

    pub(super) fn name_list(&mut self, names: Vec<SmolStr>) -> Idx {
        self.names.push(names);
        self.checked(self.names.len() - 1)
    }

    pub(super) fn path(&mut self, path: Vec<Step>) -> Idx {
        self.paths.push(path);
        self.checked(self.paths.len() - 1)
    }

    pub(super) fn type_test(&mut self, test: TypeTest) -> Idx {
        self.types.push(test);
        self.checked(self.types.len() - 1)
    }

    pub(super) fn bounds(&mut self, bounds: Bounds) -> Idx {
        self.bounds.push(bounds);
        self.checked(self.bounds.len() - 1)
    }

    pub(super) fn format(&mut self, format: FormatSpec) -> Idx {
        self.formats.push(format);
        self.checked(self.formats.len() - 1)
    }

    pub(super) fn open_scope(&mut self, block: Option<&'a ast::Block>) {
        self.scopes.push(Scope {
            first_local: self.buffers.locals.len(),
            register: self.next,
            block,
        });
    }

    /// Closes the innermost scope; its names that nothing used are given back.
    pub(super) fn close_scope(&mut self) -> Vec<(SmolStr, Local)> {
        let Some(scope) = self.scopes.pop() else { return Vec::new() };
        self.next = scope.register;
        let Buffers { locals, named, .. } = &mut *self.buffers;
        let mut unused = Vec::new();
        while locals.len() > scope.first_local
            && let Some((name, local)) = locals.pop()
        {
            if let Some(named) = named.get_mut(usize::from(local.reg)) {
                *named = false;
            }
            if !local.used {
                unused.push((name, local));
            }
        }
        unused.reverse();
        unused
    }

    pub(super) fn at_top(&self) -> bool {
        self.scopes.len() == 1
    }

    /// Declares a name; gives its number, and the earlier one of the same scope, if there is one.
    pub(super) fn declare(&mut self, name: &SmolStr, local: Local) -> (usize, Option<Span>) {
        let first = self.scopes.last().map_or(0, |s| s.first_local);
        let index = self.buffers.locals.len();
        let register = usize::from(local.reg);
        if self.buffers.named.len() <= register {
            self.buffers.named.resize(register + 1, false);
        }
        self.buffers.named[register] = true;
        let hidden = self.buffers.locals.add(name.clone(), local).filter(|i| *i >= first);
        let earlier = hidden.and_then(|i| self.buffers.locals.at(i)).map(|l| l.span);
        (index, earlier)
    }

    pub(super) fn find_local(&self, name: &str) -> Option<usize> {
        self.buffers.locals.find_name(name)
    }

    pub(super) fn local(&mut self, index: usize) -> Option<&mut Local> {
        self.buffers.locals.at(index)
    }

    pub(super) fn find_capture(&self, name: &str) -> Option<usize> {
        self.capture_index.get(name).copied()
    }

    pub(super) fn add_capture(&mut self, capture: Capture) -> usize {
        let index = self.captures.len();
        if index >= usize::from(NONE - CAPTURES) - 1 {
            self.too_large = true;
            return 0;
        }
        self.capture_index.insert(capture.name.clone(), index);
        self.captures.push(capture);
        index
    }

    pub(super) fn visible_names(&self) -> impl Iterator<Item = &str> {
        let locals = self.buffers.locals.spellings().map(SmolStr::as_str);
        locals.chain(self.group.iter().flat_map(|g| &g[..]).map(|m| m.name.as_str()))
    }

    pub(super) fn open_blocks(&self) -> impl Iterator<Item = &'a ast::Block> {
        self.scopes.iter().rev().filter_map(|s| s.block)
    }

    /// The code cannot run off its end.
    fn closed(&self) -> bool {
        let Buffers { code, labels, .. } = &*self.buffers;
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

    /// Makes the prototype. `captures` is the length of the group's final list. Gives the buffers back.
    pub(super) fn finish(mut self, captures: usize, take: bool) -> (Prototype, Box<Buffers>) {
        if !self.closed() {
            self.emit(Op::ReturnNull, self.span.after());
        }
        for (label, op, span) in std::mem::take(&mut self.deferred) {
            self.place(label);
            self.emit(op, span);
        }
        let parameters = self.parameters.len() as Reg;
        let captures = captures as Reg;
        let register = |reg: Reg| match reg {
            NONE => NONE,
            r if r >= CAPTURES => parameters + (r - CAPTURES),
            r if r >= parameters => r.saturating_add(captures),
            r => r,
        };
        let mut buffers = self.buffers;
        let Buffers { code, spans, labels, constants, liveness: room, .. } = &mut *buffers;
        let place = |label: Target| labels.get(label as usize).copied().unwrap_or(0);
        for op in &mut *code {
            // Without captures every register has its number already.
            if captures > 0 {
                liveness::map_registers(op, register);
            }
            liveness::map_target(op, place);
        }
        for handler in &mut self.handlers {
            *handler = Handler {
                start: place(handler.start),
                end: place(handler.end),
                target: place(handler.target),
                register: register(handler.register),
            };
        }
        self.handlers.retain(|h| h.start < h.end);
        let mut prototype = Prototype {
            name: self.name,
            span: self.span,
            parameters: self.parameters,
            rest: self.rest,
            captures,
            registers: self.high.max(parameters).saturating_add(captures),
            code: std::mem::take(code),
            places: Places::default(),
            constants: Vec::from_iter(constants.drain()),
            handlers: self.handlers,
            names: self.names,
            paths: self.paths,
            types: self.types,
            bounds: self.bounds,
            formats: self.formats,
            left: Vec::new(),
            sites: self.sites,
        };
        liveness::last_uses(&mut prototype, spans, take && !self.too_large, room);
        prototype.places = Places::new(spans);
        // The buffer grew with the code: what is kept is no larger than it must be.
        *code = std::mem::take(&mut prototype.code);
        prototype.code = code.clone();
        buffers.clear();
        (prototype, buffers)
    }
}

/// The register of a capture before the function is finished.
pub(super) fn capture_register(index: usize) -> Reg {
    CAPTURES.saturating_add(index.min(usize::from(NONE - CAPTURES) - 1) as Reg)
}
