//! Whether all domain controllers know the new password. It decides one sentence on the last screen, and
//! nothing else: the password is set.

use super::Workflow;
use super::certain::is_everywhere;
use super::stage::{Finished, Stage};
use super::visit::Open;
use crate::ports::directory::AccountId;
use jiff::SignedDuration;
use std::sync::Weak;

/// Before the answer leaves it is looked so often, with this pause: controllers of one site tell each other
/// within a second or so.
const LOOKS: u32 = 3;
const PAUSE: SignedDuration = SignedDuration::from_millis(400);
/// After that in the background, each pause twice as long as the one before; the last one ends after about
/// eight minutes. Between sites it takes a quarter of an hour and more, and nobody waits for that.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(2);
const LATER_LOOKS: u32 = 8;

/// What is known of it.
pub(super) enum Spread {
    /// There is one server only, or it cannot say when the password was set.
    Unchecked,
    /// All of them know it.
    Everywhere,
    /// Some do not, or do not answer; and where it was set, with its `pwdLastSet` there.
    NotYet(String, i64),
}

impl Spread {
    pub(super) fn everywhere(&self) -> Option<bool> {
        match self {
            Self::Unchecked => None,
            Self::Everywhere => Some(true),
            Self::NotYet(..) => Some(false),
        }
    }
}

impl Workflow {
    /// Looks for a moment whether the password that was set at `server` has arrived at the others.
    pub(super) async fn spread(&self, id: AccountId, server: &str) -> Spread {
        let directory = &*self.parts.directory;
        if directory.servers().len() < 2 {
            return Spread::Unchecked;
        }
        let Ok(Some(account)) = directory.read_at(server, id).await else { return Spread::Unchecked };
        let since = account.password_last_set;
        for look in 0..LOOKS {
            if look > 0 {
                self.parts.clock.wait_until(self.now() + PAUSE).await;
            }
            if is_everywhere(directory, id, server, since).await {
                return Spread::Everywhere;
            }
        }
        Spread::NotYet(server.to_owned(), since)
    }

    /// Goes on looking after the answer has left; the browser asks `current` again.
    pub(super) fn watch_spreading(&self, open: &Open, id: AccountId, spread: Spread) {
        let Spread::NotYet(server, since) = spread else { return };
        let workflow = Weak::clone(&self.myself);
        let open = open.clone();
        tokio::spawn(async move {
            let mut pause = FIRST_PAUSE;
            for _ in 0..LATER_LOOKS {
                let Some(workflow) = workflow.upgrade() else { return };
                workflow.parts.clock.wait_until(workflow.now() + pause).await;
                if is_everywhere(&*workflow.parts.directory, id, &server, since).await {
                    return workflow.note_everywhere(open).await;
                }
                pause = pause.saturating_mul(2);
            }
        });
    }

    async fn note_everywhere(&self, mut open: Open) {
        // Whoever else has moved the visit meanwhile is right: this is a remark, no step.
        if matches!(open.visit.stage, Stage::Finished(_)) {
            self.swap(&mut open, Stage::Finished(Finished::with(Some(true)))).await.ok();
        }
    }
}
