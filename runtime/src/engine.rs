//! From source text to result: the engine compiles programs, a program makes runs, a session is a program that grows.
//!
//! Everything here is `Send + Sync`; a run needs only `&Program`.

use crate::code::Code;
use crate::fault::{Fault, Limit};
use crate::json;
use crate::limits::{Limits, Stats};
use crate::native::{Native, NativeBody, Registry, Script};
use crate::profile::Profile;
use crate::value::{Env, Map, TraceFrame, Value};
use crate::vm::{Failure, Machine, bounded, new_run};
use std::collections::HashMap;
use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tansy_lang::bytecode::{Slot, SlotKind};
use tansy_lang::compile::{self, Mode, Options};
use tansy_lang::diagnostic::{Diagnostic, Diagnostics};
use tansy_lang::parser::{self, ParseLimits};
use tansy_lang::source::{Source, Span};

/// What the names of the library's own sources begin with, in traces.
pub const LIBRARY: &str = "std:";

/// Compiles programs. Cheap to clone; shared by all threads.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    registry: &'static Registry,
    limits: Limits,
    loader: Arc<dyn Loader>,
    take: bool,
}

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
    /// Keep the top-level names for [`Run::execute_module`]; without, their last use in the body may consume them.
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
        Engine(Arc::new(Inner { registry, limits, loader, take }))
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
        let mut linker = Linker {
            engine: self,
            modules: Vec::new(),
            known: HashMap::new(),
            loading: Vec::new(),
        };
        let main = linker.module(source, options, None)?;
        let modules = linker.modules;
        Ok(Program(Arc::new(ProgramInner { engine: self.clone(), modules, main })))
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

    fn parse(&self, source: &Arc<Source>) -> (tansy_lang::ast::Module, Vec<Diagnostic>) {
        let limits = ParseLimits { nesting: self.0.limits.nesting, ..ParseLimits::default() };
        let parsed = parser::parse(source, limits);
        (parsed.module, parsed.diagnostics)
    }

    /// A source as code, with its warnings.
    fn unit(
        &self,
        source: &Arc<Source>,
        mode: Mode,
        inputs: &[smol_str::SmolStr],
        exports: bool,
    ) -> Result<(Arc<Code>, Vec<Diagnostic>), Diagnostics> {
        let fail = |list| Diagnostics { source: source.clone(), list };
        let (module, mut findings) = self.parse(source);
        if findings.iter().any(Diagnostic::is_error) {
            return Err(fail(findings));
        }
        let options = Options { library: self.library(), mode, inputs, take: self.0.take, exports };
        let compiled = match compile::compile(&module, source.clone(), &options) {
            Ok(compiled) => compiled,
            Err(errors) => {
                findings.extend(errors);
                findings.sort_by_key(|d| d.span());
                return Err(fail(findings));
            }
        };
        findings.extend(compiled.warnings);
        findings.sort_by_key(|d| d.span());
        let code = Code::load(compiled.unit, self.0.registry)
            .map_err(|m| fail(vec![Diagnostic::error("internal", Span::default(), m)]))?;
        Ok((code, findings))
    }
}

/// Loads a program's modules, each once, in the order they must run.
struct Linker<'a> {
    engine: &'a Engine,
    modules: Vec<Module>,
    known: HashMap<String, usize>,
    /// The sources being loaded, outermost first: a module met again here is a cycle.
    loading: Vec<(Arc<Source>, Span)>,
}

/// One source of a program.
struct Module {
    content: Content,
    /// For each import of the code: the slot and the module's number.
    imports: Vec<(usize, usize)>,
    warnings: Vec<Diagnostic>,
}

enum Content {
    Code(Arc<Code>),
    /// Imported data, or a program that is plain JSON.
    Data(Arc<Source>, Value),
}

impl Module {
    fn source(&self) -> &Arc<Source> {
        match &self.content {
            Content::Code(code) => code.source(),
            Content::Data(source, _) => source,
        }
    }
}

/// Programs from this size on are first read as JSON: a data file then needs no syntax tree.
const DATA: usize = 16 * 1024;

