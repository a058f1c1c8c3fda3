//! The desk as the registration's API asks it. Decides nothing.

use super::RequestContext;
use crate::enrollment::{Answer, EnrollmentClient, EnrollmentService};
use crate::http::cookies;
use crate::reset::Cookie;
use app::api::enrollment::Register;
use app::api::enrollment_state::Registration;
use app::api::refusal::Refusal;
use app::domain::raw_input::RawInput;
use async_trait::async_trait;
use std::sync::Arc;

impl RequestContext {
    async fn register<F>(
        &self,
        step: impl FnOnce(Arc<EnrollmentService>, EnrollmentClient) -> F,
    ) -> Result<Registration, Refusal>
    where
        F: Future<Output = Result<Answer, Answer>> + Send + 'static,
    {
        let answer = self.run_detached(step(Arc::clone(&self.registrar), self.caller.clone())).await;
        self.set_cookie(cookies::session(self.secure), &answer.cookie);
        if let Some(visit) = answer.practice {
            self.set_cookie(cookies::visit(self.secure), &Cookie::Set(visit));
        }
        self.apply_status(answer.outcome)
    }
}

#[async_trait]
impl Register for RequestContext {
    async fn current(&self) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.current(&caller).await }).await
    }

    async fn sign_in(&self, username: RawInput, password: RawInput) -> Result<Registration, Refusal> {
        self.register(
            |registrar, caller| async move { registrar.sign_in(&caller, &username, &password).await },
        )
        .await
    }

    async fn code(&self, code: RawInput) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.code(&caller, &code).await }).await
    }

    async fn birthdate(&self, birthdate: RawInput) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.birthdate(&caller, &birthdate).await }).await
    }

    async fn mobile(&self, mobile: RawInput) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.mobile(&caller, &mobile).await }).await
    }

    async fn confirm(&self, code: RawInput) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.confirm(&caller, &code).await }).await
    }

    async fn proposal(&self, what: RawInput, answer: RawInput) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.proposal(&caller, &what, &answer).await })
            .await
    }

    async fn activate(&self) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.activate(&caller).await }).await
    }

    async fn app(&self) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.app(&caller).await }).await
    }

    async fn practice(&self) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.practice(&caller).await }).await
    }

    async fn extend(&self) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.extend(&caller).await }).await
    }

    async fn cancel(&self) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.cancel(&caller).await }).await
    }
}
