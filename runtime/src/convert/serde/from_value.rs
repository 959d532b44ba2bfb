//! From values to serde.
//!
//! Text is borrowed from the value where the Rust type borrows. Invariant: every collection costs one of [`MAX_DEPTH`] levels, so that
//! recursion ends whatever the value and the type.

use serde::de::value::MapDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::{HANDOVER, hand};
use crate::convert::collections::exactly;
use crate::convert::{ConvertError, FromValue, MAX_DEPTH};
use crate::value::{Kind, Map, MapIter, Range, Value};

/// Converts to anything that implements serde's `Deserialize`, borrowing text from the value where the type does.
///
/// The table of [`to_value`](super::to_value) in the other direction, and: a Set becomes a sequence; a Decimal becomes a
/// `rust_decimal::Decimal`, to types that take anything it is text; an Int beyond 128 bits is text to such types. Numbers must be of the right
/// kind and in range; an Int becomes a float where that is exact. Values nested deeper than [`MAX_DEPTH`] are refused,
/// functions and lazy sequences too unless the type is [`Value`]. Inside of serde's own buffers (`flatten`, `untagged`, internally
/// tagged enums) paths end at the buffer, and a [`Value`] arrives as plain data: a Decimal as text, a Set as a Vec.
///
/// ```
/// #[derive(serde::Deserialize, Debug)]
/// struct Server<'a> { host: &'a str, port: u16 }
///
/// let value = tansy_runtime::convert::value!([{ host: "a", port: 80 }, { host: "b", port: 70_000 }]);
/// let error = tansy_runtime::convert::from_value::<Vec<Server>>(&value).unwrap_err();
/// assert_eq!(error.to_string(), "[1].port: expected u16, found 70000");
/// ```
pub fn from_value<'v, T: Deserialize<'v>>(value: &'v Value) -> Result<T, ConvertError> {
    T::deserialize(Deserializer { value, depth: MAX_DEPTH })
}

/// Reads a value, with so many levels of nesting left.
#[derive(Clone, Copy)]
pub(super) struct Deserializer<'v> {
    value: &'v Value,
    depth: u32,
}

impl<'v> Deserializer<'v> {
    #[inline]
    fn deeper(self) -> Result<u32, ConvertError> {
        self.depth.checked_sub(1).ok_or_else(ConvertError::too_deep)
    }

    #[cold]
    fn mismatch<T>(self, expected: &'static str) -> Result<T, ConvertError> {
        Err(ConvertError::mismatch(expected, self.value))
    }

    #[inline]
    fn bindings<V: Visitor<'v>>(self, map: &'v Map, visitor: V) -> Result<V::Value, ConvertError> {
        visitor.visit_map(Bindings { rest: map.iter(), current: None, depth: self.deeper()? })
    }

    fn items<V: Visitor<'v>>(
        self,
        items: impl ExactSizeIterator<Item = &'v Value>,
        visitor: V,
    ) -> Result<V::Value, ConvertError> {
        let len = items.len();
        let mut items = Items { rest: items, next: 0, depth: self.deeper()? };
        let made = visitor.visit_seq(&mut items)?;
        match items.rest.len() {
            0 => Ok(made),
            left => Err(ConvertError::with_found(
                format!("no more than {} items", len - left),
                format!("{len} items"),
            )),
        }
    }

    /// The Map, or the fields of an error.
    #[inline]
    fn map(self) -> Option<&'v Map> {
        self.value.as_map().or_else(|| self.value.as_error().map(|error| &error.fields))
    }

    /// An Int to a visitor that may want it in any width.
    #[cold]
    fn wide<V: Visitor<'v>>(
        self,
        expected: &'static str,
        visitor: V,
    ) -> Result<V::Value, ConvertError> {
        let Some(n) = self.value.as_bigint() else { return self.mismatch("Int") };
        if let Ok(n) = u64::try_from(&*n) {
            visitor.visit_u64(n)
        } else if let Ok(n) = i128::try_from(&*n) {
            visitor
                .visit_i128(n)
                .map_err(|_: ConvertError| ConvertError::out_of_range(expected, self.value))
        } else if let Ok(n) = u128::try_from(&*n) {
            visitor
                .visit_u128(n)
                .map_err(|_: ConvertError| ConvertError::out_of_range(expected, self.value))
        } else {
            Err(ConvertError::out_of_range(expected, self.value))
        }
    }
}

