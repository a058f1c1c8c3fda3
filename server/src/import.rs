//! Imports birthdates and mobile numbers from a CSV file – from HR, or the export of an existing 06-nummer
//! registratie – or from the entries of the HR source. [`hr_sync`](crate::hr_sync) reads the HR source; the rules
//! on who may change what are in [`enrollment::record`](crate::enrollment::record).
//!
//! | module | content |
//! |---|---|
//! | `lines` | the file's lines, bounded, as text |
//! | `table`, `cell` | columns and rows |
//! | `employments` | the HR source's entries in place of lines |
//! | `accounts` | finds the account of a line |
//! | `row` | parses a row |
//! | `rows`, `date_order` | decide the order of day and month, and find placeholders |
//! | `plan`, `person` | one value of each kind per person, **and the rule for several lines of one person** |
//! | `duplicate_numbers` | refuses numbers that are registered for another account |
//! | `apply` | writes the records |
//! | `report` | the outcome of every line |
//! | `error` | why an import was refused or stopped |
//!
//! Everything is read before anything is changed. A problem with the file as such – its encoding, its columns, an
//! unclosed quote, a line that is too long – refuses the file, and nothing is changed. A problem with one line
//! refuses that line. Eligibility is not checked: an account that is disabled or privileged today may not be
//! tomorrow, and the reset checks it itself.
//!
//! One person may have several lines, one per employment. For each of the two values separately: an empty cell is
//! ignored; lines that agree count as one; where they differ, the line with the latest date in the `since` column
//! counts, and without a decisive date all of them are refused.

mod accounts;
mod apply;
mod cell;
mod date_order;
mod duplicate_numbers;
mod employments;
mod error;
mod lines;
#[cfg(any(test, feature = "test-support"))]
pub mod parsers;
mod person;
mod plan;
mod report;
mod row;
mod rows;
mod table;

pub use employments::take;
pub use error::ImportError;
pub use lines::{Encoding, LineError};
pub use report::{Counts, Implausible, LineOutcome, Report, RowError, Warning};

use crate::config::{ImportColumns, Settings, SettingsError};
use crate::crypto::Keyring;
use crate::date_text::{DateOrder, today};
use crate::mobile::Countries;
use crate::ports::directory::Directory;
use crate::ports::records::Records;
use accounts::Accounts;
use app::domain::username::Domains;
use jiff::{SignedDuration, Timestamp};
use lines::{Lines, ReadError};
use row::RowParser;
use rows::Rows;
use std::path::Path;
use table::Table;

/// Progress is reported once per this many lines.
const PROGRESS_INTERVAL_LINES: u64 = 500;

/// How a file is read and imported.
#[derive(Debug, Clone)]
pub struct ImportConfig {
    /// The cell delimiter; `None`: the most frequent candidate in the first line.
    pub delimiter: Option<u8>,
    /// The file's encoding.
    pub encoding: Encoding,
    /// The names of the columns.
    pub columns: ImportColumns,
    /// The order in which dates are read; `None`: as the dates of the file show, otherwise refused.
    pub date_order: Option<DateOrder>,
    /// Domain parts that are removed from user names.
    pub domains: Domains,
    /// The countries whose mobile numbers are accepted.
    pub countries: Countries,
    /// How long a number that replaces another one cannot be used for a reset.
    pub waiting_time: SignedDuration,
    /// Read, validate and report everything, but change nothing.
    pub dry_run: bool,
}

/// Dependencies of an import.
pub struct ImportDeps<'a> {
    /// Finds the account of a line.
    pub directory: &'a dyn Directory,
    /// Stores the values.
    pub records: &'a dyn Records,
    /// Seals the values.
    pub keys: &'a Keyring,
    /// Receives progress: phase, amount done, total.
    pub progress: &'a (dyn Fn(Phase, u64, u64) + Send + Sync),
}

/// The phase of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reading the file; counted in bytes.
    Reading,
    /// Changing records; counted in persons.
    Storing,
}

