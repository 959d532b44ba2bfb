//! Starlark, with `map`, `filter` and `json` of its extensions, and a square root, which the language does not have.

use starlark::environment::{GlobalsBuilder, LibraryExtension, Module};
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::syntax::{AstModule, Dialect};
use starlark::values::float::UnpackFloat;
use starlark::values::{UnpackValue, Value};

use crate::Outcome;

#[starlark_module]
fn host(builder: &mut GlobalsBuilder) {
    fn sqrt(x: UnpackFloat) -> anyhow::Result<f64> {
        Ok(x.0.sqrt())
    }
}

pub fn run(source: &str, data: Option<String>) -> Outcome {
    let extensions = [LibraryExtension::Map, LibraryExtension::Filter, LibraryExtension::Json];
    let globals = GlobalsBuilder::extended_by(&extensions).with(host).build();
    let ast = AstModule::parse("program.star", source.to_owned(), &Dialect::Extended)
        .map_err(|e| e.to_string())?;
    // A frozen module, as a host would keep it.
    let frozen = Module::with_temp_heap(|module| {
        Evaluator::new(&module).eval_module(ast, &globals).map_err(|e| e.to_string())?;
        module.freeze().map_err(|e| format!("{e:?}"))
    })?;
    let main = frozen.get("main").map_err(|e| e.to_string())?;
    Module::with_temp_heap(|module| {
        // SAFETY: the value is used only while `frozen`, which owns it, is alive.
        let main = unsafe { main.owned_frozen_value(module.frozen_heap()) }.to_value();
        let args: Vec<Value> = data.iter().map(|data| module.heap().alloc(data.as_str())).collect();
        let value =
            Evaluator::new(&module).eval_function(main, &args, &[]).map_err(|e| e.to_string())?;
        match UnpackFloat::unpack_value_opt(value) {
            Some(float) if value.get_type() == "float" => Ok(format!("{:.9}", float.0)),
            _ => Ok(value.to_str()),
        }
    })
}
