//! What is said about wrong programs: the code, and the place it points at. The wording is tested elsewhere.

mod common;
use common::{codes, parsed, show};

/// Each source gives one complaint, of this code, at this text.
fn check(cases: &[(&str, &str, &str)]) {
    for (source, code, place) in cases {
        let diagnostics = parsed(source).diagnostics;
        let said: Vec<(&str, &str)> =
            diagnostics.iter().map(|d| (d.code, &source[d.span().range()])).collect();
        assert_eq!(said, [(*code, *place)], "{source}");
    }
}

#[test]
fn brackets() {
    check(&[
        ("foo(1, [2, 3)\nbar(2)", "unclosed-bracket", "["),
        ("foo(1, 2]", "mismatched-bracket", "]"),
        ("let a = 1 }\nlet b = 2", "stray-bracket", "}"),
        ("f(1,", "unclosed-bracket", "("),
        ("let x = (1 + 2\nlet y = 3", "unclosed-bracket", "("),
        ("let m = {\n  a: 1\nlet y = 3", "unclosed-bracket", "{"),
    ]);
}

#[test]
fn an_unclosed_brace_is_found_by_indentation() {
    let source = "fn f() {\n  if x {\n    a\n}\nlet y = 2";
    let diagnostics = parsed(source).diagnostics;
    assert_eq!(diagnostics.len(), 1);
    let places: Vec<u32> = diagnostics[0].labels.iter().map(|l| l.span.start).collect();
    assert_eq!(places, [16, 24], "the brace of `if`, and the one that closed it");
}

#[test]
fn strings_and_comments() {
    check(&[
        ("print(\"abc)\nfoo()", "unterminated-string", "\""),
        ("let s = \"\"\"\n a", "unterminated-string", "\"\"\""),
        ("f\"abc", "unterminated-string", "f\""),
        ("f\"a {x\" + 1\nlet y = 1", "unclosed-hole", "{"),
        ("f\"a {x", "unclosed-hole", "{"),
        ("f\"a {(x} b\"", "unclosed-bracket", "("),
        ("f\"a } b\"", "stray-brace", "}"),
        ("f\"{}\"", "empty-hole", "{}"),
        ("a /* b /* c */", "unterminated-comment", "/*"),
        ("let x = 'abc'", "single-quotes", "'abc'"),
        ("let x = 5 @ 3", "unexpected-character", "@"),
        ("let x = 5 # five", "unexpected-character", "#"),
    ]);
}

#[test]
fn operators_of_other_languages() {
    check(&[
        ("a && b", "foreign-operator", "&&"),
        ("a || b", "foreign-operator", "||"),
        ("!a", "foreign-operator", "!"),
        ("a === b", "foreign-operator", "==="),
        ("a !== b", "foreign-operator", "!=="),
        ("x++", "foreign-operator", "++"),
        ("x--\n", "foreign-operator", "--"),
        ("++x", "foreign-operator", "+"),
        ("let y = x ? a : b", "foreign-operator", "?"),
        ("a ?: b", "foreign-operator", "?:"),
        ("x := 1", "foreign-operator", ":="),
        ("(x := 1)", "foreign-operator", ":="),
        ("let r = math::sqrt(2)", "foreign-operator", "::"),
        ("let r = n as Float", "foreign-operator", "as"),
        ("f(#xs)", "foreign-operator", "#"),
        ("f(1, #first\n2)", "unexpected-character", "#"),
        ("let xs = [] #nothing", "unexpected-character", "#"),
        ("println!(1)", "foreign-operator", "!"),
        ("let v = vec![1, 2]", "foreign-operator", "!"),
        ("a <> b", "foreign-operator", "<>"),
        ("f(*xs)", "foreign-operator", "*"),
        ("1...5", "range-dots", "..."),
    ]);
}

