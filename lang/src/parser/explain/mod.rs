//! Syntax errors in words: what stands there, what could stand there, and what was probably meant.
//!
//! The parser only knows the token it cannot use and those it could. [`Place`] looks around from there; [`habits`] know
//! what people bring along from other languages, [`slips`] what goes wrong within this one; what none of them knows is said in general
//! terms here. One mistake gives one complaint: errors that follow from another are dropped.

mod habits;
mod place;
mod slips;

use super::build::Context;
use crate::ast::{Expr, ExprKind};
use crate::diagnostic::Diagnostic;
use crate::layout::Placed;
use crate::source::Span;
use crate::token::Token;
use lalrpop_util::ParseError;
use place::{Inside, Place};
use std::convert::Infallible;
use std::ops::Range;

type Error = ParseError<u32, Token, Infallible>;

/// An error after which parsing goes on behind `r`, having taken back what it had read since `l`.
pub(super) fn recovered(cx: &mut Context<'_>, l: u32, r: u32, error: Error) {
    let Some((at, said)) = report(cx, error) else { return };
    let first = cx.tokens.partition_point(|t| t.0 < l);
    let resumed = cx.tokens.partition_point(|t| t.2 <= r && t.0 < r.max(l + 1)).max(first);
    if !balanced(&cx.tokens[first..resumed]) {
        // Brackets were skipped on one side only: whatever comes would be read at the wrong level.
        cx.lost = Some((at, said));
        cx.stop.set(true);
    }
}

/// An error after which parsing cannot go on.
pub(super) fn fatal(cx: &mut Context<'_>, error: Error) {
    cx.lost = report(cx, error);
}

/// The tokens to leave out because of an error at `at`: the innermost statement, entry, element or the like around it.
pub(super) fn broken_part(tokens: &[Placed], text: &str, at: usize) -> Range<usize> {
    let mut place = Place::at(text, tokens, at);
    loop {
        let lines = matches!(place.inside(), Inside::Module | Inside::Block);
        let from = if lines { place.start } else { place.item };
        let mut to = place.at.max(from);
        let mut depth = 0usize;
        while let Some(token) = place.token(to) {
            if token.opens() {
                depth += 1;
            } else if token.closes() {
                if depth == 0 {
                    break;
                }
                depth -= 1;
            } else if depth == 0
                && (matches!(token, Token::Newline | Token::Semicolon)
                    || token == Token::Comma && !lines)
            {
                break;
            }
            to += 1;
        }
        // Leaving this out did not help before, so the part around it goes.
        match place.opener() {
            Some(opener)
                if tokens.get(from..to).is_some_and(|t| matches!(t, [(_, Token::Error, _)])) =>
            {
                place = Place::at(text, tokens, opener);
            }
            _ => return from..to,
        }
    }
}

fn balanced(tokens: &[(u32, Token, u32)]) -> bool {
    let mut depth = 0usize;
    for (_, token, _) in tokens {
        if token.opens() {
            depth += 1;
        } else if token.closes() {
            match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            }
        }
    }
    depth == 0
}

/// Complains, unless this error follows from another; returns the index of the token it is about, and the complaint.
fn report(cx: &mut Context<'_>, error: Error) -> Option<(usize, Option<Diagnostic>)> {
    if cx.stop.get() {
        return None;
    }
    let (found, expected) = match error {
        ParseError::UnrecognizedToken { token, expected } => (Some(token), expected),
        ParseError::UnrecognizedEof { expected, .. } => (None, expected),
        ParseError::ExtraToken { token } => (Some(token), Vec::new()),
        ParseError::InvalidToken { .. } => (None, Vec::new()),
        ParseError::User { error } => match error {},
    };
    let at = match found {
        Some(token) => {
            let from = cx.tokens.partition_point(|t| t.0 < token.0);
            from + cx.tokens[from..].iter().position(|t| *t == token).unwrap_or(0)
        }
        None => cx.tokens.len(),
    };
    if found.is_none() && expected.iter().any(|e| e == "\"catch\"") {
        cx.lacks_catch = true;
    }
    if follows_from_another(cx, at) {
        return Some((at, None));
    }
    let diagnostic = Place::new(cx, at, &expected).explain();
    cx.doubtful.push(diagnostic.span());
    cx.report(diagnostic.clone());
    if cx.diagnostics.len() >= super::ERRORS {
        cx.stop.set(true);
    }
    Some((at, Some(diagnostic)))
}

/// Whether something was already said about the token at `at` or the one before it.
fn follows_from_another(cx: &Context<'_>, at: usize) -> bool {
    if cx.too_deep || cx.diagnostics.len() >= super::ERRORS {
        return true;
    }
    let end = cx.text.len() as u32;
    let (start, stop) = cx.tokens.get(at).map_or((end, end), |t| (t.0, t.2));
    let before = at.checked_sub(1).and_then(|b| cx.tokens.get(b));
    let from = before.map_or(start, |t| t.0);
    cx.doubtful.iter().any(|d| {
        // The token itself may touch what was complained about; the one before must share characters with it.
        let touches = d.start <= stop && start <= d.end;
        let before =
            before.is_some_and(|b| d.start < b.2.max(b.0 + 1) && from < d.end.max(d.start + 1));
        touches || before
    })
}

