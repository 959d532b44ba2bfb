//! The floor: Rust itself.

use super::{Jobs, jobs};
use crate::measure::{Data, LOOP, host, longer, rule_each, turns};
use crate::orders::holds;
use std::hint::black_box;
use std::sync::Arc;

type Add = Box<dyn Fn(i64, i64) -> i64>;

fn add() -> Add {
    black_box(Box::new(|a, b| a + b))
}

pub fn jobs(data: &Arc<Data>) -> Jobs {
    jobs! { data;
        Before => rule_each(1, &data.orders, holds);
        Before2 => rule_each(2, &data.orders, holds);
        Call => {
            let add = add();
            turns(1_000_000, |i| add(i, 1))
        };
        HostCall => {
            let host: Add = black_box(Box::new(host));
            let run = || (0..LOOP).fold(0, |s, i| host(s, black_box(i)));
            longer(run, || { black_box((0..LOOP).fold(0, |_, i| black_box(i))); })
        };
    }
}
