//! Every program in `tests/hostile` tries to do its host harm in its own way, and says at its head how it must end. One engine runs them
//! all, in turn, on a thread with a small stack, and after each one a normal program as well.
//!
//! The head: first what the program tries; then `value: …`, `limit: …`, `error: KIND` or `compile-error: PART` for how it must end (`*`
//! for any; `any-of: … | …` for several); `limits: …` for other limits; `generate` where the program's value is the hostile source.

mod meter;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tansy::{CompileOptions, Engine, FileLoader, Limits, RunError, Source, Stats, Value};

#[global_allocator]
static METER: meter::Meter = meter::Meter;

/// What the machine needs whatever runs: its first stack, tables of the run, the error at the end.
const CONSTANT: usize = 64 << 10;

/// What a test on a machine that does other things, too, and a build without optimisation may add to a deadline.
const PATIENCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1500 } else { 250 });

/// A program and what its head says.
#[derive(Default)]
struct Case {
    path: PathBuf,
    text: String,
    idea: String,
    ends: Vec<(String, String)>,
    limits: Limits,
    generate: bool,
}

fn number(text: &str) -> u64 {
    let (digits, unit) = text.split_at(text.trim_end_matches(char::is_alphabetic).len());
    let unit = match unit {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        other => panic!("no unit: {other}"),
    };
    digits.parse::<u64>().expect("a number") * unit
}

fn read(path: &Path) -> Case {
    let text = std::fs::read_to_string(path).expect("a file");
    let mut case = Case { path: path.into(), text: text.clone(), ..Case::default() };
    case.limits = Limits {
        fuel: 50_000_000,
        memory: 16 << 20,
        output: 1 << 20,
        call_depth: 10_000,
        time: Some(Duration::from_secs(30)),
        ..Limits::default()
    };
    for line in text.lines().map_while(|line| line.strip_prefix("// ")) {
        let (word, rest) = line.split_once(": ").unwrap_or((line, ""));
        match word {
            _ if case.idea.is_empty() => case.idea = line.into(),
            "generate" => case.generate = true,
            "value" | "limit" | "error" | "compile-error" => {
                case.ends.push((word.into(), rest.into()));
            }
            "any-of" => {
                for end in rest.split(" | ") {
                    let (word, rest) = end.split_once(' ').expect("a word and what it is about");
                    case.ends.push((word.into(), rest.into()));
                }
            }
            "limits" => {
                for limit in rest.split(' ') {
                    let (name, amount) = limit.split_once('=').expect("a limit and an amount");
                    match name {
                        "memory" => case.limits.memory = number(amount),
                        "fuel" => case.limits.fuel = number(amount),
                        "output" => case.limits.output = number(amount),
                        "depth" => case.limits.call_depth = number(amount) as u32,
                        "time" => {
                            let (amount, unit) = match amount.strip_suffix("ms") {
                                Some(amount) => (amount, 1),
                                None => (amount.strip_suffix('s').expect("a time"), 1000),
                            };
                            let millis = amount.parse::<u64>().expect("a time") * unit;
                            case.limits.time = Some(Duration::from_millis(millis));
                        }
                        other => panic!("{}: no limit {other}", path.display()),
                    }
                }
            }
            other => panic!("{}: {other}?", path.display()),
        }
    }
    assert!(!case.ends.is_empty(), "{} does not say how it ends", path.display());
    case
}

/// How a case ended: a word, what it is about, and whether that is what was wanted.
fn matches(case: &Case, word: &str, about: &str) -> bool {
    case.ends.iter().any(|(wanted, part)| {
        wanted == word
            && (part == "*"
                || if word == "compile-error" { about.contains(part) } else { about == part })
    })
}

struct Ran {
    result: Result<Value, RunError>,
    stats: Stats,
    peak: usize,
    time: Duration,
    printed: usize,
}

