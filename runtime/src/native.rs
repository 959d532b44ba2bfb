//! Native functions: rows in a table, and the registry that scripts are linked against.
//!
//! A row is one built-in: a free function (`print`), a member of a module (`math.sqrt`), a method of a type (`Vec.push`).
//! Its body is a Rust function, or a Tansy function of the same name in the file that its table names: whatever takes a
//! function is written in Tansy, so no native ever calls back into the machine.

use crate::fault::{Fault, Limit};
use crate::value::{Kind, Value};
use smol_str::SmolStr;

/// A native body. The arguments are the callee's own (it may `take` them); a missing optional one is `Undefined`. A rest parameter
/// arrives as the remaining elements of the slice. Cost beyond O(1) must be charged with [`Context::charge`], and large results announced with
/// [`Context::reserve`] before they are made.
pub type NativeFn = fn(&mut Context<'_>, &mut [Value]) -> Result<Value, Fault>;

/// One built-in.
#[derive(Clone, Copy)]
pub struct Row {
    /// The parameter list as shown to people, without the receiver: `(width, fill = " ")`, `(...values)`. A parameter with ` = ` is optional.
    /// The name stands before it: `pad(width, fill = " ")`. A constant has no parentheses: `pi`.
    pub signature: &'static str,
    /// What it does, in a sentence or two; cost where it is not O(1).
    pub doc: &'static str,
    /// A program whose lines with `// → value` are checked by the tests.
    pub example: &'static str,
    /// How it is done.
    pub body: Body,
}

/// How a built-in is done.
#[derive(Clone, Copy)]
pub enum Body {
    /// In Rust.
    Native(NativeFn),
    /// In Rust, and it has an effect besides its result.
    Effect(NativeFn),
    /// In Tansy: the function of the same name in the table's `script` (for a method, the receiver is its first parameter).
    Script,
}

/// The built-ins of one place.
#[derive(Clone, Copy)]
pub struct Table {
    /// Where they live.
    pub place: Place,
    /// One sentence about the place, for the reference.
    pub doc: &'static str,
    /// The Tansy half, if any: file name (for traces) and text.
    pub script: Option<(&'static str, &'static str)>,
    /// The rows.
    pub rows: &'static [Row],
}

/// Where built-ins live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In scope by name. Names that begin with `__` are visible to the library's own Tansy half only.
    Global,
    /// `module.name`
    Module(&'static str),
    /// Methods of the values of a kind.
    Type(Kind),
    /// Methods of every value.
    Any,
}

impl Row {
    /// The name alone: the signature up to its parenthesis.
    pub fn name(&self) -> &'static str {
        self.signature.split('(').next().unwrap_or(self.signature)
    }
}

/// What a native may use of the running machine.
pub struct Context<'a> {
    /// Steps left in this slice; below zero, the machine settles with the bank.
    pub(crate) fuel: &'a mut i64,
    /// Steps left beyond this slice.
    pub(crate) bank: i64,
    /// Bytes that may still be allocated.
    pub(crate) memory_left: u64,
    /// Where `print` goes.
    pub(crate) output: &'a mut dyn FnMut(&str) -> Result<(), Limit>,
    /// The name under which the native was called, for messages.
    pub(crate) name: SmolStr,
}

impl Context<'_> {
    /// Charges for `steps` elementary steps (an element visited, some ten bytes copied), before they are done.
    #[inline]
    pub fn charge(&mut self, steps: usize) -> Result<(), Fault> {
        *self.fuel = self.fuel.saturating_sub(i64::try_from(steps).unwrap_or(i64::MAX));
        if self.fuel.saturating_add(self.bank) < 0 { Err(Fault::Limit(Limit::Fuel)) } else { Ok(()) }
    }

    /// Announces a result of about `bytes` bytes; refuses it when the memory limit would be passed.
    pub fn reserve(&mut self, bytes: u64) -> Result<(), Fault> {
        if bytes > self.memory_left { Err(Fault::Limit(Limit::Memory)) } else { Ok(()) }
    }

    /// The most bits a big integer may have here.
    pub fn max_bits(&self) -> u64 {
        self.memory_left.saturating_mul(4).min(1 << 26)
    }

    /// Prints.
    pub fn print(&mut self, text: &str) -> Result<(), Fault> {
        (self.output)(text).map_err(Fault::Limit)
    }

    /// The name under which the native was called, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }
}
