//! The words are true: every `tansy` fence of the documents runs and gives what it says, every example prints what is expected of it, and
//! the library's reference is what its tables say.
//!
//! A line `expression // → value` is checked for its value, `print(…) // → text` for what it prints, and `statement // error: text` for
//! the error that it ends in, alone, after the lines above it. A fence is one program; `UPDATE=1 cargo test --test docs` rewrites the files that are made from the
//! program: `examples/expected/*.txt` and `docs/library.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tansy::{CompileOptions, Engine, Loaded, Loader, Place, Row, Source};

/// The documents whose fences are programs.
const DOCUMENTS: [&str; 5] =
    ["README.md", "docs/tour.md", "docs/reference.md", "docs/maps.md", "docs/capabilities.md"];

/// Begins the line on which a fence prints what is to be checked.
const MARK: &str = "\u{2063}";

/// Files that a document shows and its programs import.
#[derive(Clone, Default)]
struct Shown(BTreeMap<String, String>);

impl Loader for Shown {
    fn load(&self, path: &str, _from: &str) -> Result<Loaded, String> {
        let name = path.trim_start_matches("./");
        let text = self.0.get(name).ok_or_else(|| format!("the document shows no {name}"))?;
        Ok(Loaded { id: name.to_string(), text: text.clone() })
    }
}

