//! Scalars: numbers, text, `Option`, and what Rust wraps around single values.
//!
//! Numbers are converted exactly or not at all: an Int becomes an integer in its range, a Float or Decimal never does; an Int becomes
//! a float only where the float is that integer.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use num_bigint::BigInt;
use rust_decimal::Decimal;

use super::{ConvertError, FromValue, IntoValue, nested};
use crate::value::number::{decimal_from_bigint, int_to_float};
use crate::value::{Kind, Map, Range, Set, Value, Vector};

impl FromValue for Value {
    #[inline]
    fn from_value(value: &Value) -> Result<Value, ConvertError> {
        Ok(value.clone())
    }

    #[inline]
    fn from_owned(value: Value) -> Result<Value, ConvertError> {
        Ok(value)
    }
}

impl IntoValue for Value {
    #[inline]
    fn into_value(self) -> Value {
        self
    }
}

impl IntoValue for &Value {
    #[inline]
    fn into_value(self) -> Value {
        self.clone()
    }
}

impl<'b, T: ?Sized> IntoValue for &&'b T
where
    &'b T: IntoValue,
{
    #[inline]
    fn into_value(self) -> Value {
        (*self).into_value()
    }
}

/// Types whose values are copied into a value as `Value::from` does.
macro_rules! plain {
    ($($ty:ident)*) => {$(
        impl IntoValue for $ty {
            #[inline]
            fn into_value(self) -> Value {
                Value::from(self)
            }
        }

        impl IntoValue for &$ty {
            #[inline]
            fn into_value(self) -> Value {
                Value::from(*self)
            }
        }

        plain!(@equal $ty);
    )*};
    (@equal bool) => {
        impl PartialEq<bool> for Value {
            /// Whether the value is this Bool.
            #[inline]
            fn eq(&self, other: &bool) -> bool {
                self.as_bool() == Some(*other)
            }
        }

        impl PartialEq<Value> for bool {
            #[inline]
            fn eq(&self, other: &Value) -> bool {
                other == self
            }
        }
    };
    (@equal $ty:ident) => {
        impl PartialEq<$ty> for Value {
            /// Whether the value is `==` to this one, as the language compares.
            #[inline]
            fn eq(&self, other: &$ty) -> bool {
                let other = Value::from(*other);
                *self == other
            }
        }

        impl PartialEq<Value> for $ty {
            #[inline]
            fn eq(&self, other: &Value) -> bool {
                other == self
            }
        }
    };
}

plain!(bool char i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64 Decimal);

/// Integers that may lie outside of 64 bits, or inside.
macro_rules! integers {
    ($($ty:ty: $how:ident)*) => {$(
        impl From<$ty> for Value {
            #[inline]
            fn from(n: $ty) -> Value {
                integers!(@$how n)
            }
        }

        impl FromValue for $ty {
            #[inline]
            fn from_value(value: &Value) -> Result<$ty, ConvertError> {
                match value.as_int().map(<$ty>::try_from) {
                    Some(Ok(n)) => Ok(n),
                    _ => big(value, stringify!($ty)),
                }
            }

            #[inline]
            fn from_place(place: &mut Value) -> Result<$ty, ConvertError> {
                match place.as_int().map(<$ty>::try_from) {
                    Some(Ok(n)) => Ok(n),
                    _ => big(&place.take(), stringify!($ty)),
                }
            }
        }
    )*};
    (@small $n:ident) => { Value::int(i64::from($n)) };
    (@large $n:ident) => {
        match i64::try_from($n) {
            Ok(n) => Value::int(n),
            Err(_) => Value::big(BigInt::from($n)),
        }
    };
}

integers!(i8: small i16: small i32: small u8: small u16: small u32: small);
integers!(i128: large isize: large u64: large u128: large usize: large);

impl FromValue for i64 {
    #[inline]
    fn from_value(value: &Value) -> Result<i64, ConvertError> {
        match value.as_int() {
            Some(n) => Ok(n),
            None => big(value, "i64"),
        }
    }

    #[inline]
    fn from_place(place: &mut Value) -> Result<i64, ConvertError> {
        match place.as_int() {
            Some(n) => Ok(n),
            None => big(&place.take(), "i64"),
        }
    }
}

/// An integer from an Int that does not fit 64 bits, or why there is none.
#[cold]
fn big<T: TryFrom<BigInt>>(value: &Value, name: &'static str) -> Result<T, ConvertError> {
    match value.as_bigint() {
        None => Err(ConvertError::mismatch("Int", value)),
        Some(n) => T::try_from(n.into_owned()).map_err(|_| ConvertError::out_of_range(name, value)),
    }
}

impl FromValue for BigInt {
    fn from_value(value: &Value) -> Result<BigInt, ConvertError> {
        match value.as_bigint() {
            Some(n) => Ok(n.into_owned()),
            None => Err(ConvertError::mismatch("Int", value)),
        }
    }
}

