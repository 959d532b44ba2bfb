//! Syntax errors that are right in another language.

use super::error;
use super::place::{Inside, Place};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::token::Token;

/// Words that begin something elsewhere: the word, what to say, what to write.
const WORDS: &[(&[&str], &str, &str)] = &[
    (
        &["def", "func", "function", "fun", "sub", "proc", "method", "defun"],
        "functions begin with `fn`",
        "write `fn name(a, b) { … }`",
    ),
    (
        &["const", "final", "val", "local", "auto", "static", "mut"],
        "names begin with `let` or `var`",
        "write `let name = value` for a name that stays, `var name = value` for one that gets other values",
    ),
    (
        &["class", "struct", "enum", "interface", "record", "union", "trait", "data", "impl"],
        "there are no classes",
        "data is made of maps, as in `{name: \"Ada\", age: 36}`; functions stand beside it, and take it as an argument",
    ),
    (
        &["switch", "case", "when", "select", "default"],
        "choosing among cases is `match`",
        "write `match value { 1 => …, 2 | 3 => …, _ => … }`",
    ),
    (
        &["foreach", "loop", "until", "repeat", "forever"],
        "loops are `for` and `while`",
        "write `for x in xs { … }` or `while condition { … }`",
    ),
    (
        &["elif", "elsif", "elseif", "elsef"],
        "another condition begins with `else if`",
        "write `else if condition { … }`",
    ),
    (&["unless"], "conditions begin with `if`", "write `if not condition { … }`"),
    (&["lambda"], "functions without a name are written between bars", "write `|x| x + 1`"),
    (
        &["new"],
        "values are written as they are",
        "a map is `{x: 1}`, a vector `[1, 2]`, a set `#{1, 2}`; an error is thrown by `throw \"what went wrong\"`",
    ),
    (
        &["async", "await", "yield", "defer", "go"],
        "this word has no meaning here",
        "a call waits by itself for what it needs; a lazy sequence is made with `iterate(f, x)` or `xs.lazy()`",
    ),
    (&["then", "begin"], "blocks are written in braces", "write `if condition { … }`"),
    (&["raise"], "errors are raised with `throw`", "write `throw \"what went wrong\"`"),
    (&["except", "rescue"], "errors are caught with `catch`", "write `try { … } catch e { … }`"),
    (
        &["finally"],
        "nothing has to be cleaned up",
        "what follows `try { … } catch e { … }` runs either way, unless the `catch` throws",
    ),
    (&["typeof"], "a function tells the type", "write `type_of(x)`, or test it: `x is Int`"),
    (
        &["public", "private", "pub", "export", "protected"],
        "this word has no meaning here",
        "names at the top are exported unless they begin with `_`",
    ),
    (
        &["from", "use", "using", "require", "include", "package"],
        "modules come in with `import`",
        "write `import \"./prices.tansy\" as prices`",
    ),
    (&["del"], "parts are taken away with `delete`", "write `delete cfg.debug`"),
    (
        &["global", "nonlocal", "extern"],
        "this word has no meaning here",
        "a block sees the names around it",
    ),
    (&["echo", "puts", "printf", "println"], "printing is a function", "write `print(value)`"),
];

fn habit(word: &str) -> Option<(&'static str, &'static str)> {
    WORDS.iter().find(|w| w.0.contains(&word)).map(|w| (w.1, w.2))
}

pub(super) fn explain(p: &Place<'_>) -> Option<Diagnostic> {
    word(p)
        .or_else(|| question(p))
        .or_else(|| equals(p))
        .or_else(|| colon(p))
        .or_else(|| arrow(p))
        .or_else(|| signs(p))
        .or_else(|| c_for(p))
        .or_else(|| postfix_condition(p))
        .or_else(|| several_targets(p))
        .or_else(|| cast(p))
}

