//! Notices of the complete product: the mail about a reset is delivered, and shown on the simulated phone page.

use crate::product::world::{NEW_PASSWORD, Product, get_text, wait_for};
use end2end::mailbox::Fault;
use end2end::people::mail_address;
use serde_json::Value;
use std::time::Duration;

#[tokio::test]
async fn a36_mail_about_a_reset_is_delivered_within_a_minute() {
    let product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_password(&product, "A.Janssen").await;
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    let delivery = tokio::time::timeout(Duration::from_mins(1), product.demo.mailbox.arrived(1));
    assert!(delivery.await.is_ok(), "{}", product.log());
    let mails = product.demo.mailbox.received_by(&mail_address("A.Janssen"));
    assert_eq!(mails.len(), 1);
    assert!(mails[0].encrypted && mails[0].user.is_some());
    assert_eq!(mails[0].subject(), "Je wachtwoord is opnieuw ingesteld");
    // The name of this machine or, if it has none, the domain of mail.from.
    let hello = &mails[0].hello;
    assert!(hello.contains('.') && !hello.contains("localhost") && !hello.starts_with('['), "{hello}");
    assert!(mails[0].header("Message-ID").unwrap().ends_with(&format!("@{hello}>")));
    let link = format!("{}/wachtwoordreset", product.demo.origin());
    assert!(mails[0].text().contains(&link), "{}", mails[0].text());
    assert!(!mails[0].raw.contains(NEW_PASSWORD));

    let messages = format!("{}/A.Janssen/berichten", product.demo.phone_url);
    let (_, messages) = get_text(&browser, &messages).await;
    let messages: Value = serde_json::from_str(&messages).unwrap();
    // An SMS is sent at the same time; the order is not defined.
    let mail = messages.as_array().unwrap().iter().find(|message| message["way"] == "mail").unwrap();
    assert_eq!(mail["subject"], "Je wachtwoord is opnieuw ingesteld");
}

#[tokio::test]
async fn a33_reset_succeeds_without_a_mail_server_and_its_mail_is_sent_after_a_crash() {
    let mut product = Product::start().await;
    product.demo.mailbox.set_fault(Some(Fault::Hang));
    let mut browser = product.browser();
    browser.reach_password(&product, "A.Janssen").await;
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    wait_for("an attempt", async || (product.demo.mailbox.connections() > 0).then_some(())).await;
    product.demo.kill().await.unwrap();
    product.demo.mailbox.set_fault(None);
    assert_eq!(product.demo.mailbox.received(), []);
    product.demo.restart().await.unwrap();
    // The killed process had claimed the message for two minutes; the outbox is polled every 30 seconds.
    let delivery = tokio::time::timeout(Duration::from_mins(4), product.demo.mailbox.arrived(1));
    assert!(delivery.await.is_ok(), "{}", product.log());
    assert!(!product.log().to_lowercase().contains("janssen@"), "{}", product.log());
}
