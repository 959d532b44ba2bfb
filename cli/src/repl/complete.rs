//! Completion: names, members of modules, keys of maps and methods after a dot.

use rustyline::completion::Pair;
use tansy::{Library, Member, Value};

/// The commands of the session, with what they take and do.
pub(crate) const COMMANDS: [(&str, &str, &str); 9] = [
    (":help", "", "this list"),
    (
        ":doc",
        "NAME",
        "what a function, method or module does: `:doc split`, `:doc math`, `:doc Vec.push`",
    ),
    (":names", "", "the names defined in this session"),
    (":type", "EXPR", "the type of a value"),
    (
        ":time",
        "EXPR",
        "what an evaluation costs: time, steps, and which nodes its updates changed in place or copied",
    ),
    (":disasm", "EXPR", "the instructions an expression is compiled to"),
    (":load", "FILE", "evaluate a file here; its names stay"),
    (":reset", "", "forget all names"),
    (":quit", "", "leave; so does Ctrl-D"),
];

const KEYWORDS: [&str; 33] = [
    "and", "as", "assert", "break", "catch", "continue", "delete", "div", "do", "else", "false",
    "fn", "for", "if", "import", "in", "is", "let", "match", "not", "null", "or", "return", "test",
    "throw", "true", "try", "type", "var", "where", "while", "with", "ans",
];

/// Everything a name can be completed to.
pub(crate) struct Names {
    pub(crate) library: &'static Library,
    pub(crate) session: Vec<(String, Option<Value>)>,
}

impl Names {
    /// Where the word at a position begins, and what it may become.
    pub(crate) fn complete(&self, line: &str, at: usize) -> (usize, Vec<Pair>) {
        let before = line.get(..at).unwrap_or(line);
        if before.starts_with(':') && !before.contains(' ') {
            let commands = COMMANDS.iter().map(|(name, ..)| pair(name, name));
            return (0, matching(before, commands));
        }
        let start = before
            .char_indices()
            .rev()
            .take_while(|(_, c)| is_word(*c))
            .last()
            .map_or(before.len(), |(i, _)| i);
        let (head, word) = before.split_at(start);
        let receiver = head.strip_suffix("?.").or_else(|| head.strip_suffix('.'));
        let found = match receiver {
            Some(receiver) if !receiver.ends_with('.') => self.members(receiver, word),
            _ => self.names(word),
        };
        (start, found)
    }

    fn names(&self, word: &str) -> Vec<Pair> {
        let functions = self.library.functions.iter().map(|(name, signature)| {
            pair(&signature.text, &call(name, signature.parameters.is_empty()))
        });
        let functions = functions.filter(|p| !p.replacement.starts_with("__"));
        let modules = self.library.modules.keys().map(|name| pair(name, name));
        let session = self.session.iter().map(|(name, _)| pair(name, name));
        let keywords = KEYWORDS.iter().map(|name| pair(name, name));
        matching(word, session.chain(functions).chain(modules).chain(keywords))
    }

    fn members(&self, receiver: &str, word: &str) -> Vec<Pair> {
        let start = receiver
            .char_indices()
            .rev()
            .take_while(|(_, c)| is_word(*c) || ".?[]\"-".contains(*c))
            .last()
            .map_or(receiver.len(), |(i, _)| i);
        let path = &receiver[start..];
        if let Some(module) = self.library.modules.get(path) {
            let members = module.iter().map(|(name, member)| match member {
                Member::Function(signature) => {
                    pair(&signature.text, &call(name, signature.parameters.is_empty()))
                }
                Member::Constant => pair(name, name),
            });
            return matching(word, members);
        }
        let value = self.value(path);
        let kind = match &value {
            Some(value) => Some(value.type_name()),
            None if receiver.trim().is_empty() => self.value("ans").map(|v| v.type_name()),
            None => literal_kind(receiver),
        };
        let keys = value.as_ref().and_then(Value::as_map).into_iter().flat_map(|map| {
            let words = map.iter().filter_map(|(key, _)| key.as_str());
            words.filter(|k| k.chars().all(is_word)).take(200).map(|k| pair(k, k))
        });
        let methods = self.library.methods.iter().filter(|(name, _)| !name.starts_with("__"));
        let methods = methods.filter_map(|(name, versions)| {
            let of_kind = |receiver: &str| kind.is_none_or(|k| k == receiver || receiver == "Any");
            let method = versions.iter().find(|m| of_kind(m.receiver))?;
            Some(pair(&method.signature.text, &call(name, method.signature.parameters.is_empty())))
        });
        matching(word, keys.chain(methods))
    }

