//! What happens when an instruction fails: the search for a handler, the error value it gets, and the trace.

use super::step::{At, place};
use super::{Frame, Machine};
use crate::code::Prototype;
use crate::fault::{ErrorInfo, Fault, Limit};
use crate::value::{ErrorBody, Kind, Map, Ref, TraceFrame, Value, start_of, watch};
use std::any::Any;
use std::collections::VecDeque;

/// The most entries a trace keeps at each end; the middle of a longer one is left out.
pub(super) const TRACE: usize = 40;

/// Where a call of a trace is: an instance, a prototype of its code, and an instruction of that.
type Place = (u32, usize, usize);

/// The most bytes of a message that reach the host; the error value has all of it.
const MESSAGE: usize = 4096;

/// Why a run ended without a value. One pointer: results are moved about, and most are values.
pub(crate) type Failure = Box<Failed>;

/// What is known about the end of a run.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) info: ErrorInfo,
    /// What `catch` would have seen; null for a limit.
    pub(crate) value: Value,
    pub(crate) trace: Vec<TraceFrame>,
    pub(crate) limit: Option<Limit>,
    /// Code of the host panicked.
    pub(crate) panicked: bool,
    /// The hottest place, when a limit was reached.
    pub(crate) hottest: Option<TraceFrame>,
}

impl Failed {
    pub(crate) fn internal(message: &str) -> Failure {
        Failed::bare(Fault::new("internal", message))
    }

    /// A failure outside any code.
    pub(crate) fn bare(fault: Fault) -> Failure {
        let (info, limit) = describe_fault(&fault, &crate::limits::Limits::default());
        let panicked = matches!(fault, Fault::Panic(_));
        let (value, trace) = (Value::NULL, Vec::new());
        Box::new(Failed { info, value, trace, limit, panicked, hottest: None })
    }
}

/// A frame and the instruction it is at.
#[derive(Clone, Copy)]
pub(super) struct Running {
    prototype: *const Prototype,
    pc: usize,
    base: usize,
    instance: u32,
}

