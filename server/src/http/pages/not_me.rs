//! `/dit-was-ik-niet/…`: the link of a notice, with which an owner freezes the account. A GET shows a page and changes
//! nothing, because mail scanners and link previews open links. A POST of that page freezes the account.

use super::{Document, document, language_of, respond};
use crate::freeze::LinkState;
use crate::freeze::link::LinkToken;
use crate::http::{AppState, client_ip, origin, refuse};
use crate::ports::frozen_accounts::LinkUse;
use crate::reset::rate_limit::network;
use crate::reset::{ClientContext, failure};
use app::api::refusal::Refusal;
use app::api::site::Site;
use app::paths;
use app::static_pages::not_me::{CONFIRMATION, NotMe};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use std::net::{IpAddr, SocketAddr};

/// The route; the secret of the link is the rest of the path.
pub const ROUTE: &str = "/dit-was-ik-niet/{*token}";

/// No script, and forms to this origin only. Every other page forbids forms.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";
/// With `no-referrer` an older browser would send `Origin: null` with the form. The address of the page is sent to
/// this origin only.
const REFERRER_POLICY: &str = "same-origin";

/// The documents of the link, one per state.
pub(super) struct NotMeDocuments {
    confirm: Document,
    frozen: Document,
    already_frozen: Document,
    invalid: Document,
    unavailable: Document,
}

impl NotMeDocuments {
    pub(super) fn new(site: &Site) -> Self {
        let render = |state| Document::new(site, |site, language| document::not_me(state, site, language));
        Self {
            confirm: render(NotMe::Confirm),
            frozen: render(NotMe::Frozen),
            already_frozen: render(NotMe::AlreadyFrozen),
            invalid: render(NotMe::Invalid),
            unavailable: render(NotMe::Unavailable),
        }
    }

    fn of(&self, state: NotMe) -> &Document {
        match state {
            NotMe::Confirm => &self.confirm,
            NotMe::Frozen => &self.frozen,
            NotMe::AlreadyFrozen => &self.already_frozen,
            NotMe::Invalid => &self.invalid,
            NotMe::Unavailable => &self.unavailable,
        }
    }
}

/// Returns whether a path is that of a link. The request log then contains the path without the secret.
pub fn is_link(path: &str) -> bool {
    path.strip_prefix(paths::NOT_ME).is_some_and(|rest| rest.starts_with('/'))
}

/// `GET /dit-was-ik-niet/…`.
pub async fn show(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let page = |shown, status| page(&state, shown, status, &headers, &uri);
    if let Err(refusal) = admit(&state, client_address(&state, peer, &headers)).await {
        return unavailable(page(NotMe::Unavailable, StatusCode::OK), &refusal);
    }
    let Some(token) = token(&uri) else { return page(NotMe::Invalid, StatusCode::NOT_FOUND) };
    match state.freeze.link_state(&token).await {
        Ok(LinkState::Usable) => page(NotMe::Confirm, StatusCode::OK),
        Ok(LinkState::AlreadyFrozen) => page(NotMe::AlreadyFrozen, StatusCode::OK),
        Ok(LinkState::Invalid) => page(NotMe::Invalid, StatusCode::NOT_FOUND),
        Err(error) => {
            let refusal = failure::store_unavailable(&error);
            unavailable(page(NotMe::Unavailable, StatusCode::OK), &refusal)
        }
    }
}

/// `POST /dit-was-ik-niet/…`, from the form of the page.
pub async fn freeze(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    let page = |shown, status| page(&state, shown, status, &headers, &uri);
    if !origin::is_same_origin(&headers, &state.origin) {
        return refuse(&Refusal::CrossOrigin);
    }
    let address = client_address(&state, peer, &headers);
    if let Err(refusal) = admit(&state, address).await {
        return unavailable(page(NotMe::Unavailable, StatusCode::OK), &refusal);
    }
    let Some(token) = token(&uri) else { return page(NotMe::Invalid, StatusCode::NOT_FOUND) };
    // Not from the button: the page asks again.
    let (name, value) = CONFIRMATION;
    if *body != *format!("{name}={value}").as_bytes() {
        return page(NotMe::Confirm, StatusCode::BAD_REQUEST);
    }
    let frozen = match crate::random::reference() {
        Ok(reference) => {
            let frozen = state.freeze.freeze_by_link(&token, reference, &network(address)).await;
            frozen.map_err(|error| failure::store_unavailable(&error))
        }
        Err(fault) => Err(fault),
    };
    match frozen {
        Ok(LinkUse::Frozen(_)) => page(NotMe::Frozen, StatusCode::OK),
        Ok(LinkUse::AlreadyFrozen) => page(NotMe::AlreadyFrozen, StatusCode::OK),
        Ok(LinkUse::Invalid) => page(NotMe::Invalid, StatusCode::NOT_FOUND),
        Err(refusal) => unavailable(page(NotMe::Unavailable, StatusCode::OK), &refusal),
    }
}

fn token(uri: &Uri) -> Option<LinkToken> {
    LinkToken::parse(uri.path().strip_prefix(paths::NOT_ME)?.strip_prefix('/')?)
}

fn client_address(state: &AppState, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
    client_ip::client(peer.ip(), headers, &state.trusted_proxies).address
}

async fn admit(state: &AppState, address: IpAddr) -> Result<(), Refusal> {
    let client = ClientContext { session: None, device: None, address };
    state.reset.count_link_request(&client).await
}

fn page(state: &AppState, shown: NotMe, status: StatusCode, headers: &HeaderMap, uri: &Uri) -> Response {
    let mut headers = headers.clone();
    headers.remove(header::IF_NONE_MATCH);
    let mut response = respond(state.pages.not_me.of(shown), &headers, language_of(uri.query()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.remove(header::ETAG);
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, REFERRER_POLICY),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn unavailable(mut page: Response, refusal: &Refusal) -> Response {
    *page.status_mut() = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    if let Some(seconds) = refusal.retry_after() {
        page.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    page
}
