//! The machine of Tansy: persistent values and what runs bytecode over them.
//!
//! `unsafe` lives in `value/heap.rs` and `value/repr.rs` (the representation of values), in `code/block.rs` (loaded code in one counted
//! block), in `host/held.rs` (objects of the host) and in `vm/` (unchecked registers of verified code).

mod access;
pub mod buffer;
mod code;
pub mod convert;
mod engine;
mod error;
pub mod explain;
pub mod fault;
pub mod files;
mod foreign;
mod format;
pub mod grants;
pub mod host;
pub mod json;
mod limits;
mod link;
pub mod native;
mod operators;
mod path;
pub mod profile;
mod program;
pub mod random;
mod session;
pub mod value;
mod verify;
mod vm;

pub use engine::{CompileOptions, Engine, LIBRARY, Loaded, Loader, NoLoader, Print};
pub use error::{CompileError, Error, RunError, SessionError};
pub use explain::{Explanation, Traced};
pub use grants::{Grants, Randomness, Variables};
pub use limits::{Limit, Limits, Stats};
pub use profile::Profile;
pub use program::{Execution, Function, Inputs, Output, Program, Run, TestInfo};
pub use session::Session;
pub use value::TraceFrame;
