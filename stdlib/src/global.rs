//! The free functions.

use crate::argument::{
    Answer, elements, empty, get, native, place, script, take, unorderable, vector,
};
use crate::{any, convert, total, version};
use std::cmp::Ordering;
use tansy_runtime::buffer::Text;
use tansy_runtime::fault::Fault;
use tansy_runtime::native::{Body, Context, Place, Row, Table};
use tansy_runtime::value::{Kind, Value};

/// The Tansy half.
pub(crate) const SCRIPT: (&str, &str) = ("global.tansy", include_str!("global.tansy"));

/// The table of free functions.
pub(crate) const TABLES: [Table; 1] = [Table {
    place: Place::Global,
    doc: "Functions in scope by name.",
    script: Some(SCRIPT),
    rows: ROWS,
}];

const ROWS: &[Row] = &[
    Row {
        signature: "print(...values)",
        doc: "Prints the values on a line, separated by spaces; strings without quotes.",
        example: "print(\"total\", 1.50d, [\"a\"]) // → null",
        body: Body::Effect(print),
    },
    native(
        "str(x)",
        "The text of a value, as `print` shows it.",
        "str(2.50d) // → \"2.50\"\nstr(\"a\") // → \"a\"\nstr([\"a\"]) // → \"[\\\"a\\\"]\"",
        convert::str,
    ),
    native(
        "int(x, base = 10)",
        "An Int from a text, from a number (without its fraction), or from a Bool. What cannot be converted is an error. Text may have a prefix (`0x`, `0b`, `0o`).",
        "int(\"42\") // → 42\nint(\"ff\", 16) // → 255\nint(2.9) // → 2\nint(\"0x1f\") // → 31",
        convert::int,
    ),
    native(
        "float(x)",
        "A Float from a text, a number or a Bool.",
        "float(\"1e3\") // → 1000.0\nfloat(1) // → 1.0",
        convert::float,
    ),
    native(
        "decimal(x)",
        "A Decimal from a text or a number; of a Float, with the digits that it prints.",
        "decimal(\"9.50\") // → 9.50d\ndecimal(0.1) // → 0.1d",
        convert::decimal,
    ),
    script(
        "vec(x)",
        "The elements of a collection as a Vec; of a Map its pairs, of a Str its characters.",
        "vec(#{2, 1}) // → [1, 2]\nvec({a: 1}) // → [[\"a\", 1]]\nvec(1..3) // → [1, 2]",
    ),
    script("set(x)", "The elements of a collection as a Set.", "set([2, 1, 2]) // → #{1, 2}"),
    script(
        "map(x)",
        "A Map from pairs `[key, value]`; the last of equal keys wins.",
        "map([[\"a\", 1], [\"b\", 2]]) // → {a: 1, b: 2}",
    ),
    native(
        "type_of(x)",
        "The name of a value's type.",
        "type_of(1) // → \"Int\"\ntype_of(null) // → \"Null\"",
        any::type_of,
    ),
    native(
        "min(...values)",
        "The least of its arguments in the order of `cmp`, or of the elements of the only one.",
        "min(3, 1, 2) // → 1\nmin([3, 1]) // → 1",
        |cx, args| extreme(cx, args, Ordering::Less),
    ),
    native(
        "max(...values)",
        "The greatest of its arguments in the order of `cmp`, or of the elements of the only one.",
        "max(3, 1, 2) // → 3\nmax({a: 1, b: 5}) // → 5",
        |cx, args| extreme(cx, args, Ordering::Greater),
    ),
    script(
        "iterate(f, x)",
        "The endless Seq `x`, `f(x)`, `f(f(x))` and so on.",
        "iterate(|n| n * 2, 1).take(5).vec() // → [1, 2, 4, 8, 16]",
    ),
    native(
        "cmp(a, b)",
        "-1, 0 or 1: the order of keys. Total over everything but functions, Seqs and host objects.",
        "cmp(1, 2) // → -1\ncmp(\"b\", \"a\") // → 1\ncmp(2, 2.0) // → 0\ncmp(null, []) // → -1",
        cmp,
    ),
    native(
        "same(a, b)",
        "Whether two collections are one version, in O(1); of scalars and strings, whether they have the same type and are equal.",
        "same(1, 1) // → true\nsame(1, 1.0) // → false\nlet xs = [1, 2]\nsame(xs, xs.set(0, 1)) // → true",
        |_, args| Ok(Value::bool(get(args, 0).same(get(args, 1)))),
    ),
    native(
        "hash(x)",
        "A number that equal values share, the same on every machine and in every run.",
        "hash([1, 2]) == hash([1.0, 2.0]) // → true",
        hash,
    ),
    native(
        "get_in(x, path, default = null)",
        "What stands at a path of keys and indices, or the default where a step finds nothing.",
        "get_in({a: [{b: 7}]}, [\"a\", 0, \"b\"]) // → 7\nget_in({a: 1}, [\"x\", \"y\"], default: 0) // → 0",
        get_in,
    ),
    native(
        "diff(a, b)",
        "The changes that make `b` of `a`: a Vec of `{path, op, old, new}` with the op `add`, `remove` or `replace`. What both share is not looked at.",
        "diff({a: 1, b: 2}, {a: 1, b: 3}) // → [{new: 3, old: 2, op: \"replace\", path: [\"b\"]}]\ndiff([1], [1, 2]) // → [{new: 2, old: null, op: \"add\", path: [1]}]",
        version::diff,
    ),
    native(
        "patch(a, changes)",
        "`a` with the changes that `diff` found, in order.",
        "let a = {xs: [1, 2, 3]}\nlet b = {xs: [1, 3], y: 0}\npatch(a, diff(a, b)) // → {xs: [1, 3], y: 0}",
        version::patch,
    ),
    native(
        "merge(base, ours, theirs)",
        "Two versions of a common ancestor in one: `{value, conflicts}`. Where both changed the same place differently, `ours` stays and `conflicts` lists `{path, base, ours, theirs}`.",
        "merge({a: 1, b: 1}, {a: 2, b: 1}, {a: 1, b: 3}).value // → {a: 2, b: 3}\nmerge({a: 1}, {a: 2}, {a: 3}).conflicts // → [{base: 1, ours: 2, path: [\"a\"], theirs: 3}]",
        version::merge,
    ),
];

