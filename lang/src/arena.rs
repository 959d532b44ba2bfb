//! Where a syntax tree lives.

use bumpalo::Bump;

/// Room for trees, which goes as a whole: their nodes are references into it, and own nothing.
#[derive(Debug, Default)]
pub struct Arena(Bump);

impl Arena {
    /// An empty one.
    pub fn new() -> Arena {
        Arena::default()
    }

    #[inline]
    pub(crate) fn node<T: Copy>(&self, node: T) -> &T {
        self.0.alloc(node)
    }

    #[inline]
    pub(crate) fn list<T: Copy>(&self, items: &[T]) -> &[T] {
        if items.is_empty() { &[] } else { self.0.alloc_slice_copy(items) }
    }

    /// A list of so many items, by their numbers.
    #[inline]
    pub(crate) fn list_of<T: Copy>(&self, length: usize, item: impl FnMut(usize) -> T) -> &[T] {
        if length == 0 { &[] } else { self.0.alloc_slice_fill_with(length, item) }
    }

    pub(crate) fn text(&self, text: &str) -> &str {
        self.0.alloc_str(text)
    }

    /// Takes all trees away; the room is there for the next ones.
    pub(crate) fn clear(&mut self) {
        self.0.reset();
    }
}
