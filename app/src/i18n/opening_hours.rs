//! The opening hours and status of the service desk as text.

use super::date::date_text;
use super::messages::Messages;
use crate::domain::opening_hours::{DeskStatus, Opening, OpeningHours, TimeOfDay, Weekday};

/// «maandag t/m vrijdag 8.00–17.00», one line per row of the settings.
pub(crate) fn opening_times(hours: &[OpeningHours], messages: &Messages) -> Vec<String> {
    hours
        .iter()
        .map(|row| {
            let days = day_ranges(&row.days).map(|(first, last)| match last - first {
                0 => day_name(first, messages).to_owned(),
                1 => [day_name(first, messages), ", ", day_name(last, messages)].concat(),
                _ => messages.day_range.fill([day_name(first, messages), day_name(last, messages)]),
            });
            let days: Vec<_> = days.collect();
            [&days.join(", "), " ", &clock(row.from, messages), "–", &clock(row.to, messages)].concat()
        })
        .collect()
}

/// The first and the last day of each sequence of consecutive days, 0 for Monday.
fn day_ranges(days: &[Weekday]) -> impl Iterator<Item = (usize, usize)> + use<> {
    let open: Vec<usize> = (0..7).filter(|at| days.iter().any(|day| day.index() == *at)).collect();
    let ranges: Vec<_> = open.chunk_by(|one, next| one + 1 == *next).map(<[usize]>::to_vec).collect();
    ranges.into_iter().filter_map(|range| Some((*range.first()?, *range.last()?)))
}

fn day_name(at: usize, messages: &Messages) -> &'static str {
    messages.day_names.get(at).copied().unwrap_or_default()
}

/// «Nu open tot 17.00.», «Nu gesloten. Weer open op maandag om 8.00.»
pub(crate) fn desk_status(status: DeskStatus, messages: &Messages) -> String {
    match status {
        DeskStatus::Open { until: Some(until) } => messages.desk_open_until.fill([&clock(until, messages)]),
        DeskStatus::Open { until: None } => messages.desk_open.to_owned(),
        DeskStatus::Closed { next: Some(next) } => {
            let opens = messages.desk_opens.fill([&day(next, messages), &clock(next.from, messages)]);
            [messages.desk_closed, " ", &opens].concat()
        }
        DeskStatus::Closed { next: None } => messages.desk_closed.to_owned(),
    }
}

fn day(opening: Opening, messages: &Messages) -> String {
    match opening.days_ahead {
        0 => messages.desk_today.to_owned(),
        1 => messages.desk_tomorrow.to_owned(),
        2..=6 => messages.weekdays.get(opening.weekday.index()).copied().unwrap_or_default().to_owned(),
        7.. => messages.desk_on_date.fill([&date_text(
            opening.date.year,
            opening.date.month,
            opening.date.day,
            messages,
        )]),
    }
}

fn clock(time: TimeOfDay, messages: &Messages) -> String {
    let (hour, minute) = time.parts();
    let minute = if minute < 10 { ["0", &minute.to_string()].concat() } else { minute.to_string() };
    messages.clock.fill([&hour.to_string(), &minute])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::opening_hours::{ClosedDay, LocalTime, status};
    use crate::i18n::Language;

    fn status_text(language: Language, closed: &[&str], now: &str) -> String {
        let hours = r#"[{"days":["mon","tue","wed","thu","fri"],"from":"08:00","to":"17:00"}]"#;
        let hours: Vec<OpeningHours> = serde_json::from_str(hours).unwrap();
        let closed: Vec<_> =
            closed.iter().map(|day| ClosedDay::try_from((*day).to_owned()).unwrap()).collect();
        desk_status(status(&hours, &closed, LocalTime::parse(now).unwrap()).unwrap(), language.messages())
    }

    #[test]
    fn service_desk_status_is_translated_in_each_language() {
        let nl = |now| status_text(Language::Nl, &[], now);
        assert_eq!(nl("2026-11-27 11:00:00"), "Nu open tot 17.00.");
        assert_eq!(nl("2026-11-27 07:00:00"), "Nu gesloten. Weer open vandaag om 8.00.");
        assert_eq!(nl("2026-11-26 18:00:00"), "Nu gesloten. Weer open morgen om 8.00.");
        assert_eq!(nl("2026-11-27 18:00:00"), "Nu gesloten. Weer open maandag om 8.00.");
        let en = |now| status_text(Language::En, &[], now);
        assert_eq!(en("2026-11-27 11:00:00"), "Open now, until 17:00.");
        assert_eq!(en("2026-11-27 18:00:00"), "Closed now. Open again on Monday at 8:00.");
    }

    #[test]
    fn opening_hours_are_listed_by_ranges_of_days() {
        let hours = r#"[
            {"days":["fri","mon","tue","wed","thu"],"from":"08:00","to":"12:30"},
            {"days":["mon","tue","thu"],"from":"13:00","to":"17:00"},
            {"days":["sun"],"from":"00:00","to":"24:00"}
        ]"#;
        let hours: Vec<OpeningHours> = serde_json::from_str(hours).unwrap();
        assert_eq!(
            opening_times(&hours, Language::Nl.messages()),
            [
                "maandag t/m vrijdag 8.00–12.30",
                "maandag, dinsdag, donderdag 13.00–17.00",
                "zondag 0.00–24.00"
            ]
        );
        assert_eq!(opening_times(&hours, Language::En.messages())[0], "Monday to Friday 8:00–12:30");
    }

    #[test]
    fn opening_after_a_week_is_shown_with_its_date() {
        let closed = ["12-25", "12-28", "12-29", "12-30", "12-31", "01-01"];
        assert_eq!(
            status_text(Language::Nl, &closed, "2026-12-24 18:00:00"),
            "Nu gesloten. Weer open op 4 januari 2027 om 8.00."
        );
    }
}
