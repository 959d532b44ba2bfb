//! Tests of values. Property tests compare with the standard library's collections and with exact arithmetic on big numbers.

mod collections;
mod deep;
mod memory;
mod numbers;
mod order;
mod text;
mod versions;

use super::{Map, Set, Value, Vector};

/// Ints as values.
fn ints(items: impl IntoIterator<Item = i64>) -> Vec<Value> {
    items.into_iter().map(Value::int).collect()
}

fn vector(items: impl IntoIterator<Item = i64>) -> Vector {
    ints(items).into()
}

/// The same items in a tree: after many changes while others hold the vector, which has more than a hundred items.
fn in_a_tree(v: &Vector) -> Vector {
    let mut tree = v.clone();
    for at in 0..100 {
        let item = tree.get_mut(at).expect("there are many items").take();
        tree.set(at, item);
    }
    tree
}

fn set(items: impl IntoIterator<Item = i64>) -> Set {
    Set::from_elements(ints(items)).expect("ints are orderable")
}

fn map(entries: &[(&str, i64)]) -> Map {
    entries.iter().map(|(k, v)| (*k, Value::int(*v))).collect()
}

fn dec(text: &str) -> Value {
    Value::decimal(text.parse().expect("a decimal"))
}

/// Runs on a thread with a stack of 512 KiB.
fn on_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(test);
    thread.expect("a thread starts").join().expect("the test passes");
}
