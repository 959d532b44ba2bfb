//! The command line: what may be said and what it means.
//!
//! The first word that is neither an option nor a command is a program file, and all that follows belongs to the program; so
//! options for `tansy` itself stand before the file.

use crate::report::Format;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::io::{ErrorKind, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;
use tansy::{Access, EngineBuilder, Grants, Limits};

const USAGE: &str = "tansy [OPTIONS]                      start the interactive session
       tansy [OPTIONS] FILE [ARGS…]         run a program; `args` holds the arguments
       tansy [OPTIONS] -e EXPR [ARGS…]      evaluate an expression and print its value
       tansy [OPTIONS] COMMAND …";

const AFTER: &str = "Running a FILE prints what the program prints, not its value; `tansy eval FILE` prints the value.
FILE may be `-` for standard input; without a terminal, `tansy` alone runs standard input.

Exit codes: 0 all went well · 1 an error while running, or a failed test
            2 the program does not compile, or the command line is wrong · 130 interrupted";

/// Run, try out, check and test Tansy programs.
#[derive(Debug, Parser)]
#[command(name = "tansy", version, override_usage = USAGE, after_help = AFTER, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// Evaluate an expression and print its value unless it is null.
    #[arg(short = 'e', value_name = "EXPR", allow_hyphen_values = true)]
    pub(crate) expression: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) measures: Measures,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Arguments {
    /// Whether it is about one run of a program.
    pub(crate) fn runs(&self) -> bool {
        match self.command {
            None => self.expression.is_some() || !std::io::stdin().is_terminal(),
            Some(Command::Run { .. } | Command::Eval { .. } | Command::File(_)) => true,
            Some(
                Command::Explain { .. }
                | Command::Check { .. }
                | Command::Test { .. }
                | Command::Disasm { .. },
            ) => false,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a program, as `tansy FILE` does.
    Run {
        /// The program, and its arguments.
        #[arg(required = true, num_args = 1.., trailing_var_arg = true, allow_hyphen_values = true, value_name = "FILE")]
        file_and_arguments: Vec<OsString>,
    },
    /// Evaluate a program and print its value.
    Eval {
        #[command(flatten)]
        program: Evaluated,
        /// JSON data that the program sees as `input`; `-` for standard input.
        #[arg(long, value_name = "FILE")]
        input: Option<PathBuf>,
        /// How the value is printed.
        #[arg(long, value_enum, default_value_t = Output::Tansy)]
        format: Output,
    },
    /// Evaluate a program and show why it came to its value: which branches, arms and operands decided, and what they read.
    ///
    /// The report goes to standard output; what the program prints goes to standard error.
    Explain {
        #[command(flatten)]
        program: Evaluated,
        /// JSON data that the program sees as `input`; `-` for standard input.
        #[arg(long, value_name = "FILE")]
        input: Option<PathBuf>,
        /// How the explanation is printed.
        #[arg(long, value_enum, default_value_t = Explained::Text)]
        format: Explained,
    },
    /// Report the errors and warnings of programs without running them.
    Check {
        /// Programs, or folders to be searched for them.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Run the `test` blocks of programs, and the examples in their doc comments.
    Test {
        /// Programs, or folders to be searched for them [default: the current folder].
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Run only tests whose name contains this.
        #[arg(long, value_name = "TEXT")]
        filter: Option<String>,
    },
    /// Show the instructions a program is compiled to.
    Disasm {
        /// The program.
        file: PathBuf,
    },
    /// `FILE [ARGS…]`
    #[command(external_subcommand)]
    File(Vec<OsString>),
}

/// What `tansy eval` and `tansy explain` evaluate.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Evaluated {
    /// The program; `-` for standard input.
    pub(crate) file: Option<PathBuf>,
    /// The program itself.
    #[arg(short = 'e', value_name = "EXPR", allow_hyphen_values = true)]
    pub(crate) expression: Option<String>,
}

/// How a value is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// As a Tansy literal.
    Tansy,
    /// As JSON.
    Json,
}

/// How an explanation is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Explained {
    /// As a report for people.
    Text,
    /// As JSON, with every step.
    Json,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// Steps a program may take: a number, or `unlimited`; `10M` is ten million.
    #[arg(long, global = true, value_parser = steps, value_name = "STEPS", help_heading = "Limits")]
    fuel: Option<u64>,
    /// Bytes a program may hold at once: `512M`, `2G`, or `unlimited`.
    #[arg(long, global = true, value_parser = bytes, value_name = "BYTES", help_heading = "Limits")]
    memory: Option<u64>,
    /// How deeply calls may nest, or `unlimited`.
    #[arg(long, global = true, value_parser = depth, value_name = "CALLS", help_heading = "Limits")]
    depth: Option<u32>,
    /// How long a program may run: `10s`, `500ms`, `2m`, or `unlimited`.
    #[arg(long, global = true, value_parser = time, value_name = "TIME", help_heading = "Limits")]
    time: Option<Time>,
    #[command(flatten)]
    capabilities: Capabilities,
    /// How errors and warnings are reported, on standard error.
    #[arg(long, global = true, value_enum, default_value_t = Diagnostics::Text, value_name = "FORMAT")]
    diagnostics: Diagnostics,
    /// Whether to use colours; NO_COLOR in the environment counts as `never` for `auto`.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

/// What programs may reach besides their arguments and inputs; nothing by default. (Imports are read in any case.)
#[derive(Clone, Debug, Default, Args)]
struct Capabilities {
    /// Let programs read the files inside a directory; may be repeated.
    #[arg(long, global = true, require_equals = true, value_parser = directory, value_name = "DIR", help_heading = "Capabilities")]
    allow_read: Vec<PathBuf>,
    /// Let programs write and remove the files inside a directory; may be repeated.
    #[arg(long, global = true, require_equals = true, value_parser = directory, value_name = "DIR", help_heading = "Capabilities")]
    allow_write: Vec<PathBuf>,
    /// Let programs read environment variables: those named, or all.
    #[arg(long, global = true, require_equals = true, num_args = 0..=1, value_delimiter = ',', value_name = "NAME,…", help_heading = "Capabilities")]
    allow_env: Option<Vec<String>>,
    /// Let programs see the clock.
    #[arg(long, global = true, help_heading = "Capabilities")]
    allow_time: bool,
    /// Let programs use random numbers; with a seed, the same in every run.
    #[arg(long, global = true, require_equals = true, num_args = 0..=1, value_name = "SEED", help_heading = "Capabilities")]
    allow_random: Option<Option<u64>>,
    /// Let programs do all of that, anywhere.
    #[arg(short = 'A', long, global = true, help_heading = "Capabilities")]
    allow_all: bool,
}

impl Capabilities {
    fn grant(&self, builder: EngineBuilder) -> EngineBuilder {
        let mut builder = match self.allow_all {
            true => builder.grants(Grants::all()),
            false => builder,
        };
        builder = self.allow_read.iter().fold(builder, EngineBuilder::allow_read);
        builder = self.allow_write.iter().fold(builder, EngineBuilder::allow_write);
        builder = match self.allow_env.as_deref() {
            None => builder,
            Some([]) => builder.allow_env(),
            Some(names) => builder.allow_env_vars(names),
        };
        if self.allow_time {
            builder = builder.allow_time();
        }
        match self.allow_random {
            None => builder,
            Some(None) => builder.allow_random(),
            Some(Some(seed)) => builder.allow_random_seed(seed),
        }
    }
}

/// A directory that there is.
fn directory(text: &str) -> Result<PathBuf, String> {
    match Access::default().allow(text) {
        Ok(()) => Ok(PathBuf::from(text)),
        Err(e) if e.kind() == ErrorKind::NotFound => Err("there is no such directory".into()),
        Err(e) => Err(e.to_string()),
    }
}

/// What to find out about a run.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Measures {
    /// Find out where the steps of the program go: its hottest functions, and a flame graph in PATH.svg.
    ///
    /// Without a PATH the files are named after the program, in the current folder. PATH.folded gets the stacks, for other tools. Steps are
    /// counted, not time: the same run gives the same profile everywhere. What the library does counts in proportion to its data.
    #[arg(long, global = true, num_args = 0..=1, require_equals = true, value_name = "PATH", help_heading = "Measuring")]
    pub(crate) profile: Option<Option<PathBuf>>,
    /// Print what the run cost: time, steps, memory, allocations, updates done in place and by copying.
    #[arg(long, global = true, help_heading = "Measuring")]
    pub(crate) stats: bool,
}

