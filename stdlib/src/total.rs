//! What Vec, Range and Set have in common and do natively: totals, extremes, membership, text.

use crate::argument::{
    Answer, elements, empty, endless, get, given, native, script, take, text, unorderable,
};
use crate::number::done;
use num_bigint::BigInt;
use std::cmp::Ordering;
use tansy_runtime::buffer::Text;
use tansy_runtime::fault::{Fault, describe};
use tansy_runtime::native::{Context, Row};
use tansy_runtime::value::{Kind, Value, number};

/// For Vec, Range and Set.
pub(crate) const ROWS: &[Row] = &[
    native(
        "sum()",
        "The elements added up; 0 if there are none.",
        "[1, 2, 3.5].sum() // → 6.5\n[].sum() // → 0\n(1..=100).sum() // → 5050",
        sum,
    ),
    native(
        "product()",
        "The elements multiplied; 1 if there are none.",
        "[2, 3, 4].product() // → 24",
        product,
    ),
    native(
        "mean()",
        "The arithmetic mean: a Float, or a Decimal for Decimals. Without elements an error.",
        "[1, 2, 4].mean() // → 2.3333333333333335",
        mean,
    ),
    native(
        "min(default = …)",
        "The least element in the order of `cmp`. Without elements the default, or an error if none is given.",
        "[3, 1, 2].min() // → 1\n[].min(default: 0) // → 0",
        |cx, args| extreme(cx, args, Ordering::Less),
    ),
    native(
        "max(default = …)",
        "The greatest element in the order of `cmp`. Without elements the default, or an error if none is given.",
        "[3, 1, 2].max() // → 3",
        |cx, args| extreme(cx, args, Ordering::Greater),
    ),
    native(
        "join(sep = \"\")",
        "The texts of the elements one after the other, with `sep` between them.",
        "[1, \"a\", 2.5].join(\"-\") // → \"1-a-2.5\"",
        join,
    ),
    native(
        "vec()",
        "The elements as a Vec.",
        "#{3, 1, 2}.vec() // → [1, 2, 3]\n(0..3).vec() // → [0, 1, 2]",
        vec,
    ),
];

/// For Range and Set; Vec has a `set` of its own.
pub(crate) const TO_SET: &[Row] =
    &[native("set()", "The elements as a Set.", "(0..3).set() // → #{0, 1, 2}", set)];

/// The consumers that are written in Tansy, for Vec, Range, Set and Seq.
pub(crate) const WALK: &[Row] = &[
    script(
        "fold(init, f)",
        "Combines the elements from first to last: `f(f(init, x0), x1)` and so on.",
        "[1, 2, 3].fold(10, |acc, x| acc + x) // → 16",
    ),
    script(
        "reduce(f, default = …)",
        "Combines the elements from first to last, beginning with the first. Without elements the default, or an error if none is given.",
        "[5, 2, 9].reduce(|a, b| if a > b { a } else { b }) // → 9",
    ),
    script(
        "any(f = |x| x)",
        "Whether `f` holds for at least one element. Stops at the first.",
        "[1, 4, 5].any(|x| x % 2 == 0) // → true\n[false, true].any() // → true",
    ),
    script(
        "all(f = |x| x)",
        "Whether `f` holds for every element. Stops at the first for which it does not.",
        "[2, 4].all(|x| x % 2 == 0) // → true\n[].all() // → true",
    ),
    script(
        "none(f = |x| x)",
        "Whether `f` holds for no element.",
        "[1, 3].none(|x| x % 2 == 0) // → true",
    ),
    script(
        "find(f, default = null)",
        "The first element for which `f` holds, or the default.",
        "[1, 4, 6].find(|x| x % 2 == 0) // → 4\n[1, 3].find(|x| x % 2 == 0) // → null",
    ),
    script(
        "count(what = …)",
        "How many elements there are: for which `what` holds if it is a function, that equal it otherwise, all without it.",
        "[1, 2, 1].count(1) // → 2\n[1, 2, 1].count(|x| x > 1) // → 1\n[1, 2, 1].count() // → 3",
    ),
    script(
        "min_by(f, default = …)",
        "The element with the least `f(x)`, the first of several. Without elements the default, or an error if none is given.",
        "[\"pear\", \"fig\"].min_by(|s| s.len()) // → \"fig\"",
    ),
    script(
        "max_by(f, default = …)",
        "The element with the greatest `f(x)`, the first of several. Without elements the default, or an error if none is given.",
        "[\"pear\", \"fig\"].max_by(|s| s.len()) // → \"pear\"",
    ),
    script(
        "sum_by(f)",
        "The sum of `f(x)` over the elements.",
        "[{n: 1}, {n: 2}].sum_by(.n) // → 3",
    ),
    script(
        "group_by(f)",
        "A Map from each `f(x)` to the Vec of the elements that gave it, in order.",
        "[1, 2, 3, 4].group_by(|x| x % 2 == 0) // → {false => [1, 3], true => [2, 4]}",
    ),
    script(
        "count_by(f = |x| x)",
        "A Map from each `f(x)` to how many elements gave it.",
        "[\"a\", \"b\", \"a\"].count_by() // → {a: 2, b: 1}\n[\"fig\", \"pear\", \"kiwi\"].count_by(|s| s.len()) // → {3 => 1, 4 => 2}",
    ),
    script(
        "key_by(f)",
        "A Map from each `f(x)` to its element, the last one if there are several.",
        "[{id: 7, n: \"a\"}].key_by(.id) // → {7 => {id: 7, n: \"a\"}}",
    ),
    script(
        "partition(f)",
        "Two Vecs: the elements for which `f` holds, and the others.",
        "[1, 2, 3].partition(|x| x > 1) // → [[2, 3], [1]]",
    ),
];

