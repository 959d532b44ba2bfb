//! Numbers, strings and f-strings.

mod common;
use common::{codes, parsed, tree};

fn check(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(tree(source), *expected, "{source}");
    }
}

/// The string that a program of one literal is.
fn text(source: &str) -> String {
    use tansy_lang::ast::{ExprKind, FormatPart, StatementKind};
    let parsed = parsed(source);
    assert!(parsed.diagnostics.is_empty(), "{source}: {:?}", parsed.diagnostics);
    let StatementKind::Expression(e) = &parsed.module.body.statements[0].kind else { panic!() };
    match &e.kind {
        ExprKind::Str(s) => s.to_string(),
        ExprKind::Format(parts) => parts
            .iter()
            .map(|p| match p {
                FormatPart::Text(t) => t.to_string(),
                FormatPart::Hole { .. } => "•".into(),
            })
            .collect(),
        _ => panic!("{source}"),
    }
}

#[test]
fn numbers() {
    check(&[
        ("42", "42"),
        ("1_000", "1000"),
        ("0xff", "255"),
        ("0xFF_FF", "65535"),
        ("0b101", "5"),
        ("0o17", "15"),
        ("0x1e", "30"),
        ("0xe+1", "(+ 14 1)"),
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "big9223372036854775808"),
        ("0xffffffffffffffffff", "big4722366482869645213695"),
        ("1.5", "1.5"),
        ("1e9", "1000000000.0"),
        ("1.5e-3", "0.0015"),
        ("1_0.2_5", "10.25"),
        ("19.99d", "19.99d"),
        ("1_000.50d", "1000.50d"),
        ("9d", "9d"),
        ("1234567890123456789012345678d", "1234567890123456789012345678d"),
        ("0.0000000000000000000000000001d", "0.0000000000000000000000000001d"),
        ("1..2", "(.. 1 2)"),
        ("1.abs()", "(call 1.abs)"),
    ]);
}

#[test]
fn bad_numbers() {
    for source in [
        "12abc",
        "0x",
        "0xg",
        "0b12",
        "0o8",
        "0XFF",
        "1e",
        "1e + 1",
        "1e400",
        "007",
        "1.5f",
        "10n",
        "1e3d",
        "12345678901234567890123456789d",
        "0.00000000000000000000000000001d",
        "1.",
        ".5",
        "1_000x",
    ] {
        assert_eq!(codes(source), ["bad-number"], "{source}");
    }
}

#[test]
fn escapes() {
    assert_eq!(text(r#""\"\\\/\b\f\n\r\t""#), "\"\\/\u{8}\u{c}\n\r\t");
    assert_eq!(text(r#""\u0041\u{1F33C}\uD83C\uDF3C\u{0}""#), "A🌼🌼\0");
    assert_eq!(text("\"ü • 🌼\u{7f}\""), "ü • 🌼\u{7f}");
    for source in [
        r#""\q""#,
        r#""\'""#,
        r#""\0""#,
        r#""\x41""#,
        r#""\u12""#,
        r#""\u{}""#,
        r#""\u{110000}""#,
        r#""\u{d800}""#,
        r#""\u{1234567}""#,
        r#""\u{12""#,
        r#""\uD83C""#,
        r#""\uD83Cx""#,
        r#""\uDF3C""#,
        r#""\uD83C\u0041""#,
        r#""\ü""#,
        r#""""\q""""#,
        r#"f"\q""#,
    ] {
        assert_eq!(codes(source), ["bad-escape"], "{source}");
    }
}

#[test]
fn control_characters_are_written_as_escapes() {
    assert_eq!(codes("\"a\tb\""), ["control-character"]);
    assert_eq!(codes("\"a\u{1}b\""), ["control-character"]);
    assert_eq!(codes("f\"a\tb\""), ["control-character"]);
    assert_eq!(text("\"\"\"a\tb\"\"\""), "a\tb");
}

#[test]
fn raw_strings_have_no_escapes() {
    assert_eq!(text(r#"r"\d+\n""#), "\\d+\\n");
    assert_eq!(text("r\"\""), "");
}

#[test]
fn multi_line_strings_lose_their_common_indentation() {
    assert_eq!(text("\"\"\"\n    a\n      b\n\n    c\n    \"\"\""), "a\n  b\n\nc\n");
    assert_eq!(text("\"\"\"\n    a\n    b\"\"\""), "a\nb");
    assert_eq!(text("\"\"\"\n    a\n  \"\"\""), "  a\n");
    assert_eq!(text("\"\"\"a\n  b\"\"\""), "a\nb");
    assert_eq!(text("\"\"\"\"quoted\" \\\"\"\"\""), "\"quoted\" \"");
    assert_eq!(text("\"\"\"\r\n  a\r\n  b\r\n  \"\"\""), "a\nb\n");
    assert_eq!(text("\"\"\"\n  a\\n  b\\\\\n  \"\"\""), "a\n  b\\\n");
    assert_eq!(text("\"\"\"\"\"\""), "");
    assert_eq!(text("f\"\"\"\n  a {x} b\n    {y}\n  \"\"\""), "a • b\n  •\n");
    assert_eq!(text("f\"\"\"\n  {x}\n  {y}\"\"\""), "•\n•");
}

#[test]
fn f_strings() {
    check(&[
        ("f\"\"", "(f)"),
        ("f\"a{x}b\"", "(f \"a\" {x} \"b\")"),
        ("f\"{{{x}}}\"", "(f \"{\" {x} \"}\")"),
        ("f\"{ {a: 1}[\"a\"] }\"", "(f {(map a:1)[\"a\"]})"),
        ("f\"{\"q\" * 2}{f\"in{y}\"}\\u{1F33C}\"", "(f {(* \"q\" 2)} {(f \"in\" {y})} \"🌼\")"),
        ("f\"{|x| x}\"", "(f {(| (x){x})})"),
        ("f\"\"\"{\"\"\"a\"\"\"}\"\"\"", "(f {\"a\"})"),
        ("f\"{a}{b}\"", "(f {a} {b})"),
    ]);
}

#[test]
fn formats() {
    check(&[
        ("f\"{x:>8.2}\"", "(f {x:' ' Some(Right) Some(8) Some(2) None})"),
        ("f\"{x:*^+#012.3e}\"", "(f {x:'*' Some(Center) Some(12) Some(3) Some('e')})"),
        ("f\"{x:?}\"", "(f {x:' ' None None None Some('?')})"),
        ("f\"{x:08}\"", "(f {x:' ' None Some(8) None None})"),
        (
            "f\"{(a: 1)}\"".replace("(a: 1)", "f(a: 1):x").as_str(),
            "(f {(call f a:1):' ' None None None Some('x')})",
        ),
        ("f\"{x:é<3}\"", "(f {x:'é' Some(Left) Some(3) None None})"),
    ]);
    for source in
        ["f\"{x:8.2f}\"", "f\"{x:q}\"", "f\"{x:.}\"", "f\"{x:99999999999}\"", "f\"{x:-8}\""]
    {
        assert_eq!(codes(source), ["bad-format"], "{source}");
    }
}
