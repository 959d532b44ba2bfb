//! `#[tansy(…)]`: what is said about a type, a variant or a field.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, LitStr, Path};

use crate::case::Case;

/// Where the value of a missing field comes from.
#[derive(Clone)]
pub(crate) enum Fallback {
    /// `default`
    Type,
    /// `default = "path"`
    Function(Path),
}

/// What stands on a type or a variant.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) rename: Option<String>,
    pub(crate) rename_all: Option<Case>,
    pub(crate) default: bool,
    pub(crate) deny_unknown: Option<proc_macro2::Span>,
    pub(crate) object: Object,
}

/// What only `HostObject` looks at.
#[derive(Default)]
pub(crate) struct Object {
    /// The name of the type.
    pub(crate) rename: Option<String>,
    pub(crate) equals: bool,
    pub(crate) display: bool,
    /// The field with the elements.
    pub(crate) elements: Option<syn::Ident>,
}

/// What stands on a field.
#[derive(Default)]
pub(crate) struct Field {
    pub(crate) rename: Option<String>,
    pub(crate) default: Option<Fallback>,
    pub(crate) skip: bool,
    pub(crate) flatten: Option<proc_macro2::Span>,
    /// An object shows it as a value.
    pub(crate) value: bool,
}

impl Container {
    pub(crate) fn read(attributes: &[Attribute], is_variant: bool) -> syn::Result<Container> {
        let mut read = Container::default();
        each(attributes, |meta| {
            if meta.path.is_ident("rename_all") {
                let name: LitStr = meta.value()?.parse()?;
                let unknown = || {
                    let known = Case::names();
                    syn::Error::new(name.span(), format!("unknown case; there are {known}"))
                };
                read.rename_all = Some(Case::named(&name.value()).ok_or_else(unknown)?);
            } else if meta.path.is_ident("rename") && is_variant {
                read.rename = Some(text(&meta)?);
            } else if meta.path.is_ident("default") && !is_variant {
                read.default = true;
            } else if meta.path.is_ident("rename") {
                read.object.rename = Some(text(&meta)?);
            } else if meta.path.is_ident("equals") && !is_variant {
                read.object.equals = true;
            } else if meta.path.is_ident("display") && !is_variant {
                read.object.display = true;
            } else if meta.path.is_ident("elements") && !is_variant {
                let name: LitStr = meta.value()?.parse()?;
                read.object.elements = Some(name.parse()?);
            } else if meta.path.is_ident("deny_unknown") {
                read.deny_unknown = Some(syn::spanned::Spanned::span(&meta.path));
            } else if is_variant {
                return Err(meta.error(
                    "a variant takes `rename = \"…\"`, `rename_all = \"…\"` and `deny_unknown`",
                ));
            } else {
                return Err(meta.error(
                    "a type takes `rename_all = \"…\"`, `default` and `deny_unknown`, and as an object `rename = \"…\"`, `equals`, `display` and `elements = \"…\"`; `skip` and `flatten` stand on fields",
                ));
            }
            Ok(())
        })?;
        Ok(read)
    }
}

impl Field {
    pub(crate) fn read(attributes: &[Attribute]) -> syn::Result<Field> {
        let mut read = Field::default();
        each(attributes, |meta| {
            if meta.path.is_ident("rename") {
                read.rename = Some(text(&meta)?);
            } else if meta.path.is_ident("default") {
                read.default = Some(if meta.input.peek(syn::Token![=]) {
                    let path: LitStr = meta.value()?.parse()?;
                    Fallback::Function(path.parse_with(Path::parse_mod_style)?)
                } else {
                    Fallback::Type
                });
            } else if meta.path.is_ident("skip") {
                read.skip = true;
            } else if meta.path.is_ident("value") {
                read.value = true;
            } else if meta.path.is_ident("flatten") {
                read.flatten = Some(syn::spanned::Spanned::span(&meta.path));
            } else {
                return Err(meta.error(
                    "a field takes `rename = \"…\"`, `default`, `default = \"path\"`, `skip` and `flatten`, and of an object `value`",
                ));
            }
            Ok(())
        })?;
        if let Some(span) = read.flatten
            && (read.rename.is_some() || read.default.is_some() || read.skip)
        {
            return Err(syn::Error::new(
                span,
                "a flattened field has no name and no default of its own: remove the other attributes",
            ));
        }
        Ok(read)
    }
}

fn each(
    attributes: &[Attribute],
    mut read: impl FnMut(ParseNestedMeta<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    let ours = attributes.iter().filter(|attribute| attribute.path().is_ident("tansy"));
    ours.into_iter().try_for_each(|attribute| attribute.parse_nested_meta(&mut read))
}

fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<String> {
    Ok(meta.value()?.parse::<LitStr>()?.value())
}
