//! Returns: giving a value to the caller, and giving up what the frame still holds.
//!
//! A return knows which registers may hold something (see [`tansy_lang::bytecode::Prototype::left`]). The fast functions look at those, at the
//! cell before the frame and at the register that the value is for; where any holds something on the heap, a function with a stack frame
//! of its own goes on.

use super::instruction::{Operands, Pc, operands, shape};
use super::step::{At, Exit, Fast, Flow, Slow, proceed, release};
use super::table::slow;
use super::{Frame, Machine};
use crate::fault::Fault;
use crate::value::{Tags, Value};
use tansy_lang::bytecode::{LEFT_ANY, NONE, Op, Reg};

type Result = std::result::Result<Flow, Fault>;

/// Returns the value of a register.
#[inline(always)]
pub(super) fn give_back(s: Fast, src: Reg) -> Flow {
    let mut left = left_at(s.at.pc);
    let Some(frame) = s.caller() else { return Flow::Then(end_run) };
    if left == LEFT_ANY {
        return Flow::Slow;
    }
    let mut seen = s.around(frame);
    while left != 0 {
        seen.add(s.r(left.trailing_zeros() as Reg));
        left &= left - 1;
    }
    if seen.any_heap() {
        return Flow::Then(give_back_and_drop);
    }
    let value = s.given(src);
    // SAFETY: the frame of the caller; nothing needs dropping.
    Flow::To(unsafe { s.m.give_to_caller(frame, value) })
}

/// The same where something may be left in the first so many registers: arguments and captures, most often.
#[inline(always)]
pub(super) fn give_back_first<const COUNT: usize>(s: Fast, src: Reg) -> Flow {
    let Some(frame) = s.caller() else { return Flow::Then(end_run) };
    let mut seen = s.around(frame);
    if COUNT == 1 && s.r(0).is_heap() {
        return Flow::Then(match seen.any_heap() {
            true => give_back_and_drop,
            false => give_back_one_and_drop,
        });
    }
    for left in 0..COUNT {
        seen.add(s.r(left as Reg));
    }
    if seen.any_heap() {
        return Flow::Then(give_back_and_drop);
    }
    let value = s.r(src).take();
    // SAFETY: the frame of the caller; nothing needs dropping.
    Flow::To(unsafe { s.m.give_to_caller(frame, value) })
}

/// The same where something may be left in one register.
#[inline(always)]
pub(super) fn give_back_one(s: Fast, src: Reg) -> Flow {
    let Some(frame) = s.caller() else { return Flow::Then(end_run) };
    if s.around(frame).any_heap() {
        return Flow::Then(give_back_and_drop);
    }
    if s.r(s.only_left()).is_heap() {
        return Flow::Then(give_back_one_and_drop);
    }
    let value = s.r(src).take();
    // SAFETY: the frame of the caller; nothing needs dropping.
    Flow::To(unsafe { s.m.give_to_caller(frame, value) })
}

#[inline(always)]
pub(super) fn give_back_null(s: Fast) -> Flow {
    give_back(s, NONE)
}

pub(super) fn give_back_slow(s: Slow, src: Reg) -> Result {
    let value = s.r(src).take();
    s.give_back_from(value)
}

pub(super) fn give_back_null_slow(s: Slow) -> Result {
    s.give_back_from(Value::NULL)
}

impl Fast<'_, '_> {
    /// The frame of the caller.
    #[inline(always)]
    fn caller(&self) -> Option<*const Frame> {
        let frames = &self.m.frames;
        // SAFETY: a frame that there is.
        frames.len().checked_sub(1).map(|last| unsafe { frames.as_ptr().add(last) })
    }

    /// What stands where the result goes, and before the frame.
    #[inline(always)]
    fn around(&self, caller: *const Frame) -> Tags {
        let mut seen = Tags::default();
        // SAFETY: a verified register of the caller, and the cell before the frame, are inside the stack.
        unsafe {
            seen.add(&*(*caller).at.regs.add((*caller).dst as usize));
            seen.add(&*self.at.regs.sub(1));
        }
        seen
    }

    /// The one register in which a return leaves something.
    #[inline(always)]
    fn only_left(&self) -> Reg {
        left_at(self.at.pc).trailing_zeros() as Reg
    }

    /// The value that a return gives: that of a register, or null for [`NONE`].
    #[inline(always)]
    fn given(&self, src: Reg) -> Value {
        match src {
            NONE => Value::NULL,
            src => self.r(src).take(),
        }
    }
}

impl Machine<'_> {
    /// Gives a value to the caller, and goes there.
    ///
    /// # Safety
    /// `caller` is the last frame; the register that the value is for and all of the running frame hold nothing to be dropped.
    #[inline(always)]
    unsafe fn give_to_caller(&mut self, caller: *const Frame, value: Value) -> At {
        // SAFETY: the caller's promise; prototypes live as long as the machine.
        unsafe {
            let Frame { at, prototype, instance, dst } = *caller;
            (*at.regs.add(dst as usize)).overwrite(value);
            self.frames.set_len(self.frames.len() - 1);
            self.prototype = prototype;
            self.instance = instance;
            At { pc: at.pc, regs: at.regs, consts: (*prototype).constants }
        }
    }
}

