//! `rename_all`: the names of fields and variants in another case, by serde's rules.

/// How names are written.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

const CASES: [(&str, Case); 8] = [
    ("lowercase", Case::Lower),
    ("UPPERCASE", Case::Upper),
    ("PascalCase", Case::Pascal),
    ("camelCase", Case::Camel),
    ("snake_case", Case::Snake),
    ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
    ("kebab-case", Case::Kebab),
    ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
];

impl Case {
    /// The case of this name.
    pub(crate) fn named(name: &str) -> Option<Case> {
        CASES.iter().find(|(known, _)| *known == name).map(|(_, case)| *case)
    }

    /// The names there are, for a message.
    pub(crate) fn names() -> String {
        CASES.map(|(name, _)| format!("`{name}`")).join(", ")
    }

    /// A name of a field, written `like_this`, in this case.
    pub(crate) fn field(self, name: &str) -> String {
        let words = name.split('_').filter(|word| !word.is_empty());
        let pascal = || words.clone().map(capital).collect::<String>();
        match self {
            Case::Lower | Case::Snake => name.to_owned(),
            Case::Upper | Case::ScreamingSnake => name.to_uppercase(),
            Case::Pascal => pascal(),
            Case::Camel => decapital(&pascal()),
            Case::Kebab => name.replace('_', "-"),
            Case::ScreamingKebab => name.to_uppercase().replace('_', "-"),
        }
    }

    /// A name of a variant, written `LikeThis`, in this case.
    pub(crate) fn variant(self, name: &str) -> String {
        match self {
            Case::Pascal => name.to_owned(),
            Case::Lower => name.to_lowercase(),
            Case::Upper => name.to_uppercase(),
            Case::Camel => decapital(name),
            _ => self.field(&snake(name)),
        }
    }
}

/// `LikeThis` as `like_this`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (at, c) in name.char_indices() {
        if at > 0 && c.is_uppercase() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

fn decapital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::Case;

    #[test]
    fn names_are_written_as_serde_writes_them() {
        for (case, field, variant) in [
            ("lowercase", "max_age", "maxage"),
            ("UPPERCASE", "MAX_AGE", "MAXAGE"),
            ("PascalCase", "MaxAge", "MaxAge"),
            ("camelCase", "maxAge", "maxAge"),
            ("snake_case", "max_age", "max_age"),
            ("SCREAMING_SNAKE_CASE", "MAX_AGE", "MAX_AGE"),
            ("kebab-case", "max-age", "max-age"),
            ("SCREAMING-KEBAB-CASE", "MAX-AGE", "MAX-AGE"),
        ] {
            let named = Case::named(case);
            assert_eq!(named.map(|c| c.field("max_age")).as_deref(), Some(field));
            assert_eq!(named.map(|c| c.variant("MaxAge")).as_deref(), Some(variant));
        }
        assert!(Case::named("Kebab").is_none());
    }
}
