//! The collections of Tansy beside native imbl with sixteen-byte values and a fast hasher.
//!
//! ```sh
//! cargo run --release                 # every row; an argument keeps the rows whose name contains it,
//!                                     # a second one (tansy) measures that side alone, for a profiler
//! cargo run --release -- growth [max] # cost against size, from 10 to max (1,000,000 unless said)
//! cargo run --release -- memory       # peak memory of a map and of records, beside lua5.4 where there is one
//! ```
//!
//! Both sides of a row run in turn, in one process and with the same keys (scrambled by a multiplication, so that no structure
//! profits from dense ones). A row shows the median time for each side, and the median over the rounds of the ratio between
//! neighbours: on a noisy machine only that can be trusted.

mod growth;
mod memory;
mod native;
mod rows;
mod sides;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |n: usize| arguments.get(n).map(String::as_str);
    match argument(0) {
        Some("growth") => {
            growth::print(argument(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000))
        }
        Some("memory") => memory::print(),
        Some("memory-of") => memory::child(argument(1).unwrap_or_default()),
        filter => rows::print(filter.unwrap_or_default(), argument(1)),
    }
}
