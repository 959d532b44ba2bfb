//! What a function leaves in its registers when it returns: so that a return need look at those only that may hold something to give
//! up, instead of at the whole frame.
//!
//! A forward pass over the finished code: a register may hold something from where it is written to where its value is taken.

use super::access::{ends, target};
use super::{Effect, Masks, run, skips};
use crate::bytecode::{LEFT_ANY, Op, Prototype, Reg};

/// Lists that are kept from function to function.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// What is held before each instruction, as far as a way there was found.
    entry: Vec<u64>,
    /// What is left at each return so far, with the number of its instruction.
    found: Vec<(usize, u32)>,
}

/// For each `Return` and `ReturnNull` of a function, in order: the registers that may hold something besides the one returned, as bits.
/// [`LEFT_ANY`] where that is not known. `masks` are those of the code as it is.
pub(super) fn left_at_returns(
    prototype: &Prototype,
    masks: &[Masks],
    Room { entry, found }: &mut Room,
) -> Vec<u32> {
    let code = &prototype.code[..];
    let returns = |op: &&Op| matches!(op, Op::Return { .. } | Op::ReturnNull);
    if u32::from(prototype.registers) >= u32::BITS {
        return vec![LEFT_ANY; code.iter().filter(returns).count()];
    }
    let entered = prototype.parameters.len() as u16 + prototype.captures;
    entry.clear();
    entry.resize(code.len() + 2, UNKNOWN);
    entry[0] = run(0, entered);
    for handler in &prototype.handlers {
        entry[handler.target as usize] = run(0, prototype.registers);
    }
    found.clear();
    let mut now = UNKNOWN;
    let mut at = 0;
    while let (Some(op), Some(mask)) = (code.get(at), masks.get(at)) {
        now = merged(now, entry[at]);
        if now == UNKNOWN {
            // Nothing leads here (yet).
            if returns(&op) {
                found.push((at, 0));
            }
            at += 1;
            continue;
        }
        // What comes from before is kept, for when a jump leads here later.
        entry[at] = now;
        match op {
            Op::Return { src } => found.push((at, (now & !run(*src, 1)) as u32)),
            Op::ReturnNull => found.push((at, now as u32)),
            _ => {}
        }
        now &= !(mask[Effect::Take as usize] | mask[Effect::Def as usize]);
        if may_hold(op) {
            now |= mask[Effect::Def as usize];
        }
        if let Some(root) = begun(op) {
            now |= run(root, 1);
        }
        // Where a jump back brings something new, the way from there is gone again.
        let mut again = None;
        let mut lead = |next: usize| {
            let more = merged(entry[next], now);
            if entry[next] != more {
                entry[next] = more;
                again = again.or((next <= at).then_some(next));
            }
        };
        if let Some(target) = target(*op) {
            lead(target as usize);
        }
        if skips(*op) {
            lead(at + 2);
        }
        if ends(*op) {
            now = UNKNOWN;
        }
        at += 1;
        if let Some(back) = again {
            found.truncate(found.partition_point(|(place, _)| *place < back));
            (at, now) = (back, UNKNOWN);
        }
    }
    found.iter().map(|(_, left)| *left).collect()
}

/// What is held at an instruction that is reached in two ways, or seemingly in none.
const UNKNOWN: u64 = u64::MAX;

fn merged(a: u64, b: u64) -> u64 {
    match (a, b) {
        (UNKNOWN, held) | (held, UNKNOWN) => held,
        (a, b) => a | b,
    }
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
