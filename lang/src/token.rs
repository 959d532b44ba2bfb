//! The tokens of the language, and what the layout pass asks about them.
//!
//! A token is one byte; its text is the slice of the source under its span. The first group is made by the lexer's
//! patterns, the second by its code for strings and f-strings, the third by the layout pass; the fourth never leaves the lexer.

use logos::Logos;

/// One token of a source text.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // each variant is its spelling
pub enum Token {
    #[token("let")]
    Let,
    #[token("var")]
    Var,
    #[token("fn")]
    Fn,
    #[token("if")]
    If,
    #[token("else")]
    Else,
    #[token("match")]
    Match,
    #[token("for")]
    For,
    #[token("in")]
    In,
    #[token("while")]
    While,
    #[token("break")]
    Break,
    #[token("continue")]
    Continue,
    #[token("return")]
    Return,
    #[token("try")]
    Try,
    #[token("catch")]
    Catch,
    #[token("throw")]
    Throw,
    #[token("assert")]
    Assert,
    #[token("where")]
    Where,
    #[token("is")]
    Is,
    #[token("as")]
    As,
    #[token("and")]
    And,
    #[token("or")]
    Or,
    #[token("not")]
    Not,
    #[token("div")]
    Div,
    #[token("with")]
    With,
    #[token("delete")]
    Delete,
    #[token("do")]
    Do,
    #[token("true")]
    True,
    #[token("false")]
    False,
    #[token("null")]
    Null,
    #[token("type")]
    Type,
    #[token("test")]
    Test,
    #[token("import")]
    Import,

    #[regex(r"[\p{XID_Start}_]\p{XID_Continue}*", priority = 1)]
    Ident,
    #[token("_", priority = 5)]
    Underscore,

    #[token("...")]
    Spread,
    #[token("..=")]
    RangeIncl,
    #[token("..")]
    Range,
    #[token(".")]
    Dot,
    #[token("?.")]
    OptDot,
    #[token("?[")]
    OptBracket,
    #[token("?:")]
    OptColon,
    #[token("?")]
    Question,
    #[token("??")]
    Coalesce,
    #[token("|>")]
    Pipe,
    #[token("||")]
    Bars,
    #[token("|")]
    Bar,
    #[token("&")]
    Amp,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("**")]
    Power,
    #[token("==")]
    Equal,
    #[token("!=")]
    Unequal,
    #[token("<")]
    Less,
    #[token("<=")]
    LessEqual,
    #[token(">")]
    Greater,
    #[token(">=")]
    GreaterEqual,
    #[token("=")]
    Assign,
    #[token("+=")]
    PlusAssign,
    #[token("-=")]
    MinusAssign,
    #[token("*=")]
    StarAssign,
    #[token("/=")]
    SlashAssign,
    #[token("%=")]
    PercentAssign,
    #[token("**=")]
    PowerAssign,
    #[token("|=")]
    BarAssign,
    #[token("&=")]
    AmpAssign,
    #[token("??=")]
    CoalesceAssign,
    #[token(".=")]
    DotAssign,
    #[token("=>")]
    FatArrow,
    #[token("->")]
    Arrow,
    #[token("(")]
    LParen,
    #[token(")")]
    RParen,
    #[token("[")]
    LBracket,
    #[token("]")]
    RBracket,
    #[token("{")]
    LBrace,
    #[token("}")]
    RBrace,
    #[token("#{")]
    HashBrace,
    #[token(",")]
    Comma,
    #[token(":")]
    Colon,
    #[token(";")]
    Semicolon,

    /// A whole string literal without holes, of any kind, with its quotes.
    Str,
    /// `42`, `0xff`
    Int,
    /// `1.5`, `1e9`
    Float,
    /// `9.50d`
    Decimal,
    /// `f"` and `f"""`
    FormatStart,
    /// The text of an f-string between holes, escapes and all.
    FormatText,
    /// `{` of a hole
    HoleStart,
    /// What follows the `:` in a hole; may be empty.
    HoleSpec,
    /// `}` of a hole
    HoleEnd,
    /// The closing quotes of an f-string.
    FormatEnd,
    /// A piece of source that could not be read as a token, already reported; stands for an operand.
    Error,

    /// A newline that separates.
    Newline,
    /// `{` of the block after a closure's parameters or after `=>`, where a plain `{` begins a map.
    BodyBrace,
    /// `..` without an end.
    OpenRange,
    /// `else` before the message of a type's condition.
    ElseMessage,

    /// A byte order mark; other blanks need no pattern.
    #[token("\u{feff}")]
    Blank,
    #[regex(r"//[^\n]*", allow_greedy = true)]
    LineComment,
    #[token("/*")]
    BlockComment,
    /// A number, possibly malformed; without a signed exponent.
    #[regex(r"[0-9][0-9a-zA-Z_]*(\.[0-9][0-9a-zA-Z_]*)?")]
    Digits,
    #[token("\"")]
    Quote,
    #[token("\"\"\"")]
    TripleQuote,
    #[token("r\"")]
    RawQuote,
    #[token("f\"")]
    FormatQuote,
    #[token("f\"\"\"")]
    FormatTripleQuote,
    #[token("'")]
    Apostrophe,
    #[token("#")]
    Hash,
    #[token("!")]
    Bang,
    #[token("&&")]
    DoubleAmp,
    #[token("===")]
    TripleEqual,
    #[token("!==")]
    BangDoubleEqual,
}

