//! The service as its clients see it, over a socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use example_service::Settings;
use tansy::{Limits, Value, json};

/// The service on a free port, until the test ends.
struct Service {
    address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

impl Service {
    fn start() -> Service {
        Service::with(Settings::default())
    }

    fn with(settings: Settings) -> Service {
        // One thread for evaluations, so that one which does not end holds up all others.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_io()
            .max_blocking_threads(1)
            .build()
            .unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(example_service::serve(listener, settings));
        Service { address, _runtime: runtime }
    }

    /// One request on a connection of its own: the status and the body of the answer.
    fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{headers}\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    fn upload(&self, name: &str, rule: &str) -> (u16, String) {
        self.ask("POST", &format!("/rules/{name}"), "", rule)
    }

    #[track_caller]
    fn evaluate(&self, name: &str, input: &str) -> (u16, Value) {
        self.evaluate_within(name, input, "")
    }

    #[track_caller]
    fn evaluate_within(&self, name: &str, input: &str, headers: &str) -> (u16, Value) {
        let (status, body) = self.ask("POST", &format!("/evaluate/{name}"), headers, input);
        (status, json::parse(&body).unwrap_or_else(|_| panic!("no JSON: {body}")))
    }
}

#[test]
fn a_rule_is_uploaded_and_evaluated() {
    let service = Service::start();
    let rule = "let free = input.total > 50 and input.weight < 20\nprint(\"seen\")\n{free}";
    assert_eq!(service.upload("shipping", rule).0, 200);
    let (status, answer) = service.evaluate("shipping", "{\"total\": 62.5, \"weight\": 3}");
    assert_eq!(status, 200);
    assert_eq!(answer["value"]["free"], true);
    assert_eq!(answer["printed"], "seen\n");
    assert_eq!((&answer["version"], &answer["decision"]), (&1.into(), &1.into()));
}

#[test]
fn a_mistake_in_a_rule_is_reported_and_the_old_version_serves_on() {
    let service = Service::start();
    assert_eq!(service.upload("tax", "input.net * 0.19").0, 200);
    let (status, report) = service.upload("tax", "let rate = 0.19\ninput.net * rat\n");
    assert_eq!(status, 422);
    let expected = "\
error: unknown name `rat`
   2 | input.net * rat
     |             ^^^ nothing in scope has this name
     = did you mean `rate`?
";
    assert_eq!(report, expected);
    assert_eq!(service.evaluate("tax", "{\"net\": 100}").1["value"], 19.0);
    let (_, answer) = service.upload("tax", "input.net * 0.07");
    assert_eq!(json::parse(&answer).unwrap()["version"], 2);
    assert_eq!(service.evaluate("tax", "{\"net\": 100}").1["value"], 7.000000000000001);
}

#[test]
fn what_a_rule_throws_has_its_place() {
    let service = Service::start();
    service.upload("r", "let order = input.order\norder.totl > 3");
    let (status, answer) = service.evaluate("r", "{\"order\": {\"total\": 1}}");
    assert_eq!(status, 422);
    assert_eq!(answer["error"], "there is no key `totl`");
    assert_eq!(answer["kind"], "missing-key");
    assert_eq!(answer["place"], "line 2, column 7");
    assert_eq!(answer["help"][0], "did you mean `total`?");
    assert_eq!(answer["limit"], Value::NULL);
}

#[test]
fn a_limit_is_named_and_the_service_goes_on() {
    let service = Service::with(Settings {
        limits: Limits {
            fuel: 200_000,
            memory: 1 << 20,
            output: 1000,
            call_depth: 1000,
            ..Settings::default().limits
        },
        ..Settings::default()
    });
    let hostile = [
        ("fuel", "while true { }"),
        ("memory", "var s = \"x\"\nfor i in 1..40 { s = s + s }\ns.len()"),
        ("output", "for i in 1..1000 { print(\"a line of text\") }"),
        ("call-depth", "fn f(n) { 1 + f(n + 1) }\nf(0)"),
    ];
    for (limit, rule) in hostile {
        assert_eq!(service.upload("hostile", rule).0, 200, "{limit}");
        let (status, answer) = service.evaluate("hostile", "{}");
        assert_eq!((status, &answer["limit"]), (422, &limit.into()), "{answer}");
    }
    service.upload("fine", "input + 1");
    assert_eq!(service.evaluate("fine", "1").1["value"], 2);
}

#[test]
fn a_deadline_is_kept() {
    let limits = Limits { fuel: u64::MAX, ..Settings::default().limits };
    let service = Service::with(Settings { limits, ..Settings::default() });
    service.upload("slow", "while true { }");
    let start = Instant::now();
    let (status, answer) = service.evaluate_within("slow", "{}", "deadline-ms: 20\r\n");
    assert_eq!((status, &answer["limit"]), (408, &"time".into()), "{answer}");
    assert!(start.elapsed() < Duration::from_secs(5));
    // Nobody gets more than the service gives.
    let (status, _) = service.evaluate_within("slow", "{}", "deadline-ms: 99999999\r\n");
    assert_eq!(status, 408);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_client_that_goes_away_ends_its_evaluation() {
    let limits = Limits { fuel: u64::MAX, time: None, ..Settings::default().limits };
    let service = Service::with(Settings { limits, ..Settings::default() });
    service.upload("endless", "while true { }");
    service.upload("fine", "input + 1");
    let mut gone = TcpStream::connect(service.address).unwrap();
    gone.write_all(b"POST /evaluate/endless HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n\r\n{}")
        .unwrap();
    std::thread::sleep(Duration::from_millis(50));
    drop(gone);
    assert_eq!(service.evaluate("fine", "1").1["value"], 2);
}

#[test]
fn a_decision_is_explained_by_the_version_that_made_it() {
    let service = Service::start();
    service.upload("age", "input.age >= 18 and input.country == \"DE\"");
    let (_, answer) = service.evaluate("age", "{\"age\": 17, \"country\": \"DE\"}");
    assert_eq!((&answer["value"], &answer["decision"]), (&false.into(), &1.into()));
    service.upload("age", "true");
    let (status, report) = service.ask("GET", "/explain/1", "", "");
    assert_eq!(status, 200);
    assert!(report.contains("input.age = 17"), "{report}");
    assert_eq!(service.ask("GET", "/explain/7", "", "").0, 404);
}

#[test]
fn many_clients_are_served_while_a_rule_is_replaced() {
    let service = Service::start();
    service.upload("n", "input * 1");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 1..=25 {
                    let (status, answer) = service.evaluate("n", &n.to_string());
                    assert_eq!(status, 200);
                    // Each answer is that of one version, whichever it was.
                    assert_eq!(
                        answer["value"].as_int(),
                        Some(n * answer["version"].as_int().unwrap())
                    );
                }
            });
        }
        for version in 2..=20 {
            assert_eq!(service.upload("n", &format!("input * {version}")).0, 200);
        }
    });
}

#[test]
fn what_is_not_there_or_not_right_is_told() {
    let service = Service::start();
    assert_eq!(service.evaluate("nothing", "{}").0, 404);
    service.upload("r", "input");
    let (status, answer) = service.evaluate("r", "{\"a\": }");
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().unwrap().starts_with("the input is no JSON"), "{answer}");
    assert_eq!(service.upload("no%20name", "1").0, 400);
    assert_eq!(service.ask("POST", "/rules/r", "", &" ".repeat(200_000)).0, 413);
    service.upload("f", "|x| x");
    assert_eq!(service.evaluate("f", "1").0, 422);
    service.upload("clock", "time.now()");
    let (status, answer) = service.evaluate("clock", "1");
    assert_eq!((status, answer["kind"].as_str()), (422, Some("not-granted")));
}
