//! Syntax errors in words.

use super::build::Context;
use crate::ast::{Expr, ExprKind};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::token::Token;
use lalrpop_util::{ErrorRecovery, ParseError};
use std::convert::Infallible;

pub(super) fn recovered(cx: &mut Context<'_>, error: ErrorRecovery<u32, Token, Infallible>) {
    fatal(cx, error.error);
}

pub(super) fn fatal(cx: &mut Context<'_>, error: ParseError<u32, Token, Infallible>) {
    let (at, end, found, expected) = match error {
        ParseError::UnrecognizedToken { token: (l, t, r), expected } => (l, r, Some(t), expected),
        ParseError::UnrecognizedEof { location, expected } => (location, location, None, expected),
        ParseError::ExtraToken { token: (l, t, r) } => (l, r, Some(t), Vec::new()),
        ParseError::InvalidToken { location } => (location, location, None, Vec::new()),
        ParseError::User { error } => match error {},
    };
    if found.is_none() && expected.iter().any(|e| e == "\"catch\"") {
        cx.lacks_catch = true;
    }
    let span = Span { start: at, end };
    let text = cx.text.get(span.range()).unwrap_or_default();
    let message = match found {
        Some(Token::Newline) => "unexpected end of line".to_string(),
        Some(_) => format!("unexpected `{text}`"),
        None => "unexpected end of the text".to_string(),
    };
    cx.report(Diagnostic::error("syntax", span, message));
}

/// What an expression is, for a sentence that begins with it.
pub(super) fn kind_of(e: &Expr) -> &'static str {
    match &e.kind {
        ExprKind::Call { .. } => "the result of a call",
        _ => "this",
    }
}