#[test]
fn words_of_other_languages() {
    check(&[
        ("def f(x) { x }", "foreign-keyword", "def"),
        ("function f(x) { x }", "foreign-keyword", "function"),
        ("func f() { 1 }", "foreign-keyword", "func"),
        ("const x = 1", "foreign-keyword", "const"),
        ("let mut x = 1", "foreign-keyword", "mut"),
        ("class A { x: Int }", "foreign-keyword", "class"),
        ("switch (x) { a }", "foreign-keyword", "switch"),
        ("foreach (x in xs) { f(x) }", "foreign-keyword", "foreach"),
        ("if a { 1 } elif b { 2 }", "foreign-keyword", "elif"),
        ("if a { 1 }\nelseif b { 2 }", "foreign-keyword", "elseif"),
        ("let f = lambda x: x + 1", "foreign-keyword", "lambda"),
        ("let f = (x) => x + 1", "foreign-function", "(x) =>"),
        ("f(x => x)", "foreign-function", "x =>"),
        ("for (let i = 0; i < 9; i += 1) { f(i) }", "foreign-loop", "for"),
        ("a if b else c", "syntax", "if"),
        ("for x of xs { f(x) }", "syntax", "of"),
        ("for i, x in xs { f(x) }", "syntax", ","),
    ]);
    assert!(codes("let new = 1; let from = new; from(new)").is_empty());
}

#[test]
fn assignment_is_no_expression() {
    check(&[
        ("if x = 1 { a }", "assignment-in-condition", "="),
        ("while x = f() { a }", "assignment-in-condition", "="),
        ("a = b = c", "assignment-in-expression", "="),
        ("|a| a = 1", "assignment-in-expression", "="),
        ("f(a = 1)", "syntax", "="),
        ("{a = 1}", "syntax", "="),
        ("a + b = c", "invalid-target", "a + b"),
        ("f().x = 1", "invalid-target", "f()"),
    ]);
}

#[test]
fn blocks_need_braces() {
    check(&[
        ("if x:\n  f()", "expected-block", ":"),
        ("for i in 0..10:\n  f(i)", "expected-block", ":"),
        ("while (x) f()", "expected-block", "f"),
        ("if x\n  f()", "expected-block", ""),
        ("if x\n{\n  f()\n}", "expected-block", "{"),
        ("match x\n{ 1 => 2 }", "expected-block", "{"),
        ("if x { 1 } else 2", "expected-block", "2"),
        ("fn f(x) = x + 1", "expected-block", "="),
        ("{ let x = 1 }", "map-entry", "let"),
        ("{ foo(1) }", "map-entry", "}"),
        ("let s = {1, 2}", "map-entry", ","),
    ]);
}

#[test]
fn forgotten_parts() {
    check(&[
        ("let x\nlet y = 2", "missing-value", ""),
        ("let xs = [1, 2 3]", "missing-comma", ""),
        ("f(a b)", "missing-comma", ""),
        ("let m = {a: 1 b: 2}", "missing-comma", ""),
        ("match x { 1 => a 2 => b }", "missing-comma", ""),
        ("{\"a\": 1, \"b\" 2}", "syntax", "2"),
        ("xs.map(|x x + 1)", "unclosed-parameters", ""),
        ("match x {\n 1 => a\n 2 b\n}", "match-arm", "b"),
        ("print x", "missing-separator", "x"),
        ("1..=", "range-end", ""),
        ("0..if x { 1 } else { 2 }", "range-end", "if"),
        ("1..2..3", "syntax", ".."),
        ("a + return 5", "tail-operand", "return"),
        ("let x = for y in ys { y }", "statement-as-value", "for"),
        ("else { 1 }", "stray-else", "else"),
        ("xs[1:2]", "syntax", ":"),
        ("(1, 2)", "syntax", ","),
        ("()", "syntax", "()"),
        ("{\n a: 1\n b 2\n}", "syntax", "2"),
        ("let a = 1 +\nlet b = 2", "syntax", "let"),
        ("throw", "syntax", ""),
        ("try { 1 }", "syntax", ""),
        ("let if = 3", "syntax", "if"),
    ]);
}

