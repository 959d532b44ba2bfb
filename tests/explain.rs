//! Why a program came to its result: the reports of `tests/explain/*.tansy` are as in the `.txt` beside them, and the data are what they
//! should be. `UPDATE=1 cargo test --test explain` rewrites the reports.
//!
//! The first line of a program, `// input: …`, is the value of `input`, as a Tansy literal.

use std::fs;
use std::path::{Path, PathBuf};
use tansy::explain::{Decision, Operator};
use tansy::{
    CompileOptions, Engine, Explanation, Limits, Loaded, Loader, Program, Source, Traced, Value,
    json,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain")
}

/// The module that programs may import.
struct Rules;

impl Loader for Rules {
    fn load(&self, path: &str, _from: &str) -> Result<Loaded, String> {
        let text = fs::read_to_string(folder().join("rules.module")).map_err(|e| e.to_string())?;
        match path {
            "./rules.tansy" => Ok(Loaded { id: "rules.tansy".into(), text }),
            _ => Err("there is no such file".into()),
        }
    }
}

fn engine() -> Engine {
    let limits = Limits { fuel: 3_000_000, ..Limits::default() };
    Engine::builder().limits(limits).loader(Rules).build()
}

fn compile(engine: &Engine, name: &str, text: &str) -> Program {
    let options = CompileOptions { inputs: vec!["input".into()], exports: false };
    let program = engine.compile_with(Source::new(name, text), &options);
    program.unwrap_or_else(|e| panic!("{e}"))
}

fn literal(text: &str) -> Value {
    Engine::new().eval(text).unwrap_or_else(|e| panic!("{e}"))
}

/// Runs a program with an input both ways, which must do the same.
#[track_caller]
fn traced(text: &str, input: &str) -> Traced {
    let program = compile(&engine(), "rule.tansy", text);
    let inputs = [("input", literal(input))];
    let traced = program.run_traced(&inputs);
    let plain = program.run(&inputs).map_err(|e| e.to_string());
    assert_eq!(plain.as_ref().ok(), traced.result.as_ref().ok());
    assert_eq!(plain.err(), traced.result.as_ref().err().map(|e| e.to_string()));
    traced
}

#[track_caller]
fn explain(text: &str, input: &str) -> Explanation {
    traced(text, input).explanation
}

/// The texts of the steps that decided.
fn reasons(explanation: &Explanation) -> Vec<String> {
    explanation.because().map(|s| s.text()).filter(|t| !t.is_empty()).collect()
}

#[test]
fn reports_are_as_recorded() {
    let mut programs: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the folder is there")
        .map(|entry| entry.expect("can be read").path())
        .filter(|path| path.extension().is_some_and(|e| e == "tansy"))
        .collect();
    programs.sort();
    assert!(programs.len() >= 15);
    let mut wrong = Vec::new();
    for path in programs {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("can be read");
        let first = text.lines().next().and_then(|l| l.strip_prefix("// input: "));
        let input = literal(first.expect("the first line gives the input"));
        let program = compile(&engine(), &name, &text);
        let Traced { result, explanation } = program.run_traced(&[("input", input.clone())]);
        match program.run(&[("input", input)]) {
            Ok(value) => assert_eq!(result.ok(), Some(value), "{name}"),
            Err(e) if e.limit.is_some() => assert_eq!(result.err().map(|e| e.limit), Some(e.limit)),
            Err(e) => assert_eq!(result.err().map(|e| e.to_string()), Some(e.to_string())),
        }
        let report = explanation.render(false);
        let expected = path.with_extension("txt");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &report).expect("can be written");
        }
        if fs::read_to_string(&expected).ok().as_deref() != Some(&report) {
            wrong.push(format!("{name} now gives\n{report}"));
        }
    }
    assert!(wrong.is_empty(), "UPDATE=1 rewrites the reports\n{}", wrong.join("\n"));
}

