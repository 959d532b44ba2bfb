//! Running programs: `tansy FILE`, `-e`, `eval`, `explain`, `check` and `disasm`.
//!
//! Every program sees two names besides the library: `args`, a Vec of the words after the file, and `input`, the data of
//! `--input` or null. Standard output carries what the program prints and its value, nothing else; it is flushed before a
//! report goes to standard error.

use crate::arguments::{Common, Evaluated, Explained, Measures, Output};
use crate::measure::{self, Files};
use crate::report::{Reporter, interrupted, plural};
use crate::test::find_programs;
use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tansy::{
    CompileOptions, Diagnostic, Diagnostics, Engine, FileLoader, Program, Run, RunError, Severity,
    Source, Span, Value, json,
};

/// All went well.
pub(crate) const FINE: u8 = 0;
/// An error while running, or a failed test.
pub(crate) const FAILED: u8 = 1;
/// The program does not compile, or the command line is wrong.
pub(crate) const WRONG: u8 = 2;
/// Ended by Ctrl-C, as shells count it.
pub(crate) const INTERRUPTED: u8 = 130;
/// Nobody reads the output any more, as shells count it.
const BROKEN_PIPE: u8 = 141;

/// The names every program sees besides the library.
pub(crate) const INPUTS: [&str; 2] = ["args", "input"];

/// What a command needs: the engine, how to report, and whether Ctrl-C was pressed.
pub(crate) struct Shell {
    pub(crate) engine: Engine,
    pub(crate) reporter: Reporter,
    pub(crate) interrupt: Arc<AtomicBool>,
    /// Colours on standard output.
    pub(crate) color: bool,
    /// What to find out about runs.
    pub(crate) measures: Measures,
}

/// Ends a command early, with what has been reported already.
pub(crate) struct Stop(pub(crate) u8);

type Done<T> = Result<T, Stop>;

impl Shell {
    pub(crate) fn new(
        common: &Common,
        reporter: Reporter,
        color: bool,
        measures: Measures,
    ) -> Shell {
        let builder = Engine::builder().limits(common.limits()).loader(FileLoader::anywhere());
        let engine = common.grant(builder).build();
        let interrupt = Arc::new(AtomicBool::new(false));
        notice_interrupts(&interrupt);
        Shell { engine, reporter, interrupt, color, measures }
    }

    /// `tansy FILE [ARGS…]`
    pub(crate) fn run(&self, words: &[OsString]) -> Done<()> {
        let Some((file, arguments)) = words.split_first() else {
            return Err(self.complain("no-file", "no program file given", &[]));
        };
        let file = Path::new(file);
        let program = self.load(file)?;
        self.execute(&program, file, arguments, Value::NULL, |_, _| Ok(()))
    }

    /// `tansy` without a terminal: the program is what comes in.
    pub(crate) fn run_stdin(&self) -> Done<()> {
        self.run(&[OsString::from("-")])
    }

    /// `tansy -e EXPR [ARGS…]`
    pub(crate) fn run_expression(&self, text: &str, arguments: &[OsString]) -> Done<()> {
        let program = self.compile(Source::new("<expression>", text))?;
        self.execute(&program, Path::new("-"), arguments, Value::NULL, |value, out| {
            if value.is_null() { Ok(()) } else { writeln!(out, "{}", value.pretty(WIDTH)) }
        })
    }

    /// `tansy eval`
    pub(crate) fn eval(&self, what: &Evaluated, input: Option<&Path>, format: Output) -> Done<()> {
        let (program, input) = self.evaluated(what, input)?;
        let file = what.file.as_deref().unwrap_or(Path::new("-"));
        if format == Output::Tansy {
            return self.execute(&program, file, &[], input, |value, out| {
                writeln!(out, "{}", value.pretty(WIDTH))
            });
        }
        let mut failure = None;
        self.execute(&program, file, &[], input, |value, out| {
            match json::pretty(value, JSON_INDENT, usize::MAX) {
                Ok(text) => writeln!(out, "{text}"),
                Err(error) => {
                    failure = Some(error.to_string());
                    Ok(())
                }
            }
        })?;
        match failure {
            None => Ok(()),
            Some(error) => {
                let message = format!("the value cannot be written as JSON: {error}");
                self.complain("json", &message, &[]);
                Err(Stop(FAILED))
            }
        }
    }

    /// The program to evaluate, and its input.
    fn evaluated(&self, what: &Evaluated, input: Option<&Path>) -> Done<(Program, Value)> {
        let program = match (&what.expression, &what.file) {
            (Some(text), _) => self.compile(Source::new("<expression>", text))?,
            (None, Some(file)) => self.load(file)?,
            (None, None) => return Err(Stop(WRONG)),
        };
        let input = match input {
            Some(file) => self.parse_json(file)?,
            None => Value::NULL,
        };
        Ok((program, input))
    }

