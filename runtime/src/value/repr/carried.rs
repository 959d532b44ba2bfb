//! A value in registers of the processor.

use std::mem::{ManuallyDrop, MaybeUninit, transmute};

use super::{Payload, Value};

/// A value on its way between functions that are not compiled as one: it comes and goes in registers of the processor, where a [`Value`]
/// would take the memory. What is not made a value again is never freed.
pub struct Carried {
    meta: u64,
    payload: MaybeUninit<u64>,
}

impl From<Value> for Carried {
    #[inline(always)]
    fn from(value: Value) -> Carried {
        let value = ManuallyDrop::new(value);
        // SAFETY: any eight bytes will do.
        let payload = unsafe { transmute::<Payload, MaybeUninit<u64>>(value.payload) };
        Carried { meta: value.meta, payload }
    }
}

impl From<Carried> for Value {
    #[inline(always)]
    fn from(carried: Carried) -> Value {
        // SAFETY: the bytes of a payload, with the tag that says which.
        let payload = unsafe { transmute::<MaybeUninit<u64>, Payload>(carried.payload) };
        Value { meta: carried.meta, payload }
    }
}
