//! The rows of the comparison, each with the ratio it is held to.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use tansy::{Map, Set, Value, Vector};

use crate::native::{self, Dynamic};
use crate::sides::{AMap, ASet, AVector};

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

pub fn map_of<M: AMap>(n: usize) -> M {
    let mut map = M::new();
    (0..n).for_each(|i| map.insert(key(i), i as i64));
    map
}

pub fn vector_of<V: AVector>(n: usize) -> V {
    let mut vector = V::new();
    (0..n).for_each(|i| vector.push(i as i64));
    vector
}

fn set_of<S: ASet>(keys: std::ops::Range<usize>) -> S {
    let mut set = S::new();
    keys.for_each(|i| set.insert(key(i)));
    set
}

/// How often something of size `n` is done in a sample.
fn repeats(n: usize) -> usize {
    (OPS / n).max(1)
}

fn build<M: AMap>(n: usize) -> Side {
    let sample = move || {
        let mut kept = Vec::with_capacity(repeats(n));
        time(n * repeats(n), || (0..repeats(n)).for_each(|_| kept.push(map_of::<M>(n))))
    };
    (M::NAME, Box::new(sample))
}

fn build_kept<M: AMap>(n: usize) -> Side {
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
fn update_kept<M: AMap>(n: usize) -> Side {
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

fn update_alive<M: AMap>(n: usize) -> Side {
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

fn look_up<M: AMap>(n: usize, first: usize) -> Side {
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
fn look_up_version<M: AMap>(n: usize) -> Side {
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

fn update_all<M: AMap>(n: usize) -> Side {
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

fn delete_half<M: AMap>(n: usize) -> Side {
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

fn iterate<M: AMap>(n: usize) -> Side {
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

fn equality<M: AMap>(n: usize) -> Side {
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

fn push<V: AVector>(n: usize) -> Side {
    let sample = move || {
        let mut kept = Vec::with_capacity(repeats(n));
        time(n * repeats(n), || (0..repeats(n)).for_each(|_| kept.push(vector_of::<V>(n))))
    };
    (V::NAME, Box::new(sample))
}

fn set_random<V: AVector>(n: usize) -> Side {
    let mut vector = vector_of::<V>(n);
    let sample =
        move || time(OPS.max(n), || (0..OPS.max(n)).for_each(|i| vector.set(jump(i, n), i as i64)));
    (V::NAME, Box::new(sample))
}

fn get_random<V: AVector>(n: usize) -> Side {
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

fn push_kept<V: AVector>(n: usize) -> Side {
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

fn set_kept<V: AVector>(n: usize) -> Side {
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

fn set_alive<V: AVector>(n: usize) -> Side {
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

fn push_alive<V: AVector>(n: usize) -> Side {
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

fn iterate_vector<V: AVector>(n: usize) -> Side {
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
fn version_of<V: AVector>(n: usize) -> (V, Vec<V>) {
    let mut vector = vector_of::<V>(n);
    let mut versions = Vec::new();
    for i in 0..n / 5 {
        versions.push(vector.clone());
        vector.set(jump(i, n), -1);
    }
    (vector, versions)
}

fn get_version<V: AVector>(n: usize) -> Side {
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

fn iterate_version<V: AVector>(n: usize) -> Side {
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
fn concatenate<V: AVector>(n: usize) -> Side {
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

fn union<S: ASet>(n: usize) -> Side {
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

fn intersection<S: ASet>(n: usize) -> Side {
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

fn contains<S: ASet>(n: usize) -> Side {
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

fn insert_alive<S: ASet>(n: usize) -> Side {
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

/// `users.uN.address.zip += 1` for a thousand users, in place.
fn nested_tansy() -> Side {
    let fields = |fields: Vec<(&str, Value)>| Value::map(fields.into_iter().collect());
    let ids: Vec<Value> = (0..1000).map(|i| Value::from(format!("u{i}"))).collect();
    let address = || fields(vec![("street", "x".into()), ("zip", 0.into()), ("city", "y".into())]);
    let user = || fields(vec![("name", "n".into()), ("age", 3.into()), ("address", address())]);
    let users = Map::from_entries(ids.iter().map(|id| (id.clone(), user())).collect());
    let mut root = fields(vec![("version", 1.into()), ("users", users.expect("strings").into())]);
    let [users, address, zip] = ["users", "address", "zip"].map(Value::from);
    let sample = move || {
        time(OPS, || {
            for i in 0..OPS {
                let path = [&users, &ids[jump(i, 1000)], &address, &zip];
                let place = path.iter().try_fold(&mut root, |place, key| {
                    place.as_map_mut().and_then(|map| map.get_mut(key))
                });
                if let Some(place) = place {
                    *place = Value::int(place.as_int().unwrap_or(0) + 1);
                }
            }
        })
    };
    ("tansy", Box::new(sample))
}

fn nested_imbl() -> Side {
    let text = |text: &str| Dynamic::Str(Arc::new(text.to_owned()));
    let fields = |fields: Vec<(Dynamic, Dynamic)>| {
        Dynamic::Map(Arc::new(fields.into_iter().collect::<native::HashMap>()))
    };
    let ids: Vec<Dynamic> = (0..1000).map(|i| text(&format!("u{i}"))).collect();
    let address = || {
        let zip = (text("zip"), Dynamic::Int(0));
        fields(vec![(text("street"), text("x")), zip, (text("city"), text("y"))])
    };
    let user = || {
        let age = (text("age"), Dynamic::Int(3));
        fields(vec![(text("name"), text("n")), age, (text("address"), address())])
    };
    let users = fields(ids.iter().map(|id| (id.clone(), user())).collect());
    let mut root = fields(vec![(text("version"), Dynamic::Int(1)), (text("users"), users)]);
    let [users, address, zip] = ["users", "address", "zip"].map(text);
    let sample = move || {
        time(OPS, || {
            for i in 0..OPS {
                let path = [&users, &ids[jump(i, 1000)], &address, &zip];
                let place = path.iter().try_fold(&mut root, |place, key| match place {
                    Dynamic::Map(map) => Arc::make_mut(map).get_mut(&**key),
                    _ => None,
                });
                if let Some(Dynamic::Int(n)) = place {
                    *n += 1;
                }
            }
        })
    };
    ("imbl hash", Box::new(sample))
}

macro_rules! maps {
    ($sample:ident($($argument:expr),*)) => {
        || vec![
            $sample::<Map>($($argument),*),
            $sample::<native::HashMap>($($argument),*),
            $sample::<native::OrdMap>($($argument),*),
        ]
    };
}

macro_rules! vectors {
    ($sample:ident($($argument:expr),*)) => {
        || vec![$sample::<Vector>($($argument),*), $sample::<native::Vector>($($argument),*)]
    };
}

macro_rules! sets {
    ($sample:ident($($argument:expr),*)) => {
        || vec![
            $sample::<Set>($($argument),*),
            $sample::<native::HashSet>($($argument),*),
            $sample::<native::OrdSet>($($argument),*),
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
        vec![nested_tansy(), nested_imbl()]
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
