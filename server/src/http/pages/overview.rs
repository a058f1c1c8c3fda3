//! `/servicedesk/vandaag` and its file: the numbers of today. Like the page of the service desk, they exist in its networks only,
//! and they need the session of an agent.

use super::{document, language_of};
use crate::http::api::RequestContext;
use crate::http::{AppState, client_ip, refuse};
use app::api::refusal::Refusal;
use app::i18n::Language;
use app::paths;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use std::net::SocketAddr;

/// Middleware: only GET, and not HEAD, because a download is in the audit log and a page of numbers has no use for it.
pub async fn only_get(request: Request, next: Next) -> Response {
    if request.method() == Method::GET {
        next.run(request).await
    } else {
        (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET")]).into_response()
    }
}

/// `GET /servicedesk/vandaag`.
pub async fn page(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let overview = match context(&state, peer, &headers).await.overview().await {
        Ok(overview) => Ok(overview),
        Err(Refusal::StartAgain) => return sign_in(),
        Err(refusal) => Err(refusal),
    };
    let site = state.reset.site();
    let language = language(&headers, &uri, &site.organisation.languages);
    let render = |overview| Html(document::overview(site, language, overview)).into_response();
    match overview {
        Ok(overview) => render(Some(overview)),
        Err(refusal) => {
            let mut response = render(None);
            let status = StatusCode::from_u16(refusal.status());
            *response.status_mut() = status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            response
        }
    }
}

/// `GET /servicedesk/vandaag.csv`.
pub async fn csv(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    match context(&state, peer, &headers).await.overview_csv().await {
        Ok(file) => {
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file.name)),
            ];
            (headers, file.content).into_response()
        }
        Err(Refusal::StartAgain) => sign_in(),
        Err(refusal) => refuse(&refusal),
    }
}

async fn context(state: &AppState, peer: SocketAddr, headers: &HeaderMap) -> RequestContext {
    let client = client_ip::client(peer.ip(), headers, &state.trusted_proxies);
    RequestContext::new(state, client.address, headers).await
}

fn sign_in() -> Response {
    Redirect::to(paths::SERVICE_DESK).into_response()
}

/// The language in the query, or the first of the browser's languages that is offered, or the organisation's first one.
fn language(headers: &HeaderMap, uri: &Uri, offered: &[Language]) -> Language {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let tags = || offered.iter().map(|language| (language.tag(), *language));
    super::preferred(language_of(uri.query()).unwrap_or_default(), tags())
        .or_else(|| super::preferred(accepted.unwrap_or_default(), tags()))
        .or_else(|| offered.first().copied())
        .unwrap_or_default()
}
