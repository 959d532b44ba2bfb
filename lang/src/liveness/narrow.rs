//! The analysis of frames of up to 64 registers, which nearly all are: sets are words, one for each instruction. It finds what
//! [`super::wide`] finds (builds with debug assertions compare), in a few passes over the code. Handlers are left to that one.

use super::{COPIES, ENDS, Found, JUMPS, Masks, SKIPS, UPDATES, each_bit};
use crate::bytecode::{Op, Reg};

/// It may be reached otherwise than from the instruction before.
const LEADER: u8 = 1;
/// It is the last of those that are only entered together.
const CLOSES: u8 = 2;
/// It may change something in place: a copy that becomes a move, too.
const UPDATE: u8 = 4;
/// An update can be reached from here.
const REACHES: u8 = 8;

/// What is known of an instruction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    /// What is live before it, and after it.
    live: u64,
    after: u64,
    /// What may be held by something else, too: at a leader.
    held: u64,
    /// Past the last instruction that jumps back to it; 0 if none does.
    back: u32,
    flags: u8,
}

/// Finds what can be moved, and what is given up. `all` are the traits of all instructions.
pub(super) fn analyse(
    code: &[Op],
    masks: &[Masks],
    all: u16,
    rows: &mut Vec<Row>,
    found: &mut Found,
) {
    let Found { moves, drops } = found;
    moves.clear();
    drops.clear();
    if all & (UPDATES | COPIES) == 0 {
        return;
    }
    fill_rows(masks, rows);
    let mut function = Function { code, masks, rows };
    function.solve_live();
    function.moves(moves);
    if all & UPDATES != 0 || !moves.is_empty() {
        function.solve_held(drops);
    }
}

/// A row for each instruction, and two behind them where nothing is live.
fn fill_rows(masks: &[Masks], rows: &mut Vec<Row>) {
    let end = masks.len();
    rows.clear();
    rows.resize(masks.len() + 2, Row::default());
    rows[0].flags = LEADER;
    let leads = |rows: &mut [Row], at: usize| {
        rows[at].flags |= LEADER;
        if let Some(before) = at.checked_sub(1) {
            rows[before].flags |= CLOSES;
        }
    };
    leads(rows, end);
    for (at, masks) in masks.iter().enumerate() {
        if masks.is(UPDATES) {
            rows[at].flags |= UPDATE;
        }
        if !masks.is(JUMPS | ENDS | SKIPS) {
            continue;
        }
        if masks.is(JUMPS) {
            let target = end.min(masks.target as usize);
            leads(rows, target);
            if target <= at {
                rows[target].back = at as u32 + 1;
            }
        }
        leads(rows, at + 1);
        if masks.is(SKIPS) {
            leads(rows, at + 2);
        }
    }
}

struct Function<'c> {
    code: &'c [Op],
    masks: &'c [Masks],
    rows: &'c mut [Row],
}

