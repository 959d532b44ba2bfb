//! Rune. The compiled unit is shared by threads; each has a machine of its own, since values are for one thread.

use super::{Jobs, jobs};
use crate::measure::{Data, LOOP, bytes, host, longer, made, program, rule, turns};
use crate::orders::{Item, Order, Shared};
use rune::alloc::String as RuneString;
use rune::runtime::{GuardedArgs, Object, Protocol, RuntimeContext};
use rune::{Any, Context, Hash, Module, Source, Sources, Unit, Value, Vm, from_value, to_value};
use std::hint::black_box;
use std::sync::Arc;

const RULE: &str = r#"pub fn rule(order) { order.total > 100.0 && (order.country == "DE" || order.country == "FR") && order.items.iter().any(|i| i.qty >= 10) }"#;

#[derive(Any)]
#[rune(name = Order)]
struct SharedOrder(Arc<Shared>);

#[derive(Any)]
#[rune(name = Item)]
struct SharedItem(Arc<Item>);

fn string(text: &str) -> RuneString {
    RuneString::try_from(text).expect("a string")
}

fn context() -> Context {
    let mut context = Context::with_default_modules().expect("modules");
    let mut module = Module::new();
    module.function("host", host).build().expect("a function");
    context.install(module).expect("a module");
    context
}

fn with_objects() -> Result<Context, rune::ContextError> {
    let mut module = Module::new();
    module.ty::<SharedOrder>()?;
    module.ty::<SharedItem>()?;
    module.field_function(&Protocol::GET, "id", |o: &SharedOrder| string(&o.0.id))?;
    module.field_function(&Protocol::GET, "country", |o: &SharedOrder| string(&o.0.country))?;
    module.field_function(&Protocol::GET, "total", |o: &SharedOrder| o.0.total)?;
    module.field_function(&Protocol::GET, "items", |o: &SharedOrder| {
        o.0.items.iter().map(|item| SharedItem(item.clone())).collect::<Vec<_>>()
    })?;
    module.field_function(&Protocol::GET, "sku", |i: &SharedItem| string(&i.0.sku))?;
    module.field_function(&Protocol::GET, "qty", |i: &SharedItem| i64::from(i.0.qty))?;
    module.field_function(&Protocol::GET, "price", |i: &SharedItem| i.0.price)?;
    let mut context = context();
    context.install(module)?;
    Ok(context)
}

fn compile(context: &Context, text: &str) -> Unit {
    let mut sources = Sources::new();
    sources.insert(Source::memory(text).expect("a source")).expect("a source");
    rune::prepare(&mut sources).with_context(context).build().expect("a program")
}

/// What threads share.
type Compiled = (Arc<RuntimeContext>, Arc<Unit>);

fn load(context: &Context, text: &str) -> Compiled {
    (Arc::new(context.runtime().expect("a context")), Arc::new(compile(context, text)))
}

fn machine((context, unit): &Compiled) -> Vm {
    Vm::new(context.clone(), unit.clone())
}

fn by_hand(order: &Order) -> Value {
    let item = |item: &Item| {
        let mut object = Object::with_capacity(3).expect("an object");
        let mut field = |name, value| object.insert(string(name), value).expect("a field");
        field("sku", to_value(string(&item.sku)).expect("a string"));
        field("qty", to_value(i64::from(item.qty)).expect("a number"));
        field("price", to_value(item.price).expect("a number"));
        to_value(object).expect("an object")
    };
    let items: Vec<Value> = order.items.iter().map(item).collect();
    let mut object = Object::with_capacity(4).expect("an object");
    let mut field = |name, value| object.insert(string(name), value).expect("a field");
    field("id", to_value(string(&order.id)).expect("a string"));
    field("country", to_value(string(&order.country)).expect("a string"));
    field("total", to_value(order.total).expect("a number"));
    field("items", to_value(items).expect("a vector"));
    to_value(object).expect("an object")
}

