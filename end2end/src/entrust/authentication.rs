//! The four calls of the Authentication API.

use super::clock::Millis;
use super::refusals::{
    INVALID_TRANSACTION, LOCKED, NO_APPLICATION, NO_AUTHENTICATOR, NO_RANDOM, NO_TRANSACTION, NO_USER,
    Refusal, WRONG_CODE,
};
use super::state::{State, Transaction, new_secret};
use super::users::MAX_FAILURES;
use super::wire::{
    AuthenticatedAnswer, ChallengeRequest, CompleteRequest, LockoutStatus, OtpContactValue, OtpDetails,
    QueryAnswer, QueryRequest, TokenChallenge, TokenInfo,
};
use super::{Message, Rule};

/// The lifetime of a transaction and of a session: Entrust's default.
const SESSION_LIFETIME: Millis = 900_000;
/// The lifetime of an OTP: Entrust's default.
const OTP_LIFETIME: Millis = 300_000;

impl State {
    pub(super) fn query(&mut self, request: &QueryRequest) -> Result<QueryAnswer, Refusal> {
        self.check_application(&request.application_id)?;
        let user = self.user(&request.user_id).ok_or(NO_USER)?;
        let owner = user.person.user_id.clone();
        let methods: Vec<String> = self.offered.iter().filter(|method| user.has(method)).cloned().collect();
        let statuses = ["TOKEN", "OTP"].into_iter().filter(|method| user.has(method));
        let statuses: Vec<LockoutStatus> = statuses
            .map(|method| LockoutStatus {
                kind: method.into(),
                name: None,
                locked: user.is_locked(method),
                lockout_date: user.is_locked(method).then(|| "2026-01-23T16:30:58Z".into()),
                // Null, with 0 attempts left: locked until an administrator unlocks.
                lockout_expiry_date: None,
                remaining_authentication_attempts: MAX_FAILURES
                    .saturating_sub(user.failures.get(method).copied().unwrap_or(0)),
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
            token_details: Some(user.serial_numbers()),
            otp_delivery_info: info,
            authenticator_lockout_status: statuses,
            time: self.clock.now(),
            ..QueryAnswer::default()
        };
        match self.rule {
            Rule::CodeOnly => answer.authentication_types = methods,
            Rule::PasswordFirst => {
                answer.authentication_types = vec!["PASSWORD".into()];
                answer.available_second_factor = Some(methods);
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
        self.check_application(&request.application_id)?;
        let user = self.user(&request.user_id).ok_or(NO_USER)?;
        let owner = user.person.user_id.clone();
        let serial_numbers = user.serial_numbers();
        let method = user.method(authenticator).ok_or(NO_AUTHENTICATOR)?;
        if self.rule == Rule::CodeOnly && !self.offered.iter().any(|offered| offered == method) {
            return Err(NO_AUTHENTICATOR);
        }
        if user.is_locked(method) {
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
        let otp = if method == "OTP" { Some((self.send_otp(&owner)?, now + OTP_LIFETIME)) } else { None };
        let token = new_secret()?;
        let is_token = method == "TOKEN";
        let answer = AuthenticatedAnswer {
            token: Some(token.clone()),
            time: now,
            expires: now + SESSION_LIFETIME,
            otp_delivery_type: otp.is_some().then_some("SMS"),
            token_challenge: is_token.then(|| TokenChallenge {
                challenge: None,
                token: serial_numbers
                    .iter()
                    .map(|serial| TokenInfo { serial_number: serial.clone(), label: None })
                    .collect(),
            }),
            token_details: is_token.then_some(serial_numbers),
            ..AuthenticatedAnswer::default()
        };
        self.transactions
            .insert(token, Transaction { user: owner, method, expires: now + SESSION_LIFETIME, otp });
        Ok(answer)
    }

    pub(super) fn complete(
        &mut self,
        authenticator: &str,
        token: Option<&str>,
        request: &CompleteRequest,
    ) -> Result<AuthenticatedAnswer, Refusal> {
        if let Some(application_id) = &request.application_id {
            self.check_application(application_id)?;
        }
        let now = self.clock.now();
        let step = self.step();
        let digits = self.digits;
        let token = token.ok_or(NO_TRANSACTION)?;
        let transaction = self.transactions.get(token).ok_or(INVALID_TRANSACTION)?;
        let (owner, method, otp) = (transaction.user.clone(), transaction.method, transaction.otp.clone());
        let is_other_user = request.user_id.as_ref().is_some_and(|user| !user.eq_ignore_ascii_case(&owner));
        if transaction.expires <= now || method != authenticator || is_other_user {
            return Err(INVALID_TRANSACTION);
        }
        if request.cancel == Some(true) {
            self.transactions.remove(token);
            return Ok(AuthenticatedAnswer { time: now, ..AuthenticatedAnswer::default() });
        }
        let counts_failures = self.counts_failures;
        let user = self.user_mut(&owner).ok_or(NO_USER)?;
        if user.is_locked(method) {
            return Err(LOCKED);
        }
        let response = request.response.as_deref().unwrap_or_default();
        let is_correct = if let Some((code, expires)) = &otp {
            code == response && now < *expires
        } else {
            user.accepts(response, step, digits)
        };
        if !is_correct {
            *user.failures.entry(method).or_default() += u32::from(counts_failures);
            return Err(WRONG_CODE);
        }
        user.failures.remove(method);
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

    fn check_application(&self, application_id: &str) -> Result<(), Refusal> {
        if application_id.eq_ignore_ascii_case(&self.application_id) { Ok(()) } else { Err(NO_APPLICATION) }
    }

    fn open_session(&mut self, owner: String) -> Result<(String, Millis), Refusal> {
        let token = new_secret()?;
        let expires = self.clock.now() + SESSION_LIFETIME;
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
