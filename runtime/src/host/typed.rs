//! Rust closures as host functions: arguments and results converted by their types.
//!
//! A closure takes up to eight arguments of types that implement [`FromValue`], an [`Option`] for one that may be missing, a [`Rest`] last
//! for any number more, and before them, if it wants, the [`Call`]. It gives anything that implements [`IntoValue`], or a `Result` of
//! that with any error that can be displayed; a [`Fault`] keeps its kind, hints and data.

use crate::convert::{ConvertError, FromValue, IntoValue};
use crate::fault::Fault;
use crate::host::{Call, HostBody};
use crate::value::{Carried, Value};
use smol_str::SmolStr;
use std::any::Any;
use std::fmt::Display;
use std::sync::Arc;

/// The arguments that are left, however many.
#[derive(Debug, Clone, PartialEq)]
pub struct Rest<T>(pub Vec<T>);

/// What a closure may take as an argument: whatever is [`FromValue`], and [`Rest`].
pub trait Argument: Sized + sealed::Argument {
    /// Whether it may be missing.
    fn optional() -> bool;

    /// Whether it takes all arguments that are left.
    const REST: bool = false;

    /// Takes the argument at a place out of those of a call. The error tells which argument does not fit.
    fn take(arguments: &mut [Value], place: usize) -> Result<Self, (usize, ConvertError)>;
}

mod sealed {
    use super::{FromValue, Rest};

    /// Arguments are taken out of the machine's own cells.
    pub trait Argument {}

    impl<T: FromValue> Argument for T {}
    impl<T: FromValue> Argument for Rest<T> {}
}

impl<T: FromValue> Argument for T {
    fn optional() -> bool {
        T::missing().is_some()
    }

    #[inline(always)]
    fn take(arguments: &mut [Value], place: usize) -> Result<T, (usize, ConvertError)> {
        let Some(value) = arguments.get_mut(place) else { return missing(place) };
        if value.is_undefined()
            && let Some(missing) = T::missing()
        {
            return Ok(missing);
        }
        match T::from_place(value) {
            Ok(argument) => Ok(argument),
            Err(error) => Err((place, error)),
        }
    }
}

/// An argument that is not even a place. (The machine gives one for each parameter.)
#[cold]
fn missing<T: FromValue>(place: usize) -> Result<T, (usize, ConvertError)> {
    match T::missing() {
        Some(missing) => Ok(missing),
        None => T::from_owned(Value::UNDEFINED).map_err(|error| (place, error)),
    }
}

impl<T: FromValue> Argument for Rest<T> {
    fn optional() -> bool {
        true
    }

    const REST: bool = true;

    fn take(arguments: &mut [Value], place: usize) -> Result<Rest<T>, (usize, ConvertError)> {
        let rest = arguments.iter_mut().enumerate().skip(place);
        let items = rest.map(|(i, value)| T::from_owned(value.take()).map_err(|e| (i, e)));
        Ok(Rest(items.collect::<Result<_, _>>()?))
    }
}

/// What a closure may give.
pub trait Return {
    /// The value, or what the script gets to see as an error.
    fn into_result(self) -> Result<Value, Fault>;
}

impl<T: IntoValue> Return for T {
    #[inline]
    fn into_result(self) -> Result<Value, Fault> {
        Ok(self.into_value())
    }
}

impl<T: IntoValue, E: Display + 'static> Return for Result<T, E> {
    #[inline]
    fn into_result(self) -> Result<Value, Fault> {
        match self {
            Ok(value) => Ok(value.into_value()),
            Err(error) => Err(fault(error)),
        }
    }
}

/// An error of the host as a script sees it.
#[cold]
pub(super) fn fault<E: Display + 'static>(error: E) -> Fault {
    let mut error = Some(error);
    let any: &mut dyn Any = &mut error;
    match any.downcast_mut::<Option<Fault>>().and_then(Option::take) {
        Some(fault) => fault,
        None => Fault::new("host-error", error.map(|e| e.to_string()).unwrap_or_default()),
    }
}

/// Leaves why a function failed.
#[cold]
fn failed(fault: &mut Option<Fault>, why: Fault) -> Carried {
    *fault = Some(why);
    Value::UNDEFINED.into()
}

/// What messages call a function and its parameters.
pub struct Names {
    pub(super) function: SmolStr,
    pub(super) parameters: Vec<SmolStr>,
}

impl Names {
    /// Takes the arguments of a call.
    #[inline(always)]
    fn take<P: Parameters>(&self, arguments: &mut [Value]) -> Result<P, Fault> {
        P::take(arguments).map_err(|error| mismatch(&self.function, &self.parameters, error))
    }
}

/// What a script is told about an argument that does not fit.
#[cold]
pub(super) fn mismatch(
    function: &str,
    parameters: &[impl AsRef<str>],
    (place, error): (usize, ConvertError),
) -> Fault {
    let parameter = parameters.get(place).or(parameters.last()).map_or("", AsRef::as_ref);
    let message = match error.path().is_empty() && !error.expected().is_empty() {
        true => {
            let (expected, found) = (error.expected(), error.found());
            format!("`{function}` expects {expected} for `{parameter}`, got {found}")
        }
        false => format!("`{function}` cannot use its `{parameter}`: {error}"),
    };
    Fault::new("type-error", message)
}

