//! The embedding API as a host uses it: inputs, functions both ways, objects, errors, threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tansy::{
    AsPart, Call, Engine, Error, Fault, HostObject, Limit, Limits, Part, Program, Rest, RunError,
    Value, value,
};

fn shareable<T: Send + Sync + 'static>() {}

#[test]
fn everything_is_send_and_sync() {
    shareable::<Engine>();
    shareable::<tansy::EngineBuilder>();
    shareable::<Program>();
    shareable::<Value>();
    shareable::<tansy::Function>();
    shareable::<Error>();
    shareable::<RunError>();
    shareable::<tansy::CompileError>();
    shareable::<tansy::ConvertError>();
    shareable::<tansy::Map>();
    shareable::<tansy::Vector>();
    shareable::<tansy::Set>();
    shareable::<tansy::HostFunction>();
}

fn failure(error: Error) -> RunError {
    match error {
        Error::Run(e) => e,
        other => panic!("another error: {other}"),
    }
}

#[test]
fn inputs_are_bound_by_name() {
    let engine = Engine::new();
    let program = engine.compile_with_inputs("sum", "a + b * 10", &["a", "b"]).unwrap();
    assert_eq!(program.run(&[("b", 2.into()), ("a", 1.into())]).unwrap(), 21);
    let map = value!({ a: 1, b: 0, more: "ignored" });
    assert_eq!(program.run(map.as_map().unwrap()).unwrap(), 1);
    let error = program.run(&[("a", 1.into())]).unwrap_err();
    assert_eq!(error.kind, "missing-input");
    assert_eq!(error.message, "the host gave no value for the input `b`");
}

#[test]
fn inputs_are_seen_everywhere() {
    let engine = Engine::new();
    let run = |text| engine.compile_with_inputs("n", text, &["n"]).unwrap().run(&[("n", 5.into())]);
    let text = "fn twice() { n * 2 }\nlet f = || n + 1\nlet m = n\n[n, twice(), f(), [1].map(|x| x * n), m]";
    assert_eq!(run(text).unwrap(), value!([5, 10, 6, [5], 5]));
    // A name of the program's own counts.
    assert_eq!(run("let n = 3\nfn f() { n }\n[n, f()]").unwrap(), value!([3, 3]));
    assert_eq!(run("fn f(n) { n + 1 }\n[1].map(|n| f(n) + n)").unwrap(), value!([3]));
    assert_eq!(run("var i = n\ni += n\nfor k in 0..n { i += k }\ni").unwrap(), 20);
    assert_eq!(run("try { throw n } catch e { e.data + n }").unwrap(), 10);
    assert_eq!(run("n in [1, 5] and n in [5.0, \"5\"] and not (n in [\"5\"])").unwrap(), true);
}

#[test]
fn an_input_keeps_its_value() {
    let engine = Engine::new();
    for text in
        ["n = 2", "let f = || { n = 2 }", "fn f() { n = 2 }", "n.a = 2", "var f = |x| { n += x }"]
    {
        let error = engine.compile_with_inputs("n", text, &["n", "n"]).unwrap_err();
        let finding = &error.reports[0].list[0];
        assert_eq!(finding.code, "assign-to-let", "{text}");
        assert_eq!(finding.message, "`n` cannot be given another value", "{text}");
    }
    let tests =
        engine.compile_with_inputs("n", "test \"sees it\" { assert n == 5 }", &["n"]).unwrap();
    tests.start().input("n", 5).test(0).unwrap();
}

