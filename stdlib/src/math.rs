//! The module `math`: in pure Rust throughout, so that results are the same on every machine.

use crate::argument::{Answer, big, get, given, native, natural};
use crate::number::{Mode, fault, product, round, to_float, whole};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use std::f64::consts;
use tansy_runtime::fault::Fault;
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::value::{Value, number::NumberError};

/// The table of `math`.
pub(crate) const TABLES: [Table; 1] = [Table {
    place: Place::Module("math"),
    doc: "Mathematics on Floats (any number is taken as one), and a few functions on Ints. Outside their domain the functions on Floats give NaN.",
    script: None,
    rows: ROWS,
}];

const ROWS: &[Row] = &[
    native(
        "pi",
        "The circumference of a circle of diameter 1.",
        "math.pi // → 3.141592653589793",
        |_, _| Ok(Value::float(consts::PI)),
    ),
    native("tau", "2 * pi.", "math.tau // → 6.283185307179586", |_, _| {
        Ok(Value::float(consts::TAU))
    }),
    native("e", "The base of natural logarithms.", "math.e // → 2.718281828459045", |_, _| {
        Ok(Value::float(consts::E))
    }),
    native("inf", "Infinity.", "math.inf > 10.0 ** 300 // → true", |_, _| {
        Ok(Value::float(f64::INFINITY))
    }),
    native("nan", "Not a number. It equals itself.", "math.nan == math.nan // → true", |_, _| {
        Ok(Value::float(f64::NAN))
    }),
    native("sqrt(x)", "The square root.", "math.sqrt(2) // → 1.4142135623730951", |cx, args| {
        one(cx, args, libm::sqrt)
    }),
    native("cbrt(x)", "The cube root.", "math.cbrt(27) // → 3.0", |cx, args| {
        one(cx, args, libm::cbrt)
    }),
    native(
        "pow(x, y)",
        "`x` to the power `y`, as Floats.",
        "math.pow(2, 0.5) // → 1.4142135623730951",
        |cx, args| two(cx, args, "y", libm::pow),
    ),
    native("exp(x)", "e to the power `x`.", "math.exp(0) // → 1.0", |cx, args| {
        one(cx, args, libm::exp)
    }),
    native("ln(x)", "The natural logarithm.", "math.ln(math.e) // → 1.0", |cx, args| {
        one(cx, args, libm::log)
    }),
    native("log2(x)", "The logarithm to base 2.", "math.log2(1024) // → 10.0", |cx, args| {
        one(cx, args, libm::log2)
    }),
    native("log10(x)", "The logarithm to base 10.", "math.log10(1000) // → 3.0", |cx, args| {
        one(cx, args, libm::log10)
    }),
    native(
        "log(x, base = math.e)",
        "The logarithm to a base.",
        "math.log(8, 2) // → 3.0\nmath.log(1) // → 0.0",
        log,
    ),
    native("sin(x)", "The sine of an angle in radians.", "math.sin(0) // → 0.0", |cx, args| {
        one(cx, args, libm::sin)
    }),
    native("cos(x)", "The cosine.", "math.cos(0) // → 1.0", |cx, args| one(cx, args, libm::cos)),
    native("tan(x)", "The tangent.", "math.tan(0) // → 0.0", |cx, args| one(cx, args, libm::tan)),
    native("asin(x)", "The angle with this sine.", "math.asin(0) // → 0.0", |cx, args| {
        one(cx, args, libm::asin)
    }),
    native("acos(x)", "The angle with this cosine.", "math.acos(1) // → 0.0", |cx, args| {
        one(cx, args, libm::acos)
    }),
    native("atan(x)", "The angle with this tangent.", "math.atan(0) // → 0.0", |cx, args| {
        one(cx, args, libm::atan)
    }),
    native(
        "atan2(y, x)",
        "The angle of the point (x, y).",
        "math.atan2(1, 1) // → 0.7853981633974483",
        |cx, args| two(cx, args, "x", libm::atan2),
    ),
    native("sinh(x)", "The hyperbolic sine.", "math.sinh(0) // → 0.0", |cx, args| {
        one(cx, args, libm::sinh)
    }),
    native("cosh(x)", "The hyperbolic cosine.", "math.cosh(0) // → 1.0", |cx, args| {
        one(cx, args, libm::cosh)
    }),
    native("tanh(x)", "The hyperbolic tangent.", "math.tanh(0) // → 0.0", |cx, args| {
        one(cx, args, libm::tanh)
    }),
    native("asinh(x)", "The inverse of `sinh`.", "math.asinh(0) // → 0.0", |cx, args| {
        one(cx, args, libm::asinh)
    }),
    native("acosh(x)", "The inverse of `cosh`.", "math.acosh(1) // → 0.0", |cx, args| {
        one(cx, args, libm::acosh)
    }),
    native("atanh(x)", "The inverse of `tanh`.", "math.atanh(0) // → 0.0", |cx, args| {
        one(cx, args, libm::atanh)
    }),
    native(
        "hypot(x, y)",
        "The length of the vector (x, y).",
        "math.hypot(3, 4) // → 5.0",
        |cx, args| two(cx, args, "y", libm::hypot),
    ),
    native(
        "degrees(x)",
        "Radians as degrees.",
        "math.degrees(math.pi) // → 180.0",
        |cx, args| one(cx, args, |x| x * (180.0 / consts::PI)),
    ),
    native(
        "radians(x)",
        "Degrees as radians.",
        "math.radians(180) // → 3.141592653589793",
        |cx, args| one(cx, args, |x| x * (consts::PI / 180.0)),
    ),
    native(
        "floor(x)",
        "The greatest Int up to `x`; also `x.floor()`.",
        "math.floor(2.7) // → 2",
        |cx, args| rounded(cx, args, Mode::Floor),
    ),
    native(
        "ceil(x)",
        "The least Int from `x` on; also `x.ceil()`.",
        "math.ceil(2.1) // → 3",
        |cx, args| rounded(cx, args, Mode::Ceil),
    ),
    native(
        "trunc(x)",
        "The Int without the fraction; also `x.trunc()`.",
        "math.trunc(-2.7) // → -2",
        |cx, args| rounded(cx, args, Mode::Down),
    ),
    native(
        "round(x, digits = …)",
        "The nearest Int, half to even; with `digits`, a number of the same type with so many places; also `x.round(digits)`.",
        "math.round(2.6) // → 3\nmath.round(2.345d, 1) // → 2.3d",
        |cx, args| {
            number(cx, args, 0, "x")?;
            round(cx, args)
        },
    ),
    native(
        "isqrt(n)",
        "The greatest Int whose square is up to `n`.",
        "math.isqrt(10 ** 20) // → 10000000000",
        isqrt,
    ),
    native(
        "gcd(...ns)",
        "The greatest Int that divides all of them.",
        "math.gcd(12, 18) // → 6\nmath.gcd() // → 0",
        gcd,
    ),
    native(
        "lcm(...ns)",
        "The least positive Int that all of them divide; 0 if one of them is 0.",
        "math.lcm(4, 6) // → 12",
        lcm,
    ),
    native(
        "factorial(n)",
        "1 * 2 * … * n.",
        "math.factorial(20) // → 2432902008176640000",
        factorial,
    ),
    native(
        "comb(n, k)",
        "How many ways there are to choose `k` of `n` things.",
        "math.comb(5, 2) // → 10",
        comb,
    ),
];

