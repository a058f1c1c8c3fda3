//! The observable part of an answer. What differs between any two answers is masked: the date, the request id, the
//! reference, remaining seconds, values of cookies, and the name as it was typed.

use std::fmt;

/// An answer as it was received.
#[derive(Debug, Clone)]
pub struct RawAnswer {
    /// The status.
    pub status: u16,
    /// Names and values, in any order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// An answer without its masked parts. Two classes must not differ in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    size: usize,
}

/// Values that differ between any two answers.
const MASKED_HEADERS: [&str; 2] = ["date", "x-request-id"];
const MASKED_FIELDS: [&str; 2] = ["reference", "expires_in"];

impl Shape {
    /// The shape of an answer about the user name `typed`.
    pub fn of(answer: &RawAnswer, typed: &str) -> Self {
        let quoted = format!("\"{typed}\"");
        // The answer contains the name as it was typed, so its length is known to the client.
        let echoed = answer.body.matches(&quoted).count() * typed.len();
        let mut body = answer.body.replace(&quoted, "\"#\"");
        for field in MASKED_FIELDS {
            body = mask(&body, field);
        }
        let mut headers: Vec<_> = answer
            .headers
            .iter()
            .map(|(name, value)| {
                let value = match name.as_str() {
                    name if MASKED_HEADERS.contains(&name) => "#".to_owned(),
                    "set-cookie" => mask_cookie(value),
                    "content-length" => value
                        .parse::<usize>()
                        .map_or_else(|_| value.clone(), |n| (n - echoed.min(n)).to_string()),
                    _ => value.clone(),
                };
                (name.clone(), value)
            })
            .collect();
        headers.sort();
        Self { status: answer.status, headers, body, size: answer.body.len() - echoed }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// What differs from another shape, for the operator.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        if self.status != other.status {
            differences.push(format!("status {} / {}", self.status, other.status));
        }
        if self.size != other.size {
            differences.push(format!("size {} / {}", self.size, other.size));
        }
        if self.body != other.body {
            differences.push(format!("body {} / {}", self.body, other.body));
        }
        let missing = |one: &Self, other: &Self| {
            let headers = one.headers.iter().filter(|header| !other.headers.contains(header));
            headers.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
        };
        if self.headers != other.headers {
            differences.push(format!("headers [{}] / [{}]", missing(self, other), missing(other, self)));
        }
        differences
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({} bytes)", self.status, self.body, self.size)
    }
}

/// Replaces the value of a field, a text without escapes or a number.
fn mask(body: &str, field: &str) -> String {
    let key = format!("\"{field}\":");
    let Some((before, rest)) = body.split_once(&key) else { return body.to_owned() };
    let end = rest.find([',', '}']).unwrap_or(rest.len());
    format!("{before}{key}#{}", rest.get(end..).unwrap_or_default())
}

/// Keeps the name, the attributes and the length of the value.
fn mask_cookie(cookie: &str) -> String {
    let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    format!("{name}=#{};{attributes}", value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(name: &str, reference: &str, cookie: &str, left: u32) -> RawAnswer {
        let body = format!(
            "{{\"refusal\":\"not_verified\",\"reference\":\"{reference}\",\"attempts_left\":{left},\"username\":\"{name}\"}}"
        );
        let headers = vec![
            ("content-length".to_owned(), body.len().to_string()),
            ("date".to_owned(), reference.to_owned()),
            ("set-cookie".to_owned(), format!("visit={cookie}; Path=/")),
        ];
        RawAnswer { status: 403, headers, body }
    }

    #[test]
    fn answers_that_differ_in_masked_parts_have_the_same_shape() {
        let one = Shape::of(&answer("A.Janssen", "K7Q2-9F4M", "abcd", 4), "A.Janssen");
        assert_eq!(one, Shape::of(&answer("N.Obody.Long", "AAAA-BBBB", "efgh", 4), "N.Obody.Long"));
        for (other, what) in [
            (answer("A.Janssen", "K7Q2-9F4M", "abcd", 3), "body"),
            (answer("A.Janssen", "K7Q2-9F4MX", "abcd", 4), "size"),
            (answer("A.Janssen", "K7Q2-9F4M", "abcde", 4), "headers"),
            (RawAnswer { status: 503, ..answer("A.Janssen", "K7Q2-9F4M", "abcd", 4) }, "status"),
        ] {
            let differences = one.differences(&Shape::of(&other, "A.Janssen"));
            assert!(differences.iter().any(|text| text.starts_with(what)), "{what}: {differences:?}");
        }
    }
}
