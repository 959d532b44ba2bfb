//! Move on last use: which registers are still needed at each instruction, and what follows from it.
//!
//! [`last_uses`] works on a finished prototype. A register is *live* where some path, the handlers' included, reads it before
//! writing it. `Copy` of a register that is dead afterwards becomes `Move`; a register whose last use only borrowed it is given up where
//! an update that follows could find its value shared. Invariant: no instruction ever reads a register that was moved out of.

use crate::bytecode::{Op, Prototype, Reg, Target};
use crate::source::Span;

mod access;
mod elements;
mod left;
mod loops;
mod narrow;
mod wide;

use access::{Access, Lengths};
pub(crate) use access::{ends, map_registers, map_target, target};
use left::left_at_returns;
pub use loops::loops_are_apart;

/// What an instruction does to registers, as the analyses ask it.
#[derive(Clone, Copy)]
enum Effect {
    Use,
    Take,
    Def,
    /// Uses it, and succeeds only where its value is no collection.
    Scalar,
}

/// By [`Effect`], the registers of an instruction, where they fit into a word.
type Masks = [u64; 4];

fn each_effect(lengths: Lengths, op: Op, mut visit: impl FnMut(Effect, Reg, u16)) {
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

/// `count` bits from `first` on.
fn run(first: Reg, count: u16) -> u64 {
    if count == 1 && first < 64 {
        return 1 << first;
    }
    let low = 1u64.checked_shl(count.into()).map_or(u64::MAX, |bit| bit - 1);
    low.checked_shl(first.into()).unwrap_or(0)
}

/// It may go on past the next instruction.
fn skips(op: Op) -> bool {
    matches!(op, Op::IterNext { .. } | Op::IterPair { .. })
}

/// What the analysis of a function finds, in order.
#[derive(Debug, Default, PartialEq)]
struct Found {
    /// Copies that can be moves.
    moves: Vec<usize>,
    /// Where registers are given up: before which instruction, which register.
    drops: Vec<(usize, Reg)>,
}

/// Lists that the analyses fill, kept from function to function.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// What each instruction does to registers; nothing where they do not fit into a word.
    masks: Vec<Masks>,
    rows: Vec<narrow::Row>,
    found: Found,
    left: left::Room,
}

/// Makes the last uses of registers move their values, and gives up what would keep later updates from working in place, if values
/// are to be taken; and finds out what is left at returns. `spans` are the places of the instructions.
pub(crate) fn last_uses(
    prototype: &mut Prototype,
    spans: &mut Vec<Span>,
    take: bool,
    room: &mut Room,
) {
    let Room { masks, rows, found, left } = room;
    fill_masks(prototype, masks);
    if take {
        if masks.is_empty() || !prototype.handlers.is_empty() {
            *found = wide::analyse(prototype).unwrap_or_default();
        } else {
            narrow::analyse(&prototype.code, masks, rows, found);
            debug_assert_eq!(Some(&*found), wide::analyse(prototype).map(sorted).as_ref());
        }
        for at in &found.moves {
            if let Some(Op::Copy { dst, src }) = prototype.code.get(*at).copied() {
                prototype.code[*at] = Op::Move { dst, src };
                if let Some(masks) = masks.get_mut(*at) {
                    masks[Effect::Take as usize] = run(src, 1);
                }
            }
        }
        insert(prototype, spans, masks, &found.drops);
        elements::place_elements(prototype, spans, masks);
    }
    prototype.left = left_at_returns(prototype, masks, left);
}

/// In the order of the code.
fn sorted(mut found: Found) -> Found {
    found.moves.sort_unstable();
    found
}

/// Finds out what each instruction does to registers, where they fit into a word.
fn fill_masks(prototype: &Prototype, masks: &mut Vec<Masks>) {
    masks.clear();
    if prototype.registers > 64 {
        return;
    }
    let lengths = Lengths::new(prototype);
    masks.extend(prototype.code.iter().map(|op| {
        let mut mask = Masks::default();
        each_effect(lengths, *op, |effect, first, count| {
            mask[effect as usize] |= run(first, count);
        });
        mask
    }));
}

/// The registers of a word, in order.
fn each_bit(mut word: u64, mut each: impl FnMut(Reg)) {
    while word != 0 {
        each(word.trailing_zeros() as Reg);
        word &= word - 1;
    }
}

/// It changes a value in place, if nothing else holds that.
fn updates(op: &Op) -> bool {
    matches!(
        op,
        Op::SetPath { .. }
            | Op::UpdatePath { .. }
            | Op::MapPath { .. }
            | Op::DeletePath { .. }
            | Op::TakePath { .. }
    )
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
fn insert(
    prototype: &mut Prototype,
    spans: &mut Vec<Span>,
    masks: &mut Vec<Masks>,
    drops: &[(usize, Reg)],
) {
    if drops.is_empty() {
        return;
    }
    let code = &mut prototype.code;
    let place =
        |at: Target| at + drops.partition_point(|(before, _)| *before < at as usize) as Target;
    for op in &mut *code {
        map_target(op, place);
    }
    for handler in &mut prototype.handlers {
        handler.start = place(handler.start);
        handler.end = place(handler.end);
        handler.target = place(handler.target);
    }
    // From the end on, so that each instruction is moved once.
    let mut from = code.len();
    let mut to = from + drops.len();
    code.resize(to, Op::ReturnNull);
    spans.resize(to, Span::default());
    let narrow = !masks.is_empty();
    if narrow {
        masks.resize(to, Masks::default());
    }
    for (at, reg) in drops.iter().rev() {
        let kept = from - at;
        code.copy_within(*at..from, to - kept);
        spans.copy_within(*at..from, to - kept);
        if narrow {
            masks.copy_within(*at..from, to - kept);
            masks[to - kept - 1] = Masks::default();
            masks[to - kept - 1][Effect::Def as usize] = run(*reg, 1);
        }
        (from, to) = (*at, to - kept - 1);
        code[to] = Op::Drop { reg: *reg };
        spans[to] = at.checked_sub(1).map_or_else(Span::default, |before| spans[before]);
    }
}
