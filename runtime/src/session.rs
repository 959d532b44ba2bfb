//! A program that grows entry by entry.

use crate::code::Code;
use crate::engine::Engine;
use crate::error::{RunError, SessionError};
use crate::fault::Limit;
use crate::grants::State;
use crate::limits::Stats;
use crate::link::Linker;
use crate::program::{Modules, Output, run_modules, stdout};
use crate::value::{Env, EnvRef, Value};
use crate::vm::{Machine, new_run};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tansy_lang::bytecode::{Slot, SlotKind};
use tansy_lang::compile::Mode;
use tansy_lang::diagnostic::Diagnostics;
use tansy_lang::source::{Source, Span};

/// A program that grows entry by entry, as at a REPL: names stay, may be declared anew, and functions see the newest.
pub struct Session {
    engine: Engine,
    environment: EnvRef,
    /// Those of the modules that entries have imported: their functions may be called again.
    modules: Vec<EnvRef>,
    slots: Vec<Slot>,
    /// All entries together are one run to the clock and to chance.
    state: Option<Box<State>>,
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
            environment: EnvRef::new(Env::new(new_run(), 0)),
            modules: Vec::new(),
            slots: Vec::new(),
            state: State::new(&engine.0.grants),
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
            .unit(&source, Mode::Repl(&self.slots), &[], true, false)
            .map_err(|d| SessionError::Compile(d.into()))?;
        self.warnings = match warnings.is_empty() {
            true => Vec::new(),
            false => vec![Diagnostics { source: source.clone(), list: warnings }],
        };
        // Imported modules run first, each entry anew.
        let mut linker = Linker::new(&engine);
        let mut imports = Vec::new();
        for import in code.imports() {
            linker.loading = vec![(source.clone(), import.span)];
            let module =
                linker.import(&source, &import.path, import.span).map_err(SessionError::Compile)?;
            imports.push((usize::from(import.slot), module));
        }
        let imported = linker.modules;
        let output = &mut self.output;
        let mut print = |text: &str| output(text).map_err(|_| Limit::Interrupt);
        let mut machine = Machine::start(engine.0.setup(&mut print));
        machine.interrupt(self.interrupt.clone());
        machine.count();
        machine.swap_state(&mut self.state);
        machine.adopt(&self.modules);
        let result = (|| {
            let modules = Modules { imported: &imported, main: None };
            let ran = run_modules(&mut machine, modules, &mut [])?;
            // The session must not hold its own environment while the machine changes it.
            let environment = std::mem::take(&mut self.environment);
            let instance = machine.add(Code::new(code.clone()), environment);
            for (slot, module) in imports {
                machine.set_slot(
                    instance,
                    slot,
                    ran.values.get(module).cloned().unwrap_or_default(),
                );
            }
            let value = machine.execute(instance, 0, &mut |_| None);
            self.environment = machine.environment(instance);
            value
        })();
        machine.swap_state(&mut self.state);
        if self.environment.run == 0 {
            self.environment = EnvRef::new(Env::new(new_run(), 0));
        }
        let own = self.environment.run;
        self.modules = machine.environments(own);
        self.stats = machine.stats();
        self.slots = code.infos().slots().collect();
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
        EnvRef::make_mut(&mut self.environment).set(slot, value);
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
