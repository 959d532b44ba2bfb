//! What the code of `#[derive(HostObject)]` and `#[tansy::methods]` calls: the arguments of a method by their types, and what it gives.

use super::typed::{fault, mismatch};
use super::{Call, HostObject, Parameters, Part};
use crate::convert::{ConvertError, IntoValue};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::wrong_count;
use std::fmt::Display;

/// The methods of a type without an `impl` under `#[tansy::methods]`, which comes first where there is one: functions of a type itself hide
/// those of traits.
pub trait NoMethods {
    /// Their names.
    const __METHODS: &'static [&'static str] = &[];

    /// Calls none.
    fn __method(&self, _: &str, _: &mut Call<'_, '_>) -> Option<Result<Part<'_>, Fault>> {
        None
    }
}

impl<T: HostObject> NoMethods for T {}

/// Takes the arguments of a call of the method `name`.
///
/// # Errors
/// There are too few or too many, or one does not fit.
#[inline]
pub fn arguments<P: Parameters>(
    call: &mut Call<'_, '_>,
    name: &'static str,
    parameters: &'static [&'static str],
) -> Result<P, Fault> {
    if call.len() != parameters.len() {
        check_count::<P>(name, parameters, call.len())?;
    }
    P::take(call.places()).map_err(|error| mismatch(name, parameters, error))
}

#[cold]
fn check_count<P: Parameters>(name: &str, parameters: &[&str], given: usize) -> Result<(), Fault> {
    let optional = P::optional();
    let required = optional.iter().filter(|optional| !**optional).count();
    let positional = parameters.len() - usize::from(P::REST);
    if given >= required && (given <= positional || P::REST) {
        return Ok(());
    }
    let shown = parameters.iter().zip(&optional).enumerate().map(|(i, (name, optional))| {
        match (P::REST && i == positional, optional) {
            (true, _) => format!("...{name}"),
            (_, true) => format!("{name} = null"),
            _ => (*name).to_owned(),
        }
    });
    let signature = format!("{name}({})", shown.collect::<Vec<_>>().join(", "));
    Err(wrong_count(name, &signature, required, positional, P::REST, given))
}

/// Does something with an argument that is an object.
///
/// # Errors
/// It is another value.
#[inline]
pub fn with<'a, T: HostObject>(
    argument: &Value,
    name: &'static str,
    parameter: &'static str,
    with: impl FnOnce(&T) -> Result<Part<'a>, Fault>,
) -> Result<Part<'a>, Fault> {
    argument.with_object(with).unwrap_or_else(|| Err(no_object::<T>(argument, name, parameter)))
}

#[cold]
fn no_object<T>(argument: &Value, name: &str, parameter: &str) -> Fault {
    if let Some(Err(gone)) = argument.as_object().map(|object| object.look()) {
        return gone;
    }
    let path = std::any::type_name::<T>();
    let expected = path.rsplit("::").next().unwrap_or(path);
    mismatch(name, &[parameter], (0, ConvertError::mismatch(expected, argument)))
}

/// What a method may give: anything that becomes a value, a part of the object, an option of one, or a `Result` of these.
pub trait IntoPart<'a> {
    /// The part, or what the script gets to see as an error.
    fn into_part(self) -> Result<Part<'a>, Fault>;
}

impl<'a, T: IntoValue> IntoPart<'a> for T {
    #[inline]
    fn into_part(self) -> Result<Part<'a>, Fault> {
        Ok(self.into())
    }
}

impl<'a> IntoPart<'a> for Part<'a> {
    #[inline]
    fn into_part(self) -> Result<Part<'a>, Fault> {
        Ok(self)
    }
}

impl<'a> IntoPart<'a> for Option<Part<'a>> {
    fn into_part(self) -> Result<Part<'a>, Fault> {
        Ok(self.unwrap_or_else(|| ().into()))
    }
}

impl<'a, T: IntoPart<'a>, E: Display + 'static> IntoPart<'a> for Result<T, E> {
    #[inline]
    fn into_part(self) -> Result<Part<'a>, Fault> {
        match self {
            Ok(given) => given.into_part(),
            Err(error) => Err(fault(error)),
        }
    }
}
