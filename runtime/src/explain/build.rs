//! From what was heard to steps: what was not reached is added, what tells nothing is taken out.

use super::{Decision, Explanation, Operator, Step, reasons};
use crate::code::Code;
use crate::value::Value;
use crate::vm::{Kept, Recorded as Function};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tansy_lang::ast::LogicOp;
use tansy_lang::bytecode::{Site, SiteKind};

/// The text on one line, runs of white space as one blank; without characters that a terminal would obey.
pub(crate) fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace(char::is_control, "\u{fffd}")
}

/// What a step becomes.
struct Build<'c> {
    codes: &'c [Arc<Code>],
    kept: Vec<Kept>,
    /// The body of the program itself, which runs last.
    main: Option<Function>,
    /// The steps inside each.
    inside: Vec<Vec<usize>>,
    /// For each function, the sites inside each site.
    sites: HashMap<Function, Vec<Vec<u32>>>,
    steps: Vec<Step>,
}

/// Something to be added to the list.
enum Todo {
    /// A step that was kept, inside that step of the list.
    Kept(usize, Option<usize>),
    /// A site that was not reached.
    Missing(Function, u32, Option<usize>),
}

/// The explanation of what was heard. Its result is that of the caller to fill in.
pub(crate) fn build(
    codes: &[Arc<Code>],
    mut kept: Vec<Kept>,
    inputs: Vec<(String, Value)>,
    omitted: u64,
) -> Explanation {
    let mut inside = vec![Vec::new(); kept.len()];
    let mut todo = Vec::new();
    for (i, step) in kept.iter().enumerate() {
        match step.parent {
            Some(parent) => inside[parent].push(i),
            None => todo.push(Todo::Kept(i, None)),
        }
    }
    pass_back(&mut kept, &inside);
    todo.reverse();
    let main = kept.iter().rfind(|k| k.parent.is_none()).map(|k| k.function);
    let mut build = Build { codes, kept, main, inside, sites: HashMap::new(), steps: Vec::new() };
    while let Some(next) = todo.pop() {
        match next {
            Todo::Kept(i, parent) => build.add(i, parent, &mut todo),
            Todo::Missing(function, site, parent) => build.add_missing(function, site, parent),
        }
    }
    let mut steps = build.steps;
    for i in reasons::chain(&steps) {
        steps[i].decided = true;
    }
    Explanation { result: Ok(Value::NULL), steps, inputs: longest(inputs), omitted }
}

