//! Where lines end.

/// The offset of the newline after `from`, or the end.
pub(super) fn line_end(text: &str, from: usize) -> usize {
    const ONES: u64 = u64::MAX / 255;
    let rest = &text.as_bytes()[from..];
    // Eight bytes at a time: a byte that is zero borrows from its highest bit.
    let (words, last) = rest.as_chunks();
    for (i, word) in words.iter().enumerate() {
        let unlike = u64::from_le_bytes(*word) ^ (ONES * u64::from(b'\n'));
        let borrowed = unlike.wrapping_sub(ONES) & !unlike & (ONES << 7);
        if borrowed != 0 {
            return from + 8 * i + borrowed.trailing_zeros() as usize / 8;
        }
    }
    let newline = last.iter().position(|byte| *byte == b'\n');
    text.len() - newline.map_or(0, |at| last.len() - at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_newlines() {
        let text = "one\n\ntwo of \u{b}\u{10a} them\u{8a}0\nthe last";
        for (from, _) in text.char_indices() {
            let expected = text[from..].find('\n').map_or(text.len(), |at| from + at);
            assert_eq!(line_end(text, from), expected, "{from}");
        }
    }
}
