//! Conversion through serde.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::net::IpAddr;
use std::ops::{RangeFrom, RangeInclusive};

use num_bigint::BigInt;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::convert::{from_value, to_value, value};
use crate::value::{Map, Ref, SeqBody, Set, Value, Vector};

/// Converts there and back.
#[track_caller]
fn both<T: Serialize + DeserializeOwned + PartialEq + Debug>(rust: T, shown: &str) {
    let value = to_value(&rust).unwrap();
    assert_eq!(value.to_string(), shown);
    assert_eq!(from_value::<T>(&value), Ok(rust));
}

#[track_caller]
fn refused<T: DeserializeOwned>(value: Value, message: &str) {
    match from_value::<T>(&value) {
        Ok(_) => panic!("{value} is accepted"),
        Err(error) => assert_eq!(error.to_string(), message),
    }
}

fn seq() -> Value {
    Value::seq(Ref::new(SeqBody { state: Value::NULL, step: Value::NULL }))
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Default)]
struct Server {
    port: u16,
    host: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_connections: Option<u32>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename_all = "kebab-case")]
enum Shape {
    Empty,
    Circle(f64),
    Line(i32, i32),
    NamedBox { width: u8 },
}

#[test]
fn scalars_go_both_ways() {
    both(true, "true");
    both(i64::MIN, "-9223372036854775808");
    both(u64::MAX, "18446744073709551615");
    both(i128::MIN, "-170141183460469231731687303715884105728");
    both(u128::MAX, "340282366920938463463374607431768211455");
    both(0.1, "0.1");
    both(1.5f32, "1.5");
    both('ß', "\"ß\"");
    both(String::from("more than fourteen bytes"), "\"more than fourteen bytes\"");
    both(Some(1), "1");
    both(None::<i32>, "null");
    both((), "null");
    both("127.0.0.1".parse::<IpAddr>().unwrap(), "\"127.0.0.1\"");
    both(std::time::Duration::from_millis(1500), "{nanos: 500000000, secs: 1}");
}

#[test]
fn collections_go_both_ways() {
    both(vec![(1, String::from("a"))], "[[1, \"a\"]]");
    both([[1, 2], [3, 4]], "[[1, 2], [3, 4]]");
    both(BTreeMap::from([(3, 'c'), (-1, 'a')]), "{-1 => \"a\", 3 => \"c\"}");
    both(HashMap::from([((1, true), None::<u8>)]), "{[1, true] => null}");
    both(std::collections::BTreeSet::from([2, 1]), "[1, 2]");
    assert_eq!(
        from_value::<Vec<i32>>(&Set::from_elements([2.into(), 1.into()]).unwrap().into()),
        Ok(vec![1, 2])
    );
}

#[test]
fn structs_and_enums_go_both_ways() {
    let server = Server { port: 80, host: "a".into(), max_connections: None };
    both(server, "{host: \"a\", port: 80}");
    both(
        Server { max_connections: Some(9), ..Server::default() },
        "{host: \"\", max_connections: 9, port: 0}",
    );
    both(
        vec![Shape::Empty, Shape::Circle(1.5), Shape::Line(-1, 1), Shape::NamedBox { width: 3 }],
        "[\"empty\", {circle: 1.5}, {line: [-1, 1]}, {named-box: {width: 3}}]"
            .replace("named-box", "\"named-box\"")
            .as_str(),
    );
}

#[test]
fn decimals_stay_decimals() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Order {
        total: Decimal,
        parts: Vec<Option<Decimal>>,
    }
    let order = Order { total: Decimal::new(950, 2), parts: vec![Some(Decimal::ONE), None] };
    both(order, "{parts: [1d, null], total: 9.50d}");
    assert_eq!(to_value(&&Decimal::NEGATIVE_ONE).unwrap(), Value::decimal(Decimal::NEGATIVE_ONE));
    assert_eq!(from_value::<Decimal>(&Value::int(3)), Ok(Decimal::from(3)));
    refused::<f64>(Value::decimal(Decimal::ONE), "expected Float, found Decimal 1d");
}

