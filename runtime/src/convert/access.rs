//! Reading values by key and index from Rust, without conversion.

use std::ops::Index;

use crate::access::fields;
use crate::value::Value;

/// What can be looked up in a [`Value`]: a string (the key of a Map, the field of an error), a `usize` (the index of a Vec), or any
/// value (the key of a Map).
pub trait Key: sealed::Sealed {
    /// What is there.
    #[doc(hidden)]
    fn look_up<'v>(&self, value: &'v Value) -> Option<&'v Value>;

    /// The same for changing.
    #[doc(hidden)]
    fn look_up_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for str {}
    impl Sealed for String {}
    impl Sealed for usize {}
    impl Sealed for crate::value::Value {}
    impl<T: Sealed + ?Sized> Sealed for &T {}
}

impl Key for str {
    fn look_up<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        fields(value)?.get_str(self)
    }

    fn look_up_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        value.as_map_mut()?.get_mut(&Value::str(self))
    }
}

impl Key for String {
    fn look_up<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.as_str().look_up(value)
    }

    fn look_up_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        self.as_str().look_up_mut(value)
    }
}

impl Key for usize {
    fn look_up<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        value.as_vec()?.get(*self)
    }

    fn look_up_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        value.as_vec_mut()?.get_mut(*self)
    }
}

impl Key for Value {
    fn look_up<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        fields(value)?.get(self)
    }

    fn look_up_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        value.as_map_mut()?.get_mut(self)
    }
}

impl<T: Key + ?Sized> Key for &T {
    fn look_up<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        (**self).look_up(value)
    }

    fn look_up_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        (**self).look_up_mut(value)
    }
}

impl Value {
    /// What a Map has at a key, or a Vec at an index; `None` where there is nothing, or the value is of another kind.
    ///
    /// ```
    /// use tansy_runtime::convert::value;
    ///
    /// let config = value!({ servers: [{ port: 80 }] });
    /// assert_eq!(config.get("servers").and_then(|s| s.get(0)).and_then(|s| s.get("port")), Some(&80.into()));
    /// assert_eq!(config.get("clients"), None);
    /// ```
    pub fn get(&self, key: impl Key) -> Option<&Value> {
        key.look_up(self)
    }

    /// The same for changing. Versions that others hold stay as they are: what is shared is copied on the way, one level at a time.
    ///
    /// ```
    /// use tansy_runtime::convert::value;
    ///
    /// let old = value!({ servers: [{ port: 80 }] });
    /// let mut new = old.clone();
    /// if let Some(port) = new.get_mut("servers").and_then(|s| s.get_mut(0)).and_then(|s| s.get_mut("port")) {
    ///     *port = 443.into();
    /// }
    /// assert_eq!(old["servers"][0]["port"], 80);
    /// assert_eq!(new["servers"][0]["port"], 443);
    /// ```
    pub fn get_mut(&mut self, key: impl Key) -> Option<&mut Value> {
        key.look_up_mut(self)
    }
}

static NULL: Value = Value::NULL;

/// As [`Value::get`], with `null` where there is nothing.
///
/// ```
/// use tansy_runtime::convert::value;
///
/// let order = value!({ items: [{ sku: "a", qty: 3 }] });
/// assert_eq!(order["items"][0]["qty"], 3);
/// assert!(order["customer"]["name"].is_null());
/// ```
impl<K: Key> Index<K> for Value {
    type Output = Value;

    fn index(&self, key: K) -> &Value {
        key.look_up(self).unwrap_or(&NULL)
    }
}
