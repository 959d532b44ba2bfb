//! What programs may reach: nothing without a grant, and no more than it says with one.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;
use tansy::{
    Engine, EngineBuilder, Error, FileLoader, Limit, Limits, Loader, RunError, Session, Value,
};

fn value(engine: &Engine, text: &str) -> String {
    match engine.eval::<Value>(text) {
        Ok(value) => value.to_string(),
        Err(error) => panic!("{text}: {error}"),
    }
}

fn error(engine: &Engine, text: &str) -> RunError {
    match engine.eval::<Value>(text) {
        Err(Error::Run(error)) => error,
        other => panic!("{text}: {other:?}"),
    }
}

fn denied(engine: &Engine, text: &str) -> String {
    let error = error(engine, text);
    assert_eq!(error.kind, "not-granted", "{text}: {}", error.message);
    error.message
}

fn io_error(engine: &Engine, text: &str) -> String {
    let error = error(engine, text);
    assert_eq!(error.kind, "io", "{text}: {}", error.message);
    error.message
}

/// An empty folder for one test, with every link resolved.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("grants").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("writable");
    folder.canonicalize().expect("it is there")
}

/// A call of `function` with a path, and more arguments perhaps.
fn call(function: &str, path: impl AsRef<std::path::Path>, more: &str) -> String {
    format!("{function}({:?}{more})", path.as_ref().to_str().expect("UTF-8"))
}

// --- without a grant ---------------------------------------------------------------------------------------------------

#[test]
fn nothing_is_granted_by_default() {
    let cases = [
        ("time.now()", "allow_time()", "--allow-time"),
        ("time.clock()", "allow_time()", "--allow-time"),
        ("time.date()", "allow_time()", "--allow-time"),
        ("random.float()", "allow_random()", "--allow-random[=SEED]"),
        ("random.int(1..=6)", "allow_random()", "--allow-random[=SEED]"),
        ("random.choice([1])", "allow_random()", "--allow-random[=SEED]"),
        ("random.shuffle([1])", "allow_random()", "--allow-random[=SEED]"),
        ("random.sample([1], 1)", "allow_random()", "--allow-random[=SEED]"),
        ("fs.read(\"x\")", "allow_read(dir)", "--allow-read=DIR"),
        ("fs.lines(\"x\")", "allow_read(dir)", "--allow-read=DIR"),
        ("fs.exists(\"x\")", "allow_read(dir)", "--allow-read=DIR"),
        ("fs.list(\"x\")", "allow_read(dir)", "--allow-read=DIR"),
        ("fs.write(\"x\", \"\")", "allow_write(dir)", "--allow-write=DIR"),
        ("fs.append(\"x\", \"\")", "allow_write(dir)", "--allow-write=DIR"),
        ("fs.remove(\"x\")", "allow_write(dir)", "--allow-write=DIR"),
        ("env.get(\"PATH\")", "allow_env()", "--allow-env[=NAME,…]"),
        ("env.vars()", "allow_env()", "--allow-env[=NAME,…]"),
    ];
    let engine = Engine::new();
    for (text, method, flag) in cases {
        let error = error(&engine, text);
        assert_eq!(error.kind, "not-granted", "{text}");
        let function = &text[..text.find('(').expect("a call")];
        assert!(error.message.starts_with(&format!("`{function}` ")), "{}", error.message);
        let help = error.help.join("\n");
        assert!(help.contains(method) && help.contains(flag), "{text}: {help}");
    }
}

#[test]
fn every_function_that_reaches_outside_is_in_the_list_above() {
    let names = tansy::tables().iter().flat_map(|table| {
        let outside = ["time", "random", "fs", "env"].map(tansy::Place::Module);
        let rows = if outside.contains(&table.place) { table.rows } else { &[] };
        rows.iter().map(|row| row.name())
    });
    let names: Vec<&str> = names.collect();
    let known = [
        "now", "clock", "date", "float", "int", "choice", "shuffle", "sample", "read", "lines",
        "exists", "list", "write", "append", "remove", "get", "vars",
    ];
    assert_eq!(names, known);
}

