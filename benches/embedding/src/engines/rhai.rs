//! Rhai, with values that threads can share (its feature `sync`): one engine and one compiled rule for both threads.

use super::{Jobs, jobs};
use crate::measure::{Data, LOOP, bytes, host, longer, made, program, rule, turns};
use crate::orders::{Item, Order, Shared};
use rhai::serde::to_dynamic;
use rhai::{AST, Array, CallFnOptions, Dynamic, Engine, Map, Scope};
use std::hint::black_box;
use std::sync::Arc;

const RULE: &str = r#"fn rule(order) { order.total > 100.0 && order.country in ["DE", "FR"] && order.items.some(|i| i.qty >= 10) }"#;

type SharedOrder = Arc<Shared>;
type SharedItem = Arc<Item>;

fn engine() -> Engine {
    let mut engine = Engine::new();
    engine.set_max_expr_depths(0, 0);
    engine
}

fn with_objects() -> Engine {
    let mut engine = engine();
    engine
        .register_type_with_name::<SharedOrder>("Order")
        .register_get("id", |order: &mut SharedOrder| order.id.clone())
        .register_get("country", |order: &mut SharedOrder| order.country.clone())
        .register_get("total", |order: &mut SharedOrder| order.total)
        .register_get("items", |order: &mut SharedOrder| -> Array {
            order.items.iter().cloned().map(Dynamic::from).collect()
        });
    engine
        .register_type_with_name::<SharedItem>("Item")
        .register_get("sku", |item: &mut SharedItem| item.sku.clone())
        .register_get("qty", |item: &mut SharedItem| i64::from(item.qty))
        .register_get("price", |item: &mut SharedItem| item.price);
    engine
}

fn by_serde(order: &Order) -> Dynamic {
    to_dynamic(order).expect("a value")
}

fn by_hand(order: &Order) -> Dynamic {
    let item = |item: &Item| {
        let mut map = Map::new();
        map.insert("sku".into(), item.sku.clone().into());
        map.insert("qty".into(), i64::from(item.qty).into());
        map.insert("price".into(), item.price.into());
        Dynamic::from(map)
    };
    let mut map = Map::new();
    map.insert("id".into(), order.id.clone().into());
    map.insert("country".into(), order.country.clone().into());
    map.insert("total".into(), order.total.into());
    map.insert("items".into(), order.items.iter().map(item).collect::<Array>().into());
    map.into()
}

fn call<T: Clone + Send + Sync + 'static>(
    engine: &Engine,
    ast: &AST,
    scope: &mut Scope,
    name: &str,
    arguments: impl rhai::FuncArgs,
) -> T {
    let options = CallFnOptions::new().eval_ast(false);
    engine.call_fn_with_options(options, scope, ast, name, arguments).expect("a result")
}

fn function(i: usize) -> String {
    format!(
        "fn f{i}(a, b) {{\n  let x = a * {i} + b;\n  let y = x % 7;\n  if x > y {{\n    x += 1;\n  }} else {{\n    x -= y;\n  }}\n  x + y\n}}"
    )
}

pub fn first() {
    black_box(engine());
}

pub fn jobs(data: &Arc<Data>) -> Jobs {
    let each = |threads: usize, convert: fn(&Order) -> Dynamic| {
        move |data: &Data| {
            let engine = engine();
            let ast = engine.compile(RULE).expect("a rule");
            rule(threads, &data.orders, |part, start| {
                let mut scope = Scope::new();
                let holds =
                    |o: &&Order| call::<bool>(&engine, &ast, &mut scope, "rule", (convert(o),));
                start.measure(|| part.iter().filter(holds).count())
            })
        }
    };
    let objects = |threads| {
        move |data: &Data| {
            let engine = with_objects();
            let ast = engine.compile(RULE).expect("a rule");
            rule(threads, &data.shared, |part, start| {
                let mut scope = Scope::new();
                let holds = |o: &&SharedOrder| {
                    call::<bool>(&engine, &ast, &mut scope, "rule", (Arc::clone(o),))
                };
                start.measure(|| part.iter().filter(holds).count())
            })
        }
    };
    let before = |threads| {
        move |data: &Data| {
            let engine = engine();
            let ast = engine.compile(RULE).expect("a rule");
            rule(threads, &data.orders, |part, start| {
                // Shared, so that a call copies no order.
                let orders: Vec<Dynamic> = part.iter().map(|o| by_serde(o).into_shared()).collect();
                let mut scope = Scope::new();
                let holds =
                    |o: &&Dynamic| call::<bool>(&engine, &ast, &mut scope, "rule", ((*o).clone(),));
                start.measure(|| orders.iter().filter(holds).count())
            })
        }
    };
    let counting = |body: &str| {
        let mut engine = engine();
        engine.register_fn("host", host);
        let text = format!("let s = 0; for i in 0..{LOOP} {{ s = {body}; }} s");
        let ast = engine.compile(text).expect("a program");
        move || engine.eval_ast::<i64>(&ast).expect("a result")
    };
    jobs! { data;
        Serde => each(1, by_serde)(data);
        Serde2 => each(2, by_serde)(data);
        Traits => each(1, by_hand)(data);
        Traits2 => each(2, by_hand)(data);
        Objects => objects(1)(data);
        Objects2 => objects(2)(data);
        Before => before(1)(data);
        Before2 => before(2)(data);
        CallByName => {
            let engine = engine();
            let ast = engine.compile("fn add(a, b) { a + b }").expect("a program");
            let mut scope = Scope::new();
            turns(1_000_000, |i| call(&engine, &ast, &mut scope, "add", (i, 1_i64)))
        };
        HostCall => {
            let empty = counting("i");
            longer(counting("host(s, i)"), || { black_box(empty()); })
        };
        Next => made(1000, engine);
        Compile => {
            let (engine, text) = (engine(), program(1000, function));
            made(20, || engine.compile(&text).expect("a program"))
        };
        Trivial => {
            let engine = engine();
            let ast = engine.compile_expression("n > 1").expect("a program");
            turns(200_000, |i| {
                let mut scope = Scope::new();
                scope.push("n", i);
                engine.eval_ast_with_scope::<bool>(&mut scope, &ast).expect("a result").into()
            })
        };
        EngineBytes => bytes(engine);
        SmallBytes => {
            let (engine, text) = (engine(), program(10, function));
            bytes(|| engine.compile(&text).expect("a program"))
        };
        LargeBytes => {
            let (engine, text) = (engine(), program(1000, function));
            bytes(|| engine.compile(&text).expect("a program"))
        };
    }
}
