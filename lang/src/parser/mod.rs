//! Tokens to syntax tree: runs the lexer, the layout pass and a parser, and collects what they have to say. A text without mistakes
//! is read by recursive descent; any other by the generated parser, which can say what is wrong.
//!
//! Always gives a tree; what could not be parsed is an error node in it, and a diagnostic says why. No tree is higher than
//! the nesting limit, whatever the text.

pub(crate) mod build;
mod descent;
mod explain;
mod literal;

use crate::ast::{Block, Doc, Module, Statement};
use crate::diagnostic::{Diagnostic, Severity};
use crate::layout::{self, Layout, Placed, Tokens};
use crate::source::{Source, Span};
use crate::token::Token;
use build::Context;
use std::cell::Cell;
use std::sync::Arc;

#[allow(clippy::all, missing_docs, unreachable_pub, unused, unfulfilled_lint_expectations)]
mod grammar {
    include!(concat!(env!("OUT_DIR"), "/grammar.rs"));
}

/// Errors reported for one text; more would be noise.
const ERRORS: usize = 20;

/// What a text may be.
#[derive(Clone, Copy, Debug)]
pub struct ParseLimits {
    /// The height of the tree. Passes recurse that deep, and so does dropping the tree: beyond some thousands a host must
    /// provide the stack.
    pub nesting: u32,
    /// Length of the text.
    pub source_bytes: usize,
}

impl Default for ParseLimits {
    fn default() -> Self {
        ParseLimits { nesting: 256, source_bytes: 64 << 20 }
    }
}

/// What parsing gives.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The tree, with error nodes where the text was wrong.
    pub module: Module,
    /// In order of their places; at most some twenty errors.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// Whether there is an error, so that the tree is not the program.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Parses a whole text, in time and memory in proportion to its length.
pub fn parse(source: &Arc<Source>, limits: ParseLimits) -> Parsed {
    let text = source.text();
    if too_long(text, limits) {
        let diagnostic =
            Diagnostic::error("source-limit", Span::default(), "this source is too long")
                .here(format!("{} bytes; at most {} are allowed", text.len(), limits.source_bytes));
        return Parsed { module: empty_module(), diagnostics: vec![diagnostic] };
    }
    let run = Run::new(text, limits);
    let mut diagnostics = run.diagnostics;
    diagnostics.sort_by_key(|d| (d.span().start, d.span().end));
    let mut errors = 0;
    diagnostics.retain(|d| {
        errors += usize::from(d.severity == Severity::Error);
        errors <= ERRORS
    });
    Parsed { module: run.module, diagnostics }
}

/// Whether more text could make an entry complete that is not: a bracket, comment, multi-line string or f-string is open, or the text
/// ends where something must follow. For reading a program line by line.
pub fn is_incomplete(text: &str) -> bool {
    if text.len() >= u32::MAX as usize {
        return false;
    }
    let Layout { open_token, unreadable, open_ended, tokens, diagnostics, .. } =
        layout::layout(text, ParseLimits::default().nesting);
    if open_token {
        return true;
    }
    if !unreadable.is_empty() {
        return false;
    }
    if open_ended {
        return true;
    }
    match tokens.last() {
        Some(last) if diagnostics.is_empty() => match last {
            Token::Semicolon => false,
            Token::RBrace => Run::new(text, ParseLimits::default()).lacks_catch,
            last => !last.ends_line(),
        },
        _ => false,
    }
}

/// Reads a text that is plainly right in parts: hands on its tree without what is in the functions at its top level, and what reads
/// those. `None` where something is wrong, or `compile` says so: then [`parse`] tells what.
pub(crate) fn in_parts<R>(
    source: &Source,
    limits: ParseLimits,
    compile: impl FnOnce(&Module, &mut Bodies) -> Option<R>,
) -> Option<R> {
    let text = source.text();
    if too_long(text, limits) {
        return None;
    }
    let mut reading = Reading::new(text, limits);
    if reading.too_deep || !reading.diagnostics.is_empty() {
        return None;
    }
    let (doc, comments) = (reading.doc.take(), std::mem::take(&mut reading.comments));
    let stop = Cell::new(false);
    let mut context = reading.context(&[], &stop);
    let (body, places) = descent::outline(&mut context, &reading.tokens, &reading.braces)?;
    let (tokens, places) = (&reading.tokens, places.into_iter());
    let mut bodies = Bodies { context, tokens, places, statements: Vec::new() };
    let result = compile(&Module { doc, body, comments }, &mut bodies)?;
    debug_assert!(
        Run::new(text, limits).diagnostics.is_empty(),
        "its parts are right, but it is not: {text}"
    );
    Some(result)
}

/// The bodies of the functions at the top level of a text, in order.
pub(crate) struct Bodies<'s> {
    context: Context<'s>,
    tokens: &'s Tokens,
    places: std::vec::IntoIter<usize>,
    /// Room for the statements of open blocks.
    statements: Vec<Statement>,
}

impl Bodies<'_> {
    /// Reads the next one. `None` where something is wrong with it.
    pub(crate) fn next(&mut self) -> Option<Block> {
        descent::body(&mut self.context, self.tokens, self.places.next()?, &mut self.statements)
    }
}

fn too_long(text: &str, limits: ParseLimits) -> bool {
    text.len() > limits.source_bytes.min(u32::MAX as usize - 1)
}

/// One run over a text.
struct Run {
    module: Module,
    diagnostics: Vec<Diagnostic>,
    lacks_catch: bool,
}

