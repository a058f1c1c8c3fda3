//! The cookies: their names, and reading them. Not what is behind their values.

use crate::ports::sessions::SessionId;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// `__Host-` binds a cookie to this host and to https; plain http on loopback cannot have it.
pub(super) fn visit(secure: bool) -> &'static str {
    if secure { "__Host-visit" } else { "visit" }
}

/// Marks a browser from which a reset was finished; see `limits`.
pub(super) fn device(secure: bool) -> &'static str {
    if secure { "__Host-device" } else { "device" }
}

/// A session of the registration.
pub(super) fn session(secure: bool) -> &'static str {
    if secure { "__Host-registration" } else { "registration" }
}

/// The id in a cookie.
pub(super) fn id(headers: &HeaderMap, name: &str) -> Option<SessionId> {
    let bytes = read(headers, name)?;
    Some(SessionId(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
}

/// The value of a cookie. Two of that name are none: somebody put one there.
pub(super) fn read(headers: &HeaderMap, name: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(given, _)| *given == name);
    let (_, value) = found.next()?;
    if found.next().is_some() {
        return None;
    }
    URL_SAFE_NO_PAD.decode(value).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit_in(lines: &[&str], secure: bool) -> Option<SessionId> {
        let headers = lines.iter().map(|line| (header::COOKIE, line.parse().unwrap())).collect();
        id(&headers, visit(secure))
    }

    #[test]
    fn a_visit_is_read_from_its_own_cookie_only() {
        let value = URL_SAFE_NO_PAD.encode([7; 32]);
        let id = Some(SessionId(Zeroizing::new([7; 32])));
        assert_eq!(visit_in(&[&format!("a=b; visit={value}")], false), id);
        assert_eq!(visit_in(&[&format!("__Host-visit={value}")], true), id);
        assert_eq!(visit_in(&[&format!("visit={value}")], true), None);
        assert_eq!(visit_in(&[&format!("registration={value}")], false), None);
        assert_eq!(visit_in(&[&format!("visit={value}; visit={value}")], false), None);
        assert_eq!(visit_in(&[&format!("visit={value}"), &format!("visit={value}")], false), None);
        assert_eq!(visit_in(&["visit=short"], false), None);
        assert_eq!(visit_in(&[], false), None);
    }
}
