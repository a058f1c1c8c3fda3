//! Linking the app: install it, then scan a QR code from this screen or open a link on this phone. Both are always
//! available; the device determines which is shown first. The page polls whether the app is linked.

use super::state::EnrollmentState;
use crate::api::enrollment_state::Activation;
use crate::client::browser::Phone;
use crate::client::focus;
use crate::components::{AppStores, Button, ButtonKind, DoneDrawing, HEADING, Keyed, QrCode};
use leptos::prelude::*;

#[component]
pub(super) fn ActivationScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let texts = state.enrollment_messages();
    let content = move |activation: Option<Activation>| match activation {
        Some(activation) => view! { <Instructions activation /> }.into_any(),
        None => view! { <p>{texts.unknown_todo}</p> }.into_any(),
    };
    view! {
        <h1 id=HEADING tabindex="-1">{texts.app_link}</h1>
        <Keyed key=move || state.activation.get() view=content />
        <BackButton kind=ButtonKind::Secondary label=texts.back />
    }
}

/// Confirms that the app is linked.
#[component]
pub(super) fn LinkedScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let texts = state.enrollment_messages();
    view! {
        <DoneDrawing />
        <h1 id=HEADING tabindex="-1">{texts.linked_heading}</h1>
        <p class="lead">{texts.linked}</p>
        <BackButton kind=ButtonKind::Primary label=state.page.messages().next />
    }
}

/// Shows one step at a time, because two codes on one screen would be confused.
#[component]
fn Instructions(activation: Activation) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let texts = state.enrollment_messages();
    let is_installed = state.is_app_installed;
    let install = move || {
        let phone: Option<Phone> = state.phone.get_value();
        let next = move |()| {
            is_installed.set(true);
            focus::set_once_rendered(HEADING);
        };
        view! {
            <p class="hint">{texts.link_step_install}</p>
            <p class="lead">{texts.link_install}</p>
            <AppStores page=state.page phone has_intro=false />
            <div class="actions"><Button kind=ButtonKind::Primary on_press=next>{texts.link_installed}</Button></div>
        }
    };
    view! {
        <Keyed key=move || is_installed.get() view=move |is_installed| {
            if is_installed {
                view! { <Link activation=activation.clone() /> }.into_any()
            } else {
                install().into_any()
            }
        } />
    }
}

/// The code to scan or the link to open. Also says that the page notices the result by itself.
#[component]
fn Link(activation: Activation) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let texts = state.enrollment_messages();
    let Activation { link, qr, password } = activation;
    let is_phone = state.phone.get_value().is_some();
    let scan = view! { <QrCode size=qr.size path=qr.path label=texts.link_qr /> }.into_any();
    let open = view! { <p><a class="button primary" href=link>{texts.link_here}</a></p> }.into_any();
    let (first, summary, second) =
        if is_phone { (open, texts.link_by_scan, scan) } else { (scan, texts.link_on_phone, open) };
    let password = password.map(|password| {
        view! { <section class="secret"><p>{texts.link_password}</p><p class="number" translate="no">{password}</p></section> }
    });
    let back = move |()| {
        state.is_app_installed.set(false);
        focus::set_once_rendered(HEADING);
    };
    view! {
        <p class="hint">{texts.link_step_link}</p>
        <p class="lead">{if is_phone { texts.link_open } else { texts.link_scan }}</p>
        {first}
        // The app may ask for it.
        {password}
        <p class="strong waiting">{texts.link_waiting}</p>
        <details id="other"><summary>{summary}</summary>{second}</details>
        <Button kind=ButtonKind::Quiet on_press=back>{texts.link_not_installed}</Button>
    }
}

/// The button that returns to the overview.
#[component]
fn BackButton(kind: ButtonKind, label: &'static str) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    view! { <div class="actions"><Button kind on_press=move |()| state.return_to_overview()>{label}</Button></div> }
}
