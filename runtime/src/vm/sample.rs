//! Noting where the steps go: at the end of each slice of fuel, its steps are charged to the stack of calls found there.
//!
//! Slices are short while a profile is made, and of uneven length, lest they keep time with a loop of the program. The lengths come
//! from a fixed sequence, so that a run has one profile. What is kept is bounded: `MOST_FRAMES` of a stack, `MOST_CALLS` in all.

use super::{Frame, Instance, Machine};
use crate::code::{LoadedCode, Prototype};
use crate::native::Registry;
use crate::profile::{Call, Function, Place, Profile};
use std::collections::{BTreeMap, HashMap};

/// The mean length of a slice: at first, and in long runs.
const SHORTEST: u64 = 8;
const LONGEST: u64 = 1_000;
/// Slices get longer with the run: about so many fit into what it has taken.
const FINENESS: u64 = 2_000;
/// Frames looked at at each end of a stack.
const MOST_FRAMES: usize = 100;
/// Calls kept apart in the tree.
const MOST_CALLS: usize = 100_000;
/// The longest round of calls (`even` calls `odd` calls `even`) that is recognised as recursion.
const ROUND: usize = 6;

/// What may be on the stack.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    Function {
        prototype: *const Prototype,
        instance: u32,
    },
    /// By its number in the registry.
    Native(u32),
    Omitted,
}

/// The tree of calls found so far.
pub(super) struct Sampler {
    calls: Vec<(Who, Option<u32>, u64)>,
    /// The call that one makes of somebody.
    known: HashMap<(Option<u32>, Who), u32>,
    /// Own steps by instruction.
    lines: HashMap<(Who, usize), u64>,
    /// Steps charged so far.
    charged: u64,
    samples: u64,
    random: u64,
    stack: Vec<Who>,
}

impl Sampler {
    pub(super) fn new() -> Sampler {
        Sampler {
            calls: Vec::new(),
            known: HashMap::new(),
            lines: HashMap::new(),
            charged: 0,
            samples: 0,
            random: 0x9e37_79b9_7f4a_7c15,
            stack: Vec::new(),
        }
    }

    /// The steps until the next look: around the mean, from a half to three halves of it.
    pub(super) fn slice(&mut self) -> i64 {
        let mean = (self.charged / FINENESS).clamp(SHORTEST, LONGEST);
        // Xorshift (Marsaglia 2003).
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (mean / 2 + self.random % mean.max(1)) as i64
    }

    /// The top level of a module begins to run.
    pub(super) fn begin(&mut self, prototype: *const Prototype, instance: u32) {
        self.stack.clear();
        self.push(Who::Function { prototype, instance });
    }

    /// Adds what the stack so far calls; a round of recursion brings it back to where the round began.
    fn push(&mut self, who: Who) {
        self.stack.push(who);
        for round in 1..=ROUND {
            let Some(begin) = self.stack.len().checked_sub(2 * round) else { return };
            let (before, last) = self.stack[begin..].split_at(round);
            if before == last {
                self.stack.truncate(begin + round);
                return;
            }
        }
    }

    /// Charges the steps since the last look to the stack.
    fn charge(&mut self, steps: u64) {
        let new = steps.saturating_sub(self.charged);
        self.charged = steps;
        let mut at = None;
        for who in &self.stack {
            at = match self.known.get(&(at, *who)) {
                Some(known) => Some(*known),
                None if self.calls.len() >= MOST_CALLS => break,
                None => {
                    let call = self.calls.len() as u32;
                    self.calls.push((*who, at, 0));
                    self.known.insert((at, *who), call);
                    Some(call)
                }
            };
        }
        if let Some((_, _, own)) = at.and_then(|at| self.calls.get_mut(at as usize)) {
            *own += new;
        }
    }

