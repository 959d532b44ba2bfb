//! Paths to one place: reading, writing, taking and deleting, in place where the value is unshared.
//!
//! An edit evaluates nothing: keys and values are there, so it either happens or fails with the root as it was (equal, if not the
//! same version). Paths that select several places are the library's business; here they end in [`PathError::Selecting`].

use crate::access;
use crate::fault::{Fault, describe};
use crate::native::Context;
use crate::operators;
use crate::value::{Kind, Map, Value};
use std::sync::atomic::AtomicI16;
use tansy_lang::ast::BinaryOp;
use tansy_lang::bytecode::Step;

/// A step of a path with its name as a key.
#[derive(Debug)]
pub(crate) enum PathStep {
    /// With the place where maps had the name last: only ever a hint, which runs on other threads write, too.
    Field {
        name: Value,
        optional: bool,
        hint: AtomicI16,
    },
    Index {
        optional: bool,
    },
    Each,
}

impl From<&Step> for PathStep {
    fn from(step: &Step) -> PathStep {
        match step {
            Step::Field { name, optional } => {
                let hint = AtomicI16::new(0);
                PathStep::Field { name: Value::str(name), optional: *optional, hint }
            }
            Step::Index { optional } => PathStep::Index { optional: *optional },
            Step::Each => PathStep::Each,
        }
    }
}

/// A path with its keys.
#[derive(Clone, Copy)]
pub(crate) struct Path<'a> {
    pub(crate) steps: &'a [PathStep],
    pub(crate) keys: &'a [Value],
}

/// Why a path operation did not happen.
pub(crate) enum PathError {
    Fault(Fault),
    /// A step selects several places.
    Selecting,
}

impl From<Fault> for PathError {
    fn from(fault: Fault) -> PathError {
        PathError::Fault(fault)
    }
}

/// What to do at the end of a path.
pub(crate) enum Edit<'a> {
    /// Takes the value when the edit succeeds.
    Set(&'a mut Value),
    Store(Value),
    Update(BinaryOp, &'a Value),
    Delete,
}

struct Key<'a> {
    value: &'a Value,
    optional: bool,
    field: bool,
}

impl<'a> Path<'a> {
    fn split(self) -> Result<Option<(Key<'a>, Path<'a>)>, PathError> {
        let Some((step, steps)) = self.steps.split_first() else { return Ok(None) };
        match step {
            PathStep::Field { name, optional, .. } => {
                let key = Key { value: name, optional: *optional, field: true };
                Ok(Some((key, Path { steps, keys: self.keys })))
            }
            PathStep::Index { optional } => {
                let Some((value, keys)) = self.keys.split_first() else { return Ok(None) };
                let key = Key { value, optional: *optional, field: false };
                Ok(Some((key, Path { steps, keys })))
            }
            PathStep::Each => Err(PathError::Selecting),
        }
    }
}

impl Key<'_> {
    /// Whether it stands for several places of a value of this kind.
    fn selects(&self, kind: Kind) -> bool {
        match self.value.kind() {
            Kind::Fn => !self.field,
            Kind::Range => kind == Kind::Vec,
            _ => false,
        }
    }
}

/// The value at a path. With `lenient` a missing last key gives null.
pub(crate) fn get(
    root: &Value,
    path: Path,
    lenient: bool,
    cx: &mut Context,
) -> Result<Value, PathError> {
    let mut here = root.clone();
    let mut rest = path;
    while let Some((key, after)) = rest.split()? {
        let soft = key.optional || (lenient && after.steps.is_empty());
        here = match (key.field, key.value.as_str()) {
            (true, Some(name)) if soft => access::field_or_null(&here, name, &|_, _| false)?,
            (true, Some(name)) => access::field(&here, name, &|_, _| false)?,
            _ => {
                let found = if soft {
                    access::index_or_null(&here, key.value, cx)?
                } else {
                    access::index(&here, key.value, cx)?
                };
                match found {
                    access::Indexed::Found(value) => value,
                    access::Indexed::Missing => {
                        return Err(access::missing(&here, key.value).into());
                    }
                    access::Indexed::Select => return Err(PathError::Selecting),
                }
            }
        };
        rest = after;
    }
    Ok(here)
}

