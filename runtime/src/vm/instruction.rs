//! Loaded instructions: sixteen bytes each, the address of a handler and its operands.
//!
//! What the operands are, and where they stand, depends on the instruction, which is not noted down: a handler is for one kind of
//! instruction, and so knows. [`shape`] says it for each kind, once for those who write and those who read. Operands that take more than
//! eight bytes stand apart, in an [`Annex`].

use super::Machine;
use super::formula::{self, Formula};
use super::loops::pushes_each;
use super::step::Exit;
use super::table::{Meeting, give_back, handler, store, with_int};
use crate::code::Constants;
use crate::value::Value;
use std::cell::UnsafeCell;
use std::fmt;
use std::mem::{ManuallyDrop, MaybeUninit};
use tansy_lang::bytecode::{LEFT_ANY, Op, Prototype, Target};

/// An instruction, ready to run.
#[repr(C)]
pub(crate) struct Instruction {
    pub(super) handler: Handler,
    /// [`Operands`] of the kind of instruction, or the address of those in an annex.
    operands: UnsafeCell<MaybeUninit<u64>>,
}

const _: () = assert!(size_of::<Instruction>() == 16);

/// Carries out the instruction at the program counter.
///
/// # Safety
/// The instruction is of the variant that the handler is for, and the pointers are those of the running frame.
pub(super) type Handler =
    for<'m, 'a> unsafe fn(&'m mut Machine<'a>, Pc, *mut Value, *const Value) -> Exit;

/// Where an instruction is.
pub(super) type Pc = *const Instruction;

/// The operands of an instruction, in the order of its fields, and what is known or was seen at it.
#[repr(C)]
pub(super) struct Operands<A = (), B = (), C = (), D = (), E = (), F = ()>(
    pub(super) A,
    pub(super) B,
    pub(super) C,
    pub(super) D,
    pub(super) E,
    pub(super) F,
);

/// Says for a kind of instruction which [`Operands`] it has: as a function that makes them of an [`Op`] and of what else is known when it
/// is loaded. Those who read hand it on for its type.
macro_rules! shape {
    // Where the name was found last: only ever a hint, which runs on other threads write, too.
    (Field { $dst:ident, $a:ident, $name:ident }) => {
        shape!(@of Field { $dst, $a, $name }
            ($dst, $a, $name, std::sync::atomic::AtomicI16::new(0), (), ()))
    };
    // The kind of receiver and the method that were met last, likewise.
    (CallMethod { $dst:ident, $base:ident, $argc:ident, $name:ident }) => {
        shape!(@of CallMethod { $dst, $base, $argc, $name }
            ($dst, $base, $argc, $name, std::sync::atomic::AtomicU32::new(0), ()))
    };
    (TailCallMethod { $base:ident, $argc:ident, $name:ident }) => {
        shape!(@of TailCallMethod { $base, $argc, $name }
            ($base, $argc, $name, 0u16, std::sync::atomic::AtomicU32::new(0), ()))
    };
    // (As CallKept, whose function is in the base.)
    (Call { $dst:ident, $base:ident, $argc:ident }) => {
        shape!(@of Call { $dst, $base, $argc } ($dst, $base, $argc, $base, (), ()))
    };
    // The registers that may hold something (see [`tansy_lang::bytecode::Prototype::left`]).
    (Return { $src:ident }) => {
        |op: &Op, left: u32| match *op {
            Op::Return { $src } => Some(Operands($src, left, (), (), (), ())),
            _ => None,
        }
    };
    (ReturnNull {}) => {
        |op: &Op, left: u32| match *op {
            Op::ReturnNull => Some(Operands(tansy_lang::bytecode::NONE, left, (), (), (), ())),
            _ => None,
        }
    };
    // A constant, or an Int that stands for itself (see [`with_int`]).
    (@known $op:ident { $dst:ident, $a:ident, $k:ident }) => {
        |op: &Op, known: u32| match *op {
            Op::$op { $dst, $a, .. } => Some(Operands($dst, $a, known, (), (), ())),
            _ => None,
        }
    };
    (AddK { $($f:ident),* }) => { shape!(@known AddK { $($f),* }) };
    (SubK { $($f:ident),* }) => { shape!(@known SubK { $($f),* }) };
    (MulK { $($f:ident),* }) => { shape!(@known MulK { $($f),* }) };
    (IntDivK { $($f:ident),* }) => { shape!(@known IntDivK { $($f),* }) };
    (RemK { $($f:ident),* }) => { shape!(@known RemK { $($f),* }) };
    (DivK { $($f:ident),* }) => { shape!(@known DivK { $($f),* }) };
    // [`pushes_each`]
    (VecPush { $vec:ident, $src:ident }) => {
        |op: &Op, each: u32| match *op {
            Op::VecPush { $vec, $src } => Some(Operands($vec, $src, each, (), (), ())),
            _ => None,
        }
    };
    ($op:ident { $a:ident }) => { shape!(@of $op { $a } ($a, (), (), (), (), ())) };
    ($op:ident { $a:ident, $b:ident }) => { shape!(@of $op { $a, $b } ($a, $b, (), (), (), ())) };
    ($op:ident { $a:ident, $b:ident, $c:ident }) => {
        shape!(@of $op { $a, $b, $c } ($a, $b, $c, (), (), ()))
    };
    ($op:ident { $a:ident, $b:ident, $c:ident, $d:ident }) => {
        shape!(@of $op { $a, $b, $c, $d } ($a, $b, $c, $d, (), ()))
    };
    ($op:ident { $a:ident, $b:ident, $c:ident, $d:ident, $e:ident }) => {
        shape!(@of $op { $a, $b, $c, $d, $e } ($a, $b, $c, $d, $e, ()))
    };
    (@of $op:ident { $($f:ident),* } ($($operand:expr),*)) => {
        |op: &Op, _: u32| match *op {
            Op::$op { $($f),* } => Some(Operands($($operand),*)),
            _ => None,
        }
    };
}
pub(super) use shape;