/// An argument must be a number.
fn number<'a>(cx: &Context, args: &'a [Value], at: usize, name: &str) -> Result<&'a Value, Fault> {
    let value = get(args, at);
    if value.kind().is_number() {
        Ok(value)
    } else {
        Err(Fault::argument(cx.name(), name, "a number", value))
    }
}

fn one(cx: &mut Context, args: &mut [Value], f: fn(f64) -> f64) -> Answer {
    let x = number(cx, args, 0, "x")?;
    Ok(Value::float(f(to_float(cx, x)?)))
}

fn two(cx: &mut Context, args: &mut [Value], second: &str, f: fn(f64, f64) -> f64) -> Answer {
    let first = if second == "x" { "y" } else { "x" };
    let (a, b) = (number(cx, args, 0, first)?, number(cx, args, 1, second)?);
    Ok(Value::float(f(to_float(cx, a)?, to_float(cx, b)?)))
}

fn log(cx: &mut Context, args: &mut [Value]) -> Answer {
    let x = to_float(cx, number(cx, args, 0, "x")?)?;
    if given(args, 1).is_none() {
        return Ok(Value::float(libm::log(x)));
    }
    let base = to_float(cx, number(cx, args, 1, "base")?)?;
    // The two common bases have functions of their own, which are exact at powers.
    Ok(Value::float(if base == 2.0 {
        libm::log2(x)
    } else if base == 10.0 {
        libm::log10(x)
    } else {
        libm::log(x) / libm::log(base)
    }))
}

