//! The actions of the grammar: they make nodes, and refuse what the grammar is too coarse to refuse. The generated parser takes its
//! nodes boxed, the quick one (`descent`) as they are.
//!
//! Invariant: no node is higher than the nesting limit. A node that would be is dropped and replaced by an error node, with one
//! complaint for the whole text, so that every tree can be walked and dropped recursively.

// The grammar hands over boxes, to keep the symbols on its stack small.
#![allow(clippy::boxed_local, clippy::vec_box)]

mod expression;
mod height;
mod pattern;
mod statement;

use super::{explain, literal};
use crate::ast::*;
use crate::diagnostic::{self, Diagnostic};
use crate::layout::{Placed, too_deep};
use crate::source::Span;
use crate::token::Token;
use lalrpop_util::ErrorRecovery;
use num_bigint::BigInt;
use smol_str::SmolStr;
use std::cell::Cell;
use std::convert::Infallible;

/// What the actions share.
pub(crate) struct Context<'s> {
    pub(super) text: &'s str,
    /// What the generated parser reads.
    pub(super) tokens: &'s [Placed],
    /// Documentation comments, by the start of the token they stand before, in order.
    pub(super) docs: &'s [(u32, Doc)],
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

/// A piece of an f-string: its place, and the value and format of a hole.
pub(crate) type FormatPiece = (Span, Option<(Box<Expr>, Option<Span>)>);

/// An item of a vector pattern.
pub(crate) enum VecPart {
    Item(Box<Pattern>),
    Rest(Span, Option<Name>),
}

/// An item of a map pattern.
pub(crate) enum MapPart {
    Field(Box<FieldPattern>),
    Rest(Span, Option<Name>),
}

/// An item of a record type.
pub(crate) enum FieldPart {
    Field(Box<TypeField>),
    Open,
    Error,
}

fn span(l: u32, r: u32) -> Span {
    Span { start: l, end: r.max(l) }
}

/// What the grammar collects in boxes, without them.
pub(crate) fn unbox<T>(items: Vec<Box<T>>) -> Vec<T> {
    items.into_iter().map(|item| *item).collect()
}

/// The greatest height among some nodes.
fn highest(heights: impl IntoIterator<Item = u32>) -> u32 {
    heights.into_iter().max().unwrap_or(0)
}

impl Context<'_> {
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
    fn height(&mut self, span: Span, below: u32) -> Option<u32> {
        if below < self.nesting {
            return Some(below + 1);
        }
        if !self.too_deep {
            self.too_deep = true;
            self.report(too_deep(span, self.nesting));
        }
        None
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    pub(super) fn word(&self, span: Span) -> SmolStr {
        SmolStr::new(self.slice(span))
    }

    pub(crate) fn name(&mut self, span: Span) -> Name {
        Name { text: self.word(span), span }
    }

    pub(crate) fn string(&mut self, span: Span) -> SmolStr {
        literal::string(self.text, span, &mut self.diagnostics)
    }

    pub(crate) fn integer(&mut self, span: Span) -> Number {
        literal::integer(self.text, span, &mut self.diagnostics)
    }

    pub(crate) fn float(&mut self, span: Span) -> Number {
        literal::float(self.text, span, &mut self.diagnostics)
    }

    pub(crate) fn decimal(&mut self, span: Span) -> Number {
        literal::decimal(self.text, span, &mut self.diagnostics)
    }

    /// The sign of a literal in a pattern or type.
    pub(crate) fn negate(&mut self, number: Number) -> Number {
        match number {
            Number::Int(i) => match i.checked_neg() {
                Some(i) => Number::Int(i),
                None => Number::Big(-BigInt::from(i)),
            },
            Number::Big(b) => {
                let negated = -b;
                match i64::try_from(&negated) {
                    Ok(i) => Number::Int(i),
                    Err(_) => Number::Big(negated),
                }
            }
            Number::Float(f) => Number::Float(-f),
            Number::Decimal(d) => Number::Decimal(SmolStr::new(format!("-{d}"))),
        }
    }
}
