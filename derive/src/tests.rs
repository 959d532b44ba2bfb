//! What the derives say about types that they do not take.

use proc_macro2::TokenStream;
use syn::parse_quote;

use crate::shape::Type;
use crate::{from, into};

/// The message of the error that a type is refused with.
fn message(
    input: &syn::DeriveInput,
    make: fn(&Type) -> syn::Result<TokenStream>,
) -> Option<String> {
    Type::read(input).and_then(|ty| make(&ty)).err().map(|error| error.to_string())
}

#[test]
fn errors_say_what_to_do() {
    for (input, start) in [
        (parse_quote!(union U { a: u8 }), "a union cannot be converted: use a struct or an enum"),
        (
            parse_quote!(
                enum Never {}
            ),
            "an enum without variants is no value: add one",
        ),
        (
            parse_quote!(
                struct S {
                    name: &'static str,
                }
            ),
            "`FromValue` makes owned values: use `String`",
        ),
        (
            parse_quote!(
                #[tansy(rename_all = "kebab")]
                struct S {
                    a: u8,
                }
            ),
            "unknown case; there are `lowercase`",
        ),
        (
            parse_quote!(
                #[tansy(flatten)]
                struct S {
                    a: u8,
                }
            ),
            "a type takes `rename_all",
        ),
        (
            parse_quote!(
                struct S {
                    #[tansy(nmae = "x")]
                    a: u8,
                }
            ),
            "a field takes `rename = ",
        ),
        (
            parse_quote!(
                struct S(#[tansy(default)] u8);
            ),
            "a field without a name takes no attributes",
        ),
        (
            parse_quote!(
                struct S {
                    a: u8,
                    #[tansy(rename = "a")]
                    b: u8,
                }
            ),
            "two fields are called `a` in values",
        ),
        (
            parse_quote!(
                #[tansy(rename_all = "lowercase")]
                enum E {
                    Ab,
                    AB,
                }
            ),
            "two variants are called `ab`",
        ),
        (
            parse_quote!(
                #[tansy(deny_unknown)]
                struct S {
                    #[tansy(flatten)]
                    a: M,
                }
            ),
            "`flatten` and `deny_unknown` exclude",
        ),
        (
            parse_quote!(
                struct S {
                    #[tansy(flatten, skip)]
                    a: M,
                }
            ),
            "a flattened field has no name",
        ),
        (
            parse_quote!(
                #[tansy(default)]
                enum E {
                    A,
                }
            ),
            "`default` on an enum means nothing",
        ),
        (
            parse_quote!(
                enum E {
                    #[tansy(skip)]
                    A,
                }
            ),
            "a variant takes `rename",
        ),
    ] {
        let found = message(&input, from::expand).unwrap_or_default();
        assert!(found.starts_with(start), "{found}");
    }
}

#[test]
fn what_borrows_can_become_a_value() {
    assert_eq!(
        message(
            &parse_quote!(
                struct S<'a> {
                    name: &'a str,
                }
            ),
            into::expand
        ),
        None
    );
}
