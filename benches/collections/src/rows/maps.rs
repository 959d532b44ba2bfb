//! Rows about maps.

use std::hint::black_box;

use super::{KEPT, OPS, Side, jump, key, repeats, time};
use crate::sides::AMap;

pub fn map_of<M: AMap>(n: usize) -> M {
    let mut map = M::new();
    (0..n).for_each(|i| map.insert(key(i), i as i64));
    map
}

pub(super) fn build<M: AMap>(n: usize) -> Side {
    let sample = move || {
        let mut kept = Vec::with_capacity(repeats(n));
        time(n * repeats(n), || (0..repeats(n)).for_each(|_| kept.push(map_of::<M>(n))))
    };
    (M::NAME, Box::new(sample))
}

pub(super) fn build_kept<M: AMap>(n: usize) -> Side {
    let sample = move || {
        let mut ring: Vec<M> = (0..KEPT).map(|_| M::new()).collect();
        let mut next = 0;
        time(n * repeats(n), || {
            for _ in 0..repeats(n) {
                let mut map = M::new();
                for i in 0..n {
                    map.insert(key(i), i as i64);
                    ring[next] = map.clone();
                    next = (next + 1) % KEPT;
                }
            }
        })
    };
    (M::NAME, Box::new(sample))
}

/// Changes in turn to a map of which the last versions are kept.
pub(super) fn update_kept<M: AMap>(n: usize) -> Side {
    let mut map = map_of::<M>(n);
    let mut ring: Vec<M> = (0..KEPT).map(|_| M::new()).collect();
    let (mut next, mut i) = (0, 0);
    let sample = move || {
        time(OPS, || {
            for _ in 0..OPS {
                i += 1;
                map.insert(key(jump(i, n)), i as i64);
                ring[next] = map.clone();
                next = (next + 1) % KEPT;
            }
        })
    };
    (M::NAME, Box::new(sample))
}

pub(super) fn update_alive<M: AMap>(n: usize) -> Side {
    let base = map_of::<M>(n);
    let mut i = 0;
    let sample = move || {
        time(OPS, || {
            for _ in 0..OPS {
                i += 1;
                let mut map = base.clone();
                map.insert(key(jump(i, n)), i as i64);
                black_box(&map);
            }
        })
    };
    (M::NAME, Box::new(sample))
}

pub(super) fn look_up<M: AMap>(n: usize, first: usize) -> Side {
    let map = map_of::<M>(n);
    let sample = move || {
        let mut sum = 0;
        let time = time(OPS.max(n), || {
            for i in 0..OPS.max(n) {
                sum ^= map.get(key(first + jump(i, n))).unwrap_or(1);
            }
        });
        black_box(sum);
        time
    };
    (M::NAME, Box::new(sample))
}

/// Looking up in the latest of many versions.
pub(super) fn look_up_version<M: AMap>(n: usize) -> Side {
    let mut map = map_of::<M>(n);
    let mut versions = Vec::new();
    for i in 0..n / 5 {
        versions.push(map.clone());
        map.insert(key(jump(i, n)), -1);
    }
    let sample = move || {
        black_box(&versions);
        let mut sum = 0;
        let time = time(OPS, || {
            for i in 0..OPS {
                sum ^= map.get(key(jump(i, n))).unwrap_or(1);
            }
        });
        black_box(sum);
        time
    };
    (M::NAME, Box::new(sample))
}

pub(super) fn update_all<M: AMap>(n: usize) -> Side {
    let sample = move || {
        let mut maps: Vec<M> = (0..repeats(n)).map(|_| map_of(n)).collect();
        time(n * repeats(n), || {
            for map in &mut maps {
                for i in 0..n {
                    let value = map.get(key(i)).unwrap_or(0);
                    map.insert(key(i), value + 1);
                }
            }
        })
    };
    (M::NAME, Box::new(sample))
}

pub(super) fn delete_half<M: AMap>(n: usize) -> Side {
    let sample = move || {
        let mut maps: Vec<M> = (0..repeats(n)).map(|_| map_of(n)).collect();
        time(n / 2 * repeats(n), || {
            for map in &mut maps {
                (0..n / 2).for_each(|i| map.remove(key(2 * i)));
            }
        })
    };
    (M::NAME, Box::new(sample))
}

pub(super) fn iterate<M: AMap>(n: usize) -> Side {
    let map = map_of::<M>(n);
    let sample = move || {
        time(n * repeats(n), || {
            for _ in 0..repeats(n) {
                black_box(black_box(&map).sum());
            }
        })
    };
    (M::NAME, Box::new(sample))
}

pub(super) fn equality<M: AMap>(n: usize) -> Side {
    let sample = move || {
        // Made anew each time, in different orders: nothing is remembered from the last time.
        let a: Vec<M> = (0..repeats(n)).map(|_| map_of(n)).collect();
        let b: Vec<M> = (0..repeats(n))
            .map(|_| {
                let mut map = M::new();
                (0..n).rev().for_each(|i| map.insert(key(i), i as i64));
                map
            })
            .collect();
        time(n * repeats(n), || {
            assert!(a.iter().zip(&b).all(|(a, b)| black_box(a) == black_box(b)));
        })
    };
    (M::NAME, Box::new(sample))
}
