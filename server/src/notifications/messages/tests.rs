//! Texts with the shipped organisation and with another one.

use super::*;
use app::i18n::Localised;

const ALL: [NoticeKind; 11] = [
    NoticeKind::Registered,
    NoticeKind::PasswordReset,
    NoticeKind::AccountUnlocked,
    NoticeKind::ResetRequested { opens: Timestamp::constant(1_800_086_400, 0) },
    NoticeKind::MobileChanged,
    NoticeKind::BirthdateChanged,
    NoticeKind::AppActivated,
    NoticeKind::AppReplaced,
    NoticeKind::StartCodeIssued,
    NoticeKind::ActivationSent,
    NoticeKind::FreezeLifted,
];

const LINK: Option<&str> = Some("https://reset.example.org/dit-was-ik-niet/abcdefghijklmnopqrstuvwxyz");

fn texts() -> NotificationTexts {
    NotificationTexts {
        organisation: crate::config::shipped_organisation().unwrap(),
        origin: "https://reset.example.org".into(),
        waiting_time: SignedDuration::from_hours(24),
    }
}

fn now() -> Timestamp {
    "2026-11-22T15:45:21Z".parse().unwrap()
}

#[test]
fn mail_states_event_time_and_service_desk() {
    let (subject, text) = texts().mail(NoticeKind::PasswordReset, LINK, now());
    assert_eq!(subject, "Je wachtwoord is opnieuw ingesteld");
    for part in [
        "(The English text is below.)\n\nHallo,\n\n",
        "Je wachtwoord van Pantein is op 22-11-2026 om 16.45 uur opnieuw ingesteld.",
        "Heb jij dit gedaan? Pas dan het opgeslagen wachtwoord op je telefoon en tablet aan.",
        "Was jij dit niet? Bel dan meteen Servicedesk ICT: 0485 – 845 900 (tijdens kantooruren).",
        "https://reset.example.org/wachtwoordreset",
        "\n\n---\n\nHello,\n\nYour Pantein password was reset on 22 November 2026 at 16:45.",
        "If this was not you, call Servicedesk ICT at once: 0485 – 845 900 (during office hours).",
    ] {
        assert!(text.contains(part), "{part}\n\n{}", *text);
    }
}

#[test]
fn registration_notice_states_purpose_and_service_desk() {
    let (subject, mail) = texts().mail(NoticeKind::Registered, LINK, now());
    assert_eq!(subject, "Je gegevens zijn geregistreerd");
    let nl = "Je gegevens zijn op 22-11-2026 om 16.45 uur geregistreerd bij Pantein. Daarmee kun je zelf een nieuw \
              wachtwoord instellen.";
    let not_you = "Was jij dit niet? Bel dan meteen Servicedesk ICT: 0485 – 845 900";
    let en = "Your details were registered at Pantein on 22 November 2026 at 16:45. You can use them to \
              set a new password yourself.";
    for part in [nl, not_you, en, "If this was not you, call Servicedesk ICT at once: 0485 – 845 900"] {
        assert!(mail.contains(part), "{part}\n\n{}", *mail);
    }
    let sms = texts().sms(NoticeKind::Registered, LINK, now());
    assert!(sms.starts_with(nl) && sms.contains("Was jij dit niet? Bel dan meteen"), "{}", *sms);
    let mut english = texts();
    english.organisation.languages = vec![Language::En];
    let (subject, _) = english.mail(NoticeKind::Registered, LINK, now());
    assert_eq!(subject, "Your details have been registered");
    assert!(english.sms(NoticeKind::Registered, LINK, now()).starts_with(en));
}

#[test]
fn every_placeholder_is_filled_and_only_changes_mention_the_waiting_time() {
    for kind in ALL {
        let changes = !matches!(
            kind,
            NoticeKind::Registered
                | NoticeKind::PasswordReset
                | NoticeKind::AccountUnlocked
                | NoticeKind::ResetRequested { .. }
                | NoticeKind::AppActivated
                | NoticeKind::StartCodeIssued
                | NoticeKind::ActivationSent
                | NoticeKind::FreezeLifted
        );
        let (subject, mail) = texts().mail(kind, LINK, now());
        let sms = texts().sms(kind, LINK, now());
        for text in [&subject, &*mail, &*sms] {
            assert!(!text.contains(['{', '}']), "{text}");
        }
        assert_eq!(mail.contains("24 uur lang niet opnieuw instellen"), changes);
        assert_eq!(mail.contains("for the next 24 hours"), changes);
        let at_once = NotificationTexts { waiting_time: SignedDuration::ZERO, ..texts() };
        assert!(!at_once.mail(kind, LINK, now()).1.contains("lang niet opnieuw"));
    }
}

