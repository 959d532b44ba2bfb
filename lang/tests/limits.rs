//! Hostile texts: whatever is nested, the native stack is not, and there is one complaint.

mod common;
use tansy_lang::parser::ParseLimits;

/// Parses and drops a text on a small stack; returns the codes of the complaints.
fn codes_on_small_stack(text: String) -> Vec<&'static str> {
    let work = move || common::codes(&text);
    std::thread::Builder::new().stack_size(512 * 1024).spawn(work).unwrap().join().unwrap()
}

#[test]
fn deep_nesting_is_one_complaint() {
    let n = 30_000;
    let around = |open: &str, middle: &str, close: &str| {
        format!("{}{middle}{}", open.repeat(n), close.repeat(n))
    };
    for (name, text) in [
        ("parentheses", around("(", "1", ")")),
        ("vectors", around("[", "", "]")),
        ("maps", around("{a:", "1", "}")),
        ("sets", around("#{", "", "}")),
        ("indices", around("a[", "1", "]")),
        ("calls", around("f(", "1", ")")),
        ("blocks", around("if a { ", "1", "}")),
        ("closure blocks", around("|| { ", "1", "}")),
        ("f-strings", around("f\"{", "1", "}\"")),
        ("minus", around("-", "1", "")),
        ("not", around("not ", "true", "")),
        ("closures", around("|x| ", "1", "")),
        ("joined closures", format!("|x{}| 1", "||x".repeat(n))),
        ("powers", around("1 ** ", "1", "")),
        ("sums", around("1 + ", "1", "")),
        ("fields", around("a", "", ".b")),
        ("throws", around("throw ", "1", "")),
        ("withs", around("a", "", " with { b = 1 }")),
        ("types", format!("type T = {}", around("[", "Int", "]"))),
        ("optional types", format!("type T = Int{}", " ?".repeat(n))),
        ("function types", format!("type T = {}", around("fn() -> ", "Int", ""))),
        ("type parentheses", format!("type T = {}", around("(", "Int", ")"))),
        ("patterns", format!("let {} = 1", around("[", "a", "]"))),
        ("pattern parentheses", format!("let {} = 1", around("(", "a", ")"))),
        ("map patterns", format!("let {} = 1", around("{a: ", "b", "}"))),
        ("comprehensions", around("[", "a", " for a in b]")),
        ("matches", around("match a { 1 => ", "1", "}")),
        ("functions", around("fn f() { ", "1", "}")),
    ] {
        assert_eq!(codes_on_small_stack(text), ["nesting-limit"], "{name}");
    }
}

#[test]
fn long_flat_texts_are_no_nesting() {
    let n = 20_000;
    for (name, text) in [
        ("else if", format!("if a {{ 1 }}{}", " else if b { 2 }".repeat(n))),
        ("comparisons", format!("1{}", " < 1".repeat(n))),
        ("elements", format!("[{}]", "1, ".repeat(n))),
        ("statements", "a = 1\n".repeat(n)),
        ("types in a union", format!("type T = A{}", " | A".repeat(n))),
        ("patterns in a union", format!("match a {{ 1{} => 2 }}", " | 1".repeat(n))),
    ] {
        assert!(codes_on_small_stack(text).is_empty(), "{name}");
    }
}

#[test]
fn broken_hostile_texts_do_not_overflow_either() {
    let n = 20_000;
    for text in [
        "[".repeat(n),
        "]".repeat(n),
        "({[".repeat(n),
        "f\"{".repeat(n),
        "f\"\"\"{\"".repeat(n),
        "\"\n".repeat(n),
        "f\"{ \"\n".repeat(n),
        "let = 1\n".repeat(n),
        "x 1\n".repeat(n),
        "{ let = ".repeat(200),
        "if x = { ".repeat(200),
        "/*".repeat(n),
        "@ ".repeat(n),
        "match x { 1 2 => {".repeat(100),
        format!("{}1 2{}", "[".repeat(200), "]".repeat(200)),
    ] {
        let start: String = text.chars().take(12).collect();
        let codes = codes_on_small_stack(text);
        assert!(!codes.is_empty() && codes.len() <= 20, "{start}: {codes:?}");
    }
}

#[test]
fn the_limit_can_be_set() {
    let parse_with = |nesting| {
        let limits = ParseLimits { nesting, ..ParseLimits::default() };
        common::parsed_within("[[[[1]]]]", limits).diagnostics.len()
    };
    assert_eq!(parse_with(4), 1);
    assert_eq!(parse_with(8), 0);
}

#[test]
fn long_sources_are_refused() {
    let limits = ParseLimits { source_bytes: 10, ..ParseLimits::default() };
    let parsed = common::parsed_within("let long_name = 1", limits);
    assert_eq!(parsed.diagnostics[0].code, "source-limit");
}

/// Pieces that meet in ways nobody would write.
const PIECES: &[&str] = &[
    "let ",
    "var ",
    "fn ",
    "if ",
    "else ",
    "match ",
    "for ",
    " in ",
    "while ",
    "return ",
    "try ",
    "catch ",
    "throw ",
    "type ",
    "test ",
    "import ",
    " where ",
    " is ",
    " as ",
    " and ",
    " not ",
    " with ",
    "delete ",
    "do ",
    "null",
    "x",
    "y",
    "_",
    "1",
    "0.5",
    "2d",
    "\"s\"",
    "f\"a{",
    "}\"",
    "\"\"\"",
    "'c'",
    "r\"",
    "\\",
    "...",
    "..",
    "..=",
    ".",
    "?.",
    "?[",
    "?:",
    "?",
    "??",
    "|>",
    "||",
    "|",
    "+",
    "-",
    "++",
    "**",
    "==",
    "=",
    "+=",
    ".=",
    "=>",
    "->",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "#{",
    ",",
    ":",
    ";",
    "\n",
    " ",
    "// c\n",
    "/// d\n",
    "/*",
    "*/",
    "ü",
    "🌼",
    "\u{1}",
    "\\u{d800}",
    "elif ",
];

#[test]
fn no_text_panics_and_every_place_is_in_it() {
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    for _ in 0..6_000 {
        let text: String = (0..1 + random(24)).map(|_| PIECES[random(PIECES.len())]).collect();
        let parsed = common::parsed(&text);
        for diagnostic in &parsed.diagnostics {
            for label in &diagnostic.labels {
                assert!(text.get(label.span.range()).is_some(), "{text:?}: {diagnostic:?}");
            }
        }
        let broken = common::show(&parsed.module).contains("ERROR");
        assert!(!broken || parsed.has_errors(), "{text:?}");
        tansy_lang::parser::is_incomplete(&text);
        let pieces = tansy_lang::lexer::highlight(&text);
        assert!(pieces.is_sorted_by_key(|p| p.0.start), "{text:?}");
    }
}
