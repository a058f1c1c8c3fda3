//! A successful reset: an employee sets a new password, and the directory accepts it at a sign-in.

use super::world::{CURRENT_PASSWORD, NEW_PASSWORD, Product};
use end2end::entrust::Endpoint;

#[tokio::test]
async fn employee_sets_a_new_password_and_signs_in_with_it() {
    let product = Product::start().await;
    assert_eq!(product.verify_password("A.Janssen", CURRENT_PASSWORD).await, Some(true));
    let mut browser = product.browser();
    browser.reach_password(&product, "A.Janssen").await;
    let done = browser.password(NEW_PASSWORD).await;
    assert_eq!(done.outcome(), "done", "{}", done.json);
    assert_eq!(done.json["applications"].as_array().unwrap().len(), 16);
    assert!(product.directory().has_password("A.Janssen", NEW_PASSWORD));
    assert_eq!(product.verify_password("A.Janssen", NEW_PASSWORD).await, Some(true));
    assert_eq!(product.verify_password("A.Janssen", CURRENT_PASSWORD).await, Some(false));
    assert_eq!(product.directory().writes(), 1);
    assert_eq!(product.demo.entrust.count(Endpoint::Complete), 1);
    let events: Vec<_> = product.audit_log().iter().map(|line| line["event"]["event"].clone()).collect();
    assert_eq!(events, ["imported", "visit_begun", "verified", "about_to_set", "password_set"]);
    // The session at Entrust is closed afterwards.
    product.demo.entrust.wait_for_open_sessions(0).await;
}

#[tokio::test]
async fn reset_unlocks_a_locked_account() {
    let product = Product::start().await;
    let locked = |product: &Product| product.directory().entry("B.Smits").unwrap().number("lockoutTime");
    assert_ne!(locked(&product), Some(0));
    assert_eq!(
        product.verify_password("B.Smits", CURRENT_PASSWORD).await,
        None,
        "locked out, so the password cannot be verified"
    );
    let mut browser = product.browser();
    browser.reach_password(&product, "B.Smits").await;
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    assert_eq!(locked(&product), Some(0));
    assert_eq!(product.verify_password("B.Smits", NEW_PASSWORD).await, Some(true));
}

#[tokio::test]
async fn password_rules_depend_on_the_account() {
    let product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_password(&product, "F.Vermeulen").await;
    let step = browser.current().await.json;
    assert_eq!((&step["rules"]["min_length"], &step["rules"]["history"]), (&16.into(), &24.into()));
    let refused = browser.password("Zomer-Kan-87?p").await;
    assert_eq!(refused.json["breaches"][0], serde_json::json!({ "breach": "too_short", "min": 16 }));
    let refused = browser.password(&format!("{CURRENT_PASSWORD}Anders")).await;
    assert_eq!(refused.status, 200, "{}", refused.json);
    let mut browser = product.browser();
    browser.reach_password(&product, "G.Oezdemir").await;
    let step = browser.current().await.json;
    assert_eq!(step["personal"], serde_json::json!(["g.oezdemir", "gül", "özdemir", "oezdemir"]));
    let refused = browser.password("Fiets-Özdemir-Kanaal-7").await;
    assert_eq!(refused.json["breaches"][0]["breach"], "contains_name");
    let refused = browser.password(CURRENT_PASSWORD).await;
    assert_eq!(refused.json["breaches"][0]["breach"], "in_history");
    assert!(product.directory().has_password("G.Oezdemir", CURRENT_PASSWORD));
    // The password is set exactly as typed, with combining marks, quotes and trailing spaces.
    let unusual = "Fie\u{301}ts \"🚲\" käse  ";
    assert_eq!(browser.password(unusual).await.outcome(), "done");
    assert_eq!(product.verify_password("G.Oezdemir", unusual).await, Some(true));
    assert_eq!(product.verify_password("G.Oezdemir", unusual.trim_end()).await, Some(false));
}

#[tokio::test]
async fn session_cookie_over_https_is_bound_to_host_and_scheme() {
    let product = Product::with(true, None).await;
    let mut browser = product.https_browser();
    assert!(browser.origin.starts_with("https://"));
    let answer = browser.identify("A.Janssen").await;
    assert_eq!(answer.headers["strict-transport-security"], "max-age=63072000");
    let line = answer.headers["set-cookie"].to_str().unwrap();
    assert!(line.starts_with("__Host-visit=") && line.contains("; Secure;"), "{line}");
    browser.reach_password(&product, "A.Janssen").await;
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    assert_eq!(product.verify_password("A.Janssen", NEW_PASSWORD).await, Some(true));
}
