//! Between the lexer and the parser: which newlines separate, which brackets belong together, and which of its meanings an
//! ambiguous token has here.
//!
//! One linear pass with a stack of the open brackets. What it hands on always has balanced brackets: those that are
//! missing are put in and those that are too many left out, after saying so. The parser relies on these splits, which make the
//! grammar LR(1): [`Token::BodyBrace`], [`Token::OpenRange`], [`Token::ElseMessage`], and words after a dot as [`Token::Ident`].

mod tokens;

pub use tokens::Tokens;

use crate::diagnostic::{self, Diagnostic};
use crate::lexer::{Lexed, Lexeme, Lexer};
use crate::source::Span;
use crate::token::Token;

/// What the parser reads: a token between its first and past its last byte.
pub type Placed = (u32, Token, u32);

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

/// So many tokens are asked of the lexer at once, so that there are never many of them.
const PORTION: usize = 1024;
/// So many are looked at: one before the current one, itself, and two after it.
const AHEAD: usize = 3;

/// Reads a text and lays out its tokens. Brackets may be nested `nesting` deep.
pub fn layout(text: &str, nesting: u32) -> Layout {
    let mut pass = Pass {
        text,
        lexer: Lexer::new(text),
        out: Layout::default(),
        frames: Vec::new(),
        nesting: nesting as usize,
        indent: 0,
        line: 0,
        bars: false,
        parameters_end: usize::MAX,
        early: None,
        late: None,
    };
    pass.out.tokens.reserve(text.len() / 3);
    pass.run();
    let Lexed { comments, diagnostics, open_ended, .. } = pass.lexer.out;
    Layout { comments, unreadable: diagnostics, open_token: open_ended, ..pass.out }
}

/// An open bracket.
struct Frame {
    token: Token,
    span: Span,
    /// Its index among the tokens put out.
    index: usize,
    /// The line it stands on, counted in lines that have tokens, and how far that line is indented.
    line: u32,
    indent: u32,
    /// A `{` whose first entry is `name: …`, so that it holds no statements.
    map: bool,
    /// A `{` that is a block unless `=>` comes before the first `,`, `;` or newline.
    undecided: bool,
    /// `=>` was met since the last separator: `for` and `if` may go on after a newline.
    arrow: bool,
    /// The parameters of a closure are open (kept for the bracket around).
    bars: bool,
}

