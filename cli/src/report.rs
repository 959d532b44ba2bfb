//! Any stage's error as a report for people or for tools.
//!
//! Everything that can be wrong becomes a [`Finding`] first; a finding is rendered by miette as text, or as one JSON object on one
//! line. A report is bounded: however long the source line, deep the trace or many the findings, it fits a screen or two.

mod window;

use miette::{GraphicalTheme, LabeledSpan, MietteHandler, MietteHandlerOpts, ReportHandler};
use serde_json::{Value as Json, json};
use std::fmt;
use std::sync::Arc;
use tansy::{
    CompileError, Diagnostic, Diagnostics, LIBRARY, Limit, RunError, Severity, Source, Span,
    TraceFrame,
};
use window::{Window, printable};

/// Findings of one source shown as text; the rest are counted.
const MOST_FINDINGS: usize = 25;
/// Places shown in one finding.
const MOST_LABELS: usize = 8;
/// Calls shown at the inner and the outer end of a trace.
const INNER_CALLS: usize = 8;
const OUTER_CALLS: usize = 4;
/// The longest pattern of calls that is recognised as repeating.
const MOST_PERIOD: usize = 6;
/// What is said at the place that took the most steps.
const HOTTEST: &str = "most of the time goes here";

/// Text for people or JSON for tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

/// How reports look.
#[derive(Clone, Debug)]
pub(crate) struct Reporter {
    /// Text or JSON.
    pub(crate) format: Format,
    /// With colours.
    pub(crate) color: bool,
    /// With line-drawing characters.
    pub(crate) unicode: bool,
    /// Columns; none for those of the terminal.
    pub(crate) width: Option<usize>,
}

/// One thing that is wrong.
struct Finding {
    severity: Severity,
    code: String,
    message: String,
    source: Option<Arc<Source>>,
    labels: Vec<(Span, String)>,
    help: Vec<String>,
    trace: Vec<TraceFrame>,
}

impl Reporter {
    /// The findings about one source text.
    pub(crate) fn diagnostics(&self, findings: &Diagnostics) -> String {
        let mut text = String::new();
        let most = if self.format == Format::Json { usize::MAX } else { MOST_FINDINGS };
        for diagnostic in findings.list.iter().take(most) {
            text.push_str(&self.render(&Finding::of_diagnostic(&findings.source, diagnostic)));
        }
        if let Some(more @ 1..) = findings.list.len().checked_sub(most) {
            text.push_str(&format!(
                "  … and {} more in {}\n\n",
                count(more as u64),
                findings.source.name()
            ));
        }
        text
    }

    /// Why a program does not compile.
    pub(crate) fn compile_error(&self, error: &CompileError) -> String {
        error.reports.iter().map(|r| self.diagnostics(r)).collect()
    }

    /// Why a run ended.
    pub(crate) fn run_error(&self, error: &RunError) -> String {
        self.render(&Finding::of_run(error))
    }

    /// A complaint without a place: an unreadable file, a wrong argument.
    pub(crate) fn complaint(&self, code: &str, message: &str, help: &[String]) -> String {
        self.render(&Finding {
            severity: Severity::Error,
            code: code.to_owned(),
            message: message.to_owned(),
            source: None,
            labels: Vec::new(),
            help: help.to_vec(),
            trace: Vec::new(),
        })
    }

    fn render(&self, finding: &Finding) -> String {
        match self.format {
            Format::Json => format!("{}\n", finding.json()),
            Format::Text => self.text(finding),
        }
    }

    fn text(&self, finding: &Finding) -> String {
        let report = Report::new(finding);
        let handler = self.handler(finding);
        let mut text = Rendered { handler, report }.to_string();
        while text.ends_with('\n') {
            text.pop();
        }
        text.push('\n');
        if finding.trace.len() > 1 {
            self.push_trace(&mut text, &finding.trace);
        }
        text.push('\n');
        text
    }

