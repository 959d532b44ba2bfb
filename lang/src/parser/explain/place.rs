//! The surroundings of a syntax error: the tokens before and after, the bracket around, the start of the statement.
//!
//! The tokens are balanced, so that skipping a bracketed part is counting.

use crate::layout::Placed;
use crate::parser::build::Context;
use crate::source::Span;
use crate::token::Token;

/// Where a syntax error is.
pub(super) struct Place<'a> {
    source: &'a str,
    pub(super) tokens: &'a [Placed],
    expected: &'a [String],
    /// Index of the token that cannot stand here; past the last one at the end of the text.
    pub(super) at: usize,
    /// That token.
    pub(super) found: Option<Token>,
    /// Index of the first token of the statement (or of everything in this bracket).
    pub(super) start: usize,
    /// Index of the first token after the last comma, if that is later.
    pub(super) item: usize,
    opener: Option<usize>,
}

/// What the innermost open bracket holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    /// No bracket: the top level.
    Module,
    /// The block of a statement, `fn`, `do` or closure.
    Block,
    /// A map, or a pattern or type in braces.
    Map,
    /// The arms of `match`.
    Match,
    /// The items of `with`.
    With,
    /// Arguments of a call.
    Call,
    /// Parameters of a function.
    Parameters,
    /// Parentheses around an expression.
    Paren,
    /// A vector or set.
    List,
    /// An index.
    Index,
    /// A hole of an f-string.
    Hole,
}

impl<'a> Place<'a> {
    pub(super) fn new(cx: &Context<'a, 'a>, at: usize, expected: &'a [String]) -> Self {
        Place { expected, ..Place::at(cx.text, cx.tokens, at) }
    }

    /// A place without an error.
    pub(super) fn at(source: &'a str, tokens: &'a [Placed], at: usize) -> Self {
        let found = tokens.get(at).map(|t| t.1);
        let mut place =
            Place { source, tokens, expected: &[], at, found, start: 0, item: 0, opener: None };
        (place.start, place.item, place.opener) = place.look_back(at);
        place
    }

    /// From before `at` back to the start of the statement, of the item, and to the bracket around.
    fn look_back(&self, at: usize) -> (usize, usize, Option<usize>) {
        let (mut start, mut item) = (None, None);
        let mut depth = 0usize;
        for i in (0..at.min(self.tokens.len())).rev() {
            let token = self.tokens[i].1;
            if token.closes() {
                depth += 1;
            } else if token.opens() {
                if depth == 0 {
                    let start = start.unwrap_or(i + 1);
                    return (start, item.unwrap_or(start), Some(i));
                }
                depth -= 1;
            } else if depth == 0 && matches!(token, Token::Newline | Token::Semicolon) {
                start.get_or_insert(i + 1);
                item.get_or_insert(i + 1);
            } else if depth == 0 && token == Token::Comma {
                item.get_or_insert(i + 1);
            }
        }
        let start = start.unwrap_or(0);
        (start, item.unwrap_or(start), None)
    }

    pub(super) fn token(&self, i: usize) -> Option<Token> {
        self.tokens.get(i).map(|t| t.1)
    }

    /// The token `back` places before the error.
    pub(super) fn previous(&self, back: usize) -> Option<Token> {
        self.at.checked_sub(back).and_then(|i| self.token(i))
    }

    /// Index of the token before the error.
    pub(super) fn before(&self) -> Option<usize> {
        self.at.checked_sub(1)
    }

