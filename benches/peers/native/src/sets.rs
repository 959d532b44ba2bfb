//! Sets: imbl's hash set and ordered set, and the mutable set of std as a floor.

use std::collections::HashSet;
use std::hint::black_box;

use crate::value::{Fx, Value};
use crate::{Answer, Task};

pub type Std = HashSet<Value, Fx>;

pub trait Sets: FromIterator<Value> {
    fn unite(&self, other: &Self) -> Self;
    fn intersect(&self, other: &Self) -> Self;
    fn count(&self) -> usize;
}

macro_rules! sets {
    ($type:ty) => {
        impl Sets for $type {
            fn unite(&self, other: &Self) -> Self {
                self.clone().union(other.clone())
            }
            fn intersect(&self, other: &Self) -> Self {
                self.clone().intersection(other.clone())
            }
            fn count(&self) -> usize {
                self.len()
            }
        }
    };
}
sets!(imbl::GenericHashSet<Value, Fx, imbl::shared_ptr::DefaultSharedPtr>);
sets!(imbl::OrdSet<Value>);

impl Sets for Std {
    fn unite(&self, other: &Self) -> Self {
        self | other
    }
    fn intersect(&self, other: &Self) -> Self {
        self & other
    }
    fn count(&self) -> usize {
        self.len()
    }
}

/// Two sets that share half of their elements.
pub fn run<S: Sets>(task: &Task) -> Answer {
    let one: S = task.keys(0).into_iter().collect();
    let other: S = task.keys(task.size / 2).into_iter().collect();
    let combine = match task.workload.as_str() {
        "set_union" => S::unite,
        "set_intersection" => S::intersect,
        _ => return None,
    };
    Some((0..task.times).map(|_| black_box(combine(&one, &other)).count() as i64).sum())
}