impl Token {
    /// What a word is of several letters, all of them ASCII's.
    #[inline(never)]
    pub(crate) fn word(word: &[u8]) -> Token {
        match word {
            b"let" => Token::Let,
            b"var" => Token::Var,
            b"fn" => Token::Fn,
            b"if" => Token::If,
            b"else" => Token::Else,
            b"match" => Token::Match,
            b"for" => Token::For,
            b"in" => Token::In,
            b"while" => Token::While,
            b"break" => Token::Break,
            b"continue" => Token::Continue,
            b"return" => Token::Return,
            b"try" => Token::Try,
            b"catch" => Token::Catch,
            b"throw" => Token::Throw,
            b"assert" => Token::Assert,
            b"where" => Token::Where,
            b"is" => Token::Is,
            b"as" => Token::As,
            b"and" => Token::And,
            b"or" => Token::Or,
            b"not" => Token::Not,
            b"div" => Token::Div,
            b"with" => Token::With,
            b"delete" => Token::Delete,
            b"do" => Token::Do,
            b"true" => Token::True,
            b"false" => Token::False,
            b"null" => Token::Null,
            b"type" => Token::Type,
            b"test" => Token::Test,
            b"import" => Token::Import,
            _ => Token::Ident,
        }
    }

    /// A keyword, `type`, `test` and `import` among them.
    pub fn is_keyword(self) -> bool {
        (self as u8) < Token::Ident as u8
    }

    /// Anything that may be a key or follow a dot.
    pub fn is_word(self) -> bool {
        (self as u8) <= Token::Ident as u8
    }

    /// A keyword that is a name wherever no declaration may stand.
    pub fn is_soft_keyword(self) -> bool {
        matches!(self, Token::Type | Token::Test | Token::Import)
    }

    #[inline]
    fn is(self, kind: u8) -> bool {
        KINDS[self as usize] & kind != 0
    }

    /// Has one meaning wherever it stands on a line, and none for what comes after it.
    #[inline]
    pub fn is_plain(self) -> bool {
        self.is(PLAIN)
    }

    /// A bracket that opens.
    #[inline]
    pub fn opens(self) -> bool {
        self.is(OPENS)
    }

    /// A bracket that closes.
    #[inline]
    pub fn closes(self) -> bool {
        self.is(CLOSES)
    }

    /// Whether a value may end here, so that an operator or a separator may follow.
    #[inline]
    pub fn ends_operand(self) -> bool {
        self.is(ENDS_OPERAND)
    }

    /// Whether a statement, entry or arm may end here: if not, a newline after it means nothing.
    #[inline]
    pub fn ends_line(self) -> bool {
        self.is(ENDS_OPERAND | ENDS_LINE)
    }

    /// Whether a line that begins with this continues the line before it.
    #[inline]
    pub fn continues_line(self) -> bool {
        self.is(CLOSES | CONTINUES)
    }

    /// Whether a line that begins with this continues the line before it, unless what follows shows that it does not.
    #[inline]
    pub fn may_continue_line(self) -> bool {
        self.is(MAY_CONTINUE)
    }

    /// `+` and `-`
    #[inline]
    pub(crate) fn is_sign(self) -> bool {
        matches!(self, Token::Plus | Token::Minus)
    }

