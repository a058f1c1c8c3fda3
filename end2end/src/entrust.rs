//! A simulator of Entrust over HTTP: the Authentication API, the calls of the Administration API that the product
//! makes, and the phones that show the codes. It has users, transactions and lockouts. Where the vendor's published
//! description leaves something open (such as the error codes of locked or unknown users), the code says that it is our
//! choice.
//!
//! | module | content |
//! |---|---|
//! | `api`, `admin_api`, `request` | the endpoints, and the handling of a call |
//! | `authentication`, `administration` | the calls |
//! | `wire`, `admin_wire`, `refusals` | bodies of requests and answers |
//! | `state`, `users`, `totp`, `clock` | the data |
//! | `faults`, `phones`, `handle` | faults, phones, and the methods for tests |

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
mod request;
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

/// The user id of the decoy: a user with a soft token whose codes no phone shows.
pub const DECOY: &str = "svc-decoy";

/// The default id of the application.
pub const APPLICATION_ID: &str = "11111111-1111-4111-8111-111111111111";

/// The default id of the administration application.
pub const ADMIN_APPLICATION_ID: &str = "33333333-3333-4333-8333-333333333333";

/// The default shared secret of the administration application.
pub const ADMIN_SECRET: &str = "pretend-shared-secret-of-the-administration";

/// A user in Entrust, with a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The user id, which is not case-sensitive.
    pub user_id: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The mobile number in E.164; without one the user has no OTP.
    pub mobile: Option<String>,
    /// Whether the user has an active soft token; without one the user has no TOKEN.
    pub has_app: bool,
}

/// The options of the simulator.
#[derive(Debug, Clone)]
pub struct Options {
    /// The id of the only application of the Authentication API.
    pub application_id: String,
    /// The id of the only application of the Administration API.
    pub admin_application_id: String,
    /// The shared secret of the administration application.
    pub admin_secret: String,
    /// The number of digits of the app's code: 8 or 6.
    pub digits: u32,
    /// Seeds of soft tokens by user id; the others are random.
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

/// The resource rule of the application: the required factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// One of the offered methods, as the only factor.
    CodeOnly,
    /// PASSWORD first, and one of the offered methods as the second factor.
    PasswordFirst,
    /// None: the authentication is complete without any code.
    CompletedBeforeCode,
}

/// A message on a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The time of sending, in seconds since 1970.
    pub at: u64,
    /// The text.
    pub text: String,
    /// The code in the text.
    pub code: String,
}

/// The code that the app shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The digits.
    pub code: String,
    /// The seconds until the next code.
    pub valid_for: u64,
}

/// The running service. Clones refer to the same service; it stops when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Entrust {
    shared: Arc<Shared>,
    server: Arc<Server>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Counts changes, so that a test can wait for calls and a hanging call for the removal of the fault.
    changes: watch::Sender<u64>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes the tasks that wait for a change.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.changes.send_modify(|count| *count += 1);
        result
    }

    /// Waits until the condition is true of the state.
    async fn wait_until(&self, condition: impl Fn(&State) -> bool) {
        let mut changes = self.changes.subscribe();
        loop {
            if condition(&self.state()) || changes.changed().await.is_err() {
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
    /// Starts on a free loopback port.
    pub async fn start(people: Vec<Person>, options: Options) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        Self::start_on(listener, url, people, options)
    }

    /// Starts on this listener; `url` is its address.
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
            // axum::serve returns no error.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self { shared, server: Arc::new(Server { url: url.into(), task }) })
    }

    /// The base URL, for the setting `entrust.url`.
    pub fn url(&self) -> &str {
        &self.server.url
    }
}

/// Parses a body; `None` if it is not JSON.
fn json(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}
