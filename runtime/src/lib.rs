//! The machine of Tansy: persistent values and what runs bytecode over them.
//!
//! `unsafe` lives in `value/heap.rs` and `value/repr.rs` (the representation of values) and in `vm/` (unchecked
//! registers of verified code).

mod access;
pub mod buffer;
mod code;
mod engine;
pub mod fault;
mod format;
pub mod json;
mod limits;
pub mod native;
mod operators;
mod path;
pub mod profile;
pub mod value;
mod verify;
mod vm;

pub use engine::{
    CompileError, CompileOptions, Engine, LIBRARY, Loaded, Loader, NoLoader, Output, Program, Run,
    RunError, Session, SessionError, TestInfo,
};
pub use limits::{Limit, Limits, Stats};
pub use profile::Profile;
pub use value::TraceFrame;
