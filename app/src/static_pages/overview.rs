//! The numbers of today for agents of the service desk: tables, with plots as SVG in the page. It has no program: the page of a
//! call stays light, and a reload refreshes the numbers.

mod plot;

use crate::api::service_desk_state::TrailReason;
use crate::api::site::Site;
use crate::components::HEADING;
use crate::i18n::{Language, StaticPageMessages, time_of_day};
use crate::paths;
use crate::service_desk::reason_text;
use leptos::prelude::*;
use plot::Bar;

/// The overview of today: numbers only. It has no name, no pseudonym and no reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// When the events were counted: RFC 3339 with the offset of the Netherlands.
    pub at: String,
    /// The events of today; absent if the audit log cannot be read.
    pub today: Option<Today>,
    /// The accounts; absent if they were never counted.
    pub accounts: Option<Accounts>,
    /// Whether the accounts are being counted.
    pub counting: bool,
}

/// The events of a day in the Netherlands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Today {
    /// Every hour of the day: 23, 24 or 25.
    pub hours: Vec<HourCounts>,
    /// How often each reason was the reason of a refusal, most frequent first. A wrong birthdate and a wrong code are one, as in
    /// a look-up: an agent who watches the numbers during a call must not learn which of them a caller got wrong.
    pub refusals: Vec<(TrailReason, u64)>,
}

/// The resets of one hour by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HourCounts {
    /// The start of the hour: RFC 3339 with the offset of the Netherlands.
    pub from: String,
    /// A password was set or an account unlocked.
    pub done: u64,
    /// The person was not verified.
    pub not_verified: u64,
    /// The directory refused the password, or nothing was written.
    pub refused: u64,
    /// A reset of an account with extra protection started to wait.
    pub waits: u64,
    /// A system did not answer, or it is not known whether the password was set.
    pub outages: u64,
}

impl HourCounts {
    /// The counts in the order shown.
    pub const fn counts(&self) -> [u64; 5] {
        [self.done, self.not_verified, self.refused, self.waits, self.outages]
    }
}

/// The counts over the accounts of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// When they were counted, in the same form.
    pub at: String,
    /// Values from HR that wait for the decision of an employee.
    pub proposals: u64,
    /// Values from HR that an employee declined: HR and employee disagree.
    pub conflicts: u64,
    /// The units, those with the most accounts that are not ready first. Units with fewer than five people are one.
    pub units: Vec<UnitReadiness>,
}

/// How many accounts of a unit are ready for a reset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitReadiness {
    /// The name of the unit; absent for the small units together.
    pub unit: Option<String>,
    /// The accounts that may use the reset. All counts below include only these.
    pub in_scope: u64,
    /// Accounts with a known birthdate.
    pub birthdate: u64,
    /// Accounts with a known mobile number.
    pub mobile: u64,
    /// Accounts with a change that cannot be used yet.
    pub waiting: u64,
    /// Accounts whose reset would succeed if the app is active.
    pub ready: u64,
}

impl UnitReadiness {
    fn name<'a>(&'a self, texts: &'static StaticPageMessages) -> &'a str {
        self.unit.as_deref().unwrap_or(texts.small_units)
    }
}

/// The page's title.
pub const fn title(language: Language) -> &'static str {
    language.service_desk().today
}

/// Renders the page as HTML; without numbers it says that they are unavailable.
pub fn html(site: &Site, language: Language, overview: Option<Overview>) -> String {
    let (desk, texts) = (language.service_desk(), language.static_pages());
    let aside = view! {
        <aside class="help" aria-labelledby="rule"><h2 id="rule">{desk.rule_heading}</h2><p>{desk.rule}</p></aside>
    };
    let address = paths::SERVICE_DESK_TODAY;
    super::html_beside(site, language, address, aside.into_any(), move || {
        let content = match overview {
            Some(overview) => numbers(&overview, language),
            None => view! { <p class="strong">{texts.overview_unavailable}</p> }.into_any(),
        };
        let again = [address, "?language=", language.tag()].concat();
        view! {
            <h1 id=HEADING tabindex="-1">{title(language)}</h1>
            <p class="lead">{texts.overview_lead}</p>
            {content}
            <div class="actions">
                <a class="button primary" href=again>{texts.overview_refresh}</a>
                <a class="button secondary" href=paths::SERVICE_DESK>{desk.title}</a>
            </div>
        }
    })
}

