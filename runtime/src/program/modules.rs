//! Running the modules of a program in their order.

use super::Inputs;
use crate::link::{Content, Module};
use crate::value::{Map, Value};
use crate::vm::{Failure, Machine};

/// What modules gave.
#[derive(Default)]
pub(crate) struct Ran {
    /// What importers see of each, but for the last.
    pub(crate) values: Vec<Value>,
    /// The value of the last.
    pub(crate) result: Value,
    /// The last one's instance, if it has code.
    pub(crate) instance: Option<u32>,
}

impl Ran {
    /// What the last one exports.
    pub(super) fn exports(&self, machine: &Machine) -> Map {
        self.instance.map_or_else(Map::new, |instance| exports(machine, instance))
    }
}

fn exports(machine: &Machine, instance: u32) -> Map {
    let exports = machine.exports(instance);
    exports.into_iter().fold(Map::new(), |mut map, (name, value)| {
        map.insert_str(&name, value);
        map
    })
}

/// Runs modules in their order; `main` is the one that has inputs.
pub(crate) fn run_modules<'a>(
    machine: &mut Machine<'a>,
    modules: &'a [Module],
    main: usize,
    inputs: &mut impl Inputs,
) -> Result<Ran, Failure> {
    let mut ran = Ran::default();
    for number in 0..modules.len() {
        if let Some(instance) = ran.begin(machine, modules, number) {
            let value = machine.execute(instance, 0, &mut |name| inputs.take(name))?;
            ran.end(machine, modules, main, number, value);
        }
    }
    Ok(ran)
}

impl Ran {
    /// Sets up a module; one with code then has to run.
    pub(super) fn begin<'a>(
        &mut self,
        machine: &mut Machine<'a>,
        modules: &'a [Module],
        number: usize,
    ) -> Option<u32> {
        let module = &modules[number];
        let code = match &module.content {
            Content::Data(data) => {
                self.values.push(data.value.clone());
                (self.result, self.instance) = (data.value.clone(), None);
                return None;
            }
            Content::Code(code) => code,
        };
        let instance = machine.add_program(code, |environment| {
            for (slot, imported) in module.imports() {
                let value = self.values.get(*imported).cloned().unwrap_or(Value::NULL);
                environment.set(*slot, value);
            }
        });
        self.instance = Some(instance);
        self.instance
    }

    /// Takes what the module that ran gives.
    pub(super) fn end(
        &mut self,
        machine: &Machine,
        modules: &[Module],
        main: usize,
        number: usize,
        value: Value,
    ) {
        self.result = value;
        if number + 1 < modules.len() || main == usize::MAX {
            self.values.push(Value::map(self.exports(machine)));
        }
    }
}
