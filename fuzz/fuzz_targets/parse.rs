//! Any text is parsed, or refused with errors whose places lie in the text; what `json::parse` accepts is a program.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tansy::arena::Arena;
use tansy::{Source, json, parser};

fuzz_target!(|text: &str| {
    let source = Source::new("fuzz", text);
    let arena = Arena::new();
    let parsed = parser::parse(&source, Default::default(), &arena);
    for d in &parsed.diagnostics {
        for label in &d.labels {
            let range = label.span.range();
            assert!(range.start <= range.end && range.end <= text.len(), "{d:?}");
            assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end), "{d:?}");
        }
    }
    let _ = parser::is_incomplete(text);
    let deepest = text.bytes().filter(|b| matches!(b, b'[' | b'{')).count();
    if deepest < 100 && json::parse(text).is_ok() {
        assert!(!parsed.has_errors(), "JSON is Tansy: {:?}", parsed.diagnostics);
    }
});
