//! Source text to tokens, in one linear pass.
//!
//! Words, numbers and operators are patterns of [`Token`]; strings, f-strings and nested comments are read by the code here,
//! f-strings with a stack of those that are open, so that nothing is ever read twice. Whatever cannot be read
//! is reported at once and becomes [`Token::Error`] or the token that was meant, so the parser has no say in it.

mod highlight;
mod line;
mod number;
mod plain;
mod tokens;

pub use highlight::{Highlight, highlight};
pub(crate) use tokens::Lexeme;
pub use tokens::{Placed, Tokens};

use crate::diagnostic::{self, Diagnostic};
use crate::source::Span;
use crate::token::Token;
use line::line_end;
use logos::Logos;
use plain::Plain;

/// What the lexer makes of a text.
#[derive(Debug, Default)]
pub struct Lexed {
    /// Every token but comments and blanks.
    pub tokens: Tokens,
    /// Every comment, and a first line `#!`.
    pub comments: Vec<Span>,
    /// Complaints, in order.
    pub diagnostics: Vec<Diagnostic>,
    /// The text ends inside a comment, a multi-line string or an f-string: more text could complete it.
    pub open_ended: bool,
}

/// Reads a whole text. Takes time and memory in proportion to it. The text must be shorter than 4 GiB.
pub fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer::new(text);
    lexer.read_on(usize::MAX);
    lexer.out
}

/// An f-string that is being read.
struct Format {
    /// Its opening quotes.
    opener: Span,
    multi_line: bool,
    /// The `{` of its current hole.
    hole: Span,
    /// The brackets open around its opening quotes, and the braces among them, within the hole it stands in.
    brackets: u32,
    braces: u32,
}

