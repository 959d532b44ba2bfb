//! Programs and their runs.
//!
//! A [`Program`] is immutable and shared by all threads; a run needs only `&Program`, and on the way of a short run no count that
//! threads share is touched. [`Program::run`] is the short form of a run, [`Program::start`] the one with everything that can
//! be said about it. A [`Function`] of a program is called by itself, as often as wanted.

mod modules;
mod run;

pub(crate) use modules::{Modules, run_modules};
pub(crate) use run::stdout;
pub use run::{Execution, Output, Run};

use crate::code::{Code, Shares};
use crate::convert::FromValue;
use crate::engine::Engine;
use crate::error::{Error, RunError};
use crate::fault::{Fault, Limit};
use crate::host::Arguments;
use crate::link::{Besides, Content, Data, Module};
use crate::value::{Map, Value};
use crate::vm::{Failure, Machine};
use std::fmt;
use std::sync::Arc;
use tansy_lang::compile::Mode;
use tansy_lang::diagnostic::Diagnostics;
use tansy_lang::source::{Source, Span};
use tansy_lang::spell::did_you_mean;

/// A compiled program: immutable, cheap to clone, shared by all threads.
#[derive(Clone)]
pub struct Program(InnerRef);

/// (Nobody needs weak ones, which `Arc` has room for.)
pub(crate) type InnerRef = triomphe::Arc<Inner>;

pub(crate) struct Inner {
    engine: Engine,
    /// The program itself, which has the modules that it imports.
    main: Module,
}

impl Inner {
    /// The program as traced code. A module that cannot be compiled so, since it is then too large, stays as it is.
    fn traced(&self) -> &Inner {
        self.main.besides().traced.get_or_init(|| {
            let imported =
                self.main.imported().iter().map(|m| self.traced_module(m, Box::default()));
            let main = self.traced_module(&self.main, imported.collect());
            InnerRef::new(Inner { engine: self.engine.clone(), main })
        })
    }

    /// A module as traced code, with what else it imported.
    fn traced_module(&self, module: &Module, imported: Box<[Module]>) -> Module {
        let code = match &module.content {
            Content::Code(code) => code,
            Content::Data(data) => return Module::data(Data::clone(data)),
        };
        let inputs = code.inputs();
        // With their names kept, modules give their importers what they gave before.
        let traced = self.engine.unit(code.source(), Mode::Program, inputs, true, true);
        let traced = traced.map_or_else(|_| code.loaded().clone(), |(traced, _)| traced);
        let slots = traced.imports().iter().map(|import| usize::from(import.slot));
        let imports = slots.zip(module.imports().iter().map(|(_, module)| *module)).collect();
        let exported = module.exported();
        Module::code(traced, Besides { imports, exported, imported, ..Besides::default() })
    }

    /// All modules.
    #[inline]
    fn modules(&self) -> Modules<'_> {
        Modules { imported: self.main.imported(), main: Some(&self.main) }
    }
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

/// The values that a host gives to a program's inputs, by name: pairs, or a [`Map`]. What the program does not declare is not looked at.
///
/// By reference, they are shared with the program. Pairs that are given away are the program's alone: what it changes of them it changes in
/// place, and nobody counts who holds them.
pub trait Inputs {
    /// The value of an input.
    fn input(&self, name: &str) -> Option<Value>;

    /// The same of inputs that were given away, which are asked for each of theirs once.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.input(name)
    }
}

impl<I: Inputs + ?Sized> Inputs for &I {
    #[inline]
    fn input(&self, name: &str) -> Option<Value> {
        (**self).input(name)
    }
}

impl Inputs for [(&str, Value)] {
    #[inline]
    fn input(&self, name: &str) -> Option<Value> {
        self.iter().rev().find(|(n, _)| *n == name).map(|(_, v)| v.clone())
    }

    #[inline]
    fn take(&mut self, name: &str) -> Option<Value> {
        self.iter_mut().rev().find(|(n, _)| *n == name).map(|(_, v)| v.take())
    }
}

impl<const N: usize> Inputs for [(&str, Value); N] {
    #[inline]
    fn input(&self, name: &str) -> Option<Value> {
        self[..].input(name)
    }

