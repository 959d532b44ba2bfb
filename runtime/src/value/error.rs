//! The body of an error as `catch` sees it.

use std::sync::Arc;

use smol_str::SmolStr;
use tansy_lang::source::{Source, Span};

use super::Map;

/// `kind`, `message`, `data` and whatever else a thrown map had, with the calls that led here. Only the fields take part in
/// `==`, order, hash and display.
#[derive(Clone, Debug)]
pub struct ErrorBody {
    /// The fields scripts see, besides `trace`.
    pub fields: Map,
    /// The innermost call first.
    pub trace: Vec<TraceFrame>,
    /// Hints for a report.
    pub help: Vec<String>,
    /// What a report says at the place itself.
    pub label: String,
}

/// One call in a trace.
#[derive(Clone, Debug)]
pub struct TraceFrame {
    /// The function that was running.
    pub function: SmolStr,
    /// The text it was compiled from.
    pub source: Arc<Source>,
    /// Where it was.
    pub span: Span,
    /// How many more calls like this one followed directly.
    pub repeat: u64,
    /// How many calls after these the trace leaves out.
    pub omitted: u64,
}
