//! An embedded Entrust that speaks the real Authentication API over HTTP, and the phones that show
//! its codes. Not a mock: it keeps users, transactions and lockouts. What the vendor's published
//! description leaves open (the error codes of locked, unknown and so on) is marked as our choice.

mod api;
mod clock;
mod faults;
mod state;
mod totp;
mod wire;

pub use faults::{Endpoint, Fault};
pub use state::Call;

use axum::serve::Listener;
use serde_json::Value;
use state::State;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
pub use totp::{STEP, Seed};

/// The decoy: a user with a soft token whose codes no phone shows.
pub const DECOY: &str = "svc-decoy";

/// The application id that is known where none is given.
pub const APPLICATION_ID: &str = "11111111-1111-4111-8111-111111111111";

/// Somebody whom Entrust knows, with the app on a phone.
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
}

/// What can be set at the start.
#[derive(Debug, Clone)]
pub struct Options {
    /// The one application that may call.
    pub application_id: String,
    /// Digits of the app's code: 8 or 6.
    pub digits: u32,
    /// Secrets of soft tokens by user id; random where none is given.
    pub seeds: HashMap<String, Seed>,
}

impl Default for Options {
    fn default() -> Self {
        Self { application_id: APPLICATION_ID.into(), digits: 8, seeds: HashMap::new() }
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

    /// The people with a phone, in the order given.
    pub fn people(&self) -> Vec<Person> {
        self.shared.state().people()
    }

    /// What the app shows now; `None` for a name without a phone, the decoy among them.
    pub fn shown(&self, user: &str) -> Option<Shown> {
        self.shared.state().shown(user)
    }

    /// The code that the app shows now, whether it was used or not.
    pub fn current_code(&self, user: &str) -> Option<String> {
        self.shown(user).map(|shown| shown.code)
    }

    /// A code that will be accepted: the running one or, after its use, the next that will be shown.
    pub fn unused_code(&self, user: &str) -> Option<String> {
        self.shared.state().unused_code(user)
    }

    /// A code that will not be accepted now, of the right length.
    pub fn wrong_code(&self, user: &str) -> Option<String> {
        self.shared.state().wrong_code(user)
    }

    /// The messages on the phone, oldest first.
    pub fn messages(&self, user: &str) -> Vec<Message> {
        self.shared.state().messages(user)
    }

    /// Every call so far, in order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.state().calls.clone()
    }

    /// How many calls arrived at this endpoint.
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.shared.state().count(endpoint)
    }

    /// How many calls arrived at this endpoint for this user.
    pub fn count_for(&self, endpoint: Endpoint, user: &str) -> usize {
        self.shared.state().count_for(endpoint, user)
    }

    /// Forgets the recorded calls.
    pub fn forget_calls(&self) {
        self.shared.change(|state| state.calls.clear());
    }

    /// Waits until so many calls have arrived at this endpoint.
    pub async fn arrived(&self, endpoint: Endpoint, calls: usize) {
        self.shared.until(|state| state.count(endpoint) >= calls).await;
    }

    /// Unlocks every authenticator of the user, as an administrator does.
    pub fn unlock(&self, user: &str) {
        self.shared.change(|state| state.unlock(user));
    }

    /// What the resource rule asks for from now on.
    pub fn set_rule(&self, rule: Rule) {
        self.shared.change(|state| state.rule = rule);
    }

    /// The ways that the rule offers, the default first. At the start: TOKEN alone.
    pub fn offer(&self, ways: &[&str]) {
        self.shared.change(|state| state.offered = ways.iter().map(|way| (*way).to_owned()).collect());
    }

    /// From now on every call to this endpoint meets this fault, until [`Entrust::mend`].
    pub fn break_down(&self, endpoint: Endpoint, fault: Fault) {
        self.shared.change(|state| state.faults.set(endpoint, fault));
    }

    /// From now on every call meets this fault, until [`Entrust::mend`].
    pub fn break_down_everywhere(&self, fault: &Fault) {
        self.shared.change(|state| {
            for endpoint in Endpoint::ALL {
                state.faults.set(endpoint, fault.clone());
            }
        });
    }

    /// Ends all faults. Hanging calls go on and are answered properly.
    pub fn mend(&self) {
        self.shared.change(|state| state.faults.clear());
    }

    /// Moves this Entrust's clock, and that of the phones, forward.
    pub fn advance(&self, by: Duration) {
        self.shared.change(|state| state.clock.advance(by));
    }

    /// Sessions that were opened by a right code and not logged out.
    pub fn open_sessions(&self) -> usize {
        self.shared.state().sessions()
    }

    /// Waits until so many sessions are open.
    pub async fn until_open_sessions(&self, sessions: usize) {
        self.shared.until(|state| state.sessions() == sessions).await;
    }
}

/// A body as JSON, where it is JSON.
fn json(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}
