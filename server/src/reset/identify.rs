//! The plain steps: they parse, count and store. They ask no outside system, so they are instant
//! and have nothing to tell.

use super::session::Open;
use super::state::{AwaitingCode, Identified, Stage};
use super::{
    Answer, AuditContext, ClientContext, Cookie, Known, ResetService, VerificationMode,
    birthdate_check::Registered,
};
use crate::ports::audit::Event;
use crate::ports::directory::{Account, Eligibility};
use crate::ports::sessions::SessionId;
use app::api::refusal::{Reason, Refusal};
use app::api::step::{OtpMethod, Step};
use app::domain::birthdate::Birthdate;
use app::domain::raw_input::RawInput;
use app::domain::username::Username;

impl ResetService {
    /// Begins a visit for a name, whoever that is; an earlier visit of this browser ends.
    pub async fn identify(&self, caller: &ClientContext, typed: &RawInput) -> Result<Answer, Answer> {
        self.count_call(caller, "identify").await?;
        let now = self.now();
        if let Some(retry_after) = self.directory_breaker.away(now).or(self.codes_breaker.away(now)) {
            // Said at once and to everybody, rather than after the person has typed it all.
            let reference = crate::random::reference()?;
            tracing::info!(reference, "a visit was not begun: something is known to be away");
            return Err(Refusal::Unavailable { reference, retry_after }.into());
        }
        let username = Username::parse(typed.expose(), &self.terms.site.organisation.domains)
            .map_err(|error| Refusal::invalid("username", error))?;
        self.end_earlier(caller).await?;
        let open = self.begin(Stage::Identified(Identified { username: username.clone() }), false).await?;
        let about = AuditContext { subject: Known::Name(&username), address: caller.address };
        self.record_after(&about, "", Event::VisitBegun).await;
        metrics::counter!("reset_visits_total").increment(1);
        Ok(self.show(&open, Cookie::Set(open.id.clone())))
    }

    /// Begins a practice run for a name: a visit in which everything is as in a real one, and nothing is
    /// written in the end.
    pub(crate) async fn practise(
        &self,
        caller: &ClientContext,
        username: &Username,
    ) -> Result<SessionId, Refusal> {
        self.end_earlier(caller).await?;
        let stage = Stage::Identified(Identified { username: username.clone() });
        Ok(self.begin(stage, true).await?.id)
    }

    /// Takes the birthdate, or a correction of it.
    pub async fn birthdate(&self, caller: &ClientContext, typed: &RawInput) -> Result<Answer, Answer> {
        self.count_call(caller, "birthdate").await?;
        let arrived = self.now();
        let birthdate =
            Birthdate::parse_iso(typed.expose()).map_err(|error| Refusal::invalid("birthdate", error))?;
        let mut open = self.open(caller).await?;
        if self.is_future(&birthdate) {
            return Err(Refusal::invalid("birthdate", Reason::Future).into());
        }
        let awaiting = match open.visit.stage.clone() {
            Stage::Identified(identified) => identified.with_birthdate(birthdate.clone(), self.first_way()),
            Stage::AwaitingCode(awaiting) => awaiting.corrected(birthdate.clone()),
            Stage::Checking(checking) if checking.is_abandoned(arrived) => {
                checking.released().corrected(birthdate.clone())
            }
            Stage::Checking(_) => return Err(Refusal::InProgress.into()),
            Stage::Verified(_) | Stage::Writing(_) | Stage::Finished(_) => {
                return Err(Refusal::StartAgain.into());
            }
        };
        match self.terms.judgement {
            VerificationMode::Joint => {}
            VerificationMode::Stepwise => {
                self.judge_early(caller, &open, &awaiting, &birthdate, arrived).await?
            }
        }
        let paused = awaiting.sent_at.is_some_and(|at| at + super::RESEND_PAUSE > arrived);
        let sends = awaiting.way == OtpMethod::Otp && !paused;
        self.advance(&mut open, Stage::AwaitingCode(awaiting)).await?;
        if sends {
            self.ask_for_a_code(caller, &mut open).await?;
        }
        Ok(self.show(&open, Cookie::Keep))
    }

