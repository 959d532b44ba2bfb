//! The methods of Set.

use crate::argument::{
    Answer, empty, get, given, missing_element, native, script, take, unorderable,
};
use crate::convert::to_set;
use crate::total;
use std::ops::Bound;
use tansy_runtime::buffer::Items;
use tansy_runtime::fault::Fault;
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::value::{Kind, Set, Value};

const DOC: &str = "Distinct values, kept in the order of `cmp`.";

/// The tables of Set.
pub(crate) const TABLES: [Table; 4] = [
    Table {
        place: Place::Type(Kind::Set),
        doc: DOC,
        script: Some(("set.tansy", include_str!("set.tansy"))),
        rows: ROWS,
    },
    Table { place: Place::Type(Kind::Set), doc: DOC, script: Some(crate::WALK), rows: total::WALK },
    Table { place: Place::Type(Kind::Set), doc: DOC, script: None, rows: total::ROWS },
    Table { place: Place::Type(Kind::Set), doc: DOC, script: None, rows: total::TO_SET },
];

const ROWS: &[Row] = &[
    native(
        "len()",
        "How many elements there are. O(1).",
        "#{1, 2, 2}.len() // → 2",
        |_, args| Ok(Value::int(this(args).map_or(0, Set::len) as i64)),
    ),
    native("is_empty()", "Whether there are none.", "#{}.is_empty() // → true", |_, args| {
        Ok(Value::bool(this(args).is_none_or(Set::is_empty)))
    }),
    native(
        "contains(x)",
        "Whether `x` is in the set; also written `x in s`.",
        "#{1, 2}.contains(2) // → true",
        |_, args| Ok(Value::bool(this(args).is_some_and(|s| s.contains(get(args, 1))))),
    ),
    native(
        "first(default = …)",
        "The least element. Of an empty set the default, or an error if none is given.",
        "#{3, 1}.first() // → 1",
        |cx, args| one(cx, args, 1, Set::first),
    ),
    native(
        "last(default = …)",
        "The greatest element. Of an empty set the default, or an error if none is given.",
        "#{3, 1}.last() // → 3",
        |cx, args| one(cx, args, 1, Set::last),
    ),
    native(
        "floor(x)",
        "The greatest element up to `x`, or null.",
        "#{10, 20}.floor(15) // → 10",
        |_, args| Ok(found(this(args).and_then(|s| s.floor(get(args, 1))))),
    ),
    native(
        "ceiling(x)",
        "The least element from `x` on, or null.",
        "#{10, 20}.ceiling(15) // → 20\n#{10}.ceiling(15) // → null",
        |_, args| Ok(found(this(args).and_then(|s| s.ceiling(get(args, 1))))),
    ),
    native(
        "range(from, to = …)",
        "The elements from `from` on and below `to`; a Range may stand for both.",
        "#{1, 5, 9}.range(2, 9) // → #{5}\n#{1, 5, 9}.range(2..=9) // → #{5, 9}\n#{\"a\", \"b\"}.range(\"b\") // → #{\"b\"}",
        range,
    ),
    native("add(x)", "With `x`.", "#{1}.add(2) // → #{1, 2}", add),
    native("insert(x)", "With `x`; the same as `add`.", "#{1}.insert(2) // → #{1, 2}", add),
    native(
        "remove(x)",
        "Without `x`; an error when it is not there.",
        "#{1, 2}.remove(1) // → #{2}",
        remove,
    ),
    native(
        "discard(x)",
        "Without `x`, if it is there.",
        "#{1, 2}.discard(7) // → #{1, 2}",
        discard,
    ),
    native(
        "union(...others)",
        "With the elements of the others, which may be any collections; also `|`.",
        "#{1}.union([2, 3], #{1}) // → #{1, 2, 3}",
        |cx, args| combine(cx, args, |a, b| a.union(b)),
    ),
    native(
        "intersection(...others)",
        "The elements that are in every one of the others too; also `&`.",
        "#{1, 2, 3}.intersection([2, 3, 4]) // → #{2, 3}",
        |cx, args| combine(cx, args, |a, b| a.intersection(&b)),
    ),
    native(
        "difference(...others)",
        "Without the elements of the others; also `-`.",
        "#{1, 2, 3}.difference([2]) // → #{1, 3}",
        |cx, args| combine(cx, args, |a, b| a.difference(&b)),
    ),
    native(
        "symmetric_difference(other)",
        "The elements that are in exactly one of both.",
        "#{1, 2}.symmetric_difference(#{2, 3}) // → #{1, 3}",
        |cx, args| combine(cx, args, |a, b| a.symmetric_difference(&b)),
    ),
    native(
        "is_subset(other)",
        "Whether every element is in the other.",
        "#{1}.is_subset(#{1, 2}) // → true",
        |cx, args| compare(cx, args, Set::is_subset),
    ),
    native(
        "is_superset(other)",
        "Whether every element of the other is here.",
        "#{1, 2}.is_superset([1]) // → true",
        |cx, args| compare(cx, args, |a, b| b.is_subset(a)),
    ),
    native(
        "is_disjoint(other)",
        "Whether both have no element in common.",
        "#{1}.is_disjoint(#{2}) // → true",
        |cx, args| compare(cx, args, Set::is_disjoint),
    ),
    script(
        "map(f)",
        "The Set of `f(x)` for each element.",
        "#{1, -1, 2}.map(|x| x.abs()) // → #{1, 2}",
    ),
    script(
        "filter(f)",
        "The elements for which `f` holds.",
        "#{1, 2, 3}.filter(|x| x > 1) // → #{2, 3}",
    ),
    script(
        "reject(f)",
        "The elements for which `f` does not hold.",
        "#{1, 2, 3}.reject(|x| x > 1) // → #{1}",
    ),
    script(
        "flat_map(f)",
        "The Set of the elements of all `f(x)`.",
        "#{1, 2}.flat_map(|x| [x, x * 10]) // → #{1, 2, 10, 20}",
    ),
    script("lazy()", "The elements as a Seq.", "#{2, 1}.lazy().map(|x| x * 2).vec() // → [2, 4]"),
];

