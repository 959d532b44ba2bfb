//! What a program cannot do to its host: every hostile program here ends in a clear error within its limits, on a small stack, and
//! the engine goes on. And what an update costs: nothing is copied that nobody shares.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tansy::{
    CompileOptions, Engine, HostObject, Limit, Limits, Part, Program, RunError, Source, Stats,
    Value,
};

/// Runs a program under small limits on a thread with 512 KiB of stack.
fn small(text: &str) -> (Result<Value, RunError>, Stats) {
    let limits = Limits {
        fuel: 20_000_000,
        memory: 64 << 20,
        time: Some(Duration::from_secs(60)),
        ..Limits::default()
    };
    run(text, limits)
}

fn run(text: &str, limits: Limits) -> (Result<Value, RunError>, Stats) {
    let text = text.to_string();
    let work = move || {
        let engine = Engine::builder().limits(limits).build();
        let source = Source::new("hostile.tansy", text);
        let program = engine
            .compile_with(source, &CompileOptions::default())
            .unwrap_or_else(|e| panic!("{e}"));
        let mut run = program.start().output(Box::new(|_| Ok(())));
        let result = run.execute();
        (result, run.stats())
    };
    let thread = std::thread::Builder::new().stack_size(512 << 10).spawn(work);
    thread.expect("a thread").join().expect("no panic")
}

/// The program ends in this error, whose message holds `part`. Memory stays within a tenth of the limit.
#[track_caller]
fn ends(text: &str, kind: &str, part: &str) {
    let (result, stats) = small(text);
    let error = result.map(|v| v.write_bounded(100)).expect_err("an error");
    assert_eq!(error.kind, kind, "{text}: {error}");
    assert!(error.message.contains(part), "{text}: {error}");
    assert!(stats.peak_memory < 71 << 20, "{text}: peak {}", stats.peak_memory);
}

#[test]
fn endless_loops_run_out_of_fuel() {
    ends("while true { }", "fuel-limit", "out of fuel");
    ends("for i in 0.. { }", "fuel-limit", "out of fuel");
    ends("fn f() { f() }\nf()", "fuel-limit", "out of fuel");
    ends("iterate(|x| x, 1).count()", "fuel-limit", "out of fuel");
    ends("try { while true { } } catch e { 1 }", "fuel-limit", "out of fuel");
}

#[test]
fn endless_recursion_is_an_error_that_can_be_caught() {
    ends("fn f(n) { 1 + f(n) }\nf(1)", "recursion-limit", "nested calls");
    let (result, _) = small("fn f(n) { 1 + f(n) }\ntry { f(1) } catch e { e.kind }");
    assert_eq!(result.expect("a value"), Value::str("recursion-limit"));
}

#[test]
fn growth_without_end_runs_out_of_memory() {
    ends("var s = \"x\"\nwhile true { s += s }", "memory-limit", "out of memory");
    ends("var v = [1]\nwhile true { v += v }", "memory-limit", "out of memory");
    ends("var v = []\nwhile true { v = v.push(v.len()) }", "memory-limit", "out of memory");
    ends("var v = []\nwhile true { v = [v, v.len()] }", "memory-limit", "out of memory");
    ends("var m = {}\nvar i = 0\nwhile true { m[i] = i; i += 1 }", "memory-limit", "out of memory");
    ends("var n = 3\nwhile true { n *= n }", "fuel-limit", "out of fuel");
}

#[test]
fn large_results_are_refused_before_they_are_made() {
    ends("\"x\" * 10 ** 12", "memory-limit", "out of memory");
    ends("[0] * 10 ** 12", "memory-limit", "out of memory");
    ends("10 ** 10 ** 10", "too-large", "too large");
    ends("[...0..10 ** 18]", "memory-limit", "out of memory");
    ends("\"x\".pad_start(10 ** 13)", "memory-limit", "out of memory");
    ends("\"a\".repeat(10 ** 15)", "memory-limit", "out of memory");
    ends("(\"a\" * 1_000_000).replace(\"a\", \"b\" * 1000)", "memory-limit", "out of memory");
    for text in ["(0..10 ** 18).vec()", "(0..10 ** 18).map(|x| x)", "1.shift_left(10 ** 15)"] {
        let (result, stats) = small(text);
        assert!(result.is_err(), "{text}");
        assert!(stats.peak_memory < 71 << 20, "{text}: peak {}", stats.peak_memory);
    }
}

