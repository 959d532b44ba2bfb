//! `derive(HostObject)`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse_quote;
use syn::spanned::Spanned;

use crate::methods;
use crate::shape::{Body, Kind, Named, Role, Type};

pub(crate) fn expand(ty: &Type) -> syn::Result<TokenStream> {
    let Type { ident, object, .. } = ty;
    let none = Named { fields: Vec::new(), default: false, deny_unknown: false };
    let named = match &ty.kind {
        Kind::Struct(Body::Named(named)) => named,
        Kind::Struct(Body::Unit) => &none,
        Kind::Struct(Body::Tuple(_)) => {
            return Err(syn::Error::new(
                ident.span(),
                "an object's fields have names: give them names, or implement `HostObject` by hand",
            ));
        }
        Kind::Enum(_) => {
            return Err(syn::Error::new(
                ident.span(),
                "an enum has no fields of its own: derive `IntoValue` for it, and show it by `#[tansy(value)]` on the field; or implement `HostObject` by hand",
            ));
        }
    };
    if let Some(lifetime) = ty.generics.lifetimes().next() {
        return Err(syn::Error::new(
            lifetime.span(),
            "an object borrows nothing, since scripts may hold it: let it own its parts, and lend it with `Value::lend`",
        ));
    }
    let (mut keys, mut parts, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for field in &named.fields {
        match &field.role {
            Role::Key(key) => {
                let name = &field.ident;
                keys.push(key.as_str());
                // What is said of a field that cannot be shown is said where its type stands.
                parts.push(match field.value {
                    true => quote_spanned! {field.ty.span()=>
                        ::tansy::Part::from(::tansy::IntoValue::into_value(&self.#name))
                    },
                    false => {
                        quote_spanned! {field.ty.span()=> ::tansy::AsPart::as_part(&self.#name) }
                    }
                });
                shown.push(field);
            }
            Role::Skip => {}
            Role::Flatten => {
                return Err(syn::Error::new(
                    field.ident.span(),
                    "an object shows its own fields only: remove `flatten`",
                ));
            }
        }
    }
    let method = methods::head("method");
    let type_name = object.rename.clone().unwrap_or_else(|| ident.to_string());
    let equals = object.equals.then(|| {
        quote! {
            fn equals(&self, __other: &dyn ::tansy::HostObject) -> bool {
                let __other: &dyn ::core::any::Any = __other;
                __other.downcast_ref::<Self>().is_some_and(|__other| *self == *__other)
            }
        }
    });
    let display = object.display.then(|| {
        quote! {
            fn display(&self, __out: &mut dyn ::core::fmt::Write) -> ::core::fmt::Result {
                ::core::write!(__out, "{self}")
            }
        }
    });
    let elements = match &object.elements {
        None => None,
        Some(name) if named.fields.iter().any(|field| field.ident == *name) => Some(quote! {
            fn length(&self) -> ::core::option::Option<usize> {
                ::core::option::Option::Some(self.#name.len())
            }

            fn element(&self, __index: usize) -> ::core::option::Option<::tansy::Part<'_>> {
                self.#name.get(__index).map(::tansy::AsPart::as_part)
            }
        }),
        Some(name) => {
            return Err(syn::Error::new(name.span(), format!("there is no field `{name}`")));
        }
    };
    let mut generics = ty.generics.clone();
    for parameter in ty.generics.type_params() {
        let name = &parameter.ident;
        let bounds = &mut generics.make_where_clause().predicates;
        bounds.push(parse_quote!(#name: ::core::marker::Send + ::core::marker::Sync + 'static));
        for field in shown.iter().filter(|field| mentions(&field.ty, name)) {
            let ty = &field.ty;
            bounds.push(match field.value {
                true => parse_quote!(for<'__value> &'__value #ty: ::tansy::IntoValue),
                false => parse_quote!(#name: ::tansy::AsPart),
            });
        }
    }
    let (parameters, _, bounds) = generics.split_for_impl();
    let (_, arguments, _) = ty.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #parameters ::tansy::HostObject for #ident #arguments #bounds {
            fn type_name(&self) -> &'static str {
                #type_name
            }

            fn fields(&self) -> &'static [&'static str] {
                &[#(#keys),*]
            }

            fn field(&self, __name: &str) -> ::core::option::Option<::tansy::Part<'_>> {
                match __name {
                    #(#keys => ::core::option::Option::Some(#parts),)*
                    _ => ::core::option::Option::None,
                }
            }

            fn methods(&self) -> &'static [&'static str] {
                #[allow(unused_imports, reason = "if it has methods")]
                use ::tansy::__private::methods::NoMethods as _;
                Self::__METHODS
            }

            #method {
                #[allow(unused_imports, reason = "if it has methods")]
                use ::tansy::__private::methods::NoMethods as _;
                self.__method(__name, __call)
            }

            #equals
            #display
            #elements
        }
    })
}

/// Whether a type mentions a parameter.
fn mentions(ty: &syn::Type, parameter: &Ident) -> bool {
    fn among(tokens: TokenStream, parameter: &Ident) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == *parameter,
            TokenTree::Group(group) => among(group.stream(), parameter),
            _ => false,
        })
    }
    among(ty.to_token_stream(), parameter)
}
