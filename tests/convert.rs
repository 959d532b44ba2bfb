//! Rust types and values: the derives, and what a host does with them from end to end.

use std::collections::BTreeMap;
use std::fmt::Debug;

use tansy::{ConvertError, Engine, FromValue as _, IntoValue as _, Value, value};
use tansy_derive::{FromValue, IntoValue};

/// Converts there, by reference and by value, and back.
macro_rules! both {
    ($rust:expr, $shown:expr $(,)?) => {{
        let rust = $rust;
        let value = (&rust).into_value();
        assert_eq!(value.to_string(), $shown);
        assert_eq!(from(&rust, value.clone()).as_ref(), Ok(&rust));
        assert_eq!(rust.into_value(), value);
    }};
}

/// Converts to the type of `like`, from a value that is kept and from one that is given away.
fn from<T: tansy::FromValue + PartialEq + Debug>(
    _like: &T,
    value: Value,
) -> Result<T, ConvertError> {
    let kept = T::from_value(&value);
    assert_eq!(kept, T::from_owned(value));
    kept
}

#[track_caller]
fn refused<T: tansy::FromValue>(value: Value, message: &str) {
    let error: Option<ConvertError> = T::from_value(&value).err();
    assert_eq!(error.map(|error| error.to_string()).as_deref(), Some(message));
}

#[derive(FromValue, IntoValue, PartialEq, Debug)]
struct Item {
    sku: String,
    qty: u32,
    note: Option<String>,
}

fn item(qty: u32) -> Item {
    Item { sku: "a".into(), qty, note: None }
}

#[test]
fn a_struct_is_a_map() {
    both!(item(3), "{note: null, qty: 3, sku: \"a\"}");
    assert_eq!(Item::from_value(&value!({ sku: "a", qty: 3, other: 1 })), Ok(item(3)));
    refused::<Item>(value!({ sku: "a" }), "missing field `qty`");
    refused::<Vec<Item>>(
        value!([{ sku: "a", qty: 3 }, { sku: "a", qty: -1 }]),
        "[1].qty: expected u32, found -1",
    );
    refused::<Item>(value!(3), "expected Map, found Int 3");
}

#[derive(FromValue, IntoValue, PartialEq, Debug)]
struct Pair(u8, String);

#[derive(FromValue, IntoValue, PartialEq, Debug)]
struct Meters(f64);

#[derive(FromValue, IntoValue, PartialEq, Debug)]
struct Nothing;

#[test]
fn tuple_and_unit_structs() {
    both!(Pair(1, "x".into()), "[1, \"x\"]");
    both!(Meters(1.5), "1.5");
    both!(Nothing, "null");
    refused::<Pair>(value!([1, 2]), "[1]: expected Str, found Int 2");
    refused::<Pair>(value!([1]), "expected a Vec of 2 items, found one of 1 item");
    refused::<Nothing>(value!(1), "expected null, found Int 1");
}

#[derive(FromValue, IntoValue, PartialEq, Debug)]
#[tansy(rename_all = "kebab-case")]
enum Shape {
    NoneAtAll,
    Circle(f64),
    Line(i32, i32),
    #[tansy(rename_all = "camelCase", deny_unknown)]
    Box {
        line_width: u8,
    },
    #[tansy(rename = "x")]
    Other(Nothing),
}

