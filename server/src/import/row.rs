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

/// The value of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CellValue<T> {
    /// The cell is empty.
    Absent,
    /// The parsed value.
    Value(T),
    /// The cell has a value that cannot be used, so it may differ from any other.
    Invalid,
}

/// A parsed row. A refused row keeps what could be parsed: its dates show the order of dates in the file, and a person's
/// other rows must not count in place of it.
#[derive(Debug)]
pub(super) struct ParsedRow {
    /// `None` if it could not be determined.
    pub(super) account: Option<AccountId>,
    pub(super) birthdate: CellValue<DateText>,
    pub(super) since: CellValue<DateText>,
    pub(super) mobile: CellValue<Mobile>,
    /// Why the row is refused.
    pub(super) refused: Option<RowError>,
}

/// Parses rows.
pub(super) struct RowParser<'a> {
    pub(super) config: &'a ImportConfig,
    pub(super) accounts: &'a Accounts,
}

impl<T> CellValue<T> {
    /// Parses a cell; an error becomes the reason for refusing the row, unless there is one.
    fn parse(
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, RowError>,
        refused: &mut Option<RowError>,
    ) -> Self {
        if text.is_empty() { Self::Absent } else { Self::from_result(parse(text), refused) }
    }

    /// Converts a parsed value; an error becomes the reason for refusing the row, unless there is one.
    pub(super) fn from_result(result: Result<T, RowError>, refused: &mut Option<RowError>) -> Self {
        match result {
            Ok(value) => Self::Value(value),
            Err(reason) => {
                refused.get_or_insert(reason);
                Self::Invalid
            }
        }
    }

    /// Returns the value, if there is one.
    pub(super) fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Invalid => None,
        }
    }

    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl RowParser<'_> {
    /// Parses a row; an invalid field refuses it.
    pub(super) fn parse(&self, fields: RowFields<'_>) -> ParsedRow {
        let account = self.accounts.resolve(fields.username, fields.employee_number, &self.config.domains);
        let mut refused = account.err();
        let parse_birthdate = |text: &str| {
            DateText::parse(text).map_err(|error| match error {
                DateTextError::NotADate => RowError::NoBirthdate,
                DateTextError::TimeOfDay => RowError::BirthdateWithTime,
            })
        };
        let parse_since = |text: &str| {
            DateText::parse(text).map_err(|error| match error {
                DateTextError::NotADate => RowError::NoSince,
                DateTextError::TimeOfDay => RowError::SinceWithTime,
            })
        };
        let parse_mobile = |text: &str| Ok(Mobile::parse(text, &self.config.countries)?);
        let birthdate = CellValue::parse(fields.birthdate, parse_birthdate, &mut refused);
        let mobile = CellValue::parse(fields.mobile, parse_mobile, &mut refused);
        let since = CellValue::parse(fields.since, parse_since, &mut refused);
        if birthdate.is_absent() && mobile.is_absent() {
            refused.get_or_insert(RowError::Nothing);
        }
        ParsedRow { account: account.ok(), birthdate, since, mobile, refused }
    }
}
