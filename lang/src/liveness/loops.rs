//! What the machine rests on when it goes through a Vec by the addresses of its items, and takes them if nobody else holds it: that nothing
//! but a loop's own instructions touches the registers in which it keeps its state while it may go on, and that every round began with the
//! loop.

use super::access::{Access, Lengths};
use super::{ends, skips, target};
use crate::bytecode::{Op, Prototype, Reg, Target};

/// A loop over elements: its instructions, from behind its beginning on.
struct Loop {
    start: usize,
    end: usize,
    /// Where the next element is asked for.
    next: usize,
    iter: Reg,
    /// The registers from here on belong to no loop around.
    free: Reg,
    around: Option<usize>,
    /// Other instructions than its own that read its registers or write to them.
    touches: Vec<usize>,
}

/// Whether every loop over elements keeps its state to itself. (The code's operands were verified.)
pub fn loops_are_apart(prototype: &Prototype) -> bool {
    let code = &prototype.code[..];
    if !code.iter().any(|op| matches!(op, Op::IterNext { .. } | Op::IterPair { .. })) {
        return true;
    }
    let Some((loops, inside)) = loops(prototype) else { return false };
    let around = |at: usize| inside.get(at).copied().flatten().and_then(|n| loops.get(n));
    // An element is asked for where the loop around says so, and taken right behind; loops are entered at their beginnings only.
    let mut own = code.iter().enumerate().map(|(at, op)| match op {
        Op::IterNext { .. } | Op::IterPair { .. } => around(at).is_some_and(|l| l.next == at),
        Op::IterSeq { .. } | Op::IterSeqPair { .. } => around(at).is_some_and(|l| l.next + 1 == at),
        _ => true,
    });
    let enters = |from: usize, to: Target| {
        let to = to as usize;
        around(to).is_some_and(|l| !(l.start..l.end).contains(&from) || to == l.next + 1)
    };
    let mut jumps = code.iter().enumerate().filter_map(|(at, op)| Some((at, target(*op)?)));
    let mut handlers = prototype.handlers.iter().filter(|h| h.start < h.end);
    own.all(|own| own)
        && !jumps.any(|(at, to)| enters(at, to))
        && !handlers
            .any(|h| enters(h.start as usize, h.target) || enters(h.end as usize - 1, h.target))
        && loops.iter().all(|l| l.touches.is_empty() || is_left_before(prototype, l))
}

/// The loops of a function, and the innermost one around each instruction. Nothing when they are not inside each other.
fn loops(prototype: &Prototype) -> Option<(Vec<Loop>, Vec<Option<usize>>)> {
    let code = &prototype.code[..];
    let lengths = Lengths::new(prototype);
    let mut loops: Vec<Loop> = Vec::new();
    let mut inside = Vec::with_capacity(code.len());
    let mut innermost: Option<usize> = None;
    for (at, op) in code.iter().enumerate() {
        while let Some(ended) = innermost.and_then(|n| loops.get(n)).filter(|l| l.end <= at) {
            innermost = ended.around;
        }
        inside.push(innermost);
        note_touches(lengths, *op, at, &mut loops, innermost);
        if let Op::IterPrep { iter, .. } = *op
            && let Some((next, end)) = element(code, at + 1, iter)
        {
            let around = innermost.and_then(|n| loops.get(n));
            if end <= next || around.is_some_and(|l| l.end < end) {
                return None;
            }
            let free = around.map_or(0, |l| l.free).max(iter.saturating_add(3));
            let touches = Vec::new();
            loops.push(Loop { start: at + 1, end, next, iter, free, around: innermost, touches });
            innermost = Some(loops.len() - 1);
        }
    }
    Some((loops, inside))
}

/// Where a loop that has begun asks for its next element, and where it ends.
fn element(code: &[Op], from: usize, begun: Reg) -> Option<(usize, usize)> {
    let dropped = code.get(from..)?.iter().take_while(|op| matches!(op, Op::Drop { .. })).count();
    let at = from + dropped;
    match *code.get(at)? {
        Op::IterNext { iter, target, .. } | Op::IterPair { iter, target, .. } if iter == begun => {
            Some((at, target as usize))
        }
        _ => None,
    }
}

