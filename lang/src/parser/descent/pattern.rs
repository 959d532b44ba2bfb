//! Patterns and types.

use super::{Descent, comma, comma_or_line};
use crate::ast::*;
use crate::parser::build::{FieldPart, MapPart, VecPart};
use crate::source::Span;
use crate::token::Token;

impl Descent<'_, '_> {
    pub(super) fn pattern(&mut self) -> Option<Pattern> {
        let mut pattern = self.pattern_primary()?;
        while self.accept(Token::Bar) {
            let more = self.pattern_primary()?;
            pattern = self.cx.or_pattern(Box::new(pattern), Box::new(more));
        }
        self.as_name(pattern)
    }

    /// A pattern that is no alternative, so that a bar may end it.
    pub(super) fn pattern_item(&mut self) -> Option<Pattern> {
        let pattern = self.pattern_primary()?;
        self.as_name(pattern)
    }

    fn as_name(&mut self, pattern: Pattern) -> Option<Pattern> {
        if !self.accept(Token::As) {
            return Some(pattern);
        }
        let name = self.name()?;
        Some(self.cx.as_pattern(Box::new(pattern), name))
    }

    fn pattern_primary(&mut self) -> Option<Pattern> {
        let start = self.start();
        match self.peek()? {
            token if Self::is_name(token) => {
                let name = self.taken_name()?;
                Some(self.cx.bind(name))
            }
            Token::Underscore => {
                self.take();
                Some(self.cx.pattern(start, self.end, 0, PatternKind::Wildcard))
            }
            Token::True | Token::False | Token::Null => {
                let word = self.literal_word()?;
                Some(self.cx.pattern(start, self.end, 0, PatternKind::Literal(word)))
            }
            Token::Range | Token::RangeIncl => self.range_pattern(start, None),
            Token::LBracket => {
                self.take();
                let parts = self.list(Token::RBracket, comma, |d| d.nested(|d| d.vec_part()))?;
                Some(self.cx.vec_pattern(start, self.end, parts))
            }
            Token::LBrace | Token::BodyBrace => {
                self.take();
                let parts =
                    self.list(Token::RBrace, comma_or_line, |d| d.nested(|d| d.map_part()))?;
                Some(self.cx.map_pattern(start, self.end, parts))
            }
            Token::Is => {
                self.take();
                let ty = self.type_postfix()?;
                Some(self.cx.is_pattern(start, self.end, Box::new(ty)))
            }
            Token::LParen => {
                self.take();
                let inner = self.nested(Self::pattern)?;
                let end = self.expect(Token::RParen)?.end;
                Some(self.cx.paren_pattern(start, end, Box::new(inner)))
            }
            _ => {
                let literal = self.literal()?;
                match self.peek() {
                    Some(Token::Range | Token::RangeIncl | Token::OpenRange) => {
                        self.range_pattern(start, Some(literal))
                    }
                    _ => Some(self.cx.pattern(start, self.end, 0, PatternKind::Literal(literal))),
                }
            }
        }
    }

    fn range_pattern(&mut self, start: u32, from: Option<Literal>) -> Option<Pattern> {
        let token = self.peek()?;
        self.take();
        let to = if token == Token::OpenRange { None } else { Some(self.literal()?) };
        let inclusive = token == Token::RangeIncl;
        Some(self.cx.range_pattern(start, self.end, from, to, inclusive))
    }

    fn literal(&mut self) -> Option<Literal> {
        match self.peek()? {
            Token::Str => self.take().map(|span| Literal::Str(self.cx.string(span))),
            Token::Minus => {
                self.take();
                let number = self.number()?;
                Some(Literal::Number(self.cx.negate(number)))
            }
            _ => self.number().map(Literal::Number),
        }
    }

    fn literal_word(&mut self) -> Option<Literal> {
        let word = match self.peek()? {
            Token::True => Literal::Bool(true),
            Token::False => Literal::Bool(false),
            Token::Null => Literal::Null,
            _ => return None,
        };
        self.take().map(|_| word)
    }

    /// `...`, `...name` and `..._`.
    fn rest(&mut self) -> Option<(Span, Option<Name>)> {
        let start = self.take()?.start;
        let name = match self.peek() {
            Some(token) if Self::is_name(token) => self.name(),
            Some(Token::Underscore) => {
                self.take();
                None
            }
            _ => None,
        };
        Some((Span { start, end: self.end }, name))
    }

    fn vec_part(&mut self) -> Option<VecPart> {
        if self.peek() == Some(Token::Spread) {
            return self.rest().map(|(span, name)| VecPart::Rest(span, name));
        }
        self.pattern().map(|p| VecPart::Item(Box::new(p)))
    }

