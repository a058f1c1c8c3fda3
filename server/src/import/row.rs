//! Parses a row: its account and its values.

use super::ImportConfig;
use super::accounts::Accounts;
use super::person::Line;
use super::report::RowError;
use crate::mobile::Mobile;
use crate::ports::directory::AccountId;
use crate::reset::parse_attribute;
use app::domain::birthdate::Birthdate;
use jiff::civil::Date;

/// The fields of one row; empty means absent.
#[derive(Clone, Copy, Default)]
pub(super) struct RowFields<'a> {
    pub(super) username: &'a str,
    pub(super) employee_number: &'a str,
    pub(super) birthdate: &'a str,
    pub(super) mobile: &'a str,
    pub(super) since: &'a str,
}

/// Parses rows.
pub(super) struct RowParser<'a> {
    pub(super) config: &'a ImportConfig,
    pub(super) accounts: &'a Accounts,
    pub(super) today: Option<Birthdate>,
}

impl RowParser<'_> {
    /// Parses a row; an invalid field refuses it.
    pub(super) fn parse(&self, number: u64, fields: RowFields<'_>) -> Result<(AccountId, Line), RowError> {
        let account = self.accounts.resolve(fields.username, fields.employee_number, &self.config.domains)?;
        let birthdate = self.birthdate(fields.birthdate)?;
        let mobile = (!fields.mobile.is_empty())
            .then(|| Mobile::parse(fields.mobile, &self.config.countries))
            .transpose()?;
        let since = since(fields.since)?;
        if birthdate.is_none() && mobile.is_none() {
            return Err(RowError::Nothing);
        }
        Ok((account, Line { number, since, birthdate, mobile }))
    }

    fn birthdate(&self, cell: &str) -> Result<Option<Birthdate>, RowError> {
        if cell.is_empty() {
            return Ok(None);
        }
        let birthdate = date(cell).ok_or(RowError::NoBirthdate)?;
        let is_future = self.today.as_ref().is_some_and(|today| birthdate.is_after(today));
        if is_future { Err(RowError::FutureBirthdate) } else { Ok(Some(birthdate)) }
    }
}

/// Parses ISO, yyyymmdd or typed forms. For eight digits at most one reading has a year from 1900 on.
fn date(cell: &str) -> Option<Birthdate> {
    parse_attribute(cell).or_else(|| Birthdate::parse_typed(cell).ok())
}

fn since(cell: &str) -> Result<Option<Date>, RowError> {
    if cell.is_empty() {
        return Ok(None);
    }
    let (year, month, day) = date(cell).ok_or(RowError::NoSince)?.parts();
    let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    let (Ok(year), Ok(month), Ok(day)) = parts else { return Err(RowError::NoSince) };
    Date::new(year, month, day).map(Some).map_err(|_| RowError::NoSince)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_has_the_same_value_in_every_form() {
        for text in ["1984-10-01", "01-10-1984", "1/10/1984", "19841001", "01101984", "1 okt 1984"] {
            assert_eq!(date(text), Birthdate::new(1984, 10, 1).ok(), "{text}");
        }
        // Both orders give a valid day, but only one a plausible year.
        assert_eq!(date("20121912"), Birthdate::new(1912, 12, 20).ok());
        assert_eq!(date("19121220"), Birthdate::new(1912, 12, 20).ok());
        for text in ["1984-13-01", "31-02-1984", "1-2-84", "onbekend", "30715", "=TODAY()"] {
            assert_eq!(date(text), None, "{text}");
        }
        assert_eq!((since(""), since("1-2-84")), (Ok(None), Err(RowError::NoSince)));
        assert_eq!(since("01-03-2026"), Ok(Some(jiff::civil::date(2026, 3, 1))));
    }
}
