//! The first two steps: user name and birthdate. By default they parse, count and store only, so that they are instant
//! and reveal nothing.

use super::audit::{AuditContext, AuditRecorder};
use super::code_verifier::CodeVerifier;
use super::failure::store_unavailable;
use super::lookup::{AccountLookup, BirthdateMatch, rejection_reason};
use super::otp_delivery::OtpDelivery;
use super::rate_limit::RateLimiter;
use super::response_time::ResponseTimer;
use super::session::{Open, ResetSessions, SessionKind};
use super::session_control::SessionControl;
use super::session_metrics::SessionEvent;
use super::state::{AwaitingCode, Identified, Stage};
use super::verification::Verification;
use super::{Answer, ClientContext, Cookie, VerificationMode};
use crate::ports::audit::{Event, NotVerifiedReason};
use crate::ports::clock::Clock;
use crate::ports::directory::{Account, Eligibility};
use crate::ports::sessions::SessionId;
use app::api::refusal::{Reason, Refusal};
use app::api::site::Site;
use app::api::step::{OtpMethod, Purpose};
use app::domain::birthdate::Birthdate;
use app::domain::raw_input::RawInput;
use app::domain::username::Username;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Takes the user name and the birthdate.
pub(super) struct Identification {
    pub(super) sessions: Arc<ResetSessions>,
    pub(super) limiter: Arc<RateLimiter>,
    pub(super) audit: Arc<AuditRecorder>,
    pub(super) accounts: Arc<AccountLookup>,
    pub(super) verifier: Arc<CodeVerifier>,
    pub(super) timer: Arc<ResponseTimer>,
    pub(super) verification: Arc<Verification>,
    pub(super) delivery: Arc<OtpDelivery>,
    pub(super) control: Arc<SessionControl>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) site: Arc<Site>,
    pub(super) mode: VerificationMode,
}

impl Identification {
    /// Starts a session for a name, known or not. An earlier session of this browser ends.
    pub(super) async fn identify(
        &self,
        client: &ClientContext,
        typed: &RawInput,
        purpose: Option<&RawInput>,
    ) -> Result<Answer, Answer> {
        self.limiter.count_start(client, "identify").await?;
        let now = self.clock.now();
        if let Some(retry_after) = self.accounts.retry_after(now).or(self.verifier.retry_after(now)) {
            // The same answer for every name, before the person has typed everything.
            let reference = crate::random::reference()?;
            tracing::info!(reference, "reset unavailable: circuit breaker open");
            return Err(Refusal::Unavailable { reference, retry_after }.into());
        }
        let username = Username::parse(typed.expose(), &self.site.organisation.domains)
            .map_err(|error| Refusal::invalid("username", error))?;
        let kind = self.kind_of(purpose)?;
        self.control.end_earlier(client).await?;
        let stage = Stage::Identified(Identified { username: username.clone() });
        let open = self.sessions.start(stage, kind).await?;
        let context = AuditContext::name(&username, client.address);
        self.audit.record_after(&context, "", Event::SessionStarted).await;
        metrics::counter!("reset_visits_total").increment(1);
        SessionEvent::Started.count();
        Ok(self.sessions.show(&open, Cookie::Set(open.id.clone())))
    }

    fn kind_of(&self, purpose: Option<&RawInput>) -> Result<SessionKind, Refusal> {
        match purpose.map(RawInput::expose) {
            None => Ok(SessionKind::Reset),
            Some("call") if self.site.calls => Ok(SessionKind::Call),
            Some("new_app") if self.site.calls => Ok(SessionKind::NewApp),
            Some(_) => Err(Refusal::invalid("purpose", Reason::NotOffered)),
        }
    }

    /// Starts a practice run for a name: a session that verifies everything and writes no password.
    pub(super) async fn start_practice_run(
        &self,
        client: &ClientContext,
        username: &Username,
    ) -> Result<SessionId, Refusal> {
        self.control.end_earlier(client).await?;
        let stage = Stage::Identified(Identified { username: username.clone() });
        Ok(self.sessions.start(stage, SessionKind::Practice).await?.id)
    }

