//! Expressions.

use super::height::{argument, arm, clause, element, entry, with_item};
use super::*;

impl Context<'_> {
    /// A node above others of at most the height `below`.
    pub(super) fn expr(&mut self, span: Span, below: u32, kind: ExprKind) -> Box<Expr> {
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

    pub(crate) fn call(
        &mut self,
        callee: Box<Expr>,
        arguments: Vec<Box<Argument>>,
        r: u32,
    ) -> Box<Expr> {
        self.check_getter(&callee, span(callee.span.end, r));
        let arguments = unbox(arguments);
        let below = highest(arguments.iter().map(argument)).max(callee.height);
        self.expr(span(callee.span.start, r), below, ExprKind::Call { callee, arguments })
    }

    pub(crate) fn with(
        &mut self,
        base: Box<Expr>,
        with_span: Span,
        items: Vec<Box<WithItem>>,
        r: u32,
    ) -> Box<Expr> {
        let items = unbox(items);
        let below = highest(items.iter().map(with_item)).max(base.height);
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

    pub(crate) fn vec(&mut self, l: u32, r: u32, items: Vec<Box<Element>>) -> Box<Expr> {
        let items = unbox(items);
        self.expr(span(l, r), highest(items.iter().map(element)), ExprKind::Vec(items))
    }

    pub(crate) fn set(&mut self, l: u32, r: u32, items: Vec<Box<Element>>) -> Box<Expr> {
        let items = unbox(items);
        self.expr(span(l, r), highest(items.iter().map(element)), ExprKind::Set(items))
    }

    pub(crate) fn map(&mut self, l: u32, r: u32, items: Vec<Box<Entry>>) -> Box<Expr> {
        let items = unbox(items);
        self.expr(span(l, r), highest(items.iter().map(entry)), ExprKind::Map(items))
    }

    pub(crate) fn vec_comprehension(
        &mut self,
        l: u32,
        r: u32,
        item: Box<Element>,
        clauses: Vec<Clause>,
    ) -> Box<Expr> {
        let below = element(&item).max(highest(clauses.iter().map(clause)));
        self.expr(span(l, r), below, ExprKind::VecComprehension(item, clauses))
    }

    pub(crate) fn set_comprehension(
        &mut self,
        l: u32,
        r: u32,
        item: Box<Element>,
        clauses: Vec<Clause>,
    ) -> Box<Expr> {
        let below = element(&item).max(highest(clauses.iter().map(clause)));
        self.expr(span(l, r), below, ExprKind::SetComprehension(item, clauses))
    }

    pub(crate) fn map_comprehension(
        &mut self,
        l: u32,
        r: u32,
        item: Box<Entry>,
        clauses: Vec<Clause>,
    ) -> Box<Expr> {
        let below = entry(&item).max(highest(clauses.iter().map(clause)));
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

    pub(crate) fn match_(
        &mut self,
        l: u32,
        r: u32,
        subject: Box<Expr>,
        arms: Vec<Box<Arm>>,
    ) -> Box<Expr> {
        let arms = unbox(arms);
        let below = highest(arms.iter().map(arm)).max(subject.height);
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

    pub(crate) fn format(&mut self, start: Span, r: u32, parts: Vec<FormatPiece>) -> Box<Expr> {
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
}

/// Whether comparisons with this operator may be chained with each other.
fn chains(op: CompareOp) -> bool {
    !matches!(op, CompareOp::Ne | CompareOp::In | CompareOp::NotIn)
}
