//! Runs that yield, and host functions that give their result later, under a little executor of our own.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use tansy::{Call, Engine, Error, Execution, Fault, Limit, Limits, RunError, Value, value};

/// Counts how often it is woken.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls until the end; gives the result and the number of polls.
fn drive(execution: Execution) -> (Result<Value, RunError>, usize) {
    let waker = Waker::from(Arc::new(Counter::default()));
    let mut execution = pin!(execution);
    for polls in 1.. {
        if let Poll::Ready(result) = execution.as_mut().poll(&mut Context::from_waker(&waker)) {
            return (result, polls);
        }
    }
    unreachable!()
}

/// A future that is ready the third time it is asked.
struct Third<T>(usize, Option<T>);

impl<T: Unpin> Future for Third<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.0 += 1;
        context.waker().wake_by_ref();
        match self.0 {
            3.. => self.1.take().map_or(Poll::Pending, Poll::Ready),
            _ => Poll::Pending,
        }
    }
}

fn engine() -> Engine {
    Engine::builder()
        .function("fetch(url, times = 1)", |url: String, times: i64| async move {
            let text = Third(0, Some(url)).await;
            if text.is_empty() {
                Err("no address".to_string())
            } else {
                Ok(text.repeat(times as usize))
            }
        })
        .function("each(xs, f)", |call: &mut Call, xs: Vec<Value>, f: Value| {
            xs.into_iter().map(|x| call.call(&f, (x,))).collect::<Result<Vec<Value>, Fault>>()
        })
        .function("later_panic", || async { panic!("too late") as i64 })
        .build()
}

fn run(text: &str) -> (Result<Value, RunError>, usize) {
    drive(engine().compile("async", text).unwrap().start().execute_async())
}

fn shareable<T: Send + 'static>(_: &T) {}

#[test]
fn a_long_run_yields_at_every_slice() {
    let text = "var s = 0\nfor i in 0..1_000_000 { s += i }\ns";
    let program = Engine::new().compile("long", text).unwrap();
    let execution = program.start().execute_async();
    shareable(&execution);
    let (result, polls) = drive(execution);
    assert_eq!(result.unwrap(), 499_999_500_000_i64);
    assert!((50..200).contains(&polls), "{polls}");
    assert_eq!(drive(Engine::new().compile("s", "1 + 1").unwrap().start().execute_async()).1, 1);
}

#[test]
fn a_host_function_is_awaited_wherever_it_is_called() {
    let (result, polls) = run("fetch(\"a\") + fetch(url: \"b\", times: 3)");
    assert_eq!(result.unwrap(), "abbb");
    assert!(polls > 4, "{polls}");
    // In tail position, inside functions, as a value, in a closure of the library, in a comprehension.
    assert_eq!(run("fn f(x) { fetch(x) }\nf(\"t\") + f(\"u\")").0.unwrap(), "tu");
    assert_eq!(run("let g = fetch\ng(\"v\")").0.unwrap(), "v");
    assert_eq!(run("[\"a\", \"b\"].map(|x| fetch(x)).join(\"-\")").0.unwrap(), "a-b");
    assert_eq!(run("var s = \"\"\nfor i in 0..5 { s = s + fetch(\"x\") }\ns").0.unwrap(), "xxxxx");
    assert_eq!(run("fetch(...[\"q\", 2])").0.unwrap(), "qq");
}

#[test]
fn an_error_that_comes_later_is_thrown_at_the_call() {
    let error = run("fn go() {\n  fetch(\"\")\n}\ngo()\n1").0.unwrap_err();
    assert_eq!((error.message.as_str(), error.kind.as_str()), ("no address", "host-error"));
    assert!(error.to_string().starts_with("async:2:3:"), "{error}");
    assert_eq!(run("try { fetch(\"\") } catch e { e.message }").0.unwrap(), "no address");
}

#[test]
fn what_cannot_wait_says_so() {
    let error = match engine().eval::<Value>("fetch(\"a\")").unwrap_err() {
        Error::Run(error) => error,
        other => panic!("{other}"),
    };
    assert_eq!(error.kind, "async");
    assert_eq!(error.help, ["the host runs programs that call it with `execute_async`"]);
    let error = run("each([\"a\"], |x| fetch(x))").0.unwrap_err();
    assert_eq!(error.kind, "async");
    assert_eq!(run("each([\"a\"], |x| x + x)").0.unwrap(), value!(["aa"]));
}

#[test]
fn limits_hold_in_a_run_that_yields() {
    let program = engine().compile("endless", "while true { }").unwrap();
    let limits = Limits { fuel: 1_000_000, ..Limits::default() };
    let error = drive(program.start().limits(limits).execute_async()).0.unwrap_err();
    assert_eq!(error.limit, Some(Limit::Fuel));
    let limits = Limits { time: Some(Duration::from_millis(20)), ..Limits::default() };
    let error = drive(program.start().limits(limits).execute_async()).0.unwrap_err();
    assert_eq!(error.limit, Some(Limit::Time));
    let text = "var v = []\nwhile true { v = v.push(fetch(\"some text that is long enough\")) }";
    let program = engine().compile("growing", text).unwrap();
    let limits = Limits { memory: 200_000, ..Limits::default() };
    let error = drive(program.start().limits(limits).execute_async()).0.unwrap_err();
    assert_eq!(error.limit, Some(Limit::Memory));
    let flag = Arc::new(AtomicBool::new(true));
    let error = drive(program.start().interrupt(flag).execute_async()).0.unwrap_err();
    assert_eq!(error.limit, Some(Limit::Interrupt));
}

#[test]
fn a_panic_while_waiting_ends_the_run_and_a_dropped_run_leaves_nothing() {
    let program =
        engine().compile("p", "let big = [1, 2, 3].map(|x| [x])\nlater_panic()\nbig").unwrap();
    let error = drive(program.start().execute_async()).0.unwrap_err();
    assert_eq!(
        (error.kind.as_str(), error.message.as_str()),
        ("host-panic", "the host panicked: too late")
    );
    let program = engine().compile("d", "let big = (0..1000).vec()\nfetch(\"x\")\nbig").unwrap();
    let before = tansy::heap::allocated();
    {
        let waker = Waker::from(Arc::new(Counter::default()));
        let mut execution = Box::pin(program.start().execute_async());
        assert!(execution.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert!(tansy::heap::allocated() <= before);
    assert_eq!(engine().eval::<i64>("1 + 1").unwrap(), 2);
}

#[test]
fn a_run_moves_between_threads_and_many_run_at_once() {
    let text = "var s = 0\nvar kept = []\nfor i in 0..30_000 { s += i\n kept = kept.push([i, fetch_nothing(i)]) }\nkept.len() + s";
    let engine = Engine::builder().function("fetch_nothing", |i: i64| i).build();
    let program = engine.compile("moving", text).unwrap();
    let mut runs: Vec<Pin<Box<Execution>>> =
        (0..4).map(|_| Box::pin(program.start().execute_async())).collect();
    let mut done = Vec::new();
    while !runs.is_empty() {
        // Each round on a thread of its own, so that every poll of a run is on another one.
        (runs, done) = std::thread::spawn(move || {
            let waker = Waker::from(Arc::new(Counter::default()));
            let mut left = Vec::new();
            for mut run in runs {
                match run.as_mut().poll(&mut Context::from_waker(&waker)) {
                    Poll::Ready(result) => done.push(result.unwrap()),
                    Poll::Pending => left.push(run),
                }
            }
            (left, done)
        })
        .join()
        .unwrap();
    }
    assert_eq!(done, vec![Value::int(450_015_000 - 15_000 + 15_000); 4]);
}
