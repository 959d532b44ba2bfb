//! Why a run came to its result: which branches, arms and operands decided, and what they read. As data, and as a report.
//!
//! [`Program::run_traced`] runs a program in a form of its own, compiled when first asked for, which tells on its way what it decides
//! ([`tansy_lang::bytecode::Op::Note`]). The ordinary form knows nothing of this and is as fast as ever. Results, errors and
//! output are the same in both.
//!
//! An [`Explanation`] is a list of [`Step`]s in the order in which they began, each with the step around it: calls of the program's own
//! functions, conditions with their verdicts, the operands of `and`, `or` and `??`, the arms of `match`, and so on. What was not
//! reached is listed, too, where something was chosen.

mod build;
mod reasons;
mod render;

use crate::error::RunError;
use crate::program::{Program, Run};
use crate::value::{Map, Value};
use smol_str::SmolStr;
use std::fmt;
use std::sync::Arc;
use tansy_lang::source::{Source, Span};

pub(crate) use build::{build, one_line};

/// Steps kept of a run; more are counted. Rounds of loops that are like their neighbours do not count.
pub const MOST_STEPS: usize = 10_000;

/// What [`Program::run_traced`] gives.
#[derive(Debug, Clone)]
pub struct Traced {
    /// The value, or why there is none: as [`Program::run`] gives it.
    pub result: Result<Value, RunError>,
    /// Why.
    pub explanation: Explanation,
}

/// Why a run came to its result.
///
/// Its [`Display`](fmt::Display) form is [`Explanation::render`] without colours.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub(crate) result: Result<Value, String>,
    pub(crate) steps: Vec<Step>,
    pub(crate) inputs: Vec<(String, Value)>,
    pub(crate) omitted: u64,
}

/// Something that was decided, called or given on the way to the result.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Step {
    /// What it is.
    pub decision: Decision,
    /// The text it stands in.
    pub source: Arc<Source>,
    /// Where it stands.
    pub span: Span,
    /// How many steps are around it.
    pub depth: usize,
    /// The number of the step around it.
    pub parent: Option<usize>,
    /// Whether it was reached at all. What was not has no value, reads or steps inside.
    pub reached: bool,
    /// Its value: the verdict of a condition, the result of a call, the subject of a `match`, the element of a round. None when it was left
    /// early.
    pub value: Option<Value>,
    /// The names and paths it looked at, with their values, without those of the steps inside. At most twelve.
    pub reads: Vec<Read>,
    /// So many more of it followed in a loop and are left out: of rounds with the same verdicts the first and the last are kept.
    pub repeats: u64,
    /// Those left out were of too many kinds to keep one of each: not all of them had the same verdicts.
    pub mixed: bool,
    /// It is one of [`Explanation::because`].
    pub decided: bool,
    /// An error ended it: one that ended the run, or that was caught further out.
    pub failed: bool,
    /// Its value is that of the step around it.
    pub(crate) result: bool,
    /// It contains a `return`, `throw` or the like.
    pub(crate) exits: bool,
    /// The word before it in the source, where that is not in its span.
    pub(crate) word: &'static str,
}

/// What a [`Step`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// The top level of a module.
    Module,
    /// A function that the library called, as `any` does with its argument; for a closure, `closure`.
    Function {
        /// Its name.
        name: SmolStr,
    },
    /// A call that may come to a function of the program.
    Call {
        /// The function's name, if it did.
        function: Option<SmolStr>,
    },
    /// A condition of `if`, `while` or a comprehension, or the block after `else`.
    Branch {
        /// Whether its block was entered.
        taken: bool,
    },
    /// A `match`; its arms are inside.
    Match,
    /// An arm of a `match`.
    Arm {
        /// Its number, from 0.
        index: usize,
        /// So many there are.
        of: usize,
        /// Whether it was taken.
        taken: bool,
    },
    /// The guard of an arm whose pattern fits.
    Guard,
    /// The condition of an `assert`.
    Assert,
    /// A chain of operands whose value nothing else tells.
    Logic,
    /// An operand of `and`, `or` or `??`.
    Operand {
        /// The operator.
        op: Operator,
    },
    /// A `let` or `var`.
    Let {
        /// What it declares.
        name: String,
    },
    /// A round of a `for`.
    Round,
    /// A `return`.
    Return,
    /// A `throw`; its value is what is thrown.
    Throw,
    /// The handler of a `try`; its value is the error.
    Catch,
}

/// An operator that may leave its right side alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `and`
    And,
    /// `or`
    Or,
    /// `??`
    Coalesce,
}

/// A name, path or operand that was looked at.
#[derive(Debug, Clone)]
pub struct Read {
    /// As the source has it: `i.qty`.
    pub text: String,
    /// Where that stands in the inputs, if it does: `order.items[3].qty`.
    pub path: Option<String>,
    /// What it was.
    pub value: Value,
}

impl Step {
    /// The text of the expression, on one line.
    pub fn text(&self) -> String {
        let text = one_line(self.source.slice(self.span));
        match self.word {
            "" => text,
            word if text.is_empty() => word.to_string(),
            word => format!("{word} {text}"),
        }
    }

    /// The line on which it begins, from 1.
    pub fn line(&self) -> u32 {
        self.source.line_column(self.span.start).0
    }

    /// What kind of step it is, as one word: `branch`, `operand`, `call` …
    pub fn kind(&self) -> &'static str {
        match self.decision {
            Decision::Module => "module",
            Decision::Function { .. } => "function",
            Decision::Call { .. } => "call",
            Decision::Branch { .. } => "branch",
            Decision::Match => "match",
            Decision::Arm { .. } => "arm",
            Decision::Guard => "guard",
            Decision::Assert => "assert",
            Decision::Logic => "logic",
            Decision::Operand { .. } => "operand",
            Decision::Let { .. } => "let",
            Decision::Round => "round",
            Decision::Return => "return",
            Decision::Throw => "throw",
            Decision::Catch => "catch",
        }
    }
}

