//! The grammar once more, by recursive descent, for texts without a mistake: some ten times as fast as the generated parser.
//!
//! `grammar.lalrpop` is the specification and explains what is wrong. Here nothing is explained: whatever is not plainly right gives
//! `None`, and the text is read by the generated parser from the start. Both make their nodes by the same actions. Invariant: where this
//! gives a tree, the generated parser gives the same one, without a complaint; builds with debug assertions check it for every text.

mod expression;
mod list;
mod operator;
mod pattern;

use super::build::Context;
use crate::ast::*;
use crate::layout::Tokens;
use crate::source::Span;
use crate::token::Token;
use list::{List, comma};

/// Nesting beyond this is left to the generated parser, which needs no native stack for it.
const DEEPEST: u32 = 1000;

/// The tree of a program, if it is plainly right.
pub(super) fn program<'a>(context: &mut Context<'_, 'a>, tokens: &Tokens) -> Option<&'a Block<'a>> {
    Descent::new(context, tokens, 0).program()
}

/// The same, but that the bodies of functions at the top level are empty: where they begin among the tokens is given apart, in their
/// order. What is in them, [`body`] reads. `braces` are the outermost ones, by their indices among the tokens.
pub(super) fn outline<'a>(
    context: &mut Context<'_, 'a>,
    tokens: &Tokens,
    braces: &[(usize, usize)],
) -> Option<(&'a Block<'a>, Vec<usize>)> {
    let mut descent = Descent::new(context, tokens, 0);
    descent.skips = Some(braces.iter());
    let program = descent.program()?;
    Some((program, descent.skipped))
}

/// The body of a function at the top level, which begins at a token that [`outline`] gave.
pub(super) fn body<'a>(
    context: &mut Context<'_, 'a>,
    tokens: &Tokens,
    at: usize,
) -> Option<&'a Block<'a>> {
    let mut descent = Descent::new(context, tokens, at);
    descent.depth = 1;
    let body = descent.block()?;
    // Above it in the tree are its function and the program.
    let fits = body.height + 2 <= descent.cx.nesting;
    (fits && descent.cx.diagnostics.is_empty()).then_some(body)
}

struct Descent<'c, 's, 'a> {
    cx: &'c mut Context<'s, 'a>,
    tokens: &'c Tokens,
    /// The next token: its number, what it is, and its place; behind the last one, none at the end of that.
    at: usize,
    token: Option<Token>,
    place: Span,
    /// The end of the token before.
    end: u32,
    depth: u32,
    /// The outermost braces that are yet to come, if the bodies of functions at the top level are not to be read; and where those begin.
    skips: Option<std::slice::Iter<'c, (usize, usize)>>,
    skipped: Vec<usize>,
}

impl<'c, 's, 'a> Descent<'c, 's, 'a> {
    fn new(cx: &'c mut Context<'s, 'a>, tokens: &'c Tokens, at: usize) -> Self {
        let (token, place, skipped) = (None, Span::default(), Vec::new());
        let mut descent =
            Descent { cx, tokens, at, token, place, end: 0, depth: 0, skips: None, skipped };
        descent.go(at);
        descent.end = descent.place.start;
        descent
    }
}

impl<'a> Descent<'_, '_, 'a> {
    fn program(&mut self) -> Option<&'a Block<'a>> {
        let start = self.end;
        let statements = self.statements()?;
        if self.token.is_some() {
            return None;
        }
        let body = self.cx.block(start, self.end, statements);
        self.cx.diagnostics.is_empty().then_some(body)
    }

    /// Makes this token the next one.
    #[inline]
    fn go(&mut self, at: usize) {
        self.at = at;
        self.token = self.tokens.get(at);
        self.place =
            self.tokens.place(at).unwrap_or(Span { start: self.place.end, end: self.place.end });
    }

    #[inline]
    fn second(&self) -> Option<Token> {
        self.tokens.get(self.at + 1)
    }

