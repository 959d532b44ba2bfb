//! Sorting that can be stopped: stable, in pieces with looks at the limits between them.
//!
//! What is compared at a glance is left to the standard library, in pieces that take milliseconds. Comparisons that walk may end before
//! they know, and then answer anything; the standard library may panic at such an order, so those sorts are done here alone.

use std::cmp::Ordering;

use super::heap::Charge;
use super::{Value, watch};
use crate::fault::Limit;

/// The longest piece that is sorted at once.
const PIECE: usize = 1 << 17;

/// The longest piece of what takes walks to compare.
const FEW: usize = 16;

/// Steps between two looks.
const STRIDE: u32 = 8192;

/// Sorts counted items by `order`; `deep` says of an item whether comparing it [walks]. Whether that came to its end; if not, the run stops and some items may be gone.
pub(crate) fn sort_by<T>(
    items: &mut Vec<T>,
    deep: impl Fn(&T) -> bool,
    mut order: impl FnMut(&T, &T) -> Ordering,
) -> bool {
    let simple = !items.iter().any(deep);
    if simple && items.len() <= PIECE {
        if !watch::room(items.len() / 2 * size_of::<T>()) {
            return false;
        }
        items.sort_by(order);
        return true;
    }
    // The pieces, and what they are merged into.
    let bytes = items.len() * (size_of::<T>() + size_of::<Vec<T>>() / FEW);
    if !watch::room(bytes) {
        return false;
    }
    let _charge = Charge::new(bytes);
    let mut look = Look(0);
    let mut pieces: Vec<Vec<T>> = Vec::new();
    let mut rest = std::mem::take(items).into_iter();
    loop {
        let mut piece: Vec<T> = rest.by_ref().take(if simple { PIECE } else { FEW }).collect();
        match piece.len() {
            0 => break,
            _ if simple => piece.sort_by(&mut order),
            _ => insertion(&mut piece, &mut order),
        }
        if !look.go_on(piece.len() as u32) {
            return false;
        }
        pieces.push(piece);
    }
    drop(rest);
    while pieces.len() > 1 {
        let mut merged = Vec::with_capacity(pieces.len().div_ceil(2));
        let mut pairs = pieces.into_iter();
        while let Some(a) = pairs.next() {
            let Some(b) = pairs.next() else {
                merged.push(a);
                break;
            };
            match merge(a, b, &mut order, &mut look) {
                Some(both) => merged.push(both),
                None => return false,
            }
        }
        pieces = merged;
    }
    *items = pieces.pop().unwrap_or_default();
    true
}

/// Whether comparing a value may take a walk.
pub(crate) fn walks(value: &Value) -> bool {
    value.is_heap() && value.as_str().is_none()
}

fn insertion<T>(items: &mut [T], order: &mut impl FnMut(&T, &T) -> Ordering) {
    for end in 1..items.len() {
        let mut at = end;
        while at > 0 && order(&items[at - 1], &items[at]) == Ordering::Greater {
            items.swap(at - 1, at);
            at -= 1;
        }
    }
}

fn merge<T>(
    a: Vec<T>,
    b: Vec<T>,
    order: &mut impl FnMut(&T, &T) -> Ordering,
    look: &mut Look,
) -> Option<Vec<T>> {
    let mut both = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.into_iter(), b.into_iter());
    while let (Some(x), Some(y)) = (a.as_slice().first(), b.as_slice().first()) {
        let first = if order(x, y) == Ordering::Greater { &mut b } else { &mut a };
        both.extend(first.next());
        if !look.go_on(1) {
            return None;
        }
    }
    both.extend(a);
    both.extend(b);
    Some(both)
}

/// Looks at the limits now and then.
struct Look(u32);

impl Look {
    /// Whether to go on after so many steps.
    #[inline]
    fn go_on(&mut self, steps: u32) -> bool {
        self.0 += steps;
        if self.0 < STRIDE {
            return true;
        }
        self.0 = 0;
        watch::look().map_err(|limit: Limit| watch::stop(limit)).is_ok()
    }
}
