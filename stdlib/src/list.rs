//! What Vec and Range have in common with a Vec as the result. The natives take the elements of a Range first.

use crate::argument::{
    Answer, PAIR, bound, elements, empty, flag, get, given, hidden, int, native, pair, positive,
    room, script, take, unorderable, vector_bytes,
};
use std::cmp::Ordering;
use tansy_runtime::buffer::Items;
use tansy_runtime::fault::Fault;
use tansy_runtime::native::{Context, Row};
use tansy_runtime::value::{Kind, Set, Value, Vector};

/// For Vec and Range.
pub(crate) const ROWS: &[Row] = &[
    script(
        "map(f)",
        "A Vec of `f(x)` for each element.",
        "[1, 2, 3].map(|x| x * 10) // → [10, 20, 30]\n(1..4).map(|x| x ** 2) // → [1, 4, 9]",
    ),
    script(
        "filter(f)",
        "The elements for which `f` holds.",
        "[1, 2, 3, 4].filter(|x| x % 2 == 0) // → [2, 4]",
    ),
    script(
        "reject(f)",
        "The elements for which `f` does not hold.",
        "[1, 2, 3, 4].reject(|x| x % 2 == 0) // → [1, 3]",
    ),
    script(
        "filter_map(f)",
        "`f(x)` for each element where that is not null.",
        "[\"1\", \"x\", \"3\"].filter_map(|s| if s.is_digit() { int(s) } else { null }) // → [1, 3]",
    ),
    script(
        "flat_map(f)",
        "The elements of all `f(x)`, one after the other.",
        "[1, 2].flat_map(|x| [x, x * 10]) // → [1, 10, 2, 20]",
    ),
    script(
        "scan(init, f)",
        "As `fold`, with every intermediate result.",
        "[1, 2, 3].scan(0, |acc, x| acc + x) // → [1, 3, 6]",
    ),
    script(
        "take_while(f)",
        "The elements before the first one for which `f` does not hold.",
        "[1, 2, 9, 1].take_while(|x| x < 5) // → [1, 2]",
    ),
    script(
        "skip_while(f)",
        "The elements from the first one on for which `f` does not hold.",
        "[1, 2, 9, 1].skip_while(|x| x < 5) // → [9, 1]",
    ),
    script(
        "find_index(f)",
        "The index of the first element for which `f` holds, or null.",
        "[5, 8, 9].find_index(|x| x > 6) // → 1",
    ),
    script(
        "find_last(f, default = null)",
        "The last element for which `f` holds, or the default.",
        "[5, 8, 9, 2].find_last(|x| x > 6) // → 9",
    ),
    native(
        "take(n)",
        "The first `n` elements, or all if there are fewer; with a negative `n` the last ones.",
        "[1, 2, 3].take(2) // → [1, 2]\n[1, 2, 3].take(-2) // → [2, 3]\n[1].take(5) // → [1]",
        take_n,
    ),
    native(
        "skip(n)",
        "All but the first `n` elements; with a negative `n` all but the last ones.",
        "[1, 2, 3].skip(1) // → [2, 3]\n[1, 2, 3].skip(-1) // → [1, 2]",
        skip,
    ),
    native(
        "step_by(n)",
        "Every `n`-th element, beginning with the first.",
        "[1, 2, 3, 4, 5].step_by(2) // → [1, 3, 5]\n(0..=30).step_by(10) // → [0, 10, 20, 30]",
        step_by,
    ),
    native(
        "reverse()",
        "The elements in the opposite order.",
        "[1, 2, 3].reverse() // → [3, 2, 1]\n(0..3).reverse() // → [2, 1, 0]",
        reverse,
    ),
    native(
        "enumerate(start = 0)",
        "Pairs `[i, x]` of a number, counted from `start`, and an element.",
        "[\"a\", \"b\"].enumerate() // → [[0, \"a\"], [1, \"b\"]]\n[\"a\"].enumerate(1) // → [[1, \"a\"]]",
        enumerate,
    ),
    native(
        "zip(...others)",
        "Vecs of the elements that stand at the same index in all of them, as many as the shortest has.",
        "[1, 2, 3].zip([\"a\", \"b\"]) // → [[1, \"a\"], [2, \"b\"]]\n[1].zip([2], [3]) // → [[1, 2, 3]]",
        zip,
    ),
    native(
        "chunks(n)",
        "The elements in Vecs of `n`; the last one may be shorter.",
        "[1, 2, 3, 4, 5].chunks(2) // → [[1, 2], [3, 4], [5]]",
        chunks,
    ),
    native(
        "windows(n)",
        "All runs of `n` neighbours.",
        "[1, 2, 3].windows(2) // → [[1, 2], [2, 3]]\n[1].windows(2) // → []",
        windows,
    ),
    native(
        "sort(descending = false)",
        "The elements in the order of `cmp`. Stable; O(n log n).",
        "[3, 1, 2].sort() // → [1, 2, 3]\n[\"b\", \"a\"].sort(descending: true) // → [\"b\", \"a\"]",
        sort,
    ),
    script(
        "sort_by(f, descending = false)",
        "The elements in the order of `f(x)`, which is called once for each. Stable.",
        "[\"pear\", \"fig\"].sort_by(|s| s.len()) // → [\"fig\", \"pear\"]\n[{n: 1}, {n: 2}].sort_by(.n, descending: true) // → [{n: 2}, {n: 1}]",
    ),
    script(
        "sort_with(f)",
        "The elements in the order that `f(a, b)` says: a number below zero when `a` comes first, above zero when `b` does, else 0. Stable.",
        "[1, 2, 3].sort_with(|a, b| cmp(b, a)) // → [3, 2, 1]",
    ),
    native(
        "unique()",
        "The elements without those that occurred before.",
        "[3, 1, 3, 2, 1].unique() // → [3, 1, 2]",
        unique,
    ),
    script(
        "unique_by(f)",
        "The elements without those whose `f(x)` occurred before.",
        "[1, 12, 5, 30].unique_by(|n| n >= 10) // → [1, 12]",
    ),
    native(
        "dedup()",
        "The elements without those that equal the one right before.",
        "[1, 1, 2, 1].dedup() // → [1, 2, 1]",
        dedup,
    ),
    script(
        "dedup_by(f)",
        "The elements without those whose `f(x)` equals that of the one right before.",
        "[1, 3, 4, 5].dedup_by(|n| n % 2) // → [1, 4, 5]",
    ),
    script(
        "chunk_by(f)",
        "The elements in Vecs of neighbours with the same `f(x)`.",
        "[1, 3, 4, 5].chunk_by(|n| n % 2) // → [[1, 3], [4], [5]]",
    ),
];