#[test]
fn ranges_go_both_ways() {
    both(1..5i64, "1..5");
    both(1..=5u8, "1..=5");
    both(RangeFrom { start: 7 }, "7..");
    both(0.5..1.5, "{end: 1.5, start: 0.5}");
    let range = crate::value::Range::inclusive(0, 9).into();
    assert_eq!(from_value::<std::ops::Range<u8>>(&range), Ok(0..10));
    assert_eq!(from_value::<RangeInclusive<u8>>(&crate::value::Range::new(0, 9).into()), Ok(0..=8));
    refused::<RangeFrom<u8>>(range.clone(), "expected RangeFrom, found Range 0..=9");
    assert_eq!(serde_json::to_string(&range).unwrap(), r#"{"start":0,"end":9,"inclusive":true}"#);
}

#[test]
fn a_value_inside_arrives_as_it_is() {
    #[derive(Serialize, Deserialize)]
    struct Holder {
        any: Value,
        list: Vec<Value>,
        map: Map,
        vector: Vector,
        set: Set,
    }
    let set = Set::from_elements([Value::decimal(Decimal::ONE)]).unwrap();
    let vector = Vector::from(vec![seq()]);
    let holder = Holder {
        any: seq(),
        list: vec![set.clone().into(), crate::value::Range::new(1, 2).into()],
        map: Map::from_iter([("a", seq())]),
        vector: vector.clone(),
        set: set.clone(),
    };
    let value = to_value(&holder).unwrap();
    assert_eq!(value["any"], holder.any);
    let back: Holder = from_value(&value).unwrap();
    assert!(back.vector.ptr_eq(&vector) && back.set.ptr_eq(&set) && back.map.ptr_eq(&holder.map));
    assert_eq!(back.list, holder.list);
    assert_eq!(to_value(&back).unwrap(), value);
}

#[test]
fn a_value_inside_json_inside_a_conversion_is_not_confused() {
    struct Embedded(Value);

    impl Serialize for Embedded {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let json = serde_json::to_string(&self.0).map_err(serde::ser::Error::custom)?;
            serializer.serialize_str(&json)
        }
    }

    let value = to_value(&(Embedded(value!([1])), value!({ a: 2 }))).unwrap();
    assert_eq!(value.to_string(), "[\"[1]\", {a: 2}]");
}

