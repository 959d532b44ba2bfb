//! The keys of structs: what a struct of Rust becomes has the same keys in the same order each time, so they are made and sorted once.
//!
//! Each thread remembers the shapes of some types it has converted. A shape is only a guess: fields are checked one by one, and a struct
//! that gives other fields than last time (some are left out, say) is made without one.

use std::cell::RefCell;
use std::rc::Rc;

use crate::value::Value;

/// Types whose shape a thread remembers at most.
const SHAPES: usize = 128;

/// Structs with more fields are made without a shape.
const FIELDS: usize = 64;

/// The fields of a struct, in the order in which they are given.
pub(super) struct Shape {
    ty: &'static str,
    pub(super) fields: Box<[Field]>,
}

pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) key: Value,
    /// The place of the key in key order.
    pub(super) place: usize,
}

thread_local! {
    static KNOWN: RefCell<[Option<Rc<Shape>>; SHAPES]> = const { RefCell::new([const { None }; SHAPES]) };
}

/// Where the shape of a type with so many fields is kept.
#[inline]
fn slot(ty: &'static str, fields: usize) -> usize {
    let mixed = (ty.as_ptr().addr() ^ fields.rotate_right(8))
        .wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as usize);
    mixed >> (usize::BITS - SHAPES.ilog2())
}

/// The shape of a type when it had so many fields, if it is remembered.
#[inline]
pub(super) fn known(ty: &'static str, fields: usize) -> Option<Rc<Shape>> {
    let found = KNOWN.try_with(|known| {
        let known = known.borrow();
        let shape = known.get(slot(ty, fields))?.as_ref()?;
        (std::ptr::eq(shape.ty, ty) && shape.fields.len() == fields).then(|| shape.clone())
    });
    // A thread that ends knows nothing any more.
    found.ok().flatten()
}

/// Remembers the shape of a type that has given these fields in this order.
#[cold]
pub(super) fn learn(ty: &'static str, names: &[&'static str]) {
    if names.is_empty() || names.len() > FIELDS {
        return;
    }
    let mut order: Vec<(Value, usize)> =
        names.iter().enumerate().map(|(at, name)| (Value::str(name), at)).collect();
    order.sort();
    if order.windows(2).any(|pair| matches!(pair, [a, b] if a.0 == b.0)) {
        return;
    }
    let mut fields: Vec<(usize, Field)> = order
        .into_iter()
        .enumerate()
        .filter_map(|(place, (key, at))| Some((at, Field { name: names.get(at)?, key, place })))
        .collect();
    fields.sort_by_key(|(at, _)| *at);
    let fields: Box<[Field]> = fields.into_iter().map(|(_, field)| field).collect();
    let slot = slot(ty, fields.len());
    let _ = KNOWN.try_with(|known| {
        if let Some(place) = known.borrow_mut().get_mut(slot) {
            // A type that gives now these, now those of its fields, keeps the first shape.
            if !place.as_ref().is_some_and(|shape| std::ptr::eq(shape.ty, ty)) {
                *place = Some(Rc::new(Shape { ty, fields }));
            }
        }
    });
}
