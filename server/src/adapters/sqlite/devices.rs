//! The known devices in the embedded store.

use super::SqliteStore;
use crate::adapters::store_values::{DecodeError, account, time};
use crate::ports::devices::{Device, DeviceId, Devices};
use crate::ports::directory::AccountId;
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

fn device(row: &SqliteRow) -> Result<Device, DecodeError> {
    Ok(Device {
        account: account(row.try_get("account")?)?,
        created: time(row.try_get("created")?)?,
        expires: time(row.try_get("expires")?)?,
    })
}

#[async_trait]
impl Devices for SqliteStore {
    async fn register_device(&self, id: DeviceId, device: Device, max: u32) -> Result<(), StoreError> {
        let store_error = |error: sqlx::Error| StoreError::new("register a device", error);
        let account = device.account.0.as_bytes().as_slice();
        let mut tx = self.writer.begin_with("begin immediate").await.map_err(store_error)?;
        sqlx::query("insert into devices (id, account, created, expires) values (?, ?, ?, ?)")
            .bind(id.0.as_slice())
            .bind(account)
            .bind(device.created.as_millisecond())
            .bind(device.expires.as_millisecond())
            .execute(&mut *tx)
            .await
            .map_err(store_error)?;
        sqlx::query(
            "delete from devices where account = ?1 and id not in \
             (select id from devices where account = ?1 order by expires desc, created desc limit ?2)",
        )
        .bind(account)
        .bind(max)
        .execute(&mut *tx)
        .await
        .map_err(store_error)?;
        tx.commit().await.map_err(store_error)
    }

    async fn find_device(&self, id: DeviceId, now: Timestamp) -> Result<Option<Device>, StoreError> {
        let what = "look up a device";
        let row = sqlx::query("select account, created, expires from devices where id = ? and expires > ?")
            .bind(id.0.as_slice())
            .bind(now.as_millisecond())
            .fetch_optional(&self.reader)
            .await
            .map_err(|error| StoreError::new(what, error))?;
        row.map(|row| device(&row)).transpose().map_err(|error| StoreError::new(what, error))
    }

    async fn renew_device(&self, id: DeviceId, expires: Timestamp) -> Result<bool, StoreError> {
        let changed = sqlx::query("update devices set expires = ? where id = ?")
            .bind(expires.as_millisecond())
            .bind(id.0.as_slice())
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("renew a device", error))?;
        Ok(changed.rows_affected() == 1)
    }

    async fn devices_of(&self, account: AccountId) -> Result<Vec<Device>, StoreError> {
        let what = "list the devices of an account";
        let rows =
            sqlx::query("select account, created, expires from devices where account = ? order by created")
                .bind(account.0.as_bytes().as_slice())
                .fetch_all(&self.reader)
                .await
                .map_err(|error| StoreError::new(what, error))?;
        rows.iter().map(device).collect::<Result<_, _>>().map_err(|error| StoreError::new(what, error))
    }

    async fn revoke_devices(&self, account: AccountId) -> Result<u64, StoreError> {
        let removed = sqlx::query("delete from devices where account = ?")
            .bind(account.0.as_bytes().as_slice())
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("revoke the devices of an account", error))?;
        Ok(removed.rows_affected())
    }

    async fn purge_devices(&self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("delete from devices where expires < ?")
            .bind(now.as_millisecond())
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("delete expired devices", error))?;
        Ok(())
    }
}
