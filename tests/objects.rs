//! Objects of the host: derived, made of parts, lent.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tansy::{AsPart, Call, Engine, Fault, HostObject, Part, Program, RunError, Value};

#[derive(tansy_derive::HostObject, Debug)]
struct Item {
    sku: String,
    #[tansy(rename = "quantity")]
    qty: u32,
    price: f64,
}

#[derive(tansy_derive::HostObject, Debug)]
#[tansy(rename = "Buyer", rename_all = "camelCase")]
struct Customer {
    full_name: &'static str,
    age: Option<u8>,
    #[tansy(skip)]
    #[allow(dead_code, reason = "that it is not shown is the point")]
    password: String,
}

#[derive(tansy_derive::HostObject, Debug)]
#[tansy(elements = "items")]
struct Order {
    id: u64,
    customer: Customer,
    items: Vec<Item>,
    best: Option<Arc<Item>>,
    by_name: BTreeMap<String, Item>,
    pairs: [[i64; 2]; 2],
    notes: Value,
}

fn item(sku: &str, qty: u32, price: f64) -> Item {
    Item { sku: sku.into(), qty, price }
}

fn order() -> Order {
    Order {
        id: 7,
        customer: Customer { full_name: "Ada", age: None, password: "secret".into() },
        items: vec![item("a", 1, 2.5), item("b", 12, 0.5), item("c", 3, 10.0)],
        best: Some(Arc::new(item("c", 3, 10.0))),
        by_name: BTreeMap::from([("x".into(), item("x", 9, 9.0))]),
        pairs: [[1, 2], [3, 4]],
        notes: Value::vec([Value::str("fragile")]),
    }
}

fn compiled(text: &str) -> Program {
    let engine = Engine::builder().object_type("Order").object_type("Item").build();
    engine
        .compile_with_inputs("objects", text, &["order", "other"])
        .unwrap_or_else(|e| panic!("{e}"))
}

/// The result of a text about an order that is shared, which is that of one that is lent.
fn about(text: &str) -> Result<Value, RunError> {
    let program = compiled(text);
    let (one, other) = (order(), order());
    let lent = Value::lend(&one, |one| {
        Value::lend(&other, |other| program.run([("order", one), ("other", other)]))
    });
    let shared = program.run([("order", Value::object(one)), ("other", Value::object(other))]);
    let shown = |result: &Result<Value, RunError>| match result {
        Ok(value) => value.to_string(),
        Err(error) => error.to_string(),
    };
    // What is lent is gone by now, if it is the result.
    if !shown(&lent).contains("Object") {
        assert_eq!(shown(&lent), shown(&shared), "{text}");
    }
    shared
}

#[test]
fn parts_are_read_where_they_are() {
    for (text, expected) in [
        ("[order.id, order.customer.fullName, order.customer.age]", "[7, \"Ada\", null]"),
        ("order.items.map(|i| i.quantity)", "[1, 12, 3]"),
        ("[i.sku for i in order.items if i.price < 5]", "[\"a\", \"b\"]"),
        ("order.items.any(|i| i.quantity >= 10)", "true"),
        ("order.items[-1].sku", "\"c\""),
        ("let [first, ...rest] = order.items; [first.sku, rest.len()]", "[\"a\", 2]"),
        ("order.best.sku", "\"c\""),
        ("order.by_name.x.quantity + order.by_name[\"x\"].quantity", "18"),
        ("order.pairs", "[[1, 2], [3, 4]]"),
        ("order.notes[0]", "\"fragile\""),
        ("order.notes.push(1)", "[\"fragile\", 1]"),
        // Elements: those of a field.
        ("order[1].sku", "\"b\""),
        ("var n = 0\nfor i in order { n += i.quantity }\nn", "16"),
        // And then it has the methods of a Vec.
        ("order.len()", "3"),
        ("order.map(|i| i.sku).join(\"\")", "\"abc\""),
        ("order.sort_by(f: |i| -i.quantity)[0].sku", "\"b\""),
        ("order.fold(...[0, |n, i| n + i.quantity])", "16"),
        (
            "order[1..].map(|i| i.sku).join(\"\") + order?[0..9].map(|i| i.sku).join(\"\")",
            "\"bcabc\"",
        ),
        ("order[*].quantity", "[1, 12, 3]"),
        ("[order.items[1] in order, 7 in order]", "[true, false]"),
        ("[...order].len()", "3"),
        // Patterns of maps see fields.
        (
            "match order { {id: 8} => 1, {id: 7, customer: {fullName}} => fullName, _ => 2 }",
            "\"Ada\"",
        ),
        ("match order.items { [{sku}, {quantity: 10..}, _] => sku, _ => null }", "\"a\""),
        ("match order { {} => 1, {nothing} => 2, {id, ...rest} => rest.keys().len() }", "6"),
        ("let {id, notes: [note]} = order; [id, note]", "[7, \"fragile\"]"),
        ("str(order).starts_with(\"Order {id: 7\")", "true"),
    ] {
        assert_eq!(about(text).unwrap().to_string(), expected, "{text}");
    }
}

