//! The settings of the server, as the rest of it uses them.
//!
//! `deny_unknown_fields` makes a misspelt setting an error, with a hint; the error names the file and line that wrote it.

#![allow(dead_code, reason = "the server of this example serves nothing")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// All of it.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) listen: Listen,
    pub(crate) workers: u16,
    pub(crate) upload: Upload,
    pub(crate) log: Log,
    pub(crate) upstreams: Vec<Upstream>,
    #[serde(default)]
    pub(crate) features: BTreeMap<String, bool>,
    pub(crate) tls: Option<Tls>,
}

/// Where it listens.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listen {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// What it takes.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upload {
    pub(crate) largest: u64,
    pub(crate) folder: PathBuf,
}

/// What it writes down.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) level: Level,
    #[serde(default)]
    pub(crate) json: bool,
}

/// How much of it.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// A service it asks.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upstream {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) retries: u8,
}

/// How it proves who it is.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}