    fn push_trace(&self, text: &mut String, trace: &[TraceFrame]) {
        for (i, line) in fold(trace).iter().enumerate() {
            let head = if i == 0 { " trace: " } else { "        " };
            let line = if self.unicode { line.clone() } else { line.replace('…', "...") };
            if self.color {
                text.push_str(&format!("\x1b[36m{head}\x1b[0m\x1b[2m{line}\x1b[0m\n"));
            } else {
                text.push_str(&format!("{head}{line}\n"));
            }
        }
    }

    fn handler(&self, finding: &Finding) -> MietteHandler {
        let mut theme = match (self.unicode, self.color) {
            (true, true) => GraphicalTheme::unicode(),
            (true, false) => GraphicalTheme::unicode_nocolor(),
            (false, true) => GraphicalTheme::ascii(),
            (false, false) => GraphicalTheme::none(),
        };
        if self.color {
            // miette gives the styles to the places in the order of the text: the primary one is to have the colour of the severity,
            // wherever it stands.
            let styles = &theme.styles;
            let primary =
                if finding.severity == Severity::Error { styles.error } else { styles.warning };
            let mut order: Vec<usize> = (0..finding.labels.len().min(MOST_LABELS)).collect();
            order.sort_by_key(|i| finding.labels[*i].0);
            let second = styles.help;
            theme.styles.highlights =
                order.iter().map(|i| if *i == 0 { primary.bold() } else { second }).collect();
            if theme.styles.highlights.is_empty() {
                theme.styles.highlights.push(second);
            }
        }
        let mut options = MietteHandlerOpts::new()
            .graphical_theme(theme)
            .force_graphical(true)
            .color(self.color)
            .unicode(self.unicode)
            .terminal_links(false)
            .context_lines(window::CONTEXT);
        if let Some(width) = self.width {
            options = options.width(width);
        }
        options.build()
    }
}

impl Finding {
    fn of_diagnostic(source: &Arc<Source>, diagnostic: &Diagnostic) -> Finding {
        Finding {
            severity: diagnostic.severity,
            code: diagnostic.code.to_owned(),
            message: diagnostic.message.clone(),
            source: Some(source.clone()),
            labels: diagnostic.labels.iter().map(|l| (l.span, l.text.clone())).collect(),
            help: diagnostic.help.clone(),
            trace: Vec::new(),
        }
    }

    fn of_run(error: &RunError) -> Finding {
        // The place to show is the reader's own, not one inside the library.
        let own = |frame: &&TraceFrame| !frame.source.name().starts_with(LIBRARY);
        let place = error.trace.iter().find(own).or(error.trace.first());
        let mut labels: Vec<_> = place.map(|p| (p.span, error.label.clone())).into_iter().collect();
        let mut help = error.help.clone();
        if let Some(hot) = error.hottest.as_ref().filter(own) {
            let line = |frame: &TraceFrame| frame.source.line_column(frame.span.start).0;
            match (place, labels.first_mut()) {
                (Some(place), Some(label)) if Arc::ptr_eq(&hot.source, &place.source) => {
                    if line(hot) != line(place) {
                        labels.push((hot.span, HOTTEST.to_owned()));
                    } else if label.1.is_empty() {
                        label.1 = HOTTEST.to_owned();
                    }
                }
                _ => help.push(format!("{HOTTEST}: {}", call(hot))),
            }
        }
        Finding {
            severity: Severity::Error,
            code: error.kind.clone(),
            message: error.message.clone(),
            source: place.map(|p| p.source.clone()),
            labels,
            help,
            trace: error.trace.clone(),
        }
    }

    fn json(&self) -> Json {
        let place = self.source.as_ref().zip(self.labels.first());
        let mut object = json!({
            "severity": match self.severity { Severity::Error => "error", Severity::Warning => "warning" },
            "code": self.code,
            "message": self.message,
            "file": self.source.as_ref().map(|s| s.name()),
            "line": null, "column": null, "end_line": null, "end_column": null,
            "labels": [],
            "help": self.help,
            "trace": [],
        });
        if let (Some(fields), Some((source, (span, _)))) = (object.as_object_mut(), place) {
            extend_with_place(fields, source, *span);
        }
        if let Some(source) = &self.source {
            let labels = self.labels.iter().map(|(span, text)| {
                let mut label = serde_json::Map::new();
                extend_with_place(&mut label, source, *span);
                label.insert("text".into(), json!(text));
                Json::Object(label)
            });
            object["labels"] = labels.collect();
        }
        let trace = self.trace.iter().map(|frame| {
            let (line, column) = frame.source.line_column(frame.span.start);
            json!({
                "function": frame.function.as_str(), "file": frame.source.name(), "line": line, "column": column,
                "repeat": frame.repeat, "omitted": frame.omitted,
            })
        });
        object["trace"] = trace.collect();
        object
    }
}

