//! Numbers as text.

use std::fmt::{self, Write};

/// Writes a Float as the shortest text that reads back as the same number, always with a `.` or an exponent; `NaN`, `inf`, `-inf`.
pub fn write_float(out: &mut impl Write, x: f64) -> fmt::Result {
    // Rust's debug form is just that.
    write!(out, "{x:?}")
}

/// As [`write_float`], as a string.
pub fn format_float(x: f64) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_float(&mut text, x);
    text
}
