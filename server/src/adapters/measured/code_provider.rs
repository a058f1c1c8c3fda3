//! The code provider.

use super::meter::{GroupedMeter, Meter};
use crate::ports::authenticators::{AuthenticatorStatus, Authenticators, StartedActivation};
use crate::ports::health_finding::Finding;
use crate::ports::otp_provider::{
    Challenge, ChallengeOutcome, CodeVerdict, OtpProvider, OtpProviderError, OtpSubject,
};
use app::api::enrollment_state::App;
use app::api::step::OtpMethod;
use app::domain::code::Code;
use async_trait::async_trait;
use std::sync::Arc;

/// A code provider with measured calls.
pub struct MeasuredOtpProvider {
    inner: Arc<dyn OtpProvider>,
    challenge: Meter,
    /// Only a right birthdate leads to these two.
    send_code: GroupedMeter,
    verify: GroupedMeter,
}

impl MeasuredOtpProvider {
    /// Measures the calls of `inner`.
    pub fn new(inner: Arc<dyn OtpProvider>) -> Self {
        let backend = inner.name();
        Self {
            inner,
            challenge: Meter::new(backend, "challenge"),
            send_code: GroupedMeter::new(backend, "send_code"),
            verify: GroupedMeter::new(backend, "verify"),
        }
    }
}

#[async_trait]
impl OtpProvider for MeasuredOtpProvider {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    async fn open(
        &self,
        subject: &OtpSubject,
        method: OtpMethod,
    ) -> Result<ChallengeOutcome, OtpProviderError> {
        let call = self.inner.open(subject, method);
        match method {
            OtpMethod::Token => self.challenge.measure(call).await,
            OtpMethod::Otp => self.send_code.measure(call).await,
        }
    }

    async fn verify(&self, challenge: &Challenge, code: &Code) -> Result<CodeVerdict, OtpProviderError> {
        self.verify.measure(self.inner.verify(challenge, code)).await
    }

    async fn check(&self) -> Vec<Finding> {
        self.inner.check().await
    }
}

/// The management of authenticators with measured calls.
pub struct MeasuredAuthenticators {
    inner: Arc<dyn Authenticators>,
    status: Meter,
    set_mobile: Meter,
    activation: Meter,
}

impl MeasuredAuthenticators {
    /// Measures the calls of `inner`.
    pub fn new(inner: Arc<dyn Authenticators>) -> Self {
        let meter = |operation| Meter::new(inner.name(), operation);
        let (status, set_mobile, activation) = (meter("status"), meter("set_mobile"), meter("activation"));
        Self { inner, status, set_mobile, activation }
    }
}

#[async_trait]
impl Authenticators for MeasuredAuthenticators {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn can_activate(&self) -> bool {
        self.inner.can_activate()
    }

    async fn status(&self, user: &str) -> Result<AuthenticatorStatus, OtpProviderError> {
        self.status.measure(self.inner.status(user)).await
    }

    async fn app(&self, user: &str) -> Result<App, OtpProviderError> {
        self.status.measure(self.inner.app(user)).await
    }

    async fn set_mobile(&self, user: &str, mobile: &str) -> Result<bool, OtpProviderError> {
        self.set_mobile.measure(self.inner.set_mobile(user, mobile)).await
    }

    async fn activate(&self, user: &str) -> Result<Option<StartedActivation>, OtpProviderError> {
        self.activation.measure(self.inner.activate(user)).await
    }

    async fn withdraw_activation(&self, user: &str, token: &str) -> Result<bool, OtpProviderError> {
        self.activation.measure(self.inner.withdraw_activation(user, token)).await
    }

    async fn is_active(&self, user: &str, token: &str) -> Result<bool, OtpProviderError> {
        self.status.measure(self.inner.is_active(user, token)).await
    }

    async fn check(&self) -> Vec<Finding> {
        self.inner.check().await
    }
}
