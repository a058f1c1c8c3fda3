//! An index of the audit log of a single node: its lines by reference and subject, in an `SQLite` file beside the log. It is
//! rebuilt from the log if it is missing, so it may be deleted at any time.

use super::{PATIENCE, create, writer_pool};
use crate::adapters::store_values::{DecodeError, line_count};
use crate::ports::collected_audit::{
    AuditLine, ChainPosition, CollectedAudit, CollectedLine, HOUR_MS, LineCount, LogId, chain_hash,
};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{QueryBuilder, Sqlite};
use std::path::Path;

/// How long a line stays after its entry: longer than anyone calls about a reference.
const KEPT: SignedDuration = SignedDuration::from_hours(35 * 24);
/// Old lines that one write removes.
const REMOVED_AT_ONCE: u32 = 1000;
const READ: &str = "read the index of the audit log";
const TABLES: &str = "
create table if not exists lines (
    number integer primary key,
    log blob not null,
    seq integer not null,
    at integer not null,
    reference text not null,
    subject text not null,
    event text not null,
    reason text not null,
    line blob not null,
    hash blob not null,
    unique (log, seq)
);
create index if not exists lines_by_reference on lines (reference) where reference <> '';
create index if not exists lines_by_subject on lines (subject, number) where subject <> '';
create index if not exists lines_by_time on lines (at);
";

/// The columns `number`, `log`, `seq`, `line` and `hash`.
type Row = (i64, Vec<u8>, i64, Vec<u8>, Vec<u8>);

fn collected((number, log, seq, text, hash): Row) -> Result<CollectedLine, DecodeError> {
    let number = u64::try_from(number)?;
    let log = LogId(log.as_slice().try_into()?);
    Ok(CollectedLine { number, log, seq: u64::try_from(seq)?, text, hash: hash.as_slice().try_into()? })
}

/// The index.
#[derive(Debug, Clone)]
pub struct AuditIndex {
    pool: SqlitePool,
}

impl AuditIndex {
    /// Opens the file, or creates it with mode 0600.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let error = |error: sqlx::Error| StoreError::new("be opened", error);
        create(path).map_err(|error| StoreError::new("be opened", error))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // What a power failure loses is copied again from the log.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(PATIENCE);
        let pool = writer_pool(PATIENCE).connect_with(options).await.map_err(error)?;
        sqlx::raw_sql(TABLES).execute(&pool).await.map_err(error)?;
        Ok(Self { pool })
    }

    async fn append(&self, log: LogId, lines: &[AuditLine]) -> Result<ChainPosition, DecodeError> {
        let mut tx = self.pool.begin_with("begin immediate").await?;
        let last: Option<(i64, Vec<u8>)> =
            sqlx::query_as("select number, hash from lines order by number desc limit 1")
                .fetch_optional(&mut *tx)
                .await?;
        let mut end = match last {
            Some((number, hash)) => {
                ChainPosition { number: u64::try_from(number)?, hash: hash.as_slice().try_into()? }
            }
            None => ChainPosition::default(),
        };
        for line in lines {
            let hash = chain_hash(&end.hash, log, &line.text);
            let inserted = sqlx::query(
                "insert into lines (number, log, seq, at, reference, subject, event, reason, line, hash)
                 values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (log, seq) do nothing",
            )
            .bind(i64::try_from(end.number + 1)?)
            .bind(log.0.as_slice())
            .bind(i64::try_from(line.seq)?)
            .bind(line.at.as_millisecond())
            .bind(&line.reference)
            .bind(&line.subject)
            .bind(&line.event)
            .bind(&line.reason)
            .bind(&line.text)
            .bind(hash.as_slice())
            .execute(&mut *tx)
            .await?;
            if inserted.rows_affected() == 1 {
                end = ChainPosition { number: end.number + 1, hash };
            }
        }
        if let Some(newest) = lines.last() {
            // The last line stays: it tells how far the log was read.
            sqlx::query(
                "delete from lines where number in (
                    select number from lines where at < ? and number < (select max(number) from lines) limit ?
                 )",
            )
            .bind((newest.at - KEPT).as_millisecond())
            .bind(REMOVED_AT_ONCE)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(end)
    }
}

#[async_trait]
impl CollectedAudit for AuditIndex {
    async fn last_collected(&self, log: LogId) -> Result<u64, StoreError> {
        let last: Option<i64> = sqlx::query_scalar("select max(seq) from lines where log = ?")
            .bind(log.0.as_slice())
            .fetch_one(&self.pool)
            .await
            .map_err(|error| StoreError::new(READ, error))?;
        u64::try_from(last.unwrap_or_default()).map_err(|error| StoreError::new(READ, error))
    }

