//! The known devices in memory.

use super::MemoryStore;
use crate::ports::devices::{Device, DeviceId, Devices};
use crate::ports::directory::AccountId;
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use std::cmp::Reverse;

#[async_trait]
impl Devices for MemoryStore {
    async fn register_device(&self, id: DeviceId, device: Device, max: u32) -> Result<(), StoreError> {
        let mut tables = self.tables("register a device")?;
        tables.devices.insert(id, device);
        let of_account = tables.devices.iter().filter(|(_, other)| other.account == device.account);
        let mut of_account: Vec<_> = of_account.map(|(id, device)| (*id, *device)).collect();
        of_account.sort_by_key(|(_, device)| Reverse((device.expires, device.created)));
        for (id, _) in of_account.into_iter().skip(max as usize) {
            tables.devices.remove(&id);
        }
        Ok(())
    }

    async fn find_device(&self, id: DeviceId, now: Timestamp) -> Result<Option<Device>, StoreError> {
        let tables = self.tables("look up a device")?;
        Ok(tables.devices.get(&id).filter(|device| device.expires > now).copied())
    }

    async fn renew_device(&self, id: DeviceId, expires: Timestamp) -> Result<bool, StoreError> {
        let mut tables = self.tables("renew a device")?;
        Ok(tables.devices.get_mut(&id).map(|device| device.expires = expires).is_some())
    }

    async fn devices_of(&self, account: AccountId) -> Result<Vec<Device>, StoreError> {
        let tables = self.tables("list the devices of an account")?;
        let devices = tables.devices.values().filter(|device| device.account == account);
        let mut devices: Vec<_> = devices.copied().collect();
        devices.sort_by_key(|device| device.created);
        Ok(devices)
    }

    async fn revoke_devices(&self, account: AccountId) -> Result<u64, StoreError> {
        let mut tables = self.tables("revoke the devices of an account")?;
        let before = tables.devices.len();
        tables.devices.retain(|_, device| device.account != account);
        Ok((before - tables.devices.len()) as u64)
    }

    async fn purge_devices(&self, now: Timestamp) -> Result<(), StoreError> {
        self.tables("delete expired devices")?.devices.retain(|_, device| device.expires >= now);
        Ok(())
    }
}
