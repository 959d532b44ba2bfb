//! Rows about sets.

use std::hint::black_box;

use super::{OPS, Side, jump, key, repeats, time};
use crate::sides::ASet;

fn set_of<S: ASet>(keys: std::ops::Range<usize>) -> S {
    let mut set = S::new();
    keys.for_each(|i| set.insert(key(i)));
    set
}

pub(super) fn union<S: ASet>(n: usize) -> Side {
    let (a, b) = (set_of::<S>(0..n), set_of::<S>(n / 2..n + n / 2));
    let sample = move || {
        time(2 * n * repeats(n), || {
            for _ in 0..repeats(n) {
                assert_eq!(a.clone().union(b.clone()).len(), n + n / 2);
            }
        })
    };
    (S::NAME, Box::new(sample))
}

pub(super) fn intersection<S: ASet>(n: usize) -> Side {
    let (a, b) = (set_of::<S>(0..n), set_of::<S>(n / 2..n + n / 2));
    let sample = move || {
        time(2 * n * repeats(n), || {
            for _ in 0..repeats(n) {
                assert_eq!(a.clone().intersection(b.clone()).len(), n - n / 2);
            }
        })
    };
    (S::NAME, Box::new(sample))
}

pub(super) fn contains<S: ASet>(n: usize) -> Side {
    let set = set_of::<S>(0..n);
    let sample = move || {
        let mut count = 0;
        let time = time(OPS.max(n), || {
            (0..OPS.max(n)).for_each(|i| count += usize::from(set.contains(key(jump(i, 2 * n)))));
        });
        black_box(count);
        time
    };
    (S::NAME, Box::new(sample))
}

pub(super) fn insert_alive<S: ASet>(n: usize) -> Side {
    let base = set_of::<S>(0..n);
    let sample = move || {
        time(OPS, || {
            for i in 0..OPS {
                let mut set = base.clone();
                set.insert(key(n + i));
                black_box(&set);
            }
        })
    };
    (S::NAME, Box::new(sample))
}
