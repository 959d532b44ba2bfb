//! What a walk through the text of a layer needs of its tree, kept when the tree is gone.

use crate::ast::{
    self, AssignOp, BinaryOp, Block, Element, Expr, ExprKind, Number, PatternKind, StatementKind,
    WithItem,
};
use crate::{Span, Value};

/// A whole text.
pub(super) struct Script {
    /// It has no statements.
    pub(super) empty: bool,
    /// What is its value, or else the place of its last statement.
    pub(super) last: Result<Written, Span>,
    /// What each `let` at the top binds to a single name.
    lets: Vec<(String, Written)>,
}

/// An expression.
pub(super) struct Written {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Name(String),
    /// The object and the name of a field.
    Field(Box<Written>, Value),
    /// `a | b`
    Union(Box<[Written; 2]>),
    /// The base, and what is assigned to paths of keys, each with its place.
    With(Box<Written>, Vec<(Vec<(Value, Span)>, Written)>),
    Map(Vec<Entry>),
    /// The items whose indices are known: behind something that is spread, nobody knows which index is where.
    Vec(Vec<Written>),
    /// Something computed.
    Other,
}

pub(super) enum Entry {
    /// A key that is known, its place, and its value.
    Bound(Value, Span, Written),
    Spread(Written),
}

impl Script {
    pub(super) fn new(body: &Block) -> Script {
        let lets = body.statements.iter().filter_map(|statement| match &statement.kind {
            StatementKind::Let { mutable: false, pattern, value, .. } => match &pattern.kind {
                PatternKind::Bind(name) => Some((name.to_string(), Written::new(value))),
                _ => None,
            },
            _ => None,
        });
        let last = match body.statements.last() {
            Some(statement) => match &statement.kind {
                StatementKind::Expression(last) => Ok(Written::new(last)),
                _ => Err(statement.span),
            },
            None => Err(body.span.before()),
        };
        Script { empty: body.statements.is_empty(), last, lets: lets.collect() }
    }

    /// What a name is bound to by the one `let` at the top of the file that binds it.
    pub(super) fn bound(&self, name: &str) -> Option<&Written> {
        let mut values = self.lets.iter().filter(|(bound, _)| bound == name);
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value)
    }
}

impl Written {
    fn new(expr: &Expr) -> Written {
        tansy_lang::deep(|| Written::of(expr))
    }

    fn of(expr: &Expr) -> Written {
        let boxed = |expr| Box::new(Written::new(expr));
        let kind = match &expr.kind {
            ExprKind::Paren(inner) => return Written::new(inner),
            ExprKind::Name(name) => Kind::Name(name.to_string()),
            ExprKind::Field { parts: (object, name), .. } => {
                Kind::Field(boxed(object), Value::str(name.text))
            }
            ExprKind::Binary { op: BinaryOp::Union, sides: (left, right), .. } => {
                Kind::Union(Box::new([Written::new(left), Written::new(right)]))
            }
            ExprKind::With { base, items } => {
                let changes = items.iter().filter_map(|item| match item {
                    WithItem::Assign { path, op: AssignOp::Set, value, .. } => {
                        Some((keys(path)?, Written::new(value)))
                    }
                    _ => None,
                });
                Kind::With(boxed(base), changes.collect())
            }
            ExprKind::Map(entries) => Kind::Map(entries.iter().filter_map(entry).collect()),
            ExprKind::Vec(items) => {
                let plain = items.iter().map_while(|item| match item {
                    Element::Item(item) => Some(Written::new(item)),
                    Element::Spread(_) => None,
                });
                Kind::Vec(plain.collect())
            }
            _ => Kind::Other,
        };
        Written { span: expr.span, kind }
    }
}

fn entry(entry: &ast::Entry) -> Option<Entry> {
    Some(match entry {
        ast::Entry::Field { key, value } => {
            Entry::Bound(Value::str(key.text), key.span, Written::new(value))
        }
        ast::Entry::Pair { key, value } => {
            Entry::Bound(literal(key)?, key.span, Written::new(value))
        }
        ast::Entry::Spread(spread) => Entry::Spread(Written::new(spread)),
        ast::Entry::Error => return None,
    })
}

/// The keys of a path of `with` that has nothing else.
fn keys(path: &Expr) -> Option<Vec<(Value, Span)>> {
    let mut keys = Vec::new();
    let mut at = path;
    while let ExprKind::Field { parts: (object, name), .. } = &at.kind {
        keys.push((Value::str(name.text), name.span));
        at = object;
    }
    keys.reverse();
    matches!(at.kind, ExprKind::Null).then_some(keys)
}

/// The value of a key that is a literal.
pub(super) fn literal(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Str(text) => Some(Value::str(text)),
        ExprKind::Number(Number::Int(n)) => Some(Value::int(*n)),
        ExprKind::Bool(b) => Some(Value::bool(*b)),
        ExprKind::Paren(inner) => literal(inner),
        _ => None,
    }
}
