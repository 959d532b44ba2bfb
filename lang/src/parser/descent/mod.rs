//! The grammar once more, by recursive descent, for texts without a mistake: some ten times as fast as the generated parser.
//!
//! `grammar.lalrpop` is the specification and explains what is wrong. Here nothing is explained: whatever is not plainly right gives
//! `None`, and the text is read by the generated parser from the start. Both make their nodes by the same actions. Invariant: where this
//! gives a tree, the generated parser gives the same one, without a complaint; builds with debug assertions check it for every text.

mod expression;
mod pattern;

use super::build::Context;
use crate::ast::*;
use crate::layout::Tokens;
use crate::source::Span;
use crate::token::Token;

/// Nesting beyond this is left to the generated parser, which needs no native stack for it.
const DEEPEST: u32 = 1000;

/// The tree of a program, if it is plainly right.
pub(super) fn program(context: &mut Context, tokens: &Tokens) -> Option<Block> {
    Descent::new(context, tokens, 0, &mut Vec::new()).program()
}

/// The same, but that the bodies of functions at the top level are empty: where they begin among the tokens is given apart, in their
/// order. What is in them, [`body`] reads. `braces` are the outermost ones, by their indices among the tokens.
pub(super) fn outline(
    context: &mut Context,
    tokens: &Tokens,
    braces: &[(usize, usize)],
) -> Option<(Block, Vec<usize>)> {
    let statements = &mut Vec::new();
    let mut descent = Descent::new(context, tokens, 0, statements);
    descent.skips = Some(braces);
    let program = descent.program()?;
    Some((program, descent.skipped))
}

/// The body of a function at the top level, which begins at a token that [`outline`] gave. `statements` is room for those of open blocks.
pub(super) fn body(
    context: &mut Context,
    tokens: &Tokens,
    at: usize,
    statements: &mut Vec<Statement>,
) -> Option<Block> {
    statements.clear();
    let mut descent = Descent::new(context, tokens, at, statements);
    descent.depth = 1;
    let body = descent.block()?;
    // Above it in the tree are its function and the program.
    let fits = body.height + 2 <= descent.cx.nesting;
    (fits && descent.cx.diagnostics.is_empty()).then_some(body)
}

struct Descent<'c, 's> {
    cx: &'c mut Context<'s>,
    tokens: &'c Tokens,
    at: usize,
    /// The end of the token before.
    end: u32,
    depth: u32,
    /// The statements of the open blocks, so that each block's list is made once and no larger than it must be.
    statements: &'c mut Vec<Statement>,
    /// Likewise the parameters of the functions that are begun.
    parameters: Vec<(Parameter, Span)>,
    /// The outermost braces, if the bodies of functions at the top level are not to be read; and where those begin.
    skips: Option<&'c [(usize, usize)]>,
    skipped: Vec<usize>,
}

impl<'c, 's> Descent<'c, 's> {
    fn new(
        cx: &'c mut Context<'s>,
        tokens: &'c Tokens,
        at: usize,
        statements: &'c mut Vec<Statement>,
    ) -> Self {
        let end = tokens.start(at).unwrap_or(0);
        let (parameters, skipped) = (Vec::new(), Vec::new());
        Descent { cx, tokens, at, end, depth: 0, statements, parameters, skips: None, skipped }
    }
}

impl Descent<'_, '_> {
    fn program(&mut self) -> Option<Block> {
        let start = self.end;
        let statements = self.statements()?;
        if self.at != self.tokens.len() {
            return None;
        }
        let body = self.cx.block(start, self.end, statements);
        self.cx.diagnostics.is_empty().then_some(body)
    }

