//! The values of literals: numbers, escapes, indentation of multi-line strings, formats of holes.
//!
//! Everything here works on slices of the source and reports at exact places; a literal with a mistake still gives a value, so
//! that parsing goes on.

use crate::arena::Arena;
use crate::ast::{Align, FormatSpec, Number};
use crate::diagnostic::{Diagnostic, add};
use crate::source::Span;
use num_bigint::BigInt;

/// Digits an integer literal may have: converting takes quadratic time.
const INTEGER_DIGITS: usize = 100_000;
/// Digits a Decimal can hold, before and after its point together, and after it alone.
const DECIMAL_DIGITS: usize = 28;

/// An integer that the lexer found to be well formed.
pub(super) fn integer<'a>(
    text: &str,
    span: Span,
    arena: &'a Arena,
    report: &mut Vec<Diagnostic>,
) -> Number<'a> {
    let text = text.get(span.range()).unwrap_or_default();
    if text.len() <= 18 {
        let mut value = 0;
        let plain = text.bytes().all(|byte| {
            let digit = byte.wrapping_sub(b'0');
            value = value * 10 + i64::from(digit);
            digit < 10
        });
        if plain {
            return Number::Int(value);
        }
    }
    let (radix, digits) = match text.get(..2) {
        Some("0x") => (16, &text[2..]),
        Some("0b") => (2, &text[2..]),
        Some("0o") => (8, &text[2..]),
        _ => (10, text),
    };
    let plain;
    let digits = if digits.contains('_') {
        plain = digits.replace('_', "");
        plain.as_str()
    } else {
        digits
    };
    if let Ok(small) = i64::from_str_radix(digits, radix) {
        return Number::Int(small);
    }
    if radix == 10 && digits.len() > INTEGER_DIGITS {
        add(
            report,
            Diagnostic::error("bad-number", span, "this number is too long to be read").here(
                format!("it has {} digits; a literal may have {INTEGER_DIGITS}", digits.len()),
            ),
        );
        return Number::Int(0);
    }
    match BigInt::parse_bytes(digits.as_bytes(), radix) {
        Some(value) => big(&value, arena),
        None => Number::Int(0),
    }
}

/// An integer, whose size is any.
pub(super) fn big<'a>(value: &BigInt, arena: &'a Arena) -> Number<'a> {
    match i64::try_from(value) {
        Ok(small) => Number::Int(small),
        Err(_) => Number::Big(arena.list(&value.to_signed_bytes_le())),
    }
}

/// A float that the lexer found to be well formed.
pub(super) fn float(text: &str, span: Span, report: &mut Vec<Diagnostic>) -> Number<'static> {
    let digits = text.get(span.range()).unwrap_or_default().replace('_', "");
    match digits.parse::<f64>() {
        Ok(value) if value.is_finite() => Number::Float(value),
        _ => {
            add(report,
                Diagnostic::error("bad-number", span, "this number is too large for a Float")
                    .help("the largest Float is about 1.8e308; an Int, written without point and exponent, has any size"),
            );
            Number::Float(0.0)
        }
    }
}

/// A decimal that the lexer found to be well formed.
pub(super) fn decimal<'a>(
    text: &'a str,
    span: Span,
    arena: &'a Arena,
    report: &mut Vec<Diagnostic>,
) -> Number<'a> {
    let written = text.get(span.range()).unwrap_or_default().trim_end_matches('d');
    let digits =
        if written.contains('_') { arena.text(&written.replace('_', "")) } else { written };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let significant = match whole.trim_start_matches('0').len() {
        0 => fraction.trim_start_matches('0').len(),
        n => n + fraction.len(),
    };
    let problem = if significant > DECIMAL_DIGITS {
        format!("it has {significant} significant digits")
    } else if fraction.len() > DECIMAL_DIGITS {
        format!("it has {} digits after the point", fraction.len())
    } else {
        return Number::Decimal(digits);
    };
    add(
        report,
        Diagnostic::error("bad-number", span, "this number is too long for a Decimal")
            .here(problem)
            .help(format!("a Decimal holds {DECIMAL_DIGITS} digits")),
    );
    Number::Decimal("0")
}

