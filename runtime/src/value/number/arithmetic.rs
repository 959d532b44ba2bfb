//! The operators on numbers, for every combination of kinds. The machine has fast paths of its own for pairs of small Ints and
//! pairs of Floats; these are the same operations for everything.

use num_bigint::{BigInt, Sign};
use num_traits::{Signed, ToPrimitive, Zero};
use rust_decimal::Decimal;

use super::NumberError::{self, *};
use super::compare::{Number, big_to_float};
use super::decimal;
use crate::value::Value;

type Result<T> = std::result::Result<T, NumberError>;

/// Two operands brought to one kind.
enum Pair {
    Small(i64, i64),
    Big(BigInt, BigInt),
    Float(f64, f64),
    Decimal(Decimal, Decimal),
}

fn to_float(n: Number<'_>) -> Result<f64> {
    match n {
        Number::Int(n) => Ok(n as f64),
        Number::Big(n) => big_to_float(n).ok_or(FloatRange),
        Number::Float(x) => Ok(x),
        Number::Decimal(_) => Err(DecimalWithFloat),
    }
}

fn to_big(n: Number<'_>) -> BigInt {
    match n {
        Number::Int(n) => n.into(),
        Number::Big(n) => n.clone(),
        Number::Float(_) | Number::Decimal(_) => BigInt::zero(),
    }
}

fn to_decimal(n: Number<'_>) -> Result<Decimal> {
    match n {
        Number::Int(n) => Ok(n.into()),
        Number::Big(n) => decimal::decimal_from_bigint(n),
        Number::Float(_) => Err(DecimalWithFloat),
        Number::Decimal(d) => Ok(*d),
    }
}

fn pair(a: &Value, b: &Value) -> Result<Pair> {
    use Number::{Big, Float, Int};
    let (a, b) = (Number::of(a).ok_or(NotNumber)?, Number::of(b).ok_or(NotNumber)?);
    Ok(match (a, b) {
        (Int(a), Int(b)) => Pair::Small(a, b),
        (Int(_) | Big(_), Int(_) | Big(_)) => Pair::Big(to_big(a), to_big(b)),
        (Float(_), _) | (_, Float(_)) => Pair::Float(to_float(a)?, to_float(b)?),
        _ => Pair::Decimal(to_decimal(a)?, to_decimal(b)?),
    })
}

/// `a + b`
pub fn add(a: &Value, b: &Value) -> Result<Value> {
    Ok(match pair(a, b)? {
        Pair::Small(a, b) => {
            a.checked_add(b).map_or_else(|| Value::big(BigInt::from(a) + b), Value::int)
        }
        Pair::Big(a, b) => Value::big(a + b),
        Pair::Float(a, b) => Value::float(a + b),
        Pair::Decimal(a, b) => Value::decimal(decimal::add(a, b)?),
    })
}

/// `a - b`
pub fn sub(a: &Value, b: &Value) -> Result<Value> {
    Ok(match pair(a, b)? {
        Pair::Small(a, b) => {
            a.checked_sub(b).map_or_else(|| Value::big(BigInt::from(a) - b), Value::int)
        }
        Pair::Big(a, b) => Value::big(a - b),
        Pair::Float(a, b) => Value::float(a - b),
        Pair::Decimal(a, b) => Value::decimal(decimal::add(a, -b)?),
    })
}

/// `a * b`; refused when an Int result could have more than `max_bits` bits.
pub fn mul(a: &Value, b: &Value, max_bits: u64) -> Result<Value> {
    Ok(match pair(a, b)? {
        Pair::Small(a, b) => {
            a.checked_mul(b).map_or_else(|| Value::big(BigInt::from(a) * b), Value::int)
        }
        Pair::Big(a, b) => {
            if a.bits() + b.bits() > max_bits.max(128) {
                return Err(TooLarge);
            }
            Value::big(a * b)
        }
        Pair::Float(a, b) => Value::float(a * b),
        Pair::Decimal(a, b) => Value::decimal(decimal::mul(a, b)?),
    })
}

/// `a / b`: of Ints the correctly rounded Float, of Decimals rounded half-even to 28 digits.
pub fn div(a: &Value, b: &Value) -> Result<Value> {
    Ok(match pair(a, b)? {
        Pair::Small(_, 0) => return Err(DivisionByZero),
        Pair::Small(a, b) => Value::float(divide_small(a, b)),
        Pair::Big(a, b) => Value::float(divide(&a, &b)?),
        Pair::Float(a, b) => Value::float(a / b),
        Pair::Decimal(a, b) => Value::decimal(decimal::div(a, b)?),
    })
}

/// `a div b`: the quotient rounded down.
pub fn int_div(a: &Value, b: &Value) -> Result<Value> {
    Ok(match pair(a, b)? {
        Pair::Small(_, 0) => return Err(DivisionByZero),
        Pair::Small(a, b) => match a.checked_div(b) {
            Some(q) if a % b != 0 && (a < 0) != (b < 0) => Value::int(q - 1),
            Some(q) => Value::int(q),
            None => Value::big(-BigInt::from(a)),
        },
        Pair::Big(_, b) if b.is_zero() => return Err(DivisionByZero),
        Pair::Big(a, b) => Value::big(floor_div(&a, &b).0),
        Pair::Float(a, b) => Value::float(floor_div_float(a, b).0),
        Pair::Decimal(a, b) => Value::decimal(decimal::floor_div(a, b)?.0),
    })
}