    pub(super) fn after(&self) -> Option<Token> {
        self.token(self.at + 1)
    }

    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.source.get(span.range()).unwrap_or_default()
    }

    pub(super) fn span_of(&self, i: usize) -> Span {
        match self.tokens.get(i) {
            Some((start, _, end)) => Span { start: *start, end: *end },
            None => {
                let end = self.source.trim_end().len();
                Span::new(end, end)
            }
        }
    }

    pub(super) fn text(&self, i: usize) -> &'a str {
        self.slice(self.span_of(i))
    }

    /// The place to point at: the token, or the end of the line before a newline.
    pub(super) fn span(&self) -> Span {
        match self.found {
            Some(Token::Newline) => self.gap(),
            _ => self.span_of(self.at),
        }
    }

    /// Just behind the token before.
    pub(super) fn gap(&self) -> Span {
        self.before().map_or_else(|| self.span_of(self.at).before(), |b| self.span_of(b).after())
    }

    pub(super) fn expects(&self, name: &str) -> bool {
        self.expected.iter().any(|e| {
            e.strip_prefix('"').and_then(|e| e.strip_suffix('"')).is_some_and(|e| e == name)
        })
    }

    /// An operand is complete. (Some operators may be ruled out already, but never `or`, unless it could be a key.)
    pub(super) fn operator_expected(&self) -> bool {
        self.expects("or") && !self.expects("do")
    }

    /// A block could begin here, and nothing else.
    pub(super) fn expects_block(&self) -> bool {
        self.expects("{") && self.expects("{ ") && !self.expects("name")
    }

    /// The found token could begin an operand.
    pub(super) fn found_operand(&self) -> bool {
        self.found.is_some_and(|t| {
            t.begins_range_end()
                || matches!(t, Token::LBrace | Token::BodyBrace | Token::If | Token::Not)
        })
    }

    /// Nothing more on this line.
    pub(super) fn found_end(&self) -> bool {
        matches!(self.found, None | Some(Token::Newline | Token::Semicolon | Token::RBrace))
    }

    /// How the found token is called in a sentence.
    pub(super) fn found_text(&self) -> String {
        let text = self.text(self.at);
        match self.found {
            None => "the end of the text".into(),
            Some(Token::Newline) => "the end of the line".into(),
            Some(Token::Str | Token::FormatStart) => "a string".into(),
            Some(Token::FormatEnd) => "the end of the f-string".into(),
            Some(Token::HoleSpec) => "`:`".into(),
            Some(token) if token.is_keyword() && !token.is_soft_keyword() => {
                format!("the keyword `{text}`")
            }
            Some(_) if text.chars().count() > 30 => {
                format!("`{}…`", text.chars().take(29).collect::<String>())
            }
            Some(_) => format!("`{text}`"),
        }
    }

    /// Index of the innermost open bracket.
    pub(super) fn opener(&self) -> Option<usize> {
        self.opener
    }

    /// The innermost open bracket, as one knows it.
    pub(super) fn inside(&self) -> Inside {
        let Some(opener) = self.opener else { return Inside::Module };
        let before = opener.checked_sub(1).and_then(|b| self.token(b));
        let operand = before.is_some_and(Token::ends_operand);
        match self.token(opener) {
            Some(Token::HoleStart) => Inside::Hole,
            Some(Token::HashBrace) => Inside::List,
            Some(Token::OptBracket) => Inside::Index,
            Some(Token::LBracket) if operand => Inside::Index,
            Some(Token::LBracket) => Inside::List,
            Some(Token::LParen) => {
                let name = before == Some(Token::Ident);
                let function =
                    opener.checked_sub(if name { 2 } else { 1 }).and_then(|b| self.token(b));
                match function {
                    Some(Token::Fn) => Inside::Parameters,
                    _ if operand => Inside::Call,
                    _ => Inside::Paren,
                }
            }
            Some(Token::BodyBrace) => Inside::Block,
            _ => self.inside_brace(opener),
        }
    }

    /// What a `{` holds, from the words before it.
    fn inside_brace(&self, opener: usize) -> Inside {
        match opener.checked_sub(1).and_then(|b| self.token(b)) {
            Some(Token::With) => return Inside::With,
            Some(Token::Do | Token::Try | Token::Else) => return Inside::Block,
            Some(before) if !before.ends_operand() => return Inside::Map,
            None => return Inside::Map,
            _ => {}
        }
        let (start, ..) = self.look_back(opener);
        let mut depth = 0usize;
        for i in (start..opener).rev() {
            let token = self.tokens[i].1;
            if token.closes() {
                depth += 1;
            } else if token.opens() {
                depth = depth.saturating_sub(1);
            } else if depth == 0 {
                match token {
                    Token::Match => return Inside::Match,
                    Token::If
                    | Token::While
                    | Token::For
                    | Token::Fn
                    | Token::Catch
                    | Token::Test => {
                        return Inside::Block;
                    }
                    _ => {}
                }
            }
        }
        Inside::Map
    }

    /// The first of some keywords at the level of the statement, before the error.
    pub(super) fn head(&self, words: &[Token]) -> Option<usize> {
        let mut depth = 0usize;
        for i in self.start..self.at.min(self.tokens.len()) {
            let token = self.tokens[i].1;
            if token.opens() {
                depth += 1;
            } else if token.closes() {
                depth = depth.saturating_sub(1);
            } else if depth == 0 && words.contains(&token) {
                return Some(i);
            }
        }
        None
    }

    /// The found token is the first of its line.
    pub(super) fn begins_line(&self) -> bool {
        let gap = self.gap().to(self.span_of(self.at).before());
        self.slice(gap).contains('\n')
    }

    /// A newline stands before a `{` that was expected.
    pub(super) fn brace_on_next_line(&self) -> bool {
        self.found == Some(Token::Newline)
            && matches!(self.after(), Some(Token::LBrace | Token::BodyBrace))
    }

    /// The innermost brackets, from the opening to the closing one.
    pub(super) fn brackets(&self) -> Option<Span> {
        let opener = self.opener?;
        let mut depth = 0usize;
        let closer = (self.at..self.tokens.len()).find(|i| {
            let token = self.tokens[*i].1;
            if token.opens() {
                depth += 1;
            }
            token.closes() && {
                let here = depth == 0;
                depth = depth.saturating_sub(1);
                here
            }
        });
        Some(self.span_of(opener).to(self.span_of(closer.unwrap_or(self.tokens.len()))))
    }

    /// Whether tokens `i` and `i + 1` touch.
    pub(super) fn adjacent(&self, i: usize) -> bool {
        match (self.tokens.get(i), self.tokens.get(i + 1)) {
            (Some(a), Some(b)) => a.2 == b.0,
            _ => false,
        }
    }
}
