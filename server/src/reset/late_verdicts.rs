//! Verdicts that came after the answer had left. A right code is used up by then; the employee who types it again in the
//! same session receives the verdict.

use super::code_verifier::Verdict;
use crate::crypto::{Keyring, Purpose};
use crate::ports::directory::AccountId;
use crate::ports::sessions::SessionId;
use app::domain::code::Code;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Time to read the answer and to type the code again.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(3);
/// Each entry is an attempt on an account with a right birthdate; more at a time is no ordinary use.
const MAX_KEPT: usize = 1000;

/// A verification that was not finished in time: the session, the account and the code, digested.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct LateKey([u8; 32]);

impl LateKey {
    pub(super) fn new(keys: &Keyring, session: &SessionId, account: AccountId, code: &Code) -> Self {
        let parts: [&[u8]; 4] = [b"late", &*session.0, account.0.as_bytes(), code.expose().as_bytes()];
        Self(keys.digest(Purpose::Code, &parts))
    }
}

/// A verdict, as soon as it is known.
pub(super) type LateVerdict = watch::Receiver<Option<Verdict>>;

/// The late verdicts of this process.
#[derive(Default)]
pub(super) struct LateVerdicts(Mutex<HashMap<LateKey, (Timestamp, LateVerdict)>>);

impl LateVerdicts {
    /// Keeps a verdict that `completing` will have. It runs on in the background.
    pub(super) fn keep(
        self: &Arc<Self>,
        key: LateKey,
        now: Timestamp,
        completing: impl Future<Output = Verdict> + Send + 'static,
    ) {
        let (sender, receiver) = watch::channel(None);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (at, _)| now.duration_since(*at) < KEPT_FOR);
        if kept.len() < MAX_KEPT {
            kept.insert(key, (now, receiver));
        }
        drop(kept);
        tokio::spawn(async move {
            let verdict = completing.await;
            sender.send_replace(Some(verdict));
        });
    }

    /// The verdict of an earlier request with the same session, account and code. Only that of a verified code is of
    /// use: any other code has to be tried again.
    pub(super) fn find(&self, key: &LateKey, now: Timestamp) -> Option<LateVerdict> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, verdict) = kept.get(key)?;
        (now.duration_since(*at) < KEPT_FOR).then(|| verdict.clone())
    }

    /// A verdict is used once.
    pub(super) fn remove(&self, key: &LateKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
