//! What is registered, a point each: birthdate, mobile number, app. A birthdate is never shown, a number only in part.

use super::Submit;
use super::flow::{Proposal, Request};
use super::overview::{Mark, OpenButton, Point, is_ready};
use super::screen::Place;
use super::state::EnrollmentState;
use crate::api::enrollment_state::{App, Known, Overview, Proposed, Readiness, Source};
use crate::components::{AppStores, Button, ButtonKind, Keyed};
use crate::i18n::{day_in_words, duration};
use leptos::prelude::*;

/// The points that the employee can do something about.
#[component]
pub(super) fn Cards() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let overview = state.overview;
    let is_activating = Memo::new(move |_| state.activation.with(Option::is_some));
    let values = |overview: Option<Overview>| {
        overview.map(|overview| view! { <BirthdateCard overview=overview.clone() /><MobileCard overview /> })
    };
    // A poll of the app rebuilds its point only.
    let app_key = move || (overview.get(), state.app.get(), is_activating.get());
    let app = |(overview, app, is_activating): (Option<Overview>, App, bool)| {
        overview.map(|overview| view! { <AppCard overview app is_activating /> })
    };
    view! {
        <Keyed key=move || overview.get() view=values />
        <Keyed key=app_key view=app />
    }
}

/// The first thing that is left to do stands out.
fn button_kind(overview: &Overview, place: Place) -> ButtonKind {
    let next = if overview.birthdate.is_none() && !overview.birthdate_elsewhere {
        Place::Birthdate
    } else if overview.mobile.is_none() {
        Place::Mobile
    } else {
        Place::Activation
    };
    if place == next { ButtonKind::Primary } else { ButtonKind::Secondary }
}

/// Says that nothing can be changed here, at the first point only.
fn fixed(state: EnrollmentState) -> impl IntoView + use<> {
    view! { <p>{state.call(&state.own_words().fixed)}</p> }
}

#[component]
fn BirthdateCard(overview: Overview) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let (words, own) = (state.page.words(), state.own_words());
    let kind = button_kind(&overview, Place::Birthdate);
    let ready = is_ready(&overview, Readiness::Birthdate);
    let Overview { may_change, birthdate, birthdate_elsewhere, proposed_birthdate, .. } = overview;
    let mark = Mark::of(ready, birthdate.as_ref().is_some_and(|known| known.usable_in > 0));
    let label = if birthdate.is_some() { words.change_birthdate } else { own.birthdate_enter };
    let call = (!may_change || (birthdate_elsewhere && birthdate.is_none())).then(|| fixed(state));
    let value = birthdate.map_or_else(
        || (!birthdate_elsewhere && may_change).then(|| view! { <p>{own.birthdate_todo}</p> }).into_any(),
        |known| {
            view! { {since(state, &known)}<p class="hint">{own.birthdate_unseen}</p>{wait_notice(state, &known)} }
                .into_any()
        },
    );
    let proposal = proposed_birthdate.map(|_| {
        let text = own.proposed_birthdate.fill([&state.page.site().organisation.hr]);
        view! { <ProposalQuestion proposal=Proposal::Birthdate seen=text.clone() spoken=text may_change /> }
    });
    let change = (may_change && !birthdate_elsewhere)
        .then(|| view! { <OpenButton label kind place=Place::Birthdate /> });
    view! { <Point mark name=words.birthdate_name>{value}{proposal}{call}{change}</Point> }
}

#[component]
fn MobileCard(overview: Overview) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let own = state.own_words();
    let kind = button_kind(&overview, Place::Mobile);
    let ready = is_ready(&overview, Readiness::Mobile);
    let Overview { may_change, mobile, proposed_mobile, confirming, .. } = overview;
    let mark = Mark::of(ready, mobile.as_ref().is_some_and(|known| known.usable_in > 0));
    let label = if mobile.is_some() { own.mobile_change } else { own.mobile_enter };
    let is_confirmed = mobile.as_ref().is_none_or(|known| known.confirmed);
    let value = mobile.map_or_else(
        || (may_change && !confirming).then(|| view! { <p>{own.mobile_todo}</p> }).into_any(),
        |known| {
            let spoken = ending(state, &known.masked);
            view! {
                <p class="number"><Spoken seen=known.masked.clone() spoken /></p>
                {since(state, &known)}
                {wait_notice(state, &known)}
            }
            .into_any()
        },
    );
    let todo = (!is_confirmed && !confirming).then(|| view! { <p>{own.mobile_confirm_todo}</p> });
    let proposal = proposed_mobile.map(|Proposed { masked, .. }| {
        let site = state.page.site();
        let text = |number: &str| own.proposed_mobile.fill([&site.organisation.hr, number]);
        let spoken = text(&ending(state, &masked));
        // No line break within a number.
        let seen = text(&masked.replace(' ', "\u{a0}").replace('-', "\u{2011}"));
        view! { <ProposalQuestion proposal=Proposal::Mobile seen spoken may_change /> }
    });
    let confirm = (confirming && may_change).then(|| {
        view! {
            <section class="notice calm">
                <p>{own.confirm_waits}</p>
                <OpenButton label=own.confirm_go kind=ButtonKind::Secondary place=Place::Confirm />
            </section>
        }
    });
    let change = may_change.then(|| view! { <OpenButton label kind place=Place::Mobile /> });
    view! { <Point mark name=own.mobile>{value}{todo}{proposal}{confirm}{change}</Point> }
}

