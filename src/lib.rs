//! Tansy: a small embedded scripting language whose maps, vectors and sets are persistent by default.
//!
//! Values never change: an update makes a new version that shares structure with the old one. So a host can compile a
//! [`Program`] once, run it from many threads, and keep, compare and share every [`Value`] it gives.
//!
//! ```
//! use tansy::{Engine, Value};
//!
//! let engine = Engine::new();
//! let program = engine.compile_with(
//!     tansy::Source::new("total.tansy", "order.items.map(|i| i.price * i.qty).sum()"),
//!     &tansy::CompileOptions { inputs: vec!["order".into()], exports: false },
//! )?;
//! let order = engine.eval("{items: [{price: 9.50d, qty: 2}, {price: 1d, qty: 3}]}")?;
//! assert_eq!(program.run(&[("order", order)])?.to_string(), "22.00d");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod files;

pub use files::FileLoader;
pub use tansy_lang::ast::{Element, Entry, Expr, ExprKind};
pub use tansy_lang::diagnostic::{Diagnostic, Diagnostics, Label, Severity};
pub use tansy_lang::library::{Library, Member, Signature};
pub use tansy_lang::source::{Source, Span};
pub use tansy_lang::{ast, lexer, parser, spell};
pub use tansy_runtime::native::{Body, Native, Place, Registry, Row, Table};
pub use tansy_runtime::value::{Kind, Map, Set, TraceFrame, Value, Vector, heap};
pub use tansy_runtime::{
    CompileError, CompileOptions, Explanation, LIBRARY, Limit, Limits, Loaded, Loader, NoLoader,
    Output, Profile, Program, Run, RunError, Session, SessionError, Stats, TestInfo, Traced,
    explain, json, profile,
};

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// The built-ins of the standard library, as data: for reference pages, `:doc` and completion.
pub fn tables() -> &'static [Table] {
    tansy_stdlib::tables()
}

fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<&'static Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| Registry::new(tables()))
}

/// Compiles programs over the standard library. Cheap to clone; shared by all threads. What it can do beyond making itself is
/// on [`tansy_runtime::Engine`], to which it derefs.
#[derive(Clone)]
pub struct Engine(tansy_runtime::Engine);

impl Engine {
    /// An engine with the default [`Limits`] and no imports.
    pub fn new() -> Engine {
        Engine::builder().build()
    }

    /// An engine to be set up.
    pub fn builder() -> EngineBuilder {
        EngineBuilder { limits: Limits::default(), loader: Arc::new(NoLoader), take: true }
    }

    /// Compiles and runs a text.
    pub fn eval(&self, text: &str) -> Result<Value, EvalError> {
        let program = self.compile("<eval>", text).map_err(EvalError::Compile)?;
        program.run(&[]).map_err(EvalError::Run)
    }
}

impl Default for Engine {
    fn default() -> Engine {
        Engine::new()
    }
}

impl Deref for Engine {
    type Target = tansy_runtime::Engine;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// Sets up an [`Engine`].
pub struct EngineBuilder {
    limits: Limits,
    loader: Arc<dyn Loader>,
    take: bool,
}

impl EngineBuilder {
    /// What each run may use.
    pub fn limits(mut self, limits: Limits) -> EngineBuilder {
        self.limits = limits;
        self
    }

    /// Where imports come from; nowhere by default.
    pub fn loader(mut self, loader: impl Loader + 'static) -> EngineBuilder {
        self.loader = Arc::new(loader);
        self
    }

    /// Whether the last use of a name moves its value, so that updates happen in place; on by default. Off, programs give the
    /// same results, slower: for tests.
    pub fn take(mut self, take: bool) -> EngineBuilder {
        self.take = take;
        self
    }

    /// The engine.
    pub fn build(self) -> Engine {
        Engine(tansy_runtime::Engine::with(registry(), self.limits, self.loader, self.take))
    }
}

/// Why [`Engine::eval`] gave no value.
#[derive(Debug, Clone)]
pub enum EvalError {
    /// The text does not compile.
    Compile(CompileError),
    /// It failed while running.
    Run(RunError),
}

impl std::fmt::Display for EvalError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            EvalError::Compile(e) => e.fmt(f),
            EvalError::Run(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for EvalError {}

/// Checks that the library's own Tansy half compiles; for tests.
pub fn check_library() -> Result<(), String> {
    registry().check()
}

/// The Rust program of the README runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// So does that of the guide to explanations.
#[cfg(doctest)]
#[doc = include_str!("../docs/explain.md")]
struct Explain;
