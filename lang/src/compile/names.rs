//! What is found by its spelling: names, the innermost first, and constants.
//!
//! The newest entry hides older ones that are the same, and the newest are taken away as quickly as they came. Few are looked through one
//! after another; when they become many, a table of chains, the newest entry of each in front, leads to them.

use foldhash::fast::RandomState;
use std::hash::{BuildHasher, Hasher};

/// Entries in the order in which they came, which are found by their keys.
#[derive(Debug)]
pub(super) struct Chains<E> {
    entries: Vec<Link<E>>,
    /// By the last bits of the hash of a key: the newest entry, counted from one; nought where there is none. As many as a power of two;
    /// none as long as there are few entries.
    heads: Vec<u32>,
    hasher: RandomState,
}

#[derive(Debug)]
struct Link<E> {
    key: u64,
    /// The next one of its chain, as in [`Chains::heads`].
    older: u32,
    entry: E,
}

impl<E> Default for Chains<E> {
    fn default() -> Self {
        Chains { entries: Vec::new(), heads: Vec::new(), hasher: RandomState::default() }
    }
}

/// Set in the key of a text that is longer than the key, which is a hash then.
const LONG: u64 = 1 << 63;

impl<E> Chains<E> {
    /// How many there are, hidden ones among them.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The key of a text: up to seven bytes and how many they are, or a hash.
    #[inline]
    pub(super) fn key(&self, text: &str) -> u64 {
        let bytes = text.as_bytes();
        let length = bytes.len();
        let word = match length {
            0 => 0,
            1 => u64::from(bytes[0]),
            2..=3 => {
                let ends = [bytes.first_chunk(), bytes.last_chunk()];
                let [first, last] = ends.map(|end| end.copied().map_or(0, u16::from_le_bytes));
                u64::from(first) | u64::from(last) << (8 * (length - 2))
            }
            4..=7 => {
                let ends = [bytes.first_chunk(), bytes.last_chunk()];
                let [first, last] = ends.map(|end| end.copied().map_or(0, u32::from_le_bytes));
                u64::from(first) | u64::from(last) << (8 * (length - 4))
            }
            _ => {
                let mut hasher = self.hasher.build_hasher();
                hasher.write(bytes);
                return hasher.finish() | LONG;
            }
        };
        word | (length as u64) << 56
    }

    /// The number of the newest of this key that is the one that is meant.
    #[inline]
    pub(super) fn find(&self, key: u64, meant: impl Fn(usize, &E) -> bool) -> Option<usize> {
        if self.heads.is_empty() {
            let here =
                |(index, link): (usize, &Link<E>)| link.key == key && meant(index, &link.entry);
            return self.entries.iter().enumerate().rev().find_map(|at| here(at).then_some(at.0));
        }
        let mut at = *self.heads.get(self.chain(key))?;
        while let Some(index) = at.checked_sub(1) {
            let link = self.entries.get(index as usize)?;
            if link.key == key && meant(index as usize, &link.entry) {
                return Some(index as usize);
            }
            at = link.older;
        }
        None
    }

    pub(super) fn push(&mut self, key: u64, entry: E) {
        const FEW: usize = 8;
        self.entries.push(Link { key, older: 0, entry });
        let count = self.entries.len();
        if count > self.heads.len().max(FEW) {
            self.heads.clear();
            self.heads.resize((2 * count).next_power_of_two(), 0);
            (0..count).for_each(|index| self.link(index));
        } else if !self.heads.is_empty() {
            self.link(count - 1);
        }
    }

    /// Puts an entry in front of its chain.
    fn link(&mut self, index: usize) {
        let chain = self.chain(self.entries[index].key);
        let newest = index as u32 + 1;
        self.entries[index].older = std::mem::replace(&mut self.heads[chain], newest);
    }

    /// Takes the newest away.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<E> {
        let Link { key, older, entry } = self.entries.pop()?;
        if !self.heads.is_empty() {
            let chain = self.chain(key);
            self.heads[chain] = older;
        }
        Some(entry)
    }

    /// Takes all away.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.heads.clear();
    }

    fn chain(&self, key: u64) -> usize {
        self.hasher.hash_one(key) as usize & self.heads.len().wrapping_sub(1)
    }
}

