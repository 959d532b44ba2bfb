//! Syntax errors within this language: forgotten commas, braces, values, and the like.

use super::error;
use super::place::{Inside, Place};
use crate::diagnostic::Diagnostic;
use crate::spell;
use crate::token::Token;

/// Words that begin a statement, for "did you mean".
const OPENERS: [&str; 15] = [
    "assert", "break", "continue", "delete", "fn", "for", "if", "import", "let", "match", "return",
    "test", "throw", "var", "while",
];

pub(super) fn explain(p: &Place<'_>) -> Option<Diagnostic> {
    declaration(p)
        .or_else(|| heads(p))
        .or_else(|| block(p))
        .or_else(|| dot(p))
        .or_else(|| range(p))
        .or_else(|| tail(p))
        .or_else(|| statement_word(p))
        .or_else(|| tuple(p))
        .or_else(|| empty(p))
        .or_else(|| braces(p))
        .or_else(|| stray_else(p))
        .or_else(|| repetition(p))
        .or_else(|| missing_comma(p))
        .or_else(|| two_statements(p))
}

/// `let x`, `type X { … }`, `import "x"`, `fn f { … }`
fn declaration(p: &Place<'_>) -> Option<Diagnostic> {
    let head = p.head(&[Token::Let, Token::Var, Token::Type, Token::Import, Token::Fn])?;
    let span = p.span();
    let word = p.text(head);
    match p.token(head)? {
        Token::Let | Token::Var if p.expects("=") && p.found_end() => {
            let name = p.text(head + 1);
            let named = head + 2 == p.at;
            let mut diagnostic = error("missing-value", p.gap(), "this name has no value").here("`=` and a value are missing");
            if named {
                diagnostic = diagnostic.label(p.span_of(head + 1), "");
                diagnostic.message = format!("`{name}` has no value");
                diagnostic.labels.truncate(1);
            }
            let name = if named { name } else { "name" };
            Some(diagnostic.help(format!("every name has a value from the start; if there is none yet, write `var {name} = null`")))
        }
        Token::Let | Token::Var
            if p.found == Some(Token::Minus) && p.at == head + 2 && p.adjacent(head + 1) =>
        {
            Some(
                error("syntax", span, "a name has no `-` in it")
                    .help("names are made of letters, digits and `_`"),
            )
        }
        Token::Let | Token::Var if p.found == Some(Token::Comma) && p.expects("=") => Some(
            error("syntax", span, format!("`{word}` takes one pattern"))
                .help("for several values, write `let [a, b] = [1, 2]`, or a statement for each"),
        ),
        Token::Type if p.expects("=") && matches!(p.found, Some(Token::LBrace | Token::BodyBrace)) => {
            let name = p.text(head + 1);
            Some(
                error("syntax", p.gap(), "a type is declared with `=`")
                    .here("`=` is missing here")
                    .help(format!("write `type {name} = {{ … }}`")),
            )
        }
        Token::Import if p.expects("as") => Some(
            error("syntax", p.gap(), "an import needs a name").here("`as` and a name are missing").help("write `import \"./prices.tansy\" as prices`"),
        ),
        Token::Import if p.at == head + 1 || p.at == head + 2 && p.token(head + 1) != Some(Token::Str) => Some(
            error("syntax", span, "an import names its file in quotes").help("write `import \"./prices.tansy\" as prices`; standard modules such as `math` need no import"),
        ),
        Token::Fn if p.expects("(") && p.at <= head + 2 => {
            if p.at == head + 1 {
                return None;
            }
            let name = p.text(head + 1);
            Some(
                error("no-parameters", p.gap(), format!("`{name}` has no parameters"))
                    .here("`()` is missing here")
                    .help(format!("write `fn {name}() {{ … }}`")),
            )
        }
        _ => None,
    }
}

