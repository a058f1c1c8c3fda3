//! The audit log of all nodes in the database.

use super::{During as _, PostgresStore, Within as _};
use crate::adapters::store_values::{DecodeError, line_count};
use crate::ports::collected_audit::{
    AuditLine, ChainPosition, CollectedAudit, CollectedLine, HOUR_MS, LineCount, LogId, chain_hash,
};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use std::collections::HashSet;

/// The key of the lock under which lines are appended and removed.
const LOCK: i64 = 7_305_803;

/// Lines that one transaction removes, so that the nodes wait no longer than a moment.
const REMOVED_AT_ONCE: i64 = 10_000;

/// The columns `number`, `log`, `seq`, `line` and `hash`.
type Row = (i64, Vec<u8>, i64, Vec<u8>, Vec<u8>);

fn collected((number, log, seq, text, hash): Row) -> Result<CollectedLine, DecodeError> {
    let number = u64::try_from(number)?;
    let log = LogId(log.as_slice().try_into()?);
    Ok(CollectedLine { number, log, seq: u64::try_from(seq)?, text, hash: hash.as_slice().try_into()? })
}

fn position(row: Option<(i64, Vec<u8>)>) -> Result<ChainPosition, DecodeError> {
    let Some((number, hash)) = row else { return Ok(ChainPosition::default()) };
    Ok(ChainPosition { number: u64::try_from(number)?, hash: hash.as_slice().try_into()? })
}

fn digest(line: &AuditLine) -> Vec<u8> {
    Sha256::digest(&line.text).to_vec()
}

/// Makes this transaction the only one that changes the chain, until it ends, and returns its end.
async fn lock_chain(connection: &mut PgConnection) -> Result<ChainPosition, DecodeError> {
    sqlx::query("select pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *connection).await?;
    let end = sqlx::query_as("select number, hash from audit_lines order by number desc limit 1");
    position(end.fetch_optional(connection).await?)
}

/// The lines that are not in the table yet. A log whose id was lost starts again.
async fn missing<'a>(
    connection: &mut PgConnection,
    lines: &'a [AuditLine],
) -> Result<Vec<&'a AuditLine>, DecodeError> {
    let digests: Vec<_> = lines.iter().map(digest).collect();
    let known: Vec<Vec<u8>> =
        sqlx::query_scalar("select line_digest from audit_lines where line_digest = any($1)")
            .bind(digests)
            .fetch_all(connection)
            .await?;
    let known: HashSet<_> = known.into_iter().collect();
    Ok(lines.iter().filter(|line| !known.contains(&digest(line))).collect())
}

async fn insert(
    connection: &mut PgConnection,
    log: LogId,
    lines: &[&AuditLine],
    mut end: ChainPosition,
) -> Result<ChainPosition, DecodeError> {
    let (mut numbers, mut hashes) = (Vec::new(), Vec::new());
    for line in lines {
        let hash = chain_hash(&end.hash, log, &line.text);
        end = ChainPosition { number: end.number + 1, hash };
        numbers.push(i64::try_from(end.number)?);
        hashes.push(end.hash.to_vec());
    }
    let sequence: Result<Vec<_>, _> = lines.iter().map(|line| i64::try_from(line.seq)).collect();
    sqlx::query(
        "insert into audit_lines
            (number, log, seq, at, reference, subject, event, reason, line, line_digest, hash)
         select number, $1, seq, at, reference, subject, event, reason, line, digest, hash
         from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::bytea[], $10::bytea[], $11::bytea[])
         as given (number, seq, at, reference, subject, event, reason, line, digest, hash)",
    )
    .bind(log.0.as_slice())
    .bind(numbers)
    .bind(sequence?)
    .bind(lines.iter().map(|line| line.at.as_millisecond()).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.reference.as_str()).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.subject.as_str()).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.event.as_str()).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.reason.as_str()).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.text.as_slice()).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| digest(line)).collect::<Vec<_>>())
    .bind(hashes)
    .execute(connection)
    .await?;
    Ok(end)
}

