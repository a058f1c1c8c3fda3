//! The handler of the reset API.

use super::RequestContext;
use crate::http::cookies;
use app::api::refusal::Refusal;
use app::api::site::Site;
use app::api::step::Step;
use app::api::{ResetCommand, ResetHandler};
use async_trait::async_trait;
use std::sync::Arc;

#[async_trait]
impl ResetHandler for RequestContext {
    async fn site(&self) -> Site {
        self.reset.site().clone()
    }

    async fn run(&self, command: ResetCommand) -> Result<Step, Refusal> {
        let (service, client) = (Arc::clone(&self.reset), self.client.reset.clone());
        let answer = self.run_detached(async move { service.run(&client, command).await }).await;
        self.set_session_cookie(cookies::reset_session(self.secure), &answer.cookie);
        self.remember_device(answer.device).await;
        answer.outcome
    }
}
