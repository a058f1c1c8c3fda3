//! Searches every output of the product for secrets, in every encoding in which they could be written.

use crate::product::world::{Browser, Product, get_text};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// The name of an output and its content.
pub(super) struct Place(String, Vec<u8>);

/// One character per byte, because the standard library searches text but not bytes.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The encodings in which a text could be written.
fn encodings(text: &str) -> Vec<Vec<u8>> {
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes).into_bytes();
    vec![
        text.as_bytes().to_vec(),
        hex(text.as_bytes()),
        hex(&utf16),
        STANDARD.encode(text).into_bytes(),
        format!("{:?}", text.as_bytes()).trim_matches(['[', ']']).as_bytes().to_vec(),
        format!("{utf16:?}").trim_matches(['[', ']']).as_bytes().to_vec(),
        utf16,
    ]
}

/// Files that the demo writes, not the product.
const DEMO_FILES: &[&str] = &[
    "settings.toml",
    "demo.json",
    "registered.csv",
    "bind_password",
    "key",
    "ca.pem",
    "mail_password",
    "mail_ca.pem",
    "entrust_admin_secret",
    "sms_token",
];

/// Reads the metrics, the status page and every file that the product writes.
pub(super) async fn places(product: &Product, browser: &Browser) -> Vec<Place> {
    let mut places = vec![];
    for page in ["metrics", "status"] {
        let (_, body) = get_text(browser, &format!("{}/{page}", product.demo.admin_url)).await;
        // A sum such as 0.042000000000000003 contains the code 00000000.
        let body: Vec<&str> =
            body.lines().map(|line| if line.contains("_sum") { series(line) } else { line }).collect();
        places.push(Place(page.to_owned(), body.join("\n").into_bytes()));
    }
    for file in std::fs::read_dir(&product.demo.folder).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        if !DEMO_FILES.contains(&name.as_str()) {
            let content = std::fs::read(file.path()).unwrap();
            // The first line of the chain follows a digest of zeros, and the number of the last one is padded with
            // zeros: they contain the code 00000000.
            let content = match name.as_str() {
                "audit.jsonl" => {
                    String::from_utf8(content).unwrap().replace(&"0".repeat(64), "").into_bytes()
                }
                "audit.jsonl.chain" => content.into_iter().skip_while(|byte| *byte != b' ').collect(),
                _ => content,
            };
            places.push(Place(name, content));
        }
    }
    let names: Vec<_> = places.iter().map(|Place(name, _)| name.as_str()).collect();
    for expected in ["server.log", "audit.jsonl", "reset.db", "reset.db-wal"] {
        assert!(names.contains(&expected), "{names:?}");
    }
    places
}

/// The name and the labels of a line of `/metrics`.
fn series(line: &str) -> &str {
    line.rsplit_once(' ').map_or(line, |(series, _)| series)
}

/// Whether a word is in any place; proves that the search can find something.
pub(super) fn is_written(places: &[Place], word: &str) -> bool {
    places.iter().any(|Place(_, bytes)| latin1(bytes).contains(word))
}

/// Panics if one of the secrets, each with its kind, is in one of the places.
pub(super) fn search(places: &[Place], secrets: &[(&str, String)]) {
    for Place(place, bytes) in places {
        let content = latin1(bytes);
        for (kind, secret) in secrets {
            for encoded in encodings(secret) {
                if let Some((before, after)) = content.split_once(&latin1(&encoded)) {
                    let before: String = before.chars().rev().take(300).collect();
                    let before: String = before.chars().rev().collect();
                    let after: String = after.chars().take(100).collect();
                    panic!("a {kind} is in {place}: {before}###{after}");
                }
            }
        }
    }
}

/// Panics if the value of one of the cookies is in one of the places, as text or as bytes.
pub(super) fn search_cookies(places: &[Place], cookies: &[String]) {
    for cookie in cookies {
        let value = cookie.split_once('=').unwrap().1;
        search(places, &[("cookie", value.to_owned())]);
        let raw = URL_SAFE_NO_PAD.decode(value).unwrap();
        for Place(place, bytes) in places {
            assert!(!latin1(bytes).contains(&latin1(&raw)), "an id is in {place}");
        }
    }
}

/// Restarts the product with log level `trace`, as an operator may set it to find an error.
pub(super) async fn enable_trace_log(product: &mut Product) {
    let settings = product.demo.settings();
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("log = \"trace\"\n{text}")).unwrap();
    product.crash_and_restart().await;
}
