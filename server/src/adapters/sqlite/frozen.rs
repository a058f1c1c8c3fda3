//! The frozen accounts and the links that freeze them, in the embedded store.

use super::SqliteStore;
use crate::adapters::store_values::{DecodeError, account, freeze_origin, time};
use crate::ports::directory::AccountId;
use crate::ports::frozen_accounts::{
    Freeze, FreezeLink, FrozenAccounts, LIFTED_KEPT_FOR, LINK_LIFETIME, LinkDigest, LinkUse,
};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, Sqlite, Transaction};

fn account_of(row: &SqliteRow) -> Result<AccountId, DecodeError> {
    account(row.try_get("account")?)
}

fn time_of(row: &SqliteRow, column: &str) -> Result<Timestamp, DecodeError> {
    time(row.try_get(column)?)
}

fn freeze_of(row: &SqliteRow) -> Result<Freeze, DecodeError> {
    let origin: String = row.try_get("origin")?;
    Ok(Freeze {
        since: time_of(row, "since")?,
        by: freeze_origin(&origin),
        reference: row.try_get("reference")?,
    })
}

fn link_of(row: &SqliteRow) -> Result<FreezeLink, DecodeError> {
    Ok(FreezeLink {
        account: account_of(row)?,
        expires: time_of(row, "expires")?,
        used: row.try_get("used")?,
    })
}

/// Inserts a freeze unless there is one; returns the one that was there.
async fn insert(
    tx: &mut Transaction<'_, Sqlite>,
    account: &[u8],
    freeze: &Freeze,
) -> Result<Option<Freeze>, DecodeError> {
    let row = sqlx::query("select since, origin, reference from frozen where account = ? and lifted is null")
        .bind(account)
        .fetch_optional(&mut **tx)
        .await?;
    if let Some(row) = row {
        return freeze_of(&row).map(Some);
    }
    sqlx::query("insert or replace into frozen (account, since, origin, reference) values (?, ?, ?, ?)")
        .bind(account)
        .bind(freeze.since.as_millisecond())
        .bind(freeze.by.name())
        .bind(&freeze.reference)
        .execute(&mut **tx)
        .await?;
    delete_wait(tx, account).await?;
    Ok(None)
}

/// Deletes the waiting reset of an account: after a freeze it waits again.
async fn delete_wait(tx: &mut Transaction<'_, Sqlite>, account: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query("delete from waiting_resets where account = ?").bind(account).execute(&mut **tx).await?;
    Ok(())
}

impl SqliteStore {
    async fn lift(&self, account: AccountId, now: Timestamp) -> Result<Option<Freeze>, DecodeError> {
        let account = account.0.as_bytes().as_slice();
        let mut tx = self.writer.begin_with("begin immediate").await?;
        let row = sqlx::query(
            "update frozen set lifted = ? where account = ? and lifted is null returning since, origin, reference",
        )
        .bind(now.as_millisecond())
        .bind(account)
        .fetch_optional(&mut *tx)
        .await?;
        let freeze = row.map(|row| freeze_of(&row)).transpose()?;
        if let Some(freeze) = &freeze {
            sqlx::query("delete from freeze_links where account = ? and (used or expires <= ?)")
                .bind(account)
                .bind((freeze.since + LINK_LIFETIME).as_millisecond())
                .execute(&mut *tx)
                .await?;
            // A verification that ran at the time of the freeze may have stored one after it.
            delete_wait(&mut tx, account).await?;
        }
        tx.commit().await?;
        Ok(freeze)
    }

    /// Deletes the rows of an account from these tables; returns how many there were.
    async fn delete_of(&self, account: AccountId) -> Result<u64, sqlx::Error> {
        let mut tx = self.writer.begin_with("begin immediate").await?;
        let mut rows = 0;
        for statement in [
            "delete from waiting_resets where account = ?",
            // In the same transaction: with the freeze gone they would be valid again.
            "delete from start_codes where account = ?",
            "delete from call_codes where account = ?",
            "delete from frozen where account = ?",
            "delete from freeze_links where account = ?",
        ] {
            let deleted = sqlx::query(statement).bind(account.0.as_bytes().as_slice());
            rows += deleted.execute(&mut *tx).await?.rows_affected();
        }
        tx.commit().await?;
        Ok(rows)
    }

    async fn use_link(&self, digest: LinkDigest, freeze: &Freeze) -> Result<LinkUse, DecodeError> {
        let mut tx = self.writer.begin_with("begin immediate").await?;
        let row =
            sqlx::query("select account, expires, used from freeze_links where digest = ? and expires > ?")
                .bind(digest.0.as_slice())
                .bind(freeze.since.as_millisecond())
                .fetch_optional(&mut *tx)
                .await?;
        let Some(row) = row else { return Ok(LinkUse::Invalid) };
        let link = link_of(&row)?;
        let bytes = link.account.0.as_bytes().as_slice();
        if link.used {
            return Ok(LinkUse::AlreadyFrozen);
        }
        sqlx::query("update freeze_links set used = 1 where digest = ?")
            .bind(digest.0.as_slice())
            .execute(&mut *tx)
            .await?;
        let earlier = insert(&mut tx, bytes, freeze).await?;
        tx.commit().await?;
        Ok(if earlier.is_some() { LinkUse::AlreadyFrozen } else { LinkUse::Frozen(link.account) })
    }
}

