//! What is measured, and how: a [`Job`] measures one thing for one engine once, and gives a number and the answer that the work came to.
//!
//! The rounds are [`crate::main`]'s business. Smaller is always better.

use crate::orders::Order;
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// What one job came to.
pub struct Sample {
    pub value: f64,
    /// The same for all engines.
    pub answer: u64,
}

pub type Job = Box<dyn FnMut() -> Sample>;

/// The rows of the table, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Row {
    Serde,
    Serde2,
    Traits,
    Traits2,
    Objects,
    Objects2,
    Shared,
    Shared2,
    Before,
    Before2,
    Call,
    CallByName,
    HostCall,
    First,
    Next,
    Compile,
    Trivial,
    EngineBytes,
    SmallBytes,
    LargeBytes,
}

/// How a number is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds, as millions a second.
    Rate,
    Nanoseconds,
    Bytes,
}

impl Row {
    pub const ALL: [Row; 20] = [
        Row::Serde,
        Row::Serde2,
        Row::Traits,
        Row::Traits2,
        Row::Objects,
        Row::Objects2,
        Row::Shared,
        Row::Shared2,
        Row::Before,
        Row::Before2,
        Row::Call,
        Row::CallByName,
        Row::HostCall,
        Row::First,
        Row::Next,
        Row::Compile,
        Row::Trivial,
        Row::EngineBytes,
        Row::SmallBytes,
        Row::LargeBytes,
    ];

    /// Its name on the command line and in the table.
    pub fn name(self) -> &'static str {
        match self {
            Row::Serde => "rule-serde",
            Row::Serde2 => "rule-serde-2",
            Row::Traits => "rule-traits",
            Row::Traits2 => "rule-traits-2",
            Row::Objects => "rule-objects",
            Row::Objects2 => "rule-objects-2",
            Row::Shared => "rule-shared",
            Row::Shared2 => "rule-shared-2",
            Row::Before => "rule-before",
            Row::Before2 => "rule-before-2",
            Row::Call => "call",
            Row::CallByName => "call-by-name",
            Row::HostCall => "host-call",
            Row::First => "first-engine",
            Row::Next => "next-engine",
            Row::Compile => "compile-1000",
            Row::Trivial => "run-trivial",
            Row::EngineBytes => "engine-bytes",
            Row::SmallBytes => "program-10-bytes",
            Row::LargeBytes => "program-1000-bytes",
        }
    }

    pub fn about(self) -> &'static str {
        match self {
            Row::Serde => "the rule over 100,000 orders, each converted through serde",
            Row::Traits => "each converted by the engine's own traits, or by hand",
            Row::Objects => "each given as an object of the host, with its fields asked for (Tansy is lent it)",
            Row::Shared => "each given as an object that Tansy holds together with the host",
            Row::Before => "all converted before the clock runs",
            Row::Serde2 | Row::Traits2 | Row::Objects2 | Row::Shared2 | Row::Before2 => "the same on two threads",
            Row::Call => "add(a, b) called from Rust, by a handle",
            Row::CallByName => "the same by its name",
            Row::HostCall => "a Rust function called by a script's loop, without the loop",
            Row::First => "the first engine of a process",
            Row::Next => "each engine after it",
            Row::Compile => "a program of 1,000 lines compiled",
            Row::Trivial => "n > 1 run, compiled before",
            Row::EngineBytes => "an engine that does nothing",
            Row::SmallBytes => "a compiled program of 10 lines",
            Row::LargeBytes => "one of 1,000 lines",
        }
    }

    pub fn unit(self) -> Unit {
        match self {
            Row::EngineBytes | Row::SmallBytes | Row::LargeBytes => Unit::Bytes,
            row if row.name().starts_with("rule") => Unit::Rate,
            _ => Unit::Nanoseconds,
        }
    }
}

/// Nanoseconds a turn of `count` turns; their results are added up for the answer.
pub fn turns(count: usize, mut work: impl FnMut(i64) -> i64) -> Sample {
    let (mut answer, start) = (0_i64, Instant::now());
    for i in 0..count as i64 {
        answer = answer.wrapping_add(work(black_box(i)));
    }
    Sample { value: start.elapsed().as_nanos() as f64 / count as f64, answer: answer as u64 }
}

/// Nanoseconds a thing that is made; what it was is dropped within the time.
pub fn made<T>(count: usize, mut make: impl FnMut() -> T) -> Sample {
    turns(count, |_| {
        black_box(make());
        0
    })
}

