//! The registration records in the database.

use super::{During as _, PostgresStore, Within as _};
use crate::adapters::store_values::account;
use crate::ports::directory::AccountId;
use crate::ports::records::{Record, Records, Statistics, StoredRecord};
use crate::ports::sessions::{Revision, Swap};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use std::collections::HashMap;

/// The columns `account`, `record` and `revision`.
type Row = (Vec<u8>, String, i64);

fn parse_row((id, record, revision): Row) -> Result<(AccountId, StoredRecord), StoreError> {
    let record = serde_json::from_str(&record).during("read a record")?;
    Ok((account(&id).during("read a record")?, StoredRecord { record, revision: Revision(revision) }))
}

/// Rows to write, by column. Each account occurs once; `changes` are their places in the batch.
#[derive(Default)]
struct Columns {
    accounts: Vec<Vec<u8>>,
    revisions: Vec<i64>,
    records: Vec<String>,
    birthdate_keys: Vec<Option<String>>,
    mobile_keys: Vec<Option<String>>,
    changes: HashMap<Vec<u8>, usize>,
}

impl Columns {
    fn add(
        &mut self,
        change: usize,
        account: AccountId,
        record: &Record,
        revision: i64,
    ) -> Result<(), StoreError> {
        let account = account.0.as_bytes().to_vec();
        if self.changes.contains_key(&account) {
            // The second change of an account within a batch is based on a revision that the first one replaces.
            return Ok(());
        }
        self.changes.insert(account.clone(), change);
        self.accounts.push(account);
        self.revisions.push(revision);
        self.records.push(serde_json::to_string(record).during("store a record")?);
        let birthdate = record.birthdate.as_ref().map(|birthdate| birthdate.value.key_id.clone());
        self.birthdate_keys.push(birthdate);
        self.mobile_keys.push(record.mobile.as_ref().map(|mobile| mobile.value.key_id.clone()));
        Ok(())
    }
}

const INSERT: &str = "insert into registered (account, revision, record, birthdate_key, mobile_key)
    select account, 1, record, birthdate_key, mobile_key
    from unnest($1, $2, $3, $4, $5) as given (account, revision, record, birthdate_key, mobile_key)
    order by account
    on conflict (account) do nothing
    returning account, revision";

const UPDATE: &str = "update registered
    set revision = registered.revision + 1, record = given.record, birthdate_key = given.birthdate_key,
        mobile_key = given.mobile_key
    from unnest($1, $2, $3, $4, $5) as given (account, revision, record, birthdate_key, mobile_key)
    where registered.account = given.account and registered.revision = given.revision
    returning registered.account, registered.revision";

/// Locks the rows that [`UPDATE`] changes in a fixed order, so that two batches cannot wait for each other.
const LOCK: &str = "select 1 from registered where account = any($1) order by account for update";

impl PostgresStore {
    async fn write_batch(
        &self,
        changes: &[(AccountId, &Record, Option<Revision>)],
    ) -> Result<Vec<Swap>, StoreError> {
        let what = "store records";
        let (mut inserts, mut updates) = (Columns::default(), Columns::default());
        for (index, (account, record, revision)) in changes.iter().enumerate() {
            match revision {
                None => inserts.add(index, *account, record, 0)?,
                Some(revision) => updates.add(index, *account, record, revision.0)?,
            }
        }
        let mut swaps = vec![Swap::Lost; changes.len()];
        let mut tx = self.begin().within(self.deadline, what).await?;
        if !updates.accounts.is_empty() {
            sqlx::query(LOCK).bind(&updates.accounts).execute(&mut *tx).within(self.deadline, what).await?;
        }
        for (statement, columns) in [(UPDATE, updates), (INSERT, inserts)] {
            if columns.accounts.is_empty() {
                continue;
            }
            let written: Vec<(Vec<u8>, i64)> = sqlx::query_as(statement)
                .bind(columns.accounts)
                .bind(columns.revisions)
                .bind(columns.records)
                .bind(columns.birthdate_keys)
                .bind(columns.mobile_keys)
                .fetch_all(&mut *tx)
                .within(self.deadline, what)
                .await?;
            for (account, revision) in written {
                let place = columns.changes.get(&account).and_then(|index| swaps.get_mut(*index));
                if let Some(swap) = place {
                    *swap = Swap::Won(Revision(revision));
                }
            }
        }
        tx.commit().within(self.deadline, what).await?;
        Ok(swaps)
    }
}

#[async_trait]
impl Records for PostgresStore {
    async fn load(&self, account: AccountId) -> Result<Option<StoredRecord>, StoreError> {
        let row = sqlx::query_as("select account, record, revision from registered where account = $1")
            .bind(account.0.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .within(self.deadline, "look up a record")
            .await?;
        Ok(row.map(parse_row).transpose()?.map(|(_, stored)| stored))
    }

    async fn load_many(&self, accounts: &[AccountId]) -> Result<Vec<(AccountId, StoredRecord)>, StoreError> {
        let wanted: Vec<_> = accounts.iter().map(|account| account.0.as_bytes().as_slice()).collect();
        let rows: Vec<Row> =
            sqlx::query_as("select account, record, revision from registered where account = any($1)")
                .bind(wanted)
                .fetch_all(&self.pool)
                .within(self.deadline, "look up records")
                .await?;
        rows.into_iter().map(parse_row).collect()
    }

    async fn store(
        &self,
        account: AccountId,
        record: &Record,
        revision: Option<Revision>,
    ) -> Result<Swap, StoreError> {
        let swaps = self.write_batch(&[(account, record, revision)]).await?;
        Ok(swaps.first().copied().unwrap_or(Swap::Lost))
    }

    async fn store_many(
        &self,
        changes: &[(AccountId, Record, Option<Revision>)],
    ) -> Result<Vec<Swap>, StoreError> {
        let changes: Vec<_> =
            changes.iter().map(|(account, record, revision)| (*account, record, *revision)).collect();
        self.write_batch(&changes).await
    }

    async fn remove(&self, account: AccountId) -> Result<bool, StoreError> {
        let deleted = sqlx::query("delete from registered where account = $1")
            .bind(account.0.as_bytes().as_slice())
            .execute(&self.pool)
            .within(self.deadline, "remove a record")
            .await?;
        Ok(deleted.rows_affected() > 0)
    }

    async fn page(
        &self,
        after: Option<AccountId>,
        max: u32,
    ) -> Result<Vec<(AccountId, StoredRecord)>, StoreError> {
        let after = after.map(|account| account.0.as_bytes().to_vec()).unwrap_or_default();
        let rows: Vec<Row> = sqlx::query_as(
            "select account, record, revision from registered where account > $1 order by account limit $2",
        )
        .bind(after)
        .bind(i64::from(max))
        .fetch_all(&self.pool)
        .within(self.deadline, "read the records")
        .await?;
        rows.into_iter().map(parse_row).collect()
    }

    async fn statistics(&self, writing_key: &str) -> Result<Statistics, StoreError> {
        let (records, birthdates, mobiles, on_old_keys): (i64, i64, i64, i64) = sqlx::query_as(
            "select count(*), count(birthdate_key), count(mobile_key),
             count(*) filter (where birthdate_key <> $1 or mobile_key <> $1) from registered",
        )
        .bind(writing_key)
        .fetch_one(&self.pool)
        .within(self.deadline, "count the records")
        .await?;
        let number = |count: i64| u64::try_from(count).unwrap_or(0);
        Ok(Statistics {
            records: number(records),
            birthdates: number(birthdates),
            mobiles: number(mobiles),
            on_old_keys: number(on_old_keys),
        })
    }
}