#[test]
fn values_go_through_json() {
    let big: BigInt = BigInt::from(10).pow(50);
    let value = value!({
        null: null, flag: true, n: -3, x: 1.5, s: "text", v: [1, [2]], m: { (7): "k" },
        u: u64::MAX, i: i128::MIN, big: &big, d: Decimal::new(950, 2),
        set: Set::from_elements([2.into(), 1.into()]).unwrap(),
    });
    let json = serde_json::to_string(&value).unwrap();
    assert_eq!(
        json,
        format!(
            "{{\"big\":\"{big}\",\"d\":\"9.50\",\"flag\":true,\"i\":{},\"m\":{{\"7\":\"k\"}},\"n\":-3,\"null\":null,\
             \"s\":\"text\",\"set\":[1,2],\"u\":18446744073709551615,\"v\":[1,[2]],\"x\":1.5}}",
            i128::MIN
        )
    );
    let back: Value =
        serde_json::from_str(r#"{"a":[1,-2,2.5,"x",null,true,18446744073709551615],"b":{}}"#)
            .unwrap();
    assert_eq!(back, value!({ a: [1, -2, 2.5, "x", null, true, u64::MAX], b: {} }));
}

#[test]
fn what_no_format_has_is_an_error_with_its_path() {
    let error = serde_json::to_string(&value!({ a: [1, { "b c": seq() }] })).unwrap_err();
    assert_eq!(error.to_string(), "a[1][\"b c\"]: a Seq is not data");
    assert_eq!(serde_json::to_string(&seq()).unwrap_err().to_string(), "a Seq is not data");
    let message =
        from_value::<BTreeMap<String, i32>>(&value!({ f: seq() })).unwrap_err().to_string();
    assert!(message.starts_with("f: expected Int, found Seq "), "{message}");
    let message = from_value::<BTreeMap<String, serde_json::Value>>(&value!({ f: [seq()] }))
        .unwrap_err()
        .to_string();
    assert!(message.starts_with("f[0]: expected data, found Seq "), "{message}");
}

#[test]
fn errors_say_where() {
    type Config = BTreeMap<String, Vec<Server>>;
    let good = value!({ host: "a", port: 80 });
    let wrong = |server: Value| value!({ servers: [good.clone(), good.clone(), server] });
    refused::<Config>(
        wrong(value!({ host: "b", port: 70_000 })),
        "servers[2].port: expected u16, found 70000",
    );
    refused::<Config>(
        wrong(value!({ host: "b", port: "x" })),
        "servers[2].port: expected Int, found Str \"x\"",
    );
    refused::<Config>(
        wrong(value!({ host: 3, port: 1 })),
        "servers[2].host: expected Str, found Int 3",
    );
    refused::<Config>(wrong(value!({ host: "b" })), "servers[2]: missing field `port`");
    refused::<Config>(wrong(value!(7)), "servers[2]: expected Map, found Int 7");
    refused::<Config>(value!({ servers: { a: 1 } }), "servers: expected Vec, found Map {a: 1}");
    refused::<HashMap<u8, bool>>(value!({ (300): true }), "[300]: the key: expected u8, found 300");
    refused::<(u8, u8)>(value!([1]), "expected a Vec of 2 items, found one of 1 item");
    refused::<Vec<Shape>>(
        value!(["empty", "circel"]),
        "[1]: expected one of \"empty\", \"circle\", \"line\", \"named-box\", found \"circel\"",
    );
    refused::<Vec<Shape>>(
        value!([{ line: [1, "x"] }]),
        "[0].line[1]: expected Int, found Str \"x\"",
    );
    refused::<Shape>(
        value!("circle"),
        "expected a Map of the variant and what it holds, found Str \"circle\"",
    );
    refused::<Shape>(value!({ empty: 1 }), "empty: expected null, found Int 1");

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Strict {
        port: u16,
        host: Option<String>,
    }
    refused::<Vec<Strict>>(
        value!([{ prot: 1 }]),
        "[0]: unknown field `prot`; did you mean `port`?",
    );
    refused::<Vec<Strict>>(
        value!([{ port: 1, (7): 1 }]),
        "[0]: unknown field `7`; there are `port`, `host`",
    );
    let error = from_value::<Vec<Strict>>(&value!([{ prot: 1 }])).unwrap_err();
    assert_eq!((error.path().to_string().as_str(), error.unknown()), ("[0]", Some("prot")));
}

#[test]
fn text_and_bytes_are_borrowed() {
    #[derive(Deserialize, Debug, PartialEq)]
    struct Borrowed<'a> {
        name: &'a str,
        bytes: &'a [u8],
    }
    let value = value!({ name: "longer than fourteen bytes", bytes: "raw" });
    let made: Borrowed = from_value(&value).unwrap();
    assert_eq!(made, Borrowed { name: "longer than fourteen bytes", bytes: b"raw" });
    assert!(std::ptr::eq(made.name, value["name"].as_str().unwrap()));
}

#[test]
fn flattened_and_tagged_types_work() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Outer {
        name: String,
        #[serde(flatten)]
        rest: BTreeMap<String, i64>,
    }
    both(
        Outer { name: "n".into(), rest: BTreeMap::from([("a".into(), 1)]) },
        "{a: 1, name: \"n\"}",
    );

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    #[serde(untagged)]
    enum Untagged {
        Number(i64),
        Text(String),
        Both { number: u8, text: String },
    }
    let all = vec![
        Untagged::Number(-1),
        Untagged::Text("t".into()),
        Untagged::Both { number: 1, text: "x".into() },
    ];
    both(all, "[-1, \"t\", {number: 1, text: \"x\"}]");

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    #[serde(tag = "type")]
    enum Tagged {
        One { n: u8 },
        Two,
    }
    both(vec![Tagged::One { n: 1 }, Tagged::Two], "[{n: 1, type: \"One\"}, {type: \"Two\"}]");
}

#[derive(Serialize, Deserialize, Debug)]
struct Tree {
    children: Vec<Tree>,
}

