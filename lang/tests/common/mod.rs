//! Prints a syntax tree as an S-expression, short enough to stand beside the source in a test.
#![allow(dead_code)]

use std::fmt::Write;
use tansy_lang::arena::Arena;
use tansy_lang::ast::*;
use tansy_lang::parser::{ParseLimits, Parsed, parse};
use tansy_lang::source::Source;

/// Parses with the default limits. The tree stays until the process ends.
pub(crate) fn parsed(text: &str) -> Parsed<'static> {
    parsed_within(text, ParseLimits::default())
}

pub(crate) fn parsed_within(text: &str, limits: ParseLimits) -> Parsed<'static> {
    let source = Box::leak(Box::new(Source::new("test", text)));
    parse(source, limits, Box::leak(Box::new(Arena::new())))
}

/// The tree of a text that must be right.
pub(crate) fn tree(text: &str) -> String {
    let parsed = parsed(text);
    assert!(parsed.diagnostics.is_empty(), "{text}\n{:#?}", parsed.diagnostics);
    show(&parsed.module)
}

/// The codes of the complaints about a text.
pub(crate) fn codes(text: &str) -> Vec<&'static str> {
    parsed(text).diagnostics.iter().map(|d| d.code).collect()
}

/// The whole module.
pub(crate) fn show(module: &Module) -> String {
    let mut out = String::new();
    statements(module.body, &mut out);
    out
}

fn statements(b: &Block, out: &mut String) {
    for (i, s) in b.statements.iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        statement(s, out);
    }
}

fn block(b: &Block, out: &mut String) {
    out.push('{');
    statements(b, out);
    out.push('}');
}

fn op_text(op: &AssignOp) -> String {
    match op {
        AssignOp::Set => "=".into(),
        AssignOp::Binary(op) => format!("{}=", op.symbol()),
        AssignOp::Coalesce => "??=".into(),
        AssignOp::Method => ".=".into(),
    }
}

fn statement(s: &Statement, out: &mut String) {
    if let Some(doc) = &s.doc {
        let _ = write!(out, "#{:?} ", doc.text);
    }
    match &s.kind {
        StatementKind::Let { mutable, pattern: p, annotation, value } => {
            out.push_str(if *mutable { "(var " } else { "(let " });
            pattern(p, out);
            if let Some(t) = annotation {
                out.push_str(": ");
                ty(t, out);
            }
            tail(out, |o| expr(value, o));
        }
        StatementKind::Assign { place, op, value, .. } => {
            let _ = write!(out, "({} ", op_text(op));
            expr(place, out);
            tail(out, |o| expr(value, o));
        }
        StatementKind::Delete { place } => {
            out.push_str("(delete");
            tail(out, |o| expr(place, o));
        }
        StatementKind::For { pattern: p, iterable, body } => {
            out.push_str("(for ");
            pattern(p, out);
            out.push(' ');
            expr(iterable, out);
            tail(out, |o| block(body, o));
        }
        StatementKind::While { condition, body } => {
            out.push_str("(while ");
            expr(condition, out);
            tail(out, |o| block(body, o));
        }
        StatementKind::Function { name, function: f } => {
            let _ = write!(out, "(fn {} ", name.text);
            function(f, out);
            out.push(')');
        }
        StatementKind::Type { name, ty: t } => {
            let _ = write!(out, "(type {}", name.text);
            tail(out, |o| ty(t, o));
        }
        StatementKind::Test { name, body, .. } => {
            let _ = write!(out, "(test {name:?}");
            tail(out, |o| block(body, o));
        }
        StatementKind::Import { path, name, .. } => {
            let _ = write!(out, "(import {path:?} {})", name.text);
        }
        StatementKind::Assert { condition, message } => {
            out.push_str("(assert ");
            expr(condition, out);
            if let Some(m) = message {
                out.push(' ');
                expr(m, out);
            }
            out.push(')');
        }
        StatementKind::Expression(e) => expr(e, out),
        StatementKind::Error => out.push_str("ERROR"),
    }
}

fn tail(out: &mut String, f: impl FnOnce(&mut String)) {
    out.push(' ');
    f(out);
    out.push(')');
}

