//! The units in a run, and the versions of their names.

use crate::code::{Code, LoadedCode, Made, Shares};
use crate::value::EnvRef;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;

/// A unit in this run.
pub(super) struct Instance {
    code: NonNull<LoadedCode>,
    holder: Holder,
    /// Its place in the machine's environments.
    pub(super) environment: usize,
    made: OwnMade,
}

/// Who holds an instance's code, and so where the functions that it makes get theirs.
enum Holder {
    /// Somebody who has it in shares, and outlives the run.
    Shares(NonNull<Shares>),
    /// A function that outlives the run.
    Function(NonNull<Arc<Code>>),
    Instance(Arc<Code>),
}

/// Functions that are made alike, where nobody has the code in shares.
enum OwnMade {
    Unused,
    /// Most are made once a run: from the second on it is worth keeping them.
    Once,
    Kept(Box<Made>),
}

impl Instance {
    pub(super) fn owned(code: Arc<Code>, environment: usize) -> Instance {
        let loaded = NonNull::from(&**code);
        Instance {
            code: loaded,
            holder: Holder::Instance(code),
            environment,
            made: OwnMade::Unused,
        }
    }

    /// # Safety
    /// The shares outlive the instance.
    #[inline(always)]
    pub(super) unsafe fn of_shares(shares: &Shares, environment: usize) -> Instance {
        let (code, holder) = (NonNull::from(&**shares), Holder::Shares(shares.into()));
        Instance { code, holder, environment, made: OwnMade::Unused }
    }

    /// # Safety
    /// What holds this code stays where it is for longer than the instance.
    pub(super) unsafe fn of_function(code: &Arc<Code>, environment: usize) -> Instance {
        let (loaded, holder) = (NonNull::from(&***code), Holder::Function(code.into()));
        Instance { code: loaded, holder, environment, made: OwnMade::Unused }
    }

    #[inline(always)]
    pub(super) fn code(&self) -> &LoadedCode {
        // SAFETY: the holder keeps it alive.
        unsafe { self.code.as_ref() }
    }

    /// Whether it owns something.
    #[inline(always)]
    pub(super) fn owns(&self) -> bool {
        matches!(self.holder, Holder::Instance(_)) || matches!(self.made, OwnMade::Kept(_))
    }

    /// The code as functions hold it that this machine makes.
    pub(super) fn share(&self, machine: usize) -> &Arc<Code> {
        // SAFETY: both outlive the instance.
        unsafe {
            match &self.holder {
                Holder::Shares(shares) => &shares.as_ref().of(machine).code,
                Holder::Function(code) => code.as_ref(),
                Holder::Instance(code) => code,
            }
        }
    }

    /// What is kept of the functions that are made alike whenever they are made.
    #[inline(always)]
    pub(super) fn made(&self, machine: usize) -> Option<&Made> {
        match (&self.holder, &self.made) {
            // SAFETY: they outlive the instance.
            (Holder::Shares(shares), _) => Some(&unsafe { shares.as_ref() }.of(machine).made),
            (_, OwnMade::Kept(made)) => Some(made),
            _ => None,
        }
    }

    /// Such a function is about to be made. Whether the instance now keeps them itself.
    pub(super) fn makes(&mut self) -> bool {
        self.made = match (&self.holder, &self.made) {
            (Holder::Shares(_), _) => return false,
            (_, OwnMade::Unused) => OwnMade::Once,
            (_, OwnMade::Once) => OwnMade::Kept(Box::new(Made::new())),
            (_, OwnMade::Kept(_)) => return true,
        };
        self.owns()
    }
}

/// The newest version of a module's names in this run.
pub(super) struct Environment {
    version: ManuallyDrop<EnvRef>,
    /// Whether one of its counts belongs to this. If not, a function that outlives the run has one: threads that call it then do not
    /// fight over its count.
    owned: bool,
}

impl Environment {
    pub(super) fn owned(version: EnvRef) -> Environment {
        Environment { version: ManuallyDrop::new(version), owned: true }
    }

    /// # Safety
    /// `version` stays where it is for longer than this.
    pub(super) unsafe fn borrowed(version: &EnvRef) -> Environment {
        // SAFETY: the copy is never dropped nor changed, and read only while the original keeps the version alive.
        let version = ManuallyDrop::new(unsafe { std::ptr::read(version) });
        Environment { version, owned: false }
    }

    /// The version, to be changed or replaced.
    pub(super) fn own(&mut self) -> &mut EnvRef {
        if !self.owned {
            *self = Environment::owned(EnvRef::clone(&self.version));
        }
        &mut self.version
    }

    /// The version, if this has one of its counts.
    pub(super) fn into_owned(self) -> Option<EnvRef> {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: nobody sees `this` again.
        this.owned.then(|| unsafe { ManuallyDrop::take(&mut this.version) })
    }
}

impl Deref for Environment {
    type Target = EnvRef;

    #[inline(always)]
    fn deref(&self) -> &EnvRef {
        &self.version
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        if self.owned {
            // SAFETY: dropped here only.
            unsafe { ManuallyDrop::drop(&mut self.version) }
        }
    }
}
