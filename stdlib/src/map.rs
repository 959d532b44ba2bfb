//! The methods of Map.

use crate::argument::{
    Answer, elements, empty, get, given, missing_key, native, pair, script, take, unorderable,
    weight,
};
use crate::set::{bounds, contrary};
use tansy_runtime::buffer::Items;
use tansy_runtime::fault::Fault;
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::value::{Kind, Map, Value, Vector};

/// The tables of Map.
pub(crate) const TABLES: [Table; 1] = [Table {
    place: Place::Type(Kind::Map),
    doc: "Values by key, kept in the order of the keys. A function given to a method is called with the value when it has one parameter, with key and value when it has two.",
    script: Some(("map.tansy", include_str!("map.tansy"))),
    rows: ROWS,
}];

const ROWS: &[Row] = &[
    native(
        "len()",
        "How many entries there are. O(1).",
        "{a: 1, b: 2}.len() // → 2",
        |_, args| Ok(Value::int(this(args).map_or(0, Map::len) as i64)),
    ),
    native("is_empty()", "Whether there are none.", "{}.is_empty() // → true", |_, args| {
        Ok(Value::bool(this(args).is_none_or(Map::is_empty)))
    }),
    native(
        "keys()",
        "The keys in order, as a Vec.",
        "{b: 2, a: 1}.keys() // → [\"a\", \"b\"]",
        |cx, args| listed(cx, args, Map::keys_vector),
    ),
    native(
        "values()",
        "The values in the order of their keys, as a Vec.",
        "{b: 2, a: 1}.values() // → [1, 2]",
        |cx, args| listed(cx, args, Map::values_vector),
    ),
    native(
        "entries()",
        "The pairs `[key, value]` in order, as a Vec.",
        "{b: 2, a: 1}.entries() // → [[\"a\", 1], [\"b\", 2]]",
        entries,
    ),
    native("vec()", "The same as `entries()`.", "{a: 1}.vec() // → [[\"a\", 1]]", entries),
    native(
        "set()",
        "The pairs `[key, value]` as a Set.",
        "{a: 1}.set() // → #{[\"a\", 1]}",
        |cx, args| {
            let m = take(args, 0);
            crate::convert::to_set(cx, m)
        },
    ),
    native(
        "get(key, default = null)",
        "The value at `key`, or the default when there is none. `m[key]` is an error then.",
        "{a: 1}.get(\"a\") // → 1\n{a: 1}.get(\"b\") // → null\n{a: 1}.get(\"b\", 0) // → 0",
        |_, args| Ok(this(args).and_then(|m| m.get(get(args, 1))).unwrap_or(get(args, 2)).clone()),
    ),
    native(
        "contains(key)",
        "Whether there is such a key; also written `key in m`.",
        "{a: 1}.contains(\"a\") // → true",
        |_, args| Ok(Value::bool(this(args).is_some_and(|m| m.contains(get(args, 1))))),
    ),
    native(
        "key_of(value)",
        "The first key with this value, or null. O(n).",
        "{a: 1, b: 2}.key_of(2) // → \"b\"",
        key_of,
    ),
    native(
        "first(default = …)",
        "The entry `[key, value]` with the least key. Of an empty map the default, or an error if none is given.",
        "{b: 2, a: 1}.first() // → [\"a\", 1]",
        |cx, args| end(cx, args, Map::first),
    ),
    native(
        "last(default = …)",
        "The entry `[key, value]` with the greatest key. Of an empty map the default, or an error if none is given.",
        "{b: 2, a: 1}.last() // → [\"b\", 2]",
        |cx, args| end(cx, args, Map::last),
    ),
    native(
        "floor(key)",
        "The entry with the greatest key up to `key`, or null.",
        "{10 => \"x\", 20 => \"y\"}.floor(15) // → [10, \"x\"]",
        |_, args| Ok(entry(this(args).and_then(|m| m.floor(get(args, 1))))),
    ),
    native(
        "ceiling(key)",
        "The entry with the least key from `key` on, or null.",
        "{10 => \"x\", 20 => \"y\"}.ceiling(15) // → [20, \"y\"]",
        |_, args| Ok(entry(this(args).and_then(|m| m.ceiling(get(args, 1))))),
    ),
    native(
        "range(from, to = …)",
        "The entries whose keys are from `from` on and below `to`, as a Map; a Range may stand for both.",
        "{1 => \"a\", 5 => \"b\"}.range(2, 9) // → {5 => \"b\"}\n{1 => \"a\", 5 => \"b\"}.range(1..=5).len() // → 2\n{a: 1, b: 2}.range(\"b\") // → {b: 2}",
        range,
    ),
    native(
        "insert(key, value)",
        "With `value` at `key`.",
        "{a: 1}.insert(\"b\", 2) // → {a: 1, b: 2}\n{a: 1}.insert(\"a\", 9) // → {a: 9}",
        insert,
    ),
    native(
        "including(key, value)",
        "With `value` at `key`; the same as `insert`.",
        "{a: 1}.including(\"b\", 2) // → {a: 1, b: 2}",
        insert,
    ),
    native(
        "remove(key)",
        "Without `key`; an error when it is not there.",
        "{a: 1, b: 2}.remove(\"a\") // → {b: 2}",
        remove,
    ),
    native(
        "excluding(key)",
        "Without `key`; the same as `remove`.",
        "{a: 1, b: 2}.excluding(\"a\") // → {b: 2}",
        remove,
    ),
    native(
        "discard(key)",
        "Without `key`, if it is there. `m - #{k1, k2}` is without several.",
        "{a: 1}.discard(\"x\") // → {a: 1}",
        discard,
    ),
    script(
        "update(key, f, default = …)",
        "With `f(value)` in the place of the value at `key`; where the key is missing, `f(default)`, or an error if no default is given.",
        "{n: 1}.update(\"n\", |x| x + 1) // → {n: 2}\n{}.update(\"n\", |x| x + 1, default: 0) // → {n: 1}",
    ),
    native(
        "merge(...others)",
        "With the entries of the others, which win; also `|`.",
        "{a: 1, b: 1}.merge({b: 2}, {c: 3}) // → {a: 1, b: 2, c: 3}",
        merge,
    ),
    native(
        "union(...others)",
        "The same as `merge`.",
        "{a: 1}.union({b: 2}) // → {a: 1, b: 2}",
        merge,
    ),
    script(
        "merge_with(other, f)",
        "With the entries of `other`; where both have a key, `f(mine, theirs)`, or `f(key, mine, theirs)`, decides.",
        "{a: 1, b: 1}.merge_with({b: 2}, |x, y| x + y) // → {a: 1, b: 3}",
    ),
    native(
        "pick(keys)",
        "Only the entries with these keys, as far as they are there.",
        "{a: 1, b: 2, c: 3}.pick([\"a\", \"c\", \"x\"]) // → {a: 1, c: 3}",
        pick,
    ),
    native(
        "omit(keys)",
        "Without the entries with these keys.",
        "{a: 1, b: 2, c: 3}.omit([\"a\"]) // → {b: 2, c: 3}",
        omit,
    ),
    native(
        "invert()",
        "Keys and values exchanged; of equal values the last one stays.",
        "{a: 1, b: 2}.invert() // → {1 => \"a\", 2 => \"b\"}",
        invert,
    ),
    script(
        "map(f)",
        "The Map with `f(value)`, or `f(key, value)`, at each key.",
        "{a: 1, b: 2}.map(|v| v * 10) // → {a: 10, b: 20}\n{a: 1}.map(|k, v| f\"{k}{v}\") // → {a: \"a1\"}",
    ),
    script(
        "map_keys(f)",
        "The Map with `f(key)`, or `f(key, value)`, for each key; of equal ones the last stays.",
        "{a: 1}.map_keys(|k| k.upper()) // → {A: 1}",
    ),
    script(
        "filter(f)",
        "The entries for which `f` holds.",
        "{a: 1, b: 2}.filter(|v| v > 1) // → {b: 2}\n{a: 1, b: 2}.filter(|k, v| k == \"a\") // → {a: 1}",
    ),
    script(
        "reject(f)",
        "The entries for which `f` does not hold.",
        "{a: 1, b: 2}.reject(|v| v > 1) // → {a: 1}",
    ),
    script(
        "filter_map(f)",
        "The Map with `f(value)`, or `f(key, value)`, at each key where that is not null.",
        "{a: 1, b: null}.filter_map(|v| v) // → {a: 1}",
    ),
    script(
        "flat_map(f)",
        "The Vec of the elements of what `f` gives for each entry.",
        "{a: 2, b: 1}.flat_map(|k, n| [k] * n) // → [\"a\", \"a\", \"b\"]",
    ),
    script(
        "fold(init, f)",
        "Combines the entries in order: `f(acc, value)`, or `f(acc, key, value)`.",
        "{a: 1, b: 2}.fold(0, |acc, v| acc + v) // → 3\n{a: 1, b: 2}.fold(\"\", |acc, k, v| acc + k * v) // → \"abb\"",
    ),
    script(
        "any(f)",
        "Whether `f` holds for at least one entry.",
        "{a: 1, b: 2}.any(|v| v > 1) // → true",
    ),
    script(
        "all(f)",
        "Whether `f` holds for every entry.",
        "{a: 1, b: 2}.all(|v| v > 1) // → false",
    ),
    script("none(f)", "Whether `f` holds for no entry.", "{a: 1, b: 2}.none(|v| v > 5) // → true"),
    script(
        "find(f, default = null)",
        "The first entry `[key, value]` for which `f` holds, or the default.",
        "{a: 1, b: 2}.find(|v| v > 1) // → [\"b\", 2]",
    ),
    script("count(f)", "For how many entries `f` holds.", "{a: 1, b: 2}.count(|v| v > 1) // → 1"),
    script(
        "sum_by(f)",
        "The sum of `f(value)`, or `f(key, value)`, over the entries.",
        "{a: 1, b: 2}.sum_by(|v| v * 10) // → 30",
    ),
    script(
        "min_by(f, default = …)",
        "The entry `[key, value]` with the least `f(value)`, or `f(key, value)`. Of an empty map the default, or an error if none is given.",
        "{a: 3, b: 2}.min_by(|v| v) // → [\"b\", 2]",
    ),
    script(
        "max_by(f, default = …)",
        "The entry `[key, value]` with the greatest `f(value)`, or `f(key, value)`. Of an empty map the default, or an error if none is given.",
        "{a: 3, b: 2}.max_by(|v| v) // → [\"a\", 3]",
    ),
    script(
        "sort_by(f, descending = false)",
        "The entries `[key, value]` as a Vec in the order of `f(value)`, or `f(key, value)`. Stable.",
        "{a: 3, b: 2}.sort_by(|v| v) // → [[\"b\", 2], [\"a\", 3]]",
    ),
    script(
        "group_by(f)",
        "A Map from each `f(value)`, or `f(key, value)`, to the Map of the entries that gave it.",
        "{a: 1, b: 2, c: 1}.group_by(|v| v) // → {1 => {a: 1, c: 1}, 2 => {b: 2}}",
    ),
    script(
        "partition(f)",
        "Two Maps: the entries for which `f` holds, and the others.",
        "{a: 1, b: 2}.partition(|v| v > 1) // → [{b: 2}, {a: 1}]",
    ),
    script("lazy()", "The pairs `[key, value]` as a Seq.", "{a: 1}.lazy().vec() // → [[\"a\", 1]]"),
];

