//! Linking the app: install it, then scan a QR code from this screen or open a link on this phone. Both can always be
//! reached; which comes first depends on the device. The page polls whether it worked.

use super::state::EnrollmentState;
use crate::api::enrollment_state::Activation;
use crate::client::browser::Phone;
use crate::client::focus;
use crate::components::{AppStores, Button, ButtonKind, DoneDrawing, HEADING, Keyed, QrCode};
use leptos::prelude::*;

#[component]
pub(super) fn ActivationScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let own = state.own_words();
    let content = move |activation: Option<Activation>| match activation {
        Some(activation) => view! { <Instructions activation /> }.into_any(),
        None => view! { <p>{own.unknown_todo}</p> }.into_any(),
    };
    view! {
        <h1 id=HEADING tabindex="-1">{own.app_link}</h1>
        <Keyed key=move || state.activation.get() view=content />
        <Leave kind=ButtonKind::Secondary label=own.back />
    }
}

/// The app is linked.
#[component]
pub(super) fn LinkedScreen() -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let own = state.own_words();
    view! {
        <DoneDrawing />
        <h1 id=HEADING tabindex="-1">{own.linked_heading}</h1>
        <p class="lead">{own.linked}</p>
        <Leave kind=ButtonKind::Primary label=state.page.words().next />
    }
}

/// One step at a time: two codes on one screen would be mistaken for each other.
#[component]
fn Instructions(activation: Activation) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let own = state.own_words();
    let is_installed = state.is_app_installed;
    let install = move || {
        let phone: Option<Phone> = state.phone.get_value();
        let next = move |()| {
            is_installed.set(true);
            focus::set_once_rendered(HEADING);
        };
        view! {
            <p class="hint">{own.link_step_install}</p>
            <p class="lead">{own.link_install}</p>
            <AppStores page=state.page phone is_introduced=false />
            <div class="actions"><Button kind=ButtonKind::Primary on_press=next>{own.link_installed}</Button></div>
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

/// The code to scan or the link to open, and that the page finds out by itself.
#[component]
fn Link(activation: Activation) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let own = state.own_words();
    let Activation { link, qr, password } = activation;
    let is_phone = state.phone.get_value().is_some();
    let scan = view! { <QrCode size=qr.size path=qr.path label=own.link_qr /> }.into_any();
    let open = view! { <p><a class="button primary" href=link>{own.link_here}</a></p> }.into_any();
    let (first, summary, second) =
        if is_phone { (open, own.link_by_scan, scan) } else { (scan, own.link_on_phone, open) };
    let password = password.map(|password| {
        view! { <section class="secret"><p>{own.link_password}</p><p class="number">{password}</p></section> }
    });
    let back = move |()| {
        state.is_app_installed.set(false);
        focus::set_once_rendered(HEADING);
    };
    view! {
        <p class="hint">{own.link_step_link}</p>
        <p class="lead">{if is_phone { own.link_open } else { own.link_scan }}</p>
        {first}
        // The app may ask for it.
        {password}
        <p class="strong waiting">{own.link_waiting}</p>
        <details id="other"><summary>{summary}</summary>{second}</details>
        <Button kind=ButtonKind::Quiet on_press=back>{own.link_not_installed}</Button>
    }
}

/// The way back to the overview.
#[component]
fn Leave(kind: ButtonKind, label: &'static str) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    view! { <div class="actions"><Button kind on_press=move |()| state.leave()>{label}</Button></div> }
}
