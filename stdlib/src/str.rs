//! The methods of Str. Lengths and indices count characters (Unicode scalar values).

use crate::argument::{
    Answer, bound, get, given, int, native, natural, pair, place, room, script, text, this_str,
};
use crate::total::grow;
use memchr::memmem;
use tansy_runtime::buffer::{Items, Text};
use tansy_runtime::fault::Fault;
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::value::{Kind, Value};

/// The tables of Str.
pub(crate) const TABLES: [Table; 1] = [Table {
    place: Place::Type(Kind::Str),
    doc: "Text. Lengths and indices count characters; `s[i]` and `s[a..b]` read, `+` joins, `*` repeats, `in` searches.",
    script: Some(("str.tansy", include_str!("str.tansy"))),
    rows: ROWS,
}];

const ROWS: &[Row] = &[
    native("len()", "How many characters there are.", "\"añb\".len() // → 3", |cx, args| {
        let n = count_chars(cx, args)?;
        Ok(Value::int(n as i64))
    }),
    native("is_empty()", "Whether there are none.", "\"\".is_empty() // → true", |_, args| {
        Ok(Value::bool(this_str(args).is_empty()))
    }),
    native(
        "get(i, default = null)",
        "The character at index `i`, or the default when there is none.",
        "\"abc\".get(-1) // → \"c\"\n\"abc\".get(9) // → null",
        get_char,
    ),
    native("chars()", "The characters, as a Vec.", "\"añ\".chars() // → [\"a\", \"ñ\"]", chars),
    native("vec()", "The same as `chars()`.", "\"ab\".vec() // → [\"a\", \"b\"]", chars),
    native(
        "set()",
        "The characters as a Set.",
        "\"hello\".set() // → #{\"e\", \"h\", \"l\", \"o\"}",
        |cx, args| {
            let s = get(args, 0).clone();
            crate::convert::to_set(cx, s)
        },
    ),
    native("codes()", "The code points of the characters.", "\"añ\".codes() // → [97, 241]", codes),
    native(
        "code()",
        "The code point of a text of one character; `code.char()` is the way back.",
        "\"a\".code() // → 97\n97.char() // → \"a\"",
        code,
    ),
    native("bytes()", "The bytes of its UTF-8 form.", "\"ñ\".bytes() // → [195, 177]", bytes),
    native(
        "lines()",
        "The lines without their ends (`\\n` or `\\r\\n`); the last one need not have one.",
        "\"a\\nb\\n\".lines() // → [\"a\", \"b\"]",
        |cx, args| pieces(cx, args, str::lines),
    ),
    native(
        "words()",
        "The runs of characters between white space.",
        "\"  to be  or \".words() // → [\"to\", \"be\", \"or\"]",
        |cx, args| pieces(cx, args, str::split_whitespace),
    ),
    native(
        "split(sep, limit = …)",
        "The parts between occurrences of `sep`: at most `limit`, the last one with the rest.",
        "\"a,b,,c\".split(\",\") // → [\"a\", \"b\", \"\", \"c\"]\n\"a=b=c\".split(\"=\", limit: 2) // → [\"a\", \"b=c\"]",
        split,
    ),
    native(
        "split_once(sep)",
        "What stands before the first `sep` and what stands after it; null without one.",
        "\"key=a=b\".split_once(\"=\") // → [\"key\", \"a=b\"]\n\"key\".split_once(\"=\") // → null",
        split_once,
    ),
    native(
        "join(parts)",
        "The texts of the elements of `parts` with this text between them; also `parts.join(sep)`.",
        "\", \".join([1, 2]) // → \"1, 2\"",
        join,
    ),
    native(
        "trim(chars = …)",
        "Without white space, or the characters in `chars`, at both ends.",
        "\"  a b \".trim() // → \"a b\"\n\"--x-\".trim(\"-\") // → \"x\"",
        |cx, args| trim(cx, args, true, true),
    ),
    native(
        "trim_start(chars = …)",
        "Without white space, or the characters in `chars`, at the start.",
        "\"  a \".trim_start() // → \"a \"",
        |cx, args| trim(cx, args, true, false),
    ),
    native(
        "trim_end(chars = …)",
        "Without white space, or the characters in `chars`, at the end.",
        "\"1.500\".trim_end(\"0\") // → \"1.5\"",
        |cx, args| trim(cx, args, false, true),
    ),
    native(
        "remove_prefix(prefix)",
        "Without `prefix` at the start, if it is there.",
        "\"v1.2\".remove_prefix(\"v\") // → \"1.2\"",
        |cx, args| {
            let prefix = text(cx, args, 1, "prefix")?;
            let s = this_str(args);
            Ok(Value::str(s.strip_prefix(prefix).unwrap_or(s)))
        },
    ),
    native(
        "remove_suffix(suffix)",
        "Without `suffix` at the end, if it is there.",
        "\"a.txt\".remove_suffix(\".txt\") // → \"a\"",
        |cx, args| {
            let suffix = text(cx, args, 1, "suffix")?;
            let s = this_str(args);
            Ok(Value::str(s.strip_suffix(suffix).unwrap_or(s)))
        },
    ),
    native(
        "starts_with(prefix)",
        "Whether it begins with `prefix`.",
        "\"tansy\".starts_with(\"tan\") // → true",
        |cx, args| Ok(Value::bool(this_str(args).starts_with(text(cx, args, 1, "prefix")?))),
    ),
    native(
        "ends_with(suffix)",
        "Whether it ends with `suffix`.",
        "\"tansy\".ends_with(\"sy\") // → true",
        |cx, args| Ok(Value::bool(this_str(args).ends_with(text(cx, args, 1, "suffix")?))),
    ),
    native(
        "contains(sub)",
        "Whether `sub` occurs in it; also written `sub in s`.",
        "\"tansy\".contains(\"ans\") // → true",
        |cx, args| {
            cx.charge(this_str(args).len() / 16)?;
            let sub = text(cx, args, 1, "sub")?;
            Ok(Value::bool(memmem::find(this_str(args).as_bytes(), sub.as_bytes()).is_some()))
        },
    ),
    native(
        "index_of(sub, from = 0)",
        "The index of the first occurrence of `sub` at `from` or after it, or null.",
        "\"banana\".index_of(\"an\") // → 1\n\"banana\".index_of(\"an\", from: 2) // → 3\n\"banana\".index_of(\"x\") // → null",
        index_of,
    ),
    native(
        "last_index_of(sub)",
        "The index of the last occurrence of `sub`, or null.",
        "\"banana\".last_index_of(\"an\") // → 3",
        last_index_of,
    ),
    native(
        "count(sub)",
        "How often `sub` occurs, without overlaps.",
        "\"banana\".count(\"an\") // → 2",
        count,
    ),
    native(
        "replace(from, to, limit = …)",
        "With `to` for every occurrence of `from`, or for the first `limit` ones.",
        "\"a-b-c\".replace(\"-\", \"+\") // → \"a+b+c\"\n\"a-b-c\".replace(\"-\", \"\", limit: 1) // → \"ab-c\"",
        replace,
    ),
    native("upper()", "In upper case.", "\"straße\".upper() // → \"STRASSE\"", |cx, args| {
        cased(cx, args, str::to_uppercase)
    }),
    native("lower()", "In lower case.", "\"ÄB\".lower() // → \"äb\"", |cx, args| {
        cased(cx, args, str::to_lowercase)
    }),
    native(
        "capitalize()",
        "With the first character in upper case and the rest in lower case.",
        "\"hELLO you\".capitalize() // → \"Hello you\"",
        |cx, args| cased(cx, args, capitalize),
    ),
    native(
        "pad_start(width, fill = \" \")",
        "With `fill` before it, up to `width` characters.",
        "\"7\".pad_start(3, \"0\") // → \"007\"",
        |cx, args| pad(cx, args, |missing| (missing, 0)),
    ),
    native(
        "pad_end(width, fill = \" \")",
        "With `fill` after it, up to `width` characters.",
        "\"ab\".pad_end(4, \".\") // → \"ab..\"",
        |cx, args| pad(cx, args, |missing| (0, missing)),
    ),
    native(
        "center(width, fill = \" \")",
        "With `fill` on both sides, up to `width` characters; the odd one after it.",
        "\"ab\".center(5, \"-\") // → \"-ab--\"",
        |cx, args| pad(cx, args, |missing| (missing / 2, missing - missing / 2)),
    ),
    native(
        "repeat(n)",
        "`n` times the text; also `s * n`.",
        "\"ab\".repeat(3) // → \"ababab\"",
        repeat,
    ),
    native(
        "reverse()",
        "The characters in the opposite order.",
        "\"abc\".reverse() // → \"cba\"",
        |cx, args| {
            cased(cx, args, |s| {
                let mut out = String::with_capacity(s.len());
                out.extend(s.chars().rev());
                out
            })
        },
    ),
    native(
        "is_digit()",
        "Whether it is not empty and only ASCII digits.",
        "\"2024\".is_digit() // → true\n\"-1\".is_digit() // → false",
        |cx, args| every(cx, args, |c| c.is_ascii_digit()),
    ),
    native(
        "is_alpha()",
        "Whether it is not empty and only letters.",
        "\"Zoë\".is_alpha() // → true",
        |cx, args| every(cx, args, char::is_alphabetic),
    ),
    native(
        "is_alnum()",
        "Whether it is not empty and only letters and numerals.",
        "\"a1\".is_alnum() // → true",
        |cx, args| every(cx, args, char::is_alphanumeric),
    ),
    native(
        "is_space()",
        "Whether it is not empty and only white space.",
        "\" \\t\".is_space() // → true",
        |cx, args| every(cx, args, char::is_whitespace),
    ),
    native(
        "is_upper()",
        "Whether it has letters with case, all of them upper.",
        "\"ABC-1\".is_upper() // → true",
        |cx, args| one_case(cx, args, char::is_uppercase, char::is_lowercase),
    ),
    native(
        "is_lower()",
        "Whether it has letters with case, all of them lower.",
        "\"Abc\".is_lower() // → false",
        |cx, args| one_case(cx, args, char::is_lowercase, char::is_uppercase),
    ),
    native(
        "is_ascii()",
        "Whether all characters are ASCII.",
        "\"añ\".is_ascii() // → false",
        |cx, args| {
            cx.charge(this_str(args).len() / 16)?;
            Ok(Value::bool(this_str(args).is_ascii()))
        },
    ),
    native(
        "int(base = 10)",
        "The Int that the text writes; an error when it is none. With base 2, 8 or 16 a prefix such as `0x` is allowed.",
        "\"42\".int() // → 42\n\"ff\".int(16) // → 255",
        crate::convert::int,
    ),
    native(
        "float()",
        "The Float that the text writes; an error when it is none.",
        "\"2.5\".float() // → 2.5",
        crate::convert::float,
    ),
    native(
        "decimal()",
        "The Decimal that the text writes, with its scale; an error when it is none.",
        "\"9.50\".decimal() // → 9.50d",
        crate::convert::decimal,
    ),
    script("lazy()", "The characters as a Seq.", "\"abc\".lazy().take(2).join() // → \"ab\""),
];

