//! The analysis of frames of any size: sets of registers as lists of words, kept by blocks of instructions.

use super::access::Lengths;
use super::{Effect, Found, each_effect, ends, fresh, skips, target};
use crate::bytecode::{Op, Prototype, Reg, Target};
use std::ops::Range;

/// More bits than this per table are not worth the memory: such a function copies.
const MOST_BITS: usize = 1 << 27;

/// What can be moved, and what is given up. Nothing where the function is too large to be worth it.
pub(super) fn analyse(prototype: &Prototype) -> Option<Found> {
    let flow = Flow::new(prototype)?;
    let (moves, deaths) = flow.last_uses();
    let drops = drops(&flow, &moves, deaths);
    Some(Found { moves, drops })
}

/// A set of registers of a frame.
#[derive(Clone, PartialEq)]
struct Set(Vec<u64>);

impl Set {
    fn none(count: u16) -> Self {
        Set(vec![0; usize::from(count).div_ceil(64)])
    }

    fn all(count: u16) -> Self {
        Set(vec![u64::MAX; usize::from(count).div_ceil(64)])
    }

    fn has(&self, reg: Reg) -> bool {
        self.0.get(usize::from(reg) / 64).is_some_and(|word| word >> (reg % 64) & 1 == 1)
    }

    fn put(&mut self, first: Reg, count: u16) {
        for reg in first..first.saturating_add(count) {
            if let Some(word) = self.0.get_mut(usize::from(reg) / 64) {
                *word |= 1 << (reg % 64);
            }
        }
    }

    fn cut(&mut self, first: Reg, count: u16) {
        for reg in first..first.saturating_add(count) {
            if let Some(word) = self.0.get_mut(usize::from(reg) / 64) {
                *word &= !(1 << (reg % 64));
            }
        }
    }

    fn add(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    fn keep(&mut self, other: &Self) {
        for (word, kept) in self.0.iter_mut().zip(&other.0) {
            *word &= kept;
        }
    }

    fn without(&self, other: &Self, mut each: impl FnMut(Reg)) {
        for (w, (word, other)) in self.0.iter().zip(&other.0).enumerate() {
            super::each_bit(word & !other, |bit| each((w * 64) as Reg + bit));
        }
    }

    fn put_all(&mut self, row: &Row, wanted: Effect) {
        row.visit(|effect, first, count| {
            if effect as u8 == wanted as u8 {
                self.put(first, count);
            }
        });
    }

    fn cut_all(&mut self, row: &Row, wanted: Effect) {
        row.visit(|effect, first, count| {
            if effect as u8 == wanted as u8 {
                self.cut(first, count);
            }
        });
    }

    fn defines(row: &Row, reg: Reg) -> bool {
        let mut defined = false;
        row.visit(|effect, first, count| {
            let run = first..first.saturating_add(count);
            defined |= matches!(effect, Effect::Def) && run.contains(&reg);
        });
        defined
    }

    fn untouched(&self, row: &Row, mut each: impl FnMut(Reg)) {
        let mut seen = Vec::new();
        row.visit(|_, first, count| {
            for reg in first..first.saturating_add(count) {
                if !self.has(reg) && !seen.contains(&reg) {
                    seen.push(reg);
                }
            }
        });
        seen.sort_unstable();
        seen.into_iter().for_each(&mut each);
    }
}

/// What the instructions of a function do to registers.
struct Effects<'p> {
    code: &'p [Op],
    lengths: Lengths<'p>,
}

/// An instruction and what it does to registers.
struct Row<'e> {
    op: &'e Op,
    lengths: Lengths<'e>,
}

impl Effects<'_> {
    /// Some of the instructions, with their addresses.
    fn rows(&self, run: Range<usize>) -> impl DoubleEndedIterator<Item = (usize, Row<'_>)> {
        let code = self.code.get(run.clone()).unwrap_or_default();
        let lengths = self.lengths;
        run.zip(code).map(move |(at, op)| (at, Row { op, lengths }))
    }
}

impl Row<'_> {
    fn visit(&self, visit: impl FnMut(Effect, Reg, u16)) {
        each_effect(self.lengths, *self.op, visit);
    }
}

/// What a run of instructions makes of a set: `adds`, and of what was in it what `keeps` has too.
#[derive(Clone)]
struct Change {
    adds: Set,
    keeps: Set,
}

impl Change {
    fn nothing(registers: u16) -> Self {
        Change { adds: Set::none(registers), keeps: Set::all(registers) }
    }

