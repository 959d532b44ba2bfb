//! The rows of the comparison, each with the ratio it is held to.

mod maps;
mod nested;
mod sets;
mod vectors;

pub use maps::map_of;
pub use vectors::vector_of;

use std::time::Instant;

use tansy::{Map, Set, Vector};

use crate::native;

/// Operations in a sample of something small.
const OPS: usize = 200_000;

/// Versions kept alive where the last ones are.
const KEPT: usize = 1000;

/// The `i`th key.
pub fn key(i: usize) -> i64 {
    ((i as u64).wrapping_mul(2_654_435_761) & 0xffff_ffff) as i64
}

/// An index below `n`, jumping about.
pub fn jump(i: usize, n: usize) -> usize {
    i.wrapping_mul(7919) % n
}

/// Takes one sample: nanoseconds per operation.
type Sample = Box<dyn FnMut() -> f64>;

/// A side's name and its sample.
type Side = (&'static str, Sample);

/// Who a row is held against.
enum Against {
    /// The faster of the others.
    Faster,
    /// The first of the others.
    First,
}

struct Table<'a> {
    filter: &'a str,
    /// One side alone, for a profiler.
    only: Option<&'a str>,
}

impl Table<'_> {
    /// Measures one row: `sides` makes Tansy's side first.
    fn row(
        &self,
        name: &str,
        size: usize,
        limit: f64,
        against: Against,
        sides: impl FnOnce() -> Vec<Side>,
    ) {
        if !name.contains(self.filter) {
            return;
        }
        let mut sides = sides();
        if let Some(only) = self.only {
            sides.retain(|(side, _)| *side == only);
        }
        let rounds = if size >= 1_000_000 { 5 } else { 9 };
        let mut times = vec![Vec::new(); sides.len()];
        for round in 0..=rounds {
            for (side, (_, sample)) in sides.iter_mut().enumerate() {
                let time = sample();
                // The first round warms up.
                if round > 0 {
                    times[side].push(time);
                }
            }
        }
        let ratio =
            |other: usize| median(times[0].iter().zip(&times[other]).map(|(a, b)| a / b).collect());
        let others = 1..sides.len();
        let worst = match against {
            _ if sides.len() < 2 => 0.0,
            Against::Faster => others.map(ratio).fold(0.0, f64::max),
            Against::First => ratio(1),
        };
        let mut line = format!("| {name} | {size} |");
        for column in 0..3 {
            match times.get(column) {
                Some(times) => line += &format!(" {:.1} |", median(times.clone())),
                None => line += " |",
            }
        }
        let all: Vec<String> = (1..sides.len()).map(|side| format!("{:.2}", ratio(side))).collect();
        println!(
            "{line} {} | {limit:.2} | {} |",
            all.join(" / "),
            if worst <= limit { "met" } else { "**missed**" }
        );
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Times `ops` operations.
pub fn time(ops: usize, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64 / ops as f64
}

/// How often something of size `n` is done in a sample.
fn repeats(n: usize) -> usize {
    (OPS / n).max(1)
}

macro_rules! maps {
    ($sample:ident($($argument:expr),*)) => {
        || vec![
            maps::$sample::<Map>($($argument),*),
            maps::$sample::<native::HashMap>($($argument),*),
            maps::$sample::<native::OrdMap>($($argument),*),
        ]
    };
}

macro_rules! vectors {
    ($sample:ident($($argument:expr),*)) => {
        || vec![vectors::$sample::<Vector>($($argument),*), vectors::$sample::<native::Vector>($($argument),*)]
    };
}

macro_rules! sets {
    ($sample:ident($($argument:expr),*)) => {
        || vec![
            sets::$sample::<Set>($($argument),*),
            sets::$sample::<native::HashSet>($($argument),*),
            sets::$sample::<native::OrdSet>($($argument),*),
        ]
    };
}

pub fn print(filter: &str, only: Option<&str>) {
    use Against::{Faster, First};
    let table = Table { filter, only };
    println!(
        "| ns per operation | entries | Tansy | imbl (hash) | imbl (ord) | ratio | at most | |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for n in [10, 1000, 100_000, 1_000_000] {
        table.row("map: insert, unshared", n, 0.6, First, maps!(build(n)));
    }
    for n in [1000, 100_000, 1_000_000] {
        table.row("map: insert, last 1000 versions kept", n, 1.1, Faster, maps!(build_kept(n)));
    }
    for n in [1000, 100_000, 1_000_000] {
        table.row("map: change, last 1000 versions kept", n, 1.1, Faster, maps!(update_kept(n)));
    }
    for n in [10, 1000, 100_000, 1_000_000] {
        table.row("map: one change, old version alive", n, 0.6, Faster, maps!(update_alive(n)));
    }
    for n in [10, 1000, 100_000, 1_000_000] {
        table.row("map: look-up, hit", n, 1.1, First, maps!(look_up(n, 0)));
        table.row("map: look-up, miss", n, 1.1, First, maps!(look_up(n, n)));
    }
    for n in [1000, 100_000] {
        table.row(
            "map: look-up in the last of many versions",
            n,
            1.1,
            First,
            maps!(look_up_version(n)),
        );
    }
    for n in [10, 1000, 100_000, 1_000_000] {
        table.row("map: change every key, unshared", n, 1.1, First, maps!(update_all(n)));
        table.row("map: delete half, unshared", n, 1.1, First, maps!(delete_half(n)));
    }
    for n in [10, 1000, 100_000, 1_000_000] {
        table.row("map: iterate", n, 1.1, First, maps!(iterate(n)));
    }
    for n in [10, 1000, 100_000] {
        table.row("map: equality of separately built", n, 1.1, First, maps!(equality(n)));
    }
    table.row("map: nested change at depth 4, in place", 1000, 0.8, First, || {
        vec![nested::nested_tansy(), nested::nested_imbl()]
    });
    for n in [10, 1000, 100_000, 1_000_000] {
        table.row("vector: push, unshared", n, 1.0, First, vectors!(push(n)));
        table.row("vector: set at random, unshared", n, 1.0, First, vectors!(set_random(n)));
    }
    for n in [1000, 100_000, 1_000_000] {
        table.row("vector: push, last 1000 versions kept", n, 1.1, First, vectors!(push_kept(n)));
        table.row("vector: set, last 1000 versions kept", n, 1.1, First, vectors!(set_kept(n)));
    }
    for n in [10, 1000, 100_000, 1_000_000] {
        table.row("vector: one set, old version alive", n, 0.6, First, vectors!(set_alive(n)));
        table.row("vector: one push, old version alive", n, 0.6, First, vectors!(push_alive(n)));
    }
    for n in [10, 1000, 100_000, 1_000_000] {
        table.row("vector: get at random", n, 1.1, First, vectors!(get_random(n)));
        table.row("vector: iterate", n, 1.1, First, vectors!(iterate_vector(n)));
    }
    for n in [1000, 100_000] {
        table.row(
            "vector: get in the last of many versions",
            n,
            1.1,
            First,
            vectors!(get_version(n)),
        );
        table.row(
            "vector: iterate the last of many versions",
            n,
            1.1,
            First,
            vectors!(iterate_version(n)),
        );
        table.row("vector: concatenate (one call)", n, 1.1, First, vectors!(concatenate(n)));
    }
    for n in [10, 1000, 500_000] {
        table.row("set: union", n, 1.1, First, sets!(union(n)));
        table.row("set: intersection", n, 1.1, First, sets!(intersection(n)));
        table.row("set: contains", n, 1.1, First, sets!(contains(n)));
        table.row("set: one insert, old version alive", n, 0.6, Faster, sets!(insert_alive(n)));
    }
}
