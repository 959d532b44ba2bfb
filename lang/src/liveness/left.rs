//! What a function leaves in its registers when it returns: so that a return need look at those only that may hold something to give
//! up, instead of at the whole frame.
//!
//! A forward pass over the finished code: a register may hold something from where it is written to where its value is taken.

use super::access::{Access, Lengths, ends, target};
use super::skips;
use crate::bytecode::{LEFT_ANY, Op, Prototype, Reg};

/// For each `Return` and `ReturnNull` of a function, in order: the registers that may hold something besides the one returned, as bits.
/// [`LEFT_ANY`] where that is not known.
pub(crate) fn left_at_returns(prototype: &Prototype) -> Vec<u32> {
    let code = &prototype.code[..];
    let returns = |op: &&Op| matches!(op, Op::Return { .. } | Op::ReturnNull);
    let count = code.iter().filter(returns).count();
    if u32::from(prototype.registers) >= u32::BITS {
        return vec![LEFT_ANY; count];
    }
    let lengths = Lengths::new(prototype);
    let entered = prototype.parameters.len() as u16 + prototype.captures;
    let mut entry: Vec<Option<u32>> = vec![None; code.len() + 2];
    entry[0] = Some(run(0, entered));
    for handler in &prototype.handlers {
        entry[handler.target as usize] = Some(run(0, prototype.registers));
    }
    loop {
        let mut again = false;
        let mut found = Vec::with_capacity(count);
        let mut now: Option<u32> = None;
        for (at, op) in code.iter().enumerate() {
            if let Some(other) = entry[at] {
                now = Some(now.unwrap_or(0) | other);
                entry[at] = now;
            }
            let Some(mut held) = now else {
                // Nothing leads here (yet).
                if returns(&op) {
                    found.push(0);
                }
                continue;
            };
            match op {
                Op::Return { src } => found.push(held & !run(*src, 1)),
                Op::ReturnNull => found.push(held),
                _ => {}
            }
            let holds = may_hold(op);
            lengths.visit(*op, |access, first, count| match access {
                Access::Use => {}
                Access::Def if holds => held |= run(first, count),
                Access::Take | Access::Def => held &= !run(first, count),
            });
            if let Some(root) = begun(op) {
                held |= run(root, 1);
            }
            let after = skips(*op).then_some(at + 2);
            for next in target(*op).map(|t| t as usize).into_iter().chain(after) {
                let before = entry[next];
                let merged = before.unwrap_or(0) | held;
                if before != Some(merged) {
                    entry[next] = Some(merged);
                    again |= next <= at;
                }
            }
            now = (!ends(*op)).then_some(held);
        }
        if !again {
            return found;
        }
    }
}

fn run(first: Reg, count: u16) -> u32 {
    let upto = |n: u32| if n >= u32::BITS { u32::MAX } else { (1 << n) - 1 };
    let first = u32::from(first);
    upto(first + u32::from(count)) & !upto(first)
}

/// Whether what the instruction writes may need giving up.
pub(super) fn may_hold(op: &Op) -> bool {
    !matches!(
        op,
        Op::Int { .. }
            | Op::Null { .. }
            | Op::Bool { .. }
            | Op::Drop { .. }
            | Op::Native { .. }
            | Op::Not { .. }
            | Op::Eq { .. }
            | Op::Ne { .. }
            | Op::Lt { .. }
            | Op::Le { .. }
            | Op::In { .. }
            | Op::InK { .. }
            | Op::Is { .. }
            | Op::RangePrep { .. }
            | Op::RangeNext { .. }
    )
}

/// The register that an instruction may put a map into where null was: `m?.a.b = 1`.
fn begun(op: &Op) -> Option<Reg> {
    match op {
        Op::SetPath { root, .. } | Op::UpdatePath { root, .. } | Op::MapPath { root, .. } => {
            Some(*root)
        }
        _ => None,
    }
}
