//! Every example of the tables: a line with `// → value` gives that value after the lines before it, with everything granted.

use std::path::Path;
use std::sync::{Arc, LazyLock};
use tansy_runtime::files::Access;
use tansy_runtime::native::Registry;
use tansy_runtime::{Engine, Grants, Limits, NoLoader, Randomness};
use tansy_stdlib::tables;

/// One for the process, as programs have it: what is registered stays.
static REGISTRY: LazyLock<&Registry> = LazyLock::new(|| Registry::new(tables()));

/// What is wrong with an example, if anything.
fn wrong(engine: &Engine, example: &str) -> Option<String> {
    let mut before = String::new();
    for line in example.lines() {
        let Some((code, expected)) = line.split_once("// → ") else {
            before.push_str(line);
            before.push('\n');
            continue;
        };
        let text = format!("{before}{code}");
        let found = match engine.compile("example", &text) {
            Err(e) => format!("does not compile: {e}"),
            Ok(program) => match program.start().output(Box::new(|_| Ok(()))).execute() {
                Err(e) => format!("fails: {e}"),
                Ok(value) => value.to_string(),
            },
        };
        if found != expected.trim() {
            return Some(format!("{code}\n    expected {expected}\n    found    {found}"));
        }
    }
    None
}

/// Everything, but files only in a folder of their own, which is the current one for the only test here.
fn grants() -> Grants {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples");
    std::fs::create_dir_all(&folder).expect("writable");
    std::env::set_current_dir(&folder).expect("it is there");
    let mut files = Access::default();
    files.allow(&folder).expect("it is there");
    let random = Randomness::Seeded(1);
    Grants { read: files.clone(), write: files, random, ..Grants::all() }
}

#[test]
fn every_example_gives_what_it_says() {
    let registry = *REGISTRY;
    registry.check().expect("the Tansy halves compile");
    let grants = grants();
    let mut failures = Vec::new();
    // Whether the last use of a name moves its value must not show.
    for take in [true, false] {
        let engine = Engine::with(registry, Limits::default(), Arc::new(NoLoader), take);
        let engine = engine.with_grants(grants.clone());
        for table in tables() {
            for row in table.rows {
                if let Some(failure) = wrong(&engine, row.example) {
                    failures.push(format!("{:?} {}: {failure}", table.place, row.signature));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}\n{} failures", failures.join("\n"), failures.len());
}
