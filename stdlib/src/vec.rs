//! The methods of Vec, beyond those it shares with Range and the other collections.

use crate::argument::{
    Answer, bound, elements, get, given, int, native, out_of_range, place, script, take, this_vec,
    unorderable, vector_bytes, weight,
};
use crate::{list, total};
use std::cmp::Ordering;
use tansy_runtime::fault::Fault;
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::value::{Kind, Value, Vector};

const DOC: &str =
    "An ordered collection, fast at both ends, to index, to slice and to concatenate.";

/// The tables of Vec.
pub(crate) const TABLES: [Table; 4] = [
    Table {
        place: Place::Type(Kind::Vec),
        doc: DOC,
        script: Some(("vec.tansy", include_str!("vec.tansy"))),
        rows: ROWS,
    },
    Table { place: Place::Type(Kind::Vec), doc: DOC, script: Some(crate::LIST), rows: list::ROWS },
    Table { place: Place::Type(Kind::Vec), doc: DOC, script: Some(crate::WALK), rows: total::WALK },
    Table { place: Place::Type(Kind::Vec), doc: DOC, script: None, rows: total::ROWS },
];

const ROWS: &[Row] = &[
    native("len()", "How many elements there are. O(1).", "[1, 2, 3].len() // → 3", len),
    native("is_empty()", "Whether there are none.", "[].is_empty() // → true", |cx, args| {
        Ok(Value::bool(len(cx, args)?.as_int() == Some(0)))
    }),
    native(
        "first(default = …)",
        "The first element. Of an empty Vec the default, or an error if none is given.",
        "[1, 2].first() // → 1\n[].first(null) // → null",
        |cx, args| end(cx, args, 0),
    ),
    native(
        "last(default = …)",
        "The last element. Of an empty Vec the default, or an error if none is given.",
        "[1, 2].last() // → 2",
        |cx, args| end(cx, args, -1),
    ),
    native(
        "get(i, default = null)",
        "The element at index `i`, or the default when there is none. `xs[i]` is an error then.",
        "[1, 2].get(1) // → 2\n[1, 2].get(5) // → null\n[1, 2].get(5, default: 0) // → 0",
        get_or,
    ),
    native(
        "contains(x)",
        "Whether an element equals `x`; also written `x in xs`. O(n).",
        "[1, 2].contains(2.0) // → true",
        contains,
    ),
    native(
        "index_of(x, from = 0)",
        "The index of the first element that equals `x`, at `from` or after it, or null.",
        "[5, 7, 5].index_of(5) // → 0\n[5, 7, 5].index_of(5, from: 1) // → 2\n[5].index_of(6) // → null",
        index_of,
    ),
    native(
        "last_index_of(x)",
        "The index of the last element that equals `x`, or null.",
        "[5, 7, 5].last_index_of(5) // → 2",
        last_index_of,
    ),
    native(
        "binary_search(x)",
        "The index of an element that equals `x` in a Vec in the order of `cmp`, or null. O(log n).",
        "[1, 3, 5].binary_search(3) // → 1\n[1, 3, 5].binary_search(4) // → null",
        binary_search,
    ),
    native(
        "is_sorted()",
        "Whether the elements are in the order of `cmp`.",
        "[1, 2, 2].is_sorted() // → true",
        is_sorted,
    ),
    native(
        "push(x)",
        "With `x` after the last element. O(1) where nobody else holds the Vec.",
        "[1].push(2) // → [1, 2]\nvar xs = [1]\nxs .= push(2)\nxs // → [1, 2]",
        push,
    ),
    native(
        "push_front(x)",
        "With `x` before the first element.",
        "[1].push_front(0) // → [0, 1]",
        push_front,
    ),
    native(
        "pop()",
        "Without the last element, which `last()` gives. Of an empty Vec an error.",
        "[1, 2].pop() // → [1]",
        pop,
    ),
    native(
        "pop_front()",
        "Without the first element, which `first()` gives. Of an empty Vec an error.",
        "[1, 2].pop_front() // → [2]",
        pop_front,
    ),
    native(
        "set(i = …, x = …)",
        "With `x` in the place of the element at index `i`. Without arguments: the elements as a Set.",
        "[1, 2].set(0, 9) // → [9, 2]\n[1, 2].set(-1, 9) // → [1, 9]\n[3, 1, 3].set() // → #{1, 3}",
        set,
    ),
    script(
        "update(i, f)",
        "With `f(x)` in the place of the element `x` at index `i`.",
        "[1, 2].update(1, |x| x * 10) // → [1, 20]",
    ),
    native(
        "insert(i, x)",
        "With `x` before the element at index `i`, or at the end for `i` = length.",
        "[1, 3].insert(1, 2) // → [1, 2, 3]\n[1].insert(1, 2) // → [1, 2]",
        insert,
    ),
    native(
        "remove(i)",
        "Without the element at index `i`, or without those of a Range of indices.",
        "[1, 2, 3].remove(0) // → [2, 3]\n[1, 2, 3].remove(-1) // → [1, 2]\n[1, 2, 3].remove(0..2) // → [3]",
        remove,
    ),
    native(
        "discard(x)",
        "Without the first element that equals `x`, if there is one. `xs - #{x}` is without all of them.",
        "[1, 2, 1].discard(1) // → [2, 1]\n[1].discard(5) // → [1]",
        discard,
    ),
    native(
        "splice(range, xs)",
        "With the elements of `xs` in the place of those at the Range of indices.",
        "[1, 2, 3].splice(0..2, [9]) // → [9, 3]\n[1, 2].splice(1..1, [7, 8]) // → [1, 7, 8, 2]",
        splice,
    ),
    native(
        "concat(...others)",
        "With the elements of the others after its own; as `+`, for any collections.",
        "[1].concat([2], #{3}) // → [1, 2, 3]",
        concat,
    ),
    native(
        "swap(i, j)",
        "With the elements at indices `i` and `j` exchanged.",
        "[1, 2, 3].swap(0, 2) // → [3, 2, 1]",
        swap,
    ),
    native(
        "rotate(n)",
        "With the first `n` elements moved to the end; with a negative `n` the last ones to the front.",
        "[1, 2, 3].rotate(1) // → [2, 3, 1]\n[1, 2, 3].rotate(-1) // → [3, 1, 2]",
        rotate,
    ),
    native(
        "flatten()",
        "The elements of its elements, which are collections, one after the other.",
        "[[1], [2, [3]], []].flatten() // → [1, 2, [3]]",
        flatten,
    ),
    native(
        "unzip()",
        "The Vec of first elements, the Vec of second ones, and so on: `zip` undone.",
        "[[1, \"a\"], [2, \"b\"]].unzip() // → [[1, 2], [\"a\", \"b\"]]",
        transpose,
    ),
    native(
        "transpose()",
        "Rows and columns exchanged. The rows must have one length.",
        "[[1, 2], [3, 4]].transpose() // → [[1, 3], [2, 4]]",
        transpose,
    ),
    script(
        "lazy()",
        "The elements as a Seq: what is done to it is done when an element is asked for.",
        "[1, 2, 3].lazy().map(|x| x * 2).first() // → 2",
    ),
    script(
        "cycle()",
        "The elements over and over, as a Seq.",
        "[1, 2].cycle().take(5).vec() // → [1, 2, 1, 2, 1]",
    ),
];