#[test]
fn inputs_and_arguments_that_panic_leave_nothing_behind() {
    struct Bad;
    impl tansy::IntoValue for Bad {
        fn into_value(self) -> Value {
            panic!("no value")
        }
    }
    impl tansy::Inputs for Bad {
        fn input(&self, name: &str) -> Option<Value> {
            (name == "a")
                .then(|| value!(["something", "on the heap"]))
                .or_else(|| panic!("no input"))
        }
    }
    let engine = Engine::new();
    let program = engine.compile_with_inputs("p", "[a, b]", &["a", "b"]).unwrap();
    let add = engine.compile("add", "fn add(a, b) { [a, b] }").unwrap().function("add").unwrap();
    for _ in 0..3 {
        let run = std::panic::AssertUnwindSafe(|| program.run(&Bad).is_ok());
        assert!(std::panic::catch_unwind(run).is_err());
        let call = || add.call::<Value>((value!([1, 2]), Bad)).is_ok();
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).is_err());
        assert_eq!(add.call::<Value>((1, "x")).unwrap(), value!([1, "x"]));
        let inputs = [("a", 1.into()), ("b", value!([2]))];
        assert_eq!(program.run(&inputs).unwrap(), value!([1, [2]]));
        assert!(add.call::<Value>((1, "x", value!([3]))).is_err());
    }
}

#[test]
fn an_input_is_shared_and_an_update_leaves_it_as_it_was() {
    let engine = Engine::new();
    let program = engine.compile_with_inputs("push", "var v = xs\nv = v.push(4)\nv", &["xs"]);
    let xs = value!([1, 2, 3]);
    let longer = program.unwrap().run(&[("xs", xs.clone())]).unwrap();
    assert_eq!(longer, value!([1, 2, 3, 4]));
    assert_eq!(xs, value!([1, 2, 3]));
}

#[test]
fn an_input_that_is_given_away_is_the_programs_alone() {
    let engine = Engine::new();
    let text = "var v = xs\nv = v.push(4)\nv";
    let program = engine.compile_with_inputs("push", text, &["xs"]).unwrap();
    let before = tansy::heap::copies();
    assert_eq!(program.run([("xs", value!([1, 2, 3]))]).unwrap(), value!([1, 2, 3, 4]));
    // The last pair of a name counts, as by reference.
    let pairs = vec![("xs", value!([1])), ("xs", value!([2]))];
    assert_eq!(program.run(&pairs).unwrap(), value!([2, 4]));
    assert_eq!(tansy::heap::copies(), before + 1);
    assert_eq!(program.run(pairs).unwrap(), value!([2, 4]));
    assert_eq!(tansy::heap::copies(), before + 1);
    let map = value!({ xs: [3] });
    assert_eq!(program.run(map.as_map().cloned().unwrap()).unwrap(), value!([3, 4]));
    assert_eq!(map, value!({ xs: [3] }));
    assert_eq!(program.run([("ys", 1.into())]).unwrap_err().kind, "missing-input");
}

#[test]
fn functions_of_a_program_are_called_from_rust() {
    let engine = Engine::new();
    let text =
        "let rate = 3\nfn price(order, qty = 2) { order.net * qty * rate }\nfn _hidden() { 1 }";
    let program = engine.compile("prices", text).unwrap();
    let order = value!({ net: 5 });
    assert_eq!(program.call::<i64>("price", (&order, 3)).unwrap(), 45);
    assert_eq!(program.call::<i64>("price", (&order,)).unwrap(), 30);
    let price = program.function("price").unwrap();
    drop(program);
    assert_eq!(price.call::<i64>((&order, 1)).unwrap(), 15);

    let error = failure(price.call::<i64>(()).unwrap_err());
    assert_eq!(error.message, "`price` takes 1 to 2 arguments, but got 0");
    let error = price.call::<String>((&order,)).unwrap_err();
    assert_eq!(error.to_string(), "expected Str, found Int 30");
}

#[test]
fn an_unknown_function_is_reported_with_the_nearest() {
    let program = Engine::new().compile("p", "fn price() { 1 }").unwrap();
    let error = failure(program.call::<i64>("prise", ()).unwrap_err());
    assert_eq!(error.message, "the program has no function `prise`");
    assert_eq!(error.help, ["did you mean `price`?"]);
}

#[test]
fn closures_kept_by_the_host_are_called_later_and_elsewhere() {
    let engine = Engine::new();
    let made: Value = engine.eval("let n = 10\n|x| x + n").unwrap();
    let add = engine.function(made).unwrap();
    let there = std::thread::spawn(move || add.call::<i64>((5,)).unwrap());
    assert_eq!(there.join().unwrap(), 15);
    let max = engine.function(engine.eval("max").unwrap()).unwrap();
    assert_eq!(max.call::<i64>((3, 9)).unwrap(), 9);
}