/// Calls `each` with the elements (a Map's values) until it says `false`; charges as it goes.
pub(crate) fn walk(
    cx: &mut Context,
    value: &Value,
    mut each: impl FnMut(&mut Context, &Value) -> Result<bool, Fault>,
) -> Result<(), Fault> {
    if let Some(items) = value.as_vec() {
        for item in items.iter() {
            cx.charge(1)?;
            if !each(cx, item)? {
                break;
            }
        }
    } else if let Some(items) = value.as_set() {
        for item in items.iter() {
            cx.charge(1)?;
            if !each(cx, item)? {
                break;
            }
        }
    } else if let Some(items) = value.as_map() {
        for item in items.values() {
            cx.charge(1)?;
            if !each(cx, item)? {
                break;
            }
        }
    } else if let Some(range) = value.as_range() {
        let Some(last) = range.last() else {
            return if range.end.is_none() { Err(endless(cx, value)) } else { Ok(()) };
        };
        for n in range.start..=last {
            cx.charge(1)?;
            if !each(cx, &Value::int(n))? {
                break;
            }
        }
    }
    Ok(())
}

fn sum(cx: &mut Context, args: &mut [Value]) -> Answer {
    let this = take(args, 0);
    if let Some(range) = this.as_range() {
        let Some(len) = range.len() else { return Err(endless(cx, &this)) };
        let Some(last) = range.last() else { return Ok(Value::int(0)) };
        return Ok(Value::big((BigInt::from(range.start) + last) * len / 2));
    }
    let mut total = Value::int(0);
    walk(cx, &this, |cx, item| {
        total = match (total.as_int(), item.as_int()) {
            (Some(a), Some(b)) if a.checked_add(b).is_some() => Value::int(a.wrapping_add(b)),
            _ => done(cx, number::add(&total, numeric(cx, item)?))?,
        };
        Ok(true)
    })?;
    Ok(total)
}

fn product(cx: &mut Context, args: &mut [Value]) -> Answer {
    let this = take(args, 0);
    let mut total = Value::int(1);
    walk(cx, &this, |cx, item| {
        let words = |v: &Value| v.as_bigint().map_or(0, |n| n.bits() / 64) as usize;
        cx.charge_whole(words(&total).saturating_mul(words(item) / 16 + 1))?;
        cx.reserve(56 * (words(&total) + words(item)) as u64)?;
        total = done(cx, number::mul(&total, numeric(cx, item)?, cx.max_bits()))?;
        Ok(true)
    })?;
    Ok(total)
}

