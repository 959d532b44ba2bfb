//! JSON is Tansy: every valid JSON text is the same value to `json::parse` and as a program. What RFC 8259 refuses is refused, with its
//! line and column.

#[allow(dead_code, reason = "the part of the generator that makes programs is not used here")]
#[path = "generator/rng.rs"]
mod rng;

use rng::Rng;
use tansy::{Engine, Value, json};

/// The text of a value with its types: equal only for values that are equal and of the same types.
fn both(text: &str) -> Result<(String, String), String> {
    let data =
        json::parse(text).map_err(|e| format!("json: {} at {}:{}", e.message, e.line, e.column))?;
    let value = Engine::new().eval::<Value>(text).map_err(|e| format!("program: {e}"))?;
    if data != value {
        return Err(format!("unequal: {data} and {value}"));
    }
    Ok((data.to_string(), value.to_string()))
}

fn check(text: &str) {
    match both(text) {
        Ok((data, program)) => assert_eq!(data, program, "{text}"),
        Err(why) => panic!("{text}\n{why}"),
    }
}

#[test]
fn scalars() {
    for text in [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "42",
        "-17",
        "0.5",
        "-0.0",
        "1e9",
        "1E9",
        "1e+9",
        "1e-9",
        "2.5E-3",
        "-1.5e2",
        "5e-324",
        "1.7976931348623157e308",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "123456789012345678901234567890",
        "-123456789012345678901234567890",
        "0.1",
        "100000000000000000000000.0",
    ] {
        check(text);
        check(&format!(" \t\r\n{text}\r\n\t "));
        check(&format!("[{text}]"));
        check(&format!("{{\"k\":{text}}}"));
    }
}

#[test]
fn strings() {
    for text in [
        r#""""#,
        r#""abc""#,
        r#""\"\\\/\b\f\n\r\t""#,
        r#""\u0041\u00e9\u20AC\uD83C\uDF3C""#,
        r#""\u0000\u001f\u007f""#,
        "\"é🌼\u{2028}\u{2029}\u{7f}\"",
        r#""{x} {{ }} ${y} // no /* comment */""#,
        r#""f r \\u""#,
    ] {
        check(text);
        check(&format!("{{{text}: [{text}, {text}]}}"));
    }
}

#[test]
fn structure_and_white_space() {
    for text in [
        "[]",
        "{}",
        "[[]]",
        "[{}]",
        "{\"a\":{}}",
        "[1,2,3]",
        "[ 1 , 2 ]",
        "[\n1\n,\n2\n]",
        "{\n\"a\"\n:\n1\n,\n\"b\"\n:\n[\n]\n}",
        "\n\n{\"a\":1}\n\n",
        "[\r\n  null,\r\n  true\r\n]",
        "{\"if\":1,\"for\":{\"while\":[false]},\"is\":null,\"it\":0}",
        "{\"a b\":1,\"\":2,\"1\":3}",
        "[-1, -2.5, -0]",
        "[[1],[2],[[3]]]",
        "{\"a\":1,\"a\":2}",
        "[{\"b\":1},{\"b\":2}]",
    ] {
        check(text);
    }
}

#[test]
fn deep_nesting_is_the_same_up_to_the_limit_of_sources() {
    let text = format!("{}{}", "[".repeat(200), "]".repeat(200));
    check(&text);
    let text = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
    check(&text);
}

#[test]
fn very_deep_nesting_does_not_crash() {
    for text in
        ["[".repeat(100_000), "{\"a\":".repeat(100_000), "[".repeat(100_000) + &"]".repeat(100_000)]
    {
        let _ = json::parse(&text);
        assert!(Engine::new().eval::<Value>(&text).is_err());
    }
}

/// A random JSON text.
fn generate(rng: &mut Rng, depth: usize, out: &mut String) {
    let blank = |rng: &mut Rng, out: &mut String| {
        out.push_str(["", "", " ", "\n", "\t", "\r\n"][rng.below(6)])
    };
    match rng.below(if depth == 0 { 5 } else { 8 }) {
        0 => out.push_str(["null", "true", "false"][rng.below(3)]),
        1 => out.push_str(&(rng.below(2000) as i64 - 1000).to_string()),
        2 => {
            let digits =
                ["0", "7", "12", "9007199254740993", "31415926535897932384626433"][rng.below(5)];
            let fraction = ["", ".0", ".5", ".125", ".1234567890123456789"][rng.below(5)];
            let exponent = ["", "e0", "E+2", "e-3", "e10"][rng.below(5)];
            let sign = ["", "-"][rng.below(2)];
            out.push_str(&format!("{sign}{digits}{fraction}{exponent}"));
        }
        3 | 4 => string(rng, out),
        5 | 6 => {
            out.push('[');
            let count = rng.below(5);
            for i in 0..count {
                blank(rng, out);
                generate(rng, depth - 1, out);
                blank(rng, out);
                if i + 1 < count {
                    out.push(',');
                }
            }
            out.push(']');
        }
        _ => {
            out.push('{');
            let count = rng.below(5);
            for i in 0..count {
                blank(rng, out);
                string(rng, out);
                blank(rng, out);
                out.push(':');
                blank(rng, out);
                generate(rng, depth - 1, out);
                blank(rng, out);
                if i + 1 < count {
                    out.push(',');
                }
            }
            out.push('}');
        }
    }
}

