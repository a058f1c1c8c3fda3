//! Whether all domain controllers know the new password. It decides one sentence on the last screen, and
//! nothing else: the password is set.

use super::ResetService;
use super::password_write::outcome::is_everywhere;
use super::session::Open;
use super::state::{Finished, Stage};
use crate::ports::directory::AccountId;
use jiff::SignedDuration;
use std::sync::Weak;
use std::time::Duration;
use tokio::time::timeout;

/// Before the answer leaves it is looked so often, with this pause: controllers of one site tell each other
/// within a second or so.
const LOOKS: u32 = 3;
const PAUSE: SignedDuration = SignedDuration::from_millis(400);
/// All of these looks together.
const WITHIN: Duration = Duration::from_millis(1500);
/// After that in the background, each pause twice as long as the one before; the last one ends after about
/// eight minutes. Between sites it takes a quarter of an hour and more, and nobody waits for that.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(2);
const LATER_LOOKS: u32 = 8;

/// What is known of it.
enum Replication {
    /// There is one server only, or it cannot say when the password was set.
    Unchecked,
    /// All of them know it.
    Everywhere,
    /// Some do not, or do not answer; and where it was set, with its `pwdLastSet` there.
    NotYet(String, i64),
}

impl Replication {
    fn everywhere(&self) -> Option<bool> {
        match self {
            Self::Unchecked => None,
            Self::Everywhere => Some(true),
            Self::NotYet(..) => Some(false),
        }
    }
}

impl ResetService {
    /// Notes on the finished visit whether the password that was set at `server` has arrived at the others, and
    /// goes on looking after the answer has left.
    pub(super) async fn spread(&self, open: &mut Open, id: AccountId, server: &str) {
        let known = self.look_around(id, server).await;
        if let Some(everywhere) = known.everywhere() {
            self.note(open, everywhere).await;
        }
        self.watch_spreading(open, id, known);
    }

    /// Looks for a moment.
    async fn look_around(&self, id: AccountId, server: &str) -> Replication {
        let directory = &*self.parts.directory;
        if directory.servers().len() < 2 {
            return Replication::Unchecked;
        }
        let Ok(Some(account)) = directory.read_at(server, id).await else { return Replication::Unchecked };
        let since = account.password_last_set;
        let looking = async {
            for look in 0..LOOKS {
                if look > 0 {
                    self.parts.clock.wait_until(self.now() + PAUSE).await;
                }
                if is_everywhere(directory, id, server, since).await {
                    return true;
                }
            }
            false
        };
        // A controller that is gone or hangs must not hold an employee up.
        match timeout(WITHIN, looking).await {
            Ok(true) => Replication::Everywhere,
            Ok(false) | Err(_) => Replication::NotYet(server.to_owned(), since),
        }
    }

    /// The browser asks `current` again.
    fn watch_spreading(&self, open: &Open, id: AccountId, spread: Replication) {
        let Replication::NotYet(server, since) = spread else { return };
        let workflow = Weak::clone(&self.myself);
        let mut open = open.clone();
        tokio::spawn(async move {
            let mut pause = FIRST_PAUSE;
            for _ in 0..LATER_LOOKS {
                let Some(workflow) = workflow.upgrade() else { return };
                workflow.parts.clock.wait_until(workflow.now() + pause).await;
                if is_everywhere(&*workflow.parts.directory, id, &server, since).await {
                    return workflow.note(&mut open, true).await;
                }
                pause = pause.saturating_mul(2);
            }
        });
    }

    async fn note(&self, open: &mut Open, everywhere: bool) {
        // Whoever else has moved the visit meanwhile is right: this is a remark, no step.
        if matches!(open.visit.stage, Stage::Finished(_)) {
            self.swap(open, Stage::Finished(Finished::with(Some(everywhere)))).await.ok();
        }
    }
}
