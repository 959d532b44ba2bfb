//! One interface over both sides, so that every measurement is one text.

use tansy::{Map, Set, Value, Vector};

use crate::native::{self, Dynamic};

/// A persistent map of Ints to Ints.
pub trait AMap: Clone + PartialEq + 'static {
    const NAME: &'static str;
    fn new() -> Self;
    fn insert(&mut self, key: i64, value: i64);
    fn get(&self, key: i64) -> Option<i64>;
    fn remove(&mut self, key: i64);
    fn sum(&self) -> i64;
}

impl AMap for Map {
    const NAME: &'static str = "tansy";
    fn new() -> Map {
        Map::new()
    }
    fn insert(&mut self, key: i64, value: i64) {
        let _ = Map::insert(self, Value::int(key), Value::int(value));
    }
    fn get(&self, key: i64) -> Option<i64> {
        Map::get(self, &Value::int(key))?.as_int()
    }
    fn remove(&mut self, key: i64) {
        Map::remove(self, &Value::int(key));
    }
    fn sum(&self) -> i64 {
        self.iter().fold(0, |sum, (k, v)| {
            sum ^ k.as_int().unwrap_or(0).wrapping_add(v.as_int().unwrap_or(0))
        })
    }
}

macro_rules! native_map {
    ($type:ty, $name:literal) => {
        impl AMap for $type {
            const NAME: &'static str = $name;
            fn new() -> Self {
                Self::default()
            }
            fn insert(&mut self, key: i64, value: i64) {
                Self::insert(self, Dynamic::Int(key), Dynamic::Int(value));
            }
            fn get(&self, key: i64) -> Option<i64> {
                Self::get(self, &Dynamic::Int(key)).map(Dynamic::int)
            }
            fn remove(&mut self, key: i64) {
                Self::remove(self, &Dynamic::Int(key));
            }
            fn sum(&self) -> i64 {
                self.iter().fold(0, |sum, (k, v)| sum ^ k.int().wrapping_add(v.int()))
            }
        }
    };
}

native_map!(native::HashMap, "imbl hash");
native_map!(native::OrdMap, "imbl ord");

/// A persistent vector of Ints.
pub trait AVector: Clone + 'static {
    const NAME: &'static str;
    fn new() -> Self;
    fn push(&mut self, value: i64);
    fn set(&mut self, index: usize, value: i64);
    fn get(&self, index: usize) -> Option<i64>;
    fn sum(&self) -> i64;
    fn append(&mut self, other: Self);
}

impl AVector for Vector {
    const NAME: &'static str = "tansy";
    fn new() -> Vector {
        Vector::new()
    }
    fn push(&mut self, value: i64) {
        Vector::push(self, Value::int(value));
    }
    fn set(&mut self, index: usize, value: i64) {
        Vector::set(self, index, Value::int(value));
    }
    fn get(&self, index: usize) -> Option<i64> {
        Vector::get(self, index)?.as_int()
    }
    fn sum(&self) -> i64 {
        self.iter().fold(0, |sum, v| sum ^ v.as_int().unwrap_or(0))
    }
    fn append(&mut self, other: Vector) {
        Vector::append(self, other);
    }
}

impl AVector for native::Vector {
    const NAME: &'static str = "imbl";
    fn new() -> Self {
        Self::new()
    }
    fn push(&mut self, value: i64) {
        self.push_back(Dynamic::Int(value));
    }
    fn set(&mut self, index: usize, value: i64) {
        Self::set(self, index, Dynamic::Int(value));
    }
    fn get(&self, index: usize) -> Option<i64> {
        Self::get(self, index).map(Dynamic::int)
    }
    fn sum(&self) -> i64 {
        self.iter().fold(0, |sum, v| sum ^ v.int())
    }
    fn append(&mut self, other: Self) {
        Self::append(self, other);
    }
}

/// A persistent set of Ints.
pub trait ASet: Clone + 'static {
    const NAME: &'static str;
    fn new() -> Self;
    fn insert(&mut self, element: i64);
    fn contains(&self, element: i64) -> bool;
    fn union(self, other: Self) -> Self;
    fn intersection(self, other: Self) -> Self;
    fn len(&self) -> usize;
}

impl ASet for Set {
    const NAME: &'static str = "tansy";
    fn new() -> Set {
        Set::new()
    }
    fn insert(&mut self, element: i64) {
        let _ = Set::insert(self, Value::int(element));
    }
    fn contains(&self, element: i64) -> bool {
        Set::contains(self, &Value::int(element))
    }
    fn union(mut self, other: Set) -> Set {
        Set::union(&mut self, other);
        self
    }
    fn intersection(mut self, other: Set) -> Set {
        Set::intersection(&mut self, &other);
        self
    }
    fn len(&self) -> usize {
        Set::len(self)
    }
}

macro_rules! native_set {
    ($type:ty, $name:literal) => {
        impl ASet for $type {
            const NAME: &'static str = $name;
            fn new() -> Self {
                Self::default()
            }
            fn insert(&mut self, element: i64) {
                Self::insert(self, Dynamic::Int(element));
            }
            fn contains(&self, element: i64) -> bool {
                Self::contains(self, &Dynamic::Int(element))
            }
            fn union(self, other: Self) -> Self {
                Self::union(self, other)
            }
            fn intersection(self, other: Self) -> Self {
                Self::intersection(self, other)
            }
            fn len(&self) -> usize {
                Self::len(self)
            }
        }
    };
}

native_set!(native::HashSet, "imbl hash");
native_set!(native::OrdSet, "imbl ord");
