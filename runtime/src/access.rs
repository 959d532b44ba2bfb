//! Reading parts of values: fields, indices, slices, and the errors when they are not there.

use crate::fault::{Fault, Limit, describe, short};
use crate::foreign;
use crate::host::{Object, gather};
use crate::native::Context;
use crate::value::{Kind, Map, Range, Value, Vector, heap, start_of, watch};
use tansy_lang::spell::did_you_mean;

/// The Vec of the elements of an object, if it has elements. O(n).
pub(crate) fn elements(object: &Value, cx: &mut Context) -> Result<Option<Value>, Fault> {
    let Some(length) = object.as_object().map(|object| object.look()).transpose()? else {
        return Ok(None);
    };
    let Some(length) = length.length() else { return Ok(None) };
    cx.charge(length)?;
    let elements = (0..length).map_while(|place| Object::element(object, place));
    let elements = gather(length, elements);
    let stopped = || Fault::Limit(watch::stopped().unwrap_or(Limit::Memory));
    Ok(Some(elements.ok_or_else(stopped)?.into()))
}

/// What an index expression means for a value.
pub(crate) enum Indexed {
    /// The element itself.
    Found(Value),
    /// There is nothing at this index; [`missing`] says so.
    Missing,
    /// A function index: the library selects.
    Select,
}

/// `a.name`
pub(crate) fn field(
    a: &Value,
    name: &str,
    methods: &dyn Fn(Kind, &str) -> bool,
) -> Result<Value, Fault> {
    match fields(a) {
        Some(map) => match map.get_str(name) {
            Some(value) => Ok(value.clone()),
            None => error_field(a, name).ok_or_else(|| missing_key(a, name, methods)),
        },
        None => match a.as_object() {
            Some(_) => Object::look_up(a, name)?.ok_or_else(|| missing_field(a, name)),
            None => Err(no_fields(a, name, methods)),
        },
    }
}

/// `a?.name`
pub(crate) fn field_or_null(
    a: &Value,
    name: &str,
    methods: &dyn Fn(Kind, &str) -> bool,
) -> Result<Value, Fault> {
    match fields(a) {
        Some(map) => {
            let found = map.get_str(name).cloned();
            Ok(found.or_else(|| error_field(a, name)).unwrap_or(Value::NULL))
        }
        None if a.is_null() => Ok(Value::NULL),
        None => match a.as_object() {
            Some(_) => Ok(Object::look_up(a, name)?.unwrap_or(Value::NULL)),
            None => Err(no_fields(a, name, methods)),
        },
    }
}

/// Whether a text can stand after a dot.
pub(crate) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    first && chars.all(|c| c.is_alphanumeric() || c == '_')
}

/// The map behind a value with fields.
pub(crate) fn fields(a: &Value) -> Option<&Map> {
    a.as_map().or_else(|| a.as_error().map(|e| &e.fields))
}

/// `e.trace`: made when asked for.
pub(crate) fn error_field(a: &Value, name: &str) -> Option<Value> {
    let error = a.as_error().filter(|_| name == "trace")?;
    let frames = error.trace.iter().map(|frame| {
        let (line, column) = frame.source.line_column(frame.span.start);
        let mut map = Map::new();
        for (key, value) in [
            ("function", Value::str(&frame.function)),
            ("file", Value::str(frame.source.name())),
            ("line", Value::int(line.into())),
            ("column", Value::int(column.into())),
        ] {
            // Strings are always keys.
            let _ = map.insert(Value::str(key), value);
        }
        Value::map(map)
    });
    Some(Value::vec(Vector::from(frames.collect::<Vec<_>>())))
}

