//! The first screen: user name and current password. The directory verifies them.

use super::Submit;
use super::flow::Request;
use super::state::EnrollmentState;
use crate::api::refusal::{Reason, Refusal};
use crate::client::page_state::set_if_changed;
use crate::components::{
    Button, ButtonKind, Form, HEADING, Keyed, PasswordField, RevealButton, StartNotes, TextField,
};
use crate::domain::username::Username;
use crate::paths;
use crate::shell::privacy_address;
use leptos::prelude::*;

#[component]
pub(super) fn SignInScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let (messages, texts) = (page.messages(), state.enrollment_messages());
    let site = page.site();
    let masked = RwSignal::new(true);
    view! {
        <h1 id=HEADING tabindex="-1">{texts.title}</h1>
        <Keyed key=move || state.signed_out.get() view=move |signed_out| {
            // It is announced as well, so it is no alert.
            signed_out.then(|| view! { <p class="notice good strong">{texts.signed_out}</p> })
        } />
        <p class="lead">{texts.intro}</p>
        <Form on_submit=move || send(state, submit)>
            <TextField id="username" label=messages.username hint=messages.username_hint autocomplete="username"
                value=state.username read_only=page.sending />
            <PasswordField page id="password" label=texts.current hint=texts.current_hint
                autocomplete="current-password" value=state.password masked>
                <RevealButton masked messages />
            </PasswordField>
            <div class="actions">
                <Button kind=ButtonKind::Submit busy=page.busy>{messages.next}</Button>
            </div>
        </Form>
        <StartNotes messages desk=&site.organisation.service_desk />
        <PrivacyDetails />
        <p><a href=paths::WIZARD>{texts.forgotten}</a></p>
    }
}

fn send(state: EnrollmentState, submit: Submit) {
    // The confirmation belongs to the previous session.
    set_if_changed(state.signed_out, false);
    let (username, password) = (state.username.get_untracked(), state.password.get_untracked());
    match Username::parse(username.expose(), &state.page.site().organisation.domains) {
        Err(error) => state.refuse(Refusal::invalid("username", error)),
        Ok(_) if password.expose().is_empty() => {
            state.refuse(Refusal::invalid("password", Reason::Empty));
        }
        Ok(_) => {
            submit.dispatch(Request::SignIn(username, password));
        }
    }
}

/// The information that is required before personal data are collected (GDPR, article 13).
#[component]
fn PrivacyDetails() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let page = state.page;
    let (messages, texts) = (page.messages(), state.enrollment_messages());
    let site = page.site();
    let retention = texts.privacy_kept.fill([&site.kept_days.to_string(), &site.organisation.name]);
    let address = privacy_address(&site, page.language.get_untracked());
    view! {
        <details id="privacy">
            <summary>{texts.privacy}</summary>
            <p>{texts.privacy_why}</p>
            <ul>
                <li>{texts.privacy_birthdate}</li>
                <li>{texts.privacy_mobile}</li>
            </ul>
            <p>{retention}</p>
            <p>{state.call(&texts.privacy_rights)}</p>
            <p><a href=address target="_blank" rel="noopener noreferrer">{messages.privacy}</a></p>
        </details>
    }
}