/// A word of another language at the start of the statement, before the error, or at it.
fn word(p: &Place<'_>) -> Option<Diagnostic> {
    let candidates = [p.start, p.at.wrapping_sub(1), p.at];
    for i in candidates {
        if i > p.at || p.token(i) != Some(Token::Ident) {
            continue;
        }
        let word = p.text(i);
        let Some((message, help)) = habit(word) else { continue };
        // As a name the word is fine: only where two words meet, or a block follows, was it meant as a keyword.
        let next = p.token(i + 1);
        let found_brace = matches!(p.found, Some(Token::LBrace | Token::BodyBrace | Token::Colon));
        let meant = match next {
            Some(Token::LParen) => found_brace && p.previous(1) == Some(Token::RParen),
            Some(Token::Colon) => p.at == i + 1 && p.found == Some(Token::Colon),
            Some(Token::LBrace | Token::BodyBrace) => true,
            Some(next) => {
                next.is_word()
                    || matches!(next, Token::Str | Token::Int | Token::FormatStart | Token::Bar)
            }
            None => false,
        };
        let placed = i == p.start
            || p.token(i.wrapping_sub(1)).is_some_and(|b| {
                matches!(b, Token::RBrace | Token::Let | Token::Var | Token::Assign | Token::RParen)
                    || !b.ends_operand()
            });
        if meant && placed {
            let mut diagnostic =
                error("foreign-keyword", p.span_of(i), format!("`{word}` is not a keyword"))
                    .here(message);
            if word == "mut" && p.token(i.wrapping_sub(1)) == Some(Token::Let) {
                diagnostic = diagnostic.help("write `var name = value`");
            } else {
                diagnostic = diagnostic.help(help);
            }
            return Some(diagnostic);
        }
    }
    None
}

/// `c ? a : b`, `a ?: b`, `x?`
fn question(p: &Place<'_>) -> Option<Diagnostic> {
    match p.found {
        Some(Token::Question) if p.at == p.start + 2 && p.token(p.start) == Some(Token::Fn) => Some(
            error("syntax", p.span(), "a name has no `?` in it")
                .help("names are made of letters, digits and `_`: `is_empty`"),
        ),
        // What follows is no value to choose: `x?` of Rust.
        Some(Token::Question)
            if p.after().is_none_or(|t| {
                t.closes() || matches!(t, Token::Newline | Token::Semicolon | Token::Comma | Token::Dot)
            }) =>
        {
            Some(
                error("foreign-operator", p.span(), "`?` is not an operator")
                    .help("an error goes up by itself until a `catch`; for a value that may be null, `x?.name` and `x ?? other`"),
            )
        }
        Some(Token::Question) => Some(
            error("foreign-operator", p.span(), "`?` is not an operator")
                .help("to choose between two values, write `if condition { a } else { b }`; for a value that may be null, `x?.name` and `x ?? other`"),
        ),
        Some(Token::OptColon) if p.inside() != Inside::Map => Some(
            error("foreign-operator", p.span(), "`?:` is not an operator")
                .help("for a value that may be null, write `x ?? other`"),
        ),
        Some(Token::OptDot | Token::OptBracket) => None,
        _ => None,
    }
}

/// `=` where it does not assign.
fn equals(p: &Place<'_>) -> Option<Diagnostic> {
    if !p.found?.assigns() || p.expects("=") {
        return None;
    }
    let plain = p.found == Some(Token::Assign);
    let operator = p.text(p.at);
    let span = p.span();
    if plain && p.previous(1) == Some(Token::Colon) && p.adjacent(p.at - 1) {
        let whole = p.span_of(p.at - 1).to(span);
        return Some(declaring_assignment(whole));
    }
    if plain && p.previous(1) == Some(Token::Assign) {
        return Some(
            error("assignment-in-expression", span, "a second `=`").help("to compare, write `==`"),
        );
    }
    if plain && p.expects_block() && p.head(&[Token::Fn]).is_some() {
        return Some(function_body(p));
    }
    let inside = p.inside();
    let condition_in_parentheses = inside == Inside::Paren
        || inside == Inside::Call && {
            let before = p.opener().and_then(|o| o.checked_sub(1)).and_then(|b| p.token(b));
            matches!(before, Some(Token::If | Token::While))
        };
    if let Some(head) = p.head(&[Token::For])
        && plain
        && p.at == head + 2
    {
        return Some(counting_for(p, head));
    }
    if let Some(head) = p.head(&[Token::If, Token::While, Token::Assert])
        && plain
    {
        let word = p.text(head);
        return Some(
            error("assignment-in-condition", span, "`=` assigns, and does not compare")
                .here("write `==` here")
                .label(p.span_of(head), format!("in the condition of this `{word}`")),
        );
    }
    match inside {
        Inside::Hole if plain && p.before().is_some_and(|b| p.token(b) == Some(Token::Ident)) => {
            let name = p.text(p.at - 1);
            Some(
                error("syntax", span, "a hole holds a value")
                    .help(format!("with its name before it, write `f\"{name} = {{{name}}}\"`")),
            )
        }
        Inside::Call if plain && p.at == p.item + 1 => {
            let name = p.text(p.item);
            Some(
                error("syntax", span, "an argument is given by name with `:`")
                    .here("write `:` here")
                    .help(format!("as in `f({name}: value)`")),
            )
        }
        Inside::Map if plain && p.at == p.item + 1 => {
            let key = p.text(p.item);
            let shown = if key.len() < 30 { key } else { "key" };
            Some(
                error("syntax", span, "entries of a map are written with `:`")
                    .here("write `:` here")
                    .help(format!("as in `{{ {shown}: value }}`; a block in the middle of an expression is `do {{ … }}`")),
            )
        }
        _ if condition_in_parentheses && plain => Some(
            error("assignment-in-expression", span, "`=` assigns, and has no value")
                .help("to compare, write `==`; to assign, make it a statement of its own"),
        ),
        _ => {
            if let Some(closure) = p.head(&[Token::Bar, Token::Bars]) {
                return Some(
                    error("assignment-in-expression", span, format!("`{operator}` is a statement, not an expression"))
                        .label(p.span_of(closure), "the body of this function is an expression")
                        .help("to make statements, give the function a block: `|x| { … }`; it cannot change a variable outside, though"),
                );
            }
            if let Some(first) = p.head(&[Token::Assign, Token::PlusAssign, Token::MinusAssign]) {
                return Some(
                    error(
                        "assignment-in-expression",
                        span,
                        format!("`{operator}` is a statement, not an expression"),
                    )
                    .label(p.span_of(first), "so it cannot be the value of this one")
                    .help("assign in two statements, or compare with `==`"),
                );
            }
            let statement = matches!(inside, Inside::Module | Inside::Block | Inside::Match);
            (statement && p.previous(1).is_some_and(Token::ends_operand)).then(|| {
                let left = p.span_of(p.start).to(p.span_of(p.at - 1));
                error("invalid-target", left, "this cannot be assigned to")
                    .label(span, "by this assignment")
                    .help("a place is a variable, or a path that begins with one: `cfg.servers[0].port`; to compare, write `==`")
            })
        }
    }
}

