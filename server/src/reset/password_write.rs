//! The password step: claim, act, settle. The screen says «done» only when it is.
//!
//! Order: judge → trail "about to set" (on disk, or nothing happens) → claim → write → store
//! `Finished` → trail "set" → the owner is told.

pub mod outcome;

use super::session::Open;
use super::state::{Finished, Stage, Verified, Writing};
use super::{Answer, AuditContext, ClientContext, Cookie, Known, ResetService};
use crate::ports::audit::Event;
use crate::ports::directory::{Account, AccountId, Eligibility, Policy};
use app::api::refusal::{Reason, Refusal};
use app::domain::password::Password;
use app::domain::raw_input::RawInput;
use app::policy::{Personal, Rules, Score, Violation};
use outcome::Outcome;
use std::error::Error;
use tracing::{error, info};

impl ResetService {
    /// Judges and writes the new password. On a finished visit it says `done` again, without a write.
    pub async fn password(&self, caller: &ClientContext, typed: &RawInput) -> Result<Answer, Answer> {
        self.count_call(caller, "password").await?;
        let now = self.now();
        let mut open = self.open(caller).await?;
        let verified = match open.visit.stage.clone() {
            Stage::Verified(verified) => verified,
            Stage::Finished(_) => return Ok(self.show(&open, Cookie::Keep)),
            Stage::Writing(writing) if writing.is_abandoned(now) => {
                self.settle_abandoned(caller, &mut open).await?;
                match open.visit.stage.clone() {
                    Stage::Verified(verified) => verified,
                    Stage::Finished(_) => return Ok(self.show(&open, Cookie::Keep)),
                    Stage::Identified(_)
                    | Stage::AwaitingCode(_)
                    | Stage::Checking(_)
                    | Stage::Writing(_) => {
                        return Err(Refusal::StartAgain.into());
                    }
                }
            }
            Stage::Writing(_) => return Err(Refusal::InProgress.into()),
            Stage::Identified(_) | Stage::AwaitingCode(_) | Stage::Checking(_) => {
                return Err(Refusal::StartAgain.into());
            }
        };
        if typed.expose().is_empty() {
            return Err(Refusal::invalid("password", Reason::Empty).into());
        }
        self.count_password(&open.id).await?;
        let password = Password::new(typed.expose());
        self.set(caller, &mut open, verified, password).await
    }

    async fn set(
        &self,
        caller: &ClientContext,
        open: &mut Open,
        verified: Verified,
        password: Password,
    ) -> Result<Answer, Answer> {
        let about = AuditContext { subject: Known::Account(verified.account()), address: caller.address };
        let (account, policy) = match self.as_it_is_now(verified.account()).await {
            Ok(Some(read)) => read,
            Ok(None) => {
                self.forget(&open.id).await?;
                return Err(Answer::ended(Refusal::StartAgain));
            }
            Err(refusal) => {
                self.record_unavailable(&about, &refusal).await;
                return Err(refusal.into());
            }
        };
        let rules = tightened(&self.terms.site.rules, policy);
        let breaches = evaluate(&rules, verified.personal(), &password).await?;
        if !breaches.is_empty() {
            self.swap(open, Stage::Verified(verified.under(rules))).await?;
            return Err(Refusal::WeakPassword { breaches }.into());
        }
        if open.visit.practice {
            self.record_after(&about, "", Event::Practised).await;
            self.advance(open, Stage::Finished(Finished::default())).await?;
            return Ok(self.show(open, Cookie::Keep));
        }
        let reference = crate::random::reference()?;
        let intent = self.record(&about, &reference, Event::AboutToSet).await;
        intent.map_err(|error| Self::unavailable("audit trail", &error))?;
        let writing = verified.under(rules).claim(account.password_last_set, self.now());
        self.swap(open, Stage::Writing(writing.clone())).await?;
        let directory = &*self.parts.directory;
        let outcome = outcome::set(directory, &*self.parts.clock, &account, &password).await;
        self.conclude(&about, &reference, open, writing, &account, outcome).await
    }

    /// The account and its policy, read afresh; `None` when it is gone, disabled or promoted since
    /// the proof.
    pub(super) async fn as_it_is_now(&self, id: AccountId) -> Result<Option<(Account, Policy)>, Refusal> {
        let account = self.directory_answered(self.parts.directory.read(id).await)?;
        let Some(account) = account.filter(|account| account.eligibility == Eligibility::Eligible) else {
            return Ok(None);
        };
        let policy = self.directory_answered(self.parts.directory.policy(&account).await)?;
        Ok(Some((account, policy)))
    }

