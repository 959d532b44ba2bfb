//! Numbers: Int of any size, Float, Decimal; exact wherever the language says exact.
//!
//! The machine does 64-bit integers and floats itself; everything here is for the rest: promotion, mixed kinds, errors. Operations
//! that can make big results estimate their size first and refuse with [`NumberError::TooLarge`] before computing.

mod arithmetic;
mod canonical;
mod compare;
mod decimal;
mod format;
mod parse;

pub use arithmetic::{
    add, bit_and, bit_or, bit_xor, div, int_div, mul, neg, pow, rem, shl, shr, sub,
};
pub(crate) use canonical::Canonical;
pub use compare::{Number, compare, float_to_int, int_to_float};
pub use decimal::{decimal_from_bigint, decimal_from_float, decimal_to_float};
pub use format::{format_float, write_float};
pub use parse::{parse_decimal, parse_float, parse_int, parse_radix};

use std::fmt;

/// Bits of the largest Int that operations should make unless the host says otherwise: 315,000 decimal digits. Printing is what takes
/// time beyond.
pub const MAX_BITS: u64 = 1 << 20;

/// Why an operation on numbers failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// An operand is not a number.
    NotNumber,
    /// Division by an Int or Decimal zero.
    DivisionByZero,
    /// A Decimal met a Float.
    DecimalWithFloat,
    /// The exact result needs more digits than a Decimal has.
    DecimalInexact,
    /// The result is beyond the range of Decimals.
    DecimalRange,
    /// An Int is beyond the range of Floats.
    FloatRange,
    /// NaN or infinity where a finite number is needed.
    NotFinite,
    /// An Int result would be larger than allowed.
    TooLarge,
    /// The operation needs Ints.
    NotInt,
    /// A shift or exponent that must not be negative.
    Negative,
    /// A Decimal was raised to something that is not a whole number.
    DecimalExponent,
}

impl fmt::Display for NumberError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            NumberError::NotNumber => "expected numbers",
            NumberError::DivisionByZero => "division by zero",
            NumberError::DecimalWithFloat => "a Decimal and a Float do not mix",
            NumberError::DecimalInexact => {
                "the exact result has more digits than a Decimal can hold"
            }
            NumberError::DecimalRange => "the result is beyond the range of Decimal",
            NumberError::FloatRange => "the Int is too large for a Float",
            NumberError::NotFinite => "expected a finite number",
            NumberError::TooLarge => "the result would be too large",
            NumberError::NotInt => "expected an Int",
            NumberError::Negative => "expected a number that is not negative",
            NumberError::DecimalExponent => "a Decimal can only be raised to a whole number",
        })
    }
}

impl std::error::Error for NumberError {}