/// What a closure takes: a tuple of arguments.
pub trait Parameters: Sized {
    /// By parameter, whether it may be missing.
    fn optional() -> Vec<bool>;

    /// Whether the last one takes all arguments that are left.
    const REST: bool;

    /// Takes them out of those of a call: what was on the heap is there no more. The error tells which argument does not fit.
    fn take(arguments: &mut [Value]) -> Result<Self, (usize, ConvertError)>;
}

/// A Rust closure that can be a host function; `M` tells apart what closures may look like.
#[diagnostic::on_unimplemented(
    message = "this is no function that scripts could call",
    label = "each argument must be `FromValue` (or `Option`, or `Rest` at the end), the result `IntoValue`, or a `Result` of it",
    note = "an object is taken as a `Value`, and looked at by `with_object`; a text as a `String`"
)]
pub trait HostFn<M>: Send + Sync + 'static {
    /// What it takes.
    type Parameters: Parameters;

    /// The function as the machine calls it.
    fn body(self, names: Arc<Names>) -> HostBody;
}

/// Marks closures that take the call first.
pub struct WithCall<A>(std::marker::PhantomData<A>);

/// Marks closures that give a future.
pub struct WithFuture<A>(std::marker::PhantomData<A>);

macro_rules! closures {
    ($($($a:ident)*;)*) => { $(
        impl<$($a: Argument,)*> Parameters for ($($a,)*) {
            fn optional() -> Vec<bool> {
                vec![$($a::optional()),*]
            }

            const REST: bool = false $(|| $a::REST)*;

            #[inline(always)]
            #[allow(unused, reason = "also made for closures without arguments")]
            fn take(arguments: &mut [Value]) -> Result<Self, (usize, ConvertError)> {
                let mut place = 0..;
                Ok(($($a::take(arguments, place.next().unwrap_or(0))?,)*))
            }
        }

        impl<F, R, $($a,)*> HostFn<($($a,)*)> for F
        where
            F: Fn($($a),*) -> R + Send + Sync + 'static,
            R: Return,
            $($a: Argument,)*
        {
            type Parameters = ($($a,)*);

            #[allow(non_snake_case, reason = "arguments are named as their types")]
            fn body(self, names: Arc<Names>) -> HostBody {
                HostBody::Apart(Box::new(move |arguments, fault| {
                    let given = names.take(arguments);
                    match given.and_then(|($($a,)*)| self($($a),*).into_result()) {
                        Ok(value) => value.into(),
                        Err(why) => failed(fault, why),
                    }
                }))
            }
        }

        impl<F, U, $($a,)*> HostFn<WithFuture<($($a,)*)>> for F
        where
            F: Fn($($a),*) -> U + Send + Sync + 'static,
            U: Future<Output: Return> + Send + 'static,
            $($a: Argument,)*
        {
            type Parameters = ($($a,)*);

            #[allow(non_snake_case, reason = "arguments are named as their types")]
            fn body(self, names: Arc<Names>) -> HostBody {
                HostBody::Later(Box::new(move |call| {
                    let ($($a,)*) = names.take(call.places())?;
                    let future = self($($a),*);
                    Ok(Box::pin(async move { future.await.into_result() }))
                }))
            }
        }

        impl<F, R, $($a,)*> HostFn<WithCall<($($a,)*)>> for F
        where
            F: Fn(&mut Call<'_, '_>, $($a),*) -> R + Send + Sync + 'static,
            R: Return,
            $($a: Argument,)*
        {
            type Parameters = ($($a,)*);

            #[allow(non_snake_case, reason = "arguments are named as their types")]
            fn body(self, names: Arc<Names>) -> HostBody {
                HostBody::Now(Box::new(move |call| {
                    let ($($a,)*) = names.take(call.places())?;
                    self(call, $($a),*).into_result()
                }))
            }
        }
    )* };
}

closures! {
    ;
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E G;
    A B C D E G H;
    A B C D E G H I;
}

/// Arguments of a call from Rust: a tuple of up to eight, an array or vector of one type, or values.
///
/// They are converted before the call begins.
pub trait Arguments {
    /// Shows the arguments as values, in order, to the call, which takes them.
    fn give<R>(self, call: impl FnOnce(&mut [Value]) -> R) -> R;
}

macro_rules! tuples {
    ($($($a:ident)*;)*) => { $(
        impl<$($a: IntoValue),*> Arguments for ($($a,)*) {
            #[inline]
            #[allow(non_snake_case, reason = "arguments are named as their types")]
            fn give<R>(self, call: impl FnOnce(&mut [Value]) -> R) -> R {
                let ($($a,)*) = self;
                call(&mut [$($a.into_value()),*])
            }
        }
    )* };
}

tuples! {
    ;
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
}

impl<T: IntoValue, const N: usize> Arguments for [T; N] {
    #[inline]
    fn give<R>(self, call: impl FnOnce(&mut [Value]) -> R) -> R {
        call(&mut self.map(T::into_value))
    }
}

impl<T: IntoValue> Arguments for Vec<T> {
    fn give<R>(self, call: impl FnOnce(&mut [Value]) -> R) -> R {
        call(&mut self.into_iter().map(T::into_value).collect::<Vec<_>>())
    }
}

impl Arguments for &[Value] {
    fn give<R>(self, call: impl FnOnce(&mut [Value]) -> R) -> R {
        call(&mut self.to_vec())
    }
}