    /// Turns what became of the write into where the visit stands.
    async fn conclude(
        &self,
        about: &AuditContext<'_>,
        reference: &str,
        open: &mut Open,
        writing: Writing,
        account: &Account,
        outcome: Outcome,
    ) -> Result<Answer, Answer> {
        match outcome {
            Outcome::Set { server } => {
                self.record_after(about, reference, Event::PasswordSet).await;
                metrics::counter!("reset_passwords_set_total").increment(1);
                self.tell_of_reset(account, reference).await;
                // Kept first: looking for the others takes a moment, in which a crash must not lose it.
                self.finish(open, Finished::default(), reference).await;
                self.spread(open, account.id, &server).await;
                Ok(Answer { device: Some(account.id), ..self.show(open, Cookie::Keep) })
            }
            Outcome::Refused { breach, diagnostic } => {
                info!(reference, diagnostic, "the directory refused the new password");
                self.record_after(about, reference, Event::Refused { diagnostic }).await;
                self.swap(open, Stage::Verified(writing.not_written())).await?;
                Err(Refusal::WeakPassword { breaches: vec![breach] }.into())
            }
            Outcome::NotSet(error) => {
                error!(reference, error = &error as &dyn Error, "the new password was not written");
                self.record_after(about, reference, Event::NotSet).await;
                self.swap(open, Stage::Verified(writing.not_written())).await?;
                let retry_after = super::RETRY_AFTER;
                Err(Refusal::Unavailable { reference: reference.to_owned(), retry_after }.into())
            }
            Outcome::Unknown(error) => {
                error!(reference, error = &error as &dyn Error, "nobody can say what became of the write");
                self.record_after(about, reference, Event::OutcomeUnknown).await;
                // The claim stays: `current` settles it as soon as somebody can be asked. It counts from now, so that
                // what was sent last has had its time.
                if let Err(refusal) = self.swap(open, Stage::Writing(writing.renewed(self.now()))).await {
                    info!(reference, ?refusal, "the claim could not be renewed");
                }
                Err(Refusal::OutcomeUnknown { reference: reference.to_owned() }.into())
            }
        }
    }

    /// It is done, whatever the store says: the screen must say so.
    pub(super) async fn finish(&self, open: &mut Open, finished: Finished, reference: &str) {
        if let Err(refusal) = self.advance(open, Stage::Finished(finished)).await {
            info!(reference, ?refusal, "the finished visit could not be kept; its claim is settled later");
        }
    }

    /// A crash left the write's claim behind, and nobody has the password any more: `pwdLastSet` decides.
    pub(super) async fn settle_abandoned(
        &self,
        caller: &ClientContext,
        open: &mut Open,
    ) -> Result<(), Refusal> {
        let Stage::Writing(writing) = open.visit.stage.clone() else { return Ok(()) };
        if writing.is_unlock() {
            return self.settle_abandoned_unlock(caller, open, writing).await;
        }
        let id = writing.verified().account();
        let set = outcome::was_set(&*self.parts.directory, id, writing.password_last_set()).await;
        let set = self.directory_answered(set)?;
        let about = AuditContext { subject: Known::Account(id), address: caller.address };
        let reference = crate::random::reference()?;
        if let Some(account) = set {
            // Whoever wins tells of it, once.
            self.advance(open, Stage::Finished(Finished::default())).await?;
            self.record_after(&about, &reference, Event::PasswordSet).await;
            self.tell_of_reset(&account, &reference).await;
            return Ok(());
        }
        self.record_after(&about, &reference, Event::NotSet).await;
        self.back_to_proof(open, writing).await
    }

    /// Nothing was done: as before, if the proof is still good.
    pub(super) async fn back_to_proof(&self, open: &mut Open, writing: Writing) -> Result<(), Refusal> {
        let verified = writing.not_written();
        if verified.until() <= self.now() {
            self.forget(&open.id).await?;
            return Err(Refusal::StartAgain);
        }
        self.swap(open, Stage::Verified(verified)).await
    }

    /// The rules that hold for an account. The directory may be away just now: the organisation's own
    /// are shown then, and the directory's are read again before anything is written.
    pub(super) async fn rules_for(&self, account: &Account) -> Rules {
        match self.directory_answered(self.parts.directory.policy(account).await) {
            Ok(policy) => tightened(&self.terms.site.rules, policy),
            Err(_) => self.terms.site.rules.clone(),
        }
    }
}

/// The organisation's rules, never laxer than the directory's.
pub fn tightened(rules: &Rules, policy: Policy) -> Rules {
    Rules {
        min_length: rules.min_length.max(policy.min_length),
        complexity: rules.complexity || policy.complexity,
        history: policy.history,
        ..rules.clone()
    }
}

/// The same judge as in the browser, here always with an estimate.
async fn evaluate(
    rules: &Rules,
    personal: &Personal,
    password: &Password,
) -> Result<Vec<Violation>, Refusal> {
    let judged = {
        let (rules, personal, password) = (rules.clone(), personal.clone(), password.clone());
        // An estimate may take tens of milliseconds: not on a thread that serves others.
        tokio::task::spawn_blocking(move || {
            rules.evaluate(&password, &personal, Some(score(&rules, &personal, &password)))
        })
    };
    judged.await.map_err(|error| ResetService::fault("the judge fell over", &error))
}

/// The estimator's score, with what belongs to person and organisation as known words.
pub fn score(rules: &Rules, personal: &Personal, password: &Password) -> Score {
    let words: Vec<&str> = rules.known_words(personal).collect();
    Score::new(estimator::estimate(password.expose(), &words).score).unwrap_or(rules.min_score)
}
