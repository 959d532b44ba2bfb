//! The interactive session.
//!
//! Names stay from entry to entry, whatever goes wrong in one of them. The last result that is not null is `ans`, and an entry
//! that begins with `.`, `?.` or `|>` goes on from it. Nothing about the history file can disturb a session.

mod commands;
mod complete;
mod highlight;
mod pieces;
mod show;

use crate::run::{Shell, Stop};
use complete::Names;
use highlight::Assistant;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use tansy::{Session, SessionError, Value};

/// The name of the last result.
const LAST: &str = "ans";
const PROMPT: &str = "> ";
const HISTORY_ENTRIES: usize = 10_000;

/// Whether the session goes on after an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Go,
    Stop,
}

/// A session with its surroundings.
pub(crate) struct Repl<'s> {
    shell: &'s Shell,
    session: Session,
    /// Entries evaluated so far.
    count: usize,
    width: usize,
}

/// Reads and evaluates entries until the end of the input or `:quit`.
pub(crate) fn start(shell: &Shell) -> Result<(), Stop> {
    let mut repl = Repl { shell, session: new_session(shell), count: 0, width: 80 };
    let mut editor = match editor(shell) {
        Ok(editor) => editor,
        Err(error) => {
            return Err(shell.complain("terminal", &format!("no terminal: {error}"), &[]));
        }
    };
    let history = history_file();
    if let Some(file) = &history {
        let _ = editor.load_history(file);
    }
    say!("Tansy {} · :help for help, Ctrl-D to leave", env!("CARGO_PKG_VERSION"));
    loop {
        if let Some(assistant) = editor.helper_mut() {
            assistant.names.session = repl.session.names();
        }
        let entry = match editor.readline(PROMPT) {
            Ok(entry) => entry,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => {
                return Err(shell.complain("terminal", &format!("cannot read: {error}"), &[]));
            }
        };
        if entry.trim().is_empty() {
            continue;
        }
        let _ = editor.add_history_entry(entry.as_str());
        if let Some(file) = &history {
            let _ = editor.append_history(file);
        }
        repl.width = editor.dimensions().map_or(80, |(columns, _)| columns.into());
        if repl.entry(&entry) == Flow::Stop {
            return Ok(());
        }
    }
}

impl Repl<'_> {
    fn entry(&mut self, entry: &str) -> Flow {
        let trimmed = entry.trim_start();
        if trimmed.starts_with(':') {
            return self.command(trimmed.trim_end());
        }
        let word = trimmed.trim_end().trim_end_matches("()");
        if let Some(command) = meant(word)
            && !self.session.names().iter().any(|(name, _)| name == word)
        {
            let hint = format!("the command is `{command}`");
            self.complain("unknown-name", &format!("unknown name `{word}`"), &[hint]);
            return Flow::Go;
        }
        for piece in pieces::pieces(entry, &self.shell.engine) {
            let Some(value) = self.evaluate(piece) else { break };
            self.finish(value);
        }
        Flow::Go
    }

    /// Evaluates an entry, or reports why that was not possible.
    fn evaluate(&mut self, entry: &str) -> Option<Value> {
        let name = self.next_name();
        if !continues(entry.trim_start()) {
            return self.evaluate_as(&name, entry);
        }
        if !self.session.names().iter().any(|(name, _)| name == LAST) {
            let message = "there is no last result to go on from yet";
            self.complain("no-last-result", message, &[]);
            return None;
        }
        self.evaluate_as(&name, &format!("{LAST}{}", entry.trim_start()))
    }

    fn evaluate_as(&mut self, name: &str, text: &str) -> Option<Value> {
        self.shell.interrupt.store(false, Ordering::SeqCst);
        let result = self.session.eval(name, text);
        self.shell.interrupt.store(false, Ordering::SeqCst);
        for warnings in self.session.warnings() {
            self.shell.report(&self.shell.reporter.diagnostics(warnings));
        }
        let report = match result {
            Ok(value) => return Some(value),
            Err(SessionError::Compile(error)) => self.shell.reporter.compile_error(&error),
            Err(SessionError::Run(error)) => self.shell.reporter.run_error(&error),
        };
        self.shell.report(&report);
        None
    }

    /// Shows a result and keeps it as the last one.
    fn finish(&mut self, value: Value) {
        if !value.is_null() {
            say!("{}", show::show(&value, self.width, self.shell.color));
            self.session.define(LAST, value);
        }
    }

    /// What reports call the next entry.
    fn next_name(&mut self) -> String {
        self.count += 1;
        format!("<entry {}>", self.count)
    }

    fn reset(&mut self) {
        self.session = new_session(self.shell);
    }

    fn complain(&self, code: &str, message: &str, help: &[String]) {
        self.shell.complain(code, message, help);
    }
}

