//! The values of the reference evaluator: std containers behind `Rc`, maps and sets as sorted vectors.
//!
//! Nothing here shares code with the runtime: order, equality, number forms and printing are written again, as plainly as
//! the language page says them.

use num_bigint::BigInt;
use num_traits::Signed;
use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt::Write;
use std::rc::Rc;

thread_local! {
    /// Steps left in this run. Order and equality count too: a value that holds itself over and over is small as a graph, but
    /// endless as a tree.
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Gives the run so many steps.
pub(crate) fn allow(steps: u64) {
    STEPS.set(steps);
}

/// Takes steps; false when none are left, and then for good.
pub(crate) fn spend(steps: u64) -> bool {
    let left = STEPS.get();
    STEPS.set(left.saturating_sub(steps));
    left > steps
}

/// A value. Maps and sets are kept sorted by [`compare`].
#[derive(Clone)]
pub(crate) enum V {
    Null,
    Bool(bool),
    Int(BigInt),
    Float(f64),
    /// Digits and how many of them stand after the point.
    Dec(BigInt, u32),
    Str(Rc<str>),
    Vec(Rc<Vec<V>>),
    Map(Rc<Vec<(V, V)>>),
    Set(Rc<Vec<V>>),
    Range(Option<BigInt>, Option<BigInt>, bool),
    Fn(Rc<Closure>),
    Error(Rc<Raised>),
}

/// An error as `catch` sees it.
#[derive(Clone)]
pub(crate) struct Raised {
    pub kind: String,
    pub message: String,
    pub data: V,
}

/// The number of a function of the tree.
#[derive(Clone, Copy)]
pub(crate) struct Code(pub usize);

/// A function with what its names stood for when it was made.
pub(crate) struct Closure {
    pub code: Code,
    pub captured: Rc<Vec<(String, V)>>,
    /// The local functions declared beside it, itself included.
    pub siblings: Rc<Vec<(String, Code)>>,
}

impl V {
    pub(crate) fn int(n: impl Into<BigInt>) -> V {
        V::Int(n.into())
    }

    pub(crate) fn str(text: impl AsRef<str>) -> V {
        V::Str(Rc::from(text.as_ref()))
    }

    pub(crate) fn vec(items: Vec<V>) -> V {
        V::Vec(Rc::new(items))
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            V::Null => "Null",
            V::Bool(_) => "Bool",
            V::Int(_) => "Int",
            V::Float(_) => "Float",
            V::Dec(..) => "Decimal",
            V::Str(_) => "Str",
            V::Vec(_) => "Vec",
            V::Map(_) => "Map",
            V::Set(_) => "Set",
            V::Range(..) => "Range",
            V::Fn(_) => "Fn",
            V::Error(_) => "Error",
        }
    }

    fn rank(&self) -> u8 {
        match self {
            V::Null => 0,
            V::Bool(_) => 1,
            V::Int(_) | V::Float(_) | V::Dec(..) => 2,
            V::Str(_) => 3,
            V::Vec(_) => 4,
            V::Set(_) => 5,
            V::Map(_) => 6,
            _ => 7,
        }
    }

    /// Whether a function or the like is anywhere inside, which no order covers.
    pub(crate) fn orderable(&self) -> bool {
        match self {
            _ if !spend(1) => true,
            V::Vec(items) | V::Set(items) => items.iter().all(V::orderable),
            V::Map(entries) => entries.iter().all(|(_, v)| v.orderable()),
            V::Fn(_) => false,
            _ => true,
        }
    }
}

/// A number as an exact fraction; None for NaN and infinities.
fn fraction(v: &V) -> Option<(BigInt, BigInt)> {
    let one = BigInt::from(1);
    match v {
        V::Int(n) => Some((n.clone(), one)),
        V::Dec(n, scale) => Some((n.clone(), BigInt::from(10).pow(*scale))),
        V::Float(f) if f.is_finite() => {
            let bits = f.to_bits();
            let exponent = ((bits >> 52) & 0x7ff) as i32;
            let low = bits & ((1 << 52) - 1);
            let (mantissa, exponent) =
                if exponent == 0 { (low, -1074) } else { (low | 1 << 52, exponent - 1075) };
            let sign = if *f < 0.0 { -1 } else { 1 };
            let m = BigInt::from(mantissa) * sign;
            if exponent >= 0 { Some((m << exponent, one)) } else { Some((m, one << -exponent)) }
        }
        _ => None,
    }
}

fn compare_numbers(a: &V, b: &V) -> Ordering {
    if let (Some((n, d)), Some((m, e))) = (fraction(a), fraction(b)) {
        return (n * e).cmp(&(m * d));
    }
    // At least one is an infinity or NaN: put them around everything finite, NaN last.
    let place = |v: &V| match v {
        V::Float(f) if f.is_nan() => 2,
        V::Float(f) if *f == f64::INFINITY => 1,
        V::Float(f) if *f == f64::NEG_INFINITY => -1,
        _ => 0,
    };
    place(a).cmp(&place(b))
}

