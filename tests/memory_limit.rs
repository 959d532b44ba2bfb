//! The memory limit as the allocator sees it: whatever a script does, it never holds more than the limit and a tenth of it, and a small
//! constant for the machine itself. And a script that needs well less than the limit is never stopped.

mod meter;

use std::sync::Mutex;
use tansy::{Engine, Limit, Limits, Program, RunError, Source, Value};

#[global_allocator]
static METER: meter::Meter = meter::Meter;

/// What the machine needs whatever runs: its first stack, tables of the run, the error at the end.
const CONSTANT: usize = 64 << 10;

/// One measurement at a time: the allocator's count is the process's.
static ALONE: Mutex<()> = Mutex::new(());

fn compile(text: &str, memory: u64) -> Program {
    let limits = Limits { memory, fuel: 2_000_000_000, ..Limits::default() };
    let engine = Engine::builder().limits(limits).build();
    let options = tansy::CompileOptions::default();
    engine.compile_with(Source::new("memory.tansy", text), &options).unwrap_or_else(|e| panic!("{e}"))
}

/// Runs a program; the second time, when what the library compiles on first use is there.
fn measure(text: &str, memory: u64) -> (Result<Value, RunError>, usize) {
    let program = compile(text, memory);
    let run = || program.start().output(Box::new(|_| Ok(()))).execute();
    drop(run());
    meter::peak(run)
}

fn within(text: &str, memory: u64) -> Result<Value, RunError> {
    let (result, peak) = measure(text, memory);
    let most = memory as usize + memory as usize / 10 + CONSTANT;
    let outcome = match &result {
        Ok(value) => value.write_bounded(60),
        Err(e) => e.kind.clone(),
    };
    let share = peak as f64 / memory as f64;
    if std::env::var_os("SHOW").is_some() {
        println!("{share:5.2} {:>10} {outcome:20} {text:.70}", memory);
    }
    assert!(peak <= most, "{share:.2} of {memory} bytes held, {outcome}: {text}");
    result
}