    /// The profile of a run that took so many steps. What it took after the last look is charged to where its top level stood.
    pub(super) fn finish(
        mut self,
        steps: u64,
        instances: &[Instance],
        registry: &Registry,
    ) -> Profile {
        self.stack.truncate(1);
        if steps > self.charged {
            self.charge(steps);
        }
        let mut profile = Profile { samples: self.samples, ..Profile::default() };
        let mut numbers: HashMap<Who, usize> = HashMap::new();
        for (who, caller, own) in self.calls {
            let function = *numbers.entry(who).or_insert_with(|| {
                profile.functions.push(who.describe(instances, registry));
                profile.functions.len() - 1
            });
            profile.calls.push(Call { function, caller: caller.map(|c| c as usize), own });
        }
        let mut lines: BTreeMap<(usize, u32), u64> = BTreeMap::new();
        for ((who, pc), steps) in self.lines {
            let Some(function) = numbers.get(&who) else { continue };
            let Place::Source(source, _) = &profile.functions[*function].place else { continue };
            let Some((code, number)) = who.code(instances) else { continue };
            let (line, _) = source.line_column(code.span(number, pc).start);
            *lines.entry((*function, line)).or_insert(0) += steps;
        }
        for ((function, line), steps) in lines {
            profile.functions[function].lines.push((line, steps));
        }
        profile
    }
}

impl Who {
    fn code(self, instances: &[Instance]) -> Option<(&LoadedCode, usize)> {
        let Who::Function { prototype, instance } = self else { return None };
        let code = instances.get(instance as usize)?.code();
        Some((code, code.index_of(prototype)))
    }

    fn describe(self, instances: &[Instance], registry: &Registry) -> Function {
        let (name, place) = match self {
            Who::Native(id) => {
                let native = registry.by_id(id);
                (native.map_or(String::new(), |n| n.full_name.clone()), Place::Library)
            }
            Who::Function { .. } => match self.code(instances) {
                Some((code, number)) => {
                    let offset = code.infos().get(number).span.start;
                    (code.name(number).into(), Place::of(code.source(), offset))
                }
                None => (String::new(), Place::Omitted),
            },
            Who::Omitted => (String::new(), Place::Omitted),
        };
        Function { name, place, lines: Vec::new() }
    }
}

impl Machine<'_> {
    /// Charges the steps since the last look to the calls that are running, if anybody wants to know.
    pub(super) fn note_stack(&mut self) {
        let Some(mut sampler) = self.sampler.take() else { return };
        let steps = self.steps();
        sampler.samples += 1;
        sampler.stack.clear();
        let frames = &self.frames[..];
        let who =
            |frame: &Frame| Who::Function { prototype: frame.prototype, instance: frame.instance };
        let (outer, inner) = match frames.len() {
            len if len > 2 * MOST_FRAMES => (&frames[..MOST_FRAMES], &frames[len - MOST_FRAMES..]),
            _ => (frames, &frames[..0]),
        };
        outer.iter().for_each(|frame| sampler.push(who(frame)));
        // The middle of a deep recursion is like its ends; anything else in between is said to be missing.
        if let Some(next) = inner.first().map(who)
            && !sampler.stack.iter().rev().take(ROUND).any(|who| *who == next)
        {
            sampler.push(Who::Omitted);
        }
        inner.iter().for_each(|frame| sampler.push(who(frame)));
        let running = Who::Function { prototype: self.prototype, instance: self.instance };
        sampler.push(running);
        // A step of the machine takes the fuel to zero at most: beyond, it was the work of an instruction, which is done.
        let native = self.cx.native.filter(|_| self.native_end == self.cx.fuel);
        let next = self.place(self.at.pc);
        let place =
            if native.is_some() || self.cx.fuel < 0 { next.saturating_sub(1) } else { next };
        if let Some(native) = native {
            sampler.push(Who::Native(native.id));
        }
        let new = steps.saturating_sub(sampler.charged);
        *sampler.lines.entry((running, place)).or_insert(0) += new;
        sampler.charge(steps);
        self.sampler = Some(sampler);
    }
}