impl Function<'_> {
    /// Where it may go on behind an instruction that need not go on with the next one: besides that by a jump, and past it. The end of
    /// the code if nowhere.
    fn elsewhere(&self, at: usize) -> [usize; 2] {
        let (none, masks) = (self.code.len(), &self.masks[at]);
        let target = if masks.is(JUMPS) { none.min(masks.target as usize) } else { none };
        [target, if masks.is(SKIPS) { at + 2 } else { none }]
    }

    /// From the end to the start, and over loops again where something is new.
    fn solve_live(&mut self) {
        let mut at = self.code.len();
        let mut live = 0;
        while at > 0 {
            at -= 1;
            let masks = &self.masks[at];
            let mut after = live;
            if masks.is(JUMPS | ENDS | SKIPS) {
                let [target, skipped] = self.elsewhere(at);
                if masks.is(ENDS) {
                    after = 0;
                }
                after |= self.rows[target].live | self.rows[skipped].live;
            }
            live = after & !masks.defines | masks.needs;
            let row = &mut self.rows[at];
            row.after = after;
            if live != row.live {
                row.live = live;
                if row.back as usize > at {
                    at = row.back as usize;
                    live = self.rows[at].live;
                }
            }
        }
    }

    /// Finds the copies that may be moves, which are updates then; and from where updates can be reached.
    fn moves(&mut self, moves: &mut Vec<usize>) {
        let mut at = self.code.len();
        let mut reaches = 0;
        while at > 0 {
            at -= 1;
            if self.masks[at].is(JUMPS | ENDS | SKIPS) {
                let [target, skipped] = self.elsewhere(at);
                if self.masks[at].is(ENDS) {
                    reaches = 0;
                }
                reaches |= (self.rows[target].flags | self.rows[skipped].flags) & REACHES;
            }
            let row = &mut self.rows[at];
            if self.masks[at].is(COPIES)
                && let Op::Copy { dst, src } = self.code[at]
                && dst != src
                && row.after & (1 << src) == 0
                && row.flags & UPDATE == 0
            {
                row.flags |= UPDATE;
                moves.push(at);
            }
            if row.flags & UPDATE != 0 {
                reaches = REACHES;
            }
            if reaches & !row.flags != 0 {
                row.flags |= REACHES;
                if row.back as usize > at {
                    at = row.back as usize;
                    reaches = self.rows[at].flags & REACHES;
                }
            }
        }
        moves.reverse();
    }

    /// Follows what is held: from the start to the end, and anew from where a jump back brings something new. What is dead and still held
    /// while an update can be reached is given up, unless it is overwritten soon.
    fn solve_held(&mut self, drops: &mut Vec<(usize, Reg)>) {
        // Parameters and captures.
        self.rows[0].held = self.rows[0].live;
        let (mut at, mut held) = (0, 0);
        while let Some(masks) = self.masks.get(at) {
            let Row { live, after, flags, held: entered, .. } = self.rows[at];
            if flags & LEADER != 0 {
                held = entered & live;
                // The second half of a step of a loop stays where it is.
                if !matches!(self.code[at], Op::IterSeq { .. } | Op::IterSeqPair { .. }) {
                    self.give_up(at, entered & !live, drops);
                }
            }
            let mut cuts = masks.cuts;
            if flags & UPDATE != 0 && masks.is(COPIES) {
                cuts |= masks.needs;
            }
            held = held & !cuts | masks.puts;
            if flags & CLOSES == 0 {
                let dead = held & (masks.needs | masks.defines) & !after;
                if dead != 0 {
                    self.give_up(at + 1, dead, drops);
                }
                held &= !dead;
                at += 1;
                continue;
            }
            let onward = if masks.is(ENDS) { self.code.len() } else { at + 1 };
            let [target, skipped] = self.elsewhere(at);
            let mut on = at + 1;
            for next in [onward, target, skipped] {
                let row = &mut self.rows[next];
                if held & !row.held != 0 {
                    row.held |= held;
                    on = on.min(next);
                }
            }
            if on <= at {
                drops.truncate(drops.partition_point(|(place, _)| *place < on));
            }
            at = on;
        }
    }

    fn give_up(&self, at: usize, registers: u64, drops: &mut Vec<(usize, Reg)>) {
        if registers != 0 && self.rows[at].flags & REACHES != 0 {
            each_bit(registers & !self.overwritten(at), |reg| drops.push((at, reg)));
        }
    }

    /// The registers that are written again soon from an instruction on, before any update and without a jump.
    fn overwritten(&self, from: usize) -> u64 {
        let mut written = 0;
        let rows = self.rows[from..self.code.len()].iter().zip(&self.masks[from..]).take(16);
        for (i, (row, masks)) in rows.enumerate() {
            if row.flags & UPDATE != 0 || i > 0 && row.flags & LEADER != 0 {
                break;
            }
            written |= masks.defines;
        }
        written
    }
}
