//! What a host function sees of the script that calls it.

use crate::convert::FromValue;
use crate::fault::Fault;
use crate::host::Arguments;
use crate::value::{Value, watch};
use crate::vm::{Cells, Machine};

/// A call of a host function: its arguments, and the running script.
///
/// A missing optional argument without a default is [`Value::UNDEFINED`].
pub struct Call<'m, 'a> {
    machine: &'m mut Machine<'a>,
    arguments: Cells,
}

impl<'m, 'a> Call<'m, 'a> {
    #[inline]
    pub(crate) fn new(machine: &'m mut Machine<'a>, arguments: Cells) -> Call<'m, 'a> {
        Call { machine, arguments }
    }

    /// The number of arguments, with those of a rest parameter.
    pub fn len(&self) -> usize {
        self.arguments.count()
    }

    /// Whether there are no arguments.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An argument; [`Value::UNDEFINED`] where there is none.
    pub fn argument(&self, index: usize) -> &Value {
        const NONE: &Value = &Value::UNDEFINED;
        self.machine.arguments(self.arguments).get(index).unwrap_or(NONE)
    }

    /// An argument, taken: if nobody else holds it, updates happen in place.
    #[inline]
    pub fn take(&mut self, index: usize) -> Value {
        self.places().get_mut(index).map_or(Value::UNDEFINED, Value::take)
    }

    /// The arguments where they stand.
    #[inline(always)]
    pub(super) fn places(&mut self) -> &mut [Value] {
        self.machine.arguments_mut(self.arguments)
    }

    /// Calls a function of the script (or any other) and gives its result. It shares the limits of the run.
    ///
    /// # Errors
    /// What the function throws, with its trace; a limit that was reached; more than a hundred host functions that call back inside one
    /// another.
    pub fn call<T: FromValue>(
        &mut self,
        function: &Value,
        arguments: impl Arguments,
    ) -> Result<T, Fault> {
        let (floor, machine) = (self.arguments.end(), &mut *self.machine);
        let value = arguments.give(|values| machine.reenter(floor, function.clone(), values))?;
        T::from_owned(value).map_err(|e| Fault::new("type-error", format!("a callback: {e}")))
    }

    /// Prints, as the script's `print` does but for the end of the line.
    ///
    /// # Errors
    /// The limit on output.
    pub fn print(&mut self, text: &str) -> Result<(), Fault> {
        self.machine.context().print(text)
    }

    /// Charges the run for work: about one step for each element visited.
    ///
    /// # Errors
    /// The limit on fuel.
    pub fn charge(&mut self, steps: usize) -> Result<(), Fault> {
        self.machine.context().charge(steps)
    }

    /// Fails where a result of so many bytes would pass the limit on memory: to be asked before making something large.
    ///
    /// # Errors
    /// The limit on memory.
    pub fn reserve(&mut self, bytes: u64) -> Result<(), Fault> {
        self.machine.context().reserve(bytes)
    }

    /// Whether the host wants the run to end; long work should look now and then.
    ///
    /// # Errors
    /// The interrupt or the deadline.
    pub fn check(&mut self) -> Result<(), Fault> {
        watch::look().map_err(Fault::Limit)
    }
}