fn mean(cx: &mut Context, args: &mut [Value]) -> Answer {
    let len = match args.first() {
        Some(v) => length(v).unwrap_or(0),
        None => 0,
    };
    if len == 0 {
        return Err(empty(cx.name(), get(args, 0)));
    }
    let total = sum(cx, args)?;
    done(cx, number::div(&total, &Value::big(BigInt::from(len))))
}

fn numeric<'a>(cx: &Context, item: &'a Value) -> Result<&'a Value, Fault> {
    if item.kind().is_number() {
        return Ok(item);
    }
    let fault = Fault::new(
        "type-error",
        format!("`{}` expects numbers, got {}", cx.name(), describe(item)),
    );
    Err(match item.kind() {
        Kind::Str => fault.help("`join()` puts texts together"),
        Kind::Vec => fault.help("`flatten()` puts vectors together"),
        _ => fault,
    })
}

/// The number of elements of a collection; `None` for an open range and for what is no collection.
pub(crate) fn length(value: &Value) -> Option<u128> {
    match value.kind() {
        Kind::Vec => value.as_vec().map(|v| v.len() as u128),
        Kind::Map => value.as_map().map(|v| v.len() as u128),
        Kind::Set => value.as_set().map(|v| v.len() as u128),
        Kind::Str => value.char_count().map(|n| n as u128),
        Kind::Range => value.as_range().and_then(|r| r.len()),
        _ => None,
    }
}

fn extreme(cx: &mut Context, args: &mut [Value], wanted: Ordering) -> Answer {
    match extreme_of(cx, get(args, 0), wanted)? {
        Some(value) => Ok(value),
        None => match given(args, 1) {
            Some(default) => Ok(default.clone()),
            None => Err(empty(cx.name(), get(args, 0))),
        },
    }
}

/// The least or greatest element, if there is any.
pub(crate) fn extreme_of(
    cx: &mut Context,
    this: &Value,
    wanted: Ordering,
) -> Result<Option<Value>, Fault> {
    // A set and a range are in order already.
    if let Some(set) = this.as_set() {
        return Ok(if wanted == Ordering::Less { set.first() } else { set.last() }.cloned());
    }
    if let Some(range) = this.as_range() {
        if range.end.is_none() && wanted == Ordering::Greater {
            return Err(endless(cx, this));
        }
        let least = (!range.is_empty()).then_some(range.start);
        let found = if wanted == Ordering::Less { least } else { range.last() };
        return Ok(found.map(Value::int));
    }
    let mut best: Option<Value> = None;
    walk(cx, this, |cx, item| {
        let better = match &best {
            None => true,
            Some(b) => item.compare(b).map_err(|e| unorderable(cx, item, e))? == wanted,
        };
        if better {
            best = Some(item.clone());
        }
        Ok(true)
    })?;
    Ok(best)
}

pub(crate) fn join(cx: &mut Context, args: &mut [Value]) -> Answer {
    let sep = match given(args, 1) {
        Some(_) => text(cx, args, 1, "sep")?,
        None => "",
    };
    let mut out = Text::new();
    let mut first = true;
    walk(cx, get(args, 0), |cx, item| {
        if !first {
            grow(cx, &mut out, sep)?;
        }
        first = false;
        match item.as_str() {
            Some(text) => grow(cx, &mut out, text)?,
            None => {
                let text = crate::convert::text_of(cx, item)?;
                grow(cx, &mut out, &text)?;
            }
        }
        Ok(true)
    })?;
    Ok(Value::from(out))
}

/// Appends, charged for and within the memory limit.
pub(crate) fn grow(cx: &mut Context, out: &mut Text, more: &str) -> Result<(), Fault> {
    cx.charge(1 + more.len() / 16)?;
    out.push_str(more)
}

fn vec(cx: &mut Context, args: &mut [Value]) -> Answer {
    let this = take(args, 0);
    Ok(Value::vec(elements(cx, &this, "this")?))
}

fn set(cx: &mut Context, args: &mut [Value]) -> Answer {
    let this = take(args, 0);
    crate::convert::to_set(cx, this)
}
