//! What the parser makes of right programs.

mod common;
use common::tree;

#[test]
fn operators_bind_as_documented() {
    for (source, expected) in [
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
    ] {
        assert_eq!(tree(source), expected, "{source}");
    }
}
