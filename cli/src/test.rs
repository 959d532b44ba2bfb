//! `tansy test`: the `test` blocks of programs, and the examples in their doc comments.
//!
//! Each test runs on its own, in a fresh run of its program; what it prints is shown only when it fails. An example is the
//! text of a fenced block marked `tansy` in a doc comment; a line of it that ends with `// → value` is evaluated, together
//! with the lines since the one before, and must have that value (or print that text, or fail with `// → error: message`).

use crate::report::{count, interrupted, plural};
use crate::run::{FAILED, INTERRUPTED, Shell, Stop, WRONG, options};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tansy::{Output, Program, RunError, Session, SessionError, Source, Value};

/// The marker between an example's expression and its value.
const ARROW: &str = "// →";

/// What came of a test that failed: printed text and report.
struct Failure {
    report: String,
    printed: String,
    stop: bool,
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    uncompiled: usize,
}

impl Shell {
    /// Runs all tests of the files; a file that does not compile counts as wrong, not as a failed test.
    pub(crate) fn test(&self, paths: &[PathBuf], filter: Option<&str>) -> Result<(), Stop> {
        let here = [PathBuf::from(".")];
        let paths = if paths.is_empty() { &here } else { paths };
        let files = find_programs(paths).map_err(|e| self.complain("no-file", &e, &[]))?;
        let start = Instant::now();
        let mut tally = Tally::default();
        for file in &files {
            if !self.test_file(file, filter, &mut tally)? {
                return Err(Stop(INTERRUPTED));
            }
        }
        let Tally { passed, failed, uncompiled } = tally;
        let summary = format!("{} passed, {} failed", count(passed as u64), count(failed as u64));
        let color = if failed + uncompiled > 0 { RED } else { GREEN };
        let files = match uncompiled {
            0 => String::new(),
            n => format!(", {} did not compile", plural(n, "file")),
        };
        say!("{}{files} ({})", self.paint(color, &summary), milliseconds(start.elapsed()));
        match (uncompiled, failed) {
            (1.., _) => Err(Stop(WRONG)),
            (0, 1..) => Err(Stop(FAILED)),
            (0, 0) => Ok(()),
        }
    }

