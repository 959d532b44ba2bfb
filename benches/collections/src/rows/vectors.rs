//! Rows about vectors.

use std::hint::black_box;

use super::{KEPT, OPS, Side, jump, repeats, time};
use crate::sides::AVector;

pub fn vector_of<V: AVector>(n: usize) -> V {
    let mut vector = V::new();
    (0..n).for_each(|i| vector.push(i as i64));
    vector
}

pub(super) fn push<V: AVector>(n: usize) -> Side {
    let sample = move || {
        let mut kept = Vec::with_capacity(repeats(n));
        time(n * repeats(n), || (0..repeats(n)).for_each(|_| kept.push(vector_of::<V>(n))))
    };
    (V::NAME, Box::new(sample))
}

pub(super) fn set_random<V: AVector>(n: usize) -> Side {
    let mut vector = vector_of::<V>(n);
    let sample =
        move || time(OPS.max(n), || (0..OPS.max(n)).for_each(|i| vector.set(jump(i, n), i as i64)));
    (V::NAME, Box::new(sample))
}

pub(super) fn get_random<V: AVector>(n: usize) -> Side {
    let vector = vector_of::<V>(n);
    let sample = move || {
        let mut sum = 0;
        let time = time(OPS.max(n), || {
            (0..OPS.max(n)).for_each(|i| sum ^= vector.get(jump(i, n)).unwrap_or(1));
        });
        black_box(sum);
        time
    };
    (V::NAME, Box::new(sample))
}

pub(super) fn push_kept<V: AVector>(n: usize) -> Side {
    let sample = move || {
        let mut ring: Vec<V> = (0..KEPT).map(|_| V::new()).collect();
        let mut next = 0;
        time(n * repeats(n), || {
            for _ in 0..repeats(n) {
                let mut vector = V::new();
                for i in 0..n {
                    vector.push(i as i64);
                    ring[next] = vector.clone();
                    next = (next + 1) % KEPT;
                }
            }
        })
    };
    (V::NAME, Box::new(sample))
}

pub(super) fn set_kept<V: AVector>(n: usize) -> Side {
    let mut vector = vector_of::<V>(n);
    let mut ring: Vec<V> = (0..KEPT).map(|_| V::new()).collect();
    let (mut next, mut i) = (0, 0);
    let sample = move || {
        time(OPS, || {
            for _ in 0..OPS {
                i += 1;
                vector.set(jump(i, n), i as i64);
                ring[next] = vector.clone();
                next = (next + 1) % KEPT;
            }
        })
    };
    (V::NAME, Box::new(sample))
}

pub(super) fn set_alive<V: AVector>(n: usize) -> Side {
    let base = vector_of::<V>(n);
    let mut i = 0;
    let sample = move || {
        time(OPS, || {
            for _ in 0..OPS {
                i += 1;
                let mut vector = base.clone();
                vector.set(jump(i, n), i as i64);
                black_box(&vector);
            }
        })
    };
    (V::NAME, Box::new(sample))
}

pub(super) fn push_alive<V: AVector>(n: usize) -> Side {
    let base = vector_of::<V>(n);
    let sample = move || {
        time(OPS, || {
            for i in 0..OPS {
                let mut vector = base.clone();
                vector.push(i as i64);
                black_box(&vector);
            }
        })
    };
    (V::NAME, Box::new(sample))
}

pub(super) fn iterate_vector<V: AVector>(n: usize) -> Side {
    let vector = vector_of::<V>(n);
    let sample = move || {
        time(n * repeats(n), || {
            for _ in 0..repeats(n) {
                black_box(black_box(&vector).sum());
            }
        })
    };
    (V::NAME, Box::new(sample))
}

/// The vector after many versions of it were kept.
pub(super) fn version_of<V: AVector>(n: usize) -> (V, Vec<V>) {
    let mut vector = vector_of::<V>(n);
    let mut versions = Vec::new();
    for i in 0..n / 5 {
        versions.push(vector.clone());
        vector.set(jump(i, n), -1);
    }
    (vector, versions)
}

pub(super) fn get_version<V: AVector>(n: usize) -> Side {
    let (vector, versions) = version_of::<V>(n);
    let sample = move || {
        black_box(&versions);
        let mut sum = 0;
        let time = time(OPS, || {
            (0..OPS).for_each(|i| sum ^= vector.get(jump(i, n)).unwrap_or(1));
        });
        black_box(sum);
        time
    };
    (V::NAME, Box::new(sample))
}

pub(super) fn iterate_version<V: AVector>(n: usize) -> Side {
    let (vector, versions) = version_of::<V>(n);
    let sample = move || {
        black_box(&versions);
        time(n * repeats(n), || {
            for _ in 0..repeats(n) {
                black_box(black_box(&vector).sum());
            }
        })
    };
    (V::NAME, Box::new(sample))
}

/// Time of one call.
pub(super) fn concatenate<V: AVector>(n: usize) -> Side {
    let vector = vector_of::<V>(n);
    let sample = move || {
        time(100, || {
            for _ in 0..100 {
                let mut both = vector.clone();
                both.append(vector.clone());
                black_box(&both);
            }
        })
    };
    (V::NAME, Box::new(sample))
}
