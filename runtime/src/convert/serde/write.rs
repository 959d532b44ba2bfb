//! Values in any format of serde's.

use std::any::type_name;

use num_bigint::BigInt;
use serde::ser::{self, Error as _, Serialize, SerializeMap, SerializeSeq};

use super::to_value::Serializer;
use super::{HANDOVER, hand};
use crate::convert::{MAX_DEPTH, Path, Step};
use crate::value::{Kind, Map, Set, Value, Vector};

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

impl Serialize for Map {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::map(self.clone()).serialize(serializer)
    }
}

impl Serialize for Vector {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::vec(self.clone()).serialize(serializer)
    }
}

impl Serialize for Set {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::set(self.clone()).serialize(serializer)
    }
}
