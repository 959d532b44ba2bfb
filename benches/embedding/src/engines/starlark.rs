//! Starlark. Functions of a frozen module are shared by all threads; values live on a heap that frees nothing before it goes, so there is a
//! new one for each hundred orders.

use super::{Jobs, jobs};
use crate::measure::{self, Data, LOOP, bytes, longer, made, program, rule, turns};
use crate::orders::{Item, Order, Shared};
use allocative::Allocative;
use starlark::environment::{FrozenModule, Globals, GlobalsBuilder, Module};
use starlark::eval::Evaluator;
use starlark::syntax::{AstModule, Dialect};
use starlark::values::dict::AllocDict;
use starlark::values::{
    Heap, NoSerialize, ProvidesStaticType, StarlarkPagablePanic, StarlarkValue, Value,
    starlark_value,
};
use starlark::{starlark_module, starlark_simple_value};
use std::fmt;
use std::hint::black_box;
use std::sync::Arc;

const RULE: &str = r#"
def rule(order):
    return order["total"] > 100 and order["country"] in ["DE", "FR"] and any([i["qty"] >= 10 for i in order["items"]])
"#;

const RULE_OF_OBJECTS: &str = r#"
def rule(order):
    return order.total > 100 and order.country in ["DE", "FR"] and any([i.qty >= 10 for i in order.items])
"#;

#[starlark_module]
fn host(builder: &mut GlobalsBuilder) {
    fn host(
        #[starlark(require = pos)] a: i64,
        #[starlark(require = pos)] b: i64,
    ) -> anyhow::Result<i64> {
        Ok(measure::host(a, b))
    }
}

#[derive(Debug, ProvidesStaticType, NoSerialize, StarlarkPagablePanic, Allocative)]
struct SharedOrder(#[allocative(skip)] Arc<Shared>);
starlark_simple_value!(SharedOrder);

#[derive(Debug, ProvidesStaticType, NoSerialize, StarlarkPagablePanic, Allocative)]
struct SharedItem(#[allocative(skip)] Arc<Item>);
starlark_simple_value!(SharedItem);

impl fmt::Display for SharedOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Order")
    }
}

impl fmt::Display for SharedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Item")
    }
}

#[starlark_value(type = "Order")]
impl<'v> StarlarkValue<'v> for SharedOrder {
    fn get_attr(&self, name: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        Some(match name {
            "id" => heap.alloc(self.0.id.as_str()),
            "country" => heap.alloc(self.0.country.as_str()),
            "total" => heap.alloc(self.0.total),
            "items" => {
                let items = self.0.items.iter().map(|item| heap.alloc(SharedItem(item.clone())));
                heap.alloc(items.collect::<Vec<Value>>())
            }
            _ => return None,
        })
    }
}

#[starlark_value(type = "Item")]
impl<'v> StarlarkValue<'v> for SharedItem {
    fn get_attr(&self, name: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        Some(match name {
            "sku" => heap.alloc(self.0.sku.as_str()),
            "qty" => heap.alloc(self.0.qty),
            "price" => heap.alloc(self.0.price),
            _ => return None,
        })
    }
}

fn globals() -> Globals {
    GlobalsBuilder::standard().with(host).build()
}

fn load(globals: &Globals, text: &str) -> FrozenModule {
    let ast = AstModule::parse("program.star", text.to_owned(), &Dialect::Extended);
    Module::with_temp_heap(|module| {
        let ast = ast.expect("a program");
        Evaluator::new(&module).eval_module(ast, globals).expect("its definitions");
        module.freeze().expect("a frozen module")
    })
}

/// Something done with a function of a module.
fn with<T>(
    module: &FrozenModule,
    name: &str,
    work: impl for<'v> FnOnce(Heap<'v>, &mut Evaluator<'v, '_, '_>, Value<'v>) -> T,
) -> T {
    let function = module.get(name).expect("a function");
    Module::with_temp_heap(|here| {
        // SAFETY: the value is used only while the module, which owns it, is alive.
        let function = unsafe { function.owned_frozen_value(here.frozen_heap()) }.to_value();
        let heap = here.heap();
        work(heap, &mut Evaluator::new(&here), function)
    })
}

