//! The module `time`: the clock, if it is granted, and the calendar, which anybody may ask.

use crate::argument::{Answer, effect, given, native};
use crate::number::to_float;
use tansy_runtime::fault::{Fault, describe};
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::value::{Map, Value};

/// The table of `time`.
pub(crate) const TABLES: [Table; 1] = [Table {
    place: Place::Module("time"),
    doc: "The clock, which the host must grant (`allow_time`; `--allow-time`). All in UTC; there are no time zones.",
    script: None,
    rows: ROWS,
}];

const ROWS: &[Row] = &[
    effect(
        "now()",
        "Seconds since the beginning of 1970, UTC, as a Float, which is exact to a microsecond. The clock may be set back; for measuring there is `time.clock`.",
        "time.now() > 1_700_000_000 // → true",
        |cx, _| cx.now().map(Value::float),
    ),
    effect(
        "clock()",
        "Seconds since the run began, as a Float; never fewer than before.",
        "let start = time.clock()\ntime.clock() >= start // → true",
        |cx, _| cx.clock().map(Value::float),
    ),
    native(
        "date(seconds = …)",
        "A moment, by default the present one, in the Gregorian calendar and UTC: `year`, `month`, `day`, `hour`, `minute`, `second` and `weekday` (1 is Monday), all Ints. With `seconds` it needs no grant.",
        "time.date(1_700_000_000) // → {day: 14, hour: 22, minute: 13, month: 11, second: 20, weekday: 2, year: 2023}",
        date,
    ),
];

/// Beyond some thirty million years in either direction there is no date.
const FARTHEST: f64 = 1e15;

fn date(cx: &mut Context, args: &mut [Value]) -> Answer {
    let seconds = match given(args, 0) {
        None => cx.now()?,
        Some(value) if value.kind().is_number() => to_float(cx, value)?,
        Some(value) => return Err(Fault::argument(cx.name(), "seconds", "a number", value)),
    };
    if seconds.is_nan() || seconds.abs() > FARTHEST {
        let given = given(args, 0).map_or(String::new(), describe);
        let message = format!("`date` has no date for {given}");
        return Err(Fault::new("out-of-range", message).help("seconds since 1970 are expected"));
    }
    let seconds = seconds.floor() as i64;
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let mut date = Map::new();
    let fields = [
        ("year", year),
        ("month", month),
        ("day", day),
        ("hour", second / 3600),
        ("minute", second / 60 % 60),
        ("second", second % 60),
        // The first of January 1970 was a Thursday.
        ("weekday", (days + 3).rem_euclid(7) + 1),
    ];
    for (name, value) in fields {
        date.insert_str(name, Value::int(value));
    }
    Ok(Value::map(date))
}

/// The date that is so many days after the first of January 1970, as Howard Hinnant computes it: years begin in March, so that the
/// day that is not always there comes last.
fn civil(days: i64) -> (i64, i64, i64) {
    const ERA: i64 = 146_097;
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(ERA), shifted.rem_euclid(ERA));
    let year = (day - day / 1_460 + day / 36_524 - day / (ERA - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}
