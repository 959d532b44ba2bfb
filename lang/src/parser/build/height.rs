//! How high the parts of nodes are that do not keep it themselves.

use crate::ast::*;

pub(super) fn statement(statement: &Statement) -> u32 {
    match &statement.kind {
        StatementKind::Let { pattern, annotation, value, .. } => {
            pattern.height.max(value.height).max(annotation.map_or(0, |t| t.height))
        }
        StatementKind::Assign { place, value, .. } => place.height.max(value.height),
        StatementKind::Delete { place } => place.height,
        StatementKind::For { pattern, iterable, body } => {
            pattern.height.max(iterable.height).max(body.height)
        }
        StatementKind::While { condition, body } => condition.height.max(body.height),
        StatementKind::Function { function, .. } => function.height,
        StatementKind::Type { ty, .. } => ty.height,
        StatementKind::Test { body, .. } => body.height,
        StatementKind::Assert { condition, message } => {
            condition.height.max(message.map_or(0, |m| m.height))
        }
        StatementKind::Expression(e) => e.height,
        StatementKind::Import { .. } | StatementKind::Error => 0,
    }
}

pub(super) fn parameter(parameter: &Parameter) -> u32 {
    parameter
        .pattern
        .height
        .max(parameter.annotation.map_or(0, |t| t.height))
        .max(parameter.default.map_or(0, |e| e.height))
}

pub(super) fn argument(argument: &Argument) -> u32 {
    match argument {
        Argument::Value(e) | Argument::Named(_, e) | Argument::Spread(e) => e.height,
    }
}

pub(super) fn element(element: &Element) -> u32 {
    match element {
        Element::Item(e) | Element::Spread(e) => e.height,
    }
}

pub(super) fn entry(entry: &Entry) -> u32 {
    match entry {
        Entry::Field { value, .. } | Entry::Spread(value) => value.height,
        Entry::Pair { key, value } => key.height.max(value.height),
        Entry::Error => 0,
    }
}

pub(super) fn clause(clause: &Clause) -> u32 {
    match clause {
        Clause::For { pattern, iterable } => pattern.height.max(iterable.height),
        Clause::If(e) => e.height,
    }
}

pub(super) fn with_item(item: &WithItem) -> u32 {
    match item {
        WithItem::Assign { path, value, .. } => path.height.max(value.height),
        WithItem::Delete { path, .. } => path.height,
        WithItem::Error => 0,
    }
}

pub(super) fn arm(arm: &Arm) -> u32 {
    arm.pattern.height.max(arm.body.height).max(arm.guard.map_or(0, |g| g.height))
}
