//! What is found by its spelling: names, the innermost first, and constants.
//!
//! A table of chains, the newest entry of each in front: it hides older ones that are the same, and the newest are taken away as quickly
//! as they came.

use foldhash::fast::RandomState;
use smol_str::SmolStr;
use std::hash::{BuildHasher, Hasher};

/// Entries in the order in which they came, which are found by their hashes.
#[derive(Debug)]
pub(super) struct Chains<E> {
    entries: Vec<Link<E>>,
    /// By the last bits of a hash: the newest entry, counted from one; nought where there is none. As many as a power of two, or none.
    heads: Vec<u32>,
    hasher: RandomState,
}

#[derive(Debug)]
struct Link<E> {
    hash: u32,
    /// The next one of its chain, as in [`Chains::heads`].
    older: u32,
    entry: E,
}

impl<E> Default for Chains<E> {
    fn default() -> Self {
        Chains { entries: Vec::new(), heads: Vec::new(), hasher: RandomState::default() }
    }
}

impl<E> Chains<E> {
    /// How many there are, hidden ones among them.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    #[inline]
    pub(super) fn hash_text(&self, text: &str) -> u32 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(text.as_bytes());
        hasher.finish() as u32
    }

    #[inline]
    pub(super) fn hash_word(&self, word: u64) -> u32 {
        self.hasher.hash_one(word) as u32
    }

    /// The number of the newest of these that is the one that is meant.
    #[inline]
    pub(super) fn find(&self, hash: u32, meant: impl Fn(&E) -> bool) -> Option<usize> {
        let mut at = *self.heads.get(self.chain(hash))?;
        while let Some(index) = at.checked_sub(1) {
            let link = self.entries.get(index as usize)?;
            if link.hash == hash && meant(&link.entry) {
                return Some(index as usize);
            }
            at = link.older;
        }
        None
    }

    pub(super) fn push(&mut self, hash: u32, entry: E) {
        const FEWEST: usize = 16;
        if self.entries.len() >= self.heads.len() {
            let heads = (self.heads.len() * 2).max(FEWEST);
            self.heads.clear();
            self.heads.resize(heads, 0);
            for index in 0..self.entries.len() {
                self.link(index);
            }
        }
        self.entries.push(Link { hash, older: 0, entry });
        self.link(self.entries.len() - 1);
    }

    /// Puts an entry in front of its chain.
    fn link(&mut self, index: usize) {
        let chain = self.chain(self.entries[index].hash);
        let newest = index as u32 + 1;
        self.entries[index].older = std::mem::replace(&mut self.heads[chain], newest);
    }

    /// Takes the newest away.
    pub(super) fn pop(&mut self) -> Option<E> {
        let Link { hash, older, entry } = self.entries.pop()?;
        let chain = self.chain(hash);
        self.heads[chain] = older;
        Some(entry)
    }

    /// Takes all away, in order.
    pub(super) fn drain(&mut self) -> impl ExactSizeIterator<Item = E> {
        // The heads take as long to clear as they are many.
        const MANY: usize = 256;
        if self.heads.len() > MANY {
            self.heads = Vec::new();
        }
        self.heads.fill(0);
        self.entries.drain(..).map(|link| link.entry)
    }

    fn chain(&self, hash: u32) -> usize {
        hash as usize & self.heads.len().wrapping_sub(1)
    }
}

/// Names, and what is known of each.
pub(super) type Names<T> = Chains<(SmolStr, T)>;

impl<T> Names<T> {
    /// The number of the newest of this spelling.
    pub(super) fn find_name(&self, name: &str) -> Option<usize> {
        self.find(self.hash_text(name), |(known, _)| known == name)
    }

    pub(super) fn at(&mut self, index: usize) -> Option<&mut T> {
        self.entries.get_mut(index).map(|link| &mut link.entry.1)
    }

    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.find_name(name).and_then(|index| self.entries.get(index)).map(|link| &link.entry.1)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.find_name(name).and_then(|index| self.at(index))
    }

    /// Adds a name. Gives the number of the older one of its spelling, which it hides.
    pub(super) fn add(&mut self, name: SmolStr, value: T) -> Option<usize> {
        let hash = self.hash_text(&name);
        let hidden = self.find(hash, |(known, _)| *known == name);
        self.push(hash, (name, value));
        hidden
    }

    /// All names, hidden ones too.
    pub(super) fn spellings(&self) -> impl Iterator<Item = &SmolStr> {
        self.entries.iter().map(|link| &link.entry.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_a_spelling_is_found() {
        let mut names = Names::default();
        let count = 100;
        let spelled = |i: usize| SmolStr::new(format!("a name of its own, number {}", i % 60));
        assert_eq!(names.find_name("a"), None);
        for i in 0..count {
            assert_eq!(names.add(spelled(i), i), i.checked_sub(60));
        }
        for i in (0..count).rev() {
            assert_eq!((names.len(), names.get(&spelled(i))), (i + 1, Some(&i)));
            assert_eq!(names.pop(), Some((spelled(i), i)));
        }
        assert_eq!((names.find_name(&spelled(0)), names.pop()), (None, None));
    }

    #[test]
    fn all_are_taken_away_in_order() {
        for count in [0, 3, 1000] {
            let mut words = Chains::default();
            let find =
                |words: &Chains<u64>, word| words.find(words.hash_word(word), |w| *w == word);
            for word in 0..count {
                words.push(words.hash_word(word), word);
                assert_eq!(find(&words, word), Some(word as usize));
            }
            assert!(words.drain().eq(0..count));
            assert_eq!((words.len(), find(&words, 0)), (0, None));
        }
    }
}