    fn apply(&self, set: &mut Set) {
        set.keep(&self.keeps);
        set.add(&self.adds);
    }
}

/// A run of instructions that is only entered at its start.
struct Block {
    start: usize,
    end: usize,
    /// Blocks that may follow.
    next: [Option<usize>; 3],
    /// A block further on, or itself, may go on with it.
    back: bool,
    /// Blocks where an error in it may continue, with the register that the error takes.
    handlers: Vec<(usize, Reg)>,
}

impl Block {
    fn next(&self) -> impl Iterator<Item = usize> {
        self.next.into_iter().flatten()
    }
}

struct Flow<'p> {
    code: &'p [Op],
    effects: Effects<'p>,
    registers: u16,
    blocks: Vec<Block>,
    /// What is live at the start of each block.
    live: Vec<Set>,
}

impl<'p> Flow<'p> {
    /// Nothing when the function is too large to be worth it.
    fn new(prototype: &'p Prototype) -> Option<Self> {
        let code = &prototype.code[..];
        let registers = prototype.registers;
        // The number of the block that begins at an instruction; `OPEN` where one begins, until they are numbered.
        const NO_BLOCK: u32 = u32::MAX;
        const OPEN: u32 = u32::MAX - 1;
        let mut numbers = vec![NO_BLOCK; code.len() + 2];
        let mut mark = |at: usize| {
            if let Some(place) = numbers.get_mut(at) {
                *place = OPEN;
            }
        };
        mark(0);
        for (at, op) in code.iter().enumerate() {
            if let Some(target) = target(*op) {
                mark(target as usize);
                mark(at + 1);
            } else if ends(*op) {
                mark(at + 1);
            }
            if skips(*op) {
                mark(at + 2);
            }
        }
        for handler in &prototype.handlers {
            mark(handler.start as usize);
            mark(handler.end as usize);
            mark(handler.target as usize);
        }
        numbers.truncate(code.len());
        let count = numbers.iter().filter(|number| **number == OPEN).count();
        let mut blocks: Vec<Block> = Vec::with_capacity(count);
        for (at, number) in numbers.iter_mut().enumerate() {
            if *number == OPEN {
                *number = blocks.len() as u32;
                if let Some(last) = blocks.last_mut() {
                    last.end = at;
                }
                let end = code.len();
                let (next, handlers) = ([None; 3], Vec::new());
                blocks.push(Block { start: at, end, next, back: false, handlers });
            }
        }
        if blocks.len().saturating_mul(usize::from(registers)) > MOST_BITS {
            return None;
        }
        let block_at = |at: usize| numbers.get(at).filter(|n| **n != NO_BLOCK).map(|n| *n as usize);
        for number in 0..blocks.len() {
            let end = blocks[number].end;
            let Some(last) = end.checked_sub(1).and_then(|at| code.get(at)) else { continue };
            let next = [
                target(*last).and_then(|target| block_at(target as usize)),
                if ends(*last) { None } else { block_at(end) },
                if skips(*last) { block_at(end + 1) } else { None },
            ];
            blocks[number].next = next;
            for before in next.into_iter().flatten().filter(|next| *next <= number) {
                blocks[before].back = true;
            }
        }
        for handler in &prototype.handlers {
            let Some(target) = block_at(handler.target as usize) else { continue };
            let first = blocks.partition_point(|block| block.start < handler.start as usize);
            let mut last = first;
            for block in blocks.iter_mut().skip(first) {
                if block.start >= handler.end as usize {
                    break;
                }
                block.handlers.push((target, handler.register));
                last += 1;
            }
            blocks[target].back |= target < last;
        }
        let live = vec![Set::none(registers); blocks.len()];
        let effects = Effects { code, lengths: Lengths::new(prototype) };
        let mut flow = Flow { code, effects, registers, blocks, live };
        flow.solve();
        Some(flow)
    }

    fn solve(&mut self) {
        let changes: Vec<Change> = self.blocks.iter().map(|block| self.needs(block)).collect();
        loop {
            // A block that is jumped back to from one further on, which saw it as it was before.
            let mut again = false;
            for block in (0..self.blocks.len()).rev() {
                let (mut live, handlers) = self.live_out(block);
                changes[block].apply(&mut live);
                if let Some(handlers) = handlers {
                    live.add(&handlers);
                }
                if self.live[block] != live {
                    self.live[block] = live;
                    again |= self.blocks[block].back;
                }
            }
            if !again {
                return;
            }
        }
    }