/// The number of characters, charged for a scan of a text that may not have been scanned yet.
fn count_chars(cx: &mut Context, args: &[Value]) -> Result<usize, Fault> {
    let this = get(args, 0);
    let count = this.char_count().unwrap_or(0);
    if count < 64 {
        cx.charge(count / 16)?;
    }
    Ok(count)
}

fn get_char(cx: &mut Context, args: &mut [Value]) -> Answer {
    let i = int(cx, args, 1, "i")?;
    let len = count_chars(cx, args)?;
    let found = place(i, len).and_then(|at| get(args, 0).char_at(at));
    Ok(found.map_or_else(|| get(args, 2).clone(), Value::char))
}

fn chars(cx: &mut Context, args: &mut [Value]) -> Answer {
    let s = this_str(args);
    let len = count_chars(cx, args)?;
    let mut out = room(cx, len)?;
    out.extend(s.chars().map(Value::char));
    Ok(Value::from(out))
}

fn codes(cx: &mut Context, args: &mut [Value]) -> Answer {
    let s = this_str(args);
    let len = count_chars(cx, args)?;
    let mut out = room(cx, len)?;
    out.extend(s.chars().map(|c| Value::int(i64::from(u32::from(c)))));
    Ok(Value::from(out))
}

fn code(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut chars = this_str(args).chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(Value::int(i64::from(u32::from(c)))),
        _ => Err(Fault::argument(cx.name(), "this", "a text of one character", get(args, 0))
            .help("`codes()` gives the code points of all characters")),
    }
}

