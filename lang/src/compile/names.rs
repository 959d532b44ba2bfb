//! What is found by its spelling: names, the innermost first, and constants.
//!
//! The newest entry hides older ones that are the same, and the newest are taken away as quickly as they came. Few are looked through one
//! after another; when they become many, a table of chains, the newest entry of each in front, leads to them.

use foldhash::fast::RandomState;
use smol_str::SmolStr;
use std::hash::{BuildHasher, Hasher};

/// Entries in the order in which they came, which are found by their keys.
#[derive(Debug)]
pub(super) struct Chains<E> {
    keys: Vec<u128>,
    entries: Vec<E>,
    /// By the last bits of the hash of a key: the newest entry, counted from one; nought where there is none. As many as a power of two;
    /// none as long as there are few entries.
    heads: Vec<u32>,
    /// Of each entry the next one of its chain, as in the heads, if there are any.
    older: Vec<u32>,
    hasher: RandomState,
}

impl<E> Default for Chains<E> {
    fn default() -> Self {
        let hasher = RandomState::default();
        let (keys, entries) = (Vec::new(), Vec::new());
        Chains { keys, entries, heads: Vec::new(), older: Vec::new(), hasher }
    }
}

/// As many as are looked through one after another.
const FEW: usize = 12;
/// Set in the key of a text that is longer than the key, which is a hash then.
const LONG: u128 = 1 << 127;
/// How many bytes of a text a key holds, besides their number.
const SHORT: usize = 15;

impl<E> Chains<E> {
    /// How many there are, hidden ones among them.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The key of a text: its bytes and how many they are, or a hash.
    #[inline]
    pub(super) fn key(&self, text: &str) -> u128 {
        short_key(text).unwrap_or_else(|| self.long_key(text))
    }

    #[inline(never)]
    fn long_key(&self, text: &str) -> u128 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(text.as_bytes());
        u128::from(hasher.finish()) | LONG
    }

    /// The number of the newest of this key that is the one that is meant.
    #[inline]
    pub(super) fn find(&self, key: u128, meant: impl Fn(usize) -> bool) -> Option<usize> {
        if !self.heads.is_empty() {
            return self.find_by_hash(key, meant);
        }
        let mut keys = &self.keys[..];
        loop {
            let index = newest(keys, key)?;
            if meant(index) {
                return Some(index);
            }
            keys = &keys[..index];
        }
    }

    #[inline(never)]
    fn find_by_hash(&self, key: u128, meant: impl Fn(usize) -> bool) -> Option<usize> {
        let mut at = *self.heads.get(self.chain(key))?;
        while let Some(index) = at.checked_sub(1) {
            let index = index as usize;
            if *self.keys.get(index)? == key && meant(index) {
                return Some(index);
            }
            at = *self.older.get(index)?;
        }
        None
    }

    /// Makes room for so many more.
    fn reserve(&mut self, more: usize) {
        self.keys.reserve(more);
        self.entries.reserve(more);
        let count = self.len() + more;
        if count > FEW.max(self.heads.len()) {
            self.link_all(count);
        }
    }

    #[inline]
    pub(super) fn push(&mut self, key: u128, entry: E) {
        self.keys.push(key);
        self.entries.push(entry);
        if self.keys.len() > FEW || !self.heads.is_empty() {
            self.link_newest();
        }
    }

    #[inline(never)]
    fn link_newest(&mut self) {
        match self.keys.len() {
            count if count <= self.heads.len() => self.link(count - 1),
            count => self.link_all(count),
        }
    }

    /// Makes chains that are short if there are so many.
    fn link_all(&mut self, count: usize) {
        self.heads.clear();
        self.heads.resize((2 * count).next_power_of_two(), 0);
        self.older.clear();
        self.older.reserve(count);
        (0..self.keys.len()).for_each(|index| self.link(index));
    }

    /// Puts an entry in front of its chain.
    fn link(&mut self, index: usize) {
        let chain = self.chain(self.keys[index]);
        self.older.push(std::mem::replace(&mut self.heads[chain], index as u32 + 1));
    }

    /// Takes the newest away.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<E> {
        let key = self.keys.pop()?;
        if !self.heads.is_empty() {
            let chain = self.chain(key);
            self.heads[chain] = self.older.pop()?;
        }
        self.entries.pop()
    }

    /// Takes all away.
    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.entries.clear();
        self.heads.clear();
        self.older.clear();
    }

    fn chain(&self, key: u128) -> usize {
        self.hasher.hash_one(key) as usize & self.heads.len().wrapping_sub(1)
    }
}

#[inline]
fn newest(keys: &[u128], key: u128) -> Option<usize> {
    keys.iter().rposition(|known| *known == key)
}

