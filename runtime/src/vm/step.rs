//! How the machine goes from one instruction to the next.
//!
//! Every kind of instruction is carried out by a small function of its own, whose address stands in the loaded code before
//! its operands. The table in [`super::table`] says which. There are two forms, made from the same functions:
//!
//! - *threaded*: each ends with a call of the next one, which the optimiser turns into a jump, so that the program counter, the
//!   registers and the constants stay in processor registers and every instruction has a branch of its own to be predicted;
//! - *portable*: each returns to the loop in [`Machine::dispatch`], which calls the next.
//!
//! A fast function does the common case and borrows nothing that would need a stack frame; for anything else it answers
//! [`Flow::Slow`], and the slow one of the same instruction takes over with the state in [`Machine::at`]. Should a compiler not
//! make a jump of a call, the native stack grows by a frame for each instruction until the slice of fuel ends, where every
//! form returns to the loop: that is the bound on it.
//!
//! `unsafe` here is the unchecked access to registers, constants and code. What makes it sound is said in [`super`]: operands
//! were verified, the stack has room for the running frame, and [`Machine::at`] follows the stack when it moves.

use super::Failure;
use super::formula::Step;
use super::instruction::{Handler, Instruction, Pc};
use super::{Failed, Frame, Machine};
use crate::code::Prototype;
use crate::fault::{Fault, Limit};
use crate::value::{Value, watch};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tansy_lang::bytecode::{Idx, Reg, Target};

/// Why handlers returned to the loop.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    /// Go on at [`Machine::at`].
    Again,
    /// Likewise, after a look at the limits.
    Slice,
    /// The run ended with [`Machine::result`].
    Done,
    /// The instruction at [`Machine::at`] failed with [`Machine::fault`].
    Failed,
    /// The host function called at [`Machine::at`] gives its result later.
    Wait,
}

/// Where the machine is.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) pc: Pc,
    pub(super) regs: *mut Value,
    pub(super) consts: *const Value,
}

/// The state of a suspended caller: its constants are those of its prototype.
#[derive(Clone, Copy)]
pub(super) struct Resume {
    pub(super) pc: Pc,
    pub(super) regs: *mut Value,
}

/// Where control goes after an instruction.
pub(super) enum Flow {
    /// To the next one.
    Next,
    /// To the one after the next.
    Skip,
    /// To the next one, after dropping [`Machine::garbage`].
    Release,
    /// To the one after the next, likewise.
    ReleaseSkip,
    /// To a jump target.
    Go(Target),
    /// Into another frame, or elsewhere in this one.
    To(At),
    /// Likewise, after dropping [`Machine::garbage`].
    ReleaseTo(At),
    /// To another function for the same instruction.
    Then(Handler),
    /// To a step of a formula, which this instruction calls.
    Work(*const Step),
    /// To the slow function of this instruction.
    Slow,
    /// Back to the loop.
    Exit(Exit),
}

/// A fast function's view of the machine: the state is in registers of the processor.
pub(super) struct Fast<'m, 'a> {
    pub(super) m: &'m mut Machine<'a>,
    pub(super) at: At,
}

