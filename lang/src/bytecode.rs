//! The program of the register machine: what the compiler makes and the machine runs.
//!
//! **The machine.** A frame is a window of registers on one value stack: parameters first, then captures, then locals and
//! temporaries. Every instruction names registers of its own frame (`dst ← a + b`), constants of its prototype
//! (`k`, written `K[k]`), slots of its module (`S[slot]`), or code addresses (`target`, an index into
//! [`Prototype::code`]).
//!
//! **Calls.** The callee stands in register `base`, its arguments in `base+1 ..= base+argc`; all of them are *moved* into
//! the call, and the window above `base` is dead afterwards. The callee's register 0 is the caller's `base+1`. The
//! result goes to `dst`. A missing optional argument is `Undefined`, which the callee's prologue replaces by the default
//! ([`Op::JumpSet`]).
//!
//! **Ownership.** `Move` takes the value out of a register (the register is then `Undefined`); `Copy` shares it. The
//! compiler emits `Move` for the last use of a name, so that an update finds its value unshared. Operators, comparisons,
//! accesses and jumps *borrow* their operands. `dst` may equal an operand: then an operator may reuse that
//! operand's memory (`s = s + "x"` appends in place), and on an error the operand is as it was.
//!
//! **Environment.** `S[i]` are the module's slots: its top-level functions and `let`s as far as functions or importers
//! need them, its imports, the host's inputs; at the REPL every top-level name. An unset slot is `Undefined`.
//!
//! **Errors.** An instruction that fails unwinds to the innermost [`Handler`] that covers it, in this frame or a caller's.

#![allow(missing_docs, reason = "fields are named in the comment of their variant")]
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "`K[k]` and `S[slot]` are the machine's notation"
)]

pub mod packed;
mod places;

pub use places::Places;

use crate::ast::{self, BinaryOp, FormatSpec, LogicOp};
use crate::source::{Source, Span};
use num_bigint::BigInt;
use smol_str::SmolStr;
use std::sync::Arc;

/// A register of the current frame.
pub type Reg = u16;
/// An index into a table of the prototype or unit.
pub type Idx = u16;
/// An index into [`Prototype::code`].
pub type Target = u32;
/// "No register": an absent optional operand; as the `dst` of a named or spread call, a tail call.
pub const NONE: Reg = u16::MAX;

/// In [`Prototype::left`]: nothing is known of the registers.
pub const LEFT_ANY: u32 = u32::MAX;

/// A compiled source text.
#[derive(Debug)]
pub struct Unit {
    /// The text, for reports.
    pub source: Arc<Source>,
    /// Functions; number 0 is the body of the module, whose parameters are the host's inputs.
    pub prototypes: Vec<Prototype>,
    /// The module's slots. At the REPL: those of the whole session so far, this entry's included.
    pub slots: Vec<Slot>,
    /// Modules and data to load before the body runs, in order.
    pub imports: Vec<Import>,
    /// Native functions and constants by full name (`print`, `math.sqrt`), resolved when the unit is loaded.
    pub natives: Vec<SmolStr>,
    /// `test` blocks, as functions without parameters.
    pub tests: Vec<Test>,
    /// Doc comments of top-level declarations, by name; the module's own under the empty name.
    pub docs: Vec<(SmolStr, String)>,
}

/// A place in a module's environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// Its name in the source.
    pub name: SmolStr,
    /// Where it is declared.
    pub span: Span,
    /// What fills it.
    pub kind: SlotKind,
    /// Importers and the host may see it: its name does not begin with `_`, and it is not an import or input.
    pub exported: bool,
}

/// What fills a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotKind {
    /// A `let`, when the body reaches it.
    Let,
    /// A `var`: its final value, when the body ends (at the REPL: at each assignment).
    Var,
    /// A top-level function, before the body runs. The machine makes the function value on loading. At the REPL, when reached.
    Function(Idx),
    /// An import, before the body runs.
    Import,
    /// A host input, when the body begins.
    Input,
}

