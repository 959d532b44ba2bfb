//! Conversions: what `str`, `int`, `float`, `decimal`, `vec`, `set` and `map` do, as functions and as methods.

use crate::argument::{Answer, elements, get, given, int as int_argument, take};
use crate::number::{fault, to_decimal, to_float, whole};
use std::borrow::Cow;
use tansy_runtime::fault::{Fault, Limit, describe};
use tansy_runtime::native::Context;
use tansy_runtime::value::{Kind, Set, Value, number};

/// The text of a value as `print` shows it, charged for and within the memory limit.
pub(crate) fn text_of<'a>(cx: &mut Context, value: &'a Value) -> Result<Cow<'a, str>, Fault> {
    if let Some(text) = value.as_str() {
        cx.charge(text.len() / 16)?;
        return Ok(Cow::Borrowed(text));
    }
    if let Some(d) = value.as_decimal() {
        return Ok(Cow::Owned(d.to_string()));
    }
    if let Some(n) = value.as_bigint().filter(|_| value.as_int().is_none()) {
        cx.charge_digits((n.bits() / 64) as usize)?;
    }
    // The text can be exponentially longer than the value is big: writing looks at the limits itself.
    cx.charge(1)?;
    match value.to_text_within(usize::MAX) {
        Some(text) => {
            cx.charge(text.len() / 16)?;
            Ok(Cow::Owned(text))
        }
        None => Err(Fault::Limit(Limit::Memory)),
    }
}

/// Writing or reading a number of many digits takes more than linear time.
fn charge_digits(cx: &mut Context, value: &Value) -> Result<(), Fault> {
    cx.charge_digits(value.as_bigint().map_or(0, |n| n.bits() / 64) as usize)
}

pub(crate) fn str(cx: &mut Context, args: &mut [Value]) -> Answer {
    if get(args, 0).as_str().is_some() {
        return Ok(take(args, 0));
    }
    Ok(Value::from(text_of(cx, get(args, 0))?.into_owned()))
}

/// `n.str(base)`
pub(crate) fn int_str(cx: &mut Context, args: &mut [Value]) -> Answer {
    if given(args, 1).is_none() {
        return str(cx, args);
    }
    let base = radix(cx, args, 1)?;
    if base.is_power_of_two() {
        let bits = get(args, 0).as_bigint().map_or(0, |n| n.bits());
        cx.charge((bits / 16) as usize)?;
        cx.reserve(bits / u64::from(base.ilog2()) * 2)?;
    } else {
        charge_digits(cx, get(args, 0))?;
    }
    Ok(match get(args, 0).as_bigint() {
        Some(n) => Value::from(n.to_str_radix(base)),
        None => Value::NULL,
    })
}

/// A base argument: 2 to 36.
pub(crate) fn radix(cx: &Context, args: &[Value], at: usize) -> Result<u32, Fault> {
    match int_argument(cx, args, at, "base")? {
        base @ 2..=36 => Ok(base as u32),
        _ => Err(Fault::argument(cx.name(), "base", "an Int from 2 to 36", get(args, at))),
    }
}

fn refuse(cx: &Context, value: &Value) -> Fault {
    let name = cx.name();
    Fault::new("conversion", format!("`{name}` cannot convert {}", describe(value)))
}

pub(crate) fn int(cx: &mut Context, args: &mut [Value]) -> Answer {
    let value = get(args, 0);
    if given(args, 1).is_some() && value.kind() != Kind::Str {
        return Err(Fault::argument(cx.name(), "base", "no base beside a number", get(args, 1)));
    }
    match value.kind() {
        Kind::Int => Ok(value.clone()),
        Kind::Bool => Ok(Value::int(i64::from(value.as_bool() == Some(true)))),
        Kind::Float | Kind::Decimal => whole(cx, value, crate::number::Mode::Down),
        Kind::Str => {
            let text = value.as_str().unwrap_or("").trim();
            let base = match given(args, 1) {
                Some(_) => Some(radix(cx, args, 1)?),
                None => None,
            };
            cx.charge_digits(text.len() / 16)?;
            if text.len() as u64 / 4 > cx.max_bits().max(64) {
                return Err(fault(cx, number::NumberError::TooLarge));
            }
            let found = read_int(text, base);
            found.ok_or_else(|| {
                let fault = refuse(cx, value);
                match text.contains(['.', 'e']) && number::parse_float(text).is_some() {
                    true => fault.help("`float` or `decimal` reads numbers with a fraction"),
                    false => fault,
                }
            })
        }
        _ => Err(refuse(cx, value)),
    }
}