impl Build<'_> {
    fn site(&self, function: Function, number: u32) -> Option<&Site> {
        let code = self.codes.get(function.instance as usize)?;
        code.sites(function.prototype as usize).get(number as usize)
    }

    fn add(&mut self, i: usize, parent: Option<usize>, todo: &mut Vec<Todo>) {
        let function = self.kept[i].function;
        let number = self.kept[i].site;
        let Some(site) = self.site(function, number).cloned() else { return };
        let hidden = match site.kind {
            SiteKind::If => true,
            SiteKind::Logic { .. } => site.result,
            SiteKind::Turn => self.inside[i].is_empty(),
            // A module that only declares.
            SiteKind::Body => {
                parent.is_none() && self.inside[i].is_empty() && self.main != Some(function)
            }
            _ => false,
        };
        let here = if hidden { parent } else { Some(self.steps.len()) };
        let missing = self.missing(i, function, number, &site);
        let mut order: Vec<Todo> =
            self.inside[i].iter().map(|child| Todo::Kept(*child, here)).collect();
        let operands = |b: &Self, t: &Todo| match t {
            Todo::Kept(child, _) => matches!(
                b.site(b.kept[*child].function, b.kept[*child].site).map(|s| s.kind),
                Some(SiteKind::Operand { .. })
            ),
            Todo::Missing(..) => true,
        };
        for site in missing {
            let operand =
                matches!(self.site(function, site).map(|s| s.kind), Some(SiteKind::Operand { .. }));
            let at = match operand {
                true => order.iter().rposition(|t| operands(self, t)).map_or(0, |at| at + 1),
                false => order.len(),
            };
            order.insert(at, Todo::Missing(function, site, here));
        }
        todo.extend(order.into_iter().rev());
        let kept = &mut self.kept[i];
        let (reads, value) = (std::mem::take(&mut kept.reads), kept.value.take());
        let (entered, failed) = (kept.entered, kept.failed);
        let (repeats, mixed) = (kept.repeats, kept.mixed);
        if hidden {
            if let Some(parent) = parent {
                self.steps[parent].reads.extend(reads);
            }
            return;
        }
        let Some(mut step) = self.step(function, &site, parent) else { return };
        let holds = value.as_ref().and_then(Value::as_bool) == Some(true);
        match &mut step.decision {
            Decision::Branch { taken } => *taken = holds || site.kind == SiteKind::Else,
            Decision::Arm { taken, .. } => *taken = holds,
            Decision::Call { function } => {
                *function = entered.map(|f| {
                    let code = self.codes.get(f.instance as usize);
                    code.map_or("", |c| c.name(f.prototype as usize)).into()
                });
            }
            _ => {}
        }
        step.reached = true;
        step.value = value;
        step.reads = reads;
        step.repeats = repeats;
        step.mixed = mixed;
        step.failed = failed;
        self.steps.push(step);
    }

    fn add_missing(&mut self, function: Function, site: u32, parent: Option<usize>) {
        let Some(site) = self.site(function, site).cloned() else { return };
        if let Some(step) = self.step(function, &site, parent) {
            self.steps.push(step);
        }
    }

    /// The sites inside a site that were not reached, where it is about choosing.
    fn missing(&mut self, i: usize, function: Function, number: u32, site: &Site) -> Vec<u32> {
        match site.kind {
            SiteKind::Body
            | SiteKind::Call
            | SiteKind::Let { .. }
            | SiteKind::Turn
            | SiteKind::Return
            | SiteKind::Throw
            | SiteKind::Catch
            | SiteKind::Else
            | SiteKind::Arm { .. } => return Vec::new(),
            _ => {}
        }
        let Some(code) = self.codes.get(function.instance as usize) else { return Vec::new() };
        let known = code.sites(function.prototype as usize);
        let sites = self.sites.entry(function).or_insert_with(|| {
            let mut inside = vec![Vec::new(); known.len()];
            for (number, site) in known.iter().enumerate() {
                if let Some(list) = inside.get_mut(site.parent as usize) {
                    list.push(number as u32);
                }
            }
            inside
        });
        let choice = |site: &u32| {
            matches!(
                known[*site as usize].kind,
                SiteKind::Branch { .. }
                    | SiteKind::Else
                    | SiteKind::Arm { .. }
                    | SiteKind::Operand { .. }
            )
        };
        let reached: HashSet<u32> = self.inside[i]
            .iter()
            .map(|child| &self.kept[*child])
            .filter(|k| k.function == function)
            .map(|k| k.site)
            .collect();
        let all = sites.get(number as usize).into_iter().flatten().copied();
        all.filter(|s| choice(s) && !reached.contains(s)).collect()
    }

    /// A step as far as its site tells.
    fn step(&self, function: Function, site: &Site, parent: Option<usize>) -> Option<Step> {
        let code = self.codes.get(function.instance as usize)?;
        let name = || code.name(function.prototype as usize);
        let branch = Decision::Branch { taken: false };
        let mut span = site.span;
        let (decision, word) = match site.kind {
            SiteKind::Body if function.prototype == 0 => {
                span = span.before();
                (Decision::Module, "")
            }
            SiteKind::Body => (Decision::Function { name: name().into() }, ""),
            SiteKind::Branch { first: true } => (branch, "if"),
            SiteKind::Branch { first: false } => (branch, "else if"),
            SiteKind::Else => {
                span = span.before();
                (branch, "else")
            }
            SiteKind::While => (branch, "while"),
            SiteKind::Filter => (branch, "if"),
            SiteKind::Assert => (Decision::Assert, "assert"),
            SiteKind::Match => (Decision::Match, "match"),
            SiteKind::Arm { index, of } => {
                (Decision::Arm { index: index as usize, of: of as usize, taken: false }, "")
            }
            SiteKind::Guard => (Decision::Guard, "if"),
            SiteKind::Logic { .. } => (Decision::Logic, ""),
            SiteKind::Operand { op, first } => {
                let (op, word) = match op {
                    LogicOp::And => (Operator::And, "and"),
                    LogicOp::Or => (Operator::Or, "or"),
                    LogicOp::Coalesce => (Operator::Coalesce, "??"),
                };
                (Decision::Operand { op }, if first { "" } else { word })
            }
            SiteKind::Call => (Decision::Call { function: None }, ""),
            SiteKind::Let { mutable } => {
                let text = code.source().slice(span);
                let name = text.split('=').next().unwrap_or_default().trim().to_string();
                (Decision::Let { name }, if mutable { "var" } else { "let" })
            }
            SiteKind::Turn => (Decision::Round, "for"),
            SiteKind::Return => (Decision::Return, ""),
            SiteKind::Throw => (Decision::Throw, ""),
            SiteKind::Catch => (Decision::Catch, "catch"),
            SiteKind::If
            | SiteKind::Read { .. }
            | SiteKind::Taken
            | SiteKind::Seen
            | SiteKind::Share => return None,
        };
        Some(Step {
            decision,
            source: code.source().clone(),
            span,
            depth: parent.map_or(0, |p| self.steps[p].depth + 1),
            parent,
            reached: false,
            value: None,
            reads: Vec::new(),
            repeats: 0,
            mixed: false,
            decided: false,
            failed: false,
            result: site.result,
            exits: site.exits,
            word,
        })
    }
}

/// A call that ended in a tail call of the same function, beside which that stands, gave what that gave.
fn pass_back(kept: &mut [Kept], inside: &[Vec<usize>]) {
    for siblings in inside {
        for pair in siblings.windows(2).rev() {
            let [call, next] = [&kept[pair[0]], &kept[pair[1]]];
            let tail = call.entered.is_some() && call.entered == next.entered;
            if tail && call.value.is_none() && !call.failed {
                kept[pair[0]].value = next.value.clone();
            }
        }
    }
}

/// Without collections of which parts were read.
fn longest(inputs: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let mut whole: HashSet<&str> = HashSet::new();
    for (path, _) in &inputs {
        let ends = path.char_indices().filter(|(_, c)| matches!(c, '.' | '[' | '?'));
        whole.extend(ends.map(|(i, _)| &path[..i]));
    }
    let parts: Vec<bool> = inputs
        .iter()
        .map(|(path, value)| {
            let collection = value.as_map().is_some() || value.as_vec().is_some();
            collection && whole.contains(path.as_str())
        })
        .collect();
    inputs.into_iter().zip(parts).filter(|(_, parts)| !parts).map(|(input, _)| input).collect()
}
