//! The traits, without serde.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use num_bigint::BigInt;
use rust_decimal::Decimal;

use super::{ConvertError, FromValue, IntoValue, Step, nested, value};
use crate::value::{Map, Range, Set, Value, Vector};

/// Converts there and back.
#[track_caller]
fn both<T: FromValue + IntoValue + PartialEq + Clone + std::fmt::Debug>(rust: T, shown: &str) {
    let value = rust.clone().into_value();
    assert_eq!(value.to_string(), shown);
    assert_eq!(T::from_value(&value).as_ref(), Ok(&rust));
    assert_eq!(T::from_owned(value), Ok(rust));
}

#[track_caller]
fn refused<T: FromValue>(value: Value, message: &str) {
    match T::from_value(&value) {
        Ok(_) => panic!("{value} is accepted"),
        Err(error) => assert_eq!(error.to_string(), message),
    }
}

#[test]
fn scalars_go_both_ways() {
    both(true, "true");
    both(-7i8, "-7");
    both(u8::MAX, "255");
    both(i64::MIN, "-9223372036854775808");
    both(u64::MAX, "18446744073709551615");
    both(i128::MIN, "-170141183460469231731687303715884105728");
    both(u128::MAX, "340282366920938463463374607431768211455");
    both(usize::MAX, "18446744073709551615");
    both(BigInt::from(2).pow(200), &BigInt::from(2).pow(200).to_string());
    both(0.1f64, "0.1");
    both(0.5f32, "0.5");
    both(Decimal::new(950, 2), "9.50d");
    both('ß', "\"ß\"");
    both(String::from("text longer than fourteen bytes"), "\"text longer than fourteen bytes\"");
    both(Box::<str>::from("a"), "\"a\"");
    both(Arc::<str>::from("a"), "\"a\"");
    both(Cow::Borrowed("a"), "\"a\"");
    both(Some(1), "1");
    both(None::<i32>, "null");
    both((), "null");
    both(Range::inclusive(1, 9), "1..=9");
}

#[test]
fn collections_go_both_ways() {
    both(vec![1, 2], "[1, 2]");
    both(VecDeque::from([1, 2]), "[1, 2]");
    both([1, 2], "[1, 2]");
    both(Box::<[u8]>::from([1, 2]), "[1, 2]");
    both((1, String::from("a"), None::<bool>), "[1, \"a\", null]");
    both((1, 2, 3, 4, 5, 6, 7, 8), "[1, 2, 3, 4, 5, 6, 7, 8]");
    both(BTreeMap::from([(2, 'b'), (1, 'a')]), "{1 => \"a\", 2 => \"b\"}");
    both(HashMap::from([(String::from("a"), 1)]), "{a: 1}");
    both(BTreeSet::from([3, 1]), "#{1, 3}");
    both(HashSet::from([3, 1]), "#{1, 3}");
    both(Box::new(1), "1");
    both(Arc::new(vec![1]), "[1]");
    both(Rc::new(1), "1");
    both(Vector::from(vec![Value::int(1)]), "[1]");
    both(Map::from_iter([("a", Value::int(1))]), "{a: 1}");
}

#[test]
fn references_convert_too() {
    let names = vec![String::from("a"), String::from("b")];
    let by_name: BTreeMap<&str, &Vec<String>> = BTreeMap::from([("names", &names)]);
    assert_eq!((&by_name).into_value().to_string(), "{names: [\"a\", \"b\"]}");
    assert_eq!(names[..1].into_value().to_string(), "[\"a\"]");
    assert_eq!((&Some(("a", 1.5))).into_value().to_string(), "[\"a\", 1.5]");
    assert_eq!((&&&7u8).into_value(), 7);
}

#[test]
fn what_does_not_fit_is_an_error_that_says_why() {
    refused::<u16>(Value::int(70_000), "expected u16, found 70000");
    refused::<u16>(Value::int(-1), "expected u16, found -1");
    refused::<i64>(value!(u64::MAX), "expected i64, found 18446744073709551615");
    refused::<i64>(Value::str("x"), "expected Int, found Str \"x\"");
    refused::<i64>(Value::float(3.0), "expected Int, found Float 3.0");
    refused::<f64>(
        value!((1i64 << 53) + 1),
        "expected an Int that f64 has, found 9007199254740993",
    );
    refused::<f32>(value!(16_777_217), "expected an Int that f32 has, found 16777217");
    refused::<f32>(value!(1e300), "expected f32, found 1e300");
    refused::<f64>(value!(Decimal::ONE), "expected Float, found Decimal 1d");
    refused::<Decimal>(value!(0.1), "expected Decimal, found Float 0.1");
    refused::<char>(value!("ab"), "expected a Str of one character, found Str \"ab\"");
    refused::<()>(value!(0), "expected null, found Int 0");
    refused::<bool>(Value::NULL, "expected Bool, found null");
    refused::<[u8; 3]>(value!([1, 2]), "expected a Vec of 3 items, found one of 2 items");
    refused::<(u8,)>(value!({}), "expected a Vec of 1 item, found Map {}");
    refused::<Vec<u8>>(value!({ a: 1 }), "expected Vec, found Map {a: 1}");
}

