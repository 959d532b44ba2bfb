//! Brackets that are missing, too many or of the wrong kind: what is said about them, and how they are put right.

use super::{Frame, Pass, closing};
use crate::diagnostic::{self, Diagnostic};
use crate::lexer::Lexeme;
use crate::source::Span;
use crate::token::Token;

impl Pass<'_> {
    /// Closes brackets that must have been forgotten on the lines before: because the string that should have ended before them
    /// did not, or because a statement begins here.
    #[inline(never)]
    pub(super) fn close_forgotten(&mut self, i: usize, lexeme: Lexeme) {
        let Some(before) = i.checked_sub(1) else { return };
        let Some(previous) = self.span_at(before) else { return };
        let open_string = self.token_at(before) == Some(Token::Error)
            && self.text[previous.range()].starts_with(['"', 'r'])
            && !self.text[previous.range()].starts_with("\"\"\"");
        if open_string {
            while self.top.line == self.line && !self.top.lines {
                self.close_top(previous.after());
            }
            return;
        }
        let next = self.token_at(i + 1);
        let begins_statement = match lexeme.token {
            Token::Let | Token::Var | Token::While | Token::Assert => {
                !next.is_some_and(|n| n.marks_key() || n == Token::Comma)
            }
            Token::Fn => next == Some(Token::Ident),
            _ => false,
        };
        if begins_statement && !self.top.block {
            let span = self.span(lexeme);
            let word = &self.text[span.range()];
            let opener = self.opener(&self.top);
            self.unclosed(opener, span, format!("this `{word}` begins a statement"));
            while !self.top.block {
                self.close_top(previous.after());
            }
        }
    }

    #[cold]
    pub(super) fn unclosed(&mut self, opener: Span, noticed: Span, why: impl Into<String>) {
        let text = &self.text[opener.range()];
        let hole = |f: &Frame| f.token == Token::HoleStart && self.opener(f) == opener;
        let hole = self.brackets().any(hole);
        let diagnostic = if hole {
            Diagnostic::error("unclosed-hole", opener, "this `{` of an f-string is never closed")
                .here("the hole begins here")
                .help("close it with `}`; for a brace in the text write `{{`")
        } else {
            let close = closing_text(text);
            let diagnostic = Diagnostic::error(
                "unclosed-bracket",
                opener,
                format!("this `{text}` is never closed"),
            )
            .here(format!("`{close}` is missing"));
            match self.commented_out(opener, close) {
                true => diagnostic.help("`//` begins a comment; integers are divided with `div`"),
                false => diagnostic,
            }
        };
        diagnostic::add(&mut self.out.diagnostics, diagnostic.label(noticed, why));
        self.out.doubtful.push(opener.to(noticed));
    }

    /// The bracket that closes stands behind a `//` that follows a value on the line of the other: it was meant to divide.
    fn commented_out(&self, opener: Span, close: &str) -> bool {
        let rest = &self.text[opener.end as usize..];
        let line = opener.end as usize + rest.find('\n').unwrap_or(rest.len());
        self.lexer.out.comments.iter().any(|comment| {
            opener.end <= comment.start
                && comment.start < line as u32
                && self.text[comment.range()].contains(close)
                && self.text[opener.range().end..comment.range().start]
                    .trim_end()
                    .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | ']'))
        })
    }

    /// Closes the innermost bracket, where no closing bracket stands.
    #[cold]
    pub(super) fn close_top(&mut self, place: Span) {
        let Some(frame) = self.leave() else { return };
        self.bars = frame.bars;
        if frame.lines {
            self.drop_separators();
        }
        self.push(closing(frame.token), place);
        if frame.token == Token::HoleStart {
            self.push(Token::FormatEnd, place);
        }
    }

    #[cold]
    pub(super) fn stray(&mut self, span: Span) {
        let text = &self.text[span.range()];
        let mut diagnostic =
            Diagnostic::error("stray-bracket", span, format!("this `{text}` closes nothing"));
        if self.late.is_none() && self.outer.is_empty() {
            diagnostic = diagnostic.here("no bracket is open here");
        }
        if let Some((opener, closer)) = self.late {
            let open = &self.text[opener.range()];
            let close = &self.text[closer.range()];
            diagnostic = diagnostic
                .label(
                    closer,
                    format!("this `{close}`, indented more than that line, already closed it"),
                )
                .label(opener, format!("perhaps it was meant for this `{open}`"));
        }
        diagnostic::add(&mut self.out.diagnostics, diagnostic);
        self.out.doubtful.push(span);
    }

    #[cold]
    pub(super) fn mismatched(&mut self, span: Span) {
        let (opener, right) = (self.opener(&self.top), closing(self.top.token));
        let (open, text) = (&self.text[opener.range()], &self.text[span.range()]);
        let close = closing_text(open);
        diagnostic::add(
            &mut self.out.diagnostics,
            Diagnostic::error(
                "mismatched-bracket",
                span,
                format!("this `{text}` does not close `{open}`"),
            )
            .here(format!("expected `{close}`"))
            .label(opener, "the bracket that is open here"),
        );
        self.out.doubtful.push(opener.to(span));
        if right == Token::HoleEnd {
            return;
        }
        self.leave();
        if right == Token::RBrace {
            self.drop_separators();
        }
        self.push(right, span);
    }

    pub(super) fn finish(&mut self) {
        let end = Span::new(self.text.len(), self.text.len());
        if !self.outer.is_empty() {
            self.out.open_ended = self.out.diagnostics.is_empty();
            match self.early {
                Some((opener, closer)) if self.top.lines => {
                    let close = &self.text[closer.range()];
                    self.unclosed(
                        opener,
                        closer,
                        format!("this `{close}` is indented as if it closed something further out"),
                    );
                    self.out.doubtful.push(opener.to(end));
                }
                _ => {
                    let opener = self.opener(&self.top);
                    let last = self.lexer.out.tokens.last_place().map_or(end, Span::after);
                    self.unclosed(opener, last, "the text ends here");
                    self.out.doubtful.push(opener.to(end));
                }
            }
        }
        while !self.outer.is_empty() {
            self.close_top(end);
        }
        self.drop_separators();
    }
}

fn closing_text(open: &str) -> &'static str {
    match open {
        "(" => ")",
        "[" | "?[" => "]",
        _ => "}",
    }
}
