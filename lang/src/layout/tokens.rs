//! Tokens with their places, in few bytes.

use super::Placed;
use crate::source::Span;
use crate::token::Token;

/// The tokens of a text as the parser reads them. All of them are kept while it is compiled, so each takes eight bytes.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    packed: Vec<Packed>,
    /// The tokens of length [`LONG`] or more, by their numbers, and where they end.
    long: Vec<(usize, u32)>,
}

#[derive(Clone, Copy, Debug)]
struct Packed {
    start: u32,
    length: u16,
    token: Token,
}

const _: () = assert!(size_of::<Packed>() == 8);

const LONG: u16 = u16::MAX;

impl Tokens {
    pub(super) fn reserve(&mut self, tokens: usize) {
        self.packed.reserve(tokens);
    }

    #[inline]
    pub(super) fn push(&mut self, token: Token, place: Span) {
        let Span { start, end } = place;
        let length = u16::try_from(end.wrapping_sub(start)).unwrap_or(LONG);
        if length == LONG {
            self.long.push((self.packed.len(), end));
        }
        self.packed.push(Packed { start, length, token });
    }

    /// Takes the last one away, which is not long.
    pub(super) fn pop(&mut self) {
        self.packed.pop();
    }

    /// Gives a token another meaning.
    pub(super) fn change(&mut self, index: usize, token: Token) {
        self.packed[index].token = token;
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.packed.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// A token.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Token> {
        self.packed.get(index).map(|packed| packed.token)
    }

    /// The last one.
    #[inline]
    pub fn last(&self) -> Option<Token> {
        self.packed.last().map(|packed| packed.token)
    }

    /// Where a token begins.
    #[inline]
    pub fn start(&self, index: usize) -> Option<u32> {
        self.packed.get(index).map(|packed| packed.start)
    }

    /// The place of a token.
    #[inline]
    pub fn place(&self, index: usize) -> Option<Span> {
        let Packed { start, length, .. } = *self.packed.get(index)?;
        let end = if length == LONG { self.long_end(index)? } else { start + u32::from(length) };
        Some(Span { start, end })
    }

    #[cold]
    fn long_end(&self, index: usize) -> Option<u32> {
        let at = self.long.binary_search_by_key(&index, |long| long.0).ok()?;
        Some(self.long[at].1)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Placed> {
        self.packed.iter().enumerate().filter_map(|(index, packed)| {
            self.place(index).map(|place| (place.start, packed.token, place.end))
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
            tokens.push(token, Span { start, end });
        }
        assert!(tokens.iter().eq(placed));
    }
}
