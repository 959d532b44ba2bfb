//! Text to bytecode, step by step, on generated programs of growing length (each step should take time in proportion), and
//! what a host pays: an engine, a small program, a run, a call.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tansy::{Engine, Source};
use tansy_lang::arena::Arena;
use tansy_lang::parser::ParseLimits;
use tansy_lang::{layout, lexer, parser};

/// The functions that `benches/run.py compile` uses.
const FUNCTION: &str = include_str!("../../suite/long.tansy.in");

fn program(functions: usize) -> String {
    let one = |n: usize| {
        FUNCTION.replace("$n", &n.to_string()).replace("$m", &((n * 7 + 3) % functions).to_string())
    };
    (0..functions).map(one).collect()
}

fn front_end(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("front end");
    let nesting = ParseLimits::default().nesting;
    let engine = Engine::new();
    for functions in [5, 50, 500] {
        let text = program(functions);
        let source = Source::new("long.tansy", text.as_str());
        let lines = text.lines().count();
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::new("lexer", lines), |b| b.iter(|| lexer::lex(&text)));
        group.bench_function(BenchmarkId::new("lexer and layout", lines), |b| {
            b.iter(|| layout::layout(&text, nesting))
        });
        group.bench_function(BenchmarkId::new("lexer to tree", lines), |b| {
            b.iter(|| {
                let arena = Arena::new();
                parser::parse(&source, ParseLimits::default(), &arena).diagnostics.len()
            });
        });
        group.bench_function(BenchmarkId::new("all, to loaded bytecode", lines), |b| {
            b.iter(|| engine.compile("long.tansy", &text).expect("the program compiles"));
        });
    }
    group.finish();
}

fn host(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("host");
    let engine = Engine::new();
    let rule = "order.total > 100 and order.items.any(|item| item.qty >= 10)";
    let options = tansy::CompileOptions { inputs: vec!["order".into()], exports: false };
    let compiled =
        engine.compile_with(Source::new("rule.tansy", rule), &options).expect("the rule compiles");
    let order = engine
        .eval::<tansy::Value>("{total: 120, items: [{qty: 1}, {qty: 2}, {qty: 12}]}")
        .expect("the order is a value");
    assert_eq!(
        compiled.run(&[("order", order.clone())]).ok().and_then(|value| value.as_bool()),
        Some(true)
    );
    group.bench_function("an engine", |b| b.iter(Engine::new));
    group.bench_function("compile a rule", |b| {
        b.iter(|| {
            engine
                .compile_with(Source::new("rule.tansy", rule), &options)
                .expect("the rule compiles")
        });
    });
    group.bench_function("run a rule", |b| {
        b.iter(|| compiled.run(&[("order", order.clone())]).expect("the rule runs"));
    });
    group.finish();
}

criterion_group!(parts, front_end, host);
criterion_main!(parts);
