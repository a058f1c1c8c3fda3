//! An employee who resets the password over the JSON API, and an operator who queries the admin listener.

use super::report::seconds;
use super::target::Target;
use crate::people::{Person, State};
use anyhow::{Context as _, bail};
use reqwest::Client;
use reqwest::header::{ACCEPT, COOKIE, SET_COOKIE};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// The result of an action and its duration.
#[derive(Debug, Clone)]
pub enum Timed {
    /// It succeeded.
    Done(Duration),
    /// It failed, for this reason.
    Failed(String),
}

impl fmt::Display for Timed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(after) => write!(f, "done in {}", seconds(*after)),
            Self::Failed(reason) => write!(f, "FAILED: {reason}"),
        }
    }
}

/// Repetitions of a request that got no answer, as the pages do.
const ATTEMPTS: usize = 3;
const PAUSE: Duration = Duration::from_millis(200);
const CODE_STEP: Duration = Duration::from_millis(500);
/// Seconds that a code must still be valid, so that it does not expire on its way.
const MIN_VALIDITY: u64 = 4;

/// Employees who can reset a password, one after the other, because each code works once.
#[derive(Debug)]
pub struct Employee {
    client: Client,
    people: Vec<&'static Person>,
    next: usize,
    /// The last code of each.
    used: HashMap<&'static str, String>,
}

impl Employee {
    /// Prepares the browser of the employees.
    pub fn new(target: &Target) -> anyhow::Result<Self> {
        let eligible = |person: &&Person| match person.state {
            State::Ordinary | State::LockedOut | State::StricterPolicy => true,
            State::Disabled | State::DomainAdministrator | State::NothingRegistered => false,
        };
        let people = crate::people::PEOPLE.iter().filter(eligible).collect();
        Ok(Self { client: client(target)?, people, next: 0, used: HashMap::new() })
    }

    /// Resets the password of the next employee.
    pub async fn reset(&mut self, target: &Target, limit: Duration) -> Timed {
        let number = self.next;
        self.next += 1;
        let Some(&person) = number.checked_rem(self.people.len()).and_then(|index| self.people.get(index))
        else {
            return Timed::Failed("no employee".to_owned());
        };
        let password = format!("Rivier-Paraplu-{number}-oranje?");
        let start = Instant::now();
        let client = self.client.clone();
        let mut browser = Browser { client: &client, target, cookie: None };
        let used = self.used.entry(person.user_name).or_default();
        match timeout(limit, browser.reset(person, used, &password)).await {
            Ok(Ok(())) => Timed::Done(start.elapsed()),
            Ok(Err(error)) => Timed::Failed(format!("{error:#}")),
            Err(_) => Timed::Failed(format!("no answer in {}", seconds(limit))),
        }
    }
}

fn client(target: &Target) -> anyhow::Result<Client> {
    // `Err` means that a provider is already installed.
    drop(rustls::crypto::ring::default_provider().install_default());
    let ca = target.ca.as_deref().map(reqwest::Certificate::from_pem_bundle).transpose()?.unwrap_or_default();
    let source = IpAddr::from(Ipv4Addr::LOCALHOST);
    Ok(Client::builder().no_proxy().tls_certs_only(ca).local_address(source).build()?)
}

struct Browser<'a> {
    client: &'a Client,
    target: &'a Target,
    cookie: Option<String>,
}

impl Browser<'_> {
    async fn reset(&mut self, person: &Person, used: &mut String, password: &str) -> anyhow::Result<()> {
        self.step("identify", &json!({ "username": person.user_name }), "birthdate").await?;
        self.step("birthdate", &json!({ "birthdate": person.birthdate }), "code").await?;
        let code = self.unused_code(person, used).await?;
        used.clone_from(&code);
        self.step("code", &json!({ "code": code }), "password").await?;
        self.step("password", &json!({ "password": password }), "done").await
    }

    async fn step(&mut self, call: &str, body: &Value, expected: &str) -> anyhow::Result<()> {
        let answer = self.post(call, body).await?;
        let outcome = answer.get("step").or(answer.get("refusal")).and_then(Value::as_str);
        if outcome != Some(expected) {
            bail!("{call}: {answer}");
        }
        Ok(())
    }

    /// The code on the phone, which must be another one than the last and must not expire at once.
    async fn unused_code(&self, person: &Person, used: &str) -> anyhow::Result<String> {
        loop {
            let url = format!("{}/{}", self.target.phone, person.user_name);
            let response = self.client.get(url).header(ACCEPT, "application/json").send().await?;
            let json: Value = response.json().await?;
            let code = json.get("code").and_then(Value::as_str).context("the phone shows no code")?;
            let valid_for = json.get("valid_for").and_then(Value::as_u64).unwrap_or_default();
            if code != used && valid_for >= MIN_VALIDITY {
                return Ok(code.to_owned());
            }
            sleep(CODE_STEP).await;
        }
    }

    async fn post(&mut self, call: &str, body: &Value) -> anyhow::Result<Value> {
        let mut attempt = 1;
        loop {
            match self.try_post(call, body).await {
                Ok(answer) => return Ok(answer),
                Err(error) if attempt == ATTEMPTS => {
                    return Err(error).with_context(|| format!("{call}: no answer"));
                }
                Err(_) => sleep(PAUSE).await,
            }
            attempt += 1;
        }
    }

    async fn try_post(&mut self, call: &str, body: &Value) -> reqwest::Result<Value> {
        let url = format!("{}/api/reset/{call}", self.target.origin);
        let mut request = self.client.post(url).json(body);
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let response = request.send().await?;
        for line in response.headers().get_all(SET_COOKIE) {
            let pair = line.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            if pair.contains("visit=") {
                self.cookie = Some(pair.to_owned());
            }
        }
        response.json().await
    }
}

/// Queries the status of the admin listener.
pub async fn status(target: &Target, latest: Instant) -> Timed {
    let start = Instant::now();
    let query = async {
        let response = client(target)?.get(format!("{}/status", target.admin)).send().await?;
        anyhow::Ok(response.error_for_status()?.bytes().await?)
    };
    match timeout_at(latest, query).await {
        Ok(Ok(_)) => Timed::Done(start.elapsed()),
        Ok(Err(error)) => Timed::Failed(error.to_string()),
        Err(_) => Timed::Failed("no answer".to_owned()),
    }
}
