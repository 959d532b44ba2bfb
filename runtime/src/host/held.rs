//! Objects as values hold them: by a count of their own, as a part of another object, or lent for a while.
//!
//! Invariants: an [`Object`] points to what lives as long as its [`Hold`] does. A count keeps its object; a part keeps the object that it
//! is in, which nobody can move or change through a unique reference as long as somebody else holds it (an object shows its parts for any
//! lifetime that it is borrowed for, and so for that of the count); and what is lent is looked at by
//! the lending thread only, and not once [`Value::lend`] has come back: so nobody can be looking when it does.

use super::HostObject;
use super::loan::{Lending, Loan};
use crate::fault::Fault;
use crate::value::{Carried, Ref, Value};
use std::any::{Any, TypeId};
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

/// An object as values hold it.
pub struct Object {
    object: NonNull<dyn HostObject>,
    hold: Hold,
}

/// Why the pointer to an object is good.
enum Hold {
    /// It is that of an `Arc`, of which this has one count.
    Counted,
    /// It is inside this one, which is counted.
    Inside(Ref<Object>),
    /// It is lent, or inside of what is.
    Lent(Loan),
}

// SAFETY: objects are `Send + Sync`; of what is lent, other threads see nothing but that it is.
unsafe impl Send for Object {}
// SAFETY: as above.
unsafe impl Sync for Object {}

impl Drop for Object {
    #[inline]
    fn drop(&mut self) {
        if let Hold::Counted = self.hold {
            // SAFETY: the count that was taken out of an `Arc`.
            drop(unsafe { Arc::from_raw(self.object.as_ptr().cast_const()) });
        }
    }
}

/// Asks the memory for the beginning of an object that is going to be read, and does not wait for it. An object is mostly far away, and the
/// value for it takes a while to be made.
#[inline(always)]
fn fetch(object: &(impl HostObject + ?Sized)) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = std::ptr::from_ref(object).cast::<i8>();
        let end = start.wrapping_add(size_of_val(object).min(2 * 64).saturating_sub(1));
        for place in [start, end] {
            // SAFETY: nothing is read or written; any address will do.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(place) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = object;
}

impl Object {
    /// The value of something inside `whole`, which is an object.
    ///
    /// # Safety
    /// The reference to the part is good as long as the object.
    #[inline(never)]
    pub(super) unsafe fn part(part: &(dyn HostObject + 'static), whole: &Ref<Object>) -> Carried {
        fetch(part);
        let hold = match &whole.hold {
            Hold::Counted => Hold::Inside(whole.clone()),
            Hold::Inside(root) => Hold::Inside(root.clone()),
            Hold::Lent(loan) => Hold::Lent(*loan),
        };
        Value::from_object(Object { object: NonNull::from_ref(part), hold }).into()
    }

    /// The object, unless it was lent and the time is over, or this is another thread.
    #[inline]
    pub(crate) fn get(&self) -> Option<&(dyn HostObject + 'static)> {
        if let Hold::Lent(loan) = self.hold
            && !loan.is_on()
        {
            return None;
        }
        // SAFETY: the hold keeps it; and what this thread has lent stays until this thread gets back to where it lent it.
        Some(unsafe { self.object.as_ref() })
    }

    /// As [`Object::get`], with what to tell a script.
    #[inline]
    pub(crate) fn look(&self) -> Result<&(dyn HostObject + 'static), Fault> {
        self.get().ok_or_else(gone)
    }

    /// What the object behind a value has under a name; [`Value::UNDEFINED`] for nothing, and where the object is gone.
    #[inline(always)]
    pub(crate) fn field(whole: &Value, name: &str) -> Carried {
        let whole = whole.as_object_ref();
        let part = whole.and_then(|whole| Some((whole.get()?.field(name)?, whole)));
        match part {
            // SAFETY: a part of this very object.
            Some((part, whole)) => unsafe { part.of(whole) },
            None => Value::UNDEFINED.into(),
        }
    }

    /// As [`Object::field`], with what is not there apart from what is gone.
    pub(crate) fn look_up(whole: &Value, name: &str) -> Result<Option<Value>, Fault> {
        let found = Value::from(Object::field(whole, name));
        if !found.is_undefined() {
            return Ok(Some(found));
        }
        whole.as_object().map_or(Ok(None), |object| object.look().map(|_| None))
    }

    /// The element at a place of the object behind a value, if it has so many.
    pub(crate) fn element(whole: &Value, place: usize) -> Option<Value> {
        let whole = whole.as_object_ref()?;
        let object = whole.get()?;
        // (An object need not answer for places that it does not have.)
        let part =
            object.length().filter(|length| place < *length).and_then(|_| object.element(place))?;
        // SAFETY: a part of this very object.
        Some(unsafe { part.of(whole) }.into())
    }

    /// The name of its type.
    pub(crate) fn type_name(&self) -> &'static str {
        self.get().map_or("Object", |object| object.type_name())
    }

