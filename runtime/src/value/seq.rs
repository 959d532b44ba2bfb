//! The body of a lazy sequence: a description of a computation, not a cursor.

use super::Value;

/// `step(state)` is `null` at the end and otherwise `[item, next_state]`. Two Seqs are equal when they are one.
#[derive(Debug)]
pub struct SeqBody {
    /// Where the sequence stands.
    pub state: Value,
    /// The function that gives the next item and state.
    pub step: Value,
}
