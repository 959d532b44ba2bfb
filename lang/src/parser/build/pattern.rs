//! Patterns and types.

use super::*;

impl<'a> Context<'_, 'a> {
    pub(crate) fn pattern(
        &mut self,
        l: u32,
        r: u32,
        below: u32,
        kind: PatternKind<'a>,
    ) -> &'a Pattern<'a> {
        let span = span(l, r);
        self.arena.node(match self.height(span, below) {
            Some(height) => Pattern { span, height, kind },
            None => Pattern { span, height: 1, kind: PatternKind::Error },
        })
    }

    #[inline]
    pub(crate) fn bind(&mut self, name: Name<'a>) -> &'a Pattern<'a> {
        self.arena.node(Pattern { span: name.span, height: 1, kind: PatternKind::Bind(name.text) })
    }

    pub(crate) fn as_pattern(&mut self, p: &'a Pattern<'a>, name: Name<'a>) -> &'a Pattern<'a> {
        let (l, r, below) = (p.span.start, name.span.end, p.height);
        self.pattern(l, r, below, PatternKind::As(p, name))
    }

    /// Parentheses leave no node, but count as a level.
    pub(crate) fn paren_pattern(&mut self, l: u32, r: u32, p: &'a Pattern<'a>) -> &'a Pattern<'a> {
        let below = p.height;
        self.pattern(l, r, below, p.kind)
    }

    /// One alternative, or several.
    pub(crate) fn or_pattern(&mut self, list: &'a [&'a Pattern<'a>]) -> &'a Pattern<'a> {
        let (first, last) = match list {
            [only] => return only,
            [first, .., last] => (first, last),
            [] => return self.pattern(0, 0, 0, PatternKind::Error),
        };
        let below = highest(list.iter().map(|p| p.height));
        self.pattern(first.span.start, last.span.end, below, PatternKind::Or(list))
    }

    pub(crate) fn range_pattern(
        &mut self,
        l: u32,
        r: u32,
        start: Option<Literal<'a>>,
        end: Option<Literal<'a>>,
        inclusive: bool,
    ) -> &'a Pattern<'a> {
        let [start, end] = [start, end].map(|bound| bound.map(|bound| self.arena.node(bound)));
        self.pattern(l, r, 0, PatternKind::Range { start, end, inclusive })
    }

    pub(crate) fn is_pattern(&mut self, l: u32, r: u32, ty: &'a Type<'a>) -> &'a Pattern<'a> {
        let below = ty.height;
        self.pattern(l, r, below, PatternKind::Is(ty))
    }

    pub(crate) fn vec_pattern(&mut self, l: u32, r: u32, parts: &[VecPart<'a>]) -> &'a Pattern<'a> {
        let mut items = Vec::new();
        let mut rest: Option<(usize, Option<Name<'a>>)> = None;
        let mut first = None;
        for &part in parts {
            match part {
                VecPart::Item(p) => items.push(p),
                VecPart::Rest(place, name) => {
                    if let Some(first) = first.replace(place) {
                        self.second_rest(first, place);
                    }
                    rest = Some((items.len(), name));
                }
            }
        }
        let below = highest(items.iter().map(|p| p.height));
        let (items, rest) = (self.arena.list(&items), rest.map(|rest| self.arena.node(rest)));
        self.pattern(l, r, below, PatternKind::Vec { items, rest })
    }

    pub(crate) fn map_pattern(&mut self, l: u32, r: u32, parts: &[MapPart<'a>]) -> &'a Pattern<'a> {
        let mut fields = Vec::new();
        let mut rest = None;
        let mut first = None;
        for &part in parts {
            match part {
                MapPart::Field(field) => fields.push(field),
                MapPart::Rest(place, name) => {
                    if let Some(first) = first.replace(place) {
                        self.second_rest(first, place);
                    }
                    rest = Some(name);
                }
            }
        }
        let below =
            highest(fields.iter().map(|f| f.pattern.height.max(f.default.map_or(0, |e| e.height))));
        let (fields, rest) = (self.arena.list(&fields), rest.map(|rest| self.arena.node(rest)));
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
        key: Name<'a>,
        pattern: Option<&'a Pattern<'a>>,
        default: Option<&'a Expr<'a>>,
    ) -> MapPart<'a> {
        let pattern = pattern.unwrap_or_else(|| self.bind(key));
        MapPart::Field(FieldPattern { key, pattern, default })
    }

    pub(crate) fn ty(&mut self, l: u32, r: u32, below: u32, kind: TypeKind<'a>) -> &'a Type<'a> {
        let span = span(l, r);
        self.arena.node(match self.height(span, below) {
            Some(height) => Type { span, height, kind },
            None => Type { span, height: 1, kind: TypeKind::Error },
        })
    }

    pub(crate) fn name_type(&mut self, path: &'a [Name<'a>]) -> &'a Type<'a> {
        let l = path.first().map_or(0, |n| n.span.start);
        let r = path.last().map_or(l, |n| n.span.end);
        self.ty(l, r, 0, TypeKind::Name(path))
    }

    pub(crate) fn vec_type(&mut self, l: u32, r: u32, t: &'a Type<'a>) -> &'a Type<'a> {
        self.ty(l, r, t.height, TypeKind::Vec(t))
    }

    pub(crate) fn set_type(&mut self, l: u32, r: u32, t: &'a Type<'a>) -> &'a Type<'a> {
        self.ty(l, r, t.height, TypeKind::Set(t))
    }

    pub(crate) fn map_type(
        &mut self,
        l: u32,
        r: u32,
        k: &'a Type<'a>,
        v: &'a Type<'a>,
    ) -> &'a Type<'a> {
        self.ty(l, r, k.height.max(v.height), TypeKind::Map(k, v))
    }

    pub(crate) fn paren_type(&mut self, l: u32, r: u32, t: &'a Type<'a>) -> &'a Type<'a> {
        let below = t.height;
        self.ty(l, r, below, t.kind)
    }

    pub(crate) fn optional_type(&mut self, t: &'a Type<'a>, r: u32) -> &'a Type<'a> {
        self.ty(t.span.start, r, t.height, TypeKind::Optional(t))
    }

    /// One type, or several.
    pub(crate) fn union_type(&mut self, list: &'a [&'a Type<'a>]) -> &'a Type<'a> {
        let (first, last) = match list {
            [only] => return only,
            [first, .., last] => (first, last),
            [] => return self.ty(0, 0, 0, TypeKind::Error),
        };
        let below = highest(list.iter().map(|t| t.height));
        self.ty(first.span.start, last.span.end, below, TypeKind::Union(list))
    }

    pub(crate) fn function_type(
        &mut self,
        l: u32,
        parameters: &'a [&'a Type<'a>],
        result: &'a Type<'a>,
    ) -> &'a Type<'a> {
        let below = highest(parameters.iter().map(|t| t.height)).max(result.height);
        self.ty(l, result.span.end, below, TypeKind::Function(parameters, result))
    }

    pub(crate) fn where_type(
        &mut self,
        ty: &'a Type<'a>,
        condition: &'a Expr<'a>,
        message: Option<&'a Expr<'a>>,
    ) -> &'a Type<'a> {
        let end = message.map_or(condition.span.end, |m| m.span.end);
        let below = ty.height.max(condition.height).max(message.map_or(0, |m| m.height));
        self.ty(ty.span.start, end, below, TypeKind::Where { ty, condition, message })
    }

    pub(crate) fn type_field(
        &mut self,
        l: u32,
        name: Name<'a>,
        optional: bool,
        ty: &'a Type<'a>,
        default: Option<&'a Expr<'a>>,
    ) -> FieldPart<'a> {
        let doc = self.doc(l);
        FieldPart::Field(TypeField { doc, name, optional, ty, default })
    }

    pub(crate) fn record_type(&mut self, l: u32, r: u32, parts: &[FieldPart<'a>]) -> &'a Type<'a> {
        let mut fields = Vec::new();
        let mut open = false;
        for &part in parts {
            match part {
                FieldPart::Field(field) => fields.push(field),
                FieldPart::Open => open = true,
                FieldPart::Error => {}
            }
        }
        let below =
            highest(fields.iter().map(|f| f.ty.height.max(f.default.map_or(0, |e| e.height))));
        let fields = self.arena.list(&fields);
        self.ty(l, r, below, TypeKind::Record { fields, open })
    }
}