impl Linker<'_> {
    fn module(
        &mut self,
        source: Arc<Source>,
        options: &CompileOptions,
        id: Option<String>,
    ) -> Result<usize, CompileError> {
        // JSON is Tansy: a text that is plain data needs no syntax tree, which matters for a large one and for a deep one.
        let data = || {
            let looks = source.text().trim_start().starts_with(['{', '[']);
            let value = if looks { json::parse(source.text()).ok()? } else { return None };
            let content = Content::Data(source.clone(), value);
            Some(Module { content, imports: Vec::new(), warnings: Vec::new() })
        };
        if source.text().len() >= DATA
            && let Some(module) = data()
        {
            return Ok(self.add(id, module));
        }
        let inputs: Vec<smol_str::SmolStr> = options.inputs.iter().map(|i| i.into()).collect();
        let unit = self.engine.unit(&source, Mode::Program, &inputs, options.exports);
        let (code, warnings) = match unit {
            Ok(unit) => unit,
            Err(errors) => match data() {
                Some(module) => return Ok(self.add(id, module)),
                None => return Err(errors.into()),
            },
        };
        let mut imports = Vec::new();
        for import in &code.unit.imports {
            self.loading.push((source.clone(), import.span));
            let module = self.import(&source, &import.path, import.span)?;
            self.loading.pop();
            imports.push((usize::from(import.slot), module));
        }
        Ok(self.add(id, Module { content: Content::Code(code), imports, warnings }))
    }

    fn add(&mut self, id: Option<String>, module: Module) -> usize {
        self.modules.push(module);
        let index = self.modules.len() - 1;
        if let Some(id) = id {
            self.known.insert(id, index);
        }
        index
    }

    fn import(
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
                Ok(value) => {
                    let content = Content::Data(source, value);
                    Ok(self.add(
                        Some(loaded.id),
                        Module { content, imports: Vec::new(), warnings: Vec::new() },
                    ))
                }
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

/// A compiled program: immutable, cheap to clone, shared by all threads.
#[derive(Clone)]
pub struct Program(Arc<ProgramInner>);

struct ProgramInner {
    engine: Engine,
    /// In the order they run; the program itself is `main`.
    modules: Vec<Module>,
    main: usize,
}

/// A `test` block.
#[derive(Debug, Clone)]
pub struct TestInfo {
    /// Its name.
    pub name: String,
    /// The text it is in.
    pub source: Arc<Source>,
    /// Its place.
    pub span: Span,
}

impl Program {
    /// Runs it, printing to standard output, and gives its value.
    pub fn run(&self, inputs: &[(&str, Value)]) -> Result<Value, RunError> {
        let mut run = self.start();
        for (name, value) in inputs {
            run = run.input(name, value.clone());
        }
        run.execute()
    }

    /// A run to be set up.
    pub fn start(&self) -> Run {
        Run {
            program: self.clone(),
            inputs: Vec::new(),
            limits: None,
            output: Box::new(stdout),
            interrupt: None,
            stats: Stats::default(),
            profiled: false,
            profile: None,
        }
    }

    /// What the compiler found worth saying, by source.
    pub fn warnings(&self) -> Vec<Diagnostics> {
        let modules = self.0.modules.iter().filter(|m| !m.warnings.is_empty());
        modules
            .map(|m| Diagnostics { source: m.source().clone(), list: m.warnings.clone() })
            .collect()
    }

    /// The bytecode, readable.
    pub fn disassemble(&self) -> String {
        match &self.0.modules[self.0.main].content {
            Content::Code(code) => tansy_lang::disassemble::disassemble(&code.unit),
            Content::Data(..) => "plain data\n".into(),
        }
    }

    /// The `test` blocks of the program's own text.
    pub fn tests(&self) -> Vec<TestInfo> {
        let Content::Code(code) = &self.0.modules[self.0.main].content else { return Vec::new() };
        let tests = code.unit.tests.iter();
        tests
            .map(|t| TestInfo {
                name: t.name.to_string(),
                source: code.source().clone(),
                span: t.span,
            })
            .collect()
    }

    /// The doc comments of its top-level names; the program's own under the empty name.
    pub fn docs(&self) -> Vec<(String, String)> {
        let Content::Code(code) = &self.0.modules[self.0.main].content else { return Vec::new() };
        code.unit.docs.iter().map(|(n, d)| (n.to_string(), d.clone())).collect()
    }
}

/// Where printed text goes.
pub type Output = Box<dyn FnMut(&str) -> std::io::Result<()> + Send>;

fn stdout(text: &str) -> std::io::Result<()> {
    std::io::stdout().lock().write_all(text.as_bytes())
}

/// One run of a program, being set up.
pub struct Run {
    program: Program,
    inputs: Vec<(String, Value)>,
    limits: Option<Limits>,
    output: Output,
    interrupt: Option<Arc<AtomicBool>>,
    stats: Stats,
    profiled: bool,
    profile: Option<Profile>,
}

impl Run {
    /// Other limits than the engine's, for this run.
    pub fn limits(mut self, limits: Limits) -> Run {
        self.limits = Some(limits);
        self
    }

    /// Gives a declared input its value.
    pub fn input(mut self, name: &str, value: Value) -> Run {
        self.inputs.push((name.to_string(), value));
        self
    }

    /// Sends what the program prints somewhere else than standard output.
    pub fn output(mut self, output: Output) -> Run {
        self.output = output;
        self
    }

    /// A flag that ends the run soon after it is set, from any thread.
    pub fn interrupt(mut self, flag: Arc<AtomicBool>) -> Run {
        self.interrupt = Some(flag);
        self
    }

    /// Whether to note where the steps go, for [`Run::profile`]. It costs a few percent of the time and changes nothing else.
    pub fn profiled(mut self, on: bool) -> Run {
        self.profiled = on;
        self
    }

    /// Runs the program and gives its value.
    pub fn execute(&mut self) -> Result<Value, RunError> {
        self.go(None).map(|(value, _)| value)
    }

    /// Runs the program and gives its exported names (compiled with [`CompileOptions::exports`]).
    pub fn execute_module(&mut self) -> Result<Map, RunError> {
        self.go(None).map(|(_, exports)| exports)
    }

    /// Runs the program and then one of its `test` blocks.
    pub fn test(&mut self, index: usize) -> Result<(), RunError> {
        self.go(Some(index)).map(|_| ())
    }

    /// What the last run used.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Where the steps of the last run went, however it ended; none unless [`Run::profiled`].
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    fn go(&mut self, test: Option<usize>) -> Result<(Value, Map), RunError> {
        let program = &self.program.0;
        let output = &mut self.output;
        let mut print = |text: &str| output(text).map_err(|_| Limit::Interrupt);
        let limits = self.limits.as_ref().unwrap_or(&program.engine.0.limits);
        let registry = program.engine.0.registry;
        let mut machine = Machine::new(registry, limits, self.interrupt.clone(), &mut print);
        if self.profiled {
            machine.sample();
        }
        let result = run_modules(&mut machine, program, &self.inputs, test);
        self.stats = machine.stats();
        self.profile = machine.profile();
        result.map(|ran| ran.result).map_err(RunError::from)
    }
}

/// What modules gave: what importers see of each, the value of the last, and its exports.
struct Ran {
    values: Vec<Value>,
    result: (Value, Map),
}

fn run_modules(
    machine: &mut Machine,
    program: &ProgramInner,
    inputs: &[(String, Value)],
    test: Option<usize>,
) -> Result<Ran, Failure> {
    let mut values: Vec<Value> = Vec::with_capacity(program.modules.len());
    let mut result = (Value::NULL, Map::new());
    for (number, module) in program.modules.iter().enumerate() {
        let is_main = number == program.main;
        let code = match &module.content {
            Content::Data(_, value) => {
                values.push(value.clone());
                result = (value.clone(), Map::new());
                continue;
            }
            Content::Code(code) => code,
        };
        let slots = code.unit.slots.len();
        let environment = match slots {
            0 => Env::empty(),
            _ => Env::new(new_run(), slots),
        };
        let instance = machine.add(code.clone(), Arc::new(environment));
        for (slot, imported) in &module.imports {
            machine.set_slot(
                instance,
                *slot,
                values.get(*imported).cloned().unwrap_or(Value::NULL),
            );
        }
        if is_main {
            for (i, slot) in code.unit.slots.iter().enumerate() {
                if slot.kind == SlotKind::Input {
                    let given = inputs.iter().rev().find(|(name, _)| name == slot.name.as_str());
                    let value = given.map_or(Value::NULL, |(_, v)| v.clone());
                    machine.set_slot(instance, i, value);
                }
            }
        }
        let value = machine.execute(instance, 0)?;
        if is_main && let Some(test) = test.and_then(|t| code.unit.tests.get(t)) {
            machine.execute(instance, test.prototype.into())?;
        }
        let exports = machine.exports(instance);
        let exports: Map = exports.into_iter().fold(Map::new(), |mut map, (name, value)| {
            map.insert_str(name, value);
            map
        });
        values.push(Value::map(exports.clone()));
        result = (value, exports);
    }
    Ok(Ran { values, result })
}

/// A program that grows entry by entry, as at a REPL: names stay, may be declared anew, and functions see the newest.
pub struct Session {
    engine: Engine,
    environment: Arc<Env>,
    /// Those of the modules that entries have imported: their functions may be called again.
    modules: Vec<Arc<Env>>,
    slots: Vec<Slot>,
    interrupt: Option<Arc<AtomicBool>>,
    warnings: Vec<Diagnostics>,
    output: Output,
    stats: Stats,
}

impl Session {
    /// An empty session.
    pub fn new(engine: &Engine) -> Session {
        Session {
            engine: engine.clone(),
            environment: Arc::new(Env::new(new_run(), 0)),
            modules: Vec::new(),
            slots: Vec::new(),
            interrupt: None,
            warnings: Vec::new(),
            output: Box::new(stdout),
            stats: Stats::default(),
        }
    }

    /// A flag that ends an evaluation soon after it is set. The caller clears it.
    pub fn interrupt(&mut self, flag: Arc<AtomicBool>) {
        self.interrupt = Some(flag);
    }

    /// Sends what entries print somewhere else than standard output.
    pub fn output(&mut self, output: Output) {
        self.output = output;
    }

    /// Evaluates an entry. What it declared before an error stays declared.
    pub fn eval(&mut self, name: &str, text: &str) -> Result<Value, SessionError> {
        let source = Source::new(name, text);
        let engine = self.engine.clone();
        let (code, warnings) = engine
            .unit(&source, Mode::Repl(&self.slots), &[], true)
            .map_err(|d| SessionError::Compile(d.into()))?;
        self.warnings = match warnings.is_empty() {
            true => Vec::new(),
            false => vec![Diagnostics { source: source.clone(), list: warnings }],
        };
        // Imported modules run first, each entry anew.
        let mut linker = Linker {
            engine: &engine,
            modules: Vec::new(),
            known: HashMap::new(),
            loading: Vec::new(),
        };
        let mut imports = Vec::new();
        for import in &code.unit.imports {
            linker.loading = vec![(source.clone(), import.span)];
            let module =
                linker.import(&source, &import.path, import.span).map_err(SessionError::Compile)?;
            imports.push((usize::from(import.slot), module));
        }
        let modules = linker.modules;
        let imported = ProgramInner { engine: engine.clone(), modules, main: usize::MAX };
        let output = &mut self.output;
        let mut print = |text: &str| output(text).map_err(|_| Limit::Interrupt);
        let inner = &engine.0;
        let mut machine =
            Machine::new(inner.registry, &inner.limits, self.interrupt.clone(), &mut print);
        machine.adopt(&self.modules);
        let result = (|| {
            let ran = run_modules(&mut machine, &imported, &[], None)?;
            // The session must not hold its own environment while the machine changes it.
            let environment = std::mem::take(&mut self.environment);
            let instance = machine.add(code.clone(), environment);
            for (slot, module) in imports {
                machine.set_slot(
                    instance,
                    slot,
                    ran.values.get(module).cloned().unwrap_or_default(),
                );
            }
            let value = machine.execute(instance, 0);
            self.environment = machine.environment(instance);
            value
        })();
        if self.environment.run == 0 {
            self.environment = Arc::new(Env::new(new_run(), 0));
        }
        let own = self.environment.run;
        self.modules = machine.environments(own);
        self.stats = machine.stats();
        self.slots = code.unit.slots.clone();
        result.map_err(|f| SessionError::Run(RunError::from(f)))
    }

    /// Gives a name a value, as an entry `let name = …` would.
    pub fn define(&mut self, name: &str, value: Value) {
        let known = self.slots.iter().rposition(|s| s.name == name && s.kind == SlotKind::Let);
        let newest = self.slots.iter().rposition(|s| s.name == name);
        let slot = known.filter(|_| known == newest).unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            let span = Span::default();
            self.slots.push(Slot { name: name.into(), span, kind: SlotKind::Let, exported: true });
        }
        Arc::make_mut(&mut self.environment).set(slot, value);
    }

    /// The names declared so far, with their values if they have one.
    pub fn names(&self) -> Vec<(String, Option<Value>)> {
        let value = |i: usize| self.environment.get(i).cloned();
        let newest = |i: usize| !self.slots[i + 1..].iter().any(|s| s.name == self.slots[i].name);
        let slots = self.slots.iter().enumerate().filter(|(i, _)| newest(*i));
        slots.map(|(i, slot)| (slot.name.to_string(), value(i))).collect()
    }

    /// What the compiler found worth saying about the last entry.
    pub fn warnings(&self) -> &[Diagnostics] {
        &self.warnings
    }

    /// What the last entry used.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// The engine it compiles with.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }
}