#[test]
fn an_attempt_can_be_caught() {
    let engine = Engine::new();
    let text = "try { fs.read(\"a.txt\") } catch e { [e.kind, e.data.path] }";
    assert_eq!(value(&engine, text), "[\"not-granted\", \"a.txt\"]");
}

#[test]
fn modules_and_grants_have_nothing_to_do_with_each_other() {
    let granted = Engine::builder().modules(["math"]).allow_time().build();
    assert!(matches!(granted.eval::<Value>("time.now()"), Err(Error::Compile(_))));
    let offered = Engine::builder().modules(["time"]).build();
    denied(&offered, "time.now()");
}

#[test]
fn the_engine_shows_what_it_grants() {
    let shown = |builder: EngineBuilder| format!("{:?}", builder.build());
    let none = "grants: Grants { read: [], write: [], env: None, time: false, random: None }";
    assert!(shown(Engine::builder()).contains(none));
    let folder = folder("shown");
    let builder = Engine::builder().allow_read(&folder).allow_time().allow_random_seed(7);
    let text = shown(builder.allow_env_vars(["HOME"]));
    let expected = format!(
        "grants: Grants {{ read: [{folder:?}], write: [], env: Named({{\"HOME\"}}), time: true, random: Seeded(7) }}"
    );
    assert!(text.contains(&expected), "{text}");
}

#[test]
fn a_directory_that_is_missing_is_a_mistake_of_the_host() {
    let engine = Engine::builder().allow_read("no such directory").build();
    let error = engine.eval::<Value>("1").expect_err("set up wrongly").to_string();
    assert!(error.contains("`allow_read` of `no such directory`"), "{error}");
}

// --- the clock -----------------------------------------------------------------------------------------------------------

#[test]
fn the_clock_goes_on() {
    let engine = Engine::builder().allow_time().build();
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now: f64 = engine.eval("time.now()").expect("granted");
    assert!((now - since.expect("after 1970").as_secs_f64()).abs() < 60.0);
    let spent =
        "let a = time.clock(); var n = 0; for i in 0..100_000 { n += i }; [a, time.clock()]";
    let spent: Vec<f64> = engine.eval(spent).expect("granted");
    assert!(0.0 <= spent[0] && spent[0] < spent[1] && spent[1] < 60.0, "{spent:?}");
    assert_eq!(value(&engine, "time.date().year >= 2024"), "true");
}

#[test]
fn the_clock_of_a_session_begins_with_it() {
    let engine = Engine::builder().allow_time().build();
    let mut session = Session::new(&engine);
    thread::sleep(Duration::from_millis(20));
    let clock = session.eval("<entry>", "time.clock() >= 0.02");
    assert_eq!(clock.expect("granted"), Value::bool(true));
}

#[test]
fn dates_need_no_clock() {
    let engine = Engine::new();
    let cases = [
        ("0", "[1970, 1, 1, 0, 0, 0, 4]"),
        ("-1", "[1969, 12, 31, 23, 59, 59, 3]"),
        ("951_782_400", "[2000, 2, 29, 0, 0, 0, 2]"),
        ("4_107_542_399.9", "[2100, 2, 28, 23, 59, 59, 7]"),
        ("4_107_542_400", "[2100, 3, 1, 0, 0, 0, 1]"),
        ("1_234_567_890.5d", "[2009, 2, 13, 23, 31, 30, 5]"),
        ("-62_167_219_200", "[0, 1, 1, 0, 0, 0, 6]"),
        ("-62_167_219_201", "[-1, 12, 31, 23, 59, 59, 5]"),
    ];
    for (seconds, expected) in cases {
        let fields = "[d.year, d.month, d.day, d.hour, d.minute, d.second, d.weekday]";
        assert_eq!(value(&engine, &format!("let d = time.date({seconds}); {fields}")), expected);
    }
    for wrong in ["math.nan", "math.inf", "10 ** 30"] {
        assert_eq!(error(&engine, &format!("time.date({wrong})")).kind, "out-of-range");
    }
    assert_eq!(error(&engine, "time.date(\"now\")").kind, "type-error");
}

