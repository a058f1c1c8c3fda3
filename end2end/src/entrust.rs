//! An embedded Entrust that speaks the real Authentication API over HTTP, of the Administration API what
//! onboarding calls, and the phones that show its codes. Not a mock: it keeps users, transactions and lockouts. What the vendor's published
//! description leaves open (the error codes of locked, unknown and so on) is marked as our choice.

mod admin_api;
mod admin_wire;
mod administration;
mod api;
mod authentication;
mod clock;
mod faults;
mod handle;
mod phones;
mod refusals;
mod state;
mod totp;
mod users;
mod wire;

pub use faults::{Endpoint, Fault};
pub use state::Call;
pub use users::TokenState;

use axum::serve::Listener;
use serde_json::Value;
use state::State;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
pub use totp::{STEP, Seed};

/// The decoy: a user with a soft token whose codes no phone shows.
pub const DECOY: &str = "svc-decoy";

/// The application id that is known where none is given.
pub const APPLICATION_ID: &str = "11111111-1111-4111-8111-111111111111";

/// The administration application that is known where none is given.
pub const ADMIN_APPLICATION_ID: &str = "33333333-3333-4333-8333-333333333333";

/// Its secret.
pub const ADMIN_SECRET: &str = "pretend-shared-secret-of-the-administration";

/// Somebody whom Entrust knows, with a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name that Entrust knows; upper and lower case are the same.
    pub user_id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E.164; without one there is no OTP.
    pub mobile: Option<String>,
    /// Whether the app on the phone is active: there is a soft token. Without one there is no TOKEN.
    pub has_app: bool,
}

/// What can be set at the start.
#[derive(Debug, Clone)]
pub struct Options {
    /// The one application that may call.
    pub application_id: String,
    /// The one application that may administer.
    pub admin_application_id: String,
    /// Its shared secret.
    pub admin_secret: String,
    /// Digits of the app's code: 8 or 6.
    pub digits: u32,
    /// Secrets of soft tokens by user id; random where none is given.
    pub seeds: HashMap<String, Seed>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            application_id: APPLICATION_ID.into(),
            admin_application_id: ADMIN_APPLICATION_ID.into(),
            admin_secret: ADMIN_SECRET.into(),
            digits: 8,
            seeds: HashMap::new(),
        }
    }
}

/// What the resource rule of the application asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The offered ways, as first and only factor.
    CodeOnly,
    /// PASSWORD first, the ways as the second factor.
    PasswordFirst,
    /// Nothing: whoever asks is let in before any code.
    CompletedBeforeCode,
}

/// A message on a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// When, as seconds since 1970.
    pub at: u64,
    /// As it is read.
    pub text: String,
    /// The code in it.
    pub code: String,
}

/// The code that the app shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its digits.
    pub code: String,
    /// Seconds until the next one.
    pub valid_for: u64,
}

/// The running service. Clones are handles of the same one; it stops with the last of them.
#[derive(Debug, Clone)]
pub struct Entrust {
    shared: Arc<Shared>,
    server: Arc<Server>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Counts what changed, so that a test can wait for calls and a hanging call for its release.
    changes: watch::Sender<u64>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes whoever waits for a change.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.changes.send_modify(|count| *count += 1);
        result
    }

    /// Waits until the state is so.
    async fn until(&self, so: impl Fn(&State) -> bool) {
        let mut changes = self.changes.subscribe();
        loop {
            if so(&self.state()) || changes.changed().await.is_err() {
                return;
            }
        }
    }
}

#[derive(Debug)]
struct Server {
    url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Entrust {
    /// Starts on a free port of this machine.
    pub async fn start(people: Vec<Person>, options: Options) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        Self::start_on(listener, url, people, options)
    }

    /// Starts on this listener, which is reached at the address `url`.
    pub fn start_on<L>(
        listener: L,
        url: impl Into<String>,
        people: Vec<Person>,
        options: Options,
    ) -> anyhow::Result<Self>
    where
        L: Listener,
        L::Addr: std::fmt::Debug,
    {
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(people, options)?),
            changes: watch::Sender::new(0),
        });
        let router = api::router(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            // axum's serving never ends with an error.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self { shared, server: Arc::new(Server { url: url.into(), task }) })
    }

    /// The base address, for `entrust.url`.
    pub fn url(&self) -> &str {
        &self.server.url
    }
}

/// A body as JSON, where it is JSON.
fn json(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}
