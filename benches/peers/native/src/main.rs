//! The workloads of `persistent/` on native collections: `native IMPL WORKLOAD SIZE TIMES` does one and prints its answer.
//! Values are dynamic and take 16 bytes, as in an interpreter; hashing is fast and not keyed. With TIMES 0 it only
//! prepares what the workload works on. Status 3: this implementation does not have the workload.

use std::process::exit;

mod maps;
mod nested;
mod sets;
mod value;
mod vectors;

use value::{Fx, Value};

/// What a workload is given, and the scattered keys that all of them use.
pub struct Task {
    pub workload: String,
    pub size: usize,
    pub times: usize,
}

impl Task {
    /// Distinct keys from `from` on, in no order: no structure is to gain from dense ones.
    pub fn keys(&self, from: usize) -> Vec<Value> {
        (from..from + self.size)
            .map(|i| Value::Int((i * 2_654_435_761 % (1 << 32)) as i64))
            .collect()
    }

    /// `count` places below the size, far from each other.
    pub fn places(&self, count: usize) -> impl Iterator<Item = usize> + use<> {
        let size = self.size;
        (0..count).map(move |j| j * 7919 % size)
    }
}

/// `None` when the implementation does not have the workload.
pub type Answer = Option<i64>;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [name, workload, size, times] = args.as_slice() else {
        eprintln!("usage: native imbl|imbl-ord|rpds|std WORKLOAD SIZE TIMES");
        exit(2)
    };
    let (Ok(size), Ok(times)) = (size.parse(), times.parse()) else {
        eprintln!("SIZE and TIMES are numbers");
        exit(2)
    };
    let task = Task { workload: workload.clone(), size, times };
    let answer = match (name.as_str(), workload.split('_').next()) {
        ("imbl", Some("map")) => maps::run::<
            imbl::GenericHashMap<Value, Value, Fx, imbl::shared_ptr::DefaultSharedPtr>,
        >(&task),
        ("imbl-ord", Some("map")) => maps::run::<imbl::OrdMap<Value, Value>>(&task),
        ("rpds", Some("map")) => {
            maps::run::<rpds::HashTrieMap<Value, Value, archery::ArcTK, Fx>>(&task)
        }
        ("std", Some("map")) => maps::run::<maps::Std>(&task),
        ("imbl", Some("vec")) => vectors::run::<imbl::Vector<Value>>(&task),
        ("rpds", Some("vec")) => vectors::run::<rpds::Vector<Value, archery::ArcTK>>(&task),
        ("std", Some("vec")) => vectors::run::<vectors::Std>(&task),
        ("imbl", Some("set")) => {
            sets::run::<imbl::GenericHashSet<Value, Fx, imbl::shared_ptr::DefaultSharedPtr>>(&task)
        }
        ("imbl-ord", Some("set")) => sets::run::<imbl::OrdSet<Value>>(&task),
        ("std", Some("set")) => sets::run::<sets::Std>(&task),
        ("imbl", Some("nested")) => nested::run(&task),
        _ => None,
    };
    match answer {
        Some(answer) => println!("{answer}"),
        None => exit(3),
    }
}
