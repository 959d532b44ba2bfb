//! What can be wrong with a configuration, and where.

use crate::{CompileError, ConvertError, Diagnostic, Diagnostics, RunError, Source, Span};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::Setting;

/// Why there is no configuration.
#[derive(Debug, Clone)]
pub enum ConfigError {
    /// A file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// A layer does not compile.
    Compile(CompileError),
    /// A layer failed while running.
    Run(RunError),
    /// A setting is not what it should be.
    Value(Box<ValueError>),
}

/// A setting that is not what it should be.
#[derive(Debug, Clone)]
pub struct ValueError {
    /// Which one, what it should be and what it is.
    pub error: ConvertError,
    /// The layer that decided it; none where no layer has anything there.
    pub layer: Option<String>,
    /// Where that layer sets it, as near as can be told; none for a layer without text.
    pub place: Option<Place>,
    /// What the layer before it says about it.
    pub before: Option<Setting>,
}

/// A place in the text of a layer; displayed as `user.tansy:3:9`.
#[derive(Debug, Clone)]
pub struct Place {
    /// The text.
    pub source: Arc<Source>,
    /// The place in it.
    pub span: Span,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.source.line_column(self.span.start);
        write!(out, "{}:{line}:{column}", self.source.name())
    }
}

impl ConfigError {
    pub(super) fn value(
        error: ConvertError,
        layer: Option<String>,
        place: Option<Place>,
        before: Option<Setting>,
    ) -> ConfigError {
        ConfigError::Value(Box::new(ValueError { error, layer, place, before }))
    }

    /// The findings with their places, to be rendered as those of the compiler are; empty for an error without a place in a text.
    pub fn diagnostics(&self) -> Vec<Diagnostics> {
        match self {
            ConfigError::Compile(error) => error.reports.clone(),
            ConfigError::Run(error) => {
                let Some(frame) = error.trace.first() else { return Vec::new() };
                let mut finding = Diagnostic::error("run", frame.span, error.message.clone())
                    .here(error.label.clone());
                finding.help.clone_from(&error.help);
                vec![Diagnostics { source: frame.source.clone(), list: vec![finding] }]
            }
            ConfigError::Value(error) => error.diagnostics().into_iter().collect(),
            ConfigError::Read { .. } => Vec::new(),
        }
    }
}

impl ValueError {
    /// The finding with its place, to be rendered as those of the compiler are; none for a layer without text.
    pub fn diagnostics(&self) -> Option<Diagnostics> {
        let place = self.place.as_ref()?;
        let mut finding = Diagnostic::error("config", place.span, self.error.to_string());
        if !self.error.expected().is_empty() && self.error.missing().is_none() {
            finding = finding.here(format!("this should be {}", self.error.expected()));
        }
        if let Some(before) = &self.before {
            finding = finding.help(format!("without this, it would be as in {before}"));
        }
        Some(Diagnostics { source: place.source.clone(), list: vec![finding] })
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigError::Read { path, why } => write!(out, "{}: {why}", path.display()),
            ConfigError::Compile(error) => error.fmt(out),
            ConfigError::Run(error) => error.fmt(out),
            ConfigError::Value(error) => error.fmt(out),
        }
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.place, &self.layer) {
            (Some(place), _) => write!(out, "{place}: ")?,
            (None, Some(layer)) => write!(out, "{layer}: ")?,
            (None, None) => {}
        }
        self.error.fmt(out)
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ConfigError::Value(error) => Some(&error.error),
            _ => None,
        }
    }
}

impl std::error::Error for ValueError {}
