//! Patterns and types.

use super::*;

impl Context<'_> {
    pub(crate) fn pattern<N: From<Pattern>>(
        &mut self,
        l: u32,
        r: u32,
        below: u32,
        kind: PatternKind,
    ) -> N {
        let span = span(l, r);
        N::from(match self.height(span, below) {
            Some(height) => Pattern { span, height, kind },
            None => Pattern { span, height: 1, kind: PatternKind::Error },
        })
    }

    pub(crate) fn bind<N: From<Pattern>>(&mut self, name: Name) -> N {
        self.pattern(name.span.start, name.span.end, 0, PatternKind::Bind(name.text))
    }

    pub(crate) fn as_pattern<N: From<Pattern>>(&mut self, p: Box<Pattern>, name: Name) -> N {
        let (l, r, below) = (p.span.start, name.span.end, p.height);
        self.pattern(l, r, below, PatternKind::As(p, name))
    }

    /// Parentheses leave no node, but count as a level.
    pub(crate) fn paren_pattern<N: From<Pattern>>(&mut self, l: u32, r: u32, p: Box<Pattern>) -> N {
        let below = p.height;
        self.pattern(l, r, below, p.kind)
    }

    pub(crate) fn or_pattern<N: From<Pattern>>(&mut self, a: Box<Pattern>, b: Box<Pattern>) -> N {
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

    pub(crate) fn range_pattern<N: From<Pattern>>(
        &mut self,
        l: u32,
        r: u32,
        start: Option<Literal>,
        end: Option<Literal>,
        inclusive: bool,
    ) -> N {
        self.pattern(l, r, 0, PatternKind::Range { start, end, inclusive })
    }

    pub(crate) fn is_pattern<N: From<Pattern>>(&mut self, l: u32, r: u32, ty: Box<Type>) -> N {
        let below = ty.height;
        self.pattern(l, r, below, PatternKind::Is(*ty))
    }

    pub(crate) fn vec_pattern<N: From<Pattern>>(
        &mut self,
        l: u32,
        r: u32,
        parts: Vec<VecPart>,
    ) -> N {
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

    pub(crate) fn map_pattern<N: From<Pattern>>(
        &mut self,
        l: u32,
        r: u32,
        parts: Vec<MapPart>,
    ) -> N {
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
            None => self.bind(key.clone()),
        };
        MapPart::Field(Box::new(FieldPattern { key, pattern, default: default.map(|e| *e) }))
    }

    pub(crate) fn ty<N: From<Type>>(&mut self, l: u32, r: u32, below: u32, kind: TypeKind) -> N {
        let span = span(l, r);
        N::from(match self.height(span, below) {
            Some(height) => Type { span, height, kind },
            None => Type { span, height: 1, kind: TypeKind::Error },
        })
    }

    pub(crate) fn name_type<N: From<Type>>(&mut self, path: Vec<Name>) -> N {
        let l = path.first().map_or(0, |n| n.span.start);
        let r = path.last().map_or(l, |n| n.span.end);
        self.ty(l, r, 0, TypeKind::Name(path))
    }

    pub(crate) fn vec_type<N: From<Type>>(&mut self, l: u32, r: u32, t: Box<Type>) -> N {
        self.ty(l, r, t.height, TypeKind::Vec(t))
    }

    pub(crate) fn set_type<N: From<Type>>(&mut self, l: u32, r: u32, t: Box<Type>) -> N {
        self.ty(l, r, t.height, TypeKind::Set(t))
    }

    pub(crate) fn map_type<N: From<Type>>(
        &mut self,
        l: u32,
        r: u32,
        k: Box<Type>,
        v: Box<Type>,
    ) -> N {
        self.ty(l, r, k.height.max(v.height), TypeKind::Map(k, v))
    }

    pub(crate) fn paren_type<N: From<Type>>(&mut self, l: u32, r: u32, t: Box<Type>) -> N {
        let below = t.height;
        self.ty(l, r, below, t.kind)
    }

    pub(crate) fn optional_type<N: From<Type>>(&mut self, t: Box<Type>, r: u32) -> N {
        self.ty(t.span.start, r, t.height, TypeKind::Optional(t))
    }

    pub(crate) fn union_type<N: From<Type>>(&mut self, a: Box<Type>, b: Box<Type>) -> N {
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

    pub(crate) fn function_type<N: From<Type>>(
        &mut self,
        l: u32,
        parameters: Vec<Type>,
        result: Box<Type>,
    ) -> N {
        let below = highest(parameters.iter().map(|t| t.height)).max(result.height);
        self.ty(l, result.span.end, below, TypeKind::Function(parameters, result))
    }

    pub(crate) fn where_type<N: From<Type>>(
        &mut self,
        ty: Box<Type>,
        condition: Box<Expr>,
        message: Option<Box<Expr>>,
    ) -> N {
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

    pub(crate) fn record_type<N: From<Type>>(
        &mut self,
        l: u32,
        r: u32,
        parts: Vec<FieldPart>,
    ) -> N {
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
