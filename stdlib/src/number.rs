//! The methods of Int, Float and Decimal. Rounding without digits gives an Int; with digits, a number of the same type.

use crate::argument::{Answer, get, given, int, native, room, take, unorderable};
use crate::convert;
use num_bigint::{BigInt, Sign};
use num_traits::{FromPrimitive, One, Signed, Zero};
use std::cmp::Ordering;
use tansy_runtime::fault::{Fault, describe};
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::value::number::{self, NumberError};
use tansy_runtime::value::{Decimal, Kind, Value};

/// The tables of Int, Float and Decimal.
pub(crate) const TABLES: [Table; 6] = [
    Table { place: Place::Type(Kind::Int), doc: INT_DOC, script: None, rows: COMMON },
    Table { place: Place::Type(Kind::Int), doc: INT_DOC, script: None, rows: INT },
    Table { place: Place::Type(Kind::Float), doc: FLOAT_DOC, script: None, rows: COMMON },
    Table { place: Place::Type(Kind::Float), doc: FLOAT_DOC, script: None, rows: FLOAT },
    Table { place: Place::Type(Kind::Decimal), doc: DECIMAL_DOC, script: None, rows: COMMON },
    Table { place: Place::Type(Kind::Decimal), doc: DECIMAL_DOC, script: None, rows: DECIMAL },
];

const INT_DOC: &str = "Integers of any size.";
const FLOAT_DOC: &str = "IEEE 754 doubles.";
const DECIMAL_DOC: &str = "Exact decimal numbers that keep their scale, for money.";

const COMMON: &[Row] = &[
    native(
        "abs()",
        "Without its sign.",
        "-5.abs() // → -5\n(-5).abs() // → 5\n(-2.5).abs() // → 2.5",
        abs,
    ),
    native(
        "sign()",
        "-1, 0 or 1 for a negative number, zero (or NaN), a positive number.",
        "(-7).sign() // → -1\n0.0.sign() // → 0",
        sign,
    ),
    native(
        "clamp(low, high)",
        "The nearest number from `low` to `high`.",
        "15.clamp(0, 10) // → 10\n(-3).clamp(0, 10) // → 0",
        clamp,
    ),
    native(
        "floor()",
        "The greatest Int up to it.",
        "2.7.floor() // → 2\n(-2.5d).floor() // → -3",
        |cx, args| whole(cx, get(args, 0), Mode::Floor),
    ),
    native("ceil()", "The least Int from it on.", "2.1.ceil() // → 3", |cx, args| {
        whole(cx, get(args, 0), Mode::Ceil)
    }),
    native("trunc()", "The Int without its fraction.", "(-2.7).trunc() // → -2", |cx, args| {
        whole(cx, get(args, 0), Mode::Down)
    }),
    native(
        "is_nan()",
        "Whether it is NaN.",
        "math.nan.is_nan() // → true\n1.is_nan() // → false",
        |_, args| Ok(Value::bool(get(args, 0).as_float().is_some_and(f64::is_nan))),
    ),
    native(
        "is_finite()",
        "Whether it is neither NaN nor infinite.",
        "(1 / 3).is_finite() // → true\nmath.inf.is_finite() // → false",
        |_, args| Ok(Value::bool(get(args, 0).as_float().is_none_or(f64::is_finite))),
    ),
    native(
        "int()",
        "The Int without its fraction; of NaN and infinity an error.",
        "2.9.int() // → 2",
        convert::int,
    ),
    native(
        "float()",
        "The nearest Float; an error when it is too large.",
        "3.float() // → 3.0\n0.1d.float() // → 0.1",
        convert::float,
    ),
    native(
        "decimal()",
        "The Decimal; of a Float, the one with the digits it prints.",
        "3.decimal() // → 3d\n0.1.decimal() // → 0.1d",
        convert::decimal,
    ),
];

