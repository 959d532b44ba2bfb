//! What a program may reach besides its inputs: files, the environment, the clock, randomness. Nothing, unless the host grants it.
//!
//! Invariant: whatever a native learns from outside it gets with leave of the [`Grants`] of its engine, and an attempt without leave is an error
//! of kind `not-granted` that says what would allow it. What the clock and the generator remember belongs to one run.

use crate::fault::Fault;
use crate::files::Access;
use crate::native::Context;
use crate::random::Generator;
use std::collections::BTreeSet;
use std::time::{Instant, SystemTime};

/// Whether the platform has neither clock nor environment, and the standard library panics when asked for them.
pub const BARE: bool = cfg!(all(target_family = "wasm", target_os = "unknown"));

/// What programs may reach; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Files and directories that may be read.
    pub read: Access,
    /// Files that may be written and removed. They cannot be read for that.
    pub write: Access,
    /// Environment variables.
    pub env: Variables,
    /// The date and the time.
    pub time: bool,
    /// Random numbers.
    pub random: Randomness,
}

/// What a machine between runs may reach.
pub(crate) static NOTHING: Grants = Grants {
    read: Access::Nothing,
    write: Access::Nothing,
    env: Variables::None,
    time: false,
    random: Randomness::None,
};

/// Which environment variables may be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Variables {
    /// None.
    #[default]
    None,
    /// These.
    Named(BTreeSet<String>),
    /// All.
    All,
}

/// Where random numbers come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Randomness {
    /// There are none.
    #[default]
    None,
    /// From a seed: the same in every run.
    Seeded(u64),
    /// From the system: different in every run. Not for secrets.
    System,
}

impl Grants {
    /// Everything the process itself may: for programs that run with their user's own rights.
    pub fn all() -> Grants {
        Grants {
            read: Access::Anywhere,
            write: Access::Anywhere,
            env: Variables::All,
            time: true,
            random: Randomness::System,
        }
    }
}

impl Variables {
    /// Allows these, too.
    pub fn allow(&mut self, names: impl IntoIterator<Item = impl Into<String>>) {
        let names = names.into_iter().map(Into::into);
        match self {
            Variables::None => *self = Variables::Named(names.collect()),
            Variables::Named(known) => known.extend(names),
            Variables::All => {}
        }
    }

    /// Whether this one may be read.
    pub fn allows(&self, name: &str) -> bool {
        match self {
            Variables::None => false,
            Variables::Named(names) => names.contains(name),
            Variables::All => true,
        }
    }
}

/// The error of an attempt that was not granted: what was attempted, the method of the engine's builder that would allow it, and the flag
/// of the command.
#[cold]
pub fn not_granted(attempt: impl Into<String>, method: &str, flag: &str) -> Fault {
    Fault::new("not-granted", attempt)
        .help(format!("a host grants it with `EngineBuilder::{method}`"))
        .help(format!("the `tansy` command grants it with `{flag}`"))
}

/// What a run remembers of clock and chance.
#[derive(Debug, Default)]
pub(crate) struct State {
    started: Option<Instant>,
    generator: Option<Generator>,
}

impl State {
    /// That of a run that begins; none as long as there is nothing to remember.
    pub(crate) fn new(grants: &Grants) -> Option<Box<State>> {
        let clock = grants.time && !BARE;
        clock.then(|| Box::new(State { started: Some(Instant::now()), generator: None }))
    }
}

impl Context<'_> {
    /// What the program may reach.
    pub fn grants(&self) -> &Grants {
        self.grants
    }

    /// Seconds since the beginning of 1970, UTC; negative before.
    ///
    /// # Errors
    /// The clock is not granted, or there is none.
    pub fn now(&self) -> Result<f64, Fault> {
        self.may_use_clock()?;
        let now = SystemTime::now();
        Ok(match now.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => since.as_secs_f64(),
            Err(before) => -before.duration().as_secs_f64(),
        })
    }

    /// Seconds since the run began; never fewer than before.
    ///
    /// # Errors
    /// The clock is not granted, or there is none.
    pub fn clock(&self) -> Result<f64, Fault> {
        self.may_use_clock()?;
        let started = self.state.as_ref().and_then(|s| s.started);
        started.map(|s| s.elapsed().as_secs_f64()).ok_or_else(|| self.no_clock())
    }

    fn may_use_clock(&self) -> Result<(), Fault> {
        if !self.grants.time {
            let attempt = format!("`{}` needs the clock, which is not granted", self.full_name());
            return Err(not_granted(attempt, "allow_time()", "--allow-time"));
        }
        if BARE { Err(self.no_clock()) } else { Ok(()) }
    }

    #[cold]
    fn no_clock(&self) -> Fault {
        Fault::new("io", format!("`{}`: this platform has no clock", self.full_name()))
    }

    /// The generator of this run.
    ///
    /// # Errors
    /// Random numbers are not granted, or there are none.
    pub fn random(&mut self) -> Result<&mut Generator, Fault> {
        let seed = match self.grants.random {
            Randomness::None => {
                let name = self.full_name();
                let attempt = format!("`{name}` needs random numbers, which are not granted");
                let method = "allow_random()";
                return Err(not_granted(attempt, method, "--allow-random[=SEED]"));
            }
            Randomness::System if BARE => {
                let message = format!("`{}`: this platform has no randomness", self.full_name());
                return Err(Fault::new("io", message).help("a seed does without"));
            }
            Randomness::System => None,
            Randomness::Seeded(seed) => Some(seed),
        };
        let state = self.state.get_or_insert_default();
        let begin = || seed.map_or_else(Generator::unpredicted, Generator::seeded);
        Ok(state.generator.get_or_insert_with(begin))
    }
}
