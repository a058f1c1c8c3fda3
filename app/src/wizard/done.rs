//! Screen 5: the password is reset, or the account unlocked.

use super::Submit;
use super::flow::Request;
use super::state::WizardState;
use crate::components::{Button, ButtonKind, DoneDrawing, HEADING};
use leptos::prelude::*;

#[component]
pub(super) fn DoneScreen(applications: Vec<String>) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let words = state.page.words();
    let replication = move || match state.everywhere.get() {
        Some(true) => words.done_everywhere,
        Some(false) => words.done_not_everywhere,
        None => words.done_unchecked,
    };
    let applications: Vec<_> = applications.into_iter().map(|name| view! { <li>{name}</li> }).collect();
    view! {
        <DoneDrawing />
        <h1 id=HEADING tabindex="-1">{words.done_heading}</h1>
        // First of all: the one thing left that goes wrong by itself.
        <p class="notice warm">{words.done_devices}</p>
        <p class="lead">{words.done_close}</p>
        <h2>{words.done_applications}</h2>
        <ul class="applications">{applications}</ul>
        <p class="reach" prop:textContent=move || replication().to_owned()></p>
        <StartAgain text=words.done_again />
    }
}

/// The account is usable again, and the password is the one that the user remembered.
#[component]
pub(super) fn UnlockedScreen() -> impl IntoView {
    let words = expect_context::<WizardState>().page.words();
    view! {
        <DoneDrawing />
        <h1 id=HEADING tabindex="-1">{words.unlocked_heading}</h1>
        <p class="lead">{words.unlocked_password}</p>
        <p class="lead">{words.done_close}</p>
        <p class="notice warm">{words.unlocked_devices}</p>
        <StartAgain text=words.start_again />
    }
}

#[component]
fn StartAgain(text: &'static str) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let submit = expect_context::<Submit>();
    let start = move |()| {
        submit.dispatch(Request::Cancel);
    };
    view! { <Button kind=ButtonKind::Quiet busy=state.page.busy on_press=start>{text}</Button> }
}
