//! What a function leaves in its registers when it returns: so that a return need look at those only that may hold something to give
//! up, instead of at the whole frame.
//!
//! A forward pass over the finished code: a register may hold something from where it is written to where its value is taken.

use super::{ENDS, JUMPS, Masks, RETURNS, SKIPS, run};
use crate::bytecode::{LEFT_ANY, Op, Prototype};

/// Lists that are kept from function to function.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// What is held before each instruction, as far as a way there was found.
    entry: Vec<u64>,
    /// What is left at each return so far, with the number of its instruction.
    found: Vec<(usize, u32)>,
}

/// Notes for each `Return` and `ReturnNull` of a function, in order: the registers that may hold something besides the one returned, as
/// bits. [`LEFT_ANY`] where that is not known. `masks` are those of the code as it is.
pub(super) fn fill_left(prototype: &mut Prototype, masks: &[Masks], room: &mut Room) {
    let Room { entry, found } = room;
    let Prototype { code, left, .. } = prototype;
    left.clear();
    if u32::from(prototype.registers) >= u32::BITS {
        let returns = |op: &&Op| matches!(op, Op::Return { .. } | Op::ReturnNull);
        left.extend(code.iter().filter(returns).map(|_| LEFT_ANY));
        return;
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
    while let Some(masks) = masks.get(at) {
        now = merged(now, entry[at]);
        if masks.is(RETURNS) {
            // Where nothing leads (yet), nothing is left.
            let held = if now == UNKNOWN { 0 } else { now & !masks.gone };
            found.push((at, held as u32));
        }
        if now == UNKNOWN {
            at += 1;
            continue;
        }
        // What comes from before is kept, for when a jump leads here later.
        entry[at] = now;
        now = now & !masks.gone | masks.leaves;
        if !masks.is(JUMPS | SKIPS | ENDS) {
            at += 1;
            continue;
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
        if masks.is(JUMPS) {
            lead(masks.target as usize);
        }
        if masks.is(SKIPS) {
            lead(at + 2);
        }
        if masks.is(ENDS) {
            now = UNKNOWN;
        }
        at += 1;
        if let Some(back) = again {
            found.truncate(found.partition_point(|(place, _)| *place < back));
            (at, now) = (back, UNKNOWN);
        }
    }
    left.extend(found.iter().map(|(_, left)| *left));
}

/// What is held at an instruction that is reached in two ways, or seemingly in none.
const UNKNOWN: u64 = u64::MAX;

fn merged(a: u64, b: u64) -> u64 {
    match (a, b) {
        (UNKNOWN, held) | (held, UNKNOWN) => held,
        (a, b) => a | b,
    }
}
