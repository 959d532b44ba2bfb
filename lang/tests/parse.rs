//! What the parser makes of right programs.

mod common;
use common::{codes, parsed, tree};
use tansy_lang::ast::{ExprKind, StatementKind};

fn check(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(tree(source), *expected, "{source}");
    }
}

#[test]
fn operators_bind_as_documented() {
    check(&[
        ("-2 ** 2 ** -1", "(- (** 2 (** 2 (- 1))))"),
        ("a ?? b or c and not d == e", "(or (?? a b) (and c (not (d == e))))"),
        ("x is not Int | Str", "(is-not x (or Int Str))"),
        ("0 <= x < 10", "(0 <= x < 10)"),
        ("x not in y", "(x not in y)"),
        ("a | b & c + d * -e ** f", "(| a (& b (+ c (* d (- (** e f))))))"),
        ("1..n + 1 | s", "(.. 1 (| (+ n 1) s))"),
        ("xs |> f(1) |> g() > 3", "((|> (|> xs (call f 1)) (call g)) > 3)"),
        ("opts?.n ?? 0 > 3", "((?? opts?.n 0) > 3)"),
        ("a - -b div 2", "(- a (div (- b) 2))"),
        ("let x = if a { 1 } else { 2 } + 3", "(let x (+ (if a {1} else {2}) 3))"),
    ]);
}

#[test]
fn tails_reach_as_far_right_as_they_can() {
    check(&[
        ("a ?? throw b + 1", "(?? a (throw (+ b 1)))"),
        ("x == 1 or return 5", "(or (x == 1) (return 5))"),
        ("let f = |a| |b| a | b", "(let f (| (a){(| (b){(| a b)})}))"),
        ("xs |> |y| y + 1", "(|> xs (| (y){(+ y 1)}))"),
        ("return if a { 1 } else { 2 }", "(return (if a {1} else {2}))"),
        ("a ?? (|x| x) ?? b", "(?? (?? a (paren (| (x){x}))) b)"),
        ("|x||y| x", "(| (x){(| (y){x})})"),
    ]);
    for source in ["a + return", "a == |x| x", "not throw 1", "if return { 1 }", "x |> return"] {
        assert_eq!(codes(source).len(), 1, "{source}");
    }
}

#[test]
fn a_brace_is_a_map_except_for_the_body_of_a_function_or_arm() {
    check(&[
        ("{x}", "(map x:x)"),
        ("{}", "(map)"),
        ("let y = {x, z: 1}", "(let y (map x:x z:1))"),
        ("|| {}", "(| (){(map)})"),
        ("|| {a: 1}", "(| (){(map a:1)})"),
        ("|| {a, b}", "(| (){(map a:a b:b)})"),
        ("|| {\"a\": 1}", "(| (){(map a:1)})"),
        ("|| {...a}", "(| (){(map ...a)})"),
        ("|| {a}", "(| (){a})"),
        ("|| {\"a\"}", "(| (){\"a\"})"),
        ("|x| { [x] => 1 }", "(| (x){(map (vec x)=>1)})"),
        ("|x| { let y = x; y }", "(| (x){(let y x) y})"),
        ("|x| { if x { 1 } else { 2 } }", "(| (x){(if x {1} else {2})})"),
        ("|x| {\n  match x { 1 => 2 }\n}", "(| (x){(match x (1 => 2))})"),
        ("|x| { f(x)\n {a => 1} }", "(| (x){(call f x) (map a=>1)})"),
        (
            "match x { 1 => {}, 2 => {a}, 3 => {a: 1} }",
            "(match x (1 => (map)) (2 => (do {a})) (3 => (map a:1)))",
        ),
        ("if x { {a} }", "(if x {(map a:a)})"),
        ("match {a: 1} { {a} => a }", "(match (map a:1) ({ a:a} => a))"),
        ("if base with { a = 1 } == x { 1 }", "(if ((with base (= ^.a 1)) == x) {1})"),
        ("while x < {a: 1}.a { f() }", "(while (x < (map a:1).a) {(call f)})"),
    ]);
}

