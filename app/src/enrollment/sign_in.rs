//! The first screen: user name and current password. Whether they are right is for the directory to say.

use super::Submit;
use super::flow::Request;
use super::state::EnrollmentState;
use crate::api::refusal::{Reason, Refusal};
use crate::client::page_state::set_if_changed;
use crate::components::{Button, ButtonKind, Form, HEADING, Keyed, PasswordField, RevealButton, TextField};
use crate::domain::username::Username;
use crate::paths;
use crate::shell::privacy_address;
use leptos::prelude::*;

#[component]
pub(super) fn SignInScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let submit = expect_context::<Submit>();
    let page = state.page;
    let (words, own) = (page.words(), state.own_words());
    let masked = RwSignal::new(true);
    view! {
        <h1 id=HEADING tabindex="-1">{own.title}</h1>
        <Keyed key=move || state.signed_out.get() view=move |signed_out| {
            // It is announced as well, so it is no alert.
            signed_out.then(|| view! { <p class="notice good strong">{own.signed_out}</p> })
        } />
        <p class="lead">{own.intro}</p>
        <Form on_submit=move || send(state, submit)>
            <TextField id="username" label=words.username hint=words.username_hint autocomplete="username"
                value=state.username locked=page.sending />
            <PasswordField page id="password" label=own.current hint=own.current_hint autocomplete="current-password"
                value=state.password masked>
                <RevealButton masked words />
            </PasswordField>
            <div class="actions">
                <Button kind=ButtonKind::Submit busy=page.busy>{words.next}</Button>
            </div>
        </Form>
        // The style sheet shows it only if no program has taken this screen over after a while.
        <p class="slow">{state.call(&words.slow)}</p>
        <PrivacyDetails />
        <p><a href=paths::WIZARD>{own.forgotten}</a></p>
    }
}

fn send(state: EnrollmentState, submit: Submit) {
    // From here on the page is about the next sign-in.
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

/// What people must be told before they give personal data (GDPR, article 13).
#[component]
fn PrivacyDetails() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let page = state.page;
    let (words, own) = (page.words(), state.own_words());
    let site = page.site();
    let kept = own.privacy_kept.fill([&site.kept_days.to_string(), &site.organisation.name]);
    let address = privacy_address(&site, page.language.get_untracked());
    view! {
        <details id="privacy">
            <summary>{own.privacy}</summary>
            <p>{own.privacy_why}</p>
            <ul>
                <li>{own.privacy_birthdate}</li>
                <li>{own.privacy_mobile}</li>
            </ul>
            <p>{kept}</p>
            <p>{state.call(&own.privacy_rights)}</p>
            <p><a href=address target="_blank" rel="noopener noreferrer">{words.privacy}</a></p>
        </details>
    }
}
