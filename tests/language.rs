//! Runs the scripts under `tests/language/`: what the language promises, one behaviour each, the expectation beside the line.
//!
//! A file is cut into sections by lines `// --- name`; each section is a program of its own. In a section,
//!
//! - `// → TEXT` is a line that the program prints: the printed lines, in order, are the expectations, in order. It stands behind
//!   the `print`, or on lines of its own where one statement prints several lines. A section that prints says all of it.
//! - `// value: TEXT` is the text of the program's value.
//! - `// error: TEXT` behind a line: the run fails at that line, with a message that contains the text.
//! - `// check-error: TEXT` behind a line: the program does not compile, and one of its errors is at that line and contains
//!   the text (in its message or a hint). `// warning: TEXT` likewise, of a program that compiles.
//! - `// file: NAME` begins another source text, which the section's program can import.
//! - `// limit: fuel`, `memory`, `depth` or `output` behind a line: the run ends there (at any line, if behind none) with that limit.
//!
//! `TANSY_ONLY=text cargo test --test language` runs the sections whose file or name contains the text.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tansy::{Diagnostics, Engine, Limits, Loaded, Loader, Program, RunError, Value};

/// A program and what is expected of it.
struct Section {
    name: String,
    /// Line of the file on which the section's text begins, less one.
    offset: usize,
    text: String,
    files: HashMap<String, String>,
    expectations: Vec<(usize, Expectation)>,
}

/// What a comment promises.
#[derive(Debug)]
enum Expectation {
    Prints(String),
    Value(String),
    Error(String),
    CheckError(String),
    Warning(String),
    Limit(String),
}

type MakeExpectation = fn(String) -> Expectation;

const MARKS: [(&str, MakeExpectation); 6] = [
    ("// →", Expectation::Prints),
    ("// value:", Expectation::Value),
    ("// error:", Expectation::Error),
    ("// check-error:", Expectation::CheckError),
    ("// warning:", Expectation::Warning),
    ("// limit:", Expectation::Limit),
];

fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = vec![];
    let mut file: Option<String> = None;
    for (number, line) in text.lines().enumerate() {
        if let Some(name) = line.strip_prefix("// --- ") {
            file = None;
            sections.push(Section {
                name: name.trim().into(),
                offset: number + 1,
                text: String::new(),
                files: HashMap::new(),
                expectations: vec![],
            });
            continue;
        }
        let Some(section) = sections.last_mut() else { continue };
        if let Some(name) = line.strip_prefix("// file: ") {
            file = Some(name.trim().into());
        } else if let Some(name) = &file {
            let text = section.files.entry(name.clone()).or_default();
            text.push_str(line);
            text.push('\n');
        } else {
            section.text.push_str(line);
            section.text.push('\n');
            let mark = MARKS
                .iter()
                .filter_map(|(mark, make)| Some((line.rfind(mark)?, mark, make)))
                .max_by_key(|m| m.0);
            if let Some((at, mark, make)) = mark {
                section.expectations.push((
                    number - section.offset + 1,
                    make(
                        line[at + mark.len()..]
                            .strip_prefix(' ')
                            .unwrap_or_default()
                            .trim_end()
                            .into(),
                    ),
                ));
            }
        }
    }
    sections
}

/// The files of a section.
struct Files(HashMap<String, String>);

impl Loader for Files {
    fn load(&self, path: &str, _from: &str) -> Result<Loaded, String> {
        let name = path.trim_start_matches("./");
        match self.0.get(name) {
            Some(text) => Ok(Loaded { id: name.into(), text: text.clone() }),
            None => Err(format!("there is no {name}")),
        }
    }
}

fn reports(list: &[Diagnostics], errors: bool) -> Vec<(usize, String)> {
    let mut out = vec![];
    for report in list {
        for d in report.list.iter().filter(|d| d.is_error() == errors) {
            let line = report.source.line_column(d.span().start).0 as usize;
            out.push((line, [std::slice::from_ref(&d.message), &d.help[..]].concat().join("; ")));
        }
    }
    out
}

/// The line of a section's own text where it failed; an error inside a built-in counts for its call.
fn error_line(error: &RunError, file: &str) -> usize {
    let own = error.trace.iter().find(|frame| frame.source.name() == file);
    own.map_or(0, |frame| frame.source.line_column(frame.span.start).0 as usize)
}

/// Small enough that an endless loop ends soon, also in a debug build.
fn limits() -> Limits {
    Limits { fuel: 20_000_000, memory: 128 << 20, ..Limits::default() }
}

/// What a program printed and gave.
type Ran = (String, Result<Value, RunError>);

fn run(program: &Program, traced: bool) -> Ran {
    let output = Arc::new(Mutex::new(String::new()));
    let sink = output.clone();
    let result = program
        .start()
        .traced(traced)
        .output(Box::new(move |text: &str| {
            if let Ok(mut all) = sink.lock() {
                all.push_str(text);
            }
            Ok(())
        }))
        .execute();
    let output = output.lock().map(|o| o.clone()).unwrap_or_default();
    (output, result)
}

/// Another form of the program, or the same traced, does the same, where no limit ends the run.
fn same(
    program: &Program,
    traced: bool,
    output: &str,
    result: &Result<Value, RunError>,
) -> Result<(), String> {
    let how = if traced { "traced" } else { "without moves" };
    let text = |result: &Result<Value, RunError>| match result {
        Ok(value) => value.to_string(),
        Err(e) => format!("{}: {} at {e}", e.kind, e.message),
    };
    if result.as_ref().is_err_and(|e| e.limit.is_some()) {
        return Ok(());
    }
    let (other_output, other) = run(program, traced);
    if other_output != output {
        return Err(format!("{how}, it prints {other_output:?}"));
    }
    match text(&other) {
        other if other != text(result) => Err(format!("{how}, it gives {other}")),
        _ => Ok(()),
    }
}

