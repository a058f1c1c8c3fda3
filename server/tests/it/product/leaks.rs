//! A29: after a full run with every kind of refusal, nothing that was typed lies about anywhere.

use super::world::{BIRTHDATE, FIRST, NEW, Product, WRONG, text};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

const WEAK: &str = "Welkom-Janssen-Zwak-1";
const SHORT: &str = "Kort-Geheim";
const TYPO: &str = "Getypt.In.Verkeerd.Veld";

/// A character per byte: the standard library searches in text, and not in bytes.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The forms in which a text could stand somewhere.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex = |bytes: &[u8]| server::keys::hex(bytes).into_bytes();
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

#[tokio::test]
async fn a29_no_password_code_birthdate_or_cookie_is_left_anywhere() {
    let mut product = Product::start().await;
    // At its most talkative, as an operator has it who looks for an error.
    let settings = product.demo.settings();
    let quiet = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("log = \"trace\"\n{quiet}")).unwrap();
    product.crash_and_restart().await;

    let mut browser = product.browser();
    let (mut cookies, mut codes) = (Vec::new(), vec![]);
    browser.identify(TYPO).await;
    browser.identify("A.Janssen").await;
    cookies.extend(browser.cookie.clone());
    browser.birthdate("1984-10-32").await;
    browser.birthdate("1984-10-02").await;
    codes.push(product.demo.entrust.wrong_code("A.Janssen").unwrap());
    browser.code(&codes[0]).await;
    browser.birthdate(BIRTHDATE).await;
    assert_eq!(browser.code(&codes[0]).await.named(), "not_verified");
    browser.code("1234567x").await;
    product.demo.entrust.break_down_everywhere(&end2end::entrust::Fault::Garbage);
    codes.push(product.code("A.Janssen"));
    assert_eq!(browser.code(&codes[1]).await.named(), "unavailable");
    product.demo.entrust.mend();
    assert_eq!(browser.code(&codes[1]).await.named(), "password");
    cookies.extend(browser.cookie.clone());
    for weak in [WEAK, SHORT, FIRST] {
        assert_eq!(browser.password(weak).await.named(), "weak_password");
    }
    browser.post("password", &serde_json::json!({ "wachtwoord": NEW })).await;
    browser.post("password", &serde_json::json!({ NEW: 1 })).await;
    product.directory().set_fault(Some(end2end::directory::Fault::CutBeforeModify));
    assert_eq!(browser.password(NEW).await.named(), "unavailable");
    product.directory().set_fault(None);
    assert_eq!(browser.password(NEW).await.named(), "done");
    cookies.extend(browser.device.clone());
    let query = format!("{}/wachtwoordreset?password={NEW}&code={}", product.demo.origin(), codes[1]);
    text(&browser, &query).await;
    text(&browser, &format!("{}/{NEW}", product.demo.origin())).await;
    let mut stranger = product.browser();
    stranger.reach_code("C.Peters").await;
    stranger.code(WRONG).await;

    let mut places = vec![];
    let (_, metrics) = text(&browser, &format!("{}/metrics", product.demo.admin_url)).await;
    assert!(metrics.contains("reset_passwords_set_total 1"), "{metrics}");
    places.push(("metrics".to_owned(), metrics.into_bytes()));
    let (_, status) = text(&browser, &format!("{}/status", product.demo.admin_url)).await;
    places.push(("status".to_owned(), status.into_bytes()));
    for file in std::fs::read_dir(&product.demo.folder).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        // These the demo itself wrote.
        if ["settings.toml", "demo.json", "registered.csv", "bind_password", "key", "ca.pem"]
            .contains(&name.as_str())
        {
            continue;
        }
        places.push((name, std::fs::read(file.path()).unwrap()));
    }
    let names: Vec<_> = places.iter().map(|(name, _)| name.as_str()).collect();
    for expected in ["server.log", "audit.jsonl", "reset.db", "reset.db-wal"] {
        assert!(names.contains(&expected), "{names:?}");
    }
    let log = product.log();
    assert!(log.contains("TRACE") && log.contains("ready at"), "{log}");

    let mut secrets: Vec<(&str, String)> =
        vec![("bind password", end2end::directory::content::SVC_PASSWORD.into())];
    secrets.extend([NEW, WEAK, SHORT, FIRST].map(|password| ("password", password.to_owned())));
    secrets.extend(codes.into_iter().map(|code| ("code", code)));
    secrets.push(("name", TYPO.to_owned()));
    secrets.push(("mobile", "600000000".to_owned()));
    for birthdate in
        ["1984-10-01", "01-10-1984", "1-10-1984", "19841001", "01101984", "1984-10-02", "1984-10-32"]
    {
        secrets.push(("birthdate", birthdate.to_owned()));
    }
    for cookie in &cookies {
        secrets.push(("cookie", cookie.split_once('=').unwrap().1.to_owned()));
    }
    assert_eq!(cookies.len(), 3);
    let written = |word: &str| places.iter().any(|(_, bytes)| latin1(bytes).contains(word));
    assert!(written("password_set") && written("/api/reset/password"), "the search finds what is there");
    for (place, bytes) in &places {
        let content = latin1(bytes);
        for (kind, secret) in &secrets {
            for form in forms(secret) {
                if let Some((before, after)) = content.split_once(&latin1(&form)) {
                    let before: String = before.chars().rev().take(300).collect();
                    let before: String = before.chars().rev().collect();
                    let after: String = after.chars().take(100).collect();
                    panic!("a {kind} is in {place}: {before}###{after}");
                }
            }
        }
        for cookie in &cookies {
            let raw = URL_SAFE_NO_PAD.decode(cookie.split_once('=').unwrap().1).unwrap();
            assert!(!content.contains(&latin1(&raw)), "a visit's id is in {place}");
        }
    }
}