// --- randomness ----------------------------------------------------------------------------------------------------------

const SOME: &str = "[random.int(0..1000), random.float(), random.choice(\"abc\"), random.shuffle(0..5), random.sample(0..100, 3)]";

#[test]
fn a_seed_gives_the_same_everywhere() {
    let engine = Engine::builder().allow_random_seed(7).build();
    // What follows from a seed is promised: these never change.
    let expected = r#"[700, 0.2787512294737843, "c", [1, 0, 2, 3, 4], [10, 40, 16]]"#;
    assert_eq!(value(&engine, SOME), expected);
    let program = engine.compile("some", SOME).expect("compiles");
    thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(|| program.run(&[]).map(|v| v.to_string())));
        for thread in threads {
            assert_eq!(thread.join().expect("no panic").expect("granted"), expected);
        }
    });
    let other = Engine::builder().allow_random_seed(8).build();
    assert_ne!(value(&other, SOME), expected);
}

#[test]
fn a_session_is_one_run_to_chance() {
    let engine = Engine::builder().allow_random_seed(7).build();
    let expected = value(&engine, "[random.int(0..1000), random.int(0..1000)]");
    let mut session = Session::new(&engine);
    let mut next = || session.eval("<entry>", "random.int(0..1000)").expect("granted").to_string();
    assert_eq!(format!("[{}, {}]", next(), next()), expected);
}

#[test]
fn without_a_seed_runs_differ() {
    let engine = Engine::builder().allow_random().build();
    let numbers = "[random.int(0..1_000_000_000) for _ in 0..4]";
    assert_ne!(value(&engine, numbers), value(&engine, numbers));
}

#[test]
fn ranges_of_any_size_are_met_evenly() {
    let engine = Engine::builder().allow_random_seed(1).build();
    let thrown: Vec<usize> = engine.eval("[random.int(1..=6) for _ in 0..6000]").expect("granted");
    for face in 1..=6 {
        let count = thrown.iter().filter(|n| **n == face).count();
        assert!((880..1120).contains(&count), "{face}: {count}");
    }
    let all = "random.int(-9_223_372_036_854_775_808..=9_223_372_036_854_775_807)";
    let positive = format!("[{all} for _ in 0..2000].filter(|n| n >= 0).len()");
    let positive: usize = engine.eval(&positive).expect("granted");
    assert!((880..1120).contains(&positive), "{positive}");
    let big = "(0..1000).all(|_| random.int(-5..9_000_000_000_000_000_000) >= -5)";
    assert_eq!(value(&engine, big), "true");
    let halves: usize =
        engine.eval("(0..2000).filter(|_| random.float() < 0.5).len()").expect("granted");
    assert!((880..1120).contains(&halves), "{halves}");
}

#[test]
fn every_order_is_as_likely() {
    let engine = Engine::builder().allow_random_seed(3).build();
    for one in
        ["random.shuffle([1, 2, 3])", "random.sample(1..=3, 3)", "random.sample(#{1, 2, 3}, 3)"]
    {
        let orders: Vec<Vec<i64>> =
            engine.eval(&format!("[{one} for _ in 0..1200]")).expect("granted");
        for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
            let count = orders.iter().filter(|o| **o == order).count();
            assert!((150..250).contains(&count), "{one} {order:?}: {count}");
        }
    }
}

#[test]
fn samples_are_from_different_places() {
    let engine = Engine::builder().allow_random_seed(5).build();
    let sample = "random.sample(0..9_000_000_000_000_000_000, 1000).set().len()";
    assert_eq!(value(&engine, sample), "1000");
    assert_eq!(value(&engine, "random.sample((0..50).vec(), 50).sort() == (0..50).vec()"), "true");
    assert_eq!(value(&engine, "random.sample([], 0)"), "[]");
}

