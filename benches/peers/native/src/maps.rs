//! Maps: imbl's hash map and ordered map, rpds, and the mutable map of std as a floor.

use std::collections::HashMap;
use std::hint::black_box;

use crate::value::{Fx, Map, Value};
use crate::{Answer, Task};

pub type Std = HashMap<Value, Value, Fx>;

pub trait Maps: Clone + Default + PartialEq {
    const PERSISTENT: bool = true;
    fn put(&mut self, key: Value, value: Value);
    fn with(&self, key: Value, value: Value) -> Self;
    fn at(&self, key: &Value) -> Option<&Value>;
    fn at_mut(&mut self, key: &Value) -> Option<&mut Value>;
    fn take_out(&mut self, key: &Value);
    fn count(&self) -> usize;
    fn sum(&self) -> i64;
}

macro_rules! maps {
    ($type:ty, $put:ident, $with:ident, $get_mut:ident, $remove:ident) => {
        impl Maps for $type {
            fn put(&mut self, key: Value, value: Value) {
                self.$put(key, value);
            }
            fn with(&self, key: Value, value: Value) -> Self {
                self.$with(key, value)
            }
            fn at(&self, key: &Value) -> Option<&Value> {
                self.get(key)
            }
            fn at_mut(&mut self, key: &Value) -> Option<&mut Value> {
                self.$get_mut(key)
            }
            fn take_out(&mut self, key: &Value) {
                self.$remove(key);
            }
            fn count(&self) -> usize {
                if let (low, Some(_)) = self.iter().size_hint() { low } else { 0 }
            }
            fn sum(&self) -> i64 {
                self.iter().map(|(key, value)| key.int() + value.int()).sum()
            }
        }
    };
}
maps!(Map, insert, update, get_mut, remove);
maps!(imbl::OrdMap<Value, Value>, insert, update, get_mut, remove);
maps!(rpds::HashTrieMap<Value, Value, archery::ArcTK, Fx>, insert_mut, insert, get_mut, remove_mut);

impl Maps for Std {
    const PERSISTENT: bool = false;
    fn put(&mut self, key: Value, value: Value) {
        self.insert(key, value);
    }
    fn with(&self, key: Value, value: Value) -> Self {
        let mut copy = self.clone();
        copy.insert(key, value);
        copy
    }
    fn at(&self, key: &Value) -> Option<&Value> {
        self.get(key)
    }
    fn at_mut(&mut self, key: &Value) -> Option<&mut Value> {
        self.get_mut(key)
    }
    fn take_out(&mut self, key: &Value) {
        self.remove(key);
    }
    fn count(&self) -> usize {
        self.len()
    }
    fn sum(&self) -> i64 {
        self.iter().map(|(key, value)| key.int() + value.int()).sum()
    }
}

fn build<M: Maps>(keys: &[Value]) -> M {
    let mut map = M::default();
    for key in keys {
        map.put(key.clone(), Value::Int(1));
    }
    map
}

pub fn run<M: Maps>(task: &Task) -> Answer {
    let keys = task.keys(0);
    let times = 0..task.times;
    let mut sum = 0;
    match task.workload.as_str() {
        "map_build" => {
            for _ in times {
                sum += black_box(build::<M>(&keys)).count() as i64;
            }
        }
        "map_build_func" if M::PERSISTENT => {
            for _ in times {
                let map =
                    keys.iter().fold(M::default(), |map, key| map.with(key.clone(), Value::Int(1)));
                sum += black_box(map).count() as i64;
            }
        }
        "map_versions" if M::PERSISTENT => {
            for _ in times {
                let mut kept = vec![M::default(); 1000];
                let mut map = M::default();
                for (i, key) in keys.iter().enumerate() {
                    map.put(key.clone(), Value::Int(1));
                    kept[i % 1000] = map.clone();
                }
                sum += kept.iter().map(|map| map.count() as i64).sum::<i64>();
            }
        }
        "map_update_live" if M::PERSISTENT => {
            let map: M = build(&keys);
            let probes: Vec<Value> = task.places(100_000).map(|i| keys[i].clone()).collect();
            for _ in times {
                for key in &probes {
                    sum += black_box(map.with(key.clone(), Value::Int(2)))
                        .at(key)
                        .map_or(0, Value::int);
                }
            }
        }
        "map_hit" => {
            let map: M = build(&keys);
            let probes: Vec<Value> = task.places(100_000).map(|i| keys[i].clone()).collect();
            for _ in times {
                sum += probes.iter().map(|key| map.at(key).map_or(0, Value::int)).sum::<i64>();
            }
        }
        "map_miss" => {
            let map: M = build(&keys);
            let absent = task.keys(task.size);
            let probes: Vec<Value> = task.places(100_000).map(|i| absent[i].clone()).collect();
            for _ in times {
                sum += probes.iter().filter(|key| map.at(key).is_none()).count() as i64;
            }
        }
        "map_update_all" => {
            let mut map: M = build(&keys);
            for _ in times {
                for key in &keys {
                    if let Some(Value::Int(count)) = map.at_mut(key) {
                        *count += 1;
                    }
                }
            }
            sum = map.sum();
        }
        "map_delete_half" => {
            let mut map: M = build(&keys);
            for _ in times {
                for key in keys.iter().step_by(2) {
                    map.take_out(key);
                }
            }
            sum = map.count() as i64;
        }
        "map_iter" => {
            let map: M = build(&keys);
            for _ in times {
                sum += black_box(&map).sum();
            }
        }
        "map_equal" => {
            let one: M = build(&keys);
            let other: M = build(&keys);
            for _ in times {
                sum += i64::from(black_box(&one) == black_box(&other));
            }
        }
        _ => return None,
    }
    Some(sum)
}
