//! Calls: bringing the arguments into the shape the callee expects, and telling what is wrong with them.

use super::Machine;
use crate::code::{Code, Prototype};
use crate::fault::{Fault, describe};
use crate::foreign;
use crate::host::{HostFunction, HostObject, Later, Object};
use crate::native::{Native, NativeBody, NativeFn};
use crate::value::{Kind, Ref, Value, Vector};
use smol_str::SmolStr;
use std::sync::atomic::Ordering;
use tansy_lang::library::Signature;
use tansy_lang::spell::did_you_mean;

/// How a call goes on once its arguments are arranged.
pub(super) enum Called {
    /// It was a native, and this is its result.
    Done(Value),
    /// It was a host function that gives its result later.
    Later(Later),
    /// A frame is to be entered.
    Enter { prototype: *const Prototype, instance: u32 },
}

impl Machine<'_> {
    /// Calls the function value in the cell `at` with `argc` arguments after it.
    pub(super) fn call_value(&mut self, at: usize, argc: usize) -> Result<Called, Fault> {
        if let Some(native) = self.stack[at].as_native() {
            return self.call_native(native, at, argc);
        }
        let Some(function) = self.stack[at].as_fn() else {
            if let Some(function) = self.stack[at].as_host_function().cloned() {
                return self.call_host(&function, at, argc);
            }
            return Err(not_a_function(&self.stack[at]));
        };
        let function = Ref::clone(function);
        let code = &function.code;
        let prototype = &code.prototypes()[function.prototype()];
        let run = function.env.as_ref().map_or(0, |e| e.run);
        let instance = self.instance;
        let here = &self.instances[instance as usize];
        let instance = if code.is(here.code())
            && (function.env.is_none() || self.environments[here.environment].run == run)
        {
            instance
        } else {
            self.instance_of(code, function.env.as_ref())
        };
        if let Some(home) = self.home(instance) {
            function.home.store(home, Ordering::Relaxed);
        }
        self.arrange_function(&function, prototype, at + 1, argc)?;
        Ok(Called::Enter { prototype, instance })
    }

    /// Brings `argc` arguments from the cell `at` into the form a function value expects, its captures behind them.
    #[inline]
    pub(super) fn arrange_function(
        &mut self,
        function: &crate::value::Function,
        prototype: &Prototype,
        at: usize,
        argc: usize,
    ) -> Result<(), Fault> {
        let code = &function.code;
        self.arrange(prototype, at, argc, || {
            let info = code.infos().get(function.prototype());
            (info.name().into(), signature(info.name(), &parameters_of(code, function.prototype())))
        })
        .map_err(|fault| {
            let span = code.infos().get(function.prototype()).span;
            let (line, column) = code.source().line_column(span.start);
            fault.help(format!("it is written at {}:{line}:{column}", code.source().name()))
        })?;
        self.place_captures(prototype, at, function)
    }

    /// Copies the captures of a function to their registers. The frame has room.
    #[inline(always)]
    pub(super) fn place_captures(
        &mut self,
        prototype: &Prototype,
        base: usize,
        function: &crate::value::Function,
    ) -> Result<(), Fault> {
        match (prototype.captures, &function.captures) {
            (0, None) => Ok(()),
            _ => self.place_some_captures(prototype, base, function.captured()),
        }
    }

    fn place_some_captures(
        &mut self,
        prototype: &Prototype,
        base: usize,
        captured: &[Value],
    ) -> Result<(), Fault> {
        if captured.len() != usize::from(prototype.captures) {
            return Err(Fault::new("internal", "a function without its captures"));
        }
        for (i, value) in captured.iter().enumerate() {
            self.stack[base + usize::from(prototype.parameters) + i] = value.clone();
        }
        Ok(())
    }

    /// Brings `argc` arguments from the cell `at` into the form a prototype expects, with room for its frame.
    #[inline]
    pub(super) fn arrange(
        &mut self,
        prototype: &Prototype,
        at: usize,
        argc: usize,
        what: impl Fn() -> (SmolStr, String),
    ) -> Result<(), Fault> {
        self.ensure(at + usize::from(prototype.registers).max(argc))?;
        if argc == usize::from(prototype.parameters) && !prototype.rest() {
            return Ok(());
        }
        self.arrange_odd(prototype, at, argc, what)
    }

    #[cold]
    fn arrange_odd(
        &mut self,
        prototype: &Prototype,
        at: usize,
        argc: usize,
        what: impl Fn() -> (SmolStr, String),
    ) -> Result<(), Fault> {
        let positional = prototype.positional();
        if argc < usize::from(prototype.required) || (argc > positional && !prototype.rest()) {
            let (name, signature) = what();
            return Err(wrong_count(
                &name,
                &signature,
                usize::from(prototype.required),
                positional,
                prototype.rest(),
                argc,
            ));
        }
        for i in argc..positional {
            self.stack[at + i] = Value::UNDEFINED;
        }
        if prototype.rest() {
            let rest: Vec<Value> =
                (positional..argc.max(positional)).map(|i| self.stack[at + i].take()).collect();
            self.stack[at + positional] = Value::vec(Vector::from(rest));
        }
        Ok(())
    }

    /// Calls the body of a native with the `count` arguments after the cell `at`, just as it expects them.
    #[inline(always)]
    pub(super) fn call_rust(
        &mut self,
        native: &'static Native,
        function: NativeFn,
        at: usize,
        count: usize,
    ) -> Result<Value, Fault> {
        // What the machine does itself, once it has seen a call of it, charges for nothing: nor may this.
        let takes_step = native.quick.takes_step();
        self.cx.native = Some(native);
        self.cx.fuel -= i64::from(takes_step);
        let arguments = &mut self.stack[at + 1..at + 1 + count];
        let result = function(&mut self.cx, arguments);
        if takes_step {
            self.cx.settle_work();
        }
        self.native_end = self.cx.fuel;
        for cell in arguments {
            if cell.is_heap() {
                *cell = Value::UNDEFINED;
            }
        }
        result
    }

    /// Calls a native with `argc` arguments after the cell `at`; a method's receiver is the first.
    pub(super) fn call_native(
        &mut self,
        native: &'static Native,
        at: usize,
        argc: usize,
    ) -> Result<Called, Fault> {
        let receiver = usize::from(native.is_method());
        let parameters = native.signature.parameters.len() + receiver;
        match &native.body {
            NativeBody::Rust(function) => {
                let rest = native.signature.rest;
                let positional = parameters - usize::from(rest);
                if argc != parameters || rest {
                    let required =
                        native.signature.parameters.iter().filter(|p| !p.optional).count();
                    if argc < required + receiver || (argc > positional && !rest) {
                        return Err(wrong_count(
                            native.name,
                            &native.signature.text,
                            required,
                            positional - receiver,
                            rest,
                            argc - receiver.min(argc),
                        ));
                    }
                }
                let count = argc.max(positional);
                self.ensure(at + 1 + count)?;
                for i in argc..count {
                    self.stack[at + 1 + i] = Value::UNDEFINED;
                }
                self.call_rust(native, *function, at, count).map(Called::Done)
            }
            NativeBody::Script(script, target) => {
                let found = target.get_or_init(|| script.function(native, self.registry));
                let (code, prototype) = match found {
                    Ok(found) => found,
                    Err(message) => return Err(Fault::new("internal", message.clone())),
                };
                let instance = self.script_instance(script.number, code);
                let prototype = &code.prototypes()[*prototype];
                self.arrange(prototype, at + 1, argc, || {
                    (native.name.into(), native.signature.text.clone())
                })
                .map_err(|fault| match fault {
                    // The receiver is not an argument a user wrote.
                    Fault::Error(_) if receiver == 1 => {
                        let required = usize::from(prototype.required) - 1;
                        let most = prototype.positional() - 1;
                        let text = &native.signature.text;
                        wrong_count(native.name, text, required, most, prototype.rest(), argc - 1)
                    }
                    fault => fault,
                })?;
                Ok(Called::Enter { prototype, instance })
            }
        }
    }

    /// The method of a name for a receiver.
    pub(super) fn method(&self, receiver: &Value, name: &str) -> Result<&'static Native, Fault> {
        let kind = receiver.kind();
        self.registry.method(kind, name).ok_or_else(|| self.no_method(receiver, name))
    }

    #[cold]
    fn no_method(&self, receiver: &Value, name: &str) -> Fault {
        let kind = receiver.kind();
        match receiver.as_object().map(Object::look) {
            Some(Ok(object)) => {
                let elements = object.length().map(|_| self.registry.method_names(Kind::Vec));
                return no_object_method(object, name, elements.into_iter().flatten());
            }
            Some(Err(gone)) => return gone,
            None => {}
        }
        let held = crate::access::fields(receiver).and_then(|m| m.get_str(name));
        let fault = if kind == Kind::Null {
            Fault::new("unknown-method", format!("null has no method `{name}`"))
        } else {
            Fault::new("unknown-method", format!("{} has no method `{name}`", receiver.type_name()))
        };
        let fault = fault.label(format!("this is {}", describe(receiver)));
        if held.is_some_and(|v| v.kind() == Kind::Fn) {
            return fault
                .help(format!("to call the function kept under this key, write `(m.{name})(…)`"));
        }
        if held.is_some() {
            return fault.help(format!("`{name}` is a key: read it without parentheses"));
        }
        if let Some(help) = foreign::instead(kind, name) {
            return fault.help(help);
        }
        let exists = |ours: &str| self.registry.method(kind, ours).is_some();
        if let Some(ours) = foreign::method(name, exists) {
            return fault.help(format!("did you mean `{ours}`?"));
        }
        if let Some(near) = did_you_mean(name, self.registry.method_names(kind)) {
            return fault.help(near);
        }
        if let Some(ours) = foreign::near_method(name, exists) {
            return fault.help(format!("did you mean `{ours}`?"));
        }
        let others: Vec<&str> = (self.registry.library().methods.get(name))
            .map(|ms| ms.iter().map(|m| m.receiver).collect())
            .unwrap_or_default();
        if kind == Kind::Null && !others.is_empty() {
            return fault.help(format!(
                "`?? value` before it gives null a value; `{name}` belongs to {}",
                others.join(", ")
            ));
        }
        if !others.is_empty() {
            return fault.help(format!("`{name}` is a method of {}", others.join(", ")));
        }
        fault
    }

    /// Rearranges a call whose last arguments are named; gives the new number of arguments. `skip` arguments in front (a receiver) are
    /// not in the list of parameters.
    pub(super) fn bind_names(
        &mut self,
        at: usize,
        argc: usize,
        names: &[Value],
        callee: &Named,
    ) -> Result<usize, Fault> {
        let first = at + 1 + callee.skip;
        let given = argc - callee.skip;
        let unnamed = given - names.len();
        let positional = callee.parameters.len() - usize::from(callee.rest);
        if unnamed > positional && !callee.rest {
            return Err(wrong_count(&callee.name, &callee.signature, 0, positional, false, given));
        }
        let mut bound: Vec<Value> = vec![Value::UNDEFINED; positional.max(unnamed)];
        for (i, place) in bound.iter_mut().take(unnamed).enumerate() {
            *place = self.stack[first + i].take();
        }
        for (i, name) in names.iter().enumerate() {
            let value = self.stack[first + unnamed + i].take();
            let name = name.as_str().unwrap_or_default();
            let found = callee.parameters[..positional].iter().position(|(p, _)| p == name);
            match found {
                Some(p) if bound[p].is_undefined() => bound[p] = value,
                Some(_) => {
                    return Err(Fault::new(
                        "argument",
                        format!("`{}` gets `{name}` twice", callee.name),
                    )
                    .help(format!("the signature is `{}`", callee.signature)));
                }
                None => {
                    let near =
                        did_you_mean(name, callee.parameters.iter().map(|(p, _)| p.as_str()));
                    return Err(Fault::new(
                        "argument",
                        format!("`{}` has no parameter `{name}`", callee.name),
                    )
                    .maybe_help(near)
                    .help(format!("the signature is `{}`", callee.signature)));
                }
            }
        }
        let missing = bound
            .iter()
            .zip(&callee.parameters)
            .find(|(v, (_, optional))| v.is_undefined() && !optional);
        if let Some((_, (name, _))) = missing {
            return Err(Fault::new(
                "argument",
                format!("`{}` needs a value for `{name}`", callee.name),
            )
            .help(format!("the signature is `{}`", callee.signature)));
        }
        let count = bound.len();
        self.ensure(first + count)?;
        for (i, value) in bound.into_iter().enumerate() {
            self.stack[first + i] = value;
        }
        Ok(count + callee.skip)
    }

    /// Replaces the Vec in `cell` (and the Map or Null after it) by the arguments they hold; gives their number and names.
    pub(super) fn spread(&mut self, cell: usize) -> Result<(usize, Vec<Value>), Fault> {
        let positional = self.stack[cell].take();
        let named = self.stack[cell + 1].take();
        let Some(items) = positional.as_vec().cloned() else {
            return Err(Fault::new(
                "type-error",
                format!("`...` spreads a Vec into arguments, not {}", positional.type_name()),
            ));
        };
        drop(positional);
        let mut names = Vec::new();
        let count = items.len();
        let extra = named.as_map().map_or(0, |m| m.len());
        self.cx.charge(count)?;
        self.ensure(cell + count + extra)?;
        for (i, value) in items.into_vec().into_iter().enumerate() {
            self.stack[cell + i] = value;
        }
        if let Some(map) = named.as_map() {
            for (i, (name, value)) in map.iter().enumerate() {
                self.stack[cell + count + i] = value.clone();
                names.push(name.clone());
            }
        }
        Ok((count + extra, names))
    }
}

