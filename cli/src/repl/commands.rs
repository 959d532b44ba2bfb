//! The session's commands: entries that begin with a colon.

use crate::repl::complete::COMMANDS;
use crate::repl::highlight::colored;
use crate::repl::{Flow, Repl};
use crate::report::{count, plural};
use crate::test::{DIM, milliseconds};
use std::path::Path;
use std::time::Instant;
use tansy::{CompileOptions, Place, Row, Source, Table};

impl Repl<'_> {
    /// Does what an entry such as `:type 1 + 1` says.
    pub(crate) fn command(&mut self, entry: &str) -> Flow {
        let (name, rest) = entry.split_once(char::is_whitespace).unwrap_or((entry, ""));
        let rest = rest.trim();
        let wanted: Vec<&(&str, &str, &str)> = match COMMANDS.iter().find(|(c, ..)| *c == name) {
            Some(command) => vec![command],
            None => COMMANDS.iter().filter(|(c, ..)| c.starts_with(name)).collect(),
        };
        let [(name, takes, _)] = wanted[..] else {
            let hint = "`:help` lists the commands".to_owned();
            self.complain("unknown-command", &format!("there is no command `{name}`"), &[hint]);
            return Flow::Go;
        };
        if !takes.is_empty() && rest.is_empty() {
            self.complain("unknown-command", &format!("usage: {name} {takes}"), &[]);
            return Flow::Go;
        }
        match *name {
            ":help" => self.help(),
            ":doc" => self.doc(rest),
            ":names" => self.list_names(),
            ":type" => self.type_of(rest),
            ":time" => self.time(rest),
            ":disasm" => self.disassemble(rest),
            ":load" => self.load(rest),
            ":reset" => self.reset(),
            _ => return Flow::Stop,
        }
        Flow::Go
    }

    fn help(&self) {
        for (name, takes, what) in COMMANDS {
            let what = wrap(what, self.width, 18);
            say!("  {:<16}{what}", format!("{name} {takes}"));
        }
        say!(
            "\n`ans` is the last result, and an entry that begins with `.`, `?.` or `|>` applies to it.
An entry with an open bracket goes on; Ctrl-C stops an evaluation, or clears the entry."
        );
    }

    fn doc(&mut self, name: &str) {
        let name = name.trim_end_matches("()");
        let (place, member) = name.rsplit_once('.').map_or((None, name), |(p, m)| (Some(p), m));
        let tables = tansy::tables();
        if place.is_none()
            && let Some(table) =
                tables.iter().find(|t| t.place == Place::Module(module_name(t, name)))
        {
            return self.module_doc(table);
        }
        let mut found = 0;
        for table in tables {
            if place.is_none_or(|p| place_name(table.place) == p) {
                for row in table.rows.iter().filter(|r| r.name() == member) {
                    self.row_doc(table, row, found > 0);
                    found += 1;
                }
            }
        }
        if found == 0 {
            let places = tables.iter().map(|t| place_name(t.place));
            let names: Vec<&str> =
                tables.iter().flat_map(|t| t.rows.iter().map(Row::name)).chain(places).collect();
            let hint = tansy::spell::did_you_mean(member, names);
            let message = format!("nothing is known about `{name}`");
            self.complain("unknown-name", &message, &hint.into_iter().collect::<Vec<_>>());
        }
    }

    fn module_doc(&self, table: &Table) {
        say!("{}\n", wrap(table.doc, self.width, 0));
        for row in table.rows.iter().filter(|r| !r.name().starts_with("__")) {
            let first = row.doc.split(". ").next().unwrap_or(row.doc);
            let doc = wrap(first, self.width, DOC_COLUMN);
            say!("  {:<1$}{2}", row.signature, DOC_COLUMN - 2, self.shell.paint(DIM, &doc));
        }
    }

    fn row_doc(&self, table: &Table, row: &Row, again: bool) {
        if again {
            say!("");
        }
        let place = match table.place {
            Place::Global => String::new(),
            place => format!("{}.", place_name(place)),
        };
        let signature = format!("{place}{}", row.signature);
        say!("{}", self.shell.paint("1", &signature));
        say!("{}", wrap(row.doc, self.width, 0));
        if !row.example.trim().is_empty() {
            say!("");
            for line in row.example.trim().lines() {
                let line = if self.shell.color { colored(line) } else { line.to_owned() };
                say!("    {line}");
            }
        }
    }

    fn list_names(&self) {
        for (name, value) in self.session.names() {
            let shown = match &value {
                Some(value) => format!(
                    "{} {}",
                    self.shell.paint(DIM, value.type_name()),
                    value.write_bounded(60)
                ),
                None => String::new(),
            };
            say!("  {name:<16}{shown}");
        }
    }

    fn type_of(&mut self, text: &str) {
        if let Some(value) = self.evaluate(text) {
            say!("{}", value.type_name());
        }
    }

    fn time(&mut self, text: &str) {
        let start = Instant::now();
        if let Some(value) = self.evaluate(text) {
            let time = start.elapsed();
            let stats = self.session.stats();
            self.finish(value);
            let cost = format!(
                "{} · {} · {} changed in place, {} copied",
                milliseconds(time),
                plural(stats.fuel as usize, "step"),
                plural(stats.updates as usize, "node"),
                count(stats.copies),
            );
            say!("{}", self.shell.paint(DIM, &cost));
        }
    }

    fn disassemble(&mut self, text: &str) {
        let inputs = self.session.names().into_iter().map(|(name, _)| name).collect();
        let options = CompileOptions { inputs, ..CompileOptions::default() };
        let source = Source::new(self.next_name(), text);
        match self.shell.engine.compile_with(source, &options) {
            Ok(program) => say!("{}", program.disassemble().trim_end()),
            Err(error) => self.shell.report(&self.shell.reporter.compile_error(&error)),
        }
    }

    fn load(&mut self, file: &str) {
        if let Ok(source) = self.shell.read(Path::new(file)) {
            let before = self.session.names().len();
            if let Some(value) = self.evaluate_as(source.name(), source.text()) {
                let new = self.session.names().len().saturating_sub(before);
                self.finish(value);
                say!("{}", self.shell.paint(DIM, &plural(new, "new name")));
            }
        }
    }
}

/// Where the documentation stands in a list of signatures.
const DOC_COLUMN: usize = 32;

/// The text broken between words so that it fits the width, from a column on.
fn wrap(text: &str, width: usize, column: usize) -> String {
    let mut result = String::new();
    let mut at = column;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if at > column && at + 1 + length >= width {
            result.push('\n');
            result.extend(std::iter::repeat_n(' ', column));
            at = column;
        } else if at > column {
            result.push(' ');
            at += 1;
        }
        result.push_str(word);
        at += length;
    }
    result
}

/// The name of a table's module if it is the one asked for; else something no module is called.
fn module_name(table: &Table, wanted: &str) -> &'static str {
    match table.place {
        Place::Module(name) if name == wanted => name,
        _ => "",
    }
}

/// As it stands before the dot.
fn place_name(place: Place) -> &'static str {
    match place {
        Place::Global => "",
        Place::Module(name) => name,
        Place::Type(kind) => kind.name(),
        Place::Any => "Any",
    }
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn texts_are_broken_between_words() {
        assert_eq!(wrap("one two three", 10, 0), "one two\nthree");
        assert_eq!(wrap("one two three", 12, 2), "one two\n  three");
    }
}
