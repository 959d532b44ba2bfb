//! Layered configuration: several sources of settings, merged, converted to a Rust type, with errors that name file and line.
//!
//! A [`Layers`] lists where settings come from, the weakest first: defaults of the program, `base.tansy`, one file for the environment,
//! one of the user. [`Layers::load`] runs each file and merges the maps they give into a [`Config`], which converts to any type with
//! serde's `Deserialize`. [`Watched`] keeps a converted configuration current while files change.
//!
//! How layers merge: maps are merged key by key, at every level; anything else is replaced as a whole, vectors too. A `null` takes
//! away what the layers before have set, as in a JSON merge patch, so that the type's own default is what counts.
//!
//! ```
//! use tansy::config::Layers;
//!
//! #[derive(serde::Deserialize, Debug, PartialEq)]
//! struct Server { host: String, port: u16, debug: Option<bool> }
//!
//! let layers = Layers::new(&tansy::Engine::new())
//!     .text("base.tansy", "{host: \"localhost\", port: 8000 + 80, debug: true}")
//!     .text("user.tansy", "{debug: null\n port: 70_000}");
//! let config = layers.load()?;
//! let error = config.get::<Server>().unwrap_err();
//! assert_eq!(error.to_string(), "user.tansy:2:8: port: expected u16, found 70000");
//!
//! let config = layers.text("fix.tansy", "{port: 443}").load()?;
//! assert_eq!(config.get::<Server>()?, Server { host: "localhost".into(), port: 443, debug: None });
//! # Ok::<(), tansy::config::ConfigError>(())
//! ```

mod error;
mod locate;
mod merge;
mod watch;
mod written;

pub use error::{ConfigError, Place, ValueError};
pub use watch::{Watched, Watcher};

use crate::{CompileOptions, ConvertError, Engine, Map, Source, Step, Value};
use locate::Text;
use serde::de::DeserializeOwned;
use std::path::PathBuf;
use std::sync::Arc;
use tansy_runtime::convert::MAX_DEPTH;
use watch::ReadFile;

/// Where settings come from, the weakest layer first.
#[derive(Clone)]
pub struct Layers {
    engine: Engine,
    list: Vec<Origin>,
    inputs: Vec<(String, Value)>,
}

/// Where one layer comes from.
#[derive(Clone)]
enum Origin {
    File { path: PathBuf, optional: bool },
    Text { source: Arc<Source> },
    Value { name: String, value: Value },
}

impl Layers {
    /// No layers yet. Files are run by `engine`, within its limits; what they import, its loader loads.
    pub fn new(engine: &Engine) -> Layers {
        Layers { engine: engine.clone(), list: Vec::new(), inputs: Vec::new() }
    }

    /// Adds a file that must exist.
    pub fn file(self, path: impl Into<PathBuf>) -> Layers {
        self.add(Origin::File { path: path.into(), optional: false })
    }

    /// Adds a file that may be missing.
    pub fn optional_file(self, path: impl Into<PathBuf>) -> Layers {
        self.add(Origin::File { path: path.into(), optional: true })
    }

    /// Adds a text; `name` is what errors show.
    pub fn text(self, name: &str, text: &str) -> Layers {
        self.add(Origin::Text { source: Source::new(name, text) })
    }

    /// Adds settings that the program has itself: defaults, or what the command line says. `name` is what errors show.
    pub fn value(self, name: &str, value: impl crate::IntoValue) -> Layers {
        self.add(Origin::Value { name: name.to_owned(), value: value.into_value() })
    }

    /// Gives all files and texts a name for a value, such as the name of the environment.
    pub fn input(mut self, name: &str, value: impl crate::IntoValue) -> Layers {
        self.inputs.push((name.to_owned(), value.into_value()));
        self
    }

    fn add(mut self, origin: Origin) -> Layers {
        self.list.push(origin);
        self
    }

    /// Reads and runs all layers and merges what they give. Fails at the first that cannot be read, does not compile, fails, or
    /// gives something else than a Map. (An empty file sets nothing.)
    pub fn load(&self) -> Result<Config, ConfigError> {
        self.load_noting(&mut Vec::new())
    }

