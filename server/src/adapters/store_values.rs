//! Values as both stores keep them.

use crate::ports::call_codes::Call;
use crate::ports::collected_audit::{HOUR_MS, LineCount};
use crate::ports::directory::AccountId;
use crate::ports::frozen_accounts::FreezeOrigin;
use crate::ports::notifier::Channel;
use crate::ports::sessions::{Revision, SessionDigest, SessionId, StoredSession};
use crate::ports::start_codes::StartCodeRequest;
use crate::ports::store::StoreError;
use jiff::Timestamp;
use std::error::Error;
use uuid::Uuid;

/// A value of a row has an unexpected form.
pub(super) type DecodeError = Box<dyn Error + Send + Sync>;

/// The store contains only the digest of a session id, never the id itself, which is the secret of the cookie.
pub(super) fn session_digest(id: &SessionId) -> Vec<u8> {
    id.digest().0.to_vec()
}

/// A session from the columns `id`, `sealed` and `revision`.
pub(super) fn session(
    (id, sealed, revision): (Vec<u8>, Vec<u8>, i64),
) -> Result<(SessionDigest, StoredSession), DecodeError> {
    let digest = SessionDigest(id.as_slice().try_into()?);
    Ok((digest, StoredSession { sealed, revision: Revision(revision) }))
}

/// An account from the 16 bytes of its objectGUID.
pub(super) fn account(bytes: &[u8]) -> Result<AccountId, DecodeError> {
    Ok(AccountId(Uuid::from_slice(bytes)?))
}

/// A time from milliseconds since 1970.
pub(super) fn time(milliseconds: i64) -> Result<Timestamp, DecodeError> {
    Ok(Timestamp::from_millisecond(milliseconds)?)
}

/// A call from the columns `account`, `verified_at` and `expires`.
pub(super) fn call((account, verified_at, expires): (Vec<u8>, i64, i64)) -> Result<Call, DecodeError> {
    let account = self::account(&account)?;
    Ok(Call { account, verified_at: time(verified_at)?, expires: time(expires)? })
}

/// A start code from the columns `request` and `revision`.
pub(super) fn start_code(
    (request, revision): (String, i64),
) -> Result<(StartCodeRequest, Revision), StoreError> {
    let request =
        serde_json::from_str(&request).map_err(|error| StoreError::new("read a start code", error))?;
    Ok((request, Revision(revision)))
}

/// A count from the columns `hour` (hours since 1970), `event`, `reason` and the number of lines.
pub(super) fn line_count(
    (hour, event, reason, lines): (i64, String, String, i64),
) -> Result<LineCount, DecodeError> {
    Ok(LineCount { hour: time(hour.saturating_mul(HOUR_MS))?, event, reason, lines: u64::try_from(lines)? })
}

/// The value of the column `channel`.
pub(super) const fn channel_value(channel: Channel) -> &'static str {
    match channel {
        Channel::Mail => "mail",
        Channel::Sms => "sms",
    }
}

/// The origin of a freeze from the column `origin`, which has a constraint. A later version may know more origins; its freezes
/// count for this one too.
pub(super) fn freeze_origin(value: &str) -> FreezeOrigin {
    let known = [FreezeOrigin::Link, FreezeOrigin::Command, FreezeOrigin::ServiceDesk];
    known.into_iter().find(|origin| origin.name() == value).unwrap_or(FreezeOrigin::Command)
}