/// `catch { … }`, `test name { … }`, `assert c "why"`, `|x x + 1`
fn heads(p: &Place<'_>) -> Option<Diagnostic> {
    let span = p.span();
    let before_opener = p.opener().and_then(|o| o.checked_sub(1));
    if let Some(head) = before_opener
        && matches!(p.token(head), Some(Token::If | Token::While))
        && p.inside() == Inside::Map
    {
        let word = p.text(head);
        return Some(
            error("map-entry", p.span_of(head), format!("this `{word}` has no condition"))
                .help(format!("write `{word} condition {{ … }}`")),
        );
    }
    if p.expects("catch") && p.found_end() {
        return Some(error("syntax", p.gap(), "this `try` has no `catch`").help(
            "write `try { … } catch e { … }`, or `catch _ { … }` if the error does not matter",
        ));
    }
    if let Some(catch) = before_opener
        && p.token(catch) == Some(Token::Catch)
    {
        return Some(
            error("syntax", p.span_of(catch).after(), "a name for the error is missing")
                .label(p.span_of(catch), "`catch` is followed by a pattern")
                .help("write `catch e { … }`, or `catch _ { … }` if it does not matter"),
        );
    }
    match p.token(p.start)? {
        Token::Test if p.at == p.start + 1 && p.found == Some(Token::Ident) => Some(
            error("syntax", span, "the name of a test stands in quotes")
                .help("write `test \"what it shows\" { … }`"),
        ),
        Token::Assert
            if p.previous(1)?.ends_operand()
                && matches!(p.found?, Token::Str | Token::FormatStart) =>
        {
            Some(
                error("missing-comma", p.gap(), "expected a comma before the message")
                    .here("missing here")
                    .help("write `assert condition, \"why\"`"),
            )
        }
        _ => {
            let bar = (p.item..p.at).rev().find(|i| p.token(*i) == Some(Token::Bar))?;
            (p.expects("|") && p.expects(",") && !p.operator_expected()).then(|| {
                let found = p.found_text();
                error("unclosed-parameters", p.gap(), format!("expected `|` before {found}"))
                    .here("missing here")
                    .label(p.span_of(bar), "the parameters of a function begin here")
            })
        }
    }
}

/// What a keyword's braces hold, its verb, and how it is written.
const HEADS: &[(Token, &str, &str, &str)] = &[
    (Token::If, "the block of `if`", "is", "if condition { … }"),
    (Token::While, "the block of `while`", "is", "while condition { … }"),
    (Token::For, "the block of `for`", "is", "for x in xs { … }"),
    (Token::Fn, "the body of a function", "is", "fn name(a, b) { … }"),
    (Token::Match, "the arms of `match`", "are", "match value { pattern => result, … }"),
    (Token::Else, "the block of `else`", "is", "else { … }` or `else if condition { … }"),
    (Token::Try, "the block of `try`", "is", "try { … }"),
    (Token::Catch, "the block of `catch`", "is", "catch e { … }"),
    (Token::Do, "the block of `do`", "is", "do { … }"),
    (Token::Test, "the block of `test`", "is", "test \"name\" { … }"),
    (Token::With, "the changes of `with`", "are", "base with { port = 80 }"),
];

/// A block that does not begin with `{`, or not on its line.
fn block(p: &Place<'_>) -> Option<Diagnostic> {
    if !p.expects("{") || p.expects("(") && !(p.operator_expected() && p.found_blockless()) {
        return None;
    }
    let (head, (_, what, verb, form)) = (p.start..p.at)
        .rev()
        .find_map(|i| HEADS.iter().find(|h| p.token(i) == Some(h.0)).map(|h| (p.span_of(i), h)))?;
    if p.brace_on_next_line() {
        let brace = p.span_of(p.at + 1);
        return Some(
            error("expected-block", brace, format!("{what} must begin on the same line"))
                .here("this `{` is on a line of its own")
                .label(p.gap(), "it belongs here")
                .help("a newline ends a statement, so `{` stands at the end of the line before"),
        );
    }
    let found = p.found_text();
    let mut diagnostic = error("expected-block", p.span(), format!("expected `{{`, found {found}"));
    if p.span().start != head.start {
        diagnostic = diagnostic.label(head, format!("{what} {verb} written in braces"));
    }
    Some(diagnostic.help(format!("write `{form}`")))
}

