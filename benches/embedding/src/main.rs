//! Tansy embedded in Rust, beside other engines that are embedded so.
//!
//!     cargo run --release [-- [ROW…] [--engines NAMES] [--rounds N] [--orders N] [--json] [--markdown]]
//!
//! In every round each row is measured for all engines in turn, every other round backwards; a number is the median of the rounds, ±
//! half the distance between the quartiles, and the last column is the median over the rounds of Tansy's number divided by the
//! best peer's of the same round: below 1, Tansy is ahead. Engines that come to another answer than the first are named, and the program fails.

mod engines;
mod measure;
mod orders;
mod report;

use engines::Engine;
use measure::{Counting, Data, Job, Row, Sample};
use std::error::Error;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const USAGE: &str =
    "embedding [ROW…] [--engines NAMES] [--rounds N] [--orders N] [--json] [--markdown]";

struct Options {
    /// All, if empty.
    rows: Vec<Row>,
    engines: Vec<Engine>,
    rounds: usize,
    orders: usize,
    json: bool,
    markdown: bool,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        rows: Vec::new(),
        engines: engines::ALL.into(),
        rounds: 7,
        orders: 100_000,
        json: false,
        markdown: false,
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(USAGE);
        match argument.as_str() {
            "--json" => options.json = true,
            "--markdown" => options.markdown = true,
            "--rounds" => options.rounds = value()?.parse()?,
            "--orders" => options.orders = value()?.parse()?,
            "--engines" => {
                let names = value()?;
                let wanted: Vec<&str> = names.split(',').collect();
                options.engines.retain(|engine| wanted.contains(&engine.name));
                if options.engines.len() != wanted.len() {
                    let known: Vec<_> = engines::ALL.iter().map(|engine| engine.name).collect();
                    return Err(format!("engines are {}", known.join(", ")).into());
                }
            }
            name => match Row::ALL.into_iter().find(|row| row.name() == name) {
                Some(row) => options.rows.push(row),
                None => {
                    let known: Vec<_> = Row::ALL.iter().map(|row| row.name()).collect();
                    return Err(format!("{USAGE}\nrows are {}", known.join(", ")).into());
                }
            },
        }
    }
    if options.rounds == 0 || options.orders < 2 {
        return Err("at least one round, and two orders".into());
    }
    Ok(options)
}

/// Makes an engine in a process of its own; nanoseconds.
fn first(name: &str) -> Result<Sample, Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?).args(["--first", name]).output()?;
    let value = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(Sample { value, answer: 0 })
}

/// What [`first`] starts.
fn be_first(name: &str) {
    if let Some(engine) = engines::ALL.iter().find(|engine| engine.name == name) {
        let start = Instant::now();
        (engine.first)();
        println!("{}", start.elapsed().as_nanos());
    }
}

/// The jobs of the engines for a row.
type Waiting = Vec<(&'static str, Job)>;

fn jobs(row: Row, options: &Options, data: &Arc<Data>) -> Waiting {
    let mut waiting = Waiting::new();
    for engine in &options.engines {
        if row == Row::First {
            let name = engine.name;
            if name != "rust" {
                waiting.push((name, Box::new(move || first(name).expect("this program"))));
            }
            continue;
        }
        let found = (engine.jobs)(data).into_iter().find(|(of, _)| *of == row);
        waiting.extend(found.map(|(_, job)| (engine.name, job)));
    }
    waiting
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [option, name] = &arguments[..]
        && option == "--first"
    {
        be_first(name);
        return Ok(());
    }
    let options = options(arguments.into_iter())?;
    let orders = orders::orders(options.orders);
    let data = Arc::new(Data { shared: orders::shared(&orders), orders });
    let hits = data.orders.iter().filter(|order| orders::holds(order)).count() as u64;
    let (mut results, mut wrong) = (report::Results::default(), false);
    for row in Row::ALL {
        if !options.rows.is_empty() && !options.rows.contains(&row) {
            continue;
        }
        let mut waiting = jobs(row, &options, &data);
        let mut answer = row.name().starts_with("rule").then_some(hits);
        for round in 0..options.rounds {
            for (name, job) in &mut waiting {
                let sample = job();
                if *answer.get_or_insert(sample.answer) != sample.answer {
                    eprintln!("{}: {name} says {}, not {answer:?}", row.name(), sample.answer);
                    wrong = true;
                }
                results.add(row, name, round, sample.value);
            }
            waiting.reverse();
        }
    }
    if options.json {
        results.json()?;
    } else {
        results.table(options.markdown);
    }
    if wrong { Err("not all answers are the same".into()) } else { Ok(()) }
}
