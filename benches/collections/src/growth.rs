//! Cost against size: what should grow like log n shows here if it grows like n.

use std::hint::black_box;

use tansy::{Map, Vector};

use crate::rows::{jump, key, map_of, time, vector_of};
use crate::sides::{AMap, AVector};

const OPS: usize = 100_000;

/// Prints nanoseconds per operation at sizes from 10 to `max`; the least of five samples.
pub fn print(max: usize) {
    println!(
        "| ns per operation | entries | look-up | change | change, old version kept | iterate |"
    );
    println!("|---|---|---|---|---|---|");
    let sizes = || std::iter::successors(Some(10), |n| Some(n * 10)).take_while(|n| *n <= max);
    for n in sizes() {
        let base: Map = map_of(n);
        let mut own: Map = map_of(n);
        row(
            "map",
            n,
            |i| _ = black_box(base.get(&key(jump(i, n)).into())),
            |i| {
                AMap::insert(&mut own, key(jump(i, n)), i as i64);
            },
            |i| {
                let mut version = base.clone();
                AMap::insert(&mut version, key(jump(i, n)), -(i as i64));
                drop(black_box(version));
            },
            || _ = black_box(AMap::sum(&base)),
        );
    }
    for n in sizes() {
        let mut map: Map = map_of(n);
        let mut versions: Vec<Map> = Vec::new();
        for i in 0..2000 {
            versions.push(map.clone());
            AMap::insert(&mut map, key(jump(i, n)), -1);
        }
        let base = map.clone();
        let (mut own, mut chain) = (base.clone(), base.clone());
        row(
            "map with versions",
            n,
            |i| _ = black_box(base.get(&key(jump(i, n)).into())),
            |i| {
                AMap::insert(&mut own, key(jump(i, n)), i as i64);
            },
            |i| {
                versions[i % 2000] = chain.clone();
                AMap::insert(&mut chain, key(jump(i, n)), -(i as i64));
            },
            || _ = black_box(AMap::sum(&base)),
        );
    }
    for n in sizes() {
        let base: Vector = vector_of(n);
        let mut own: Vector = vector_of(n);
        row(
            "vector",
            n,
            |i| _ = black_box(base.get(jump(i, n))),
            |i| {
                AVector::set(&mut own, jump(i, n), i as i64);
            },
            |i| {
                let mut version = base.clone();
                AVector::set(&mut version, jump(i, n), -(i as i64));
                drop(black_box(version));
            },
            || _ = black_box(AVector::sum(&base)),
        );
    }
    for n in sizes() {
        let mut vector: Vector = vector_of(n);
        let mut versions: Vec<Vector> = Vec::new();
        for i in 0..2000 {
            versions.push(vector.clone());
            AVector::set(&mut vector, jump(i, n), -1);
        }
        let base = vector.clone();
        let (mut own, mut chain) = (base.clone(), base.clone());
        row(
            "vector with versions",
            n,
            |i| _ = black_box(base.get(jump(i, n))),
            |i| {
                AVector::set(&mut own, jump(i, n), i as i64);
            },
            |i| {
                versions[i % 2000] = chain.clone();
                AVector::set(&mut chain, jump(i, n), -(i as i64));
            },
            || _ = black_box(AVector::sum(&base)),
        );
    }
}

fn row(
    name: &str,
    n: usize,
    mut look_up: impl FnMut(usize),
    mut change: impl FnMut(usize),
    mut change_kept: impl FnMut(usize),
    mut iterate: impl FnMut(),
) {
    let each = |work: &mut dyn FnMut(usize)| {
        let samples = (0..5).map(|_| time(OPS, || (0..OPS).for_each(&mut *work)));
        samples.fold(f64::INFINITY, f64::min)
    };
    let times = [each(&mut look_up), each(&mut change), each(&mut change_kept)];
    let repeats = (OPS / n).max(1);
    let samples = (0..5).map(|_| time(n * repeats, || (0..repeats).for_each(|_| iterate())));
    let iteration = samples.fold(f64::INFINITY, f64::min);
    let [a, b, c] = times;
    println!("| {name} | {n} | {a:.1} | {b:.1} | {c:.1} | {iteration:.1} |");
}
