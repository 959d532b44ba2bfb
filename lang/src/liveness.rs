//! Move on last use: which registers are still needed at each instruction, and what follows from it.
//!
//! [`take_last_uses`] works on a finished prototype. A register is *live* where some path, the handlers' included, reads it before
//! writing it. `Copy` of a register that is dead afterwards becomes `Move`; a register whose last use only borrowed it is given up where
//! an update that follows could find its value shared. Invariant: no instruction ever reads a register that was moved out of.

use crate::bytecode::{Op, Prototype, Reg, Target};
use crate::source::Span;

/// More bits than this per table are not worth the memory: such a function copies.
const MOST_BITS: usize = 1 << 28;

mod access;
mod left;

use access::{Access, Lengths};
pub(crate) use access::{ends, map_registers, map_target, target};
pub(crate) use left::left_at_returns;

/// A set of registers.
#[derive(Clone, PartialEq)]
struct Bits(Vec<u64>);

impl Bits {
    fn new(words: usize) -> Self {
        Bits(vec![0; words])
    }

    fn has(&self, reg: Reg) -> bool {
        self.0.get(usize::from(reg) / 64).is_some_and(|word| word >> (reg % 64) & 1 == 1)
    }

    fn set(&mut self, reg: Reg, value: bool) {
        if let Some(word) = self.0.get_mut(usize::from(reg) / 64) {
            let bit = 1 << (reg % 64);
            *word = if value { *word | bit } else { *word & !bit };
        }
    }

    fn run(&mut self, first: Reg, count: u16, value: bool) {
        for reg in first..first.saturating_add(count) {
            self.set(reg, value);
        }
    }

    /// The registers that are in this set and not in the other.
    fn without(&self, other: &[u64]) -> Vec<Reg> {
        let mut found = Vec::new();
        for (w, word) in self.0.iter().enumerate() {
            let mut left = word & !other.get(w).copied().unwrap_or(0);
            while left != 0 {
                found.push((w * 64 + left.trailing_zeros() as usize) as Reg);
                left &= left - 1;
            }
        }
        found
    }

    fn add(&mut self, other: &[u64]) {
        for (word, more) in self.0.iter_mut().zip(other) {
            *word |= more;
        }
    }
}

/// A run of instructions that is only entered at its start.
struct Block {
    start: usize,
    end: usize,
    /// Blocks that may follow.
    next: Vec<usize>,
    /// Blocks where an error in it may continue, with the register that the error takes.
    handlers: Vec<(usize, Reg)>,
}

struct Flow<'p> {
    code: &'p [Op],
    lengths: Lengths,
    words: usize,
    blocks: Vec<Block>,
    /// What is live at the start of each block, `words` words each.
    live: Vec<u64>,
}