/// The value of a string literal without holes, whose quotes are in its span.
pub(super) fn string<'a>(
    text: &'a str,
    span: Span,
    arena: &'a Arena,
    report: &mut Vec<Diagnostic>,
) -> &'a str {
    let source = text.get(span.range()).unwrap_or_default();
    if source.starts_with('r') {
        let content = Span { start: span.start + 2, end: span.end.saturating_sub(1) };
        let content = text.get(content.range()).unwrap_or_default();
        if let Some(at) = content.bytes().position(|b| b < 0x20 && b != b'\t') {
            control_character(content.as_bytes()[at], span.start as usize + 2 + at, true, report);
        }
        return content;
    }
    if source.starts_with("\"\"\"") {
        let content = Span { start: span.start + 3, end: span.end.saturating_sub(3) };
        let mut texts =
            format_texts_of(text, true, false, content, &[Some(content)], arena, report);
        return texts.pop().unwrap_or_default();
    }
    let content = Span { start: span.start + 1, end: span.end.saturating_sub(1) };
    let content_text = text.get(content.range()).unwrap_or_default();
    if !content_text.bytes().any(|b| b == b'\\' || b < 0x20) {
        return content_text;
    }
    let mut out = String::with_capacity(content_text.len());
    unescape(content_text, content.start as usize, Kind::default(), &mut out, report);
    arena.text(&out)
}

/// The texts between the holes of an f-string, which are the `None`s among `parts`; `content` is what is between its quotes.
pub(super) fn format_texts<'a>(
    text: &'a str,
    multi_line: bool,
    content: Span,
    parts: &[Option<Span>],
    arena: &'a Arena,
    report: &mut Vec<Diagnostic>,
) -> Vec<&'a str> {
    format_texts_of(text, multi_line, true, content, parts, arena, report)
}

/// What is special in a piece of text.
#[derive(Clone, Copy, Default)]
struct Kind {
    /// `{{` and `}}` are braces.
    format: bool,
    /// Tabs are allowed.
    multi_line: bool,
}

fn format_texts_of<'a>(
    text: &'a str,
    multi_line: bool,
    format: bool,
    content: Span,
    parts: &[Option<Span>],
    arena: &'a Arena,
    report: &mut Vec<Diagnostic>,
) -> Vec<&'a str> {
    let kind = Kind { format, multi_line };
    let indent = if multi_line { common_indent(text, content, parts) } else { "" };
    let mut texts = Vec::with_capacity(parts.len());
    for part in parts {
        let Some(part) = part else {
            texts.push("");
            continue;
        };
        let (mut at, end) = (part.start as usize, part.end as usize);
        let mut out = String::with_capacity(end.saturating_sub(at));
        if !multi_line {
            unescape(text.get(at..end).unwrap_or_default(), at, kind, &mut out, report);
            texts.push(arena.text(&out));
            continue;
        }
        let mut line_start = false;
        if part.start == content.start
            && let Some(begin) = opening_newline(text, content)
        {
            at = begin;
            line_start = true;
        }
        while at < end {
            let rest = text.get(at..end).unwrap_or_default();
            let line = rest.find('\n').map_or(rest, |n| &rest[..n]);
            let ended = line.len() < rest.len();
            let mut shown = line;
            if ended {
                shown = shown.strip_suffix('\r').unwrap_or(shown);
            }
            let blank = line_start && shown.bytes().all(|b| matches!(b, b' ' | b'\t'));
            if line_start {
                // A line of blanks that is shorter than the indentation is an empty line.
                let skipped =
                    if blank && ended { shown.len() } else { indent.len().min(shown.len()) };
                shown = shown.get(skipped..).unwrap_or_default();
                unescape(shown, at + skipped, kind, &mut out, report);
            } else {
                unescape(shown, at, kind, &mut out, report);
            }
            if ended {
                out.push('\n');
            }
            line_start = true;
            at += line.len() + usize::from(ended);
        }
        texts.push(arena.text(&out));
    }
    texts
}

/// Where the first line of a multi-line string begins, if its opening quotes stand alone on their line.
fn opening_newline(text: &str, content: Span) -> Option<usize> {
    let inner = text.get(content.range())?;
    let blanks = inner.bytes().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
    (inner.as_bytes().get(blanks) == Some(&b'\n')).then_some(content.start as usize + blanks + 1)
}

/// The blanks that all lines of a multi-line string begin with: those that are not blank, and the one of the closing quotes.
fn common_indent<'a>(text: &'a str, content: Span, parts: &[Option<Span>]) -> &'a str {
    let mut common: Option<&str> = None;
    let last = parts.len().saturating_sub(1);
    for (i, part) in parts.iter().enumerate() {
        let Some(part) = part else { continue };
        let end = part.end as usize;
        let mut line = match opening_newline(text, content) {
            Some(begin) if part.start == content.start => Some(begin),
            _ => next_line(text, part.start as usize, end),
        };
        while let Some(start) = line {
            let rest = text.get(start..end).unwrap_or_default();
            let blanks = rest.bytes().take_while(|b| matches!(b, b' ' | b'\t')).count();
            let closing = i == last && blanks == rest.len();
            let counts = closing || !matches!(rest.as_bytes().get(blanks), Some(b'\n' | b'\r'));
            if counts {
                let these = &rest[..blanks];
                common = Some(match common {
                    None => these,
                    Some(c) => {
                        let same = c.bytes().zip(these.bytes()).take_while(|(a, b)| a == b).count();
                        &c[..same]
                    }
                });
            }
            line = next_line(text, start, end);
        }
    }
    common.unwrap_or_default()
}

