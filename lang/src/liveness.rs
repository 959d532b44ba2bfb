//! Move on last use: which registers are still needed at each instruction, and what follows from it.
//!
//! [`take_last_uses`] works on a finished prototype. A register is *live* where some path, the handlers' included, reads it before
//! writing it. `Copy` of a register that is dead afterwards becomes `Move`; a register whose last use only borrowed it is given up where
//! an update that follows could find its value shared. Invariant: no instruction ever reads a register that was moved out of.

use crate::bytecode::{Op, Prototype, Reg, Target};
use crate::source::Span;

/// More bits than this per table are not worth the memory: such a function copies.
const MOST_BITS: usize = 1 << 27;

mod access;
mod elements;
mod left;
mod loops;

use access::{Access, Lengths};
pub(crate) use access::{ends, map_registers, map_target, target};
pub(crate) use left::left_at_returns;
pub use loops::loops_are_apart;

/// A set of registers of a frame.
trait Set: Clone + PartialEq {
    /// None of a frame's registers, of which there are `count`.
    fn none(count: u16) -> Self;
    /// All of them, perhaps with more.
    fn all(count: u16) -> Self;
    fn has(&self, reg: Reg) -> bool;
    fn put(&mut self, first: Reg, count: u16);
    fn cut(&mut self, first: Reg, count: u16);
    fn add(&mut self, other: &Self);
    fn keep(&mut self, other: &Self);
    /// In order, those that are not in the other set.
    fn without(&self, other: &Self, each: impl FnMut(Reg));
    /// Adds the registers that an instruction has this effect on.
    fn put_all(&mut self, effects: &Effects, at: usize, effect: Effect);
    /// Takes them away.
    fn cut_all(&mut self, effects: &Effects, at: usize, effect: Effect);
    /// Those that an instruction touches and that are not in this set, each once.
    fn untouched(&self, effects: &Effects, at: usize, each: impl FnMut(Reg));
}

/// What an instruction does to registers, as the analyses ask it.
#[derive(Clone, Copy)]
enum Effect {
    Use,
    Take,
    Def,
    /// Uses it, and succeeds only where its value is no collection.
    Scalar,
}

/// What the instructions of a function do to registers.
struct Effects<'p> {
    code: &'p [Op],
    lengths: Lengths,
    /// By instruction and [`Effect`], where the registers fit into a word: this is asked several times of each.
    masks: Vec<[u64; 4]>,
}

impl<'p> Effects<'p> {
    fn new(prototype: &'p Prototype) -> Self {
        let lengths = Lengths::new(prototype);
        let code = &prototype.code[..];
        let mut masks = Vec::new();
        if prototype.registers <= 64 {
            masks.reserve_exact(code.len());
            masks.extend(code.iter().map(|op| {
                let mut mask = [0; 4];
                each_effect(&lengths, *op, |effect, first, count| {
                    mask[effect as usize] |= run(first, count);
                });
                mask
            }));
        }
        Effects { code, lengths, masks }
    }

    fn mask(&self, at: usize, effect: Effect) -> u64 {
        self.masks.get(at).map_or(0, |mask| mask[effect as usize])
    }

    fn visit(&self, at: usize, visit: impl FnMut(Effect, Reg, u16)) {
        if let Some(op) = self.code.get(at) {
            each_effect(&self.lengths, *op, visit);
        }
    }
}

fn each_effect(lengths: &Lengths, op: Op, mut visit: impl FnMut(Effect, Reg, u16)) {
    lengths.visit(op, |access, first, count| match access {
        Access::Use => {
            visit(Effect::Use, first, count);
            if count == 1 && proves_scalar(op, first) {
                visit(Effect::Scalar, first, 1);
            }
        }
        Access::Take => visit(Effect::Take, first, count),
        Access::Def => visit(Effect::Def, first, count),
    });
}

/// For frames of up to 64 registers, which nearly all are.
impl Set for u64 {
    fn none(_: u16) -> Self {
        0
    }

    fn all(_: u16) -> Self {
        u64::MAX
    }

    fn has(&self, reg: Reg) -> bool {
        self.checked_shr(reg.into()).is_some_and(|bits| bits & 1 == 1)
    }

    fn put(&mut self, first: Reg, count: u16) {
        *self |= run(first, count);
    }

    fn cut(&mut self, first: Reg, count: u16) {
        *self &= !run(first, count);
    }

    fn add(&mut self, other: &Self) {
        *self |= other;
    }

    fn keep(&mut self, other: &Self) {
        *self &= other;
    }

