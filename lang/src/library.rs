//! What the compiler may know of the names that are in scope without being declared: built-in functions, modules and methods.
//!
//! The tables are made by whoever owns the builtins (the standard library, the host); the compiler uses them to resolve
//! names, order named arguments, report unknown names with the nearest ones, and notice results thrown away.

use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::sync::LazyLock;

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

/// Everything in scope without a declaration. Each part is made when it is first looked at: few programs need them all.
pub struct Library {
    /// `print`, `min`.
    pub functions: Part<Signature>,
    /// `math` → `sqrt`, `pi`.
    pub modules: Part<BTreeMap<SmolStr, Member>>,
    /// `push` → its versions by type.
    pub methods: Part<Vec<Method>>,
}

/// A part of a [`Library`], by name.
pub type Part<T> = LazyLock<BTreeMap<SmolStr, T>, Box<dyn FnOnce() -> BTreeMap<SmolStr, T> + Send>>;

impl Library {
    /// A library whose parts are made by these functions, each called at most once.
    pub fn lazy(
        functions: impl FnOnce() -> BTreeMap<SmolStr, Signature> + Send + 'static,
        modules: impl FnOnce() -> BTreeMap<SmolStr, BTreeMap<SmolStr, Member>> + Send + 'static,
        methods: impl FnOnce() -> BTreeMap<SmolStr, Vec<Method>> + Send + 'static,
    ) -> Library {
        Library {
            functions: LazyLock::new(Box::new(functions)),
            modules: LazyLock::new(Box::new(modules)),
            methods: LazyLock::new(Box::new(methods)),
        }
    }
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").finish_non_exhaustive()
    }
}
