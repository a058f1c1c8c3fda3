//! Moves an installation: copies all rows of an embedded store into an empty database, in one transaction, and compares
//! them afterwards.

use super::{During as _, PostgresStore};
use crate::adapters::sqlite::SqliteStore;
use crate::ports::store::StoreError;
use futures::TryStreamExt as _;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Row as _};
use std::error::Error;

type Cause = Box<dyn Error + Send + Sync>;

/// The type of a column. An `SQLite` boolean is an integer.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Bytes,
    Integer,
    Text,
    Boolean,
}

/// A value of a column.
#[derive(Debug, PartialEq, Eq)]
enum Value {
    Bytes(Option<Vec<u8>>),
    Integer(Option<i64>),
    Text(Option<String>),
    Boolean(Option<bool>),
}

struct Table {
    name: &'static str,
    /// The column that orders the rows in both stores. It is copied only if it is in `columns`.
    order: &'static str,
    columns: &'static [(&'static str, Kind)],
}

use Kind::{Boolean, Bytes, Integer, Text};

/// All tables with data of the service, except call codes, which are valid for minutes. `outbox.id` is given anew, in the same order.
const TABLES: [Table; 8] = [
    Table {
        name: "visits",
        order: "id",
        columns: &[("id", Bytes), ("revision", Integer), ("sealed", Bytes), ("expires", Integer)],
    },
    Table {
        name: "counts",
        order: "key, slice",
        columns: &[("key", Bytes), ("slice", Integer), ("taken", Integer), ("expires", Integer)],
    },
    Table {
        name: "registered",
        order: "account",
        columns: &[
            ("account", Bytes),
            ("revision", Integer),
            ("record", Text),
            ("birthdate_key", Text),
            ("mobile_key", Text),
        ],
    },
    Table {
        name: "outbox",
        order: "id",
        columns: &[
            ("account", Bytes),
            ("channel", Text),
            ("sealed", Bytes),
            ("attempts", Integer),
            ("since", Integer),
            ("due", Integer),
        ],
    },
    Table {
        name: "devices",
        order: "id",
        columns: &[("id", Bytes), ("account", Bytes), ("created", Integer), ("expires", Integer)],
    },
    Table {
        name: "frozen",
        order: "account",
        columns: &[
            ("account", Bytes),
            ("since", Integer),
            ("origin", Text),
            ("reference", Text),
            ("lifted", Integer),
        ],
    },
    Table {
        name: "freeze_links",
        order: "digest",
        columns: &[("digest", Bytes), ("account", Bytes), ("expires", Integer), ("used", Boolean)],
    },
    Table {
        name: "waiting_resets",
        order: "account",
        columns: &[("account", Bytes), ("requested", Integer), ("opens", Integer), ("closes", Integer)],
    },
];

impl Table {
    fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    fn select(&self) -> String {
        format!("select {} from {} order by {}", self.names(), self.name, self.order)
    }

    fn insert(&self) -> String {
        let places: Vec<_> = (1..=self.columns.len()).map(|number| format!("${number}")).collect();
        format!("insert into {} ({}) values ({})", self.name, self.names(), places.join(", "))
    }

    fn sqlite_values(&self, row: &SqliteRow) -> Result<Vec<Value>, sqlx::Error> {
        let value = |(index, (_, kind)): (usize, &(_, Kind))| {
            Ok(match kind {
                Bytes => Value::Bytes(row.try_get(index)?),
                Integer => Value::Integer(row.try_get(index)?),
                Text => Value::Text(row.try_get(index)?),
                Boolean => Value::Boolean(row.try_get(index)?),
            })
        };
        self.columns.iter().enumerate().map(value).collect()
    }

    fn postgres_values(&self, row: &PgRow) -> Result<Vec<Value>, sqlx::Error> {
        let value = |(index, (_, kind)): (usize, &(_, Kind))| {
            Ok(match kind {
                Bytes => Value::Bytes(row.try_get(index)?),
                Integer => Value::Integer(row.try_get(index)?),
                Text => Value::Text(row.try_get(index)?),
                Boolean => Value::Boolean(row.try_get(index)?),
            })
        };
        self.columns.iter().enumerate().map(value).collect()
    }
}

fn bind(query: Query<'_, Postgres, PgArguments>, value: Value) -> Query<'_, Postgres, PgArguments> {
    match value {
        Value::Bytes(value) => query.bind(value),
        Value::Integer(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Boolean(value) => query.bind(value),
    }
}

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
enum TransferError {
    #[error("its table {0} has rows: expected an empty database")]
    NotEmpty(&'static str),
    #[error("row {row} of {table} differs after it was copied")]
    Differs { table: &'static str, row: u64 },
}

impl PostgresStore {
    /// Copies all rows of `from` and compares each with its copy. Returns the number of rows of each table. Changes nothing
    /// if the database already has rows, or if a copy differs.
    pub async fn copy_from(&self, from: &SqliteStore) -> Result<Vec<(&'static str, u64)>, StoreError> {
        self.copy_tables(from).await.during("take over the rows")
    }

    async fn copy_tables(&self, from: &SqliteStore) -> Result<Vec<(&'static str, u64)>, Cause> {
        let mut tx = self.begin().await?;
        // Reading many rows takes longer than any statement of the service; a lock that a node holds still ends it.
        for setting in [
            "set local idle_in_transaction_session_timeout = 0",
            "set local statement_timeout = 0",
            "set local lock_timeout = '10s'",
        ] {
            sqlx::query(setting).execute(&mut *tx).await?;
        }
        let mut copied = Vec::new();
        for table in &TABLES {
            // No node may write meanwhile.
            let lock = format!("lock table {} in exclusive mode", table.name);
            sqlx::query(AssertSqlSafe(lock)).execute(&mut *tx).await?;
            let exists = format!("select exists (select from {})", table.name);
            if sqlx::query_scalar(AssertSqlSafe(exists)).fetch_one(&mut *tx).await? {
                return Err(TransferError::NotEmpty(table.name).into());
            }
            copy_table(table, from, &mut tx).await?;
            copied.push((table.name, compare_table(table, from, &mut tx).await?));
        }
        tx.commit().await?;
        Ok(copied)
    }
}

async fn copy_table(table: &Table, from: &SqliteStore, to: &mut PgConnection) -> Result<(), Cause> {
    let insert = table.insert();
    let mut rows = sqlx::query(AssertSqlSafe(table.select())).fetch(from.reader());
    while let Some(row) = rows.try_next().await? {
        let values = table.sqlite_values(&row)?;
        values.into_iter().fold(sqlx::query(AssertSqlSafe(insert.clone())), bind).execute(&mut *to).await?;
    }
    Ok(())
}

/// Compares the tables row by row, from the first to the last of either, and returns how many there are.
async fn compare_table(table: &Table, from: &SqliteStore, to: &mut PgConnection) -> Result<u64, Cause> {
    let mut originals = sqlx::query(AssertSqlSafe(table.select())).fetch(from.reader());
    let mut copies = sqlx::query(AssertSqlSafe(table.select())).fetch(&mut *to);
    for number in 0.. {
        let original = originals.try_next().await?.map(|row| table.sqlite_values(&row)).transpose()?;
        let copy = copies.try_next().await?.map(|row| table.postgres_values(&row)).transpose()?;
        if original != copy {
            return Err(TransferError::Differs { table: table.name, row: number + 1 }.into());
        }
        if original.is_none() {
            return Ok(number);
        }
    }
    Ok(0)
}
