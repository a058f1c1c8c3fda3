//! The registration records in the embedded store.

use super::SqliteStore;
use crate::ports::directory::AccountId;
use crate::ports::records::{Record, Records, Statistics, StoredRecord};
use crate::ports::sessions::{Revision, Swap};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, Sqlite, Transaction};
use uuid::Uuid;

fn parse_row(row: &SqliteRow) -> Result<StoredRecord, StoreError> {
    let store_error = |error: sqlx::Error| StoreError::new("read a record", error);
    let text: String = row.try_get("record").map_err(store_error)?;
    let record = serde_json::from_str(&text).map_err(|error| StoreError::new("read a record", error))?;
    Ok(StoredRecord { record, revision: Revision(row.try_get("revision").map_err(store_error)?) })
}

fn parse_row_with_account(row: &SqliteRow) -> Result<(AccountId, StoredRecord), StoreError> {
    let account: Vec<u8> =
        row.try_get("account").map_err(|error| StoreError::new("read the records", error))?;
    let account = Uuid::from_slice(&account).map_err(|error| StoreError::new("read the records", error))?;
    Ok((AccountId(account), parse_row(row)?))
}

async fn store_one(
    tx: &mut Transaction<'_, Sqlite>,
    account: AccountId,
    record: &Record,
    revision: Option<Revision>,
) -> Result<Swap, StoreError> {
    let text = serde_json::to_string(record).map_err(|error| StoreError::new("store a record", error))?;
    let statement = match revision {
        Some(_) => {
            "update registered set revision = revision + 1, record = ?2, birthdate_key = ?3, mobile_key = ?4
             where account = ?1 and revision = ?5"
        }
        None => {
            "insert into registered (account, revision, record, birthdate_key, mobile_key)
             values (?1, 1, ?2, ?3, ?4) on conflict (account) do nothing"
        }
    };
    let mobile = record.mobile.as_ref().map(|mobile| &mobile.value);
    let mut query = sqlx::query(statement)
        .bind(account.0.as_bytes().as_slice())
        .bind(text)
        .bind(record.birthdate.as_ref().map(|birthdate| birthdate.value.key_id.clone()))
        .bind(mobile.map(|mobile| mobile.key_id.clone()));
    if let Some(revision) = revision {
        query = query.bind(revision.0);
    }
    let result = query.execute(&mut **tx).await.map_err(|error| StoreError::new("store a record", error))?;
    Ok(match (result.rows_affected(), revision) {
        (1, Some(revision)) => Swap::Won(Revision(revision.0 + 1)),
        (1, None) => Swap::Won(Revision(1)),
        (_, _) => Swap::Lost,
    })
}

#[async_trait]
impl Records for SqliteStore {
    async fn load(&self, account: AccountId) -> Result<Option<StoredRecord>, StoreError> {
        let row = sqlx::query("select record, revision from registered where account = ?")
            .bind(account.0.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(|error| StoreError::new("look up a record", error))?;
        row.as_ref().map(parse_row).transpose()
    }

    async fn load_many(&self, accounts: &[AccountId]) -> Result<Vec<(AccountId, StoredRecord)>, StoreError> {
        let store_error = |error: sqlx::Error| StoreError::new("look up records", error);
        let wanted: Vec<_> = accounts.iter().map(|account| account.0.simple().to_string()).collect();
        let wanted =
            serde_json::to_string(&wanted).map_err(|error| StoreError::new("look up records", error))?;
        let rows = sqlx::query(
            "select account, record, revision from registered
             where account in (select unhex(value) from json_each(?))",
        )
        .bind(wanted)
        .fetch_all(&self.reader)
        .await
        .map_err(store_error)?;
        rows.iter().map(parse_row_with_account).collect()
    }

    async fn store(
        &self,
        account: AccountId,
        record: &Record,
        revision: Option<Revision>,
    ) -> Result<Swap, StoreError> {
        let store_error = |error: sqlx::Error| StoreError::new("store a record", error);
        let mut tx = self.writer.begin_with("begin immediate").await.map_err(store_error)?;
        let swap = store_one(&mut tx, account, record, revision).await?;
        tx.commit().await.map_err(store_error)?;
        Ok(swap)
    }

    async fn store_many(
        &self,
        changes: &[(AccountId, Record, Option<Revision>)],
    ) -> Result<Vec<Swap>, StoreError> {
        let store_error = |error: sqlx::Error| StoreError::new("store records", error);
        let mut tx = self.writer.begin_with("begin immediate").await.map_err(store_error)?;
        let mut swaps = Vec::with_capacity(changes.len());
        for (account, record, revision) in changes {
            swaps.push(store_one(&mut tx, *account, record, *revision).await?);
        }
        tx.commit().await.map_err(store_error)?;
        Ok(swaps)
    }

    async fn remove(&self, account: AccountId) -> Result<bool, StoreError> {
        let result = sqlx::query("delete from registered where account = ?")
            .bind(account.0.as_bytes().as_slice())
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("remove a record", error))?;
        Ok(result.rows_affected() > 0)
    }

    async fn page(
        &self,
        after: Option<AccountId>,
        max: u32,
    ) -> Result<Vec<(AccountId, StoredRecord)>, StoreError> {
        let store_error = |error: sqlx::Error| StoreError::new("read the records", error);
        let after = after.map(|account| account.0.as_bytes().to_vec()).unwrap_or_default();
        let rows = sqlx::query(
            "select account, record, revision from registered where account > ? order by account limit ?",
        )
        .bind(after)
        .bind(max)
        .fetch_all(&self.reader)
        .await
        .map_err(store_error)?;
        rows.iter().map(parse_row_with_account).collect()
    }

    async fn statistics(&self, writing_key: &str) -> Result<Statistics, StoreError> {
        let store_error = |error: sqlx::Error| StoreError::new("count the records", error);
        let row = sqlx::query(
            "select count(*), count(birthdate_key), count(mobile_key),
             count(*) filter (where birthdate_key <> ?1 or mobile_key <> ?1) from registered",
        )
        .bind(writing_key)
        .fetch_one(&self.reader)
        .await
        .map_err(store_error)?;
        let number = |column: usize| -> Result<u64, StoreError> {
            Ok(u64::try_from(row.try_get::<i64, _>(column).map_err(store_error)?).unwrap_or(0))
        };
        Ok(Statistics {
            records: number(0)?,
            birthdates: number(1)?,
            mobiles: number(2)?,
            on_old_keys: number(3)?,
        })
    }
}