/// Why an entry of a [`Session`] gave no value.
#[derive(Debug)]
pub enum SessionError {
    /// It does not compile.
    Compile(CompileError),
    /// It failed while running.
    Run(RunError),
}

/// Why a program does not compile: the findings, by source text.
#[derive(Debug, Clone)]
pub struct CompileError {
    /// The text that is wrong; an imported one possibly.
    pub reports: Vec<Diagnostics>,
}

impl From<Diagnostics> for CompileError {
    fn from(report: Diagnostics) -> CompileError {
        CompileError { reports: vec![report] }
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for report in &self.reports {
            for d in &report.list {
                let (line, column) = report.source.line_column(d.span().start);
                let severity = if d.is_error() { "error" } else { "warning" };
                let start = if std::mem::take(&mut first) { "" } else { "\n" };
                write!(
                    f,
                    "{start}{}:{line}:{column}: {severity}: {}",
                    report.source.name(),
                    d.message
                )?;
                for help in &d.help {
                    write!(f, "\n  help: {help}")?;
                }
            }
        }
        Ok(())
    }
}

impl std::error::Error for CompileError {}

/// Why a run ended without a value.
#[derive(Debug, Clone)]
pub struct RunError {
    /// A stable name in kebab-case: `missing-key`; for a thrown map its own `kind`.
    pub kind: String,
    /// One sentence.
    pub message: String,
    /// Hints.
    pub help: Vec<String>,
    /// What to say at the place itself.
    pub label: String,
    /// What `catch` would have seen; null when a limit ended the run.
    pub value: Value,
    /// The calls that led here, innermost first.
    pub trace: Vec<TraceFrame>,
    /// The limit that was reached, if one was.
    pub limit: Option<Limit>,
    /// The place that took most of the time, when a limit was reached.
    pub hottest: Option<TraceFrame>,
}

