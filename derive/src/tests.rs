//! What the derives say about types that they do not take.

use proc_macro2::TokenStream;
use syn::parse_quote;

use crate::shape::Type;
use crate::{from, into, methods, object};

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

#[test]
fn errors_about_objects_say_what_to_do() {
    for (input, start) in [
        (
            parse_quote!(
                struct S(u8);
            ),
            "an object's fields have names",
        ),
        (
            parse_quote!(
                enum E {
                    A,
                }
            ),
            "an enum has no fields of its own",
        ),
        (
            parse_quote!(
                struct S {
                    #[tansy(flatten)]
                    a: M,
                }
            ),
            "an object shows its own fields only",
        ),
        (
            parse_quote!(
                #[tansy(elements = "items")]
                struct S {
                    item: Vec<u8>,
                }
            ),
            "there is no field `items`",
        ),
        (
            parse_quote!(
                struct S<'a> {
                    name: &'a str,
                }
            ),
            "an object borrows nothing",
        ),
    ] {
        let found = message(&input, object::expand).unwrap_or_default();
        assert!(found.starts_with(start), "{found}");
    }
}

#[test]
fn errors_about_methods_say_what_to_do() {
    for (input, start) in [
        (
            parse_quote!(
                impl Clone for S {
                    fn clone(&self) -> S {}
                }
            ),
            "`methods` stands on an `impl` of the type itself",
        ),
        (
            parse_quote!(
                impl S {
                    fn new() -> S {}
                }
            ),
            "a method that scripts call takes `&self`",
        ),
        (
            parse_quote!(
                impl S {
                    fn change(&mut self) {}
                }
            ),
            "a method that scripts call takes `&self`",
        ),
        (
            parse_quote!(
                impl S {
                    fn take(self: Arc<Self>) {}
                }
            ),
            "a method that scripts call takes `&self`",
        ),
        (
            parse_quote!(
                impl S {
                    fn any<T>(&self, t: T) {}
                }
            ),
            "a method that scripts call has no type parameters",
        ),
        (
            parse_quote!(
                impl S {
                    async fn wait(&self) {}
                }
            ),
            "an object's methods give their results at once",
        ),
        (
            parse_quote!(
                impl S {
                    fn change(&self, n: i64, other: &mut S) {}
                }
            ),
            "nothing can be changed through an argument",
        ),
    ] {
        let found = methods::expand(&input).err().map(|error| error.to_string());
        let found = found.unwrap_or_default();
        assert!(found.starts_with(start), "{found}");
    }
}
