//! Many threads share one program, one big map and one host function, and nobody notices the others.
//!
//! `TANSY_SECONDS=60 cargo test --release --test threads` makes it as long as wanted; two seconds by default.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use tansy::{Call, Engine, Fault, Value};

const THREADS: u64 = 64;
const KEYS: i64 = if cfg!(debug_assertions) { 50_000 } else { 1_000_000 };

/// What a thread does with the shared map: reads, updates of its own versions, a version kept, a diff, a callback through the host.
const PROGRAM: &str = r"
var mine = shared
var added = 0
for i in 0..50 {
  let key = (seed * 7919 + i * 104729) % size
  mine[key] += i
  added += i
  mine = mine.insert(size + i, seed)
}
mine = mine.remove(size + 7)
let changed = diff(shared, mine).len()
let again = each([1, 2, 3], |x| x * seed)
[added, mine.len() - shared.len(), changed, again.sum(), shared[seed % size], tick()]
";

fn seconds() -> Duration {
    let given = std::env::var("TANSY_SECONDS").ok().and_then(|s| s.parse().ok());
    Duration::from_secs(given.unwrap_or(2))
}

#[test]
fn threads_share_a_program_and_a_map_for_as_long_as_they_like() {
    let ticks = Arc::new(AtomicU64::new(0));
    let counted = ticks.clone();
    let engine = Engine::builder()
        .function("tick", move || {
            counted.fetch_add(1, Ordering::Relaxed);
            1
        })
        .function("each(xs, f)", |call: &mut Call, xs: Vec<Value>, f: Value| {
            xs.into_iter().map(|x| call.call(&f, (x,))).collect::<Result<Vec<Value>, Fault>>()
        })
        .build();
    let program =
        engine.compile_with_inputs("threads", PROGRAM, &["shared", "seed", "size"]).unwrap();
    let make = format!("var m = {{}}\nfor i in 0..{KEYS} {{ m[i] = i }}\nm");
    let shared: Value = engine.eval(&make).unwrap();
    let end = Instant::now() + seconds();
    let start = Barrier::new(THREADS as usize);
    let rounds: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (program, shared, start) = (&program, &shared, &start);
                scope.spawn(move || {
                    start.wait();
                    let mut round = 0;
                    while round == 0 || Instant::now() < end {
                        let seed = (thread * 1_000_003 + round) as i64;
                        let inputs = [
                            ("shared", shared.clone()),
                            ("seed", seed.into()),
                            ("size", KEYS.into()),
                        ];
                        let result = program.run(&inputs).unwrap();
                        let expected = expected(seed);
                        assert_eq!(result.to_string(), expected, "thread {thread}, {round}");
                        round += 1;
                    }
                    round
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).sum()
    });
    assert_eq!(ticks.load(Ordering::Relaxed), rounds);
    // The shared version is as it was.
    let map = shared.as_map().unwrap();
    assert_eq!(map.len() as i64, KEYS);
    assert!((0..KEYS).all(|i| map.get(&Value::int(i)) == Some(&Value::int(i))));
    eprintln!("{rounds} rounds on {THREADS} threads");
}

/// The same, without the language.
fn expected(seed: i64) -> String {
    let mut sums = std::collections::BTreeMap::new();
    for i in 0..50 {
        *sums.entry((seed * 7919 + i * 104_729) % KEYS).or_insert(0) += i;
    }
    let changed = sums.values().filter(|v| **v != 0).count() + 49;
    format!("[1225, 49, {changed}, {}, {}, 1]", 6 * seed, seed % KEYS)
}
