//! Where in the text of a layer a setting is written.
//!
//! The walk follows a path through literal maps and vectors, `with`, `|`, spreads, and names bound once at the top of the file. Where a
//! setting is computed it ends at the expression that computes it: the nearest place that a person can look at. It never runs
//! anything, and never fails.

use crate::ast::{
    AssignOp, BinaryOp, Block, Element, Entry, Expr, ExprKind, Module, Number, PatternKind,
    Statement, StatementKind, WithItem,
};
use crate::{Source, Span, Step, Value, parser};
use std::sync::{Arc, OnceLock};

use super::Place;

/// Names followed on one path: more are a circle, or hopeless.
const NAMES: u32 = 64;

/// The text of a layer, parsed when a place in it is asked for.
pub(super) struct Text {
    source: Arc<Source>,
    nesting: u32,
    module: OnceLock<Module>,
}

/// What the walk found: the whole setting, or the nearest thing around it.
#[derive(Clone, Copy)]
struct Found {
    span: Span,
    /// The key that the setting is written under.
    key: Option<Span>,
    exact: bool,
}

impl Text {
    /// A text that is parsed up to a height.
    pub(super) fn new(source: Arc<Source>, nesting: u32) -> Text {
        Text { source, nesting, module: OnceLock::new() }
    }

    fn module(&self) -> &Module {
        self.module.get_or_init(|| {
            let limits = parser::ParseLimits { nesting: self.nesting, ..Default::default() };
            parser::parse(&self.source, limits).module
        })
    }

    /// Whether there is nothing in it but comments.
    pub(super) fn is_empty(&self) -> bool {
        self.module().body.statements.is_empty()
    }

    /// Where the value at a path is written.
    pub(super) fn place(&self, steps: &[Step]) -> Place {
        Place { source: self.source.clone(), span: self.find(steps).span }
    }

    /// Where the last key of a path is written.
    pub(super) fn key_place(&self, steps: &[Step]) -> Place {
        let found = self.find(steps);
        Place { source: self.source.clone(), span: found.key.unwrap_or(found.span) }
    }

    fn find(&self, steps: &[Step]) -> Found {
        let body = &self.module().body;
        let walk = Walk { body };
        match body.statements.last() {
            Some(Statement { kind: StatementKind::Expression(last), .. }) => {
                walk.find(last, None, steps, NAMES)
            }
            Some(last) => around(last.span),
            None => around(body.span.before()),
        }
    }
}

fn around(span: Span) -> Found {
    Found { span, key: None, exact: false }
}

struct Walk<'a> {
    /// The statements of the file.
    body: &'a Block,
}