impl Place<'_> {
    fn explain(&self) -> Diagnostic {
        habits::explain(self).or_else(|| slips::explain(self)).unwrap_or_else(|| self.general())
    }

    /// What could stand here, in words, and what does.
    fn general(&self) -> Diagnostic {
        let wanted = self.wanted();
        let found = self.found_text();
        let span = self.span();
        let mut diagnostic = match wanted.is_empty() {
            true => Diagnostic::error("syntax", span, format!("unexpected {found}")),
            false => Diagnostic::error("syntax", span, format!("expected {wanted}, found {found}")),
        };
        if let Some(keyword) = self.found.filter(|t| t.is_keyword())
            && self.expects("name")
        {
            let word = self.text(self.at);
            diagnostic = diagnostic.help(if keyword.is_soft_keyword() {
                format!("`{word}` begins a declaration, which may stand only at the start of a statement")
            } else if self.expects("_") || !self.expects("(") {
                format!("`{word}` is a keyword; as a name it needs another spelling, such as `{word}_`")
            } else {
                format!("`{word}` is a keyword and cannot begin an expression")
            });
        }
        if let Some(opener) = self.opener()
            && self.found.is_none_or(Token::closes)
            && self.expects("(")
            && self.before() != Some(opener)
        {
            let previous = self.before().map_or(span, |b| self.span_of(b));
            let text = self.slice(previous);
            if !text.is_empty() && text.len() < 12 {
                diagnostic =
                    diagnostic.label(previous, format!("something must follow this `{text}`"));
            }
        }
        diagnostic
    }

    /// What could stand here: `an expression`, ``  `)` or `,` ``; empty when nothing sensible can be said.
    fn wanted(&self) -> String {
        let mut kinds: Vec<String> = Vec::new();
        let code = |word: &str| format!("`{word}`");
        if self.expects("_") && self.expects("name") {
            kinds.push("a pattern".into());
        } else if self.expects("not") && self.expects("(") && self.expects("name") {
            let statement = self.expects("let");
            kinds.push(if statement { "a statement" } else { "an expression" }.into());
        } else if self.expects("#{") && self.expects("name") && self.expects("null") {
            kinds.push("a type".into());
        } else if self.expects("delete") && self.expects("name") {
            kinds.push("a key".into());
        } else if self.expects("name") {
            kinds.push("a name".into());
        }
        if kinds.is_empty() && self.expects("+") {
            kinds.push("an operator".into());
        }
        for word in ["=", "=>", "in", "as", "catch", ":", "->", "string", ",", ")", "]", "}"] {
            let operator = matches!(word, "=" | "in" | "as") && self.expects("+");
            if self.expects(word)
                && !operator
                && !(word == "}"
                    && self.expects("newline")
                    && self.expects(",")
                    && self.found.is_none())
            {
                kinds.push(if word == "string" { "a string".into() } else { code(word) });
            }
        }
        if self.expects("{") && self.expects("{ ") && !self.expects("(") && kinds.is_empty() {
            kinds.push(code("{"));
        }
        if self.expects("f}") {
            kinds.push("the `}` of this hole".into());
        }
        if self.expects("newline") && self.expects(";") {
            kinds.push("the end of the statement".into());
        }
        kinds.dedup();
        kinds.truncate(4);
        match kinds.split_last() {
            None => String::new(),
            Some((last, [])) => last.clone(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        }
    }
}

/// What an expression is, for a sentence that begins with it.
pub(super) fn kind_of(e: &Expr) -> &'static str {
    match &e.kind {
        ExprKind::Call { .. } | ExprKind::Pipe { .. } => "the result of a call",
        ExprKind::Null | ExprKind::Bool(_) => "a constant",
        ExprKind::Number(_) => "a number",
        ExprKind::Str(_) | ExprKind::Format(_) => "a string",
        ExprKind::Vec(_) | ExprKind::VecComprehension(..) => "a vector",
        ExprKind::Set(_) | ExprKind::SetComprehension(..) => "a set",
        ExprKind::Map(_) | ExprKind::MapComprehension(..) => "a map",
        ExprKind::Paren(_) => "an expression in parentheses",
        ExprKind::With { .. } => "the result of `with`",
        ExprKind::Getter(_) | ExprKind::Function(_) => "a function",
        ExprKind::If { .. } | ExprKind::Match { .. } | ExprKind::Try { .. } | ExprKind::Do(_) => {
            "the result of a block"
        }
        ExprKind::Compare { .. } | ExprKind::Is { .. } => "a comparison",
        _ => "the result of an operation",
    }
}

/// The error for a place, with a message, to be completed.
fn error(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, span, message)
}
