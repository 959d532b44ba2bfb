//! Placeholder: the real module is about to replace this file.
use crate::{
    ast::Module,
    bytecode::{Slot, Unit},
    diagnostic::Diagnostic,
    library::Library,
    source::Source,
};
use smol_str::SmolStr;
use std::sync::Arc;
#[allow(missing_docs)]
pub enum Mode<'a> {
    Program,
    Repl(&'a [Slot]),
    Library,
}
#[allow(missing_docs)]
pub struct Options<'a> {
    pub library: &'a Library,
    pub mode: Mode<'a>,
    pub inputs: &'a [SmolStr],
    pub take: bool,
    pub exports: bool,
}
#[allow(missing_docs)]
pub struct Compiled {
    pub unit: Unit,
    pub warnings: Vec<Diagnostic>,
}
#[allow(missing_docs)]
pub fn compile(_m: &Module, _s: Arc<Source>, _o: &Options) -> Result<Compiled, Vec<Diagnostic>> {
    Err(vec![])
}
