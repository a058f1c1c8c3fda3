//! Parses a row: its account and its values. The order of its dates is decided once all rows are read.

use super::ImportConfig;
use super::accounts::Accounts;
use super::report::RowError;
use crate::date_text::{DateText, DateTextError};
use crate::mobile::Mobile;
use crate::ports::directory::AccountId;

/// The fields of one row; empty means absent.
#[derive(Clone, Copy, Default)]
pub(super) struct RowFields<'a> {
    pub(super) username: &'a str,
    pub(super) employee_number: &'a str,
    pub(super) birthdate: &'a str,
    pub(super) mobile: &'a str,
    pub(super) since: &'a str,
}

/// A parsed row. Its dates are present also if the row is refused: they show the order of dates in the file.
#[derive(Debug)]
pub(super) struct ParsedRow {
    pub(super) birthdate: Option<DateText>,
    pub(super) since: Option<DateText>,
    /// The account and its mobile number, or why the row is refused.
    pub(super) result: Result<(AccountId, Option<Mobile>), RowError>,
}

/// Parses rows.
pub(super) struct RowParser<'a> {
    pub(super) config: &'a ImportConfig,
    pub(super) accounts: &'a Accounts,
}

impl RowParser<'_> {
    /// Parses a row; an invalid field refuses it.
    pub(super) fn parse(&self, fields: RowFields<'_>) -> ParsedRow {
        let (birthdate, since) = (parse_date(fields.birthdate), parse_date(fields.since));
        let result = self.parse_rest(fields, birthdate, since);
        ParsedRow { birthdate: birthdate.ok().flatten(), since: since.ok().flatten(), result }
    }

    fn parse_rest(
        &self,
        fields: RowFields<'_>,
        birthdate: Result<Option<DateText>, DateTextError>,
        since: Result<Option<DateText>, DateTextError>,
    ) -> Result<(AccountId, Option<Mobile>), RowError> {
        let account = self.accounts.resolve(fields.username, fields.employee_number, &self.config.domains)?;
        let birthdate = birthdate.map_err(|error| match error {
            DateTextError::NotADate => RowError::NoBirthdate,
            DateTextError::TimeOfDay => RowError::BirthdateWithTime,
        })?;
        let mobile = (!fields.mobile.is_empty())
            .then(|| Mobile::parse(fields.mobile, &self.config.countries))
            .transpose()?;
        since.map_err(|error| match error {
            DateTextError::NotADate => RowError::NoSince,
            DateTextError::TimeOfDay => RowError::SinceWithTime,
        })?;
        if birthdate.is_none() && mobile.is_none() {
            return Err(RowError::Nothing);
        }
        Ok((account, mobile))
    }
}

fn parse_date(cell: &str) -> Result<Option<DateText>, DateTextError> {
    if cell.is_empty() { Ok(None) } else { DateText::parse(cell).map(Some) }
}