#[test]
fn parts_have_types_and_are_equal_to_themselves() {
    for text in [
        "order is Order and order.items[0] is Item and type_of(order.customer) == \"Buyer\"",
        "order.items[0] == order.items[0] and order.items[0] != order.items[1]",
        "order.items == order.items and order.customer == order.customer",
        "order != other and order.items[0] != other.items[0]",
        // The first field of a struct may have the address of the struct.
        "order != order.customer and order.items[0] != order.items",
    ] {
        assert_eq!(about(text).unwrap(), true, "{text}");
    }
}

#[test]
fn what_an_object_lacks_is_told() {
    for (text, message) in [
        ("order.itens", "Order has no field `itens`"),
        ("order.customer.password", "Buyer has no field `password`"),
        ("order.items[0].qty", "Item has no field `qty`"),
        ("order.items[0].foo()", "Item has no method `foo`"),
        ("order.items[9].sku", "index 9 out of range"),
        ("order[9]", "index 9 out of range"),
        ("order.foo()", "Order has no method `foo`"),
        ("match order { {nothing} => 1 }", "no arm fits Order"),
    ] {
        let error = about(text).unwrap_err();
        assert!(error.message.starts_with(message), "{text}: {}", error.message);
    }
}

#[test]
fn parts_keep_the_object() {
    let whole = Arc::new(order());
    let text = "order.items.map(|i| [i]).concat([order.by_name, order.customer])";
    let program = Engine::new().compile_with_inputs("parts", text, &["order"]).unwrap();
    let parts = program.run([("order", Value::shared_object(whole.clone()))]).unwrap();
    assert!(Arc::strong_count(&whole) > 1);
    let item = |value: &Value| value.downcast_ref::<Item>().map(|item| item.sku.clone());
    assert_eq!(item(&parts[0][0]).as_deref(), Some("a"));
    let last = parts[1][0].clone();
    assert!(last.downcast_arc::<Item>().is_none());
    drop(parts);
    assert_eq!(Arc::strong_count(&whole), 2);
    let weak = Arc::downgrade(&whole);
    drop(whole);
    // Only the part holds it now.
    assert_eq!(std::thread::spawn(move || item(&last)).join().unwrap().as_deref(), Some("b"));
    assert!(weak.upgrade().is_none());
}

#[test]
fn a_long_object_is_shown_in_part_and_a_circle_to_an_end() {
    struct Node(Mutex<Vec<Arc<Node>>>);

    impl HostObject for Node {
        fn type_name(&self) -> &'static str {
            "Node"
        }

        fn fields(&self) -> &'static [&'static str] {
            &["next", "text"]
        }

        fn field(&self, name: &str) -> Option<Part<'_>> {
            match name {
                "next" => {
                    let next = self.0.lock().ok()?.first()?.clone();
                    Some(Value::shared_object(next).into())
                }
                _ => Some("ü".repeat(300).into()),
            }
        }
    }

    let node = Arc::new(Node(Mutex::default()));
    node.0.lock().unwrap().push(node.clone());
    let text = Value::shared_object(node.clone()).to_string();
    node.0.lock().unwrap().clear();
    assert!(text.starts_with("Node {next: Node {next: Node {next: Node {next: Node {…}"), "{text}");
    assert!(text.contains("üü…") && text.len() < 1000, "{text}");

    let text = Value::object(order()).to_string();
    assert_eq!(
        text,
        "Order {id: 7, customer: Buyer {fullName: \"Ada\", age: null}, \
         items: [Item {sku: \"a\", quantity: 1, price: 2.5}, Item {sku: \"b\", quantity: 12, price: 0.5}, \
         Item {sku: \"c\", quantity: 3, price: 10.0}], best: Item {sku: \"c\", quantity: 3, price: 10.0}, \
         by_name: {\"x\" => Item {sku: \"x\", quantity: 9, price: 9.0}}, pairs: [[1, 2], [3, 4]], notes: [\"fragile\"]}"
    );
}

