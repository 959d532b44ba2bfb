//! `value!`: values written in Rust much as in the language.

/// Makes a value: of a map, a vector, or any expression that implements
/// [`IntoValue`](crate::convert::IntoValue) (moved; give a reference or a clone of what is needed later).
///
/// Keys are names, string literals, or expressions in parentheses. Of equal keys the last wins.
///
/// ```
/// use tansy_runtime::convert::value;
///
/// let ports = vec![80, 443];
/// let server = value!({ name: "web", ports: &ports, "max-age": 60 * 60, tls: { on: true, cert: null }, (7): [1, 2.5, "x"] });
/// assert_eq!(
///     server.to_string(),
///     r#"{7 => [1, 2.5, "x"], "max-age": 3600, name: "web", ports: [80, 443], tls: {cert: null, on: true}}"#
/// );
/// ```
#[macro_export]
#[doc(hidden)]
macro_rules! __value {
    (null) => { $crate::value::Value::NULL };
    ([ $($items:tt)* ]) => { $crate::__value!(@items [] $($items)*) };
    ({ $($entries:tt)* }) => { $crate::__value!(@entries [] $($entries)*) };

    // Items: what is done, then what is left.
    (@items [ $($done:expr,)* ]) => {
        $crate::value::Value::from(<::std::vec::Vec<$crate::value::Value>>::from([ $($done,)* ]))
    };
    (@items [ $($done:expr,)* ] null $(, $($rest:tt)*)?) => {
        $crate::__value!(@items [ $($done,)* $crate::__value!(null), ] $($($rest)*)?)
    };
    (@items [ $($done:expr,)* ] [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $crate::__value!(@items [ $($done,)* $crate::__value!([ $($inner)* ]), ] $($($rest)*)?)
    };
    (@items [ $($done:expr,)* ] { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $crate::__value!(@items [ $($done,)* $crate::__value!({ $($inner)* }), ] $($($rest)*)?)
    };
    (@items [ $($done:expr,)* ] $item:expr $(, $($rest:tt)*)?) => {
        $crate::__value!(@items [ $($done,)* $crate::convert::IntoValue::into_value($item), ] $($($rest)*)?)
    };

    // Entries: what is done, then what is left; the value of an entry after its key.
    (@entries [ $($done:expr,)* ]) => {
        $crate::convert::__map(<::std::vec::Vec<($crate::value::Value, $crate::value::Value)>>::from([ $($done,)* ]))
    };
    (@entries [ $($done:expr,)* ] $key:ident : $($rest:tt)+) => {
        $crate::__value!(@bound [ $($done,)* ] ($crate::value::Value::str(::std::stringify!($key))) $($rest)+)
    };
    (@entries [ $($done:expr,)* ] $key:literal : $($rest:tt)+) => {
        $crate::__value!(@bound [ $($done,)* ] ($crate::convert::IntoValue::into_value($key)) $($rest)+)
    };
    (@entries [ $($done:expr,)* ] ($key:expr) : $($rest:tt)+) => {
        $crate::__value!(@bound [ $($done,)* ] ($crate::convert::IntoValue::into_value($key)) $($rest)+)
    };
    (@bound [ $($done:expr,)* ] ($key:expr) null $(, $($rest:tt)*)?) => {
        $crate::__value!(@entries [ $($done,)* ($key, $crate::__value!(null)), ] $($($rest)*)?)
    };
    (@bound [ $($done:expr,)* ] ($key:expr) [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $crate::__value!(@entries [ $($done,)* ($key, $crate::__value!([ $($inner)* ])), ] $($($rest)*)?)
    };
    (@bound [ $($done:expr,)* ] ($key:expr) { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $crate::__value!(@entries [ $($done,)* ($key, $crate::__value!({ $($inner)* })), ] $($($rest)*)?)
    };
    (@bound [ $($done:expr,)* ] ($key:expr) $value:expr $(, $($rest:tt)*)?) => {
        $crate::__value!(@entries [ $($done,)* ($key, $crate::convert::IntoValue::into_value($value)), ] $($($rest)*)?)
    };

    ($value:expr) => { $crate::convert::IntoValue::into_value($value) };
}
