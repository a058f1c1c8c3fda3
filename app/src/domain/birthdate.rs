//! The birthdate: ISO 8601 on the wire, dd-mm-yyyy on the screen. It identifies the user, but does not authenticate.

mod dashes;

pub use dashes::insert_dashes;

use super::typed_text::{is_dash, is_invisible, to_ascii_digit, trim_invisible};
use std::ops::RangeInclusive;
use zeroize::Zeroize;

/// No employee was born before this year; an earlier one is a typing error.
pub const FIRST_YEAR: u16 = 1900;

/// The ages, in years, at which somebody can be an employee: Dutch law allows light work from 13; the upper limit only
/// catches placeholders and typing errors.
const PLAUSIBLE_AGES: RangeInclusive<u16> = 13..=100;

/// A calendar day from 1900 on. [`Birthdate::is_after`] checks that it is not in the future.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Zeroize)]
#[zeroize(drop)]
pub struct Birthdate {
    year: u16,
    month: u8,
    day: u8,
}

/// Why a text cannot be a birthdate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BirthdateError {
    /// The text is empty.
    Empty,
    /// Not a calendar day, or not in a known notation.
    NotADate,
    /// A two-digit year, whose century is not guessed.
    ShortYear,
    /// A day in the future.
    Future,
    /// A calendar day on which no employee can have been born.
    Implausible,
}

impl Birthdate {
    /// Creates a birthdate; fails unless it is a calendar day from 1900 on.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, BirthdateError> {
        let exists = (1..=9999).contains(&year) && (1..=days_in(year, month)).contains(&day);
        match exists {
            true if year >= FIRST_YEAR => Ok(Self { year, month, day }),
            true => Err(BirthdateError::Implausible),
            false => Err(BirthdateError::NotADate),
        }
    }

    /// Parses the wire format, `1984-10-01`, and no other. Invisible characters at both ends are ignored.
    pub fn parse_iso(text: &str) -> Result<Self, BirthdateError> {
        let text = trim_invisible(text);
        if text.is_empty() {
            return Err(BirthdateError::Empty);
        }
        match text.as_bytes() {
            [y @ .., b'-', m1, m2, b'-', d1, d2] if y.len() == 4 => {
                Self::from_digits(y, &[*m1, *m2], &[*d1, *d2])
            }
            _ => Err(BirthdateError::NotADate),
        }
    }

    /// Parses what users type, with digits of any script: `01-10-1984`, `1/10/1984`, `1 10 1984`, `01101984`,
    /// `1 okt 1984`, `1 October 1984`, and, as `autocomplete=bday` fills it in, `1984-10-01` and `19841001`. The day comes
    /// before the month unless the year comes first.
    ///
    /// ```
    /// use app::domain::birthdate::{Birthdate, BirthdateError};
    ///
    /// assert_eq!(Birthdate::parse_typed("1 okt 1984").unwrap(), Birthdate::new(1984, 10, 1).unwrap());
    /// assert_eq!(Birthdate::parse_typed("31-02-1984"), Err(BirthdateError::NotADate));
    /// assert_eq!(Birthdate::parse_typed("01-10-84"), Err(BirthdateError::ShortYear));
    /// ```
    pub fn parse_typed(text: &str) -> Result<Self, BirthdateError> {
        let text: String = text
            .chars()
            .filter(|c| !is_invisible(*c))
            .map(|c| to_ascii_digit(c).to_ascii_lowercase())
            .collect();
        let text = text.trim();
        if text.is_empty() {
            return Err(BirthdateError::Empty);
        }
        let parts: Vec<&str> = text
            .split(|c: char| c.is_whitespace() || is_dash(c) || matches!(c, '/' | '.' | ',' | '|' | '_'))
            .filter(|part| !part.is_empty())
            .collect();
        match parts.as_slice() {
            [all] if all.len() == 8 && all.is_ascii() => {
                // At most one of the two orders has a year from 1900 on.
                let [d1, d2, m1, m2, year @ ..] = all.as_bytes() else {
                    return Err(BirthdateError::NotADate);
                };
                let day_first = Self::from_digits(year, &[*m1, *m2], &[*d1, *d2]);
                let [year @ .., m1, m2, d1, d2] = all.as_bytes() else { return day_first };
                day_first
                    .or_else(|error| Self::from_digits(year, &[*m1, *m2], &[*d1, *d2]).map_err(|_| error))
            }
            // As `autocomplete=bday` fills it in.
            [year, month, day] if year.len() == 4 => {
                Self::from_digits(year.as_bytes(), month.as_bytes(), day.as_bytes())
            }
            [day, month, year] if year.len() == 4 => match parse_month_name(month) {
                Some(month) => {
                    Self::new(parse_number(year.as_bytes())?, month, to_u8(parse_number(day.as_bytes())?)?)
                }
                None => Self::from_digits(year.as_bytes(), month.as_bytes(), day.as_bytes()),
            },
            [day, month, year]
                if is_one_or_two_digits(day)
                    && (is_one_or_two_digits(month) || parse_month_name(month).is_some())
                    && is_one_or_two_digits(year) =>
            {
                Err(BirthdateError::ShortYear)
            }
            [all] if all.len() == 6 && all.bytes().all(|digit| digit.is_ascii_digit()) => {
                Err(BirthdateError::ShortYear)
            }
            _ => Err(BirthdateError::NotADate),
        }
    }

    /// Whether an employee may have been born on this day: the age on `today` is from 13 to 100 years.
    pub fn is_plausible(&self, today: &Self) -> bool {
        let had_birthday = (today.month, today.day) >= (self.month, self.day);
        let age = today.year.checked_sub(self.year + u16::from(!had_birthday));
        age.is_some_and(|age| PLAUSIBLE_AGES.contains(&age))
    }

    /// Whether the day is after `today`.
    pub fn is_after(&self, today: &Self) -> bool {
        self > today
    }

    /// The wire format, `1984-10-01`. Named so that every use of the value can be found.
    pub fn expose_iso(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// Year, month (1–12) and day (1–31), to spell out the date on the user's screen.
    pub fn parts(&self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }

    fn from_digits(year: &[u8], month: &[u8], day: &[u8]) -> Result<Self, BirthdateError> {
        Self::new(parse_number(year)?, to_u8(parse_number(month)?)?, to_u8(parse_number(day)?)?)
    }
}