/// An Int in a base; without one, as a literal: decimal, or with a prefix.
fn read_int(text: &str, base: Option<u32>) -> Option<Value> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] {
        if let Some(rest) = digits.strip_prefix(prefix)
            && base.is_none_or(|b| b == radix)
            && !rest.starts_with(['+', '-'])
        {
            return number::parse_radix(&format!("{sign}{rest}"), radix);
        }
    }
    number::parse_radix(text, base.unwrap_or(10))
}

pub(crate) fn float(cx: &mut Context, args: &mut [Value]) -> Answer {
    let value = get(args, 0);
    match value.kind() {
        Kind::Bool => Ok(Value::float(f64::from(u8::from(value.as_bool() == Some(true))))),
        Kind::Str => {
            let text = value.as_str().unwrap_or("").trim();
            cx.charge(text.len() / 16)?;
            number::parse_float(text).map(Value::float).ok_or_else(|| refuse(cx, value))
        }
        kind if kind.is_number() => to_float(cx, value).map(Value::float),
        _ => Err(refuse(cx, value)),
    }
}

pub(crate) fn decimal(cx: &mut Context, args: &mut [Value]) -> Answer {
    let value = get(args, 0);
    match value.kind() {
        Kind::Str => {
            let text = value.as_str().unwrap_or("").trim();
            cx.charge(text.len() / 16)?;
            let text = text.strip_suffix('d').unwrap_or(text);
            match number::parse_decimal(text) {
                Ok(Some(d)) => Ok(Value::decimal(d)),
                Ok(None) => Err(refuse(cx, value)),
                Err(e) => Err(fault(cx, e)),
            }
        }
        kind if kind.is_number() => to_decimal(cx, value).map(Value::decimal),
        _ => Err(refuse(cx, value)),
    }
}

/// The elements of a collection as a Vec. (A Seq is walked in Tansy.)
pub(crate) fn vec(cx: &mut Context, args: &mut [Value]) -> Answer {
    let value = take(args, 0);
    if value.kind() == Kind::Vec {
        return Ok(value);
    }
    Ok(Value::vec(elements(cx, &value, "x")?))
}

pub(crate) fn set(cx: &mut Context, args: &mut [Value]) -> Answer {
    let value = take(args, 0);
    to_set(cx, value)
}

/// The elements of a collection as a Set.
pub(crate) fn to_set(cx: &mut Context, value: Value) -> Answer {
    if value.kind() == Kind::Set {
        return Ok(value);
    }
    let items = elements(cx, &value, "x")?;
    drop(value);
    cx.charge(items.len().saturating_mul(2))?;
    // The table, and a copy of the items where others hold them.
    let sizes = if items.is_shared() { 32 } else { 16 };
    cx.reserve(items.len() as u64 * sizes)?;
    match Set::from_elements(items.into_vec()) {
        Ok(set) => Ok(Value::set(set)),
        Err(e) => Err(Fault::new(
            "type-error",
            format!("`{}` met an element that cannot be in a set: {e}", cx.name()),
        )),
    }
}

pub(crate) fn map(cx: &mut Context, args: &mut [Value]) -> Answer {
    let value = take(args, 0);
    to_map(cx, value)
}

/// A Map of pairs; a Map is itself; of an error, its fields.
fn to_map(cx: &mut Context, value: Value) -> Answer {
    if value.kind() == Kind::Map {
        return Ok(value);
    }
    if let Some(error) = value.as_error() {
        return Ok(Value::map(error.fields.clone()));
    }
    let items = elements(cx, &value, "x")?;
    cx.reserve(items.len() as u64 * 32)?;
    let mut entries = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let both = item.as_vec().filter(|pair| pair.len() == 2);
        match both.and_then(|pair| Some((pair.get(0)?.clone(), pair.get(1)?.clone()))) {
            Some(entry) => entries.push(entry),
            None => {
                return Err(Fault::new(
                    "type-error",
                    format!(
                        "`map` expects pairs [key, value], got {} (element {i})",
                        describe(item)
                    ),
                ));
            }
        }
    }
    crate::map::from_entries(cx, entries)
}
