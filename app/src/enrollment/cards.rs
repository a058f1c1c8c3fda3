//! The registered values, one card each: birthdate, mobile number, app. A birthdate is never shown, a number only
//! partly.

use super::Submit;
use super::flow::{Proposal, Request};
use super::points::{OpenButton, Point, PointStatus, is_ready};
use super::screen::Section;
use super::state::EnrollmentState;
use crate::api::enrollment_state::{App, Known, Overview, Proposed, Readiness, Source};
use crate::components::{AppStores, Button, ButtonKind, Keyed};
use crate::i18n::{duration_text, iso_date_text};
use leptos::prelude::*;

/// The requirements that the employee can change.
#[component]
pub(super) fn Cards() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let overview = state.overview;
    let is_activating = Memo::new(move |_| state.activation.with(Option::is_some));
    let values = |overview: Option<Overview>| {
        overview.map(|overview| view! { <BirthdateCard overview=overview.clone() /><MobileCard overview /> })
    };
    // A poll of the app rebuilds only its card.
    let app_key = move || (overview.get(), state.app.get(), is_activating.get());
    let app = |(overview, app, is_activating): (Option<Overview>, App, bool)| {
        overview.map(|overview| view! { <AppCard overview app is_activating /> })
    };
    view! {
        <Keyed key=move || overview.get() view=values />
        <Keyed key=app_key view=app />
    }
}

/// The primary button is that of the first requirement that is not met.
fn button_kind(overview: &Overview, section: Section) -> ButtonKind {
    let next = if overview.birthdate.is_none() && !overview.birthdate_elsewhere {
        Section::Birthdate
    } else if overview.mobile.is_none() {
        Section::Mobile
    } else {
        Section::Activation
    };
    if section == next { ButtonKind::Primary } else { ButtonKind::Secondary }
}

/// Says that nothing can be changed here.
fn read_only_notice(state: EnrollmentState) -> impl IntoView + use<> {
    view! { <p>{state.call(&state.enrollment_messages().fixed)}</p> }
}

#[component]
fn BirthdateCard(overview: Overview) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let (messages, texts) = (state.page.messages(), state.enrollment_messages());
    let kind = button_kind(&overview, Section::Birthdate);
    let ready = is_ready(&overview, Readiness::Birthdate);
    let Overview { may_change, birthdate, birthdate_elsewhere, proposed_birthdate, .. } = overview;
    let status = PointStatus::of(ready, birthdate.as_ref().is_some_and(|known| known.usable_in > 0));
    let label = if birthdate.is_some() { messages.change_birthdate } else { texts.birthdate_enter };
    let call = (!may_change || (birthdate_elsewhere && birthdate.is_none())).then(|| read_only_notice(state));
    let value = birthdate.map_or_else(
        || (!birthdate_elsewhere && may_change).then(|| view! { <p>{texts.birthdate_todo}</p> }).into_any(),
        |known| {
            view! { {since(state, &known)}<p class="hint">{texts.birthdate_hidden}</p>{wait_notice(state, &known)} }
                .into_any()
        },
    );
    let proposal = proposed_birthdate.map(|_| {
        let text = texts.proposed_birthdate.fill([&state.page.site().organisation.hr]);
        view! { <ProposalQuestion proposal=Proposal::Birthdate visible=text.clone() spoken=text may_change /> }
    });
    let change = (may_change && !birthdate_elsewhere)
        .then(|| view! { <OpenButton label kind section=Section::Birthdate /> });
    view! { <Point status name=messages.birthdate_name>{value}{proposal}{call}{change}</Point> }
}

#[component]
fn MobileCard(overview: Overview) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let texts = state.enrollment_messages();
    let kind = button_kind(&overview, Section::Mobile);
    let ready = is_ready(&overview, Readiness::Mobile);
    let Overview { may_change, mobile, proposed_mobile, confirming, .. } = overview;
    let status = PointStatus::of(ready, mobile.as_ref().is_some_and(|known| known.usable_in > 0));
    let label = if mobile.is_some() { texts.mobile_change } else { texts.mobile_enter };
    let is_confirmed = mobile.as_ref().is_none_or(|known| known.confirmed);
    let value = mobile.map_or_else(
        || (may_change && !confirming).then(|| view! { <p>{texts.mobile_todo}</p> }).into_any(),
        |known| {
            let spoken = number_ending(state, &known.masked);
            view! {
                <p class="number"><ScreenReaderText visible=known.masked.clone() spoken is_number=true /></p>
                {since(state, &known)}
                {wait_notice(state, &known)}
            }
            .into_any()
        },
    );
    let todo = (!is_confirmed && !confirming).then(|| view! { <p>{texts.mobile_confirm_todo}</p> });
    let proposal = proposed_mobile.map(|Proposed { masked, .. }| {
        let site = state.page.site();
        let text = |number: &str| texts.proposed_mobile.fill([&site.organisation.hr, number]);
        let spoken = text(&number_ending(state, &masked));
        // No line break within a number.
        let visible = text(&masked.replace(' ', "\u{a0}").replace('-', "\u{2011}"));
        view! { <ProposalQuestion proposal=Proposal::Mobile visible spoken may_change /> }
    });
    let confirm = (confirming && may_change).then(|| {
        view! {
            <section class="notice calm">
                <p>{texts.confirm_waits}</p>
                <OpenButton label=texts.confirm_open kind=ButtonKind::Secondary section=Section::Confirm />
            </section>
        }
    });
    let change = may_change.then(|| view! { <OpenButton label kind section=Section::Mobile /> });
    view! { <Point status name=texts.mobile>{value}{todo}{proposal}{confirm}{change}</Point> }
}

