//! A dynamic value of 16 bytes: what an interpreter keeps in its collections.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub type Fx = rustc_hash::FxBuildHasher;
pub type Map = imbl::GenericHashMap<Value, Value, Fx, imbl::shared_ptr::DefaultSharedPtr>;

#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Int(i64),
    Float(f64),
    Str(Arc<String>),
    Map(Arc<Map>),
}

const _: () = assert!(size_of::<Value>() == 16);

impl Value {
    pub fn str(text: &str) -> Value {
        Value::Str(Arc::new(text.to_owned()))
    }

    /// The integer, or 0.
    pub fn int(&self) -> i64 {
        if let Value::Int(int) = self { *int } else { 0 }
    }

    fn rank(&self) -> u8 {
        match self {
            Value::Null => 0,
            Value::Int(_) => 1,
            Value::Float(_) => 2,
            Value::Str(_) => 3,
            Value::Map(_) => 4,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::Map(a), Value::Map(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Value::Int(int) => state.write_i64(*int),
            Value::Float(float) => state.write_u64(float.to_bits()),
            Value::Str(text) => text.hash(state),
            // Maps are no keys here.
            Value::Null | Value::Map(_) => state.write_u8(self.rank()),
        }
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
            (Value::Str(a), Value::Str(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Value) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
