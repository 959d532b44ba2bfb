//! The engines: for each, the jobs it can do. What an engine has no job for, it cannot do.

mod cel;
mod koto;
mod lua;
mod native;
mod rhai;
mod rune;
mod starlark;
mod tansy;

use crate::measure::{Data, Job, Row};
use std::sync::Arc;

pub type Jobs = Vec<(Row, Job)>;

/// An engine beside others.
pub struct Engine {
    pub name: &'static str,
    /// Its jobs over some orders.
    pub jobs: fn(&Arc<Data>) -> Jobs,
    /// Makes an engine, to be timed in a process of its own.
    pub first: fn(),
}

/// Tansy first, then its peers, at last the floor.
pub const ALL: [Engine; 8] = [
    Engine { name: "tansy", jobs: tansy::jobs, first: tansy::first },
    Engine { name: "starlark", jobs: starlark::jobs, first: starlark::first },
    Engine { name: "lua", jobs: lua::jobs, first: lua::first },
    Engine { name: "rune", jobs: rune::jobs, first: rune::first },
    Engine { name: "koto", jobs: koto::jobs, first: koto::first },
    Engine { name: "rhai", jobs: rhai::jobs, first: rhai::first },
    Engine { name: "cel", jobs: cel::jobs, first: cel::first },
    Engine { name: "rust", jobs: native::jobs, first: || {} },
];

/// A list of jobs, each of which may have what it measures on.
macro_rules! jobs {
    ($data:ident; $($row:ident => $job:expr;)*) => {
        vec![$((
            crate::measure::Row::$row,
            {
                let $data = std::sync::Arc::clone($data);
                let _ = &$data;
                let job: crate::measure::Job = Box::new(move || {
                    let $data = &*$data;
                    let _ = $data;
                    $job
                });
                job
            },
        ),)*]
    };
}
pub(crate) use jobs;
