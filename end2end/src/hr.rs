//! An HR source that speaks the Youforce IAM API as far as a client meets it: a token service, persons in pages, a
//! limit of calls, and everything that may go wrong with them. Not a copy of the real one's data: only the fields
//! that matter here, and a few that must be ignored.

mod api;

use axum::Router;
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The one client.
pub const CLIENT_ID: &str = "wachtwoord-reset";
/// Its secret; the signs in it must survive a form.
pub const CLIENT_SECRET: &str = "pretend & secret=of+hr%";
/// The one tenant.
pub const TENANT_ID: &str = "1234567";
/// What a token may be for.
pub const SCOPE: &str = "Youforce-IAM:Get_Basic";
/// How long a token lives, in seconds.
const TOKEN_LIVES: u64 = 3600;

/// Somebody whom HR knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The employee number.
    pub code: String,
    /// Types and numbers, as somebody typed them.
    pub phones: Vec<(String, String)>,
    /// Of a source that gives it.
    pub birthdate: Option<String>,
    /// Since when the employment is.
    pub since: Option<String>,
}

impl Person {
    /// With one business mobile.
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

/// What goes wrong with persons, until it is set otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This status, with a person quoted in the body.
    Status(u16),
    /// 429 with this `Retry-After`, so many times.
    Busy {
        /// The header, if any.
        retry_after: Option<String>,
        /// Calls that get it.
        calls: usize,
    },
    /// No answer.
    Hang,
    /// This in place of a page.
    Body(String),
    /// More than anybody reads.
    Huge,
    /// Every page names this as the next one.
    Next(String),
    /// Somewhere else, as a redirect.
    Redirect(String),
    /// Everything is as it should be up to this page, which is answered by this status.
    Page(usize, u16),
}

/// A call to persons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The path with its query.
    pub path: String,
    /// `X-Raet-Tenant-Id`.
    pub tenant: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    people: Vec<Person>,
    page: usize,
    fault: Option<Fault>,
    /// The token service answers by this status.
    token_fault: Option<u16>,
    token_lives: u64,
    /// The last token that was given, while it is accepted.
    token: Option<String>,
    tokens: usize,
    calls: Vec<Call>,
}

/// The running service. Clones are handles of the same one; it stops with the last of them.
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
    /// Starts on a free port of this machine; a page holds `page` persons at most.
    pub async fn start(people: Vec<Person>, page: usize) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let state = State { people, page: page.max(1), token_lives: TOKEN_LIVES, ..State::default() };
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
            // axum's serving never ends with an error.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self { shared, server: Arc::new(Server { origin, task }) })
    }

    /// For `hr.url`.
    pub fn url(&self) -> String {
        format!("{}/iam/v1.0", self.server.origin)
    }

    /// For `hr.token_url`.
    pub fn token_url(&self) -> String {
        format!("{}/connect/token", self.server.origin)
    }

    /// HR knows these from now on.
    pub fn set_people(&self, people: Vec<Person>) {
        self.shared.change(|state| state.people = people);
    }

    /// What goes wrong from now on; `None`: nothing.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.shared.change(|state| state.fault = fault);
    }

    /// By what status the token service answers from now on; `None`: it gives tokens.
    pub fn set_token_fault(&self, status: Option<u16>) {
        self.shared.change(|state| state.token_fault = status);
    }

    /// How long the tokens to come live, in seconds.
    pub fn set_token_life(&self, seconds: u64) {
        self.shared.change(|state| state.token_lives = seconds);
    }

    /// The token that was given is not accepted any more.
    pub fn expire_token(&self) {
        self.shared.change(|state| state.token = None);
    }

    /// How many tokens were given.
    pub fn tokens(&self) -> usize {
        self.shared.state().tokens
    }

    /// The calls to persons so far.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.state().calls.clone()
    }
}
