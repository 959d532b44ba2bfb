//! Traced code: the notes that tell a listener what was decided where, and by what.
//!
//! A [`Site`] is a place of the source that is told of; sites of a function form a tree, as the source does. A note begins a site or
//! gives it a value. Notes only read registers, so traced code computes what ordinary code does. Without
//! [`super::Options::trace`] everything here does nothing.

use super::arguments::Arg;
use super::builder::{Label, OpenSite};
use super::resolve::Found;
use super::{Compiler, Want, check, constant};
use crate::ast::{Expr, ExprKind, LogicOp, Pattern, PatternKind};
use crate::bytecode::{Moment, NO_SITE, NONE, Op, Reg, Site, SiteKind};
use crate::source::Span;

impl<'a> Compiler<'a> {
    /// Opens a site, without a word at run time: what is compiled until [`Compiler::close`] stands inside it.
    #[inline]
    pub(super) fn enter_site(&mut self, kind: SiteKind, span: Span, want: Want) -> Option<u32> {
        self.options.trace.then(|| self.enter(kind, span, want))
    }

    fn enter(&mut self, kind: SiteKind, span: Span, want: Want) -> u32 {
        let site = self.add_site(kind, span, want);
        self.f().open_sites.push(OpenSite { site, want, parts: false });
        site
    }

    fn add_site(&mut self, kind: SiteKind, span: Span, want: Want) -> u32 {
        let f = self.f();
        let around = f.open_sites.last().copied();
        let result = match want {
            Want::Return => true,
            Want::To(_) => around.is_some_and(|outer| outer.parts || outer.want == want),
            Want::Nothing => around.is_some_and(|outer| outer.parts),
        };
        let parent = around.map_or(NO_SITE, |outer| outer.site);
        f.made.sites.push(Site { kind, span, parent, result, exits: false });
        f.made.sites.len() as u32 - 1
    }

    /// Compiles an expression whose parts make the value of the site around it, if it does itself.
    pub(super) fn with_parts(
        &mut self,
        e: &'a Expr<'a>,
        want: Want,
        inner: impl FnOnce(&mut Self),
    ) {
        let whole = matches!(
            e.kind,
            ExprKind::Paren(_)
                | ExprKind::Logic { .. }
                | ExprKind::If { .. }
                | ExprKind::Match { .. }
                | ExprKind::Try { .. }
                | ExprKind::Do(_)
                | ExprKind::Return(_)
                | ExprKind::Throw(_)
        );
        let around = self.f().open_sites.last().copied();
        match around {
            Some(around) if !whole && (around.want == want || want == Want::Return) => {
                self.f().open_sites.push(OpenSite { parts: true, ..around });
                inner(self);
                self.f().open_sites.pop();
            }
            _ => inner(self),
        }
    }

    /// Opens a site and tells that it is reached.
    #[inline]
    pub(super) fn open(&mut self, kind: SiteKind, span: Span, want: Want) -> Option<u32> {
        self.open_with(kind, span, want, NONE)
    }

    /// Likewise, with the value it has already.
    #[inline]
    pub(super) fn open_with(
        &mut self,
        kind: SiteKind,
        span: Span,
        want: Want,
        src: Reg,
    ) -> Option<u32> {
        let site = self.enter_site(kind, span, want);
        self.note(site, src, Moment::Begin, span);
        site
    }

    /// The end of what stands inside a site.
    #[inline]
    pub(super) fn close(&mut self, site: Option<u32>) {
        if let Some(site) = site {
            self.close_site(site);
        }
    }

    fn close_site(&mut self, site: u32) {
        let open = &mut self.f().open_sites;
        if let Some(at) = open.iter().rposition(|o| o.site == site) {
            open.truncate(at);
        }
    }

    /// Control leaves what is open here early.
    pub(super) fn leaves(&mut self) {
        let f = self.f();
        for open in &f.open_sites {
            if let Some(site) = f.made.sites.get_mut(open.site as usize) {
                site.exits = true;
            }
        }
    }

    #[inline]
    fn note(&mut self, site: Option<u32>, src: Reg, moment: Moment, span: Span) {
        if let Some(site) = site {
            self.f().emit(Op::Note { site, src, root: NONE, moment }, span);
        }
    }

    /// Tells the value of a site.
    #[inline]
    pub(super) fn tell(&mut self, site: Option<u32>, src: Reg, span: Span) {
        self.note(site, src, Moment::Value, span);
    }

    /// Tells that a site is true, or false.
    #[inline]
    pub(super) fn verdict(&mut self, site: Option<u32>, holds: bool, span: Span) {
        self.note(site, NONE, if holds { Moment::True } else { Moment::False }, span);
    }

