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

/// What an instruction does to registers, where they fit into words, a bit each.
#[derive(Clone, Copy, Debug, Default)]
struct Masks {
    /// Those it uses or takes.
    needs: u64,
    /// Those it writes.
    defines: u64,
    /// Those whose values are gone afterwards: it takes or writes them.
    gone: u64,
    /// Those, and the ones that hold no collection afterwards.
    cuts: u64,
    /// Those that hold afterwards what something else may hold, too.
    puts: u64,
    /// Those that it leaves something in that may need giving up.
    leaves: u64,
    /// Where it may go on elsewhere: its target, if it [`JUMPS`].
    target: Target,
    /// See [`traits`].
    traits: u16,
}

impl Masks {
    fn is(&self, traits: u16) -> bool {
        self.traits & traits != 0
    }
}

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
    /// What is held before each instruction.
    held: Vec<u64>,
}

/// Makes the last uses of registers move their values, and gives up what would keep later updates from working in place, if values
/// are to be taken; and finds out what is left at returns. `spans` are the places of the instructions.
pub(crate) fn last_uses(
    prototype: &mut Prototype,
    spans: &mut Vec<Span>,
    take: bool,
    room: &mut Room,
) {
    let Room { masks, rows, found, held } = room;
    let all = fill_masks(prototype, masks);
    if take {
        if masks.is_empty() || !prototype.handlers.is_empty() {
            *found = wide::analyse(prototype).unwrap_or_default();
        } else {
            narrow::analyse(&prototype.code, masks, all, rows, found);
            debug_assert_eq!(Some(&*found), wide::analyse(prototype).map(sorted).as_ref());
        }
        for at in &found.moves {
            if let Some(Op::Copy { dst, src }) = prototype.code.get(*at).copied() {
                prototype.code[*at] = Op::Move { dst, src };
                if let Some(masks) = masks.get_mut(*at) {
                    masks.gone |= masks.needs;
                }
            }
        }
        insert(prototype, spans, masks, &found.drops);
        if all & SKIPS != 0 {
            elements::place_elements(prototype, spans, masks);
        }
    }
    left::fill_left(prototype, masks, held);
}

/// In the order of the code.
fn sorted(mut found: Found) -> Found {
    found.moves.sort_unstable();
    found
}

/// Finds out what each instruction does to registers, where they fit into a word. The traits of all of them.
fn fill_masks(prototype: &Prototype, masks: &mut Vec<Masks>) -> u16 {
    masks.clear();
    if prototype.registers > 64 {
        return u16::MAX;
    }
    let lengths = Lengths::new(prototype);
    let mut all = 0;
    masks.extend(prototype.code.iter().map(|op| {
        let mut traits = traits(op);
        let (mut needs, mut taken, mut defines) = (0, 0, 0);
        lengths.visit(*op, |access, first, count| {
            let registers = run(first, count);
            match access {
                Access::Use => needs |= registers,
                Access::Take => taken |= registers,
                Access::Def => defines |= registers,
            }
        });
        let scalar = match *op {
            Op::Index { a, b, .. } | Op::IndexOpt { a, b, .. } => run(b, 1) & !run(a, 1),
            _ if traits & SCALAR != 0 => needs,
            _ => 0,
        };
        let gone = taken | defines;
        let puts = if traits & FRESH != 0 { 0 } else { defines };
        let mut leaves = if traits & EMPTY != 0 { 0 } else { defines };
        if traits & UPDATES != 0
            && let Some(root) = begun(op)
        {
            leaves |= run(root, 1);
        }
        if traits & MAY_END != 0 && ends(*op) {
            traits |= ENDS;
        }
        debug_assert_eq!(traits & ENDS != 0, ends(*op), "{op:?}");
        debug_assert_eq!(traits & JUMPS != 0, target(*op).is_some(), "{op:?}");
        let target = if traits & JUMPS != 0 { target(*op).unwrap_or(0) } else { 0 };
        all |= traits;
        let (needs, cuts) = (needs | taken, gone | scalar);
        Masks { needs, defines, gone, cuts, puts, leaves, target, traits }
    }));
    all
}

/// The registers of a word, in order.
fn each_bit(mut word: u64, mut each: impl FnMut(Reg)) {
    while word != 0 {
        each(word.trailing_zeros() as Reg);
        word &= word - 1;
    }
}

/// It changes a value in place, if nothing else holds that.
const UPDATES: u16 = 1;
/// What it makes is held by nothing else, or no collection, or held forever anyway.
const FRESH: u16 = 2;
/// What it makes needs no giving up.
const EMPTY: u16 = 4;
/// It only succeeds when what it reads is no collection (or hardly ever one).
const SCALAR: u16 = 8;
/// It may go on past the next instruction.
const SKIPS: u16 = 16;
const RETURNS: u16 = 32;
/// It may go on elsewhere.
const JUMPS: u16 = 64;
/// It never goes on with the next one.
const ENDS: u16 = 128;
/// It never does if nobody asks for its result.
const MAY_END: u16 = 256;
const COPIES: u16 = 512;

