//! The app on the phone: its activation is begun here, watched, and settled also when nobody watches. Not how
//! Entrust is spoken to.

use super::session::{Proof, SignedIn, Stage};
use super::{Answer, Caller, Registrar};
use crate::ports::audit::Event;
use crate::ports::directory::Account;
use crate::ports::notices::Happened;
use crate::ports::onboarding::Begun;
use crate::reset::{About, Cookie, Known, Workflow};
use app::refusal::{Reason, Refusal};
use app::registration::{Activation, App};
use std::net::{IpAddr, Ipv4Addr};

impl Registrar {
    /// Begins the activation of the app. In place of an earlier one it makes the reset wait.
    pub async fn activate(&self, caller: &Caller) -> Result<Answer, Answer> {
        self.reset.count_call(&caller.reset, "registration activate").await?;
        let mut open = self.open(caller).await?;
        if !self.onboarding().can_activate() {
            return Err(Refusal::invalid("app", Reason::NotOffered).into());
        }
        let (account, signed_in) = self.may_change(&mut open).await?;
        let holder = self.reset.terms().holder_name.of(&account).ok_or(Refusal::StartAgain)?;
        let replaces = match self.app_of(&account).await? {
            App::Active | App::Locked | App::Unknown => true,
            App::None | App::Activating => false,
        };
        let begun = self.onboarding().activate(&holder).await;
        let begun = begun.map_err(|error| Workflow::unavailable("entrust", &error))?;
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
        let about = About { subject: Known::Account(account.id), address: caller.reset.address };
        self.reset.record_after(&about, "", Event::ActivationBegun { replaces }).await;
        let activation = Some(shown(&begun)?);
        self.done(&mut open, SignedIn { activation, ..signed_in }).await
    }

    /// Asks Entrust how the app stands; the page does while it waits, so it is counted by session.
    pub async fn app(&self, caller: &Caller) -> Result<Answer, Answer> {
        let mut open = self.open(caller).await?;
        let mut signed_in = open.signed_in()?.clone();
        self.reset.count_look(&open.id).await?;
        let account = self.account(&open).await?;
        signed_in.seen.app = self.app_of(&account).await?;
        if self.settle(caller.reset.address, &account).await? {
            signed_in.activation = None;
            // Whoever activated the first app in this session has proven as much as there is to prove.
            signed_in.proof = Proof::Code;
        }
        // Looking is no step: the idle time stays.
        self.swap(&mut open, Stage::SignedIn(signed_in)).await?;
        Ok(Answer::ok(self.show(&open).await?, Cookie::Keep))
    }

    /// Looks whether the activation that was begun has been finished, and tells the owner. Whether it has just
    /// now.
    async fn settle(&self, from: IpAddr, account: &Account) -> Result<bool, Refusal> {
        let record = self.record(account).await?;
        let Some(app) = record.app.as_ref().filter(|app| !app.settled) else { return Ok(false) };
        let Some(holder) = self.reset.terms().holder_name.of(account) else { return Ok(false) };
        let active = self.onboarding().is_active(&holder, &app.token).await;
        if !active.map_err(|error| Workflow::unavailable("entrust", &error))? {
            return Ok(false);
        }
        let (token, wait) = (app.token.clone(), self.terms.waiting_time);
        let changed = self.change(account, |record, now| {
            // Two may look at once: only one of them tells.
            let mine = record.app.as_ref().is_some_and(|app| app.token == token && !app.settled);
            if mine {
                record.activation_settled(now, wait);
            }
            Ok(mine)
        });
        let (before, mine) = changed.await?;
        if mine {
            let replaced = before.app.as_ref().is_some_and(|app| app.replaces);
            let about = About { subject: Known::Account(account.id), address: from };
            self.reset.record_after(&about, "", Event::Activated { replaced }).await;
            let happened = if replaced { Happened::AppReplaced } else { Happened::AppActivated };
            let to = self.recipients(account, &before);
            self.notices().tell(account.id, happened, &to, self.reset.now()).await;
        }
        Ok(true)
    }

    /// Settles the activations that nobody watches any more: a browser that was closed must not keep the owner
    /// from being told. Called now and then; what is out of reach is looked at again the next time.
    pub async fn settle_all(&self) {
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
            let open = page.iter().filter(|(_, kept)| {
                // Entrust's activations end within days; nobody asks for ever.
                kept.record.app.as_ref().is_some_and(|app| {
                    !app.settled && now.duration_since(app.since) < jiff::SignedDuration::from_hours(72)
                })
            });
            for (id, _) in open {
                let read = self.reset.parts().directory.read(*id).await;
                let Ok(Some(account)) = read else { continue };
                if self.settle(IpAddr::V4(Ipv4Addr::UNSPECIFIED), &account).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn shown(begun: &Begun) -> Result<Activation, Refusal> {
    let qr = crate::qr::draw(&begun.scan)
        .map_err(|error| Workflow::fault("an activation cannot be drawn as a QR code", &error))?;
    Ok(Activation {
        link: begun.link.to_string(),
        qr,
        password: begun.password.as_ref().map(|password| password.to_string()),
    })
}
