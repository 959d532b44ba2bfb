//! The order of values, equality and hashes of collections, whatever is behind them.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use tansy_lang::source::Source;

use proptest::prelude::*;

use super::{dec, in_a_tree, map, set, vector};
use crate::code::LoadedRef;
use crate::value::{
    Captures, Code, ErrorBody, Function, Kind, Map, Range, Ref, SeqBody, Set, Value, Vector,
};

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::NULL),
        any::<bool>().prop_map(Value::bool),
        (-3i64..4).prop_map(Value::int),
        (-3i64..4).prop_map(|n| Value::float(n as f64 / 2.0)),
        (-30i64..40).prop_map(|n| Value::decimal(rust_decimal::Decimal::new(n, 1))),
        "[a-c]{0,3}".prop_map(|s| Value::str(&s)),
        "[a-b]{13,16}".prop_map(|s| Value::str(&s)),
        (-2i64..3, prop::option::of(-2i64..3), any::<bool>()).prop_map(
            |(start, end, inclusive)| {
                Value::range(Range { start, end, inclusive: inclusive && end.is_some() })
            }
        ),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|e| Value::set(Set::from_elements(e).unwrap())),
            prop::collection::vec((inner.clone(), inner), 0..4)
                .prop_map(|e| Value::map(Map::from_entries(e).unwrap())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn the_order_is_total_and_agrees_with_equality_and_hash(a in values(), b in values(), c in values()) {
        prop_assert_eq!(a.compare(&b).unwrap(), b.compare(&a).unwrap().reverse());
        prop_assert_eq!(a == b, a.compare(&b) == Ok(Ordering::Equal));
        if a == b {
            prop_assert_eq!(a.stable_hash(), b.stable_hash());
        }
        let mut sorted = [&a, &b, &c];
        sorted.sort();
        prop_assert!(sorted[0] <= sorted[1] && sorted[1] <= sorted[2] && sorted[0] <= sorted[2]);
        prop_assert_eq!(a.identical(&b), a == b && a.to_string() == b.to_string() && a.kind() == b.kind());
        if let Ok(order) = a.less(&b) {
            prop_assert_eq!(Ok(order), a.compare(&b));
        }
    }

    #[test]
    fn sets_of_anything_have_no_equal_elements(elements in prop::collection::vec(values(), 0..40)) {
        let mut one_by_one = Set::new();
        for element in elements.iter().rev() {
            one_by_one.insert(element.clone()).unwrap();
        }
        let at_once = Set::from_elements(elements.clone()).unwrap();
        prop_assert_eq!(&one_by_one, &at_once);
        // The form of the elements does not depend on the order either.
        prop_assert!(Value::set(one_by_one.clone()).identical(&Value::set(at_once)));
        let sorted: Vec<_> = one_by_one.iter().collect();
        prop_assert!(sorted.is_sorted_by(|a, b| a < b));
        for element in &elements {
            prop_assert!(one_by_one.contains(element));
        }
    }
}

#[test]
fn kinds_in_order() {
    let ordered = [
        Value::NULL,
        Value::FALSE,
        Value::TRUE,
        Value::float(f64::NEG_INFINITY),
        Value::int(-1),
        Value::float(f64::NAN),
        Value::str(""),
        Value::str("a"),
        Value::str("a\0"),
        Value::str("a string of more than fourteen bytes"),
        Value::str("b"),
        Value::from(vec![]),
        Value::from(vec![Value::int(1)]),
        Value::from(vec![Value::int(1), Value::NULL]),
        Value::from(vec![Value::int(2)]),
        Value::range(Range::new(0, 1)),
        Value::range(Range::inclusive(0, 1)),
        Value::range(Range::from(0)),
        Value::set(Set::new()),
        Value::set(set([1, 2])),
        Value::map(Map::new()),
        Value::map(map(&[("a", 1)])),
        Value::map(map(&[("a", 1), ("b", 0)])),
        Value::map(map(&[("a", 2)])),
        Value::map(map(&[("b", 0)])),
    ];
    for (i, a) in ordered.iter().enumerate() {
        for (j, b) in ordered.iter().enumerate() {
            assert_eq!(a.compare(b), Ok(i.cmp(&j)), "{a} {b}");
        }
    }
}

#[test]
fn strings_are_ordered_by_their_bytes_inline_or_not() {
    let texts =
        ["", "\0", "a", "a\0", "ab", "abcdefghijklmn", "abcdefghijklmno", "b", "é", "\u{10ffff}"];
    for a in texts {
        for b in texts {
            assert_eq!(Value::str(a).compare(&Value::str(b)), Ok(a.cmp(b)), "{a:?} {b:?}");
        }
    }
}

#[test]
fn less_is_for_numbers_strings_and_vectors_of_them() {
    let less = |a: Value, b: Value| a.less(&b).map_err(|e| e.what);
    assert_eq!(less(1.into(), 1.5.into()), Ok(Ordering::Less));
    assert_eq!(less("a".into(), "b".into()), Ok(Ordering::Less));
    assert_eq!(less(Value::vec(vector([1, 2])), Value::vec(vector([1, 3]))), Ok(Ordering::Less));
    assert_eq!(less(1.into(), "a".into()), Err("Str"));
    assert_eq!(less(Value::NULL, Value::NULL), Err("Null"));
    assert_eq!(
        less(vec![1.into(), Value::NULL].into(), vec![2.into(), 1.into()].into()),
        Ok(Ordering::Less)
    );
    assert_eq!(
        less(vec![1.into(), Value::NULL].into(), vec![1.into(), 1.into()].into()),
        Err("Null")
    );
}

