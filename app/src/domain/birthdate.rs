//! The birthdate: ISO on the wire, dd-mm-jjjj on the screen. It identifies; it never proves.

use zeroize::Zeroize;

/// Nobody who works today was born before this year; an earlier one is a typing error.
pub const FIRST_YEAR: u16 = 1900;

/// A day that exists in the calendar, from 1900 on. Whether it lies in the future depends on today:
/// see [`Birthdate::is_after`].
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
    /// Nothing was typed.
    Empty,
    /// No day of the calendar, or none that can be told for sure (`1-2-84`).
    NotADate,
    /// A year of two digits, which is not guessed at.
    ShortYear,
    /// A day that has not come yet.
    Future,
}

impl Birthdate {
    /// A day of the calendar.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, BirthdateError> {
        let exists = (FIRST_YEAR..=9999).contains(&year) && (1..=days_in(year, month)).contains(&day);
        if exists { Ok(Self { year, month, day }) } else { Err(BirthdateError::NotADate) }
    }

    /// Reads the wire's form, `1984-10-01`, and nothing else.
    pub fn parse_iso(text: &str) -> Result<Self, BirthdateError> {
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

    /// Reads what people type: `01-10-1984`, `1/10/1984`, `1 10 1984`, `01101984`, `1 okt 1984`,
    /// `1 October 1984`, and `1984-10-01`.
    pub fn parse_typed(text: &str) -> Result<Self, BirthdateError> {
        let text = text.trim().to_ascii_lowercase();
        if text.is_empty() {
            return Err(BirthdateError::Empty);
        }
        let parts: Vec<&str> = text
            .split(|c: char| c.is_whitespace() || "-/.,–".chars().any(|sign| sign == c))
            .filter(|part| !part.is_empty())
            .collect();
        match parts.as_slice() {
            [all] if all.len() == 8 && all.is_ascii() => {
                let parts =
                    all.split_at_checked(2).and_then(|(day, rest)| Some((day, rest.split_at_checked(2)?)));
                let (day, (month, year)) = parts.ok_or(BirthdateError::NotADate)?;
                Self::from_digits(year.as_bytes(), month.as_bytes(), day.as_bytes())
            }
            // As `autocomplete=bday` fills it in.
            [year, month, day] if year.len() == 4 => {
                Self::from_digits(year.as_bytes(), month.as_bytes(), day.as_bytes())
            }
            [day, month, year] if year.len() == 4 => match month_named(month) {
                Some(month) => Self::new(number(year.as_bytes())?, month, to_u8(number(day.as_bytes())?)?),
                None => Self::from_digits(year.as_bytes(), month.as_bytes(), day.as_bytes()),
            },
            [day, month, year]
                if is_short(day) && (is_short(month) || month_named(month).is_some()) && is_short(year) =>
            {
                Err(BirthdateError::ShortYear)
            }
            [all] if all.len() == 6 && all.bytes().all(|digit| digit.is_ascii_digit()) => {
                Err(BirthdateError::ShortYear)
            }
            _ => Err(BirthdateError::NotADate),
        }
    }

    /// Whether the day lies after `today`.
    pub fn is_after(&self, today: &Self) -> bool {
        self > today
    }

    /// The wire's form, `1984-10-01`. The one way to read it, so that every reading can be found.
    pub fn expose_iso(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// Year, month (1–12) and day (1–31), for spelling it out on the person's own screen.
    pub fn parts(&self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }

    fn from_digits(year: &[u8], month: &[u8], day: &[u8]) -> Result<Self, BirthdateError> {
        Self::new(number(year)?, to_u8(number(month)?)?, to_u8(number(day)?)?)
    }
}

impl std::fmt::Debug for Birthdate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Birthdate(…)")
    }
}

/// Whether a part has one or two digits.
fn is_short(part: &str) -> bool {
    (1..=2).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit())
}

