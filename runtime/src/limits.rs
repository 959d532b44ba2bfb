//! What a run may use, and how much it has used.

use std::time::Duration;

pub use crate::fault::Limit;

/// The limits of a run. All are on by default and are the same in every build.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Steps: calls, turns of loops, and the work of built-ins in proportion to their data. Default 1,000,000,000.
    pub fuel: u64,
    /// Bytes held at once beyond what the run was given: values, the machine's stack, buffers on their way to values. The allocator
    /// sees a tenth more at most. Default 1 GiB.
    pub memory: u64,
    /// Nested calls that are not tail calls. Default 200,000.
    pub call_depth: u32,
    /// Nesting of source text and of JSON read as a program. Default 256.
    pub nesting: u32,
    /// Bytes printed. Default 1 GiB.
    pub output: u64,
    /// Wall-clock time. Default none.
    pub time: Option<Duration>,
}

impl Limits {
    pub(crate) const DEFAULT: Limits = Limits {
        fuel: 1_000_000_000,
        memory: 1 << 30,
        call_depth: 200_000,
        nesting: 256,
        output: 1 << 30,
        time: None,
    };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::DEFAULT
    }
}

/// What a run used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Steps taken.
    pub fuel: u64,
    /// The most bytes seen at once, looked at about every ten thousand steps.
    pub peak_memory: u64,
    /// Blocks allocated for values; the buffers that blocks keep their items in count as part of them.
    pub allocations: u64,
    /// Shared collection nodes that an update had to copy.
    pub copies: u64,
    /// Collection nodes that an update found unshared and changed in place: one for each level of a nested update.
    pub updates: u64,
}
