//! Tokens that their first bytes tell, which nearly all are: words, short numbers, brackets and operators.

use super::tokens::is_long;
use super::{Lexer, line_end};
use crate::source::Span;
use crate::token::Token;
use logos::Logos;

/// Why plain reading ends.
pub(super) enum Plain {
    /// It came as far as it should.
    Until,
    /// A token is more than it looks, or not the whole of something.
    Token(Token, Span),
    /// What stands here, the patterns of [`Token`] must tell.
    Other,
}

impl Lexer<'_> {
    /// Reads blanks and such tokens that begin before `until`. The patterns of [`Token`] say the same of them, but take several times as
    /// long; builds with debug assertions compare.
    #[inline(never)]
    pub(super) fn plain(&mut self, until: usize) -> Plain {
        let text = self.text.as_bytes();
        let until = until.min(text.len());
        let from = self.logos.span().end;
        let mut at = from;
        let mut newline = self.newline;
        let (room, mut count) = (&mut self.room, 0);
        let found = loop {
            if at >= until {
                break Plain::Until;
            }
            let first = text[at];
            if first == b' ' {
                at += 1;
                continue;
            }
            let Glance { class, token } = glance(first);
            let mut end = at + 1;
            let (token, whole) = match class {
                Class::Blank => {
                    at = end;
                    continue;
                }
                Class::Newline => {
                    newline = true;
                    at = end;
                    continue;
                }
                Class::Word => {
                    while text.get(end).is_some_and(|c| goes_on(*c)) {
                        end += 1;
                    }
                    // `f"` and `r"` begin strings; words go on with other letters.
                    if text.get(end).is_some_and(|c| *c == b'"' || !c.is_ascii()) {
                        break Plain::Other;
                    }
                    (if end - at > 1 { Token::word(&text[at..end]) } else { token }, true)
                }
                Class::Digit => {
                    while text.get(end).is_some_and(u8::is_ascii_digit) {
                        end += 1;
                    }
                    let more = text.get(end).is_some_and(|c| *c == b'.' || goes_on(*c));
                    if more || first == b'0' && end > at + 1 {
                        break Plain::Other;
                    }
                    (Token::Int, true)
                }
                Class::Comma => (Token::Comma, true),
                Class::Separator => (token, self.formats.is_empty()),
                Class::Operator => match text.get(end).map(|next| glance(*next).class) {
                    Some(Class::Operator) if text[at..].starts_with(b"//") => {
                        end = line_end(self.text, end);
                        (Token::LineComment, false)
                    }
                    Some(Class::Operator) => {
                        let Some((token, length)) = longer(&text[at..]) else {
                            break Plain::Other;
                        };
                        end = at + length;
                        (token, true)
                    }
                    _ => (token, true),
                },
                Class::Quote if text[end..].starts_with(b"\"\"") => break Plain::Other,
                Class::Quote => (Token::Quote, false),
                Class::Other => break Plain::Other,
            };
            debug_assert_eq!(by_pattern(self.text, at), Some((token, end)));
            let span = Span::new(at, end);
            at = end;
            if !whole || is_long(span) {
                break Plain::Token(token, span);
            }
            if count == room.len() {
                self.out.tokens.append(room);
                count = 0;
            }
            room[count].set(token, span, newline);
            count += 1;
            newline = false;
        };
        self.out.tokens.append(&room[..count]);
        self.newline = newline;
        self.logos.bump(at - from);
        found
    }
}

/// What the patterns find at a place, and where that ends.
fn by_pattern(text: &str, at: usize) -> Option<(Token, usize)> {
    let mut patterns = Token::lexer(&text[at..]);
    let token = match patterns.next()?.ok()? {
        Token::Digits => Token::Int,
        token => token,
    };
    Some((token, at + patterns.span().end))
}

/// What the first byte of a token tells of it.
#[derive(Clone, Copy)]
struct Glance {
    class: Class,
    token: Token,
}

#[derive(Clone, Copy)]
enum Class {
    Word,
    Digit,
    Blank,
    Newline,
    Comma,
    /// This, unless it is longer.
    Operator,
    /// A bracket or the like, which may mean something else in a hole of an f-string.
    Separator,
    Quote,
    Other,
}

fn glance(first: u8) -> Glance {
    static TABLE: [Glance; 256] = {
        let mut table = [Glance { class: Class::Other, token: Token::Error }; 256];
        let mut byte = 0;
        while byte < 128 {
            let (class, token) = match byte as u8 {
                b'a'..=b'z' | b'A'..=b'Z' => (Class::Word, Token::Ident),
                b'_' => (Class::Word, Token::Underscore),
                b'0'..=b'9' => (Class::Digit, Token::Int),
                b' ' | b'\t' | b'\r' => (Class::Blank, Token::Blank),
                b'\n' => (Class::Newline, Token::Newline),
                b',' => (Class::Comma, Token::Comma),
                b'.' => (Class::Operator, Token::Dot),
                b'=' => (Class::Operator, Token::Assign),
                b'+' => (Class::Operator, Token::Plus),
                b'-' => (Class::Operator, Token::Minus),
                b'*' => (Class::Operator, Token::Star),
                b'/' => (Class::Operator, Token::Slash),
                b'%' => (Class::Operator, Token::Percent),
                b'<' => (Class::Operator, Token::Less),
                b'>' => (Class::Operator, Token::Greater),
                b'|' => (Class::Operator, Token::Bar),
                b'&' => (Class::Operator, Token::Amp),
                b':' => (Class::Separator, Token::Colon),
                b';' => (Class::Separator, Token::Semicolon),
                b'(' => (Class::Separator, Token::LParen),
                b')' => (Class::Separator, Token::RParen),
                b'[' => (Class::Separator, Token::LBracket),
                b']' => (Class::Separator, Token::RBracket),
                b'{' => (Class::Separator, Token::LBrace),
                b'}' => (Class::Separator, Token::RBrace),
                b'"' => (Class::Quote, Token::Quote),
                _ => (Class::Other, Token::Error),
            };
            table[byte] = Glance { class, token };
            byte += 1;
        }
        table
    };
    TABLE[first as usize]
}

/// Whether a word or number goes on with this.
fn goes_on(byte: u8) -> bool {
    matches!(glance(byte).class, Class::Word | Class::Digit)
}

/// The operator at the start of a text, unless it has one character, or its beginning is another operator of more than one.
#[inline(never)]
fn longer(text: &[u8]) -> Option<(Token, usize)> {
    let token = match text.get(..2)? {
        b"+=" => Token::PlusAssign,
        b"-=" => Token::MinusAssign,
        b"*=" => Token::StarAssign,
        b"/=" => Token::SlashAssign,
        b"%=" => Token::PercentAssign,
        b"|=" => Token::BarAssign,
        b"&=" => Token::AmpAssign,
        b".=" => Token::DotAssign,
        b"<=" => Token::LessEqual,
        b">=" => Token::GreaterEqual,
        b"=>" => Token::FatArrow,
        b"->" => Token::Arrow,
        b"|>" => Token::Pipe,
        b"||" => Token::Bars,
        b"==" if text.get(2) != Some(&b'=') => Token::Equal,
        b"**" if text.get(2) != Some(&b'=') => Token::Power,
        b".." => match text.get(2) {
            Some(b'.') => return Some((Token::Spread, 3)),
            Some(b'=') => return Some((Token::RangeIncl, 3)),
            _ => Token::Range,
        },
        _ => return None,
    };
    Some((token, 2))
}
