//! The calls of the Administration API that the product's authenticator management makes.

use super::admin_wire::{ActivateParms, SignIn, TokenCreate, UserGet, UserParms};
use super::clock::Millis;
use super::refusals::{
    NO_APPLICATION, NO_TOKEN, NO_USER, NOT_SIGNED_IN, Refusal, TOO_MANY_TOKENS, WRONG_TOKEN_STATE,
    WRONG_TOKEN_TYPE,
};
use super::state::{State, new_secret, random};
use super::users::{Activation, SoftToken, TokenState, User};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The lifetime of a session, as in the examples of the API description.
const SESSION_LIFETIME: Millis = 900_000;
/// The lifetime of an activation: Entrust's default.
const ACTIVATION_LIFETIME: Millis = 300_000;
/// The maximum number of tokens of a user: Entrust's default.
const MAX_TOKENS: usize = 5;
const SOFT_TOKEN: &str = "ENTRUST_SOFT_TOKEN";

impl State {
    pub(super) fn admin_sign_in(&mut self, request: &SignIn) -> Result<Value, Refusal> {
        if !request.application_id.eq_ignore_ascii_case(&self.admin_application_id) {
            return Err(NO_APPLICATION);
        }
        if request.shared_secret != self.admin_secret {
            return Err(NOT_SIGNED_IN);
        }
        let now = self.clock.now();
        let token = new_secret()?;
        self.admin_sessions.insert(token.clone(), now + SESSION_LIFETIME);
        // Alternates between the two documented formats.
        let date = if self.admin_sessions.len() % 2 == 1 { short_date } else { long_date };
        let (created, expires) = (date(now), date(now + SESSION_LIFETIME));
        Ok(json!({"authToken": token, "creationTime": created, "expirationTime": expires}))
    }

    /// Checks the session, which every call except the sign-in requires.
    pub(super) fn check_admin_session(&self, token: Option<&str>) -> Result<(), Refusal> {
        let expires = token.and_then(|token| self.admin_sessions.get(token)).ok_or(NOT_SIGNED_IN)?;
        if self.clock.now() < *expires { Ok(()) } else { Err(NOT_SIGNED_IN) }
    }

    pub(super) fn user_get(&self, request: &UserGet) -> Result<Value, Refusal> {
        self.user(&request.user_id).map(user_json).ok_or(NO_USER)
    }

    pub(super) fn user_update(&mut self, id: &str, request: UserParms) -> Result<Value, Refusal> {
        let user = self.users.iter_mut().find(|user| user.id == id).ok_or(NO_USER)?;
        if let Some(mobile) = request.mobile {
            user.person.mobile = Some(mobile).filter(|mobile| !mobile.is_empty());
        }
        Ok(user_json(user))
    }

    pub(super) fn token_create(
        &mut self,
        id: &str,
        kind: &str,
        request: &TokenCreate,
    ) -> Result<Value, Refusal> {
        if kind != SOFT_TOKEN {
            return Err(WRONG_TOKEN_TYPE);
        }
        let index = self.users.iter().position(|user| user.id == id).ok_or(NO_USER)?;
        if self.users.get(index).is_none_or(|user| user.tokens.len() >= MAX_TOKENS) {
            return Err(TOO_MANY_TOKENS);
        }
        let mut token = self.new_token(TokenState::New)?;
        let activation = match &request.activate_parms {
            Some(parms) => self.activate(&mut token, parms)?,
            None => Value::Null,
        };
        let user = self.users.get_mut(index).ok_or(NO_USER)?;
        let mut answer = token_json(&token, &user.person.user_id);
        user.tokens.push(token);
        if let (true, Some(answer), Some(values)) =
            (self.activation_in_answer, answer.as_object_mut(), activation.as_object())
        {
            answer.extend(values.clone());
        }
        Ok(answer)
    }