    /// Takes the next token, which there must be.
    #[inline]
    fn take(&mut self) -> Span {
        let place = self.place;
        self.end = place.end;
        self.go(self.at + 1);
        place
    }

    #[inline]
    fn accept(&mut self, token: Token) -> bool {
        let found = self.token == Some(token);
        if found {
            self.take();
        }
        found
    }

    #[inline]
    fn expect(&mut self, token: Token) -> Option<Span> {
        (self.token == Some(token)).then(|| self.take())
    }

    /// One level further in.
    #[inline]
    fn nested<T>(&mut self, step: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= DEEPEST {
            return None;
        }
        self.depth += 1;
        let result = crate::descend(self.depth, || step(self));
        self.depth -= 1;
        result
    }

    /// Parameters up to `close`.
    fn parameters(
        &mut self,
        close: Token,
        parameter: fn(&mut Self) -> Option<Parameter<'a>>,
    ) -> Option<&'a [Parameter<'a>]> {
        let parameters = self.list(close, comma, parameter)?;
        let last = parameters.len().saturating_sub(1);
        (!parameters[..last].iter().any(|parameter| parameter.rest)).then_some(parameters)
    }

    fn open_brace(&mut self) -> Option<Span> {
        matches!(self.token, Some(Token::LBrace | Token::BodyBrace)).then(|| self.take())
    }

    // Names

    fn is_name(token: Token) -> bool {
        token == Token::Ident || token.is_soft_keyword()
    }

    fn name(&mut self) -> Option<Name<'a>> {
        Self::is_name(self.token?).then(|| self.taken_name())
    }

    /// The next token as a name.
    #[inline]
    fn taken_name(&mut self) -> Name<'a> {
        let span = self.take();
        self.cx.name(span)
    }

    /// After a dot.
    fn word(&mut self) -> Option<Name<'a>> {
        self.expect(Token::Ident).map(|span| self.cx.name(span))
    }

    /// Any word, where a key may stand.
    fn key(&mut self) -> Option<Name<'a>> {
        self.token?.is_word().then(|| self.taken_name())
    }

    fn string_key(&mut self) -> Option<Name<'a>> {
        let span = self.expect(Token::Str)?;
        Some(Name { text: self.cx.string(span), span })
    }

    // Statements

    fn statements(&mut self) -> Option<&'a [&'a Statement<'a>]> {
        let mut list = List::new();
        while !matches!(self.token, None | Some(Token::RBrace)) {
            list.push(self.statement()?);
            if !matches!(self.token, Some(Token::Newline | Token::Semicolon)) {
                break;
            }
            self.take();
        }
        Some(list.end(self.cx.arena))
    }

    fn block(&mut self) -> Option<&'a Block<'a>> {
        let start = self.open_brace()?.start;
        self.block_after(start)
    }

    /// A block that is left for later.
    fn skipped_block(&mut self) -> Option<&'a Block<'a>> {
        let first = self.at;
        let start = self.open_brace()?.start;
        let (open, close) = *self.skips.as_mut()?.find(|(open, _)| *open >= first)?;
        if open != first {
            return None;
        }
        self.go(close);
        self.expect(Token::RBrace)?;
        self.skipped.push(first);
        Some(self.cx.block(start, self.end, &[]))
    }

    /// The block of a closure or arm.
    fn body_block(&mut self) -> Option<&'a Block<'a>> {
        let start = self.expect(Token::BodyBrace)?.start;
        self.block_after(start)
    }

    fn block_after(&mut self, start: u32) -> Option<&'a Block<'a>> {
        let statements = self.nested(Self::statements)?;
        let end = self.expect(Token::RBrace)?.end;
        Some(self.cx.block(start, end, statements))
    }

    fn finish(&mut self, start: u32, kind: StatementKind<'a>) -> Option<&'a Statement<'a>> {
        Some(self.cx.statement(start, self.end, kind))
    }

    fn statement(&mut self) -> Option<&'a Statement<'a>> {
        let start = self.place.start;
        match self.token? {
            Token::Let | Token::Var => {
                let mutable = self.token == Some(Token::Var);
                self.take();
                let pattern = self.pattern()?;
                let annotation = self.annotation()?;
                self.expect(Token::Assign)?;
                let value = self.expr()?;
                self.finish(start, StatementKind::Let { mutable, pattern, annotation, value })
            }
            Token::For => {
                self.take();
                let pattern = self.pattern()?;
                self.expect(Token::In)?;
                let iterable = self.head()?;
                let body = self.block()?;
                self.finish(start, StatementKind::For { pattern, iterable, body })
            }
            Token::While => {
                self.take();
                let condition = self.head()?;
                let body = self.block()?;
                self.finish(start, StatementKind::While { condition, body })
            }
            Token::Fn if self.second().is_some_and(Self::is_name) => {
                self.take();
                let name = self.name()?;
                let skips = self.depth == 0 && self.skips.is_some();
                let body = if skips { Self::skipped_block } else { Self::block };
                let function = self.function(start, body)?;
                self.finish(start, StatementKind::Function { name, function })
            }
            Token::Type if self.second().is_some_and(Self::is_name) => {
                self.take();
                let name = self.name()?;
                self.expect(Token::Assign)?;
                self.accept(Token::Bar);
                let ty = self.ty()?;
                self.finish(start, StatementKind::Type { name, ty })
            }
            Token::Test if self.second() == Some(Token::Str) => {
                self.take();
                let name_span = self.take();
                let body = self.block()?;
                let name = self.cx.string(name_span);
                self.finish(start, StatementKind::Test { name, name_span, body })
            }
            Token::Import if self.second() == Some(Token::Str) => {
                self.take();
                let path_span = self.take();
                self.expect(Token::As)?;
                let name = self.name()?;
                let path = self.cx.string(path_span);
                self.finish(start, StatementKind::Import { path, path_span, name })
            }
            Token::Assert => self.assert(start),
            _ => self.expression_or_change(),
        }
    }

    /// `assert c`, `assert c, m` and `assert(c, m)`.
    fn assert(&mut self, start: u32) -> Option<&'a Statement<'a>> {
        self.take();
        let condition = if self.token == Some(Token::LParen) {
            let open = self.take().start;
            let inner = self.expr()?;
            if self.accept(Token::Comma) {
                let message = self.expr()?;
                self.accept(Token::Comma);
                self.expect(Token::RParen)?;
                let kind = StatementKind::Assert { condition: inner, message: Some(message) };
                return self.finish(start, kind);
            }
            let close = self.expect(Token::RParen)?.end;
            let first = self.cx.paren(open, close, inner);
            let first = self.postfix_after(first)?;
            self.operators(first)?
        } else {
            self.expr()?
        };
        let message = if self.accept(Token::Comma) { Some(self.expr()?) } else { None };
        self.finish(start, StatementKind::Assert { condition, message })
    }

    /// An expression, an assignment or `delete`, as a statement or an arm of its own.
    fn expression_or_change(&mut self) -> Option<&'a Statement<'a>> {
        let start = self.place.start;
        if self.accept(Token::Delete) {
            let place = self.postfix()?;
            return Some(self.cx.delete(start, self.end, place));
        }
        if !expression::begins_operand(self.token?) {
            let value = self.expr()?;
            return self.finish(start, StatementKind::Expression(value));
        }
        let first = self.nested(Self::postfix)?;
        if let Some(op) = self.assign_op() {
            let value = self.expr()?;
            return Some(self.cx.assign(start, self.end, first, op, value));
        }
        let value = self.operators(first)?;
        self.finish(start, StatementKind::Expression(value))
    }

    fn assign_op(&mut self) -> Option<(AssignOp, Span)> {
        let op = match self.token? {
            Token::Assign => AssignOp::Set,
            Token::PlusAssign => AssignOp::Binary(BinaryOp::Add),
            Token::MinusAssign => AssignOp::Binary(BinaryOp::Sub),
            Token::StarAssign => AssignOp::Binary(BinaryOp::Mul),
            Token::SlashAssign => AssignOp::Binary(BinaryOp::Div),
            Token::PercentAssign => AssignOp::Binary(BinaryOp::Rem),
            Token::PowerAssign => AssignOp::Binary(BinaryOp::Pow),
            Token::BarAssign => AssignOp::Binary(BinaryOp::Union),
            Token::AmpAssign => AssignOp::Binary(BinaryOp::Intersect),
            Token::CoalesceAssign => AssignOp::Coalesce,
            Token::DotAssign => AssignOp::Method,
            _ => return None,
        };
        Some((op, self.take()))
    }

    // Functions

    /// Parameters, result and body, of the function that begins at `start`.
    fn function(
        &mut self,
        start: u32,
        body: fn(&mut Self) -> Option<&'a Block<'a>>,
    ) -> Option<&'a Function<'a>> {
        self.expect(Token::LParen)?;
        let parameters = self.parameters(Token::RParen, Self::parameter)?;
        let result = if self.accept(Token::Arrow) { Some(self.ty()?) } else { None };
        let body = body(self)?;
        Some(self.cx.function(start, parameters, result, body))
    }

    fn parameter(&mut self) -> Option<Parameter<'a>> {
        if self.token == Some(Token::Spread) {
            let start = self.take().start;
            let name = self.name()?;
            let annotation = self.annotation()?;
            return Some(self.cx.rest_parameter(start, name, annotation).0);
        }
        let pattern = self.pattern()?;
        let annotation = self.annotation()?;
        let default = if self.accept(Token::Assign) { Some(self.expr()?) } else { None };
        Some(Parameter { pattern, annotation, default, rest: false })
    }

    fn closure_parameter(&mut self) -> Option<Parameter<'a>> {
        if self.token == Some(Token::Spread) {
            let start = self.take().start;
            let name = self.name()?;
            let annotation = self.closure_annotation()?;
            return Some(self.cx.rest_parameter(start, name, annotation).0);
        }
        let pattern = self.pattern_item()?;
        let annotation = self.closure_annotation()?;
        Some(Parameter { pattern, annotation, default: None, rest: false })
    }

    fn closure_annotation(&mut self) -> Option<Option<&'a Type<'a>>> {
        if !self.accept(Token::Colon) {
            return Some(None);
        }
        self.type_postfix().map(Some)
    }

    fn annotation(&mut self) -> Option<Option<&'a Type<'a>>> {
        if self.accept(Token::Colon) { self.ty().map(Some) } else { Some(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ParseLimits, Reading};
    use crate::arena::Arena;
    use crate::ast::{Block, Statement, StatementKind};
    use std::cell::Cell;
    use std::path::Path;

    /// Every program of the repository that has no mistake is read here, and as the generated parser reads it.
    #[test]
    fn programs_are_read_as_the_grammar_says() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut folders: Vec<_> =
            ["examples", "tests", "stdlib/src"].iter().map(|f| root.join(f)).collect();
        let mut read = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "tansy")
                    && let Ok(text) = std::fs::read_to_string(&path)
                {
                    read += usize::from(same(&text, &path.display().to_string()));
                }
            }
        }
        assert!(read > 50, "only {read} programs");
    }

    #[test]
    fn forms_are_read_as_the_grammar_says() {
        for text in [
            "",
            "a or throw b and c\na ?? break\nx == y ?? return\nnot a and return 1",
            "[1, 2] |> |x| x\na |> f |> .g\na ?? b |> |x| { y = x }",
            "-a ** -b ** c * d\nnot not a in b\na not in b is not Int | Str?",
            "let r = [..3, 1.., (..), 1..=2, ..=x + 1]",
            "fn f(a, [b, ...c] = [1], {d, e: g = 2, \"h\": i, ...j}, ...k) { return }",
            "match x { 1 | -2.5 => a = 1, \"a\"..=\"f\" as s if s => { 2 }\n is Int? | Str => delete a.b\n ...1 => 0 }",
            "match x { 1..3 | ..=4 => 1, {a: 1, b} => throw a, [_, ..._, x] => 2, _ => || 3 }",
            "a with { b = 1, c[0].d += 2, [*].e .= f(1)\n delete g?.h, if.x ??= 2 }",
            "{a: 1, \"b\": 2, c, [d] => 3, ...e}\n{x => y for x in xs if x for [y] in x}\n{k for k in v}",
            "#{1, ...a}\n#{x for x in xs}\n[x for x in xs if x > 1]\n[]\n{}\n#{}",
            "if a { 1 } else if b { 2 } else { 3 }\ntry { 1 } catch {kind} { 2 }\ndo { 3 }\nfn() { 4 }",
            "f(1, ...a, b: 2, if: 3,)\na?.b?[0][*].c(1)(2)\n.name\n(a)",
            "assert a, b\nassert (a) == b\nassert (a, b)\nassert(a, f\"x\",)\nassert (a).b(c) or d, \"m\"",
            "f\"a{b}c{d:>10}{{e}}\"\n\"a\" + r\"b\"\ntype = 1\ntest.import = type\n1_000 + 0xff + 1.5e3 + 9.50d",
            "|a, {b}: Int?, ...c| a\n|| { 1 }\n|[x] as y| |z| z\nx = |a| a, ",
            "type A = | {a: Int = 1, b?: [Str], \"c\": #{Int}, ...} | null\ntype B = fn(A, {Str => B?}) -> A | fn() -> 1",
            "type C = Int where it > 0 and f(it) else \"no\"\nfn f(a: m.T, b: (Int | \"x\")) -> {} { }",
            "import \"a\" as b\ntest \"c\" { assert b }\nlet _ = -1\nvar [a, b]: Any = c; a = b; delete a[0]",
        ] {
            same(text, text);
        }
    }

    /// The tree of an outline and the bodies that are missing in it.
    fn in_parts<'a>(text: &'a str, arena: &'a Arena) -> Block<'a> {
        let reading = Reading::new(text, ParseLimits::default(), arena);
        let stop = Cell::new(false);
        let mut context = reading.context(arena, &[], &stop);
        let outline = super::outline(&mut context, &reading.tokens, &reading.braces);
        let (program, bodies) = outline.expect("an outline");
        let (mut program, mut bodies) = (*program, bodies.into_iter());
        let mut statements = program.statements.to_vec();
        for statement in &mut statements {
            let StatementKind::Function { name, function } = statement.kind else { continue };
            let at = bodies.next().expect("a body");
            let mut function = *function;
            function.body =
                super::body(&mut context, &reading.tokens, at).expect("a body without mistakes");
            let own = function
                .parameters
                .iter()
                .map(|p| p.pattern.height.max(p.default.map_or(0, |d| d.height)));
            let below = own.max().unwrap_or(0).max(function.body.height);
            function.height = function.height.max(below + 1);
            program.height = program.height.max(function.height + 1);
            let kind = StatementKind::Function { name, function: arena.node(function) };
            *statement = arena.node(Statement { kind, ..**statement });
        }
        program.statements = arena.list(&statements);
        assert_eq!(bodies.next(), None);
        program
    }

    /// Whether the text is without a mistake; panics where one parser takes it and the other does not, or reads it otherwise.
    fn same(text: &str, name: &str) -> bool {
        let arena = &Arena::new();
        let reading = Reading::new(text, ParseLimits::default(), arena);
        let quick = reading.descend();
        let run = reading.generated();
        let right = run.diagnostics.is_empty();
        assert_eq!(quick.is_some(), right, "{name}: {:#?}", run.diagnostics);
        if let Some(quick) = quick {
            assert_eq!(quick, run.module.body, "{name}");
            assert_eq!(in_parts(text, arena), *run.module.body, "{name} in parts");
        }
        right
    }
}