fn this(args: &[Value]) -> Option<&Map> {
    args.first().and_then(Value::as_map)
}

fn listed(cx: &mut Context, args: &mut [Value], list: fn(&Map) -> Vector) -> Answer {
    let len = this(args).map_or(0, Map::len);
    cx.charge(len)?;
    cx.reserve(len as u64 * 16)?;
    Ok(Value::vec(this(args).map(list).unwrap_or_default()))
}

fn entry(found: Option<(&Value, &Value)>) -> Value {
    found.map_or(Value::NULL, |(k, v)| pair(k.clone(), v.clone()))
}

fn entries(cx: &mut Context, args: &mut [Value]) -> Answer {
    let this = take(args, 0);
    Ok(Value::vec(elements(cx, &this, "this")?))
}

fn key_of(cx: &mut Context, args: &mut [Value]) -> Answer {
    cx.charge(this(args).map_or(0, Map::len).saturating_mul(weight(get(args, 1))))?;
    let wanted = get(args, 1);
    let found = this(args).and_then(|m| m.iter().find(|(_, v)| *v == wanted));
    Ok(found.map_or(Value::NULL, |(k, _)| k.clone()))
}

fn end(cx: &mut Context, args: &[Value], which: fn(&Map) -> Option<(&Value, &Value)>) -> Answer {
    match (this(args).and_then(which), given(args, 1)) {
        (Some((k, v)), _) => Ok(pair(k.clone(), v.clone())),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(empty(cx.name(), get(args, 0))),
    }
}