    /// `tansy explain`
    pub(crate) fn explain(
        &self,
        what: &Evaluated,
        input: Option<&Path>,
        format: Explained,
    ) -> Done<()> {
        let (program, input) = self.evaluated(what, input)?;
        let mut run = program
            .start()
            .input("args", Value::from(Vec::new()))
            .input("input", input)
            .interrupt(self.interrupt.clone())
            .traced(true)
            .output(Box::new(|text| io::stderr().lock().write_all(text.as_bytes())));
        let result = run.execute();
        let Some(explanation) = run.explanation() else { return Err(Stop(FAILED)) };
        let text = match format {
            Explained::Text => explanation.render(self.color),
            Explained::Json => {
                let json = json::pretty(&explanation.to_value(), JSON_INDENT, usize::MAX);
                let written = json.map(|text| text + "\n");
                written.map_err(|e| self.complain("json", &e.to_string(), &[]))?
            }
        };
        let written = io::stdout().lock().write_all(text.as_bytes());
        written.map_err(|_| Stop(BROKEN_PIPE))?;
        result.map(drop).map_err(|error| self.failed(&error))
    }

    /// `tansy check`
    pub(crate) fn check(&self, paths: &[PathBuf]) -> Done<()> {
        let files = find_programs(paths).map_err(|e| self.complain("no-file", &e, &[]))?;
        let (mut errors, mut warnings) = (0, 0);
        for file in &files {
            let source = match self.read(file) {
                Ok(source) => source,
                Err(Stop(_)) => {
                    errors += 1;
                    continue;
                }
            };
            let reports = match self.engine.compile_with(source, &options()) {
                Ok(program) => program.warnings(),
                Err(error) => error.reports,
            };
            for report in &reports {
                let bad = report.list.iter().filter(|d| d.severity == Severity::Error).count();
                errors += bad;
                warnings += report.list.len() - bad;
                self.report(&self.reporter.diagnostics(report));
            }
        }
        if self.reporter.format == crate::report::Format::Text {
            let found = match (errors, warnings) {
                (0, 0) => "nothing to complain about".to_owned(),
                _ => format!("{}, {}", plural(errors, "error"), plural(warnings, "warning")),
            };
            self.report(&format!("{} checked: {found}\n", plural(files.len(), "file")));
        }
        if errors > 0 { Err(Stop(WRONG)) } else { Ok(()) }
    }

    /// `tansy disasm`
    pub(crate) fn disassemble(&self, file: &Path) -> Done<()> {
        let program = self.load(file)?;
        let written = io::stdout().lock().write_all(program.disassemble().as_bytes());
        written.map_err(|_| Stop(BROKEN_PIPE))
    }

    /// Reads and compiles a program, and reports its warnings or why that was not possible.
    fn load(&self, file: &Path) -> Done<Program> {
        self.compile(self.read(file)?)
    }

    fn compile(&self, source: Arc<Source>) -> Done<Program> {
        match self.engine.compile_with(source, &options()) {
            Ok(program) => {
                for warnings in program.warnings() {
                    self.report(&self.reporter.diagnostics(&warnings));
                }
                Ok(program)
            }
            Err(error) => {
                self.report(&self.reporter.compile_error(&error));
                Err(Stop(WRONG))
            }
        }
    }

