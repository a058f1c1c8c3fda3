//! The open sessions of agents for an operator: listed and ended from the store, without their cookies.

use super::session::{DeskSession, Stage, may_work};
use crate::crypto::{Keyring, Purpose};
use crate::ports::directory::{AccountId, Directory};
use crate::ports::frozen_accounts::FrozenAccounts;
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
    /// `pwdLastSet` at the sign-in.
    password_last_set: i64,
}

/// Whether a session goes on at its next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionFuture {
    /// It does, as far as freeze and account say.
    Open,
    /// It ends: the agent is or was frozen since the sign-in.
    Frozen,
    /// It ends: the password was changed since the sign-in.
    PasswordChanged,
    /// It ends: the account was removed or disabled, or has expired.
    AccountUnusable,
    /// The directory does not answer.
    NotChecked,
}

/// Says whether a session goes on at its next request. Without a directory only the freeze is checked.
pub async fn future_of(
    session: &OpenSession,
    frozen: &dyn FrozenAccounts,
    directory: Option<&dyn Directory>,
) -> Result<SessionFuture, StoreError> {
    if frozen.was_frozen_since(session.agent, session.started).await? {
        return Ok(SessionFuture::Frozen);
    }
    let Some(directory) = directory else { return Ok(SessionFuture::NotChecked) };
    Ok(match directory.read(session.agent).await {
        Err(_) => SessionFuture::NotChecked,
        Ok(Some(account)) if !may_work(&account) => SessionFuture::AccountUnusable,
        Ok(Some(account)) if account.password_last_set != session.password_last_set => {
            SessionFuture::PasswordChanged
        }
        Ok(Some(_)) => SessionFuture::Open,
        Ok(None) => SessionFuture::AccountUnusable,
    })
}

/// The open sessions, the earliest first.
#[derive(Debug, Clone, Default)]
pub struct OpenSessions {
    /// Those that this version can read.
    pub sessions: Vec<OpenSession>,
    /// Those that cannot be read.
    pub unread: Unread,
}

/// Stored sessions that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unread {
    /// Sessions of the service desk that another version wrote.
    pub of_another_version: usize,
    /// Sessions of any kind that were sealed with a key that is not among the key files.
    pub of_another_key: usize,
}

/// The result of [`end_sessions_of`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EndedSessions {
    /// How many sessions of the agent there were.
    pub ended: usize,
    /// Sessions that cannot be read; some may be of the agent.
    pub unread: Unread,
}

/// Lists the sessions that are open now.
pub async fn open_sessions(
    store: &dyn Sessions,
    keys: &Keyring,
    now: Timestamp,
) -> Result<OpenSessions, StoreError> {
    let mut open = OpenSessions::default();
    open.unread = for_each(store, keys, async |_, session| {
        if session.expires_at() > now {
            open.sessions.push(describe(&session, now));
        }
        Ok(())
    })
    .await?;
    open.sessions.sort_by_key(|session| session.started);
    Ok(open)
}

/// Ends all sessions of an agent.
pub async fn end_sessions_of(
    store: &dyn Sessions,
    keys: &Keyring,
    agent: AccountId,
) -> Result<EndedSessions, StoreError> {
    let mut result = EndedSessions::default();
    for _ in 0..PASSES {
        result.unread = for_each(store, keys, async |digest, session| {
            if session.agent == agent && store.remove_by_digest(digest).await? {
                result.ended += 1;
            }
            Ok(())
        })
        .await?;
    }
    Ok(result)
}

/// Calls `each` with every session of the service desk. Returns how many sessions cannot be read.
async fn for_each(
    store: &dyn Sessions,
    keys: &Keyring,
    mut each: impl AsyncFnMut(SessionDigest, DeskSession) -> Result<(), StoreError>,
) -> Result<Unread, StoreError> {
    let mut unread = Unread::default();
    let mut last = None;
    loop {
        let page = store.sessions_after(last, READ_AT_ONCE).await?;
        let Some((end, _)) = page.last() else { return Ok(unread) };
        last = Some(*end);
        for (digest, StoredSession { sealed, .. }) in &page {
            match keys.open(Purpose::ServiceDeskSession, &digest.0, sealed) {
                Ok(plain) => match serde_json::from_slice(&plain) {
                    Ok(session) => each(*digest, session).await?,
                    Err(_) => unread.of_another_version += 1,
                },
                // One of a reset or a registration is sealed for another purpose and does not open.
                Err(_) if keys.has_key_of(sealed) => {}
                Err(_) => unread.of_another_key += 1,
            }
        }
    }
}

fn describe(session: &DeskSession, now: Timestamp) -> OpenSession {
    let (stage, has_caller) = match &session.stage {
        Stage::AwaitingCode | Stage::Checking { .. } => (SessionStage::Code, false),
        Stage::SignedIn(signed_in) | Stage::Acting { signed_in, .. } => (
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
        password_last_set: session.password_last_set,
    }
}
