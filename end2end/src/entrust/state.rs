//! What Entrust remembers: users, tokens, open transactions, failures, sessions. Not HTTP. Every
//! step is made under one lock, so parallel guesses are counted one by one.

use super::clock::{Clock, Millis};
use super::faults::{Endpoint, Faults};
use super::totp::{self, STEP, Seed};
use super::wire::{
    AuthenticatedAnswer, ChallengeRequest, CompleteRequest, LockoutStatus, OtpContactValue, OtpDetails,
    QueryAnswer, QueryRequest, TokenChallenge, TokenInfo,
};
use super::{DECOY, Message, Options, Person, Rule, Shown};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Failures until an authenticator locks, and it stays locked: Entrust's defaults.
const FAILURES: u32 = 5;
/// Life of a transaction and of a session: Entrust's default.
const SESSION: Millis = 900_000;
/// Life of an OTP: Entrust's default.
const OTP: Millis = 300_000;
/// Steps that a soft token may be ahead or behind: Entrust's default.
const DRIFT: u64 = 10;

/// A call that arrived.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its number since the start.
    pub id: u64,
    /// Where.
    pub endpoint: Endpoint,
    /// `{authenticator}` of the path.
    pub authenticator: Option<String>,
    /// For whom: named in the body or, on `complete` and logout, by the token.
    pub user: Option<String>,
    /// The body, where it is JSON.
    pub request: Option<Value>,
    /// The status; `None` while it is not answered.
    pub status: Option<u16>,
    /// The answer, where it is JSON.
    pub answer: Option<Value>,
}

/// An answer that is not 200.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) error_code: &'static str,
    pub(super) message: &'static str,
}

/// Documented.
const WRONG_CODE: Refusal = Refusal { status: 401, error_code: "invalid_user_response", message: "" };
/// Documented.
const NO_TRANSACTION: Refusal = Refusal { status: 401, error_code: "no_transaction", message: "" };
/// Documented.
const INVALID_TRANSACTION: Refusal = Refusal { status: 403, error_code: "INVALID_TRANSACTION", message: "" };
/// The names from here on are our choice.
const NO_APPLICATION: Refusal =
    Refusal { status: 403, error_code: "application_not_found", message: "Unknown application" };
const NO_USER: Refusal = Refusal { status: 404, error_code: "user_not_found", message: "Unknown user" };
const LOCKED: Refusal = Refusal { status: 403, error_code: "authenticator_locked", message: "Locked" };
const NO_AUTHENTICATOR: Refusal =
    Refusal { status: 400, error_code: "authenticator_not_available", message: "Not available" };
const NO_RANDOM: Refusal = Refusal { status: 500, error_code: "internal_error", message: "" };

#[derive(Debug)]
struct User {
    person: Person,
    seed: Seed,
    /// No phone shows the decoy's codes.
    has_phone: bool,
    serial_number: String,
    used_steps: HashSet<u64>,
    failures: HashMap<&'static str, u32>,
    messages: Vec<Message>,
}

impl User {
    fn is_locked(&self, way: &str) -> bool {
        self.failures.get(way).copied().unwrap_or(0) >= FAILURES
    }

    fn has(&self, way: &str) -> bool {
        match way {
            "TOKEN" => true,
            "OTP" => self.person.mobile.is_some(),
            _ => false,
        }
    }

    /// The way's own name in this program, so that it can be kept.
    fn way(&self, way: &str) -> Option<&'static str> {
        ["TOKEN", "OTP"].into_iter().find(|known| *known == way && self.has(way))
    }

    /// Whether the soft token shows this code about now; each counts once.
    fn accepts(&mut self, response: &str, now: u64, digits: u32) -> bool {
        (now.saturating_sub(DRIFT)..=now + DRIFT)
            .filter(|step| !self.used_steps.contains(step))
            .find(|step| totp::code(&self.seed, *step, digits) == response)
            .is_some_and(|step| self.used_steps.insert(step))
    }

    fn masked_mobile(&self) -> String {
        let mobile = self.person.mobile.as_deref().unwrap_or_default();
        let shown = mobile.len().saturating_sub(2);
        mobile.chars().enumerate().map(|(at, digit)| if at < shown { '*' } else { digit }).collect()
    }
}

