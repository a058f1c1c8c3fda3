//! One address for installing the authenticator app: it redirects to the store of the phone's system, and is also
//! available as a QR code to scan from the screen of a computer.

use super::AppState;
use app::api::site::Links;
use app::paths;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

/// The path of the redirect.
pub const PATH: &str = "/app";
/// The path of the QR code.
pub const QR_PATH: &str = "/app.svg";

/// `GET /app`: redirects to the store of the phone's system, or else to the wizard, which explains the app.
pub async fn redirect(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let mut response = Redirect::to(store(agent, &state.reset.site().organisation.links)).into_response();
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("user-agent"));
    response
}

fn store<'a>(agent: &str, links: &'a Links) -> &'a str {
    let store = if agent.contains("Android") {
        &links.play_store
    } else if ["iPhone", "iPad", "Macintosh"].iter().any(|name| agent.contains(name)) {
        &links.app_store
    } else {
        return paths::WIZARD;
    };
    if store.is_empty() { paths::WIZARD } else { store }
}

/// `GET /app.svg`: [`PATH`] as a QR code, dark on white also on a dark page, because scanners expect that.
pub async fn qr_code(State(state): State<AppState>) -> Response {
    let Ok(qr) = crate::qr::draw(&format!("{}{PATH}", state.origin)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{size}v{size}h-{size}z\"/><path d=\"{path}\"/></svg>",
        size = qr.size,
        path = qr.path,
    );
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, svg).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANDROID: &str = "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/150.0 Mobile";
    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15";

    #[test]
    fn phone_is_redirected_to_the_store_of_its_system() {
        let links = Links { play_store: "play".into(), app_store: "apple".into(), ..Links::default() };
        assert_eq!(store(ANDROID, &links), "play");
        assert_eq!(store(IPHONE, &links), "apple");
        assert_eq!(store("Mozilla/5.0 (X11; Linux x86_64)", &links), paths::WIZARD);
        assert_eq!(store(ANDROID, &Links::default()), paths::WIZARD);
    }
}
