//! The opening hours of the service desk, and whether it is open at a local time.

use serde::{Deserialize, Serialize};

const MINUTES_PER_DAY: u32 = 24 * 60;
/// How many days ahead the next opening is searched. Longer than any sequence of public holidays.
const HORIZON_DAYS: u32 = 28;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Weekday {
    const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    /// 0 for Monday to 6 for Sunday.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// A time of day to the minute, from `00:00` to `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u32);

impl TimeOfDay {
    /// Hour and minute.
    pub(crate) const fn parts(self) -> (u32, u32) {
        (self.0 / 60, self.0 % 60)
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let expected = "expected a time from \"00:00\" to \"24:00\"";
        let (hour, minute) = text.split_once(':').ok_or(expected)?;
        match (two_digits(hour), two_digits(minute)) {
            (Some(hour), Some(minute)) if minute < 60 && hour * 60 + minute <= MINUTES_PER_DAY => {
                Ok(Self(hour * 60 + minute))
            }
            (Some(_) | None, Some(_) | None) => Err(expected),
        }
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        let (hour, minute) = time.parts();
        [padded(hour), padded(minute)].join(":")
    }
}

/// Opening hours on some days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OpeningHours {
    /// The days.
    pub days: Vec<Weekday>,
    /// When the service desk opens.
    pub from: TimeOfDay,
    /// When it closes; after `from`.
    pub to: TimeOfDay,
}

/// A day on which the service desk is closed: `2026-12-25`, or `12-25` for every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct ClosedDay {
    year: Option<u32>,
    month: u32,
    day: u32,
}

impl TryFrom<String> for ClosedDay {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let expected = "expected a day like \"2026-12-25\", or \"12-25\" for each year";
        let parts: Vec<&str> = text.split('-').collect();
        let (year, month, day) = match *parts.as_slice() {
            [month, day] => (None, month, day),
            [year, month, day] if year.len() == 4 => (Some(year.parse().map_err(|_| expected)?), month, day),
            _ => return Err(expected),
        };
        let (month, day) = (two_digits(month).ok_or(expected)?, two_digits(day).ok_or(expected)?);
        // A day of every year may be 29 February, so a leap year is assumed.
        let is_day =
            (1..=12).contains(&month) && (1..=days_in_month(year.unwrap_or(2000), month)).contains(&day);
        if is_day { Ok(Self { year, month, day }) } else { Err(expected) }
    }
}

impl From<ClosedDay> for String {
    fn from(closed: ClosedDay) -> Self {
        let day = [padded(closed.month), padded(closed.day)].join("-");
        closed.year.map_or(day.clone(), |year| [year.to_string(), day].join("-"))
    }
}

/// Date and time of day in the local time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    date: Date,
    /// Minutes since midnight.
    minute: u32,
}

impl LocalTime {
    /// Parses `2026-11-27 11:00:34`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once([' ', 'T'])?;
        let mut date = date.split('-').map(|part| part.parse::<u32>().ok());
        let (year, month, day) = (date.next()??, date.next()??, date.next()??);
        let mut time = time.split(':').map(|part| part.parse::<u32>().ok());
        let (hour, minute) = (time.next()??, time.next()??);
        let is_valid = (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && hour < 24
            && minute < 60;
        is_valid.then_some(Self { date: Date { year, month, day }, minute: hour * 60 + minute })
    }
}

/// A calendar day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// e.g. 2026.
    pub year: u32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
}

impl Date {
    const fn next(self) -> Self {
        let Self { year, month, day } = self;
        if day < days_in_month(year, month) {
            Self { year, month, day: day + 1 }
        } else if month < 12 {
            Self { year, month: month + 1, day: 1 }
        } else {
            Self { year: year + 1, month: 1, day: 1 }
        }
    }

    /// Computed with Zeller's congruence.
    fn weekday(self) -> Weekday {
        let (year, month) = if self.month < 3 {
            (self.year.saturating_sub(1), self.month + 12)
        } else {
            (self.year, self.month)
        };
        let century = year / 100;
        let in_century = year % 100;
        // 0 is a Saturday.
        let day = self.day + 13 * (month + 1) / 5 + in_century + in_century / 4 + century / 4 + 5 * century;
        let from_monday = (day + 5) % 7;
        Weekday::ALL.into_iter().nth(from_monday as usize).unwrap_or(Weekday::Mon)
    }