impl Measures {
    pub(crate) fn any(&self) -> bool {
        self.profile.is_some() || self.stats
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Diagnostics {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Common {
    /// The limits: the engine's own, with those given on the command line in their place.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        if let Some(fuel) = self.fuel {
            limits.fuel = fuel;
        }
        if let Some(memory) = self.memory {
            limits.memory = memory;
        }
        if let Some(depth) = self.depth {
            limits.call_depth = depth;
        }
        if let Some(Time(time)) = self.time {
            limits.time = time;
        }
        limits
    }

    /// Grants what the command line does.
    pub(crate) fn grant(&self, builder: EngineBuilder) -> EngineBuilder {
        self.capabilities.grant(builder)
    }

    pub(crate) fn format(&self) -> Format {
        match self.diagnostics {
            Diagnostics::Text => Format::Text,
            Diagnostics::Json => Format::Json,
        }
    }
}

/// A time limit, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Time(Option<Duration>);

/// A number with one of the units behind it, times the unit.
fn with_unit(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let text = text.trim().replace('_', "");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text[digits.len()..].to_ascii_lowercase();
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    let number: f64 = digits.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number * factor)
}

fn steps(text: &str) -> Result<u64, String> {
    if text == "unlimited" {
        return Ok(u64::MAX);
    }
    let units = [("", 1.0), ("k", 1e3), ("m", 1e6), ("g", 1e9)];
    with_unit(text, &units)
        .map(|n| n as u64)
        .ok_or_else(|| "expected a number of steps such as 5000000 or 5M, or `unlimited`".into())
}

