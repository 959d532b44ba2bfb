//! The bodies of functions as values.

use std::sync::Arc;

use super::Value;
use super::heap::{Charge, Ref};

/// What a function's code is called; the machine's compiled module takes this place.
#[derive(Debug)]
pub struct Code {
    /// The name that reports show.
    pub name: String,
}

/// The names of a module as a function value sees them.
#[derive(Debug)]
pub struct Env {}

/// A native function: one row of the library's table.
#[derive(Debug)]
pub struct Native {
    /// The name scripts use.
    pub name: &'static str,
}

/// A function written in Tansy.
#[derive(Debug)]
pub struct Function {
    /// The module it was compiled in.
    pub code: Arc<Code>,
    /// Which of the module's prototypes it runs.
    pub prototype: u32,
    /// The captured values, if any.
    pub captures: Option<Ref<Captures>>,
    /// The version of the module's names it sees.
    pub env: Option<Arc<Env>>,
}

impl Function {
    /// The name that `print` shows, without `fn`.
    pub(crate) fn name(&self) -> &str {
        &self.code.name
    }

    /// Whether both come from the same place in the same code. With equal captures they are equal functions.
    pub(crate) fn same_place(&self, other: &Function) -> bool {
        Arc::ptr_eq(&self.code, &other.code) && self.prototype == other.prototype
    }

    /// A number that orders places of code, for an order that is total but not stable between runs.
    pub(crate) fn place(&self) -> (usize, u32) {
        (Arc::as_ptr(&self.code).addr(), self.prototype)
    }

    /// The captured values.
    pub(crate) fn captured(&self) -> &[Value] {
        self.captures.as_ref().map_or(&[], |c| &c.values)
    }
}

/// Captured values, shared by the functions of one group.
#[derive(Debug)]
pub struct Captures {
    values: Box<[Value]>,
    _charge: Charge,
}

impl Captures {
    /// Captures in the order the prototype expects.
    pub fn new(values: impl Into<Box<[Value]>>) -> Captures {
        let values = values.into();
        let charge = Charge::new(size_of_val(&*values));
        Captures { values, _charge: charge }
    }

    /// The captured values.
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}
