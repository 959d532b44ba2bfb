//! Patterns and types.

use super::Descent;
use super::list::{List, comma, comma_or_line};
use crate::ast::*;
use crate::parser::build::{FieldPart, MapPart, VecPart};
use crate::source::Span;
use crate::token::Token;

impl<'a> Descent<'_, '_, 'a> {
    pub(super) fn pattern(&mut self) -> Option<&'a Pattern<'a>> {
        let mut pattern = self.pattern_primary()?;
        if self.token == Some(Token::Bar) {
            let mut list = List::new();
            list.push(pattern);
            while self.accept(Token::Bar) {
                list.push(self.pattern_primary()?);
            }
            pattern = self.cx.or_pattern(list.end(self.cx.arena));
        }
        self.as_name(pattern)
    }

    /// A pattern that is no alternative, so that a bar may end it.
    pub(super) fn pattern_item(&mut self) -> Option<&'a Pattern<'a>> {
        let pattern = self.pattern_primary()?;
        self.as_name(pattern)
    }

    #[inline]
    fn as_name(&mut self, pattern: &'a Pattern<'a>) -> Option<&'a Pattern<'a>> {
        if !self.accept(Token::As) {
            return Some(pattern);
        }
        let name = self.name()?;
        Some(self.cx.as_pattern(pattern, name))
    }

    #[inline]
    fn pattern_primary(&mut self) -> Option<&'a Pattern<'a>> {
        if Self::is_name(self.token?) {
            let name = self.taken_name();
            return Some(self.cx.bind(name));
        }
        self.pattern_of_parts()
    }