/// `import "path" as name`.
#[derive(Debug, Clone)]
pub struct Import {
    /// As written.
    pub path: SmolStr,
    /// The path's place.
    pub span: Span,
    /// Where the module or data goes.
    pub slot: Idx,
}

/// A `test` block.
#[derive(Debug, Clone)]
pub struct Test {
    /// Its name.
    pub name: SmolStr,
    /// Its place.
    pub span: Span,
    /// A function without parameters or captures.
    pub prototype: Idx,
}

/// A compiled function.
#[derive(Debug, Default, Clone)]
pub struct Prototype {
    /// For traces: `net`, `|x|` closures are named `closure`, the module body is empty.
    pub name: SmolStr,
    /// The whole function.
    pub span: Span,
    /// In order; occupy registers `0..parameters.len()`.
    pub parameters: Vec<ParameterInfo>,
    /// The last parameter collects what is left, as a Vec.
    pub rest: bool,
    /// So many captured values are copied at entry to the registers after the parameters.
    pub captures: Idx,
    /// The size of the frame.
    pub registers: u16,
    /// The instructions. The last one never falls through.
    pub code: Vec<Op>,
    /// For each instruction the place that an error in it points at.
    pub places: Places<Vec<u8>>,
    /// `K[…]`
    pub constants: Vec<Const>,
    /// Innermost first.
    pub handlers: Vec<Handler>,
    /// Key lists of [`Op::MapNew`] and [`Op::MapRest`], name lists of named calls.
    pub names: Vec<Vec<SmolStr>>,
    /// Paths of the path instructions.
    pub paths: Vec<Vec<Step>>,
    /// Types of `is`.
    pub types: Vec<TypeTest>,
    /// Ranges in patterns.
    pub bounds: Vec<Bounds>,
    /// Specifications of [`Op::Format`].
    pub formats: Vec<FormatSpec>,
    /// For each [`Op::Return`] and [`Op::ReturnNull`], in order: which of the first 32 registers may hold something besides the value
    /// returned, as bits; [`LEFT_ANY`]: any register may.
    pub left: Vec<u32>,
    /// What [`Op::Note`] tells of; none but in traced code.
    pub sites: Vec<Site>,
}

/// A place of the source that traced code tells of.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// What stands there.
    pub kind: SiteKind,
    /// Where.
    pub span: Span,
    /// The site around it, by its number in the function; [`NO_SITE`] for the function itself, which is number 0.
    pub parent: u32,
    /// Its value becomes the value of what stands around it.
    pub result: bool,
    /// A `return`, `throw`, `break` or `continue` stands inside.
    pub exits: bool,
}

/// No site is around it.
pub const NO_SITE: u32 = u32::MAX;

/// What stands at a [`Site`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteKind {
    /// A function, or the body of the module.
    Body,
    /// `if … else if … else …` as a whole.
    If,
    /// A condition of an `if` (`first`) or `else if`, and the block it guards.
    Branch { first: bool },
    /// The block after `else`.
    Else,
    /// The condition and the block of a `while`.
    While,
    /// A condition of a comprehension.
    Filter,
    /// The condition of an `assert`.
    Assert,
    /// `match e`
    Match,
    /// An arm of a `match`: its pattern (and guard), and what it gives.
    Arm { index: u32, of: u32 },
    /// The guard of an arm.
    Guard,
    /// A chain of operands joined by one of `and`, `or`, `??`.
    Logic { op: LogicOp },
    /// One of its operands.
    Operand { op: LogicOp, first: bool },
    /// A call of something that may be a function of the program, or that is handed one.
    Call,
    /// `let name = e`, `var name = e`: the span is that of the whole, without the word.
    Let { mutable: bool },
    /// One round of a `for`.
    Turn,
    /// `return e`
    Return,
    /// `throw e`
    Throw,
    /// The handler of a `try`.
    Catch,
    /// A path read: `order.total`. `input`: it begins with an input.
    Read { input: bool },
    /// A field taken by a pattern: the span is that of the key.
    Taken,
    /// An operand of a comparison, or a parameter.
    Seen,
    /// A name that has a share in the value of the site around it.
    Share,
}

