//! Where to install the app that shows the codes.

use crate::client::PageState;
use crate::client::browser::Phone;
use leptos::prelude::*;

/// The QR code that leads a phone's camera to the app in its store; drawn by the server.
const STORE_QR: &str = "/app.svg";

/// Where to install the app: on a phone in the store of its system, on a desktop by a QR code for the phone.
#[component]
pub(crate) fn AppStores(
    page: PageState,
    phone: Option<Phone>,
    /// Whether to say first what this is for.
    #[prop(default = true)]
    is_introduced: bool,
) -> impl IntoView {
    let (site, words) = (page.site(), page.words());
    let links = &site.organisation.links;
    let stores: Vec<_> = [
        (&links.play_store, words.code_play_store, Phone::Apple),
        (&links.app_store, words.code_app_store, Phone::Android),
    ]
    .into_iter()
    .filter(|(address, _, not_on)| !address.is_empty() && phone != Some(*not_on))
    .map(|(address, text, _)| {
        let address = address.clone();
        view! { <li><a href=address target="_blank" rel="noopener noreferrer">{text}</a></li> }
    })
    .collect();
    let scan = phone.is_none().then(|| {
        view! { <img class="store" src=STORE_QR alt=words.code_qr width="180" height="180" loading="lazy" /> }
    });
    view! {
        {is_introduced.then(|| view! { <p>{if phone.is_some() { words.code_install } else { words.code_scan }}</p> })}
        {scan}
        <ul class="links">{stores}</ul>
    }
}
