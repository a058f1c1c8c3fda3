//! «Dit was ik niet» in the complete product: the link in a mail freezes the account until the service desk lifts it.

use super::world::{Browser, NEW_PASSWORD, Product, get_text};
use end2end::people::mail_address;
use std::time::Duration;

/// The link in the mail about a reset.
async fn link_in_mail(product: &Product) -> String {
    let delivery = tokio::time::timeout(Duration::from_mins(1), product.demo.mailbox.arrived(1));
    assert!(delivery.await.is_ok(), "{}", product.log());
    let mails = product.demo.mailbox.received_by(&mail_address("A.Janssen"));
    let text = mails[0].text();
    let link = text.split_whitespace().find(|word| word.contains("/dit-was-ik-niet/"));
    link.unwrap_or_else(|| panic!("{text}")).to_owned()
}

/// Presses the button of the page of a link, as a browser does.
async fn press(browser: &Browser, link: &str) -> (u16, String) {
    let request = browser.client.post(link).header("origin", &browser.origin);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body("confirm=yes");
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn a36_link_in_a_mail_freezes_the_account_until_an_operator_lifts_it() {
    let product = Product::start().await;
    let mut thief = product.browser();
    thief.reach_password(&product, "A.Janssen").await;
    assert_eq!(thief.password(NEW_PASSWORD).await.outcome(), "done");
    // A session that is verified already when the owner reacts.
    let mut second = product.browser();
    second.reach_password(&product, "A.Janssen").await;

    let link = link_in_mail(&product).await;
    assert!(link.starts_with(product.demo.origin()), "{link}");
    let owner = product.browser();
    let frozen = |product: &Product| {
        product.audit_log().iter().filter(|line| line["event"]["event"] == "frozen").count()
    };
    // A mail scanner opens the link.
    let (status, page) = get_text(&owner, &link).await;
    assert!(status == 200 && page.contains("Blokkeer mijn account"), "{status} {page}");
    assert_eq!(frozen(&product), 0);
    let (status, page) = press(&owner, &link).await;
    assert!(status == 200 && page.contains("Je account is geblokkeerd"), "{status} {page}");
    assert_eq!(frozen(&product), 1);
    let (_, metrics) = get_text(&owner, &format!("{}/metrics", product.demo.admin_url)).await;
    assert!(metrics.contains("accounts_frozen_total{by=\"link\"} 1"), "{metrics}");

    // The verified session sets nothing, and a new one gets the answer of a wrong code.
    assert_ne!(second.password(&format!("{NEW_PASSWORD}2")).await.outcome(), "done");
    let mut third = product.browser();
    third.reach_code("A.Janssen").await;
    assert_eq!(third.code(&product.code("A.Janssen")).await.outcome(), "not_verified");
    assert!(product.directory().has_password("A.Janssen", NEW_PASSWORD));
    let checked = product.command(&["check", "--test-user", "A.Janssen"]).await;
    assert!(checked.code == 1 && checked.out.contains("not reset: it is frozen since"), "{}", checked.out);

    let lifted = product.command(&["unfreeze", "A.Janssen"]).await;
    assert_eq!(lifted.code, 0, "{lifted:?}");
    let (status, page) = press(&owner, &link).await;
    assert!(!page.contains("Je account is geblokkeerd"), "the link works once: {status} {page}");
    let mut fourth = product.browser();
    fourth.reach_password(&product, "A.Janssen").await;
    assert_eq!(fourth.password(&format!("{NEW_PASSWORD}3")).await.outcome(), "done");
}
