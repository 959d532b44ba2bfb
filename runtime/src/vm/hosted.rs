//! Calls of the host's functions and methods, and the way back: a host function that calls the script.
//!
//! Calling back is the one way in which the machine runs inside itself. The inner run uses the same stack, above everything the
//! outer one has, and the same fuel, memory and deadline; its frames are its own, so that it ends where it began. How deeply this may nest is
//! limited, because each level takes native stack.

use super::call::{Called, wrong_count};
use super::unwind::TRACE;
use super::{Failed, Failure, Machine};
use crate::access;
use crate::code::{Prototype, Shares};
use crate::fault::{Fault, Limit};
use crate::host::{BodyApart, Call, HostBody, HostFunction};
use crate::native::Context;
use crate::value::{ErrorBody, Kind, Ref, Value};

/// How deeply host functions may call back inside one another; and how many runs may be one inside the other, where they run programs.
pub(super) const NESTED: u32 = 100;

/// The arguments of a call of the host: cells that the stack of the machine has, which never becomes smaller during a run.
#[derive(Clone, Copy)]
pub(crate) struct Cells {
    at: usize,
    count: usize,
}

impl Cells {
    pub(crate) fn count(self) -> usize {
        self.count
    }

    /// The first cell behind them.
    pub(crate) fn end(self) -> usize {
        self.at + self.count
    }
}

impl<'a> Machine<'a> {
    /// Calls a host function with the `argc` arguments after the cell `at`.
    pub(super) fn call_host(
        &mut self,
        function: &HostFunction,
        at: usize,
        argc: usize,
    ) -> Result<Called, Fault> {
        let count = match argc == function.exactly {
            true => argc,
            false => self.arrange_host(function, at, argc)?,
        };
        for (i, default) in function.defaults.iter().enumerate() {
            let cell = &mut self.stack[at + 1 + i];
            if cell.is_undefined() {
                *cell = default.clone();
            }
        }
        match &function.body {
            HostBody::Apart(body) => self.call_apart(body, at + 1, count).map(Called::Done),
            HostBody::Now(body) => {
                self.host_call(at + 1, count, |call| body(call)).map(Called::Done)
            }
            HostBody::Later(body) if self.yields && self.nested == 0 => {
                self.host_call(at + 1, count, |call| body(call)).map(Called::Later)
            }
            HostBody::Later(_) => {
                self.forget(at + 1..at + 1 + count);
                Err(not_now(&function.name, self.nested > 0))
            }
        }
    }

    /// Brings arguments into the form a host function expects.
    #[cold]
    fn arrange_host(
        &mut self,
        function: &HostFunction,
        at: usize,
        argc: usize,
    ) -> Result<usize, Fault> {
        let signature = &function.signature;
        let positional = function.positional();
        let required = signature.parameters.iter().filter(|p| !p.optional).count();
        if argc < required || (argc > positional && !signature.rest) {
            let (name, text) = (&function.name, &signature.text);
            return Err(wrong_count(name, text, required, positional, signature.rest, argc));
        }
        let count = argc.max(positional);
        self.ensure(at + 1 + count)?;
        for i in argc..count {
            self.stack[at + 1 + i] = Value::UNDEFINED;
        }
        Ok(count)
    }

    /// Calls the method of an object in the first argument, if that is one and has it.
    #[inline]
    pub(super) fn call_object(
        &mut self,
        at: usize,
        argc: usize,
        name: &Value,
    ) -> Result<Option<Called>, Fault> {
        let Some(object) = self.stack[at + 1].as_object() else { return Ok(None) };
        // SAFETY: the receiver stays in its cell while the method runs (a call sees the arguments behind it, and calls back behind those),
        // so its block stays where it is. The cell does not: a call back may move the stack.
        let object = unsafe { &*std::ptr::from_ref(object) }.look()?;
        let name = name.as_str().unwrap_or_default();
        self.cx.fuel -= 1;
        let arguments = self.cells(at + 2, argc - 1);
        match object.method(name, &mut Call::new(self, arguments)) {
            Some(result) => {
                let result = result.and_then(|part| {
                    let whole = self.stack[at + 1].as_object_ref();
                    let whole =
                        whole.ok_or_else(|| Fault::new("internal", "a receiver that went"))?;
                    // SAFETY: a part of the object in the receiver's cell.
                    Ok(unsafe { part.of(whole) }.into())
                });
                self.after_host(self.cells(at + 1, argc));
                result.map(|value| Some(Called::Done(value)))
            }
            None => {
                // Its arguments are where they were.
                self.after_host(self.cells(at + 1, 0));
                Ok(None)
            }
        }
    }