/// Notes for which of the loops around it, but those it is part of, an instruction touches registers of theirs.
fn note_touches(lengths: Lengths, op: Op, at: usize, loops: &mut [Loop], innermost: Option<usize>) {
    // The callee's registers begin behind `base`.
    let callee = match op {
        Op::Call { base, .. }
        | Op::CallKept { base, .. }
        | Op::CallNamed { base, .. }
        | Op::CallSpread { base, .. }
        | Op::CallFn { base, .. }
        | Op::CallSibling { base, .. }
        | Op::CallNative { base, .. }
        | Op::CallMethod { base, .. }
        | Op::CallMethodNamed { base, .. }
        | Op::CallMethodSpread { base, .. } => base.saturating_add(1),
        _ => Reg::MAX,
    };
    let mut around = innermost;
    while let Some(l) = around.and_then(|n| loops.get_mut(n)) {
        let kept = l.iter..l.iter.saturating_add(3);
        let own = at == l.next || at == l.next + 1;
        let (mut touches, mut low) = (callee < kept.end, callee);
        lengths.visit(op, |access, first, count| {
            if !(own && matches!(access, Access::Use)) {
                touches |= first < kept.end && kept.start < first.saturating_add(count);
            }
            low = low.min(first);
        });
        if touches {
            l.touches.push(at);
        }
        if low >= l.free {
            return;
        }
        around = l.around;
    }
}

/// Whether a loop asks for no element any more once its registers were touched.
fn is_left_before(prototype: &Prototype, l: &Loop) -> bool {
    let code = &prototype.code[..];
    // From where the next element may yet be asked for.
    let mut asks = vec![false; l.end - l.start];
    let place = |at: usize| at.checked_sub(l.start).filter(|at| *at < l.end - l.start);
    loop {
        let mut changed = false;
        let mut found = |asks: &mut [bool], at: usize| {
            if let Some(asks) = asks.get_mut(at.wrapping_sub(l.start)) {
                changed |= !std::mem::replace(asks, true);
            }
        };
        for at in (l.start..l.end.min(code.len())).rev() {
            let op = code[at];
            let onward = (!ends(op)).then_some(at + 1);
            let further = skips(op).then_some(at + 2);
            let jump = target(op).map(|to| to as usize);
            let mut after = [onward, further, jump].into_iter().flatten().filter_map(place);
            if at == l.next || after.any(|to| asks[to]) {
                found(&mut asks, at);
            }
        }
        for handler in &prototype.handlers {
            if place(handler.target as usize).is_some_and(|to| asks[to]) {
                (handler.start as usize..handler.end as usize).for_each(|at| found(&mut asks, at));
            }
        }
        if !changed {
            break;
        }
    }
    l.touches.iter().all(|at| place(*at).is_some_and(|at| !asks[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOP: [Op; 6] = [
        Op::IterPrep { iter: 1, src: 1 },
        Op::IterNext { iter: 1, dst: 4, target: 5 },
        Op::IterSeq { iter: 1, dst: 4, target: 5 },
        Op::Move { dst: 0, src: 4 },
        Op::Jump { target: 1 },
        Op::ReturnNull,
    ];

    fn apart(code: &[Op]) -> bool {
        loops_are_apart(&Prototype { registers: 8, code: code.to_vec(), ..Prototype::default() })
    }

    #[test]
    fn a_loop_keeps_its_registers() {
        assert!(apart(&LOOP));
        for dst in 1..4 {
            let mut code = LOOP;
            code[3] = Op::Move { dst, src: 4 };
            assert!(!apart(&code), "writes to {dst}");
            code[3] = Op::CallMethod { dst: 0, base: dst - 1, argc: 1, name: 0 };
            assert!(!apart(&code), "calls at {dst}");
            code[3] = Op::Copy { dst: 0, src: dst };
            assert!(!apart(&code), "reads {dst}");
            code[3] = Op::VecPush { vec: dst, src: 4 };
            assert!(!apart(&code), "changes {dst}");
        }
    }

    #[test]
    fn a_round_that_is_the_last_may_use_them() {
        let mut code = LOOP.to_vec();
        code.splice(3..4, [Op::JumpIf { a: 4, target: 6 }, Op::Drop { reg: 1 }, Op::ReturnNull]);
        for op in &mut code {
            if let Op::IterNext { target, .. } | Op::IterSeq { target, .. } = op {
                *target = 7;
            }
        }
        assert!(apart(&code));
        code[5] = Op::Jump { target: 6 };
        assert!(!apart(&code));
    }

    #[test]
    fn a_loop_is_entered_at_its_beginning() {
        let mut code = LOOP.to_vec();
        code[0] = Op::Null { dst: 1 };
        assert!(!apart(&code));
        for target in 1..5 {
            let mut code = LOOP.to_vec();
            code[5] = Op::Jump { target };
            assert!(!apart(&code), "enters at {target}");
        }
        let mut code = LOOP.to_vec();
        code[4] = Op::Jump { target: 2 };
        assert!(!apart(&code));
    }
}