    fn is_closed(self, closed: &[ClosedDay]) -> bool {
        closed.iter().any(|one| {
            one.year.is_none_or(|year| year == self.year) && (one.month, one.day) == (self.month, self.day)
        })
    }
}

/// Whether the service desk is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskStatus {
    /// Open, until a time or around the clock.
    Open {
        /// When it closes, if within a day.
        until: Option<TimeOfDay>,
    },
    /// Closed, until the next opening if there is one within four weeks.
    Closed {
        /// The next opening.
        next: Option<Opening>,
    },
}

/// The next opening after a closed period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// 0 is today, 1 tomorrow.
    pub days_ahead: u32,
    /// The day.
    pub date: Date,
    /// Its day of the week.
    pub weekday: Weekday,
    /// When.
    pub from: TimeOfDay,
}

/// Whether the service desk is open at a local time; `None` if no opening hours are configured.
pub fn status(hours: &[OpeningHours], closed: &[ClosedDay], now: LocalTime) -> Option<DeskStatus> {
    if hours.is_empty() {
        return None;
    }
    // All openings from today on, as (start, end) in minutes since midnight today.
    let days = std::iter::successors(Some((0, now.date)), |(at, date)| Some((at + 1, date.next())));
    let mut openings: Vec<(u32, u32)> = days
        .take(HORIZON_DAYS as usize)
        .filter(|(_, date)| !date.is_closed(closed))
        .flat_map(|(at, date)| {
            let weekday = date.weekday();
            let of_day = hours.iter().filter(move |one| one.days.contains(&weekday));
            of_day.map(move |one| (at * MINUTES_PER_DAY + one.from.0, at * MINUTES_PER_DAY + one.to.0))
        })
        .collect();
    openings.sort_unstable();
    if let Some((_, first)) = openings.iter().find(|(from, to)| (*from..*to).contains(&now.minute)) {
        // An opening that starts when another ends continues it.
        let until = openings
            .iter()
            .fold(*first, |until, (from, to)| if *from <= until { until.max(*to) } else { until });
        let is_near = until - now.minute < MINUTES_PER_DAY;
        return Some(DeskStatus::Open { until: is_near.then_some(TimeOfDay(until % MINUTES_PER_DAY)) });
    }
    let next = openings.iter().find(|(from, _)| *from > now.minute).map(|(from, _)| {
        let days_ahead = from / MINUTES_PER_DAY;
        let date = (0..days_ahead).fold(now.date, |date, _| date.next());
        Opening { days_ahead, date, weekday: date.weekday(), from: TimeOfDay(from % MINUTES_PER_DAY) }
    });
    Some(DeskStatus::Closed { next })
}

const fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