struct Pass<'a> {
    text: &'a str,
    /// Its tokens begin with the one before the current one; those before are gone.
    lexer: Lexer<'a>,
    out: Layout,
    frames: Vec<Frame>,
    nesting: usize,
    /// Indentation of the current line, and which one it is.
    indent: u32,
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
        self.lexer.read_on(PORTION);
        if let Some(first) = self.lexer.out.tokens.first_mut() {
            first.newline = true;
        }
        loop {
            i = self.plain(i);
            if i + AHEAD > self.lexemes().len() && !self.lexer.ended {
                let past = i.saturating_sub(1);
                self.lexer.out.tokens.drain(..past);
                i -= past;
                self.lexer.read_on(PORTION);
            }
            let Some(lexeme) = self.lexemes().get(i).copied() else { break };
            let mut token = lexeme.token;
            if (token.is_keyword() || token == Token::Underscore)
                && !lexeme.newline
                && matches!(self.last(), Some(Token::Dot | Token::OptDot | Token::DotAssign))
            {
                token = Token::Ident;
            }
            if lexeme.newline {
                self.begin_line(i, token, lexeme.span);
            }
            if matches!(token, Token::Plus | Token::Minus) && self.foreign_step(i, token) {
                i += 2;
                continue;
            }
            i += 1;
            self.place(i, token, lexeme);
            if self.out.too_deep {
                return;
            }
        }
        self.finish();
    }

    /// Puts out the plain tokens from lexeme `i` on, up to one that begins a line; gives the number of the one behind them.
    fn plain(&mut self, mut i: usize) -> usize {
        while let Some(lexeme) = self.lexer.out.tokens.get(i)
            && lexeme.token.is_plain()
            && !lexeme.newline
        {
            self.out.tokens.push(lexeme.token, lexeme.span);
            i += 1;
        }
        i
    }

    fn lexemes(&self) -> &[Lexeme] {
        &self.lexer.out.tokens
    }

    fn last(&self) -> Option<Token> {
        self.out.tokens.last()
    }

    fn token_at(&self, i: usize) -> Option<Token> {
        self.lexemes().get(i).map(|l| l.token)
    }

    fn push(&mut self, token: Token, span: Span) {
        self.out.tokens.push(token, span);
    }

    /// Whether newlines separate here.
    fn in_lines(&self) -> bool {
        self.frames.last().is_none_or(|f| matches!(f.token, Token::LBrace | Token::BodyBrace))
    }

    /// At the first token of a line, which is lexeme `i`.
    fn begin_line(&mut self, i: usize, token: Token, span: Span) {
        let after_error = i > 0 && self.token_at(i - 1) == Some(Token::Error);
        if after_error || self.frames.last().is_some_and(|f| !f.is_block()) {
            self.close_forgotten(i, token, span);
        }
        let before = &self.text[..span.start as usize];
        let outer = self.indent;
        let indent = before.bytes().rev().position(|byte| byte == b'\n');
        self.indent = indent.unwrap_or(before.len()) as u32;
        self.line += 1;
        let Some(last) = self.last() else { return };
        if !self.in_lines() || !last.ends_line() {
            return;
        }
        let next = self.token_at(i + 1);
        let key = || next.is_some_and(Token::marks_key);
        let continues = match token {
            Token::Not => next == Some(Token::In),
            Token::Minus | Token::Bar => self.stands_free(i),
            Token::For | Token::If => self.frames.last().is_some_and(|f| f.arrow) && !key(),
            token => token.continues_line() && !(token.is_word() && key()),
        };
        if !continues {
            if token == Token::Bars && self.indent > outer {
                diagnostic::add(
                    &mut self.out.diagnostics,
                    Diagnostic::warning("leading-bars", span, "`||` begins a function here")
                        .here("a statement of its own, though indented like the rest of the one before")
                        .help("if a condition should go on, write `or`"),
                );
            }
            self.push(Token::Newline, span.before());
            self.separate();
        }
    }

    /// After a separator at this level.
    fn separate(&mut self) {
        self.bars = false;
        if let Some(frame) = self.frames.last_mut() {
            frame.undecided = false;
            frame.arrow = false;
        }
    }

    /// Whether lexeme `i` is followed by a space and then, on its line, by another.
    fn stands_free(&self, i: usize) -> bool {
        match (self.lexemes().get(i), self.lexemes().get(i + 1)) {
            (Some(this), Some(next)) => !next.newline && this.span.end < next.span.start,
            _ => false,
        }
    }

    /// Closes brackets that must have been forgotten on the lines before: because the string that should have ended before them
    /// did not, or because a statement begins here.
    fn close_forgotten(&mut self, i: usize, token: Token, span: Span) {
        let previous = i.checked_sub(1).and_then(|p| self.lexemes().get(p).copied());
        let Some(previous) = previous else { return };
        let open_string = previous.token == Token::Error
            && self.text[previous.span.range()].starts_with(['"', 'r'])
            && !self.text[previous.span.range()].starts_with("\"\"\"");
        if open_string {
            while self.frames.last().is_some_and(|f| f.line == self.line && !f.is_brace()) {
                self.close_top(previous.span.after());
            }
            return;
        }
        let next = self.token_at(i + 1);
        let begins_statement = match token {
            Token::Let | Token::Var | Token::While | Token::Assert => {
                !next.is_some_and(|n| n.marks_key() || n == Token::Comma)
            }
            Token::Fn => next == Some(Token::Ident),
            _ => false,
        };
        if begins_statement && self.frames.last().is_some_and(|f| !f.is_block()) {
            let word = &self.text[span.range()];
            let mut reported = false;
            while let Some(frame) = self.frames.last().filter(|f| !f.is_block()) {
                let opener = frame.span;
                if !reported {
                    self.unclosed(opener, span, format!("this `{word}` begins a statement"));
                    reported = true;
                }
                self.close_top(previous.span.after());
            }
        }
    }

    #[cold]
    fn unclosed(&mut self, opener: Span, noticed: Span, why: impl Into<String>) {
        let text = &self.text[opener.range()];
        let hole = self.frames.iter().any(|f| f.span == opener && f.token == Token::HoleStart);
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
    fn close_top(&mut self, place: Span) {
        let Some(frame) = self.frames.pop() else { return };
        self.bars = frame.bars;
        if frame.is_brace() {
            self.drop_separators();
        }
        self.push(closing(frame.token), place);
        if frame.token == Token::HoleStart {
            self.push(Token::FormatEnd, place);
        }
    }

    fn drop_separators(&mut self) {
        while matches!(self.last(), Some(Token::Newline | Token::Semicolon)) {
            self.out.tokens.pop();
        }
    }

    /// `x++` and `x--` at lexeme `i`: says so and leaves the operator out.
    #[inline(never)]
    fn foreign_step(&mut self, i: usize, token: Token) -> bool {
        let [Some(first), Some(second)] = [self.lexemes().get(i), self.lexemes().get(i + 1)] else {
            return false;
        };
        let step = second.token == token
            && first.span.end == second.span.start
            && self.last().is_some_and(Token::ends_operand)
            && !first.newline;
        let ends = self.lexemes().get(i + 2).is_none_or(|after| {
            after.newline || after.token.closes() || after.token == Token::Semicolon
        });
        if !(step && ends) {
            return false;
        }
        let span = first.span.to(second.span);
        let operator = &self.text[first.span.range()];
        let place = match self.lexemes().get(i.wrapping_sub(1)) {
            Some(name) if name.token == Token::Ident => &self.text[name.span.range()],
            _ => "x",
        };
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

    /// Puts out one lexeme, having chosen its meaning; `next` is the index of the one after it.
    fn place(&mut self, next: usize, token: Token, lexeme: Lexeme) {
        let span = lexeme.span;
        match token {
            Token::Semicolon if self.in_lines() => {
                match self.last() {
                    None | Some(Token::Semicolon | Token::LBrace | Token::BodyBrace) => {}
                    Some(Token::Newline) => {
                        self.out.tokens.pop();
                        self.push(token, span);
                    }
                    Some(_) => self.push(token, span),
                }
                self.separate();
            }
            Token::FatArrow => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.arrow = true;
                    if std::mem::take(&mut frame.undecided) {
                        self.out.tokens.change(frame.index, Token::LBrace);
                        frame.token = Token::LBrace;
                    }
                }
                self.push(token, span);
            }
            Token::Comma => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.undecided = false;
                    frame.arrow = false;
                }
                self.push(token, span);
            }
            Token::Else => {
                let message = matches!(self.token_at(next), Some(Token::Str | Token::FormatStart));
                self.push(if message { Token::ElseMessage } else { token }, span);
            }
            Token::Range => {
                let closed = self
                    .lexemes()
                    .get(next)
                    .is_some_and(|n| n.token.begins_range_end() && !(n.newline && self.in_lines()));
                self.push(if closed { token } else { Token::OpenRange }, span);
            }
            Token::Bars => self.bars_together(span),
            Token::Bar => {
                if self.bars {
                    self.bars = false;
                    self.parameters_end = self.out.tokens.len() + 1;
                } else if !self.last().is_some_and(Token::ends_operand) {
                    self.bars = true;
                }
                self.push(token, span);
            }
            token if token.opens() => self.open(next, token, span),
            token if token.closes() => self.close(token, span, lexeme.newline),
            token => self.push(token, span),
        }
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

    fn open(&mut self, next: usize, mut token: Token, span: Span) {
        if self.frames.len() >= self.nesting {
            diagnostic::add(&mut self.out.diagnostics, too_deep(span, self.nesting as u32));
            self.out.too_deep = true;
            return;
        }
        let index = self.out.tokens.len();
        let mut undecided = false;
        if token == Token::LBrace
            && (index == self.parameters_end || self.last() == Some(Token::FatArrow))
            && !self.begins_map(next)
        {
            token = Token::BodyBrace;
            undecided = true;
        }
        self.push(token, span);
        self.frames.push(Frame {
            token,
            span,
            index,
            line: self.line,
            indent: self.indent,
            map: token == Token::LBrace && self.begins_entry(next),
            undecided,
            arrow: false,
            bars: std::mem::take(&mut self.bars),
        });
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

    fn close(&mut self, token: Token, span: Span, newline: bool) {
        let Some(top) = self.frames.last() else {
            return self.stray(span);
        };
        if closing(top.token) != token {
            let outer = self.frames.iter().rposition(|f| closing(f.token) == token);
            let Some(outer) = outer else {
                return self.mismatched(span);
            };
            let opener = self.frames.get(outer + 1).map_or(span, |f| f.span);
            let text = &self.text[span.range()];
            self.unclosed(opener, span, format!("this `{text}` closes a bracket further out"));
            while self.frames.len() > outer + 1 {
                self.close_top(span.before());
            }
        }
        let Some(frame) = self.frames.pop() else { return };
        self.bars = frame.bars;
        if newline && frame.line != self.line {
            let suspect = match self.indent.cmp(&frame.indent) {
                std::cmp::Ordering::Less => &mut self.early,
                std::cmp::Ordering::Greater => &mut self.late,
                std::cmp::Ordering::Equal => &mut None,
            };
            suspect.get_or_insert((frame.span, span));
        }
        if token == Token::RBrace {
            self.drop_separators();
            if self.frames.is_empty() {
                self.out.braces.push((frame.index, self.out.tokens.len()));
            }
        }
        self.push(token, span);
    }

    #[cold]
    fn stray(&mut self, span: Span) {
        let text = &self.text[span.range()];
        let mut diagnostic =
            Diagnostic::error("stray-bracket", span, format!("this `{text}` closes nothing"));
        if self.late.is_none() && self.frames.is_empty() {
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
    fn mismatched(&mut self, span: Span) {
        let Some(frame) = self.frames.last() else { return };
        let (opener, right) = (frame.span, closing(frame.token));
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
        self.frames.pop();
        if right == Token::RBrace {
            self.drop_separators();
        }
        self.push(right, span);
    }

    fn finish(&mut self) {
        let end = Span::new(self.text.len(), self.text.len());
        if let Some(frame) = self.frames.last() {
            self.out.open_ended = self.out.diagnostics.is_empty();
            match self.early {
                Some((opener, closer)) if frame.is_brace() => {
                    let close = &self.text[closer.range()];
                    self.unclosed(
                        opener,
                        closer,
                        format!("this `{close}` is indented as if it closed something further out"),
                    );
                    self.out.doubtful.push(opener.to(end));
                }
                _ => {
                    let opener = frame.span;
                    let last = self.lexemes().last().map_or(end, |l| l.span.after());
                    self.unclosed(opener, last, "the text ends here");
                    self.out.doubtful.push(opener.to(end));
                }
            }
        }
        while !self.frames.is_empty() {
            self.close_top(end);
        }
        self.drop_separators();
    }
}

impl Frame {
    /// May hold statements.
    fn is_block(&self) -> bool {
        self.is_brace() && !self.map
    }

    fn is_brace(&self) -> bool {
        matches!(self.token, Token::LBrace | Token::BodyBrace)
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

fn closing_text(open: &str) -> &'static str {
    match open {
        "(" => ")",
        "[" | "?[" => "]",
        _ => "}",
    }
}
