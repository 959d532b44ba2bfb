//! Why something gave no value: it does not compile, it failed while running, or the result is not what the host expected.

use crate::convert::ConvertError;
use crate::fault::{Fault, Limit};
use crate::value::{TraceFrame, Value};
use crate::vm::{Failed, Failure, bounded};
use std::fmt;
use tansy_lang::diagnostic::Diagnostics;

/// Why an entry of a [`Session`](crate::Session) gave no value.
#[derive(Debug)]
pub enum SessionError {
    /// It does not compile.
    Compile(CompileError),
    /// It failed while running.
    Run(RunError),
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SessionError::Compile(error) => error.fmt(f),
            SessionError::Run(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SessionError {}

/// Why a program does not compile: the findings, by source text.
#[derive(Debug, Clone)]
pub struct CompileError {
    /// The text that is wrong; an imported one possibly.
    pub reports: Vec<Diagnostics>,
}

impl From<Diagnostics> for CompileError {
    fn from(report: Diagnostics) -> CompileError {
        CompileError { reports: vec![report] }
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for report in &self.reports {
            for d in &report.list {
                let (line, column) = report.source.line_column(d.span().start);
                let severity = if d.is_error() { "error" } else { "warning" };
                let start = if std::mem::take(&mut first) { "" } else { "\n" };
                write!(
                    f,
                    "{start}{}:{line}:{column}: {severity}: {}",
                    report.source.name(),
                    d.message
                )?;
                for help in &d.help {
                    write!(f, "\n  help: {help}")?;
                }
            }
        }
        Ok(())
    }
}

impl std::error::Error for CompileError {}

/// Why a run ended without a value.
#[derive(Debug, Clone)]
pub struct RunError {
    /// A stable name in kebab-case: `missing-key`; for a thrown map its own `kind`.
    pub kind: String,
    /// One sentence.
    pub message: String,
    /// Hints.
    pub help: Vec<String>,
    /// What to say at the place itself.
    pub label: String,
    /// What `catch` would have seen; null when a limit ended the run.
    pub value: Value,
    /// The calls that led here, innermost first.
    pub trace: Vec<TraceFrame>,
    /// The limit that was reached, if one was.
    pub limit: Option<Limit>,
    /// The place that took most of the time, when a limit was reached.
    pub hottest: Option<TraceFrame>,
}

impl From<Failure> for RunError {
    fn from(failure: Failure) -> RunError {
        let field = |name: &str| {
            let error = failure.value.as_error()?;
            error.fields.get_str(name).and_then(Value::as_str).map(bounded)
        };
        RunError {
            kind: field("kind").unwrap_or_else(|| failure.info.kind.to_string()),
            message: field("message").unwrap_or(failure.info.message),
            help: failure.info.help,
            label: failure.info.label,
            value: failure.value,
            trace: failure.trace,
            limit: failure.limit,
            hottest: failure.hottest,
        }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(frame) = self.trace.first() {
            let (line, column) = frame.source.line_column(frame.span.start);
            write!(f, "{}:{line}:{column}: ", frame.source.name())?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for RunError {}

impl From<Fault> for RunError {
    fn from(fault: Fault) -> RunError {
        Failed::bare(fault).into()
    }
}

/// Why something gave no value of the wanted type.
#[derive(Debug, Clone)]
pub enum Error {
    /// The text does not compile.
    Compile(CompileError),
    /// The program failed while running.
    Run(RunError),
    /// The value is not what was expected.
    Convert(ConvertError),
}

impl Error {
    /// The limit that was reached, if that is why.
    pub fn limit(&self) -> Option<Limit> {
        match self {
            Error::Run(e) => e.limit,
            Error::Compile(_) | Error::Convert(_) => None,
        }
    }
}

impl From<CompileError> for Error {
    fn from(e: CompileError) -> Error {
        Error::Compile(e)
    }
}

impl From<SessionError> for Error {
    fn from(e: SessionError) -> Error {
        match e {
            SessionError::Compile(e) => Error::Compile(e),
            SessionError::Run(e) => Error::Run(e),
        }
    }
}

impl From<RunError> for Error {
    fn from(e: RunError) -> Error {
        Error::Run(e)
    }
}

impl From<ConvertError> for Error {
    fn from(e: ConvertError) -> Error {
        Error::Convert(e)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Compile(e) => e.fmt(f),
            Error::Run(e) => e.fmt(f),
            Error::Convert(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for Error {}