fn convert<'v>(heap: Heap<'v>, order: &Order) -> Value<'v> {
    let item = |item: &Item| {
        heap.alloc(AllocDict([
            ("sku", heap.alloc(item.sku.as_str())),
            ("qty", heap.alloc(item.qty)),
            ("price", heap.alloc(item.price)),
        ]))
    };
    let items: Vec<Value> = order.items.iter().map(item).collect();
    heap.alloc(AllocDict([
        ("id", heap.alloc(order.id.as_str())),
        ("country", heap.alloc(order.country.as_str())),
        ("total", heap.alloc(order.total)),
        ("items", heap.alloc(items)),
    ]))
}

fn holds<'v>(evaluator: &mut Evaluator<'v, '_, '_>, rule: Value<'v>, order: Value<'v>) -> bool {
    let result = evaluator.eval_function(rule, &[order], &[]).expect("a result");
    result.unpack_bool().expect("a bool")
}

fn function(i: usize) -> String {
    format!(
        "def f{i}(a, b):\n    x = a * {i} + b\n    y = x % 7\n    if x > y:\n        x += 1\n    else:\n        x -= y\n    z = x + y\n    return z\n# f{i}"
    )
}

pub fn first() {
    black_box(globals());
}

pub fn jobs(data: &Arc<Data>) -> Jobs {
    let hand = |threads| {
        move |data: &Data| {
            let module = load(&globals(), RULE);
            rule(threads, &data.orders, |part, start| {
                let chunk = |orders: &[Order]| {
                    with(&module, "rule", |heap, evaluator, rule| {
                        let orders = orders.iter();
                        orders.filter(|o| holds(evaluator, rule, convert(heap, o))).count()
                    })
                };
                start.measure(|| part.chunks(100).map(chunk).sum())
            })
        }
    };
    let objects = |threads| {
        move |data: &Data| {
            let module = load(&globals(), RULE_OF_OBJECTS);
            rule(threads, &data.shared, |part, start| {
                let chunk = |orders: &[Arc<Shared>]| {
                    with(&module, "rule", |heap, evaluator, rule| {
                        let object = |o: &Arc<Shared>| heap.alloc(SharedOrder(o.clone()));
                        orders.iter().filter(|o| holds(evaluator, rule, object(o))).count()
                    })
                };
                start.measure(|| part.chunks(100).map(chunk).sum())
            })
        }
    };
    let before = |threads| {
        move |data: &Data| {
            let module = load(&globals(), RULE);
            rule(threads, &data.orders, |part, start| {
                with(&module, "rule", |heap, evaluator, rule| {
                    let orders: Vec<Value> = part.iter().map(|o| convert(heap, o)).collect();
                    let orders = orders.into_iter();
                    start.measure(|| orders.filter(|o| holds(evaluator, rule, *o)).count())
                })
            })
        }
    };
    let counting = |body: &str| {
        let module = load(
            &globals(),
            &format!(
                "def run():\n    s = 0\n    for i in range({LOOP}):\n        s = {body}\n    return s\n"
            ),
        );
        move || {
            with(&module, "run", |_, evaluator, run| {
                let result = evaluator.eval_function(run, &[], &[]).expect("a result");
                result.to_str().parse::<i64>().expect("a number")
            })
        }
    };
    jobs! { data;
        Traits => hand(1)(data);
        Traits2 => hand(2)(data);
        Objects => objects(1)(data);
        Objects2 => objects(2)(data);
        Before => before(1)(data);
        Before2 => before(2)(data);
        Call => {
            let module = load(&globals(), "def add(a, b):\n    return a + b\n");
            with(&module, "add", |heap, evaluator, add| turns(1_000_000, |i| {
                let arguments = [heap.alloc(i), heap.alloc(1)];
                let result = evaluator.eval_function(add, &arguments, &[]).expect("a result");
                result.unpack_i32().expect("an int").into()
            }))
        };
        HostCall => {
            let empty = counting("i");
            longer(counting("host(s, i)"), || { black_box(empty()); })
        };
        Next => made(1000, globals);
        Compile => {
            let (globals, text) = (globals(), program(1000, function));
            made(20, || load(&globals, &text))
        };
        Trivial => {
            let module = load(&globals(), "def run(n):\n    return n > 1\n");
            turns(200_000, |i| with(&module, "run", |heap, evaluator, run| {
                let result = evaluator.eval_function(run, &[heap.alloc(i)], &[]).expect("a result");
                result.unpack_bool().expect("a bool").into()
            }))
        };
        EngineBytes => bytes(globals);
        SmallBytes => {
            let (globals, text) = (globals(), program(10, function));
            bytes(|| load(&globals, &text))
        };
        LargeBytes => {
            let (globals, text) = (globals(), program(1000, function));
            bytes(|| load(&globals, &text))
        };
    }
}
