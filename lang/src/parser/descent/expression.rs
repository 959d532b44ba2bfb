//! Expressions: operands, and what follows one of them.

use super::Descent;
use super::list::{List, comma, comma_or_line};
use super::operator::{OR, POSTFIX, binds};
use crate::ast::*;
use crate::parser::build::FormatPiece;
use crate::source::Span;
use crate::token::Token;

/// Whether an expression that begins so begins with an operand and what follows it.
pub(super) fn begins_operand(token: Token) -> bool {
    !begins_tail(token)
        && !matches!(
            token,
            Token::Not | Token::Minus | Token::Range | Token::RangeIncl | Token::OpenRange
        )
}

pub(super) fn begins_tail(token: Token) -> bool {
    matches!(
        token,
        Token::Throw | Token::Return | Token::Break | Token::Continue | Token::Bar | Token::Bars
    )
}

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

    pub(super) fn tail(&mut self) -> Option<&'a Expr<'a>> {
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

    pub(super) fn closure(&mut self) -> Option<&'a Expr<'a>> {
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

    /// A plain name or literal.
    #[inline]
    pub(super) fn leaf(&mut self) -> Option<&'a Expr<'a>> {
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
