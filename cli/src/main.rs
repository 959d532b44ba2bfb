//! The `tansy` command.

#![forbid(unsafe_code)]

/// Prints a line on standard output; when nobody reads it any more, the command ends quietly.
macro_rules! say {
    ($($text:tt)*) => { $crate::run::say(format_args!($($text)*)) };
}

mod arguments;
mod flame;
mod measure;
mod repl;
mod report;
mod run;
mod test;

use arguments::{Arguments, Color, Command};
use clap::Parser;
use report::Reporter;
use run::{FINE, Shell, Stop, WRONG};
use std::io::IsTerminal;

fn main() {
    let Stop(code) = match command(Arguments::parse()) {
        Ok(()) => Stop(FINE),
        Err(stop) => stop,
    };
    // Not by returning: what is left in memory goes with the process.
    std::process::exit(code.into());
}

fn command(arguments: Arguments) -> Result<(), Stop> {
    let common = &arguments.common;
    let color = |terminal: bool| match common.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
    };
    let to_terminal = std::io::stderr().is_terminal();
    let reporter = Reporter {
        format: common.format(),
        color: color(to_terminal),
        unicode: speaks_unicode(),
        width: (!to_terminal).then_some(100),
    };
    let measures = arguments.measures.clone();
    let shell = Shell::new(common, reporter, color(std::io::stdout().is_terminal()), measures);
    if arguments.measures.any() && !arguments.runs() {
        let message = "`--profile` and `--stats` measure the run of a program";
        let help = "they go with `tansy FILE`, `tansy run`, `tansy eval` and `tansy -e`";
        return Err(shell.complain("command-line", message, &[help.into()]));
    }
    match (&arguments.expression, &arguments.command) {
        (Some(text), None) => shell.run_expression(text, &[]),
        (Some(text), Some(Command::File(words))) => shell.run_expression(text, words),
        (Some(_), Some(_)) => {
            let message = "`-e` does not go before a command";
            let help = "`tansy eval -e EXPR` is what you may want";
            shell.complain("command-line", message, &[help.into()]);
            Err(Stop(WRONG))
        }
        (None, None) if std::io::stdin().is_terminal() => repl::start(&shell),
        (None, None) => shell.run_stdin(),
        (None, Some(Command::File(words))) => shell.run(words),
        (None, Some(Command::Run { file_and_arguments })) => shell.run(file_and_arguments),
        (None, Some(Command::Eval { program, input, format })) => {
            shell.eval(program, input.as_deref(), *format)
        }
        (None, Some(Command::Explain { program, input, format })) => {
            shell.explain(program, input.as_deref(), *format)
        }
        (None, Some(Command::Check { files })) => shell.check(files),
        (None, Some(Command::Test { paths, filter })) => shell.test(paths, filter.as_deref()),
        (None, Some(Command::Disasm { file })) => shell.disassemble(file),
    }
}

/// Whether line-drawing characters can be expected to arrive: the locale says UTF-8, or says nothing where that is the rule.
fn speaks_unicode() -> bool {
    if cfg!(windows) || cfg!(target_os = "macos") {
        return true;
    }
    let set = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    locale.ends_with("utf-8") || locale.ends_with("utf8")
}
