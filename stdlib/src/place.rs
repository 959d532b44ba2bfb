//! What the library's Tansy half asks of Rust: checks of arguments, and the places that a path selects.

use crate::argument::{Answer, get, hidden, natural, place, positive, room, take};
use crate::convert;
use crate::function::required;
use tansy_runtime::fault::{Fault, describe};
use tansy_runtime::native::{Context, Row};
use tansy_runtime::value::{Kind, Range, Value};

/// For the Tansy half.
pub(crate) const HIDDEN: &[Row] = &[
    hidden("__function(f, function, name)", function),
    hidden("__pairwise(f)", |_, args| Ok(Value::bool(required(get(args, 0)) >= 2))),
    hidden("__arity(f)", |_, args| Ok(Value::int(required(get(args, 0)) as i64))),
    hidden("__natural(n, function, name)", |cx, args| limited(cx, args, 0)),
    hidden("__positive(n, function, name)", |cx, args| limited(cx, args, 1)),
    hidden("__order(n)", order),
    hidden("__vec(x)", convert::vec),
    hidden("__set(x)", convert::set),
    hidden("__map(x)", convert::map),
    hidden("__selectable(coll)", selectable),
    hidden("__missing(coll, key)", missing),
    hidden("__all_keys(coll)", all_keys),
    hidden("__span(xs, range, lenient)", span),
    hidden("__keep(old, new)", keep),
];

/// The name of the function and of the parameter that a check is made for.
fn names(args: &[Value]) -> (&str, &str) {
    (get(args, 1).as_str().unwrap_or(""), get(args, 2).as_str().unwrap_or(""))
}

fn function(_: &mut Context, args: &mut [Value]) -> Answer {
    if get(args, 0).kind() == Kind::Fn {
        return Ok(Value::NULL);
    }
    let (function, name) = names(args);
    Err(Fault::argument(function, name, "a function", get(args, 0)))
}

fn limited(cx: &mut Context, args: &mut [Value], least: usize) -> Answer {
    let ok = match least {
        0 => natural(cx, args, 0, "n").is_ok(),
        _ => positive(cx, args, 0, "n").is_ok(),
    };
    if ok {
        return Ok(Value::NULL);
    }
    let (function, name) = names(args);
    let expected = if least == 0 { "an Int that is not negative" } else { "an Int above zero" };
    Err(Fault::argument(function, name, expected, get(args, 0)))
}

/// What a comparing function gave must be a number.
fn order(_: &mut Context, args: &mut [Value]) -> Answer {
    let n = take(args, 0);
    if n.kind().is_number() {
        return Ok(n);
    }
    Err(Fault::new(
        "type-error",
        format!("the function given to `sort_with` must give a number, got {}", describe(&n)),
    )
    .help("`cmp(a, b)` gives -1, 0 or 1"))
}

/// A collection whose elements a function can select or `[*]` can reach.
fn selectable(_: &mut Context, args: &mut [Value]) -> Answer {
    let this = take(args, 0);
    match this.kind() {
        Kind::Vec => Ok(this),
        Kind::Set | Kind::Range | Kind::Seq | Kind::Str => Err(Fault::new(
            "type-error",
            format!("elements are selected in a Vec or Map, got {}", describe(&this)),
        )
        .help(".filter(f) selects from it, `.vec()` makes it a Vec")),
        _ => Err(Fault::new(
            "type-error",
            format!("elements are selected in a Vec or Map, got {}", describe(&this)),
        )),
    }
}

/// Whether a container has nothing, or null, at a key.
fn missing(_: &mut Context, args: &mut [Value]) -> Answer {
    let (this, key) = (get(args, 0), get(args, 1));
    let found = match (this.as_map(), this.as_vec(), key.as_int()) {
        (Some(map), _, _) => map.get(key),
        (_, Some(items), Some(i)) => place(i, items.len()).and_then(|at| items.get(at)),
        _ => None,
    };
    Ok(Value::bool(found.is_none_or(Value::is_null)))
}

fn all_keys(cx: &mut Context, args: &mut [Value]) -> Answer {
    let this = get(args, 0);
    if let Some(map) = this.as_map() {
        cx.charge(map.len())?;
        cx.reserve(map.len() as u64 * 16)?;
        return Ok(Value::vec(map.keys_vector()));
    }
    if let Some(items) = this.as_vec() {
        return Ok(Value::range(Range::new(0, items.len() as i64)));
    }
    selectable(cx, args)
}

/// The indices that a Range selects in a Vec.
fn span(cx: &mut Context, args: &mut [Value]) -> Answer {
    let len = get(args, 0).as_vec().map_or(0, |v| v.len());
    let Some(range) = get(args, 1).as_range() else { return Ok(Value::NULL) };
    let run = if get(args, 2).as_bool() == Some(true) {
        range.resolve_clamped(len)
    } else {
        match range.resolve(len) {
            Some(run) => run,
            None => return Err(outside(range, len)),
        }
    };
    let mut out = room(cx, run.len())?;
    out.extend(run.map(|i| Value::int(i as i64)));
    Ok(Value::from(out))
}

/// A Range of indices that is not within a length.
pub(crate) fn outside(range: Range, len: usize) -> Fault {
    let shown = Value::range(range);
    Fault::new("out-of-range", format!("the range {shown} is outside 0..{len}"))
        .label(format!("the length is {len}"))
}

/// The old collection where the new one is just like it: an update that changes nothing gives back the same version.
fn keep(cx: &mut Context, args: &mut [Value]) -> Answer {
    let (old, new) = (take(args, 0), take(args, 1));
    let same = match ((old.as_vec(), new.as_vec()), (old.as_map(), new.as_map())) {
        ((Some(a), Some(b)), _) if a.len() == b.len() => {
            cx.charge(a.len())?;
            a.iter().zip(b.iter()).all(|(x, y)| x.identical(y))
        }
        (_, (Some(a), Some(b))) if a.len() == b.len() => {
            cx.charge(a.len())?;
            a.values().zip(b.values()).all(|(x, y)| x.identical(y))
        }
        _ => false,
    };
    Ok(if same { old } else { new })
}
