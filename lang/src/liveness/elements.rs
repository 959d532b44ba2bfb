//! Lets a loop put its element at once where it is moved first: among the arguments of a call, most often.

use super::{Masks, fill_masks, map_target};
use crate::bytecode::{Op, Prototype, Reg, Target};
use crate::source::Span;

/// So many moves are looked at behind the beginning of a round.
const NEAR: usize = 4;

/// Replaces the moves of elements at the beginning of loops' rounds. `spans` are the places of the instructions, and `effects` what they do
/// to registers.
pub(super) fn place_elements(
    prototype: &mut Prototype,
    spans: &mut Vec<Span>,
    effects: &mut Vec<Masks>,
) {
    let code = &mut prototype.code;
    if !code.iter().any(|op| matches!(op, Op::IterNext { .. })) {
        return;
    }
    let mut entered = vec![false; code.len() + 1];
    let mut enter = |at: Target| {
        if let Some(place) = entered.get_mut(at as usize) {
            *place = true;
        }
    };
    code.iter().filter_map(|op| super::target(*op)).for_each(&mut enter);
    for handler in &prototype.handlers {
        [handler.start, handler.end, handler.target].into_iter().for_each(&mut enter);
    }
    let mut gone = Vec::new();
    for at in 0..code.len() {
        let (Op::IterNext { iter, dst: element, .. }, Some(Op::IterSeq { dst, .. })) =
            (code[at], code.get(at + 1))
        else {
            continue;
        };
        if *dst == element
            && let Some((moved, place)) = first_move(code, &entered, at + 2, element)
            && !(iter..iter.saturating_add(3)).contains(&place)
        {
            for op in &mut code[at..at + 2] {
                if let Op::IterNext { dst, .. } | Op::IterSeq { dst, .. } = op {
                    *dst = place;
                }
            }
            gone.push(moved);
        }
    }
    if !gone.is_empty() {
        remove(prototype, spans, &gone);
        fill_masks(prototype, effects);
    }
}

/// Which instruction moves the element, and where to, if nothing but other moves come before it.
fn first_move(code: &[Op], entered: &[bool], from: usize, element: Reg) -> Option<(usize, Reg)> {
    let mut touched = Vec::new();
    for (at, op) in code.iter().enumerate().skip(from).take(NEAR) {
        if entered[at] {
            return None;
        }
        match *op {
            Op::Move { dst, src } if src == element => {
                return (!touched.contains(&dst)).then_some((at, dst));
            }
            Op::Move { dst, src } | Op::Copy { dst, src } if ![dst, src].contains(&element) => {
                touched.extend([dst, src]);
            }
            _ => return None,
        }
    }
    None
}

/// Takes instructions out, which nothing jumps to, moving what refers to addresses.
fn remove(prototype: &mut Prototype, spans: &mut Vec<Span>, gone: &[usize]) {
    let (mut op, mut span) = (0.., 0..);
    let stays = |at: Option<usize>| at.is_some_and(|at| gone.binary_search(&at).is_err());
    prototype.code.retain(|_| stays(op.next()));
    spans.retain(|_| stays(span.next()));
    let place = |at: Target| at - gone.partition_point(|gone| *gone < at as usize) as Target;
    for op in &mut prototype.code {
        map_target(op, place);
    }
    for handler in &mut prototype.handlers {
        handler.start = place(handler.start);
        handler.end = place(handler.end);
        handler.target = place(handler.target);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(moves: [Op; 2]) -> Vec<Op> {
        let mut code = vec![
            Op::IterPrep { iter: 1, src: 1 },
            Op::IterNext { iter: 1, dst: 4, target: 6 },
            Op::IterSeq { iter: 1, dst: 4, target: 6 },
            Op::Jump { target: 1 },
            Op::ReturnNull,
        ];
        code.splice(3..3, moves);
        let mut spans = vec![Default::default(); code.len()];
        let mut prototype = Prototype { registers: 9, code, ..Prototype::default() };
        place_elements(&mut prototype, &mut spans, &mut Vec::new());
        assert_eq!(prototype.code.len(), spans.len());
        prototype.code
    }

    #[test]
    fn an_element_goes_where_it_is_moved() {
        let other = Op::Move { dst: 6, src: 0 };
        let code = placed([other, Op::Move { dst: 7, src: 4 }]);
        let expected = [
            Op::IterPrep { iter: 1, src: 1 },
            Op::IterNext { iter: 1, dst: 7, target: 5 },
            Op::IterSeq { iter: 1, dst: 7, target: 5 },
            other,
            Op::Jump { target: 1 },
            Op::ReturnNull,
        ];
        assert_eq!(code, expected);
    }

    #[test]
    fn an_element_stays_where_something_comes_before() {
        let last = Op::Move { dst: 7, src: 4 };
        for first in [
            Op::Copy { dst: 6, src: 4 },
            Op::Move { dst: 6, src: 7 },
            Op::Move { dst: 7, src: 0 },
            Op::Null { dst: 6 },
        ] {
            assert_eq!(placed([first, last]).len(), 7, "{first:?}");
        }
    }
}
