//! `derive(HostObject)`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

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
                "an enum has no fields of its own: derive `IntoValue` for it, or implement `HostObject` by hand",
            ));
        }
    };
    let mut fields = Vec::new();
    for field in &named.fields {
        match &field.role {
            Role::Key(key) => fields.push((key.as_str(), &field.ident)),
            Role::Skip => {}
            Role::Flatten => {
                return Err(syn::Error::new(
                    field.ident.span(),
                    "an object shows its own fields only: remove `flatten`",
                ));
            }
        }
    }
    let (keys, idents): (Vec<&str>, Vec<_>) = fields.into_iter().unzip();
    let type_name = object.rename.clone().unwrap_or_else(|| ident.to_string());
    let methods = object.methods.then(|| {
        quote! {
            fn methods(&self) -> &'static [&'static str] {
                Self::__METHODS
            }

            fn method(
                &self,
                __name: &str,
                __call: &mut ::tansy::Call<'_, '_>,
            ) -> ::core::option::Option<
                ::core::result::Result<::tansy::Part<'_>, ::tansy::Fault>,
            > {
                self.__method(__name, __call)
            }
        }
    });
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
        generics.make_where_clause().predicates.push(parse_quote!(
            #name: ::tansy::AsPart + ::core::marker::Send + ::core::marker::Sync + 'static
        ));
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
                    #(#keys => ::core::option::Option::Some(
                        ::tansy::AsPart::as_part(&self.#idents)
                    ),)*
                    _ => ::core::option::Option::None,
                }
            }

            #methods
            #equals
            #display
            #elements
        }
    })
}
