//! Statements, places, functions and their parameters.

use super::height;
use super::*;

impl<'a> Context<'_, 'a> {
    pub(crate) fn block(
        &mut self,
        l: u32,
        r: u32,
        statements: &'a [&'a Statement<'a>],
    ) -> &'a Block<'a> {
        let span = span(l, r);
        let below = highest(statements.iter().map(|s| height::statement(s)));
        match self.height(span, below) {
            Some(height) => self.arena.node(Block { span, statements, height }),
            None => {
                let kind = StatementKind::Error;
                let error = self.arena.node(Statement { span, doc: None, kind });
                let statements = self.arena.list(&[error]);
                self.arena.node(Block { span, statements, height: 1 })
            }
        }
    }

    pub(crate) fn statement(
        &mut self,
        l: u32,
        r: u32,
        kind: StatementKind<'a>,
    ) -> &'a Statement<'a> {
        self.arena.node(Statement { span: span(l, r), doc: self.doc(l), kind })
    }

    pub(crate) fn let_(
        &mut self,
        l: u32,
        r: u32,
        mutable: bool,
        pattern: &'a Pattern<'a>,
        annotation: Option<&'a Type<'a>>,
        value: &'a Expr<'a>,
    ) -> &'a Statement<'a> {
        let kind = StatementKind::Let { mutable, pattern, annotation, value };
        self.statement(l, r, kind)
    }

    pub(crate) fn assert(
        &mut self,
        l: u32,
        r: u32,
        condition: &'a Expr<'a>,
        message: Option<&'a Expr<'a>>,
    ) -> &'a Statement<'a> {
        self.statement(l, r, StatementKind::Assert { condition, message })
    }

    /// The documentation before the token that starts at `start`.
    pub(super) fn doc(&self, start: u32) -> Option<&'a Doc<'a>> {
        let index = self.docs.binary_search_by_key(&start, |d| d.0).ok()?;
        Some(&self.docs[index].1)
    }

    pub(crate) fn assign(
        &mut self,
        l: u32,
        r: u32,
        place: &'a Expr<'a>,
        (op, op_span): (AssignOp, Span),
        value: &'a Expr<'a>,
    ) -> &'a Statement<'a> {
        self.check_place(place, op_span, Some(op));
        self.check_method(op, op_span, place, value);
        self.statement(l, r, StatementKind::Assign { place, op, op_span, value })
    }

    pub(crate) fn delete(&mut self, l: u32, r: u32, place: &'a Expr<'a>) -> &'a Statement<'a> {
        let word = Span { start: l, end: l + 6 };
        self.check_place(place, word, None);
        self.statement(l, r, StatementKind::Delete { place })
    }

    /// A place is a name, and from there a path.
    fn check_place(&mut self, place: &Expr, op_span: Span, op: Option<AssignOp>) {
        let mut root = place;
        loop {
            root = match &root.kind {
                ExprKind::Field { parts, .. } => parts.0,
                ExprKind::Index { parts, .. } => parts.0,
                ExprKind::Each { object } => object,
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
    pub(super) fn check_method(&mut self, op: AssignOp, op_span: Span, place: &Expr, value: &Expr) {
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

    pub(crate) fn parameter(
        &mut self,
        pattern: &'a Pattern<'a>,
        annotation: Option<&'a Type<'a>>,
        default: Option<&'a Expr<'a>>,
    ) -> (Parameter<'a>, Span) {
        let span = pattern.span;
        (Parameter { pattern, annotation, default, rest: false }, span)
    }

    pub(crate) fn rest_parameter(
        &mut self,
        l: u32,
        name: Name<'a>,
        annotation: Option<&'a Type<'a>>,
    ) -> (Parameter<'a>, Span) {
        let whole = span(l, name.span.end);
        let pattern = self.bind(name);
        (Parameter { pattern, annotation, default: None, rest: true }, whole)
    }

    pub(crate) fn parameters(&mut self, list: &[(Parameter<'a>, Span)]) -> &'a [Parameter<'a>] {
        if let Some(at) = list.iter().position(|p| p.0.rest)
            && let Some(after) = list.get(at + 1)
        {
            self.report(
                Diagnostic::error("misplaced-rest", list[at].1, "a rest parameter comes last")
                    .here("this takes all arguments that are left")
                    .label(after.1, "so nothing remains for this one"),
            );
        }
        self.arena.list_of(list.len(), |i| list[i].0)
    }

    pub(crate) fn function(
        &mut self,
        l: u32,
        parameters: &'a [Parameter<'a>],
        result: Option<&'a Type<'a>>,
        body: &'a Block<'a>,
    ) -> &'a Function<'a> {
        let span = span(l, body.span.end);
        self.make_function(span, parameters, result, body, false)
    }

    fn make_function(
        &mut self,
        span: Span,
        parameters: &'a [Parameter<'a>],
        result: Option<&'a Type<'a>>,
        body: &'a Block<'a>,
        closure: bool,
    ) -> &'a Function<'a> {
        let below = highest(parameters.iter().map(height::parameter))
            .max(body.height)
            .max(result.map_or(0, |t| t.height));
        self.arena.node(match self.height(span, below) {
            Some(height) => Function { span, parameters, result, body, closure, height },
            None => {
                let body = self.arena.node(Block { span: body.span, statements: &[], height: 1 });
                Function {
                    span,
                    parameters: &[],
                    result: None,
                    body,
                    closure,
                    height: 2.min(self.nesting),
                }
            }
        })
    }

    pub(crate) fn function_node(&mut self, function: &'a Function<'a>) -> &'a Expr<'a> {
        self.expr(function.span, function.height, ExprKind::Function(function))
    }

    pub(crate) fn function_expr(
        &mut self,
        l: u32,
        parameters: &'a [Parameter<'a>],
        result: Option<&'a Type<'a>>,
        body: &'a Block<'a>,
    ) -> &'a Expr<'a> {
        let function = self.function(l, parameters, result, body);
        self.function_node(function)
    }

    pub(crate) fn closure(
        &mut self,
        head: (u32, &'a [Parameter<'a>]),
        body: &'a Expr<'a>,
    ) -> &'a Expr<'a> {
        let (span, kind) = (body.span, StatementKind::Expression(body));
        let statement = self.arena.node(Statement { span, doc: None, kind });
        let body = self.block(span.start, span.end, self.arena.list(&[statement]));
        self.block_closure(head, body)
    }

    pub(crate) fn block_closure(
        &mut self,
        (l, parameters): (u32, &'a [Parameter<'a>]),
        body: &'a Block<'a>,
    ) -> &'a Expr<'a> {
        let span = span(l, body.span.end);
        let function = self.make_function(span, parameters, None, body, true);
        self.function_node(function)
    }
}
