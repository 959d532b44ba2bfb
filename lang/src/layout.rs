//! Between the lexer and the parser: which newlines separate, which brackets belong together, and which of its meanings an
//! ambiguous token has here.
//!
//! One linear pass with a stack of the open brackets. What it hands on always has balanced brackets: those that are
//! missing are put in and those that are too many left out, after saying so. The parser relies on these splits, which make the
//! grammar LR(1): [`Token::BodyBrace`], [`Token::OpenRange`], [`Token::ElseMessage`], and words after a dot as [`Token::Ident`].

mod amiss;

pub use crate::lexer::{Placed, Tokens};

use crate::diagnostic::{self, Diagnostic};
use crate::lexer::{Lexed, Lexeme, Lexer};
use crate::source::Span;
use crate::token::Token;
use std::cmp::Ordering;

/// What the layout pass makes of the tokens of a text.
#[derive(Debug, Default)]
pub struct Layout {
    /// For the parser.
    pub tokens: Tokens,
    /// The outermost braces, by their indices among the tokens, in order.
    pub braces: Vec<(usize, usize)>,
    /// Every comment.
    pub comments: Vec<Span>,
    /// What the lexer complained about.
    pub unreadable: Vec<Diagnostic>,
    /// The text ends inside a token: see [`Lexed::open_ended`].
    pub open_token: bool,
    /// Complaints about brackets and about operators of other languages.
    pub diagnostics: Vec<Diagnostic>,
    /// Stretches where brackets had to be guessed: what the parser says about them is no news.
    pub doubtful: Vec<Span>,
    /// A bracket is still open where the text ends, and nothing else is wrong with the brackets.
    pub open_ended: bool,
    /// Brackets are nested deeper than the limit; the tokens end there.
    pub too_deep: bool,
}

/// So many bytes the lexer reads at once, so that there are never many of its tokens.
const PORTION: usize = 4096;
/// So many are looked at: one before the current one, itself, and two after it.
const AHEAD: usize = 3;

/// Reads a text and lays out its tokens. Brackets may be nested `nesting` deep.
pub fn layout(text: &str, nesting: u32) -> Layout {
    let mut pass = Pass {
        text,
        lexer: Lexer::new(text),
        out: Layout::default(),
        top: Frame::default(),
        outer: Vec::new(),
        nesting: nesting as usize,
        line: 0,
        bars: false,
        parameters_end: usize::MAX,
        early: None,
        late: None,
    };
    pass.out.tokens.reserve(text.len() / 2);
    pass.lexer.out.tokens.reserve(text.len().min(PORTION) / 2);
    pass.run();
    let Lexed { mut tokens, comments, diagnostics, open_ended } = pass.lexer.out;
    pass.out.tokens.take_long(&mut tokens);
    Layout { comments, unreadable: diagnostics, open_token: open_ended, ..pass.out }
}

/// An open bracket, or the text itself around all of them.
struct Frame {
    token: Token,
    /// Its index among the tokens put out.
    index: usize,
    /// The line it stands on, by the start of its first token.
    line: u32,
    /// Newlines separate in it: it is a brace, or the text.
    lines: bool,
    /// It may hold statements: newlines separate, and it is no `{` whose first entry is `name: …`.
    block: bool,
    /// A `{` that is a block unless `=>` comes before the first `,`, `;` or newline.
    undecided: bool,
    /// `=>` was met since the last separator: `for` and `if` may go on after a newline.
    arrow: bool,
    /// The parameters of a closure are open (kept for the bracket around).
    bars: bool,
}

impl Default for Frame {
    /// The text itself.
    fn default() -> Self {
        let (lines, block) = (true, true);
        let (undecided, arrow, bars) = (false, false, false);
        Frame { token: Token::Newline, index: 0, line: 0, lines, block, undecided, arrow, bars }
    }
}

struct Pass<'a> {
    text: &'a str,
    /// Its tokens begin with the one before the current one; those before are gone.
    lexer: Lexer<'a>,
    out: Layout,
    /// The innermost bracket, and what is around it.
    top: Frame,
    outer: Vec<Frame>,
    nesting: usize,
    /// The current line, by the start of its first token.
    line: u32,
    /// Between the bars of a closure, at the current bracket level.
    bars: bool,
    /// Where the parameters of a closure ended, as an index among the tokens put out.
    parameters_end: usize,
    /// The first closing bracket that is indented less than the line of its opener: perhaps meant for an outer one.
    early: Option<(Span, Span)>,
    /// The first that is indented more.
    late: Option<(Span, Span)>,
}