/// `name := value`
fn declaring_assignment(span: Span) -> Diagnostic {
    error("foreign-operator", span, "`:=` is not an operator")
        .help("as a statement, write `let name = value`, or `name = value` for a `var` that exists")
}

/// `if x:`, `xs[1:2]`, `x: Int = 5`, `case 1:`, `{1: x}`, `s:upper()`, `math::sqrt`
fn colon(p: &Place<'_>) -> Option<Diagnostic> {
    if p.found != Some(Token::Colon) {
        return None;
    }
    let span = p.span();
    let adjacent = |next: Token| p.after() == Some(next) && p.adjacent(p.at);
    if adjacent(Token::Colon) && p.inside() == Inside::Index {
        return Some(error("syntax", span.to(p.span_of(p.at + 1)), "a slice has no step").help(
            "a part is written `xs[1..3]`; of it, `.step_by(2)` takes every second element",
        ));
    }
    if adjacent(Token::Colon) && p.previous(1).is_some_and(Token::ends_operand) {
        return Some(
            error("foreign-operator", span.to(p.span_of(p.at + 1)), "`::` is not an operator")
                .here("write `.` here")
                .help("as in `math.sqrt(2)`"),
        );
    }
    if adjacent(Token::Assign) && p.previous(1).is_some_and(Token::ends_operand) {
        return Some(declaring_assignment(span.to(p.span_of(p.at + 1))));
    }
    if let Some(head) = p.head(&[
        Token::If,
        Token::For,
        Token::While,
        Token::Else,
        Token::Try,
        Token::Match,
        Token::Do,
        Token::Catch,
        Token::Fn,
    ]) && p.after() != Some(Token::Colon)
    {
        let word = p.text(head);
        if word == "fn" && p.expects("->") {
            return Some(
                error("syntax", span, "the type of a result is written with `->`")
                    .here("write `->` here")
                    .help("as in `fn area(r: Float) -> Float { … }`"),
            );
        }
        return Some(
            error("expected-block", span, "blocks are written in braces")
                .here(format!("the block of `{word}` begins with `{{`"))
                .help(match word {
                    "for" => "write `for x in xs { … }`".into(),
                    "match" => "write `match value { pattern => result, … }`".into(),
                    "fn" => "write `fn name(a, b) { … }`".into(),
                    "else" | "try" | "do" => format!("write `{word} {{ … }}`"),
                    "catch" => "write `catch e { … }`".to_string(),
                    _ => format!("write `{word} condition {{ … }}`"),
                }),
        );
    }
    match p.inside() {
        Inside::Index => Some(
            error("syntax", span, "a slice is written with `..`")
                .here("write `..` here")
                .help("`xs[1..3]` has the elements 1 and 2; either end may be missing"),
        ),
        Inside::Match => Some(
            error("syntax", span, "an arm is written with `=>`")
                .here("write `=>` here")
                .help("as in `1 | 2 => \"few\"`"),
        ),
        Inside::Map if p.expects("=>") => Some(
            error("syntax", span, "a key that is computed, or no text, is written with `=>`")
                .here("write `=>` here")
                .help("as in `{1 => \"one\", key => 2}`; `name:` and `\"text\":` are texts"),
        ),
        Inside::With => Some(
            error("syntax", span, "changes in `with` are written with `=`")
                .here("write `=` here")
                .help("as in `base with { port = 80 }`"),
        ),
        Inside::Call => Some(
            error("syntax", span, "only a plain name names an argument")
                .help("write `f(name: value)`; for a map with such a key, `f({ \"key\": value })`"),
        ),
        Inside::Module | Inside::Block
            if p.at == p.start + 1 && p.token(p.start) == Some(Token::Ident) =>
        {
            let name = p.text(p.start);
            if p.after() == Some(Token::Ident) && p.token(p.at + 2) == Some(Token::LParen) {
                return Some(
                    error("syntax", span, "a method is called with `.`")
                        .here("write `.` here")
                        .help(format!("as in `{name}.{}(…)`", p.text(p.at + 1))),
                );
            }
            Some(
                error("syntax", span, "a variable is declared with `let` or `var`")
                    .label(p.span_of(p.start), "before this name")
                    .help(format!(
                        "write `let {name}: Type = value`, or `{{ {name}: value }}` for a map"
                    )),
            )
        }
        _ => None,
    }
}