#[cold]
pub(crate) fn missing_field(object: &Value, name: &str) -> Fault {
    let object = match object.as_object().map(Object::look) {
        Some(Ok(object)) => object,
        Some(Err(gone)) => return gone,
        None => return no_fields(object, name, &|_, _| false),
    };
    let ty = object.type_name();
    let fault = Fault::new("missing-key", format!("{ty} has no field `{name}`"));
    let fault = fault.data(Value::str(name));
    if object.methods().contains(&name) {
        return fault.help(format!("`{name}` is a method: write `.{name}(…)`"));
    }
    let fields = object.fields();
    let fault = match fields.len() {
        1..=12 => fault.label(format!("the fields are {}", list(fields))),
        _ => fault,
    };
    fault.maybe_help(did_you_mean(name, fields.iter().copied()))
}

/// The keys of a map that are strings, for "did you mean"; none of a map with more keys than a person could have meant.
fn text_keys(map: &Map) -> Vec<&str> {
    if map.len() > MOST_MEANT {
        return Vec::new();
    }
    let keys: Vec<&str> = map.keys().filter_map(Value::as_str).collect();
    // Each is going to be compared with what was asked for, letter by letter.
    heap::count_work(keys.len() as u64 * 16);
    keys
}

/// The most keys among which one is looked for that was meant.
const MOST_MEANT: usize = 2000;

/// That a map has nothing at a key, which is `shown` in the message; and what was meant, if a key is near.
fn absent(a: &Value, key: &Value, shown: &str) -> (Fault, Option<String>) {
    let keys = fields(a).map(text_keys).unwrap_or_default();
    let near = key.as_str().and_then(|name| did_you_mean(name, keys.iter().copied()));
    let fault = Fault::new("missing-key", format!("there is no key {shown}")).data(key.clone());
    let all = fields(a).map_or(0, |m| m.len());
    let fault = match keys.len() {
        0 if all == 0 => fault.label("this map is empty"),
        0 if all <= MOST_MEANT => fault.label("this map has no such key"),
        1 if all == 1 => fault.label(format!("the only key is {}", list(&keys))),
        1..=12 if keys.len() == all => fault.label(format!("the keys are {}", list(&keys))),
        1..=12 => fault.label(format!("the keys that are texts are {}", list(&keys))),
        _ => fault.label(format!("the map has {all} keys")),
    };
    (fault, near)
}

#[cold]
fn missing_key(a: &Value, name: &str, methods: &dyn Fn(Kind, &str) -> bool) -> Fault {
    let (fault, near) = absent(a, &Value::str(name), &format!("`{name}`"));
    if methods(a.kind(), name) {
        return fault.help(format!("`{name}` is a method: write `.{name}(…)`"));
    }
    match near.or_else(|| method_instead(a.kind(), name, methods)) {
        Some(near) => fault.help(near),
        None => fault.help(format!("`?.{name}` gives null when the key is missing")),
    }
}

/// A key that a path goes through, or deletes, and that is not there.
#[cold]
pub(crate) fn missing_place(a: &Value, key: &Value, field: bool, deleting: bool) -> Fault {
    let (shown, step) = match key.as_str().filter(|_| field) {
        Some(name) => (format!("`{name}`"), format!("?.{name}")),
        None => (shown(key), "?[…]".to_owned()),
    };
    let (fault, near) = absent(a, key, &shown);
    fault.help(near.unwrap_or_else(|| match deleting {
        true => format!("`{step}` deletes it only if it is there"),
        false => format!("`{step}` makes an empty map where there is none"),
    }))
}

fn shown(key: &Value) -> String {
    key.to_text_within(80).unwrap_or_else(|| short(key).to_string())
}

/// `xs.length` is a method here.
fn method_instead(kind: Kind, name: &str, methods: &dyn Fn(Kind, &str) -> bool) -> Option<String> {
    let ours = foreign::method(name, |ours| methods(kind, ours))?;
    Some(format!("did you mean `.{ours}()`?"))
}

fn list(keys: &[&str]) -> String {
    let quoted: Vec<String> = keys
        .iter()
        .map(|k| match start_of(k, 60) {
            start if start.len() < k.len() => format!("`{start}…`"),
            all => format!("`{all}`"),
        })
        .collect();
    quoted.join(", ")
}

