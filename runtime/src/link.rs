//! A program's modules: what it imports, each once, in the order they must run.

use crate::code::{LoadedCode, Shares};
use crate::engine::{CompileOptions, Engine};
use crate::error::CompileError;
use crate::json;
use crate::value::Value;
use std::collections::HashMap;
use std::sync::Arc;
use tansy_lang::compile::Mode;
use tansy_lang::diagnostic::{Diagnostic, Diagnostics};
use tansy_lang::source::{Source, Span};

/// Loads a program's modules, each once, in the order they must run.
pub(crate) struct Linker<'a> {
    engine: &'a Engine,
    pub(crate) modules: Vec<Module>,
    known: HashMap<String, usize>,
    /// The sources being loaded, outermost first: a module met again here is a cycle.
    pub(crate) loading: Vec<(Arc<Source>, Span)>,
}

/// One source of a program.
pub(crate) struct Module {
    pub(crate) content: Content,
    besides: Option<Box<Besides>>,
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

/// What few modules have.
struct Besides {
    imports: Box<[(usize, usize)]>,
    warnings: Box<[Diagnostic]>,
    /// It is a program that was compiled so that it keeps its top-level names.
    exported: bool,
}

impl Module {
    pub(crate) fn code(
        code: Arc<LoadedCode>,
        imports: Vec<(usize, usize)>,
        warnings: Vec<Diagnostic>,
        exported: bool,
    ) -> Module {
        let none = imports.is_empty() && warnings.is_empty() && !exported;
        let besides = (!none).then(|| {
            Box::new(Besides { imports: imports.into(), warnings: warnings.into(), exported })
        });
        Module { content: Content::Code(Shares::new(code)), besides }
    }

    pub(crate) fn data(data: Data) -> Module {
        Module { content: Content::Data(Box::new(data)), besides: None }
    }

    /// For each import of the code: the slot and the module's number.
    pub(crate) fn imports(&self) -> &[(usize, usize)] {
        self.besides.as_ref().map_or(&[], |besides| &besides.imports)
    }

    pub(crate) fn warnings(&self) -> &[Diagnostic] {
        self.besides.as_ref().map_or(&[], |besides| &besides.warnings)
    }

    /// Whether it is a program that was compiled so that it keeps its top-level names.
    pub(crate) fn exported(&self) -> bool {
        self.besides.as_ref().is_some_and(|besides| besides.exported)
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

    pub(crate) fn module(
        &mut self,
        source: Arc<Source>,
        options: &CompileOptions,
        id: Option<String>,
    ) -> Result<usize, CompileError> {
        // JSON is Tansy: a text that is plain data needs no syntax tree, which matters for a large one and for a deep one.
        let data = || {
            let looks = source.text().trim_start().starts_with(['{', '[']);
            let value = if looks { json::parse(source.text()).ok()? } else { return None };
            Some(Module::data(Data { source: source.clone(), value }))
        };
        if source.text().len() >= DATA
            && let Some(module) = data()
        {
            return Ok(self.add(id, module));
        }
        let inputs: Vec<smol_str::SmolStr> = options.inputs.iter().map(|i| i.into()).collect();
        let unit = self.engine.unit(&source, Mode::Program, &inputs, options.exports, false);
        let (code, warnings) = match unit {
            Ok(unit) => unit,
            Err(errors) => match data() {
                Some(module) => return Ok(self.add(id, module)),
                None => return Err(errors.into()),
            },
        };
        let mut imports = Vec::new();
        for import in code.imports() {
            self.loading.push((source.clone(), import.span));
            let module = self.import(&source, &import.path, import.span)?;
            self.loading.pop();
            imports.push((usize::from(import.slot), module));
        }
        let exported = options.exports && id.is_none();
        Ok(self.add(id, Module::code(code, imports, warnings, exported)))
    }

    fn add(&mut self, id: Option<String>, module: Module) -> usize {
        self.modules.push(module);
        let index = self.modules.len() - 1;
        if let Some(id) = id {
            self.known.insert(id, index);
        }
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
                Ok(value) => Ok(self.add(Some(loaded.id), Module::data(Data { source, value }))),
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
        self.module(source, &options, Some(loaded.id))
    }
}
