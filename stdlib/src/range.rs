//! The methods of Range, beyond those it shares with Vec.

use crate::argument::{Answer, empty, endless, get, given, hidden, native, script};
use crate::{list, total};
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::value::{Kind, Range, Value};

const DOC: &str = "Consecutive integers, made as they are needed.";

/// The tables of Range.
pub(crate) const TABLES: [Table; 5] = [
    Table {
        place: Place::Type(Kind::Range),
        doc: DOC,
        script: Some(("range.tansy", include_str!("range.tansy"))),
        rows: ROWS,
    },
    Table {
        place: Place::Type(Kind::Range),
        doc: DOC,
        script: Some(crate::LIST),
        rows: list::ROWS,
    },
    Table {
        place: Place::Type(Kind::Range),
        doc: DOC,
        script: Some(crate::WALK),
        rows: total::WALK,
    },
    Table { place: Place::Type(Kind::Range), doc: DOC, script: None, rows: total::ROWS },
    Table { place: Place::Type(Kind::Range), doc: DOC, script: None, rows: total::TO_SET },
];

const ROWS: &[Row] = &[
    native(
        "len()",
        "How many numbers it has. Of a range without an end an error.",
        "(0..10).len() // → 10\n(1..=3).len() // → 3\n(5..0).len() // → 0",
        len,
    ),
    native("is_empty()", "Whether it has none.", "(3..3).is_empty() // → true", |_, args| {
        Ok(Value::bool(this(args).is_empty()))
    }),
    native(
        "first(default = …)",
        "The first number. Of an empty range the default, or an error if none is given.",
        "(4..9).first() // → 4",
        |cx, args| {
            let range = this(args);
            or_default(cx, args, (!range.is_empty()).then_some(range.start))
        },
    ),
    native(
        "last(default = …)",
        "The last number. Of an empty range the default, or an error if none is given; of one without an end an error.",
        "(4..9).last() // → 8",
        |cx, args| {
            let range = this(args);
            if range.end.is_none() {
                return Err(endless(cx, get(args, 0)));
            }
            or_default(cx, args, range.last())
        },
    ),
    native(
        "contains(x)",
        "Whether `x` is one of the numbers; also written `x in r`. O(1).",
        "(0..10).contains(10) // → false\n(0..10).contains(9) // → true",
        contains,
    ),
    script(
        "lazy()",
        "The numbers as a Seq.",
        "(1..).lazy().map(|n| n * n).take(3).vec() // → [1, 4, 9]",
    ),
];

/// For the Tansy half.
pub(crate) const HIDDEN: &[Row] = &[
    hidden("__range_start(r)", |_, args| Ok(Value::int(this(args).start))),
    // One past the last number; null for an open range.
    hidden("__range_end(r)", |_, args| {
        let range = this(args);
        Ok(match (range.end, range.last()) {
            (None, _) => Value::NULL,
            (Some(_), None) => Value::int(range.start),
            (Some(_), Some(last)) => Value::big(num_bigint::BigInt::from(last) + 1),
        })
    }),
];

fn this(args: &[Value]) -> Range {
    get(args, 0).as_range().unwrap_or(Range::new(0, 0))
}

fn len(cx: &mut Context, args: &mut [Value]) -> Answer {
    match this(args).len() {
        Some(len) => Ok(Value::big(len.into())),
        None => Err(endless(cx, get(args, 0))),
    }
}

fn or_default(cx: &Context, args: &[Value], found: Option<i64>) -> Answer {
    match (found, given(args, 1)) {
        (Some(n), _) => Ok(Value::int(n)),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(empty(cx.name(), get(args, 0))),
    }
}

fn contains(_: &mut Context, args: &mut [Value]) -> Answer {
    let x = get(args, 1);
    let whole = match (x.as_int(), x.as_float()) {
        (Some(n), _) => Some(n),
        // 2.0 is 2.
        (_, Some(f)) if f.trunc() == f && f.abs() < 9.2e18 => Some(f as i64),
        _ => x.as_decimal().filter(|d| d.is_integer()).and_then(num_traits::ToPrimitive::to_i64),
    };
    Ok(Value::bool(whole.is_some_and(|n| this(args).contains(n))))
}
