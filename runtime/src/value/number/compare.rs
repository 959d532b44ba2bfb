//! Numbers compared, told apart by form, and reduced for hashing; all exactly.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};
use rust_decimal::Decimal;

use crate::value::Value;

/// A number, looked at.
#[derive(Clone, Copy, Debug)]
pub enum Number<'a> {
    /// An Int that fits 64 bits.
    Int(i64),
    /// An Int that does not.
    Big(&'a BigInt),
    /// A Float.
    Float(f64),
    /// A Decimal.
    Decimal(&'a Decimal),
}

/// 2^61 - 1: numbers hash by their value modulo this prime.
const PRIME: u64 = (1 << 61) - 1;

impl<'a> Number<'a> {
    /// The number that a value is.
    #[inline]
    pub fn of(value: &'a Value) -> Option<Number<'a>> {
        if let Some(n) = value.as_int() {
            return Some(Number::Int(n));
        }
        if let Some(x) = value.as_float() {
            return Some(Number::Float(x));
        }
        value.as_decimal().map(Number::Decimal).or_else(|| value.as_big().map(Number::Big))
    }

    /// The place of a number's form among equal numbers: Int, Decimal (fewest places first), `0.0`, `-0.0`.
    pub(crate) fn form(self) -> u32 {
        match self {
            Number::Int(_) | Number::Big(_) => 0,
            Number::Decimal(d) => 1 + d.scale(),
            Number::Float(x) if x == 0.0 && x.is_sign_negative() => 101,
            Number::Float(_) => 100,
        }
    }

    /// The size modulo 2^61 - 1, and the sign in the top bit: the same for equal numbers of any kind; infinities and NaN have residues of their own.
    #[inline]
    pub(crate) fn residue(self) -> u64 {
        match self {
            Number::Int(n) if n.unsigned_abs() < PRIME => signed(n < 0, n.unsigned_abs()),
            number => number.reduce(),
        }
    }

    fn reduce(self) -> u64 {
        match self {
            Number::Int(n) => signed(n < 0, n.unsigned_abs() % PRIME),
            Number::Big(n) => {
                signed(n.is_negative(), (n.magnitude() % PRIME).to_u64().unwrap_or(0))
            }
            Number::Float(x) => float_residue(x),
            Number::Decimal(d) => {
                let digits = (d.mantissa().unsigned_abs() % u128::from(PRIME)) as u64;
                let residue = (0..d.scale()).fold(digits, |residue, _| multiply(residue, TENTH));
                signed(d.is_sign_negative(), residue)
            }
        }
    }
}

/// The inverse of ten modulo the prime.
const TENTH: u64 = {
    // Fermat: 10^(p - 2).
    let (mut result, mut base, mut exponent) = (1, 10, PRIME - 2);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = multiply(result, base);
        }
        base = multiply(base, base);
        exponent >>= 1;
    }
    result
};

const fn multiply(a: u64, b: u64) -> u64 {
    ((a as u128 * b as u128) % PRIME as u128) as u64
}

fn signed(negative: bool, residue: u64) -> u64 {
    if negative && residue != 0 { residue | 1 << 63 } else { residue }
}

fn float_residue(x: f64) -> u64 {
    if x.is_nan() {
        return u64::MAX;
    }
    if x.is_infinite() {
        return u64::MAX - 1 - u64::from(x < 0.0);
    }
    let (negative, mantissa, exponent) = decode(x);
    // 2^61 is 1 modulo the prime, so only the exponent modulo 61 counts.
    let shift = exponent.rem_euclid(61) as u32;
    signed(negative, multiply(mantissa % PRIME, (1u64 << shift) % PRIME))
}

/// A finite float as sign, mantissa and power of two.
pub(super) fn decode(x: f64) -> (bool, u64, i32) {
    let bits = x.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let biased = ((bits >> 52) & 0x7ff) as i32;
    let negative = bits >> 63 == 1;
    if biased == 0 {
        (negative, fraction, -1074)
    } else {
        (negative, fraction | 1 << 52, biased - 1075)
    }
}