fn call<T: rune::FromValue>(vm: &mut Vm, name: Hash, arguments: impl GuardedArgs) -> T {
    from_value(vm.call(name, arguments).expect("a result")).expect("its type")
}

fn function(i: usize) -> String {
    format!(
        "pub fn f{i}(a, b) {{\n  let x = a * {i} + b;\n  let y = x % 7;\n  if x > y {{\n    x += 1;\n  }} else {{\n    x -= y;\n  }}\n  x + y\n}}"
    )
}

pub fn first() {
    black_box(context().runtime().expect("a context"));
}

pub fn jobs(data: &Arc<Data>) -> Jobs {
    let name = |name: &str| Hash::type_hash([name]);
    let hand = move |threads| {
        move |data: &Data| {
            let compiled = load(&context(), RULE);
            rule(threads, &data.orders, |part, start| {
                let (mut vm, name) = (machine(&compiled), name("rule"));
                let holds = |o: &&Order| call::<bool>(&mut vm, name, (by_hand(o),));
                start.measure(|| part.iter().filter(holds).count())
            })
        }
    };
    let objects = move |threads| {
        move |data: &Data| {
            let compiled = load(&with_objects().expect("types"), RULE);
            rule(threads, &data.shared, |part, start| {
                let (mut vm, name) = (machine(&compiled), name("rule"));
                let holds =
                    |o: &&Arc<Shared>| call::<bool>(&mut vm, name, (SharedOrder(Arc::clone(o)),));
                start.measure(|| part.iter().filter(holds).count())
            })
        }
    };
    let before = move |threads| {
        move |data: &Data| {
            let compiled = load(&context(), RULE);
            rule(threads, &data.orders, |part, start| {
                let orders: Vec<Value> = part.iter().map(by_hand).collect();
                let (mut vm, name) = (machine(&compiled), name("rule"));
                let holds = |o: &&Value| call::<bool>(&mut vm, name, ((*o).clone(),));
                start.measure(|| orders.iter().filter(holds).count())
            })
        }
    };
    let counting = move |body: &str| {
        let text = format!("pub fn run() {{ let s = 0; for i in 0..{LOOP} {{ s = {body}; }} s }}");
        let mut vm = machine(&load(&context(), &text));
        move || call::<i64>(&mut vm, name("run"), ())
    };
    jobs! { data;
        Traits => hand(1)(data);
        Traits2 => hand(2)(data);
        Objects => objects(1)(data);
        Objects2 => objects(2)(data);
        Before => before(1)(data);
        Before2 => before(2)(data);
        Call => {
            let mut vm = machine(&load(&context(), "pub fn add(a, b) { a + b }"));
            let add = name("add");
            turns(1_000_000, |i| call(&mut vm, add, (i, 1_i64)))
        };
        CallByName => {
            let mut vm = machine(&load(&context(), "pub fn add(a, b) { a + b }"));
            turns(1_000_000, |i| call(&mut vm, name("add"), (i, 1_i64)))
        };
        HostCall => {
            let mut empty = counting("i");
            longer(counting("host(s, i)"), || { black_box(empty()); })
        };
        Next => made(10, || context().runtime().expect("a context"));
        Compile => {
            let (context, text) = (context(), program(1000, function));
            made(20, || compile(&context, &text))
        };
        Trivial => {
            let mut vm = machine(&load(&context(), "pub fn run(n) { n > 1 }"));
            let run = name("run");
            turns(200_000, |i| call::<bool>(&mut vm, run, (i,)).into())
        };
        EngineBytes => bytes(|| {
            let context = context();
            (context.runtime().expect("a context"), context)
        });
        SmallBytes => {
            let (context, text) = (context(), program(10, function));
            bytes(|| compile(&context, &text))
        };
        LargeBytes => {
            let (context, text) = (context(), program(1000, function));
            bytes(|| compile(&context, &text))
        };
    }
}
