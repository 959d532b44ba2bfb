//! Chains of versions, each of them kept: what one change of a big collection does to it, to its past, and to what is told of both.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{dec, ints, vector};
use crate::value::{Map, Set, Value, Vector, heap};

#[derive(Clone, Debug)]
enum Step {
    Insert(i64, i64),
    Remove(i64),
    Change(i64, i64),
    /// Inserts another form of the key.
    Reform(i64),
    /// Goes on from an old version.
    Return(usize),
    /// Forgets all old versions.
    Forget,
    /// Asks for the first binding, and so for the order.
    First,
}

fn step() -> impl Strategy<Value = Step> {
    use Step::*;
    prop_oneof![
        8 => (0i64..60, 0i64..9).prop_map(|(k, v)| Insert(k, v)),
        4 => (0i64..60).prop_map(Remove),
        4 => (0i64..60, 0i64..9).prop_map(|(k, v)| Change(k, v)),
        2 => (0i64..60).prop_map(Reform),
        2 => any::<usize>().prop_map(Return),
        1 => Just(Forget),
        1 => Just(First),
    ]
}

/// A key whose printed form says which of the equal forms it is.
fn key(n: i64) -> Value {
    if n % 2 == 0 { Value::int(n) } else { Value::float(n as f64) }
}

fn other_form(n: i64) -> Value {
    if n % 4 < 2 { dec(&format!("{n}.0")) } else { Value::float(n as f64) }
}

/// Of equal keys the better form stays.
fn kept(n: i64, old: Option<&(String, i64)>, new: &Value) -> String {
    let rank = |text: &str| match text {
        _ if text.ends_with('d') => 1,
        _ if text.contains('.') => 2,
        _ => 0,
    };
    let new = new.to_string();
    match old {
        Some((old, _)) if rank(old) <= rank(&new) => old.clone(),
        _ => {
            debug_assert!(n >= 0);
            new
        }
    }
}

type Model = BTreeMap<i64, (String, i64)>;

