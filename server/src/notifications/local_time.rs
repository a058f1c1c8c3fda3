//! A moment as people here read it, in the time of Amsterdam. Not a clock.

use app::i18n::Language;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The rule of Amsterdam as POSIX writes it: an hour ahead of UTC, two from the last Sunday of March to that of
/// October. A notice only ever tells of a moment just past, so neither the history nor the size of a whole zone
/// database is needed, and a machine without one tells the same time.
const AMSTERDAM: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

/// Date and time, e.g. `22-11-2026 om 16.45 uur` and `22 November 2026 at 16:45`.
pub(super) fn tell(moment: Timestamp, language: Language) -> String {
    in_zone(moment, language, TimeZone::posix(AMSTERDAM).ok())
}

fn in_zone(moment: Timestamp, language: Language, zone: Option<TimeZone>) -> String {
    let known = zone.is_some();
    let told = moment
        .to_zoned(zone.unwrap_or(TimeZone::UTC))
        .strftime(language.notifications().date_time)
        .to_string();
    if known { told } else { format!("{told} (UTC)") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_the_time_of_amsterdam() {
        for (moment, nl, en) in [
            ("2026-11-22T15:45:21Z", "22-11-2026 om 16.45 uur", "22 November 2026 at 16:45"),
            ("2026-07-01T22:05:00Z", "02-07-2026 om 00.05 uur", "2 July 2026 at 00:05"),
            // The two changes of the clock.
            ("2026-03-29T00:59:00Z", "29-03-2026 om 01.59 uur", "29 March 2026 at 01:59"),
            ("2026-03-29T01:00:00Z", "29-03-2026 om 03.00 uur", "29 March 2026 at 03:00"),
            ("2026-10-25T01:00:00Z", "25-10-2026 om 02.00 uur", "25 October 2026 at 02:00"),
        ] {
            let moment: Timestamp = moment.parse().unwrap();
            assert_eq!(tell(moment, Language::Nl), nl);
            assert_eq!(tell(moment, Language::En), en);
        }
    }

    #[test]
    fn another_zone_is_named() {
        let moment: Timestamp = "2026-11-22T15:45:21Z".parse().unwrap();
        assert_eq!(in_zone(moment, Language::Nl, None), "22-11-2026 om 15.45 uur (UTC)");
    }
}