/// Runs a section; says what is wrong.
fn check(file: &str, section: &Section) -> Result<(), String> {
    let engine = |take| {
        let files = Files(section.files.clone());
        Engine::builder().loader(files).limits(limits()).take(take).build()
    };
    let of = |pick: fn(&Expectation) -> Option<&String>| -> Vec<(usize, &String)> {
        section.expectations.iter().filter_map(|(line, e)| Some((*line, pick(e)?))).collect()
    };
    let printed = of(|e| if let Expectation::Prints(t) = e { Some(t) } else { None });
    let check_errors = of(|e| if let Expectation::CheckError(t) = e { Some(t) } else { None });
    let warnings = of(|e| if let Expectation::Warning(t) = e { Some(t) } else { None });
    let errors = of(|e| if let Expectation::Error(t) = e { Some(t) } else { None });
    let limits = of(|e| if let Expectation::Limit(t) = e { Some(t) } else { None });
    let values = of(|e| if let Expectation::Value(t) = e { Some(t) } else { None });

    let program = match (engine(true).compile(file, &section.text), check_errors.is_empty()) {
        (Ok(program), true) => program,
        (Ok(_), false) => return Err("compiles".into()),
        (Err(error), true) => {
            return Err(format!("does not compile: {:?}", reports(&error.reports, true)));
        }
        (Err(error), false) => {
            let found = reports(&error.reports, true);
            for (line, text) in check_errors {
                if !found.iter().any(|(l, t)| *l == line && t.contains(text.as_str())) {
                    return Err(format!(
                        "line {}: no error {text:?}; found {found:?}",
                        section.offset + line
                    ));
                }
            }
            return Ok(());
        }
    };
    let found = reports(&program.warnings(), false);
    for (line, text) in warnings {
        if !found.iter().any(|(l, t)| *l == line && t.contains(text.as_str())) {
            return Err(format!(
                "line {}: no warning {text:?}; found {found:?}",
                section.offset + line
            ));
        }
    }
    let (output, result) = run(&program, false);
    same(&program, true, &output, &result)?;
    let copying = engine(false).compile(file, &section.text);
    same(&copying.map_err(|e| e.to_string())?, false, &output, &result)?;
    let lines: Vec<&str> = output.lines().collect();
    let place = |line: &(usize, &String)| section.offset + line.0;
    for (i, expected) in printed.iter().enumerate() {
        match lines.get(i) {
            Some(found) if found.trim_end() == expected.1 => {}
            Some(found) => {
                return Err(format!(
                    "line {}: expected {:?}, printed {found:?}",
                    place(expected),
                    expected.1
                ));
            }
            None if i == lines.len() => {
                let why = result.as_ref().err().map(|e| {
                    format!(
                        " (line {}: {} {})",
                        section.offset + error_line(e, file),
                        e.kind,
                        e.message
                    )
                });
                return Err(format!(
                    "line {}: expected {:?}, printed nothing{}",
                    place(expected),
                    expected.1,
                    why.unwrap_or_default()
                ));
            }
            None => {}
        }
    }
    if lines.len() > printed.len() {
        return Err(format!("also printed {:?}", lines[printed.len()]));
    }
    match (result, errors.first().or(limits.first())) {
        (Ok(value), None) => match values.first() {
            Some(expected) if value.display_str() != *expected.1 => {
                Err(format!("line {}: the value is {}", place(expected), value.display_str()))
            }
            _ => Ok(()),
        },
        (Ok(value), Some(expected)) => {
            Err(format!("line {}: ran, and gave {value}", place(expected)))
        }
        (Err(e), None) => Err(format!(
            "line {}: {}: {}",
            section.offset + error_line(&e, file),
            e.kind,
            e.message
        )),
        (Err(e), Some(expected)) => {
            let fits = match limits.first() {
                Some((_, name)) => e.limit.is_some_and(|l| l.name() == name.as_str()),
                None => {
                    e.message.contains(expected.1.as_str()) && error_line(&e, file) == expected.0
                }
            };
            let (line, kind) = (section.offset + error_line(&e, file), &e.kind);
            if fits {
                Ok(())
            } else {
                Err(format!("line {line}: {kind} {:?}; expected {expected:?}", e.message))
            }
        }
    }
}

fn scripts(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            scripts(&path, out);
        } else if path.extension().is_some_and(|e| e == "tansy") {
            out.push(path);
        }
    }
}

#[test]
fn scripts_do_what_they_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language");
    let mut files = vec![];
    scripts(&root, &mut files);
    files.sort();
    let only = std::env::var("TANSY_ONLY").unwrap_or_default();
    let queue = Mutex::new(files.into_iter());
    let results = Mutex::new((0, vec![]));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(path) = queue.lock().ok().and_then(|mut q| q.next()) else { return };
                    let text = std::fs::read_to_string(&path).unwrap_or_default();
                    let name = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
                    for section in sections(&text) {
                        if !name.contains(&only) && !section.name.contains(&only) {
                            continue;
                        }
                        let outcome = std::panic::catch_unwind(|| check(&name, &section))
                            .unwrap_or_else(|_| Err("panicked".into()));
                        let Ok(mut results) = results.lock() else { return };
                        results.0 += 1;
                        if let Err(why) = outcome {
                            results.1.push(format!("{name}: {}\n    {why}", section.name));
                        }
                    }
                }
            });
        }
    });
    let (count, mut failures) = results.into_inner().unwrap_or_default();
    failures.sort();
    assert!(
        failures.is_empty(),
        "{} of {count} sections failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(count > 0, "no section ran");
    println!("{count} sections");
}
