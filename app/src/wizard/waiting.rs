//! Instead of screen 4, for an account with extra protection: from when the password can be set.

use super::done::StartAgain;
use super::state::WizardState;
use crate::components::HEADING;
use crate::i18n::local_time_text;
use leptos::prelude::*;

#[component]
pub(super) fn WaitingScreen(from: String, until: String) -> impl IntoView {
    let page = expect_context::<WizardState>().page;
    let messages = page.messages();
    let site = page.site();
    let desk = &site.organisation.service_desk;
    let (from, until) = (local_time_text(from, messages), local_time_text(until, messages));
    let not_you = messages.waiting_not_you.fill([&desk.name, &desk.phone]);
    let urgent = messages.waiting_urgent.fill([&desk.name, &desk.phone]);
    view! {
        <h1 id=HEADING tabindex="-1">{messages.waiting_heading}</h1>
        <p class="lead">{messages.waiting_from.fill([&from])}</p>
        <p>{messages.waiting_repeat.fill([&until])}</p>
        <p class="notice warm">{messages.waiting_notice}" "{not_you}</p>
        <p>{urgent}</p>
        <p class="lead">{messages.waiting_close}</p>
        <StartAgain />
    }
}
