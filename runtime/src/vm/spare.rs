//! What one run leaves for the next one on the same thread: buffers, so that a short run allocates next to nothing.
//!
//! Nothing of a run shows in the next one: the cells of the stack hold no heap values when a run ends (see [`super`]), and all else is
//! emptied.

use super::{Frame, Instance, Machine};
use crate::value::{Env, Value};
use std::cell::Cell;
use std::sync::Arc;

/// The cells of a new stack.
const CELLS: usize = 256;
/// A stack that has grown beyond this is given back to the system.
const KEPT: usize = 16 * 1024;

/// The buffers of a machine.
#[derive(Default)]
pub(super) struct Spare {
    pub(super) stack: Vec<Value>,
    pub(super) frames: Vec<Frame>,
    pub(super) instances: Vec<Instance>,
    pub(super) environments: Vec<Arc<Env>>,
    /// Environments without names, for those to come.
    pub(super) unused: Vec<Arc<Env>>,
}

thread_local! {
    static SPARE: Cell<Option<Box<Spare>>> = const { Cell::new(None) };
}

impl Spare {
    /// The buffers that the last run on this thread left, or new ones.
    pub(super) fn take() -> Box<Spare> {
        // (Without the thread's own storage, at its very end, there is nothing to be had.)
        let mut spare = SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default();
        if spare.stack.is_empty() {
            spare.stack = vec![Value::UNDEFINED; CELLS];
        }
        spare
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        let Spare { stack, frames, instances, environments, unused } = &mut *self.spare;
        *stack = std::mem::take(&mut self.stack);
        *frames = std::mem::take(&mut self.frames);
        *instances = std::mem::take(&mut self.instances);
        *environments = std::mem::take(&mut self.environments);
        if self.poisoned || stack.len() > KEPT {
            return;
        }
        frames.clear();
        instances.clear();
        for mut environment in environments.drain(..) {
            if let Some(own) = Arc::get_mut(&mut environment)
                && unused.len() < 4
            {
                own.clear();
                unused.push(environment);
            }
        }
        let spare = std::mem::take(&mut self.spare);
        let _ = SPARE.try_with(|place| place.set(Some(spare)));
    }
}
