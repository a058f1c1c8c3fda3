//! Formats a time in the time zone of Amsterdam.

use app::i18n::Language;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The POSIX time zone rule of Amsterdam: UTC+1, and UTC+2 from the last Sunday of March to the last Sunday of
/// October. A notice only contains a recent time, so no time zone database is needed, and the text does not depend
/// on the machine.
const AMSTERDAM_POSIX_TZ: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

/// Returns an RFC 3339 time with the offset of Amsterdam, e.g. `2026-11-22T16:45:00+01:00`.
pub(crate) fn rfc3339_local(time: Timestamp) -> String {
    let zone = TimeZone::posix(AMSTERDAM_POSIX_TZ).unwrap_or(TimeZone::UTC);
    time.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A time: a day, which begins in Amsterdam, e.g. `2026-11-28`, or RFC 3339.
pub fn parse_local(text: &str) -> Result<Timestamp, String> {
    let expected =
        || format!("{text:?}: expected a day, e.g. 2026-11-28, or a time, e.g. 2026-11-28T09:00:00Z");
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let day: jiff::civil::Date = text.parse().map_err(|_| expected())?;
    let zone = TimeZone::posix(AMSTERDAM_POSIX_TZ).map_err(|_| expected())?;
    Ok(day.to_zoned(zone).map_err(|_| expected())?.timestamp())
}

/// Returns the start of every hour of the day in Amsterdam that contains a time, and the end of that day: 23 hours, 24 or 25.
pub(crate) fn hours_of_local_day(time: Timestamp) -> (Vec<Timestamp>, Timestamp) {
    let zone = TimeZone::posix(AMSTERDAM_POSIX_TZ).unwrap_or(TimeZone::UTC);
    let start = time.to_zoned(zone).start_of_day();
    let end = start.as_ref().ok().and_then(|start| start.tomorrow().ok());
    let (Ok(start), Some(end)) = (start, end) else { return (Vec::new(), time) };
    let (start, end) = (start.timestamp(), end.timestamp());
    let hours = (0..).map(|hour| start + SignedDuration::from_hours(hour)).take_while(|hour| *hour < end);
    (hours.collect(), end)
}

/// Returns date and time, e.g. `22-11-2026 om 16.45 uur` or `22 November 2026 at 16:45`.
pub(super) fn format_local(time: Timestamp, language: Language) -> String {
    format_in_zone(time, language, TimeZone::posix(AMSTERDAM_POSIX_TZ).ok())
}

fn format_in_zone(time: Timestamp, language: Language, zone: Option<TimeZone>) -> String {
    let known = zone.is_some();
    let text =
        time.to_zoned(zone.unwrap_or(TimeZone::UTC)).strftime(language.notifications().date_time).to_string();
    if known { text } else { format!("{text} (UTC)") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_formatted_in_the_time_zone_of_amsterdam() {
        for (time, nl, en) in [
            ("2026-11-22T15:45:21Z", "22-11-2026 om 16.45 uur", "22 November 2026 at 16:45"),
            ("2026-07-01T22:05:00Z", "02-07-2026 om 00.05 uur", "2 July 2026 at 00:05"),
            // Both daylight saving transitions.
            ("2026-03-29T00:59:00Z", "29-03-2026 om 01.59 uur", "29 March 2026 at 01:59"),
            ("2026-03-29T01:00:00Z", "29-03-2026 om 03.00 uur", "29 March 2026 at 03:00"),
            ("2026-10-25T01:00:00Z", "25-10-2026 om 02.00 uur", "25 October 2026 at 02:00"),
        ] {
            let time: Timestamp = time.parse().unwrap();
            assert_eq!(format_local(time, Language::Nl), nl);
            assert_eq!(format_local(time, Language::En), en);
        }
    }

    #[test]
    fn time_for_the_browser_has_the_offset_of_amsterdam() {
        for (time, expected) in [
            ("2026-11-22T15:45:21Z", "2026-11-22T16:45:21+01:00"),
            ("2026-07-01T22:05:00Z", "2026-07-02T00:05:00+02:00"),
        ] {
            assert_eq!(rfc3339_local(time.parse().unwrap()), expected);
        }
    }

    #[test]
    fn day_begins_in_amsterdam_and_a_time_is_exact() {
        for (text, time) in [
            ("2026-11-28", "2026-11-27T23:00:00Z"),
            ("2026-07-01", "2026-06-30T22:00:00Z"),
            ("2026-11-28T09:00:00Z", "2026-11-28T09:00:00Z"),
            ("2026-11-28T09:00:00+01:00", "2026-11-28T08:00:00Z"),
        ] {
            assert_eq!(parse_local(text), Ok(time.parse().unwrap()), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "28-11-2026"] {
            assert!(parse_local(text).unwrap_err().contains("expected a day"), "{text}");
        }
    }

    #[test]
    fn day_has_23_or_25_hours_when_the_clocks_change() {
        for (time, hours, first, last) in [
            ("2026-11-28T13:00:00Z", 24, "2026-11-28T00:00:00+01:00", "2026-11-28T23:00:00+01:00"),
            ("2026-03-29T12:00:00Z", 23, "2026-03-29T00:00:00+01:00", "2026-03-29T23:00:00+02:00"),
            ("2026-10-25T12:00:00Z", 25, "2026-10-25T00:00:00+02:00", "2026-10-25T23:00:00+01:00"),
            // Still yesterday in UTC.
            ("2026-11-27T23:30:00Z", 24, "2026-11-28T00:00:00+01:00", "2026-11-28T23:00:00+01:00"),
        ] {
            let (starts, end) = hours_of_local_day(time.parse().unwrap());
            let texts: Vec<_> = starts.iter().map(|hour| rfc3339_local(*hour)).collect();
            assert_eq!(
                (texts.len(), texts[0].as_str(), texts.last().unwrap().as_str()),
                (hours, first, last)
            );
            assert_eq!(end, *starts.last().unwrap() + SignedDuration::from_hours(1));
        }
        // Each hour is another one, although one of them has the same name twice.
        let (starts, _) = hours_of_local_day("2026-10-25T12:00:00Z".parse().unwrap());
        let twice = ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"];
        assert_eq!([rfc3339_local(starts[2]), rfc3339_local(starts[3])], twice);
    }

    #[test]
    fn fallback_to_utc_is_named() {
        let time: Timestamp = "2026-11-22T15:45:21Z".parse().unwrap();
        assert_eq!(format_in_zone(time, Language::Nl, None), "22-11-2026 om 15.45 uur (UTC)");
    }
}
