//! Expressions.

use super::height::{argument, arm, clause, element, entry, with_item};
use super::*;

impl<'a> Context<'_, 'a> {
    /// A node above others of at most the height `below`.
    #[inline(always)]
    pub(super) fn expr(&mut self, span: Span, below: u32, kind: ExprKind<'a>) -> &'a Expr<'a> {
        self.arena.node(match self.height(span, below) {
            Some(height) => Expr { span, height, kind },
            None => Expr { span, height: 1, kind: ExprKind::Error },
        })
    }

    #[inline]
    pub(crate) fn leaf(&mut self, l: u32, r: u32, kind: ExprKind<'a>) -> &'a Expr<'a> {
        self.arena.node(Expr { span: span(l, r), height: 1, kind })
    }

    pub(crate) fn error(&mut self, l: u32, r: u32) -> &'a Expr<'a> {
        self.leaf(l, r, ExprKind::Error)
    }

    /// Where the paths of `with` begin.
    pub(crate) fn root(&mut self, l: u32) -> &'a Expr<'a> {
        self.leaf(l, l, ExprKind::Null)
    }

    #[inline]
    pub(crate) fn name_expr(&mut self, name: Name<'a>) -> &'a Expr<'a> {
        let kind = ExprKind::Name(name.text);
        self.arena.node(Expr { span: name.span, height: 1, kind })
    }

    pub(crate) fn getter(&mut self, l: u32, name: Name<'a>) -> &'a Expr<'a> {
        self.leaf(l, name.span.end, ExprKind::Getter(name))
    }

    pub(crate) fn paren(&mut self, l: u32, r: u32, e: &'a Expr<'a>) -> &'a Expr<'a> {
        self.expr(span(l, r), e.height, ExprKind::Paren(e))
    }

    pub(crate) fn throw(&mut self, l: u32, _r: u32, e: &'a Expr<'a>) -> &'a Expr<'a> {
        self.expr(span(l, e.span.end), e.height, ExprKind::Throw(e))
    }

    pub(crate) fn return_(&mut self, l: u32, r: u32, e: Option<&'a Expr<'a>>) -> &'a Expr<'a> {
        let end = e.as_ref().map_or(r, |e| e.span.end);
        let below = e.as_ref().map_or(0, |e| e.height);
        self.expr(span(l, end), below, ExprKind::Return(e))
    }

    pub(crate) fn unary(&mut self, l: u32, op: UnaryOp, operand: &'a Expr<'a>) -> &'a Expr<'a> {
        let whole = span(l, operand.span.end);
        self.expr(whole, operand.height, ExprKind::Unary { op, operand })
    }

    pub(crate) fn binary(
        &mut self,
        (op, op_span): (BinaryOp, Span),
        left: &'a Expr<'a>,
        right: &'a Expr<'a>,
    ) -> &'a Expr<'a> {
        let (span, below) = (left.span.to(right.span), left.height.max(right.height));
        self.expr(span, below, ExprKind::Binary { op, op_span, sides: (left, right) })
    }

    pub(crate) fn logic(
        &mut self,
        op: LogicOp,
        op_span: Span,
        left: &'a Expr<'a>,
        right: &'a Expr<'a>,
    ) -> &'a Expr<'a> {
        let (span, below) = (left.span.to(right.span), left.height.max(right.height));
        self.expr(span, below, ExprKind::Logic { op, op_span, sides: (left, right) })
    }

    pub(crate) fn pipe(&mut self, value: &'a Expr<'a>, call: &'a Expr<'a>) -> &'a Expr<'a> {
        let below = value.height.max(call.height);
        self.expr(value.span.to(call.span), below, ExprKind::Pipe { value, call })
    }

    /// A comparison of values, of which there are two at least.
    pub(crate) fn compare(
        &mut self,
        first: &'a Expr<'a>,
        rest: &'a [(CompareOp, Span, &'a Expr<'a>)],
    ) -> &'a Expr<'a> {
        let last = rest.last().map_or(first.span, |(_, _, right)| right.span);
        let below = highest(rest.iter().map(|(_, _, right)| right.height)).max(first.height);
        self.expr(first.span.to(last), below, ExprKind::Compare { first, rest })
    }

    /// Refuses what does not chain with the comparisons before it.
    pub(crate) fn check_chain(
        &mut self,
        first: &Expr<'a>,
        before: Option<(CompareOp, Span)>,
        (op, op_span): (CompareOp, Span),
    ) {
        match before {
            Some((before, span)) if !(chains(before) && chains(op)) => {
                self.unchained(span, before.symbol(), op_span, op.symbol());
            }
            None if matches!(first.kind, ExprKind::Is { .. }) => {
                self.unchained(first.span, "is", op_span, op.symbol());
            }
            _ => {}
        }
    }

    pub(crate) fn is(
        &mut self,
        value: &'a Expr<'a>,
        op_span: Span,
        negated: bool,
        ty: &'a Type<'a>,
    ) -> &'a Expr<'a> {
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
        self.expr(value.span.to(ty.span), below, ExprKind::Is { value, negated, ty })
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
        start: Option<&'a Expr<'a>>,
        end: Option<&'a Expr<'a>>,
        inclusive: bool,
    ) -> &'a Expr<'a> {
        let below = highest(start.iter().chain(&end).map(|e| e.height));
        self.expr(from.to(to), below, ExprKind::Range { start, end, inclusive })
    }

    /// A getter takes one name; what follows one would apply to the function.
    fn check_getter(&mut self, object: &Expr, rest: Span) {
        if let ExprKind::Getter(name) = &object.kind {
            let (name, rest) = (name.text, self.slice(rest));
            let shown = if rest.len() > 40 { "…" } else { rest };
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

    pub(crate) fn field(
        &mut self,
        object: &'a Expr<'a>,
        name: Name<'a>,
        optional: bool,
    ) -> &'a Expr<'a> {
        let whole = object.span.to(name.span);
        self.check_getter(object, span(object.span.end, name.span.end));
        let below = object.height;
        self.expr(whole, below, ExprKind::Field { parts: (object, name), optional })
    }

    pub(crate) fn index(
        &mut self,
        object: &'a Expr<'a>,
        index: &'a Expr<'a>,
        r: u32,
        optional: bool,
    ) -> &'a Expr<'a> {
        let whole = span(object.span.start, r);
        self.check_getter(object, span(object.span.end, r));
        let below = object.height.max(index.height);
        self.expr(whole, below, ExprKind::Index { parts: (object, index), optional })
    }

    pub(crate) fn each(&mut self, object: &'a Expr<'a>, r: u32) -> &'a Expr<'a> {
        self.check_getter(object, span(object.span.end, r));
        self.expr(span(object.span.start, r), object.height, ExprKind::Each { object })
    }

    pub(crate) fn call(
        &mut self,
        callee: &'a Expr<'a>,
        arguments: &'a [Argument<'a>],
        r: u32,
    ) -> &'a Expr<'a> {
        self.check_getter(callee, span(callee.span.end, r));
        let below = highest(arguments.iter().map(argument)).max(callee.height);
        self.expr(span(callee.span.start, r), below, ExprKind::Call { callee, arguments })
    }

    pub(crate) fn with(
        &mut self,
        base: &'a Expr<'a>,
        items: &'a [WithItem<'a>],
        r: u32,
    ) -> &'a Expr<'a> {
        let below = highest(items.iter().map(with_item)).max(base.height);
        self.expr(span(base.span.start, r), below, ExprKind::With { base, items })
    }

    pub(crate) fn with_assign(
        &mut self,
        path: &'a Expr<'a>,
        (op, op_span): (AssignOp, Span),
        value: &'a Expr<'a>,
    ) -> WithItem<'a> {
        self.check_method(op, op_span, path, value);
        WithItem::Assign { path, op, op_span, value }
    }

    pub(crate) fn vec(&mut self, l: u32, r: u32, items: &'a [Element<'a>]) -> &'a Expr<'a> {
        self.expr(span(l, r), highest(items.iter().map(element)), ExprKind::Vec(items))
    }

    pub(crate) fn set(&mut self, l: u32, r: u32, items: &'a [Element<'a>]) -> &'a Expr<'a> {
        self.expr(span(l, r), highest(items.iter().map(element)), ExprKind::Set(items))
    }

    pub(crate) fn map(&mut self, l: u32, r: u32, items: &'a [Entry<'a>]) -> &'a Expr<'a> {
        self.expr(span(l, r), highest(items.iter().map(entry)), ExprKind::Map(items))
    }

    pub(crate) fn vec_comprehension(
        &mut self,
        l: u32,
        r: u32,
        item: Element<'a>,
        clauses: &'a [Clause<'a>],
    ) -> &'a Expr<'a> {
        let below = element(&item).max(highest(clauses.iter().map(clause)));
        self.expr(span(l, r), below, ExprKind::VecComprehension(self.arena.node(item), clauses))
    }

    pub(crate) fn set_comprehension(
        &mut self,
        l: u32,
        r: u32,
        item: Element<'a>,
        clauses: &'a [Clause<'a>],
    ) -> &'a Expr<'a> {
        let below = element(&item).max(highest(clauses.iter().map(clause)));
        self.expr(span(l, r), below, ExprKind::SetComprehension(self.arena.node(item), clauses))
    }

    pub(crate) fn map_comprehension(
        &mut self,
        l: u32,
        r: u32,
        item: Entry<'a>,
        clauses: &'a [Clause<'a>],
    ) -> &'a Expr<'a> {
        let below = entry(&item).max(highest(clauses.iter().map(clause)));
        self.expr(span(l, r), below, ExprKind::MapComprehension(self.arena.node(item), clauses))
    }

    pub(crate) fn shorthand(&mut self, name: Name<'a>) -> Entry<'a> {
        let value = self.name_expr(name);
        Entry::Field { key: name, value }
    }

    pub(crate) fn if_(
        &mut self,
        (l, arms): (u32, &'a [(&'a Expr<'a>, &'a Block<'a>)]),
        otherwise: Option<&'a Block<'a>>,
    ) -> &'a Expr<'a> {
        let end = otherwise.or(arms.last().map(|a| a.1)).map_or(l, |b| b.span.end);
        let below = highest(arms.iter().map(|(c, b)| c.height.max(b.height)))
            .max(otherwise.as_ref().map_or(0, |b| b.height));
        self.expr(span(l, end), below, ExprKind::If { arms, otherwise })
    }

    pub(crate) fn match_(
        &mut self,
        l: u32,
        r: u32,
        subject: &'a Expr<'a>,
        arms: &'a [Arm<'a>],
    ) -> &'a Expr<'a> {
        let below = highest(arms.iter().map(arm)).max(subject.height);
        self.expr(span(l, r), below, ExprKind::Match { subject, arms })
    }

    pub(crate) fn arm(
        &mut self,
        l: u32,
        r: u32,
        pattern: &'a Pattern<'a>,
        guard: Option<&'a Expr<'a>>,
        body: &'a Expr<'a>,
    ) -> Arm<'a> {
        Arm { span: span(l, r), pattern, guard, body }
    }

    pub(crate) fn error_arm(&mut self, l: u32, r: u32) -> Arm<'a> {
        let pattern = self.pattern(l, r, 0, PatternKind::Error);
        let body = self.leaf(l, r, ExprKind::Error);
        self.arm(l, r, pattern, None, body)
    }

    pub(crate) fn change_body(&mut self, statement: &'a Statement<'a>) -> &'a Expr<'a> {
        let block =
            self.block(statement.span.start, statement.span.end, self.arena.list(&[statement]));
        self.do_(block.span.start, block)
    }

    pub(crate) fn try_(
        &mut self,
        l: u32,
        body: &'a Block<'a>,
        pattern: &'a Pattern<'a>,
        handler: &'a Block<'a>,
    ) -> &'a Expr<'a> {
        let below = body.height.max(pattern.height).max(handler.height);
        self.expr(span(l, handler.span.end), below, ExprKind::Try { body, pattern, handler })
    }

    pub(crate) fn do_(&mut self, l: u32, block: &'a Block<'a>) -> &'a Expr<'a> {
        self.expr(span(l, block.span.end), block.height, ExprKind::Do(block))
    }

    pub(crate) fn format(
        &mut self,
        start: Span,
        r: u32,
        parts: &[FormatPiece<'a>],
    ) -> &'a Expr<'a> {
        let below = highest(parts.iter().filter_map(|p| p.1).map(|(e, _)| e.height));
        let multi_line = start.end - start.start > 2;
        let texts: Vec<Option<Span>> = parts.iter().map(|p| p.1.is_none().then_some(p.0)).collect();
        let end = r.saturating_sub(if multi_line { 3 } else { 1 });
        let texts = literal::format_texts(
            self.text,
            multi_line,
            span(start.end, end),
            &texts,
            self.arena,
            &mut self.diagnostics,
        );
        let mut made = Vec::with_capacity(parts.len());
        for ((_, hole), text) in parts.iter().zip(texts) {
            match hole {
                None if text.is_empty() => {}
                None => made.push(FormatPart::Text(text)),
                Some((value, spec)) => {
                    let spec = spec
                        .and_then(|s| literal::format_spec(self.text, s, &mut self.diagnostics));
                    let spec = spec.map(|spec| self.arena.node(spec));
                    made.push(FormatPart::Hole { value, spec });
                }
            }
        }
        self.expr(span(start.start, r), below, ExprKind::Format(self.arena.list(&made)))
    }
}

/// Whether comparisons with this operator may be chained with each other.
fn chains(op: CompareOp) -> bool {
    !matches!(op, CompareOp::Ne | CompareOp::In | CompareOp::NotIn)
}
