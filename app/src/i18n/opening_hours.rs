//! Whether the service desk answers, in words.

use super::date::spelled;
use super::messages::Messages;
use crate::opening_hours::{DeskStatus, Opening, TimeOfDay};

/// «Nu open tot 17.00.», «Nu gesloten. Weer open op maandag om 8.00.»
pub(crate) fn desk_status(status: DeskStatus, words: &Messages) -> String {
    match status {
        DeskStatus::Open { until: Some(until) } => words.desk_open_until.fill([&clock(until, words)]),
        DeskStatus::Open { until: None } => words.desk_open.to_owned(),
        DeskStatus::Closed { next: Some(next) } => {
            let opens = words.desk_opens.fill([&day(next, words), &clock(next.from, words)]);
            [words.desk_closed, " ", &opens].concat()
        }
        DeskStatus::Closed { next: None } => words.desk_closed.to_owned(),
    }
}

fn day(opening: Opening, words: &Messages) -> String {
    match opening.days_ahead {
        0 => words.desk_today.to_owned(),
        1 => words.desk_tomorrow.to_owned(),
        2..=6 => words.weekdays.get(opening.weekday.index()).copied().unwrap_or_default().to_owned(),
        7.. => words.desk_on_date.fill([&spelled(
            opening.date.year,
            opening.date.month,
            opening.date.day,
            words,
        )]),
    }
}

fn clock(time: TimeOfDay, words: &Messages) -> String {
    let (hour, minute) = time.parts();
    let minute = if minute < 10 { ["0", &minute.to_string()].concat() } else { minute.to_string() };
    words.clock.fill([&hour.to_string(), &minute])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;
    use crate::opening_hours::{ClosedDay, LocalTime, OpeningHours, status};

    fn said(language: Language, closed: &[&str], now: &str) -> String {
        let hours = r#"[{"days":["mon","tue","wed","thu","fri"],"from":"08:00","to":"17:00"}]"#;
        let hours: Vec<OpeningHours> = serde_json::from_str(hours).unwrap();
        let closed: Vec<_> =
            closed.iter().map(|day| ClosedDay::try_from((*day).to_owned()).unwrap()).collect();
        desk_status(status(&hours, &closed, LocalTime::parse(now).unwrap()).unwrap(), language.words())
    }

    #[test]
    fn the_status_of_the_desk_is_said_in_each_language() {
        let nl = |now| said(Language::Nl, &[], now);
        assert_eq!(nl("2026-11-27 11:00:00"), "Nu open tot 17.00.");
        assert_eq!(nl("2026-11-27 07:00:00"), "Nu gesloten. Weer open vandaag om 8.00.");
        assert_eq!(nl("2026-11-26 18:00:00"), "Nu gesloten. Weer open morgen om 8.00.");
        assert_eq!(nl("2026-11-27 18:00:00"), "Nu gesloten. Weer open maandag om 8.00.");
        let en = |now| said(Language::En, &[], now);
        assert_eq!(en("2026-11-27 11:00:00"), "Open now, until 17:00.");
        assert_eq!(en("2026-11-27 18:00:00"), "Closed now. Open again on Monday at 8:00.");
    }

    #[test]
    fn an_opening_after_a_week_is_said_by_its_date() {
        let closed = ["12-25", "12-28", "12-29", "12-30", "12-31", "01-01"];
        assert_eq!(
            said(Language::Nl, &closed, "2026-12-24 18:00:00"),
            "Nu gesloten. Weer open op 4 januari 2027 om 8.00."
        );
    }
}