fn len(_: &mut Context, args: &mut [Value]) -> Answer {
    Ok(Value::int(args.first().and_then(Value::as_vec).map_or(0, Vector::len) as i64))
}

fn end(cx: &mut Context, args: &mut [Value], index: i64) -> Answer {
    let found = args.first().and_then(Value::as_vec).and_then(|v| v.get(place(index, v.len())?));
    match (found, given(args, 1)) {
        (Some(x), _) | (None, Some(x)) => Ok(x.clone()),
        (None, None) => Err(crate::argument::empty(cx.name(), get(args, 0))),
    }
}

fn get_or(cx: &mut Context, args: &mut [Value]) -> Answer {
    let i = int(cx, args, 1, "i")?;
    let found = args.first().and_then(Value::as_vec).and_then(|v| v.get(place(i, v.len())?));
    Ok(found.unwrap_or(get(args, 2)).clone())
}

/// The index argument must be that of an element.
fn index(cx: &Context, args: &[Value], at: usize, name: &str) -> Result<usize, Fault> {
    let i = int(cx, args, at, name)?;
    let len = args.first().and_then(Value::as_vec).map_or(0, Vector::len);
    place(i, len).ok_or_else(|| out_of_range(i, len))
}

fn contains(cx: &mut Context, args: &mut [Value]) -> Answer {
    let this = this_vec(args);
    cx.charge(this.len().saturating_mul(weight(get(args, 1))))?;
    let x = get(args, 1);
    Ok(Value::bool(this.iter().any(|y| y == x)))
}