    /// Takes the birthdate, or a correction of it.
    pub(super) async fn birthdate(&self, client: &ClientContext, typed: &RawInput) -> Result<Answer, Answer> {
        let open = self.sessions.find_open(client).await?;
        self.limiter.count_step(client, open.as_ref().map(|open| &open.id), "birthdate").await?;
        let arrived = self.clock.now();
        let birthdate =
            Birthdate::parse_iso(typed.expose()).map_err(|error| Refusal::invalid("birthdate", error))?;
        let mut open = open.ok_or(Refusal::StartAgain)?;
        if is_future(&birthdate, arrived) {
            return Err(Refusal::invalid("birthdate", Reason::Future).into());
        }
        let awaiting = match open.session.stage.clone() {
            Stage::Identified(identified) => {
                identified.with_birthdate(birthdate.clone(), self.site.first_method())
            }
            Stage::AwaitingCode(awaiting) => awaiting.corrected(birthdate.clone()),
            Stage::Checking(checking) if checking.is_abandoned(arrived) => {
                checking.released().corrected(birthdate.clone())
            }
            Stage::Checking(_) => return Err(Refusal::InProgress.into()),
            Stage::Verified(_)
            | Stage::Waiting(_)
            | Stage::Called(_)
            | Stage::NewApp(_)
            | Stage::Writing(_)
            | Stage::Finished(_) => {
                return Err(Refusal::StartAgain.into());
            }
        };
        match self.mode {
            VerificationMode::Joint => {}
            VerificationMode::Stepwise => {
                self.verify_birthdate(client, &open, &awaiting, &birthdate, arrived).await?;
            }
        }
        // Within the pause between two codes the sending waits for its end.
        let sends_code = awaiting.method == OtpMethod::Otp
            && open.session.purpose != Purpose::NewApp
            && !awaiting.has_scheduled_code(arrived);
        self.sessions.advance(&mut open, Stage::AwaitingCode(awaiting)).await?;
        if sends_code {
            self.delivery.request_code(client, &mut open).await?;
        }
        Ok(self.sessions.show(&open, Cookie::Keep))
    }

    /// Mode `stepwise`: refuses a wrong birthdate already at this step, after the same minimum response time.
    async fn verify_birthdate(
        &self,
        client: &ClientContext,
        open: &Open,
        awaiting: &AwaitingCode,
        birthdate: &Birthdate,
        arrived: Timestamp,
    ) -> Result<(), Answer> {
        let Some(left) = self.limiter.count_code(&open.id, arrived).await? else {
            self.sessions.remove(&open.id).await?;
            SessionEvent::NotVerified.count_of(open);
            return Err(Answer::ended(Refusal::StartAgain));
        };
        let result = self.look_up(&awaiting.username, birthdate, open.session.purpose).await;
        self.timer.wait(arrived).await;
        let (account, matched, is_frozen) = match result {
            Ok(result) => result,
            Err(refusal) => {
                self.limiter.release_code(&open.id, arrived).await;
                return Err(refusal.into());
            }
        };
        let eligible = account.as_ref().is_some_and(|account| account.eligibility == Eligibility::Eligible);
        if eligible && matched == BirthdateMatch::Same && !is_frozen {
            self.limiter.release_code(&open.id, arrived).await;
            return Ok(());
        }
        let context = AuditContext::name(&awaiting.username, client.address);
        let reason = if eligible && is_frozen {
            NotVerifiedReason::Frozen
        } else {
            rejection_reason(account.as_ref(), Some(matched))
        };
        Err(self.verification.refuse(&context, open, left, reason, String::new()).await)
    }

    async fn look_up(
        &self,
        username: &Username,
        birthdate: &Birthdate,
        purpose: Purpose,
    ) -> Result<(Option<Account>, BirthdateMatch, bool), Refusal> {
        let account = self.accounts.find_account(username).await?;
        let matched = self.accounts.match_birthdate(account.as_ref(), birthdate, purpose).await;
        let matched = matched.map_err(|error| store_unavailable(&error))?;
        let is_frozen = self.accounts.is_frozen(account.as_ref()).await?;
        Ok((account, matched, is_frozen))
    }
}

/// Whether the day is in the future. A browser's time zone may be ahead of the server's: one day of tolerance.
pub(crate) fn is_future(birthdate: &Birthdate, now: Timestamp) -> bool {
    let tomorrow = utc_date(now + SignedDuration::from_hours(24));
    tomorrow.is_some_and(|tomorrow| birthdate.is_after(&tomorrow))
}

fn utc_date(time: Timestamp) -> Option<Birthdate> {
    let date = time.to_zoned(jiff::tz::TimeZone::UTC).date();
    Birthdate::new(
        u16::try_from(date.year()).ok()?,
        u8::try_from(date.month()).ok()?,
        u8::try_from(date.day()).ok()?,
    )
    .ok()
}