#[derive(tansy_derive::HostObject)]
#[tansy(equals, display)]
struct Account {
    owner: String,
    #[tansy(skip)]
    balance: AtomicI64,
    cards: Vec<Card>,
}

#[derive(tansy_derive::HostObject, Debug, PartialEq)]
#[tansy(equals)]
struct Card {
    number: String,
}

#[tansy_derive::methods]
impl Account {
    fn balance(&self) -> i64 {
        self.balance.load(Ordering::Relaxed)
    }

    /// An error is one of the script.
    fn deposit(&self, amount: i64) -> Result<i64, Fault> {
        match amount {
            1.. => Ok(self.balance.fetch_add(amount, Ordering::Relaxed) + amount),
            _ => Err(Fault::new("amount", "an amount is above zero")),
        }
    }

    fn transfer(&self, to: &Account, amount: i64) -> Result<(), Fault> {
        self.balance.fetch_sub(amount, Ordering::Relaxed);
        to.deposit(amount).map(|_| ())
    }

    fn card(&self, number: &str) -> Option<&Card> {
        self.cards.iter().find(|card| card.number == number)
    }

    fn first(&self) -> Result<&Card, String> {
        self.cards.first().ok_or("there is no card".to_owned())
    }

    /// A reference to the object itself, after the script has run.
    fn after(&self, call: &mut Call<'_, '_>, f: Value) -> Result<&Card, Fault> {
        call.call::<Value>(&f, ())?;
        self.cards.first().ok_or(Fault::new("none", "there is no card"))
    }

    fn cards_from(&self, place: Option<usize>) -> Part<'_> {
        if place.is_none() { self.cards.as_part() } else { Value::NULL.into() }
    }

    fn each(&self, call: &mut Call<'_, '_>, f: Value, _more: Option<i64>) -> Result<i64, Fault> {
        let mut sum = 0;
        for card in &self.cards {
            sum += call.call::<i64>(&f, (card.number.as_str(),))?;
        }
        Ok(sum)
    }
}

impl PartialEq for Account {
    fn eq(&self, other: &Account) -> bool {
        self.owner == other.owner
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}'s account", self.owner)
    }
}

fn account(owner: &str) -> Account {
    let cards = ["12", "345"].map(|number| Card { number: number.into() });
    Account { owner: owner.into(), balance: 10.into(), cards: cards.into() }
}

#[derive(tansy_derive::IntoValue)]
enum State {
    Open,
    Closed { at: u8 },
}

/// Type parameters, whether shown or not; what is shown as the value that it converts to.
#[derive(tansy_derive::HostObject)]
struct Generic<T, M> {
    inner: Vec<T>,
    #[tansy(value)]
    states: Vec<State>,
    #[tansy(skip)]
    _mark: std::marker::PhantomData<M>,
}

#[tansy_derive::methods]
#[deny(warnings)]
impl<T, M> Generic<T, M>
where
    T: AsPart + Send + Sync + 'static,
    M: Send + Sync + 'static,
{
    #[allow(clippy::needless_lifetimes, reason = "that they may be written is the point")]
    fn pick<'a>(&'a self, place: usize) -> Option<&'a T> {
        self.inner.get(place)
    }

    #[cfg(any())]
    fn nowhere(&self) -> Nothing {}

    #[deprecated]
    fn old(&self) -> u8 {
        1
    }

    fn type_(&self, _more: Option<u8>) {}
}

