//! The known devices in the database.

use super::{During as _, PostgresStore, Within as _, lock_account};
use crate::adapters::store_values::{DecodeError, account, time};
use crate::ports::devices::{Device, DeviceId, Devices};
use crate::ports::directory::AccountId;
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;

/// The columns `account`, `created` and `expires`.
type Row = (Vec<u8>, i64, i64);

fn device((id, created, expires): Row) -> Result<Device, DecodeError> {
    Ok(Device { account: account(&id)?, created: time(created)?, expires: time(expires)? })
}

impl PostgresStore {
    async fn insert_device(&self, id: DeviceId, device: Device, max: u32) -> Result<(), sqlx::Error> {
        let account = device.account.0.as_bytes().as_slice();
        let mut tx = self.begin().await?;
        lock_account(&mut tx, device.account).await?;
        sqlx::query("insert into devices (id, account, created, expires) values ($1, $2, $3, $4)")
            .bind(id.0.as_slice())
            .bind(account)
            .bind(device.created.as_millisecond())
            .bind(device.expires.as_millisecond())
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "delete from devices where account = $1 and id not in \
             (select id from devices where account = $1 order by expires desc, created desc limit $2)",
        )
        .bind(account)
        .bind(i64::from(max))
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }
}

#[async_trait]
impl Devices for PostgresStore {
    async fn register_device(&self, id: DeviceId, device: Device, max: u32) -> Result<(), StoreError> {
        self.insert_device(id, device, max).within(self.deadline, "register a device").await
    }

    async fn find_device(&self, id: DeviceId, now: Timestamp) -> Result<Option<Device>, StoreError> {
        let what = "look up a device";
        let row =
            sqlx::query_as("select account, created, expires from devices where id = $1 and expires > $2")
                .bind(id.0.as_slice())
                .bind(now.as_millisecond())
                .fetch_optional(&self.pool)
                .within(self.deadline, what)
                .await?;
        row.map(device).transpose().during(what)
    }

    async fn renew_device(&self, id: DeviceId, expires: Timestamp) -> Result<bool, StoreError> {
        let changed = sqlx::query("update devices set expires = $1 where id = $2")
            .bind(expires.as_millisecond())
            .bind(id.0.as_slice())
            .execute(&self.pool)
            .within(self.deadline, "renew a device")
            .await?;
        Ok(changed.rows_affected() == 1)
    }

    async fn devices_of(&self, account: AccountId) -> Result<Vec<Device>, StoreError> {
        let what = "list the devices of an account";
        let rows: Vec<Row> = sqlx::query_as(
            "select account, created, expires from devices where account = $1 order by created",
        )
        .bind(account.0.as_bytes().as_slice())
        .fetch_all(&self.pool)
        .within(self.deadline, what)
        .await?;
        rows.into_iter().map(device).collect::<Result<_, _>>().during(what)
    }

    async fn revoke_devices(&self, account: AccountId) -> Result<u64, StoreError> {
        let removed = sqlx::query("delete from devices where account = $1")
            .bind(account.0.as_bytes().as_slice())
            .execute(&self.pool)
            .within(self.deadline, "revoke the devices of an account")
            .await?;
        Ok(removed.rows_affected())
    }

    async fn purge_devices(&self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("delete from devices where expires < $1")
            .bind(now.as_millisecond())
            .execute(&self.pool)
            .within(self.deadline, "delete expired devices")
            .await?;
        Ok(())
    }
}
