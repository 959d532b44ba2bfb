//! Vectors, maps and sets against the standard library's, with every old version checked to be what it was.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use proptest::prelude::*;

use super::{ints, map, set, vector};
use crate::value::{Iter, Map, Set, Value, Vector};

#[derive(Clone, Debug)]
enum VectorOp {
    Push(i64),
    PushFront(i64),
    PushMany(u8),
    PushFrontMany(u8),
    Pop,
    PopFront,
    Set(usize, i64),
    Insert(usize, i64),
    Remove(usize),
    Slice(usize, usize),
    Keep(usize, usize),
    Append(usize),
    Double,
    Reverse,
    /// Keeps the current version alive and checks it at the end.
    Remember,
    /// Goes on from an old version.
    Return(usize),
}

fn vector_op() -> impl Strategy<Value = VectorOp> {
    use VectorOp::*;
    prop_oneof![
        any::<i64>().prop_map(Push),
        any::<i64>().prop_map(PushFront),
        any::<u8>().prop_map(PushMany),
        any::<u8>().prop_map(PushFrontMany),
        Just(Pop),
        Just(PopFront),
        (any::<usize>(), any::<i64>()).prop_map(|(i, n)| Set(i, n)),
        (any::<usize>(), any::<i64>()).prop_map(|(i, n)| Insert(i, n)),
        any::<usize>().prop_map(Remove),
        (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Slice(a, b)),
        (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Keep(a, b)),
        any::<usize>().prop_map(Append),
        Just(Double),
        Just(Reverse),
        Just(Remember),
        Just(Remember),
        any::<usize>().prop_map(Return),
    ]
}

fn bounds(a: usize, b: usize, len: usize) -> std::ops::Range<usize> {
    let (a, b) = (a % (len + 1), b % (len + 1));
    a.min(b)..a.max(b)
}