fn bytes(cx: &mut Context, args: &mut [Value]) -> Answer {
    let s = this_str(args);
    let mut out = room(cx, s.len())?;
    out.extend(s.bytes().map(|b| Value::int(i64::from(b))));
    Ok(Value::from(out))
}

/// The parts that an iterator finds, as a Vec.
pub(crate) fn collect<'a>(
    cx: &mut Context,
    len: usize,
    parts: impl Iterator<Item = &'a str>,
) -> Answer {
    cx.charge(len / 16)?;
    let mut out = Items::new();
    for part in parts {
        cx.charge(1)?;
        cx.reserve(part.len() as u64)?;
        out.push(Value::str(part))?;
    }
    Ok(Value::from(out))
}

fn pieces<'a, I: Iterator<Item = &'a str>>(
    cx: &mut Context,
    args: &'a mut [Value],
    split: fn(&'a str) -> I,
) -> Answer {
    let s = this_str(args);
    collect(cx, s.len(), split(s))
}

/// A separator or needle must not be empty.
fn needle<'a>(cx: &Context, args: &'a [Value], at: usize, name: &str) -> Result<&'a str, Fault> {
    match text(cx, args, at, name)? {
        "" => Err(Fault::argument(cx.name(), name, "a Str that is not empty", get(args, at))
            .maybe_help((cx.name() == "split").then(|| "`chars()` gives the characters".into()))),
        sub => Ok(sub),
    }
}