    async fn collect(&self, log: LogId, _: &str, lines: &[AuditLine]) -> Result<ChainPosition, StoreError> {
        let appended = self.append(log, lines).await;
        appended.map_err(|error| StoreError::new("write the index of the audit log", error))
    }

    async fn lines_after(&self, number: u64, max: u32) -> Result<Vec<CollectedLine>, StoreError> {
        let number = i64::try_from(number).map_err(|error| StoreError::new(READ, error))?;
        let rows: Vec<Row> = sqlx::query_as(
            "select number, log, seq, line, hash from lines where number > ? order by number limit ?",
        )
        .bind(number)
        .bind(max)
        .fetch_all(&self.pool)
        .await
        .map_err(|error| StoreError::new(READ, error))?;
        read(rows)
    }

    async fn lines_with_reference(&self, reference: &str) -> Result<Vec<CollectedLine>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "select number, log, seq, line, hash from lines
             where reference = ? and reference <> '' order by number",
        )
        .bind(reference)
        .fetch_all(&self.pool)
        .await
        .map_err(|error| StoreError::new(READ, error))?;
        read(rows)
    }

    async fn lines_of_subjects(
        &self,
        subjects: &[String],
        since: Timestamp,
        max: u32,
    ) -> Result<Vec<CollectedLine>, StoreError> {
        if subjects.is_empty() {
            return Ok(Vec::new());
        }
        let mut query: QueryBuilder<Sqlite> = QueryBuilder::new(
            "select number, log, seq, line, hash from lines where subject <> '' and at >= ",
        );
        query.push_bind(since.as_millisecond()).push(" and subject in (");
        let mut list = query.separated(", ");
        for subject in subjects {
            list.push_bind(subject.as_str());
        }
        query.push(") order by number desc limit ").push_bind(max);
        let rows = query.build_query_as::<Row>().fetch_all(&self.pool).await;
        read(rows.map_err(|error| StoreError::new(READ, error))?)
    }

    async fn count_lines(&self, from: Timestamp, before: Timestamp) -> Result<Vec<LineCount>, StoreError> {
        let rows: Vec<(i64, String, String, i64)> = sqlx::query_as(
            "select at / ? as hour, event, reason, count(*) from lines
             where at >= ? and at < ? group by 1, 2, 3 order by 1, 2, 3",
        )
        .bind(HOUR_MS)
        .bind(from.as_millisecond())
        .bind(before.as_millisecond())
        .fetch_all(&self.pool)
        .await
        .map_err(|error| StoreError::new(READ, error))?;
        rows.into_iter()
            .map(line_count)
            .collect::<Result<_, _>>()
            .map_err(|error| StoreError::new(READ, error))
    }

    async fn remove_before(&self, time: Timestamp) -> Result<(ChainPosition, u64), StoreError> {
        let what = "remove lines of the index of the audit log";
        // The last line stays, because the numbers continue from it.
        let removed = sqlx::query(
            "delete from lines where number < (
                select coalesce((select min(number) from lines where at >= ?), (select max(number) from lines))
             ) returning number, hash",
        )
        .bind(time.as_millisecond());
        let removed: Result<Vec<sqlx::sqlite::SqliteRow>, _> = removed.fetch_all(&self.pool).await;
        let removed = removed.map_err(|error| StoreError::new(what, error))?;
        let last = removed.iter().map(|row| {
            use sqlx::Row as _;
            Ok::<_, DecodeError>((row.try_get::<i64, _>("number")?, row.try_get::<Vec<u8>, _>("hash")?))
        });
        let last = last.collect::<Result<Vec<_>, _>>().map_err(|error| StoreError::new(what, error))?;
        let end = match last.into_iter().max_by_key(|(number, _)| *number) {
            Some((number, hash)) => ChainPosition {
                number: u64::try_from(number).map_err(|error| StoreError::new(what, error))?,
                hash: hash.as_slice().try_into().map_err(|error| StoreError::new(what, Box::new(error)))?,
            },
            None => ChainPosition::default(),
        };
        Ok((end, removed.len() as u64))
    }
}

fn read(rows: Vec<Row>) -> Result<Vec<CollectedLine>, StoreError> {
    rows.into_iter().map(collected).collect::<Result<_, _>>().map_err(|error| StoreError::new(READ, error))
}
