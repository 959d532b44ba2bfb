//! What can be said about an expression without running it: whether it may assign, what type it plainly has, and whether
//! throwing its value away can be meant.

use super::resolve::Found;
use super::{Compiler, constant};
use crate::ast::{
    Argument, BinaryOp, Block, Clause, Element, Entry, Expr, ExprKind, FormatPart, LogicOp, Number,
    Pattern, PatternKind, Statement, StatementKind, UnaryOp, WithItem,
};
use crate::descend;
use crate::diagnostic::Diagnostic;
use crate::library::Member;
use crate::source::Span;

/// Literals of at most so many parts are built where a `var` begins with them, so that its first update finds them unshared.
const SMALL: usize = 64;

/// The expression without parentheses around it.
pub(super) fn bare<'e>(mut e: &'e Expr<'e>) -> &'e Expr<'e> {
    while let ExprKind::Paren(inner) = &e.kind {
        e = inner;
    }
    e
}

/// Control never comes out of it.
pub(super) fn diverges(e: &Expr) -> bool {
    matches!(
        bare(e).kind,
        ExprKind::Throw(_) | ExprKind::Return(_) | ExprKind::Break | ExprKind::Continue
    )
}

/// It stands at the end of a block or as an arm to do nothing: `_ => null`, `_ => {}`.
pub(super) fn does_nothing(e: &Expr) -> bool {
    match &bare(e).kind {
        ExprKind::Null => true,
        ExprKind::Map(entries) => entries.is_empty(),
        _ => false,
    }
}

/// It is compiled as jumps rather than as a value.
pub(super) fn is_test(e: &Expr) -> bool {
    match &bare(e).kind {
        ExprKind::Compare { .. } | ExprKind::Is { .. } => true,
        ExprKind::Logic { op, .. } => *op != LogicOp::Coalesce,
        ExprKind::Unary { op, .. } => *op == UnaryOp::Not,
        _ => false,
    }
}

/// A vector, set or map written out.
pub(super) fn is_collection(e: &Expr) -> bool {
    matches!(
        bare(e).kind,
        ExprKind::Vec(_)
            | ExprKind::Set(_)
            | ExprKind::Map(_)
            | ExprKind::VecComprehension(..)
            | ExprKind::SetComprehension(..)
            | ExprKind::MapComprehension(..)
    )
}

/// A collection literal of few constants.
pub(super) fn small_literal(e: &Expr) -> bool {
    fn count(e: &Expr, left: usize) -> Option<usize> {
        let parts: Vec<&Expr> = match &bare(e).kind {
            ExprKind::Vec(items) | ExprKind::Set(items) if items.len() <= left => {
                items.iter().map(element).collect()
            }
            ExprKind::Map(entries) if entries.len() <= left => {
                entries.iter().map(field).collect::<Option<_>>()?
            }
            ExprKind::Vec(_) | ExprKind::Set(_) | ExprKind::Map(_) => return None,
            _ => Vec::new(),
        };
        let left = left.checked_sub(parts.len())?;
        parts.into_iter().try_fold(left, |left, part| descend(part.height, || count(part, left)))
    }
    is_collection(e) && count(e, SMALL).is_some() && constant::is_constant(e)
}

fn field<'e>(entry: &Entry<'e>) -> Option<&'e Expr<'e>> {
    match entry {
        Entry::Field { value, .. } => Some(value),
        _ => None,
    }
}

fn element<'e>(element: &Element<'e>) -> &'e Expr<'e> {
    match element {
        Element::Item(e) | Element::Spread(e) => e,
    }
}

/// Evaluating it may give a name of the running function another value.
pub(super) fn may_assign(e: &Expr) -> bool {
    // A statement stands in a block, and has parts.
    e.height > 2
        && any(e, &mut |node| match node {
            Node::Statement(s) => {
                matches!(s.kind, StatementKind::Assign { .. } | StatementKind::Delete { .. })
            }
            Node::Expr(_) => false,
        })
}

/// The name occurs in it, outside of functions written there or inside.
pub(super) fn mentions(e: &Expr, name: &str) -> bool {
    any(e, &mut |node| match node {
        Node::Statement(_) => false,
        // A function or comprehension may mention it anywhere.
        Node::Expr(e) => match &e.kind {
            ExprKind::Name(text) => *text == name,
            ExprKind::Function(_) => true,
            _ => false,
        },
    })
}