impl<'a> Fast<'_, 'a> {
    /// A register of the running frame. (The reference is good until the handler ends or changes the frame.)
    #[inline(always)]
    pub(super) fn r<'v>(&self, i: Reg) -> &'v mut Value {
        // SAFETY: a verified register is below the frame's size, and the stack has room for the frame.
        unsafe { &mut *self.at.regs.add(i as usize) }
    }

    /// A constant.
    #[inline(always)]
    pub(super) fn k<'v>(&self, i: Idx) -> &'v Value {
        // SAFETY: verified; constants live as long as the machine.
        unsafe { &*self.at.consts.add(i as usize) }
    }

    /// Stores in a register, giving up what it held; then goes to the next instruction.
    #[inline(always)]
    pub(super) fn set(self, dst: Reg, value: Value) -> Flow {
        if self.replace(dst, value) { Flow::Release } else { Flow::Next }
    }

    /// Stores in a register. Whether that left garbage.
    #[inline(always)]
    pub(super) fn replace(self, dst: Reg, value: Value) -> bool {
        let place = self.r(dst);
        let garbage = place.is_heap();
        if garbage {
            self.leave(place.take());
        }
        place.overwrite(value);
        garbage
    }

    /// Leaves a value to be dropped: to do it here would need a stack frame.
    #[inline(always)]
    pub(super) fn leave(self, value: Value) -> Flow {
        // SAFETY: a field of the machine, which holds nothing that needs dropping until this.
        unsafe { std::ptr::write(&mut self.m.garbage, value) };
        Flow::Release
    }

    /// Where the next instruction is.
    #[inline(always)]
    pub(super) fn next(&self) -> Pc {
        // SAFETY: verified code never runs off its end.
        unsafe { self.at.pc.add(1) }
    }

    /// Notes down where to go on after a call, whose result will go to `dst`; it counts once a frame is entered. Not if there is no room.
    /// (First of all, since it needs registers of the processor.)
    #[inline(always)]
    pub(super) fn save_return(&mut self, dst: Reg) -> bool {
        let m = &mut *self.m;
        let len = m.frames.len();
        if len >= m.frames_end {
            return false;
        }
        // SAFETY: `frames_end` is within the capacity; the call is not the last instruction.
        unsafe {
            // (Field by field, which takes fewer registers.)
            let frame = m.frames.as_mut_ptr().add(len);
            (&raw mut (*frame).at).write(Resume { pc: self.at.pc.add(1), regs: self.at.regs });
            (&raw mut (*frame).prototype).write(m.prototype);
            (&raw mut (*frame).instance).write(m.instance);
            (&raw mut (*frame).dst).write(dst);
        }
        true
    }

    /// Enters a callee whose arguments stand in its registers from `base + 1` on.
    ///
    /// # Safety
    /// [`Fast::save_return`] has just found room.
    #[inline(always)]
    pub(super) unsafe fn enter(self, callee: *const Prototype, instance: u32, base: Reg) -> Flow {
        let m = self.m;
        // SAFETY: verified registers are inside the frame; prototypes live as long as the machine.
        let (inner, callee) = unsafe { (self.at.regs.add(base as usize + 1), &*callee) };
        // The margin above `stack_end` makes the sum a pointer into the stack, or just past it.
        let end = inner.wrapping_add(callee.registers as usize);
        if end > m.stack_end {
            return Flow::Slow;
        }
        // SAFETY: the caller's promise.
        unsafe { m.frames.set_len(m.frames.len() + 1) };
        m.prototype = callee;
        m.instance = instance;
        m.arrive(At { pc: callee.code.start(), regs: inner, consts: callee.constants })
    }
}

/// A slow function's view of the machine: the state is in [`Machine::at`], and follows the stack when it moves.
pub(super) struct Slow<'m, 'a> {
    pub(super) m: &'m mut Machine<'a>,
}

impl Slow<'_, '_> {
    /// A register of the running frame. (The reference is good until the handler ends, changes the frame or lets the stack grow.)
    #[inline(always)]
    pub(super) fn r<'v>(&self, i: Reg) -> &'v mut Value {
        // SAFETY: as for `Fast::r`.
        unsafe { &mut *self.m.at.regs.add(i as usize) }
    }

    /// A constant.
    #[inline(always)]
    pub(super) fn k<'v>(&self, i: Idx) -> &'v Value {
        // SAFETY: as for `Fast::k`.
        unsafe { &*self.m.at.consts.add(i as usize) }
    }

    /// The text of a constant that is a name.
    #[inline(always)]
    pub(super) fn name<'v>(&self, i: Idx) -> &'v str {
        self.k(i).as_str().unwrap_or_default()
    }

    /// The running prototype.
    #[inline(always)]
    pub(super) fn p<'v>(&self) -> &'v Prototype {
        // SAFETY: prototypes live as long as the machine.
        unsafe { &*self.m.prototype }
    }

    /// The index in the stack of a register.
    #[inline(always)]
    pub(super) fn cell(&self, i: Reg) -> usize {
        self.m.base() + i as usize
    }

    /// Stores in a register, giving up what it held.
    #[inline(always)]
    pub(super) fn set(&self, dst: Reg, value: Value) -> Result<Flow, Fault> {
        replace(self.r(dst), value);
        Ok(Flow::Next)
    }

