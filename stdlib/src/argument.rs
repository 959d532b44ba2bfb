//! Reading the arguments of natives: one place that knows how a wrong one is reported.
//!
//! A method's receiver is argument 0 and always of the method's own kind; the readers for receivers give an empty value
//! otherwise rather than fail.

use tansy_lang::spell;
use tansy_runtime::fault::{Fault, describe, short};
use tansy_runtime::native::{Body, Context, NativeFn, Row};
use tansy_runtime::value::{BigInt, Kind, Map, Set, Unorderable, Value, Vector};

/// What a native gives.
pub(crate) type Answer = Result<Value, Fault>;

/// A row done in Rust.
pub(crate) const fn native(
    signature: &'static str,
    doc: &'static str,
    example: &'static str,
    f: NativeFn,
) -> Row {
    Row { signature, doc, example, body: Body::Native(f) }
}

/// A row done in Rust that does something besides giving its result, or whose result depends on more than its arguments.
pub(crate) const fn effect(
    signature: &'static str,
    doc: &'static str,
    example: &'static str,
    f: NativeFn,
) -> Row {
    Row { signature, doc, example, body: Body::Effect(f) }
}

/// A row done in Tansy.
pub(crate) const fn script(
    signature: &'static str,
    doc: &'static str,
    example: &'static str,
) -> Row {
    Row { signature, doc, example, body: Body::Script }
}

/// A row for the library's own Tansy half. It counts as effect, so that a call may stand as a statement.
pub(crate) const fn hidden(signature: &'static str, f: NativeFn) -> Row {
    Row { signature, doc: "", example: "", body: Body::Effect(f) }
}

/// An optional argument, if it was given.
pub(crate) fn given(args: &[Value], at: usize) -> Option<&Value> {
    args.get(at).filter(|v| !v.is_undefined())
}

/// Moves an argument out; `null` if there is none.
pub(crate) fn take(args: &mut [Value], at: usize) -> Value {
    match args.get_mut(at) {
        Some(v) if !v.is_undefined() => v.take(),
        _ => Value::NULL,
    }
}

/// An argument, or `null`.
pub(crate) fn get(args: &[Value], at: usize) -> &Value {
    static NULL: Value = Value::NULL;
    given(args, at).unwrap_or(&NULL)
}

/// The receiver of a method of Str.
pub(crate) fn this_str(args: &[Value]) -> &str {
    args.first().and_then(Value::as_str).unwrap_or("")
}

/// The receiver of a method of Vec.
pub(crate) fn this_vec(args: &mut [Value]) -> Vector {
    take(args, 0).into_vector().unwrap_or_default()
}

/// The argument must be a Str.
pub(crate) fn text<'a>(
    cx: &Context,
    args: &'a [Value],
    at: usize,
    name: &str,
) -> Result<&'a str, Fault> {
    let value = get(args, at);
    value.as_str().ok_or_else(|| Fault::argument(cx.name(), name, "a Str", value))
}

/// The argument must be an Int; one beyond 64 bits becomes the nearest that fits.
pub(crate) fn int(cx: &Context, args: &[Value], at: usize, name: &str) -> Result<i64, Fault> {
    let value = get(args, at);
    if let Some(n) = value.as_int() {
        return Ok(n);
    }
    match value.as_bigint() {
        Some(n) if n.sign() == num_bigint::Sign::Minus => Ok(i64::MIN),
        Some(_) => Ok(i64::MAX),
        None => Err(not_int(cx, value, name, "an Int")),
    }
}

/// The argument must be an Int that is not negative.
pub(crate) fn natural(cx: &Context, args: &[Value], at: usize, name: &str) -> Result<usize, Fault> {
    let n = int(cx, args, at, name)?;
    usize::try_from(n)
        .map_err(|_| Fault::argument(cx.name(), name, "an Int that is not negative", get(args, at)))
}

/// The argument must be an Int above zero.
pub(crate) fn positive(
    cx: &Context,
    args: &[Value],
    at: usize,
    name: &str,
) -> Result<usize, Fault> {
    match int(cx, args, at, name)? {
        n if n > 0 => Ok(usize::try_from(n).unwrap_or(usize::MAX)),
        _ => Err(Fault::argument(cx.name(), name, "an Int above zero", get(args, at))),
    }
}

/// The argument must be an Int of any size.
pub(crate) fn big(cx: &Context, args: &[Value], at: usize, name: &str) -> Result<BigInt, Fault> {
    let value = get(args, at);
    match value.as_bigint() {
        Some(n) => Ok(n.into_owned()),
        None => Err(not_int(cx, value, name, "an Int")),
    }
}

/// The argument must be a Bool; `false` when it was not given.
pub(crate) fn flag(cx: &Context, args: &[Value], at: usize, name: &str) -> Result<bool, Fault> {
    match given(args, at) {
        None => Ok(false),
        Some(v) => v.as_bool().ok_or_else(|| Fault::argument(cx.name(), name, "a Bool", v)),
    }
}

/// The argument must be a Vec.
pub(crate) fn vector<'a>(
    cx: &Context,
    args: &'a [Value],
    at: usize,
    name: &str,
) -> Result<&'a Vector, Fault> {
    let value = get(args, at);
    value.as_vec().ok_or_else(|| Fault::argument(cx.name(), name, "a Vec", value))
}

/// The argument must be a Map.
pub(crate) fn map<'a>(
    cx: &Context,
    args: &'a [Value],
    at: usize,
    name: &str,
) -> Result<&'a Map, Fault> {
    let value = get(args, at);
    value.as_map().ok_or_else(|| Fault::argument(cx.name(), name, "a Map", value))
}

