//! An entry of several statements, as it is pasted, taken apart so that every value in it is shown.

use tansy::arena::Arena;
use tansy::ast::StatementKind;
use tansy::lexer::{Highlight, highlight};
use tansy::parser::{ParseLimits, parse};
use tansy::{Engine, Source};

/// The entry cut behind each expression at its top: in one piece, only the last expression would count. What is above a function and
/// names it stays together with it. An entry with mistakes is one piece.
pub(super) fn pieces<'t>(text: &'t str, engine: &Engine) -> Vec<&'t str> {
    let limits = ParseLimits { nesting: engine.limits().nesting, ..ParseLimits::default() };
    let (source, arena) = (Source::new("", text), Arena::new());
    let parsed = parse(&source, limits, &arena);
    let statements = parsed.module.body.statements;
    if parsed.has_errors() || statements.len() < 2 {
        return vec![text];
    }
    let named = highlight(text).into_iter().filter(|(_, kind)| *kind == Highlight::Name);
    let named: Vec<_> = named.map(|(span, _)| span.range()).collect();
    let functions: Vec<_> = statements
        .iter()
        .filter_map(|s| match &s.kind {
            StatementKind::Function { name, .. } => Some((s.span.range().start, name.text)),
            _ => None,
        })
        .collect();
    let mut pieces = Vec::new();
    let mut start = 0;
    for pair in statements.windows(2) {
        let [statement, next] = pair else { continue };
        if !matches!(statement.kind, StatementKind::Expression(_)) {
            continue;
        }
        let end = next.doc.as_ref().map_or(next.span, |doc| doc.span).range().start;
        let above = || named.iter().filter(|name| start <= name.start && name.end <= end);
        let needed = |function: &str| above().any(|name| &text[name.clone()] == function);
        if functions.iter().any(|(place, function)| *place >= end && needed(function)) {
            continue;
        }
        pieces.push(text[start..end].trim_end().trim_end_matches(';'));
        start = end;
    }
    pieces.push(&text[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        pieces(text, &Engine::new())
    }

    #[test]
    fn each_expression_ends_a_piece() {
        assert_eq!(cut("let a = 1\na // → 1\na + 1"), ["let a = 1\na // → 1", "a + 1"]);
        assert_eq!(cut("1; 2"), ["1", "2"]);
        assert_eq!(cut("1\n/// twice\nfn f(x) { 2 * x }\nf(3)")[0], "1");
    }

    #[test]
    fn a_function_stays_with_what_names_it() {
        assert_eq!(cut("xs\n  .map(f)\n1\nfn f(x) { 2 * x }\nf(3)").len(), 1);
    }

    #[test]
    fn what_has_a_mistake_stays_whole() {
        assert_eq!(cut("1\n2 +").len(), 1);
        assert_eq!(cut("").len(), 1);
    }
}
