//! Tokens that their first bytes tell: words, short numbers, brackets and operators of one character, which most are.

use super::Lexer;
use crate::source::Span;
use crate::token::Token;
use logos::Logos;

impl Lexer<'_> {
    /// Reads blanks and such tokens until there are so many, or another one comes. The patterns of [`Token`] say the same of them, but take
    /// twice as long; builds with debug assertions compare.
    pub(super) fn plain(&mut self, tokens: usize) {
        let text = self.text.as_bytes();
        let from = self.logos.span().end;
        let mut at = from;
        loop {
            let first = match text.get(at) {
                Some(b' ' | b'\t' | b'\r') => {
                    at += 1;
                    continue;
                }
                Some(b'\n') => {
                    self.newline = true;
                    at += 1;
                    continue;
                }
                Some(first) => first,
                None => break,
            };
            if self.out.tokens.len() >= tokens {
                break;
            }
            let mut end = at + 1;
            let next = text.get(end).copied().unwrap_or_default();
            let token = match glance(*first) {
                Glance::Word => {
                    while text.get(end).is_some_and(|c| goes_on(*c)) {
                        end += 1;
                    }
                    // `f"` and `r"` begin strings; words go on with other letters.
                    if text.get(end).is_some_and(|c| *c == b'"' || !c.is_ascii()) {
                        break;
                    }
                    Token::word(&text[at..end])
                }
                Glance::Digit => {
                    while text.get(end).is_some_and(u8::is_ascii_digit) {
                        end += 1;
                    }
                    let more = text.get(end).is_some_and(|c| *c == b'.' || goes_on(*c));
                    if more || *first == b'0' && end > at + 1 {
                        break;
                    }
                    Token::Int
                }
                Glance::Operator(_)
                    if matches!(next, b'=' | b'.' | b'>' | b'*' | b'/' | b'&' | b'|') =>
                {
                    break;
                }
                Glance::Operator(token) => token,
                // In a hole of an f-string they may mean something else.
                Glance::Separator(token) if self.formats.is_empty() => {
                    self.count(token);
                    token
                }
                Glance::Separator(_) | Glance::Other => break,
            };
            debug_assert_eq!(self.by_pattern(at), Some((token, end)));
            self.push(token, Span::new(at, end));
            at = end;
        }
        self.logos.bump(at - from);
    }

    /// What the patterns find at a place, and where that ends.
    fn by_pattern(&self, at: usize) -> Option<(Token, usize)> {
        let mut patterns = Token::lexer(&self.text[at..]);
        let token = match patterns.next()?.ok()? {
            Token::Digits => Token::Int,
            token => token,
        };
        Some((token, at + patterns.span().end))
    }
}

/// What the first byte of a token tells of it.
#[derive(Clone, Copy)]
enum Glance {
    Word,
    Digit,
    /// This, unless it is longer.
    Operator(Token),
    /// A bracket or the like.
    Separator(Token),
    Other,
}

fn glance(first: u8) -> Glance {
    static TABLE: [Glance; 256] = {
        let mut table = [Glance::Other; 256];
        let mut byte = 0;
        while byte < 128 {
            table[byte] = match byte as u8 {
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => Glance::Word,
                b'0'..=b'9' => Glance::Digit,
                b'.' => Glance::Operator(Token::Dot),
                b'=' => Glance::Operator(Token::Assign),
                b'+' => Glance::Operator(Token::Plus),
                b'-' => Glance::Operator(Token::Minus),
                b'*' => Glance::Operator(Token::Star),
                b'/' => Glance::Operator(Token::Slash),
                b'%' => Glance::Operator(Token::Percent),
                b'<' => Glance::Operator(Token::Less),
                b'>' => Glance::Operator(Token::Greater),
                b'|' => Glance::Operator(Token::Bar),
                b'&' => Glance::Operator(Token::Amp),
                b',' => Glance::Operator(Token::Comma),
                b':' => Glance::Separator(Token::Colon),
                b';' => Glance::Separator(Token::Semicolon),
                b'(' => Glance::Separator(Token::LParen),
                b')' => Glance::Separator(Token::RParen),
                b'[' => Glance::Separator(Token::LBracket),
                b']' => Glance::Separator(Token::RBracket),
                b'{' => Glance::Separator(Token::LBrace),
                b'}' => Glance::Separator(Token::RBrace),
                _ => Glance::Other,
            };
            byte += 1;
        }
        table
    };
    TABLE[first as usize]
}

/// Whether a word or number goes on with this.
fn goes_on(byte: u8) -> bool {
    matches!(glance(byte), Glance::Word | Glance::Digit)
}