    #[inline(never)]
    fn pattern_of_parts(&mut self) -> Option<&'a Pattern<'a>> {
        let start = self.place.start;
        match self.token? {
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
                Some(self.cx.is_pattern(start, self.end, ty))
            }
            Token::LParen => {
                self.take();
                let inner = self.nested(Self::pattern)?;
                let end = self.expect(Token::RParen)?.end;
                Some(self.cx.paren_pattern(start, end, inner))
            }
            _ => {
                let literal = self.literal()?;
                match self.token {
                    Some(Token::Range | Token::RangeIncl | Token::OpenRange) => {
                        self.range_pattern(start, Some(literal))
                    }
                    _ => Some(self.cx.pattern(start, self.end, 0, PatternKind::Literal(literal))),
                }
            }
        }
    }

    fn range_pattern(&mut self, start: u32, from: Option<Literal<'a>>) -> Option<&'a Pattern<'a>> {
        let token = self.token?;
        self.take();
        let to = if token == Token::OpenRange { None } else { Some(self.literal()?) };
        let inclusive = token == Token::RangeIncl;
        Some(self.cx.range_pattern(start, self.end, from, to, inclusive))
    }

    fn literal(&mut self) -> Option<Literal<'a>> {
        match self.token? {
            Token::Str => {
                let span = self.take();
                Some(Literal::Str(self.cx.string(span)))
            }
            Token::Minus => {
                self.take();
                let number = self.number()?;
                Some(Literal::Number(self.cx.negate(number)))
            }
            _ => self.number().map(Literal::Number),
        }
    }

    fn literal_word(&mut self) -> Option<Literal<'a>> {
        let word = match self.token? {
            Token::True => Literal::Bool(true),
            Token::False => Literal::Bool(false),
            Token::Null => Literal::Null,
            _ => return None,
        };
        self.take();
        Some(word)
    }

    /// `...`, `...name` and `..._`.
    fn rest(&mut self) -> Option<(Span, Option<Name<'a>>)> {
        let start = self.take().start;
        let name = match self.token {
            Some(token) if Self::is_name(token) => self.name(),
            Some(Token::Underscore) => {
                self.take();
                None
            }
            _ => None,
        };
        Some((Span { start, end: self.end }, name))
    }

    fn vec_part(&mut self) -> Option<VecPart<'a>> {
        if self.token == Some(Token::Spread) {
            return self.rest().map(|(span, name)| VecPart::Rest(span, name));
        }
        self.pattern().map(VecPart::Item)
    }

    fn map_part(&mut self) -> Option<MapPart<'a>> {
        let token = self.token?;
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
            Some(self.pattern()?)
        } else {
            None
        };
        let default = if self.accept(Token::Assign) { Some(self.expr()?) } else { None };
        Some(self.cx.field_pattern(key, pattern, default))
    }

    // Types

    pub(super) fn ty(&mut self) -> Option<&'a Type<'a>> {
        let ty = self.type_union()?;
        if !self.accept(Token::Where) {
            return Some(ty);
        }
        let condition = self.head()?;
        let message = if self.accept(Token::ElseMessage) {
            let text = match self.token? {
                Token::Str => self.text()?,
                _ => self.format()?,
            };
            Some(text)
        } else {
            None
        };
        Some(self.cx.where_type(ty, condition, message))
    }

    pub(super) fn type_union(&mut self) -> Option<&'a Type<'a>> {
        self.nested(|d| {
            if d.token == Some(Token::Fn) {
                return d.type_function();
            }
            let ty = d.type_postfix()?;
            if d.token != Some(Token::Bar) {
                return Some(ty);
            }
            let mut list = List::new();
            list.push(ty);
            while d.accept(Token::Bar) {
                let last = d.token == Some(Token::Fn);
                let more = if last { d.type_function()? } else { d.type_postfix()? };
                list.push(more);
                if last {
                    break;
                }
            }
            Some(d.cx.union_type(list.end(d.cx.arena)))
        })
    }

    fn type_function(&mut self) -> Option<&'a Type<'a>> {
        let start = self.expect(Token::Fn)?.start;
        self.expect(Token::LParen)?;
        let parameters = self.list(Token::RParen, comma, Self::type_union)?;
        self.expect(Token::Arrow)?;
        let result = self.type_union()?;
        Some(self.cx.function_type(start, parameters, result))
    }

    pub(super) fn type_postfix(&mut self) -> Option<&'a Type<'a>> {
        let mut ty = self.type_primary()?;
        while self.accept(Token::Question) {
            ty = self.cx.optional_type(ty, self.end);
        }
        Some(ty)
    }

    fn type_primary(&mut self) -> Option<&'a Type<'a>> {
        let start = self.place.start;
        match self.token? {
            token if Self::is_name(token) => {
                let mut path = List::new();
                path.push(self.taken_name());
                while self.accept(Token::Dot) {
                    path.push(self.word()?);
                }
                Some(self.cx.name_type(path.end(self.cx.arena)))
            }
            Token::True | Token::False | Token::Null => {
                let word = self.literal_word()?;
                Some(self.cx.ty(start, self.end, 0, TypeKind::Literal(word)))
            }
            Token::LBracket => {
                self.take();
                let inner = self.ty()?;
                let end = self.expect(Token::RBracket)?.end;
                Some(self.cx.vec_type(start, end, inner))
            }
            Token::HashBrace => {
                self.take();
                let inner = self.ty()?;
                let end = self.expect(Token::RBrace)?.end;
                Some(self.cx.set_type(start, end, inner))
            }
            Token::LParen => {
                self.take();
                let inner = self.ty()?;
                let end = self.expect(Token::RParen)?.end;
                Some(self.cx.paren_type(start, end, inner))
            }
            Token::LBrace | Token::BodyBrace => self.brace_type(start),
            _ => {
                let literal = self.literal()?;
                Some(self.cx.ty(start, self.end, 0, TypeKind::Literal(literal)))
            }
        }
    }

    /// A record, or a map of keys and values.
    fn brace_type(&mut self, start: u32) -> Option<&'a Type<'a>> {
        self.take();
        let record = match self.token? {
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
        Some(self.cx.map_type(start, end, key, value))
    }

    fn type_field(&mut self) -> Option<FieldPart<'a>> {
        let start = self.place.start;
        if self.accept(Token::Spread) {
            return Some(FieldPart::Open);
        }
        let key = if self.token == Some(Token::Str) { self.string_key()? } else { self.key()? };
        let optional = self.accept(Token::OptColon);
        if !optional {
            self.expect(Token::Colon)?;
        }
        let ty = self.ty()?;
        let default =
            if !optional && self.accept(Token::Assign) { Some(self.expr()?) } else { None };
        Some(self.cx.type_field(start, key, optional, ty, default))
    }
}
