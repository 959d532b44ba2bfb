//! What a function leaves in its registers when it returns: so that a return need look at those only that may hold something to give
//! up, instead of at the whole frame.
//!
//! A forward pass over the finished code: a register may hold something from where it is written to where its value is taken.

use super::{ENDS, JUMPS, Masks, RETURNS, SKIPS, run};
use crate::bytecode::{LEFT_ANY, Op, Prototype};

/// A way to an instruction was found.
const REACHED: u64 = 1 << 63;

/// Notes for each `Return` and `ReturnNull` of a function, in order: the registers that may hold something besides the one returned, as
/// bits. [`LEFT_ANY`] where that is not known. `masks` are those of the code as it is.
pub(super) fn fill_left(prototype: &mut Prototype, masks: &[Masks], entry: &mut Vec<u64>) {
    let Prototype { code, left, handlers, .. } = prototype;
    left.clear();
    if u32::from(prototype.registers) >= u32::BITS {
        let returns = |op: &&Op| matches!(op, Op::Return { .. } | Op::ReturnNull);
        left.extend(code.iter().filter(returns).map(|_| LEFT_ANY));
        return;
    }
    let entered = prototype.parameters.len() as u16 + prototype.captures;
    // What is held before each instruction, as far as a way there was found.
    entry.clear();
    entry.resize(code.len() + 2, 0);
    entry[0] = REACHED | run(0, entered);
    for handler in handlers {
        entry[handler.target as usize] = REACHED | run(0, prototype.registers);
    }
    let (mut at, mut now) = (0, 0);
    while let Some(here) = masks.get(at) {
        // What comes from before is kept, for when a jump leads here later.
        let held = &mut entry[at];
        *held |= now;
        now = *held;
        if here.is(RETURNS) {
            left.push((now & !here.gone) as u32);
        }
        if now == 0 {
            // Nothing leads here (yet).
            at += 1;
            continue;
        }
        now = now & !here.gone | here.leaves;
        if !here.is(JUMPS | SKIPS | ENDS) {
            at += 1;
            continue;
        }
        // Where a jump back brings something new, the way from there is gone again.
        let mut again = None;
        let mut lead = |next: usize| {
            if now & !entry[next] != 0 {
                entry[next] |= now;
                again = again.or((next <= at).then_some(next));
            }
        };
        if here.is(JUMPS) {
            lead(here.target as usize);
        }
        if here.is(SKIPS) {
            lead(at + 2);
        }
        if here.is(ENDS) {
            now = 0;
        }
        at += 1;
        if let Some(back) = again {
            let returns = masks[back..at].iter().filter(|masks| masks.is(RETURNS)).count();
            left.truncate(left.len() - returns);
            (at, now) = (back, 0);
        }
    }
}