fn function(f: &Function, out: &mut String) {
    out.push('(');
    for (i, p) in f.parameters.iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        if p.rest {
            out.push_str("...");
        }
        pattern(p.pattern, out);
        if let Some(t) = &p.annotation {
            out.push(':');
            ty(t, out);
        }
        if let Some(e) = &p.default {
            out.push('=');
            expr(e, out);
        }
    }
    out.push(')');
    if let Some(t) = &f.result {
        out.push_str("->");
        ty(t, out);
    }
    block(f.body, out);
}

fn number(n: &Number) -> String {
    match n {
        Number::Int(i) => i.to_string(),
        Number::Big(bytes) => format!("big{}", num_bigint::BigInt::from_signed_bytes_le(bytes)),
        Number::Float(f) => format!("{f:?}"),
        Number::Decimal(d) => format!("{d}d"),
    }
}

fn list(head: &str, items: &[&Expr], out: &mut String) {
    let _ = write!(out, "({head}");
    for e in items {
        out.push(' ');
        expr(e, out);
    }
    out.push(')');
}

fn element(e: &Element, out: &mut String) {
    match e {
        Element::Item(e) => expr(e, out),
        Element::Spread(e) => {
            out.push_str("...");
            expr(e, out);
        }
    }
}

fn entry(e: &Entry, out: &mut String) {
    match e {
        Entry::Field { key, value } => {
            let _ = write!(out, "{}:", key.text);
            expr(value, out);
        }
        Entry::Pair { key, value } => {
            expr(key, out);
            out.push_str("=>");
            expr(value, out);
        }
        Entry::Spread(e) => {
            out.push_str("...");
            expr(e, out);
        }
        Entry::Error => out.push_str("ERROR"),
    }
}

fn each<T>(head: &str, items: &[T], f: impl Fn(&T, &mut String), out: &mut String) {
    let _ = write!(out, "({head}");
    for item in items {
        out.push(' ');
        f(item, out);
    }
    out.push(')');
}

fn clauses(list: &[Clause], out: &mut String) {
    for c in list {
        match c {
            Clause::For { pattern: p, iterable } => {
                out.push_str(" for ");
                pattern(p, out);
                out.push_str(" in ");
                expr(iterable, out);
            }
            Clause::If(e) => {
                out.push_str(" if ");
                expr(e, out);
            }
        }
    }
    out.push(')');
}