#[test]
fn output_is_limited() {
    let limits = Limits { output: 1000, ..Limits::default() };
    let (result, _) = run("while true { print(\"again\") }", limits);
    assert_eq!(result.expect_err("an error").limit, Some(Limit::Output));
}

#[test]
fn time_is_limited_inside_a_loop() {
    let limits = Limits { time: Some(Duration::from_millis(50)), ..Limits::default() };
    let (result, _) = run("while true { }", limits);
    assert_eq!(result.expect_err("an error").limit, Some(Limit::Time));
}

#[test]
fn comparing_large_values_costs_fuel() {
    ends(
        "let a = (0..300_000).vec()\nlet b = (0..300_000).vec()\nwhile a == b { }",
        "fuel-limit",
        "fuel",
    );
}

#[test]
fn a_limit_names_the_hottest_place() {
    let (result, _) = small("fn work() {\n  while true { }\n}\nlet x = 1\nwork()");
    let error = result.expect_err("an error");
    let place = error.hottest.expect("a place");
    assert_eq!(place.source.line_column(place.span.start).0, 2);
}

#[test]
fn a_million_levels_are_compared_hashed_printed_converted_and_dropped() {
    let program = "
        var a = []
        for i in 0..1_000_000 { a = [a] }
        var b = []
        for i in 0..1_000_000 { b = [b] }
        assert a == b
        assert hash(a) == hash(b)
        assert cmp(a, [b]) < 0
        assert f\"{a}\".len() == 2_000_002
        let text = try { json.stringify(a) } catch e { e.kind }
        assert text.len() > 0
        var m = {}
        for i in 0..1_000_000 { m = {m} }
        assert m == m.m | {m: m.m}
        1";
    let limits = Limits { memory: 1 << 30, ..Limits::default() };
    let (result, _) = run(program, limits);
    assert_eq!(result.unwrap_or_else(|e| panic!("{e}")), Value::int(1));
}

#[test]
fn tail_calls_use_no_stack() {
    let (result, stats) = small("fn f(n) { if n == 0 { 0 } else { f(n - 1) } }\nf(10_000_000)");
    assert_eq!(result.unwrap_or_else(|e| panic!("{e}")), Value::int(0));
    assert!(stats.peak_memory < 1 << 20, "peak {}", stats.peak_memory);
}

#[test]
fn deep_sources_are_refused() {
    for (open, middle, close) in
        [("(", "1", ")"), ("[", "", "]"), ("-", "1", ""), ("not ", "true", ""), ("|x| ", "1", "")]
    {
        let text = open.repeat(100_000) + middle + &close.repeat(100_000);
        let work = move || Engine::new().compile("deep.tansy", &text).err().map(|e| e.to_string());
        let thread = std::thread::Builder::new().stack_size(512 << 10).spawn(work);
        let error = thread.expect("a thread").join().expect("no panic").expect("an error");
        assert!(error.contains("nest"), "{open}: {error}");
    }
}

#[test]
fn a_long_line_compiles_or_says_why_not() {
    let items: Vec<String> = (0..500_000).map(|i| format!("f({i})")).collect();
    let text = format!("fn f(x) {{ x }}\n[{}].len()", items.join(", "));
    let result = Engine::new().compile("long.tansy", &text);
    if let Err(error) = result {
        assert!(error.to_string().contains("too large"), "{:.300}", error.to_string());
    }
}

/// Runs and gives the number of shared nodes that were copied.
#[track_caller]
fn copies(text: &str) -> u64 {
    let (result, stats) = run(text, Limits::default());
    result.unwrap_or_else(|e| panic!("{e}"));
    stats.copies
}

#[test]
fn unshared_values_are_updated_in_place() {
    let nested = "var cfg = do { var c = {a: {}}; c.a.b = [1, 2].map(|x| {c: x}); c }\n";
    assert_eq!(
        copies(&format!(
            "{nested}for i in 0..1_000_000 {{ cfg.a.b[1].c += 1 }}\nassert cfg.a.b[1].c == 1_000_002"
        )),
        0
    );
    assert_eq!(copies("var m = {}\nfor i in 0..10_000 { m = m.insert(i, i) }"), 0);
    assert_eq!(
        copies(
            "var v = []\nfor i in 0..10_000 { v = v.push(i) }\nfor i in 0..10_000 { v[i] *= 2 }"
        ),
        0
    );
    assert_eq!(copies("var s = \"\"\nfor i in 0..10_000 { s += \"x\" }"), 0);
    assert_eq!(copies("var s = #{}\nfor i in 0..10_000 { s = s.add(i) }"), 0);
    assert_eq!(
        copies(
            "fn grow(v, n) { if n == 0 { v } else { grow(v.push(n), n - 1) } }\ngrow([], 10_000).len()"
        ),
        0
    );
}

