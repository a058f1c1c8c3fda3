//! The desk as the wizard's API asks it. Decides nothing.

use super::RequestContext;
use crate::http::cookies;
use crate::reset::{Answer, ClientContext, ResetService};
use app::api::Reset;
use app::api::refusal::Refusal;
use app::api::site::Site;
use app::api::step::Step;
use app::domain::raw_input::RawInput;
use async_trait::async_trait;
use jiff::SignedDuration;
use std::sync::Arc;

/// People reset a few times a year.
const DEVICE_AGE: SignedDuration = SignedDuration::from_hours(180 * 24);

impl RequestContext {
    async fn step<F>(&self, step: impl FnOnce(Arc<ResetService>, ClientContext) -> F) -> Result<Step, Refusal>
    where
        F: Future<Output = Result<Answer, Answer>> + Send + 'static,
    {
        let answer = self.run_detached(step(Arc::clone(&self.workflow), self.caller.reset.clone())).await;
        self.set_cookie(cookies::visit(self.secure), &answer.cookie);
        if let Some(token) = answer.device.and_then(|account| self.workflow.device_token(account)) {
            self.send_cookie(cookies::device(self.secure), &token, DEVICE_AGE.as_secs());
        }
        self.apply_status(answer.outcome)
    }
}

#[async_trait]
impl Reset for RequestContext {
    async fn site(&self) -> Site {
        self.workflow.site().clone()
    }

    async fn current(&self) -> Result<Step, Refusal> {
        self.step(|workflow, caller| async move { workflow.current(&caller).await }).await
    }

    async fn identify(&self, username: RawInput) -> Result<Step, Refusal> {
        self.step(|workflow, caller| async move { workflow.identify(&caller, &username).await }).await
    }

    async fn birthdate(&self, birthdate: RawInput) -> Result<Step, Refusal> {
        self.step(|workflow, caller| async move { workflow.birthdate(&caller, &birthdate).await }).await
    }

    async fn code(&self, code: RawInput) -> Result<Step, Refusal> {
        self.step(|workflow, caller| async move { workflow.code(&caller, &code).await }).await
    }

    async fn resend(&self, way: Option<RawInput>) -> Result<Step, Refusal> {
        self.step(|workflow, caller| async move { workflow.resend(&caller, way.as_ref()).await }).await
    }

    async fn password(&self, password: RawInput) -> Result<Step, Refusal> {
        self.step(|workflow, caller| async move { workflow.password(&caller, &password).await }).await
    }

    async fn unlock(&self) -> Result<Step, Refusal> {
        self.step(|workflow, caller| async move { workflow.unlock(&caller).await }).await
    }

    async fn extend(&self) -> Result<Step, Refusal> {
        self.step(|workflow, caller| async move { workflow.extend(&caller).await }).await
    }

    async fn cancel(&self) -> Result<Step, Refusal> {
        self.step(|workflow, caller| async move { workflow.cancel(&caller).await }).await
    }
}