    /// Reads a source text; `-` is standard input.
    pub(crate) fn read(&self, file: &Path) -> Done<Arc<Source>> {
        let mut bytes = Vec::new();
        let (name, read) = if file == Path::new("-") {
            ("<stdin>".to_owned(), io::stdin().lock().read_to_end(&mut bytes).map(drop))
        } else {
            (file.display().to_string(), std::fs::read(file).map(|b| bytes = b))
        };
        if let Err(error) = read {
            let message = match error.kind() {
                io::ErrorKind::NotFound => format!("there is no file `{name}`"),
                _ => format!("cannot read `{name}`: {error}"),
            };
            let help = unknown_command(&name);
            return Err(self.complain("no-file", &message, &help));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source::new(name, text)),
            Err(error) => {
                let error = error.utf8_error();
                let message =
                    format!("`{name}` is not UTF-8 text: byte {} is wrong", error.valid_up_to());
                Err(self.complain("not-text", &message, &[]))
            }
        }
    }

    /// Runs the program that came from `file`; `finish` may write its value.
    fn execute(
        &self,
        program: &Program,
        file: &Path,
        arguments: &[OsString],
        input: Value,
        finish: impl FnOnce(&Value, &mut Stdout) -> io::Result<()>,
    ) -> Done<()> {
        let stdout = Arc::new(Mutex::new(Stdout::new()));
        let printer = stdout.clone();
        let arguments: Vec<Value> =
            arguments.iter().map(|a| Value::str(&a.to_string_lossy())).collect();
        let mut run = program
            .start()
            .input("args", Value::from(arguments))
            .input("input", input)
            .interrupt(self.interrupt.clone())
            .profiled(self.measures.profile.is_some())
            .output(Box::new(move |text| match printer.lock() {
                Ok(mut out) => out.write_all(text.as_bytes()),
                Err(_) => Err(io::ErrorKind::Other.into()),
            }));
        let start = Instant::now();
        let result = run.execute();
        let time = start.elapsed();
        let mut out = stdout.lock().map_err(|_| Stop(FAILED))?;
        let outcome = match &result {
            Ok(value) => finish(value, &mut out).map(|()| Ok(())),
            Err(error) => Ok(Err(error)),
        };
        let written = outcome.and_then(|outcome| out.flush().map(|()| outcome));
        let done = match written {
            _ if out.broken => Err(Stop(BROKEN_PIPE)),
            Err(error) => {
                self.complain("output", &format!("cannot write: {error}"), &[]);
                Err(Stop(FAILED))
            }
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.failed(error)),
        };
        let measured = self.show_measures(&run, time, file);
        // The process ends: giving the memory back piece by piece would only take time.
        std::mem::forget(result);
        done.and(measured)
    }

    /// Shows what a run cost, as far as anybody asked.
    fn show_measures(&self, run: &Run, time: Duration, file: &Path) -> Done<()> {
        let mut done = Ok(());
        if let Some((files, profile)) = Files::new(&self.measures, file).zip(run.profile()) {
            let name = if file == Path::new("-") { "tansy".into() } else { file.to_string_lossy() };
            match files.write(profile, &name) {
                Ok(()) => self.report(&measure::profile(profile, &files, &self.reporter)),
                Err(message) => {
                    self.complain("output", &message, &[]);
                    done = Err(Stop(FAILED));
                }
            }
        }
        if self.measures.stats {
            self.report(&measure::stats(&run.stats(), time, &self.reporter));
        }
        done
    }

    fn failed(&self, error: &RunError) -> Stop {
        self.report(&self.reporter.run_error(error));
        Stop(if interrupted(error) { INTERRUPTED } else { FAILED })
    }

    fn parse_json(&self, file: &Path) -> Done<Value> {
        let source = self.read(file)?;
        json::parse(source.text()).map_err(|error| {
            let at = error.offset;
            let message = format!("the input is not JSON: {}", error.message);
            let mut diagnostic = Diagnostic::error("json", Span::new(at, at + 1), message);
            diagnostic.help.extend(error.help.map(str::to_owned));
            let report = Diagnostics { source, list: vec![diagnostic] };
            self.report(&self.reporter.diagnostics(&report));
            Stop(FAILED)
        })
    }

    /// Shows a report on standard error.
    pub(crate) fn report(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Reports something wrong with the command line or a file.
    pub(crate) fn complain(&self, code: &str, message: &str, help: &[String]) -> Stop {
        self.report(&self.reporter.complaint(code, message, help));
        Stop(WRONG)
    }
}

/// The width to which values are laid out; a fixed one, so that output does not depend on the terminal.
const WIDTH: usize = 100;
/// Spaces for each level of JSON.
const JSON_INDENT: usize = 2;

/// Lets the first Ctrl-C set the flag and the second one end the process. Where there can be no handler, the first one ends it, which
/// is good enough.
#[cfg(unix)]
fn notice_interrupts(flag: &Arc<AtomicBool>) {
    use signal_hook::consts::SIGINT;
    use signal_hook::flag::{register, register_conditional_shutdown};
    // The order matters: the second signal finds the flag set, the first one does not yet.
    let second = register_conditional_shutdown(SIGINT, INTERRUPTED.into(), flag.clone());
    let _ = second.and_then(|_| register(SIGINT, flag.clone()));
}

#[cfg(windows)]
fn notice_interrupts(flag: &Arc<AtomicBool>) {
    let flag = flag.clone();
    let _ = ctrlc::set_handler(move || {
        if flag.swap(true, std::sync::atomic::Ordering::SeqCst) {
            std::process::exit(INTERRUPTED.into());
        }
    });
}

#[cfg(not(any(unix, windows)))]
fn notice_interrupts(_: &Arc<AtomicBool>) {}

/// How programs are compiled here.
pub(crate) fn options() -> CompileOptions {
    CompileOptions { inputs: INPUTS.map(str::to_owned).to_vec(), ..CompileOptions::default() }
}

/// A hint for a file that does not exist because it was meant to be a command.
fn unknown_command(name: &str) -> Vec<String> {
    let commands = ["run", "eval", "explain", "check", "test", "disasm"];
    let near = tansy::spell::did_you_mean(name, commands);
    near.map(|hint| format!("{hint} (run `tansy --help` for the commands)")).into_iter().collect()
}

/// Standard output: written line by line to a terminal, in blocks to anything else. Remembers when nobody reads any more.
pub(crate) struct Stdout {
    to: BufWriter<io::Stdout>,
    terminal: bool,
    broken: bool,
}

impl Stdout {
    fn new() -> Stdout {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        Stdout { to: BufWriter::with_capacity(1 << 16, stdout), terminal, broken: false }
    }

    fn noticed<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if result.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
            self.broken = true;
        }
        result
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes);
        let written = self.noticed(written)?;
        if self.terminal && bytes.contains(&b'\n') {
            self.flush()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.to.flush();
        self.noticed(flushed)
    }
}

/// See the macro of this name.
pub(crate) fn say(text: std::fmt::Arguments<'_>) {
    if writeln!(io::stdout().lock(), "{text}").is_err() {
        std::process::exit(BROKEN_PIPE.into());
    }
}
