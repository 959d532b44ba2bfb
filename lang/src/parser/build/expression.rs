//! Expressions.

use super::height::{argument, arm, clause, element, entry, with_item};
use super::*;

impl Context<'_> {
    /// A node above others of at most the height `below`.
    pub(super) fn expr<N: From<Expr>>(&mut self, span: Span, below: u32, kind: ExprKind) -> N {
        N::from(match self.height(span, below) {
            Some(height) => Expr { span, height, kind },
            None => Expr { span, height: 1, kind: ExprKind::Error },
        })
    }

    pub(crate) fn leaf<N: From<Expr>>(&mut self, l: u32, r: u32, kind: ExprKind) -> N {
        N::from(Expr { span: span(l, r), height: 1, kind })
    }

    pub(crate) fn error(&mut self, l: u32, r: u32) -> Expr {
        Expr { span: span(l, r), height: 1, kind: ExprKind::Error }
    }

    /// Where the paths of `with` begin.
    pub(crate) fn root<N: From<Expr>>(&mut self, l: u32) -> N {
        self.leaf(l, l, ExprKind::Null)
    }

    pub(crate) fn name_expr<N: From<Expr>>(&mut self, name: Name) -> N {
        self.leaf(name.span.start, name.span.end, ExprKind::Name(name.text))
    }

    pub(crate) fn getter<N: From<Expr>>(&mut self, l: u32, name: Name) -> N {
        self.leaf(l, name.span.end, ExprKind::Getter(name))
    }

    pub(crate) fn paren<N: From<Expr>>(&mut self, l: u32, r: u32, e: Box<Expr>) -> N {
        self.expr(span(l, r), e.height, ExprKind::Paren(e))
    }

    pub(crate) fn throw<N: From<Expr>>(&mut self, l: u32, _r: u32, e: Box<Expr>) -> N {
        self.expr(span(l, e.span.end), e.height, ExprKind::Throw(e))
    }

    pub(crate) fn return_<N: From<Expr>>(&mut self, l: u32, r: u32, e: Option<Box<Expr>>) -> N {
        let end = e.as_ref().map_or(r, |e| e.span.end);
        let below = e.as_ref().map_or(0, |e| e.height);
        self.expr(span(l, end), below, ExprKind::Return(e))
    }

    pub(crate) fn unary<N: From<Expr>>(&mut self, l: u32, op: UnaryOp, operand: Box<Expr>) -> N {
        let whole = span(l, operand.span.end);
        self.expr(whole, operand.height, ExprKind::Unary { op, operand })
    }

    pub(crate) fn binary<N: From<Expr>>(
        &mut self,
        (op, op_span): (BinaryOp, Span),
        left: Expr,
        right: Expr,
    ) -> N {
        let (span, below) = (left.span.to(right.span), left.height.max(right.height));
        let sides = Box::new((left, right));
        self.expr(span, below, ExprKind::Binary { op, op_span, sides })
    }

    pub(crate) fn logic<N: From<Expr>>(
        &mut self,
        op: LogicOp,
        op_span: Span,
        left: Expr,
        right: Expr,
    ) -> N {
        let (span, below) = (left.span.to(right.span), left.height.max(right.height));
        let sides = Box::new((left, right));
        self.expr(span, below, ExprKind::Logic { op, op_span, sides })
    }

    pub(crate) fn pipe<N: From<Expr>>(&mut self, value: Box<Expr>, call: Box<Expr>) -> N {
        let below = value.height.max(call.height);
        self.expr(value.span.to(call.span), below, ExprKind::Pipe { value, call })
    }

    pub(crate) fn compare<N: From<Expr>>(
        &mut self,
        left: Box<Expr>,
        (op, op_span): (CompareOp, Span),
        right: Expr,
    ) -> N {
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
                rest.push((op, op_span, right));
                self.expr(span, below, ExprKind::Compare { first, rest })
            }
            _ => self.expr(
                span,
                below,
                ExprKind::Compare { first: left, rest: vec![(op, op_span, right)] },
            ),
        }
    }

    pub(crate) fn is<N: From<Expr>>(
        &mut self,
        value: Box<Expr>,
        op_span: Span,
        negated: bool,
        ty: Box<Type>,
    ) -> N {
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

    pub(crate) fn range<N: From<Expr>>(
        &mut self,
        from: Span,
        to: Span,
        start: Option<Box<Expr>>,
        end: Option<Box<Expr>>,
        inclusive: bool,
    ) -> N {
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

    pub(crate) fn field<N: From<Expr>>(&mut self, object: Expr, name: Name, optional: bool) -> N {
        let whole = object.span.to(name.span);
        self.check_getter(&object, span(object.span.end, name.span.end));
        let below = object.height;
        self.expr(whole, below, ExprKind::Field { parts: Box::new((object, name)), optional })
    }

    pub(crate) fn index<N: From<Expr>>(
        &mut self,
        object: Expr,
        index: Expr,
        r: u32,
        optional: bool,
    ) -> N {
        let whole = span(object.span.start, r);
        self.check_getter(&object, span(object.span.end, r));
        let below = object.height.max(index.height);
        self.expr(whole, below, ExprKind::Index { parts: Box::new((object, index)), optional })
    }

    pub(crate) fn each<N: From<Expr>>(&mut self, object: Box<Expr>, r: u32) -> N {
        self.check_getter(&object, span(object.span.end, r));
        self.expr(span(object.span.start, r), object.height, ExprKind::Each { object })
    }

    pub(crate) fn call<N: From<Expr>>(
        &mut self,
        callee: Box<Expr>,
        arguments: Vec<Argument>,
        r: u32,
    ) -> N {
        self.check_getter(&callee, span(callee.span.end, r));
        let below = highest(arguments.iter().map(argument)).max(callee.height);
        self.expr(span(callee.span.start, r), below, ExprKind::Call { callee, arguments })
    }

    pub(crate) fn with<N: From<Expr>>(
        &mut self,
        base: Box<Expr>,
        items: Vec<WithItem>,
        r: u32,
    ) -> N {
        let below = highest(items.iter().map(with_item)).max(base.height);
        self.expr(span(base.span.start, r), below, ExprKind::With { base, items })
    }

    pub(crate) fn with_assign<N: From<WithItem>>(
        &mut self,
        path: Box<Expr>,
        (op, op_span): (AssignOp, Span),
        value: Box<Expr>,
    ) -> N {
        self.check_method(op, op_span, &path, &value);
        N::from(WithItem::Assign { path: *path, op, op_span, value: *value })
    }

    pub(crate) fn vec<N: From<Expr>>(&mut self, l: u32, r: u32, items: Vec<Element>) -> N {
        self.expr(span(l, r), highest(items.iter().map(element)), ExprKind::Vec(items))
    }

    pub(crate) fn set<N: From<Expr>>(&mut self, l: u32, r: u32, items: Vec<Element>) -> N {
        self.expr(span(l, r), highest(items.iter().map(element)), ExprKind::Set(items))
    }

    pub(crate) fn map<N: From<Expr>>(&mut self, l: u32, r: u32, items: Vec<Entry>) -> N {
        self.expr(span(l, r), highest(items.iter().map(entry)), ExprKind::Map(items))
    }

    pub(crate) fn vec_comprehension<N: From<Expr>>(
        &mut self,
        l: u32,
        r: u32,
        item: Box<Element>,
        clauses: Vec<Clause>,
    ) -> N {
        let below = element(&item).max(highest(clauses.iter().map(clause)));
        self.expr(span(l, r), below, ExprKind::VecComprehension(item, clauses))
    }

    pub(crate) fn set_comprehension<N: From<Expr>>(
        &mut self,
        l: u32,
        r: u32,
        item: Box<Element>,
        clauses: Vec<Clause>,
    ) -> N {
        let below = element(&item).max(highest(clauses.iter().map(clause)));
        self.expr(span(l, r), below, ExprKind::SetComprehension(item, clauses))
    }

    pub(crate) fn map_comprehension<N: From<Expr>>(
        &mut self,
        l: u32,
        r: u32,
        item: Box<Entry>,
        clauses: Vec<Clause>,
    ) -> N {
        let below = entry(&item).max(highest(clauses.iter().map(clause)));
        self.expr(span(l, r), below, ExprKind::MapComprehension(item, clauses))
    }

    pub(crate) fn shorthand<N: From<Entry>>(&mut self, name: Name) -> N {
        let value = self.name_expr(name.clone());
        N::from(Entry::Field { key: name, value })
    }

    pub(crate) fn if_<N: From<Expr>>(
        &mut self,
        (l, arms): (u32, Vec<(Expr, Block)>),
        otherwise: Option<Block>,
    ) -> N {
        let end = otherwise.as_ref().or(arms.last().map(|a| &a.1)).map_or(l, |b| b.span.end);
        let below = highest(arms.iter().map(|(c, b)| c.height.max(b.height)))
            .max(otherwise.as_ref().map_or(0, |b| b.height));
        self.expr(span(l, end), below, ExprKind::If { arms, otherwise: otherwise.map(Box::new) })
    }

    pub(crate) fn match_<N: From<Expr>>(
        &mut self,
        l: u32,
        r: u32,
        subject: Box<Expr>,
        arms: Vec<Arm>,
    ) -> N {
        let below = highest(arms.iter().map(arm)).max(subject.height);
        self.expr(span(l, r), below, ExprKind::Match { subject, arms })
    }

    pub(crate) fn arm<N: From<Arm>>(
        &mut self,
        l: u32,
        r: u32,
        pattern: Box<Pattern>,
        guard: Option<Box<Expr>>,
        body: Box<Expr>,
    ) -> N {
        N::from(Arm { span: span(l, r), pattern: *pattern, guard: guard.map(|g| *g), body: *body })
    }

    pub(crate) fn error_arm<N: From<Arm>>(&mut self, l: u32, r: u32) -> N {
        let pattern = self.pattern(l, r, 0, PatternKind::Error);
        let body = self.leaf(l, r, ExprKind::Error);
        self.arm(l, r, pattern, None, body)
    }

    pub(crate) fn change_body<N: From<Expr>>(&mut self, statement: Box<Statement>) -> N {
        let block = self.block(statement.span.start, statement.span.end, vec![*statement]);
        self.do_(block.span.start, block)
    }

    pub(crate) fn try_<N: From<Expr>>(
        &mut self,
        l: u32,
        body: Block,
        pattern: Box<Pattern>,
        handler: Block,
    ) -> N {
        let below = body.height.max(pattern.height).max(handler.height);
        self.expr(
            span(l, handler.span.end),
            below,
            ExprKind::Try { body: Box::new(body), pattern, handler: Box::new(handler) },
        )
    }

    pub(crate) fn do_<N: From<Expr>>(&mut self, l: u32, block: Block) -> N {
        self.expr(span(l, block.span.end), block.height, ExprKind::Do(Box::new(block)))
    }

    pub(crate) fn format<N: From<Expr>>(
        &mut self,
        start: Span,
        r: u32,
        parts: Vec<FormatPiece>,
    ) -> N {
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
