//! Port: the known devices, i.e. browsers in which an account owner has given a proof. They expire and can be revoked.

use super::directory::AccountId;
use super::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;

/// The id of a device: random, and sealed in the cookie of the browser, so that the store alone opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceId(pub [u8; 16]);

impl std::fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceId(…)")
    }
}

/// A known device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// The account whose owner gave a proof in this browser.
    pub account: AccountId,
    /// When it was registered.
    pub created: Timestamp,
    /// From when it is no longer known.
    pub expires: Timestamp,
}

/// The store of known devices.
#[async_trait]
pub trait Devices: Send + Sync {
    /// Registers a device. Of the devices of its account at most `max` remain: those that expire last.
    async fn register_device(&self, id: DeviceId, device: Device, max: u32) -> Result<(), StoreError>;

    /// Returns the device with this id, or `None` if it was never registered, was revoked or has expired.
    async fn find_device(&self, id: DeviceId, now: Timestamp) -> Result<Option<Device>, StoreError>;

    /// Changes when a device expires; returns whether it is registered.
    async fn renew_device(&self, id: DeviceId, expires: Timestamp) -> Result<bool, StoreError>;

    /// Returns the devices of an account, the oldest first.
    async fn devices_of(&self, account: AccountId) -> Result<Vec<Device>, StoreError>;

    /// Removes all devices of an account; returns how many.
    async fn revoke_devices(&self, account: AccountId) -> Result<u64, StoreError>;

    /// Deletes the devices that expired before `now`.
    async fn purge_devices(&self, now: Timestamp) -> Result<(), StoreError>;
}
