//! Tokens to syntax tree: runs the lexer, the layout pass and a parser, and collects what they have to say. A text without mistakes
//! is read by recursive descent; any other by the generated parser, which can say what is wrong.
//!
//! Always gives a tree; what could not be parsed is an error node in it, and a diagnostic says why. No tree is higher than
//! the nesting limit, whatever the text.

pub(crate) mod build;
mod descent;
mod explain;
mod literal;

use crate::arena::Arena;
use crate::ast::{Block, Doc, Module};
use crate::diagnostic::{Diagnostic, Severity};
use crate::layout::{self, Layout, Placed, Tokens};
use crate::source::{Source, Span};
use crate::token::Token;
use build::Context;
use std::cell::Cell;

#[allow(clippy::all, missing_docs, unreachable_pub, unused, unfulfilled_lint_expectations)]
mod grammar {
    include!(concat!(env!("OUT_DIR"), "/grammar.rs"));
}

/// Errors reported for one text; more would be noise.
const ERRORS: usize = 20;

/// What a text may be.
#[derive(Clone, Copy, Debug)]
pub struct ParseLimits {
    /// The height of the tree. Passes recurse that deep: beyond some thousands a host must provide the stack.
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
pub struct Parsed<'a> {
    /// The tree, with error nodes where the text was wrong.
    pub module: Module<'a>,
    /// In order of their places; at most some twenty errors.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed<'_> {
    /// Whether there is an error, so that the tree is not the program.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Parses a whole text, in time and memory in proportion to its length. The tree goes into `arena`.
pub fn parse<'a>(source: &'a Source, limits: ParseLimits, arena: &'a Arena) -> Parsed<'a> {
    let text = source.text();
    if too_long(text, limits) {
        let diagnostic =
            Diagnostic::error("source-limit", Span::default(), "this source is too long")
                .here(format!("{} bytes; at most {} are allowed", text.len(), limits.source_bytes));
        return Parsed {
            module: Module { doc: None, body: &EMPTY, comments: &[] },
            diagnostics: vec![diagnostic],
        };
    }
    let run = Run::new(text, limits, arena);
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
            Token::RBrace => Run::new(text, ParseLimits::default(), &Arena::new()).lacks_catch,
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
    let arena = Arena::new();
    let reading = Reading::new(text, limits, &arena);
    if reading.too_deep || !reading.diagnostics.is_empty() {
        return None;
    }
    let stop = Cell::new(false);
    let mut context = reading.context(&arena, &[], &stop);
    let (body, places) = descent::outline(&mut context, &reading.tokens, &reading.braces)?;
    let places = places.into_iter();
    let mut bodies = Bodies { reading: &reading, stop: &stop, places, arena: Arena::new() };
    let result = compile(&Module { body, ..reading.module() }, &mut bodies)?;
    debug_assert!(
        Run::new(text, limits, &Arena::new()).diagnostics.is_empty(),
        "its parts are right, but it is not: {text}"
    );
    Some(result)
}

/// The bodies of the functions at the top level of a text, in order.
pub(crate) struct Bodies<'s> {
    reading: &'s Reading<'s>,
    stop: &'s Cell<bool>,
    places: std::vec::IntoIter<usize>,
    /// Has the one that is read.
    arena: Arena,
}

impl Bodies<'_> {
    /// Reads the next one, which takes the place of the one before. `None` where something is wrong with it.
    pub(crate) fn next(&mut self) -> Option<&Block<'_>> {
        self.arena.clear();
        let mut context = self.reading.context(&self.arena, &[], self.stop);
        descent::body(&mut context, &self.reading.tokens, self.places.next()?)
    }
}

fn too_long(text: &str, limits: ParseLimits) -> bool {
    text.len() > limits.source_bytes.min(u32::MAX as usize - 1)
}

/// One run over a text.
struct Run<'a> {
    module: Module<'a>,
    diagnostics: Vec<Diagnostic>,
    lacks_catch: bool,
}

impl<'a> Run<'a> {
    fn new(text: &'a str, limits: ParseLimits, arena: &'a Arena) -> Self {
        let reading = Reading::new(text, limits, arena);
        let Some(body) = reading.descend() else { return reading.generated() };
        debug_assert!(reading.clone().generated().agrees(body), "two readings of {text}");
        let module = Module { body, ..reading.module() };
        Run { module, diagnostics: Vec::new(), lacks_catch: false }
    }