#[test]
fn map_entries_take_any_word_as_key() {
    check(&[
        (
            "{\n a: 1\n else: 2, in: 3\n and: 4\n for: 5\n if: 6,\n \"x y\": 7\n ...b\n 3 => 4\n -1 => 5\n [1] => 6\n is: 8\n not: 9\n}",
            "(map a:1 else:2 in:3 and:4 for:5 if:6 x y:7 ...b 3=>4 (- 1)=>5 (vec 1)=>6 is:8 not:9)",
        ),
        ("f(type: 1, if: 2, ...xs)", "(call f type:1 if:2 ...xs)"),
        ("x.not.in?.delete", "x.not.in?.delete"),
        (
            "{type, test, k: delete}".replace("delete", "1").as_str(),
            "(map type:type test:test k:1)",
        ),
        ("{k => v\n  for k in xs\n  if k > 1}", "(map k=>v for k in xs if (k > 1))"),
        ("{k => {v: 1} for [k, v] in xs}", "(map k=>(map v:1) for [ k v] in xs)"),
    ]);
}

#[test]
fn collections_and_comprehensions() {
    check(&[
        ("[1, ...a, |x| x,]", "(vec 1 ...a (| (x){x}))"),
        ("#{1, 2}", "(set 1 2)"),
        ("#{}", "(set)"),
        ("[n ** 2 for n in 1..=9 if n > 2]", "(vec (** n 2) for n in (..= 1 9) if (n > 2))"),
        ("#{a for a in b for c in a}", "(set a for a in b for c in a)"),
        ("[i for i in 0.. if i > 2]", "(vec i for i in (.. 0 _) if (i > 2))"),
    ]);
}

#[test]
fn ranges_may_be_open() {
    check(&[
        (
            "xs[..3] + xs[2..] + xs[1..=2] + xs[..]",
            "(+ (+ (+ xs[(.. _ 3)] xs[(.. 2 _)]) xs[(..= 1 2)]) xs[(.. _ _)])",
        ),
        ("for i in 0.. { f(i) }", "(for i (.. 0 _) {(call f i)})"),
        ("let r = 0..\nf(r)", "(let r (.. 0 _)) (call f r)"),
        ("(0..\nn)", "(paren (.. 0 n))"),
        ("-1..=1", "(..= (- 1) 1)"),
    ]);
}

#[test]
fn postfixes() {
    check(&[
        ("x?.a?[1].b", "x?.a?[1].b"),
        ("(m.f)(1)", "(call (paren m.f) 1)"),
        ("m.f(1)", "(call m.f 1)"),
        ("if a {b}[0]", "(if a {b})[0]"),
        ("do { let x = 1; x }.foo", "(do {(let x 1) x}).foo"),
        ("xs.map(.name)", "(call xs.map (getter name))"),
        ("xs |> map(.if)", "(|> xs (call map (getter if)))"),
        ("xs[*].y[|x| x > 1]", "xs[*].y[(| (x){(x > 1)})]"),
    ]);
}

#[test]
fn assignments_have_paths_and_operators() {
    check(&[
        ("cfg.a?.b[*].c[1..2].d = 1", "(= cfg.a?.b[*].c[(.. 1 2)].d 1)"),
        (
            "a += 1; a **= 2; a ??= 3; a |= b; a &= c",
            "(+= a 1) (**= a 2) (??= a 3) (|= a b) (&= a c)",
        ),
        ("a.xs .= push({b: 1})", "(.= a.xs (call push (map b:1)))"),
        ("m .= delete(1)", "(.= m (call delete 1))"),
        ("delete a.b[0]", "(delete a.b[0])"),
        (
            "match x { 4 => { n += 1 }, 5 => n += 1, _ => delete a.b }",
            "(match x (4 => (do {(+= n 1)})) (5 => (do {(+= n 1)})) (_ => (do {(delete a.b)})))",
        ),
    ]);
    for source in ["1 = 2", "f() = 1", "f().x = 1", "(a) = 1", "delete a", "a .= 1", "a .= b.c()"] {
        assert_eq!(codes(source).len(), 1, "{source}");
    }
}

#[test]
fn with_items_begin_with_a_key_or_an_index() {
    check(&[(
        "base with {\n port = 80\n [9 * r + c] = 5\n in = 3\n type.x[*].y += 1\n xs .= push(1)\n delete tmp.a, hosts[|h| h.x][0] = {a: 1}\n}",
        "(with base (= ^.port 80) (= ^[(+ (* 9 r) c)] 5) (= ^.in 3) (+= ^.type.x[*].y 1) (.= ^.xs (call push 1)) (delete ^.tmp.a) (= ^.hosts[(| (h){h.x})][0] (map a:1)))",
    )]);
}