    #[inline]
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at)
    }

    #[inline]
    fn second(&self) -> Option<Token> {
        self.tokens.get(self.at + 1)
    }

    /// Where the next token begins.
    #[inline]
    fn start(&self) -> u32 {
        self.tokens.start(self.at).unwrap_or(self.end)
    }

    /// Takes the next token.
    #[inline]
    fn take(&mut self) -> Option<Span> {
        let place = self.tokens.place(self.at)?;
        self.at += 1;
        self.end = place.end;
        Some(place)
    }

    #[inline]
    fn accept(&mut self, token: Token) -> bool {
        let found = self.peek() == Some(token);
        if found {
            self.take();
        }
        found
    }

    #[inline]
    fn expect(&mut self, token: Token) -> Option<Span> {
        if self.peek() == Some(token) { self.take() } else { None }
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

    /// What `item` reads, up to `close`, separated as `separates` says; a separator may stand before `close`.
    fn list<T>(
        &mut self,
        close: Token,
        separates: fn(Token) -> bool,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut items = Vec::new();
        if !self.accept(close) {
            items.push(item(self)?);
            self.more(&mut items, close, separates, item)?;
        }
        Some(items)
    }

    /// Parameters up to `close`.
    fn parameters(
        &mut self,
        close: Token,
        parameter: fn(&mut Self) -> Option<(Parameter, Span)>,
    ) -> Option<Vec<Parameter>> {
        let first = self.parameters.len();
        while !self.accept(close) {
            let parameter = parameter(self)?;
            self.parameters.push(parameter);
            if !self.accept(Token::Comma) {
                self.expect(close)?;
                break;
            }
        }
        Some(self.cx.last_parameters(&mut self.parameters, first))
    }

    /// The rest of a list after its first item.
    fn more<T>(
        &mut self,
        items: &mut Vec<T>,
        close: Token,
        separates: fn(Token) -> bool,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<()> {
        loop {
            let separated = self.peek().is_some_and(separates);
            if separated {
                self.take();
            }
            if self.accept(close) {
                return Some(());
            }
            if !separated {
                return None;
            }
            items.push(item(self)?);
        }
    }

    fn open_brace(&mut self) -> Option<Span> {
        match self.peek()? {
            Token::LBrace | Token::BodyBrace => self.take(),
            _ => None,
        }
    }

    // Names

    fn is_name(token: Token) -> bool {
        token == Token::Ident || token.is_soft_keyword()
    }

    fn name(&mut self) -> Option<Name> {
        if Self::is_name(self.peek()?) { self.taken_name() } else { None }
    }

    /// The next token as a name.
    fn taken_name(&mut self) -> Option<Name> {
        self.take().map(|span| self.cx.name(span))
    }

    /// After a dot.
    fn word(&mut self) -> Option<Name> {
        self.expect(Token::Ident).map(|span| self.cx.name(span))
    }

    /// Any word, where a key may stand.
    fn key(&mut self) -> Option<Name> {
        if !self.peek()?.is_word() {
            return None;
        }
        self.take().map(|span| self.cx.name(span))
    }

    fn string_key(&mut self) -> Option<Name> {
        let span = self.expect(Token::Str)?;
        Some(Name { text: self.cx.string(span), span })
    }

    // Statements

    fn statements(&mut self) -> Option<Vec<Statement>> {
        let first = self.statements.len();
        while !matches!(self.peek(), None | Some(Token::RBrace)) {
            let statement = self.statement()?;
            self.statements.push(statement);
            if !(self.accept(Token::Newline) || self.accept(Token::Semicolon)) {
                break;
            }
        }
        Some(self.statements.split_off(first))
    }

    fn block(&mut self) -> Option<Block> {
        let start = self.open_brace()?.start;
        self.block_after(start)
    }

    /// A block that is left for later.
    fn skipped_block(&mut self) -> Option<Block> {
        let first = self.at;
        let start = self.open_brace()?.start;
        let braces = self.skips?;
        self.at = braces[braces.binary_search_by_key(&first, |braces| braces.0).ok()?].1;
        self.expect(Token::RBrace)?;
        self.skipped.push(first);
        Some(self.cx.block(start, self.end, Vec::new()))
    }

    /// The block of a closure or arm.
    fn body_block(&mut self) -> Option<Block> {
        let start = self.expect(Token::BodyBrace)?.start;
        self.block_after(start)
    }

    fn block_after(&mut self, start: u32) -> Option<Block> {
        let statements = self.nested(Self::statements)?;
        let end = self.expect(Token::RBrace)?.end;
        Some(self.cx.block(start, end, statements))
    }

    fn finish(&mut self, start: u32, kind: StatementKind) -> Option<Statement> {
        Some(self.cx.statement(start, self.end, kind))
    }

    fn statement(&mut self) -> Option<Statement> {
        let start = self.start();
        match self.peek()? {
            Token::Let | Token::Var => {
                let mutable = self.peek() == Some(Token::Var);
                self.take();
                let pattern = Box::new(self.pattern()?);
                let annotation = self.annotation()?;
                self.expect(Token::Assign)?;
                let value = self.expr()?;
                self.finish(start, StatementKind::Let { mutable, pattern, annotation, value })
            }
            Token::For => {
                self.take();
                let pattern = Box::new(self.pattern()?);
                self.expect(Token::In)?;
                let iterable = self.head()?;
                let body = Box::new(self.block()?);
                self.finish(start, StatementKind::For { pattern, iterable, body })
            }
            Token::While => {
                self.take();
                let condition = self.head()?;
                let body = Box::new(self.block()?);
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
                let ty = Box::new(self.ty()?);
                self.finish(start, StatementKind::Type { name, ty })
            }
            Token::Test if self.second() == Some(Token::Str) => {
                self.take();
                let name_span = self.take()?;
                let body = self.block()?;
                let name = self.cx.string(name_span);
                self.finish(start, StatementKind::Test { name, name_span, body })
            }
            Token::Import if self.second() == Some(Token::Str) => {
                self.take();
                let path_span = self.take()?;
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
    fn assert(&mut self, start: u32) -> Option<Statement> {
        self.take();
        let condition = if self.peek() == Some(Token::LParen) {
            let open = self.take()?.start;
            let inner = self.expr()?;
            if self.accept(Token::Comma) {
                let message = self.expr()?;
                self.accept(Token::Comma);
                self.expect(Token::RParen)?;
                let kind =
                    StatementKind::Assert { condition: inner, message: Some(Box::new(message)) };
                return self.finish(start, kind);
            }
            let close = self.expect(Token::RParen)?.end;
            let first = self.cx.paren(open, close, Box::new(inner));
            let first = self.postfix_after(first)?;
            self.operators(first)?
        } else {
            self.expr()?
        };
        let message = if self.accept(Token::Comma) { Some(Box::new(self.expr()?)) } else { None };
        self.finish(start, StatementKind::Assert { condition, message })
    }

    /// An expression, an assignment or `delete`, as a statement or an arm of its own.
    fn expression_or_change(&mut self) -> Option<Statement> {
        let start = self.start();
        if self.accept(Token::Delete) {
            let place = self.postfix()?;
            return Some(self.cx.delete(start, self.end, Box::new(place)));
        }
        if !expression::begins_operand(self.peek()?) {
            let value = self.expr()?;
            return self.finish(start, StatementKind::Expression(value));
        }
        let first = self.nested(Self::postfix)?;
        if let Some(op) = self.assign_op() {
            let value = self.expr()?;
            return Some(self.cx.assign(start, self.end, Box::new(first), op, value));
        }
        let value = self.operators(first)?;
        self.finish(start, StatementKind::Expression(value))
    }

    fn assign_op(&mut self) -> Option<(AssignOp, Span)> {
        let op = match self.peek()? {
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
        self.take().map(|span| (op, span))
    }

    // Functions

    /// Parameters, result and body, of the function that begins at `start`.
    fn function(
        &mut self,
        start: u32,
        body: fn(&mut Self) -> Option<Block>,
    ) -> Option<Box<Function>> {
        self.expect(Token::LParen)?;
        let parameters = self.parameters(Token::RParen, Self::parameter)?;
        let result = if self.accept(Token::Arrow) { Some(Box::new(self.ty()?)) } else { None };
        let body = body(self)?;
        Some(self.cx.function(start, parameters, result, body))
    }

    fn parameter(&mut self) -> Option<(Parameter, Span)> {
        if self.peek() == Some(Token::Spread) {
            let start = self.take()?.start;
            let name = self.name()?;
            let annotation = self.annotation()?;
            return Some(self.cx.rest_parameter(start, name, annotation));
        }
        let pattern = self.pattern()?;
        let annotation = self.annotation()?;
        let default = if self.accept(Token::Assign) { Some(Box::new(self.expr()?)) } else { None };
        Some(self.cx.parameter(pattern, annotation, default))
    }

    fn closure_parameter(&mut self) -> Option<(Parameter, Span)> {
        if self.peek() == Some(Token::Spread) {
            let start = self.take()?.start;
            let name = self.name()?;
            let annotation = self.closure_annotation()?;
            return Some(self.cx.rest_parameter(start, name, annotation));
        }
        let pattern = self.pattern_item()?;
        let annotation = self.closure_annotation()?;
        Some(self.cx.parameter(pattern, annotation, None))
    }

    fn closure_annotation(&mut self) -> Option<Option<Box<Type>>> {
        if !self.accept(Token::Colon) {
            return Some(None);
        }
        self.type_postfix().map(|ty| Some(Box::new(ty)))
    }

    fn annotation(&mut self) -> Option<Option<Box<Type>>> {
        if self.accept(Token::Colon) { self.ty().map(|ty| Some(Box::new(ty))) } else { Some(None) }
    }
}

fn comma(token: Token) -> bool {
    token == Token::Comma
}

/// In braces, a newline is as good as a comma.
fn comma_or_line(token: Token) -> bool {
    matches!(token, Token::Comma | Token::Newline)
}

#[cfg(test)]
mod tests {
    use super::super::{ParseLimits, Reading};
    use crate::ast::{Block, StatementKind};
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
    fn in_parts(text: &str) -> Block {
        let reading = Reading::new(text, ParseLimits::default());
        let stop = Cell::new(false);
        let mut context = reading.context(&[], &stop);
        let outline = super::outline(&mut context, &reading.tokens, &reading.braces);
        let (mut program, bodies) = outline.expect("an outline");
        let mut bodies = bodies.into_iter();
        for statement in &mut program.statements {
            if let StatementKind::Function { function, .. } = &mut statement.kind {
                let at = bodies.next().expect("a body");
                function.body = super::body(&mut context, &reading.tokens, at, &mut Vec::new())
                    .expect("a body without mistakes");
                let own = function
                    .parameters
                    .iter()
                    .map(|p| p.pattern.height.max(p.default.as_ref().map_or(0, |d| d.height)));
                let below = own.max().unwrap_or(0).max(function.body.height);
                function.height = function.height.max(below + 1);
                program.height = program.height.max(function.height + 1);
            }
        }
        assert_eq!(bodies.next(), None);
        program
    }

    /// Whether the text is without a mistake; panics where one parser takes it and the other does not, or reads it otherwise.
    fn same(text: &str, name: &str) -> bool {
        let reading = Reading::new(text, ParseLimits::default());
        let quick = reading.descend();
        let run = reading.generated();
        let right = run.diagnostics.is_empty();
        assert_eq!(quick.is_some(), right, "{name}: {:#?}", run.diagnostics);
        if let Some(quick) = quick {
            assert_eq!(quick, run.module.body, "{name}");
            assert_eq!(in_parts(text), run.module.body, "{name} in parts");
        }
        right
    }
}
