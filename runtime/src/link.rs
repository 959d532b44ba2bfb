//! A program's modules: what it imports, each once, in the order they must run.

use crate::code::{LoadedRef, Shares};
use crate::engine::{CompileOptions, Engine};
use crate::error::CompileError;
use crate::json;
use crate::program;
use crate::value::{Map, Value};
use once_cell::race::OnceBox;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use tansy_lang::compile::Mode;
use tansy_lang::diagnostic::{Diagnostic, Diagnostics};
use tansy_lang::source::{Source, Span};

/// Loads a program's modules, each once, in the order they must run.
pub(crate) struct Linker<'a> {
    engine: &'a Engine,
    /// Those that were imported.
    pub(crate) modules: Vec<Module>,
    known: HashMap<String, usize>,
    /// The sources being loaded, outermost first: a module met again here is a cycle.
    pub(crate) loading: Vec<(Arc<Source>, Span)>,
}

/// One source of a program.
pub(crate) struct Module {
    pub(crate) content: Content,
    besides: OnceBox<Besides>,
}

pub(crate) enum Content {
    Code(Shares),
    Data(Box<Data>),
}

/// Imported data, or a program that is plain JSON.
#[derive(Clone)]
pub(crate) struct Data {
    source: Arc<Source>,
    pub(crate) value: Value,
}

/// What few modules have, or come to need.
#[derive(Default)]
pub(crate) struct Besides {
    /// For each import of the code: the slot and the module's number.
    pub(crate) imports: Box<[(usize, usize)]>,
    pub(crate) warnings: Box<[Diagnostic]>,
    /// It is a program that was compiled so that it keeps its top-level names.
    pub(crate) exported: bool,
    /// Of a program: the other modules, in the order they run.
    pub(crate) imported: Box<[Module]>,
    /// It as traced code, made when first needed.
    pub(crate) traced: OnceLock<program::InnerRef>,
    /// What its top level gave when it was first asked for a function.
    pub(crate) exports: OnceLock<Map>,
}

impl Module {
    pub(crate) fn code(code: LoadedRef, besides: Besides) -> Module {
        let Besides { imports, warnings, exported, imported, .. } = &besides;
        let few = imports.is_empty() && warnings.is_empty() && !exported && imported.is_empty();
        let besides = match few {
            true => OnceBox::new(),
            false => OnceBox::with_value(Box::new(besides)),
        };
        Module { content: Content::Code(Shares::new(code)), besides }
    }

    pub(crate) fn data(data: Data) -> Module {
        Module { content: Content::Data(Box::new(data)), besides: OnceBox::new() }
    }

    /// What few modules come to need.
    #[inline]
    pub(crate) fn besides(&self) -> &Besides {
        self.besides.get_or_init(Box::default)
    }

    pub(crate) fn imports(&self) -> &[(usize, usize)] {
        self.besides.get().map_or(&[], |besides| &besides.imports)
    }

    pub(crate) fn warnings(&self) -> &[Diagnostic] {
        self.besides.get().map_or(&[], |besides| &besides.warnings)
    }

    pub(crate) fn exported(&self) -> bool {
        self.besides.get().is_some_and(|besides| besides.exported)
    }

    #[inline]
    pub(crate) fn imported(&self) -> &[Module] {
        self.besides.get().map_or(&[], |besides| &besides.imported)
    }

    /// What runs, if it is no data.
    #[inline(always)]
    pub(crate) fn shares(&self) -> Option<&Shares> {
        match &self.content {
            Content::Code(shares) => Some(shares),
            Content::Data(_) => None,
        }
    }

    pub(crate) fn source(&self) -> &Arc<Source> {
        match &self.content {
            Content::Code(code) => code.source(),
            Content::Data(data) => &data.source,
        }
    }
}

/// Programs from this size on are first read as JSON: a data file then needs no syntax tree.
const DATA: usize = 16 * 1024;