/// `(x) => x`, `x => x`, `1 -> a`
fn arrow(p: &Place<'_>) -> Option<Diagnostic> {
    let span = p.span();
    match p.found? {
        Token::Arrow if p.inside() == Inside::Match => {
            Some(error("syntax", span, "an arm is written with `=>`").here("write `=>` here"))
        }
        Token::FatArrow | Token::Arrow => {
            let before = p.before()?;
            let (first, parameters) = match p.token(before)? {
                Token::Ident => (before, p.text(before).to_string()),
                Token::RParen => {
                    let mut depth = 0usize;
                    let first = (0..before).rev().find(|i| {
                        let token = p.tokens[*i].1;
                        if token.closes() {
                            depth += 1;
                        }
                        token.opens() && {
                            let here = depth == 0;
                            depth = depth.saturating_sub(1);
                            here
                        }
                    })?;
                    let inner = p.span_of(first).to(p.span_of(before));
                    let text = p.slice(inner);
                    let text = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
                    (
                        first,
                        if text.len() < 40 && !text.contains('\n') {
                            text.to_string()
                        } else {
                            "x".into()
                        },
                    )
                }
                _ => return None,
            };
            let head = first.checked_sub(1).and_then(|b| p.token(b));
            if p.head(&[Token::Fn]).is_some() {
                return Some(function_body(p));
            }
            if head.is_some_and(Token::ends_operand) || p.inside() == Inside::Match {
                return None;
            }
            Some(
                error(
                    "foreign-function",
                    p.span_of(first).to(span),
                    "functions without a name are written between bars",
                )
                .help(format!("write `|{parameters}| …`")),
            )
        }
        _ => None,
    }
}

/// `fn f(x) = x + 1`, `fn f(x) => x + 1`
fn function_body(p: &Place<'_>) -> Diagnostic {
    error("expected-block", p.span(), "the body of a function is written in braces")
        .here("expected `{`")
        .help("write `fn name(x) { x + 1 }`, or `|x| x + 1` for a function without a name")
}