/// For the machine: reading and writing by paths that select several places.
pub(crate) const HIDDEN: &[Row] = &[
    script("__select(coll, f)", "", ""),
    script("__each_select(places, f)", "", ""),
    script("__path_set(root, steps, value)", "", ""),
    script("__path_update(root, steps, op, value)", "", ""),
    script("__path_map(root, steps, f)", "", ""),
    script("__path_delete(root, steps)", "", ""),
];

fn print(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut line = Text::new();
    for (i, value) in args.iter().enumerate() {
        if i > 0 {
            line.push_str(" ")?;
        }
        let text = convert::text_of(cx, value)?;
        total::grow(cx, &mut line, &text)?;
    }
    total::grow(cx, &mut line, "\n")?;
    cx.charge(line.as_str().len() / 16)?;
    cx.print(line.as_str())?;
    Ok(Value::NULL)
}

fn extreme(cx: &mut Context, args: &mut [Value], wanted: Ordering) -> Answer {
    let [first, rest @ ..] = args else {
        return Err(Fault::new("argument", format!("`{}` needs at least one value", cx.name())));
    };
    if rest.is_empty() {
        return match first.kind() {
            Kind::Vec | Kind::Set | Kind::Map | Kind::Range => {
                let found = total::extreme_of(cx, first, wanted)?;
                found.ok_or_else(|| empty(cx.name(), first))
            }
            Kind::Str => {
                let chars = Value::vec(elements(cx, first, "values")?);
                let found = total::extreme_of(cx, &chars, wanted)?;
                found.ok_or_else(|| empty(cx.name(), first))
            }
            Kind::Seq => Err(Fault::argument(cx.name(), "values", "a finite collection", first)
                .help(format!("`.{}()` walks a Seq", cx.name()))),
            _ => Ok(first.take()),
        };
    }
    cx.charge(rest.len())?;
    let mut best = first.take();
    for value in rest {
        if value.compare(&best).map_err(|e| unorderable(cx, value, e))? == wanted {
            best = value.take();
        }
    }
    Ok(best)
}

fn cmp(cx: &mut Context, args: &mut [Value]) -> Answer {
    let (a, b) = (get(args, 0), get(args, 1));
    match a.compare(b) {
        Ok(order) => Ok(Value::int(order as i64)),
        Err(e) => Err(unorderable(cx, if a.compare(a).is_err() { a } else { b }, e)),
    }
}

pub(crate) fn hash(cx: &mut Context, args: &mut [Value]) -> Answer {
    let value = get(args, 0);
    cx.charge(total::length(value).map_or(1, |n| n.min(1 << 40) as usize))?;
    // The 64 bits as they are, as a signed number: no hash is a big Int.
    let hash = value.stable_hash().map_err(|e| unorderable(cx, value, e))?;
    Ok(Value::int(hash as i64))
}

fn get_in(cx: &mut Context, args: &mut [Value]) -> Answer {
    let path = vector(cx, args, 1, "path")?.clone();
    cx.charge(path.len())?;
    let default = take(args, 2);
    Ok(at_path(get(args, 0), path.iter()).cloned().unwrap_or(default))
}

/// What stands at a path.
pub(crate) fn at_path<'a, 'b>(
    root: &'a Value,
    path: impl Iterator<Item = &'b Value>,
) -> Option<&'a Value> {
    let mut at = root;
    for key in path {
        at = match at.kind() {
            Kind::Map => at.as_map()?.get(key)?,
            Kind::Error => at.as_error()?.fields.get(key)?,
            Kind::Vec => {
                let items = at.as_vec()?;
                items.get(place(key.as_int()?, items.len())?)?
            }
            Kind::Set => at.as_set()?.get(key)?,
            _ => return None,
        };
    }
    Some(at)
}