/// Kinds of instructions that are read as one another.
const _: fn() = || {
    fn alike<T>(_: impl FnOnce(&Op, u32) -> Option<T>, _: impl FnOnce(&Op, u32) -> Option<T>) {}
    let kept = shape!(CallKept { dst, base, argc, function });
    alike(kept, shape!(Call { dst, base, argc }));
    alike(kept, shape!(CallFn { dst, base, argc, prototype }));
    let method = shape!(CallMethod { dst, base, argc, name });
    alike(method, shape!(TailCallMethod { base, argc, name }));
    alike(shape!(Return { src }), shape!(ReturnNull {}));
};

/// The operands of an instruction. `shape` is not called: it says which they are.
///
/// # Safety
/// The instruction is of the kind that the shape is for.
#[inline(always)]
pub(super) unsafe fn operands<'v, T>(pc: Pc, _shape: impl FnOnce(&Op, u32) -> Option<T>) -> &'v T {
    // SAFETY: the caller's promise; instructions and annexes live as long as their prototype, and that as long as the machine.
    unsafe {
        let place = (*pc).operands.get();
        match fits::<T>() {
            true => &*place.cast::<T>(),
            false => &*(*place.cast::<*const Annex>()).cast::<T>(),
        }
    }
}

/// Whether operands stand in the instruction itself.
const fn fits<T>() -> bool {
    assert!(size_of::<T>() <= size_of::<Annex>() && align_of::<T>() <= align_of::<Annex>());
    size_of::<T>() <= 8
}

/// Operands that take more room than there is in an instruction.
#[repr(C, align(8))]
pub(super) struct Annex(UnsafeCell<MaybeUninit<[u64; 2]>>);

impl Annex {
    /// Stores the operands of an instruction. Whether they fit into the instruction itself.
    #[inline(always)]
    pub(super) fn store<T>(
        &mut self,
        op: &Op,
        known: u32,
        shape: impl FnOnce(&Op, u32) -> Option<T>,
    ) -> bool {
        let fits = fits::<T>();
        if let Some(operands) = shape(op, known) {
            // SAFETY: there is room, as was just asserted.
            unsafe { self.0.get().cast::<T>().write(operands) };
        }
        fits
    }
}

/// A piece of the memory of a unit's instructions: those of a function, then their annexes, then those of another.
#[repr(C)]
pub(crate) union CodeCell {
    instruction: ManuallyDrop<Instruction>,
    annex: ManuallyDrop<Annex>,
}

const _: () = assert!(size_of::<CodeCell>() == size_of::<Instruction>());

impl CodeCell {
    /// Has the instruction that this is carried out by another function for its kind.
    pub(super) fn set_handler(&mut self, handler: Handler) {
        // SAFETY: what is written is the function, whatever was there.
        unsafe { (&raw mut (*self.instruction).handler).write(handler) };
    }

    /// Tells an instruction where its annex is.
    ///
    /// # Safety
    /// The cells stay where they are, and these two are of that kind.
    pub(crate) unsafe fn attach(cells: *mut CodeCell, (instruction, annex): (usize, usize)) {
        // SAFETY: the caller's promise; an address fits where operands do.
        unsafe {
            let annex: *const Annex = cells.add(annex).cast();
            let instruction = cells.add(instruction).cast::<Instruction>();
            (*instruction).operands.get().cast::<*const Annex>().write(annex);
        }
    }
}

