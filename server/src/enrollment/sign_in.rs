//! Sign-in: user name and current password by a bind, and a code if the app is active. An unknown name, a wrong
//! password and an account that cannot sign in get the same answer after the minimum response time.

use super::session::{Open, Seen, SignInProof, SignInStage, SignedIn, is_abandoned};
use super::sign_in_limits::Permit;
use super::{Answer, EnrollmentClient, EnrollmentService};
use crate::ports::audit::{Event, NotVerifiedReason};
use crate::ports::directory::{Account, Eligibility, PasswordCheck};
use crate::reset::Cookie;
use crate::reset::audit::AuditContext;
use crate::reset::code_verifier::Verdict;
use crate::reset::failure::unavailable;
use app::api::enrollment_state::{App, Registration};
use app::api::refusal::{Reason, Refusal};
use app::domain::code::Code;
use app::domain::password::Password;
use app::domain::raw_input::RawInput;
use app::domain::username::Username;

/// Characters. No password is longer; a longer one is not sent to the directory.
const MAX_PASSWORD: usize = 256;

impl EnrollmentService {
    /// Signs in with user name and password, and starts a session.
    pub(super) async fn sign_in(
        &self,
        client: &EnrollmentClient,
        username: &RawInput,
        password: &RawInput,
    ) -> Result<Answer, Answer> {
        self.shared.limiter.count_sign_in_call(&client.reset, "sign in").await?;
        let arrived = self.clock.now();
        let domains = &self.config.domains;
        let username = Username::parse(username.expose(), domains)
            .map_err(|error| Refusal::invalid("username", error))?;
        if password.expose().is_empty() {
            return Err(Refusal::invalid("password", Reason::Empty).into());
        }
        if password.expose().chars().count() > MAX_PASSWORD {
            return Err(Refusal::invalid("password", Reason::TooLong).into());
        }
        let password = Password::new(password.expose());
        // Before the directory is queried, and equally for unknown names.
        let permit = self.count_sign_in(client, &username).await??;
        let result = self.verify_password(&username, &password).await;
        self.shared.timer.wait(arrived).await;
        let context = AuditContext::name(&username, client.reset.address);
        let (account, app) = match result {
            Ok(Ok(account)) => account,
            Ok(Err(reason)) => return Err(self.not_signed_in(&context, reason, permit.left).await),
            Err(refusal) => {
                self.sign_in_limiter.release(permit).await;
                self.shared.audit.record_unavailable(&context, &refusal).await;
                return Err(refusal.into());
            }
        };
        self.sign_in_limiter.release(permit).await;
        if let Some(earlier) = self.find_open(client).await? {
            self.sessions.remove(&earlier.id).await?;
        }
        let stage = match app {
            App::Active => SignInStage::AwaitingCode,
            App::None | App::Activating | App::Locked | App::Unknown => {
                SignInStage::SignedIn(self.signed_in_as(&account, app, SignInProof::Password))
            }
        };
        let open = self.start(username, &account, stage).await?;
        let context = AuditContext::account(account.id, client.reset.address);
        self.shared.audit.record_after(&context, "", Event::SignedIn).await;
        let shown = self.show(&open).await?;
        Ok(Answer::ok(shown, Cookie::Set(open.id)))
    }

    /// Counts a sign-in. If a limit is exhausted, a browser that the account owner used has attempts of its own.
    async fn count_sign_in(
        &self,
        client: &EnrollmentClient,
        username: &Username,
    ) -> Result<Result<Permit, Refusal>, Refusal> {
        let refusal = match self.sign_in_limiter.count(&client.reset, username).await? {
            Ok(permit) => return Ok(Ok(permit)),
            Err(refusal) => refusal,
        };
        let Some(device) = client.reset.device else { return Ok(Err(refusal)) };
        match self.shared.accounts.find_account(username).await? {
            Some(account) if account.id == device => self.sign_in_limiter.count_own_device(device).await,
            Some(_) | None => Ok(Err(refusal)),
        }
    }

