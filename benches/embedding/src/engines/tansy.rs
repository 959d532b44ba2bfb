//! Tansy.

use super::{Jobs, jobs};
use crate::measure::{Data, LOOP, bytes, host, longer, made, program, rule, rule_each, turns};
use std::hint::black_box;
use std::sync::Arc;
use tansy::{Engine, IntoValue, Program, Value, to_value};

const RULE: &str =
    r#"order.total > 100 and order.country in ["DE", "FR"] and order.items.any(|i| i.qty >= 10)"#;

fn compiled() -> Program {
    Engine::new().compile_with_inputs("rule", RULE, &["order"]).expect("a rule")
}

fn holds(program: &Program, order: Value) -> bool {
    program.run([("order", order)]).expect("a result") == true
}

fn function(i: usize) -> String {
    format!(
        "fn f{i}(a, b) {{\n  var x = a * {i} + b\n  let y = x % 7\n  if x > y {{\n    x += 1\n  }} else {{\n    x -= y\n  }}\n  x + y\n}}"
    )
}

pub fn first() {
    black_box(Engine::new());
}

pub fn jobs(data: &Arc<Data>) -> Jobs {
    let by_serde = |threads| {
        move |data: &Data| {
            let program = compiled();
            rule_each(threads, &data.orders, |order| {
                holds(&program, to_value(order).expect("a value"))
            })
        }
    };
    let by_traits = |threads| {
        move |data: &Data| {
            let program = compiled();
            rule_each(threads, &data.orders, |order| holds(&program, order.into_value()))
        }
    };
    let lent = |threads| {
        move |data: &Data| {
            let program = compiled();
            rule_each(threads, &data.orders, |order| {
                Value::lend(order, |order| holds(&program, order))
            })
        }
    };
    let shared = |threads| {
        move |data: &Data| {
            let program = compiled();
            rule_each(threads, &data.shared, |order| {
                holds(&program, Value::shared_object(order.clone()))
            })
        }
    };
    let before = |threads| {
        move |data: &Data| {
            let program = compiled();
            rule(threads, &data.orders, |part, start| {
                let orders: Vec<Value> =
                    part.iter().map(|order| to_value(order).expect("a value")).collect();
                start.measure(|| orders.iter().filter(|o| holds(&program, (*o).clone())).count())
            })
        }
    };
    let counting = |body: &str| {
        let engine = Engine::builder().function("host(a, b)", host).build();
        let text = format!("var s = 0\nfor i in 0..{LOOP} {{ s = {body} }}\ns");
        let program = engine.compile("loop", &text).expect("a program");
        move || program.run(&[]).expect("a result").as_int().expect("an Int")
    };
    jobs! { data;
        Serde => by_serde(1)(data);
        Serde2 => by_serde(2)(data);
        Traits => by_traits(1)(data);
        Traits2 => by_traits(2)(data);
        Objects => lent(1)(data);
        Objects2 => lent(2)(data);
        Shared => shared(1)(data);
        Shared2 => shared(2)(data);
        Before => before(1)(data);
        Before2 => before(2)(data);
        Call => {
            let program = Engine::new().compile("add", "fn add(a, b) { a + b }").expect("a program");
            let add = program.function("add").expect("a function");
            turns(1_000_000, |i| add.call((i, 1)).expect("a result"))
        };
        CallByName => {
            let program = Engine::new().compile("add", "fn add(a, b) { a + b }").expect("a program");
            turns(1_000_000, |i| program.call("add", (i, 1)).expect("a result"))
        };
        HostCall => {
            let empty = counting("i");
            longer(counting("host(s, i)"), || { black_box(empty()); })
        };
        Next => made(1000, Engine::new);
        Compile => {
            let (engine, text) = (Engine::new(), program(1000, function));
            made(20, || engine.compile("program", &text).expect("a program"))
        };
        Trivial => {
            let program = Engine::new().compile_with_inputs("n", "n > 1", &["n"]).expect("a program");
            turns(200_000, |i| (program.run([("n", Value::int(i))]).expect("a result") == true).into())
        };
        EngineBytes => bytes(Engine::new);
        SmallBytes => {
            let (engine, text) = (Engine::new(), program(10, function));
            bytes(|| engine.compile("program", &text).expect("a program"))
        };
        LargeBytes => {
            let (engine, text) = (Engine::new(), program(1000, function));
            bytes(|| engine.compile("program", &text).expect("a program"))
        };
    }
}