/// Text with an alternative for screen readers, which would read each dot of a masked number as «bullet».
#[component]
fn ScreenReaderText(
    visible: String,
    spoken: String,
    /// Whether the visible text is only a number, which a translator must not change.
    #[prop(optional)]
    is_number: bool,
) -> impl IntoView {
    let translate = is_number.then_some("no");
    view! { <span aria-hidden="true" translate=translate>{visible}</span><span class="unseen">{spoken}</span> }
}

/// The end of a masked number as a text.
fn number_ending(state: EnrollmentState, masked: &str) -> String {
    let digits: String = masked.chars().filter(char::is_ascii_digit).collect();
    let last = digits.get(digits.len().saturating_sub(2)..).unwrap_or_default();
    state.enrollment_messages().number_ends.fill([last])
}

/// Since when a value is registered, and its source.
fn since(state: EnrollmentState, known: &Known) -> impl IntoView + use<> {
    let texts = state.enrollment_messages();
    let site = state.page.site();
    let day = iso_date_text(&known.since, state.page.messages());
    let text = match known.source {
        Source::Employee => texts.known_from_you.fill([&day]),
        Source::Hr => texts.known.fill([&day, &site.organisation.hr]),
        // The directory does not provide the date.
        Source::Directory => texts.from_directory.to_owned(),
    };
    view! { <p>{text}</p> }
}

/// When a recent change can be used.
fn wait_notice(state: EnrollmentState, known: &Known) -> Option<impl IntoView + use<>> {
    (known.usable_in > 0).then(|| {
        let text =
            state.enrollment_messages().wait.fill([&duration_text(known.usable_in, state.page.messages())]);
        view! { <p class="strong">{text}</p> }
    })
}

/// A value that HR proposes, with buttons to answer. The group has a label, because the buttons do not name the
/// question.
#[component]
fn ProposalQuestion(proposal: Proposal, visible: String, spoken: String, may_change: bool) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    let texts = state.enrollment_messages();
    let answer = move |label: &'static str, accepted: bool| {
        let send_answer = move |()| {
            submit.dispatch(Request::Answer(proposal, accepted));
        };
        view! { <Button kind=ButtonKind::Secondary busy=state.page.busy on_press=send_answer>{label}</Button> }
    };
    let answers = may_change.then(|| {
        view! { <div class="actions">{answer(texts.proposed_yes, true)}{answer(texts.proposed_no, false)}</div> }
    });
    let label = spoken.clone();
    view! {
        <section class="notice calm" role="group" aria-label=label>
            <p class="strong"><ScreenReaderText visible spoken /></p>
            {answers}
        </section>
    }
}

#[component]
fn AppCard(overview: Overview, app: App, is_activating: bool) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let texts = state.enrollment_messages();
    let is_active = app == App::Active;
    let ready = is_ready(&overview, Readiness::App);
    let (text, action) = match app {
        // A new app cannot be used until the waiting time has passed, like any change.
        App::Active if !ready => {
            (state.waiting_time(&texts.app_new).unwrap_or_default(), Some(texts.app_again))
        }
        App::Active => (texts.app_active.to_owned(), Some(texts.app_again)),
        App::Locked => (state.call(&texts.app_locked), None),
        App::Unknown => (state.call(&texts.app_unknown), None),
        App::None => (texts.app_none.to_owned(), Some(texts.app_link)),
        App::Activating => (texts.app_activating.to_owned(), Some(texts.app_continue)),
    };
    let kind = button_kind(&overview, Section::Activation);
    let Overview { may_change, can_activate, .. } = overview;
    let action = action.map(|label| match (can_activate, may_change, is_active) {
        (false, _, true) | (true, false, _) => ().into_any(),
        (false, _, false) => view! {
            <p>{state.call(&texts.app_by_hand)}</p>
            <AppStores page=state.page phone=state.phone.get_value() />
        }
        .into_any(),
        (true, true, true) => view! { <AnotherPhone is_activating /> }.into_any(),
        (true, true, false) => view! { <ActivateButton label kind is_activating /> }.into_any(),
    });
    view! { <Point status=PointStatus::of(ready, is_active) name=texts.app><p>{text}</p>{action}</Point> }
}

/// Starts or continues the linking of the app.
#[component]
fn ActivateButton(label: &'static str, kind: ButtonKind, is_activating: bool) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    if is_activating {
        return view! { <OpenButton label kind section=Section::Activation /> }.into_any();
    }
    let activate = move |()| {
        submit.dispatch(Request::Activate);
    };
    view! { <Button kind busy=state.page.busy on_press=activate>{label}</Button> }.into_any()
}

/// Links the app on another phone. Collapsed, because few users need it.
#[component]
fn AnotherPhone(is_activating: bool) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let texts = state.enrollment_messages();
    let label = if is_activating { texts.app_continue } else { texts.app_again };
    let waits = state.waiting_time(&texts.change_wait).map(|text| view! { <p>{text}</p> });
    view! {
        <details id="another-phone">
            <summary>{texts.app_other}</summary>
            <p>{texts.app_other_link}</p>
            {waits}
            <ActivateButton label kind=ButtonKind::Secondary is_activating />
        </details>
    }
}
