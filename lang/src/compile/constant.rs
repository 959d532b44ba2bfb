//! Values known before the program runs: literals, collections of literals, and arithmetic on them that cannot fail.

use super::expression::number;
use crate::ast::{BinaryOp, Element, Entry, Expr, ExprKind, FormatPart, UnaryOp};
use crate::bytecode::Const;
use crate::descend;
use smol_str::SmolStr;

/// Texts joined at compile time stay below this many bytes.
const LONGEST: usize = 4096;

/// Whether [`scalar`] gives something, as far as a glance tells.
#[inline]
pub(super) fn may_be_scalar(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Null | ExprKind::Bool(_)) || may_fold(e)
}

/// A literal of a single value, for instructions that take a constant.
#[inline]
pub(super) fn scalar(e: &Expr) -> Option<Const> {
    if may_be_scalar(e) { fold_scalar(e) } else { None }
}

fn fold_scalar(e: &Expr) -> Option<Const> {
    match &e.kind {
        ExprKind::Paren(inner) => descend(inner.height, || scalar(inner)),
        _ => fold(e),
    }
}

/// Whether [`fold`] gives something, for collections (without building it).
pub(super) fn is_constant(e: &Expr) -> bool {
    let item = |e: &Element| matches!(e, Element::Item(e) if descend(e.height, || is_constant(e)));
    match &e.kind {
        ExprKind::Vec(items) | ExprKind::Set(items) => items.iter().all(item),
        ExprKind::Map(entries) => entries.iter().all(|entry| match entry {
            Entry::Field { value, .. } => descend(value.height, || is_constant(value)),
            Entry::Pair { key, value } => {
                descend(key.height, || is_constant(key))
                    && descend(value.height, || is_constant(value))
            }
            Entry::Spread(_) | Entry::Error => false,
        }),
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Str(_) => true,
        ExprKind::Paren(inner) => descend(inner.height, || is_constant(inner)),
        _ => fold(e).is_some(),
    }
}

pub(super) fn is_empty(value: &Const) -> bool {
    match value {
        Const::Vec(items) | Const::Set(items) => items.is_empty(),
        Const::Map(entries) => entries.is_empty(),
        _ => false,
    }
}

/// The value of an expression that is the same in every run and cannot fail.
pub(super) fn fold(e: &Expr) -> Option<Const> {
    let item = |e: &Element| match e {
        Element::Item(e) => descend(e.height, || fold(e)),
        Element::Spread(_) => None,
    };
    match &e.kind {
        ExprKind::Null => Some(Const::Null),
        ExprKind::Bool(value) => Some(Const::Bool(*value)),
        ExprKind::Number(n) => Some(number(n)),
        ExprKind::Str(text) => Some(Const::Str((*text).into())),
        ExprKind::Paren(inner) => descend(inner.height, || fold(inner)),
        ExprKind::Format(parts) => match &parts[..] {
            [] => Some(Const::Str("".into())),
            [FormatPart::Text(text)] => Some(Const::Str((*text).into())),
            _ => None,
        },
        ExprKind::Vec(items) => items.iter().map(item).collect::<Option<_>>().map(Const::Vec),
        ExprKind::Set(items) => items.iter().map(item).collect::<Option<_>>().map(Const::Set),
        ExprKind::Map(entries) => {
            let entry = |entry: &Entry| match entry {
                Entry::Field { key, value } => {
                    Some((Const::Str(key.text.into()), descend(value.height, || fold(value))?))
                }
                Entry::Pair { key, value } => Some((
                    descend(key.height, || fold(key))?,
                    descend(value.height, || fold(value))?,
                )),
                Entry::Spread(_) | Entry::Error => None,
            };
            entries.iter().map(entry).collect::<Option<_>>().map(Const::Map)
        }
        ExprKind::Range { start, end, inclusive } => {
            let bound = |e: &Option<&Expr>| match e {
                None => Some(None),
                Some(e) => match descend(e.height, || fold(e)) {
                    Some(Const::Int(n)) => Some(Some(n)),
                    _ => None,
                },
            };
            Some(Const::Range { start: bound(start)?, end: bound(end)?, inclusive: *inclusive })
        }
        ExprKind::Unary { op: UnaryOp::Neg, operand } => {
            match descend(operand.height, || fold(operand))? {
                Const::Int(n) => n.checked_neg().map(Const::Int),
                Const::Float(x) => Some(Const::Float(-x)),
                Const::Big(n) => i64::try_from(-&n).map(Const::Int).ok().or(Some(Const::Big(-n))),
                Const::Decimal(d) => match d.strip_prefix('-') {
                    Some(rest) => Some(Const::Decimal(rest.into())),
                    None => Some(Const::Decimal(format!("-{d}").into())),
                },
                _ => None,
            }
        }
        ExprKind::Binary { op, sides, .. } => {
            let (left, right) = *sides;
            if !sides_may_fold(left, right) {
                return None;
            }
            match (op, descend(left.height, || fold(left))?, descend(right.height, || fold(right))?)
            {
                (BinaryOp::Add, Const::Int(a), Const::Int(b)) => a.checked_add(b).map(Const::Int),
                (BinaryOp::Sub, Const::Int(a), Const::Int(b)) => a.checked_sub(b).map(Const::Int),
                (BinaryOp::Mul, Const::Int(a), Const::Int(b)) => a.checked_mul(b).map(Const::Int),
                (BinaryOp::Add, Const::Str(a), Const::Str(b)) if a.len() + b.len() <= LONGEST => {
                    let joined: SmolStr = format!("{a}{b}").into();
                    Some(Const::Str(joined))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The operand that a sum or product begins with.
fn first_operand<'e>(mut e: &'e Expr<'e>) -> &'e Expr<'e> {
    while let ExprKind::Binary { sides, .. } = &e.kind {
        e = sides.0;
    }
    e
}

/// The operands of an operator that gives a constant, as far as a glance tells: most do not.
#[inline]
pub(super) fn sides_may_fold(left: &Expr, right: &Expr) -> bool {
    may_fold(right) && may_fold(first_operand(left))
}

/// An operand that is folded, as far as a glance tells.
#[inline]
fn may_fold(e: &Expr) -> bool {
    matches!(
        e.kind,
        ExprKind::Number(_)
            | ExprKind::Str(_)
            | ExprKind::Paren(_)
            | ExprKind::Format(_)
            | ExprKind::Unary { .. }
            | ExprKind::Binary { .. }
    )
}
