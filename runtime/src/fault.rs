//! What can go wrong in an operation of the machine or a native function, before the machine adds where.
//!
//! A [`Fault`] is one pointer, so that the results of hot operations stay small. Only [`Fault::Error`] and
//! [`Fault::Thrown`] can be caught by a script; a limit, an interrupt or a panic of the host ends the run.

use crate::value::Value;
use smol_str::SmolStr;
use std::fmt;

/// Why an operation did not give a value.
#[derive(Debug, Clone)]
pub enum Fault {
    /// An error the machine or a native raises.
    Error(Box<ErrorInfo>),
    /// A value thrown by a script.
    Thrown(Box<Value>),
    /// A limit was reached, or the host interrupted.
    Limit(Limit),
    /// Code of the host panicked, with this message.
    Panic(Box<str>),
}

/// An error as raised: becomes an error value with `kind`, `message` and `data` when caught.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorInfo {
    /// A stable name in kebab-case: `missing-key`, `division-by-zero`.
    pub kind: &'static str,
    /// One sentence, lower case, with the values concerned.
    pub message: String,
    /// What to do.
    pub help: Vec<String>,
    /// What a report says at the place itself; empty for nothing.
    pub label: String,
    /// For scripts: `null` mostly.
    pub data: Value,
}

/// What ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Computation steps.
    Fuel,
    /// Bytes held at once.
    Memory,
    /// Wall-clock time.
    Time,
    /// Bytes printed.
    Output,
    /// Nested calls; alone among these it can be caught.
    Depth,
    /// The host asked to stop.
    Interrupt,
}

impl Limit {
    /// Its name in one word: `fuel`, `memory`, `time`, `output`, `depth`, `interrupt`.
    pub const fn name(self) -> &'static str {
        match self {
            Limit::Fuel => "fuel",
            Limit::Memory => "memory",
            Limit::Time => "time",
            Limit::Output => "output",
            Limit::Depth => "depth",
            Limit::Interrupt => "interrupt",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::RunError::from(self.clone()).message)
    }
}

/// Errors of Rust libraries become errors of the script with `?`.
impl<E: std::error::Error> From<E> for Fault {
    fn from(error: E) -> Fault {
        Fault::new("host-error", error.to_string())
    }
}

impl Fault {
    /// An error with a kind and a message.
    #[cold]
    pub fn new(kind: &'static str, message: impl Into<String>) -> Fault {
        Fault::Error(Box::new(ErrorInfo {
            kind,
            message: message.into(),
            help: Vec::new(),
            label: String::new(),
            data: Value::NULL,
        }))
    }

    /// Adds a hint.
    #[cold]
    pub fn help(mut self, text: impl Into<String>) -> Fault {
        if let Fault::Error(info) = &mut self {
            info.help.push(text.into());
        }
        self
    }

    /// Adds a hint if there is one.
    #[cold]
    pub fn maybe_help(self, text: Option<String>) -> Fault {
        match text {
            Some(text) => self.help(text),
            None => self,
        }
    }

    /// Says something at the place itself.
    #[cold]
    pub fn label(mut self, text: impl Into<String>) -> Fault {
        if let Fault::Error(info) = &mut self {
            info.label = text.into();
        }
        self
    }

    /// Gives the error its data.
    #[cold]
    pub fn data(mut self, data: Value) -> Fault {
        if let Fault::Error(info) = &mut self {
            info.data = data;
        }
        self
    }

    /// The argument `name` of `function` has the wrong type.
    #[cold]
    pub fn argument(function: &str, name: &str, expected: &str, found: &Value) -> Fault {
        let found = describe(found);
        Fault::new(
            "type-error",
            format!("`{function}` expects {expected} for `{name}`, got {found}"),
        )
    }
}

/// A value for a message: its type and a short text, `Int 42`, `Vec [1, 2, …]`.
pub fn describe(value: &Value) -> String {
    use crate::value::Kind;
    match value.kind() {
        Kind::Null => "null".into(),
        Kind::Bool => format!("Bool {value}"),
        _ => match short(value) {
            // An object mostly says what it is.
            text if text.starts_with(value.type_name()) => text.into(),
            text => format!("{} {text}", value.type_name()),
        },
    }
}

/// At most some sixty characters of the value's text.
pub fn short(value: &Value) -> SmolStr {
    if let Some(n) = value.as_bigint()
        && n.bits() > 4096
    {
        return SmolStr::from(format!("an Int of about {} digits", n.bits() * 301 / 1000));
    }
    SmolStr::from(value.write_bounded(60))
}
