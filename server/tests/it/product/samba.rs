//! A complete reset against a real Active Directory, a Samba domain controller.

use super::world::{BIRTHDATE, CURRENT_PASSWORD, NEW_PASSWORD, Product, WRONG_CODE};
use end2end::demo::OtherDirectory;
use end2end::samba::Samba;
use end2end::tls::Authority;

/// All cases share one controller and one product, because a start takes seconds.
#[tokio::test]
async fn complete_reset_against_samba() {
    let authority = Authority::new().unwrap();
    let samba = Samba::start(&authority).await.unwrap();
    let directory = OtherDirectory::active_directory(samba.url(), authority.pem());
    let product = Product::with(false, Some(directory)).await;

    employee_sets_a_new_password(&product).await;
    reset_unlocks_a_locked_account(&product).await;
    ineligible_account_is_refused_and_not_written(&product).await;
    stricter_policy_of_the_directory_applies(&product).await;
    let check = product.command(&["check"]).await;
    assert_eq!(check.code, 0, "{}", check.out);
}

async fn employee_sets_a_new_password(product: &Product) {
    assert_eq!(product.verify_password("A.Janssen", CURRENT_PASSWORD).await, Some(true));
    let mut browser = product.browser();
    browser.reach_password(product, "A.Janssen").await;
    let step = browser.current().await.json;
    assert_eq!(step["rules"]["min_length"], 12);
    assert_eq!(step["personal"], serde_json::json!(["a.janssen", "anna", "janssen"]));
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    assert_eq!(product.verify_password("A.Janssen", NEW_PASSWORD).await, Some(true));
    // A real domain controller accepts the previous password for a while over NTLM, but not in a bind.
    assert_eq!(product.verify_password("A.Janssen", CURRENT_PASSWORD).await, Some(false));
}

async fn reset_unlocks_a_locked_account(product: &Product) {
    assert_eq!(product.verify_password("B.Smits", CURRENT_PASSWORD).await, None);
    let mut browser = product.browser();
    browser.reach_password(product, "B.Smits").await;
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    assert_eq!(product.verify_password("B.Smits", NEW_PASSWORD).await, Some(true));
}

async fn ineligible_account_is_refused_and_not_written(product: &Product) {
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
        let code = product.demo.entrust.unused_code(name).unwrap_or(WRONG_CODE.to_owned());
        let answer = browser.code(&code).await;
        assert_eq!(answer.outcome(), "not_verified", "{name}");
        assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "start_again", "{name}");
        match &first {
            None => first = Some(answer.masked()),
            Some(first) => assert_eq!(first, &answer.masked(), "{name}"),
        }
        if let Some(before) = before {
            assert_eq!(product.account(name).await, before, "{name}");
        }
    }
    for name in ["G.Oezdemir", "D.Willems", "E.Hendriks"] {
        assert_eq!(product.verify_password(name, CURRENT_PASSWORD).await, Some(true), "{name}");
    }
}

/// F.Vermeulen has a stricter policy, which the product reads before the password step.
async fn stricter_policy_of_the_directory_applies(product: &Product) {
    let mut browser = product.browser();
    browser.reach_password(product, "F.Vermeulen").await;
    assert_eq!(browser.current().await.json["rules"]["min_length"], 16);
    let refused = browser.password("Zomer-Kan-87?p").await;
    assert_eq!(refused.json["breaches"][0]["breach"], "too_short", "{}", refused.json);
    assert_eq!(product.verify_password("F.Vermeulen", CURRENT_PASSWORD).await, Some(true));
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    assert_eq!(product.verify_password("F.Vermeulen", NEW_PASSWORD).await, Some(true));
}