/// An optional limit; `usize::MAX` without one.
fn limit(cx: &Context, args: &[Value], at: usize, name: &str) -> Result<usize, Fault> {
    if get(args, at).is_null() { Ok(usize::MAX) } else { natural(cx, args, at, name) }
}

fn split(cx: &mut Context, args: &mut [Value]) -> Answer {
    let sep = needle(cx, args, 1, "sep")?;
    let most = limit(cx, args, 2, "limit")?;
    let s = this_str(args);
    let mut chars = sep.chars();
    match (chars.next(), chars.next()) {
        // One character is found much faster than a text.
        (Some(c), None) => collect(cx, s.len(), s.splitn(most, c)),
        _ => collect(cx, s.len(), s.splitn(most, sep)),
    }
}

fn split_once(cx: &mut Context, args: &mut [Value]) -> Answer {
    let sep = needle(cx, args, 1, "sep")?;
    let s = this_str(args);
    cx.charge(s.len() / 16)?;
    cx.reserve(s.len() as u64)?;
    Ok(match s.split_once(sep) {
        Some((before, after)) => pair(Value::str(before), Value::str(after)),
        None => Value::NULL,
    })
}

fn join(cx: &mut Context, args: &mut [Value]) -> Answer {
    if matches!(get(args, 1).kind(), Kind::Vec | Kind::Set | Kind::Range) {
        args.swap(0, 1);
        return crate::total::join(cx, args);
    }
    Err(Fault::argument(cx.name(), "parts", "a Vec", get(args, 1)))
}

fn trim(cx: &mut Context, args: &mut [Value], start: bool, end: bool) -> Answer {
    let set = match given(args, 1) {
        Some(_) => Some(text(cx, args, 1, "chars")?),
        None => None,
    };
    let mut s = this_str(args);
    cx.charge(s.len() / 16)?;
    let whole = s.len();
    let drop = |c: char| set.map_or(c.is_whitespace(), |set| set.contains(c));
    if start {
        s = s.trim_start_matches(drop);
    }
    if end {
        s = s.trim_end_matches(drop);
    }
    // Nothing to trim: the same version.
    if s.len() == whole {
        return Ok(get(args, 0).clone());
    }
    cx.reserve(s.len() as u64)?;
    Ok(Value::str(s))
}

fn index_of(cx: &mut Context, args: &mut [Value]) -> Answer {
    let sub = text(cx, args, 1, "sub")?;
    let from = match given(args, 2) {
        Some(_) => int(cx, args, 2, "from")?,
        None => 0,
    };
    let this = get(args, 0);
    let s = this_str(args);
    cx.charge(s.len() / 16)?;
    let start = match from {
        0 => 0,
        _ => this.char_offset(bound(from, this.char_count().unwrap_or(0))).unwrap_or(s.len()),
    };
    let found = s.as_bytes().get(start..).and_then(|rest| memmem::find(rest, sub.as_bytes()));
    Ok(index_at(this, found.map(|at| at + start)))
}

fn last_index_of(cx: &mut Context, args: &mut [Value]) -> Answer {
    let sub = text(cx, args, 1, "sub")?;
    let s = this_str(args);
    cx.charge(s.len() / 16)?;
    Ok(index_at(get(args, 0), memmem::rfind(s.as_bytes(), sub.as_bytes())))
}