#[test]
fn mail_has_the_link_on_a_line_of_its_own_in_each_language() {
    let (_, text) = texts().mail(NoticeKind::PasswordReset, LINK, now());
    assert_eq!(text.lines().filter(|line| Some(*line) == LINK).count(), 2);
    assert!(text.contains("blokkeren") && text.contains("7 dagen") && text.contains("7 days"), "{}", *text);
    let (_, without) = texts().mail(NoticeKind::PasswordReset, None, now());
    assert!(!without.contains("dit-was-ik-niet") && !without.contains("7 dagen"), "{}", *without);
}

#[test]
fn link_that_does_not_fit_an_sms_is_left_out_rather_than_truncated() {
    let mut long = texts();
    long.organisation.name = "Stichting voor Wonen, Zorg en Welzijn ".repeat(5);
    let sms = long.sms(NoticeKind::PasswordReset, LINK, now());
    assert!(!sms.contains("https://"), "{}", *sms);
    assert!(gsm7::septets(&sms) <= gsm7::MAX_SEPTETS);
}

#[test]
fn organisation_with_one_language_sends_one_language() {
    let mut english = texts();
    english.organisation.languages = vec![Language::En];
    let (subject, text) = english.mail(NoticeKind::MobileChanged, LINK, now());
    assert_eq!(subject, "Your mobile number has been changed");
    assert!(text.starts_with("Hello,") && !text.contains("below") && !text.contains("Hallo"));
    assert!(english.sms(NoticeKind::MobileChanged, LINK, now()).starts_with("Your mobile number at Pantein"));
}

#[test]
fn sms_fits_two_concatenated_messages_and_names_the_service_desk() {
    let mut long = texts();
    long.organisation.name = "Stichting voor Wonen, Zorg en Cliëntenwelzijn".into();
    long.organisation.service_desk.hours =
        Localised { en: String::new(), ..Localised::same("maandag tot en met vrijdag, 08.00 – 17.30 uur") };
    for texts in [texts(), long] {
        for kind in ALL {
            let sms = texts.sms(kind, LINK, now());
            assert!(gsm7::septets(&sms) <= gsm7::MAX_SEPTETS, "{}", *sms);
            assert_eq!(gsm7::to_gsm7(&sms), *sms, "all of it is in the alphabet");
            assert!(sms.contains("0485 - 845 900") && sms.ends_with(LINK.unwrap()), "{}", *sms);
            let without = texts.sms(kind, None, now());
            assert!(without.contains("Bel dan meteen Servicedesk ICT: 0485 - 845 900"), "{}", *without);
            assert!(!without.contains("blokkeer"), "{}", *without);
            assert!(sms.contains("22-11-2026"), "{}", *sms);
        }
    }
    let mut endless = texts();
    endless.organisation.name = "€".repeat(400);
    let septets = gsm7::septets(&endless.sms(NoticeKind::PasswordReset, LINK, now()));
    assert!((gsm7::MAX_SEPTETS - 1..=gsm7::MAX_SEPTETS).contains(&septets), "{septets}");
}

#[test]
fn code_message_states_its_purpose_and_warns_against_sharing() {
    let code = Code::parse("012345").unwrap();
    let text = texts().code(&code);
    assert!(
        text.starts_with("012345 is je code om je mobiele nummer bij Pantein te bevestigen."),
        "{}",
        *text
    );
    assert!(text.contains("10 minuten") && text.contains("Geef de code dus aan niemand."));
    assert!(gsm7::septets(&text) <= gsm7::MAX_SEPTETS);
}

#[test]
fn duration_is_written_in_hours_if_it_is_whole_hours() {
    assert_eq!(duration(Language::Nl.notifications(), SignedDuration::from_hours(24)), "24 uur");
    assert_eq!(duration(Language::En.notifications(), SignedDuration::from_mins(90)), "90 minutes");
}

#[test]
fn link_of_an_activation_fits_in_two_messages_or_is_not_sent() {
    let link = format!("https://pantein.example/activate/{}", "a_b-c".repeat(20));
    let text = texts().activation(&ActivationLink { link: &link, password: Some("4821") }).unwrap();
    assert!(text.ends_with(&link) && text.contains("4821") && text.contains("Pantein"), "{}", *text);
    assert!(gsm7::septets(&text) <= gsm7::MAX_SEPTETS);
    assert!(text.contains("Geef deze link aan niemand, ook niet aan de servicedesk."), "{}", *text);
    let short = ActivationLink { link: "https://pantein.example/activate/abc", password: None };
    for (language, warnings) in [
        (Language::Nl, ["ook niet aan de servicedesk", "Was jij dit niet? Bel 0485 - 845 900."]),
        (Language::En, ["not even the service desk", "Not you? Call 0485 - 845 900."]),
    ] {
        let mut texts = texts();
        texts.organisation.languages = vec![language];
        let text = texts.activation(&short).unwrap();
        assert!(warnings.iter().all(|warning| text.contains(warning)), "{}", *text);
    }
    let endless = "a".repeat(400);
    assert!(texts().activation(&ActivationLink { link: &endless, password: None }).is_none());
}
