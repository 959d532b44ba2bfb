//! Operators, by precedence climbing.

use super::Descent;
use super::expression::begins_tail;
use super::list::List;
use crate::ast::*;
use crate::source::Span;
use crate::token::Token;

// How tightly the levels of the grammar bind.
pub(super) const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARE: u8 = 4;
const COALESCE: u8 = 5;
const PIPE: u8 = 6;
const RANGE: u8 = 7;
const UNION: u8 = 8;
const INTERSECTION: u8 = 9;
const SUM: u8 = 10;
const PRODUCT: u8 = 11;
const NEGATION: u8 = 12;
const POWER: u8 = 13;
pub(super) const POSTFIX: u8 = 14;

/// How tightly what a token begins binds to the operand before it; nought where it begins nothing that goes on.
const BINDS: [u8; 256] = {
    let mut binds = [0; 256];
    let mut at = 0;
    while at < LEVELS.len() {
        let (token, level) = LEVELS[at];
        binds[token as usize] = level;
        at += 1;
    }
    binds
};

const LEVELS: &[(Token, u8)] = &[
    (Token::Or, OR),
    (Token::And, AND),
    (Token::Coalesce, COALESCE),
    (Token::Equal, COMPARE),
    (Token::Unequal, COMPARE),
    (Token::Less, COMPARE),
    (Token::LessEqual, COMPARE),
    (Token::Greater, COMPARE),
    (Token::GreaterEqual, COMPARE),
    (Token::In, COMPARE),
    (Token::Not, COMPARE),
    (Token::Is, COMPARE),
    (Token::Pipe, PIPE),
    (Token::Range, RANGE),
    (Token::RangeIncl, RANGE),
    (Token::OpenRange, RANGE),
    (Token::Bar, UNION),
    (Token::Amp, INTERSECTION),
    (Token::Plus, SUM),
    (Token::Minus, SUM),
    (Token::Star, PRODUCT),
    (Token::Slash, PRODUCT),
    (Token::Percent, PRODUCT),
    (Token::Div, PRODUCT),
    (Token::Power, POWER),
    (Token::LParen, POSTFIX),
    (Token::LBracket, POSTFIX),
    (Token::Dot, POSTFIX),
    (Token::OptDot, POSTFIX),
    (Token::OptBracket, POSTFIX),
    (Token::With, POSTFIX),
];

#[inline]
pub(super) fn binds(token: Option<Token>) -> u8 {
    token.map_or(0, |token| BINDS[usize::from(token as u8)])
}

fn binary(token: Token) -> Option<BinaryOp> {
    Some(match token {
        Token::Bar => BinaryOp::Union,
        Token::Amp => BinaryOp::Intersect,
        Token::Plus => BinaryOp::Add,
        Token::Minus => BinaryOp::Sub,
        Token::Star => BinaryOp::Mul,
        Token::Slash => BinaryOp::Div,
        Token::Percent => BinaryOp::Rem,
        Token::Div => BinaryOp::IntDiv,
        Token::Power => BinaryOp::Pow,
        _ => return None,
    })
}

/// An expression, and whether it ends with a tail, after which nothing can follow.
type Ended<'a> = (&'a Expr<'a>, bool);

