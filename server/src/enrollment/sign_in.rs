//! Signing in: user name and current password by a bind, and a code where the app is active. One answer, in one
//! time envelope, for an unknown name, a wrong password and an account that cannot sign in.

use super::session::{Open, Proof, Seen, SignedIn, Stage, is_abandoned};
use super::{Answer, EnrollmentClient, EnrollmentService};
use crate::ports::audit::{Event, Reason};
use crate::ports::directory::{Account, Eligibility, PasswordCheck};
use crate::reset::verification::Verdict;
use crate::reset::{AuditContext, Cookie, Known, ResetService};
use app::api::enrollment_state::{App, Registration};
use app::api::refusal::{Reason as Wrong, Refusal};
use app::domain::code::Code;
use app::domain::password::Password;
use app::domain::raw_input::RawInput;
use app::domain::username::Username;

/// Nobody's password is longer; a directory should not have to find that out.
const LONGEST: usize = 256;

impl EnrollmentService {
    /// Signs in.
    pub async fn sign_in(
        &self,
        caller: &EnrollmentClient,
        username: &RawInput,
        password: &RawInput,
    ) -> Result<Answer, Answer> {
        self.reset.count_call(&caller.reset, "sign in").await?;
        let arrived = self.reset.now();
        let domains = &self.reset.terms().site.organisation.domains;
        let username = Username::parse(username.expose(), domains)
            .map_err(|error| Refusal::invalid("username", error))?;
        if password.expose().is_empty() {
            return Err(Refusal::invalid("password", Wrong::Empty).into());
        }
        if password.expose().chars().count() > LONGEST {
            return Err(Refusal::invalid("password", Wrong::TooLong).into());
        }
        let password = Password::new(password.expose());
        // Before anybody is asked, and equally for names that nobody has.
        let (spent, left) = self.reset.count_sign_in(&username, self.terms.sign_ins).await??;
        let asked = self.ask(&username, &password).await;
        self.reset.min_response_time(arrived).await;
        let about = AuditContext { subject: Known::Name(&username), address: caller.reset.address };
        let (account, app) = match asked {
            Ok(Ok(asked)) => asked,
            Ok(Err(reason)) => return Err(self.not_signed_in(&about, reason, left).await),
            Err(refusal) => {
                self.reset.release(spent).await;
                self.reset.record_unavailable(&about, &refusal).await;
                return Err(refusal.into());
            }
        };
        self.reset.release(spent).await;
        if let Some(earlier) = self.find_open(caller).await? {
            self.forget(&earlier.id).await?;
        }
        let stage = match app {
            App::Active => Stage::AwaitingCode,
            App::None | App::Activating | App::Locked | App::Unknown => {
                Stage::SignedIn(self.signed_in_as(&account, app, Proof::Password))
            }
        };
        let open = self.begin(username, &account, stage).await?;
        let about = AuditContext { subject: Known::Account(account.id), address: caller.reset.address };
        self.reset.record_after(&about, "", Event::SignedIn).await;
        let shown = self.show(&open).await?;
        Ok(Answer::ok(shown, Cookie::Set(open.id)))
    }

    /// Asks the directory, and Entrust where the password is right. The inner error is the true reason of a no.
    async fn ask(
        &self,
        username: &Username,
        password: &Password,
    ) -> Result<Result<(Account, App), Reason>, Refusal> {
        let account = self.reset.find_account(username).await?;
        let directory = &self.reset.parts().directory;
        let answer = directory.sign_in(account.as_ref(), password, self.terms.lockout_margin).await;
        match (self.reset.directory_answered(answer)?, account) {
            (PasswordCheck::Right, Some(account)) => {
                let app = self.app_of(&account).await?;
                Ok(Ok((account, app)))
            }
            (PasswordCheck::LockoutRisk, _) => Ok(Err(Reason::LockoutNear)),
            (PasswordCheck::Right | PasswordCheck::Not, None) => Ok(Err(Reason::UnknownName)),
            (PasswordCheck::Not, Some(_)) => Ok(Err(Reason::NotSignedIn)),
        }
    }

    /// How the account's app stands; without a name of its own nobody can say.
    pub(super) async fn app_of(&self, account: &Account) -> Result<App, Refusal> {
        match self.reset.terms().holder_name.of(account) {
            Some(holder) => {
                let app = self.onboarding().app(&holder).await;
                app.map_err(|error| ResetService::unavailable("entrust", &error))
            }
            None => Ok(App::Unknown),
        }
    }

    pub(super) fn signed_in_as(&self, account: &Account, app: App, proof: Proof) -> SignedIn {
        let mobile = account.mobile.as_deref();
        let mobile = mobile.and_then(|text| crate::mobile::Mobile::parse(text, &self.terms.countries).ok());
        let seen = Seen {
            eligible: account.eligibility == Eligibility::Eligible,
            app,
            birthdate: account.birthdate.is_some(),
            mobile: mobile.map(|mobile| mobile.masked()),
        };
        SignedIn { proof, seen, pending: None, activation: None }
    }

    async fn not_signed_in(&self, about: &AuditContext<'_>, reason: Reason, left: u32) -> Answer {
        // One more may be tried only while the limit grants it; at nought the next answer says how long to wait.
        self.not_verified(about, reason, String::new(), left.max(1)).await
    }