    fn without(&self, other: &Self, mut each: impl FnMut(Reg)) {
        let mut left = self & !other;
        while left != 0 {
            each(left.trailing_zeros() as Reg);
            left &= left - 1;
        }
    }

    fn put_all(&mut self, effects: &Effects, at: usize, effect: Effect) {
        *self |= effects.mask(at, effect);
    }

    fn cut_all(&mut self, effects: &Effects, at: usize, effect: Effect) {
        *self &= !effects.mask(at, effect);
    }

    fn untouched(&self, effects: &Effects, at: usize, each: impl FnMut(Reg)) {
        let touched = [Effect::Use, Effect::Take, Effect::Def];
        let touched = touched.into_iter().fold(0, |all, effect| all | effects.mask(at, effect));
        touched.without(self, each);
    }
}

/// `count` bits from `first` on.
fn run(first: Reg, count: u16) -> u64 {
    let low = 1u64.checked_shl(count.into()).map_or(u64::MAX, |bit| bit - 1);
    low.checked_shl(first.into()).unwrap_or(0)
}

impl Set for Vec<u64> {
    fn none(count: u16) -> Self {
        vec![0; usize::from(count).div_ceil(64)]
    }

    fn all(count: u16) -> Self {
        vec![u64::MAX; usize::from(count).div_ceil(64)]
    }

    fn has(&self, reg: Reg) -> bool {
        self.get(usize::from(reg) / 64).is_some_and(|word| word >> (reg % 64) & 1 == 1)
    }

    fn put(&mut self, first: Reg, count: u16) {
        for reg in first..first.saturating_add(count) {
            if let Some(word) = self.get_mut(usize::from(reg) / 64) {
                *word |= 1 << (reg % 64);
            }
        }
    }

    fn cut(&mut self, first: Reg, count: u16) {
        for reg in first..first.saturating_add(count) {
            if let Some(word) = self.get_mut(usize::from(reg) / 64) {
                *word &= !(1 << (reg % 64));
            }
        }
    }

    fn add(&mut self, other: &Self) {
        for (word, more) in self.iter_mut().zip(other) {
            *word |= more;
        }
    }

    fn keep(&mut self, other: &Self) {
        for (word, kept) in self.iter_mut().zip(other) {
            *word &= kept;
        }
    }

    fn without(&self, other: &Self, mut each: impl FnMut(Reg)) {
        for (w, (word, other)) in self.iter().zip(other).enumerate() {
            word.without(other, |bit| each((w * 64) as Reg + bit));
        }
    }

    fn put_all(&mut self, effects: &Effects, at: usize, wanted: Effect) {
        effects.visit(at, |effect, first, count| {
            if effect as u8 == wanted as u8 {
                self.put(first, count);
            }
        });
    }

    fn cut_all(&mut self, effects: &Effects, at: usize, wanted: Effect) {
        effects.visit(at, |effect, first, count| {
            if effect as u8 == wanted as u8 {
                self.cut(first, count);
            }
        });
    }