/// Takes the value at a path out of the root, leaving null.
pub(crate) fn take(root: &mut Value, path: Path) -> Result<Value, PathError> {
    match path.split()? {
        None => Ok(std::mem::replace(root, Value::NULL)),
        Some((key, rest)) => take(child(root, &key)?, rest),
    }
}

/// The place at a path, if it is there and nothing on the way is shared: what most updates in loops find. Nothing else is decided
/// here; `None` means that [`edit`] must look closer.
#[inline]
pub(crate) fn own_place<'v>(root: &'v mut Value, path: Path) -> Option<&'v mut Value> {
    let mut here = root;
    let mut keys = path.keys.iter();
    for step in path.steps {
        if here.is_shared() {
            return None;
        }
        here = match step {
            PathStep::Field { name, .. } => here.as_map_mut()?.get_mut(name)?,
            PathStep::Index { .. } => {
                let key = keys.next()?;
                match key.as_int() {
                    Some(i) if here.kind() == Kind::Vec => {
                        here.as_vec_mut()?.get_mut(usize::try_from(i).ok()?)?
                    }
                    _ if key.kind() == Kind::Fn => return None,
                    _ => here.as_map_mut()?.get_mut(key)?,
                }
            }
            PathStep::Each => return None,
        };
    }
    Some(here)
}

/// Stores at a path, if nothing on the way is shared and the last step is an index; the value stays where [`edit`] must look closer.
#[inline]
pub(crate) fn own_store(root: &mut Value, path: Path, value: &mut Value) -> bool {
    let Some((PathStep::Index { .. }, before)) = path.steps.split_last() else {
        return match own_place(root, path) {
            Some(place) => {
                *place = value.take();
                true
            }
            None => false,
        };
    };
    let Some((key, keys)) = path.keys.split_last() else { return false };
    let Some(place) = own_place(root, Path { steps: before, keys }) else { return false };
    // (What is shared finds out by itself whether one item changes.)
    match (key.as_int(), place.kind()) {
        (Some(i), Kind::Vec) => match (usize::try_from(i), place.as_vec_mut()) {
            (Ok(i), Some(vector)) => vector.store(i, value),
            _ => false,
        },
        // A map takes any of these kinds as a key.
        (_, Kind::Map) if matches!(key.kind(), Kind::Int | Kind::Str | Kind::Bool) => {
            match place.as_map_mut() {
                Some(map) => map.insert(key.clone(), value.take()).is_ok(),
                None => false,
            }
        }
        _ => false,
    }
}

/// Deletes at a path, if that is the binding of a map and nothing on the way to the map is shared.
#[inline]
pub(crate) fn own_delete(root: &mut Value, path: Path) -> bool {
    let (key, before) = match (path.steps.split_last(), path.keys.split_last()) {
        (Some((PathStep::Field { name, .. }, steps)), _) => (name, Path { steps, keys: path.keys }),
        (Some((PathStep::Index { .. }, steps)), Some((key, keys))) => (key, Path { steps, keys }),
        _ => return false,
    };
    key.kind() != Kind::Fn
        && own_place(root, before)
            .and_then(Value::as_map_mut)
            .is_some_and(|map| map.remove(key).is_some())
}