    /// As [`Layers::load`]; notes which files were read, or looked for.
    fn load_noting(&self, read: &mut Vec<ReadFile>) -> Result<Config, ConfigError> {
        let mut layers = Vec::with_capacity(self.list.len());
        for origin in &self.list {
            match origin {
                Origin::Value { name, value } => {
                    layers.push(Layer { name: name.clone(), text: None, value: value.clone() });
                }
                Origin::Text { source } => layers.push(self.run(source, read)?),
                Origin::File { path, optional } => {
                    let file = ReadFile::read(path.clone());
                    let source = file.source.clone();
                    read.push(file);
                    match source {
                        Ok(source) => layers.push(self.run(&source, read)?),
                        Err(e) if *optional && e.kind() == std::io::ErrorKind::NotFound => {}
                        Err(e) => {
                            let why = e.to_string();
                            return Err(ConfigError::Read { path: path.clone(), why });
                        }
                    }
                }
            }
        }
        Config::merge(layers)
    }

    /// Runs the text of a layer.
    fn run(&self, source: &Arc<Source>, read: &mut Vec<ReadFile>) -> Result<Layer, ConfigError> {
        let inputs = self.inputs.iter().map(|(name, _)| name.clone()).collect();
        let options = CompileOptions { inputs, exports: false };
        let program =
            self.engine.compile_with(source.clone(), &options).map_err(ConfigError::Compile)?;
        for imported in program.sources().filter(|imported| imported.name() != source.name()) {
            // Of a loader that does not load files, no path exists.
            read.push(ReadFile::known(PathBuf::from(imported.name()), imported));
        }
        let value = program.run(&self.inputs).map_err(ConfigError::Run)?;
        let text = Text::new(source.clone(), self.engine.limits().nesting);
        let value = match value.is_null() && text.is_empty() {
            true => Value::map(Map::new()),
            false => value,
        };
        Ok(Layer { name: source.name().to_owned(), text: Some(Arc::new(text)), value })
    }
}

/// One layer as it was loaded.
struct Layer {
    name: String,
    /// Its text, where it has one.
    text: Option<Arc<Text>>,
    value: Value,
}

/// What one layer says about a setting.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The name of the layer.
    pub layer: String,
    /// Where in its text, if it has one.
    pub place: Option<Place>,
    /// What it sets; null where it takes away what the layers before have set.
    pub value: Value,
}

impl std::fmt::Display for Setting {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Some(place) => write!(out, "{place}: {}", self.value),
            None => write!(out, "{}: {}", self.layer, self.value),
        }
    }
}

/// Merged settings that know where each came from.
pub struct Config {
    layers: Vec<Layer>,
    value: Value,
}

impl Config {
    fn merge(layers: Vec<Layer>) -> Result<Config, ConfigError> {
        let mut merged = Map::new();
        for layer in &layers {
            match layer.value.as_map() {
                Some(map) => merge::merge(&mut merged, map, MAX_DEPTH),
                None => {
                    let error = ConvertError::mismatch("a Map of settings", &layer.value);
                    let place = layer.text.as_ref().map(|text| text.place(&[]));
                    let layer = layer.name.clone();
                    return Err(ConfigError::value(error, Some(layer), place, None));
                }
            }
        }
        Ok(Config { layers, value: merged.into() })
    }

