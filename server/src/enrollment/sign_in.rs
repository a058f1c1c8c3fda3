//! Sign-in: user name and current password by a bind, and a code if the app is active. An unknown name, a wrong
//! password and an account that cannot sign in get the same answer after the minimum response time.

use super::session::{Open, Seen, SignInProof, SignInStage, SignedIn, is_abandoned};
use super::{Answer, EnrollmentClient, EnrollmentService};
use crate::ports::audit::{Event, NotVerifiedReason};
use crate::ports::directory::{Account, Eligibility};
use crate::reset::Cookie;
use crate::reset::audit::AuditContext;
use crate::reset::code_verifier::Verdict;
use crate::reset::failure::unavailable;
use app::api::enrollment_state::{App, Registration};
use app::api::refusal::Refusal;
use app::domain::code::Code;
use app::domain::raw_input::RawInput;

impl EnrollmentService {
    /// Signs in with user name and password, and starts a session.
    pub(super) async fn sign_in(
        &self,
        client: &EnrollmentClient,
        username: &RawInput,
        password: &RawInput,
    ) -> Result<Answer, Answer> {
        let (username, (account, app)) = self
            .password_sign_in
            .sign_in(&client.reset, username, password, async |account: Account| {
                let app = self.app_of(&account).await?;
                Ok(Ok((account, app)))
            })
            .await?;
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

    /// The refusal for all causes; the reason goes to the audit log.
    pub(super) async fn not_verified(
        &self,
        context: &AuditContext<'_>,
        reason: NotVerifiedReason,
        detail: String,
        attempts_left: u32,
    ) -> Answer {
        self.password_sign_in.refuse(context, reason, detail, attempts_left).await.into()
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