fn bytes(text: &str) -> Result<u64, String> {
    if text == "unlimited" {
        return Ok(u64::MAX);
    }
    let kib = 1024.0;
    let units = [
        ("", 1.0),
        ("b", 1.0),
        ("k", kib),
        ("kb", kib),
        ("kib", kib),
        ("m", kib * kib),
        ("mb", kib * kib),
        ("mib", kib * kib),
        ("g", kib * kib * kib),
        ("gb", kib * kib * kib),
        ("gib", kib * kib * kib),
    ];
    with_unit(text, &units)
        .map(|n| n as u64)
        .ok_or_else(|| "expected a size such as 512M or 2G, or `unlimited`".into())
}

fn depth(text: &str) -> Result<u32, String> {
    if text == "unlimited" {
        return Ok(u32::MAX);
    }
    text.replace('_', "")
        .parse()
        .map_err(|_| "expected a number of nested calls such as 10000, or `unlimited`".into())
}

fn time(text: &str) -> Result<Time, String> {
    if text == "unlimited" {
        return Ok(Time(None));
    }
    let units = [("", 1.0), ("s", 1.0), ("ms", 1e-3), ("m", 60.0), ("min", 60.0), ("h", 3600.0)];
    with_unit(text, &units)
        .and_then(|n| Duration::try_from_secs_f64(n).ok())
        .map(|d| Time(Some(d)))
        .ok_or_else(|| "expected a time such as 10s, 500ms or 2m, or `unlimited`".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tansy::{Randomness, Variables};

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn words_after_the_file_belong_to_the_program() {
        let line = ["tansy", "--color", "never", "a.tansy", "--fuel", "check", "-x"];
        let arguments = Arguments::try_parse_from(line).expect("valid");
        let Some(Command::File(words)) = arguments.command else { panic!("a file") };
        assert_eq!(words, ["a.tansy", "--fuel", "check", "-x"]);
        assert_eq!(arguments.common.color, Color::Never);
    }

    #[test]
    fn capabilities_are_as_wide_as_they_are_said() {
        let granted = |words: &[&str]| {
            let line = ["tansy"].iter().chain(words).chain(&["a.tansy"]);
            let arguments = Arguments::try_parse_from(line).expect("valid");
            arguments.common.grant(tansy::Engine::builder()).build().grants().clone()
        };
        let named =
            |names: &[&str]| Variables::Named(names.iter().map(|n| n.to_string()).collect());
        assert_eq!(granted(&[]), Grants::default());
        assert_eq!(granted(&["-A"]), Grants::all());
        assert_eq!(granted(&["--allow-env"]).env, Variables::All);
        assert_eq!(granted(&["--allow-env=HOME,PATH"]).env, named(&["HOME", "PATH"]));
        assert_eq!(granted(&["--allow-env=A", "--allow-env=B"]).env, named(&["A", "B"]));
        assert_eq!(granted(&["--allow-random"]).random, Randomness::System);
        assert_eq!(granted(&["--allow-random=7"]).random, Randomness::Seeded(7));
        assert_eq!(granted(&["-A", "--allow-random=7"]).random, Randomness::Seeded(7));
        let read = granted(&["--allow-read=.", "--allow-read=src"]).read;
        assert!(matches!(read, Access::Within(folders) if folders.len() == 2));
    }

    #[test]
    fn limits_have_units() {
        assert_eq!(steps("10M"), Ok(10_000_000));
        assert_eq!(bytes("1_5k"), Ok(15 * 1024));
        assert_eq!(bytes("unlimited"), Ok(u64::MAX));
        assert_eq!(time("1.5s"), Ok(Time(Some(Duration::from_millis(1500)))));
        assert_eq!(time("unlimited"), Ok(Time(None)));
        assert!(time("soon").is_err() && steps("-3").is_err() && depth("x").is_err());
    }
}
