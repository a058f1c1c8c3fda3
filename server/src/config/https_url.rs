//! An https URL, or an http URL on loopback.

use super::is_loopback_host;
use url::Url;

const EXPECTED: &str = "https://HOST/PATH";

/// A URL to which secrets and personal data are sent: https, or http on loopback. Without user, password and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpsUrl(Url);

impl HttpsUrl {
    /// Parses a URL; the error says what was expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| EXPECTED)?;
        let host = url.host_str().ok_or(EXPECTED)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback_host(host) => {}
            "http" => return Err("https:// for another machine: http can be read in transit"),
            _ => return Err(EXPECTED),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address without user and password: they belong in a file");
        }
        if url.fragment().is_some() {
            return Err("an address without a fragment");
        }
        Ok(Self(url))
    }

    /// Like [`HttpsUrl::parse`], for a base to which paths are appended: without a query.
    pub fn parse_base(text: &str) -> Result<Self, &'static str> {
        let url = Self::parse(text)?;
        if url.0.query().is_some() { Err("an address without a query") } else { Ok(url) }
    }

    /// The URL.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The host name or IP address.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether it is http on loopback.
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_accepted_for_loopback_only() {
        for good in [
            "https://customer.us.trustedauth.com",
            "https://api.youforce.com/iam/v1.0",
            "http://127.0.0.1:8084/iam/",
            "http://localhost:8082/",
            "http://[::1]:1",
        ] {
            assert!(HttpsUrl::parse_base(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.youforce.com/iam/v1.0",
            "http://127.0.0.1.example.org/",
            "http://192.168.1.4",
            "ftp://127.0.0.1",
            "api.youforce.com",
            "https://user:secret@api.youforce.com",
            "https://api.youforce.com#x",
            "",
        ] {
            assert!(HttpsUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_base_has_no_query() {
        assert!(HttpsUrl::parse("https://api.youforce.com?x=1").is_ok());
        assert!(HttpsUrl::parse_base("https://api.youforce.com?x=1").is_err());
    }
}
