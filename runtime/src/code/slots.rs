//! The slots of a module, in few bytes: they are asked for their names only where functions are handed out, or something is wrong.

use tansy_lang::bytecode::packed::{put, put_text, take, take_text};
use tansy_lang::bytecode::{Slot, SlotKind};
use tansy_lang::source::Span;

/// The slots of a module.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    count: usize,
    bytes: Box<[u8]>,
}

/// Beside the number of a kind: importers and the host may see the slot.
const EXPORTED: u32 = 8;

impl Slots {
    pub(super) fn new(slots: &[Slot]) -> Slots {
        let mut bytes = Vec::with_capacity(slots.len() * 16);
        for Slot { name, span, kind, exported } in slots {
            let (number, function) = match kind {
                SlotKind::Let => (0, None),
                SlotKind::Var => (1, None),
                SlotKind::Import => (2, None),
                SlotKind::Input => (3, None),
                SlotKind::Function(prototype) => (4, Some(*prototype)),
            };
            put(&mut bytes, if *exported { number | EXPORTED } else { number });
            if let Some(prototype) = function {
                put(&mut bytes, prototype.into());
            }
            put_text(&mut bytes, name);
            put(&mut bytes, span.start);
            put(&mut bytes, span.end.wrapping_sub(span.start));
        }
        Slots { count: slots.len(), bytes: bytes.into() }
    }

    /// How many there are.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The slots in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Slot> {
        let mut bytes = &self.bytes[..];
        std::iter::from_fn(move || read(&mut bytes))
    }
}

fn read(bytes: &mut &[u8]) -> Option<Slot> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_come_back_as_they_were() {
        let slot = |name: &str, start, end, kind, exported| Slot {
            name: name.into(),
            span: Span { start, end },
            kind,
            exported,
        };
        let slots = [
            slot("net", 3, 6, SlotKind::Function(65_000), true),
            slot("_rate", 0, 0, SlotKind::Let, false),
            slot(&"long".repeat(50), 300, u32::MAX, SlotKind::Var, true),
            slot("größe", 1, 2, SlotKind::Import, false),
            slot("order", 7, 9, SlotKind::Input, false),
        ];
        let kept = Slots::new(&slots);
        assert_eq!(kept.len(), slots.len());
        assert_eq!(kept.iter().collect::<Vec<_>>(), slots);
    }
}
