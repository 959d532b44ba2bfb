//! Strings, and values as text.

use proptest::prelude::*;

use super::{dec, map, set, vector};
use crate::value::{Iter, Range, Value};

proptest! {
    #[test]
    fn indices_count_characters(text in "[a-cä-ü€🌼\n]{0,200}", more in "[a-dé🌼]{0,30}", a in 0usize..210, b in 0usize..210) {
        let mut value = Value::str(&text);
        let check = |value: &Value, text: &str| {
            let chars: Vec<char> = text.chars().collect();
            assert_eq!(value.as_str(), Some(text));
            assert_eq!(value.char_count(), Some(chars.len()));
            assert_eq!(value.char_at(a), chars.get(a).copied());
            let expected = chars.get(a..b).map(|chars| chars.iter().collect::<String>());
            assert_eq!(value.char_slice(a..b).map(str::to_owned), expected);
            if let Some(offset) = value.char_offset(a) {
                assert_eq!(value.chars_before(offset), Some(a));
            }
            let mut iteration = Iter::new(value).expect("strings iterate");
            for c in &chars {
                assert_eq!(iteration.next(), Some(Value::char(*c)));
            }
            assert_eq!(iteration.next(), None);
        };
        check(&value, &text);
        let old = value.clone();
        value.as_string_mut().expect("a string").push_str(&more);
        check(&value, &format!("{text}{more}"));
        check(&old, &text);
        drop(old);
        value.as_string_mut().expect("a string").push('é');
        check(&value, &format!("{text}{more}é"));
        prop_assert_eq!(&value, &Value::from(format!("{text}{more}é")));
    }

    #[test]
    fn quoted_text_is_json(text in any::<String>()) {
        let quoted = Value::str(&text).to_string();
        prop_assert_eq!(crate::json::parse(&quoted), Ok(Value::str(&text)));
    }
}

#[test]
fn appending_to_a_string_of_one_holder_is_linear() {
    let mut text = Value::str("");
    for _ in 0..1_000_000 {
        text.as_string_mut().unwrap().push('x');
    }
    assert_eq!(text.char_count(), Some(1_000_000));
}

#[test]
fn values_as_literals() {
    let shown = |v: Value| v.to_string();
    assert_eq!(shown(Value::NULL), "null");
    assert_eq!(shown(dec("9.50")), "9.50d");
    assert_eq!(dec("9.50").display_str(), "9.50");
    assert_eq!(shown(Value::str("a\"b\n\u{1}é🌼")), r#""a\"b\n\u0001é🌼""#);
    assert_eq!(shown(Value::vec(vector([1, 2]))), "[1, 2]");
    assert_eq!(shown(Value::set(set([2, 1]))), "#{1, 2}");
    assert_eq!(shown(Value::set(set([]))), "#{}");
    assert_eq!(
        shown(Value::map(map(&[("b c", 1), ("a", 2), ("", 3), ("9", 4)]))),
        r#"{"": 3, "9": 4, a: 2, "b c": 1}"#
    );
    let mut m = map(&[("a", 1)]);
    m.insert(Value::int(3), "three".into()).unwrap();
    m.insert(Value::vec(vector([1, 2])), Value::NULL).unwrap();
    assert_eq!(shown(Value::map(m)), r#"{3 => "three", a: 1, [1, 2] => null}"#);
    assert_eq!(shown(Value::range(Range::new(0, 10))), "0..10");
    assert_eq!(shown(Value::range(Range::inclusive(-1, 10))), "-1..=10");
    assert_eq!(shown(Value::range(Range::from(1))), "1..");
    assert_eq!(Value::str("bare").display_str(), "bare");
    assert_eq!(Value::from(vec!["quoted".into()]).display_str(), "[\"quoted\"]");
}

#[test]
fn bounded_text_ends_at_a_character() {
    let v = Value::from(vec!["ééééé".into(), 1.into()]);
    assert_eq!(v.write_bounded(5), "[\"é…");
    assert_eq!(v.write_bounded(100), "[\"ééééé\", 1]");
    assert_eq!(v.to_text_within(5), None);
}

#[test]
fn pretty_breaks_what_does_not_fit() {
    let inner = Value::map(map(&[("qty", 1), ("price", 2)]));
    let v = Value::map(
        [("items", Value::from(vec![inner.clone(), inner])), ("note", "x".repeat(20).into())]
            .into_iter()
            .collect(),
    );
    assert_eq!(v.pretty(200), v.to_string());
    assert_eq!(
        v.pretty(30),
        "{\n  items: [\n    {price: 2, qty: 1},\n    {price: 2, qty: 1}\n  ],\n  note: \"xxxxxxxxxxxxxxxxxxxx\"\n}"
    );
}

#[test]
fn ranges() {
    assert_eq!(Range::new(0, 10).len(), Some(10));
    assert_eq!(Range::inclusive(i64::MIN, i64::MAX).len(), Some(1 << 64));
    assert_eq!(Range::new(5, 0).len(), Some(0));
    assert_eq!(Range::from(0).len(), None);
    assert_eq!(Range::new(1, -1).resolve(5), Some(1..4));
    assert_eq!(Range::inclusive(0, -1).resolve(5), Some(0..5));
    assert_eq!(Range::new(0, 6).resolve(5), None);
    assert_eq!(Range::new(-6, 2).resolve(5), None);
    assert_eq!(Range::new(0, 6).resolve_clamped(5), 0..5);
    assert_eq!(Range::new(-9, -1).resolve_clamped(5), 0..4);
    assert_eq!(Range::new(4, 2).resolve_clamped(5), 4..4);
    assert_eq!(Range::inclusive(i64::MAX, i64::MAX).resolve_clamped(5), 5..5);
    let mut iteration = Iter::new(&Value::range(Range::inclusive(i64::MAX - 1, i64::MAX))).unwrap();
    assert_eq!(iteration.next(), Some(Value::int(i64::MAX - 1)));
    assert_eq!(iteration.next(), Some(Value::int(i64::MAX)));
    assert_eq!(iteration.next(), None);
}