fn position(found: Option<usize>) -> Answer {
    Ok(found.map_or(Value::NULL, |i| Value::int(i as i64)))
}

fn index_of(cx: &mut Context, args: &mut [Value]) -> Answer {
    let from = match given(args, 2) {
        Some(_) => int(cx, args, 2, "from")?,
        None => 0,
    };
    let this = this_vec(args);
    cx.charge(this.len().saturating_mul(weight(get(args, 1))))?;
    let from = bound(from, this.len());
    let x = get(args, 1);
    position((from..this.len()).find(|i| this.get(*i) == Some(x)))
}

fn last_index_of(cx: &mut Context, args: &mut [Value]) -> Answer {
    let this = this_vec(args);
    cx.charge(this.len().saturating_mul(weight(get(args, 1))))?;
    let x = get(args, 1);
    position(this.iter().rposition(|y| y == x))
}

fn binary_search(cx: &mut Context, args: &mut [Value]) -> Answer {
    let this = this_vec(args);
    let x = get(args, 1);
    let (mut low, mut high) = (0, this.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let Some(y) = this.get(middle) else { break };
        cx.charge(1)?;
        match y.compare(x).map_err(|e| unorderable(cx, y, e))? {
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
            Ordering::Equal => return position(Some(middle)),
        }
    }
    Ok(Value::NULL)
}

