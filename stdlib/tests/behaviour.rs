//! What the examples of the tables do not show: corners, errors, laziness, versions, paths with several places.

use std::sync::{Arc, LazyLock};
use tansy_runtime::native::Registry;
use tansy_runtime::{Engine, Limits, NoLoader};
use tansy_stdlib::tables;

/// One for the process, as programs have it: what is registered stays.
static REGISTRY: LazyLock<&Registry> = LazyLock::new(|| Registry::new(tables()));

fn engine(take: bool) -> Engine {
    Engine::with(*REGISTRY, Limits::default(), Arc::new(NoLoader), take)
}

/// The value of a program as text, or the message of its error.
fn run(engine: &Engine, text: &str) -> String {
    match engine.compile("test", text) {
        Err(e) => format!("does not compile: {e}"),
        Ok(program) => match program.run(&[]) {
            Ok(value) => value.to_string(),
            Err(e) => format!("error: {}", e.message),
        },
    }
}

fn check(cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    // Whether the last use of a name moves its value must not show.
    for engine in [engine(true), engine(false)] {
        for (text, expected) in cases {
            let found = run(&engine, text);
            if found != *expected {
                wrong.push(format!("{text}\n    expected {expected}\n    found    {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const CONFIG: &str =
    "var c = {s: [{p: 1, z: \"eu\"}, {p: 2, z: \"us\"}], m: {a: {x: 1}, b: {x: 2}}}\n";

#[test]
fn paths_write_several_places() {
    let cases = [
        ("c.s[*].p += 10\nc.s[*].p", "[11, 12]"),
        ("c.s[|s| s.z == \"eu\"].p = 0\nc.s[*].p", "[0, 2]"),
        ("c.s[0..1].p = 7\nc.s[*].p", "[7, 2]"),
        ("c.m[*].x *= 10\nc.m", "{a: {x: 10}, b: {x: 20}}"),
        ("c.m[|k, v| k == \"a\"].x .= str()\nc.m", "{a: {x: \"1\"}, b: {x: 2}}"),
        ("c.m[|v| v.x > 1].y = 0\nc.m", "{a: {x: 1}, b: {x: 2, y: 0}}"),
        ("c.s[*]?.o?.q = 1\nc.s[*].o", "[{q: 1}, {q: 1}]"),
        ("c.s[*].p ??= 5\nc.s[*].w ??= 5\nc.s[*].p + c.s[*].w", "[1, 2, 5, 5]"),
        ("delete c.s[|s| s.z == \"us\"]\nc.s[*].z", "[\"eu\"]"),
        ("delete c.m[*].x\nc.m", "{a: {}, b: {}}"),
        ("delete c.s[*]?.nope\nc.s.len()", "2"),
        ("delete c.s[|s| false]\nc.s.len()", "2"),
        ("c.s[|s| s.p > 1].z", "[\"us\"]"),
        ("let o = c\nc.s[*].p += 0\nsame(o, c)", "true"),
        ("let o = c\nc.s[|s| false].p += 1\nsame(o, c)", "true"),
        ("let d = c with { s[*].p = 0, delete m[*].x }\n[c.s[*].p, d.s[*].p]", "[[1, 2], [0, 0]]"),
    ];
    let with: Vec<(String, &str)> =
        cases.iter().map(|(text, expected)| (format!("{CONFIG}{text}"), *expected)).collect();
    check(&with.iter().map(|(text, expected)| (text.as_str(), *expected)).collect::<Vec<_>>());
    check(&[
        ("var xs = [1, 2, 3, 4, 5]\ndelete xs[|x| x % 2 == 0]\nxs", "[1, 3, 5]"),
        ("var xs = [1, 2, 3, 4, 5]\ndelete xs[1..3]\nxs", "[1, 4, 5]"),
        ("var xs = [1, 2, 3]\nxs[1..] += 1\nxs", "[1, 3, 4]"),
        ("var g = [[1, 2], [3, 4]]\ng[*][*] += 1\ng", "[[2, 3], [4, 5]]"),
        ("var g = [[1, 2], [3, 4]]\ng[*] .= push(9)\ng", "[[1, 2, 9], [3, 4, 9]]"),
        ("var g = [[1, 2], [3, 4]]\ndelete g[*][0]\ng", "[[2], [4]]"),
    ]);
}

#[test]
fn a_failed_path_update_changes_nothing() {
    check(&[
        ("var xs = [1, 2, \"a\"]\ntry { xs[*] -= 1 } catch _ { }\nxs", "[1, 2, \"a\"]"),
        ("var xs = [{n: 1}, {}]\ntry { delete xs[*].n } catch e { }\nxs", "[{n: 1}, {}]"),
    ]);
}

#[test]
fn versions_are_compared_patched_and_merged() {
    check(&[
        ("diff([1, 2, 3], [0, 1, 2, 3])", "[{new: 0, old: null, op: \"add\", path: [0]}]"),
        ("diff(1, 1.0)", "[{new: 1.0, old: 1, op: \"replace\", path: []}]"),
        ("diff({a: [1]}, {a: [1]})", "[]"),
        (
            "let a = {x: [1, 2, 3, 4], y: #{1, 2}, z: {k: 1}}\nlet b = {x: [1, 4], y: #{2, 3}, w: null}\npatch(a, diff(a, b)) == b",
            "true",
        ),
        (
            "patch({a: 1}, [{path: [\"b\", \"c\"], op: \"add\", new: 1}])",
            "error: there is no key \"b\"",
        ),
        (
            "patch(1, [2])",
            "error: `patch` expects a Vec of changes {path, op, old, new} for `changes`, got Int 2",
        ),
        (
            "merge({n: [1, 2, 3]}, {n: [1, 2, 3, 4]}, {n: [9, 2, 3]})",
            "{conflicts: [], value: {n: [9, 2, 3, 4]}}",
        ),
        (
            "merge({n: [1]}, {n: [1, 2]}, {n: [1, 3]})",
            "{conflicts: [{base: [1], ours: [1, 2], path: [\"n\"], theirs: [1, 3]}], value: {n: [1, 2]}}",
        ),
        ("merge({n: [1]}, {n: [1, 2]}, {n: [1, 2]})", "{conflicts: [], value: {n: [1, 2]}}"),
        ("merge(1, 1, 3).value", "3"),
        ("merge(1, 2, 1).value", "2"),
        ("merge(1, 2, 3)", "{conflicts: [{base: 1, ours: 2, path: [], theirs: 3}], value: 2}"),
        ("merge({a: {b: 1}}, {a: {b: 2}}, {}).conflicts[*].path", "[[\"a\"]]"),
        ("merge(#{1, 2}, #{1, 2, 3}, #{2}).value", "#{2, 3}"),
    ]);
}

#[test]
fn a_change_in_a_big_map_is_found_without_walking_it() {
    let engine = engine(true);
    let fuel = |text: &str| {
        let program = engine.compile("test", text).expect("compiles");
        let mut run = program.start();
        run.execute().expect("runs");
        run.stats().fuel
    };
    let make = "let a = {k => k for k in 0..50000}\nvar b = a\nb[77] = 0\n";
    let without = fuel(&format!("{make}b.len()"));
    let with = fuel(&format!("{make}diff(a, b)"));
    assert!(with < without + 200, "{with} {without}");
}

#[test]
fn sequences_do_no_more_than_is_asked() {
    check(&[
        (
            "iterate(|n| if n < 3 { n + 1 } else { throw \"too far\" }, 1).take(3).vec()",
            "[1, 2, 3]",
        ),
        ("(1..).lazy().map(|n| n * n).filter(|n| n % 2 == 1).take(3).vec()", "[1, 9, 25]"),
        ("let s = [1, 2].lazy().map(|x| x + 1)\ns.vec() + s.vec()", "[2, 3, 2, 3]"),
        ("[].lazy().chunks(2).vec()", "[]"),
        ("[1, 2, 3].lazy().chunks(2).vec()", "[[1, 2], [3]]"),
        ("[[1], [], [2, 3]].lazy().flat_map(|x| x).vec()", "[1, 2, 3]"),
        ("[].cycle().vec()", "[]"),
        ("(0..).lazy().zip(\"abc\").vec()", "[[0, \"a\"], [1, \"b\"], [2, \"c\"]]"),
        ("(1..).lazy().any(|n| n > 100)", "true"),
    ]);
}

#[test]
fn corners() {
    check(&[
        ("\"añb\".index_of(\"b\")", "2"),
        ("\"añb\".index_of(\"\", from: 2)", "2"),
        ("\"\".split(\",\")", "[\"\"]"),
        ("\"abc\".pad_start(-5)", "\"abc\""),
        ("\"abc\".replace(\"b\", \"\", limit: 0)", "\"abc\""),
        ("\"a\\r\\nb\\n\\nc\".lines()", "[\"a\", \"b\", \"\", \"c\"]"),
        ("[1, 2, 3].take(10 ** 30)", "[1, 2, 3]"),
        ("[1, 2, 3].skip(-(10 ** 30))", "[]"),
        ("[1, 2, 3].rotate(-(2 ** 63))", "[2, 3, 1]"),
        ("(-(2 ** 63)).abs()", "9223372036854775808"),
        ("(0..=9223372036854775807).sum()", "42535295865117307928310139910543638528"),
        (
            "(9223372036854775800..).take(3)",
            "[9223372036854775800, 9223372036854775801, 9223372036854775802]",
        ),
        ("(5..0).vec()", "[]"),
        ("[\"b\", 1, null, \"a\", 2.5].sort()", "[null, 1, 2.5, \"a\", \"b\"]"),
        (
            "[[2, \"x\"], [1, \"y\"], [2, \"a\"]].sort_by(|p| p[0])",
            "[[1, \"y\"], [2, \"x\"], [2, \"a\"]]",
        ),
        ("[1, 2, 3, 4, 5, 6, 7].sort_with(|a, b| b - a)", "[7, 6, 5, 4, 3, 2, 1]"),
        ("[1, 1.0, 1d].unique()", "[1]"),
        ("{1 => \"a\"}.contains(1.0)", "true"),
        ("1.5.round(0)", "2.0"),
        ("(-0.5).round()", "0"),
        ("0.285.round(2)", "0.28"),
        ("1e300.floor() == 10 ** 300", "false"),
        ("255.str(2)", "\"11111111\""),
        ("int(\" 12 \")", "12"),
        ("int(\"-0x10\")", "-16"),
        ("math.isqrt(10 ** 40)", "100000000000000000000"),
        ("math.comb(50, 25)", "126410606437752"),
        ("type_of(hash(\"a\"))", "\"Int\""),
        ("min([3, 1])", "1"),
        ("[1, 2].lazy().max()", "2"),
        ("{b: 1, a: 2}.sort_by(|k, v| v)", "[[\"b\", 1], [\"a\", 2]]"),
        ("json.parse(\"[1, 12345678901234567890123]\")", "[1, 12345678901234567890123]"),
    ]);
}

#[test]
fn errors_say_what_was_expected() {
    check(&[
        ("[1].map(3)", "error: `map` expects a function for `f`, got Int 3"),
        ("[].first()", "error: `first` of an empty Vec"),
        ("{}.min_by(|v| v)", "error: `min_by` of an empty Map"),
        ("{name: 1}.remove(\"nmae\")", "error: there is no key \"nmae\""),
        ("[1].set(3, 0)", "error: index 3 out of range (length 1)"),
        ("[1].swap(0, 1.0)", "error: `swap` expects an Int for `j`, got Float 1.0"),
        (
            "\"a\".repeat(-1)",
            "error: `repeat` expects an Int that is not negative for `n`, got Int -1",
        ),
        ("[1, \"a\"].sum()", "error: `sum` expects numbers, got Str \"a\""),
        ("int(\"4x\")", "error: `int` cannot convert Str \"4x\""),
        ("(0..).vec()", "error: `vec` needs a range with an end, got 0.."),
        ("[|x| x].sort()", "error: `sort` cannot use Fn fn closure as a key: Fn has no order"),
        (
            "\"a,b\".split(\"\")",
            "error: `split` expects a Str that is not empty for `sep`, got Str \"\"",
        ),
        ("json.parse(\"[1,]\")", "error: line 1, column 4: expected a value, found `]`"),
        ("json.stringify({a: [math.nan]})", "error: $.a[0]: JSON has no NaN"),
        ("(1.5).clamp(3, 1)", "error: `clamp` needs low <= high, got Int 3 and Int 1"),
    ]);
}

#[test]
fn big_results_are_refused_before_they_are_made() {
    let limits = Limits { memory: 1 << 23, fuel: 20_000_000, ..Limits::default() };
    let registry = *REGISTRY;
    let engine = Engine::with(registry, limits, Arc::new(NoLoader), true);
    for text in [
        "\"x\".repeat(10 ** 12)",
        "\"x\".pad_end(10 ** 15)",
        "(0..10 ** 18).vec()",
        "(0..10 ** 18).map(|x| x)",
        "(0..10 ** 18).step_by(3)",
        "1.shift_left(10 ** 12)",
        "math.factorial(10 ** 9)",
        "let s = \"x\" * 1000000\n([s] * 1000).join()",
        "let s = \"ab\" * 1000000\ns.replace(\"a\", s)",
        "var x = [1, 1]\nfor _ in 0..60 { x = [x, x] }\nstr(x)",
        "var x = [1, 1]\nfor _ in 0..60 { x = [x, x] }\njson.stringify(x)",
        "(1..).lazy().vec()",
        "([10 ** 1000] * 100000).product()",
    ] {
        let found = run(&engine, text);
        assert!(found.starts_with("error: "), "{text}: {:.80}", found);
    }
}

#[test]
fn what_the_library_builds_is_built_in_place() {
    let engine = engine(true);
    for text in [
        "(0..1000).map(|n| n + 1).len()",
        "(0..1000).filter(|n| n > 5).flat_map(|n| [n, n]).len()",
        "(0..1000).group_by(|n| n % 7).len()",
        "(0..1000).count_by(|n| n % 7).len()",
        "(0..1000).partition(|n| n > 500).len()",
        "(0..1000).sort_with(|a, b| cmp(b, a)).len()",
        "var m = {k => [k] for k in 0..100}\nfor i in 0..1000 { m = m.update(i % 100, |v| v.push(i)) }\nm.len()",
        "var xs = [[0]] * 1\nxs[0] = []\nfor i in 0..1000 { xs = xs.update(0, |v| v.push(i)) }\nxs.len()",
        "(1..).lazy().chunks(500).take(3).vec().len()",
    ] {
        let program = engine.compile("test", text).expect("compiles");
        let mut run = program.start();
        run.execute().expect("runs");
        let copies = run.stats().copies;
        assert!(copies < 10, "{text}: {copies} copies");
    }
}
