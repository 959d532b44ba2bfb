//! Colours: what each piece of a text is, without parsing it.

use super::lex;
use crate::source::Span;
use crate::token::Token;

/// What a piece of source is, to somebody who colours it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Highlight {
    /// `let`, `and`, `true`
    Keyword,
    /// Any number.
    Number,
    /// A string literal, or the text and quotes of an f-string.
    String,
    /// The braces and the format of a hole in an f-string.
    Hole,
    /// Any comment.
    Comment,
    /// Operators, brackets and other punctuation.
    Operator,
    /// A name, or a keyword used as one.
    Name,
    /// What could not be read.
    Error,
}

/// The coloured pieces of a text, in order, without overlaps. Linear in the text.
pub fn highlight(text: &str) -> Vec<(Span, Highlight)> {
    let lexed = lex(text);
    let mut pieces: Vec<(Span, Highlight)> = Vec::with_capacity(lexed.tokens.len());
    let mut comments = lexed.comments.into_iter().peekable();
    let mut after_dot = false;
    for (i, (start, token, end)) in lexed.tokens.iter().enumerate() {
        let span = Span { start, end };
        while let Some(comment) = comments.next_if(|c| c.start < span.start) {
            pieces.push((comment, Highlight::Comment));
        }
        let next = lexed.tokens.get(i + 1);
        let kind = match token {
            Token::Int | Token::Float | Token::Decimal => Highlight::Number,
            Token::Str | Token::FormatStart | Token::FormatText | Token::FormatEnd => {
                Highlight::String
            }
            Token::HoleStart | Token::HoleSpec | Token::HoleEnd => Highlight::Hole,
            Token::Error => Highlight::Error,
            Token::Ident | Token::Underscore => Highlight::Name,
            t if t.is_keyword() && (after_dot || next == Some(Token::Colon)) => Highlight::Name,
            t if t.is_soft_keyword() && !matches!(next, Some(Token::Ident | Token::Str)) => {
                Highlight::Name
            }
            t if t.is_keyword() => Highlight::Keyword,
            _ => Highlight::Operator,
        };
        after_dot = matches!(token, Token::Dot | Token::OptDot);
        if span.end > span.start {
            pieces.push((span, kind));
        }
    }
    pieces.extend(comments.map(|c| (c, Highlight::Comment)));
    pieces
}