#[test]
fn what_chance_cannot_do_is_an_error() {
    let engine = Engine::builder().allow_random().build();
    let cases = [
        ("random.int(0..0)", "empty"),
        ("random.int(5..1)", "empty"),
        ("random.int(0..)", "out-of-range"),
        ("random.int(6)", "type-error"),
        ("random.choice([])", "empty"),
        ("random.choice(0..)", "out-of-range"),
        ("random.sample([1, 2], 3)", "out-of-range"),
        ("random.sample([1, 2], -1)", "type-error"),
        ("random.shuffle(1)", "type-error"),
    ];
    for (text, kind) in cases {
        assert_eq!(error(&engine, text).kind, kind, "{text}");
    }
    let small = Limits { memory: 1 << 20, ..Limits::default() };
    let engine = Engine::builder().allow_random().limits(small).build();
    for text in ["random.shuffle(0..10_000_000)", "random.sample(0..10_000_000, 9_000_000)"] {
        assert_eq!(error(&engine, text).limit, Some(Limit::Memory), "{text}");
    }
}

// --- the environment -----------------------------------------------------------------------------------------------------

#[test]
fn variables_are_read_as_far_as_they_are_granted() {
    let path = std::env::var("PATH").expect("tests have one");
    let all = Engine::builder().allow_env().build();
    assert_eq!(all.eval::<String>("env.get(\"PATH\")").expect("granted"), path);
    assert_eq!(all.eval::<String>("env.vars().PATH").expect("granted"), path);
    for unset in
        ["env.get(\"NO_SUCH\")", "env.get(\"\")", "env.get(\"A=B\")", "env.get(\"\\u{0}\")"]
    {
        assert_eq!(value(&all, unset), "null", "{unset}");
    }
    let some = Engine::builder().allow_env_vars(["PATH"]).allow_env_vars(["LANG"]).build();
    assert_eq!(some.eval::<String>("env.get(\"PATH\")").expect("granted"), path);
    let message = denied(&some, "env.get(\"HOME\")");
    assert_eq!(message, "`env.get` may not read \"HOME\": it is not one of those granted");
    denied(&some, "env.vars()");
}

// --- files ---------------------------------------------------------------------------------------------------------------

#[test]
fn files_are_written_and_read() {
    let folder = folder("round");
    let engine = Engine::builder().allow_read(&folder).allow_write(&folder).build();
    let file = folder.join("a.txt");
    fs::create_dir_all(folder.join("a dir")).expect("writable");
    for text in [
        call("fs.write", &file, ", \"one\\ntwo\\r\\n\""),
        call("fs.append", &file, ", \"drei\""),
        call("fs.append", folder.join("b.txt"), ", \"new\""),
        call("fs.write", folder.join("a dir").join("..").join("c.txt"), ", \"\""),
    ] {
        assert_eq!(value(&engine, &text), "null");
    }
    assert_eq!(value(&engine, &call("fs.read", &file, "")), r#""one\ntwo\r\ndrei""#);
    assert_eq!(value(&engine, &call("fs.lines", &file, "")), r#"["one", "two", "drei"]"#);
    // Nothing that a write made on its way is left.
    let names = value(&engine, &call("fs.list", &folder, ""));
    assert_eq!(names, r#"["a dir", "a.txt", "b.txt", "c.txt"]"#);
    value(&engine, &call("fs.remove", &file, ""));
    assert_eq!(value(&engine, &call("fs.exists", &file, "")), "false");
    assert_eq!(value(&engine, &call("fs.exists", &folder, "")), "true");
    assert_eq!(value(&engine, &call("fs.exists", folder.join("b.txt").join("x"), "")), "false");
}

#[test]
fn who_reads_while_another_writes_sees_one_text() {
    let folder = folder("atomic");
    let file = folder.join("a.txt");
    let engine = Engine::builder().allow_read(&folder).allow_write(&folder).build();
    let written = |letter: char| call("fs.write", &file, &format!(", \"{letter}\" * 200_000"));
    value(&engine, &written('a'));
    let read = format!("{}.chars().set().len()", call("fs.read", &file, ""));
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for letter in "abcdefghij".chars() {
                value(&engine, &written(letter));
            }
        });
        loop {
            assert_eq!(value(&engine, &read), "1");
            if writer.is_finished() {
                break;
            }
        }
    });
}

