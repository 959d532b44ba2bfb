//! What objects show of themselves: values, and what stands inside them, by reference.
//!
//! A script that holds a part holds the object it is in: nothing is copied, and the part needs no count of its own. A vector of parts is a
//! Vec of the language, whose items are made without being looked at.

use super::HostObject;
use super::held::Object;
use crate::buffer::Items;
use crate::convert::{IntoValue, entries};
use crate::fault::Limit;
use crate::value::watch::{self, Walk};
use crate::value::{BigInt, Carried, Decimal, Map, Range, Ref, Set, Value, Vector, heap};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::{self, Write as _};
use std::sync::Arc;

/// What a [`HostObject`] shows under a name or at a place: a value, or something inside the object, which is not converted but shared.
///
/// Everything that implements [`IntoValue`] becomes one by `into`; what stands inside the object, by [`AsPart::as_part`].
///
/// ```
/// use tansy_runtime::host::{AsPart, HostObject, Part};
///
/// struct Item { sku: String, quantity: u32 }
/// struct Order { total: f64, items: Vec<Item> }
///
/// impl HostObject for Item {
///     fn type_name(&self) -> &'static str { "Item" }
///     fn field(&self, name: &str) -> Option<Part<'_>> {
///         Some(match name {
///             "sku" => self.sku.as_part(),
///             "quantity" => self.quantity.as_part(),
///             _ => return None,
///         })
///     }
/// }
///
/// impl HostObject for Order {
///     fn type_name(&self) -> &'static str { "Order" }
///     fn field(&self, name: &str) -> Option<Part<'_>> {
///         Some(match name {
///             "total" => self.total.as_part(),
///             "large" => (self.total > 1000.0).into(),
///             "items" => self.items.as_part(),
///             _ => return None,
///         })
///     }
/// }
/// ```
pub struct Part<'a>(Shown<'a>);

enum Shown<'a> {
    Value(Value),
    Object(&'a (dyn HostObject + 'static)),
    Parts(&'a dyn Parts),
}

/// A collection of parts.
trait Parts {
    /// The value of it.
    ///
    /// # Safety
    /// As of [`Part::of`].
    unsafe fn of(&self, whole: &Ref<Object>) -> Carried;

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// What an object can show by reference: other objects, texts, numbers, values, and collections and options of these.
#[diagnostic::on_unimplemented(
    message = "a script cannot be shown `{Self}` inside an object",
    label = "no object, number, text, or collection of these",
    note = "derive `HostObject` for it; or show what it converts to, by `IntoValue` (on a field: `#[tansy(value)]`); or skip it"
)]
pub trait AsPart {
    /// The part that this is. O(1), but for a text, which is copied; where the script reads a collection, each item becomes a value.
    fn as_part(&self) -> Part<'_>;
}

impl<'a> Part<'a> {
    /// An object behind a reference to anything: `Part::object(&**boxed)`.
    #[inline]
    pub fn object(object: &'a (dyn HostObject + 'static)) -> Part<'a> {
        Part(Shown::Object(object))
    }

    /// The value that stands for this part. (Only what is inside takes the memory on its way.)
    ///
    /// # Safety
    /// The part is one of the object `whole`, got from a reference that is good as long as that object.
    #[inline(always)]
    pub(crate) unsafe fn of(self, whole: &Ref<Object>) -> Carried {
        match self.0 {
            Shown::Value(value) => value.into(),
            // SAFETY: the caller's promise.
            Shown::Object(part) => unsafe { Object::part(part, whole) },
            // SAFETY: as above.
            Shown::Parts(parts) => unsafe { parts.of(whole) },
        }
    }
}

impl<T: IntoValue> From<T> for Part<'_> {
    #[inline]
    fn from(value: T) -> Self {
        let value = value.into_value();
        // (No value of a script: a field would seem to be missing.)
        Part(Shown::Value(if value.is_undefined() { Value::NULL } else { value }))
    }
}

impl fmt::Display for Part<'_> {
    /// Of a value or an object what `str` gives, not much of what is long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Shown::Value(value) => f.write_str(&value.write_bounded(200)),
            Shown::Object(object) => object.display(f),
            Shown::Parts(parts) => parts.show(f),
        }
    }
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T: HostObject> AsPart for T {
    #[inline]
    fn as_part(&self) -> Part<'_> {
        Part::object(self)
    }
}

impl AsPart for dyn HostObject {
    #[inline]
    fn as_part(&self) -> Part<'_> {
        Part::object(self)
    }
}

impl<T: AsPart + ?Sized> AsPart for Arc<T> {
    #[inline]
    fn as_part(&self) -> Part<'_> {
        (**self).as_part()
    }
}

impl<T: AsPart> AsPart for Option<T> {
    #[inline]
    fn as_part(&self) -> Part<'_> {
        self.as_ref().map_or(Part::from(Value::NULL), T::as_part)
    }
}

macro_rules! values {
    ($($ty:ty)*) => {$(
        impl AsPart for $ty {
            #[inline]
            fn as_part(&self) -> Part<'_> {
                self.into_value().into()
            }
        }
    )*};
}

values!(bool char i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64);
values!(Value Vector Map Set Range BigInt Decimal);