    /// Verifies the password at the directory; if it is right, reads the state of the app. The inner error is the
    /// reason for the audit log.
    async fn verify_password(
        &self,
        username: &Username,
        password: &Password,
    ) -> Result<Result<(Account, App), NotVerifiedReason>, Refusal> {
        let account = self.shared.accounts.find_account(username).await?;
        let is_frozen = self.shared.accounts.is_frozen(account.as_ref()).await?;
        let directory = &self.directory;
        let answer = directory.sign_in(account.as_ref(), password, self.config.lockout_margin).await;
        match (self.shared.accounts.directory_answered(answer)?, account) {
            // A thief who knows the password must not change the registered values either.
            (PasswordCheck::Right, Some(_)) if is_frozen => Ok(Err(NotVerifiedReason::Frozen)),
            (PasswordCheck::Right, Some(account)) => {
                let app = self.app_of(&account).await?;
                Ok(Ok((account, app)))
            }
            (PasswordCheck::LockoutRisk, _) => Ok(Err(NotVerifiedReason::LockoutNear)),
            (PasswordCheck::Right | PasswordCheck::Rejected, None) => Ok(Err(NotVerifiedReason::UnknownName)),
            (PasswordCheck::Rejected, Some(_)) => Ok(Err(NotVerifiedReason::NotSignedIn)),
        }
    }

    /// The state of the account's app; unknown without a name at the provider.
    pub(super) async fn app_of(&self, account: &Account) -> Result<App, Refusal> {
        match self.shared.accounts.provider_name(account) {
            Some(name) => {
                let app = self.authenticators.app(&name).await;
                app.map_err(|error| unavailable(self.authenticators.name(), &error))
            }
            None => Ok(App::Unknown),
        }
    }

    pub(super) fn signed_in_as(&self, account: &Account, app: App, proof: SignInProof) -> SignedIn {
        let mobile = account.mobile.as_deref();
        let mobile = mobile.and_then(|text| crate::mobile::Mobile::parse(text, &self.config.countries).ok());
        let seen = Seen {
            eligible: account.eligibility == Eligibility::Eligible,
            app,
            birthdate: account.birthdate.is_some(),
            mobile: mobile.map(|mobile| mobile.masked()),
        };
        SignedIn { proof, seen, pending: None, activation: None }
    }

    async fn not_signed_in(
        &self,
        context: &AuditContext<'_>,
        reason: NotVerifiedReason,
        left: u32,
    ) -> Answer {
        // With no attempt left, the next response is a refusal with the time to wait.
        self.not_verified(context, reason, String::new(), left.max(1)).await
    }

    /// The refusal for all causes; the reason goes to the audit log.
    pub(super) async fn not_verified(
        &self,
        context: &AuditContext<'_>,
        reason: NotVerifiedReason,
        detail: String,
        attempts_left: u32,
    ) -> Answer {
        let reference = match crate::random::reference() {
            Ok(reference) => reference,
            Err(fault) => return fault.into(),
        };
        // Counted and in the audit log, not in the log: anyone can cause as many of them as the limits allow.
        tracing::debug!(reference, attempts_left, "enrollment: not verified; the audit log has the reason");
        self.shared.audit.record_after(context, &reference, Event::not_verified(reason, &detail)).await;
        metrics::counter!("registration_not_verified_total").increment(1);
        Refusal::NotVerified { reference, attempts_left }.into()
    }

    /// Verifies the code from the app.
    pub(super) async fn code(&self, client: &EnrollmentClient, typed: &RawInput) -> Result<Answer, Answer> {
        let arrived = self.clock.now();
        let open = self.find_counted(client, "registration code").await?;
        let code = Code::parse(typed.expose()).map_err(|error| Refusal::invalid("code", error))?;
        let mut open = open.ok_or(Refusal::StartAgain)?;
        match open.session.stage.clone() {
            SignInStage::AwaitingCode => {}
            SignInStage::Checking { claimed_at } if is_abandoned(claimed_at, arrived) => {}
            SignInStage::Checking { .. } => return Err(Refusal::InProgress.into()),
            SignInStage::SignedIn(_) => return Ok(Answer::ok(self.show(&open).await?, Cookie::Keep)),
        }
        self.swap(&mut open, SignInStage::Checking { claimed_at: arrived }).await?;
        let Some(left) = self.shared.limiter.count_code(&open.id, arrived).await? else {
            self.sessions.remove(&open.id).await?;
            return Err(Answer::ended(Refusal::StartAgain));
        };
        let result = self.verify_code(client, &open, &code, arrived).await;
        self.shared.timer.wait(arrived).await;
        let context = AuditContext::account(open.session.account, client.reset.address);
        match result {
            Ok((account, Verdict::Verified)) => {
                let signed_in = self.signed_in_as(&account, App::Active, SignInProof::Code);
                self.renew(&mut open, SignInStage::SignedIn(signed_in)).await?;
                self.shared.audit.record_after(&context, "", Event::Verified).await;
                let shown = self.show(&open).await?;
                Ok(Answer { device: Some(account.id), ..Answer::ok(shown, Cookie::Set(open.id)) })
            }
            Ok((_, Verdict::Rejected(reason, detail))) => {
                self.after_wrong_code(&context, &mut open, reason, detail, left).await
            }
            Err(refusal) => {
                self.shared.audit.record_unavailable(&context, &refusal).await;
                self.shared.limiter.release_code(&open.id, arrived).await;
                self.swap(&mut open, SignInStage::AwaitingCode).await?;
                Err(refusal.into())
            }
        }
    }

