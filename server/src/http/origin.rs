//! Cross-origin protection: only a page of the service's own origin may post.
//!
//! Fetch metadata first, then `Origin`, as OWASP recommends; a request with neither does not come from a browser and
//! carries no cookie that another site could misuse.
//!
//! `tower_http::csrf` also accepts `Sec-Fetch-Site: none`, and an `Origin` that equals the `Host` of the request, which a
//! proxy or an attacker may choose. Here the origin of the settings decides.

use axum::http::{HeaderMap, HeaderValue, header};

/// Whether a request comes from our own origin, or from no browser.
pub(super) fn is_same_origin(headers: &HeaderMap, own: &str) -> bool {
    let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_lowercase();
    if let Some(site) = headers.get("sec-fetch-site") {
        return text(site) == "same-origin";
    }
    match headers.get(header::ORIGIN) {
        Some(origin) => are_equal(&text(origin), own),
        None => true,
    }
}

/// With http on loopback, the names of the loopback host count as one origin.
fn are_equal(given: &str, own: &str) -> bool {
    given == own || matches!((loopback_port(given), loopback_port(own)), (Some(a), Some(b)) if a == b)
}

fn loopback_port(origin: &str) -> Option<&str> {
    let host = origin.strip_prefix("http://")?;
    if !crate::config::is_loopback_host(host) {
        return None;
    }
    Some(host.rsplit_once(':').map_or("80", |(_, port)| port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_page_may_post() {
        let headers = |pairs: &[(&'static str, &str)]| -> HeaderMap {
            pairs.iter().map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap())).collect()
        };
        let own = "https://reset.example.org";
        for (pairs, ours) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://reset.example.org")], false),
            (&[("origin", "https://reset.example.org")], true),
            (&[("origin", "https://reset.example.org:444")], false),
            (&[("origin", "http://reset.example.org")], false),
            (&[("origin", "null")], false),
        ] {
            assert_eq!(is_same_origin(&headers(pairs), own), ours, "{pairs:?}");
        }
        for (origin, ours) in [
            ("http://localhost:8080", true),
            ("http://[::1]:8080", true),
            ("http://127.0.0.1:8081", false),
            ("http://localhost.example.org:8080", false),
        ] {
            assert_eq!(
                is_same_origin(&headers(&[("origin", origin)]), "http://127.0.0.1:8080"),
                ours,
                "{origin}"
            );
        }
    }
}
