//! The bodies of functions as values.
//!
//! A function holds the version of its module's names that was current when it was made; names are persistent too, so no
//! cycle of functions and modules can exist, and a function stands alone wherever it is kept.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::Value;
use super::heap::{Charge, Ref};
use crate::code::LoadedCode;

pub use crate::code::Code;
pub use crate::native::Native;

/// A version of a module's environment: the values of its slots.
#[derive(Debug, Default)]
pub struct Env {
    /// Which run of the module it belongs to; versions of one run share it.
    pub run: u64,
    /// By slot; an unset one is Undefined.
    slots: Vec<Value>,
    charge: Charge,
}

/// A counted pointer to an environment. It has no weak ones beside it, so asking whether it is the only one changes nothing.
pub type EnvRef = triomphe::Arc<Env>;

impl Clone for Env {
    fn clone(&self) -> Env {
        let charge = Charge::new(self.slots.len() * size_of::<Value>());
        Env { run: self.run, slots: self.slots.clone(), charge }
    }
}

impl Env {
    /// The environment of a unit that has none.
    pub fn empty() -> Env {
        Env::default()
    }

    /// An environment whose slots are all unset.
    pub(crate) fn new(run: u64, slots: usize) -> Env {
        let charge = Charge::new(slots * size_of::<Value>());
        Env { run, slots: vec![Value::UNDEFINED; slots], charge }
    }

    /// The value of a slot, if it is set.
    #[inline]
    pub fn get(&self, slot: usize) -> Option<&Value> {
        self.slots.get(slot).filter(|v| !v.is_undefined())
    }

    /// Makes an environment that nobody else holds another one.
    pub(crate) fn renew(&mut self, run: u64, slots: usize) {
        self.run = run;
        self.slots.resize(slots, Value::UNDEFINED);
        self.charge.set(slots * size_of::<Value>());
    }

    /// Gives up all values.
    pub(crate) fn clear(&mut self) {
        self.slots.clear();
        self.charge.set(0);
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn set(&mut self, slot: usize, value: Value) {
        if self.slots.len() <= slot {
            self.slots.resize(slot + 1, Value::UNDEFINED);
            self.charge.set(self.slots.len() * size_of::<Value>());
        }
        self.slots[slot] = value;
    }
}

/// A function written in Tansy.
#[derive(Debug)]
pub struct Function {
    /// The module it was compiled in.
    pub code: Arc<Code>,
    /// Which of the module's prototypes it runs: where that stands in the code.
    pub(crate) at: u32,
    /// The captured values, if any.
    pub captures: Option<Ref<Captures>>,
    /// The version of the module's names it sees.
    pub env: Option<EnvRef>,
    /// In which instance of its code it ran last, as the machine that ran it says it (see `vm`).
    pub(crate) home: AtomicU64,
}

/// The home of a function that has not run.
const NOWHERE: u64 = u64::MAX;

impl Function {
    pub(crate) fn new(
        code: Arc<Code>,
        prototype: u32,
        captures: Option<Ref<Captures>>,
        env: Option<EnvRef>,
    ) -> Function {
        let (at, home) = (LoadedCode::place(prototype), AtomicU64::new(NOWHERE));
        Function { code, at, captures, env, home }
    }

    /// The number of the prototype it runs.
    pub(crate) fn prototype(&self) -> usize {
        LoadedCode::number(self.at)
    }

    /// The name that `print` shows, without `fn`.
    pub(crate) fn name(&self) -> &str {
        self.code.name(self.prototype())
    }

    /// The number of parameters that must be given.
    pub fn required(&self) -> usize {
        let prototype = self.code.prototypes().get(self.prototype());
        prototype.map_or(0, |p| p.required.into())
    }

    /// Whether both come from the same place in the same code. With equal captures they are equal functions.
    pub(crate) fn same_place(&self, other: &Function) -> bool {
        self.code.is(&other.code) && self.at == other.at
    }

    /// A number that orders places of code, for an order that is total but not stable between runs.
    pub(crate) fn place(&self) -> (usize, u32) {
        (self.code.address(), self.at)
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
