//! From serde to values.
//!
//! `rust_decimal`'s Decimal and the standard ranges, which serde knows as text and structs, are recognised by the names of their types and
//! become what they are.

use std::any::type_name;
use std::fmt::Display;
use std::iter::repeat_with;
use std::rc::Rc;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::ser::{self, Serialize, SerializeMap};

use super::shape::{self, Shape};
use super::{HANDOVER, handed};
use crate::convert::{ConvertError, MAX_DEPTH};
use crate::value::{Map, Range, Value, Vector};

/// Converts anything that implements serde's `Serialize`.
///
/// | Rust | the language |
/// |---|---|
/// | `bool`, integers of any width, floats | Bool, Int, Float |
/// | `char`, `str`, a unit variant | Str |
/// | `()`, `None`, a unit struct | null |
/// | sequences, tuples, sets, bytes | Vec |
/// | structs | Map with the names of the fields |
/// | maps | Map; keys of any kind, numbers as numbers |
/// | `rust_decimal::Decimal` | Decimal |
/// | `Range`, `RangeInclusive`, `RangeFrom` of integers | Range |
/// | other variants | Map of one binding, `{variant: content}` |
/// | [`Value`] | itself, in O(1) |
///
/// Fails where a map has a key that no Map takes, a type's own `Serialize` fails, or data is nested deeper than
/// [`MAX_DEPTH`]. O(size); the Map of a struct is made once, sorted.
///
/// ```
/// #[derive(serde::Serialize)]
/// struct Item { sku: &'static str, qty: u32 }
///
/// let value = tansy_runtime::convert::to_value(&Item { sku: "a-1", qty: 3 })?;
/// assert_eq!(value.to_string(), r#"{qty: 3, sku: "a-1"}"#);
/// # Ok::<(), tansy_runtime::convert::ConvertError>(())
/// ```
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, ConvertError> {
    put(value, MAX_DEPTH)
}

/// Converts with `depth` levels left.
#[inline]
fn put<T: Serialize + ?Sized>(value: &T, depth: u32) -> Result<Value, ConvertError> {
    // The names are constants, and so are the answers.
    let name = type_name::<T>();
    let made = value.serialize(Serializer { depth, ty: name })?;
    if name == DECIMAL || name == DECIMAL_REF {
        return Ok(decimal(made));
    }
    if name.starts_with("core::ops::range::Range") {
        return Ok(range(made, name.starts_with("core::ops::range::RangeInclusive")));
    }
    Ok(made)
}

const DECIMAL: &str = "rust_decimal::decimal::Decimal";
const DECIMAL_REF: &str = "&rust_decimal::decimal::Decimal";

/// The Decimal that was serialised as text, or whatever it was serialised as.
fn decimal(made: Value) -> Value {
    let parsed = made.as_str().and_then(|text| Decimal::from_str(text).ok());
    parsed.map_or(made, Value::decimal)
}

/// The Range that was serialised as a struct, where its bounds are Ints.
#[cold]
fn range(made: Value, inclusive: bool) -> Value {
    let bound = |name| made.get(name).and_then(Value::as_int);
    match (bound("start"), bound("end"), made.get("end")) {
        (Some(start), Some(end), _) => Value::range(Range { start, end: Some(end), inclusive }),
        (Some(start), None, None) => Value::range(Range::from(start)),
        _ => made,
    }
}

/// Makes values, with so many levels of nesting left.
#[derive(Clone, Copy)]
pub(super) struct Serializer {
    depth: u32,
    /// The name of the type that is being serialised.
    ty: &'static str,
}

impl Serializer {
    /// The levels left inside of a collection.
    #[inline]
    fn deeper(self) -> Result<u32, ConvertError> {
        self.depth.checked_sub(1).ok_or_else(ConvertError::too_deep)
    }
}

/// Room that is made in advance on a foreign word: the rest as it comes.
const ROOM: usize = 4096;

fn vec_for<T>(len: Option<usize>) -> Vec<T> {
    Vec::with_capacity(len.unwrap_or(0).min(ROOM))
}

