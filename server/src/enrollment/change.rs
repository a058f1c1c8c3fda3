//! Changes of birthdate and mobile number, and the employee's decision on proposals from HR. The rules are in
//! [`record`](super::record).

use super::session::{Open, Pending, SignInProof, SignInStage, SignedIn};
use super::{Answer, EnrollmentClient, EnrollmentService};
use crate::crypto::Purpose;
use crate::date_text::today;
use crate::mobile::{Mobile, MobileError};
use crate::ports::audit::{NotVerifiedReason, RecordField};
use crate::ports::directory::{Account, Eligibility};
use crate::ports::notifier::Channel;
use crate::record_values;
use crate::reset::Cookie;
use crate::reset::audit::AuditContext;
use crate::reset::failure::unavailable;
use crate::reset::identify::is_future;
use app::api::enrollment_state::App;
use app::api::refusal::{Reason, Refusal};
use app::domain::birthdate::Birthdate;
use app::domain::code::Code;
use app::domain::raw_input::RawInput;
use jiff::SignedDuration;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// How long the code that confirms a number is valid.
const CONFIRMATION_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

impl From<MobileError> for Reason {
    fn from(error: MobileError) -> Self {
        match error {
            MobileError::Empty => Self::Empty,
            MobileError::TooLong => Self::TooLong,
            MobileError::NotMobile => Self::NotMobile,
            MobileError::OtherCountry => Self::OtherCountry,
        }
    }
}

impl EnrollmentService {
    /// Registers a birthdate.
    pub(super) async fn birthdate(
        &self,
        client: &EnrollmentClient,
        typed: &RawInput,
    ) -> Result<Answer, Answer> {
        let open = self.find_counted(client, "registration birthdate").await?;
        let birthdate =
            Birthdate::parse_iso(typed.expose()).map_err(|error| Refusal::invalid("birthdate", error))?;
        let mut open = open.ok_or(Refusal::StartAgain)?;
        if self.shared.accounts.birthdate_from_directory() {
            return Err(Refusal::invalid("birthdate", Reason::NotOffered).into());
        }
        if is_future(&birthdate, self.clock.now()) {
            return Err(Refusal::invalid("birthdate", Reason::Future).into());
        }
        if !today(self.clock.now()).is_some_and(|today| birthdate.is_plausible(&today)) {
            return Err(Refusal::invalid("birthdate", Reason::Implausible).into());
        }
        let (account, signed_in) = self.authorize_change(&mut open).await?;
        self.store_birthdate(
            client,
            &account,
            |keys| record_values::digest(keys, account.id, &birthdate),
            |stored| record_values::is_birthdate(&self.keys, account.id, stored, &birthdate) == Some(true),
        )
        .await?;
        self.finish_step(&mut open, signed_in).await
    }

    /// Registers a mobile number. If numbers are confirmed, sends a code to it first.
    pub(super) async fn mobile(&self, client: &EnrollmentClient, typed: &RawInput) -> Result<Answer, Answer> {
        let open = self.find_counted(client, "registration mobile").await?;
        let mobile = Mobile::parse(typed.expose(), &self.config.countries)
            .map_err(|error| Refusal::invalid("mobile", error))?;
        let mut open = open.ok_or(Refusal::StartAgain)?;
        let (account, signed_in) = self.authorize_change(&mut open).await?;
        self.accept_mobile(client, &mut open, &account, signed_in, mobile).await
    }

    /// Stores the number, or starts its confirmation.
    async fn accept_mobile(
        &self,
        client: &EnrollmentClient,
        open: &mut Open,
        account: &Account,
        signed_in: SignedIn,
        mobile: Mobile,
    ) -> Result<Answer, Answer> {
        if !self.config.confirm_numbers {
            self.store_mobile(client, account, &mobile).await?;
            return self.finish_step(open, SignedIn { pending: None, ..signed_in }).await;
        }
        // Codes go to this number: without a proof that the employee has the phone it is not registered.
        if !self.notifier.supports(Channel::Sms) {
            tracing::error!(
                "number not registered: codes are sent to numbers, and no SMS gateway is configured to confirm one"
            );
            return Err(Refusal::invalid("mobile", Reason::NotOffered).into());
        }
        if !self.shared.limiter.count_confirmation(account.id).await? {
            return Err(Refusal::TooMany { retry_after: 3600 }.into());
        }
        let code = crate::random::code()?;
        let now = self.clock.now();
        let pending = Pending {
            mobile: Zeroizing::new(mobile.expose().to_owned()),
            code_digest: self.confirmation_digest(&code),
            until: now + CONFIRMATION_LIFETIME,
        };
        let signed_in = SignedIn { pending: Some(pending), ..signed_in };
        self.advance(open, SignInStage::SignedIn(signed_in)).await?;
        let sent = self.notifier.send_code(account.id, &mobile, &code, now).await;
        sent.map_err(|error| unavailable("sms", &error))?;
        Ok(Answer::ok(self.show(open).await?, Cookie::Keep))
    }