#[test]
fn elements_of_what_only_the_loop_holds_are_updated_in_place() {
    let rows = "fn rows(n) { (0..n).map(|i| [i]).vec() }\nfn longer(v) { v.push(1).len() }\n";
    for n in [10, 100] {
        let taken = format!("{rows}var n = 0\nfor row in rows({n}) {{ n += longer(row) }}\nn");
        assert_eq!(copies(&taken), 0);
        let held = format!(
            "{rows}let held = rows({n})\nvar n = 0\nfor row in held {{ n += longer(row) }}\nassert held == rows({n})"
        );
        assert_eq!(copies(&held), n);
    }
}

#[test]
fn shared_values_copy_only_the_path() {
    let program = "
        var cfg = {a: {b: [{c: 0}, {c: 1}], big: (0..10_000).vec()}, other: {x: 1}}
        var versions = []
        for i in 0..1_000 {
            versions = versions.push(cfg)
            cfg.a.b[0].c += 1
        }
        for i in 0..1_000 {
            assert versions[i].a.b[0].c == i
            assert same(versions[i].a.big, cfg.a.big)
            assert same(versions[i].other, cfg.other)
        }";
    // Four levels a version: the root, `a`, `b` and its first element.
    assert!((3_000..=5_000).contains(&copies(program)), "{}", copies(program));
}

#[test]
fn an_engine_goes_on_after_errors() {
    let engine = Engine::builder().limits(Limits { fuel: 100_000, ..Limits::default() }).build();
    for _ in 0..3 {
        assert!(engine.eval::<Value>("while true { }").is_err());
        assert_eq!(engine.eval::<Value>("1 + 1").expect("a value"), Value::int(2));
    }
}

struct Place;

impl HostObject for Place {
    fn type_name(&self) -> &'static str {
        "Place"
    }

    fn field(&self, name: &str) -> Option<Part<'_>> {
        Some(if name == "x" { 1 } else { 2 }.into())
    }
}

