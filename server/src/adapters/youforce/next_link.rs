//! Validates links to a next page. `hr_sync` detects a link to an earlier page.

use reqwest::Url;

/// Longer than any real link to a page, in bytes.
const MAX_LINK_LENGTH: usize = 8 * 1024;

/// Resolves a link on the page at `from`. It must stay on the origin of `base` and below its path, because the
/// access token is sent with it. The error describes the problem without quoting the link.
pub(super) fn resolve(base: &Url, from: &Url, link: &str) -> Result<Url, &'static str> {
    if link.len() > MAX_LINK_LENGTH {
        return Err("a link to the next page that is longer than 8 kB");
    }
    let url = from.join(link).map_err(|_| "an invalid link to the next page")?;
    if url.origin() != base.origin() || !url.username().is_empty() || url.password().is_some() {
        return Err("a link to the next page that leads to another server");
    }
    let base_path = base.path().trim_end_matches('/');
    // Behind a lenient proxy `%2f` and `%5c` may become path separators and lead out of the base path.
    let path = url.path().to_ascii_lowercase();
    if !url.path().strip_prefix(base_path).is_some_and(|rest| rest.starts_with('/'))
        || path.contains("%2f")
        || path.contains("%5c")
    {
        return Err("a link to the next page that leads out of the API");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_links_must_stay_on_the_origin_and_below_the_base_path() {
        let base = Url::parse("https://api.example.org/iam/v1.0").unwrap();
        let from = Url::parse("https://api.example.org/iam/v1.0/persons?take=2").unwrap();
        for (good, to) in [
            (
                "https://api.example.org/iam/v1.0/persons?skip=2",
                "https://api.example.org/iam/v1.0/persons?skip=2",
            ),
            ("https://api.example.org:443/iam/v1.0/x", "https://api.example.org/iam/v1.0/x"),
            ("persons?skip=2", "https://api.example.org/iam/v1.0/persons?skip=2"),
            ("?skip=2", "https://api.example.org/iam/v1.0/persons?skip=2"),
            ("/iam/v1.0/persons?x=../..", "https://api.example.org/iam/v1.0/persons?x=../.."),
        ] {
            assert_eq!(resolve(&base, &from, good).map(String::from).as_deref(), Ok(to), "{good}");
        }
        let long = format!("?skip={}", "1".repeat(MAX_LINK_LENGTH));
        for bad in [
            "https://elsewhere.example.org/iam/v1.0/persons",
            "http://api.example.org/iam/v1.0/persons",
            "https://api.example.org:8443/iam/v1.0/persons",
            "https://api.example.org@elsewhere.example.org/iam/v1.0/persons",
            "https://a:b@api.example.org/iam/v1.0/persons",
            "//elsewhere.example.org/iam/v1.0/persons",
            "\\\\elsewhere.example.org\\iam\\v1.0\\persons",
            "https://api.example.org/iam/v1.0x/persons",
            "https://api.example.org/iam/v1.0/../../admin",
            "https://api.example.org/iam/v1.0/%2e%2e/admin",
            "https://api.example.org/iam/v1.0/..%2f..%2fadmin",
            "https://api.example.org/iam/v1.0",
            "/persons",
            "file:///etc/passwd",
            "https://",
            &long,
        ] {
            assert!(resolve(&base, &from, bad).is_err(), "{bad}");
        }
    }
}