    /// What `str` shows.
    pub(crate) fn display(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self.get() {
            Some(object) => object.display(out),
            None => out.write_str(self.type_name()),
        }
    }

    /// The number of its elements, if it has elements.
    pub(crate) fn length(&self) -> Option<usize> {
        self.get()?.length()
    }

    /// Whether a script sees no difference.
    pub(crate) fn equals(&self, other: &Object) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        match (self.get(), other.get()) {
            (Some(a), Some(b)) => Object::place(self) == other.place() || a.equals(b),
            _ => false,
        }
    }

    /// What tells objects apart.
    pub(crate) fn place(&self) -> (usize, TypeId) {
        match self.get() {
            Some(object) => (self.object.addr().get(), Any::type_id(object)),
            None => (std::ptr::from_ref(self).addr(), TypeId::of::<()>()),
        }
    }
}

/// What a script is told of an object that nobody can look at.
#[cold]
fn gone() -> Fault {
    Fault::new(
        "gone",
        "this object was lent by the host: for a time that is over, or by another thread",
    )
    .help("the host shares what is to stay, with `Value::shared_object`")
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.display(f)
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
        // SAFETY: the pointer of an `Arc` is not null.
        let object = unsafe { NonNull::new_unchecked(Arc::into_raw(object).cast_mut()) };
        Value::from_object(Object { object, hold: Hold::Counted })
    }

    /// Lends an object: `with` gets a value that stands for it, and all that comes of it, until `with` comes back. What still holds the value
    /// then, or has it on another thread, finds it gone: reading a field is an error, and it equals nothing but itself. One allocation,
    /// and no count in the object's own memory.
    ///
    /// ```
    /// use tansy_runtime::host::{AsPart, HostObject, Part};
    /// use tansy_runtime::value::Value;
    ///
    /// struct Order { total: f64 }
    ///
    /// impl HostObject for Order {
    ///     fn type_name(&self) -> &'static str { "Order" }
    ///     fn field(&self, name: &str) -> Option<Part<'_>> {
    ///         (name == "total").then(|| self.total.as_part())
    ///     }
    /// }
    ///
    /// let orders = [Order { total: 3.5 }, Order { total: 120.0 }];
    /// let kept = Value::lend(&orders[0], |order| {
    ///     // Here a program runs.
    ///     assert_eq!(order.with_object(|order: &Order| order.total), Some(3.5));
    ///     order
    /// });
    /// assert_eq!(kept.with_object(|order: &Order| order.total), None);
    /// ```
    #[inline]
    pub fn lend<T: HostObject, R>(object: &T, with: impl FnOnce(Value) -> R) -> R {
        fetch(object);
        let lending = Lending::begin();
        let object: NonNull<dyn HostObject> = NonNull::from_ref(object);
        with(Value::from_object(Object { object, hold: Hold::Lent(lending.loan()) }))
    }

    /// The object behind a value, if it is one of this type, and not lent ([`Value::with_object`] takes that, too).
    pub fn downcast_ref<T: HostObject>(&self) -> Option<&T> {
        let object = self.as_object()?;
        match object.hold {
            // Whoever gets the reference could keep it longer than the object is lent.
            Hold::Lent(_) => None,
            _ => (object.get()? as &dyn Any).downcast_ref(),
        }
    }

    /// Does something with the object behind a value, if it is one of this type.
    pub fn with_object<T: HostObject, R>(&self, with: impl FnOnce(&T) -> R) -> Option<R> {
        let object: &dyn Any = self.as_object()?.get()?;
        object.downcast_ref().map(with)
    }

    /// The object behind a value, to be shared, if it is one of this type and has a count of its own.
    pub fn downcast_arc<T: HostObject>(&self) -> Option<Arc<T>> {
        let object = self.as_object().filter(|object| matches!(object.hold, Hold::Counted))?;
        let place = object.object.as_ptr().cast_const();
        // SAFETY: it is that of an `Arc`, of which the object has a count.
        let shared = unsafe {
            Arc::increment_strong_count(place);
            Arc::from_raw(place)
        };
        (shared as Arc<dyn Any + Send + Sync>).downcast().ok()
    }
}
