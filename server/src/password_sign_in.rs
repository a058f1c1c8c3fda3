//! Sign-in with user name and password, at the registration and at the service desk: limits, a bind at the directory, the minimum
//! response time, and one refusal for all causes.

use crate::enrollment::sign_in_limits::{Exhausted, Permit, SignInLimiter, SignInLimits};
pub(crate) use crate::ports::audit::SignInPage;
use crate::ports::audit::{Event, NotVerifiedReason};
use crate::ports::clock::Clock;
use crate::ports::directory::{Account, Directory, PasswordCheck};
use crate::reset::audit::AuditContext;
use crate::reset::{ClientContext, ServiceDeps, SharedComponents};
use app::api::refusal::{Reason, Refusal};
use app::domain::password::Password;
use app::domain::raw_input::RawInput;
use app::domain::username::{Domains, Username};
use std::sync::Arc;

/// Characters. No password is longer; a longer one is not sent to the directory.
const MAX_PASSWORD: usize = 256;

/// The call of a sign-in, in metrics and log.
const fn call_of(page: SignInPage) -> &'static str {
    match page {
        SignInPage::Registration => "sign in",
        SignInPage::ServiceDesk => "service desk sign in",
    }
}

/// What a sign-in depends on in the settings.
pub(crate) struct SignInConfig {
    pub(crate) domains: Domains,
    /// Both pages count with the same keys: neither is a way around the limits of the other.
    pub(crate) limits: SignInLimits,
    /// Wrong passwords that must be left before the directory locks an account.
    pub(crate) lockout_margin: u32,
}

/// Signs in with user name and password.
pub(crate) struct PasswordSignIn {
    directory: Arc<dyn Directory>,
    clock: Arc<dyn Clock>,
    shared: SharedComponents,
    limiter: SignInLimiter,
    domains: Domains,
    lockout_margin: u32,
    page: SignInPage,
}

impl PasswordSignIn {
    pub(crate) fn new(
        deps: &ServiceDeps,
        shared: &SharedComponents,
        page: SignInPage,
        config: SignInConfig,
    ) -> Self {
        let ServiceDeps { clock, keys, .. } = deps;
        Self {
            directory: Arc::clone(&deps.directory),
            clock: Arc::clone(clock),
            shared: shared.clone(),
            limiter: SignInLimiter::new(
                Arc::clone(&deps.limits),
                Arc::clone(keys),
                Arc::clone(clock),
                config.limits,
            ),
            domains: config.domains,
            lockout_margin: config.lockout_margin,
            page,
        }
    }

    /// Verifies user name and password. For an account with the right password, `admit` decides within the minimum response time;
    /// its inner error is the reason for the audit log.
    pub(crate) async fn sign_in<T>(
        &self,
        client: &ClientContext,
        username: &RawInput,
        password: &RawInput,
        admit: impl AsyncFnOnce(Account) -> Result<Result<T, NotVerifiedReason>, Refusal>,
    ) -> Result<(Username, T), Refusal> {
        self.shared.limiter.count_sign_in_call(client, call_of(self.page)).await?;
        let arrived = self.clock.now();
        let username = Username::parse(username.expose(), &self.domains)
            .map_err(|error| Refusal::invalid("username", error))?;
        if password.expose().is_empty() {
            return Err(Refusal::invalid("password", Reason::Empty));
        }
        if password.expose().chars().count() > MAX_PASSWORD {
            return Err(Refusal::invalid("password", Reason::TooLong));
        }
        let password = Password::new(password.expose());
        // Before the directory is queried, and equally for unknown names.
        let permit = self.count(client, &username).await?.map_err(|Exhausted { limit, refusal }| {
            self.shared.limiter.report(call_of(self.page), limit);
            refusal
        })?;
        let result = match self.verify_password(&username, &password).await {
            Ok(Ok(account)) => admit(account).await,
            Ok(Err(reason)) => Ok(Err(reason)),
            Err(refusal) => Err(refusal),
        };
        self.shared.timer.wait(arrived).await;
        let context = AuditContext::name(&username, client.address);
        match result {
            Ok(Ok(admitted)) => {
                self.limiter.release(permit).await;
                Ok((username, admitted))
            }
            Ok(Err(reason)) => {
                // With no attempt left, the next response is a refusal with the time to wait.
                Err(self.refuse(&context, reason, String::new(), permit.left.max(1)).await)
            }
            Err(refusal) => {
                self.limiter.release(permit).await;
                self.shared.audit.record_unavailable(&context, &refusal).await;
                Err(refusal)
            }
        }
    }

    /// Counts a sign-in. If a limit is exhausted, a browser that the account owner used has attempts of its own at the
    /// registration. The service desk works on browsers that several people use.
    async fn count(
        &self,
        client: &ClientContext,
        username: &Username,
    ) -> Result<Result<Permit, Exhausted>, Refusal> {
        let exhausted = match self.limiter.count(client, username).await? {
            Ok(permit) => return Ok(Ok(permit)),
            Err(exhausted) => exhausted,
        };
        let device = client.device.filter(|_| self.page == SignInPage::Registration);
        let Some(device) = device else { return Ok(Err(exhausted)) };
        match self.shared.accounts.find_account(username).await? {
            Some(account) if account.id == device => self.limiter.count_own_device(device).await,
            Some(_) | None => Ok(Err(exhausted)),
        }
    }

    /// Verifies the password at the directory. The inner error is the reason for the audit log.
    async fn verify_password(
        &self,
        username: &Username,
        password: &Password,
    ) -> Result<Result<Account, NotVerifiedReason>, Refusal> {
        let account = self.shared.accounts.find_account(username).await?;
        let is_frozen = self.shared.accounts.is_frozen(account.as_ref()).await?;
        let answer = self.directory.sign_in(account.as_ref(), password, self.lockout_margin).await;
        Ok(match (self.shared.accounts.directory_answered(answer)?, account) {
            // A thief who knows the password must neither change registered values nor work as an agent.
            (PasswordCheck::Right, Some(_)) if is_frozen => Err(NotVerifiedReason::Frozen),
            (PasswordCheck::Right, Some(account)) => Ok(account),
            (PasswordCheck::LockoutRisk, _) => Err(NotVerifiedReason::LockoutNear),
            (PasswordCheck::Right | PasswordCheck::Rejected, None) => Err(NotVerifiedReason::UnknownName),
            (PasswordCheck::Rejected, Some(_)) => Err(NotVerifiedReason::NotSignedIn),
        })
    }

    /// The refusal for all causes, of a password and of a code; the reason goes to the audit log.
    pub(crate) async fn refuse(
        &self,
        context: &AuditContext<'_>,
        reason: NotVerifiedReason,
        detail: String,
        attempts_left: u32,
    ) -> Refusal {
        let reference = match crate::random::reference() {
            Ok(reference) => reference,
            Err(fault) => return fault,
        };
        // Counted and in the audit log, not in the log: anyone can cause as many of them as the limits allow.
        match self.page {
            SignInPage::Registration => {
                tracing::debug!(
                    reference,
                    attempts_left,
                    "enrollment: not verified; the audit log has the reason"
                );
                metrics::counter!("registration_not_verified_total").increment(1);
            }
            SignInPage::ServiceDesk => {
                tracing::debug!(
                    reference,
                    attempts_left,
                    "service desk: not verified; the audit log has the reason"
                );
                metrics::counter!("service_desk_not_verified_total").increment(1);
            }
        }
        let event = Event::sign_in_not_verified(self.page, reason, &detail);
        self.shared.audit.record_after(context, &reference, event).await;
        Refusal::NotVerified { reference, attempts_left }
    }
}