fn this(args: &[Value]) -> Option<&Set> {
    args.first().and_then(Value::as_set)
}

fn found(value: Option<&Value>) -> Value {
    value.cloned().unwrap_or(Value::NULL)
}

fn one(
    cx: &mut Context,
    args: &[Value],
    default: usize,
    which: fn(&Set) -> Option<&Value>,
) -> Answer {
    match this(args).and_then(which).or(given(args, default)) {
        Some(x) => Ok(x.clone()),
        None => Err(empty(cx.name(), get(args, 0))),
    }
}

/// The bounds that `range(from, to)` or `range(a..b)` means.
pub(crate) fn bounds(args: &[Value]) -> (Bound<Value>, Bound<Value>) {
    match (get(args, 1).as_range(), given(args, 2)) {
        (Some(range), None) => {
            let end = match range.end {
                None => Bound::Unbounded,
                Some(end) if range.inclusive => Bound::Included(Value::int(end)),
                Some(end) => Bound::Excluded(Value::int(end)),
            };
            (Bound::Included(Value::int(range.start)), end)
        }
        (_, to) => {
            let end = to.map_or(Bound::Unbounded, |to| Bound::Excluded(to.clone()));
            (Bound::Included(get(args, 1).clone()), end)
        }
    }
}

/// Whether nothing can lie between: such bounds must not reach an ordered tree.
pub(crate) fn contrary(low: &Bound<Value>, high: &Bound<Value>) -> bool {
    match (low, high) {
        (Bound::Included(a), Bound::Included(b)) => !matches!(a.compare(b), Ok(o) if o.is_le()),
        (Bound::Included(a), Bound::Excluded(b)) => !matches!(a.compare(b), Ok(o) if o.is_lt()),
        _ => false,
    }
}

fn range(cx: &mut Context, args: &mut [Value]) -> Answer {
    let (low, high) = bounds(args);
    let mut out = Items::new();
    if let Some(set) = this(args).filter(|_| !contrary(&low, &high)) {
        for x in set.range(low.as_ref(), high.as_ref()) {
            cx.charge(1)?;
            out.push(x.clone())?;
        }
    }
    to_set(cx, Value::from(out))
}

fn add(cx: &mut Context, args: &mut [Value]) -> Answer {
    let (mut this, x) = (take(args, 0), take(args, 1));
    cx.charge(1)?;
    if let Some(set) = this.as_set_mut() {
        let shown = if x.is_heap() { x.clone() } else { Value::NULL };
        set.insert(x).map_err(|e| unorderable(cx, &shown, e))?;
    }
    Ok(this)
}

fn remove(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut this = take(args, 0);
    cx.charge(1)?;
    if let Some(set) = this.as_set_mut() {
        if !set.contains(get(args, 1)) {
            return Err(missing_element(set, get(args, 1)).help("`discard` does not mind"));
        }
        set.remove(get(args, 1));
    }
    Ok(this)
}

fn discard(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut this = take(args, 0);
    cx.charge(1)?;
    if let Some(set) = this.as_set_mut().filter(|s| s.contains(get(args, 1))) {
        set.remove(get(args, 1));
    }
    Ok(this)
}

/// An argument as a Set.
fn other(cx: &mut Context, args: &mut [Value], at: usize) -> Result<Set, Fault> {
    let value = match take(args, at) {
        v if v.kind() == Kind::Set => v,
        v => to_set(cx, v)?,
    };
    let set = value.as_set().cloned().unwrap_or_default();
    cx.charge(set.len())?;
    Ok(set)
}

fn combine(cx: &mut Context, args: &mut [Value], with: fn(&mut Set, Set)) -> Answer {
    let mut this = take(args, 0);
    cx.charge(this.as_set().map_or(0, Set::len))?;
    for at in 1..args.len() {
        let other = other(cx, args, at)?;
        if let Some(set) = this.as_set_mut() {
            with(set, other);
        }
    }
    Ok(this)
}

fn compare(cx: &mut Context, args: &mut [Value], test: fn(&Set, &Set) -> bool) -> Answer {
    let other = other(cx, args, 1)?;
    cx.charge(this(args).map_or(0, Set::len))?;
    Ok(Value::bool(this(args).is_some_and(|s| test(s, &other))))
}
