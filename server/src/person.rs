//! What is kept of one person, to be shown or forgotten (AVG). Not the directory's account, which is its own.

use crate::crypto::{Keyring, Purpose, hex};
use crate::enrollment::values::open;
use crate::ports::directory::AccountId;
use crate::ports::notifier::{NoticeKind, Outbox};
use crate::ports::records::{Proposal, Record, Records, Registered, SealedMobile};
use crate::ports::store::StoreError;
use app::api::enrollment_state::Source;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// What is kept of a person, in words for that person. It holds the full number, so it has no `Debug`.
#[derive(Serialize)]
pub struct Export {
    /// The account's identity in the directory.
    account: Uuid,
    birthdate: Option<Value>,
    mobile: Option<Value>,
    proposed_birthdate: Option<Value>,
    proposed_mobile: Option<Value>,
    /// The number before this one.
    previous_mobile: Option<String>,
    /// Activations of the app that were begun and not seen finished.
    activations: Vec<StartedActivation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_usable_from: Option<Timestamp>,
    /// What the person is still to be told.
    untold: Vec<NoticeKind>,
    /// Since when the account is not in the directory any more, or disabled.
    left_since: Option<Timestamp>,
    /// Under which pseudonym the audit trail has lines about the person; with an earlier key file under another.
    audit_subject: String,
}

/// A registered or proposed value.
#[derive(Serialize)]
struct Value {
    kept_as: KeptAs,
    /// The number itself; a birthdate nobody can tell from its digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    source: Source,
    since: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usable_from: Option<Timestamp>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum KeptAs {
    /// Nobody can tell the value from it.
    Digest,
    /// Encrypted.
    Encrypted,
    /// Encrypted by a key that is not among the key files.
    EncryptedByALostKey,
}

/// An activation of the app that was begun.
#[derive(Serialize)]
struct StartedActivation {
    token: String,
    since: Timestamp,
    replaces: bool,
}

/// What is kept of an account; `None` where there is no record.
pub async fn export(
    account: AccountId,
    records: &dyn Records,
    keys: &Keyring,
) -> Result<Option<Export>, StoreError> {
    let Some(kept) = records.load(account).await? else { return Ok(None) };
    let Record {
        birthdate,
        mobile,
        proposed_birthdate,
        proposed_mobile,
        previous_mobile,
        activations,
        app_usable_from,
        untold,
        left_since,
    } = kept.record;
    let sealed = |value: &SealedMobile| match open(keys, account, value) {
        Some(number) => (KeptAs::Encrypted, Some(number.expose().to_owned())),
        None => (KeptAs::EncryptedByALostKey, None),
    };
    let subject = keys.digest(Purpose::Audit, &[b"account", account.0.as_bytes()]);
    Ok(Some(Export {
        account: account.0,
        birthdate: birthdate.map(|value| registered(&value, (KeptAs::Digest, None))),
        mobile: mobile.map(|value| registered(&value, sealed(&value.value))),
        proposed_birthdate: proposed_birthdate.map(|value| proposed(&value, (KeptAs::Digest, None))),
        proposed_mobile: proposed_mobile.map(|value| proposed(&value, sealed(&value.value))),
        previous_mobile: previous_mobile
            .and_then(|value| open(keys, account, &value))
            .map(|number| number.expose().to_owned()),
        activations: activations
            .into_iter()
            .map(|begun| StartedActivation {
                token: begun.token,
                since: begun.since,
                replaces: begun.replaces,
            })
            .collect(),
        app_usable_from,
        untold,
        left_since,
        audit_subject: hex(subject.get(..8).unwrap_or_default()),
    }))
}

fn registered<T>(value: &Registered<T>, (kept_as, number): (KeptAs, Option<String>)) -> Value {
    let (confirmed, usable_from) = (Some(value.confirmed), Some(value.usable_from));
    Value { kept_as, number, source: value.source, since: value.since, confirmed, usable_from }
}

fn proposed<T>(value: &Proposal<T>, (kept_as, number): (KeptAs, Option<String>)) -> Value {
    Value { kept_as, number, source: Source::Hr, since: value.since, confirmed: None, usable_from: None }
}

/// Forgets an account: its record, and the messages that wait for it. Whether there was a record.
pub async fn delete(
    account: AccountId,
    records: &dyn Records,
    outbox: &dyn Outbox,
) -> Result<bool, StoreError> {
    // The messages first: when this stops in between, the record still tells that there is something left to do.
    outbox.forget(account).await?;
    records.remove(account).await
}
