//! Applying changes.

use super::{Change, Op};
use crate::argument::{Answer, missing_key, out_of_range, place, take, unorderable, vector};
use tansy_runtime::fault::{Fault, Limit, describe, short};
use tansy_runtime::native::Context;
use tansy_runtime::value::{Kind, Value};

pub(crate) fn patch(cx: &mut Context, args: &mut [Value]) -> Answer {
    let list = vector(cx, args, 1, "changes")?.clone();
    let mut root = take(args, 0);
    for item in list.iter() {
        let change = read_change(cx, item)?;
        apply(cx, &mut root, &change)?;
    }
    Ok(root)
}

fn read_change(cx: &Context, item: &Value) -> Result<Change, Fault> {
    let wrong =
        || Fault::argument(cx.name(), "changes", "a Vec of changes {path, op, old, new}", item);
    let map = item.as_map().ok_or_else(wrong)?;
    let path = map.get_str("path").and_then(Value::as_vec).ok_or_else(wrong)?;
    let op = match map.get_str("op").and_then(Value::as_str) {
        Some("add") => Op::Add,
        Some("remove") => Op::Remove,
        Some("replace") => Op::Replace,
        _ => return Err(wrong()),
    };
    let part = |name| map.get_str(name).cloned().unwrap_or(Value::NULL);
    Ok(Change { path: path.iter().cloned().collect(), op, old: part("old"), new: part("new") })
}

pub(super) fn apply(cx: &mut Context, root: &mut Value, change: &Change) -> Result<(), Fault> {
    cx.charge(change.path.len() + 1)?;
    let Some((last, way)) = change.path.split_last() else {
        *root = change.new.clone();
        return Ok(());
    };
    let mut at = root;
    for key in way {
        at = step(at, key)?;
    }
    let new = change.new.clone();
    match at.kind() {
        Kind::Map => {
            if let Some(map) = at.as_map_mut() {
                if change.op != Op::Add && !map.contains(last) {
                    return Err(missing_key(map, last));
                }
                match change.op {
                    Op::Remove => drop(map.remove(last)),
                    Op::Add | Op::Replace => {
                        map.insert(last.clone(), new).map_err(|e| unorderable(cx, last, e))?;
                    }
                }
            }
        }
        Kind::Set => {
            if let Some(set) = at.as_set_mut() {
                match change.op {
                    Op::Remove => drop(set.remove(last)),
                    Op::Add | Op::Replace => {
                        set.insert(last.clone()).map_err(|e| unorderable(cx, last, e))?;
                    }
                }
            }
        }
        Kind::Vec => {
            if let Some(items) = at.as_vec_mut() {
                let len = items.len();
                if change.op != Op::Replace {
                    cx.charge(len / 16)?;
                }
                let i = last.as_int().ok_or_else(|| no_step(&Value::vec(items.clone()), last))?;
                let done = match (change.op, place(i, len)) {
                    (Op::Add, _) if i == len as i64 => items.insert(len, new),
                    (Op::Add, Some(i)) => items.insert(i, new),
                    (Op::Replace, Some(i)) => items.set(i, new).is_some(),
                    (Op::Remove, Some(i)) => items.remove(i).is_some(),
                    (_, None) => false,
                };
                if !done {
                    return Err(out_of_range(i, len));
                }
            }
        }
        _ => return Err(no_step(at, last)),
    }
    Ok(())
}

/// One step down, for changing.
fn step<'a>(at: &'a mut Value, key: &Value) -> Result<&'a mut Value, Fault> {
    let fault = match (at.as_map(), at.as_vec(), key.as_int()) {
        (Some(map), _, _) if map.contains(key) => None,
        (Some(map), _, _) => Some(missing_key(map, key)),
        (_, Some(items), Some(i)) if place(i, items.len()).is_some() => None,
        (_, Some(items), Some(i)) => Some(out_of_range(i, items.len())),
        _ => Some(no_step(at, key)),
    };
    if let Some(fault) = fault {
        return Err(fault);
    }
    let found = match at.kind() {
        Kind::Map => at.as_map_mut().and_then(|map| map.get_mut(key)),
        Kind::Vec => at.as_vec_mut().and_then(|items| {
            let i = place(key.as_int()?, items.len())?;
            items.get_mut(i)
        }),
        _ => None,
    };
    // Without room for a version of its own the run ends.
    found.ok_or_else(|| Fault::Limit(Limit::Memory))
}

fn no_step(at: &Value, key: &Value) -> Fault {
    Fault::new("type-error", format!("{} has nothing at {}", describe(at), short(key)))
}
