//! The app on the phone: its activation is begun here, watched, and settled also when nobody watches. Not how
//! Entrust is spoken to.

use super::session::{Open, Proof, SignedIn, Stage};
use super::{Answer, EnrollmentClient, EnrollmentService};
use crate::ports::audit::Event;
use crate::ports::authenticators::{AuthenticatorStatus, StartedActivation};
use crate::ports::directory::Account;
use crate::ports::notifier::NoticeKind;
use crate::reset::{AuditContext, Cookie, Known, ResetService};
use app::api::enrollment_state::{Activation, App};
use app::api::refusal::{Reason, Refusal};
use jiff::SignedDuration;
use std::net::{IpAddr, Ipv4Addr};

/// A first activation that nobody finished within this is looked at now and then only.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

impl EnrollmentService {
    /// Begins the activation of the app. In place of an earlier one it makes the reset wait.
    pub async fn activate(&self, caller: &EnrollmentClient) -> Result<Answer, Answer> {
        self.reset.count_call(&caller.reset, "registration activate").await?;
        let mut open = self.open(caller).await?;
        if !self.onboarding().can_activate() {
            return Err(Refusal::invalid("app", Reason::NotOffered).into());
        }
        let (account, signed_in) = self.may_change(&mut open).await?;
        let holder = self.reset.terms().holder_name.of(&account).ok_or(Refusal::StartAgain)?;
        // What was finished meanwhile is told before anything else is begun.
        let look = self.look(&account).await?;
        self.settle(caller.reset.address, &account, &look).await?;
        let replaces = match look.app {
            App::Active | App::Locked | App::Unknown => true,
            App::None | App::Activating => false,
        };
        if !self.record(&account).await?.may_activate() {
            return Err(Refusal::TooMany { retry_after: 24 * 3600 }.into());
        }
        let begun = self.onboarding().activate(&holder).await;
        let begun = begun.map_err(|error| ResetService::unavailable("entrust", &error))?;
        let Some(begun) = begun else {
            let seen = super::session::Seen { app: App::Unknown, ..signed_in.seen.clone() };
            return self.done(&mut open, SignedIn { seen, activation: None, ..signed_in }).await;
        };
        // Kept before anybody can see the code: an activation that is not known here cannot be finished.
        let (token, wait) = (begun.token.clone(), self.terms.waiting_time);
        let changed = self.change(&account, |record, now| {
            record.activation_begun(token.clone(), replaces, now, wait);
            Ok(())
        });
        changed.await?;
        let about = AuditContext { subject: Known::Account(account.id), address: caller.reset.address };
        self.reset.record_after(&about, "", Event::ActivationBegun { replaces }).await;
        let activation = Some((begun.token.clone(), shown(&begun)?));
        self.done(&mut open, SignedIn { activation, ..signed_in }).await
    }

    /// Asks Entrust how the app stands; the page does while it waits, so it is counted by session.
    pub async fn app(&self, caller: &EnrollmentClient) -> Result<Answer, Answer> {
        let Some(mut open) = self.find_open(caller).await? else {
            self.reset.count_call(&caller.reset, "registration app").await?;
            return Err(Refusal::StartAgain.into());
        };
        let mut signed_in = open.signed_in()?.clone();
        self.reset.count_look(&open.id).await?;
        let account = self.account(&open).await?;
        let look = self.look(&account).await?;
        self.settle(caller.reset.address, &account, &look).await?;
        signed_in.seen.app = look.app;
        let finished = signed_in.activation.take_if(|(token, _)| look.active.contains(token));
        // Whoever activated the only app there is, in this session, has proven as much as there is to prove.
        let only = finished.is_some() && look.active.len() == 1;
        self.after_look(&mut open, signed_in, only).await
    }

    async fn after_look(&self, open: &mut Open, signed_in: SignedIn, only: bool) -> Result<Answer, Answer> {
        match (signed_in.proof, only) {
            (Proof::Password, true) => {
                let signed_in = SignedIn { proof: Proof::Code, ..signed_in };
                self.renew(open, Stage::SignedIn(signed_in)).await?;
                Ok(Answer::ok(self.show(open).await?, Cookie::Set(open.id.clone())))
            }
            (Proof::Password, false) | (Proof::Code, _) => {
                // Looking is no step: the idle time stays.
                self.swap(open, Stage::SignedIn(signed_in)).await?;
                Ok(Answer::ok(self.show(open).await?, Cookie::Keep))
            }
        }
    }

    /// What Entrust knows of the account's holder; without a name of its own nothing.
    pub(super) async fn look(&self, account: &Account) -> Result<AuthenticatorStatus, Refusal> {
        match self.reset.terms().holder_name.of(account) {
            Some(holder) => {
                let look = self.onboarding().look(&holder).await;
                look.map_err(|error| ResetService::unavailable("entrust", &error))
            }
            None => Ok(AuthenticatorStatus::unknown()),
        }
    }

    /// Notes the activations that have been finished, and tells the owner.
    async fn settle(
        &self,
        from: IpAddr,
        account: &Account,
        look: &AuthenticatorStatus,
    ) -> Result<(), Refusal> {
        let record = self.record(account).await?;
        for known in &record.activations {
            if !look.active.contains(&known.token) {
                continue;
            }
            let (token, wait) = (&known.token, self.terms.waiting_time);
            let beside_others = look.active.iter().any(|active| active != token);
            // Two may look at once: only one of them finds it.
            let (_, found) = self
                .change(account, |record, now| Ok(record.activation_settled(token, beside_others, now, wait)))
                .await?;
            if let Some(happened) = found {
                let replaced = happened == NoticeKind::AppReplaced;
                let about = AuditContext { subject: Known::Account(account.id), address: from };
                self.reset.record_after(&about, "", Event::Activated { replaced }).await;
            }
        }
        self.tell(account).await
    }

    /// Settles the activations that nobody watches any more, and tells what could not be told: a browser that was
    /// closed, or a crash, must not keep the owner from hearing of it. Called every minute; `all`: also for what has
    /// been waiting long.
    pub async fn settle_all(&self, all: bool) {
        let mut after = None;
        loop {
            let page = match self.reset.parts().records.page(after, 500).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "activations were not looked at"
                    );
                    return;
                }
            };
            let Some((last, _)) = page.last() else { return };
            after = Some(*last);
            let now = self.reset.now();
            for (id, kept) in &page {
                let record = &kept.record;
                // One in place of an earlier app is always looked at: it must not be finished unseen.
                let due = |since| all || now.duration_since(since) < FRESH;
                let open = record.activations.iter().any(|known| known.replaces || due(known.since));
                if open || !record.untold.is_empty() {
                    // Somebody who cannot be looked at now is looked at the next time; the others are not to wait.
                    let _looked = self.settle_one(*id, open).await;
                }
            }
        }
    }

    async fn settle_one(&self, id: crate::ports::directory::AccountId, open: bool) -> Result<(), Refusal> {
        let read = self.reset.parts().directory.read(id).await;
        let Some(account) = self.reset.directory_answered(read)? else { return Ok(()) };
        if !open {
            return self.tell(&account).await;
        }
        let look = self.look(&account).await?;
        self.settle(IpAddr::V4(Ipv4Addr::UNSPECIFIED), &account, &look).await
    }
}

fn shown(begun: &StartedActivation) -> Result<Activation, Refusal> {
    let qr = crate::qr::draw(&begun.scan)
        .map_err(|error| ResetService::fault("an activation cannot be drawn as a QR code", &error))?;
    Ok(Activation {
        link: begun.link.to_string(),
        qr,
        password: begun.password.as_ref().map(|password| password.to_string()),
    })
}
