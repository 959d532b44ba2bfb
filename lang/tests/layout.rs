//! Where a statement ends: each rule about newlines.

mod common;
use common::tree;

fn check(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(tree(source), *expected, "{source}");
    }
}

#[test]
fn a_newline_ends_a_statement() {
    check(&[
        ("a\nb", "a b"),
        ("a; ; b;", "a b"),
        ("let a = b\n[1, 2]", "(let a b) (vec 1 2)"),
        ("let a = b\n(1)", "(let a b) (paren 1)"),
        ("a /* x\n */ b", "a b"),
        ("a\r\n\r\nb\r\n", "a b"),
    ]);
}

#[test]
fn brackets_other_than_braces_hide_newlines() {
    check(&[
        ("(a\n + b\n - c\n | d)", "(paren (| (- (+ a b) c) d))"),
        ("[ a\n -b ]", "(vec (- a b))"),
        ("[\n |x| x,\n |y| y\n]", "(vec (| (x){x}) (| (y){y}))"),
        ("#{\n1\n,2\n}", "(set 1 2)"),
        ("f\"{a\n+\nb}\"", "(f {(+ a b)})"),
        ("f(|| {\n a\n b\n}\n)", "(call f (| (){a b}))"),
    ]);
}

#[test]
fn what_cannot_end_goes_on() {
    check(&[
        ("let x =\n  3", "(let x 3)"),
        ("a and\nb", "(and a b)"),
        ("fn f(a) ->\nInt { a }", "(fn f (a)->Int{a})"),
        ("if\na { 1 }", "(if a {1})"),
    ]);
}

#[test]
fn lines_that_begin_with_an_operator_go_on() {
    check(&[
        ("xs\n  .map(f)\n  // why\n\n  ?.x\n  ?[0]", "(call xs.map f)?.x?[0]"),
        ("a\n|> f()\n?? b", "(?? (|> a (call f)) b)"),
        ("a\nand b\nor c", "(or (and a b) c)"),
        ("a\nin b", "(a in b)"),
        ("a\nnot in b", "(a not in b)"),
        ("a\ndiv b\n* c\n/ d\n% e\n** f", "(% (/ (* (div a b) c) d) (** e f))"),
        ("a\nwith { b = 1 }", "(with a (= ^.b 1))"),
        ("a\n== b", "(a == b)"),
        ("a\n.. b", "(.. a b)"),
        ("a\n& b\n+ c", "(& a (+ b c))"),
        ("a\n= b", "(= a b)"),
        ("if x { 1 }\nelse { 2 }", "(if x {1} else {2})"),
        ("type T = Int\nwhere it > 0", "(type T (where Int (it > 0)))"),
        ("f(\na\n)", "(call f a)"),
    ]);
}

#[test]
fn minus_and_bar_go_on_when_followed_by_a_space() {
    check(&[
        ("let a = b\n- c", "(let a (- b c))"),
        ("let a = b\n-c", "(let a b) (- c)"),
        ("let a = b\n  | c", "(let a (| b c))"),
        ("let a = b\n|c| c", "(let a b) (| (c){c})"),
        ("let a = b\n|| c", "(let a b) (| (){c})"),
    ]);
}

#[test]
fn words_before_a_colon_or_assignment_are_keys() {
    check(&[
        ("{a: 1\n and: 2\n or: 3\n else: 4\n as: 5}", "(map a:1 and:2 or:3 else:4 as:5)"),
        ("x with { a = 1\n in = 2\n with += 3 }", "(with x (= ^.a 1) (= ^.in 2) (+= ^.with 3))"),
        ("{k => 1\n if: 2\n for: 3}", "(map k=>1 if:2 for:3)"),
    ]);
}

#[test]
fn is_begins_an_arm() {
    assert_eq!(tree("match x {\n 1 => a\n is Int => b\n}"), "(match x (1 => a) ((is Int) => b))");
}

#[test]
fn return_alone_on_its_line_gives_null() {
    assert_eq!(tree("fn f() {\n  return\n  x\n}"), "(fn f (){(return) x})");
}

#[test]
fn newlines_separate_entries_arms_items_and_fields() {
    check(&[
        ("{\n\n a: 1\n\n b: 2,\n\n}", "(map a:1 b:2)"),
        ("match x {\n 1 => a\n\n 2 =>\n b,\n}", "(match x (1 => a) (2 => b))"),
        ("x with {\n a = 1\n\n b = 2\n}", "(with x (= ^.a 1) (= ^.b 2))"),
        ("type T = {\n a: Int\n\n b: Str\n}", "(type T { a:Int b:Str})"),
        ("{a\n: 1\n, k\n=>\n2}", "(map a:1 k=>2)"),
    ]);
}
