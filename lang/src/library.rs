//! What the compiler may know of the names that are in scope without being declared: built-in functions, modules and methods.
//!
//! The tables are made by whoever owns the builtins (the standard library, the host); the compiler uses them to resolve
//! names, order named arguments, report unknown names with the nearest ones, and notice results thrown away.

use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The shape of a native function's parameter list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Signature {
    /// In order.
    pub parameters: Vec<Parameter>,
    /// The last parameter takes any number of arguments.
    pub rest: bool,
    /// As shown to people: `pad(text, width, fill = " ")`. That of a program's function is in its source.
    pub text: String,
    /// It has no effect but its result (everything but `print`, what needs a grant, and what the host says).
    pub pure: bool,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: SmolStr,
    /// May be left out.
    pub optional: bool,
}

/// A member of a module.
#[derive(Debug, Clone, PartialEq)]
pub enum Member {
    /// `math.sqrt`
    Function(Signature),
    /// `math.pi`
    Constant,
}

/// A method of a type.
#[derive(Debug, Clone, PartialEq)]
pub struct Method {
    /// The type it belongs to: `Vec`.
    pub receiver: &'static str,
    /// Without the receiver.
    pub signature: Signature,
}

/// Everything in scope without a declaration. Each part is made when it is first looked at: few programs need them all.
pub struct Library {
    /// `print`, `min`.
    pub functions: Part<Signature>,
    /// `math` → `sqrt`, `pi`.
    pub modules: Part<BTreeMap<SmolStr, Member>>,
    /// `push` → its versions by type.
    pub methods: Part<Vec<Method>>,
}

/// A part of a [`Library`], by name.
pub type Part<T> = LazyLock<BTreeMap<SmolStr, T>, Box<dyn FnOnce() -> BTreeMap<SmolStr, T> + Send>>;

impl Library {
    /// A library whose parts are made by these functions, each called at most once.
    pub fn lazy(
        functions: impl FnOnce() -> BTreeMap<SmolStr, Signature> + Send + 'static,
        modules: impl FnOnce() -> BTreeMap<SmolStr, BTreeMap<SmolStr, Member>> + Send + 'static,
        methods: impl FnOnce() -> BTreeMap<SmolStr, Vec<Method>> + Send + 'static,
    ) -> Library {
        Library {
            functions: LazyLock::new(Box::new(functions)),
            modules: LazyLock::new(Box::new(modules)),
            methods: LazyLock::new(Box::new(methods)),
        }
    }
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").finish_non_exhaustive()
    }
}

/// What a host adds to the library, or withholds of it.
#[derive(Debug, Clone, Default)]
pub struct Host {
    /// Functions in scope by name; they hide those of the library.
    pub functions: BTreeMap<SmolStr, Signature>,
    /// Modules; they hide those of the library.
    pub modules: BTreeMap<SmolStr, BTreeMap<SmolStr, Member>>,
    /// The modules of the library that may be used, if not all.
    pub only: Option<BTreeSet<SmolStr>>,
    /// The names of types of objects.
    pub types: BTreeSet<SmolStr>,
}

/// The names that the programs of one engine may use: those of the library, and of its host.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    library: &'a Library,
    host: Option<&'a Host>,
}

impl<'a> From<&'a Library> for Scope<'a> {
    fn from(library: &'a Library) -> Scope<'a> {
        Scope { library, host: None }
    }
}

impl<'a> Scope<'a> {
    /// The library as a host shows it.
    pub fn new(library: &'a Library, host: &'a Host) -> Scope<'a> {
        Scope { library, host: Some(host) }
    }

    /// A function by its name.
    pub fn function(&self, name: &str) -> Option<&'a Signature> {
        let host = self.host.and_then(|h| h.functions.get(name));
        host.or_else(|| self.library.functions.get(name))
    }

    /// A module by its name.
    pub fn module(&self, name: &str) -> Option<&'a BTreeMap<SmolStr, Member>> {
        let host = self.host.and_then(|h| h.modules.get(name));
        host.or_else(|| self.library.modules.get(name).filter(|_| !self.withholds(name)))
    }

    /// The first module that has such a member.
    pub fn module_with(&self, member: &str) -> Option<&'a SmolStr> {
        let host = self.host.into_iter().flat_map(|h| &h.modules);
        let library = self.library.modules.iter().filter(|(name, _)| !self.withholds(name));
        host.chain(library).find(|(_, members)| members.contains_key(member)).map(|(name, _)| name)
    }

    /// The versions of a method, by type.
    pub fn methods(&self, name: &str) -> Option<&'a Vec<Method>> {
        self.library.methods.get(name)
    }

    /// Whether this is the name of a type of the host's objects.
    pub fn object_type(&self, name: &str) -> bool {
        self.host.is_some_and(|h| h.types.contains(name))
    }

    /// Whether this is a module of the library that the host does not offer.
    pub fn withholds(&self, module: &str) -> bool {
        let only = self.host.and_then(|h| h.only.as_ref());
        only.is_some_and(|o| !o.contains(module) && self.library.modules.contains_key(module))
    }

    /// The names of all functions and modules.
    pub fn names(&self) -> impl Iterator<Item = &'a SmolStr> {
        let scope = *self;
        let host = scope.host.into_iter();
        let host = host.flat_map(|h| h.functions.keys().chain(h.modules.keys()));
        let offered = scope.library.modules.keys().filter(move |m| !scope.withholds(m));
        host.chain(scope.library.functions.keys()).chain(offered)
    }
}
