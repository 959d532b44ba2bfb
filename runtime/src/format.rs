//! `f"{value:spec}"`: a value as text by a format specification.

use crate::fault::{Fault, describe};
use crate::native::Context;
use crate::value::number;
use crate::value::{BigInt, Decimal, Kind, Value};
use tansy_lang::ast::{Align, FormatSpec};

/// The text of a value by a specification. The width is announced before padding.
pub(crate) fn format(value: &Value, spec: &FormatSpec, cx: &mut Context) -> Result<String, Fault> {
    let number = value.kind().is_number();
    let (sign, body) = match spec.kind {
        Some(radix @ ('x' | 'X' | 'b' | 'o')) => in_radix(value, radix, spec.alternate, cx)?,
        Some('e') => exponent(value, spec.precision)?,
        Some('?') => (String::new(), text(value, true, cx)?),
        _ if number => decimal(value, spec.precision, cx)?,
        _ => {
            let text = text(value, false, cx)?;
            match spec.precision {
                Some(most) => (String::new(), text.chars().take(most as usize).collect()),
                None => (String::new(), text),
            }
        }
    };
    let sign = if sign.is_empty() && spec.plus && number { "+".to_string() } else { sign };
    let width = spec.width.unwrap_or(0) as usize;
    let length = sign.len() + body.chars().count();
    let missing = width.saturating_sub(length);
    if missing == 0 && sign.is_empty() {
        return Ok(body);
    }
    let _held = cx.hold(body.capacity())?;
    let bytes = sign.len() + body.len() + missing * spec.fill.len_utf8();
    cx.reserve(bytes as u64)?;
    cx.charge(missing / 16)?;
    let mut out = String::with_capacity(bytes);
    if missing == 0 {
        return Ok(out + &sign + &body);
    }
    let finite = value.as_float().is_none_or(f64::is_finite);
    if spec.zero && spec.align.is_none() && number && finite {
        let (prefix, digits) = body.split_at(radix_prefix(&body));
        out.push_str(&sign);
        out.push_str(prefix);
        out.extend(std::iter::repeat_n('0', missing));
        return Ok(out + digits);
    }
    let left = match spec.align {
        Some(Align::Left) => 0,
        Some(Align::Center) => missing / 2,
        Some(Align::Right) => missing,
        None if number => missing,
        None => 0,
    };
    out.extend(std::iter::repeat_n(spec.fill, left));
    out.push_str(&sign);
    out.push_str(&body);
    out.extend(std::iter::repeat_n(spec.fill, missing - left));
    Ok(out)
}

/// The text of a value, refused when it would not fit the memory.
pub(crate) fn text(value: &Value, quoted: bool, cx: &mut Context) -> Result<String, Fault> {
    if let Some(text) = value.as_str().filter(|_| !quoted) {
        cx.charge(text.len() / 16)?;
        cx.reserve(text.len() as u64)?;
        return Ok(text.to_string());
    }
    if let Some(n) = value.as_int() {
        return Ok(itoa::Buffer::new().format(n).to_string());
    }
    if let Some(d) = value.as_decimal().filter(|_| !quoted) {
        return Ok(d.to_string());
    }
    if let Some(n) = value.as_big() {
        cx.charge_digits((n.bits() / 64) as usize)?;
    }
    // Writing looks at the limits itself.
    let text = value.to_text_within(usize::MAX).ok_or(Fault::Limit(crate::fault::Limit::Memory))?;
    cx.charge(text.len() / 8)?;
    Ok(text)
}

fn radix_bits(kind: char) -> u32 {
    match kind {
        'b' => 1,
        'o' => 3,
        _ => 4,
    }
}

fn radix_prefix(body: &str) -> usize {
    if body.starts_with("0x")
        || body.starts_with("0X")
        || body.starts_with("0b")
        || body.starts_with("0o")
    {
        2
    } else {
        0
    }
}

fn in_radix(
    value: &Value,
    kind: char,
    alternate: bool,
    cx: &mut Context,
) -> Result<(String, String), Fault> {
    let Some(n) = value.as_bigint() else {
        return Err(Fault::new("type-error", format!("the format `{kind}` needs an Int"))
            .label(format!("this is {}", describe(value))));
    };
    let (radix, prefix) = match kind {
        'b' => (2, "0b"),
        'o' => (8, "0o"),
        _ => (16, "0x"),
    };
    cx.charge((n.bits() / 16) as usize)?;
    cx.reserve(n.bits() / u64::from(radix_bits(kind)) * 2)?;
    let digits = n.magnitude().to_str_radix(radix);
    let digits = if kind == 'X' { digits.to_uppercase() } else { digits };
    let sign = if n.as_ref() < &BigInt::ZERO { "-" } else { "" };
    Ok((sign.into(), if alternate { format!("{prefix}{digits}") } else { digits }))
}

fn exponent(value: &Value, precision: Option<u32>) -> Result<(String, String), Fault> {
    let x = number::add(value, &Value::float(0.0)).ok().and_then(|x| x.as_float());
    let x = x.or_else(|| value.as_decimal().map(number::decimal_to_float)).ok_or_else(|| {
        Fault::new("type-error", "the format `e` needs a number that a Float can hold")
            .label(format!("this is {}", describe(value)))
    })?;
    let text = match precision {
        Some(digits) => format!("{:.*e}", digits.min(400) as usize, x),
        None => format!("{x:e}"),
    };
    Ok(split_sign(text))
}

/// A number in digits, with `precision` of them after the point, rounded half to even of its exact value.
fn decimal(
    value: &Value,
    precision: Option<u32>,
    cx: &mut Context,
) -> Result<(String, String), Fault> {
    let Some(precision) = precision else { return Ok(split_sign(text(value, false, cx)?)) };
    let zeros = |n: u32, cx: &mut Context| -> Result<String, Fault> {
        cx.reserve(n.into())?;
        Ok("0".repeat(n as usize))
    };
    let text = match value.kind() {
        Kind::Int if precision == 0 => text(value, false, cx)?,
        Kind::Int => format!("{value}.{}", zeros(precision, cx)?),
        Kind::Decimal => {
            let mut d = value.as_decimal().copied().unwrap_or_default();
            d = d.round_dp(precision.min(28));
            let shown = d.scale();
            if shown < precision.min(28) {
                d.rescale(precision.min(28));
            }
            let missing = precision.saturating_sub(d.scale());
            let point = if d.scale() == 0 && missing > 0 { "." } else { "" };
            format!("{}{point}{}", Decimal::to_string(&d), zeros(missing, cx)?)
        }
        _ => {
            let x = value.as_float().unwrap_or_default();
            let exact = precision.min(1100);
            if x.is_finite() {
                format!("{x:.*}{}", exact as usize, zeros(precision - exact, cx)?)
            } else {
                text(value, false, cx)?
            }
        }
    };
    Ok(split_sign(text))
}

fn split_sign(text: String) -> (String, String) {
    match text.strip_prefix('-') {
        Some(rest) => ("-".into(), rest.into()),
        None => (String::new(), text),
    }
}
