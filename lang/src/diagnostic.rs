//! What a stage of the front end has to say about a program, as data. Rendering is somebody else's work.

use crate::source::{Source, Span};
use std::sync::Arc;

/// Whether a [`Diagnostic`] stops the program from compiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The program compiles; something looks wrong.
    Warning,
    /// The program does not compile.
    Error,
}

/// A remark at a place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What to say there; may be empty for the primary place.
    pub text: String,
}

/// One finding: a message, the places it is about (the first is the primary one), and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable name for tools, in kebab-case: `unclosed-bracket`, `unknown-name`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence, lower case, no full stop: ``unknown name `totl` ``.
    pub message: String,
    /// Places, the primary one first.
    pub labels: Vec<Label>,
    /// Hints, each a sentence or two: ``did you mean `total`?``.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error with its primary place.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: bounded(message.into()),
            labels: vec![Label { span, text: String::new() }],
            help: Vec::new(),
        }
    }

    /// A warning with its primary place.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, span, message) }
    }

    /// Says something at the primary place.
    pub fn here(mut self, text: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.text = bounded(text.into());
        }
        self
    }

    /// Adds a second place.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: bounded(text.into()) });
        self
    }

    /// Adds a hint.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(bounded(text.into()));
        self
    }

    /// The primary place.
    pub fn span(&self) -> Span {
        self.labels.first().map(|l| l.span).unwrap_or_default()
    }

    /// Whether it stops compilation.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The most bytes of one text of a finding: names in programs may be of any length.
const LONGEST: usize = 4096;

fn bounded(mut text: String) -> String {
    if text.len() > LONGEST {
        let mut end = LONGEST;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The findings about one source text.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    /// The text they are about.
    pub source: Arc<Source>,
    /// In order of their places.
    pub list: Vec<Diagnostic>,
}

/// Findings kept of one pass; a text with more of them is hopeless, and its list must not grow with it.
const KEPT: usize = 100;

/// Adds a finding, unless there are too many.
pub(crate) fn add(list: &mut Vec<Diagnostic>, diagnostic: Diagnostic) {
    if list.len() < KEPT {
        list.push(diagnostic);
    }
}