impl Pass<'_> {
    fn run(&mut self) {
        let mut i = 0;
        loop {
            i = self.plain(i);
            if i + AHEAD > self.lexer.out.tokens.len() && !self.lexer.ended {
                let past = i.saturating_sub(1);
                self.lexer.out.tokens.forget(past);
                i -= past;
                self.lexer.read_on(PORTION);
                continue;
            }
            let Some(lexeme) = self.lexer.out.tokens.lexeme(i) else { break };
            i = self.place(i, *lexeme);
            if self.out.too_deep {
                return;
            }
        }
        self.finish();
    }

    /// Puts out lexemes from number `i` on that are what they look like, up to one that begins a line; gives the number of the one
    /// behind them.
    fn plain(&mut self, mut i: usize) -> usize {
        let (lexemes, out) = (&self.lexer.out.tokens, &mut self.out.tokens);
        while let Some(lexeme) = lexemes.lexeme(i)
            && !lexeme.newline
            && (lexeme.token.is_plain()
                || lexeme.token.is_name() && !out.last().is_some_and(Token::precedes_name)
                || lexeme.token.is_sign() && lexemes.get(i + 1).is_some_and(|t| t != lexeme.token))
        {
            out.copy(*lexeme);
            i += 1;
        }
        i
    }

    fn last(&self) -> Option<Token> {
        self.out.tokens.last()
    }

    fn token_at(&self, i: usize) -> Option<Token> {
        self.lexer.out.tokens.get(i)
    }

    /// Whether lexeme `i` begins a line.
    fn newline_at(&self, i: usize) -> bool {
        self.lexer.out.tokens.lexeme(i).is_some_and(|lexeme| lexeme.newline)
    }

    /// Where a lexeme stands.
    fn span(&self, lexeme: Lexeme) -> Span {
        self.lexer.out.tokens.span(lexeme)
    }

    /// Where lexeme `i` stands.
    fn span_at(&self, i: usize) -> Option<Span> {
        self.lexer.out.tokens.place(i)
    }

    /// Where an open bracket stands.
    fn opener(&self, frame: &Frame) -> Span {
        self.out.tokens.place(frame.index).unwrap_or_default()
    }

    fn push(&mut self, token: Token, span: Span) {
        self.out.tokens.push(token, span, false);
    }

    /// Puts out a lexeme in this meaning.
    fn put(&mut self, token: Token, lexeme: Lexeme) {
        self.out.tokens.copy(lexeme);
        if token != lexeme.token {
            self.out.tokens.change(self.out.tokens.len() - 1, token);
        }
    }

    /// Which of two lines is indented more, by the starts of their first tokens.
    fn compare_indents(&self, a: u32, b: u32) -> Ordering {
        let before = |at: u32| self.text.as_bytes()[..at as usize].iter().rev();
        let (mut a, mut b) = (before(a), before(b));
        let inside = |byte: Option<&u8>| byte.is_some_and(|byte| *byte != b'\n');
        loop {
            match (inside(a.next()), inside(b.next())) {
                (true, true) => {}
                (a, b) => return a.cmp(&b),
            }
        }
    }

    /// Whether newlines separate here.
    fn in_lines(&self) -> bool {
        self.top.lines
    }

    /// At the first token of a line, which is lexeme `i`.
    fn begin_line(&mut self, i: usize, lexeme: Lexeme) {
        if !self.top.block || self.last() == Some(Token::Error) {
            self.close_forgotten(i, lexeme);
        }
        let outer = std::mem::replace(&mut self.line, lexeme.start);
        if !self.in_lines() || !self.last().is_some_and(Token::ends_line) {
            return;
        }
        let token = lexeme.token;
        if token.continues_line() || token.may_continue_line() && self.continues(i, token) {
            return;
        }
        if token == Token::Bars {
            self.leading_bars(lexeme, outer);
        }
        let start = lexeme.start;
        self.push(Token::Newline, Span { start, end: start });
        self.separate();
    }

    /// Whether the line that begins with lexeme `i`, which may continue the one before it, does.
    #[inline(never)]
    fn continues(&self, i: usize, token: Token) -> bool {
        let next = self.token_at(i + 1);
        let key = || next.is_some_and(Token::marks_key);
        match token {
            Token::Not => next == Some(Token::In),
            Token::Minus | Token::Bar => self.stands_free(i),
            Token::For | Token::If => self.top.arrow && !key(),
            _ => !key(),
        }
    }

    /// `||` at the start of a line that does not continue the one before it, which begins at `outer`.
    #[cold]
    fn leading_bars(&mut self, bars: Lexeme, outer: u32) {
        if self.compare_indents(bars.start, outer).is_gt() {
            let span = self.span(bars);
            diagnostic::add(
                &mut self.out.diagnostics,
                Diagnostic::warning("leading-bars", span, "`||` begins a function here")
                    .here("a statement of its own, though indented like the rest of the one before")
                    .help("if a condition should go on, write `or`"),
            );
        }
    }

    /// After a separator at this level.
    fn separate(&mut self) {
        self.bars = false;
        self.top.undecided = false;
        self.top.arrow = false;
    }

    /// Whether lexeme `i` is followed by a space and then, on its line, by another.
    fn stands_free(&self, i: usize) -> bool {
        match (self.span_at(i), self.span_at(i + 1)) {
            (Some(this), Some(next)) => !self.newline_at(i + 1) && this.end < next.start,
            _ => false,
        }
    }

    fn drop_separators(&mut self) {
        while matches!(self.last(), Some(Token::Newline | Token::Semicolon)) {
            self.out.tokens.pop();
        }
    }

    /// `x++` or `x--`, perhaps, at lexeme `i`: says so and leaves the operator out.
    #[inline(never)]
    fn foreign_step(&mut self, i: usize, token: Token) -> bool {
        let (Some(first), Some(second)) = (self.span_at(i), self.span_at(i + 1)) else {
            return false;
        };
        let step = self.token_at(i + 1) == Some(token)
            && first.end == second.start
            && self.last().is_some_and(Token::ends_operand)
            && !self.newline_at(i);
        let ends = self.token_at(i + 2).is_none_or(|after| {
            self.newline_at(i + 2) || after.closes() || after == Token::Semicolon
        });
        if !(step && ends) {
            return false;
        }
        let span = first.to(second);
        let operator = &self.text[first.range()];
        let name = i.checked_sub(1).filter(|name| self.token_at(*name) == Some(Token::Ident));
        let place = name.and_then(|name| self.span_at(name)).map_or("x", |n| &self.text[n.range()]);
        diagnostic::add(
            &mut self.out.diagnostics,
            Diagnostic::error(
                "foreign-operator",
                span,
                format!("`{operator}{operator}` is not an operator"),
            )
            .help(format!("write `{place} {operator}= 1`")),
        );
        true
    }

    /// Puts out lexeme `i`, having chosen its meaning; gives the number of the one behind it.
    fn place(&mut self, i: usize, lexeme: Lexeme) -> usize {
        let next = i + 1;
        let mut token = lexeme.token;
        if lexeme.newline {
            self.begin_line(i, lexeme);
        } else if (token.is_keyword() || token == Token::Underscore)
            && self.last().is_some_and(Token::precedes_name)
        {
            token = Token::Ident;
        }
        match token {
            Token::Semicolon if self.in_lines() => {
                match self.last() {
                    None | Some(Token::Semicolon | Token::LBrace | Token::BodyBrace) => {}
                    Some(Token::Newline) => {
                        self.out.tokens.pop();
                        self.out.tokens.copy(lexeme);
                    }
                    Some(_) => self.out.tokens.copy(lexeme),
                }
                self.separate();
            }
            Token::FatArrow => {
                self.top.arrow = !self.outer.is_empty();
                if std::mem::take(&mut self.top.undecided) {
                    self.out.tokens.change(self.top.index, Token::LBrace);
                    self.top.token = Token::LBrace;
                }
                self.out.tokens.copy(lexeme);
            }
            Token::Comma => {
                self.top.undecided = false;
                self.top.arrow = false;
                self.out.tokens.copy(lexeme);
            }
            Token::Plus | Token::Minus if self.foreign_step(i, token) => return next + 1,
            Token::Else => {
                let message = matches!(self.token_at(next), Some(Token::Str | Token::FormatStart));
                self.put(if message { Token::ElseMessage } else { token }, lexeme);
            }
            Token::Range => {
                let closed = self.token_at(next).is_some_and(|after| {
                    after.begins_range_end() && !(self.newline_at(next) && self.in_lines())
                });
                self.put(if closed { token } else { Token::OpenRange }, lexeme);
            }
            Token::Bars => self.bars_together(self.span(lexeme)),
            Token::Bar => {
                if self.bars {
                    self.bars = false;
                    self.parameters_end = self.out.tokens.len() + 1;
                } else if !self.last().is_some_and(Token::ends_operand) {
                    self.bars = true;
                }
                self.out.tokens.copy(lexeme);
            }
            token if token.opens() => self.open(next, lexeme),
            token if token.closes() => self.close(lexeme),
            token => self.put(token, lexeme),
        }
        next
    }

    /// `||`: a closure without parameters, unless it stands where an operator must.
    #[inline(never)]
    fn bars_together(&mut self, span: Span) {
        if self.bars {
            // `|x||y| …`: one closure's parameters end and another's begin.
            let middle = Span { start: span.start + 1, end: span.start + 1 };
            self.push(Token::Bar, span.before().to(middle));
            self.push(Token::Bar, middle.to(span.after()));
        } else if self.last().is_some_and(Token::ends_operand) {
            diagnostic::add(
                &mut self.out.diagnostics,
                Diagnostic::error("foreign-operator", span, "`||` is not an operator")
                    .here("write `or` here")
                    .help("the logical operators are words: `not`, `and`, `or`"),
            );
            self.push(Token::Or, span);
        } else {
            self.parameters_end = self.out.tokens.len() + 1;
            self.push(Token::Bars, span);
        }
    }

    fn open(&mut self, next: usize, lexeme: Lexeme) {
        if self.outer.len() >= self.nesting {
            let span = self.span(lexeme);
            diagnostic::add(&mut self.out.diagnostics, too_deep(span, self.nesting as u32));
            self.out.too_deep = true;
            return;
        }
        let mut token = lexeme.token;
        let index = self.out.tokens.len();
        let brace = token == Token::LBrace;
        let undecided = brace
            && (index == self.parameters_end || self.last() == Some(Token::FatArrow))
            && !self.begins_map(next);
        if undecided {
            token = Token::BodyBrace;
        }
        self.put(token, lexeme);
        let block = undecided || brace && !self.begins_entry(next);
        let bars = std::mem::take(&mut self.bars);
        let (line, arrow) = (self.line, false);
        let frame = Frame { token, index, line, lines: brace, block, undecided, arrow, bars };
        self.outer.push(std::mem::replace(&mut self.top, frame));
    }

    /// Leaves the innermost bracket.
    fn leave(&mut self) -> Option<Frame> {
        let outer = self.outer.pop()?;
        Some(std::mem::replace(&mut self.top, outer))
    }

    /// The open brackets, from the innermost on.
    fn brackets(&self) -> impl Iterator<Item = &Frame> {
        std::iter::once(&self.top).chain(self.outer.iter().rev()).take(self.outer.len())
    }

    /// Whether an entry `name: …` or `"text": …` begins with lexeme `next`.
    fn begins_entry(&self, next: usize) -> bool {
        self.token_at(next).is_some_and(|t| t.is_word() || t == Token::Str)
            && matches!(self.token_at(next + 1), Some(Token::Colon | Token::OptColon))
    }

    /// Whether what follows a `{`, from lexeme `next` on, shows at once that it is a map.
    fn begins_map(&self, next: usize) -> bool {
        let after = self.token_at(next + 1);
        let marked = matches!(after, Some(Token::Colon | Token::OptColon));
        match self.token_at(next) {
            Some(Token::RBrace | Token::Spread) => true,
            Some(Token::Str) => marked,
            Some(token) if token == Token::Ident || token.is_soft_keyword() => {
                marked || after == Some(Token::Comma)
            }
            Some(token) => token.is_word() && marked,
            None => false,
        }
    }

    fn close(&mut self, lexeme: Lexeme) {
        let token = lexeme.token;
        if self.outer.is_empty() {
            return self.stray(self.span(lexeme));
        }
        if closing(self.top.token) != token {
            let span = self.span(lexeme);
            let inner = self.brackets().take_while(|f| closing(f.token) != token);
            let Some((count, outermost)) = inner.enumerate().last() else { return };
            if count + 1 == self.outer.len() {
                return self.mismatched(span);
            }
            let opener = self.opener(outermost);
            let text = &self.text[span.range()];
            self.unclosed(opener, span, format!("this `{text}` closes a bracket further out"));
            for _ in 0..=count {
                self.close_top(span.before());
            }
        }
        let Some(frame) = self.leave() else { return };
        self.bars = frame.bars;
        if lexeme.newline && frame.line != self.line {
            let order = self.compare_indents(self.line, frame.line);
            if order.is_ne() {
                let place = (self.opener(&frame), self.span(lexeme));
                let suspect = if order.is_lt() { &mut self.early } else { &mut self.late };
                suspect.get_or_insert(place);
            }
        }
        if token == Token::RBrace {
            self.drop_separators();
            if self.outer.is_empty() {
                self.out.braces.push((frame.index, self.out.tokens.len()));
            }
        }
        self.out.tokens.copy(lexeme);
    }
}

/// The one complaint about a program that is nested too deeply.
pub(crate) fn too_deep(span: Span, limit: u32) -> Diagnostic {
    Diagnostic::error("nesting-limit", span, "nesting too deep")
        .here(format!("more than {limit} levels"))
        .help("give an inner part a name of its own, or make it a function")
}

fn closing(open: Token) -> Token {
    match open {
        Token::LParen => Token::RParen,
        Token::LBracket | Token::OptBracket => Token::RBracket,
        Token::HoleStart => Token::HoleEnd,
        _ => Token::RBrace,
    }
}
