//! The password step: claim, act, settle. The screen says «done» only when it is.
//!
//! Order: judge → trail "about to set" (on disk, or nothing happens) → claim → write → store
//! `Finished` → trail "set" → the owner is told.

use super::stage::{Stage, Verified, Writing};
use super::visit::Open;
use super::{About, Answer, Caller, Cookie, Known, Workflow};
use crate::ports::audit::Event;
use crate::ports::directory::{Account, AccountId, DirectoryError, Policy, SetPasswordError, Standing};
use app::password::Password;
use app::policy::{Breach, Personal, Rules, Score};
use app::refusal::{Reason, Refusal};
use app::typed::Typed;
use jiff::SignedDuration;
use std::time::Duration;
use tracing::{error, info};

/// After a write without an answer the directory is asked so often, with this pause, what became of it.
const LOOKS: u32 = 5;
const PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// A write is given up after this: see `CLAIM_LIFE`.
const WRITE_WITHIN: Duration = Duration::from_secs(20);

/// What became of a write.
enum Fate {
    Written,
    NotWritten,
}

impl Workflow {
    /// Judges and writes the new password. On a finished visit it says `done` again, without a write.
    pub async fn password(&self, caller: &Caller, typed: &Typed) -> Result<Answer, Answer> {
        self.count_call(caller, "password").await?;
        let now = self.now();
        let mut open = self.open(caller).await?;
        let verified = match open.visit.stage.clone() {
            Stage::Verified(verified) => verified,
            Stage::Finished => return Ok(self.show(&open, Cookie::Keep)),
            Stage::Writing(writing) if writing.is_abandoned(now) => {
                self.settle_abandoned(caller, &mut open).await?;
                match open.visit.stage.clone() {
                    Stage::Verified(verified) => verified,
                    Stage::Finished => return Ok(self.show(&open, Cookie::Keep)),
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
        caller: &Caller,
        open: &mut Open,
        verified: Verified,
        password: Password,
    ) -> Result<Answer, Answer> {
        let about = About { subject: Known::Account(verified.account()), address: caller.address };
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
        let breaches = judge(&rules, verified.personal(), &password).await?;
        if !breaches.is_empty() {
            self.swap(open, Stage::Verified(verified.under(rules))).await?;
            return Err(Refusal::WeakPassword { breaches }.into());
        }
        if open.visit.practice {
            self.record_after(&about, "", Event::Practised).await;
            self.advance(open, Stage::Finished).await?;
            return Ok(self.show(open, Cookie::Keep));
        }
        let reference = crate::random::reference()?;
        let intent = self.record(&about, &reference, Event::AboutToSet).await;
        intent.map_err(|error| Self::unavailable("audit trail", &error))?;
        let writing = verified.under(rules).claim(account.password_last_set, self.now());
        self.swap(open, Stage::Writing(writing.clone())).await?;
        // Bounded, so that nothing is sent after the claim counts as abandoned.
        let outcome =
            tokio::time::timeout(WRITE_WITHIN, self.parts.directory.set_password(&account, &password))
                .await
                .unwrap_or_else(|_| {
                    let tried = format!("no answer within {} s", WRITE_WITHIN.as_secs());
                    let source = DirectoryError::Unreachable { tried };
                    Err(SetPasswordError::Unknown { server: String::new(), source })
                });
        self.conclude(&about, &reference, open, writing, (&account, &password), outcome).await
    }

    /// The account and its policy, read afresh; `None` when it is gone, disabled or promoted since
    /// the proof.
    async fn as_it_is_now(&self, id: AccountId) -> Result<Option<(Account, Policy)>, Refusal> {
        let account = self.directory_answered(self.parts.directory.read(id).await)?;
        let Some(account) = account.filter(|account| account.standing == Standing::Eligible) else {
            return Ok(None);
        };
        let policy = self.directory_answered(self.parts.directory.policy(&account).await)?;
        Ok(Some((account, policy)))
    }

    /// Turns what the directory said into where the visit stands.
    async fn conclude(
        &self,
        about: &About<'_>,
        reference: &str,
        open: &mut Open,
        writing: Writing,
        what: (&Account, &Password),
        outcome: Result<(), SetPasswordError>,
    ) -> Result<Answer, Answer> {
        let fate = match outcome {
            Ok(()) => Fate::Written,
            Err(SetPasswordError::Refused { breach, diagnostic }) => {
                info!(reference, diagnostic, "the directory refused the new password");
                self.record_after(about, reference, Event::Refused { diagnostic }).await;
                self.swap(open, Stage::Verified(writing.not_written())).await?;
                return Err(Refusal::WeakPassword { breaches: vec![breach] }.into());
            }
            Err(SetPasswordError::NotWritten(error)) => {
                error!(
                    reference,
                    error = &error as &dyn std::error::Error,
                    "the new password was not written"
                );
                Fate::NotWritten
            }
            Err(SetPasswordError::Unknown { server, source }) => {
                error!(
                    reference,
                    server,
                    error = &source as &dyn std::error::Error,
                    "the write was not answered"
                );
                match self.settle(&writing, what, &server).await {
                    Ok(fate) => fate,
                    Err(error) => {
                        error!(
                            reference,
                            error = &error as &dyn std::error::Error,
                            "nobody can say what became of it"
                        );
                        self.record_after(about, reference, Event::OutcomeUnknown).await;
                        // The claim stays: `current` settles it as soon as somebody can be asked.
                        return Err(Refusal::OutcomeUnknown { reference: reference.to_owned() }.into());
                    }
                }
            }
        };
        match fate {
            Fate::Written => {
                self.record_after(about, reference, Event::PasswordSet).await;
                metrics::counter!("reset_passwords_set_total").increment(1);
                self.tell_of_reset(what.0, reference).await;
                // The password is set, whatever the store says: the screen must say so.
                if let Err(refusal) = self.advance(open, Stage::Finished).await {
                    info!(
                        reference,
                        ?refusal,
                        "the finished visit could not be kept; its claim is settled later"
                    );
                }
                Ok(Answer { device: Some(what.0.id), ..self.show(open, Cookie::Keep) })
            }
            Fate::NotWritten => {
                self.record_after(about, reference, Event::NotSet).await;
                self.swap(open, Stage::Verified(writing.not_written())).await?;
                let retry_after = super::RETRY_AFTER;
                Err(Refusal::Unavailable { reference: reference.to_owned(), retry_after }.into())
            }
        }
    }

    /// Finds out what became of a write that was not answered. A server may still be busy with it,
    /// so «not written» is said only after a while.
    async fn settle(
        &self,
        writing: &Writing,
        (account, password): (&Account, &Password),
        server: &str,
    ) -> Result<Fate, DirectoryError> {
        let mut last = Err(DirectoryError::Unreachable { tried: "nothing yet".to_owned() });
        let mut foreign = None;
        for _ in 0..LOOKS {
            last = match self.parts.directory.read(account.id).await {
                // Later, not merely other: a server that is behind still shows an older one.
                Ok(Some(now)) if now.password_last_set > writing.password_last_set() => {
                    // Somebody else may have set another one in the same moment: only this password
                    // counts. Asked once for each change: wrong ones count towards the lockout.
                    if foreign != Some(now.password_last_set)
                        && self.parts.directory.signs_in(&now, password).await? != Some(false)
                    {
                        return Ok(Fate::Written);
                    }
                    foreign = Some(now.password_last_set);
                    Ok(Fate::NotWritten)
                }
                // Only the server that was sent the write can say that nothing came of it: the others
                // may not have heard yet.
                Ok(Some(now)) if now.server != server => {
                    let tried = format!(
                        "{server} was sent the write and is away; {} does not know of it",
                        now.server
                    );
                    Err(DirectoryError::Unreachable { tried })
                }
                Ok(_) => Ok(Fate::NotWritten),
                Err(error) => Err(error),
            };
            self.parts.clock.wait_until(self.now() + PAUSE).await;
        }
        last
    }

    /// A crash left the write's claim behind, and nobody has the password any more: `pwdLastSet` decides.
    pub(super) async fn settle_abandoned(&self, caller: &Caller, open: &mut Open) -> Result<(), Refusal> {
        let Stage::Writing(writing) = open.visit.stage.clone() else { return Ok(()) };
        let id = writing.verified().account();
        let account = self.directory_answered(self.parts.directory.read(id).await)?;
        let about = About { subject: Known::Account(id), address: caller.address };
        let reference = crate::random::reference()?;
        match account {
            Some(account) if account.password_last_set > writing.password_last_set() => {
                self.record_after(&about, &reference, Event::PasswordSet).await;
                self.tell_of_reset(&account, &reference).await;
                self.advance(open, Stage::Finished).await
            }
            Some(_) | None => {
                self.record_after(&about, &reference, Event::NotSet).await;
                let verified = writing.not_written();
                if verified.until() <= self.now() {
                    self.forget(&open.id).await?;
                    return Err(Refusal::StartAgain);
                }
                self.swap(open, Stage::Verified(verified)).await
            }
        }
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
fn tightened(rules: &Rules, policy: Policy) -> Rules {
    Rules {
        min_length: rules.min_length.max(policy.min_length),
        complexity: rules.complexity || policy.complexity,
        history: policy.history,
        ..rules.clone()
    }
}

/// The same judge as in the browser, here always with an estimate.
async fn judge(rules: &Rules, personal: &Personal, password: &Password) -> Result<Vec<Breach>, Refusal> {
    let judged = {
        let (rules, personal, password) = (rules.clone(), personal.clone(), password.clone());
        // An estimate may take tens of milliseconds: not on a thread that serves others.
        tokio::task::spawn_blocking(move || {
            rules.judge(&password, &personal, Some(score(&rules, &personal, &password)))
        })
    };
    judged.await.map_err(|error| Workflow::fault("the judge fell over", &error))
}

/// zxcvbn's score of the sample, with what belongs to person and organisation as known words.
pub fn score(rules: &Rules, personal: &Personal, password: &Password) -> Score {
    let words: Vec<&str> = rules.known_words(personal).collect();
    Score::new(u8::from(zxcvbn::zxcvbn(password.sample(), &words).score())).unwrap_or(rules.min_score)
}
