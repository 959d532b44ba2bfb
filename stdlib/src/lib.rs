//! The standard library of Tansy: one module, one file. Each has its natives here and, where the language can say it itself, a
//! Tansy half beside it (`vec.rs`, `vec.tansy`). Whatever takes a function is in the Tansy half, so that no native ever
//! calls back into the machine.
//!
//! What looks beyond the program (`time`, `random`, `fs`, `env`) asks for leave first: `tansy_runtime::grants`.
//!
//! Builtins are rows of tables; their documentation and examples are what the reference shows and the tests run.

#![forbid(unsafe_code)]

mod any;
mod argument;
mod convert;
mod env;
mod fs;
mod function;
mod global;
mod json;
mod list;
mod map;
mod math;
mod number;
mod place;
mod random;
mod range;
mod seq;
mod set;
mod str;
mod time;
mod total;
mod vec;
mod version;

use std::sync::LazyLock;
use tansy_runtime::native::Table;

/// The Tansy half of what Vec and Range share.
const LIST: (&str, &str) = ("list.tansy", include_str!("list.tansy"));
/// The Tansy half of what Vec, Range, Set and Seq share.
const WALK: (&str, &str) = ("walk.tansy", include_str!("walk.tansy"));

/// Every table of the library. A place may have several; no name stands twice in one place. Tables with the same script file have
/// the same text.
pub fn tables() -> &'static [Table] {
    static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
        let parts: [&[Table]; 17] = [
            &global::TABLES,
            &any::TABLES,
            &str::TABLES,
            &vec::TABLES,
            &map::TABLES,
            &set::TABLES,
            &range::TABLES,
            &seq::TABLES,
            &number::TABLES,
            &function::TABLES,
            &math::TABLES,
            &json::TABLES,
            &time::TABLES,
            &random::TABLES,
            &fs::TABLES,
            &env::TABLES,
            &hidden::TABLES,
        ];
        parts.concat()
    });
    &TABLES
}

/// What only the library's own Tansy half and the machine use.
mod hidden {
    use crate::{any, global, list, place, range, seq};
    use tansy_runtime::native::{Place, Table};

    pub(crate) const TABLES: [Table; 6] = [
        table(list::HIDDEN),
        table(range::HIDDEN),
        table(seq::HIDDEN),
        table(place::HIDDEN),
        Table { place: Place::Global, doc: "", script: Some(global::SCRIPT), rows: global::HIDDEN },
        Table { place: Place::Any, doc: "", script: Some(any::SCRIPT), rows: any::HIDDEN },
    ];

    const fn table(rows: &'static [tansy_runtime::native::Row]) -> Table {
        Table { place: Place::Global, doc: "", script: None, rows }
    }
}
