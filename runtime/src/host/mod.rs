//! What a host adds to the language: functions, objects, and how they speak with the script.
//!
//! A [`HostFunction`] is a value; scripts call it like any other function. It gets a [`Call`], through which it reads its arguments,
//! prints, and calls back into the script. A [`HostObject`] is a Rust value that scripts hold, with fields and methods that are
//! read when a script asks for them.
//!
//! A host's function may fail (its error gets the script's trace), panic (the run ends with an error; the machine and the program stay
//! usable), call the script that called it, and be called from several threads at once.

mod call;
mod function;
mod held;
mod loan;
#[doc(hidden)]
pub mod methods;
mod object;
mod part;
mod typed;

pub use call::Call;
pub use function::{Body, BodyApart, HostBody, HostFunction, Later};
pub use held::Object;
pub use object::HostObject;
pub(crate) use part::gather;
pub use part::{AsPart, Part};
pub use typed::{
    Argument, Arguments, HostFn, Names, Parameters, Rest, Return, WithCall, WithFuture,
};

use crate::code::Callee;
use crate::value::Value;
use smol_str::SmolStr;
use std::collections::{BTreeMap, HashMap};
use tansy_lang::library::{Host, Member};

/// Everything that one engine's host adds, by full name: `discount`, `shop.price`.
#[derive(Clone, Default)]
pub struct HostTable {
    pub(crate) names: Host,
    values: HashMap<SmolStr, Callee>,
    /// Why it cannot be used.
    pub(crate) broken: Option<String>,
}

impl HostTable {
    /// Whether it adds and withholds nothing.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
            && self.broken.is_none()
            && self.names.only.is_none()
            && self.names.types.is_empty()
    }

    /// Adds a function under its own name, which may be `module.name`.
    pub fn function(&mut self, function: HostFunction) {
        let signature = function.signature.clone();
        let name = function.name.clone();
        match name.split_once('.') {
            Some((module, member)) => {
                self.module(module).insert(member.into(), Member::Function(signature));
            }
            None => {
                self.names.functions.insert(name.clone(), signature);
            }
        }
        self.values.insert(name, Callee::Host(Value::host_function(function)));
    }

    /// Notes a mistake in what was added; no program compiles then. The first one counts.
    pub fn mistake(&mut self, why: String) {
        self.broken.get_or_insert(why);
    }

    /// Adds a constant `module.name`.
    pub fn constant(&mut self, module: &str, name: &str, value: Value) {
        self.module(module).insert(name.into(), Member::Constant);
        let full = format!("{module}.{name}");
        self.values.insert(full.into(), Callee::Constant(value));
    }

    /// Makes the name of a type of objects known to `is`.
    pub fn object_type(&mut self, name: &str) {
        self.names.types.insert(name.into());
    }

    /// Offers these modules of the library only.
    pub fn only(&mut self, modules: impl IntoIterator<Item = SmolStr>) {
        self.names.only = Some(modules.into_iter().collect());
    }

    /// The full names of what the host adds, in order.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.values.keys().map(SmolStr::as_str).collect();
        names.sort_unstable();
        names
    }

    fn module(&mut self, name: &str) -> &mut BTreeMap<SmolStr, Member> {
        self.names.modules.entry(name.into()).or_default()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Callee> {
        self.values.get(name)
    }
}
