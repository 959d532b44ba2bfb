//! Serves the rules: `cargo run -p example-service [ADDRESS]`; then, from elsewhere:
//!
//! ```console
//! $ curl localhost:8080/rules/free-shipping -d 'input.total > 50 and input.weight < 20'
//! $ curl localhost:8080/evaluate/free-shipping -d '{"total": 62.5, "weight": 3}'
//! $ curl localhost:8080/explain/1
//! ```

use std::io::Error;

use example_service::Settings;

fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    // Each evaluation has a thread of the pool for blocking work while it runs; so many run at once, the others wait.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_io()
        .max_blocking_threads(2 * cores)
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(&address).await?;
        println!("listening on http://{}", listener.local_addr()?);
        example_service::serve(listener, Settings::default()).await
    })
}