/// A byte offset as an index.
fn index_at(this: &Value, offset: Option<usize>) -> Value {
    let index = offset.and_then(|at| this.chars_before(at));
    index.map_or(Value::NULL, |i| Value::int(i as i64))
}

fn count(cx: &mut Context, args: &mut [Value]) -> Answer {
    let sub = needle(cx, args, 1, "sub")?;
    let s = this_str(args);
    cx.charge(s.len() / 16)?;
    Ok(Value::int(memmem::find_iter(s.as_bytes(), sub.as_bytes()).count() as i64))
}

fn replace(cx: &mut Context, args: &mut [Value]) -> Answer {
    let from = needle(cx, args, 1, "from")?;
    let to = text(cx, args, 2, "to")?;
    let most = limit(cx, args, 3, "limit")?;
    let s = this_str(args);
    cx.charge(s.len() / 16)?;
    let mut out = Text::new();
    let mut done = 0;
    for (at, found) in s.match_indices(from).take(most) {
        grow(cx, &mut out, s.get(done..at).unwrap_or(""))?;
        grow(cx, &mut out, to)?;
        done = at + found.len();
    }
    if done == 0 {
        return Ok(get(args, 0).clone());
    }
    grow(cx, &mut out, s.get(done..).unwrap_or(""))?;
    Ok(Value::from(out))
}

fn cased(cx: &mut Context, args: &mut [Value], change: fn(&str) -> String) -> Answer {
    let s = this_str(args);
    cx.charge(s.len() / 8)?;
    // A text that gets longer grows by doubling.
    let upper = |c: char| c.to_uppercase().map(char::len_utf8).sum::<usize>();
    let lower = |c: char| c.to_lowercase().map(char::len_utf8).sum::<usize>();
    let most = if s.is_ascii() { 0 } else { s.chars().map(|c| upper(c).max(lower(c))).sum() };
    cx.reserve(s.len() as u64 * if most <= s.len() { 2 } else { 3 })?;
    Ok(Value::from(change(s)))
}

fn capitalize(s: &str) -> String {
    let mut chars = s.chars();
    let mut out = String::with_capacity(s.len());
    out.extend(chars.next().into_iter().flat_map(char::to_uppercase));
    out.push_str(&chars.as_str().to_lowercase());
    out
}

fn pad(cx: &mut Context, args: &mut [Value], share: fn(usize) -> (usize, usize)) -> Answer {
    let width = int(cx, args, 1, "width")?.max(0) as u64;
    let fill = match given(args, 2) {
        Some(_) => needle(cx, args, 2, "fill")?,
        None => " ",
    };
    let have = count_chars(cx, args)?;
    let missing = width.saturating_sub(have as u64);
    if missing == 0 {
        return Ok(get(args, 0).clone());
    }
    let s = this_str(args);
    let widest = fill.chars().map(char::len_utf8).max().unwrap_or(1) as u64;
    let bytes = missing.saturating_mul(widest).saturating_add(s.len() as u64);
    cx.reserve(bytes)?;
    cx.charge((bytes / 16) as usize)?;
    let (before, after) = share(missing as usize);
    let mut out = String::with_capacity(bytes as usize);
    out.extend(fill.chars().cycle().take(before));
    out.push_str(s);
    out.extend(fill.chars().cycle().take(after));
    Ok(Value::from(out))
}

fn repeat(cx: &mut Context, args: &mut [Value]) -> Answer {
    let n = natural(cx, args, 1, "n")?;
    let s = this_str(args);
    let bytes = (s.len() as u64).saturating_mul(n as u64);
    cx.reserve(bytes)?;
    cx.charge((bytes / 16) as usize)?;
    Ok(Value::from(s.repeat(n)))
}

fn every(cx: &mut Context, args: &mut [Value], test: fn(char) -> bool) -> Answer {
    let s = this_str(args);
    cx.charge(s.len() / 16)?;
    Ok(Value::bool(!s.is_empty() && s.chars().all(test)))
}

fn one_case(
    cx: &mut Context,
    args: &mut [Value],
    wanted: fn(char) -> bool,
    other: fn(char) -> bool,
) -> Answer {
    let s = this_str(args);
    cx.charge(s.len() / 16)?;
    Ok(Value::bool(s.chars().any(wanted) && !s.chars().any(other)))
}
