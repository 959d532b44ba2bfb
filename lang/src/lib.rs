//! The front end of Tansy: source text to bytecode. It knows no runtime value.
//!
//! `source → lexer → layout → parser (grammar.lalrpop) → ast → resolve → compile → bytecode`

#![forbid(unsafe_code)]

pub mod arena;
pub mod ast;
pub mod bytecode;
pub mod compile;
pub mod diagnostic;
pub mod disassemble;
pub mod layout;
pub mod lexer;
pub mod library;
mod liveness;
pub mod parser;
pub mod source;
pub mod spell;
pub mod token;

pub use liveness::loops_are_apart;

/// Runs a step of a recursive pass with enough native stack, growing it where little is left.
///
/// Passes over the tree recurse through this or [`descend`] at every expression, pattern, type and block; the parser's nesting limit
/// bounds how often. On targets that cannot grow the stack it just calls.
#[inline]
pub fn deep<R>(step: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(RESERVE, 1024 * 1024, step)
}

/// [`deep`] for a step into a tree of this height, which costs nothing where that is low.
///
/// Asking how much stack is left is not free, and the first time in a process it is dear (it may read a file of the system's): a low
/// tree is walked within the reserve that is kept for it.
#[inline]
pub(crate) fn descend<R>(height: u32, step: impl FnOnce() -> R) -> R {
    if height <= LOW { step() } else { deep(step) }
}

/// The height of trees that are walked without asking for the stack.
const LOW: u32 = 6;
/// Bytes of native stack that a step finds at least: enough for a tree of height [`LOW`], in unoptimised builds too.
const RESERVE: usize = 192 * 1024;
