//! `diff`, `patch` and `merge`: the changes between versions.
//!
//! A change has a path of keys and indices. The changes of one Vec come in an order in which they can be applied one after the
//! other: replacements first, then insertions from the front or removals from the back. Everything here walks with explicit
//! stacks, so that the depth of a value does not matter; collections that both versions share are not opened.

mod diff;
mod merge;
mod patch;

pub(crate) use diff::diff;
pub(crate) use merge::merge;
pub(crate) use patch::patch;

use tansy_runtime::value::{Map, Value};

/// What happens at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Op {
    Add,
    Remove,
    Replace,
}

impl Op {
    fn name(self) -> &'static str {
        match self {
            Op::Add => "add",
            Op::Remove => "remove",
            Op::Replace => "replace",
        }
    }
}

/// One difference.
#[derive(Clone, Debug)]
struct Change {
    path: Vec<Value>,
    op: Op,
    old: Value,
    new: Value,
}

impl Change {
    fn into_value(self) -> Value {
        let mut map = Map::new();
        map.insert_str("path", Value::from(self.path));
        map.insert_str("op", Value::str(self.op.name()));
        map.insert_str("old", self.old);
        map.insert_str("new", self.new);
        Value::map(map)
    }
}