    /// The merged settings.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The settings as a Rust type. An error says which setting is wrong and where the deciding layer sets it.
    pub fn get<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        crate::from_value(&self.value).map_err(|error| self.locate(error))
    }

    /// An error about some setting, with the place that sets it: for what a host itself finds wrong.
    ///
    /// ```
    /// # use tansy::{ConvertError, config::Layers};
    /// let layers = Layers::new(&tansy::Engine::new()).text("c.tansy", "{tls: {key: \"\"}}");
    /// let config = layers.load()?;
    /// let error = ConvertError::message("the key is empty").at_key("key").at_key("tls");
    /// assert_eq!(config.locate(error).to_string(), "c.tansy:1:13: tls.key: the key is empty");
    /// # Ok::<(), tansy::config::ConfigError>(())
    /// ```
    pub fn locate(&self, error: ConvertError) -> ConfigError {
        let mut steps: Vec<Step> = error.path().steps().cloned().collect();
        let unknown = error.unknown().map(|name| Step::Key(Value::str(name)));
        steps.extend(unknown);
        // What the path leads to may be nowhere: then what it is missing in.
        while !steps.is_empty() && self.settings(&steps).is_empty() {
            steps.pop();
        }
        let mut settings = self.settings(&steps);
        let last = settings.pop();
        let before = settings.pop().filter(|_| error.missing().is_none() && !steps.is_empty());
        match last {
            Some((layer, _)) => {
                let place = layer.text.as_ref().map(|text| match error.unknown() {
                    Some(_) => text.key_place(&steps),
                    None => text.place(&steps),
                });
                let before = before.map(|(layer, value)| setting(layer, value, &steps));
                ConfigError::value(error, Some(layer.name.clone()), place, before)
            }
            None => ConfigError::value(error, None, None, None),
        }
    }

    /// Which layers set a setting, the weakest first: the last one decides, unless it is null. The path is written as in a script:
    /// `servers[2].port`, `"a key"["with spaces"]`. Nothing for a path that no layer has.
    ///
    /// ```
    /// # use tansy::config::Layers;
    /// let layers = Layers::new(&tansy::Engine::new())
    ///     .text("base.tansy", "{log: {level: \"info\"}}")
    ///     .text("user.tansy", "{log: {level: \"debug\"}}");
    /// let said: Vec<String> = layers.load()?.sources_of("log.level").iter().map(|s| s.to_string()).collect();
    /// assert_eq!(said, ["base.tansy:1:15: \"info\"", "user.tansy:1:15: \"debug\""]);
    /// # Ok::<(), tansy::config::ConfigError>(())
    /// ```
    pub fn sources_of(&self, path: &str) -> Vec<Setting> {
        let Some(steps) = locate::steps(path) else { return Vec::new() };
        let settings = self.settings(&steps).into_iter();
        settings.map(|(layer, value)| setting(layer, value, &steps)).collect()
    }

    /// Every setting, by its path in key order, and what decides it. Maps are gone into, vectors are not.
    pub fn explain(&self) -> Vec<(String, Setting)> {
        let mut found = Vec::new();
        self.explain_into(&self.value, &mut Vec::new(), &mut found);
        found
    }

    fn explain_into(&self, value: &Value, at: &mut Vec<Step>, found: &mut Vec<(String, Setting)>) {
        if let Some(map) = value.as_map().filter(|map| !map.is_empty() || at.is_empty())
            && at.len() < MAX_DEPTH as usize
        {
            for (key, value) in map {
                at.push(Step::Key(key.clone()));
                self.explain_into(value, at, found);
                at.pop();
            }
        } else if let Some((layer, value)) = self.settings(at).pop() {
            let path = at.iter().rev().fold(ConvertError::message(""), |e, s| e.at(s.clone()));
            found.push((path.path().to_string(), setting(layer, value, at)));
        }
    }

    /// The layers that have something at a path, the weakest first, without those that a later one has replaced as a whole.
    fn settings(&self, steps: &[Step]) -> Vec<(&Layer, &Value)> {
        let mut found = Vec::new();
        for layer in &self.layers {
            match reach(&layer.value, steps) {
                Reached::Value(value) => found.push((layer, value)),
                // Something else stands on the way, and has replaced what was there.
                Reached::Other => found.clear(),
                Reached::Nothing => {}
            }
        }
        found
    }
}

/// What a layer has at a path.
enum Reached<'a> {
    Value(&'a Value),
    /// Something that has no parts stands on the way, or another vector.
    Other,
    Nothing,
}

fn reach<'a>(value: &'a Value, steps: &[Step]) -> Reached<'a> {
    let mut at = value;
    for step in steps {
        let next = match step {
            Step::Key(key) => at.get(key),
            Step::Index(index) => match at.as_set() {
                Some(set) => set.element_at(*index),
                None => at.get(*index),
            },
        };
        match next {
            Some(next) => at = next,
            None if at.as_map().is_some() => return Reached::Nothing,
            None => return Reached::Other,
        }
    }
    Reached::Value(at)
}

fn setting(layer: &Layer, value: &Value, steps: &[Step]) -> Setting {
    let place = layer.text.as_ref().map(|text| text.place(steps));
    Setting { layer: layer.name.clone(), place, value: value.clone() }
}