macro_rules! scalars {
    ($($name:ident $ty:ty;)*) => {$(
        #[inline]
        fn $name(self, value: $ty) -> Result<Value, ConvertError> {
            Ok(Value::from(value))
        }
    )*};
}

impl ser::Serializer for Serializer {
    type Ok = Value;
    type Error = ConvertError;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Bindings;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Fields;

    scalars! {
        serialize_bool bool;
        serialize_i8 i8;
        serialize_i16 i16;
        serialize_i32 i32;
        serialize_i64 i64;
        serialize_i128 i128;
        serialize_u8 u8;
        serialize_u16 u16;
        serialize_u32 u32;
        serialize_u64 u64;
        serialize_u128 u128;
        serialize_f32 f32;
        serialize_f64 f64;
        serialize_char char;
        serialize_str &str;
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Value, ConvertError> {
        Ok(Value::vec(bytes.iter().map(|b| Value::from(*b)).collect::<Vector>()))
    }

    fn serialize_none(self) -> Result<Value, ConvertError> {
        Ok(Value::NULL)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, ConvertError> {
        put(value, self.depth)
    }

    fn serialize_unit(self) -> Result<Value, ConvertError> {
        Ok(Value::NULL)
    }

    #[inline]
    fn serialize_unit_struct(self, name: &'static str) -> Result<Value, ConvertError> {
        if name == HANDOVER { handed() } else { Ok(Value::NULL) }
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Value, ConvertError> {
        Ok(key(variant))
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Value, ConvertError> {
        put(value, self.deeper()?)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, ConvertError> {
        let content = put(value, self.deeper()?).map_err(|error| error.at_key(variant))?;
        Ok(tagged(Some(variant), content))
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<Items, ConvertError> {
        let items = Vector::with_capacity(len.unwrap_or(0).min(ROOM));
        Ok(Items { items, depth: self.deeper()?, variant: None })
    }

    #[inline]
    fn serialize_tuple(self, len: usize) -> Result<Items, ConvertError> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        len: usize,
    ) -> Result<Items, ConvertError> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Items, ConvertError> {
        Ok(Items { variant: Some(variant), ..self.serialize_seq(Some(len))? })
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Bindings, ConvertError> {
        Ok(Bindings { entries: vec_for(len), key: None, depth: self.deeper()? })
    }

    #[inline]
    fn serialize_struct(self, _name: &'static str, len: usize) -> Result<Fields, ConvertError> {
        let depth = self.deeper()?;
        Ok(match shape::known(self.ty, len) {
            Some(shape) => Fields {
                entries: repeat_with(|| (Value::NULL, Value::NULL)).take(len).collect(),
                shape: Some(shape),
                next: 0,
                names: Vec::new(),
                depth,
                ty: self.ty,
                variant: None,
            },
            None => Fields {
                entries: vec_for(Some(len)),
                shape: None,
                next: 0,
                names: vec_for(Some(len)),
                depth,
                ty: self.ty,
                variant: None,
            },
        })
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Fields, ConvertError> {
        Ok(Fields { variant: Some(variant), ..self.serialize_struct(name, len)? })
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<Value, ConvertError> {
        Ok(Value::from(value.to_string()))
    }
}

/// The value of a name that stands in the program's text.
#[inline]
fn key(name: &'static str) -> Value {
    Value::str(name)
}

/// The content of a variant under its name.
fn tagged(variant: Option<&'static str>, content: Value) -> Value {
    match variant {
        None => content,
        Some(variant) => Value::map(Map::from_sorted(vec![(key(variant), content)])),
    }
}

/// An error inside of a variant, seen from outside.
fn inside(variant: Option<&'static str>, error: ConvertError) -> ConvertError {
    match variant {
        None => error,
        Some(variant) => error.at_key(variant),
    }
}

/// A sequence half made.
pub(super) struct Items {
    items: Vector,
    depth: u32,
    variant: Option<&'static str>,
}

impl Items {
    #[inline]
    fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), ConvertError> {
        match put(item, self.depth) {
            Ok(mut item) => {
                if !self.items.push_own(&mut item) {
                    self.items.push(item);
                }
                Ok(())
            }
            Err(error) => Err(inside(self.variant, error.at_index(self.items.len()))),
        }
    }

    #[inline]
    fn finish(self) -> Value {
        tagged(self.variant, Value::vec(self.items))
    }
}

macro_rules! items {
    ($($name:ident $method:ident;)*) => {$(
        impl ser::$name for Items {
            type Ok = Value;
            type Error = ConvertError;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), ConvertError> {
                self.push(item)
            }

            #[inline]
            fn end(self) -> Result<Value, ConvertError> {
                Ok(self.finish())
            }
        }
    )*};
}

items! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

/// A struct half made.
pub(super) struct Fields {
    /// With a shape: in key order, null for what is not there yet. (Zeroed memory would cost more to get.) Without one: as they come.
    entries: Vec<(Value, Value)>,
    shape: Option<Rc<Shape>>,
    /// Fields made so far, with a shape.
    next: usize,
    /// The names of the fields so far, without a shape.
    names: Vec<&'static str>,
    depth: u32,
    ty: &'static str,
    variant: Option<&'static str>,
}

impl Fields {
    #[inline]
    fn push<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), ConvertError> {
        let value = match put(value, self.depth) {
            Ok(value) => value,
            Err(error) => return Err(inside(self.variant, error.at_key(name))),
        };
        if let Some(shape) = &self.shape
            && let Some(field) = shape.fields.get(self.next)
            && std::ptr::eq(field.name, name)
            && let Some(entry) = self.entries.get_mut(field.place)
        {
            *entry = (field.key.clone(), value);
            self.next += 1;
            return Ok(());
        }
        self.unknown(name, value);
        Ok(())
    }

    /// A field for which there is no shape, or not this one.
    #[cold]
    fn unknown(&mut self, name: &'static str, value: Value) {
        if self.shape.take().is_some() {
            self.entries.retain(|(key, _)| !key.is_null());
            // Nothing is learnt from a type that does not always give the same fields.
            self.ty = "";
        }
        self.names.push(name);
        self.entries.push((key(name), value));
    }

    #[inline]
    fn finish(mut self) -> Value {
        let map = match &self.shape {
            Some(shape) if shape.fields.len() == self.next => Map::from_sorted(self.entries),
            shape => {
                if shape.is_some() {
                    self.entries.retain(|(key, _)| !key.is_null());
                } else if !self.ty.is_empty() {
                    shape::learn(self.ty, &self.names);
                }
                Map::from_fields(self.entries)
            }
        };
        tagged(self.variant, Value::map(map))
    }
}

macro_rules! fields {
    ($($name:ident)*) => {$(
        impl ser::$name for Fields {
            type Ok = Value;
            type Error = ConvertError;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), ConvertError> {
                self.push(name, value)
            }

            #[inline]
            fn end(self) -> Result<Value, ConvertError> {
                Ok(self.finish())
            }
        }
    )*};
}

fields!(SerializeStruct SerializeStructVariant);

/// A map half made.
pub(super) struct Bindings {
    entries: Vec<(Value, Value)>,
    key: Option<Value>,
    depth: u32,
}

impl SerializeMap for Bindings {
    type Ok = Value;
    type Error = ConvertError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ConvertError> {
        self.key = Some(put(key, self.depth)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ConvertError> {
        let key = self.key.take().ok_or_else(|| ConvertError::message("a value without a key"))?;
        match put(value, self.depth) {
            Ok(value) => {
                self.entries.push((key, value));
                Ok(())
            }
            Err(error) => Err(error.at_key(key)),
        }
    }

    fn end(self) -> Result<Value, ConvertError> {
        let made = Map::from_entries(self.entries);
        let refused = |error| ConvertError::message(format!("a key of the map: {error}"));
        made.map(Value::map).map_err(refused)
    }
}