impl Explanation {
    /// What the run came to: its value, or the message of its error with its place.
    pub fn result(&self) -> Result<&Value, &str> {
        self.result.as_ref().map_err(String::as_str)
    }

    /// Everything that was noted, in the order in which it began: a step stands before those inside it.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What was read of the inputs: the path, resolved to where it stands (`order.items[3].qty`), and the value; each once, in the
    /// order of the first reading. A collection of which parts were read is not listed itself.
    pub fn inputs(&self) -> &[(String, Value)] {
        &self.inputs
    }

    /// The chain that led to the result, innermost reasons first; the last is the program itself. What was computed on the way but
    /// would not have changed which way was taken is left out.
    pub fn because(&self) -> impl Iterator<Item = &Step> {
        reasons::chain(&self.steps).into_iter().map(|i| &self.steps[i])
    }

    /// How many steps were left out for want of room ([`MOST_STEPS`]). Rounds of loops that were folded are counted in
    /// [`Step::repeats`] instead.
    pub fn omitted(&self) -> u64 {
        self.omitted
    }

    /// The report for people: the lines of the source that mattered, with what they came to and what they read in the margin; what
    /// was not reached is dimmed. Ends in the reasons.
    pub fn render(&self, color: bool) -> String {
        render::render(self, color)
    }

    /// The explanation as a Tansy value, of maps, vectors, strings and numbers, for a host that stores it or sends it on: `result`
    /// or `error`, `inputs` (path to value), `because` (numbers of steps) and `steps`. What JSON has no form for (a function) or what
    /// takes more than some thousand characters is given as its text, cut off; a collection of the inputs by its path only.
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        match &self.result {
            Ok(value) => map.insert_str("result", plain(value)),
            Err(message) => map.insert_str("error", Value::str(message)),
        };
        let inputs = self.inputs.iter().fold(Map::new(), |mut map, (path, value)| {
            map.insert_str(path, plain(value));
            map
        });
        map.insert_str("inputs", Value::map(inputs));
        let because = reasons::chain(&self.steps).into_iter().map(|i| Value::int(i as i64));
        map.insert_str("because", Value::from(because.collect::<Vec<_>>()));
        let steps = self.steps.iter().map(step_value);
        map.insert_str("steps", Value::from(steps.collect::<Vec<_>>()));
        map.insert_str("omitted", Value::int(self.omitted.min(i64::MAX as u64) as i64));
        Value::map(map)
    }
}

/// The report, without colours.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

fn step_value(step: &Step) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| {
        map.insert_str(name, value);
    };
    put("kind", Value::str(step.kind()));
    put("text", Value::str(&step.text()));
    put("source", Value::str(step.source.name()));
    put("line", Value::int(step.line().into()));
    put("depth", Value::int(step.depth as i64));
    if let Some(parent) = step.parent {
        put("parent", Value::int(parent as i64));
    }
    put("reached", Value::bool(step.reached));
    put("decided", Value::bool(step.decided));
    if let Some(value) = &step.value {
        put("value", plain(value));
    }
    if step.repeats > 0 {
        put("repeats", Value::int(step.repeats.min(i64::MAX as u64) as i64));
    }
    if let Decision::Branch { taken } | Decision::Arm { taken, .. } = &step.decision {
        put("taken", Value::bool(*taken));
    }
    if !step.reads.is_empty() {
        let reads = step.reads.iter().map(|read| {
            let mut map = Map::new();
            map.insert_str("text", Value::str(&read.text));
            if let Some(path) = &read.path {
                map.insert_str("path", Value::str(path));
            }
            let collection = read.value.as_map().is_some() || read.value.as_vec().is_some();
            if read.path.is_none() || !collection {
                map.insert_str("value", plain(&read.value));
            }
            Value::map(map)
        });
        put("reads", Value::from(reads.collect::<Vec<_>>()));
    }
    Value::map(map)
}

/// The value, if JSON has a form for it of some thousand characters; else its text.
fn plain(value: &Value) -> Value {
    const MOST: usize = 4_000;
    match crate::json::stringify(value, MOST) {
        Ok(_) => value.clone(),
        Err(_) => Value::str(&value.write_bounded(MOST)),
    }
}

impl Program {
    /// Runs it, printing to standard output, and tells why it came to its result.
    ///
    /// The traced form of the program is compiled when this is first called. It takes more steps than the ordinary one: what it tells
    /// costs fuel. Calls in tail position of methods nest one deeper. Everything else is as in [`Program::run`].
    pub fn run_traced(&self, inputs: &[(&str, Value)]) -> Traced {
        let mut run = self.start().traced(true);
        for (name, value) in inputs {
            run = run.input(name, value.clone());
        }
        let result = run.execute();
        let explanation = run.explanation.take().unwrap_or_else(|| Explanation {
            result: result.clone().map_err(|e| e.to_string()),
            steps: Vec::new(),
            inputs: Vec::new(),
            omitted: 0,
        });
        Traced { result, explanation }
    }
}

impl Run {
    /// Whether to note what decides the result, for [`Run::explanation`]. See [`Program::run_traced`].
    pub fn traced(mut self, on: bool) -> Run {
        self.traced = on;
        self
    }

    /// Why the last run came to its result, however it ended; none unless [`Run::traced`].
    pub fn explanation(&self) -> Option<&Explanation> {
        self.explanation.as_ref()
    }
}