/// What the analyses ask about an instruction, whatever its operands.
fn traits(op: &Op) -> u16 {
    match op {
        Op::SetPath { .. }
        | Op::UpdatePath { .. }
        | Op::MapPath { .. }
        | Op::DeletePath { .. }
        | Op::TakePath { .. } => UPDATES,
        Op::Int { .. }
        | Op::Null { .. }
        | Op::Bool { .. }
        | Op::Drop { .. }
        | Op::Native { .. }
        | Op::Eq { .. }
        | Op::Ne { .. }
        | Op::In { .. }
        | Op::InK { .. }
        | Op::Is { .. } => EMPTY | FRESH,
        Op::RangePrep { .. } | Op::RangeNext { .. } => EMPTY | FRESH | JUMPS,
        Op::Not { .. } | Op::Lt { .. } | Op::Le { .. } => EMPTY | FRESH | SCALAR,
        Op::Const { .. }
        | Op::GetSlot { .. }
        | Op::Function { .. }
        | Op::OwnSibling { .. }
        | Op::Add { .. }
        | Op::Sub { .. }
        | Op::Mul { .. }
        | Op::Binary { .. }
        | Op::MulK { .. }
        | Op::Range { .. }
        | Op::Concat { .. }
        | Op::Format { .. } => FRESH,
        Op::Neg { .. }
        | Op::AddK { .. }
        | Op::SubK { .. }
        | Op::Div { .. }
        | Op::DivK { .. }
        | Op::IntDiv { .. }
        | Op::IntDivK { .. }
        | Op::Rem { .. }
        | Op::RemK { .. } => FRESH | SCALAR,
        Op::JumpIf { .. }
        | Op::JumpIfNot { .. }
        | Op::JumpLt { .. }
        | Op::JumpLe { .. }
        | Op::JumpLtK { .. }
        | Op::JumpLeK { .. }
        | Op::JumpGtK { .. }
        | Op::JumpGeK { .. } => SCALAR | JUMPS,
        Op::JumpEq { .. }
        | Op::JumpNe { .. }
        | Op::JumpEqK { .. }
        | Op::JumpNeK { .. }
        | Op::JumpNull { .. }
        | Op::JumpNotNull { .. }
        | Op::JumpSet { .. }
        | Op::JumpUnlessVec { .. }
        | Op::JumpUnlessMap { .. }
        | Op::JumpUnlessIs { .. }
        | Op::JumpUnlessWithin { .. }
        | Op::FieldOrJump { .. }
        | Op::IterSeq { .. }
        | Op::IterSeqPair { .. } => JUMPS,
        Op::Jump { .. } => JUMPS | ENDS,
        Op::IterNext { .. } | Op::IterPair { .. } => SKIPS | JUMPS,
        Op::Return { .. } | Op::ReturnNull => RETURNS | ENDS,
        Op::TailCall { .. }
        | Op::TailCallFn { .. }
        | Op::TailCallSibling { .. }
        | Op::TailCallMethod { .. }
        | Op::Throw { .. }
        | Op::MatchFail { .. }
        | Op::PatternFail { .. }
        | Op::AssertFail { .. } => ENDS,
        Op::CallNamed { .. }
        | Op::CallSpread { .. }
        | Op::CallMethodNamed { .. }
        | Op::CallMethodSpread { .. } => MAY_END,
        Op::Copy { .. } => COPIES,
        _ => 0,
    }
}

fn updates(op: &Op) -> bool {
    traits(op) & UPDATES != 0
}

fn fresh(op: Op) -> bool {
    traits(&op) & FRESH != 0
}

fn skips(op: Op) -> bool {
    traits(&op) & SKIPS != 0
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

/// The instruction only succeeds when what it reads from the register is no collection (or hardly ever one).
fn proves_scalar(op: Op, reg: Reg) -> bool {
    match op {
        Op::Index { a, b, .. } | Op::IndexOpt { a, b, .. } => reg == b && reg != a,
        op => traits(&op) & SCALAR != 0,
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
    if masks.is_empty() {
        code.iter_mut().for_each(|op| map_target(op, place));
    }
    for (op, masks) in code.iter_mut().zip(&mut *masks).filter(|(_, masks)| masks.is(JUMPS)) {
        masks.target = place(masks.target);
        map_target(op, |_| masks.target);
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
            let dropped = run(*reg, 1);
            let (defines, gone, traits) = (dropped, dropped, EMPTY | FRESH);
            masks[to - kept - 1] = Masks { defines, gone, cuts: gone, traits, ..Masks::default() };
        }
        (from, to) = (*at, to - kept - 1);
        code[to] = Op::Drop { reg: *reg };
        spans[to] = at.checked_sub(1).map_or_else(Span::default, |before| spans[before]);
    }
}
