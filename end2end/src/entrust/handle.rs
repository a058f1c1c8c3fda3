//! The methods of [`Entrust`] for tests and the phone pages: observed calls, faults, phones and administration.

use super::faults::{Endpoint, Fault};
use super::users::User;
use super::{Call, Entrust, Message, Person, Rule, Shown, TokenState};
use std::time::Duration;

impl Entrust {
    /// The people with a phone, in their original order.
    pub fn people(&self) -> Vec<Person> {
        self.shared.state().people()
    }

    /// The code that the app shows now; `None` for a user without the app, an unknown user and the decoy.
    pub fn shown(&self, user: &str) -> Option<Shown> {
        self.shared.state().shown(user)
    }

    /// The digits that the app shows now, used or not.
    pub fn current_code(&self, user: &str) -> Option<String> {
        self.shown(user).map(|shown| shown.code)
    }

    /// A code that will be accepted: the current one or, if it was used, the next unused one.
    pub fn unused_code(&self, user: &str) -> Option<String> {
        self.shared.state().unused_code(user)
    }

    /// A code of the right length that will not be accepted.
    pub fn wrong_code(&self, user: &str) -> Option<String> {
        self.shared.state().wrong_code(user)
    }

    /// The messages on the phone, oldest first.
    pub fn messages(&self, user: &str) -> Vec<Message> {
        self.shared.state().messages(user)
    }

    /// All recorded calls, in order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.state().calls.clone()
    }

    /// The number of calls of this endpoint.
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.shared.state().count(endpoint)
    }

    /// The number of calls of this endpoint for this user.
    pub fn count_for(&self, endpoint: Endpoint, user: &str) -> usize {
        self.shared.state().count_for(endpoint, user)
    }

    /// Removes the recorded calls.
    pub fn forget_calls(&self) {
        self.shared.change(|state| state.calls.clear());
    }

    /// Waits until this endpoint has received this number of calls.
    pub async fn arrived(&self, endpoint: Endpoint, calls: usize) {
        self.shared.wait_until(|state| state.count(endpoint) >= calls).await;
    }

    /// The wrong codes of the app that the user may still send before a lockout; `None` for an unknown user.
    pub fn attempts_left(&self, user: &str) -> Option<u32> {
        self.shared.state().user(user).map(User::attempts_left)
    }

    /// Unlocks every authenticator of the user, as an administrator does.
    pub fn unlock(&self, user: &str) {
        self.shared.change(|state| state.unlock(user));
    }

    /// Sets the resource rule of the application.
    pub fn set_rule(&self, rule: Rule) {
        self.shared.change(|state| state.rule = rule);
    }

    /// Sets the methods that the rule offers, the default first. Initially only TOKEN.
    pub fn offer(&self, methods: &[&str]) {
        let methods = methods.iter().map(|method| (*method).to_owned()).collect();
        self.shared.change(|state| state.offered = methods);
    }

    /// Sets the fault of this endpoint, until [`Entrust::clear_faults`].
    pub fn set_fault(&self, endpoint: Endpoint, fault: Fault) {
        self.shared.change(|state| state.faults.set(endpoint, fault));
    }

    /// Sets the fault of all endpoints, until [`Entrust::clear_faults`].
    pub fn set_fault_everywhere(&self, fault: &Fault) {
        self.shared.change(|state| {
            for endpoint in Endpoint::ALL {
                state.faults.set(endpoint, fault.clone());
            }
        });
    }

    /// Removes all faults. Hanging calls are then answered normally.
    pub fn clear_faults(&self) {
        self.shared.change(|state| state.faults.clear());
    }

    /// Sets how long each call takes, on the clock of the machine.
    pub fn set_delay(&self, delay: Duration) {
        self.shared.change(|state| state.delay = delay);
    }

    /// From now on wrong codes do not count, so that a measurement can send many.
    pub fn disable_lockout(&self) {
        self.shared.change(|state| state.counts_failures = false);
    }

    /// Advances the clock of the simulator and its phones.
    pub fn advance(&self, by: Duration) {
        self.shared.change(|state| state.clock.advance(by));
    }

    /// The number of sessions that were opened by a correct code and not logged out.
    pub fn open_sessions(&self) -> usize {
        self.shared.state().sessions()
    }

    /// Waits until this number of sessions is open.
    pub async fn wait_for_open_sessions(&self, sessions: usize) {
        self.shared.wait_until(|state| state.sessions() == sessions).await;
    }

    /// Sets the base URL of the phone pages for activation links, e.g. `http://127.0.0.1:8081`.
    pub fn set_phones(&self, url: &str) {
        url.trim_end_matches('/').clone_into(&mut self.shared.state().phones);
    }

    /// The person to whom this activation belongs; `None` if it is unknown, used or expired.
    pub fn pending_activation(&self, secret: &str) -> Option<Person> {
        self.shared.state().pending_activation(secret)
    }

    /// Finishes an activation on the phone: the token is active, and the app shows its code.
    pub fn finish(&self, secret: &str) -> Option<Person> {
        self.shared.change(|state| state.finish(secret))
    }

    /// One unused code of every active token of the user.
    pub fn unused_codes(&self, user: &str) -> Vec<String> {
        self.shared.state().unused_codes(user)
    }

    /// The id and state of the user's tokens, in the order of creation or activation.
    pub fn tokens(&self, user: &str) -> Vec<(String, TokenState)> {
        let state = self.shared.state();
        let tokens = state.user(user).into_iter().flat_map(|user| &user.tokens);
        tokens.map(|token| (token.id.clone(), token.state)).collect()
    }

    /// Sets the state of all tokens of the user, as an administrator can.
    pub fn set_tokens(&self, user: &str, token_state: TokenState) {
        self.shared.change(|state| {
            for token in state.user_mut(user).into_iter().flat_map(|user| &mut user.tokens) {
                token.state = token_state;
            }
        });
    }

    /// Enables or disables the user, as an administrator can.
    pub fn switch(&self, user: &str, enabled: bool) {
        self.shared.change(|state| {
            if let Some(user) = state.user_mut(user) {
                user.enabled = enabled;
            }
        });
    }

    /// The mobile number of the user in Entrust.
    pub fn mobile(&self, user: &str) -> Option<String> {
        self.shared.state().user(user).and_then(|user| user.person.mobile.clone())
    }

    /// Sets whether the answer to a new token already contains its activation. Initially it does not.
    pub fn set_activation_in_answer(&self, enabled: bool) {
        self.shared.change(|state| state.activation_in_answer = enabled);
    }

    /// Ends all sessions of administration applications.
    pub fn end_admin_sessions(&self) {
        self.shared.change(|state| state.admin_sessions.clear());
    }
}
