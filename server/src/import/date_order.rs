//! Decides whether the day or the month comes first in the dates of one file. An order is never guessed: a birthdate
//! with day and month exchanged would be noticed when its owner needs a reset.
//!
//! Without a configured order the day comes first, as in the Netherlands, unless one date of the file shows another
//! order. Then every date whose order matters is refused.

use super::report::RowError;
use crate::date_text::{DateOrder, DateText, Notation};
use jiff::civil::Date;

/// What the dates of a file show about their order.
#[derive(Debug)]
pub(super) struct DateOrders {
    configured: Option<DateOrder>,
    year_first: Evidence,
    year_last: Evidence,
}

/// The first line of each order, among the dates that have only one reading.
#[derive(Debug, Default)]
struct Evidence {
    usual: Option<u64>,
    exchanged: Option<u64>,
}

impl DateOrders {
    pub(super) fn new(configured: Option<DateOrder>) -> Self {
        Self { configured, year_first: Evidence::default(), year_last: Evidence::default() }
    }

    /// Takes a date into account.
    pub(super) fn observe(&mut self, line: u64, date: DateText) {
        let evidence = match date.notation() {
            Notation::Named => return,
            Notation::YearFirst => &mut self.year_first,
            Notation::YearLast => &mut self.year_last,
        };
        if date.is_exchanged() || date.seems_exchanged() {
            evidence.exchanged.get_or_insert(line);
        } else if date.is_usual() {
            evidence.usual.get_or_insert(line);
        }
    }

    /// Returns the day that a date means, after all dates of the file are observed.
    pub(super) fn resolve(&self, date: DateText) -> Result<Date, RowError> {
        if let Some(order) = self.configured {
            return date.read(order).ok_or(RowError::OtherDateOrder);
        }
        let evidence = match date.notation() {
            Notation::Named => &Evidence::default(),
            Notation::YearFirst => &self.year_first,
            Notation::YearLast => &self.year_last,
        };
        match (date.usual(), evidence.exchanged) {
            (Some(day), None) => Ok(day),
            (Some(day), Some(_)) if !date.depends_on_order() => Ok(day),
            (Some(_), Some(line)) => Err(RowError::UncertainDateOrder(line)),
            (None, _) => Err(evidence.usual.map_or(RowError::ExchangedDate, RowError::UncertainDateOrder)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Resolves each date of a file; line numbers start at 2.
    fn resolve(dates: &[&str], configured: Option<DateOrder>) -> Vec<Result<String, RowError>> {
        let parsed: Vec<_> = dates.iter().map(|text| DateText::parse(text).unwrap()).collect();
        let mut orders = DateOrders::new(configured);
        for (line, date) in (2..).zip(&parsed) {
            orders.observe(line, *date);
        }
        parsed.iter().map(|date| orders.resolve(*date).map(|day| day.to_string())).collect()
    }

    fn days(days: &[&str]) -> Vec<Result<String, RowError>> {
        days.iter().map(|day| Ok((*day).to_owned())).collect()
    }

    #[test]
    fn day_comes_first_if_no_date_shows_another_order() {
        assert_eq!(
            resolve(&["04-05-1984", "31-12-1984", "1984-05-04", "4 mei 1984"], None),
            days(&["1984-05-04", "1984-12-31", "1984-05-04", "1984-05-04"])
        );
        assert_eq!(resolve(&["04-05-1984"], None), days(&["1984-05-04"]));
    }

    #[test]
    fn month_first_date_makes_every_other_date_uncertain() {
        let uncertain = |line| Err(RowError::UncertainDateOrder(line));
        let ok = |day: &str| Ok(day.to_owned());
        // Line 4 has the month first; dates whose order does not matter stay.
        assert_eq!(
            resolve(
                &["04-05-1984", "31-12-1984", "12-31-1984", "05-05-1984", "1984-05-04", "4 mei 1984"],
                None
            ),
            [uncertain(4), uncertain(4), uncertain(3), ok("1984-05-05"), ok("1984-05-04"), ok("1984-05-04")]
        );
        assert_eq!(
            resolve(&["04/05/1984", "12/31/1984"], None),
            [uncertain(3), Err(RowError::ExchangedDate)]
        );
        assert_eq!(
            resolve(&["1984-31-12", "1984-04-05", "04-05-1984"], None),
            [Err(RowError::ExchangedDate), uncertain(2), ok("1984-05-04")]
        );
        // A time of twelve hours is American.
        assert_eq!(resolve(&["04/05/1984 12:00:00 AM"], None), [uncertain(2)]);
        assert_eq!(resolve(&["31/12/1984 12:00:00 AM"], None), days(&["1984-12-31"]));
        assert_eq!(resolve(&["04051984", "12311984"], None), [uncertain(3), Err(RowError::ExchangedDate)]);
    }

    #[test]
    fn configured_order_resolves_the_doubt() {
        let other = Err(RowError::OtherDateOrder);
        let dates = ["04-05-1984", "31-12-1984", "12-31-1984", "1984-05-04", "4 mei 1984"];
        let ok = |day: &str| Ok(day.to_owned());
        assert_eq!(
            resolve(&dates, Some(DateOrder::DayFirst)),
            [ok("1984-05-04"), ok("1984-12-31"), other.clone(), ok("1984-05-04"), ok("1984-05-04")]
        );
        assert_eq!(
            resolve(&dates, Some(DateOrder::MonthFirst)),
            [ok("1984-04-05"), other.clone(), ok("1984-12-31"), ok("1984-05-04"), ok("1984-05-04")]
        );
        assert_eq!(
            resolve(&dates, Some(DateOrder::Iso)),
            [other.clone(), other.clone(), other.clone(), ok("1984-05-04"), other]
        );
    }
}
