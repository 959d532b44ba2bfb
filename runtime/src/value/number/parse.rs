//! Text as numbers: what `int("…")`, literals and JSON need.

use num_bigint::BigInt;
use rust_decimal::Decimal;

use super::NumberError;
use crate::value::Value;

/// Digits that are read directly; longer runs are split in halves, which is faster than quadratic.
const CHUNK: usize = 1024;

/// An Int: an optional sign and decimal digits, with single `_` between digits allowed. `None` for anything else.
pub fn parse_int(text: &str) -> Option<Value> {
    parse_radix(text, 10)
}

/// An Int in a radix of 2 to 36, without a prefix: an optional sign and digits, with single `_` between digits allowed.
pub fn parse_radix(text: &str, radix: u32) -> Option<Value> {
    if !(2..=36).contains(&radix) {
        return None;
    }
    let (negative, digits) = sign(text);
    let digits = plain_digits(digits, radix)?;
    if digits.len() <= 12
        && let Ok(n) = i64::from_str_radix(&digits, radix)
    {
        return Some(Value::int(if negative { -n } else { n }));
    }
    let n = big(digits.as_bytes(), radix)?;
    Some(Value::big(if negative { -n } else { n }))
}

/// A Float: an optional sign and what a literal may be, with single `_` between digits allowed, or `NaN`, `inf`, `-inf`. Correctly
/// rounded; a number beyond the range is infinite.
pub fn parse_float(text: &str) -> Option<f64> {
    let (negative, rest) = sign(text);
    let size = match rest {
        "inf" => f64::INFINITY,
        "NaN" => f64::NAN,
        // Rust also reads words.
        _ if !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') => return None,
        _ => without_underscores(rest)?.parse().ok()?,
    };
    Some(if negative { -size } else { size })
}

/// A Decimal: an optional sign, digits, optional places; with single `_` between digits allowed. The scale is that of the text.
/// `Ok(None)` for anything else, an error for digits beyond what a Decimal can hold.
pub fn parse_decimal(text: &str) -> Result<Option<Decimal>, NumberError> {
    let (negative, rest) = sign(text);
    let Some(rest) = without_underscores(rest) else { return Ok(None) };
    let (whole, places) = rest.split_once('.').unwrap_or((&rest, ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || (rest.contains('.') && !digits(places)) {
        return Ok(None);
    }
    let significant = whole.trim_start_matches('0').len() + places.len();
    if significant > 60 {
        return Err(if places.is_empty() {
            NumberError::DecimalRange
        } else {
            NumberError::DecimalInexact
        });
    }
    let digits: BigInt =
        format!("{whole}{places}").parse().map_err(|_| NumberError::DecimalRange)?;
    let scale = places.len() as u32;
    super::decimal::exact(if negative { -digits } else { digits }, scale).map(Some)
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// The text without its `_`, each of which must be between digits.
fn without_underscores(text: &str) -> Option<std::borrow::Cow<'_, str>> {
    if !text.contains('_') {
        return Some(text.into());
    }
    let bytes = text.as_bytes();
    let digit =
        |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    let good = bytes
        .iter()
        .enumerate()
        .all(|(at, b)| *b != b'_' || (digit(at.checked_sub(1)) && digit(Some(at + 1))));
    good.then(|| text.replace('_', "").into())
}

fn plain_digits(text: &str, radix: u32) -> Option<std::borrow::Cow<'_, str>> {
    let digits = without_underscores(text)?;
    let good = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    good.then_some(digits)
}

fn big(digits: &[u8], radix: u32) -> Option<BigInt> {
    if digits.len() <= CHUNK {
        return BigInt::parse_bytes(digits, radix);
    }
    let low = digits.len() / 2;
    let (front, back) = digits.split_at(digits.len() - low);
    Some(big(front, radix)? * BigInt::from(radix).pow(u32::try_from(low).ok()?) + big(back, radix)?)
}
