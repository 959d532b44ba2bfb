//! How Rust values and values of the language become each other.
//!
//! [`FromValue`] and [`IntoValue`] are the fast way: no format in between, derives for structs and enums. With the feature `serde`,
//! [`to_value`] and [`from_value`] take everything that implements serde's traits. Both give a [`ConvertError`] that says where:
//! `servers[2].port: expected u16, found 70000`.
//!
//! Invariant: a conversion never panics, and none of a value recurses deeper than [`MAX_DEPTH`] levels (one
//! into a value goes as deep as what is converted is nested); what a value has no exact counterpart for is an error, never rounded or cut. (A Float given to an `f32` is rounded; that is what `f32` means.)

mod access;
mod collections;
mod error;
mod macros;
mod scalars;
#[cfg(feature = "serde")]
mod serde;
#[doc(hidden)]
pub mod support;
#[cfg(test)]
mod tests;

pub use crate::__value as value;
pub use access::Key;
#[doc(hidden)]
pub use collections::__map;
pub(crate) use collections::entries;
pub use error::{ConvertError, Path, Step};
#[cfg(feature = "serde")]
pub use serde::{from_value, to_value};

use crate::value::Value;
use std::cell::Cell;

/// Levels of nesting that are converted.
pub const MAX_DEPTH: u32 = 128;

/// A Rust type that a value can become.
///
/// ```
/// use tansy_runtime::convert::{FromValue, value};
///
/// let ports = value!([80, 443]);
/// assert_eq!(Vec::<u16>::from_value(&ports)?, [80, 443]);
/// let error = Vec::<u8>::from_value(&ports).unwrap_err();
/// assert_eq!(error.to_string(), "[1]: expected u8, found 443");
/// # Ok::<(), tansy_runtime::convert::ConvertError>(())
/// ```
pub trait FromValue: Sized {
    /// Converts a value, which stays as it is.
    fn from_value(value: &Value) -> Result<Self, ConvertError>;

    /// As [`FromValue::from_value`] for a value that is given away: collections stay unshared, so that what is done to them next
    /// happens in place.
    #[inline]
    fn from_owned(value: Value) -> Result<Self, ConvertError> {
        Self::from_value(&value)
    }

    /// As [`FromValue::from_owned`] for a value that may be taken from where it stands. Scalars are read there; what is on the heap is not
    /// there any more when it was converted.
    #[doc(hidden)]
    #[inline]
    fn from_place(place: &mut Value) -> Result<Self, ConvertError> {
        Self::from_owned(place.take())
    }

    /// What a missing argument or key gives; `None` where it is required. An `Option<T>` gives `Some(None)`.
    fn missing() -> Option<Self> {
        None
    }
}

/// A Rust value that can become a value of the language. Implemented for references, too: `&str`, `&Vec<T>`.
///
/// ```
/// use tansy_runtime::convert::IntoValue;
///
/// assert_eq!(vec![("a", 1), ("b", 2)].into_value().to_string(), r#"[["a", 1], ["b", 2]]"#);
/// ```
pub trait IntoValue {
    /// Converts. O(size); strings of up to 14 bytes and numbers take no allocation.
    fn into_value(self) -> Value;
}

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Converts what is inside a collection or a type that may contain itself: an error where that is nested deeper than [`MAX_DEPTH`].
#[inline]
pub fn nested<T>(convert: impl FnOnce() -> Result<T, ConvertError>) -> Result<T, ConvertError> {
    /// Counts the level down again, even when a conversion of the host's panics.
    struct Level(u32);

    impl Drop for Level {
        fn drop(&mut self) {
            DEPTH.set(self.0);
        }
    }

    let level = Level(DEPTH.get());
    if level.0 >= MAX_DEPTH {
        return Err(ConvertError::too_deep());
    }
    DEPTH.set(level.0 + 1);
    convert()
}
