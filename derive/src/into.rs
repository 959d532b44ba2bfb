//! `derive(IntoValue)`, for a type and for references to it.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Lifetime, parse_quote};

use crate::shape::{Body, Kind, Named, Role, Type};

pub(crate) fn expand(ty: &Type) -> syn::Result<TokenStream> {
    let ident = &ty.ident;
    let body = match &ty.kind {
        Kind::Struct(body) => {
            let (pattern, made) = write(body);
            quote! {
                let #ident #pattern = self;
                #made
            }
        }
        Kind::Enum(variants) => {
            let arms = variants.iter().map(|variant| {
                let (variant_ident, name) = (&variant.ident, &variant.name);
                let (pattern, made) = write(&variant.body);
                let made = match variant.body {
                    Body::Unit => quote!(::tansy::Value::str(#name)),
                    _ => quote!(::tansy::__private::tagged(#name, { #made })),
                };
                quote!(#ident::#variant_ident #pattern => #made)
            });
            quote!(match self { #(#arms),* })
        }
    };
    let (_, arguments, _) = ty.generics.split_for_impl();

    let mut by_value = ty.generics.clone();
    let mut by_reference = ty.generics.clone();
    let lifetime: Lifetime = parse_quote!('__value);
    for parameter in ty.generics.type_params() {
        let name = &parameter.ident;
        let bounds = &mut by_value.make_where_clause().predicates;
        bounds.push(parse_quote!(#name: ::tansy::IntoValue));
        let bounds = &mut by_reference.make_where_clause().predicates;
        bounds.push(parse_quote!(&#lifetime #name: ::tansy::IntoValue));
    }
    by_reference.params.insert(0, parse_quote!(#lifetime));
    let (parameters, _, bounds) = by_value.split_for_impl();
    let (reference_parameters, _, reference_bounds) = by_reference.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #parameters ::tansy::IntoValue for #ident #arguments #bounds {
            fn into_value(self) -> ::tansy::Value {
                #body
            }
        }

        #[automatically_derived]
        impl #reference_parameters ::tansy::IntoValue for &#lifetime #ident #arguments
        #reference_bounds
        {
            fn into_value(self) -> ::tansy::Value {
                #body
            }
        }
    })
}

/// What takes a struct or variant apart, and the value of the parts.
fn write(body: &Body) -> (TokenStream, TokenStream) {
    match body {
        Body::Unit => (quote!(), quote!(::tansy::Value::NULL)),
        Body::Tuple(types) => {
            let names: Vec<Ident> = (0..types.len()).map(|i| format_ident!("__{i}")).collect();
            let pattern = quote!((#(#names),*));
            let values = names.iter().map(|name| quote!(::tansy::IntoValue::into_value(#name)));
            let made = match types.len() {
                1 => quote!(#(#values)*),
                _ => quote!(::tansy::__private::vec([#(#values),*])),
            };
            (pattern, made)
        }
        Body::Named(named) => self::named(named),
    }
}

fn named(named: &Named) -> (TokenStream, TokenStream) {
    let patterns = named.fields.iter().enumerate().filter_map(|(at, field)| {
        let (ident, name) = (&field.ident, format_ident!("__{at}"));
        (!matches!(field.role, Role::Skip)).then(|| quote!(#ident: #name))
    });
    let pattern = quote!({ #(#patterns,)* .. });
    let mut keys: Vec<(&str, Ident)> = Vec::new();
    let mut flattened: Vec<Ident> = Vec::new();
    for (at, field) in named.fields.iter().enumerate() {
        let name = format_ident!("__{at}");
        match &field.role {
            Role::Key(key) => keys.push((key, name)),
            Role::Flatten => flattened.push(name),
            Role::Skip => {}
        }
    }
    // In key order, so that nothing is sorted when the program runs.
    keys.sort();
    let (keys, names): (Vec<&str>, Vec<Ident>) = keys.into_iter().unzip();
    let statics = names_of(&keys);
    let places = 0..keys.len();
    let record = quote! {{
        #statics
        ::tansy::__private::record(::std::vec![
            #((__NAMES[#places].key(), ::tansy::IntoValue::into_value(#names))),*
        ])
    }};
    let made = if flattened.is_empty() {
        record
    } else {
        let values = flattened.iter().map(|name| quote!(::tansy::IntoValue::into_value(#name)));
        quote!(::tansy::__private::flatten(#record, [#(#values),*]))
    };
    (pattern, made)
}

/// The names of fields, as keys.
pub(crate) fn names_of(keys: &[&str]) -> TokenStream {
    let len = keys.len();
    quote! {
        #[allow(dead_code)]
        static __NAMES: [::tansy::__private::Name; #len] =
            [#(::tansy::__private::Name::new(#keys)),*];
    }
}