#[test]
fn functions_and_parameters() {
    check(&[
        (
            "let f = fn(a, b = 2, {c}: T = {c: 1}, ...r) -> Int { a }",
            "(let f (fn (a b=2 { c:c}:T=(map c:1) ...r)->Int{a}))",
        ),
        (
            "fn f(x: Int where it > 0 = 3) -> A | {b: Int} { 1 }",
            "(fn f (x:(where Int (it > 0))=3)->(or A { b:Int}){1})",
        ),
        ("|x: Int?, [a, b] as c, ...r| r", "(| (x:Int? ([ a b] as c) ...r){r})"),
        ("|a, b,| a", "(| (a b){a})"),
        ("|(1 | 2) as a| a", "(| (((or 1 2) as a)){a})"),
        (
            "foo(a, |x| {\n let y = 1\n y\n}, named: |z| z,\n)",
            "(call foo a (| (x){(let y 1) y}) named:(| (z){z}))",
        ),
        ("fn f() { return }", "(fn f (){(return)})"),
    ]);
    assert_eq!(codes("fn f(...a, b) { a }"), ["misplaced-rest"]);
}

#[test]
fn else_if_is_flat() {
    let source = "if a { 1 } else if b { 2 } else if c { 3 } else { 4 }";
    assert_eq!(tree(source), "(if a {1} b {2} c {3} else {4})");
    let parsed = parsed(source);
    let StatementKind::Expression(e) = &parsed.module.body.statements[0].kind else { panic!() };
    let ExprKind::If { arms, .. } = &e.kind else { panic!() };
    assert_eq!((arms.len(), e.height), (3, 3));
}

#[test]
fn matches_and_patterns() {
    check(&[
        (
            "match x {\n is Int | is Str as s if s == {a: 1} => s\n is Str => 1\n -1 => a\n 1 | 2..=3\n  | 4 => b\n}",
            "(match x (((or (is Int) (is Str)) as s) if (s == (map a:1)) => s) ((is Str) => 1) (-1 => a) ((or 1 2..=3 4) => b))",
        ),
        (
            "match x { {kind: \"circle\", r, port = 8080, if: t, ...rest} | [a, _, ...] => 1, (is (A | B)) => 2, \"x\".. => 1, ..=-2 => 3 }",
            "(match x ((or { kind:\"circle\" r:r port:port=8080 if:t ...rest} [ a _ ...]) => 1) ((is (or A B)) => 2) (\"x\".. => 1) (..=-2 => 3))",
        ),
        ("let {a, b: [c, _], ...rest}: T = x", "(let { a:a b:[ c _] ...rest}: T x)"),
        ("let [a, ...m, z] = x", "(let [ a ...m z] x)"),
        ("let {a: b = 1} = x", "(let { a:b=1} x)"),
        ("for [k, v] in m { f(k) }", "(for [ k v] m {(call f k)})"),
        (
            "match x { 6 => return, 7 => |x| x, true | null => 1 }",
            "(match x (6 => (return)) (7 => (| (x){x})) ((or true null) => 1))",
        ),
    ]);
    assert_eq!(codes("let [...a, ...b] = x"), ["misplaced-rest"]);
}

#[test]
fn types() {
    check(&[
        ("type Port = Int where 1 <= it <= 65535", "(type Port (where Int (1 <= it <= 65535)))"),
        (
            "type S =\n  | { kind: \"circle\", r: Float }\n  | { kind: \"rect\", w: Float? , h?: Str, ... }",
            "(type S (or { kind:\"circle\" r:Float} { kind:\"rect\" w:Float? h?:Str ...}))",
        ),
        ("type F = fn(A, B?) -> C | m.D", "(type F (fn A B?)->(or C m.D))"),
        (
            "type M = { Str? => [Int] } | #{1 | \"a\" | null | -1}",
            "(type M (or {Str?=>[Int]} #{(or 1 \"a\" null -1)}))",
        ),
        (
            "type P = { port: Int where it > 0 = 8080, type: Str\n  ... } where it.a else \"msg\"",
            "(type P (where { port:(where Int (it > 0))=8080 type:Str ...} it.a \"msg\"))",
        ),
        ("s is {a: Int} or s is Server", "(or (is s { a:Int}) (is s Server))"),
        ("if s is Server { 1 }", "(if (is s Server) {1})"),
    ]);
}