/// For the Tansy half.
pub(crate) const HIDDEN: &[Row] = &[
    hidden("__sort_by_keys(xs, keys, descending)", sort_by_keys),
    hidden("__group(groups, key, x)", group),
    hidden("__group_entry(groups, group, key, value)", group_entry),
    hidden("__tally(counts, key)", tally),
    hidden("__empty(xs, name)", |_, args| {
        Err(empty(get(args, 1).as_str().unwrap_or(""), get(args, 0)))
    }),
    hidden("__absent()", |_, _| Ok(Value::NULL)),
];

/// The receiver's elements.
fn this(cx: &mut Context, args: &mut [Value]) -> Result<Vector, Fault> {
    let value = take(args, 0);
    elements(cx, &value, "this")
}

/// The receiver's elements, moved where nobody else holds them.
fn owned(cx: &mut Context, args: &mut [Value]) -> Result<Items<Value>, Fault> {
    let items = this(cx, args)?;
    if items.is_shared() || items.as_slice().is_none() {
        cx.charge(items.len())?;
        cx.reserve(items.len() as u64 * 16)?;
    }
    Ok(Items::from_vec(items.into_vec()))
}

fn take_n(cx: &mut Context, args: &mut [Value]) -> Answer {
    let n = int(cx, args, 1, "n")?;
    // An open range has a beginning all the same.
    if let Some(range) = get(args, 0).as_range().filter(|_| n >= 0) {
        let len = range.len().unwrap_or(u128::MAX).min(n as u128);
        let mut out = room(cx, len as usize)?;
        out.extend((0..len as i64).map_while(|i| range.start.checked_add(i)).map(Value::int));
        return Ok(Value::from(out));
    }
    let mut items = this(cx, args)?;
    let len = items.len();
    if n >= 0 {
        items.keep(0..bound(n, len));
    } else {
        items.keep(bound(n, len)..len);
    }
    Ok(Value::vec(items))
}

fn skip(cx: &mut Context, args: &mut [Value]) -> Answer {
    let n = int(cx, args, 1, "n")?;
    let mut items = this(cx, args)?;
    let len = items.len();
    if n >= 0 {
        items.keep(bound(n, len)..len);
    } else {
        items.keep(0..bound(n, len));
    }
    Ok(Value::vec(items))
}

