//! Lists that are being read.

use super::Descent;
use crate::arena::Arena;
use crate::token::Token;

/// As many items are held without memory of their own.
const FEW: usize = 6;

/// The items of a list until it is as long as it will be.
pub(super) struct List<T> {
    few: [Option<T>; FEW],
    many: Vec<T>,
    length: usize,
}

impl<T: Copy> List<T> {
    #[inline]
    pub(super) fn new() -> Self {
        List { few: [None; FEW], many: Vec::new(), length: 0 }
    }

    #[inline]
    pub(super) fn push(&mut self, item: T) {
        match self.few.get_mut(self.length) {
            Some(place) => *place = Some(item),
            None => self.many.push(item),
        }
        self.length += 1;
    }

    /// The list as a part of a tree.
    #[inline]
    pub(super) fn end(self, arena: &Arena) -> &[T] {
        arena.list_of(self.length, |i| match self.few.get(i) {
            Some(Some(item)) => *item,
            _ => self.many[i - FEW],
        })
    }
}

impl<'a> Descent<'_, '_, 'a> {
    /// What `item` reads, up to `close`, separated as `separates` says; a separator may stand before `close`.
    #[inline]
    pub(super) fn list<T: Copy>(
        &mut self,
        close: Token,
        separates: fn(Token) -> bool,
        item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<&'a [T]> {
        self.list_after(None, close, separates, item)
    }

    /// The same, where the first item may be read already.
    #[inline]
    pub(super) fn list_after<T: Copy>(
        &mut self,
        first: Option<T>,
        close: Token,
        separates: fn(Token) -> bool,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<&'a [T]> {
        let mut read = match first {
            Some(first) => first,
            None if self.accept(close) => return Some(&[]),
            None => item(self)?,
        };
        let mut list = List::new();
        loop {
            list.push(read);
            let separated = self.token.is_some_and(separates);
            if separated {
                self.take();
            }
            if self.accept(close) {
                return Some(list.end(self.cx.arena));
            }
            if !separated {
                return None;
            }
            read = item(self)?;
        }
    }
}

pub(super) fn comma(token: Token) -> bool {
    token == Token::Comma
}

/// In braces, a newline is as good as a comma.
pub(super) fn comma_or_line(token: Token) -> bool {
    matches!(token, Token::Comma | Token::Newline)
}
