//! The link of a notice: opening it changes nothing, the button of its page freezes the account.

use super::client::{Answer, Client, TestApi};
use crate::reset::frozen::{account, unfreeze};
use axum::body::Body;
use axum::http::{Request, header};
use jiff::SignedDuration;
use server::freeze::link::LinkToken;
use server::ports::audit::Event;
use server::ports::clock::Clock as _;
use server::ports::frozen_accounts::LINK_LIFETIME;
use server::ports::frozen_accounts::{FreezeLink, FreezeOrigin, FrozenAccounts as _};

const ORIGIN: &str = super::client::HTTPS;

/// The path of a new link for A.Janssen.
async fn link(api: &TestApi) -> String {
    let token = LinkToken::random().unwrap();
    let expires = api.world.clock.now() + LINK_LIFETIME;
    let link = FreezeLink { account: account(&api.world), expires, used: false };
    api.world.store.store_link(token.digest(), &link).await.unwrap();
    token.link("").to_string()
}

async fn press(client: &mut Client, path: &str, body: &'static str) -> Answer {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    client.send(request.body(Body::from(body)).unwrap()).await
}

async fn is_frozen(api: &TestApi) -> bool {
    api.world.store.find_freeze(account(&api.world)).await.unwrap().is_some()
}

#[tokio::test]
async fn a36_get_head_and_a_second_get_of_a_link_freeze_nothing() {
    let api = TestApi::new().await;
    let path = link(&api).await;
    let mut scanner = api.client().with_header("sec-purpose", "prefetch");
    for method in ["GET", "HEAD", "GET", "HEAD", "OPTIONS", "PUT", "DELETE"] {
        scanner.request(method, &path).await;
        assert!(!is_frozen(&api).await, "{method}");
    }
    let page = scanner.get(&path).await;
    assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
    assert!(page.text().contains("Blokkeer mijn account"), "{}", page.text());
    assert_eq!(page.header("etag"), None);
    assert!(api.world.audit.entries().is_empty());
}

#[tokio::test]
async fn a36_press_of_the_button_freezes_the_account_once() {
    let api = TestApi::new().await;
    let path = link(&api).await;
    let mut owner = api.client().with_header("sec-fetch-site", "same-origin");
    let frozen = press(&mut owner, &path, "confirm=yes").await;
    assert_eq!(frozen.status, 200);
    assert!(
        frozen.text().contains("<h1 id=\"heading\" tabindex=\"-1\">Je account is geblokkeerd</h1>"),
        "{}",
        frozen.text()
    );
    assert!(frozen.text().contains("0485"), "{}", frozen.text());
    assert!(is_frozen(&api).await);
    for again in [press(&mut owner, &path, "confirm=yes").await, owner.get(&path).await] {
        assert_eq!(again.status, 200);
        assert!(again.text().contains("Je account is al geblokkeerd"), "{}", again.text());
    }
    let entries = api.world.audit.entries();
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!(entries[0].event, Event::Frozen { by: FreezeOrigin::Link });
    assert_eq!(entries[0].network, "192.0.2.0/24");
    // Once the service desk has lifted the freeze, the link cannot freeze the account again.
    unfreeze(&api.world).await;
    assert_eq!(press(&mut owner, &path, "confirm=yes").await.status, 404);
    assert!(!is_frozen(&api).await);
}

#[tokio::test]
async fn a36_only_the_button_of_our_own_page_freezes_an_account() {
    let api = TestApi::new().await;
    let path = link(&api).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "none"),
        ("origin", "null"),
        ("origin", "https://evil.example"),
    ] {
        let refused = press(&mut api.client().with_header(name, value), &path, "confirm=yes").await;
        assert_eq!((refused.status, refused.outcome().as_str()), (403, "foreign"), "{name}: {value}");
    }
    for body in ["", "confirm=no", "confirm=yes&more=1", "{\"confirm\":\"yes\"}"] {
        let answer = press(&mut api.client(), &path, body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.text().contains("Blokkeer mijn account"));
    }
    assert!(!is_frozen(&api).await);
    let answer = press(&mut api.client().with_header("origin", ORIGIN), &path, "confirm=yes").await;
    assert_eq!(answer.status, 200);
    assert!(is_frozen(&api).await);
}

#[tokio::test]
async fn unknown_malformed_and_expired_links_get_the_same_neutral_page() {
    let api = TestApi::new().await;
    let expired = link(&api).await;
    api.world.clock.advance(LINK_LIFETIME + SignedDuration::from_secs(1));
    let unknown = LinkToken::random().unwrap().link("");
    let mut answers = Vec::new();
    for path in [&expired, &*unknown, "/dit-was-ik-niet/x", "/dit-was-ik-niet/a/b", "/dit-was-ik-niet/%ff"] {
        for answer in [api.client().get(path).await, press(&mut api.client(), path, "confirm=yes").await] {
            assert_eq!(answer.status, 404, "{path}");
            answers.push(answer.masked());
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert!(answers[0].text().contains("Deze link werkt niet"));
    assert!(!is_frozen(&api).await);
}

#[tokio::test]
async fn page_of_a_link_has_no_script_and_may_post_to_its_own_origin_only() {
    let api = TestApi::new().await;
    let path = link(&api).await;
    let page = api.client().get(&path).await;
    let policy = page.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("script-src") && !page.text().contains("<script"), "{policy}");
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    let english = api.client().get(&format!("{path}?language=en")).await;
    assert!(english.text().contains("Block my account"));
    let wizard = api.client().get("/wachtwoordreset").await;
    assert!(wizard.header("content-security-policy").unwrap().contains("form-action 'none'"));
    assert_eq!(wizard.header("referrer-policy"), Some("no-referrer"));
}

#[tokio::test]
async fn outage_of_the_store_and_too_many_requests_are_answered_with_the_phone_number() {
    let api = TestApi::new().await;
    let path = link(&api).await;
    api.world.store.set_unavailable(true);
    for answer in [api.client().get(&path).await, press(&mut api.client(), &path, "confirm=yes").await] {
        assert_eq!(answer.status, 503);
        assert!(answer.header("retry-after").is_some() && answer.text().contains("Dit lukt nu niet"));
    }
    api.world.store.set_unavailable(false);
    let mut busy = api.client().at_address("198.51.100.1");
    for _ in 0..300 {
        assert_eq!(busy.get(&path).await.status, 200);
    }
    let answer = busy.get(&path).await;
    assert_eq!((answer.status, answer.text().contains("0485")), (429, true));
    assert_eq!(api.client().get(&path).await.status, 200, "another address");
}

#[tokio::test]
async fn a36_frozen_account_gets_the_same_answers_as_an_unknown_name_byte_for_byte() {
    let mut all = Vec::new();
    for login in ["A.Janssen", "N.Iemands"] {
        let api = TestApi::new().await;
        crate::reset::frozen::freeze(&api.world).await;
        let mut client = api.client();
        let mut answers = vec![client.identify(login).await, client.birthdate("1984-10-01").await];
        let code = api.world.code_of("A.Janssen");
        for _ in 0..6 {
            answers.push(client.code(&code).await);
        }
        answers.push(client.current().await);
        let answers = answers.into_iter().map(|answer| {
            let mut masked = answer.masked();
            // A random session id.
            masked.headers.remove("set-cookie");
            (masked.status, masked.headers.clone(), masked.text().replace(login, "#"))
        });
        all.push(answers.collect::<Vec<_>>());
    }
    assert_eq!(all[0][2].0, 403);
    assert_eq!(all[0], all[1]);
}