#[async_trait]
impl FrozenAccounts for SqliteStore {
    async fn freeze(&self, account: AccountId, freeze: &Freeze) -> Result<Option<Freeze>, StoreError> {
        let frozen = async {
            let mut tx = self.writer.begin_with("begin immediate").await?;
            let earlier = insert(&mut tx, account.0.as_bytes(), freeze).await?;
            tx.commit().await?;
            Ok::<_, DecodeError>(earlier)
        };
        frozen.await.map_err(|error| StoreError::new("freeze an account", error))
    }

    async fn find_freeze(&self, account: AccountId) -> Result<Option<Freeze>, StoreError> {
        let store_error = |error: DecodeError| StoreError::new("read whether an account is frozen", error);
        let row =
            sqlx::query("select since, origin, reference from frozen where account = ? and lifted is null")
                .bind(account.0.as_bytes().as_slice())
                .fetch_optional(&self.reader)
                .await
                .map_err(|error| store_error(error.into()))?;
        row.map(|row| freeze_of(&row)).transpose().map_err(store_error)
    }

    async fn was_frozen_since(&self, account: AccountId, since: Timestamp) -> Result<bool, StoreError> {
        let row = sqlx::query("select 1 from frozen where account = ? and (lifted is null or lifted >= ?)")
            .bind(account.0.as_bytes().as_slice())
            .bind(since.as_millisecond())
            .fetch_optional(&self.reader)
            .await
            .map_err(|error| StoreError::new("read whether an account is frozen", error))?;
        Ok(row.is_some())
    }

    async fn lift_freeze(&self, account: AccountId, now: Timestamp) -> Result<Option<Freeze>, StoreError> {
        self.lift(account, now).await.map_err(|error| StoreError::new("lift a freeze", error))
    }

    async fn list_frozen(&self) -> Result<Vec<(AccountId, Freeze)>, StoreError> {
        let store_error = |error: DecodeError| StoreError::new("list the frozen accounts", error);
        let rows =
            sqlx::query("select account, since, origin, reference from frozen where lifted is null order by since, account")
                .fetch_all(&self.reader)
                .await
                .map_err(|error| store_error(error.into()))?;
        rows.iter()
            .map(|row| Ok((account_of(row)?, freeze_of(row)?)))
            .collect::<Result<_, DecodeError>>()
            .map_err(store_error)
    }

    async fn store_link(&self, digest: LinkDigest, link: &FreezeLink) -> Result<(), StoreError> {
        sqlx::query("insert into freeze_links (digest, account, expires, used) values (?, ?, ?, ?)")
            .bind(digest.0.as_slice())
            .bind(link.account.0.as_bytes().as_slice())
            .bind(link.expires.as_millisecond())
            .bind(link.used)
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::new("store a link", error))?;
        Ok(())
    }

    async fn find_link(&self, digest: LinkDigest, now: Timestamp) -> Result<Option<FreezeLink>, StoreError> {
        let store_error = |error: DecodeError| StoreError::new("find a link", error);
        let row =
            sqlx::query("select account, expires, used from freeze_links where digest = ? and expires > ?")
                .bind(digest.0.as_slice())
                .bind(now.as_millisecond())
                .fetch_optional(&self.reader)
                .await
                .map_err(|error| store_error(error.into()))?;
        row.map(|row| link_of(&row)).transpose().map_err(store_error)
    }

    async fn links_of(&self, account: AccountId) -> Result<Vec<FreezeLink>, StoreError> {
        let store_error = |error: DecodeError| StoreError::new("list the links of an account", error);
        let rows =
            sqlx::query("select account, expires, used from freeze_links where account = ? order by expires")
                .bind(account.0.as_bytes().as_slice())
                .fetch_all(&self.reader)
                .await
                .map_err(|error| store_error(error.into()))?;
        rows.iter().map(link_of).collect::<Result<_, _>>().map_err(store_error)
    }

    async fn freeze_by_link(&self, digest: LinkDigest, freeze: &Freeze) -> Result<LinkUse, StoreError> {
        self.use_link(digest, freeze).await.map_err(|error| StoreError::new("freeze an account", error))
    }

    async fn remove_freeze_data(&self, account: AccountId) -> Result<bool, StoreError> {
        let deleted = self.delete_of(account).await;
        Ok(deleted.map_err(|error| StoreError::new("delete a freeze", error))? > 0)
    }

    async fn purge_links(&self, now: Timestamp) -> Result<(), StoreError> {
        for (statement, before) in [
            ("delete from freeze_links where expires < ?", now),
            ("delete from frozen where lifted < ?", now - LIFTED_KEPT_FOR),
        ] {
            sqlx::query(statement)
                .bind(before.as_millisecond())
                .execute(&self.writer)
                .await
                .map_err(|error| StoreError::new("delete expired links", error))?;
        }
        Ok(())
    }
}