    fn map_part(&mut self) -> Option<MapPart> {
        let token = self.peek()?;
        if token == Token::Spread {
            return self.rest().map(|(span, name)| MapPart::Rest(span, name));
        }
        let keyed = self.second() == Some(Token::Colon);
        let key = match token {
            Token::Str if keyed => self.string_key()?,
            _ if keyed => self.key()?,
            _ => self.name()?,
        };
        let pattern = if keyed {
            self.take();
            Some(Box::new(self.pattern()?))
        } else {
            None
        };
        let default = if self.accept(Token::Assign) { Some(Box::new(self.expr()?)) } else { None };
        Some(self.cx.field_pattern(key, pattern, default))
    }

    // Types

    pub(super) fn ty(&mut self) -> Option<Type> {
        let ty = self.type_union()?;
        if !self.accept(Token::Where) {
            return Some(ty);
        }
        let condition = Box::new(self.head()?);
        let message = if self.accept(Token::ElseMessage) {
            let text = match self.peek()? {
                Token::Str => self.text()?,
                _ => self.format()?,
            };
            Some(Box::new(text))
        } else {
            None
        };
        Some(self.cx.where_type(Box::new(ty), condition, message))
    }

    pub(super) fn type_union(&mut self) -> Option<Type> {
        self.nested(|d| {
            if d.peek() == Some(Token::Fn) {
                return d.type_function();
            }
            let mut ty = d.type_postfix()?;
            while d.accept(Token::Bar) {
                if d.peek() == Some(Token::Fn) {
                    let function = d.type_function()?;
                    return Some(d.cx.union_type(Box::new(ty), Box::new(function)));
                }
                let more = d.type_postfix()?;
                ty = d.cx.union_type(Box::new(ty), Box::new(more));
            }
            Some(ty)
        })
    }

    fn type_function(&mut self) -> Option<Type> {
        let start = self.expect(Token::Fn)?.start;
        self.expect(Token::LParen)?;
        let parameters = self.list(Token::RParen, comma, Self::type_union)?;
        self.expect(Token::Arrow)?;
        let result = self.type_union()?;
        Some(self.cx.function_type(start, parameters, Box::new(result)))
    }

    pub(super) fn type_postfix(&mut self) -> Option<Type> {
        let mut ty = self.type_primary()?;
        while self.accept(Token::Question) {
            ty = self.cx.optional_type(Box::new(ty), self.end);
        }
        Some(ty)
    }

    fn type_primary(&mut self) -> Option<Type> {
        let start = self.start();
        match self.peek()? {
            token if Self::is_name(token) => {
                let mut path = vec![self.name()?];
                while self.accept(Token::Dot) {
                    path.push(self.word()?);
                }
                Some(self.cx.name_type(path))
            }
            Token::True | Token::False | Token::Null => {
                let word = self.literal_word()?;
                Some(self.cx.ty(start, self.end, 0, TypeKind::Literal(word)))
            }
            Token::LBracket => {
                self.take();
                let inner = self.ty()?;
                let end = self.expect(Token::RBracket)?.end;
                Some(self.cx.vec_type(start, end, Box::new(inner)))
            }
            Token::HashBrace => {
                self.take();
                let inner = self.ty()?;
                let end = self.expect(Token::RBrace)?.end;
                Some(self.cx.set_type(start, end, Box::new(inner)))
            }
            Token::LParen => {
                self.take();
                let inner = self.ty()?;
                let end = self.expect(Token::RParen)?.end;
                Some(self.cx.paren_type(start, end, Box::new(inner)))
            }
            Token::LBrace | Token::BodyBrace => self.brace_type(start),
            _ => {
                let literal = self.literal()?;
                Some(self.cx.ty(start, self.end, 0, TypeKind::Literal(literal)))
            }
        }
    }

    /// A record, or a map of keys and values.
    fn brace_type(&mut self, start: u32) -> Option<Type> {
        self.take();
        let record = match self.peek()? {
            Token::RBrace | Token::Spread => true,
            token => {
                (token.is_word() || token == Token::Str)
                    && matches!(self.second(), Some(Token::Colon | Token::OptColon))
            }
        };
        if record {
            let fields = self.list(Token::RBrace, comma_or_line, Self::type_field)?;
            return Some(self.cx.record_type(start, self.end, fields));
        }
        let key = self.type_union()?;
        self.expect(Token::FatArrow)?;
        let value = self.ty()?;
        let end = self.expect(Token::RBrace)?.end;
        Some(self.cx.map_type(start, end, Box::new(key), Box::new(value)))
    }

    fn type_field(&mut self) -> Option<FieldPart> {
        let start = self.start();
        if self.accept(Token::Spread) {
            return Some(FieldPart::Open);
        }
        let key = if self.peek() == Some(Token::Str) { self.string_key()? } else { self.key()? };
        let optional = self.accept(Token::OptColon);
        if !optional {
            self.expect(Token::Colon)?;
        }
        let ty = Box::new(self.ty()?);
        let default = if !optional && self.accept(Token::Assign) {
            Some(Box::new(self.expr()?))
        } else {
            None
        };
        Some(self.cx.type_field(start, key, optional, ty, default))
    }
}
