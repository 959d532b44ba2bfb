//! Rust values that scripts hold.

use crate::fault::Fault;
use crate::host::{Call, Part};
use crate::value::Bounded;
use std::any::Any;
use std::cell::Cell;
use std::fmt::{self, Write as _};

/// A Rust value with fields and methods that a script may use. Nothing is converted before it is asked for: a rule that reads two fields
/// of a large record converts two fields.
///
/// Scripts share objects; what they can change is what methods change behind a lock.
///
/// A field is asked for each time that a script reads it, in one call; a scalar or a string of up to 14 bytes takes no allocation on its
/// way. What is large is best an object of its own, which may stand inside this one: see [`Part`].
///
/// ```
/// use tansy_runtime::host::{AsPart, HostObject, Part};
/// use tansy_runtime::value::Value;
///
/// struct Point { x: i64, y: i64 }
///
/// impl HostObject for Point {
///     fn type_name(&self) -> &'static str { "Point" }
///     fn fields(&self) -> &'static [&'static str] { &["x", "y"] }
///     fn field(&self, name: &str) -> Option<Part<'_>> {
///         Some(match name {
///             "x" => self.x.as_part(),
///             "y" => self.y.as_part(),
///             _ => return None,
///         })
///     }
/// }
///
/// let point = Value::object(Point { x: 1, y: 2 });
/// assert_eq!(point.downcast_ref::<Point>().map(|p| p.y), Some(2));
/// ```
pub trait HostObject: Any + Send + Sync {
    /// The name of its type, as `type_of`, `is` and messages say it.
    fn type_name(&self) -> &'static str;

    /// The value of a field; `None` where there is no such field.
    fn field(&self, name: &str) -> Option<Part<'_>> {
        let _ = name;
        None
    }

    /// The names of its fields, for messages and for showing it.
    fn fields(&self) -> &'static [&'static str] {
        &[]
    }

    /// Calls a method; `None`, with the arguments untouched, where there is no such method.
    fn method(&self, name: &str, call: &mut Call<'_, '_>) -> Option<Result<Part<'_>, Fault>> {
        let _ = (name, call);
        None
    }

    /// The names of its methods, for messages.
    fn methods(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether scripts see it as equal (`==`) to another object. One object is always equal to itself.
    fn equals(&self, other: &dyn HostObject) -> bool {
        let _ = other;
        false
    }

    /// What `print` and `str` show. By default the type's name and the fields, of long ones the beginning.
    fn display(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str(self.type_name())?;
        if self.fields().is_empty() {
            return Ok(());
        }
        let Some(_level) = Level::enter() else { return out.write_str(" {…}") };
        for (i, name) in self.fields().iter().enumerate() {
            write!(out, "{}{name}: ", if i == 0 { " {" } else { ", " })?;
            match self.field(name) {
                Some(part) => show(out, &part)?,
                None => out.write_char('?')?,
            }
        }
        out.write_char('}')
    }

    /// How many elements it has, if it is a sequence of elements: then it can be indexed, and iterated by `for`.
    fn length(&self) -> Option<usize> {
        None
    }

    /// The element at a place below its length.
    fn element(&self, index: usize) -> Option<Part<'_>> {
        let _ = index;
        None
    }
}

/// Shows a field, of a long one the beginning.
fn show(out: &mut dyn fmt::Write, part: &Part<'_>) -> fmt::Result {
    let mut start = Bounded::new(200);
    let written = write!(start, "{part}");
    out.write_str(&start.text)?;
    match written {
        Err(fmt::Error) if start.is_full() => out.write_char('…'),
        written => written,
    }
}

/// One object shown inside another: objects may be shared in a circle.
struct Level;

impl Level {
    const MOST: u32 = 4;

    fn enter() -> Option<Level> {
        let level = LEVEL.get();
        (level < Level::MOST).then(|| LEVEL.set(level + 1)).map(|()| Level)
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        LEVEL.set(LEVEL.get() - 1);
    }
}

thread_local! {
    static LEVEL: Cell<u32> = const { Cell::new(0) };
}
