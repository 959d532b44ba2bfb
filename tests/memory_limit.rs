//! The memory limit as the allocator sees it: whatever a script does, it never holds more than the limit and a tenth of it, and a small
//! constant for the machine itself. And a script that needs well less than the limit is never stopped.

mod meter;

use std::sync::Mutex;
use tansy::{AsPart, Engine, HostObject, Limit, Limits, Part, Program, RunError, Source, Value};

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
    engine
        .compile_with(Source::new("memory.tansy", text), &options)
        .unwrap_or_else(|e| panic!("{e}: {text}"))
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
    "var v = []\nfor i in 0.. { let w = v[*]; v += [i] * 1000 }",
    "var v = []\nwhile true { v = v.push_front(1) }",
    "var v = [0]\nwhile true { v = v.insert(1, 2); v += v }",
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
    "var n = 0\nwhile true { n += 2000; let m = {i => i for i in 0..n}; var c = m; for j in 0..40 { c[j] = 0 }; n += m.len() - c.len() }",
    "var s = \"ab,\"\nwhile true { s += s; let p = s.split(\",\") }",
    "var s = \"ab,\"\nwhile true { s += s; let p = s.chars() }",
    "var s = \"ä\"\nwhile true { s += s; let p = s.codes(); let q = s.bytes() }",
    "var a = []\nwhile true { a = [a]; let b = [a, a] == [a] }",
    "var a = []\nfor i in 0.. { a = [a]; if i % 5000 == 0 { let s = str(a) } }",
    "var a = []\nvar b = []\nfor i in 0.. { a = [a]; b = [b]; if i % 5000 == 0 { assert a == b; assert hash(a) == hash(b) } }",
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

/// Data of about a megabyte, and what is asked of it at once.
const ASKED: &[(&str, &[&str])] = &[
    (
        "let v = (0..40_000).map(|i| i * 7919 % 40_009)",
        &[
            "v.sort()",
            "v.reverse()",
            "v.unique()",
            "v.dedup()",
            "v.enumerate()",
            "v.zip(v, v)",
            "v.chunks(3)",
            "v.chunks(100)",
            "v.windows(5)",
            "v.windows(1000)",
            "v.step_by(2)",
            "v.set()",
            "map(v.zip(v))",
            "v.join(\", \")",
            "str(v)",
            "json.stringify(v)",
            "json.pretty(v)",
            "json.parse(json.stringify(v))",
            "v + v",
            "v * 3",
            "[...v, ...v]",
            "#{...v}",
            "v.map(|x| [x])",
            "v.filter(|x| x > 100)",
            "v.flat_map(|x| [x, x])",
            "v.group_by(|x| x % 1000)",
            "v.count_by(|x| x)",
            "v.key_by(|x| x)",
            "v.partition(|x| x > 500)",
            "v.sort_by(|x| -x)",
            "v.sort_with(|a, b| a - b)",
            "v.push(1)",
            "v.push_front(1)",
            "v.insert(5, 1)",
            "v.remove(5)",
            "v[5..30_000]",
            "v.rotate(5)",
            "v.concat(v, 0..10_000)",
            "[v, v].transpose()",
            "[v, v, v].flatten()",
            "v.scan(0, |a, b| a + b)",
            "v.lazy().map(|x| x + 1).vec()",
            "v.skip(10)",
            "v.take(-10)",
            "v.splice(3..5, v)",
            "diff(v, v.reverse())",
            "v - #{1, 2}",
            "v[*]",
            "f\"{v}\"",
            "v.chunk_by(|x| x % 2)",
            "do { let w = v; v.set(3, 4).set(5, 6).pop() }",
            "v == v.map(|x| x)",
            "hash(v)",
            "cmp(v, v.map(|x| x))",
            "patch(v, diff(v, v.map(|x| if x % 9 == 0 { 0 } else { x })))",
        ],
    ),
    (
        "let m = {i * 7919 % 20_011 => i for i in 0..20_000}",
        &[
            "m.keys()",
            "m.values()",
            "m.entries()",
            "vec(m)",
            "m.invert()",
            "m | {i => 0 for i in 10_000..30_000}",
            "m.merge({i => 0 for i in 10_000..30_000})",
            "m - #{1, 2, 3}",
            "m.filter(|v| v % 2 == 0)",
            "m.map(|v| v + 1)",
            "m.map_keys(|k| k + 1)",
            "m.sort_by(|v| v)",
            "m.group_by(|v| v % 500)",
            "m.partition(|v| v % 2 == 0)",
            "m.pick(0..10_000)",
            "m.omit(0..10_000)",
            "json.stringify({f\"k{k}\" => v for [k, v] in m})",
            "str(m)",
            "m.insert(-1, 1)",
            "m.remove(5)",
            "m.range(5, 15_000)",
            "m.keys().set()",
            "m.lazy().vec()",
            "{...m, ...m}",
            "do { var w = m\n for i in 0..40 { w[i] = 1 }\n w }",
            "diff(m, m.insert(-5, 5))",
            "merge(m, m.insert(-1, 1), m.insert(-2, 2))",
            "m.fold([], |acc, v| acc.push(v))",
            "m.update(5, |x| 1)",
        ],
    ),
    (
        "let s = (0..20_000).map(|i| i * 7919 % 20_011).set()",
        &[
            "s.vec()",
            "s | (10_000..30_000).set()",
            "s & (10_000..30_000).set()",
            "s - (10_000..30_000).set()",
            "s.union(10_000..30_000)",
            "s.symmetric_difference(10_000..30_000)",
            "s.map(|x| x + 1)",
            "s.filter(|x| x > 9)",
            "s.add(-1)",
            "s.remove(5)",
            "s.join(\",\")",
            "str(s)",
            "[...s]",
            "s.range(5, 10_000)",
            "s.is_subset(s.add(-1))",
            "s.partition(|x| x > 100)",
            "do { var w = s\n for i in 0..40 { w = w.add(-i) }\n w }",
        ],
    ),
    (
        "let s = \"words and more wörds, \" * 30_000",
        &[
            "s.upper()",
            "s.lower()",
            "s.reverse()",
            "s.chars()",
            "s.codes()",
            "s.bytes()",
            "s.split(\",\")",
            "s.split(\" \", 5)",
            "s.lines()",
            "s.words()",
            "s.replace(\"words\", \"w\")",
            "s.replace(\"w\", \"wwww\")",
            "s + s",
            "s * 3",
            "f\"{s}{s}\"",
            "s.pad_start(1_000_000)",
            "s.pad_end(1_000_000, \"ö\")",
            "s[5..500_000]",
            "s.trim()",
            "s.capitalize()",
            "s.repeat(2)",
            "s.index_of(\"zzz\")",
            "s.count(\"w\")",
            "json.stringify(s)",
            "json.parse(json.stringify(s))",
            "s.len()",
            "s.split(\",\").map(|w| w.trim()).unique()",
            "vec(s)",
            "set(s)",
            "f\"{s:>900000}\"",
            "f\"{[s]}\"",
        ],
    ),
    (
        "let n = 3 ** 1_000_000",
        &[
            "str(n)",
            "n * n",
            "n + n",
            "n.digits()",
            "n.str(16)",
            "f\"{n:x}\"",
            "f\"{n}\"",
            "n div 7",
            "n % (n - 1)",
            "n.shift_left(100_000)",
            "n.bit_and(n - 1)",
            "math.isqrt(n)",
            "n.round(-1000)",
            "int(str(n))",
            "-n",
            "math.gcd(n, n + 2)",
            "math.factorial(20_000)",
            "json.stringify(n)",
            "[n, n].product()",
            "[n, n, n].sum()",
            "hash(n)",
        ],
    ),
];

