//! The module `env`: the environment variables that are granted.

use crate::argument::{Answer, effect, get, text};
use tansy_runtime::fault::{Fault, short};
use tansy_runtime::grants::{BARE, Variables, not_granted};
use tansy_runtime::native::{Context, Place, Row, Table};
use tansy_runtime::value::{Map, Value};

/// The table of `env`.
pub(crate) const TABLES: [Table; 1] = [Table {
    place: Place::Module("env"),
    doc: "Environment variables, which the host must grant (`allow_env`, `allow_env_vars`; `--allow-env[=NAME,…]`). They can be read, not set.",
    script: None,
    rows: ROWS,
}];

const ROWS: &[Row] = &[
    effect(
        "get(name)",
        "The value of an environment variable; null if it is not set.",
        "env.get(\"NO_SUCH_VARIABLE\") ?? \"none\" // → \"none\"",
        one,
    ),
    effect(
        "vars()",
        "All environment variables as a Map; names and values that are not UTF-8 text are left out. All must be granted.",
        "\"NO_SUCH_VARIABLE\" in env.vars() // → false",
        all,
    ),
];

fn one(cx: &mut Context, args: &mut [Value]) -> Answer {
    let name = text(cx, args, 0, "name")?;
    let variables = &cx.grants().env;
    if !variables.allows(name) {
        let why = match variables {
            Variables::None => "no environment variable is granted",
            _ => "it is not one of those granted",
        };
        let attempt = format!("`env.get` may not read {}: {why}", short(get(args, 0)));
        return Err(denied(attempt));
    }
    cx.charge(50)?;
    match std::env::var_os(name).map(|value| value.into_string()) {
        None => Ok(Value::NULL),
        Some(Ok(value)) => {
            cx.charge(value.len() / 16)?;
            cx.reserve(value.len() as u64)?;
            Ok(Value::from(value))
        }
        Some(Err(_)) => {
            let message = format!("the variable {} is not UTF-8 text", short(get(args, 0)));
            Err(Fault::new("io", message).help("set it to UTF-8 text"))
        }
    }
}

fn all(cx: &mut Context, _: &mut [Value]) -> Answer {
    let attempt = match cx.grants().env {
        Variables::All => None,
        Variables::None => Some("`env.vars` may not read the environment: it is not granted"),
        Variables::Named(_) => {
            Some("`env.vars` may not read the environment: only some variables are granted")
        }
    };
    if let Some(attempt) = attempt {
        return Err(denied(attempt.into()));
    }
    let mut vars = Map::new();
    if BARE {
        return Ok(Value::map(vars));
    }
    for (name, value) in std::env::vars_os() {
        let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) else { continue };
        cx.charge(8 + (name.len() + value.len()) / 16)?;
        cx.reserve((name.len() + value.len()) as u64 + 64)?;
        vars.insert_str(&name, Value::from(value));
    }
    Ok(Value::map(vars))
}

fn denied(attempt: String) -> Fault {
    not_granted(attempt, "allow_env()", "--allow-env[=NAME,…]")
}
