//! The engine: compiles programs, with the library, what the host adds, and limits.
//!
//! Everything here is `Send + Sync`; a run needs only `&Program`.

use crate::code::{LoadedRef, Loading, Shares};
use crate::convert::FromValue;
use crate::error::{CompileError, Error};
use crate::grants::Grants;
use crate::host::HostTable;
use crate::limits::Limits;
use crate::link::Linker;
use crate::native::{Native, NativeBody, Printer, Registry, Script};
use crate::program::{Function, Program, stdout};
use crate::value::{Kind, Value};
use crate::vm::Setup;
use std::fmt;
use std::sync::Arc;
use tansy_lang::compile::{self, Compiled, Mode, Options};
use tansy_lang::diagnostic::{Diagnostic, Diagnostics};
use tansy_lang::disassemble::disassemble;
use tansy_lang::library::Scope;
use tansy_lang::parser::ParseLimits;
use tansy_lang::source::{Source, Span};

/// What the names of the library's own sources begin with, in traces.
pub const LIBRARY: &str = "std:";

/// Compiles programs. Cheap to clone; shared by all threads.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Inner>);

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) registry: &'static Registry,
    pub(crate) host: Option<Arc<HostTable>>,
    pub(crate) limits: Limits,
    pub(crate) grants: Grants,
    pub(crate) loader: Arc<dyn Loader>,
    /// Where programs print unless their run says something else.
    pub(crate) output: Print,
    take: bool,
}

impl Inner {
    /// How runs begin.
    #[inline]
    pub(crate) fn setup<'a>(&'a self, output: &'a mut Printer<'a>) -> Setup<'a> {
        Setup { registry: self.registry, limits: &self.limits, grants: &self.grants, output }
    }
}

/// Where printed text goes, from any thread.
pub type Print = Arc<dyn Fn(&str) -> std::io::Result<()> + Send + Sync>;

/// Gives imports their text. What it refuses cannot be reached.
pub trait Loader: Send + Sync {
    /// Finds what `path`, as written in the source named `from`, stands for. An error is a sentence for the report.
    fn load(&self, path: &str, from: &str) -> Result<Loaded, String>;
}

/// What a [`Loader`] found.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The same for every path that means the same text; shown in reports.
    pub id: String,
    /// The text.
    pub text: String,
}

/// A loader that knows nothing: every import is refused.
#[derive(Debug, Clone, Copy)]
pub struct NoLoader;

impl Loader for NoLoader {
    fn load(&self, _path: &str, _from: &str) -> Result<Loaded, String> {
        Err("the host allows no imports here".into())
    }
}

/// How a source is compiled.
#[derive(Debug, Clone, Default)]
pub struct CompileOptions {
    /// Names the host gives values when the program runs.
    pub inputs: Vec<String>,
    /// Keep the top-level names for [`Run::execute_module`](crate::Run::execute_module); without, their last use in the body may consume them.
    pub exports: bool,
}

impl Engine {
    /// An engine over built-ins, with limits and a source of imports. `take` switches moving on last use, which only speed
    /// depends on.
    pub fn with(
        registry: &'static Registry,
        limits: Limits,
        loader: Arc<dyn Loader>,
        take: bool,
    ) -> Engine {
        let output: Print = Arc::new(stdout);
        let grants = Grants::default();
        Engine(Arc::new(Inner { registry, host: None, limits, grants, loader, output, take }))
    }

    /// The same engine with what a host adds.
    pub fn with_host(self, host: HostTable) -> Engine {
        let host = (!host.is_empty()).then(|| Arc::new(host));
        self.change(|inner| inner.host = host)
    }

    /// The same engine whose programs may reach what is granted.
    pub fn with_grants(self, grants: Grants) -> Engine {
        self.change(|inner| inner.grants = grants)
    }

    /// The same engine whose programs print to `output`.
    pub fn with_output(self, output: Print) -> Engine {
        self.change(|inner| inner.output = output)
    }

    fn change(self, change: impl FnOnce(&mut Inner)) -> Engine {
        let mut inner = Arc::unwrap_or_clone(self.0);
        change(&mut inner);
        Engine(Arc::new(inner))
    }

    /// Compiles and runs a text, and converts its value.
    ///
    /// # Errors
    /// The text does not compile; it fails; its value is no `T`.
    pub fn eval<T: FromValue>(&self, text: &str) -> Result<T, Error> {
        let value = self.compile("<eval>", text)?.run(&[])?;
        Ok(T::from_owned(value)?)
    }

    /// A function value, to be called from Rust; `None` for other values. It keeps what it needs of the program it came from.
    pub fn function(&self, value: Value) -> Option<Function> {
        (value.kind() == Kind::Fn).then(|| Function::new(self.clone(), value))
    }

    /// Compiles a text that uses values which the host gives when it runs, by name.
    ///
    /// # Errors
    /// The text, or what it imports, does not compile.
    pub fn compile_with_inputs(
        &self,
        name: &str,
        text: &str,
        inputs: &[&str],
    ) -> Result<Program, CompileError> {
        let inputs = inputs.iter().map(|i| i.to_string()).collect();
        self.compile_with(Source::new(name, text), &CompileOptions { inputs, exports: false })
    }

