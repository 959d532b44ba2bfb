//! Collections: Rust's vectors, arrays, tuples, maps and sets.
//!
//! A Vec or Set of the language becomes a Rust sequence, a Vec or Set a Rust set, a Map a Rust map. The other way, everything is built
//! once at its final size.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};

use super::{ConvertError, FromValue, IntoValue, nested};
use crate::value::{Map, Set, Value, Vector};

/// Converts the elements of a Vec or Set one after another.
fn each<T: FromValue>(
    value: &Value,
    expected: &'static str,
    mut put: impl FnMut(T),
) -> Result<(), ConvertError> {
    let mut one = |(index, item): (usize, &Value)| match T::from_value(item) {
        Ok(item) => {
            put(item);
            Ok(())
        }
        Err(error) => Err(error.at_index(index)),
    };
    nested(|| match (value.as_vec(), value.as_set()) {
        (Some(items), _) => items.iter().enumerate().try_for_each(&mut one),
        (_, Some(elements)) => elements.iter().enumerate().try_for_each(&mut one),
        _ => Err(ConvertError::mismatch(expected, value)),
    })
}

/// How many elements [`each`] gives.
fn count(value: &Value) -> usize {
    value.as_vec().map(Vector::len).or_else(|| value.as_set().map(Set::len)).unwrap_or(0)
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: &Value) -> Result<Vec<T>, ConvertError> {
        let mut items = Vec::with_capacity(count(value));
        each(value, "Vec", |item| items.push(item))?;
        Ok(items)
    }

    fn from_owned(value: Value) -> Result<Vec<T>, ConvertError> {
        let items = match value.into_vector() {
            Ok(items) => items,
            Err(value) => return Vec::from_value(&value),
        };
        nested(|| {
            let one = |(index, item)| {
                T::from_owned(item).map_err(|error: ConvertError| error.at_index(index))
            };
            items.into_iter().enumerate().map(one).collect()
        })
    }
}

impl<T: FromValue> FromValue for VecDeque<T> {
    fn from_value(value: &Value) -> Result<VecDeque<T>, ConvertError> {
        Vec::from_value(value).map(VecDeque::from)
    }

    fn from_owned(value: Value) -> Result<VecDeque<T>, ConvertError> {
        Vec::from_owned(value).map(VecDeque::from)
    }
}

impl<T: FromValue> FromValue for Box<[T]> {
    fn from_value(value: &Value) -> Result<Box<[T]>, ConvertError> {
        Vec::from_value(value).map(Vec::into_boxed_slice)
    }
}

impl<T: FromValue, const N: usize> FromValue for [T; N] {
    fn from_value(value: &Value) -> Result<[T; N], ConvertError> {
        exactly(value, N)?;
        let items: Vec<T> = Vec::from_value(value)?;
        // As many as were counted.
        <[T; N]>::try_from(items).map_err(|_| ConvertError::mismatch("Vec", value))
    }
}

/// The Vec with as many items as a tuple or array.
pub(super) fn exactly(value: &Value, len: usize) -> Result<&Vector, ConvertError> {
    let plural = if len == 1 { "" } else { "s" };
    let expected = || format!("a Vec of {len} item{plural}");
    let items = value.as_vec().ok_or_else(|| ConvertError::mismatch(expected(), value))?;
    if items.len() != len {
        let plural = if items.len() == 1 { "" } else { "s" };
        let found = format!("one of {} item{plural}", items.len());
        return Err(ConvertError::with_found(expected(), found));
    }
    Ok(items)
}

impl<T: FromValue + Ord> FromValue for BTreeSet<T> {
    fn from_value(value: &Value) -> Result<BTreeSet<T>, ConvertError> {
        let mut elements = BTreeSet::new();
        each(value, "Set", |element| {
            elements.insert(element);
        })?;
        Ok(elements)
    }
}

impl<T: FromValue + Eq + Hash, S: BuildHasher + Default> FromValue for HashSet<T, S> {
    fn from_value(value: &Value) -> Result<HashSet<T, S>, ConvertError> {
        let mut elements = HashSet::with_capacity_and_hasher(count(value), S::default());
        each(value, "Set", |element| {
            elements.insert(element);
        })?;
        Ok(elements)
    }
}

/// Converts the bindings of a Map one after another.
fn bindings<K: FromValue, V: FromValue>(
    value: &Value,
    mut put: impl FnMut(K, V),
) -> Result<(), ConvertError> {
    let map = value.as_map().ok_or_else(|| ConvertError::mismatch("Map", value))?;
    nested(|| {
        map.iter().try_for_each(|(key, value)| {
            let at_key = |error: ConvertError| error.at_key(key.clone());
            let k = K::from_value(key).map_err(|error| error.of_key(key))?;
            put(k, V::from_value(value).map_err(at_key)?);
            Ok(())
        })
    })
}

