//! Host functions as values.

use crate::access::is_name;
use crate::fault::Fault;
use crate::host::{Call, HostFn, Names, Parameters};
use crate::native::{Written, written};
use crate::value::{Carried, Value};
use smol_str::SmolStr;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use tansy_lang::library::{Parameter, Signature};

/// What a host function does.
pub enum HostBody {
    /// Gives its result at once, and sees nothing of the script but its arguments.
    Apart(BodyApart),
    /// Gives its result at once, and sees the call.
    Now(Body<Value>),
    /// Gives its result later; only runs that can wait call it.
    Later(Body<Later>),
}

/// A host function as the machine calls it.
pub type Body<T> = Box<dyn Fn(&mut Call<'_, '_>) -> Result<T, Fault> + Send + Sync>;

/// One that has no way to the machine. It takes out of its arguments what is on the heap, and gives the result; or it leaves why it failed, and
/// gives anything.
pub type BodyApart = Box<dyn Fn(&mut [Value], &mut Option<Fault>) -> Carried + Send + Sync>;

/// What gives the result of an asynchronous host function.
pub type Later = Pin<Box<dyn Future<Output = Result<Value, Fault>> + Send>>;

/// A function of the host.
pub struct HostFunction {
    /// Its full name: `discount`, `shop.price`.
    pub(crate) name: SmolStr,
    pub(crate) signature: Signature,
    /// What missing arguments are, up to the last parameter that has a default; [`Value::UNDEFINED`] for those without.
    pub(crate) defaults: Box<[Value]>,
    /// With so many arguments, none of them named, nothing needs arranging.
    pub(crate) exactly: usize,
    pub(crate) body: HostBody,
}

impl HostFunction {
    /// A function with a signature as shown to people: `discount(order, percent = 10)`, `log(...values)`. A parameter with ` = ` or `?`
    /// may be left out; `default` gives the value for a default as written, and its error is a reason why that is none.
    pub fn new(
        text: &str,
        default: impl Fn(&str) -> Result<Value, String>,
        body: HostBody,
    ) -> Result<HostFunction, String> {
        let text = text.trim();
        let (name, inside) = match text.split_once('(') {
            None => (text, ""),
            Some((name, rest)) => {
                let inside = rest.strip_suffix(')');
                (name, inside.ok_or_else(|| format!("`{text}` lacks its closing `)`"))?)
            }
        };
        let name = name.trim();
        let mut parts = name.split('.');
        if !(parts.clone().count() <= 2 && parts.all(is_name)) {
            return Err(format!("`{name}` is no name: write `name` or `module.name`"));
        }
        let mut defaults = Vec::new();
        let mut signature = Signature { text: text.to_string(), ..Signature::default() };
        for Written { name, optional, rest, default: given } in written(inside) {
            if signature.rest {
                return Err(format!("`{text}`: a rest parameter is the last one"));
            }
            if !is_name(name) {
                return Err(format!("`{text}`: `{name}` is no name of a parameter"));
            }
            if signature.parameters.last().is_some_and(|p: &Parameter| p.optional) && !optional {
                return Err(format!("`{text}`: `{name}` must stand before the optional ones"));
            }
            signature.rest = rest;
            signature.parameters.push(Parameter { name: name.into(), optional });
            defaults.push(match given {
                Some(given) => default(given).map_err(|why| format!("`{text}`: {why}"))?,
                None => Value::UNDEFINED,
            });
        }
        while defaults.last().is_some_and(Value::is_undefined) {
            defaults.pop();
        }
        let exactly = match signature.rest {
            true => usize::MAX,
            false => signature.parameters.len(),
        };
        Ok(HostFunction { name: name.into(), signature, defaults: defaults.into(), exactly, body })
    }

    /// A Rust closure as a function. The signature may be a name alone; parameters then have no names of their own.
    ///
    /// ```
    /// use tansy_runtime::host::{HostFunction, Rest};
    /// use tansy_runtime::{json, value::Value};
    ///
    /// let default = |text: &str| json::parse(text).map_err(|e| e.message);
    /// let f = HostFunction::typed("net(price, percent = 19)", default, |price: i64, percent: i64| {
    ///     price * 100 / (100 + percent)
    /// })?;
    /// assert_eq!(Value::host_function(f).to_string(), "fn net");
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// The signature does not read, or does not fit the closure.
    pub fn typed<M, F: HostFn<M>>(
        text: &str,
        default: impl Fn(&str) -> Result<Value, String>,
        f: F,
    ) -> Result<HostFunction, String> {
        let (optional, rest) = (F::Parameters::optional(), F::Parameters::REST);
        let given: String;
        let text = match text.contains('(') {
            true => text,
            false => {
                given = format!("{text}({})", unnamed(&optional, rest));
                &given
            }
        };
        let body = HostBody::Apart(Box::new(|_, _| Value::NULL.into()));
        let mut function = HostFunction::new(text, default, body)?;
        let signature = &function.signature;
        if signature.parameters.len() != optional.len() || signature.rest != rest {
            return Err(format!(
                "`{text}` does not fit its closure, which takes {} arguments{}",
                optional.len(),
                if rest { ", the last of them for the rest" } else { "" }
            ));
        }
        for (i, (parameter, takes_none)) in signature.parameters.iter().zip(optional).enumerate() {
            let default = function.defaults.get(i).filter(|d| !d.is_undefined());
            if parameter.optional && !takes_none && default.is_none() {
                return Err(format!("`{text}`: `{}` needs a default or an Option", parameter.name));
            }
        }
        let parameters = signature.parameters.iter().map(|p| p.name.clone()).collect();
        function.body = f.body(Arc::new(Names { function: function.name.clone(), parameters }));
        Ok(function)
    }

    /// Whether so many arguments, none of them named, need no arranging.
    #[inline]
    pub(crate) fn takes_plainly(&self, argc: usize) -> bool {
        argc == self.exactly && self.defaults.is_empty()
    }

    /// How many parameters may be named: all but a rest parameter.
    pub(crate) fn positional(&self) -> usize {
        self.signature.parameters.len() - usize::from(self.signature.rest)
    }
}

/// The list of parameters that have no names of their own.
fn unnamed(optional: &[bool], rest: bool) -> String {
    // What may be missing must be last; before others, null is to be written.
    let required = optional.iter().rposition(|optional| !optional).map_or(0, |last| last + 1);
    let each = (0..optional.len()).map(|i| match rest {
        true if i + 1 == optional.len() => "...values".to_string(),
        _ => format!("arg{}{}", i + 1, if i < required { "" } else { "?" }),
    });
    each.collect::<Vec<_>>().join(", ")
}

impl fmt::Debug for HostFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HostFunction").field(&self.signature.text).finish()
    }
}
