//! What is asked of a unit only now and then, in few bytes: what is known of its functions, and its slots.

use super::slots;
use tansy_lang::bytecode::packed::{put, take, take_text};
use tansy_lang::bytecode::{ParameterInfo, Places, Prototype, Slot};
use tansy_lang::source::Span;

/// Names and places of all functions of a unit, and its slots.
#[derive(Clone, Copy)]
pub(crate) struct Infos<'a> {
    /// What is known of the functions, and the slots. At last, by the number of a function, where it begins, and where the slots begin: in two
    /// bytes each, or in four if it [`is_long`].
    bytes: &'a [u8],
    functions: usize,
}

/// Whether so many bytes are too many for starts of two.
fn is_long(bytes: usize) -> bool {
    bytes > 1 << 16
}

/// The names and places of a function.
#[derive(Default)]
pub(crate) struct Info<'a> {
    /// The whole function.
    pub(crate) span: Span,
    /// The names of the parameters with a comma behind each, before it a `?` where the argument may be left out; then a colon and the
    /// function's own name.
    names: &'a str,
    places: &'a [u8],
}

impl<'a> Infos<'a> {
    /// The infos that [`Gathering::finish`] made, for so many functions.
    pub(super) fn of(bytes: &'a [u8], functions: usize) -> Infos<'a> {
        Infos { bytes, functions }
    }

    /// What is known of a function. (Of one that is not there, nothing.)
    pub(crate) fn get(self, number: usize) -> Info<'a> {
        let there = number < self.functions;
        there.then(|| Info::read(self.from(number))).flatten().unwrap_or_default()
    }

    /// Those of all functions, in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = Info<'a>> {
        (0..self.functions).map(move |number| self.get(number))
    }

    /// The slots in order.
    pub(crate) fn slots(self) -> impl Iterator<Item = Slot> + use<'a> {
        slots::read(self.from(self.functions))
    }

    /// The bytes from the start of this number on.
    fn from(self, number: usize) -> &'a [u8] {
        let width = if is_long(self.bytes.len()) { 4 } else { 2 };
        let starts = (self.functions + 1) * width;
        let (bytes, starts) = self.bytes.split_at(self.bytes.len().saturating_sub(starts));
        let start = starts.get(number * width..).unwrap_or_default();
        let start = match width {
            2 => start.first_chunk().map(|start| u16::from_le_bytes(*start).into()),
            _ => start.first_chunk().map(|start| u32::from_le_bytes(*start) as usize),
        };
        start.and_then(|start| bytes.get(start..)).unwrap_or_default()
    }
}

impl<'a> Info<'a> {
    fn read(mut bytes: &'a [u8]) -> Option<Info<'a>> {
        let (start, length) = (take(&mut bytes)?, take(&mut bytes)?);
        let names = take_text(&mut bytes)?;
        let count = take(&mut bytes)? as usize;
        let span = Span { start, end: start.wrapping_add(length) };
        Some(Info { span, names, places: bytes.get(..count)? })
    }

    /// The name of the function, for traces.
    pub(crate) fn name(&self) -> &'a str {
        self.names.split_once(':').map_or("", |(_, name)| name)
    }

    /// The names of the parameters, and which may be left out.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&'a str, bool)> + use<'a> {
        let (parameters, _) = self.names.split_once(':').unwrap_or_default();
        let each = parameters.split_terminator(',');
        each.map(|p| p.strip_suffix('?').map_or((p, false), |p| (p, true)))
    }

    /// The place of an instruction.
    pub(crate) fn place(&self, pc: usize) -> Option<Span> {
        Places::of(self.places).get(pc)
    }
}

/// The infos of a unit's functions, which come one by one.
#[derive(Default)]
pub(super) struct Gathering {
    starts: Vec<u32>,
    bytes: Vec<u8>,
}

