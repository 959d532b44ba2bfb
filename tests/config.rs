//! Layered configuration, with real files.
#![cfg(feature = "serde")]

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::Duration;
use tansy::config::{Config, ConfigError, Layers, Watched};
use tansy::{ConvertError, Engine, FileLoader, value};

/// A folder of its own for each test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("tansy-config-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A message without the folder in it.
    fn short(&self, message: impl std::fmt::Display) -> String {
        message.to_string().replace(&format!("{}/", self.0.display()), "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[derive(Deserialize, Debug, PartialEq, Clone)]
#[serde(deny_unknown_fields)]
struct Server {
    host: String,
    port: u16,
}

#[derive(Deserialize, Debug, PartialEq, Clone)]
#[serde(deny_unknown_fields)]
struct Settings {
    name: String,
    servers: Vec<Server>,
    #[serde(default)]
    limits: BTreeMap<String, u32>,
    debug: Option<bool>,
}

const BASE: &str = "\
let local = {host: \"localhost\", port: 80}
{
  name: \"app\"
  servers: [local, {...local, port: 8080}]
  limits: {memory: 64, time: 2}
  debug: true
}
";

fn engine() -> Engine {
    Engine::builder().loader(FileLoader::anywhere()).build()
}

/// Loads texts as layers `a.tansy`, `b.tansy` …
fn layers(texts: &[&str]) -> Config {
    let names = ["a.tansy", "b.tansy", "c.tansy"];
    let layers = names.iter().zip(texts).fold(Layers::new(&engine()), |l, (n, t)| l.text(n, t));
    layers.load().unwrap()
}

#[track_caller]
fn error<T: serde::de::DeserializeOwned + std::fmt::Debug>(texts: &[&str], message: &str) {
    assert_eq!(layers(texts).get::<T>().unwrap_err().to_string(), message);
}

#[test]
fn files_are_merged_and_converted() {
    let folder = Folder::new("merge");
    let layers = Layers::new(&engine())
        .value("defaults", value!({ name: "default", debug: false }))
        .file(folder.write("base.tansy", BASE))
        .file(folder.write("production.tansy", "{limits: {memory: 512, disk: null}, debug: null}"))
        .optional_file(folder.0.join("user.tansy"))
        .value("command line", value!({ name: "mine" }));
    let settings: Settings = layers.load().unwrap().get().unwrap();
    let server = |port| Server { host: "localhost".into(), port };
    assert_eq!(
        settings,
        Settings {
            name: "mine".into(),
            servers: vec![server(80), server(8080)],
            limits: BTreeMap::from([("memory".into(), 512), ("time".into(), 2)]),
            debug: None,
        }
    );
    folder.write("user.tansy", "// nothing yet\n");
    assert!(layers.load().is_ok());
    folder.write("user.tansy", "{servers: []}");
    assert_eq!(layers.load().unwrap().value()["servers"], value!([]));
}

#[test]
fn an_error_names_file_line_and_column() {
    let folder = Folder::new("error");
    let layers = Layers::new(&engine()).file(folder.write("base.tansy", BASE)).file(folder.write(
        "user.tansy",
        "{\n  servers: [{host: \"a\", port: 1},\n    {host: \"b\", port: 70_000}]\n}",
    ));
    let error = layers.load().unwrap().get::<Settings>().unwrap_err();
    assert_eq!(folder.short(&error), "user.tansy:3:23: servers[1].port: expected u16, found 70000");
    let found = error.diagnostics();
    let [report] = found.as_slice() else { panic!("{found:?}") };
    let [finding] = report.list.as_slice() else { panic!("{report:?}") };
    assert_eq!(report.source.slice(finding.span()), "70_000");
    assert_eq!(finding.labels[0].text, "this should be u16");
    assert_eq!(
        folder.short(&finding.help[0]),
        "without this, it would be as in base.tansy:4:37: 8080"
    );
    let ConfigError::Value(error) = error else { panic!("{error:?}") };
    assert_eq!((error.error.expected(), error.error.found()), ("u16", "70000"));
    assert_eq!(error.error.path().to_string(), "servers[1].port");
}

#[test]
fn the_place_is_found_wherever_the_setting_is_written() {
    type Ports = BTreeMap<String, BTreeMap<String, u16>>;
    // In a name bound at the top.
    error::<Ports>(
        &["let port = 70_000\nlet a = {port}\n{a}"],
        "a.tansy:1:12: a.port: expected u16, found 70000",
    );
    // In a name that is spread, and overwritten by what comes after it.
    error::<Ports>(
        &["let base = {p: 1, q: -1}\n{a: {p: -5, ...base}}"],
        "a.tansy:1:22: a.q: expected u16, found -1",
    );
    error::<Ports>(
        &["let base = {p: 1}\n{a: {...base, p: -5}}"],
        "a.tansy:2:18: a.p: expected u16, found -5",
    );
    // In an update, and in a union.
    error::<Ports>(
        &["let base = {a: {p: 1}}\nbase with { a.p = -5 }"],
        "a.tansy:2:19: a.p: expected u16, found -5",
    );
    error::<Ports>(
        &["let base = {a: {p: -5}}\nbase with { a.q = 1 }"],
        "a.tansy:1:20: a.p: expected u16, found -5",
    );
    error::<Ports>(&["{a: {p: -5}} | {b: {p: 1}}"], "a.tansy:1:9: a.p: expected u16, found -5");
    // In a field of a name.
    error::<Ports>(
        &["let all = {x: {p: -5}}\n{a: all.x}"],
        "a.tansy:1:19: a.p: expected u16, found -5",
    );
    // Under a key that is no name.
    error::<Ports>(
        &["{\"a b\": {\"p\" => -5}}"],
        "a.tansy:1:17: [\"a b\"].p: expected u16, found -5",
    );
    // In JSON.
    error::<Ports>(&["{\"a\": {\"p\": -5}}"], "a.tansy:1:13: a.p: expected u16, found -5");
}

#[test]
fn of_what_is_computed_the_nearest_place_is_named() {
    type Ports = BTreeMap<String, Vec<u16>>;
    error::<Ports>(
        &["let ports = [1, 2].map(|n| n * 70_000)\n{a: [1], b: ports}"],
        "a.tansy:1:13: b[0]: expected u16, found 70000",
    );
    error::<Ports>(
        &["fn make() { {b: [-1]} }\n{a: [1], ...make()}"],
        "a.tansy:2:13: b[0]: expected u16, found -1",
    );
    error::<Ports>(
        &["let more = [1]\n{b: [...more, -1]}"],
        "a.tansy:2:5: b[1]: expected u16, found -1",
    );
    error::<Ports>(
        &["let n = 1\nif n > 0 { {b: [-1]} } else { {} }"],
        "a.tansy:2:1: b[0]: expected u16, found -1",
    );
    // Names that are bound in a circle, or more than once, are not followed.
    error::<Ports>(
        &["let x = [1]\nfn f(x) { [x] }\n{b: f(-1)}"],
        "a.tansy:3:5: b[0]: expected u16, found -1",
    );
}

#[test]
fn the_layer_that_decides_is_blamed() {
    type Ports = BTreeMap<String, BTreeMap<String, u16>>;
    error::<Ports>(&["{a: {p: -5}}", "{a: {q: 1}}"], "a.tansy:1:9: a.p: expected u16, found -5");
    error::<Ports>(
        &["{a: {p: 5}}", "{a: {p: -5}}", "{a: {q: 1}}"],
        "b.tansy:1:9: a.p: expected u16, found -5",
    );
    error::<Ports>(&["{a: {p: 5}}", "{a: 7}"], "b.tansy:1:5: a: expected Map, found Int 7");
    let config =
        Layers::new(&engine()).text("a.tansy", "{p: 1}").value("--port", value!({ p: "x" }));
    let error = config.load().unwrap().get::<BTreeMap<String, u16>>().unwrap_err();
    assert_eq!(error.to_string(), "--port: p: expected Int, found Str \"x\"");
    assert!(error.diagnostics().is_empty());
}

#[test]
fn missing_and_unknown_settings_name_where_they_should_be() {
    error::<Settings>(&["{name: \"a\"}"], "a.tansy:1:1: missing field `servers`");
    error::<Settings>(
        &["{name: \"a\", servers: [{host: \"h\"}]}"],
        "a.tansy:1:23: servers[0]: missing field `port`",
    );
    error::<Settings>(
        &["{name: \"a\", servers: []}", "{\n  serverz: []\n}"],
        "b.tansy:2:3: unknown field `serverz`; did you mean `servers`?",
    );
    error::<Settings>(
        &["{servers: [{\n  prot: 1}]}"],
        "a.tansy:2:3: servers[0]: unknown field `prot`; did you mean `port`?",
    );
}

#[test]
fn layers_that_fail_say_why() {
    let folder = Folder::new("fail");
    let load =
        |path: PathBuf| folder.short(Layers::new(&engine()).file(path).load().err().unwrap());
    let missing = load(folder.0.join("none.tansy"));
    assert!(missing.starts_with("none.tansy: "), "{missing}");
    assert!(load(folder.write("a.tansy", "{a: }")).starts_with("a.tansy:1:5: error: "));
    assert!(load(folder.write("b.tansy", "{a: 1 / 0}")).starts_with("b.tansy:1:5: "));
    assert_eq!(
        load(folder.write("c.tansy", "let a = 1\n[a]")),
        "c.tansy:2:1: expected a Map of settings, found Vec [1]"
    );
    assert_eq!(
        load(folder.write("d.tansy", "let a = 1\n")),
        "d.tansy:1:1: expected a Map of settings, found null"
    );
}

#[test]
fn layers_see_the_inputs_of_the_host() {
    let layers = Layers::new(&engine())
        .input("env", "test")
        .text("a.tansy", "{debug: env == \"test\", workers: if env == \"test\" { 1 } else { 8 }}");
    assert_eq!(layers.load().unwrap().value().to_string(), "{debug: true, workers: 1}");
}

#[test]
fn it_is_told_which_layer_sets_what() {
    let config = layers(&[
        "{log: {level: 1, file: \"f\"}, x: [1]}",
        "{log: {level: 2}, x: null}",
        "{log: {level: null}}",
    ]);
    let said = |path| config.sources_of(path).iter().map(|s| s.to_string()).collect::<Vec<_>>();
    assert_eq!(said("log.level"), ["a.tansy:1:15: 1", "b.tansy:1:15: 2", "c.tansy:1:15: null"]);
    assert_eq!(said("x[0]"), [""; 0]);
    assert_eq!(said("x"), ["a.tansy:1:33: [1]", "b.tansy:1:22: null"]);
    assert_eq!(said("y"), [""; 0]);
    assert_eq!(said("not a path ("), [""; 0]);
    let explained: Vec<_> =
        config.explain().iter().map(|(path, s)| format!("{path} = {s}")).collect();
    assert_eq!(explained, ["log.file = a.tansy:1:24: \"f\""]);
    let odd = layers(&["{\"a key\": {7 => [{p: 1}]}}"]);
    assert_eq!(odd.sources_of("[\"a key\"][7]").len(), 0);
    assert_eq!(
        layers(&["{\"a key\": [{p: 1}]}"]).sources_of("[\"a key\"][0].p")[0].to_string(),
        "a.tansy:1:16: 1"
    );
}

#[test]
fn a_host_can_refuse_with_a_place() {
    let config = layers(&["{low: 5\nhigh: 3}"]);
    let error = ConvertError::message("`high` is below `low`").at_key("high");
    assert_eq!(config.locate(error).to_string(), "a.tansy:2:7: high: `high` is below `low`");
}

#[test]
fn a_deep_layer_is_merged_whole_below_the_limit() {
    let mut deep = value!({ x: 1 });
    for _ in 0..100_000 {
        deep = value!({ a: deep });
    }
    let layers = Layers::new(&engine()).value("one", deep.clone()).value("two", deep);
    assert!(layers.load().unwrap().value()["a"]["a"].as_map().is_some());
}

fn watched(folder: &Folder) -> Watched<Settings> {
    let layers = Layers::new(&engine())
        .file(folder.write("base.tansy", BASE))
        .optional_file(folder.0.join("user.tansy"));
    Watched::new(layers).unwrap()
}

#[test]
fn a_change_is_taken_when_it_is_right() {
    let folder = Folder::new("watch");
    let settings = watched(&folder);
    let first = settings.current();
    assert!(!settings.poll().unwrap());
    // The same length, within the same tick of the clock.
    folder.write("base.tansy", &BASE.replace("\"app\"", "\"APP\""));
    assert!(settings.poll().unwrap());
    assert_eq!((first.name.as_str(), settings.current().name.as_str()), ("app", "APP"));
    // Written again with the same content.
    folder.write("base.tansy", &BASE.replace("\"app\"", "\"APP\""));
    assert!(!settings.poll().unwrap());
    // A file that comes and goes.
    folder.write("user.tansy", "{name: \"user\"}");
    assert!(settings.poll().unwrap());
    assert_eq!(settings.current().name, "user");
    std::fs::remove_file(folder.0.join("user.tansy")).unwrap();
    assert!(settings.poll().unwrap());
    assert_eq!(settings.current().name, "APP");
    settings.reload().unwrap();
}

#[test]
fn a_file_that_is_being_written_is_waited_for() {
    let folder = Folder::new("emptied");
    folder.write("user.tansy", "{name: \"user\"}");
    let settings = watched(&folder);
    folder.write("user.tansy", "");
    // Another one that changes meanwhile is not forgotten.
    folder.write("base.tansy", &BASE.replace("\"app\"", "\"APP\""));
    assert!(!settings.poll().unwrap());
    assert!(!settings.poll().unwrap());
    assert_eq!(settings.current().name, "user");
    folder.write("user.tansy", "{}");
    assert!(settings.poll().unwrap());
    assert_eq!(settings.current().name, "APP");
}

#[test]
fn what_is_wrong_is_told_once_and_never_taken() {
    let folder = Folder::new("wrong");
    let settings = watched(&folder);
    let before = settings.current();
    for (text, message) in [
        ("{name: }", "user.tansy:1:8: error: "),
        ("{name: 1 / 0}", "user.tansy:1:8: "),
        ("{name: 7}", "user.tansy:1:8: name: expected Str, found Int 7"),
        (
            "{servers: [{host: \"h\", port: -1}]}",
            "user.tansy:1:30: servers[0].port: expected u16, found -1",
        ),
    ] {
        folder.write("user.tansy", text);
        let error = folder.short(settings.poll().unwrap_err());
        assert!(error.starts_with(message), "{error}");
        assert!(!settings.poll().unwrap());
        assert!(settings.reload().is_err());
        assert!(std::sync::Arc::ptr_eq(&settings.current(), &before));
    }
    folder.write("user.tansy", "{name: \"right\"}");
    assert!(settings.poll().unwrap());
    assert_eq!(settings.current().name, "right");
}

#[test]
fn imported_files_are_watched_too() {
    let folder = Folder::new("import");
    let shared = folder.write("shared.tansy", "let port = 1");
    let path = folder.write("app.tansy", "import \"shared.tansy\" as shared\n{port: shared.port}");
    let settings =
        Watched::<BTreeMap<String, u16>>::new(Layers::new(&engine()).file(path)).unwrap();
    std::fs::write(&shared, "let port = 2").unwrap();
    assert!(settings.poll().unwrap());
    assert_eq!(settings.current()["port"], 2);
    // One that is missing, and then there.
    folder.write("app.tansy", "import \"other.tansy\" as other\n{port: other.port}");
    assert!(settings.poll().is_err());
    folder.write("other.tansy", "let port = 3");
    assert!(settings.poll().unwrap());
    assert_eq!(settings.current()["port"], 3);
}

#[test]
fn a_thread_of_its_own_watches_until_it_is_dropped() {
    let folder = Folder::new("thread");
    let settings = watched(&folder);
    let (send, told) = channel();
    let tell = move |change: Result<std::sync::Arc<Settings>, ConfigError>| {
        let _ = send.send(change.map(|s| s.name.clone()).map_err(|e| e.to_string()));
    };
    let watcher = settings.every(Duration::from_millis(5), tell).unwrap();
    folder.write("user.tansy", "{name: \"told\"}");
    let wait = Duration::from_secs(20);
    // Between creation and writing the file may be seen empty, which changes nothing that is told.
    let name =
        std::iter::from_fn(|| told.recv_timeout(wait).ok()).find(|n| *n == Ok("told".into()));
    assert_eq!(name, Some(Ok("told".into())));
    folder.write("user.tansy", "{name: 1}");
    assert!(std::iter::from_fn(|| told.recv_timeout(wait).ok()).any(|n| n.is_err()));
    drop(watcher);
    // The thread is gone, and with it the function.
    assert!(told.recv_timeout(wait).is_err());
    assert_eq!(settings.current().name, "told");
}

#[test]
fn many_threads_read_what_one_replaces() {
    let folder = Folder::new("threads");
    folder.write("user.tansy", "{name: \"app\", limits: {length: 3}}");
    let settings = watched(&folder);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2000 {
                    let now = settings.current();
                    assert_eq!(now.name.len(), now.limits["length"] as usize);
                }
            });
        }
        let path: &Path = &folder.0.join("user.tansy");
        for round in 0..20 {
            let name = "x".repeat(round);
            std::fs::write(path, format!("{{name: \"{name}\", limits: {{length: {round}}}}}"))
                .unwrap();
            settings.reload().unwrap();
        }
    });
}