#[test]
fn what_is_asked_at_once_stays_within_the_limit_or_is_refused() {
    let _alone = ALONE.lock().unwrap_or_else(|e| e.into_inner());
    let mut wrong = Vec::new();
    for (data, asked) in ASKED {
        for ask in *asked {
            let text = format!("{data}\nlet r = {ask}");
            // What it needs, as the allocator sees it.
            let (result, need) = measure(&text, 1 << 30);
            if let Err(e) = result {
                wrong.push(format!("{text}: {e}"));
                continue;
            }
            let mut memory = need as u64 / 8;
            while memory < need as u64 * 2 {
                let (result, peak) = measure(&text, memory);
                let share = peak as f64 / memory as f64;
                if peak > (memory + memory / 10) as usize + CONSTANT {
                    wrong.push(format!("{share:.2} of {memory} held (of {need} needed): {ask}"));
                }
                match result {
                    Ok(_) => {}
                    Err(e) if e.limit == Some(Limit::Memory) || e.kind == "too-large" => {
                        if need as u64 * 10 < memory * 6 {
                            wrong.push(format!("{memory} should do, {need} needed: {ask}"));
                        }
                    }
                    Err(e) => wrong.push(format!("{text}: {e}")),
                }
                memory += memory / 4;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// An object of the host with much inside.
struct Much {
    items: Vec<Small>,
    texts: Vec<String>,
    text: String,
    names: std::collections::BTreeMap<i64, Small>,
    ages: std::collections::HashMap<String, i64>,
    cube: Vec<Vec<Vec<i64>>>,
}

struct Small(i64);

impl HostObject for Small {
    fn type_name(&self) -> &'static str {
        "Small"
    }

    fn field(&self, name: &str) -> Option<Part<'_>> {
        (name == "n").then(|| self.0.as_part())
    }
}

impl HostObject for Much {
    fn type_name(&self) -> &'static str {
        "Much"
    }

    fn field(&self, name: &str) -> Option<Part<'_>> {
        Some(match name {
            "items" => self.items.as_part(),
            "texts" => self.texts.as_part(),
            "text" => self.text.as_part(),
            "names" => self.names.as_part(),
            "ages" => self.ages.as_part(),
            "cube" => self.cube.as_part(),
            _ => return None,
        })
    }

    fn length(&self) -> Option<usize> {
        Some(self.items.len())
    }

    fn element(&self, index: usize) -> Option<Part<'_>> {
        Some(self.items[index].as_part())
    }
}

