//! Rhai, with JSON from serde.

use rhai::{CallFnOptions, Dynamic, Engine, EvalAltResult, Map, Scope};

use crate::Outcome;

pub fn run(source: &str, data: Option<String>) -> Outcome {
    let mut engine = Engine::new();
    engine.set_max_expr_depths(0, 0);
    engine.set_max_call_levels(1000);
    engine.register_fn("json_parse", |text: &str| {
        serde_json::from_str::<Dynamic>(text)
            .map_err(|error| Box::new(EvalAltResult::from(error.to_string())))
    });
    engine.register_fn("json_write", |map: Map| {
        serde_json::to_string(&Dynamic::from(map))
            .map_err(|error| Box::new(EvalAltResult::from(error.to_string())))
    });
    let ast = engine.compile(source)?;
    let (options, mut scope) = (CallFnOptions::new(), Scope::new());
    let value: Dynamic = match data {
        Some(data) => engine.call_fn_with_options(options, &mut scope, &ast, "main", (data,))?,
        None => engine.call_fn_with_options(options, &mut scope, &ast, "main", ())?,
    };
    // Nine places, as the other programs print floats.
    Ok(value.as_float().map_or_else(|_| value.to_string(), |float| format!("{float:.9}")))
}