fn step_by(cx: &mut Context, args: &mut [Value]) -> Answer {
    let n = positive(cx, args, 1, "n")?;
    if let Some(range) = get(args, 0).as_range() {
        let Some(len) = range.len() else { return Err(crate::argument::endless(cx, get(args, 0))) };
        let count = len.div_ceil(n as u128);
        let mut out = room(cx, usize::try_from(count).unwrap_or(usize::MAX))?;
        out.extend((0..count).map(|i| {
            // Below the length, so within the range.
            Value::int((i128::from(range.start) + (i * n as u128) as i128) as i64)
        }));
        return Ok(Value::from(out));
    }
    let items = this(cx, args)?;
    let mut out = room(cx, items.len().div_ceil(n))?;
    cx.charge(items.len())?;
    out.extend(items.iter().step_by(n).cloned());
    Ok(Value::from(out))
}

fn reverse(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut items = owned(cx, args)?;
    cx.charge(items.as_mut_slice().len() / 4)?;
    items.as_mut_slice().reverse();
    Ok(Value::from(items))
}

fn enumerate(cx: &mut Context, args: &mut [Value]) -> Answer {
    let start = match given(args, 1) {
        Some(_) => int(cx, args, 1, "start")?,
        None => 0,
    };
    let mut items = owned(cx, args)?;
    cx.reserve(items.as_mut_slice().len() as u64 * (PAIR - size_of::<Value>() as u64))?;
    for (i, x) in items.as_mut_slice().iter_mut().enumerate() {
        cx.charge(1)?;
        let n = i128::from(start) + i as i128;
        *x = pair(Value::big(n.into()), x.take());
    }
    Ok(Value::from(items))
}

fn zip(cx: &mut Context, args: &mut [Value]) -> Answer {
    // An open range is as long as the others need it.
    let shortest = args.iter().filter_map(crate::total::length).min();
    let mut all = Vec::with_capacity(args.len());
    for value in args.iter() {
        all.push(match (value.as_range(), shortest) {
            (Some(range), Some(len)) if range.end.is_none() => {
                let len = usize::try_from(len).unwrap_or(usize::MAX);
                let mut out = room(cx, len)?;
                out.extend(
                    (0..len as i64).map_while(|i| range.start.checked_add(i)).map(Value::int),
                );
                Vector::from(out)
            }
            _ => elements(cx, value, "others")?,
        });
    }
    let len = all.iter().map(Vector::len).min().unwrap_or(0);
    let row = 16 + vector_bytes(all.len());
    cx.reserve((len as u64).saturating_mul(row))?;
    let mut iters: Vec<_> = all.iter().map(Vector::iter).collect();
    let mut out = Items::from_vec(Vec::with_capacity(len));
    for _ in 0..len {
        cx.charge(all.len())?;
        let mut row = Vec::with_capacity(all.len());
        row.extend(iters.iter_mut().filter_map(Iterator::next).cloned());
        out.push(Value::from(row))?;
    }
    Ok(Value::from(out))
}

fn chunks(cx: &mut Context, args: &mut [Value]) -> Answer {
    let n = positive(cx, args, 1, "n")?;
    let items = this(cx, args)?;
    let len = items.len();
    let mut out = Items::from_vec(room(cx, len.div_ceil(n))?);
    for at in (0..len).step_by(n) {
        cx.charge(n.min(len) + 1)?;
        out.push(Value::vec(items.slice(at..at.saturating_add(n))))?;
    }
    Ok(Value::from(out))
}

fn windows(cx: &mut Context, args: &mut [Value]) -> Answer {
    let n = positive(cx, args, 1, "n")?;
    let items = this(cx, args)?;
    let count = (items.len() + 1).saturating_sub(n);
    let mut out = Items::from_vec(room(cx, count)?);
    for at in 0..count {
        // Big windows share their elements; small ones are copied.
        cx.charge(n.min(64))?;
        out.push(Value::vec(items.slice(at..at + n)))?;
    }
    Ok(Value::from(out))
}

/// A stable sort, charged by n log n, that reports the first pair without an order.
fn sort_items<T>(
    cx: &mut Context,
    items: &mut Vec<T>,
    descending: bool,
    key: impl Fn(&T) -> &Value,
) -> Result<(), Fault> {
    let steps = items.len().saturating_mul(items.len().max(2).ilog2() as usize);
    cx.charge(steps / 4)?;
    // An element with a function in it has no order; found before, the sort itself cannot fail.
    for item in items.iter() {
        let value = key(item);
        if value.is_heap() {
            value.compare(value).map_err(|e| unorderable(cx, value, e))?;
        }
    }
    let order = |a: &T, b: &T| {
        let order = key(a).compare(key(b)).unwrap_or(Ordering::Equal);
        if descending { order.reverse() } else { order }
    };
    cx.sort_by(items, &key, order)
}

