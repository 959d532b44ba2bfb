//! The report of an explanation: one row for each step, its source text on the left, what it came to and what it read on the right.
//!
//! Everything is bounded: texts, values, the number of reads in a row. So a row fits a line, whatever the values are.

use super::{Decision, Explanation, Read, Step, one_line, reasons};
use crate::fault::short;
use crate::value::Value;
use std::fmt::Write;
use tansy_lang::source::Span;

/// The widest texts of steps and verdicts; what is longer ends in `…`.
const TEXT: usize = 52;
const VERDICT: usize = 24;
/// The most characters of a value that was read.
const VALUE: usize = 40;
/// The longest text of something that was read.
const READ: usize = 32;
/// Reads shown in a row.
const READS: usize = 4;
/// The deepest indentation.
const INDENT: usize = 20;
/// Reasons listed at the end.
const REASONS: usize = 12;

/// How a part of a row looks.
#[derive(Clone, Copy, PartialEq)]
enum Look {
    Plain,
    Bold,
    Dim,
    Good,
    Bad,
    Mark,
}

/// A row before its columns are aligned.
struct Row<'e> {
    step: Option<&'e Step>,
    text: String,
    verdict: (String, Look),
    mark: bool,
    reads: String,
}

struct Page {
    out: String,
    color: bool,
}

impl Page {
    fn put(&mut self, text: &str, look: Look) {
        let code = match look {
            _ if !self.color || text.trim().is_empty() => "",
            Look::Plain => "",
            Look::Bold => "1",
            Look::Dim => "2",
            Look::Good => "32",
            Look::Bad => "31",
            Look::Mark => "1;33",
        };
        match code {
            "" => self.out.push_str(text),
            // Writing to a String does not fail.
            code => {
                let _ = write!(self.out, "\x1b[{code}m{text}\x1b[0m");
            }
        }
    }

    fn end_line(&mut self) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
    }
}

pub(super) fn render(explanation: &Explanation, color: bool) -> String {
    let steps = &explanation.steps;
    let mut page = Page { out: String::new(), color };
    let root = steps.iter().rposition(|s| s.parent.is_none());
    let name = root.map_or("the program", |root| steps[root].source.name());
    page.put(name, Look::Bold);
    match &explanation.result {
        Ok(value) => {
            page.put(" → ", Look::Dim);
            page.put(&value.write_bounded(80), Look::Bold);
        }
        Err(message) => {
            page.put(" ✗ ", Look::Bad);
            page.put(&cut(&one_line(message), 100), Look::Bold);
        }
    }
    page.end_line();
    let mut rows: Vec<Row> = Vec::new();
    let layout = Layout::new(steps);
    // Steps whose repetitions are told of behind what is inside them, innermost last.
    let mut repeated: Vec<usize> = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        while let Some(last) = repeated.pop_if(|r| steps[*r].depth >= step.depth) {
            rows.push(layout.more(last));
        }
        if !layout.merged[i] {
            let row = layout.row(i);
            if Some(i) != root || !row.reads.is_empty() {
                rows.push(row);
            }
        }
        if step.repeats > 0 {
            repeated.push(i);
        }
    }
    rows.extend(repeated.into_iter().rev().map(|i| layout.more(i)));
    write_rows(&mut page, &rows);
    if explanation.omitted > 0 {
        page.put(&format!("  … {} more steps were left out", explanation.omitted), Look::Dim);
        page.end_line();
    }
    because(&mut page, &layout);
    page.out
}

/// Which steps share a row: a call that is all of a condition, an operand or a `let` stands in its row.
struct Layout<'e> {
    steps: &'e [Step],
    merged: Vec<bool>,
    /// How many rows are around each.
    level: Vec<usize>,
}

impl<'e> Layout<'e> {
    fn new(steps: &'e [Step]) -> Layout<'e> {
        let mut layout = Layout { steps, merged: Vec::new(), level: Vec::new() };
        for step in steps {
            let around = step.parent.map(|p| &steps[p]);
            let merged = around.is_some_and(|p| is_all_of(step, p));
            let outer = step.parent.map_or(0, |p| layout.level[p] + 1);
            layout.level.push(outer - usize::from(merged));
            layout.merged.push(merged);
        }
        layout
    }

    /// The row of a step, with those merged into it.
    fn row(&self, i: usize) -> Row<'e> {
        let step = &self.steps[i];
        let inside = self.inside(i);
        let alone = matches!(step.decision, Decision::Module) || step.word == "else";
        let mark = step.decided && !alone && !self.rows_inside(i).any(|i| self.steps[i].decided);
        let merged = inside.clone().take_while(|i| self.merged[*i]).map(|i| &self.steps[i]);
        Row {
            step: Some(step).filter(|s| s.decision != Decision::Module),
            text: cut(&format!("{}{}", self.indent(i), text(step)), TEXT),
            verdict: verdict(step, inside.map(|i| &self.steps[i])),
            mark,
            reads: reads(step, merged),
        }
    }