impl std::fmt::Debug for Birthdate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Birthdate(…)")
    }
}

/// Whether a part has one or two digits.
fn is_one_or_two_digits(part: &str) -> bool {
    (1..=2).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit())
}

fn parse_number(digits: &[u8]) -> Result<u16, BirthdateError> {
    if digits.is_empty() || digits.len() > 4 {
        return Err(BirthdateError::NotADate);
    }
    digits.iter().try_fold(0_u16, |n, digit| match digit {
        b'0'..=b'9' => Ok(n * 10 + u16::from(digit - b'0')),
        _ => Err(BirthdateError::NotADate),
    })
}

fn to_u8(n: u16) -> Result<u8, BirthdateError> {
    u8::try_from(n).map_err(|_| BirthdateError::NotADate)
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 0,
    }
}

/// The month (1–12) with this Dutch or English name, or an abbreviation of at least three letters.
pub fn parse_month_name(word: &str) -> Option<u8> {
    const NAMES: [(&str, &str); 12] = [
        ("januari", "january"),
        ("februari", "february"),
        ("maart", "march"),
        ("april", "april"),
        ("mei", "may"),
        ("juni", "june"),
        ("juli", "july"),
        ("augustus", "august"),
        ("september", "september"),
        ("oktober", "october"),
        ("november", "november"),
        ("december", "december"),
    ];
    if word == "mrt" {
        return Some(3);
    }
    if word.chars().count() < 3 {
        return None;
    }
    (1..)
        .zip(NAMES)
        .find(|(_, (nl, en))| nl.starts_with(word) || en.starts_with(word))
        .map(|(month, _)| month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(text: &str) -> Result<String, BirthdateError> {
        Birthdate::parse_typed(text).map(|date| date.expose_iso())
    }

    #[test]
    fn usual_date_notations_are_parsed() {
        for text in [
            "01-10-1984",
            "1-10-1984",
            "01101984",
            "1984-10-01",
            "01/10/1984",
            "1.10.1984",
            "1 10 1984",
            "1 okt 1984",
            "1 okt. 1984",
            "1 oktober 1984",
            " 01 - 10 - 1984 ",
            "1 Oct 1984",
            "1-OKT-1984",
            "19841001",
            "1984/10/01",
            "1984 10 1",
            "\u{200e}01-10-1984\u{200f}",
            "01\u{2011}10\u{2011}1984",
            "01\u{2212}10\u{2212}1984",
            "01\u{2060}-10-1984\u{a0}",
            "٠١-١٠-١٩٨٤",
            "٠١\u{200f}/١٠\u{200f}/١٩٨٤",
            "۰۱۱۰۱۹۸۴",
            "０１－１０－１９８４",
            "１９８４-１０-０１",
        ] {
            assert_eq!(typed(text).as_deref(), Ok("1984-10-01"), "{text}");
        }
    }

    #[test]
    fn nonexistent_or_ambiguous_date_is_refused() {
        for text in [
            "31-02-1984",
            "29-02-1900",
            "0-1-1984",
            "1-13-1984",
            "gisteren",
            "1 x 1984",
            "½-1-1984",
            "00-10-1899",
            "1e3-1-1984",
            "1984-13-01",
            "19841301",
            "20-05-0000",
            "-1-1984",
            "1 ma 1984",
        ] {
            assert_eq!(typed(text), Err(BirthdateError::NotADate), "{text}");
        }
        for text in ["01-10-1899", "1-1-1753", "1753-01-01", "1 jan 1890", "31-12-0001"] {
            assert_eq!(typed(text), Err(BirthdateError::Implausible), "{text}");
        }
        for text in ["  ", "\u{200b}", "\u{feff}\u{a0}"] {
            assert_eq!(typed(text), Err(BirthdateError::Empty), "{text:?}");
        }
        assert_eq!(typed("29-02-1992").as_deref(), Ok("1992-02-29"));
        assert_eq!(typed("29-02-2000").as_deref(), Ok("2000-02-29"));
    }

    #[test]
    fn two_digit_year_is_refused() {
        for text in ["1-10-84", "01-10-84", "011084", "1 okt 84", "1/10/84", "1-1-1"] {
            assert_eq!(typed(text), Err(BirthdateError::ShortYear), "{text}");
        }
    }

    #[test]
    fn wire_format_accepts_only_iso_dates() {
        assert!(Birthdate::parse_iso("1984-10-01").is_ok());
        for text in
            ["01-10-1984", "1984-1-1", "1984-10-01 ", " 1984-10-01", "19841001", "1984-10-1x", "+984-10-01"]
        {
            assert_eq!(Birthdate::parse_iso(text), Err(BirthdateError::NotADate), "{text:?}");
        }
        assert_eq!(Birthdate::parse_iso(""), Err(BirthdateError::Empty));
    }

    #[test]
    fn tomorrow_is_after_today() {
        let today = Birthdate::new(2026, 11, 22).unwrap();
        assert!(Birthdate::new(2026, 11, 23).unwrap().is_after(&today));
        assert!(!Birthdate::new(2026, 11, 22).unwrap().is_after(&today));
    }

    #[test]
    fn plausible_age_is_from_13_to_100_years() {
        let today = Birthdate::new(2026, 11, 27).unwrap();
        for (year, month, day, expected) in [
            (1984, 10, 1, true),
            (2013, 11, 27, true),
            (2013, 11, 28, false),
            (2026, 11, 27, false),
            (2026, 11, 28, false),
            (9999, 12, 31, false),
            (1926, 1, 1, true),
            (1925, 11, 28, true),
            (1925, 11, 27, false),
            (1900, 1, 1, false),
            (1970, 1, 1, true),
            (2012, 2, 29, true),
        ] {
            let date = Birthdate::new(year, month, day).unwrap();
            assert_eq!(date.is_plausible(&today), expected, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn debug_output_does_not_contain_the_date() {
        assert_eq!(format!("{:?}", Birthdate::new(1984, 10, 1).unwrap()), "Birthdate(…)");
    }

    proptest! {
        #[test]
        fn parsers_do_not_panic_on_any_text(text in "\\PC*") {
            let _ = Birthdate::parse_iso(&text);
            let _ = Birthdate::parse_typed(&text);
        }

        #[test]
        fn wire_format_round_trips(year in 1900_u16..2100, month in 1_u8..=12, day in 1_u8..=31) {
            if let Ok(date) = Birthdate::new(year, month, day) {
                prop_assert_eq!(Birthdate::parse_iso(&date.expose_iso()), Ok(date));
            }
        }
    }
}