/// An object that says that it has elements without end.
struct Endless;

impl HostObject for Endless {
    fn type_name(&self) -> &'static str {
        "Endless"
    }

    fn length(&self) -> Option<usize> {
        Some(usize::MAX)
    }

    fn element(&self, index: usize) -> Option<Part<'_>> {
        Some(index.into())
    }
}

#[test]
fn what_objects_show_stays_within_the_limit_or_is_refused() {
    let _alone = ALONE.lock().unwrap_or_else(|e| e.into_inner());
    let much = Much {
        items: (0..40_000).map(Small).collect(),
        texts: (0..20_000).map(|i| format!("a text that is not short: {i}")).collect(),
        text: "text ".repeat(400_000),
        names: (0..20_000).map(|i| (i, Small(i))).collect(),
        ages: (0..20_000).map(|i| (format!("a name that is not short: {i}"), i)).collect(),
        cube: vec![vec![vec![1; 40]; 40]; 40],
    };
    let mut wrong = Vec::new();
    for ask in [
        "much.items",
        "much[\"items\"]",
        "much?.items",
        "much.texts",
        "much.text",
        "much.names",
        "much.ages",
        "much.cube",
        "much.take(100_000)",
        "much.map(|i| i)",
        "[...much]",
    ] {
        let engine = |memory| {
            let limits = Limits { memory, fuel: 2_000_000_000, ..Limits::default() };
            Engine::builder().limits(limits).build()
        };
        let measure = |memory| {
            let text = format!("let r = {ask}");
            let program = engine(memory).compile_with_inputs("much", &text, &["much"]).unwrap();
            let run = || Value::lend(&much, |much| program.run([("much", much)]));
            drop(run());
            meter::peak(run)
        };
        let (result, need) = measure(1 << 30);
        assert!(result.is_ok(), "{ask}: {result:?}");
        let mut memory = need as u64 / 8;
        while memory < need as u64 * 2 {
            let (result, peak) = measure(memory);
            let share = peak as f64 / memory as f64;
            if peak > (memory + memory / 10) as usize + CONSTANT {
                wrong.push(format!("{share:.2} of {memory} held (of {need} needed): {ask}"));
            }
            match result {
                Ok(_) => {}
                Err(e) if e.limit == Some(Limit::Memory) => {
                    if need as u64 * 10 < memory * 6 {
                        wrong.push(format!("{memory} should do, {need} needed: {ask}"));
                    }
                }
                Err(e) => wrong.push(format!("{ask}: {e}")),
            }
            memory += memory / 4;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_an_object_says_of_its_length_makes_nothing_by_itself() {
    let _alone = ALONE.lock().unwrap_or_else(|e| e.into_inner());
    for ask in [
        "endless.len()",
        "endless.map(|i| i)",
        "[...endless]",
        "var n = 0\nfor i in endless { n += i }",
    ] {
        let limits = Limits { memory: 1 << 20, fuel: 1_000_000, ..Limits::default() };
        let engine = Engine::builder().limits(limits).build();
        let program = engine.compile_with_inputs("endless", ask, &["endless"]).unwrap();
        let error = program.run([("endless", Value::object(Endless))]).unwrap_err();
        assert!(error.limit.is_some(), "{ask}: {error}");
    }
}

#[test]
fn reading_what_is_large_is_charged() {
    let _alone = ALONE.lock().unwrap_or_else(|e| e.into_inner());
    let much = Much {
        items: (0..100_000).map(Small).collect(),
        texts: vec![String::new(); 100_000],
        text: "text ".repeat(100_000),
        names: (0..100_000).map(|i| (i, Small(i))).collect(),
        ages: std::collections::HashMap::new(),
        cube: Vec::new(),
    };
    for name in ["items", "texts", "text", "names"] {
        let limits = Limits { fuel: 1_000_000, ..Limits::default() };
        let engine = Engine::builder().limits(limits).build();
        for read in [format!("much.{name}"), format!("much?.{name}"), format!("much[\"{name}\"]")] {
            let text = format!("for i in 0..500 {{ let r = {read} }}");
            let program = engine.compile_with_inputs("much", &text, &["much"]).unwrap();
            let result = Value::lend(&much, |much| program.run([("much", much)]));
            assert_eq!(result.unwrap_err().limit, Some(Limit::Fuel), "{read}");
        }
    }
}
