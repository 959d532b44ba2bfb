//! The analysis of frames of up to 64 registers, which nearly all are: sets are words, one for each instruction. It finds what
//! [`super::wide`] finds (builds with debug assertions compare), in a few passes over the code. Handlers are left to that one.

use super::{Effect, Found, Masks, each_bit, ends, fresh, skips, target, updates};
use crate::bytecode::{Op, Reg};

/// It may be reached otherwise than from the instruction before.
const LEADER: u8 = 1;
/// It may change something in place.
const UPDATE: u8 = 2;
/// An update can be reached from here.
const REACHES: u8 = 4;
/// It may go on past the next instruction.
const SKIPS: u8 = 8;
/// It is the last of those that are only entered together.
const CLOSES: u8 = 16;

/// What is known of an instruction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Where it may go on, by itself and by a jump: the end of the code if nowhere.
    next: [u32; 2],
    /// Past the last instruction that jumps back to it; 0 if none does.
    back: u32,
    flags: u8,
    /// What is live before it, and after it.
    live: u64,
    after: u64,
    /// What it touches and nothing needs afterwards.
    dead: u64,
    /// What may be held by something else, too: at a leader, and what the instruction takes out of that and puts in.
    held: u64,
    cuts: u64,
    puts: u64,
}

/// Finds what can be moved, and what is given up.
pub(super) fn analyse(code: &[Op], masks: &[Masks], rows: &mut Vec<Row>, found: &mut Found) {
    let Found { moves, drops } = found;
    moves.clear();
    drops.clear();
    fill_rows(code, rows);
    let mut function = Function { code, masks, rows };
    function.solve_live();
    if function.moves(moves) {
        function.solve_reach();
        function.solve_held();
        function.drops(drops);
    }
}

/// A row for each instruction, and two behind them where nothing is live.
fn fill_rows(code: &[Op], rows: &mut Vec<Row>) {
    let none = code.len() as u32;
    let (next, back, flags) = ([none; 2], 0, 0);
    rows.clear();
    rows.resize(
        code.len() + 2,
        Row { next, back, flags, live: 0, after: 0, dead: 0, held: 0, cuts: 0, puts: 0 },
    );
    rows[0].flags = LEADER;
    let leads = |rows: &mut [Row], at: usize| {
        rows[at].flags |= LEADER;
        if let Some(before) = at.checked_sub(1) {
            rows[before].flags |= CLOSES;
        }
    };
    leads(rows, code.len());
    for (at, op) in code.iter().enumerate() {
        let mut flags = if updates(op) { UPDATE } else { 0 };
        let mut next = [at as u32 + 1, none];
        if let Some(target) = target(*op) {
            next[1] = target.min(none);
            leads(rows, next[1] as usize);
            if next[1] as usize <= at {
                rows[next[1] as usize].back = at as u32 + 1;
            }
            leads(rows, at + 1);
        }
        if ends(*op) {
            next[0] = none;
            leads(rows, at + 1);
        }
        if skips(*op) {
            flags |= SKIPS;
            leads(rows, at + 2);
        }
        let row = &mut rows[at];
        row.flags |= flags;
        row.next = next;
    }
}

struct Function<'c> {
    code: &'c [Op],
    masks: &'c [Masks],
    rows: &'c mut [Row],
}

impl Function<'_> {
    /// From the end to the start, and over loops again where something is new.
    fn solve_live(&mut self) {
        let mut at = self.code.len();
        while at > 0 {
            at -= 1;
            let Row { next: [next, target], flags, .. } = self.rows[at];
            let mut after = self.rows[next as usize].live | self.rows[target as usize].live;
            if flags & SKIPS != 0 {
                after |= self.rows[at + 2].live;
            }
            let row = &mut self.rows[at];
            let [used, taken, defined, _] = self.masks[at];
            let live = (after & !defined) | used | taken;
            row.after = after;
            if live != row.live {
                row.live = live;
                at = at.max(row.back as usize);
            }
        }
    }

    /// Finds the copies that may be moves, which are updates then; and what follows from them for what is held. Whether there is any
    /// update.
    fn moves(&mut self, moves: &mut Vec<usize>) -> bool {
        let mut any = 0;
        let each = self.code.iter().zip(self.masks).zip(&mut *self.rows);
        for (at, ((op, masks), row)) in each.enumerate() {
            let mut given_up = Effect::Scalar;
            if let Op::Copy { dst, src } = *op
                && dst != src
                && row.after & (1 << src) == 0
            {
                row.flags |= UPDATE;
                given_up = Effect::Use;
                moves.push(at);
            }
            any |= row.flags;
            let [used, taken, defined, _] = *masks;
            row.dead = (used | taken | defined) & !row.after;
            row.cuts = taken | masks[given_up as usize] | defined;
            row.puts = if fresh(*op) { 0 } else { defined };
        }
        any & UPDATE != 0
    }

    /// From where updates can be reached.
    fn solve_reach(&mut self) {
        let mut at = self.code.len();
        while at > 0 {
            at -= 1;
            let Row { next: [next, target], flags, .. } = self.rows[at];
            let mut found = flags | self.rows[next as usize].flags & REACHES;
            found |= self.rows[target as usize].flags & REACHES;
            if flags & SKIPS != 0 {
                found |= self.rows[at + 2].flags & REACHES;
            }
            if found & (UPDATE | REACHES) != 0 && flags & REACHES == 0 {
                self.rows[at].flags |= REACHES;
                at = at.max(self.rows[at].back as usize);
            }
        }
    }

    /// What is held at each leader: from the start to the end, and anew from where a jump back brings something new.
    fn solve_held(&mut self) {
        // Parameters and captures.
        self.rows[0].held = self.rows[0].live;
        let (mut at, mut held) = (0, 0);
        while at < self.code.len() {
            let row = self.rows[at];
            if row.flags & LEADER != 0 {
                held = row.held & row.live;
            }
            held = held & !row.cuts | row.puts;
            if row.flags & CLOSES == 0 {
                held &= !row.dead;
                at += 1;
                continue;
            }
            let Row { next: [next, target], flags, .. } = row;
            let skipped = if flags & SKIPS != 0 { at + 2 } else { self.code.len() };
            let mut on = at + 1;
            for next in [next as usize, target as usize, skipped] {
                let row = &mut self.rows[next];
                if held & !row.held != 0 {
                    row.held |= held;
                    on = on.min(next);
                }
            }
            at = on;
        }
    }

    /// What is dead and still held while an update can be reached is given up, unless it is overwritten soon.
    fn drops(&self, drops: &mut Vec<(usize, Reg)>) {
        let mut give_up = |at: usize, registers: u64| {
            if registers != 0 && self.rows[at].flags & REACHES != 0 {
                each_bit(registers & !self.overwritten(at), |reg| drops.push((at, reg)));
            }
        };
        let mut held = 0;
        for (at, op) in self.code.iter().enumerate() {
            let row = &self.rows[at];
            if row.flags & LEADER != 0 {
                held = row.held & row.live;
                // The second half of a step of a loop stays where it is.
                if !matches!(op, Op::IterSeq { .. } | Op::IterSeqPair { .. }) {
                    give_up(at, row.held & !row.live);
                }
            }
            held = held & !row.cuts | row.puts;
            if row.flags & CLOSES == 0 {
                let dead = held & row.dead;
                give_up(at + 1, dead);
                held &= !dead;
            }
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
            written |= masks[Effect::Def as usize];
        }
        written
    }
}