/// Programs that do the same few instructions over and over, for far more steps than a small native stack would have frames for: however
/// the machine goes from one instruction to the next, it must not pile up.
#[test]
fn steps_use_no_native_stack() {
    let bodies = [
        "n += i % 7 * 2 - i div 3; if n > 1_000_000 { n = -n }",
        "x = x * 1.5 - 0.5; if x > 1e9 { x = 1.0 }",
        "s = s + \"ab\"; if s.len() > 50 { s = \"\" }; s = f\"{s}{i}\"; if s == \"\" { n = 1 }",
        "v[i % 8] = i; v[i % 8] += 1; n = v[7 - i % 8]; w.a.b += 1; w.c[1] = i; n = w.a.b + w.c[1]",
        "n = add(n, i) - add(i, 1); n = apply(add, n, 1); n = apply(|a, b| a - b + n, i, 2)",
        "n = deep(20); n = turns(30, 0)",
        "for [k, e] in {a: 1, b: 2} { n += e }; for e in v { n += e }; for c in \"abc\" { s = c }; for e in #{1, 2} { n += e }",
        "n = match v { [a, b, ...rest] => a + rest.len(), _ => 0 }; n = match {k: i} { {k: 1} => 1, {k} if k > 3 => k, _ => 2 }",
        "n = try { v[100] } catch e { 3 }; n = (v.map(|e| e + 1)).fold(0, |a, b| a + b)",
        "m[i % 50] = m?[i % 20] ?? 0; delete m?[i % 7]; n = m.len(); t = t with { a = i, b.c += 1 }; n = t.b.c",
        "n = v.map(|e| e * 2 + i).filter(|e| e % 2 == 0 and e > 3).len() + clamp(i, 0, 9); n = v.map(|e| [e, n]).map(|[a, b]| a).len()",
        "n = [w, {c: 1, a: {b: 2}}].map(|e| e.a.b).fold(0, |a, b| if a > b { a } else { b }); n = [s, \"\"].map(|e| e + \"x\").len()",
        "n = [e * 2 for e in v if e % 2 == 0].len(); n = v[1..3].len() + v[*].len(); if i in v { n = 1 }",
        "x = math.sqrt(x + 1.0); n = host(n, i); n = host(n, 1); x = math.cbrt(x); s = host_text(\"a\", \"b\")",
        "n = place.x; n = place.y; n += place.x; n = place.x; n += place.y; n = place.x; n = place.y; n = place.x",
    ];
    for body in bodies {
        let text = format!(
            "fn add(a, b) {{ a + b }}\nfn apply(f, a, b) {{ let r = f(a, b)\n r }}\nfn deep(n) {{ if n == 0 {{ 0 }} else {{ 1 + deep(n - 1) }} }}\n\
             fn turns(n, acc) {{ if n == 0 {{ acc }} else {{ turns(n - 1, acc + n) }} }}\nfn clamp(n, a, b) {{ if n < a {{ a }} else if n > b {{ b }} else {{ n }} }}\n\
             var n = 0\nvar x = 1.0\nvar s = \"\"\nvar v = [0, 1, 2, 3, 4, 5, 6, 7]\nvar w = {{a: {{b: 1}}, c: [1, 2, 3]}}\nvar m = {{}}\n\
             var t = {{a: 1, b: {{c: 1}}}}\nfor i in 0..40_000 {{ {body} }}\n[n, x, s, v, w, m, t].len()"
        );
        let engine = Engine::builder()
            .function("host(a, b)", |a: i64, b: i64| (a + b) & 1023)
            .function("host_text(a, b)", |a: String, b: String| a + &b)
            .build();
        let source = Source::new("steps.tansy", text);
        let options = CompileOptions { inputs: vec!["place".into()], ..CompileOptions::default() };
        let program = engine.compile_with(source, &options).unwrap_or_else(|e| panic!("{e}"));
        let work = move || program.start().input("place", Value::object(Place)).execute();
        let thread = std::thread::Builder::new().stack_size(128 << 10).spawn(work);
        let result = thread.expect("a thread").join().expect("no panic");
        assert_eq!(result.unwrap_or_else(|e| panic!("{body}: {e}")), Value::int(7));
    }
}

/// A call costs the same whether its function is worked out as a formula or entered, and ends at the same limits.
#[test]
fn short_functions_cost_what_calls_cost() {
    let steps = |text: &str| {
        let (result, stats) = small(text);
        result.unwrap_or_else(|e| panic!("{text}: {e}"));
        stats.fuel
    };
    // The same instructions on numbers that are at hand, and on others.
    for (short, long) in [("3", "1.5d"), ("2.5", "1.5d")] {
        let text = "fn f(x) { x + x }\nlet x = N\nlet k = x\nvar y = x\nfor i in 0..1_000 {\n  y = f(x)\n  y = (|z| k - z)(x)\n}";
        let [a, b] = [short, long].map(|n| steps(&text.replace('N', n)));
        assert_eq!(a, b, "{short} and {long}");
    }
    let deep = "fn f(x) { x * 2 }\nfn g(n) { if n == 0 { 0 + f(1) } else { 0 + g(n - 1) } }\ng(N)";
    let depth = Limits::default().call_depth;
    for (n, fits) in [(depth - 2, true), (depth - 1, false)] {
        let (result, _) = small(&deep.replace('N', &n.to_string()));
        assert_eq!(result.is_ok(), fits, "{n} of {depth}");
    }
}

