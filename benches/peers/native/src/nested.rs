//! Maps in maps: one number at the end of a path of four keys.

use std::hint::black_box;
use std::sync::Arc;

use crate::value::{Map, Value};
use crate::{Answer, Task};

fn map(entries: impl IntoIterator<Item = (Value, Value)>) -> Value {
    Value::Map(Arc::new(entries.into_iter().collect()))
}

fn record(fields: &[(&str, Value)]) -> Value {
    map(fields.iter().map(|(name, value)| (Value::str(name), value.clone())))
}

fn user() -> Value {
    let address = record(&[
        ("street", Value::str("Main Street")),
        ("zip", Value::Int(0)),
        ("city", Value::str("Springfield")),
    ]);
    record(&[("name", Value::str("name")), ("age", Value::Int(36)), ("address", address)])
}

/// One more at the end of the path, in place where nobody else holds a part of it.
fn add(value: &mut Value, path: &[&Value]) {
    match (value, path) {
        (Value::Int(count), []) => *count += 1,
        (Value::Map(map), [key, rest @ ..]) => {
            if let Some(inner) = Arc::make_mut(map).get_mut(*key) {
                add(inner, rest);
            }
        }
        _ => {}
    }
}

/// The same as a new version.
fn added(value: &Value, path: &[&Value]) -> Value {
    match (value, path) {
        (Value::Int(count), []) => Value::Int(count + 1),
        (Value::Map(map), [key, rest @ ..]) => match map.get(*key) {
            Some(inner) => Value::Map(Arc::new(map.update((*key).clone(), added(inner, rest)))),
            None => value.clone(),
        },
        _ => value.clone(),
    }
}

fn zips(root: &Value) -> i64 {
    fn at<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
        let Value::Map(map) = value else { return None };
        map.get(&Value::str(key))
    }
    let Some(Value::Map(users)) = at(root, "users") else { return 0 };
    let zip =
        |user| at(user, "address").and_then(|address| at(address, "zip")).map_or(0, Value::int);
    let users: &Map = users;
    users.values().map(zip).sum()
}

pub fn run(task: &Task) -> Answer {
    let names: Vec<Value> = (0..task.size).map(|i| Value::str(&format!("user{i}"))).collect();
    let users = map(names.iter().map(|name| (name.clone(), user())));
    let mut root = record(&[("version", Value::Int(1)), ("users", users)]);
    let [users, address, zip] = ["users", "address", "zip"].map(Value::str);
    let places: Vec<usize> = task.places(200_000).collect();
    let mut sum = 0;
    for _ in 0..task.times {
        for &i in &places {
            let path = [&users, &names[i], &address, &zip];
            match task.workload.as_str() {
                "nested_update" => add(&mut root, &path),
                "nested_update_func" => root = added(&root, &path),
                "nested_update_live" => {
                    sum += i64::from(matches!(black_box(added(&root, &path)), Value::Map(_)))
                }
                _ => return None,
            }
        }
    }
    Some(sum + zips(&root))
}
