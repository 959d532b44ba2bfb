//! Runs of programs with everything that can be said about them: at once, or yielding now and then.

use super::modules::{Ran, run_modules};
use super::{InnerRef, Inputs, Program};
use crate::error::RunError;
use crate::explain::{self, Explanation};
use crate::fault::Limit;
use crate::grants::Grants;
use crate::limits::{Limits, Stats};
use crate::link::Content;
use crate::profile::Profile;
use crate::value::{Map, Value};
use crate::vm::{Failure, Machine, Progress, Setup, Task};
use std::fmt;
use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll};

/// Where the text that one run prints goes.
pub type Output = Box<dyn FnMut(&str) -> std::io::Result<()> + Send>;

pub(crate) fn stdout(text: &str) -> std::io::Result<()> {
    std::io::stdout().lock().write_all(text.as_bytes())
}

/// One run of a program, being set up.
pub struct Run {
    program: Program,
    inputs: Vec<(String, Value)>,
    output: Output,
    limits: Option<Limits>,
    interrupt: Option<Arc<AtomicBool>>,
    stats: Stats,
    profiled: bool,
    profile: Option<Profile>,
    pub(crate) traced: bool,
    pub(crate) explanation: Option<Explanation>,
}

impl Run {
    pub(super) fn new(program: Program) -> Run {
        let engine = program.0.engine.clone();
        Run {
            program,
            inputs: Vec::new(),
            output: Box::new(move |text| (engine.0.output)(text)),
            limits: None,
            interrupt: None,
            stats: Stats::default(),
            profiled: false,
            profile: None,
            traced: false,
            explanation: None,
        }
    }

    /// Gives a declared input its value.
    pub fn input(mut self, name: &str, value: impl Into<Value>) -> Run {
        self.inputs.push((name.to_string(), value.into()));
        self
    }

    /// Sends what the program prints somewhere else than the engine's output.
    pub fn output(mut self, output: Output) -> Run {
        self.output = output;
        self
    }

    /// Other limits than the engine's.
    pub fn limits(mut self, limits: Limits) -> Run {
        self.limits = Some(limits);
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
        self.go(|_, ran| Ok(ran.result))
    }

    /// Runs the program without holding up the thread: the future does about ten thousand steps each time it is polled, and waits where
    /// a host function is asynchronous. It needs no particular runtime. Dropping it ends the run. (A profile or an explanation is
    /// not to be had this way.)
    ///
    /// A deadline is looked at when the future is polled: while a host function waits for something that never happens, nobody looks.
    ///
    /// ```
    /// # use tansy_runtime::{Program, RunError, value::Value};
    /// async fn total(program: &Program, order: Value) -> Result<Value, RunError> {
    ///     program.start().input("order", order).execute_async().await
    /// }
    /// ```
    pub fn execute_async(self) -> Execution {
        let mut output = self.output;
        let print = Box::new(move |text: &str| output(text).map_err(|_| Limit::Interrupt));
        let registry = self.program.0.engine.0.registry;
        let kept = Arc::new(Kept { program: self.program.0, limits: self.limits });
        let task = Task::new(kept, registry, Kept::rules, self.interrupt, print);
        Execution { task, inputs: self.inputs, ran: Ran::default(), number: 0, running: false }
    }

    /// Runs the program and gives its exported names (compiled with [`CompileOptions::exports`](crate::CompileOptions::exports)).
    pub fn execute_module(&mut self) -> Result<Map, RunError> {
        self.go(|machine, ran| Ok(ran.exports(machine)))
    }

    /// Runs the program and then one of its `test` blocks.
    pub fn test(&mut self, index: usize) -> Result<(), RunError> {
        let program = self.program.clone();
        self.go(|machine, ran| {
            let Content::Code(code) = &program.main().content else { return Ok(()) };
            if let (Some(test), Some(instance)) = (code.tests().get(index), ran.instance) {
                machine.execute(instance, test.prototype.into(), &mut |_| None)?;
            }
            Ok(())
        })
    }

    /// What the last run used.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Where the steps of the last run went, however it ended; none unless [`Run::profiled`].
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    fn go<T>(
        &mut self,
        then: impl FnOnce(&mut Machine, Ran) -> Result<T, Failure>,
    ) -> Result<T, RunError> {
        let program = &*self.program.0;
        let engine = &program.engine.0;
        let output = &mut self.output;
        let mut print = |text: &str| output(text).map_err(|_| Limit::Interrupt);
        let limits = self.limits.as_ref().unwrap_or(&engine.limits);
        let mut machine = Machine::start(Setup { limits, ..engine.setup(&mut print) });
        machine.interrupt(self.interrupt.clone());
        machine.count();
        if self.profiled {
            machine.sample();
        }
        let modules = match self.traced {
            true => {
                machine.record(explain::MOST_STEPS);
                program.traced().modules()
            }
            false => program.modules(),
        };
        let ran = run_modules(&mut machine, modules, &mut &self.inputs);
        let value = ran.as_ref().ok().filter(|_| self.traced).map(|ran| ran.result.clone());
        let result = ran.and_then(|ran| then(&mut machine, ran));
        self.stats = machine.stats();
        self.profile = machine.profile();
        self.explanation = machine.explanation(result.is_err());
        let result = result.map_err(RunError::from);
        if let Some(explanation) = &mut self.explanation {
            let error = result.as_ref().err().map(RunError::to_string);
            explanation.result = error.map_or(Ok(value.unwrap_or_default()), Err);
        }
        result
    }
}

/// What a run that yields holds on to.
struct Kept {
    program: InnerRef,
    /// Other limits than the engine's.
    limits: Option<Limits>,
}

impl Kept {
    fn rules(&self) -> (&Limits, &Grants) {
        let engine = &self.program.engine.0;
        (self.limits.as_ref().unwrap_or(&engine.limits), &engine.grants)
    }
}

/// A run that yields: a future that does a slice of the work each time it is polled, and lets others run in between. See
/// [`Run::execute_async`].
pub struct Execution {
    task: Task<Kept>,
    inputs: Vec<(String, Value)>,
    ran: Ran,
    /// The module that runs, or is to run next.
    number: usize,
    running: bool,
}

impl Execution {
    /// What the run has used so far; after its end, what it used: `let result = (&mut execution).await`.
    pub fn stats(&mut self) -> Stats {
        self.task.with(|machine, _| machine.stats())
    }
}

impl Future for Execution {
    type Output = Result<Value, RunError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Execution { task, inputs, ran, number, running } = self.get_mut();
        task.with(|machine, kept| {
            let modules = kept.program.modules();
            loop {
                if !*running {
                    let Some(module) = modules.get(*number) else {
                        return Poll::Ready(Ok(std::mem::take(&mut ran.result)));
                    };
                    match ran.begin(machine, module) {
                        None => *number += 1,
                        Some(instance) => {
                            let mut input = |name: &str| inputs.take(name);
                            if let Err(failure) = machine.enter_main(instance, 0, &mut input) {
                                return Poll::Ready(Err(failure.into()));
                            }
                            *running = true;
                        }
                    }
                    continue;
                }
                match std::task::ready!(machine.poll(context)) {
                    Progress::Paused => {
                        context.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    // It is asked at once, so that it knows whom to wake.
                    Progress::Waits => {}
                    Progress::Ended(Ok(value)) => {
                        ran.end(machine, modules, *number, value);
                        (*running, *number) = (false, *number + 1);
                    }
                    Progress::Ended(Err(failure)) => {
                        return Poll::Ready(Err(failure.into()));
                    }
                }
            }
        })
    }
}

impl fmt::Debug for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Execution").finish_non_exhaustive()
    }
}
