//! The request id: never the client's, in the answer and on every log line of the request.

use super::client::{HTTPS, TestApi, settings};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, Mutex};

/// Log lines in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Collects what this thread logs while the guard exists.
    fn collect(&self) -> tracing::subscriber::DefaultGuard {
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(move || writer.clone())
            .json()
            .flatten_event(true)
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[tokio::test]
async fn request_id_of_a_client_is_dropped() {
    let api = TestApi::new().await;
    let mut client = api.client().with_header("x-request-id", "chosen-by-the-client");
    let ids: Vec<String> = [client.get("/healthz").await, client.identify("A.Janssen").await]
        .iter()
        .map(|answer| answer.header("x-request-id").unwrap().to_owned())
        .collect();
    assert!(ids.iter().all(|id| id.len() == 36 && !id.contains("chosen")) && ids[0] != ids[1], "{ids:?}");
}

#[tokio::test]
async fn failed_step_logs_one_error_with_the_request_id_of_the_answer() {
    let api = TestApi::new().await;
    let mut client = api.client().with_header("x-request-id", "chosen-by-the-client");
    client.reach_password(&api).await;
    let log = Log::default();
    let guard = log.collect();
    api.world.audit.set_unavailable(true);
    let answer = client.password("Zee-Wolk-Lamp-77!").await;
    drop(guard);
    assert_eq!(answer.outcome(), "unavailable");
    let id = answer.header("x-request-id").unwrap();
    let lines: Vec<Value> = log
        .lines()
        .into_iter()
        .filter(|line| line["target"].as_str().unwrap().starts_with("server"))
        .collect();
    let errors: Vec<&Value> = log_level(&lines, "ERROR");
    assert_eq!(errors.len(), 1, "{lines:#?}");
    assert_eq!(errors[0]["reference"], answer.json()["reference"]);
    assert!(lines.iter().all(|line| line["span"]["id"] == id), "{lines:#?}");
    assert!(!format!("{:?}", log.lines()).contains("chosen-by-the-client"));
    assert!(log_level(&log.lines(), "ERROR").len() == 1, "also of other crates");
}

#[tokio::test]
async fn refused_calls_are_not_logged_one_by_one() {
    let api = TestApi::with(settings(HTTPS, "", "[limits]\nper_address = \"2/10m\"\nglobal = \"0\"\n")).await;
    let log = Log::default();
    let guard = log.collect();
    let mut client = api.client();
    for _ in 0..2 {
        assert_eq!(client.identify("A.Janssen").await.outcome(), "birthdate");
    }
    for _ in 0..10 {
        assert_eq!(client.identify("A.Janssen").await.outcome(), "too_many");
    }
    api.client().with_header("sec-fetch-site", "cross-site").identify("A.Janssen").await;
    client.post("/api/reset/code", "{").await;
    drop(guard);
    let lines = log.lines();
    let loud: Vec<&Value> = lines.iter().filter(|line| line["level"] != "DEBUG").collect();
    let messages: Vec<_> = loud.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["rate limit reached"], "once a minute: {loud:#?}");
}

#[tokio::test]
async fn sign_in_that_a_limit_refuses_is_logged_with_its_page_and_the_setting() {
    let limits = "[registration]\nallowed_networks = [\"10.0.0.0/8\"]\nsign_ins = \"2/30m\"\n\
        sign_ins_per_address = \"3/30m\"\n[service_desk]\nallowed_networks = [\"10.0.0.0/8\"]\n";
    for (path, call) in
        [("/api/registration/sign_in", "sign in"), ("/api/servicedesk/sign_in", "service desk sign in")]
    {
        let api = TestApi::with(settings(HTTPS, "trusted_proxies = [\"203.0.113.9/32\"]", limits)).await;
        let log = Log::default();
        let guard = log.collect();
        let mut client = api.client().at_address("10.0.0.9");
        for name in ["N.Een", "N.Een", "N.Een", "N.Een", "N.Twee", "N.Drie"] {
            let body = json!({ "username": name, "password": "Verkeerd-123!" }).to_string();
            client.post(path, body).await;
        }
        drop(guard);
        let lines = log.lines();
        let reached: Vec<_> = lines
            .iter()
            .filter(|line| line["message"] == "rate limit reached")
            .map(|line| (line["call"].as_str().unwrap(), line["limit"].as_str().unwrap()))
            .collect();
        assert_eq!(
            reached,
            [(call, "sign_ins"), (call, "sign_ins_per_address")],
            "once a minute: {lines:#?}"
        );
        assert!(!format!("{lines:?}").contains("N.Een"), "never the name");
    }
}

fn log_level<'a>(lines: &'a [Value], level: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["level"] == level).collect()
}
