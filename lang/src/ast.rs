//! The syntax tree: what the parser makes and every later pass reads.
//!
//! Nodes are plain data with spans. Those below them, and lists, stand in an [`Arena`](crate::arena::Arena), and names are slices of the
//! source: so a tree is made without allocating, and dropped by doing nothing. Invariant: no tree is deeper than the parser's nesting
//! limit (see [`crate::parser`]), counted by the `height` of expressions, patterns, types and blocks; passes may therefore recurse,
//! through [`crate::deep`]. Parentheses are kept (`Paren`), because `(m.f)(x)` differs from `m.f(x)` and a formatter wants them.
//! Comments are kept beside the tree, in [`Module::comments`].

#![allow(missing_docs, reason = "fields are named in the comment of their variant")]

use crate::source::Span;

/// A whole source text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Module<'a> {
    /// The `//!` lines at the top, joined, without their markers.
    pub doc: Option<&'a Doc<'a>>,
    /// The statements; the last one, if an expression, is the value of the program.
    pub body: &'a Block<'a>,
    /// Every comment in the text, doc comments too, in order: for the formatter and the doc tools.
    pub comments: &'a [Span],
}

/// A documentation comment: its lines joined with `\n`, markers and one leading space removed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Doc<'a> {
    /// From the first marker to the end of the last line.
    pub span: Span,
    /// The text.
    pub text: &'a str,
}

/// A name as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name<'a> {
    /// The word.
    pub text: &'a str,
    /// Where it stands.
    pub span: Span,
}

/// Statements in braces (or a whole module). Its value is that of its last statement, if that is an expression; else null.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block<'a> {
    /// With the braces.
    pub span: Span,
    /// In order.
    pub statements: &'a [&'a Statement<'a>],
    /// Height of the tree below.
    pub height: u32,
}

/// One statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statement<'a> {
    /// The whole statement, without its doc comment and terminator.
    pub span: Span,
    /// The `///` lines before it.
    pub doc: Option<&'a Doc<'a>>,
    /// What it is.
    pub kind: StatementKind<'a>,
}

