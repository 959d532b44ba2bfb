//! A change deep inside.

use std::sync::Arc;

use tansy::{Map, Value};

use super::{OPS, Side, jump, time};
use crate::native::{self, Dynamic};

/// `users.uN.address.zip += 1` for a thousand users, in place.
pub(super) fn nested_tansy() -> Side {
    let fields = |fields: Vec<(&str, Value)>| Value::map(fields.into_iter().collect());
    let ids: Vec<Value> = (0..1000).map(|i| Value::from(format!("u{i}"))).collect();
    let address = || fields(vec![("street", "x".into()), ("zip", 0.into()), ("city", "y".into())]);
    let user = || fields(vec![("name", "n".into()), ("age", 3.into()), ("address", address())]);
    let users = Map::from_entries(ids.iter().map(|id| (id.clone(), user())).collect());
    let mut root = fields(vec![("version", 1.into()), ("users", users.expect("strings").into())]);
    let [users, address, zip] = ["users", "address", "zip"].map(Value::from);
    let sample = move || {
        time(OPS, || {
            for i in 0..OPS {
                let path = [&users, &ids[jump(i, 1000)], &address, &zip];
                let place = path.iter().try_fold(&mut root, |place, key| {
                    place.as_map_mut().and_then(|map| map.get_mut(key))
                });
                if let Some(place) = place {
                    *place = Value::int(place.as_int().unwrap_or(0) + 1);
                }
            }
        })
    };
    ("tansy", Box::new(sample))
}

pub(super) fn nested_imbl() -> Side {
    let text = |text: &str| Dynamic::Str(Arc::new(text.to_owned()));
    let fields = |fields: Vec<(Dynamic, Dynamic)>| {
        Dynamic::Map(Arc::new(fields.into_iter().collect::<native::HashMap>()))
    };
    let ids: Vec<Dynamic> = (0..1000).map(|i| text(&format!("u{i}"))).collect();
    let address = || {
        let zip = (text("zip"), Dynamic::Int(0));
        fields(vec![(text("street"), text("x")), zip, (text("city"), text("y"))])
    };
    let user = || {
        let age = (text("age"), Dynamic::Int(3));
        fields(vec![(text("name"), text("n")), age, (text("address"), address())])
    };
    let users = fields(ids.iter().map(|id| (id.clone(), user())).collect());
    let mut root = fields(vec![(text("version"), Dynamic::Int(1)), (text("users"), users)]);
    let [users, address, zip] = ["users", "address", "zip"].map(text);
    let sample = move || {
        time(OPS, || {
            for i in 0..OPS {
                let path = [&users, &ids[jump(i, 1000)], &address, &zip];
                let place = path.iter().try_fold(&mut root, |place, key| match place {
                    Dynamic::Map(map) => Arc::make_mut(map).get_mut(&**key),
                    _ => None,
                });
                if let Some(Dynamic::Int(n)) = place {
                    *n += 1;
                }
            }
        })
    };
    ("imbl hash", Box::new(sample))
}
