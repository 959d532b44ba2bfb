//! A session is a program that grows: names stay, may be declared anew, and functions see the newest.

use std::sync::{Arc, Mutex};
use tansy::{Engine, Loaded, Loader, Session, SessionError, Value};

fn eval(session: &mut Session, text: &str) -> Value {
    match session.eval("<entry>", text) {
        Ok(value) => value,
        Err(SessionError::Compile(e)) => panic!("{text}: {e}"),
        Err(SessionError::Run(e)) => panic!("{text}: {e}"),
    }
}

#[test]
fn a_first_entry_may_be_a_recursive_function() {
    let mut session = Session::new(&Engine::new());
    eval(&mut session, "fn f(n) { if n == 0 { 1 } else { n * f(n - 1) } }");
    assert_eq!(eval(&mut session, "f(5)"), Value::int(120));
}

#[test]
fn functions_see_a_redefinition() {
    let mut session = Session::new(&Engine::new());
    eval(&mut session, "fn rate() { 1 }");
    eval(&mut session, "fn price(n) { n * rate() }");
    assert_eq!(eval(&mut session, "price(10)"), Value::int(10));
    eval(&mut session, "fn rate() { 3 }");
    assert_eq!(eval(&mut session, "price(10)"), Value::int(30));
}

#[test]
fn an_error_leaves_the_session_as_it_was() {
    let mut session = Session::new(&Engine::new());
    eval(&mut session, "var xs = [1, 2]");
    assert!(session.eval("<entry>", "xs[0] = 1 div 0").is_err());
    assert!(session.eval("<entry>", "let = 3").is_err());
    assert_eq!(eval(&mut session, "xs").to_string(), "[1, 2]");
}

#[test]
fn closures_made_in_a_loop_do_not_hold_on_to_each_other() {
    let mut session = Session::new(&Engine::new());
    eval(&mut session, "var g = null");
    eval(&mut session, "for i in 0..20_000 { g = || i }");
    assert_eq!(eval(&mut session, "g()"), Value::int(19_999));
    assert!(session.stats().peak_memory < 1 << 20, "{}", session.stats().peak_memory);
}

/// Modules by name.
struct Modules(Vec<(&'static str, &'static str)>);

impl Loader for Modules {
    fn load(&self, path: &str, _from: &str) -> Result<Loaded, String> {
        let found = self.0.iter().find(|(name, _)| *name == path);
        let (id, text) = found.ok_or("there is no such module")?;
        Ok(Loaded { id: id.to_string(), text: text.to_string() })
    }
}

#[test]
fn a_function_kept_from_an_import_sees_all_of_its_module() {
    let table = "let table = {f: |x| g(x)}\nlet rate = 5\nfn g(x) { x * rate }";
    let engine = Engine::builder().loader(Modules(vec![("m.tansy", table)])).build();
    let mut session = Session::new(&engine);
    eval(&mut session, "import \"m.tansy\" as m");
    assert_eq!(eval(&mut session, "(m.table.f)(4)"), Value::int(20));
}

#[test]
fn a_module_imported_twice_by_an_entry_runs_once() {
    let modules = vec![
        ("a.tansy", "import \"c.tansy\" as c\nlet x = c.x"),
        ("b.tansy", "import \"c.tansy\" as c\nlet x = c.x"),
        ("c.tansy", "print(\"c runs\")\nlet x = 1"),
    ];
    let engine = Engine::builder().loader(Modules(modules)).build();
    let mut session = Session::new(&engine);
    let printed = Arc::new(Mutex::new(String::new()));
    let into = printed.clone();
    session.output(Box::new(move |text| {
        into.lock().expect("no panic").push_str(text);
        Ok(())
    }));
    eval(&mut session, "import \"a.tansy\" as a\nimport \"b.tansy\" as b\na.x + b.x");
    assert_eq!(*printed.lock().expect("no panic"), "c runs\n");
}