impl Gathering {
    /// Adds what is known of a function.
    pub(super) fn add(&mut self, number: u16, prototype: &Prototype) -> Result<(), String> {
        let Ok(start) = u32::try_from(self.bytes.len()) else {
            return Err("too many instructions".into());
        };
        let index = usize::from(number);
        if self.starts.len() <= index {
            self.starts.resize(index + 1, u32::MAX);
        }
        self.starts[index] = start;
        let (Span { start, end }, places) = (prototype.span, prototype.places.bytes());
        let bytes = &mut self.bytes;
        put(bytes, start);
        put(bytes, end.wrapping_sub(start));
        let parameters = &prototype.parameters[..];
        let ends = |optional| if optional { "?," } else { "," };
        let length = |p: &ParameterInfo| p.name.len() + ends(p.optional).len();
        put(
            bytes,
            (parameters.iter().map(length).sum::<usize>() + 1 + prototype.name.len()) as u32,
        );
        for ParameterInfo { name, optional } in parameters {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(ends(*optional).as_bytes());
        }
        bytes.push(b':');
        bytes.extend_from_slice(prototype.name.as_bytes());
        put(bytes, places.len() as u32);
        bytes.extend_from_slice(places);
        Ok(())
    }

    /// All of them, and the slots of the unit.
    pub(super) fn finish(mut self, slots: &[Slot]) -> Vec<u8> {
        self.starts.push(self.bytes.len() as u32);
        slots::write(slots, &mut self.bytes);
        // (With the longer starts, it is longer.)
        let long = is_long(self.bytes.len() + self.starts.len() * 2);
        for start in self.starts {
            match long {
                false => self.bytes.extend_from_slice(&(start as u16).to_le_bytes()),
                true => self.bytes.extend_from_slice(&start.to_le_bytes()),
            }
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tansy_lang::bytecode::SlotKind;

    #[test]
    fn infos_and_slots_come_back_as_they_were() {
        let parameter = |name: &str, optional| ParameterInfo { name: name.into(), optional };
        let spans = [Span { start: 12, end: 15 }, Span { start: 10, end: 300 }];
        let mut places = Places::default();
        places.fill(&spans);
        let function = Prototype {
            name: "größe".into(),
            span: Span { start: 5, end: 900 },
            parameters: vec![parameter("a", false), parameter("", false), parameter("rest", true)],
            places,
            ..Prototype::default()
        };
        let mut gathering = Gathering::default();
        gathering.add(2, &Prototype::default()).unwrap();
        gathering.add(1, &function).unwrap();
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
        let bytes = gathering.finish(&slots);
        let infos = Infos::of(&bytes, 3);
        assert_eq!(infos.slots().collect::<Vec<_>>(), slots);
        let info = infos.get(1);
        assert_eq!((info.name(), info.span), ("größe", function.span));
        let parameters: Vec<_> = info.parameters().collect();
        assert_eq!(parameters, [("a", false), ("", false), ("rest", true)]);
        assert_eq!([info.place(0), info.place(1)], spans.map(Some));
        assert_eq!(info.place(2), None);
        // What was not added, and what is not there.
        assert_eq!([0, 2, 3].map(|number| infos.get(number).name()), [""; 3]);
        assert_eq!(infos.iter().count(), 3);
    }

    #[test]
    fn infos_of_any_length_are_found() {
        let named = |name: &str| Prototype { name: name.into(), ..Prototype::default() };
        let slots = [Slot {
            name: "slot".into(),
            span: Span::default(),
            kind: SlotKind::Let,
            exported: true,
        }];
        let mut lengths = Vec::new();
        for length in (1 << 16) - 50..(1 << 16) + 10 {
            let mut gathering = Gathering::default();
            gathering.add(1, &named(&"x".repeat(length))).unwrap();
            gathering.add(2, &named("last")).unwrap();
            let bytes = gathering.finish(&slots);
            let infos = Infos::of(&bytes, 3);
            assert_eq!([0, 1, 2, 3].map(|n| infos.get(n).name().len()), [0, length, 4, 0]);
            assert_eq!(infos.slots().collect::<Vec<_>>(), slots);
            lengths.push(bytes.len());
        }
        assert!(lengths.contains(&(1 << 16)) && !lengths.contains(&((1 << 16) + 1)));
    }
}