    /// The refusal of whatever was not right, with the true reason in the trail.
    pub(super) async fn not_verified(
        &self,
        about: &AuditContext<'_>,
        reason: Reason,
        detail: String,
        attempts_left: u32,
    ) -> Answer {
        let reference = match crate::random::reference() {
            Ok(reference) => reference,
            Err(fault) => return fault.into(),
        };
        tracing::info!(reference, attempts_left, "not verified at the registration; the trail knows why");
        self.reset.record_after(about, &reference, Event::NotVerified { reason, detail }).await;
        metrics::counter!("registration_not_verified_total").increment(1);
        Refusal::NotVerified { reference, attempts_left }.into()
    }

    /// Takes the code from the app.
    pub async fn code(&self, caller: &EnrollmentClient, typed: &RawInput) -> Result<Answer, Answer> {
        let arrived = self.reset.now();
        self.reset.count_call(&caller.reset, "registration code").await?;
        let code = Code::parse(typed.expose()).map_err(|error| Refusal::invalid("code", error))?;
        let mut open = self.open(caller).await?;
        match open.session.stage.clone() {
            Stage::AwaitingCode => {}
            Stage::Checking { claimed_at } if is_abandoned(claimed_at, arrived) => {}
            Stage::Checking { .. } => return Err(Refusal::InProgress.into()),
            Stage::SignedIn(_) => return Ok(Answer::ok(self.show(&open).await?, Cookie::Keep)),
        }
        self.swap(&mut open, Stage::Checking { claimed_at: arrived }).await?;
        let Some(left) = self.reset.count_code(&open.id, arrived).await? else {
            self.forget(&open.id).await?;
            return Err(Answer::ended(Refusal::StartAgain));
        };
        let judged = self.judge(caller, &open, &code, arrived).await;
        self.reset.min_response_time(arrived).await;
        let about =
            AuditContext { subject: Known::Account(open.session.account), address: caller.reset.address };
        match judged {
            Ok((account, Verdict::Right)) => {
                let signed_in = self.signed_in_as(&account, App::Active, Proof::Code);
                self.renew(&mut open, Stage::SignedIn(signed_in)).await?;
                self.reset.record_after(&about, "", Event::Verified).await;
                let shown = self.show(&open).await?;
                Ok(Answer::ok(shown, Cookie::Set(open.id)))
            }
            Ok((_, Verdict::Rejected(reason, detail))) => {
                self.after_wrong_code(&about, &mut open, reason, detail, left).await
            }
            Err(refusal) => {
                self.reset.record_unavailable(&about, &refusal).await;
                self.reset.uncount_code(&open.id, arrived).await;
                self.swap(&mut open, Stage::AwaitingCode).await?;
                Err(refusal.into())
            }
        }
    }

    async fn after_wrong_code(
        &self,
        about: &AuditContext<'_>,
        open: &mut Open,
        reason: Reason,
        detail: String,
        left: u32,
    ) -> Result<Answer, Answer> {
        let refused = self.not_verified(about, reason, detail, left).await;
        if left == 0 {
            self.forget(&open.id).await?;
            return Err(Answer { cookie: Cookie::Clear, ..refused });
        }
        self.swap(open, Stage::AwaitingCode).await?;
        Err(refused)
    }

    async fn judge(
        &self,
        caller: &EnrollmentClient,
        open: &Open,
        code: &Code,
        arrived: jiff::Timestamp,
    ) -> Result<(Account, Verdict), Refusal> {
        let account = self.account(open).await?;
        let judged = self.reset.prove(&caller.reset, &account, code, arrived).await?;
        Ok((account, judged))
    }

    /// Who signed in, as the directory knows them now. The session of a deleted account ends, and that of a
    /// password that is not the account's any more: whoever mended a stolen password must be rid of the thief.
    pub(super) async fn account(&self, open: &Open) -> Result<Account, Refusal> {
        let read = self.reset.parts().directory.read(open.session.account).await;
        let account = self.reset.directory_answered(read)?;
        let same = |account: &Account| account.password_last_set == open.session.password_last_set;
        if let Some(account) = account.filter(same) {
            return Ok(account);
        }
        self.forget(&open.id).await?;
        Err(Refusal::StartAgain)
    }

    /// Where this browser's registration stands. Asks no outside system, extends nothing.
    pub async fn current(&self, caller: &EnrollmentClient) -> Result<Answer, Answer> {
        let shown = match self.find_open(caller).await? {
            Some(open) => match open.session.stage {
                Stage::Checking { claimed_at } if !is_abandoned(claimed_at, self.reset.now()) => {
                    return Err(Refusal::InProgress.into());
                }
                Stage::AwaitingCode | Stage::Checking { .. } | Stage::SignedIn(_) => self.show(&open).await?,
            },
            None => Registration::sign_in(),
        };
        Ok(Answer::ok(shown, Cookie::Keep))
    }

    /// Renews the idle time.
    pub async fn extend(&self, caller: &EnrollmentClient) -> Result<Answer, Answer> {
        self.reset.count_call(&caller.reset, "registration extend").await?;
        let mut open = self.open(caller).await?;
        match open.session.stage.clone() {
            stage @ (Stage::AwaitingCode | Stage::SignedIn(_)) => self.advance(&mut open, stage).await?,
            Stage::Checking { .. } => {}
        }
        Ok(Answer::ok(self.show(&open).await?, Cookie::Keep))
    }

    /// Signs out.
    pub async fn cancel(&self, caller: &EnrollmentClient) -> Result<Answer, Answer> {
        self.reset.count_call(&caller.reset, "registration cancel").await?;
        if let Some(open) = self.find_open(caller).await? {
            self.forget(&open.id).await?;
        }
        Ok(Answer::ok(Registration::sign_in(), Cookie::Clear))
    }
}
