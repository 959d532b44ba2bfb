//! Why a conversion failed, and where in the value.
//!
//! An error is made where the value does not fit and gathers its path on the way out, one step a level, innermost first: a conversion
//! that succeeds pays nothing for it. It is one pointer, so that results of hot conversions stay small.

use std::borrow::Cow;
use std::fmt::{self, Write};

use crate::access::is_name;
use crate::fault::{describe, short};
use crate::value::{Value, quote};

/// Why a value could not become a Rust value, or the other way round.
///
/// ```
/// use tansy_runtime::convert::{FromValue, value};
/// use std::collections::BTreeMap;
///
/// let servers = value!({ servers: [{ port: 80 }, { port: 70_000 }] });
/// let error = BTreeMap::<String, Vec<BTreeMap<String, u16>>>::from_value(&servers).unwrap_err();
/// assert_eq!(error.to_string(), "servers[1].port: expected u16, found 70000");
/// assert_eq!(error.path().to_string(), "servers[1].port");
/// assert_eq!((error.expected(), error.found()), ("u16", "70000"));
/// ```
#[derive(Clone, PartialEq)]
pub struct ConvertError(Box<Inner>);

#[derive(Clone, PartialEq)]
struct Inner {
    /// Innermost first.
    steps: Vec<Step>,
    problem: Problem,
}

#[derive(Clone, PartialEq)]
enum Problem {
    /// The value there is not what it should be.
    Mismatch { expected: Cow<'static, str>, found: String },
    /// A key of a map should be there.
    Missing { field: Cow<'static, str>, expected: String },
    /// A key of a map should not be there.
    Unknown { field: String, message: String },
    /// Anything else, in a clause.
    Other(String),
}

/// One step from a collection to what is inside it.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The value bound to a key of a map.
    Key(Value),
    /// The element at an index of a vector or a set.
    Index(usize),
}

impl ConvertError {
    /// A value that is not what was expected: ``expected Int, found Str "x"``.
    #[cold]
    pub fn mismatch(expected: impl Into<Cow<'static, str>>, found: &Value) -> ConvertError {
        ConvertError::with_found(expected, describe(found))
    }

    /// A number of the right kind outside of the range of a type: `expected u16, found 70000`.
    #[cold]
    pub fn out_of_range(expected: impl Into<Cow<'static, str>>, found: &Value) -> ConvertError {
        ConvertError::with_found(expected, short(found))
    }

    /// As [`ConvertError::mismatch`] with what was found in words.
    #[cold]
    pub fn with_found(
        expected: impl Into<Cow<'static, str>>,
        found: impl Into<String>,
    ) -> ConvertError {
        ConvertError::new(Problem::Mismatch { expected: expected.into(), found: found.into() })
    }

    /// A map without a key that must be there: ``missing field `port` ``.
    #[cold]
    pub fn missing_field(field: impl Into<Cow<'static, str>>) -> ConvertError {
        let field = field.into();
        let expected = format!("a field `{field}`");
        ConvertError::new(Problem::Missing { field, expected })
    }

    /// A map with a key that means nothing, where that is refused; `known` are those that mean something.
    #[cold]
    pub fn unknown_field(field: &str, known: &[&str]) -> ConvertError {
        let message = unknown("field", field, known);
        ConvertError::new(Problem::Unknown { field: field.to_owned(), message })
    }

    /// A name of an enum's variant that there is not.
    #[cold]
    pub fn unknown_variant(name: &str, known: &[&str]) -> ConvertError {
        ConvertError::new(Problem::Mismatch {
            expected: one_of(known).into(),
            found: short(&Value::str(name)).into(),
        })
    }

    /// Anything else that is wrong, in a clause: `the end is before the start`.
    #[cold]
    pub fn message(text: impl Into<String>) -> ConvertError {
        ConvertError::new(Problem::Other(text.into()))
    }

    /// The value is nested deeper than is converted.
    #[cold]
    pub(super) fn too_deep() -> ConvertError {
        ConvertError::message(format!("nested more than {} levels deep", super::MAX_DEPTH))
    }

    #[cold]
    fn new(problem: Problem) -> ConvertError {
        ConvertError(Box::new(Inner { steps: Vec::new(), problem }))
    }

