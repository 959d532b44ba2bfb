//! The one form that equal numbers of any kind share: what tables hash.
//!
//! (The stable hash is of a number modulo a prime, which is quick and says the same on every machine; but anybody can find numbers
//! that are congruent.)

use std::borrow::Cow;

use num_bigint::BigInt;

use super::compare::{Number, decode, large_float};

/// A number in the form that depends on its value alone.
#[derive(Debug, PartialEq)]
pub(crate) enum Canonical<'a> {
    /// Whole, within 64 bits.
    Int(i64),
    /// Whole, beyond.
    Big(Cow<'a, BigInt>),
    /// A fraction that a Decimal could be: `mantissa / 10^scale`, in lowest terms.
    Decimal { mantissa: i128, scale: u32 },
    /// A fraction that only a Float can be, an infinity or the one NaN.
    Float(f64),
}

impl<'a> Number<'a> {
    /// The form that this number shares with all that are equal to it.
    pub(crate) fn canonical(self) -> Canonical<'a> {
        match self {
            Number::Int(n) => Canonical::Int(n),
            Number::Big(n) => Canonical::Big(Cow::Borrowed(n)),
            Number::Float(x) => of_float(x),
            Number::Decimal(d) => of_digits(d.mantissa(), d.scale()),
        }
    }
}

fn of_digits(mut mantissa: i128, mut scale: u32) -> Canonical<'static> {
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    match i64::try_from(mantissa) {
        _ if scale > 0 => Canonical::Decimal { mantissa, scale },
        Ok(n) => Canonical::Int(n),
        Err(_) => Canonical::Big(Cow::Owned(mantissa.into())),
    }
}

fn of_float(x: f64) -> Canonical<'static> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if x.is_nan() {
        return Canonical::Float(f64::NAN);
    }
    if x.is_infinite() {
        return Canonical::Float(x);
    }
    if x == x.trunc() {
        if (-LIMIT..LIMIT).contains(&x) {
            return Canonical::Int(x as i64);
        }
        return Canonical::Big(Cow::Owned(large_float(x)));
    }
    // An odd number over a power of two: m / 2^k = m * 5^k / 10^k.
    let (negative, mantissa, exponent) = decode(x);
    let zeros = mantissa.trailing_zeros();
    let (odd, scale) = (i128::from(mantissa >> zeros), exponent.unsigned_abs() - zeros);
    // 53 bits and 28 powers of five are within 118 bits; a Decimal has 28 places and 96 bits.
    let digits = (scale <= 28).then(|| odd * 5i128.pow(scale)).filter(|m| m >> 96 == 0);
    match digits {
        Some(digits) => {
            Canonical::Decimal { mantissa: if negative { -digits } else { digits }, scale }
        }
        None => Canonical::Float(x),
    }
}