    /// Has one meaning but after a dot, where it is a name.
    #[inline]
    pub(crate) fn is_name(self) -> bool {
        self.is(KEYWORD)
    }

    /// Whether any word after this is the name of a field.
    #[inline]
    pub(crate) fn precedes_name(self) -> bool {
        matches!(self, Token::Dot | Token::OptDot | Token::DotAssign)
    }

    /// Whether an operand may begin here and a range end written without parentheses may too.
    pub fn begins_range_end(self) -> bool {
        use Token::*;
        self.is_soft_keyword()
            || matches!(
                self,
                Ident
                    | Str
                    | Int
                    | Float
                    | Decimal
                    | FormatStart
                    | Error
                    | LParen
                    | LBracket
                    | HashBrace
                    | Minus
                    | Match
                    | Try
                    | Do
                    | Fn
                    | True
                    | False
                    | Null
            )
    }

    /// `=` and the operators that change a place.
    pub fn assigns(self) -> bool {
        let (first, last) = (Token::Assign as u8, Token::DotAssign as u8);
        (first..=last).contains(&(self as u8))
    }

    /// Whether a word before this is a key or a field rather than a keyword.
    pub fn marks_key(self) -> bool {
        matches!(self, Token::Colon | Token::OptColon) || self.assigns()
    }
}

/// What the layout pass asks about each token, a bit for each answer.
static KINDS: [u8; 256] = {
    use Token::*;
    let mut kinds = [0; 256];
    #[rustfmt::skip]
    add(&mut kinds, PLAIN, &[
        Ident, Int, Float, Decimal, Str, Dot, OptDot, Colon, OptColon, Arrow, Assign, PlusAssign, MinusAssign, DotAssign, Equal,
        Unequal, Less, LessEqual, Greater, GreaterEqual, Star, Slash, Percent, Power,
    ]);
    add(
        &mut kinds,
        OPENS,
        &[LParen, LBracket, OptBracket, LBrace, BodyBrace, HashBrace, HoleStart],
    );
    add(&mut kinds, CLOSES, &[RParen, RBracket, RBrace, HoleEnd]);
    #[rustfmt::skip]
    add(&mut kinds, ENDS_OPERAND, &[
        Ident, Type, Test, Import, Underscore, True, False, Null, Str, Int, Float, Decimal, FormatEnd, Error, RParen, RBracket,
        RBrace, HoleEnd, Question, OpenRange,
    ]);
    add(&mut kinds, ENDS_LINE, &[Return, Break, Continue, Range, Spread]);
    #[rustfmt::skip]
    add(&mut kinds, CONTINUES, &[
        Dot, OptDot, OptBracket, OptColon, Pipe, Coalesce, Equal, Unequal, Less, LessEqual, Greater, GreaterEqual, Range,
        RangeIncl, Amp, Plus, Star, Slash, Percent, Power, Comma, Colon, FatArrow, Arrow, FormatEnd, Assign, PlusAssign,
        MinusAssign, StarAssign, SlashAssign, PercentAssign, PowerAssign, BarAssign, AmpAssign, CoalesceAssign, DotAssign,
    ]);
    add(
        &mut kinds,
        MAY_CONTINUE,
        &[Else, Catch, And, Or, Not, In, Div, With, Where, As, For, If, Bar, Minus],
    );
    #[rustfmt::skip]
    add(&mut kinds, KEYWORD, &[
        Let, Var, Fn, If, Match, For, In, While, Break, Continue, Return, Try, Catch, Throw, Assert, Where, Is, As, And, Or, Not,
        Div, With, Delete, Do, True, False, Null, Type, Test, Import, Underscore,
    ]);
    kinds
};

const PLAIN: u8 = 1;
const OPENS: u8 = 2;
const CLOSES: u8 = 4;
const ENDS_OPERAND: u8 = 8;
const ENDS_LINE: u8 = 16;
const CONTINUES: u8 = 32;
const MAY_CONTINUE: u8 = 64;
const KEYWORD: u8 = 128;

const fn add(kinds: &mut [u8; 256], kind: u8, tokens: &[Token]) {
    let mut i = 0;
    while i < tokens.len() {
        kinds[tokens[i] as usize] |= kind;
        i += 1;
    }
}