/// The total order of keys; the caller has checked [`V::orderable`].
pub(crate) fn compare(a: &V, b: &V) -> Ordering {
    match (a, b) {
        _ if !spend(1) => Ordering::Equal,
        (V::Bool(a), V::Bool(b)) => a.cmp(b),
        (V::Str(a), V::Str(b)) => a.cmp(b),
        (V::Vec(a), V::Vec(b)) | (V::Set(a), V::Set(b)) => compare_all(a, b),
        (V::Map(a), V::Map(b)) => {
            for (x, y) in a.iter().zip(b.iter()) {
                let order = compare(&x.0, &y.0).then_with(|| compare(&x.1, &y.1));
                if order != Ordering::Equal {
                    return order;
                }
            }
            a.len().cmp(&b.len())
        }
        _ if a.rank() == 2 && b.rank() == 2 => compare_numbers(a, b),
        _ => a.rank().cmp(&b.rank()),
    }
}

fn compare_all(a: &[V], b: &[V]) -> Ordering {
    for (x, y) in a.iter().zip(b) {
        let order = compare(x, y);
        if order != Ordering::Equal {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

/// `==`
pub(crate) fn equal(a: &V, b: &V) -> bool {
    match (a, b) {
        _ if !spend(1) => true,
        (V::Vec(a), V::Vec(b)) | (V::Set(a), V::Set(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(x, y)| equal(x, y))
        }
        (V::Map(a), V::Map(b)) => {
            a.len() == b.len()
                && a.iter().zip(b.iter()).all(|(x, y)| equal(&x.0, &y.0) && equal(&x.1, &y.1))
        }
        (V::Range(a, b, i), V::Range(c, d, j)) => a == c && b == d && i == j,
        (V::Fn(a), V::Fn(b)) => Rc::ptr_eq(a, b),
        (V::Error(a), V::Error(b)) => {
            a.kind == b.kind && a.message == b.message && equal(&a.data, &b.data)
        }
        (V::Range(..) | V::Fn(_) | V::Error(_), _) | (_, V::Range(..) | V::Fn(_) | V::Error(_)) => {
            false
        }
        _ => compare(a, b) == Ordering::Equal,
    }
}

/// Of two equal keys, the form that is kept: Int, then Decimal, then Float; 0.0 before -0.0. Inside collections the same,
/// element by element, is left alone: the first stays.
pub(crate) fn better_key(old: &V, new: &V) -> V {
    let form = |v: &V| match v {
        V::Int(_) => 0,
        V::Dec(..) => 1,
        V::Float(f) if !f.is_sign_negative() => 2,
        V::Float(_) => 3,
        _ => 0,
    };
    if form(new) < form(old) { new.clone() } else { old.clone() }
}

/// Where a key stands in sorted entries, or where it would go.
pub(crate) fn find(entries: &[(V, V)], key: &V) -> Result<usize, usize> {
    entries.binary_search_by(|(k, _)| compare(k, key))
}

/// Puts an entry into sorted entries.
pub(crate) fn put(entries: &mut Vec<(V, V)>, key: V, value: V) {
    match find(entries, &key) {
        Ok(i) => entries[i] = (better_key(&entries[i].0, &key), value),
        Err(i) => entries.insert(i, (key, value)),
    }
}

/// Puts an element into a sorted set.
pub(crate) fn add(items: &mut Vec<V>, item: V) {
    match items.binary_search_by(|x| compare(x, &item)) {
        Ok(i) => items[i] = better_key(&items[i], &item),
        Err(i) => items.insert(i, item),
    }
}

/// The text of a float: shortest, with a point or an exponent.
pub(crate) fn float_text(f: f64) -> String {
    if f.is_nan() {
        "NaN".into()
    } else if f.is_infinite() {
        if f > 0.0 { "inf".into() } else { "-inf".into() }
    } else {
        format!("{f:?}")
    }
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn is_word(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The text of a value inside a collection.
pub(crate) fn show(v: &V, out: &mut String) {
    let list = |items: &[V], open: &str, close: &str, out: &mut String| {
        out.push_str(open);
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            show(item, out);
        }
        out.push_str(close);
    };
    match v {
        V::Str(s) => quoted(s, out),
        V::Dec(..) => {
            out.push_str(&text(v));
            out.push('d');
        }
        V::Vec(items) => list(items, "[", "]", out),
        V::Set(items) => list(items, "#{", "}", out),
        V::Map(entries) => {
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                match key {
                    V::Str(word) if is_word(word) => out.push_str(word),
                    _ => show(key, out),
                }
                out.push_str(if matches!(key, V::Str(_)) { ": " } else { " => " });
                show(value, out);
            }
            out.push('}');
        }
        _ => out.push_str(&text(v)),
    }
}

/// The text of a value on its own: strings and Decimals bare.
pub(crate) fn text(v: &V) -> String {
    let mut out = String::new();
    match v {
        V::Null => out.push_str("null"),
        V::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        V::Int(n) => out = n.to_string(),
        V::Float(f) => out = float_text(*f),
        V::Dec(n, scale) => {
            let digits = format!("{:0>1$}", n.abs(), *scale as usize + 1);
            let (whole, part) = digits.split_at(digits.len() - *scale as usize);
            if n.is_negative() {
                out.push('-');
            }
            out.push_str(whole);
            if *scale > 0 {
                out.push('.');
                out.push_str(part);
            }
        }
        V::Str(s) => out.push_str(s),
        V::Range(a, b, inclusive) => {
            if let Some(a) = a {
                let _ = write!(out, "{a}");
            }
            out.push_str(if *inclusive { "..=" } else { ".." });
            if let Some(b) = b {
                let _ = write!(out, "{b}");
            }
        }
        V::Fn(_) => out.push_str("<function>"),
        V::Error(e) => {
            let _ = write!(out, "<error {}: {}>", e.kind, e.message);
        }
        _ => show(v, &mut out),
    }
    out
}
