//! Any program that compiles runs to a result, an error or a limit, with taking and without, and both do the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock, Mutex};
use tansy::{Engine, Limits};

fn engine(take: bool) -> Engine {
    let limits =
        Limits { fuel: 200_000, memory: 64 << 20, call_depth: 10_000, output: 1 << 20, ..Limits::default() };
    Engine::builder().limits(limits).take(take).build()
}

static ENGINES: LazyLock<[Engine; 2]> = LazyLock::new(|| [engine(true), engine(false)]);

/// What a run printed and gave; None when it came to a limit.
fn run(engine: &Engine, text: &str) -> Option<(String, Result<String, String>)> {
    let program = engine.compile("fuzz", text).ok()?;
    let _ = program.disassemble();
    let printed = Arc::new(Mutex::new(String::new()));
    let sink = printed.clone();
    let output = Box::new(move |text: &str| {
        if let Ok(mut all) = sink.lock() {
            all.push_str(text);
        }
        Ok(())
    });
    let result = match program.start().output(output).execute() {
        Ok(v) => Ok(v.write_bounded(10_000)),
        Err(e) if e.limit.is_some() => return None,
        Err(e) => Err(e.kind),
    };
    let printed = printed.lock().map(|p| p.clone()).unwrap_or_default();
    Some((printed, result))
}

fuzz_target!(|text: &str| {
    let outcomes = ENGINES.each_ref().map(|engine| run(engine, text));
    if let [Some(taking), Some(copying)] = outcomes {
        assert_eq!(taking, copying);
    }
});
