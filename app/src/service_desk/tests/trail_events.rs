//! Events in plain words, on the page of the service desk.

use super::*;

/// All kinds but those with an action.
const KINDS: [TrailKind; 25] = [
    TrailKind::Started,
    TrailKind::NotVerified,
    TrailKind::SignInRefused,
    TrailKind::Verified,
    TrailKind::Waits,
    TrailKind::Unavailable,
    TrailKind::Refused,
    TrailKind::NotSet,
    TrailKind::PasswordSet,
    TrailKind::Unlocked,
    TrailKind::NotUnlocked,
    TrailKind::Unknown,
    TrailKind::Practised,
    TrailKind::SignedIn,
    TrailKind::Registered,
    TrailKind::ActivationStarted,
    TrailKind::Activated,
    TrailKind::Frozen,
    TrailKind::Unfrozen,
    TrailKind::Cleared,
    TrailKind::CallCode,
    TrailKind::CallerVerified,
    TrailKind::StartCode,
    TrailKind::StartCodeUsed,
    TrailKind::Administration,
];

const REASONS: [TrailReason; 11] = [
    TrailReason::WrongDetails,
    TrailReason::UnknownName,
    TrailReason::Disabled,
    TrailReason::Expired,
    TrailReason::Excluded,
    TrailReason::NoBirthdate,
    TrailReason::NoMobile,
    TrailReason::TooNew,
    TrailReason::Frozen,
    TrailReason::WrongPassword,
    TrailReason::Other,
];

#[test]
fn every_event_and_reason_has_a_text_of_its_own_in_both_languages() {
    for language in Language::ALL.iter().copied() {
        let text = |event: &TrailEvent| trail::event_text(event, language.service_desk());
        let mut texts: Vec<&str> = KINDS.map(|kind| text(&event(kind, None))).into();
        for action in DeskAction::ALL {
            let of_desk = |what| TrailEvent { action: Some(action), ..event(what, None) };
            texts.push(text(&of_desk(TrailKind::DeskFailed)));
            // The others have an event of their own.
            if matches!(action, DeskAction::Unlock | DeskAction::Clear | DeskAction::Activate) {
                texts.push(text(&of_desk(TrailKind::DeskActed)));
            }
        }
        texts.extend(REASONS.map(|reason| trail::reason_text(reason, language.service_desk())));
        let count = texts.len();
        for why in REASONS {
            let html = rendered_in(language, with_trail(vec![event(TrailKind::NotVerified, Some(why))]));
            assert_contains(&html, &[trail::reason_text(why, language.service_desk())]);
        }
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), count);
    }
}

#[test]
fn trail_says_what_happened_why_and_what_to_do() {
    let html = rendered(with_trail(vec![
        event(TrailKind::Started, None),
        event(TrailKind::NotVerified, Some(TrailReason::NoBirthdate)),
        event(TrailKind::NotVerified, Some(TrailReason::Expired)),
    ]));
    assert_contains(
        &html,
        &[
            "Melding K7Q2-9F4M",
            "28 november 2026, 13:58 uur",
            "Iemand begon op de website met deze gebruikersnaam.",
            "Geboortedatum ontbreekt: laat registreren.",
            "Account verlopen: naar HR.",
        ],
    );
    assert_lacks(&html, &["elk gegeven fout was"]);
    assert_contains(&rendered(with_trail(vec![])), &["Melding K7Q2-9F4M", "niets gevonden"]);
    let english = rendered_in(Language::En, with_trail(vec![event(TrailKind::Started, None)]));
    assert_contains(&english, &["28 November 2026, 13:58"]);
}

#[test]
fn page_says_why_it_does_not_show_which_detail_was_wrong() {
    let html = rendered(with_trail(vec![
        event(TrailKind::NotVerified, Some(TrailReason::WrongDetails)),
        event(TrailKind::NotVerified, Some(TrailReason::WrongDetails)),
    ]));
    let warning = "Welk gegeven fout was, zie je hier niet.";
    assert_eq!(html.matches(warning).count(), 1, "{html}");
}

#[test]
fn events_of_the_caller_are_shown() {
    let events = vec![event(TrailKind::NotVerified, Some(TrailReason::NoMobile))];
    let html = rendered(with_caller(Caller { events, ..caller() }));
    assert_contains(&html, &["Wat is er gebeurd?", "Mobiel nummer ontbreekt"]);
    assert_contains(&rendered(with_caller(caller())), &["Er is de laatste tijd niets gebeurd."]);
}