    fn inside(&self, i: usize) -> impl Iterator<Item = usize> + Clone + use<'e> {
        let steps = self.steps;
        (i + 1..steps.len()).take_while(move |c| steps[*c].depth > steps[i].depth)
    }

    fn rows_inside(&self, i: usize) -> impl Iterator<Item = usize> {
        self.inside(i).filter(|c| !self.merged[*c])
    }

    /// The row that says how often a step was repeated.
    fn more(&self, i: usize) -> Row<'e> {
        let step = &self.steps[i];
        let like = if step.mixed { "" } else { " like this" };
        let text = format!("{}⋮ {} more{like}", self.indent(i), step.repeats);
        let verdict = (String::new(), Look::Dim);
        Row { step: None, text, verdict, mark: false, reads: String::new() }
    }

    fn indent(&self, i: usize) -> String {
        " ".repeat((self.level[i].saturating_sub(1) * 2).min(INDENT))
    }
}

/// The step is a call whose value is, as it stands, that of the step around it.
fn is_all_of(step: &Step, around: &Step) -> bool {
    let call = matches!(step.decision, Decision::Call { .. }) && step.repeats == 0;
    call && match around.decision {
        Decision::Branch { .. } | Decision::Guard | Decision::Operand { .. } | Decision::Assert => {
            step.span == around.span
        }
        Decision::Let { .. } | Decision::Return => {
            let before = Span { start: around.span.start, end: step.span.start };
            let before = step.source.slice(before).trim_end();
            step.span.end == around.span.end && (before.ends_with('=') || before == "return")
        }
        _ => false,
    }
}

fn text(step: &Step) -> String {
    match &step.decision {
        Decision::Module => "reads".into(),
        // Of a function with a name, the text may be long.
        Decision::Function { name } if !step.source.slice(step.span).starts_with('|') => {
            format!("fn {name}")
        }
        Decision::Arm { .. } => format!("{} =>", step.text()),
        _ => step.text(),
    }
}

/// What a step came to.
fn verdict<'s>(step: &Step, mut inside: impl Iterator<Item = &'s Step>) -> (String, Look) {
    let look = |value: &Value| match value.as_bool() {
        Some(true) => Look::Good,
        Some(false) => Look::Bad,
        None => Look::Plain,
    };
    let arrow = matches!(
        step.decision,
        Decision::Call { .. } | Decision::Function { .. } | Decision::Let { .. } | Decision::Return
    );
    let (text, look) = match (&step.decision, &step.value) {
        (Decision::Module, _) => (String::new(), Look::Plain),
        _ if !step.reached => ("not reached".into(), Look::Dim),
        (Decision::Arm { taken: true, .. }, _) => ("taken".into(), Look::Good),
        (Decision::Arm { .. }, _) if step.failed => ("✗ failed".into(), Look::Bad),
        (Decision::Arm { .. }, _) => match inside.any(|s| s.decision == Decision::Guard) {
            true => ("guard is false".into(), Look::Bad),
            false => ("does not fit".into(), Look::Dim),
        },
        (Decision::Branch { taken: true }, None) => ("taken".into(), Look::Good),
        (Decision::Catch, Some(error)) => (message(error), Look::Plain),
        (Decision::Throw, Some(error)) => (message(error), Look::Bad),
        (_, Some(value)) if arrow => (format!("→ {}", short(value)), look(value)),
        (_, Some(value)) => (short(value).to_string(), look(value)),
        (_, None) if step.failed => ("✗ failed".into(), Look::Bad),
        (_, None) => (String::new(), Look::Plain),
    };
    (cut(&text, VERDICT), look)
}

/// The message of an error, or the value that was thrown.
fn message(error: &Value) -> String {
    let fields = error.as_error().map(|e| &e.fields).or(error.as_map());
    let message = fields.and_then(|f| f.get_str("message")).and_then(Value::as_str);
    message.map_or_else(|| short(error).to_string(), str::to_string)
}

