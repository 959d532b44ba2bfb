//! What a run cost: `--stats` and `--profile`, on standard error after the program's own output and report.

use crate::arguments::Measures;
use crate::flame;
use crate::report::{Format, Reporter, count};
use serde_json::json;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tansy::profile::{Function, Place};
use tansy::{Profile, Stats};

/// Functions in the table.
const HOTTEST: usize = 10;
/// Letters of a bar that means all steps.
const BAR: usize = 20;

/// What a run cost, to be shown as `--stats` asks.
pub(crate) fn stats(stats: &Stats, time: Duration, how: &Reporter) -> String {
    if how.format == Format::Json {
        let numbers = json!({
            "seconds": time.as_secs_f64(), "steps": stats.fuel, "peak_memory": stats.peak_memory,
            "allocations": stats.allocations, "copies": stats.copies, "updates": stats.updates,
        });
        return format!("{}\n", json!({"stats": numbers}));
    }
    let lines = [
        ("time", seconds(time), ""),
        ("steps", count(stats.fuel), ""),
        ("peak memory", bytes(stats.peak_memory), "held by values at once"),
        ("allocations", count(stats.allocations), "blocks made for values"),
        ("in place", count(stats.updates), "collection nodes that updates changed in place"),
        ("copied", count(stats.copies), "collection nodes that updates had to copy: shared ones"),
    ];
    let width = lines.iter().map(|(_, value, _)| value.len()).max().unwrap_or(0);
    let paint = Paint(how.color);
    let mut text = format!("{}\n", paint.head("stats"));
    for (name, value, note) in lines {
        let line =
            format!("  {} {value:>width$}  {}", paint.dim(&format!("{name:<12}")), paint.dim(note));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// The hottest functions, and where the files are.
pub(crate) fn profile(profile: &Profile, files: &Files, how: &Reporter) -> String {
    let steps = profile.steps();
    let percent = |part: u64| 100.0 * part as f64 / steps.max(1) as f64;
    let shares = profile.shares();
    let line = |function: &Function| function.lines.iter().max_by_key(|(_, n)| *n).map(|(l, _)| *l);
    if how.format == Format::Json {
        let functions = shares.iter().map(|share| {
            let function = &profile.functions[share.function];
            json!({
                "function": function.name, "own": share.own, "total": share.total, "hottest_line": line(function),
                "file": match &function.place { Place::Source(source, _) => Some(source.name()), _ => None },
                "line": match &function.place { Place::Source(_, line) => Some(line), _ => None },
            })
        });
        let functions: Vec<_> = functions.collect();
        let object = json!({
            "steps": steps, "samples": profile.samples, "functions": functions,
            "svg": files.svg.display().to_string(), "folded": files.folded.display().to_string(),
        });
        return format!("{}\n", json!({"profile": object}));
    }
    let paint = Paint(how.color);
    let mut text = format!("{}\n", paint.head("profile"));
    let head = format!("  {:>6}  {:>6}  {:BAR$}  of {} steps", "own", "all", "", count(steps));
    let _ = writeln!(text, "{}", paint.dim(&head));
    for share in shares.iter().filter(|s| s.total > 0).take(HOTTEST) {
        let function = &profile.functions[share.function];
        let mut name = function.to_string();
        let begins = match &function.place {
            Place::Source(_, line) if !function.name.is_empty() => Some(*line),
            _ => None,
        };
        if let Some(line) = line(function).filter(|l| Some(*l) != begins) {
            let _ = write!(name, "{}", paint.dim(&format!(", most at line {line}")));
        }
        let built_in = matches!(function.place, Place::Library);
        let bar = bar(share.own, steps, how.unicode);
        let _ = writeln!(
            text,
            "  {:>5.1}%  {:>5.1}%  {}  {}",
            percent(share.own),
            percent(share.total),
            paint.colored(if built_in { "34" } else { "33" }, &bar),
            if built_in { paint.dim(&name) } else { name },
        );
    }
    if let Some(more @ 1..) = shares.iter().filter(|s| s.total > 0).count().checked_sub(HOTTEST) {
        let more = crate::report::plural(more, "more function");
        let _ = writeln!(text, "{}", paint.dim(&format!("  and {more}")));
    }
    let _ = writeln!(
        text,
        "  flame graph: {}, stacks for other tools: {}",
        files.svg.display(),
        files.folded.display()
    );
    text
}

/// Where a profile is written.
pub(crate) struct Files {
    svg: PathBuf,
    folded: PathBuf,
}

impl Files {
    /// The files that were asked for; by default in the current folder and named after the program.
    pub(crate) fn new(measures: &Measures, program: &Path) -> Option<Files> {
        let base = match measures.profile.clone()? {
            Some(path) if path.extension().is_some_and(|e| e == "svg" || e == "folded") => {
                path.with_extension("")
            }
            Some(path) => path,
            None => {
                let stem = program.file_stem().filter(|s| *s != "-").unwrap_or("tansy".as_ref());
                let mut name = stem.to_owned();
                name.push(".profile");
                name.into()
            }
        };
        let with = |ending: &str| {
            let mut path = base.clone().into_os_string();
            path.push(ending);
            PathBuf::from(path)
        };
        Some(Files { svg: with(".svg"), folded: with(".folded") })
    }

    /// Writes a profile of the program called `name`. An error says which file it is about.
    pub(crate) fn write(&self, profile: &Profile, name: &str) -> Result<(), String> {
        let to = |path: &Path, text: String| {
            std::fs::write(path, text)
                .map_err(|e| format!("cannot write `{}`: {e}", path.display()))
        };
        to(&self.svg, flame::draw(profile, name))?;
        to(&self.folded, profile.folded())
    }
}

/// A share as a bar of eighths of letters.
fn bar(part: u64, whole: u64, unicode: bool) -> String {
    let share = part as f64 / whole.max(1) as f64 * BAR as f64;
    let eighths = (share * 8.0).round() as usize;
    let mut bar = match unicode {
        true => "█".repeat(eighths / 8),
        false => "#".repeat(share.round() as usize),
    };
    if unicode && let Some(c) = " ▏▎▍▌▋▊▉".chars().nth(eighths % 8).filter(|c| *c != ' ')
    {
        bar.push(c);
    }
    format!("{bar:BAR$}")
}

fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        s if s < 1.0 => format!("{:.2} ms", s * 1e3),
        s => format!("{s:.3} s"),
    }
}

