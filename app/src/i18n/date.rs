//! Formats dates and durations as text.

use super::messages::Messages;
use crate::api::site::Site;
use crate::domain::birthdate::Birthdate;

/// Spells out a birthdate, «1 oktober 1984», so that the user notices a typing error before it costs an attempt.
pub(crate) fn birthdate_text(date: &Birthdate, messages: &Messages) -> String {
    let (year, month, day) = date.parts();
    date_text(year, month, day, messages)
}

/// Spells out a date in ISO 8601; returns other text unchanged.
pub(crate) fn iso_date_text(iso: &str, messages: &Messages) -> String {
    let mut parts = iso.splitn(3, '-').map(|part| part.parse::<u16>().ok());
    match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten()) {
        (Some(year), Some(month), Some(day)) => date_text(year, month, day, messages),
        _ => iso.to_owned(),
    }
}

/// Spells out date and time of an RFC 3339 time as they are written in it, «9 maart 2026 om 15.05 uur»; returns other
/// text unchanged.
pub(crate) fn local_time_text(time: String, messages: &Messages) -> String {
    let Some((date, rest)) = time.split_once('T') else { return time };
    let mut parts = rest.splitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(hour), Some(minute), Some(_)) => {
            messages.date_at.fill([&iso_date_text(date, messages), &messages.clock.fill([hour, minute])])
        }
        _ => time,
    }
}

/// Hour and minute of an RFC 3339 time as they are written in it, «14:02»; empty for other text.
pub(crate) fn time_of_day(time: &str) -> &str {
    let time = time.split_once('T').and_then(|(_, time)| time.get(..5));
    time.filter(|time| time.as_bytes().get(2) == Some(&b':')).unwrap_or_default()
}

pub(super) fn date_text(
    year: impl Into<u32>,
    month: impl Into<u32>,
    day: impl Into<u32>,
    messages: &Messages,
) -> String {
    let (year, month, day): (u32, u32, u32) = (year.into(), month.into(), day.into());
    let month = messages.months.get((month as usize).saturating_sub(1)).copied().unwrap_or_default();
    [day.to_string().as_str(), month, year.to_string().as_str()].join(" ")
}

/// A duration as text, «40 seconden», «3 minuten»; rounded up, so that users do not try too early.
pub(crate) fn duration_text(seconds: u64, messages: &Messages) -> String {
    match seconds {
        0 | 1 => messages.a_second.to_owned(),
        2..=59 => messages.seconds.fill([&seconds.to_string()]),
        60 => messages.a_minute.to_owned(),
        61..=3540 => messages.minutes.fill([&seconds.div_ceil(60).to_string()]),
        3541..=3600 => messages.an_hour.to_owned(),
        3601..=172_800 => messages.hours.fill([&seconds.div_ceil(3600).to_string()]),
        172_801.. => messages.days.fill([&seconds.div_ceil(86_400).to_string()]),
    }
}

/// The waiting time of a changed value as text; `None` if there is no waiting time.
pub(crate) fn waiting_time_text(site: &Site, messages: &Messages) -> Option<String> {
    let seconds = u64::from(site.waiting_seconds);
    (seconds > 0).then(|| duration_text(seconds, messages))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;

    #[test]
    fn birthdate_is_spelled_out_in_each_language() {
        let date = Birthdate::new(1984, 10, 1).unwrap();
        assert_eq!(birthdate_text(&date, Language::Nl.messages()), "1 oktober 1984");
        assert_eq!(birthdate_text(&date, Language::En.messages()), "1 October 1984");
    }

    #[test]
    fn local_time_is_spelled_out_and_other_text_unchanged() {
        let time = "2026-03-09T15:05:00+01:00";
        assert_eq!(local_time_text(time.to_owned(), Language::Nl.messages()), "9 maart 2026 om 15.05 uur");
        assert_eq!(local_time_text(time.to_owned(), Language::En.messages()), "9 March 2026 at 15:05");
        for other in ["gisteren", "Tot straks"] {
            assert_eq!(local_time_text(other.to_owned(), Language::Nl.messages()), other);
        }
    }

    #[test]
    fn time_of_day_is_that_of_the_offset() {
        assert_eq!(time_of_day("2026-03-09T15:05:59+01:00"), "15:05");
        for other in ["", "gisteren", "2026-03-09T15", "Tot straks"] {
            assert_eq!(time_of_day(other), "", "{other}");
        }
    }

    #[test]
    fn iso_date_is_spelled_out_and_other_text_unchanged() {
        assert_eq!(iso_date_text("2026-03-09", Language::Nl.messages()), "9 maart 2026");
        assert_eq!(iso_date_text("gisteren", Language::Nl.messages()), "gisteren");
    }

    #[test]
    fn duration_is_rounded_up_to_a_usual_unit() {
        for (seconds, text) in [
            (0, "1 seconde"),
            (30, "30 seconden"),
            (60, "1 minuut"),
            (61, "2 minuten"),
            (120, "2 minuten"),
            (3540, "59 minuten"),
            (3541, "1 uur"),
            (7300, "3 uur"),
            (172_800, "48 uur"),
            (172_801, "3 dagen"),
        ] {
            assert_eq!(duration_text(seconds, Language::Nl.messages()), text);
        }
    }
}