fn range(cx: &mut Context, args: &mut [Value]) -> Answer {
    let (low, high) = bounds(args);
    let mut out = Items::new();
    if let Some(map) = this(args).filter(|_| !contrary(&low, &high)) {
        for (k, v) in map.range(low.as_ref(), high.as_ref()) {
            cx.charge(1)?;
            out.push((k.clone(), v.clone()))?;
        }
    }
    from_entries(cx, out.into_vec())
}

/// A Map of entries, the last of equal keys winning.
pub(crate) fn from_entries(cx: &mut Context, entries: Vec<(Value, Value)>) -> Answer {
    cx.charge(entries.len().saturating_mul(2))?;
    match Map::from_entries(entries) {
        Ok(map) => Ok(Value::map(map)),
        Err(e) => Err(no_key(cx, e)),
    }
}

fn no_key(cx: &Context, why: tansy_runtime::value::Unorderable) -> Fault {
    Fault::new("type-error", format!("`{}` met a key that cannot be one: {why}", cx.name()))
}

fn insert(cx: &mut Context, args: &mut [Value]) -> Answer {
    let (mut this, key, value) = (take(args, 0), take(args, 1), take(args, 2));
    cx.charge(1)?;
    if let Some(map) = this.as_map_mut() {
        let shown = if key.is_heap() { key.clone() } else { Value::NULL };
        map.insert(key, value).map_err(|e| unorderable(cx, &shown, e))?;
    }
    Ok(this)
}