    #[inline]
    fn take(&mut self, name: &str) -> Option<Value> {
        self[..].take(name)
    }
}

impl Inputs for Map {
    fn input(&self, name: &str) -> Option<Value> {
        self.get_str(name).cloned()
    }
}

impl<N: AsRef<str>> Inputs for Vec<(N, Value)> {
    fn input(&self, name: &str) -> Option<Value> {
        self.iter().rev().find(|(n, _)| n.as_ref() == name).map(|(_, v)| v.clone())
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.iter_mut().rev().find(|(n, _)| n.as_ref() == name).map(|(_, v)| v.take())
    }
}

impl Program {
    /// A program, whose own module has those that it imports.
    pub(crate) fn new(engine: Engine, main: Module) -> Program {
        Program(InnerRef::new(Inner { engine, main }))
    }

    /// The engine it was compiled by.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Runs it, printing where the engine prints, and gives its value. Inputs are bound by name, whatever their size: shared by
    /// `run(&[("order", order)])`, given away by `run([("order", order)])`.
    ///
    /// # Errors
    /// What the program throws; a limit that was reached; an input without a value.
    pub fn run(&self, mut inputs: impl Inputs) -> Result<Value, RunError> {
        with_machine(&self.0.engine, &*self.0, |machine, program| {
            if let Some(code) = program.main.shares()
                && program.main.imported().is_empty()
            {
                // The same in short: it imports nothing.
                let instance = machine.add_program(code, |_| {});
                return machine.execute(instance, 0, &mut |name| inputs.take(name));
            }
            Ok(run_modules(machine, program.modules(), &mut inputs)?.result)
        })
    }

    /// A run to be set up.
    pub fn start(&self) -> Run {
        Run::new(self.clone())
    }

    /// A function that the program declares with `fn` at its top level. Its top level runs first, once for all functions of this
    /// [`Program`], without inputs.
    ///
    /// # Errors
    /// The top level fails; there is no such function.
    pub fn function(&self, name: &str) -> Result<Function, RunError> {
        let value = self.export(name)?;
        match self.0.engine.function(value.clone()) {
            Some(function) => {
                let module = self.module_of(value).map(|module| (self.clone(), module));
                Ok(Function { module, ..function })
            }
            None => {
                let message = format!("`{name}` is {}, not a function", value.type_name());
                Err(Fault::new("type-error", message).into())
            }
        }
    }

    /// Calls a function of the program: [`Program::function`] and [`Function::call`] in one.
    ///
    /// # Errors
    /// As for both.
    pub fn call<T: FromValue>(&self, name: &str, arguments: impl Arguments) -> Result<T, Error> {
        let function = self.export(name)?;
        let shares = self.shares_of(function);
        arguments.give(|values| call(&self.0.engine, function, shares, values))
    }

    /// The place, counted from the program's own, of the module that has the code of a function, if it is one of the program's.
    fn module_of(&self, function: &Value) -> Option<usize> {
        let code: &Code = &function.as_fn()?.code;
        let is = |module: &Module| module.shares().is_some_and(|shares| code.is(shares));
        self.0.modules().iter().rev().position(is)
    }

    /// The code of a function, if it is one of the program's.
    fn shares_of(&self, function: &Value) -> Option<&Shares> {
        let code: &Code = &function.as_fn()?.code;
        self.0.modules().iter().rev().filter_map(Module::shares).find(|shares| code.is(shares))
    }

    /// The code of a module, by its place counted from the program's own.
    #[inline(always)]
    fn code_of(&self, module: usize) -> Option<&Shares> {
        let main = &self.0.main;
        match module {
            0 => main,
            before => main.imported().iter().rev().nth(before - 1)?,
        }
        .shares()
    }

    fn export(&self, name: &str) -> Result<&Value, RunError> {
        let exports = self.exports()?;
        exports.get_str(name).ok_or_else(|| no_function(exports, name))
    }

    /// The program's functions and kept names.
    fn exports(&self) -> Result<&Map, RunError> {
        let kept = &self.0.main.besides().exports;
        if let Some(exports) = kept.get() {
            return Ok(exports);
        }
        let exports = with_machine(&self.0.engine, &*self.0, |machine, program| {
            let ran = run_modules(machine, program.modules(), &mut [])?;
            Ok(ran.exports(machine))
        })?;
        Ok(kept.get_or_init(|| exports))
    }

