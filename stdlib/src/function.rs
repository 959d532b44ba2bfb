//! The methods of functions.

use crate::argument::{Answer, get, native, script};
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::value::{Kind, Value};

/// The table of Fn.
pub(crate) const TABLES: [Table; 1] = [Table {
    place: Place::Type(Kind::Fn),
    doc: "Functions.",
    script: Some(("function.tansy", include_str!("function.tansy"))),
    rows: ROWS,
}];

const ROWS: &[Row] = &[
    native(
        "arity()",
        "How many arguments it needs; optional ones do not count.",
        "(|a, b| a + b).arity() // → 2",
        arity,
    ),
    script(
        "call(args)",
        "Its result for the elements of `args`; also `f(...args)`.",
        "max.call([3, 9, 4]) // → 9",
    ),
];

/// The number of parameters that must be given.
pub(crate) fn required(f: &Value) -> usize {
    if let Some(f) = f.as_fn() {
        f.required()
    } else if let Some(native) = f.as_native() {
        native.signature.parameters.iter().filter(|p| !p.optional).count()
    } else {
        0
    }
}

fn arity(_: &mut Context, args: &mut [Value]) -> Answer {
    Ok(Value::int(required(get(args, 0)) as i64))
}