fn run(program: &tansy::Program, limits: &Limits) -> Ran {
    let printed = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = printed.clone();
    let mut run = program.start().limits(limits.clone()).output(Box::new(move |text| {
        count.fetch_add(text.len(), std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }));
    let begin = Instant::now();
    let (result, peak) = meter::peak(|| run.execute());
    let time = begin.elapsed();
    let printed = printed.load(std::sync::atomic::Ordering::Relaxed);
    Ran { result, stats: run.stats(), peak, time, printed }
}

/// What is wrong with how a case ended.
fn check(engine: &Engine, case: &Case) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut text = case.text.clone();
    if case.generate {
        let made: Value =
            engine.eval(&text).unwrap_or_else(|e| panic!("{}: {e:?}", case.path.display()));
        text = made.as_str().expect("a text").to_string();
    }
    let source = Source::new(case.path.display().to_string(), text);
    let begin = Instant::now();
    let program = match engine.compile_with(source, &CompileOptions::default()) {
        Ok(program) => program,
        Err(e) => {
            let labels = e.reports.iter().flat_map(|r| &r.list).flat_map(|d| &d.labels);
            let labels: Vec<&str> = labels.map(|label| label.text.as_str()).collect();
            let message = format!("{e} {}", labels.join(" "));
            if !matches(case, "compile-error", &message) {
                wrong.push(format!("does not compile: {message:.300}"));
            }
            if message.len() > 100_000 {
                wrong.push(format!("a message of {} bytes", message.len()));
            }
            if begin.elapsed() > Duration::from_secs(10) {
                wrong.push(format!("{:?} to refuse it", begin.elapsed()));
            }
            return wrong;
        }
    };
    let Ran { result, stats, peak, time, printed } = run(&program, &case.limits);
    let (word, about) = match &result {
        Ok(value) => ("value", value.write_bounded(200)),
        Err(RunError { limit: Some(limit), .. }) => ("limit", limit.name().to_string()),
        Err(e) => ("error", e.kind.clone()),
    };
    if !matches(case, word, &about) {
        let message = result.as_ref().err().map_or("", |e| &e.message);
        wrong.push(format!("ends in {word}: {about:.100} {message:.300}"));
    }
    if let Err(e) = &result {
        let size = e.message.len() + e.kind.len() + e.help.iter().map(String::len).sum::<usize>();
        if size > 10_000 {
            wrong.push(format!("a message of {size} bytes"));
        }
        if e.trace.len() > 200 {
            wrong.push(format!("a trace of {} calls", e.trace.len()));
        }
    }
    let limits = &case.limits;
    if peak > (limits.memory + limits.memory / 10) as usize + CONSTANT {
        let share = peak as f64 / limits.memory as f64;
        wrong.push(format!("{share:.2} of the memory limit was held"));
    }
    if stats.fuel > limits.fuel + limits.fuel / 100 + 100_000 {
        wrong.push(format!("{} steps of {}", stats.fuel, limits.fuel));
    }
    if printed as u64 > limits.output {
        wrong.push(format!("{printed} bytes printed of {}", limits.output));
    }
    if let Some(most) = limits.time
        && time > most + PATIENCE
    {
        wrong.push(format!("{time:?} of {most:?}"));
    }
    wrong
}

#[test]
fn hostile_programs_end_as_promised_and_the_engine_goes_on() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let only = std::env::var("HOSTILE").unwrap_or_default();
    let entries = std::fs::read_dir(&folder).expect("the corpus").flatten();
    let mut paths: Vec<PathBuf> = entries.map(|e| e.path()).collect();
    paths.retain(|p| {
        p.extension().is_some_and(|e| e == "tansy") && p.display().to_string().contains(&only)
    });
    paths.sort();
    assert!(!only.is_empty() || paths.len() >= 60, "only {} programs", paths.len());
    let work = move || {
        let engine =
            Engine::builder().loader(FileLoader::within(&folder).expect("a folder")).build();
        let mut wrong = Vec::new();
        for path in paths {
            let case = read(&path);
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if std::env::var_os("SHOW").is_some() {
                eprintln!("{name}");
            }
            wrong.extend(check(&engine, &case).into_iter().map(|w| format!("{name}: {w}")));
            let after = engine.eval::<Value>(
                "let v = [3, 1, 2].sort()\nlet m = {a: 6}\nf\"{v} {m.a} {v.len() - 2}\"",
            );
            match after {
                Ok(value) if value == Value::str("[1, 2, 3] 6 1") => {}
                other => wrong.push(format!("{name}: afterwards {other:?}")),
            }
        }
        wrong
    };
    let thread = std::thread::Builder::new().stack_size(512 << 10).spawn(work);
    let wrong = thread.expect("a thread").join().expect("no panic");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
