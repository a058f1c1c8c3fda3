//! Changes of birthdate and mobile number, and the employee's decision on proposals from HR. The rules are in
//! [`record`](super::record).

use super::record::{Change, NewValue, register};
use super::session::{Open, Pending, Proof, SignedIn, Stage};
use super::{Answer, EnrollmentClient, EnrollmentService, values};
use crate::crypto::{Keyring, Purpose};
use crate::mobile::{Mobile, MobileError};
use crate::ports::audit::{Event, Reason as AuditReason, Registered as ValueKind};
use crate::ports::directory::{Account, Eligibility};
use crate::ports::notifier::{Channel, NoticeKind, Recipients};
use crate::ports::records::{BirthdateDigest, Record, Registered};
use crate::ports::sessions::Swap;
use crate::reset::Cookie;
use crate::reset::audit::AuditContext;
use crate::reset::failure::{fault, store_unavailable, unavailable};
use crate::reset::identify::is_future;
use app::api::enrollment_state::{App, Source};
use app::api::refusal::{Reason, Refusal};
use app::domain::birthdate::Birthdate;
use app::domain::code::Code;
use app::domain::raw_input::RawInput;
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// How long the code that confirms a number is valid.
const CONFIRMATION_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// Concurrent changes of one record are rare; more failures than this are a defect.
const MAX_SWAP_ATTEMPTS: u32 = 5;

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
        self.shared.limiter.count_call(&client.reset, "registration birthdate").await?;
        let birthdate =
            Birthdate::parse_iso(typed.expose()).map_err(|error| Refusal::invalid("birthdate", error))?;
        let mut open = self.open(client).await?;
        if self.shared.accounts.birthdate_from_directory() {
            return Err(Refusal::invalid("birthdate", Reason::NotOffered).into());
        }
        if is_future(&birthdate, self.clock.now()) {
            return Err(Refusal::invalid("birthdate", Reason::Future).into());
        }
        let (account, signed_in) = self.authorize_change(&mut open).await?;
        self.store_birthdate(
            client,
            &account,
            |keys| values::digest(keys, account.id, &birthdate),
            |stored| values::is_birthdate(&self.keys, account.id, stored, &birthdate) == Some(true),
        )
        .await?;
        self.finish_step(&mut open, signed_in).await
    }

    /// Registers a mobile number. If numbers are confirmed, sends a code to it first.
    pub(super) async fn mobile(&self, client: &EnrollmentClient, typed: &RawInput) -> Result<Answer, Answer> {
        self.shared.limiter.count_call(&client.reset, "registration mobile").await?;
        let mobile = Mobile::parse(typed.expose(), &self.config.countries)
            .map_err(|error| Refusal::invalid("mobile", error))?;
        let mut open = self.open(client).await?;
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
        if !self.confirms_numbers() {
            self.store_mobile(client, account, &mobile).await?;
            return self.finish_step(open, SignedIn { pending: None, ..signed_in }).await;
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
        self.advance(open, Stage::SignedIn(signed_in)).await?;
        let sent = self.notifier.send_code(account.id, &mobile, &code, now).await;
        sent.map_err(|error| unavailable("sms", &error))?;
        Ok(Answer::ok(self.show(open).await?, Cookie::Keep))
    }

    fn confirms_numbers(&self) -> bool {
        self.config.confirm_numbers && self.notifier.supports(Channel::Sms)
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
        self.shared.limiter.count_call(&client.reset, "registration confirm").await?;
        let code = Code::parse(typed.expose()).map_err(|error| Refusal::invalid("code", error))?;
        let mut open = self.open(client).await?;
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
            let reason = AuditReason::NumberNotConfirmed;
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
        self.shared.limiter.count_call(&client.reset, "registration proposal").await?;
        let what = match what.expose() {
            "birthdate" => ValueKind::Birthdate,
            "mobile" => ValueKind::Mobile,
            _ => return Err(Refusal::invalid("what", Reason::NotOffered).into()),
        };
        let accepted = match answer.expose() {
            "yes" => true,
            "no" => false,
            _ => return Err(Refusal::invalid("answer", Reason::NotOffered).into()),
        };
        let mut open = self.open(client).await?;
        let (account, signed_in) = self.authorize_change(&mut open).await?;
        let record = self.record(&account).await?;
        match (what, accepted) {
            (_, false) => self.decline(client, &account, what).await?,
            (ValueKind::Birthdate, true) => {
                let proposed = record.proposed_birthdate.ok_or(Refusal::StartAgain)?;
                self.store_birthdate(client, &account, |_| proposed.value.clone(), |_| false).await?;
            }
            (ValueKind::Mobile, true) => {
                let proposed = record.proposed_mobile.ok_or(Refusal::StartAgain)?;
                let mobile = values::open(&self.keys, account.id, &proposed.value);
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
            Proof::Code => {}
            Proof::Password => match self.app_of(&account).await? {
                App::None | App::Activating => {}
                App::Active | App::Locked | App::Unknown => {
                    self.sessions.remove(&open.id).await?;
                    return Err(Answer::ended(Refusal::StartAgain));
                }
            },
        }
        Ok((account, signed_in))
    }

    /// Returns the record of the account, empty if it has none.
    pub(super) async fn record(&self, account: &Account) -> Result<Record, Refusal> {
        let stored = self.records.load(account.id).await;
        let stored = stored.map_err(|error| store_unavailable(&error))?;
        Ok(stored.map(|stored| stored.record).unwrap_or_default())
    }

    /// Changes a record by compare-and-swap. Returns the previous record and the result of the change.
    pub(super) async fn change_record<T>(
        &self,
        account: &Account,
        change: impl Fn(&mut Record, Timestamp) -> Result<T, Refusal>,
    ) -> Result<(Record, T), Refusal> {
        let records = &self.records;
        for _ in 0..MAX_SWAP_ATTEMPTS {
            let stored = records.load(account.id).await.map_err(|error| store_unavailable(&error))?;
            let (previous, revision) = match stored {
                Some(stored) => (stored.record, Some(stored.revision)),
                None => (Record::default(), None),
            };
            let mut record = previous.clone();
            let result = change(&mut record, self.clock.now())?;
            let swap = records.store(account.id, &record, revision).await;
            match swap.map_err(|error| store_unavailable(&error))? {
                Swap::Won(_) => return Ok((previous, result)),
                Swap::Lost => {}
            }
        }
        Err(Refusal::InProgress)
    }

    async fn store_birthdate(
        &self,
        client: &EnrollmentClient,
        account: &Account,
        value: impl Fn(&Keyring) -> BirthdateDigest,
        is_same: impl Fn(&BirthdateDigest) -> bool,
    ) -> Result<(), Refusal> {
        let changed = self.change_record(account, |record, now| {
            let value = value(&self.keys);
            let new_value = NewValue { value, source: Source::Employee, now, wait: self.config.waiting_time };
            let had_no_values = record.has_no_values();
            let change = register(&mut record.birthdate, &mut record.proposed_birthdate, new_value, &is_same);
            match change {
                Change::Replaced => record.pending_notices.push(NoticeKind::BirthdateChanged),
                Change::First if had_no_values => record.pending_notices.push(NoticeKind::Registered),
                Change::First | Change::Same | Change::Proposed => {}
            }
            Ok(change)
        });
        let (_, change) = changed.await?;
        self.conclude_change(client, account, ValueKind::Birthdate, change).await
    }

    async fn store_mobile(
        &self,
        client: &EnrollmentClient,
        account: &Account,
        mobile: &Mobile,
    ) -> Result<(), Refusal> {
        let keys = &self.keys;
        let seal = |mobile: &Mobile| {
            values::seal(keys, account.id, mobile).map_err(|error| fault("a number cannot be sealed", &error))
        };
        let external = self.external_number(account).await?;
        let changed = self.change_record(account, |record, now| {
            // A number that the directory or Entrust already has counts as registered: to replace it is a change.
            if let (None, Some(external)) = (&record.mobile, &external) {
                record.mobile = Some(Registered::by(Source::Directory, seal(external)?, now));
            }
            let new_value = NewValue {
                value: seal(mobile)?,
                source: Source::Employee,
                now,
                wait: self.config.waiting_time,
            };
            let had_no_values = record.has_no_values();
            let change = record.register_mobile(new_value, |stored| {
                values::open(keys, account.id, stored).as_ref() == Some(mobile)
            });
            if had_no_values && change == Change::First {
                record.pending_notices.push(NoticeKind::Registered);
            }
            Ok(change)
        });
        let (_, change) = changed.await?;
        // The number is stored, with its waiting time, before any other system receives it. If a later step fails, the
        // employee repeats it with the same number, which is then not a change.
        self.conclude_change(client, account, ValueKind::Mobile, change).await?;
        if self.authenticators.can_activate()
            && let Some(user) = self.shared.accounts.provider_name(account)
        {
            let written = self.authenticators.set_mobile(&user, mobile.expose()).await;
            if !written.map_err(|error| unavailable(self.authenticators.name(), &error))? {
                tracing::warn!("Entrust does not know an employee who registered a number");
            }
        }
        if self.config.write_mobile {
            let written = self.directory.write_mobile(account, mobile.expose()).await;
            self.shared.accounts.directory_answered(written)?;
        }
        Ok(())
    }

    async fn decline(
        &self,
        client: &EnrollmentClient,
        account: &Account,
        what: ValueKind,
    ) -> Result<(), Refusal> {
        let changed = self.change_record(account, |record, _| {
            match what {
                ValueKind::Birthdate => {
                    record.proposed_birthdate.iter_mut().for_each(|proposal| proposal.declined = true);
                }
                ValueKind::Mobile => {
                    record.proposed_mobile.iter_mut().for_each(|proposal| proposal.declined = true);
                }
            }
            Ok(())
        });
        changed.await?;
        let context = AuditContext::account(account.id, client.reset.address);
        self.shared.audit.record_after(&context, "", Event::Declined { what }).await;
        Ok(())
    }

    /// Returns the number in the directory or at Entrust, which belonged to the account owner before any registration.
    async fn external_number(&self, account: &Account) -> Result<Option<Mobile>, Refusal> {
        let parse = |text: &str| Mobile::parse(text, &self.config.countries).ok();
        let in_directory = account.mobile.as_deref().and_then(parse);
        match in_directory {
            Some(mobile) => Ok(Some(mobile)),
            None => {
                let mobile = self.authenticator_status(account).await?.mobile;
                Ok(mobile.as_deref().map(String::as_str).and_then(parse))
            }
        }
    }

    /// Writes the audit entry of a change and sends the pending notices.
    async fn conclude_change(
        &self,
        client: &EnrollmentClient,
        account: &Account,
        what: ValueKind,
        change: Change,
    ) -> Result<(), Refusal> {
        let context = AuditContext::account(account.id, client.reset.address);
        let replaced = change == Change::Replaced;
        self.shared.audit.record_after(&context, "", Event::Registered { what, replaced }).await;
        self.send_pending_notices(account).await
    }

    /// Queues the pending notices of the record. A notice that cannot be queued remains pending until the next run. A
    /// crash before the record is updated can send a notice twice, but none is lost.
    pub(super) async fn send_pending_notices(&self, account: &Account) -> Result<(), Refusal> {
        let record = self.record(account).await?;
        for notice in &record.pending_notices {
            let to = self.recipients(account, &record);
            if !self.notifier.notify(account.id, *notice, &to, self.clock.now()).await {
                return Ok(());
            }
            let removed = self.change_record(account, |record, _| {
                if let Some(index) = record.pending_notices.iter().position(|pending| pending == notice) {
                    record.pending_notices.remove(index);
                }
                Ok(())
            });
            removed.await?;
        }
        Ok(())
    }

    /// Returns the addresses for notices to the account owner. During the waiting time of a new number they contain
    /// the previous one instead.
    fn recipients(&self, account: &Account, record: &Record) -> Recipients {
        let is_waiting = record.mobile.as_ref().is_some_and(|mobile| mobile.usable_from > self.clock.now());
        let number = match (&record.previous_mobile, is_waiting) {
            (Some(previous), true) => Some(previous),
            (Some(_) | None, _) => record.mobile.as_ref().map(|mobile| &mobile.value),
        };
        let number = number.and_then(|number| values::open(&self.keys, account.id, number));
        Recipients { mail: account.mail.clone(), mobiles: number.into_iter().collect() }
    }

    /// Stores the session after an accepted step and returns the new overview.
    pub(super) async fn finish_step(&self, open: &mut Open, signed_in: SignedIn) -> Result<Answer, Answer> {
        self.advance(open, Stage::SignedIn(signed_in)).await?;
        Ok(Answer::ok(self.show(open).await?, Cookie::Keep))
    }
}