/// `++x`, `+1`, `x = +1`, `<>`, `..` with three dots
fn signs(p: &Place<'_>) -> Option<Diagnostic> {
    let span = p.span();
    let before = p.before();
    match p.found? {
        Token::Plus if p.expects("(") => Some(match before {
            Some(b) if p.token(b) == Some(Token::Plus) && p.adjacent(b) => {
                error("foreign-operator", p.span_of(b).to(span), "`++` is not an operator")
                    .help("write `x += 1`")
            }
            _ => error("foreign-operator", span, "there is no sign `+`")
                .help("a number without a sign is positive"),
        }),
        Token::Greater if p.previous(1) == Some(Token::Less) && p.adjacent(p.at - 1) => Some(
            error("foreign-operator", p.span_of(p.at - 1).to(span), "`<>` is not an operator")
                .help("write `!=`"),
        ),
        Token::Less | Token::Greater
            if before.is_some_and(|b| p.token(b) == p.found && p.adjacent(b)) =>
        {
            Some(
                error(
                    "foreign-operator",
                    p.span_of(p.at - 1).to(span),
                    "there are no shift operators",
                )
                .help("multiply by a power of two, as in `x * 2 ** n`, or divide with `div`"),
            )
        }
        Token::Slash if p.previous(1) == Some(Token::Slash) => Some(
            error("foreign-operator", span, "`//` begins a comment")
                .help("integers are divided with `div`"),
        ),
        Token::Amp if p.expects("(") => Some(
            error("foreign-operator", span, "there are no references")
                .help("values are passed as they are: write the name alone"),
        ),
        Token::Star
            if p.expects("(")
                && matches!(p.inside(), Inside::Call | Inside::List | Inside::Parameters) =>
        {
            Some(
                error("foreign-operator", span, "spreading is written with `...`")
                    .help("as in `f(...args)` and `[1, ...more]`"),
            )
        }
        Token::Star | Token::Power if p.inside() == Inside::Parameters => Some(
            error("foreign-operator", span, "a rest parameter is written with `...`")
                .help("as in `fn f(a, ...rest) { … }`"),
        ),
        Token::Spread if p.previous(1).is_some_and(Token::ends_operand) => Some(
            error("range-dots", span, "a range is written with two dots")
                .here("write `..` or `..=` here")
                .help("`1..5` ends before 5, `1..=5` with it"),
        ),
        _ => None,
    }
}

/// `for (let i = 0; i < n; i++)`, `for x of xs`, `for i, x in xs`
fn c_for(p: &Place<'_>) -> Option<Diagnostic> {
    let head = p.head(&[Token::For]).or_else(|| {
        let before = p.opener()?.checked_sub(1)?;
        (p.token(before) == Some(Token::For)).then_some(before)
    })?;
    if p.token(head + 1) == Some(Token::LParen) && p.opener() == Some(head + 1) {
        return Some(counting_for(p, head));
    }
    match p.found? {
        Token::Ident if matches!(p.text(p.at), "of" | "from" | "at") => Some(
            error("syntax", p.span(), "`for` and its values are joined by `in`")
                .here("write `in` here")
                .help("as in `for x in xs { … }`"),
        ),
        Token::Comma if p.expects("in") => {
            let first = p.text(p.at - 1);
            let second = if p.after() == Some(Token::Ident) { p.text(p.at + 1) } else { "x" };
            Some(
                error("syntax", p.span(), "`for` takes one pattern")
                    .help(format!("for pairs, write `for [{first}, {second}] in …`")),
            )
        }
        _ if p.expects("in") && p.at == head + 2 => Some(
            error("syntax", p.gap(), "`for` and its values are joined by `in`")
                .here("`in` is missing here")
                .help("as in `for x in xs { … }`"),
        ),
        _ => None,
    }
}

/// `for (i = 0; …)`, `for i = 1, 10`
fn counting_for(p: &Place<'_>, head: usize) -> Diagnostic {
    error("foreign-loop", p.span_of(head), "`for` goes through the elements of something")
        .here("a name and `in` must follow")
        .help("to count, write `for i in 0..n { … }`, or `0..=n` with the end")
}

/// `a, b = b, a`, `return a, b`
fn several_targets(p: &Place<'_>) -> Option<Diagnostic> {
    let statement = matches!(p.inside(), Inside::Module | Inside::Block);
    let name = p.at == p.start + 1 && p.token(p.start) == Some(Token::Ident);
    let returned = p.found == Some(Token::Comma) && p.token(p.start) == Some(Token::Return);
    if returned && statement {
        return Some(
            error("syntax", p.span(), "a function returns one value")
                .help("several make a vector: `return [a, b]`"),
        );
    }
    (p.found == Some(Token::Comma) && statement && name).then(|| {
        error("syntax", p.span(), "an assignment has one target").help(
            "assign one after the other; to swap, write `let [x, y] = [b, a]` and assign these",
        )
    })
}

/// `value as Type`
fn cast(p: &Place<'_>) -> Option<Diagnostic> {
    (p.found == Some(Token::As) && p.previous(1)?.ends_operand() && p.operator_expected()).then(
        || {
            error("foreign-operator", p.span(), "`as` converts nothing")
                .help("convert with a function: `int(x)`, `float(x)`, `str(x)`, `vec(x)`")
        },
    )
}

/// `a if c else b`
fn postfix_condition(p: &Place<'_>) -> Option<Diagnostic> {
    let before = p.previous(1)?.ends_operand()
        && !matches!(p.previous(1), Some(Token::RBrace | Token::OpenRange));
    (p.found == Some(Token::If) && before && p.operator_expected()).then(|| {
        error("syntax", p.span(), "a condition comes before its values")
            .help("write `if condition { a } else { b }`")
    })
}
