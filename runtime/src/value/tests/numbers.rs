//! The laws of numbers, checked against exact arithmetic on fractions of big integers.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::dec;
use crate::value::hash::table_hash;
use crate::value::number::{self, MAX_BITS, NumberError};
use crate::value::{Kind, Value};

/// A finite number as a fraction.
type Fraction = (BigInt, BigInt);

fn fraction(v: &Value) -> Option<Fraction> {
    if let Some(n) = v.as_bigint() {
        return Some((n.into_owned(), BigInt::one()));
    }
    if let Some(d) = v.as_decimal() {
        return Some((d.mantissa().into(), BigInt::from(10).pow(d.scale())));
    }
    let x = v.as_float()?;
    if !x.is_finite() {
        return None;
    }
    let bits = x.abs().to_bits();
    let (fraction, biased) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
    let (mantissa, exponent) =
        if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    let mantissa = if x < 0.0 { -BigInt::from(mantissa) } else { BigInt::from(mantissa) };
    Some(match exponent {
        0.. => (mantissa << exponent as u32, BigInt::one()),
        _ => (mantissa, BigInt::one() << (-exponent) as u32),
    })
}

fn model_compare(a: &Value, b: &Value) -> Ordering {
    // Not finite: below all, above all, above that.
    let rank = |v: &Value| match v.as_float() {
        Some(x) if x.is_nan() => 2,
        Some(x) if x.is_infinite() => {
            if x > 0.0 {
                1
            } else {
                -1
            }
        }
        _ => 0,
    };
    rank(a).cmp(&rank(b)).then_with(|| match (fraction(a), fraction(b)) {
        (Some((a, b)), Some((c, d))) => (a * d).cmp(&(c * b)),
        _ => Ordering::Equal,
    })
}

fn numbers() -> impl Strategy<Value = Value> {
    let edge = [
        0.0,
        -0.0,
        1.0,
        0.1,
        0.5,
        2.5,
        1e15,
        1e22,
        1e28,
        7.9e28,
        1e29,
        1e300,
        5e-324,
        2.2250738585072014e-308,
        f64::MAX,
        f64::INFINITY,
        f64::NAN,
    ];
    let edges = edge.into_iter().flat_map(|x| [x, -x]).map(Value::float).collect::<Vec<_>>();
    let around = prop_oneof![
        Just(53),
        Just(61),
        Just(62),
        Just(63),
        Just(64),
        Just(96),
        Just(100),
        Just(1023),
        Just(1024)
    ];
    prop_oneof![
        (-3i64..4).prop_map(Value::int),
        (-3i64..4).prop_map(|n| Value::float(n as f64)),
        any::<i64>().prop_map(Value::int),
        any::<f64>().prop_map(Value::float),
        prop::num::f64::ANY.prop_map(Value::float),
        prop::sample::select(edges),
        (around, -2i64..3, any::<bool>()).prop_map(|(bits, off, negative)| {
            let n: BigInt = (BigInt::one() << bits) + off;
            Value::big(if negative { -n } else { n })
        }),
        (around_float(), any::<bool>()).prop_map(|(x, negative)| Value::float(if negative {
            -x
        } else {
            x
        })),
        (any::<i64>(), 0u32..29)
            .prop_map(|(n, scale)| Value::decimal(Decimal::from_i128_with_scale(n.into(), scale))),
        (-1000i64..1000, 0u32..5)
            .prop_map(|(n, scale)| Value::decimal(Decimal::from_i128_with_scale(n.into(), scale))),
        (-(1i128 << 96) + 1..1i128 << 96, 0u32..29)
            .prop_map(|(n, scale)| Value::decimal(Decimal::from_i128_with_scale(n, scale))),
        any::<[u8; 20]>().prop_map(|bytes| Value::big(BigInt::from_signed_bytes_le(&bytes))),
    ]
}