fn is_sorted(cx: &mut Context, args: &mut [Value]) -> Answer {
    let this = this_vec(args);
    cx.charge(this.len())?;
    for (a, b) in this.iter().zip(this.iter().skip(1)) {
        if a.compare(b).map_err(|e| unorderable(cx, a, e))? == Ordering::Greater {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

fn push(_: &mut Context, args: &mut [Value]) -> Answer {
    let (mut this, x) = (take(args, 0), take(args, 1));
    if let Some(v) = this.as_vec_mut() {
        v.push(x);
    }
    Ok(this)
}

fn push_front(cx: &mut Context, args: &mut [Value]) -> Answer {
    cx.charge(1)?;
    let (mut this, x) = (take(args, 0), take(args, 1));
    if let Some(v) = this.as_vec_mut() {
        v.push_front(x);
    }
    Ok(this)
}

fn pop(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut this = take(args, 0);
    match this.as_vec_mut().and_then(Vector::pop) {
        Some(_) => Ok(this),
        None => Err(crate::argument::empty(cx.name(), &this)),
    }
}

fn pop_front(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut this = take(args, 0);
    match this.as_vec_mut().and_then(Vector::pop_front) {
        Some(_) => Ok(this),
        None => Err(crate::argument::empty(cx.name(), &this)),
    }
}

fn set(cx: &mut Context, args: &mut [Value]) -> Answer {
    if given(args, 1).is_none() {
        let this = take(args, 0);
        return crate::convert::to_set(cx, this);
    }
    if given(args, 2).is_none() {
        return Err(Fault::new(
            "argument",
            "`set` needs `x`, the new element, beside the index `i`",
        ));
    }
    let i = index(cx, args, 1, "i")?;
    let mut this = this_vec(args);
    this.set(i, take(args, 2));
    Ok(Value::vec(this))
}

fn insert(cx: &mut Context, args: &mut [Value]) -> Answer {
    let i = int(cx, args, 1, "i")?;
    let mut this = this_vec(args);
    let len = this.len();
    cx.charge(len / 16)?;
    let at =
        if i == len as i64 { len } else { place(i, len).ok_or_else(|| out_of_range(i, len))? };
    this.insert(at, take(args, 2));
    Ok(Value::vec(this))
}

fn remove(cx: &mut Context, args: &mut [Value]) -> Answer {
    if get(args, 1).kind() == Kind::Range {
        return splice(cx, args);
    }
    let i = index(cx, args, 1, "i")?;
    let mut this = this_vec(args);
    cx.charge(this.len() / 16)?;
    this.remove(i);
    Ok(Value::vec(this))
}

fn discard(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut this = this_vec(args);
    cx.charge(this.len().saturating_mul(weight(get(args, 1))))?;
    let x = get(args, 1);
    let found = this.iter().position(|y| y == x);
    if let Some(i) = found {
        this.remove(i);
    }
    Ok(Value::vec(this))
}

fn splice(cx: &mut Context, args: &mut [Value]) -> Answer {
    let Some(range) = get(args, 1).as_range() else {
        return Err(Fault::argument(cx.name(), "range", "a Range", get(args, 1)));
    };
    let new = match given(args, 2) {
        Some(_) => {
            let xs = take(args, 2);
            elements(cx, &xs, "xs")?
        }
        None => Vector::new(),
    };
    let mut this = this_vec(args);
    let len = this.len();
    let Some(run) = range.resolve(len) else {
        return Err(crate::place::outside(range, len));
    };
    cx.charge(len / 16 + new.len())?;
    cx.reserve((len + new.len()) as u64 * 16)?;
    let tail = this.slice(run.end..len);
    this.keep(0..run.start);
    this.append(new);
    this.append(tail);
    Ok(Value::vec(this))
}

fn concat(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut this = this_vec(args);
    for at in 1..args.len() {
        let other = take(args, at);
        let more = elements(cx, &other, "others")?;
        drop(other);
        cx.charge(more.len())?;
        this.append(more);
    }
    Ok(Value::vec(this))
}

fn swap(cx: &mut Context, args: &mut [Value]) -> Answer {
    let (i, j) = (index(cx, args, 1, "i")?, index(cx, args, 2, "j")?);
    let mut this = this_vec(args);
    if let Some(items) = this.as_mut_slice() {
        items.swap(i, j);
    } else if let (Some(a), Some(b)) = (this.get(i).cloned(), this.get(j).cloned()) {
        this.set(i, b);
        this.set(j, a);
    }
    Ok(Value::vec(this))
}

fn rotate(cx: &mut Context, args: &mut [Value]) -> Answer {
    let n = int(cx, args, 1, "n")?;
    let mut this = this_vec(args);
    let len = this.len();
    if len == 0 {
        return Ok(Value::vec(this));
    }
    let at = n.rem_euclid(len as i64) as usize;
    cx.charge(len / 4)?;
    cx.reserve(len as u64 * 16)?;
    let front = this.slice(0..at);
    this.keep(at..len);
    this.append(front);
    Ok(Value::vec(this))
}

fn flatten(cx: &mut Context, args: &mut [Value]) -> Answer {
    let this = this_vec(args);
    cx.charge(this.len())?;
    let mut out = Vector::new();
    for inner in this.iter() {
        let more = elements(cx, inner, "each element")?;
        cx.charge(more.len())?;
        out.append(more);
    }
    Ok(Value::vec(out))
}

fn transpose(cx: &mut Context, args: &mut [Value]) -> Answer {
    let this = this_vec(args);
    let mut rows = Vec::with_capacity(this.len().min(1 << 16));
    cx.charge(this.len())?;
    for row in this.iter() {
        rows.push(elements(cx, row, "each row")?);
    }
    let width = rows.first().map_or(0, Vector::len);
    if let Some((i, row)) = rows.iter().enumerate().find(|(_, row)| row.len() != width) {
        return Err(Fault::new(
            "type-error",
            format!(
                "`{}` needs rows of one length: row 0 has {width}, row {i} has {}",
                cx.name(),
                row.len()
            ),
        ));
    }
    cx.charge(width.saturating_mul(rows.len()))?;
    cx.reserve((width as u64).saturating_mul(16 + vector_bytes(rows.len())))?;
    let column = |i: usize| {
        let mut column = Vec::with_capacity(rows.len());
        column.extend(rows.iter().filter_map(|row| row.get(i).cloned()));
        column
    };
    Ok(Value::from((0..width).map(|i| Value::from(column(i))).collect::<Vec<_>>()))
}
