//! Runs a program of an engine that is embedded in Rust: `engines ENGINE FILE [DATA]` calls its `main`, with the text of
//! DATA if given, and prints the result. Each engine is set up as its documentation does it, with limits off where they
//! are on, and gets JSON and a square root from its own library where that has them, from the host where not.

use std::{env, error::Error, fs, thread};

mod koto;
mod rhai;
mod rune;
mod starlark;

type Outcome = Result<String, Box<dyn Error>>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let usage = "usage: engines koto|rhai|rune|starlark FILE [DATA]";
    let run = match args.next().as_deref() {
        Some("koto") => koto::run,
        Some("rhai") => rhai::run,
        Some("rune") => rune::run,
        Some("starlark") => starlark::run,
        _ => return Err(usage.into()),
    };
    let source = fs::read_to_string(args.next().ok_or(usage)?)?;
    let data = args.next().map(fs::read_to_string).transpose()?;
    // Tree walkers need a deep stack for deep recursion.
    let worker = thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(move || run(&source, data).map_err(|error| error.to_string()))?;
    println!("{}", worker.join().map_err(|_| "panicked")??);
    Ok(())
}