    fn untouched(&self, effects: &Effects, at: usize, mut each: impl FnMut(Reg)) {
        let mut seen = Vec::new();
        effects.visit(at, |_, first, count| {
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

/// What a run of instructions makes of a set: `adds`, and of what was in it what `keeps` has too.
#[derive(Clone)]
struct Change<S> {
    adds: S,
    keeps: S,
}

impl<S: Set> Change<S> {
    fn nothing(registers: u16) -> Self {
        Change { adds: S::none(registers), keeps: S::all(registers) }
    }

    fn apply(&self, set: &mut S) {
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
    /// Blocks where an error in it may continue, with the register that the error takes.
    handlers: Vec<(usize, Reg)>,
}

impl Block {
    fn next(&self) -> impl Iterator<Item = usize> {
        self.next.into_iter().flatten()
    }
}

struct Flow<'p, S> {
    code: &'p [Op],
    effects: Effects<'p>,
    registers: u16,
    blocks: Vec<Block>,
    /// What is live at the start of each block.
    live: Vec<S>,
}

impl<'p, S: Set> Flow<'p, S> {
    /// Nothing when the function is too large to be worth it.
    fn new(prototype: &'p Prototype) -> Option<Self> {
        let code = &prototype.code[..];
        let registers = prototype.registers;
        // The number of the block that begins at an instruction; `OPEN` where one begins, until they are numbered.
        const NO_BLOCK: usize = usize::MAX;
        const OPEN: usize = usize::MAX - 1;
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
        let mut blocks: Vec<Block> = Vec::new();
        for (at, number) in numbers.iter_mut().enumerate() {
            if *number == OPEN {
                *number = blocks.len();
                if let Some(last) = blocks.last_mut() {
                    last.end = at;
                }
                let end = code.len();
                blocks.push(Block { start: at, end, next: [None; 3], handlers: Vec::new() });
            }
        }
        if blocks.len().saturating_mul(usize::from(registers)) > MOST_BITS {
            return None;
        }
        let block_at = |at: usize| numbers.get(at).copied().filter(|n| *n != NO_BLOCK);
        for block in &mut blocks {
            let end = block.end;
            if let Some(last) = end.checked_sub(1).and_then(|at| code.get(at)) {
                block.next = [
                    target(*last).and_then(|target| block_at(target as usize)),
                    if ends(*last) { None } else { block_at(end) },
                    if skips(*last) { block_at(end + 1) } else { None },
                ];
            }
        }
        for handler in &prototype.handlers {
            let Some(target) = block_at(handler.target as usize) else { continue };
            let first = blocks.partition_point(|block| block.start < handler.start as usize);
            for block in blocks.iter_mut().skip(first) {
                if block.start >= handler.end as usize {
                    break;
                }
                block.handlers.push((target, handler.register));
            }
        }
        let live = vec![S::none(registers); blocks.len()];
        let effects = Effects::new(prototype);
        let mut flow = Flow { code, effects, registers, blocks, live };
        flow.solve();
        Some(flow)
    }

    fn solve(&mut self) {
        let changes: Vec<Change<S>> = self.blocks.iter().map(|block| self.needs(block)).collect();
        loop {
            let mut changed = false;
            for block in (0..self.blocks.len()).rev() {
                let (mut live, handlers) = self.live_out(block);
                changes[block].apply(&mut live);
                if let Some(handlers) = handlers {
                    live.add(&handlers);
                }
                if self.live[block] != live {
                    self.live[block] = live;
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
    }

    /// What a block makes of what is live at its end, handlers apart.
    fn needs(&self, block: &Block) -> Change<S> {
        let mut change: Change<S> = Change::nothing(self.registers);
        for at in (block.start..block.end).rev() {
            change.keeps.cut_all(&self.effects, at, Effect::Def);
            self.step_back(at, &mut change.adds, None);
        }
        change
    }

    /// What is live at the end of a block, and what its handlers need throughout.
    fn live_out(&self, block: usize) -> (S, Option<S>) {
        let Block { next, handlers, .. } = &self.blocks[block];
        let mut live = S::none(self.registers);
        for next in next.iter().flatten() {
            live.add(&self.live[*next]);
        }
        if handlers.is_empty() {
            return (live, None);
        }
        let mut needed = S::none(self.registers);
        for (target, register) in handlers {
            let mut there = self.live[*target].clone();
            there.cut(*register, 1);
            needed.add(&there);
        }
        (live, Some(needed))
    }

    /// From what is live after an instruction to what is live before it.
    fn step_back(&self, at: usize, live: &mut S, handlers: Option<&S>) {
        live.cut_all(&self.effects, at, Effect::Def);
        live.put_all(&self.effects, at, Effect::Use);
        live.put_all(&self.effects, at, Effect::Take);
        if let Some(handlers) = handlers {
            live.add(handlers);
        }
    }

    /// The copies that may be moves, and which registers die where: those that an instruction touches and nothing needs afterwards, in
    /// order.
    fn last_uses(&self) -> (Vec<usize>, Vec<(usize, Reg)>) {
        let (mut moves, mut deaths) = (Vec::new(), Vec::new());
        for (i, block) in self.blocks.iter().enumerate() {
            let (mut live, handlers) = self.live_out(i);
            let first = deaths.len();
            for at in (block.start..block.end).rev() {
                if let Op::Copy { dst, src } = self.code[at]
                    && dst != src
                    && !live.has(src)
                {
                    moves.push(at);
                }
                live.untouched(&self.effects, at, |reg| deaths.push((at, reg)));
                self.step_back(at, &mut live, handlers.as_ref());
            }
            deaths[first..].reverse();
        }
        (moves, deaths)
    }
}

/// It may go on past the next instruction.
fn skips(op: Op) -> bool {
    matches!(op, Op::IterNext { .. } | Op::IterPair { .. })
}

/// Makes the last uses of registers move their values, and gives up what would keep later updates from working in place.
pub(crate) fn take_last_uses(prototype: &mut Prototype) {
    if prototype.registers <= 64 {
        take_with::<u64>(prototype);
    } else {
        take_with::<Vec<u64>>(prototype);
    }
}

fn take_with<S: Set>(prototype: &mut Prototype) {
    let Some(flow) = Flow::<S>::new(prototype) else { return };
    let (moves, deaths) = flow.last_uses();
    let drops = drops(&flow, &moves, deaths);
    for at in moves {
        if let Some(op) = prototype.code.get_mut(at)
            && let Op::Copy { dst, src } = *op
        {
            *op = Op::Move { dst, src };
        }
    }
    insert(prototype, drops);
    elements::place_elements(prototype);
}

/// Where registers are given up: before which instruction, which register.
fn drops<S: Set>(flow: &Flow<S>, moves: &[usize], deaths: Vec<(usize, Reg)>) -> Vec<(usize, Reg)> {
    let mut updates = vec![false; flow.code.len()];
    let mut moved = vec![false; flow.code.len()];
    for at in moves {
        updates[*at] = true;
        moved[*at] = true;
    }
    let mut any = !moves.is_empty();
    for (at, op) in flow.code.iter().enumerate() {
        let update = matches!(
            op,
            Op::SetPath { .. }
                | Op::UpdatePath { .. }
                | Op::MapPath { .. }
                | Op::DeletePath { .. }
                | Op::TakePath { .. }
        );
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
struct Holding<'f, 'p, S> {
    flow: &'f Flow<'p, S>,
    /// Copies that become moves.
    moved: Vec<bool>,
    deaths: Vec<(usize, Reg)>,
    /// At the start of each block.
    entry: Vec<S>,
}

impl<S: Set> Holding<'_, '_, S> {
    fn solve(&mut self) {
        let flow = self.flow;
        self.entry = vec![S::none(flow.registers); flow.blocks.len()];
        if let Some(first) = self.entry.first_mut() {
            // Parameters and captures.
            first.add(&flow.live[0]);
        }
        let changes: Vec<Change<S>> = (0..flow.blocks.len())
            .map(|i| {
                let (mut adds, mut keeps) = (S::none(flow.registers), flow.live[i].clone());
                self.through(i, &mut adds, |_, _| {});
                self.through(i, &mut keeps, |_, _| {});
                Change { adds, keeps }
            })
            .collect();
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

    /// Follows a block; tells which registers are dead but held, and before which instruction of it.
    fn through(&self, block: usize, held: &mut S, mut dead: impl FnMut(usize, Reg)) {
        let flow = self.flow;
        let Block { start, end, .. } = flow.blocks[block];
        let mut next = self.deaths.partition_point(|(at, _)| *at < start);
        for at in start..end {
            let given_up = if self.moved[at] { Effect::Use } else { Effect::Scalar };
            held.cut_all(&flow.effects, at, Effect::Take);
            held.cut_all(&flow.effects, at, given_up);
            if fresh(flow.code[at]) {
                held.cut_all(&flow.effects, at, Effect::Def);
            } else {
                held.put_all(&flow.effects, at, Effect::Def);
            }
            while let Some((_, reg)) = self.deaths.get(next).filter(|(place, _)| *place == at) {
                next += 1;
                // What dies at the end of the block is given up in the blocks that follow.
                if at + 1 < end && held.has(*reg) {
                    held.cut(*reg, 1);
                    dead(at + 1, *reg);
                }
            }
        }
    }
}

/// What the instruction makes is held by nothing else, or no collection, or held forever anyway.
fn fresh(op: Op) -> bool {
    !left::may_hold(&op)
        || matches!(
            op,
            Op::Const { .. }
                | Op::GetSlot { .. }
                | Op::Function { .. }
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
                | Op::Range { .. }
                | Op::Concat { .. }
                | Op::Format { .. }
        )
}

/// Whether an update can be reached from the start of each block.
fn reach<S: Set>(flow: &Flow<S>, updates: &[bool]) -> Vec<bool> {
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
fn overwritten<S: Set>(
    flow: &Flow<S>,
    updates: &[bool],
    from: usize,
    end: usize,
    reg: Reg,
) -> bool {
    for (at, update) in updates.iter().enumerate().take(end.min(from + 16)).skip(from) {
        if *update {
            return false;
        }
        let mut defined = false;
        flow.effects.visit(at, |effect, first, count| {
            let run = first..first.saturating_add(count);
            defined |= matches!(effect, Effect::Def) && run.contains(&reg);
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
    let length = prototype.code.len() + drops.len();
    let code = std::mem::replace(&mut prototype.code, Vec::with_capacity(length));
    let spans = std::mem::replace(&mut prototype.spans, Vec::with_capacity(length));
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