/// Text with another one for screen readers, which would read the dots of a masked number as a row of «bullet».
#[component]
fn Spoken(seen: String, spoken: String) -> impl IntoView {
    view! { <span aria-hidden="true">{seen}</span><span class="unseen">{spoken}</span> }
}

/// The end of a masked number in words.
fn ending(state: EnrollmentState, masked: &str) -> String {
    let digits: String = masked.chars().filter(char::is_ascii_digit).collect();
    let last = digits.get(digits.len().saturating_sub(2)..).unwrap_or_default();
    state.own_words().number_ends.fill([last])
}

/// Since when a value is registered, and who gave it.
fn since(state: EnrollmentState, known: &Known) -> impl IntoView + use<> {
    let own = state.own_words();
    let site = state.page.site();
    let day = day_in_words(&known.since, state.page.words());
    let text = match known.source {
        Source::Employee => own.known_from_you.fill([&day]),
        Source::Hr => own.known.fill([&day, &site.organisation.hr]),
        // The directory does not say since when.
        Source::Directory => own.from_directory.to_owned(),
    };
    view! { <p>{text}</p> }
}

/// From when on a recent change counts.
fn wait_notice(state: EnrollmentState, known: &Known) -> Option<impl IntoView + use<>> {
    (known.usable_in > 0).then(|| {
        let text = state.own_words().wait.fill([&duration(known.usable_in, state.page.words())]);
        view! { <p class="strong">{text}</p> }
    })
}

/// What HR proposes, with the answers. They do not name the question, so the group does.
#[component]
fn ProposalQuestion(proposal: Proposal, seen: String, spoken: String, may_change: bool) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    let own = state.own_words();
    let answer = move |label: &'static str, accepted: bool| {
        let give = move |()| {
            submit.dispatch(Request::Answer(proposal, accepted));
        };
        view! { <Button kind=ButtonKind::Secondary busy=state.page.busy on_press=give>{label}</Button> }
    };
    let answers = may_change.then(|| {
        view! { <div class="actions">{answer(own.proposed_yes, true)}{answer(own.proposed_no, false)}</div> }
    });
    let label = spoken.clone();
    view! {
        <section class="notice calm" role="group" aria-label=label>
            <p class="strong"><Spoken seen spoken /></p>
            {answers}
        </section>
    }
}

#[component]
fn AppCard(overview: Overview, app: App, is_activating: bool) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let own = state.own_words();
    let is_active = app == App::Active;
    let ready = is_ready(&overview, Readiness::App);
    let (text, way) = match app {
        // A new app counts only after a while, as any change.
        App::Active if !ready => (state.waiting_time(&own.app_new).unwrap_or_default(), Some(own.app_again)),
        App::Active => (own.app_active.to_owned(), Some(own.app_again)),
        App::Locked => (state.call(&own.app_locked), None),
        App::Unknown => (state.call(&own.app_unknown), None),
        App::None => (own.app_none.to_owned(), Some(own.app_link)),
        App::Activating => (own.app_activating.to_owned(), Some(own.app_go_on)),
    };
    let kind = button_kind(&overview, Place::Activation);
    let Overview { may_change, can_activate, .. } = overview;
    let way = way.map(|label| match (can_activate, may_change, is_active) {
        (false, _, true) | (true, false, _) => ().into_any(),
        (false, _, false) => view! {
            <p>{state.call(&own.app_by_hand)}</p>
            <AppStores page=state.page phone=state.phone.get_value() />
        }
        .into_any(),
        (true, true, true) => view! { <AnotherPhone is_activating /> }.into_any(),
        (true, true, false) => view! { <ActivateButton label kind is_activating /> }.into_any(),
    });
    view! { <Point mark=Mark::of(ready, is_active) name=own.app><p>{text}</p>{way}</Point> }
}

/// Begins to link the app, or goes on with it.
#[component]
fn ActivateButton(label: &'static str, kind: ButtonKind, is_activating: bool) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    if is_activating {
        return view! { <OpenButton label kind place=Place::Activation /> }.into_any();
    }
    let activate = move |()| {
        submit.dispatch(Request::Activate);
    };
    view! { <Button kind busy=state.page.busy on_press=activate>{label}</Button> }.into_any()
}

/// Links the app on another phone. Folded away, because hardly anyone needs it.
#[component]
fn AnotherPhone(is_activating: bool) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let own = state.own_words();
    let label = if is_activating { own.app_go_on } else { own.app_again };
    let waits = state.waiting_time(&own.change_wait).map(|text| view! { <p>{text}</p> });
    view! {
        <details id="another-phone">
            <summary>{own.app_other}</summary>
            <p>{own.app_other_link}</p>
            {waits}
            <ActivateButton label kind=ButtonKind::Secondary is_activating />
        </details>
    }
}