/// What follows a dot, and numbers that begin or end with one.
fn dot(p: &Place<'_>) -> Option<Diagnostic> {
    let before = p.before()?;
    if !matches!(p.token(before), Some(Token::Dot | Token::OptDot | Token::DotAssign)) {
        return None;
    }
    let dot = p.span_of(before);
    let object = before.checked_sub(1).and_then(|b| p.token(b));
    match p.found {
        Some(Token::Int | Token::Float | Token::Decimal)
            if !object.is_some_and(Token::ends_operand) =>
        {
            let number = p.text(p.at);
            Some(
                error("bad-number", dot.to(p.span()), "a number does not begin with a point")
                    .help(format!("write `0.{number}`")),
            )
        }
        Some(Token::Int | Token::Float) => {
            let number = p.text(p.at);
            Some(
                error("syntax", p.span(), "elements are reached with brackets")
                    .help(format!("write `[{number}]` instead of `.{number}`")),
            )
        }
        Some(Token::LBracket) => Some(
            error("syntax", dot.to(p.span()), format!("no `{}` before a bracket", p.slice(dot)))
                .help(if p.token(before) == Some(Token::OptDot) {
                    "write `x?[key]`"
                } else {
                    "write `x[key]`"
                }),
        ),
        Some(Token::LParen) => Some(
            error("syntax", dot.to(p.span()), "a name is missing between `.` and `(`")
                .help("to call a function that is kept in a value, write `(m.f)(x)`"),
        ),
        _ if object == Some(Token::Int) => {
            let number = p.text(before - 1);
            Some(
                error(
                    "bad-number",
                    p.span_of(before - 1).to(dot),
                    "a number does not end with a point",
                )
                .help(format!("write `{number}.0`, or `{number}..` for a range")),
            )
        }
        _ => {
            let found = p.found_text();
            let text = p.slice(dot);
            Some(
                error("syntax", p.span(), format!("expected a name after `{text}`, found {found}"))
                    .label(dot, format!("something must follow this `{text}`")),
            )
        }
    }
}

/// Ranges of ranges, and ends that are missing or need parentheses.
fn range(p: &Place<'_>) -> Option<Diagnostic> {
    let dots = |t: Token| matches!(t, Token::Range | Token::RangeIncl | Token::OpenRange);
    let found = p.found_text();
    if p.previous(1) == Some(Token::RangeIncl) && p.expects("(") {
        return Some(
            error("range-end", p.span(), format!("expected the end of a range, found {found}"))
                .label(p.span_of(p.at - 1), "this range includes its end, so it needs one")
                .help("a range without an end is written `0..`"),
        );
    }
    let no_end = matches!(
        p.found?,
        Token::LBrace
            | Token::BodyBrace
            | Token::If
            | Token::Bar
            | Token::Bars
            | Token::Not
            | Token::Throw
            | Token::Return
    );
    if p.previous(1) == Some(Token::OpenRange) && no_end {
        let message = format!("the end of a range cannot begin with {found}");
        return Some(
            error("range-end", p.span(), message)
                .label(p.span_of(p.at - 1), "so this range has no end")
                .help("put the end in parentheses: `0..(…)`"),
        );
    }
    if dots(p.found?) && p.previous(1).is_some_and(Token::ends_operand) {
        let first = p.head(&[Token::Range, Token::RangeIncl, Token::OpenRange])?;
        return Some(
            error("syntax", p.span(), "ranges do not chain")
                .here("a second range")
                .label(p.span_of(first), "the first one")
                .help("for every second number, write `(0..10).step_by(2)`"),
        );
    }
    None
}

/// `a + return`, `[1, 2] + |x| x`
fn tail(p: &Place<'_>) -> Option<Diagnostic> {
    let word = p.text(p.at);
    let what = match p.found? {
        Token::Throw | Token::Return | Token::Break | Token::Continue => format!("`{word}`"),
        Token::Bar | Token::Bars => "a function".into(),
        _ => return None,
    };
    (p.expects("(") && !p.operator_expected()).then(|| {
        let mut diagnostic = error("tail-operand", p.span(), format!("{what} cannot stand here without parentheses"));
        if let Some(before) = p.before() {
            let text = p.text(before);
            diagnostic = diagnostic.label(p.span_of(before), format!("to the right of this `{text}`"));
        }
        diagnostic.help(format!("{what} reaches as far right as it can, so it may be a whole expression or stand after `or`, `and`, `??` and `|>`; elsewhere write `(…)` around it"))
    })
}

