//! Paths as written: their steps, and whether two are the same.

use super::{check, constant};
use crate::ast::{BinaryOp, Expr, ExprKind, Name, Number, UnaryOp};
use crate::descend;
use crate::source::Span;

/// A step as written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'a> {
    Field(&'a Name<'a>, bool),
    Index(&'a Expr<'a>, bool),
    Each(Span),
}

impl Part<'_> {
    /// It plainly selects several places.
    pub(super) fn selects(&self) -> bool {
        match self {
            Part::Field(..) => false,
            Part::Each(_) => true,
            Part::Index(index, _) => matches!(
                check::bare(index).kind,
                ExprKind::Function(_) | ExprKind::Getter(_) | ExprKind::Range { .. }
            ),
        }
    }
}

/// The root of a path and its steps.
pub(super) fn parts<'a>(e: &'a Expr<'a>) -> (&'a Expr<'a>, Vec<Part<'a>>) {
    let mut steps = Vec::with_capacity(1);
    (add_parts(e, &mut steps), steps)
}

/// The root of a path, whose steps are added to the list.
pub(super) fn add_parts<'a>(e: &'a Expr<'a>, steps: &mut Vec<Part<'a>>) -> &'a Expr<'a> {
    let first = steps.len();
    let mut root = e;
    loop {
        root = match &root.kind {
            ExprKind::Field { parts, optional } => {
                steps.push(Part::Field(&parts.1, *optional));
                parts.0
            }
            ExprKind::Index { parts, optional } => {
                steps.push(Part::Index(parts.1, *optional));
                parts.0
            }
            ExprKind::Each { object } => {
                steps.push(Part::Each(Span { start: object.span.end, end: root.span.end }));
                object
            }
            _ => break,
        };
    }
    if let Some(steps) = steps.get_mut(first..) {
        steps.reverse();
    }
    root
}

/// Both are the same path, of steps that give the same place whenever they are evaluated.
pub(super) fn same_place(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Name(a), ExprKind::Name(b)) => a == b,
        (
            ExprKind::Field { parts: a, optional: false },
            ExprKind::Field { parts: b, optional: false },
        ) => a.1.text == b.1.text && descend(a.0.height, || same_place(a.0, b.0)),
        (
            ExprKind::Index { parts: a, optional: false },
            ExprKind::Index { parts: b, optional: false },
        ) => same_key(a.1, b.1) && descend(a.0.height, || same_place(a.0, b.0)),
        _ => false,
    }
}

fn same_key(a: &Expr, b: &Expr) -> bool {
    let plain = |e: &Expr| match &e.kind {
        ExprKind::Unary { op: UnaryOp::Neg, operand } => {
            matches!(operand.kind, ExprKind::Number(Number::Int(_)))
        }
        kind => matches!(kind, ExprKind::Number(_) | ExprKind::Str(_)),
    };
    match (&a.kind, &b.kind) {
        (ExprKind::Name(a), ExprKind::Name(b)) => a == b,
        (
            ExprKind::Binary {
                op: p @ (BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul),
                sides: these,
                ..
            },
            ExprKind::Binary { op: q, sides: those, .. },
        ) => {
            let ((a, b), (c, d)) = (*these, *those);
            p == q && descend(a.height.max(b.height), || same_key(a, c) && same_key(b, d))
        }
        _ => plain(a) && plain(b) && constant::scalar(a) == constant::scalar(b),
    }
}
