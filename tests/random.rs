//! x
mod reference;