    /// Gives false when somebody pressed Ctrl-C.
    fn test_file(
        &self,
        file: &Path,
        filter: Option<&str>,
        tally: &mut Tally,
    ) -> Result<bool, Stop> {
        let Ok(source) = self.read(file) else {
            tally.uncompiled += 1;
            return Ok(true);
        };
        let program = match self.engine.compile_with(source.clone(), &options()) {
            Ok(program) => program,
            Err(error) => {
                tally.uncompiled += 1;
                say!("{}", file.display());
                self.report(&self.reporter.compile_error(&error));
                return Ok(true);
            }
        };
        let wanted = |name: &str| filter.is_none_or(|f| name.contains(f));
        let mut heading = Some(file.display().to_string());
        for (index, test) in program.tests().iter().enumerate().filter(|(_, t)| wanted(&t.name)) {
            let outcome = || self.run_block(&program, index);
            if !self.one(&mut heading, &test.name, outcome, tally) {
                return Ok(false);
            }
        }
        for example in examples(&source).iter().filter(|e| wanted(&e.name)) {
            let outcome = || self.run_example(&source, example);
            if !self.one(&mut heading, &example.name, outcome, tally) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Runs one test and says how it went.
    fn one(
        &self,
        heading: &mut Option<String>,
        name: &str,
        test: impl FnOnce() -> Result<(), Failure>,
        tally: &mut Tally,
    ) -> bool {
        if let Some(file) = heading.take() {
            say!("{file}");
        }
        let start = Instant::now();
        let outcome = test();
        let time = self.paint(DIM, &format!("  {}", milliseconds(start.elapsed())));
        match outcome {
            Ok(()) => {
                tally.passed += 1;
                say!("  {} {name}{time}", self.paint(GREEN, "ok  "));
                true
            }
            Err(failure) => {
                tally.failed += 1;
                say!("  {} {name}{time}", self.paint(RED, "FAIL"));
                if !failure.printed.is_empty() {
                    say!("{}", self.paint(DIM, "  printed:"));
                    for line in failure.printed.lines() {
                        say!("    {line}");
                    }
                }
                self.report(&failure.report);
                !failure.stop
            }
        }
    }

    fn run_block(&self, program: &Program, index: usize) -> Result<(), Failure> {
        let printed = Printed::default();
        let mut run = program
            .start()
            .input("args", Value::from(Vec::new()))
            .input("input", Value::NULL)
            .interrupt(self.interrupt.clone())
            .output(printed.writer());
        run.test(index).map_err(|error| self.run_failure(&error, &printed))
    }

    fn run_failure(&self, error: &RunError, printed: &Printed) -> Failure {
        let report = self.reporter.run_error(error);
        Failure { report, printed: printed.take(), stop: interrupted(error) }
    }

    fn run_example(&self, source: &Arc<Source>, example: &Example) -> Result<(), Failure> {
        let printed = Printed::default();
        let mut session = Session::new(&self.engine);
        session.output(printed.writer());
        session.interrupt(self.interrupt.clone());
        let failure = |error: &SessionError| match error {
            SessionError::Compile(error) => Failure {
                report: self.reporter.compile_error(error),
                printed: printed.take(),
                stop: false,
            },
            SessionError::Run(error) => self.run_failure(error, &printed),
        };
        session.eval(source.name(), source.text()).map_err(|e| failure(&e))?;
        printed.take();
        for step in &example.steps {
            let name = format!("{}, example at line {}", source.name(), step.line);
            let result = session.eval(&name, &step.text);
            let Some(expected) = &step.expected else {
                result.map_err(|e| failure(&e))?;
                continue;
            };
            let found = match (&result, expected.strip_prefix("error:")) {
                (Err(SessionError::Run(error)), Some(wanted))
                    if error.message.contains(wanted.trim()) =>
                {
                    continue;
                }
                (Ok(value), None) => {
                    let text = value.to_string();
                    let same_print = value.is_null() && printed.take().trim_end() == expected;
                    if text == *expected || same_print || self.is_literal(expected, value) {
                        continue;
                    }
                    text
                }
                (Ok(value), Some(_)) => value.to_string(),
                (Err(error), _) => return Err(failure(error)),
            };
            let message = format!("the example at line {} gives {found}", step.line);
            let help = [format!("the example says {expected}")];
            let report = self.reporter.complaint("example", &message, &help);
            return Err(Failure { report, printed: printed.take(), stop: false });
        }
        Ok(())
    }

    /// Whether the text is an expression for the value: `1_000` for 1000.
    fn is_literal(&self, text: &str, value: &Value) -> bool {
        let program = self.engine.compile("<value>", text);
        program.is_ok_and(|p| p.start().execute().is_ok_and(|expected| expected == *value))
    }

    pub(crate) fn paint(&self, style: &str, text: &str) -> String {
        if self.color { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

pub(crate) const RED: &str = "31";
pub(crate) const GREEN: &str = "32";
pub(crate) const DIM: &str = "2";

/// What a test printed, for when it fails.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<String>>);

impl Printed {
    fn writer(&self) -> Output {
        let text = self.0.clone();
        Box::new(move |piece| {
            if let Ok(mut text) = text.lock() {
                text.push_str(piece);
            }
            Ok(())
        })
    }

    fn take(&self) -> String {
        self.0.lock().map(|mut text| std::mem::take(&mut *text)).unwrap_or_default()
    }
}

/// An example in a doc comment.
#[derive(Debug)]
struct Example {
    name: String,
    steps: Vec<Step>,
}

/// Lines of a doc comment between two lines of three backticks.
struct Fence<'t> {
    example: bool,
    start: usize,
    lines: Vec<(usize, &'t str)>,
}

/// Lines evaluated together.
#[derive(Debug, PartialEq)]
struct Step {
    /// The last line's number in the file.
    line: usize,
    text: String,
    expected: Option<String>,
}

/// The examples in a program's doc comments, in order: fences that are called `tansy`, or nothing.
fn examples(source: &Source) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut fence: Option<Fence> = None;
    let mut unnamed = 0;
    for (i, line) in source.text().lines().enumerate() {
        let number = i + 1;
        let trimmed = line.trim_start();
        let Some(doc) = trimmed.strip_prefix("///").or_else(|| trimmed.strip_prefix("//!")) else {
            fence = None;
            if unnamed < found.len() && !trimmed.is_empty() {
                if let Some(name) = declared_name(trimmed) {
                    for example in &mut found[unnamed..] {
                        example.name = format!("{name}: {}", example.name);
                    }
                }
                unnamed = found.len();
            }
            continue;
        };
        let doc = doc.strip_prefix(' ').unwrap_or(doc);
        match (&mut fence, doc.trim()) {
            (None, text) => {
                fence = text.strip_prefix("```").map(|language| Fence {
                    example: matches!(language, "" | "tansy"),
                    start: number + 1,
                    lines: Vec::new(),
                });
            }
            (Some(Fence { example, start, lines }), "```") => {
                if *example {
                    let name = format!("example at line {start}");
                    found.push(Example { name, steps: steps(lines) });
                }
                fence = None;
            }
            (Some(fence), _) => fence.lines.push((number, doc)),
        }
    }
    found
}

/// The lines cut after each that says what value is expected.
fn steps(lines: &[(usize, &str)]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut text = String::new();
    for (line, content) in lines {
        text.push_str(content);
        text.push('\n');
        if let Some((_, expected)) = content.split_once(ARROW) {
            let expected = Some(expected.trim().to_owned());
            steps.push(Step { line: *line, text: std::mem::take(&mut text), expected });
        }
    }
    if let (Some((line, _)), false) = (lines.last(), text.trim().is_empty()) {
        steps.push(Step { line: *line, text, expected: None });
    }
    steps
}

fn declared_name(line: &str) -> Option<&str> {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    let keyword = words.next()?;
    let name = words.next().filter(|n| !n.is_empty())?;
    ["fn", "let", "var", "type"].contains(&keyword).then_some(name)
}

/// The programs among the paths: files as given, folders searched for `.tansy` files, hidden ones and build products left out.
pub(crate) fn find_programs(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        let mut folders = vec![path.clone()];
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(&folder)
                .map_err(|e| format!("cannot read the folder `{}`: {e}", folder.display()))?;
            for entry in entries.flatten() {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let hidden = name.starts_with('.') || name == "target" || name == "node_modules";
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && !hidden => folders.push(entry.path()),
                    Ok(kind) if !kind.is_dir() && name.ends_with(".tansy") => {
                        files.push(entry.path())
                    }
                    _ => {}
                }
            }
        }
        files[before..].sort();
    }
    for file in &mut files {
        if let Ok(short) = file.strip_prefix(".") {
            *file = short.to_owned();
        }
    }
    Ok(files)
}

/// A time for reading: `0.3 ms`, `2.41 s`.
pub(crate) fn milliseconds(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 10.0 {
        format!("{ms:.2} ms")
    } else if ms < 1000.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{:.2} s", ms / 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_found_in_doc_comments_and_named_after_what_they_document() {
        let text = "/// Doubles.\n/// ```tansy\n/// let a = 2\n/// double(a) // → 4\n/// print(1)\n/// ```\nfn double(x) { x * 2 }\n";
        let found = examples(&Source::new("x", text));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name, "double: example at line 3");
        let first = Step {
            line: 4,
            text: "let a = 2\ndouble(a) // → 4\n".into(),
            expected: Some("4".into()),
        };
        let last = Step { line: 5, text: "print(1)\n".into(), expected: None };
        assert_eq!(found[0].steps, [first, last]);
    }

    #[test]
    fn other_fences_are_no_examples() {
        let text = "/// ```text\n/// a\n/// ```\nlet x = 1\n// ```tansy\n// no\n// ```\n";
        assert!(examples(&Source::new("x", text)).is_empty());
        let text = "/// ```text\n/// a\n/// ```\n///\n/// ```\n/// x // → 1\n/// ```\nlet x = 1\n";
        let found = examples(&Source::new("x", text));
        assert_eq!((found.len(), found[0].steps[0].line), (1, 6));
    }
}
