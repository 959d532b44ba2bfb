//! Vectors: imbl's tree, rpds's trie, and the mutable vector of std as a floor.

use std::hint::black_box;

use crate::value::Value;
use crate::{Answer, Task};

pub type Std = Vec<Value>;

pub trait Vectors: Clone + Default {
    const PERSISTENT: bool = true;
    fn add(&mut self, value: Value);
    fn put(&mut self, index: usize, value: Value);
    fn with(&self, index: usize, value: Value) -> Self;
    fn at(&self, index: usize) -> i64;
    fn count(&self) -> usize;
    fn sum(&self) -> i64;
    /// Both, one after the other, if the implementation can do better than element by element.
    fn concat(&self, other: &Self) -> Option<Self>;
}

impl Vectors for imbl::Vector<Value> {
    fn add(&mut self, value: Value) {
        self.push_back(value);
    }
    fn put(&mut self, index: usize, value: Value) {
        self.set(index, value);
    }
    fn with(&self, index: usize, value: Value) -> Self {
        self.update(index, value)
    }
    fn at(&self, index: usize) -> i64 {
        self[index].int()
    }
    fn count(&self) -> usize {
        self.len()
    }
    fn sum(&self) -> i64 {
        self.iter().map(Value::int).sum()
    }
    fn concat(&self, other: &Self) -> Option<Self> {
        let mut both = self.clone();
        both.append(other.clone());
        Some(both)
    }
}

impl Vectors for rpds::Vector<Value, archery::ArcTK> {
    fn add(&mut self, value: Value) {
        self.push_back_mut(value);
    }
    fn put(&mut self, index: usize, value: Value) {
        self.set_mut(index, value);
    }
    fn with(&self, index: usize, value: Value) -> Self {
        self.set(index, value).unwrap_or_default()
    }
    fn at(&self, index: usize) -> i64 {
        self[index].int()
    }
    fn count(&self) -> usize {
        self.len()
    }
    fn sum(&self) -> i64 {
        self.iter().map(Value::int).sum()
    }
    fn concat(&self, _: &Self) -> Option<Self> {
        None
    }
}

impl Vectors for Std {
    const PERSISTENT: bool = false;
    fn add(&mut self, value: Value) {
        self.push(value);
    }
    fn put(&mut self, index: usize, value: Value) {
        self[index] = value;
    }
    fn with(&self, index: usize, value: Value) -> Self {
        let mut copy = self.clone();
        copy[index] = value;
        copy
    }
    fn at(&self, index: usize) -> i64 {
        self[index].int()
    }
    fn count(&self) -> usize {
        self.len()
    }
    fn sum(&self) -> i64 {
        self.iter().map(Value::int).sum()
    }
    fn concat(&self, other: &Self) -> Option<Self> {
        Some([self.as_slice(), other.as_slice()].concat())
    }
}

fn build<V: Vectors>(size: usize) -> V {
    let mut vector = V::default();
    for i in 0..size {
        vector.add(Value::Int(i as i64));
    }
    vector
}

pub fn run<V: Vectors>(task: &Task) -> Answer {
    let times = 0..task.times;
    let mut sum = 0;
    match task.workload.as_str() {
        "vec_push" => {
            for _ in times {
                sum += black_box(build::<V>(task.size)).count() as i64;
            }
        }
        "vec_versions" if V::PERSISTENT => {
            for _ in times {
                let mut kept = vec![V::default(); 1000];
                let mut vector = V::default();
                for i in 0..task.size {
                    vector.add(Value::Int(i as i64));
                    kept[i % 1000] = vector.clone();
                }
                sum += kept.iter().map(|vector| vector.count() as i64).sum::<i64>();
            }
        }
        "vec_update_live" if V::PERSISTENT => {
            let vector: V = build(task.size);
            let places: Vec<usize> = task.places(100_000).collect();
            for _ in times {
                for &i in &places {
                    sum += black_box(vector.with(i, Value::Int(-1))).at(i);
                }
            }
        }
        "vec_set" => {
            let mut vector: V = build(task.size);
            let places: Vec<usize> = task.places(1_000_000).collect();
            for round in times.map(|round| round + 1) {
                for &i in &places {
                    vector.put(i, Value::Int(round as i64));
                }
            }
            sum = vector.sum();
        }
        "vec_get" => {
            let vector: V = build(task.size);
            let places: Vec<usize> = task.places(1_000_000).collect();
            for _ in times {
                sum += places.iter().map(|&i| vector.at(i)).sum::<i64>();
            }
        }
        "vec_iter" => {
            let vector: V = build(task.size);
            for _ in times {
                sum += black_box(&vector).sum();
            }
        }
        "vec_concat" => {
            let vector: V = build(task.size);
            vector.concat(&V::default())?;
            for _ in times {
                sum += black_box(vector.concat(&vector))?.count() as i64;
            }
        }
        _ => return None,
    }
    Some(sum)
}
