//! Screen 5: the password is reset, or the account unlocked.

use super::Submit;
use super::flow::Request;
use super::state::WizardState;
use crate::api::site::{Application, ApplicationGroup, ApplicationKind};
use crate::components::{Button, ButtonKind, HEADING, Icon};
use leptos::prelude::*;

#[component]
pub(super) fn DoneScreen(applications: Vec<String>, groups: Vec<ApplicationGroup>) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let words = state.page.words();
    let replication = move || match state.everywhere.get() {
        Some(true) => words.done_everywhere,
        Some(false) => words.done_not_everywhere,
        None => words.done_unchecked,
    };
    let places = if groups.is_empty() {
        let applications: Vec<_> = applications.into_iter().map(|name| view! { <li>{name}</li> }).collect();
        view! {
            // First of all: the one thing left that goes wrong by itself.
            <p class="notice warm">{words.done_devices}</p>
            <h2>{words.done_applications}</h2>
            <ul class="applications">{applications}</ul>
        }
        .into_any()
    } else {
        let groups: Vec<_> = groups.into_iter().map(|group| view! { <Group group /> }).collect();
        view! { <h2>{words.done_next}</h2>{groups} }.into_any()
    };
    view! {
        <h1 id=HEADING tabindex="-1">{words.done_heading}</h1>
        <p class="reach" prop:textContent=move || replication().to_owned()></p>
        {places}
        <p>{words.done_after}</p>
        <p class="lead">{words.done_close}</p>
        <StartAgain />
    }
}

/// What to do where the new password counts. Only devices that store the old one need it at once.
#[component]
fn Group(group: ApplicationGroup) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let language = state.page.language.get_untracked();
    let words = language.words();
    let ApplicationGroup { group, applications } = group;
    let applications: Vec<_> = applications
        .into_iter()
        .map(|Application { name, link, hint }| {
            let name = name.in_language(language).to_owned();
            let hint = hint.in_language(language).to_owned();
            let name = if link.is_empty() {
                name.into_any()
            } else {
                view! { <a href=link target="_blank" rel="noopener noreferrer">{name}</a> }.into_any()
            };
            view! { <li>{name}{(!hint.is_empty()).then(|| view! { <p class="hint">{hint}</p> })}</li> }
        })
        .collect();
    let list = view! { <ul class="applications">{applications}</ul> };
    match group {
        ApplicationKind::Phone => view! {
            <section class="group notice warm">
                <Icon group /><h3>{words.done_phone}</h3>
                <p>{words.done_devices}</p>
                {list}
                <details id="phone">
                    <summary>{words.done_phone_how}</summary>
                    <p><b>{words.done_iphone}</b>" "{words.done_iphone_steps}</p>
                    <p><b>{words.done_android}</b>" "{words.done_android_steps}</p>
                </details>
            </section>
        }
        .into_any(),
        ApplicationKind::Computer => view! {
            <section class="group"><Icon group /><h3>{words.done_computer}</h3><p>{words.done_computer_todo}</p>{list}</section>
        }
        .into_any(),
        ApplicationKind::Website => view! {
            <section class="group">
                <Icon group /><h3>{words.done_website}</h3>
                <p>{words.done_website_todo}</p>
                <details id="websites"><summary>{words.done_website_list}</summary>{list}</details>
            </section>
        }
        .into_any(),
    }
}

/// The account is usable again, and the password is the one that the user remembered.
#[component]
pub(super) fn UnlockedScreen() -> impl IntoView {
    let words = expect_context::<WizardState>().page.words();
    view! {
        <h1 id=HEADING tabindex="-1">{words.unlocked_heading}</h1>
        <p class="lead">{words.unlocked_password}</p>
        <p class="notice warm">{words.unlocked_devices}</p>
        <p>{words.done_after}</p>
        <p class="lead">{words.done_close}</p>
        <StartAgain />
    }
}

#[component]
fn StartAgain() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let text = state.page.words().done_again;
    let submit = expect_context::<Submit>();
    let start = move |()| {
        submit.dispatch(Request::Cancel);
    };
    view! { <Button kind=ButtonKind::Quiet busy=state.page.busy on_press=start>{text}</Button> }
}