/// The kinds of statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StatementKind<'a> {
    /// `let p: T = e`, and with `mutable` `var p: T = e`.
    Let {
        mutable: bool,
        pattern: &'a Pattern<'a>,
        annotation: Option<&'a Type<'a>>,
        value: &'a Expr<'a>,
    },
    /// `place = e`, `place += e`, `place .= f(e)` (then `value` is a [`ExprKind::Call`] of a bare name: the method).
    Assign { place: &'a Expr<'a>, op: AssignOp, op_span: Span, value: &'a Expr<'a> },
    /// `delete place`.
    Delete { place: &'a Expr<'a> },
    /// `for p in e { … }`.
    For { pattern: &'a Pattern<'a>, iterable: &'a Expr<'a>, body: &'a Block<'a> },
    /// `while c { … }`.
    While { condition: &'a Expr<'a>, body: &'a Block<'a> },
    /// `fn name(…) { … }`.
    Function { name: Name<'a>, function: &'a Function<'a> },
    /// `type Name = T`.
    Type { name: Name<'a>, ty: &'a Type<'a> },
    /// `test "name" { … }`.
    Test { name: &'a str, name_span: Span, body: &'a Block<'a> },
    /// `import "path" as name`.
    Import { path: &'a str, path_span: Span, name: Name<'a> },
    /// `assert c` and `assert c, "why"` (the message may be any expression).
    Assert { condition: &'a Expr<'a>, message: Option<&'a Expr<'a>> },
    /// An expression; its value counts only where it is the last of a block.
    Expression(&'a Expr<'a>),
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
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expr<'a> {
    /// Where it stands.
    pub span: Span,
    /// One more than the highest child.
    pub height: u32,
    /// What it is.
    pub kind: ExprKind<'a>,
}

/// The kinds of expression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ExprKind<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `42`, `0xff`, `1.5`, `9.50d`
    Number(Number<'a>),
    /// Any string literal without holes, escapes resolved and indentation removed.
    Str(&'a str),
    /// `f"…"`
    Format(&'a [FormatPart<'a>]),
    /// `name`
    Name(&'a str),
    /// `[a, ...b]`
    Vec(&'a [Element<'a>]),
    /// `#{a, ...b}`
    Set(&'a [Element<'a>]),
    /// `{a: 1, b => 2, c, ...d}`
    Map(&'a [Entry<'a>]),
    /// `[e for …]`
    VecComprehension(&'a Element<'a>, &'a [Clause<'a>]),
    /// `#{e for …}`
    SetComprehension(&'a Element<'a>, &'a [Clause<'a>]),
    /// `{k => v for …}`
    MapComprehension(&'a Entry<'a>, &'a [Clause<'a>]),
    /// `a..b`, `a..=b`, `a..`, `..b`, `..=b`, `..`
    Range { start: Option<&'a Expr<'a>>, end: Option<&'a Expr<'a>>, inclusive: bool },
    /// `-a`, `not a`
    Unary { op: UnaryOp, operand: &'a Expr<'a> },
    /// `a + b` and the like, with the left side and the right one
    Binary { op: BinaryOp, op_span: Span, sides: (&'a Expr<'a>, &'a Expr<'a>) },
    /// `a < b <= c`: comparisons, chained when there are several. `in`/`not in` never chain.
    Compare { first: &'a Expr<'a>, rest: &'a [(CompareOp, Span, &'a Expr<'a>)] },
    /// `a and b`, `a or b`, `a ?? b`
    Logic { op: LogicOp, op_span: Span, sides: (&'a Expr<'a>, &'a Expr<'a>) },
    /// `a is T`, `a is not T`
    Is { value: &'a Expr<'a>, negated: bool, ty: &'a Type<'a> },
    /// `a |> f(b)`: `call` is what stands on the right (a call, or a function expression)
    Pipe { value: &'a Expr<'a>, call: &'a Expr<'a> },
    /// `(e)`
    Paren(&'a Expr<'a>),
    /// `a.name`, `a?.name`, with `a` and the name
    Field { parts: (&'a Expr<'a>, Name<'a>), optional: bool },
    /// `a[i]`, `a?[i]`, with `a` and `i`
    Index { parts: (&'a Expr<'a>, &'a Expr<'a>), optional: bool },
    /// `a[*]`
    Each { object: &'a Expr<'a> },
    /// `f(a, …)`; a callee that is a `Field` is a method call `x.name(…)`
    Call { callee: &'a Expr<'a>, arguments: &'a [Argument<'a>] },
    /// `base with { … }`
    With { base: &'a Expr<'a>, items: &'a [WithItem<'a>] },
    /// `.name` as a function
    Getter(Name<'a>),
    /// `if c { } else if d { } else { }`, flat: an `else if` chain is no deeper than one `if`
    If { arms: &'a [(&'a Expr<'a>, &'a Block<'a>)], otherwise: Option<&'a Block<'a>> },
    /// `match e { … }`
    Match { subject: &'a Expr<'a>, arms: &'a [Arm<'a>] },
    /// `try { } catch p { }`
    Try { body: &'a Block<'a>, pattern: &'a Pattern<'a>, handler: &'a Block<'a> },
    /// `do { … }`
    Do(&'a Block<'a>),
    /// `fn(…) { … }` and `|…| …`
    Function(&'a Function<'a>),
    /// `throw e` (`throw` alone is a parse error)
    Throw(&'a Expr<'a>),
    /// `return`, `return e`
    Return(Option<&'a Expr<'a>>),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// What could not be parsed; a diagnostic tells why.
    Error,
}

/// A number literal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number<'a> {
    /// Fits 64 bits.
    Int(i64),
    /// Does not.
    Big(&'a [u8]),
    /// With a point or exponent; finite.
    Float(f64),
    /// `9.50d`: the digits as written, without `_` and `d`.
    Decimal(&'a str),
}

/// A piece of an f-string.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FormatPart<'a> {
    /// Literal text, escapes and `{{ }}` resolved.
    Text(&'a str),
    /// `{value}`, `{value:spec}`
    Hole { value: &'a Expr<'a>, spec: Option<&'a FormatSpec> },
}

/// `[[fill]align][sign][#][0][width][.prec][x X b o e ?]`
#[derive(Debug, Clone, Copy, PartialEq)]
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
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Element<'a> {
    /// `e`
    Item(&'a Expr<'a>),
    /// `...e`
    Spread(&'a Expr<'a>),
}

/// An entry of a map literal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Entry<'a> {
    /// `name: e`, `"text": e`; and `name` alone, where `value` is that name
    Field { key: Name<'a>, value: &'a Expr<'a> },
    /// `k => e`
    Pair { key: &'a Expr<'a>, value: &'a Expr<'a> },
    /// `...e`
    Spread(&'a Expr<'a>),
    /// What could not be parsed.
    Error,
}

/// A clause of a comprehension.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Clause<'a> {
    /// `for p in e`
    For { pattern: &'a Pattern<'a>, iterable: &'a Expr<'a> },
    /// `if c`
    If(&'a Expr<'a>),
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
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Argument<'a> {
    /// `e`
    Value(&'a Expr<'a>),
    /// `name: e`
    Named(Name<'a>, &'a Expr<'a>),
    /// `...e`
    Spread(&'a Expr<'a>),
}

/// An item of `with { … }`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WithItem<'a> {
    /// `path = e`, `path += e`, `path .= f(e)`; the innermost object of `path` is [`ExprKind::Name`]`("it")`'s stand-in: a
    /// path is an `Expr` whose root is [`ExprKind::Null`] with an empty span.
    Assign { path: &'a Expr<'a>, op: AssignOp, op_span: Span, value: &'a Expr<'a> },
    /// `delete path`, root as above
    Delete { span: Span, path: &'a Expr<'a> },
    /// What could not be parsed.
    Error,
}

/// An arm of `match`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arm<'a> {
    /// The whole arm.
    pub span: Span,
    /// What must fit.
    pub pattern: &'a Pattern<'a>,
    /// `if c`
    pub guard: Option<&'a Expr<'a>>,
    /// What it gives. An assignment or `delete` is a [`ExprKind::Do`] block of one statement.
    pub body: &'a Expr<'a>,
}