pub(crate) fn expr(e: &Expr, out: &mut String) {
    match &e.kind {
        ExprKind::Null if e.span.start == e.span.end => out.push('^'),
        ExprKind::Null => out.push_str("null"),
        ExprKind::Bool(b) => {
            let _ = write!(out, "{b}");
        }
        ExprKind::Number(n) => out.push_str(&number(n)),
        ExprKind::Str(s) => {
            let _ = write!(out, "{s:?}");
        }
        ExprKind::Format(parts) => each(
            "f",
            parts,
            |p, out| match p {
                FormatPart::Text(t) => {
                    let _ = write!(out, "{t:?}");
                }
                FormatPart::Hole { value, spec } => {
                    out.push('{');
                    expr(value, out);
                    if let Some(s) = spec {
                        let _ = write!(out, ":{:?} {:?} {:?}", s.fill, s.align, s.width);
                        let _ = write!(out, " {:?} {:?}", s.precision, s.kind);
                    }
                    out.push('}');
                }
            },
            out,
        ),
        ExprKind::Name(n) => out.push_str(n),
        ExprKind::Vec(items) => each("vec", items, element, out),
        ExprKind::Set(items) => each("set", items, element, out),
        ExprKind::Map(items) => each("map", items, entry, out),
        ExprKind::VecComprehension(item, c) => {
            out.push_str("(vec ");
            element(item, out);
            clauses(c, out);
        }
        ExprKind::SetComprehension(item, c) => {
            out.push_str("(set ");
            element(item, out);
            clauses(c, out);
        }
        ExprKind::MapComprehension(item, c) => {
            out.push_str("(map ");
            entry(item, out);
            clauses(c, out);
        }
        ExprKind::Range { start, end, inclusive } => {
            out.push_str(if *inclusive { "(..= " } else { "(.. " });
            match start {
                Some(e) => expr(e, out),
                None => out.push('_'),
            }
            out.push(' ');
            match end {
                Some(e) => expr(e, out),
                None => out.push('_'),
            }
            out.push(')');
        }
        ExprKind::Unary { op: UnaryOp::Neg, operand } => list("-", &[operand], out),
        ExprKind::Unary { op: UnaryOp::Not, operand } => list("not", &[operand], out),
        ExprKind::Binary { op, sides, .. } => list(op.symbol(), &[sides.0, sides.1], out),
        ExprKind::Compare { first, rest } => {
            out.push('(');
            expr(first, out);
            for (op, _, e) in *rest {
                let _ = write!(out, " {} ", op.symbol());
                expr(e, out);
            }
            out.push(')');
        }
        ExprKind::Logic { op, sides, .. } => {
            let op = match op {
                LogicOp::And => "and",
                LogicOp::Or => "or",
                LogicOp::Coalesce => "??",
            };
            list(op, &[sides.0, sides.1], out);
        }
        ExprKind::Is { value, negated, ty: t } => {
            out.push_str(if *negated { "(is-not " } else { "(is " });
            expr(value, out);
            tail(out, |o| ty(t, o));
        }
        ExprKind::Pipe { value, call } => list("|>", &[value, call], out),
        ExprKind::Paren(e) => list("paren", &[e], out),
        ExprKind::Field { parts, optional } => {
            expr(parts.0, out);
            let _ = write!(out, "{}{}", if *optional { "?." } else { "." }, parts.1.text);
        }
        ExprKind::Index { parts, optional } => {
            expr(parts.0, out);
            out.push_str(if *optional { "?[" } else { "[" });
            expr(parts.1, out);
            out.push(']');
        }
        ExprKind::Each { object } => {
            expr(object, out);
            out.push_str("[*]");
        }
        ExprKind::Call { callee, arguments } => {
            out.push_str("(call ");
            expr(callee, out);
            for a in *arguments {
                out.push(' ');
                match a {
                    Argument::Value(e) => expr(e, out),
                    Argument::Named(n, e) => {
                        let _ = write!(out, "{}:", n.text);
                        expr(e, out);
                    }
                    Argument::Spread(e) => {
                        out.push_str("...");
                        expr(e, out);
                    }
                }
            }
            out.push(')');
        }
        ExprKind::With { base, items } => {
            out.push_str("(with ");
            expr(base, out);
            for item in *items {
                out.push(' ');
                match item {
                    WithItem::Assign { path, op, value, .. } => {
                        let _ = write!(out, "({} ", op_text(op));
                        expr(path, out);
                        tail(out, |o| expr(value, o));
                    }
                    WithItem::Delete { path, .. } => list("delete", &[path], out),
                    WithItem::Error => out.push_str("ERROR"),
                }
            }
            out.push(')');
        }
        ExprKind::Getter(n) => {
            let _ = write!(out, "(getter {})", n.text);
        }
        ExprKind::If { arms, otherwise } => {
            out.push_str("(if");
            for (c, b) in *arms {
                out.push(' ');
                expr(c, out);
                out.push(' ');
                block(b, out);
            }
            if let Some(b) = otherwise {
                out.push_str(" else ");
                block(b, out);
            }
            out.push(')');
        }
        ExprKind::Match { subject, arms } => {
            out.push_str("(match ");
            expr(subject, out);
            for a in *arms {
                out.push_str(" (");
                pattern(a.pattern, out);
                if let Some(g) = &a.guard {
                    out.push_str(" if ");
                    expr(g, out);
                }
                out.push_str(" => ");
                expr(a.body, out);
                out.push(')');
            }
            out.push(')');
        }
        ExprKind::Try { body, pattern: p, handler } => {
            out.push_str("(try ");
            block(body, out);
            out.push(' ');
            pattern(p, out);
            tail(out, |o| block(handler, o));
        }
        ExprKind::Do(b) => {
            out.push_str("(do");
            tail(out, |o| block(b, o));
        }
        ExprKind::Function(f) => {
            out.push_str(if f.closure { "(| " } else { "(fn " });
            function(f, out);
            out.push(')');
        }
        ExprKind::Throw(e) => list("throw", &[e], out),
        ExprKind::Return(e) => {
            let items: Vec<&Expr> = e.iter().copied().collect();
            list("return", &items, out);
        }
        ExprKind::Break => out.push_str("break"),
        ExprKind::Continue => out.push_str("continue"),
        ExprKind::Error => out.push_str("ERROR"),
    }
}

