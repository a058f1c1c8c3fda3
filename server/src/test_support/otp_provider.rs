//! A code service in memory, for the workflow's tests: holders, transactions, failures and
//! lockouts behave as in Entrust (the contract tests hold both to it). No network, no clock, and
//! never in a running product.

use crate::ports::health_finding::Finding;
use crate::ports::otp_provider::{
    Challenge, ChallengeOutcome, CodeVerdict, OtpProvider, OtpProviderError, OtpSubject,
};
use app::api::step::OtpMethod;
use app::domain::code::Code;
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use zeroize::Zeroizing;

/// The name under which calls for the decoy are recorded.
pub const DECOY: &str = "decoy";

/// Failures until the fake locks, as in Entrust's defaults.
const FAILURES: u32 = 5;

/// A recorded call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// [`OtpProvider::open`], with the name asked for.
    Open(String, OtpMethod),
    /// [`OtpProvider::verify`], with the challenge's holder.
    Verify(String, OtpMethod),
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// Every call answers [`OtpProviderError::Unreachable`], and does nothing.
    Away,
    /// Every call answers [`OtpProviderError::Unusable`], and does nothing.
    Garbage,
    /// Codes are judged, and the answer is lost: [`OtpProviderError::Unreachable`].
    LosesAnswers,
    /// Nothing is answered until the outage ends; then properly.
    Hangs,
}

#[derive(Debug, Default)]
struct Someone {
    /// The running code; spent once it was right.
    code: Option<String>,
    failures: u32,
}

#[derive(Debug)]
struct State {
    /// By lower-cased name.
    holders: HashMap<String, Someone>,
    has_decoy: bool,
    offered: Vec<OtpMethod>,
    /// Open transactions: token to holder.
    transactions: HashMap<String, String>,
    opened: u64,
    /// Codes issued so far; numbers them, so that no two people ever have the same.
    issued: u32,
    calls: Vec<Call>,
    outage: Option<Outage>,
}

