//! Dates as other systems write them: in files, in the answers of the HR source, in attributes of the directory.

mod time_of_day;

use app::domain::birthdate::{Birthdate, parse_month_name};
use app::domain::typed_text::{is_dash, is_invisible};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use time_of_day::{TimeOfDay, split_time};

/// A date without separators counts as a year in this range and not as a day and a month.
const YEARS: std::ops::RangeInclusive<i16> = 1700..=9999;

/// The order in which numeric dates are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// `31-12-2001`, and dates with the year first.
    DayFirst,
    /// `12-31-2001`, and dates with the year first.
    MonthFirst,
    /// `2001-12-31` and `20011231` only.
    Iso,
}

/// A parsed date. A numeric date can have two readings, and only its source shows which one is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateText {
    notation: Notation,
    /// The reading in the usual order: day-month-year, or year-month-day.
    usual: Option<Date>,
    /// The reading with day and month exchanged: month-day-year, or year-day-month.
    exchanged: Option<Date>,
    /// Whether a time of twelve hours follows, as in exports of systems with the month first.
    has_twelve_hour_time: bool,
}

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// With the name of the month.
    Named,
    /// Numbers with the year first.
    YearFirst,
    /// Numbers with the year last.
    YearLast,
}

/// Why a text is not accepted as a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateTextError {
    /// Not a calendar day in a known notation.
    NotADate,
    /// A calendar day with a time other than midnight: which day is meant depends on a time zone.
    TimeOfDay,
}

impl DateText {
    /// Parses `31-12-2001`, `12/31/2001`, `2001-12-31`, `20011231`, `31122001`, `31 dec 2001` or `December 31, 2001`. A
    /// time of day may follow if it is midnight: ` 00:00`, `T00:00:00Z`, ` 12:00:00 AM`, `000000.0Z`.
    pub fn parse(text: &str) -> Result<Self, DateTextError> {
        // Windows inserts marks of writing direction between the parts of a date.
        let text: String = text.chars().filter(|c| !is_invisible(*c)).collect();
        let (date, time) = split_time(text.trim());
        let date = Self::parse_date(date).ok_or(DateTextError::NotADate)?;
        match time.map(TimeOfDay::parse) {
            None => Ok(date),
            Some(Some(TimeOfDay::Midnight { twelve_hour })) => {
                Ok(Self { has_twelve_hour_time: twelve_hour, ..date })
            }
            Some(Some(TimeOfDay::Other)) => Err(DateTextError::TimeOfDay),
            Some(None) => Err(DateTextError::NotADate),
        }
    }

    fn parse_date(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text
            .split(|c: char| c.is_whitespace() || is_dash(c) || matches!(c, '/' | '.' | ','))
            .filter(|part| !part.is_empty())
            .collect();
        let found = match parts.as_slice() {
            [digits] => Self::parse_digits(digits)?,
            [year, month, day] if is_year(year) => match parse_month(month) {
                Some(month) => Self::named(year, month, day),
                None => Self::year_first(year, month, day),
            },
            [first, second, year] if is_year(year) => match (parse_month(first), parse_month(second)) {
                (None, Some(month)) => Self::named(year, month, first),
                (Some(month), None) => Self::named(year, month, second),
                (None, None) => Self::year_last(first, second, year),
                (Some(_), Some(_)) => return None,
            },
            _ => return None,
        };
        (found.usual.is_some() || found.exchanged.is_some()).then_some(found)
    }

    /// Parses eight digits without separators. Both places of the year never fit the usual order at the same time,
    /// because a year that is read as day and month would lie before 1700.
    fn parse_digits(text: &str) -> Option<Self> {
        let is_eight_digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        let part = |range| text.get(range).filter(|_| is_eight_digits);
        let year_first = Self::year_first(part(0..4)?, part(4..6)?, part(6..8)?).in_years();
        let year_last = Self::year_last(part(0..2)?, part(2..4)?, part(4..8)?).in_years();
        let has_reading = |date: &Self| date.usual.is_some() || date.exchanged.is_some();
        Some(year_first)
            .filter(|date| date.usual.is_some())
            .or_else(|| Some(year_last).filter(has_reading).or_else(|| Some(year_first).filter(has_reading)))
    }