    /// Enters a frame that begins at the cell `base` and for which there is room; its result will go to `dst`.
    pub(super) fn enter(
        self,
        callee: *const Prototype,
        instance: u32,
        base: usize,
        dst: Reg,
    ) -> Result<Flow, Fault> {
        let m = self.m;
        if m.frames.len() >= m.call_depth {
            return Err(Fault::Limit(Limit::Depth));
        }
        // SAFETY: the call is not the last instruction.
        let next = Resume { pc: unsafe { m.at.pc.add(1) }, regs: m.at.regs };
        if m.frames.len() == m.frames.capacity()
            && !watch::grow(&mut m.frames, 1, &mut m.frames_charge)
        {
            return Err(Fault::Limit(Limit::Memory));
        }
        m.frames.push(Frame { at: next, prototype: m.prototype, instance: m.instance, dst });
        m.frames_end = m.frames.capacity().min(m.call_depth);
        Ok(m.begin(callee, instance, base))
    }
}

impl Machine<'_> {
    /// The index in the stack of the running frame's first register.
    #[inline(always)]
    pub(super) fn base(&self) -> usize {
        self.index(self.at.regs)
    }

    /// The index in the stack of a frame's first register.
    #[inline(always)]
    pub(super) fn index(&self, regs: *const Value) -> usize {
        (regs.addr() - self.stack.as_ptr().addr()) / size_of::<Value>()
    }

    /// Makes a prototype the running one, in the frame that begins at the cell `base`.
    #[inline(always)]
    pub(super) fn begin(&mut self, callee: *const Prototype, instance: u32, base: usize) -> Flow {
        self.prototype = callee;
        self.instance = instance;
        // SAFETY: prototypes live as long as the machine; the stack has room for the frame.
        let (callee, regs) = unsafe { (&*callee, self.stack.as_mut_ptr().add(base)) };
        self.arrive(At { pc: callee.code.start(), regs, consts: callee.constants })
    }

    /// Takes a step. Whether it was the last of the slice.
    #[inline(always)]
    pub(super) fn step(&mut self) -> bool {
        // SAFETY: below zero a run is looked at before it goes on for long, and work that would take it to the least number ends it.
        self.cx.fuel = unsafe { self.cx.fuel.unchecked_sub(1) };
        self.cx.fuel <= 0
    }

    /// Goes on in a new frame, which costs a step.
    #[inline(always)]
    pub(super) fn arrive(&mut self, at: At) -> Flow {
        if self.step() {
            self.at = at;
            return Flow::Exit(Exit::Slice);
        }
        Flow::To(at)
    }

    /// A prototype of the running one's unit.
    #[inline(always)]
    pub(super) fn neighbour(&self, number: Idx) -> *const Prototype {
        // SAFETY: the running prototype is one of an array that lives as long as the machine; `number` was verified.
        unsafe {
            // (One distance is multiplied by their size, not two.)
            let own = (*self.prototype).number;
            self.prototype.offset((i32::from(number) - i32::from(own)) as isize)
        }
    }

    /// Makes a prototype the one to go on with, in the frame that begins at the cell `base`.
    #[inline(always)]
    pub(super) fn stand_before(&mut self, callee: *const Prototype, instance: u32, base: usize) {
        // (Otherwise the first step is the last of a slice, and the state is there already.)
        if let Flow::To(at) = self.begin(callee, instance, base) {
            self.at = at;
        }
    }

    /// Runs the frame at [`Machine::at`] and whatever it calls until the run ends.
    #[inline(always)]
    pub(super) fn dispatch(&mut self) -> Result<Value, Failure> {
        match self.go_on_from(Exit::Again) {
            Ok(true) => Ok(self.result.take()),
            Ok(false) => Err(Failed::internal("a run that paused where none may")),
            Err(failure) => Err(failure),
        }
    }

    /// Runs until the run ends with [`Machine::result`], after an instruction that left `exit`. Or until it pauses, which only a run that
    /// [`Machine::yields`] does, and the answer is no.
    #[inline(always)]
    pub(super) fn go_on_from(&mut self, exit: Exit) -> Result<bool, Failure> {
        if exit != Exit::Again {
            return self.take_turns(exit);
        }
        // Most runs end with their first turn. (What a caught closure gives comes through the memory: a byte is quick.)
        match catch_unwind(AssertUnwindSafe(|| self.turn())) {
            Ok(Exit::Done) if watch::stopped().is_none() => Ok(true),
            Ok(exit) => self.take_turns(exit),
            Err(panic) => Err(self.panicked(&*panic)),
        }
    }

    /// The same for any `exit`.
    #[inline(never)]
    fn take_turns(&mut self, exit: Exit) -> Result<bool, Failure> {
        // Code of the host may panic. Every cell holds a value at any time, and the run ends.
        let turns = catch_unwind(AssertUnwindSafe(|| self.turns(exit)));
        turns.unwrap_or_else(|panic| Err(self.panicked(&*panic)))
    }

    /// Goes on at [`Machine::at`], for as long as instructions lead to one another.
    #[inline(always)]
    fn turn(&mut self) -> Exit {
        let At { pc, regs, consts } = self.at;
        // SAFETY: `at` is the state of the running frame, and a handler stands before the operands it is for.
        unsafe { ((*pc).handler)(self, pc, regs, consts) }
    }

    fn turns(&mut self, mut exit: Exit) -> Result<bool, Failure> {
        loop {
            let fault = match exit {
                Exit::Again => {
                    exit = self.turn();
                    continue;
                }
                Exit::Wait => return Ok(false),
                Exit::Done => match watch::stopped() {
                    None => return Ok(true),
                    Some(limit) => {
                        self.result = Value::UNDEFINED;
                        Fault::Limit(limit)
                    }
                },
                // What failed because the run must stop is nobody's business.
                Exit::Failed => match (watch::stopped(), self.fault.take()) {
                    (Some(limit), _) => Fault::Limit(limit),
                    (None, Some(fault)) => fault,
                    (None, None) => Fault::new("internal", "a failure without a reason"),
                },
                Exit::Slice => {
                    let place = self.place(self.at.pc).saturating_sub(1);
                    match self.slice_end(place) {
                        Ok(()) => {
                            exit = Exit::Again;
                            match self.yields && self.nested == 0 {
                                true => return Ok(false),
                                false => continue,
                            }
                        }
                        Err(fault) => {
                            // SAFETY: an index below the one of an instruction.
                            self.at.pc = unsafe { (*self.prototype).code.start().add(place) };
                            fault
                        }
                    }
                }
            };
            self.unwind(fault)?;
            exit = Exit::Again;
        }
    }

    /// The index of an instruction of the running prototype.
    pub(super) fn place(&self, pc: Pc) -> usize {
        place(self.prototype, pc)
    }
}

