//! Takes birthdates and mobile numbers over from a CSV file – HR's, or the export of an existing 06-nummer
//! registratie – or from what the HR source gave. Not how that is asked, which is [`hr`](crate::hr_sync), nor the rules
//! of who may change what: those are in [`registration::record`](crate::enrollment::record).
//!
//! | file | its part |
//! |---|---|
//! | `lines` | the file's lines, bounded, as text |
//! | `table`, `cells` | columns and rows |
//! | `entries` | the HR source's entries in place of lines |
//! | `accounts` | whose a line is |
//! | `row` | what a row says |
//! | `plan`, `person` | one value of a kind per person, **and the rule for several lines of one person** |
//! | `held` | numbers that another account has |
//! | `apply` | the records |
//! | `report` | what became of every line |
//!
//! First everything is read, then everything is changed. What is wrong with the file as such – its encoding, its
//! columns, a quote that is not closed, a line without end – refuses the file, and nothing is changed. What is
//! wrong with a line refuses that line. A standing is not asked for: whoever is disabled or privileged now may
//! not be tomorrow, and the reset judges for itself.
//!
//! One person may stand on several lines, one per employment. For each of the two values by itself: an empty
//! cell says nothing; lines that agree are one; where they differ, the one with the latest date in the `since`
//! column counts, and without a date that decides all of them are refused.

mod accounts;
mod apply;
mod cell;
mod duplicate_numbers;
mod error;
mod lines;
mod merge;
mod person;
mod plan;
mod report;
mod row;
mod table;

pub use error::ImportError;
pub use lines::{Encoding, LineError};
pub use merge::take;
pub use report::{Counts, Outcome, Reason, Report};

use crate::config::{ImportColumns, Settings, SettingsError};
use crate::crypto::Keyring;
use crate::mobile::Countries;
use crate::ports::directory::Directory;
use crate::ports::records::Records;
use accounts::Accounts;
use app::domain::birthdate::Birthdate;
use app::domain::username::Domains;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use lines::{Ended, Lines};
use plan::Plan;
use row::Reading;
use std::path::Path;
use table::Table;

/// How often the progress is told, in lines.
const TOLD_EVERY: u64 = 500;

/// How a file is read, and what is done with it.
#[derive(Debug, Clone)]
pub struct ImportConfig {
    /// What separates the cells; `None`: whatever the first line has most of.
    pub delimiter: Option<u8>,
    /// How its bytes are to be read.
    pub encoding: Encoding,
    /// How its columns are named.
    pub columns: ImportColumns,
    /// Taken off a user name.
    pub domains: Domains,
    /// Whose mobile numbers are taken.
    pub countries: Countries,
    /// How long a number in place of another one cannot be used.
    pub waiting_time: SignedDuration,
    /// Everything is read, judged and reported, and nothing is changed.
    pub dry_run: bool,
}

/// What an import works with.
pub struct ImportDeps<'a> {
    /// Whose a line is.
    pub directory: &'a dyn Directory,
    /// Where the values go.
    pub records: &'a dyn Records,
    /// With which keys.
    pub keys: &'a Keyring,
    /// Hears how far it is: so much of so much.
    pub progress: &'a (dyn Fn(Phase, u64, u64) + Send + Sync),
}

/// What an import is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reading the file; counted in bytes.
    Reading,
    /// Changing records; counted in persons.
    Storing,
}

impl ImportConfig {
    /// As the settings say.
    pub fn of(settings: &Settings, dry_run: bool) -> Result<Self, SettingsError> {
        let wrong = |key: &str, expected: &str| SettingsError::Wrong(format!("{key}: expected {expected}"));
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
            domains: settings.organisation.domains.clone(),
            countries,
            waiting_time: SignedDuration::try_from(waiting_time).unwrap_or(SignedDuration::MAX),
            dry_run,
        })
    }
}

/// Takes a file over. It is read while others wait: for a command, not for a server's thread.
pub async fn import(
    file: &Path,
    terms: &ImportConfig,
    parts: &ImportDeps<'_>,
    now: Timestamp,
) -> Result<Report, ImportError> {
    // Before the directory is asked: most files that are refused are refused for their first line.
    let table = begin(file, terms).map_err(|ended| ImportError::at(file, ended))?;
    let accounts = Accounts::read(parts.directory).await?;
    let plan = read(table, file, terms, parts, &accounts, now)?;
    store(plan, accounts, terms, parts, now).await
}

/// Gives the records what was read, all of it by the same rules.
async fn store(
    plan: Plan,
    accounts: Accounts,
    terms: &ImportConfig,
    parts: &ImportDeps<'_>,
    now: Timestamp,
) -> Result<Report, ImportError> {
    let (mut persons, mut lines) = plan.settle();
    duplicate_numbers::refuse_held(&mut persons, &accounts, parts.records, parts.keys)
        .await
        .map_err(ImportError::Records)?;
    drop(accounts);
    let done = apply::apply(&persons, terms, parts, now).await?;
    lines.extend(persons.iter().zip(&done).flat_map(|(person, done)| person.outcomes(*done)));
    Ok(Report::of(lines))
}

fn begin(file: &Path, terms: &ImportConfig) -> Result<Table<std::fs::File>, Ended> {
    Table::begin(Lines::open(file, terms.encoding)?, terms.delimiter, &terms.columns)
}

fn read(
    mut table: Table<std::fs::File>,
    file: &Path,
    terms: &ImportConfig,
    parts: &ImportDeps<'_>,
    accounts: &Accounts,
    now: Timestamp,
) -> Result<Plan, ImportError> {
    let size = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    let (columns, width) = (table.columns(), table.width());
    let reading = Reading { terms, accounts, today: today(now) };
    let mut plan = Plan::default();
    loop {
        let bytes = table.read();
        let Some((line, row)) = table.next().map_err(|ended| ImportError::at(file, ended))? else { break };
        match columns.said(row, width).and_then(|said| reading.read(line, said)) {
            Ok((account, said)) => plan.add(account, said),
            Err(Reason::Nothing) => plan.refuse(line, columns.nothing()),
            Err(reason) => plan.refuse(line, reason),
        }
        if line % TOLD_EVERY == 0 {
            (parts.progress)(Phase::Reading, bytes, size);
        }
    }
    Ok(plan)
}

/// The day in Amsterdam may be one later; nobody who was born yesterday works here.
fn today(now: Timestamp) -> Option<Birthdate> {
    let date = now.to_zoned(TimeZone::UTC).date();
    let (year, month, day) =
        (u16::try_from(date.year()), u8::try_from(date.month()), u8::try_from(date.day()));
    Birthdate::new(year.ok()?, month.ok()?, day.ok()?).ok()
}