#[derive(Debug)]
struct Transaction {
    /// Key of the user.
    user: String,
    way: &'static str,
    expires: Millis,
    /// The code that was sent, and until when it counts.
    otp: Option<(String, Millis)>,
}

#[derive(Debug)]
pub(super) struct State {
    application_id: String,
    digits: u32,
    /// In the order given; the decoy last.
    users: Vec<User>,
    transactions: HashMap<String, Transaction>,
    /// Token to user and end.
    sessions: HashMap<String, (String, Millis)>,
    pub(super) rule: Rule,
    pub(super) offered: Vec<String>,
    pub(super) faults: Faults,
    pub(super) calls: Vec<Call>,
    arrived: u64,
    pub(super) clock: Clock,
}

impl State {
    pub(super) fn new(people: Vec<Person>, options: Options) -> anyhow::Result<Self> {
        let decoy = Person {
            user_id: DECOY.into(),
            first_name: "Decoy".into(),
            last_name: "Decoy".into(),
            // The decoy must have every way that people have. Nobody has this number.
            mobile: Some("+31600000000".into()),
        };
        let mut users = Vec::new();
        for (number, person) in people.into_iter().chain([decoy]).enumerate() {
            let mut seed = Seed::default();
            getrandom::fill(&mut seed)?;
            let seed = options.seeds.get(&person.user_id).copied().unwrap_or(seed);
            users.push(User {
                has_phone: person.user_id != DECOY,
                serial_number: format!("{:05}-{:05}", 48_213, 70_000 + number),
                person,
                seed,
                used_steps: HashSet::new(),
                failures: HashMap::new(),
                messages: Vec::new(),
            });
        }
        Ok(Self {
            application_id: options.application_id,
            digits: options.digits,
            users,
            transactions: HashMap::new(),
            sessions: HashMap::new(),
            rule: Rule::CodeOnly,
            offered: vec!["TOKEN".into()],
            faults: Faults::default(),
            calls: Vec::new(),
            arrived: 0,
            clock: Clock::default(),
        })
    }

    fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.person.user_id.eq_ignore_ascii_case(name))
    }

    fn user_mut(&mut self, name: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.person.user_id.eq_ignore_ascii_case(name))
    }

    fn with_phone(&self, name: &str) -> Option<&User> {
        self.user(name).filter(|user| user.has_phone)
    }

    fn step(&self) -> u64 {
        self.clock.now() / 1000 / STEP
    }

    // What a phone or a test sees.

    pub(super) fn people(&self) -> Vec<Person> {
        self.users.iter().filter(|user| user.has_phone).map(|user| user.person.clone()).collect()
    }

    pub(super) fn shown(&self, name: &str) -> Option<Shown> {
        let user = self.with_phone(name)?;
        let seconds = self.clock.now() / 1000;
        let code = totp::code(&user.seed, seconds / STEP, self.digits);
        Some(Shown { code, valid_for: STEP - seconds % STEP })
    }

    pub(super) fn unused_code(&self, name: &str) -> Option<String> {
        let user = self.with_phone(name)?;
        let now = self.step();
        let step = (now..=now + DRIFT).find(|step| !user.used_steps.contains(step))?;
        Some(totp::code(&user.seed, step, self.digits))
    }

    pub(super) fn wrong_code(&self, name: &str) -> Option<String> {
        let user = self.with_phone(name)?;
        let now = self.step();
        // A step more on both sides: the code is still wrong when the next step begins.
        let right: HashSet<String> = (now.saturating_sub(DRIFT + 1)..=now + DRIFT + 1)
            .map(|step| totp::code(&user.seed, step, self.digits))
            .collect();
        let width = self.digits as usize;
        (0..=100_u32).map(|number| format!("{number:0width$}")).find(|code| !right.contains(code))
    }

    pub(super) fn messages(&self, name: &str) -> Vec<Message> {
        self.with_phone(name).map(|user| user.messages.clone()).unwrap_or_default()
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
        self.arrived += 1;
        self.arrived
    }

    /// To whom a token belongs.
    pub(super) fn owner(&self, token: &str) -> Option<String> {
        let transaction = self.transactions.get(token).map(|transaction| &transaction.user);
        transaction.or_else(|| self.sessions.get(token).map(|(user, _)| user)).cloned()
    }

    // What the API does.

    pub(super) fn query(&mut self, request: &QueryRequest) -> Result<QueryAnswer, Refusal> {
        self.belongs(&request.application_id)?;
        let user = self.user(&request.user_id).ok_or(NO_USER)?;
        let owner = user.person.user_id.clone();
        let ways: Vec<String> = self.offered.iter().filter(|way| user.has(way)).cloned().collect();
        let statuses = ["TOKEN", "OTP"].into_iter().filter(|way| user.has(way));
        let statuses: Vec<LockoutStatus> = statuses
            .map(|way| LockoutStatus {
                kind: way.into(),
                name: None,
                locked: user.is_locked(way),
                lockout_date: user.is_locked(way).then(|| "2026-01-23T16:30:58Z".into()),
                // Null with 0 attempts left: until an administrator unlocks.
                lockout_expiry_date: None,
                remaining_authentication_attempts: FAILURES
                    .saturating_sub(user.failures.get(way).copied().unwrap_or(0)),
            })
            .collect();
        let info = user.has("OTP").then(|| OtpDetails {
            available_otp_delivery: vec!["SMS"],
            otp_default_delivery: "SMS",
            otp_delivery_attribute: "Mobile",
            otp_contact_values: vec![OtpContactValue {
                name: "Mobile",
                kind: "SMS",
                value: user.masked_mobile(),
            }],
        });
        let mut answer = QueryAnswer {
            token_details: Some(vec![user.serial_number.clone()]),
            otp_delivery_info: info,
            authenticator_lockout_status: statuses,
            time: self.clock.now(),
            ..QueryAnswer::default()
        };
        match self.rule {
            Rule::CodeOnly => answer.authentication_types = ways,
            Rule::PasswordFirst => {
                answer.authentication_types = vec!["PASSWORD".into()];
                answer.available_second_factor = Some(ways);
            }
            Rule::CompletedBeforeCode => {
                let (token, expires) = self.open_session(owner)?;
                answer.authentication_completed = true;
                answer.token = Some(token);
                answer.expires = expires;
            }
        }
        Ok(answer)
    }

    pub(super) fn challenge(
        &mut self,
        authenticator: &str,
        request: &ChallengeRequest,
    ) -> Result<AuthenticatedAnswer, Refusal> {
        self.belongs(&request.application_id)?;
        let user = self.user(&request.user_id).ok_or(NO_USER)?;
        let owner = user.person.user_id.clone();
        let serial_number = user.serial_number.clone();
        let way = user.way(authenticator).ok_or(NO_AUTHENTICATOR)?;
        if self.rule == Rule::CodeOnly && !self.offered.iter().any(|offered| offered == way) {
            return Err(NO_AUTHENTICATOR);
        }
        if user.is_locked(way) {
            return Err(LOCKED);
        }
        let now = self.clock.now();
        if self.rule == Rule::CompletedBeforeCode {
            let (token, expires) = self.open_session(owner.clone())?;
            return Ok(AuthenticatedAnswer {
                authentication_completed: true,
                user_id: Some(owner),
                token: Some(token),
                expires,
                time: now,
                ..AuthenticatedAnswer::default()
            });
        }
        let otp = if way == "OTP" { Some((self.send_otp(&owner)?, now + OTP)) } else { None };
        let token = new_token()?;
        let is_token = way == "TOKEN";
        let answer = AuthenticatedAnswer {
            token: Some(token.clone()),
            time: now,
            expires: now + SESSION,
            otp_delivery_type: otp.is_some().then_some("SMS"),
            token_challenge: is_token.then(|| TokenChallenge {
                challenge: None,
                token: vec![TokenInfo { serial_number: serial_number.clone(), label: None }],
            }),
            token_details: is_token.then(|| vec![serial_number]),
            ..AuthenticatedAnswer::default()
        };
        self.transactions.insert(token, Transaction { user: owner, way, expires: now + SESSION, otp });
        Ok(answer)
    }

    pub(super) fn complete(
        &mut self,
        authenticator: &str,
        token: Option<&str>,
        request: &CompleteRequest,
    ) -> Result<AuthenticatedAnswer, Refusal> {
        if let Some(application_id) = &request.application_id {
            self.belongs(application_id)?;
        }
        let now = self.clock.now();
        let step = self.step();
        let digits = self.digits;
        let token = token.ok_or(NO_TRANSACTION)?;
        let transaction = self.transactions.get(token).ok_or(INVALID_TRANSACTION)?;
        let (owner, way, otp) = (transaction.user.clone(), transaction.way, transaction.otp.clone());
        let foreign = request.user_id.as_ref().is_some_and(|user| !user.eq_ignore_ascii_case(&owner));
        if transaction.expires <= now || way != authenticator || foreign {
            return Err(INVALID_TRANSACTION);
        }
        if request.cancel == Some(true) {
            self.transactions.remove(token);
            return Ok(AuthenticatedAnswer { time: now, ..AuthenticatedAnswer::default() });
        }
        let user = self.user_mut(&owner).ok_or(NO_USER)?;
        if user.is_locked(way) {
            return Err(LOCKED);
        }
        let response = request.response.as_deref().unwrap_or_default();
        let right = if let Some((code, until)) = &otp {
            code == response && now < *until
        } else {
            user.accepts(response, step, digits)
        };
        if !right {
            *user.failures.entry(way).or_default() += 1;
            return Err(WRONG_CODE);
        }
        user.failures.remove(way);
        let (first_name, last_name) = (user.person.first_name.clone(), user.person.last_name.clone());
        self.transactions.remove(token);
        let (token, expires) = self.open_session(owner.clone())?;
        Ok(AuthenticatedAnswer {
            user_id: Some(owner),
            first_name: Some(first_name),
            last_name: Some(last_name),
            authentication_completed: true,
            token: Some(token),
            time: now,
            expires,
            ..AuthenticatedAnswer::default()
        })
    }

    pub(super) fn logout(&mut self, token: Option<&str>) -> Result<(), Refusal> {
        let token = token.ok_or(NO_TRANSACTION)?;
        self.sessions.remove(token).map(drop).ok_or(INVALID_TRANSACTION)
    }

    fn belongs(&self, application_id: &str) -> Result<(), Refusal> {
        if application_id.eq_ignore_ascii_case(&self.application_id) { Ok(()) } else { Err(NO_APPLICATION) }
    }

    fn open_session(&mut self, owner: String) -> Result<(String, Millis), Refusal> {
        let token = new_token()?;
        let expires = self.clock.now() + SESSION;
        self.sessions.insert(token.clone(), (owner, expires));
        Ok((token, expires))
    }

    fn send_otp(&mut self, owner: &str) -> Result<String, Refusal> {
        let random = getrandom::u64().map_err(|_| NO_RANDOM)?;
        let code = format!("{:08}", random % 100_000_000);
        let at = self.clock.now() / 1000;
        let user = self.user_mut(owner).ok_or(NO_USER)?;
        let text = format!("Uw eenmalige code is {code}. Deze code is 5 minuten geldig.");
        user.messages.push(Message { at, text, code: code.clone() });
        Ok(code)
    }
}

fn new_token() -> Result<String, Refusal> {
    let mut bytes = [0; 48];
    getrandom::fill(&mut bytes).map_err(|_| NO_RANDOM)?;
    Ok(STANDARD.encode(bytes))
}