impl<'p> Flow<'p> {
    /// Nothing when the function is too large to be worth it.
    fn new(prototype: &'p Prototype) -> Option<Self> {
        let code = &prototype.code[..];
        let words = usize::from(prototype.registers).div_ceil(64);
        let mut leader = vec![false; code.len() + 1];
        let mut mark = |at: usize| {
            if let Some(place) = leader.get_mut(at) {
                *place = true;
            }
        };
        mark(0);
        for (at, op) in code.iter().enumerate() {
            if let Some(target) = target(*op) {
                mark(target as usize);
                mark(at + 1);
            }
            if ends(*op) {
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
        let starts: Vec<usize> = (0..code.len()).filter(|at| leader[*at]).collect();
        if starts.len().saturating_mul(words).saturating_mul(64) > MOST_BITS {
            return None;
        }
        let block_at = |at: usize| starts.binary_search(&at).ok();
        let mut blocks = Vec::with_capacity(starts.len());
        for (i, start) in starts.iter().enumerate() {
            let end = starts.get(i + 1).copied().unwrap_or(code.len());
            let mut next = Vec::new();
            if let Some(last) = end.checked_sub(1).and_then(|at| code.get(at)) {
                if let Some(target) = target(*last) {
                    next.extend(block_at(target as usize));
                }
                if !ends(*last) {
                    next.extend(block_at(end));
                }
                if skips(*last) {
                    next.extend(block_at(end + 1));
                }
            }
            blocks.push(Block { start: *start, end, next, handlers: Vec::new() });
        }
        for handler in &prototype.handlers {
            let Some(target) = block_at(handler.target as usize) else { continue };
            let first = starts.partition_point(|at| *at < handler.start as usize);
            for block in blocks.iter_mut().skip(first) {
                if block.start >= handler.end as usize {
                    break;
                }
                block.handlers.push((target, handler.register));
            }
        }
        let live = vec![0; blocks.len() * words];
        let mut flow = Flow { code, lengths: Lengths::new(prototype), words, blocks, live };
        flow.solve();
        Some(flow)
    }

    fn live_in(&self, block: usize) -> &[u64] {
        self.live.get(block * self.words..(block + 1) * self.words).unwrap_or_default()
    }

    fn solve(&mut self) {
        loop {
            let mut changed = false;
            for block in (0..self.blocks.len()).rev() {
                let (mut live, handlers) = self.live_out(block);
                let Block { start, end, .. } = self.blocks[block];
                for at in (start..end).rev() {
                    self.step_back(at, &mut live, &handlers);
                }
                let place = block * self.words..(block + 1) * self.words;
                if let Some(known) = self.live.get_mut(place)
                    && *known != live.0[..]
                {
                    known.copy_from_slice(&live.0);
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
    }

    /// What is live at the end of a block, and what its handlers need throughout.
    fn live_out(&self, block: usize) -> (Bits, Bits) {
        let mut live = Bits::new(self.words);
        let protected = !self.blocks[block].handlers.is_empty();
        let mut handlers = Bits::new(if protected { self.words } else { 0 });
        for next in &self.blocks[block].next {
            live.add(self.live_in(*next));
        }
        for (target, register) in &self.blocks[block].handlers {
            let mut needed = Bits(self.live_in(*target).to_vec());
            needed.set(*register, false);
            handlers.add(&needed.0);
        }
        (live, handlers)
    }

    /// From what is live after an instruction to what is live before it.
    fn step_back(&self, at: usize, live: &mut Bits, handlers: &Bits) {
        let op = self.code[at];
        self.lengths.visit(op, |access, first, count| {
            if access == Access::Def {
                live.run(first, count, false);
            }
        });
        self.lengths.visit(op, |access, first, count| {
            if access != Access::Def {
                live.run(first, count, true);
            }
        });
        live.add(&handlers.0);
    }
}

/// It may go on past the next instruction.
fn skips(op: Op) -> bool {
    matches!(op, Op::IterNext { .. } | Op::IterPair { .. })
}

/// Makes the last uses of registers move their values, and gives up what would keep later updates from working in place.
pub(crate) fn take_last_uses(prototype: &mut Prototype) {
    let Some(flow) = Flow::new(prototype) else { return };
    let mut moves = Vec::new();
    for block in 0..flow.blocks.len() {
        let (mut live, handlers) = flow.live_out(block);
        let Block { start, end, .. } = flow.blocks[block];
        for at in (start..end).rev() {
            if let Op::Copy { dst, src } = flow.code[at]
                && dst != src
                && !live.has(src)
            {
                moves.push(at);
            }
            flow.step_back(at, &mut live, &handlers);
        }
    }
    let drops = drops(&flow, &moves);
    for at in moves {
        if let Some(op) = prototype.code.get_mut(at)
            && let Op::Copy { dst, src } = *op
        {
            *op = Op::Move { dst, src };
        }
    }
    insert(prototype, drops);
}

/// Where registers are given up: before which instruction, which register.
fn drops(flow: &Flow, moves: &[usize]) -> Vec<(usize, Reg)> {
    let mut updates = vec![false; flow.code.len()];
    let mut moved = vec![false; flow.code.len()];
    for at in moves {
        updates[*at] = true;
        moved[*at] = true;
    }
    for (at, op) in flow.code.iter().enumerate() {
        updates[at] |= matches!(
            op,
            Op::SetPath { .. }
                | Op::UpdatePath { .. }
                | Op::MapPath { .. }
                | Op::DeletePath { .. }
                | Op::TakePath { .. }
        );
    }
    if !updates.contains(&true) {
        return Vec::new();
    }
    let reach = reach(flow, &updates);
    let mut holding = Holding { flow, moved, deaths: deaths(flow), entry: Vec::new() };
    holding.solve();
    let mut drops = Vec::new();
    for (i, block) in flow.blocks.iter().enumerate() {
        let inside = updates.get(block.start..block.end).unwrap_or_default();
        let last = inside.iter().rposition(|update| *update).map(|at| at + block.start);
        let after = block.next.iter().any(|next| reach[*next]);
        let ahead = |at: usize| after || last.is_some_and(|last| last >= at);
        let first = flow.code.get(block.start);
        let mut held = holding.entry[i].clone();
        let second_half = matches!(first, Some(Op::IterSeq { .. } | Op::IterSeqPair { .. }));
        for reg in held.without(flow.live_in(i)) {
            held.set(reg, false);
            if !second_half
                && ahead(block.start)
                && !overwritten(flow, &updates, block.start, block.end, reg)
            {
                drops.push((block.start, reg));
            }
        }
        holding.through(i, &mut held, &mut |at, reg| {
            if ahead(at) && !overwritten(flow, &updates, at, block.end, reg) {
                drops.push((at, reg));
            }
        });
    }
    drops.sort_unstable();
    drops.dedup();
    drops
}

/// Registers that instructions touch and nothing needs afterwards, in order.
fn deaths(flow: &Flow) -> Vec<(usize, Reg)> {
    let mut deaths = Vec::new();
    for i in 0..flow.blocks.len() {
        let (mut live, handlers) = flow.live_out(i);
        let Block { start, end, .. } = flow.blocks[i];
        for at in (start..end).rev() {
            flow.lengths.visit(flow.code[at], |_, first, count| {
                let run = first..first.saturating_add(count);
                deaths.extend(run.filter(|reg| !live.has(*reg)).map(|reg| (at, reg)));
            });
            flow.step_back(at, &mut live, &handlers);
        }
    }
    deaths.sort_unstable();
    deaths.dedup();
    deaths
}

/// Which registers may hold a value that something else holds too, or a part of one.
struct Holding<'f, 'p> {
    flow: &'f Flow<'p>,
    /// Copies that become moves.
    moved: Vec<bool>,
    deaths: Vec<(usize, Reg)>,
    /// At the start of each block.
    entry: Vec<Bits>,
}

impl Holding<'_, '_> {
    fn solve(&mut self) {
        let flow = self.flow;
        self.entry = vec![Bits::new(flow.words); flow.blocks.len()];
        if let Some(first) = self.entry.first_mut() {
            // Parameters and captures.
            first.add(flow.live_in(0));
        }
        let mut todo: Vec<usize> = (0..flow.blocks.len()).rev().collect();
        let mut waiting = vec![true; flow.blocks.len()];
        while let Some(i) = todo.pop() {
            waiting[i] = false;
            let mut held = self.entry[i].clone();
            for reg in held.without(flow.live_in(i)) {
                held.set(reg, false);
            }
            self.through(i, &mut held, &mut |_, _| {});
            // A handler may be entered from anywhere in the block.
            let block = &flow.blocks[i];
            let after = block.next.iter().copied().chain(block.handlers.iter().map(|(b, _)| *b));
            for next in after {
                let before = self.entry[next].clone();
                self.entry[next].add(&held.0);
                if self.entry[next] != before && !std::mem::replace(&mut waiting[next], true) {
                    todo.push(next);
                }
            }
        }
    }

    /// Follows a block; tells which registers are dead but held, and before which instruction of it.
    fn through(&self, block: usize, held: &mut Bits, dead: &mut dyn FnMut(usize, Reg)) {
        let flow = self.flow;
        let Block { start, end, .. } = flow.blocks[block];
        let mut next = self.deaths.partition_point(|(at, _)| *at < start);
        for at in start..end {
            let op = flow.code[at];
            let shares = !fresh(op);
            flow.lengths.visit(op, |access, first, count| match access {
                Access::Take => held.run(first, count, false),
                Access::Use if self.moved[at] => held.run(first, count, false),
                Access::Use if count == 1 && proves_scalar(op, first) => held.set(first, false),
                Access::Use => {}
                Access::Def => held.run(first, count, shares),
            });
            while let Some((_, reg)) = self.deaths.get(next).filter(|(place, _)| *place == at) {
                next += 1;
                // What dies at the end of the block is given up in the blocks that follow.
                if at + 1 < end && held.has(*reg) {
                    held.set(*reg, false);
                    dead(at + 1, *reg);
                }
            }
        }
    }
}

/// What the instruction makes is held by nothing else, or no collection, or held forever anyway.
fn fresh(op: Op) -> bool {
    matches!(
        op,
        Op::Int { .. }
            | Op::Null { .. }
            | Op::Bool { .. }
            | Op::Const { .. }
            | Op::Drop { .. }
            | Op::GetSlot { .. }
            | Op::Function { .. }
            | Op::Native { .. }
            | Op::OwnSibling { .. }
            | Op::Add { .. }
            | Op::Sub { .. }
            | Op::Mul { .. }
            | Op::Div { .. }
            | Op::IntDiv { .. }
            | Op::Rem { .. }
            | Op::Binary { .. }
            | Op::AddK { .. }
            | Op::SubK { .. }
            | Op::MulK { .. }
            | Op::DivK { .. }
            | Op::IntDivK { .. }
            | Op::RemK { .. }
            | Op::Neg { .. }
            | Op::Not { .. }
            | Op::Eq { .. }
            | Op::Ne { .. }
            | Op::Lt { .. }
            | Op::Le { .. }
            | Op::In { .. }
            | Op::Is { .. }
            | Op::Range { .. }
            | Op::Concat { .. }
            | Op::Format { .. }
            | Op::RangePrep { .. }
            | Op::RangeNext { .. }
    )
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
            if !reach[i] && block.next.iter().any(|next| reach[*next]) {
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
    for (at, update) in updates.iter().enumerate().take(end.min(from + 16)).skip(from) {
        if *update {
            return false;
        }
        let mut defined = false;
        flow.lengths.visit(flow.code[at], |access, first, count| {
            defined |= access == Access::Def && (first..first.saturating_add(count)).contains(&reg);
        });
        if defined {
            return true;
        }
    }
    false
}

/// An instruction that only succeeds when what it reads from the register is no collection (or hardly ever one).
fn proves_scalar(op: Op, reg: Reg) -> bool {
    match op {
        Op::JumpIf { .. }
        | Op::JumpIfNot { .. }
        | Op::Not { .. }
        | Op::Neg { .. }
        | Op::AddK { .. }
        | Op::SubK { .. }
        | Op::DivK { .. }
        | Op::IntDivK { .. }
        | Op::RemK { .. }
        | Op::Div { .. }
        | Op::IntDiv { .. }
        | Op::Rem { .. }
        | Op::Lt { .. }
        | Op::Le { .. }
        | Op::JumpLt { .. }
        | Op::JumpLe { .. }
        | Op::JumpLtK { .. }
        | Op::JumpLeK { .. }
        | Op::JumpGtK { .. }
        | Op::JumpGeK { .. }
        | Op::RangeNext { .. } => true,
        Op::Index { a, b, .. } | Op::IndexOpt { a, b, .. } => reg == b && reg != a,
        _ => false,
    }
}

/// Puts `Drop`s into the code, moving what refers to addresses.
fn insert(prototype: &mut Prototype, drops: Vec<(usize, Reg)>) {
    if drops.is_empty() {
        return;
    }
    let code = std::mem::take(&mut prototype.code);
    let spans = std::mem::take(&mut prototype.spans);
    let mut places: Vec<Target> = Vec::with_capacity(code.len() + 1);
    let mut left = drops.iter().peekable();
    let mut span = Span::default();
    for (at, (op, own)) in code.into_iter().zip(spans).enumerate() {
        places.push(prototype.code.len() as Target);
        while let Some((_, reg)) = left.next_if(|(place, _)| *place == at) {
            prototype.code.push(Op::Drop { reg: *reg });
            prototype.spans.push(span);
        }
        prototype.code.push(op);
        prototype.spans.push(own);
        span = own;
    }
    places.push(prototype.code.len() as Target);
    let place = |at: Target| places.get(at as usize).copied().unwrap_or(at);
    for op in &mut prototype.code {
        map_target(op, place);
    }
    for handler in &mut prototype.handlers {
        handler.start = place(handler.start);
        handler.end = place(handler.end);
        handler.target = place(handler.target);
    }
}
