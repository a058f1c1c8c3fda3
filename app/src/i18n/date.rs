//! Days and times in words. Not a calendar: whether a day exists is for [`Birthdate`] to say.

use super::messages::Messages;
use crate::api::site::Site;
use crate::domain::birthdate::Birthdate;

/// «1 oktober 1984»: a slip of the finger shows before it costs an attempt.
pub(crate) fn days_in_words(date: &Birthdate, words: &Messages) -> String {
    let (year, month, day) = date.parts();
    spelled(year, month, day, words)
}

/// The same for a day on the wire (ISO) that is no birthdate. What cannot be read is shown as it is.
pub(crate) fn day_in_words(iso: &str, words: &Messages) -> String {
    let mut parts = iso.splitn(3, '-').map(|part| part.parse::<u16>().ok());
    match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten()) {
        (Some(year), Some(month), Some(day)) => spelled(year, month, day, words),
        _ => iso.to_owned(),
    }
}

pub(super) fn spelled(
    year: impl Into<u32>,
    month: impl Into<u32>,
    day: impl Into<u32>,
    words: &Messages,
) -> String {
    let (year, month, day): (u32, u32, u32) = (year.into(), month.into(), day.into());
    let month = words.months.get((month as usize).saturating_sub(1)).copied().unwrap_or_default();
    [day.to_string().as_str(), month, year.to_string().as_str()].join(" ")
}

/// A waiting time as people say it: «40 seconden», «3 minuten»; rounded up, so that nobody tries too early.
pub(crate) fn duration(seconds: u64, words: &Messages) -> String {
    match seconds {
        0 | 1 => words.a_second.to_owned(),
        2..=59 => words.seconds.fill([&seconds.to_string()]),
        60 => words.a_minute.to_owned(),
        61..=3540 => words.minutes.fill([&seconds.div_ceil(60).to_string()]),
        3541..=3600 => words.an_hour.to_owned(),
        3601..=172_800 => words.hours.fill([&seconds.div_ceil(3600).to_string()]),
        172_801.. => words.days.fill([&seconds.div_ceil(86_400).to_string()]),
    }
}

/// How long a changed value does not count, in words; `None` where it counts at once.
pub(crate) fn waiting(site: &Site, words: &Messages) -> Option<String> {
    let seconds = u64::from(site.waiting_seconds);
    (seconds > 0).then(|| duration(seconds, words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;

    #[test]
    fn a_birthdate_is_spelled_out_in_each_language() {
        let date = Birthdate::new(1984, 10, 1).unwrap();
        assert_eq!(days_in_words(&date, Language::Nl.words()), "1 oktober 1984");
        assert_eq!(days_in_words(&date, Language::En.words()), "1 October 1984");
    }

    #[test]
    fn a_day_of_the_wire_is_spelled_out_and_anything_else_left_as_it_is() {
        assert_eq!(day_in_words("2026-03-09", Language::Nl.words()), "9 maart 2026");
        assert_eq!(day_in_words("gisteren", Language::Nl.words()), "gisteren");
    }

    #[test]
    fn a_waiting_time_is_rounded_up_to_what_people_say() {
        for (seconds, said) in [
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
            assert_eq!(duration(seconds, Language::Nl.words()), said);
        }
    }
}
