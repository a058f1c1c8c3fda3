//! The sign-in of an agent: user name and password by a bind, the groups, and a code. A wrong password, an unknown name and
//! an account that is no agent's get the same answer after the minimum response time.

use super::session::{Open, SignedIn, Stage, is_abandoned};
use super::{Answer, DeskClient, ServiceDeskService};
use crate::ports::audit::{DeskSessionEnd, Event, NotVerifiedReason};
use crate::ports::directory::Account;
use crate::reset::Cookie;
use crate::reset::audit::AuditContext;
use crate::reset::code_verifier::Verdict;
use app::api::refusal::Refusal;
use app::api::service_desk_state::ServiceDesk;
use app::domain::code::Code;
use app::domain::raw_input::RawInput;
use jiff::Timestamp;

impl ServiceDeskService {
    /// Takes user name and password, and starts a session that awaits the code.
    pub(super) async fn sign_in(
        &self,
        client: &DeskClient,
        username: &RawInput,
        password: &RawInput,
    ) -> Result<Answer, Answer> {
        let (username, agent) = self
            .password_sign_in
            .sign_in(&client.reset, username, password, async |account: Account| {
                let role = self.role_of(account.id).await?;
                Ok(role.map(|_| account).ok_or(NotVerifiedReason::NoAgent))
            })
            .await?;
        if let Some(earlier) = self.find_open(client).await? {
            self.sessions.remove(&earlier.id).await?;
        }
        let open = self.start(client, username, &agent).await?;
        Ok(Answer::ok(self.show(&open).await?, Cookie::Set(open.id)))
    }

    /// The refusal for all causes; the reason goes to the audit log.
    async fn not_verified(
        &self,
        context: &AuditContext<'_>,
        reason: NotVerifiedReason,
        detail: String,
        attempts_left: u32,
    ) -> Answer {
        self.password_sign_in.refuse(context, reason, detail, attempts_left).await.into()
    }

    /// Verifies the agent's code.
    pub(super) async fn code(&self, client: &DeskClient, typed: &RawInput) -> Result<Answer, Answer> {
        let arrived = self.clock.now();
        let mut open = self.open_counted(client, "service desk code").await?;
        let code = Code::parse(typed.expose()).map_err(|error| Refusal::invalid("code", error))?;
        match open.session.stage {
            Stage::AwaitingCode => {}
            Stage::Checking { claimed_at } if is_abandoned(claimed_at, arrived) => {}
            Stage::Checking { .. } => return Err(Refusal::InProgress.into()),
            Stage::SignedIn(_) | Stage::Acting { .. } => {
                return Ok(Answer::ok(self.show(&open).await?, Cookie::Keep));
            }
        }
        self.swap(&mut open, Stage::Checking { claimed_at: arrived }).await?;
        let Some(left) = self.shared.limiter.count_code(&open.id, arrived).await? else {
            self.sessions.remove(&open.id).await?;
            return Err(Answer::ended(Refusal::StartAgain));
        };
        let result = self.verify_code(client, &open, &code, arrived).await;
        self.shared.timer.wait(arrived).await;
        let context = AuditContext::account(open.session.agent, client.reset.address);
        match result {
            Ok((Verdict::Verified, lead)) => {
                if let Err(refusal) = self.record(client, open.session.agent, Event::DeskSignedIn).await {
                    return Err(self.await_code_again(&mut open, &context, arrived, refusal.into()).await);
                }
                self.renew(&mut open, Stage::SignedIn(SignedIn { lead, ..SignedIn::default() })).await?;
                Ok(Answer::ok(self.show(&open).await?, Cookie::Set(open.id)))
            }
            Ok((Verdict::Rejected(reason, detail), _)) => {
                let refused = self.not_verified(&context, reason, detail, left).await;
                if left == 0 {
                    self.sessions.remove(&open.id).await?;
                    return Err(Answer { cookie: Cookie::Clear, ..refused });
                }
                self.swap(&mut open, Stage::AwaitingCode).await?;
                Err(refused)
            }
            Err(answer) => Err(self.await_code_again(&mut open, &context, arrived, answer).await),
        }
    }

