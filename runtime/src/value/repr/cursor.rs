//! Cursors: places among the items of a Vec or Set, which only loops have.

use super::{CURSOR, Payload, Value};

/// A bit of a cursor's first word: what it leads to may be taken.
const TAKES: u64 = 1 << 8;

impl Value {
    /// A place among the items of a Vec that a loop is at; never visible to scripts.
    #[inline(always)]
    pub(crate) fn cursor(item: *const Value) -> Value {
        Value { meta: CURSOR as u64, payload: Payload { item } }
    }

    /// The same among items that nobody else holds: they may be taken.
    #[inline(always)]
    pub(crate) fn taking_cursor(item: *mut Value) -> Value {
        Value { meta: u64::from(CURSOR) | TAKES, payload: Payload { item } }
    }

    /// A place among the items of a Vec.
    #[inline(always)]
    pub(crate) fn as_cursor(&self) -> Option<*const Value> {
        // SAFETY: the tag says that the payload is a pointer.
        if self.tag() == CURSOR { Some(unsafe { self.payload.item }) } else { None }
    }

    /// Whether what a value known to be a cursor leads to may be taken.
    #[inline(always)]
    pub(crate) fn takes(&self) -> bool {
        self.meta & TAKES != 0
    }

    /// Has a value that is known to be a cursor be at this item.
    #[inline(always)]
    pub(crate) fn set_cursor(&mut self, item: *const Value) {
        debug_assert!(self.tag() == CURSOR);
        self.payload = Payload { item };
    }

    /// The item that a value known to be a cursor is at: taken, or copied.
    ///
    /// # Safety
    /// It is at an item, which this is.
    #[inline(always)]
    pub(crate) unsafe fn item(&self, item: *const Value) -> Value {
        // SAFETY: the caller's promise; a cursor that takes was made of a pointer for changing, to what nobody else holds.
        unsafe {
            match (*item).is_heap() && self.takes() {
                true => (*item.cast_mut()).take(),
                false => (*item).clone(),
            }
        }
    }

    /// Whether a value that is known to be a cursor is at this item.
    #[inline(always)]
    pub(crate) fn is_cursor_at(&self, item: *const Value) -> bool {
        debug_assert!(self.tag() == CURSOR);
        // SAFETY: any bits make a pointer that is not followed.
        unsafe { self.payload.item == item }
    }
}