fn shop() -> Engine {
    Engine::builder()
        .function("shop.net(price, percent = 19)", |price: f64, percent: i64| {
            price * 100.0 / (100 + percent) as f64
        })
        .function("find(name, within?)", |name: String, within: Option<Vec<String>>| {
            within.map_or(-1, |w| w.iter().position(|x| *x == name).map_or(-1, |i| i as i64))
        })
        .function("total(label, ...amounts)", |label: String, amounts: Rest<i64>| {
            format!("{label}: {}", amounts.0.iter().sum::<i64>())
        })
        .function("fail(what)", |what: String| -> Result<i64, Fault> {
            Err(Fault::new("out-of-stock", format!("no {what} left")).help("order some"))
        })
        .function("each(xs, f)", |call: &mut Call, xs: Vec<Value>, f: Value| {
            xs.into_iter().map(|x| call.call(&f, (x,))).collect::<Result<Vec<Value>, Fault>>()
        })
        .function("boom", || -> i64 { panic!("kaboom") })
        .constant("shop.vat", 19)
        .build()
}

#[test]
fn host_functions_take_default_optional_named_and_rest_arguments() {
    let engine = shop();
    assert_eq!(engine.eval::<f64>("shop.net(119.0)").unwrap(), 100.0);
    assert_eq!(engine.eval::<f64>("shop.net(110.0, percent: 10)").unwrap(), 100.0);
    assert_eq!(engine.eval::<i64>("find(\"b\")").unwrap(), -1);
    assert_eq!(engine.eval::<i64>("find(within: [\"a\", \"b\"], name: \"b\")").unwrap(), 1);
    assert_eq!(engine.eval::<String>("total(\"all\")").unwrap(), "all: 0");
    assert_eq!(engine.eval::<String>("total(\"all\", ...[1, 2], 3)").unwrap(), "all: 6");
    assert_eq!(engine.eval::<i64>("shop.vat + 1").unwrap(), 20);
    assert_eq!(engine.eval::<Value>("let f = shop.net; f").unwrap().to_string(), "fn shop.net");
    assert_eq!(engine.eval::<Vec<String>>("[\"x\"].map(|l| total(l, 1))").unwrap(), ["x: 1"]);
}

#[test]
fn a_wrong_argument_is_told_at_its_place() {
    let engine = shop();
    let error = failure(engine.eval::<Value>("1 +\n  shop.net(\"x\")").unwrap_err());
    assert_eq!(error.message, "`shop.net` expects Float for `price`, got Str \"x\"");
    assert_eq!(
        error.to_string(),
        "<eval>:2:3: `shop.net` expects Float for `price`, got Str \"x\""
    );
    let error = failure(engine.eval::<Value>("find(\"x\", [1])").unwrap_err());
    assert_eq!(error.message, "`find` cannot use its `within`: [0]: expected Str, found Int 1");
    let Error::Compile(error) = engine.eval::<Value>("find()").unwrap_err() else { panic!() };
    assert!(error.to_string().contains("`find`"), "{error}");
}

#[test]
fn an_error_of_the_host_has_the_trace_and_can_be_caught() {
    let engine = shop();
    let error =
        failure(engine.eval::<Value>("fn buy(x) { fail(x) + 1 }\nbuy(\"tea\")").unwrap_err());
    assert_eq!((error.kind.as_str(), error.message.as_str()), ("out-of-stock", "no tea left"));
    assert_eq!(error.help, ["order some"]);
    let functions: Vec<&str> = error.trace.iter().map(|f| f.function.as_str()).collect();
    assert_eq!(functions[0], "buy");
    let caught: String =
        engine.eval("try { fail(\"tea\") } catch e { e.kind + \": \" + e.message }").unwrap();
    assert_eq!(caught, "out-of-stock: no tea left");
}

