//! Errors of serde's, in the words of the language.

use std::fmt::Display;

use serde::de::{self, Expected, Unexpected};
use serde::ser;

use crate::convert::ConvertError;
use crate::value::Value;

impl ser::Error for ConvertError {
    fn custom<T: Display>(message: T) -> ConvertError {
        ConvertError::message(message.to_string())
    }
}

impl de::Error for ConvertError {
    fn custom<T: Display>(message: T) -> ConvertError {
        ConvertError::message(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> ConvertError {
        ConvertError::with_found(named(expected), described(found, true))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> ConvertError {
        ConvertError::with_found(named(expected), described(found, false))
    }

    fn invalid_length(len: usize, expected: &dyn Expected) -> ConvertError {
        let plural = if len == 1 { "" } else { "s" };
        ConvertError::with_found(named(expected), format!("{len} item{plural}"))
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> ConvertError {
        ConvertError::unknown_variant(name, known)
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> ConvertError {
        ConvertError::unknown_field(field, known)
    }

    fn missing_field(field: &'static str) -> ConvertError {
        ConvertError::missing_field(field)
    }

    fn duplicate_field(field: &'static str) -> ConvertError {
        ConvertError::message(format!("field `{field}` is there twice"))
    }
}

/// What serde's own types expect, by the names of the language.
fn named(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    let name = match text.as_str() {
        "a string" | "a borrowed string" => "Str",
        "a boolean" => "Bool",
        "a sequence" => "Vec",
        "a map" => "Map",
        "unit" => "null",
        _ => return text,
    };
    name.into()
}

fn described(found: Unexpected<'_>, kind: bool) -> String {
    let value = match found {
        Unexpected::Bool(b) => Value::bool(b),
        Unexpected::Unsigned(n) => Value::from(n),
        Unexpected::Signed(n) => Value::int(n),
        Unexpected::Float(x) => Value::float(x),
        Unexpected::Char(c) => Value::char(c),
        Unexpected::Str(text) => Value::str(text),
        Unexpected::Unit | Unexpected::Option => Value::NULL,
        Unexpected::Seq => return "Vec".into(),
        Unexpected::Map => return "Map".into(),
        other => return other.to_string(),
    };
    if kind { crate::fault::describe(&value) } else { crate::fault::short(&value).into() }
}