#[test]
fn objects_have_type_parameters_and_some_no_methods() {
    let generic = Generic::<Card, std::thread::ThreadId> {
        inner: vec![Card { number: "7".into() }],
        states: vec![State::Open, State::Closed { at: 3 }],
        _mark: std::marker::PhantomData,
    };
    let text = "[g.inner[0].number, g.pick(0).number, g.pick(1), g.old(), g.states, g.type_()]";
    let program = Engine::new().compile_with_inputs("generic", text, &["g"]).unwrap();
    let result = Value::lend(&generic, |g| program.run([("g", g)])).unwrap();
    assert_eq!(result.to_string(), "[\"7\", \"7\", null, 1, [\"Open\", {Closed: {at: 3}}], null]");
    assert_eq!(generic.methods(), ["pick", "old", "type_"]);
    assert!(generic.inner[0].methods().is_empty());
}

#[test]
fn methods_take_and_give_what_their_signatures_say() {
    let engine = Engine::new();
    let run = |text: &str| {
        let program = engine.compile_with_inputs("account", text, &["a", "b"]).unwrap();
        let (a, b) = (account("Ada"), account("Bob"));
        Value::lend(&a, |a| Value::lend(&b, |b| program.run([("a", a), ("b", b)])))
            .map(|value| value.to_string())
    };
    for (text, expected) in [
        ("a.deposit(5) + a.balance()", "30"),
        ("a.transfer(b, 4); [a.balance(), b.balance()]", "[6, 14]"),
        ("a.card(\"345\").number", "\"345\""),
        ("a.card(\"0\")", "null"),
        ("a.first().number", "\"12\""),
        // The stack is another one when the callback comes back.
        ("fn d(n) { if n == 0 { 0 } else { 1 + d(n - 1) } }\na.after(|| d(5000)).number", "\"12\""),
        ("a.cards_from().map(|c| c.number)", "[\"12\", \"345\"]"),
        ("a.cards_from(1)", "null"),
        ("a.each(|number| number.len())", "5"),
        ("a.each(|number| number.len(), 1)", "5"),
        (
            "[a == a, a == b, a.first() == b.first(), a.card(\"12\") == b.card(\"345\")]",
            "[true, false, true, false]",
        ),
        ("f\"{a}\"", "\"Ada's account\""),
    ] {
        assert_eq!(run(text).unwrap(), expected, "{text}");
    }
    for (text, kind, message) in [
        ("a.deposit(0)", "amount", "an amount is above zero"),
        ("a.deposit()", "argument", "`deposit` takes 1 argument, but got 0"),
        ("a.deposit(1, 2)", "argument", "`deposit` takes 1 argument, but got 2"),
        ("a.each()", "argument", "`each` takes 1 to 2 arguments, but got 0"),
        ("a.deposit(\"x\")", "type-error", "`deposit` expects Int for `amount`, got Str \"x\""),
        ("a.transfer(1, 2)", "type-error", "`transfer` expects Account for `to`, got Int 1"),
        (
            "a.transfer(a.first(), 2)",
            "type-error",
            "`transfer` expects Account for `to`, got Card {number: \"12\"}",
        ),
        ("a.each(|n| throw \"no\")", "thrown", "no"),
        ("a.withdraw(1)", "unknown-method", "Account has no method `withdraw`"),
    ] {
        let error = run(text).unwrap_err();
        assert_eq!((error.kind.as_str(), error.message.as_str()), (kind, message), "{text}");
    }
}

#[test]
fn what_is_lent_is_gone_afterwards() {
    let engine = Engine::new();
    let keep =
        engine.compile_with_inputs("keep", "[order, order.items, order.items[1]]", &["order"]);
    let keep = keep.unwrap();
    let lent = order();
    let kept = Value::lend(&lent, |order| keep.run([("order", order)])).unwrap();
    drop(lent);
    assert_eq!(kept[0].with_object(|order: &Order| order.id), None);
    assert!(kept[0].downcast_ref::<Order>().is_none() && kept[0].downcast_arc::<Order>().is_none());
    assert_eq!(kept[0].to_string(), "Object");
    assert_eq!(kept[0].type_name(), "Object");
    assert_eq!(kept[0], kept[0]);
    assert_ne!(kept[0], kept[1][0]);
    for text in [
        "kept[0].id",
        "kept[0].foo()",
        "kept[2].sku",
        "kept[1][0].sku",
        "kept[0]?.id",
        "kept[1].map(|i| i.sku)",
        "kept[0].len()",
        "for i in kept[0] { print(i) }",
        "match kept[0] { {id} => id, _ => 0 }",
        "1 in kept[0]",
        "kept[0][*]",
    ] {
        let program = engine.compile_with_inputs("gone", text, &["kept"]).unwrap();
        let error = program.run([("kept", kept.clone())]).unwrap_err();
        assert_eq!(error.kind, "gone", "{text}: {error}");
    }
}

