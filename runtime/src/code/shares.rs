//! Loaded code in shares, so that threads which run one program do not count in one place.
//!
//! A function value holds its code, and runs make functions all the time. So what a function holds is a [`Code`], a *share* of the
//! loaded code: a machine takes that of its number, and as a rule no other thread touches its count. A share also keeps the functions of
//! which every run would make the same one.

use super::{LoadedCode, LoadedRef};
use crate::value::{Value, heap};
use once_cell::race::OnceBox;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// Machines with the same number modulo this have the same share.
const SHARES: usize = 16;

/// Functions with higher numbers are not kept.
const MOST_KEPT: usize = 1024;

/// A share of loaded code: what functions and runs hold. Of an alignment that gives its count a cache line without neighbours.
#[derive(Debug)]
#[repr(align(64))]
pub struct Code {
    loaded: LoadedRef,
}

impl Code {
    /// The only share of code that few functions are made of.
    pub(crate) fn new(loaded: LoadedRef) -> Arc<Code> {
        Arc::new(Code { loaded })
    }

    /// Whether it is a share of this.
    #[inline(always)]
    pub(crate) fn is(&self, loaded: &LoadedCode) -> bool {
        std::ptr::eq(&*self.loaded, loaded)
    }

    /// A number that tells loaded code apart.
    pub(crate) fn address(&self) -> usize {
        self.loaded.address()
    }
}

impl Deref for Code {
    type Target = LoadedCode;

    #[inline(always)]
    fn deref(&self) -> &LoadedCode {
        &self.loaded
    }
}

/// Loaded code with its shares, made as they are asked for.
pub(crate) struct Shares {
    shares: OnceBox<[OnceLock<Share>; SHARES]>,
    loaded: LoadedRef,
}

/// What a machine needs of code.
pub(crate) struct Share {
    /// (The functions kept here go before the code, which they hold.)
    pub(crate) made: Made,
    pub(crate) code: Arc<Code>,
}

impl Shares {
    pub(crate) fn new(loaded: LoadedRef) -> Shares {
        Shares { shares: OnceBox::new(), loaded }
    }

    /// The code itself.
    pub(crate) fn loaded(&self) -> &LoadedRef {
        &self.loaded
    }

    /// The share of a machine.
    #[inline]
    pub(crate) fn of(&self, machine: usize) -> &Share {
        let shares = self.shares.get_or_init(|| Box::new([const { OnceLock::new() }; SHARES]));
        let share = &shares[machine % SHARES];
        share.get_or_init(|| Share { made: Made::new(), code: Code::new(self.loaded.clone()) })
    }
}

impl Deref for Shares {
    type Target = LoadedCode;

    #[inline(always)]
    fn deref(&self) -> &LoadedCode {
        &self.loaded
    }
}

/// Functions that capture nothing and see no names of their module, by number: whatever makes such a function makes the same.
pub(crate) struct Made(OnceLock<Box<[OnceLock<Value>]>>);

impl Made {
    pub(crate) fn new() -> Made {
        Made(OnceLock::new())
    }

    /// The function of a number, if it was made before.
    #[inline(always)]
    pub(crate) fn get(&self, number: usize) -> Option<&Value> {
        self.0.get()?.get(number)?.get()
    }

    /// The function of a number of this code, which `make` makes if it was not made before. Memory of what is kept is no run's.
    pub(crate) fn keep(&self, code: &LoadedCode, number: usize, make: impl Fn() -> Value) -> Value {
        let made = self.0.get_or_init(|| {
            let places = code.prototypes().len().min(MOST_KEPT);
            (0..places).map(|_| OnceLock::new()).collect()
        });
        match made.get(number) {
            Some(place) => place.get_or_init(|| heap::aside(make)).clone(),
            None => make(),
        }
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        heap::aside(|| drop(self.0.take()));
    }
}