    /// Whether the day has not come yet. The page may stand east of the server: a day's grace.
    pub(crate) fn is_future(&self, birthdate: &Birthdate) -> bool {
        let tomorrow = date_of(self.now() + jiff::SignedDuration::from_hours(24));
        tomorrow.is_some_and(|tomorrow| birthdate.is_after(&tomorrow))
    }

    /// `stepwise`: looks up and refuses already now, in the same envelope.
    async fn judge_early(
        &self,
        caller: &ClientContext,
        open: &Open,
        awaiting: &AwaitingCode,
        birthdate: &Birthdate,
        arrived: jiff::Timestamp,
    ) -> Result<(), Answer> {
        let Some(left) = self.count_code(&open.id, arrived).await? else {
            self.forget(&open.id).await?;
            return Err(Answer::ended(Refusal::StartAgain));
        };
        let looked = self.look_early(&awaiting.username, birthdate).await;
        self.min_response_time(arrived).await;
        let (found, registered) = match looked {
            Ok(looked) => looked,
            Err(refusal) => {
                self.uncount_code(&open.id, arrived).await;
                return Err(refusal.into());
            }
        };
        let eligible = found.as_ref().is_some_and(|account| account.eligibility == Eligibility::Eligible);
        if eligible && registered == Registered::Same {
            self.uncount_code(&open.id, arrived).await;
            return Ok(());
        }
        let about = AuditContext { subject: Known::Name(&awaiting.username), address: caller.address };
        let reason = super::lookup::reason_of(found.as_ref(), Some(registered));
        Err(self.not_verified(&about, &open.id, left, reason, String::new()).await)
    }

    async fn look_early(
        &self,
        username: &Username,
        birthdate: &Birthdate,
    ) -> Result<(Option<Account>, Registered), Refusal> {
        let found = self.find_account(username).await?;
        let registered = self.registered(found.as_ref(), birthdate).await;
        Ok((found, registered.map_err(|error| Self::store_away(&error))?))
    }

    /// Sends another code, or changes the way.
    pub async fn resend(&self, caller: &ClientContext, way: Option<&RawInput>) -> Result<Answer, Answer> {
        self.count_call(caller, "resend").await?;
        let mut open = self.open(caller).await?;
        let now = self.now();
        let awaiting = match open.visit.stage.clone() {
            Stage::AwaitingCode(awaiting) => awaiting,
            Stage::Checking(checking) if checking.is_abandoned(now) => checking.released(),
            Stage::Checking(_) => return Err(Refusal::InProgress.into()),
            Stage::Identified(_) | Stage::Verified(_) | Stage::Writing(_) | Stage::Finished(_) => {
                return Err(Refusal::StartAgain.into());
            }
        };
        let way = match way {
            Some(typed) => OtpMethod::parse(typed.expose())
                .filter(|way| self.terms.site.ways.contains(way))
                .ok_or(Refusal::invalid("way", Reason::NotOffered))?,
            None => awaiting.way,
        };
        match way {
            OtpMethod::Token => {
                self.advance(&mut open, Stage::AwaitingCode(AwaitingCode { way, ..awaiting })).await?;
            }
            OtpMethod::Otp => {
                if let Some(at) = awaiting.sent_at
                    && at + super::RESEND_PAUSE > now
                {
                    let retry_after =
                        super::state::projection::seconds_until(at + super::RESEND_PAUSE, now).max(1);
                    return Err(Refusal::TooMany { retry_after }.into());
                }
                self.advance(&mut open, Stage::AwaitingCode(AwaitingCode { way, ..awaiting })).await?;
                self.ask_for_a_code(caller, &mut open).await?;
            }
        }
        Ok(self.show(&open, Cookie::Keep))
    }

