//! The engine with the standard library, and how it is set up.

use std::io;
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tansy_runtime::convert::IntoValue;
use tansy_runtime::host::{HostFn, HostFunction, HostTable};
use tansy_runtime::native::Registry;
use tansy_runtime::value::Value;
use tansy_runtime::{Grants, Limits, Loader, NoLoader, Print, Randomness, Variables};

fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<&'static Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| Registry::new(crate::tables()))
}

/// Checks that the library's own Tansy half compiles; for tests.
pub fn check_library() -> Result<(), String> {
    registry().check()
}

/// Compiles programs over the standard library. Cheap to clone; shared by all threads. What it can do (`compile`, `eval`, …) is
/// listed below as methods of [`tansy_runtime::Engine`], to which it derefs.
///
/// ```
/// use tansy::Engine;
///
/// let engine = Engine::builder()
///     .function("greet(name, greeting = \"Hello\")", |name: String, greeting: String| {
///         format!("{greeting}, {name}!")
///     })
///     .build();
/// let greeting: String = engine.eval("greet(\"Ada\")")?;
/// assert_eq!(greeting, "Hello, Ada!");
///
/// let program = engine.compile("prices", "fn price(net, qty = 1) { net * qty }")?;
/// let price = program.function("price")?;
/// assert_eq!(price.call::<i64>((5, 3))?, 15);
/// assert_eq!(program.call::<i64>("price", (5,))?, 5);
/// # Ok::<(), tansy::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Engine(tansy_runtime::Engine);

impl Engine {
    /// An engine with the default [`Limits`] and no imports.
    pub fn new() -> Engine {
        Engine::builder().build()
    }

    /// An engine to be set up.
    pub fn builder() -> EngineBuilder {
        EngineBuilder {
            host: HostTable::default(),
            limits: Limits::default(),
            grants: Grants::default(),
            loader: None,
            output: None,
            take: true,
        }
    }
}

impl Default for Engine {
    fn default() -> Engine {
        Engine::new()
    }
}

impl Deref for Engine {
    type Target = tansy_runtime::Engine;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// Sets up an [`Engine`].
///
/// A mistake in what is added (a signature that does not fit its closure) is reported by the engine when it compiles a program.
pub struct EngineBuilder {
    host: HostTable,
    limits: Limits,
    grants: Grants,
    loader: Option<Arc<dyn Loader>>,
    output: Option<Print>,
    take: bool,
}

impl EngineBuilder {
    /// What each run may use.
    pub fn limits(mut self, limits: Limits) -> EngineBuilder {
        self.limits = limits;
        self
    }

    /// What programs may reach besides their inputs, all at once; nothing by default.
    pub fn grants(mut self, grants: Grants) -> EngineBuilder {
        self.grants = grants;
        self
    }

    /// Lets programs read the files inside one more directory, with `fs.read` and its like. The directory is resolved now; one that does
    /// not exist is a mistake.
    ///
    /// ```
    /// let engine = tansy::Engine::builder().allow_read("src").build();
    /// assert!(engine.eval::<bool>("fs.exists(\"src/lib.rs\")")?);
    /// let error = engine.eval::<bool>("fs.exists(\"Cargo.toml\")").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "<eval>:1:1: `fs.exists` may not read `Cargo.toml`: it is outside the directories granted for reading",
    /// );
    /// # Ok::<(), tansy::Error>(())
    /// ```
    pub fn allow_read(mut self, directory: impl AsRef<Path>) -> EngineBuilder {
        let allowed = self.grants.read.allow(&directory);
        self.note(allowed, "allow_read", directory.as_ref())
    }

    /// Lets programs write and remove the files inside one more directory, with `fs.write` and its like; reading them takes
    /// [`EngineBuilder::allow_read`]. Where programs are imported from, this lets them change programs.
    pub fn allow_write(mut self, directory: impl AsRef<Path>) -> EngineBuilder {
        let allowed = self.grants.write.allow(&directory);
        self.note(allowed, "allow_write", directory.as_ref())
    }

    fn note(mut self, allowed: io::Result<()>, method: &str, directory: &Path) -> EngineBuilder {
        if let Err(error) = allowed {
            self.host.mistake(format!("`{method}` of `{}`: {error}", directory.display()));
        }
        self
    }

    /// Lets programs read all environment variables, with `env.get` and `env.vars`.
    pub fn allow_env(mut self) -> EngineBuilder {
        self.grants.env = Variables::All;
        self
    }

    /// Lets programs read these environment variables, too, with `env.get`.
    pub fn allow_env_vars<S: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = S>,
    ) -> EngineBuilder {
        self.grants.env.allow(names);
        self
    }

    /// Lets programs see the clock, with `time.now` and `time.clock`.
    pub fn allow_time(mut self) -> EngineBuilder {
        self.grants.time = true;
        self
    }

    /// Lets programs use random numbers that differ from run to run. They are no secrets: keys and tokens take a function of the
    /// host.
    pub fn allow_random(mut self) -> EngineBuilder {
        self.grants.random = Randomness::System;
        self
    }