#[test]
fn a_host_function_calls_back() {
    let engine = shop();
    assert_eq!(engine.eval::<Vec<i64>>("let k = 2\neach([1, 2], |x| x * k)").unwrap(), [2, 4]);
    // A callback of a callback, and a built-in as a callback.
    let text = "each([1, 2], |x| each([x], |y| y + 1)[0]) + each([\"a\"], |s| s.upper())";
    assert_eq!(engine.eval::<Value>(text).unwrap().to_string(), "[2, 3, \"A\"]");
    // What it throws goes through the host's function, with both halves of the trace.
    let text = "fn inner(x) { throw {kind: \"odd\", message: \"{x} is odd\"} }\nfn outer() { each([1], |x| inner(x)) }\nouter()";
    let error = failure(engine.eval::<Value>(text).unwrap_err());
    assert_eq!(error.kind, "odd");
    let functions: Vec<&str> = error.trace.iter().map(|f| f.function.as_str()).collect();
    assert_eq!(functions[0], "inner", "{functions:?}");
    assert!(functions.contains(&"outer"), "{functions:?}");
    let text = "try { each([1], |x| throw \"no\") } catch e { e.message }";
    assert_eq!(engine.eval::<String>(text).unwrap(), "no");
}

#[test]
fn callbacks_inside_one_another_end_at_a_limit() {
    let engine = shop();
    let text = "fn down(x) { each([x], |y| down(y)) }\ndown(1)";
    let error = failure(engine.eval::<Value>(text).unwrap_err());
    assert_eq!(error.limit, Some(Limit::Depth));
    assert_eq!(engine.eval::<i64>("1 + 1").unwrap(), 2);
}

#[test]
fn callbacks_share_the_fuel_of_the_run() {
    let engine = Engine::builder()
        .limits(Limits { fuel: 100_000, ..Limits::default() })
        .function("run(f)", |call: &mut Call, f: Value| call.call::<Value>(&f, ()))
        .build();
    let error = failure(engine.eval::<Value>("run(|| { while true { } })").unwrap_err());
    assert_eq!(error.limit, Some(Limit::Fuel));
}

#[test]
fn a_panic_of_the_host_ends_the_run_and_nothing_else() {
    let engine = shop();
    let text = "fn go() { try { boom() } catch e { 1 } }\ngo()";
    let error = failure(engine.eval::<Value>(text).unwrap_err());
    assert_eq!(error.kind, "host-panic");
    assert_eq!(error.message, "the host panicked: kaboom");
    assert_eq!(error.trace.first().map(|f| f.function.as_str()), Some("go"));
    let error = failure(engine.eval::<Value>("each([1], |x| boom())").unwrap_err());
    assert_eq!(error.kind, "host-panic");
    assert_eq!(engine.eval::<i64>("each([1], |x| x + 1)[0]").unwrap(), 2);
}

#[test]
fn a_wrong_signature_is_reported_by_the_first_program() {
    let engines = [
        ("f(a", "lacks its closing"),
        ("f(a, b)", "does not fit its closure"),
        ("1f", "is no name"),
        ("f(a = nonsense)", "the default `nonsense`"),
    ];
    for (signature, expected) in engines {
        let engine = Engine::builder().function(signature, |a: i64| a).build();
        let error = engine.compile("x", "1").unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn modules_are_chosen_by_name() {
    let engine = Engine::builder().modules(["json"]).build();
    assert_eq!(engine.eval::<i64>("json.parse(\"[7]\")[0]").unwrap(), 7);
    let error = engine.eval::<Value>("math.sqrt(2)").unwrap_err().to_string();
    assert!(error.contains("the module `math` is not available here"), "{error}");
    let error = Engine::builder().modules(["maht"]).build().eval::<Value>("1").unwrap_err();
    assert!(error.to_string().contains("there is no module `maht`; there are "), "{error}");
}

struct Account {
    name: String,
    balance: AtomicU64,
    reads: AtomicU64,
}

impl HostObject for Account {
    fn type_name(&self) -> &'static str {
        "Account"
    }

    fn fields(&self) -> &'static [&'static str] {
        &["name", "balance"]
    }

    fn field(&self, name: &str) -> Option<Part<'_>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        Some(match name {
            "name" => self.name.as_part(),
            "balance" => self.balance.load(Ordering::Relaxed).into(),
            _ => return None,
        })
    }

    fn methods(&self) -> &'static [&'static str] {
        &["deposit"]
    }

    fn method(&self, name: &str, call: &mut Call<'_, '_>) -> Option<Result<Part<'_>, Fault>> {
        match name {
            "deposit" => Some(match call.argument(0).as_int() {
                Some(n) if n > 0 => {
                    self.balance.fetch_add(n as u64, Ordering::Relaxed);
                    Ok(().into())
                }
                _ => Err(Fault::new("amount", "an amount is above zero")),
            }),
            _ => None,
        }
    }

    fn equals(&self, other: &dyn HostObject) -> bool {
        let other: &dyn std::any::Any = other;
        other.downcast_ref::<Account>().is_some_and(|o| o.name == self.name)
    }

    fn length(&self) -> Option<usize> {
        Some(3)
    }

    fn element(&self, index: usize) -> Option<Part<'_>> {
        Some((index * 100).into())
    }
}

