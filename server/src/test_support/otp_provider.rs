//! In-memory implementation of [`OtpProvider`] for tests. Users, transactions, failures and lockouts behave as in
//! Entrust; the contract tests verify both.

use super::ManualClock;
use crate::ports::health_finding::Finding;
use crate::ports::otp_provider::{
    Challenge, ChallengeOutcome, CodeVerdict, OtpProvider, OtpProviderError, OtpSubject,
};
use app::api::step::OtpMethod;
use app::domain::code::Code;
use async_trait::async_trait;
use jiff::SignedDuration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use zeroize::Zeroizing;

/// The user name under which calls for the decoy are recorded.
pub const DECOY: &str = "decoy";

/// Number of failures that locks a user, as in Entrust's defaults.
const MAX_FAILURES: u32 = 5;

/// A recorded call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// [`OtpProvider::open`], with the user name and the method.
    Open(String, OtpMethod),
    /// [`OtpProvider::verify`], with the user name and the method of the challenge.
    Verify(String, OtpMethod),
}

/// A simulated outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtpOutage {
    /// Every call fails with [`OtpProviderError::Unreachable`] and has no effect.
    Unreachable,
    /// Every call fails with [`OtpProviderError::Unusable`] and has no effect.
    Garbage,
    /// Every call has its effect, but its answer is lost: [`OtpProviderError::Unreachable`].
    AnswersLost,
    /// No call is answered until the outage ends; then all of them are answered normally.
    Hangs,
}

#[derive(Debug, Default)]
struct User {
    /// The current code; consumed by a successful verification.
    code: Option<String>,
    failures: u32,
}

#[derive(Debug)]
struct State {
    /// By lower-cased name.
    users: HashMap<String, User>,
    has_decoy: bool,
    offered_methods: Vec<OtpMethod>,
    /// Open transactions: token to lower-cased user name.
    transactions: HashMap<String, String>,
    opened_transactions: u64,
    /// Number of codes issued. It is part of each code, so that no two users ever have the same one.
    issued_codes: u32,
    calls: Vec<Call>,
    outage: Option<OtpOutage>,
    /// An outage of [`OtpProvider::verify`] only.
    verify_outage: Option<OtpOutage>,
    /// An outage of [`OtpMethod::Otp`] only.
    otp_outage: Option<OtpOutage>,
    latency: Option<Latency>,
    reports_attempts: bool,
    waiting: u32,
}

/// How much a call advances the clock.
#[derive(Debug, Clone)]
struct Latency {
    clock: Arc<ManualClock>,
    open: SignedDuration,
    verify: SignedDuration,
}

/// The fake provider.
#[derive(Debug)]
pub struct FakeOtpProvider {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

impl Default for FakeOtpProvider {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeOtpProvider {
    /// Creates a provider with a decoy, the methods TOKEN and OTP, and no users.
    pub fn new() -> Self {
        let state = State {
            users: HashMap::from([(DECOY.to_owned(), User::default())]),
            has_decoy: true,
            offered_methods: vec![OtpMethod::Token, OtpMethod::Otp],
            transactions: HashMap::new(),
            opened_transactions: 0,
            issued_codes: 0,
            calls: Vec::new(),
            outage: None,
            verify_outage: None,
            otp_outage: None,
            latency: None,
            reports_attempts: true,
            waiting: 0,
        };
        Self { state: Mutex::new(state), changes: watch::Sender::new(0) }
    }

    /// Adds these users.
    #[must_use]
    pub fn with<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Self {
        for name in names {
            self.state().users.insert(name.to_lowercase(), User::default());
        }
        self
    }

    /// Adds a user.
    pub fn add(&self, name: &str) {
        self.change(|state| state.users.insert(name.to_lowercase(), User::default()));
    }

    /// Removes the decoy.
    #[must_use]
    pub fn without_decoy(self) -> Self {
        self.state().has_decoy = false;
        self
    }

    /// Returns the code on the user's phone, which is valid once. `None` for an unknown name.
    pub fn code(&self, name: &str) -> Option<Code> {
        let mut state = self.state();
        let next_number = state.issued_codes + 1;
        let user = state.users.get_mut(&name.to_lowercase())?;
        let has_code = user.code.is_some();
        let code = user.code.get_or_insert_with(|| format!("{:08}", 10_000_000 + next_number)).clone();
        if !has_code {
            state.issued_codes = next_number;
        }
        Code::parse(&code).ok()
    }

    /// Returns a code that is wrong for every user.
    pub fn wrong_code() -> Option<Code> {
        Code::parse("00000000").ok()
    }

    /// Sets the methods that are offered.
    pub fn offer(&self, methods: &[OtpMethod]) {
        self.change(|state| state.offered_methods = methods.to_vec());
    }

    /// Unlocks a user, like an administrator.
    pub fn unlock(&self, name: &str) {
        self.change(|state| {
            if let Some(user) = state.users.get_mut(&name.to_lowercase()) {
                user.failures = 0;
            }
        });
    }

    /// Starts or ends an outage.
    pub fn outage(&self, outage: Option<OtpOutage>) {
        self.change(|state| state.outage = outage);
    }

    /// Starts or ends an outage of [`OtpProvider::verify`] only.
    pub fn verify_outage(&self, outage: Option<OtpOutage>) {
        self.change(|state| state.verify_outage = outage);
    }

    /// Starts or ends an outage of the sending of codes only.
    pub fn otp_outage(&self, outage: Option<OtpOutage>) {
        self.change(|state| state.otp_outage = outage);
    }

    /// From now on each call advances the clock by so much.
    pub fn slow(&self, clock: &Arc<ManualClock>, open: SignedDuration, verify: SignedDuration) {
        self.change(|state| state.latency = Some(Latency { clock: Arc::clone(clock), open, verify }));
    }