/// A statement where an expression is needed.
fn statement_word(p: &Place<'_>) -> Option<Diagnostic> {
    let word = p.text(p.at);
    let help = match p.found? {
        Token::For => {
            "to make a vector, write `[f(x) for x in xs]`; to make statements in the middle of an expression, `do { … }`"
        }
        Token::Let | Token::Var if matches!(p.previous(1), Some(Token::If | Token::While)) => {
            "to see whether a value has a form, write `match value { pattern => …, _ => … }`"
        }
        Token::Let | Token::Var | Token::While | Token::Assert | Token::Delete => {
            "to make statements in the middle of an expression, write `do { … }`"
        }
        _ => return None,
    };
    (p.expects("(") && p.expects("do") && !p.expects(word) && !p.begins_line()).then(|| {
        error("statement-as-value", p.span(), format!("`{word}` is a statement and has no value"))
            .here("expected an expression")
            .help(help)
    })
}

/// `(a, b)`
fn tuple(p: &Place<'_>) -> Option<Diagnostic> {
    (p.found == Some(Token::Comma) && p.inside() == Inside::Paren && p.expects(")")).then(|| {
        let diagnostic = error("syntax", p.span(), "parentheses hold one value")
            .help("several values make a vector: `[a, b]`");
        match p.opener() {
            Some(opener) => diagnostic.label(p.span_of(opener), "the parenthesis begins here"),
            None => diagnostic,
        }
    })
}

/// `()`, `f"{}"`, `xs[]`
fn empty(p: &Place<'_>) -> Option<Diagnostic> {
    let opener = p.opener()?;
    if p.before() != Some(opener) || !p.found?.closes() || !p.expects("(") {
        return None;
    }
    let span = p.span_of(opener).to(p.span());
    match p.inside() {
        Inside::Hole => Some(error("empty-hole", span, "this hole is empty").help(
            "write the value into it, as in `f\"{x}\"`; for braces in the text write `{{}}`",
        )),
        Inside::Index => {
            Some(error("syntax", span, "an index is missing").help(
                "`xs[0]` is the first element, `xs[-1]` the last, `xs[*]` stands for every one",
            ))
        }
        Inside::Paren => Some(
            error("syntax", span, "empty parentheses are no value")
                .help("no value is `null`; a function without parameters is written `|| …`"),
        ),
        _ => None,
    }
}

/// A block where `{` begins a map, and entries that are none.
fn braces(p: &Place<'_>) -> Option<Diagnostic> {
    let inside = p.inside();
    let opener = p.opener()?;
    let place = p.span_of(opener);
    if inside == Inside::Map && !p.expects("_") && !p.expects("?:") {
        let first = p.token(opener + 1);
        let statement = matches!(
            first,
            Some(
                Token::Let
                    | Token::Var
                    | Token::For
                    | Token::While
                    | Token::Return
                    | Token::Assert
                    | Token::Delete
            )
        ) && p.start == opener + 1;
        let bare = p.expects("=>")
            && !p.expects(":")
            && p.found.is_none_or(|f| {
                f.closes() || matches!(f, Token::Newline | Token::Comma | Token::Semicolon)
            });
        if statement || bare || p.found == Some(Token::Semicolon) {
            let what = if bare && !statement {
                "expected `=>` and a value"
            } else {
                "this is a statement, not an entry"
            };
            let elements = bare && !statement && p.found != Some(Token::Semicolon);
            let help = if elements {
                "entries are written `name: value`, `key => value`, `name` or `...other`; a set is written `#{1, 2}`, a vector `[1, 2]`"
            } else {
                "entries are written `name: value`, `key => value`, `name` or `...other`; a block in the middle of an expression is written `do { … }`"
            };
            return Some(
                error(
                    "map-entry",
                    if statement { p.span_of(opener + 1) } else { p.span() },
                    "this `{` begins a map",
                )
                .here(what)
                .label(place, "the map begins here")
                .help(help),
            );
        }
    }
    if inside == Inside::Match && p.expects("=>") && !matches!(p.found, Some(Token::FatArrow)) {
        let found = p.found_text();
        return Some(
            error("match-arm", p.span(), format!("expected `=>`, found {found}"))
                .here("in this arm of `match`")
                .help(match p.found {
                    Some(Token::LParen) => {
                        "a pattern is a value, a name, `[a, b]` or `{kind: \"circle\", r}`; calls are none"
                    }
                    _ => "an arm is written `pattern => value`, or `pattern if condition => value`",
                }),
        );
    }
    None
}