impl<'a> Descent<'_, '_, 'a> {
    /// An expression of operators that bind at least so tightly; tails may end it if `tail` says so.
    #[inline]
    pub(super) fn level(&mut self, least: u8, tail: bool) -> Option<Ended<'a>> {
        // Most operands are a name or literal that nothing follows which binds so tightly.
        if binds(self.second()) < least
            && let Some(leaf) = self.leaf()
        {
            return Some((leaf, false));
        }
        self.nested(|d| d.level_inner(least, tail))
    }

    /// The rest of an expression after its first operand.
    pub(super) fn operators(&mut self, first: &'a Expr<'a>) -> Option<&'a Expr<'a>> {
        if binds(self.token) == 0 {
            return Some(first);
        }
        self.climb(first, POSTFIX, OR, true).map(|(e, _)| e)
    }

    fn level_inner(&mut self, least: u8, tail: bool) -> Option<Ended<'a>> {
        let start = self.place.start;
        let (first, level) = match self.token? {
            Token::Not if least <= NOT => {
                self.take();
                let (e, ended) = self.level(NOT, tail)?;
                let e = self.cx.unary(start, UnaryOp::Not, e);
                if ended {
                    return Some((e, true));
                }
                (e, NOT)
            }
            Token::Minus if least <= NEGATION => {
                self.take();
                let (e, _) = self.level(NEGATION, false)?;
                (self.cx.unary(start, UnaryOp::Neg, e), NEGATION)
            }
            token @ (Token::Range | Token::RangeIncl) if least <= RANGE => {
                let op = self.take();
                let (end, _) = self.level(UNION, false)?;
                let span = end.span;
                let inclusive = token == Token::RangeIncl;
                (self.cx.range(op, span, None, Some(end), inclusive), RANGE)
            }
            Token::OpenRange if least <= RANGE => {
                let op = self.take();
                (self.cx.range(op, op, None, None, false), RANGE)
            }
            _ => (self.postfix()?, POSTFIX),
        };
        self.climb(first, level, least, tail)
    }

    /// The operators after an operand of a level.
    fn climb(
        &mut self,
        mut left: &'a Expr<'a>,
        mut level: u8,
        least: u8,
        tail: bool,
    ) -> Option<Ended<'a>> {
        while let Some(token) = self.token {
            let binds = binds(Some(token));
            let needs = match token {
                Token::Range | Token::RangeIncl | Token::OpenRange => UNION,
                Token::Power => POSTFIX,
                _ => binds,
            };
            if !(least..POSTFIX).contains(&binds) || level < needs {
                break;
            }
            let mut ended = false;
            left = if let Some(op) = binary(token) {
                let op_span = self.take();
                let level = if op == BinaryOp::Pow { NEGATION } else { binds + 1 };
                let (right, _) = self.level(level, false)?;
                self.cx.binary((op, op_span), left, right)
            } else {
                (left, ended) = self.loose(token, left, tail)?;
                left
            };
            level = binds;
            if ended {
                return Some((left, true));
            }
        }
        Some((left, false))
    }

    /// An operator of those that bind loosely, and what stands to its right.
    fn loose(&mut self, token: Token, left: &'a Expr<'a>, tail: bool) -> Option<Ended<'a>> {
        let logic = match token {
            Token::Or => LogicOp::Or,
            Token::And => LogicOp::And,
            Token::Coalesce => LogicOp::Coalesce,
            Token::Is => {
                let start = self.take().start;
                let negated = self.accept(Token::Not);
                let span = Span { start, end: self.end };
                let ty = self.type_union()?;
                return Some((self.cx.is(left, span, negated, ty), false));
            }
            Token::Pipe => {
                self.take();
                let ended = tail && matches!(self.token, Some(Token::Bar | Token::Bars));
                let call = if ended { self.nested(Self::closure)? } else { self.postfix()? };
                return Some((self.cx.pipe(left, call), ended));
            }
            Token::Range | Token::RangeIncl => {
                self.take();
                let (right, _) = self.level(UNION, false)?;
                let (from, to) = (left.span, right.span);
                let inclusive = token == Token::RangeIncl;
                return Some((self.cx.range(from, to, Some(left), Some(right), inclusive), false));
            }
            Token::OpenRange => {
                let op_span = self.take();
                return Some((self.cx.range(left.span, op_span, Some(left), None, false), false));
            }
            _ => return self.comparisons(left, tail),
        };
        let op_span = self.take();
        let (right, ended) = if tail && self.token.is_some_and(begins_tail) {
            (self.nested(Self::tail)?, true)
        } else {
            self.level(BINDS[usize::from(token as u8)] + 1, tail)?
        };
        Some((self.cx.logic(logic, op_span, left, right), ended))
    }

    /// The operator of a comparison.
    fn comparison(&mut self) -> Option<(CompareOp, Span)> {
        let op = match self.token? {
            Token::Equal => CompareOp::Eq,
            Token::Unequal => CompareOp::Ne,
            Token::Less => CompareOp::Lt,
            Token::LessEqual => CompareOp::Le,
            Token::Greater => CompareOp::Gt,
            Token::GreaterEqual => CompareOp::Ge,
            Token::In => CompareOp::In,
            Token::Not => {
                let not = self.take();
                return self.expect(Token::In).map(|word| (CompareOp::NotIn, not.to(word)));
            }
            _ => return None,
        };
        Some((op, self.take()))
    }

    /// A comparison, and those chained with it.
    fn comparisons(&mut self, first: &'a Expr<'a>, tail: bool) -> Option<Ended<'a>> {
        let (op, op_span) = self.comparison()?;
        self.cx.check_chain(first, None, (op, op_span));
        let (right, mut ended) = self.level(COALESCE, tail)?;
        let one = (op, op_span, right);
        if ended || binds(self.token) != COMPARE || self.token == Some(Token::Is) {
            return Some((self.cx.compare(first, self.cx.arena.list(&[one])), ended));
        }
        let (mut list, mut before) = (List::new(), (op, op_span));
        list.push(one);
        while !ended && binds(self.token) == COMPARE && self.token != Some(Token::Is) {
            let (op, op_span) = self.comparison()?;
            self.cx.check_chain(first, Some(before), (op, op_span));
            before = (op, op_span);
            let right;
            (right, ended) = self.level(COALESCE, tail)?;
            list.push((op, op_span, right));
        }
        Some((self.cx.compare(first, list.end(self.cx.arena)), ended))
    }
}
