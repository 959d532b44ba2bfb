//! `#[derive(FromValue, IntoValue)]`: how a Rust type and a value become each other, written by the compiler.
//!
//! What the derives make is what serde would: structs are maps with the names of their fields, tuple structs vectors, a struct of one
//! unnamed field that field, unit structs null; unit variants are strings and all other variants maps of one binding. Invariant: the
//! code they make mentions nothing but absolute paths under `::tansy` and `::core`.

#![forbid(unsafe_code)]

mod attributes;
mod case;
mod from;
mod into;
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

fn expand(
    input: TokenStream,
    make: fn(&shape::Type) -> syn::Result<proc_macro2::TokenStream>,
) -> TokenStream {
    let made = syn::parse(input).and_then(|input| make(&shape::Type::read(&input)?));
    made.unwrap_or_else(syn::Error::into_compile_error).into()
}