macro_rules! texts {
    ($($ty:ty)*) => {$(
        impl AsPart for $ty {
            #[inline]
            fn as_part(&self) -> Part<'_> {
                match self.len() {
                    0..=FREE => Value::str(self).into(),
                    _ => long_text(self).into(),
                }
            }
        }
    )*};
}

texts!(str &str String Box<str>);

/// Texts of up to so many bytes are copied without asking: the machine looks afterwards.
const FREE: usize = 1 << 10;

/// Collections of up to so many items are made without looks on the way.
const FEW: usize = 64;

/// The value of a text, if a run may have it.
#[inline(never)]
fn long_text(text: &str) -> Value {
    match watch::room(text.len()) && Walk::default().steps(text.len() / 8) {
        true => Value::str(text),
        false => Value::NULL,
    }
}

/// A Vec of items, as many as the run may have: with fewer it ends.
fn vec(items: impl ExactSizeIterator<Item = Value>) -> Value {
    match items.len() {
        0..=FEW if goes_on(items.len()) => Value::vec(items.collect::<Vector>()),
        len => gather(len, items).map_or(Value::NULL, Value::from),
    }
}

/// A Map of bindings, within the same limits.
fn map<K: IntoValue>(items: impl ExactSizeIterator<Item = (K, Value)>) -> Value {
    match items.len() {
        0..=FEW if goes_on(items.len()) => entries(items),
        len => {
            let made = gather(len, items.map(|(key, value)| (key.into_value(), value)));
            made.map_or(Value::NULL, |made| entries(made.into_vec()))
        }
    }
}

/// Whether the run may go on, which is charged for a few items.
#[inline]
fn goes_on(items: usize) -> bool {
    heap::count_work(items as u64);
    !watch::full()
}

/// Makes `len` items, if there are so many, one after another; `None` where the run must end.
#[inline(never)]
pub(crate) fn gather<T>(len: usize, items: impl Iterator<Item = T>) -> Option<Items<T>> {
    let mut made = Items::new();
    made.grow(len).ok()?;
    let mut walk = Walk::default();
    for item in items {
        made.push(item).ok()?;
        if watch::full() {
            watch::stop(Limit::Memory);
            return None;
        }
        if !walk.step() {
            return None;
        }
    }
    Some(made)
}

macro_rules! vectors {
    ($($ty:ty, [$($generics:tt)*];)*) => {$(
        impl<T: AsPart, $($generics)*> Parts for $ty {
            unsafe fn of(&self, whole: &Ref<Object>) -> Carried {
                // SAFETY: the caller's promise: the item is inside of what is inside of the object.
                let value = |item: &T| Value::from(unsafe { item.as_part().of(whole) });
                vec(self.iter().map(value)).into()
            }

            fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                list(f, ['[', ']'], self.iter(), |f, item| write!(f, "{}", item.as_part()))
            }
        }

        impl<T: AsPart, $($generics)*> AsPart for $ty {
            #[inline]
            fn as_part(&self) -> Part<'_> {
                Part(Shown::Parts(self))
            }
        }
    )*};
}

vectors!(Vec<T>, []; VecDeque<T>, []; Box<[T]>, []; [T; N], [const N: usize];);

macro_rules! maps {
    ($($ty:ty, [$($generics:tt)*];)*) => {$(
        impl<K, T: AsPart, $($generics)*> Parts for $ty
        where
            for<'k> &'k K: IntoValue,
        {
            unsafe fn of(&self, whole: &Ref<Object>) -> Carried {
                // SAFETY: the caller's promise: the item is inside of what is inside of the object.
                let value = |item: &T| Value::from(unsafe { item.as_part().of(whole) });
                map(self.iter().map(|(key, item)| (key, value(item)))).into()
            }

            fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let bindings = self.iter().map(|(key, item)| (key.into_value(), item));
                list(f, ['{', '}'], in_order(bindings), |f, (key, item)| {
                    write!(f, "{} => {}", Part::from(key), item.as_part())
                })
            }
        }

        impl<K, T: AsPart, $($generics)*> AsPart for $ty
        where
            for<'k> &'k K: IntoValue,
        {
            #[inline]
            fn as_part(&self) -> Part<'_> {
                Part(Shown::Parts(self))
            }
        }
    )*};
}

maps!(BTreeMap<K, T>, []; HashMap<K, T, S>, [S];);

/// Bindings in the order of their keys, as a Map has them: that of a hash table shows how it came about. None where the run must end.
fn in_order<T>(
    bindings: impl ExactSizeIterator<Item = (Value, T)>,
) -> std::vec::IntoIter<(Value, T)> {
    let made = gather(bindings.len(), bindings);
    let mut bindings = made.map(Items::into_vec).unwrap_or_default();
    bindings.sort_by(|(a, _), (b, _)| a.cmp(b));
    bindings.into_iter()
}

/// Shows items between brackets.
fn list<T>(
    f: &mut fmt::Formatter<'_>,
    [open, close]: [char; 2],
    items: impl Iterator<Item = T>,
    show: impl Fn(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    f.write_char(open)?;
    for (i, item) in items.enumerate() {
        f.write_str(if i == 0 { "" } else { ", " })?;
        show(f, item)?;
    }
    f.write_char(close)
}