#[test]
fn enums_are_tagged_from_outside() {
    both!(
        vec![
            Shape::NoneAtAll,
            Shape::Circle(1.5),
            Shape::Line(-1, 1),
            Shape::Box { line_width: 2 },
            Shape::Other(Nothing),
        ],
        "[\"none-at-all\", {circle: 1.5}, {line: [-1, 1]}, {box: {lineWidth: 2}}, {x: null}]",
    );
    assert_eq!(Shape::from_value(&value!({ "none-at-all": null })), Ok(Shape::NoneAtAll));
    refused::<Shape>(
        value!("circel"),
        "expected one of \"none-at-all\", \"circle\", \"line\", \"box\", \"x\", found \"circel\"",
    );
    refused::<Shape>(
        value!("circle"),
        "expected a Map of the variant and what it holds, found Str \"circle\"",
    );
    refused::<Shape>(
        value!({ circle: 1, line: 2 }),
        "expected one of none-at-all, circle, line, box, x, found Map {circle: 1, line: 2}",
    );
    refused::<Shape>(value!({ line: [1, "x"] }), "line[1]: expected Int, found Str \"x\"");
    refused::<Shape>(
        value!({ box: { lineWidht: 1 } }),
        "box: unknown field `lineWidht`; did you mean `lineWidth`?",
    );
    refused::<Shape>(value!({ "none-at-all": 1 }), "[\"none-at-all\"]: expected null, found Int 1");
}

fn eighty() -> u16 {
    80
}

#[derive(FromValue, IntoValue, PartialEq, Debug)]
#[tansy(rename_all = "kebab-case", deny_unknown)]
struct Server {
    host_name: String,
    #[tansy(default = "eighty")]
    port: u16,
    #[tansy(default)]
    tags: Vec<String>,
    #[tansy(rename = "type")]
    kind: Option<String>,
    #[tansy(skip)]
    cache: Option<std::time::Instant>,
    r#match: bool,
}

#[test]
fn fields_have_names_and_defaults() {
    let server = Server {
        host_name: "h".into(),
        port: 80,
        tags: Vec::new(),
        kind: None,
        cache: None,
        r#match: true,
    };
    assert_eq!(
        Server::from_value(&value!({ "host-name": "h", match: true })).as_ref(),
        Ok(&server)
    );
    both!(server, "{\"host-name\": \"h\", match: true, port: 80, tags: [], type: null}");
    refused::<Server>(
        value!({ "host-name": "h", match: true, cache: 1 }),
        "unknown field `cache`; there are `host-name`, `port`, `tags`, `type`, `match`",
    );
}

#[derive(FromValue, IntoValue, PartialEq, Debug)]
#[tansy(default)]
struct Limits {
    memory: u64,
    time: f64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { memory: 1 << 20, time: 1.5 }
    }
}

#[test]
fn missing_fields_come_from_the_default_of_the_type() {
    assert_eq!(Limits::from_value(&value!({ time: 2 })), Ok(Limits { memory: 1 << 20, time: 2.0 }));
    refused::<Limits>(value!({ time: "x" }), "time: expected Float, found Str \"x\"");
}

#[derive(FromValue, IntoValue, PartialEq, Debug)]
struct Request {
    path: String,
    #[tansy(flatten)]
    limits: Limits,
    #[tansy(flatten)]
    rest: BTreeMap<String, Value>,
}

#[test]
fn flattened_fields_stand_beside_the_others() {
    let request = Request::from_value(&value!({ path: "/", memory: 1, x: [1] }));
    let Ok(request) = request else { panic!("{request:?}") };
    assert_eq!((request.limits.memory, request.limits.time), (1, 1.5));
    assert_eq!(request.rest.get("x"), Some(&value!([1])));
    assert_eq!(request.into_value().to_string(), "{memory: 1, path: \"/\", time: 1.5, x: [1]}");
}

#[derive(FromValue, IntoValue, PartialEq, Debug)]
struct Long {
    zebra: u8,
    a_name_of_many_more_bytes: u8,
    a_name_of_14_b: u8,
    a_name_of_15_by: u8,
}

#[derive(FromValue, IntoValue, PartialEq, Debug)]
struct Empty {}

#[test]
fn names_of_any_length_are_found() {
    both!(
        Long { zebra: 1, a_name_of_many_more_bytes: 2, a_name_of_14_b: 3, a_name_of_15_by: 4 },
        "{a_name_of_14_b: 3, a_name_of_15_by: 4, a_name_of_many_more_bytes: 2, zebra: 1}",
    );
    let more = value!({ Aa: 0, zebra: 1, a_name_of_many_more_bytes: 2, a_name_of_14_b: 3, a_name_of_15_by: 4 });
    assert!(Long::from_value(&more).is_ok_and(|long| long.a_name_of_15_by == 4));
    refused::<Long>(
        value!({ zebra: 1, a_name_of_14_b: 1 }),
        "missing field `a_name_of_many_more_bytes`",
    );
    both!(Empty {}, "{}");
}