/// Whether an entry goes on from the last result.
fn continues(entry: &str) -> bool {
    let after_dot = entry.strip_prefix("?.").or_else(|| entry.strip_prefix('.'));
    let named = |rest: &str| rest.starts_with(|c: char| c.is_alphabetic() || c == '_');
    entry.starts_with("|>") || after_dot.is_some_and(named)
}

/// The command that a word of other shells stands for.
fn meant(word: &str) -> Option<&'static str> {
    match word {
        "help" | "?" => Some(":help"),
        "exit" | "quit" => Some(":quit"),
        _ => None,
    }
}

fn new_session(shell: &Shell) -> Session {
    let mut session = Session::new(&shell.engine);
    session.interrupt(shell.interrupt.clone());
    session
}

fn editor(shell: &Shell) -> rustyline::Result<Editor<Assistant, FileHistory>> {
    let config = Config::builder()
        .max_history_size(HISTORY_ENTRIES)?
        .history_ignore_dups(true)?
        .completion_type(CompletionType::List)
        .color_mode(if shell.color { ColorMode::Enabled } else { ColorMode::Disabled })
        .build();
    let mut editor = Editor::with_config(config)?;
    let names = Names { library: shell.engine.library(), session: Vec::new() };
    editor.set_helper(Some(Assistant { names, color: shell.color }));
    Ok(editor)
}

/// Where the history is kept: the XDG data folder, or the platform's own; its folder is made when missing.
fn history_file() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let data = set("XDG_DATA_HOME")
        .filter(|p| p.is_absolute())
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .or_else(|| set("APPDATA"))?;
    let folder = data.join("tansy");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Measures;
    use crate::report::{Format, Reporter};
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    fn shell() -> Shell {
        let reporter =
            Reporter { format: Format::Json, color: false, unicode: true, width: Some(80) };
        let interrupt = Arc::new(AtomicBool::new(false));
        let measures = Measures::default();
        Shell { engine: tansy::Engine::new(), reporter, interrupt, color: false, measures }
    }

    /// Enters the entries one after the other and gives the value of the last.
    fn entered(entries: &[&str]) -> Option<String> {
        let shell = shell();
        let mut repl = Repl { shell: &shell, session: new_session(&shell), count: 0, width: 80 };
        let (last, before) = entries.split_last()?;
        for entry in before {
            repl.entry(entry);
        }
        repl.evaluate(last).map(|value| value.to_string())
    }

    #[test]
    fn entries_that_go_on_from_the_last_result() {
        for entry in [".len()", "?.name", "|> sum()"] {
            assert!(continues(entry), "{entry}");
        }
        for entry in ["..5", "...xs", ".5", "|x| x + 1", "x.y"] {
            assert!(!continues(entry), "{entry}");
        }
    }

    #[test]
    fn the_last_result_is_kept() {
        assert_eq!(entered(&["[1, 2, 3]", ".len()"]).as_deref(), Some("3"));
        assert_eq!(entered(&["[1, 2, 3]", "null", "|> str()"]).as_deref(), Some("\"[1, 2, 3]\""));
        assert_eq!(entered(&["2", "ans + 1", "ans * 10"]).as_deref(), Some("30"));
        assert_eq!(entered(&[".len()"]), None);
    }

    #[test]
    fn names_survive_errors() {
        assert_eq!(entered(&["var n = 1", "n += 1; [][0]", "nope", "n"]).as_deref(), Some("2"));
    }

    #[test]
    fn functions_see_the_newest_definition() {
        let entries = ["fn f() { 1 }", "fn g() { f() }", "fn f() { 2 }", "g()"];
        assert_eq!(entered(&entries).as_deref(), Some("2"));
    }

    #[test]
    fn every_value_of_a_pasted_text_counts() {
        let text = "let old = [1, 2]\nold.push(3) // → [1, 2, 3]\n.len() + old.len()\nold";
        assert_eq!(entered(&[text, "ans"]).as_deref(), Some("[1, 2]"));
        assert_eq!(entered(&["1\n2\nnope\n3", "ans"]).as_deref(), Some("2"));
    }

    #[test]
    fn reset_forgets_all_names() {
        assert_eq!(entered(&["let x = 1", ":reset", "x"]), None);
    }

    #[test]
    fn quit_may_be_shortened() {
        let shell = shell();
        let mut repl = Repl { shell: &shell, session: new_session(&shell), count: 0, width: 80 };
        assert_eq!(repl.entry(":q"), Flow::Stop);
        assert_eq!(repl.entry(":names"), Flow::Go);
    }
}