fn sort(cx: &mut Context, args: &mut [Value]) -> Answer {
    let by_function = args.get(1).is_some_and(|v| v.kind() == Kind::Fn);
    let descending = flag(cx, args, 1, "descending").map_err(|fault| match by_function {
        true => {
            fault.help("by a key, sort with `sort_by(f)`; by comparing two, with `sort_with(f)`")
        }
        false => fault,
    })?;
    let mut items = owned(cx, args)?;
    sort_items(cx, items.as_mut_vec(), descending, |v| v)?;
    Ok(Value::from(items))
}

fn sort_by_keys(cx: &mut Context, args: &mut [Value]) -> Answer {
    let descending = flag(cx, args, 2, "descending")?;
    let keys = take(args, 1);
    let keys = elements(cx, &keys, "keys")?;
    let items = owned(cx, args)?;
    cx.reserve(keys.len() as u64 * 32)?;
    let mut pairs = Items::from_vec(Vec::with_capacity(keys.len()));
    pairs.as_mut_vec().extend(keys.into_vec().into_iter().zip(items.into_vec()));
    sort_items(cx, pairs.as_mut_vec(), descending, |(k, _)| k)?;
    let mut out = room(cx, pairs.as_mut_slice().len())?;
    out.extend(pairs.into_vec().into_iter().map(|(_, v)| v));
    Ok(Value::from(out))
}

fn unique(cx: &mut Context, args: &mut [Value]) -> Answer {
    let items = owned(cx, args)?;
    let mut seen = Set::new();
    let mut items = items;
    let mut wrong = None;
    // In place: what stays is never more than what was there.
    items.as_mut_vec().retain(|item| {
        wrong.is_none()
            && match cx.charge(4) {
                Ok(()) => seen.insert(item.clone()).unwrap_or_else(|e| {
                    wrong = Some(unorderable(cx, item, e));
                    false
                }),
                Err(limit) => {
                    wrong = Some(limit);
                    false
                }
            }
    });
    match wrong {
        Some(fault) => Err(fault),
        None => Ok(Value::from(items)),
    }
}

fn dedup(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut items = owned(cx, args)?;
    cx.charge(items.as_mut_slice().len())?;
    items.as_mut_vec().dedup();
    Ok(Value::from(items))
}

/// `groups` with `x` appended to the Vec under `key`, in place.
fn group(cx: &mut Context, args: &mut [Value]) -> Answer {
    let (mut groups, key, x) = (take(args, 0), take(args, 1), take(args, 2));
    if let Some(map) = groups.as_map_mut() {
        match map.get_mut(&key) {
            Some(group) => group.as_vec_mut().into_iter().for_each(|v| v.push(x.clone())),
            None => {
                let shown = key.clone();
                map.insert(key, Value::vec([x])).map_err(|e| unorderable(cx, &shown, e))?;
            }
        }
    }
    Ok(groups)
}

/// `groups` with the entry added to the Map under `group`, in place.
fn group_entry(cx: &mut Context, args: &mut [Value]) -> Answer {
    let (mut groups, group) = (take(args, 0), take(args, 1));
    let (key, value) = (take(args, 2), take(args, 3));
    if let Some(map) = groups.as_map_mut() {
        if !map.contains(&group) {
            let shown = group.clone();
            let empty = Value::map(tansy_runtime::value::Map::new());
            map.insert(group.clone(), empty).map_err(|e| unorderable(cx, &shown, e))?;
        }
        if let Some(entries) = map.get_mut(&group).and_then(Value::as_map_mut) {
            let shown = key.clone();
            entries.insert(key, value).map_err(|e| unorderable(cx, &shown, e))?;
        }
    }
    Ok(groups)
}

/// `counts` with one more under `key`, in place.
fn tally(cx: &mut Context, args: &mut [Value]) -> Answer {
    let (mut counts, key) = (take(args, 0), take(args, 1));
    if let Some(map) = counts.as_map_mut() {
        match map.get_mut(&key) {
            Some(n) => *n = Value::int(n.as_int().unwrap_or(0) + 1),
            None => {
                let shown = key.clone();
                map.insert(key, Value::int(1)).map_err(|e| unorderable(cx, &shown, e))?;
            }
        }
    }
    Ok(counts)
}