#[test]
fn what_is_behind_a_collection_does_not_show() {
    let flat = vector(0..200);
    let tree = in_a_tree(&flat);
    assert!(tree.is_tree() && !flat.is_tree());
    let (flat, tree) = (Value::vec(flat), Value::vec(tree));
    assert_eq!(flat, tree);
    assert_eq!(flat.stable_hash(), tree.stable_hash());
    assert_eq!(flat.to_string(), tree.to_string());
    assert!(!flat.same(&tree));
}

#[test]
fn hashes_are_the_same_on_every_machine() {
    let hash = |v: Value| v.stable_hash().unwrap();
    assert_eq!(hash(Value::int(2)), hash(Value::float(2.0)));
    assert_eq!(hash(Value::int(2)), hash(dec("2.00")));
    // Fixed from the first release on: scripts may store them.
    let fixed = [
        Value::NULL,
        Value::int(42),
        Value::int(-42),
        Value::float(0.1),
        Value::str("tansy"),
        Value::vec(vector([1, 2, 3])),
        Value::map(map(&[("a", 1)])),
    ];
    let expected = [
        8992654815908061125,
        13679457532755275413,
        2592983673866446792,
        3999339193571181359,
        16260792755753952051,
        14440551568931652288,
        394371273100974766,
    ];
    assert_eq!(fixed.map(hash), expected);
}

#[test]
fn hashes_of_what_is_nearly_alike_differ() {
    let mut seen = HashSet::new();
    let mut is_new = |value: Value| seen.insert(value.stable_hash().unwrap());
    for (i, j) in (-150..150).flat_map(|i| (-150..150).map(move |j| (i, j))) {
        assert!(is_new(Value::vec(vector([i, j]))), "[{i}, {j}]");
        assert!(is_new(Value::map(map(&[("a", i), ("b", j)]))), "{{a: {i}, b: {j}}}");
        let mut turned = Map::new();
        turned.insert(Value::int(i), Value::int(j)).unwrap();
        assert!(is_new(Value::map(turned.clone())), "{{{i}: {j}}}");
        if i != j {
            turned.insert(Value::int(j), Value::int(i)).unwrap();
            // The same map, whichever of the two came first.
            assert_eq!(is_new(Value::map(turned)), i < j, "{{{i}: {j}, {j}: {i}}}");
        }
    }
}

pub(super) fn code() -> Arc<Code> {
    Code::new(LoadedRef::empty(Source::new("test", "")))
}

pub(super) fn function(code: &Arc<Code>, prototype: u32, captures: Vec<Value>) -> Value {
    let captures = Some(Ref::new(Captures::new(captures)));
    Value::function(Ref::new(Function::new(code.clone(), prototype, captures, None)))
}

#[test]
fn functions_are_equal_when_they_come_from_one_place_with_equal_captures() {
    let same = code();
    let f = |n: i64| function(&same, 0, vec![Value::int(n)]);
    assert_eq!(f(1), f(1));
    assert_ne!(f(1), f(2));
    assert_ne!(f(1), function(&same, 1, vec![Value::int(1)]));
    assert_ne!(f(1), function(&code(), 0, vec![Value::int(1)]));
    assert_eq!(f(1).compare(&f(1)).unwrap_err().what, "Fn");
    assert!(f(1).stable_hash().is_err());
}

#[test]
fn sequences_are_equal_to_themselves_only() {
    let seq = || Value::seq(Ref::new(SeqBody { state: Value::NULL, step: Value::NULL }));
    let s = seq();
    assert_eq!(s, s.clone());
    assert_ne!(s, seq());
    assert!(Value::from(vec![s]).stable_hash().is_err_and(|e| e.what == "Seq"));
}

#[test]
fn errors_are_equal_by_their_fields() {
    let error = |n: i64| {
        let fields = map(&[("kind", n)]);
        Value::error(Ref::new(ErrorBody::new(fields, &[], Vec::new(), String::new())))
    };
    assert_eq!(error(1), error(1));
    assert_ne!(error(1), error(2));
    assert_ne!(error(1), Value::map(map(&[("kind", 1)])));
    assert_eq!(error(1).kind(), Kind::Error);
    assert_eq!(error(1).stable_hash(), error(1).stable_hash());
    assert_eq!(error(1).to_string(), "{kind: 1}");
}

#[test]
fn same_is_identity_on_collections_and_type_and_value_on_scalars() {
    let v = Value::vec(vector([1]));
    assert!(v.same(&v.clone()));
    assert!(!v.same(&Value::vec(vector([1]))));
    assert!(Value::int(1).same(&Value::int(1)));
    assert!(!Value::int(1).same(&Value::float(1.0)));
    let long = "a string of more than fourteen bytes";
    assert!(Value::str(long).same(&Value::str(long)));
    assert!(Value::float(f64::NAN).same(&Value::float(-f64::NAN)));
    assert!(!Value::vec(Vector::new()).same(&Value::NULL));
}