/// `a % b`: the rest of `a div b`, with the sign of `b`.
pub fn rem(a: &Value, b: &Value) -> Result<Value> {
    Ok(match pair(a, b)? {
        Pair::Small(_, 0) => return Err(DivisionByZero),
        Pair::Small(a, b) => {
            let rest = a.wrapping_rem(b);
            Value::int(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest })
        }
        Pair::Big(_, b) if b.is_zero() => return Err(DivisionByZero),
        Pair::Big(a, b) => Value::big(floor_div(&a, &b).1),
        Pair::Float(a, b) => Value::float(floor_div_float(a, b).1),
        Pair::Decimal(a, b) => Value::decimal(decimal::floor_div(a, b)?.1),
    })
}

/// `-a`
pub fn neg(a: &Value) -> Result<Value> {
    Ok(match Number::of(a).ok_or(NotNumber)? {
        Number::Int(n) => n.checked_neg().map_or_else(|| Value::big(-BigInt::from(n)), Value::int),
        Number::Big(n) => Value::big(-n),
        Number::Float(x) => Value::float(-x),
        Number::Decimal(d) => Value::decimal(-*d),
    })
}

/// `a ** b`: exact for Ints with an exponent that is not negative (refused beyond `max_bits` bits), and for Decimals with a whole
/// exponent that is not negative; a negative exponent divides.
pub fn pow(a: &Value, b: &Value, max_bits: u64) -> Result<Value> {
    use Number::{Big, Decimal, Float, Int};
    let (base, exponent) = (Number::of(a).ok_or(NotNumber)?, Number::of(b).ok_or(NotNumber)?);
    match (base, exponent) {
        (Int(_) | Big(_), Int(_) | Big(_)) => pow_int(base, exponent, max_bits),
        (Decimal(base), Int(exponent)) => decimal::pow(*base, exponent).map(Value::decimal),
        (Int(_) | Big(_) | Decimal(_), Decimal(exponent)) if exponent.is_integer() => {
            let exponent = exponent.to_i64().ok_or(DecimalRange)?;
            decimal::pow(to_decimal(base)?, exponent).map(Value::decimal)
        }
        (Decimal(_), Big(_) | Decimal(_)) | (Int(_) | Big(_), Decimal(_)) => Err(DecimalExponent),
        (Float(_), _) | (_, Float(_)) => {
            Ok(Value::float(libm::pow(to_float(base)?, to_float(exponent)?)))
        }
    }
}

fn pow_int(base: Number<'_>, exponent: Number<'_>, max_bits: u64) -> Result<Value> {
    let exponent = match exponent {
        Number::Int(n) => n,
        // Only the sign and whether it is odd matter, for 0, 1 and -1; everything else is too large or vanishes.
        Number::Big(n) => {
            let even = !n.bit(0);
            if n.is_negative() { i64::MIN + i64::from(!even) } else { i64::MAX - i64::from(even) }
        }
        _ => return Err(NotInt),
    };
    if exponent < 0 {
        return match base {
            Number::Int(0) => Err(DivisionByZero),
            Number::Int(1) => Ok(Value::float(1.0)),
            Number::Int(-1) => Ok(Value::float(if exponent % 2 == 0 { 1.0 } else { -1.0 })),
            _ => Ok(Value::float(libm::pow(to_float(base)?, exponent as f64))),
        };
    }
    let small = match base {
        Number::Int(base) => {
            if (-1..=1).contains(&base) || exponent == 0 {
                let odd = exponent % 2 == 1;
                return Ok(Value::int(match base {
                    _ if exponent == 0 => 1,
                    -1 if !odd => 1,
                    base => base,
                }));
            }
            u32::try_from(exponent).ok().and_then(|exponent| base.checked_pow(exponent))
        }
        _ if exponent == 0 => Some(1),
        _ => None,
    };
    if let Some(n) = small {
        return Ok(Value::int(n));
    }
    let base = to_big(base);
    // At least (bits - 1) * exponent bits will come out.
    let least = (base.bits() - 1).checked_mul(exponent as u64);
    match (least, u32::try_from(exponent)) {
        (Some(least), Ok(exponent)) if least <= max_bits.max(128) => {
            Ok(Value::big(base.pow(exponent)))
        }
        _ => Err(TooLarge),
    }
}

/// `a & b` on Ints.
pub fn bit_and(a: &Value, b: &Value) -> Result<Value> {
    bitwise(a, b, |a, b| a & b, |a, b| a & b)
}

/// `a | b` on Ints.
pub fn bit_or(a: &Value, b: &Value) -> Result<Value> {
    bitwise(a, b, |a, b| a | b, |a, b| a | b)
}

/// Exclusive or on Ints.
pub fn bit_xor(a: &Value, b: &Value) -> Result<Value> {
    bitwise(a, b, |a, b| a ^ b, |a, b| a ^ b)
}

