//! A profile of a run: it names the right functions, adds up to the steps of the run, and does not change the run.

use tansy::{Engine, Limit, Limits, Profile, RunError, Stats, Value};

fn run(
    text: &str,
    profiled: bool,
    limits: Limits,
) -> (Result<Value, RunError>, Stats, Option<Profile>) {
    let engine = Engine::builder().limits(limits).build();
    let program = engine.compile("main.tansy", text).unwrap_or_else(|e| panic!("{e}"));
    let mut run = program.start().profiled(profiled).output(Box::new(|_| Ok(())));
    let result = run.execute();
    (result, run.stats(), run.profile().cloned())
}

/// The profile of a program, which adds up.
#[track_caller]
fn profile(text: &str) -> Profile {
    let (result, stats, profile) = run(text, true, Limits::default());
    result.unwrap_or_else(|e| panic!("{e}"));
    let profile = profile.expect("asked for");
    assert_eq!(profile.steps(), stats.fuel);
    let steps = |line: &str| line.rsplit(' ').next().and_then(|n| n.parse::<u64>().ok());
    let folded: u64 = profile.folded().lines().filter_map(steps).sum();
    assert_eq!(folded, stats.fuel, "{}", profile.folded());
    profile
}

/// What a function took by itself and in all, as percentages.
#[track_caller]
fn percent(profile: &Profile, function: &str) -> (u64, u64) {
    let named = |s: &&tansy::profile::Share| profile.functions[s.function].to_string() == function;
    let shares = profile.shares();
    let share = shares.iter().find(named).unwrap_or_else(|| panic!("{}", profile.folded()));
    (share.own * 100 / profile.steps(), share.total * 100 / profile.steps())
}

const WORK: &str = "
fn turn(n) { var s = 0; for i in 0..n { s += i }; s }
fn often() { turn(3_000) + 1 }
fn seldom() {
  turn(1_000) + 1
}
for i in 0..10 { often(); seldom() }
";

#[test]
fn steps_are_charged_to_who_took_them() {
    let profile = profile(WORK);
    let (own, all) = percent(&profile, "turn (main.tansy:2)");
    assert!(own >= 98 && all >= 98, "{}", profile.folded());
    assert!(
        (70..=80).contains(&percent(&profile, "often (main.tansy:3)").1),
        "{}",
        profile.folded()
    );
    assert!(
        (20..=30).contains(&percent(&profile, "seldom (main.tansy:4)").1),
        "{}",
        profile.folded()
    );
    let stack = "main.tansy;often (main.tansy:3);turn (main.tansy:2) ";
    assert!(profile.folded().lines().any(|l| l.starts_with(stack)), "{}", profile.folded());
}

#[test]
fn lines_say_where_in_a_function() {
    let text = "fn f() {\n  for i in 0..1_000 { }\n  for i in 0..9_000 { }\n}\nf()";
    let profile = profile(text);
    let f = profile.functions.iter().find(|f| f.name == "f").expect("ran");
    let of = |line| f.lines.iter().find(|(l, _)| *l == line).map_or(0, |(_, n)| *n);
    assert!((700..=1_300).contains(&of(2)) && (8_500..=9_500).contains(&of(3)), "{:?}", f.lines);
}

#[test]
fn built_ins_are_charged_under_their_caller() {
    let profile =
        profile("let v = vec(0..20_000)\nfn total() { v.sum() + 1 }\nfor i in 0..20 { total() }");
    assert!(percent(&profile, "Vec.sum (built in)").0 >= 90, "{}", profile.folded());
    assert!(percent(&profile, "total (main.tansy:2)").1 >= 90, "{}", profile.folded());
}

#[test]
fn recursion_is_folded() {
    let fib = profile("fn fib(n) { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }\nfib(15)");
    assert!(fib.calls.len() <= 2, "{}", fib.folded());
    let deep = "fn even(n) { if n == 0 { true } else { not odd(n - 1) } }
                fn odd(n) { if n == 0 { false } else { not even(n - 1) } }
                even(100_000)";
    let deep = profile(deep);
    assert!(deep.calls.len() <= 8, "{}", deep.folded());
    assert!(percent(&deep, "even (main.tansy:1)").1 >= 98, "{}", deep.folded());
}

#[test]
fn a_profile_changes_nothing_and_is_the_same_each_time() {
    let (plain, without, none) = run(WORK, false, Limits::default());
    let (watched, with, first) = run(WORK, true, Limits::default());
    let (_, _, second) = run(WORK, true, Limits::default());
    assert!(none.is_none());
    assert_eq!(plain.ok(), watched.ok());
    assert_eq!((without.fuel, without.copies), (with.fuel, with.copies));
    assert_eq!(first.map(|p| p.folded()), second.map(|p| p.folded()));
}

#[test]
fn a_run_that_failed_has_a_profile() {
    let limits = Limits { fuel: 100_000, ..Limits::default() };
    let (result, stats, profile) = run("fn f() { while true { } }\nf()", true, limits);
    assert_eq!(result.expect_err("no end").limit, Some(Limit::Fuel));
    let profile = profile.expect("asked for");
    assert_eq!((profile.steps(), stats.fuel), (100_000, 100_000));
    assert!(percent(&profile, "f (main.tansy:1)").0 >= 99, "{}", profile.folded());
}
