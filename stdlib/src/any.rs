//! The methods of every value.

use crate::argument::{Answer, get, native, script};
use crate::convert;
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::value::Value;

/// The Tansy half.
pub(crate) const SCRIPT: (&str, &str) = ("any.tansy", include_str!("any.tansy"));

/// The table of every value.
pub(crate) const TABLES: [Table; 1] =
    [Table { place: Place::Any, doc: "Methods of every value.", script: Some(SCRIPT), rows: ROWS }];

const ROWS: &[Row] = &[
    native(
        "str()",
        "Its text, as `print` shows it.",
        "[1, \"a\"].str() // → \"[1, \\\"a\\\"]\"\n2.50d.str() // → \"2.50\"",
        convert::str,
    ),
    native("type_of()", "The name of its type.", "[1].type_of() // → \"Vec\"", type_of),
    native(
        "hash()",
        "A number that equal values share, the same on every machine and in every run.",
        "2.hash() == 2.0.hash() // → true",
        crate::global::hash,
    ),
    script(
        "then(f)",
        "`f` of the value: for functions without a name in a chain of methods.",
        "[3, 4].sum().then(|n| n * n) // → 49",
    ),
];

/// For the Tansy half.
pub(crate) const HIDDEN: &[Row] = &[script("__apply(f)", "", "")];

pub(crate) fn type_of(_: &mut Context, args: &mut [Value]) -> Answer {
    Ok(Value::str(get(args, 0).type_name()))
}