/// `else` without its `if`.
fn stray_else(p: &Place<'_>) -> Option<Diagnostic> {
    matches!(p.found, Some(Token::Else | Token::ElseMessage)).then(|| {
        let diagnostic = error("stray-else", p.span(), "this `else` belongs to no `if`");
        if p.inside() == Inside::Match {
            diagnostic.help("the arm for everything else is written `_ => …`")
        } else if p.head(&[Token::If]).is_some() {
            diagnostic.help("write `if condition { … } else { … }`, with both blocks in braces")
        } else {
            diagnostic.help("it must follow the `}` of an `if`")
        }
    })
}

/// `[0; 10]`
fn repetition(p: &Place<'_>) -> Option<Diagnostic> {
    (p.found == Some(Token::Semicolon) && p.inside() == Inside::List).then(|| {
        error("syntax", p.span(), "elements are separated by commas")
            .help("a vector of equal elements is written `[0] * 10`")
    })
}

/// Two elements, arguments, entries with nothing between them.
fn missing_comma(p: &Place<'_>) -> Option<Diagnostic> {
    let opener = p.opener()?;
    let begins = p.found_operand()
        || p.found.is_some_and(|t| t.is_word() || matches!(t, Token::Spread | Token::Dot));
    if !(p.previous(1)?.ends_operand() && begins && p.expects(",")) {
        return None;
    }
    let entry_follows = matches!(
        p.after(),
        Some(Token::Colon | Token::OptColon | Token::FatArrow | Token::Comma | Token::RBrace)
    );
    if p.inside() == Inside::Map
        && p.at == p.item + 1
        && !(p.token(p.at).is_some_and(Token::is_word) && entry_follows)
    {
        // A key without its colon.
        return None;
    }
    let what = match p.inside() {
        Inside::Call => "arguments",
        Inside::Parameters => "parameters",
        Inside::List => "elements",
        Inside::Match => "arms",
        Inside::With => "changes",
        Inside::Map => "entries",
        _ => return None,
    };
    let lines = matches!(p.token(opener), Some(Token::LBrace | Token::BodyBrace));
    let between = if lines { "a comma or a newline" } else { "a comma" };
    let found = p.found_text();
    Some(
        error("missing-comma", p.gap(), format!("expected {between} before {found}"))
            .here("missing here")
            .label(p.span_of(p.at), format!("so that this is one of the {what}")),
    )
}

/// `print x`, and two statements on one line.
fn two_statements(p: &Place<'_>) -> Option<Diagnostic> {
    if !(p.previous(1)?.ends_operand() && p.expects("newline") && p.expects(";")) {
        return None;
    }
    let found = p.found?;
    if !(p.found_operand() || found.is_keyword() || matches!(found, Token::Throw | Token::Return)) {
        return None;
    }
    let before = p.before()?;
    let text = p.found_text();
    let value = found.begins_range_end() && found != Token::Minus;
    if p.token(before) == Some(Token::Ident)
        && value
        && (before == p.start || p.token(before - 1).is_none_or(|b| !b.ends_operand()))
    {
        let name = p.text(before);
        let keyword = (before == p.start).then(|| spell::did_you_mean(name, OPENERS)).flatten();
        let help = keyword.unwrap_or_else(|| format!("a function is called with parentheses: `{name}(…)`; two statements stand on two lines, or with `;` between them"));
        let message = format!("{text} cannot follow `{name}`");
        return Some(error("missing-separator", p.span(), message).help(help));
    }
    let loops_last = found == Token::While && p.previous(1) == Some(Token::RBrace);
    Some(
        error(
            "missing-separator",
            p.gap(),
            format!("expected an operator or the end of the statement, found {text}"),
        )
        .here("the statement could end here")
        .help(if loops_last {
            "a condition comes first: `while condition { … }`; one at the end is `while true { … if condition { break } }`"
        } else {
            "two statements stand on two lines, or with `;` between them"
        }),
    )
}

impl Place<'_> {
    /// The found token can begin the body of a statement whose braces were forgotten.
    fn found_blockless(&self) -> bool {
        self.previous(1).is_some_and(Token::ends_operand)
            && self.found.is_none_or(|t| {
                t.begins_range_end()
                    && t != Token::LParen
                    && t != Token::LBracket
                    && t != Token::Minus
                    || t.is_keyword()
                        && !matches!(
                            t,
                            Token::And
                                | Token::Or
                                | Token::In
                                | Token::Is
                                | Token::Div
                                | Token::With
                        )
                    || matches!(t, Token::Newline | Token::Semicolon | Token::RBrace)
            })
    }
}