impl<K: FromValue + Ord, V: FromValue> FromValue for BTreeMap<K, V> {
    fn from_value(value: &Value) -> Result<BTreeMap<K, V>, ConvertError> {
        let mut map = BTreeMap::new();
        bindings(value, |key, value| drop(map.insert(key, value)))?;
        Ok(map)
    }
}

impl<K: FromValue + Eq + Hash, V: FromValue, S: BuildHasher + Default> FromValue
    for HashMap<K, V, S>
{
    fn from_value(value: &Value) -> Result<HashMap<K, V, S>, ConvertError> {
        let len = value.as_map().map_or(0, Map::len);
        let mut map = HashMap::with_capacity_and_hasher(len, S::default());
        bindings(value, |key, value| drop(map.insert(key, value)))?;
        Ok(map)
    }
}

/// A Vec of everything that an iterator gives.
fn sequence<T: IntoValue>(items: impl IntoIterator<Item = T>) -> Value {
    items.into_iter().map(T::into_value).collect::<Vector>().into()
}

/// A Set of everything that an iterator gives. No set takes functions and lazy sequences: those are left out.
fn elements<T: IntoValue>(items: impl IntoIterator<Item = T>) -> Value {
    let elements: Vec<Value> = items.into_iter().map(T::into_value).collect();
    Set::from_elements(elements.iter().cloned())
        .or_else(|_| Set::from_elements(elements.into_iter().filter(is_orderable)))
        .unwrap_or_default()
        .into()
}

/// A Map of everything that an iterator gives. No map takes functions and lazy sequences as keys: those are left out.
pub(crate) fn entries<K: IntoValue, V: IntoValue>(
    items: impl IntoIterator<Item = (K, V)>,
) -> Value {
    let entries = items.into_iter().map(|(key, value)| (key.into_value(), value.into_value()));
    __map(entries.collect())
}

/// The Map of a literal. Keys that no map takes are left out.
#[doc(hidden)]
pub fn __map(mut entries: Vec<(Value, Value)>) -> Value {
    if !entries.iter().all(|(key, _)| is_orderable(key)) {
        entries.retain(|(key, _)| is_orderable(key));
    }
    Map::from_entries(entries).unwrap_or_default().into()
}

fn is_orderable(value: &Value) -> bool {
    value.compare(value).is_ok()
}

/// Each sequence by value and by reference.
macro_rules! sequences {
    ($how:ident: $($ty:ty, [$($generics:tt)*];)*) => {$(
        impl<T: IntoValue, $($generics)*> IntoValue for $ty {
            fn into_value(self) -> Value {
                $how(self)
            }
        }

        impl<'a, T, $($generics)*> IntoValue for &'a $ty
        where
            &'a T: IntoValue,
        {
            fn into_value(self) -> Value {
                $how(self.iter())
            }
        }
    )*};
}

sequences!(sequence: Vec<T>, []; VecDeque<T>, []; [T; N], [const N: usize]; Box<[T]>, [];);
sequences!(elements: BTreeSet<T>, []; HashSet<T, S>, [S];);

impl<'a, T> IntoValue for &'a [T]
where
    &'a T: IntoValue,
{
    fn into_value(self) -> Value {
        sequence(self)
    }
}

macro_rules! maps {
    ($($ty:ty, [$($generics:tt)*];)*) => {$(
        impl<K: IntoValue, V: IntoValue, $($generics)*> IntoValue for $ty {
            fn into_value(self) -> Value {
                entries(self)
            }
        }

        impl<'a, K, V, $($generics)*> IntoValue for &'a $ty
        where
            &'a K: IntoValue,
            &'a V: IntoValue,
        {
            fn into_value(self) -> Value {
                entries(self)
            }
        }
    )*};
}

maps!(BTreeMap<K, V>, []; HashMap<K, V, S>, [S];);

macro_rules! tuples {
    ($($len:literal: $($name:ident $index:tt),*;)*) => {$(
        impl<$($name: FromValue),*> FromValue for ($($name,)*) {
            fn from_value(value: &Value) -> Result<Self, ConvertError> {
                let items = exactly(value, $len)?;
                nested(|| Ok(($(
                    $name::from_value(items.get($index).unwrap_or(&Value::NULL))
                        .map_err(|error| error.at_index($index))?,
                )*)))
            }
        }

        impl<$($name: IntoValue),*> IntoValue for ($($name,)*) {
            fn into_value(self) -> Value {
                Value::vec([$(self.$index.into_value()),*])
            }
        }

        impl<'a, $($name),*> IntoValue for &'a ($($name,)*)
        where
            $(&'a $name: IntoValue),*
        {
            fn into_value(self) -> Value {
                Value::vec([$((&self.$index).into_value()),*])
            }
        }
    )*};
}

tuples! {
    1: A 0;
    2: A 0, B 1;
    3: A 0, B 1, C 2;
    4: A 0, B 1, C 2, D 3;
    5: A 0, B 1, C 2, D 3, E 4;
    6: A 0, B 1, C 2, D 3, E 4, F 5;
    7: A 0, B 1, C 2, D 3, E 4, F 5, G 6;
    8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7;
}
