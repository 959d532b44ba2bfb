//! Values out of any format of serde's.

use std::any::type_name;
use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::from_value::Deserializer;
use super::{HANDOVER, handed};
use crate::convert::{ConvertError, FromValue, MAX_DEPTH};
use crate::value::{Map, Set, Value, Vector};

/// Out of other formats: sequences become Vecs, maps Maps, bytes Vecs of Ints. At most [`MAX_DEPTH`] levels.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        if type_name::<D>() == type_name::<Deserializer<'de>>() {
            return deserializer.deserialize_newtype_struct(HANDOVER, Handed);
        }
        deserializer.deserialize_any(Nested { depth: MAX_DEPTH })
    }
}

/// Takes the value that was handed over.
struct Handed;

impl Visitor<'_> for Handed {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        handed().map_err(E::custom)
    }
}

/// Makes a value of what a format has, with so many levels of nesting left.
#[derive(Clone, Copy)]
struct Nested {
    depth: u32,
}

impl Nested {
    fn deeper<E: de::Error>(self) -> Result<Nested, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Nested { depth }),
            None => Err(E::custom(ConvertError::too_deep())),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Nested {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! visits {
    ($($name:ident $ty:ty;)*) => {$(
        fn $name<E>(self, value: $ty) -> Result<Value, E> {
            Ok(Value::from(value))
        }
    )*};
}

impl<'de> Visitor<'de> for Nested {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("data")
    }

    visits! {
        visit_bool bool;
        visit_i64 i64;
        visit_i128 i128;
        visit_u64 u64;
        visit_u128 u128;
        visit_f64 f64;
        visit_char char;
        visit_str &str;
        visit_string String;
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(bytes.iter().map(|byte| Value::from(*byte)).collect::<Vector>().into())
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::NULL)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::NULL)
    }

    fn visit_some<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deeper()?.deserialize(deserializer)
    }

    fn visit_newtype_struct<D: de::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Value, D::Error> {
        self.deeper()?.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut items = Vec::with_capacity(access.size_hint().unwrap_or(0).min(4096));
        while let Some(item) = access.next_element_seed(inside)? {
            items.push(item);
        }
        Ok(Value::from(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut entries = Vec::with_capacity(access.size_hint().unwrap_or(0).min(4096));
        while let Some(entry) = access.next_entry_seed(inside, inside)? {
            entries.push(entry);
        }
        Map::from_entries(entries).map(Value::map).map_err(de::Error::custom)
    }
}

macro_rules! own {
    ($($ty:ident)*) => {$(
        impl<'de> Deserialize<'de> for $ty {
            fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<$ty, D::Error> {
                $ty::from_owned(Value::deserialize(deserializer)?).map_err(de::Error::custom)
            }
        }
    )*};
}

own!(Map Vector);

impl<'de> Deserialize<'de> for Set {
    /// A sequence, too, as other formats have no sets.
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Set, D::Error> {
        match Value::deserialize(deserializer)?.into_vector() {
            Ok(items) => Set::from_elements(items).map_err(de::Error::custom),
            Err(value) => Set::from_owned(value).map_err(de::Error::custom),
        }
    }
}