const INT: &[Row] = &[
    native(
        "round(digits = 0)",
        "Itself; with negative `digits` rounded to tens, hundreds and so on, half to even.",
        "1250.round(-2) // → 1200\n7.round() // → 7",
        round_int,
    ),
    native(
        "str(base = 10)",
        "Its digits in a base from 2 to 36.",
        "255.str(16) // → \"ff\"\n(-5).str() // → \"-5\"",
        convert::int_str,
    ),
    native(
        "digits(base = 10)",
        "Its digits, the most significant first, without the sign.",
        "407.digits() // → [4, 0, 7]\n6.digits(2) // → [1, 1, 0]",
        digits,
    ),
    native("char()", "The character with this code point.", "9829.char() // → \"♥\"", char_of),
    native("is_even()", "Whether 2 divides it.", "4.is_even() // → true", |_, args| {
        Ok(Value::bool(!odd(args)))
    }),
    native("is_odd()", "Whether 2 does not divide it.", "4.is_odd() // → false", |_, args| {
        Ok(Value::bool(odd(args)))
    }),
    native(
        "bit_and(other)",
        "Bits set in both, in two's complement.",
        "12.bit_and(10) // → 8",
        |cx, args| bits(cx, args, number::bit_and),
    ),
    native("bit_or(other)", "Bits set in either.", "12.bit_or(10) // → 14", |cx, args| {
        bits(cx, args, number::bit_or)
    }),
    native("bit_xor(other)", "Bits set in exactly one.", "12.bit_xor(10) // → 6", |cx, args| {
        bits(cx, args, number::bit_xor)
    }),
    native("bit_not()", "All bits turned: -1 - n.", "5.bit_not() // → -6", |cx, args| {
        let r = number::sub(&Value::int(-1), get(args, 0));
        done(cx, r)
    }),
    native("shift_left(n)", "Times 2 ** n.", "1.shift_left(10) // → 1024", |cx, args| {
        let r = number::shl(get(args, 0), shift(cx, args)?, cx.max_bits());
        done(cx, r)
    }),
    native(
        "shift_right(n)",
        "Divided by 2 ** n, rounded down.",
        "1024.shift_right(3) // → 128\n(-1).shift_right(5) // → -1",
        |cx, args| {
            let r = number::shr(get(args, 0), shift(cx, args)?);
            done(cx, r)
        },
    ),
    native(
        "bit_count()",
        "How many bits of its absolute value are set.",
        "7.bit_count() // → 3",
        |cx, args| with_size(cx, args, |n| n.magnitude().count_ones()),
    ),
    native(
        "bit_length()",
        "How many bits its absolute value needs.",
        "255.bit_length() // → 8",
        |cx, args| with_size(cx, args, BigInt::bits),
    ),
];

const FLOAT: &[Row] = &[native(
    "round(digits = …)",
    "The nearest Int, half to even; with `digits`, the nearest Float with so many places.",
    "2.6.round() // → 3\n2.5.round() // → 2\n3.14159.round(2) // → 3.14\n1234.5.round(-2) // → 1200.0",
    round_float,
)];

const DECIMAL: &[Row] = &[
    native(
        "round(digits = …, mode = \"half-even\")",
        "The nearest Int; with `digits`, the Decimal with so many places. The mode is `half-even`, `half-up`, `up`, `down`, `floor` or `ceil`.",
        "2.675d.round(2) // → 2.68d\n2.665d.round(2) // → 2.66d\n2.665d.round(2, mode: \"half-up\") // → 2.67d\n2.5d.round() // → 2\n9d.round(2) // → 9.00d",
        round_decimal,
    ),
    native("scale()", "How many places it has.", "9.50d.scale() // → 2", |_, args| {
        Ok(Value::int(get(args, 0).as_decimal().map_or(0, |d| i64::from(d.scale()))))
    }),
    native(
        "normalize()",
        "Without zeros at the end of its places.",
        "9.50d.normalize() // → 9.5d",
        |_, args| {
            Ok(get(args, 0).as_decimal().map_or(Value::NULL, |d| Value::decimal(d.normalize())))
        },
    ),
];

/// How to round.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    HalfEven,
    HalfUp,
    Up,
    Down,
    Floor,
    Ceil,
}

