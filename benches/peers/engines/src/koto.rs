//! Koto, with its own JSON module and a compact writer, which that does not have.

use koto::prelude::*;

use crate::Outcome;

pub fn run(source: &str, data: Option<String>) -> Outcome {
    let mut koto = Koto::default();
    let json = koto_json::make_module();
    json.add_fn("to_compact", |ctx| match ctx.args() {
        [value] => match serde_json::to_string(&koto::serde::SerializableKValue(value)) {
            Ok(text) => Ok(text.into()),
            Err(error) => runtime_error!("{error}"),
        },
        unexpected => unexpected_args("|Any|", unexpected),
    });
    koto.prelude().insert("json", json);
    koto.compile_and_run(source)?;
    let main = koto.exports().get("main").ok_or("no main")?;
    let value = match data {
        Some(data) => koto.call_function(main, KValue::from(data))?,
        None => koto.call_function(main, &[])?,
    };
    match value {
        KValue::Number(KNumber::F64(float)) => Ok(format!("{float:.9}")),
        value => Ok(koto.value_to_string(value)?),
    }
}
