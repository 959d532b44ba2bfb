//! The numbers of all rounds, as a table or as JSON.

use crate::engines;
use crate::measure::{Row, Unit};
use serde_json::json;
use std::collections::BTreeMap;

/// The floor, which is no peer.
const FLOOR: &str = "rust";

/// The numbers by row and engine, in the order of the rounds.
#[derive(Default)]
pub struct Results {
    rows: Vec<(Row, BTreeMap<&'static str, BTreeMap<usize, f64>>)>,
}

fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

/// The median, and half the distance between the quartiles in per cent of it.
fn middle(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let median = quantile(&values, 0.5);
    (median, 50.0 * (quantile(&values, 0.75) - quantile(&values, 0.25)) / median)
}

/// Three digits that matter.
fn number(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

fn shown(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Rate => format!("{} M/s", number(1e3 / value)),
        Unit::Nanoseconds if value >= 1e6 => format!("{} ms", number(value / 1e6)),
        Unit::Nanoseconds if value >= 1e4 => format!("{} µs", number(value / 1e3)),
        Unit::Nanoseconds => format!("{} ns", number(value)),
        Unit::Bytes if value >= 1e6 => format!("{} MB", number(value / 1e6)),
        Unit::Bytes if value >= 1e4 => format!("{} kB", number(value / 1e3)),
        Unit::Bytes => format!("{value:.0} B"),
    }
}

impl Results {
    pub fn add(&mut self, row: Row, engine: &'static str, round: usize, value: f64) {
        if self.rows.last().is_none_or(|(last, _)| *last != row) {
            self.rows.push((row, BTreeMap::new()));
        }
        if let Some((_, engines)) = self.rows.last_mut() {
            engines.entry(engine).or_default().insert(round, value);
        }
    }

    /// Tansy's number divided by the fastest peer's, and that peer.
    fn ratio(engines: &BTreeMap<&str, BTreeMap<usize, f64>>) -> Option<(f64, &'static str)> {
        let ours = engines.get("tansy")?;
        let peers = engines::ALL.iter().map(|engine| engine.name);
        let ratio = |name| {
            let theirs = engines.get(name)?;
            let ratios = ours.iter().filter_map(|(round, value)| Some(value / theirs.get(round)?));
            Some((middle(ratios).0, name))
        };
        let peers = peers.filter(|name| *name != "tansy" && *name != FLOOR).filter_map(ratio);
        peers.max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// The cells of the table, its head first.
    fn cells(&self) -> Vec<Vec<String>> {
        let here = |name: &str| self.rows.iter().any(|(_, engines)| engines.contains_key(name));
        let names: Vec<_> = engines::ALL.iter().map(|e| e.name).filter(|name| here(name)).collect();
        let mut head = vec!["".to_string()];
        head.extend(names.iter().map(|name| name.to_string()));
        head.push("ratio to the best peer".into());
        let mut cells = vec![head];
        for (row, engines) in &self.rows {
            let cell = |name: &&str| match engines.get(name) {
                None => "–".to_string(),
                Some(values) => {
                    let (median, spread) = middle(values.values().copied());
                    format!("{} ±{spread:.0} %", shown(median, row.unit()))
                }
            };
            let mut line = vec![row.name().to_string()];
            line.extend(names.iter().map(cell));
            let ratio = Results::ratio(engines);
            line.push(ratio.map_or(String::new(), |(r, name)| format!("{} {name}", number(r))));
            cells.push(line);
        }
        cells
    }

    pub fn table(&self, markdown: bool) {
        let cells = self.cells();
        if markdown {
            for (i, line) in cells.iter().enumerate() {
                println!("| {} |", line.join(" | "));
                if i == 0 {
                    println!("|{}", "---|".repeat(line.len()));
                }
            }
        } else {
            let columns = cells.iter().map(Vec::len).max().unwrap_or(0);
            let width = |i: usize| cells.iter().map(|line| line[i].chars().count()).max();
            let widths: Vec<usize> = (0..columns).map(|i| width(i).unwrap_or(0)).collect();
            for line in &cells {
                let line: Vec<String> = (line.iter().zip(&widths).enumerate())
                    .map(|(i, (cell, &width))| match i {
                        0 => format!("{cell:width$}"),
                        _ => format!("{cell:>width$}"),
                    })
                    .collect();
                println!("{}", line.join("  "));
            }
        }
        println!();
        for (row, _) in &self.rows {
            println!("{}{:20} {}", if markdown { "- " } else { "" }, row.name(), row.about());
        }
    }

    /// One object a sample: nanoseconds or bytes.
    pub fn json(&self) -> serde_json::Result<()> {
        let mut samples = Vec::new();
        for (row, engines) in &self.rows {
            let unit = if row.unit() == Unit::Bytes { "bytes" } else { "ns" };
            for (engine, values) in engines {
                samples.extend(values.iter().map(|(round, value)| {
                    json!({ "row": row.name(), "engine": engine, "round": round, "value": value, "unit": unit })
                }));
            }
        }
        println!("{}", serde_json::to_string_pretty(&samples)?);
        Ok(())
    }
}
