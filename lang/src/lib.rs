//! The front end of Tansy: source text to bytecode. It knows no runtime value.
//!
//! `source → lexer → layout → parser (grammar.lalrpop) → ast → resolve → compile → bytecode`

#![forbid(unsafe_code)]

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

/// Runs a step of a recursive pass with enough native stack, growing it where little is left.
///
/// Passes over the tree recurse through this at every expression, pattern, type and block; the parser's nesting limit bounds how
/// often. On targets that cannot grow the stack it just calls.
#[inline]
pub fn deep<R>(step: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, step)
}