fn account(name: &str) -> Arc<Account> {
    Arc::new(Account { name: name.into(), balance: 10.into(), reads: 0.into() })
}

fn with_account(text: &str) -> Result<Value, RunError> {
    let engine = Engine::builder().object_type("Account").build();
    let program = engine.compile_with_inputs("account", text, &["a", "b"]).unwrap();
    let object = |name| Value::shared_object(account(name));
    program.run(&[("a", object("Ada")), ("b", object("Ada"))])
}

#[test]
fn an_object_has_fields_methods_equality_display_and_elements() {
    assert_eq!(with_account("a.balance + b.balance").unwrap(), 20);
    assert_eq!(with_account("a.deposit(5)\na.balance").unwrap(), 15);
    assert_eq!(with_account("a == b and not (a != b)").unwrap(), true);
    assert_eq!(with_account("str(a)").unwrap(), "Account {name: \"Ada\", balance: 10}");
    assert_eq!(with_account("type_of(a)").unwrap(), "Account");
    assert_eq!(with_account("a is Account and not (1 is Account)").unwrap(), true);
    assert_eq!(with_account("var s = 0\nfor x in a { s += x }\ns + a[1] + a[-1]").unwrap(), 600);
    assert_eq!(with_account("a?.nothing").unwrap(), Value::NULL);
    assert_eq!(with_account("a[\"name\"]").unwrap(), "Ada");
    assert_eq!(with_account("[{x: a}][0].x.name").unwrap(), "Ada");
}

#[test]
fn what_an_object_lacks_is_told() {
    let error = with_account("a.balanse").unwrap_err();
    assert_eq!(error.message, "Account has no field `balanse`");
    assert!(error.help.contains(&"did you mean `balance`?".to_string()), "{:?}", error.help);
    let error = with_account("a.deposit").unwrap_err();
    assert_eq!(error.help, ["`deposit` is a method: write `.deposit(…)`"]);
    let error = with_account("a.deposyt(1)").unwrap_err();
    assert_eq!(error.message, "Account has no method `deposyt`");
    let error = with_account("a.deposit(...[1])").unwrap_err();
    assert_eq!(error.message, "`deposit` takes its arguments by position only");
    let error = with_account("a.deposit(-1)").unwrap_err();
    assert_eq!(error.kind, "amount");
    let error = with_account("{a => 1}").unwrap_err();
    assert!(error.message.contains("Account"), "{}", error.message);
    let error = with_account("var c = a\nc.balance = 3\nc").unwrap_err();
    assert!(!error.message.is_empty());
}

#[test]
fn an_object_converts_only_what_is_read() {
    let engine = Engine::new();
    let program = engine.compile_with_inputs("x", "a.balance > 5", &["a"]).unwrap();
    let ada = account("Ada");
    assert_eq!(program.run(&[("a", Value::shared_object(ada.clone()))]).unwrap(), true);
    assert_eq!(ada.reads.load(Ordering::Relaxed), 1);
    let value = Value::shared_object(ada);
    assert_eq!(value.downcast_ref::<Account>().map(|a| a.name.as_str()), Some("Ada"));
}