/// The instructions of a function.
#[derive(Clone, Copy)]
pub(crate) struct Instructions {
    start: Pc,
}

/// Loads the instructions of a unit, function by function.
#[derive(Default)]
pub(crate) struct Loader {
    /// The instructions of all functions so far, with their annexes.
    pub(crate) cells: Vec<CodeCell>,
    /// Which cells are instructions that have annexes, and which cells are those.
    pub(crate) apart: Vec<(usize, usize)>,
    /// Those that may be done in a shorter way, once it is known what they refer to outside of their function.
    pub(crate) meetings: Vec<Meeting>,
    /// The constants of all functions so far.
    pub(crate) constants: Constants,
    /// Whether the function loaded last makes or calls functions of its own group.
    pub(crate) own: bool,
    /// The annexes of a function that is being loaded. Used again for each.
    annexes: Vec<CodeCell>,
    formulas: formula::Making,
}

/// Where the constants and the instructions of a function begin among those of its unit.
pub(crate) struct Begins {
    pub(crate) constants: usize,
    pub(crate) cells: usize,
}

impl Loader {
    /// Loads the instructions of a verified prototype, and its constants.
    pub(crate) fn load(&mut self, prototype: &Prototype) -> Result<Begins, String> {
        let (code, constants) = (&prototype.code[..], &prototype.constants[..]);
        let first = self.cells.len();
        let begins = Begins { constants: self.constants.begin(constants.len()), cells: first };
        self.own = false;
        let mut left = prototype.left.iter();
        self.cells.reserve(code.len());
        for (at, as_compiled) in code.iter().enumerate() {
            let (mut op, mut known, mut chosen) = (*as_compiled, 0, None);
            if let Some(k) = op.constant_mut() {
                match with_int(as_compiled, constants) {
                    Some((handler, int)) => {
                        (*k, known, chosen) = (int as u16, int as u32, Some(handler));
                    }
                    None => {
                        *k = self.constants.place(*k, constants)?;
                        known = u32::from(*k);
                    }
                }
            }
            match op {
                Op::Return { .. } | Op::ReturnNull => {
                    known = left.next().copied().unwrap_or(LEFT_ANY);
                    chosen = Some(give_back(&op, known));
                }
                Op::VecPush { .. } => known = pushes_each(code, at),
                Op::CallFn { .. } | Op::CallNative { .. } | Op::Const { .. } => {
                    self.meetings.extend(Meeting::of(code, at, first + at));
                }
                Op::OwnSibling { .. } | Op::CallSibling { .. } | Op::TailCallSibling { .. } => {
                    self.own = true;
                }
                _ => {}
            }
            let handler = chosen.unwrap_or_else(|| handler(prototype, at));
            if let Some(target) = op.target_mut() {
                *target = distance(*target, at);
            }
            let mut annex = Annex(UnsafeCell::new(MaybeUninit::uninit()));
            let fits = store(&op, known, &mut annex);
            // SAFETY: the first half of the bytes.
            let operands = unsafe { annex.0.get().cast::<MaybeUninit<u64>>().read() };
            let instruction = Instruction { handler, operands: UnsafeCell::new(operands) };
            self.cells.push(CodeCell { instruction: ManuallyDrop::new(instruction) });
            if !fits {
                self.apart.push((first + at, first + code.len() + self.annexes.len()));
                self.annexes.push(CodeCell { annex: ManuallyDrop::new(annex) });
            }
        }
        self.cells.append(&mut self.annexes);
        Ok(begins)
    }

    /// The function that was loaded last as a formula, if it is one.
    pub(crate) fn formula(&mut self, prototype: &Prototype) -> Option<Box<Formula>> {
        self.formulas.make(prototype, &mut self.constants)
    }
}

impl Instructions {
    /// Those from a cell on.
    pub(crate) fn from(cell: *const CodeCell) -> Instructions {
        Instructions { start: cell.cast() }
    }

    /// Where the first one is.
    #[inline(always)]
    pub(crate) fn start(&self) -> Pc {
        self.start
    }
}

impl fmt::Debug for Instructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instructions").finish_non_exhaustive()
    }
}

/// A jump target as the distance to it in bytes, an `i32`.
fn distance(target: Target, at: usize) -> Target {
    let distance = (i64::from(target) - at as i64) * size_of::<Instruction>() as i64;
    // It fits: verified code has no more instructions.
    distance as i32 as u32
}