    /// From now on no challenge says how many attempts are left.
    pub fn hide_attempts(&self) {
        self.change(|state| state.reports_attempts = false);
    }

    /// Returns all recorded calls, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// Returns the number of calls of [`OtpProvider::open`].
    pub fn opens(&self) -> usize {
        self.state().calls.iter().filter(|call| matches!(call, Call::Open(..))).count()
    }

    /// Returns the number of calls of [`OtpProvider::verify`].
    pub fn verifies(&self) -> usize {
        self.state().calls.iter().filter(|call| matches!(call, Call::Verify(..))).count()
    }

    /// Clears the recorded calls.
    pub fn forget_calls(&self) {
        self.change(|state| state.calls.clear());
    }

    /// Whether a call waits for the end of an outage.
    pub fn is_waiting(&self) -> bool {
        self.state().waiting > 0
    }

    /// Waits until this number of calls was received.
    pub async fn arrived(&self, calls: usize) {
        self.wait_until(|state| state.calls.len() >= calls).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.changes.send_modify(|count| *count += 1);
        result
    }

    async fn wait_until(&self, condition: impl Fn(&State) -> bool) {
        let mut changes = self.changes.subscribe();
        loop {
            if condition(&self.state()) || changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Records the call and applies the current outage to it.
    async fn receive(&self, call: Call) -> Result<Option<OtpOutage>, OtpProviderError> {
        let is_verify = matches!(call, Call::Verify(..));
        let is_otp = matches!(call, Call::Open(_, OtpMethod::Otp));
        let outage_of = move |state: &State| {
            let of_method = state.otp_outage.filter(|_| is_otp);
            state.verify_outage.filter(|_| is_verify).or(of_method).or(state.outage)
        };
        self.change(|state| state.calls.push(call));
        self.change(|state| state.waiting += 1);
        self.wait_until(|state| outage_of(state) != Some(OtpOutage::Hangs)).await;
        self.change(|state| state.waiting -= 1);
        let latency = self.state().latency.clone();
        if let Some(latency) = latency {
            latency.clock.advance(if is_verify { latency.verify } else { latency.open });
        }
        let outage = outage_of(&self.state());
        match outage {
            Some(OtpOutage::Unreachable) => Err(unreachable()),
            Some(OtpOutage::Garbage) => {
                Err(OtpProviderError::Unusable { url: "fake".into(), what: "simulated failure".into() })
            }
            Some(OtpOutage::AnswersLost | OtpOutage::Hangs) | None => Ok(outage),
        }
    }
}

fn unreachable() -> OtpProviderError {
    OtpProviderError::Unreachable { url: "fake".into(), what: "simulated outage".into() }
}

impl State {
    fn open(&mut self, name: &str, method: OtpMethod) -> ChallengeOutcome {
        let Some(user) = self.users.get(&name.to_lowercase()) else {
            return ChallengeOutcome::Refused("user_not_found".into());
        };
        if user.failures >= MAX_FAILURES {
            return ChallengeOutcome::Refused("locked".into());
        }
        if !self.offered_methods.contains(&method) {
            return ChallengeOutcome::Refused("way_not_offered".into());
        }
        let attempts_left = self.reports_attempts.then_some(MAX_FAILURES - user.failures);
        self.opened_transactions += 1;
        let token = format!("transaction-{}", self.opened_transactions);
        self.transactions.insert(token.clone(), name.to_lowercase());
        ChallengeOutcome::Challenge(Challenge {
            token: Zeroizing::new(token),
            user_name: name.to_owned(),
            method,
            attempts_left,
        })
    }

    fn verify(&mut self, challenge: &Challenge, code: &Code) -> CodeVerdict {
        let token = challenge.token.as_str();
        let Some(user) = self.transactions.get(token).and_then(|name| self.users.get_mut(name)) else {
            return CodeVerdict::Wrong("INVALID_TRANSACTION".into());
        };
        if user.failures >= MAX_FAILURES {
            return CodeVerdict::Wrong("locked".into());
        }
        if user.code.as_deref() != Some(code.expose()) {
            user.failures += 1;
            return CodeVerdict::Wrong("invalid_user_response".into());
        }
        user.code = None;
        user.failures = 0;
        self.transactions.remove(token);
        CodeVerdict::Right
    }
}

#[async_trait]
impl OtpProvider for FakeOtpProvider {
    fn name(&self) -> &'static str {
        "fake"
    }

    async fn open(
        &self,
        subject: &OtpSubject,
        method: OtpMethod,
    ) -> Result<ChallengeOutcome, OtpProviderError> {
        let name = match subject {
            OtpSubject::Employee(name) => name.clone(),
            OtpSubject::Decoy if self.state().has_decoy => DECOY.to_owned(),
            OtpSubject::Decoy => return Ok(ChallengeOutcome::Refused("no_decoy".into())),
        };
        let outage = self.receive(Call::Open(name.clone(), method)).await?;
        let outcome = self.change(|state| state.open(&name, method));
        if outage == Some(OtpOutage::AnswersLost) { Err(unreachable()) } else { Ok(outcome) }
    }

    async fn verify(&self, challenge: &Challenge, code: &Code) -> Result<CodeVerdict, OtpProviderError> {
        let outage = self.receive(Call::Verify(challenge.user_name.clone(), challenge.method)).await?;
        let verdict = self.change(|state| state.verify(challenge, code));
        if outage == Some(OtpOutage::AnswersLost) { Err(unreachable()) } else { Ok(verdict) }
    }

    async fn check(&self) -> Vec<Finding> {
        let outage = self.state().outage;
        vec![match outage {
            None => Finding::good("entrust", "fake", "answers"),
            Some(outage) => Finding::bad("entrust", "fake", format!("{outage:?}")),
        }]
    }
}