    /// Lets programs use random numbers that follow from a seed: the same in every run, on every machine.
    ///
    /// ```
    /// let engine = tansy::Engine::builder().allow_random_seed(7).build();
    /// let dice = engine.compile("dice", "[random.int(1..=6) for _ in 0..5]")?;
    /// assert_eq!(dice.run(&[])?, dice.run(&[])?);
    /// # Ok::<(), tansy::Error>(())
    /// ```
    pub fn allow_random_seed(mut self, seed: u64) -> EngineBuilder {
        self.grants.random = Randomness::Seeded(seed);
        self
    }

    /// Where imports come from; nowhere by default.
    pub fn loader(mut self, loader: impl Loader + 'static) -> EngineBuilder {
        self.loader = Some(Arc::new(loader));
        self
    }

    /// Where programs print; to standard output by default.
    pub fn output(
        mut self,
        output: impl Fn(&str) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> EngineBuilder {
        self.output = Some(Arc::new(output));
        self
    }

    /// Offers only these modules of the standard library, by name: `["math"]`. All by default. (Methods of values stay.)
    pub fn modules<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> EngineBuilder {
        let known = &registry().library().modules;
        let names: Vec<&str> = names.into_iter().collect();
        if let Some(unknown) = names.iter().find(|name| !known.contains_key(**name)) {
            let known: Vec<&str> = known.keys().map(|name| &**name).collect();
            let known = known.join(", ");
            self.host
                .mistake(format!("`modules`: there is no module `{unknown}`; there are {known}"));
        }
        self.host.only(names.into_iter().map(Into::into));
        self
    }

    /// Adds a function of the host. The signature names it and its parameters, as the reference writes those of the library:
    /// `discount(order, percent = 10)`, `shop.log(...values)` in a module; a name alone does, too. A parameter with a default
    /// or of type `Option` may be left out. The closure's types say how arguments are converted; it may take a
    /// [`Call`](crate::Call) first, to call functions that it is given.
    ///
    /// ```
    /// use tansy::{Call, Engine, Fault, Rest, Value};
    ///
    /// let engine = Engine::builder()
    ///     .function("clamp(x, low = 0, high = 100)", |x: i64, low: i64, high: i64| {
    ///         if low > high { Err(format!("{low} is above {high}")) } else { Ok(x.clamp(low, high)) }
    ///     })
    ///     .function("text.join(...parts)", |parts: Rest<String>| parts.0.concat())
    ///     .function("twice(f, x)", |call: &mut Call, f: Value, x: Value| -> Result<Value, Fault> {
    ///         let once: Value = call.call(&f, (x,))?;
    ///         call.call(&f, (once,))
    ///     })
    ///     .build();
    /// assert_eq!(engine.eval::<i64>("clamp(500, high: 200)")?, 200);
    /// assert_eq!(engine.eval::<String>("text.join(\"a\", \"b\")")?, "ab");
    /// assert_eq!(engine.eval::<i64>("twice(|n| n * 10, 1)")?, 100);
    /// let error = engine.eval::<i64>("clamp(1, 3, 2)").unwrap_err();
    /// assert_eq!(error.to_string(), "<eval>:1:1: 3 is above 2");
    /// # Ok::<(), tansy::Error>(())
    /// ```
    pub fn function<M>(mut self, signature: &str, body: impl HostFn<M>) -> EngineBuilder {
        match HostFunction::typed(signature, default_value, body) {
            Ok(function) => self.host.function(function),
            Err(why) => self.host.mistake(why),
        }
        self
    }

    /// Adds a constant to a module: `.constant("shop.vat", 19)`.
    pub fn constant(mut self, name: &str, value: impl IntoValue) -> EngineBuilder {
        match name.split_once('.') {
            Some((module, name)) => self.host.constant(module, name, value.into_value()),
            None => {
                self.host.mistake(format!("the constant `{name}` needs a module: `app.{name}`"))
            }
        }
        self
    }

    /// Makes the name of a type of objects known, so that scripts can test `x is Name`.
    pub fn object_type(mut self, name: &str) -> EngineBuilder {
        self.host.object_type(name);
        self
    }

    /// Whether the last use of a name moves its value, so that updates happen in place; on by default. Off, programs give the
    /// same results, slower: for tests.
    pub fn take(mut self, take: bool) -> EngineBuilder {
        self.take = take;
        self
    }

    /// The engine.
    pub fn build(self) -> Engine {
        let loader = self.loader.unwrap_or_else(|| {
            static NONE: OnceLock<Arc<NoLoader>> = OnceLock::new();
            NONE.get_or_init(|| Arc::new(NoLoader)).clone()
        });
        let engine = tansy_runtime::Engine::with(registry(), self.limits, loader, self.take);
        let engine = engine.with_host(self.host).with_grants(self.grants);
        Engine(match self.output {
            Some(output) => engine.with_output(output),
            None => engine,
        })
    }
}

/// The value of a default as a signature writes it: a program without inputs.
fn default_value(text: &str) -> Result<Value, String> {
    let value = Engine::new().eval::<Value>(text);
    value.map_err(|e| format!("the default `{text}`: {e}"))
}