    fn main(&self) -> &Module {
        &self.0.main
    }

    /// What the compiler found worth saying, by source.
    pub fn warnings(&self) -> Vec<Diagnostics> {
        let modules = self.0.modules().iter().filter(|m| !m.warnings().is_empty());
        modules
            .map(|m| Diagnostics { source: m.source().clone(), list: m.warnings().to_vec() })
            .collect()
    }

    /// The texts it was made from, imported ones first, its own last.
    pub fn sources(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.0.modules().iter().map(Module::source)
    }

    /// The bytecode, readable. It is made anew: a program keeps no more than what runs.
    pub fn disassemble(&self) -> String {
        let Content::Code(code) = &self.main().content else { return "plain data\n".into() };
        self.0.engine.listing(code.source(), code.inputs(), self.main().exported())
    }

    /// The `test` blocks of the program's own text.
    pub fn tests(&self) -> Vec<TestInfo> {
        let Content::Code(code) = &self.main().content else { return Vec::new() };
        let tests = code.tests().iter();
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
        let Content::Code(code) = &self.main().content else { return Vec::new() };
        code.docs().iter().map(|(n, d)| (n.to_string(), d.clone())).collect()
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Program").field(&self.main().source().name()).finish()
    }
}

#[cold]
fn no_function(exports: &Map, name: &str) -> RunError {
    let near = did_you_mean(name, exports.keys().filter_map(Value::as_str));
    let fault = Fault::new("unknown-name", format!("the program has no function `{name}`"));
    fault.maybe_help(near).into()
}

/// A function to be called from Rust: of a script, of the library, or the host's own. Cheap to clone, shared by all threads.
#[derive(Clone)]
pub struct Function {
    engine: Engine,
    value: Value,
    /// The program that it is of, if that is known, and the place, counted from the program's own, of the module that has its code.
    module: Option<(Program, usize)>,
}

impl Function {
    pub(crate) fn new(engine: Engine, value: Value) -> Function {
        Function { engine, value, module: None }
    }

    /// Calls it, under the engine's limits.
    ///
    /// # Errors
    /// What it throws; a limit that was reached; a result that is no `T`.
    pub fn call<T: FromValue>(&self, arguments: impl Arguments) -> Result<T, Error> {
        let Function { engine, value, module } = self;
        let shares = module.as_ref().and_then(|(program, module)| program.code_of(*module));
        arguments.give(|values| call(engine, value, shares, values))
    }

    /// The function as a value.
    pub fn value(&self) -> &Value {
        &self.value
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function({})", self.value)
    }
}

/// Calls a function, whose code is in `shares` if that is known, and gives what it gives as a type of the host.
#[inline(always)]
fn call<T: FromValue>(
    engine: &Engine,
    function: &Value,
    shares: Option<&Shares>,
    arguments: &mut [Value],
) -> Result<T, Error> {
    let mut result = call_value(engine, function, shares, arguments);
    // (Read where it stands: what has just been stored word by word would be slow to move.)
    if let Ok(value) = &mut result {
        return Ok(T::from_place(value)?);
    }
    Ok(T::from_owned(result?)?)
}

#[inline(never)]
fn call_value(
    engine: &Engine,
    function: &Value,
    shares: Option<&Shares>,
    arguments: &mut [Value],
) -> Result<Value, RunError> {
    with_machine(engine, &(function, shares), |machine, (function, shares)| {
        machine.call_from_outside(function, *shares, arguments)
    })
}

/// A run as the engine sets it up. The machine may borrow what is `kept`.
#[inline]
fn with_machine<K: ?Sized, T>(
    engine: &Engine,
    kept: &K,
    work: impl for<'a> FnOnce(&mut Machine<'a>, &'a K) -> Result<T, Failure>,
) -> Result<T, RunError> {
    let engine = &engine.0;
    let mut print = |text: &str| (engine.output)(text).map_err(|_| Limit::Interrupt);
    let mut machine = Machine::start(engine.setup(&mut print));
    let done = work(&mut machine, kept);
    machine.end();
    Ok(done?)
}
