//! The handler of the reset API.

use super::RequestContext;
use crate::http::cookies;
use app::api::refusal::Refusal;
use app::api::site::Site;
use app::api::step::Step;
use app::api::{ResetCommand, ResetHandler};
use async_trait::async_trait;
use jiff::SignedDuration;
use std::sync::Arc;

/// How long a browser stays a known device.
const DEVICE_LIFETIME: SignedDuration = SignedDuration::from_hours(180 * 24);

#[async_trait]
impl ResetHandler for RequestContext {
    async fn site(&self) -> Site {
        self.reset.site().clone()
    }

    async fn run(&self, command: ResetCommand) -> Result<Step, Refusal> {
        let (service, client) = (Arc::clone(&self.reset), self.client.reset.clone());
        let answer = self.run_detached(async move { service.run(&client, command).await }).await;
        self.set_session_cookie(cookies::reset_session(self.secure), &answer.cookie);
        if let Some(token) = answer.device.and_then(|account| self.reset.device_token(account)) {
            self.set_cookie(cookies::device(self.secure), &token, DEVICE_LIFETIME);
        }
        answer.outcome
    }
}
