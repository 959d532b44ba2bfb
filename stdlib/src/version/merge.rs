//! Merging what two sides changed.

use super::diff::changes;
use super::patch::apply;
use super::{Change, Op};
use crate::argument::{Answer, take};
use crate::global::at_path;
use std::cell::OnceCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use tansy_runtime::buffer::Items;
use tansy_runtime::fault::Fault;
use tansy_runtime::native::Context;
use tansy_runtime::value::heap::Charge;
use tansy_runtime::value::{Kind, Map, Value};

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
    /// Whether the other side moved them in the same way, once that was asked.
    moved_alike: OnceCell<bool>,
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
        let alike = |(a, b): (&usize, &usize)| match (ours.get(*a), theirs.get(*b)) {
            (Some(a), Some(b)) => {
                a.op == b.op && a.path.last() == b.path.last() && a.new.identical(&b.new)
            }
            _ => false,
        };
        let (a, b) = (&node.moves, &group.moves);
        let same =
            *node.moved_alike.get_or_init(|| a.len() == b.len() && a.iter().zip(b).all(alike));
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