impl From<Failure> for RunError {
    fn from(failure: Failure) -> RunError {
        let field = |name: &str| {
            let error = failure.value.as_error()?;
            error.fields.get_str(name).and_then(Value::as_str).map(bounded)
        };
        RunError {
            kind: field("kind").unwrap_or_else(|| failure.info.kind.to_string()),
            message: field("message").unwrap_or(failure.info.message),
            help: failure.info.help,
            label: failure.info.label,
            value: failure.value,
            trace: failure.trace,
            limit: failure.limit,
            hottest: failure.hottest,
        }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(frame) = self.trace.first() {
            let (line, column) = frame.source.line_column(frame.span.start);
            write!(f, "{}:{line}:{column}: ", frame.source.name())?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for RunError {}

impl Script {
    /// The code of a function of this file. Compiles the file when first asked.
    pub(crate) fn function(
        &self,
        native: &Native,
        registry: &'static Registry,
    ) -> Result<(Arc<Code>, usize), String> {
        let code = self.code.get_or_init(|| {
            let loader = Arc::new(NoLoader);
            let engine = Engine::with(registry, Limits::default(), loader, true);
            let source = Source::new(format!("{LIBRARY}{}", self.file), self.text);
            let compiled = engine.unit(&source, Mode::Library, &[], false);
            compiled.map(|(code, _)| code).map_err(|e| CompileError::from(e).to_string())
        });
        let code = code.clone()?;
        let found = code.unit.prototypes.iter().position(|p| p.name == native.name);
        found
            .map(|index| (code.clone(), index))
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

impl From<Fault> for RunError {
    fn from(fault: Fault) -> RunError {
        Failure::bare(fault).into()
    }
}