    /// Lets a session whose code could not be verified, or whose sign-in could not be recorded, take another code at once. Returns
    /// the answer to the client.
    async fn await_code_again(
        &self,
        open: &mut Open,
        context: &AuditContext<'_>,
        arrived: Timestamp,
        answer: Answer,
    ) -> Answer {
        if let Err(refusal) = &answer.outcome {
            self.shared.audit.record_unavailable(context, refusal).await;
        }
        if answer.cookie == Cookie::Keep {
            self.shared.limiter.release_code(&open.id, arrived).await;
            if let Err(refusal) = self.swap(open, Stage::AwaitingCode).await {
                return refusal.into();
            }
        }
        answer
    }

    /// Verifies the code, and returns whether the agent is a lead: read before, so that no right code is used up if the directory
    /// does not answer.
    async fn verify_code(
        &self,
        client: &DeskClient,
        open: &Open,
        code: &Code,
        arrived: Timestamp,
    ) -> Result<(Verdict, bool), Answer> {
        let agent = self.agent(client, open).await?;
        let Some(lead) = self.role_of(agent.id).await? else {
            let event = Event::DeskSessionEnded { reason: DeskSessionEnd::RoleChanged, from: None };
            self.end(client, open, "", event).await?;
            return Err(Answer::ended(Refusal::StartAgain));
        };
        let name = self.shared.accounts.provider_name(&agent);
        let verifier = &self.shared.verifier;
        let verdict = verifier.verify_signed_in(&client.reset, agent.id, name, code, arrived).await?;
        Ok((verdict, lead))
    }

    /// Returns the state of the client's session. Extends nothing. Counted per session, as the query of a waiting page is.
    pub(super) async fn current(&self, client: &DeskClient) -> Result<Answer, Answer> {
        let open = self.find_open(client).await?;
        if let Some(open) = &open {
            self.shared.limiter.count_poll(&open.id).await?;
        }
        let shown = match open {
            Some(open) => match open.session.stage {
                Stage::Checking { claimed_at } if !is_abandoned(claimed_at, self.clock.now()) => {
                    return Err(Refusal::InProgress.into());
                }
                Stage::Acting { .. } => return Err(Refusal::InProgress.into()),
                Stage::AwaitingCode | Stage::Checking { .. } => self.show(&open).await?,
                Stage::SignedIn(_) => match self.agent(client, &open).await {
                    Ok(_) => self.show(&open).await?,
                    Err(ended) if ended.outcome == Err(Refusal::StartAgain) => {
                        return Ok(Answer::ok(ServiceDesk::sign_in(), Cookie::Clear));
                    }
                    Err(failed) => return Err(failed),
                },
            },
            None => ServiceDesk::sign_in(),
        };
        Ok(Answer::ok(shown, Cookie::Keep))
    }

    /// Renews the idle time.
    pub(super) async fn extend(&self, client: &DeskClient) -> Result<Answer, Answer> {
        let mut open = self.open_counted(client, "service desk extend").await?;
        self.agent(client, &open).await?;
        match open.session.stage.clone() {
            stage @ (Stage::AwaitingCode | Stage::SignedIn(_)) => self.advance(&mut open, stage).await?,
            Stage::Checking { .. } | Stage::Acting { .. } => {}
        }
        Ok(Answer::ok(self.show(&open).await?, Cookie::Keep))
    }

    /// Signs out.
    pub(super) async fn cancel(&self, client: &DeskClient) -> Result<Answer, Answer> {
        let open = self.find_open(client).await?;
        let id = open.as_ref().map(|open| &open.id);
        self.shared.limiter.count_step(&client.reset, id, "service desk cancel").await?;
        if let Some(open) = open {
            self.sessions.remove(&open.id).await?;
            if open.session.signed_in().is_ok() {
                let context = AuditContext::account(open.session.agent, client.reset.address);
                self.shared.audit.record_after(&context, "", Event::DeskSignedOut).await;
            }
        }
        Ok(Answer::ok(ServiceDesk::sign_in(), Cookie::Clear))
    }
}
