//! The actions of the grammar: they make nodes, and refuse what the grammar is too coarse to refuse.
//!
//! Invariant: no node is higher than the nesting limit. A node that would be is dropped and replaced by an error node, with one
//! complaint for the whole text, so that every tree can be walked and dropped recursively.

use super::{explain, literal};
use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::layout::{Placed, too_deep};
use crate::source::Span;
use crate::token::Token;
use lalrpop_util::ErrorRecovery;
use num_bigint::BigInt;
use smol_str::SmolStr;
use std::cell::Cell;
use std::convert::Infallible;

/// What the actions share.
pub(crate) struct Context<'s> {
    pub(super) text: &'s str,
    /// What the parser reads, for explaining errors.
    pub(super) tokens: &'s [Placed],
    /// Documentation comments, by the start of the token they stand before, in order.
    pub(super) docs: &'s [(u32, Doc)],
    /// Where something was already complained about, so that syntax errors are no news.
    pub(super) doubtful: Vec<Span>,
    pub(super) nesting: u32,
    pub(super) too_deep: bool,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Makes the tokens end.
    pub(super) stop: &'s Cell<bool>,
    /// The token where the parser lost count of the brackets, and what was said about it.
    pub(super) lost: Option<(usize, Option<Diagnostic>)>,
    /// The text ends where `catch` had to follow.
    pub(super) lacks_catch: bool,
}

/// An item of a vector pattern.
pub(crate) enum VecPart {
    Item(Box<Pattern>),
    Rest(Span, Option<Name>),
}

/// An item of a map pattern.
pub(crate) enum MapPart {
    Field(Box<FieldPattern>),
    Rest(Span, Option<Name>),
}

/// An item of a record type.
pub(crate) enum FieldPart {
    Field(Box<TypeField>),
    Open,
    Error,
}

fn span(l: u32, r: u32) -> Span {
    Span { start: l, end: r.max(l) }
}

fn unbox<T>(items: Vec<Box<T>>) -> Vec<T> {
    items.into_iter().map(|item| *item).collect()
}

/// The greatest height among some nodes.
fn highest(heights: impl IntoIterator<Item = u32>) -> u32 {
    heights.into_iter().max().unwrap_or(0)
}