/// The elements of a finite collection given as an argument: a Vec, Set, Map (pairs), Range or Str (characters). Charged.
pub(crate) fn elements(cx: &mut Context, value: &Value, name: &str) -> Result<Vector, Fault> {
    match value.kind() {
        Kind::Vec => return Ok(value.as_vec().cloned().unwrap_or_default()),
        Kind::Seq => {
            return Err(Fault::argument(cx.name(), name, "a finite collection", value)
                .help("collect it first: `.vec()`"));
        }
        Kind::Set | Kind::Map | Kind::Range | Kind::Str => {}
        _ => return Err(Fault::argument(cx.name(), name, "a collection", value)),
    }
    let mut out;
    if let Some(set) = value.as_set() {
        out = room(cx, set.len())?;
        out.extend(set.iter().cloned());
    } else if let Some(map) = value.as_map() {
        cx.reserve(map.len() as u64 * PAIR)?;
        out = room(cx, map.len())?;
        out.extend(map.iter().map(|(k, v)| pair(k.clone(), v.clone())));
    } else if let Some(range) = value.as_range() {
        let Some(len) = range.len() else { return Err(endless(cx, value)) };
        out = room(cx, usize::try_from(len).unwrap_or(usize::MAX))?;
        out.extend((0..len as i64).map(|i| Value::int(range.start.wrapping_add(i))));
    } else {
        let text = value.as_str().unwrap_or("");
        out = room(cx, value.char_count().unwrap_or(0))?;
        out.extend(text.chars().map(Value::char));
    }
    Ok(Vector::from(out))
}

/// The bytes of a Vec of so many items: few are one block with them, more are in a buffer of their own.
pub(crate) const fn vector_bytes(len: usize) -> u64 {
    (if len <= 16 { 8 } else { 64 }) + (len * size_of::<Value>()) as u64
}

/// The bytes of a pair in a Vec.
pub(crate) const PAIR: u64 = size_of::<Value>() as u64 + vector_bytes(2);

/// Room for so many values, charged for and within the memory limit.
pub(crate) fn room(cx: &mut Context, len: usize) -> Result<Vec<Value>, Fault> {
    cx.reserve((len as u64).saturating_mul(size_of::<Value>() as u64))?;
    cx.charge(len)?;
    Ok(Vec::with_capacity(len))
}

/// Steps that a comparison with this value may take, as far as can be told at a glance.
pub(crate) fn weight(value: &Value) -> usize {
    if !value.is_heap() {
        return 1;
    }
    match value.as_str() {
        Some(text) => 1 + text.len() / 16,
        None => crate::total::length(value).map_or(1, |n| n.clamp(1, 1 << 32) as usize),
    }
}

/// `[a, b]`
pub(crate) fn pair(a: Value, b: Value) -> Value {
    Value::vec([a, b])
}

/// A place in something of `len` places: negative ones count from the end. `None` outside.
pub(crate) fn place(index: i64, len: usize) -> Option<usize> {
    let at = if index < 0 { i128::from(index) + len as i128 } else { i128::from(index) };
    usize::try_from(at).ok().filter(|at| *at < len)
}

/// As [`place`], with what is outside moved to the nearest bound (0 or `len`).
pub(crate) fn bound(index: i64, len: usize) -> usize {
    let at = if index < 0 { i128::from(index) + len as i128 } else { i128::from(index) };
    at.clamp(0, len as i128) as usize
}

fn not_int(cx: &Context, value: &Value, name: &str, expected: &str) -> Fault {
    let fault = Fault::argument(cx.name(), name, expected, value);
    if value.kind() == Kind::Float {
        fault.help("`.round()`, `.floor()` and `div` give Ints")
    } else {
        fault
    }
}

/// An index outside.
pub(crate) fn out_of_range(index: i64, len: usize) -> Fault {
    Fault::new("out-of-range", format!("index {index} out of range (length {len})"))
}

/// A range whose end is asked for and that has none.
pub(crate) fn endless(cx: &Context, range: &Value) -> Fault {
    Fault::new("out-of-range", format!("`{}` needs a range with an end, got {range}", cx.name()))
        .help(format!("`({range}).lazy()` gives its numbers as they are asked for"))
}

/// A collection without the element that is asked for.
pub(crate) fn empty(function: &str, value: &Value) -> Fault {
    let kind = value.type_name();
    Fault::new("empty", format!("`{function}` of an empty {kind}")).help(format!(
        "a default is given instead when there is one: `{function}(…, default: null)`"
    ))
}

/// A key that a map has not.
pub(crate) fn missing_key(map: &Map, key: &Value) -> Fault {
    let near = key.as_str().and_then(|word| {
        spell::did_you_mean(word, map.keys().filter_map(Value::as_str).take(1000))
    });
    Fault::new("missing-key", format!("there is no key {}", short(key))).maybe_help(near)
}

/// An element that a set has not.
pub(crate) fn missing_element(set: &Set, element: &Value) -> Fault {
    let near = element.as_str().and_then(|word| {
        spell::did_you_mean(word, set.iter().filter_map(Value::as_str).take(1000))
    });
    Fault::new("missing-key", format!("there is no element {}", short(element))).maybe_help(near)
}

/// A value that cannot be a key, or be ordered.
pub(crate) fn unorderable(cx: &Context, value: &Value, why: Unorderable) -> Fault {
    Fault::new(
        "type-error",
        format!("`{}` cannot use {} as a key: {why}", cx.name(), describe(value)),
    )
}