/// The fake.
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
    /// With a decoy, TOKEN and OTP on offer, and nobody who has them.
    pub fn new() -> Self {
        let state = State {
            holders: HashMap::from([(DECOY.to_owned(), Someone::default())]),
            has_decoy: true,
            offered: vec![OtpMethod::Token, OtpMethod::Otp],
            transactions: HashMap::new(),
            opened: 0,
            issued: 0,
            calls: Vec::new(),
            outage: None,
        };
        Self { state: Mutex::new(state), changes: watch::Sender::new(0) }
    }

    /// Also knows these people.
    #[must_use]
    pub fn with<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Self {
        for name in names {
            self.state().holders.insert(name.to_lowercase(), Someone::default());
        }
        self
    }

    /// Has no decoy configured.
    #[must_use]
    pub fn without_decoy(self) -> Self {
        self.state().has_decoy = false;
        self
    }

    /// What the person's phone shows: a code that is right once. `None` for an unknown name.
    pub fn code(&self, name: &str) -> Option<Code> {
        let mut state = self.state();
        let fresh = state.issued + 1;
        let someone = state.holders.get_mut(&name.to_lowercase())?;
        let has_one = someone.code.is_some();
        let code = someone.code.get_or_insert_with(|| format!("{:08}", 10_000_000 + fresh)).clone();
        if !has_one {
            state.issued = fresh;
        }
        Code::parse(&code).ok()
    }

    /// A code that is wrong for everybody.
    pub fn wrong_code() -> Option<Code> {
        Code::parse("00000000").ok()
    }

    /// The ways on offer from now on.
    pub fn offer(&self, ways: &[OtpMethod]) {
        self.change(|state| state.offered = ways.to_vec());
    }

    /// As an administrator does it.
    pub fn unlock(&self, name: &str) {
        self.change(|state| {
            if let Some(someone) = state.holders.get_mut(&name.to_lowercase()) {
                someone.failures = 0;
            }
        });
    }

    /// From now on this goes wrong, or nothing.
    pub fn outage(&self, outage: Option<Outage>) {
        self.change(|state| state.outage = outage);
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// How many calls to [`OtpProvider::open`].
    pub fn opens(&self) -> usize {
        self.state().calls.iter().filter(|call| matches!(call, Call::Open(..))).count()
    }

    /// How many calls to [`OtpProvider::verify`].
    pub fn verifies(&self) -> usize {
        self.state().calls.iter().filter(|call| matches!(call, Call::Verify(..))).count()
    }

    /// Forgets the recorded calls.
    pub fn forget_calls(&self) {
        self.change(|state| state.calls.clear());
    }

    /// Waits until so many calls have arrived.
    pub async fn arrived(&self, calls: usize) {
        self.until(|state| state.calls.len() >= calls).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.changes.send_modify(|count| *count += 1);
        result
    }

    async fn until(&self, so: impl Fn(&State) -> bool) {
        let mut changes = self.changes.subscribe();
        loop {
            if so(&self.state()) || changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Records the call, and lets the outage have its way with it.
    async fn arrive(&self, call: Call) -> Result<Option<Outage>, OtpProviderError> {
        self.change(|state| state.calls.push(call));
        self.until(|state| state.outage != Some(Outage::Hangs)).await;
        let outage = self.state().outage;
        match outage {
            Some(Outage::Away) => Err(away()),
            Some(Outage::Garbage) => {
                Err(OtpProviderError::Unusable { url: "fake".into(), what: "told to be garbage".into() })
            }
            Some(Outage::LosesAnswers | Outage::Hangs) | None => Ok(outage),
        }
    }
}

fn away() -> OtpProviderError {
    OtpProviderError::Unreachable { url: "fake".into(), what: "told to be away".into() }
}

impl State {
    fn open(&mut self, name: &str, way: OtpMethod) -> ChallengeOutcome {
        let Some(someone) = self.holders.get(&name.to_lowercase()) else {
            return ChallengeOutcome::Refused("user_not_found".into());
        };
        if someone.failures >= FAILURES {
            return ChallengeOutcome::Refused("locked".into());
        }
        if !self.offered.contains(&way) {
            return ChallengeOutcome::Refused("way_not_offered".into());
        }
        let attempts_left = Some(FAILURES - someone.failures);
        self.opened += 1;
        let token = format!("transaction-{}", self.opened);
        self.transactions.insert(token.clone(), name.to_lowercase());
        ChallengeOutcome::Challenge(Challenge {
            token: Zeroizing::new(token),
            holder: name.to_owned(),
            way,
            attempts_left,
        })
    }

    fn verify(&mut self, challenge: &Challenge, code: &Code) -> CodeVerdict {
        let token = challenge.token.as_str();
        let Some(someone) = self.transactions.get(token).and_then(|name| self.holders.get_mut(name)) else {
            return CodeVerdict::Wrong("INVALID_TRANSACTION".into());
        };
        if someone.failures >= FAILURES {
            return CodeVerdict::Wrong("locked".into());
        }
        if someone.code.as_deref() != Some(code.expose()) {
            someone.failures += 1;
            return CodeVerdict::Wrong("invalid_user_response".into());
        }
        someone.code = None;
        someone.failures = 0;
        self.transactions.remove(token);
        CodeVerdict::Right
    }
}

#[async_trait]
impl OtpProvider for FakeOtpProvider {
    async fn open(&self, holder: &OtpSubject, way: OtpMethod) -> Result<ChallengeOutcome, OtpProviderError> {
        let name = match holder {
            OtpSubject::Employee(name) => name.clone(),
            OtpSubject::Decoy if self.state().has_decoy => DECOY.to_owned(),
            OtpSubject::Decoy => return Ok(ChallengeOutcome::Refused("no_decoy".into())),
        };
        let outage = self.arrive(Call::Open(name.clone(), way)).await?;
        let opened = self.change(|state| state.open(&name, way));
        if outage == Some(Outage::LosesAnswers) { Err(away()) } else { Ok(opened) }
    }

    async fn verify(&self, challenge: &Challenge, code: &Code) -> Result<CodeVerdict, OtpProviderError> {
        let outage = self.arrive(Call::Verify(challenge.holder.clone(), challenge.way)).await?;
        let verdict = self.change(|state| state.verify(challenge, code));
        if outage == Some(Outage::LosesAnswers) { Err(away()) } else { Ok(verdict) }
    }

    async fn check(&self) -> Vec<Finding> {
        let outage = self.state().outage;
        vec![match outage {
            None => Finding::good("entrust", "fake", "answers"),
            Some(outage) => Finding::bad("entrust", "fake", format!("{outage:?}")),
        }]
    }
}
