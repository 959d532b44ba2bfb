//! The module `random`: numbers from the generator of the run, if it is granted. All that follows from a seed (which numbers, and how many
//! each function takes) stays as it is.

use crate::argument::{Answer, effect, elements, endless, get, natural, room};
use std::collections::HashMap;
use tansy_runtime::fault::{Fault, Limit};
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::random::Generator;
use tansy_runtime::value::{Range, Value, Vector};

/// The table of `random`.
pub(crate) const TABLES: [Table; 1] = [Table {
    place: Place::Module("random"),
    doc: "Random numbers, which the host must grant (`allow_random`, `allow_random_seed`; `--allow-random[=SEED]`). With a seed they are the same in every run and on every machine. They are no secrets: do not make keys of them.",
    script: None,
    rows: ROWS,
}];

const ROWS: &[Row] = &[
    effect(
        "float()",
        "A Float from 0 up to and without 1.",
        "(0..1000).all(|_| { let x = random.float(); x >= 0 and x < 1 }) // → true",
        |cx, _| Ok(Value::float(cx.random()?.float())),
    ),
    effect(
        "int(range)",
        "An Int from a range; each is as likely.",
        "(0..100).all(|_| random.int(1..=6) in 1..=6) // → true\nrandom.int(5..=5) // → 5",
        int,
    ),
    effect(
        "choice(xs)",
        "An element of a collection that is not empty; each place is as likely.",
        "random.choice([\"a\", \"b\"]) in [\"a\", \"b\"] // → true",
        choice,
    ),
    effect(
        "shuffle(xs)",
        "The elements of a collection as a Vec in random order; each order is as likely. O(n).",
        "random.shuffle([1, 2, 3]).sort() // → [1, 2, 3]",
        shuffle,
    ),
    effect(
        "sample(xs, n)",
        "A Vec of `n` elements of a collection from different places, in random order. O(n) from a Vec or Range.",
        "random.sample(0..1_000_000_000, 3).set().len() // → 3",
        sample,
    ),
];

fn int(cx: &mut Context, args: &mut [Value]) -> Answer {
    let generator = cx.random()?;
    let Some(range) = get(args, 0).as_range() else {
        let fault = Fault::argument(cx.name(), "range", "a Range", get(args, 0));
        return Err(fault.help("`random.int(1..=6)` throws a die"));
    };
    match range.len() {
        None => Err(endless(cx, get(args, 0))),
        Some(0) => Err(nothing(cx, get(args, 0))),
        Some(len) => Ok(number(generator, &range, len)),
    }
}

/// A number of a range of so many.
fn number(generator: &mut Generator, range: &Range, len: u128) -> Value {
    // A range of all 64-bit Ints has one more than fits.
    let step = match u64::try_from(len) {
        Ok(len) => generator.below(len),
        Err(_) => generator.bits(),
    };
    Value::int(range.start.wrapping_add_unsigned(step))
}

fn nothing(cx: &Context, from: &Value) -> Fault {
    let kind = from.type_name();
    Fault::new("empty", format!("`{}` of an empty {kind}", cx.full_name()))
}

fn choice(cx: &mut Context, args: &mut [Value]) -> Answer {
    cx.random()?;
    let places = Places::of(cx, get(args, 0))?;
    match places.len() {
        0 => Err(nothing(cx, get(args, 0))),
        len => {
            let place = cx.random()?.below(len);
            Ok(places.get(place))
        }
    }
}

fn shuffle(cx: &mut Context, args: &mut [Value]) -> Answer {
    cx.random()?;
    let xs = elements(cx, get(args, 0), "xs")?;
    let mut out = room(cx, xs.len())?;
    out.extend(xs.iter().cloned());
    let generator = cx.random()?;
    // Fisher and Yates: each place from the last on gets one of those that have none yet.
    for last in (1..out.len()).rev() {
        out.swap(last, generator.below(last as u64 + 1) as usize);
    }
    Ok(Value::from(out))
}

fn sample(cx: &mut Context, args: &mut [Value]) -> Answer {
    cx.random()?;
    let places = Places::of(cx, get(args, 0))?;
    let n = natural(cx, args, 1, "n")?;
    let len = places.len();
    if n as u64 > len {
        let message = format!("`random.sample` cannot take {n} of {len} elements");
        let help = "`random.choice` may give an element again";
        return Err(Fault::new("out-of-range", message).help(help));
    }
    // Fisher and Yates from the front; only places that are no longer as they were are noted.
    cx.reserve((n as u64).saturating_mul(48))?;
    let mut out = room(cx, n)?;
    let mut moved: HashMap<u64, u64> = HashMap::new();
    moved.try_reserve(n).map_err(|_| Fault::Limit(Limit::Memory))?;
    let generator = cx.random()?;
    for first in 0..n as u64 {
        let place = first + generator.below(len - first);
        let here = moved.get(&first).copied().unwrap_or(first);
        let chosen = moved.insert(place, here).unwrap_or(place);
        out.push(places.get(chosen));
    }
    Ok(Value::from(out))
}

/// Elements by place, without a copy of what has places already.
enum Places {
    Range(Range, u64),
    Vec(Vector),
}

impl Places {
    fn of(cx: &mut Context, xs: &Value) -> Result<Places, Fault> {
        let Some(range) = xs.as_range() else {
            return Ok(Places::Vec(elements(cx, xs, "xs")?));
        };
        let len = range.len().ok_or_else(|| endless(cx, xs))?;
        // One more than fits is all 64-bit Ints; that the last of them never comes is no loss.
        Ok(Places::Range(range, u64::try_from(len).unwrap_or(u64::MAX)))
    }

    fn len(&self) -> u64 {
        match self {
            Places::Range(_, len) => *len,
            Places::Vec(xs) => xs.len() as u64,
        }
    }

    fn get(&self, place: u64) -> Value {
        match self {
            Places::Range(range, _) => Value::int(range.start.wrapping_add_unsigned(place)),
            Places::Vec(xs) => xs.get(place as usize).cloned().unwrap_or(Value::NULL),
        }
    }
}