/// A fenced block of a document.
struct Fence {
    line: usize,
    info: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn fences(text: &str) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut open: Option<Fence> = None;
    for (n, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open =
                    Some(Fence { line: n + 2, info: info.trim().to_string(), text: String::new() })
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(fence), None) => {
                fence.text.push_str(line);
                fence.text.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

/// Runs a program; what it printed, and the whole message if it did not compile or ended in an error.
fn run(engine: &Engine, name: &str, text: &str) -> (String, Option<String>) {
    let program = match engine.compile(name, text) {
        Ok(program) => program,
        Err(error) => return (String::new(), Some(error.to_string())),
    };
    let printed = Arc::new(Mutex::new(String::new()));
    let sink = Arc::clone(&printed);
    let result = program
        .start()
        .output(Box::new(move |text: &str| {
            sink.lock().expect("one thread prints").push_str(text);
            Ok(())
        }))
        .execute();
    let error = result
        .err()
        .map(|e| format!("{}: {}\n{}\n{}", e.kind, e.message, e.label, e.help.join("\n")));
    let text = printed.lock().expect("one thread prints").clone();
    (text, error)
}

/// The name that a `let`, `var` or `fn` line declares.
fn declared(code: &str) -> Option<&str> {
    let rest = ["let ", "var "].iter().find_map(|word| code.strip_prefix(word))?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().filter(|name| !name.is_empty())
}

/// A line that shows its value, as one that prints it after the mark.
fn shown(code: &str, line: usize) -> String {
    if code.starts_with("print(") {
        format!("print(\"{MARK}{line}\"); {code}")
    } else if let Some(name) = declared(code) {
        format!("{code}; print(\"{MARK}{line}\"); print([{name}])")
    } else {
        format!("print(\"{MARK}{line}\"); print([{code}])")
    }
}

/// Checks one fence and reports what is wrong with it.
fn check(fence: &Fence, document: &str, files: &Shown, wrong: &mut String) {
    let engine = Engine::builder().loader(files.clone()).build();
    let place = |n: usize| format!("{document}:{}", fence.line + n);
    let mut program = String::new();
    let mut values = Vec::new();
    for (n, line) in fence.text.lines().enumerate() {
        if let Some((code, text)) = line.split_once("// error: ") {
            // As the program's value; and where that is no error, as a statement whose value is thrown away.
            let as_value = run(&engine, document, &format!("{program}{code}\n")).1;
            let error =
                as_value.or_else(|| run(&engine, document, &format!("{program}{code}\nnull\n")).1);
            match error {
                Some(error) if error.contains(text.trim()) => {}
                Some(error) => {
                    _ = writeln!(
                        wrong,
                        "{}: expected an error with {:?}, got {error}",
                        place(n),
                        text.trim()
                    )
                }
                None => {
                    _ = writeln!(
                        wrong,
                        "{}: expected an error with {:?}, got none",
                        place(n),
                        text.trim()
                    )
                }
            }
            program.push('\n');
        } else if let Some((code, value)) = line.split_once("// → ") {
            values.push((n, value.trim()));
            program.push_str(&shown(code.trim(), n));
            program.push('\n');
        } else {
            program.push_str(line);
            program.push('\n');
        }
    }
    let (printed, error) = run(&engine, document, &program);
    if let Some(error) = error {
        _ = writeln!(wrong, "{}: {error}\n{program}", place(0));
    }
    let mut lines = printed.lines();
    for (n, value) in values {
        let mark = format!("{MARK}{n}");
        let got = lines.by_ref().skip_while(|line| *line != mark).nth(1);
        let printed = got.is_some_and(|got| got == value || got == format!("[{value}]"));
        if !printed {
            _ = writeln!(wrong, "{}: expected {value}, got {}", place(n), got.unwrap_or("nothing"));
        }
    }
}

#[test]
fn documents() {
    let mut wrong = String::new();
    let mut checked = 0;
    for document in DOCUMENTS {
        let mut files = Shown::default();
        for fence in fences(&read(&root().join(document))) {
            if let Some((_, name)) = fence.info.split_once("file=") {
                files.0.insert(name.to_string(), fence.text.clone());
            }
            if fence.info.split(' ').next() == Some("tansy") {
                check(&fence, document, &files, &mut wrong);
                checked += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(checked > 50, "only {checked} fences were found");
}

/// What the guide shows of explanations is what its programs and inputs give.
#[test]
fn explanations() {
    let text = read(&root().join("docs/explain.md"));
    let (mut program, mut input, mut checked) = (None, None, 0);
    for fence in fences(&text) {
        match fence.info.split_once(" file=").unwrap_or((&fence.info, "")) {
            ("tansy", name) => program = Some((name.to_string(), fence.text)),
            ("json", _) => input = Some(tansy::json::parse(&fence.text).expect("JSON")),
            ("text", _) => {
                let (name, text) = program.take().expect("a program stands before");
                let options = CompileOptions { inputs: vec!["input".into()], exports: false };
                let program = Engine::new().compile_with(Source::new(name, text), &options);
                let program = program.unwrap_or_else(|e| panic!("{e}"));
                let input = input.clone().expect("an input stands before");
                let report = program.run_traced(&[("input", input)]).explanation.to_string();
                assert!(report == fence.text, "docs/explain.md:{}: now\n{report}", fence.line);
                checked += 1;
            }
            _ => {}
        }
    }
    assert_eq!(checked, 2);
}

/// The files of a folder with this extension, in order.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(root().join(folder))
        .expect("the folder is there")
        .map(|entry| entry.expect("can be read").path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    found.sort();
    found
}

/// Compares with the file, or writes it.
fn expect(path: &Path, text: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
    let expected = read(path);
    assert!(expected == text, "{} differs; UPDATE=1 rewrites it. Now:\n{text}", path.display());
}

#[test]
fn examples() {
    let engine = Engine::new();
    let programs = files("examples", "tansy");
    assert!(programs.len() >= 10);
    for path in programs {
        let name = path.file_stem().expect("has a name").to_string_lossy();
        let (printed, error) = run(&engine, &path.display().to_string(), &read(&path));
        assert_eq!(error, None, "{}", path.display());
        expect(&root().join(format!("examples/expected/{name}.txt")), &printed);
    }
}

/// What the README shows of the first example is what it prints.
#[test]
fn readme_output() {
    let readme = read(&root().join("README.md"));
    let printed = read(&root().join("examples/expected/order.txt"));
    assert!(
        fences(&readme).iter().any(|fence| fence.text == printed),
        "README.md does not show what examples/order.tansy prints"
    );
}

/// Programs over data that the repository does not hold compile, at least.
#[test]
fn data_programs() {
    for path in files("examples/data", "tansy") {
        let source = Source::new(path.display().to_string(), read(&path));
        let options = CompileOptions { inputs: vec!["input".into()], exports: false };
        if let Err(error) = Engine::new().compile_with(source, &options) {
            panic!("{error}");
        }
    }
}

fn heading(place: Place) -> String {
    match place {
        Place::Global => "In scope by name".to_string(),
        Place::Module(name) => format!("`{name}`"),
        Place::Type(kind) => kind.name().to_string(),
        Place::Any => "Every value".to_string(),
    }
}

fn anchor(heading: &str) -> String {
    heading.to_lowercase().replace('`', "").replace(' ', "-")
}

/// The places in the order of the tables, each with the rows of all its tables by name.
fn places() -> Vec<(Place, &'static str, Vec<&'static Row>)> {
    let mut places: Vec<(Place, &str, Vec<&Row>)> = Vec::new();
    for table in tansy::tables() {
        let rows = table.rows.iter().filter(|row| !row.name().starts_with("__"));
        match places.iter_mut().find(|(place, ..)| *place == table.place) {
            Some((_, _, known)) => known.extend(rows),
            None => places.push((table.place, table.doc.trim(), rows.collect())),
        }
    }
    places.retain(|(_, _, rows)| !rows.is_empty());
    for (_, _, rows) in &mut places {
        rows.sort_by_key(|row| row.name());
    }
    places
}

/// The tables as a document.
fn library() -> String {
    let mut out = String::from(
        "# The library\n\nWhat is in scope without a declaration: functions and modules by name, and the methods of each type. A parameter with `=` may be \
         left out; `...` takes any number of arguments. The examples are run by the tests.\n\nThis page is made from the tables in `stdlib`.\n\n",
    );
    let places = places();
    for (place, _, rows) in &places {
        let heading = heading(*place);
        let names: Vec<String> = rows.iter().map(|row| format!("`{}`", row.name())).collect();
        _ = writeln!(out, "- [{heading}](#{}): {}", anchor(&heading), names.join(" "));
    }
    for (place, doc, rows) in &places {
        _ = write!(out, "\n## {}\n\n{doc}\n", heading(*place));
        for row in rows {
            let before = match place {
                Place::Module(name) => format!("{name}."),
                Place::Type(_) | Place::Any => ".".to_string(),
                Place::Global => String::new(),
            };
            _ = write!(
                out,
                "\n### `{before}{}`\n\n{}\n\n```tansy\n{}\n```\n",
                row.signature,
                row.doc.trim(),
                row.example.trim()
            );
        }
    }
    out
}

#[test]
fn library_is_what_the_tables_say() {
    expect(&root().join("docs/library.md"), &library());
}
