//! Takes birthdates over from a file into the product's own records. Not the HR connector.
//!
//! The file is CSV in UTF-8 with the columns `username` and `birthdate` (dd-mm-jjjj or ISO), separated
//! by `;` or `,`. Every line is accounted for; a line that cannot be used changes nothing.

use crate::keys::Keyring;
use crate::ports::directory::{Directory, DirectoryError};
use crate::ports::records::{Record, Records, Registered};
use crate::registration::values::digest;
use anyhow::Context as _;
use app::birthdate::Birthdate;
use app::registration::Source;
use app::username::{Domains, Username};
use std::path::Path;

/// What became of the lines.
#[derive(Debug, Default)]
pub struct Report {
    /// Lines taken over.
    pub taken: u64,
    /// Line number and why not; nothing of the line's content.
    pub refused: Vec<(u64, &'static str)>,
}

/// Takes a file over.
pub async fn import(
    file: &Path,
    domains: &Domains,
    directory: &dyn Directory,
    records: &dyn Records,
    keys: &Keyring,
) -> anyhow::Result<Report> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{}: expected CSV in UTF-8", file.display()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers().with_context(|| file.display().to_string())?.clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|header| header.trim().eq_ignore_ascii_case(name))
            .with_context(|| format!("{}: expected a column `{name}` in line 1", file.display()))
    };
    let (names, dates) = (column("username")?, column("birthdate")?);
    let mut report = Report::default();
    for (line, row) in (2..).zip(reader.records()) {
        let row = row.with_context(|| format!("{}: line {line}", file.display()))?;
        let Ok(name) = Username::parse(row.get(names).unwrap_or_default(), domains) else {
            report.refused.push((line, "no user name"));
            continue;
        };
        let date = row.get(dates).unwrap_or_default();
        let Ok(date) = Birthdate::parse_iso(date).or_else(|_| Birthdate::parse_typed(date)) else {
            report.refused.push((line, "no birthdate"));
            continue;
        };
        let account = match directory.find(&name).await {
            Ok(Some(account)) => account,
            Ok(None) => {
                report.refused.push((line, "no account with this user name"));
                continue;
            }
            Err(DirectoryError::Unusable { .. }) => {
                report.refused.push((line, "more than one account has this user name"));
                continue;
            }
            Err(error @ (DirectoryError::Unreachable { .. } | DirectoryError::Answer { .. })) => {
                return Err(error).with_context(|| format!("{}: stopped at line {line}", file.display()));
            }
        };
        let birthdate =
            Registered::by(Source::Hr, digest(keys, account.id, &date), jiff::Timestamp::UNIX_EPOCH);
        records.store(account.id, &Record::with_birthdate(birthdate), None).await?;
        report.taken += 1;
    }
    Ok(report)
}