fn extend_with_place(fields: &mut serde_json::Map<String, Json>, source: &Source, span: Span) {
    let (line, column) = source.line_column(span.start);
    let (end_line, end_column) = source.line_column(span.end);
    for (name, number) in
        [("line", line), ("column", column), ("end_line", end_line), ("end_column", end_column)]
    {
        fields.insert(name.into(), json!(number));
    }
}

/// A trace as lines, with repeated calls folded and the middle of a long one left out.
fn fold(trace: &[TraceFrame]) -> Vec<String> {
    let mut lines: Vec<(String, u64)> = Vec::new();
    let mut i = 0;
    while i < trace.len() {
        let runs = (1..=MOST_PERIOD).map(|period| (period, run(trace, i, period)));
        let Some((period, run)) =
            runs.into_iter().find(|(period, run)| run.calls >= 2 * *period as u64)
        else {
            let frame = &trace[i];
            lines.push((call(frame), 1));
            if frame.repeat > 0 {
                lines
                    .push((format!("… the same {} times more", count(frame.repeat)), frame.repeat));
            }
            if frame.omitted > 0 {
                lines.push((format!("… {} more calls", count(frame.omitted)), frame.omitted));
            }
            i += 1;
            continue;
        };
        lines.extend(trace[i..i + period].iter().map(|f| (call(f), 1)));
        let times = count(run.calls / period as u64);
        let text = match period {
            1 => format!("… the same {times} times more"),
            _ => format!("… these {period} calls {times} times more"),
        };
        lines.push((text, run.calls));
        i = run.end;
    }
    if lines.len() > INNER_CALLS + OUTER_CALLS + 1 {
        let cut = INNER_CALLS..lines.len() - OUTER_CALLS;
        let calls = lines[cut.clone()].iter().map(|(_, n)| n).sum();
        lines.splice(cut, [(format!("… {} more calls", count(calls)), calls)]);
    }
    lines.into_iter().map(|(text, _)| text).collect()
}

/// Calls that repeat the ones before them.
struct Repeated {
    /// How many, those that the trace itself leaves out included.
    calls: u64,
    /// Where other calls begin.
    end: usize,
}

/// How long the calls from `start` on repeat with a period. A part that the trace leaves out is taken to be alike when the calls
/// after it are.
fn run(trace: &[TraceFrame], start: usize, period: usize) -> Repeated {
    let same = |a: &TraceFrame, b: &TraceFrame| {
        a.span == b.span && a.repeat == b.repeat && Arc::ptr_eq(&a.source, &b.source)
    };
    let mut end = start + period;
    let mut calls = 0;
    let cycle = match trace.get(start..end) {
        Some(cycle) if cycle[..period - 1].iter().all(|f| f.omitted == 0) => cycle,
        _ => return Repeated { calls, end },
    };
    while let Some(next) = trace.get(end) {
        match trace[end - 1].omitted {
            0 if same(next, &trace[end - period]) => {
                calls += 1;
                end += 1;
            }
            omitted @ 1.. => {
                let Some(after) = trace.get(end..end + period) else { break };
                let turned = |by| (0..period).all(|k| same(&after[k], &cycle[(k + by) % period]));
                if !(0..period).any(turned) {
                    break;
                }
                calls += omitted + period as u64;
                end += period;
            }
            _ => break,
        }
    }
    Repeated { calls, end }
}

