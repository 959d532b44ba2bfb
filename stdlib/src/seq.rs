//! The methods of Seq. A Seq is written in Tansy but for making one and looking inside.

use crate::argument::{Answer, get, hidden, script, take};
use crate::total;
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::value::{Kind, Ref, SeqBody, Value};

const DOC: &str = "A lazy sequence: what is done to it is done element by element, when one is asked for. It can be walked again.";

/// The tables of Seq.
pub(crate) const TABLES: [Table; 2] = [
    Table {
        place: Place::Type(Kind::Seq),
        doc: DOC,
        script: Some(("seq.tansy", include_str!("seq.tansy"))),
        rows: ROWS,
    },
    Table { place: Place::Type(Kind::Seq), doc: DOC, script: Some(crate::WALK), rows: total::WALK },
];

const ROWS: &[Row] = &[
    script("map(f)", "`f(x)` for each element.", "[1, 2].lazy().map(|x| x * 2).vec() // → [2, 4]"),
    script(
        "filter(f)",
        "The elements for which `f` holds.",
        "(1..).lazy().filter(|n| n % 3 == 0).first() // → 3",
    ),
    script(
        "reject(f)",
        "The elements for which `f` does not hold.",
        "[1, 2, 3].lazy().reject(|n| n == 2).vec() // → [1, 3]",
    ),
    script(
        "filter_map(f)",
        "`f(x)` for each element where that is not null.",
        "[1, null, 3].lazy().filter_map(|x| x).vec() // → [1, 3]",
    ),
    script(
        "flat_map(f)",
        "The elements of all `f(x)`, one after the other.",
        "[1, 2].lazy().flat_map(|x| [x] * x).vec() // → [1, 2, 2]",
    ),
    script(
        "take(n)",
        "The first `n` elements, or all if there are fewer.",
        "iterate(|x| x * 2, 1).take(4).vec() // → [1, 2, 4, 8]",
    ),
    script("skip(n)", "All but the first `n` elements.", "[1, 2, 3].lazy().skip(2).vec() // → [3]"),
    script(
        "step_by(n)",
        "Every `n`-th element, beginning with the first.",
        "(0..).lazy().step_by(5).take(3).vec() // → [0, 5, 10]",
    ),
    script(
        "take_while(f)",
        "The elements before the first one for which `f` does not hold.",
        "(1..).lazy().take_while(|n| n < 4).vec() // → [1, 2, 3]",
    ),
    script(
        "skip_while(f)",
        "The elements from the first one on for which `f` does not hold.",
        "[1, 5, 2].lazy().skip_while(|n| n < 4).vec() // → [5, 2]",
    ),
    script(
        "enumerate(start = 0)",
        "Pairs `[i, x]` of a number, counted from `start`, and an element.",
        "[\"a\", \"b\"].lazy().enumerate().vec() // → [[0, \"a\"], [1, \"b\"]]",
    ),
    script(
        "zip(...others)",
        "Vecs of the elements that stand at the same place in all of them, as many as the shortest has.",
        "(1..).lazy().zip([\"a\", \"b\"]).vec() // → [[1, \"a\"], [2, \"b\"]]",
    ),
    script(
        "concat(...others)",
        "Its elements, then those of the others.",
        "[1].lazy().concat([2, 3]).vec() // → [1, 2, 3]",
    ),
    script(
        "chunks(n)",
        "The elements in Vecs of `n`; the last one may be shorter.",
        "(1..=5).lazy().chunks(2).vec() // → [[1, 2], [3, 4], [5]]",
    ),
    script(
        "windows(n)",
        "All runs of `n` neighbours, as Vecs.",
        "(1..).lazy().windows(2).take(2).vec() // → [[1, 2], [2, 3]]",
    ),
    script(
        "scan(init, f)",
        "As `fold`, with every intermediate result.",
        "(1..).lazy().scan(0, |acc, n| acc + n).take(4).vec() // → [1, 3, 6, 10]",
    ),
    script(
        "unique()",
        "The elements without those that occurred before.",
        "[1, 2, 1].lazy().unique().vec() // → [1, 2]",
    ),
    script(
        "dedup()",
        "The elements without those that equal the one right before.",
        "[1, 1, 2, 1].lazy().dedup().vec() // → [1, 2, 1]",
    ),
    script(
        "first(default = …)",
        "The first element. Of an empty sequence the default, or an error if none is given.",
        "(7..).lazy().first() // → 7",
    ),
    script(
        "contains(x)",
        "Whether an element equals `x`. Stops at the first.",
        "(1..).lazy().contains(5) // → true",
    ),
    script(
        "find_index(f)",
        "How many elements come before the first one for which `f` holds, or null.",
        "(5..).lazy().find_index(|n| n > 7) // → 3",
    ),
    script("sum()", "The elements added up; 0 if there are none.", "[1, 2].lazy().sum() // → 3"),
    script(
        "product()",
        "The elements multiplied; 1 if there are none.",
        "(1..=5).lazy().product() // → 120",
    ),
    script(
        "min(default = …)",
        "The least element in the order of `cmp`. Without elements the default, or an error if none is given.",
        "[2, 1].lazy().min() // → 1",
    ),
    script(
        "max(default = …)",
        "The greatest element in the order of `cmp`. Without elements the default, or an error if none is given.",
        "[2, 1].lazy().max() // → 2",
    ),
    script(
        "join(sep = \"\")",
        "The texts of the elements one after the other, with `sep` between them.",
        "[1, 2].lazy().join(\", \") // → \"1, 2\"",
    ),
    script("vec()", "The elements as a Vec.", "[1, 2].lazy().vec() // → [1, 2]"),
    script("set()", "The elements as a Set.", "[1, 2, 1].lazy().set() // → #{1, 2}"),
    script("lazy()", "The sequence itself.", "[1, 2].lazy().lazy().sum() // → 3"),
];

/// For the Tansy half.
pub(crate) const HIDDEN: &[Row] = &[
    hidden("__seq(state, step)", make),
    hidden("__seq_state(s)", |cx, args| inside(cx, args, |body| body.state.clone())),
    hidden("__seq_step(s)", |cx, args| inside(cx, args, |body| body.step.clone())),
];

fn make(_: &mut Context, args: &mut [Value]) -> Answer {
    let (state, step) = (take(args, 0), take(args, 1));
    Ok(Value::seq(Ref::new(SeqBody { state, step })))
}

fn inside(cx: &mut Context, args: &[Value], part: fn(&SeqBody) -> Value) -> Answer {
    match get(args, 0).as_seq() {
        Some(seq) => Ok(part(seq)),
        None => Err(tansy_runtime::fault::Fault::argument(cx.name(), "s", "a Seq", get(args, 0))),
    }
}
