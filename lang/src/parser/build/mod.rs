//! The actions of the grammar: they make nodes, and refuse what the grammar is too coarse to refuse.
//!
//! Invariant: no node is higher than the nesting limit. A node that would be is dropped and replaced by an error node, with one
//! complaint for the whole text, so that every tree can be walked recursively.

mod expression;
mod growing;
mod height;
mod pattern;
mod statement;

use super::{explain, literal};
use crate::arena::Arena;
use crate::ast::*;
use crate::diagnostic::{self, Diagnostic};
use crate::layout::{Placed, too_deep};
use crate::source::Span;
use crate::token::Token;
use lalrpop_util::ErrorRecovery;
use num_bigint::BigInt;
use std::cell::Cell;
use std::convert::Infallible;

/// What the actions share.
pub(crate) struct Context<'s, 'a> {
    pub(super) text: &'a str,
    pub(super) arena: &'a Arena,
    /// What the generated parser reads.
    pub(super) tokens: &'s [Placed],
    /// Documentation comments, by the start of the token they stand before, in order.
    pub(super) docs: &'a [(u32, Doc<'a>)],
    /// Where something was already complained about, so that syntax errors are no news.
    pub(super) doubtful: Vec<Span>,
    pub(super) nesting: u32,
    pub(super) too_deep: bool,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Makes the tokens end.
    pub(super) stop: &'s Cell<bool>,
    /// Where the parser lost count of the brackets.
    pub(super) lost: Option<explain::Lost>,
    /// The text ends where `catch` had to follow.
    pub(super) lacks_catch: bool,
}

pub(crate) use growing::Chain;

/// A piece of an f-string: its place, and the value and format of a hole.
pub(crate) type FormatPiece<'a> = (Span, Option<(&'a Expr<'a>, Option<Span>)>);

/// An item of a vector pattern.
#[derive(Clone, Copy)]
pub(crate) enum VecPart<'a> {
    Item(&'a Pattern<'a>),
    Rest(Span, Option<Name<'a>>),
}

/// An item of a map pattern.
#[derive(Clone, Copy)]
pub(crate) enum MapPart<'a> {
    Field(FieldPattern<'a>),
    Rest(Span, Option<Name<'a>>),
}

/// An item of a record type.
#[derive(Clone, Copy)]
pub(crate) enum FieldPart<'a> {
    Field(TypeField<'a>),
    Open,
    Error,
}

fn span(l: u32, r: u32) -> Span {
    Span { start: l, end: r.max(l) }
}

/// The greatest height among some nodes.
fn highest(heights: impl IntoIterator<Item = u32>) -> u32 {
    heights.into_iter().max().unwrap_or(0)
}

impl<'a> Context<'_, 'a> {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        diagnostic::add(&mut self.diagnostics, diagnostic);
    }

    pub(crate) fn syntax_error(
        &mut self,
        l: u32,
        r: u32,
        error: ErrorRecovery<u32, Token, Infallible>,
    ) {
        explain::recovered(self, l, r, error.error);
    }

    /// One more than `below`, unless that is too high: then the complaint is made, and the node must not be.
    #[inline]
    fn height(&mut self, span: Span, below: u32) -> Option<u32> {
        if below < self.nesting {
            return Some(below + 1);
        }
        self.too_high(span);
        None
    }

    #[cold]
    fn too_high(&mut self, span: Span) {
        if !self.too_deep {
            self.too_deep = true;
            self.report(too_deep(span, self.nesting));
        }
    }

    #[inline]
    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn name(&mut self, span: Span) -> Name<'a> {
        Name { text: self.slice(span), span }
    }

    pub(crate) fn string(&mut self, span: Span) -> &'a str {
        literal::string(self.text, span, self.arena, &mut self.diagnostics)
    }

    pub(crate) fn integer(&mut self, span: Span) -> Number<'a> {
        literal::integer(self.text, span, self.arena, &mut self.diagnostics)
    }

    pub(crate) fn float(&mut self, span: Span) -> Number<'a> {
        literal::float(self.text, span, &mut self.diagnostics)
    }

    pub(crate) fn decimal(&mut self, span: Span) -> Number<'a> {
        literal::decimal(self.text, span, self.arena, &mut self.diagnostics)
    }

    /// The sign of a literal in a pattern or type.
    pub(crate) fn negate(&mut self, number: Number<'a>) -> Number<'a> {
        match number {
            Number::Int(i) => match i.checked_neg() {
                Some(i) => Number::Int(i),
                None => literal::big(&-BigInt::from(i), self.arena),
            },
            Number::Big(bytes) => literal::big(&-BigInt::from_signed_bytes_le(bytes), self.arena),
            Number::Float(f) => Number::Float(-f),
            Number::Decimal(d) => Number::Decimal(self.arena.text(&format!("-{d}"))),
        }
    }

    /// What the grammar collected.
    pub(crate) fn list<T: Copy>(&self, items: Vec<T>) -> &'a [T] {
        self.arena.list(&items)
    }
}
