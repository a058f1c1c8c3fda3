//! The state of the simulator: users, open transactions, sessions, faults and recorded calls. Every change is made
//! under one lock, so that parallel guesses are counted one by one.

use super::clock::{Clock, Millis};
use super::faults::{Endpoint, Faults};
use super::refusals::{NO_RANDOM, Refusal};
use super::totp::{STEP, Seed};
use super::users::{SoftToken, TokenState, User};
use super::{DECOY, Options, Person, Rule};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::HashMap;

/// A recorded call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The sequence number since the start.
    pub id: u64,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The `{authenticator}` of the path.
    pub authenticator: Option<String>,
    /// The user in the body; for `complete` and `logout` the user of the token.
    pub user: Option<String>,
    /// The request body, if it is JSON.
    pub request: Option<Value>,
    /// The status; `None` until it is answered.
    pub status: Option<u16>,
    /// The response body, if it is JSON.
    pub answer: Option<Value>,
}

/// An open transaction, which one code completes.
#[derive(Debug)]
pub(super) struct Transaction {
    /// The id of the user.
    pub(super) user: String,
    pub(super) method: &'static str,
    pub(super) expires: Millis,
    /// The code that was sent, and its expiry.
    pub(super) otp: Option<(String, Millis)>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) application_id: String,
    pub(super) admin_application_id: String,
    pub(super) admin_secret: String,
    pub(super) digits: u32,
    /// The people in their original order, then the decoy.
    pub(super) users: Vec<User>,
    pub(super) transactions: HashMap<String, Transaction>,
    /// User and expiry by token.
    pub(super) sessions: HashMap<String, (String, Millis)>,
    /// Sessions of administration applications: expiry by token.
    pub(super) admin_sessions: HashMap<String, Millis>,
    /// The number of assigned serial numbers.
    serials: u32,
    /// The base URL of the phone pages, for activation links.
    pub(super) phones: String,
    /// Whether the answer to a new token already contains its activation.
    pub(super) activation_in_answer: bool,
    pub(super) rule: Rule,
    pub(super) offered: Vec<String>,
    pub(super) faults: Faults,
    /// How long each call takes.
    pub(super) delay: std::time::Duration,
    /// Whether wrong codes count until the authenticator is locked.
    pub(super) counts_failures: bool,
    pub(super) calls: Vec<Call>,
    last_call_id: u64,
    pub(super) clock: Clock,
}

impl State {
    pub(super) fn new(people: Vec<Person>, options: Options) -> anyhow::Result<Self> {
        let decoy = Person {
            user_id: DECOY.into(),
            first_name: "Decoy".into(),
            last_name: "Decoy".into(),
            // The decoy must have every method that people have. The number is not assigned.
            mobile: Some("+31600000000".into()),
            has_app: true,
        };
        let mut state = Self {
            application_id: options.application_id,
            admin_application_id: options.admin_application_id,
            admin_secret: options.admin_secret,
            digits: options.digits,
            users: Vec::new(),
            transactions: HashMap::new(),
            sessions: HashMap::new(),
            rule: Rule::CodeOnly,
            offered: vec!["TOKEN".into()],
            faults: Faults::default(),
            delay: std::time::Duration::ZERO,
            counts_failures: true,
            calls: Vec::new(),
            last_call_id: 0,
            clock: Clock::default(),
            admin_sessions: HashMap::new(),
            serials: 0,
            phones: "http://127.0.0.1:8081".into(),
            activation_in_answer: false,
        };
        for person in people.into_iter().chain([decoy]) {
            let seed = options.seeds.get(&person.user_id).copied();
            state.add(person, seed).map_err(|_| anyhow::anyhow!("no random bytes"))?;
        }
        Ok(state)
    }

    fn add(&mut self, person: Person, seed: Option<Seed>) -> Result<(), Refusal> {
        let mut tokens = Vec::new();
        if person.has_app {
            let mut token = self.new_token(TokenState::Active)?;
            token.seed = seed.unwrap_or(token.seed);
            tokens.push(token);
        }
        self.users.push(User {
            id: new_id()?,
            enabled: true,
            tokens,
            has_phone: person.user_id != DECOY,
            person,
            failures: HashMap::new(),
            messages: Vec::new(),
        });
        Ok(())
    }

    /// Creates a token with a new serial number and seed.
    pub(super) fn new_token(&mut self, state: TokenState) -> Result<SoftToken, Refusal> {
        self.serials += 1;
        let serial_number = format!("{:05}-{:05}", 48_213, 70_000 + self.serials);
        Ok(SoftToken::new(new_id()?, serial_number, state, random()?))
    }

    pub(super) fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.person.user_id.eq_ignore_ascii_case(name))
    }

    pub(super) fn user_mut(&mut self, name: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.person.user_id.eq_ignore_ascii_case(name))
    }

    pub(super) fn with_phone(&self, name: &str) -> Option<&User> {
        self.user(name).filter(|user| user.has_phone)
    }

    pub(super) fn step(&self) -> u64 {
        self.clock.now() / 1000 / STEP
    }

    pub(super) fn count(&self, endpoint: Endpoint) -> usize {
        self.calls.iter().filter(|call| call.endpoint == endpoint).count()
    }

    pub(super) fn count_for(&self, endpoint: Endpoint, name: &str) -> usize {
        let for_user = |call: &&Call| {
            call.endpoint == endpoint
                && call.user.as_deref().is_some_and(|user| user.eq_ignore_ascii_case(name))
        };
        self.calls.iter().filter(for_user).count()
    }

    pub(super) fn unlock(&mut self, name: &str) {
        if let Some(user) = self.user_mut(name) {
            user.failures.clear();
        }
    }

    pub(super) fn sessions(&self) -> usize {
        self.sessions.len()
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.last_call_id += 1;
        self.last_call_id
    }

    /// The name of the user with this id, or with a soft token of this id.
    pub(super) fn user_name_by_id(&self, id: &str) -> Option<String> {
        let matches = |user: &&User| user.id == id || user.tokens.iter().any(|token| token.id == id);
        self.users.iter().find(matches).map(|user| user.person.user_id.clone())
    }

    /// The user to whom a transaction or session token belongs.
    pub(super) fn token_owner(&self, token: &str) -> Option<String> {
        let transaction = self.transactions.get(token).map(|transaction| &transaction.user);
        transaction.or_else(|| self.sessions.get(token).map(|(user, _)| user)).cloned()
    }
}

pub(super) fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NO_RANDOM)?;
    Ok(bytes)
}

/// A new opaque secret, in the form of Entrust's tokens.
pub(super) fn new_secret() -> Result<String, Refusal> {
    Ok(STANDARD.encode(random::<48>()?))
}

fn new_id() -> Result<String, Refusal> {
    Ok(uuid::Builder::from_random_bytes(random()?).into_uuid().to_string())
}
