//! `#[methods]`: the functions of an `impl` as methods of an object.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    FnArg, GenericArgument, GenericParam, ImplItem, ItemImpl, Pat, PathArguments, ReturnType, Type,
};

use crate::shape::plain;

pub(crate) fn expand(written: &ItemImpl) -> syn::Result<TokenStream> {
    if let Some((_, path, _)) = &written.trait_ {
        return Err(syn::Error::new(
            path.span(),
            "`methods` stands on an `impl` of the type itself, not of a trait",
        ));
    }
    let mut names = Vec::new();
    let mut arms = Vec::new();
    for item in &written.items {
        if let ImplItem::Fn(function) = item {
            let name = plain(&function.sig.ident);
            let arm = arm(&function.sig)?;
            // What is not there is no method.
            let only = function.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
            let only: Vec<_> = only.collect();
            names.push(quote!(#(#only)* #name));
            arms.push(quote!(#(#only)* #name => { #arm }));
        }
    }
    let (parameters, _, bounds) = written.generics.split_for_impl();
    let (ty, head) = (&written.self_ty, head("__method"));
    Ok(quote! {
        #written

        #[automatically_derived]
        #[doc(hidden)]
        #[allow(deprecated, clippy::all, clippy::pedantic, reason = "scripts may go on, and nobody wrote this")]
        impl #parameters #ty #bounds {
            pub(crate) const __METHODS: &'static [&'static str] = &[#(#names),*];

            pub(crate) #head {
                ::core::option::Option::Some(match __name {
                    #(#arms)*
                    _ => return ::core::option::Option::None,
                })
            }
        }
    })
}

/// The head of a function that calls a method by its name.
pub(crate) fn head(name: &str) -> TokenStream {
    let name = format_ident!("{name}");
    quote! {
        fn #name(&self, __name: &str, __call: &mut ::tansy::Call<'_, '_>) -> ::core::option::Option<
            ::core::result::Result<::tansy::Part<'_>, ::tansy::Fault>,
        >
    }
}

/// The call of a method.
fn arm(signature: &syn::Signature) -> syn::Result<TokenStream> {
    let ident = &signature.ident;
    if let Some(asynchronous) = &signature.asyncness {
        return Err(syn::Error::new(
            asynchronous.span(),
            "an object's methods give their results at once: functions of the host may be `async`",
        ));
    }
    if signature.generics.params.iter().any(|p| !matches!(p, GenericParam::Lifetime(_))) {
        return Err(syn::Error::new(
            signature.generics.span(),
            "a method that scripts call has no type parameters",
        ));
    }
    let mut inputs = signature.inputs.iter();
    match inputs.next() {
        Some(FnArg::Receiver(receiver)) if is_shared(receiver) => {}
        _ => {
            return Err(syn::Error::new(
                signature.span(),
                "a method that scripts call takes `&self`; what takes something else stands in another `impl`",
            ));
        }
    }
    let mut call = None;
    let (mut names, mut types, mut given) = (Vec::new(), Vec::new(), Vec::new());
    // Objects are looked at where they are.
    let mut objects = Vec::new();
    for (place, input) in inputs.enumerate() {
        let FnArg::Typed(input) = input else { continue };
        let variable = format_ident!("__{}", names.len(), span = input.span());
        let name = match &*input.pat {
            Pat::Ident(pattern) => plain(&pattern.ident).trim_start_matches('_').to_owned(),
            _ => format!("argument{}", names.len() + 1),
        };
        match &*input.ty {
            Type::Reference(reference) if reference.mutability.is_some() => {
                if place > 0 {
                    return Err(syn::Error::new(
                        input.ty.span(),
                        "nothing can be changed through an argument: `&mut Call` comes first, and objects as `&T`",
                    ));
                }
                call = Some(quote!(__call,));
                continue;
            }
            Type::Reference(reference) => match &*reference.elem {
                Type::Path(path) if path.path.is_ident("str") => {
                    types.push(quote!(::std::string::String));
                    given.push((variable.clone(), quote!(&#variable)));
                }
                object => {
                    types.push(quote!(::tansy::Value));
                    given.push((variable.clone(), quote!(#variable)));
                    objects.push((object, name.clone(), variable));
                }
            },
            ty => {
                types.push(quote!(#ty));
                given.push((variable.clone(), quote!(#variable)));
            }
        }
        names.push(name);
    }
    let name = plain(ident);
    let shown = match &signature.output {
        ReturnType::Default => quote!(__given),
        ReturnType::Type(_, ty) => part(ty, &quote!(__given)).unwrap_or(quote!(__given)),
    };
    let (variables, passed): (Vec<Ident>, Vec<TokenStream>) = given.into_iter().unzip();
    let mut body = quote_spanned! {ident.span()=> {
        let __given = self.#ident(#call #(#passed),*);
        ::tansy::__private::methods::IntoPart::into_part(#shown)
    }};
    for (object, parameter, variable) in objects.into_iter().rev() {
        body = quote! {
            ::tansy::__private::methods::with(&#variable, #name, #parameter, |#variable: &#object| #body)
        };
    }
    Ok(quote! {
        match ::tansy::__private::methods::arguments::<(#(#types,)*)>(__call, #name, &[#(#names),*]) {
            ::core::result::Result::Ok((#(#variables,)*)) => #body,
            ::core::result::Result::Err(__fault) => ::core::result::Result::Err(__fault),
        }
    })
}

/// Whether this is `&self`.
fn is_shared(receiver: &syn::Receiver) -> bool {
    receiver.reference.is_some() && receiver.mutability.is_none() && receiver.colon_token.is_none()
}

/// What makes a part of a reference, or of an `Option` or `Result` of one; none for other types.
fn part(ty: &Type, given: &TokenStream) -> Option<TokenStream> {
    let path = match ty {
        Type::Reference(_) => return Some(quote!(::tansy::AsPart::as_part(#given))),
        Type::Path(path) => path.path.segments.last()?,
        _ => return None,
    };
    let PathArguments::AngleBracketed(arguments) = &path.arguments else { return None };
    let Some(GenericArgument::Type(first)) = arguments.args.first() else { return None };
    if path.ident != "Option" && path.ident != "Result" {
        return None;
    }
    let inner = part(first, &quote!(__given))?;
    Some(quote!(#given.map(|__given| #inner)))
}
