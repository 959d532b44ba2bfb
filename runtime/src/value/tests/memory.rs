//! What is copied and what is counted.

use super::{in_a_tree, vector};
use crate::value::heap::{allocated, copies, counts};
use crate::value::{Map, Set, Value, Vector};

fn copies_during(work: impl FnOnce()) -> u64 {
    let before = copies();
    work();
    copies() - before
}

#[test]
fn unshared_updates_copy_nothing() {
    let mut v = Value::vec(Vector::new());
    let mut m = Value::map(Map::new());
    let mut s = Set::new();
    let count = copies_during(|| {
        for n in 0..10_000 {
            v.as_vec_mut().unwrap().push(Value::int(n));
            *v.as_vec_mut().unwrap().get_mut((n / 2) as usize).unwrap() = Value::int(-n);
            m.as_map_mut().unwrap().insert(Value::int(n * 7919 % 10_007), Value::int(n)).unwrap();
            *m.as_map_mut().unwrap().get_mut(&Value::int(n * 7919 % 10_007)).unwrap() = Value::NULL;
            s.insert(Value::int(n)).unwrap();
        }
        for n in 0..10_000 {
            v.as_vec_mut().unwrap().pop_front();
            m.as_map_mut().unwrap().remove(&Value::int(n));
            s.remove(&Value::int(n));
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn a_nested_update_copies_nothing_while_unshared() {
    let inner: Map = [("c", Value::int(0))].into_iter().collect();
    let items = Value::from(vec![Value::map(inner)]);
    let mut root: Map =
        [("a", Value::map([("b", items)].into_iter().collect()))].into_iter().collect();
    let (a, b, c) = (Value::str("a"), Value::str("b"), Value::str("c"));
    let count = copies_during(|| {
        for n in 1..=1000 {
            let a = root.get_mut(&a).unwrap().as_map_mut().unwrap();
            let items = a.get_mut(&b).unwrap().as_vec_mut().unwrap();
            *items.get_mut(0).unwrap().as_map_mut().unwrap().get_mut(&c).unwrap() = Value::int(n);
        }
    });
    assert_eq!(count, 0);
    assert_eq!(Value::map(root).to_string(), "{a: {b: [{c: 1000}]}}");
}

#[test]
fn a_big_shared_collection_is_converted_once_and_then_copies_only_paths() {
    let mut v = vector(0..100_000);
    let mut m =
        Map::from_entries((0..100_000).map(|n| (Value::int(n), Value::NULL)).collect()).unwrap();
    let (old_v, old_m) = (v.clone(), m.clone());
    // The first update of a version makes its tree.
    v.set(0, Value::NULL);
    m.insert(Value::int(0), Value::TRUE).unwrap();
    let mut versions = vec![(v.clone(), m.clone())];
    let count = copies_during(|| {
        for n in 0..100 {
            v.set(n * 997, Value::NULL);
            m.insert(Value::int(n as i64 * 997), Value::TRUE).unwrap();
            versions.push((v.clone(), m.clone()));
        }
    });
    assert!((200..2000).contains(&count), "{count} copies for 200 updates");
    let again = copies_during(|| {
        let (mut v, mut m) = (old_v.clone(), old_m.clone());
        v.set(5, Value::NULL);
        m.insert(Value::int(5), Value::TRUE).unwrap();
    });
    assert!(again < 20, "the old version remembers its tree: {again} copies");
    assert!(old_v.iter().enumerate().all(|(i, n)| n.as_int() == Some(i as i64)));
    assert!(old_m.values().all(Value::is_null));
}

#[test]
fn small_parts_of_a_growing_vector_are_copied_and_big_ones_shared() {
    let mut v = vector(0..10_000);
    let count = copies_during(|| {
        for n in 0..100 {
            v.push(Value::int(n));
            assert_eq!(v.slice(v.len() - 100..v.len()).len(), 100);
        }
    });
    assert_eq!(count, 0, "no tree is made for a window");
    let mut rest = v.clone();
    let count = copies_during(|| {
        while rest.len() > 5000 {
            rest = rest.slice(1..rest.len());
        }
    });
    assert!(count < 20_000, "{count} nodes copied for 5100 steps");
    assert_eq!(rest.get(0), v.get(v.len() - 5000));
}

#[test]
fn what_a_flat_version_remembers_is_forgotten_when_it_changes() {
    let mut v = vector(0..1000);
    assert!(in_a_tree(&v).is_tree());
    assert!(!v.is_shared());
    v.set(1, Value::TRUE);
    assert_eq!(in_a_tree(&v).get(1), Some(&Value::TRUE));

    let mut m =
        Map::from_entries((0..1000).map(|n| (Value::int(n), Value::NULL)).collect()).unwrap();
    let changed = |m: &Map| {
        let mut other = m.clone();
        for n in 100..200 {
            other.insert(Value::int(n), Value::FALSE).unwrap();
        }
        other
    };
    drop(changed(&m));
    *m.get_mut(&Value::int(1)).unwrap() = Value::TRUE;
    assert_eq!(changed(&m).get(&Value::int(1)), Some(&Value::TRUE));
}

#[test]
fn what_a_full_version_remembers_is_forgotten_when_it_changes() {
    let base = vector(0..1000);
    let mut full = base.clone();
    (0..16).for_each(|i| drop(full.set(i * 10, Value::NULL)));
    // Makes all of them into a new base.
    let mut next = full.clone();
    next.set(500, Value::NULL);
    drop(next);
    full.set(0, Value::TRUE);
    let mut next = full.clone();
    next.set(500, Value::NULL);
    assert_eq!((next.get(0), next.get(10)), (Some(&Value::TRUE), Some(&Value::NULL)));

    let base =
        Map::from_entries((0..1000).map(|n| (Value::int(n), Value::NULL)).collect()).unwrap();
    let mut full = base.clone();
    for n in 0..48 {
        full.insert(Value::int(n * 10), Value::FALSE).unwrap();
    }
    let mut next = full.clone();
    next.remove(&Value::int(500));
    drop(next);
    full.remove(&Value::int(0));
    let mut next = full.clone();
    next.remove(&Value::int(500));
    assert_eq!((next.len(), next.get(&Value::int(0))), (998, None));
    assert_eq!((full.len(), base.len()), (999, 1000));
}

#[test]
fn a_version_of_which_the_old_one_is_gone_is_changed_in_place() {
    let mut v = vector(0..1000);
    let mut m =
        Map::from_entries((0..1000).map(|n| (Value::int(n), Value::NULL)).collect()).unwrap();
    for n in 0..100 {
        let (old_v, old_m) = (v.clone(), m.clone());
        v.set(n, Value::TRUE);
        m.insert(Value::int(n as i64), Value::TRUE).unwrap();
        drop((old_v, old_m));
        v.set(n + 1, Value::FALSE);
        m.insert(Value::int(n as i64 + 1), Value::FALSE).unwrap();
    }
    m.remove(&Value::int(0));
    assert!(v.as_slice().is_some(), "the items lie flat again");
    assert!(m.is_flat(), "the bindings lie flat again");
    assert_eq!(v.get(99), Some(&Value::TRUE));
    assert_eq!((m.len(), m.get(&Value::int(99))), (999, Some(&Value::TRUE)));
}

#[test]
fn one_change_of_something_big_costs_little_memory() {
    let v = vector(0..100_000);
    let m =
        Map::from_entries((0..100_000).map(|n| (Value::int(n), Value::NULL)).collect()).unwrap();
    let before = allocated();
    let (mut a, mut b) = (v.clone(), m.clone());
    a.set(5, Value::NULL);
    b.insert(Value::int(5), Value::TRUE).unwrap();
    assert!(allocated() - before < 1000, "{} bytes", allocated() - before);
    assert_eq!((v.get(5), m.get(&Value::int(5))), (Some(&Value::int(5)), Some(&Value::NULL)));
}

#[test]
fn a_few_items_are_one_block_with_them() {
    let (held, blocks) = (allocated(), counts().allocations);
    let mut v = Vector::from([Value::NULL, Value::TRUE]);
    assert_eq!((allocated() - held, counts().allocations - blocks), (40, 1));
    v.push(Value::FALSE);
    assert_eq!(allocated() - held, 8 + 6 * 16);
    drop(v);
    assert_eq!(allocated(), held);
}

#[test]
fn everything_allocated_is_given_back() {
    let before = allocated();
    {
        let mut v = vector(0..5000);
        let old = v.clone();
        v.push(Value::str("a string that is kept on the heap"));
        assert!(allocated() - before > 5000 * 16, "the old version counts");
        let mut m = Map::from_entries(
            (0..5000).map(|n| (Value::int(n), Value::vec(old.clone()))).collect(),
        )
        .unwrap();
        let other = m.clone();
        m.remove(&Value::int(7));
        assert_eq!(m.first(), other.first());
        let mut text = Value::str("é");
        for _ in 0..1000 {
            text.as_string_mut().unwrap().push_str("more and more");
        }
        assert_eq!(text.char_count(), Some(13_001));
        let big = Value::big(num_bigint::BigInt::from(3).pow(10_000));
        assert_eq!(big.to_string().len(), 4772);
    }
    assert_eq!(allocated(), before);
}

#[test]
fn growth_is_counted_as_it_happens() {
    let before = allocated();
    let mut v = Vector::new();
    for n in 0..100_000 {
        v.push(Value::int(n));
    }
    assert!(allocated() - before >= 1_600_000);
    let mut m = Map::new();
    let before = allocated();
    for n in 0..100_000 {
        m.insert(Value::int(n), Value::NULL).unwrap();
    }
    assert!(allocated() - before >= 3_200_000);
    let before = allocated();
    let mut text = Value::str("");
    for _ in 0..100_000 {
        text.as_string_mut().unwrap().push_str("0123456789");
    }
    assert!(allocated() - before >= 1_000_000);
    let before = allocated();
    let big = Value::big(num_bigint::BigInt::from(1) << 8_000_000u32);
    assert!(allocated() - before >= 1_000_000);
    drop(big);
}

#[test]
fn values_are_shared_between_threads() {
    let v = Value::vec(vector(0..10_000));
    let sums = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|n| {
                let mut v = v.clone();
                scope.spawn(move || {
                    v.as_vec_mut().unwrap().set(0, Value::int(n));
                    v.as_vec().unwrap().iter().filter_map(Value::as_int).sum::<i64>() - n
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(sums, [49_995_000; 4]);
    assert_eq!(v.as_vec().unwrap().first(), Some(&Value::int(0)));
}
