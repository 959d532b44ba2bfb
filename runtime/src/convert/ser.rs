//! From serde to values: [`to_value`], and values in any format of serde's.
//!
//! A [`Value`] inside of what [`to_value`] is given arrives as it is, in O(1): it recognises the serializer by the name of its type and
//! hands itself over beside serde, which has no place for functions, sets or keys that are not strings. `rust_decimal`'s Decimal
//! and the standard ranges, which serde knows as text and structs, are recognised by the names of their types and become what they are.

use std::any::type_name;
use std::cell::Cell;
use std::fmt::Display;
use std::iter::repeat_with;
use std::rc::Rc;
use std::str::FromStr;

use num_bigint::BigInt;
use rust_decimal::Decimal;
use serde::ser::{self, Error as _, Serialize, SerializeMap, SerializeSeq};

use super::shape::{self, Shape};
use super::{ConvertError, MAX_DEPTH, Path, Step};
use crate::value::{Kind, Map, Range, Value, Vector};

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

/// What handing over a value is called. No type of Rust has such a name.
pub(super) const HANDOVER: &str = "tansy value";

thread_local! {
    /// The value that is being handed over, from here to [`Serializer`] or from the deserializer to a visitor.
    static HANDED: Cell<Value> = const { Cell::new(Value::UNDEFINED) };
}

pub(super) fn hand(value: &Value) {
    // While a thread ends there may be no such place any more; then nothing is found there.
    let _ = HANDED.try_with(|handed| handed.set(value.clone()));
}

pub(super) fn handed() -> Result<Value, ConvertError> {
    let value = HANDED.try_with(|handed| handed.replace(Value::UNDEFINED));
    let value = value.unwrap_or(Value::UNDEFINED);
    if value.is_undefined() {
        // Only another version of this crate can have a type of the same name.
        return Err(ConvertError::message("a value of another version of the language"));
    }
    Ok(value)
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

/// In formats other than values: a Set is a sequence, a Map a map, an error the map of its fields; a Range a map of `start`, `end` and
/// `inclusive` as far as it has them; an Int beyond 128 bits and a Decimal are text with their digits. Functions and lazy sequences
/// are refused, and so is what is nested deeper than [`MAX_DEPTH`], with an error that gives the path.
impl Serialize for Value {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if type_name::<S>() == type_name::<Serializer>() {
            hand(self);
            return serializer.serialize_unit_struct(HANDOVER);
        }
        Nested { value: self, depth: MAX_DEPTH, from: None }.serialize(serializer)
    }
}

/// A value inside of another.
struct Nested<'a> {
    value: &'a Value,
    depth: u32,
    from: Option<(&'a Nested<'a>, Step)>,
}

impl<'a> Nested<'a> {
    fn child(&'a self, value: &'a Value, step: Step) -> Nested<'a> {
        Nested { value, depth: self.depth.saturating_sub(1), from: Some((self, step)) }
    }

    #[cold]
    fn error<E: ser::Error>(&self, message: &str) -> E {
        let mut steps = Vec::new();
        let mut at = self;
        while let Some((from, step)) = &at.from {
            steps.push(step.clone());
            at = from;
        }
        if steps.is_empty() {
            return E::custom(message);
        }
        E::custom(format_args!("{}: {message}", Path(&steps)))
    }

    fn items<'v, S: ser::Serializer>(
        &self,
        items: impl ExactSizeIterator<Item = &'v Value>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_seq(Some(items.len()))?;
        for (index, item) in items.enumerate() {
            out.serialize_element(&self.child(item, Step::Index(index)))?;
        }
        out.end()
    }

    fn bindings<S: ser::Serializer>(&self, map: &Map, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(Some(map.len()))?;
        for (key, value) in map.iter() {
            out.serialize_key(&self.child(key, Step::Key(key.clone())))?;
            out.serialize_value(&self.child(value, Step::Key(key.clone())))?;
        }
        out.end()
    }
}

impl Serialize for Nested<'_> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.value;
        if let Some(n) = value.as_int() {
            return serializer.serialize_i64(n);
        }
        if let Some(text) = value.as_str() {
            return serializer.serialize_str(text);
        }
        if self.depth == 0 && (matches!(value.kind(), Kind::Vec | Kind::Map | Kind::Set)) {
            return Err(self.error(&format!("nested more than {MAX_DEPTH} levels deep")));
        }
        if let Some(items) = value.as_vec() {
            return self.items(items.iter(), serializer);
        }
        if let Some(elements) = value.as_set() {
            return self.items(elements.iter(), serializer);
        }
        if let Some(map) = value.as_map().or_else(|| value.as_error().map(|e| &e.fields)) {
            return self.bindings(map, serializer);
        }
        if let Some(n) = value.as_bigint() {
            return integer(&n, serializer);
        }
        if let Some(d) = value.as_decimal() {
            return serializer.collect_str(d);
        }
        if let Some(range) = value.as_range() {
            let mut out = serializer.serialize_map(None)?;
            out.serialize_entry("start", &range.start)?;
            if let Some(end) = range.end {
                out.serialize_entry("end", &end)?;
            }
            if range.inclusive {
                out.serialize_entry("inclusive", &true)?;
            }
            return out.end();
        }
        match (value.as_bool(), value.as_float()) {
            (Some(b), _) => serializer.serialize_bool(b),
            (_, Some(x)) => serializer.serialize_f64(x),
            _ if value.is_null() => serializer.serialize_unit(),
            _ => Err(self.error(&format!("a {} is not data", value.type_name()))),
        }
    }
}

/// An Int that does not fit an `i64`.
fn integer<S: ser::Serializer>(n: &BigInt, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(n) = u64::try_from(n) {
        serializer.serialize_u64(n)
    } else if let Ok(n) = i128::try_from(n) {
        serializer.serialize_i128(n)
    } else if let Ok(n) = u128::try_from(n) {
        serializer.serialize_u128(n)
    } else if n.bits() <= crate::value::number::MAX_BITS {
        serializer.collect_str(n)
    } else {
        Err(S::Error::custom(format_args!("an Int of {} bits is too large", n.bits())))
    }
}

impl ser::Error for ConvertError {
    fn custom<T: Display>(message: T) -> ConvertError {
        ConvertError::message(message.to_string())
    }
}
