//! Vector, set and map literals, and comprehensions as loops in place.

use super::arguments::Arg;
use super::expression::CHUNK;
use super::{Compiler, HashMap, Want, constant};
use crate::ast::{Clause, Element, Entry, Expr, ExprKind, Name};
use crate::bytecode::{Const, Op, Reg, SiteKind};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::{deep, descend};
use smol_str::SmolStr;

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Vec,
    Set,
}

impl<'a> Compiler<'a> {
    /// Makes the value of a literal, fresh: nothing else holds it.
    pub(super) fn build(&mut self, e: &'a Expr<'a>, dst: Reg) {
        descend(e.height, || match &e.kind {
            ExprKind::Vec(items) => self.sequence_literal(Shape::Vec, items, dst, e.span),
            ExprKind::Set(items) => self.sequence_literal(Shape::Set, items, dst, e.span),
            ExprKind::Map(entries) => self.map_literal(entries, dst, e.span),
            ExprKind::Paren(inner) => self.build(inner, dst),
            _ => self.expr(e, Want::To(dst)),
        });
    }

    /// An element of a literal that is built: a collection in it is built as well.
    fn elements(&mut self, items: &[(Reg, &'a Expr<'a>)], fresh: bool) {
        if fresh {
            items.iter().for_each(|(reg, item)| self.build(item, *reg));
        } else {
            self.fill(items);
        }
    }