fn two_digits(text: &str) -> Option<u32> {
    let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn padded(number: u32) -> String {
    if number < 10 { ["0", &number.to_string()].concat() } else { number.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> TimeOfDay {
        TimeOfDay::try_from(text.to_owned()).unwrap()
    }

    fn hours(days: &[Weekday], from: &str, to: &str) -> OpeningHours {
        OpeningHours { days: days.to_vec(), from: time(from), to: time(to) }
    }

    fn office_hours() -> Vec<OpeningHours> {
        use Weekday::{Fri, Mon, Thu, Tue, Wed};
        vec![hours(&[Mon, Tue, Wed, Thu, Fri], "08:00", "17:00")]
    }

    fn status_at(hours: &[OpeningHours], closed: &[&str], now: &str) -> DeskStatus {
        let closed: Vec<_> =
            closed.iter().map(|day| ClosedDay::try_from((*day).to_owned()).unwrap()).collect();
        status(hours, &closed, LocalTime::parse(now).unwrap()).unwrap()
    }

    fn opens(hours: &[OpeningHours], closed: &[&str], now: &str) -> (u32, Weekday, u32, TimeOfDay) {
        match status_at(hours, closed, now) {
            DeskStatus::Closed { next: Some(next) } => {
                (next.days_ahead, next.weekday, next.date.day, next.from)
            }
            other @ (DeskStatus::Open { .. } | DeskStatus::Closed { next: None }) => panic!("{other:?}"),
        }
    }

    #[test]
    fn open_status_contains_the_closing_time() {
        let until = DeskStatus::Open { until: Some(time("17:00")) };
        assert_eq!(status_at(&office_hours(), &[], "2026-11-27 08:00:00"), until);
        assert_eq!(status_at(&office_hours(), &[], "2026-11-27 16:59:59"), until);
    }

    #[test]
    fn closed_status_contains_the_next_opening() {
        let eight = time("08:00");
        assert_eq!(opens(&office_hours(), &[], "2026-11-27 07:59:00"), (0, Weekday::Fri, 27, eight));
        assert_eq!(opens(&office_hours(), &[], "2026-11-26 17:00:00"), (1, Weekday::Fri, 27, eight));
        assert_eq!(opens(&office_hours(), &[], "2026-11-27 17:00:00"), (3, Weekday::Mon, 30, eight));
        assert_eq!(opens(&office_hours(), &[], "2026-11-29 23:59:00"), (1, Weekday::Mon, 30, eight));
        // Across the end of a year, with holidays of every year and of a single year.
        let closed = ["12-25", "12-26", "2026-01-01"];
        assert_eq!(opens(&office_hours(), &closed, "2025-12-31 18:00:00"), (2, Weekday::Fri, 2, eight));
        assert_eq!(opens(&office_hours(), &closed, "2026-12-24 18:00:00"), (4, Weekday::Mon, 28, eight));
        assert_eq!(opens(&office_hours(), &closed, "2027-01-01 07:00:00"), (0, Weekday::Fri, 1, eight));
        assert_eq!(opens(&office_hours(), &[], "2028-02-28 18:00:00"), (1, Weekday::Tue, 29, eight));
    }

    #[test]
    fn break_between_hours_is_closed_and_adjoining_hours_are_continuous() {
        let with_break = [hours(&[Weekday::Fri], "08:00", "12:00"), hours(&[Weekday::Fri], "13:00", "17:00")];
        assert_eq!(
            status_at(&with_break, &[], "2026-11-27 09:00:00"),
            DeskStatus::Open { until: Some(time("12:00")) }
        );
        assert_eq!(opens(&with_break, &[], "2026-11-27 12:00:00").3, time("13:00"));
        let night = [hours(&[Weekday::Fri], "20:00", "24:00"), hours(&[Weekday::Sat], "00:00", "02:00")];
        assert_eq!(
            status_at(&night, &[], "2026-11-27 23:00:00"),
            DeskStatus::Open { until: Some(time("02:00")) }
        );
        assert_eq!(
            status_at(&night, &[], "2026-11-28 01:00:00"),
            DeskStatus::Open { until: Some(time("02:00")) }
        );
    }

    #[test]
    fn service_desk_may_be_open_always_or_never() {
        let always = [hours(&Weekday::ALL, "00:00", "24:00")];
        assert_eq!(status_at(&always, &[], "2026-11-27 23:59:00"), DeskStatus::Open { until: None });
        let never = [hours(&[], "08:00", "17:00")];
        assert_eq!(status_at(&never, &[], "2026-11-27 09:00:00"), DeskStatus::Closed { next: None });
        assert_eq!(status(&[], &[], LocalTime::parse("2026-11-27 09:00:00").unwrap()), None);
    }

    #[test]
    fn weekdays_match_the_calendar() {
        for (date, weekday) in [
            ("2000-01-01", Weekday::Sat),
            ("2024-02-29", Weekday::Thu),
            ("2026-03-01", Weekday::Sun),
            ("2026-11-27", Weekday::Fri),
            ("2100-03-01", Weekday::Mon),
        ] {
            assert_eq!(
                LocalTime::parse(&format!("{date} 00:00:00")).unwrap().date.weekday(),
                weekday,
                "{date}"
            );
        }
    }

    #[test]
    fn invalid_times_and_days_are_refused() {
        for text in ["8:00", "08.00", "24:01", "12:60", "-1:00", "", "08:00:00", "é8:00"] {
            assert!(TimeOfDay::try_from(text.to_owned()).is_err(), "{text}");
        }
        for text in ["25-12-2026", "2026-02-30", "13-01", "12-32", "1-1", "2026-12", "", "26-12-25"] {
            assert!(ClosedDay::try_from(text.to_owned()).is_err(), "{text}");
        }
        for text in ["02-29", "2028-02-29", "12-25"] {
            let day = ClosedDay::try_from(text.to_owned()).unwrap();
            assert_eq!(String::from(day), text);
        }
        for text in ["", "2026-11-27", "2026-13-01 00:00", "2026-02-29 00:00", "2026-02-28 24:00", "x 1:2"] {
            assert_eq!(LocalTime::parse(text), None, "{text}");
        }
    }
}