fn bytes(n: u64) -> String {
    const KIB: f64 = 1024.0;
    match n as f64 {
        n if n < KIB => format!("{n} bytes"),
        n if n < KIB * KIB => format!("{:.1} KiB", n / KIB),
        n if n < KIB * KIB * KIB => format!("{:.1} MiB", n / KIB / KIB),
        n => format!("{:.2} GiB", n / KIB / KIB / KIB),
    }
}

/// Colours, if they are wanted.
struct Paint(bool);

impl Paint {
    fn colored(&self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn head(&self, text: &str) -> String {
        self.colored("1", text)
    }

    fn dim(&self, text: &str) -> String {
        if text.is_empty() { String::new() } else { self.colored("2", text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_one_width() {
        assert_eq!(bar(1, 2, true), format!("{}{}", "█".repeat(10), " ".repeat(10)));
        for (part, unicode) in [(0, true), (1, true), (33, true), (99, false), (100, true)] {
            assert_eq!(bar(part, 100, unicode).chars().count(), BAR);
        }
    }

    #[test]
    fn files_are_named_after_the_program() {
        let named = |path: Option<&str>, program: &str| {
            let measures = Measures { profile: Some(path.map(PathBuf::from)), stats: false };
            let files = Files::new(&measures, Path::new(program)).expect("asked for");
            files.svg.display().to_string()
        };
        assert_eq!(named(None, "shop/order.tansy"), "order.profile.svg");
        assert_eq!(named(None, "-"), "tansy.profile.svg");
        assert_eq!(named(Some("out/a.svg"), "order.tansy"), "out/a.svg");
        assert_eq!(named(Some("out/v1.2"), "order.tansy"), "out/v1.2.svg");
    }
}