    fn named(year: &str, month: u8, day: &str) -> Self {
        let usual = civil(year, &month.to_string(), day);
        Self { notation: Notation::Named, usual, exchanged: usual, has_twelve_hour_time: false }
    }

    fn year_first(year: &str, month: &str, day: &str) -> Self {
        Self::numeric(Notation::YearFirst, year, month, day)
    }

    fn year_last(day: &str, month: &str, year: &str) -> Self {
        Self::numeric(Notation::YearLast, year, month, day)
    }

    fn numeric(notation: Notation, year: &str, month: &str, day: &str) -> Self {
        let (usual, exchanged) = (civil(year, month, day), civil(year, day, month));
        Self { notation, usual, exchanged, has_twelve_hour_time: false }
    }

    fn in_years(self) -> Self {
        let in_years = |date: &Date| YEARS.contains(&date.year());
        Self { usual: self.usual.filter(in_years), exchanged: self.exchanged.filter(in_years), ..self }
    }

    /// Returns how the date is written.
    pub fn notation(self) -> Notation {
        self.notation
    }

    /// Returns the date in the usual order of its notation, day first or year-month-day; `None` if only the exchanged
    /// order is a date.
    pub fn usual(self) -> Option<Date> {
        self.usual
    }

    /// Whether the order of day and month changes the date.
    pub fn depends_on_order(self) -> bool {
        self.usual != self.exchanged
    }

    /// Whether only day and month in exchanged order are a date, e.g. `12-31-2001`.
    pub fn is_exchanged(self) -> bool {
        self.usual.is_none()
    }

    /// Whether the source probably writes the month first: `1/10/1984 12:00:00 AM`.
    pub fn seems_exchanged(self) -> bool {
        self.has_twelve_hour_time && self.notation == Notation::YearLast && self.exchanged.is_some()
    }

    /// Whether only day and month in usual order are a date, e.g. `31-12-2001`.
    pub fn is_usual(self) -> bool {
        self.exchanged.is_none()
    }

    /// Returns the date as read in a given order; `None` if it is not written in that order.
    pub fn read(self, order: DateOrder) -> Option<Date> {
        match (order, self.notation) {
            (DateOrder::DayFirst | DateOrder::MonthFirst, Notation::Named | Notation::YearFirst)
            | (DateOrder::DayFirst, Notation::YearLast)
            | (DateOrder::Iso, Notation::YearFirst) => self.usual,
            (DateOrder::MonthFirst, Notation::YearLast) => self.exchanged,
            (DateOrder::Iso, Notation::Named | Notation::YearLast) => None,
        }
    }
}

/// Parses an attribute of the directory, with the day before the month; `None` unless it is a plausible birthdate on
/// `today`. A placeholder must not count as a birthdate: a stranger could guess it.
pub fn parse_attribute(text: &str, today: &Birthdate) -> Option<Birthdate> {
    let date = DateText::parse(text).ok()?.read(DateOrder::DayFirst)?;
    to_birthdate(date).filter(|birthdate| birthdate.is_plausible(today))
}

/// Returns today in UTC. The date in Amsterdam may be one day later, which does not matter for a birthdate.
pub fn today(now: Timestamp) -> Option<Birthdate> {
    to_birthdate(now.to_zoned(TimeZone::UTC).date())
}

/// Returns the day as a birthdate; `None` before 1900.
pub fn to_birthdate(date: Date) -> Option<Birthdate> {
    let (year, month, day) =
        (u16::try_from(date.year()), u8::try_from(date.month()), u8::try_from(date.day()));
    Birthdate::new(year.ok()?, month.ok()?, day.ok()?).ok()
}

fn is_year(part: &str) -> bool {
    part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit())
}

fn parse_month(part: &str) -> Option<u8> {
    parse_month_name(&part.to_lowercase())
}

fn civil(year: &str, month: &str, day: &str) -> Option<Date> {
    let number = |text: &str| {
        let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i16>().ok().filter(|_| is_number)
    };
    let two_digits = |text: &str| number(text).filter(|_| text.len() <= 2).and_then(|n| i8::try_from(n).ok());
    Date::new(number(year).filter(|year| *year > 0)?, two_digits(month)?, two_digits(day)?).ok()
}

#[cfg(test)]
mod tests;
