//! Operators and format specifications.

use super::*;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

pub(super) fn unary(op: UnaryOp, v: &V) -> Eval {
    match (op, v) {
        (UnaryOp::Not, V::Bool(b)) => Ok(V::Bool(!b)),
        (UnaryOp::Neg, V::Int(n)) => Ok(V::Int(-n)),
        (UnaryOp::Neg, V::Float(f)) => Ok(V::Float(-f)),
        (UnaryOp::Neg, V::Dec(n, s)) => Ok(V::Dec(-n, *s)),
        _ => type_error("wrong operand"),
    }
}

/// One link of a comparison.
pub(super) fn compares(op: CompareOp, a: &V, b: &V) -> Eval<bool> {
    Ok(match op {
        CompareOp::Eq => equal(a, b),
        CompareOp::Ne => !equal(a, b),
        CompareOp::Lt => order(a, b)?.is_lt(),
        CompareOp::Le => order(a, b)?.is_le(),
        CompareOp::Gt => order(a, b)?.is_gt(),
        CompareOp::Ge => order(a, b)?.is_ge(),
        CompareOp::In => contains(b, a)?,
        CompareOp::NotIn => !contains(b, a)?,
    })
}

/// `<` and its kin: numbers, strings, and vectors of them.
fn order(a: &V, b: &V) -> Eval<std::cmp::Ordering> {
    let number = |v: &V| matches!(v, V::Int(_) | V::Float(_) | V::Dec(..));
    match (a, b) {
        (V::Str(_), V::Str(_)) => Ok(compare(a, b)),
        _ if number(a) && number(b) => Ok(compare(a, b)),
        (V::Vec(x), V::Vec(y)) => {
            for (x, y) in x.iter().zip(y.iter()) {
                let order = order(x, y)?;
                if order.is_ne() {
                    return Ok(order);
                }
            }
            Ok(x.len().cmp(&y.len()))
        }
        _ => type_error("cannot be ordered"),
    }
}

/// `x in c`
pub(super) fn contains(collection: &V, x: &V) -> Eval<bool> {
    Ok(match collection {
        V::Vec(items) => items.iter().any(|y| equal(x, y)),
        V::Set(items) => {
            check_key(x)?;
            items.iter().any(|y| equal(x, y))
        }
        V::Map(entries) => {
            check_key(x)?;
            find(entries, x).is_ok()
        }
        V::Str(s) => match x {
            V::Str(part) => s.contains(&**part),
            _ => return type_error("a string contains only strings"),
        },
        V::Range(a, b, inclusive) => match x {
            V::Int(n) => {
                a.as_ref().is_none_or(|a| a <= n)
                    && b.as_ref().is_none_or(|b| n < b || *inclusive && n == b)
            }
            _ => return Err(Stop::Unsupported("in a range")),
        },
        _ => return type_error("contains nothing"),
    })
}

pub(super) fn binary(op: BinaryOp, a: &V, b: &V) -> Eval {
    match (op, a, b) {
        (BinaryOp::Mul, V::Int(_), V::Str(_) | V::Vec(_)) => binary(op, b, a),
        (_, V::Int(x), V::Int(y)) => ints(op, x, y),
        (_, V::Float(x), V::Float(y)) => floats(op, *x, *y),
        (_, V::Int(x), V::Float(y)) => floats(op, exact(x)?, *y),
        (_, V::Float(x), V::Int(y)) => floats(op, *x, exact(y)?),
        (_, V::Dec(x, s), V::Dec(y, t)) => decimals(op, (x, *s), (y, *t)),
        (_, V::Dec(x, s), V::Int(y)) => decimals(op, (x, *s), (y, 0)),
        (_, V::Int(x), V::Dec(y, t)) => decimals(op, (x, 0), (y, *t)),
        (BinaryOp::Add, V::Str(x), V::Str(y)) => Ok(V::str(format!("{x}{y}"))),
        (BinaryOp::Add, V::Vec(x), V::Vec(y)) => Ok(V::vec([&x[..], &y[..]].concat())),
        (BinaryOp::Mul, V::Str(x), V::Int(n)) => Ok(V::str(x.repeat(times(n, x.len())?))),
        (BinaryOp::Mul, V::Vec(x), V::Int(n)) => {
            let count = times(n, x.len())?;
            Ok(V::vec(std::iter::repeat_n(&x[..], count).flatten().cloned().collect()))
        }
        (BinaryOp::Union, V::Set(x), V::Set(y)) => {
            let mut out = x.to_vec();
            y.iter().for_each(|v| add(&mut out, v.clone()));
            Ok(V::Set(Rc::new(out)))
        }
        (BinaryOp::Union, V::Map(x), V::Map(y)) => {
            let mut out = x.to_vec();
            y.iter().for_each(|(k, v)| put(&mut out, k.clone(), v.clone()));
            Ok(V::Map(Rc::new(out)))
        }
        (BinaryOp::Intersect, V::Set(x), V::Set(y)) => Ok(V::Set(Rc::new(
            x.iter().filter(|v| y.iter().any(|w| equal(v, w))).cloned().collect(),
        ))),
        (BinaryOp::Sub, V::Set(x), V::Set(y)) => Ok(V::Set(Rc::new(
            x.iter().filter(|v| !y.iter().any(|w| equal(v, w))).cloned().collect(),
        ))),
        (BinaryOp::Sub, V::Vec(x), V::Set(y)) => {
            let kept = x.iter().filter(|v| !y.iter().any(|w| equal(v, w))).cloned().collect();
            Ok(V::vec(kept))
        }
        (BinaryOp::Sub, V::Map(x), V::Set(y)) => {
            let kept = x.iter().filter(|(k, _)| !y.iter().any(|w| equal(k, w))).cloned().collect();
            Ok(V::Map(Rc::new(kept)))
        }
        _ => type_error(format!("{} and {}", a.type_name(), b.type_name())),
    }
}