    fn agrees(&self, body: &Block) -> bool {
        self.diagnostics.is_empty() && self.module.body == body
    }
}

/// A text as tokens, about to be parsed.
#[derive(Clone)]
struct Reading<'a> {
    text: &'a str,
    arena: &'a Arena,
    limits: ParseLimits,
    doc: Option<&'a Doc<'a>>,
    docs: &'a [(u32, Doc<'a>)],
    comments: &'a [Span],
    tokens: Tokens,
    braces: Vec<(usize, usize)>,
    /// What was found wrong so far.
    diagnostics: Vec<Diagnostic>,
    doubtful: Vec<Span>,
    too_deep: bool,
}

impl<'a> Reading<'a> {
    fn new(text: &'a str, limits: ParseLimits, arena: &'a Arena) -> Self {
        let layout = layout::layout(text, limits.nesting);
        let (doc, docs) = docs(text, &layout.comments, &layout.tokens, arena);
        let mut diagnostics = layout.unreadable;
        diagnostics.extend(layout.diagnostics);
        let mut doubtful = layout.doubtful;
        doubtful.extend(diagnostics.iter().map(Diagnostic::span));
        Reading {
            text,
            arena,
            limits,
            doc,
            docs,
            comments: arena.list(&layout.comments),
            tokens: layout.tokens,
            braces: layout.braces,
            diagnostics,
            doubtful,
            too_deep: layout.too_deep,
        }
    }

    /// A module without statements.
    fn module(&self) -> Module<'a> {
        Module { doc: self.doc, body: &EMPTY, comments: self.comments }
    }

    /// What the actions share; `tokens` are those of the generated parser. The tree goes into `arena`.
    fn context<'s, 'b>(
        &self,
        arena: &'b Arena,
        tokens: &'s [Placed],
        stop: &'s Cell<bool>,
    ) -> Context<'s, 'b>
    where
        'a: 'b,
    {
        Context {
            text: self.text,
            arena,
            tokens,
            docs: self.docs,
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
    fn descend(&self) -> Option<&'a Block<'a>> {
        if self.too_deep || !self.diagnostics.is_empty() {
            return None;
        }
        let stop = Cell::new(false);
        descent::program(&mut self.context(self.arena, &[], &stop), &self.tokens)
    }

    /// The tree by the generated parser, and what is wrong.
    fn generated(mut self) -> Run<'a> {
        let (mut module, mut lacks_catch) = (self.module(), false);
        let mut tokens: Vec<Placed> = self.tokens.iter().collect();
        // Usually one round. When recovery would read what follows an error at the wrong level of brackets, the broken part is replaced by an
        // error token, and the text parsed again: at most as often as there may be errors, give or take.
        for round in 0..2 * ERRORS {
            if self.too_deep {
                break;
            }
            let stop = Cell::new(false);
            let mut context = self.context(self.arena, &tokens, &stop);
            let input = tokens.iter().copied().take_while(|_| !stop.get());
            match grammar::ProgramParser::new().parse(&mut context, input) {
                Ok(body) => module.body = body,
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
        Run { module, diagnostics: self.diagnostics, lacks_catch }
    }
}

const EMPTY: Block<'static> = Block { span: Span { start: 0, end: 0 }, statements: &[], height: 1 };

/// The documentation of the module, and that before each token, by the token's start.
fn docs<'a>(
    text: &'a str,
    comments: &[Span],
    tokens: &Tokens,
    arena: &'a Arena,
) -> (Option<&'a Doc<'a>>, &'a [(u32, Doc<'a>)]) {
    let mut module: Option<(Span, String)> = None;
    let mut docs: Vec<(u32, (Span, String))> = Vec::new();
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
                None => module = Some((span, line.to_string())),
            }
            continue;
        }
        let Some(before) = tokens.start(next) else { break };
        match docs.last_mut() {
            Some((start, doc)) if *start == before => add_line(doc, span, line),
            _ => docs.push((before, (span, line.to_string()))),
        }
    }
    let made = |(span, text): &(Span, String)| Doc { span: *span, text: arena.text(text) };
    let module = module.map(|doc| arena.node(made(&doc)));
    (module, arena.list_of(docs.len(), |i| (docs[i].0, made(&docs[i].1))))
}

fn add_line((whole, text): &mut (Span, String), span: Span, line: &str) {
    *whole = whole.to(span);
    text.push('\n');
    text.push_str(line);
}