    fn confirmation_digest(&self, code: &Code) -> [u8; 32] {
        self.keys.digest(Purpose::Code, &[b"confirmation", code.expose().as_bytes()])
    }

    /// Verifies the code that was sent to a new number, and registers the number.
    pub(super) async fn confirm(
        &self,
        client: &EnrollmentClient,
        typed: &RawInput,
    ) -> Result<Answer, Answer> {
        let open = self.find_counted(client, "registration confirm").await?;
        let code = Code::parse(typed.expose()).map_err(|error| Refusal::invalid("code", error))?;
        let mut open = open.ok_or(Refusal::StartAgain)?;
        let now = self.clock.now();
        let pending = open.session.signed_in()?.pending.clone().filter(|pending| pending.until > now);
        // Confirmed already, by a request whose response was lost, or too late: the overview shows which.
        let Some(pending) = pending else { return Ok(Answer::ok(self.show(&open).await?, Cookie::Keep)) };
        let (account, signed_in) = self.authorize_change(&mut open).await?;
        let Some(left) = self.shared.limiter.count_code(&open.id, now).await? else {
            self.sessions.remove(&open.id).await?;
            return Err(Answer::ended(Refusal::StartAgain));
        };
        let context = AuditContext::account(account.id, client.reset.address);
        if !bool::from(pending.code_digest.ct_eq(&self.confirmation_digest(&code))) {
            let reason = NotVerifiedReason::NumberNotConfirmed;
            let refused = self.not_verified(&context, reason, String::new(), left).await;
            if left == 0 {
                self.sessions.remove(&open.id).await?;
                return Err(Answer { cookie: Cookie::Clear, ..refused });
            }
            return Err(refused);
        }
        let mobile = Mobile::from_e164(&pending.mobile).ok_or(Refusal::StartAgain)?;
        self.store_mobile(client, &account, &mobile).await?;
        self.finish_step(&mut open, SignedIn { pending: None, ..signed_in }).await
    }

    /// Accepts or declines a proposal from HR. To accept it is the same as to enter that value.
    pub(super) async fn proposal(
        &self,
        client: &EnrollmentClient,
        what: &RawInput,
        answer: &RawInput,
    ) -> Result<Answer, Answer> {
        let open = self.find_counted(client, "registration proposal").await?;
        let what = match what.expose() {
            "birthdate" => RecordField::Birthdate,
            "mobile" => RecordField::Mobile,
            _ => return Err(Refusal::invalid("what", Reason::NotOffered).into()),
        };
        let accepted = match answer.expose() {
            "yes" => true,
            "no" => false,
            _ => return Err(Refusal::invalid("answer", Reason::NotOffered).into()),
        };
        let mut open = open.ok_or(Refusal::StartAgain)?;
        let (account, signed_in) = self.authorize_change(&mut open).await?;
        let record = self.account_records.find(account.id).await?;
        match (what, accepted) {
            (_, false) => self.decline(client, &account, what).await?,
            (RecordField::Birthdate, true) => {
                let proposed = record.proposed_birthdate.ok_or(Refusal::StartAgain)?;
                self.store_birthdate(client, &account, |_| proposed.value.clone(), |_| false).await?;
            }
            (RecordField::Mobile, true) => {
                let proposed = record.proposed_mobile.ok_or(Refusal::StartAgain)?;
                let mobile = record_values::open(&self.keys, account.id, &proposed.value);
                let mobile = mobile.ok_or(Refusal::StartAgain)?;
                return self.accept_mobile(client, &mut open, &account, signed_in, mobile).await;
            }
        }
        self.finish_step(&mut open, signed_in).await
    }

    /// Returns account and session if the session may still change values. Ends the session if the account has become
    /// ineligible, or if its owner has activated the app since: a new sign-in would then require the app's code.
    pub(super) async fn authorize_change(&self, open: &mut Open) -> Result<(Account, SignedIn), Answer> {
        let signed_in = open.session.signed_in()?.clone();
        let account = self.account(open).await?;
        if account.eligibility != Eligibility::Eligible {
            self.sessions.remove(&open.id).await?;
            return Err(Answer::ended(Refusal::StartAgain));
        }
        match signed_in.proof {
            SignInProof::Code => {}
            SignInProof::Password => match self.app_of(&account).await? {
                App::None | App::Activating => {}
                App::Active | App::Locked | App::Unknown => {
                    self.sessions.remove(&open.id).await?;
                    return Err(Answer::ended(Refusal::StartAgain));
                }
            },
        }
        Ok((account, signed_in))
    }

    /// Stores the session after an accepted step and returns the new overview.
    pub(super) async fn finish_step(&self, open: &mut Open, signed_in: SignedIn) -> Result<Answer, Answer> {
        self.advance(open, SignInStage::SignedIn(signed_in)).await?;
        Ok(Answer::ok(self.show(open).await?, Cookie::Keep))
    }
}