    /// What is wrong with a key itself, seen from its map.
    #[cold]
    pub(super) fn of_key(self, key: &Value) -> ConvertError {
        match self.0.problem {
            // That is about the map.
            Problem::Unknown { .. } => self,
            _ => ConvertError::message(format!("the key: {}", self.0.problem)).at_key(key.clone()),
        }
    }

    /// The same error seen from the map that the place is in.
    #[cold]
    pub fn at_key(self, key: impl Into<Value>) -> ConvertError {
        self.at(Step::Key(key.into()))
    }

    /// The same error seen from the vector or set that the place is in.
    #[cold]
    pub fn at_index(self, index: usize) -> ConvertError {
        self.at(Step::Index(index))
    }

    /// The same error seen one step further out.
    #[cold]
    pub fn at(mut self, step: Step) -> ConvertError {
        self.0.steps.push(step);
        self
    }

    /// Where in the value.
    pub fn path(&self) -> Path<'_> {
        Path(&self.0.steps)
    }

    /// What the value should have been: `u16`; empty where the error is of another kind.
    pub fn expected(&self) -> &str {
        match &self.0.problem {
            Problem::Mismatch { expected, .. } => expected,
            Problem::Missing { expected, .. } => expected,
            Problem::Unknown { .. } | Problem::Other(_) => "",
        }
    }

    /// What was there: `Str "x"`; empty where the error is of another kind.
    pub fn found(&self) -> &str {
        match &self.0.problem {
            Problem::Mismatch { found, .. } => found,
            Problem::Unknown { field, .. } => field,
            Problem::Missing { .. } | Problem::Other(_) => "",
        }
    }

    /// The key that a map lacks, where that is the error.
    pub fn missing(&self) -> Option<&str> {
        match &self.0.problem {
            Problem::Missing { field, .. } => Some(field),
            _ => None,
        }
    }

    /// The key that a map should not have, where that is the error.
    pub fn unknown(&self) -> Option<&str> {
        match &self.0.problem {
            Problem::Unknown { field, .. } => Some(field),
            _ => None,
        }
    }

    /// The error without its path: `expected u16, found 70000`.
    pub fn reason(&self) -> impl fmt::Display + '_ {
        &self.0.problem
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Mismatch { expected, found } => {
                write!(out, "expected {expected}, found {found}")
            }
            Problem::Missing { field, .. } => write!(out, "missing field `{field}`"),
            Problem::Unknown { message, .. } => out.write_str(message),
            Problem::Other(text) => out.write_str(text),
        }
    }
}

impl fmt::Display for ConvertError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.steps.is_empty() {
            write!(out, "{}: ", self.path())?;
        }
        self.0.problem.fmt(out)
    }
}

impl fmt::Debug for ConvertError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ConvertError({self})")
    }
}

impl std::error::Error for ConvertError {}

/// The steps from a value to a place inside it, outermost first; displayed as a script would write it, `servers[2].port`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Path<'a>(pub(super) &'a [Step]);

impl<'a> Path<'a> {
    /// The steps, outermost first.
    pub fn steps(self) -> impl DoubleEndedIterator<Item = &'a Step> + ExactSizeIterator {
        self.0.iter().rev()
    }

    /// Whether the place is the value itself.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for step in self.steps() {
            match step {
                Step::Index(index) => write!(out, "[{index}]")?,
                Step::Key(key) => match key.as_str() {
                    Some(name) if is_name(name) => {
                        out.write_str(if first { "" } else { "." })?;
                        out.write_str(name)?;
                    }
                    Some(text) => {
                        out.write_char('[')?;
                        quote(out, text)?;
                        out.write_char(']')?;
                    }
                    None => write!(out, "[{}]", short(key))?,
                },
            }
            first = false;
        }
        Ok(())
    }
}

/// The names there are, as part of a sentence.
fn one_of(known: &[&str]) -> String {
    match known {
        [] => "no name at all".into(),
        [only] => format!("\"{only}\""),
        _ => {
            let quoted: Vec<String> = known.iter().map(|name| format!("\"{name}\"")).collect();
            format!("one of {}", quoted.join(", "))
        }
    }
}

fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let name = short(&Value::str(name));
    let name = name.trim_matches('"');
    match tansy_lang::spell::nearest(name, known.iter().copied()).first() {
        Some(near) => format!("unknown {what} `{name}`; did you mean `{near}`?"),
        None if known.is_empty() => format!("unknown {what} `{name}`; there are none"),
        None => {
            let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("unknown {what} `{name}`; there are {}", known.join(", "))
        }
    }
}
