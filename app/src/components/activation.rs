//! Linking the app: install it, then scan a QR code from this screen or open a link on this phone. Both are always
//! available; the device determines which is shown first. The page polls whether the app is linked.

use super::{AppStores, Button, ButtonKind, HEADING, Keyed, QrCode};
use crate::api::enrollment_state::Activation;
use crate::client::browser::Phone;
use crate::client::{PageState, focus};
use leptos::prelude::*;

/// The steps of linking the app, one at a time, because two codes on one screen would be confused.
#[component]
pub(crate) fn LinkApp(
    page: PageState,
    phone: Option<Phone>,
    activation: Activation,
    /// Whether the employee has confirmed that the app is installed, the first step.
    is_installed: RwSignal<bool>,
    /// Whether the steps are numbered: not on a page that numbers its own steps.
    has_numbers: bool,
) -> impl IntoView {
    let texts = page.language.get_untracked().activation();
    let next = Callback::new(move |()| {
        is_installed.set(true);
        focus::set_once_rendered(HEADING);
    });
    view! {
        <Keyed key=move || is_installed.get() view=move |installed| {
            if installed {
                view! { <Link page phone activation=activation.clone() is_installed has_numbers /> }.into_any()
            } else {
                view! { <InstallApp page phone label=texts.link_installed on_press=next has_numbers /> }.into_any()
            }
        } />
    }
}

/// The first step: install the app. The button continues.
#[component]
pub(crate) fn InstallApp(
    page: PageState,
    phone: Option<Phone>,
    label: &'static str,
    on_press: Callback<()>,
    has_numbers: bool,
) -> impl IntoView {
    let texts = page.language.get_untracked().activation();
    view! {
        {has_numbers.then(|| view! { <p class="hint">{texts.link_step_install}</p> })}
        <p class="lead">{texts.link_install}</p>
        <AppStores page phone has_intro=false />
        <div class="actions"><Button kind=ButtonKind::Primary busy=page.busy on_press>{label}</Button></div>
    }
}

/// The code to scan or the link to open. Also says that the page notices the result by itself.
#[component]
fn Link(
    page: PageState,
    phone: Option<Phone>,
    activation: Activation,
    is_installed: RwSignal<bool>,
    has_numbers: bool,
) -> impl IntoView {
    let texts = page.language.get_untracked().activation();
    let Activation { link, qr, password } = activation;
    let is_phone = phone.is_some();
    let scan = view! { <QrCode size=qr.size path=qr.path label=texts.link_qr /> }.into_any();
    let open = view! { <div class="actions"><a class="button primary" href=link>{texts.link_here}</a></div> }
        .into_any();
    let (first, summary, second) =
        if is_phone { (open, texts.link_by_scan, scan) } else { (scan, texts.link_on_phone, open) };
    let password = password.map(|password| {
        view! { <section class="secret"><p>{texts.link_password}</p><p class="number" translate="no">{password}</p></section> }
    });
    let back = move |()| {
        is_installed.set(false);
        focus::set_once_rendered(HEADING);
    };
    view! {
        {has_numbers.then(|| view! { <p class="hint">{texts.link_step_link}</p> })}
        <p class="lead">{if is_phone { texts.link_open } else { texts.link_scan }}</p>
        {first}
        // The app may request it.
        {password}
        <p class="strong waiting">{texts.link_waiting}</p>
        <details id="other"><summary>{summary}</summary>{second}</details>
        <Button kind=ButtonKind::Quiet on_press=back>{texts.link_not_installed}</Button>
    }
}
