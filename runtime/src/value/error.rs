//! The body of an error as `catch` sees it.

use std::sync::Arc;

use smol_str::SmolStr;
use tansy_lang::source::{Source, Span};

use super::Map;
use super::heap::Charge;

/// `kind`, `message`, `data` and whatever else a thrown map had, with the calls that led here. Only the fields take part in
/// `==`, order, hash and display.
#[derive(Debug)]
pub struct ErrorBody {
    /// The fields scripts see, besides `trace`.
    pub fields: Map,
    /// The innermost call first.
    pub trace: Vec<TraceFrame>,
    /// Hints for a report.
    pub help: Vec<String>,
    /// What a report says at the place itself.
    pub label: String,
    _charge: Charge,
}

impl ErrorBody {
    /// An error; what it holds is counted.
    pub fn new(fields: Map, trace: &[TraceFrame], help: Vec<String>, label: String) -> ErrorBody {
        let helps: usize = help.iter().map(|h| h.capacity() + size_of::<String>()).sum();
        let charge = Charge::new(size_of_val(trace) + helps + label.capacity());
        ErrorBody { fields, trace: trace.to_vec(), help, label, _charge: charge }
    }
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
