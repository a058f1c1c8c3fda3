//! Registering: birthdate, mobile number, and the answer to HR's proposals. The rules of what follows from it
//! are in `record`.

use super::record::{Change, Given, give};
use super::session::{Open, Pending, Proof, SignedIn, Stage};
use super::{Answer, EnrollmentClient, EnrollmentService, values};
use crate::crypto::Purpose;
use crate::mobile::{Mobile, MobileError};
use crate::ports::audit::{Event, Reason as Why, Registered};
use crate::ports::directory::{Account, Eligibility};
use crate::ports::notifier::{Channel, NoticeKind, Recipients};
use crate::ports::records::{Record, Registered as StoredSession};
use crate::ports::sessions::Swap;
use crate::reset::{AuditContext, Cookie, Known, ResetService};
use app::api::enrollment_state::{App, Source};
use app::api::refusal::{Reason, Refusal};
use app::domain::birthdate::Birthdate;
use app::domain::code::Code;
use app::domain::raw_input::RawInput;
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// A code that confirms a number counts so long.
const CONFIRM_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// Two who change one record at once are rare; more than that is a defect.
const TRIES: u32 = 5;

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
    pub async fn birthdate(&self, caller: &EnrollmentClient, typed: &RawInput) -> Result<Answer, Answer> {
        self.reset.count_call(&caller.reset, "registration birthdate").await?;
        let birthdate =
            Birthdate::parse_iso(typed.expose()).map_err(|error| Refusal::invalid("birthdate", error))?;
        let mut open = self.open(caller).await?;
        if self.reset.terms().birthdate_from_directory {
            return Err(Refusal::invalid("birthdate", Reason::NotOffered).into());
        }
        if self.reset.is_future(&birthdate) {
            return Err(Refusal::invalid("birthdate", Reason::Future).into());
        }
        let (account, signed_in) = self.may_change(&mut open).await?;
        self.keep_birthdate(
            caller,
            &account,
            |keys| values::digest(keys, account.id, &birthdate),
            |kept| values::is_birthdate(&self.reset.parts().keys, account.id, kept, &birthdate) == Some(true),
        )
        .await?;
        self.done(&mut open, signed_in).await
    }

    /// Registers a mobile number; where numbers are confirmed, a code is sent to it first.
    pub async fn mobile(&self, caller: &EnrollmentClient, typed: &RawInput) -> Result<Answer, Answer> {
        self.reset.count_call(&caller.reset, "registration mobile").await?;
        let mobile = Mobile::parse(typed.expose(), &self.terms.countries)
            .map_err(|error| Refusal::invalid("mobile", error))?;
        let mut open = self.open(caller).await?;
        let (account, signed_in) = self.may_change(&mut open).await?;
        self.take_mobile(caller, &mut open, &account, signed_in, mobile).await
    }

    async fn take_mobile(
        &self,
        caller: &EnrollmentClient,
        open: &mut Open,
        account: &Account,
        signed_in: SignedIn,
        mobile: Mobile,
    ) -> Result<Answer, Answer> {
        if !self.confirms_numbers() {
            self.keep_mobile(caller, account, &mobile).await?;
            return self.done(open, SignedIn { pending: None, ..signed_in }).await;
        }
        if !self.reset.count_confirmation(account.id).await? {
            return Err(Refusal::TooMany { retry_after: 3600 }.into());
        }
        let code = crate::random::code()?;
        let now = self.reset.now();
        let pending = Pending {
            mobile: Zeroizing::new(mobile.expose().to_owned()),
            code_digest: self.confirmation_digest(&code),
            until: now + CONFIRM_WITHIN,
        };
        let signed_in = SignedIn { pending: Some(pending), ..signed_in };
        self.advance(open, Stage::SignedIn(signed_in)).await?;
        let sent = self.notices().send_code(account.id, &mobile, &code, now).await;
        sent.map_err(|error| ResetService::unavailable("sms", &error))?;
        Ok(Answer::ok(self.show(open).await?, Cookie::Keep))
    }

    fn confirms_numbers(&self) -> bool {
        self.terms.confirm_numbers && self.notices().can(Channel::Sms)
    }

    fn confirmation_digest(&self, code: &Code) -> [u8; 32] {
        self.reset.parts().keys.digest(Purpose::Code, &[b"confirmation", code.expose().as_bytes()])
    }

    /// Takes the code that was sent to a new number.
    pub async fn confirm(&self, caller: &EnrollmentClient, typed: &RawInput) -> Result<Answer, Answer> {
        self.reset.count_call(&caller.reset, "registration confirm").await?;
        let code = Code::parse(typed.expose()).map_err(|error| Refusal::invalid("code", error))?;
        let mut open = self.open(caller).await?;
        let now = self.reset.now();
        let pending = open.signed_in()?.pending.clone().filter(|pending| pending.until > now);
        // Confirmed already, by a request whose reply was lost, or too late: the overview tells which.
        let Some(pending) = pending else { return Ok(Answer::ok(self.show(&open).await?, Cookie::Keep)) };
        let (account, signed_in) = self.may_change(&mut open).await?;
        let Some(left) = self.reset.count_code(&open.id, now).await? else {
            self.forget(&open.id).await?;
            return Err(Answer::ended(Refusal::StartAgain));
        };
        let about = AuditContext { subject: Known::Account(account.id), address: caller.reset.address };
        if !bool::from(pending.code_digest.ct_eq(&self.confirmation_digest(&code))) {
            let reason = Why::NumberNotConfirmed;
            let refused = self.not_verified(&about, reason, String::new(), left).await;
            if left == 0 {
                self.forget(&open.id).await?;
                return Err(Answer { cookie: Cookie::Clear, ..refused });
            }
            return Err(refused);
        }
        let mobile = Mobile::from_e164(&pending.mobile).ok_or(Refusal::StartAgain)?;
        self.keep_mobile(caller, &account, &mobile).await?;
        self.done(&mut open, SignedIn { pending: None, ..signed_in }).await
    }

    /// Answers a proposal of HR: yes is giving that value oneself.
    pub async fn proposal(
        &self,
        caller: &EnrollmentClient,
        what: &RawInput,
        answer: &RawInput,
    ) -> Result<Answer, Answer> {
        self.reset.count_call(&caller.reset, "registration proposal").await?;
        let what = match what.expose() {
            "birthdate" => Registered::Birthdate,
            "mobile" => Registered::Mobile,
            _ => return Err(Refusal::invalid("what", Reason::NotOffered).into()),
        };
        let yes = match answer.expose() {
            "yes" => true,
            "no" => false,
            _ => return Err(Refusal::invalid("answer", Reason::NotOffered).into()),
        };
        let mut open = self.open(caller).await?;
        let (account, signed_in) = self.may_change(&mut open).await?;
        let record = self.record(&account).await?;
        match (what, yes) {
            (_, false) => self.decline(caller, &account, what).await?,
            (Registered::Birthdate, true) => {
                let proposed = record.proposed_birthdate.ok_or(Refusal::StartAgain)?;
                self.keep_birthdate(caller, &account, |_| proposed.value.clone(), |_| false).await?;
            }
            (Registered::Mobile, true) => {
                let proposed = record.proposed_mobile.ok_or(Refusal::StartAgain)?;
                let mobile = values::open(&self.reset.parts().keys, account.id, &proposed.value);
                let mobile = mobile.ok_or(Refusal::StartAgain)?;
                return self.take_mobile(caller, &mut open, &account, signed_in, mobile).await;
            }
        }
        self.done(&mut open, signed_in).await
    }

    /// Whether this session may change anything, as everything stands now: the account may have been disabled
    /// since, or the app activated by its owner, whose code would then have been asked.
    pub(super) async fn may_change(&self, open: &mut Open) -> Result<(Account, SignedIn), Answer> {
        let signed_in = open.signed_in()?.clone();
        let account = self.account(open).await?;
        if account.eligibility != Eligibility::Eligible {
            self.forget(&open.id).await?;
            return Err(Answer::ended(Refusal::StartAgain));
        }
        match signed_in.proof {
            Proof::Code => {}
            Proof::Password => match self.app_of(&account).await? {
                App::None | App::Activating => {}
                App::Active | App::Locked | App::Unknown => {
                    self.forget(&open.id).await?;
                    return Err(Answer::ended(Refusal::StartAgain));
                }
            },
        }
        Ok((account, signed_in))
    }

    pub(super) async fn record(&self, account: &Account) -> Result<Record, Refusal> {
        let kept = self.reset.parts().records.load(account.id).await;
        let kept = kept.map_err(|error| ResetService::store_away(&error))?;
        Ok(kept.map(|kept| kept.record).unwrap_or_default())
    }

    /// Changes a record by compare-and-swap. Gives the record as it was, and what the change says of itself.
    pub(super) async fn change<T>(
        &self,
        account: &Account,
        change: impl Fn(&mut Record, Timestamp) -> Result<T, Refusal>,
    ) -> Result<(Record, T), Refusal> {
        let records = &self.reset.parts().records;
        for _ in 0..TRIES {
            let kept = records.load(account.id).await.map_err(|error| ResetService::store_away(&error))?;
            let (before, revision) = match kept {
                Some(kept) => (kept.record, Some(kept.revision)),
                None => (Record::default(), None),
            };
            let mut record = before.clone();
            let said = change(&mut record, self.reset.now())?;
            let swap = records.store(account.id, &record, revision).await;
            match swap.map_err(|error| ResetService::store_away(&error))? {
                Swap::Won(_) => return Ok((before, said)),
                Swap::Lost => {}
            }
        }
        Err(Refusal::InProgress)
    }

    async fn keep_birthdate(
        &self,
        caller: &EnrollmentClient,
        account: &Account,
        value: impl Fn(&crate::crypto::Keyring) -> crate::ports::records::BirthdateDigest,
        is_same: impl Fn(&crate::ports::records::BirthdateDigest) -> bool,
    ) -> Result<(), Refusal> {
        let changed = self.change(account, |record, now| {
            let value = value(&self.reset.parts().keys);
            let given = Given { value, source: Source::Employee, now, wait: self.terms.waiting_time };
            let is_first = record.is_first();
            let change = give(&mut record.birthdate, &mut record.proposed_birthdate, given, &is_same);
            match change {
                Change::Replaced => record.untold.push(NoticeKind::BirthdateChanged),
                Change::First if is_first => record.untold.push(NoticeKind::Registered),
                Change::First | Change::Same | Change::Proposed => {}
            }
            Ok(change)
        });
        let (_, change) = changed.await?;
        self.registered(caller, account, Registered::Birthdate, change).await
    }

    async fn keep_mobile(
        &self,
        caller: &EnrollmentClient,
        account: &Account,
        mobile: &Mobile,
    ) -> Result<(), Refusal> {
        let keys = &self.reset.parts().keys;
        let seal = |mobile: &Mobile| {
            values::seal(keys, account.id, mobile)
                .map_err(|error| ResetService::fault("a number cannot be sealed", &error))
        };
        let elsewhere = self.number_elsewhere(account).await?;
        let changed = self.change(account, |record, now| {
            // A number that the directory or Entrust had before counts as registered: taking its place is a change.
            if let (None, Some(elsewhere)) = (&record.mobile, &elsewhere) {
                record.mobile = Some(StoredSession::by(Source::Directory, seal(elsewhere)?, now));
            }
            let given =
                Given { value: seal(mobile)?, source: Source::Employee, now, wait: self.terms.waiting_time };
            let is_first = record.is_first();
            let change = record
                .give_mobile(given, |kept| values::open(keys, account.id, kept).as_ref() == Some(mobile));
            if is_first && change == Change::First {
                record.untold.push(NoticeKind::Registered);
            }
            Ok(change)
        });
        let (_, change) = changed.await?;
        // Kept, with its waiting time, before anybody else has the number; what fails from here on is repeated
        // with the same number, which then is no change any more.
        self.registered(caller, account, Registered::Mobile, change).await?;
        if self.onboarding().can_activate()
            && let Some(holder) = self.reset.terms().holder_name.of(account)
        {
            let written = self.onboarding().set_mobile(&holder, mobile.expose()).await;
            if !written.map_err(|error| ResetService::unavailable("entrust", &error))? {
                tracing::warn!("Entrust does not know an employee who registered a number");
            }
        }
        if self.terms.write_mobile {
            let written = self.reset.parts().directory.write_mobile(account, mobile.expose()).await;
            self.reset.directory_answered(written)?;
        }
        Ok(())
    }

    async fn decline(
        &self,
        caller: &EnrollmentClient,
        account: &Account,
        what: Registered,
    ) -> Result<(), Refusal> {
        let changed = self.change(account, |record, _| {
            match what {
                Registered::Birthdate => {
                    record.proposed_birthdate.iter_mut().for_each(|proposal| proposal.declined = true);
                }
                Registered::Mobile => {
                    record.proposed_mobile.iter_mut().for_each(|proposal| proposal.declined = true);
                }
            }
            Ok(())
        });
        changed.await?;
        let about = AuditContext { subject: Known::Account(account.id), address: caller.reset.address };
        self.reset.record_after(&about, "", Event::Declined { what }).await;
        Ok(())
    }

    /// The number by which the owner could be reached before anything was registered here.
    async fn number_elsewhere(&self, account: &Account) -> Result<Option<Mobile>, Refusal> {
        let parse = |text: &str| Mobile::parse(text, &self.terms.countries).ok();
        let in_directory = account.mobile.as_deref().and_then(parse);
        match in_directory {
            Some(mobile) => Ok(Some(mobile)),
            None => Ok(self.look(account).await?.mobile.as_deref().map(String::as_str).and_then(parse)),
        }
    }

    /// Writes the trail, and tells the owner of a change.
    async fn registered(
        &self,
        caller: &EnrollmentClient,
        account: &Account,
        what: Registered,
        change: Change,
    ) -> Result<(), Refusal> {
        let about = AuditContext { subject: Known::Account(account.id), address: caller.reset.address };
        let replaced = change == Change::Replaced;
        self.reset.record_after(&about, "", Event::Registered { what, replaced }).await;
        self.tell(account).await
    }

    /// Tells the owner what the record says has not been told. What cannot be kept for sending now stays untold, and
    /// is told by the next round; after a crash in between something goes twice rather than never.
    pub(super) async fn tell(&self, account: &Account) -> Result<(), Refusal> {
        let record = self.record(account).await?;
        for happened in &record.untold {
            let to = self.recipients(account, &record);
            if !self.notices().tell(account.id, *happened, &to, self.reset.now()).await {
                return Ok(());
            }
            let told = self.change(account, |record, _| {
                if let Some(place) = record.untold.iter().position(|untold| untold == happened) {
                    record.untold.remove(place);
                }
                Ok(())
            });
            told.await?;
        }
        Ok(())
    }

    /// Where the owner of an account can be told something: as long as a new number cannot be used, at the one
    /// before it.
    fn recipients(&self, account: &Account, record: &Record) -> Recipients {
        let waits = record.mobile.as_ref().is_some_and(|mobile| mobile.usable_from > self.reset.now());
        let number = match (&record.previous_mobile, waits) {
            (Some(previous), true) => Some(previous),
            (Some(_) | None, _) => record.mobile.as_ref().map(|mobile| &mobile.value),
        };
        let number = number.and_then(|number| values::open(&self.reset.parts().keys, account.id, number));
        Recipients { mail: account.mail.clone(), mobiles: number.into_iter().collect() }
    }

    /// The overview as it is after a change.
    pub(super) async fn done(&self, open: &mut Open, signed_in: SignedIn) -> Result<Answer, Answer> {
        self.advance(open, Stage::SignedIn(signed_in)).await?;
        Ok(Answer::ok(self.show(open).await?, Cookie::Keep))
    }
}