fn string(rng: &mut Rng, out: &mut String) {
    const PIECES: [&str; 18] = [
        "a",
        "if",
        " ",
        "\\n",
        "\\\"",
        "\\\\",
        "\\/",
        "\\u0041",
        "\\ud83c\\udf3c",
        "é",
        "🌼",
        "{",
        "}",
        "//",
        "$",
        "\\u0000",
        "#",
        "=>",
    ];
    out.push('"');
    for _ in 0..rng.below(5) {
        out.push_str(PIECES[rng.below(PIECES.len())]);
    }
    out.push('"');
}

#[test]
fn generated_texts() {
    for seed in 0..2000 {
        let mut text = String::new();
        generate(&mut Rng::new(seed), 5, &mut text);
        check(&text);
    }
}

#[test]
fn what_is_written_is_read_again() {
    for seed in 0..1000 {
        let mut text = String::new();
        generate(&mut Rng::new(seed), 4, &mut text);
        let Ok(value) = json::parse(&text) else { panic!("{text}") };
        for written in [json::stringify(&value, usize::MAX), json::pretty(&value, 2, usize::MAX)] {
            let Ok(written) = written else { panic!("{text}") };
            assert!(
                json::parse(&written)
                    .is_ok_and(|v| v == value && v.to_string() == value.to_string()),
                "{written}"
            );
        }
    }
}

/// What RFC 8259 refuses, and where.
const INVALID: &[(&str, usize, usize)] = &[
    ("", 1, 1),
    (" \n ", 2, 2),
    ("nul", 1, 1),
    ("nulll", 1, 1),
    ("True", 1, 1),
    ("NaN", 1, 1),
    ("Infinity", 1, 1),
    ("-Infinity", 1, 2),
    ("undefined", 1, 1),
    ("+1", 1, 1),
    ("01", 1, 1),
    ("-01", 1, 1),
    ("-", 1, 2),
    (".5", 1, 1),
    ("1.", 1, 3),
    ("1.e5", 1, 3),
    ("1e", 1, 3),
    ("1e+", 1, 4),
    ("0x1F", 1, 2),
    ("1_000", 1, 2),
    ("1 2", 1, 3),
    ("[", 1, 2),
    ("]", 1, 1),
    ("[1", 1, 3),
    ("[1,", 1, 4),
    ("[1,]", 1, 4),
    ("[,1]", 1, 2),
    ("[1 2]", 1, 4),
    ("[1}", 1, 3),
    ("[1]]", 1, 4),
    ("{", 1, 2),
    ("{a:1}", 1, 2),
    ("{'a':1}", 1, 2),
    ("{\"a\"}", 1, 5),
    ("{\"a\":}", 1, 6),
    ("{\"a\":1,}", 1, 8),
    ("{\"a\" 1}", 1, 6),
    ("{\"a\":1 \"b\":2}", 1, 8),
    ("{1:2}", 1, 2),
    ("{,}", 1, 2),
    ("{\"a\":1\n,\n\"b\" 2}", 3, 5),
    ("[\n  1,\n  oops\n]", 3, 3),
    ("\"abc", 1, 1),
    ("'abc'", 1, 1),
    ("\"\\x41\"", 1, 2),
    ("\"\\u12\"", 1, 2),
    ("\"\\u12g4\"", 1, 2),
    ("\"\\ud83c\"", 1, 2),
    ("\"\\udf3c\"", 1, 2),
    ("\"\\ud83c\\u0041\"", 1, 2),
    ("\"a\nb\"", 1, 1),
    ("\"a\tb\"", 1, 3),
    ("\"\u{0}\"", 1, 2),
    ("1e400", 1, 1),
    ("-1e400", 1, 1),
    ("// c\n1", 1, 1),
    ("1 // c", 1, 3),
    ("/* */ 1", 1, 1),
    ("[1, \u{a0}2]", 1, 5),
    ("{\"a\": undefined}", 1, 7),
    ("[true false]", 1, 7),
];

#[test]
fn invalid_texts_are_refused_with_their_place() {
    let mut wrong = vec![];
    for (text, line, column) in INVALID {
        match json::parse(text) {
            Ok(v) => wrong.push(format!("{text:?} is read as {v}")),
            Err(e) if (e.line, e.column) != (*line, *column) => {
                wrong.push(format!(
                    "{text:?}: {}:{} instead of {line}:{column} ({})",
                    e.line, e.column, e.message
                ));
            }
            Err(e) => assert!(!e.message.is_empty()),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn invalid_bytes_are_refused() {
    for bytes in [&b"\"\xff\""[..], b"[\"\xc3\"]", b"\"\xed\xa0\x80\"", b"\xef"] {
        assert!(json::parse_bytes(bytes).is_err(), "{bytes:?}");
    }
}