/// The index of an instruction of a prototype.
pub(super) fn place(prototype: *const Prototype, pc: Pc) -> usize {
    // SAFETY: prototypes live as long as the machine.
    let start = unsafe { (*prototype).code.start() };
    (pc.addr() - start.addr()) / size_of::<Instruction>()
}

/// Stores in a cell, giving up what it held.
#[inline(always)]
pub(super) fn replace(cell: &mut Value, value: Value) {
    if cell.is_heap() {
        drop(cell.take());
    }
    cell.overwrite(value);
}

/// Goes on behind the instruction at [`Machine::at`], after work that may have used up what the run may use.
#[inline(always)]
pub(super) fn worked(m: &mut Machine<'_>) -> Exit {
    // SAFETY: work is not the last instruction.
    m.at.pc = unsafe { m.at.pc.add(1) };
    if m.cx.fuel <= 0 || watch::full() { Exit::Slice } else { Exit::Again }
}

/// A handler that needs a stack frame for its work: does that apart from the jump to the next instruction, in whose way the frame would
/// be. The work finds and leaves the state in the machine; where it is none of its business, `slow` does the instruction.
///
/// # Safety
/// The pointers are the state of the machine's running frame, and both are for the instruction there.
#[inline(always)]
pub(super) unsafe fn work_apart(
    m: &mut Machine<'_>,
    at: At,
    work: unsafe fn(&mut Machine<'_>) -> Option<Exit>,
    slow: Handler,
) -> Exit {
    m.at = at;
    // SAFETY: the caller's promise; work that did nothing left the state as it was.
    unsafe {
        let done = work(m);
        let At { pc, regs, consts } = m.at;
        match done {
            Some(Exit::Again) => proceed(m, m.at),
            Some(exit) => exit,
            None => slow(m, pc, regs, consts),
        }
    }
}

/// Goes on at `at`.
///
/// # Safety
/// `at` is the state of the machine's running frame.
#[inline(always)]
pub(super) unsafe fn proceed(m: &mut Machine<'_>, at: At) -> Exit {
    #[cfg(threaded)]
    // SAFETY: a handler stands before the operands it is for; the rest is the caller's promise.
    unsafe {
        ((*at.pc).handler)(m, at.pc, at.regs, at.consts)
    }
    #[cfg(not(threaded))]
    {
        m.at = at;
        Exit::Again
    }
}

/// Goes where a fast function says. (Not for [`Flow::Slow`], which the caller has dealt with.)
///
/// # Safety
/// `at` is the state of the machine's running frame, and the flow comes from the instruction there.
#[inline(always)]
pub(super) unsafe fn follow(m: &mut Machine<'_>, flow: Flow, at: At) -> Exit {
    // SAFETY: verified code never runs off its end, skips only what is there, and jumps to its own instructions.
    unsafe {
        match flow {
            Flow::Next => proceed(m, At { pc: at.pc.add(1), ..at }),
            Flow::Skip => proceed(m, At { pc: at.pc.add(2), ..at }),
            Flow::Go(distance) => {
                let at = At { pc: at.pc.byte_offset(distance as i32 as isize), ..at };
                if (distance as i32) <= 0 && m.step() {
                    m.at = at;
                    return Exit::Slice;
                }
                proceed(m, at)
            }
            Flow::Release => release(m, at.pc.add(1), at.regs, at.consts),
            Flow::ReleaseSkip => release(m, at.pc.add(2), at.regs, at.consts),
            Flow::To(at) => proceed(m, at),
            Flow::ReleaseTo(at) => release(m, at.pc, at.regs, at.consts),
            Flow::Then(handler) => handler(m, at.pc, at.regs, at.consts),
            Flow::Work(step) => ((*step).act)(m, at.pc, at.regs, at.consts, step),
            Flow::Exit(exit) => exit,
            Flow::Slow => std::hint::unreachable_unchecked(),
        }
    }
}

/// Drops the garbage and goes on.
///
/// # Safety
/// The pointers are the state of the machine's running frame.
#[inline(never)]
pub(super) unsafe fn release(
    m: &mut Machine<'_>,
    pc: Pc,
    regs: *mut Value,
    consts: *const Value,
) -> Exit {
    drop(m.garbage.take());
    // SAFETY: the caller's promise.
    unsafe { proceed(m, At { pc, regs, consts }) }
}

/// Leaves the state in the machine after a slow function.
///
/// # Safety
/// The flow comes from the instruction at [`Machine::at`].
#[inline(always)]
pub(super) unsafe fn settle(m: &mut Machine<'_>, flow: Result<Flow, Fault>) -> Exit {
    // SAFETY: as for `follow`.
    unsafe {
        match flow {
            Ok(Flow::Next) => m.at.pc = m.at.pc.add(1),
            Ok(Flow::Skip) => m.at.pc = m.at.pc.add(2),
            Ok(Flow::Go(distance)) => {
                m.at.pc = m.at.pc.byte_offset(distance as i32 as isize);
                if (distance as i32) <= 0 {
                    m.cx.fuel -= 1;
                }
            }
            Ok(Flow::To(at)) => m.at = at,
            Ok(Flow::Exit(exit)) => return exit,
            Ok(
                Flow::Slow
                | Flow::Release
                | Flow::ReleaseSkip
                | Flow::ReleaseTo(_)
                | Flow::Then(_)
                | Flow::Work(_),
            ) => {
                m.fault = Some(Fault::new("internal", "slower than slow"));
            }
            Err(fault) => m.fault = Some(fault),
        }
    }
    if m.fault.is_some() {
        Exit::Failed
    } else if m.cx.fuel <= 0 || watch::full() {
        Exit::Slice
    } else {
        Exit::Again
    }
}

/// The handlers of instructions that have a fast function. `fast` and `slow` name functions over [`Fast`] and [`Slow`].
macro_rules! handlers {
    (
        fast { $($fop:ident { $($ff:ident),* } => $ffast:path, $fslow:path;)* }
        slow { $($sop:ident { $($sf:ident),* } => $sslow:path;)* }
    ) => {
        #[allow(non_snake_case)]
        pub(super) mod fast {
            use super::*;
            $(handlers!(@fast $fop { $($ff),* } $ffast);)*
        }
        #[allow(non_snake_case)]
        pub(super) mod slow {
            use super::*;
            $(handlers!(@slow $fop { $($ff),* } $fslow);)*
            $(handlers!(@slow $sop { $($sf),* } $sslow);)*
        }
        #[allow(non_snake_case)]
        mod body {
            use super::*;
            $(handlers!(@body $fop { $($ff),* } $fslow);)*
            $(handlers!(@body $sop { $($sf),* } $sslow);)*
        }
        /// The function for an instruction.
        fn general(op: &Op) -> Handler {
            match op {
                $(Op::$fop { .. } => fast::$fop,)*
                $(Op::$sop { .. } => slow::$sop,)*
            }
        }
        /// Stores the operands of an instruction for its functions. Whether they fit into the instruction itself.
        pub(super) fn store(op: &Op, known: u32, to: &mut Annex) -> bool {
            match op {
                $(Op::$fop { .. } => to.store(op, known, shape!($fop { $($ff),* })),)*
                $(Op::$sop { .. } => to.store(op, known, shape!($sop { $($sf),* })),)*
            }
        }
    };
    // Names the operands of the instruction at a program counter.
    (@operands $pc:ident $op:ident { $($f:ident),* }) => {
        // SAFETY: this handler stands before instructions of this variant only.
        let Operands($($f,)* ..) = unsafe { operands($pc, shape!($op { $($f),* })) };
    };
    (@fast $op:ident { $($f:ident),* } $fast:path) => {
        handlers!(@fast $op $op { $($f),* } $fast);
    };
    // A special case of an instruction, under a name of its own.
    (@fast $name:ident $op:ident { $($f:ident),* } $fast:path) => {
        pub(in crate::vm) unsafe fn $name(
            m: &mut Machine<'_>,
            pc: Pc,
            regs: *mut Value,
            consts: *const Value,
        ) -> Exit {
            handlers!(@operands pc $op { $($f),* });
            let at = At { pc, regs, consts };
            match $fast(Fast { m: &mut *m, at }, $(*$f),*) {
                // SAFETY: the same instruction, the same state.
                Flow::Slow => unsafe { super::slow::$op(m, pc, regs, consts) },
                // SAFETY: as above.
                flow => unsafe { follow(m, flow, at) },
            }
        }
    };
    // A special case with a slow function of its own.
    (@apart $name:ident $op:ident { $($f:ident),* } $fast:path, $slow:path) => {
        #[allow(non_snake_case)]
        pub(super) mod $name {
            use super::*;
            pub(in crate::vm) mod fast {
                use super::*;
                handlers!(@fast $op { $($f),* } $fast);
            }
            mod slow {
                use super::*;
                handlers!(@slow $op { $($f),* } $slow);
            }
            mod body {
                use super::*;
                handlers!(@body $op { $($f),* } $slow);
            }
        }
    };
    (@slow $op:ident { $($f:ident),* } $slow:path) => {
        // Apart from its body, so that nothing stands in the way of a jump at its end.
        #[inline(never)]
        pub(in crate::vm) unsafe fn $op(
            m: &mut Machine<'_>,
            pc: Pc,
            regs: *mut Value,
            consts: *const Value,
        ) -> Exit {
            // SAFETY: the same instruction, the same state.
            let exit = unsafe { super::body::$op(m, pc, regs, consts) };
            if exit == Exit::Again {
                let at = m.at;
                // SAFETY: the body left the state of the running frame there.
                unsafe { proceed(m, at) }
            } else {
                exit
            }
        }
    };
    (@body $op:ident { $($f:ident),* } $slow:path) => {
        #[inline(never)]
        pub(in crate::vm) unsafe fn $op(
            m: &mut Machine<'_>,
            pc: Pc,
            regs: *mut Value,
            consts: *const Value,
        ) -> Exit {
            handlers!(@operands pc $op { $($f),* });
            m.at = At { pc, regs, consts };
            let flow = $slow(Slow { m: &mut *m }, $(*$f),*);
            // SAFETY: the flow comes from the instruction at `at`.
            unsafe { settle(m, flow) }
        }
    };
}
pub(super) use handlers;
