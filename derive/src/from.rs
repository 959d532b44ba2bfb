//! `derive(FromValue)`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

use crate::attributes::Fallback;
use crate::into::names_of;
use crate::shape::{Body, Field, Kind, Named, Role, Type, Variant, owned};

pub(crate) fn expand(ty: &Type) -> syn::Result<TokenStream> {
    let body = match &ty.kind {
        Kind::Struct(body) => read(body, &quote!(Self))?,
        Kind::Enum(variants) => choose(variants)?,
    };
    let mut generics = ty.generics.clone();
    for parameter in ty.generics.type_params() {
        let name = &parameter.ident;
        generics.make_where_clause().predicates.push(parse_quote!(#name: ::tansy::FromValue));
    }
    let (parameters, _, bounds) = generics.split_for_impl();
    let (_, arguments, _) = ty.generics.split_for_impl();
    let ident = &ty.ident;
    Ok(quote! {
        #[automatically_derived]
        impl #parameters ::tansy::FromValue for #ident #arguments #bounds {
            fn from_value(
                __value: &::tansy::Value,
            ) -> ::core::result::Result<Self, ::tansy::ConvertError> {
                ::tansy::__private::nested(|| { #body })
            }
        }
    })
}

/// Reads `__value` as a struct or the content of a variant, made by `constructor`.
fn read(body: &Body, constructor: &TokenStream) -> syn::Result<TokenStream> {
    let ok = quote!(::core::result::Result::Ok);
    Ok(match body {
        Body::Unit => quote! {
            ::tansy::__private::null(__value)?;
            #ok(#constructor)
        },
        Body::Tuple(types) => {
            types.iter().try_for_each(owned)?;
            if let [_] = types.as_slice() {
                quote!(#ok(#constructor(::tansy::FromValue::from_value(__value)?)))
            } else {
                let len = types.len();
                let items = 0..len;
                quote! {
                    let __items = ::tansy::__private::items(__value, #len)?;
                    #ok(#constructor(#(::tansy::__private::item(__items, #items)?),*))
                }
            }
        }
        Body::Named(named) => self::named(named, constructor)?,
    })
}

fn named(named: &Named, constructor: &TokenStream) -> syn::Result<TokenStream> {
    let mut keys = named.keys();
    keys.sort();
    let names = names_of(&keys);
    let declared = named.keys();
    let deny = named
        .deny_unknown
        .then(|| quote!(::tansy::__private::deny_unknown(__map, &[#(#declared),*])?;));
    let base = named
        .default
        .then(|| quote!(let __default = <Self as ::core::default::Default>::default();));
    let fields = named.fields.iter().map(|field| self::field(field, named, &keys));
    let fields = fields.collect::<syn::Result<Vec<_>>>()?;
    Ok(quote! {
        #names
        let __map = ::tansy::__private::map(__value)?;
        #deny
        #base
        ::core::result::Result::Ok(#constructor { #(#fields),* })
    })
}

/// A field as it stands in the constructor; `keys` are those of all fields, in order.
fn field(field: &Field, named: &Named, keys: &[&str]) -> syn::Result<TokenStream> {
    let ident = &field.ident;
    let fallback = match &field.default {
        Some(Fallback::Type) => Some(quote!(::core::default::Default::default())),
        Some(Fallback::Function(path)) => Some(quote!(#path())),
        None if named.default => Some(quote!(__default.#ident)),
        None => None,
    };
    let value = match &field.role {
        Role::Skip => fallback.unwrap_or_else(|| quote!(::core::default::Default::default())),
        Role::Flatten => {
            owned(&field.ty)?;
            quote!(::tansy::__private::rest(__map, &[#(#keys),*])?)
        }
        Role::Key(key) => {
            owned(&field.ty)?;
            let at = keys.iter().position(|known| known == key).unwrap_or_default();
            let place = at as u32;
            match fallback {
                None => quote!(::tansy::__private::field(__map, &__NAMES[#at], #place)?),
                Some(fallback) => quote! {
                    match ::tansy::__private::optional(__map, &__NAMES[#at], #place)? {
                        ::core::option::Option::Some(__given) => __given,
                        ::core::option::Option::None => #fallback,
                    }
                },
            }
        }
    };
    Ok(quote!(#ident: #value))
}

/// Reads `__value` as one of these variants.
fn choose(variants: &[Variant]) -> syn::Result<TokenStream> {
    let names: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
    let arms = variants.iter().map(|variant| {
        let (ident, name) = (&variant.ident, &variant.name);
        let constructor = quote!(Self::#ident);
        if let Body::Unit = variant.body {
            return Ok(quote! {
                #name => {
                    ::tansy::__private::no_content(#name, __content)?;
                    ::core::result::Result::Ok(#constructor)
                }
            });
        }
        let body = read(&variant.body, &constructor)?;
        Ok(quote! {
            #name => ::tansy::__private::content(__value, #name, __content, |__value| { #body })
        })
    });
    let arms = arms.collect::<syn::Result<Vec<_>>>()?;
    Ok(quote! {
        const __VARIANTS: &[&str] = &[#(#names),*];
        let (__name, __content) = ::tansy::__private::variant(__value, __VARIANTS)?;
        match __name {
            #(#arms,)*
            _ => ::core::result::Result::Err(
                ::tansy::ConvertError::unknown_variant(__name, __VARIANTS)
            ),
        }
    })
}