    async fn after_wrong_code(
        &self,
        context: &AuditContext<'_>,
        open: &mut Open,
        reason: NotVerifiedReason,
        detail: String,
        left: u32,
    ) -> Result<Answer, Answer> {
        let refused = self.not_verified(context, reason, detail, left).await;
        if left == 0 {
            self.sessions.remove(&open.id).await?;
            return Err(Answer { cookie: Cookie::Clear, ..refused });
        }
        self.swap(open, SignInStage::AwaitingCode).await?;
        Err(refused)
    }

    async fn verify_code(
        &self,
        client: &EnrollmentClient,
        open: &Open,
        code: &Code,
        arrived: jiff::Timestamp,
    ) -> Result<(Account, Verdict), Refusal> {
        let account = self.account(open).await?;
        let name = self.shared.accounts.provider_name(&account);
        let verifier = &self.shared.verifier;
        let verdict = verifier.verify_signed_in(&client.reset, account.id, name, code, arrived).await?;
        Ok((account, verdict))
    }

    /// Reads the signed-in account from the directory. Ends the session if the account was deleted or frozen, or its
    /// password changed, so that a new password also ends the session of someone who stole the old one.
    pub(super) async fn account(&self, open: &Open) -> Result<Account, Refusal> {
        let read = self.directory.read(open.session.account).await;
        let account = self.shared.accounts.directory_answered(read)?;
        let is_same_password =
            |account: &Account| account.password_last_set == open.session.password_last_set;
        if let Some(account) = account.filter(is_same_password)
            && !self.shared.accounts.was_frozen_since(account.id, open.session.started()).await?
        {
            return Ok(account);
        }
        self.sessions.remove(&open.id).await?;
        Err(Refusal::StartAgain)
    }

    /// Returns the state of the client's session. Makes no external call and does not extend the session.
    pub(super) async fn current(&self, client: &EnrollmentClient) -> Result<Answer, Answer> {
        let shown = match self.find_open(client).await? {
            Some(open) => match open.session.stage {
                SignInStage::Checking { claimed_at } if !is_abandoned(claimed_at, self.clock.now()) => {
                    return Err(Refusal::InProgress.into());
                }
                SignInStage::AwaitingCode | SignInStage::Checking { .. } | SignInStage::SignedIn(_) => {
                    self.show(&open).await?
                }
            },
            None => Registration::sign_in(),
        };
        Ok(Answer::ok(shown, Cookie::Keep))
    }

    /// Renews the idle time.
    pub(super) async fn extend(&self, client: &EnrollmentClient) -> Result<Answer, Answer> {
        let mut open = self.open_counted(client, "registration extend").await?;
        match open.session.stage.clone() {
            stage @ (SignInStage::AwaitingCode | SignInStage::SignedIn(_)) => {
                self.advance(&mut open, stage).await?;
            }
            SignInStage::Checking { .. } => {}
        }
        Ok(Answer::ok(self.show(&open).await?, Cookie::Keep))
    }

    /// Ends the session.
    pub(super) async fn cancel(&self, client: &EnrollmentClient) -> Result<Answer, Answer> {
        if let Some(open) = self.find_counted(client, "registration cancel").await? {
            self.sessions.remove(&open.id).await?;
        }
        Ok(Answer::ok(Registration::sign_in(), Cookie::Clear))
    }
}
