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

/// How to go on after an error that the grammar cannot get over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Repair {
    /// Leave out the part around it.
    Skip,
    /// Leave out the one token.
    Remove,
    /// Read it as another.
    Replace(Token),
}

/// An error of which the rest of the text has to be parsed again.
pub(crate) struct Lost {
    /// The token it is about.
    pub(super) at: usize,
    /// What was said, unless it follows from another.
    pub(super) said: Option<Diagnostic>,
    pub(super) repair: Repair,
}

/// An error after which parsing goes on behind `r`, having taken back what it had read since `l`.
pub(super) fn recovered(cx: &mut Context, l: u32, r: u32, error: Error) {
    let Some(lost) = report(cx, error) else { return };
    let first = cx.tokens.partition_point(|t| t.0 < l);
    let resumed = cx.tokens.partition_point(|t| t.2 <= r && t.0 < r.max(l + 1)).max(first);
    if !matches!(lost.repair, Repair::Skip) || !balanced(&cx.tokens[first..resumed]) {
        // Brackets were skipped on one side only: whatever comes would be read at the wrong level.
        cx.lost = Some(lost);
        cx.stop.set(true);
    }
}

/// An error after which parsing cannot go on.
pub(super) fn fatal(cx: &mut Context, error: Error) {
    cx.lost = report(cx, error);
}

/// Changes the tokens so that they can be parsed again without this error; returns the stretch that was changed.
pub(super) fn repair(tokens: &mut Vec<Placed>, text: &str, lost: &Lost) -> Span {
    let at = lost.at;
    match (lost.repair, tokens.get_mut(at)) {
        (Repair::Replace(token), Some(place)) => {
            place.1 = token;
            return Span { start: place.0, end: place.2 };
        }
        (Repair::Remove, Some(_)) => {
            let (start, _, end) = tokens.remove(at);
            return Span { start, end };
        }
        _ => {}
    }
    let part = broken_part(tokens, text, at);
    let last = part.clone().next_back().and_then(|last| tokens.get(last));
    let place = match (tokens.get(part.start), last) {
        (Some(first), Some(last)) => Span { start: first.0, end: last.2 },
        (Some(next), None) => Span { start: next.0, end: next.0 },
        _ => Span::new(text.len(), text.len()),
    };
    tokens.splice(part, [(place.start, Token::Error, place.end)]);
    place
}

/// The tokens to leave out because of an error at `at`: the innermost statement, entry, element or the like around it.
fn broken_part(tokens: &[Placed], text: &str, at: usize) -> Range<usize> {
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

/// Complains, unless this error follows from another; returns what is known of it.
fn report(cx: &mut Context, error: Error) -> Option<Lost> {
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
        return Some(Lost { at, said: None, repair: Repair::Skip });
    }
    let place = Place::new(cx, at, &expected);
    let diagnostic = place.explain();
    let repair = match diagnostic.code {
        "assignment-in-condition" => Repair::Replace(Token::Equal),
        "expected-block" | "no-parameters" if place.brace_on_next_line() => Repair::Remove,
        _ => Repair::Skip,
    };
    // Every entry would be wrong in the same way.
    let whole = if diagnostic.code == "map-entry" { place.brackets() } else { None };
    cx.doubtful.push(whole.unwrap_or(diagnostic.span()));
    cx.report(diagnostic.clone());
    if cx.diagnostics.len() >= super::ERRORS {
        cx.stop.set(true);
    }
    Some(Lost { at, said: Some(diagnostic), repair })
}

/// Whether something was already said about the token at `at` or the one before it.
fn follows_from_another(cx: &Context, at: usize) -> bool {
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
            true => {
                let found = found.strip_prefix("the ").unwrap_or(&found);
                error("syntax", span, format!("unexpected {found}"))
            }
            false => error("syntax", span, format!("expected {wanted}, found {found}")),
        };
        let unfinished = self.begins_line() && self.expects("do");
        if let Some(keyword) = self.found.filter(|t| t.is_keyword())
            && self.expects("name")
            && !unfinished
        {
            let word = self.text(self.at);
            diagnostic = diagnostic.help(if keyword.is_soft_keyword() {
                format!("`{word}` begins a declaration, which stands at the start of a statement")
            } else if self.expects("_") || !self.expects("(") {
                format!(
                    "`{word}` is a keyword; as a name it needs another spelling, such as `{word}_`"
                )
            } else {
                format!("`{word}` is a keyword and cannot begin an expression")
            });
        }
        let ended = unfinished
            || self.found.is_none_or(|f| f.closes() || matches!(f, Token::Newline | Token::Comma));
        if let Some(before) = self.before()
            && ended
            && self.expects("(")
            && !self.operator_expected()
            && !self.token(before).is_some_and(Token::opens)
        {
            let text = self.text(before);
            if !text.is_empty() && text.len() < 12 {
                diagnostic = diagnostic
                    .label(self.span_of(before), format!("something must follow this `{text}`"));
            }
        }
        diagnostic
    }

    /// What could stand here: `an expression`, ``  `)` or `,` ``; empty when nothing sensible can be said.
    fn wanted(&self) -> String {
        // Where a key may stand, every keyword is expected, and says nothing.
        let keys = self.expects("let") && self.expects("where");
        let inside = self.inside();
        let mut kinds: Vec<String> = Vec::new();
        let expression = self.expects("do") && self.expects("(") && !self.operator_expected();
        if inside == Inside::Map && self.at == self.item + 1 && self.expects(":") {
            return "`:` and a value".into();
        } else if self.expects("_") && self.expects("name") {
            kinds.push("a pattern".into());
        } else if expression && keys {
            kinds.push(if inside == Inside::Call { "an argument" } else { "an entry" }.into());
        } else if expression {
            let statement = self.expects("let");
            kinds.push(if statement { "a statement" } else { "an expression" }.into());
        } else if self.expects("#{") && self.expects("name") && self.expects("null") && !keys {
            kinds.push("a type".into());
        } else if keys && self.expects("name") {
            kinds.push(if inside == Inside::With { "a change" } else { "a field" }.into());
        } else if self.expects("name") {
            kinds.push("a name".into());
        } else if self.operator_expected() {
            kinds.push("an operator".into());
        } else if self.expects("string") {
            kinds.push("a string".into());
        } else if self.expects("{") {
            kinds.push("`{`".into());
        } else if self.expects("(") {
            kinds.push("`(`".into());
        }
        for word in ["=", "=>", "in", "as", "catch", ":", "->", "|", ",", ")", "]", "}"] {
            let operator = matches!(word, "=" | "in" | "as" | "|") && self.operator_expected();
            let keyword = keys && matches!(word, "in" | "as" | "catch");
            if self.expects(word) && !operator && !keyword {
                kinds.push(format!("`{word}`"));
            }
        }
        if self.expects("f}") {
            kinds.push("the `}` of this hole".into());
        }
        if self.expects("newline") && self.expects(";") {
            kinds.push("the end of the statement".into());
        }
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
