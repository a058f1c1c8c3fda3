//! The frozen accounts and the links that freeze them, in the database.

use super::{During as _, PostgresStore, Within as _, lock_account};
use crate::adapters::store_values::{DecodeError, account, freeze_origin, time};
use crate::ports::directory::AccountId;
use crate::ports::frozen_accounts::{
    Freeze, FreezeLink, FrozenAccounts, LIFTED_KEPT_FOR, LINK_LIFETIME, LinkDigest, LinkUse,
};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::PgConnection;

/// The columns `since`, `origin` and `reference`.
type FreezeRow = (i64, String, String);
/// The columns `account`, `expires` and `used`.
type LinkRow = (Vec<u8>, i64, bool);

const SELECT_FREEZE: &str =
    "select since, origin, reference from frozen where account = $1 and lifted is null";
const SELECT_LINK: &str =
    "select account, expires, used from freeze_links where digest = $1 and expires > $2";

fn freeze_of((since, origin, reference): FreezeRow) -> Result<Freeze, DecodeError> {
    Ok(Freeze { since: time(since)?, by: freeze_origin(&origin), reference })
}

fn link_of((id, expires, used): LinkRow) -> Result<FreezeLink, DecodeError> {
    Ok(FreezeLink { account: account(&id)?, expires: time(expires)?, used })
}

/// Inserts a freeze unless there is one; returns the one that was there. The caller has locked the account.
async fn insert(
    connection: &mut PgConnection,
    account: AccountId,
    freeze: &Freeze,
) -> Result<Option<Freeze>, DecodeError> {
    let id = account.0.as_bytes().as_slice();
    let row = sqlx::query_as(SELECT_FREEZE).bind(id).fetch_optional(&mut *connection).await?;
    if let Some(row) = row {
        return freeze_of(row).map(Some);
    }
    sqlx::query(
        "insert into frozen (account, since, origin, reference) values ($1, $2, $3, $4)
         on conflict (account) do update set since = excluded.since, origin = excluded.origin,
         reference = excluded.reference, lifted = null",
    )
    .bind(id)
    .bind(freeze.since.as_millisecond())
    .bind(freeze.by.name())
    .bind(&freeze.reference)
    .execute(&mut *connection)
    .await?;
    delete_wait(connection, id).await?;
    Ok(None)
}

/// Deletes the waiting reset of an account: after a freeze it waits again.
async fn delete_wait(connection: &mut PgConnection, id: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query("delete from waiting_resets where account = $1").bind(id).execute(connection).await?;
    Ok(())
}

impl PostgresStore {
    async fn insert_freeze(
        &self,
        account: AccountId,
        freeze: &Freeze,
    ) -> Result<Option<Freeze>, DecodeError> {
        let mut tx = self.begin().await?;
        lock_account(&mut tx, account).await?;
        let earlier = insert(&mut tx, account, freeze).await?;
        tx.commit().await?;
        Ok(earlier)
    }

    async fn lift(&self, account: AccountId, now: Timestamp) -> Result<Option<Freeze>, DecodeError> {
        let id = account.0.as_bytes().as_slice();
        let mut tx = self.begin().await?;
        lock_account(&mut tx, account).await?;
        let row = sqlx::query_as(
            "update frozen set lifted = $1 where account = $2 and lifted is null returning since, origin, reference",
        )
        .bind(now.as_millisecond())
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
        let freeze = row.map(freeze_of).transpose()?;
        if let Some(freeze) = &freeze {
            sqlx::query("delete from freeze_links where account = $1 and (used or expires <= $2)")
                .bind(id)
                .bind((freeze.since + LINK_LIFETIME).as_millisecond())
                .execute(&mut *tx)
                .await?;
            // A verification that ran at the time of the freeze may have stored one after it.
            delete_wait(&mut tx, id).await?;
        }
        tx.commit().await?;
        Ok(freeze)
    }

    /// Deletes the rows of an account from these tables; returns how many there were.
    async fn delete_of(&self, account: AccountId) -> Result<u64, sqlx::Error> {
        let mut tx = self.begin().await?;
        lock_account(&mut tx, account).await?;
        let mut rows = 0;
        for statement in [
            "delete from waiting_resets where account = $1",
            // In the same transaction: with the freeze gone they would be valid again.
            "delete from start_codes where account = $1",
            "delete from call_codes where account = $1",
            "delete from frozen where account = $1",
            "delete from freeze_links where account = $1",
        ] {
            let deleted = sqlx::query(statement).bind(account.0.as_bytes().as_slice());
            rows += deleted.execute(&mut *tx).await?.rows_affected();
        }
        tx.commit().await?;
        Ok(rows)
    }

