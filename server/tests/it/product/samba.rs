//! The same against a real Active Directory: a Samba domain controller of these tests' own.

use super::world::{BIRTHDATE, FIRST, NEW, Product, WRONG};
use end2end::demo::OtherDirectory;
use end2end::samba::Samba;
use end2end::tls::Authority;

/// One controller and one product for all of it: a start takes seconds.
#[tokio::test]
async fn the_whole_job_against_samba() {
    let authority = Authority::new().unwrap();
    let samba = Samba::start(&authority).await.unwrap();
    let directory = OtherDirectory { url: samba.url(), ca: authority.pem() };
    let product = Product::with(false, Some(directory)).await;

    an_employee_sets_a_new_password(&product).await;
    whoever_is_locked_out_is_let_in_again(&product).await;
    who_may_not_be_reset_is_refused_and_left_alone(&product).await;
    the_directorys_own_no_is_told(&product).await;
    let check = product.command(&["check"]).await;
    assert_eq!(check.code, 0, "{}", check.out);
}

async fn an_employee_sets_a_new_password(product: &Product) {
    assert_eq!(product.verify_password("A.Janssen", FIRST).await, Some(true));
    let mut browser = product.browser();
    browser.reach_password(product, "A.Janssen").await;
    let step = browser.current().await.json;
    assert_eq!(step["rules"]["min_length"], 12);
    assert_eq!(step["personal"], serde_json::json!(["a.janssen", "anna", "janssen"]));
    assert_eq!(browser.password(NEW).await.named(), "done");
    assert_eq!(product.verify_password("A.Janssen", NEW).await, Some(true));
    // A real one lets the previous password sign in for a while over NTLM, not in a bind.
    assert_eq!(product.verify_password("A.Janssen", FIRST).await, Some(false));
}

async fn whoever_is_locked_out_is_let_in_again(product: &Product) {
    assert_eq!(product.verify_password("B.Smits", FIRST).await, None);
    let mut browser = product.browser();
    browser.reach_password(product, "B.Smits").await;
    assert_eq!(browser.password(NEW).await.named(), "done");
    assert_eq!(product.verify_password("B.Smits", NEW).await, Some(true));
}

async fn who_may_not_be_reset_is_refused_and_left_alone(product: &Product) {
    let mut first = None;
    for (name, birthdate) in [
        ("G.Oezdemir", "1995-05-06"),
        ("C.Peters", "1979-06-15"),
        ("D.Willems", "1975-03-03"),
        ("E.Hendriks", "1990-12-24"),
        ("N.Iemand", BIRTHDATE),
    ] {
        let known = name != "N.Iemand";
        let before = if known { Some(product.account(name).await) } else { None };
        let mut browser = product.browser();
        browser.identify(name).await;
        browser.birthdate(birthdate).await;
        let code = product.demo.entrust.unused_code(name).unwrap_or(WRONG.to_owned());
        let answer = browser.code(&code).await;
        assert_eq!(answer.named(), "not_verified", "{name}");
        assert_eq!(browser.password(NEW).await.named(), "start_again", "{name}");
        match &first {
            None => first = Some(answer.masked()),
            Some(first) => assert_eq!(first, &answer.masked(), "{name}"),
        }
        if let Some(before) = before {
            assert_eq!(product.account(name).await, before, "{name}");
        }
    }
    for name in ["G.Oezdemir", "D.Willems", "E.Hendriks"] {
        assert_eq!(product.verify_password(name, FIRST).await, Some(true), "{name}");
    }
}

/// F.Vermeulen is under a stricter policy, which the product reads before it asks.
async fn the_directorys_own_no_is_told(product: &Product) {
    let mut browser = product.browser();
    browser.reach_password(product, "F.Vermeulen").await;
    assert_eq!(browser.current().await.json["rules"]["min_length"], 16);
    let refused = browser.password("Zomer-Kan-87?p").await;
    assert_eq!(refused.json["breaches"][0]["breach"], "too_short", "{}", refused.json);
    assert_eq!(product.verify_password("F.Vermeulen", FIRST).await, Some(true));
    assert_eq!(browser.password(NEW).await.named(), "done");
    assert_eq!(product.verify_password("F.Vermeulen", NEW).await, Some(true));
}
