//! Types as what `is` can test.

use super::Compiler;
use crate::ast::{Type, TypeKind};
use crate::bytecode::{BUILTIN_TYPES, Idx, TypeTest};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::{descend, spell};

impl<'a> Compiler<'a> {
    /// A type as something `is` can test; others are reported.
    pub(super) fn type_test(&mut self, ty: &'a Type<'a>) -> Idx {
        let test = self.test_of(ty);
        self.f().type_test(test)
    }

    fn test_of(&mut self, ty: &'a Type<'a>) -> TypeTest {
        match &ty.kind {
            TypeKind::Name(path) => match &path[..] {
                [name] if name.text == "Any" => TypeTest::Any,
                [name]
                    if BUILTIN_TYPES.contains(&name.text)
                        || self.options.scope.object_type(name.text) =>
                {
                    TypeTest::Named(name.text.into())
                }
                _ => {
                    let text = self.source.slice(ty.span).to_owned();
                    self.report(unknown_type(&text, ty.span));
                    TypeTest::Any
                }
            },
            TypeKind::Literal(literal) => TypeTest::Literal(literal.into()),
            TypeKind::Optional(inner) => {
                let inner = descend(inner.height, || self.test_of(inner));
                TypeTest::Union(vec![inner, TypeTest::Named("Null".into())])
            }
            TypeKind::Union(types) => TypeTest::Union(
                types.iter().map(|ty| descend(ty.height, || self.test_of(ty))).collect(),
            ),
            TypeKind::Error => TypeTest::Any,
            _ => {
                self.report(
                    Diagnostic::error("not-yet", ty.span, "types of this form cannot be tested yet")
                        .here("only names of built-in types, literals, `T?` and unions can")
                        .help("test the outer type, and the parts with `all`, as in `xs is Vec and xs.all(|x| x is Int)`"),
                );
                TypeTest::Any
            }
        }
    }
}

fn unknown_type(text: &str, span: Span) -> Diagnostic {
    let finding = Diagnostic::error("not-yet", span, format!("`{text}` is not a built-in type"))
        .here("types of your own cannot be declared yet");
    let habit = match text {
        "String" | "str" | "string" | "Text" => Some("Str"),
        "Integer" | "int" | "i64" | "Number" | "number" => Some("Int"),
        "float" | "Double" | "double" | "f64" => Some("Float"),
        "bool" | "Boolean" | "boolean" => Some("Bool"),
        "List" | "Array" | "list" | "array" | "Tuple" => Some("Vec"),
        "Dict" | "dict" | "Object" | "object" | "HashMap" => Some("Map"),
        "None" | "Nil" | "null" | "nil" => Some("Null"),
        "Function" | "function" | "Closure" | "fn" => Some("Fn"),
        _ => None,
    };
    let near = match habit {
        Some(name) => Some(format!("did you mean `{name}`?")),
        None => spell::did_you_mean(text, BUILTIN_TYPES.iter().copied()),
    };
    match near {
        Some(near) => finding.help(near),
        None => {
            finding.help(format!("the built-in types are {} and Any", BUILTIN_TYPES.join(", ")))
        }
    }
}
