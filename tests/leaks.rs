//! What runs leave behind: nothing, as the allocator sees it. (A test of its own, since the count is the process's.)

mod meter;

use tansy::Engine;

#[global_allocator]
static METER: meter::Meter = meter::Meter;

#[test]
fn runs_leave_nothing_behind() {
    let programs = [
        "fn f() {\n  var m = null\n  m?.a?.b = [1, 2, 3]\n  1\n}\nf()",
        "[1, 2, 3].map(|x| x + 1)",
        "var s = 0\nfor _ in 0..3 { s += [1, 2].map(|x| x * 2).sum() }\ns",
        "let k = 2\nlet f = |x| x * k\n[[1, 2].map(f), [3].any(|x| x > k), {a: f}]",
        "fn g(n) { if n == 0 { |x| x } else { g(n - 1) } }\n[g(3), g(2)].map(|f| f(1))",
        "var m = {}\nfor i in 0..100 { m[f\"key {i}\"] = {i, twice: i * 2} }\nm.values().map(.twice).sum()",
        "try { [1].map(|x| x.nope) } catch e { e.message }",
        "let [a, ...rest] = [1, {b: 2}, #{3}]\n[rest, a].lazy().map(|x| x).vec()",
    ];
    let engine = Engine::new();
    for text in programs {
        let program = engine.compile("program", text).unwrap();
        let run = || drop(program.run(&[]).unwrap());
        (0..50).for_each(|_| run());
        let before = meter::held();
        (0..1000).for_each(|_| run());
        let more = meter::held().saturating_sub(before);
        // Less than the smallest block each time; the test's own harness may need a little.
        assert!(more < 16_000, "{more} bytes more after a thousand runs: {text}");
    }
}
