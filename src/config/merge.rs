//! Merging two layers.

use crate::{Map, Value};

/// Puts the settings of a stronger layer over those of a weaker one: maps key by key, so many levels deep, everything else as a whole;
/// null takes away.
pub(super) fn merge(into: &mut Map, over: &Map, depth: u32) {
    for (key, value) in over {
        if value.is_null() {
            into.remove(key);
            continue;
        }
        let deeper = value.as_map().zip(depth.checked_sub(1));
        if let Some((over, depth)) = deeper {
            if let Some(into) = into.get_mut(key).and_then(Value::as_map_mut) {
                merge(into, over, depth);
                continue;
            }
            if has_null(over, depth) {
                let mut only = Map::new();
                merge(&mut only, over, depth);
                // A key of a map is never refused.
                let _ = into.insert(key.clone(), only.into());
                continue;
            }
        }
        let _ = into.insert(key.clone(), value.clone());
    }
}

/// Whether a map has a null in it or in its maps: if not, it can be shared as it is.
fn has_null(map: &Map, depth: u32) -> bool {
    map.values().any(|value| {
        let inside = value.as_map().zip(depth.checked_sub(1));
        value.is_null() || inside.is_some_and(|(map, depth)| has_null(map, depth))
    })
}