/// Programs that grow without end, each in its own way.
const ENDLESS: &[&str] = &[
    "var v = []\nwhile true { v = v.push(1) }",
    "var v = []\nfor i in 0.. { v[*]; v += [i] }",
    "var v = []\nwhile true { v = v.push_front(1) }",
    "var v = [0]\nwhile true { v = v.insert(1, 2) }",
    "var v = [1]\nwhile true { v += v }",
    "var v = []\nwhile true { v = [v, v.len()] }",
    "var v = []\nwhile true { v = v.push([1]) }",
    "var v = []\nwhile true { v = v.push({a: 1}) }",
    "var v = []\nfor i in 0.. { v = v.push(f\"some text that is not short {i}\") }",
    "var v = []\nfor i in 0.. { v = v.push(2 ** 64 + i) }",
    "var m = {}\nfor i in 0.. { m[i] = i }",
    "var m = {}\nfor i in 0.. { m[i * 7919 % 10007 + i] = i }",
    "var m = {}\nfor i in 0.. { m = m.insert(i, i) }",
    "var m = {}\nfor i in 0.. { m[f\"key {i} of a long name\"] = i }",
    "var m = {}\nfor i in 0.. { m[i] = {a: i} }",
    "var m = {}\nfor i in 0.. { m[i] = m }",
    "var m = {}\nvar all = []\nfor i in 0.. { m[i] = i; all = all.push(m) }",
    "var v = []\nvar all = []\nfor i in 0.. { v = v.push(i); all = all.push(v) }",
    "var v = (0..1000).vec()\nvar all = []\nfor i in 0.. { v[i * 31 % 1000] = i; all = all.push(v) }",
    "var s = #{}\nfor i in 0.. { s = s.add(i) }",
    "var s = #{}\nvar all = []\nfor i in 0.. { s = s.add(i); all = all.push(s) }",
    "var s = \"\"\nwhile true { s += \"x\" }",
    "var s = \"x\"\nwhile true { s += s }",
    "var s = \"x\"\nwhile true { s = f\"{s}{s}\" }",
    "var s = \"äöü\"\nvar n = 0\nwhile true { s += s; n += s.len(); n += s[s.len() div 2].len() }",
    "var s = \"x\"\nwhile true { s = s.replace(\"x\", \"xx\") }",
    "var s = \"x\"\nwhile true { s = s.upper() + s.lower() }",
    "var all = []\nvar s = \"a text of some length, long enough\"\nwhile true { all = all.push(s + \"!\") }",
    "[...0..10 ** 12]",
    "[x for x in 0..10 ** 12]",
    "[[x] for x in 0..10 ** 12]",
    "#{x for x in 0..10 ** 12}",
    "{x => x for x in 0..10 ** 12}",
    "(0..).lazy().vec()",
    "(0..10 ** 12).map(|x| x)",
    "(0..10 ** 12).vec()",
    "fn f(n) { 1 + f(n + 1) }\nf(0)",
    "fn f(n, v) { f(n + 1, v.push(n)).len() + 1 }\nf(0, [])",
    "var fs = []\nfor i in 0.. { fs = fs.push(|x| x + i) }",
    "var f = |x| x\nfor i in 0.. { let g = f\n f = |x| g(x) + i }",
    "var v = [3, 1, 2]\nwhile true { v += v; v = v.sort(descending: true) }",
    "var v = [\"c\", \"a\", \"b\"]\nwhile true { v += v; v = v.sort_by(|x| x) }",
    "var v = [1]\nwhile true { v += v; let m = v.map(|x| x); let r = v.reverse() }",
    "var v = [1, 2]\nwhile true { v += v; let e = v.enumerate() }",
    "var v = [1, 2]\nwhile true { v += v; let e = v.zip(v) }",
    "var v = [1, 2]\nwhile true { v += v; let e = v.chunks(2) }",
    "var v = [1, 2]\nwhile true { v += v; let e = v.windows(3) }",
    "var v = [1, 2]\nwhile true { v += v; let e = json.stringify(v) }",
    "var v = [1, 2]\nwhile true { v += v; let e = json.parse(json.stringify(v)) }",
    "var v = [[1], [2]]\nwhile true { v += v; let e = json.parse(json.stringify(v)) }",
    "var v = [{a: 1}]\nwhile true { v += v; let e = json.parse(json.pretty(v)) }",
    "var v = [1, 2]\nwhile true { v += v; let e = str(v) }",
    "var v = [1, 2]\nwhile true { v += v; let e = v.join(\", \") }",
    "var n = 0\nvar v = []\nwhile true { n += 1000; v = (0..n).vec().unique() }",
    "var n = 0\nwhile true { n += 2000; let s = (0..n).set(); let t = s | (n..2 * n).set() }",
    "var n = 0\nwhile true { n += 2000; let m = map([[i, i] for i in 0..n]); let e = m.entries() }",
    "var n = 0\nwhile true { n += 2000; let m = {i => 1 for i in 0..n}; let e = m | {i => 1 for i in n..2 * n} }",
    "var n = 0\nwhile true { n += 2000; let m = {n - i => 1 for i in 0..n}; let k = m.keys() }",
    "var n = 0\nwhile true { n += 2000; let m = {i => 1 for i in 0..n}; let k = m.invert() }",
    "var n = 0\nwhile true { n += 2000; let m = {i => i for i in 0..n}; let k = m.filter(|v| v % 2 == 0) }",
    "var n = 0\nwhile true { n += 2000; let m = (0..n).group_by(|x| x % 1000) }",
    "var n = 0\nwhile true { n += 2000; let m = {i => i for i in 0..n}; var c = m; for j in 0..40 { c[j] = 0 }; m.len() }",
    "var s = \"ab,\"\nwhile true { s += s; let p = s.split(\",\") }",
    "var s = \"ab,\"\nwhile true { s += s; let p = s.chars() }",
    "var s = \"ä\"\nwhile true { s += s; let p = s.codes(); let q = s.bytes() }",
    "var a = []\nwhile true { a = [a]; let b = [a, a] == [a] }",
    "var a = []\nfor i in 0.. { a = [a]; if i % 5000 == 0 { let s = str(a) } }",
    "var a = []\nvar b = []\nfor i in 0.. { a = [a]; b = [b]; if i % 5000 == 0 { assert a == b; hash(a) } }",
    "let a = (0..60).fold([], |acc, i| [acc, acc])\nstr(a)",
    "let a = (0..60).fold([], |acc, i| [acc, acc])\njson.stringify(a)",
    "let a = (0..60).fold([], |acc, i| [acc, acc])\nprint(a)",
    "let a = (0..60).fold([], |acc, i| [acc, acc])\nf\"{a}\"",
    "fn f(...xs) { f(...xs, ...xs) }\nf(1)",
    "fn f(...xs) { 1 + f(...xs, 1) }\nf()",
    "var m = {}\nfor i in 0.. { m?[\"a\"]?[i] = {x: [i]} }",
    "var v = []\nwhile true { v = v + [null] * 100 }",
    "var e = []\nfor i in 0.. { e = e.push(try { throw {kind: \"k\", n: i} } catch x { x }) }",
    "var e = []\nfor i in 0.. { e = e.push(try { [][i] } catch x { x }) }",
    "var v = []\nfor i in 0.. { v = v.push(i..i + 1) }",
    "var v = []\nfor i in 0.. { v = v.push((0..i).lazy().map(|x| x)) }",
    "var v = []\nfor i in 0.. { v = v.push(1.5d + i) }",
];

#[test]
fn growth_without_end_stays_within_the_limit() {
    let _alone = ALONE.lock().unwrap_or_else(|e| e.into_inner());
    let mut wrong = Vec::new();
    for memory in [1 << 20, 16 << 20] {
        for text in ENDLESS {
            let result = std::panic::catch_unwind(|| within(text, memory));
            match result {
                Err(_) => wrong.push((memory, text.to_string())),
                Ok(Err(e)) if e.limit == Some(Limit::Memory) || e.limit == Some(Limit::Depth) => {}
                Ok(other) => wrong.push((memory, format!("{text}: {other:?}"))),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