impl IntoValue for BigInt {
    fn into_value(self) -> Value {
        Value::big(self)
    }
}

impl IntoValue for &BigInt {
    fn into_value(self) -> Value {
        Value::big(self.clone())
    }
}

impl From<f32> for Value {
    #[inline]
    fn from(x: f32) -> Value {
        Value::float(f64::from(x))
    }
}

impl FromValue for f64 {
    #[inline]
    fn from_value(value: &Value) -> Result<f64, ConvertError> {
        match value.as_float() {
            Some(x) => Ok(x),
            None => float(value, "f64"),
        }
    }

    #[inline]
    fn from_place(place: &mut Value) -> Result<f64, ConvertError> {
        match place.as_float() {
            Some(x) => Ok(x),
            None => float(&place.take(), "f64"),
        }
    }
}

impl FromValue for f32 {
    #[inline]
    fn from_value(value: &Value) -> Result<f32, ConvertError> {
        let Some(x) = value.as_float() else {
            let x = float(value, "f32")?;
            let exact = f64::from(x as f32) == x;
            return if exact {
                Ok(x as f32)
            } else {
                Err(ConvertError::out_of_range("an Int that f32 has", value))
            };
        };
        // The nearest one, unless there is none near.
        if x.is_finite() && (x as f32).is_infinite() {
            return Err(ConvertError::out_of_range("f32", value));
        }
        Ok(x as f32)
    }
}

/// The float that is this Int.
fn float(value: &Value, name: &'static str) -> Result<f64, ConvertError> {
    if value.kind() != Kind::Int {
        return Err(ConvertError::mismatch("Float", value));
    }
    let exact = int_to_float(value).filter(|x| *value == Value::float(*x));
    exact.ok_or_else(|| ConvertError::out_of_range(format!("an Int that {name} has"), value))
}

impl FromValue for Decimal {
    fn from_value(value: &Value) -> Result<Decimal, ConvertError> {
        if let Some(d) = value.as_decimal() {
            return Ok(*d);
        }
        let n = value.as_bigint().ok_or_else(|| ConvertError::mismatch("Decimal", value))?;
        decimal_from_bigint(&n).map_err(|_| ConvertError::out_of_range("Decimal", value))
    }
}

impl FromValue for bool {
    #[inline]
    fn from_value(value: &Value) -> Result<bool, ConvertError> {
        value.as_bool().ok_or_else(|| ConvertError::mismatch("Bool", value))
    }

    #[inline]
    fn from_place(place: &mut Value) -> Result<bool, ConvertError> {
        bool::from_value(place)
    }
}

impl From<char> for Value {
    fn from(c: char) -> Value {
        Value::char(c)
    }
}

impl FromValue for char {
    fn from_value(value: &Value) -> Result<char, ConvertError> {
        let mut chars = value.as_str().unwrap_or("").chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => Ok(c),
            _ => Err(ConvertError::mismatch("a Str of one character", value)),
        }
    }
}

#[inline]
pub(super) fn text(value: &Value) -> Result<&str, ConvertError> {
    value.as_str().ok_or_else(|| ConvertError::mismatch("Str", value))
}

/// Types that own a text.
macro_rules! texts {
    ($($ty:ty)*) => {$(
        impl FromValue for $ty {
            #[inline]
            fn from_value(value: &Value) -> Result<$ty, ConvertError> {
                text(value).map(<$ty>::from)
            }
        }

        impl IntoValue for $ty {
            #[inline]
            fn into_value(self) -> Value {
                Value::from(self)
            }
        }

        impl IntoValue for &$ty {
            #[inline]
            fn into_value(self) -> Value {
                Value::str(self)
            }
        }
    )*};
}

texts!(String Box<str> Arc<str>);

impl IntoValue for &str {
    #[inline]
    fn into_value(self) -> Value {
        Value::str(self)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Value {
        Value::str(text)
    }
}

impl From<Box<str>> for Value {
    fn from(text: Box<str>) -> Value {
        Value::from(String::from(text))
    }
}

impl From<Arc<str>> for Value {
    fn from(text: Arc<str>) -> Value {
        Value::str(&text)
    }
}

impl From<Cow<'_, str>> for Value {
    fn from(text: Cow<'_, str>) -> Value {
        match text {
            Cow::Borrowed(text) => Value::str(text),
            Cow::Owned(text) => Value::from(text),
        }
    }
}

impl FromValue for Cow<'_, str> {
    fn from_value(value: &Value) -> Result<Self, ConvertError> {
        String::from_value(value).map(Cow::Owned)
    }
}

impl IntoValue for Cow<'_, str> {
    fn into_value(self) -> Value {
        Value::from(self)
    }
}

impl IntoValue for &Cow<'_, str> {
    fn into_value(self) -> Value {
        Value::str(self)
    }
}