/// A text that is being read.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    logos: logos::Lexer<'a, Token>,
    /// What was made of it so far. Whoever has used tokens may take them away.
    pub(crate) out: Lexed,
    /// The text was read to its end.
    pub(crate) ended: bool,
    /// The f-strings around this place, each in a hole.
    formats: Vec<Format>,
    /// Brackets open in the innermost hole, and those of them that only a `}` can close; outside of holes nobody asks.
    brackets: u32,
    braces: u32,
    newline: bool,
    /// Plain tokens are put here first, several at a time.
    room: [Lexeme; 32],
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut lexer = Lexer {
            text,
            logos: Token::lexer(text),
            out: Lexed::default(),
            ended: false,
            formats: Vec::new(),
            brackets: 0,
            braces: 0,
            newline: true,
            room: [Lexeme::NONE; 32],
        };
        if text.starts_with("#!") {
            let end = line_end(text, 0);
            lexer.logos.bump(end);
            lexer.out.comments.push(Span::new(0, end));
        }
        lexer
    }

    /// Reads so many bytes, or a few more, or to the end of the text.
    pub(crate) fn read_on(&mut self, bytes: usize) {
        let until = self.logos.span().end.saturating_add(bytes).min(self.text.len());
        loop {
            match self.plain(until) {
                Plain::Token(token, span) => self.read(token, span),
                Plain::Other => {
                    let Some(found) = self.logos.next() else { break };
                    let range = self.logos.span();
                    let span = Span::new(range.start, range.end);
                    match found {
                        Ok(token) => self.read(token, span),
                        Err(()) => self.unexpected(span),
                    }
                }
                Plain::Until => break,
            }
        }
        if self.logos.span().end == self.text.len() {
            self.end();
        }
    }

    fn end(&mut self) {
        self.ended = true;
        if !self.formats.is_empty() {
            // The layout pass finds the hole that was never closed and says so.
            self.out.open_ended = true;
        }
    }

    fn push(&mut self, token: Token, span: Span) {
        self.out.tokens.push(token, span, self.newline);
        self.newline = false;
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        diagnostic::add(&mut self.out.diagnostics, diagnostic);
    }

    fn read(&mut self, token: Token, span: Span) {
        match token {
            Token::Blank => {}
            Token::LineComment => self.out.comments.push(span),
            Token::BlockComment => self.block_comment(span),
            Token::Digits => self.number(span),
            Token::Quote => self.string(span),
            Token::TripleQuote => self.multi_line_string(span),
            Token::RawQuote => self.raw_string(span),
            Token::FormatQuote | Token::FormatTripleQuote => {
                let multi_line = token == Token::FormatTripleQuote;
                self.push(Token::FormatStart, span);
                self.formats.push(Format {
                    opener: span,
                    multi_line,
                    hole: span,
                    brackets: std::mem::take(&mut self.brackets),
                    braces: std::mem::take(&mut self.braces),
                });
                self.format_text();
            }
            Token::Colon if self.brackets == 0 && !self.formats.is_empty() => self.format_spec(),
            Token::RBrace if self.braces == 0 && !self.formats.is_empty() => {
                self.push(Token::HoleEnd, span);
                self.brackets = 0;
                self.format_text();
            }
            Token::Apostrophe => self.apostrophe(span),
            Token::Hash if self.takes_length(span) => self.report(
                Diagnostic::error("foreign-operator", span, "`#` is not an operator")
                    .help("the length of `xs` is `xs.len()`"),
            ),
            Token::Hash => {
                let end = line_end(self.text, span.end as usize);
                self.logos.bump(end - span.end as usize);
                let comment = Span { end: end as u32, ..span };
                self.report(
                    Diagnostic::error("unexpected-character", span, "`#` does not begin a comment")
                        .here("this line was skipped from here on")
                        .help("comments begin with `//`"),
                );
                self.out.comments.push(comment);
            }
            Token::Bang if self.converts(span) => self.report(
                Diagnostic::error("foreign-operator", span, "there are no conversions")
                    .help("as a literal, a value is written by `{x:?}`; as text, by `{x}`"),
            ),
            Token::Bang if self.calls_macro(span) => {
                self.report(
                    Diagnostic::error("foreign-operator", span, "there are no macros").help(
                        "write `print(…)` to print; text with values in it is `f\"… {x} …\"`, a vector `[1, 2]`",
                    ),
                );
                // What is left of `vec![1, 2]` is a vector.
                if self.text[span.end as usize..].starts_with('[') {
                    self.out.tokens.pop();
                }
            }
            Token::Bang => self.foreign(span, Token::Not, "`!` is not an operator", "not"),
            Token::DoubleAmp => self.foreign(span, Token::And, "`&&` is not an operator", "and"),
            Token::TripleEqual => {
                self.foreign(span, Token::Equal, "`===` is not an operator", "==");
            }
            Token::BangDoubleEqual => {
                self.foreign(span, Token::Unequal, "`!==` is not an operator", "!=");
            }
            token => {
                self.count(token);
                self.push(token, span);
            }
        }
    }

    /// Counts the brackets that are open.
    fn count(&mut self, token: Token) {
        match token {
            Token::LParen | Token::LBracket | Token::OptBracket => self.brackets += 1,
            Token::LBrace | Token::HashBrace => {
                self.brackets += 1;
                self.braces += 1;
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                self.brackets = self.brackets.saturating_sub(1);
                if token == Token::RBrace {
                    self.braces = self.braces.saturating_sub(1);
                }
            }
            _ => {}
        }
    }

    /// `#xs` where a value must stand, on the line of what asks for it; not `#comment`.
    fn takes_length(&self, hash: Span) -> bool {
        let Some(last) = self.out.tokens.last() else { return false };
        let between = &self.text[self.last_end() as usize..hash.start as usize];
        let line = &self.text[hash.end as usize..line_end(self.text, hash.end as usize)];
        let rest = line.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
        let named = rest.len() < line.len();
        let goes_on = rest.trim_start().starts_with(char::is_alphabetic);
        let ends = rest.trim().is_empty() && last == Token::Comma;
        named && !goes_on && !ends && !last.ends_operand() && !between.contains('\n')
    }

    /// `{x!r}` in an f-string.
    fn converts(&self, bang: Span) -> bool {
        let rest = &self.text[bang.end as usize..];
        let value = self.out.tokens.last();
        !self.formats.is_empty()
            && value.is_some_and(Token::ends_operand)
            && self.last_end() == bang.start
            && rest.strip_prefix(['r', 's', 'a']).is_some_and(|rest| rest.starts_with(['}', ':']))
    }

    /// `name!(`
    fn calls_macro(&self, bang: Span) -> bool {
        self.text[bang.end as usize..].starts_with(['(', '[', '{'])
            && self.out.tokens.last() == Some(Token::Ident)
            && self.last_end() == bang.start
    }

    /// Where the last token ends.
    fn last_end(&self) -> u32 {
        self.out.tokens.last_place().unwrap_or_default().end
    }

    /// An operator of another language: says so and goes on as if the right one stood there.
    fn foreign(&mut self, span: Span, meant: Token, message: &str, ours: &str) {
        self.report(
            Diagnostic::error("foreign-operator", span, message)
                .here(format!("write `{ours}` here"))
                .help(match meant {
                    Token::Not | Token::And => {
                        "the logical operators are words: `not`, `and`, `or`"
                    }
                    _ => "`==` compares by value, and never converts",
                }),
        );
        self.push(meant, span);
    }

    fn unexpected(&mut self, span: Span) {
        // Several in a row are one mistake: an emoji, a word in a script without letters.
        if self.out.tokens.last() == Some(Token::Error) && self.last_end() == span.start {
            return self.out.tokens.lengthen(span.end);
        }
        let text = self.text.get(span.range()).unwrap_or_default();
        let c = text.chars().next().unwrap_or('\u{fffd}');
        let mut diagnostic = Diagnostic::error(
            "unexpected-character",
            span,
            format!("unexpected character {}", name_character(c)),
        );
        diagnostic = match c {
            '`' => diagnostic.help("strings are written `\"…\"`; with values in them, `f\"… {x} …\"`"),
            '“' | '”' | '„' | '‘' | '’' | '«' | '»' => {
                diagnostic.help("this is a typographic quote; strings are written with `\"`")
            }
            '\\' => diagnostic.help(
                "a line goes on by itself after an operator, inside brackets, or before a line that begins with an operator",
            ),
            '$' => diagnostic.help("names have no `$`, and values go into text as `f\"… {x} …\"`"),
            '@' => diagnostic.help("there are no decorators; in patterns, a name is given with `p as name`"),
            '~' if self.text[span.end as usize..].starts_with('=') => diagnostic.help("write `!=`"),
            '~' => diagnostic.help("to negate a condition, write `not`; the bits of an Int, `n.bit_not()`"),
            '^' => diagnostic.help("a power is written `**`, an exclusive or of bits `a.bit_xor(b)`"),
            '\u{a0}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{3000}' => {
                diagnostic.help("it looks like a space but is none; replace it with a plain space")
            }
            '≤' => diagnostic.help("write `<=`"),
            '≥' => diagnostic.help("write `>=`"),
            '≠' => diagnostic.help("write `!=`"),
            '−' | '–' | '—' => diagnostic.help("write a plain `-`"),
            '×' => diagnostic.help("write `*`"),
            '÷' => diagnostic.help("write `/`"),
            '…' => diagnostic.help("write `...` with three dots"),
            _ => diagnostic,
        };
        self.report(diagnostic);
        self.push(Token::Error, span);
    }

    fn apostrophe(&mut self, span: Span) {
        let start = span.end as usize;
        let line = &self.text[start..line_end(self.text, start)];
        let Some(length) = line.find('\'') else {
            self.report(
                Diagnostic::error("unexpected-character", span, "unexpected character `'`")
                    .help("strings are written with double quotes: `\"…\"`"),
            );
            return self.push(Token::Error, span);
        };
        self.logos.bump(length + 1);
        let whole = Span { end: span.end + length as u32 + 1, ..span };
        let content = &line[..length];
        let right = if content.contains(['"', '\\']) { "…" } else { content };
        self.report(
            Diagnostic::error("single-quotes", whole, "strings are written with double quotes")
                .here(format!("write `\"{right}\"`")),
        );
        self.push(Token::Error, whole);
    }

    fn block_comment(&mut self, opener: Span) {
        let rest = self.logos.remainder().as_bytes();
        let (mut at, mut depth) = (0, 1u32);
        while depth > 0 {
            match (rest.get(at), rest.get(at + 1)) {
                (Some(b'*'), Some(b'/')) => {
                    depth -= 1;
                    at += 2;
                }
                (Some(b'/'), Some(b'*')) => {
                    depth += 1;
                    at += 2;
                }
                (Some(c), _) => {
                    self.newline |= *c == b'\n';
                    at += 1;
                }
                (None, _) => {
                    self.out.open_ended = true;
                    let nested = if depth > 1 { " (block comments nest)" } else { "" };
                    self.report(
                        Diagnostic::error(
                            "unterminated-comment",
                            opener,
                            "this comment is never closed",
                        )
                        .here(format!("it begins here{nested}"))
                        .help("close it with `*/`"),
                    );
                    break;
                }
            }
        }
        self.logos.bump(at);
        self.out.comments.push(Span { start: opener.start, end: opener.end + at as u32 });
    }

    fn number(&mut self, mut span: Span) {
        let text = &self.text[span.range()];
        let radix = text.as_bytes().first() == Some(&b'0')
            && matches!(text.as_bytes().get(1), Some(b'x' | b'X' | b'b' | b'B' | b'o' | b'O'));
        if !radix && text.ends_with(['e', 'E']) {
            let rest = self.logos.remainder().as_bytes();
            if matches!(rest, [b'+' | b'-', b'0'..=b'9', ..]) {
                let more = 1 + rest[1..]
                    .iter()
                    .take_while(|c| c.is_ascii_alphanumeric() || **c == b'_')
                    .count();
                self.logos.bump(more);
                span.end += more as u32;
            }
        }
        match number::classify(&self.text[span.range()]) {
            Ok(token) => self.push(token, span),
            Err((message, help)) => {
                self.report(Diagnostic::error("bad-number", span, message).help(help));
                self.push(Token::Error, span);
            }
        }
    }

    fn string(&mut self, opener: Span) {
        let rest = self.logos.remainder().as_bytes();
        let mut at = 0;
        loop {
            match rest.get(at) {
                Some(b'"') => break,
                Some(b'\\') if rest.get(at + 1).is_some_and(|c| *c != b'\n') => at += 2,
                Some(b'\n') | None => return self.unterminated(opener, at),
                Some(_) => at += 1,
            }
        }
        self.logos.bump(at + 1);
        self.push(Token::Str, Span { start: opener.start, end: opener.end + at as u32 + 1 });
    }

    fn raw_string(&mut self, opener: Span) {
        let rest = self.logos.remainder();
        match rest.find(['"', '\n']) {
            Some(at) if rest.as_bytes()[at] == b'"' => {
                self.logos.bump(at + 1);
                self.push(
                    Token::Str,
                    Span { start: opener.start, end: opener.end + at as u32 + 1 },
                );
            }
            at => self.unterminated(opener, at.unwrap_or(rest.len())),
        }
    }

    /// A string that has no closing quote on its line, which goes on for `length` bytes.
    fn unterminated(&mut self, opener: Span, length: usize) {
        if let Some(format) = self.formats.last()
            && !format.multi_line
            && opener.end - opener.start == 1
        {
            // The quote was meant to close the f-string: it is the hole before it that is open.
            let hole = format.hole;
            self.report(
                Diagnostic::error("unclosed-hole", hole, "this `{` of an f-string is never closed")
                    .here("the hole begins here")
                    .label(opener, "the f-string seems to end here")
                    .help("close it with `}`; for a brace in the text write `{{`"),
            );
            self.push(Token::HoleEnd, opener.before());
            self.close_format(opener);
            return;
        }
        let mut length = length;
        if self.logos.remainder().as_bytes().get(length.wrapping_sub(1)) == Some(&b'\r') {
            length -= 1;
        }
        self.logos.bump(length);
        let end = opener.end + length as u32;
        self.report(
            Diagnostic::error("unterminated-string", opener, "this string is never closed")
                .here("it begins here")
                .label(Span { start: end, end }, "and its line ends here")
                .help("close it with `\"`; a string of several lines is written `\"\"\"…\"\"\"`"),
        );
        self.push(Token::Error, Span { start: opener.start, end });
    }

    fn multi_line_string(&mut self, opener: Span) {
        let rest = self.logos.remainder().as_bytes();
        let mut at = 0;
        loop {
            match rest.get(at) {
                Some(b'"') if rest[at..].starts_with(b"\"\"\"") => break,
                Some(b'\\') if at + 1 < rest.len() => at += 2,
                Some(_) => at += 1,
                None => {
                    self.out.open_ended = true;
                    self.report(
                        Diagnostic::error(
                            "unterminated-string",
                            opener,
                            "this string is never closed",
                        )
                        .here("it begins here")
                        .help("close it with `\"\"\"`"),
                    );
                    self.logos.bump(rest.len());
                    let end = opener.end + rest.len() as u32;
                    return self.push(Token::Error, Span { start: opener.start, end });
                }
            }
        }
        self.logos.bump(at + 3);
        self.push(Token::Str, Span { start: opener.start, end: opener.end + at as u32 + 3 });
    }

    /// Reads the text of the innermost f-string up to its next hole or its end.
    fn format_text(&mut self) {
        let Some(format) = self.formats.last() else { return };
        let (multi_line, opener) = (format.multi_line, format.opener);
        let quotes = if multi_line { 3 } else { 1 };
        let rest = self.logos.remainder().as_bytes();
        let base = self.logos.span().end;
        let mut at = 0;
        let ended = loop {
            match rest.get(at) {
                None => break None,
                Some(b'\n') if !multi_line => break None,
                Some(b'\\') if rest[at + 1..].starts_with(b"u{") => {
                    // The braces of `\u{…}` are no hole.
                    let digits = rest[at + 3..].iter().take_while(|c| c.is_ascii_hexdigit());
                    at += 3 + digits.count();
                    if rest.get(at) == Some(&b'}') {
                        at += 1;
                    }
                }
                Some(b'\\') if rest.get(at + 1).is_some_and(|c| *c != b'\n') => at += 2,
                Some(b'{') if rest.get(at + 1) == Some(&b'{') => at += 2,
                Some(b'}') if rest.get(at + 1) == Some(&b'}') => at += 2,
                Some(b'"') if !multi_line || rest[at..].starts_with(b"\"\"\"") => {
                    break Some(Token::FormatEnd);
                }
                Some(b'{') => break Some(Token::HoleStart),
                Some(b'}') => {
                    let brace = Span::new(base + at, base + at + 1);
                    diagnostic::add(
                        &mut self.out.diagnostics,
                        Diagnostic::error(
                            "stray-brace",
                            brace,
                            "this `}` of an f-string closes nothing",
                        )
                        .help("for a brace in the text write `}}`"),
                    );
                    at += 1;
                }
                Some(_) => at += 1,
            }
        };
        let at = at.min(rest.len());
        if at > 0 {
            self.push(Token::FormatText, Span::new(base, base + at));
        }
        match ended {
            Some(Token::HoleStart) => {
                self.logos.bump(at + 1);
                let hole = Span::new(base + at, base + at + 1);
                if let Some(format) = self.formats.last_mut() {
                    format.hole = hole;
                }
                self.push(Token::HoleStart, hole);
            }
            Some(_) => {
                self.logos.bump(at + quotes);
                self.close_format(Span::new(base + at, base + at + quotes));
            }
            None => {
                self.logos.bump(at);
                self.out.open_ended |= multi_line;
                let end = Span::new(base + at, base + at);
                let mut diagnostic = Diagnostic::error(
                    "unterminated-string",
                    opener,
                    "this f-string is never closed",
                )
                .here("it begins here");
                diagnostic = if multi_line {
                    diagnostic.help("close it with `\"\"\"`")
                } else {
                    diagnostic.label(end, "and its line ends here").help(
                        "close it with `\"`; an f-string of several lines is written `f\"\"\"…\"\"\"`",
                    )
                };
                self.report(diagnostic);
                self.close_format(end);
            }
        }
    }

    fn close_format(&mut self, span: Span) {
        if let Some(format) = self.formats.pop() {
            self.brackets = format.brackets;
            self.braces = format.braces;
        }
        self.push(Token::FormatEnd, span);
    }

    /// Reads the format of a hole, up to its `}`.
    fn format_spec(&mut self) {
        let rest = self.logos.remainder();
        let base = self.logos.span().end;
        let length = rest.find(['}', '"', '\n']).unwrap_or(rest.len());
        self.logos.bump(length);
        self.push(Token::HoleSpec, Span::new(base, base + length));
    }
}

/// `` `x` ``, or the code of a character that cannot be seen.
fn name_character(c: char) -> String {
    if c.is_control()
        || c.is_whitespace()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}')
    {
        format!("U+{:04X}", c as u32)
    } else {
        format!("`{c}`")
    }
}
