//! Running the modules of a program in their order.

use super::Inputs;
use crate::link::{Content, Module};
use crate::value::{Map, Value};
use crate::vm::{Failure, Machine};

/// Modules in the order they run.
#[derive(Clone, Copy)]
pub(crate) struct Modules<'a> {
    pub(crate) imported: &'a [Module],
    /// The program itself, which has inputs. None where they are imported by something else.
    pub(crate) main: Option<&'a Module>,
}

impl<'a> Modules<'a> {
    pub(super) fn iter(self) -> impl DoubleEndedIterator<Item = &'a Module> {
        self.imported.iter().chain(self.main)
    }

    /// A module by its number.
    pub(super) fn get(self, number: usize) -> Option<&'a Module> {
        match number == self.imported.len() {
            true => self.main,
            false => self.imported.get(number),
        }
    }
}

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

/// Runs modules in their order.
pub(crate) fn run_modules<'a>(
    machine: &mut Machine<'a>,
    modules: Modules<'a>,
    inputs: &mut impl Inputs,
) -> Result<Ran, Failure> {
    let mut ran = Ran::default();
    for (number, module) in modules.iter().enumerate() {
        if let Some(instance) = ran.begin(machine, module) {
            let value = machine.execute(instance, 0, &mut |name| inputs.take(name))?;
            ran.end(machine, modules, number, value);
        }
    }
    Ok(ran)
}

impl Ran {
    /// Sets up a module; one with code then has to run.
    pub(super) fn begin<'a>(
        &mut self,
        machine: &mut Machine<'a>,
        module: &'a Module,
    ) -> Option<u32> {
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

    /// Takes what the module of this number gives, which ran.
    pub(super) fn end(&mut self, machine: &Machine, modules: Modules, number: usize, value: Value) {
        self.result = value;
        if number < modules.imported.len() {
            self.values.push(Value::map(self.exports(machine)));
        }
    }
}