/// Changes the value at a path.
pub(crate) fn edit(
    root: &mut Value,
    path: Path,
    edit: Edit,
    cx: &mut Context,
) -> Result<(), PathError> {
    let Some((key, rest)) = path.split()? else {
        return apply(root, edit, cx).map_err(PathError::Fault);
    };
    if key.selects(root.kind()) {
        return Err(PathError::Selecting);
    }
    // (A map finds out by itself whether one binding changes.)
    let binds = rest.steps.is_empty() && matches!(edit, Edit::Set(_)) && root.as_map().is_some();
    let edit = if root.is_shared() && !binds {
        match settle(root, path, edit, cx)? {
            Some(edit) => edit,
            None => return Ok(()),
        }
    } else {
        edit
    };
    cx.charge(1)?;
    if !rest.steps.is_empty() {
        if key.optional && (root.is_null() || lacks(root, &key)) {
            if let Edit::Delete = edit {
                return Ok(());
            }
            if root.is_null() {
                let mut made = Value::map(Map::new());
                self::edit(&mut made, path, edit, cx)?;
                *root = made;
                return Ok(());
            }
            let mut made = Value::map(Map::new());
            self::edit(&mut made, rest, edit, cx)?;
            return put(root, &key, &mut made);
        }
        return self::edit(child(root, &key)?, rest, edit, cx);
    }
    match edit {
        Edit::Set(value) => put(root, &key, value),
        Edit::Store(mut value) => put(root, &key, &mut value),
        Edit::Update(..) => apply(child(root, &key)?, edit, cx).map_err(PathError::Fault),
        Edit::Delete => delete(root, &key),
    }
}

fn apply(place: &mut Value, edit: Edit, cx: &mut Context) -> Result<(), Fault> {
    match edit {
        Edit::Set(value) => *place = value.take(),
        Edit::Store(value) => *place = value,
        Edit::Update(op, b) => operators::assign(op, place, b, cx)?,
        Edit::Delete => *place = Value::NULL,
    }
    Ok(())
}

/// Something shared is about to change: works out the new value first, so that a change of nothing leaves the version alone. Gives the
/// edit that remains to be done, if any.
fn settle<'a>(
    root: &Value,
    path: Path,
    edit: Edit<'a>,
    cx: &mut Context,
) -> Result<Option<Edit<'a>>, PathError> {
    if let Edit::Delete = edit {
        return Ok(Some(edit));
    }
    // Without an old value the edit itself will say what is wrong, or a new key is fine.
    let Some(old) = current(root, path)? else { return Ok(Some(edit)) };
    let (new, edit) = match edit {
        Edit::Update(op, b) => {
            let mut new = old.clone();
            operators::assign(op, &mut new, b, cx)?;
            (new.clone(), Edit::Store(new))
        }
        Edit::Set(new) => (new.clone(), Edit::Set(new)),
        edit => return Ok(Some(edit)),
    };
    Ok(if old.identical(&new) { None } else { Some(edit) })
}

/// The value at a path that can be changed: through maps and vectors only (a string can be read by an index, and no more).
fn current(root: &Value, path: Path) -> Result<Option<Value>, PathError> {
    let mut here = root;
    let mut rest = path;
    while let Some((key, after)) = rest.split()? {
        if key.selects(here.kind()) {
            return Err(PathError::Selecting);
        }
        let found = match here.kind() {
            Kind::Map => here.as_map().and_then(|m| m.get(key.value)),
            Kind::Vec if !key.field && key.value.kind() == Kind::Int => {
                here.as_vec().and_then(|v| v.get(access::place(key.value, v.len())?))
            }
            _ => None,
        };
        let Some(found) = found else { return Ok(None) };
        here = found;
        rest = after;
    }
    Ok(Some(here.clone()))
}

/// Whether there is nothing, or null, at a key.
fn lacks(place: &Value, key: &Key) -> bool {
    match place.as_map() {
        Some(map) => map.get(key.value).is_none_or(Value::is_null),
        None => false,
    }
}