/// Why an operation on numbers failed, as an error.
pub(crate) fn fault(cx: &Context, error: NumberError) -> Fault {
    let kind = match error {
        NumberError::DivisionByZero => "division-by-zero",
        NumberError::TooLarge => "too-large",
        NumberError::DecimalInexact | NumberError::DecimalRange | NumberError::FloatRange => {
            "out-of-range"
        }
        _ => "type-error",
    };
    Fault::new(kind, format!("`{}`: {error}", cx.name()))
}

/// The result of an operation on numbers.
pub(crate) fn done(cx: &Context, result: Result<Value, NumberError>) -> Answer {
    result.map_err(|e| fault(cx, e))
}

/// A number as a Float.
pub(crate) fn to_float(cx: &Context, value: &Value) -> Result<f64, Fault> {
    if let Some(x) = value.as_float() {
        return Ok(x);
    }
    if let Some(d) = value.as_decimal() {
        return Ok(number::decimal_to_float(d));
    }
    let product = done(cx, number::add(value, &Value::float(0.0)))?;
    Ok(product.as_float().unwrap_or(f64::NAN))
}

/// A number as a Decimal.
pub(crate) fn to_decimal(cx: &Context, value: &Value) -> Result<Decimal, Fault> {
    if let Some(d) = value.as_decimal() {
        return Ok(*d);
    }
    let made = match value.as_float() {
        Some(x) => number::decimal_from_float(x),
        None => number::decimal_from_bigint(&value.as_bigint().unwrap_or_default()),
    };
    made.map_err(|e| fault(cx, e))
}

/// A number as an Int, rounded.
pub(crate) fn whole(cx: &Context, value: &Value, mode: Mode) -> Answer {
    if let Some(x) = value.as_float() {
        let rounded = match mode {
            Mode::HalfEven => x.round_ties_even(),
            Mode::HalfUp => x.round(),
            Mode::Up if x < 0.0 => x.floor(),
            Mode::Up | Mode::Ceil => x.ceil(),
            Mode::Down => x.trunc(),
            Mode::Floor => x.floor(),
        };
        if rounded.abs() < 9e18 {
            return Ok(Value::int(rounded as i64));
        }
        return match BigInt::from_f64(rounded) {
            Some(n) => Ok(Value::big(n)),
            None => Err(Fault::new(
                "conversion",
                format!("`{}` cannot make an Int of {value}", cx.name()),
            )),
        };
    }
    if let Some(d) = value.as_decimal() {
        let unit = BigInt::from(10u8).pow(d.scale());
        return Ok(Value::big(quotient(&d.mantissa().into(), &unit, mode)));
    }
    Ok(value.clone())
}

/// `n / unit` rounded; `unit` is positive.
fn quotient(n: &BigInt, unit: &BigInt, mode: Mode) -> BigInt {
    let (down, rest) = (n / unit, n % unit);
    if rest.is_zero() {
        return down;
    }
    let twice = rest.abs() * 2u8;
    let away = match mode {
        Mode::HalfEven => match twice.cmp(unit) {
            Ordering::Less => false,
            Ordering::Equal => down.bit(0),
            Ordering::Greater => true,
        },
        Mode::HalfUp => twice >= *unit,
        Mode::Up => true,
        Mode::Down => false,
        Mode::Floor => n.is_negative(),
        Mode::Ceil => n.is_positive(),
    };
    match (away, n.is_negative()) {
        (false, _) => down,
        (true, true) => down - 1,
        (true, false) => down + 1,
    }
}

fn abs(cx: &mut Context, args: &mut [Value]) -> Answer {
    let x = take(args, 0);
    if let Some(f) = x.as_float() {
        return Ok(Value::float(f.abs()));
    }
    let negative = x.compare(&Value::int(0)) == Ok(Ordering::Less);
    if negative { done(cx, number::neg(&x)) } else { Ok(x) }
}

fn sign(_: &mut Context, args: &mut [Value]) -> Answer {
    let x = get(args, 0);
    if x.as_float().is_some_and(f64::is_nan) {
        return Ok(Value::int(0));
    }
    Ok(Value::int(match x.compare(&Value::int(0)) {
        Ok(Ordering::Less) => -1,
        Ok(Ordering::Greater) => 1,
        _ => 0,
    }))
}