/// Puts the dashes into a date that is typed as digits, so that a phone's number keyboard suffices. `None` where nothing
/// is to be added, or where the text is written in another way. Call it only for a text that was typed at its end:
/// it would fight the caret, and a dash that was just removed, otherwise.
pub fn with_dashes(text: &str) -> Option<String> {
    if !text.bytes().all(|sign| sign.is_ascii_digit() || sign == b'-') {
        return None;
    }
    let mut complete = String::new();
    let mut in_part = 0;
    let mut separators = 0;
    for sign in text.chars() {
        if sign == '-' {
            // Also where the one that was added is typed once more.
            if in_part > 0 && separators < 2 {
                complete.push('-');
                separators += 1;
                in_part = 0;
            }
            continue;
        }
        if in_part == 2 && separators < 2 {
            complete.push('-');
            separators += 1;
            in_part = 0;
        }
        complete.push(sign);
        in_part += 1;
    }
    if in_part == 2 && separators < 2 {
        complete.push('-');
    }
    (complete != text).then_some(complete)
}

fn number(digits: &[u8]) -> Result<u16, BirthdateError> {
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

/// The month that a Dutch or English name or abbreviation of three and more letters stands for.
fn month_named(word: &str) -> Option<u8> {
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
    fn every_way_people_write_a_day_is_understood() {
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
        ] {
            assert_eq!(typed(text).as_deref(), Ok("1984-10-01"), "{text}");
        }
    }

    #[test]
    fn a_day_that_does_not_exist_or_cannot_be_told_is_no_date() {
        for text in [
            "31-02-1984",
            "29-02-1900",
            "0-1-1984",
            "1-13-1984",
            "gisteren",
            "1 x 1984",
            "١-١-١٩٨٤",
            "01-10-1899",
            "1e3-1-1984",
            "-1-1984",
            "1 ma 1984",
        ] {
            assert_eq!(typed(text), Err(BirthdateError::NotADate), "{text}");
        }
        assert_eq!(typed("  "), Err(BirthdateError::Empty));
        assert_eq!(typed("29-02-1992").as_deref(), Ok("1992-02-29"));
        assert_eq!(typed("29-02-2000").as_deref(), Ok("2000-02-29"));
    }

    #[test]
    fn a_year_of_two_digits_is_not_guessed_at() {
        for text in ["1-10-84", "01-10-84", "011084", "1 okt 84", "1/10/84", "1-1-1"] {
            assert_eq!(typed(text), Err(BirthdateError::ShortYear), "{text}");
        }
    }

    #[test]
    fn digits_typed_one_by_one_become_a_date_with_dashes() {
        for (keys, expected) in [
            ("01101984", "01-10-1984"),
            ("01-10-1984", "01-10-1984"),
            ("1-10-1984", "1-10-1984"),
            ("1-2-1984", "1-2-1984"),
        ] {
            let shown = keys.chars().fold(String::new(), |mut shown, key| {
                shown.push(key);
                with_dashes(&shown).unwrap_or(shown)
            });
            assert_eq!(shown, expected, "{keys}");
        }
        for other in ["1 okt 1984", "01/10/1984", "01-10-1984", ""] {
            assert_eq!(with_dashes(other), None, "{other}");
        }
    }

    #[test]
    fn the_wire_takes_iso_and_nothing_else() {
        assert!(Birthdate::parse_iso("1984-10-01").is_ok());
        for text in
            ["01-10-1984", "1984-1-1", "1984-10-01 ", " 1984-10-01", "19841001", "1984-10-1x", "+984-10-01"]
        {
            assert_eq!(Birthdate::parse_iso(text), Err(BirthdateError::NotADate), "{text:?}");
        }
        assert_eq!(Birthdate::parse_iso(""), Err(BirthdateError::Empty));
    }

    #[test]
    fn tomorrow_lies_after_today() {
        let today = Birthdate::new(2026, 11, 22).unwrap();
        assert!(Birthdate::new(2026, 11, 23).unwrap().is_after(&today));
        assert!(!Birthdate::new(2026, 11, 22).unwrap().is_after(&today));
    }

    #[test]
    fn debug_prints_nothing_of_the_date() {
        assert_eq!(format!("{:?}", Birthdate::new(1984, 10, 1).unwrap()), "Birthdate(…)");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parsers_fall_over(text in "\\PC*") {
            let _ = Birthdate::parse_iso(&text);
            let _ = Birthdate::parse_typed(&text);
        }

        #[test]
        fn the_wire_form_reads_back(year in 1900_u16..2100, month in 1_u8..=12, day in 1_u8..=31) {
            if let Ok(date) = Birthdate::new(year, month, day) {
                prop_assert_eq!(Birthdate::parse_iso(&date.expose_iso()), Ok(date));
            }
        }
    }
}