impl Context<'_> {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(crate) fn syntax_error(
        &mut self,
        l: u32,
        r: u32,
        error: ErrorRecovery<u32, Token, Infallible>,
    ) {
        explain::recovered(self, l, r, error.error);
    }

    /// One more than `below`, unless that is too high: then the complaint is made, and the node must not be.
    fn height(&mut self, span: Span, below: u32) -> Option<u32> {
        if below < self.nesting {
            return Some(below + 1);
        }
        if !self.too_deep {
            self.too_deep = true;
            self.report(too_deep(span, self.nesting));
        }
        None
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    // Names and literals

    pub(crate) fn name(&mut self, span: Span) -> Name {
        Name { text: SmolStr::new(self.slice(span)), span }
    }

    pub(crate) fn string(&mut self, span: Span) -> SmolStr {
        literal::string(self.text, span, &mut self.diagnostics)
    }

    pub(crate) fn integer(&mut self, span: Span) -> Number {
        literal::integer(self.text, span, &mut self.diagnostics)
    }

    pub(crate) fn float(&mut self, span: Span) -> Number {
        literal::float(self.text, span, &mut self.diagnostics)
    }

    pub(crate) fn decimal(&mut self, span: Span) -> Number {
        literal::decimal(self.text, span, &mut self.diagnostics)
    }

    /// The sign of a literal in a pattern or type.
    pub(crate) fn negate(&mut self, number: Number) -> Number {
        match number {
            Number::Int(i) => match i.checked_neg() {
                Some(i) => Number::Int(i),
                None => Number::Big(-BigInt::from(i)),
            },
            Number::Big(b) => {
                let negated = -b;
                match i64::try_from(&negated) {
                    Ok(i) => Number::Int(i),
                    Err(_) => Number::Big(negated),
                }
            }
            Number::Float(f) => Number::Float(-f),
            Number::Decimal(d) => Number::Decimal(SmolStr::new(format!("-{d}"))),
        }
    }

    // Statements

    pub(crate) fn block(&mut self, l: u32, r: u32, statements: Vec<Statement>) -> Block {
        let span = span(l, r);
        let below = highest(statements.iter().map(statement_height));
        match self.height(span, below) {
            Some(height) => Block { span, statements, height },
            None => {
                let error = Statement { span, doc: None, kind: StatementKind::Error };
                Block { span, statements: vec![error], height: 1 }
            }
        }
    }

    pub(crate) fn statement(&mut self, l: u32, r: u32, kind: StatementKind) -> Box<Statement> {
        Box::new(Statement { span: span(l, r), doc: self.doc(l), kind })
    }

    /// The documentation before the token that starts at `start`.
    fn doc(&mut self, start: u32) -> Option<Doc> {
        let index = self.docs.binary_search_by_key(&start, |d| d.0).ok()?;
        Some(self.docs[index].1.clone())
    }

    pub(crate) fn assign(
        &mut self,
        l: u32,
        r: u32,
        place: Box<Expr>,
        (op, op_span): (AssignOp, Span),
        value: Box<Expr>,
    ) -> Box<Statement> {
        self.check_place(&place, op_span, Some(op));
        self.check_method(op, op_span, &place, &value);
        self.statement(l, r, StatementKind::Assign { place: *place, op, op_span, value: *value })
    }

    pub(crate) fn delete(&mut self, l: u32, r: u32, place: Box<Expr>) -> Box<Statement> {
        let word = Span { start: l, end: l + 6 };
        self.check_place(&place, word, None);
        self.statement(l, r, StatementKind::Delete { place: *place })
    }

    /// A place is a name, and from there a path.
    fn check_place(&mut self, place: &Expr, op_span: Span, op: Option<AssignOp>) {
        let mut root = place;
        loop {
            root = match &root.kind {
                ExprKind::Field { object, .. }
                | ExprKind::Index { object, .. }
                | ExprKind::Each { object } => object,
                ExprKind::Error => return,
                ExprKind::Name(_) if op.is_none() && std::ptr::eq(root, place) => {
                    let diagnostic = Diagnostic::error(
                        "invalid-target",
                        place.span,
                        "a variable cannot be deleted",
                    )
                    .help("`delete` takes away a part of a value, as in `delete cfg.debug`");
                    return self.report(diagnostic);
                }
                ExprKind::Name(_) => return,
                _ => break,
            };
        }
        let verb = if op.is_some() { "assigned to" } else { "deleted" };
        let what = explain::kind_of(root);
        let mut diagnostic =
            Diagnostic::error("invalid-target", root.span, format!("{what} cannot be {verb}"));
        diagnostic = if op.is_some() {
            diagnostic.label(op_span, "by this assignment")
        } else {
            diagnostic.label(op_span, "by this")
        };
        diagnostic = match (&root.kind, op) {
            (ExprKind::Call { .. }, _) => diagnostic
                .help("values never change: give the result a name with `var`, then change that"),
            (ExprKind::Compare { .. } | ExprKind::Logic { .. }, Some(AssignOp::Set)) => {
                diagnostic.help("to compare, write `==`")
            }
            _ => diagnostic.help(
                "a place is a variable, or a path that begins with one: `cfg.servers[0].port`",
            ),
        };
        self.report(diagnostic);
    }

    /// `.=` takes a call of a bare name.
    fn check_method(&mut self, op: AssignOp, op_span: Span, place: &Expr, value: &Expr) {
        if op != AssignOp::Method {
            return;
        }
        let call = match &value.kind {
            ExprKind::Call { callee, .. } => matches!(callee.kind, ExprKind::Name(_)),
            ExprKind::Error => true,
            _ => false,
        };
        if !call {
            let place = if place.span.start < op_span.start { self.slice(place.span) } else { "x" };
            let shown = if place.len() > 30 || place.is_empty() { "x" } else { place };
            let help =
                format!("as in `{shown} .= push(1)`, which stands for `{shown} = {shown}.push(1)`");
            self.report(
                Diagnostic::error(
                    "bad-method-assignment",
                    value.span,
                    "`.=` is followed by one method call",
                )
                .here("this is no call of a method by its name")
                .label(op_span, "calls a method on the place and keeps its result")
                .help(help),
            );
        }
    }

    // Functions

    pub(crate) fn parameter(
        &mut self,
        pattern: Box<Pattern>,
        annotation: Option<Box<Type>>,
        default: Option<Box<Expr>>,
    ) -> Box<(Parameter, Span)> {
        let span = pattern.span;
        let parameter = Parameter {
            pattern: *pattern,
            annotation: annotation.map(|t| *t),
            default: default.map(|e| *e),
            rest: false,
        };
        Box::new((parameter, span))
    }

    pub(crate) fn rest_parameter(
        &mut self,
        l: u32,
        name: Name,
        annotation: Option<Box<Type>>,
    ) -> Box<(Parameter, Span)> {
        let whole = span(l, name.span.end);
        let pattern = *self.bind(name);
        let annotation = annotation.map(|t| *t);
        Box::new((Parameter { pattern, annotation, default: None, rest: true }, whole))
    }

    #[allow(clippy::vec_box)]
    pub(crate) fn parameters(&mut self, list: Vec<Box<(Parameter, Span)>>) -> Vec<Parameter> {
        if let Some(at) = list.iter().position(|p| p.0.rest)
            && let Some(after) = list.get(at + 1)
        {
            self.report(
                Diagnostic::error("misplaced-rest", list[at].1, "a rest parameter comes last")
                    .here("this takes all arguments that are left")
                    .label(after.1, "so nothing remains for this one"),
            );
        }
        list.into_iter().map(|p| p.0).collect()
    }

    pub(crate) fn function(
        &mut self,
        l: u32,
        parameters: Vec<Parameter>,
        result: Option<Box<Type>>,
        body: Block,
    ) -> Box<Function> {
        let span = span(l, body.span.end);
        self.make_function(span, parameters, result, body, false)
    }

    fn make_function(
        &mut self,
        span: Span,
        parameters: Vec<Parameter>,
        result: Option<Box<Type>>,
        body: Block,
        closure: bool,
    ) -> Box<Function> {
        let below = highest(parameters.iter().map(parameter_height))
            .max(body.height)
            .max(result.as_ref().map_or(0, |t| t.height));
        let result = result.map(|t| *t);
        Box::new(match self.height(span, below) {
            Some(height) => Function { span, parameters, result, body, closure, height },
            None => {
                let body = Block { span: body.span, statements: Vec::new(), height: 1 };
                Function {
                    span,
                    parameters: Vec::new(),
                    result: None,
                    body,
                    closure,
                    height: 2.min(self.nesting),
                }
            }
        })
    }

    fn function_node(&mut self, function: Box<Function>) -> Box<Expr> {
        self.expr(function.span, function.height, ExprKind::Function(function))
    }

    pub(crate) fn function_expr(
        &mut self,
        l: u32,
        parameters: Vec<Parameter>,
        result: Option<Box<Type>>,
        body: Block,
    ) -> Box<Expr> {
        let function = self.function(l, parameters, result, body);
        self.function_node(function)
    }

    pub(crate) fn closure(&mut self, head: (u32, Vec<Parameter>), body: Box<Expr>) -> Box<Expr> {
        let statement =
            Statement { span: body.span, doc: None, kind: StatementKind::Expression(*body) };
        let body = self.block(statement.span.start, statement.span.end, vec![statement]);
        self.block_closure(head, body)
    }

    pub(crate) fn block_closure(
        &mut self,
        (l, parameters): (u32, Vec<Parameter>),
        body: Block,
    ) -> Box<Expr> {
        let span = span(l, body.span.end);
        let function = self.make_function(span, parameters, None, body, true);
        self.function_node(function)
    }

    // Expressions

    /// A node above others of at most the height `below`.
    fn expr(&mut self, span: Span, below: u32, kind: ExprKind) -> Box<Expr> {
        Box::new(match self.height(span, below) {
            Some(height) => Expr { span, height, kind },
            None => Expr { span, height: 1, kind: ExprKind::Error },
        })
    }

    pub(crate) fn leaf(&mut self, l: u32, r: u32, kind: ExprKind) -> Box<Expr> {
        Box::new(Expr { span: span(l, r), height: 1, kind })
    }

    pub(crate) fn error(&mut self, l: u32, r: u32) -> Expr {
        Expr { span: span(l, r), height: 1, kind: ExprKind::Error }
    }

    /// Where the paths of `with` begin.
    pub(crate) fn root(&mut self, l: u32) -> Box<Expr> {
        self.leaf(l, l, ExprKind::Null)
    }

    pub(crate) fn name_expr(&mut self, name: Name) -> Box<Expr> {
        self.leaf(name.span.start, name.span.end, ExprKind::Name(name.text))
    }

    pub(crate) fn getter(&mut self, l: u32, name: Name) -> Box<Expr> {
        self.leaf(l, name.span.end, ExprKind::Getter(name))
    }

    pub(crate) fn paren(&mut self, l: u32, r: u32, e: Box<Expr>) -> Box<Expr> {
        self.expr(span(l, r), e.height, ExprKind::Paren(e))
    }

    pub(crate) fn throw(&mut self, l: u32, _r: u32, e: Box<Expr>) -> Box<Expr> {
        self.expr(span(l, e.span.end), e.height, ExprKind::Throw(e))
    }

    pub(crate) fn return_(&mut self, l: u32, r: u32, e: Option<Box<Expr>>) -> Box<Expr> {
        let end = e.as_ref().map_or(r, |e| e.span.end);
        let below = e.as_ref().map_or(0, |e| e.height);
        self.expr(span(l, end), below, ExprKind::Return(e))
    }

    pub(crate) fn unary(&mut self, l: u32, op: UnaryOp, operand: Box<Expr>) -> Box<Expr> {
        let whole = span(l, operand.span.end);
        self.expr(whole, operand.height, ExprKind::Unary { op, operand })
    }

    pub(crate) fn binary(
        &mut self,
        (op, op_span): (BinaryOp, Span),
        left: Box<Expr>,
        right: Box<Expr>,
    ) -> Box<Expr> {
        let below = left.height.max(right.height);
        self.expr(left.span.to(right.span), below, ExprKind::Binary { op, op_span, left, right })
    }

    pub(crate) fn logic(
        &mut self,
        op: LogicOp,
        op_span: Span,
        left: Box<Expr>,
        right: Box<Expr>,
    ) -> Box<Expr> {
        let below = left.height.max(right.height);
        self.expr(left.span.to(right.span), below, ExprKind::Logic { op, op_span, left, right })
    }

    pub(crate) fn pipe(&mut self, value: Box<Expr>, call: Box<Expr>) -> Box<Expr> {
        let below = value.height.max(call.height);
        self.expr(value.span.to(call.span), below, ExprKind::Pipe { value, call })
    }

    pub(crate) fn compare(
        &mut self,
        left: Box<Expr>,
        (op, op_span): (CompareOp, Span),
        right: Box<Expr>,
    ) -> Box<Expr> {
        let span = left.span.to(right.span);
        let below = left.height.max(right.height);
        if let ExprKind::Is { .. } = left.kind {
            self.unchained(left.span, "is", op_span, op.symbol());
        }
        match left.kind {
            ExprKind::Compare { first, mut rest } => {
                if let Some((before, before_span, _)) = rest.last()
                    && !(chains(*before) && chains(op))
                {
                    let (before, before_span) = (before.symbol(), *before_span);
                    self.unchained(before_span, before, op_span, op.symbol());
                }
                // The chain stays one node: only its parts count.
                let below = (left.height - 1).max(right.height);
                rest.push((op, op_span, *right));
                self.expr(span, below, ExprKind::Compare { first, rest })
            }
            _ => self.expr(
                span,
                below,
                ExprKind::Compare { first: left, rest: vec![(op, op_span, *right)] },
            ),
        }
    }

    pub(crate) fn is(
        &mut self,
        value: Box<Expr>,
        op_span: Span,
        negated: bool,
        ty: Box<Type>,
    ) -> Box<Expr> {
        match &value.kind {
            ExprKind::Compare { rest, .. } => {
                if let Some((op, before, _)) = rest.last() {
                    let (op, before) = (op.symbol(), *before);
                    self.unchained(before, op, op_span, "is");
                }
            }
            ExprKind::Is { .. } => self.unchained(value.span, "is", op_span, "is"),
            _ => {}
        }
        let below = value.height.max(ty.height);
        self.expr(value.span.to(ty.span), below, ExprKind::Is { value, negated, ty: *ty })
    }

    fn unchained(&mut self, first: Span, a: &str, second: Span, b: &str) {
        let which = if a == b {
            format!("`{a}` does not chain")
        } else {
            format!("`{a}` and `{b}` do not chain")
        };
        let text = if a == "is" { "the first test" } else { "the first comparison" };
        self.report(
            Diagnostic::error("unchainable", second, which)
                .here("a second comparison of the same values")
                .label(first, text)
                .help("put one of them in parentheses, or join two comparisons with `and`; only `==`, `<`, `<=`, `>` and `>=` chain"),
        );
    }

    pub(crate) fn range(
        &mut self,
        from: Span,
        to: Span,
        start: Option<Box<Expr>>,
        end: Option<Box<Expr>>,
        inclusive: bool,
    ) -> Box<Expr> {
        let below = highest(start.iter().chain(&end).map(|e| e.height));
        self.expr(from.to(to), below, ExprKind::Range { start, end, inclusive })
    }

    /// A getter takes one name; what follows one would apply to the function.
    fn check_getter(&mut self, object: &Expr, rest: Span) {
        if let ExprKind::Getter(name) = &object.kind {
            let (name, rest) = (name.text.clone(), self.slice(rest).to_string());
            let shown = if rest.len() > 40 { "…" } else { &rest };
            self.report(
                Diagnostic::error(
                    "long-getter",
                    object.span,
                    format!("`.{name}` alone is a function; it ends after its name"),
                )
                .help(format!("write `|x| x.{name}{shown}`")),
            );
        }
    }

    pub(crate) fn field(&mut self, object: Box<Expr>, name: Name, optional: bool) -> Box<Expr> {
        let whole = object.span.to(name.span);
        self.check_getter(&object, span(object.span.end, name.span.end));
        self.expr(whole, object.height, ExprKind::Field { object, name, optional })
    }

    pub(crate) fn index(
        &mut self,
        object: Box<Expr>,
        index: Box<Expr>,
        r: u32,
        optional: bool,
    ) -> Box<Expr> {
        let whole = span(object.span.start, r);
        self.check_getter(&object, span(object.span.end, r));
        let below = object.height.max(index.height);
        self.expr(whole, below, ExprKind::Index { object, index, optional })
    }

    pub(crate) fn each(&mut self, object: Box<Expr>, r: u32) -> Box<Expr> {
        self.check_getter(&object, span(object.span.end, r));
        self.expr(span(object.span.start, r), object.height, ExprKind::Each { object })
    }

    #[allow(clippy::vec_box)]
    pub(crate) fn call(
        &mut self,
        callee: Box<Expr>,
        arguments: Vec<Box<Argument>>,
        r: u32,
    ) -> Box<Expr> {
        self.check_getter(&callee, span(callee.span.end, r));
        let arguments = unbox(arguments);
        let below = highest(arguments.iter().map(argument_height)).max(callee.height);
        self.expr(span(callee.span.start, r), below, ExprKind::Call { callee, arguments })
    }

    #[allow(clippy::vec_box)]
    pub(crate) fn with(
        &mut self,
        base: Box<Expr>,
        with_span: Span,
        items: Vec<Box<WithItem>>,
        r: u32,
    ) -> Box<Expr> {
        let items = unbox(items);
        let below = highest(items.iter().map(with_height)).max(base.height);
        self.expr(span(base.span.start, r), below, ExprKind::With { base, with_span, items })
    }

    pub(crate) fn with_assign(
        &mut self,
        path: Box<Expr>,
        (op, op_span): (AssignOp, Span),
        value: Box<Expr>,
    ) -> Box<WithItem> {
        self.check_method(op, op_span, &path, &value);
        Box::new(WithItem::Assign { path: *path, op, op_span, value: *value })
    }

    #[allow(clippy::vec_box)]
    pub(crate) fn vec(&mut self, l: u32, r: u32, items: Vec<Box<Element>>) -> Box<Expr> {
        let items = unbox(items);
        self.expr(span(l, r), highest(items.iter().map(element_height)), ExprKind::Vec(items))
    }

    #[allow(clippy::vec_box)]
    pub(crate) fn set(&mut self, l: u32, r: u32, items: Vec<Box<Element>>) -> Box<Expr> {
        let items = unbox(items);
        self.expr(span(l, r), highest(items.iter().map(element_height)), ExprKind::Set(items))
    }

    #[allow(clippy::vec_box)]
    pub(crate) fn map(&mut self, l: u32, r: u32, items: Vec<Box<Entry>>) -> Box<Expr> {
        let items = unbox(items);
        self.expr(span(l, r), highest(items.iter().map(entry_height)), ExprKind::Map(items))
    }

    pub(crate) fn vec_comprehension(
        &mut self,
        l: u32,
        r: u32,
        item: Box<Element>,
        clauses: Vec<Clause>,
    ) -> Box<Expr> {
        let below = element_height(&item).max(highest(clauses.iter().map(clause_height)));
        self.expr(span(l, r), below, ExprKind::VecComprehension(item, clauses))
    }

    pub(crate) fn set_comprehension(
        &mut self,
        l: u32,
        r: u32,
        item: Box<Element>,
        clauses: Vec<Clause>,
    ) -> Box<Expr> {
        let below = element_height(&item).max(highest(clauses.iter().map(clause_height)));
        self.expr(span(l, r), below, ExprKind::SetComprehension(item, clauses))
    }

    pub(crate) fn map_comprehension(
        &mut self,
        l: u32,
        r: u32,
        item: Box<Entry>,
        clauses: Vec<Clause>,
    ) -> Box<Expr> {
        let below = entry_height(&item).max(highest(clauses.iter().map(clause_height)));
        self.expr(span(l, r), below, ExprKind::MapComprehension(item, clauses))
    }

    pub(crate) fn shorthand(&mut self, name: Name) -> Box<Entry> {
        let value = *self.name_expr(name.clone());
        Box::new(Entry::Field { key: name, value })
    }

    pub(crate) fn if_(
        &mut self,
        (l, arms): (u32, Vec<(Expr, Block)>),
        otherwise: Option<Block>,
    ) -> Box<Expr> {
        let end = otherwise.as_ref().or(arms.last().map(|a| &a.1)).map_or(l, |b| b.span.end);
        let below = highest(arms.iter().map(|(c, b)| c.height.max(b.height)))
            .max(otherwise.as_ref().map_or(0, |b| b.height));
        self.expr(span(l, end), below, ExprKind::If { arms, otherwise })
    }

    #[allow(clippy::vec_box)]
    pub(crate) fn match_(
        &mut self,
        l: u32,
        r: u32,
        subject: Box<Expr>,
        arms: Vec<Box<Arm>>,
    ) -> Box<Expr> {
        let arms = unbox(arms);
        let below = highest(arms.iter().map(arm_height)).max(subject.height);
        self.expr(span(l, r), below, ExprKind::Match { subject, arms })
    }

    pub(crate) fn arm(
        &mut self,
        l: u32,
        r: u32,
        pattern: Box<Pattern>,
        guard: Option<Box<Expr>>,
        body: Box<Expr>,
    ) -> Box<Arm> {
        Box::new(Arm { span: span(l, r), pattern: *pattern, guard: guard.map(|g| *g), body: *body })
    }

    pub(crate) fn error_arm(&mut self, l: u32, r: u32) -> Box<Arm> {
        let pattern = self.pattern(l, r, 0, PatternKind::Error);
        let body = self.leaf(l, r, ExprKind::Error);
        self.arm(l, r, pattern, None, body)
    }

    pub(crate) fn change_body(&mut self, statement: Box<Statement>) -> Box<Expr> {
        let block = self.block(statement.span.start, statement.span.end, vec![*statement]);
        self.do_(block.span.start, block)
    }

    pub(crate) fn try_(
        &mut self,
        l: u32,
        body: Block,
        pattern: Box<Pattern>,
        handler: Block,
    ) -> Box<Expr> {
        let below = body.height.max(pattern.height).max(handler.height);
        self.expr(span(l, handler.span.end), below, ExprKind::Try { body, pattern, handler })
    }

    pub(crate) fn do_(&mut self, l: u32, block: Block) -> Box<Expr> {
        self.expr(span(l, block.span.end), block.height, ExprKind::Do(block))
    }

    pub(crate) fn format(
        &mut self,
        start: Span,
        r: u32,
        parts: Vec<(Span, Option<(Box<Expr>, Option<Span>)>)>,
    ) -> Box<Expr> {
        let below = highest(parts.iter().filter_map(|p| p.1.as_ref()).map(|(e, _)| e.height));
        let multi_line = start.end - start.start > 2;
        let texts: Vec<Option<Span>> = parts.iter().map(|p| p.1.is_none().then_some(p.0)).collect();
        let end = r.saturating_sub(if multi_line { 3 } else { 1 });
        let texts = literal::format_texts(
            self.text,
            multi_line,
            span(start.end, end),
            &texts,
            &mut self.diagnostics,
        );
        let mut made = Vec::with_capacity(parts.len());
        for ((_, hole), text) in parts.into_iter().zip(texts) {
            match hole {
                None if text.is_empty() => {}
                None => made.push(FormatPart::Text(text)),
                Some((value, spec)) => {
                    let spec = spec
                        .and_then(|s| literal::format_spec(self.text, s, &mut self.diagnostics));
                    made.push(FormatPart::Hole { value: *value, spec });
                }
            }
        }
        self.expr(span(start.start, r), below, ExprKind::Format(made))
    }

    // Patterns

    pub(crate) fn pattern(
        &mut self,
        l: u32,
        r: u32,
        below: u32,
        kind: PatternKind,
    ) -> Box<Pattern> {
        let span = span(l, r);
        Box::new(match self.height(span, below) {
            Some(height) => Pattern { span, height, kind },
            None => Pattern { span, height: 1, kind: PatternKind::Error },
        })
    }

    pub(crate) fn bind(&mut self, name: Name) -> Box<Pattern> {
        self.pattern(name.span.start, name.span.end, 0, PatternKind::Bind(name.text))
    }

    pub(crate) fn as_pattern(&mut self, p: Box<Pattern>, name: Name) -> Box<Pattern> {
        let (l, r, below) = (p.span.start, name.span.end, p.height);
        self.pattern(l, r, below, PatternKind::As(p, name))
    }

    /// Parentheses leave no node, but count as a level.
    pub(crate) fn paren_pattern(&mut self, l: u32, r: u32, p: Box<Pattern>) -> Box<Pattern> {
        let below = p.height;
        self.pattern(l, r, below, p.kind)
    }

    pub(crate) fn or_pattern(&mut self, a: Box<Pattern>, b: Box<Pattern>) -> Box<Pattern> {
        let (l, r) = (a.span.start, b.span.end);
        match a.kind {
            // Only a list made here goes on: one in parentheses begins before its first part.
            PatternKind::Or(mut list) if list.first().is_some_and(|p| p.span.start == l) => {
                let below = (a.height - 1).max(b.height);
                list.push(*b);
                self.pattern(l, r, below, PatternKind::Or(list))
            }
            _ => {
                let below = a.height.max(b.height);
                self.pattern(l, r, below, PatternKind::Or(vec![*a, *b]))
            }
        }
    }

    pub(crate) fn range_pattern(
        &mut self,
        l: u32,
        r: u32,
        start: Option<Literal>,
        end: Option<Literal>,
        inclusive: bool,
    ) -> Box<Pattern> {
        self.pattern(l, r, 0, PatternKind::Range { start, end, inclusive })
    }

    pub(crate) fn is_pattern(&mut self, l: u32, r: u32, ty: Box<Type>) -> Box<Pattern> {
        let below = ty.height;
        self.pattern(l, r, below, PatternKind::Is(*ty))
    }

    pub(crate) fn vec_pattern(&mut self, l: u32, r: u32, parts: Vec<VecPart>) -> Box<Pattern> {
        let mut items = Vec::new();
        let mut rest: Option<(usize, Option<Name>)> = None;
        let mut first = None;
        for part in parts {
            match part {
                VecPart::Item(p) => items.push(*p),
                VecPart::Rest(place, name) => {
                    if let Some(first) = first.replace(place) {
                        self.second_rest(first, place);
                    }
                    rest = Some((items.len(), name));
                }
            }
        }
        let below = highest(items.iter().map(|p| p.height));
        self.pattern(l, r, below, PatternKind::Vec { items, rest })
    }

    pub(crate) fn map_pattern(&mut self, l: u32, r: u32, parts: Vec<MapPart>) -> Box<Pattern> {
        let mut fields = Vec::new();
        let mut rest = None;
        let mut first = None;
        for part in parts {
            match part {
                MapPart::Field(field) => fields.push(*field),
                MapPart::Rest(place, name) => {
                    if let Some(first) = first.replace(place) {
                        self.second_rest(first, place);
                    }
                    rest = Some(name);
                }
            }
        }
        let below = highest(
            fields.iter().map(|f| f.pattern.height.max(f.default.as_ref().map_or(0, |e| e.height))),
        );
        self.pattern(l, r, below, PatternKind::Map { fields, rest })
    }

    fn second_rest(&mut self, first: Span, second: Span) {
        self.report(
            Diagnostic::error("misplaced-rest", second, "a pattern has one `...` at most")
                .here("this is a second one")
                .label(first, "the first one"),
        );
    }

    pub(crate) fn field_pattern(
        &mut self,
        key: Name,
        pattern: Option<Box<Pattern>>,
        default: Option<Box<Expr>>,
    ) -> MapPart {
        let pattern = match pattern {
            Some(pattern) => *pattern,
            None => *self.bind(key.clone()),
        };
        MapPart::Field(Box::new(FieldPattern { key, pattern, default: default.map(|e| *e) }))
    }

    // Types

    pub(crate) fn ty(&mut self, l: u32, r: u32, below: u32, kind: TypeKind) -> Box<Type> {
        let span = span(l, r);
        Box::new(match self.height(span, below) {
            Some(height) => Type { span, height, kind },
            None => Type { span, height: 1, kind: TypeKind::Error },
        })
    }

    pub(crate) fn name_type(&mut self, path: Vec<Name>) -> Box<Type> {
        let l = path.first().map_or(0, |n| n.span.start);
        let r = path.last().map_or(l, |n| n.span.end);
        self.ty(l, r, 0, TypeKind::Name(path))
    }

    pub(crate) fn vec_type(&mut self, l: u32, r: u32, t: Box<Type>) -> Box<Type> {
        self.ty(l, r, t.height, TypeKind::Vec(t))
    }

    pub(crate) fn set_type(&mut self, l: u32, r: u32, t: Box<Type>) -> Box<Type> {
        self.ty(l, r, t.height, TypeKind::Set(t))
    }

    pub(crate) fn map_type(&mut self, l: u32, r: u32, k: Box<Type>, v: Box<Type>) -> Box<Type> {
        self.ty(l, r, k.height.max(v.height), TypeKind::Map(k, v))
    }

    pub(crate) fn paren_type(&mut self, l: u32, r: u32, t: Box<Type>) -> Box<Type> {
        let below = t.height;
        self.ty(l, r, below, t.kind)
    }

    pub(crate) fn optional_type(&mut self, t: Box<Type>, r: u32) -> Box<Type> {
        self.ty(t.span.start, r, t.height, TypeKind::Optional(t))
    }

    pub(crate) fn union_type(&mut self, a: Box<Type>, b: Box<Type>) -> Box<Type> {
        let (l, r) = (a.span.start, b.span.end);
        match a.kind {
            TypeKind::Union(mut list) if list.first().is_some_and(|t| t.span.start == l) => {
                let below = (a.height - 1).max(b.height);
                list.push(*b);
                self.ty(l, r, below, TypeKind::Union(list))
            }
            _ => {
                let below = a.height.max(b.height);
                self.ty(l, r, below, TypeKind::Union(vec![*a, *b]))
            }
        }
    }

    #[allow(clippy::vec_box)]
    pub(crate) fn function_type(
        &mut self,
        l: u32,
        parameters: Vec<Box<Type>>,
        result: Box<Type>,
    ) -> Box<Type> {
        let parameters = unbox(parameters);
        let below = highest(parameters.iter().map(|t| t.height)).max(result.height);
        self.ty(l, result.span.end, below, TypeKind::Function(parameters, result))
    }

    pub(crate) fn where_type(
        &mut self,
        ty: Box<Type>,
        condition: Box<Expr>,
        message: Option<Box<Expr>>,
    ) -> Box<Type> {
        let end = message.as_ref().map_or(condition.span.end, |m| m.span.end);
        let below = ty.height.max(condition.height).max(message.as_ref().map_or(0, |m| m.height));
        self.ty(ty.span.start, end, below, TypeKind::Where { ty, condition, message })
    }

    pub(crate) fn type_field(
        &mut self,
        l: u32,
        name: Name,
        optional: bool,
        ty: Box<Type>,
        default: Option<Box<Expr>>,
    ) -> FieldPart {
        let doc = self.doc(l);
        FieldPart::Field(Box::new(TypeField {
            doc,
            name,
            optional,
            ty: *ty,
            default: default.map(|e| *e),
        }))
    }

    pub(crate) fn record_type(&mut self, l: u32, r: u32, parts: Vec<FieldPart>) -> Box<Type> {
        let mut fields = Vec::new();
        let mut open = false;
        for part in parts {
            match part {
                FieldPart::Field(field) => fields.push(*field),
                FieldPart::Open => open = true,
                FieldPart::Error => {}
            }
        }
        let below = highest(
            fields.iter().map(|f| f.ty.height.max(f.default.as_ref().map_or(0, |e| e.height))),
        );
        self.ty(l, r, below, TypeKind::Record { fields, open })
    }
}