/// The mathematical order, exact between kinds. NaN equals itself and is greater than every other number; `0.0` equals `-0.0`.
pub fn compare(a: Number<'_>, b: Number<'_>) -> Ordering {
    use Number::*;
    match (a, b) {
        (Int(a), Int(b)) => a.cmp(&b),
        (Big(a), Big(b)) => a.cmp(b),
        (Float(a), Float(b)) => floats(a, b),
        (Decimal(a), Decimal(b)) => a.cmp(b),
        (Int(_), Big(b)) => {
            if b.is_negative() {
                Ordering::Greater
            } else {
                Ordering::Less
            }
        }
        (Int(a), Float(b)) => int_float(a, b),
        (Int(a), Decimal(b)) => int_decimal(a, b),
        (Big(a), Float(b)) => big_float(a, b),
        // Every Decimal has at most 96 bits before the point, some more than an i64.
        (Big(a), Decimal(b)) => (a * ten_to(b.scale())).cmp(&BigInt::from(b.mantissa())),
        (Float(a), Decimal(b)) => float_decimal(a, b),
        (Big(_), Int(_))
        | (Float(_), Int(_) | Big(_))
        | (Decimal(_), Int(_) | Big(_) | Float(_)) => compare(b, a).reverse(),
    }
}

fn floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

fn int_float(a: i64, b: f64) -> Ordering {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if b.is_nan() || b >= LIMIT {
        Ordering::Less
    } else if b < -LIMIT {
        Ordering::Greater
    } else {
        // In range, so the cast is exact; what it cuts off decides between equals.
        let whole = b.trunc();
        a.cmp(&(whole as i64)).then_with(|| floats(0.0, b - whole))
    }
}

fn big_float(a: &BigInt, b: f64) -> Ordering {
    if b.is_nan() || b == f64::INFINITY {
        return Ordering::Less;
    }
    if b == f64::NEG_INFINITY {
        return Ordering::Greater;
    }
    // A big Int is at least 2^63 in size, where floats have no fraction.
    let (negative, mantissa, exponent) = decode(b);
    let whole = if exponent < 0 {
        BigInt::from(mantissa >> exponent.unsigned_abs().min(63))
    } else {
        BigInt::from(mantissa) << exponent as u32
    };
    a.cmp(&if negative { -whole } else { whole })
}

fn int_decimal(a: i64, b: &Decimal) -> Ordering {
    // 19 + 28 digits do not fit an i128; the whole part decides, then the rest.
    let whole = b.trunc();
    i128::from(a)
        .cmp(&(whole.mantissa() / 10i128.pow(whole.scale())))
        .then_with(|| Decimal::ZERO.cmp(&(b - whole)))
}

fn float_decimal(a: f64, b: &Decimal) -> Ordering {
    if a.is_nan() || a == f64::INFINITY {
        return Ordering::Greater;
    }
    if a == f64::NEG_INFINITY {
        return Ordering::Less;
    }
    let (negative, mantissa, exponent) = decode(a);
    let mantissa = if negative { -BigInt::from(mantissa) } else { BigInt::from(mantissa) };
    let mut left = mantissa * ten_to(b.scale());
    let mut right = BigInt::from(b.mantissa());
    if exponent >= 0 {
        left <<= exponent as u32;
    } else {
        right <<= exponent.unsigned_abs();
    }
    left.cmp(&right)
}

pub(super) fn ten_to(power: u32) -> BigInt {
    BigInt::from(10u8).pow(power)
}

/// The nearest float, ties to even; `None` beyond the range.
pub(super) fn big_to_float(n: &BigInt) -> Option<f64> {
    // `to_f64` rounds to nearest even and gives an infinity beyond the range.
    n.to_f64().filter(|x| x.is_finite())
}

/// The Int that a Float is without its fraction; `None` for NaN and infinities.
pub fn float_to_int(x: f64) -> Option<Value> {
    if !x.is_finite() {
        return None;
    }
    let whole = x.trunc();
    if whole.abs() < 9e18 {
        return Some(Value::int(whole as i64));
    }
    Some(Value::big(large_float(whole)))
}

/// The number that a Float is which is so large that it has no fraction.
pub(super) fn large_float(x: f64) -> BigInt {
    let (negative, mantissa, exponent) = decode(x);
    // Without a fraction the exponent is not negative.
    let size = BigInt::from(mantissa) << exponent.max(0) as u32;
    if negative { -size } else { size }
}

/// The nearest Float of an Int, ties to even; `None` beyond the range and for other values.
pub fn int_to_float(n: &Value) -> Option<f64> {
    match Number::of(n)? {
        Number::Int(n) => Some(n as f64),
        Number::Big(n) => big_to_float(n),
        Number::Float(_) | Number::Decimal(_) => None,
    }
}
