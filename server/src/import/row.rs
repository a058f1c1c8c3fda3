//! What a row says: whose it is, and which values. Not whether they are taken, nor where the row comes from.

use super::ImportConfig;
use super::accounts::Accounts;
use super::person::Line;
use super::report::Reason;
use crate::mobile::Mobile;
use crate::ports::directory::AccountId;
use crate::reset::birthdate_check::parse_attribute;
use app::domain::birthdate::Birthdate;
use jiff::civil::Date;

/// The texts of one row; an empty one says nothing.
#[derive(Clone, Copy, Default)]
pub(super) struct Said<'a> {
    pub(super) username: &'a str,
    pub(super) employee_number: &'a str,
    pub(super) birthdate: &'a str,
    pub(super) mobile: &'a str,
    pub(super) since: &'a str,
}

/// Reads rows.
pub(super) struct Reading<'a> {
    pub(super) terms: &'a ImportConfig,
    pub(super) accounts: &'a Accounts,
    pub(super) today: Option<Birthdate>,
}

impl Reading<'_> {
    /// A text that cannot be read refuses its row.
    pub(super) fn read(&self, number: u64, said: Said<'_>) -> Result<(AccountId, Line), Reason> {
        let account = self.accounts.whose(said.username, said.employee_number, &self.terms.domains)?;
        let birthdate = self.birthdate(said.birthdate)?;
        let mobile = (!said.mobile.is_empty())
            .then(|| Mobile::parse(said.mobile, &self.terms.countries))
            .transpose()?;
        let since = since(said.since)?;
        if birthdate.is_none() && mobile.is_none() {
            return Err(Reason::Nothing);
        }
        Ok((account, Line { number, since, birthdate, mobile }))
    }

    fn birthdate(&self, cell: &str) -> Result<Option<Birthdate>, Reason> {
        if cell.is_empty() {
            return Ok(None);
        }
        let birthdate = date(cell).ok_or(Reason::NoBirthdate)?;
        let future = self.today.as_ref().is_some_and(|today| birthdate.is_after(today));
        if future { Err(Reason::FutureBirthdate) } else { Ok(Some(birthdate)) }
    }
}

/// ISO, yyyymmdd, or as people type it. Of eight digits one reading at most has a year from 1900 on.
fn date(cell: &str) -> Option<Birthdate> {
    parse_attribute(cell).or_else(|| Birthdate::parse_typed(cell).ok())
}

fn since(cell: &str) -> Result<Option<Date>, Reason> {
    if cell.is_empty() {
        return Ok(None);
    }
    let (year, month, day) = date(cell).ok_or(Reason::NoSince)?.parts();
    let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    let (Ok(year), Ok(month), Ok(day)) = parts else { return Err(Reason::NoSince) };
    Date::new(year, month, day).map(Some).map_err(|_| Reason::NoSince)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_one_reading_in_every_form() {
        for text in ["1984-10-01", "01-10-1984", "1/10/1984", "19841001", "01101984", "1 okt 1984"] {
            assert_eq!(date(text), Birthdate::new(1984, 10, 1).ok(), "{text}");
        }
        // In both orders a day, but only one of the years can be.
        assert_eq!(date("20121912"), Birthdate::new(1912, 12, 20).ok());
        assert_eq!(date("19121220"), Birthdate::new(1912, 12, 20).ok());
        for text in ["1984-13-01", "31-02-1984", "1-2-84", "onbekend", "30715", "=TODAY()"] {
            assert_eq!(date(text), None, "{text}");
        }
        assert_eq!((since(""), since("1-2-84")), (Ok(None), Err(Reason::NoSince)));
        assert_eq!(since("01-03-2026"), Ok(Some(jiff::civil::date(2026, 3, 1))));
    }
}
