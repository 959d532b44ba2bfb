//! The values of Tansy.
//!
//! A [`Value`] is sixteen bytes: scalars and short strings inline, everything else one pointer to a counted block. Values never
//! change as far as anybody can observe: an update of something shared makes a new version, an update of something unshared
//! happens in place. The machine and the library see collections through [`Vector`], [`Map`] and [`Set`] only; what is behind
//! them is nobody else's business.
//!
//! `unsafe` lives in `heap.rs` and `row.rs` (blocks and their counts), `repr.rs` (the sixteen bytes) and `table/handle.rs` (a pointer to
//! either of two blocks); everything else is safe code.

mod display;
mod equality;
mod error;
mod function;
mod hash;
pub mod heap;
pub mod iter;
mod map;
pub mod number;
mod order;
mod range;
mod repr;
mod row;
mod seq;
mod set;
pub(crate) mod sort;
mod standard;
mod string;
mod table;
mod vector;
pub(crate) mod watch;

pub use display::quote;
pub(crate) use display::{Bounded, DIGITS, spaces, start_of};
pub use error::{ErrorBody, TraceFrame};
pub use function::{Captures, Code, Env, EnvRef, Function, Native};
pub use hash::stable_hash_str;
pub use heap::Ref;
pub use iter::Iter;
pub use map::{Map, MapIter};
pub use num_bigint::BigInt;
pub use number::NumberError;
pub use order::Unorderable;
pub use range::Range;
pub use repr::{Carried, Value};
pub(crate) use repr::{INLINE, Tags};
pub use rust_decimal::Decimal;
pub use seq::SeqBody;
pub use set::{Set, SetIter};
pub use standard::Change;
pub(crate) use table::Keys;
pub use vector::{Vector, VectorIter};

/// The kinds of values. `Int` covers every integer, whatever its size; `Fn` covers native functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Internal: no value.
    Undefined,
    /// `null`
    Null,
    /// `true`, `false`
    Bool,
    /// Integers of any size.
    Int,
    /// IEEE 754 doubles.
    Float,
    /// Exact decimals.
    Decimal,
    /// Text.
    Str,
    /// Vectors.
    Vec,
    /// Maps.
    Map,
    /// Sets.
    Set,
    /// Ranges of integers.
    Range,
    /// Lazy sequences.
    Seq,
    /// Functions.
    Fn,
    /// Errors as `catch` sees them.
    Error,
    /// Objects of the host; scripts know the names of their types.
    Object,
    /// Internal: state of an iteration.
    Iter,
}

impl Kind {
    /// The name that scripts and messages use.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Undefined => "Undefined",
            Kind::Null => "Null",
            Kind::Bool => "Bool",
            Kind::Int => "Int",
            Kind::Float => "Float",
            Kind::Decimal => "Decimal",
            Kind::Str => "Str",
            Kind::Vec => "Vec",
            Kind::Map => "Map",
            Kind::Set => "Set",
            Kind::Range => "Range",
            Kind::Seq => "Seq",
            Kind::Fn => "Fn",
            Kind::Error => "Error",
            Kind::Object => "Object",
            Kind::Iter => "Iter",
        }
    }

    /// Whether values of this kind are numbers.
    pub const fn is_number(self) -> bool {
        matches!(self, Kind::Int | Kind::Float | Kind::Decimal)
    }
}

impl Value {
    /// The name of the value's kind, as `type_of` gives it.
    pub fn type_name(&self) -> &'static str {
        match self.as_object() {
            Some(object) => object.type_name(),
            None => self.kind().name(),
        }
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Value {
        Value::int(n)
    }
}

impl From<f64> for Value {
    fn from(x: f64) -> Value {
        Value::float(x)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::bool(b)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::str(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        string::from_string(text)
    }
}

impl From<BigInt> for Value {
    fn from(n: BigInt) -> Value {
        Value::big(n)
    }
}

impl From<Decimal> for Value {
    fn from(d: Decimal) -> Value {
        Value::decimal(d)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::vec(Vector::from(items))
    }
}

impl From<Vector> for Value {
    fn from(v: Vector) -> Value {
        Value::vec(v)
    }
}

impl From<Map> for Value {
    fn from(m: Map) -> Value {
        Value::map(m)
    }
}

impl From<Set> for Value {
    fn from(s: Set) -> Value {
        Value::set(s)
    }
}

impl From<Range> for Value {
    fn from(r: Range) -> Value {
        Value::range(r)
    }
}

#[cfg(test)]
mod tests;
