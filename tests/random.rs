//! Random programs, four ways: on the machine with move-on-last-use, on the machine without, in traced form, and in the reference evaluator.
//! What they print and give, or the kind of error they end with, must be the same.
//!
//! `TANSY_RANDOM=100000 cargo test --release --test random -- --nocapture` runs that many programs, from `TANSY_SEED` on (default 0), and
//! prints the count; on a difference, the smallest program found that shows it.

mod generator;
mod judge;
mod reference;

use generator::{Item, Rng, program, render, shrink};
use judge::{Judge, Verdict};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Programs in a plain `cargo test`.
const COUNT: u64 = 400;

/// What a difference is about, so that shrinking does not wander to another one.
fn family(why: &str) -> &str {
    why.split([':', ' ']).next().unwrap_or(why)
}

/// Runs `f` with room for the reference evaluator's recursion.
fn with_stack<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, f);
        match thread.map(|t| t.join()) {
            Ok(Ok(v)) => v,
            _ => panic!("the thread failed"),
        }
    })
}

#[test]
fn machine_and_reference_agree() {
    let number = |name: &str| std::env::var(name).ok().and_then(|t| t.parse().ok());
    let first: u64 = number("TANSY_SEED").unwrap_or(0);
    let count: u64 = number("TANSY_RANDOM").unwrap_or(COUNT);
    let next = AtomicU64::new(first);
    let (same, skipped) = (AtomicU64::new(0), AtomicU64::new(0));
    let found: Mutex<Vec<(u64, String)>> = Mutex::new(vec![]);
    let work = || {
        let judge = Judge::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count || found.lock().is_ok_and(|f| !f.is_empty()) {
                return;
            }
            match judge.judge(&render(&program(Rng::new(seed)))) {
                Verdict::Same => same.fetch_add(1, Ordering::Relaxed),
                Verdict::Skipped => skipped.fetch_add(1, Ordering::Relaxed),
                Verdict::Different(why) => {
                    if let Ok(mut found) = found.lock() {
                        found.push((seed, why));
                    }
                    return;
                }
            };
            if count > COUNT && (seed + 1 - first).is_multiple_of(5_000) {
                println!("{} programs…", seed + 1 - first);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| with_stack(work));
        }
    });
    let (same, skipped) = (same.into_inner(), skipped.into_inner());
    if let Some((seed, why)) = found.into_inner().unwrap_or_default().into_iter().next() {
        let report = with_stack(|| smallest(seed, &why));
        panic!("seed {seed}, after {same} programs that agreed:\n{report}");
    }
    println!(
        "{} programs: {same} agree, {skipped} beyond the limits or the reference evaluator",
        same + skipped
    );
    assert!(same > skipped * 5, "too many programs say nothing: {skipped} of {}", same + skipped);
}

/// The smallest program found for a seed's difference, and the difference.
fn smallest(seed: u64, why: &str) -> String {
    let judge = Judge::new();
    let kind = family(why).to_string();
    if kind == "does" {
        return format!("{}\n{why}", render(&program(Rng::new(seed))));
    }
    let bad = |items: &[Item]| match judge.judge(&render(items)) {
        Verdict::Different(why) => {
            family(&why) == kind && (kind == "does" || !why.contains("does not"))
        }
        _ => false,
    };
    let small = render(&shrink(program(Rng::new(seed)), &bad));
    match judge.judge(&small) {
        Verdict::Different(why) => format!("{small}\n{why}"),
        _ => format!("{}\n{why}", render(&program(Rng::new(seed)))),
    }
}