#[test]
fn reading_and_writing_are_granted_apart() {
    let folder = folder("apart");
    fs::write(folder.join("a.txt"), "kept").expect("writable");
    let file = folder.join("a.txt");
    let reader = Engine::builder().allow_read(&folder).build();
    for text in [
        call("fs.write", &file, ", \"\""),
        call("fs.append", &file, ", \"\""),
        call("fs.remove", &file, ""),
    ] {
        denied(&reader, &text);
    }
    let writer = Engine::builder().allow_write(&folder).build();
    for function in ["fs.read", "fs.lines", "fs.exists", "fs.list"] {
        denied(&writer, &call(function, &file, ""));
    }
    assert_eq!(fs::read_to_string(&file).expect("there"), "kept");
}

#[test]
fn no_path_leads_outside() {
    let folder = folder("outside");
    let inside = folder.join("in");
    fs::create_dir_all(inside.join("sub")).expect("writable");
    fs::create_dir_all(folder.join("in-not")).expect("writable");
    fs::write(folder.join("secret.txt"), "secret").expect("writable");
    let engine = Engine::builder().allow_read(&inside).allow_write(&inside).build();
    let outside = [
        folder.clone(),
        folder.join("secret.txt"),
        folder.join("in-not"),
        inside.join(".."),
        inside.join("../secret.txt"),
        inside.join("sub/../../secret.txt"),
        inside.join("./.././secret.txt"),
        inside.join("../in/../secret.txt"),
        PathBuf::from("/etc/passwd"),
        PathBuf::from("/"),
        PathBuf::from("Cargo.toml"),
        PathBuf::from(".."),
    ];
    for path in &outside {
        for function in ["fs.read", "fs.lines", "fs.exists", "fs.list"] {
            denied(&engine, &call(function, path, ""));
        }
        for function in ["fs.write", "fs.append"] {
            denied(&engine, &call(function, path, ", \"changed\""));
        }
    }
    denied(&engine, &call("fs.remove", folder.join("secret.txt"), ""));
    denied(&engine, &call("fs.remove", inside.join("../secret.txt"), ""));
    denied(&engine, &call("fs.write", inside.join("../new.txt"), ", \"\""));
    assert_eq!(fs::read_to_string(folder.join("secret.txt")).expect("kept"), "secret");
    assert!(!folder.join("new.txt").exists());
}

#[test]
fn what_is_outside_does_not_show_in_the_answer() {
    let folder = folder("oracle");
    let inside = folder.join("in");
    fs::create_dir_all(&inside).expect("writable");
    fs::write(folder.join("there"), "").expect("writable");
    let engine = Engine::builder().allow_read(&inside).build();
    for function in ["fs.read", "fs.exists", "fs.list"] {
        for way in ["..", "../there", "../missing"].map(|way| inside.join(way)) {
            for name in ["there", "missing"] {
                let there = denied(&engine, &call(function, way.join(name), ""));
                let shown = way.join(name).display().to_string();
                let expected = format!(
                    "`{function}` may not read `{shown}`: it is outside the directories granted for reading"
                );
                assert_eq!(there, expected);
            }
        }
    }
    let loader = FileLoader::within(&inside).expect("a folder");
    let main = inside.join("main.tansy").display().to_string();
    for name in ["there", "missing"] {
        let message = loader.load(&format!("../{name}"), &main).expect_err("outside");
        assert!(message.ends_with("is outside the folder that may be read"), "{message}");
    }
    let message = loader.load("missing", &main).expect_err("missing");
    assert!(message.contains("there is no file"), "{message}");
}

