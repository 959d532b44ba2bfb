//! Peak memory of whole processes: this one started again for each structure, and `lua5.4` where there is one.

use std::process::Command;

use tansy::{Map, Value, Vector};

use crate::native;
use crate::rows::{key, map_of};

const N: usize = 1_000_000;

const LUA_MAP: &str = "local m = {} for i = 0, 999999 do m[(i * 2654435761) & 0xffffffff] = i end";

const LUA_RECORDS: &str =
    "local v = {} for i = 1, 1000000 do v[i] = {id = i, name = 'n' .. i, score = i * 0.5} end";

const LUA_PEAK: &str = " for line in io.lines('/proc/self/status') do local n = line:match('VmHWM:%s*(%d+)') if n then print(n) end end";

/// Prints the table.
pub fn print() {
    println!("| peak memory | MiB | ratio to Lua 5.4 |\n|---|---|---|");
    for (name, children, lua) in [
        ("map of 1 M Ints", ["map", "imbl-hash", "imbl-ord"].as_slice(), LUA_MAP),
        ("1 M records {id, name, score}", &["records", "records-by-insert"], LUA_RECORDS),
    ] {
        let script = format!("{lua}{LUA_PEAK}");
        let lua = peak(Command::new("lua5.4").args(["-e", &script]));
        println!("| {name}, lua5.4 | {} | |", lua.map_or("–".into(), |n| format!("{n:.1}")));
        for child in children {
            let this = std::env::current_exe().expect("this program has a path");
            let peak = peak(Command::new(this).args(["memory-of", child]));
            let ratio = peak.zip(lua).map_or("–".into(), |(a, b)| format!("{:.2}", a / b));
            println!("| {name}, {child} | {:.1} | {ratio} |", peak.unwrap_or(f64::NAN));
        }
    }
}

/// The peak that a child reports on its standard output, in MiB.
fn peak(command: &mut Command) -> Option<f64> {
    let output = command.output().ok()?;
    let kib: f64 = String::from_utf8(output.stdout).ok()?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

/// Makes a structure and reports this process's peak.
pub fn child(what: &str) {
    match what {
        "map" => std::mem::forget(map_of::<Map>(N)),
        "imbl-hash" => std::mem::forget(map_of::<native::HashMap>(N)),
        "imbl-ord" => std::mem::forget(map_of::<native::OrdMap>(N)),
        "records" => std::mem::forget(records(|fields| fields.into_iter().collect())),
        "records-by-insert" => std::mem::forget(records(|fields| {
            let mut map = Map::new();
            for (name, value) in fields {
                map.insert_str(name, value);
            }
            map
        })),
        _ => {}
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("{}", peak.unwrap_or("").trim().trim_end_matches(" kB"));
}

fn records(make: impl Fn([(&'static str, Value); 3]) -> Map) -> Vector {
    let mut records = Vector::new();
    for i in 0..N {
        let name = Value::from(format!("n{i}"));
        let score = Value::float(i as f64 * 0.5);
        let fields = [("id", Value::int(key(i))), ("name", name), ("score", score)];
        records.push(Value::map(make(fields)));
    }
    records
}
