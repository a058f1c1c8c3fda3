use super::*;
use crate::test_support::{site, without_markers};

fn hour(hour: u8, done: u64, outages: u64) -> HourCounts {
    HourCounts { from: format!("2026-11-28T{hour:02}:00:00+01:00"), done, outages, ..HourCounts::default() }
}

fn overview() -> Overview {
    let unit = UnitReadiness {
        unit: Some("<script>&\"Zorg\"".into()),
        in_scope: 8,
        ready: 5,
        ..UnitReadiness::default()
    };
    Overview {
        at: "2026-11-28T14:02:00+01:00".into(),
        today: Some(Today {
            hours: (0..24).map(|of| hour(of, u64::from(of) % 5, u64::from(of == 9))).collect(),
            refusals: vec![(TrailReason::WrongDetails, 3), (TrailReason::NoBirthdate, 1)],
        }),
        accounts: Some(Accounts {
            at: "2026-11-28T13:50:00+01:00".into(),
            proposals: 7,
            conflicts: 2,
            units: vec![unit, UnitReadiness { in_scope: 6, ..UnitReadiness::default() }],
        }),
        counting: false,
    }
}

/// The page from its heading on.
fn page(language: Language, overview: Option<Overview>) -> String {
    let html = without_markers(&html(&site(), language, overview));
    html.split_once("<h1").unwrap().1.to_owned()
}

#[test]
fn page_has_a_plot_and_a_table_for_each_part() {
    let html = page(Language::Nl, Some(overview()));
    assert_eq!((html.matches("class=\"plot\"").count(), html.matches("<table>").count()), (3, 3));
    for text in [
        "Geteld om 14:02 uur.",
        "Geteld om 13:50 uur.",
        "09:00</th></tr><tr><th scope=\"row\">Gelukt</th><td>4</td></tr><tr><th scope=\"row\">Storing</th><td>1</td></tr></tbody>",
        "Geboortedatum ontbreekt: laat registreren.</th><td>1</td>",
        "Kleine afdelingen samen",
        "5 van 8",
        "href=\"/servicedesk/vandaag.csv\"",
    ] {
        assert!(html.contains(text), "{text}: {html}");
    }
    assert!(!html.contains("05:00</th>"), "an hour without resets has no row");
}

#[test]
fn a34_name_of_a_unit_is_text_in_table_and_plot() {
    let html = page(Language::En, Some(overview()));
    assert!(!html.contains("<script"), "{html}");
    assert!(html.matches("&lt;script&gt;&amp;").count() >= 2, "{html}");
}

#[test]
fn column_has_a_part_for_each_outcome_and_every_third_hour_a_label() {
    let html = page(Language::En, Some(overview()));
    assert_eq!(html.matches("text-anchor=\"middle\"").count(), 8);
    // 19 hours with a reset, one with an outage, and the names of the outcomes; the bars of the units are of the first kind.
    assert_eq!(
        (html.matches("class=\"s0\"").count(), html.matches("class=\"s4\"").count()),
        (19 + 1 + 2, 1 + 1)
    );
}

#[test]
fn each_part_says_for_itself_that_it_is_unavailable() {
    let texts = Language::Nl.static_pages();
    let without_events = page(Language::Nl, Some(Overview { today: None, ..overview() }));
    assert!(without_events.contains(texts.events_unavailable) && without_events.contains("5 van 8"));
    let without_accounts = Overview { accounts: None, ..overview() };
    assert!(page(Language::Nl, Some(without_accounts.clone())).contains(texts.accounts_unavailable));
    let counting = page(Language::Nl, Some(Overview { counting: true, ..without_accounts }));
    assert!(counting.contains(texts.accounts_counting) && counting.contains("class=\"plot\""));
    let nothing = page(Language::Nl, None);
    assert!(nothing.contains(texts.overview_unavailable) && !nothing.contains("class=\"plot\""));
    let quiet = Overview { today: Some(Today::default()), ..overview() };
    let quiet = page(Language::Nl, Some(quiet));
    assert!(quiet.contains(texts.no_resets) && quiet.contains(texts.no_refusals));
}
