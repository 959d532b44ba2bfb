//! Which steps decided: from the program down to the innermost reasons.

use super::{Decision, Operator, Step};

/// Steps inside one whose reads are looked at to find the names it depends on.
const NAMES: usize = 500;

/// The numbers of the steps that led to the result, innermost first.
pub(super) fn chain(steps: &[Step]) -> Vec<usize> {
    let Some(root) = steps.iter().rposition(|s| s.parent.is_none()) else { return Vec::new() };
    let mut inside = vec![Vec::new(); steps.len()];
    for (i, step) in steps.iter().enumerate() {
        if let Some(parent) = step.parent {
            inside[parent].push(i);
        }
    }
    // What ended the run or a function, with all that is around it.
    let mut ended = vec![false; steps.len()];
    for (i, step) in steps.iter().enumerate() {
        let ends = matches!(step.decision, Decision::Return | Decision::Throw) && step.reached;
        if ends || step.failed {
            let around = std::iter::successors(Some(i), |i| steps[*i].parent);
            around.take_while(|i| !std::mem::replace(&mut ended[*i], true)).for_each(drop);
        }
    }
    let reasons = Reasons { steps, inside, ended };
    let mut chosen = vec![root];
    let mut at = 0;
    while let Some(step) = chosen.get(at).copied() {
        chosen.extend(reasons.of(step));
        at += 1;
    }
    reasons.innermost_first(&chosen, root)
}

struct Reasons<'s> {
    steps: &'s [Step],
    inside: Vec<Vec<usize>>,
    ended: Vec<bool>,
}

impl Reasons<'_> {
    /// Which of the steps inside one led to what it came to.
    fn of(&self, i: usize) -> Vec<usize> {
        let step = &self.steps[i];
        let inside = self.inside[i].iter().copied().filter(|c| self.steps[*c].reached);
        let operands: Vec<usize> = inside.clone().filter(|c| self.operand(*c)).collect();
        let mut chosen = self.decisive(&operands);
        let judged = matches!(
            step.decision,
            Decision::Branch { .. } | Decision::Guard | Decision::Operand { .. } | Decision::Assert
        );
        let closures =
            inside.clone().filter(|c| matches!(self.steps[*c].decision, Decision::Function { .. }));
        let verdict = step.value.as_ref().and_then(|v| v.as_bool());
        let mut wanted: Vec<&str> = Vec::new();
        self.own_reads(i, &mut wanted);
        let mut rest: Vec<usize> = Vec::new();
        for c in inside.clone().filter(|c| !self.operand(*c)).rev_order() {
            let child = &self.steps[c];
            let in_condition = judged && child.span.end <= step.span.end;
            let leads = match &child.decision {
                Decision::Branch { .. } => child.result || child.exits || self.ended[c],
                Decision::Match => child.result || child.exits,
                Decision::Arm { taken, .. } => {
                    *taken || self.inside[c].iter().any(|g| self.steps[*g].reached)
                }
                Decision::Call { .. } => child.result || in_condition || self.ended[c],
                Decision::Function { .. } => false,
                Decision::Let { name } => {
                    let name = name.as_str();
                    wanted.contains(&name) || child.failed
                }
                Decision::Round => self.ended[c],
                Decision::Return | Decision::Throw | Decision::Guard => true,
                Decision::Logic => child.result || in_condition,
                Decision::Assert => child.failed,
                Decision::Catch => true,
                Decision::Module | Decision::Operand { .. } => false,
            };
            if leads || child.failed {
                rest.push(c);
                self.names_read(c, &mut wanted);
            }
        }
        chosen.extend(rest);
        if let (Decision::Call { .. }, Some(verdict)) = (&step.decision, verdict) {
            let same = |c: &usize| {
                self.steps[*c].value.as_ref().and_then(|v| v.as_bool()) == Some(verdict)
            };
            chosen.extend(closures.rev_order().filter(same).take(1));
        }
        chosen
    }

    fn operand(&self, i: usize) -> bool {
        matches!(self.steps[i].decision, Decision::Operand { .. })
    }

    /// The operands that made the chain what it is: the one it stopped at, or else all of them.
    fn decisive(&self, operands: &[usize]) -> Vec<usize> {
        let Some(last) = operands.last() else { return Vec::new() };
        let stopped = |i: &usize| {
            let step = &self.steps[*i];
            let verdict = step.value.as_ref().and_then(|v| v.as_bool());
            match step.decision {
                Decision::Operand { op: Operator::And } => verdict == Some(false),
                Decision::Operand { op: Operator::Or } => verdict == Some(true),
                _ => step.value.as_ref().is_some_and(|v| !v.is_null()),
            }
        };
        if self.steps[*last].failed || stopped(last) { vec![*last] } else { operands.to_vec() }
    }

    /// The names that a step and all inside it looked at.
    fn names_read<'r>(&'r self, i: usize, names: &mut Vec<&'r str>) {
        let depth = self.steps[i].depth;
        let inside = self.steps[i + 1..].iter().take_while(|s| s.depth > depth).take(NAMES);
        (i..=i + inside.count()).for_each(|i| self.own_reads(i, names));
    }

    fn own_reads<'r>(&'r self, i: usize, names: &mut Vec<&'r str>) {
        for read in &self.steps[i].reads {
            let end = read.text.find(|c: char| !c.is_alphanumeric() && c != '_');
            names.push(&read.text[..end.unwrap_or(read.text.len())]);
        }
    }

    /// The chosen steps, each after those inside it.
    fn innermost_first(&self, chosen: &[usize], root: usize) -> Vec<usize> {
        let mut is_chosen = vec![false; self.steps.len()];
        chosen.iter().for_each(|i| is_chosen[*i] = true);
        let mut order = Vec::new();
        let mut todo = vec![(root, false)];
        while let Some((i, done)) = todo.pop() {
            if done {
                order.push(i);
                continue;
            }
            todo.push((i, true));
            let inside = self.inside[i].iter().copied().filter(|c| is_chosen[*c]);
            todo.extend(inside.rev_order().map(|c| (c, false)));
        }
        order
    }
}

/// From the last to the first.
trait Backwards: Iterator + Sized {
    fn rev_order(self) -> std::iter::Rev<std::vec::IntoIter<Self::Item>> {
        self.collect::<Vec<_>>().into_iter().rev()
    }
}

impl<I: Iterator> Backwards for I {}