impl Run {
    fn new(text: &str, limits: ParseLimits) -> Run {
        let reading = Reading::new(text, limits);
        let Some(body) = reading.descend() else { return reading.generated() };
        debug_assert!(reading.clone().generated().agrees(&body), "two readings of {text}");
        let Reading { doc, comments, .. } = reading;
        let module = Module { doc, body, comments };
        Run { module, diagnostics: Vec::new(), lacks_catch: false }
    }

    fn agrees(&self, body: &Block) -> bool {
        self.diagnostics.is_empty() && self.module.body == *body
    }
}

/// A text as tokens, about to be parsed.
#[derive(Clone)]
struct Reading<'t> {
    text: &'t str,
    limits: ParseLimits,
    doc: Option<Doc>,
    docs: Vec<(u32, Doc)>,
    comments: Vec<Span>,
    tokens: Tokens,
    braces: Vec<(usize, usize)>,
    /// What was found wrong so far.
    diagnostics: Vec<Diagnostic>,
    doubtful: Vec<Span>,
    too_deep: bool,
}

impl<'t> Reading<'t> {
    fn new(text: &'t str, limits: ParseLimits) -> Self {
        let layout = layout::layout(text, limits.nesting);
        let (doc, docs) = docs(text, &layout.comments, &layout.tokens);
        let mut diagnostics = layout.unreadable;
        diagnostics.extend(layout.diagnostics);
        let mut doubtful = layout.doubtful;
        doubtful.extend(diagnostics.iter().map(Diagnostic::span));
        Reading {
            text,
            limits,
            doc,
            docs,
            comments: layout.comments,
            tokens: layout.tokens,
            braces: layout.braces,
            diagnostics,
            doubtful,
            too_deep: layout.too_deep,
        }
    }

    /// What the actions share; `tokens` are those of the generated parser.
    fn context<'s>(&'s self, tokens: &'s [Placed], stop: &'s Cell<bool>) -> Context<'s> {
        Context {
            text: self.text,
            tokens,
            docs: &self.docs,
            doubtful: self.doubtful.clone(),
            nesting: self.limits.nesting.max(2),
            too_deep: false,
            diagnostics: self.diagnostics.clone(),
            stop,
            lost: None,
            lacks_catch: false,
        }
    }

    /// The tree, where nothing is wrong.
    fn descend(&self) -> Option<Block> {
        if self.too_deep || !self.diagnostics.is_empty() {
            return None;
        }
        descent::program(&mut self.context(&[], &Cell::new(false)), &self.tokens)
    }

    /// The tree by the generated parser, and what is wrong.
    fn generated(mut self) -> Run {
        let (mut body, mut lacks_catch) = (empty_block(), false);
        let mut tokens: Vec<Placed> = self.tokens.iter().collect();
        // Usually one round. When recovery would read what follows an error at the wrong level of brackets, the broken part is replaced by an
        // error token, and the text parsed again: at most as often as there may be errors, give or take.
        for round in 0..2 * ERRORS {
            if self.too_deep {
                break;
            }
            let stop = Cell::new(false);
            let mut context = self.context(&tokens, &stop);
            let input = tokens.iter().copied().take_while(|_| !stop.get());
            match grammar::ProgramParser::new().parse(&mut context, input) {
                Ok(parsed) => body = parsed,
                Err(error) if context.lost.is_none() => explain::fatal(&mut context, error),
                Err(_) => {}
            }
            lacks_catch |= context.lacks_catch;
            let Context { lost, diagnostics, too_deep, .. } = context;
            let again = !too_deep && round + 1 < 2 * ERRORS && self.diagnostics.len() < ERRORS;
            let Some(lost) = lost.filter(|_| again) else {
                self.diagnostics = diagnostics;
                break;
            };
            self.doubtful.push(explain::repair(&mut tokens, self.text, &lost));
            self.diagnostics.extend(lost.said);
        }
        let module = Module { doc: self.doc, body, comments: self.comments };
        Run { module, diagnostics: self.diagnostics, lacks_catch }
    }
}

fn empty_block() -> Block {
    Block { span: Span::default(), statements: Vec::new(), height: 1 }
}

fn empty_module() -> Module {
    Module { doc: None, body: empty_block(), comments: Vec::new() }
}

/// The documentation of the module, and that before each token, by the token's start.
fn docs(text: &str, comments: &[Span], tokens: &Tokens) -> (Option<Doc>, Vec<(u32, Doc)>) {
    let mut module: Option<Doc> = None;
    let mut docs: Vec<(u32, Doc)> = Vec::new();
    let mut next = 0;
    for &span in comments {
        let comment = text.get(span.range()).unwrap_or_default();
        let inner = comment.starts_with("//!");
        if !inner && (!comment.starts_with("///") || comment.starts_with("////")) {
            continue;
        }
        while tokens.start(next).is_some_and(|start| start < span.start) {
            next += 1;
        }
        let line = comment[3..].trim_end_matches('\r');
        let line = line.strip_prefix(' ').unwrap_or(line);
        if inner {
            match &mut module {
                _ if next > 0 => {}
                Some(doc) => add_line(doc, span, line),
                None => module = Some(Doc { span, text: line.to_string() }),
            }
            continue;
        }
        let Some(before) = tokens.start(next) else { break };
        match docs.last_mut() {
            Some((start, doc)) if *start == before => add_line(doc, span, line),
            _ => docs.push((before, Doc { span, text: line.to_string() })),
        }
    }
    (module, docs)
}

fn add_line(doc: &mut Doc, span: Span, line: &str) {
    doc.span = doc.span.to(span);
    doc.text.push('\n');
    doc.text.push_str(line);
}