    async fn use_link(&self, digest: LinkDigest, freeze: &Freeze) -> Result<LinkUse, DecodeError> {
        let mut tx = self.begin().await?;
        // The lock of the account first, as in all transactions; a second press of the link waits for it.
        let owner: Option<Vec<u8>> = sqlx::query_scalar("select account from freeze_links where digest = $1")
            .bind(digest.0.as_slice())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(owner) = owner else { return Ok(LinkUse::Invalid) };
        lock_account(&mut tx, account(&owner)?).await?;
        let row = sqlx::query_as(
            "select account, expires, used from freeze_links \
                                  where digest = $1 and expires > $2 for update",
        )
        .bind(digest.0.as_slice())
        .bind(freeze.since.as_millisecond())
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(LinkUse::Invalid) };
        let link = link_of(row)?;
        if link.used {
            return Ok(LinkUse::AlreadyFrozen);
        }
        sqlx::query("update freeze_links set used = true where digest = $1")
            .bind(digest.0.as_slice())
            .execute(&mut *tx)
            .await?;
        let earlier = insert(&mut tx, link.account, freeze).await?;
        tx.commit().await?;
        Ok(if earlier.is_some() { LinkUse::AlreadyFrozen } else { LinkUse::Frozen(link.account) })
    }
}

#[async_trait]
impl FrozenAccounts for PostgresStore {
    async fn freeze(&self, account: AccountId, freeze: &Freeze) -> Result<Option<Freeze>, StoreError> {
        self.insert_freeze(account, freeze).within(self.deadline, "freeze an account").await
    }

    async fn find_freeze(&self, account: AccountId) -> Result<Option<Freeze>, StoreError> {
        let what = "read whether an account is frozen";
        let row = sqlx::query_as(SELECT_FREEZE)
            .bind(account.0.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .within(self.deadline, what)
            .await?;
        row.map(freeze_of).transpose().during(what)
    }

    async fn was_frozen_since(&self, account: AccountId, since: Timestamp) -> Result<bool, StoreError> {
        let exists =
            "select exists (select from frozen where account = $1 and (lifted is null or lifted >= $2))";
        sqlx::query_scalar(exists)
            .bind(account.0.as_bytes().as_slice())
            .bind(since.as_millisecond())
            .fetch_one(&self.pool)
            .within(self.deadline, "read whether an account is frozen")
            .await
    }

    async fn lift_freeze(&self, account: AccountId, now: Timestamp) -> Result<Option<Freeze>, StoreError> {
        self.lift(account, now).within(self.deadline, "lift a freeze").await
    }

    async fn list_frozen(&self) -> Result<Vec<(AccountId, Freeze)>, StoreError> {
        let what = "list the frozen accounts";
        let rows: Vec<(Vec<u8>, i64, String, String)> = sqlx::query_as(
            "select account, since, origin, reference from frozen where lifted is null order by since, account",
        )
        .fetch_all(&self.pool)
        .within(self.deadline, what)
        .await?;
        let frozen = rows.into_iter().map(|(id, since, origin, reference)| {
            Ok((account(&id)?, freeze_of((since, origin, reference))?))
        });
        frozen.collect::<Result<_, DecodeError>>().during(what)
    }

    async fn store_link(&self, digest: LinkDigest, link: &FreezeLink) -> Result<(), StoreError> {
        sqlx::query("insert into freeze_links (digest, account, expires, used) values ($1, $2, $3, $4)")
            .bind(digest.0.as_slice())
            .bind(link.account.0.as_bytes().as_slice())
            .bind(link.expires.as_millisecond())
            .bind(link.used)
            .execute(&self.pool)
            .within(self.deadline, "store a link")
            .await?;
        Ok(())
    }

    async fn find_link(&self, digest: LinkDigest, now: Timestamp) -> Result<Option<FreezeLink>, StoreError> {
        let row = sqlx::query_as(SELECT_LINK)
            .bind(digest.0.as_slice())
            .bind(now.as_millisecond())
            .fetch_optional(&self.pool)
            .within(self.deadline, "find a link")
            .await?;
        row.map(link_of).transpose().during("find a link")
    }

    async fn links_of(&self, account: AccountId) -> Result<Vec<FreezeLink>, StoreError> {
        let what = "list the links of an account";
        let rows: Vec<LinkRow> = sqlx::query_as(
            "select account, expires, used from freeze_links where account = $1 order by expires",
        )
        .bind(account.0.as_bytes().as_slice())
        .fetch_all(&self.pool)
        .within(self.deadline, what)
        .await?;
        rows.into_iter().map(link_of).collect::<Result<_, _>>().during(what)
    }

    async fn freeze_by_link(&self, digest: LinkDigest, freeze: &Freeze) -> Result<LinkUse, StoreError> {
        self.use_link(digest, freeze).within(self.deadline, "freeze an account").await
    }

    async fn remove_freeze_data(&self, account: AccountId) -> Result<bool, StoreError> {
        Ok(self.delete_of(account).within(self.deadline, "delete a freeze").await? > 0)
    }

    async fn purge_links(&self, now: Timestamp) -> Result<(), StoreError> {
        for (statement, before) in [
            ("delete from freeze_links where expires < $1", now),
            ("delete from frozen where lifted < $1", now - LIFTED_KEPT_FOR),
        ] {
            sqlx::query(statement)
                .bind(before.as_millisecond())
                .execute(&self.pool)
                .within(self.deadline, "delete expired links")
                .await?;
        }
        Ok(())
    }
}