/// Built-ins that take long by themselves: over as soon as the deadline, or the host, says so.
#[test]
fn long_natives_see_the_deadline_and_the_interrupt() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Instant;
    // Each makes its data in less than the deadline or is ended while it does; without limits each takes seconds.
    let long = [
        "var v = (0..300_000).vec()\nwhile true { v = v.sort(descending: true) + v }",
        "var v = (0..100_000).map(|i| f\"{i * 7919 % 500_009}\")\nwhile true { v = v.sort(descending: true) + v }",
        "var v = (0..100_000).map(|i| [i * 7919 % 500_009])\nwhile true { v = v.sort(descending: true) + v }",
        "let a = {i => i for i in 0..200_000}\nlet b = {-i => i for i in 0..200_000}\nwhile true { let c = a | b }",
        "let t = json.stringify((0..300_000).map(|i| {i}))\nwhile true { if json.parse(t) == 1 { break } }",
        "let s = \"ab\" * 5_000_000\nwhile true { if s.replace(\"a\", \"xyz\") == \"\" { break } }",
        "let a = (0..60).fold([], |acc, i| [acc, acc])\nstr(a)",
        "let a = (0..60).fold([], |acc, i| [acc, acc])\njson.pretty(a)",
        "let n = 3 ** 2_000_000\nwhile true { if str(n) == \"\" { break } }",
        "var n = 3 ** 1_000_000\nlet m = 7 ** 300_000\nwhile true { n = n % m + n }",
        "let v = (0..200_000).vec()\nwhile true { if diff(v, v.reverse()) == [] { break } }",
        "let v = (0..1_000_000).vec()\nwhile true { if v.unique() == [] { break } }",
        "let s = (0..300_000).set()\nwhile true { let t = (s | (200_000..500_000).set()) & s }",
    ];
    let patience = Duration::from_millis(if cfg!(debug_assertions) { 1500 } else { 150 });
    let limits = Limits { fuel: 1 << 50, memory: 2 << 30, ..Limits::default() };
    let deadline = Limits { time: Some(Duration::from_millis(50)), ..limits.clone() };
    let engine = Engine::builder().limits(limits).build();
    for text in long {
        let source = Source::new("long.tansy", text);
        let program = engine.compile_with(source, &CompileOptions::default());
        let program = program.unwrap_or_else(|e| panic!("{text}: {e}"));
        let begin = Instant::now();
        let result = program.start().limits(deadline.clone()).execute();
        let time = begin.elapsed();
        assert_eq!(result.expect_err("an error").limit, Some(Limit::Time), "{text}");
        assert!(time < Duration::from_millis(50) + patience, "{text}: {time:?}");

        let flag = Arc::new(AtomicBool::new(false));
        let setter = flag.clone();
        let host = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            setter.store(true, Ordering::Relaxed);
            Instant::now()
        });
        let result = program.start().interrupt(flag).execute();
        let time = host.join().expect("no panic").elapsed();
        assert_eq!(result.expect_err("an error").limit, Some(Limit::Interrupt), "{text}");
        assert!(time < patience + Duration::from_secs(1), "{text}: {time:?}");
    }
}

/// A program whose function `inner` runs another one, or itself.
fn nesting(text: &str, limits: Limits, inner: &str) -> Program {
    let program: Arc<OnceLock<Program>> = Arc::default();
    let runs = program.clone();
    let engine = Engine::builder()
        .limits(limits)
        .function("inner(n)", move |n: i64| match runs.get() {
            Some(program) => program.run([("n", n.into())]),
            None => Ok(Value::NULL),
        })
        .build();
    let _ = program.set(match inner {
        "" => engine.compile_with_inputs("inner", text, &["n"]).unwrap(),
        inner => Engine::new().compile_with_inputs("inner", inner, &["n"]).unwrap(),
    });
    engine.compile_with_inputs("outer", text, &["n"]).unwrap()
}

#[test]
fn runs_inside_runs_end() {
    let program = nesting("inner(n + 1)", Limits::default(), "");
    let error = program.run([("n", 0.into())]).unwrap_err();
    assert!(error.message.contains("too many nested calls"), "{error}");
    assert_eq!(program.run([("n", Value::NULL)]).unwrap_err().kind, "type-error");
}

#[test]
fn what_ends_a_run_ends_the_runs_inside() {
    let endless = "var i = 0\nwhile true { i += n }";
    let limits = Limits { time: Some(Duration::from_millis(50)), ..Limits::default() };
    let program = nesting("inner(1)", limits, endless);
    let error = program.run([("n", 0.into())]).unwrap_err();
    assert_eq!(error.limit, Some(Limit::Time), "{error}");

    let program = nesting("inner(1)", Limits::default(), endless);
    let flag = Arc::new(AtomicBool::new(true));
    let error = program.start().input("n", 0).interrupt(flag).execute().unwrap_err();
    assert_eq!(error.limit, Some(Limit::Interrupt), "{error}");

    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let program = nesting("inner(1)", limits, "var v = [n]\nwhile true { v = v + v }");
    let error = program.run([("n", 0.into())]).unwrap_err();
    assert!(error.message.contains("out of memory"), "{error}");
    // Nothing of it is left.
    assert_eq!(Engine::new().eval::<i64>("(0..100_000).sum()").unwrap(), 4_999_950_000);
}
