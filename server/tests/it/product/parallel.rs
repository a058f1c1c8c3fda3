//! A4, A21: many requests at once, over real connections.

use super::world::{NEW, Product};
use end2end::entrust::Endpoint;
use futures::future::join_all;
use futures::stream::{self, StreamExt as _};

/// Side by side. The product has limits of time for its queues, and all the others' tests run beside these.
const AT_ONCE: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a04_fifty_posts_of_one_right_code_are_one_call_to_complete() {
    let product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    let code = product.code("A.Janssen");
    let posts = (0..50).map(|_| {
        let (mut browser, code) = (browser.clone(), code.clone());
        tokio::spawn(async move {
            let answer = browser.code(&code).await;
            (answer.named().to_owned(), browser.cookie)
        })
    });
    let answers: Vec<_> = join_all(posts).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(product.demo.entrust.count(Endpoint::Complete), 1);
    // A late one finds the proof given, and gets it by the same code.
    assert!(
        answers.iter().all(|(name, _)| ["password", "in_progress"].contains(&name.as_str())),
        "{answers:?}"
    );
    let (_, cookie) = answers.into_iter().find(|(name, _)| name == "password").unwrap();
    browser.cookie = cookie;
    let posts = (0..20).map(|_| {
        let mut browser = browser.clone();
        tokio::spawn(async move { browser.password(NEW).await.named().to_owned() })
    });
    let answers: Vec<_> = join_all(posts).await.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|name| ["done", "in_progress"].contains(&name.as_str())), "{answers:?}");
    assert!(answers.iter().any(|name| name == "done"));
    assert_eq!(product.directory().writes(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a21_two_hundred_wrong_codes_reach_entrust_no_more_often_than_the_hidden_budget() {
    let product = Product::start().await;
    let visits = (0..200).map(async |_| {
        let mut browser = product.browser();
        browser.reach_code("A.Janssen").await;
        browser
    });
    let visits: Vec<_> = stream::iter(visits).buffer_unordered(AT_ONCE).collect().await;
    // Six digits: none of them can be right, and no two are the same.
    let posts = visits
        .into_iter()
        .enumerate()
        .map(async |(number, mut browser)| browser.code(&format!("{number:06}")).await.masked());
    let answers: Vec<_> = stream::iter(posts).buffer_unordered(AT_ONCE).collect().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert!(answers[0].contains("not_verified"), "{}", answers[0]);
    assert_eq!(product.demo.entrust.count(Endpoint::Query), 200, "everybody takes the same road");
    // Those that were side by side had no turn to be judged.
    let completed = product.demo.entrust.count(Endpoint::Complete);
    assert!((1..=3).contains(&completed), "{completed}");
    assert_eq!(product.demo.entrust.count_for(Endpoint::Complete, "A.Janssen"), completed);
}