#[derive(FromValue, IntoValue, PartialEq, Debug)]
struct Generic<T, const N: usize>
where
    T: Clone,
{
    items: [T; N],
    more: Vec<Option<T>>,
}

#[test]
fn generic_types_convert() {
    both!(Generic { items: [1, 2], more: vec![None, Some(3)] }, "{items: [1, 2], more: [null, 3]}");
}

#[derive(IntoValue)]
struct Borrowing<'a> {
    name: &'a str,
    items: &'a [Item],
}

#[test]
fn what_borrows_becomes_a_value() {
    let items = [item(1)];
    let made = Borrowing { name: "n", items: &items };
    assert_eq!((&made).into_value(), made.into_value());
}

#[derive(FromValue, IntoValue, PartialEq, Debug)]
struct Tree {
    value: i32,
    children: Vec<Tree>,
}

#[derive(FromValue, Debug)]
enum List {
    #[allow(dead_code)]
    Cons(Box<List>),
}

#[test]
fn a_type_that_contains_itself_ends_at_the_depth_limit() {
    let leaf = |value| Tree { value, children: Vec::new() };
    both!(
        Tree { value: 0, children: vec![leaf(1), leaf(2)] },
        "{children: [{children: [], value: 1}, {children: [], value: 2}], value: 0}",
    );
    let mut deep = value!("Cons");
    for _ in 0..1_000_000 {
        deep = value!({ Cons: deep });
    }
    let error = List::from_value(&deep).err().map(|error| error.reason().to_string());
    assert_eq!(error.as_deref(), Some("nested more than 128 levels deep"));
}

#[test]
fn orders_go_into_a_rule_and_its_result_comes_out() {
    #[derive(IntoValue)]
    struct Order {
        country: &'static str,
        total: tansy::Decimal,
        items: Vec<Item>,
    }

    #[derive(FromValue, PartialEq, Debug)]
    struct Outcome {
        express: bool,
        count: u32,
    }

    let options = tansy::CompileOptions { inputs: vec!["order".into()], exports: false };
    let source = tansy::Source::new(
        "rule.tansy",
        "{express: order.total > 100 and order.country in [\"DE\", \"FR\"], count: order.items.map(.qty).sum()}",
    );
    let program = Engine::new().compile_with(source, &options).unwrap();
    let order = Order {
        country: "DE",
        total: tansy::Decimal::new(10050, 2),
        items: vec![item(2), item(3)],
    };
    let result = program.run(&[("order", order.into_value())]).unwrap();
    assert_eq!(Outcome::from_value(&result), Ok(Outcome { express: true, count: 5 }));
}

#[cfg(feature = "serde")]
#[test]
fn the_derives_and_serde_agree() {
    #[derive(FromValue, IntoValue, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
    #[tansy(rename_all = "camelCase")]
    #[serde(rename_all = "camelCase")]
    enum Everything {
        UnitVariant,
        NewType(Vec<(u8, Option<char>)>),
        TupleVariant(i128, f32),
        StructVariant { a_field: String, nested: Box<Everything> },
    }
    let all = [
        Everything::UnitVariant,
        Everything::NewType(vec![(1, Some('x')), (2, None)]),
        Everything::TupleVariant(i128::MIN, 0.5),
        Everything::StructVariant {
            a_field: "a".into(),
            nested: Box::new(Everything::UnitVariant),
        },
    ];
    for one in all {
        let value = (&one).into_value();
        assert_eq!(tansy::to_value(&one).as_ref(), Ok(&value));
        assert_eq!(tansy::from_value::<Everything>(&value).as_ref(), Ok(&one));
        assert_eq!(Everything::from_value(&value), Ok(one));
    }
}
