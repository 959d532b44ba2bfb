//! The syntax tree: what the parser makes and every later pass reads.
//!
//! Nodes are plain data with spans. Invariant: no tree is deeper than the parser's nesting limit (see
//! [`crate::parser`]), counted by the `height` of expressions, patterns, types and blocks; passes may therefore recurse,
//! through [`crate::deep`]. Parentheses are kept (`Paren`), because `(m.f)(x)` differs from `m.f(x)` and a formatter wants them.
//! Comments are kept beside the tree, in [`Module::comments`].

#![allow(missing_docs, reason = "fields are named in the comment of their variant")]

use crate::source::Span;
use num_bigint::BigInt;
use smol_str::SmolStr;

/// A whole source text.
#[derive(Debug, Clone, PartialEq)]
pub struct Module {
    /// The `//!` lines at the top, joined, without their markers.
    pub doc: Option<Doc>,
    /// The statements; the last one, if an expression, is the value of the program.
    pub body: Block,
    /// Every comment in the text, doc comments too, in order: for the formatter and the doc tools.
    pub comments: Vec<Span>,
}

/// A documentation comment: its lines joined with `\n`, markers and one leading space removed.
#[derive(Debug, Clone, PartialEq)]
pub struct Doc {
    /// From the first marker to the end of the last line.
    pub span: Span,
    /// The text.
    pub text: String,
}

/// A name as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// The word.
    pub text: SmolStr,
    /// Where it stands.
    pub span: Span,
}

/// Statements in braces (or a whole module). Its value is that of its last statement, if that is an expression; else null.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// With the braces.
    pub span: Span,
    /// In order.
    pub statements: Vec<Statement>,
    /// Height of the tree below.
    pub height: u32,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The whole statement, without its doc comment and terminator.
    pub span: Span,
    /// The `///` lines before it.
    pub doc: Option<Box<Doc>>,
    /// What it is.
    pub kind: StatementKind,
}

/// The kinds of statement.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// `let p: T = e`, and with `mutable` `var p: T = e`.
    Let { mutable: bool, pattern: Box<Pattern>, annotation: Option<Box<Type>>, value: Expr },
    /// `place = e`, `place += e`, `place .= f(e)` (then `value` is a [`ExprKind::Call`] of a bare name: the method).
    Assign { place: Box<Expr>, op: AssignOp, op_span: Span, value: Expr },
    /// `delete place`.
    Delete { place: Expr },
    /// `for p in e { … }`.
    For { pattern: Box<Pattern>, iterable: Expr, body: Box<Block> },
    /// `while c { … }`.
    While { condition: Expr, body: Box<Block> },
    /// `fn name(…) { … }`.
    Function { name: Name, function: Box<Function> },
    /// `type Name = T`.
    Type { name: Name, ty: Box<Type> },
    /// `test "name" { … }`.
    Test { name: SmolStr, name_span: Span, body: Block },
    /// `import "path" as name`.
    Import { path: SmolStr, path_span: Span, name: Name },
    /// `assert c` and `assert c, "why"` (the message may be any expression).
    Assert { condition: Expr, message: Option<Box<Expr>> },
    /// An expression; its value counts only where it is the last of a block.
    Expression(Expr),
    /// What could not be parsed; a diagnostic tells why.
    Error,
}