    /// Puts the Vec of its elements in the place of an object that has elements, where a method is called that such a Vec has.
    #[inline]
    pub(super) fn take_elements(&mut self, cell: usize, name: &str) -> Result<(), Fault> {
        match self.stack[cell].as_object().is_some() {
            true => self.take_elements_of_object(cell, name),
            false => Ok(()),
        }
    }

    #[inline(never)]
    fn take_elements_of_object(&mut self, cell: usize, name: &str) -> Result<(), Fault> {
        let has = |kind| self.registry.method(kind, name).is_some();
        if !has(Kind::Object) && has(Kind::Vec) {
            let elements = access::elements(&self.stack[cell], &mut self.cx)?;
            if let Some(elements) = elements {
                self.stack[cell] = elements;
            }
        }
        Ok(())
    }

    /// Calls code of the host with the `count` arguments from the cell `at` on, of which nothing stays there.
    #[inline(always)]
    pub(super) fn host_call<T>(
        &mut self,
        at: usize,
        count: usize,
        body: impl FnOnce(&mut Call<'_, 'a>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.cx.fuel -= 1;
        let arguments = self.cells(at, count);
        let result = body(&mut Call::new(self, arguments));
        self.after_host(arguments);
        result
    }

    /// The same for code that sees nothing of the machine.
    fn call_apart(&mut self, body: &BodyApart, at: usize, count: usize) -> Result<Value, Fault> {
        self.cx.fuel -= 1;
        let value = body(&mut self.stack[at..at + count], &mut self.fault);
        self.cx.settle_work();
        match self.fault.take() {
            None => Ok(value.into()),
            Some(fault) => {
                self.forget(at..at + count);
                Err(fault)
            }
        }
    }

    #[inline(always)]
    fn after_host(&mut self, arguments: Cells) {
        self.cx.settle_work();
        self.native_end = i64::MAX;
        for cell in self.arguments_mut(arguments) {
            if cell.is_heap() {
                *cell = Value::UNDEFINED;
            }
        }
    }

    /// Calls a function as the whole of this run. `shares` are those of its code, if somebody has it in shares.
    #[inline]
    pub(crate) fn call_from_outside(
        &mut self,
        function: &'a Value,
        shares: Option<&'a Shares>,
        arguments: &mut [Value],
    ) -> Result<Value, Failure> {
        let watch = self.watch();
        if let Some(end) = watch.around() {
            self.nest_run(end)?;
        }
        let Some(script) = function.as_fn() else {
            return self.call_other_from_outside(function, arguments);
        };
        let instance = self.add_function(script, shares);
        self.instance = instance;
        // SAFETY: a function's prototype is one of its code.
        let prototype = unsafe { script.code.prototype_at(script.at) };
        // Threads that call one function do not fight over its count.
        if prototype.own {
            self.stack[0] = function.clone();
        }
        let argc = arguments.len();
        if let Err(fault) = self.put(1, arguments) {
            return self.called_at_once(Err(fault), argc);
        }
        let plain = argc == usize::from(prototype.exactly) && prototype.captures == 0;
        if !(plain && self.has_room(1 + usize::from(prototype.registers)))
            && let Err(fault) = self.arrange_function(script, prototype, 1, argc)
        {
            return self.called_at_once(Err(fault), argc);
        }
        self.run(prototype, instance, 1)
    }

    /// As [`Machine::call_from_outside`] for a function of the library or the host.
    #[inline(never)]
    fn call_other_from_outside(
        &mut self,
        function: &Value,
        arguments: &mut [Value],
    ) -> Result<Value, Failure> {
        let argc = arguments.len();
        self.stack[0] = function.clone();
        match self.put(1, arguments).and_then(|()| self.call_value(0, argc)) {
            Ok(Called::Enter { prototype, instance }) => self.run(prototype, instance, 1),
            other => self.called_at_once(other, argc),
        }
    }

    /// The result of a run that needs no frame.
    #[cold]
    fn called_at_once(
        &mut self,
        called: Result<Called, Fault>,
        argc: usize,
    ) -> Result<Value, Failure> {
        self.forget(0..(1 + argc).min(self.stack.len()));
        match called {
            Ok(Called::Done(value)) => Ok(value),
            Ok(_) => Err(Failed::internal("a result that comes too late")),
            Err(fault) => Err(Failed::bare(fault)),
        }
    }

    /// Moves arguments into cells that hold nothing.
    #[inline]
    fn put(&mut self, at: usize, arguments: &mut [Value]) -> Result<(), Fault> {
        self.ensure(at + arguments.len())?;
        for (cell, argument) in self.stack[at..].iter_mut().zip(arguments) {
            cell.overwrite(argument.take());
        }
        Ok(())
    }

    /// Runs a frame that begins at a cell to its end.
    #[inline(always)]
    pub(super) fn run(
        &mut self,
        prototype: *const Prototype,
        instance: u32,
        base: usize,
    ) -> Result<Value, Failure> {
        self.stand_before(prototype, instance, base);
        self.dispatch()
    }

    /// Calls a function with arguments that it puts into the cells from `floor` on, and gives its result.
    pub(crate) fn reenter(
        &mut self,
        floor: usize,
        function: Value,
        arguments: &mut [Value],
    ) -> Result<Value, Fault> {
        if self.nested >= NESTED {
            return Err(Fault::Limit(Limit::Depth));
        }
        let argc = arguments.len();
        self.ensure(floor + 1 + argc)?;
        self.forget(floor..floor + 1 + argc);
        self.stack[floor] = function;
        let placed = self.put(floor + 1, arguments);
        self.nested += 1;
        let called = placed.and_then(|()| self.call_value(floor, argc));
        self.nested -= 1;
        let result = match called {
            Ok(Called::Done(value)) => Ok(value),
            Ok(Called::Later(_)) => Err(Fault::new("internal", "a result that comes too late")),
            Ok(Called::Enter { prototype, instance }) => {
                self.nest(|m| m.run(prototype, instance, floor + 1))
            }
            Err(fault) => Err(fault),
        };
        self.forget(floor..floor + 1 + argc);
        result
    }

    /// Runs something with frames of its own, and finds the outer ones again.
    fn nest(
        &mut self,
        run: impl FnOnce(&mut Machine<'a>) -> Result<Value, Failure>,
    ) -> Result<Value, Fault> {
        let frames = std::mem::take(&mut self.frames);
        let frames_charge = std::mem::take(&mut self.frames_charge);
        let (at, prototype, instance) = (self.at, self.prototype, self.instance);
        let (frames_end, depth) = (self.frames_end, self.call_depth);
        let (stack, native) = (self.stack.as_ptr().addr(), self.cx.native);
        self.frames_end = 0;
        self.call_depth = depth.saturating_sub(frames.len());
        self.nested += 1;
        let result = run(self);
        self.nested -= 1;
        self.call_depth = depth;
        self.frames = frames;
        self.frames_charge = frames_charge;
        self.frames_end = frames_end;
        (self.at, self.prototype, self.instance) = (at, prototype, instance);
        self.cx.native = native;
        self.follow_stack(stack);
        result.map_err(|failure| self.passed_on(failure))
    }

    /// What a failure of an inner run is for the outer one: its trace goes on with the calls out here.
    fn passed_on(&self, failure: Failure) -> Fault {
        if let Some(limit) = failure.limit {
            return Fault::Limit(limit);
        }
        if failure.panicked {
            return Fault::Panic(failure.info.message.into());
        }
        let Some(error) = failure.value.as_error() else {
            return Fault::Thrown(Box::new(failure.value));
        };
        let mut trace = error.trace.clone();
        let room = (2 * TRACE).saturating_sub(trace.len());
        trace.extend(self.trace(self.running()).into_iter().take(room));
        let (help, label) = (error.help.clone(), error.label.clone());
        let error = ErrorBody::new(error.fields.clone(), &trace, help, label);
        Fault::Thrown(Box::new(Value::error(Ref::new(error))))
    }

    /// The running frame's context for natives.
    pub(crate) fn context(&mut self) -> &mut Context<'a> {
        &mut self.cx
    }

    #[inline(always)]
    fn cells(&self, at: usize, count: usize) -> Cells {
        assert!(at + count <= self.stack.len());
        Cells { at, count }
    }

    /// The arguments of a call.
    #[inline(always)]
    pub(crate) fn arguments(&self, Cells { at, count }: Cells) -> &[Value] {
        // SAFETY: the stack has these cells.
        unsafe { self.stack.get_unchecked(at..at + count) }
    }

    /// The same, to be taken.
    #[inline(always)]
    pub(crate) fn arguments_mut(&mut self, Cells { at, count }: Cells) -> &mut [Value] {
        // SAFETY: the stack has these cells.
        unsafe { self.stack.get_unchecked_mut(at..at + count) }
    }
}

/// An asynchronous function where nothing can wait.
#[cold]
fn not_now(name: &str, nested: bool) -> Fault {
    let fault =
        Fault::new("async", format!("`{name}` gives its result later, and this run cannot wait"));
    fault.help(match nested {
        true => "a function that the host calls back must not wait",
        false => "the host runs programs that call it with `execute_async`",
    })
}