#[test]
fn an_error_has_its_path_from_the_outside_in() {
    type Config = BTreeMap<String, Vec<(String, BTreeMap<String, u16>)>>;
    let config = value!({ "my servers": [["a", {}], ["b", { port: 70_000 }]] });
    let error = Config::from_value(&config).unwrap_err();
    assert_eq!(error.to_string(), "[\"my servers\"][1][1].port: expected u16, found 70000");
    let steps: Vec<_> = error.path().steps().cloned().collect();
    let key = |name| Step::Key(Value::str(name));
    assert_eq!(steps, [key("my servers"), Step::Index(1), Step::Index(1), key("port")]);
    refused::<BTreeMap<u8, u8>>(
        value!({ (1): 1, (300): 2 }),
        "[300]: the key: expected u8, found 300",
    );
    refused::<BTreeSet<bool>>(
        value!({ a: Set::new() })["a"].clone().with_element(1),
        "[0]: expected Bool, found Int 1",
    );
}

impl Value {
    fn with_element(mut self, element: i64) -> Value {
        self.as_set_mut().map(|set| set.insert(Value::int(element)));
        self
    }
}

#[test]
fn an_int_is_a_float_where_it_is_exact() {
    assert_eq!(f64::from_value(&Value::int(1 << 53)), Ok(9007199254740992.0));
    assert_eq!(f32::from_value(&Value::int(3)), Ok(3.0));
    assert_eq!(f32::from_value(&Value::float(0.1)), Ok(0.1));
    assert!(f32::from_value(&Value::float(f64::NAN)).is_ok_and(f32::is_nan));
    assert_eq!(Decimal::from_value(&Value::int(3)), Ok(Decimal::from(3)));
}

#[test]
fn a_missing_option_is_none() {
    assert_eq!(Option::<u8>::missing(), Some(None));
    assert_eq!(u8::missing(), None);
}

#[test]
fn a_value_given_away_stays_unshared() {
    let value = value!([[1], [2]]);
    let items = Vec::<Vector>::from_owned(value).unwrap();
    assert!(items.iter().all(|item| !item.is_shared()));
}

#[test]
fn keys_that_no_map_takes_are_left_out() {
    let seq =
        crate::value::Ref::new(crate::value::SeqBody { state: Value::NULL, step: Value::NULL });
    let entries = BTreeMap::from([(Value::int(1), 1), (Value::seq(seq), 2)]);
    assert_eq!(entries.into_value(), value!({ (1): 1 }));
}

#[test]
fn a_recursive_type_ends_at_the_depth_limit() {
    struct Tree(#[allow(dead_code)] Vec<Tree>);

    impl FromValue for Tree {
        fn from_value(value: &Value) -> Result<Tree, ConvertError> {
            Vec::from_value(value).map(Tree)
        }
    }

    let mut deep = value!([]);
    for _ in 0..1_000_000 {
        deep = Value::from(vec![deep]);
    }
    let error = Tree::from_value(&deep).err().map(|e| e.reason().to_string());
    assert_eq!(error.as_deref(), Some("nested more than 128 levels deep"));
    assert!(Tree::from_value(&value!([[], [[]]])).is_ok());
    assert_eq!(nested(|| Ok(1)), Ok(1));
}

#[test]
fn values_compare_with_rust() {
    assert!(Value::int(3) == 3 && 3u8 == Value::float(3.0) && Value::int(3) == 3.0);
    assert!(Value::str("x") == "x" && "x" == Value::str("x") && *"x" == Value::str("x"));
    assert!(Value::TRUE == true && Value::int(1) != true && Value::NULL != "null");
    assert!(value!({ a: [1] })["a"][0] == 1);
}

#[test]
fn reading_what_is_not_there_gives_null() {
    let value = value!({ a: [{ b: 1 }], (Value::int(7)): "seven" });
    assert_eq!(value["a"][0]["b"], 1);
    assert!(value["a"][1]["b"].is_null() && value["a"]["b"].is_null() && value["x"][0].is_null());
    assert_eq!(value[Value::int(7)], "seven");
    assert_eq!(value.get(String::from("x")), None);
}

#[test]
fn the_macro_takes_trailing_commas_and_nests() {
    let n = 2;
    assert_eq!(value!([]).to_string(), "[]");
    assert_eq!(value!({}).to_string(), "{}");
    assert_eq!(value!([null, [], {}, n + 1, -1, [n,],]).to_string(), "[null, [], {}, 3, -1, [2]]");
    assert_eq!(
        value!({ a: null, "b c": if n > 1 { "yes" } else { "no" }, type: 1, a: 2, }).to_string(),
        "{a: 2, \"b c\": \"yes\", type: 1}"
    );
    assert_eq!(value!(null), Value::NULL);
}

#[test]
fn maps_tell_their_changes_however_they_came_about() {
    use crate::value::Change;
    let big = |n: i64| -> Map { (0..n).map(|i| (format!("k{i:05}"), Value::int(i))).collect() };
    let old = big(1000);
    let mut new = old.clone();
    new.extend([("k00007", Value::int(-7)), ("x", Value::NULL)]);
    new.remove(&Value::str("k00500"));
    let again: Map =
        new.clone().into_iter().map(|(k, v)| (k.as_str().unwrap_or("").to_string(), v)).collect();
    for new in [&new, &again] {
        let changes: Vec<_> = old.changes(new).map(|(k, c)| (k.to_string(), c)).collect();
        assert_eq!(
            changes,
            [
                ("\"k00007\"".into(), Change::Replaced(&Value::int(7), &Value::int(-7))),
                ("\"k00500\"".into(), Change::Removed(&Value::int(500))),
                ("\"x\"".into(), Change::Added(&Value::NULL)),
            ]
        );
    }
}
