//! Nesting a million deep, and data that is shared so often that walking all of it would never end.

use super::{in_a_tree, on_small_stack};
use crate::value::{Map, Set, Value, Vector};

const DEEP: usize = 1_000_000;

fn nest(levels: usize, wrap: impl Fn(Value) -> Value) -> Value {
    (0..levels).fold(Value::int(1), |inner, _| wrap(inner))
}

fn exercise(levels: usize, wrap: impl Fn(Value) -> Value) {
    let (a, b) = (nest(levels, &wrap), nest(levels, &wrap));
    assert!(a == b);
    assert!(a.identical(&b));
    assert_eq!(a.compare(&b), Ok(std::cmp::Ordering::Equal));
    assert_eq!(a.stable_hash(), b.stable_hash());
    assert_eq!(a.write_bounded(100).chars().count(), 101);
    assert!(a.to_string().len() > levels);
    assert!(a.pretty_bounded(80, 1000).len() < 1100);
}

#[test]
fn a_million_vectors() {
    on_small_stack(|| exercise(DEEP, |v| Value::from(vec![v])));
}

#[test]
fn a_million_maps() {
    on_small_stack(|| exercise(DEEP, |v| Value::map([("a", v)].into_iter().collect::<Map>())));
}

#[test]
fn a_million_sets() {
    // An element is checked when it enters, in time proportional to its size; sets have been checked.
    on_small_stack(|| exercise(DEEP, |v| Value::set(Set::from_elements([v]).unwrap())));
}

#[test]
fn deep_keys() {
    on_small_stack(|| {
        let key = nest(100_000, |v| Value::from(vec![v]));
        let mut m = Map::new();
        m.insert(key.clone(), Value::NULL).unwrap();
        for n in 0..100 {
            m.insert(Value::int(n), Value::NULL).unwrap();
        }
        assert!(m.contains(&nest(100_000, |v| Value::from(vec![v]))));
        assert!(key.less(&nest(100_000, |v| Value::from(vec![v]))).is_ok());
    });
}

#[test]
fn deep_nests_in_trees() {
    on_small_stack(|| {
        let mut value = Value::int(1);
        let base = Vector::from(vec![Value::NULL; 101]);
        let bindings = (0..101).map(|n| (Value::int(n), Value::NULL)).collect();
        let base_map = Map::from_entries(bindings).unwrap();
        for n in 0..60_000 {
            // A tree, or a change beside what others hold.
            let mut v = if n % 3 == 0 { in_a_tree(&base) } else { base.clone() };
            v.set(0, value);
            value = Value::vec(v);
            if n % 3 == 1 {
                let mut m = base_map.clone();
                m.insert(Value::int(0), value).unwrap();
                value = Value::map(m);
            }
        }
        assert!(value == value.clone());
        assert!(value.stable_hash().is_ok());
    });
}

#[test]
fn self_similar_data_takes_time_in_proportion_to_what_is_stored() {
    let tower = || {
        (0..200).fold(Value::int(1), |v, n| match n % 2 {
            0 => Value::from(vec![v.clone(), v]),
            _ => Value::map([("l", v.clone()), ("r", v)].into_iter().collect::<Map>()),
        })
    };
    let (a, b) = (tower(), tower());
    assert!(a == b);
    assert!(a.compare(&b).is_ok());
    assert_eq!(a.stable_hash(), b.stable_hash());
    assert!(
        Map::from_entries(vec![(a.clone(), Value::NULL), (b, Value::NULL)])
            .is_ok_and(|m| m.len() == 1)
    );
    assert!(a.write_bounded(1000).ends_with('…'));
    assert!(crate::json::stringify(&a, 10_000).is_err_and(|e| e.too_large));
}
