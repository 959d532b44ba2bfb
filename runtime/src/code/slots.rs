//! The slots of a module, in few bytes: they are asked for their names only where functions are handed out, or something is wrong.

use tansy_lang::bytecode::packed::{put, put_text, take, take_text};
use tansy_lang::bytecode::{Slot, SlotKind};
use tansy_lang::source::Span;

/// Beside the number of a kind: importers and the host may see the slot.
const EXPORTED: u32 = 8;

/// Appends slots.
pub(super) fn write(slots: &[Slot], bytes: &mut Vec<u8>) {
    for Slot { name, span, kind, exported } in slots {
        let (number, function) = match kind {
            SlotKind::Let => (0, None),
            SlotKind::Var => (1, None),
            SlotKind::Import => (2, None),
            SlotKind::Input => (3, None),
            SlotKind::Function(prototype) => (4, Some(*prototype)),
        };
        put(bytes, if *exported { number | EXPORTED } else { number });
        if let Some(prototype) = function {
            put(bytes, prototype.into());
        }
        put_text(bytes, name);
        put(bytes, span.start);
        put(bytes, span.end.wrapping_sub(span.start));
    }
}

/// The slots that [`write`] wrote, in order.
pub(super) fn read(mut bytes: &[u8]) -> impl Iterator<Item = Slot> {
    std::iter::from_fn(move || read_one(&mut bytes))
}

fn read_one(bytes: &mut &[u8]) -> Option<Slot> {
    let number = take(bytes)?;
    let kind = match number & !EXPORTED {
        0 => SlotKind::Let,
        1 => SlotKind::Var,
        2 => SlotKind::Import,
        3 => SlotKind::Input,
        _ => SlotKind::Function(take(bytes)? as u16),
    };
    let name = take_text(bytes)?.into();
    let (start, length) = (take(bytes)?, take(bytes)?);
    let span = Span { start, end: start.wrapping_add(length) };
    Some(Slot { name, span, kind, exported: number & EXPORTED != 0 })
}