/// The assignment operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignOp {
    /// `=`
    Set,
    /// `+=`, `-=`, `*=`, `/=`, `%=`, `**=`, `|=`, `&=`
    Binary(BinaryOp),
    /// `??=`
    Coalesce,
    /// `.=`
    Method,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Where it stands.
    pub span: Span,
    /// One more than the highest child.
    pub height: u32,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `42`, `0xff`, `1.5`, `9.50d`
    Number(Number),
    /// Any string literal without holes, escapes resolved and indentation removed.
    Str(SmolStr),
    /// `f"…"`
    Format(Vec<FormatPart>),
    /// `name`
    Name(SmolStr),
    /// `[a, ...b]`
    Vec(Vec<Element>),
    /// `#{a, ...b}`
    Set(Vec<Element>),
    /// `{a: 1, b => 2, c, ...d}`
    Map(Vec<Entry>),
    /// `[e for …]`
    VecComprehension(Box<Element>, Vec<Clause>),
    /// `#{e for …}`
    SetComprehension(Box<Element>, Vec<Clause>),
    /// `{k => v for …}`
    MapComprehension(Box<Entry>, Vec<Clause>),
    /// `a..b`, `a..=b`, `a..`, `..b`, `..=b`, `..`
    Range { start: Option<Box<Expr>>, end: Option<Box<Expr>>, inclusive: bool },
    /// `-a`, `not a`
    Unary { op: UnaryOp, operand: Box<Expr> },
    /// `a + b` and the like, with the left side and the right one
    Binary { op: BinaryOp, op_span: Span, sides: Box<(Expr, Expr)> },
    /// `a < b <= c`: comparisons, chained when there are several. `in`/`not in` never chain.
    Compare { first: Box<Expr>, rest: Vec<(CompareOp, Span, Expr)> },
    /// `a and b`, `a or b`, `a ?? b`
    Logic { op: LogicOp, op_span: Span, sides: Box<(Expr, Expr)> },
    /// `a is T`, `a is not T`
    Is { value: Box<Expr>, negated: bool, ty: Box<Type> },
    /// `a |> f(b)`: `call` is what stands on the right (a call, or a function expression)
    Pipe { value: Box<Expr>, call: Box<Expr> },
    /// `(e)`
    Paren(Box<Expr>),
    /// `a.name`, `a?.name`, with `a` and the name
    Field { parts: Box<(Expr, Name)>, optional: bool },
    /// `a[i]`, `a?[i]`, with `a` and `i`
    Index { parts: Box<(Expr, Expr)>, optional: bool },
    /// `a[*]`
    Each { object: Box<Expr> },
    /// `f(a, …)`; a callee that is a `Field` is a method call `x.name(…)`
    Call { callee: Box<Expr>, arguments: Vec<Argument> },
    /// `base with { … }`
    With { base: Box<Expr>, items: Vec<WithItem> },
    /// `.name` as a function
    Getter(Name),
    /// `if c { } else if d { } else { }`, flat: an `else if` chain is no deeper than one `if`
    If { arms: Vec<(Expr, Block)>, otherwise: Option<Box<Block>> },
    /// `match e { … }`
    Match { subject: Box<Expr>, arms: Vec<Arm> },
    /// `try { } catch p { }`
    Try { body: Box<Block>, pattern: Box<Pattern>, handler: Box<Block> },
    /// `do { … }`
    Do(Box<Block>),
    /// `fn(…) { … }` and `|…| …`
    Function(Box<Function>),
    /// `throw e` (`throw` alone is a parse error)
    Throw(Box<Expr>),
    /// `return`, `return e`
    Return(Option<Box<Expr>>),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// What could not be parsed; a diagnostic tells why.
    Error,
}

/// A number literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// Fits 64 bits.
    Int(i64),
    /// Does not.
    Big(BigInt),
    /// With a point or exponent; finite.
    Float(f64),
    /// `9.50d`: the digits as written, without `_` and `d`.
    Decimal(SmolStr),
}

/// A piece of an f-string.
#[derive(Debug, Clone, PartialEq)]
pub enum FormatPart {
    /// Literal text, escapes and `{{ }}` resolved.
    Text(SmolStr),
    /// `{value}`, `{value:spec}`
    Hole { value: Expr, spec: Option<FormatSpec> },
}

/// `[[fill]align][sign][#][0][width][.prec][x X b o e ?]`
#[derive(Debug, Clone, PartialEq)]
pub struct FormatSpec {
    /// Where it stands, after the `:`.
    pub span: Span,
    /// Character that pads; default a space.
    pub fill: char,
    /// Where the text goes; default left for strings, right for numbers.
    pub align: Option<Align>,
    /// `+`: always a sign.
    pub plus: bool,
    /// `#`: with `0x` and the like.
    pub alternate: bool,
    /// `0`: pad with zeros after the sign.
    pub zero: bool,
    /// At least so many characters.
    pub width: Option<u32>,
    /// Digits after the point; for strings, at most so many characters.
    pub precision: Option<u32>,
    /// `x X b o e ?`
    pub kind: Option<char>,
}

/// `<`, `^`, `>`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// `<`
    Left,
    /// `^`
    Center,
    /// `>`
    Right,
}

/// An element of a vector or set literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Element {
    /// `e`
    Item(Expr),
    /// `...e`
    Spread(Expr),
}

/// An entry of a map literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// `name: e`, `"text": e`; and `name` alone, where `value` is that name
    Field { key: Name, value: Expr },
    /// `k => e`
    Pair { key: Expr, value: Expr },
    /// `...e`
    Spread(Expr),
    /// What could not be parsed.
    Error,
}

/// A clause of a comprehension.
#[derive(Debug, Clone, PartialEq)]
pub enum Clause {
    /// `for p in e`
    For { pattern: Pattern, iterable: Expr },
    /// `if c`
    If(Expr),
}

/// The operators that take two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `div`
    IntDiv,
    /// `%`
    Rem,
    /// `**`
    Pow,
    /// `|`
    Union,
    /// `&`
    Intersect,
}

impl BinaryOp {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::IntDiv => "div",
            BinaryOp::Rem => "%",
            BinaryOp::Pow => "**",
            BinaryOp::Union => "|",
            BinaryOp::Intersect => "&",
        }
    }
}

/// The operators that take one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `not`
    Not,
}

/// The comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in`
    In,
    /// `not in`
    NotIn,
}

impl CompareOp {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            CompareOp::Eq => "==",
            CompareOp::Ne => "!=",
            CompareOp::Lt => "<",
            CompareOp::Le => "<=",
            CompareOp::Gt => ">",
            CompareOp::Ge => ">=",
            CompareOp::In => "in",
            CompareOp::NotIn => "not in",
        }
    }
}