#[test]
fn objects_are_given_up_when_nobody_needs_them() {
    let engine = shop();
    let ada = account("Ada");
    let given = || Value::vec(vec![Value::shared_object(ada.clone()); 3]);
    for (text, kind) in [
        ("var n = 0\nfor a in them { n += a.balance }\nn", None),
        ("for a in them { if a.balance > 5 { break } }", None),
        ("them.any(|a| a.balance > 50)", None),
        ("[a.name for a in them if a.balance > 5]", None),
        ("var n = 0\nfor a in them { n += a.nothing }", Some("missing-key")),
        ("for a in them { boom() }", Some("host-panic")),
        ("for a in them { shop.net(a) }", Some("type-error")),
    ] {
        let program = engine.compile_with_inputs("objects", text, &["them"]).unwrap();
        for _ in 0..3 {
            let error = program.run([("them", given())]).err().map(|error| error.kind);
            assert_eq!(error.as_deref(), kind, "{text}");
            assert_eq!(Arc::strong_count(&ada), 1, "{text}");
        }
    }
}

#[test]
fn what_a_host_function_is_given_is_given_up() {
    let engine = Engine::builder()
        .function("size(xs, scale)", |xs: Vec<Value>, scale: f64| xs.len() as f64 * scale)
        .function("refuse(a, n)", |_: Value, n: i64| if n > 0 { Ok(n) } else { Err("too few") })
        .build();
    let ada = account("Ada");
    for (text, kind) in [
        ("size([a, a], 1.5)", None),
        // An Int on the heap is no Float.
        ("size([a], 10 ** 30)", Some("type-error")),
        ("refuse(a, 1)", None),
        ("refuse(a, 0)", Some("host-error")),
        ("refuse(a, a)", Some("type-error")),
        ("refuse(a, 10 ** 30)", Some("type-error")),
        ("var x = [a]\nx = refuse(a, 2)\nx", None),
        ("[1, 2].map(|n| refuse(a, n)).vec().sum()", None),
    ] {
        let program = engine.compile_with_inputs("given", text, &["a"]).unwrap();
        for _ in 0..3 {
            let object = Value::shared_object(ada.clone());
            let error = program.run([("a", object)]).err().map(|error| error.kind);
            assert_eq!(error.as_deref(), kind, "{text}");
            assert_eq!(Arc::strong_count(&ada), 1, "{text}");
        }
    }
}

#[test]
fn one_program_runs_on_many_threads() {
    let engine = shop();
    let text = "fn f(x) { let ys = [x, x + 1].map(|y| y * 2); ys.sum() + shop.vat }\nf(n)";
    let program = engine.compile_with_inputs("threads", text, &["n"]).unwrap();
    std::thread::scope(|scope| {
        for t in 0..8 {
            let program = &program;
            scope.spawn(move || {
                for n in 0..500 {
                    let n = n * 8 + t;
                    assert_eq!(program.run(&[("n", n.into())]).unwrap(), 4 * n + 2 + 19);
                }
            });
        }
    });
}

#[test]
fn output_goes_where_the_host_says() {
    let seen = Arc::new(std::sync::Mutex::new(String::new()));
    let there = seen.clone();
    let engine = Engine::builder()
        .output(move |text| {
            there.lock().map(|mut s| s.push_str(text)).ok();
            Ok(())
        })
        .build();
    engine.eval::<Value>("print(\"a\", 1)").unwrap();
    assert_eq!(seen.lock().unwrap().as_str(), "a 1\n");
}

#[test]
fn limits_can_be_set_for_one_run() {
    let program =
        Engine::new().compile("loop", "var n = 0\nwhile n < 100_000 { n += 1 }\nn").unwrap();
    let tight = Limits { fuel: 1000, ..Limits::default() };
    let error = program.start().limits(tight).execute().unwrap_err();
    assert_eq!(error.limit, Some(Limit::Fuel));
    assert_eq!(program.run(&[]).unwrap(), 100_000);
}