#[test]
fn the_operand_at_which_a_chain_stops_decides() {
    let rule = "input.a > 1 and input.b > 1 and input.c > 1";
    let e = explain(rule, "{a: 2, b: 0, c: 2}");
    assert_eq!(reasons(&e), ["and input.b > 1"]);
    let reached: Vec<bool> = e.steps().iter().map(|s| s.reached).collect();
    assert_eq!(reached, [true, true, true, false]);
    assert!(e.steps()[1..].iter().all(|s| s.decision == Decision::Operand { op: Operator::And }));
    // All of them, when it does not stop.
    assert_eq!(reasons(&explain(rule, "{a: 2, b: 2, c: 2}")).len(), 3);
    let rule = "input.a > 1 or input.b > 1";
    assert_eq!(reasons(&explain(rule, "{a: 2, b: 2}")), ["input.a > 1"]);
    assert_eq!(reasons(&explain(rule, "{a: 0, b: 0}")).len(), 2);
}

#[test]
fn a_branch_not_taken_that_would_have_returned_is_a_reason() {
    let rule =
        "fn f(x) { if x > 10 { return \"big\" }; let y = x * 2; if y > 2 { print() }; \"small\" }
f(input)";
    let e = explain(rule, "5");
    assert_eq!(reasons(&e), ["if x > 10", "f(input)"]);
}

#[test]
fn reasons_go_through_the_names_that_were_read() {
    let rule = "let unused = input.a > 3 or input.b\nlet ok = input.a > 1 and input.b
if ok { 1 } else { 2 }";
    let e = explain(rule, "{a: 2, b: false}");
    let expected = ["and input.b", "let ok = input.a > 1 and input.b", "if ok", "else"];
    assert_eq!(reasons(&e), expected);
}

#[test]
fn inputs_are_what_was_read_of_them() {
    let rule = "fn big(i) { i.qty > 5 }
let o = input
o.items.any(big) and o.items[1].name == \"b\" and o[\"total\"] > 3";
    let input = "{total: 9, unread: 1, items: [{name: \"a\", qty: 1}, {name: \"b\", qty: 7}]}";
    let e = explain(rule, input);
    let read: Vec<String> = e.inputs().iter().map(|(p, v)| format!("{p} = {v}")).collect();
    let expected = [
        "input.items[0].qty = 1",
        "input.items[1].qty = 7",
        "input.items[1].name = \"b\"",
        "input[\"total\"] = 9",
    ];
    assert_eq!(read, expected);
}

#[test]
fn rounds_that_are_alike_are_folded() {
    let e = explain("input.map(|x| if x == 500 { 1 } else { 0 }).sum()", "[...0..1000]");
    let closures: Vec<_> =
        e.steps().iter().filter(|s| matches!(s.decision, Decision::Function { .. })).collect();
    assert!(closures.len() < 10, "{e}");
    let rounds: u64 = closures.iter().map(|s| s.repeats + 1).sum();
    assert_eq!(rounds, 1000);
    assert_eq!(e.omitted(), 0);
}

#[test]
fn steps_are_bounded() {
    let rule = "fn fib(n) { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }\nfib(20)";
    let e = explain(rule, "null");
    assert!(e.steps().len() <= 3 * tansy::explain::MOST_STEPS);
    assert!(e.omitted() > 0);
    assert!(e.to_string().contains("more steps were left out"), "{e}");
}

#[test]
fn deep_recursion_is_explained_without_recursing() {
    let rule = "fn depth(n) { if n == 0 { 0 } else { 1 + depth(n - 1) } }\ndepth(4000)";
    let e = explain(rule, "null");
    assert_eq!(e.result().ok().and_then(Value::as_int), Some(4000));
    assert!(e.steps().iter().any(|s| s.depth > 1000));
    assert!(e.to_string().len() > 1000 && e.to_value().as_map().is_some());
}

#[test]
fn long_chains_of_inputs_are_bounded() {
    let rule = "fn last(n) { if n.next == null { n.v } else { last(n.next) } }\nlast(input)";
    let mut list = literal("{v: 7, next: null}");
    for _ in 0..5_000 {
        let mut map = tansy::Map::new();
        map.insert_str("next", list);
        list = Value::map(map);
    }
    let program = compile(&engine(), "rule.tansy", rule);
    let Traced { result, explanation } = program.run_traced(&[("input", list)]);
    assert_eq!(result.ok(), Some(Value::int(7)));
    assert!(explanation.inputs().iter().all(|(path, _)| path.len() < 500));
    assert!(explanation.to_string().len() < 100_000);
}