#[cold]
fn no_fields(a: &Value, name: &str, methods: &dyn Fn(Kind, &str) -> bool) -> Fault {
    let message = if a.is_null() {
        format!("null has no key `{name}`")
    } else {
        format!("{} has no keys, so no `{name}`", a.type_name())
    };
    let fault = Fault::new("type-error", message).label(format!("this is {}", describe(a)));
    if a.is_null() {
        fault.help(format!("`?.{name}` gives null here; `?? value` then gives a default"))
    } else if methods(a.kind(), name) {
        fault.help(format!("`{name}` is a method: write `.{name}(…)`"))
    } else if let Some(help) = method_instead(a.kind(), name, methods) {
        fault.help(help)
    } else if a.kind() == Kind::Vec {
        fault.help(format!("to read `{name}` of every element, write `[*].{name}`"))
    } else {
        fault
    }
}

/// `a[i]`
pub(crate) fn index(a: &Value, i: &Value, cx: &mut Context) -> Result<Indexed, Fault> {
    Ok(match (a.kind(), i.kind()) {
        (Kind::Vec | Kind::Map, Kind::Fn) => Indexed::Select,
        (Kind::Map, _) => match a.as_map().and_then(|m| m.get(i)) {
            Some(value) => Indexed::Found(value.clone()),
            None => Indexed::Missing,
        },
        (Kind::Error, _) => match i.as_str() {
            Some(name) => Indexed::Found(field(a, name, &|_, _| false)?),
            None => Indexed::Missing,
        },
        (Kind::Vec, Kind::Int) => match a.as_vec().and_then(|v| v.get(place(i, v.len())?)) {
            Some(value) => Indexed::Found(value.clone()),
            None => Indexed::Missing,
        },
        (Kind::Object, Kind::Str) => {
            Indexed::Found(field(a, i.as_str().unwrap_or_default(), &|_, _| false)?)
        }
        (Kind::Object, Kind::Int) if length(a) > 0 => {
            match place(i, length(a)).and_then(|p| Object::element(a, p)) {
                Some(value) => Indexed::Found(value),
                None => Indexed::Missing,
            }
        }
        (Kind::Object, Kind::Range) if length(a) > 0 => match elements(a, cx)? {
            Some(elements) => return index(&elements, i, cx),
            None => Indexed::Missing,
        },
        (Kind::Str, Kind::Int) => {
            let len = a.char_count().unwrap_or(0);
            match place(i, len).and_then(|p| a.char_at(p)) {
                Some(c) => Indexed::Found(Value::char(c)),
                None => Indexed::Missing,
            }
        }
        (Kind::Range, Kind::Int) => match a.as_range().and_then(|r| range_at(r, i)) {
            Some(n) => Indexed::Found(Value::int(n)),
            None => Indexed::Missing,
        },
        (Kind::Vec | Kind::Str, Kind::Range) => {
            let range = i.as_range().unwrap_or(Range::new(0, 0));
            let len = length(a);
            match range.resolve(len) {
                Some(places) => Indexed::Found(slice(a, places, cx)?),
                None => Indexed::Missing,
            }
        }
        (Kind::Vec | Kind::Str | Kind::Range, _) => return Err(not_an_index(a, i)),
        (Kind::Null, _) => {
            return Err(Fault::new("type-error", format!("null has no element {}", short(i)))
                .label("this is null")
                .help("`?[…]` gives null here; `?? value` then gives a default"));
        }
        (Kind::Set, _) => {
            return Err(Fault::new("type-error", "a Set has no places to index".to_string())
                .help("test membership with `x in s`; `s.vec()` gives its elements in order"));
        }
        _ => {
            return Err(Fault::new("type-error", format!("{} cannot be indexed", a.type_name()))
                .label(format!("this is {}", describe(a))));
        }
    })
}