impl Walk<'_> {
    /// Where the value at `steps` inside of the value of `expr` is written. `key` is the key that `expr` is written under, and
    /// `names` counts the names that may still be followed.
    fn find(&self, expr: &Expr, key: Option<Span>, steps: &[Step], names: u32) -> Found {
        tansy_lang::deep(|| self.find_here(expr, key, steps, names))
    }

    fn find_here(&self, expr: &Expr, key: Option<Span>, steps: &[Step], names: u32) -> Found {
        let here = Found { span: expr.span, key, exact: steps.is_empty() };
        match &expr.kind {
            ExprKind::Paren(inner) => self.find(inner, key, steps, names),
            ExprKind::Name(name) => match (self.bound(name), names.checked_sub(1)) {
                (Some(value), Some(names)) => self.find(value, key, steps, names),
                _ => here,
            },
            ExprKind::Field { parts, .. } if !steps.is_empty() => {
                let (object, name) = &**parts;
                // What a name stands for may be written where that is.
                let mut longer = vec![Step::Key(Value::str(&name.text))];
                longer.extend_from_slice(steps);
                let found = self.find(object, None, &longer, names);
                if found.exact { found } else { here }
            }
            ExprKind::Binary { op: BinaryOp::Union, sides, .. } if !steps.is_empty() => {
                let (left, right) = &**sides;
                let right = self.find(right, key, steps, names);
                if right.exact { right } else { self.nearer(right, left, key, steps, names, here) }
            }
            ExprKind::With { base, items, .. } if !steps.is_empty() => {
                for item in items.iter().rev() {
                    if let WithItem::Assign { path, op: AssignOp::Set, value, .. } = item
                        && let Some((rest, last)) = assigned(path, steps)
                    {
                        return self.find(value, Some(last), rest, names);
                    }
                }
                self.find(base, key, steps, names)
            }
            ExprKind::Map(entries) => match steps.split_first() {
                Some((Step::Key(wanted), rest)) => self.entry(entries, wanted, rest, names, here),
                _ => here,
            },
            ExprKind::Vec(items) => match steps.split_first() {
                Some((Step::Index(index), rest)) => {
                    // Behind something that is spread, nobody knows which index is where.
                    let plain = items.iter().map_while(|item| match item {
                        Element::Item(item) => Some(item),
                        Element::Spread(_) => None,
                    });
                    match plain.into_iter().nth(*index) {
                        Some(item) => self.find(item, None, rest, names),
                        None => here,
                    }
                }
                _ => here,
            },
            _ => here,
        }
    }

    /// The left side of a union, where the right side does not have it.
    fn nearer(
        &self,
        right: Found,
        left: &Expr,
        key: Option<Span>,
        steps: &[Step],
        names: u32,
        here: Found,
    ) -> Found {
        let left = self.find(left, key, steps, names);
        match (left.exact, right.exact) {
            (true, _) => left,
            _ => here,
        }
    }

    /// The binding of a key in a literal map: of equal keys the last counts.
    fn entry(
        &self,
        entries: &[Entry],
        wanted: &Value,
        rest: &[Step],
        names: u32,
        here: Found,
    ) -> Found {
        let mut opaque = None;
        for entry in entries.iter().rev() {
            match entry {
                Entry::Field { key, value } if *wanted == *key.text.as_str() => {
                    return self.find(value, Some(key.span), rest, names);
                }
                Entry::Pair { key, value } if literal(key).is_some_and(|key| key == *wanted) => {
                    return self.find(value, Some(key.span), rest, names);
                }
                Entry::Spread(spread) => {
                    let mut steps = vec![Step::Key(wanted.clone())];
                    steps.extend_from_slice(rest);
                    let found = self.find(spread, None, &steps, names);
                    if found.exact {
                        return found;
                    }
                    opaque = opaque.or(Some(around(spread.span)));
                }
                _ => {}
            }
        }
        // If it is not written here, it can only come from what is spread here.
        opaque.unwrap_or(here)
    }

    /// What a name is bound to by the one `let` at the top of the file that binds it.
    fn bound(&self, name: &str) -> Option<&Expr> {
        let mut values =
            self.body.statements.iter().filter_map(|statement| match &statement.kind {
                StatementKind::Let { mutable: false, pattern, value, .. } => match &pattern.kind {
                    PatternKind::Bind(bound) if bound == name => Some(value),
                    _ => None,
                },
                _ => None,
            });
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }
}

/// If a path of `with` leads to what `steps` lead to, or to something around it: the steps that are left, and where its last key is.
fn assigned<'s>(path: &Expr, steps: &'s [Step]) -> Option<(&'s [Step], Span)> {
    let ExprKind::Field { parts, .. } = &path.kind else { return None };
    let (object, name) = &**parts;
    let rest = match &object.kind {
        ExprKind::Null => steps,
        _ => assigned(object, steps)?.0,
    };
    match rest.split_first()? {
        (Step::Key(key), rest) if *key == *name.text.as_str() => Some((rest, name.span)),
        _ => None,
    }
}

/// The value of a key that is a literal.
fn literal(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Str(text) => Some(Value::str(text)),
        ExprKind::Number(Number::Int(n)) => Some(Value::int(*n)),
        ExprKind::Bool(b) => Some(Value::bool(*b)),
        ExprKind::Paren(inner) => literal(inner),
        _ => None,
    }
}

/// The steps of a path as a script writes it: `servers[2].port`, `m["a key"]`.
pub(super) fn steps(path: &str) -> Option<Vec<Step>> {
    let source = Source::new("<path>", format!("it{}{path}", dot(path)));
    let parsed = parser::parse(&source, parser::ParseLimits::default());
    let mut steps = Vec::new();
    let [Statement { kind: StatementKind::Expression(expr), .. }] =
        parsed.module.body.statements.as_slice()
    else {
        return None;
    };
    let mut at = expr;
    loop {
        at = match &at.kind {
            ExprKind::Field { parts, .. } => {
                steps.push(Step::Key(Value::str(&parts.1.text)));
                &parts.0
            }
            ExprKind::Index { parts, .. } => {
                let (object, index) = &**parts;
                steps.push(match literal(index)? {
                    index if index.as_int().is_some() => {
                        Step::Index(usize::try_from(index.as_int()?).ok()?)
                    }
                    key => Step::Key(key),
                });
                object
            }
            ExprKind::Name(_) => break,
            _ => return None,
        };
    }
    steps.reverse();
    Some(steps)
}

/// What joins a path to the name of what it begins in.
fn dot(path: &str) -> &'static str {
    if path.is_empty() || path.starts_with(['[', '.', '?']) { "" } else { "." }
}