#[test]
fn declarations() {
    check(&[
        (
            "let type = 1; let test = type + 2; test(3)",
            "(let type 1) (let test (+ type 2)) (call test 3)",
        ),
        ("type A = test", "(type A test)"),
        (
            "test \"x\" { assert a == b, \"c\"; assert(a, \"b\"); assert (a) == b }",
            "(test \"x\" {(assert (a == b) \"c\") (assert a \"b\") (assert ((paren a) == b))})",
        ),
        ("import \"./x.tansy\"\n as x", "(import \"./x.tansy\" x)"),
        ("try { 1 }\ncatch {kind} { 2 }", "(try {1} { kind:kind} {2})"),
    ]);
}

#[test]
fn documentation_belongs_to_what_follows() {
    check(&[
        ("/// One.\n///  Two.\nfn f() { 1 }", "#\"One.\\n Two.\" (fn f (){1})"),
        (
            "/// T.\ntype T = {\n  /// A.\n  a: Int\n  b: Int // no\n}",
            "#\"T.\" (type T { #\"A.\" a:Int b:Int})",
        ),
        ("//// no\nlet a = 1", "(let a 1)"),
    ]);
    let parsed = parsed("#!/usr/bin/tansy\n//! Prices,\n//! net.\nlet a = 1 // x");
    assert_eq!(parsed.module.doc.map(|d| d.text), Some("Prices,\nnet."));
    assert_eq!(parsed.module.comments.len(), 4);
}

#[test]
fn comparisons_chain_only_among_their_like() {
    assert_eq!(tree("1 == 2 == 3 <= 4"), "(1 == 2 == 3 <= 4)");
    for source in
        ["a < b != c", "a in b in c", "a == b in c", "a is T == b", "a == b is T", "a is A is B"]
    {
        assert_eq!(codes(source), ["unchainable"], "{source}");
    }
}

#[test]
fn a_getter_is_one_name() {
    for source in ["xs.map(.a.b)", "xs.map(.a(1))", "xs.map(.a[0])"] {
        assert_eq!(codes(source), ["long-getter"], "{source}");
    }
}

#[test]
fn spans_are_exact() {
    let text = "let total = net(item,\n  discount: 0.1d) + -1 // x";
    let parsed = parsed(text);
    let slice = |s: tansy_lang::source::Span| &text[s.range()];
    let statement = &parsed.module.body.statements[0];
    assert_eq!(slice(statement.span), &text[..text.len() - 5]);
    let StatementKind::Let { pattern, value, .. } = &statement.kind else { panic!() };
    assert_eq!(slice(pattern.span), "total");
    let ExprKind::Binary { op_span, sides, .. } = &value.kind else { panic!() };
    assert_eq!(slice(*op_span), "+");
    assert_eq!(slice(sides.0.span), "net(item,\n  discount: 0.1d)");
    assert_eq!(slice(sides.1.span), "-1");
}

#[test]
fn every_json_text_is_a_program() {
    check(&[
        ("{\"a\"\n:\n1\n,\"b\":[1\n,2\n],\"\":{}}", "(map a:1 b:(vec 1 2) :(map))"),
        ("[ ]", "(vec)"),
        (
            "{\r\n\t\"a\": -1.5E+10,\r\n\t\"b\": [true, false, null]\r\n}",
            "(map a:(- 15000000000.0) b:(vec true false null))",
        ),
        (
            "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\uD83C\\uDF3C\"",
            "\"\\\"\\\\/\\u{8}\\u{c}\\n\\r\\tA🌼\"",
        ),
        ("-0", "(- 0)"),
        ("123456789012345678901234567890", "big123456789012345678901234567890"),
        ("{\"if\": 1, \"x\": {\"y\": [[], [{}]]}}", "(map if:1 x:(map y:(vec (vec) (vec (map)))))"),
        ("1e2", "100.0"),
        ("null", "null"),
    ]);
}
