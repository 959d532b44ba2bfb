//! The machine of Tansy: persistent values and what runs bytecode over them.

pub mod fault;
pub mod json;
pub mod native;
pub mod value;
