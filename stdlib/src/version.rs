//! `diff`, `patch` and `merge`: the changes between versions.
//!
//! A change has a path of keys and indices. The changes of one Vec come in an order in which they can be applied one after the
//! other: replacements first, then insertions from the front or removals from the back. Everything here walks with explicit
//! stacks, so that the depth of a value does not matter; collections that both versions share are not opened.

use crate::argument::{
    Answer, VECTOR, get, missing_key, out_of_range, place, take, unorderable, vector,
};
use crate::global::at_path;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use tansy_runtime::buffer::Items;
use tansy_runtime::fault::{Fault, describe};
use tansy_runtime::native::Context;
use tansy_runtime::value::heap::Charge;
use tansy_runtime::value::{Kind, Map, Set, Value, Vector};

/// So deep in a value, elements of Vecs of different lengths are compared whole to find where they differ. Below, only by identity, which keeps the
/// cost linear.
const COMPARED: usize = 32;

/// What happens at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Op {
    Add,
    Remove,
    Replace,
}

impl Op {
    fn name(self) -> &'static str {
        match self {
            Op::Add => "add",
            Op::Remove => "remove",
            Op::Replace => "replace",
        }
    }
}

/// One difference.
#[derive(Clone, Debug)]
struct Change {
    path: Vec<Value>,
    op: Op,
    old: Value,
    new: Value,
}

impl Change {
    fn into_value(self) -> Value {
        let mut map = Map::new();
        map.insert_str("path", Value::from(self.path));
        map.insert_str("op", Value::str(self.op.name()));
        map.insert_str("old", self.old);
        map.insert_str("new", self.new);
        Value::map(map)
    }
}

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
struct Changes {
    list: Vec<Change>,
    held: Charge,
}

fn changes(cx: &mut Context, old: &Value, new: &Value) -> Result<Changes, Fault> {
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
    cx.reserve(list.len() as u64 * (16 + 64 + 4 * 32 + VECTOR))?;
    let mut out = Items::from_vec(Vec::with_capacity(list.len()));
    for change in list {
        out.push(change.into_value())?;
    }
    drop(held);
    Ok(Value::from(out))
}

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

fn apply(cx: &mut Context, root: &mut Value, change: &Change) -> Result<(), Fault> {
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
        (Some(map), _, _) if !map.contains(key) => missing_key(map, key),
        (_, Some(items), Some(i)) if place(i, items.len()).is_none() => {
            out_of_range(i, items.len())
        }
        _ => no_step(at, key),
    };
    let found = match at.kind() {
        Kind::Map => at.as_map_mut().and_then(|map| map.get_mut(key)),
        Kind::Vec => at.as_vec_mut().and_then(|items| {
            let i = place(key.as_int()?, items.len())?;
            items.get_mut(i)
        }),
        _ => None,
    };
    found.ok_or(fault)
}

fn no_step(at: &Value, key: &Value) -> Fault {
    Fault::new("type-error", format!("{} has nothing at {key}", describe(at)))
}

/// The places that one side changed: a tree by path.
struct Touched(Vec<Node>, Charge);

/// The bytes of a node with what it holds, about.
const NODE: usize = 400;

#[derive(Default)]
struct Node {
    children: BTreeMap<Step, usize>,
    /// The change at this very place, unless it moved the elements of a Vec.
    change: Option<usize>,
    /// Changes that move the elements of this Vec.
    moves: Vec<usize>,
    /// Beyond which index elements were moved.
    moved_from: Option<i64>,
}

/// A key in the order of `cmp`.
#[derive(Clone)]
struct Step(Value);

impl PartialEq for Step {
    fn eq(&self, other: &Step) -> bool {
        self.0 == other.0
    }
}
impl Eq for Step {}
impl PartialOrd for Step {
    fn partial_cmp(&self, other: &Step) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Step {
    fn cmp(&self, other: &Step) -> Ordering {
        // Paths of changes consist of keys, which are orderable.
        self.0.compare(&other.0).unwrap_or(Ordering::Equal)
    }
}

impl Touched {
    fn new(cx: &mut Context, base: &Value, changes: &[Change]) -> Result<Touched, Fault> {
        let mut tree = Touched(vec![Node::default()], cx.hold(NODE)?);
        for (number, change) in changes.iter().enumerate() {
            cx.charge(change.path.len() * 2 + 1)?;
            cx.reserve((change.path.len() * NODE) as u64)?;
            let moves = moves(base, change);
            let length = change.path.len() - usize::from(moves.is_some());
            let mut at = 0;
            for key in change.path.iter().take(length) {
                at = tree.child(at, key);
            }
            tree.1.set(tree.0.capacity() * NODE);
            if let Some(node) = tree.0.get_mut(at) {
                match moves {
                    None => node.change = Some(number),
                    Some(i) => {
                        node.moves.push(number);
                        node.moved_from = Some(node.moved_from.map_or(i, |from| from.min(i)));
                    }
                }
            }
        }
        Ok(tree)
    }

    fn child(&mut self, at: usize, key: &Value) -> usize {
        let next = self.0.len();
        let Some(node) = self.0.get_mut(at) else { return 0 };
        let child = *node.children.entry(Step(key.clone())).or_insert(next);
        if child == next {
            self.0.push(Node::default());
        }
        child
    }

