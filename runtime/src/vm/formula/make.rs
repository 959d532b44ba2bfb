//! Makes formulas of functions when they are loaded.
//!
//! Each value gets a place of its own, which one step writes. Moving, copying and dropping then are no steps: registers are names of places,
//! and where ways come together with different ones, a register is not known any more.

use super::act::*;
use super::{ARGUMENTS, Act, CAPTURES, CONSTANTS, FOUND, Formula, OWN, Place, RESULTS, Step};
use crate::code::Constants;
use crate::value::Value;
use std::sync::atomic::{AtomicU16, AtomicU32};
use tansy_lang::bytecode::{Const, Idx, Op, Prototype, Reg, Target};

/// Functions that are longer, or have more registers, are no short formula.
const LONGEST: usize = 16;
const WIDEST: u16 = 32;
/// So many constants have places, and a few more.
const MOST_CONSTANTS: usize = 1000;

/// By register, where its value is, or [`UNKNOWN`].
type Places = [Place; WIDEST as usize];

/// Makes formulas, one after another.
pub(crate) struct Making {
    steps: Vec<Step>,
    results: usize,
    found: usize,
    registers: Places,
    /// Whether a way leads to the instruction.
    reached: bool,
    /// Jumps to instructions that were not there yet: where they lead, the step, the registers there.
    jumps: Vec<(Target, usize, Places)>,
    /// The value that the last step makes, and what carries it out where that is the function's, if that step is the only way to the
    /// instruction.
    latest: Option<(Place, Act)>,
}

const UNKNOWN: Place = Place { base: u8::MAX, offset: 0 };

impl Default for Making {
    fn default() -> Making {
        Making {
            steps: Vec::new(),
            results: 0,
            found: 0,
            registers: [UNKNOWN; WIDEST as usize],
            reached: true,
            jumps: Vec::new(),
            latest: None,
        }
    }
}

impl Making {
    /// A verified function as a formula, if it is one. To the function's constants those of steps are added.
    pub(crate) fn make(
        &mut self,
        prototype: &Prototype,
        constants: &mut Constants,
    ) -> Option<Box<Formula>> {
        let p = prototype;
        let before = constants.count();
        let short = p.code.len() <= LONGEST && before <= MOST_CONSTANTS;
        if !short || p.registers > WIDEST || p.rest || !p.handlers.is_empty() {
            return None;
        }
        // Behind one, ways come together that came to different values.
        if p.code.iter().any(|op| matches!(op, Op::Jump { .. })) {
            return None;
        }
        self.begin(p);
        let mut adding = Adding { making: self, constants, all: &p.constants };
        for (at, op) in p.code.iter().enumerate() {
            adding.making.arrive(at);
            if adding.making.reached && adding.add(*op, at).is_none() {
                constants.truncate(before);
                return None;
            }
        }
        let steps = self.steps.drain(..).collect();
        let argc = AtomicU16::new(p.parameters.len() as u16);
        Some(Box::new(Formula { steps, argc, failures: AtomicU16::new(0) }))
    }

    fn begin(&mut self, p: &Prototype) {
        self.steps.clear();
        self.jumps.clear();
        (self.results, self.found, self.reached, self.latest) = (0, 0, true, None);
        self.registers = [UNKNOWN; WIDEST as usize];
        let (arguments, others) = self.registers.split_at_mut(p.parameters.len());
        for (base, places) in [(ARGUMENTS, arguments), (CAPTURES, &mut others[..p.captures.into()])]
        {
            places.iter_mut().enumerate().for_each(|(i, place)| *place = Place::new(base, i));
        }
    }

    /// Brings the ways together that lead to an instruction.
    fn arrive(&mut self, at: usize) {
        let here = self.steps.len();
        let mut next = 0;
        while let Some((target, step, registers)) = self.jumps.get(next) {
            if *target as usize != at {
                next += 1;
                continue;
            }
            self.steps[*step].skip = (here - step) as u8;
            self.latest = None;
            if self.reached {
                for (place, other) in self.registers.iter_mut().zip(registers) {
                    if place != other {
                        *place = UNKNOWN;
                    }
                }
            } else {
                self.registers = *registers;
                self.reached = true;
            }
            self.jumps.swap_remove(next);
        }
    }
}

/// A formula that gets the next step.
struct Adding<'a> {
    making: &'a mut Making,
    constants: &'a mut Constants,
    /// The constants of the function.
    all: &'a [Const],
}

