//! Every rule of RFC 8259, accepted and rejected.

use proptest::prelude::*;

use super::*;
use crate::value::{Map, Range, Set, Value};

fn error(text: &str) -> String {
    parse(text).map_or_else(|e| e.to_string(), |v| panic!("{text:?} was read as {v}"))
}

fn shown(text: &str) -> String {
    parse(text).map_or_else(|e| panic!("{text:?}: {e}"), |v| v.to_string())
}

#[test]
fn what_the_standard_accepts() {
    for (text, value) in [
        ("null", "null"),
        (" \t\r\n true \n", "true"),
        ("[]", "[]"),
        ("[ ]", "[]"),
        ("{}", "{}"),
        ("{ }", "{}"),
        ("[1, [2, []], {}]", "[1, [2, []], {}]"),
        (r#"{"b": 1, "a": {"c": [true, false, null]}}"#, "{a: {c: [true, false, null]}, b: 1}"),
        (r#""""#, r#""""#),
        (r#""\"\\\/\b\f\n\r\t""#, r#""\"\\/\b\f\n\r\t""#),
        (r#""\u00e9\u20AC\ud83c\udf3c é🌼""#, r#""é€🌼 é🌼""#),
        ("\"\u{7f}\"", r#""\u007f""#),
        ("0", "0"),
        ("-0", "0"),
        ("-0.0", "-0.0"),
        ("-1", "-1"),
        ("1e2", "100.0"),
        ("1E+2", "100.0"),
        ("12.5e-1", "1.25"),
        ("1e-400", "0.0"),
        ("999999999999999999", "999999999999999999"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("0.1", "0.1"),
        ("1.7976931348623157e308", "1.7976931348623157e308"),
    ] {
        assert_eq!(shown(text), value, "{text:?}");
    }
}

#[test]
fn what_the_standard_rejects() {
    for (text, message) in [
        ("", "expected a value, found the end of the text at line 1, column 1"),
        ("  ", "expected a value, found the end of the text at line 1, column 3"),
        ("[1", "expected `,` or `]`, found the end of the text at line 1, column 3"),
        ("[1 2]", "expected `,` or `]`, found `2` at line 1, column 4"),
        ("[1,]", "expected a value, found `]` at line 1, column 4"),
        ("[,1]", "expected a value, found `,` at line 1, column 2"),
        ("{\"a\" 1}", "expected `:` after the key, found `1` at line 1, column 6"),
        ("{\"a\":}", "expected a value, found `}` at line 1, column 6"),
        ("{\"a\":1,}", "expected a key, found `}` at line 1, column 8"),
        ("{a:1}", "expected a key, found `a` at line 1, column 2"),
        ("{1:1}", "expected a key, found `1` at line 1, column 2"),
        ("{,}", "expected a key, found `,` at line 1, column 2"),
        ("[1}", "expected `,` or `]`, found `}` at line 1, column 3"),
        ("]", "expected a value, found `]` at line 1, column 1"),
        ("1 1", "expected the end of the text, found `1` at line 1, column 3"),
        ("nul", "expected a value, found `nul` at line 1, column 1"),
        ("nulls", "expected a value, found `nulls` at line 1, column 1"),
        ("True", "expected a value, found `True` at line 1, column 1"),
        ("'a'", "expected a value, found `'` at line 1, column 1"),
        ("// x\n1", "expected a value, found `/` at line 1, column 1"),
        ("01", "a number that begins with 0 at line 1, column 1"),
        ("-01", "a number that begins with 0 at line 1, column 1"),
        ("-", "expected a digit, found the end of the text at line 1, column 2"),
        ("+1", "expected a value, found `+` at line 1, column 1"),
        (".5", "expected a value, found `.` at line 1, column 1"),
        ("1.", "expected a digit after the point, found the end of the text at line 1, column 3"),
        ("1.e5", "expected a digit after the point, found `e5` at line 1, column 3"),
        ("1e", "expected a digit of the exponent, found the end of the text at line 1, column 3"),
        ("1e+", "expected a digit of the exponent, found the end of the text at line 1, column 4"),
        ("0x10", "expected the end of the text, found `x10` at line 1, column 2"),
        ("1e400", "a number beyond the range of Float at line 1, column 1"),
        ("-1e400", "a number beyond the range of Float at line 1, column 1"),
        ("NaN", "expected a value, found `NaN` at line 1, column 1"),
        ("\"a", "the string does not end at line 1, column 1"),
        ("\"a\\", "the string does not end at line 1, column 3"),
        ("\"a\nb\"", "the string does not end on its line at line 1, column 1"),
        ("\"\t\"", "a control character in a string; it is written `\\u0009` at line 1, column 2"),
        ("\"\\x\"", "an unknown escape at line 1, column 2"),
        ("\"\\u12\"", "`\\u` needs four hexadecimal digits at line 1, column 2"),
        ("\"\\u12G4\"", "`\\u` needs four hexadecimal digits at line 1, column 2"),
        ("\"\\u+123\"", "`\\u` needs four hexadecimal digits at line 1, column 2"),
        ("\"\\ud83c\"", "half a surrogate pair at line 1, column 2"),
        ("\"\\ud83c\\u0041\"", "half a surrogate pair at line 1, column 2"),
        ("\"\\ud83cx\"", "half a surrogate pair at line 1, column 2"),
        ("\"\\udf3c\"", "half a surrogate pair at line 1, column 2"),
        ("\u{feff}1", "the text begins with a byte order mark at line 1, column 1"),
        ("\u{a0}1", "expected a value, found `\u{a0}` at line 1, column 1"),
        ("\0", "expected a value, found the character U+0000 at line 1, column 1"),
        ("[\n  \"é\", x]", "expected a value, found `x` at line 2, column 8"),
    ] {
        assert_eq!(error(text), message, "{text:?}");
    }
}

#[test]
fn mistakes_from_elsewhere_get_a_hint() {
    let help = |text: &str| parse(text).unwrap_err().help.unwrap_or("");
    assert!(help("[1,]").contains("no comma before `]`"));
    assert!(help("{\"a\":1,}").contains("no comma before `}`"));
    assert!(help("['a']").contains("double quotes"));
    assert!(help("{'a': 1}").contains("double quotes"));
    assert!(help("{a: 1}").contains("double quotes"));
    assert!(help("NaN").contains("NaN"));
    assert!(help("None").contains("null"));
    assert!(help("[1 // one\n]").contains("no comments"));
    assert!(help("\u{feff}1").contains("EF BB BF"));
}

#[test]
fn bytes_must_be_utf8() {
    assert_eq!(parse_bytes(b"[1]").unwrap().to_string(), "[1]");
    let error = parse_bytes(b"[\n\"\xff\"]").unwrap_err();
    assert_eq!((error.line, error.column, error.offset), (2, 2, 3));
    assert!(parse_bytes(b"\xff\xfe[\0").unwrap_err().help.is_some());
}

#[test]
fn of_duplicate_keys_the_last_wins() {
    assert_eq!(shown(r#"{"a": 1, "b": 2, "a": 3}"#), "{a: 3, b: 2}");
}

#[test]
fn nesting_is_limited_with_an_error() {
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(parse(&nested(MAX_DEPTH)).is_ok());
    assert!(
        error(&nested(MAX_DEPTH + 1))
            .starts_with("nested more than 1000 levels deep at line 1, column 1001")
    );
    assert!(error(&"[".repeat(100_000)).starts_with("nested more than"));
    assert!(error(&"{\"a\":".repeat(100_000)).starts_with("nested more than"));
}

#[test]
fn long_keys_that_repeat_are_one_string() {
    let value = parse(
        r#"[{"a key of more than fourteen bytes": 1}, {"a key of more than fourteen bytes": 2}]"#,
    )
    .unwrap();
    let key =
        |i| value.as_vec().unwrap().get(i).unwrap().as_map().unwrap().first().unwrap().0.clone();
    assert_eq!(key(0).address(), key(1).address());
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::NULL),
        any::<bool>().prop_map(Value::bool),
        any::<i64>().prop_map(Value::int),
        any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(Value::float),
        any::<[u8; 12]>()
            .prop_map(|bytes| Value::big(crate::value::BigInt::from_signed_bytes_le(&bytes))),
        any::<String>().prop_map(Value::from),
        "[ -~\"\\\\]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..30).prop_map(|entries| {
                let entries = entries.into_iter().map(|(k, v)| (Value::from(k), v)).collect();
                Value::map(Map::from_entries(entries).unwrap())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(value in values(), indent in 0usize..5) {
        let line = stringify(&value, usize::MAX).unwrap();
        let lines = pretty(&value, indent, usize::MAX).unwrap();
        prop_assert!(parse(&line).unwrap().identical(&value), "{}", line);
        prop_assert!(parse(&lines).unwrap().identical(&value), "{}", lines);
    }

    #[test]
    fn nothing_panics(text in "[\\[\\]{}\",:0-9eE.+\\- a-ft\\\\u\n]{0,60}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_bytes_panic(bytes in any::<Vec<u8>>()) {
        let _ = parse_bytes(&bytes);
    }
}

#[test]
fn values_that_json_can_say() {
    let json = |v: Value| stringify(&v, 1000).unwrap();
    assert_eq!(json(Value::decimal("9.50".parse().unwrap())), "9.50");
    assert_eq!(json(Value::set(Set::from_elements([2.into(), 1.into()]).unwrap())), "[1,2]");
    assert_eq!(json(Value::float(1e16)), "1e16");
    assert_eq!(
        json(
            [("b", Value::NULL), ("a", vec![1.into(), "x".into()].into())]
                .into_iter()
                .collect::<Map>()
                .into()
        ),
        r#"{"a":[1,"x"],"b":null}"#
    );
}

#[test]
fn values_that_json_cannot_say_are_errors_with_their_path() {
    let fails = |v: Value| stringify(&v, 1000).unwrap_err().to_string();
    let at = |v: Value| -> Value {
        let inner: Map = [("b", v)].into_iter().collect();
        [("a", vec![0.into(), inner.into()].into())].into_iter().collect::<Map>().into()
    };
    assert_eq!(fails(at(Value::float(f64::NAN))), "$.a[1].b: JSON has no NaN");
    assert_eq!(fails(Value::float(f64::INFINITY)), "$: JSON has no inf");
    assert_eq!(fails(at(Range::new(0, 1).into())), "$.a[1].b: a Range has no JSON");
    let keyed = Map::from_entries(vec![("x".into(), 1.into()), (3.into(), 2.into())]).unwrap();
    assert_eq!(fails(at(keyed.into())), "$.a[1].b: a key of JSON is a string, and 3 is not");
    let odd: Map = [("not a name", Value::float(f64::NAN))].into_iter().collect();
    assert_eq!(fails(odd.into()), "$[\"not a name\"]: JSON has no NaN");
    let long = stringify(&Value::from(vec![Value::int(1); 1000]), 100).unwrap_err();
    assert!(long.too_large);
}

#[test]
fn pretty_has_an_entry_on_each_line() {
    let value = parse(r#"{"a": [1, {}], "b": [], "c": {"d": 1}}"#).unwrap();
    let expected =
        "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": [],\n  \"c\": {\n    \"d\": 1\n  }\n}";
    assert_eq!(pretty(&value, 2, 1000).unwrap(), expected);
}
