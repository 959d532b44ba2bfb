//! Trees against the standard library's: what they hold, that old versions stay, and that the nodes are what they must be.

use std::collections::BTreeMap;
use std::ops::Bound;

use proptest::prelude::*;

use super::super::big::ranks;
use super::handle::{Node, View};
use super::node::{Child, FAN};
use super::{Change, Kind, Tree};
use crate::value::Value;
use crate::value::heap::allocated;

type Model = BTreeMap<Value, Value>;

#[derive(Clone, Debug)]
enum Step {
    Insert(u16, i64),
    InsertMany(u16, u8),
    Remove(u16),
    RemoveMany(u16, u8),
    Change(u16, i64),
    Batch(Vec<(u16, Option<i64>)>),
    Return(usize),
}

fn step() -> impl Strategy<Value = Step> {
    use Step::*;
    prop_oneof![
        4 => (any::<u16>(), 0i64..9).prop_map(|(k, v)| Insert(k, v)),
        2 => (any::<u16>(), any::<u8>()).prop_map(|(k, n)| InsertMany(k, n)),
        4 => any::<u16>().prop_map(Remove),
        2 => (any::<u16>(), any::<u8>()).prop_map(|(k, n)| RemoveMany(k, n)),
        2 => (any::<u16>(), 0i64..9).prop_map(|(k, v)| Change(k, v)),
        4 => prop::collection::vec((any::<u16>(), prop::option::of(0i64..9)), 0..200).prop_map(Batch),
        1 => any::<usize>().prop_map(Return),
    ]
}

/// One of two thousand keys: Ints, short strings, and strings that are blocks.
fn key(n: u16) -> Value {
    match n % 2000 {
        n @ 0..1200 => Value::int(i64::from(n) - 600),
        n @ 1200..1600 => Value::str(&format!("{n}")),
        n => Value::str(&format!("a key that does not fit inline: {n}")),
    }
}

/// Some values are blocks, too.
fn value(n: i64) -> Value {
    if n % 3 == 0 { Value::vec([Value::int(n)]) } else { Value::int(n) }
}

fn change(key: Value, value: Option<i64>) -> Change<Value> {
    let kind = if value.is_some() { Kind::Replaced } else { Kind::Removed };
    Change { key, value: value.map_or(Value::UNDEFINED, self::value), hash: 0, kind }
}

/// Checks the invariants of a node below the root; gives its height, its length, and its first and last key.
fn check_node(node: &Node<Value>, root: bool) -> (usize, usize, Option<(Value, Value)>) {
    match node.view() {
        View::Leaf(leaf) => {
            let keys: Vec<_> = leaf.items().iter().map(|(key, _)| key.clone()).collect();
            assert!(keys.is_sorted_by(|a, b| a < b));
            assert!(keys.len() <= Node::<Value>::LEAF && (root || !keys.is_empty()));
            (0, keys.len(), keys.first().cloned().zip(keys.last().cloned()))
        }
        View::Inner(inner) => {
            let (mut heights, mut sum, mut ends) = (Vec::new(), 0, None::<(Value, Value)>);
            assert!((1 + usize::from(root)..=FAN).contains(&inner.items().len()));
            for Child { low, len, node } in inner.items() {
                let (height, counted, here) = check_node(node, false);
                let (first, last) = here.expect("a node below the root has something");
                assert_eq!(*len, counted);
                assert!(*low <= first);
                assert!(ends.as_ref().is_none_or(|(_, before)| before < low));
                ends = Some((ends.map_or(first, |(first, _)| first), last));
                sum += counted;
                heights.push(height);
            }
            assert!(heights.iter().all(|height| *height == heights[0]));
            (heights[0] + 1, sum, ends)
        }
    }
}

fn pair((key, value): (&Value, &Value)) -> (Value, Value) {
    (key.clone(), value.clone())
}

