//! The open sessions of agents for an operator: listed and ended from the store, without their cookies.

use super::session::{DeskSession, Stage};
use crate::crypto::{Keyring, Purpose};
use crate::ports::directory::AccountId;
use crate::ports::sessions::{SessionDigest, Sessions, StoredSession};
use crate::ports::store::StoreError;
use crate::sealed_sessions::SessionState as _;
use jiff::Timestamp;

/// Sessions that are read at once. The store also has those of resets and registrations.
const READ_AT_ONCE: u32 = 1000;
/// A session gets another digest once, when its code is verified, and may thereby escape one pass through the store; the second
/// pass finds it.
const PASSES: u32 = 2;

/// The stage of an open session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionStage {
    /// The password was right, and the code is awaited.
    Code,
    /// Signed in as an agent.
    Agent,
    /// Signed in as a lead.
    Lead,
}

/// An open session of an agent. It never contains who a caller is.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// The user name as typed at the sign-in.
    pub username: String,
    /// The account of the agent.
    pub agent: AccountId,
    /// The stage.
    pub stage: SessionStage,
    /// When the password was accepted.
    pub started: Timestamp,
    /// When the session ends without another action.
    pub expires: Timestamp,
    /// The network of the client.
    pub network: String,
    /// Whether a verified caller can be helped in it now.
    pub has_caller: bool,
}

/// The open sessions, the earliest first.
#[derive(Debug, Clone, Default)]
pub struct OpenSessions {
    /// Those that this version can read.
    pub sessions: Vec<OpenSession>,
    /// How many another version wrote.
    pub unreadable: usize,
}

/// Lists the sessions that are open now.
pub async fn open_sessions(
    store: &dyn Sessions,
    keys: &Keyring,
    now: Timestamp,
) -> Result<OpenSessions, StoreError> {
    let mut open = OpenSessions::default();
    for_each(store, keys, async |_, read| {
        match read {
            Ok(session) if session.expires_at() > now => open.sessions.push(describe(&session, now)),
            Ok(_) => {}
            Err(_) => open.unreadable += 1,
        }
        Ok(())
    })
    .await?;
    open.sessions.sort_by_key(|session| session.started);
    Ok(open)
}

/// Ends all sessions of an agent, and returns how many there were.
pub async fn end_sessions_of(
    store: &dyn Sessions,
    keys: &Keyring,
    agent: AccountId,
) -> Result<usize, StoreError> {
    let mut ended = 0;
    for _ in 0..PASSES {
        for_each(store, keys, async |digest, read| {
            if read.is_ok_and(|session| session.agent == agent) && store.remove_by_digest(digest).await? {
                ended += 1;
            }
            Ok(())
        })
        .await?;
    }
    Ok(ended)
}

/// Calls `each` with every session of the service desk, or with the error of one in an unknown form.
async fn for_each(
    store: &dyn Sessions,
    keys: &Keyring,
    mut each: impl AsyncFnMut(SessionDigest, serde_json::Result<DeskSession>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut last = None;
    loop {
        let page = store.sessions_after(last, READ_AT_ONCE).await?;
        let Some((end, _)) = page.last() else { return Ok(()) };
        last = Some(*end);
        for (digest, StoredSession { sealed, .. }) in &page {
            // One of a reset or a registration is sealed for another purpose and does not open.
            if let Ok(plain) = keys.open(Purpose::ServiceDeskSession, &digest.0, sealed) {
                each(*digest, serde_json::from_slice(&plain)).await?;
            }
        }
    }
}

fn describe(session: &DeskSession, now: Timestamp) -> OpenSession {
    let (stage, has_caller) = match &session.stage {
        Stage::AwaitingCode | Stage::Checking { .. } => (SessionStage::Code, false),
        Stage::SignedIn(signed_in) => (
            if signed_in.lead { SessionStage::Lead } else { SessionStage::Agent },
            signed_in.call.is_some_and(|call| call.until > now),
        ),
    };
    OpenSession {
        username: session.username.to_string(),
        agent: session.agent,
        stage,
        started: session.started(),
        expires: session.expires_at(),
        network: session.network().to_owned(),
        has_caller,
    }
}