fn around_float() -> impl Strategy<Value = f64> {
    (prop_oneof![Just(53), Just(61), Just(63), Just(64), Just(96)], -2i64..3).prop_map(
        |(bits, off)| {
            let x = 2f64.powi(bits);
            f64::from_bits((x.to_bits() as i64 + off) as u64)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn order_is_the_mathematical_one(a in numbers(), b in numbers(), c in numbers()) {
        prop_assert_eq!(a.compare(&b).unwrap(), model_compare(&a, &b), "{} {}", a, b);
        prop_assert_eq!(a.compare(&b).unwrap(), b.compare(&a).unwrap().reverse());
        prop_assert_eq!(a == b, model_compare(&a, &b) == Ordering::Equal);
        prop_assert_eq!(a.clone(), a.clone());
        let mut sorted = [a, b, c];
        sorted.sort();
        prop_assert!(sorted[0] <= sorted[1] && sorted[1] <= sorted[2] && sorted[0] <= sorted[2]);
    }

    #[test]
    fn equal_numbers_hash_alike(a in numbers(), n in -5i64..6) {
        // Each number beside the same number in the other kinds.
        let float = a.as_bigint().and_then(|n| number::int_to_float(&Value::big(n.into_owned()))).map(Value::float);
        let int = a.as_float().and_then(number::float_to_int);
        let decimal = a.as_bigint().and_then(|n| number::decimal_from_bigint(&n).ok()).map(Value::decimal);
        let near = number::add(&a, &Value::int(n)).ok();
        for b in [float, int, decimal, near].into_iter().flatten() {
            if a == b {
                prop_assert_eq!(a.stable_hash(), b.stable_hash(), "{} {}", a, b);
                prop_assert_eq!(table_hash(&a), table_hash(&b), "{} {}", a, b);
            }
        }
    }

    #[test]
    fn equal_fractions_hash_alike(n in -1_000_000i64..1_000_000, places in 0u32..35) {
        let float = n as f64 / 2f64.powi(places as i32);
        if let Ok(decimal) = number::decimal_from_float(float) {
            let (a, b) = (Value::float(float), Value::decimal(decimal));
            prop_assert!(a != b || table_hash(&a) == table_hash(&b), "{} {}", a, b);
        }
    }

    #[test]
    fn sums_and_products_are_exact_or_errors(a in numbers(), b in numbers()) {
        for (op, result) in [('+', number::add(&a, &b)), ('-', number::sub(&a, &b)), ('*', number::mul(&a, &b, MAX_BITS))] {
            let Ok(result) = result else { continue };
            if result.kind() == Kind::Float { continue }
            let ((a, b), (c, d)) = (fraction(&a).unwrap(), fraction(&b).unwrap());
            let expected = match op {
                '+' => (a * &d + c * &b, b * d),
                '-' => (a * &d - c * &b, b * d),
                _ => (a * c, b * d),
            };
            let (x, y) = fraction(&result).unwrap();
            prop_assert_eq!(x * expected.1, y * expected.0, "{}", op);
        }
    }

    #[test]
    fn int_division_is_correctly_rounded(a in any::<[u8; 12]>(), b in any::<[u8; 9]>(), shift in 0u32..900) {
        let (a, b) = (BigInt::from_signed_bytes_le(&a) << shift, BigInt::from_signed_bytes_le(&b));
        prop_assume!(!b.is_zero());
        let q = number::div(&Value::big(a.clone()), &Value::big(b.clone())).unwrap();
        let q = q.as_float().unwrap();
        // No neighbour is nearer.
        let off = |x: f64| {
            let (n, d) = fraction(&Value::float(x)).unwrap();
            ((&a * &d - n * &b).abs(), (d * &b).abs())
        };
        let (n, d) = off(q);
        for neighbour in [f64::from_bits(q.to_bits() + 1), f64::from_bits(q.to_bits().saturating_sub(1))] {
            if neighbour.is_finite() {
                let (m, e) = off(neighbour);
                prop_assert!(&n * e <= m * &d, "{} / {} = {}", a, b, q);
            }
        }
    }

    #[test]
    fn floor_division_and_rest_fit_together(a in numbers(), b in numbers()) {
        let (Ok(q), Ok(r)) = (number::int_div(&a, &b), number::rem(&a, &b)) else { return Ok(()) };
        if q.kind() == Kind::Float { return Ok(()) }
        let whole = number::mul(&q, &b, MAX_BITS).and_then(|whole| number::add(&whole, &r));
        if let Ok(whole) = whole {
            prop_assert_eq!(whole, a);
        }
        let zero = Value::int(0);
        prop_assert!(r == zero || (r < zero) == (b < zero));
        prop_assert!(b < zero && b < r || b > zero && r < b);
    }

    #[test]
    fn decimal_quotients_are_within_half_a_unit(a in -(1i128 << 96) + 1..1i128 << 96, sa in 0u32..29, b in 1i128..1 << 60, sb in 0u32..29) {
        let (a, b) = (Decimal::from_i128_with_scale(a, sa), Decimal::from_i128_with_scale(b, sb));
        let (va, vb) = (Value::decimal(a), Value::decimal(b));
        if let Ok(q) = number::div(&va, &vb) {
            // |q - a/b| <= half of the last place of q.
            let ((n, d), (x, y)) = ((fraction(&va).unwrap(), fraction(&vb).unwrap()), fraction(&q).unwrap());
            let (n, d) = (n.0 * d.1, n.1 * d.0);
            let off = (&x * &d - &n * &y).abs() * 2;
            prop_assert!(off <= d.abs(), "{} / {} = {}", a, b, q);
        }
    }

    #[test]
    fn printed_numbers_read_back_as_the_same(a in numbers()) {
        let text = a.display_str();
        let back = match a.kind() {
            Kind::Int => number::parse_int(&text),
            Kind::Float => number::parse_float(&text).map(Value::float),
            _ => number::parse_decimal(&text).unwrap().map(Value::decimal),
        };
        prop_assert!(back.as_ref().is_some_and(|back| back.identical(&a)), "{} {:?}", text, back);
    }

    #[test]
    fn decimals_become_the_nearest_float(n in -(1i128 << 96) + 1..1i128 << 96, scale in 0u32..29) {
        let d = Decimal::from_i128_with_scale(n, scale);
        prop_assert_eq!(number::decimal_to_float(&d), d.to_string().parse::<f64>().unwrap());
    }
}

fn add(a: impl Into<Value>, b: impl Into<Value>) -> String {
    shown(number::add(&a.into(), &b.into()))
}

fn shown(result: Result<Value, NumberError>) -> String {
    result.map_or_else(|error| error.to_string(), |value| value.display_str().into_owned())
}

#[test]
fn ints_are_promoted_and_come_back() {
    assert_eq!(add(i64::MAX, 1), "9223372036854775808");
    let big = number::add(&Value::int(i64::MAX), &Value::int(1)).unwrap();
    assert_eq!(number::sub(&big, &Value::int(1)).unwrap().as_int(), Some(i64::MAX));
    assert_eq!(shown(number::neg(&Value::int(i64::MIN))), "9223372036854775808");
    assert_eq!(
        shown(number::int_div(&Value::int(i64::MIN), &Value::int(-1))),
        "9223372036854775808"
    );
    assert_eq!(shown(number::rem(&Value::int(i64::MIN), &Value::int(-1))), "0");
}

#[test]
fn kinds_that_meet() {
    assert_eq!(add(1, 0.5), "1.5");
    assert_eq!(add(dec("9.50"), 1), "10.50");
    assert_eq!(add(dec("9.50"), 0.5), "a Decimal and a Float do not mix");
    assert_eq!(add(BigInt::from(10).pow(400), 0.5), "the Int is too large for a Float");
    assert_eq!(add("1", 1), "expected numbers");
}

#[test]
fn division() {
    let div = |a: Value, b: Value| shown(number::div(&a, &b));
    assert_eq!(div(7.into(), 2.into()), "3.5");
    assert_eq!(div(6.into(), 2.into()), "3.0");
    assert_eq!(div(1.into(), 0.into()), "division by zero");
    assert_eq!(div(1.0.into(), 0.into()), "inf");
    assert_eq!(div(dec("1"), dec("0.00")), "division by zero");
    assert_eq!(div(dec("9.50"), 2.into()), "4.75");
    assert_eq!(div(dec("9.00"), 3.into()), "3.00");
    assert_eq!(div(dec("1"), 3.into()), "0.3333333333333333333333333333");
    assert_eq!(div(dec("2"), 3.into()), "0.6666666666666666666666666667");
    assert_eq!(div(dec("10"), 4.into()), "2.5");
    assert_eq!(div(BigInt::from(10).pow(400).into(), BigInt::from(10).pow(399).into()), "10.0");
    assert_eq!(div(BigInt::from(10).pow(400).into(), 1.into()), "the Int is too large for a Float");
    assert_eq!(div(1.into(), BigInt::from(10).pow(400).into()), "0.0");
}

#[test]
fn floor_division() {
    for (a, b, q, r) in [
        (7, 2, 3, 1),
        (-7, 2, -4, 1),
        (7, -2, -4, -1),
        (-7, -2, 3, -1),
        (6, 3, 2, 0),
        (-6, 3, -2, 0),
    ] {
        let (x, y) = (Value::int(a), Value::int(b));
        assert_eq!(number::int_div(&x, &y), Ok(Value::int(q)));
        assert_eq!(number::rem(&x, &y), Ok(Value::int(r)));
        let (x, y) = (Value::float(a as f64), Value::float(b as f64));
        assert!(number::int_div(&x, &y).unwrap().identical(&Value::float(q as f64)));
        assert_eq!(number::rem(&x, &y), Ok(Value::float(r as f64)));
        let (x, y) = (dec(&a.to_string()), dec(&b.to_string()));
        assert_eq!(number::int_div(&x, &y), Ok(Value::int(q)));
    }
    assert_eq!(shown(number::rem(&Value::float(-1.0), &Value::float(f64::INFINITY))), "inf");
    assert_eq!(shown(number::rem(&Value::float(1.0), &Value::float(0.0))), "NaN");
    assert_eq!(shown(number::rem(&Value::int(1), &Value::int(0))), "division by zero");
}

#[test]
fn powers() {
    let pow = |a: Value, b: Value| shown(number::pow(&a, &b, MAX_BITS));
    assert_eq!(pow(2.into(), 10.into()), "1024");
    assert_eq!(pow(2.into(), 100.into()), "1267650600228229401496703205376");
    assert_eq!(pow(2.into(), (-1).into()), "0.5");
    assert_eq!(pow(0.into(), (-1).into()), "division by zero");
    assert_eq!(pow(0.into(), 0.into()), "1");
    assert_eq!(pow((-1).into(), i64::MAX.into()), "-1");
    assert_eq!(pow((-1).into(), BigInt::from(10).pow(30).into()), "1");
    assert_eq!(pow(1.into(), BigInt::from(10).pow(30).into()), "1");
    assert_eq!(pow(10.into(), BigInt::from(10).pow(10).into()), "the result would be too large");
    assert_eq!(pow(10.into(), BigInt::from(10).pow(30).into()), "the result would be too large");
    assert_eq!(pow(2.0.into(), 0.5.into()), "1.4142135623730951");
    assert_eq!(pow(dec("1.5"), 2.into()), "2.25");
    assert_eq!(pow(dec("2"), (-1).into()), "0.5");
    assert_eq!(
        pow(dec("1.1"), 1_000_000.into()),
        "the exact result has more digits than a Decimal can hold"
    );
    assert_eq!(pow(2.into(), dec("0.5")), "a Decimal can only be raised to a whole number");
}

#[test]
fn big_results_are_refused_before_they_are_computed() {
    let big = Value::big(BigInt::one() << 1_000_000u32);
    assert_eq!(number::mul(&big, &big, MAX_BITS), Err(NumberError::TooLarge));
    assert_eq!(
        number::shl(&Value::int(1), &Value::int(i64::MAX), MAX_BITS),
        Err(NumberError::TooLarge)
    );
    assert_eq!(number::shl(&Value::int(0), &Value::int(i64::MAX), MAX_BITS), Ok(Value::int(0)));
    assert_eq!(number::shr(&Value::int(-5), &Value::int(i64::MAX)), Ok(Value::int(-1)));
    assert_eq!(number::shr(&Value::int(-5), &Value::int(1)), Ok(Value::int(-3)));
    assert_eq!(number::shl(&Value::int(1), &Value::int(-1), MAX_BITS), Err(NumberError::Negative));
}

#[test]
fn decimals_keep_their_scale_and_are_never_rounded_in_silence() {
    let mul = |a: &str, b: &str| shown(number::mul(&dec(a), &dec(b), MAX_BITS));
    assert_eq!(mul("9.50", "2"), "19.00");
    assert_eq!(
        mul("0.0000000000000001", "0.0000000000000001"),
        "the exact result has more digits than a Decimal can hold"
    );
    assert_eq!(mul("0.5000000000000000", "0.5000000000000000"), "0.2500000000000000000000000000");
    assert_eq!(
        mul("79228162514264337593543950335", "2"),
        "the result is beyond the range of Decimal"
    );
    assert_eq!(
        add(dec("79228162514264337593543950335"), dec("0.5")),
        "the exact result has more digits than a Decimal can hold"
    );
    assert_eq!(shown(number::neg(&dec("0.00"))), "0.00");
}

#[test]
fn floats_print_with_a_point_or_an_exponent() {
    let shown = |x: f64| Value::float(x).to_string();
    assert_eq!(shown(1.0), "1.0");
    assert_eq!(shown(0.1), "0.1");
    assert_eq!(shown(1e16), "1e16");
    assert_eq!(shown(1e-7), "1e-7");
    assert_eq!(shown(-0.0), "-0.0");
    assert_eq!(shown(f64::NAN), "NaN");
    assert_eq!(shown(f64::NEG_INFINITY), "-inf");
}

#[test]
fn texts_that_are_numbers_and_texts_that_are_not() {
    for text in ["", "-", "_1", "1_", "1__0", "1.0", "0x10", " 1", "1 ", "٣"] {
        assert_eq!(number::parse_int(text), None, "{text:?}");
    }
    assert_eq!(number::parse_int("-1_000"), Some(Value::int(-1000)));
    assert_eq!(number::parse_int("-9223372036854775808"), Some(Value::int(i64::MIN)));
    let nines = "9".repeat(5000);
    assert_eq!(number::parse_int(&nines).map(|n| n.to_string()), Some(nines));
    assert_eq!(number::parse_radix("ff", 16), Some(Value::int(255)));
    assert_eq!(number::parse_radix("12", 2), None);
    for text in ["", "nan", "infinity", "e5", "1e", "--1", "1_.0", "0x1"] {
        assert_eq!(number::parse_float(text), None, "{text:?}");
    }
    assert_eq!(number::parse_float("-1_0.5e1"), Some(-105.0));
    for text in ["", ".5", "5.", "1e3", "1.2.3"] {
        assert_eq!(number::parse_decimal(text), Ok(None), "{text:?}");
    }
    assert_eq!(
        shown(number::parse_decimal("-9.50").map(|d| d.map_or(Value::NULL, Value::decimal))),
        "-9.50"
    );
    assert_eq!(number::parse_decimal(&"9".repeat(30)), Err(NumberError::DecimalRange));
    assert_eq!(
        number::parse_decimal(&format!("0.{}", "1".repeat(30))),
        Err(NumberError::DecimalInexact)
    );
}

#[test]
fn floats_as_decimals_have_the_digits_they_print() {
    let shown = |x| number::decimal_from_float(x).map_or_else(|e| e.to_string(), |d| d.to_string());
    assert_eq!(shown(0.1), "0.1");
    assert_eq!(shown(-1.5e10), "-15000000000");
    assert_eq!(shown(1e-28), "0.0000000000000000000000000001");
    assert_eq!(shown(1e-29), "the exact result has more digits than a Decimal can hold");
    assert_eq!(shown(1e40), "the result is beyond the range of Decimal");
    assert_eq!(shown(f64::NAN), "expected a finite number");
}