#[test]
fn what_is_lent_is_for_one_thread_and_one_time() {
    let (one, other) = (order(), order());
    let id = |value: &Value| value.with_object(|order: &Order| order.id);
    Value::lend(&one, |a| {
        assert_eq!(id(&a), Some(7));
        assert!(a.downcast_ref::<Order>().is_none());
        std::thread::scope(|scope| {
            assert_eq!(scope.spawn(|| id(&a)).join().unwrap(), None);
            // Nor while that thread lends something itself.
            let elsewhere = scope.spawn(|| Value::lend(&other, |b| (id(&a), id(&b))));
            assert_eq!(elsewhere.join().unwrap(), (None, Some(7)));
        });
        let inner = Value::lend(&other, |b| {
            assert_eq!((id(&a), id(&b)), (Some(7), Some(7)));
            assert_ne!(a, b);
            b
        });
        assert_eq!((id(&a), id(&inner)), (Some(7), None));
        // A panic ends the time, too.
        let mut escaped = Value::NULL;
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            Value::lend(&other, |b| {
                escaped = b;
                std::panic::resume_unwind(Box::new(()));
            })
        }));
        assert!(panicked.is_err());
        assert_eq!((id(&a), id(&escaped)), (Some(7), None));
    });
}

#[test]
fn a_loop_over_what_is_gone_does_not_seem_to_be_done() {
    // The run is begun while the order is lent, and goes on afterwards.
    let engine = Engine::new();
    let text = "var n = 0\nfor i in order { for k in 0..20_000 { n += 1 } }\nn";
    let program = engine.compile_with_inputs("later", text, &["order"]).unwrap();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let lent = order();
    let mut run = Value::lend(&lent, |order| {
        let mut run = Box::pin(program.start().input("order", order).execute_async());
        assert!(run.as_mut().poll(&mut context).is_pending());
        run
    });
    let result = loop {
        if let std::task::Poll::Ready(result) = run.as_mut().poll(&mut context) {
            break result;
        }
    };
    assert_eq!(result.unwrap_err().kind, "interrupted");
}

struct Visited {
    cards: Vec<Card>,
}

impl HostObject for Visited {
    fn type_name(&self) -> &'static str {
        "Visited"
    }

    fn method(&self, name: &str, call: &mut Call<'_, '_>) -> Option<Result<Part<'_>, Fault>> {
        if name != "visit" {
            return None;
        }
        let f = call.take(0);
        Some(call.call::<Value>(&f, ()).map(|_| self.cards.as_part()))
    }
}

#[test]
fn a_method_gives_a_part_after_a_call_for_which_the_stack_moved() {
    let text = "fn deep(n) { if n == 0 { 0 } else { 1 + deep(n - 1) } }\n\
                object.visit(|| deep(50_000)).map(|c| c.number)";
    let program = Engine::new().compile_with_inputs("deep", text, &["object"]).unwrap();
    for _ in 0..3 {
        let cards = ["12", "345"].map(|number| Card { number: number.into() });
        let object = Value::object(Visited { cards: cards.into() });
        // On a thread whose machine has a small stack.
        let program = program.clone();
        let given = std::thread::spawn(move || program.run([("object", object)]));
        assert_eq!(given.join().unwrap().unwrap().to_string(), "[\"12\", \"345\"]");
    }
}

#[derive(tansy_derive::HostObject)]
struct Stock {
    names: HashMap<String, i64>,
}

#[test]
fn a_hash_table_is_shown_in_the_order_of_its_keys() {
    // Each has a seed of its own.
    for _ in 0..20 {
        let names = ["d", "b", "a", "c", "e"].map(|name| (name.to_owned(), 1));
        let text = Value::object(Stock { names: names.into() }).to_string();
        assert_eq!(
            text,
            "Stock {names: {\"a\" => 1, \"b\" => 1, \"c\" => 1, \"d\" => 1, \"e\" => 1}}"
        );
    }
}