fn literal(l: &Literal) -> String {
    match l {
        Literal::Null => "null".into(),
        Literal::Bool(b) => b.to_string(),
        Literal::Number(n) => number(n),
        Literal::Str(s) => format!("{s:?}"),
    }
}

fn rest_name(n: &Option<Name>) -> String {
    format!("...{}", n.as_ref().map_or("", |n| n.text))
}

fn pattern(p: &Pattern, out: &mut String) {
    match &p.kind {
        PatternKind::Wildcard => out.push('_'),
        PatternKind::Bind(n) => out.push_str(n),
        PatternKind::Literal(l) => out.push_str(&literal(l)),
        PatternKind::Range { start, end, inclusive } => {
            let side = |l: &Option<&Literal>| l.map(literal).unwrap_or_default();
            let dots = if *inclusive { "..=" } else { ".." };
            let _ = write!(out, "{}{dots}{}", side(start), side(end));
        }
        PatternKind::Vec { items, rest } => {
            out.push('[');
            for i in 0..=items.len() {
                if let Some((at, name)) = rest
                    && *at == i
                {
                    let _ = write!(out, " {}", rest_name(name));
                }
                if let Some(p) = items.get(i) {
                    out.push(' ');
                    pattern(p, out);
                }
            }
            out.push(']');
        }
        PatternKind::Map { fields, rest } => {
            out.push('{');
            for f in *fields {
                let _ = write!(out, " {}:", f.key.text);
                pattern(f.pattern, out);
                if let Some(e) = &f.default {
                    out.push('=');
                    expr(e, out);
                }
            }
            if let Some(name) = rest {
                let _ = write!(out, " {}", rest_name(name));
            }
            out.push('}');
        }
        PatternKind::Or(list) => each("or", list, |p, out| pattern(p, out), out),
        PatternKind::Is(t) => {
            out.push_str("(is");
            tail(out, |o| ty(t, o));
        }
        PatternKind::As(p, n) => {
            out.push('(');
            pattern(p, out);
            let _ = write!(out, " as {})", n.text);
        }
        PatternKind::Error => out.push_str("ERROR"),
    }
}

fn ty(t: &Type, out: &mut String) {
    match &t.kind {
        TypeKind::Name(path) => {
            let words: Vec<&str> = path.iter().map(|n| n.text).collect();
            out.push_str(&words.join("."));
        }
        TypeKind::Literal(l) => out.push_str(&literal(l)),
        TypeKind::Optional(t) => {
            ty(t, out);
            out.push('?');
        }
        TypeKind::Union(list) => each("or", list, |t, out| ty(t, out), out),
        TypeKind::Vec(t) => {
            out.push('[');
            ty(t, out);
            out.push(']');
        }
        TypeKind::Set(t) => {
            out.push_str("#{");
            ty(t, out);
            out.push('}');
        }
        TypeKind::Map(k, v) => {
            out.push('{');
            ty(k, out);
            out.push_str("=>");
            ty(v, out);
            out.push('}');
        }
        TypeKind::Record { fields, open } => {
            out.push('{');
            for f in *fields {
                if let Some(doc) = &f.doc {
                    let _ = write!(out, " #{:?}", doc.text);
                }
                let mark = if f.optional { "?" } else { "" };
                let _ = write!(out, " {}{mark}:", f.name.text);
                ty(f.ty, out);
                if let Some(e) = &f.default {
                    out.push('=');
                    expr(e, out);
                }
            }
            out.push_str(if *open { " ...}" } else { "}" });
        }
        TypeKind::Function(parameters, result) => {
            each("fn", parameters, |t, out| ty(t, out), out);
            out.push_str("->");
            ty(result, out);
        }
        TypeKind::Where { ty: t, condition, message } => {
            out.push_str("(where ");
            ty(t, out);
            out.push(' ');
            expr(condition, out);
            if let Some(m) = message {
                out.push(' ');
                expr(m, out);
            }
            out.push(')');
        }
        TypeKind::Error => out.push_str("ERROR"),
    }
}