macro_rules! signed {
    ($($name:ident $ty:literal;)*) => {$(
        #[inline]
        fn $name<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
            match self.value.as_int() {
                Some(n) => visitor.visit_i64(n),
                None => self.wide($ty, visitor),
            }
        }
    )*};
}

macro_rules! unsigned {
    ($($name:ident $ty:literal;)*) => {$(
        #[inline]
        fn $name<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
            match self.value.as_int() {
                Some(n) => match u64::try_from(n) {
                    Ok(n) => visitor.visit_u64(n),
                    Err(_) => visitor.visit_i64(n),
                },
                None => self.wide($ty, visitor),
            }
        }
    )*};
}

macro_rules! texts {
    ($($name:ident)*) => {$(
        #[inline]
        fn $name<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
            match self.value.as_str() {
                Some(text) => visitor.visit_borrowed_str(text),
                None => self.mismatch("Str"),
            }
        }
    )*};
}

impl<'v> de::Deserializer<'v> for Deserializer<'v> {
    type Error = ConvertError;

    signed! {
        deserialize_i8 "i8";
        deserialize_i16 "i16";
        deserialize_i32 "i32";
        deserialize_i64 "i64";
        deserialize_i128 "i128";
    }

    unsigned! {
        deserialize_u8 "u8";
        deserialize_u16 "u16";
        deserialize_u32 "u32";
        deserialize_u64 "u64";
        deserialize_u128 "u128";
    }

    texts!(deserialize_char deserialize_str deserialize_string);

    fn deserialize_any<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
        let value = self.value;
        match value.kind() {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool => self.deserialize_bool(visitor),
            Kind::Int => match value.as_int() {
                Some(_) => self.deserialize_u64(visitor),
                None => match value.as_bigint() {
                    Some(n) if n.bits() > 127 => match u128::try_from(&*n) {
                        Ok(n) => visitor.visit_u128(n),
                        Err(_) if n.bits() <= crate::value::number::MAX_BITS => {
                            visitor.visit_string(n.to_string())
                        }
                        Err(_) => self.mismatch("a smaller Int"),
                    },
                    _ => self.wide("i128", visitor),
                },
            },
            Kind::Float => visitor.visit_f64(value.as_float().unwrap_or_default()),
            Kind::Decimal => {
                visitor.visit_string(value.as_decimal().map(|d| d.to_string()).unwrap_or_default())
            }
            Kind::Str => self.deserialize_str(visitor),
            Kind::Vec | Kind::Set => self.deserialize_seq(visitor),
            Kind::Map | Kind::Error => self.deserialize_map(visitor),
            Kind::Range => match value.as_range() {
                Some(range) => visit_range(range, visitor),
                None => self.mismatch("data"),
            },
            Kind::Seq | Kind::Fn | Kind::Iter | Kind::Object | Kind::Undefined => {
                self.mismatch("data")
            }
        }
    }

    fn deserialize_bool<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
        match self.value.as_bool() {
            Some(b) => visitor.visit_bool(b),
            None => self.mismatch("Bool"),
        }
    }

    #[inline]
    fn deserialize_f32<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
        visitor.visit_f32(f32::from_value(self.value)?)
    }

    #[inline]
    fn deserialize_f64<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
        visitor.visit_f64(f64::from_value(self.value)?)
    }

    fn deserialize_bytes<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
        match self.value.as_str() {
            Some(text) => visitor.visit_borrowed_bytes(text.as_bytes()),
            None => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
        match self.value.as_str() {
            Some(text) => visitor.visit_borrowed_bytes(text.as_bytes()),
            None => visitor.visit_byte_buf(Vec::from_value(self.value)?),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
        if self.value.is_null() { visitor.visit_unit() } else { self.mismatch("null") }
    }

    fn deserialize_unit_struct<V: Visitor<'v>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ConvertError> {
        self.deserialize_unit(visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'v>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ConvertError> {
        if name == HANDOVER {
            hand(self.value);
            return visitor.visit_unit();
        }
        let depth = self.deeper()?;
        visitor.visit_newtype_struct(Deserializer { depth, ..self })
    }

    fn deserialize_seq<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
        if let Some(items) = self.value.as_vec() {
            self.items(items.iter(), visitor)
        } else if let Some(elements) = self.value.as_set() {
            self.items(elements.iter(), visitor)
        } else {
            self.mismatch("Vec")
        }
    }

    fn deserialize_tuple<V: Visitor<'v>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, ConvertError> {
        self.items(exactly(self.value, len)?.iter(), visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'v>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, ConvertError> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
        match self.map() {
            Some(map) => self.bindings(map, visitor),
            None => self.mismatch("Map"),
        }
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'v>>(
        self,
        name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConvertError> {
        match self.map() {
            Some(map) => self.bindings(map, visitor),
            None => match self.value.as_range() {
                Some(range) => self.range(range, name, visitor),
                None => self.mismatch("Map"),
            },
        }
    }

    fn deserialize_enum<V: Visitor<'v>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConvertError> {
        if self.value.as_str().is_some() {
            return visitor.visit_enum(Variant {
                name: self.value,
                content: None,
                depth: self.deeper()?,
            });
        }
        let mut bindings = self.map().map(Map::iter).into_iter().flatten();
        match (bindings.next(), bindings.next()) {
            (Some((name, content)), None) => {
                visitor.visit_enum(Variant { name, content: Some(content), depth: self.deeper()? })
            }
            _ => Err(ConvertError::mismatch(format!("one of {}", variants.join(", ")), self.value)),
        }
    }

    /// The name of a field or variant. A key that is no string is a name that nothing has.
    #[inline]
    fn deserialize_identifier<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
        match self.value.as_str() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => visitor.visit_string(self.value.write_bounded(60)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
        visitor.visit_unit()
    }
}

