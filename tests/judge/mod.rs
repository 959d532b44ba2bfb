//! Runs one program on the machine with move-on-last-use, on the machine without, on the machine in traced form, and in the reference
//! evaluator, and compares.

use crate::reference;
use std::sync::{Arc, Mutex};
use tansy::arena::Arena;
use tansy::{Diagnostics, Engine, Limits, Program, Source};

/// What one way of running a program came to.
#[derive(Debug, PartialEq)]
struct Outcome {
    output: String,
    /// The text of the value, or the kind of the error.
    result: Result<String, String>,
    /// The steps that it took, on the machine.
    steps: u64,
}

/// How a program fared.
#[derive(Debug)]
pub(crate) enum Verdict {
    Same,
    /// Beyond what the reference evaluator knows, or beyond the limits.
    Skipped,
    Different(String),
}

/// The machine both ways.
pub(crate) struct Judge {
    taking: Engine,
    copying: Engine,
}

impl Judge {
    /// Engines with limits small enough for many programs.
    pub(crate) fn new() -> Judge {
        let limits = || Limits { fuel: 400_000, ..Limits::default() };
        Judge {
            taking: Engine::builder().limits(limits()).take(true).build(),
            copying: Engine::builder().limits(limits()).take(false).build(),
        }
    }

    /// Runs a program on the machine, twice: the second time, what the first one saw is known. None when it came to a limit. `Err` when
    /// it does not compile.
    fn run(&self, engine: &Engine, text: &str, traced: bool) -> Result<Option<Outcome>, String> {
        let program = match engine.compile("random", text) {
            Ok(program) => program,
            Err(e) if e.reports.iter().all(only_types) => return Ok(None),
            Err(e) => {
                let errors = e.reports.iter().flat_map(|r| &r.list).filter(|d| d.is_error());
                return Err(format!("does not compile: {:?}", errors.collect::<Vec<_>>()));
            }
        };
        let (first, again) = (once(&program, traced), once(&program, traced));
        match (&first, &again) {
            (Some(a), Some(b)) if a != b => {
                Err(format!("again: {}", difference("first", a, "second", b)))
            }
            _ => Ok(first),
        }
    }

    /// Runs a program all three ways.
    pub(crate) fn judge(&self, text: &str) -> Verdict {
        let source = Source::new("random", text);
        let arena = Arena::new();
        let parsed = tansy_lang::parser::parse(&source, Default::default(), &arena);
        if parsed.has_errors() {
            return Verdict::Different(format!("does not parse: {:?}", parsed.diagnostics));
        }
        let expected = match reference::run(&parsed.module, 40_000) {
            Ok(o) => Some((o.output, o.result)),
            Err("too many steps") => return Verdict::Skipped,
            Err(_) => None,
        };
        let machine = |engine, traced| {
            let run = std::panic::AssertUnwindSafe(|| self.run(engine, text, traced));
            std::panic::catch_unwind(run).unwrap_or_else(|_| Err("the machine panicked".into()))
        };
        let taking = machine(&self.taking, false);
        let (taking, copying) = match (taking, machine(&self.copying, false)) {
            (Ok(a), Ok(b)) => (a, b),
            (Err(e), _) | (_, Err(e)) => return Verdict::Different(e),
        };
        let traced = match machine(&self.taking, true) {
            Ok(traced) => traced,
            Err(e) => return Verdict::Different(format!("traced: {e}")),
        };
        let (Some(taking), Some(copying)) = (taking, copying) else { return Verdict::Skipped };
        let same = |a: &Outcome, b: &Outcome| a.output == b.output && a.result == b.result;
        if !same(&taking, &copying) {
            return Verdict::Different(difference("taking", &taking, "copying", &copying));
        }
        // Notes cost fuel: the traced form may come to the limit where the others do not.
        if let Some(traced) = traced
            && !same(&traced, &taking)
        {
            return Verdict::Different(difference("taking", &taking, "traced", &traced));
        }
        match expected {
            Some((output, result)) => {
                let expected = Outcome { output, result, steps: 0 };
                match same(&expected, &taking) {
                    true => Verdict::Same,
                    false => {
                        Verdict::Different(difference("machine", &taking, "reference", &expected))
                    }
                }
            }
            None => Verdict::Skipped,
        }
    }
}

/// Runs a program; None when it came to a limit.
fn once(program: &Program, traced: bool) -> Option<Outcome> {
    let printed = Arc::new(Mutex::new(String::new()));
    let sink = printed.clone();
    let output = Box::new(move |text: &str| {
        if let Ok(mut all) = sink.lock() {
            all.push_str(text);
        }
        Ok(())
    });
    let mut run = program.start().traced(traced).output(output);
    let result = match run.execute() {
        Ok(v) => Ok(v.display_str().to_string()),
        Err(e) if e.limit.is_some() => return None,
        Err(e) => Err(e.kind),
    };
    let steps = run.stats().fuel;
    let output = printed.lock().map(|p| p.clone()).unwrap_or_default();
    Some(Outcome { output, result, steps })
}

/// The generator puts a value of the wrong kind here and there, and the compiler sees some of it.
fn only_types(report: &Diagnostics) -> bool {
    let mut errors = report.list.iter().filter(|d| d.is_error());
    errors.all(|d| matches!(d.code, "condition-not-bool" | "not-a-function"))
}

/// The first place where two outcomes part.
fn difference(left: &str, a: &Outcome, right: &str, b: &Outcome) -> String {
    let mut lines = a.output.lines().zip(b.output.lines()).enumerate();
    match lines.find(|(_, (x, y))| x != y) {
        Some((i, (x, y))) => format!("line {}\n  {left}: {x}\n  {right}: {y}", i + 1),
        None => format!(
            "{left}: {:?} after {} lines, {} steps\n{right}: {:?} after {} lines, {} steps",
            a.result,
            a.output.lines().count(),
            a.steps,
            b.result,
            b.output.lines().count(),
            b.steps
        ),
    }
}