impl Machine<'_> {
    /// Finds who handles a fault of the instruction at [`Machine::at`], and makes that the place to go on. Or tells why the run ends.
    #[cold]
    pub(super) fn unwind(&mut self, fault: Fault) -> Result<(), Failure> {
        let failed = self.running();
        self.unclean = true;
        // The trace walks the whole stack.
        self.cx.fuel -= (self.frames.len() / 4) as i64;
        self.cx.settle_work();
        // What is to end this run has perhaps ended one inside it, whose error this is then.
        let fault = match watch::look_outside() {
            Err(limit) if !matches!(fault, Fault::Panic(_) | Fault::Limit(_)) => {
                Fault::Limit(limit)
            }
            _ => fault,
        };
        let trace = self.trace(failed);
        let (info, limit) = describe_fault(&fault, self.limits);
        if let Fault::Panic(_) = fault {
            self.clear_all(failed);
            return Err(Box::new(Failed { trace, ..*Failed::bare(fault) }));
        }
        if limit.is_some_and(|l| l != Limit::Depth) {
            self.note_stack();
            let hottest = self.hottest().map(|(code, prototype, span)| TraceFrame {
                function: code.name(prototype).into(),
                source: code.source().clone(),
                span,
                repeat: 0,
                omitted: 0,
            });
            self.clear_all(failed);
            let value = Value::NULL;
            return Err(Box::new(Failed { info, value, trace, limit, panicked: false, hottest }));
        }
        let value = error_value(fault, &info, &trace);
        let mut here = failed;
        loop {
            if let Some((register, target)) = self.handler(here) {
                self.stack[here.base + usize::from(register)] = value;
                self.go_on(here, target);
                return Ok(());
            }
            self.clear(here.prototype, here.base);
            let Some(frame) = self.frames.pop() else {
                return Err(uncaught(value, info, trace, limit));
            };
            // The caller stands behind its call.
            here = self.caller(&frame);
        }
    }

    /// The end of a run in which code of the host panicked. Where that happened is known if it was in the running instruction.
    #[cold]
    pub(super) fn panicked(&mut self, panic: &(dyn Any + Send)) -> Failure {
        let fault = panic_fault(panic);
        let trace = if self.is_inside() { self.trace(self.running()) } else { Vec::new() };
        self.frames.clear();
        self.poisoned = true;
        Box::new(Failed { trace, ..*Failed::bare(fault) })
    }

    /// Whether the program counter is at an instruction of the running prototype.
    fn is_inside(&self) -> bool {
        let code = self.instances[self.instance as usize].code();
        let info = code.infos().get(code.index_of(self.prototype));
        // SAFETY: prototypes live as long as the machine.
        let start = unsafe { (*self.prototype).code.start() };
        self.at.pc >= start && info.place(self.place(self.at.pc)).is_some()
    }

    /// The running frame.
    pub(super) fn running(&self) -> Running {
        Running {
            prototype: self.prototype,
            pc: self.place(self.at.pc),
            base: self.base(),
            instance: self.instance,
        }
    }

    /// Makes an instruction of a frame the one to go on with.
    fn go_on(&mut self, here: Running, target: u32) {
        self.prototype = here.prototype;
        self.instance = here.instance;
        // SAFETY: prototypes of frames belong to the codes of `instances`, which are never removed during a run; a verified
        // address is inside the code, and a frame inside the stack.
        unsafe {
            let prototype = &*here.prototype;
            self.at = At {
                pc: prototype.code.start().add(target as usize),
                regs: self.stack.as_mut_ptr().add(here.base),
                consts: prototype.constants,
            };
        }
    }

    /// A suspended caller, at its call.
    fn caller(&self, frame: &Frame) -> Running {
        Running {
            prototype: frame.prototype,
            pc: place(frame.prototype, frame.at.pc) - 1,
            base: self.index(frame.at.regs),
            instance: frame.instance,
        }
    }

    fn handler(&self, here: Running) -> Option<(u16, u32)> {
        let code = self.instances[here.instance as usize].code();
        let handler = code
            .handlers(code.index_of(here.prototype))
            .iter()
            .find(|h| (h.start as usize) <= here.pc && here.pc < h.end as usize)?;
        Some((handler.register, handler.target))
    }

    /// Gives up everything a frame holds.
    pub(super) fn clear(&mut self, prototype: *const Prototype, base: usize) {
        // SAFETY: prototypes of frames belong to the codes of `instances`, which are never removed during a run.
        let registers = usize::from(unsafe { (*prototype).registers });
        self.forget(base - 1..base + registers);
    }

    fn clear_all(&mut self, mut here: Running) {
        loop {
            self.clear(here.prototype, here.base);
            match self.frames.pop() {
                Some(frame) => here = self.caller(&frame),
                None => break,
            }
        }
    }

    /// The calls that led here, innermost first; neighbours that are alike are folded.
    pub(super) fn trace(&self, here: Running) -> Vec<TraceFrame> {
        // The places of the frames that are shown, how often each is repeated, and how many are left out after it.
        let mut trace: Vec<(Place, u64, u64)> = Vec::new();
        let mut tail: VecDeque<(Place, u64, u64)> = VecDeque::new();
        let mut last: Option<Place> = None;
        let callers = self.frames.iter().rev().map(|f| self.caller(f));
        for frame in std::iter::once(here).chain(callers) {
            let code = self.instances[frame.instance as usize].code();
            let place = (frame.instance, code.index_of(frame.prototype), frame.pc);
            if last == Some(place) {
                if let Some((_, repeat, _)) = tail.back_mut().or(trace.last_mut()) {
                    *repeat += 1;
                }
                continue;
            }
            last = Some(place);
            if trace.len() < TRACE {
                trace.push((place, 0, 0));
            } else {
                tail.push_back((place, 0, 0));
                if tail.len() > TRACE
                    && let Some((_, left_out, _)) = tail.pop_front()
                    && let Some((_, _, omitted)) = trace.last_mut()
                {
                    *omitted += 1 + left_out;
                }
            }
        }
        let shown = trace.into_iter().chain(tail);
        shown.map(|(place, repeat, omitted)| self.trace_frame(place, repeat, omitted)).collect()
    }

    fn trace_frame(&self, place: Place, repeat: u64, omitted: u64) -> TraceFrame {
        let (instance, prototype, pc) = place;
        let code = self.instances[instance as usize].code();
        TraceFrame {
            function: code.name(prototype).into(),
            source: code.source().clone(),
            span: code.span(prototype, pc),
            repeat,
            omitted,
        }
    }
}

