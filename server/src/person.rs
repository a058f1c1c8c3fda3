//! Export and deletion of the data stored about one person (GDPR, in Dutch AVG). The directory account is not
//! affected.

use crate::crypto::Keyring;
use crate::ports::directory::AccountId;
use crate::ports::frozen_accounts::FreezeOrigin;
use crate::ports::notifier::NoticeKind;
use crate::ports::records::{Proposal, Record, Records, RegisteredValue, SealedMobile};
use crate::ports::store::{Store, StoreError};
use crate::record_values::open;
use app::api::enrollment_state::Source;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// The data stored about a person, for that person. It contains the full number, so it has no `Debug`.
#[derive(Serialize)]
pub struct Export {
    /// The account's id in the directory.
    account: Uuid,
    birthdate: Option<Value>,
    mobile: Option<Value>,
    proposed_birthdate: Option<Value>,
    proposed_mobile: Option<Value>,
    /// The number that was replaced.
    previous_mobile: Option<String>,
    /// When the number is written to Entrust and the directory, if that has not happened yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_write_due: Option<Timestamp>,
    /// Started activations of the app that were not seen completed.
    activations: Vec<StartedActivation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_usable_from: Option<Timestamp>,
    /// When an activation of the app was last completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    app_activated: Option<Timestamp>,
    /// The browsers that count as known devices.
    known_devices: Vec<KnownDevice>,
    /// Notices that are still to be sent.
    #[serde(rename = "untold")]
    pending_notices: Vec<NoticeKind>,
    /// Since when the account is missing from the directory or disabled.
    left_since: Option<Timestamp>,
    /// The freeze of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen: Option<FrozenSince>,
    /// The links in notices with which the account can be frozen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    freeze_links: Vec<Link>,
    /// The reset that waits, if the account is one of high impact.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_reset: Option<Wait>,
    /// The pseudonym of the person in the audit log; entries written with an earlier key file have another one.
    audit_subject: String,
}

/// A registered or proposed value.
#[derive(Serialize)]
struct Value {
    #[serde(rename = "kept_as")]
    stored_as: StoredAs,
    /// The number itself. A birthdate cannot be recovered from its digest.
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
enum StoredAs {
    /// A keyed digest; the value cannot be recovered.
    Digest,
    /// Encrypted.
    Encrypted,
    /// Encrypted with a key that is not among the key files.
    #[serde(rename = "encrypted_by_a_lost_key")]
    EncryptedByMissingKey,
}

/// A started activation of the app.
#[derive(Serialize)]
struct StartedActivation {
    token: String,
    since: Timestamp,
    replaces: bool,
}

/// A freeze of the account.
#[derive(Serialize)]
struct FrozenSince {
    since: Timestamp,
    by: FreezeOrigin,
    reference: String,
}

/// A reset that waits.
#[derive(Serialize)]
struct Wait {
    requested: Timestamp,
    opens: Timestamp,
    closes: Timestamp,
}

/// A link in a notice. Only a digest of the link itself is stored.
#[derive(Serialize)]
struct Link {
    expires: Timestamp,
    used: bool,
}

/// A browser in which the person gave a proof.
#[derive(Serialize)]
struct KnownDevice {
    since: Timestamp,
    expires: Timestamp,
}

/// Exports the data of an account; `None` if there is none.
pub async fn export(
    account: AccountId,
    store: &dyn Store,
    keys: &Keyring,
) -> Result<Option<Export>, StoreError> {
    let stored = Records::load(store, account).await?;
    let devices = store.devices_of(account).await?;
    let freeze = store.find_freeze(account).await?;
    let links = store.links_of(account).await?;
    let wait = store.find_wait(account).await?;
    if stored.is_none() && devices.is_empty() && freeze.is_none() && links.is_empty() && wait.is_none() {
        return Ok(None);
    }
    let Record {
        birthdate,
        mobile,
        proposed_birthdate,
        proposed_mobile,
        previous_mobile,
        pending_mobile_write,
        activations,
        app_usable_from,
        app_activated,
        pending_notices,
        left_since,
    } = stored.map(|stored| stored.record).unwrap_or_default();
    let sealed = |value: &SealedMobile| match open(keys, account, value) {
        Some(number) => (StoredAs::Encrypted, Some(number.expose().to_owned())),
        None => (StoredAs::EncryptedByMissingKey, None),
    };
    Ok(Some(Export {
        account: account.0,
        birthdate: birthdate.map(|value| registered(&value, (StoredAs::Digest, None))),
        mobile: mobile.map(|value| registered(&value, sealed(&value.value))),
        proposed_birthdate: proposed_birthdate.map(|value| proposed(&value, (StoredAs::Digest, None))),
        proposed_mobile: proposed_mobile.map(|value| proposed(&value, sealed(&value.value))),
        previous_mobile: previous_mobile
            .and_then(|value| open(keys, account, &value))
            .map(|number| number.expose().to_owned()),
        mobile_write_due: pending_mobile_write.map(|write| write.due),
        activations: activations
            .into_iter()
            .map(|activation| StartedActivation {
                token: activation.token,
                since: activation.since,
                replaces: activation.replaces,
            })
            .collect(),
        app_usable_from,
        app_activated,
        known_devices: devices
            .into_iter()
            .map(|device| KnownDevice { since: device.created, expires: device.expires })
            .collect(),
        pending_notices,
        left_since,
        frozen: freeze.map(|freeze| FrozenSince {
            since: freeze.since,
            by: freeze.by,
            reference: freeze.reference,
        }),
        freeze_links: links.into_iter().map(|link| Link { expires: link.expires, used: link.used }).collect(),
        waiting_reset: wait.map(|wait| Wait {
            requested: wait.requested,
            opens: wait.opens,
            closes: wait.closes,
        }),
        audit_subject: keys.account_pseudonym(account.0.as_bytes()),
    }))
}

fn registered<T>(value: &RegisteredValue<T>, (stored_as, number): (StoredAs, Option<String>)) -> Value {
    let (confirmed, usable_from) = (Some(value.confirmed), Some(value.usable_from));
    Value { stored_as, number, source: value.source, since: value.since, confirmed, usable_from }
}

fn proposed<T>(value: &Proposal<T>, (stored_as, number): (StoredAs, Option<String>)) -> Value {
    Value { stored_as, number, source: Source::Hr, since: value.since, confirmed: None, usable_from: None }
}

/// Deletes an account's record, its queued messages, its known devices, its freeze, its links, its waiting reset and the codes
/// that the service desk or the wizard issued for it; returns whether there was anything but messages.
pub async fn delete(account: AccountId, store: &dyn Store) -> Result<bool, StoreError> {
    // Messages first: if this is interrupted, the record still shows that there is data to delete.
    store.remove_messages_of(account).await?;
    let devices = store.revoke_devices(account).await?;
    // The freeze last: until then the account cannot be reset.
    let had_record = Records::remove(store, account).await?;
    let had_freeze = store.remove_freeze_data(account).await?;
    Ok(had_record || had_freeze || devices > 0)
}