fn clamp(cx: &mut Context, args: &mut [Value]) -> Answer {
    for (at, name) in [(1, "low"), (2, "high")] {
        if !get(args, at).kind().is_number() {
            return Err(Fault::argument(cx.name(), name, "a number", get(args, at)));
        }
    }
    let (x, low, high) = (get(args, 0), get(args, 1), get(args, 2));
    let order = |a: &Value, b: &Value| a.compare(b).map_err(|e| unorderable(cx, a, e));
    if order(low, high)?.is_gt() {
        return Err(Fault::new(
            "type-error",
            format!("`clamp` needs low <= high, got {} and {}", describe(low), describe(high)),
        ));
    }
    if x.as_float().is_some_and(f64::is_nan) {
        return Ok(x.clone());
    }
    Ok(if order(x, low)?.is_lt() {
        low
    } else if order(x, high)?.is_gt() {
        high
    } else {
        x
    }
    .clone())
}

/// Rounds by the receiver's kind, for `math.round`.
pub(crate) fn round(cx: &mut Context, args: &mut [Value]) -> Answer {
    match get(args, 0).kind() {
        Kind::Float => round_float(cx, args),
        Kind::Decimal => round_decimal(cx, args),
        _ => round_int(cx, args),
    }
}

fn round_int(cx: &mut Context, args: &mut [Value]) -> Answer {
    let digits = match given(args, 1) {
        Some(_) => int(cx, args, 1, "digits")?,
        None => 0,
    };
    let n = take(args, 0);
    let Some(big) = n.as_bigint().filter(|_| digits < 0) else { return Ok(n) };
    // Beyond its own digits everything is zero.
    if digits.unsigned_abs() > big.bits() {
        return Ok(Value::int(0));
    }
    // A power of ten, a quotient, a product.
    let words = (big.bits() / 64) as usize;
    cx.charge_whole(words.saturating_mul(words / 4 + 1))?;
    cx.reserve(big.bits())?;
    let unit = BigInt::from(10u8).pow(digits.unsigned_abs() as u32);
    Ok(Value::big(quotient(&big, &unit, Mode::HalfEven) * unit))
}

fn round_float(cx: &mut Context, args: &mut [Value]) -> Answer {
    let x = get(args, 0).as_float().unwrap_or(0.0);
    if given(args, 1).is_none_or(Value::is_null) {
        return whole(cx, get(args, 0), Mode::HalfEven);
    }
    let digits = int(cx, args, 1, "digits")?;
    if !x.is_finite() || digits > 400 {
        return Ok(Value::float(x));
    }
    let rounded = if digits >= 0 {
        // Formatting rounds the exact value, half to even.
        format!("{x:.*}", digits as usize).parse().unwrap_or(x)
    } else if digits < -308 {
        0.0
    } else {
        let unit = libm::pow(10.0, -digits as f64);
        (x / unit).round_ties_even() * unit
    };
    Ok(Value::float(rounded))
}

fn round_decimal(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mode = match given(args, 2) {
        None => Mode::HalfEven,
        Some(mode) => match mode.as_str() {
            Some("half-even") => Mode::HalfEven,
            Some("half-up") => Mode::HalfUp,
            Some("up") => Mode::Up,
            Some("down") => Mode::Down,
            Some("floor") => Mode::Floor,
            Some("ceil") => Mode::Ceil,
            _ => {
                let modes = "`half-even`, `half-up`, `up`, `down`, `floor` or `ceil`";
                return Err(Fault::argument(cx.name(), "mode", modes, mode));
            }
        },
    };
    if given(args, 1).is_none_or(Value::is_null) {
        return whole(cx, get(args, 0), mode);
    }
    let digits = int(cx, args, 1, "digits")?;
    let Some(d) = get(args, 0).as_decimal() else { return Ok(Value::NULL) };
    // A Decimal has at most 28 places and 29 digits before them.
    let digits = digits.clamp(-40, 40);
    let from = i64::from(d.scale());
    let ten = |n: i64| BigInt::from(10u8).pow(n.unsigned_abs() as u32);
    let mantissa = BigInt::from(d.mantissa());
    let mut rounded = if digits >= from {
        mantissa * ten(digits - from)
    } else {
        quotient(&mantissa, &ten(from - digits), mode)
    };
    if digits < 0 {
        rounded *= ten(digits);
    }
    let made = i128::try_from(&rounded)
        .ok()
        .and_then(|m| Decimal::try_from_i128_with_scale(m, digits.max(0) as u32).ok());
    made.map(Value::decimal).ok_or_else(|| fault(cx, NumberError::DecimalRange))
}