impl<'a> Linker<'a> {
    pub(crate) fn new(engine: &'a Engine) -> Linker<'a> {
        Linker { engine, modules: Vec::new(), known: HashMap::new(), loading: Vec::new() }
    }

    /// Loads a source, after what it imports. `imported`: somebody imports it; else it gets all the modules that were.
    pub(crate) fn load(
        &mut self,
        source: Arc<Source>,
        options: &CompileOptions,
        imported: bool,
    ) -> Result<Module, CompileError> {
        // JSON is Tansy: a text that is plain data needs no syntax tree, which matters for a large one and for a deep one.
        let data = || {
            let looks = source.text().trim_start().starts_with(['{', '[']);
            let value = if looks { json::parse(source.text()).ok()? } else { return None };
            Some(Module::data(Data { source: source.clone(), value }))
        };
        if source.text().len() >= DATA
            && let Some(module) = data()
        {
            return Ok(module);
        }
        let inputs: Vec<smol_str::SmolStr> = options.inputs.iter().map(|i| i.into()).collect();
        let unit = self.engine.unit(&source, Mode::Program, &inputs, options.exports, false);
        let (code, warnings) = match unit {
            Ok(unit) => unit,
            Err(errors) => return data().ok_or_else(|| errors.into()),
        };
        let mut imports = Vec::new();
        for import in code.imports() {
            self.loading.push((source.clone(), import.span));
            let module = self.import(&source, &import.path, import.span)?;
            self.loading.pop();
            imports.push((usize::from(import.slot), module));
        }
        let (imports, warnings) = (imports.into(), warnings.into());
        let exported = options.exports && !imported;
        let imported = if imported { Vec::new() } else { std::mem::take(&mut self.modules) };
        let imported = imported.into();
        Ok(Module::code(
            code,
            Besides { imports, warnings, exported, imported, ..Besides::default() },
        ))
    }

    fn add(&mut self, id: String, module: Module) -> usize {
        self.modules.push(module);
        let index = self.modules.len() - 1;
        self.known.insert(id, index);
        index
    }

    pub(crate) fn import(
        &mut self,
        from: &Arc<Source>,
        path: &str,
        span: Span,
    ) -> Result<usize, CompileError> {
        let error =
            |d: Diagnostic| CompileError::from(Diagnostics { source: from.clone(), list: vec![d] });
        let loaded = self.engine.0.loader.load(path, from.name()).map_err(|why| {
            error(Diagnostic::error("import", span, format!("cannot import \"{path}\"")).here(why))
        })?;
        if let Some(known) = self.known.get(&loaded.id) {
            return Ok(*known);
        }
        if let Some(first) = self.loading.iter().position(|(s, _)| s.name() == loaded.id) {
            let mut names: Vec<&str> =
                self.loading[first..].iter().map(|(s, _)| s.name()).collect();
            names.push(&loaded.id);
            return Err(error(
                Diagnostic::error("import-cycle", span, "modules import each other in a circle")
                    .here(format!("this import closes the circle: {}", names.join(" → ")))
                    .help("move what both need into a third module"),
            ));
        }
        if self.loading.len() > 100 {
            return Err(error(Diagnostic::error(
                "import",
                span,
                "imports are nested too deeply (limit 100)",
            )));
        }
        let source = Source::new(&*loaded.id, loaded.text);
        if path.ends_with(".json") {
            return match json::parse(source.text()) {
                Ok(value) => Ok(self.add(loaded.id, Module::data(Data { source, value }))),
                Err(e) => {
                    let at = e.offset.min(source.text().len());
                    let d = Diagnostic::error("json", Span::new(at, at + 1), e.message)
                        .help(format!("line {}, column {} of {}", e.line, e.column, source.name()));
                    Err(CompileError::from(Diagnostics { source, list: vec![d] }))
                }
            };
        }
        if !path.ends_with(".tansy") {
            return Err(error(
                Diagnostic::error(
                    "import",
                    span,
                    "only `.tansy` and `.json` files can be imported",
                )
                .here("this has another ending"),
            ));
        }
        let options = CompileOptions { inputs: Vec::new(), exports: true };
        let module = self.load(source, &options, true)?;
        Ok(self.add(loaded.id, module))
    }
}