    fn node(&self, at: usize) -> Option<&Node> {
        self.0.get(at)
    }

    fn find(&self, path: &[Value]) -> Option<&Node> {
        let mut at = 0;
        for key in path {
            at = *self.node(at)?.children.get(&Step(key.clone()))?;
        }
        self.node(at)
    }
}

/// The index at which a change moves the elements of a Vec, if it does.
fn moves(base: &Value, change: &Change) -> Option<i64> {
    let (last, way) = change.path.split_last()?;
    let parent = at_path(base, way.iter())?;
    (change.op != Op::Replace && parent.kind() == Kind::Vec).then(|| last.as_int()).flatten()
}

/// How a change of theirs meets ours.
enum Meeting {
    /// Ours did nothing that touches it.
    Free,
    /// Ours did the same.
    Same,
    /// Both touch the place at so many steps of the path.
    Conflict(usize),
}

fn meet(
    base: &Value,
    ours: &[Change],
    mine: &Touched,
    theirs: &[Change],
    other: &Touched,
    change: &Change,
) -> Meeting {
    let moved = moves(base, change);
    let steps = change.path.len() - usize::from(moved.is_some());
    let mut at = 0;
    for depth in 0..=steps {
        let Some(node) = mine.node(at) else { return Meeting::Free };
        if let Some(number) = node.change {
            let same = depth == steps
                && moved.is_none()
                && ours
                    .get(number)
                    .is_some_and(|c| c.op == change.op && c.new.identical(&change.new));
            return if same { Meeting::Same } else { Meeting::Conflict(depth) };
        }
        if depth == steps {
            return end(ours, node, theirs, other, change, moved, depth);
        }
        let Some(key) = change.path.get(depth) else { return Meeting::Free };
        if let (Some(from), Some(i)) = (node.moved_from, key.as_int())
            && i >= from
        {
            return Meeting::Conflict(depth);
        }
        match node.children.get(&Step(key.clone())) {
            Some(next) => at = *next,
            None => return Meeting::Free,
        }
    }
    Meeting::Free
}

/// A change at a place where, or below which, ours did something too.
fn end(
    ours: &[Change],
    node: &Node,
    theirs: &[Change],
    other: &Touched,
    change: &Change,
    moved: Option<i64>,
    depth: usize,
) -> Meeting {
    if node.children.is_empty() && node.moves.is_empty() {
        return Meeting::Free;
    }
    if moved.is_none() {
        return Meeting::Conflict(depth);
    }
    let group = change.path.get(..depth).and_then(|path| other.find(path));
    let Some(group) = group else { return Meeting::Free };
    if !node.moves.is_empty() {
        let list = |changes: &[Change], numbers: &[usize]| -> Vec<(Op, Value, Value)> {
            let picked = numbers.iter().filter_map(|n| changes.get(*n));
            picked
                .map(|c| (c.op, c.path.last().cloned().unwrap_or(Value::NULL), c.new.clone()))
                .collect()
        };
        let (a, b) = (list(ours, &node.moves), list(theirs, &group.moves));
        let same = a.len() == b.len()
            && a.iter().zip(&b).all(|(x, y)| x.0 == y.0 && x.1 == y.1 && x.2.identical(&y.2));
        return if same { Meeting::Same } else { Meeting::Conflict(depth) };
    }
    // Ours changed elements of a Vec in which theirs moved some: fine before the first one moved.
    let last = node.children.last_key_value().and_then(|(key, _)| key.0.as_int());
    match (last, group.moved_from) {
        (Some(last), Some(from)) if last >= from => Meeting::Conflict(depth),
        _ => Meeting::Free,
    }
}

pub(crate) fn merge(cx: &mut Context, args: &mut [Value]) -> Answer {
    let (base, theirs) = (take(args, 0), take(args, 2));
    let ours = take(args, 1);
    let our_changes = changes(cx, &base, &ours)?;
    let their_changes = changes(cx, &base, &theirs)?;
    let mine = Touched::new(cx, &base, &our_changes.list)?;
    let other = Touched::new(cx, &base, &their_changes.list)?;
    let mut merged = ours.clone();
    let mut conflicts: Items<Value> = Items::new();
    let mut last: Option<Vec<Value>> = None;
    for change in &their_changes.list {
        cx.charge(change.path.len() * 2 + our_changes.list.len().min(64))?;
        match meet(&base, &our_changes.list, &mine, &their_changes.list, &other, change) {
            Meeting::Same => {}
            Meeting::Free => apply(cx, &mut merged, change)?,
            Meeting::Conflict(depth) => {
                let path = change.path.get(..depth).unwrap_or(&change.path).to_vec();
                if last.as_ref() == Some(&path) {
                    continue;
                }
                let found = |v: &Value| at_path(v, path.iter()).cloned().unwrap_or(Value::NULL);
                let mut map = Map::new();
                map.insert_str("base", found(&base));
                map.insert_str("ours", found(&ours));
                map.insert_str("theirs", found(&theirs));
                map.insert_str("path", Value::from(path.clone()));
                conflicts.push(Value::map(map))?;
                last = Some(path);
            }
        }
    }
    let mut result = Map::new();
    result.insert_str("value", merged);
    result.insert_str("conflicts", Value::from(conflicts));
    Ok(Value::map(result))
}