impl<'v> Deserializer<'v> {
    /// A Range for one of the standard ranges, which are structs to serde.
    #[cold]
    fn range<V: Visitor<'v>>(
        self,
        range: Range,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ConvertError> {
        let end = match (name, range.end) {
            ("Range", Some(end)) if range.inclusive => end.checked_add(1),
            ("RangeInclusive", Some(end)) if !range.inclusive => end.checked_sub(1),
            (_, end) => end,
        };
        if (end.is_none() && matches!(name, "Range" | "RangeInclusive"))
            || (end.is_some() && name == "RangeFrom")
        {
            return Err(ConvertError::mismatch(name, self.value));
        }
        visit_range(Range { end, inclusive: false, ..range }, visitor)
    }
}

/// A Range as the map that it is in other formats.
fn visit_range<'v, V: Visitor<'v>>(range: Range, visitor: V) -> Result<V::Value, ConvertError> {
    let bounds = std::iter::once(("start", range.start)).chain(range.end.map(|end| ("end", end)));
    match range.inclusive {
        false => visitor.visit_map(MapDeserializer::new(bounds)),
        true => visitor.visit_map(MapDeserializer::new(
            bounds
                .map(|(name, bound)| (name, Bound::At(bound)))
                .chain(std::iter::once(("inclusive", Bound::Inclusive))),
        )),
    }
}

/// What the map of a Range has under its keys.
enum Bound {
    At(i64),
    Inclusive,
}