#[test]
fn deep_data_is_refused_in_both_directions() {
    let mut deep = value!({ children: [] });
    for _ in 0..1_000_000 {
        deep = value!({ children: [deep] });
    }
    let error = from_value::<Tree>(&deep).unwrap_err();
    assert_eq!(error.reason().to_string(), "nested more than 128 levels deep");
    let error = from_value::<serde_json::Value>(&deep).unwrap_err();
    assert_eq!(error.reason().to_string(), "nested more than 128 levels deep");
    assert!(
        serde_json::to_string(&deep)
            .unwrap_err()
            .to_string()
            .ends_with("nested more than 128 levels deep")
    );
    // A value itself is only shared.
    assert!(to_value(&deep).is_ok() && from_value::<Value>(&deep).is_ok());

    let mut tree = Tree { children: Vec::new() };
    for _ in 0..1000 {
        tree = Tree { children: vec![tree] };
    }
    let error = to_value(&tree).unwrap_err();
    assert_eq!(error.reason().to_string(), "nested more than 128 levels deep");

    // A type that contains itself without any data in between.
    #[derive(Serialize, Deserialize, Debug)]
    struct Endless(Option<Box<Endless>>);
    let error = from_value::<Endless>(&value!(1)).unwrap_err();
    assert_eq!(error.to_string(), "nested more than 128 levels deep");
}

#[test]
fn keys_that_no_map_takes_are_refused() {
    let entries = BTreeMap::from([(seq(), 1)]);
    assert_eq!(to_value(&entries).unwrap_err().to_string(), "a key of the map: Seq has no order");
}

#[test]
fn bytes_are_a_vec_of_ints() {
    struct Bytes;
    impl Serialize for Bytes {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(&[1, 255])
        }
    }
    assert_eq!(to_value(&Bytes).unwrap(), value!([1, 255]));
    assert_eq!(from_value::<Vec<u8>>(&value!([1, 255])), Ok(vec![1, 255]));
}

#[test]
fn a_struct_that_gives_other_fields_each_time_is_right_each_time() {
    #[derive(Serialize)]
    struct Sometimes {
        zebra: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        middle: Option<u8>,
        #[serde(skip_serializing_if = "Option::is_none")]
        other_name_of_many_bytes: Option<u8>,
        #[serde(rename = "zebra")]
        again: u8,
        apple: u8,
    }
    for round in 0..4 {
        for (middle, other, shown) in [
            (Some(1), None, "{apple: 9, middle: 1, zebra: 8}"),
            (None, Some(2), "{apple: 9, other_name_of_many_bytes: 2, zebra: 8}"),
            (None, None, "{apple: 9, zebra: 8}"),
        ] {
            let made = Sometimes {
                zebra: round,
                middle,
                other_name_of_many_bytes: other,
                again: 8,
                apple: 9,
            };
            assert_eq!(to_value(&made).unwrap().to_string(), shown);
        }
    }
    for (a, b) in
        [(None, Some(1)), (Some(1), None), (Some(1), Some(2)), (None, None), (None, Some(3))]
    {
        let server = Server { max_connections: a, ..Server::default() };
        assert_eq!(to_value(&server).unwrap().get("max_connections").is_some(), a.is_some());
        #[derive(Serialize)]
        struct Two {
            #[serde(skip_serializing_if = "Option::is_none")]
            b: Option<i32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            a: Option<i32>,
        }
        let made = to_value(&Two { b, a: a.map(|n| n as i32) }).unwrap();
        assert_eq!((made["a"] == Value::from(a), made["b"] == Value::from(b)), (true, true));
    }
}

#[test]
fn a_value_in_a_buffer_of_serdes_is_plain_data() {
    #[derive(Serialize, Deserialize)]
    struct Flat {
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    }
    let set = Set::from_elements([1.into()]).unwrap();
    let value = value!({ d: Decimal::ONE, set: &set });
    let flat: Flat = from_value(&value).unwrap();
    assert_eq!(Value::from(Map::from_iter(flat.rest)), value!({ d: "1", set: [1] }));
    // The other way there is no buffer.
    let flat = Flat { rest: BTreeMap::from([("set".into(), Value::from(set))]) };
    assert_eq!(to_value(&flat).unwrap().to_string(), "{set: #{1}}");

    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Outer {
        rest: Vec<Inner>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Inner {
        #[serde(flatten)]
        ports: BTreeMap<String, u16>,
    }
    refused::<Outer>(value!({ rest: [{ a: 70_000 }] }), "rest[0]: expected u16, found 70000");
}
