//! The desk as the registration's API asks it. Decides nothing.

use super::Desk;
use crate::enrollment::{Answer, Caller, Registrar};
use crate::http::cookies;
use crate::reset::Cookie;
use app::api::enrollment::Register;
use app::api::enrollment_state::Registration;
use app::api::refusal::Refusal;
use app::domain::raw_input::Typed;
use async_trait::async_trait;
use std::sync::Arc;

impl Desk {
    async fn register<F>(
        &self,
        step: impl FnOnce(Arc<Registrar>, Caller) -> F,
    ) -> Result<Registration, Refusal>
    where
        F: Future<Output = Result<Answer, Answer>> + Send + 'static,
    {
        let answer = self.to_its_end(step(Arc::clone(&self.registrar), self.caller.clone())).await;
        self.set_cookie(cookies::session(self.secure), &answer.cookie);
        if let Some(visit) = answer.practice {
            self.set_cookie(cookies::visit(self.secure), &Cookie::Set(visit));
        }
        self.told(answer.outcome)
    }
}

#[async_trait]
impl Register for Desk {
    async fn current(&self) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.current(&caller).await }).await
    }

    async fn sign_in(&self, username: Typed, password: Typed) -> Result<Registration, Refusal> {
        self.register(
            |registrar, caller| async move { registrar.sign_in(&caller, &username, &password).await },
        )
        .await
    }

    async fn code(&self, code: Typed) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.code(&caller, &code).await }).await
    }

    async fn birthdate(&self, birthdate: Typed) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.birthdate(&caller, &birthdate).await }).await
    }

    async fn mobile(&self, mobile: Typed) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.mobile(&caller, &mobile).await }).await
    }

    async fn confirm(&self, code: Typed) -> Result<Registration, Refusal> {
        self.register(|registrar, caller| async move { registrar.confirm(&caller, &code).await }).await
    }

    async fn proposal(&self, what: Typed, answer: Typed) -> Result<Registration, Refusal> {
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
