//! Where a next page may be. Not whether it was asked for before: whoever reads all pages sees that.

use reqwest::Url;

/// Longer than any link to a page.
const MOST: usize = 8 * 1024;

/// Reads a link on the page at `from`: it must stay on the origin of `base` and below its path, or the access token
/// would go elsewhere. The error says what is wrong, without the link.
pub(super) fn follow(base: &Url, from: &Url, link: &str) -> Result<Url, &'static str> {
    if link.len() > MOST {
        return Err("a link to the next page that is longer than 8 kB");
    }
    let url = from.join(link).map_err(|_| "a link to the next page that is none")?;
    if url.origin() != base.origin() || !url.username().is_empty() || url.password().is_some() {
        return Err("a link to the next page that leads to another server");
    }
    let folder = base.path().trim_end_matches('/');
    // `%2f` and `%5c` may become a way up behind a careless proxy.
    let path = url.path().to_ascii_lowercase();
    if !url.path().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
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
    fn a_link_stays_on_the_origin_and_below_the_path() {
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
            assert_eq!(follow(&base, &from, good).map(String::from).as_deref(), Ok(to), "{good}");
        }
        let long = format!("?skip={}", "1".repeat(MOST));
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
            assert!(follow(&base, &from, bad).is_err(), "{bad}");
        }
    }
}