/// What a [`Op::Note`] says of its site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It is reached; with `src`, it has this value already.
    Begin,
    /// It has the value in `src`.
    Value,
    /// It is true.
    True,
    /// It is false.
    False,
    /// It is null.
    Null,
}

/// What a caller may know of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterInfo {
    /// Its name; empty for a destructuring pattern without `as`.
    pub name: SmolStr,
    /// Has a default (or is the rest parameter).
    pub optional: bool,
}

/// A `try`: an error in `start..end` continues at `target` with the error in `register`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Handler {
    /// First covered instruction.
    pub start: Target,
    /// Past the last one.
    pub end: Target,
    /// The handler's code.
    pub target: Target,
    /// Receives the error value.
    pub register: Reg,
}

/// A constant value, as data.
#[derive(Debug, Clone, PartialEq)]
pub enum Const {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// 64-bit
    Int(i64),
    /// larger
    Big(BigInt),
    /// finite
    Float(f64),
    /// digits
    Decimal(SmolStr),
    /// text
    Str(SmolStr),
    /// a literal of constants
    Vec(Vec<Const>),
    /// a literal of constants; a later equal key wins
    Map(Vec<(Const, Const)>),
    /// a literal of constants
    Set(Vec<Const>),
    /// a range of ints
    Range { start: Option<i64>, end: Option<i64>, inclusive: bool },
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

/// A number.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// 64-bit
    Int(i64),
    /// larger
    Big(BigInt),
    /// finite
    Float(f64),
    /// digits
    Decimal(SmolStr),
}

impl From<&ast::Literal<'_>> for Literal {
    fn from(literal: &ast::Literal) -> Self {
        match literal {
            ast::Literal::Null => Literal::Null,
            ast::Literal::Bool(b) => Literal::Bool(*b),
            ast::Literal::Str(text) => Literal::Str(SmolStr::new(text)),
            ast::Literal::Number(number) => Literal::Number(match number {
                ast::Number::Int(n) => Number::Int(*n),
                ast::Number::Big(bytes) => Number::Big(BigInt::from_signed_bytes_le(bytes)),
                ast::Number::Float(x) => Number::Float(*x),
                ast::Number::Decimal(digits) => Number::Decimal(SmolStr::new(digits)),
            }),
        }
    }
}

/// One step of a path; dynamic keys stand in consecutive registers from the instruction's `base`, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// `.name`, `?.name`
    Field { name: SmolStr, optional: bool },
    /// `[expr]`, `?[expr]`: the next register. A Range on a Vec, or a function, selects several places.
    Index { optional: bool },
    /// `[*]`
    Each,
}

/// A range in a pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    /// At least this.
    pub start: Option<Literal>,
    /// Below this, or up to it.
    pub end: Option<Literal>,
    /// Up to it.
    pub inclusive: bool,
}

/// What `is` can test.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeTest {
    /// Anything.
    Any,
    /// A built-in type: one of [`BUILTIN_TYPES`].
    Named(SmolStr),
    /// Equal to a literal.
    Literal(Literal),
    /// One of these.
    Union(Vec<TypeTest>),
}

/// The names `is` knows (`Any` apart).
pub const BUILTIN_TYPES: &[&str] = &[
    "Null", "Bool", "Int", "Float", "Decimal", "Str", "Vec", "Map", "Set", "Range", "Seq", "Fn",
    "Error",
];

