//! Finding the changes between two versions.

use super::{Change, Op};
use crate::argument::{Answer, get, unorderable, vector_bytes};
use std::cmp::Ordering;
use tansy_runtime::buffer::Items;
use tansy_runtime::fault::Fault;
use tansy_runtime::native::Context;
use tansy_runtime::value::heap::Charge;
use tansy_runtime::value::{Kind, Map, Set, Value, Vector};

/// So deep in a value, elements of Vecs of different lengths are compared whole to find where they differ. Below, only by identity, which keeps the
/// cost linear.
const COMPARED: usize = 32;

/// A place in the tree of places, with the place it belongs to; number 0 is the root.
struct Places(Items<(usize, usize, Value)>);

impl Places {
    /// The place `key` below another.
    fn below(&mut self, parent: usize, key: Value) -> Result<usize, Fault> {
        let depth = self.depth(parent) + 1;
        self.0.push((parent, depth, key))?;
        Ok(self.0.as_slice().len() - 1)
    }

    fn depth(&self, place: usize) -> usize {
        self.0.as_slice().get(place).map_or(0, |(_, depth, _)| *depth)
    }

    fn path(&self, mut place: usize) -> Vec<Value> {
        let mut path = Vec::with_capacity(self.depth(place));
        while place != 0 {
            let Some((parent, _, key)) = self.0.as_slice().get(place) else { break };
            path.push(key.clone());
            place = *parent;
        }
        path.reverse();
        path
    }
}

/// Something still to be looked at.
enum Task {
    /// Two values at one place.
    Compare(usize, Value, Value),
    /// A change found.
    Found(usize, Op, Value, Value),
}

/// The changes found, and what counts their bytes as long as they are needed.
pub(super) struct Changes {
    pub(super) list: Vec<Change>,
    held: Charge,
}

pub(super) fn changes(cx: &mut Context, old: &Value, new: &Value) -> Result<Changes, Fault> {
    let mut places = Places(Items::from_vec(vec![(0, 0, Value::NULL)]));
    let mut tasks = Items::from_vec(vec![Task::Compare(0, old.clone(), new.clone())]);
    let mut found = Items::new();
    let mut held = cx.hold(0)?;
    let mut paths = 0;
    while let Some(task) = tasks.as_mut_vec().pop() {
        cx.charge(1)?;
        match task {
            Task::Found(place, op, old, new) => {
                cx.charge(places.depth(place))?;
                cx.reserve(places.depth(place) as u64 * 16)?;
                paths += places.depth(place) * size_of::<Value>();
                held.set(paths);
                found.push(Change { path: places.path(place), op, old, new })?;
            }
            Task::Compare(place, old, new) => {
                let begin = tasks.as_slice().len();
                if shallow_same(&old, &new) {
                    continue;
                } else if let (Some(a), Some(b)) = (old.as_map(), new.as_map()) {
                    maps(cx, &mut places, place, a, b, &mut tasks)?;
                } else if let (Some(a), Some(b)) = (old.as_set(), new.as_set()) {
                    sets(cx, &mut places, place, a, b, &mut tasks)?;
                } else if let (Some(a), Some(b)) = (old.as_vec(), new.as_vec()) {
                    vectors(cx, &mut places, place, a, b, &mut tasks)?;
                } else {
                    tasks.push(Task::Found(place, Op::Replace, old, new))?;
                }
                // The stack gives the last one first.
                if let Some(pushed) = tasks.as_mut_slice().get_mut(begin..) {
                    pushed.reverse();
                }
            }
        }
    }
    let list = found.into_vec();
    held.set(paths + list.capacity() * size_of::<Change>());
    Ok(Changes { list, held })
}