fn check(m: &Map, model: &Model) {
    assert_eq!(m.len(), model.len());
    let seen: Vec<_> = m.iter().map(|(k, v)| (k.to_string(), v.as_int().unwrap())).collect();
    assert_eq!(seen, model.values().cloned().collect::<Vec<_>>());
    let back: Vec<_> = m.iter().rev().map(|(k, _)| k.to_string()).collect();
    assert_eq!(back, model.values().rev().map(|(k, _)| k.clone()).collect::<Vec<_>>());
    for (rank, (key, value)) in model.values().enumerate() {
        let binding = |(k, v): (&Value, &Value)| (k.to_string(), v.as_int().unwrap());
        assert_eq!(m.entry_at(rank).map(binding), Some((key.clone(), *value)));
        assert!(m.known_at(rank).map(binding).is_none_or(|known| known == (key.clone(), *value)));
    }
    assert!(m.entry_at(model.len()).is_none() && m.known_at(model.len()).is_none());
    let mut both = m.iter();
    let mut count = 0;
    while both.next().is_some() {
        count += 1 + usize::from(both.next_back().is_some());
    }
    assert_eq!(count, model.len());
    for n in 0..61 {
        assert_eq!(m.get(&Value::int(n)).and_then(Value::as_int), model.get(&n).map(|(_, v)| *v));
        let ceiling = m.ceiling(&Value::int(n)).map(|(k, _)| k.to_string());
        assert_eq!(ceiling, model.range(n..).next().map(|(_, (k, _))| k.clone()));
        let floor = m.floor(&Value::int(n)).map(|(k, _)| k.to_string());
        assert_eq!(floor, model.range(..=n).next_back().map(|(_, (k, _))| k.clone()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_version_of_a_map_stays_what_it_was(
        size in 15i64..60,
        steps in prop::collection::vec((step(), any::<bool>()), 0..160),
    ) {
        let mut m = Map::new();
        let mut model = Model::new();
        for n in 0..size {
            let n = n * 37 % 60;
            m.insert(key(n), Value::int(n)).unwrap();
            model.insert(n, (key(n).to_string(), n));
        }
        let mut versions = vec![(m.clone(), model.clone())];
        for (step, keep) in steps {
            match step {
                Step::Insert(n, v) => {
                    let form = kept(n, model.get(&n), &key(n));
                    let old = m.insert(key(n), Value::int(v)).unwrap();
                    prop_assert_eq!(old.and_then(|v| v.as_int()), model.insert(n, (form, v)).map(|(_, v)| v));
                }
                Step::Reform(n) => {
                    let form = kept(n, model.get(&n), &other_form(n));
                    m.insert(other_form(n), Value::int(1)).unwrap();
                    model.insert(n, (form, 1));
                }
                Step::Remove(n) => {
                    let old = m.remove(&Value::int(n)).and_then(|v| v.as_int());
                    prop_assert_eq!(old, model.remove(&n).map(|(_, v)| v));
                }
                Step::Change(n, v) => match (m.get_mut(&Value::int(n)), model.get_mut(&n)) {
                    (Some(place), Some(expected)) => {
                        *place = Value::int(v);
                        expected.1 = v;
                    }
                    (a, b) => prop_assert_eq!(a.is_some(), b.is_some()),
                },
                Step::Return(i) => (m, model) = versions[i % versions.len()].clone(),
                Step::Forget => versions.truncate(1),
                Step::First => {
                    prop_assert_eq!(m.first().map(|(k, _)| k.to_string()), model.values().next().map(|(k, _)| k.clone()));
                    prop_assert_eq!(m.last().map(|(k, _)| k.to_string()), model.values().next_back().map(|(k, _)| k.clone()));
                    m.put_in_order();
                }
            }
            if keep {
                versions.push((m.clone(), model.clone()));
            }
        }
        check(&m, &model);
        for (m, model) in &versions {
            check(m, model);
        }
        // What two versions say about each other is what their bindings say.
        for (i, (a, before)) in versions.iter().enumerate().step_by(3) {
            let (b, after) = &versions[(i * 7 + 1) % versions.len()];
            let values = |model: &Model| model.iter().map(|(k, (_, v))| (*k, *v)).collect::<Vec<_>>();
            prop_assert_eq!(a == b, values(before) == values(after));
            let Some(found) = a.tree_diff(b) else { continue };
            let found: Vec<_> = found
                .map(|(k, a, b)| (k.clone(), a.and_then(Value::as_int), b.and_then(Value::as_int)))
                .collect();
            let expected: Vec<_> = (0..60)
                .map(|n| (Value::int(n), before.get(&n).map(|e| e.1), after.get(&n).map(|e| e.1)))
                .filter(|(_, a, b)| a != b)
                .collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn every_version_of_a_vector_stays_what_it_was(
        size in 20usize..200,
        steps in prop::collection::vec((0u8..6, any::<usize>(), any::<i64>()), 0..120),
    ) {
        let mut model: Vec<i64> = (0..size as i64).collect();
        let mut v = vector(model.iter().copied());
        let mut versions = vec![(v.clone(), model.clone())];
        for (what, i, n) in steps {
            match what {
                0 | 1 if !model.is_empty() => {
                    let at = i % model.len();
                    v.set(at, Value::int(n));
                    model[at] = n;
                }
                2 => {
                    v.push(Value::int(n));
                    model.push(n);
                }
                3 => prop_assert_eq!(v.pop(), model.pop().map(Value::int)),
                4 => (v, model) = versions[i % versions.len()].clone(),
                5 if i % 4 == 0 => versions.truncate(1),
                _ => {}
            }
            versions.push((v.clone(), model.clone()));
        }
        for (v, model) in &versions {
            prop_assert_eq!(v.len(), model.len());
            prop_assert!(v.iter().eq(ints(model.iter().copied()).iter()));
            prop_assert!(v.iter().rev().eq(ints(model.iter().rev().copied()).iter()));
            for (i, n) in model.iter().enumerate() {
                prop_assert_eq!(v.get(i), Some(&Value::int(*n)));
            }
            let part = v.slice(3..model.len().saturating_sub(3));
            prop_assert!(part.iter().eq(v.iter().skip(3).take(part.len())));
            prop_assert_eq!(v == &versions[0].0, model == &versions[0].1);
        }
    }
}

#[test]
fn every_version_of_a_set_stays_what_it_was() {
    let mut s = Set::from_elements(ints(0..100)).unwrap();
    let mut versions = vec![s.clone()];
    for n in 0..100 {
        s.remove(&Value::int(n));
        versions.push(s.clone());
        s.insert(Value::int(100 + n)).unwrap();
        versions.push(s.clone());
    }
    for (i, s) in versions.iter().enumerate() {
        let (gone, come) = (i.div_ceil(2) as i64, (i / 2) as i64);
        assert!(s.iter().eq(ints(gone..100 + come).iter()), "{i}: {s:?}");
    }
}

#[test]
fn iterating_a_version_sees_its_changes() {
    let base = vector(0..300);
    let mut v = base.clone();
    v.set(0, Value::NULL);
    v.set(299, Value::TRUE);
    v.push(Value::int(300));
    let iterated = |v: &Vector| {
        let mut iter = crate::value::Iter::new(&Value::vec(v.clone())).unwrap();
        std::iter::from_fn(|| iter.next()).collect::<Vec<_>>()
    };
    let seen = iterated(&v);
    assert_eq!((&seen[0], &seen[1], &seen[299]), (&Value::NULL, &Value::int(1), &Value::TRUE));
    assert_eq!(seen.len(), 301);
    assert_eq!(iterated(&base), ints(0..300));
}

/// A tree of the whole is made twice at most: a version that is shared and changed in turns stays one.
#[test]
fn what_is_shared_and_changed_in_turns_is_copied_twice_at_most() {
    const COUNT: i64 = 5000;
    let mut v = vector(0..COUNT);
    let mut model: Vec<i64> = (0..COUNT).collect();
    let mut few = 0;
    for n in 0..20 {
        let before = heap::counts().allocations;
        let mut held = v.clone();
        assert_eq!(held.pop(), model.last().copied().map(Value::int));
        drop(held);
        match n % 3 {
            0 => v.push(Value::int(n)),
            1 => drop(v.set(7, Value::int(n))),
            _ => *v.get_mut(9).unwrap() = Value::int(n),
        }
        match n % 3 {
            0 => model.push(n),
            1 => model[7] = n,
            _ => model[9] = n,
        }
        few += usize::from(heap::counts().allocations - before < 40);
    }
    assert!(few >= 18 && v.is_tree(), "{few}");
    assert!(v.iter().eq(ints(model).iter()));

    let mut m =
        Map::from_entries((0..COUNT).map(|n| (Value::int(n), Value::int(n))).collect()).unwrap();
    few = 0;
    for n in 0..20 {
        let mut held = m.clone();
        (0..60).for_each(|k| drop(held.insert(Value::int(-1 - k), Value::NULL).unwrap()));
        assert_eq!(held.len(), m.len() + 60);
        let before = heap::counts().allocations;
        drop(held);
        m.insert(Value::int(COUNT + n), Value::int(n)).unwrap();
        *m.get_mut(&Value::int(n)).unwrap() = Value::NULL;
        assert_eq!(m.remove(&Value::int(COUNT - 1 - n)), Some(Value::int(COUNT - 1 - n)));
        let mut next = m.clone();
        (0..60).for_each(|k| drop(next.insert(Value::int(-1 - k), Value::NULL).unwrap()));
        few += usize::from(heap::counts().allocations - before < 400);
    }
    assert!(few >= 18, "{few}");
    let keys: Vec<i64> = (0..COUNT - 20).chain(COUNT..COUNT + 20).collect();
    assert!(m.keys().eq(ints(keys).iter()));
    assert!(m.values().take(20).all(Value::is_null));
}