    /// Renews the idle time. Not after the proof: that time is fixed.
    pub async fn extend(&self, caller: &ClientContext) -> Result<Answer, Answer> {
        self.count_call(caller, "extend").await?;
        let mut open = self.open(caller).await?;
        match open.visit.stage.clone() {
            stage @ (Stage::Identified(_) | Stage::AwaitingCode(_)) => self.advance(&mut open, stage).await?,
            Stage::Checking(_) | Stage::Verified(_) | Stage::Writing(_) | Stage::Finished(_) => {}
        }
        Ok(self.show(&open, Cookie::Keep))
    }

    /// Ends the visit.
    pub async fn cancel(&self, caller: &ClientContext) -> Result<Answer, Answer> {
        self.count_call(caller, "cancel").await?;
        self.end_earlier(caller).await?;
        Ok(Answer::step(Step::Identify {}, Cookie::Clear))
    }

    /// Ends the browser's visit, unless a password is being written in it: that is told to its end.
    async fn end_earlier(&self, caller: &ClientContext) -> Result<(), Refusal> {
        let Some(earlier) = self.find_open(caller).await? else { return Ok(()) };
        match &earlier.visit.stage {
            Stage::Writing(writing) if !writing.is_abandoned(self.now()) => Err(Refusal::InProgress),
            Stage::Identified(_)
            | Stage::AwaitingCode(_)
            | Stage::Checking(_)
            | Stage::Verified(_)
            | Stage::Writing(_)
            | Stage::Finished(_) => self.forget(&earlier.id).await,
        }
    }

    /// Where this browser's visit stands. Extends nothing and sets no cookie; what a crash left
    /// behind is settled first, so that the screen tells the truth.
    pub async fn current(&self, caller: &ClientContext) -> Result<Answer, Answer> {
        let Some(id) = &caller.visit else { return Ok(Answer::step(Step::Identify {}, Cookie::Keep)) };
        let now = self.now();
        let Some(mut open) = self.load(id).await? else { return self.current_of_renewed(caller).await };
        match &open.visit.stage {
            Stage::Checking(checking) if !checking.is_abandoned(now) => Err(Refusal::InProgress.into()),
            Stage::Writing(writing) if !writing.is_abandoned(now) => Err(Refusal::InProgress.into()),
            Stage::Writing(_) => {
                self.settle_abandoned(caller, &mut open).await?;
                Ok(self.show(&open, Cookie::Keep))
            }
            // A practice run that is over must not stand in the way of a real one.
            Stage::Finished(_) if open.visit.practice => Ok(Answer::step(Step::Identify {}, Cookie::Keep)),
            Stage::Identified(_)
            | Stage::AwaitingCode(_)
            | Stage::Checking(_)
            | Stage::Verified(_)
            | Stage::Finished(_) => Ok(self.show(&open, Cookie::Keep)),
        }
    }

    /// The reply to the proof was lost, so the browser still holds the old id: for half a minute it
    /// is shown the code step, where the same code brings it on.
    async fn current_of_renewed(&self, caller: &ClientContext) -> Result<Answer, Answer> {
        let now = self.now();
        if let Some(id) = &caller.visit
            && let Some(open) = self.load(&self.renewed(id)).await?
            && let Stage::Verified(verified) = &open.visit.stage
            && verified.may_be_repeated(now)
        {
            let step = Step::Code {
                username: verified.username().to_string(),
                ways: self.terms.site.ways.clone(),
                way: self.first_way(),
                resend_after: None,
                expires_in: super::state::projection::seconds_until(open.visit.ends(), now),
                practice: open.visit.practice,
            };
            return Ok(Answer::step(step, Cookie::Keep));
        }
        Ok(Answer::step(Step::Identify {}, Cookie::Keep))
    }

    pub(super) fn first_way(&self) -> OtpMethod {
        self.terms.site.ways.first().copied().unwrap_or(OtpMethod::Token)
    }
}

fn date_of(moment: jiff::Timestamp) -> Option<Birthdate> {
    let date = moment.to_zoned(jiff::tz::TimeZone::UTC).date();
    Birthdate::new(
        u16::try_from(date.year()).ok()?,
        u8::try_from(date.month()).ok()?,
        u8::try_from(date.day()).ok()?,
    )
    .ok()
}