#[test]
fn a_host_function_may_run_another_program() {
    let inner =
        Engine::new().compile_with_inputs("inner", "[n].map(|x| x + 1)[0]", &["n"]).unwrap();
    let engine = Engine::builder()
        .function("inner(n)", move |n: i64| inner.run(&[("n", n.into())]).map_err(|e| e.message))
        .build();
    let text = "var s = 0\nfor i in 0..100 { s = s + inner(i) }\n[s, [1, 2].map(|x| inner(x))]";
    assert_eq!(engine.eval::<Value>(text).unwrap(), value!([5050, [2, 3]]));
}

#[test]
fn what_ends_a_run_ends_it_with_those_inside() {
    let flag = Arc::new(AtomicBool::new(false));
    let inner =
        Engine::new().compile("inner", "var n = 0\nwhile n < 50_000 { n += 1 }\nn").unwrap();
    let (stop, other) = (flag.clone(), inner.clone());
    let engine = Engine::builder()
        .function("stop()", move || {
            stop.store(true, Ordering::Relaxed);
            other.run(&[]).map_err(|e| e.message)
        })
        .build();
    let program = engine.compile("outer", "let n = stop()\nwhile n > 0 {}").unwrap();
    let error = program.start().interrupt(flag.clone()).execute().unwrap_err();
    assert_eq!(error.limit, Some(Limit::Interrupt));
    // Nothing of that is left on the thread.
    assert_eq!(inner.run(&[]).unwrap(), 50_000);
    let soon = Limits { time: Some(std::time::Duration::from_millis(5)), ..Limits::default() };
    let endless = Engine::new().compile("endless", "while true {}").unwrap();
    assert_eq!(endless.start().limits(soon).execute().unwrap_err().limit, Some(Limit::Time));
    assert_eq!(inner.run(&[]).unwrap(), 50_000);
}

#[test]
fn a_host_function_is_called_from_several_threads_at_once() {
    let calls = Arc::new(AtomicU64::new(0));
    let counted = calls.clone();
    let engine = Engine::builder()
        .function("count(x)", move |x: i64| {
            counted.fetch_add(1, Ordering::Relaxed);
            x * 2
        })
        .build();
    let program = engine.compile_with_inputs("c", "count(n) + count(1)", &["n"]).unwrap();
    std::thread::scope(|scope| {
        for t in 0..2 {
            let program = &program;
            scope.spawn(move || {
                for n in t * 1000..(t + 1) * 1000 {
                    assert_eq!(program.run(&[("n", n.into())]).unwrap(), 2 * n + 2);
                }
            });
        }
    });
    assert_eq!(calls.load(Ordering::Relaxed), 4000);
}

/// Functions that capture nothing are made once for many runs; nobody notices.
#[test]
fn functions_that_runs_share_belong_to_nobody() {
    let held = Arc::new(());
    let here = held.clone();
    let engine = Engine::builder()
        .function("host(n)", move |n: i64| {
            let () = *here;
            n
        })
        .build();
    let text = "let k = n\nfn f() { |x| host(x) + k }\nfn twice(f, x) { f(f(x)) }\n\
                [|x| host(x) + 1, f(), twice, |x| [x].map(|y| host(y) * n)]";
    let program = engine.compile_with_inputs("n", text, &["n"]).unwrap();
    let run = |n: i64| -> Vec<Value> {
        program.start().input("n", n).execute().unwrap().as_vec().unwrap().iter().cloned().collect()
    };
    let (one, two) = (run(1), run(2));
    assert_eq!(one[0], two[0]);
    let other = std::thread::scope(|s| s.spawn(|| run(2)).join()).unwrap();
    assert_eq!((&two[0], &two[2]), (&other[0], &other[2]));
    drop(program);
    let call = |f: &Value| engine.function(f.clone()).unwrap().call::<Value>((5,)).unwrap();
    assert_eq!([&one, &two, &other].map(|all| call(&all[0])), [6, 6, 6]);
    assert_eq!([&one, &two, &other].map(|all| call(&all[1])), [6, 7, 7]);
    assert_eq!(call(&one[3]), value!([5]));
    let twice = engine.function(one[2].clone()).unwrap();
    assert_eq!(twice.call::<i64>((two[1].clone(), 1)).unwrap(), 5);
    drop((engine, one, two, other, twice));
    assert_eq!(Arc::strong_count(&held), 1);
}
