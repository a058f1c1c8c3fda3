//! Links to the app that shows the codes.

use crate::client::PageState;
use crate::client::browser::Phone;
use leptos::prelude::*;

/// The QR code with the address of the app in its store; rendered by the server.
const STORE_QR: &str = "/app.svg";

/// Links to the app: on a phone to the store of its system, on a desktop to all stores and with a QR code for the
/// phone.
#[component]
pub(crate) fn AppStores(
    page: PageState,
    phone: Option<Phone>,
    /// Whether to start with an explanation.
    #[prop(default = true)]
    has_intro: bool,
) -> impl IntoView {
    let (site, messages) = (page.site(), page.messages());
    let links = &site.organisation.links;
    let stores: Vec<_> = [
        (&links.play_store, messages.code_play_store, Phone::Apple),
        (&links.app_store, messages.code_app_store, Phone::Android),
    ]
    .into_iter()
    .filter(|(address, _, excluded_on)| !address.is_empty() && phone != Some(*excluded_on))
    .map(|(address, text, _)| {
        let address = address.clone();
        view! { <li><a href=address target="_blank" rel="noopener noreferrer">{text}</a></li> }
    })
    .collect();
    let scan = phone.is_none().then(|| {
        view! { <img class="store" src=STORE_QR alt=messages.code_qr width="180" height="180" loading="lazy" /> }
    });
    view! {
        {has_intro.then(|| view! { <p>{if phone.is_some() { messages.code_install } else { messages.code_scan }}</p> })}
        {scan}
        <ul class="links">{stores}</ul>
    }
}