fn check_vector(v: &Vector, model: &[i64]) {
    assert_eq!(v.len(), model.len());
    assert!(v.iter().eq(ints(model.iter().copied()).iter()));
    assert!(v.iter().rev().eq(ints(model.iter().rev().copied()).iter()));
    for (i, n) in model.iter().enumerate().step_by(7) {
        assert_eq!(v.get(i), Some(&Value::int(*n)));
    }
    assert_eq!(v.get(model.len()), None);
    let mut iteration = Iter::new(&Value::vec(v.clone())).expect("vectors iterate");
    let mut items = Vec::new();
    while let Some(item) = iteration.next() {
        items.push(item);
    }
    assert_eq!(items, ints(model.iter().copied()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn vectors_behave_like_standard_ones_and_old_versions_stay(ops in prop::collection::vec(vector_op(), 0..60)) {
        let (mut v, mut model) = (Vector::new(), Vec::<i64>::new());
        let mut old: Vec<(Vector, Vec<i64>)> = Vec::new();
        for op in ops {
            let len = model.len();
            match op {
                VectorOp::Push(n) => { v.push(Value::int(n)); model.push(n) }
                VectorOp::PushFront(n) => { v.push_front(Value::int(n)); model.insert(0, n) }
                VectorOp::PushMany(n) => for i in 0..i64::from(n) { v.push(Value::int(i)); model.push(i) },
                VectorOp::PushFrontMany(n) => for i in 0..i64::from(n) { v.push_front(Value::int(i)); model.insert(0, i) },
                VectorOp::Pop => assert_eq!(v.pop(), model.pop().map(Value::int)),
                VectorOp::PopFront => {
                    let first = if len == 0 { None } else { Some(Value::int(model.remove(0))) };
                    assert_eq!(v.pop_front(), first);
                }
                VectorOp::Set(i, n) if len > 0 => { v.set(i % len, Value::int(n)); model[i % len] = n }
                VectorOp::Insert(i, n) => { assert!(v.insert(i % (len + 1), Value::int(n))); model.insert(i % (len + 1), n) }
                VectorOp::Remove(i) if len > 0 => assert_eq!(v.remove(i % len), Some(Value::int(model.remove(i % len)))),
                VectorOp::Slice(a, b) => { v = v.slice(bounds(a, b, len)); model = model[bounds(a, b, len)].to_vec() }
                VectorOp::Keep(a, b) => { v.keep(bounds(a, b, len)); model = model[bounds(a, b, len)].to_vec() }
                VectorOp::Append(i) if !old.is_empty() && len < 5_000 => {
                    let (other, items) = &old[i % old.len()];
                    v.append(other.clone());
                    model.extend(items);
                }
                VectorOp::Double if len < 5_000 => { v.append(v.clone()); model.extend(model.clone()) }
                VectorOp::Reverse => { v = v.reversed(); model.reverse() }
                VectorOp::Remember => old.push((v.clone(), model.clone())),
                VectorOp::Return(i) if !old.is_empty() => (v, model) = old[i % old.len()].clone(),
                _ => {}
            }
            prop_assert_eq!(v.len(), model.len());
        }
        check_vector(&v, &model);
        for (v, model) in &old {
            check_vector(v, model);
        }
        prop_assert_eq!(v.into_vec(), ints(model));
    }
}

/// Every change, of vectors around the lengths at which their form changes, held by others or not.
#[test]
fn vectors_of_every_form_change_alike() {
    type Change = (fn(&mut Vector), fn(&mut Vec<Value>));
    let changes: &[Change] = &[
        (|v| v.push(Value::TRUE), |m| m.push(Value::TRUE)),
        (|v| v.push_front(Value::TRUE), |m| m.insert(0, Value::TRUE)),
        (|v| drop(v.pop()), |m| drop(m.pop())),
        (|v| drop(v.pop_front()), |m| drop(m.drain(..1.min(m.len())))),
        (|v| assert!(v.insert(v.len() / 2, Value::TRUE)), |m| m.insert(m.len() / 2, Value::TRUE)),
        (
            |v| drop(v.remove(v.len() / 2)),
            |m| drop(m.drain(m.len() / 2..m.len().min(m.len() / 2 + 1))),
        ),
        (
            |v| drop(v.set(0, Value::TRUE)),
            |m| m.first_mut().into_iter().for_each(|first| *first = Value::TRUE),
        ),
        (
            |v| match v.as_mut_slice() {
                Some(items) => items.reverse(),
                None => *v = v.reversed(),
            },
            |m| m.reverse(),
        ),
        (|v| v.keep(1..v.len()), |m| drop(m.drain(..1.min(m.len())))),
        (|v| v.keep(0..3), |m| m.truncate(3)),
        (|v| v.append(v.clone()), |m| m.extend_from_within(..)),
        (|v| v.append(vector(0..20)), |m| m.extend(ints(0..20))),
        (|v| v.extend(ints(0..3)), |m| m.extend(ints(0..3))),
        (|v| *v = v.slice(1..17), |m| *m = m.iter().take(17).skip(1).cloned().collect()),
        (|v| assert!(v.reserve_own(40)), |_| {}),
    ];
    // (Long strings are blocks of their own.)
    let text = |n| Value::str(&format!("a string of a length that is not kept inline: {n}"));
    for len in [0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 18, 31, 32, 33, 64, 65] {
        let items: Vec<Value> = (0..len).map(text).collect();
        for (first, second) in changes.iter().flat_map(|a| changes.iter().map(move |b| (a, b))) {
            for held in [false, true] {
                let (mut v, mut model) = (Vector::from(items.clone()), items.clone());
                let old = held.then(|| v.clone());
                for (change, of_model) in [first, second] {
                    change(&mut v);
                    of_model(&mut model);
                    assert!(v.iter().eq(&model), "{v:?} is not {model:?}");
                    assert_eq!(v.len(), model.len());
                }
                assert!(old.is_none_or(|old| old.iter().eq(&items)), "the old version changed");
                assert_eq!(v.into_vec(), model);
            }
        }
    }
}

#[derive(Clone, Debug)]
enum TableOp {
    Insert(i64, i64),
    InsertMany(i64, u8),
    InsertScattered(i64, u8),
    Remove(i64),
    RemoveFirst,
    RemoveMany(i64, u8),
    Change(i64, i64),
    Union(usize),
    Difference(usize),
    Intersection(usize),
    SymmetricDifference(usize),
    Retain(i64),
    /// Asks for the order.
    First,
    Remember,
    Return(usize),
}

fn table_op() -> impl Strategy<Value = TableOp> {
    use TableOp::*;
    let key = -40i64..120;
    prop_oneof![
        3 => (key.clone(), any::<i64>()).prop_map(|(k, v)| Insert(k, v)),
        1 => (key.clone(), 0u8..100).prop_map(|(k, n)| InsertMany(k, n)),
        1 => (key.clone(), 0u8..100).prop_map(|(k, n)| InsertScattered(k, n)),
        2 => key.clone().prop_map(Remove),
        2 => Just(RemoveFirst),
        1 => (key.clone(), 0u8..100).prop_map(|(k, n)| RemoveMany(k, n)),
        2 => (key.clone(), any::<i64>()).prop_map(|(k, v)| Change(k, v)),
        1 => any::<usize>().prop_map(Union),
        1 => any::<usize>().prop_map(Difference),
        1 => any::<usize>().prop_map(Intersection),
        1 => any::<usize>().prop_map(SymmetricDifference),
        1 => (2i64..5).prop_map(Retain),
        2 => Just(First),
        3 => Just(Remember),
        1 => any::<usize>().prop_map(Return),
    ]
}

/// Keys of several kinds in one order: numbers below 60, strings (short and long) from there on.
fn key(n: i64) -> Value {
    match n {
        ..60 => Value::int(n),
        60..90 => Value::str(&format!("key {n:03}")),
        _ => Value::str(&format!("a key of more than fourteen bytes {n:03}")),
    }
}

fn order_key(n: i64) -> Value {
    key(n)
}

fn check_map(m: &Map, model: &BTreeMap<Value, i64>) {
    assert_eq!(m.len(), model.len());
    let expected: Vec<_> = model.iter().map(|(k, v)| (k.clone(), Value::int(*v))).collect();
    let pairs = |(k, v): (&Value, &Value)| (k.clone(), v.clone());
    assert_eq!(m.iter().map(pairs).collect::<Vec<_>>(), expected);
    assert_eq!(
        m.iter().rev().map(pairs).collect::<Vec<_>>(),
        expected.iter().rev().cloned().collect::<Vec<_>>()
    );
    assert_eq!(m.first().map(pairs), expected.first().cloned());
    assert_eq!(m.last().map(pairs), expected.last().cloned());
    for n in -41..121 {
        let k = order_key(n);
        assert_eq!(m.get(&k), model.get(&k).map(|v| Value::int(*v)).as_ref());
        assert!(!k.is_simple() || m.glance(&k).is_none_or(|found| found == m.get(&k)));
        assert_eq!(m.floor(&k).map(|(k, _)| k), model.range(..=&k).next_back().map(|(k, _)| k));
        assert_eq!(m.ceiling(&k).map(|(k, _)| k), model.range(&k..).next().map(|(k, _)| k));
    }
    let (low, high) = (order_key(3), order_key(70));
    let range = m.range(Bound::Excluded(&low), Bound::Included(&high)).map(|(k, _)| k);
    assert!(range.eq(model.range((Bound::Excluded(&low), Bound::Included(&high))).map(|(k, _)| k)));
    for (i, pair) in expected.iter().enumerate() {
        assert_eq!(m.entry_at(i).map(pairs).as_ref(), Some(pair));
        assert_eq!(m.known_at(i).map(pairs).as_ref(), Some(pair).filter(|_| m.is_flat()));
    }
    let mut iteration = Iter::new(&Value::map(m.clone())).expect("maps iterate");
    let mut seen = Vec::new();
    while let Some(pair) = iteration.next_pair() {
        seen.push(pair);
    }
    assert_eq!(seen, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn maps_behave_like_standard_ones_and_old_versions_stay(ops in prop::collection::vec(table_op(), 0..60)) {
        let (mut m, mut model) = (Map::new(), BTreeMap::new());
        let mut old: Vec<(Map, BTreeMap<Value, i64>)> = Vec::new();
        let insert = |m: &mut Map, model: &mut BTreeMap<Value, i64>, k: i64, v: i64| {
            let before = m.insert(key(k), Value::int(v)).expect("orderable");
            assert_eq!(before, model.insert(key(k), v).map(Value::int));
        };
        for op in ops {
            match op {
                TableOp::Insert(k, v) => insert(&mut m, &mut model, k, v),
                TableOp::InsertMany(k, n) => for i in 0..i64::from(n) { insert(&mut m, &mut model, k + i, i) },
                TableOp::InsertScattered(k, n) => for i in 0..i64::from(n) { insert(&mut m, &mut model, (k + i * 37).rem_euclid(110), i) },
                TableOp::Remove(k) => assert_eq!(m.remove(&key(k)), model.remove(&key(k)).map(Value::int)),
                TableOp::RemoveMany(k, n) => for i in k..k + i64::from(n) {
                    assert_eq!(m.remove(&key(i)), model.remove(&key(i)).map(Value::int));
                },
                TableOp::RemoveFirst => if let Some((k, _)) = model.pop_first() {
                    assert!(m.remove(&k).is_some());
                },
                TableOp::Change(k, v) => match (m.get_mut(&key(k)), model.get_mut(&key(k))) {
                    (Some(place), Some(expected)) => { *place = Value::int(v); *expected = v }
                    (None, None) => {}
                    _ => panic!("a key is in one of both"),
                },
                TableOp::Union(i) if !old.is_empty() => {
                    let (other, entries) = old[i % old.len()].clone();
                    m.union(other);
                    model.extend(entries);
                }
                TableOp::Difference(i) if !old.is_empty() => {
                    let (other, entries) = &old[i % old.len()];
                    m.difference(other.keys());
                    model.retain(|k, _| !entries.contains_key(k));
                }
                TableOp::Retain(n) => {
                    m.retain(|_, v| v.as_int().is_some_and(|v| v % n != 0));
                    model.retain(|_, v| *v % n != 0);
                }
                TableOp::First => {
                    assert_eq!(m.first().map(|(k, _)| k), model.first_key_value().map(|(k, _)| k));
                    m.put_in_order();
                }
                TableOp::Remember => old.push((m.clone(), model.clone())),
                TableOp::Return(i) if !old.is_empty() => (m, model) = old[i % old.len()].clone(),
                _ => {}
            }
            prop_assert_eq!(m.len(), model.len());
        }
        check_map(&m, &model);
        for (m, model) in &old {
            check_map(m, model);
        }
        let mut drained = Vec::new();
        m.drain_into(|k, v| drained.push((k, v)));
        prop_assert_eq!(drained, model.into_iter().map(|(k, v)| (k, Value::int(v))).collect::<Vec<_>>());
    }

    #[test]
    fn sets_behave_like_standard_ones_and_old_versions_stay(ops in prop::collection::vec(table_op(), 0..60)) {
        let (mut s, mut model) = (Set::new(), BTreeSet::new());
        let mut old: Vec<(Set, BTreeSet<Value>)> = Vec::new();
        for op in ops {
            match op {
                TableOp::Insert(k, _) => assert_eq!(s.insert(key(k)), Ok(model.insert(key(k)))),
                TableOp::InsertMany(k, n) => for i in k..k + i64::from(n) { assert_eq!(s.insert(key(i)), Ok(model.insert(key(i)))) },
                TableOp::InsertScattered(k, n) => for i in 0..i64::from(n) {
                    let k = key((k + i * 37).rem_euclid(110));
                    assert_eq!(s.insert(k.clone()), Ok(model.insert(k)));
                },
                TableOp::Remove(k) | TableOp::Change(k, _) => assert_eq!(s.remove(&key(k)), model.remove(&key(k))),
                TableOp::RemoveMany(k, n) => for i in k..k + i64::from(n) { assert_eq!(s.remove(&key(i)), model.remove(&key(i))) },
                TableOp::RemoveFirst => if let Some(k) = model.pop_first() {
                    assert_eq!(s.first(), Some(&k));
                    assert!(s.remove(&k));
                },
                TableOp::Union(i) if !old.is_empty() => {
                    let (other, elements) = old[i % old.len()].clone();
                    s.union(other);
                    model.extend(elements);
                }
                TableOp::Difference(i) if !old.is_empty() => {
                    let (other, elements) = &old[i % old.len()];
                    s.difference(other);
                    model = &model - elements;
                }
                TableOp::Intersection(i) if !old.is_empty() => {
                    let (other, elements) = &old[i % old.len()];
                    s.intersection(other);
                    model = &model & elements;
                }
                TableOp::SymmetricDifference(i) if !old.is_empty() => {
                    let (other, elements) = &old[i % old.len()];
                    s.symmetric_difference(other);
                    model = &model ^ elements;
                }
                TableOp::Retain(n) => {
                    s.retain(|k| k.as_int().is_none_or(|k| k % n != 0));
                    model.retain(|k| k.as_int().is_none_or(|k| k % n != 0));
                }
                TableOp::First => {
                    assert_eq!(s.last(), model.last());
                    s.put_in_order();
                }
                TableOp::Remember => old.push((s.clone(), model.clone())),
                TableOp::Return(i) if !old.is_empty() => (s, model) = old[i % old.len()].clone(),
                _ => {}
            }
            prop_assert_eq!(s.len(), model.len());
        }
        old.push((s, model));
        for (s, model) in &old {
            prop_assert!(s.iter().eq(model.iter()));
            for k in (-41..121).map(key) {
                prop_assert_eq!(s.contains(&k), model.contains(&k));
                prop_assert!(!k.is_simple() || s.holds(&k).is_none_or(|holds| holds == model.contains(&k)));
                prop_assert_eq!(s.floor(&k), model.range(..=&k).next_back());
                prop_assert_eq!(s.ceiling(&k), model.range(&k..).next());
            }
            for (other, elements) in &old {
                prop_assert_eq!(s.is_subset(other), model.is_subset(elements));
                prop_assert_eq!(s.is_disjoint(other), model.is_disjoint(elements));
                prop_assert_eq!(s == other, model == elements);
            }
            let mut iteration = Iter::new(&Value::set(s.clone())).expect("sets iterate");
            let mut seen = Vec::new();
            while let Some(element) = iteration.next() { seen.push(element) }
            prop_assert!(seen.iter().eq(model.iter()));
        }
    }
}

#[test]
fn a_map_of_a_list_of_bindings_keeps_the_last_of_equal_keys() {
    let entries = vec![("b", 1), ("a", 2), ("b", 3), ("a", 4)];
    assert_eq!(Value::map(map(&entries)).to_string(), "{a: 4, b: 3}");
}

#[test]
fn the_form_of_a_key_does_not_depend_on_the_order_of_insertion() {
    let forms = [Value::int(1), super::dec("1.0"), super::dec("1.00"), Value::float(1.0)];
    for a in &forms {
        for b in &forms {
            for c in &forms {
                let best = [a, b, c]
                    .into_iter()
                    .min_by_key(|v| forms.iter().position(|f| f.identical(v)))
                    .unwrap();
                let mut m = Map::new();
                for k in [a, b, c] {
                    m.insert(k.clone(), Value::NULL).unwrap();
                }
                let entries = [a, b, c].map(|k| (k.clone(), Value::NULL)).to_vec();
                let at_once = Map::from_entries(entries).unwrap();
                assert!(m.first().unwrap().0.identical(best), "{a} {b} {c}: {m:?}");
                assert!(at_once.first().unwrap().0.identical(best), "{a} {b} {c}: {at_once:?}");
            }
        }
    }
}

#[test]
fn the_form_of_a_key_that_is_a_collection_does_not_depend_on_the_order_either() {
    let (a, b) = (
        Value::from(vec![Value::int(1), Value::float(2.0)]),
        Value::from(vec![Value::float(1.0), Value::int(2)]),
    );
    for pair in [[&a, &b], [&b, &a]] {
        let s = Set::from_elements(pair.into_iter().cloned()).unwrap();
        assert_eq!(s.first().unwrap().to_string(), "[1, 2.0]");
    }
}

#[test]
fn zero_is_kept_before_minus_zero() {
    let mut s = Set::new();
    s.insert(Value::float(-0.0)).unwrap();
    s.insert(Value::float(0.0)).unwrap();
    s.insert(Value::float(-0.0)).unwrap();
    assert_eq!(Value::set(s).to_string(), "#{0.0}");
}

#[test]
fn storing_what_is_there_into_a_shared_version_gives_the_same_version() {
    let mut m = map(&[("a", 1), ("b", 2)]);
    let before = m.clone();
    m.insert_str("a", Value::int(1));
    assert!(m.ptr_eq(&before));
    m.remove(&Value::str("z"));
    assert!(m.ptr_eq(&before));
    m.insert_str("a", Value::float(1.0));
    assert!(!m.ptr_eq(&before), "1.0 prints differently from 1");

    let mut v = Vector::from(vec![Value::from(vec![Value::int(1)])]);
    let before = v.clone();
    v.set(0, Value::from(vec![Value::int(1)]));
    assert!(v.ptr_eq(&before));
}

#[test]
fn a_table_whose_order_is_asked_for_between_changes_stays_fast() {
    // A priority queue: sorting 20,000 elements at each of 20,000 steps would take minutes.
    let mut queue = set((0..20_000).map(|n| n * 7919 % 20_011));
    for n in 0..20_000 {
        let first = queue.first().cloned().expect("the queue is never empty");
        queue.remove(&first);
        queue.insert(Value::int(30_000 + n * 7919 % 20_011)).unwrap();
    }
    assert_eq!(queue.len(), 20_000);
}

#[test]
fn a_table_that_is_gone_through_again_and_again_is_put_in_order() {
    let keys = |n: i64| n * 7919 % 10_007;
    let mut m = Map::new();
    (0..1000).for_each(|n| drop(m.insert(Value::int(keys(n)), Value::int(n))));
    let bindings = |m: &Map| m.iter().map(|(k, v)| (k.clone(), v.clone())).collect::<Vec<_>>();
    m.put_in_order();
    assert!(m.known_at(0).is_none(), "nobody has asked for the order");
    let expected = bindings(&m);
    let shared = m.clone();
    m.put_in_order();
    assert!(m.ptr_eq(&shared));
    drop(shared);
    m.put_in_order();
    assert_eq!(bindings(&m), expected);
    for n in 0..1000 {
        assert_eq!(m.glance(&Value::int(keys(n))), Some(Some(&Value::int(n))));
    }
    assert_eq!(m.glance(&Value::int(-1)), Some(None));
    // Whether a number equals one in another form, a glance does not tell.
    let one = Map::from_entries((0..100).map(|n| (Value::float(n.into()), Value::NULL)).collect());
    let one = one.unwrap();
    assert_eq!(one.get(&Value::int(1)), Some(&Value::NULL));
    assert_eq!(one.glance(&Value::int(1)), None);
    // A greater key leaves the order as it is, others do not.
    m.insert(Value::int(20_000), Value::NULL).unwrap();
    assert_eq!(m.known_at(1000).map(|(k, _)| k), Some(&Value::int(20_000)));
    m.insert(Value::int(-1), Value::NULL).unwrap();
    assert!(m.known_at(0).is_none());
    assert_eq!(m.first().map(|(k, _)| k), Some(&Value::int(-1)));
}

#[test]
fn what_is_left_when_keys_go_is_what_was_there() {
    // In key order and not; every other key goes, all but a few at the end, or the first ones.
    let scattered = |n: i64| n * 7919 % 10_007;
    let gone: [fn(i64) -> bool; 3] = [|n| n % 2 == 0, |n| n % 50 != 0, |n| n < 1500];
    for sorted in [true, false] {
        for gone in gone {
            let key = |n| if sorted { n } else { scattered(n) };
            let (mut m, mut model) = (Map::new(), BTreeMap::new());
            for n in 0..2000 {
                m.insert(Value::int(key(n)), Value::int(n)).unwrap();
                model.insert(Value::int(key(n)), n);
            }
            for n in (0..2000).filter(|n| gone(*n)) {
                assert_eq!(m.remove(&Value::int(key(n))), Some(Value::int(n)));
                assert_eq!(m.remove(&Value::int(key(n))), None);
                model.remove(&Value::int(key(n)));
            }
            let as_model = |m: &Map, model: &BTreeMap<Value, i64>| {
                assert_eq!(m.len(), model.len());
                assert!(
                    m.iter()
                        .map(|(k, v)| (k, v.as_int().unwrap()))
                        .eq(model.iter().map(|(k, v)| (k, *v)))
                );
                assert!(m.iter().rev().map(|(k, _)| k).eq(model.keys().rev()));
                assert_eq!(m.entry_at(7).map(|(k, _)| k), model.keys().nth(7));
                let pairs = model.iter().map(|(k, v)| (k.clone(), Value::int(*v)));
                let at_once = Value::map(Map::from_entries(pairs.collect()).unwrap());
                let m = Value::map(m.clone());
                assert_eq!((&m, m.stable_hash()), (&at_once, at_once.stable_hash()));
            };
            let (old, old_model) = (m.clone(), model.clone());
            as_model(&old, &old_model);
            drop(old);
            // They come again, to this version and beside one that is kept.
            let old = m.clone();
            for n in (0..2000).filter(|n| gone(*n)) {
                m.insert(Value::int(key(n)), Value::int(-n)).unwrap();
                model.insert(Value::int(key(n)), -n);
            }
            as_model(&m, &model);
            as_model(&old, &old_model);
            let mut m = old;
            for n in (0..2000).filter(|n| gone(*n)) {
                m.insert(Value::int(key(n)), Value::int(-n)).unwrap();
            }
            as_model(&m, &model);
        }
    }
}

#[test]
fn keys_that_come_and_go_leave_no_more_than_there_is() {
    let mut m = Map::new();
    for n in 0..200_000 {
        m.insert(Value::int(n), Value::NULL).unwrap();
        if n >= 100 {
            assert!(m.remove(&Value::int(n - 100)).is_some());
        }
    }
    assert!(m.keys().eq(&(199_900..200_000).map(Value::int).collect::<Vec<_>>()));
}

#[test]
fn what_is_put_in_order_between_changes_stays_fast() {
    let mut m = Map::new();
    (0..20_000).for_each(|n| drop(m.insert(Value::int(n * 7919 % 20_011), Value::NULL)));
    for n in 0..20_000 {
        let first = m.first().map(|(k, _)| k.clone()).expect("the map is never empty");
        m.put_in_order();
        m.remove(&first);
        m.insert(Value::int(30_000 + n * 7919 % 20_011), Value::NULL).unwrap();
    }
    assert_eq!(m.len(), 20_000);
}

#[test]
fn a_hint_finds_the_key_again_and_is_never_wrong() {
    let (a, b) = (map(&[("x", 1), ("y", 2)]), map(&[("w", 0), ("x", 3), ("y", 4)]));
    let (mut hint, key) = (0, Value::str("y"));
    assert_eq!(a.get_hinted(&key, &mut hint), Some(&Value::int(2)));
    assert_eq!(hint, 1);
    assert_eq!(b.get_hinted(&key, &mut hint), Some(&Value::int(4)));
    assert_eq!(hint, 2);
    assert_eq!(a.get_hinted(&key, &mut hint), Some(&Value::int(2)));
    assert_eq!(a.get_hinted(&Value::str("z"), &mut hint), None);
}

#[test]
fn a_queue_pushes_and_pops_at_both_ends_in_constant_time() {
    let mut v = vector(0..1000);
    for n in 0..200_000 {
        v.push(Value::int(n));
        v.pop_front();
    }
    for n in 0..200_000 {
        v.push_front(Value::int(n));
        v.pop();
    }
    assert_eq!(v.len(), 1000);
    assert_eq!(v.first(), Some(&Value::int(199_999)));
}

#[test]
fn functions_are_refused_as_keys_wherever_they_are() {
    let f = super::order::function(&super::order::code(), 0, vec![]);
    let nested = Value::from(vec![Value::int(1), Value::from(vec![f.clone()])]);
    let mut s = Set::new();
    assert_eq!(s.insert(f).unwrap_err().what, "Fn");
    assert_eq!(s.insert(nested.clone()).unwrap_err().what, "Fn");
    assert!(Map::from_entries(vec![(nested, Value::NULL)]).is_err());
    assert!(s.is_empty());
}