/// The key of a text that is not too long for one.
#[inline]
fn short_key(text: &str) -> Option<u128> {
    let bytes = text.as_bytes();
    let length = bytes.len();
    // From both ends: what is in the middle is there twice.
    let word = match length {
        0 => 0,
        1 => u128::from(bytes[0]),
        2..4 => {
            let ends = [bytes.first_chunk()?, bytes.last_chunk()?];
            let [first, last] = ends.map(|end| u64::from(u16::from_le_bytes(*end)));
            u128::from(first | last << (8 * (length - 2)))
        }
        4..8 => {
            let ends = [bytes.first_chunk()?, bytes.last_chunk()?];
            let [first, last] = ends.map(|end| u64::from(u32::from_le_bytes(*end)));
            u128::from(first | last << (8 * (length - 4)))
        }
        8..=SHORT => {
            let ends = [bytes.first_chunk()?, bytes.last_chunk()?];
            let [first, last] = ends.map(|end| u128::from(u64::from_le_bytes(*end)));
            first | last << (8 * (length - 8))
        }
        _ => return None,
    };
    Some(word | (length as u128) << (8 * SHORT))
}

/// Names, and what is known of each.
#[derive(Debug)]
pub(super) struct Names<T> {
    chains: Chains<T>,
    /// The names that are longer than a key, with their numbers.
    long: Vec<(usize, SmolStr)>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Names { chains: Chains::default(), long: Vec::new() }
    }
}

impl<T> Names<T> {
    /// How many there are, hidden ones among them.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.chains.len()
    }

    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, more: usize) {
        self.chains.reserve(more);
    }

    /// The number of the newest of this spelling.
    #[inline(always)]
    pub(super) fn find_name(&self, name: &str) -> Option<usize> {
        match short_key(name) {
            Some(key) if self.chains.heads.is_empty() => newest(&self.chains.keys, key),
            _ => self.find(self.chains.key(name), name),
        }
    }

    #[inline(never)]
    fn find(&self, key: u128, name: &str) -> Option<usize> {
        self.chains.find(key, |index| key & LONG == 0 || self.long_name(index) == Some(name))
    }

    fn long_name(&self, index: usize) -> Option<&str> {
        let at = self.long.binary_search_by_key(&index, |(index, _)| *index).ok()?;
        self.long.get(at).map(|(_, name)| name.as_str())
    }

    fn spelling(&self, index: usize) -> SmolStr {
        let key = self.chains.keys.get(index).copied().unwrap_or(0);
        if key & LONG != 0 {
            return self.long_name(index).unwrap_or_default().into();
        }
        let bytes = key.to_le_bytes();
        let bytes = bytes.get(..usize::from(bytes[SHORT])).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default().into()
    }

    #[inline]
    pub(super) fn at(&self, index: usize) -> Option<&T> {
        self.chains.entries.get(index)
    }

    #[inline]
    pub(super) fn at_mut(&mut self, index: usize) -> Option<&mut T> {
        self.chains.entries.get_mut(index)
    }

    #[inline]
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.find_name(name).and_then(|index| self.at(index))
    }

    #[inline]
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.find_name(name).and_then(|index| self.at_mut(index))
    }

    /// Adds a name. Gives the number of the older one of its spelling, which it hides.
    #[inline]
    pub(super) fn add(&mut self, name: &str, value: T) -> Option<usize> {
        let key = self.chains.key(name);
        let hidden = match self.chains.heads.is_empty() && key & LONG == 0 {
            true => newest(&self.chains.keys, key),
            false => self.find(key, name),
        };
        if key & LONG != 0 {
            self.long.push((self.len(), name.into()));
        }
        self.chains.push(key, value);
        hidden
    }

    /// The newest.
    #[inline]
    pub(super) fn last(&self) -> Option<&T> {
        self.chains.entries.last()
    }

    /// The name of the newest.
    pub(super) fn last_name(&self) -> SmolStr {
        self.spelling(self.len().wrapping_sub(1))
    }

    /// Takes the newest away.
    #[inline]
    pub(super) fn pop(&mut self) {
        self.chains.pop();
        if self.long.last().is_some_and(|(index, _)| *index == self.chains.len()) {
            self.long.pop();
        }
    }

    /// Takes all away.
    pub(super) fn clear(&mut self) {
        self.chains.clear();
        self.long.clear();
    }

    /// All of them, hidden ones too, in order.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (SmolStr, &T)> {
        let spelled = |(index, known)| (self.spelling(index), known);
        self.chains.entries.iter().enumerate().map(spelled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_a_spelling_is_found() {
        for long in ["", "a name of its own, number "] {
            let mut names = Names::default();
            let spelled = |i: usize| format!("{long}{}", i % 60);
            assert_eq!(names.find_name("a"), None);
            // There are few, then many, then few again.
            for (from, to, back) in [(0, 5, 0), (0, 100, 3), (3, 20, 10), (10, 40, 0)] {
                for i in from..to {
                    assert_eq!(names.add(&spelled(i), i), i.checked_sub(60));
                }
                for i in (back..to).rev() {
                    assert_eq!((names.len(), names.get(&spelled(i))), (i + 1, Some(&i)));
                    assert_eq!((names.last_name(), names.last()), (spelled(i).into(), Some(&i)));
                    names.pop();
                }
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
            words.reserve(count as usize / 2);
            for word in 0..count {
                words.push(word, ());
                assert_eq!(words.find(word, |_| true), Some(word as usize));
            }
            assert_eq!(words.len(), count as usize);
            words.clear();
            assert_eq!((words.len(), words.find(0, |_| true)), (0, None));
        }
    }
}
