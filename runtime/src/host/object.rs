//! Rust values that scripts hold.

use crate::fault::Fault;
use crate::host::Call;
use crate::value::Value;
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A Rust value with fields and methods that a script may use. Nothing is converted before it is asked for: a rule that reads two fields
/// of a large record converts two fields.
///
/// Scripts share objects; what they can change is what methods change behind a lock.
///
/// A field is asked for each time that a script reads it, in one call; a scalar or a string of up to 14 bytes takes no allocation on its
/// way. What is large is best an object of its own.
///
/// ```
/// use tansy_runtime::host::HostObject;
/// use tansy_runtime::value::Value;
///
/// struct Point { x: i64, y: i64 }
///
/// impl HostObject for Point {
///     fn type_name(&self) -> &'static str { "Point" }
///     fn fields(&self) -> &'static [&'static str] { &["x", "y"] }
///     fn field(&self, name: &str) -> Option<Value> {
///         match name {
///             "x" => Some(Value::int(self.x)),
///             "y" => Some(Value::int(self.y)),
///             _ => None,
///         }
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
    fn field(&self, name: &str) -> Option<Value> {
        let _ = name;
        None
    }

    /// The names of its fields, for messages and for showing it.
    fn fields(&self) -> &'static [&'static str] {
        &[]
    }

    /// Calls a method; `None`, with the arguments untouched, where there is no such method.
    fn method(&self, name: &str, call: &mut Call<'_, '_>) -> Option<Result<Value, Fault>> {
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

    /// What `print` and `str` show. By default the type's name and the fields.
    fn display(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}", self.type_name())?;
        if self.fields().is_empty() {
            return Ok(());
        }
        for (i, name) in self.fields().iter().enumerate() {
            write!(out, "{}{name}: ", if i == 0 { " {" } else { ", " })?;
            match self.field(name) {
                Some(value) => write!(out, "{}", value.write_bounded(200))?,
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
    fn element(&self, index: usize) -> Option<Value> {
        let _ = index;
        None
    }
}

/// An object as values hold it.
#[derive(Clone)]
pub struct Object(pub(crate) Arc<dyn HostObject>);

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display(f)
    }
}

impl Object {
    /// Whether a script sees no difference.
    pub(crate) fn equals(&self, other: &Object) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.equals(&*other.0)
    }

    /// A number that tells objects apart.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).cast::<()>().addr()
    }
}

impl Value {
    /// An object that the script gets to hold. Two allocations.
    pub fn object(object: impl HostObject) -> Value {
        Value::shared_object(Arc::new(object))
    }

    /// An object that the host holds, too. One allocation.
    #[inline]
    pub fn shared_object(object: Arc<dyn HostObject>) -> Value {
        Value::from_object(Object(object))
    }

    /// The object behind a value, if it is one of this type.
    pub fn downcast_ref<T: HostObject>(&self) -> Option<&T> {
        let object: &dyn Any = &*self.as_object()?.0;
        object.downcast_ref()
    }

    /// The object behind a value, to be shared, if it is one of this type.
    pub fn downcast_arc<T: HostObject>(&self) -> Option<Arc<T>> {
        let object: Arc<dyn Any + Send + Sync> = self.as_object()?.0.clone();
        object.downcast().ok()
    }
}
