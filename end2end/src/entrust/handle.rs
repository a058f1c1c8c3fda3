//! What a test and the phone pages see of the running Entrust, and do to it. Not what the product calls.

use super::faults::{Endpoint, Fault};
use super::{Call, Entrust, Message, Person, Rule, Shown, TokenState};
use std::time::Duration;

impl Entrust {
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

    /// From now on every call to this endpoint meets this fault, until [`Entrust::clear_faults`].
    pub fn break_down(&self, endpoint: Endpoint, fault: Fault) {
        self.shared.change(|state| state.faults.set(endpoint, fault));
    }

    /// From now on every call meets this fault, until [`Entrust::clear_faults`].
    pub fn break_down_everywhere(&self, fault: &Fault) {
        self.shared.change(|state| {
            for endpoint in Endpoint::ALL {
                state.faults.set(endpoint, fault.clone());
            }
        });
    }

    /// Ends all faults. Hanging calls go on and are answered properly.
    pub fn clear_faults(&self) {
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

    // Authenticators.

    /// Where the phone pages are, e.g. `http://127.0.0.1:8081`; activations lead there.
    pub fn set_phones(&self, url: &str) {
        url.trim_end_matches('/').clone_into(&mut self.shared.state().phones);
    }

    /// Whose activation this secret belongs to, while it can be finished.
    pub fn activating(&self, secret: &str) -> Option<Person> {
        self.shared.state().activating(secret)
    }

    /// The phone finishes the activation: the token is active, and the app shows its code.
    pub fn finish(&self, secret: &str) -> Option<Person> {
        self.shared.change(|state| state.finish(secret))
    }

    /// An unused code of every active token of the user.
    pub fn unused_codes(&self, user: &str) -> Vec<String> {
        self.shared.state().unused_codes(user)
    }

    /// The user's tokens, id and state, in the order of their activation.
    pub fn tokens(&self, user: &str) -> Vec<(String, TokenState)> {
        let state = self.shared.state();
        let tokens = state.user(user).into_iter().flat_map(|user| &user.tokens);
        tokens.map(|token| (token.id.clone(), token.state)).collect()
    }

    /// All tokens of the user stand so from now on, as an administrator can make them.
    pub fn set_tokens(&self, user: &str, to: TokenState) {
        self.shared.change(|state| {
            for token in state.user_mut(user).into_iter().flat_map(|user| &mut user.tokens) {
                token.state = to;
            }
        });
    }

    /// An administrator switches the user on or off.
    pub fn switch(&self, user: &str, on: bool) {
        self.shared.change(|state| {
            if let Some(user) = state.user_mut(user) {
                user.switched_on = on;
            }
        });
    }

    /// The user's number as Entrust has it.
    pub fn mobile(&self, user: &str) -> Option<String> {
        self.shared.state().user(user).and_then(|user| user.person.mobile.clone())
    }

    /// Whether the answer to a new token holds its activation already. At the start not.
    pub fn answer_with_activation(&self, does: bool) {
        self.shared.change(|state| state.activation_in_answer = does);
    }

    /// All sessions of administration applications end.
    pub fn end_admin_sessions(&self) {
        self.shared.change(|state| state.admin_sessions.clear());
    }
}