    /// The value of a path of names and literal indices, as far as it can be told without evaluating anything.
    fn value(&self, path: &str) -> Option<Value> {
        let (first, mut rest) = path.split_at(path.find(|c| !is_word(c)).unwrap_or(path.len()));
        let (_, value) = self.session.iter().find(|(name, _)| name == first)?;
        let mut value = value.clone()?;
        while !rest.is_empty() {
            rest = rest.strip_prefix('?').unwrap_or(rest);
            let next = if let Some(after) = rest.strip_prefix('[') {
                let (index, after) = after.split_once(']')?;
                rest = after;
                match index.strip_prefix('"') {
                    Some(key) => value.as_map()?.get_str(key.strip_suffix('"')?)?.clone(),
                    None => element(&value, index.parse().ok()?)?,
                }
            } else {
                let after = rest.strip_prefix('.')?;
                let (word, after) =
                    after.split_at(after.find(|c| !is_word(c)).unwrap_or(after.len()));
                rest = after;
                value.as_map()?.get_str(word)?.clone()
            };
            value = next;
        }
        Some(value)
    }
}

/// The element at an index, which counts from the end when it is negative.
fn element(value: &Value, index: i64) -> Option<Value> {
    let vec = value.as_vec()?;
    let at = if index < 0 { index.checked_add_unsigned(vec.len() as u64)? } else { index };
    vec.get(usize::try_from(at).ok()?).cloned()
}

/// The type of a value whose literal ends here.
fn literal_kind(text: &str) -> Option<&'static str> {
    match text.chars().next_back()? {
        '"' => Some("Str"),
        ']' if text.trim_start().starts_with('[') => Some("Vec"),
        _ => None,
    }
}

fn pair(display: &str, replacement: &str) -> Pair {
    Pair { display: display.to_owned(), replacement: replacement.to_owned() }
}

fn call(name: &str, no_parameters: bool) -> String {
    format!("{name}({}", if no_parameters { ")" } else { "" })
}

fn matching(word: &str, candidates: impl Iterator<Item = Pair>) -> Vec<Pair> {
    let mut found: Vec<Pair> = candidates.filter(|p| p.replacement.starts_with(word)).collect();
    found.sort_by(|a, b| a.replacement.cmp(&b.replacement));
    found.dedup_by(|a, b| a.replacement == b.replacement);
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(session: &[(&str, &str)], line: &str) -> Vec<String> {
        let engine = tansy::Engine::new();
        let value = |text| engine.compile("x", text).ok()?.start().execute().ok();
        let session = session.iter().map(|(name, text)| (name.to_string(), value(text))).collect();
        let names = Names { library: engine.library(), session };
        names.complete(line, line.len()).1.into_iter().map(|p| p.replacement).collect()
    }

    #[test]
    fn names_of_the_session_are_completed() {
        assert_eq!(completed(&[("quantity", "1")], "1 + quan"), ["quantity"]);
    }

    #[test]
    fn keys_are_completed_along_a_path() {
        assert_eq!(completed(&[("cfg", "{a: {zone_name: 1}}")], "cfg.a.zone"), ["zone_name"]);
    }

    #[test]
    fn keys_are_completed_behind_indices() {
        let names = [("team", "[{zone: 1}, {zoo: {bar_code: 2}}]")];
        assert_eq!(completed(&names, "team[0].zo"), ["zone"]);
        assert_eq!(completed(&names, "f(team[-1].zo"), ["zoo"]);
        assert_eq!(completed(&names, "team[1][\"zoo\"].bar_"), ["bar_code"]);
        assert!(completed(&names, "team[7].zo").is_empty());
    }

    #[test]
    fn methods_are_those_of_the_type() {
        assert!(completed(&[("s", "\"x\"")], "s.").contains(&"split(".to_owned()));
        assert!(!completed(&[("s", "\"x\"")], "s.").contains(&"push(".to_owned()));
        assert!(completed(&[("v", "[1]")], "v.").contains(&"push(".to_owned()));
    }

    #[test]
    fn members_of_modules_are_completed() {
        assert_eq!(completed(&[], "math.sqr"), ["sqrt("]);
    }

    #[test]
    fn commands_are_completed() {
        assert_eq!(completed(&[], ":disa"), [":disasm"]);
    }
}
