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

/// What calls saw last, and what is kept from one run to the next, does not change what a program costs.
#[test]
fn a_program_costs_the_same_when_it_runs_again() {
    let programs = [
        // A value that nobody needs any more stands before the arguments of a method.
        "var v = [7].insert(1, 9).push(1)\nif true { fn f(x, y) { if y <= 0 { return x } }\nlet w = f(v, 0) }\nv[0] = v.len()",
        "var v = [7, 8]\nif true { let w = [v, v][0] }\nfor i in 0..3 { v[0] = v.len()\nif true { let w = v } }",
        // Walks over values before a method that the machine does itself.
        "let a = {b: [1, 2], c: {d: [3] * 30}}\nvar n = 0\nfor i in 0..3 { let s = f\"{a}\"\nn += [i].len() }",
        "let a = [3] * 200\nlet b = [3] * 200\nvar n = [a == b, a < b].len()\nn += [a == b].push(1).len()",
        // A tree that is remembered beside a constant, and what is known of a text.
        &format!(
            "let v = {:?}\nlet w = v[0..100].sort()\nlet p = v.pop()\nw.len() + p.len()",
            [7; 1000]
        ),
        "let s = \"long enough not to be inline, é\" ?[1..9] ?? 1\nlet n = [1, 2, 3] == [1, 2, 3]",
        // A short function that sooner or later is not tried any more.
        "let add = |x, y| x + y.a\nvar t = 0\nfor i in 0..100 { t += try { add(i, i) } catch _ { 1 } }\nt += add(1, {a: 2})",
    ];
    for take in [true, false] {
        let engine = Engine::builder().take(take).build();
        for text in programs {
            let program = engine.compile("program", text).unwrap();
            let costs = || {
                let mut run = program.start();
                run.execute().unwrap();
                run.stats().fuel
            };
            let first = costs();
            (0..4).for_each(|_| assert_eq!(costs(), first, "{text}"));
        }
    }
}