enum Node<'n> {
    Expr(&'n Expr<'n>),
    Statement(&'n Statement<'n>),
}

/// Whether the test holds for a node in the tree, function bodies apart.
fn any(e: &Expr, test: &mut dyn FnMut(Node) -> bool) -> bool {
    if test(Node::Expr(e)) {
        return true;
    }
    let mut sub = |e: &Expr| descend(e.height, || any(e, test));
    match &e.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::Str(_)
        | ExprKind::Name(_)
        | ExprKind::Getter(_)
        | ExprKind::Function(_)
        | ExprKind::Break
        | ExprKind::Continue
        | ExprKind::Error => false,
        ExprKind::Format(parts) => parts.iter().any(|part| match part {
            FormatPart::Text(_) => false,
            FormatPart::Hole { value, .. } => sub(value),
        }),
        ExprKind::Vec(items) | ExprKind::Set(items) => items.iter().any(|i| sub(element(i))),
        ExprKind::Map(entries) => entries.iter().any(|entry| any_entry(entry, &mut sub)),
        ExprKind::VecComprehension(item, clauses) | ExprKind::SetComprehension(item, clauses) => {
            sub(element(item)) || clauses.iter().any(|c| any_clause(c, &mut sub))
        }
        ExprKind::MapComprehension(entry, clauses) => {
            any_entry(entry, &mut sub) || clauses.iter().any(|c| any_clause(c, &mut sub))
        }
        ExprKind::Range { start, end, .. } => {
            start.as_deref().is_some_and(&mut sub) || end.as_deref().is_some_and(&mut sub)
        }
        ExprKind::Unary { operand: e, .. }
        | ExprKind::Paren(e)
        | ExprKind::Each { object: e }
        | ExprKind::Is { value: e, .. }
        | ExprKind::Throw(e)
        | ExprKind::Return(Some(e)) => sub(e),
        ExprKind::Field { parts, .. } => sub(parts.0),
        ExprKind::Return(None) => false,
        ExprKind::Binary { sides, .. } | ExprKind::Logic { sides, .. } => {
            sub(sides.0) || sub(sides.1)
        }
        ExprKind::Compare { first, rest } => sub(first) || rest.iter().any(|(_, _, e)| sub(e)),
        ExprKind::Pipe { value, call } => sub(value) || sub(call),
        ExprKind::Index { parts, .. } => sub(parts.0) || sub(parts.1),
        ExprKind::Call { callee, arguments } => {
            sub(callee)
                || arguments.iter().any(|argument| match argument {
                    Argument::Value(e) | Argument::Named(_, e) | Argument::Spread(e) => sub(e),
                })
        }
        ExprKind::With { base, items, .. } => {
            sub(base)
                || items.iter().any(|item| match item {
                    WithItem::Assign { path, value, .. } => sub(path) || sub(value),
                    WithItem::Delete { path, .. } => sub(path),
                    WithItem::Error => false,
                })
        }
        ExprKind::If { arms, otherwise } => {
            arms.iter().any(|(c, b)| descend(c.height, || any(c, test)) || any_block(b, test))
                || otherwise.as_ref().is_some_and(|b| any_block(b, test))
        }
        ExprKind::Match { subject, arms } => {
            sub(subject)
                || arms.iter().any(|arm| {
                    arm.guard.as_ref().is_some_and(|g| descend(g.height, || any(g, test)))
                        || descend(arm.body.height, || any(arm.body, test))
                        || any_pattern(arm.pattern, test)
                })
        }
        ExprKind::Try { body, handler, .. } => any_block(body, test) || any_block(handler, test),
        ExprKind::Do(block) => any_block(block, test),
    }
}

fn any_entry(entry: &Entry, sub: &mut dyn FnMut(&Expr) -> bool) -> bool {
    match entry {
        Entry::Field { value, .. } | Entry::Spread(value) => sub(value),
        Entry::Pair { key, value } => sub(key) || sub(value),
        Entry::Error => false,
    }
}

fn any_clause(clause: &Clause, sub: &mut dyn FnMut(&Expr) -> bool) -> bool {
    match clause {
        Clause::For { iterable, .. } => sub(iterable),
        Clause::If(condition) => sub(condition),
    }
}