#[cfg(unix)]
#[test]
fn no_link_leads_outside() {
    use std::os::unix::fs::symlink;
    let folder = folder("links");
    let inside = folder.join("in");
    fs::create_dir_all(&inside).expect("writable");
    fs::create_dir_all(folder.join("out")).expect("writable");
    fs::write(folder.join("out/secret.txt"), "secret").expect("writable");
    let link = |to: &str, name: &str| symlink(folder.join(to), inside.join(name)).expect("a link");
    link("out/secret.txt", "file");
    link("out", "dir");
    link("out/missing.txt", "dangling");
    link("in/loop", "loop");
    link("in/dir", "twice");
    symlink("../out/secret.txt", inside.join("relative")).expect("a link");
    let engine = Engine::builder().allow_read(&inside).allow_write(&inside).build();
    let names = [
        "file",
        "dir",
        "dir/secret.txt",
        "dir/missing.txt",
        "dir/../out/secret.txt",
        "twice/secret.txt",
        "dangling",
        "dangling/x",
        "loop",
        "relative",
    ];
    for name in names {
        for function in ["fs.read", "fs.exists", "fs.list"] {
            denied(&engine, &call(function, inside.join(name), ""));
        }
        for function in ["fs.write", "fs.append"] {
            denied(&engine, &call(function, inside.join(name), ", \"changed\""));
        }
    }
    denied(&engine, &call("fs.remove", inside.join("dir/secret.txt"), ""));
    denied(&engine, &call("fs.remove", inside.join("twice/secret.txt"), ""));
    assert_eq!(fs::read_to_string(folder.join("out/secret.txt")).expect("kept"), "secret");
    assert!(!folder.join("out/missing.txt").exists());
    // A link itself is inside, and may go.
    value(&engine, &call("fs.remove", inside.join("file"), ""));
    assert!(fs::symlink_metadata(inside.join("file")).is_err());
    assert!(folder.join("out/secret.txt").exists());
}

#[cfg(unix)]
#[test]
fn links_inside_are_followed() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder("followed");
    let real = folder.join("real.txt");
    fs::write(&real, "old").expect("writable");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("permitted");
    symlink("real.txt", folder.join("link")).expect("a link");
    let engine = Engine::builder().allow_read(&folder).allow_write(&folder).build();
    value(&engine, &call("fs.write", folder.join("link"), ", \"new\""));
    assert_eq!(value(&engine, &call("fs.read", folder.join("link"), "")), "\"new\"");
    assert!(fs::symlink_metadata(folder.join("link")).expect("there").is_symlink());
    assert_eq!(fs::read_to_string(&real).expect("there"), "new");
    assert_eq!(fs::metadata(&real).expect("there").permissions().mode() & 0o777, 0o640);
    // A grant may itself be given by way of a link.
    symlink(&folder, folder.join("self")).expect("a link");
    let engine = Engine::builder().allow_read(folder.join("self")).build();
    assert_eq!(value(&engine, &call("fs.read", folder.join("self/real.txt"), "")), "\"new\"");
}

