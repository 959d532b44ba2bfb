use tansy::*;
#[test]
fn demo() {
    let engine = Engine::new();
    for text in [
        r#"order.total > 100
and order.country in ["DE", "FR"]
and order.items.any(|i| i.qty >= 10)"#,
        r#"fn discount(o) {
    if o.vip and o.total > 500 {
        return 0.20d
    } else if o.items.any(|i| i.qty >= 3 or i.name.starts_with("b")) {
        0.05d
    } else {
        0d
    }
}
let rate = discount(order)
match order.country {
    "DE" if rate > 1 => "free",
    "US" if rate > 0 => "cheap",
    _ => "standard",
}"#,
        r#"fn check(o) {
    for item in o.items {
        if item.qty > 4 { throw f"too many {item.name}" }
    }
    "ok"
}
let who = order.buyer?.name ?? "nobody"
try { check(order) } catch e { "refused: " + e.message + who }"#,
        r#"fn f(n, acc) { if n == 0 { acc } else { f(n - 1, acc + n) } }
var i = 0
while i < 10 { i += 1 }
let xs = [x * x for x in 1..5 if x % 2 == 0]
f(50, 0) + order.missing"#,
        r#"fn eligible(o) { o.total > 100 and local(o) }
fn local(o) { o.country in ["DE", "US"] or o.vip }
let ok = eligible(order)
if not ok { "no" } else { order.items.filter(|i| i.qty > 4).map(.name) }"#,
    ] {
        let program = engine
            .compile_with(
                Source::new("rule.tansy", text),
                &CompileOptions { inputs: vec!["order".into()], exports: false },
            )
            .unwrap();
        let order = engine.eval(r#"{total: 120, vip: false, country: "US", items: [{name: "ant", qty: 2}, {name: "fly", qty: 2}, {name: "bee", qty: 5}, {name: "fox", qty:1}]}"#).unwrap();
        let traced = program.run_traced(&[("order", order.clone())]);
        let plain = program.run(&[("order", order)]);
        println!("{}", traced.explanation);
        println!("{:?}", traced.explanation.inputs());
        assert_eq!(
            format!("{:?}", plain.map_err(|e| e.to_string())),
            format!("{:?}", traced.result.map_err(|e| e.to_string()))
        );
    }
}