#[test]
fn an_explanation_is_a_value_that_json_holds() {
    let rule = "let s = #{1}\nfn f(x) { x in s }\nif f(input.a) { \"in\" } else { \"out\" }";
    let value = explain(rule, "{a: 2}").to_value();
    let text = json::pretty(&value, 2, usize::MAX).expect("JSON holds it");
    let again = json::parse(&text).ok().and_then(|v| json::pretty(&v, 2, usize::MAX).ok());
    assert_eq!(again.as_ref(), Some(&text));
    let map = value.as_map().expect("a map");
    assert_eq!(map.get_str("result"), Some(&Value::str("out")));
    let inputs = map.get_str("inputs").and_then(Value::as_map).expect("a map");
    assert_eq!(inputs.get_str("input.a"), Some(&Value::int(2)));
    let steps = map.get_str("steps").and_then(Value::as_vec).expect("a vector");
    let kinds: Vec<&str> =
        steps.iter().filter_map(|s| s.as_map()?.get_str("kind")?.as_str()).collect();
    assert_eq!(kinds, ["module", "branch", "call", "branch"]);
}

#[test]
fn a_run_that_failed_is_explained() {
    let Traced { result, explanation } = traced("input.a > 1 and input.b.c", "{a: 2}");
    let message = result.expect_err("there is no b").to_string();
    assert_eq!(explanation.result().err(), Some(&*message));
    assert_eq!(reasons(&explanation), ["and input.b.c"]);
    assert!(explanation.steps().iter().any(|s| s.failed && s.value.is_none()));
}

#[test]
fn updates_stay_in_place() {
    let rule = "var xs = []\nfor i in 0..2000 { if i % 2 == 0 { xs = xs.push(i) } }\nxs.len()";
    let program = compile(&engine(), "rule.tansy", rule);
    let mut plain = program.start();
    let mut traced = program.start().traced(true);
    assert_eq!(plain.execute().ok(), traced.execute().ok());
    assert_eq!(plain.stats().copies, 0);
    assert_eq!(traced.stats().copies, 0);
}

#[test]
fn ordinary_code_has_nothing_of_it() {
    let program = compile(&engine(), "rule.tansy", "if input.a > 1 and input.b { 1 } else { 2 }");
    let inputs = [("input", literal("{a: 2, b: true}"))];
    let run = || {
        let mut run = program.start().input("input", inputs[0].1.clone());
        assert!(run.execute().is_ok() && run.explanation().is_none());
        run.stats().fuel
    };
    let before = run();
    program.run_traced(&inputs);
    assert_eq!(run(), before);
    assert!(!program.disassemble().contains("note"));
}

#[test]
fn functions_kept_from_a_traced_run_still_work() {
    let program = compile(&engine(), "rule.tansy", "let k = 3\n|x| if x > k { x } else { input }");
    let function = program.run_traced(&[("input", Value::int(7))]).result.expect("a function");
    let caller = compile(&engine(), "caller.tansy", "input(1) + input(5)");
    let Traced { result, explanation } = caller.run_traced(&[("input", function.clone())]);
    assert_eq!(result.ok(), Some(Value::int(12)));
    assert!(explanation.steps().iter().any(|s| s.source.name() == "rule.tansy"));
    assert_eq!(caller.run(&[("input", function)]).ok(), Some(Value::int(12)));
}

#[test]
fn colours_change_nothing_but_colours() {
    let e = explain("input.a > 1 and input.b", "{a: 0, b: true}");
    let colored = e.render(true);
    assert!(colored.contains("\x1b[2mnot reached\x1b[0m"), "{colored:?}");
    let mut plain = String::new();
    let mut rest = &*colored;
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    assert_eq!(plain, e.render(false));
}
