//! A simulator of the HR source with the Youforce IAM API: token service, paged list of persons, rate limit, and
//! faults. A person has only the fields that the product reads and a few that it must ignore.

mod api;

use axum::Router;
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The id of the only client.
pub const CLIENT_ID: &str = "wachtwoord-reset";
/// The secret of the client; its special characters must survive form encoding.
pub const CLIENT_SECRET: &str = "pretend & secret=of+hr%";
/// The id of the only tenant.
pub const TENANT_ID: &str = "1234567";
/// The only scope that a token can have.
pub const SCOPE: &str = "Youforce-IAM:Get_Basic";
/// The initial lifetime of a token.
const TOKEN_LIFETIME_SECONDS: u64 = 3600;

/// An employee in the HR source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The employee number.
    pub code: String,
    /// Types and numbers, unformatted.
    pub phones: Vec<(String, String)>,
    /// The birthdate, if the source has it.
    pub birthdate: Option<String>,
    /// The start of the employment.
    pub since: Option<String>,
}

impl Person {
    /// A person with an internal number and this mobile number.
    pub fn new(code: &str, mobile: &str) -> Self {
        let phones =
            vec![("Business".to_owned(), "0485-845900".to_owned()), ("Mobile".to_owned(), mobile.to_owned())];
        Self { code: code.to_owned(), phones, ..Self::default() }
    }

    fn json(&self) -> Value {
        let phones = self.phones.iter().map(|(kind, number)| json!({ "type": kind, "number": number }));
        json!({
            "id": format!("person-{}", self.code),
            "personCode": self.code,
            "lastNameAtBirth": "Achternaam",
            "dateOfBirth": self.birthdate,
            "hireDate": self.since,
            "emailAddresses": [{ "type": "Business", "address": "x@pantein.test" }],
            "phoneNumbers": phones.collect::<Vec<_>>(),
        })
    }
}

/// A fault of the persons endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This status, with personal data in the body.
    Status(u16),
    /// 429 with this `Retry-After`, for a number of calls.
    Busy {
        /// The header, if any.
        retry_after: Option<String>,
        /// The number of calls.
        calls: usize,
    },
    /// No answer.
    Hang,
    /// This body instead of a page.
    Body(String),
    /// A body that is larger than the client's limit.
    Huge,
    /// Every page has this link to the next page.
    Next(String),
    /// A redirect to this address.
    Redirect(String),
    /// The page with this number is answered with this status, the others are correct.
    Page(usize, u16),
}

/// A call of the persons endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The path with its query.
    pub path: String,
    /// The header `X-Raet-Tenant-Id`.
    pub tenant: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    people: Vec<Person>,
    page_size: usize,
    fault: Option<Fault>,
    /// The status with which the token service answers.
    token_fault: Option<u16>,
    token_lifetime_seconds: u64,
    /// The last issued token, while it is accepted.
    token: Option<String>,
    issued_tokens: usize,
    calls: Vec<Call>,
}

/// The running service. Clones refer to the same service; it stops when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Hr {
    shared: Arc<Shared>,
    server: Arc<Server>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    origin: String,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.changes.send_modify(|count| *count += 1);
        result
    }
}

#[derive(Debug)]
struct Server {
    origin: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Hr {
    /// Starts on a free loopback port; a page has at most `page_size` persons.
    pub async fn start(people: Vec<Person>, page_size: usize) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let (page_size, token_lifetime_seconds) = (page_size.max(1), TOKEN_LIFETIME_SECONDS);
        let state = State { people, page_size, token_lifetime_seconds, ..State::default() };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changes: watch::Sender::new(0),
            origin: origin.clone(),
        });
        let router = Router::new()
            .route("/connect/token", post(api::token))
            .route("/iam/v1.0/persons", get(api::persons))
            .with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            // axum::serve returns no error.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self { shared, server: Arc::new(Server { origin, task }) })
    }

    /// The base URL, for the setting `hr.url`.
    pub fn url(&self) -> String {
        format!("{}/iam/v1.0", self.server.origin)
    }

    /// The URL of the token service, for the setting `hr.token_url`.
    pub fn token_url(&self) -> String {
        format!("{}/connect/token", self.server.origin)
    }

    /// Replaces the persons.
    pub fn set_people(&self, people: Vec<Person>) {
        self.shared.change(|state| state.people = people);
    }

    /// Sets the fault of the persons endpoint, or removes it.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.shared.change(|state| state.fault = fault);
    }

    /// Sets the status with which the token service answers; `None`: it issues tokens.
    pub fn set_token_fault(&self, status: Option<u16>) {
        self.shared.change(|state| state.token_fault = status);
    }

    /// Sets the lifetime of tokens that are issued from now on, in seconds.
    pub fn set_token_lifetime(&self, seconds: u64) {
        self.shared.change(|state| state.token_lifetime_seconds = seconds);
    }

    /// Invalidates the last issued token.
    pub fn expire_token(&self) {
        self.shared.change(|state| state.token = None);
    }

    /// The number of issued tokens.
    pub fn tokens(&self) -> usize {
        self.shared.state().issued_tokens
    }

    /// The calls of the persons endpoint, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.state().calls.clone()
    }
}
