//! Where the steps of a run went: a tree of calls, for flame graphs and tables.
//!
//! A profile counts steps (see [`crate::Stats::fuel`]), not time: the same run gives the same profile on every machine, and its
//! numbers add up to the steps of the run. It is made by looking at the stack of calls every now and then and charging the steps
//! since the last look to what is found, so small shares are estimates.

use crate::engine::LIBRARY;
use std::fmt::{self, Write};
use std::sync::Arc;
use tansy_lang::source::Source;

/// Where the steps of a run went. [`crate::Run::profiled`] asks for one.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// What ran; a function once, wherever it was called from.
    pub functions: Vec<Function>,
    /// Who called what. Callers stand before what they call.
    pub calls: Vec<Call>,
    /// How often the stack was looked at.
    pub samples: u64,
}

/// Something that runs.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name; empty for the top level of a module.
    pub name: String,
    /// Where it comes from.
    pub place: Place,
    /// The steps taken by itself at the lines of its source, in the order of the lines. Lines count from 1.
    pub lines: Vec<(u32, u64)>,
}

/// Where a function comes from.
#[derive(Clone, Debug)]
pub enum Place {
    /// A source text, and the line on which the function begins.
    Source(Arc<Source>, u32),
    /// The library.
    Library,
    /// Nowhere: it stands for calls that were left out of a very deep stack.
    Omitted,
}

/// A function in the tree of calls. Repeated calls of one another (recursion) are folded into the first round.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Its number in [`Profile::functions`].
    pub function: usize,
    /// The number in [`Profile::calls`] of what called it; none for the top level of a module.
    pub caller: Option<usize>,
    /// Steps taken by itself, without what it called.
    pub own: u64,
}

/// A function's share of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Its number in [`Profile::functions`].
    pub function: usize,
    /// Steps taken by itself.
    pub own: u64,
    /// Steps taken while it was on the stack: by itself and by what it called, each step once.
    pub total: u64,
}

impl Profile {
    /// All steps.
    pub fn steps(&self) -> u64 {
        self.calls.iter().map(|c| c.own).sum()
    }

    /// For each of [`Profile::calls`], the steps taken by itself and by what it called.
    pub fn totals(&self) -> Vec<u64> {
        let mut totals: Vec<u64> = self.calls.iter().map(|c| c.own).collect();
        for (i, call) in self.calls.iter().enumerate().rev() {
            if let Some(caller) = call.caller {
                totals[caller] += totals[i];
            }
        }
        totals
    }

    /// The calls from the outermost to this one.
    fn path(&self, call: usize) -> Vec<usize> {
        let up = std::iter::successors(Some(call), |i| self.calls[*i].caller);
        let mut path: Vec<usize> = up.map(|i| self.calls[i].function).collect();
        path.reverse();
        path
    }

    /// The functions by what they took themselves, the hottest first.
    pub fn shares(&self) -> Vec<Share> {
        let none = |function| Share { function, own: 0, total: 0 };
        let mut shares: Vec<Share> = (0..self.functions.len()).map(none).collect();
        for (i, call) in self.calls.iter().enumerate() {
            shares[call.function].own += call.own;
            let mut path = self.path(i);
            path.sort_unstable();
            path.dedup();
            for function in path {
                shares[function].total += call.own;
            }
        }
        shares.sort_by_key(|s| std::cmp::Reverse((s.own, s.total)));
        shares
    }

    /// As text that flame graph tools read: a stack and its steps on each line, `main.tansy;net (main.tansy:3) 1200`.
    pub fn folded(&self) -> String {
        let labels: Vec<String> =
            self.functions.iter().map(|f| f.to_string().replace([';', '\n'], ":")).collect();
        let mut text = String::new();
        for (i, call) in self.calls.iter().enumerate().filter(|(_, c)| c.own > 0) {
            let path: Vec<&str> = self.path(i).into_iter().map(|f| &*labels[f]).collect();
            // Writing to a String does not fail.
            let _ = writeln!(text, "{} {}", path.join(";"), call.own);
        }
        text
    }
}

/// As in a trace: `net (order.tansy:12)`, `map (built in)`; the top level of a module as the name of its source.
impl fmt::Display for Function {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Source(source, _) if self.name.is_empty() => out.write_str(source.name()),
            Place::Source(source, line) => write!(out, "{} ({}:{line})", self.name, source.name()),
            Place::Library => write!(out, "{} (built in)", self.name),
            Place::Omitted => out.write_str("…"),
        }
    }
}

impl Place {
    /// The place of a function that begins at an offset of a source.
    pub(crate) fn of(source: &Arc<Source>, offset: u32) -> Place {
        match source.name().starts_with(LIBRARY) {
            true => Place::Library,
            false => Place::Source(source.clone(), source.line_column(offset).0),
        }
    }
}
