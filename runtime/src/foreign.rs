//! What methods are called in other languages, and what they are here.

use crate::value::Kind;
use tansy_lang::spell::nearest;

/// What to write where no method of ours takes the place of another language's.
pub(crate) fn instead(kind: Kind, name: &str) -> Option<&'static str> {
    Some(match (kind, name) {
        (
            Kind::Vec | Kind::Set | Kind::Range | Kind::Seq | Kind::Map,
            "forEach" | "foreach" | "each",
        ) => "to do something with each, write `for x in xs { … }`",
        (Kind::Str, "format") => "values go into text as f\"… {x} …\"",
        (Kind::Str | Kind::Vec, "substring" | "substr" | "slice" | "sub" | "mid") => {
            "a part is written `x[a..b]`"
        }
        (
            Kind::Vec | Kind::Map | Kind::Set | Kind::Str | Kind::Range,
            "iter" | "into_iter" | "iterator",
        ) => {
            "call the method on it directly, as in `xs.map(f)`; `lazy()` computes only what is asked for"
        }
        (Kind::Str, "match" | "matches" | "test" | "search" | "gsub") => {
            "there are no regular expressions; `split`, `index_of`, `starts_with` and `replace` look for texts"
        }
        (_, "clone" | "copy" | "dup" | "deepcopy") => {
            "values never change, so nothing has to be copied: `let b = a`"
        }
        (_, "unwrap" | "expect" | "unwrap_or") => {
            "a value is itself or null: `x ?? other` gives another for null"
        }
        _ => return None,
    })
}

/// What is called `name` elsewhere, if there is such a method here.
pub(crate) fn method(name: &str, exists: impl Fn(&str) -> bool) -> Option<&'static str> {
    METHODS.iter().find(|(theirs, ours)| *theirs == name && exists(ours)).map(|(_, ours)| *ours)
}

/// The same for a name that is misspelt.
pub(crate) fn near_method(name: &str, exists: impl Fn(&str) -> bool) -> Option<&'static str> {
    let known = METHODS.iter().filter(|(_, ours)| exists(ours)).map(|(theirs, _)| *theirs);
    method(nearest(name, known).first()?, &exists)
}

/// What methods are called elsewhere, and here. Of one name, the first that the type has counts.
const METHODS: [(&str, &str); 80] = [
    ("accumulate", "scan"),
    ("add", "push"),
    ("add", "insert"),
    ("append", "push"),
    ("charAt", "get"),
    ("collect", "vec"),
    ("contains_key", "contains"),
    ("containsKey", "contains"),
    ("del", "remove"),
    ("delete", "remove"),
    ("distinct", "unique"),
    ("endsWith", "ends_with"),
    ("endswith", "ends_with"),
    ("erase", "remove"),
    ("every", "all"),
    ("exists", "any"),
    ("extend", "concat"),
    ("find_all", "filter"),
    ("findIndex", "find_index"),
    ("flatMap", "flat_map"),
    ("foldl", "fold"),
    ("getOrDefault", "get"),
    ("groupBy", "group_by"),
    ("has", "contains"),
    ("has_key", "contains"),
    ("head", "first"),
    ("includes", "contains"),
    ("indexOf", "index_of"),
    ("inject", "fold"),
    ("isEmpty", "is_empty"),
    ("issubset", "is_subset"),
    ("issuperset", "is_superset"),
    ("items", "entries"),
    ("length", "len"),
    ("ljust", "pad_end"),
    ("lstrip", "trim_start"),
    ("merge", "union"),
    ("padEnd", "pad_end"),
    ("padStart", "pad_start"),
    ("parseInt", "int"),
    ("pop_back", "pop"),
    ("popleft", "pop_front"),
    ("push_back", "push"),
    ("pushFront", "push_front"),
    ("put", "insert"),
    ("replaceAll", "replace"),
    ("reversed", "reverse"),
    ("rjust", "pad_start"),
    ("rstrip", "trim_end"),
    ("select", "filter"),
    ("set", "insert"),
    ("shift", "pop_front"),
    ("size", "len"),
    ("skipWhile", "skip_while"),
    ("some", "any"),
    ("sort_by_key", "sort_by"),
    ("sortBy", "sort_by"),
    ("sorted", "sort"),
    ("startsWith", "starts_with"),
    ("startswith", "starts_with"),
    ("step", "step_by"),
    ("strip", "trim"),
    ("takeWhile", "take_while"),
    ("to_float", "float"),
    ("to_int", "int"),
    ("to_lowercase", "lower"),
    ("to_string", "str"),
    ("to_uppercase", "upper"),
    ("toFixed", "round"),
    ("toInt", "int"),
    ("toList", "vec"),
    ("tolist", "vec"),
    ("toLowerCase", "lower"),
    ("toString", "str"),
    ("toUpperCase", "upper"),
    ("trimEnd", "trim_end"),
    ("trimStart", "trim_start"),
    ("uniq", "unique"),
    ("unshift", "push_front"),
    ("where", "filter"),
];
