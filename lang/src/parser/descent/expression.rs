//! Expressions, by precedence climbing.

use super::{Descent, comma, comma_or_line};
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

/// What stands between two operands.
#[derive(Clone, Copy)]
enum Infix {
    Logic(LogicOp),
    Binary(BinaryOp),
    Compare(CompareOp),
    Is,
    Not,
    Pipe,
    Range { inclusive: bool },
    OpenRange,
}

fn infix(token: Token) -> Option<(Infix, u8)> {
    let binary = |op, level| Some((Infix::Binary(op), level));
    let compare = |op| Some((Infix::Compare(op), COMPARE));
    match token {
        Token::Or => Some((Infix::Logic(LogicOp::Or), OR)),
        Token::And => Some((Infix::Logic(LogicOp::And), AND)),
        Token::Coalesce => Some((Infix::Logic(LogicOp::Coalesce), COALESCE)),
        Token::Equal => compare(CompareOp::Eq),
        Token::Unequal => compare(CompareOp::Ne),
        Token::Less => compare(CompareOp::Lt),
        Token::LessEqual => compare(CompareOp::Le),
        Token::Greater => compare(CompareOp::Gt),
        Token::GreaterEqual => compare(CompareOp::Ge),
        Token::In => compare(CompareOp::In),
        Token::Not => Some((Infix::Not, COMPARE)),
        Token::Is => Some((Infix::Is, COMPARE)),
        Token::Pipe => Some((Infix::Pipe, PIPE)),
        Token::Range => Some((Infix::Range { inclusive: false }, RANGE)),
        Token::RangeIncl => Some((Infix::Range { inclusive: true }, RANGE)),
        Token::OpenRange => Some((Infix::OpenRange, RANGE)),
        Token::Bar => binary(BinaryOp::Union, UNION),
        Token::Amp => binary(BinaryOp::Intersect, INTERSECTION),
        Token::Plus => binary(BinaryOp::Add, SUM),
        Token::Minus => binary(BinaryOp::Sub, SUM),
        Token::Star => binary(BinaryOp::Mul, PRODUCT),
        Token::Slash => binary(BinaryOp::Div, PRODUCT),
        Token::Percent => binary(BinaryOp::Rem, PRODUCT),
        Token::Div => binary(BinaryOp::IntDiv, PRODUCT),
        Token::Power => binary(BinaryOp::Pow, POWER),
        _ => None,
    }
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
type Ended = (Expr, bool);

impl Descent<'_, '_> {
    pub(super) fn expr(&mut self) -> Option<Expr> {
        if self.peek().is_some_and(begins_tail) {
            return self.nested(Self::tail);
        }
        self.level(OR, true).map(|(e, _)| e)
    }

    /// What may stand before a block: anything but a tail.
    pub(super) fn head(&mut self) -> Option<Expr> {
        self.level(OR, false).map(|(e, _)| e)
    }

    /// The rest of an expression after its first operand.
    pub(super) fn operators(&mut self, first: Expr) -> Option<Expr> {
        self.climb(first, POSTFIX, OR, true).map(|(e, _)| e)
    }

    fn tail(&mut self) -> Option<Expr> {
        let start = self.start();
        match self.peek()? {
            Token::Throw => {
                self.take();
                let e = self.expr()?;
                Some(self.cx.throw(start, self.end, Box::new(e)))
            }
            Token::Return => {
                self.take();
                let value = self.peek().is_some_and(begins_expression);
                let e = if value { Some(Box::new(self.expr()?)) } else { None };
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

    fn closure(&mut self) -> Option<Expr> {
        let start = self.start();
        let parameters = if self.accept(Token::Bars) {
            Vec::new()
        } else {
            self.expect(Token::Bar)?;
            self.parameters(Token::Bar, Self::closure_parameter)?
        };
        if self.peek() == Some(Token::BodyBrace) {
            let body = self.body_block()?;
            return Some(self.cx.block_closure((start, parameters), body));
        }
        let body = self.expr()?;
        Some(self.cx.closure((start, parameters), Box::new(body)))
    }

    /// An expression of operators that bind at least so tightly; tails may end it if `tail` says so.
    fn level(&mut self, least: u8, tail: bool) -> Option<Ended> {
        if let Some(leaf) = self.lone(least) {
            return Some((leaf, false));
        }
        self.nested(|d| d.level_inner(least, tail))
    }

    /// A name or literal that nothing follows which binds so tightly: most operands are one.
    fn lone(&mut self, least: u8) -> Option<Expr> {
        let plain = matches!(self.peek()?, Token::Ident | Token::Int | Token::Str | Token::Float);
        let goes_on = match self.second() {
            Some(
                Token::LParen
                | Token::LBracket
                | Token::Dot
                | Token::OptDot
                | Token::OptBracket
                | Token::With,
            ) => true,
            Some(token) => infix(token).is_some_and(|(_, binds)| binds >= least),
            None => false,
        };
        if plain && !goes_on { self.primary() } else { None }
    }

    fn level_inner(&mut self, least: u8, tail: bool) -> Option<Ended> {
        let start = self.start();
        let (first, level) = match self.peek()? {
            Token::Not if least <= NOT => {
                self.take();
                let (e, ended) = self.level(NOT, tail)?;
                let e = self.cx.unary(start, UnaryOp::Not, Box::new(e));
                if ended {
                    return Some((e, true));
                }
                (e, NOT)
            }
            Token::Minus if least <= NEGATION => {
                self.take();
                let (e, _) = self.level(NEGATION, false)?;
                (self.cx.unary(start, UnaryOp::Neg, Box::new(e)), NEGATION)
            }
            token @ (Token::Range | Token::RangeIncl) if least <= RANGE => {
                let op = self.take()?;
                let (end, _) = self.level(UNION, false)?;
                let span = end.span;
                let inclusive = token == Token::RangeIncl;
                (self.cx.range(op, span, None, Some(Box::new(end)), inclusive), RANGE)
            }
            Token::OpenRange if least <= RANGE => {
                let op = self.take()?;
                (self.cx.range(op, op, None, None, false), RANGE)
            }
            _ => (self.postfix()?, POSTFIX),
        };
        self.climb(first, level, least, tail)
    }

    /// The operators after an operand of a level.
    fn climb(&mut self, first: Expr, mut level: u8, least: u8, tail: bool) -> Option<Ended> {
        let mut left = first;
        loop {
            let Some((op, binds)) = self.peek().and_then(infix) else { return Some((left, false)) };
            let needs = match op {
                Infix::Range { .. } | Infix::OpenRange => UNION,
                Infix::Binary(BinaryOp::Pow) => POSTFIX,
                _ => binds,
            };
            if binds < least || level < needs {
                return Some((left, false));
            }
            let op_span = self.take()?;
            let mut ended = false;
            left = match op {
                Infix::Logic(op) => {
                    let right = if tail && self.peek().is_some_and(begins_tail) {
                        ended = true;
                        self.nested(Self::tail)?
                    } else {
                        let (right, over) = self.level(binds + 1, tail)?;
                        ended = over;
                        right
                    };
                    self.cx.logic(op, op_span, left, right)
                }
                Infix::Binary(op) => {
                    let level = if op == BinaryOp::Pow { NEGATION } else { binds + 1 };
                    let (right, _) = self.level(level, false)?;
                    self.cx.binary((op, op_span), left, right)
                }
                Infix::Compare(op) => {
                    let (right, over) = self.level(COALESCE, tail)?;
                    ended = over;
                    self.cx.compare(Box::new(left), (op, op_span), right)
                }
                Infix::Not => {
                    let span = op_span.to(self.expect(Token::In)?);
                    let (right, over) = self.level(COALESCE, tail)?;
                    ended = over;
                    self.cx.compare(Box::new(left), (CompareOp::NotIn, span), right)
                }
                Infix::Is => {
                    let negated = self.accept(Token::Not);
                    let span = Span { start: op_span.start, end: self.end };
                    let ty = self.type_union()?;
                    self.cx.is(Box::new(left), span, negated, Box::new(ty))
                }
                Infix::Pipe if tail && matches!(self.peek(), Some(Token::Bar | Token::Bars)) => {
                    ended = true;
                    let call = self.nested(Self::closure)?;
                    self.cx.pipe(Box::new(left), Box::new(call))
                }
                Infix::Pipe => {
                    let call = self.postfix()?;
                    self.cx.pipe(Box::new(left), Box::new(call))
                }
                Infix::Range { inclusive } => {
                    let (right, _) = self.level(UNION, false)?;
                    let (from, to) = (left.span, right.span);
                    self.cx.range(from, to, Some(Box::new(left)), Some(Box::new(right)), inclusive)
                }
                Infix::OpenRange => {
                    let from = left.span;
                    self.cx.range(from, op_span, Some(Box::new(left)), None, false)
                }
            };
            level = binds;
            if ended {
                return Some((left, true));
            }
        }
    }

    pub(super) fn postfix(&mut self) -> Option<Expr> {
        let first = self.primary()?;
        self.postfix_after(first)
    }

    /// Fields, indices, calls and `with` after what they apply to.
    pub(super) fn postfix_after(&mut self, first: Expr) -> Option<Expr> {
        let mut e = first;
        loop {
            let Some(token) = self.peek() else { return Some(e) };
            e = match token {
                Token::LParen => {
                    self.take();
                    let arguments = self.list(Token::RParen, comma, Self::argument)?;
                    self.cx.call(Box::new(e), arguments, self.end)
                }
                Token::With => {
                    self.take();
                    self.open_brace()?;
                    let items = self.list(Token::RBrace, comma_or_line, Self::with_item)?;
                    self.cx.with(Box::new(e), items, self.end)
                }
                Token::Dot | Token::OptDot | Token::LBracket | Token::OptBracket => self.step(e)?,
                _ => return Some(e),
            };
        }
    }

    /// One field or index.
    fn step(&mut self, e: Expr) -> Option<Expr> {
        match self.peek()? {
            token @ (Token::Dot | Token::OptDot) => {
                self.take();
                let name = self.word()?;
                Some(self.cx.field(e, name, token == Token::OptDot))
            }
            Token::LBracket if self.second() == Some(Token::Star) => {
                self.take();
                self.take();
                let end = self.expect(Token::RBracket)?.end;
                Some(self.cx.each(Box::new(e), end))
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

    fn argument(&mut self) -> Option<Argument> {
        let token = self.peek()?;
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

    fn with_item(&mut self) -> Option<WithItem> {
        let start = self.start();
        if self.accept(Token::Delete) {
            let path = self.with_path()?;
            return Some(WithItem::Delete { span: Span { start, end: self.end }, path });
        }
        let path = self.with_path()?;
        let op = self.assign_op()?;
        let value = self.expr()?;
        Some(self.cx.with_assign(Box::new(path), op, Box::new(value)))
    }

    fn with_path(&mut self) -> Option<Expr> {
        let root: Expr = self.cx.root(self.start());
        let mut path = match self.peek()? {
            Token::Delete => return None,
            token if token.is_word() => {
                let name = self.key()?;
                self.cx.field(root, name, false)
            }
            Token::LBracket => self.step(root)?,
            _ => return None,
        };
        while matches!(
            self.peek(),
            Some(Token::Dot | Token::OptDot | Token::LBracket | Token::OptBracket)
        ) {
            path = self.step(path)?;
        }
        Some(path)
    }

    fn primary(&mut self) -> Option<Expr> {
        let start = self.start();
        match self.peek()? {
            token if Self::is_name(token) => {
                let span = self.take()?;
                let name = self.cx.word(span);
                Some(self.cx.leaf(span.start, span.end, ExprKind::Name(name)))
            }
            Token::Int | Token::Float | Token::Decimal => {
                let number = self.number()?;
                Some(self.cx.leaf(start, self.end, ExprKind::Number(number)))
            }
            Token::Str => self.text(),
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
                Some(self.cx.paren(start, end, Box::new(e)))
            }
            Token::LBracket | Token::HashBrace => self.sequence(start),
            Token::LBrace => self.map(start),
            Token::If => self.if_(start),
            Token::Match => {
                self.take();
                let subject = self.head()?;
                self.open_brace()?;
                let arms = self.list(Token::RBrace, comma_or_line, Self::arm)?;
                Some(self.cx.match_(start, self.end, Box::new(subject), arms))
            }
            Token::Try => {
                self.take();
                let body = self.block()?;
                self.expect(Token::Catch)?;
                let pattern = self.pattern()?;
                let handler = self.block()?;
                Some(self.cx.try_(start, body, Box::new(pattern), handler))
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

    fn word_leaf(&mut self, kind: ExprKind) -> Option<Expr> {
        let span = self.take()?;
        Some(self.cx.leaf(span.start, span.end, kind))
    }

    pub(super) fn number(&mut self) -> Option<Number> {
        let token = self.peek()?;
        let span = self.take()?;
        match token {
            Token::Int => Some(self.cx.integer(span)),
            Token::Float => Some(self.cx.float(span)),
            Token::Decimal => Some(self.cx.decimal(span)),
            _ => None,
        }
    }

    pub(super) fn text(&mut self) -> Option<Expr> {
        let span = self.expect(Token::Str)?;
        let text = self.cx.string(span);
        Some(self.cx.leaf(span.start, span.end, ExprKind::Str(text)))
    }

    pub(super) fn format(&mut self) -> Option<Expr> {
        let opener = self.expect(Token::FormatStart)?;
        let mut parts: Vec<FormatPiece> = Vec::new();
        loop {
            match self.peek()? {
                Token::FormatText => parts.push((self.take()?, None)),
                Token::HoleStart => {
                    let start = self.take()?.start;
                    let value = Box::new(self.expr()?);
                    let spec = self.expect(Token::HoleSpec);
                    let end = self.expect(Token::HoleEnd)?.end;
                    parts.push((Span { start, end }, Some((value, spec))));
                }
                _ => break,
            }
        }
        let end = self.expect(Token::FormatEnd)?.end;
        Some(self.cx.format(opener, end, parts))
    }

    /// A Vec or Set, or a comprehension of one.
    fn sequence(&mut self, start: u32) -> Option<Expr> {
        let vec = self.peek() == Some(Token::LBracket);
        let close = if vec { Token::RBracket } else { Token::RBrace };
        self.take();
        let mut items = Vec::new();
        if !self.accept(close) {
            let first = self.element()?;
            if self.peek() == Some(Token::For) {
                let clauses = self.clauses()?;
                let end = self.expect(close)?.end;
                let first = Box::new(first);
                return Some(if vec {
                    self.cx.vec_comprehension(start, end, first, clauses)
                } else {
                    self.cx.set_comprehension(start, end, first, clauses)
                });
            }
            items.push(first);
            self.more(&mut items, close, comma, Self::element)?;
        }
        let end = self.end;
        Some(if vec { self.cx.vec(start, end, items) } else { self.cx.set(start, end, items) })
    }

    fn element(&mut self) -> Option<Element> {
        if self.accept(Token::Spread) {
            return self.expr().map(Element::Spread);
        }
        self.expr().map(Element::Item)
    }

    fn map(&mut self, start: u32) -> Option<Expr> {
        self.take();
        let mut entries = Vec::new();
        if !self.accept(Token::RBrace) {
            let first = self.entry()?;
            if self.peek() == Some(Token::For) {
                let clauses = self.clauses()?;
                let end = self.expect(Token::RBrace)?.end;
                return Some(self.cx.map_comprehension(start, end, Box::new(first), clauses));
            }
            entries.push(first);
            self.more(&mut entries, Token::RBrace, comma_or_line, Self::entry)?;
        }
        Some(self.cx.map(start, self.end, entries))
    }

    fn entry(&mut self) -> Option<Entry> {
        let (token, next) = (self.peek()?, self.second()?);
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
        let value = if self.peek() == Some(Token::BodyBrace) {
            let block = self.body_block()?;
            self.cx.do_(block.span.start, block)
        } else {
            self.expr()?
        };
        Some(Entry::Pair { key, value })
    }

    /// The clauses of a comprehension, the first of which is a `for`.
    fn clauses(&mut self) -> Option<Vec<Clause>> {
        let mut clauses = Vec::new();
        loop {
            match self.peek() {
                Some(Token::For) => {
                    self.take();
                    let pattern = self.pattern()?;
                    self.expect(Token::In)?;
                    let iterable = self.head()?;
                    clauses.push(Clause::For { pattern, iterable });
                }
                Some(Token::If) => {
                    self.take();
                    clauses.push(Clause::If(self.head()?));
                }
                _ => return Some(clauses),
            }
        }
    }

    fn if_(&mut self, start: u32) -> Option<Expr> {
        self.take();
        let mut arms = Vec::with_capacity(1);
        loop {
            let condition = self.head()?;
            let block = self.block()?;
            arms.push((condition, block));
            if !self.accept(Token::Else) {
                return Some(self.cx.if_((start, arms), None));
            }
            if !self.accept(Token::If) {
                let otherwise = self.block()?;
                return Some(self.cx.if_((start, arms), Some(otherwise)));
            }
        }
    }

    fn arm(&mut self) -> Option<Arm> {
        let start = self.start();
        let pattern = self.pattern()?;
        let guard = if self.accept(Token::If) { Some(Box::new(self.head()?)) } else { None };
        self.expect(Token::FatArrow)?;
        let body: Expr = if self.peek() == Some(Token::BodyBrace) {
            let block = self.body_block()?;
            self.cx.do_(block.span.start, block)
        } else {
            let statement = self.expression_or_change()?;
            match statement.kind {
                StatementKind::Expression(e) => e,
                _ => self.cx.change_body(Box::new(statement)),
            }
        };
        Some(self.cx.arm(start, self.end, Box::new(pattern), guard, Box::new(body)))
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
