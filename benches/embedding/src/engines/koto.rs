//! Koto, with values counted for one thread, as is its default. Each thread needs a Koto of its own, with its own compiled rule.

use super::{Jobs, jobs};
use crate::measure::{Data, LOOP, bytes, host, longer, made, program, rule, turns};
use crate::orders::{Item, Order, Shared};
use koto::derive::*;
use koto::prelude::*;
use koto::serde::to_koto_value;
use std::hint::black_box;
use std::sync::Arc;

const RULE: &str = "export rule = |order| order.total > 100 and ('DE', 'FR').contains(order.country) and order.items.any |i| i.qty >= 10";

/// Fields of an object are asked for as methods.
const RULE_OF_OBJECTS: &str = "export rule = |order| order.total() > 100 and ('DE', 'FR').contains(order.country()) and order.items().any |i| i.qty() >= 10";

#[derive(Clone, KotoCopy, KotoType)]
#[koto(type_name = "Order")]
struct SharedOrder(Arc<Shared>);

#[derive(Clone, KotoCopy, KotoType)]
#[koto(type_name = "Item")]
struct SharedItem(Arc<Item>);

#[koto_impl]
impl SharedOrder {
    #[koto_method]
    fn id(&self) -> KValue {
        self.0.id.as_str().into()
    }

    #[koto_method]
    fn country(&self) -> KValue {
        self.0.country.as_str().into()
    }

    #[koto_method]
    fn total(&self) -> KValue {
        self.0.total.into()
    }

    #[koto_method]
    fn items(&self) -> KValue {
        let items = self.0.items.iter().map(|item| KObject::from(SharedItem(item.clone())).into());
        KValue::Tuple(items.collect::<Vec<KValue>>().into())
    }
}

#[koto_impl]
impl SharedItem {
    #[koto_method]
    fn sku(&self) -> KValue {
        self.0.sku.as_str().into()
    }

    #[koto_method]
    fn qty(&self) -> KValue {
        self.0.qty.into()
    }

    #[koto_method]
    fn price(&self) -> KValue {
        self.0.price.into()
    }
}

impl KotoObject for SharedOrder {}
impl KotoObject for SharedItem {}

fn engine() -> Koto {
    Koto::default()
}

fn load(text: &str, name: &str) -> (Koto, KValue) {
    let mut koto = engine();
    koto.compile_and_run(text).expect("a program");
    let function = koto.exports().get(name).expect("a function");
    (koto, function)
}

fn by_hand(order: &Order) -> KValue {
    let item = |item: &Item| {
        let map = KMap::with_capacity(3);
        map.insert("sku", item.sku.as_str());
        map.insert("qty", item.qty);
        map.insert("price", item.price);
        KValue::Map(map)
    };
    let map = KMap::with_capacity(4);
    map.insert("id", order.id.as_str());
    map.insert("country", order.country.as_str());
    map.insert("total", order.total);
    map.insert("items", KTuple::from(order.items.iter().map(item).collect::<Vec<_>>()));
    KValue::Map(map)
}

fn holds(koto: &mut Koto, rule: &KValue, order: KValue) -> bool {
    matches!(koto.call_function(rule.clone(), order).expect("a result"), KValue::Bool(true))
}

fn int(value: KValue) -> i64 {
    match value {
        KValue::Number(number) => number.into(),
        _ => panic!("not a number"),
    }
}

fn function(i: usize) -> String {
    format!(
        "f{i} = |a, b|\n  x = a * {i} + b\n  y = x % 7\n  if x > y\n    x += 1\n  else\n    x -= y\n  z = x + y\n  z\n# f{i}"
    )
}

pub fn first() {
    black_box(engine());
}

pub fn jobs(data: &Arc<Data>) -> Jobs {
    let each = |threads: usize, convert: fn(&Order) -> KValue| {
        move |data: &Data| {
            rule(threads, &data.orders, |part, start| {
                let (mut koto, rule) = load(RULE, "rule");
                start
                    .measure(|| part.iter().filter(|o| holds(&mut koto, &rule, convert(o))).count())
            })
        }
    };
    let by_serde: fn(&Order) -> KValue = |order| to_koto_value(order).expect("a value");
    let objects = |threads| {
        move |data: &Data| {
            rule(threads, &data.shared, |part, start| {
                let (mut koto, rule) = load(RULE_OF_OBJECTS, "rule");
                let object = |o: &Arc<Shared>| KObject::from(SharedOrder(o.clone())).into();
                start.measure(|| part.iter().filter(|o| holds(&mut koto, &rule, object(o))).count())
            })
        }
    };
    let before = move |threads| {
        move |data: &Data| {
            rule(threads, &data.orders, |part, start| {
                let (mut koto, rule) = load(RULE, "rule");
                let orders: Vec<KValue> = part.iter().map(by_serde).collect();
                let holds = |o: &&KValue| holds(&mut koto, &rule, (*o).clone());
                start.measure(|| orders.iter().filter(holds).count())
            })
        }
    };
    let counting = |body: &str| {
        let mut koto = engine();
        koto.prelude().add_fn("host", |ctx| match ctx.args() {
            [KValue::Number(a), KValue::Number(b)] => Ok(host(a.into(), b.into()).into()),
            other => unexpected_args("|Number, Number|", other),
        });
        let text = format!("export run = ||\n  s = 0\n  for i in 0..{LOOP}\n    s = {body}\n  s\n");
        koto.compile_and_run(&text).expect("a program");
        let run = koto.exports().get("run").expect("a function");
        move || int(koto.call_function(run.clone(), &[]).expect("a result"))
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
        Call => {
            let (mut koto, add) = load("export add = |a, b| a + b", "add");
            turns(1_000_000, |i| {
                int(koto.call_function(add.clone(), &[i.into(), 1.into()]).expect("a result"))
            })
        };
        CallByName => {
            let (mut koto, _) = load("export add = |a, b| a + b", "add");
            turns(1_000_000, |i| {
                int(koto.call_exported_function("add", &[i.into(), 1.into()]).expect("a result"))
            })
        };
        HostCall => {
            let mut empty = counting("i");
            longer(counting("host s, i"), || { black_box(empty()); })
        };
        Next => made(1000, engine);
        Compile => {
            let (mut koto, text) = (engine(), program(1000, function));
            made(20, || koto.compile(&text).expect("a program"))
        };
        Trivial => {
            let (mut koto, run) = load("export run = |n| n > 1", "run");
            turns(200_000, |i| {
                let result = koto.call_function(run.clone(), i).expect("a result");
                matches!(result, KValue::Bool(true)).into()
            })
        };
        EngineBytes => bytes(engine);
        SmallBytes => {
            let (mut koto, text) = (engine(), program(10, function));
            bytes(|| koto.compile(&text).expect("a program"))
        };
        LargeBytes => {
            let (mut koto, text) = (engine(), program(1000, function));
            bytes(|| koto.compile(&text).expect("a program"))
        };
    }
}
