//! The command as a user of the shell meets it: output, exit codes, standard input, pipes.

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

struct Outcome {
    code: i32,
    out: String,
    err: String,
}

/// Runs `tansy` with arguments and standard input.
fn tansy_with(arguments: &[&str], input: &str) -> Outcome {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tansy"))
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("ends");
    Outcome {
        code: output.status.code().expect("ends by itself"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

fn tansy(arguments: &[&str]) -> Outcome {
    tansy_with(arguments, "")
}

/// A file for one test.
fn file(name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name.replace('.', "_"));
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    fs::write(&path, text).expect("writable");
    path.display().to_string()
}

#[test]
fn a_file_prints_what_it_prints_and_not_its_value() {
    let program = file("prints.tansy", "print(\"hello\")\n42\n");
    let ran = tansy(&[&program]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "hello\n", ""));
}

#[test]
fn a_first_line_for_the_system_is_skipped() {
    let program = file("shebang.tansy", "#!/usr/bin/env tansy\nprint(1)\n");
    assert_eq!(tansy(&[&program]).out, "1\n");
}

#[test]
fn words_after_the_file_are_args() {
    let program = file("args.tansy", "print(args)\n");
    assert_eq!(tansy(&[&program, "a", "--fuel", "-x"]).out, "[\"a\", \"--fuel\", \"-x\"]\n");
    assert_eq!(tansy(&["run", &program, "check"]).out, "[\"check\"]\n");
}

#[test]
fn an_expression_prints_its_value_unless_it_is_null() {
    assert_eq!(tansy(&["-e", "1 + 2"]).out, "3\n");
    assert_eq!(tansy(&["-e", "\"a\" + \"b\""]).out, "\"ab\"\n");
    assert_eq!(tansy(&["-e", "null"]).out, "");
    assert_eq!(tansy(&["-e", "args.len()", "x", "y"]).out, "2\n");
}

#[test]
fn explain_shows_why_on_standard_output() {
    let program = file("why.tansy", "print(\"hello\")\ninput.a > 1 and input.b > 1\n");
    let ran = tansy_with(&["explain", &program, "--input", "-"], "{\"a\": 0}");
    assert_eq!((ran.code, ran.err.as_str()), (0, "hello\n"));
    assert!(ran.out.contains("why.tansy → false\n"), "{}", ran.out);
    assert!(ran.out.contains("input.a = 0") && ran.out.contains("not reached"), "{}", ran.out);
    let ran = tansy_with(&["explain", "--format", "json", "-e", "input == 3", "--input", "-"], "3");
    assert!(ran.out.starts_with("{\n  \"because\"") && ran.out.ends_with("}\n"), "{}", ran.out);
    // A run that failed is explained, too, and reported as ever.
    let ran = tansy(&["explain", "-e", "input.a > 1 or true"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("✗ failed") && ran.err.contains("null has no key"), "{}", ran.out);
    assert_eq!(tansy(&["explain", "--stats", "-e", "1"]).code, 2);
}

#[test]
fn standard_input_is_a_program() {
    assert_eq!(tansy_with(&[], "print(1 + 1)").out, "2\n");
    assert_eq!(tansy_with(&["-", "x"], "print(args)").out, "[\"x\"]\n");
}

#[test]
fn eval_prints_the_value() {
    let program = file("value.tansy", "{b: [1, 2.5, 9.50d], a: \"x\"}\n");
    assert_eq!(tansy(&["eval", &program]).out, "{a: \"x\", b: [1, 2.5, 9.50d]}\n");
    let json = tansy(&["eval", &program, "--format", "json"]).out;
    assert_eq!(json, "{\n  \"a\": \"x\",\n  \"b\": [\n    1,\n    2.5,\n    9.50\n  ]\n}\n");
}

#[test]
fn eval_sees_its_input() {
    let data = file("data.json", "{\"items\": [{\"qty\": 2}, {\"qty\": 3}]}");
    let total = "input.items.map(.qty).sum()";
    assert_eq!(tansy(&["eval", "-e", total, "--input", &data]).out, "5\n");
    assert_eq!(tansy_with(&["eval", "-e", "input", "--input", "-"], "[1, 2]").out, "[1, 2]\n");
    assert_eq!(tansy(&["eval", "-e", "input"]).out, "null\n");
}

#[test]
fn input_is_data_and_not_a_program() {
    let ran = tansy_with(&["eval", "-e", "input", "--input", "-"], "1 + 1");
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("is not JSON"), "{}", ran.err);
}

#[test]
fn a_value_that_json_cannot_say_is_an_error() {
    let ran = tansy(&["eval", "-e", "|x| x", "--format", "json"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("cannot be written as JSON"), "{}", ran.err);
}

#[test]
fn exit_codes_tell_what_went_wrong() {
    let broken = file("broken.tansy", "let x = \n");
    let fails = file("fails.tansy", "print(1)\n[][0]\n");
    assert_eq!(tansy(&[&broken]).code, 2);
    assert_eq!(tansy(&["check", &broken]).code, 2);
    assert_eq!(tansy(&["check", &fails]).code, 0);
    assert_eq!(tansy(&["no such file"]).code, 2);
    assert_eq!(tansy(&["--no-such-option"]).code, 2);
    let ran = tansy(&[&fails]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "1\n"));
}

#[test]
fn limits_can_be_set() {
    let program = file("loop.tansy", "var n = 0\nwhile true { n += 1 }\n");
    let ran = tansy(&["--fuel", "10k", &program]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("fuel"), "{}", ran.err);
    let ran = tansy(&["--fuel", "unlimited", "--time", "50ms", &program]);
    assert!(ran.err.contains("time"), "{}", ran.err);
}

#[test]
fn capabilities_are_granted_by_flags() {
    let data = PathBuf::from(file("granted.txt", "42\n"));
    let folder = data.parent().expect("a folder").display().to_string();
    let read = format!("fs.lines({:?})", data.display().to_string());
    let write = format!("fs.write({:?}, \"\")", format!("{folder}/written.txt"));
    let (allow_read, allow_write) =
        (format!("--allow-read={folder}"), format!("--allow-write={folder}"));
    let cases = [
        ("time.now() > 0", "--allow-time", "true\n"),
        ("random.float() < 1", "--allow-random", "true\n"),
        ("random.int(0..1000) == random.int(0..1000)", "--allow-random=7", "false\n"),
        ("env.get(\"LC_ALL\")", "--allow-env=LC_ALL,HOME", "\"C.UTF-8\"\n"),
        ("env.vars().LC_ALL", "--allow-env", "\"C.UTF-8\"\n"),
        (&read, &allow_read, "[\"42\"]\n"),
        (&write, &allow_write, ""),
    ];
    for (text, flag, expected) in cases {
        let ran = tansy(&["--diagnostics", "json", "-e", text]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{text}");
        let report: serde_json::Value = serde_json::from_str(&ran.err).expect("JSON");
        let name = flag.split('=').next().unwrap_or(flag);
        assert_eq!(report["code"], "not-granted");
        assert!(report["help"][1].as_str().is_some_and(|h| h.contains(name)), "{report}");
        for flag in [flag, "-A", "--allow-all"] {
            let ran = tansy(&[flag, "-e", text]);
            assert_eq!((ran.code, ran.out.as_str()), (0, expected), "{flag} {text}: {}", ran.err);
        }
    }
    let secret = tansy(&["--allow-env=HOME", "-e", "env.get(\"LC_ALL\")"]);
    assert_eq!(secret.code, 1);
}

#[test]
fn a_seed_on_the_command_line_gives_the_same_again() {
    let text = "random.shuffle(0..20)";
    let first = tansy(&["--allow-random=7", "-e", text]).out;
    assert_eq!(tansy(&["eval", "--allow-random=7", "-e", text]).out, first);
    assert_ne!(tansy(&["--allow-random=8", "-e", text]).out, first);
    let wrong = tansy(&["--allow-random=dice", "-e", text]);
    assert_eq!(wrong.code, 2);
}

#[test]
fn a_directory_that_is_missing_cannot_be_granted() {
    let ran = tansy(&["--allow-read=no such folder", "-e", "1"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is no such directory"), "{}", ran.err);
}

#[test]
fn tests_are_granted_what_the_command_line_says() {
    let program = file(
        "granted.tansy",
        "/// ```tansy\n/// fair() // → true\n/// ```\nfn fair() { random.int(1..=6) <= 6 }\n\
         test \"now\" { assert time.now() > 0 }\n",
    );
    let ran = tansy(&["test", &program]);
    assert!(ran.out.contains("0 passed, 2 failed"), "{}", ran.out);
    let ran = tansy(&["test", "--allow-random=1", "--allow-time", &program]);
    assert!(ran.out.contains("2 passed, 0 failed"), "{}{}", ran.out, ran.err);
}

#[test]
fn flags_for_capabilities_have_a_heading_of_their_own() {
    let help = tansy(&["--help"]).out;
    let (_, capabilities) = help.split_once("Capabilities:").expect("a heading");
    for flag in
        ["--allow-read", "--allow-write", "--allow-env", "--allow-time", "--allow-random", "-A"]
    {
        assert!(capabilities.contains(flag), "{flag}");
    }
    assert!(!capabilities.contains("--color"), "other options stand elsewhere");
}

#[test]
fn diagnostics_for_tools_are_one_object_on_a_line() {
    let program = file("tools.tansy", "let total = 1\nprint(totl)\nprint(totel)\n");
    let ran = tansy(&["--diagnostics", "json", "check", &program]);
    assert_eq!(ran.code, 2);
    let lines: Vec<serde_json::Value> =
        ran.err.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["severity"], "error");
    assert_eq!(lines[0]["code"], "unknown-name");
    assert_eq!((&lines[0]["line"], &lines[0]["column"]), (&2.into(), &7.into()));
    assert_eq!((&lines[0]["end_line"], &lines[0]["end_column"]), (&2.into(), &11.into()));
    assert!(lines[0]["file"].as_str().is_some_and(|f| f.ends_with("tools.tansy")));
}

#[test]
fn an_error_while_running_has_a_trace_for_tools() {
    let program = file("trace.tansy", "fn f(x) { [][x] }\nf(1)\n");
    let ran = tansy(&["--diagnostics", "json", &program]);
    let object: serde_json::Value = serde_json::from_str(&ran.err).expect("JSON");
    assert_eq!(object["trace"][0]["function"], "f");
    assert_eq!(object["trace"][1]["line"], 2);
}

#[test]
fn a_reader_that_leaves_ends_the_run_quietly() {
    let program = file("endless.tansy", "for i in 0..10_000_000 { print(i) }\n");
    let mut child = Command::new(env!("CARGO_BIN_EXE_tansy"))
        .arg(&program)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut first = [0; 4];
    child.stdout.take().expect("a pipe").read_exact(&mut first).expect("some output");
    let output = child.wait_with_output().expect("ends");
    assert_eq!((&first, output.status.code()), (b"0\n1\n", Some(141)));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_report_of_a_huge_line_is_short() {
    let text = format!("[{}nope, 1]", "1, ".repeat(200_000));
    let ran = tansy_with(&["-"], &text);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("nope") && ran.err.len() < 2_000, "{} bytes", ran.err.len());
}

#[test]
fn colours_are_for_terminals_or_on_demand() {
    assert!(!tansy(&["-e", "nope"]).err.contains('\x1b'));
    assert!(tansy(&["--color", "always", "-e", "nope"]).err.contains('\x1b'));
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let program = file("binary.tansy", "");
    fs::write(&program, [b'1', 0xff]).expect("writable");
    let ran = tansy(&[&program]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("not UTF-8"), "{}", ran.err);
}

#[test]
fn tests_are_run_and_counted() {
    let program = file(
        "tested.tansy",
        "/// Twice as much.\n/// ```tansy\n/// double(4) // → 8\n/// double(\"ab\") // → \"abab\"\n/// ```\n\
         fn double(x) { x * 2 }\ntest \"doubles\" { assert double(2) == 4 }\n",
    );
    let ran = tansy(&["test", &program]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("doubles") && ran.out.contains("2 passed, 0 failed"), "{}", ran.out);
}

#[test]
fn failing_tests_say_so_and_show_what_was_printed() {
    let program = file(
        "failing.tansy",
        "/// ```tansy\n/// double(4) // → 9\n/// ```\nfn double(x) { x * 2 }\n\
         test \"wrong\" { print(\"about to fail\")\n assert double(2) == 5 }\n",
    );
    let ran = tansy(&["test", &program]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.out.contains("about to fail") && ran.out.contains("0 passed, 2 failed"),
        "{}",
        ran.out
    );
    assert!(ran.err.contains("gives 8"), "{}", ran.err);
}

#[test]
fn disasm_shows_instructions() {
    let program = file("listing.tansy", "fn f(x) { x + 1 }\nf(2)\n");
    let ran = tansy(&["disasm", &program]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.lines().count() > 3, "{}", ran.out);
}

#[test]
fn nobody_reading_the_test_results_is_no_crash() {
    let tests: String =
        (0..2000).map(|i| format!("test \"number {i}\" {{ assert true }}\n")).collect();
    let program = file("many.tansy", &tests);
    let mut child = Command::new(env!("CARGO_BIN_EXE_tansy"))
        .args(["test", &program])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(141), b"".as_slice()));
}

#[test]
fn standard_error_that_is_closed_is_no_crash() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tansy"))
        .args(["-e", "nope"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("ends").code(), Some(2));
}

#[test]
fn stats_say_what_a_run_cost() {
    let text =
        "var v = []\nfor i in 0..1_000 { v = v.push(i) }\nlet w = v\nv[0] = 7\nprint(v[0], w[0])\n";
    let program = file("cost.tansy", text);
    let ran = tansy(&["--stats", &program]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "7 0\n"));
    let names: Vec<&str> = ran.err.lines().map(|l| l.get(..14).unwrap_or(l).trim()).collect();
    assert_eq!(
        names,
        ["stats", "time", "steps", "peak memory", "allocations", "in place", "copied"]
    );

    let ran = tansy(&["run", "--stats", "--diagnostics", "json", &program]);
    let json: serde_json::Value = serde_json::from_str(&ran.err).expect("one object");
    let stats = json["stats"].as_object().expect("an object");
    let names: Vec<&str> = stats.keys().map(String::as_str).collect();
    assert_eq!(names, ["allocations", "copies", "peak_memory", "seconds", "steps", "updates"]);
    assert_eq!(stats["copies"], 1);
    assert!(stats["updates"].as_u64().is_some_and(|n| n >= 1_000), "{stats:?}");
    assert!(stats["steps"].as_u64().is_some_and(|n| (1_000..10_000).contains(&n)), "{stats:?}");
}