/// The operators that may leave their right side alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogicOp {
    /// `and`
    And,
    /// `or`
    Or,
    /// `??`
    Coalesce,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// `e`
    Value(Expr),
    /// `name: e`
    Named(Name, Expr),
    /// `...e`
    Spread(Expr),
}

/// An item of `with { … }`.
#[derive(Debug, Clone, PartialEq)]
pub enum WithItem {
    /// `path = e`, `path += e`, `path .= f(e)`; the innermost object of `path` is [`ExprKind::Name`]`("it")`'s stand-in: a
    /// path is an `Expr` whose root is [`ExprKind::Null`] with an empty span.
    Assign { path: Expr, op: AssignOp, op_span: Span, value: Expr },
    /// `delete path`, root as above
    Delete { span: Span, path: Expr },
    /// What could not be parsed.
    Error,
}

/// An arm of `match`.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    /// The whole arm.
    pub span: Span,
    /// What must fit.
    pub pattern: Pattern,
    /// `if c`
    pub guard: Option<Expr>,
    /// What it gives. An assignment or `delete` is a [`ExprKind::Do`] block of one statement.
    pub body: Expr,
}

/// A function: `fn` statement, `fn(…) { }` expression, or closure.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// From `fn` or `|` to the end of the body.
    pub span: Span,
    /// In order; a rest parameter is the last.
    pub parameters: Vec<Parameter>,
    /// `-> T`
    pub result: Option<Box<Type>>,
    /// The body; for a closure whose body is an expression, a block of that one statement.
    pub body: Block,
    /// Written with bars.
    pub closure: bool,
    /// Height of the tree below.
    pub height: u32,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// What binds; for a rest parameter a [`PatternKind::Bind`].
    pub pattern: Pattern,
    /// `: T`
    pub annotation: Option<Box<Type>>,
    /// `= e`
    pub default: Option<Box<Expr>>,
    /// `...name`
    pub rest: bool,
}

/// A pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// Where it stands.
    pub span: Span,
    /// One more than the highest child.
    pub height: u32,
    /// What it is.
    pub kind: PatternKind,
}

/// The kinds of pattern.
#[derive(Debug, Clone, PartialEq)]
pub enum PatternKind {
    /// `_`
    Wildcard,
    /// `name`
    Bind(SmolStr),
    /// A literal; numbers with their sign applied
    Literal(Literal),
    /// `1..9`, `1..=9`, `1..`, `..9`, `"a"..="f"`
    Range { start: Option<Literal>, end: Option<Literal>, inclusive: bool },
    /// `[a, ...rest, b]`: `rest` is the place of the `...` among the items, and its name unless it has none or `_`
    Vec { items: Vec<Pattern>, rest: Option<(usize, Option<Name>)> },
    /// `{k: p, name, name = default, ...rest}`
    Map { fields: Vec<FieldPattern>, rest: Option<Option<Name>> },
    /// `a | b`
    Or(Vec<Pattern>),
    /// `is T`
    Is(Type),
    /// `p as name`
    As(Box<Pattern>, Name),
    /// What could not be parsed.
    Error,
}

/// A field of a map pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldPattern {
    /// The key (always a string).
    pub key: Name,
    /// What its value must fit; for `name` and `name = e`, a `Bind`.
    pub pattern: Pattern,
    /// `= e`: used when the key is missing
    pub default: Option<Expr>,
}

/// A literal in a pattern or type.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number
    Number(Number),
    /// A string
    Str(SmolStr),
}

/// A type. Parsed now; only built-in names, literals, `T?` and unions can be tested (`is`) yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// Where it stands.
    pub span: Span,
    /// One more than the highest child.
    pub height: u32,
    /// What it is.
    pub kind: TypeKind,
}

/// The kinds of type.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// `Int`, `Server`, `module.Server`
    Name(Vec<Name>),
    /// `"circle"`, `1`, `null`
    Literal(Literal),
    /// `T?`
    Optional(Box<Type>),
    /// `A | B`
    Union(Vec<Type>),
    /// `[T]`
    Vec(Box<Type>),
    /// `#{T}`
    Set(Box<Type>),
    /// `{K => V}`
    Map(Box<Type>, Box<Type>),
    /// `{a: T = e, b?: U, ...}`
    Record { fields: Vec<TypeField>, open: bool },
    /// `fn(A) -> B`
    Function(Vec<Type>, Box<Type>),
    /// `T where c else "message"`
    Where { ty: Box<Type>, condition: Box<Expr>, message: Option<Box<Expr>> },
    /// What could not be parsed.
    Error,
}

/// A field of a record type.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeField {
    /// The `///` lines before it.
    pub doc: Option<Doc>,
    /// The key.
    pub name: Name,
    /// `name?: T`
    pub optional: bool,
    /// Its type.
    pub ty: Type,
    /// `= e`
    pub default: Option<Expr>,
}