impl Adding<'_> {
    /// Adds what an instruction does. Not if no formula does that.
    fn add(&mut self, op: Op, at: usize) -> Option<()> {
        match op {
            Op::Move { dst, src } | Op::Copy { dst, src } => self.name(dst, self.at(src)?),
            Op::Drop { reg } => self.name(reg, UNKNOWN),
            Op::Const { dst, k } => {
                let place = self.k(k)?;
                self.name(dst, place);
            }
            Op::Int { dst, value } => self.constant(dst, Value::int(value.into())),
            Op::Null { dst } => self.constant(dst, Value::NULL),
            Op::Bool { dst, value } => self.constant(dst, Value::bool(value)),

            Op::Add { dst, a, b } => self.compute::<Add>(dst, a, self.at(b)?)?,
            Op::Sub { dst, a, b } => self.compute::<Sub>(dst, a, self.at(b)?)?,
            Op::Mul { dst, a, b } => self.compute::<Mul>(dst, a, self.at(b)?)?,
            Op::Div { dst, a, b } => self.compute::<Div>(dst, a, self.at(b)?)?,
            Op::IntDiv { dst, a, b } => self.compute::<IntDiv>(dst, a, self.at(b)?)?,
            Op::Rem { dst, a, b } => self.compute::<Rem>(dst, a, self.at(b)?)?,
            Op::AddK { dst, a, k } => self.compute_k::<Add>(dst, a, k)?,
            Op::SubK { dst, a, k } => self.compute_k::<Sub>(dst, a, k)?,
            Op::MulK { dst, a, k } => self.compute_k::<Mul>(dst, a, k)?,
            Op::DivK { dst, a, k } => self.compute_k::<Div>(dst, a, k)?,
            Op::IntDivK { dst, a, k } => self.compute_k::<IntDiv>(dst, a, k)?,
            Op::RemK { dst, a, k } => match is_divisor(&self.all[usize::from(k)]) {
                true => self.compute_k::<RemInt>(dst, a, k)?,
                false => self.compute_k::<Rem>(dst, a, k)?,
            },
            Op::Neg { dst, a } => self.compute::<Neg>(dst, a, self.at(a)?)?,
            Op::Not { dst, a } => self.compute::<Not>(dst, a, self.at(a)?)?,
            Op::Eq { dst, a, b } => self.compute::<Eq>(dst, a, self.at(b)?)?,
            Op::Ne { dst, a, b } => self.compute::<Ne>(dst, a, self.at(b)?)?,
            Op::Lt { dst, a, b } => self.compute::<Lt>(dst, a, self.at(b)?)?,
            Op::Le { dst, a, b } => self.compute::<Le>(dst, a, self.at(b)?)?,

            Op::Field { dst, a, name } => {
                let name = self.k(name)?;
                self.find([field::<false>, field::<true>], dst, a, name)?;
            }
            Op::Index { dst, a, b } => {
                self.find([find::<Index, false>, find::<Index, true>], dst, a, self.at(b)?)?;
            }
            Op::Element { dst, a, index } => {
                let index = self.pooled(Value::int(index.into()));
                self.find([find::<Element, false>, find::<Element, true>], dst, a, index)?;
            }

            Op::JumpIf { a, target } => self.jump_on::<IfTrue>(a, target, at)?,
            Op::JumpIfNot { a, target } => self.jump_on::<IfFalse>(a, target, at)?,
            Op::JumpNull { a, target } => self.jump_on::<IfNull>(a, target, at)?,
            Op::JumpNotNull { a, target } => self.jump_on::<IfNotNull>(a, target, at)?,
            Op::JumpEq { a, b, target } => {
                self.jump::<IfEq>(self.at(a)?, self.at(b)?, target, at)?
            }
            Op::JumpNe { a, b, target } => {
                self.jump::<IfNe>(self.at(a)?, self.at(b)?, target, at)?
            }
            Op::JumpLt { a, b, target } => {
                self.jump::<IfLt>(self.at(a)?, self.at(b)?, target, at)?
            }
            Op::JumpLe { a, b, target } => {
                self.jump::<IfLe>(self.at(a)?, self.at(b)?, target, at)?
            }
            Op::JumpEqK { a, k, target } => {
                let k = self.k(k)?;
                self.jump::<IfEq>(self.at(a)?, k, target, at)?;
            }
            Op::JumpNeK { a, k, target } => {
                let k = self.k(k)?;
                self.jump::<IfNe>(self.at(a)?, k, target, at)?;
            }
            Op::JumpLtK { a, k, target } => {
                let k = self.k(k)?;
                self.jump::<IfLt>(self.at(a)?, k, target, at)?;
            }
            Op::JumpLeK { a, k, target } => {
                let k = self.k(k)?;
                self.jump::<IfLe>(self.at(a)?, k, target, at)?;
            }
            // Turned round.
            Op::JumpGtK { a, k, target } => {
                let k = self.k(k)?;
                self.jump::<IfLt>(k, self.at(a)?, target, at)?;
            }
            Op::JumpGeK { a, k, target } => {
                let k = self.k(k)?;
                self.jump::<IfLe>(k, self.at(a)?, target, at)?;
            }
            Op::JumpUnlessVec { a, len, open, target } => {
                let len = self.pooled(Value::int(len.into()));
                match open {
                    true => self.jump::<UnlessOpenVec>(self.at(a)?, len, target, at)?,
                    false => self.jump::<UnlessVec>(self.at(a)?, len, target, at)?,
                }
            }

            Op::Return { src } => self.give(self.at(src)?),
            Op::ReturnNull => {
                let null = self.pooled(Value::NULL);
                self.give(null);
            }
            Op::PatternFail { .. } | Op::MatchFail { .. } | Op::AssertFail { .. } => {
                self.step(give_up, Place::NONE, Place::NONE, 0);
                self.making.reached = false;
            }
            _ => return None,
        }
        Some(())
    }

    /// Where the value of a register is.
    fn at(&self, r: Reg) -> Option<Place> {
        let place = self.making.registers[usize::from(r)];
        (place != UNKNOWN).then_some(place)
    }

    fn name(&mut self, dst: Reg, place: Place) {
        self.making.registers[usize::from(dst)] = place;
    }

    /// A place for a constant that only steps have.
    fn pooled(&mut self, value: Value) -> Place {
        Place::new(CONSTANTS, self.constants.add(value))
    }

    fn k(&mut self, k: Idx) -> Option<Place> {
        Some(Place::new(CONSTANTS, self.constants.place(k, self.all).ok()?.into()))
    }

    fn constant(&mut self, dst: Reg, value: Value) {
        let place = self.pooled(value);
        self.name(dst, place);
    }

    fn step(&mut self, act: Act, a: Place, b: Place, to: u8) {
        self.making.steps.push(Step { act, a, b, to, skip: 1, hint: AtomicU32::new(0) });
        self.making.latest = None;
    }

    /// A step that makes a new value.
    fn compute<C: Compute>(&mut self, dst: Reg, a: Reg, b: Place) -> Option<()> {
        let own = self.making.results;
        self.making.results += 1;
        self.step(compute::<C, false>, self.at(a)?, b, own as u8);
        self.make(dst, Place::new(OWN, own), compute::<C, true>);
        (own < RESULTS).then_some(())
    }

    fn compute_k<C: Compute>(&mut self, dst: Reg, a: Reg, k: Idx) -> Option<()> {
        let k = self.k(k)?;
        self.compute::<C>(dst, a, k)
    }

    /// A step that finds a value inside of another.
    fn find(&mut self, [act, last]: [Act; 2], dst: Reg, a: Reg, b: Place) -> Option<()> {
        let base = OWN + 1 + self.making.found as u8;
        self.making.found += 1;
        self.step(act, self.at(a)?, b, base);
        self.make(dst, Place::new(base, 0), last);
        (self.making.found <= FOUND).then_some(())
    }

    fn make(&mut self, dst: Reg, place: Place, last: Act) {
        self.making.latest = Some((place, last));
        self.name(dst, place);
    }

    /// A jump, if it leads on.
    fn jump<D: Decide>(&mut self, a: Place, b: Place, target: Target, at: usize) -> Option<()> {
        self.step(decide::<D>, a, b, 0);
        self.making.jumps.push((target, self.making.steps.len() - 1, self.making.registers));
        (target as usize > at).then_some(())
    }

    fn jump_on<D: Decide>(&mut self, a: Reg, target: Target, at: usize) -> Option<()> {
        self.jump::<D>(self.at(a)?, Place::NONE, target, at)
    }

    /// A value is that of the function.
    fn give(&mut self, place: Place) {
        match (self.making.steps.last_mut(), self.making.latest) {
            (Some(step), Some((made, last))) if made == place => step.act = last,
            _ => self.step(share, place, Place::NONE, 0),
        }
        self.making.reached = false;
    }
}

/// Whether this is a divisor for [`RemInt`].
fn is_divisor(k: &Const) -> bool {
    matches!(k, Const::Int(n) if *n > 0 && u32::try_from(*n).is_ok())
}