/// What is known of a callee when its arguments are named.
pub(super) struct Named {
    pub(super) name: SmolStr,
    pub(super) signature: String,
    pub(super) parameters: Vec<(SmolStr, bool)>,
    pub(super) rest: bool,
    /// Arguments in front that are no parameters: the receiver.
    pub(super) skip: usize,
}

impl Named {
    pub(super) fn native(native: &Native) -> Named {
        let parameters = &native.signature.parameters;
        Named {
            name: native.name.into(),
            signature: native.signature.text.clone(),
            parameters: parameters.iter().map(|p| (p.name.clone(), p.optional)).collect(),
            rest: native.signature.rest,
            skip: usize::from(native.is_method()),
        }
    }

    fn host(function: &HostFunction) -> Named {
        let Signature { parameters, rest, text, .. } = &function.signature;
        Named {
            name: function.name.clone(),
            signature: text.clone(),
            parameters: parameters.iter().map(|p| (p.name.clone(), p.optional)).collect(),
            rest: *rest,
            skip: 0,
        }
    }

    pub(super) fn value(value: &Value) -> Result<Named, Fault> {
        if let Some(native) = value.as_native() {
            return Ok(Named::native(native));
        }
        if let Some(function) = value.as_host_function() {
            return Ok(Named::host(function));
        }
        let Some(function) = value.as_fn() else { return Err(not_a_function(value)) };
        let info = function.code.infos().get(function.prototype());
        let parameters = parameters_of(&function.code, function.prototype());
        Ok(Named {
            name: info.name().into(),
            signature: signature(info.name(), &parameters),
            parameters,
            rest: function.code.prototypes()[function.prototype()].rest(),
            skip: 0,
        })
    }
}

