//! What a derive knows of a type: its fields and variants with the names they have in values.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Generics};

use crate::attributes::{self, Container, Fallback, Object};
use crate::case::Case;

/// A struct or an enum.
pub(crate) struct Type {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) kind: Kind,
    pub(crate) object: Object,
}

pub(crate) enum Kind {
    Struct(Body),
    Enum(Vec<Variant>),
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) name: String,
    pub(crate) body: Body,
}

/// What a struct or variant consists of.
pub(crate) enum Body {
    Unit,
    Tuple(Vec<syn::Type>),
    Named(Named),
}

/// Named fields.
pub(crate) struct Named {
    pub(crate) fields: Vec<Field>,
    /// Missing fields come from the type's `Default`.
    pub(crate) default: bool,
    pub(crate) deny_unknown: bool,
}

pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: syn::Type,
    pub(crate) role: Role,
    pub(crate) default: Option<Fallback>,
    /// An object shows it as a value.
    pub(crate) value: bool,
}

/// How a field stands in the map.
pub(crate) enum Role {
    /// Under this key.
    Key(String),
    Skip,
    Flatten,
}

impl Type {
    pub(crate) fn read(input: &DeriveInput) -> syn::Result<Type> {
        let container = Container::read(&input.attrs, false)?;
        let kind = match &input.data {
            Data::Struct(data) => Kind::Struct(Body::read(&data.fields, &container)?),
            Data::Enum(data) => {
                if container.default {
                    return Err(syn::Error::new(
                        input.ident.span(),
                        "`default` on an enum means nothing: put it on fields",
                    ));
                }
                if data.variants.is_empty() {
                    return Err(syn::Error::new(
                        input.ident.span(),
                        "an enum without variants is no value: add one",
                    ));
                }
                let read = |variant| Variant::read(variant, container.rename_all);
                let variants = data.variants.iter().map(read).collect::<syn::Result<Vec<_>>>()?;
                let names = variants.iter().map(|v| (v.name.as_str(), v.ident.span()));
                distinct(names, "variants")?;
                Kind::Enum(variants)
            }
            Data::Union(data) => {
                return Err(syn::Error::new(
                    data.union_token.span,
                    "a union cannot be converted: use a struct or an enum",
                ));
            }
        };
        let (ident, generics) = (input.ident.clone(), input.generics.clone());
        Ok(Type { ident, generics, kind, object: container.object })
    }
}

impl Variant {
    fn read(variant: &syn::Variant, case: Option<Case>) -> syn::Result<Variant> {
        let container = Container::read(&variant.attrs, true)?;
        let written = plain(&variant.ident);
        let cased = || case.map_or(written.clone(), |case| case.variant(&written));
        let name = container.rename.clone().unwrap_or_else(cased);
        let body = Body::read(&variant.fields, &container)?;
        Ok(Variant { ident: variant.ident.clone(), name, body })
    }
}

impl Body {
    fn read(fields: &Fields, container: &Container) -> syn::Result<Body> {
        match fields {
            Fields::Named(named) => Named::read(named, container).map(Body::Named),
            Fields::Unnamed(unnamed) => {
                for field in &unnamed.unnamed {
                    let ours = field.attrs.iter().find(|a| a.path().is_ident("tansy"));
                    if let Some(attribute) = ours {
                        return Err(syn::Error::new_spanned(
                            attribute,
                            "a field without a name takes no attributes: give the fields names",
                        ));
                    }
                }
                Ok(Body::Tuple(unnamed.unnamed.iter().map(|field| field.ty.clone()).collect()))
            }
            Fields::Unit => Ok(Body::Unit),
        }
    }
}

impl Named {
    fn read(named: &syn::FieldsNamed, container: &Container) -> syn::Result<Named> {
        let mut fields = Vec::new();
        for field in &named.named {
            let Some(ident) = &field.ident else { continue };
            let read = attributes::Field::read(&field.attrs)?;
            let written = plain(ident);
            let cased = container.rename_all.map_or(written.clone(), |case| case.field(&written));
            let role = match (read.skip, read.flatten) {
                (true, _) => Role::Skip,
                (_, Some(span)) if container.deny_unknown.is_some() => {
                    return Err(syn::Error::new(
                        span,
                        "`flatten` and `deny_unknown` exclude each other: what is left goes into the flattened field",
                    ));
                }
                (_, Some(_)) => Role::Flatten,
                _ => Role::Key(read.rename.unwrap_or(cased)),
            };
            let (ident, ty) = (ident.clone(), field.ty.clone());
            fields.push(Field { ident, ty, role, default: read.default, value: read.value });
        }
        let keys = fields.iter().filter_map(|field| match &field.role {
            Role::Key(key) => Some((key.as_str(), field.ident.span())),
            _ => None,
        });
        distinct(keys, "fields")?;
        let deny_unknown = container.deny_unknown.is_some();
        Ok(Named { fields, default: container.default, deny_unknown })
    }

    /// The keys of the fields.
    pub(crate) fn keys(&self) -> Vec<&str> {
        let keys = self.fields.iter().filter_map(|field| match &field.role {
            Role::Key(key) => Some(key.as_str()),
            _ => None,
        });
        keys.collect()
    }
}

/// Refuses two fields, or variants, of one name.
fn distinct<'a>(names: impl Iterator<Item = (&'a str, Span)>, what: &str) -> syn::Result<()> {
    let mut known: Vec<&str> = Vec::new();
    for (name, span) in names {
        if known.contains(&name) {
            return Err(syn::Error::new(
                span,
                format!("two {what} are called `{name}` in values: rename one"),
            ));
        }
        known.push(name);
    }
    Ok(())
}

/// A name without the `r#` of one that is a keyword.
pub(crate) fn plain(ident: &Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map_or(text.clone(), str::to_owned)
}

/// Refuses references: a value does not lend its parts to a `FromValue`.
pub(crate) fn owned(ty: &syn::Type) -> syn::Result<()> {
    match ty {
        syn::Type::Reference(reference) => {
            let inner = reference.elem.to_token_stream().to_string();
            let instead = if inner == "str" { "String" } else { inner.as_str() };
            Err(syn::Error::new(
                ty.span(),
                format!(
                    "`FromValue` makes owned values: use `{instead}`, or serde's `Deserialize`, which can borrow"
                ),
            ))
        }
        _ => Ok(()),
    }
}
