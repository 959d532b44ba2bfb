//! The analysis of frames of up to 64 registers, which nearly all are: sets are words, one for each instruction. It finds what
//! [`super::wide`] finds (builds with debug assertions compare), in a few passes over the code. Handlers are left to that one.

use super::{Effect, Found, Masks, each_bit, ends, fresh, skips, target, updates};
use crate::bytecode::{Op, Reg};

/// It may be reached otherwise than from the instruction before.
const LEADER: u8 = 1;
/// It may change something in place.
const UPDATE: u8 = 2;
/// It is a copy that becomes a move.
const MOVED: u8 = 4;
/// It may go on past the next instruction.
const SKIPS: u8 = 8;

/// An instruction, and what is known of it.
struct Row {
    masks: Masks,
    /// Where it may go on, by itself and by a jump: the end of the code if nowhere.
    next: [u32; 2],
    /// Past the last instruction that jumps back to it; 0 if none does.
    back: u32,
    flags: u8,
    /// An update can be reached from here.
    reaches: bool,
    /// What is live before it, and after it.
    live: u64,
    after: u64,
    /// At a leader: what may be held by something else, too.
    held: u64,
}

impl Row {
    /// What it touches and nothing needs afterwards.
    fn dead(&self) -> u64 {
        let [used, taken, defined, _] = self.masks;
        (used | taken | defined) & !self.after
    }
}

/// What can be moved, and what is given up.
pub(super) fn analyse(code: &[Op], masks: &[Masks]) -> Found {
    let mut function = Function { code, rows: rows(code, masks) };
    function.solve_live();
    let moves = function.moves();
    if function.rows.iter().all(|row| row.flags & UPDATE == 0) {
        return Found { moves, drops: Vec::new() };
    }
    function.solve_reach();
    function.solve_held();
    Found { drops: function.drops(), moves }
}

/// A row for each instruction, and two behind them where nothing is live.
fn rows(code: &[Op], masks: &[Masks]) -> Vec<Row> {
    let none = code.len() as u32;
    let row = |masks: &Masks| Row {
        masks: *masks,
        next: [none; 2],
        back: 0,
        flags: 0,
        reaches: false,
        live: 0,
        after: 0,
        held: 0,
    };
    let mut rows: Vec<Row> = Vec::with_capacity(code.len() + 2);
    rows.extend(masks.iter().map(row));
    rows.extend([row(&Masks::default()), row(&Masks::default())]);
    rows[0].flags = LEADER;
    for (at, op) in code.iter().enumerate() {
        let mut flags = if updates(op) { UPDATE } else { 0 };
        let mut next = [at as u32 + 1, none];
        if let Some(target) = target(*op) {
            next[1] = target.min(none);
            let there = &mut rows[next[1] as usize];
            there.flags |= LEADER;
            if next[1] as usize <= at {
                there.back = at as u32 + 1;
            }
            rows[at + 1].flags |= LEADER;
        }
        if ends(*op) {
            next[0] = none;
            rows[at + 1].flags |= LEADER;
        }
        if skips(*op) {
            flags |= SKIPS;
            rows[at + 2].flags |= LEADER;
        }
        let row = &mut rows[at];
        row.flags |= flags;
        row.next = next;
    }
    rows
}

struct Function<'c> {
    code: &'c [Op],
    rows: Vec<Row>,
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
            let [used, taken, defined, _] = row.masks;
            let live = (after & !defined) | used | taken;
            row.after = after;
            if live != row.live {
                row.live = live;
                at = at.max(row.back as usize);
            }
        }
    }

    /// The copies that may be moves, which are updates then.
    fn moves(&mut self) -> Vec<usize> {
        let mut moves = Vec::new();
        for (at, (op, row)) in self.code.iter().zip(&mut self.rows).enumerate() {
            if let Op::Copy { dst, src } = *op
                && dst != src
                && row.after & (1 << src) == 0
            {
                row.flags |= UPDATE | MOVED;
                moves.push(at);
            }
        }
        moves
    }

    /// From where updates can be reached.
    fn solve_reach(&mut self) {
        let mut at = self.code.len();
        while at > 0 {
            at -= 1;
            let Row { next: [next, target], flags, reaches, .. } = self.rows[at];
            let found = flags & UPDATE != 0
                || self.rows[next as usize].reaches
                || self.rows[target as usize].reaches
                || flags & SKIPS != 0 && self.rows[at + 2].reaches;
            if found && !reaches {
                self.rows[at].reaches = true;
                at = at.max(self.rows[at].back as usize);
            }
        }
    }

    /// What is held after an instruction, of what was held before it.
    fn held_after(&self, at: usize, held: u64) -> u64 {
        let row = &self.rows[at];
        let given_up = if row.flags & MOVED != 0 { Effect::Use } else { Effect::Scalar };
        let held = held & !(row.masks[Effect::Take as usize] | row.masks[given_up as usize]);
        let defined = row.masks[Effect::Def as usize];
        if fresh(self.code[at]) { held & !defined } else { held | defined }
    }

    /// It is the last of those that are only entered together.
    fn closes(&self, at: usize) -> bool {
        self.rows[at + 1].flags & LEADER != 0 || at + 1 == self.code.len()
    }

    /// What is held at each leader: from the start to the end, and anew from where a jump back brings something new.
    fn solve_held(&mut self) {
        // Parameters and captures.
        self.rows[0].held = self.rows[0].live;
        let (mut at, mut held) = (0, 0);
        while at < self.code.len() {
            if self.rows[at].flags & LEADER != 0 {
                held = self.rows[at].held & self.rows[at].live;
            }
            held = self.held_after(at, held);
            if !self.closes(at) {
                held &= !self.rows[at].dead();
                at += 1;
                continue;
            }
            let Row { next: [next, target], flags, .. } = self.rows[at];
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
    fn drops(&self) -> Vec<(usize, Reg)> {
        let mut drops = Vec::new();
        let mut give_up = |at: usize, registers: u64| {
            if registers != 0 && self.rows[at].reaches {
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
            held = self.held_after(at, held);
            if !self.closes(at) {
                let dead = held & row.dead();
                give_up(at + 1, dead);
                held &= !dead;
            }
        }
        drops
    }

    /// The registers that are written again soon from an instruction on, before any update and without a jump.
    fn overwritten(&self, from: usize) -> u64 {
        let mut written = 0;
        let rows = self.rows[from..self.code.len()].iter().take(16);
        for (i, row) in rows.enumerate() {
            if row.flags & UPDATE != 0 || i > 0 && row.flags & LEADER != 0 {
                break;
            }
            written |= row.masks[Effect::Def as usize];
        }
        written
    }
}