fn call(frame: &TraceFrame) -> String {
    if frame.source.name().starts_with(LIBRARY) {
        return format!("in {} (built in)", frame.function);
    }
    let (line, column) = frame.source.line_column(frame.span.start);
    let place = format!("{}:{line}:{column}", frame.source.name());
    if frame.function.is_empty() {
        format!("at {place}")
    } else {
        format!("in {} ({place})", frame.function)
    }
}

/// A number with commas, for reading: `9,998`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 error`, `2 errors`.
pub(crate) fn plural(number: usize, what: &str) -> String {
    format!("{} {what}{}", count(number as u64), if number == 1 { "" } else { "s" })
}

/// Whether a run ended because somebody pressed Ctrl-C.
pub(crate) fn interrupted(error: &RunError) -> bool {
    error.limit == Some(Limit::Interrupt)
}

/// A finding as miette sees it.
#[derive(Debug)]
struct Report {
    severity: Severity,
    message: String,
    help: Option<String>,
    window: Option<Window>,
    labels: Vec<LabeledSpan>,
}

impl Report {
    fn new(finding: &Finding) -> Report {
        let mut labels = Vec::new();
        let shown = &finding.labels[..finding.labels.len().min(MOST_LABELS)];
        let window = finding.source.as_ref().filter(|_| !shown.is_empty()).map(|source| {
            let places: Vec<Span> = shown.iter().map(|(span, _)| *span).collect();
            let (window, ranges) = Window::new(source, &places);
            for (i, ((_, text), range)) in shown.iter().zip(ranges).enumerate() {
                let text = (!text.is_empty()).then(|| clean(text));
                labels.push(match i {
                    0 => LabeledSpan::new_primary_with_span(text, range),
                    _ => LabeledSpan::new_with_span(text, range),
                });
            }
            window
        });
        Report {
            severity: finding.severity,
            message: clean(&finding.message),
            help: (!finding.help.is_empty()).then(|| clean(&finding.help.join("\n"))),
            window,
            labels,
        }
    }
}

/// The text with control characters made visible; newlines stay.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { c } else { printable(c) }).collect()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report {}

impl miette::Diagnostic for Report {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|h| Box::new(h) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.window.as_ref().map(|w| w as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// Lets miette's handler, which writes to a formatter, make a string.
struct Rendered {
    handler: MietteHandler,
    report: Report,
}

impl fmt::Display for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handler.debug(&self.report, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(source: &Arc<Source>, starts: &[usize]) -> Vec<TraceFrame> {
        let frame = |start: &usize| TraceFrame {
            function: format!("f{start}").into(),
            source: source.clone(),
            span: Span::new(*start, start + 1),
            repeat: 0,
            omitted: 0,
        };
        starts.iter().map(frame).collect()
    }

    #[test]
    fn calls_that_repeat_together_are_folded() {
        let source = Source::new("x", "abcdef");
        let lines = fold(&frames(&source, &[5, 0, 1, 0, 1, 0, 1, 2]));
        assert_eq!(
            lines,
            [
                "in f5 (x:1:6)",
                "in f0 (x:1:1)",
                "in f1 (x:1:2)",
                "… these 2 calls 2 times more",
                "in f2 (x:1:3)"
            ]
        );
    }

    #[test]
    fn what_the_trace_leaves_out_counts_when_it_is_alike() {
        let source = Source::new("x", "abcdef");
        let mut trace = frames(&source, &[0, 1, 0, 1, 1, 0, 1, 0, 2]);
        trace[3].omitted = 91;
        let lines = fold(&trace);
        assert_eq!(lines[2], "… these 2 calls 48 times more");
        assert_eq!(lines[3..], ["in f2 (x:1:3)"]);
    }

    #[test]
    fn the_middle_of_a_long_trace_is_left_out() {
        let source = Source::new("x", "a".repeat(60));
        let starts: Vec<usize> = (0..50).collect();
        let lines = fold(&frames(&source, &starts));
        assert_eq!(lines.len(), INNER_CALLS + OUTER_CALLS + 1);
        assert_eq!(lines[INNER_CALLS], "… 38 more calls");
    }
}
