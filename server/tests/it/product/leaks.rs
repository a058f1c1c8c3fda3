//! A29: after a complete run with every kind of refusal, no secret is in any file, log or metric of the product.

mod search;

use super::world::{BIRTHDATE, CURRENT_PASSWORD, NEW_PASSWORD, Product, WRONG_CODE, get_text};
use search::{enable_trace_log, is_written, places, search, search_cookies};
use serde_json::json;

const WEAK: &str = "Welkom-Janssen-Zwak-1";
const SHORT: &str = "Kort-Geheim";
const TYPO: &str = "Getypt.In.Verkeerd.Veld";

#[tokio::test]
async fn a29_no_password_code_birthdate_or_cookie_is_stored_or_logged() {
    let mut product = Product::start().await;
    enable_trace_log(&mut product).await;

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
    assert_eq!(browser.code(&codes[0]).await.outcome(), "not_verified");
    browser.code("1234567x").await;
    product.demo.entrust.set_fault_everywhere(&end2end::entrust::Fault::Garbage);
    codes.push(product.code("A.Janssen"));
    assert_eq!(browser.code(&codes[1]).await.outcome(), "unavailable");
    product.demo.entrust.clear_faults();
    assert_eq!(browser.code(&codes[1]).await.outcome(), "password");
    cookies.extend(browser.cookie.clone());
    for weak in [WEAK, SHORT, CURRENT_PASSWORD] {
        assert_eq!(browser.password(weak).await.outcome(), "weak_password");
    }
    browser.post("password", &json!({ "wachtwoord": NEW_PASSWORD })).await;
    browser.post("password", &json!({ NEW_PASSWORD: 1 })).await;
    product.directory().set_fault(Some(end2end::directory::Fault::CutBeforeModify));
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "unavailable");
    product.directory().set_fault(None);
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    cookies.extend(browser.device.clone());
    let query =
        format!("{}/wachtwoordreset?password={NEW_PASSWORD}&code={}", product.demo.origin(), codes[1]);
    get_text(&browser, &query).await;
    get_text(&browser, &format!("{}/{NEW_PASSWORD}", product.demo.origin())).await;
    let mut other = product.browser();
    other.reach_code("C.Peters").await;
    other.code(WRONG_CODE).await;

    let places = places(&product, &browser).await;
    let log = product.log();
    assert!(log.contains("TRACE") && log.contains("ready at"), "{log}");

    let mut secrets: Vec<(&str, String)> =
        vec![("bind password", end2end::directory::content::SVC_PASSWORD.into())];
    secrets.extend(
        [NEW_PASSWORD, WEAK, SHORT, CURRENT_PASSWORD].map(|password| ("password", password.to_owned())),
    );
    secrets.extend(codes.into_iter().map(|code| ("code", code)));
    secrets.push(("name", TYPO.to_owned()));
    secrets.push(("mobile", "612345601".to_owned()));
    for birthdate in
        ["1984-10-01", "01-10-1984", "1-10-1984", "19841001", "01101984", "1984-10-02", "1984-10-32"]
    {
        secrets.push(("birthdate", birthdate.to_owned()));
    }
    assert_eq!(cookies.len(), 3);
    for written in ["password_set", "/api/reset/password", "reset_passwords_set_total 1"] {
        assert!(is_written(&places, written), "the search works: {written}");
    }
    search(&places, &secrets);
    search_cookies(&places, &cookies);
}

#[tokio::test]
async fn a29_no_number_password_birthdate_or_code_of_a_registration_is_stored_or_logged() {
    let mut product = Product::start().await;
    enable_trace_log(&mut product).await;
    let mut browser = product.browser();
    let mut cookies = Vec::new();
    for (name, password) in [(TYPO, WEAK), ("A.Janssen", SHORT), ("A.Janssen", CURRENT_PASSWORD)] {
        browser.post_registration("sign_in", &json!({ "username": name, "password": password })).await;
    }
    cookies.extend(browser.cookie.clone());
    let code = product.code("A.Janssen");
    assert_eq!(browser.post_registration("code", &json!({ "code": code })).await.outcome(), "overview");
    cookies.extend(browser.cookie.clone());
    for mobile in ["0485-845900", "06-87654321"] {
        browser.post_registration("mobile", &json!({ "mobile": mobile })).await;
    }
    for birthdate in ["1984-10-32", "1985-11-02"] {
        browser.post_registration("birthdate", &json!({ "birthdate": birthdate })).await;
    }
    product.demo.entrust.set_fault_everywhere(&end2end::entrust::Fault::Garbage);
    let unavailable = browser.post_registration("mobile", &json!({ "mobile": "06-55544433" })).await;
    assert_eq!(unavailable.outcome(), "unavailable");
    product.demo.entrust.clear_faults();
    let started = browser.post_registration("activate", &json!({})).await;
    let activation = started.json["overview"]["activation"].clone();
    let link = activation["link"].as_str().unwrap().to_owned();

    // The messages are still queued or already sent; neither may leave them readable.
    let places = places(&product, &browser).await;
    for written in ["activation_begun", "/api/registration/mobile", "\"what\":\"mobile\""] {
        assert!(is_written(&places, written), "the search works: {written}");
    }
    let mut secrets: Vec<(&str, String)> = vec![
        ("code", code),
        ("name", TYPO.to_owned()),
        ("link", link.rsplit('/').next().unwrap().to_owned()),
        ("activation password", activation["password"].as_str().unwrap().to_owned()),
        ("secret", end2end::entrust::ADMIN_SECRET.to_owned()),
        ("mail address", end2end::people::mail_address("A.Janssen")),
    ];
    secrets.extend([WEAK, SHORT, CURRENT_PASSWORD].map(|password| ("password", password.to_owned())));
    secrets.extend(
        [
            "612345601",
            "687654321",
            "87654321",
            "06-87654321",
            "55544433",
            "06-55544433",
            "485845900",
            "0485-845900",
        ]
        .map(|mobile| ("mobile", mobile.to_owned())),
    );
    secrets.extend(
        ["1984-10-01", "1985-11-02", "02-11-1985", "19851102"].map(|date| ("birthdate", date.to_owned())),
    );
    search(&places, &secrets);
    assert_eq!(cookies.len(), 2);
    search_cookies(&places, &cookies);
}