impl PostgresStore {
    async fn append_lines(
        &self,
        log: LogId,
        node: &str,
        lines: &[AuditLine],
    ) -> Result<ChainPosition, DecodeError> {
        let mut transaction = self.begin().await?;
        let mut end = lock_chain(&mut transaction).await?;
        let new = missing(&mut transaction, lines).await?;
        end = insert(&mut transaction, log, &new, end).await?;
        if let Some(last) = lines.last() {
            sqlx::query(
                "insert into audit_logs (log, node, last_seq) values ($1, $2, $3)
                 on conflict (log) do update set node = excluded.node, last_seq = excluded.last_seq",
            )
            .bind(log.0.as_slice())
            .bind(node)
            .bind(i64::try_from(last.seq)?)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(end)
    }

    /// Removes some of the lines before the first one of this time or later, and returns the last of them and their number.
    async fn remove_some_before(&self, time: Timestamp) -> Result<(ChainPosition, u64), DecodeError> {
        let mut transaction = self.begin().await?;
        let end = lock_chain(&mut transaction).await?;
        // The last line stays, because the chain continues from it.
        let first_kept: Option<i64> =
            sqlx::query_scalar("select min(number) from audit_lines where at >= $1")
                .bind(time.as_millisecond())
                .fetch_one(&mut *transaction)
                .await?;
        let first_kept = first_kept.map_or_else(|| i64::try_from(end.number), Ok)?;
        let last = sqlx::query_as(
            "select number, hash from (
                select number, hash from audit_lines where number < $1 order by number limit $2
             ) as oldest order by number desc limit 1",
        )
        .bind(first_kept)
        .bind(REMOVED_AT_ONCE)
        .fetch_optional(&mut *transaction)
        .await?;
        let last = position(last)?;
        if last.number == 0 {
            return Ok((last, 0));
        }
        let removed = sqlx::query("delete from audit_lines where number <= $1")
            .bind(i64::try_from(last.number)?)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok((last, removed.rows_affected()))
    }
}

#[async_trait]
impl CollectedAudit for PostgresStore {
    async fn last_collected(&self, log: LogId) -> Result<u64, StoreError> {
        let what = "read how far the audit log was collected";
        let last: Option<i64> = sqlx::query_scalar("select last_seq from audit_logs where log = $1")
            .bind(log.0.as_slice())
            .fetch_optional(&self.pool)
            .within(self.deadline, what)
            .await?;
        u64::try_from(last.unwrap_or_default()).during(what)
    }

    async fn collect(
        &self,
        log: LogId,
        node: &str,
        lines: &[AuditLine],
    ) -> Result<ChainPosition, StoreError> {
        self.append_lines(log, node, lines).within(self.deadline, "collect the audit log").await
    }

    async fn lines_after(&self, number: u64, max: u32) -> Result<Vec<CollectedLine>, StoreError> {
        let what = "read the collected audit log";
        let rows: Vec<Row> = sqlx::query_as(
            "select number, log, seq, line, hash from audit_lines where number > $1 order by number limit $2",
        )
        .bind(i64::try_from(number).during(what)?)
        .bind(i64::from(max))
        .fetch_all(&self.pool)
        .within(self.deadline, what)
        .await?;
        rows.into_iter().map(collected).collect::<Result<_, _>>().during(what)
    }

    async fn lines_with_reference(&self, reference: &str) -> Result<Vec<CollectedLine>, StoreError> {
        let what = "read the collected audit log";
        let rows: Vec<Row> = sqlx::query_as(
            "select number, log, seq, line, hash from audit_lines
             where reference = $1 and reference <> '' order by number",
        )
        .bind(reference)
        .fetch_all(&self.pool)
        .within(self.deadline, what)
        .await?;
        rows.into_iter().map(collected).collect::<Result<_, _>>().during(what)
    }

    async fn lines_of_subjects(
        &self,
        subjects: &[String],
        since: Timestamp,
        max: u32,
    ) -> Result<Vec<CollectedLine>, StoreError> {
        let what = "read the collected audit log";
        let rows: Vec<Row> = sqlx::query_as(
            "select number, log, seq, line, hash from audit_lines
             where subject = any($1) and subject <> '' and at >= $2 order by number desc limit $3",
        )
        .bind(subjects)
        .bind(since.as_millisecond())
        .bind(i64::from(max))
        .fetch_all(&self.pool)
        .within(self.deadline, what)
        .await?;
        rows.into_iter().map(collected).collect::<Result<_, _>>().during(what)
    }

    async fn count_lines(&self, from: Timestamp, before: Timestamp) -> Result<Vec<LineCount>, StoreError> {
        let what = "count lines of the collected audit log";
        let rows: Vec<(i64, String, String, i64)> = sqlx::query_as(
            "select at / $1 as hour, event, reason, count(*) from audit_lines
             where at >= $2 and at < $3 group by 1, 2, 3 order by 1, 2, 3",
        )
        .bind(HOUR_MS)
        .bind(from.as_millisecond())
        .bind(before.as_millisecond())
        .fetch_all(&self.pool)
        .within(self.deadline, what)
        .await?;
        rows.into_iter().map(line_count).collect::<Result<_, _>>().during(what)
    }

    async fn remove_before(&self, time: Timestamp) -> Result<(ChainPosition, u64), StoreError> {
        let (mut last, mut removed) = (ChainPosition::default(), 0);
        loop {
            let what = "remove lines of the collected audit log";
            let (position, number) = self.remove_some_before(time).within(self.deadline, what).await?;
            if number == 0 {
                return Ok((last, removed));
            }
            last = position;
            removed += number;
        }
    }
}