/// Names, and what is known of each.
#[derive(Debug)]
pub(super) struct Names<T> {
    chains: Chains<Named<T>>,
    /// The names one after another.
    text: String,
}

#[derive(Debug)]
struct Named<T> {
    /// Where the name begins in the text, and where it ends.
    place: (usize, usize),
    value: T,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Names { chains: Chains::default(), text: String::new() }
    }
}

impl<T> Names<T> {
    /// How many there are, hidden ones among them.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.chains.len()
    }

    /// The number of the newest of this spelling.
    #[inline]
    pub(super) fn find_name(&self, name: &str) -> Option<usize> {
        self.find(self.chains.key(name), name)
    }

    #[inline]
    fn find(&self, key: u64, name: &str) -> Option<usize> {
        self.chains.find(key, |_, known| key & LONG == 0 || self.spelling(known) == name)
    }

    fn spelling(&self, known: &Named<T>) -> &str {
        self.text.get(known.place.0..known.place.1).unwrap_or_default()
    }

    #[inline]
    pub(super) fn at(&self, index: usize) -> Option<&T> {
        self.chains.entries.get(index).map(|link| &link.entry.value)
    }

    #[inline]
    pub(super) fn at_mut(&mut self, index: usize) -> Option<&mut T> {
        self.chains.entries.get_mut(index).map(|link| &mut link.entry.value)
    }

    #[inline]
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.find_name(name).and_then(|index| self.at(index))
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.find_name(name).and_then(|index| self.at_mut(index))
    }

    /// Adds a name. Gives the number of the older one of its spelling, which it hides.
    pub(super) fn add(&mut self, name: &str, value: T) -> Option<usize> {
        let key = self.chains.key(name);
        let hidden = self.find(key, name);
        let start = self.text.len();
        self.text.push_str(name);
        self.chains.push(key, Named { place: (start, self.text.len()), value });
        hidden
    }

    /// The newest.
    #[inline]
    pub(super) fn last(&self) -> Option<(&str, &T)> {
        self.chains.entries.last().map(|link| (self.spelling(&link.entry), &link.entry.value))
    }

    /// Takes the newest away.
    #[inline]
    pub(super) fn pop(&mut self) {
        if let Some(known) = self.chains.pop() {
            self.text.truncate(known.place.0);
        }
    }

    /// Takes all away.
    pub(super) fn clear(&mut self) {
        self.chains.clear();
        self.text.clear();
    }

    /// All of them, hidden ones too, in order.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &T)> {
        self.chains.entries.iter().map(|link| (self.spelling(&link.entry), &link.entry.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_a_spelling_is_found() {
        for long in ["", "a name of its own, number "] {
            let mut names = Names::default();
            let count = 100;
            let spelled = |i: usize| format!("{long}{}", i % 60);
            assert_eq!(names.find_name("a"), None);
            for i in 0..count {
                assert_eq!(names.add(&spelled(i), i), i.checked_sub(60));
            }
            for i in (0..count).rev() {
                assert_eq!((names.len(), names.get(&spelled(i))), (i + 1, Some(&i)));
                assert_eq!(names.last(), Some((&*spelled(i), &i)));
                names.pop();
            }
            assert_eq!((names.find_name(&spelled(0)), names.last()), (None, None));
        }
    }

    #[test]
    fn short_texts_have_keys_of_their_own() {
        let chains: Chains<()> = Chains::default();
        let mut keys = std::collections::HashSet::new();
        let mut texts = vec![String::new()];
        for length in 0..8 {
            for text in &texts {
                assert_eq!((text.len(), keys.insert(chains.key(text))), (length, true), "{text}");
            }
            texts =
                texts.iter().flat_map(|t| ["a", "b", "\0"].map(|c| format!("{t}{c}"))).collect();
        }
    }

    #[test]
    fn all_are_taken_away() {
        let mut words = Chains::default();
        for count in [0, 3, 1000] {
            for word in 0..count {
                words.push(word, ());
                assert_eq!(words.find(word, |_, ()| true), Some(word as usize));
            }
            assert_eq!(words.len(), count as usize);
            words.clear();
            assert_eq!((words.len(), words.find(0, |_, ()| true)), (0, None));
        }
    }
}