/// A function: `fn` statement, `fn(…) { }` expression, or closure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Function<'a> {
    /// From `fn` or `|` to the end of the body.
    pub span: Span,
    /// In order; a rest parameter is the last.
    pub parameters: &'a [Parameter<'a>],
    /// `-> T`
    pub result: Option<&'a Type<'a>>,
    /// The body; for a closure whose body is an expression, a block of that one statement.
    pub body: &'a Block<'a>,
    /// Written with bars.
    pub closure: bool,
    /// Height of the tree below.
    pub height: u32,
}

/// A parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter<'a> {
    /// What binds; for a rest parameter a [`PatternKind::Bind`].
    pub pattern: &'a Pattern<'a>,
    /// `: T`
    pub annotation: Option<&'a Type<'a>>,
    /// `= e`
    pub default: Option<&'a Expr<'a>>,
    /// `...name`
    pub rest: bool,
}

/// A pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pattern<'a> {
    /// Where it stands.
    pub span: Span,
    /// One more than the highest child.
    pub height: u32,
    /// What it is.
    pub kind: PatternKind<'a>,
}

/// The kinds of pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PatternKind<'a> {
    /// `_`
    Wildcard,
    /// `name`
    Bind(&'a str),
    /// A literal; numbers with their sign applied
    Literal(Literal<'a>),
    /// `1..9`, `1..=9`, `1..`, `..9`, `"a"..="f"`
    Range { start: Option<&'a Literal<'a>>, end: Option<&'a Literal<'a>>, inclusive: bool },
    /// `[a, ...rest, b]`: `rest` is the place of the `...` among the items, and its name unless it has none or `_`
    Vec { items: &'a [&'a Pattern<'a>], rest: Option<&'a (usize, Option<Name<'a>>)> },
    /// `{k: p, name, name = default, ...rest}`
    Map { fields: &'a [FieldPattern<'a>], rest: Option<&'a Option<Name<'a>>> },
    /// `a | b`
    Or(&'a [&'a Pattern<'a>]),
    /// `is T`
    Is(&'a Type<'a>),
    /// `p as name`
    As(&'a Pattern<'a>, Name<'a>),
    /// What could not be parsed.
    Error,
}

/// A field of a map pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldPattern<'a> {
    /// The key (always a string).
    pub key: Name<'a>,
    /// What its value must fit; for `name` and `name = e`, a `Bind`.
    pub pattern: &'a Pattern<'a>,
    /// `= e`: used when the key is missing
    pub default: Option<&'a Expr<'a>>,
}

/// A literal in a pattern or type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Literal<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number
    Number(Number<'a>),
    /// A string
    Str(&'a str),
}

/// A type. Parsed now; only built-in names, literals, `T?` and unions can be tested (`is`) yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Type<'a> {
    /// Where it stands.
    pub span: Span,
    /// One more than the highest child.
    pub height: u32,
    /// What it is.
    pub kind: TypeKind<'a>,
}

/// The kinds of type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TypeKind<'a> {
    /// `Int`, `Server`, `module.Server`
    Name(&'a [Name<'a>]),
    /// `"circle"`, `1`, `null`
    Literal(Literal<'a>),
    /// `T?`
    Optional(&'a Type<'a>),
    /// `A | B`
    Union(&'a [&'a Type<'a>]),
    /// `[T]`
    Vec(&'a Type<'a>),
    /// `#{T}`
    Set(&'a Type<'a>),
    /// `{K => V}`
    Map(&'a Type<'a>, &'a Type<'a>),
    /// `{a: T = e, b?: U, ...}`
    Record { fields: &'a [TypeField<'a>], open: bool },
    /// `fn(A) -> B`
    Function(&'a [&'a Type<'a>], &'a Type<'a>),
    /// `T where c else "message"`
    Where { ty: &'a Type<'a>, condition: &'a Expr<'a>, message: Option<&'a Expr<'a>> },
    /// What could not be parsed.
    Error,
}

/// A field of a record type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TypeField<'a> {
    /// The `///` lines before it.
    pub doc: Option<&'a Doc<'a>>,
    /// The key.
    pub name: Name<'a>,
    /// `name?: T`
    pub optional: bool,
    /// Its type.
    pub ty: &'a Type<'a>,
    /// `= e`
    pub default: Option<&'a Expr<'a>>,
}