/// What a step (with those merged into it) looked at, without what its text and verdict say already.
fn reads<'s>(step: &'s Step, merged: impl Iterator<Item = &'s Step>) -> String {
    let own = one_line(step.source.slice(step.span));
    let told = |read: &&Read| read.text != own || read.path.as_ref().is_some_and(|p| *p != own);
    let all: Vec<&Read> =
        step.reads.iter().chain(merged.flat_map(|s| &s.reads)).filter(told).collect();
    let mut shown: Vec<String> = Vec::new();
    for (i, read) in all.iter().enumerate() {
        let collection = read.value.as_map().is_some() || read.value.as_vec().is_some();
        // An argument, which the parameter tells of.
        if collection && read.path.is_some() && all[i + 1..].iter().any(|r| r.path == read.path) {
            continue;
        }
        let name = cut(&read.text, READ);
        let text = match &read.path {
            // What is in it is told where it is looked at.
            Some(path) if collection && *path == read.text => continue,
            Some(path) if collection => format!("{name} = {path}"),
            Some(path) if *path != read.text => {
                format!("{name} = {} ({path})", read.value.write_bounded(VALUE))
            }
            _ => format!("{name} = {}", read.value.write_bounded(VALUE)),
        };
        if shown.len() == READS {
            shown.push("…".into());
            break;
        }
        shown.push(text);
    }
    shown.join("  ")
}

/// At most so many characters.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_string(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// Puts text into a column.
fn column(page: &mut Page, text: &str, wide: usize, look: Look) {
    page.put(text, look);
    page.out.push_str(&" ".repeat(wide.saturating_sub(width(text))));
}

/// The rows, with the numbers of lines before them; where another source begins, its name.
fn write_rows(page: &mut Page, rows: &[Row]) {
    let texts = rows.iter().map(|r| width(&r.text)).max().unwrap_or(0);
    let verdicts = rows.iter().map(|r| width(&r.verdict.0)).max().unwrap_or(0);
    let lines = rows.iter().filter_map(|r| r.step).map(|s| s.line()).max().unwrap_or(0);
    let digits = lines.to_string().len().max(3);
    let first = rows.iter().find_map(|r| r.step);
    let several = first.is_some_and(|first| {
        rows.iter().filter_map(|r| r.step).any(|s| s.source.name() != first.source.name())
    });
    let mut before: Option<(&str, u32)> = None;
    for row in rows {
        let place = row.step.map(|s| (s.source.name(), s.line()));
        let same_source = place.is_none_or(|(name, _)| before.is_some_and(|(b, _)| b == name));
        if let (true, false, Some((name, _))) = (several, same_source, place) {
            page.put(&format!("{:digits$} ┌ {name}", ""), Look::Dim);
            page.end_line();
        }
        let number = match place {
            Some((_, line)) if before != place => format!("{line:>digits$} │ "),
            _ => format!("{:digits$} │ ", ""),
        };
        page.put(&number, Look::Dim);
        before = place.or(before);
        let reached = row.step.is_none_or(|s| s.reached) && !row.text.trim_start().starts_with('⋮');
        column(page, &row.text, texts + 2, if reached { Look::Plain } else { Look::Dim });
        column(page, &row.verdict.0, verdicts + 1, row.verdict.1);
        page.put(if row.mark { "◀" } else { " " }, Look::Mark);
        page.out.push_str("  ");
        page.put(&row.reads, Look::Dim);
        page.end_line();
    }
}

/// The reasons, innermost first.
fn because(page: &mut Page, layout: &Layout) {
    let mut chain = reasons::chain(layout.steps);
    chain.retain(|i| layout.steps[*i].parent.is_some() && !layout.merged[*i]);
    if chain.is_empty() {
        return;
    }
    page.put("because", Look::Bold);
    page.end_line();
    let rows: Vec<Row> = chain.iter().take(REASONS).map(|i| layout.row(*i)).collect();
    let texts = rows.iter().map(|r| width(r.text.trim_start())).max().unwrap_or(0);
    let verdicts = rows.iter().map(|r| width(&r.verdict.0)).max().unwrap_or(0);
    for row in &rows {
        page.out.push_str("  ");
        column(page, row.text.trim_start(), texts + 2, Look::Plain);
        column(page, &row.verdict.0, verdicts + 2, row.verdict.1);
        page.put(&row.reads, Look::Dim);
        page.end_line();
    }
    if chain.len() > REASONS {
        page.put(&format!("  … and {} more", chain.len() - REASONS), Look::Dim);
        page.end_line();
    }
}
