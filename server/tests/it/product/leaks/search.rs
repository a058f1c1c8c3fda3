//! Where something could be left behind, and looking for it in all the forms it could have. Not what must not be
//! there: the tests say that.

use crate::product::world::{Browser, Product, text};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// A place's name and everything in it.
pub(super) struct Place(String, Vec<u8>);

/// A character per byte: the standard library searches in text, and not in bytes.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The forms in which a text could stand somewhere.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex = |bytes: &[u8]| server::crypto::hex(bytes).into_bytes();
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

/// What the demo itself wrote.
const OF_THE_DEMO: &[&str] = &[
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

/// Metrics, status, and every file of the product's own.
pub(super) async fn places(product: &Product, browser: &Browser) -> Vec<Place> {
    let mut places = vec![];
    for page in ["metrics", "status"] {
        let (_, said) = text(browser, &format!("{}/{page}", product.demo.admin_url)).await;
        places.push(Place(page.to_owned(), said.into_bytes()));
    }
    for file in std::fs::read_dir(&product.demo.folder).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        if !OF_THE_DEMO.contains(&name.as_str()) {
            places.push(Place(name, std::fs::read(file.path()).unwrap()));
        }
    }
    let names: Vec<_> = places.iter().map(|Place(name, _)| name.as_str()).collect();
    for expected in ["server.log", "audit.jsonl", "reset.db", "reset.db-wal"] {
        assert!(names.contains(&expected), "{names:?}");
    }
    places
}

/// Whether a word is in any of them: a search that finds nothing must be one that could.
pub(super) fn is_written(places: &[Place], word: &str) -> bool {
    places.iter().any(|Place(_, bytes)| latin1(bytes).contains(word))
}

/// Falls over where one of the secrets, each with its kind, is in one of the places.
pub(super) fn search(places: &[Place], secrets: &[(&str, String)]) {
    for Place(place, bytes) in places {
        let content = latin1(bytes);
        for (kind, secret) in secrets {
            for form in forms(secret) {
                if let Some((before, after)) = content.split_once(&latin1(&form)) {
                    let before: String = before.chars().rev().take(300).collect();
                    let before: String = before.chars().rev().collect();
                    let after: String = after.chars().take(100).collect();
                    panic!("a {kind} is in {place}: {before}###{after}");
                }
            }
        }
    }
}

/// The same for the ids in cookies, as text and as bytes.
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

/// As an operator has it who looks for an error: at its most talkative.
pub(super) async fn talkative(product: &mut Product) {
    let settings = product.demo.settings();
    let quiet = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("log = \"trace\"\n{quiet}")).unwrap();
    product.crash_and_restart().await;
}
