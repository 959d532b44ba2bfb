//! What users read of their mistakes: the finding, their line, and a sign below the place.

use std::fmt::Write as _;

use tansy::{CompileError, RunError};

/// Everything that is wrong with a rule.
pub fn compile(error: &CompileError) -> String {
    let mut text = String::new();
    for report in &error.reports {
        for finding in &report.list {
            let span = finding.span();
            let (line, column) = report.source.line_column(span.start);
            let source = report.source.text().lines().nth(line as usize - 1).unwrap_or_default();
            let word = if finding.is_error() { "error" } else { "warning" };
            let width = report.source.slice(span).lines().next().map_or(1, |l| l.chars().count());
            let sign = "^".repeat(width.max(1));
            let here = finding.labels.first().map_or("", |label| label.text.as_str());
            _ = writeln!(text, "{word}: {}", finding.message);
            _ = writeln!(text, "{line:>4} | {source}");
            let sign = format!("{}{sign} {here}", " ".repeat(column as usize - 1));
            _ = writeln!(text, "     | {}", sign.trim_end());
            finding.help.iter().for_each(|help| _ = writeln!(text, "     = {help}"));
        }
    }
    text
}

/// Where a rule failed: `line 3, column 7`. Of a limit, the place that took most of the time.
pub fn place(error: &RunError) -> Option<String> {
    let frame = error.hottest.as_ref().or(error.trace.first())?;
    let (line, column) = frame.source.line_column(frame.span.start);
    Some(format!("line {line}, column {column}"))
}
