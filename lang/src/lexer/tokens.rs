//! Tokens with their places, in few bytes.

use crate::source::Span;
use crate::token::Token;

/// What the parser reads: a token between its first and past its last byte.
pub type Placed = (u32, Token, u32);

/// The tokens of a text as the lexer makes them, and as the parser reads them. All of them are kept while it is compiled, so each takes
/// eight bytes.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    lexemes: Vec<Lexeme>,
    /// Where those of length [`LONG`] or more begin and end.
    long: Vec<Span>,
}

/// A token, and where it stands; one that is long has its end elsewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lexeme {
    pub(crate) start: u32,
    length: u16,
    pub(crate) token: Token,
    /// Whether a newline stands between it and the token before, or it is the first.
    pub(crate) newline: bool,
}

impl Lexeme {
    pub(super) const NONE: Lexeme =
        Lexeme { start: 0, length: 0, token: Token::Error, newline: false };

    /// Makes it this, which is not long.
    #[inline]
    pub(super) fn set(&mut self, token: Token, place: Span, newline: bool) {
        self.start = place.start;
        self.length = place.end.wrapping_sub(place.start) as u16;
        self.token = token;
        self.newline = newline;
    }
}

const _: () = assert!(size_of::<Lexeme>() == 8);

const LONG: u16 = u16::MAX;

/// Whether a token at this place is long.
#[inline]
pub(super) fn is_long(place: Span) -> bool {
    place.end.wrapping_sub(place.start) >= u32::from(LONG)
}

impl Tokens {
    pub(crate) fn reserve(&mut self, tokens: usize) {
        self.lexemes.reserve(tokens);
    }

    /// Puts a token behind the others.
    #[inline]
    pub(crate) fn push(&mut self, token: Token, place: Span, newline: bool) {
        let long = is_long(place);
        if long {
            self.put_long(place);
        }
        let length = if long { LONG } else { (place.end - place.start) as u16 };
        self.lexemes.push(Lexeme { start: place.start, length, token, newline });
    }

    /// Puts in tokens, none of which is long.
    pub(super) fn append(&mut self, lexemes: &[Lexeme]) {
        self.lexemes.extend_from_slice(lexemes);
    }

    #[cold]
    fn put_long(&mut self, place: Span) {
        self.long.push(place);
    }

    /// Puts in a token of other tokens, whose [`take_long`](Self::take_long) must follow.
    #[inline]
    pub(crate) fn copy(&mut self, lexeme: Lexeme) {
        self.lexemes.push(lexeme);
    }

    /// Takes over where long tokens end.
    pub(crate) fn take_long(&mut self, from: &mut Tokens) {
        self.long = std::mem::take(&mut from.long);
    }

    /// Takes the last one away.
    pub(crate) fn pop(&mut self) {
        self.lexemes.pop();
    }

    /// Takes the first ones away.
    pub(crate) fn forget(&mut self, count: usize) {
        self.lexemes.drain(..count);
    }

    /// Gives a token another meaning.
    pub(crate) fn change(&mut self, index: usize, token: Token) {
        self.lexemes[index].token = token;
    }

    /// Makes the last one longer.
    pub(crate) fn lengthen(&mut self, end: u32) {
        if let Some(Lexeme { start, token, newline, .. }) = self.lexemes.pop() {
            self.long.pop_if(|long| long.start == start);
            self.push(token, Span { start, end }, newline);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lexemes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lexemes.is_empty()
    }

    /// A token.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Token> {
        self.lexemes.get(index).map(|lexeme| lexeme.token)
    }

    /// The last one.
    #[inline]
    pub fn last(&self) -> Option<Token> {
        self.lexemes.last().map(|lexeme| lexeme.token)
    }

    /// Where a token begins.
    #[inline]
    pub fn start(&self, index: usize) -> Option<u32> {
        self.lexemes.get(index).map(|lexeme| lexeme.start)
    }

    /// The place of a token.
    #[inline]
    pub fn place(&self, index: usize) -> Option<Span> {
        self.lexemes.get(index).map(|lexeme| self.span(*lexeme))
    }

    /// The place of the last one.
    pub(crate) fn last_place(&self) -> Option<Span> {
        self.place(self.len().checked_sub(1)?)
    }

    #[inline]
    pub(crate) fn lexeme(&self, index: usize) -> Option<&Lexeme> {
        self.lexemes.get(index)
    }

    /// The place of one of these.
    #[inline]
    pub(crate) fn span(&self, Lexeme { start, length, .. }: Lexeme) -> Span {
        let end = if length == LONG { self.long_end(start) } else { start + u32::from(length) };
        Span { start, end }
    }

    #[cold]
    fn long_end(&self, start: u32) -> u32 {
        let at = self.long.partition_point(|long| long.start < start);
        self.long.get(at).map_or(start, |long| long.end)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Placed> {
        self.lexemes.iter().map(|lexeme| {
            let Span { start, end } = self.span(*lexeme);
            (start, lexeme.token, end)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back_as_they_were() {
        let places = [(0, 3), (3, 3), (3, 65_537), (3, 65_538), (70_000, u32::MAX), (9, 10)];
        let placed = places.map(|(start, end)| (start, Token::Str, end));
        let mut tokens = Tokens::default();
        for (start, token, end) in placed {
            tokens.push(token, Span { start, end }, false);
        }
        assert!(tokens.iter().eq(placed));
    }

    #[test]
    fn the_last_one_may_grow() {
        let mut tokens = Tokens::default();
        tokens.push(Token::Error, Span { start: 1, end: 2 }, false);
        for end in [3, 65_536, 65_537, 80_000] {
            tokens.lengthen(end);
            assert!(tokens.iter().eq([(1, Token::Error, end)]));
        }
    }
}
