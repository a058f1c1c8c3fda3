//! Shared by the tests of the screens that the server renders.

use crate::api::site::{Links, Organisation, ServiceDesk, Site};
use crate::api::step::OtpMethod;
use crate::i18n::{Language, Localised};
use crate::policy::{Rules, Score};

/// What the server sends to every page.
pub(crate) fn site() -> Site {
    let both = Localised::same;
    Site {
        logo: None,
        organisation: Organisation {
            logo_file: String::new(),
            name: "Pantein".into(),
            title: both("Wachtwoord Reset"),
            welcome: both("Welkom op de website 'Wachtwoord opnieuw instellen'."),
            introduction: both(
                "Deze website leidt u door de stappen om uw wachtwoord opnieuw in te stellen.",
            ),
            domains: crate::domain::username::Domains::default(),
            service_desk: ServiceDesk {
                name: "Servicedesk ICT".into(),
                phone: "0485 – 845 900".into(),
                phone_link: "+31485845900".into(),
                mail: "ServiceDesk@Pantein.nl".into(),
                hours: both("Op werkdagen."),
                ..ServiceDesk::default()
            },
            hr: "Talent & Salaris".into(),
            applications: vec!["Visma".into()],
            languages: Language::ALL.to_vec(),
            links: Links::default(),
            accent: "#00637c".into(),
        },
        rules: Rules {
            min_length: 12,
            max_length: 127,
            complexity: true,
            min_score: Score::new(3).unwrap(),
            banned_words: vec!["pantein".into()],
            history: Some(24),
        },
        methods: vec![OtpMethod::Token],
        kept_days: 30,
        waiting_seconds: 86_400,
        calls: false,
        application_groups: vec![],
    }
}

/// The HTML without the comments that Leptos inserts as markers.
pub(crate) fn without_markers(html: &str) -> String {
    let html = html.replace("<!>", "");
    let mut parts = html.split("<!--");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.split_once("-->").map_or(part, |(_, rest)| rest));
    }
    text
}

/// Asserts that the HTML contains every part.
#[track_caller]
pub(crate) fn assert_contains(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(html.contains(part), "{part} is not in {html}");
    }
}

/// Asserts that the HTML contains none of the parts.
#[track_caller]
pub(crate) fn assert_lacks(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(!html.contains(part), "{part} is in {html}");
    }
}