/// An instruction. In the comments `a`, `b`, `c` are the values of registers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Op {
    // ---- registers, constants, slots
    /// dst ← take src
    Move { dst: Reg, src: Reg },
    /// dst ← share src
    Copy { dst: Reg, src: Reg },
    /// dst ← K[k]
    Const { dst: Reg, k: Idx },
    /// dst ← value
    Int { dst: Reg, value: i32 },
    /// dst ← null
    Null { dst: Reg },
    /// dst ← value
    Bool { dst: Reg, value: bool },
    /// reg ← Undefined: gives up what it holds; also a missing argument
    Drop { reg: Reg },
    /// dst ← share S[slot]; an error when it is not set yet
    GetSlot { dst: Reg, slot: Idx },
    /// S[slot] ← share src
    SetSlot { slot: Idx, src: Reg },

    // ---- functions
    /// dst ← the top-level function `prototype` as a value
    Function { dst: Reg, prototype: Idx },
    /// dst ← the native `natives[native]` as a value
    Native { dst: Reg, native: Idx },
    /// dst ← a closure of `prototype` over the values taken from `base .. base+count`
    Closure { dst: Reg, prototype: Idx, base: Reg, count: Idx },
    /// dst ← a closure of `prototype` over the same captures as the closure in `from`
    Sibling { dst: Reg, prototype: Idx, from: Reg },
    /// dst ← a closure of `prototype` over the captures of the running function
    OwnSibling { dst: Reg, prototype: Idx },

    // ---- calls (see above); `argc` counts the registers from base+1
    /// dst ← base(…)
    Call { dst: Reg, base: Reg, argc: u16 },
    /// dst ← function(…), which stays where it is; register base is unused
    CallKept { dst: Reg, base: Reg, argc: u16, function: Reg },
    /// dst ← base(…); the last arguments are named by `names[names]`
    CallNamed { dst: Reg, base: Reg, argc: u16, names: Idx },
    /// dst ← base(...base+1, named by the Map base+2 or none if it is Null)
    CallSpread { dst: Reg, base: Reg },
    /// dst ← top-level function `prototype`; register base is unused
    CallFn { dst: Reg, base: Reg, argc: u16, prototype: Idx },
    /// dst ← `prototype` called with the captures of the running function; register base is unused
    CallSibling { dst: Reg, base: Reg, argc: u16, prototype: Idx },
    /// dst ← `natives[native]`(…); register base is unused. A module's constant is called with argc 0
    CallNative { dst: Reg, base: Reg, argc: u16, native: Idx },
    /// dst ← (base+1).K[name](base+2 …); argc counts the receiver; register base is unused
    CallMethod { dst: Reg, base: Reg, argc: u16, name: Idx },
    /// the same; the last arguments are named by `names[names]`
    CallMethodNamed { dst: Reg, base: Reg, argc: u16, name: Idx, names: Idx },
    /// dst ← (base+1).K[name](...base+2, named by the Map base+3 or none if it is Null)
    CallMethodSpread { dst: Reg, base: Reg, name: Idx },
    /// return base(…), reusing this frame
    TailCall { base: Reg, argc: u16 },
    /// as CallFn
    TailCallFn { base: Reg, argc: u16, prototype: Idx },
    /// as CallSibling
    TailCallSibling { base: Reg, argc: u16, prototype: Idx },
    /// as CallMethod
    TailCallMethod { base: Reg, argc: u16, name: Idx },
    /// return take src
    Return { src: Reg },
    /// return null
    ReturnNull,

    // ---- operators
    /// dst ← a op b, for each [`BinaryOp`]
    Add { dst: Reg, a: Reg, b: Reg },
    /// −
    Sub { dst: Reg, a: Reg, b: Reg },
    /// ×
    Mul { dst: Reg, a: Reg, b: Reg },
    /// /
    Div { dst: Reg, a: Reg, b: Reg },
    /// div
    IntDiv { dst: Reg, a: Reg, b: Reg },
    /// %
    Rem { dst: Reg, a: Reg, b: Reg },
    /// **, |, &
    Binary { dst: Reg, a: Reg, b: Reg, op: BinaryOp },
    /// dst ← a + K[k]
    AddK { dst: Reg, a: Reg, k: Idx },
    /// −
    SubK { dst: Reg, a: Reg, k: Idx },
    /// ×
    MulK { dst: Reg, a: Reg, k: Idx },
    /// /
    DivK { dst: Reg, a: Reg, k: Idx },
    /// div
    IntDivK { dst: Reg, a: Reg, k: Idx },
    /// %
    RemK { dst: Reg, a: Reg, k: Idx },
    /// dst ← −a
    Neg { dst: Reg, a: Reg },
    /// dst ← not a
    Not { dst: Reg, a: Reg },
    /// dst ← a == b
    Eq { dst: Reg, a: Reg, b: Reg },
    /// dst ← a != b
    Ne { dst: Reg, a: Reg, b: Reg },
    /// dst ← a < b (`a > b` swaps)
    Lt { dst: Reg, a: Reg, b: Reg },
    /// dst ← a <= b
    Le { dst: Reg, a: Reg, b: Reg },
    /// dst ← a in b
    In { dst: Reg, a: Reg, b: Reg },
    /// dst ← a in constants[k]
    InK { dst: Reg, a: Reg, k: Idx },
    /// dst ← a is types[ty]
    Is { dst: Reg, a: Reg, ty: Idx },
    /// dst ← a..b; `flags`: 1 = has a start (in `base`), 2 = has an end (in `base+1`), 4 = inclusive
    Range { dst: Reg, base: Reg, flags: u16 },
    /// dst ← the texts of `base .. base+count` joined
    Concat { dst: Reg, base: Reg, count: u16 },
    /// dst ← the text of a by `formats[format]`
    Format { dst: Reg, a: Reg, format: Idx },

    // ---- jumps; one that goes back costs fuel
    /// go to target
    Jump { target: Target },
    /// a must be a Bool; go when true
    JumpIf { a: Reg, target: Target },
    /// a must be a Bool; go when false
    JumpIfNot { a: Reg, target: Target },
    /// go when a == b
    JumpEq { a: Reg, b: Reg, target: Target },
    /// go when a != b
    JumpNe { a: Reg, b: Reg, target: Target },
    /// go when a < b (`not a < b` is `b <= a`: the order is total within a kind)
    JumpLt { a: Reg, b: Reg, target: Target },
    /// go when a <= b
    JumpLe { a: Reg, b: Reg, target: Target },
    /// go when a == K[k]
    JumpEqK { a: Reg, k: Idx, target: Target },
    /// go when a != K[k]
    JumpNeK { a: Reg, k: Idx, target: Target },
    /// go when a < K[k]
    JumpLtK { a: Reg, k: Idx, target: Target },
    /// go when a <= K[k]
    JumpLeK { a: Reg, k: Idx, target: Target },
    /// go when a > K[k]
    JumpGtK { a: Reg, k: Idx, target: Target },
    /// go when a >= K[k]
    JumpGeK { a: Reg, k: Idx, target: Target },
    /// go when a is null
    JumpNull { a: Reg, target: Target },
    /// go when a is not null
    JumpNotNull { a: Reg, target: Target },
    /// go when a is not Undefined: the argument was given
    JumpSet { a: Reg, target: Target },

    // ---- loops
    /// Begins `for var in base..base+1` over the two ends in registers base and base+1; base+2 is scratch. Go to target when empty; else var ←
    /// the first. Ends that are not Ints are an error.
    RangePrep { base: Reg, var: Reg, inclusive: bool, target: Target },
    /// Goes back to target with the next number in var, or falls through
    RangeNext { base: Reg, var: Reg, target: Target },
    /// Begins a loop over take src, whose state is in iter, iter+1 and iter+2 until it ends. The IterNext or IterPair follows, and then the
    /// rounds, up to its target
    IterPrep { iter: Reg, src: Reg },
    /// dst ← the next element, *skipping the next instruction*, or go to target at the end. Over a Seq: calls its step and
    /// falls through to the next instruction, which is always the matching IterSeq
    IterNext { iter: Reg, dst: Reg, target: Target },
    /// Takes what a Seq's step gave: dst ← the element, or go to target at the end
    IterSeq { iter: Reg, dst: Reg, target: Target },
    /// As IterNext for `for [a, b] in …`: the two parts of the next element (key and value of a Map); an element that is not
    /// a Vec of two is a pattern error. *Skips the next instruction* likewise
    IterPair { iter: Reg, a: Reg, b: Reg, target: Target },
    /// As IterSeq, for IterPair
    IterSeqPair { iter: Reg, a: Reg, b: Reg, target: Target },

    // ---- collections
    /// dst ← [take base .. base+count]
    VecNew { dst: Reg, base: Reg, count: u16 },
    /// vec.push(take src)
    VecPush { vec: Reg, src: Reg },
    /// vec gets every element of src (anything that `for` can walk, but a Seq)
    VecExtend { vec: Reg, src: Reg },
    /// dst ← #{take base .. base+count}
    SetNew { dst: Reg, base: Reg, count: u16 },
    /// set.insert(take src)
    SetAdd { set: Reg, src: Reg },
    /// set gets every element of src
    SetExtend { set: Reg, src: Reg },
    /// dst ← {names[names]: take base …}: the keys in source order, without duplicates
    MapNew { dst: Reg, base: Reg, names: Idx },
    /// map[take key] ← take value
    MapPut { map: Reg, key: Reg, value: Reg },
    /// map gets every entry of src (a Map)
    MapExtend { map: Reg, src: Reg },

    // ---- access
    /// dst ← a.K[name]; the message of a missing key names the nearest, and hints at a method of that name
    Field { dst: Reg, a: Reg, name: Idx },
    /// dst ← a?.K[name]: null when missing or a is null
    FieldOpt { dst: Reg, a: Reg, name: Idx },
    /// dst ← a[b]. A Range on a Vec or Str slices; a function selects (calls into the library)
    Index { dst: Reg, a: Reg, b: Reg },
    /// dst ← a?[b]
    IndexOpt { dst: Reg, a: Reg, b: Reg },
    /// dst ← a[*]: the elements or values as a Vec
    Each { dst: Reg, a: Reg },
    /// a is a Vec of places already read by a selecting step. dst ← x.K[name] for x in a, flat
    EachField { dst: Reg, a: Reg, name: Idx, optional: bool },
    /// dst ← x[b] for x in a, flat when b selects
    EachIndex { dst: Reg, a: Reg, b: Reg, optional: bool },
    /// dst ← x[*] for x in a, flat
    EachEach { dst: Reg, a: Reg },

    // ---- paths: root is changed in place where unshared; all or nothing. A path with a selecting step calls into the library
    /// dst ← share root.path. With `lenient` a missing last key gives null
    GetPath { dst: Reg, root: Reg, path: Idx, base: Reg, lenient: bool },
    /// dst ← take root.path, leaving null there (only emitted where nobody can see the hole; never for selecting paths)
    TakePath { dst: Reg, root: Reg, path: Idx, base: Reg },
    /// root.path ← take value
    SetPath { root: Reg, path: Idx, base: Reg, value: Reg },
    /// root.path ← root.path op value
    UpdatePath { root: Reg, path: Idx, base: Reg, value: Reg, op: BinaryOp },
    /// root.path ← function(root.path), at each place
    MapPath { root: Reg, path: Idx, base: Reg, function: Reg },
    /// removes root.path
    DeletePath { root: Reg, path: Idx, base: Reg },

    // ---- patterns
    /// go unless a is a Vec of exactly `len` elements (of at least `len` with `open`)
    JumpUnlessVec { a: Reg, len: u16, open: bool, target: Target },
    /// go unless a is a Map (or error value) — with `empty`, an empty one
    JumpUnlessMap { a: Reg, empty: bool, target: Target },
    /// go unless a is types[ty]
    JumpUnlessIs { a: Reg, ty: Idx, target: Target },
    /// go unless a is of the same kind as and within bounds[bounds]
    JumpUnlessWithin { a: Reg, bounds: Idx, target: Target },
    /// dst ← a.K[name], or go when there is no such key
    FieldOrJump { dst: Reg, a: Reg, name: Idx, target: Target },
    /// dst ← a[index], known to exist; negative from the end
    Element { dst: Reg, a: Reg, index: i16 },
    /// dst ← a[from .. len − drop]
    VecRest { dst: Reg, a: Reg, from: u16, drop: u16 },
    /// dst ← a without the keys names[names]
    MapRest { dst: Reg, a: Reg, names: Idx },
    /// error: no arm of `match` fits a
    MatchFail { a: Reg },
    /// error: the pattern at this place does not fit a
    PatternFail { a: Reg },

    // ---- errors
    /// throw take src
    Throw { src: Reg },
    /// error: assertion failed; `message`, `left` and `right` (the sides of the comparison) may be NONE
    AssertFail { message: Reg, left: Reg, right: Reg },

    // ---- traced code only
    /// tells whoever listens that `sites[site]` is reached, or has a value: that of src, unless it is NONE. `root`, unless NONE: the value
    /// that a path read begins with. Costs fuel
    Note { site: u32, src: Reg, root: Reg, moment: Moment },
}

