//! Colours while typing, and when an entry is complete.

use crate::repl::complete::Names;
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper, Result};
use std::borrow::Cow;
use tansy::lexer::{Highlight, highlight};
use tansy::parser::is_incomplete;

/// Longer entries are not coloured, so that typing stays quick.
const MOST_BYTES: usize = 20_000;

/// What the line editor asks while an entry is typed.
pub(crate) struct Assistant {
    pub(crate) names: Names,
    pub(crate) color: bool,
}

impl Helper for Assistant {}

impl Hinter for Assistant {
    type Hint = String;
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> Result<ValidationResult> {
        let text = context.input();
        let open = !text.trim_start().starts_with(':') && is_incomplete(text);
        Ok(if open { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        Ok(self.names.complete(line, at))
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if !self.color || line.len() > MOST_BYTES {
            Cow::Borrowed(line)
        } else {
            colored(line).into()
        }
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        if self.color { format!("\x1b[1;32m{prompt}\x1b[0m").into() } else { Cow::Borrowed(prompt) }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.color
    }
}

/// The text with colours.
pub(crate) fn colored(text: &str) -> String {
    if text.trim_start().starts_with(':') {
        let end = text.find(|c: char| c.is_whitespace()).unwrap_or(text.len());
        return format!("\x1b[36m{}\x1b[0m{}", &text[..end], &text[end..]);
    }
    let mut result = String::with_capacity(text.len() * 2);
    let mut done = 0;
    for (span, kind) in highlight(text) {
        let style = match kind {
            Highlight::Keyword => "1;35",
            Highlight::Number => "33",
            Highlight::String => "32",
            Highlight::Hole => "36",
            Highlight::Comment => "2",
            Highlight::Error => "31",
            Highlight::Name | Highlight::Operator => continue,
        };
        let (Some(before), Some(piece)) =
            (text.get(done..span.range().start), text.get(span.range()))
        else {
            continue;
        };
        result.push_str(before);
        result.push_str(&format!("\x1b[{style}m{piece}\x1b[0m"));
        done = span.range().end;
    }
    result.push_str(text.get(done..).unwrap_or(""));
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_change_nothing_else() {
        let text = "let x = f\"a{1 + 2:>3}b\" // done\n'";
        let mut plain = String::new();
        let mut rest = colored(text);
        while let Some(start) = rest.find('\x1b') {
            let end = rest[start..].find('m').map_or(rest.len(), |i| start + i + 1);
            plain.push_str(&rest[..start]);
            rest = rest[end..].to_owned();
        }
        assert_eq!(plain + &rest, text);
    }
}
