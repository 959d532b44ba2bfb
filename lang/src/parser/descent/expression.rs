//! Expressions, by precedence climbing.

use super::Descent;
use super::list::{List, comma, comma_or_line};
use crate::ast::*;
use crate::parser::build::FormatPiece;
use crate::source::Span;
use crate::token::Token;

// How tightly the levels of the grammar bind.
const OR: u8 = 1;
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
const POSTFIX: u8 = 14;

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
fn binds(token: Option<Token>) -> u8 {
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

/// Whether an expression that begins so begins with an operand and what follows it.
pub(super) fn begins_operand(token: Token) -> bool {
    !begins_tail(token)
        && !matches!(
            token,
            Token::Not | Token::Minus | Token::Range | Token::RangeIncl | Token::OpenRange
        )
}

fn begins_tail(token: Token) -> bool {
    matches!(
        token,
        Token::Throw | Token::Return | Token::Break | Token::Continue | Token::Bar | Token::Bars
    )
}

/// An expression, and whether it ends with a tail, after which nothing can follow.
type Ended<'a> = (&'a Expr<'a>, bool);

impl<'a> Descent<'_, '_, 'a> {
    pub(super) fn expr(&mut self) -> Option<&'a Expr<'a>> {
        if self.token.is_some_and(begins_tail) {
            return self.nested(Self::tail);
        }
        self.level(OR, true).map(|(e, _)| e)
    }

    /// What may stand before a block: anything but a tail.
    pub(super) fn head(&mut self) -> Option<&'a Expr<'a>> {
        self.level(OR, false).map(|(e, _)| e)
    }

    /// The rest of an expression after its first operand.
    pub(super) fn operators(&mut self, first: &'a Expr<'a>) -> Option<&'a Expr<'a>> {
        if binds(self.token) == 0 {
            return Some(first);
        }
        self.climb(first, POSTFIX, OR, true).map(|(e, _)| e)
    }

    fn tail(&mut self) -> Option<&'a Expr<'a>> {
        let start = self.place.start;
        match self.token? {
            Token::Throw => {
                self.take();
                let e = self.expr()?;
                Some(self.cx.throw(start, self.end, e))
            }
            Token::Return => {
                self.take();
                let value = self.token.is_some_and(begins_expression);
                let e = if value { Some(self.expr()?) } else { None };
                Some(self.cx.return_(start, self.end, e))
            }
            Token::Break => {
                self.take();
                Some(self.cx.leaf(start, self.end, ExprKind::Break))
            }
            Token::Continue => {
                self.take();
                Some(self.cx.leaf(start, self.end, ExprKind::Continue))
            }
            _ => self.closure(),
        }
    }

    fn closure(&mut self) -> Option<&'a Expr<'a>> {
        let start = self.place.start;
        let parameters = if self.accept(Token::Bars) {
            &[]
        } else {
            self.expect(Token::Bar)?;
            self.parameters(Token::Bar, Self::closure_parameter)?
        };
        if self.token == Some(Token::BodyBrace) {
            let body = self.body_block()?;
            return Some(self.cx.block_closure((start, parameters), body));
        }
        let body = self.expr()?;
        Some(self.cx.closure((start, parameters), body))
    }

    /// An expression of operators that bind at least so tightly; tails may end it if `tail` says so.
    #[inline]
    fn level(&mut self, least: u8, tail: bool) -> Option<Ended<'a>> {
        // Most operands are a name or literal that nothing follows which binds so tightly.
        if binds(self.second()) < least
            && let Some(leaf) = self.leaf()
        {
            return Some((leaf, false));
        }
        self.nested(|d| d.level_inner(least, tail))
    }

    /// A plain name or literal.
    #[inline]
    fn leaf(&mut self) -> Option<&'a Expr<'a>> {
        if self.token == Some(Token::Ident) {
            let name = self.taken_name();
            return Some(self.cx.name_expr(name));
        }
        self.literal_leaf()
    }

    #[inline(never)]
    fn literal_leaf(&mut self) -> Option<&'a Expr<'a>> {
        let kind = match self.token? {
            Token::Int => ExprKind::Number(self.cx.integer(self.place)),
            Token::Float => ExprKind::Number(self.cx.float(self.place)),
            Token::Str => ExprKind::Str(self.cx.string(self.place)),
            _ => return None,
        };
        let Span { start, end } = self.take();
        Some(self.cx.leaf(start, end, kind))
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

    pub(super) fn postfix(&mut self) -> Option<&'a Expr<'a>> {
        let first = self.primary()?;
        if binds(self.token) == POSTFIX { self.postfix_after(first) } else { Some(first) }
    }

    /// Fields, indices, calls and `with` after what they apply to.
    pub(super) fn postfix_after(&mut self, first: &'a Expr<'a>) -> Option<&'a Expr<'a>> {
        let mut e = first;
        loop {
            let Some(token) = self.token else { return Some(e) };
            e = match token {
                Token::LParen => {
                    self.take();
                    let arguments = self.list(Token::RParen, comma, Self::argument)?;
                    self.cx.call(e, arguments, self.end)
                }
                Token::With => {
                    self.take();
                    self.open_brace()?;
                    let items = self.list(Token::RBrace, comma_or_line, Self::with_item)?;
                    self.cx.with(e, items, self.end)
                }
                Token::Dot | Token::OptDot | Token::LBracket | Token::OptBracket => self.step(e)?,
                _ => return Some(e),
            };
        }
    }

    /// One field or index.
    fn step(&mut self, e: &'a Expr<'a>) -> Option<&'a Expr<'a>> {
        match self.token? {
            token @ (Token::Dot | Token::OptDot) => {
                self.take();
                let name = self.word()?;
                Some(self.cx.field(e, name, token == Token::OptDot))
            }
            Token::LBracket if self.second() == Some(Token::Star) => {
                self.take();
                self.take();
                let end = self.expect(Token::RBracket)?.end;
                Some(self.cx.each(e, end))
            }
            token @ (Token::LBracket | Token::OptBracket) => {
                self.take();
                let index = self.expr()?;
                let end = self.expect(Token::RBracket)?.end;
                Some(self.cx.index(e, index, end, token == Token::OptBracket))
            }
            _ => None,
        }
    }

    fn argument(&mut self) -> Option<Argument<'a>> {
        let token = self.token?;
        if self.accept(Token::Spread) {
            return self.expr().map(Argument::Spread);
        }
        if token.is_word() && self.second() == Some(Token::Colon) {
            let name = self.key()?;
            self.take();
            return self.expr().map(|e| Argument::Named(name, e));
        }
        self.expr().map(Argument::Value)
    }

    fn with_item(&mut self) -> Option<WithItem<'a>> {
        let start = self.place.start;
        if self.accept(Token::Delete) {
            let path = self.with_path()?;
            return Some(WithItem::Delete { span: Span { start, end: self.end }, path });
        }
        let path = self.with_path()?;
        let op = self.assign_op()?;
        let value = self.expr()?;
        Some(self.cx.with_assign(path, op, value))
    }

    fn with_path(&mut self) -> Option<&'a Expr<'a>> {
        let root = self.cx.root(self.place.start);
        let mut path = match self.token? {
            Token::Delete => return None,
            token if token.is_word() => {
                let name = self.key()?;
                self.cx.field(root, name, false)
            }
            Token::LBracket => self.step(root)?,
            _ => return None,
        };
        while matches!(
            self.token,
            Some(Token::Dot | Token::OptDot | Token::LBracket | Token::OptBracket)
        ) {
            path = self.step(path)?;
        }
        Some(path)
    }

    #[inline]
    fn primary(&mut self) -> Option<&'a Expr<'a>> {
        if let Some(leaf) = self.leaf() {
            return Some(leaf);
        }
        self.composite()
    }

    #[inline(never)]
    fn composite(&mut self) -> Option<&'a Expr<'a>> {
        let start = self.place.start;
        match self.token? {
            token if token.is_soft_keyword() => {
                let name = self.taken_name();
                Some(self.cx.name_expr(name))
            }
            Token::Decimal => {
                let number = self.number()?;
                Some(self.cx.leaf(start, self.end, ExprKind::Number(number)))
            }
            Token::True => self.word_leaf(ExprKind::Bool(true)),
            Token::False => self.word_leaf(ExprKind::Bool(false)),
            Token::Null => self.word_leaf(ExprKind::Null),
            Token::FormatStart => self.format(),
            Token::Dot => {
                self.take();
                let name = self.word()?;
                Some(self.cx.getter(start, name))
            }
            Token::LParen => {
                self.take();
                let e = self.expr()?;
                let end = self.expect(Token::RParen)?.end;
                Some(self.cx.paren(start, end, e))
            }
            Token::LBracket | Token::HashBrace => self.sequence(start),
            Token::LBrace => self.map(start),
            Token::If => self.if_(start),
            Token::Match => {
                self.take();
                let subject = self.head()?;
                self.open_brace()?;
                let arms = self.list(Token::RBrace, comma_or_line, Self::arm)?;
                Some(self.cx.match_(start, self.end, subject, arms))
            }
            Token::Try => {
                self.take();
                let body = self.block()?;
                self.expect(Token::Catch)?;
                let pattern = self.pattern()?;
                let handler = self.block()?;
                Some(self.cx.try_(start, body, pattern, handler))
            }
            Token::Do => {
                self.take();
                let block = self.block()?;
                Some(self.cx.do_(start, block))
            }
            Token::Fn => {
                self.take();
                let function = self.function(start, Self::block)?;
                Some(self.cx.function_node(function))
            }
            _ => None,
        }
    }

    fn word_leaf(&mut self, kind: ExprKind<'a>) -> Option<&'a Expr<'a>> {
        let span = self.take();
        Some(self.cx.leaf(span.start, span.end, kind))
    }

    pub(super) fn number(&mut self) -> Option<Number<'a>> {
        let token = self.token?;
        let span = self.take();
        match token {
            Token::Int => Some(self.cx.integer(span)),
            Token::Float => Some(self.cx.float(span)),
            Token::Decimal => Some(self.cx.decimal(span)),
            _ => None,
        }
    }

    pub(super) fn text(&mut self) -> Option<&'a Expr<'a>> {
        let span = self.expect(Token::Str)?;
        let text = self.cx.string(span);
        Some(self.cx.leaf(span.start, span.end, ExprKind::Str(text)))
    }

    pub(super) fn format(&mut self) -> Option<&'a Expr<'a>> {
        let opener = self.expect(Token::FormatStart)?;
        let mut parts: List<FormatPiece> = List::new();
        loop {
            match self.token? {
                Token::FormatText => parts.push((self.take(), None)),
                Token::HoleStart => {
                    let start = self.take().start;
                    let value = self.expr()?;
                    let spec = self.expect(Token::HoleSpec);
                    let end = self.expect(Token::HoleEnd)?.end;
                    parts.push((Span { start, end }, Some((value, spec))));
                }
                _ => break,
            }
        }
        let end = self.expect(Token::FormatEnd)?.end;
        Some(self.cx.format(opener, end, parts.end(self.cx.arena)))
    }

    /// A Vec or Set, or a comprehension of one.
    fn sequence(&mut self, start: u32) -> Option<&'a Expr<'a>> {
        let vec = self.token == Some(Token::LBracket);
        let close = if vec { Token::RBracket } else { Token::RBrace };
        self.take();
        let mut first = None;
        if self.token != Some(close) {
            let item = self.element()?;
            if self.token == Some(Token::For) {
                let clauses = self.clauses()?;
                let end = self.expect(close)?.end;
                return Some(if vec {
                    self.cx.vec_comprehension(start, end, item, clauses)
                } else {
                    self.cx.set_comprehension(start, end, item, clauses)
                });
            }
            first = Some(item);
        }
        let items = self.list_after(first, close, comma, Self::element)?;
        let end = self.end;
        Some(if vec { self.cx.vec(start, end, items) } else { self.cx.set(start, end, items) })
    }

    fn element(&mut self) -> Option<Element<'a>> {
        if self.accept(Token::Spread) {
            return self.expr().map(Element::Spread);
        }
        self.expr().map(Element::Item)
    }

    fn map(&mut self, start: u32) -> Option<&'a Expr<'a>> {
        self.take();
        let mut first = None;
        if self.token != Some(Token::RBrace) {
            let entry = self.entry()?;
            if self.token == Some(Token::For) {
                let clauses = self.clauses()?;
                let end = self.expect(Token::RBrace)?.end;
                return Some(self.cx.map_comprehension(start, end, entry, clauses));
            }
            first = Some(entry);
        }
        let entries = self.list_after(first, Token::RBrace, comma_or_line, Self::entry)?;
        Some(self.cx.map(start, self.end, entries))
    }

    fn entry(&mut self) -> Option<Entry<'a>> {
        let (token, next) = (self.token?, self.second()?);
        if next == Token::Colon && (token.is_word() || token == Token::Str) {
            let key = if token == Token::Str { self.string_key()? } else { self.key()? };
            self.take();
            return self.expr().map(|value| Entry::Field { key, value });
        }
        if self.accept(Token::Spread) {
            return self.expr().map(Entry::Spread);
        }
        let ends = matches!(next, Token::Comma | Token::Newline | Token::RBrace | Token::For);
        if ends && Self::is_name(token) {
            let name = self.name()?;
            return Some(self.cx.shorthand(name));
        }
        let key = self.head()?;
        self.expect(Token::FatArrow)?;
        let value = if self.token == Some(Token::BodyBrace) {
            let block = self.body_block()?;
            self.cx.do_(block.span.start, block)
        } else {
            self.expr()?
        };
        Some(Entry::Pair { key, value })
    }

    /// The clauses of a comprehension, the first of which is a `for`.
    fn clauses(&mut self) -> Option<&'a [Clause<'a>]> {
        let mut list = List::new();
        loop {
            match self.token {
                Some(Token::For) => {
                    self.take();
                    let pattern = self.pattern()?;
                    self.expect(Token::In)?;
                    let iterable = self.head()?;
                    list.push(Clause::For { pattern, iterable });
                }
                Some(Token::If) => {
                    self.take();
                    list.push(Clause::If(self.head()?));
                }
                _ => return Some(list.end(self.cx.arena)),
            }
        }
    }

    fn if_(&mut self, start: u32) -> Option<&'a Expr<'a>> {
        self.take();
        let mut list = List::new();
        let otherwise = loop {
            let condition = self.head()?;
            let block = self.block()?;
            list.push((condition, block));
            if !self.accept(Token::Else) {
                break None;
            }
            if !self.accept(Token::If) {
                break Some(self.block()?);
            }
        };
        let arms = list.end(self.cx.arena);
        Some(self.cx.if_((start, arms), otherwise))
    }

    fn arm(&mut self) -> Option<Arm<'a>> {
        let start = self.place.start;
        let pattern = self.pattern()?;
        let guard = if self.accept(Token::If) { Some(self.head()?) } else { None };
        self.expect(Token::FatArrow)?;
        let body = if self.token == Some(Token::BodyBrace) {
            let block = self.body_block()?;
            self.cx.do_(block.span.start, block)
        } else {
            let statement = self.expression_or_change()?;
            match statement.kind {
                StatementKind::Expression(e) => e,
                _ => self.cx.change_body(statement),
            }
        };
        Some(self.cx.arm(start, self.end, pattern, guard, body))
    }
}

/// Whether an expression may begin so.
fn begins_expression(token: Token) -> bool {
    !matches!(
        token,
        Token::Newline
            | Token::Semicolon
            | Token::Comma
            | Token::RBrace
            | Token::RParen
            | Token::RBracket
            | Token::HoleEnd
            | Token::HoleSpec
    )
}