    fn sequence_literal(&mut self, shape: Shape, items: &'a [Element<'a>], dst: Reg, span: Span) {
        let plain = items.iter().take_while(|i| matches!(i, Element::Item(_))).count();
        let (head, tail) = items.split_at(plain.min(CHUNK));
        // A literal of constants only comes here when it is to be built.
        let fresh =
            items.iter().all(|item| matches!(item, Element::Item(e) if constant::is_constant(e)));
        self.scratch(|c| {
            let base = c.f().allocate(head.len());
            let mut filled = Vec::with_capacity(head.len());
            for (i, item) in head.iter().enumerate() {
                if let Element::Item(e) = item {
                    filled.push((base.saturating_add(i as Reg), *e));
                }
            }
            c.elements(&filled, fresh);
            let count = head.len() as u16;
            c.emit(
                match shape {
                    Shape::Vec => Op::VecNew { dst, base, count },
                    Shape::Set => Op::SetNew { dst, base, count },
                },
                span,
            );
        });
        for item in tail {
            self.scratch(|c| c.add_element(shape, item, dst, fresh));
        }
    }

    fn add_element(&mut self, shape: Shape, item: &'a Element<'a>, to: Reg, fresh: bool) {
        match item {
            Element::Item(e) => {
                let src = self.temporary();
                self.elements(&[(src, e)], fresh);
                self.emit(
                    match shape {
                        Shape::Vec => Op::VecPush { vec: to, src },
                        Shape::Set => Op::SetAdd { set: to, src },
                    },
                    e.span,
                );
            }
            Element::Spread(e) => {
                let src = self.operand(e);
                self.emit(
                    match shape {
                        Shape::Vec => Op::VecExtend { vec: to, src },
                        Shape::Set => Op::SetExtend { set: to, src },
                    },
                    e.span,
                );
            }
        }
    }

    fn map_literal(&mut self, entries: &'a [Entry<'a>], dst: Reg, span: Span) {
        let fresh = entries.iter().all(|entry| match entry {
            Entry::Field { value, .. } => constant::is_constant(value),
            _ => false,
        });
        let mut names: Vec<SmolStr> = Vec::new();
        let mut values: Vec<&'a Expr<'a>> = Vec::new();
        for entry in entries.iter().take(CHUNK) {
            match entry {
                Entry::Field { key, value } if !names.iter().any(|name| name == key.text) => {
                    names.push(key.text.into());
                    values.push(value);
                }
                _ => break,
            }
        }
        let rest = entries.get(names.len()..).unwrap_or_default();
        self.scratch(|c| {
            let base = c.f().allocate(values.len());
            let filled: Vec<_> = values
                .into_iter()
                .enumerate()
                .map(|(i, value)| (base.saturating_add(i as Reg), value))
                .collect();
            c.elements(&filled, fresh);
            let names = c.f().name_list(names);
            c.emit(Op::MapNew { dst, base, names }, span);
        });
        for entry in rest {
            self.scratch(|c| c.add_entry(entry, dst));
        }
    }

    fn add_entry(&mut self, entry: &'a Entry<'a>, map: Reg) {
        let key_at = self.f().allocate(2);
        let value_at = key_at.saturating_add(1);
        match entry {
            Entry::Field { key, value } => {
                self.expr(value, Want::To(value_at));
                self.constant(Const::Str(key.text.into()), Want::To(key_at), key.span);
                let span = key.span.to(value.span);
                self.emit(Op::MapPut { map, key: key_at, value: value_at }, span);
            }
            Entry::Pair { key, value } => {
                self.fill(&[(key_at, key), (value_at, value)]);
                let span = key.span.to(value.span);
                self.emit(Op::MapPut { map, key: key_at, value: value_at }, span);
            }
            Entry::Spread(e) => {
                let src = self.operand(e);
                self.emit(Op::MapExtend { map, src }, e.span);
            }
            Entry::Error => {}
        }
    }

    /// The positional arguments of a call with spreads, as a Vec.
    pub(super) fn argument_vec(&mut self, arguments: &[Arg<'a>], dst: Reg, span: Span) {
        self.emit(Op::VecNew { dst, base: dst, count: 0 }, span);
        for argument in arguments {
            self.scratch(|c| match argument {
                Arg::Value(e) => {
                    let src = c.temporary();
                    c.expr(e, Want::To(src));
                    c.emit(Op::VecPush { vec: dst, src }, e.span);
                }
                Arg::Place(place) => {
                    let src = c.temporary();
                    c.read_place(*place, src);
                    c.emit(Op::VecPush { vec: dst, src }, span);
                }
                Arg::Spread(e) => {
                    let src = c.operand(e);
                    c.emit(Op::VecExtend { vec: dst, src }, e.span);
                }
                Arg::Named(..) => {}
            });
        }
    }

    /// The named arguments of a call with spreads, as a Map, or Null when there are none.
    pub(super) fn argument_map(
        &mut self,
        named: &[(&'a Name<'a>, &'a Expr<'a>)],
        dst: Reg,
        span: Span,
    ) {
        if named.is_empty() {
            return self.emit(Op::Null { dst }, span);
        }
        self.scratch(|c| {
            let base = c.f().allocate(named.len());
            for (i, (_, value)) in named.iter().enumerate() {
                c.expr(value, Want::To(base.saturating_add(i as Reg)));
            }
            let names = named.iter().map(|(name, _)| name.text.into()).collect();
            let names = c.f().name_list(names);
            c.emit(Op::MapNew { dst, base, names }, span);
        });
    }

    pub(super) fn comprehension(&mut self, e: &'a Expr<'a>, dst: Reg) {
        self.scratch(|c| match &e.kind {
            ExprKind::VecComprehension(element, clauses) => {
                c.emit(Op::VecNew { dst, base: dst, count: 0 }, e.span);
                c.clauses(clauses, &mut |c| {
                    c.scratch(|c| c.add_element(Shape::Vec, element, dst, false));
                });
            }
            ExprKind::SetComprehension(element, clauses) => {
                c.emit(Op::SetNew { dst, base: dst, count: 0 }, e.span);
                c.clauses(clauses, &mut |c| {
                    c.scratch(|c| c.add_element(Shape::Set, element, dst, false));
                });
            }
            ExprKind::MapComprehension(entry, clauses) => {
                let names = c.f().name_list(Vec::new());
                c.emit(Op::MapNew { dst, base: dst, names }, e.span);
                c.clauses(clauses, &mut |c| c.scratch(|c| c.add_entry(entry, dst)));
            }
            _ => {}
        });
    }

    fn clauses(&mut self, clauses: &'a [Clause<'a>], body: &mut dyn FnMut(&mut Self)) {
        let Some((first, rest)) = clauses.split_first() else { return body(self) };
        deep(|| match first {
            Clause::For { pattern, iterable } => {
                self.scratch(|c| {
                    c.iterate(pattern, iterable, false, &mut |c| c.clauses(rest, body));
                });
            }
            Clause::If(condition) => {
                let skip = self.f().label();
                let site = self.judged(SiteKind::Filter, condition, skip, false, Want::Nothing);
                self.clauses(rest, body);
                self.close(site);
                self.f().place(skip);
            }
        });
    }

    /// Warns of keys that a literal gives twice; with `inside`, also in the literals in it.
    pub(super) fn check_keys(&mut self, e: &'a Expr<'a>, inside: bool) {
        let part = |c: &mut Self, e: &'a Expr<'a>| {
            if inside {
                descend(e.height, || c.check_keys(e, true));
            }
        };
        match &e.kind {
            ExprKind::Map(entries) => {
                self.check_entries(entries);
                for entry in *entries {
                    if let Entry::Field { value, .. } | Entry::Pair { value, .. } = entry {
                        part(self, value);
                    }
                }
            }
            ExprKind::Vec(items) | ExprKind::Set(items) => {
                for item in *items {
                    if let Element::Item(e) = item {
                        part(self, e);
                    }
                }
            }
            _ => {}
        }
    }

    fn check_entries(&mut self, entries: &'a [Entry<'a>]) {
        let mut seen: HashMap<&str, Span> = HashMap::default();
        for entry in entries {
            let (key, span) = match entry {
                Entry::Field { key, .. } => (key.text, key.span),
                _ => continue,
            };
            if let Some(earlier) = seen.insert(key, span) {
                self.report(
                    Diagnostic::warning(
                        "duplicate-key",
                        span,
                        format!("the key \"{key}\" is given twice"),
                    )
                    .here("this value counts")
                    .label(earlier, "this one is overwritten"),
                );
            }
        }
    }
}
