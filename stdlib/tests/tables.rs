//! The tables against what they describe: documentation, examples, and the functions of the Tansy halves.

use std::collections::HashSet;
use std::sync::LazyLock;
use tansy_lang::arena::Arena;
use tansy_lang::ast::{Function, PatternKind, StatementKind};
use tansy_lang::parser::{ParseLimits, parse};
use tansy_lang::source::Source;
use tansy_runtime::native::{Body, Place, Registry, Table};
use tansy_stdlib::tables;

/// One for the process, as programs have it: what is registered stays.
static REGISTRY: LazyLock<&Registry> = LazyLock::new(|| Registry::new(tables()));

/// The top-level functions of a text.
fn functions(file: &str, text: &str) -> Vec<(String, &'static Function<'static>)> {
    // They stay until the process ends.
    let source = Box::leak(Box::new(Source::new(file, text)));
    let parsed = parse(source, ParseLimits::default(), Box::leak(Box::new(Arena::new())));
    assert!(!parsed.has_errors(), "{file}: {:#?}", parsed.diagnostics);
    let mut found = Vec::new();
    for statement in parsed.module.body.statements {
        if let StatementKind::Function { name, function } = statement.kind {
            found.push((name.text.to_string(), function));
        }
    }
    found
}

fn is_method(table: &Table) -> bool {
    matches!(table.place, Place::Type(_) | Place::Any)
}

#[test]
fn every_script_row_has_a_function_with_its_parameters() {
    let registry = *REGISTRY;
    for table in tables() {
        let Some((file, text)) = table.script else { continue };
        let functions = functions(file, text);
        for row in table.rows.iter().filter(|row| matches!(row.body, Body::Script)) {
            let name = row.name();
            let found = functions.iter().find(|(n, _)| n == name);
            let (_, function) = found.unwrap_or_else(|| panic!("{file} has no function {name}"));
            let written = &function.parameters[usize::from(is_method(table))..];
            let native = registry.natives().find(|n| n.name == name && n.place == table.place);
            let shown = &native.expect("registered").signature;
            assert_eq!(shown.parameters.len(), written.len(), "{file}: {}", row.signature);
            for (shown, written) in shown.parameters.iter().zip(written) {
                let PatternKind::Bind(bound) = &written.pattern.kind else {
                    panic!("{file}: a pattern as parameter of {name}")
                };
                assert_eq!(shown.name, *bound, "{file}: {}", row.signature);
                let optional = written.default.is_some() || written.rest;
                assert_eq!(shown.optional, optional, "{file}: {}", row.signature);
            }
        }
    }
}

#[test]
fn no_name_stands_twice_in_one_place() {
    let mut seen = HashSet::new();
    for table in tables() {
        for row in table.rows {
            let place = format!("{:?}.{}", table.place, row.name());
            assert!(seen.insert(place.clone()), "{place} stands twice");
        }
    }
}

#[test]
fn every_row_for_people_has_words_and_an_example() {
    for table in tables() {
        for row in table.rows.iter().filter(|row| !row.name().starts_with("__")) {
            assert!(row.doc.ends_with('.'), "{}: {:?}", row.signature, row.doc);
            assert!(row.example.contains("// → "), "{}: {:?}", row.signature, row.example);
        }
    }
}

#[test]
fn every_example_parses() {
    for table in tables() {
        for row in table.rows {
            functions(row.signature, row.example);
        }
    }
}