fn check(tree: &Tree<Value>, model: &Model) {
    assert_eq!(tree.len(), model.len());
    assert_eq!(check_node(&tree.root, true).1, model.len());
    let expected: Vec<_> = model.iter().map(pair).collect();
    let all = tree.range(0..tree.len());
    assert_eq!(all.size_hint().0, model.len());
    assert_eq!(all.clone().map(pair).collect::<Vec<_>>(), expected);
    assert!(all.clone().rev().map(pair).eq(expected.iter().rev().cloned()));
    let (mut both, mut taken) = (all, Vec::new());
    while let Some(first) = both.next() {
        taken.insert(taken.len() / 2, pair(first));
        if let Some(last) = both.next_back() {
            taken.insert(taken.len() / 2 + 1, pair(last));
        }
    }
    taken.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(taken, expected);
    for at in (0..model.len() + 2).step_by(7) {
        assert_eq!(tree.entry_at(at).map(pair).as_ref(), expected.get(at));
    }
    for n in (0..2000).step_by(13) {
        assert_eq!(tree.find(&key(n)).map(|(_, v)| v), model.get(&key(n)));
    }
    let (low, high) = (key(100), key(1500));
    let bounds = [Bound::Included(&low), Bound::Excluded(&low), Bound::Unbounded];
    for low in bounds {
        let high = Bound::Included(&high);
        let rank = |key: &Value, or_equal: bool| tree.rank(key, or_equal);
        let found = tree.range(ranks(low, high, &rank, tree.len()));
        assert!(found.map(pair).eq(model.range((low, high)).map(pair)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn trees_hold_what_they_should(
        size in 0u16..2000,
        steps in prop::collection::vec((step(), any::<bool>()), 0..40),
    ) {
        let before = allocated();
        {
            let mut model: Model = (0..size).map(|n| (key(n), value(i64::from(n)))).collect();
            let entries: Vec<_> = model.iter().map(pair).collect();
            let mut tree = Tree::of(entries.into_iter());
            let mut versions = vec![(tree.clone(), model.clone())];
            let insert = |tree: &mut Tree<Value>, model: &mut Model, n, v| {
                assert_eq!(tree.insert(key(n), 0, value(v)), model.insert(key(n), value(v)));
            };
            for (step, keep) in steps {
                match step {
                    Step::Insert(n, v) => insert(&mut tree, &mut model, n, v),
                    Step::InsertMany(n, many) => (0..u16::from(many))
                        .for_each(|i| insert(&mut tree, &mut model, n.wrapping_add(i), 1)),
                    Step::Remove(n) => {
                        let gone = tree.remove(&key(n), 0);
                        prop_assert_eq!(gone, model.remove_entry(&key(n)));
                    }
                    Step::RemoveMany(n, many) => for i in 0..u16::from(many) {
                        let key = key(n.wrapping_add(i));
                        prop_assert_eq!(tree.remove(&key, 0), model.remove_entry(&key));
                    },
                    Step::Change(n, v) => match (tree.get_mut(&key(n)), model.get_mut(&key(n))) {
                        (Some(place), Some(expected)) => {
                            *place = value(v);
                            *expected = value(v);
                        }
                        (a, b) => prop_assert_eq!(a.is_some(), b.is_some()),
                    },
                    Step::Batch(changes) => {
                        let changes: BTreeMap<_, _> =
                            changes.into_iter().map(|(n, v)| (key(n), v)).collect();
                        for (key, v) in &changes {
                            match v {
                                Some(v) => drop(model.insert(key.clone(), value(*v))),
                                None => drop(model.remove(key)),
                            }
                        }
                        let changes: Vec<_> =
                            changes.into_iter().map(|(key, v)| change(key, v)).collect();
                        tree = tree.with(&changes.iter().collect::<Vec<_>>());
                    }
                    Step::Return(i) => (tree, model) = versions[i % versions.len()].clone(),
                }
                if keep {
                    versions.push((tree.clone(), model.clone()));
                }
            }
            check(&tree, &model);
            for (tree, model) in &versions {
                check(tree, model);
            }
            // What two versions say about each other is what their bindings say.
            for (i, (a, before)) in versions.iter().enumerate() {
                let (b, after) = &versions[(i * 7 + 1) % versions.len()];
                let found = a.diff(b).filter(|(_, old, new)| old != new);
                let found: Vec<_> =
                    found.map(|(k, a, b)| (k.clone(), a.cloned(), b.cloned())).collect();
                let all: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
                let sides = all.into_iter().map(|k| (k.clone(), before.get(k), after.get(k)));
                let expected: Vec<_> = sides
                    .filter(|(_, a, b)| a != b)
                    .map(|(k, a, b)| (k, a.cloned(), b.cloned()))
                    .collect();
                prop_assert_eq!(found, expected);
            }
        }
        prop_assert_eq!(allocated(), before);
    }
}

#[test]
fn versions_that_differ_little_are_compared_by_little() {
    let tree = Tree::of((0..100_000i32).map(|n| (Value::int(n.into()), Value::NULL)));
    let added = change(Value::int(50_000), Some(1));
    let removed = change(Value::int(70_001), None);
    let other = tree.with(&[&added, &removed]);
    let seen: Vec<_> = tree.diff(&other).map(|(key, ..)| key.clone()).collect();
    assert_eq!(seen, [Value::int(50_000), Value::int(70_001)]);
    // Going through all would take a walk of a step for each of these keys.
    let deep = |n: i64| Value::vec([Value::int(n)]);
    let tree = Tree::of((0..10_000i32).map(|n| (deep(n.into()), Value::NULL)));
    let added = change(deep(-1), Some(1));
    let other = tree.with(&[&added]);
    crate::value::heap::take_work();
    assert_eq!(tree.diff(&other).count(), 1);
    assert!(crate::value::heap::work() < 500, "{} steps", crate::value::heap::work());
}