#[test]
fn stats_are_shown_when_the_run_failed_too() {
    let ran = tansy(&["--stats", "--fuel", "1000", "-e", "while true { }"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("out of fuel") && ran.err.contains("peak memory"), "{}", ran.err);
}

#[test]
fn a_profile_is_printed_and_written() {
    let text = "fn hot(n) { var s = 0; for i in 0..n { s += i }; s }\nfn cold(n) { hot(n) + 1 }\nprint(cold(5_000))\n";
    let program = file("warm.tansy", text);
    let base = PathBuf::from(&program).with_file_name("flames");
    let ran = tansy(&["run", &format!("--profile={}", base.display()), &program]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "12497501\n"), "{}", ran.err);
    let hottest = ran.err.lines().nth(2).unwrap_or_default();
    assert!(hottest.contains("hot (") && hottest.contains("99."), "{}", ran.err);
    let folded = fs::read_to_string(base.with_extension("folded")).expect("written");
    assert!(folded.lines().any(|l| l.contains(";cold (") && l.contains(";hot (")), "{folded}");
    let svg = fs::read_to_string(base.with_extension("svg")).expect("written");
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("<title>hot ("), "{svg}");
}

#[test]
fn only_runs_are_measured() {
    let program = file("idle.tansy", "1\n");
    let ran = tansy(&["--stats", "check", &program]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("measure the run of a program"), "{}", ran.err);
}
