//! `#[derive(FromValue, IntoValue)]`: how a Rust type and a value become each other, written by the compiler; and
//! `#[derive(HostObject)]` with `#[methods]`: how scripts see a Rust type as it is.
//!
//! What the derives make is what serde would: structs are maps with the names of their fields, tuple structs vectors, a struct of one
//! unnamed field that field, unit structs null; unit variants are strings and all other variants maps of one binding. Invariant: the
//! code they make mentions nothing but absolute paths under `::tansy` and `::core`.

#![forbid(unsafe_code)]

mod attributes;
mod case;
mod from;
mod into;
mod methods;
mod object;
mod shape;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes a type that a value can become.
///
/// On the type:
///
/// | `#[tansy(…)]` | |
/// |---|---|
/// | `rename_all = "kebab-case"` | the names of the fields, or of an enum's variants: also `lowercase`, `UPPERCASE`, `camelCase`, `PascalCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `SCREAMING-KEBAB-CASE` |
/// | `default` | fields that are missing come from the type's `Default` |
/// | `deny_unknown` | a key that is no field is an error, with a hint |
///
/// On a field:
///
/// | `#[tansy(…)]` | |
/// |---|---|
/// | `rename = "name"` | its name; on a variant, too |
/// | `default` or `default = "path"` | what it is when it is missing: its type's `Default`, or what the function gives |
/// | `skip` | it is never read or written; made by its `default` |
/// | `flatten` | its own fields stand beside the others; a map takes all that are left |
///
/// A field of type `Option` may always be missing.
#[proc_macro_derive(FromValue, attributes(tansy))]
pub fn from_value(input: TokenStream) -> TokenStream {
    expand(input, from::expand)
}

/// Makes a type that can become a value, by value and by reference. The attributes are those of `FromValue`.
#[proc_macro_derive(IntoValue, attributes(tansy))]
pub fn into_value(input: TokenStream) -> TokenStream {
    expand(input, into::expand)
}

/// Makes a type that scripts use as it is, with its fields: a `HostObject`. Nothing is converted before a script reads it, and a field that is
/// an object itself, or a collection of such, is read where it stands.
///
/// On the type:
///
/// | `#[tansy(…)]` | |
/// |---|---|
/// | `rename = "Name"` | what scripts call the type |
/// | `rename_all = "kebab-case"` | the names of the fields, as for `FromValue` |
/// | `equals` | `==` is that of `PartialEq` |
/// | `display` | it is shown as its `Display` says |
/// | `elements = "field"` | it can be iterated and indexed: the elements are those of the field |
///
/// On a field: `rename = "name"`; `skip`; and `value` for one that is shown as the value it converts to (by `IntoValue`), as an enum.
///
/// Its methods are those of the `impl` under [`macro@methods`], if there is one. A type parameter is `Send + Sync + 'static`, and `AsPart` where
/// a field that is shown mentions it: the `impl` may ask for no more.
#[proc_macro_derive(HostObject, attributes(tansy))]
pub fn host_object(input: TokenStream) -> TokenStream {
    expand(input, object::expand)
}

/// Makes the functions of an `impl` methods that scripts call, of a type with `#[derive(HostObject)]`.
///
/// Each takes `&self`, then (if it wants) a `&mut Call`, then arguments as a host function does, or `&str`, or `&T` for an object of that type.
/// It gives what becomes a value, a reference to something inside the object or an `Option` of one, or a `Result` of these.
#[proc_macro_attribute]
pub fn methods(attribute: TokenStream, input: TokenStream) -> TokenStream {
    if let Some(token) = proc_macro2::TokenStream::from(attribute).into_iter().next() {
        return syn::Error::new(token.span(), "`methods` takes nothing")
            .into_compile_error()
            .into();
    }
    let written = proc_macro2::TokenStream::from(input.clone());
    let made = syn::parse(input).and_then(|written| methods::expand(&written));
    // With what was written, so that the error is the only one.
    let failed = |error: syn::Error| {
        let error = error.into_compile_error();
        quote::quote!(#written #error)
    };
    made.unwrap_or_else(failed).into()
}

fn expand(
    input: TokenStream,
    make: fn(&shape::Type) -> syn::Result<proc_macro2::TokenStream>,
) -> TokenStream {
    let made = syn::parse(input).and_then(|input| make(&shape::Type::read(&input)?));
    made.unwrap_or_else(syn::Error::into_compile_error).into()
}
