//! An employee of a storm, who does what the page does: repeats a step that got no answer, and asks for the current step.

use crate::entrust::Entrust;
use crate::people::ExtraEmployee;
use anyhow::Context as _;
use reqwest::Client;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// Pause after a step that could not be performed.
const PAUSE: Duration = Duration::from_secs(1);
/// Longer than any answer of the product.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(70);

/// The new password of an employee.
pub(super) fn password(number: u32) -> String {
    format!("Rivier-Paraplu-{number}-oranje?")
}

pub(super) fn client() -> anyhow::Result<Client> {
    // Fails if another client has already installed it.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = Client::builder().no_proxy().tls_certs_only([]).timeout(ANSWER_TIMEOUT);
    Ok(builder.local_address(IpAddr::from(Ipv4Addr::LOCALHOST)).build()?)
}

/// The phones of all employees.
pub(super) struct Phones(Entrust);

impl Phones {
    pub(super) fn new(entrust: Entrust) -> Arc<Self> {
        Arc::new(Self(entrust))
    }

    /// The code on a phone that was not used yet, as soon as there is one.
    async fn code(&self, name: &str) -> String {
        loop {
            if let Some(code) = self.0.unused_code(name) {
                return code;
            }
            sleep(PAUSE).await;
        }
    }
}

/// What the last screen said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The new password is set.
    Done,
    /// The employee gave up before a last screen.
    GaveUp,
}

/// What happened to an employee.
#[derive(Debug)]
pub(super) struct EmployeeResult {
    pub(super) number: u32,
    pub(super) outcome: Outcome,
    /// Since the start of the storm: the arrival and the end.
    pub(super) began: Duration,
    pub(super) ended: Duration,
    /// The duration of each answer that brought the next step.
    pub(super) steps: Vec<(&'static str, Duration)>,
    /// How often each other answer came, and when.
    pub(super) errors: Vec<(Duration, String)>,
}

/// An employee with a browser.
pub(super) struct Employee {
    number: u32,
    person: ExtraEmployee,
    origin: String,
    cookie: Option<String>,
    steps: Vec<(&'static str, Duration)>,
    errors: Vec<(Duration, String)>,
}

impl Employee {
    pub(super) fn new(number: u32, origin: &str) -> Self {
        let person = ExtraEmployee::new(number);
        let (steps, errors) = (Vec::new(), Vec::new());
        Self { number, person, origin: origin.to_owned(), cookie: None, steps, errors }
    }

    /// Resets the password. Times are since `start`.
    pub(super) async fn reset(
        mut self,
        client: &Client,
        phones: &Phones,
        start: Instant,
        patience: Duration,
    ) -> EmployeeResult {
        let began = start.elapsed();
        let deadline = Instant::now() + patience;
        let finished = timeout_at(deadline, self.perform_steps(client, phones, start)).await;
        let outcome = if finished.is_ok() { Outcome::Done } else { Outcome::GaveUp };
        let (number, steps, errors) = (self.number, self.steps, self.errors);
        EmployeeResult { number, outcome, began, ended: start.elapsed(), steps, errors }
    }

    async fn perform_steps(&mut self, client: &Client, phones: &Phones, start: Instant) {
        let mut step = "identify".to_owned();
        loop {
            let (call, body) = match step.as_str() {
                "identify" => ("identify", json!({ "username": self.person.user_name })),
                "birthdate" => ("birthdate", json!({ "birthdate": self.person.birthdate })),
                "code" => ("code", json!({ "code": phones.code(&self.person.user_name).await })),
                "password" => ("password", json!({ "password": password(self.number) })),
                "done" => return,
                _ => ("current", Value::Null),
            };
            let before = Instant::now();
            let answer = self.send(client, call, &body).await;
            let answer = answer.unwrap_or_else(|error| json!({ "refusal": kind(&error) }));
            if let Some(next) = answer.get("step").and_then(Value::as_str) {
                if call != "current" {
                    self.steps.push((call, before.elapsed()));
                }
                next.clone_into(&mut step);
                continue;
            }
            let refusal = answer.get("refusal").and_then(Value::as_str).unwrap_or("no answer").to_owned();
            let next = if refusal == "start_again" { "identify" } else { "unknown" };
            next.clone_into(&mut step);
            self.errors.push((start.elapsed(), format!("{call}: {refusal}")));
            // As the page says. Faster clients would keep a product overloaded that has just recovered.
            let wanted = answer.get("retry_after").and_then(Value::as_u64).map(Duration::from_secs);
            sleep(wanted.unwrap_or(PAUSE)).await;
        }
    }

    async fn send(&mut self, client: &Client, call: &str, body: &Value) -> anyhow::Result<Value> {
        let url = format!("{}/api/reset/{call}", self.origin);
        let request = if call == "current" { client.get(url) } else { client.post(url).json(body) };
        let request = match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        };
        let response = request.send().await?;
        for line in response.headers().get_all(SET_COOKIE) {
            let pair = line.to_str()?.split(';').next().unwrap_or_default();
            if pair.contains("visit=") {
                self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
            }
        }
        let status = response.status();
        response.json().await.with_context(|| format!("status {status}"))
    }
}

/// The kind of an error, for counting.
fn kind(error: &anyhow::Error) -> String {
    match error.downcast_ref::<reqwest::Error>() {
        Some(error) if error.is_connect() => "no connection".to_owned(),
        Some(error) if error.is_timeout() => "time-out".to_owned(),
        Some(_) | None if error.to_string().starts_with("status") => error.to_string(),
        Some(_) | None => "connection lost".to_owned(),
    }
}

/// Counts equal texts.
pub(super) fn counted(texts: impl Iterator<Item = String>) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    counts
}