fn digits(cx: &mut Context, args: &mut [Value]) -> Answer {
    let base = match given(args, 1) {
        Some(_) => convert::radix(cx, args, 1)?,
        None => 10,
    };
    let n = get(args, 0).as_bigint().unwrap_or_default();
    cx.charge_digits((n.bits() / 64) as usize)?;
    // In base 10, each digit takes more than three bits.
    let most = n.bits() / u64::from(base.ilog2()) + 1;
    cx.reserve(most)?;
    let mut out = room(cx, most as usize)?;
    if n.is_zero() {
        out.push(Value::int(0));
    } else {
        out.extend(n.to_radix_be(base).1.into_iter().map(|d| Value::int(i64::from(d))));
    }
    Ok(Value::from(out))
}

fn char_of(cx: &mut Context, args: &mut [Value]) -> Answer {
    let c = get(args, 0).as_int().and_then(|n| u32::try_from(n).ok()).and_then(char::from_u32);
    c.map(Value::char).ok_or_else(|| {
        Fault::argument(cx.name(), "this", "the code point of a character", get(args, 0))
    })
}

fn odd(args: &[Value]) -> bool {
    match get(args, 0).as_int() {
        Some(n) => n & 1 == 1,
        None => get(args, 0).as_bigint().is_some_and(|n| n.bit(0)),
    }
}

fn bits(
    cx: &mut Context,
    args: &mut [Value],
    op: fn(&Value, &Value) -> Result<Value, NumberError>,
) -> Answer {
    if get(args, 1).kind() != Kind::Int {
        return Err(Fault::argument(cx.name(), "other", "an Int", get(args, 1)));
    }
    done(cx, op(get(args, 0), get(args, 1)))
}

/// A shift must be an Int that is not negative.
fn shift<'a>(cx: &mut Context, args: &'a [Value]) -> Result<&'a Value, Fault> {
    let n = get(args, 1);
    match n.as_bigint() {
        Some(by) if by.sign() != Sign::Minus => {
            cx.charge(get(args, 0).as_bigint().map_or(0, |n| n.bits() / 64) as usize)?;
            Ok(n)
        }
        _ => Err(Fault::argument(cx.name(), "n", "an Int that is not negative", n)),
    }
}

fn with_size(cx: &mut Context, args: &mut [Value], f: fn(&BigInt) -> u64) -> Answer {
    let n = get(args, 0).as_bigint().unwrap_or_default();
    cx.charge((n.bits() / 64) as usize)?;
    Ok(Value::big(f(&n).into()))
}

/// The product of `low ..= high`, in halves so that the factors stay of one size.
pub(crate) fn product(cx: &mut Context, low: u64, high: u64) -> Result<BigInt, Fault> {
    if low > high {
        return Ok(BigInt::one());
    }
    if high - low < 8 {
        cx.charge(8)?;
        return Ok((low..=high).fold(BigInt::one(), |acc, n| acc * n));
    }
    let middle = low + (high - low) / 2;
    let (a, b) = (product(cx, low, middle)?, product(cx, middle + 1, high)?);
    if a.bits() + b.bits() > cx.max_bits() {
        return Err(fault(cx, NumberError::TooLarge));
    }
    let (m, n) = ((a.bits() / 64) as usize, (b.bits() / 64) as usize);
    cx.charge_whole(m.saturating_mul(n / 16 + 1))?;
    cx.reserve(a.bits() + b.bits())?;
    Ok(a * b)
}