/// How often the function of the script's loop is called.
pub const LOOP: i64 = 1_000_000;

/// The Rust function that scripts call. Its results are small, so that no engine needs more than a word for them.
pub fn host(a: i64, b: i64) -> i64 {
    (a + b) & 1023
}

/// Nanoseconds that `full` takes longer than `empty`, a turn; both run loops of [`LOOP`] turns, three times, of which the quickest counts.
pub fn longer(mut full: impl FnMut() -> i64, mut empty: impl FnMut()) -> Sample {
    let (mut answer, mut shortest) = (0, [Duration::MAX; 2]);
    for _ in 0..3 {
        let start = Instant::now();
        empty();
        shortest[0] = shortest[0].min(start.elapsed());
        let start = Instant::now();
        answer = full();
        shortest[1] = shortest[1].min(start.elapsed());
    }
    let [empty, full] = shortest.map(|taken| taken.as_nanos() as f64);
    Sample { value: (full - empty) / LOOP as f64, answer: answer as u64 }
}

/// The moment at which all threads are ready.
pub struct Start<'a>(Option<&'a Barrier>);

impl Start<'_> {
    /// Waits for the others, then measures the work, which gives the number of orders that pass.
    pub fn measure(&self, work: impl FnOnce() -> usize) -> (usize, Duration) {
        if let Some(barrier) = self.0 {
            barrier.wait();
        }
        let start = Instant::now();
        (work(), start.elapsed())
    }
}

/// Nanoseconds an order. With two threads each has half of the orders, and the slower one counts.
pub fn rule<T: Sync>(
    threads: usize,
    orders: &[T],
    work: impl Fn(&[T], Start) -> (usize, Duration) + Sync,
) -> Sample {
    let (hits, taken) = if threads == 1 {
        work(orders, Start(None))
    } else {
        let barrier = Barrier::new(2);
        let start = || Start(Some(&barrier));
        let (left, right) = orders.split_at(orders.len() / 2);
        std::thread::scope(|scope| {
            let other = scope.spawn(|| work(right, start()));
            let (hits, taken) = work(left, start());
            let (others, longer) = other.join().expect("a thread of the measurement");
            (hits + others, taken.max(longer))
        })
    };
    Sample { value: taken.as_nanos() as f64 / orders.len() as f64, answer: hits as u64 }
}

/// As [`rule`], for a function that needs nothing of its own on a thread.
pub fn rule_each<T: Sync>(
    threads: usize,
    orders: &[T],
    holds: impl Fn(&T) -> bool + Sync,
) -> Sample {
    rule(threads, orders, |part, start| {
        start.measure(|| part.iter().filter(|order| holds(black_box(order))).count())
    })
}

/// The bytes that each of a hundred things holds. (One was made before, so that what is made once is there.)
pub fn bytes<T>(mut make: impl FnMut() -> T) -> Sample {
    const COUNT: usize = 100;
    let first = make();
    let mut kept = Vec::with_capacity(COUNT);
    HELD.store(0, Ordering::Relaxed);
    COUNTING.store(true, Ordering::Relaxed);
    for _ in 0..COUNT {
        kept.push(make());
    }
    COUNTING.store(false, Ordering::Relaxed);
    let held = HELD.load(Ordering::Relaxed);
    drop((first, kept));
    Sample { value: held as f64 / COUNT as f64, answer: 0 }
}

/// The program of `lines` lines that a function of ten lines makes.
pub fn program(lines: usize, function: impl Fn(usize) -> String) -> String {
    let text: Vec<String> = (0..lines / 10).map(function).collect();
    let text = text.join("\n");
    assert_eq!(text.lines().count(), lines, "{text}");
    text
}

/// The orders in all the forms in which jobs take them.
pub struct Data {
    pub orders: Vec<Order>,
    pub shared: Vec<std::sync::Arc<crate::orders::Shared>>,
}

static COUNTING: AtomicBool = AtomicBool::new(false);
static HELD: AtomicI64 = AtomicI64::new(0);

/// The system's allocator, which counts while it is asked to. (Always counting would make threads wait for one another.)
pub struct Counting;

fn count(bytes: i64) {
    if COUNTING.load(Ordering::Relaxed) {
        HELD.fetch_add(bytes, Ordering::Relaxed);
    }
}

// SAFETY: everything is the system allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as i64 - layout.size() as i64);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(-(layout.size() as i64));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(place, layout) }
    }
}