fn describe_fault(fault: &Fault, limits: &crate::limits::Limits) -> (ErrorInfo, Option<Limit>) {
    let info = |kind, message: String, help: &str| ErrorInfo {
        kind,
        message,
        help: if help.is_empty() { Vec::new() } else { vec![help.to_string()] },
        label: String::new(),
        data: Value::NULL,
    };
    match fault {
        Fault::Error(info) => ((**info).clone(), None),
        Fault::Thrown(value) => {
            let message = thrown_message(value);
            (info("thrown", message, ""), None)
        }
        Fault::Panic(message) => (info("host-panic", message.to_string(), ""), None),
        Fault::Limit(limit) => {
            let info = match limit {
                Limit::Fuel => info(
                    "fuel-limit",
                    format!("out of fuel: the limit of {} steps is used up", grouped(limits.fuel)),
                    "is there a loop that never ends? If the work is really so much, raise the fuel limit",
                ),
                Limit::Memory => info(
                    "memory-limit",
                    format!("out of memory: the limit is {}", bytes(limits.memory)),
                    "is something growing without end? If the data is really so large, raise the memory limit",
                ),
                Limit::Time => info(
                    "time-limit",
                    match limits.time {
                        Some(time) => format!("out of time: the limit is {time:?}"),
                        None => "out of time".to_string(),
                    },
                    "is there a loop that never ends? If the work really takes so long, raise the time limit",
                ),
                Limit::Output => info(
                    "output-limit",
                    format!("too much output: the limit is {}", bytes(limits.output)),
                    "",
                ),
                Limit::Depth => info(
                    "recursion-limit",
                    format!(
                        "too many nested calls: the limit is {}",
                        grouped(limits.call_depth.into())
                    ),
                    "does the recursion end? A call in tail position uses no stack; a loop or `fold` often says it better",
                ),
                Limit::Interrupt => info("interrupted", "interrupted".to_string(), ""),
            };
            (info, Some(*limit))
        }
    }
}

/// A size in the largest unit that divides it.
fn bytes(n: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.iter().find(|(unit, _)| n >= *unit && n.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{} {name}", grouped(n / unit)),
        None => format!("{} bytes", grouped(n)),
    }
}

/// `1_000_000` reads better than seven digits in a row.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

fn thrown_message(value: &Value) -> String {
    let message = crate::access::fields(value).and_then(|m| m.get_str("message"));
    match message.and_then(Value::as_str) {
        Some(message) => bounded(message),
        None => match value.as_str() {
            Some(text) => bounded(text),
            None => value.write_bounded(200),
        },
    }
}

/// A text for a message: what scripts throw may be of any size.
pub(crate) fn bounded(text: &str) -> String {
    match start_of(text, MESSAGE) {
        start if start.len() < text.len() => format!("{start}…"),
        _ => text.to_string(),
    }
}

/// What `catch` sees.
fn error_value(fault: Fault, info: &ErrorInfo, trace: &[TraceFrame]) -> Value {
    let thrown = match fault {
        Fault::Thrown(value) if value.kind() == Kind::Error => return *value,
        Fault::Thrown(value) => Some(*value),
        _ => None,
    };
    let mut fields = Map::new();
    let mut set = |key: &str, value: Value| {
        // Strings are always keys.
        let _ = fields.insert(Value::str(key), value);
    };
    set("kind", Value::str(info.kind));
    set("message", Value::from(info.message.clone()));
    match thrown {
        Some(value) => {
            let given = value.as_map().cloned();
            match &given {
                Some(map) => {
                    set("data", value.clone());
                    for (key, value) in map.iter() {
                        if let Some(key) = key.as_str().filter(|k| *k != "trace") {
                            set(key, value.clone());
                        }
                    }
                }
                None => {
                    // A long text is not copied.
                    if value.kind() == Kind::Str {
                        set("message", value.clone());
                    }
                    set("data", value)
                }
            }
        }
        None => set("data", info.data.clone()),
    }
    let body = ErrorBody::new(fields, trace, info.help.clone(), info.label.clone());
    Value::error(Ref::new(body))
}

/// A panic of the host, with what it says.
#[cold]
pub(super) fn panic_fault(panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("it does not say why");
    Fault::Panic(format!("the host panicked: {text}").into())
}

/// The failure that ends a run: a rethrown error speaks of its first place.
fn uncaught(
    value: Value,
    mut info: ErrorInfo,
    mut trace: Vec<TraceFrame>,
    limit: Option<Limit>,
) -> Failure {
    if let Some(error) = value.as_error() {
        if info.kind == "thrown" {
            info.help = error.help.clone();
            info.label = error.label.clone();
        }
        if !error.trace.is_empty() {
            trace = error.trace.clone();
        }
    }
    Box::new(Failed { info, value, trace, limit, panicked: false, hottest: None })
}
