//! Chooses how the machine goes from one instruction to the next (see `src/vm/step.rs`).
//!
//! Threaded code needs the optimiser to make jumps of calls in tail position, and four arguments in registers. Elsewhere, and with
//! `--cfg tansy_portable` in `RUSTFLAGS`, a loop calls one instruction after another.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(threaded, fuzzing)");
    let get = |name| std::env::var(name).unwrap_or_default();
    let optimised = matches!(get("OPT_LEVEL").as_str(), "2" | "3" | "s" | "z");
    let registers = matches!(get("CARGO_CFG_TARGET_ARCH").as_str(), "x86_64" | "aarch64");
    let portable = std::env::var_os("CARGO_CFG_TANSY_PORTABLE").is_some();
    if optimised && registers && !portable {
        println!("cargo::rustc-cfg=threaded");
    }
}