/// `a?[i]`: null where nothing is; a range takes what there is.
pub(crate) fn index_or_null(a: &Value, i: &Value, cx: &mut Context) -> Result<Indexed, Fault> {
    if a.is_null() {
        return Ok(Indexed::Found(Value::NULL));
    }
    if let (Kind::Vec | Kind::Str, Some(range)) = (a.kind(), i.as_range()) {
        return Ok(Indexed::Found(slice(a, range.resolve_clamped(length(a)), cx)?));
    }
    if let (Kind::Object, Kind::Range) = (a.kind(), i.kind())
        && let Some(elements) = elements(a, cx)?
    {
        return index_or_null(&elements, i, cx);
    }
    Ok(match index(a, i, cx)? {
        Indexed::Missing => Indexed::Found(Value::NULL),
        other => other,
    })
}

/// What to say about an index with nothing there. Apart from [`index`], because looking for what was meant takes time.
#[cold]
pub(crate) fn missing(a: &Value, i: &Value) -> Fault {
    match (a.kind(), i.as_range()) {
        (Kind::Map | Kind::Error, _) => no_key(a, i),
        (Kind::Range, _) => {
            let len = a.as_range().and_then(|r| r.len()).unwrap_or(u128::MAX);
            out_of_range(i, usize::try_from(len).unwrap_or(usize::MAX))
        }
        (_, Some(_)) => {
            let len = length(a);
            Fault::new("out-of-range", format!("the range {i} is outside 0..{len}"))
                .label(format!("the length is {len}"))
                .help(format!("`?[{i}]` takes what there is"))
        }
        _ => out_of_range(i, length(a)),
    }
}

fn length(a: &Value) -> usize {
    let object = || a.as_object().and_then(Object::length);
    a.as_vec().map(Vector::len).or_else(|| a.char_count()).or_else(object).unwrap_or(0)
}

fn slice(a: &Value, places: std::ops::Range<usize>, cx: &mut Context) -> Result<Value, Fault> {
    cx.charge(places.len() / 8)?;
    Ok(match a.as_vec() {
        Some(vector) => Value::vec(vector.slice(places)),
        None => {
            let part = a.char_slice(places).unwrap_or_default();
            cx.reserve(part.len() as u64)?;
            Value::str(part)
        }
    })
}

/// A place from an index that may count from the end.
pub(crate) fn place(i: &Value, len: usize) -> Option<usize> {
    let i = i.as_int()?;
    let place = if i < 0 { i128::from(i) + len as i128 } else { i128::from(i) };
    usize::try_from(place).ok().filter(|p| *p < len)
}

fn range_at(range: Range, i: &Value) -> Option<i64> {
    let i = i128::from(i.as_int()?);
    let n = if i < 0 { i128::from(range.last()?) + 1 + i } else { i128::from(range.start) + i };
    i64::try_from(n).ok().filter(|n| range.contains(*n))
}

/// An index that is no place.
#[cold]
pub(crate) fn out_of_range(i: &Value, len: usize) -> Fault {
    let fault =
        Fault::new("out-of-range", format!("index {} out of range (length {len})", short(i)))
            .data(i.clone());
    if len == 0 {
        return fault.label("it is empty");
    }
    match len {
        1 => fault.label("the only element is at 0"),
        _ => fault.label(format!("valid are 0 to {}, or -1 to -{len} from the end", len - 1)),
    }
}

#[cold]
fn no_key(a: &Value, key: &Value) -> Fault {
    let (fault, near) = absent(a, key, &shown(key));
    fault.help(near.unwrap_or_else(|| "`?[…]` gives null when the key is missing".to_owned()))
}

#[cold]
pub(crate) fn not_an_index(a: &Value, i: &Value) -> Fault {
    let fault = Fault::new(
        "type-error",
        format!("{} is indexed by Int, not {}", a.type_name(), i.type_name()),
    )
    .label(format!("this is {}", describe(i)));
    match i.kind() {
        Kind::Float | Kind::Decimal => {
            fault.help("divide with `div` to get an Int, or convert with `.int()`")
        }
        Kind::Str if a.kind() == Kind::Vec => {
            fault.help("a Vec has no keys: is this meant to be a Map?")
        }
        _ => fault,
    }
}
