//! Activation of the authenticator app: starts it, and records its completion even if the browser was closed.

use super::mobile_write::WriteRun;
use super::session::{Open, SignInProof, SignInStage, SignedIn};
use super::{Answer, EnrollmentClient, EnrollmentService};
use crate::app_activation::ActivationOrigin;
use crate::ports::directory::AccountId;
use crate::reset::Cookie;
use app::api::enrollment_state::App;
use app::api::refusal::{Reason, Refusal};
use std::net::{IpAddr, Ipv4Addr};

impl EnrollmentService {
    /// Starts the activation of the app. If it replaces an earlier app, the waiting time starts.
    pub(super) async fn activate(&self, client: &EnrollmentClient) -> Result<Answer, Answer> {
        let mut open = self.open_counted(client, "registration activate").await?;
        if !self.activation.is_offered() {
            return Err(Refusal::invalid("app", Reason::NotOffered).into());
        }
        let (account, signed_in) = self.authorize_change(&mut open).await?;
        let mut signed_in = signed_in;
        signed_in.activation =
            self.activation.start(client.reset.address, &account, ActivationOrigin::Registration).await?;
        if signed_in.activation.is_none() {
            signed_in.seen.app = App::Unknown;
        }
        self.finish_step(&mut open, signed_in).await
    }

    /// Queries Entrust for the state of the app. The page polls this, so it is rate limited per session.
    pub(super) async fn app(&self, client: &EnrollmentClient) -> Result<Answer, Answer> {
        let Some(mut open) = self.find_open(client).await? else {
            self.shared.limiter.count_step(&client.reset, None, "registration app").await?;
            return Err(Refusal::StartAgain.into());
        };
        let mut signed_in = open.session.signed_in()?.clone();
        self.shared.limiter.count_poll(&open.id).await?;
        let account = self.account(&open).await?;
        let status = self.activation.observe(client.reset.address, &account).await?;
        signed_in.seen.app = status.app;
        let completed = signed_in.activation.take_if(|(token, _)| status.active.contains(token));
        // To activate the only app of the account in this session proves as much as a code from that app.
        let activated_only_app = completed.is_some() && status.active.len() == 1;
        self.store_status(&mut open, signed_in, activated_only_app).await
    }

    async fn store_status(
        &self,
        open: &mut Open,
        signed_in: SignedIn,
        activated_only_app: bool,
    ) -> Result<Answer, Answer> {
        match (signed_in.proof, activated_only_app) {
            (SignInProof::Password, true) => {
                let signed_in = SignedIn { proof: SignInProof::Code, ..signed_in };
                self.renew(open, SignInStage::SignedIn(signed_in)).await?;
                Ok(Answer::ok(self.show(open).await?, Cookie::Set(open.id.clone())))
            }
            (SignInProof::Password, false) | (SignInProof::Code, _) => {
                // Polling does not extend the session.
                self.swap(open, SignInStage::SignedIn(signed_in)).await?;
                Ok(Answer::ok(self.show(open).await?, Cookie::Keep))
            }
        }
    }

    /// Records the activations that were completed after the browser was closed, and sends the pending notices: the
    /// account owner is notified despite a closed browser or a crash. Called every minute, and once an hour with
    /// `hourly`: older activations are checked less often, see [`is_check_due`](crate::ports::records::Activation::is_check_due). Writes the numbers whose waiting time has ended to other systems.
    pub async fn settle_all(&self, hourly: bool) {
        let mut after = None;
        let mut writes = WriteRun::default();
        loop {
            let page = match self.records.page(after, 500).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "store unavailable: activations not checked"
                    );
                    return;
                }
            };
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            let now = self.clock.now();
            for (id, stored) in &page {
                let record = &stored.record;
                let withdraw = self.activation.has_one_to_withdraw(*id, record).await;
                let check_app =
                    withdraw || record.activations.iter().any(|known| known.is_check_due(now, hourly));
                if check_app || !record.pending_notices.is_empty() {
                    // A failure is retried at the next run and does not delay the other accounts.
                    let _result = self.settle_account(*id, check_app, withdraw).await;
                }
                self.settle_mobile_write(*id, record, &mut writes).await;
            }
        }
        Self::report_mobile_writes(writes);
    }

    async fn settle_account(&self, id: AccountId, check_app: bool, withdraw: bool) -> Result<(), Refusal> {
        let read = self.directory.read(id).await;
        let Some(account) = self.shared.accounts.directory_answered(read)? else { return Ok(()) };
        if !check_app {
            return self.account_records.send_pending_notices(&account).await;
        }
        self.activation.observe(IpAddr::V4(Ipv4Addr::UNSPECIFIED), &account).await?;
        if withdraw { self.activation.withdraw(&account).await } else { Ok(()) }
    }
}
