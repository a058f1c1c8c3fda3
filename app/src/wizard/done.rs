//! Screen 5: confirms that the password is reset or the account unlocked.

use super::Submit;
use super::flow::Request;
use super::state::WizardState;
use crate::api::site::{Application, ApplicationGroup, ApplicationKind};
use crate::components::{Button, ButtonKind, HEADING, Icon};
use leptos::prelude::*;

#[component]
pub(super) fn DoneScreen(applications: Vec<String>, groups: Vec<ApplicationGroup>) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let messages = state.page.messages();
    let replication = move || match state.everywhere.get() {
        Some(true) => messages.done_everywhere,
        Some(false) => messages.done_not_everywhere,
        None => messages.done_unchecked,
    };
    let applications_view = if groups.is_empty() {
        let applications: Vec<_> = applications.into_iter().map(|name| view! { <li>{name}</li> }).collect();
        view! {
            // First, because devices with the old password lock the account without any user action.
            <p class="notice warm">{messages.done_devices}</p>
            <h2>{messages.done_applications}</h2>
            <ul class="applications">{applications}</ul>
        }
        .into_any()
    } else {
        let groups: Vec<_> = groups.into_iter().map(|group| view! { <Group group /> }).collect();
        view! { <h2>{messages.done_next}</h2>{groups} }.into_any()
    };
    view! {
        <h1 id=HEADING tabindex="-1">{messages.done_heading}</h1>
        <p class="reach" prop:textContent=move || replication().to_owned()></p>
        {applications_view}
        <p>{messages.done_after}</p>
        <p class="lead">{messages.done_close}</p>
        <StartAgain />
    }
}

/// Instructions for a group of applications. Only devices that store the old password need immediate action.
#[component]
fn Group(group: ApplicationGroup) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let language = state.page.language.get_untracked();
    let messages = language.messages();
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
                <Icon group /><h3>{messages.done_phone}</h3>
                <p>{messages.done_devices}</p>
                {list}
                <details id="phone">
                    <summary>{messages.done_phone_how}</summary>
                    <p><b>{messages.done_iphone}</b>" "{messages.done_iphone_steps}</p>
                    <p><b>{messages.done_android}</b>" "{messages.done_android_steps}</p>
                </details>
            </section>
        }
        .into_any(),
        ApplicationKind::Computer => view! {
            <section class="group">
                <Icon group /><h3>{messages.done_computer}</h3>
                <p>{messages.done_computer_todo}</p>
                {list}
            </section>
        }
        .into_any(),
        ApplicationKind::Website => view! {
            <section class="group">
                <Icon group /><h3>{messages.done_website}</h3>
                <p>{messages.done_website_todo}</p>
                <details id="websites"><summary>{messages.done_website_list}</summary>{list}</details>
            </section>
        }
        .into_any(),
    }
}

/// The last screen after unlocking without a new password.
#[component]
pub(super) fn UnlockedScreen() -> impl IntoView {
    let messages = expect_context::<WizardState>().page.messages();
    view! {
        <h1 id=HEADING tabindex="-1">{messages.unlocked_heading}</h1>
        <p class="lead">{messages.unlocked_password}</p>
        <p class="notice warm">{messages.unlocked_devices}</p>
        <p>{messages.done_after}</p>
        <p class="lead">{messages.done_close}</p>
        <StartAgain />
    }
}

/// Ends the session and shows the first screen.
#[component]
pub(super) fn StartAgain() -> impl IntoView {
    let state = expect_context::<WizardState>();
    let text = state.page.messages().done_again;
    let submit = expect_context::<Submit>();
    let start = move |()| {
        submit.dispatch(Request::Cancel);
    };
    view! { <Button kind=ButtonKind::Quiet busy=state.page.busy on_press=start>{text}</Button> }
}
