//! What the compiler may know of the names that are in scope without being declared: built-in functions, modules and methods.
//!
//! The tables are made by whoever owns the builtins (the standard library, the host); the compiler uses them to resolve
//! names, order named arguments, report unknown names with the nearest ones, and notice results thrown away.

use smol_str::SmolStr;
use std::collections::BTreeMap;

/// The shape of a native function's parameter list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Signature {
    /// In order.
    pub parameters: Vec<Parameter>,
    /// The last parameter takes any number of arguments.
    pub rest: bool,
    /// As shown to people: `pad(text, width, fill = " ")`.
    pub text: String,
    /// It has no effect but its result (everything but `print` and what the host says).
    pub pure: bool,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: SmolStr,
    /// May be left out.
    pub optional: bool,
}

/// A member of a module.
#[derive(Debug, Clone, PartialEq)]
pub enum Member {
    /// `math.sqrt`
    Function(Signature),
    /// `math.pi`
    Constant,
}

/// A method of a type.
#[derive(Debug, Clone, PartialEq)]
pub struct Method {
    /// The type it belongs to: `Vec`.
    pub receiver: &'static str,
    /// Without the receiver.
    pub signature: Signature,
}

/// Everything in scope without a declaration.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// `print`, `min`.
    pub functions: BTreeMap<SmolStr, Signature>,
    /// `math` → `sqrt`, `pi`.
    pub modules: BTreeMap<SmolStr, BTreeMap<SmolStr, Member>>,
    /// `push` → its versions by type.
    pub methods: BTreeMap<SmolStr, Vec<Method>>,
}