/// An Int as the Float that equals it; larger ones round, which is not modelled.
fn exact(n: &BigInt) -> Eval<f64> {
    match n.to_f64() {
        Some(f) if n.bits() <= 53 => Ok(f),
        _ => Err(Stop::Unsupported("a large Int as a Float")),
    }
}

fn times(n: &BigInt, len: usize) -> Eval<usize> {
    match n.to_i64() {
        Some(n) if n < 0 => raise("out-of-range", "a negative count"),
        Some(n) if n as u64 * (len as u64 + 1) < 100_000 => Ok(n as usize),
        _ => Err(Stop::Unsupported("a large repetition")),
    }
}

fn ints(op: BinaryOp, x: &BigInt, y: &BigInt) -> Eval {
    let by_zero = || raise("division-by-zero", "division by zero");
    Ok(V::Int(match op {
        BinaryOp::Add => x + y,
        BinaryOp::Sub => x - y,
        BinaryOp::Mul if x.bits() + y.bits() > 20_000 => {
            return Err(Stop::Unsupported("a huge Int"));
        }
        BinaryOp::Mul => x * y,
        BinaryOp::Div if y.is_zero() => return by_zero(),
        BinaryOp::Div => return Ok(V::Float(exact(x)? / exact(y)?)),
        BinaryOp::IntDiv if y.is_zero() => return by_zero(),
        BinaryOp::IntDiv => floor(x, y).0,
        BinaryOp::Rem if y.is_zero() => return by_zero(),
        BinaryOp::Rem => floor(x, y).1,
        BinaryOp::Pow => match y.to_u32() {
            Some(n) if x.bits() * u64::from(n) < 20_000 => x.pow(n),
            _ => return Err(Stop::Unsupported("a large or negative power")),
        },
        BinaryOp::Union | BinaryOp::Intersect => return type_error("no operator for Ints"),
    }))
}

/// Quotient and remainder, rounded towards minus infinity.
fn floor(x: &BigInt, y: &BigInt) -> (BigInt, BigInt) {
    let (q, r) = (x / y, x % y);
    if !r.is_zero() && r.is_negative() != y.is_negative() { (q - 1, r + y) } else { (q, r) }
}

fn floats(op: BinaryOp, x: f64, y: f64) -> Eval {
    Ok(V::Float(match op {
        BinaryOp::Add => x + y,
        BinaryOp::Sub => x - y,
        BinaryOp::Mul => x * y,
        BinaryOp::Div => x / y,
        BinaryOp::Union | BinaryOp::Intersect => return type_error("no operator for Floats"),
        _ => return Err(Stop::Unsupported("Float operator")),
    }))
}

fn decimals(op: BinaryOp, (x, s): (&BigInt, u32), (y, t): (&BigInt, u32)) -> Eval {
    let ten = BigInt::from(10);
    let scale = s.max(t);
    let (a, b) = (x * ten.pow(scale - s), y * ten.pow(scale - t));
    let (digits, scale) = match op {
        BinaryOp::Add => (a + b, scale),
        BinaryOp::Sub => (a - b, scale),
        BinaryOp::Mul => (x * y, s + t),
        BinaryOp::Union | BinaryOp::Intersect => return type_error("no operator for Decimals"),
        _ if y.is_zero() && !matches!(op, BinaryOp::Pow) => {
            return raise("division-by-zero", "division by zero");
        }
        _ => return Err(Stop::Unsupported("Decimal operator")),
    };
    if [&digits, x, y].iter().any(|n| n.bits() > 90) || scale > 20 {
        return Err(Stop::Unsupported("a long Decimal"));
    }
    Ok(V::Dec(digits, scale))
}

/// `{v:spec}`, for Ints, Floats with a precision, and strings.
pub(super) fn format(v: &V, spec: &FormatSpec) -> Eval<String> {
    let (sign, body) = match (v, spec.kind, spec.precision) {
        (V::Int(n), None, None) => (if n.is_negative() { "-" } else { "" }, n.abs().to_string()),
        (V::Float(f), None, Some(p)) if f.is_finite() => {
            (if f.is_sign_negative() { "-" } else { "" }, format!("{:.1$}", f.abs(), p as usize))
        }
        (V::Str(s), None, None) => ("", s.to_string()),
        (V::Str(s), None, Some(p)) => ("", s.chars().take(p as usize).collect()),
        _ => return Err(Stop::Unsupported("format")),
    };
    let is_text = matches!(v, V::Str(_));
    if is_text && (spec.plus || spec.zero) {
        return Err(Stop::Unsupported("format"));
    }
    let sign = if spec.plus && sign.is_empty() { "+" } else { sign };
    let width = spec.width.unwrap_or(0) as usize;
    let missing = width.saturating_sub(sign.len() + body.chars().count());
    if spec.zero && spec.align.is_none() {
        return Ok(format!("{sign}{}{body}", "0".repeat(missing)));
    }
    let (left, right) = match spec.align.unwrap_or(if is_text { Align::Left } else { Align::Right })
    {
        Align::Left => (0, missing),
        Align::Right => (missing, 0),
        Align::Center => (missing / 2, missing - missing / 2),
    };
    let fill = |n: usize| spec.fill.to_string().repeat(n);
    Ok(format!("{}{sign}{body}{}", fill(left), fill(right)))
}
