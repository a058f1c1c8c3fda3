//! Known devices: browsers in which an account owner has finished a reset or signed in with a code of the app.
//!
//! The cookie holds a random id, sealed with a key of this service. A value that we did not seal is refused without
//! the store. The store decides whether the id is still registered, so a device expires and can be revoked.

use super::ServiceDeps;
use crate::crypto::{Keyring, Purpose};
use crate::ports::clock::Clock;
use crate::ports::devices::{Device, DeviceId, Devices};
use crate::ports::directory::AccountId;
use crate::ports::store::StoreError;
use jiff::SignedDuration;
use std::error::Error;
use std::sync::Arc;

/// Separates the cookies from those of earlier versions, which held an account id, did not expire on the server and
/// are unknown now.
const BOUND_TO: &[u8] = b"registered device";
/// An employee uses a few browsers. More would let one account take a large part of the reserve of the devices.
const MAX_PER_ACCOUNT: u32 = 10;

/// Registers and finds known devices.
pub(crate) struct KnownDevices {
    store: Arc<dyn Devices>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    lifetime: SignedDuration,
}

impl KnownDevices {
    pub(crate) fn new(deps: &ServiceDeps, lifetime: SignedDuration) -> Self {
        Self {
            store: Arc::clone(&deps.devices),
            keys: Arc::clone(&deps.keys),
            clock: Arc::clone(&deps.clock),
            lifetime,
        }
    }

    /// How long a device stays known after its last proof.
    pub(crate) fn lifetime(&self) -> SignedDuration {
        self.lifetime
    }

    /// The id in a cookie; `None` if this service did not seal it.
    pub(crate) fn id_in(&self, cookie: &[u8]) -> Option<DeviceId> {
        let id = self.keys.open(Purpose::Device, BOUND_TO, cookie).ok()?;
        Some(DeviceId(id.as_slice().try_into().ok()?))
    }

    /// The account of a device; `None` if it is not registered. During an outage of the store no account has a known
    /// device; the call itself then fails.
    pub(crate) async fn account_of(&self, id: DeviceId) -> Option<AccountId> {
        match self.store.find_device(id, self.clock.now()).await {
            Ok(device) => device.map(|device| device.account),
            Err(error) => {
                // The call itself reports the outage.
                tracing::debug!(error = &error as &dyn Error, "store unavailable: device counts as unknown");
                None
            }
        }
    }

    /// Remembers the browser after a proof of the account owner: renews its registration, or registers it. Returns
    /// the new cookie; `None` if that failed, which must not fail the step.
    pub(crate) async fn remember(&self, account: AccountId, earlier: Option<DeviceId>) -> Option<Vec<u8>> {
        match self.register(account, earlier).await {
            Ok(id) => self.keys.seal(Purpose::Device, BOUND_TO, &id?.0).ok(),
            Err(error) => {
                tracing::warn!(error = &error as &dyn Error, "store unavailable: device not registered");
                None
            }
        }
    }

    async fn register(
        &self,
        account: AccountId,
        earlier: Option<DeviceId>,
    ) -> Result<Option<DeviceId>, StoreError> {
        let created = self.clock.now();
        let Ok(expires) = created.checked_add(self.lifetime) else { return Ok(None) };
        if let Some(id) = earlier
            && self.store.find_device(id, created).await?.is_some_and(|device| device.account == account)
            && self.store.renew_device(id, expires).await?
        {
            return Ok(Some(id));
        }
        let Ok(id) = crate::random::bytes().map(DeviceId) else { return Ok(None) };
        self.store.register_device(id, Device { account, created, expires }, MAX_PER_ACCOUNT).await?;
        Ok(Some(id))
    }

    /// Revokes all devices of an account after a change that a thief of a device could have made. A failure is logged
    /// only: the change itself is done.
    pub(crate) async fn revoke(&self, account: AccountId) {
        if let Err(error) = self.store.revoke_devices(account).await {
            tracing::warn!(error = &error as &dyn Error, "store unavailable: devices not revoked");
        }
    }
}