fn numbers(overview: &Overview, language: Language) -> AnyView {
    let texts = language.static_pages();
    let today = match &overview.today {
        Some(today) => events(today, language),
        None => view! { <p class="strong">{texts.events_unavailable}</p> }.into_any(),
    };
    let accounts = if let Some(accounts) = &overview.accounts {
        readiness(accounts, texts)
    } else {
        let why = if overview.counting { texts.accounts_counting } else { texts.accounts_unavailable };
        view! { <section><h2>{texts.units_heading}</h2><p class="strong">{why}</p></section> }.into_any()
    };
    view! {
        <p class="hint">{texts.counted_at.fill([time_of_day(&overview.at)])}</p>
        {today}
        {accounts}
        <p><a href=paths::SERVICE_DESK_TODAY_CSV download>{texts.download}</a></p>
    }
    .into_any()
}

fn events(today: &Today, language: Language) -> AnyView {
    let (texts, desk) = (language.static_pages(), language.service_desk());
    let outcomes = outcomes(texts);
    let hours = today.hours.iter().filter(|hour| hour.counts() != [0; 5]).map(|hour| {
        let counts = outcomes.into_iter().zip(hour.counts()).filter(|(_, count)| *count > 0);
        (time_of_day(&hour.from).to_owned(), counts.collect())
    });
    let bars = today.refusals.iter().map(|(why, times)| {
        // Only the cause: what to do about it follows after the colon.
        let text = reason_text(*why, desk);
        let cause = text.split_once(':').map_or(text, |(cause, _)| cause);
        Bar { name: cause.to_owned(), length: *times, filled: None, number: times.to_string() }
    });
    let reasons: Vec<_> =
        today.refusals.iter().map(|(why, times)| (reason_text(*why, desk), *times)).collect();
    let reasons = (!reasons.is_empty()).then(|| (texts.refusals_heading.to_owned(), reasons));
    let columns = plot::columns(&today.hours, outcomes, texts);
    let bars = plot::bars("s1", bars.collect(), texts);
    view! {
        <section><h2>{texts.resets_heading}</h2>{part(hours.collect(), texts.no_resets, columns, texts)}</section>
        <section>
            <h2>{texts.refusals_heading}</h2>
            {part(reasons.into_iter().collect(), texts.no_refusals, bars, texts)}
        </section>
    }
    .into_any()
}

fn readiness(accounts: &Accounts, texts: &'static StaticPageMessages) -> AnyView {
    let bars = accounts.units.iter().map(|unit| Bar {
        name: unit.name(texts).to_owned(),
        length: unit.in_scope,
        filled: Some(unit.ready),
        number: texts.ready_of.fill([&unit.ready.to_string(), &unit.in_scope.to_string()]),
    });
    let groups = accounts.units.iter().map(|unit| {
        let numbers = vec![
            (texts.in_scope, unit.in_scope),
            (texts.with_birthdate, unit.birthdate),
            (texts.with_mobile, unit.mobile),
            (texts.not_yet, unit.waiting),
            (texts.ready, unit.ready),
        ];
        (unit.name(texts).to_owned(), numbers)
    });
    let bars = plot::bars("s0", bars.collect(), texts);
    view! {
        <section>
            <h2>{texts.units_heading}</h2>
            <p class="hint">{texts.accounts_at.fill([time_of_day(&accounts.at)])}</p>
            {part(groups.collect(), texts.no_units, bars, texts)}
        </section>
        <section>
            <h2>{texts.hr_heading}</h2>
            <p>{texts.hr_proposals.fill([&accounts.proposals.to_string()])}</p>
            <p>{texts.hr_conflicts.fill([&accounts.conflicts.to_string()])}</p>
        </section>
    }
    .into_any()
}

/// The names of the outcomes, in the order of [`HourCounts::counts`].
const fn outcomes(texts: &'static StaticPageMessages) -> [&'static str; 5] {
    [
        texts.outcome_done,
        texts.outcome_not_verified,
        texts.outcome_refused,
        texts.outcome_waits,
        texts.outcome_outage,
    ]
}

/// A group of a table: its name, and its numbers with their names.
type Group = (String, Vec<(&'static str, u64)>);

/// A plot and its table, or `none` if there are no numbers. The table has two columns, which also fit on a phone with large
/// text.
fn part(
    groups: Vec<Group>,
    none: &'static str,
    plot: AnyView,
    texts: &'static StaticPageMessages,
) -> AnyView {
    if groups.is_empty() {
        return view! { <p>{none}</p> }.into_any();
    }
    let groups: Vec<_> = groups
        .into_iter()
        .map(|(name, numbers)| {
            let row = |(name, number): (&'static str, u64)| {
                view! { <tr><th scope="row">{name}</th><td>{number.to_string()}</td></tr> }
            };
            let rows: Vec<_> = numbers.into_iter().map(row).collect();
            view! { <tbody><tr><th scope="rowgroup" colspan="2">{name}</th></tr>{rows}</tbody> }
        })
        .collect();
    view! {
        {plot}
        <details><summary>{texts.in_numbers}</summary><table>{groups}</table></details>
    }
    .into_any()
}

#[cfg(test)]
mod tests;