    /// Before a return: tells what the function gives.
    #[inline(never)]
    pub(super) fn note_return(&mut self, op: Op, span: Span) {
        let (src, moment) = match op {
            Op::Return { src } => (src, Moment::Value),
            Op::ReturnNull => (NONE, Moment::Null),
            _ => return,
        };
        let body = self.f().made.sites.first().map(|_| 0);
        self.note(body, src, moment, span);
    }

    /// A condition that goes to `target` when it is `when`. The site is left open for what it guards.
    pub(super) fn judged(
        &mut self,
        kind: SiteKind,
        e: &'a Expr<'a>,
        target: Label,
        when: bool,
        want: Want,
    ) -> Option<u32> {
        let site = self.enter_site(kind, e.span, want);
        self.judge(site, e, target, when);
        site
    }

    /// The condition of a site that is open.
    pub(super) fn judge(&mut self, site: Option<u32>, e: &'a Expr<'a>, target: Label, when: bool) {
        if site.is_none() {
            return self.condition(e, target, when);
        }
        let span = e.span;
        self.note(site, NONE, Moment::Begin, span);
        let [hit, past] = [self.f().label(), self.f().label()];
        self.condition(e, hit, when);
        self.verdict(site, !when, span);
        self.emit(Op::Jump { target: past.0 }, span);
        self.f().place(hit);
        self.verdict(site, when, span);
        self.emit(Op::Jump { target: target.0 }, span);
        self.f().place(past);
    }

    /// An operand of `and` or `or` in a condition.
    pub(super) fn part(
        &mut self,
        op: LogicOp,
        first: bool,
        e: &'a Expr<'a>,
        target: Label,
        when: bool,
    ) {
        if !self.options.trace || joins(op, e) {
            return self.condition(e, target, when);
        }
        let kind = SiteKind::Operand { op, first: first && self.leads(op) };
        let site = self.judged(kind, e, target, when, Want::Nothing);
        self.close(site);
    }

    /// No operand of the innermost chain has been met yet.
    fn leads(&mut self, op: LogicOp) -> bool {
        let f = self.f();
        let around = f.open_sites.last().map_or(NO_SITE, |open| open.site);
        let inside = f.made.sites.iter().skip((around as usize).saturating_add(1));
        let operand = |s: &Site| matches!(s.kind, SiteKind::Operand { op: o, .. } if o == op);
        !inside.filter(|s| s.parent == around).any(operand)
    }

    /// Opens a chain of operands; one of the same operator around it goes on.
    pub(super) fn open_logic(&mut self, op: LogicOp, span: Span, want: Want) -> Option<u32> {
        let f = self.f();
        let around = f.open_sites.last().and_then(|open| f.made.sites.get(open.site as usize));
        let goes_on = around.is_some_and(|s| s.kind == SiteKind::Logic { op });
        if goes_on { None } else { self.open(SiteKind::Logic { op }, span, want) }
    }

    pub(super) fn open_operand(
        &mut self,
        op: LogicOp,
        first: bool,
        e: &'a Expr<'a>,
        want: Want,
    ) -> Option<u32> {
        if !self.options.trace || joins(op, e) {
            return None;
        }
        let first = first && self.leads(op);
        self.open(SiteKind::Operand { op, first }, e.span, want)
    }

    /// An operand whose value is wanted.
    pub(super) fn operand_to(&mut self, op: LogicOp, first: bool, e: &'a Expr<'a>, dst: Reg) {
        let site = self.open_operand(op, first, e, Want::To(dst));
        self.expr(e, Want::To(dst));
        if site.is_some() {
            self.seen_name(e, dst);
        }
        self.tell(site, dst, e.span);
        self.close(site);
    }

    /// The operand that gives the value, if the others have not.
    pub(super) fn last_operand(&mut self, op: LogicOp, e: &'a Expr<'a>, want: Want) {
        if let Want::To(dst) = want {
            return self.operand_to(op, false, e, dst);
        }
        let site = self.open_operand(op, false, e, want);
        self.expr(e, want);
        self.close(site);
    }

    /// Opens a `let` whose value is worth telling: literals, names and functions tell themselves.
    pub(super) fn open_let(
        &mut self,
        mutable: bool,
        span: Span,
        value: &'a Expr<'a>,
        reg: Reg,
    ) -> Option<u32> {
        if !self.options.trace
            || constant::is_constant(value)
            || matches!(check::bare(value).kind, ExprKind::Name(_))
        {
            return None;
        }
        self.open(SiteKind::Let { mutable }, span, Want::To(reg))
    }

