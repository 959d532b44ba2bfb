//! A session is a program that grows: names stay, may be declared anew, and functions see the newest.

use tansy::{Engine, Session, SessionError, Value};

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
