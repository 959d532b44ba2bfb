//! Every report in `tests/diagnostics`: a program `NAME.tansy` and all that is said about it in `NAME.txt`.
//!
//! A first line `// options: …` gives options for the command. `UPDATE=1 cargo test -p tansy-cli --test diagnostics` writes the
//! texts anew; read the difference before keeping it.

use std::fs;
use std::path::Path;
use std::process::Command;

fn report(folder: &Path, program: &str) -> String {
    let text = fs::read_to_string(folder.join(program)).expect("readable");
    let options = text.lines().next().and_then(|l| l.strip_prefix("// options: ")).unwrap_or("");
    let output = Command::new(env!("CARGO_BIN_EXE_tansy"))
        .args(options.split_whitespace())
        .arg(program)
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("runs");
    let code = output.status.code().expect("ends by itself");
    format!("{}exit code {code}\n", String::from_utf8_lossy(&output.stderr))
}

#[test]
fn reports_read_as_they_were_approved() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/diagnostics");
    let mut programs: Vec<String> = fs::read_dir(&folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".tansy"))
        .collect();
    programs.sort();
    assert!(programs.len() > 50, "programs are missing");
    let mut different = Vec::new();
    for program in &programs {
        let expected = folder.join(program).with_extension("txt");
        let found = report(&folder, program);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &found).expect("writable");
        }
        if fs::read_to_string(&expected).ok().as_deref() != Some(&found) {
            different.push(format!("--- {program}\n{found}"));
        }
    }
    assert!(different.is_empty(), "{} reports differ:\n{}", different.len(), different.join("\n"));
}