/// Whether comparisons with this operator may be chained with each other.
fn chains(op: CompareOp) -> bool {
    !matches!(op, CompareOp::Ne | CompareOp::In | CompareOp::NotIn)
}

fn statement_height(statement: &Statement) -> u32 {
    match &statement.kind {
        StatementKind::Let { pattern, annotation, value, .. } => {
            pattern.height.max(value.height).max(annotation.as_ref().map_or(0, |t| t.height))
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
            condition.height.max(message.as_ref().map_or(0, |m| m.height))
        }
        StatementKind::Expression(e) => e.height,
        StatementKind::Import { .. } | StatementKind::Error => 0,
    }
}

fn parameter_height(parameter: &Parameter) -> u32 {
    parameter
        .pattern
        .height
        .max(parameter.annotation.as_ref().map_or(0, |t| t.height))
        .max(parameter.default.as_ref().map_or(0, |e| e.height))
}

fn argument_height(argument: &Argument) -> u32 {
    match argument {
        Argument::Value(e) | Argument::Named(_, e) | Argument::Spread(e) => e.height,
    }
}

fn element_height(element: &Element) -> u32 {
    match element {
        Element::Item(e) | Element::Spread(e) => e.height,
    }
}

fn entry_height(entry: &Entry) -> u32 {
    match entry {
        Entry::Field { value, .. } | Entry::Spread(value) => value.height,
        Entry::Pair { key, value } => key.height.max(value.height),
        Entry::Error => 0,
    }
}

fn clause_height(clause: &Clause) -> u32 {
    match clause {
        Clause::For { pattern, iterable } => pattern.height.max(iterable.height),
        Clause::If(e) => e.height,
    }
}

fn with_height(item: &WithItem) -> u32 {
    match item {
        WithItem::Assign { path, value, .. } => path.height.max(value.height),
        WithItem::Delete { path, .. } => path.height,
        WithItem::Error => 0,
    }
}

fn arm_height(arm: &Arm) -> u32 {
    arm.pattern.height.max(arm.body.height).max(arm.guard.as_ref().map_or(0, |g| g.height))
}
