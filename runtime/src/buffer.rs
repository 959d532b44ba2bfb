//! What natives build their results in: buffers that are counted before they are values, and that refuse to grow beyond the memory
//! limit of the run.

use crate::fault::{Fault, Limit};
use crate::value::heap::Charge;
use crate::value::{Value, watch};

/// Items on their way to a value.
#[derive(Debug, Default)]
pub struct Items<T> {
    items: Vec<T>,
    charge: Charge,
}

impl<T> Items<T> {
    /// No items.
    pub fn new() -> Items<T> {
        Items { items: Vec::new(), charge: Charge::new(0) }
    }

    /// Items that are there, counted from here on.
    pub fn from_vec(items: Vec<T>) -> Items<T> {
        let charge = Charge::new(items.capacity() * size_of::<T>());
        Items { items, charge }
    }

    /// Appends an item. The error is the memory limit.
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), Fault> {
        if self.items.len() == self.items.capacity() {
            self.grow(1)?;
        }
        self.items.push(item);
        Ok(())
    }

    /// Makes room for `more` items. The error is the memory limit.
    #[cold]
    pub fn grow(&mut self, more: usize) -> Result<(), Fault> {
        match watch::grow(&mut self.items, more, &mut self.charge) {
            true => Ok(()),
            false => Err(Fault::Limit(Limit::Memory)),
        }
    }

    /// The items.
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }

    /// The items, to be changed in place.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.items
    }

    /// The items, to be shortened or reordered.
    pub fn as_mut_vec(&mut self) -> &mut Vec<T> {
        &mut self.items
    }

    /// The items, not counted any more.
    pub fn into_vec(self) -> Vec<T> {
        self.items
    }
}

impl From<Items<Value>> for Value {
    fn from(items: Items<Value>) -> Value {
        Value::from(items.items)
    }
}

/// A text on its way to a value.
#[derive(Debug, Default)]
pub struct Text {
    text: String,
    charge: Charge,
}

impl Text {
    /// The empty text.
    pub fn new() -> Text {
        Text::default()
    }

    /// Appends text. The error is the memory limit.
    #[inline]
    pub fn push_str(&mut self, more: &str) -> Result<(), Fault> {
        if more.len() > self.text.capacity() - self.text.len() {
            self.grow(more.len())?;
        }
        self.text.push_str(more);
        Ok(())
    }

    #[cold]
    fn grow(&mut self, more: usize) -> Result<(), Fault> {
        let (len, old) = (self.text.len(), self.text.capacity());
        let capacity = watch::grown(old, len.saturating_add(more), 1);
        let capacity = capacity.ok_or(Fault::Limit(Limit::Memory))?;
        self.text.reserve_exact(capacity - len);
        self.charge.set(self.text.capacity());
        Ok(())
    }

    /// The text so far.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Value {
        Value::from(text.text)
    }
}
