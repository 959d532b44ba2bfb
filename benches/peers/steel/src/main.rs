//! Runs a Steel program: `steel FILE [DATA]` calls its `main`, with the text of DATA if given, and prints the result.
//! A program of its own, because Steel wants versions of libraries that the other engines do not.

use std::{env, error::Error, fs, thread};

use steel::rvals::{IntoSteelVal, SteelVal};
use steel::steel_vm::engine::Engine;

fn run(source: String, data: Option<String>) -> Result<String, String> {
    let go = || {
        let mut engine = Engine::new();
        engine.run(source)?;
        let main = engine.extract_value("main")?;
        let args = data.into_iter().map(IntoSteelVal::into_steelval).collect::<Result<_, _>>()?;
        engine.call_function_with_args(main, args)
    };
    let text = |value| match value {
        SteelVal::NumV(float) => format!("{float:.9}"),
        value => value.to_string(),
    };
    go().map(text).map_err(|error: steel::SteelErr| error.to_string())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let file = args.next().ok_or("usage: steel FILE [DATA]")?;
    let source = fs::read_to_string(file)?;
    let data = args.next().map(fs::read_to_string).transpose()?;
    let worker = thread::Builder::new().stack_size(1 << 30).spawn(move || run(source, data))?;
    let text = worker.join().map_err(|_| "panicked")??;
    println!("{}", text.trim_matches('"'));
    Ok(())
}