    /// Opens a round of a loop over `span`.
    pub(super) fn open_turn(
        &mut self,
        pattern: &'a Pattern<'a>,
        span: Span,
        src: Reg,
    ) -> Option<u32> {
        let src = match &pattern.kind {
            PatternKind::Bind(_) => src,
            _ => NONE,
        };
        self.open_with(SiteKind::Turn, pattern.span.to(span), Want::Nothing, src)
    }

    /// Opens a call, if it may come to code of the program's own.
    pub(super) fn open_call(
        &mut self,
        callee: &'a Expr<'a>,
        arguments: &[Arg<'a>],
        span: Span,
        want: Want,
    ) -> Option<u32> {
        if !self.options.trace {
            return None;
        }
        let function = |e: &Expr| matches!(check::bare(e).kind, ExprKind::Function(_));
        let handed = arguments.iter().any(|a| a.value().is_some_and(function));
        let own = match &callee.kind {
            ExprKind::Name(name) => self.user_name(name, callee.span).is_some(),
            ExprKind::Field { parts, .. } => match &parts.0.kind {
                ExprKind::Name(root) => matches!(
                    self.user_name(root, parts.0.span),
                    Some(Found::Slot { import: true, .. })
                ),
                _ => false,
            },
            _ => true,
        };
        if own || handed { self.open(SiteKind::Call, span, want) } else { None }
    }

    /// Tells of a path that was read from a name. `root`: the register that still holds what the path begins with.
    pub(super) fn note_path(&mut self, name: &str, span: Span, src: Reg, root: Reg) {
        if !self.options.trace {
            return;
        }
        let input = match self.user_name(name, span) {
            Some(Found::Register { .. }) => false,
            Some(Found::Slot { import: false, .. }) => self.is_input(name),
            _ => return,
        };
        self.note_read(SiteKind::Read { input }, span, src, root);
    }

    /// Tells the value of an operand of a comparison, unless the source shows it or the path read has been told of.
    #[inline]
    pub(super) fn seen(&mut self, e: &'a Expr<'a>, reg: Reg) {
        if self.options.trace {
            self.note_operand(e, reg);
        }
    }

    fn note_operand(&mut self, e: &'a Expr<'a>, reg: Reg) {
        if constant::is_constant(e) {
            return;
        }
        let e = check::bare(e);
        let told = match &e.kind {
            ExprKind::Name(_) => self.register_of(e).is_none(),
            ExprKind::Field { .. } | ExprKind::Index { .. } | ExprKind::Each { .. } => {
                root(e).is_some()
            }
            _ => false,
        };
        if !told {
            self.note_seen(e.span, reg);
        }
    }

    /// Likewise for a name only.
    pub(super) fn seen_name(&mut self, e: &'a Expr<'a>, reg: Reg) {
        if self.options.trace && self.register_of(e).is_some() {
            self.note_seen(check::bare(e).span, reg);
        }
    }

    /// Tells the value in a register, as what the source has at a place.
    #[inline]
    pub(super) fn note_seen(&mut self, span: Span, reg: Reg) {
        self.note_read(SiteKind::Seen, span, reg, NONE);
    }

    /// Tells of a name that is read where a value is computed from parts.
    #[inline]
    pub(super) fn note_share(&mut self, span: Span, reg: Reg) {
        if self.options.trace && self.f().open_sites.last().is_some_and(|open| open.parts) {
            self.note_read(SiteKind::Share, span, reg, NONE);
        }
    }

    /// Tells of a field that a pattern took from the value in `root`.
    pub(super) fn note_taken(&mut self, span: Span, reg: Reg, root: Reg) {
        self.note_read(SiteKind::Taken, span, reg, root);
    }

    #[inline]
    fn note_read(&mut self, kind: SiteKind, span: Span, src: Reg, root: Reg) {
        if self.options.trace {
            self.tell_read(kind, span, src, root);
        }
    }

    fn tell_read(&mut self, kind: SiteKind, span: Span, src: Reg, root: Reg) {
        let site = self.add_site(kind, span, Want::Nothing);
        self.f().emit(Op::Note { site, src, root, moment: Moment::Begin }, span);
    }
}

/// An operand that is a chain of the same operator: its operands are those of the chain around it.
fn joins(op: LogicOp, e: &Expr) -> bool {
    matches!(&check::bare(e).kind, ExprKind::Logic { op: inner, .. } if *inner == op)
}

/// The name that a path begins with.
fn root<'e>(mut e: &'e Expr<'e>) -> Option<&'e str> {
    loop {
        e = match &e.kind {
            ExprKind::Field { parts, .. } => parts.0,
            ExprKind::Index { parts, .. } => parts.0,
            ExprKind::Each { object } => object,
            ExprKind::Name(name) => return Some(name),
            _ => return None,
        };
    }
}
