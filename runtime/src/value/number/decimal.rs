//! Decimals: `+ - *` exact or an error, `/` rounded half-even, the scale kept.
//!
//! A result that needs more than 96 bits or 28 places gives up trailing zeros first; what is not zero is never cut off in silence.

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};
use rust_decimal::Decimal;

use super::NumberError::{self, *};
use super::compare::ten_to;

type Result<T> = std::result::Result<T, NumberError>;

/// The most decimal places.
const PLACES: u32 = 28;

/// Significant digits that division keeps.
const DIGITS: u32 = 28;

/// `digits / 10^scale`, if there is such a Decimal.
pub(super) fn exact(digits: BigInt, scale: u32) -> Result<Decimal> {
    let (mut digits, mut scale) = (digits, scale);
    loop {
        let fits = digits.bits() <= 96;
        if fits
            && scale <= PLACES
            && let Some(digits) = digits.to_i128()
        {
            return Decimal::try_from_i128_with_scale(digits, scale).map_err(|_| DecimalRange);
        }
        if scale == 0 {
            return Err(DecimalRange);
        }
        let (shorter, last): (BigInt, BigInt) = (&digits / 10, &digits % 10);
        if !last.is_zero() {
            return Err(DecimalInexact);
        }
        (digits, scale) = (shorter, scale - 1);
    }
}

fn quick(digits: i128, scale: u32) -> Option<Decimal> {
    if scale > PLACES { None } else { Decimal::try_from_i128_with_scale(digits, scale).ok() }
}

/// Both with the same scale.
fn align(a: Decimal, b: Decimal) -> (BigInt, BigInt, u32) {
    let scale = a.scale().max(b.scale());
    let digits = |d: Decimal| BigInt::from(d.mantissa()) * ten_to(scale - d.scale());
    (digits(a), digits(b), scale)
}

pub(super) fn add(a: Decimal, b: Decimal) -> Result<Decimal> {
    let scale = a.scale().max(b.scale());
    let digits = |d: Decimal| d.mantissa().checked_mul(10i128.pow(scale - d.scale()));
    let sum = digits(a).zip(digits(b)).and_then(|(a, b)| a.checked_add(b));
    match sum.and_then(|sum| quick(sum, scale)) {
        Some(sum) => Ok(sum),
        None => {
            let (a, b, scale) = align(a, b);
            exact(a + b, scale)
        }
    }
}

pub(super) fn mul(a: Decimal, b: Decimal) -> Result<Decimal> {
    let scale = a.scale() + b.scale();
    match a.mantissa().checked_mul(b.mantissa()).and_then(|product| quick(product, scale)) {
        Some(product) => Ok(product),
        None => exact(BigInt::from(a.mantissa()) * b.mantissa(), scale),
    }
}

/// The quotient: exact with the fewest places from `a`'s less `b`'s on, or else rounded half-even to 28 digits.
pub(super) fn div(a: Decimal, b: Decimal) -> Result<Decimal> {
    if b.is_zero() {
        return Err(DivisionByZero);
    }
    let preferred = a.scale().saturating_sub(b.scale());
    if a.is_zero() {
        return quick(0, preferred).ok_or(DecimalRange);
    }
    // a / b = digits(a) * 10^(scale(b) - scale(a)) / digits(b); with `scale` places it is multiplied by 10^scale.
    let parts = |scale: u32| {
        let power = i64::from(scale) + i64::from(b.scale()) - i64::from(a.scale());
        let (mut top, mut bottom) = (BigInt::from(a.mantissa()), BigInt::from(b.mantissa()));
        if power >= 0 {
            top *= ten_to(power as u32)
        } else {
            bottom *= ten_to(power.unsigned_abs() as u32)
        }
        (top, bottom)
    };
    let (top, bottom) = parts(preferred);
    if (&top % &bottom).is_zero() {
        return exact(top / bottom, preferred);
    }
    let (top, bottom) = parts(PLACES);
    let most = &top / &bottom;
    let digits = most.magnitude().to_string().len() as u32;
    let scale = PLACES.checked_sub(digits.saturating_sub(DIGITS)).ok_or(DecimalRange)?;
    let (top, bottom) = parts(scale);
    let (mut quotient, rest) = (&top / &bottom, &top % &bottom);
    if rest.is_zero() {
        let mut scale = scale;
        while scale > preferred && (&quotient % BigInt::from(10)).is_zero() {
            quotient /= 10;
            scale -= 1;
        }
        return exact(quotient, scale);
    }
    let negative = top.is_negative() != bottom.is_negative();
    let twice = rest.magnitude() * 2u8;
    if twice > *bottom.magnitude() || (twice == *bottom.magnitude() && quotient.bit(0)) {
        quotient += if negative { -1 } else { 1 };
    }
    exact(quotient, scale)
}

/// Quotient rounded down (without places) and rest with the sign of `b`.
pub(super) fn floor_div(a: Decimal, b: Decimal) -> Result<(Decimal, Decimal)> {
    if b.is_zero() {
        return Err(DivisionByZero);
    }
    let (a, b, scale) = align(a, b);
    let (mut quotient, mut rest) = (&a / &b, &a % &b);
    if !rest.is_zero() && rest.is_negative() != b.is_negative() {
        quotient -= 1;
        rest += b;
    }
    Ok((exact(quotient, 0)?, exact(rest, scale)?))
}

pub(super) fn pow(base: Decimal, exponent: i64) -> Result<Decimal> {
    let mut result = Decimal::ONE;
    let mut square = base;
    let mut left = exponent.unsigned_abs();
    while left > 0 {
        if left & 1 == 1 {
            result = mul(result, square)?;
        }
        left >>= 1;
        if left > 0 {
            square = mul(square, square)?;
        }
    }
    if exponent < 0 { div(Decimal::ONE, result) } else { Ok(result) }
}

/// The Decimal equal to an Int.
pub fn decimal_from_bigint(n: &BigInt) -> Result<Decimal> {
    exact(n.clone(), 0)
}

/// The Decimal with the digits that a Float prints (its shortest round-trip text), which is what people mean by `decimal(0.1)`.
pub fn decimal_from_float(x: f64) -> Result<Decimal> {
    if !x.is_finite() {
        return Err(NotFinite);
    }
    let text = format!("{x:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let places = digits.split_once('.').map_or(0, |(_, places)| places.len() as i64);
    let whole: BigInt = digits.replace('.', "").parse().map_err(|_| NotFinite)?;
    let scale = places - exponent.parse::<i64>().map_err(|_| NotFinite)?;
    match u32::try_from(scale) {
        Ok(scale) => exact(whole, scale),
        Err(_) if scale < -30 => Err(DecimalRange),
        Err(_) => exact(whole * ten_to(scale.unsigned_abs() as u32), 0),
    }
}

/// The nearest Float, ties to even.
pub fn decimal_to_float(d: &Decimal) -> f64 {
    // Reading decimal digits is correctly rounded.
    d.to_string().parse().unwrap_or(f64::NAN)
}