    /// Compiles a text; `name` is what reports show.
    pub fn compile(&self, name: &str, text: &str) -> Result<Program, CompileError> {
        self.compile_with(Source::new(name, text), &CompileOptions::default())
    }

    /// Compiles a source and everything it imports.
    pub fn compile_with(
        &self,
        source: Arc<Source>,
        options: &CompileOptions,
    ) -> Result<Program, CompileError> {
        let main = Linker::new(self).load(source, options, false)?;
        Ok(Program::new(self.clone(), main))
    }

    /// What the compiler knows of the built-ins.
    pub fn library(&self) -> &'static tansy_lang::library::Library {
        self.0.registry.library()
    }

    /// Every built-in.
    pub fn natives(&self) -> impl Iterator<Item = &'static Native> {
        self.0.registry.natives()
    }

    /// The limits of runs.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// What programs may reach.
    pub fn grants(&self) -> &Grants {
        &self.0.grants
    }

    /// A source as code, with its warnings.
    pub(crate) fn unit(
        &self,
        source: &Arc<Source>,
        mode: Mode,
        inputs: &[smol_str::SmolStr],
        exports: bool,
        trace: bool,
    ) -> Result<(LoadedRef, Vec<Diagnostic>), Diagnostics> {
        let options =
            Options { scope: self.scope(), mode, inputs, take: self.0.take, exports, trace };
        let fail = |list| Diagnostics { source: source.clone(), list };
        if let Some(why) = self.0.host.as_ref().and_then(|h| h.broken.as_ref()) {
            let message = format!("the host set this engine up wrongly: {why}");
            return Err(fail(vec![Diagnostic::error("host-setup", Span::default(), message)]));
        }
        let mut loading = Loading::default();
        let compiled = compile::compile_text(source, self.parse_limits(), &options, &mut |n, p| {
            loading.add(n, p);
        });
        let Compiled { unit, warnings } = compiled.map_err(fail)?;
        let code = loading.finish(unit, self.0.registry, self.0.host.as_deref());
        match code {
            Ok(code) => Ok((code, warnings)),
            Err(m) => Err(fail(vec![Diagnostic::error("internal", Span::default(), m)])),
        }
    }

    /// The bytecode of a program that compiles, readable.
    pub(crate) fn listing(
        &self,
        source: &Arc<Source>,
        inputs: &[smol_str::SmolStr],
        exports: bool,
    ) -> String {
        let (mode, take) = (Mode::Program, self.0.take);
        let options = Options { scope: self.scope(), mode, inputs, take, exports, trace: false };
        let compiled = compile::compile(source, self.parse_limits(), &options);
        compiled.map_or_else(|_| String::new(), |compiled| disassemble(&compiled.unit))
    }

    fn scope(&self) -> Scope<'_> {
        match &self.0.host {
            Some(host) => Scope::new(self.library(), &host.names),
            None => self.library().into(),
        }
    }

    fn parse_limits(&self) -> ParseLimits {
        ParseLimits { nesting: self.0.limits.nesting, ..ParseLimits::default() }
    }
}

impl fmt::Debug for Engine {
    /// Shows what programs may use.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.host.as_deref();
        let mut out = f.debug_struct("Engine");
        out.field("limits", &self.0.limits);
        out.field("grants", &self.0.grants);
        if let Some(only) = host.and_then(|h| h.names.only.as_ref()) {
            out.field("modules", only);
        }
        out.field("host", &host.map(HostTable::names).unwrap_or_default());
        out.finish_non_exhaustive()
    }
}

impl Script {
    /// The code of a function of this file. Compiles the file when first asked.
    pub(crate) fn function(
        &'static self,
        native: &Native,
        registry: &'static Registry,
    ) -> Result<(&'static Shares, usize), String> {
        let code = self.code.get_or_init(|| {
            let loader = Arc::new(NoLoader);
            let engine = Engine::with(registry, Limits::default(), loader, true);
            let source = Source::new(format!("{LIBRARY}{}", self.file), self.text);
            let compiled = engine.unit(&source, Mode::Library, &[], false, false);
            compiled
                .map(|(code, _)| Shares::new(code))
                .map_err(|e| CompileError::from(e).to_string())
        });
        let code = code.as_ref().map_err(String::clone)?;
        let found = code.infos().iter().position(|info| info.name() == native.name);
        found
            .map(|index| (code, index))
            .ok_or_else(|| format!("{} has no function `{}`", self.file, native.name))
    }
}

impl Registry {
    /// Compiles every file of the library and finds every function in it, which otherwise happens on first use. For tests.
    pub fn check(&'static self) -> Result<(), String> {
        for native in self.natives() {
            if let NativeBody::Script(script, _) = &native.body {
                script.function(native, self)?;
            }
        }
        Ok(())
    }
}
