//! Values and serde: [`to_value`] and [`from_value`], and values as data of any format that serde knows.
//!
//! A [`Value`] inside of what these two convert arrives as it is, in O(1): it recognises the serializer or deserializer by the name of its
//! type and hands itself over beside serde, which has no place for functions, sets or keys that are not strings.

mod error;
mod from_value;
mod read;
mod shape;
#[cfg(test)]
mod tests;
mod to_value;
mod write;

pub use from_value::from_value;
pub use to_value::to_value;

use std::cell::Cell;

use super::ConvertError;
use crate::value::Value;

/// What handing over a value is called. No type of Rust has such a name.
const HANDOVER: &str = "tansy value";

thread_local! {
    /// The value that is being handed over, from here to the serializer or from the deserializer to a visitor.
    static HANDED: Cell<Value> = const { Cell::new(Value::UNDEFINED) };
}

fn hand(value: &Value) {
    // While a thread ends there may be no such place any more; then nothing is found there.
    let _ = HANDED.try_with(|handed| handed.set(value.clone()));
}

fn handed() -> Result<Value, ConvertError> {
    let value = HANDED.try_with(|handed| handed.replace(Value::UNDEFINED));
    let value = value.unwrap_or(Value::UNDEFINED);
    if value.is_undefined() {
        // Only another version of this crate can have a type of the same name.
        return Err(ConvertError::message("a value of another version of the language"));
    }
    Ok(value)
}