fn remove(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut this = take(args, 0);
    cx.charge(1)?;
    if let Some(map) = this.as_map_mut() {
        if !map.contains(get(args, 1)) {
            return Err(missing_key(map, get(args, 1)).help("`discard` does not mind"));
        }
        map.remove(get(args, 1));
    }
    Ok(this)
}

fn discard(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut this = take(args, 0);
    cx.charge(1)?;
    if let Some(map) = this.as_map_mut().filter(|m| m.contains(get(args, 1))) {
        map.remove(get(args, 1));
    }
    Ok(this)
}

fn merge(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut this = take(args, 0);
    for at in 1..args.len() {
        let other = crate::argument::map(cx, args, at, "others")?.clone();
        args[at] = Value::NULL;
        if let Some(map) = this.as_map_mut() {
            cx.charge(map.len().min(other.len()).saturating_mul(2))?;
            map.union(other);
        }
    }
    Ok(this)
}

fn pick(cx: &mut Context, args: &mut [Value]) -> Answer {
    let keys = take(args, 1);
    let keys = elements(cx, &keys, "keys")?;
    let mut out = Items::new();
    if let Some(map) = this(args) {
        for (k, v) in keys.iter().filter_map(|k| map.get_entry(k)) {
            cx.charge(1)?;
            out.push((k.clone(), v.clone()))?;
        }
    }
    from_entries(cx, out.into_vec())
}

fn omit(cx: &mut Context, args: &mut [Value]) -> Answer {
    let keys = take(args, 1);
    let keys = elements(cx, &keys, "keys")?;
    cx.charge(keys.len().saturating_mul(2))?;
    let mut this = take(args, 0);
    if let Some(map) = this.as_map_mut() {
        map.difference(keys.iter());
    }
    Ok(this)
}

fn invert(cx: &mut Context, args: &mut [Value]) -> Answer {
    let len = this(args).map_or(0, Map::len);
    cx.charge(len)?;
    cx.reserve(len as u64 * 32)?;
    let mut turned = Vec::with_capacity(len);
    turned
        .extend(this(args).into_iter().flat_map(|m| m.iter().map(|(k, v)| (v.clone(), k.clone()))));
    from_entries(cx, turned)
}