    pub(super) fn token_activate(&mut self, id: &str, request: &ActivateParms) -> Result<Value, Refusal> {
        let position = |user: &User| user.tokens.iter().position(|token| token.id == id);
        let mut users = self.users.iter().enumerate();
        let (owner, index) =
            users.find_map(|(owner, user)| position(user).map(|index| (owner, index))).ok_or(NO_TOKEN)?;
        let mut token = self.users.get_mut(owner).map(|user| user.tokens.remove(index)).ok_or(NO_TOKEN)?;
        let answer = match token.state {
            TokenState::New | TokenState::Activating => self.activate(&mut token, request),
            TokenState::Active | TokenState::Inactive => Err(WRONG_TOKEN_STATE),
        };
        if let Some(user) = self.users.get_mut(owner) {
            user.tokens.insert(index, token);
        }
        answer
    }

    /// Starts an activation; an earlier activation of the same token becomes invalid.
    fn activate(&self, token: &mut SoftToken, parms: &ActivateParms) -> Result<Value, Refusal> {
        let secret = URL_SAFE_NO_PAD.encode(random::<24>()?);
        let url = format!("{}/telefoon/activeren/{secret}", self.phones);
        let password = format!("{:08}", u32::from_be_bytes(random()?) % 100_000_000);
        let is_requested = |kind: &str| {
            let kinds = parms.kinds.as_deref().unwrap_or_default();
            kinds.is_empty() || kinds.iter().any(|requested| requested == kind)
        };
        let (online, offline) = (is_requested("ONLINE"), is_requested("OFFLINE"));
        token.state = TokenState::Activating;
        token.activation = Some(Activation { secret, expires: self.clock.now() + ACTIVATION_LIFETIME });
        Ok(json!({
            "serialNumber": token.serial_number,
            "activationAddress": null,
            "activationCode": null,
            "activationPassword": password,
            "activationQRCode": null,
            "activationURL": offline.then(|| url.clone()),
            "activationOnlineURL": online.then(|| format!("igmobileotp://activate?sn={}", token.serial_number)),
            "activationOnlineHttpURL": online.then(|| url.clone()),
        }))
    }
}

/// The fields with a meaning in the simulator, and some that Entrust also returns as null.
fn user_json(user: &User) -> Value {
    let locked: Vec<&str> = ["TOKEN", "OTP"].into_iter().filter(|method| user.is_locked(method)).collect();
    let tokens: Vec<Value> =
        user.tokens.iter().map(|token| token_json(token, &user.person.user_id)).collect();
    json!({
        "id": user.id,
        "userId": user.person.user_id,
        "firstName": user.person.first_name,
        "lastName": user.person.last_name,
        "mobile": user.person.mobile,
        "phone": null,
        "email": null,
        "locale": null,
        "state": if user.enabled { "ACTIVE" } else { "INACTIVE" },
        "type": "LDAP_AD",
        "locked": false,
        "lockoutExpiry": null,
        "lockedAuthenticatorTypes": locked,
        "userAliases": [],
        "grids": null,
        "fidoTokens": null,
        "smartCredentials": null,
        "tempAccessCode": null,
        "lastAuthTime": null,
        "tokens": tokens,
    })
}

fn token_json(token: &SoftToken, owner: &str) -> Value {
    json!({
        "id": token.id,
        "serialNumber": token.serial_number,
        "type": SOFT_TOKEN,
        "state": token.state.name(),
        "userId": owner,
        "label": null,
        "name": null,
        "description": null,
        "platform": null,
        "lastUsedDate": null,
        "loadDate": "2026-01-23T16:30:58Z",
        "algorithmType": "OATH_TOTP",
        "allowedActions": ["ACTIVATE", "DELETE"],
        "appVerified": false,
        "deviceVerified": false,
        "registeredForTransactions": token.state == TokenState::Active,
    })
}

fn short_date(at: Millis) -> String {
    date(at, "%Y-%m-%dT%H:%M:%SZ")
}

fn long_date(at: Millis) -> String {
    date(at, "%Y-%m-%dT%H:%M:%S%.3f+0000")
}

fn date(at: Millis, format: &str) -> String {
    let at = i64::try_from(at).ok().and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    at.unwrap_or_default().strftime(format).to_string()
}
