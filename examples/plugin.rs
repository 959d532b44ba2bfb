//! Plugins with callbacks: scripts register functions for events, and the host calls them later, from another thread.
//!
//! `cargo run --example plugin`
//!
//! What to look at:
//! - `on("order-paid", |order| …)` is a function of the host. It keeps the closure it is given, as a value.
//! - A closure is `Send + Sync` like every value, so the events are fired by a thread of their own.
//! - Closures capture values, not variables: a plugin's state lives in the host, and `state.update(key, f)` changes it by calling
//!   back into the script.
//! - A handler that fails, or never ends, is reported with its plugin and line; the other handlers run all the same.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use tansy::{Call, Decimal, Engine, Error, Fault, Function, Limits, Value, value};

/// A plugin of the shop: it counts, and writes to a customer now and then.
const LOYALTY: &str = r#"
// A function of the script may be a handler, too.
fn thank(order) {
  let count = state.update(order.customer, |n| (n ?? 0) + 1)
  if count % 2 == 0 { emit("coupon", {customer: order.customer, percent: 5 * count}) }
}

on("order-paid", thank)
on("coupon", |c| log(f"a coupon for {c.customer}: {c.percent}% off"))
"#;

/// Another one. It knows nothing of the first, and has a mistake in it.
const REPORT: &str = r#"
let start = 100d

on("order-paid", |order| {
  let sum = state.update("sum", |s| (s ?? start) + order.total)
  log(f"{order.customer} paid {order.total:.2}, that makes {sum:.2}")
})
on("order-paid", |order| log("shipped by " + order.shiping))
on("day-ends", |_| {
  log("waiting for more")
  while true { }
})
"#;

/// The name of an event, and what is to be said about it; also a handler before it is kept.
type Event = (String, Value);

/// A handler as the host keeps it: the plugin it is of, and the function.
struct Handler {
    plugin: &'static str,
    function: Function,
}

/// All plugins' handlers, by event, and what they share.
#[derive(Default)]
struct Plugins {
    handlers: BTreeMap<String, Vec<Handler>>,
    /// Events that handlers have caused and that are still to be fired.
    emitted: Arc<Mutex<VecDeque<Event>>>,
    log: Arc<Mutex<String>>,
}

/// What is behind a lock is replaced as a whole, so that a panic elsewhere leaves it right.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Plugins {
    /// Runs a plugin's script once. What it registers is there from then on.
    fn load(&mut self, plugin: &'static str, text: &str) -> Result<(), Error> {
        // `None` once the script has run: a handler registers no handlers.
        let registered = Arc::new(Mutex::new(Some(Vec::<Event>::new())));
        let registering = registered.clone();
        let emitted = self.emitted.clone();
        let log = self.log.clone();
        let state = Mutex::new(BTreeMap::<String, Value>::new());

        // An engine takes microseconds to make, so each plugin has its own, with its own functions, state and limits.
        let engine = Engine::builder()
            .limits(Limits { fuel: 100_000, memory: 1 << 20, ..Limits::default() })
            .function("on(event, handler)", move |event: String, handler: Value| {
                if handler.type_name() != "Fn" {
                    return Err("a handler is a function".to_owned());
                }
                match lock(&registering).as_mut() {
                    Some(list) => list.push((event, handler)),
                    None => return Err("handlers are registered while a plugin loads".to_owned()),
                }
                Ok(())
            })
            .function("emit(event, data)", move |event: String, data: Value| {
                lock(&emitted).push_back((event, data));
            })
            .function("log(text)", move |text: String| {
                _ = writeln!(lock(&log), "  {plugin}: {text}");
            })
            // The lock is not held during the call: `change` may itself use the state.
            .function(
                "state.update(key, change)",
                move |call: &mut Call, key: String, change: Value| -> Result<Value, Fault> {
                    let old = lock(&state).get(&key).cloned().unwrap_or_default();
                    let new: Value = call.call(&change, (old,))?;
                    lock(&state).insert(key, new.clone());
                    Ok(new)
                },
            )
            .build();

        engine.compile(plugin, text)?.run(&[])?;
        for (event, handler) in lock(&registered).take().unwrap_or_default() {
            // A function keeps what it needs of its script; the program itself may go.
            if let Some(function) = engine.function(handler) {
                self.handlers.entry(event).or_default().push(Handler { plugin, function });
            }
        }
        Ok(())
    }

    /// Calls every handler of an event, in the order in which they were registered, and then those of the events they caused.
    fn fire(&self, event: Event) {
        lock(&self.emitted).push_back(event);
        // (The lock must be free again when the handlers run: hence no `while let`.)
        loop {
            let Some((event, data)) = lock(&self.emitted).pop_front() else { break };
            _ = writeln!(lock(&self.log), "{event} {data}");
            for handler in self.handlers.get(&event).into_iter().flatten() {
                if let Err(error) = handler.function.call::<Value>((&data,)) {
                    _ = writeln!(lock(&self.log), "  {} failed: {error}", handler.plugin);
                }
            }
        }
    }
}

/// A day of the shop; what happened, as text.
fn day() -> Result<String, Error> {
    let mut plugins = Plugins::default();
    plugins.load("loyalty", LOYALTY)?;
    plugins.load("report", REPORT)?;
    let log = plugins.log.clone();

    let (sender, events) = mpsc::channel::<Event>();
    let worker = std::thread::spawn(move || {
        for event in events {
            plugins.fire(event);
        }
    });
    for (customer, cents) in [("Ada", 1250), ("Alan", 790), ("Ada", 3000)] {
        let total = Decimal::new(cents, 2);
        _ = sender.send(("order-paid".into(), value!({ customer: customer, total: total })));
    }
    _ = sender.send(("day-ends".into(), Value::NULL));
    drop(sender);
    if worker.join().is_err() {
        _ = writeln!(lock(&log), "the worker panicked");
    }
    let text = lock(&log).clone();
    Ok(text)
}

fn main() -> Result<(), Error> {
    print!("{}", day()?);
    Ok(())
}

#[test]
fn prints_what_is_expected() {
    let printed = day().unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(printed, include_str!("expected/plugin.txt"), "now:\n{printed}");
}
