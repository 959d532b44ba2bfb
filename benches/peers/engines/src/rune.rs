//! Rune, with its JSON module.

use std::sync::Arc;

use rune::{Context, Diagnostics, Source, Sources, Vm};

use crate::Outcome;

pub fn run(source: &str, data: Option<String>) -> Outcome {
    let mut context = Context::with_default_modules()?;
    context.install(rune_modules::json::module(true)?)?;
    let mut sources = Sources::new();
    sources.insert(Source::memory(source)?)?;
    let mut diagnostics = Diagnostics::new();
    let built = rune::prepare(&mut sources)
        .with_context(&context)
        .with_diagnostics(&mut diagnostics)
        .build();
    if built.is_err() {
        let mut stderr =
            rune::termcolor::StandardStream::stderr(rune::termcolor::ColorChoice::Never);
        diagnostics.emit(&mut stderr, &sources)?;
    }
    let mut vm = Vm::new(Arc::new(context.runtime()?), Arc::new(built?));
    let value = match data {
        Some(data) => vm.call(["main"], (data,))?,
        None => vm.call(["main"], ())?,
    };
    if let Ok(int) = rune::from_value::<i64>(value.clone()) {
        return Ok(int.to_string());
    }
    if let Ok(float) = rune::from_value::<f64>(value.clone()) {
        return Ok(format!("{float:.9}"));
    }
    Ok(rune::from_value::<String>(value)?)
}