#[test]
fn one_run_finds_several_errors() {
    let source = "let a = = 1\n\
                  fn f() { if x = 1 { a }\n  let b = [1 2, 3 4]\n}\n\
                  let m = {a: 1 + , b: 2}\n\
                  match x { 1 2 => a, 3 => { let = 1 } }\n\
                  type T = { a Int, b: Str }\n\
                  base with { a 1, b = 2 }\n\
                  let ok = 1";
    let parsed = parsed(source);
    let lines: Vec<usize> = parsed
        .diagnostics
        .iter()
        .map(|d| source[..d.span().start as usize].matches('\n').count() + 1)
        .collect();
    assert_eq!(lines, [1, 2, 3, 3, 5, 6, 6, 7, 8], "{:#?}", parsed.diagnostics);
    assert!(show(&parsed.module).ends_with("(let ok 1)"));
}

#[test]
fn recovery_keeps_what_is_right() {
    for (source, expected) in [
        ("a\nlet = 1\nb", "a ERROR b"),
        ("[1, 2 3, 4]", "(vec 1 ERROR 4)"),
        ("{a: 1, b 2, c: 3}", "(map a:1 ERROR c:3)"),
        ("match x { 1 2 => a, 3 => b }", "(match x (ERROR => ERROR) (3 => b))"),
        ("f(1, 2 3, 4)", "(call f 1 ERROR 4)"),
        ("x with { a 1, b = 2 }", "(with x ERROR (= ^.b 2))"),
        ("for x in xs { if x { f() } g() }\nb", "(for x xs {ERROR}) b"),
    ] {
        assert_eq!(show(&parsed(source).module), expected, "{source}");
    }
}

#[test]
fn errors_are_capped_and_in_order() {
    let diagnostics = parsed(&"let = 1\n\"\\q\"\n".repeat(1000)).diagnostics;
    assert_eq!(diagnostics.len(), 20);
    assert!(diagnostics.is_sorted_by_key(|d| d.span().start));
}

#[test]
fn bars_at_the_start_of_an_indented_line_are_suspicious() {
    assert_eq!(codes("let a = b\n  || c"), ["leading-bars"]);
    assert!(codes("fn f() {\n  let a = b\n  || c\n}").is_empty());
}

#[test]
fn an_incomplete_entry_waits_for_more() {
    use tansy_lang::parser::is_incomplete;
    for text in [
        "f(1,",
        "let x =",
        "a +",
        "xs |>",
        "if x {",
        "\"\"\"abc",
        "f\"\"\"abc",
        "f\"{x",
        "/* a",
        "try { 1 }",
        "let",
        "x.",
        "match x { 1 =>",
        "|x|",
    ] {
        assert!(is_incomplete(text), "{text}");
    }
    for text in [
        "",
        "a",
        "f(1)",
        "let x",
        "if x { 1 }",
        "a;",
        "f(1]",
        "\"abc",
        "a }",
        "f\"abc",
        "return",
        "(1 + ]",
        "// a",
    ] {
        assert!(!is_incomplete(text), "{text}");
    }
}

#[test]
fn highlighting_covers_words_strings_and_comments() {
    use tansy_lang::lexer::{Highlight::*, highlight};
    let text = "let if_ = x.if + f\"a{b:>2}\" // c\n\"unclosed";
    let pieces: Vec<_> = highlight(text).into_iter().map(|(s, h)| (&text[s.range()], h)).collect();
    assert_eq!(
        pieces,
        [
            ("let", Keyword),
            ("if_", Name),
            ("=", Operator),
            ("x", Name),
            (".", Operator),
            ("if", Name),
            ("+", Operator),
            ("f\"", String),
            ("a", String),
            ("{", Hole),
            ("b", Name),
            (">2", Hole),
            ("}", Hole),
            ("\"", String),
            ("// c", Comment),
            ("\"unclosed", Error),
        ]
    );
}
