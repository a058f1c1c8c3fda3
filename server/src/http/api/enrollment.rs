//! The handler of the enrollment API.

use super::RequestContext;
use crate::http::cookies;
use crate::reset::Cookie;
use app::api::enrollment::{EnrollmentCommand, EnrollmentHandler};
use app::api::enrollment_state::Registration;
use app::api::refusal::Refusal;
use async_trait::async_trait;
use std::sync::Arc;

#[async_trait]
impl EnrollmentHandler for RequestContext {
    async fn run(&self, command: EnrollmentCommand) -> Result<Registration, Refusal> {
        let (service, client) = (Arc::clone(&self.enrollment), self.client.clone());
        let answer = self.run_detached(async move { service.run(&client, command).await }).await;
        self.set_session_cookie(cookies::enrollment(self.secure), &answer.cookie);
        self.remember_device(answer.device).await;
        if let Some(id) = answer.practice {
            self.set_session_cookie(cookies::reset_session(self.secure), &Cookie::Set(id));
        }
        answer.outcome
    }
}