fn any_pattern(pattern: &Pattern, test: &mut dyn FnMut(Node) -> bool) -> bool {
    descend(pattern.height, || match &pattern.kind {
        PatternKind::Vec { items, .. } | PatternKind::Or(items) => {
            items.iter().any(|p| any_pattern(p, test))
        }
        PatternKind::Map { fields, .. } => fields.iter().any(|field| {
            any_pattern(field.pattern, test) || field.default.as_ref().is_some_and(|e| any(e, test))
        }),
        PatternKind::As(inner, _) => any_pattern(inner, test),
        _ => false,
    })
}

fn any_block(block: &Block, test: &mut dyn FnMut(Node) -> bool) -> bool {
    block.statements.iter().any(|statement| {
        if test(Node::Statement(statement)) {
            return true;
        }
        let mut sub = |e: &Expr| descend(e.height, || any(e, test));
        match &statement.kind {
            StatementKind::Let { value, .. } | StatementKind::Expression(value) => sub(value),
            StatementKind::Assign { place, value, .. } => sub(place) || sub(value),
            StatementKind::Delete { place } => sub(place),
            StatementKind::For { iterable, body, .. } => {
                sub(iterable) || descend(body.height, || any_block(body, test))
            }
            StatementKind::While { condition, body } => {
                sub(condition) || descend(body.height, || any_block(body, test))
            }
            StatementKind::Assert { condition, message } => {
                sub(condition) || message.as_deref().is_some_and(sub)
            }
            StatementKind::Function { .. } => {
                test(Node::Expr(&Expr { span: statement.span, height: 0, kind: ExprKind::Error }))
            }
            StatementKind::Type { .. }
            | StatementKind::Test { .. }
            | StatementKind::Import { .. }
            | StatementKind::Error => false,
        }
    })
}