/// The value at a key, for changing.
fn child<'v>(place: &'v mut Value, key: &Key) -> Result<&'v mut Value, PathError> {
    if key.selects(place.kind()) {
        return Err(PathError::Selecting);
    }
    match place.kind() {
        Kind::Map if place.as_map().is_some_and(|m| m.contains(key.value)) => {
            let found = place.as_map_mut().and_then(|m| m.get_mut(key.value));
            found.ok_or_else(|| Fault::new("missing-key", "the key is gone").into())
        }
        Kind::Vec if !key.field => {
            let at = vector_place(place, key)?;
            let found = place.as_vec_mut().and_then(|v| v.get_mut(at));
            found.ok_or_else(|| Fault::new("out-of-range", "the element is gone").into())
        }
        _ => Err(PathError::Fault(cannot(place, key, false))),
    }
}

fn vector_place(place: &Value, key: &Key) -> Result<usize, Fault> {
    let len = place.as_vec().map_or(0, |v| v.len());
    if key.value.kind() != Kind::Int {
        return Err(access::not_an_index(place, key.value));
    }
    access::place(key.value, len).ok_or_else(|| access::out_of_range(key.value, len))
}

/// Stores at the last key of a path; on a map it may be new.
fn put(place: &mut Value, key: &Key, value: &mut Value) -> Result<(), PathError> {
    match place.kind() {
        Kind::Map => {
            if let Some(map) = place.as_map_mut() {
                map.insert(key.value.clone(), value.take())
                    .map_err(|e| not_a_key(key.value, e.what))?;
            }
            Ok(())
        }
        Kind::Vec if !key.field => {
            let at = vector_place(place, key).map_err(|fault| {
                let len = place.as_vec().map_or(0, |v| v.len());
                match key.value.as_int() == i64::try_from(len).ok() {
                    true => fault.help("to add an element, write `xs .= push(x)`"),
                    false => fault,
                }
            })?;
            if let Some(vector) = place.as_vec_mut() {
                vector.set(at, value.take());
            }
            Ok(())
        }
        _ => Err(PathError::Fault(cannot(place, key, false))),
    }
}

fn delete(place: &mut Value, key: &Key) -> Result<(), PathError> {
    match place.kind() {
        Kind::Map => {
            if place.as_map_mut().is_some_and(|m| m.remove(key.value).is_some()) {
                return Ok(());
            }
            // (Without room for the change the key is still there, and the run ends.)
            if key.optional || place.as_map().is_some_and(|m| m.contains(key.value)) {
                return Ok(());
            }
            Err(PathError::Fault(cannot(place, key, true)))
        }
        Kind::Null if key.optional => Ok(()),
        Kind::Vec if !key.field => {
            let at = match vector_place(place, key) {
                Ok(at) => at,
                Err(_) if key.optional && key.value.kind() == Kind::Int => return Ok(()),
                Err(fault) => return Err(fault.into()),
            };
            if let Some(vector) = place.as_vec_mut() {
                vector.remove(at);
            }
            Ok(())
        }
        _ => Err(PathError::Fault(cannot(place, key, true))),
    }
}

/// A value that cannot be a key.
#[cold]
pub(crate) fn not_a_key(key: &Value, what: &str) -> Fault {
    Fault::new("type-error", format!("{} cannot be a key: it holds a {what}", describe(key)))
        .help("functions, Seqs and host objects have no order, so they cannot be keys or elements of a Set")
}

/// Why a place has nothing at a key: the same words as for reading, where that fails, too.
#[cold]
fn cannot(place: &Value, key: &Key, deleting: bool) -> Fault {
    if place.kind() == Kind::Map {
        return access::missing_place(place, key.value, key.field, deleting);
    }
    let read = match key.value.as_str() {
        Some(name) if key.field => access::field(place, name, &|_, _| false).err(),
        _ => None,
    };
    if let Some(fault) = read {
        return fault;
    }
    match place.kind() {
        Kind::Str => Fault::new("type-error", "a Str cannot be changed at an index".to_string())
            .help("build a new one: `s[..i] + \"x\" + s[i + 1..]`"),
        _ => Fault::new("type-error", format!("{} has no places to change", place.type_name()))
            .label(format!("this is {}", describe(place))),
    }
}