fn parameters_of(code: &Code, prototype: usize) -> Vec<(SmolStr, bool)> {
    // A rest parameter is optional, too.
    let parameters = code.infos().get(prototype).parameters();
    parameters.map(|(name, optional)| (name.into(), optional)).collect()
}

/// `net(item, discount = …)` from what is known at run time.
fn signature(name: &str, parameters: &[(SmolStr, bool)]) -> String {
    let shown: Vec<String> = parameters
        .iter()
        .map(|(p, optional)| {
            let p = if p.is_empty() { "_" } else { p };
            if *optional { format!("{p} = …") } else { p.to_string() }
        })
        .collect();
    match name {
        "" | "closure" => format!("|{}| …", shown.join(", ")),
        name => format!("{name}({})", shown.join(", ")),
    }
}

#[cold]
pub(super) fn not_a_function(value: &Value) -> Fault {
    let fault = Fault::new("type-error", format!("{} is not a function", value.type_name()))
        .label(format!("this is {}", describe(value)));
    match value.kind() {
        Kind::Null => fault.help("is the function declared, or the key present?"),
        Kind::Map => fault.help("to call a function kept in a map, write `(m.name)(…)`"),
        _ => fault,
    }
}

#[cold]
fn no_object_method<'n>(
    object: &dyn HostObject,
    name: &str,
    others: impl Iterator<Item = &'n str>,
) -> Fault {
    let ty = object.type_name();
    let fault = Fault::new("unknown-method", format!("{ty} has no method `{name}`"));
    if object.fields().contains(&name) {
        return fault.help(format!("`{name}` is a field: read it without parentheses"));
    }
    if object.methods().contains(&name) {
        let message = format!("`{name}` takes its arguments by position only");
        return Fault::new("argument", message).label(format!("a method of {ty}"));
    }
    fault.maybe_help(did_you_mean(name, object.methods().iter().copied().chain(others)))
}

#[cold]
pub(crate) fn wrong_count(
    name: &str,
    signature: &str,
    required: usize,
    most: usize,
    rest: bool,
    given: usize,
) -> Fault {
    let plural =
        |n: usize| if n == 1 { "1 argument".to_string() } else { format!("{n} arguments") };
    let expected = if rest {
        format!("at least {}", plural(required))
    } else if required == most {
        plural(most)
    } else {
        format!("{required} to {}", plural(most))
    };
    let (what, kind) = match name {
        "" | "closure" => ("this function".to_string(), "function"),
        name => (format!("`{name}`"), "signature"),
    };
    Fault::new("argument", format!("{what} takes {expected}, but got {given}"))
        .help(format!("the {kind} is `{signature}`"))
}
