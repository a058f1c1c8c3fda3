//! The cookies: their names, reading and writing them.

use crate::ports::sessions::SessionId;
use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use zeroize::Zeroizing;

/// The session of a reset. `__Host-` binds a cookie to this host and to https; plain http on loopback cannot have it.
pub(super) fn reset_session(secure: bool) -> &'static str {
    if secure { "__Host-visit" } else { "visit" }
}

/// A known device: a browser in which an account owner gave a proof. Its id is sealed.
pub(super) fn device(secure: bool) -> &'static str {
    if secure { "__Host-device" } else { "device" }
}

/// The session of an enrollment.
pub(super) fn enrollment(secure: bool) -> &'static str {
    if secure { "__Host-registration" } else { "registration" }
}

/// The session of an agent of the service desk.
pub(super) fn service_desk(secure: bool) -> &'static str {
    if secure { "__Host-servicedesk" } else { "servicedesk" }
}

/// The session id in a cookie.
pub(super) fn session_id(headers: &HeaderMap, name: &str) -> Option<SessionId> {
    let bytes = read(headers, name)?;
    Some(SessionId(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
}

/// The value of a cookie. Two cookies of one name count as none: one of them was planted.
pub(super) fn read(headers: &HeaderMap, name: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter(|cookie| cookie.name() == name);
    let cookie = found.next()?;
    if found.next().is_some() {
        return None;
    }
    URL_SAFE_NO_PAD.decode(cookie.value()).ok().map(Zeroizing::new)
}

/// The `Set-Cookie` header of a cookie that lives for `max_age`; zero removes it.
pub(super) fn set(
    name: &'static str,
    value: &[u8],
    max_age: SignedDuration,
    secure: bool,
) -> Option<HeaderValue> {
    let cookie = Cookie::build((name, URL_SAFE_NO_PAD.encode(value)))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(secure)
        .max_age(time::Duration::seconds(max_age.as_secs()));
    HeaderValue::from_str(&cookie.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session_in(lines: &[&str], secure: bool) -> Option<SessionId> {
        let headers = lines.iter().map(|line| (header::COOKIE, line.parse().unwrap())).collect();
        session_id(&headers, reset_session(secure))
    }

    #[test]
    fn a_session_id_is_read_from_its_own_cookie_only() {
        let value = URL_SAFE_NO_PAD.encode([7; 32]);
        let id = Some(SessionId(Zeroizing::new([7; 32])));
        assert_eq!(session_in(&[&format!("a=b; visit={value}")], false), id);
        assert_eq!(session_in(&[&format!("__Host-visit={value}")], true), id);
        assert_eq!(session_in(&[&format!("visit={value}")], true), None);
        assert_eq!(session_in(&[&format!("registration={value}")], false), None);
        assert_eq!(session_in(&[&format!("visit={value}; visit={value}")], false), None);
        assert_eq!(session_in(&[&format!("visit={value}"), &format!("visit={value}")], false), None);
        assert_eq!(session_in(&["visit=short"], false), None);
        assert_eq!(session_in(&[], false), None);
    }

    #[test]
    fn a_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let header = set(reset_session(true), &[7; 32], SignedDuration::from_hours(1), true).unwrap();
        let line = header.to_str().unwrap();
        assert!(line.starts_with(&format!("__Host-visit={};", URL_SAFE_NO_PAD.encode([7; 32]))), "{line}");
        for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/", "Max-Age=3600"] {
            assert!(line.split("; ").any(|one| one == attribute), "{line}");
        }
        let plain = set(reset_session(false), &[], SignedDuration::ZERO, false).unwrap();
        assert!(!plain.to_str().unwrap().contains("Secure") && plain.to_str().unwrap().contains("Max-Age=0"));
    }
}