fn maps(
    cx: &mut Context,
    places: &mut Places,
    place: usize,
    a: &Map,
    b: &Map,
    tasks: &mut Items<Task>,
) -> Result<(), Fault> {
    if let Some(differences) = a.tree_diff(b) {
        for (key, old, new) in differences {
            cx.charge(4)?;
            let at = places.below(place, key.clone())?;
            tasks.push(match (old, new) {
                (Some(old), Some(new)) => Task::Compare(at, old.clone(), new.clone()),
                (Some(old), None) => Task::Found(at, Op::Remove, old.clone(), Value::NULL),
                (None, new) => {
                    let new = new.cloned().unwrap_or(Value::NULL);
                    Task::Found(at, Op::Add, Value::NULL, new)
                }
            })?;
        }
        return Ok(());
    }
    cx.charge(a.len() + b.len())?;
    let (mut olds, mut news) = (a.iter().peekable(), b.iter().peekable());
    loop {
        let order = match (olds.peek(), news.peek()) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((k, _)), Some((l, _))) => k.compare(l).map_err(|e| unorderable(cx, k, e))?,
        };
        match order {
            Ordering::Less => {
                if let Some((k, v)) = olds.next() {
                    let at = places.below(place, k.clone())?;
                    tasks.push(Task::Found(at, Op::Remove, v.clone(), Value::NULL))?;
                }
            }
            Ordering::Greater => {
                if let Some((k, v)) = news.next() {
                    let at = places.below(place, k.clone())?;
                    tasks.push(Task::Found(at, Op::Add, Value::NULL, v.clone()))?;
                }
            }
            Ordering::Equal => {
                if let (Some((_, v)), Some((k, w))) = (olds.next(), news.next())
                    && !shallow_same(v, w)
                {
                    let at = places.below(place, k.clone())?;
                    tasks.push(Task::Compare(at, v.clone(), w.clone()))?;
                }
            }
        }
    }
}

fn sets(
    cx: &mut Context,
    places: &mut Places,
    place: usize,
    a: &Set,
    b: &Set,
    tasks: &mut Items<Task>,
) -> Result<(), Fault> {
    cx.charge((a.len() + b.len()) * 2)?;
    for x in a.iter().filter(|x| !b.contains(x)) {
        let at = places.below(place, x.clone())?;
        tasks.push(Task::Found(at, Op::Remove, x.clone(), Value::NULL))?;
    }
    for x in b.iter().filter(|x| !a.contains(x)) {
        let at = places.below(place, x.clone())?;
        tasks.push(Task::Found(at, Op::Add, Value::NULL, x.clone()))?;
    }
    Ok(())
}

/// Whether two values can be told to be identical at a glance.
fn shallow_same(a: &Value, b: &Value) -> bool {
    match (a.address(), b.address()) {
        (Some(a), Some(b)) if a == b => true,
        _ => !opens(a) && a.identical(b),
    }
}

/// Whether a value is a collection whose inside is looked at.
fn opens(value: &Value) -> bool {
    matches!(value.kind(), Kind::Vec | Kind::Map | Kind::Set)
}

fn vectors(
    cx: &mut Context,
    places: &mut Places,
    place: usize,
    a: &Vector,
    b: &Vector,
    tasks: &mut Items<Task>,
) -> Result<(), Fault> {
    cx.charge(a.len() + b.len())?;
    let deep = places.depth(place) < COMPARED;
    let alike = |x: &Value, y: &Value| {
        shallow_same(x, y) || (deep && opens(x) && x.kind() == y.kind() && x.identical(y))
    };
    // Where the lengths are the same, elements correspond by index; otherwise a run between a common beginning and a common
    // end was replaced.
    let (mut front, mut back) = (0, 0);
    let shorter = a.len().min(b.len());
    if a.len() != b.len() {
        front = a.iter().zip(b.iter()).take_while(|(x, y)| alike(x, y)).count();
        let ends = a.iter().rev().zip(b.iter().rev());
        back = ends.take(shorter - front).take_while(|(x, y)| alike(x, y)).count();
    }
    let (a_end, b_end) = (a.len() - back, b.len() - back);
    let common = front..a_end.min(b_end);
    for i in common.clone() {
        if let (Some(x), Some(y)) = (a.get(i), b.get(i))
            && !shallow_same(x, y)
        {
            let at = places.below(place, Value::int(i as i64))?;
            tasks.push(Task::Compare(at, x.clone(), y.clone()))?;
        }
    }
    for i in (common.end..a_end).rev() {
        let at = places.below(place, Value::int(i as i64))?;
        let old = a.get(i).cloned().unwrap_or(Value::NULL);
        tasks.push(Task::Found(at, Op::Remove, old, Value::NULL))?;
    }
    for i in common.end..b_end {
        let at = places.below(place, Value::int(i as i64))?;
        let new = b.get(i).cloned().unwrap_or(Value::NULL);
        tasks.push(Task::Found(at, Op::Add, Value::NULL, new))?;
    }
    Ok(())
}

pub(crate) fn diff(cx: &mut Context, args: &mut [Value]) -> Answer {
    let Changes { list, held } = changes(cx, get(args, 0), get(args, 1))?;
    // A Map of four, and the Vec of the path, whose items are there.
    cx.reserve(list.len() as u64 * (16 + 64 + 4 * 32 + vector_bytes(0)))?;
    let mut out = Items::from_vec(Vec::with_capacity(list.len()));
    for change in list {
        out.push(change.into_value())?;
    }
    drop(held);
    Ok(Value::from(out))
}
