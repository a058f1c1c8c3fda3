//! Linking the app: a QR code to scan from this screen, or a link to open on this phone. Both can always be reached;
//! which comes first depends on the device. The page polls whether it worked.

use super::state::EnrollmentState;
use crate::client::browser::Phone;
use crate::components::{AppStores, Button, ButtonKind, DoneDrawing, HEADING, Keyed, QrCode};
use crate::registration::Activation;
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

#[component]
fn Instructions(activation: Activation) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let own = state.own_words();
    let Activation { link, qr, password } = activation;
    let phone: Option<Phone> = state.phone.get_value();
    let is_phone = phone.is_some();
    let stores = view! { <AppStores page=state.page phone /> };
    let scan = view! { <QrCode size=qr.size path=qr.path label=own.link_qr /> }.into_any();
    let open = view! { <p><a class="button primary" href=link>{own.link_here}</a></p> }.into_any();
    let (first, summary, second) =
        if is_phone { (open, own.link_by_scan, scan) } else { (scan, own.link_on_phone, open) };
    let password = password.map(|password| {
        view! { <section class="secret"><p>{own.link_password}</p><p class="number">{password}</p></section> }
    });
    view! {
        <ol>
            <li>{own.link_install}{stores}</li>
            <li>{if is_phone { own.link_open } else { own.link_scan }}</li>
            <li>{own.link_wait}</li>
        </ol>
        {first}
        // The app may ask for it.
        {password}
        <details id="other"><summary>{summary}</summary>{second}</details>
        <p class="hint waiting">{own.link_waiting}</p>
    }
}

/// The way back to the overview.
#[component]
fn Leave(kind: ButtonKind, label: &'static str) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    view! { <div class="actions"><Button kind on_press=move |()| state.leave()>{label}</Button></div> }
}
