//! The other side: imbl's collections with sixteen-byte dynamic values, as a Rust program with such values would hold them.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use imbl::shared_ptr::DefaultSharedPtr;
use rustc_hash::FxBuildHasher;

/// A dynamic value of sixteen bytes.
#[derive(Clone, PartialEq, Eq)]
pub enum Dynamic {
    Int(i64),
    Str(Arc<String>),
    Map(Arc<HashMap>),
}

const _: () = assert!(size_of::<Dynamic>() == 16);

pub type HashMap = imbl::GenericHashMap<Dynamic, Dynamic, FxBuildHasher, DefaultSharedPtr>;
pub type OrdMap = imbl::OrdMap<Dynamic, Dynamic>;
pub type HashSet = imbl::GenericHashSet<Dynamic, FxBuildHasher, DefaultSharedPtr>;
pub type OrdSet = imbl::OrdSet<Dynamic>;
pub type Vector = imbl::Vector<Dynamic>;

impl Dynamic {
    pub fn int(&self) -> i64 {
        match self {
            Dynamic::Int(n) => *n,
            _ => 0,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Dynamic::Int(_) => 0,
            Dynamic::Str(_) => 1,
            Dynamic::Map(_) => 2,
        }
    }
}

impl Hash for Dynamic {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        match self {
            Dynamic::Int(n) => hasher.write_i64(*n),
            Dynamic::Str(text) => text.hash(hasher),
            Dynamic::Map(map) => hasher.write_usize(map.len()),
        }
    }
}

impl PartialOrd for Dynamic {
    fn partial_cmp(&self, other: &Dynamic) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Dynamic {
    fn cmp(&self, other: &Dynamic) -> Ordering {
        match (self, other) {
            (Dynamic::Int(a), Dynamic::Int(b)) => a.cmp(b),
            (Dynamic::Str(a), Dynamic::Str(b)) => a.cmp(b),
            // No map is a key here.
            (Dynamic::Map(a), Dynamic::Map(b)) => a.len().cmp(&b.len()),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }
}