/// A return where values of the frame need dropping.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which has a caller and is at a return that knows what is left.
#[inline(never)]
unsafe fn give_back_and_drop(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
) -> Exit {
    // Code of the host that runs when its objects are dropped may panic.
    m.at = At { pc, regs, consts };
    let s = Fast { at: m.at, m: &mut *m };
    // SAFETY: as for the fast functions, which come here before they changed anything.
    unsafe {
        let caller = s.caller().unwrap_unchecked();
        let mut left = left_at(pc);
        *regs.sub(1) = Value::UNDEFINED;
        while left != 0 {
            *s.r(left.trailing_zeros() as Reg) = Value::UNDEFINED;
            left &= left - 1;
        }
        *(*caller).at.regs.add((*caller).dst as usize) = Value::UNDEFINED;
        let value = s.given(given_at(pc));
        let at = m.give_to_caller(caller, value);
        proceed(m, at)
    }
}

/// A return where the one register that may hold something does: others may hold that, too.
///
/// # Safety
/// As for [`give_back_and_drop`]; nothing but that register needs dropping.
#[inline(never)]
unsafe fn give_back_one_and_drop(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
) -> Exit {
    let s = Fast { at: At { pc, regs, consts }, m: &mut *m };
    let left = s.r(s.only_left());
    let value = s.given(given_at(pc));
    // SAFETY: the caller's promise, once the register is empty.
    unsafe {
        let caller = s.caller().unwrap_unchecked();
        if left.let_go() {
            let at = m.give_to_caller(caller, value);
            return proceed(m, at);
        }
        std::ptr::write(&mut m.garbage, left.take());
        let At { pc, regs, consts } = m.give_to_caller(caller, value);
        release(m, pc, regs, consts)
    }
}

/// A return that ends the run.
///
/// # Safety
/// The pointers are the state of the machine's running frame, which has no caller and is at a return.
#[inline(never)]
unsafe fn end_run(m: &mut Machine<'_>, pc: Pc, regs: *mut Value, consts: *const Value) -> Exit {
    // SAFETY: as for `Fast::give_back`, which comes here before it changed anything.
    unsafe {
        let (src, mut left) = (given_at(pc), left_at(pc));
        if left == LEFT_ANY {
            return match src {
                NONE => slow::ReturnNull(m, pc, regs, consts),
                _ => slow::Return(m, pc, regs, consts),
            };
        }
        m.result.overwrite(match src {
            NONE => Value::NULL,
            src => (*regs.add(src as usize)).take(),
        });
        let mut seen = Tags::default();
        seen.add(&*regs.sub(1));
        while left != 0 {
            seen.add(&*regs.add(left.trailing_zeros() as usize));
            left &= left - 1;
        }
        if seen.any_heap() {
            empty(left_at(pc), regs);
        }
        Exit::Done
    }
}

/// Gives up what a frame holds: in the registers of a set, and before it.
///
/// # Safety
/// The frame at `regs` has these registers.
#[inline(never)]
unsafe fn empty(mut left: u32, regs: *mut Value) {
    // SAFETY: the caller's promise; the cell before a frame is inside the stack.
    unsafe {
        let give_up = |cell: &mut Value| {
            if cell.is_heap() {
                drop(cell.take());
            }
        };
        give_up(&mut *regs.sub(1));
        while left != 0 {
            give_up(&mut *regs.add(left.trailing_zeros() as usize));
            left &= left - 1;
        }
    }
}

/// The register that a return gives, or [`NONE`].
#[inline(always)]
fn given_at(pc: Pc) -> Reg {
    // SAFETY: asked by the functions of returns only; those that give null have the same operands.
    let Operands(src, ..) = unsafe { operands(pc, shape!(Return { src })) };
    *src
}

/// The registers in which a return leaves something.
#[inline(always)]
fn left_at(pc: Pc) -> u32 {
    // SAFETY: as above.
    let Operands(_, left, ..) = unsafe { operands(pc, shape!(Return { src })) };
    *left
}

impl Slow<'_, '_> {
    /// Returns a value to the caller.
    pub(super) fn give_back(self, value: Value) -> Result {
        let base = self.m.base();
        self.m.clear(self.m.prototype, base);
        self.leave(value)
    }

    /// Returns a value to the caller from a return, which knows what may be left in the registers.
    fn give_back_from(self, value: Value) -> Result {
        let mut left = left_at(self.m.at.pc);
        if left == LEFT_ANY {
            return self.give_back(value);
        }
        // SAFETY: the cell before a frame is inside the stack.
        unsafe { *self.m.at.regs.sub(1) = Value::UNDEFINED };
        while left != 0 {
            *self.r(left.trailing_zeros() as Reg) = Value::UNDEFINED;
            left &= left - 1;
        }
        self.leave(value)
    }

    /// Goes back to the caller with a value; the frame holds nothing any more.
    #[inline(always)]
    fn leave(self, value: Value) -> Result {
        let m = self.m;
        let Some(frame) = m.frames.pop() else {
            m.result = value;
            return Ok(Flow::Exit(Exit::Done));
        };
        m.prototype = frame.prototype;
        m.instance = frame.instance;
        // SAFETY: verified: a register of the caller; prototypes live as long as the machine.
        let consts = unsafe {
            *frame.at.regs.add(frame.dst as usize) = value;
            (*frame.prototype).constants
        };
        Ok(Flow::To(At { pc: frame.at.pc, regs: frame.at.regs, consts }))
    }
}
