//! Number literals: which kind one is, or what is wrong with it. Their values are made in the parser.

use crate::token::Token;

/// Which number literal a text that begins with a digit is; else what is wrong with it and what to do.
pub(super) fn classify(text: &str) -> Result<Token, (String, String)> {
    let bytes = text.as_bytes();
    if let [b'0', radix @ (b'x' | b'X' | b'b' | b'B' | b'o' | b'O'), digits @ ..] = bytes {
        let (base, name) = match radix.to_ascii_lowercase() {
            b'x' => (16, "hexadecimal"),
            b'b' => (2, "binary"),
            _ => (8, "octal"),
        };
        if radix.is_ascii_uppercase() {
            let lower = radix.to_ascii_lowercase() as char;
            return Err((
                format!("a {name} number begins with `0{lower}`"),
                format!("write a small `{lower}`"),
            ));
        }
        if let Some(bad) = digits.iter().find(|c| **c != b'_' && !(**c as char).is_digit(base)) {
            return Err((
                format!("`{}` is not a {name} digit", *bad as char),
                match base {
                    16 => "hexadecimal digits are `0` to `9` and `a` to `f`".into(),
                    2 => "binary digits are `0` and `1`".into(),
                    _ => "octal digits are `0` to `7`".into(),
                },
            ));
        }
        if digits.iter().all(|c| *c == b'_') {
            return Err((
                format!("this {name} number has no digits"),
                format!("`0{}1` is one", *radix as char),
            ));
        }
        return Ok(Token::Int);
    }
    let mut at = 0;
    let digits = |at: &mut usize| {
        let start = *at;
        while matches!(bytes.get(*at), Some(b'0'..=b'9' | b'_')) {
            *at += 1;
        }
        *at > start && bytes[start..*at].iter().any(u8::is_ascii_digit)
    };
    digits(&mut at);
    let whole = at;
    let mut token = Token::Int;
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        digits(&mut at);
        token = Token::Float;
    }
    let leading_zero = whole > 1 && bytes[0] == b'0';
    if leading_zero && bytes[..whole].iter().any(|c| !matches!(c, b'0' | b'_')) {
        let rest = text.trim_start_matches(['0', '_']);
        let octal = token == Token::Int && at == bytes.len() && rest.bytes().all(|c| c < b'8');
        let help = if octal {
            format!("write `{rest}`, or `0o{rest}` for an octal number")
        } else {
            format!("write `{}{rest}`", if rest.starts_with('.') { "0" } else { "" })
        };
        return Err(("a number does not begin with zeros".into(), help));
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        if matches!(bytes.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        if !digits(&mut at) {
            return Err((
                "this number has an exponent without digits".into(),
                "a Float with an exponent looks like `1.5e9`".into(),
            ));
        }
        token = Token::Float;
    } else if bytes.get(at) == Some(&b'd') {
        at += 1;
        token = Token::Decimal;
    }
    if at == bytes.len() {
        return Ok(token);
    }
    let (number, suffix) = text.split_at(at);
    let help = match suffix {
        "f" | "f32" | "f64" if token == Token::Int => format!("write `{number}.0` for a Float"),
        "f" | "f32" | "f64" => format!("write `{number}`; with a point it is a Float"),
        "n" | "L" | "l" | "u" | "i" | "i32" | "i64" | "u8" | "u32" | "u64" | "usize" => {
            format!("integers have any size: write `{number}`")
        }
        "m" | "M" | "D" => format!("write `{number}d` for a Decimal"),
        "d" if token == Token::Float => "a Decimal has no exponent".into(),
        _ => "names do not begin with a digit; if two values meet here, an operator or comma is missing".into(),
    };
    Err((format!("`{suffix}` cannot follow a number"), help))
}