const _: () = assert!(std::mem::size_of::<Op>() <= 12);

impl Op {
    /// Where the instruction may jump to, besides the next one.
    pub fn target_mut(&mut self) -> Option<&mut Target> {
        match self {
            Op::Jump { target }
            | Op::JumpIf { target, .. }
            | Op::JumpIfNot { target, .. }
            | Op::JumpEq { target, .. }
            | Op::JumpNe { target, .. }
            | Op::JumpLt { target, .. }
            | Op::JumpLe { target, .. }
            | Op::JumpEqK { target, .. }
            | Op::JumpNeK { target, .. }
            | Op::JumpLtK { target, .. }
            | Op::JumpLeK { target, .. }
            | Op::JumpGtK { target, .. }
            | Op::JumpGeK { target, .. }
            | Op::JumpNull { target, .. }
            | Op::JumpNotNull { target, .. }
            | Op::JumpSet { target, .. }
            | Op::RangePrep { target, .. }
            | Op::RangeNext { target, .. }
            | Op::IterNext { target, .. }
            | Op::IterSeq { target, .. }
            | Op::IterPair { target, .. }
            | Op::IterSeqPair { target, .. }
            | Op::JumpUnlessVec { target, .. }
            | Op::JumpUnlessMap { target, .. }
            | Op::JumpUnlessIs { target, .. }
            | Op::JumpUnlessWithin { target, .. }
            | Op::FieldOrJump { target, .. } => Some(target),
            _ => None,
        }
    }

    /// The constant that the instruction refers to.
    pub fn constant_mut(&mut self) -> Option<&mut Idx> {
        match self {
            Op::Const { k, .. }
            | Op::AddK { k, .. }
            | Op::SubK { k, .. }
            | Op::MulK { k, .. }
            | Op::DivK { k, .. }
            | Op::IntDivK { k, .. }
            | Op::RemK { k, .. }
            | Op::InK { k, .. }
            | Op::JumpEqK { k, .. }
            | Op::JumpNeK { k, .. }
            | Op::JumpLtK { k, .. }
            | Op::JumpLeK { k, .. }
            | Op::JumpGtK { k, .. }
            | Op::JumpGeK { k, .. }
            | Op::CallMethod { name: k, .. }
            | Op::CallMethodNamed { name: k, .. }
            | Op::CallMethodSpread { name: k, .. }
            | Op::TailCallMethod { name: k, .. }
            | Op::Field { name: k, .. }
            | Op::FieldOpt { name: k, .. }
            | Op::EachField { name: k, .. }
            | Op::FieldOrJump { name: k, .. } => Some(k),
            _ => None,
        }
    }
}
