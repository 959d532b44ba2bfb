//! "Did you mean": the one place that decides which known name is near to an unknown one.

/// The candidates nearest to `word`, best first, at most three, none if nothing is close.
///
/// Distance is Damerau–Levenshtein (optimal string alignment), compared case-insensitively; a candidate is close when
/// its distance is at most a third of the longer length (at least one). Cost: O(candidates · length²).
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted: Vec<char> = word.chars().take(64).flat_map(char::to_lowercase).collect();
    let mut found: Vec<(usize, &str)> = Vec::new();
    // (Nobody means what is very long.)
    for candidate in candidates.into_iter().filter(|candidate| candidate.len() <= 256) {
        let other: Vec<char> = candidate.chars().take(64).flat_map(char::to_lowercase).collect();
        let limit = (wanted.len().max(other.len()) / 3).max(1);
        if candidate == word || wanted.len().abs_diff(other.len()) > limit {
            continue;
        }
        let distance = distance(&wanted, &other);
        if distance <= limit && distance < wanted.len().max(other.len()) {
            found.push((distance, candidate));
        }
    }
    found.sort();
    found.dedup();
    found.into_iter().take(3).map(|(_, c)| c).collect()
}

/// `` did you mean `a`, `b` or `c`? ``, or nothing when no candidate is near.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let near = nearest(word, candidates);
    let (last, rest) = near.split_last()?;
    let mut text = String::from("did you mean ");
    for (i, name) in rest.iter().enumerate() {
        text.push_str(if i == 0 { "`" } else { ", `" });
        text.push_str(name);
        text.push('`');
    }
    if !rest.is_empty() {
        text.push_str(" or ");
    }
    Some(format!("{text}`{last}`?"))
}

fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; width];
        for j in 1..width {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_best_first() {
        assert_eq!(nearest("nmae", ["name", "game", "xyz"]), ["name"]);
        assert_eq!(
            did_you_mean("lenght", ["length", "len"]),
            Some("did you mean `length`?".into())
        );
        assert_eq!(did_you_mean("q", ["abc"]), None);
        assert_eq!(
            did_you_mean("cat", ["bat", "car"]),
            Some("did you mean `bat` or `car`?".into())
        );
    }
}