    /// What a block makes of what is live at its end, handlers apart.
    fn needs(&self, block: &Block) -> Change {
        let mut change: Change = Change::nothing(self.registers);
        for (_, row) in self.effects.rows(block.start..block.end).rev() {
            change.keeps.cut_all(&row, Effect::Def);
            step_back(&row, &mut change.adds);
        }
        change
    }

    /// What is live at the end of a block, and what its handlers need throughout.
    fn live_out(&self, block: usize) -> (Set, Option<Set>) {
        let Block { next, handlers, .. } = &self.blocks[block];
        let mut live = Set::none(self.registers);
        for next in next.iter().flatten() {
            live.add(&self.live[*next]);
        }
        if handlers.is_empty() {
            return (live, None);
        }
        let mut needed = Set::none(self.registers);
        for (target, register) in handlers {
            let mut there = self.live[*target].clone();
            there.cut(*register, 1);
            needed.add(&there);
        }
        (live, Some(needed))
    }

    /// The copies that may be moves, and which registers die where: those that an instruction touches and nothing needs afterwards, in
    /// order.
    fn last_uses(&self) -> (Vec<usize>, Vec<Death>) {
        let (mut moves, mut deaths) = (Vec::new(), Vec::with_capacity(self.code.len()));
        for (i, block) in self.blocks.iter().enumerate() {
            let (mut live, handlers) = self.live_out(i);
            let first = deaths.len();
            for (at, row) in self.effects.rows(block.start..block.end).rev() {
                if let Op::Copy { dst, src } = *row.op
                    && dst != src
                    && !live.has(src)
                {
                    moves.push(at);
                }
                live.untouched(&row, |reg| deaths.push((at as Target, reg)));
                step_back(&row, &mut live);
                if let Some(handlers) = &handlers {
                    live.add(handlers);
                }
            }
            deaths[first..].reverse();
        }
        (moves, deaths)
    }
}

/// An instruction after which a register is not needed any more that it touches.
type Death = (Target, Reg);

/// From what is live after an instruction to what is live before it, handlers apart.
fn step_back(row: &Row, live: &mut Set) {
    live.cut_all(row, Effect::Def);
    live.put_all(row, Effect::Use);
    live.put_all(row, Effect::Take);
}

/// Where registers are given up: before which instruction, which register.
fn drops(flow: &Flow, moves: &[usize], deaths: Vec<Death>) -> Vec<(usize, Reg)> {
    let mut updates = vec![false; flow.code.len()];
    let mut moved = vec![false; flow.code.len()];
    for at in moves {
        updates[*at] = true;
        moved[*at] = true;
    }
    let mut any = !moves.is_empty();
    for (at, op) in flow.code.iter().enumerate() {
        let update = super::updates(op);
        updates[at] |= update;
        any |= update;
    }
    if !any {
        return Vec::new();
    }
    let reach = reach(flow, &updates);
    let mut holding = Holding { flow, moved, deaths, entry: Vec::new() };
    holding.solve();
    let mut drops = Vec::new();
    for (i, block) in flow.blocks.iter().enumerate() {
        let inside = updates.get(block.start..block.end).unwrap_or_default();
        let last = inside.iter().rposition(|update| *update).map(|at| at + block.start);
        let after = block.next().any(|next| reach[next]);
        if !after && last.is_none() {
            continue;
        }
        let ahead = |at: usize| after || last.is_some_and(|last| last >= at);
        let first = flow.code.get(block.start);
        let mut held = holding.entry[i].clone();
        let second_half = matches!(first, Some(Op::IterSeq { .. } | Op::IterSeqPair { .. }));
        held.without(&flow.live[i], |reg| {
            if !second_half
                && ahead(block.start)
                && !overwritten(flow, &updates, block.start, block.end, reg)
            {
                drops.push((block.start, reg));
            }
        });
        held.keep(&flow.live[i]);
        holding.through(i, &mut held, |at, reg| {
            if ahead(at) && !overwritten(flow, &updates, at, block.end, reg) {
                drops.push((at, reg));
            }
        });
    }
    drops.sort_unstable();
    drops.dedup();
    drops
}

/// Which registers may hold a value that something else holds too, or a part of one.
struct Holding<'f, 'p> {
    flow: &'f Flow<'p>,
    /// Copies that become moves.
    moved: Vec<bool>,
    deaths: Vec<Death>,
    /// At the start of each block.
    entry: Vec<Set>,
}