impl<'v> de::IntoDeserializer<'v, ConvertError> for Bound {
    type Deserializer = Bound;

    fn into_deserializer(self) -> Bound {
        self
    }
}

impl<'v> de::Deserializer<'v> for Bound {
    type Error = ConvertError;

    fn deserialize_any<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ConvertError> {
        match self {
            Bound::At(n) => visitor.visit_i64(n),
            Bound::Inclusive => visitor.visit_bool(true),
        }
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'v>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Items<I> {
    rest: I,
    next: usize,
    depth: u32,
}

impl<'v, I: ExactSizeIterator<Item = &'v Value>> SeqAccess<'v> for &mut Items<I> {
    type Error = ConvertError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'v>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ConvertError> {
        let Some(value) = self.rest.next() else { return Ok(None) };
        let index = self.next;
        self.next += 1;
        let made = seed.deserialize(Deserializer { value, depth: self.depth });
        made.map(Some).map_err(|error| error.at_index(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

struct Bindings<'v> {
    rest: MapIter<'v>,
    /// The binding whose value comes next.
    current: Option<(&'v Value, &'v Value)>,
    depth: u32,
}

impl<'v> MapAccess<'v> for Bindings<'v> {
    type Error = ConvertError;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'v>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ConvertError> {
        self.current = self.rest.next();
        let Some((key, _)) = self.current else { return Ok(None) };
        let made = seed.deserialize(Deserializer { value: key, depth: self.depth });
        made.map(Some).map_err(|error| error.of_key(key))
    }

    #[inline]
    fn next_value_seed<T: DeserializeSeed<'v>>(
        &mut self,
        seed: T,
    ) -> Result<T::Value, ConvertError> {
        let Some((key, value)) = self.current.take() else {
            return Err(ConvertError::message("a value was asked for before its key"));
        };
        let made = seed.deserialize(Deserializer { value, depth: self.depth });
        made.map_err(|error| error.at_key(key.clone()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// An enum's variant: its name, and what it holds where it is a Map.
struct Variant<'v> {
    name: &'v Value,
    content: Option<&'v Value>,
    depth: u32,
}

impl<'v> Variant<'v> {
    /// What the variant holds, read by `read`.
    fn content<T>(
        self,
        read: impl FnOnce(Deserializer<'v>) -> Result<T, ConvertError>,
    ) -> Result<T, ConvertError> {
        let Some(value) = self.content else {
            return Err(ConvertError::mismatch(
                "a Map of the variant and what it holds",
                self.name,
            ));
        };
        read(Deserializer { value, depth: self.depth })
            .map_err(|error| error.at_key(self.name.clone()))
    }
}

impl<'v> EnumAccess<'v> for Variant<'v> {
    type Error = ConvertError;
    type Variant = Variant<'v>;

    fn variant_seed<T: DeserializeSeed<'v>>(
        self,
        seed: T,
    ) -> Result<(T::Value, Variant<'v>), ConvertError> {
        let name = seed.deserialize(Deserializer { value: self.name, depth: self.depth })?;
        Ok((name, self))
    }
}

impl<'v> VariantAccess<'v> for Variant<'v> {
    type Error = ConvertError;

    fn unit_variant(self) -> Result<(), ConvertError> {
        match self.content {
            None => Ok(()),
            Some(_) => self.content(|inside| <()>::from_value(inside.value)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'v>>(
        self,
        seed: T,
    ) -> Result<T::Value, ConvertError> {
        self.content(|inside| seed.deserialize(inside))
    }

    fn tuple_variant<V: Visitor<'v>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, ConvertError> {
        self.content(|inside| de::Deserializer::deserialize_tuple(inside, len, visitor))
    }

    fn struct_variant<V: Visitor<'v>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConvertError> {
        self.content(|inside| de::Deserializer::deserialize_struct(inside, "", fields, visitor))
    }
}
