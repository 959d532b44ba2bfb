//! Statements, places, functions and their parameters.

use super::height;
use super::*;

impl Context<'_> {
    pub(crate) fn block(&mut self, l: u32, r: u32, statements: Vec<Statement>) -> Block {
        let span = span(l, r);
        let below = highest(statements.iter().map(height::statement));
        match self.height(span, below) {
            Some(height) => Block { span, statements, height },
            None => {
                let error = Statement { span, doc: None, kind: StatementKind::Error };
                Block { span, statements: vec![error], height: 1 }
            }
        }
    }

    pub(crate) fn statement<N: From<Statement>>(
        &mut self,
        l: u32,
        r: u32,
        kind: StatementKind,
    ) -> N {
        N::from(Statement { span: span(l, r), doc: self.doc(l).map(Box::new), kind })
    }

    pub(crate) fn let_<N: From<Statement>>(
        &mut self,
        l: u32,
        r: u32,
        mutable: bool,
        pattern: Box<Pattern>,
        annotation: Option<Box<Type>>,
        value: Box<Expr>,
    ) -> N {
        let kind = StatementKind::Let { mutable, pattern, annotation, value: *value };
        self.statement(l, r, kind)
    }

    pub(crate) fn assert<N: From<Statement>>(
        &mut self,
        l: u32,
        r: u32,
        condition: Box<Expr>,
        message: Option<Box<Expr>>,
    ) -> N {
        self.statement(l, r, StatementKind::Assert { condition: *condition, message })
    }

    /// The documentation before the token that starts at `start`.
    pub(super) fn doc(&mut self, start: u32) -> Option<Doc> {
        let index = self.docs.binary_search_by_key(&start, |d| d.0).ok()?;
        Some(self.docs[index].1.clone())
    }

    pub(crate) fn assign<N: From<Statement>>(
        &mut self,
        l: u32,
        r: u32,
        place: Box<Expr>,
        (op, op_span): (AssignOp, Span),
        value: Expr,
    ) -> N {
        self.check_place(&place, op_span, Some(op));
        self.check_method(op, op_span, &place, &value);
        self.statement(l, r, StatementKind::Assign { place, op, op_span, value })
    }

    pub(crate) fn delete<N: From<Statement>>(&mut self, l: u32, r: u32, place: Box<Expr>) -> N {
        let word = Span { start: l, end: l + 6 };
        self.check_place(&place, word, None);
        self.statement(l, r, StatementKind::Delete { place: *place })
    }

    /// A place is a name, and from there a path.
    fn check_place(&mut self, place: &Expr, op_span: Span, op: Option<AssignOp>) {
        let mut root = place;
        loop {
            root = match &root.kind {
                ExprKind::Field { parts, .. } => &parts.0,
                ExprKind::Index { parts, .. } => &parts.0,
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

    pub(crate) fn parameter<N: From<(Parameter, Span)>>(
        &mut self,
        pattern: Pattern,
        annotation: Option<Box<Type>>,
        default: Option<Box<Expr>>,
    ) -> N {
        let span = pattern.span;
        N::from((Parameter { pattern, annotation, default, rest: false }, span))
    }

    pub(crate) fn rest_parameter<N: From<(Parameter, Span)>>(
        &mut self,
        l: u32,
        name: Name,
        annotation: Option<Box<Type>>,
    ) -> N {
        let whole = span(l, name.span.end);
        let pattern = self.bind(name);
        N::from((Parameter { pattern, annotation, default: None, rest: true }, whole))
    }

    pub(crate) fn parameters(&mut self, mut list: Vec<(Parameter, Span)>) -> Vec<Parameter> {
        self.last_parameters(&mut list, 0)
    }

    /// The parameters of a list from the first of these on, which are taken off it.
    pub(crate) fn last_parameters(
        &mut self,
        all: &mut Vec<(Parameter, Span)>,
        first: usize,
    ) -> Vec<Parameter> {
        let list = &all[first..];
        if let Some(at) = list.iter().position(|p| p.0.rest)
            && let Some(after) = list.get(at + 1)
        {
            self.report(
                Diagnostic::error("misplaced-rest", list[at].1, "a rest parameter comes last")
                    .here("this takes all arguments that are left")
                    .label(after.1, "so nothing remains for this one"),
            );
        }
        // Those of all functions are kept while the functions are compiled: in lists no larger than they must be.
        let mut parameters = Vec::with_capacity(list.len());
        parameters.extend(all.drain(first..).map(|p| p.0));
        parameters
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
        let below = highest(parameters.iter().map(height::parameter))
            .max(body.height)
            .max(result.as_ref().map_or(0, |t| t.height));
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

    pub(crate) fn function_node<N: From<Expr>>(&mut self, function: Box<Function>) -> N {
        self.expr(function.span, function.height, ExprKind::Function(function))
    }

    pub(crate) fn function_expr<N: From<Expr>>(
        &mut self,
        l: u32,
        parameters: Vec<Parameter>,
        result: Option<Box<Type>>,
        body: Block,
    ) -> N {
        let function = self.function(l, parameters, result, body);
        self.function_node(function)
    }

    pub(crate) fn closure<N: From<Expr>>(
        &mut self,
        head: (u32, Vec<Parameter>),
        body: Box<Expr>,
    ) -> N {
        let statement =
            Statement { span: body.span, doc: None, kind: StatementKind::Expression(*body) };
        let body = self.block(statement.span.start, statement.span.end, vec![statement]);
        self.block_closure(head, body)
    }

    pub(crate) fn block_closure<N: From<Expr>>(
        &mut self,
        (l, parameters): (u32, Vec<Parameter>),
        body: Block,
    ) -> N {
        let span = span(l, body.span.end);
        let function = self.make_function(span, parameters, None, body, true);
        self.function_node(function)
    }
}