impl ImportConfig {
    /// Reads the section `import` and the values it depends on; fails if one is invalid.
    pub fn of(settings: &Settings, dry_run: bool) -> Result<Self, SettingsError> {
        let wrong = |key: &str, expected: &str| SettingsError::Invalid(format!("{key}: expected {expected}"));
        let import = &settings.import;
        let delimiter = match import.delimiter.as_bytes() {
            b"auto" => None,
            [one] if one.is_ascii() && !b"\"\r\n\0".contains(one) => Some(*one),
            _ => return Err(wrong("import.delimiter", "auto or one ASCII character, no quote")),
        };
        let encoding = match import.encoding.to_lowercase().as_str() {
            "auto" => Encoding::Auto,
            "utf-8" => Encoding::Utf8,
            "windows-1252" => Encoding::Windows1252,
            _ => return Err(wrong("import.encoding", "utf-8, windows-1252 or auto")),
        };
        let countries = Countries::parse(&settings.registration.countries)
            .map_err(|_| wrong("registration.countries", "at least one ISO 3166-1 code, e.g. NL"))?;
        let waiting_time = settings.registration.waiting_time;
        Ok(Self {
            delimiter,
            encoding,
            columns: import.columns.clone(),
            date_order: import.date_order.order(),
            domains: settings.organisation.domains.clone(),
            countries,
            waiting_time: SignedDuration::try_from(waiting_time).unwrap_or(SignedDuration::MAX),
            dry_run,
        })
    }
}

/// Imports a file. It blocks the thread while reading: for a command, not for a server thread.
pub async fn import(
    file: &Path,
    config: &ImportConfig,
    deps: &ImportDeps<'_>,
    now: Timestamp,
) -> Result<Report, ImportError> {
    // Before the directory is read: most refused files are refused because of their first line.
    let table = open_table(file, config).map_err(|error| ImportError::from_read_error(file, error))?;
    let accounts = Accounts::read(deps.directory).await?;
    let rows = read(table, file, config, deps, &accounts, now)?;
    store(rows, accounts, config, deps, now).await
}

/// Stores what was read; file and HR source share these rules.
async fn store(
    rows: Rows,
    accounts: Accounts,
    config: &ImportConfig,
    deps: &ImportDeps<'_>,
    now: Timestamp,
) -> Result<Report, ImportError> {
    let (plan, warnings) = rows.into_plan();
    let (mut persons, mut lines) = plan.resolve();
    duplicate_numbers::refuse_duplicates(&mut persons, &accounts, deps.records, deps.keys)
        .await
        .map_err(ImportError::Records)?;
    drop(accounts);
    let done = apply::apply(&persons, config, deps, now).await?;
    lines.extend(persons.iter().zip(&done).flat_map(|(person, done)| person.outcomes(*done)));
    Ok(Report::from_outcomes(lines, warnings))
}

fn open_table(file: &Path, config: &ImportConfig) -> Result<Table<std::fs::File>, ReadError> {
    Table::open(Lines::open(file, config.encoding)?, config.delimiter, &config.columns)
}

fn read(
    mut table: Table<std::fs::File>,
    file: &Path,
    config: &ImportConfig,
    deps: &ImportDeps<'_>,
    accounts: &Accounts,
    now: Timestamp,
) -> Result<Rows, ImportError> {
    let size = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    let (columns, width) = (table.columns(), table.width());
    let parser = RowParser { config, accounts };
    let mut rows = Rows::new(config.date_order, today(now));
    loop {
        let bytes = table.read();
        let Some((line, row)) = table.next().map_err(|error| ImportError::from_read_error(file, error))?
        else {
            break;
        };
        match columns.fields(row, width).map(|fields| parser.parse(fields)) {
            Ok(mut row) => {
                if row.refused == Some(RowError::Nothing) {
                    row.refused = Some(columns.nothing());
                }
                rows.add(line, row);
            }
            Err(reason) => rows.refuse(line, reason),
        }
        if line % PROGRESS_INTERVAL_LINES == 0 {
            (deps.progress)(Phase::Reading, bytes, size);
        }
    }
    Ok(rows)
}