#[test]
fn what_cannot_be_done_is_an_error_with_the_path() {
    let folder = folder("errors");
    fs::write(folder.join("rates.json"), "{}").expect("writable");
    fs::write(folder.join("image"), [b'P', 0xff, 0xd8]).expect("writable");
    fs::create_dir_all(folder.join("sub")).expect("writable");
    let engine = Engine::builder().allow_read(&folder).allow_write(&folder).build();
    let missing = error(&engine, &call("fs.read", folder.join("rate.json"), ""));
    assert_eq!(missing.kind, "io");
    assert_eq!(missing.help, ["did you mean `rates.json`?"]);
    let path = "try { fs.read(FILE) } catch e { e.data.path }";
    let file = folder.join("none").display().to_string();
    let path = path.replace("FILE", &format!("{file:?}"));
    assert_eq!(engine.eval::<String>(&path).expect("caught"), file);
    let cases = [
        (call("fs.read", folder.join("image"), ""), "is not UTF-8 text: byte 1 is wrong"),
        (call("fs.read", folder.join("sub"), ""), "is a directory"),
        (call("fs.list", folder.join("image"), ""), "needs a directory"),
        (call("fs.read", folder.join("image/x"), ""), "needs a directory"),
        (call("fs.write", folder.join("sub"), ", \"\""), "is a directory"),
        (call("fs.write", folder.join("no/x"), ", \"\""), "there is no file or directory"),
        (call("fs.append", folder.join("sub"), ", \"\""), "is a directory"),
        (call("fs.remove", folder.join("sub"), ""), "is a directory"),
        (call("fs.remove", folder.join("no"), ""), "there is no file or directory"),
        ("fs.read(\"\")".into(), "the path is empty"),
        (call("fs.read", &folder, " + \"/a\\u{0}b\""), "the path has a NUL character"),
        ("fs.read(\"x\" * 5000)".into(), "a path of 5000 bytes is too long"),
    ];
    for (text, expected) in cases {
        let message = io_error(&engine, &text);
        assert!(message.contains(expected), "{text}: {message}");
    }
    assert_eq!(error(&engine, &call("fs.write", folder.join("x"), ", 1")).kind, "type-error");
    assert!(!folder.join("x").exists());
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_written_stays() {
    let folder = folder("readonly");
    let file = folder.join("a.txt");
    fs::write(&file, "kept").expect("writable");
    let mut permissions = fs::metadata(&file).expect("there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).expect("permitted");
    let engine = Engine::builder().allow_write(&folder).build();
    let message = io_error(&engine, &call("fs.write", &file, ", \"new\""));
    assert!(message.contains("the system does not permit it"), "{message}");
    assert_eq!(fs::read_to_string(&file).expect("there"), "kept");
}

#[cfg(unix)]
#[test]
fn devices_are_no_files() {
    let engine = Engine::builder().allow_read("/dev").allow_write("/dev").build();
    for text in ["fs.read(\"/dev/zero\")", "fs.append(\"/dev/null\", \"\")"] {
        let message = io_error(&engine, text);
        assert!(message.contains("it is not a regular file"), "{message}");
    }
}

#[test]
fn a_file_is_paid_for_before_it_is_read() {
    let folder = folder("large");
    let file = folder.join("large");
    fs::File::create(&file).and_then(|f| f.set_len(1 << 33)).expect("sparse");
    let read = call("fs.read", &file, "");
    let engine = Engine::builder().allow_read(&folder).build();
    assert_eq!(error(&engine, &read).limit, Some(Limit::Memory));
    let fuel = Limits { fuel: 1_000_000, memory: u64::MAX, ..Limits::default() };
    let engine = Engine::builder().allow_read(&folder).limits(fuel).build();
    assert_eq!(error(&engine, &read).limit, Some(Limit::Fuel));
    let fuel = Limits { fuel: 1_000_000, ..Limits::default() };
    let engine = Engine::builder().allow_read(&folder).limits(fuel).build();
    let text = format!("while true {{ {} }}", call("fs.exists", &file, ""));
    assert_eq!(error(&engine, &text).limit, Some(Limit::Fuel));
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_claims_to_be_empty_is_read() {
    let engine = Engine::builder().allow_read("/proc/sys/kernel").build();
    assert_eq!(value(&engine, "fs.read(\"/proc/sys/kernel/ostype\")"), r#""Linux\n""#);
}

#[test]
fn all_is_all() {
    let folder = folder("all");
    let engine = Engine::builder().grants(tansy::Grants::all()).build();
    value(&engine, &call("fs.write", folder.join("a"), ", \"\""));
    assert!(folder.join("a").exists());
    assert_eq!(
        value(&engine, "[time.now() > 0, random.float() < 1, env.vars().len() > 0]"),
        "[true, true, true]"
    );
    assert!(io_error(&engine, &call("fs.read", folder.join("none"), "")).contains("no file"));
}
