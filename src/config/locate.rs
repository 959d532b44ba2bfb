//! Where in the text of a layer a setting is written.
//!
//! The walk follows a path through literal maps and vectors, `with`, `|`, spreads, and names bound once at the top of the file. Where a
//! setting is computed it ends at the expression that computes it: the nearest place that a person can look at. It never runs
//! anything, and never fails.

use super::Place;
use super::written::{Entry, Kind, Script, Written, literal};
use crate::arena::Arena;
use crate::ast::{Expr, ExprKind, Statement, StatementKind};
use crate::{Source, Span, Step, Value, parser};
use std::sync::{Arc, OnceLock};

/// Names followed on one path: more are a circle, or hopeless.
const NAMES: u32 = 64;

/// The text of a layer, parsed when a place in it is asked for.
pub(super) struct Text {
    source: Arc<Source>,
    nesting: u32,
    script: OnceLock<Script>,
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
        Text { source, nesting, script: OnceLock::new() }
    }

    fn script(&self) -> &Script {
        self.script.get_or_init(|| {
            let limits = parser::ParseLimits { nesting: self.nesting, ..Default::default() };
            Script::new(parser::parse(&self.source, limits, &Arena::new()).module.body)
        })
    }

    /// Whether there is nothing in it but comments.
    pub(super) fn is_empty(&self) -> bool {
        self.script().empty
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
        let script = self.script();
        match &script.last {
            Ok(last) => Walk { script }.find(last, None, steps, NAMES),
            Err(span) => around(*span),
        }
    }
}

fn around(span: Span) -> Found {
    Found { span, key: None, exact: false }
}

struct Walk<'a> {
    script: &'a Script,
}

impl Walk<'_> {
    /// Where the value at `steps` inside of the value of `written` is written. `key` is the key that it is written under, and
    /// `names` counts the names that may still be followed.
    fn find(&self, written: &Written, key: Option<Span>, steps: &[Step], names: u32) -> Found {
        tansy_lang::deep(|| self.find_here(written, key, steps, names))
    }

    fn find_here(&self, written: &Written, key: Option<Span>, steps: &[Step], names: u32) -> Found {
        let here = Found { span: written.span, key, exact: steps.is_empty() };
        match &written.kind {
            Kind::Name(name) => match (self.script.bound(name), names.checked_sub(1)) {
                (Some(value), Some(names)) => self.find(value, key, steps, names),
                _ => here,
            },
            Kind::Field(object, name) if !steps.is_empty() => {
                // What a name stands for may be written where that is.
                let mut longer = vec![Step::Key(name.clone())];
                longer.extend_from_slice(steps);
                let found = self.find(object, None, &longer, names);
                if found.exact { found } else { here }
            }
            Kind::Union(sides) if !steps.is_empty() => {
                let [left, right] = &**sides;
                let right = self.find(right, key, steps, names);
                if right.exact { right } else { self.nearer(right, left, key, steps, names, here) }
            }
            Kind::With(base, changes) if !steps.is_empty() => {
                for (path, value) in changes.iter().rev() {
                    if let Some((rest, last)) = assigned(path, steps) {
                        return self.find(value, Some(last), rest, names);
                    }
                }
                self.find(base, key, steps, names)
            }
            Kind::Map(entries) => match steps.split_first() {
                Some((Step::Key(wanted), rest)) => self.entry(entries, wanted, rest, names, here),
                _ => here,
            },
            Kind::Vec(items) => match steps.split_first() {
                Some((Step::Index(index), rest)) => match items.get(*index) {
                    Some(item) => self.find(item, None, rest, names),
                    None => here,
                },
                _ => here,
            },
            _ => here,
        }
    }

    /// The left side of a union, where the right side does not have it.
    fn nearer(
        &self,
        right: Found,
        left: &Written,
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
                Entry::Bound(key, place, value) if key == wanted => {
                    return self.find(value, Some(*place), rest, names);
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
                Entry::Bound(..) => {}
            }
        }
        // If it is not written here, it can only come from what is spread here.
        opaque.unwrap_or(here)
    }
}

/// If a path of `with` leads to what `steps` lead to, or to something around it: the steps that are left, and where its last key is.
fn assigned<'s>(path: &[(Value, Span)], steps: &'s [Step]) -> Option<(&'s [Step], Span)> {
    let leads =
        |((key, _), step): (&(Value, Span), &Step)| matches!(step, Step::Key(k) if k == key);
    let rest = steps.get(path.len()..)?;
    path.iter().zip(steps).all(leads).then_some((rest, path.last()?.1))
}

/// The steps of a path as a script writes it: `servers[2].port`, `m["a key"]`.
pub(super) fn steps(path: &str) -> Option<Vec<Step>> {
    let source = Source::new("<path>", format!("it{}{path}", dot(path)));
    let arena = Arena::new();
    let parsed = parser::parse(&source, parser::ParseLimits::default(), &arena);
    let mut steps = Vec::new();
    let [Statement { kind: StatementKind::Expression(expr), .. }] = parsed.module.body.statements
    else {
        return None;
    };
    let mut at: &Expr = expr;
    loop {
        at = match &at.kind {
            ExprKind::Field { parts, .. } => {
                steps.push(Step::Key(Value::str(parts.1.text)));
                parts.0
            }
            ExprKind::Index { parts, .. } => {
                let (object, index) = *parts;
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