impl<'a> Compiler<'a> {
    /// The type of an expression's value, where it is plain to see.
    pub(super) fn type_of(&mut self, e: &'a Expr<'a>) -> Option<&'static str> {
        match &bare(e).kind {
            ExprKind::Null => Some("Null"),
            ExprKind::Bool(_) | ExprKind::Compare { .. } | ExprKind::Is { .. } => Some("Bool"),
            ExprKind::Unary { op: UnaryOp::Not, .. } => Some("Bool"),
            ExprKind::Number(Number::Int(_) | Number::Big(_)) => Some("Int"),
            ExprKind::Number(Number::Float(_)) => Some("Float"),
            ExprKind::Number(Number::Decimal(_)) => Some("Decimal"),
            ExprKind::Str(_) | ExprKind::Format(_) => Some("Str"),
            ExprKind::Vec(_) | ExprKind::VecComprehension(..) => Some("Vec"),
            ExprKind::Set(_) | ExprKind::SetComprehension(..) => Some("Set"),
            ExprKind::Map(_) | ExprKind::MapComprehension(..) => Some("Map"),
            ExprKind::Range { .. } => Some("Range"),
            ExprKind::Function(_) | ExprKind::Getter(_) => Some("Fn"),
            ExprKind::Name(name) => {
                let index = self.f().find_local(name)?;
                self.f().local(index)?.ty
            }
            ExprKind::With { base, .. } => descend(base.height, || self.type_of(base)),
            ExprKind::Binary { op: BinaryOp::Add, sides, .. } => {
                let (left, right) = *sides;
                let left = descend(left.height, || self.type_of(left))?;
                let right = descend(right.height, || self.type_of(right))?;
                (left == right).then_some(left)
            }
            ExprKind::Call { callee, .. } => match &callee.kind {
                ExprKind::Name(name) if self.is_builtin(name) => match *name {
                    "str" | "type_of" => Some("Str"),
                    "int" => Some("Int"),
                    "float" => Some("Float"),
                    "decimal" => Some("Decimal"),
                    "vec" => Some("Vec"),
                    "map" => Some("Map"),
                    "set" => Some("Set"),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    fn is_builtin(&mut self, name: &str) -> bool {
        self.f().find_local(name).is_none()
            && self.whole.globals.find_name(name).is_none()
            && self.options.scope.function(name).is_some()
    }

    /// Reports a condition that plainly is no Bool.
    pub(super) fn check_condition(&mut self, e: &'a Expr<'a>) {
        let literal = match &bare(e).kind {
            ExprKind::Name(_) | ExprKind::Call { .. } => None,
            _ => self.type_of(e),
        };
        if let Some(ty) = literal.filter(|ty| *ty != "Bool") {
            let message = format!("a condition must be a Bool, and this is {}", article(ty));
            self.report(
                Diagnostic::error("condition-not-bool", e.span, message)
                    .here("neither true nor false")
                    .help(match ty {
                        "Null" => "compare instead: `x == null`",
                        "Vec" | "Map" | "Set" | "Str" | "Range" => {
                            "ask for what you mean, as in `x.len() > 0`"
                        }
                        _ => "compare instead, as in `x != 0`",
                    }),
            );
        }
    }

    /// Reports a statement whose value is thrown away and could not matter.
    pub(super) fn check_discarded(&mut self, e: &'a Expr<'a>) {
        let what = match &e.kind {
            ExprKind::Paren(inner) => return descend(inner.height, || self.check_discarded(inner)),
            ExprKind::Logic { sides, .. } => {
                let right = &sides.1;
                return descend(right.height, || self.check_discarded(right));
            }
            ExprKind::Call { callee, .. } => return self.check_discarded_call(e, callee, None),
            ExprKind::Pipe { value, call } => {
                return match &call.kind {
                    ExprKind::Call { callee, .. } => {
                        self.check_discarded_call(e, callee, Some(value))
                    }
                    ExprKind::Getter(_) => self.discarded(e, "a field"),
                    ExprKind::Name(_) => self.check_discarded_call(e, call, Some(value)),
                    _ => {}
                };
            }
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) => "a literal",
            ExprKind::Str(_) | ExprKind::Format(_) => "a text",
            ExprKind::Name(_) => "a name",
            ExprKind::Vec(_) | ExprKind::VecComprehension(..) => "a vector",
            ExprKind::Set(_) | ExprKind::SetComprehension(..) => "a set",
            ExprKind::Map(_) | ExprKind::MapComprehension(..) => "a map",
            ExprKind::Range { .. } => "a range",
            ExprKind::Unary { .. } | ExprKind::Binary { .. } => "the result of an operator",
            ExprKind::Compare { .. } | ExprKind::Is { .. } => "the result of a comparison",
            ExprKind::Field { .. } | ExprKind::Index { .. } | ExprKind::Each { .. } => {
                "what is read here"
            }
            ExprKind::Getter(_) | ExprKind::Function(_) => "a function",
            ExprKind::With { base, .. } => {
                let text = self.source.slice(base.span).to_owned();
                let place = matches!(
                    base.kind,
                    ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. }
                );
                let mut finding = discarded(e.span, "the new version");
                if place {
                    finding = finding.help(format!("to keep it, write `{text} = {text} with …`"));
                }
                return self.report(finding);
            }
            _ => return,
        };
        self.discarded(e, what);
    }

    fn discarded(&mut self, e: &'a Expr<'a>, what: &str) {
        let mut finding = discarded(e.span, what);
        match &e.kind {
            ExprKind::Compare { first, rest } => {
                if let (
                    [(crate::ast::CompareOp::Eq, ..)],
                    ExprKind::Name(_) | ExprKind::Field { .. },
                ) = (&rest[..], &first.kind)
                {
                    let name = self.source.slice(first.span);
                    finding = finding.help(format!("to assign, write `{name} = …`"));
                }
            }
            ExprKind::Binary { op, sides, .. } if matches!(sides.0.kind, ExprKind::Name(_)) => {
                let (left, right) = *sides;
                let (name, value) = (self.source.slice(left.span), self.source.slice(right.span));
                if op.symbol() != "div" {
                    finding = finding
                        .help(format!("to keep it, write `{name} {}= {value}`", op.symbol()));
                } else {
                    finding =
                        finding.help(format!("to keep it, write `{name} = {name} div {value}`"));
                }
            }
            ExprKind::Name(name) if self.is_builtin(name) => {
                finding = finding.help(format!("to call it, write `{name}(…)`"));
            }
            ExprKind::Function(_) => finding = finding.help("give it a name, or call it"),
            ExprKind::Str(_) => {
                finding = finding.help(
                    "a comment is written `// …`; documentation, `/// …` before what it is about",
                );
            }
            ExprKind::Unary { op: UnaryOp::Neg, .. }
                if self.source.slice(e.span).starts_with("--") =>
            {
                finding = finding.help("a comment is written `// …`");
            }
            _ => {}
        }
        self.report(finding);
    }

    fn check_discarded_call(
        &mut self,
        e: &'a Expr<'a>,
        callee: &'a Expr<'a>,
        piped: Option<&'a Expr<'a>>,
    ) {
        let span = e.span;
        match &callee.kind {
            ExprKind::Name(name) if self.is_builtin(name) => {
                let scope = self.options.scope;
                if scope.function(name).is_some_and(|s| s.pure) {
                    let what = format!("the result of `{name}`");
                    self.report(
                        discarded(span, &what)
                            .help(format!("use it, as in `let result = {}`", self.short(span))),
                    );
                }
            }
            ExprKind::Field { parts, .. } => {
                let (object, name) = parts;
                if let ExprKind::Name(root) = &object.kind {
                    let known = self.f().find_local(root).is_some()
                        || self.whole.globals.find_name(root).is_some();
                    if let (false, Some(module)) = (known, self.options.scope.module(root)) {
                        if let Some(Member::Function(signature)) = module.get(name.text)
                            && signature.pure
                        {
                            let what = format!("the result of `{root}.{}`", name.text);
                            self.report(discarded(span, &what));
                        }
                        return;
                    }
                    if let Some(Found::Slot { import: true, .. }) =
                        self.user_name(root, object.span)
                    {
                        return;
                    }
                }
                if piped.is_some() {
                    return;
                }
                let Some(methods) = self.options.scope.methods(name.text) else { return };
                let ty = self.type_of(object);
                let mut matching =
                    methods.iter().filter(|m| ty.is_none_or(|ty| m.receiver == ty)).peekable();
                if matching.peek().is_none() || !matching.all(|m| m.signature.pure) {
                    return;
                }
                let what = format!("the result of `{}`", name.text);
                let mut finding = discarded(span, &what);
                if ty.is_none() {
                    finding.severity = crate::diagnostic::Severity::Warning;
                    finding.message = format!("the result of `{}` is not used", name.text);
                }
                let receiver = self.source.slice(object.span);
                let call = self.source.slice(Span { start: name.span.start, end: span.end });
                let changes = same_type_back(name.text);
                let place = is_place(object);
                let assignable = changes && place && !receiver.contains('\n');
                finding = if assignable {
                    let call = if call.contains('\n') {
                        format!("{}(…)", name.text)
                    } else {
                        call.to_owned()
                    };
                    finding.help(format!(
                        "values never change, so this makes a new one; to keep it, write `{receiver} .= {call}`"
                    ))
                } else {
                    finding.help(format!("use it, as in `let result = {}`", self.short(span)))
                };
                if assignable
                    && let ExprKind::Name(root) = &object.kind
                    && let Some(local) = self.f().find_local(root)
                    && let Some(local) = self.f().local(local).copied()
                    && local.kind == super::builder::LocalKind::Let
                {
                    finding =
                        finding.label(local.span, format!("and declare `{root}` with `var` here"));
                }
                self.report(finding);
            }
            _ => {}
        }
    }

    fn short(&self, span: Span) -> String {
        let text = self.source.slice(span);
        match text.lines().next() {
            Some(line) if line.len() == text.len() => text.to_owned(),
            Some(line) => format!("{line} …"),
            None => "…".into(),
        }
    }
}

fn discarded(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("discarded-value", span, format!("{what} is thrown away"))
        .here("this has no effect")
}

fn is_place(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Name(_) => true,
        ExprKind::Field { parts, .. } => descend(parts.0.height, || is_place(parts.0)),
        ExprKind::Index { parts, .. } => descend(parts.0.height, || is_place(parts.0)),
        _ => false,
    }
}

/// Methods whose result is meant to take the place of the receiver.
fn same_type_back(name: &str) -> bool {
    matches!(
        name,
        "push"
            | "push_front"
            | "pop"
            | "pop_front"
            | "insert"
            | "remove"
            | "discard"
            | "set"
            | "add"
            | "append"
            | "extend"
            | "update"
            | "merge"
            | "merge_with"
            | "sort"
            | "sort_by"
            | "reverse"
            | "dedup"
            | "map"
            | "filter"
            | "retain"
            | "trim"
            | "upper"
            | "lower"
            | "replace"
            | "pad"
            | "splice"
            | "swap"
            | "union"
            | "difference"
            | "take"
            | "skip"
            | "clear"
    )
}

pub(super) fn article(ty: &str) -> String {
    match ty {
        "Int" | "Error" => format!("an {ty}"),
        "Null" => "null".into(),
        _ => format!("a {ty}"),
    }
}
