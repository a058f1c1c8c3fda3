//! A4, A21: parallel requests over real connections.

use super::world::{NEW_PASSWORD, Product};
use end2end::entrust::Endpoint;
use futures::future::join_all;
use futures::stream::{self, StreamExt as _};

/// Limited because queued requests of the product time out, and because each request has a connection of its own: those that end
/// count too, and beyond `connections.per_address` (64) a new one displaces one whose request was not sent yet.
const MAX_PARALLEL_REQUESTS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a04_fifty_parallel_requests_with_one_correct_code_complete_one_challenge() {
    let product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    let code = product.code("A.Janssen");
    let posts = (0..50).map(|_| {
        let (mut browser, code) = (browser.clone(), code.clone());
        tokio::spawn(async move {
            let answer = browser.code(&code).await;
            (answer.outcome().to_owned(), browser.cookie)
        })
    });
    let answers: Vec<_> = join_all(posts).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(product.demo.entrust.count(Endpoint::Complete), 1);
    // A late request may find the session verified; the same code then returns the password step.
    assert!(
        answers.iter().all(|(name, _)| ["password", "in_progress"].contains(&name.as_str())),
        "{answers:?}"
    );
    let (_, cookie) = answers.into_iter().find(|(name, _)| name == "password").unwrap();
    browser.cookie = cookie;
    let posts = (0..20).map(|_| {
        let mut browser = browser.clone();
        tokio::spawn(async move { browser.password(NEW_PASSWORD).await.outcome().to_owned() })
    });
    let answers: Vec<_> = join_all(posts).await.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|name| ["done", "in_progress"].contains(&name.as_str())), "{answers:?}");
    assert!(answers.iter().any(|name| name == "done"));
    assert_eq!(product.directory().writes(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a21_two_hundred_wrong_codes_reach_entrust_no_more_often_than_the_account_budget() {
    let product = Product::start().await;
    let sessions = (0..200).map(async |_| {
        let mut browser = product.browser();
        browser.reach_code("A.Janssen").await;
        browser
    });
    let sessions: Vec<_> = stream::iter(sessions).buffer_unordered(MAX_PARALLEL_REQUESTS).collect().await;
    // Codes of six digits, all different; none of them can be correct.
    let posts = sessions
        .into_iter()
        .enumerate()
        .map(async |(number, mut browser)| browser.code(&format!("{number:06}")).await.masked());
    let answers: Vec<_> = stream::iter(posts).buffer_unordered(MAX_PARALLEL_REQUESTS).collect().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert!(answers[0].contains("not_verified"), "{}", answers[0]);
    assert_eq!(product.demo.entrust.count(Endpoint::Query), 200, "every request follows the same path");
    // Parallel requests are refused without a verification.
    let completed = product.demo.entrust.count(Endpoint::Complete);
    assert!((1..=3).contains(&completed), "{completed}");
    assert_eq!(product.demo.entrust.count_for(Endpoint::Complete, "A.Janssen"), completed);
}