fn next_line(text: &str, from: usize, end: usize) -> Option<usize> {
    text.get(from..end)?.find('\n').map(|n| from + n + 1)
}

/// Appends `content`, which stands at `offset`, with its escapes resolved.
fn unescape(
    content: &str,
    offset: usize,
    kind: Kind,
    out: &mut String,
    report: &mut Vec<Diagnostic>,
) {
    let bytes = content.as_bytes();
    let mut done = 0;
    let mut at = 0;
    while let Some(b) = bytes.get(at) {
        match b {
            b'\\' => {
                out.push_str(&content[done..at]);
                at += escape(&content[at..], offset + at, out, report);
                done = at;
            }
            b'{' | b'}' if kind.format => {
                // The lexer saw to it that braces come in pairs, or complained.
                out.push_str(&content[done..=at]);
                at += if bytes.get(at + 1) == Some(b) { 2 } else { 1 };
                done = at;
            }
            b'\t' if kind.multi_line => at += 1,
            0..0x20 => {
                control_character(*b, offset + at, false, report);
                at += 1;
            }
            _ => at += 1,
        }
    }
    out.push_str(&content[done..]);
}

fn control_character(b: u8, at: usize, raw: bool, report: &mut Vec<Diagnostic>) {
    let span = Span::new(at, at + 1);
    let (name, escape) = match b {
        b'\t' => ("a tab".to_string(), "\\t".to_string()),
        b'\r' => ("a carriage return".to_string(), "\\r".to_string()),
        b => (format!("the control character U+{b:04X}"), format!("\\u{b:04x}")),
    };
    let help = if raw {
        format!("in a string that is not raw, write `{escape}`")
    } else {
        format!("write `{escape}`")
    };
    let message = format!("{name} cannot stand in a string as it is");
    add(report, Diagnostic::error("control-character", span, message).help(help));
}

/// Appends what the escape at the start of `rest` stands for; returns its length.
fn escape(rest: &str, offset: usize, out: &mut String, report: &mut Vec<Diagnostic>) -> usize {
    let mut characters = rest.chars();
    characters.next();
    let Some(c) = characters.next() else { return rest.len().max(1) };
    let simple = match c {
        '"' | '\\' | '/' => Some(c),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        _ => None,
    };
    if let Some(simple) = simple {
        out.push(simple);
        return 2;
    }
    let mut bad = |length: usize, message: String, help: &str| {
        let span = Span::new(offset, offset + length);
        add(report, Diagnostic::error("bad-escape", span, message).help(help));
        length
    };
    if c != 'u' {
        let length = 1 + c.len_utf8();
        let help = match c {
            '\'' => "a single quote needs no escape in a string",
            '0' => "write `\\u0000`",
            'x' => "write `\\u` and four hexadecimal digits, as in `\\u0041`",
            'e' => "write `\\u001b`",
            'a' => "write `\\u0007`",
            'v' => "write `\\u000b`",
            '{' | '}' => {
                "in an f-string a brace is doubled: `{{` and `}}`; elsewhere it needs no escape"
            }
            '(' => "values go into text as `f\"… {x} …\"`",
            _ => {
                "the escapes are `\\\"` `\\\\` `\\/` `\\b` `\\f` `\\n` `\\r` `\\t` and `\\u`; for a backslash write `\\\\`, or use a raw string `r\"…\"`"
            }
        };
        return bad(length, format!("unknown escape `\\{c}`"), help);
    }
    let digits = &rest[2..];
    if let Some(inner) = digits.strip_prefix('{') {
        let length = inner.bytes().take_while(u8::is_ascii_hexdigit).count();
        let closed = inner.as_bytes().get(length) == Some(&b'}');
        let whole = 3 + length + usize::from(closed);
        if !closed || length == 0 {
            return bad(
                whole,
                "this escape is not complete".into(),
                "a character is written by its code as `\\u{1F33C}`",
            );
        }
        let value = if length <= 6 { u32::from_str_radix(&inner[..length], 16).ok() } else { None };
        return match value.and_then(char::from_u32) {
            Some(c) => {
                out.push(c);
                whole
            }
            None => bad(
                whole,
                format!("`{}` is not the code of a character", &inner[..length.min(12)]),
                "codes go up to 10FFFF, without D800 to DFFF",
            ),
        };
    }
    let Some(first) = four_digits(digits) else {
        let length = digits.bytes().take(4).take_while(u8::is_ascii_hexdigit).count();
        return bad(
            2 + length,
            "this escape is not complete".into(),
            "`\\u` is followed by four hexadecimal digits, or by a code in braces",
        );
    };
    match first {
        0xd800..0xdc00 => {
            let second = rest[6..].strip_prefix("\\u").and_then(four_digits);
            match second {
                Some(second @ 0xdc00..0xe000) => {
                    let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                    out.extend(char::from_u32(code));
                    12
                }
                _ => bad(
                    6,
                    "half of a surrogate pair is not a character".into(),
                    "the other half, `\\uDC00` to `\\uDFFF`, must follow; or write the code as `\\u{1F33C}`",
                ),
            }
        }
        0xdc00..0xe000 => bad(
            6,
            "half of a surrogate pair is not a character".into(),
            "the other half, `\\uD800` to `\\uDBFF`, must come first; or write the code as `\\u{1F33C}`",
        ),
        code => {
            out.extend(char::from_u32(code));
            6
        }
    }
}

