//! Places in an array by the hashes of keys: open addressing in groups of slots, which are looked at as a whole.
//!
//! A slot has four bytes: a place and, in the bits that it leaves, those of the hash. So a look-up waits for memory once here, and once for
//! the array; and few groups are full, so it seldom looks at a second one. What was entered stays: a place where the key is no more, or
//! another, is one where the key looked for is not.

/// Places by hash.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// As many as a power of two. A key begins at that of the lowest bits of its hash, and goes to the next where one is full.
    groups: Box<[Group]>,
    /// How many slots are not empty: at most three quarters, so that all walks end, and soon.
    used: usize,
}

/// So many are compared at once.
const SLOTS: usize = 4;

/// The slots that are used come first. An empty one is nought; another has the upper bits of a hash and, in as many of the lower ones as
/// number all slots, a place and one.
type Group = [u32; SLOTS];

/// More places than this cannot be told apart.
pub(super) const MOST: usize = 3 << 30;

impl Index {
    /// With room for so many places.
    pub(super) fn with_capacity(places: usize) -> Index {
        let slots = (places.clamp(1, MOST) * 4).div_ceil(3).next_power_of_two();
        let groups = slots.div_ceil(SLOTS);
        Index { groups: vec![Group::default(); groups].into(), used: 0 }
    }

    /// Whether there is no room for one place more.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.used >= self.groups.len() * SLOTS / 4 * 3
    }

    /// Those of the lower bits of a slot that are the place's.
    #[inline(always)]
    fn mask(&self) -> u32 {
        (self.groups.len() * SLOTS - 1) as u32
    }

    /// The place entered with this hash of which `is_it` is true.
    #[inline(always)]
    pub(super) fn find(&self, hash: u32, is_it: impl Fn(usize) -> bool + Copy) -> Option<usize> {
        let mask = self.mask();
        let mut at = hash as usize;
        loop {
            at &= self.groups.len() - 1;
            let group = self.groups.get(at)?;
            // Nearly always that of one slot, or nought.
            let all = group.iter().fold(0, |all, slot| all | like(*slot, hash, mask));
            if all != 0 {
                let place = all as usize - 1;
                if is_it(place) {
                    return Some(place);
                }
                let place = one_by_one(group, hash, mask, is_it);
                if place.is_some() {
                    return place;
                }
            }
            if group[SLOTS - 1] == 0 {
                return None;
            }
            at += 1;
        }
    }

    /// Enters a place, for which there must be room.
    #[inline]
    pub(super) fn enter(&mut self, hash: u32, place: u32) {
        let mask = self.mask();
        let mut at = hash as usize;
        loop {
            at &= self.groups.len() - 1;
            let Some(group) = self.groups.get_mut(at) else { return };
            let used: u32 = group.iter().map(|slot| u32::from(*slot != 0)).sum();
            if let Some(slot) = group.get_mut(used as usize) {
                *slot = hash & !mask | (place + 1);
                self.used += 1;
                return;
            }
            at += 1;
        }
    }
}

/// The place in a slot and one, if the slot is of such a hash.
#[inline(always)]
fn like(slot: u32, hash: u32, mask: u32) -> u32 {
    if (slot ^ hash) & !mask == 0 { slot & mask } else { 0 }
}

/// Looks at the slots of a group that are of such a hash, of which there may be several.
#[cold]
#[inline(never)]
fn one_by_one(group: &Group, hash: u32, mask: u32, is_it: impl Fn(usize) -> bool) -> Option<usize> {
    let mut places =
        group.iter().filter_map(|slot| (like(*slot, hash, mask) as usize).checked_sub(1));
    places.find(|place| is_it(*place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_entered_is_found_and_nothing_else() {
        // Hashes that begin alike, end alike, and are the same.
        let hash = |n: u32| match n % 4 {
            0 => n.wrapping_mul(0x9E37_79B9),
            1 => n << 24,
            2 => n,
            _ => 7,
        };
        for count in [1, 2, 5, 6, 7, 12, 13, 1000] {
            let mut index = Index::with_capacity(count as usize);
            for n in 0..count {
                assert!(!index.is_full());
                index.enter(hash(n), n);
            }
            for n in 0..count {
                assert_eq!(index.find(hash(n), |place| place == n as usize), Some(n as usize));
                assert_eq!(index.find(hash(n), |_| false), None);
            }
            assert_eq!(index.find(u32::MAX, |place| place >= count as usize), None);
        }
    }

    #[test]
    fn only_places_of_about_the_hash_are_looked_at() {
        let mut index = Index::with_capacity(12);
        (0..12).for_each(|n| index.enter(n << 28 | 5, n));
        assert!(index.is_full());
        for n in 0..12 {
            assert_eq!(index.find(n << 28 | 5, |_| true), Some(n as usize));
        }
        assert_eq!(index.find(12 << 28 | 5, |_| true), None);
    }
}
