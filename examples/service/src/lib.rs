//! An HTTP service that evaluates rules which its users write: untrusted programs, under limits.
//!
//! | request | |
//! |---|---|
//! | `POST /rules/{name}` | the body is a rule; replaces the one of that name once it compiles |
//! | `POST /evaluate/{name}` | the body is JSON, which the rule sees as `input`; the answer is its value and the number of the decision |
//! | `GET /explain/{decision}` | why a decision of late came out as it did |
//!
//! What to look at:
//! - A rule can compute, and nothing else: no file, clock or network is there unless a host adds it. What it may use of the processor
//!   and the memory is in [`Settings::limits`].
//! - A rule that passes a limit is answered with 408 or 422, and the name of the limit. A script cannot catch or fake that.
//! - [`rules`] replaces rules while requests run: a request keeps the version it began with.
//! - An evaluation yields to others while it runs, and ends when its client goes away: it is a future like any other.
//! - The same program with the same input always does the same. So a decision is explained by running it again, traced.

pub mod report;
pub mod rules;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, body::Bytes};
use rules::{Decision, Rules};
use tansy::{Engine, Limit, Limits, RunError, Value, json, value};
use tokio::net::TcpListener;

/// What the service allows.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What one evaluation may use. A header `deadline-ms` may make it shorter.
    pub limits: Limits,
    /// Bytes of a body: of a rule, or of an input.
    pub body: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            limits: Limits {
                fuel: 5_000_000,
                memory: 16 << 20,
                call_depth: 10_000,
                nesting: 64,
                output: 10_000,
                time: Some(Duration::from_millis(250)),
            },
            body: 100_000,
        }
    }
}

/// What handlers share.
struct Service {
    engine: Engine,
    limits: Limits,
    rules: Rules,
}

type Shared = State<Arc<Service>>;

/// Answers requests until the listener fails.
///
/// # Errors
/// Those of the listener.
pub async fn serve(listener: TcpListener, settings: Settings) -> std::io::Result<()> {
    let service = Service {
        engine: Engine::builder().limits(settings.limits.clone()).build(),
        limits: settings.limits,
        rules: Rules::default(),
    };
    let app = Router::new()
        .route("/rules/{name}", post(upload))
        .route("/evaluate/{name}", post(evaluate))
        .route("/explain/{decision}", get(explain))
        .layer(DefaultBodyLimit::max(settings.body))
        .with_state(Arc::new(service));
    axum::serve(listener, app).await
}

/// A JSON answer.
fn answer(status: StatusCode, value: &Value) -> Response {
    const LARGEST: usize = 1 << 20;
    match json::stringify(value, LARGEST) {
        Ok(text) => (status, [(CONTENT_TYPE, "application/json")], text).into_response(),
        // A function, or a set, or too much of it.
        Err(error) => refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            &value!({ error: format!("the rule's value has no JSON form: {error}") }),
        ),
    }
}

/// A JSON answer of which it is known that it can be written.
fn refuse(status: StatusCode, value: &Value) -> Response {
    let text = json::stringify(value, usize::MAX).unwrap_or_default();
    (status, [(CONTENT_TYPE, "application/json")], text).into_response()
}

fn not_found(what: String) -> Response {
    refuse(StatusCode::NOT_FOUND, &value!({ error: what }))
}

/// Work that takes long enough to be in nobody's way: it has a thread of its own, and no panic of it ends the service.
async fn aside(work: impl FnOnce() -> Response + Send + 'static) -> Response {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// `POST /rules/{name}`
async fn upload(State(service): Shared, Path(name): Path<String>, text: String) -> Response {
    if !rules::is_name(&name) {
        let error = "a rule is named with up to 64 letters, digits, `-` and `_`";
        return refuse(StatusCode::BAD_REQUEST, &value!({ error: error }));
    }
    aside(move || match service.engine.compile_with_inputs(&name, &text, &["input"]) {
        Ok(program) => match service.rules.replace(&name, program) {
            Some(version) => answer(StatusCode::OK, &value!({ rule: name, version: version })),
            None => refuse(StatusCode::INSUFFICIENT_STORAGE, &value!({ error: "too many rules" })),
        },
        // For people, and as they wrote it: with their line and a sign below it. The old version keeps serving.
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, report::compile(&error)).into_response(),
    })
    .await
}

/// `POST /evaluate/{name}`
async fn evaluate(
    State(service): Shared,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(rule) = service.rules.get(&name) else {
        return not_found(format!("there is no rule {name}"));
    };
    let input = match json::parse_bytes(&body) {
        Ok(input) => input,
        Err(e) => {
            let error = format!("the input is no JSON: {e}");
            return refuse(StatusCode::BAD_REQUEST, &value!({ error: error }));
        }
    };
    let wanted = headers.get("deadline-ms").and_then(|v| v.to_str().ok()?.parse().ok());
    let time = match (wanted.map(Duration::from_millis), service.limits.time) {
        (Some(wanted), Some(most)) => Some(wanted.min(most)),
        (wanted, most) => wanted.or(most),
    };
    let printed = Arc::new(Mutex::new(String::new()));
    let print = printed.clone();
    // It lets other requests run every ten thousand steps or so. When the client goes away, the server drops this future, and the run.
    let mut run = rule
        .program
        .start()
        .input("input", input.clone())
        .limits(Limits { time, ..service.limits.clone() })
        .output(Box::new(move |text| {
            print.lock().map(|mut all| all.push_str(text)).ok();
            Ok(())
        }))
        .execute_async();
    let result = (&mut run).await;
    let printed = printed.lock().map(|text| text.clone()).unwrap_or_default();
    let fuel = run.stats().fuel as i64;
    let decision = service.rules.decided(Decision { rule: rule.clone(), input });
    match result {
        Ok(value) => {
            let answer_value = value!({
                value: value, rule: name, version: rule.version, decision: decision,
                fuel: fuel, printed: printed,
            });
            answer(StatusCode::OK, &answer_value)
        }
        Err(error) => failure(&error, decision),
    }
}

/// What a client is told of a rule that gave no value: which limit it passed, or what it threw and where.
fn failure(error: &RunError, decision: i64) -> Response {
    let limit = error.limit.map(limit_name);
    let status = match error.limit {
        Some(Limit::Time) => StatusCode::REQUEST_TIMEOUT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let place = report::place(error);
    refuse(
        status,
        &value!({
            error: &error.message, kind: &error.kind, limit: limit, place: place,
            help: &error.help, decision: decision,
        }),
    )
}

fn limit_name(limit: Limit) -> &'static str {
    match limit {
        Limit::Depth => "call-depth",
        limit => limit.name(),
    }
}

/// `GET /explain/{decision}`
async fn explain(State(service): Shared, Path(number): Path<String>) -> Response {
    let decision = number.parse().ok().and_then(|number| service.rules.decision(number));
    let Some(Decision { rule, input }) = decision else {
        return not_found(format!("decision {number} is not known, or no more"));
    };
    // The same version with the same input, under the same limits.
    aside(move || {
        rule.program.run_traced(&[("input", input)]).explanation.to_string().into_response()
    })
    .await
}