/// Texts are compared without making a value of them. (Not `String`: `a.to_string() == b.to_string()` would seem to be the same as
/// `a == b`, and to tools it does.)
macro_rules! compared {
    ($($ty:ty)*) => {$(
        impl PartialEq<$ty> for Value {
            #[inline]
            fn eq(&self, other: &$ty) -> bool {
                let other: &str = other;
                self.as_str() == Some(other)
            }
        }

        impl PartialEq<Value> for $ty {
            #[inline]
            fn eq(&self, other: &Value) -> bool {
                other == self
            }
        }
    )*};
}

compared!(str & str);

impl From<()> for Value {
    fn from((): ()) -> Value {
        Value::NULL
    }
}

impl FromValue for () {
    fn from_value(value: &Value) -> Result<(), ConvertError> {
        if value.is_null() { Ok(()) } else { Err(ConvertError::mismatch("null", value)) }
    }
}

impl IntoValue for () {
    fn into_value(self) -> Value {
        Value::NULL
    }
}

impl<T: FromValue> FromValue for Option<T> {
    #[inline]
    fn from_value(value: &Value) -> Result<Option<T>, ConvertError> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }

    #[inline]
    fn from_owned(value: Value) -> Result<Option<T>, ConvertError> {
        if value.is_null() { Ok(None) } else { T::from_owned(value).map(Some) }
    }

    fn missing() -> Option<Option<T>> {
        Some(None)
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    #[inline]
    fn into_value(self) -> Value {
        self.map_or(Value::NULL, T::into_value)
    }
}

impl<'a, T> IntoValue for &'a Option<T>
where
    &'a T: IntoValue,
{
    #[inline]
    fn into_value(self) -> Value {
        self.as_ref().map_or(Value::NULL, <&T>::into_value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::NULL, T::into)
    }
}

/// Pointers to one value.
macro_rules! pointers {
    ($($ty:ident)*) => {$(
        impl<T: FromValue> FromValue for $ty<T> {
            fn from_value(value: &Value) -> Result<$ty<T>, ConvertError> {
                nested(|| T::from_value(value)).map($ty::new)
            }

            fn from_owned(value: Value) -> Result<$ty<T>, ConvertError> {
                nested(|| T::from_owned(value)).map($ty::new)
            }

            fn missing() -> Option<$ty<T>> {
                T::missing().map($ty::new)
            }
        }

        impl<'a, T> IntoValue for &'a $ty<T>
        where
            &'a T: IntoValue,
        {
            fn into_value(self) -> Value {
                (&**self).into_value()
            }
        }
    )*};
}

pointers!(Box Arc Rc);

impl<T: IntoValue> IntoValue for Box<T> {
    fn into_value(self) -> Value {
        (*self).into_value()
    }
}

impl<T: IntoValue + Clone> IntoValue for Arc<T> {
    fn into_value(self) -> Value {
        Arc::unwrap_or_clone(self).into_value()
    }
}

impl<T: IntoValue + Clone> IntoValue for Rc<T> {
    fn into_value(self) -> Value {
        Rc::unwrap_or_clone(self).into_value()
    }
}

/// The language's own collections: shared, not copied.
macro_rules! own {
    ($($ty:ident, $borrow:ident, $make:ident, $name:literal;)*) => {$(
        impl FromValue for $ty {
            fn from_value(value: &Value) -> Result<$ty, ConvertError> {
                value.$borrow().cloned().ok_or_else(|| ConvertError::mismatch($name, value))
            }

            fn from_owned(mut value: Value) -> Result<$ty, ConvertError> {
                match value.$make() {
                    Some(own) => Ok(std::mem::take(own)),
                    None => Err(ConvertError::mismatch($name, &value)),
                }
            }
        }

        impl IntoValue for $ty {
            fn into_value(self) -> Value {
                Value::from(self)
            }
        }

        impl IntoValue for &$ty {
            fn into_value(self) -> Value {
                Value::from(self.clone())
            }
        }
    )*};
}

own!(Map, as_map, as_map_mut, "Map"; Set, as_set, as_set_mut, "Set"; Vector, as_vec, as_vec_mut, "Vec";);

impl FromValue for Range {
    fn from_value(value: &Value) -> Result<Range, ConvertError> {
        value.as_range().ok_or_else(|| ConvertError::mismatch("Range", value))
    }
}

impl IntoValue for Range {
    fn into_value(self) -> Value {
        Value::range(self)
    }
}

impl IntoValue for &Range {
    fn into_value(self) -> Value {
        Value::range(*self)
    }
}

impl From<std::ops::Range<i64>> for Range {
    fn from(range: std::ops::Range<i64>) -> Range {
        Range::new(range.start, range.end)
    }
}

impl From<std::ops::RangeInclusive<i64>> for Range {
    fn from(range: std::ops::RangeInclusive<i64>) -> Range {
        Range::inclusive(*range.start(), *range.end())
    }
}
