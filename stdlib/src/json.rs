//! The module `json`.

use crate::argument::{Answer, get, given, native, natural, text};
use tansy_runtime::fault::{Fault, Limit};
use tansy_runtime::json::{self, JsonWriteError};
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::value::{Map, Value};

/// The table of `json`.
pub(crate) const TABLES: [Table; 1] = [Table {
    place: Place::Module("json"),
    doc: "JSON in and out. Decimals are written as numbers with their digits, Sets as arrays; keys come in order.",
    script: None,
    rows: ROWS,
}];

const ROWS: &[Row] = &[
    native(
        "parse(text)",
        "The value of a JSON text (RFC 8259). Numbers without fraction and exponent are Ints of any size; of equal keys the last one wins. The error for anything else has `data` with `line` and `column`.",
        "json.parse(\"{\\\"a\\\": [1, 2.5, null]}\") // → {a: [1, 2.5, null]}",
        parse,
    ),
    native(
        "stringify(value)",
        "The shortest JSON text of a value. NaN, infinity, functions and keys that are no strings are errors with their path.",
        "json.stringify({b: [1, null], a: 1.50d}) // → \"{\\\"a\\\":1.50,\\\"b\\\":[1,null]}\"",
        stringify,
    ),
    native(
        "pretty(value, indent = 2)",
        "The JSON text of a value with each entry on its own line.",
        "json.pretty([1]) // → \"[\\n  1\\n]\"",
        pretty,
    ),
];

fn parse(cx: &mut Context, args: &mut [Value]) -> Answer {
    let text = text(cx, args, 0, "text")?;
    cx.charge(text.len() / 4)?;
    json::parse(text).map_err(|e| {
        let mut data = Map::new();
        data.insert_str("line", Value::int(e.line as i64));
        data.insert_str("column", Value::int(e.column as i64));
        data.insert_str("offset", Value::int(e.offset as i64));
        Fault::new("json", format!("line {}, column {}: {}", e.line, e.column, e.message))
            .maybe_help(e.help.map(String::from))
            .data(Value::map(data))
    })
}

/// Writes as much as there is room for: the text can be far longer than the value is big, so writing looks at the limits itself.
fn write(cx: &mut Context, write: impl Fn(usize) -> Result<String, JsonWriteError>) -> Answer {
    cx.charge(1)?;
    match write(usize::MAX) {
        Ok(text) => {
            cx.charge(text.len() / 8)?;
            Ok(Value::from(text))
        }
        Err(e) if e.too_large => Err(Fault::Limit(Limit::Memory)),
        Err(e) => {
            let mut data = Map::new();
            data.insert_str("path", Value::str(&e.path));
            let fault = Fault::new("json", format!("{}: {}", e.path, e.message));
            Err(fault.data(Value::map(data)))
        }
    }
}

fn stringify(cx: &mut Context, args: &mut [Value]) -> Answer {
    write(cx, |limit| json::stringify(get(args, 0), limit))
}

fn pretty(cx: &mut Context, args: &mut [Value]) -> Answer {
    let indent = match given(args, 1) {
        Some(_) => natural(cx, args, 1, "indent")?.min(64),
        None => 2,
    };
    write(cx, |limit| json::pretty(get(args, 0), indent, limit))
}
