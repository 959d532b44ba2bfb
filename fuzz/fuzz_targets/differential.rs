//! Bytes become a program of the generator; the machine with taking, without, and the reference evaluator agree on it.
#![no_main]

#[allow(dead_code, reason = "shrinking is the fuzzer's own work")]
#[path = "../../tests/generator/mod.rs"]
mod generator;
#[path = "../../tests/judge/mod.rs"]
mod judge;
#[allow(dead_code, reason = "as in the tests")]
#[path = "../../tests/reference/mod.rs"]
mod reference;

use libfuzzer_sys::fuzz_target;

thread_local! {
    static JUDGE: judge::Judge = judge::Judge::new();
}

fuzz_target!(|bytes: &[u8]| {
    let text = generator::render(&generator::program(generator::Rng::from_bytes(bytes)));
    if let judge::Verdict::Different(why) = JUDGE.with(|judge| judge.judge(&text)) {
        panic!("{text}\n{why}");
    }
});