impl Holding<'_, '_> {
    fn solve(&mut self) {
        let flow = self.flow;
        self.entry = vec![Set::none(flow.registers); flow.blocks.len()];
        if let Some(first) = self.entry.first_mut() {
            // Parameters and captures.
            first.add(&flow.live[0]);
        }
        let changes: Vec<Change> = (0..flow.blocks.len()).map(|i| self.change(i)).collect();
        let mut todo: Vec<usize> = (0..flow.blocks.len()).rev().collect();
        let mut waiting = vec![true; flow.blocks.len()];
        while let Some(i) = todo.pop() {
            waiting[i] = false;
            let mut held = self.entry[i].clone();
            changes[i].apply(&mut held);
            // A handler may be entered from anywhere in the block.
            let block = &flow.blocks[i];
            let after = block.next().chain(block.handlers.iter().map(|(b, _)| *b));
            for next in after {
                let before = self.entry[next].clone();
                self.entry[next].add(&held);
                if self.entry[next] != before && !std::mem::replace(&mut waiting[next], true) {
                    todo.push(next);
                }
            }
        }
    }

    fn deaths_from(&self, at: usize) -> &[Death] {
        let first = self.deaths.partition_point(|(place, _)| (*place as usize) < at);
        self.deaths.get(first..).unwrap_or_default()
    }

    /// What a block makes of what is held at its start.
    fn change(&self, block: usize) -> Change {
        let flow = self.flow;
        let mut change =
            Change { adds: Set::none(flow.registers), keeps: flow.live[block].clone() };
        let block = &flow.blocks[block];
        let mut deaths = self.deaths_from(block.start);
        for (at, row) in flow.effects.rows(block.start..block.end) {
            let Change { adds, keeps } = &mut change;
            let given_up = if self.moved[at] { Effect::Use } else { Effect::Scalar };
            for effect in [Effect::Take, given_up, Effect::Def] {
                adds.cut_all(&row, effect);
                keeps.cut_all(&row, effect);
            }
            if !fresh(*row.op) {
                adds.put_all(&row, Effect::Def);
            }
            while let Some(((place, reg), rest)) = deaths.split_first()
                && *place as usize == at
            {
                deaths = rest;
                if at + 1 < block.end {
                    adds.cut(*reg, 1);
                    keeps.cut(*reg, 1);
                }
            }
        }
        change
    }

    /// Follows a block; tells which registers are dead but held, and before which instruction of it.
    fn through(&self, block: usize, held: &mut Set, mut dead: impl FnMut(usize, Reg)) {
        let block = &self.flow.blocks[block];
        let mut deaths = self.deaths_from(block.start);
        for (at, row) in self.flow.effects.rows(block.start..block.end) {
            let given_up = if self.moved[at] { Effect::Use } else { Effect::Scalar };
            held.cut_all(&row, Effect::Take);
            held.cut_all(&row, given_up);
            if fresh(*row.op) {
                held.cut_all(&row, Effect::Def);
            } else {
                held.put_all(&row, Effect::Def);
            }
            while let Some(((place, reg), rest)) = deaths.split_first()
                && *place as usize == at
            {
                deaths = rest;
                // What dies at the end of the block is given up in the blocks that follow.
                if at + 1 < block.end && held.has(*reg) {
                    held.cut(*reg, 1);
                    dead(at + 1, *reg);
                }
            }
        }
    }
}

/// Whether an update can be reached from the start of each block.
fn reach(flow: &Flow, updates: &[bool]) -> Vec<bool> {
    let mut reach: Vec<bool> = flow
        .blocks
        .iter()
        .map(|b| updates.get(b.start..b.end).is_some_and(|u| u.contains(&true)))
        .collect();
    loop {
        let mut changed = false;
        for (i, block) in flow.blocks.iter().enumerate().rev() {
            if !reach[i] && block.next().any(|next| reach[next]) {
                reach[i] = true;
                changed = true;
            }
        }
        if !changed {
            return reach;
        }
    }
}

/// The register is written again soon, and before any update.
fn overwritten(flow: &Flow, updates: &[bool], from: usize, end: usize, reg: Reg) -> bool {
    let mut rows = flow.effects.rows(from..end.min(from + 16));
    let found = rows.find(|(at, row)| updates[*at] || Set::defines(row, reg));
    found.is_some_and(|(at, _)| !updates[at])
}
