//! The same program and input give the same bytes: a thousand times, on several threads, and in every build (the expectations are files).

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tansy::{Engine, Program};

const RUNS: usize = 1000;

/// What a run prints, and its value.
fn run(program: &Program) -> String {
    let printed = Arc::new(Mutex::new(String::new()));
    let there = printed.clone();
    let mut run = program.start().output(Box::new(move |text| {
        if let Ok(mut all) = there.lock() {
            all.push_str(text);
        }
        Ok(())
    }));
    let value = run.execute().unwrap();
    let steps = run.stats().fuel;
    let printed = printed.lock().unwrap();
    format!("{printed}value {value}\nhash {}\nsteps {steps}\n", value.stable_hash().unwrap_or(0))
}

#[test]
fn a_thousand_runs_give_the_same_bytes_on_every_thread() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/determinism");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "tansy"));
    files.sort();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        let engine = Engine::new();
        let text = fs::read_to_string(&file).unwrap();
        let program = engine.compile("program", &text).unwrap();
        let expected_file = file.with_extension("expected");
        let first = run(&program);
        if std::env::var_os("TANSY_APPROVE").is_some() {
            fs::write(&expected_file, &first).unwrap();
        }
        let expected = fs::read_to_string(&expected_file).unwrap();
        assert_eq!(first, expected, "{}", file.display());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..RUNS / 4 {
                        assert_eq!(run(&program), expected, "{}", file.display());
                    }
                });
            }
        });
    }
}
