//! Layered configuration of a server: a base, one file for the environment, one of the user; typed, with exact errors, reloaded while
//! the server runs.
//!
//! `cargo run -p example-server-config [ENVIRONMENT]`
//!
//! What to look at:
//! - `settings.rs` has the types. They are plain serde; Tansy is not mentioned.
//! - `layers` says where settings come from. The files are programs, so a list can be computed, and comments are allowed; but they can
//!   reach nothing beyond what they are given, and they end.
//! - `accept` is where the program checks what a type cannot say, with the same exact errors.
//! - `Watched` keeps the newest configuration that was right.

mod settings;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use settings::Settings;
use tansy::config::{Config, ConfigError, Layers, Watched};
use tansy::{ConvertError, Engine, Limits, value};

type Failure = Box<dyn std::error::Error>;

/// Where settings come from, the weakest first.
fn layers(environment: &str, user: &Path) -> Layers {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    // A configuration that computes for longer than this has a mistake in it.
    let limits = Limits { fuel: 1_000_000, memory: 64 << 20, ..Limits::default() };
    let engine = Engine::builder().limits(limits).build();
    Layers::new(&engine)
        .input("environment", environment)
        .value("defaults", value!({ workers: 1 }))
        .file(folder.join("base.tansy"))
        .file(folder.join(format!("{environment}.tansy")))
        .optional_file(user)
}

/// The settings, if they fit together.
fn accept(config: &Config) -> Result<Settings, ConfigError> {
    let settings: Settings = config.get()?;
    let wrong = |message: &str, section: &str, key: &str| {
        Err(config.locate(ConvertError::message(message).at_key(key).at_key(section)))
    };
    if settings.listen.port == 443 && settings.tls.is_none() {
        return wrong("port 443 needs a section `tls`", "listen", "port");
    }
    if settings.upload.largest > 1 << 30 {
        return wrong("more than 1 GiB would fill the disk", "upload", "largest");
    }
    Ok(settings)
}

/// Every setting and which file decides it: what `--show-config` of a server prints.
fn show(config: &Config, out: &mut String) {
    for (path, setting) in config.explain() {
        let file = setting.place.as_ref().map_or(setting.layer.clone(), ToString::to_string);
        let mut value = setting.value.to_string();
        if let Some((end, _)) = value.char_indices().nth(38) {
            value.replace_range(end.., "…");
        }
        _ = writeln!(out, "  {path:<26}{value:<41}{file}");
    }
}

/// A mistake, with the line it is on.
fn report(error: &ConfigError) -> String {
    let message = error.to_string();
    let mut text = format!("  {}\n", message.lines().next().unwrap_or_default());
    for found in error.diagnostics() {
        for finding in &found.list {
            let (line, column) = found.source.line_column(finding.span().start);
            let source = found.source.text().lines().nth(line as usize - 1).unwrap_or_default();
            _ = writeln!(text, "  {line:>3} │ {source}");
            let here = finding.labels.first().map_or("", |label| label.text.as_str());
            let sign = format!("{:>1$} {here}", "^", column as usize);
            _ = writeln!(text, "      │ {}", sign.trim_end());
            finding.help.iter().for_each(|help| _ = writeln!(text, "      {help}"));
        }
    }
    text
}

/// Writes a file as editors do: whole, before it takes the place of the old one. So nobody reads half of it.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, text)?;
    fs::rename(new, path)
}

/// What happens next to a watched configuration; nothing for five seconds is a mistake of this program.
fn next(news: &Receiver<String>) -> Result<String, Failure> {
    Ok(news.recv_timeout(Duration::from_secs(5))?)
}

/// A day in the life of a configuration; what happened, as text.
fn demonstrate(environment: &str, user: PathBuf) -> Result<String, Failure> {
    let mut out = String::new();
    let layers = layers(environment, &user);

    _ = writeln!(out, "settings for {environment}, and where they come from");
    show(&layers.load()?, &mut out);

    _ = writeln!(out, "\nwhat mistakes look like");
    let mistakes = [
        "{\n  listen: {port: 80_80_80}\n}",
        "{\n  log: {levle: \"info\"}\n}",
        "{\n  log: {level: \"loud\"}\n}",
        "let mb = 1024 * kb\n{upload: {largest: 10 * mb}}",
        "{tls: null\n listen: {port: 443}}",
        "let gib = 1024 ** 3\n{\n  upload: {largest: 2 * gib}\n}",
    ];
    for mistake in mistakes {
        let loaded = layers.clone().text("user.tansy", mistake).load();
        match loaded.and_then(|config| accept(&config)) {
            Ok(_) => return Err("a mistake was not found".into()),
            Err(error) => out.push_str(&report(&error)),
        }
    }

    _ = writeln!(out, "\nthe user's file changes while the server runs");
    let settings = Watched::with(layers, accept)?;
    let (sender, news) = channel();
    // A server would look every few seconds. Requests under way keep the `Arc` of the version they began with.
    let watcher = settings.every(Duration::from_millis(10), move |news| {
        let text = match news {
            Ok(new) => format!("  now {} workers, log level {:?}\n", new.workers, new.log.level),
            Err(error) => report(&error),
        };
        _ = sender.send(text);
    })?;
    let before: Arc<Settings> = settings.current();
    replace(&user, "{workers: 32}\n")?;
    out.push_str(&next(&news)?);
    replace(&user, "{workers: 32, log: {level: \"verbose\"}}\n")?;
    out.push_str(&next(&news)?);
    _ = writeln!(out, "  still {} workers", settings.current().workers);
    replace(&user, "{workers: 32, log: {level: \"info\"}}\n")?;
    out.push_str(&next(&news)?);
    _ = writeln!(out, "  whoever held the first version still sees {} workers", before.workers);
    drop(watcher);
    Ok(out)
}

/// Runs the demonstration with a user's file in a folder of its own.
fn run(environment: &str) -> Result<String, Failure> {
    let folder = std::env::temp_dir().join(format!("tansy-server-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let result = demonstrate(environment, folder.join("user.tansy"));
    fs::remove_dir_all(&folder)?;
    // So that the text is the same everywhere.
    let result = result?.replace(&format!("{}/", folder.display()), "");
    Ok(result.replace(concat!(env!("CARGO_MANIFEST_DIR"), "/"), ""))
}

fn main() -> Result<(), Failure> {
    let environment = std::env::args().nth(1).unwrap_or_else(|| "production".to_owned());
    print!("{}", run(&environment)?);
    Ok(())
}

#[test]
fn prints_what_is_expected() {
    let printed = run("production").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(printed, include_str!("../expected.txt"), "now:\n{printed}");
}

#[test]
fn every_environment_has_settings() {
    for environment in ["production", "test"] {
        let config = layers(environment, Path::new("nowhere")).load();
        config.and_then(|config| accept(&config)).unwrap_or_else(|e| panic!("{e}"));
    }
}
