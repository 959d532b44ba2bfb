//! Tansy: a small embedded scripting language whose maps, vectors and sets are persistent by default.
//!
//! Values never change: an update makes a new version that shares structure with the old one. So a host can compile a
//! [`Program`] once, run it from many threads, and keep, compare and share every [`Value`] it gives.
//!
//! ```
//! use tansy::{Engine, value};
//!
//! let engine = Engine::new();
//! let rule = engine.compile_with_inputs("free-shipping", "order.total > 50 and order.weight < 20", &["order"])?;
//! let order = value!({ total: 62.5, weight: 3 });
//! assert_eq!(rule.run(&[("order", order)])?, true);
//! # Ok::<(), tansy::Error>(())
//! ```
//!
//! # Where things are
//!
//! - An [`Engine`] says what scripts can use; [`EngineBuilder`] adds functions ([`EngineBuilder::function`]), [`Limits`], grants and imports.
//! - A [`Program`] is a compiled text. [`Program::run`] gives its value, [`Program::call`] calls one of its functions, and
//!   [`Program::start`] a [`Run`] that can be interrupted, awaited, measured and explained.
//! - A [`Value`] is what goes in and comes out: made by [`value!`](macro@value), [`to_value`] (serde) and [`IntoValue`] (the derive), read in place
//!   (`order["items"][0]`) or by [`from_value`] and [`FromValue`]. [`Map`], [`Vector`] and [`Set`] are the persistent collections themselves.
//! - A [`HostObject`] is a Rust value that scripts use as it is, shared or lent for a run ([`Value::lend`]); [`Call`] is how functions of the
//!   host call back.
//! - [`Error`] is any of [`CompileError`], [`RunError`] and [`ConvertError`], all of them data with places.
//! - [`config`] has layered configuration with hot reload, [`Session`] a program that grows entry by entry.
//!
//! [`ast`], [`lexer`], [`parser`], [`spell`], [`heap`] and the tables of the library serve tools, and may change in any version.
//!
//! # Features
//!
//! `serde` (on by default): conversion of everything that implements serde's traits, and [`config`]. `derive`:
//! `#[derive(FromValue, IntoValue, HostObject)]` and `#[methods]`. Neither changes what a script means.

#![forbid(unsafe_code)]
#![cfg_attr(not(feature = "serde"), allow(rustdoc::broken_intra_doc_links))]

#[cfg(feature = "serde")]
pub mod config;
mod engine;
mod files;

pub use engine::{Engine, EngineBuilder, check_library};
pub use files::FileLoader;
#[cfg(feature = "derive")]
pub use tansy_derive::{FromValue, HostObject, IntoValue, methods};
pub use tansy_lang::ast::{Element, Entry, Expr, ExprKind};
pub use tansy_lang::diagnostic::{Diagnostic, Diagnostics, Label, Severity};
pub use tansy_lang::library::{Library, Member, Signature};
pub use tansy_lang::source::{Source, Span};
pub use tansy_lang::{arena, ast, lexer, parser, spell};
#[doc(inline)]
pub use tansy_runtime::convert::value;
pub use tansy_runtime::convert::{ConvertError, FromValue, IntoValue, Path, Step};
#[cfg(feature = "serde")]
pub use tansy_runtime::convert::{from_value, to_value};
pub use tansy_runtime::fault::Fault;
pub use tansy_runtime::files::Access;
pub use tansy_runtime::host::{
    Argument, Arguments, AsPart, Call, HostFn, HostFunction, HostObject, Part, Rest, Return,
};
pub use tansy_runtime::native::{Body, Native, Place, Registry, Row, Table};
pub use tansy_runtime::value::{
    BigInt, Change, Decimal, Kind, Map, Range, Set, TraceFrame, Value, Vector, heap,
};
pub use tansy_runtime::{
    CompileError, CompileOptions, Error, Execution, Explanation, Function, Grants, Inputs, LIBRARY,
    Limit, Limits, Loaded, Loader, NoLoader, Output, Print, Profile, Program, Randomness, Run,
    RunError, Session, SessionError, Stats, TestInfo, Traced, Variables, explain, json, profile,
};

/// The built-ins of the standard library, as data: for reference pages, `:doc` and completion.
pub fn tables() -> &'static [Table] {
    tansy_stdlib::tables()
}

/// What derived code calls.
#[doc(hidden)]
pub mod __private {
    pub use tansy_runtime::convert::support::*;
    pub use tansy_runtime::host::methods;
}

/// The Rust program of the README runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// So does that of the guide to explanations.
#[cfg(doctest)]
#[doc = include_str!("../docs/explain.md")]
struct Explain;

/// And that of the guide to embedding, which shows the derives, too.
#[cfg(all(doctest, feature = "derive"))]
#[doc = include_str!("../docs/embedding.md")]
struct Embedding;
