//! JSON text straight into values and back.
//!
//! Reading is RFC 8259 and nothing more: what the standard rejects is rejected with line and column. A number without `.` or exponent is
//! an Int of any size, other numbers are correctly rounded Floats, and of duplicate keys the last wins. Writing keeps a Decimal's
//! digits and writes a Set as an array; what JSON cannot say is an error with its path. Neither recurses.

mod read;
mod write;

pub use read::{JsonError, MAX_DEPTH, parse, parse_bytes};
pub use write::{JsonWriteError, pretty, stringify};

#[cfg(test)]
mod tests;