fn bitwise(
    a: &Value,
    b: &Value,
    small: fn(i64, i64) -> i64,
    big: fn(BigInt, BigInt) -> BigInt,
) -> Result<Value> {
    match pair(a, b)? {
        Pair::Small(a, b) => Ok(Value::int(small(a, b))),
        Pair::Big(a, b) => Ok(Value::big(big(a, b))),
        Pair::Float(..) | Pair::Decimal(..) => Err(NotInt),
    }
}

/// An Int shifted left; refused beyond `max_bits` bits.
pub fn shl(a: &Value, by: &Value, max_bits: u64) -> Result<Value> {
    let a = a.as_bigint().ok_or(NotInt)?;
    let by = shift_width(by)?;
    if a.is_zero() {
        return Ok(Value::int(0));
    }
    match by.filter(|by| a.bits().saturating_add(*by) <= max_bits.max(128)) {
        Some(by) => Ok(Value::big(a.into_owned() << by)),
        None => Err(TooLarge),
    }
}

/// An Int shifted right, rounding down.
pub fn shr(a: &Value, by: &Value) -> Result<Value> {
    let a = a.as_bigint().ok_or(NotInt)?;
    match shift_width(by)? {
        Some(by) if by <= a.bits() => Ok(Value::big(a.into_owned() >> by)),
        _ => Ok(Value::int(if a.is_negative() { -1 } else { 0 })),
    }
}

/// `None` for a width beyond 64 bits.
fn shift_width(by: &Value) -> Result<Option<u64>> {
    let by = by.as_bigint().ok_or(NotInt)?;
    if by.is_negative() { Err(Negative) } else { Ok(u64::try_from(&*by).ok()) }
}

/// Quotient rounded down and rest with the sign of `b`, which is not zero.
fn floor_div(a: &BigInt, b: &BigInt) -> (BigInt, BigInt) {
    let (quotient, rest) = (a / b, a % b);
    if !rest.is_zero() && (rest.is_negative() != b.is_negative()) {
        (quotient - 1, rest + b)
    } else {
        (quotient, rest)
    }
}

fn floor_div_float(a: f64, b: f64) -> (f64, f64) {
    let rest = a % b;
    let rest = match rest {
        // A zero rest has the divisor's sign, as any other rest.
        0.0 => 0f64.copysign(b),
        _ if (rest < 0.0) != (b < 0.0) && b.is_finite() => rest + b,
        _ if (rest < 0.0) != (b < 0.0) && !rest.is_nan() => b,
        _ => rest,
    };
    if b == 0.0 || a.is_infinite() || b.is_infinite() {
        return ((a / b).floor(), rest);
    }
    // Rounded from an exact multiple; the quotient of floats near a whole number can be off by one before.
    let quotient = (a - rest) / b;
    (quotient.round(), rest)
}

fn divide_small(a: i64, b: i64) -> f64 {
    const EXACT: u64 = 1 << 53;
    if a.unsigned_abs() <= EXACT && b.unsigned_abs() <= EXACT {
        return a as f64 / b as f64;
    }
    divide(&a.into(), &b.into()).unwrap_or(f64::NAN)
}

/// The correctly rounded quotient.
fn divide(a: &BigInt, b: &BigInt) -> Result<f64> {
    if b.is_zero() {
        return Err(DivisionByZero);
    }
    if a.is_zero() {
        return Ok(0.0);
    }
    // 66 to 68 bits of quotient, the lowest standing for all that follow.
    let shift = 67 + b.bits() as i64 - a.bits() as i64;
    let (numerator, denominator) = if shift >= 0 {
        (a.magnitude() << shift as u64, b.magnitude().clone())
    } else {
        (a.magnitude().clone(), b.magnitude() << shift.unsigned_abs())
    };
    let quotient = &numerator / &denominator;
    let exact = &quotient * &denominator == numerator;
    let digits = u128::try_from(&quotient).unwrap_or(u128::MAX) | u128::from(!exact);
    let size = scale_by_power(digits, -shift);
    if size.is_infinite() {
        return Err(FloatRange);
    }
    Ok(if (a.sign() == Sign::Minus) != (b.sign() == Sign::Minus) { -size } else { size })
}

/// `digits * 2^exponent`, rounded once, half to even.
fn scale_by_power(digits: u128, exponent: i64) -> f64 {
    let bits = i64::from(128 - digits.leading_zeros());
    // Bits that a float has room for at this size: 53, or fewer among the subnormal ones.
    let keep = (bits + exponent + 1074).clamp(0, 53);
    let cut = bits - keep;
    if cut <= 0 {
        return libm::ldexp(digits as f64, exponent.clamp(-5000, 5000) as i32);
    }
    let (kept, rest) =
        if cut >= 128 { (0, digits) } else { (digits >> cut, digits & ((1 << cut) - 1)) };
    let half = if cut > 128 { u128::MAX } else { 1 << (cut - 1) };
    let up = rest > half || (rest == half && kept & 1 == 1);
    let exponent = (exponent + cut).clamp(-5000, 5000) as i32;
    libm::ldexp((kept + u128::from(up)) as f64, exponent)
}