fn rounded(cx: &mut Context, args: &mut [Value], mode: Mode) -> Answer {
    whole(cx, number(cx, args, 0, "x")?, mode)
}

fn isqrt(cx: &mut Context, args: &mut [Value]) -> Answer {
    let n = big(cx, args, 0, "n")?;
    if n.is_negative() {
        return Err(Fault::argument(cx.name(), "n", "an Int that is not negative", get(args, 0)));
    }
    let words = (n.bits() / 64) as usize;
    cx.charge_whole(words.saturating_mul(words / 4 + 1))?;
    cx.reserve(n.bits())?;
    Ok(Value::big(n.sqrt()))
}

fn gcd_of(cx: &mut Context, a: BigInt, b: BigInt) -> Result<BigInt, Fault> {
    let (mut a, mut b) = (a.abs(), b.abs());
    while !b.is_zero() {
        let words = (a.bits() / 64) as usize + 1;
        let longer = words.saturating_sub((b.bits() / 64) as usize);
        cx.charge_whole(words.saturating_mul(longer / 4 + 1))?;
        cx.reserve(a.bits() * 2)?;
        (a, b) = (b.clone(), a % b);
    }
    Ok(a)
}

fn gcd(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut result = BigInt::zero();
    for at in 0..args.len() {
        let n = big(cx, args, at, "ns")?;
        result = gcd_of(cx, result, n)?;
    }
    Ok(Value::big(result))
}

fn lcm(cx: &mut Context, args: &mut [Value]) -> Answer {
    let mut result = BigInt::from(1);
    for at in 0..args.len() {
        let n = big(cx, args, at, "ns")?.abs();
        if n.is_zero() {
            return Ok(Value::int(0));
        }
        if result.bits() + n.bits() > cx.max_bits() {
            return Err(fault(cx, NumberError::TooLarge));
        }
        let common = gcd_of(cx, result.clone(), n.clone())?;
        cx.charge((result.bits() / 64) as usize)?;
        result = result * n / common;
    }
    Ok(Value::big(result))
}

fn factorial(cx: &mut Context, args: &mut [Value]) -> Answer {
    let n = natural(cx, args, 0, "n")? as u64;
    // n! has at least n * log2(n / e) bits.
    let bits = n as f64 * libm::log2((n as f64 / consts::E).max(1.0));
    if bits > cx.max_bits() as f64 {
        return Err(fault(cx, NumberError::TooLarge));
    }
    Ok(Value::big(product(cx, 1, n)?))
}

fn comb(cx: &mut Context, args: &mut [Value]) -> Answer {
    let (n, k) = (natural(cx, args, 0, "n")? as u64, natural(cx, args, 1, "k")? as u64);
    if k > n {
        return Ok(Value::int(0));
    }
    let k = k.min(n - k);
    let mut result = BigInt::from(1);
    for i in 1..=k {
        let words = (result.bits() / 64) as usize + 1;
        cx.charge(words)?;
        if result.bits() > cx.max_bits() {
            return Err(fault(cx, NumberError::TooLarge));
        }
        result = result * (n - k + i) / i;
    }
    Ok(Value::big(result))
}