fn four_digits(text: &str) -> Option<u32> {
    let digits = text.get(..4)?;
    if digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        u32::from_str_radix(digits, 16).ok()
    } else {
        None
    }
}

/// The format of a hole: what stands between its `:` and its `}`.
pub(super) fn format_spec(
    text: &str,
    span: Span,
    report: &mut Vec<Diagnostic>,
) -> Option<FormatSpec> {
    let source = text.get(span.range()).unwrap_or_default();
    let mut spec = FormatSpec {
        span,
        fill: ' ',
        align: None,
        plus: false,
        alternate: false,
        zero: false,
        width: None,
        precision: None,
        kind: None,
    };
    let align = |c: char| match c {
        '<' => Some(Align::Left),
        '^' => Some(Align::Center),
        '>' => Some(Align::Right),
        _ => None,
    };
    let mut rest = source;
    let mut first = source.chars();
    if let (Some(fill), Some(found)) = (first.next(), first.next().and_then(align)) {
        spec.fill = fill;
        spec.align = Some(found);
        rest = first.as_str();
    } else if let Some(found) = source.chars().next().and_then(align) {
        spec.align = Some(found);
        rest = &rest[1..];
    }
    let take = |rest: &mut &str, c: char| {
        let found = rest.strip_prefix(c);
        *rest = found.unwrap_or(rest);
        found.is_some()
    };
    spec.plus = take(&mut rest, '+');
    spec.alternate = take(&mut rest, '#');
    spec.zero = take(&mut rest, '0');
    let mut too_long = false;
    let mut number = |rest: &mut &str| {
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, after) = rest.split_at(length);
        *rest = after;
        let value = digits.parse::<u32>().ok();
        too_long |= length > 0 && value.is_none();
        value
    };
    spec.width = number(&mut rest);
    if let Some(after) = rest.strip_prefix('.') {
        rest = after;
        spec.precision = number(&mut rest);
        if spec.precision.is_none() {
            add(
                report,
                Diagnostic::error(
                    "bad-format",
                    span,
                    "the `.` of a format is followed by a number",
                )
                .help("as in `{x:.2}`: two digits after the point"),
            );
            return None;
        }
    }
    if let Some(c @ ('x' | 'X' | 'b' | 'o' | 'e' | '?')) = rest.chars().next() {
        spec.kind = Some(c);
        rest = &rest[1..];
    }
    if too_long {
        add(report, Diagnostic::error("bad-format", span, "this format has too large a number"));
        return None;
    }
    if rest.is_empty() {
        return Some(spec);
    }
    let at = span.end as usize - rest.len();
    let c = rest.chars().next().unwrap_or_default();
    let place = Span::new(at, at + c.len_utf8());
    let diagnostic =
        Diagnostic::error("bad-format", place, format!("`{c}` does not belong in this format"));
    add(report, diagnostic.help(match c {
        'f' | 'F' | 'g' => "digits after the point are written `.2`, without a letter",
        'd' | 's' | 'i' => "a plain format needs no letter",
        ',' => "digits are not grouped",
        _ => {
            "a format is `[[fill]align][+][#][0][width][.precision][x X b o e ?]`, as in `{x:>8.2}`"
        }
    }));
    None
}
